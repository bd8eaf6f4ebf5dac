/*
 * swarm_world.c -- the world of a variant: settings, machines, needs, jobs. See swarm.h.
 *
 * This room is for: what each change of the world does to a plan.
 * It may include:   the C library, plan.
 * Never here:       faults (swarm.c), and which changes a variant has.
 *
 * Invariants
 *   1. What a change draws depends on nothing but the variant's `shape`, the change, and the row that it is for: one change more leaves
 *      the others as they were.
 *   2. The plan is made anew, row by row, as a scenario would give it: rows in order of first use, so that it reads back from its Lua.
 *   3. Jobs keep their order, and stages their numbers; new ones come behind. Of machines the last are gone, or copies come behind. What
 *      befell a machine or a job that is gone, is gone; a rank that is gone is another.
 *   4. Every time outlasts what it must, and for each task there is a machine that could hold it: what is refused, is by the scheduler.
 */
#include "swarm_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

#define MS INT64_C(1000000)
#define US INT64_C(1000)

enum { MACHINES_MAX = 64, TASKS_MAX = 512, GROWN_MAX = 4, SMALL_MAX = 3 };

#define CHANGE(name) (UINT32_C(1) << SIM_SWARM_##name)
#define CLUSTER      (CHANGE(MACHINES) | CHANGE(CORES) | CHANGE(NEEDS))
#define JOBS                                                                                       \
    (CHANGE(TASKS) | CHANGE(LEAST) | CHANGE(LOOSE) | CHANGE(SUBMITS) | CHANGE(PRIORITY) |          \
     CHANGE(FEWER) | CHANGE(COPY) | CHANGE(SMALL))

static bool has(const struct sim_swarm *swarm, enum sim_swarm_change change)
{
    return (swarm->world >> change & 1) != 0;
}

static struct dice dice_of(const struct sim_swarm *swarm, enum sim_swarm_change change,
                           uint32_t row)
{
    return dice_for(swarm->shape, (uint64_t)change << 32 | row);
}

/* ---- which changes make sense */
static bool is_small(const struct plan *plan)
{
    uint64_t tasks = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        tasks += plan->stages[i].tasks;
    return plan->executor_count <= MACHINES_MAX && tasks <= TASKS_MAX;
}

static bool has_service(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->job_count; i++)
        if (plan->jobs[i].kind == PLAN_JOB_SERVICE)
            return true;
    return false;
}

bool sim_swarm_hangs(const struct plan *plan)
{
    bool hangs = false;
    for (uint32_t i = 0; i < plan->act_count; i++)
        hangs |= plan->acts[i].kind == PLAN_ACT_HANG_TASK;
    for (uint32_t i = 0; i < plan->op_count; i++)
        hangs |= plan->ops[i].code == PLAN_OP_HANG;
    return hangs;
}

bool sim_swarm_meets(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].code == PLAN_OP_MEET)
            return true;
    return false;
}

/* A scheduler of the scenario's own knows the machines and jobs that it has. Tasks of several jobs may meet. A service may leave no room for one more than there are, and alone is waited for
 * until its program is over. And of what hangs a gang's calls are given up, while nobody misses a task that is in none. */
uint32_t sim_swarm_changes(const struct plan *plan)
{
    uint32_t changes = (UINT32_C(1) << SIM_SWARM_CHANGES) - 1;
    if (!is_small(plan))
        changes &= ~(CLUSTER | JOBS);
    if (has_service(plan))
        changes &= ~(CLUSTER | CHANGE(TASKS) | CHANGE(FEWER) | CHANGE(COPY) | CHANGE(SMALL));
    if (sim_swarm_hangs(plan))
        changes &= ~CHANGE(LOOSE);
    if (plan->job_count < 2 || sim_swarm_meets(plan))
        changes &= ~CHANGE(FEWER);
    if (plan->scheduler == PLAN_NONE)
        changes &= ~CHANGE(LEAST); /* the core's own begins a gang with all of its tasks */
    else
        changes &= ~(CLUSTER | CHANGE(FEWER) | CHANGE(LOOSE) | CHANGE(COPY) | CHANGE(SMALL) |
                     CHANGE(DYNAMIC));
    if (plan->setting[PLAN_SET_DATAGRAM] != 0)
        changes &= ~CHANGE(DATAGRAM);
    if (plan->setting[PLAN_SET_DYNAMIC] != 0)
        changes &= ~CHANGE(DYNAMIC);
    return changes;
}

