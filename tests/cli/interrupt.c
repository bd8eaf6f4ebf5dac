/*
 * interrupt.c -- runs a command, sends it a signal after a while, and returns its exit status.
 *
 * This file is for: tests of Ctrl-C. usage: interrupt MILLISECONDS SIGNAL... -- COMMAND... Each
 *                   signal is sent after as many milliseconds. The command starts with default
 *                   signal handling even where the test runs in the background, whose shell would
 *                   let it ignore SIGINT.
 * It may include:   POSIX.
 * Never here:       knowledge of the command.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int signal_number(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } known[] = {{"INT", SIGINT}, {"TERM", SIGTERM}, {"HUP", SIGHUP}, {"ABRT", SIGABRT}, {"KILL", SIGKILL}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].number;
    return 0;
}

int main(int argc, char **argv)
{
    int command = 2;
    while (command < argc && strcmp(argv[command], "--") != 0)
        command++;
    if (argc < 5 || command + 1 >= argc) {
        fprintf(stderr, "usage: interrupt MILLISECONDS SIGNAL... -- COMMAND...\n");
        return 64;
    }
    pid_t child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL);
        execvp(argv[command + 1], argv + command + 1);
        _exit(127);
    }
    long ms = strtol(argv[1], NULL, 10);
    for (int i = 2; i < command && child > 0; i++) {
        struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
        nanosleep(&pause, NULL);
        (void)kill(child, signal_number(argv[i]));
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 71;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
