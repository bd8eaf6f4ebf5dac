/*
 * runner.c -- a process a case, a pipe a process, limits around both. See runner.h.
 *
 * This room is for: fork, pipes, poll, limits, signals to children. Nobody else in this room makes processes.
 * It may include:   POSIX, cli.h, runner.h.
 * Never here:       what a case does, and what its result means.
 *
 * Invariants: a slot with a pid has a live or unreaped process whose group has that number, so the number cannot belong to
 * somebody else yet; a group is killed before its leader is reaped.
 */
#ifdef __linux__
#define _GNU_SOURCE 1 /* wait4, sched_getaffinity */
#else
#define _DARWIN_C_SOURCE 1
#endif
#include "runner.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#ifdef __linux__
#include <sched.h>
#include <sys/prctl.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { SAID_MAX = 4096, POLL_MS = 50, LIFELINE_US = 250000, LAST_WORD_MS = 400, DRAIN_BYTES = 4096 };
#define FRAME_MAGIC UINT64_C(0x6d75737465726672) /* "musterfr" */

struct frame {
    uint64_t magic, size, sum;
};
struct slot {
    pid_t pid; /* 0: free */
    uint64_t ticket;
    int result, said; /* read ends; -1: closed */
    int64_t began_ns;
    int64_t told_ns; /* when it was told last that it is late */
    unsigned told;   /* how often; 0: it is not late */
    unsigned char *bytes;
    size_t size, capacity;
    char tail[SAID_MAX]; /* the last that was said */
    size_t tail_size;
};
struct state {
    const struct cli_runner *runner;
    struct slot *slots;
    int lifeline[2];
    bool all_given, stopping, failed;
};
struct cli_pen {
    int descriptor;
    bool used;
};

static const char *const end_texts[] = {
#define X(name, text) text,
    CLI_RUNNER_END_MAP(X)
#undef X
};
const char *cli_runner_end_text(unsigned end)
{
    return end < CLI_RUNNER_END_COUNT ? end_texts[end] : NULL;
}

int64_t cli_runner_clock_ns(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

unsigned cli_runner_processors(void)
{
#ifdef __linux__
    cpu_set_t allowed; /* fewer than there are, in a container or under taskset */
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return (unsigned)CPU_COUNT(&allowed);
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

static uint64_t sum_of(const unsigned char *bytes, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* ---- in the case's process */

static void write_all(int descriptor, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(descriptor, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            _exit(CLI_OUTPUT); /* nobody reads any more */
        at += written;
        size -= (size_t)written;
    }
}

void cli_runner_send(struct cli_pen *pen, const void *bytes, size_t size)
{
    assert(size <= CLI_RUNNER_RESULT_MAX);
    assert(!pen->used);
    struct frame frame = {FRAME_MAGIC, size, sum_of(bytes, size)};
    pen->used = true;
    write_all(pen->descriptor, &frame, sizeof frame);
    write_all(pen->descriptor, bytes, size);
}

static int lifeline_here = -1;

/* The runner holds the other end and never writes: if it is closed, the runner is gone. */
static void look_at_lifeline(int number)
{
    struct pollfd look = {.fd = lifeline_here, .events = POLLIN};
    int before = errno;
    (void)number;
    if (poll(&look, 1, 0) > 0)
        (void)kill(0, SIGKILL);
    errno = before;
}

static void hold_lifeline(int descriptor, pid_t parent)
{
    struct sigaction action;
    struct itimerval every = {{0, LIFELINE_US}, {0, LIFELINE_US}};
    lifeline_here = descriptor;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = look_at_lifeline;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
#if defined(__linux__) && !defined(RUNNER_LIFELINE_ONLY)
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    (void)setitimer(ITIMER_REAL, &every, NULL);
    if (getppid() != parent) /* it died before we asked to be told */
        _exit(CLI_INTERRUPTED);
}

static void default_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGABRT, SIGPIPE};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        signal(numbers[i], SIG_DFL);
}

static void set_limits(uint64_t memory_bytes)
{
    struct rlimit none = {0, 0}, memory = {RLIM_INFINITY, RLIM_INFINITY};
    (void)setrlimit(RLIMIT_CORE, &none);
    /* Not the hard limit: a command that a case starts (exec) is not bound by it, for many take far more addresses than memory. */
    (void)getrlimit(RLIMIT_AS, &memory);
    if (memory.rlim_max == RLIM_INFINITY || memory.rlim_max > memory_bytes)
        memory.rlim_cur = memory_bytes;
    if (memory_bytes != 0 && !SANITIZED)
        (void)setrlimit(RLIMIT_AS, &memory);
}

static void close_others(const struct state *state)
{
    (void)close(state->lifeline[1]);
    for (unsigned i = 0; i < state->runner->workers; i++)
        if (state->slots[i].pid != 0) {
            if (state->slots[i].result >= 0)
                (void)close(state->slots[i].result);
            if (state->slots[i].said >= 0)
                (void)close(state->slots[i].said);
        }
}

/* Whatever the case prints is heard and shown only if it went wrong: stdout belongs to results. */
static void redirect(int said)
{
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0 && nothing != STDIN_FILENO) {
        (void)dup2(nothing, STDIN_FILENO);
        (void)close(nothing);
    }
    (void)dup2(said, STDOUT_FILENO);
    (void)dup2(said, STDERR_FILENO);
    (void)close(said);
}

