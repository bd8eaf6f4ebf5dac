/*
 * why.c -- `muster why`: what a gang lacks, who holds it, since when.
 *
 * This room is for: the command why, and finding a gang by its name.
 * It may include:   history.h, rep.
 * Never here:       the explanation itself.
 */
#include <string.h>

#include "cli.h"
#include "history.h"

enum { OPT_AT, NAME_MAX_BYTES = 256 };
const struct cli_option cli_why_options[] = {
    [OPT_AT] = {"at", "T", "at this virtual time, as in 12.4s (default: at the end)", 0},
    {0},
};

struct gang {
    uint32_t job, stage; /* stage: PLAN_NONE for every gang of the job */
};

static uint32_t find_job(const struct plan *plan, const char *name, size_t length)
{
    for (uint32_t i = 0; i < plan->job_count; i++) {
        const char *known = plan_text(plan, plan->jobs[i].name);
        if (strlen(known) == length && memcmp(known, name, length) == 0)
            return i;
    }
    return PLAN_NONE;
}

static int no_job(const struct plan *plan, const char *given)
{
    struct cli_nearest nearest = cli_nearest_to(given);
    for (uint32_t i = 0; i < plan->job_count; i++)
        cli_nearest_try(&nearest, plan_text(plan, plan->jobs[i].name));
    char hint[NAME_MAX_BYTES];
    return cli_fail(CLI_USAGE, "no job '%s' in this run%s; the first of its %u job%s is '%s'", given,
                    cli_nearest_hint(&nearest, hint, sizeof hint), (unsigned)plan->job_count,
                    plan->job_count == 1 ? "" : "s", plan_text(plan, plan->jobs[0].name));
}

static int find_stage(const struct plan *plan, const char *name, struct gang *gang)
{
    const struct plan_job *job = &plan->jobs[gang->job];
    struct cli_nearest nearest = cli_nearest_to(name);
    for (uint32_t i = 0; i < job->stage_count; i++) {
        const char *known = plan_text(plan, plan->stages[job->first_stage + i].name);
        if (strcmp(known, name) == 0) {
            gang->stage = i;
            return CLI_PASS;
        }
        cli_nearest_try(&nearest, known);
    }
    char hint[NAME_MAX_BYTES];
    return cli_fail(CLI_USAGE, "no stage '%s' in job '%s'%s", name, plan_text(plan, job->name),
                    cli_nearest_hint(&nearest, hint, sizeof hint));
}

/* "job" or "job/stage"; a job's own name may hold a slash, so the whole is tried first. */
static int find_gang(const struct plan *plan, const char *text, struct gang *gang)
{
    const char *slash = strrchr(text, '/');
    *gang = (struct gang){find_job(plan, text, strlen(text)), PLAN_NONE};
    if (gang->job != PLAN_NONE)
        return CLI_PASS;
    if (slash != NULL)
        gang->job = find_job(plan, text, (size_t)(slash - text));
    return gang->job == PLAN_NONE ? no_job(plan, text) : find_stage(plan, slash + 1, gang);
}

static int explain(const struct cli_history *history, const struct gang *gang, int64_t at_ns)
{
    struct rep_run run = {.plan = history->plan,
                          .header = history->header,
                          .records = history->records,
                          .record_count = history->kept,
                          .chain = history->chain};
    uint32_t count = history->plan->jobs[gang->job].stage_count;
    for (uint32_t stage = 0; stage < count; stage++) {
        struct rep_err err = {0};
        if (gang->stage != PLAN_NONE && gang->stage != stage)
            continue;
        if (rep_why(&run, gang->job, stage, at_ns, stdout, &err) != REP_OK)
            return err.code == REP_E_IO ? CLI_OUTPUT : cli_fail(CLI_MISSING, "%s", err.detail);
    }
    return CLI_PASS;
}

int cli_why(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    int64_t at_ns = PLAN_NEVER;
    cli_options(&parser, command, argc, argv);
    for (int option; (option = cli_next(&parser)) != CLI_LAST;) {
        if (option == CLI_STOP)
            return parser.status;
        if (!plan_parse_duration(parser.value, &at_ns))
            return cli_fail(CLI_USAGE, "why: --at is '%s', must be a time such as 12.4s",
                            parser.value);
    }
    int status = cli_operands(&parser, 2, 2);
    if (status != CLI_PASS)
        return status;
    struct cli_history history;
    struct gang gang;
    status = cli_history_open(&history, argv[parser.first], NULL, true);
    if (status != CLI_PASS)
        return status;
    status = cli_history_read(&history, CLI_RECORDS_DEFAULT, NULL, NULL);
    if (status == CLI_PASS)
        status = find_gang(history.plan, argv[parser.first + 1], &gang);
    if (status == CLI_PASS)
        status = explain(&history, &gang, at_ns);
    cli_history_free(&history);
    return status;
}
