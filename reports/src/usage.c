/*
 * usage.c -- one pass over reservations, starts, kills and exits; see usage.h.
 *
 * This room is for: how much of each executor is in which state.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       what the driver believes; output.
 *
 * A task holds at most two things at one time, of two attempts (an executor that is cut off still
 * runs the older one). What was held when a machine went down is forgotten at once: a life is
 * counted for each executor, and a hold of an earlier life counts for nothing.
 */
#include "usage.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HOLDS = 2, HELD_STATES = REP_USE_RESERVED + 1 };

struct hold {
    uint32_t executor, attempt, life;
    uint32_t state; /* 1 + enum rep_use; 0: none */
};
struct machine {
    int64_t capacity, taken, held[HELD_STATES];
    uint32_t life;
    bool up;
};
struct fold {
    const struct rep_run *run;
    const struct rep_axis *axis;
    struct rep_usage *usage;
    enum rep_unit unit;
    struct machine *machines;
    struct hold *holds; /* HOLDS a task */
    uint64_t *first_task;
    struct rep_use_step now;
    rep_wide *sums; /* of the column at hand: states, then over */
    uint64_t column;
    bool counting; /* the first pass: how many steps would there be? */
    uint64_t changes;
};

const char *rep_use_text(unsigned use)
{
    static const char *const texts[] = {
#define X(name, text) text,
        REP_USE_MAP(X)
#undef X
    };
    return use < REP_USE_COUNT ? texts[use] : "?";
}

static int64_t need(const struct fold *f, uint32_t gang)
{
    const struct plan_profile *p = &f->run->plan->profiles[f->run->plan->stages[gang].profile];
    return f->unit == REP_CORES ? (int64_t)p->cores * 1000 : (int64_t)p->gpu_milli;
}

/* ---- machines */

static void count_in(struct fold *f, const struct machine *m, int64_t sign)
{
    int64_t lost = !m->up ? m->capacity : m->taken < m->capacity ? m->taken : m->capacity;
    int64_t held = 0;
    for (unsigned i = 0; i < HELD_STATES; i++) {
        f->now.amount[i] += sign * m->held[i];
        held += m->held[i];
    }
    int64_t idle = m->capacity - lost - held;
    f->now.amount[REP_USE_LOST] += sign * lost;
    f->now.amount[REP_USE_IDLE] += sign * (idle > 0 ? idle : 0);
    f->now.over += sign * (idle < 0 ? -idle : 0);
}

static void hold_more(struct fold *f, uint32_t executor, unsigned state, int64_t amount)
{
    struct machine *m = &f->machines[executor];
    assert(state < HELD_STATES);
    count_in(f, m, -1);
    m->held[state] += amount;
    count_in(f, m, 1);
}

static void turn(struct fold *f, uint32_t executor, bool up)
{
    struct machine *m = &f->machines[executor];
    count_in(f, m, -1);
    m->up = up;
    m->life++;
    memset(m->held, 0, sizeof m->held);
    count_in(f, m, 1);
}

static void take_away(struct fold *f, const struct trace_record *r)
{
    const struct plan *plan = f->run->plan;
    bool cores = r->b == PLAN_ACT_TAKE, gpu = r->b == PLAN_ACT_LOSE_GPU;
    if (r->a < 0 || r->a >= plan->act_count || !(f->unit == REP_CORES ? cores : gpu))
        return;
    struct machine *m = &f->machines[r->executor];
    int64_t amount = cores ? (int64_t)plan->acts[r->a].amount * 1000 : 1000;
    count_in(f, m, -1);
    m->taken += r->kind == TRACE_FAULT ? amount : -amount;
    m->taken = m->taken > 0 ? m->taken : 0;
    count_in(f, m, 1);
}

/* ---- tasks */

static void let_go(struct fold *f, uint32_t gang, struct hold *hold)
{
    if (hold->state != 0 && hold->life == f->machines[hold->executor].life)
        hold_more(f, hold->executor, hold->state - 1, -need(f, gang));
    hold->state = 0;
}

static void get(struct fold *f, uint32_t gang, struct hold *hold, const struct trace_record *r,
                unsigned state)
{
    const struct machine *m = &f->machines[r->executor];
    let_go(f, gang, hold);
    if (!m->up)
        return;
    *hold = (struct hold){r->executor, r->attempt, m->life, state + 1};
    hold_more(f, r->executor, state, need(f, gang));
}

