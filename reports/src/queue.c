/*
 * queue.c -- one pass over starts and exits, a few bits a task; see queue.h.
 *
 * This room is for: what waited, by the world's truth.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       the driver's queue; output.
 */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

enum { DONE = 0x80, RUNNING = 0x7f }; /* a task: has ended well; how often it runs now */

struct fold {
    const struct rep_scene *scene;
    struct rep_queue *queue;
    uint64_t *first_task; /* by gang */
    uint8_t *task;
    uint8_t *ready;  /* by gang: 1 while its tasks count */
    uint32_t *order; /* gangs by when they were ready */
    uint32_t order_count, next;
    uint64_t waiting;
    int64_t place;   /* the axis is done up to here, */
    uint32_t column; /* which is in this column; */
    int64_t since;   /* and something has been waiting since there */
};

struct entry {
    int64_t ready_ns;
    uint32_t gang;
};

static int by_ready(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->ready_ns != y->ready_ns)
        return x->ready_ns < y->ready_ns ? -1 : 1;
    return x->gang < y->gang ? -1 : x->gang > y->gang;
}

static enum rep_status sort_gangs(struct fold *f, struct rep_err *err)
{
    const struct rep_gang_row *rows = f->scene->metrics.gangs;
    uint32_t stages = f->scene->run->plan->stage_count;
    struct entry *entries = rep_alloc(stages, sizeof *entries, err);
    if (entries == NULL)
        return REP_E_MEMORY;
    for (uint32_t g = 0; g < stages; g++)
        if (rows[g].ready_ns != PLAN_NEVER)
            entries[f->order_count++] = (struct entry){rows[g].ready_ns, g};
    qsort(entries, f->order_count, sizeof *entries, by_ready);
    for (uint32_t i = 0; i < f->order_count; i++)
        f->order[i] = entries[i].gang;
    free(entries);
    return REP_OK;
}

/* ---- time */

/* Where a column begins on the axis. */
static int64_t column_begin(const struct rep_scene *scene, uint32_t columns, uint32_t column)
{
    return (int64_t)rep_scale((uint64_t)rep_axis_length(&scene->axis), column, columns);
}

static void spread(struct fold *f, int64_t from, int64_t to)
{
    for (;;) {
        int64_t end = column_begin(f->scene, f->queue->columns, f->column + 1);
        int64_t until = to < end ? to : end;
        f->queue->waited[f->column] += (rep_wide)f->waiting * (rep_wide)(until - from);
        if (to <= end || f->column + 1 == f->queue->columns)
            return;
        from = until;
        f->column++;
    }
}

/* Nothing changes within an instant: what was ready and started at once has not waited. */
static void pass(struct fold *f, int64_t at_ns)
{
    struct rep_queue *q = f->queue;
    int64_t place = rep_axis_at(&f->scene->axis, at_ns);
    if (place <= f->place)
        return;
    spread(f, f->place, place);
    f->since = f->waiting > 0 ? f->since : place;
    q->longest = place - f->since > q->longest ? place - f->since : q->longest;
    q->peak = f->waiting > q->peak ? f->waiting : q->peak;
    f->place = place;
}

/* ---- tasks */

static bool waits(const struct fold *f, uint32_t gang, uint64_t task)
{
    return f->ready[gang] && f->task[task] == 0;
}

static void make_ready(struct fold *f, uint32_t gang, bool ready)
{
    for (uint64_t task = f->first_task[gang]; task < f->first_task[gang + 1]; task++) {
        f->ready[gang] = true;
        bool counted = waits(f, gang, task);
        f->waiting = ready ? f->waiting + counted : f->waiting - counted;
    }
    f->ready[gang] = ready;
}

static void end_gang(struct fold *f, uint32_t gang)
{
    if (f->ready[gang])
        make_ready(f, gang, false);
}

static void change(struct fold *f, uint32_t gang, const struct trace_record *r)
{
    if (r->rank >= f->scene->run->plan->stages[gang].tasks)
        return;
    uint64_t task = f->first_task[gang] + r->rank;
    bool before = waits(f, gang, task);
    uint8_t running = f->task[task] & RUNNING;
    if (r->kind == TRACE_START)
        f->task[task] = running < RUNNING ? (uint8_t)(running + 1) : running;
    else if (running > 0)
        f->task[task] = (uint8_t)((running - 1) | (r->a == TRACE_EXIT_OK ? DONE : 0));
    bool after = waits(f, gang, task);
    f->waiting = f->waiting + after - before;
}

static void take(struct fold *f, const struct trace_record *r)
{
    const struct plan *plan = f->scene->run->plan;
    uint32_t gang = rep_gang(plan, r->job, r->stage);
    pass(f, r->at_ns);
    for (; f->next < f->order_count; f->next++) {
        uint32_t next = f->order[f->next];
        if (f->scene->metrics.gangs[next].ready_ns > r->at_ns)
            break;
        make_ready(f, next, true);
    }
    if ((r->kind == TRACE_START || r->kind == TRACE_EXIT) && gang != PLAN_NONE)
        change(f, gang, r);
    else if (r->kind == TRACE_STAGE_DONE && gang != PLAN_NONE)
        end_gang(f, gang);
    else if (r->kind == TRACE_JOB_DONE && r->job < plan->job_count)
        for (uint32_t i = 0; i < plan->jobs[r->job].stage_count; i++)
            end_gang(f, plan->jobs[r->job].first_stage + i);
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static bool memory(struct fold *f, struct rep_err *err)
{
    const struct plan *plan = f->scene->run->plan;
    f->first_task = rep_alloc((size_t)plan->stage_count + 1, sizeof *f->first_task, err);
    f->ready = rep_alloc(plan->stage_count, 1, err);
    f->order = rep_alloc(plan->stage_count, sizeof *f->order, err);
    f->queue->waited = rep_alloc(f->queue->columns, sizeof *f->queue->waited, err);
    if (f->first_task == NULL || f->ready == NULL || f->order == NULL || f->queue->waited == NULL)
        return false;
    for (uint32_t g = 0; g < plan->stage_count; g++)
        f->first_task[g + 1] = f->first_task[g] + plan->stages[g].tasks;
    f->task = rep_alloc(f->first_task[plan->stage_count], 1, err);
    return f->task != NULL;
}

enum rep_status rep_queue_build(const struct rep_scene *scene, uint32_t columns,
                                struct rep_queue *queue, struct rep_err *err)
{
    struct fold f = {.scene = scene, .queue = queue};
    memset(queue, 0, sizeof *queue);
    queue->columns = columns;
    enum rep_status status = memory(&f, err) ? sort_gangs(&f, err) : REP_E_MEMORY;
    for (uint64_t i = 0; status == REP_OK && i < scene->run->record_count; i++)
        take(&f, &scene->run->records[i]);
    free(f.first_task);
    free(f.ready);
    free(f.order);
    free(f.task);
    if (status != REP_OK)
        rep_queue_free(queue);
    return status;
}

uint64_t rep_queue_mean(const struct rep_scene *scene, const struct rep_queue *queue,
                        uint32_t column)
{
    int64_t width = column_begin(scene, queue->columns, column + 1) -
                    column_begin(scene, queue->columns, column);
    return width > 0 ? (uint64_t)(queue->waited[column] * 1000 / (rep_wide)width) : 0;
}

void rep_queue_free(struct rep_queue *queue)
{
    free(queue->waited);
    memset(queue, 0, sizeof *queue);
}