static _Noreturn void be_case(const struct state *state, uint64_t ticket, int result, int said,
                              pid_t parent)
{
    struct cli_pen pen = {.descriptor = result};
    (void)setpgid(0, 0);
    default_signals();
    close_others(state);
    hold_lifeline(state->lifeline[0], parent);
    redirect(said);
    set_limits(state->runner->memory_bytes);
    state->runner->work(state->runner->ctx, ticket, &pen);
    (void)fflush(NULL); /* what it said, for whom wants to know why there is no result */
    _exit(CLI_PASS);
}

/* ---- in the runner */

static bool make_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        return false;
    for (int i = 0; i < 2; i++)
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    return true;
}

static bool make_pipes(int result[2], int said[2])
{
    if (!make_pipe(result))
        return false;
    if (make_pipe(said)) {
        (void)fcntl(result[0], F_SETFL, O_NONBLOCK);
        (void)fcntl(said[0], F_SETFL, O_NONBLOCK);
        return true;
    }
    (void)close(result[0]);
    (void)close(result[1]);
    return false;
}

static bool start_case(struct state *state, struct slot *slot, uint64_t ticket)
{
    int result[2], said[2];
    if (!make_pipes(result, said))
        return false;
    (void)fflush(NULL); /* or the child might print it once more */
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        (void)close(result[0]);
        (void)close(said[0]);
        be_case(state, ticket, result[1], said[1], parent);
    }
    int because = errno;
    (void)close(result[1]);
    (void)close(said[1]);
    if (pid < 0) {
        (void)close(result[0]);
        (void)close(said[0]);
        errno = because;
        return false;
    }
    (void)setpgid(pid, pid); /* whoever of the two comes first */
    *slot = (struct slot){.pid = pid,
                          .ticket = ticket,
                          .result = result[0],
                          .said = said[0],
                          .began_ns = cli_runner_clock_ns()};
    return true;
}

/* One byte more than the largest frame is enough to know that it is none. */
static bool keep_result(struct slot *slot, const unsigned char *bytes, size_t size)
{
    size_t most = CLI_RUNNER_RESULT_MAX + sizeof(struct frame) + 1, room = most - slot->size;
    size = size < room ? size : room;
    if (slot->size + size > slot->capacity) {
        size_t wanted = 2 * (slot->size + size);
        unsigned char *grown = realloc(slot->bytes, wanted);
        if (grown == NULL)
            return false;
        slot->bytes = grown;
        slot->capacity = wanted;
    }
    memcpy(slot->bytes + slot->size, bytes, size);
    slot->size += size;
    return true;
}

static void keep_said(struct slot *slot, const unsigned char *bytes, size_t size)
{
    if (size > SAID_MAX) {
        bytes += size - SAID_MAX;
        size = SAID_MAX;
    }
    size_t drop = slot->tail_size + size > SAID_MAX ? slot->tail_size + size - SAID_MAX : 0;
    memmove(slot->tail, slot->tail + drop, slot->tail_size - drop);
    slot->tail_size -= drop;
    memcpy(slot->tail + slot->tail_size, bytes, size);
    slot->tail_size += size;
}

/* Reads what is there; closes at the end. A case that floods its pipe is read a piece a turn. */
static void drain(struct slot *slot, int *descriptor, unsigned turns)
{
    unsigned char bytes[DRAIN_BYTES];
    while (*descriptor >= 0 && turns-- > 0) {
        ssize_t size = read(*descriptor, bytes, sizeof bytes);
        if (size < 0 && (errno == EINTR))
            continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (size > 0 && descriptor == &slot->said)
            keep_said(slot, bytes, (size_t)size);
        else if (size <= 0 || !keep_result(slot, bytes, (size_t)size)) {
            (void)close(*descriptor);
            *descriptor = -1;
        }
    }
}