static struct hold *find(struct hold *holds, const struct trace_record *r)
{
    for (unsigned i = 0; i < HOLDS; i++)
        if (holds[i].state != 0 && holds[i].attempt == r->attempt &&
            holds[i].executor == r->executor)
            return &holds[i];
    return NULL;
}

/* One that is free, else the one of the older attempt. */
static struct hold *room_for(struct hold *holds)
{
    if (holds[0].state == 0 || holds[1].state == 0)
        return holds[0].state == 0 ? &holds[0] : &holds[1];
    return holds[0].attempt < holds[1].attempt ? &holds[0] : &holds[1];
}

static void take_task(struct fold *f, uint32_t gang, uint64_t rank, const struct trace_record *r)
{
    struct hold *holds = &f->holds[(f->first_task[gang] + rank) * HOLDS], *hold = find(holds, r);
    switch (r->kind) {
    case TRACE_RESERVE:
        get(f, gang, hold != NULL ? hold : room_for(holds), r, REP_USE_RESERVED);
        break;
    case TRACE_START:
        get(f, gang, hold != NULL ? hold : room_for(holds), r, REP_USE_RUNNING);
        break;
    case TRACE_KILLED:
        if (hold != NULL && hold->state == REP_USE_RUNNING + 1)
            get(f, gang, hold, r, REP_USE_ENDING);
        break;
    case TRACE_EXIT:
        if (hold != NULL)
            let_go(f, gang, hold);
        break;
    default: /* the end of a reservation */
        if (hold != NULL && hold->state == REP_USE_RESERVED + 1)
            let_go(f, gang, hold);
        break;
    }
}

static bool is_range(uint16_t kind)
{
    return kind == TRACE_RESERVE || kind == TRACE_UNRESERVE || kind == TRACE_RESERVE_NACK;
}

static void take_tasks(struct fold *f, const struct trace_record *r)
{
    uint32_t gang = rep_gang(f->run->plan, r->job, r->stage);
    if (gang == PLAN_NONE)
        return;
    uint64_t tasks = f->run->plan->stages[gang].tasks, count = !is_range(r->kind) ? 1
                                                               : r->a > 0         ? (uint64_t)r->a
                                                                                  : 0;
    for (uint64_t rank = r->rank; count > 0 && rank < tasks; rank++, count--)
        take_task(f, gang, rank, r);
}

/* ---- time */

static void close_column(struct fold *f, int64_t width)
{
    rep_wide below = 0;
    int64_t given = 0;
    struct rep_use_step *step = &f->usage->steps[f->usage->count++];
    step->place = (int64_t)f->column * f->usage->column;
    for (unsigned i = 0; i < REP_USE_COUNT; i++) { /* rounded so that the sum stays what it is */
        below += f->sums[i];
        int64_t upto = (int64_t)(below / (rep_wide)width);
        step->amount[i] = upto - given;
        given = upto;
    }
    step->over = given - f->usage->capacity;
    memset(f->sums, 0, REP_USE_COUNT * sizeof *f->sums);
}

static void add_time(struct fold *f, int64_t from, int64_t to)
{
    int64_t width = f->usage->column;
    while (from < to) {
        int64_t end = (int64_t)(f->column + 1) * width, until = to < end ? to : end;
        for (unsigned i = 0; i < REP_USE_COUNT; i++)
            f->sums[i] += (rep_wide)f->now.amount[i] * (rep_wide)(until - from);
        from = until;
        if (until < end)
            return;
        close_column(f, width);
        f->column++;
    }
}

static void add_step(struct fold *f)
{
    struct rep_usage *u = f->usage;
    assert(u->count < REP_USE_STEPS_MAX);
    u->steps[u->count++] = f->now;
}

/* The state so far has lasted until `place`. */
static void pass(struct fold *f, int64_t place)
{
    int64_t length = place - f->now.place;
    if (length <= 0)
        return;
    f->changes++;
    if (!f->counting) {
        for (unsigned i = 0; i < REP_USE_COUNT; i++)
            f->usage->sum[i] += (rep_wide)f->now.amount[i] * (rep_wide)length;
        f->usage->whole += (rep_wide)f->usage->capacity * (rep_wide)length;
        f->usage->over |= f->now.over > 0;
        if (f->usage->column == 0)
            add_step(f);
        else
            add_time(f, f->now.place, place);
    }
    f->now.place = place;
}

