/*
 * meet.c -- tasks that wait for each other out of the scheduler's sight: rendezvous by name, and
 * all-reduce.
 *
 * This room is for: who waits where, when all are there, and what it costs them.
 * It may include:   record.h, world.h.
 * Never here:       the core. No scheduler learns of any of this, and so none can help.
 *
 * A place knows who waits there, as a list through the tasks' traits. Whoever dies leaves it, for its
 * connection closes, and nobody else is told: the others go on waiting (B-152's wait, without anybody who
 * answers). Patience, where there is any, is a give-up and no work.
 *
 * A rendezvous that the first holds is a socket of the task of rank 0: who cannot reach its executor (peer.c) is not counted
 * before it can, and who cannot be reached does not hear that all are there. Before the task of rank 0 comes, and after it
 * went, nobody is counted. What the driver holds everybody reaches.
 */
#include "record.h"

enum { EXIT_RESET = 104, EXIT_TIMED_OUT = 110, EXIT_REFUSED = 111 };

/* ---- places */
static bool has_all_reduce(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].code == PLAN_OP_ALL_REDUCE)
            return true;
    return false;
}

static uint32_t count_meets(const struct plan *plan)
{
    uint32_t meets = 0;
    for (uint32_t i = 0; i < plan->op_count; i++)
        meets += plan->ops[i].code == PLAN_OP_MEET;
    return meets;
}

/* One a name, but never more than there are ops; then one a stage. */
uint32_t sim_count_places(const struct plan *plan)
{
    return count_meets(plan) + (has_all_reduce(plan) ? plan->stage_count : 0);
}

void sim_meet_init(struct sim *w)
{
    const struct plan *plan = w->plan;
    uint32_t named = 0, meets = count_meets(plan);
    if (w->place_count == 0)
        return;
    for (uint32_t i = 0; i < w->place_count; i++)
        w->places[i] = (struct sim_place){.first = PLAN_NONE,
                                          .last = PLAN_NONE,
                                          .holder = PLAN_NONE,
                                          .name = i < meets ? PLAN_NONE : i - meets,
                                          .is_ring = i >= meets};
    for (uint32_t i = 0; i < plan->name_count; i++)
        w->place_of_name[i] = PLAN_NONE;
    for (uint32_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].code == PLAN_OP_MEET && w->place_of_name[plan->ops[i].dist] == PLAN_NONE)
            w->place_of_name[plan->ops[i].dist] = named++;
    for (uint32_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].code == PLAN_OP_MEET) {
            struct sim_place *p = &w->places[w->place_of_name[plan->ops[i].dist]];
            p->name = plan->ops[i].dist;
            p->at_first |= plan->ops[i].to == PLAN_HOLDER_FIRST;
        }
}

/* Those of the stages come last. */
static uint32_t place_of_stage(const struct sim *w, uint32_t stage)
{
    return w->place_count - w->plan->stage_count + stage;
}

static void join(struct sim *w, uint32_t t, uint32_t place)
{
    struct sim_place *p = &w->places[place];
    struct sim_trait *trait = &w->traits[t];
    trait->place = place;
    trait->next = PLAN_NONE;
    trait->previous = p->last;
    trait->told = 0;
    trait->begun_ns = w->now_ns;
    *(p->last == PLAN_NONE ? &p->first : &w->traits[p->last].next) = t;
    p->last = t;
    p->count++;
}

static void take_out(struct sim *w, uint32_t t)
{
    struct sim_trait *trait = &w->traits[t];
    struct sim_place *p = &w->places[trait->place];
    *(trait->previous == PLAN_NONE ? &p->first : &w->traits[trait->previous].next) = trait->next;
    *(trait->next == PLAN_NONE ? &p->last : &w->traits[trait->next].previous) = trait->previous;
    assert(p->count > 0);
    p->count--;
    p->told -= trait->told;
    if (p->holder == t)
        p->holder = PLAN_NONE;
    trait->told = 0;
    trait->place = PLAN_NONE;
}

