/*
 * timers.c -- TMR: no timer outlives what armed it, and none that is owed gets lost.
 *
 * This room is for: rounds, gangs and launches that wait with a bounded patience; timers that fire,
 *                   and what is done in their name.
 * It may include:   plan, trace/ and conf/ headers.
 * Never here:       what a policy allows. A gang is owed its timeouts whoever runs it.
 *
 * All who stand in one queue have the same patience, so they stand in the order in which it ends: a
 * look at the first is enough to know that nobody was forgotten, and who came with a timer is found
 * among the first few.
 *
 * The driver's clock is the world's: no fault changes it. While it is dead nothing is due; what
 * ended meanwhile is due when it is back.
 */
#include "judge.h"

#include <inttypes.h>

/* What a driver may be late by. Whole seconds are the finest that Spark knows. */
static const int64_t slack_ns = PLAN_SECOND;

static int64_t later(int64_t at_ns, int64_t by_ns)
{
    return at_ns > INT64_MAX - by_ns ? INT64_MAX : at_ns + by_ns;
}

static int64_t earlier(int64_t a_ns, int64_t b_ns) { return a_ns < b_ns ? a_ns : b_ns; }

/* Of whoever stands in the queue. */
static int64_t patience_ns(const struct conf_judge *j, enum conf_queue q)
{
    static const enum plan_setting of[QUEUE_COUNT] = {[QUEUE_ROUND] = PLAN_SET_SYNC_TIMEOUT,
                                                      [QUEUE_WAIT] = PLAN_SET_LAUNCH_DEADLINE,
                                                      [QUEUE_LAUNCH] = PLAN_SET_RESERVE_TIMEOUT};
    return j->plan->setting[of[q]];
}

void conf_timers_init(struct conf_judge *j)
{
    for (unsigned q = 0; q < QUEUE_COUNT; q++)
        j->queue_first[q] = j->queue_last[q] = CONF_NONE;
    j->driver_up_ns = j->driver_down_ns = j->cluster_ns = INT64_MIN;
    j->limit_ns = INT64_MAX;
    j->holds = j->plan->scheduler != PLAN_NONE;
}

/* Not the driver's own placer: what it asked for it may hold, and give back in parts. */
bool conf_may_hold(const struct conf_judge *j) { return j->holds || j->options.by_instant || conf_says_launch(j); }

/* What is planned is held, until a record says that it is to go: then the driver's patience begins. Nothing is held where tasks are
 * sent off without asking. */
bool conf_says_launch(const struct conf_judge *j)
{
    return j->options.two_phase && conf_observed(j, TRACE_BIT(TRACE_LAUNCH));
}

/* ---- queues */
static struct conf_stage *stage_at(const struct conf_judge *j, uint32_t stage)
{
    return &conf_stages(j)[stage];
}

void conf_queue_leave(struct conf_judge *j, struct conf_stage *s, enum conf_queue q)
{
    struct conf_turn *turn = &s->turn[q];
    if ((s->queues >> q & 1) == 0)
        return;
    s->queues &= (uint8_t) ~(1u << q);
    if (q == QUEUE_ROUND)
        s->limit_ns = 0;
    if (turn->previous == CONF_NONE) {
        j->queue_first[q] = turn->next;
        j->calm_ns = earlier(j->now_ns, j->calm_ns); /* it was of the first */
    } else {
        stage_at(j, turn->previous)->turn[q].next = turn->next;
    }
    if (turn->next == CONF_NONE)
        j->queue_last[q] = turn->previous;
    else
        stage_at(j, turn->next)->turn[q].previous = turn->previous;
}

/* What a driver that came back carries out was decided before it died, and its timers count from then. */
static int64_t decided_ns(const struct conf_judge *j)
{
    return j->left > 0 ? j->driver_down_ns : j->now_ns;
}