static void take(struct fold *f, const struct trace_record *r)
{
    if (r->executor >= f->run->plan->executor_count)
        return;
    switch (r->kind) {
    case TRACE_UP:
    case TRACE_DOWN:
        pass(f, rep_axis_at(f->axis, r->at_ns));
        turn(f, r->executor, r->kind == TRACE_UP);
        break;
    case TRACE_FAULT:
    case TRACE_HEAL:
        pass(f, rep_axis_at(f->axis, r->at_ns));
        take_away(f, r);
        break;
    case TRACE_RESERVE:
    case TRACE_UNRESERVE:
    case TRACE_RESERVE_NACK:
    case TRACE_START:
    case TRACE_KILLED:
    case TRACE_EXIT:
    case TRACE_FREE:
        pass(f, rep_axis_at(f->axis, r->at_ns));
        take_tasks(f, r);
        break;
    default:
        break;
    }
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static bool observes_up(const struct rep_run *run)
{
    for (uint64_t i = 0; i < run->record_count; i++)
        if (run->records[i].kind == TRACE_UP)
            return true;
    return false;
}

static void start_over(struct fold *f, bool up)
{
    const struct plan *plan = f->run->plan;
    memset(f->holds, 0, f->first_task[plan->stage_count] * HOLDS * sizeof *f->holds);
    memset(&f->now, 0, sizeof f->now);
    f->usage->capacity = 0;
    for (uint32_t e = 0; e < plan->executor_count; e++) {
        const struct plan_executor *x = &plan->executors[e];
        f->machines[e] = (struct machine){
            .capacity = (int64_t)(f->unit == REP_CORES ? x->cores : x->gpus) * 1000, .up = up};
        f->usage->capacity += f->machines[e].capacity;
        count_in(f, &f->machines[e], 1);
    }
}

static void walk(struct fold *f, bool up)
{
    start_over(f, up);
    for (uint64_t i = 0; i < f->run->record_count; i++)
        take(f, &f->run->records[i]);
    pass(f, rep_axis_length(f->axis));
}

static bool memory(struct fold *f, struct rep_err *err)
{
    const struct plan *plan = f->run->plan;
    f->machines = rep_alloc(plan->executor_count, sizeof *f->machines, err);
    f->sums = rep_alloc(REP_USE_COUNT, sizeof *f->sums, err);
    f->first_task = rep_alloc((size_t)plan->stage_count + 1, sizeof *f->first_task, err);
    f->usage->steps = rep_alloc(REP_USE_STEPS_MAX, sizeof *f->usage->steps, err);
    if (f->machines == NULL || f->sums == NULL || f->first_task == NULL || f->usage->steps == NULL)
        return false;
    for (uint32_t g = 0; g < plan->stage_count; g++)
        f->first_task[g + 1] = f->first_task[g] + plan->stages[g].tasks;
    f->holds = rep_alloc(f->first_task[plan->stage_count], HOLDS * sizeof *f->holds, err);
    return f->holds != NULL;
}

static void fill(struct fold *f)
{
    bool up = !observes_up(f->run);
    f->counting = true;
    walk(f, up);
    f->counting = false;
    if (f->changes > REP_USE_STEPS_MAX)
        f->usage->column = rep_axis_length(f->axis) / REP_USE_COLUMNS + 1;
    walk(f, up);
    int64_t rest = rep_axis_length(f->axis) - (int64_t)f->column * f->usage->column;
    if (f->usage->column > 0 && rest > 0)
        close_column(f, rest);
}

enum rep_status rep_usage_build(const struct rep_run *run, const struct rep_axis *axis,
                                enum rep_unit unit, struct rep_usage *usage, struct rep_err *err)
{
    struct fold f = {.run = run, .axis = axis, .usage = usage, .unit = unit};
    memset(usage, 0, sizeof *usage);
    enum rep_status status = memory(&f, err) ? REP_OK : REP_E_MEMORY;
    if (status == REP_OK)
        fill(&f);
    else
        rep_usage_free(usage);
    free(f.machines);
    free(f.sums);
    free(f.first_task);
    free(f.holds);
    return status;
}

void rep_usage_free(struct rep_usage *usage)
{
    free(usage->steps);
    memset(usage, 0, sizeof *usage);
}
