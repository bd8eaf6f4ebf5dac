/*
 * keeper.c -- starts a command, and sees to it that nothing of it is left behind.
 *
 * This room is for: fork, process groups, the end of a child.
 * It may include:   POSIX, child.h.
 * Never here:       what is said.
 *
 * Between us and the command stands a small process of ours, the keeper: it leads the group, waits for the command, says through a
 * pipe how it ended, and kills whom the command has started. It also holds the reading end of a lifeline, of which every process that
 * may ask the child holds the other end: when the last of them is gone, by kill -9 or however, the lifeline is at its end, and so is
 * the command. So the keeper needs nobody's goodbye.
 *
 * On Linux the keeper is a subreaper: whoever has left the group (setsid, a daemon) becomes its child at the latest when those in
 * between have ended, and none is left when it has no child any more. Elsewhere only the group is killed. The same if somebody kills
 * the keeper itself.
 */
#ifdef __linux__
#define _GNU_SOURCE 1 /* prctl */
#else
#define _DARWIN_C_SOURCE 1
#endif
#include "child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_MS = 300, END_MS = 5000, DESCRIPTORS_MAX = 1024, PAIRS = 5 };
enum { IN, OUT, SAID, ENDED, LIFELINE };
struct pipes {
    int pair[PAIRS][2]; /* 0 reads, 1 writes */
};

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        (void)close(*descriptor);
    *descriptor = -1;
}

static void close_pipes(struct pipes *pipes)
{
    for (int i = 0; i < PAIRS; i++)
        for (int j = 0; j < 2; j++)
            close_one(&pipes->pair[i][j]);
}

/* Above 2, so that the command's own three can be put in place one after the other. */
static bool lift(int *descriptor)
{
    int high = fcntl(*descriptor, F_DUPFD_CLOEXEC, 3);
    (void)close(*descriptor);
    *descriptor = high;
    return high >= 0;
}

static bool make_pipes(struct pipes *pipes)
{
    memset(pipes, -1, sizeof *pipes);
    for (int i = 0; i < PAIRS; i++) {
        if (pipe(pipes->pair[i]) != 0)
            return false;
        if (!lift(&pipes->pair[i][0]) || !lift(&pipes->pair[i][1]))
            return false;
    }
    return true;
}

static void default_signals(void)
{
    static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                  SIGABRT, SIGPIPE, SIGALRM, SIGCHLD};
    sigset_t none;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        signal(numbers[i], SIG_DFL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A case of a check may have as many addresses as a core needs. Others take more, of which they use few: a JVM, Go, sanitizers. */
static void default_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_AS, &limit);
    }
}

/* Whatever else the process has open is none of theirs: a history that is being written, another child's pipes. */
static void close_others(const int *kept, size_t count)
{
    for (int descriptor = 0; descriptor < DESCRIPTORS_MAX; descriptor++) {
        bool keep = false;
        for (size_t i = 0; i < count; i++)
            keep |= kept[i] == descriptor;
        if (!keep)
            (void)close(descriptor);
    }
}

static void say_end(int to, enum exec_end_kind kind, int number)
{
    struct exec_end end = {kind, number};
    ssize_t ignored = write(to, &end, sizeof end); /* small enough to be written whole */
    (void)ignored;
}

static _Noreturn void be_command(const char *command, const struct pipes *pipes, int ended,
                                 pid_t keeper)
{
    const char *shell = "/bin/sh";
    default_signals();
    default_limits();
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* should somebody kill the keeper alone */
    if (getppid() != keeper)
        _exit(127);
#else
    (void)keeper;
#endif
    (void)dup2(pipes->pair[IN][0], STDIN_FILENO);
    (void)dup2(pipes->pair[OUT][1], STDOUT_FILENO);
    (void)dup2(pipes->pair[SAID][1], STDERR_FILENO);
    const int kept[] = {0, 1, 2, ended}; /* which is closed by exec itself */
    close_others(kept, 4);
    (void)execl(shell, "sh", "-c", command, (char *)NULL);
    say_end(ended, EXEC_END_NO_SHELL, errno);
    _exit(127);
}

static int woken = -1;
static volatile sig_atomic_t told_to_end;
static void on_signal(int number) /* a child has ended, or the opener is done with the command */
{
    int before = errno;
    if (number == SIGUSR1)
        told_to_end = 1;
    ssize_t ignored = write(woken, "", 1);
    (void)ignored;
    errno = before;
}

/* Of those that became ours only the command is of interest. True: it has ended. */
static bool reap(pid_t command, int ended)
{
    int status = 0;
    pid_t gone;
    while ((gone = waitpid(-1, &status, WNOHANG)) > 0 && gone != command)
        continue;
    if (gone != command)
        return false;
    if (WIFSIGNALED(status))
        say_end(ended, EXEC_END_SIGNAL, WTERMSIG(status));
    else
        say_end(ended, EXEC_END_EXIT, WEXITSTATUS(status));
    return true;
}

/* Waits until the command has ended, or everybody who could ask it is gone, or does not want to any more. */
static void keep_watch(pid_t command, int lifeline, int wake, int ended)
{
    while (!told_to_end) {
        if (reap(command, ended))
            return;
        struct pollfd looks[2] = {{.fd = lifeline, .events = POLLIN},
                                  {.fd = wake, .events = POLLIN}};
        if (poll(looks, 2, -1) > 0 && looks[0].revents != 0)
            return;
        char byte;
        if (looks[1].revents != 0 && read(wake, &byte, 1) < 0 && errno != EINTR)
            return;
    }
}