/* At the end, as of now. Who stands in the queue already leaves it first. */
void conf_queue_take(struct conf_judge *j, struct conf_stage *s, enum conf_queue q, uint64_t number)
{
    conf_queue_leave(j, s, q);
    s->turn[q] = (struct conf_turn){
        .at_ns = decided_ns(j), .number = number, .next = CONF_NONE, .previous = j->queue_last[q]};
    if (j->queue_last[q] == CONF_NONE)
        j->queue_first[q] = s->number;
    else
        stage_at(j, j->queue_last[q])->turn[q].next = s->number;
    j->queue_last[q] = s->number;
    s->queues |= (uint8_t)(1u << q);
}

/* What it reads must be there; of what it only stands behind it is enough that it was done once. */
static bool has_its_parents(const struct conf_judge *j, const struct conf_stage *s)
{
    const struct plan_stage *plan = &j->plan->stages[s->number];
    const struct conf_job *job = &conf_jobs(j)[s->job];
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        const struct conf_stage *parent = stage_at(j, conf_first_stage(j, job) + i);
        bool will_do = parent->begun_again > 0 && (plan->shuffles >> i & 1) == 0;
        if ((plan->parents >> i & 1) && !parent->done && !will_do)
            return false;
    }
    return true;
}

void conf_queue_if_ready(struct conf_judge *j, struct conf_stage *s)
{
    const struct conf_job *job = &conf_jobs(j)[s->job];
    if ((!s->is_barrier && j->bounds == 0) || s->done || !has_its_parents(j, s) ||
        (job->bits & (JOB_SUBMITTED | JOB_DONE | JOB_ENDING)) != JOB_SUBMITTED)
        return;
    if (!s->is_barrier) {
        conf_queue_take(j, s, QUEUE_TASKS, 0);
        return;
    }
    s->ready_ns = decided_ns(j);
    conf_queue_take(j, s, QUEUE_WAIT, 0);
}

/* Nothing more of it is launched: all that it waits for is that its tasks are gone. */
void conf_job_ends(struct conf_judge *j, uint32_t number)
{
    struct conf_job *job = &conf_jobs(j)[number];
    job->bits |= JOB_ENDING;
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        conf_queue_leave(j, stage_at(j, conf_first_stage(j, job) + i), QUEUE_WAIT);
        conf_queue_leave(j, stage_at(j, conf_first_stage(j, job) + i), QUEUE_TASKS);
    }
}

/* A slot of a fenced attempt is free. Until the last one is, the gang is not launched again (B-134), and its patience does not
 * begin. */
void conf_queue_drained(struct conf_judge *j, struct conf_stage *s, uint32_t attempt)
{
    if ((s->queues >> QUEUE_WAIT & 1) && attempt < s->fence_end)
        conf_queue_take(j, s, QUEUE_WAIT, 0);
}

/* The driver is back. A job that was handed in while it was away, or that it died of, is handed in again. */
void conf_queue_handed_in_again(struct conf_judge *j)
{
    for (uint32_t i = j->queue_last[QUEUE_WAIT]; i != CONF_NONE; i = stage_at(j, i)->turn[QUEUE_WAIT].previous) {
        if (stage_at(j, i)->turn[QUEUE_WAIT].at_ns < j->driver_down_ns)
            return;
        stage_at(j, i)->turn[QUEUE_WAIT].at_ns = j->now_ns;
    }
}

/* ---- what was due and did not come */
/* Whoever was to be heard while the driver was away is heard by then. */
static int64_t after_return(const struct conf_judge *j)
{
    return j->driver_ups ? later(j->driver_up_ns, j->plan->setting[PLAN_SET_HEARTBEAT]) : INT64_MIN;
}

/* Of a round, or a call, that began before the return. What the driver heard, it had written down, with its time, and a call that it died
 * of has been withdrawn (recovery.c): so being away gives nobody more time than it takes to hear those who called meanwhile. */
static int64_t not_before_return(const struct conf_judge *j, int64_t end_ns)
{
    return end_ns > after_return(j) ? end_ns : after_return(j);
}

