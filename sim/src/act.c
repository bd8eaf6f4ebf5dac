/*
 * act.c -- what the plan does to the world: submissions, cancellations, faults, and the healing
 * after them.
 *
 * This room is for: acts at a time, acts that wait for a record, and their effects.
 * It may include:   record.h, world.h.
 * Never here:       what the core makes of it.
 *
 * Executors arriving, jobs being submitted and acts with a time are three feeds: lists in order of
 * time, each with one entry pending. An act that would change nothing (a crash of what is down, a
 * kill of a task that does not run) leaves no record.
 */
#include "record.h"

#include <stdio.h>
#include <string.h>

/* ---- hosts */
void sim_host_up(struct sim *w, uint32_t executor, uint64_t cause)
{
    struct sim_host *host = &w->hosts[executor];
    struct gang_event ev;
    assert(!host->up);
    host->incarnation++; /* the first is 0: PLAN_NONE + 1 */
    host->up = 1;
    host->for_good = host->given_back = 0;
    if (w->bandwidth > 0) /* a new connection */
        w->busy_ns[2 * executor] = w->busy_ns[2 * executor + 1] = 0;
    if (w->slack_ns > 0)
        w->reach_ns[2 * executor] = w->reach_ns[2 * executor + 1] = 0;
    w->cause = sim_record_host(w, TRACE_UP, executor, cause);
    sim_pulse_up(w, executor);
    if (w->wires != NULL)
        sim_wire_up(w, executor);
    sim_set_heard(w, executor);
    ev.kind = GANG_EV_BOOT;
    ev.id = host->incarnation;
    sim_step_executor(w, executor, &ev);
    if (w->ailments != NULL)
        sim_host_came_up(w, executor);
    sim_budget_look(w, executor);
}

void sim_host_down(struct sim *w, uint32_t executor, uint64_t fault)
{
    struct sim_host *host = &w->hosts[executor];
    (void)sim_record_host(w, TRACE_DOWN, executor, fault);
    for (uint32_t t = host->first_task; t < host->first_task + host->task_count; t++)
        if (w->tasks[t].state != SIM_TASK_NONE)
            sim_task_vanish(w, t, fault);
    host->up = 0;
    w->falls++;
    host->machine.deadline_ns = host->machine.wake_ns = PLAN_NEVER;
    host->machine.why = GANG_TIMER_NONE;
    host->machine.wake_key = (host->machine.wake_key + 1) & SIM_KEY_MASK;
    sim_pulse_down(w, executor);
    if (w->wires != NULL)
        sim_wire_down(w, executor);
    sim_set_heard(w, executor);
    if (w->ailments != NULL)
        sim_host_went_down(w, executor);
    sim_budget_look(w, executor);
}

void sim_process_exit(struct sim *w, uint32_t executor, uint64_t cause)
{
    struct sim_host *host = &w->hosts[executor];
    int64_t own_ns = w->plan->executors[executor].back_ns;
    assert(host->up);
    host->crash_act = PLAN_NONE;
    w->pulses[executor].cause = cause;
    sim_host_down(w, executor, cause);
    sim_schedule_work(w, sim_later(w->now_ns, own_ns > 0 ? own_ns : w->plan->setting[PLAN_SET_RESTART_DELAY]), executor,
                      sim_extra(SIM_RETURN, host->incarnation & SIM_KEY_MASK));
}

void sim_process_return(struct sim *w, uint32_t executor, uint32_t incarnation)
{
    const struct sim_host *host = &w->hosts[executor];
    w->events++;
    if (!host->up && !host->for_good && !host->given_back &&
        (host->incarnation & SIM_KEY_MASK) == incarnation)
        sim_host_up(w, executor, w->pulses[executor].cause);
}

