/*
 * lanes.c -- assigns running tasks to lanes of executors, from START and EXIT alone.
 *
 * This room is for: the one reading of a history that pictures and slots.csv share.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       output.
 *
 * Two passes over the records, O(1) each: count; pair STARTs with EXITs (an array by task, so no
 * search). Then lanes are handed out in the order of these starts and ends, the lowest free one
 * first, from a bitmap an executor.
 *
 * A START is one we believe if its executor, gang and rank are in the plan; anything else of a
 * foreign history is left out. Two attempts of one rank may run at one time (a cut-off executor):
 * then both are open, newest first.
 */
#include "shared.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_task_record(const struct plan *plan, const struct trace_record *r)
{
    uint32_t gang = rep_gang(plan, r->job, r->stage);
    return gang != PLAN_NONE && r->rank < plan->stages[gang].tasks &&
           r->executor < plan->executor_count;
}

static bool is_start(const struct plan *plan, const struct trace_record *r)
{
    return r->kind == TRACE_START && is_task_record(plan, r);
}

/* Number of the first task of every gang, tasks counted through all gangs; stage_count + 1 entries.
 */
static uint64_t *first_tasks(const struct plan *plan, struct rep_err *err)
{
    uint64_t *first = rep_alloc((size_t)plan->stage_count + 1, sizeof *first, err);
    for (uint32_t i = 0; first != NULL && i < plan->stage_count; i++)
        first[i + 1] = first[i] + plan->stages[i].tasks;
    return first;
}

/* ---- spans */

struct builder {
    const struct rep_run *run;
    struct rep_lanes *lanes;
    uint64_t *first_task;
    uint32_t *open;                  /* by task: its newest open span + 1 */
    uint32_t *living;                /* by executor: tasks alive */
    uint32_t *up;                    /* by executor: its open interval + 1 */
    uint64_t *changes, change_count; /* starts and ends in their order: 2 x span, + 1 for an end */
};

static void open_span(struct builder *b, const struct trace_record *r)
{
    struct rep_lanes *lanes = b->lanes;
    uint32_t gang = rep_gang(b->run->plan, r->job, r->stage);
    uint32_t *open = &b->open[b->first_task[gang] + r->rank];
    lanes->spans[lanes->span_count] = (struct rep_span){.start_ns = r->at_ns,
                                                        .end_ns = lanes->end_ns,
                                                        .executor = r->executor,
                                                        .job = r->job,
                                                        .stage = r->stage,
                                                        .gang = gang,
                                                        .attempt = r->attempt,
                                                        .rank = r->rank,
                                                        .status = REP_SPAN_RUNNING,
                                                        .older_open = *open};
    b->changes[b->change_count++] = lanes->span_count * 2;
    *open = (uint32_t)++lanes->span_count;
    if (++b->living[r->executor] > lanes->used[r->executor])
        lanes->used[r->executor] = b->living[r->executor];
}

/* The list is one long, two while attempts overlap. */
static void close_span(struct builder *b, const struct trace_record *r)
{
    uint32_t gang = rep_gang(b->run->plan, r->job, r->stage);
    uint32_t *link = &b->open[b->first_task[gang] + r->rank];
    while (*link != 0 && b->lanes->spans[*link - 1].attempt != r->attempt)
        link = &b->lanes->spans[*link - 1].older_open;
    if (*link == 0)
        return;
    struct rep_span *span = &b->lanes->spans[*link - 1];
    b->changes[b->change_count++] = (uint64_t)(*link - 1) * 2 + 1;
    *link = span->older_open;
    span->end_ns = r->at_ns;
    span->status =
        r->a >= 0 && r->a < REP_SPAN_RUNNING ? (uint32_t)r->a : (uint32_t)TRACE_EXIT_FAILED;
    assert(b->living[span->executor] > 0);
    b->living[span->executor]--;
}

static void note_up(struct builder *b, const struct trace_record *r)
{
    if (r->executor >= b->lanes->executor_count)
        return;
    uint32_t *up = &b->up[r->executor];
    if (*up != 0) /* gone, or replaced by a new process */
        b->lanes->ups[*up - 1].to_ns = r->at_ns;
    *up = 0;
    if (r->kind != TRACE_UP)
        return;
    b->lanes->ups[b->lanes->up_count++] =
        (struct rep_up){r->at_ns, b->lanes->end_ns, r->executor, (uint32_t)r->a};
    *up = (uint32_t)b->lanes->up_count;
}

