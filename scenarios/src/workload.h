/*
 * workload.h -- what the two formats of a table of jobs share: what the scenario asks for, and the row that is being read.
 *
 * This room is for: struct workload; errors with file, line and column.
 * It may include:   host.h.
 * Never here:       what else a scenario can say.
 *
 * Invariant: a format cuts a line into cells and says which cell is which column; what a row's job is made of is told once,
 * in workload.c.
 */
#ifndef SCN_WORKLOAD_H
#define SCN_WORKLOAD_H

#include "host.h"

enum { COLUMNS_MAX = 128, UNIT_BYTES = 8, NUMBER_BYTES = 48 };
enum {
    W_JOB,
    W_SUBMIT,
    W_TASKS,
    W_GPUS,
    W_DURATION,
    W_PRIORITY,
    W_COLUMN_COUNT,
    W_PREFIX = W_COLUMN_COUNT,
    W_STAGE,
    W_FORMAT,
    W_PRECEDING,
    W_COUNT
};
enum workload_format { WORKLOAD_CSV, WORKLOAD_SWF };

struct wanted {       /* a column the scenario asks for */
    const char *name; /* NULL: not asked for */
    char unit[UNIT_BYTES];
    uint32_t at; /* which cell of a row */
};
struct cell {
    const char *text;
    size_t size;
    uint32_t column; /* where it begins in its line, from 1 */
};
struct workload {
    enum workload_format format;
    const char *file, *prefix, *stage;
    const char *what; /* "workload 'jobs.csv'" */
    const char *at, *end;
    uint32_t line;
    struct wanted wanted[W_COLUMN_COUNT];
    struct cell cells[COLUMNS_MAX];
    uint32_t cell_count;
    uint32_t processors; /* of this format: which column the tasks are, before it is looked whether it is known */
    bool follows; /* do jobs wait for the one that precedes them? */
    struct scn_swf swf;
};

noreturn void scn_fail_row(lua_State *L, const struct workload *w, uint32_t column, const char *message);
noreturn void scn_fail_cell(lua_State *L, const struct workload *w, const char *name, const struct cell *cell, const char *must);

/* ---- swf.c */
bool scn_swf_is_named(const char *file);                    /* does its name end as one of this format does? */
void scn_swf_begin(lua_State *L, struct workload *w);       /* which columns are meant; before the first row */
bool scn_swf_row(lua_State *L, struct workload *w);         /* the next line that is a job to be run; false at the end */
/* Behind each of its rows: the job waits for the one before it, if that is asked for. `numbers` is a table of its own. */
void scn_swf_follow(lua_State *L, struct workload *w, uint32_t job, int numbers);
noreturn void scn_swf_fail_empty(lua_State *L, const struct workload *w);
void scn_swf_push(lua_State *L, const struct workload *w);  /* pushes a table of what was found, and notes it for the caller */
const char *scn_swf_shown(lua_State *L, const struct cell *cell); /* its first bytes, printable; pushed */

#endif