/* ---- settings */
static bool coin(struct dice *dice) { return below(dice, 2) != 0; }

static int64_t none_or(struct dice *dice, unsigned lo, unsigned hi)
{
    return below(dice, 4) == 0 ? 0 : log_uniform(dice, lo, hi);
}

static void set_budgets(struct dice *dice, int64_t *set)
{
    if (coin(dice))
        set[PLAN_SET_ATTEMPTS] = log_uniform(dice, 0, 4);
    if (coin(dice))
        set[PLAN_SET_LOSSES] = log_uniform(dice, 0, 4);
    if (below(dice, 4) == 0)
        set[PLAN_SET_ATTEMPTS_MAX] = log_uniform(dice, 0, 5);
    if (coin(dice))
        set[PLAN_SET_RETRY_DELAY] = none_or(dice, 20, 32); /* 1 ms .. 4 s */
}

static void set_patience(struct dice *dice, int64_t *set)
{
    if (coin(dice))
        set[PLAN_SET_SYNC_TIMEOUT] = log_uniform(dice, 28, 36); /* 0.3 s .. 68 s */
    if (coin(dice))
        set[PLAN_SET_LAUNCH_DEADLINE] = log_uniform(dice, 28, 37);
    if (coin(dice)) {
        set[PLAN_SET_ADMISSION_INTERVAL] = log_uniform(dice, 28, 34);
        set[PLAN_SET_ADMISSION_FAILURES] = none_or(dice, 0, 6);
    }
}

/* Behind the round trip: see outlast(). */
static void set_launch(struct dice *dice, int64_t *set)
{
    set[PLAN_SET_RESERVE_TIMEOUT] = log_uniform(dice, 20, 34);
    set[PLAN_SET_RESERVE_LEASE] = log_uniform(dice, 20, 34);
}

static void set_ends(struct dice *dice, int64_t *set)
{
    if (coin(dice))
        set[PLAN_SET_KILL_GRACE] = none_or(dice, 20, 34);
    if (coin(dice))
        set[PLAN_SET_RELEASE_WAIT] = log_uniform(dice, 28, 35);
    if (coin(dice))
        set[PLAN_SET_RESTART_DELAY] = none_or(dice, 20, 34);
}

/* All by the same, or a lease would not outlast a heartbeat any more. */
static void set_health(struct dice *dice, int64_t *set)
{
    static const uint8_t fields[] = {PLAN_SET_HEARTBEAT, PLAN_SET_HEARTBEAT_TIMEOUT,
                                     PLAN_SET_DRIVER_LEASE};
    unsigned half = below(dice, 5);
    for (unsigned i = 0; i < sizeof fields; i++)
        if (set[fields[i]] < PLAN_DAY / 8)
            set[fields[i]] = (set[fields[i]] << half) / 2;
    if (coin(dice))
        set[PLAN_SET_CONNECTION_TIMEOUT] = log_uniform(dice, 30, 38);
}

static void set_exclude(struct dice *dice, int64_t *set)
{
    set[PLAN_SET_EXCLUDE_FAILURES] = below(dice, 4);
    set[PLAN_SET_EXCLUDE_TIME] = log_uniform(dice, 28, 36); /* up to a minute */
}

static void outlast(int64_t *set, enum plan_setting what, int64_t than)
{
    if (set[what] <= than)
        set[what] = than + set[what] / 4 + MS;
}

