/*
 * progress.h -- says how far a long piece of work is, on stderr: a changing line on a terminal, a
 * plain line now and then elsewhere. The only place that reads a clock; nothing else depends on
 * what it reads.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "trace/trace.h"

struct cli_progress {
    const char *what;
    const struct plan *plan;
    bool terminal, shown, quiet;
    unsigned width; /* of the terminal */
    int64_t began_ns, last_ns;
    uint64_t jobs_done, jobs; /* services left out: nobody waits for their end */
    uint64_t waiting;         /* gangs that are ready and not launched */
    uint8_t *waits;           /* of each stage of the plan; NULL: not counted */
};
/* The plan must live until cli_progress_end(). */
void cli_progress_begin(struct cli_progress *progress, const char *what, const struct plan *plan,
                        bool quiet);
void cli_progress_feed(struct cli_progress *progress, const struct trace_record *records,
                       size_t count);
void cli_progress_show(struct cli_progress *progress, int64_t virtual_ns, uint64_t records);
/* Whether something may be said now, and then: this line, where the two above do not fit. */
bool cli_progress_is_due(struct cli_progress *progress);
void cli_progress_line(struct cli_progress *progress, const char *line);
void cli_progress_say(struct cli_progress *progress,
                      const char *what); /* the next step, when the last took long */
void cli_progress_end(struct cli_progress *progress);

#endif