/* An exchange that one of them left will never be over. */
static void break_off(struct sim *w, struct sim_place *p)
{
    if (!p->busy)
        return;
    w->work -= !p->waiting && !sim_is_gathered(w, (uint32_t)(p - w->places), sim_extra(SIM_MEET, p->key));
    p->busy = p->blocked = p->waiting = 0;
    p->late_ns = 0;
    p->key = (p->key + 1) & SIM_KEY_MASK;
}

/* It waits without patience from here on: it goes on, is gone, or hangs. */
static void forget_patience(struct sim *w, uint32_t t)
{
    w->giving_up -= w->traits[t].due_ns != PLAN_NEVER;
    w->traits[t].due_ns = PLAN_NEVER;
}

static void leave_first(struct sim *w, uint32_t t, struct sim_place *p);

void sim_meet_leave(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    assert(task->state == SIM_TASK_MEET);
    forget_patience(w, t);
    task->key = (task->key + 1) & SIM_KEY_MASK;
    if (w->traits[t].place == PLAN_NONE)
        return;
    struct sim_place *p = &w->places[w->traits[t].place];
    if (p->at_first) {
        leave_first(w, t, p);
        return;
    }
    break_off(w, p);
    take_out(w, t);
}

/* Everybody who waits there goes on, in the order they came. */
static void let_go(struct sim *w, uint32_t place, unsigned op, int64_t name, uint64_t cause)
{
    struct sim_place *p = &w->places[place];
    while (p->first != PLAN_NONE && !w->stopped) {
        uint32_t t = p->first;
        take_out(w, t);
        forget_patience(w, t);
        sim_task_go_on(w, t, sim_record_meet(w, TRACE_MET, &w->tasks[t], op, name, cause));
    }
}

/* ---- rendezvous that the first holds */
static bool is_holder(const struct sim *w, uint32_t t) { return w->tasks[t].rank == 0; }

/* The clogs on the way of whoever hears of it last, there and back. */
static int64_t delay_of(const struct sim *w, const struct sim_place *p)
{
    uint32_t holder = w->tasks[p->holder].executor;
    int64_t in_ns = 0, out_ns = 0;
    for (uint32_t t = p->first; t != PLAN_NONE && w->peers_impaired > 0; t = w->traits[t].next) {
        uint32_t executor = w->tasks[t].executor;
        if (!w->traits[t].told)
            continue;
        int64_t came_ns = sim_later(w->traits[t].begun_ns, sim_peer_delay_ns(w, executor, holder)),
                back_ns = sim_peer_delay_ns(w, holder, executor);
        in_ns = came_ns - w->now_ns > in_ns ? came_ns - w->now_ns : in_ns;
        out_ns = back_ns > out_ns ? back_ns : out_ns;
    }
    return sim_later(in_ns, out_ns);
}

/* It goes on; or it would, if it heard of it. */
static void set_free(struct sim *w, uint32_t t, uint32_t place, uint32_t holder, uint64_t cause)
{
    take_out(w, t);
    if (!sim_peer_passes(w, w->tasks[t].executor, holder)) {
        struct sim_trait *trait = &w->traits[t];
        trait->freed = place + 1;
        trait->from = holder;
        trait->incarnation = w->hosts[holder].incarnation;
        return;
    }
    forget_patience(w, t);
    sim_task_go_on(w, t, sim_record_meet(w, TRACE_MET, &w->tasks[t], PLAN_OP_MEET,
                                         w->places[place].name, cause));
}

static void tell_all(struct sim *w, uint32_t place);

/* Everybody of whom the holder knows; what is left waits for the next one. */
static void free_all(struct sim *w, uint32_t place, uint64_t cause)
{
    struct sim_place *p = &w->places[place];
    uint32_t holder = w->tasks[p->holder].executor;
    for (uint32_t t = p->first, next; t != PLAN_NONE && !w->stopped; t = next) {
        next = w->traits[t].next;
        if (w->traits[t].told)
            set_free(w, t, place, holder, cause);
    }
    tell_all(w, place);
}