static void crash(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    struct sim_host *host = &w->hosts[p->executor];
    bool changes = host->up || (p->for_good && !host->for_good && host->incarnation != PLAN_NONE);
    if (changes && !sim_budget_machine(w, act, cause))
        return;
    host->for_good |= p->for_good != 0;
    if (!host->up)
        return;
    if (sim_heard(host)) { /* its heartbeats so far have reached the driver */
        w->cause = cause;
        sim_heartbeats(w);
    }
    host->crash_act = act;
    sim_host_down(w, p->executor, sim_record_act(w, TRACE_FAULT, act, p->executor, TRACE_NONE, cause));
}

static void restart(struct sim *w, uint32_t act, uint32_t executor, uint64_t cause)
{
    const struct sim_host *host = &w->hosts[executor];
    if (host->up || host->incarnation == PLAN_NONE)
        return;
    sim_host_up(w, executor, sim_record_act(w, TRACE_HEAL, act, executor, TRACE_NONE, cause));
}

static bool may_come_back(const struct sim_host *host)
{
    return !host->up && !host->for_good && host->incarnation != PLAN_NONE &&
           host->crash_act != PLAN_NONE; /* one that went by its own hand returns by itself */
}

/* Some time after the last fault, what lasts ends and crashed executors return. Faults that wait for a record are not
 * waited for. */
void sim_plan_heal(struct sim *w)
{
    bool any = w->lasting > 0 || w->wires_impaired > 0 || w->peers_impaired > 0;
    for (uint32_t i = 0; i < w->executor_count && !any; i++)
        any = may_come_back(&w->hosts[i]);
    if (w->faults_pending > 0 || !any)
        return;
    w->heal_ns = sim_later(w->now_ns, w->plan->setting[PLAN_SET_HEAL_AFTER]);
    if (w->heal_pending == 0 && w->heal_ns != PLAN_NEVER) {
        w->heal_pending = 1;
        sim_schedule_work(w, w->heal_ns, 0, sim_extra(SIM_HEAL, 0));
    }
}

void sim_heal(struct sim *w)
{
    w->heal_pending = 0;
    w->events++;
    if (w->faults_pending > 0)
        return; /* the last of them will plan it again */
    if (w->heal_ns > w->now_ns) {
        w->heal_pending = 1;
        sim_schedule_work(w, w->heal_ns, 0, sim_extra(SIM_HEAL, 0));
        return;
    }
    if (w->wires != NULL)
        sim_wires_heal(w);
    sim_peers_heal(w);
    sim_host_heal(w);
    for (uint32_t i = 0; i < w->executor_count && !w->stopped; i++)
        if (may_come_back(&w->hosts[i]))
            restart(w, w->hosts[i].crash_act, i, 0);
}

/* ---- jobs */
/* Whether the run waits for it. */
static bool is_awaited(const struct plan *plan, uint32_t job)
{
    return plan->jobs[job].kind != PLAN_JOB_SERVICE;
}

/* When no other job is there or to come, the services are cancelled, and the run finishes. A plan of services alone runs
 * up to its limits. */
static void close_if_last(struct sim *w)
{
    if (w->services > 0 && w->services < w->plan->job_count && w->awaited == 0)
        sim_schedule(w, w->now_ns, 0, sim_extra(SIM_CLOSE, 0));
}

static uint32_t core_job_kind(const struct plan_job *job)
{
    return job->kind == PLAN_JOB_MAP ? GANG_JOB_MAP : GANG_JOB_BATCH;
}

/* Where the ranks of a stage would rather be, in `room`, which is used up by as many. NULL: it has no wishes. */
static const uint32_t *wishes_of(const struct plan *plan, const struct plan_stage *stage,
                                 uint32_t **room)
{
    uint32_t *wishes = *room;
    if (stage->prefers == 0)
        return NULL;
    for (uint32_t rank = 0; rank < stage->tasks; rank++) {
        int64_t wish = plan->values[stage->prefers - 1 + rank];
        wishes[rank] = wish < 0 ? GANG_NONE : (uint32_t)wish;
    }
    *room += stage->tasks;
    return wishes;
}