/* A gang may first be refused again and again for want of slots; and it waits a little after its last slot came back. */
static int64_t wait_ends(const struct conf_judge *j, const struct conf_turn *turn)
{
    const int64_t *set = j->plan->setting;
    int64_t from_ns = turn->at_ns > j->cluster_ns ? turn->at_ns : j->cluster_ns;
    int64_t checks_ns = (set[PLAN_SET_ADMISSION_FAILURES] + 1) * set[PLAN_SET_ADMISSION_INTERVAL];
    int64_t end_ns = later(from_ns, patience_ns(j, QUEUE_WAIT));
    if (turn->at_ns < j->driver_up_ns) /* nothing is given up before all could be heard */
        end_ns = not_before_return(j, end_ns);
    return later(end_ns, checks_ns + set[PLAN_SET_RETRY_DELAY]);
}

/* Whoever stands there is overdue after this, which never becomes earlier. */
static int64_t overdue_after(const struct conf_judge *j, enum conf_queue q,
                             const struct conf_turn *turn)
{
    int64_t end_ns = q == QUEUE_WAIT ? wait_ends(j, turn) : later(turn->at_ns, patience_ns(j, q));
    if (end_ns < j->driver_up_ns)
        end_ns = j->driver_up_ns;
    if (q == QUEUE_ROUND && turn->at_ns < j->driver_up_ns)
        end_ns = not_before_return(j, end_ns);
    return later(end_ns, slack_ns);
}

static void complain_overdue(struct conf_judge *j, const struct trace_record *r, enum conf_queue q,
                             const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES], since[32], patience[32];
    plan_format_duration(s->turn[q].at_ns, since);
    plan_format_duration(patience_ns(j, q), patience);
    if (q == QUEUE_ROUND)
        conf_fail(j, RULE_TMR_2, r,
                  "epoch %u of %s, attempt %u, has waited since %s for %u of its %u ranks, and its "
                  "timeout of %s never came",
                  s->round_epoch, conf_stage_label(j, s, label), s->round_attempt, since,
                  s->members - s->arrived[0] - s->arrived[1], s->members, patience);
    else if (q == QUEUE_LAUNCH)
        conf_fail(j, RULE_TMR_7, r,
                  "attempt %u of %s is planned since %s with %u of %u slots acknowledged, and was neither "
                  "sent off nor taken back within %s",
                  s->launch, conf_stage_label(j, s, label), since, s->acked, conf_members_planned(s), patience);
    else
        conf_fail(j, RULE_TMR_3, r,
                  "%s is ready since %s and has not gone, and its launch deadline of %s never came",
                  conf_stage_label(j, s, label), since, patience);
}

/* ---- limits of single calls (G-11) */
void conf_limit_round(struct conf_judge *j, struct conf_stage *s, int64_t within_ns)
{
    int64_t end_ns = later(j->now_ns, within_ns);
    if ((s->queues >> QUEUE_ROUND & 1) == 0 || (s->limit_ns != 0 && s->limit_ns <= end_ns))
        return;
    s->limit_ns = end_ns;
    s->limit_number = j->number;
    j->limit_ns = earlier(end_ns, j->limit_ns);
    j->calm_ns = earlier(end_ns, j->calm_ns);
}

/* As overdue_after() of a round's own. A call whose limit was the shortest, and that the driver died of, has it anew when it comes again, and
 * nobody says any more whose was the next. */
static bool is_limit_overdue(const struct conf_judge *j, const struct conf_stage *s)
{
    int64_t end_ns = s->limit_ns;
    if (s->limit_number == 0)
        end_ns = later(j->driver_up_ns, patience_ns(j, QUEUE_ROUND));
    if (s->turn[QUEUE_ROUND].at_ns < j->driver_up_ns)
        end_ns = not_before_return(j, end_ns);
    return j->now_ns > later(end_ns, slack_ns);
}

