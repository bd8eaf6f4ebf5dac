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

enum { OPT_PARTIAL, OPT_FORMAT, OPT_QUIET };
const struct cli_option cli_judge_options[] = {
    [OPT_PARTIAL] = {"partial", NULL,
                     "accept a history without its closing record; at best unknown", 0},
    [OPT_FORMAT] = {"format", "pretty|tap|junit", "what stdout gets", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far it is", 'q'},
    {0},
};

static int judge_file(const char *path, bool partial, enum cli_format format, bool quiet)
{
    struct cli_history history;
    struct cli_progress progress;
    struct cli_verdict verdict;
    int status = cli_history_open(&history, path, NULL, partial);
    if (status != CLI_PASS)
        return status;
    cli_progress_begin(&progress, "judging", history.plan, quiet);
    /* A verdict needs no record kept: any length can be judged. */
    status = cli_history_judge(&history, 0, &progress, &verdict);
    cli_progress_end(&progress);
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
    bool partial = false, quiet = false;
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
        case OPT_QUIET:
            quiet = true;
            break;
        case CLI_LAST: {
            int status = cli_operands(&parser, 1, 1);
            return status != CLI_PASS ? status
                                      : judge_file(argv[parser.first], partial, format, quiet);
        }
        default:
            return parser.status;
        }
    }
}