static void outlast_all(const struct sim_swarm *swarm, int64_t *set)
{
    int64_t slack = swarm->slack != 0 ? (INT64_C(1) << swarm->slack) * US : 0;
    int64_t trip = 2 * (set[PLAN_SET_LATENCY] + slack);
    outlast(set, PLAN_SET_RESERVE_TIMEOUT, trip);
    outlast(set, PLAN_SET_RESERVE_LEASE, trip);
    outlast(set, PLAN_SET_HEARTBEAT_TIMEOUT, 2 * (set[PLAN_SET_HEARTBEAT] + trip));
    outlast(set, PLAN_SET_RELEASE_WAIT, set[PLAN_SET_KILL_GRACE] + trip);
    outlast(set, PLAN_SET_RESEND, trip);
}

static void set_datagram(struct dice *dice, int64_t *set)
{
    set[PLAN_SET_DATAGRAM] = 1;
    set[PLAN_SET_RESEND] = log_uniform(dice, 28, 32); /* 0.3 s .. 4 s */
}

static void change_settings(const struct sim_swarm *swarm, int64_t *set)
{
    static const struct {
        enum sim_swarm_change change;
        void (*set)(struct dice *dice, int64_t *set);
    } rows[] = {{SIM_SWARM_BUDGETS, set_budgets},  {SIM_SWARM_PATIENCE, set_patience},
                {SIM_SWARM_LAUNCH, set_launch},    {SIM_SWARM_ENDS, set_ends},
                {SIM_SWARM_HEALTH, set_health},    {SIM_SWARM_EXCLUDE, set_exclude},
                {SIM_SWARM_DATAGRAM, set_datagram}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dice dice = dice_of(swarm, rows[i].change, 0);
        if (has(swarm, rows[i].change))
            rows[i].set(&dice, set);
    }
    struct dice latency = dice_of(swarm, SIM_SWARM_LATENCY, 0),
                idle = dice_of(swarm, SIM_SWARM_DYNAMIC, 0),
                clocks = dice_of(swarm, SIM_SWARM_CLOCKS, 0);
    if (has(swarm, SIM_SWARM_LATENCY))
        set[PLAN_SET_LATENCY] = none_or(&latency, 14, 27); /* 16 us .. 134 ms */
    if (has(swarm, SIM_SWARM_DYNAMIC)) {
        set[PLAN_SET_DYNAMIC] = 1;
        set[PLAN_SET_IDLE_TIMEOUT] = log_uniform(&idle, 28, 35);
    }
    if (has(swarm, SIM_SWARM_CLOCKS))
        set[PLAN_SET_CLOCK_OFFSET] = log_uniform(&clocks, 20, 58);
    outlast_all(swarm, set);
}

void sim_swarm_settings(const struct sim_swarm *swarm, struct plan *out)
{
    if (swarm->order != 0) {
        out->setting[PLAN_SET_ORDER] = swarm->order;
        out->setting[PLAN_SET_ORDER_CHANGES] = swarm->changes;
    }
    if (swarm->slack != 0)
        out->setting[PLAN_SET_ORDER_SLACK] = (INT64_C(1) << swarm->slack) * US;
    if (swarm->world != 0)
        change_settings(swarm, out->setting);
}

/* ---- the plan, made anew */
struct making {
    const struct plan *from;
    const struct sim_swarm *swarm;
    struct plan *out;
    struct plan_op *ops;
    uint32_t *job; /* of each of the plan's, which it is now; PLAN_NONE: none */
    bool well;
};

static uint32_t put(struct making *m, uint32_t row)
{
    m->well = m->well && row != PLAN_NONE;
    return row;
}

static uint32_t name(struct making *m, uint32_t index)
{
    return index == PLAN_NONE ? PLAN_NONE : put(m, plan_name(m->out, plan_text(m->from, index)));
}