static void complete(struct sim *w, uint32_t place, uint64_t cause)
{
    struct sim_place *p = &w->places[place];
    int64_t delay_ns = delay_of(w, p);
    if (p->busy)
        return;
    if (delay_ns == 0) {
        free_all(w, place, cause);
        return;
    }
    p->busy = 1;
    p->cause = cause;
    sim_schedule_work(w, sim_later(w->now_ns, delay_ns), place, sim_extra(SIM_MEET, p->key));
}

/* It comes to the holder, unless it cannot, or is not let in. True if all are there now. */
static bool tell(struct sim *w, uint32_t place, uint32_t t)
{
    struct sim_place *p = &w->places[place];
    uint32_t executor = w->tasks[t].executor, holder = w->tasks[p->holder].executor;
    uint64_t cause;
    if (!sim_peer_passes(w, executor, holder))
        return false;
    if (sim_peer_refuses(w, executor, holder, &cause)) {
        if (!sim_hangs(&w->tasks[t]))
            sim_task_end(w, t, TRACE_EXIT_FAILED, EXIT_REFUSED, cause);
        return false;
    }
    w->traits[t].told = 1;
    return ++p->told >= w->traits[t].wants;
}

/* Who has not come to the holder tries again; without one, the first task of rank 0 that is there becomes it. */
static void tell_all(struct sim *w, uint32_t place)
{
    struct sim_place *p = &w->places[place];
    for (uint32_t t = p->first; t != PLAN_NONE && p->holder == PLAN_NONE; t = w->traits[t].next)
        if (is_holder(w, t))
            p->holder = t;
    for (uint32_t t = p->first, next; t != PLAN_NONE && p->holder != PLAN_NONE; t = next) {
        next = w->traits[t].next;
        if (w->traits[t].told || !tell(w, place, t))
            continue;
        complete(w, place, w->tasks[t].cause);
        return; /* the list is another now */
    }
}

static void join_first(struct sim *w, uint32_t t, uint32_t place)
{
    const struct sim_place *p = &w->places[place];
    join(w, t, place);
    if (p->holder == PLAN_NONE)
        tell_all(w, place);
    else if (tell(w, place, t))
        complete(w, place, w->tasks[t].cause);
}

/* With its holder goes all that was known there. */
static void leave_first(struct sim *w, uint32_t t, struct sim_place *p)
{
    uint32_t place = (uint32_t)(p - w->places);
    bool held = p->holder == t, broken = w->traits[t].told && p->busy;
    if (broken)
        break_off(w, p);
    take_out(w, t);
    for (uint32_t i = p->first; i != PLAN_NONE && held; i = w->traits[i].next) {
        p->told -= w->traits[i].told;
        w->traits[i].told = 0;
    }
    if (held)
        tell_all(w, place);
    for (uint32_t i = p->first; i != PLAN_NONE && broken && !held; i = w->traits[i].next)
        if (w->traits[i].told && p->told >= w->traits[i].wants) { /* there were more than it takes */
            complete(w, place, w->tasks[i].cause);
            return;
        }
}

/* It was let go, and can be reached again: by the process that did it, or by nobody. */
static void hear(struct sim *w, uint32_t t)
{
    struct sim_trait *trait = &w->traits[t];
    const struct sim_host *from = &w->hosts[trait->from];
    uint32_t place = trait->freed - 1;
    if (!sim_peer_passes(w, w->tasks[t].executor, trait->from))
        return;
    trait->freed = 0;
    if (!from->up || from->incarnation != trait->incarnation) {
        if (!sim_hangs(&w->tasks[t]))
            sim_task_end(w, t, TRACE_EXIT_FAILED, EXIT_RESET, w->tasks[t].cause);
        return;
    }
    forget_patience(w, t);
    sim_task_go_on(w, t, sim_record_meet(w, TRACE_MET, &w->tasks[t], PLAN_OP_MEET,
                                         w->places[place].name, w->tasks[t].cause));
}

