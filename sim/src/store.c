/*
 * store.c -- the outputs of tasks: which process has each, and what a fetch finds.
 *
 * This room is for: the outputs of stages that some other stage of their job shuffles from.
 * It may include:   record.h, world.h, <assert.h>, <string.h>.
 * Never here:       what the driver makes of a fetch that failed.
 *
 * An output lies with the process whose success the driver accepted last, and dies with it, whatever
 * the driver believes. A fetch reads from every task of every parent that its stage shuffles from,
 * and fails if one of these processes is gone.
 *
 * The memory is one row a task of such a stage, in the order of the plan, behind one row a stage:
 * where its rows begin (in `executor`; PLAN_NONE: nobody fetches from it). Behind them is a row a
 * stage once more: how many of its first outputs are known to be found (in `executor`), and how
 * often a process had fallen when that was looked at (in `incarnation`). What is found stays so
 * until a process falls: so a fetch looks only at what no fetch before it has found.
 */
#include "record.h"

#include <assert.h>
#include <string.h>

static bool is_shuffled(const struct plan *plan, uint32_t s)
{
    const struct plan_job *job = &plan->jobs[plan->stages[s].job];
    for (uint32_t i = 0; i < job->stage_count; i++)
        if (plan->stages[job->first_stage + i].shuffles >> (s - job->first_stage) & 1)
            return true;
    return false;
}

uint64_t sim_store_outputs(const struct plan *plan)
{
    uint64_t outputs = 0;
    for (uint32_t s = 0; s < plan->stage_count; s++)
        outputs += is_shuffled(plan, s) ? plan->stages[s].tasks : 0;
    return outputs;
}

size_t sim_store_size(const struct plan *plan)
{
    uint64_t outputs = sim_store_outputs(plan);
    return outputs > 0 ? (2 * (uint64_t)plan->stage_count + outputs) * sizeof(struct sim_output) : 0;
}

void sim_store_init(struct sim *w, void *memory)
{
    size_t bytes = sim_store_size(w->plan);
    uint32_t next = w->plan->stage_count;
    if (bytes == 0)
        return;
    w->store = memory;
    w->outputs = (uint32_t)sim_store_outputs(w->plan);
    memset(memory, 0xFF, bytes); /* PLAN_NONE everywhere */
    for (uint32_t s = 0; s < w->plan->stage_count; s++)
        if (is_shuffled(w->plan, s)) {
            w->store[s].executor = next;
            next += w->plan->stages[s].tasks;
        }
    for (uint32_t s = 0; s < w->plan->stage_count; s++)
        w->store[next + s] = (struct sim_output){0, w->falls};
}

/* The rows of a stage; NULL: nobody fetches from it. */
static struct sim_output *rows_of(const struct sim *w, uint32_t s)
{
    uint32_t first = w->store[s].executor;
    return first == PLAN_NONE ? NULL : &w->store[first];
}

/* Whether an output is where it is thought to be. Whether that can be reached is peer.c's: a fetch is over only when it was. */
static bool is_found(const struct sim *w, const struct sim_output *row)
{
    if (row->executor >= w->executor_count)
        return false;
    const struct sim_host *host = &w->hosts[row->executor];
    return host->up && host->incarnation == row->incarnation;
}

/* Of the rows of this stage, how many of the first are found; as of the last fall of a process. */
static struct sim_output *known_of(const struct sim *w, uint32_t s)
{
    return &w->store[w->plan->stage_count + w->outputs + s];
}

void sim_store_accepted(struct sim *w, const struct gang_msg *msg)
{
    if (w->store == NULL || msg->job >= w->plan->job_count ||
        msg->stage >= w->plan->jobs[msg->job].stage_count)
        return;
    uint32_t s = w->plan->jobs[msg->job].first_stage + msg->stage;
    struct sim_output *rows = rows_of(w, s);
    if (rows == NULL || msg->rank >= w->plan->stages[s].tasks)
        return;
    rows[msg->rank] = (struct sim_output){msg->executor, msg->incarnation};
    struct sim_output *known = known_of(w, s);
    if (msg->rank < known->executor && !is_found(w, &rows[msg->rank]))
        known->executor = msg->rank;
}

/* ---- fetches */
int64_t sim_fetch_ns(const struct sim *w, int64_t bytes)
{
    return sim_later(sim_later(w->latency_ns, w->latency_ns), sim_transfer_ns(w, bytes));
}

