/*
 * runner.c -- the runner of `muster check`, alone: each way in which a case can end, and what is left when the runner is killed
 * where the kernel tells nobody (RUNNER_LIFELINE_ONLY).
 *
 * This file is for: claims about cli/src/runner.c, which is compiled into this program a second time.
 * It may include:   cli.h, runner.h, POSIX.
 * Never here:       scenarios.
 */
#define _GNU_SOURCE 1
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "runner.h"

int cli_fail(enum cli_exit status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    return (int)status;
}

enum { WELL, CRASH, LOOP, SILENT, SEVEN, GARBAGE, FORGED, TWICE_HALF, LARGE, CHILD_HOLDS, WAYS };
struct seen {
    unsigned next, count;
    enum cli_runner_end ends[WAYS];
    char sentences[WAYS][320];
    size_t sizes[WAYS];
    volatile pid_t *shared; /* whom a case started, or is */
    bool stop;
};

static bool next(void *ctx, uint64_t *ticket)
{
    struct seen *seen = ctx;
    *ticket = seen->next;
    return seen->next++ < WAYS;
}

static void forever(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}

static void work(void *ctx, uint64_t ticket, struct cli_pen *pen)
{
    static char bytes[CLI_RUNNER_RESULT_MAX];
    struct seen *seen = ctx;
    switch (ticket) {
    case WELL:
        printf("this is not for stdout\n");
        cli_runner_send(pen, "well", 4);
        break;
    case CRASH:
        signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own idea */
        raise(SIGSEGV);
        break;
    case LOOP:
        seen->shared[0] = getpid();
        forever();
        break;
    case SILENT:
        fprintf(stderr, "nothing\nto \033[31msay\n\n");
        break;
    case SEVEN:
        _exit(7);
    case GARBAGE:
        for (int i = 3; i < 32; i++)
            if (write(i, "noise", 5) < 0)
                continue;
        break;
    case FORGED:
        for (int i = 3; i < 32; i++)
            if (write(i, bytes, 24) < 0)
                continue;
        break;
    case TWICE_HALF:
        cli_runner_send(pen, "well", 4);
        for (int i = 3; i < 32; i++)
            if (write(i, "more", 4) < 0)
                continue;
        break;
    case LARGE:
        memset(bytes, 'x', sizeof bytes);
        cli_runner_send(pen, bytes, sizeof bytes);
        break;
    case CHILD_HOLDS: { /* a grandchild keeps the pipe open */
        pid_t child = fork();
        if (child == 0)
            forever();
        seen->shared[1] = child;
        cli_runner_send(pen, "well", 4);
        break;
    }
    default:
        break;
    }
}

static void done(void *ctx, const struct cli_runner_report *report)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->ends[report->ticket] = report->end;
    seen->sizes[report->ticket] = report->size;
    snprintf(seen->sentences[report->ticket], sizeof seen->sentences[0], "%s", report->sentence);
}

static bool go_on(void *ctx) { return !((struct seen *)ctx)->stop; }

static bool is_gone(pid_t pid)
{
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return kill(pid, 0) != 0 && errno == ESRCH;
    const char *end = fgets(line, sizeof line, in) != NULL ? strrchr(line, ')') : NULL;
    fclose(in);
    return end != NULL && end[2] == 'Z'; /* dead, and nobody has looked yet */
}

static bool is_gone_soon(pid_t pid)
{
    for (int i = 0; i < 300 && !is_gone(pid); i++)
        usleep(10000);
    return is_gone(pid);
}

static void expect_end(const struct seen *seen, unsigned way, enum cli_runner_end end, const char *sentence)
{
    if (seen->ends[way] == end && strstr(seen->sentences[way], sentence) != NULL)
        return;
    printf("FAILED: case %u ended as %s, must be %s; '%s' must have '%s'\n", way, cli_runner_end_text(seen->ends[way]),
           cli_runner_end_text(end), seen->sentences[way], sentence);
    exit(1);
}

static void check(bool holds, const char *claim)
{
    if (holds)
        return;
    printf("FAILED: %s\n", claim);
    exit(1);
}

static void each_end_is_told_and_nothing_is_left(unsigned workers, volatile pid_t *shared)
{
    struct seen seen = {.shared = shared};
    struct cli_runner runner = {.ctx = &seen, .next = next, .work = work, .done = done, .go_on = go_on, .workers = workers, .time_ns = 300000000};
    check(cli_runner_run(&runner), "it runs");
    check(seen.count == WAYS, "each case is reported once");
    expect_end(&seen, WELL, CLI_RUNNER_RESULT, "");
    check(seen.sizes[WELL] == 4, "a result is as long as it was");
    expect_end(&seen, CRASH, CLI_RUNNER_CRASHED, "SIGSEGV");
    expect_end(&seen, LOOP, CLI_RUNNER_TIMEOUT, "0.3 s");
    expect_end(&seen, SILENT, CLI_RUNNER_SILENT, "it said last: to ?[31msay");
    expect_end(&seen, SEVEN, CLI_RUNNER_SILENT, "status 7");
    expect_end(&seen, GARBAGE, CLI_RUNNER_GARBAGE, "no result");
    expect_end(&seen, FORGED, CLI_RUNNER_GARBAGE, "no result");
    expect_end(&seen, TWICE_HALF, CLI_RUNNER_GARBAGE, "no result");
    expect_end(&seen, LARGE, CLI_RUNNER_RESULT, "");
    check(seen.sizes[LARGE] == CLI_RUNNER_RESULT_MAX, "the largest result arrives");
    expect_end(&seen, CHILD_HOLDS, CLI_RUNNER_RESULT, "");
    check(is_gone_soon(shared[0]), "who took too long is gone");
    check(is_gone_soon(shared[1]), "whom a case has started is gone");
    check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "everybody was reaped");
}

static bool one_loop(void *ctx, uint64_t *ticket)
{
    struct seen *seen = ctx;
    *ticket = LOOP;
    return seen->next++ == 0;
}

/* The runner itself is killed, as the system does when memory is short. */
static void no_case_outlives_its_runner(volatile pid_t *shared)
{
    shared[0] = 0;
    pid_t runner_pid = fork();
    if (runner_pid == 0) {
        struct seen seen = {.shared = shared};
        struct cli_runner runner = {.ctx = &seen, .next = one_loop, .work = work, .done = done, .go_on = go_on, .workers = 1, .time_ns = 60000000000};
        _exit(cli_runner_run(&runner) ? 0 : 1);
    }
    for (int i = 0; i < 300 && shared[0] == 0; i++)
        usleep(10000);
    check(shared[0] != 0, "the case has begun");
    kill(runner_pid, SIGKILL);
    waitpid(runner_pid, NULL, 0);
    check(is_gone_soon(shared[0]), "a case whose runner was killed ends");
}

int main(void)
{
    volatile pid_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(shared != MAP_FAILED, "there is memory");
    each_end_is_told_and_nothing_is_left(1, shared);
    each_end_is_told_and_nothing_is_left(4, shared);
    no_case_outlives_its_runner(shared);
    return 0;
}