void sim_job_spec(struct sim *w, uint32_t job, struct gang_job_spec *spec,
                  struct gang_stage_spec stages[SIM_STAGES_MAX])
{
    const struct plan_job *p = &w->plan->jobs[job];
    uint32_t *wishes = w->wishes;
    assert(p->stage_count <= SIM_STAGES_MAX);
    for (uint32_t i = 0; i < p->stage_count; i++) {
        const struct plan_stage *s = &w->plan->stages[p->first_stage + i];
        const struct plan_profile *need = &w->plan->profiles[s->profile];
        stages[i] =
            (struct gang_stage_spec){.kind = s->kind,
                                     .tasks = s->tasks,
                                     .min = s->min,
                                     .max = s->max,
                                     .need = {need->cores, need->memory_mib, need->gpu_milli},
                                     .parents = s->parents,
                                     .role = s->role,
                                     .group = s->group,
                                     .constraint = s->constraint,
                                     .shuffles = s->shuffles,
                                     .prefers = wishes_of(w->plan, s, &wishes),
                                     .task_bytes = s->task_bytes,
                                     .together = s->together};
    }
    *spec = (struct gang_job_spec){.id = job,
                                   .priority = p->priority,
                                   .stage_count = p->stage_count,
                                   .stages = stages,
                                   .kind = core_job_kind(p)};
}

void sim_hand_in(struct sim *w, uint32_t job)
{
    struct gang_stage_spec stages[SIM_STAGES_MAX];
    struct gang_job_spec spec;
    struct gang_event ev;
    sim_job_spec(w, job, &spec, stages);
    ev.kind = GANG_EV_SUBMIT;
    ev.id = job;
    ev.job = &spec;
    sim_step_driver(w, &ev);
}

static void submit(struct sim *w, uint32_t job, uint64_t cause)
{
    if (w->jobs[job] != SIM_JOB_NEW)
        return;
    w->jobs[job] = SIM_JOB_SUBMITTED;
    w->cause = sim_record_job(w, TRACE_SUBMIT, job, w->plan->jobs[job].priority, cause);
    sim_hand_in(w, job);
    close_if_last(w);
}

static void cancel(struct sim *w, uint32_t job, uint64_t cause)
{
    struct gang_event ev;
    if (w->jobs[job] != SIM_JOB_SUBMITTED)
        return;
    ev.kind = GANG_EV_CANCEL;
    ev.id = job;
    w->cause = sim_record_job(w, TRACE_CANCEL, job, 0, cause);
    sim_step_driver(w, &ev);
}

/* ---- jobs without end */
void sim_job_done(struct sim *w, uint32_t job)
{
    if (w->jobs[job] == SIM_JOB_DONE)
        return; /* said twice, for the judges to see */
    w->jobs[job] = SIM_JOB_DONE;
    if (!is_awaited(w->plan, job))
        return;
    assert(w->awaited > 0);
    w->awaited--;
    close_if_last(w);
}

void sim_close_services(struct sim *w)
{
    w->events++;
    for (uint32_t job = 0; job < w->plan->job_count && w->awaited == 0 && !w->stopped; job++)
        if (!is_awaited(w->plan, job))
            cancel(w, job, 0);
}

/* ---- acts */
static bool is_fault(const struct plan_act *p)
{
    return p->kind != PLAN_ACT_SUBMIT && p->kind != PLAN_ACT_CANCEL;
}