bool sim_meet_is_connected(const struct sim *w, uint32_t t, uint32_t executor)
{
    const struct sim_trait *trait = &w->traits[t];
    if (w->tasks[t].executor == executor)
        return false;
    if (trait->place == PLAN_NONE)
        return trait->freed > 0 && trait->from == executor;
    const struct sim_place *p = &w->places[trait->place];
    return trait->told && p->holder != PLAN_NONE && w->tasks[p->holder].executor == executor;
}

/* ---- rendezvous */
static void wait_there(struct sim *w, uint32_t t, unsigned op, int64_t name, int64_t patience_ns)
{
    struct sim_task *task = &w->tasks[t];
    task->cause = sim_record_meet(w, TRACE_MEET, task, op, name, task->cause);
    task->state = SIM_TASK_MEET;
    w->traits[t].place = PLAN_NONE;
    w->traits[t].freed = 0;
    w->traits[t].due_ns = sim_later(w->now_ns, patience_ns);
    w->giving_up += w->traits[t].due_ns != PLAN_NEVER;
}

/* Whoever comes last decides, by its own number, that all are there. */
void sim_meet(struct sim *w, uint32_t t, const struct plan_step *step)
{
    uint32_t place = w->place_of_name[step->dist];
    wait_there(w, t, PLAN_OP_MEET, step->dist, step->value2);
    w->traits[t].wants = (uint32_t)step->value;
    if (w->places[place].at_first)
        join_first(w, t, place);
    else
        join(w, t, place);
    if (!w->places[place].at_first && w->places[place].count >= (uint64_t)step->value)
        let_go(w, place, PLAN_OP_MEET, step->dist, w->tasks[t].cause);
    else if (w->tasks[t].state == SIM_TASK_MEET && w->traits[t].due_ns != PLAN_NEVER)
        sim_schedule(w, w->traits[t].due_ns, t, sim_extra(SIM_GIVE_UP, w->tasks[t].key));
}

void sim_meet_give_up(struct sim *w, uint32_t t)
{
    const struct sim_task *task = &w->tasks[t];
    w->events++;
    if (sim_hangs(task)) { /* nobody in it looks at the clock any more */
        forget_patience(w, t);
        return;
    }
    sim_task_end(w, t, TRACE_EXIT_FAILED, EXIT_TIMED_OUT, task->cause);
}

int64_t sim_meet_first(const struct sim *w)
{
    int64_t first = PLAN_NEVER;
    for (uint32_t t = 0; t < w->task_count && w->giving_up > 0; t++)
        if (w->tasks[t].state == SIM_TASK_MEET && !sim_hangs(&w->tasks[t]) && w->traits[t].due_ns < first)
            first = w->traits[t].due_ns;
    return first;
}

/* ---- all-reduce */
/* In a ring, each of n gives its neighbour an n-th of the bytes, 2(n-1) times. */
static int64_t ring_ns(const struct sim *w, int64_t bytes, uint32_t n, int64_t delay_ns)
{
    int64_t step_ns = sim_later(w->latency_ns, sim_transfer_ns(w, (bytes + n - 1) / n));
    step_ns = sim_later(step_ns, delay_ns); /* each waits for the slowest */
    int64_t steps = 2 * ((int64_t)n - 1);
    return steps > 0 && step_ns > PLAN_NEVER / steps ? PLAN_NEVER : steps * step_ns;
}

/* A newer attempt meets there: who still waits from an older one waits for nobody. */
static void hand_over(struct sim *w, struct sim_place *p, uint32_t attempt)
{
    break_off(w, p);
    while (p->first != PLAN_NONE)
        take_out(w, p->first);
    p->attempt = attempt;
}

