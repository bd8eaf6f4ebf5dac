/*
 * progress.c -- the line that says how far it is.
 *
 * This room is for: the wall clock, as far as a person wants to know how long it takes.
 * It may include:   <time.h>, <unistd.h>, <sys/ioctl.h>; plan and trace, to count.
 * Never here:       stdout: it belongs to results and may be a pipe.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define MILLISECOND INT64_C(1000000)
/* A terminal hears nothing in the first second, then at most ten times a second. A log hears that it
 * lives after ten seconds, then each half minute. */
static const int64_t terminal_silent_ns = 1000 * MILLISECOND, terminal_every_ns = 100 * MILLISECOND,
                     log_silent_ns = 10000 * MILLISECOND, log_every_ns = 30000 * MILLISECOND;
/* So much must be done before anything is said of what is left. */
enum { JOBS_FOR_REST = 10, SHARE_FOR_REST = 10, WIDTH_DEFAULT = 80, LINE_MAX_BYTES = 256 };

static int64_t clock_ns(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 * MILLISECOND + now.tv_nsec;
}

static unsigned terminal_width(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col : WIDTH_DEFAULT;
}

void cli_progress_begin(struct cli_progress *progress, const char *what, const struct plan *plan,
                        bool quiet)
{
    int64_t now = clock_ns();
    *progress = (struct cli_progress){.what = what,
                                      .plan = plan,
                                      .terminal = isatty(STDERR_FILENO) == 1,
                                      .quiet = quiet,
                                      .width = terminal_width(),
                                      .began_ns = now,
                                      .last_ns = now,
                                      .waits = calloc(plan->stage_count + 1, 1)};
    for (uint32_t i = 0; i < plan->job_count; i++)
        progress->jobs += plan->jobs[i].kind != PLAN_JOB_SERVICE;
}

/* ---- counting */

static void set_waiting(struct cli_progress *progress, uint32_t job, uint32_t stage, bool waits)
{
    const struct plan_job *row = &progress->plan->jobs[job];
    if (progress->waits == NULL || stage >= row->stage_count)
        return;
    uint8_t *now = &progress->waits[row->first_stage + stage];
    if (progress->plan->stages[row->first_stage + stage].kind != PLAN_STAGE_BARRIER)
        return;
    progress->waiting += (uint64_t)waits - *now;
    *now = waits;
}

static void count_ended(struct cli_progress *progress, uint32_t job)
{
    const struct plan_job *row = &progress->plan->jobs[job];
    progress->jobs_done += row->kind != PLAN_JOB_SERVICE;
    for (uint32_t stage = 0; stage < row->stage_count; stage++)
        set_waiting(progress, job, stage, false);
}

void cli_progress_feed(struct cli_progress *progress, const struct trace_record *records,
                       size_t count)
{
    static const uint64_t counted =
        TRACE_BIT(TRACE_WAIT) | TRACE_BIT(TRACE_GO) | TRACE_BIT(TRACE_JOB_DONE);
    for (size_t i = 0; i < count; i++) {
        const struct trace_record *record = &records[i];
        if (record->kind >= 64 || (TRACE_BIT(record->kind) & counted) == 0 || record->job >= progress->plan->job_count)
            continue;
        if (record->kind == TRACE_JOB_DONE)
            count_ended(progress, record->job);
        else /* who waits for parents does not wait to be launched */
            set_waiting(progress, record->job, record->stage,
                        record->kind == TRACE_WAIT && record->a != TRACE_REASON_PARENTS);
    }
}

/* ---- showing */

static bool is_due(struct cli_progress *progress, int64_t now)
{
    int64_t silent = progress->terminal ? terminal_silent_ns : log_silent_ns,
            every = progress->terminal ? terminal_every_ns : log_every_ns;
    /* Until something was said, the silence is all that counts. */
    if (progress->quiet || now - progress->began_ns < silent ||
        (progress->shown && now - progress->last_ns < every))
        return false;
    progress->last_ns = now;
    return true;
}

/* What is left if the other jobs take as long as those that are done, in seconds; -1: too early to
 * say. */
static int64_t seconds_left(const struct cli_progress *progress, int64_t spent_ms)
{
    uint64_t done = progress->jobs_done, all = progress->jobs;
    if (done < JOBS_FOR_REST || done < all / SHARE_FOR_REST || done >= all)
        return -1;
    return (int64_t)((double)spent_ms * (double)(all - done) / (double)done / 1000);
}

static void write_line(const struct cli_progress *progress, const char *line)
{
    if (progress->terminal) /* a line that wraps could not be taken back */
        fprintf(stderr, "\r%.*s\033[K", (int)progress->width - 1, line);
    else
        fprintf(stderr, "muster: %s\n", line);
}

void cli_progress_show(struct cli_progress *progress, int64_t virtual_ns, uint64_t records)
{
    int64_t now = clock_ns();
    if (!is_due(progress, now))
        return;
    char line[LINE_MAX_BYTES], rest[48] = "";
    int64_t virtual_ms = virtual_ns / MILLISECOND,
            spent_ms = (now - progress->began_ns) / MILLISECOND,
            left = seconds_left(progress, spent_ms);
    if (left >= 0)
        snprintf(rest, sizeof rest, ", %" PRId64 " s left at this rate", left);
    snprintf(line, sizeof line,
             "%s: at %" PRId64 ".%03" PRId64 "s, %" PRIu64 "k records/s, %" PRIu64
             " gang%s waiting, %" PRIu64 "/%" PRIu64 " jobs done%s",
             progress->what, virtual_ms / 1000, virtual_ms % 1000,
             records / ((uint64_t)spent_ms + 1), progress->waiting,
             progress->waiting == 1 ? "" : "s", progress->jobs_done, progress->jobs, rest);
    write_line(progress, line);
    progress->shown = true;
}

bool cli_progress_is_due(struct cli_progress *progress) { return is_due(progress, clock_ns()); }

void cli_progress_line(struct cli_progress *progress, const char *line)
{
    write_line(progress, line);
    progress->shown = true;
}

void cli_progress_say(struct cli_progress *progress, const char *what)
{
    char line[LINE_MAX_BYTES];
    if (!progress->shown || !progress->terminal)
        return;
    snprintf(line, sizeof line, "%s...", what);
    write_line(progress, line);
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->shown && progress->terminal)
        fputs("\r\033[K", stderr);
    progress->shown = false;
    free(progress->waits);
    progress->waits = NULL;
}