static void carry_out(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    switch ((enum plan_act_kind)p->kind) {
    case PLAN_ACT_SUBMIT:
        submit(w, p->job, cause);
        break;
    case PLAN_ACT_CANCEL:
        cancel(w, p->job, cause);
        break;
    case PLAN_ACT_CRASH:
        crash(w, act, cause);
        break;
    case PLAN_ACT_RESTART:
        restart(w, act, p->executor, cause);
        break;
    case PLAN_ACT_KILL_TASK:
    case PLAN_ACT_HANG_TASK:
    case PLAN_ACT_STRAGGLE_TASK:
    case PLAN_ACT_IGNORE_KILL:
    case PLAN_ACT_LINGER:
    case PLAN_ACT_QUIT:
    case PLAN_ACT_STRAY_CALL:
        sim_task_act(w, act, cause);
        break;
    case PLAN_ACT_PAUSE:
    case PLAN_ACT_SLOW:
    case PLAN_ACT_DRIFT:
    case PLAN_ACT_DRAIN:
    case PLAN_ACT_LOSE_GPU:
    case PLAN_ACT_TAKE:
    case PLAN_ACT_EXCLUDE:
        sim_host_act(w, act, cause);
        break;
    case PLAN_ACT_CUT:
    case PLAN_ACT_MEND:
    case PLAN_ACT_HOLD:
    case PLAN_ACT_CLOG:
    case PLAN_ACT_LOSE:
    case PLAN_ACT_DOUBLE:
    case PLAN_ACT_REORDER:
    case PLAN_ACT_BREAK:
    case PLAN_ACT_REFUSE:
        if (p->peer != PLAN_NONE)
            sim_peer_act(w, act, cause);
        else
            sim_wire_act(w, act, cause);
        break;
    case PLAN_ACT_CRASH_DRIVER:
        sim_phoenix_act(w, act, cause);
        break;
    case PLAN_ACT_LIMIT:
        assert(false && "an act that a checked plan does not have");
    }
}

/* What takes back a fault that was withheld is withheld with it. */
void sim_act(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    w->events++;
    if (!w->acts[act].withheld)
        carry_out(w, act, cause);
    if (plan_act_target(p->kind) == PLAN_TARGET_EXECUTOR)
        sim_budget_look(w, p->executor);
    if (is_fault(p)) {
        assert(w->faults_pending > 0);
        w->faults_pending--;
        sim_plan_heal(w);
    }
}

/* An act that lasts for a time is over. */
void sim_act_end(struct sim *w, uint32_t act)
{
    w->events++;
    if (w->plan->acts[act].peer != PLAN_NONE)
        sim_peer_act_end(w, act);
    else
        sim_wire_act_end(w, act);
    assert(w->faults_pending > 0);
    w->faults_pending--;
    sim_plan_heal(w);
}

/* ---- acts that wait for a record */
static unsigned watched_kind(const struct plan *plan, const struct plan_act *p)
{
    return trace_kind_parse(plan_text(plan, p->when.kind));
}

bool sim_acts_check(const struct plan *plan, struct sim_err *err)
{
    for (uint32_t i = 0; i < plan->act_count; i++) {
        const struct plan_act *p = &plan->acts[i];
        if (!sim_host_check(plan, i, err) || !sim_task_check(plan, i, err))
            return false;
        if (p->when.kind == PLAN_NONE || watched_kind(plan, p) != TRACE_KIND_NONE)
            continue;
        err->code = SIM_E_PLAN;
        (void)snprintf(err->detail, sizeof err->detail,
                       "act %u waits for a record '%s', and there is no such kind", i,
                       plan_text(plan, p->when.kind));
        return false;
    }
    return true;
}

/* A message may speak of several ranks: the pattern's may be any of them. */
static bool has_rank(const struct trace_record *r, uint32_t rank)
{
    const uint64_t ranges = TRACE_BIT(TRACE_RESERVE) | TRACE_BIT(TRACE_GO) |
                            TRACE_BIT(TRACE_UNRESERVE) | TRACE_BIT(TRACE_KILL) |
                            TRACE_BIT(TRACE_RELEASE) | TRACE_BIT(TRACE_ROUND_FAILED) |
                            TRACE_BIT(TRACE_RESERVE_ACK) | TRACE_BIT(TRACE_RESERVE_NACK);
    unsigned kind = r->flags != 0 ? r->flags : r->kind;
    if (rank == PLAN_NONE || rank == r->rank)
        return true;
    return (ranges & TRACE_BIT(kind)) != 0 && rank > r->rank && (int64_t)(rank - r->rank) < r->a;
}