/* Some caller's limit may be over: looks at all, and finds the next. */
static void look_at_limits(struct conf_judge *j, const struct trace_record *r)
{
    char label[CONF_LABEL_BYTES];
    j->limit_ns = INT64_MAX;
    for (uint32_t i = 0; i < j->stage_count; i++) {
        struct conf_stage *s = stage_at(j, i);
        if (s->limit_ns == 0)
            continue;
        if (is_limit_overdue(j, s)) {
            conf_fail(j, RULE_TMR_2, r,
                      "epoch %u of %s, attempt %u, still waits, and the limit of one of its callers, "
                      "of record %" PRIu64 ", never came",
                      s->round_epoch, conf_stage_label(j, s, label), s->round_attempt,
                      s->limit_number);
            s->limit_ns = 0;
        } else if (s->limit_ns < j->limit_ns) {
            j->limit_ns = s->limit_ns;
        }
    }
}

/* Whether slots of the launch at hand were asked for there. */
static bool is_asked(const struct conf_judge *j, const struct conf_stage *s, uint32_t executor)
{
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        const struct conf_booking *b = conf_booking_of(j, k);
        if ((k->bits & RANK_RESERVED) && b->launch == s->launch && b->executor == executor)
            return true;
    }
    return false;
}

/* An executor is written off: nobody there can be told that a launch is taken back, so no record need say so. */
void conf_launches_lose(struct conf_judge *j, uint32_t executor)
{
    for (uint32_t i = j->queue_first[QUEUE_LAUNCH]; i != CONF_NONE;
         i = stage_at(j, i)->turn[QUEUE_LAUNCH].next)
        if (is_asked(j, stage_at(j, i), executor))
            stage_at(j, i)->acts |= STAGE_LOST_ASKED;
}

/* All its slots were asked for, and of those who were asked nobody has gone, even if it is back, or refused: the driver waits for
 * them. One that died over it may begin anew. */
static bool is_reserved_whole(const struct conf_judge *j, const struct conf_stage *s)
{
    if (j->driver_ups || (s->acts & STAGE_LOST_ASKED))
        return false;
    for (uint32_t rank = 0; rank < conf_members_planned(s); rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        const struct conf_booking *b = conf_booking_of(j, k);
        const struct conf_executor *e = &conf_executors(j)[b->executor];
        if ((k->bits & RANK_RESERVED) == 0 || b->launch != s->launch || !e->joined || conf_written_off(e))
            return false;
    }
    return true;
}

/* The driver's patience with acknowledgements begins when a launch is told to go; who places may hold what it has without an end
 * before, and older histories do not say when that is over. A whole scheduler's launch is taken at its word until all of it is
 * acknowledged. */
static bool is_patient(const struct conf_judge *j, const struct conf_stage *s)
{
    if (conf_says_launch(j))
        return false; /* what is only held is not in the queue */
    return j->holds || (j->options.by_instant && s->acked == conf_members_planned(s));
}

/* One that went down since had an older incarnation, if it is up again. */
bool conf_is_lost_with(const struct conf_executor *e, const struct conf_booking *b)
{
    bool is_older = e->up && e->downs != b->downs;
    return e->lost_end > e->incarnation - is_older;
}

/* Of the attempt that was fenced last the driver has not heard of some slot that it is free. If it told nobody to end, nothing of
 * it drains: whoever waits for that waits for ever (G-12). */
static bool is_drained(const struct conf_judge *j, const struct conf_stage *s)
{
    bool any_told = s->kill_end > s->launch || !conf_observed(j, TRACE_BIT(TRACE_KILL));
    for (uint32_t rank = 0; any_told && s->launch < s->fence_end && rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        const struct conf_booking *b = conf_booking_of(j, k);
        bool on_its_way = (k->bits & RANK_GO_SENT) && b->launch == s->launch;
        bool started = (k->bits & RANK_STARTED) && k->run == s->launch;
        uint32_t executor = on_its_way ? b->executor : k->run_executor;
        if (!on_its_way && (!started || (k->bits & (RANK_FREE_OK | RANK_FREE_BAD))))
            continue;
        if (!conf_is_lost_with(&conf_executors(j)[executor], b))
            return false;
    }
    return true;
}