static void pair_records(struct builder *b)
{
    const uint64_t lives =
        TRACE_BIT(TRACE_START) | TRACE_BIT(TRACE_EXIT) | TRACE_BIT(TRACE_UP) | TRACE_BIT(TRACE_DOWN);
    for (uint64_t i = 0; i < b->run->record_count; i++) {
        const struct trace_record *r = &b->run->records[i];
        if (!rep_is_of(r, lives))
            continue;
        if (r->kind == TRACE_UP || r->kind == TRACE_DOWN)
            note_up(b, r);
        else if (!is_task_record(b->run->plan, r))
            continue;
        else if (r->kind == TRACE_START)
            open_span(b, r);
        else
            close_span(b, r);
    }
}

/* A target that does not observe processes: every executor lives from its arrival on. */
static void assume_up(struct rep_lanes *lanes, const struct plan *plan)
{
    for (uint32_t e = 0; e < plan->executor_count; e++)
        lanes->ups[lanes->up_count++] =
            (struct rep_up){plan->executors[e].arrives_ns, lanes->end_ns, e, 0};
}

/* ---- lanes */

static uint32_t executor_capacity(const struct plan *plan, uint32_t executor)
{
    const struct plan_executor *e = &plan->executors[executor];
    uint32_t most = 0;
    for (uint32_t p = 0; p < plan->profile_count; p++) {
        uint32_t fit =
            rep_fit(&plan->profiles[p], e->cores, e->memory_mib, (int64_t)e->gpus * 1000);
        most = fit > most && fit < PLAN_TASKS_MAX ? fit : most;
    }
    return most;
}

static void count_lanes(struct rep_lanes *lanes, const struct plan *plan)
{
    for (uint32_t e = 0; e < lanes->executor_count; e++) {
        uint32_t capacity = executor_capacity(plan, e);
        lanes->capacity[e] = capacity > lanes->used[e] ? capacity : lanes->used[e];
        lanes->used_total += lanes->used[e];
        lanes->capacity_total += lanes->capacity[e];
    }
}

static uint32_t take_lowest(uint64_t *free_lanes)
{
    uint32_t word = 0;
    while (free_lanes[word] == 0)
        word++;
    uint32_t bit = (uint32_t)__builtin_ctzll(free_lanes[word]);
    free_lanes[word] &= free_lanes[word] - 1;
    return word * 64 + bit;
}

/* Starts and ends in the order they happened, so that a lane given back is free for the next start.
 */
static void hand_out(struct builder *b, const uint64_t *first_word, uint64_t *free_lanes)
{
    for (uint64_t i = 0; i < b->change_count; i++) {
        struct rep_span *span = &b->lanes->spans[b->changes[i] >> 1];
        uint64_t *mine = free_lanes + first_word[span->executor];
        if (b->changes[i] & 1)
            mine[span->lane / 64] |= UINT64_C(1) << span->lane % 64;
        else
            span->lane = take_lowest(mine);
        assert(span->lane < b->lanes->used[span->executor]);
    }
}