const char *cli_runner_signal_text(int number)
{
    static const struct {
        int number;
        const char *name;
    } known[] = {{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},
                 {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},   {SIGKILL, "SIGKILL"},
                 {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"}, {SIGPIPE, "SIGPIPE"},
                 {SIGSYS, "SIGSYS"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].number == number)
            return known[i].name;
    return "a signal";
}

/* The last line of what was said, made harmless: it comes from foreign code. */
static void last_line(const struct slot *slot, char *out, size_t size)
{
    size_t end = slot->tail_size, begin;
    while (end > 0 && (unsigned char)slot->tail[end - 1] <= ' ')
        end--;
    for (begin = end; begin > 0 && slot->tail[begin - 1] != '\n';)
        begin--;
    size_t length = end - begin < size - 1 ? end - begin : size - 1;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)slot->tail[begin + i];
        out[i] = c >= ' ' && c < 127 ? (char)c : '?';
    }
    out[length] = '\0';
}

static bool frame_is_right(const struct slot *slot)
{
    struct frame frame;
    if (slot->size < sizeof frame)
        return false;
    memcpy(&frame, slot->bytes, sizeof frame);
    return frame.magic == FRAME_MAGIC && frame.size == slot->size - sizeof frame &&
           frame.sum == sum_of(slot->bytes + sizeof frame, slot->size - sizeof frame);
}

/* Three quarters of its limit were really in use: whatever it died of, it was for want of memory. */
static bool memory_was_short(const struct state *state, const struct rusage *used)
{
#ifdef __APPLE__
    uint64_t most = (uint64_t)used->ru_maxrss;
#else
    uint64_t most = (uint64_t)used->ru_maxrss * 1024;
#endif
    return state->runner->memory_bytes != 0 && most >= state->runner->memory_bytes / 4 * 3;
}

static enum cli_runner_end end_of(const struct state *state, const struct slot *slot, int status,
                                  const struct rusage *used)
{
    if (slot->told > 0)
        return CLI_RUNNER_TIMEOUT;
    if (state->stopping)
        return CLI_RUNNER_STOPPED;
    if (WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0))
        return memory_was_short(state, used) ? CLI_RUNNER_MEMORY
               : WIFSIGNALED(status)         ? CLI_RUNNER_CRASHED
                                             : CLI_RUNNER_SILENT;
    if (slot->size == 0)
        return CLI_RUNNER_SILENT;
    return frame_is_right(slot) ? CLI_RUNNER_RESULT : CLI_RUNNER_GARBAGE;
}

static void say_end(const struct state *state, const struct slot *slot, int status,
                    struct cli_runner_report *report)
{
    char said[160];
    char *out = report->sentence;
    size_t size = sizeof report->sentence;
    last_line(slot, said, sizeof said);
    const char *before = said[0] != '\0' ? "; it said last: " : "";
    switch (report->end) {
    case CLI_RUNNER_RESULT:
        snprintf(out, size, "%s", said);
        break;
    case CLI_RUNNER_CRASHED:
        snprintf(out, size, "crashed with %s (%d)%s%s", cli_runner_signal_text(WTERMSIG(status)),
                 WTERMSIG(status), before, said);
        break;
    case CLI_RUNNER_TIMEOUT:
        snprintf(out, size, "did not end within %.3g s of real time (--timeout)%s%s",
                 (double)state->runner->time_ns / 1e9, before, said);
        break;
    case CLI_RUNNER_MEMORY:
        snprintf(out, size, "needed more than %llu MiB of memory (--memory)%s%s",
                 (unsigned long long)(state->runner->memory_bytes >> 20), before, said);
        break;
    case CLI_RUNNER_GARBAGE:
        snprintf(out, size, "wrote %zu bytes into its pipe that are no result%s%s", slot->size,
                 before, said);
        break;
    case CLI_RUNNER_SILENT:
        snprintf(out, size, "exited with status %d and no result%s%s",
                 WIFEXITED(status) ? WEXITSTATUS(status) : -1, before, said);
        break;
    case CLI_RUNNER_STOPPED:
        snprintf(out, size, "was stopped");
        break;
    case CLI_RUNNER_END_COUNT:
        break;
    }
}

static void forget(struct slot *slot)
{
    if (slot->result >= 0)
        (void)close(slot->result);
    if (slot->said >= 0)
        (void)close(slot->said);
    free(slot->bytes);
    *slot = (struct slot){.result = -1, .said = -1};
}

