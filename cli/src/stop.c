/*
 * stop.c -- signals: a first request is remembered, a second one cleans up and leaves.
 *
 * This room is for: signal handlers and the one flag they set.
 * It may include:   <signal.h>, <unistd.h>, cli.h, rundir.h.
 * Never here:       anything in a handler that POSIX does not call async-signal-safe.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "rundir.h"
#include "stop.h"

static volatile sig_atomic_t asked, foreign;

static void on_request(int number)
{
    (void)number;
    if (asked != 0) {
        cli_rundir_scrub();
        _exit(CLI_INTERRUPTED);
    }
    asked = 1;
}

/* assert() has printed what was wrong; what is left is to leave nothing half-written behind. */
static void on_abort(int number)
{
    static const char ours[] = "muster: this is a bug in muster; the line above and the command line reproduce it\n";
    static const char theirs[] =
        "muster: the core that --core names stopped at this assertion, or broke what is around it; 'muster check --core' runs it in a "
        "process of its own, and says which rules it broke before\n";
    (void)number;
    cli_rundir_scrub();
    ssize_t ignored = foreign ? write(STDERR_FILENO, theirs, sizeof theirs - 1) : write(STDERR_FILENO, ours, sizeof ours - 1);
    (void)ignored;
    _exit(CLI_BUG);
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action, old;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    /* A signal that was ignored when we were started stays ignored: so a shell keeps Ctrl-C from
     * background jobs. */
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

void cli_stop_watch(void)
{
    handle(SIGINT, on_request);
    handle(SIGTERM, on_request);
    handle(SIGHUP, on_request);
    handle(SIGABRT, on_abort);
}

void cli_stop_foreign(void) { foreign = 1; }
bool cli_stop_asked(void) { return asked != 0; }
