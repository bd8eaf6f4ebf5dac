/*
 * summary.c -- a run in a few lines: how the jobs ended, how long they waited, how well the cluster
 * was used.
 *
 * This room is for: the numbers a person compares two schedulers by; defined in metrics.h.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       floats: means are integer divisions of nanoseconds, ratios are exact and
 * rounded once.
 */
#include "shared.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#define X(id, name, unit, doc) static const char name_##id[] = name;
REP_SUMMARY_MAP(X)
#undef X

static FILE *line(FILE *out, const char *name)
{
    fprintf(out, "%-10s ", name);
    return out;
}

/* ---- jobs */

static void put_jobs(const struct plan *plan, const struct rep_metrics *m, FILE *out)
{
    uint32_t submitted = 0, done = 0, unfinished = 0, failed[TRACE_REASON_LIMIT + 1] = {0};
    uint32_t services = 0;
    for (uint32_t j = 0; j < plan->job_count; j++) {
        int32_t reason = m->jobs[j].reason;
        submitted += reason != REP_NOT_SUBMITTED;
        done += reason == TRACE_REASON_OK;
        unfinished += reason == REP_UNFINISHED;
        bool ended = plan->jobs[j].kind == PLAN_JOB_SERVICE && reason == TRACE_REASON_CANCELLED;
        services += ended; /* that is how a service ends */
        if (reason > 0 && !ended)
            failed[reason < TRACE_REASON_LIMIT ? reason : TRACE_REASON_LIMIT]++;
    }
    fprintf(line(out, name_JOBS), "%" PRIu32 " submitted: %" PRIu32 " done", submitted, done);
    for (int32_t r = 1; r <= TRACE_REASON_LIMIT; r++)
        if (failed[r] > 0)
            fprintf(out, ", %" PRIu32 " failed (%s)", failed[r], rep_reason(r));
    if (services > 0)
        fprintf(out, ", %" PRIu32 " service%s ended", services, services == 1 ? "" : "s");
    if (unfinished > 0)
        fprintf(out, ", %" PRIu32 " unfinished", unfinished);
    if (submitted < plan->job_count)
        fprintf(out, "; %" PRIu32 " never submitted", plan->job_count - submitted);
    fputc('\n', out);
}

/* Those that did not happen: of the others the story tells. */
static void put_faults(const struct rep_run *run, FILE *out)
{
    uint64_t of[REP_BUDGETS];
    if (rep_count_withheld(run, of) > 0)
        rep_put_withheld(run, "", "\n", line(out, name_FAULTS));
}

static void put_makespan(const struct rep_metrics *m, FILE *out)
{
    line(out, name_MAKESPAN);
    if (m->first_submit_ns == PLAN_NEVER)
        fputs("-", out);
    else
        rep_put_about(out, rep_between(m->first_submit_ns, m->end_ns));
    fputc('\n', out);
}

static void put_jct(const struct plan *plan, const struct rep_metrics *m, FILE *out)
{
    rep_wide sum = 0;
    uint64_t count = 0;
    int64_t most = 0;
    for (uint32_t j = 0; j < plan->job_count; j++) {
        const struct rep_job_row *job = &m->jobs[j];
        bool endless = plan->jobs[j].kind == PLAN_JOB_SERVICE;
        if (endless || job->submit_ns == PLAN_NEVER || job->end_ns == PLAN_NEVER)
            continue;
        int64_t jct = rep_between(job->submit_ns, job->end_ns);
        sum += (rep_wide)jct;
        most = jct > most ? jct : most;
        count++;
    }
    line(out, name_JCT);
    if (count == 0) {
        fputs("-  (no job ended)\n", out);
        return;
    }
    fputs("mean ", out);
    rep_put_about(out, (int64_t)(sum / count));
    fputs(", most ", out);
    rep_put_about(out, most);
    fputc('\n', out);
}

/* How far the batches of streams are behind: one that keeps up has a last lag like any other. */
static void put_lag(const struct plan *plan, const struct rep_metrics *m, FILE *out)
{
    rep_wide sum = 0;
    uint64_t count = 0;
    int64_t most = 0, last = 0;
    for (uint32_t j = 0; j < plan->job_count; j++) {
        const struct rep_job_row *job = &m->jobs[j];
        if (plan->jobs[j].kind != PLAN_JOB_STREAM || job->submit_ns == PLAN_NEVER)
            continue;
        last = rep_between(job->submit_ns, job->end_ns != PLAN_NEVER ? job->end_ns : m->end_ns);
        sum += (rep_wide)last;
        most = last > most ? last : most;
        count++;
    }
    if (count == 0)
        return;
    fputs("mean ", line(out, name_LAG));
    rep_put_about(out, (int64_t)(sum / count));
    fputs(", most ", out);
    rep_put_about(out, most);
    fputs(", of the last batch ", out);
    rep_put_about(out, last);
    fputc('\n', out);
}

/* ---- gangs */

/* The value that would be at `rank` if they were sorted, none of them negative: byte by byte from the highest, how many of those
 * that begin like it have which next byte. So many passes whatever the values are, which no sorting of a long run's waits is. */