/* Its patience has not begun: it drains; or another gang of its job does, and that may have been its last failure. Nothing of a job that was
 * cancelled goes any more, and it ends when its tasks are gone. */
static bool must_wait(const struct conf_judge *j, const struct conf_stage *s)
{
    const struct conf_job *job = &conf_jobs(j)[s->job];
    if ((job->bits & JOB_CANCELLED) || !is_drained(j, s))
        return true;
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        const struct conf_stage *other = stage_at(j, conf_first_stage(j, job) + i);
        if (other->is_barrier && conf_may_be_used_up(j, other) && !is_drained(j, other))
            return true;
    }
    return false;
}

/* When whoever stands first in the queue will be overdue, or who comes now would. */
static int64_t look_at_queue(struct conf_judge *j, const struct trace_record *r, enum conf_queue q)
{
    while (j->queue_first[q] != CONF_NONE) {
        struct conf_stage *s = stage_at(j, j->queue_first[q]);
        int64_t after_ns = overdue_after(j, q, &s->turn[q]);
        if (j->now_ns <= after_ns)
            return after_ns;
        if (q == QUEUE_WAIT && must_wait(j, s)) {
            conf_queue_take(j, s, q, 0);
            continue;
        }
        if (q == QUEUE_LAUNCH && is_patient(j, s)) {
            conf_queue_take(j, s, q, s->turn[q].number);
            continue;
        }
        if (q != QUEUE_LAUNCH || is_reserved_whole(j, s))
            complain_overdue(j, r, q, s);
        conf_queue_leave(j, s, q);
    }
    return later(j->now_ns, patience_ns(j, q));
}

/* Time has gone on. Each that was forgotten is told of once. Nobody is looked at before the first of some queue, or a limit of a
 * single call, can be overdue. */
void conf_tick(struct conf_judge *j, const struct trace_record *r)
{
    if (j->driver_down)
        return;
    if (j->now_ns > later(j->limit_ns, slack_ns))
        look_at_limits(j, r);
    int64_t round_ns = look_at_queue(j, r, QUEUE_ROUND), wait_ns = look_at_queue(j, r, QUEUE_WAIT);
    int64_t launch_ns = look_at_queue(j, r, QUEUE_LAUNCH);
    j->calm_ns = earlier(earlier(round_ns, wait_ns), earlier(launch_ns, j->limit_ns));
}

/* ---- timers that fire */
/* Somebody who stands in the queue so long, and whose timer was armed by `cause` (0: not said). */
static bool is_somebodys(const struct conf_judge *j, enum conf_queue q, uint64_t cause)
{
    for (uint32_t i = j->queue_first[q]; i != CONF_NONE; i = stage_at(j, i)->turn[q].next) {
        const struct conf_turn *turn = &stage_at(j, i)->turn[q];
        if (later(turn->at_ns, patience_ns(j, q)) > j->now_ns)
            return false;
        if (cause == 0 || turn->number == cause || turn->number == 0 || j->driver_ups)
            return true;
    }
    return false;
}

/* It may have been armed for a launch that waits: by its plan, and if that was held first, by what came of it later. */
static bool is_some_launchs(const struct conf_judge *j, uint64_t cause)
{
    bool guesses = conf_may_hold(j) && !conf_says_launch(j);
    for (uint32_t i = j->queue_first[QUEUE_LAUNCH]; guesses && i != CONF_NONE;
         i = stage_at(j, i)->turn[QUEUE_LAUNCH].next)
        if (cause == 0 || cause >= stage_at(j, i)->turn[QUEUE_LAUNCH].number)
            return true;
    return is_somebodys(j, QUEUE_LAUNCH, cause);
}

