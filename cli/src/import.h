/*
 * import.h -- what the files of `muster import` share: which columns of a table are meant, and what its jobs are like.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "plan/plan.h"
#include "scn/scn.h"

#include <limits.h>
#include <stdio.h>

enum { CLI_IMPORT_NAME_BYTES = 256 };
/* A column that workload() is asked for: NAME, key; each is an option, too. */
#define CLI_IMPORT_MAP(X) X(JOB, "job") X(SUBMIT, "submit") X(TASKS, "tasks") X(GPUS, "gpus") X(DURATION, "duration") X(PRIORITY, "priority")
enum {
#define X(NAME, key) CLI_IMPORT_##NAME,
    CLI_IMPORT_MAP(X)
#undef X
    CLI_IMPORT_COLUMNS
};
struct cli_import_column {
    char name[CLI_IMPORT_NAME_BYTES]; /* "": not asked for */
    const char *unit;                 /* NULL: seconds */
};
struct cli_import {
    bool is_swf;
    char path[PATH_MAX], out[PATH_MAX]; /* the table, and the scenario that is written */
    const char *name;                   /* of the table, without its folder: in `path` */
    struct cli_import_column column[CLI_IMPORT_COLUMNS];
    /* The jobs, as the scenario will have them. */
    struct scn_info info;
    uint64_t jobs, widest, narrowest, busy; /* in tasks; busy: on average if nobody waited, rounded up */
    plan_ns first_ns, last_ns, shortest_ns, longest_ns;
    bool spans_more; /* than a run goes on for, unless it is told to */
};

/* Finds the columns of a CSV file by their names, where the command did not say them. */
int cli_import_guess(struct cli_import *import);
/* Reads the jobs. */
int cli_import_survey(struct cli_import *import);
/* The scenario; the caller frees it. NULL: out of memory. */
char *cli_import_text(const struct cli_import *import);
/* A line of Lua: the word workload() with its columns; `file` is Lua for the table's name. */
void cli_import_put_workload(const struct cli_import *import, const char *file, FILE *out);
void cli_import_put_string(const char *text, FILE *out); /* "text", as Lua writes it */

#endif
