/*
 * attach.c -- `--scheduler FILE.lua --scheduler-param NAME=VALUE`: who schedules, as a part of a plan. See attach.h.
 *
 * This room is for: these two options, and the plan that they change.
 * It may include:   scn, plan; scenario.h, attach.h.
 * Never here:       a run.
 */
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "cli.h"
#include "scenario.h"

int cli_attach_param(struct cli_attach *attach, const char *word, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return cli_fail(CLI_USAGE, "%s: --scheduler-param is '%s', must be NAME=VALUE", word, text);
    if (attach->param_count == SCN_PARAMS_MAX)
        return cli_fail(CLI_USAGE, "%s: more than %d times --scheduler-param", word, SCN_PARAMS_MAX);
    char *copy = strdup(text);
    if (copy == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    copy[equals - text] = '\0';
    attach->texts[attach->param_count] = copy;
    attach->params[attach->param_count++] = (struct scn_param){copy, copy + (equals - text) + 1};
    return CLI_PASS;
}

int cli_attach(const struct cli_attach *attach, const char *word, struct plan *plan)
{
    char path[PATH_MAX];
    struct scn_err err = {0};
    if (attach->file == NULL)
        return attach->param_count == 0 ? CLI_PASS
                                        : cli_fail(CLI_USAGE, "%s: --scheduler-param needs a --scheduler", word);
    int status = cli_scenario_locate(attach->file, path);
    if (status != CLI_PASS)
        return status;
    if (scn_scheduler_attach(plan, path, attach->params, attach->param_count, &err) != SCN_OK)
        return cli_scenario_failed(&err);
    struct scn_scheduler *scheduler = scn_scheduler_new(plan, &err);
    if (scheduler == NULL)
        return cli_scenario_failed(&err);
    scn_scheduler_free(scheduler);
    return CLI_PASS;
}

void cli_attach_free(struct cli_attach *attach)
{
    for (size_t i = 0; i < attach->param_count; i++)
        free(attach->texts[i]);
    attach->param_count = 0;
}