static bool matches(const struct trace_record *r, const struct plan_pattern *p)
{
    return (p->executor == PLAN_NONE || p->executor == r->executor) &&
           (p->job == PLAN_NONE || p->job == r->job) &&
           (p->stage == PLAN_NONE || p->stage == r->stage) &&
           (p->attempt == PLAN_NONE || p->attempt == r->attempt) &&
           (p->epoch == PLAN_NONE || p->epoch == r->epoch) && has_rank(r, p->rank);
}

/* An act fires once: then it waits no more. */
void sim_match(struct sim *w, const struct trace_record *r, uint64_t number)
{
    uint32_t *link = &w->act_by_kind[r->kind];
    if (r->kind == TRACE_FAULT && r->flags == TRACE_FAULT_WITHHELD)
        return; /* it did not happen */
    while (*link != PLAN_NONE) {
        uint32_t act = *link;
        const struct plan_act *p = &w->plan->acts[act];
        struct sim_act_state *state = &w->acts[act];
        if (!matches(r, &p->when) || ++state->matches < p->when.nth) {
            link = &state->next;
            continue;
        }
        *link = state->next;
        state->cause = number;
        w->faults_pending += is_fault(p);
        w->awaited += p->kind == PLAN_ACT_SUBMIT && is_awaited(w->plan, p->job);
        int64_t due = sim_later(w->now_ns, p->at_ns);
        if (due != PLAN_NEVER)
            sim_schedule_work(w, due, act, sim_extra(SIM_ACT, 0));
    }
    if (w->act_by_kind[r->kind] == PLAN_NONE)
        w->watched &= ~TRACE_BIT(r->kind);
}

/* ---- feeds */
static int64_t feed_time(const struct plan *plan, enum sim_feed_kind kind, uint32_t i)
{
    switch (kind) {
    case SIM_FEED_HOSTS:
        return plan->executors[i].arrives_ns;
    case SIM_FEED_JOBS:
        return plan->jobs[i].submit_ns;
    case SIM_FEED_ACTS:
        return plan->acts[i].when.kind == PLAN_NONE ? plan->acts[i].at_ns : PLAN_NEVER;
    case SIM_FEED_COUNT:
        break;
    }
    assert(false && "no such feed");
    return PLAN_NEVER;
}

static void plan_feed(struct sim *w, enum sim_feed_kind kind)
{
    const struct sim_feed *feed = &w->feeds[kind];
    if (feed->next < feed->count)
        sim_schedule_work(w, feed_time(w->plan, kind, feed->order[feed->next]), kind,
                          sim_extra(SIM_FEED, 0));
}

/*
 * Executors that are there at 0 have been there before: their registration takes no time, and it is
 * over when the first job is handed in. (Otherwise every story would begin with a scheduler that
 * sees no machine.)
 */
static void begin_story(struct sim *w)
{
    if (w->ring.count > 0) {
        sim_schedule(w, w->now_ns, SIM_FEED_STORY, sim_extra(SIM_FEED, 0));
        return;
    }
    w->begun = true;
    if (w->delay_ns == 0)
        w->delay_ns = w->latency_ns;
    plan_feed(w, SIM_FEED_JOBS);
    plan_feed(w, SIM_FEED_ACTS);
}

/* Everything of one instant at once: all executors arrive before the first job of that instant is
 * handed in. */