/* What cannot be had is waited for as long as the scenario says, which may be a month: too long for a run among many. */
static void make_head(struct making *m)
{
    const struct plan *from = m->from;
    struct plan *out = m->out;
    out->title = name(m, from->title);
    out->policy = name(m, from->policy);
    out->manager = name(m, from->manager);
    out->scheduler = name(m, from->scheduler);
    out->scheduler_file = name(m, from->scheduler_file);
    out->scheduler_params = name(m, from->scheduler_params);
    memcpy(out->setting, from->setting, sizeof out->setting);
    if (out->setting[PLAN_SET_LAUNCH_DEADLINE] == plan_setting_default(PLAN_SET_LAUNCH_DEADLINE))
        out->setting[PLAN_SET_LAUNCH_DEADLINE] = 600 * PLAN_SECOND;
}

/* ---- machines */
static uint32_t machines_of(const struct making *m)
{
    uint32_t count = m->from->executor_count, most = count + (count + 1) / 2;
    struct dice dice = dice_of(m->swarm, SIM_SWARM_MACHINES, 0);
    return has(m->swarm, SIM_SWARM_MACHINES) ? 1 + below(&dice, most) : count;
}

/* All the same, or each its own. */
static uint32_t cores_of(const struct making *m, uint32_t executor, uint32_t cores)
{
    struct dice all = dice_of(m->swarm, SIM_SWARM_CORES, 0),
                own = dice_of(m->swarm, SIM_SWARM_CORES, executor + 1);
    bool same = coin(&all);
    uint32_t most = cores < GROWN_MAX ? 2 * cores : cores + GROWN_MAX;
    return has(m->swarm, SIM_SWARM_CORES)
               ? 1 + below(same ? &all : &own, most > PLAN_CORES_MAX ? PLAN_CORES_MAX : most)
               : cores;
}

static void make_executors(struct making *m)
{
    for (uint32_t i = 0, count = machines_of(m); i < count; i++) {
        struct plan_executor row = m->from->executors[i % m->from->executor_count];
        struct dice dice = dice_of(m->swarm, SIM_SWARM_NEEDS, i);
        row.cores = cores_of(m, i, row.cores);
        if (has(m->swarm, SIM_SWARM_NEEDS) && row.gpus == 0)
            row.gpus = below(&dice, 4);
        put(m, plan_add_executor(m->out, &row));
    }
}

/* ---- needs */
static uint32_t gpus_of(const struct plan_profile *need)
{
    return need->gpu_milli / 1000 + (need->gpu_milli % 1000 > 0);
}

/* One that no machine could ever hold is nothing that a scenario may ask for: then the first is large enough for it. */
static void make_room(struct plan *out, const struct plan_profile *need)
{
    for (uint32_t i = 0; i < out->executor_count; i++) {
        const struct plan_executor *e = &out->executors[i];
        if (e->cores >= need->cores && e->memory_mib >= need->memory_mib &&
            e->gpus >= gpus_of(need))
            return;
    }
    struct plan_executor *first = &out->executors[0];
    first->cores = first->cores < need->cores ? need->cores : first->cores;
    first->memory_mib = first->memory_mib < need->memory_mib ? need->memory_mib : first->memory_mib;
    first->gpus = first->gpus < gpus_of(need) ? gpus_of(need) : first->gpus;
}

static uint32_t make_profile(struct making *m, uint32_t stage, struct plan_profile need)
{
    static const uint16_t shares[] = {250, 300, 500, 1000, 1000, 2000};
    struct dice dice = dice_of(m->swarm, SIM_SWARM_NEEDS, UINT32_C(1) << 31 | stage);
    if (has(m->swarm, SIM_SWARM_NEEDS)) {
        if (below(&dice, 3) == 0)
            need.cores = 1 + below(&dice, 2);
        if (below(&dice, 3) == 0)
            need.memory_mib = (uint32_t)log_uniform(&dice, 8, 16);
        if (need.gpu_milli == 0 && coin(&dice))
            need.gpu_milli = shares[below(&dice, sizeof shares / sizeof shares[0])];
    }
    make_room(m->out, &need);
    return put(m, plan_add_profile(m->out, &need));
}

