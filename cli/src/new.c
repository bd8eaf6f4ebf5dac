/*
 * new.c -- `muster new`: a commented scenario to begin with.
 *
 * This room is for: writing one of the files of cli/starters/ where the person wants it.
 * It may include:   the C library, cli.h, history.h for a command line, scenario.h, cli_starters.inc.
 * Never here:       a scenario. Each starter is run by tests/cli/new.sh.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "history.h"
#include "scenario.h"

enum { OPT_KIND };
const struct cli_option cli_new_options[] = {
    [OPT_KIND] = {"kind", "gang|pipeline|faults|stream", "what to begin with (default gang)", 0},
    {0},
};

static const struct starter {
    const char *kind, *text;
} starters[] = {
#define X(name, text) {name, text},
#include "cli_starters.inc"
#undef X
};

static const struct starter *find_starter(const char *kind)
{
    struct cli_nearest nearest = cli_nearest_to(kind);
    for (size_t i = 0; i < sizeof starters / sizeof starters[0]; i++) {
        if (strcmp(starters[i].kind, kind) == 0)
            return &starters[i];
        cli_nearest_try(&nearest, starters[i].kind);
    }
    char hint[96];
    (void)cli_fail(CLI_USAGE, "new: no kind '%s'%s; there are gang, pipeline, faults and stream",
                   kind, cli_nearest_hint(&nearest, hint, sizeof hint));
    return NULL;
}

static int new_scenario(const char *kind, const char *path)
{
    size_t length = strlen(path);
    if (length <= 4 || strcmp(path + length - 4, ".lua") != 0)
        return cli_fail(CLI_USAGE, "new: '%s' must end in .lua; try: %s new %s.lua", path,
                        cli_program(), path);
    const struct starter *starter = find_starter(kind);
    if (starter == NULL)
        return CLI_USAGE;
    int status = cli_scenario_write(path, starter->text);
    char *command = cli_command_line("run", &path, 1);
    if (status == CLI_PASS && command == NULL)
        status = cli_fail(CLI_MISSING, "out of memory");
    if (status == CLI_PASS)
        printf("%s is written; its comments say what to change. To run it:\n\n  %s\n", path,
               command);
    free(command);
    return status;
}

int cli_new(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    const char *kind = "gang";
    int option;
    cli_options(&parser, command, argc, argv);
    while ((option = cli_next(&parser)) == OPT_KIND)
        kind = parser.value;
    if (option != CLI_LAST)
        return parser.status;
    int status = cli_operands(&parser, 1, 1);
    return status == CLI_PASS ? new_scenario(kind, argv[parser.first]) : status;
}
