/*
 * beside.h -- two runs beside each other: what was decided where they part, their stories from there on, and what came of it.
 *
 * This room is for: as rep.h.
 * It may include:   as rep.h.
 * Never here:       finding where they part: see trace/diff.h.
 */
#ifndef REP_BESIDE_H
#define REP_BESIDE_H

#include "rep/rep.h"

/* One of the two runs. `run` may hold only the beginning of it, as long as it goes beyond `number`. */
struct rep_beside {
    struct rep_run run;
    const char *label;   /* "A" or "B", and what is different about it */
    bool has;            /* it has a record there; else it ended before */
    uint64_t number;     /* of the first record that differs, or would */
    uint64_t last;       /* of the last record before it that both have alike; 0: none */
    const char *stopped; /* why it ended there, if it did not end by itself; NULL: it did */
};

/* What was being handled where they part, and what each made of it: a line each. `gap`: how many columns to indent. */
enum rep_status rep_beside_decision(const struct rep_beside sides[2], FILE *out, struct rep_err *err);
/* The last `before` lines of the story that both have, then of each up to `after` lines from where they part: in two columns ordered by
 * time where the terminal is wide enough (REP_BESIDE_COLUMNS), else one after the other. */
enum { REP_BESIDE_COLUMNS = 120 };
enum rep_status rep_beside_story(const struct rep_beside sides[2], const struct rep_terminal *terminal, unsigned before,
                                 unsigned after, FILE *out, struct rep_err *err);
/* One record in words: "driver: fence, gang train/fit#0, rank 3, reason task-failed, code 139". */
void rep_put_record(const struct plan *plan, const struct trace_record *record, FILE *out);

/*
 * What two runs are compared by, counted while their records come, in memory that depends on the plan alone.
 * NAME, text, unit, definition. Units: count; ns; core-ms.
 */
/* clang-format off */
#define REP_TALLY_MAP(X) \
    X(DONE,     "jobs done",      "count",   "jobs that ended well") \
    X(MAKESPAN, "makespan",       "ns",      "from the first submission to the end of the last job (to the end of the run, if one did not end)") \
    X(WAITING,  "waiting",        "ns",      "from ready to the first go, summed over all stages; of one that never went, to the end of its job or of the run") \
    X(STUCK,    "never went",     "count",   "stages that were ready and never went") \
    X(RESTARTS, "restarts",       "count",   "attempts of gangs after the first, and task starts of MapReduce stages after each task's first") \
    X(EVICTED,  "evicted tasks",  "count",   "tasks that were told to end because the scheduler took their slots away") \
    X(IDLE,     "idle slot time", "core-ms", "cores of executors that were up, held by no task, x time, within the makespan; of histories that tell of executors")
/* clang-format on */
enum rep_tally_row {
#define X(name, text, unit, doc) REP_TALLY_##name,
    REP_TALLY_MAP(X)
#undef X
        REP_TALLY_ROWS
};
const char *rep_tally_text(unsigned row); /* NULL past the last */
const char *rep_tally_unit(unsigned row);
const char *rep_tally_doc(unsigned row);

struct rep_tally;
struct rep_tally *rep_tally_new(const struct plan *plan, struct rep_err *err); /* the plan must live as long */
void rep_tally_take(struct rep_tally *tally, const struct trace_record *records, size_t count);
void rep_tally_finish(struct rep_tally *tally, int64_t values[static REP_TALLY_ROWS]); /* -1: not known */
void rep_tally_free(struct rep_tally *tally);                                          /* NULL is a no-op */

#endif
