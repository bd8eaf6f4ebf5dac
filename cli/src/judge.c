/*
 * judge.c -- `muster judge`: the oracles on a history from anywhere.
 *
 * This room is for: the command judge.
 * It may include:   history.h, files.h.
 * Never here:       the simulator.
 */
#include <stdlib.h>

#include "cli.h"
#include "files.h"
#include "history.h"

enum { OPT_PARTIAL, OPT_FORMAT };
const struct cli_option cli_judge_options[] = {
    [OPT_PARTIAL] = {"partial", NULL,
                     "accept a history without its closing record; at best unknown", 0},
    [OPT_FORMAT] = {"format", "pretty|tap|junit", "what stdout gets", 0},
    {0},
};

static int judge_file(const char *path, bool partial, enum cli_format format)
{
    struct cli_history history;
    struct cli_verdict verdict;
    int status = cli_history_open(&history, path, NULL, partial);
    if (status != CLI_PASS)
        return status;
    status = cli_history_judge(
        &history, 0, &verdict); /* a verdict needs no record kept: any length can be judged */
    char *again =
        cli_command_line("judge", (const char *const[]){path, "--partial"}, partial ? 2 : 1);
    if (status == CLI_PASS && again == NULL)
        status = cli_fail(CLI_MISSING, "out of memory");
    if (status == CLI_PASS) {
        struct rep_run run = cli_history_run(&history, &verdict, path, again);
        struct rep_terminal terminal = cli_terminal(false, CLI_COLOUR_AUTO);
        status = cli_worse(cli_print_run(&run, format, &terminal, false), verdict.rep.exit_status);
    }
    free(again);
    cli_history_free(&history);
    return status;
}

int cli_judge(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    bool partial = false;
    enum cli_format format = CLI_PRETTY;
    cli_options(&parser, command, argc, argv);
    for (;;) {
        switch (cli_next(&parser)) {
        case OPT_PARTIAL:
            partial = true;
            break;
        case OPT_FORMAT:
            if (!cli_format_parse(parser.value, &format))
                return CLI_USAGE;
            break;
        case CLI_LAST: {
            int status = cli_operands(&parser, 1, 1);
            return status != CLI_PASS ? status : judge_file(argv[parser.first], partial, format);
        }
        default:
            return parser.status;
        }
    }
}