void sim_all_reduce(struct sim *w, uint32_t t, const struct plan_step *step)
{
    const struct sim_task *task = &w->tasks[t];
    uint32_t stage = task->stage, place = place_of_stage(w, stage), n = task->size;
    bool gang = w->plan->stages[stage].kind == PLAN_STAGE_BARRIER;
    uint32_t attempt = gang ? task->attempt : 0; /* of other tasks each has its own */
    struct sim_place *p = &w->places[place];
    wait_there(w, t, PLAN_OP_ALL_REDUCE, stage, PLAN_NEVER);
    if (attempt > p->attempt)
        hand_over(w, p, attempt);
    if (attempt < p->attempt)
        return;
    join(w, t, place);
    if (p->count < n)
        return;
    if (w->peers_impaired > 0 && sim_peer_ring_is_refused(w, place))
        return;
    int64_t delay_ns = w->peers_impaired > 0 ? sim_peer_ring_delay_ns(w, place) : 0,
            takes_ns = ring_ns(w, step->value, n, delay_ns);
    p->begun_ns = p->since_ns = w->now_ns;
    p->blocked = w->peers_impaired > 0 && sim_peer_ring_is_silent(w, place);
    if (takes_ns == 0 && !p->blocked) {
        let_go(w, place, PLAN_OP_ALL_REDUCE, stage, task->cause);
        return;
    }
    p->busy = 1;
    p->late_ns = 0;
    p->waiting = takes_ns == 0;
    if (!p->waiting)
        sim_schedule_work(w, sim_later(w->now_ns, takes_ns), place, sim_extra(SIM_MEET, p->key));
}

static void end_ring(struct sim *w, uint32_t place)
{
    struct sim_place *p = &w->places[place];
    p->busy = p->waiting = 0;
    let_go(w, place, PLAN_OP_ALL_REDUCE, w->tasks[p->last].stage, w->tasks[p->last].cause);
}

/* It ends by so much later, or now. */
static void go_on_late(struct sim *w, uint32_t place)
{
    struct sim_place *p = &w->places[place];
    int64_t late_ns = p->late_ns;
    p->waiting = 0;
    p->late_ns = 0;
    if (late_ns == 0)
        end_ring(w, place);
    else
        sim_schedule_work(w, sim_later(w->now_ns, late_ns), place, sim_extra(SIM_MEET, p->key));
}

static void look_at_ring(struct sim *w, uint32_t place, int64_t again_ns)
{
    struct sim_place *p = &w->places[place];
    bool silent = p->busy && sim_peer_ring_is_silent(w, place);
    if (!p->busy || silent == (p->blocked != 0))
        return;
    p->blocked = silent;
    if (silent) {
        p->since_ns = w->now_ns;
        return;
    }
    p->late_ns = sim_later(p->late_ns, again_ns + (p->waiting ? 0 : w->now_ns - p->since_ns));
    if (p->waiting)
        go_on_late(w, place);
}

void sim_meet_look(struct sim *w, uint32_t t, int64_t again_ns)
{
    uint32_t place = w->traits[t].place;
    if (place == PLAN_NONE) {
        if (w->traits[t].freed > 0)
            hear(w, t);
    } else if (w->places[place].is_ring) {
        look_at_ring(w, place, again_ns);
    } else if (w->places[place].at_first) {
        tell_all(w, place);
    }
}

/* The cause is the arrival of whoever came last. */
void sim_meet_over(struct sim *w, uint32_t place)
{
    struct sim_place *p = &w->places[place];
    w->events++;
    if (!p->is_ring) {
        p->busy = 0;
        free_all(w, place, p->cause);
    } else if (p->blocked) { /* what it stood still it has yet to do */
        p->waiting = 1;
        p->late_ns = sim_later(p->late_ns, w->now_ns - p->since_ns);
    } else {
        go_on_late(w, place);
    }
}
