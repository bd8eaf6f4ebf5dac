/*
 * attach.h -- `--scheduler FILE.lua --scheduler-param NAME=VALUE`: who schedules, as a part of a plan.
 *
 * A plan that has been given a scheduler holds its text and its parameters: what is written of it, or made smaller, needs no option.
 */
#ifndef CLI_ATTACH_H
#define CLI_ATTACH_H

#include <stddef.h>

#include "plan/plan.h"
#include "scn/scn.h"

#define CLI_ATTACH_FILE_TEXT "who schedules, instead of the scenario's scheduler or the built-in one"
#define CLI_ATTACH_PARAM_TEXT "a parameter of that scheduler"

struct cli_attach {
    const char *file; /* NULL: whoever the scenario says */
    struct scn_param params[SCN_PARAMS_MAX];
    char *texts[SCN_PARAMS_MAX]; /* owned; params point into them */
    size_t param_count;
};

/* All return an exit status, having said what was wrong; `word` is the command that has the options. */
int cli_attach_param(struct cli_attach *attach, const char *word, const char *text);
/* The plan gets it; what is no scheduler, or does not know a parameter, is found out here and not in each run. */
int cli_attach(const struct cli_attach *attach, const char *word, struct plan *plan);
void cli_attach_free(struct cli_attach *attach);

#endif
