/*
 * axis.c -- world time on a picture; see axis.h.
 *
 * This room is for: mapping a time to a place, and round numbers for the axis.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       output.
 */
#include "axis.h"

#include "shared.h"

#include <assert.h>
#include <string.h>

static void add_gap(struct rep_axis *axis, int64_t from_ns, int64_t to_ns)
{
    int64_t after = axis->gap_count > 0 ? axis->gaps[axis->gap_count - 1].to_ns : 0;
    if (axis->gap_count == REP_GAPS_MAX || from_ns < after || to_ns <= from_ns ||
        to_ns > axis->end_ns)
        return;
    axis->gaps[axis->gap_count++] = (struct rep_gap){from_ns, to_ns, false};
    axis->shown_ns -= to_ns - from_ns;
}

static bool is_work(const struct trace_record *r)
{
    return r->kind == TRACE_SUBMIT || r->kind == TRACE_START || r->kind == TRACE_EXIT ||
           r->kind == TRACE_JOB_DONE || r->kind == TRACE_STAGE_DONE;
}

/* When the last job and the last task were over; PLAN_NEVER if one was not. A service has no end. */
static int64_t work_over(const struct rep_run *run)
{
    uint64_t jobs = 0, tasks = 0;
    int64_t last_ns = PLAN_NEVER;
    for (uint64_t i = 0; i < run->record_count; i++) {
        const struct trace_record *r = &run->records[i];
        if (!is_work(r))
            continue;
        bool batch = r->job < run->plan->job_count &&
                     run->plan->jobs[r->job].kind != PLAN_JOB_SERVICE;
        jobs += r->kind == TRACE_SUBMIT && batch;
        jobs -= r->kind == TRACE_JOB_DONE && batch;
        tasks += r->kind == TRACE_START;
        tasks -= r->kind == TRACE_EXIT;
        last_ns = r->at_ns;
    }
    return jobs == 0 && tasks == 0 ? last_ns : PLAN_NEVER;
}

/* A little of the end is kept, so that it is seen to be one. */
static void add_tail(struct rep_axis *axis, const struct rep_run *run)
{
    int64_t over_ns = work_over(run);
    if (over_ns == PLAN_NEVER || over_ns <= 0)
        return;
    uint32_t before = axis->gap_count;
    int64_t after = before > 0 ? axis->gaps[before - 1].to_ns : 0;
    over_ns = over_ns > after ? over_ns : after;
    add_gap(axis, over_ns + (axis->end_ns - over_ns > over_ns / 50 ? over_ns / 50 : 0),
            axis->end_ns);
    if (axis->gap_count > before)
        axis->gaps[before].over = true;
}

/* A break that saves little only disturbs: it must be longer than a tenth of what stays. */
static void keep_worthy(struct rep_axis *axis)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < axis->gap_count; i++) {
        struct rep_gap gap = axis->gaps[i];
        if (gap.to_ns - gap.from_ns > axis->shown_ns / 10)
            axis->gaps[kept++] = gap;
        else
            axis->shown_ns += gap.to_ns - gap.from_ns;
    }
    axis->gap_count = kept;
}

void rep_axis_init(const struct rep_run *run, uint32_t breadth, bool cut_tail,
                   struct rep_axis *axis)
{
    assert(breadth > 0);
    memset(axis, 0, sizeof *axis);
    axis->end_ns = rep_end_ns(run) > 0 ? rep_end_ns(run) : 1;
    axis->end_ns =
        axis->end_ns < INT64_MAX / 2 ? axis->end_ns : INT64_MAX / 2; /* room for the breaks */
    axis->shown_ns = axis->end_ns;
    uint64_t until = rep_records_until(run, TRACE_BIT(TRACE_QUIESCENT));
    for (uint64_t i = 0; i < until && i + 1 < run->record_count; i++)
        if (run->records[i].kind == TRACE_QUIESCENT)
            add_gap(axis, run->records[i].at_ns, run->records[i + 1].at_ns);
    if (cut_tail)
        add_tail(axis, run);
    keep_worthy(axis);
    if (axis->shown_ns < 1) { /* everything is a break */
        axis->shown_ns = axis->end_ns;
        axis->gap_count = 0;
    }
    axis->gap_ns = axis->shown_ns / breadth + 1;
}

int64_t rep_axis_length(const struct rep_axis *axis)
{
    return axis->shown_ns + (int64_t)axis->gap_count * axis->gap_ns;
}

int64_t rep_axis_at(const struct rep_axis *axis, int64_t at_ns)
{
    int64_t place = at_ns < 0 ? 0 : at_ns > axis->end_ns ? axis->end_ns : at_ns;
    int64_t shift = 0;
    for (uint32_t i = 0; i < axis->gap_count && place > axis->gaps[i].from_ns; i++) {
        const struct rep_gap *gap = &axis->gaps[i];
        uint64_t length = (uint64_t)(gap->to_ns - gap->from_ns);
        if (place >= gap->to_ns)
            shift += axis->gap_ns - (int64_t)length;
        else
            return gap->from_ns + shift +
                   (int64_t)rep_scale((uint64_t)(place - gap->from_ns), (uint64_t)axis->gap_ns,
                                      length);
    }
    return place + shift;
}

int64_t rep_axis_step(const struct rep_axis *axis, uint32_t tics)
{
    static const uint32_t seconds[] = {1,   2,   5,    10,   15,   30,    60,    120,  300,
                                       600, 900, 1800, 3600, 7200, 10800, 21600, 43200};
    int64_t count = tics > 0 ? tics : 1;
    int64_t least = axis->shown_ns / count + (axis->shown_ns % count != 0);
    for (int64_t unit = 1; unit < PLAN_SECOND; unit *= 10)
        for (int64_t n = 1; n <= 5; n = n == 1 ? 2 : n == 2 ? 5 : 10)
            if (unit * n >= least)
                return unit * n;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if (seconds[i] * PLAN_SECOND >= least)
            return seconds[i] * PLAN_SECOND;
    for (int64_t days = PLAN_DAY; days < INT64_MAX / 10; days *= 10)
        for (int64_t n = 1; n <= 5; n = n == 1 ? 2 : n == 2 ? 5 : 10)
            if (days * n >= least)
                return days * n;
    return axis->shown_ns;
}
