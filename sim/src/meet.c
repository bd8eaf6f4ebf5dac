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
 */
#include "record.h"

enum { EXIT_TIMED_OUT = 110 };

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
    uint32_t named = 0;
    if (w->place_count == 0)
        return;
    for (uint32_t i = 0; i < w->place_count; i++)
        w->places[i] = (struct sim_place){.first = PLAN_NONE, .last = PLAN_NONE};
    for (uint32_t i = 0; i < plan->name_count; i++)
        w->place_of_name[i] = PLAN_NONE;
    for (uint32_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].code == PLAN_OP_MEET && w->place_of_name[plan->ops[i].dist] == PLAN_NONE)
            w->place_of_name[plan->ops[i].dist] = named++;
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
    trait->place = PLAN_NONE;
}

/* An exchange that one of them left will never be over. */
static void break_off(struct sim *w, struct sim_place *p)
{
    if (!p->busy)
        return;
    p->busy = 0;
    p->key = (p->key + 1) & SIM_KEY_MASK;
    w->work--;
}

/* It waits without patience from here on: it goes on, is gone, or hangs. */
static void forget_patience(struct sim *w, uint32_t t)
{
    w->giving_up -= w->traits[t].due_ns != PLAN_NEVER;
    w->traits[t].due_ns = PLAN_NEVER;
}

void sim_meet_leave(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    assert(task->state == SIM_TASK_MEET);
    forget_patience(w, t);
    task->key = (task->key + 1) & SIM_KEY_MASK;
    if (w->traits[t].place == PLAN_NONE)
        return;
    break_off(w, &w->places[w->traits[t].place]);
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

/* ---- rendezvous */
static void wait_there(struct sim *w, uint32_t t, unsigned op, int64_t name, int64_t patience_ns)
{
    struct sim_task *task = &w->tasks[t];
    task->cause = sim_record_meet(w, TRACE_MEET, task, op, name, task->cause);
    task->state = SIM_TASK_MEET;
    w->traits[t].place = PLAN_NONE;
    w->traits[t].due_ns = sim_later(w->now_ns, patience_ns);
    w->giving_up += w->traits[t].due_ns != PLAN_NEVER;
}

/* Whoever comes last decides, by its own number, that all are there. */
void sim_meet(struct sim *w, uint32_t t, const struct plan_step *step)
{
    uint32_t place = w->place_of_name[step->dist];
    wait_there(w, t, PLAN_OP_MEET, step->dist, step->value2);
    join(w, t, place);
    if (w->places[place].count >= (uint64_t)step->value)
        let_go(w, place, PLAN_OP_MEET, step->dist, w->tasks[t].cause);
    else if (w->traits[t].due_ns != PLAN_NEVER)
        sim_schedule(w, w->traits[t].due_ns, t, sim_extra(SIM_GIVE_UP, w->tasks[t].key));
}

void sim_meet_give_up(struct sim *w, uint32_t t)
{
    const struct sim_task *task = &w->tasks[t];
    w->events++;
    if (task->hung) { /* nobody in it looks at the clock any more */
        forget_patience(w, t);
        return;
    }
    sim_task_end(w, t, TRACE_EXIT_FAILED, EXIT_TIMED_OUT, task->cause);
}

int64_t sim_meet_first(const struct sim *w)
{
    int64_t first = PLAN_NEVER;
    for (uint32_t t = 0; t < w->task_count && w->giving_up > 0; t++)
        if (w->tasks[t].state == SIM_TASK_MEET && !w->tasks[t].hung && w->traits[t].due_ns < first)
            first = w->traits[t].due_ns;
    return first;
}

/* ---- all-reduce */
/* In a ring, each of n gives its neighbour an n-th of the bytes, 2(n-1) times. */
static int64_t ring_ns(const struct sim *w, int64_t bytes, uint32_t n)
{
    int64_t step_ns = sim_later(w->latency_ns, sim_transfer_ns(w, (bytes + n - 1) / n));
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
    uint32_t stage = task->stage, place = place_of_stage(w, stage), n = task->client.size;
    bool gang = w->plan->stages[stage].kind == PLAN_STAGE_BARRIER;
    uint32_t attempt = gang ? task->client.attempt : 0; /* of other tasks each has its own */
    struct sim_place *p = &w->places[place];
    wait_there(w, t, PLAN_OP_ALL_REDUCE, stage, PLAN_NEVER);
    if (attempt > p->attempt)
        hand_over(w, p, attempt);
    if (attempt < p->attempt)
        return;
    join(w, t, place);
    if (p->count < n)
        return;
    int64_t takes_ns = ring_ns(w, step->value, n);
    if (takes_ns == 0) {
        let_go(w, place, PLAN_OP_ALL_REDUCE, stage, task->cause);
        return;
    }
    p->busy = 1;
    sim_schedule_work(w, sim_later(w->now_ns, takes_ns), place, sim_extra(SIM_MEET, p->key));
}

/* The cause is the arrival of whoever came last. */
void sim_meet_over(struct sim *w, uint32_t place)
{
    struct sim_place *p = &w->places[place];
    w->events++;
    p->busy = 0;
    let_go(w, place, PLAN_OP_ALL_REDUCE, w->tasks[p->last].stage, w->tasks[p->last].cause);
}
