/*
 * report.c -- `muster report`: everything that can be said about a recorded run, written into a
 * directory.
 *
 * This room is for: the command report.
 * It may include:   history.h, files.h, rundir.h.
 * Never here:       the simulator.
 */
#include <stdlib.h>

#include "cli.h"
#include "files.h"
#include "history.h"
#include "rundir.h"

enum { OPT_DIR, OPT_NDJSON, OPT_NO_PLOT, OPT_QUIET };
const struct cli_option cli_report_options[] = {
    [OPT_DIR] = {"output", "DIR", "where to write; made if it is not there", 'o'},
    [OPT_NDJSON] = {"ndjson", NULL, "write the history as lines of JSON too", 0},
    [OPT_NO_PLOT] = {"no-plot", NULL, "draw no pictures", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far it is", 'q'},
    {0},
};

struct request {
    const char *path, *out;
    bool ndjson, plot, quiet;
};

static int write_all(const struct cli_rundir *dir, const struct rep_run *run,
                     const struct request *request, struct cli_progress *progress)
{
    unsigned drawn = 0;
    cli_progress_say(progress, "writing the reports");
    int status = cli_files_write(dir, run);
    if (status == CLI_PASS)
        status = cli_files_write_ci(dir, run);
    if (status == CLI_PASS && request->ndjson)
        status = cli_files_write_ndjson(dir, run);
    cli_progress_say(progress, "drawing the pictures");
    if (status == CLI_PASS && request->plot)
        status = cli_files_plot(dir, run, REP_PICTURE_ALL, &drawn);
    return status;
}

static int report_run(const struct request *request)
{
    struct cli_history history;
    struct cli_verdict verdict;
    struct cli_progress progress;
    struct cli_rundir dir = {.temporary = ""};
    int status = cli_history_open(&history, request->path, NULL, true);
    if (status != CLI_PASS)
        return status;
    cli_progress_begin(&progress, "judging", history.plan, request->quiet);
    status = cli_history_judge(&history, CLI_RECORDS_DEFAULT, &progress, &verdict);
    char *again = cli_command_line("replay", &request->path, 1);
    if (status == CLI_PASS && again == NULL)
        status = cli_fail(CLI_MISSING, "out of memory");
    if (status == CLI_PASS)
        status = cli_rundir_open(&dir, request->out, false);
    if (status == CLI_PASS) {
        struct rep_run run = cli_history_run(&history, &verdict, request->path, again);
        status = write_all(&dir, &run, request, &progress);
    }
    cli_progress_end(&progress);
    if (status == CLI_PASS)
        status = cli_rundir_merge(&dir);
    if (status == CLI_PASS)
        printf("report: %s/\n", dir.place);
    cli_rundir_abandon(&dir);
    free(again);
    cli_history_free(&history);
    return status;
}

int cli_report(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    struct request request = {.plot = true};
    cli_options(&parser, command, argc, argv);
    for (;;) {
        switch (cli_next(&parser)) {
        case OPT_DIR:
            request.out = parser.value;
            break;
        case OPT_NDJSON:
            request.ndjson = true;
            break;
        case OPT_NO_PLOT:
            request.plot = false;
            break;
        case OPT_QUIET:
            request.quiet = true;
            break;
        case CLI_LAST: {
            int status = cli_operands(&parser, 1, 1);
            if (status != CLI_PASS)
                return status;
            if (request.out == NULL)
                return cli_fail(CLI_USAGE, "report: needs -o DIR; see '%s help report'",
                                cli_program());
            request.path = argv[parser.first];
            return report_run(&request);
        }
        default:
            return parser.status;
        }
    }
}
