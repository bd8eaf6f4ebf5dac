/*
 * doctor.c -- `muster doctor`: what this machine has and lacks, and what that means.
 *
 * This room is for: looking at the machine. (What a build needs is the bootstrap script's
 *                   business.)
 * It may include:   POSIX, <sys/utsname.h>, cli.h, scenario.h.
 * Never here:       anything that a run depends on.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli.h"
#include "gang/gang.h"
#include "scenario.h"

/* Whether a program is on the search path. */
static bool find_program(const char *name, char out[static PATH_MAX])
{
    const char *path = getenv("PATH");
    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");
        int written = snprintf(out, PATH_MAX, "%.*s/%s", (int)length, path, name);
        if (written > 0 && written < PATH_MAX && access(out, X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

static void row(const char *mark, const char *what, const char *sentence)
{
    printf("%-5s %-12s %s\n", mark, what, sentence);
}

static void look_at_machine(void)
{
    struct utsname name;
    char line[256];
    long cores = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES),
         bytes = sysconf(_SC_PAGESIZE);
    if (uname(&name) != 0)
        memset(&name, 0, sizeof name);
    snprintf(line, sizeof line, "%.40s %.40s %.40s, %ld cores, %lld MiB", name.sysname,
             name.release, name.machine, cores, (long long)pages * bytes >> 20);
    row("ok", "machine", line);
}

static void look_at_programs(void)
{
    static const struct {
        const char *name, *without;
    } programs[] = {
        {"gnuplot", "missing: runs draw no pictures; everything else works (Debian: apt-get "
                    "install gnuplot-nox)"},
        {"sqlite3", "missing: hunts work, and nobody can put questions to their files of runs (Debian: apt-get install sqlite3)"},
    };
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        bool found = find_program(programs[i].name, path);
        row(found ? "ok" : "note", programs[i].name, found ? path : programs[i].without);
    }
}

static void look_at_files(void)
{
    char home[PATH_MAX];
    bool found = cli_scenario_home(home);
    row(found ? "ok" : "note", "scenarios",
        found ? home : "none beside this command: give scenarios by their path");
    bool writable = access(".", W_OK) == 0;
    row(writable ? "ok" : "note", "directory",
        writable ? "muster-out/ can be written here"
                 : "this directory cannot be written: use --out");
}

int cli_doctor(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    cli_options(&parser, command, argc, argv);
    if (cli_next(&parser) != CLI_LAST)
        return parser.status;
    int status = cli_operands(&parser, 0, 0);
    if (status != CLI_PASS)
        return status;
    char line[128];
    snprintf(line, sizeof line, "muster %s with %s", CLI_VERSION, gang_api()->id);
    row("ok", "muster", line);
    look_at_machine();
    look_at_programs();
    look_at_files();
    return CLI_PASS;
}
