/*
 * progress.c -- the line that says how far it is.
 *
 * This room is for: the wall clock, as far as a person wants to know how long it takes.
 * It may include:   <time.h>, <unistd.h>.
 * Never here:       stdout: it belongs to results and may be a pipe.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define MILLISECOND INT64_C(1000000)
static const int64_t silent_ns = 1000 * MILLISECOND, terminal_every_ns = 100 * MILLISECOND,
                     line_every_ns = 10000 * MILLISECOND;

static int64_t clock_ns(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 * MILLISECOND + now.tv_nsec;
}

void cli_progress_begin(struct cli_progress *progress, const char *what, uint64_t jobs)
{
    int64_t now = clock_ns();
    *progress = (struct cli_progress){.what = what,
                                      .terminal = isatty(STDERR_FILENO) == 1,
                                      .began_ns = now,
                                      .last_ns = now,
                                      .jobs = jobs};
}

/* Nothing in the first second; then at most ten times a second on a terminal, every ten seconds
 * elsewhere. */
static bool is_due(struct cli_progress *progress, int64_t now)
{
    int64_t every = progress->terminal ? terminal_every_ns : line_every_ns;
    if (now - progress->began_ns < silent_ns || now - progress->last_ns < every)
        return false;
    progress->last_ns = now;
    return true;
}

void cli_progress_show(struct cli_progress *progress, int64_t virtual_ns, uint64_t records)
{
    int64_t now = clock_ns();
    if (!is_due(progress, now))
        return;
    int64_t virtual_ms = virtual_ns / MILLISECOND;
    uint64_t spent_ms = (uint64_t)((now - progress->began_ns) / MILLISECOND);
    fprintf(stderr,
            "%s%s: at %" PRId64 ".%03" PRId64 " s, %" PRIu64 " records (%" PRIu64
            " thousand a second), %" PRIu64 " of %" PRIu64 " jobs done%s",
            progress->terminal ? "\r" : "muster: ", progress->what, virtual_ms / 1000,
            virtual_ms % 1000, records, records / (spent_ms + 1), progress->jobs_done,
            progress->jobs, progress->terminal ? "\033[K" : "\n");
    progress->shown = true;
}

void cli_progress_say(struct cli_progress *progress, const char *what)
{
    if (!progress->shown || !progress->terminal)
        return;
    fprintf(stderr, "\r%s...\033[K", what);
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->shown && progress->terminal)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