void sim_feed_due(struct sim *w, enum sim_feed_kind kind)
{
    if (kind == SIM_FEED_STORY) {
        begin_story(w);
        return;
    }
    struct sim_feed *feed = &w->feeds[kind];
    while (feed->next < feed->count && !w->stopped &&
           feed_time(w->plan, kind, feed->order[feed->next]) <= w->now_ns) {
        uint32_t i = feed->order[feed->next++];
        if (kind == SIM_FEED_ACTS) {
            sim_act(w, i, 0);
            continue;
        }
        w->events++;
        if (kind == SIM_FEED_HOSTS)
            sim_host_up(w, i, 0);
        else
            submit(w, i, 0);
    }
    plan_feed(w, kind);
}

/* Heapsort by (time, index): no memory, and no two are equal. */
static bool comes_after(const struct plan *plan, enum sim_feed_kind kind, uint32_t x, uint32_t y)
{
    int64_t a = feed_time(plan, kind, x), b = feed_time(plan, kind, y);
    return a != b ? a > b : x > y;
}

static void sift(const struct plan *plan, enum sim_feed_kind kind, uint32_t *order, uint32_t root,
                 uint32_t count)
{
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && comes_after(plan, kind, order[child + 1], order[child]))
            child++;
        if (!comes_after(plan, kind, order[child], order[root]))
            return;
        uint32_t swapped = order[root];
        order[root] = order[child];
        order[child] = swapped;
    }
}

static void sort(const struct plan *plan, enum sim_feed_kind kind, uint32_t *order, uint32_t count)
{
    bool sorted = true;
    for (uint32_t i = 1; i < count && sorted; i++)
        sorted = !comes_after(plan, kind, order[i - 1], order[i]);
    if (sorted)
        return;
    for (uint32_t i = count / 2; i-- > 0;)
        sift(plan, kind, order, i, count);
    for (uint32_t n = count; n-- > 1;) {
        uint32_t last = order[n];
        order[n] = order[0];
        order[0] = last;
        sift(plan, kind, order, 0, n);
    }
}

void sim_acts_init(struct sim *w)
{
    const struct plan *plan = w->plan;
    const uint32_t counts[SIM_FEED_COUNT] = {plan->executor_count, plan->job_count,
                                             plan->act_count};
    for (unsigned kind = 0; kind < 64; kind++)
        w->act_by_kind[kind] = PLAN_NONE;
    for (uint32_t i = plan->act_count;
         i-- > 0;) { /* backwards, so that the lists are in the order of the plan */
        const struct plan_act *p = &plan->acts[i];
        unsigned kind = p->when.kind == PLAN_NONE ? TRACE_KIND_NONE : watched_kind(plan, p);
        w->acts[i] = (struct sim_act_state){.next = PLAN_NONE};
        w->faults_pending += p->when.kind == PLAN_NONE && is_fault(p) && p->at_ns != PLAN_NEVER;
        w->awaited += p->kind == PLAN_ACT_SUBMIT && is_awaited(plan, p->job) &&
                      p->when.kind == PLAN_NONE && p->at_ns != PLAN_NEVER;
        if (kind == TRACE_KIND_NONE)
            continue;
        w->acts[i].next = w->act_by_kind[kind];
        w->act_by_kind[kind] = i;
        w->watched |= TRACE_BIT(kind);
    }
    for (uint32_t i = 0; i < plan->job_count; i++) {
        w->awaited += is_awaited(plan, i) && plan->jobs[i].submit_ns != PLAN_NEVER;
        w->services += !is_awaited(plan, i);
    }
    for (unsigned kind = 0; kind < SIM_FEED_COUNT; kind++) {
        struct sim_feed *feed = &w->feeds[kind];
        for (uint32_t i = 0; i < counts[kind]; i++)
            if (feed_time(plan, kind, i) != PLAN_NEVER)
                feed->order[feed->count++] = i;
        sort(plan, kind, feed->order, feed->count);
    }
    plan_feed(w, SIM_FEED_HOSTS);
    sim_schedule(w, 0, SIM_FEED_STORY, sim_extra(SIM_FEED, 0));
}
