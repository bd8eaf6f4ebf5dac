/*
 * metrics.c -- when each gang was submitted, ready, fitting, told to go and done, and what that
 * cost.
 *
 * This room is for: the numbers behind jobs.csv and the summary.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       output.
 *
 * One pass over the records, one over the spans. Where a target has no GO, a gang goes with its
 * first START.
 */
#include "shared.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct fold {
    const struct plan *plan;
    struct rep_metrics *m;
    struct rep_room *room;
};

static void make_ready(struct fold *f, uint32_t job, int64_t now_ns)
{
    const struct plan_job *j = &f->plan->jobs[job];
    for (uint32_t i = 0; i < j->stage_count; i++) {
        uint32_t gang = j->first_stage + i;
        struct rep_gang_row *row = &f->m->gangs[gang];
        if (row->ready_ns != PLAN_NEVER ||
            (f->plan->stages[gang].parents & ~f->m->jobs[job].stages_done) != 0)
            continue;
        row->ready_ns = now_ns;
        rep_room_ready(f->room, gang, now_ns);
    }
}

static void submit(struct fold *f, const struct trace_record *r)
{
    struct rep_job_row *job = &f->m->jobs[r->job];
    if (job->submit_ns != PLAN_NEVER)
        return;
    job->submit_ns = r->at_ns;
    job->reason = REP_UNFINISHED;
    const struct plan_job *j = &f->plan->jobs[r->job];
    for (uint32_t i = 0; i < j->stage_count; i++) {
        f->m->gangs[j->first_stage + i].submit_ns = r->at_ns;
        f->m->gangs[j->first_stage + i].reason = REP_UNFINISHED;
    }
    if (r->at_ns < f->m->first_submit_ns)
        f->m->first_submit_ns = r->at_ns;
    make_ready(f, r->job, r->at_ns);
}

static void went(struct fold *f, uint32_t gang, const struct trace_record *r)
{
    struct rep_gang_row *row = &f->m->gangs[gang];
    if (row->go_ns == PLAN_NEVER) {
        row->go_ns = r->at_ns;
        bool never_waited = row->first_fit_ns == PLAN_NEVER || row->plan_ns == row->ready_ns;
        if (never_waited)
            row->first_fit_ns = r->at_ns;
    }
    if (r->attempt == TRACE_NONE)
        return;
    if (!rep_is_barrier(f->plan, gang))
        row->attempts = r->attempt >= row->attempts ? r->attempt + 1 : row->attempts;
    else if (r->attempt >= row->next_attempt) { /* numbers only grow, but those of reverted launches
                                                   are left out */
        row->attempts++;
        row->next_attempt = r->attempt + 1;
    }
}

static void stage_done(struct fold *f, uint32_t gang, const struct trace_record *r)
{
    struct rep_gang_row *row = &f->m->gangs[gang];
    row->done = true;
    row->end_ns = r->at_ns;
    row->reason = TRACE_REASON_OK;
    f->m->jobs[r->job].stages_done |= UINT64_C(1) << (r->stage & 63);
    make_ready(f, r->job, r->at_ns);
}

static void job_done(struct fold *f, const struct trace_record *r)
{
    struct rep_job_row *job = &f->m->jobs[r->job];
    const struct plan_job *j = &f->plan->jobs[r->job];
    job->end_ns = r->at_ns;
    job->reason = (int32_t)r->a;
    for (uint32_t i = 0; i < j->stage_count; i++) {
        struct rep_gang_row *row = &f->m->gangs[j->first_stage + i];
        if (row->done)
            continue;
        row->end_ns = r->at_ns;
        row->reason = (int32_t)r->a;
    }
}

/* Those that take() and rep_room_take() look at. */
static const uint64_t taken =
    TRACE_BIT(TRACE_SUBMIT) | TRACE_BIT(TRACE_PLAN) | TRACE_BIT(TRACE_START) | TRACE_BIT(TRACE_GO) |
    TRACE_BIT(TRACE_STAGE_DONE) | TRACE_BIT(TRACE_JOB_DONE) | TRACE_BIT(TRACE_UP) |
    TRACE_BIT(TRACE_DOWN) | TRACE_BIT(TRACE_RESERVE) | TRACE_BIT(TRACE_UNRESERVE) |
    TRACE_BIT(TRACE_RESERVE_NACK) | TRACE_BIT(TRACE_FREE) | TRACE_BIT(TRACE_EXIT);

static void take(struct fold *f, const struct trace_record *r)
{
    uint32_t gang = rep_gang(f->plan, r->job, r->stage);
    rep_room_take(f->room, r);
    if (r->job >= f->plan->job_count)
        return;
    switch (r->kind) {
    case TRACE_SUBMIT:
        submit(f, r);
        break;
    case TRACE_PLAN:
        if (gang != PLAN_NONE && f->m->gangs[gang].plan_ns == PLAN_NEVER)
            f->m->gangs[gang].plan_ns = r->at_ns;
        break;
    case TRACE_START:
        if (gang != PLAN_NONE && !rep_is_barrier(f->plan, gang) && r->attempt != TRACE_NONE)
            f->m->gangs[gang].restarts += r->attempt > 0;
        if (gang != PLAN_NONE)
            went(f, gang, r);
        break;
    case TRACE_GO:
        if (gang != PLAN_NONE)
            went(f, gang, r);
        break;
    case TRACE_STAGE_DONE:
        if (gang != PLAN_NONE)
            stage_done(f, gang, r);
        break;
    case TRACE_JOB_DONE:
        job_done(f, r);
        break;
    default:
        break;
    }
}

/* ------------------------------------------------------------------------------------- from the
 * spans */