static enum rep_status assign_lanes(struct builder *b, struct rep_err *err)
{
    enum rep_status status = REP_E_MEMORY;
    struct rep_lanes *lanes = b->lanes;
    uint64_t *free_lanes = NULL,
             *first_word = rep_alloc((size_t)lanes->executor_count + 1, sizeof *first_word, err);
    if (first_word == NULL)
        goto out;
    for (uint32_t e = 0; e < lanes->executor_count; e++)
        first_word[e + 1] = first_word[e] + lanes->used[e] / 64 + 1;
    free_lanes = rep_alloc(first_word[lanes->executor_count], sizeof *free_lanes, err);
    if (free_lanes == NULL)
        goto out;
    memset(free_lanes, 0xff, first_word[lanes->executor_count] * sizeof *free_lanes);
    hand_out(b, first_word, free_lanes);
    status = REP_OK;
out:
    free(first_word);
    free(free_lanes);
    return status;
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static bool builder_memory(struct builder *b, uint64_t spans, struct rep_err *err)
{
    const struct plan *plan = b->run->plan;
    b->first_task = first_tasks(plan, err);
    if (b->first_task == NULL)
        return false;
    b->open = rep_alloc(b->first_task[plan->stage_count], sizeof *b->open, err);
    b->living = rep_alloc(plan->executor_count, sizeof *b->living, err);
    b->up = rep_alloc(plan->executor_count, sizeof *b->up, err);
    b->changes = rep_alloc(spans, 2 * sizeof *b->changes, err);
    return b->open != NULL && b->living != NULL && b->up != NULL && b->changes != NULL;
}

static bool lanes_memory(const struct rep_run *run, uint64_t spans, uint64_t ups,
                         struct rep_lanes *lanes, struct rep_err *err)
{
    lanes->executor_count = run->plan->executor_count;
    lanes->end_ns = rep_end_ns(run);
    lanes->spans = rep_alloc(spans, sizeof *lanes->spans, err);
    lanes->ups = rep_alloc(ups, sizeof *lanes->ups, err);
    lanes->used = rep_alloc(lanes->executor_count, sizeof *lanes->used, err);
    lanes->capacity = rep_alloc(lanes->executor_count, sizeof *lanes->capacity, err);
    return lanes->spans != NULL && lanes->ups != NULL && lanes->used != NULL &&
           lanes->capacity != NULL;
}

enum rep_status rep_lanes_build(const struct rep_run *run, struct rep_lanes *lanes,
                                struct rep_err *err)
{
    struct builder b = {.run = run, .lanes = lanes};
    enum rep_status status = REP_E_MEMORY;
    /* of starts also those of no task of the plan: there is room for them */
    uint64_t spans = rep_records_of(run, TRACE_START);
    uint64_t ups = rep_records_of(run, TRACE_UP) + run->plan->executor_count;
    memset(lanes, 0, sizeof *lanes);
    if (spans >= UINT32_MAX)
        return rep_fail(err, REP_E_MEMORY, "%" PRIu64 " task starts, at most %" PRIu32, spans,
                        UINT32_MAX - 1);
    if (lanes_memory(run, spans, ups, lanes, err) && builder_memory(&b, spans, err)) {
        pair_records(&b);
        if (lanes->up_count == 0)
            assume_up(lanes, run->plan);
        count_lanes(lanes, run->plan);
        status = assign_lanes(&b, err);
    }
    free(b.first_task);
    free(b.open);
    free(b.living);
    free(b.up);
    free(b.changes);
    if (status != REP_OK)
        rep_lanes_free(lanes);
    return status;
}

void rep_lanes_free(struct rep_lanes *lanes)
{
    free(lanes->spans);
    free(lanes->ups);
    free(lanes->used);
    free(lanes->capacity);
    memset(lanes, 0, sizeof *lanes);
}

/* ------------------------------------------------------------------------------------ the latest
 * starts */

enum rep_status rep_latest_init(const struct rep_run *run, struct rep_latest *latest,
                                struct rep_err *err)
{
    memset(latest, 0, sizeof *latest);
    latest->first_task = first_tasks(run->plan, err);
    if (latest->first_task != NULL)
        latest->span =
            rep_alloc(latest->first_task[run->plan->stage_count], sizeof *latest->span, err);
    return latest->span != NULL ? REP_OK : REP_E_MEMORY;
}

void rep_latest_take(const struct rep_run *run, struct rep_latest *latest,
                     const struct trace_record *record)
{
    if (!is_start(run->plan, record))
        return;
    uint32_t gang = rep_gang(run->plan, record->job, record->stage);
    latest->span[latest->first_task[gang] + record->rank] = (uint32_t)++latest->next;
}

uint32_t rep_latest_span(const struct rep_latest *latest, uint32_t gang, uint32_t rank)
{
    uint64_t task = latest->first_task[gang] + rank;
    return task < latest->first_task[gang + 1] && latest->span[task] != 0 ? latest->span[task] - 1
                                                                          : PLAN_NONE;
}

void rep_latest_free(struct rep_latest *latest)
{
    free(latest->first_task);
    free(latest->span);
    memset(latest, 0, sizeof *latest);
}