/* Its process has ended and is not reaped yet. */
static void finish(struct state *state, struct slot *slot)
{
    int status = 0;
    struct rusage used;
    memset(&used, 0, sizeof used);
    (void)kill(-slot->pid, SIGKILL); /* whom it has started itself */
    drain(slot, &slot->result, UINT32_MAX);
    drain(slot, &slot->said, 64);
    while (wait4(slot->pid, &status, 0, &used) < 0 && errno == EINTR)
        continue;
    struct cli_runner_report report = {.ticket = slot->ticket,
                                       .end = end_of(state, slot, status, &used),
                                       .took_ns = cli_runner_clock_ns() - slot->began_ns};
    say_end(state, slot, status, &report);
    if (report.end == CLI_RUNNER_RESULT) {
        report.result = slot->bytes + sizeof(struct frame);
        report.size = slot->size - sizeof(struct frame);
    }
    state->runner->done(state->runner->ctx, &report);
    forget(slot);
}

static bool has_ended(const struct slot *slot)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    return waitid(P_PID, (id_t)slot->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == slot->pid;
}

/* Who is late is told so, and told again a moment later, so that it may see whether it has come any further, and say so (death.h). */
static void watch_limits(struct state *state, struct slot *slot, int64_t now)
{
    bool is_time = now - slot->told_ns >= LAST_WORD_MS * INT64_C(1000000);
    if (now - slot->began_ns < state->runner->time_ns || (slot->told > 0 && !is_time))
        return;
    slot->told_ns = now;
    if (slot->told++ < 2) {
        (void)kill(slot->pid, SIGTERM);
        return;
    }
    (void)kill(-slot->pid, SIGKILL);
    (void)kill(slot->pid, SIGKILL); /* should it not have had time for a group of its own */
}

static void kill_all(struct state *state)
{
    state->stopping = true;
    state->all_given = true;
    for (unsigned i = 0; i < state->runner->workers; i++)
        if (state->slots[i].pid != 0) {
            (void)kill(-state->slots[i].pid, SIGKILL);
            (void)kill(state->slots[i].pid, SIGKILL);
        }
}

static void fill_slots(struct state *state)
{
    for (unsigned i = 0; i < state->runner->workers && !state->all_given; i++) {
        uint64_t ticket;
        if (state->slots[i].pid != 0)
            continue;
        if (!state->runner->next(state->runner->ctx, &ticket)) {
            state->all_given = state->runner->more == NULL || !state->runner->more(state->runner->ctx);
            return;
        }
        if (!start_case(state, &state->slots[i], ticket)) {
            (void)cli_fail(CLI_MISSING, "no process could be made for a case: %s", strerror(errno));
            state->failed = true;
            kill_all(state);
        }
    }
}

static unsigned count_running(const struct state *state)
{
    unsigned count = 0;
    for (unsigned i = 0; i < state->runner->workers; i++)
        count += state->slots[i].pid != 0;
    return count;
}

/* Waits until somebody has something to say, has ended, or may be late. */
static void wait_for_news(struct state *state)
{
    struct pollfd looks[2 * CLI_RUNNER_WORKERS_MAX];
    nfds_t count = 0;
    bool closed = false;
    for (unsigned i = 0; i < state->runner->workers; i++) {
        const struct slot *slot = &state->slots[i];
        if (slot->pid != 0 && slot->result >= 0)
            looks[count++] = (struct pollfd){.fd = slot->result, .events = POLLIN};
        if (slot->pid != 0 && slot->said >= 0)
            looks[count++] = (struct pollfd){.fd = slot->said, .events = POLLIN};
        closed |= slot->pid != 0 && slot->result < 0; /* it is about to end, or will have to be */
    }
    (void)poll(looks, count, closed ? 1 : POLL_MS);
}

static void look_at_slots(struct state *state)
{
    int64_t now = cli_runner_clock_ns();
    for (unsigned i = 0; i < state->runner->workers; i++) {
        struct slot *slot = &state->slots[i];
        if (slot->pid == 0)
            continue;
        drain(slot, &slot->result, 16);
        drain(slot, &slot->said, 16);
        if (has_ended(slot))
            finish(state, slot);
        else
            watch_limits(state, slot, now);
    }
}

bool cli_runner_run(const struct cli_runner *runner)
{
    struct state state = {.runner = runner, .slots = calloc(runner->workers, sizeof *state.slots)};
    assert(runner->workers > 0 && runner->workers <= CLI_RUNNER_WORKERS_MAX);
    if (state.slots == NULL || !make_pipe(state.lifeline)) {
        (void)cli_fail(CLI_MISSING, "no pipe could be made for cases: %s", strerror(errno));
        free(state.slots);
        return false;
    }
    for (;;) {
        if (!state.stopping && !runner->go_on(runner->ctx))
            kill_all(&state);
        fill_slots(&state);
        if (count_running(&state) == 0)
            break;
        wait_for_news(&state);
        look_at_slots(&state);
    }
    (void)close(state.lifeline[0]);
    (void)close(state.lifeline[1]);
    free(state.slots);
    return !state.failed;
}