/* ---- programs */
static void cut_op(struct plan_op *ops, uint32_t count, uint32_t at)
{
    memmove(ops + at, ops + at + 1, (count - at - 1) * sizeof *ops);
    for (uint32_t i = 0; i + 1 < count; i++) {
        bool jumps = ops[i].code == PLAN_OP_LOOP || ops[i].code == PLAN_OP_NEXT ||
                     ops[i].code == PLAN_OP_ON_RANK;
        if (jumps && ops[i].to > at)
            ops[i].to--;
    }
}

static bool is_of_gangs(const struct plan_op *op)
{
    return op->code == PLAN_OP_BARRIER || op->code == PLAN_OP_ALL_GATHER ||
           op->code == PLAN_OP_ALL_REDUCE || op->code == PLAN_OP_CHECKPOINT;
}

/* loose: without what only a gang can do. */
static uint32_t make_program(struct making *m, uint32_t program, bool loose)
{
    const struct plan_program *row = &m->from->programs[program];
    uint32_t count = row->op_count;
    memcpy(m->ops, m->from->ops + row->first_op, count * sizeof *m->ops);
    for (uint32_t i = count; loose && i-- > 0;)
        if (is_of_gangs(&m->ops[i]))
            cut_op(m->ops, count--, i);
    for (uint32_t i = 0; i < count; i++) {
        struct plan_op *op = &m->ops[i];
        if (op->code == PLAN_OP_MEET) {
            op->dist = name(m, op->dist);
        } else if (op->code == PLAN_OP_COMPUTE) {
            struct plan_dist dist = m->from->dists[op->dist];
            if (dist.kind == PLAN_DIST_EMPIRICAL)
                dist.first =
                    put(m, plan_add_values(m->out, m->from->values + dist.first, dist.count));
            op->dist = put(m, plan_add_dist(m->out, &dist));
        }
    }
    return put(m, plan_add_program(m->out,
                                   row->name == PLAN_NONE ? NULL : plan_text(m->from, row->name),
                                   m->ops, count));
}

/* Whoever counts on who is there, or has a row for each task, has as many as it has. */
static bool can_be_resized(const struct plan *plan, const struct plan_stage *stage)
{
    const struct plan_program *program = &plan->programs[stage->program];
    for (uint32_t i = 0; i < program->op_count; i++) {
        unsigned code = plan->ops[program->first_op + i].code;
        if (code == PLAN_OP_MEET || code == PLAN_OP_ON_RANK)
            return false;
    }
    return stage->column == PLAN_NONE && stage->prefers == 0;
}

/* ---- stages */
static void resize(const struct making *m, uint32_t index, struct plan_stage *row)
{
    struct dice dice = dice_of(m->swarm, SIM_SWARM_TASKS, index);
    uint32_t most = row->tasks + (row->tasks + 1) / 2, tasks = 1 + below(&dice, most);
    if (!has(m->swarm, SIM_SWARM_TASKS) || !can_be_resized(m->from, row))
        return;
    row->min = row->min == row->tasks || row->min > tasks ? tasks : row->min;
    row->together = row->together > tasks ? tasks : row->together;
    row->tasks = row->max = tasks;
}

static bool is_read(const struct plan *plan, uint32_t index)
{
    const struct plan_job *job = &plan->jobs[plan->stages[index].job];
    for (uint32_t i = 0; i < job->stage_count; i++)
        if ((plan->stages[job->first_stage + i].shuffles >> (index - job->first_stage) & 1) != 0)
            return true;
    return false;
}

static void set_least(const struct making *m, uint32_t index, struct plan_stage *row)
{
    struct dice dice = dice_of(m->swarm, SIM_SWARM_LEAST, index);
    if (has(m->swarm, SIM_SWARM_LEAST) && row->kind == PLAN_STAGE_BARRIER &&
        !is_read(m->from, index) && can_be_resized(m->from, row))
        row->min = 1 + below(&dice, row->tasks);
}