/* Of a gang the attempt is judged, of a mapreduce stage the task: a rank that ended well in an
 * attempt that failed has worked in vain. An attempt that still runs is not lost yet. */
static bool is_wasted(const struct plan *plan, const struct rep_gang_row *row,
                      const struct rep_span *span)
{
    if (plan->jobs[plan->stages[span->gang].job].kind == PLAN_JOB_SERVICE)
        return false; /* it was of use as long as it ran */
    bool ended_well = span->status == TRACE_EXIT_OK || span->status == REP_SPAN_RUNNING;
    if (!rep_is_barrier(plan, span->gang))
        return !ended_well;
    if (row->done || row->end_ns == PLAN_NEVER)
        return span->attempt + 1 != row->next_attempt || !ended_well;
    return true;
}

static void add_spans(struct fold *f)
{
    for (uint64_t i = 0; i < f->m->lanes.span_count; i++) {
        const struct rep_span *span = &f->m->lanes.spans[i];
        struct rep_gang_row *row = &f->m->gangs[span->gang];
        rep_wide ns = (rep_wide)rep_between(span->start_ns, span->end_ns);
        row->used_ns += ns;
        row->wasted_ns += is_wasted(f->plan, row, span) ? ns : 0;
    }
}

static void finish(struct fold *f, int64_t last_ns)
{
    bool all_ended = true;
    int64_t end_ns = INT64_MIN;
    for (uint32_t j = 0; j < f->plan->job_count; j++) {
        const struct rep_job_row *job = &f->m->jobs[j];
        all_ended &= job->submit_ns == PLAN_NEVER || job->end_ns != PLAN_NEVER;
        if (job->submit_ns != PLAN_NEVER && job->end_ns != PLAN_NEVER && job->end_ns > end_ns)
            end_ns = job->end_ns;
    }
    f->m->end_ns = all_ended && end_ns != INT64_MIN ? end_ns : last_ns;
    for (uint32_t i = 0; i < f->plan->stage_count; i++) {
        struct rep_gang_row *row = &f->m->gangs[i];
        if (rep_is_barrier(f->plan, i))
            row->restarts = row->attempts > 0 ? row->attempts - 1 : 0;
    }
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static bool rows_memory(const struct plan *plan, struct rep_metrics *m, struct rep_err *err)
{
    m->gangs = rep_alloc(plan->stage_count, sizeof *m->gangs, err);
    m->jobs = rep_alloc(plan->job_count, sizeof *m->jobs, err);
    if (m->gangs == NULL || m->jobs == NULL)
        return false;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        struct rep_gang_row *row = &m->gangs[i];
        row->submit_ns = row->ready_ns = row->first_fit_ns = row->plan_ns = row->go_ns =
            row->end_ns = PLAN_NEVER;
        row->reason = REP_NOT_SUBMITTED;
    }
    for (uint32_t j = 0; j < plan->job_count; j++)
        m->jobs[j] = (struct rep_job_row){PLAN_NEVER, PLAN_NEVER, REP_NOT_SUBMITTED, 0};
    m->first_submit_ns = PLAN_NEVER;
    return true;
}

static bool observes_up(const struct rep_run *run)
{
    uint64_t until = rep_records_until(run, TRACE_BIT(TRACE_UP));
    for (uint64_t i = 0; i < until; i++)
        if (run->records[i].kind == TRACE_UP)
            return true;
    return false;
}

enum rep_status rep_metrics_build(const struct rep_run *run, struct rep_metrics *metrics,
                                  struct rep_err *err)
{
    memset(metrics, 0, sizeof *metrics);
    struct fold f = {.plan = run->plan, .m = metrics};
    enum rep_status status = rep_lanes_build(run, &metrics->lanes, err);
    if (status != REP_OK)
        return status;
    if (rows_memory(run->plan, metrics, err))
        f.room = rep_room_new(run->plan, metrics->gangs, observes_up(run), err);
    if (f.room == NULL) {
        rep_metrics_free(metrics);
        return REP_E_MEMORY;
    }
    for (uint64_t i = 0; i < run->record_count; i++)
        if (rep_is_of(&run->records[i], taken))
            take(&f, &run->records[i]);
    add_spans(&f);
    finish(&f, rep_end_ns(run));
    rep_room_free(f.room);
    return REP_OK;
}

void rep_metrics_free(struct rep_metrics *metrics)
{
    rep_lanes_free(&metrics->lanes);
    free(metrics->gangs);
    free(metrics->jobs);
    memset(metrics, 0, sizeof *metrics);
}

int64_t rep_wait_ns(const struct rep_gang_row *row)
{
    return row->go_ns == PLAN_NEVER || row->ready_ns == PLAN_NEVER
               ? PLAN_NEVER
               : rep_between(row->ready_ns, row->go_ns);
}

uint64_t rep_slowdown(const struct rep_gang_row *row)
{
    if (row->go_ns == PLAN_NEVER || row->end_ns == PLAN_NEVER || row->ready_ns == PLAN_NEVER)
        return 0;
    uint64_t all = (uint64_t)rep_between(row->ready_ns, row->end_ns),
             run = (uint64_t)rep_between(row->go_ns, row->end_ns);
    uint64_t bound =
        run > REP_TAU_S * UINT64_C(1000000000) ? run : REP_TAU_S * UINT64_C(1000000000);
    return all <= bound ? 1000 : (uint64_t)(((rep_wide)all * 1000 + bound / 2) / bound);
}

const char *rep_row_reason(int32_t reason)
{
    return reason == REP_UNFINISHED      ? "unfinished"
           : reason == REP_NOT_SUBMITTED ? "not-submitted"
                                         : rep_reason(reason);
}