/* ---- nobody is left */
#ifdef __linux__
/* The fourth word of its stat; the second is a name that may hold anything, in parentheses. */
static pid_t parent_of(const char *process)
{
    char path[300], text[512];
    (void)snprintf(path, sizeof path, "/proc/%s/stat", process);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = descriptor >= 0 ? read(descriptor, text, sizeof text - 1) : -1;
    if (descriptor >= 0)
        (void)close(descriptor);
    text[size > 0 ? size : 0] = '\0';
    const char *behind = strrchr(text, ')');
    int parent = 0;
    char state;
    return behind != NULL && sscanf(behind + 1, " %c %d", &state, &parent) == 2 ? parent : 0;
}

static void kill_children(void)
{
    DIR *processes = opendir("/proc");
    pid_t self = getpid();
    for (const struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && parent_of(entry->d_name) == self)
            (void)kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL); /* ours, so the number is, too, until it is reaped */
    if (processes != NULL)
        (void)closedir(processes);
}

/* Whom a child leaves behind is a child then, so there is nobody when there is no child. */
static void end_descendants(void)
{
    for (int64_t until = exec_clock_ms() + END_MS; exec_clock_ms() < until;) {
        pid_t gone = waitpid(-1, NULL, WNOHANG);
        if (gone < 0 && errno != EINTR)
            return;
        if (gone != 0)
            continue;
        kill_children();
        (void)poll(NULL, 0, 1);
    }
}
static void adopt_orphans(void) { (void)prctl(PR_SET_CHILD_SUBREAPER, 1); }
#else
static void end_descendants(void) {}
static void adopt_orphans(void) {}
#endif

static _Noreturn void be_keeper(const char *command, struct pipes *pipes)
{
    int wake[2] = {-1, -1};
    pid_t self = getpid();
    (void)setpgid(0, 0);
    adopt_orphans();
    default_signals();
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    if (pipe(wake) == 0 && lift(&wake[0]) && lift(&wake[1])) {
        woken = wake[1];
        (void)signal(SIGCHLD, on_signal);
        (void)signal(SIGUSR1, on_signal);
        pid_t pid = fork();
        if (pid == 0)
            be_command(command, pipes, pipes->pair[ENDED][1], self);
        const int kept[] = {wake[0], wake[1], pipes->pair[ENDED][1], pipes->pair[LIFELINE][0]};
        close_others(kept, 4);
        if (pid > 0)
            keep_watch(pid, pipes->pair[LIFELINE][0], wake[0], pipes->pair[ENDED][1]);
        else
            say_end(pipes->pair[ENDED][1], EXEC_END_NO_SHELL, errno);
    }
    end_descendants();
    (void)kill(-self, SIGKILL); /* whoever is left of the group, and ourselves */
    _exit(0);
}

bool exec_start(struct exec_child *child, struct exec_err *err)
{
    struct pipes pipes;
    bool made = make_pipes(&pipes);
    pid_t pid = made ? fork() : -1;
    if (pid == 0)
        be_keeper(child->command, &pipes);
    if (pid < 0) {
        (void)exec_fail(child, err, EXEC_E_SYSTEM, "no process could be made for the child: %s",
                        strerror(errno));
        close_pipes(&pipes);
        return false;
    }
    (void)setpgid(pid, pid); /* whoever of the two comes first */
    int *const ours[PAIRS] = {&child->to, &child->from, &child->said, &child->ended,
                              &child->lifeline};
    for (int i = 0; i < PAIRS; i++) {
        int mine = i == IN || i == LIFELINE ? 1 : 0;
        *ours[i] = pipes.pair[i][mine];
        pipes.pair[i][mine] = -1;
        if (i != LIFELINE)
            (void)fcntl(*ours[i], F_SETFL, O_NONBLOCK);
    }
    close_pipes(&pipes);
    child->keeper = pid;
    return true;
}

/* A sound child ends when its input does; how long that takes is no part of any result. */
static void wait_a_moment(struct exec_child *child)
{
    struct pollfd look = {.fd = child->ended, .events = POLLIN};
    char bytes[4096];
    int64_t until = exec_clock_ms() + GRACE_MS;
    for (int64_t now = exec_clock_ms(); now < until; now = exec_clock_ms()) {
        while (read(child->from, bytes, sizeof bytes) > 0)
            continue; /* a full pipe must not keep it */
        exec_hear_said(child);
        if (poll(&look, 1, 10) > 0)
            return;
    }
}

void exec_end_all(struct exec_child *child)
{
    if (child->keeper > 0 && getpid() == child->opener) {
        close_one(&child->to);
        if (!child->shared->broken && !child->shared->busy)
            wait_a_moment(child);
        siginfo_t info;
        (void)kill(child->keeper, SIGUSR1);
        while (waitid(P_PID, (id_t)child->keeper, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
            continue;
        (void)kill(-child->keeper, SIGKILL); /* not reaped yet, so the number is still ours */
        while (waitpid(child->keeper, NULL, 0) < 0 && errno == EINTR)
            continue;
        exec_hear_said(child);
    }
    close_one(&child->to);
    close_one(&child->from);
    close_one(&child->said);
    close_one(&child->ended);
    close_one(&child->lifeline);
}
