/*
 * runner.h -- work in processes of their own, several at a time: the one owner of child processes.
 *
 * Each piece of work (a case) gets a process, a process group and a pipe. What it found comes back as one framed result.
 * A case that crashes, loops, takes too much memory, writes anything else into its pipe or ends without a result is reported
 * as that, and no other case notices.
 *
 * Nothing is left behind: a case's whole group is killed when its process has ended or its time is over; all are killed when
 * the runner stops early; and when the runner itself is killed outright, the kernel (Linux), or an alarm in the case that looks
 * at a pipe of which the runner held the other end, ends the case.
 */
#ifndef CLI_RUNNER_H
#define CLI_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a case ended: NAME, the word for it. */
/* clang-format off */
#define CLI_RUNNER_END_MAP(X) \
    X(RESULT,  "result") \
    X(CRASHED, "crash") \
    X(TIMEOUT, "timeout") \
    X(MEMORY,  "memory") \
    X(GARBAGE, "garbage") \
    X(SILENT,  "silent") \
    X(STOPPED, "stopped")
/* clang-format on */
enum cli_runner_end {
#define X(name, text) CLI_RUNNER_##name,
    CLI_RUNNER_END_MAP(X)
#undef X
        CLI_RUNNER_END_COUNT
};
const char *cli_runner_end_text(unsigned end); /* NULL past the last */
const char *cli_runner_signal_text(int number); /* "SIGABRT" */

enum { CLI_RUNNER_WORKERS_MAX = 256, CLI_RUNNER_RESULT_MAX = 1 << 20 };

struct cli_runner_report {
    uint64_t ticket;
    enum cli_runner_end end;
    char sentence
        [320]; /* what was wrong, if anything; with what the case had said last on stdout or stderr */
    const void
        *result; /* of RESULT: the bytes as they were sent; valid until the callback returns */
    size_t size;
    int64_t took_ns;
};

struct cli_pen; /* the case's end of the pipe */
/* Sends the result, once; more than CLI_RUNNER_RESULT_MAX bytes are an assertion. */
void cli_runner_send(struct cli_pen *pen, const void *bytes, size_t size);

struct cli_runner {
    void *ctx;
    bool (*next)(void *ctx,
                 uint64_t *ticket); /* which case comes next; false: none now, and none later unless `more` says so */
    bool (*more)(void *ctx); /* may be NULL; whether there may be one when a case that is running has ended */
    void (*work)(void *ctx, uint64_t ticket, struct cli_pen *pen); /* in the case's process */
    void (*done)(void *ctx,
                 const struct cli_runner_report *report); /* in the order in which cases end */
    bool (*go_on)(
        void *
            ctx); /* asked a few times a second; false: all cases are killed, and reported as STOPPED */
    unsigned workers; /* at most so many cases at a time */
    int64_t time_ns;  /* each may take so long */
    uint64_t
        memory_bytes; /* each may have so much address space; not kept under sanitizers, whose shadow needs more */
};

/* Carries out all cases. False, with a complaint on stderr, if no process could be made. */
bool cli_runner_run(const struct cli_runner *runner);
/* The processors that this process may use. */
unsigned cli_runner_processors(void);
int64_t cli_runner_clock_ns(void); /* monotonic; for limits and what is shown, nothing else */

#endif