static int64_t select_rank(const int64_t *values, size_t count, size_t rank)
{
    uint64_t begin = 0;
    assert(rank < count);
    for (int shift = 56; shift >= 0; shift -= 8) {
        size_t of[256] = {0}, byte = 0;
        for (size_t i = 0; i < count; i++)
            if (shift == 56 || (uint64_t)values[i] >> (shift + 8) == begin)
                of[(uint64_t)values[i] >> shift & 255]++;
        for (; rank >= of[byte]; byte++)
            rank -= of[byte];
        begin = begin << 8 | byte;
    }
    return (int64_t)begin;
}

static enum rep_status put_wait(const struct plan *plan, const struct rep_metrics *m, FILE *out,
                                struct rep_err *err)
{
    int64_t *waits = rep_alloc(plan->stage_count, sizeof *waits, err);
    if (waits == NULL)
        return REP_E_MEMORY;
    rep_wide sum = 0;
    int64_t most = 0;
    size_t count = 0, never = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        int64_t wait = rep_wait_ns(&m->gangs[i]);
        never += wait == PLAN_NEVER && m->gangs[i].ready_ns != PLAN_NEVER;
        if (wait == PLAN_NEVER)
            continue;
        sum += (rep_wide)wait;
        most = wait > most ? wait : most;
        waits[count++] = wait;
    }
    line(out, name_WAIT);
    if (count == 0)
        fputs("-", out);
    else {
        int64_t low = select_rank(waits, count, (count - 1) / 2), high = select_rank(waits, count, count / 2);
        fputs("mean ", out);
        rep_put_about(out, (int64_t)(sum / count));
        fputs(", median ", out);
        rep_put_about(out, low + (high - low) / 2);
        fputs(", most ", out);
        rep_put_about(out, most);
    }
    if (never > 0)
        fprintf(out, "  (%zu never went)", never);
    fputc('\n', out);
    free(waits);
    return REP_OK;
}

static void put_slowdown(const struct plan *plan, const struct rep_metrics *m, FILE *out)
{
    rep_wide sum = 0;
    uint64_t most = 0, count = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        uint64_t slowdown = m->gangs[i].done ? rep_slowdown(&m->gangs[i]) : 0;
        sum += slowdown;
        count += slowdown != 0;
        most = slowdown > most ? slowdown : most;
    }
    line(out, name_SLOWDOWN);
    if (count == 0) {
        fputs("-  (no gang was done)\n", out);
        return;
    }
    fputs("mean ", out);
    rep_put_millis(out, (uint64_t)((sum + count / 2) / count));
    fputs(", most ", out);
    rep_put_millis(out, most);
    fprintf(out, "  (bounded, %d s)\n", REP_TAU_S);
}

/* ---- cluster */

static rep_wide within(const struct rep_metrics *m, int64_t from_ns, int64_t to_ns)
{
    int64_t from = from_ns > m->first_submit_ns ? from_ns : m->first_submit_ns;
    int64_t to = to_ns < m->end_ns ? to_ns : m->end_ns;
    return (rep_wide)rep_between(from, to);
}

static void put_used(const struct plan *plan, const struct rep_metrics *m, FILE *out)
{
    rep_wide cores = 0, gpus = 0, cores_up = 0, gpus_up = 0;
    for (uint64_t i = 0; i < m->lanes.span_count; i++) {
        const struct rep_span *span = &m->lanes.spans[i];
        const struct plan_profile *need = &plan->profiles[plan->stages[span->gang].profile];
        rep_wide ns = within(m, span->start_ns, span->end_ns);
        cores += ns * need->cores;
        gpus += ns * need->gpu_milli;
    }
    for (uint64_t i = 0; i < m->lanes.up_count; i++) {
        const struct rep_up *up = &m->lanes.ups[i];
        rep_wide ns = within(m, up->from_ns, up->to_ns);
        cores_up += ns * plan->executors[up->executor].cores;
        gpus_up += ns * plan->executors[up->executor].gpus * 1000;
    }
    fputs("cores ", line(out, name_USED));
    rep_put_percent(out, cores, cores_up);
    if (gpus_up > 0) {
        fputs(", GPUs ", out);
        rep_put_percent(out, gpus, gpus_up);
    }
    fputs("  (of what was up)\n", out);
}

static void put_wasted(const struct plan *plan, const struct rep_metrics *m, FILE *out)
{
    rep_wide used = 0, wasted = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        used += m->gangs[i].used_ns;
        wasted += m->gangs[i].wasted_ns;
    }
    rep_put_percent(line(out, name_WASTED), wasted, used);
    fputs("  (", out);
    rep_put_wide_seconds(out, wasted / 1000000 * 1000000); /* to the millisecond */
    fputs(" of ", out);
    rep_put_wide_seconds(out, used / 1000000 * 1000000);
    fputs(" slot-seconds)\n", out);
}

enum rep_status rep_summary(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    struct rep_metrics m;
    rep_begin(err);
    enum rep_status status = rep_metrics_get(run, &m, err);
    if (status != REP_OK)
        return status;
    put_jobs(run->plan, &m, out);
    put_faults(run, out);
    put_makespan(&m, out);
    status = put_wait(run->plan, &m, out, err);
    put_jct(run->plan, &m, out);
    put_lag(run->plan, &m, out);
    put_slowdown(run->plan, &m, out);
    put_used(run->plan, &m, out);
    put_wasted(run->plan, &m, out);
    rep_metrics_put(run, &m);
    return status != REP_OK ? status : rep_finish(out, err);
}