/* A gang becomes MapReduce, if its tasks do not meet by other ways. */
static bool loosen(const struct making *m, uint32_t index, struct plan_stage *row)
{
    struct dice dice = dice_of(m->swarm, SIM_SWARM_LOOSE, index);
    if (!has(m->swarm, SIM_SWARM_LOOSE) || row->kind != PLAN_STAGE_BARRIER ||
        !can_be_resized(m->from, row) || below(&dice, 4) == 0)
        return false;
    row->kind = PLAN_STAGE_MAPREDUCE;
    row->min = row->tasks;
    row->group = PLAN_NONE;
    return true;
}

static uint32_t make_wishes(struct making *m, const struct plan_stage *stage)
{
    if (stage->prefers == 0)
        return 0;
    int64_t *wishes = calloc(stage->tasks, sizeof *wishes);
    bool any = false;
    if (wishes == NULL) {
        m->well = false;
        return 0;
    }
    for (uint32_t i = 0; i < stage->tasks; i++) {
        int64_t wish = m->from->values[stage->prefers - 1 + i];
        wishes[i] = wish < m->out->executor_count ? wish : -1;
        any |= wishes[i] >= 0;
    }
    uint32_t first = any ? put(m, plan_add_values(m->out, wishes, stage->tasks)) : 0;
    free(wishes);
    return any ? first + 1 : 0;
}

/* One that several stages have is still one. */
static uint32_t make_column(struct making *m, uint32_t column)
{
    const struct plan_column *row = &m->from->columns[column];
    const uint32_t *cells = m->from->cells + row->first_cell;
    for (uint32_t i = 0; i < m->out->column_count; i++) {
        const struct plan_column *other = &m->out->columns[i];
        if (other->width == row->width && other->rows == row->rows &&
            other->unit_ns == row->unit_ns &&
            memcmp(m->out->cells + other->first_cell, cells,
                   (size_t)row->width * row->rows * sizeof *cells) == 0)
            return i;
    }
    return put(m, plan_add_column(m->out, row->width, row->rows, row->unit_ns, cells));
}

/* group: whether it is one of its group. */
static void make_stage(struct making *m, uint32_t index, uint32_t job, bool group)
{
    struct plan_stage row = m->from->stages[index];
    resize(m, index, &row);
    set_least(m, index, &row);
    row.group = group ? row.group : PLAN_NONE;
    bool loose = loosen(m, index, &row);
    row.job = job;
    row.name = name(m, row.name);
    row.role = name(m, row.role);
    row.profile = make_profile(m, index, m->from->profiles[row.profile]);
    row.program = make_program(m, row.program, loose);
    row.column = row.column != PLAN_NONE ? make_column(m, row.column) : PLAN_NONE;
    row.prefers = make_wishes(m, &row);
    put(m, plan_add_stage(m->out, &row));
}

/* ---- jobs */
static int64_t submit_of(const struct making *m, uint32_t job, int64_t at_ns)
{
    struct dice dice = dice_of(m->swarm, SIM_SWARM_SUBMITS, job);
    return at_ns == PLAN_NEVER || !has(m->swarm, SIM_SWARM_SUBMITS)
               ? at_ns
               : none_or(&dice, 20, 34); /* 1 ms .. 17 s */
}

static int32_t priority_of(const struct making *m, uint32_t job, int32_t priority)
{
    struct dice dice = dice_of(m->swarm, SIM_SWARM_PRIORITY, job);
    return has(m->swarm, SIM_SWARM_PRIORITY) ? (int32_t)below(&dice, 3) - 1 : priority;
}

static void make_job(struct making *m, uint32_t job)
{
    const struct plan_job *from = &m->from->jobs[job];
    struct plan_job row = *from;
    row.name = name(m, row.name);
    row.submit_ns = submit_of(m, job, row.submit_ns);
    row.priority = priority_of(m, job, row.priority);
    uint32_t index = m->job[job] = put(m, plan_add_job(m->out, &row));
    for (uint32_t i = 0; i < from->stage_count; i++)
        make_stage(m, from->first_stage + i, index, true);
}

