/*
 * verify.c -- `run --verify`: the run that was just recorded, once more, in a fresh process, record by record.
 *
 * This room is for: starting `muster replay` and waiting for it. A process that was forked would have the addresses of this one; one that
 *                   is started anew has others, and its own environment of everything that may decide by mistake.
 * It may include:   POSIX, cli.h, scenario.h.
 * Never here:       what a difference is (replay.c).
 */
#include "verify.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "scenario.h"

extern char **environ;

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return cli_fail(CLI_MISSING, "run: the second run is lost: %s", strerror(errno));
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return cli_fail(CLI_DIFFERS, "run: --verify: the second run ended by signal %d, the first did not", WTERMSIG(status));
}

int cli_verify(const char *directory, const char *core, const char *target, bool quiet_stdout)
{
    char self[PATH_MAX];
    const char *words[10] = {"muster", "replay", directory, "--quiet"};
    size_t count = 4;
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    if (!cli_scenario_self(self))
        return cli_fail(CLI_MISSING, "run: --verify cannot find the command itself to start it again");
    if (core != NULL) {
        words[count++] = "--core";
        words[count++] = core;
    }
    if (target != NULL) {
        words[count++] = "--target";
        words[count++] = target;
    }
    words[count] = NULL;
    (void)fflush(NULL);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return cli_fail(CLI_MISSING, "out of memory");
    if (quiet_stdout) /* it has a form that somebody reads: TAP, JUnit */
        (void)posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    int code = posix_spawn(&pid, self, &actions, NULL, (char *const *)(uintptr_t)words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return code == 0 ? wait_for(pid) : cli_fail(CLI_MISSING, "run: no process for --verify: %s", strerror(code));
}