/* A round that has waited until the end of a caller's limit, which began with `cause`. */
static bool is_some_callers(const struct conf_judge *j, uint64_t cause)
{
    for (uint32_t i = 0; i < j->stage_count; i++) {
        const struct conf_stage *s = stage_at(j, i);
        if (s->limit_ns != 0 && s->limit_ns <= j->now_ns &&
            (cause == 0 || cause == s->limit_number || j->driver_ups))
            return true;
    }
    return false;
}

static bool of_driver(const struct trace_record *r) { return r->executor == TRACE_NONE; }

void conf_on_timer(struct conf_judge *j, const struct trace_record *r)
{
    if (!of_driver(r))
        return;
    if (r->a == TRACE_TIMER_SYNC && !is_somebodys(j, QUEUE_ROUND, r->cause))
        conf_fail(j, RULE_TMR_1, r,
                  "a sync timer fires that record %" PRIu64
                  " armed, but no round that began there still waits",
                  r->cause);
    if (r->a == TRACE_TIMER_CALL && !is_some_callers(j, r->cause))
        conf_fail(j, RULE_TMR_1, r,
                  "a call's timer fires that record %" PRIu64
                  " armed, but no round that it was in still waits",
                  r->cause);
    /* Of a MapReduce stage any range of tasks may have armed it; after a return, its replay. */
    if (r->a == TRACE_TIMER_RESERVE && !j->tasks_planned && !j->driver_ups &&
        !is_some_launchs(j, r->cause))
        conf_fail(j, RULE_TMR_5, r,
                  "a reserve timer fires that record %" PRIu64
                  " armed, but the launch that began there is gone or was taken back",
                  r->cause);
}

/* ---- what is done in a timer's name */
void conf_check_sync_timeout(struct conf_judge *j, const struct trace_record *r,
                             const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES], waited[32], patience[32];
    const struct conf_turn *turn = &s->turn[QUEUE_ROUND];
    if ((s->queues >> QUEUE_ROUND & 1) == 0 || r->attempt != s->round_attempt ||
        r->epoch != s->round_epoch || later(turn->at_ns, patience_ns(j, QUEUE_ROUND)) <= j->now_ns)
        return;
    plan_format_duration(j->now_ns - turn->at_ns, waited);
    plan_format_duration(patience_ns(j, QUEUE_ROUND), patience);
    conf_fail(j, RULE_TMR_6, r,
              "epoch %u of %s fails for its timeout of %s, but its first arrival was %s ago",
              r->epoch, conf_stage_label(j, s, label), patience, waited);
}

void conf_check_call_timeout(struct conf_judge *j, const struct trace_record *r,
                             const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if ((s->queues >> QUEUE_ROUND & 1) == 0 || r->attempt != s->round_attempt ||
        r->epoch != s->round_epoch || (s->limit_ns != 0 && s->limit_ns <= j->now_ns))
        return;
    conf_fail(j, RULE_TMR_6, r,
              "epoch %u of %s fails for a caller's limit, but no limit of a caller of it is over",
              r->epoch, conf_stage_label(j, s, label));
}

void conf_check_launch_deadline(struct conf_judge *j, const struct trace_record *r,
                                const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES], waited[32], patience[32];
    if (!s->is_barrier)
        return;
    if (s->go_end > s->over_end) {
        conf_fail(j, RULE_TMR_4, r,
                  "%s is refused for its launch deadline, but attempt %u has gone",
                  conf_stage_label(j, s, label), s->go_end - 1);
        return;
    }
    if ((s->queues >> QUEUE_WAIT & 1) == 0)
        return;
    if (later(s->ready_ns, patience_ns(j, QUEUE_WAIT)) <= j->now_ns)
        return;
    plan_format_duration(j->now_ns - s->ready_ns, waited);
    plan_format_duration(patience_ns(j, QUEUE_WAIT), patience);
    conf_fail(j, RULE_TMR_4, r,
              "%s is refused for its launch deadline of %s, but is ready for no more than %s",
              conf_stage_label(j, s, label), patience, waited);
}