/* The first of a stage's outputs that is not found; as many as it has: all are. */
static uint32_t first_missed(struct sim *w, uint32_t s)
{
    const struct sim_output *rows = rows_of(w, s);
    struct sim_output *known = known_of(w, s);
    if (known->incarnation != w->falls)
        *known = (struct sim_output){0, w->falls};
    while (known->executor < w->plan->stages[s].tasks && is_found(w, &rows[known->executor]))
        known->executor++;
    return known->executor;
}

/* The first output that the task needs and does not find: of the parent and rank with the lowest numbers. */
static bool misses(struct sim *w, const struct sim_task *task, uint32_t *parent,
                   uint32_t *rank)
{
    const struct plan_stage *stage = &w->plan->stages[task->stage];
    const struct plan_job *job = &w->plan->jobs[stage->job];
    for (*parent = 0; *parent < job->stage_count; ++*parent) {
        if (!(stage->shuffles >> *parent & 1))
            continue;
        *rank = first_missed(w, job->first_stage + *parent);
        if (*rank < w->plan->stages[job->first_stage + *parent].tasks)
            return true;
    }
    return false;
}

static uint64_t record_missed(struct sim *w, const struct sim_task *task, uint32_t parent,
                              uint32_t rank, uint32_t executor)
{
    struct trace_record *r = sim_record_blank(w, TRACE_FETCH_FAILED, TRACE_TASK, task->cause);
    r->executor = executor;
    r->job = sim_job_of(w, task);
    r->stage = task->index;
    r->attempt = task->attempt;
    r->rank = task->rank;
    r->a = parent;
    r->b = rank;
    return sim_record_close(w, r);
}

bool sim_fetch_first(struct sim *w, uint32_t t, sim_holder_fn *is, void *ctx, uint32_t *parent,
                     uint32_t *rank)
{
    const struct sim_task *task = &w->tasks[t];
    const struct plan_stage *stage = &w->plan->stages[task->stage];
    const struct plan_job *job = &w->plan->jobs[stage->job];
    for (*parent = 0; *parent < job->stage_count; ++*parent) {
        if (!(stage->shuffles >> *parent & 1))
            continue;
        const struct sim_output *rows = rows_of(w, job->first_stage + *parent);
        uint32_t tasks = w->plan->stages[job->first_stage + *parent].tasks, holder;
        for (*rank = 0; *rank < tasks; ++*rank)
            if ((holder = rows[*rank].executor) < w->executor_count && is(w, task->executor, holder, ctx))
                return true;
    }
    return false;
}

void sim_fetch_missed(struct sim *w, uint32_t t, uint32_t parent, uint32_t rank, uint64_t cause)
{
    struct sim_task *task = &w->tasks[t];
    uint32_t s = w->plan->jobs[w->plan->stages[task->stage].job].first_stage + parent;
    const struct sim_output *row = &rows_of(w, s)[rank];
    task->habits &= (uint8_t)~SIM_HABIT_FETCHES;
    task->cause = cause;
    uint64_t record = record_missed(w, task, parent, rank, row->executor);
    const struct gang_msg how = {
        .op = TRACE_EXIT_FAILED,
        .reason = GANG_REASON_FETCH_FAILED,
        .count = row->executor,
        .a = GANG_REASON_FETCH_FAILED,
        .blob = {.bytes = parent, .digest = (uint64_t)row->incarnation << 32 | rank}};
    sim_task_exit_as(w, t, &how, record);
}

bool sim_fetch_over(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    uint32_t parent, rank;
    task->habits &= (uint8_t)~SIM_HABIT_FETCHES;
    if (!misses(w, task, &parent, &rank))
        return true;
    sim_fetch_missed(w, t, parent, rank, task->cause);
    return false;
}

void sim_store_audit(const struct sim *w)
{
    for (uint32_t s = 0; w->store != NULL && s < w->plan->stage_count; s++) {
        const struct sim_output *rows = rows_of(w, s), *known = known_of(w, s);
        if (rows == NULL || known->incarnation != w->falls)
            continue;
        assert(known->executor <= w->plan->stages[s].tasks);
        for (uint32_t r = 0; r < known->executor; r++)
            assert(is_found(w, &rows[r]));
    }
}

uint64_t sim_store_fingerprint(const struct sim *w, uint64_t h)
{
    uint64_t rows = w->store != NULL ? w->plan->stage_count + w->outputs : 0; /* what is known decides nothing */
    for (uint64_t i = 0; i < rows; i++) {
        h = (h ^ ((uint64_t)w->store[i].executor << 32 | w->store[i].incarnation)) *
            UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 32;
    }
    return h;
}
