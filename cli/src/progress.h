/*
 * progress.h -- says how far a long piece of work is, on stderr: a changing line on a terminal, a
 * plain line now and then elsewhere. The only place that reads a clock; nothing else depends on
 * what it reads.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct cli_progress {
    const char *what;
    bool terminal, shown;
    int64_t began_ns, last_ns;
    uint64_t jobs_done, jobs;
};
void cli_progress_begin(struct cli_progress *progress, const char *what, uint64_t jobs);
void cli_progress_show(struct cli_progress *progress, int64_t virtual_ns, uint64_t records);
void cli_progress_say(struct cli_progress *progress,
                      const char *what); /* the next step, when the last took long */
void cli_progress_end(struct cli_progress *progress);

#endif