/* One stays at least. */
static void make_jobs(struct making *m)
{
    struct dice one = dice_of(m->swarm, SIM_SWARM_FEWER, 0);
    uint32_t stays = below(&one, m->from->job_count);
    for (uint32_t i = 0; i < m->from->job_count && m->well; i++) {
        struct dice dice = dice_of(m->swarm, SIM_SWARM_FEWER, i + 1);
        m->job[i] = PLAN_NONE;
        if (i == stays || !has(m->swarm, SIM_SWARM_FEWER) || coin(&dice))
            make_job(m, i);
    }
}

static bool meets(const struct plan *plan, const struct plan_job *job)
{
    for (uint32_t i = 0; i < job->stage_count; i++) {
        const struct plan_program *program =
            &plan->programs[plan->stages[job->first_stage + i].program];
        for (uint32_t op = 0; op < program->op_count; op++)
            if (plan->ops[program->first_op + op].code == PLAN_OP_MEET)
                return true;
    }
    return false;
}

static uint32_t name_new(struct making *m, const char *format, uint32_t number)
{
    char text[32];
    snprintf(text, sizeof text, format, number);
    return put(m, plan_name(m->out, text));
}

static void copy_job(struct making *m)
{
    struct dice dice = dice_of(m->swarm, SIM_SWARM_COPY, 0);
    const struct plan_job *from = &m->from->jobs[below(&dice, m->from->job_count)];
    if (!has(m->swarm, SIM_SWARM_COPY) || meets(m->from, from))
        return;
    struct plan_job row = {.name = name_new(m, "again", 0),
                           .kind = from->kind,
                           .submit_ns = none_or(&dice, 20, 34),
                           .priority = from->priority};
    uint32_t index = put(m, plan_add_job(m->out, &row));
    for (uint32_t i = 0; i < from->stage_count; i++)
        make_stage(m, from->first_stage + i, index, false);
}

/* ---- small jobs */
static uint32_t small_program(struct making *m, struct dice *dice, bool gang, bool reads)
{
    struct plan_op ops[8];
    uint32_t count = 0;
    struct plan_dist dist = {.kind = PLAN_DIST_UNIFORM, .lo = log_uniform(dice, 20, 27)};
    dist.hi = dist.lo + log_uniform(dice, 24, 30); /* up to a second */
    if (reads)
        ops[count++] = (struct plan_op){.code = PLAN_OP_FETCH, .value = 1024};
    ops[count++] =
        (struct plan_op){.code = PLAN_OP_COMPUTE, .dist = put(m, plan_add_dist(m->out, &dist))};
    if (gang)
        ops[count++] = (struct plan_op){.code = PLAN_OP_BARRIER};
    ops[count++] = (struct plan_op){.code = PLAN_OP_OUTPUT, .value = 1024};
    return put(m, plan_add_program(m->out, NULL, ops, count));
}

static void small_stage(struct making *m, struct dice *dice, uint32_t job, uint32_t number)
{
    bool gang = below(dice, 3) == 0, reads = number > 0;
    struct plan_stage row =
        plan_stage_rigid(job, name_new(m, "s%u", number),
                         gang ? PLAN_STAGE_BARRIER : PLAN_STAGE_MAPREDUCE, 1 + below(dice, 4));
    struct plan_profile need = {.cores = 1};
    row.profile = put(m, plan_add_profile(m->out, &need));
    row.program = small_program(m, dice, gang, reads);
    row.parents = row.shuffles = reads ? UINT64_C(1) << (number - 1) : 0;
    put(m, plan_add_stage(m->out, &row));
}

static void make_small_jobs(struct making *m)
{
    struct dice many = dice_of(m->swarm, SIM_SWARM_SMALL, 0);
    uint32_t count = has(m->swarm, SIM_SWARM_SMALL) ? 1 + below(&many, SMALL_MAX) : 0;
    for (uint32_t i = 0; i < count; i++) {
        struct dice dice = dice_of(m->swarm, SIM_SWARM_SMALL, i + 1);
        struct plan_job row = {.name = name_new(m, "small-%u", i),
                               .submit_ns = none_or(&dice, 20, 34),
                               .priority = (int32_t)below(&dice, 4) / 3};
        uint32_t job = put(m, plan_add_job(m->out, &row));
        for (uint32_t stages = 1 + below(&dice, 2), n = 0; n < stages; n++)
            small_stage(m, &dice, job, n);
    }
}

/* ---- acts */
static bool is_gone(const struct making *m, const struct plan_act *act)
{
    uint32_t count = m->out->executor_count;
    if ((act->job != PLAN_NONE && m->job[act->job] == PLAN_NONE) ||
        (act->when.kind != PLAN_NONE && act->when.job != PLAN_NONE &&
         m->job[act->when.job] == PLAN_NONE))
        return true;
    return (act->executor != PLAN_NONE && act->executor >= count) ||
           (act->peer != PLAN_NONE && act->peer >= count) ||
           (act->when.kind != PLAN_NONE && act->when.executor != PLAN_NONE &&
            act->when.executor >= count);
}

/* With one of a pair go the others. */
static bool goes(const struct making *m, uint32_t act)
{
    const struct plan *from = m->from;
    if (is_gone(m, &from->acts[act]))
        return true;
    for (uint32_t i = 0; from->acts[act].pair != PLAN_NONE && i < from->act_count; i++)
        if (from->acts[i].pair == from->acts[act].pair && is_gone(m, &from->acts[i]))
            return true;
    return false;
}

static void refer(const struct making *m, uint32_t *job, uint32_t stage, uint32_t *rank)
{
    const struct plan *out = m->out;
    if (*job != PLAN_NONE)
        *job = m->job[*job];
    if (*job != PLAN_NONE && stage != PLAN_NONE && *rank != PLAN_NONE)
        *rank %= out->stages[out->jobs[*job].first_stage + stage].tasks;
}

static void make_acts(struct making *m)
{
    for (uint32_t i = 0; i < m->from->act_count && m->well; i++) {
        struct plan_act act = m->from->acts[i];
        if (goes(m, i))
            continue;
        refer(m, &act.job, act.stage, &act.rank);
        if (act.when.kind != PLAN_NONE) {
            refer(m, &act.when.job, act.when.stage, &act.when.rank);
            act.when.kind = name(m, act.when.kind);
        }
        put(m, plan_add_act(m->out, &act));
    }
}

static bool make_all(struct making *m)
{
    make_head(m);
    make_executors(m);
    make_jobs(m);
    if (m->well) {
        copy_job(m);
        make_small_jobs(m);
    }
    make_acts(m);
    return m->well && sim_swarm_prepare(m->out);
}

struct plan *sim_swarm_world(const struct plan *plan, const struct sim_swarm *swarm)
{
    struct plan_err err;
    uint32_t most = 1;
    if ((swarm->world & (CLUSTER | JOBS)) == 0)
        return NULL;
    for (uint32_t i = 0; i < plan->program_count; i++)
        most = plan->programs[i].op_count > most ? plan->programs[i].op_count : most;
    struct making m = {.from = plan,
                       .swarm = swarm,
                       .out = plan_new(),
                       .ops = calloc(most, sizeof *m.ops),
                       .job = calloc(plan->job_count, sizeof *m.job),
                       .well = true};
    bool well = m.out != NULL && m.ops != NULL && m.job != NULL && make_all(&m) &&
                plan_check(m.out, &err) == PLAN_OK;
    free(m.ops);
    free(m.job);
    if (well)
        return m.out;
    plan_free(m.out);
    return NULL;
}
