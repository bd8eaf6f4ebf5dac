/*
 * rep_private.h -- what the files of this room share: errors, checked memory, escaping, numbers,
 * names.
 *
 * Invariants:
 *   - No name, sentence or path reaches an output except through rep_put(): what was imported
 * cannot move a terminal's cursor, end a JSON string or run a gnuplot command.
 *   - Numbers are printed from integers. No float, no locale, no clock: the same run gives the same
 * bytes.
 *   - Records may come from a foreign history: every index is checked before it is used
 * (rep_gang()).
 */
#ifndef REP_PRIVATE_H
#define REP_PRIVATE_H

#include "rep/rep.h"

/* Slot-nanoseconds of a large run do not fit 64 bits, and a ratio of two of them must be exact. */
__extension__ typedef unsigned __int128 rep_wide;

/* ---- errors and memory */
enum rep_status rep_fail(struct rep_err *err, enum rep_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rep_begin(
    struct rep_err *err); /* clears *err and errno: call first in every public function */
/* Zeroed memory for count things of `bytes` each; NULL, with *err filled, when there is none or the
 * product overflows. */
void *rep_alloc(size_t count, size_t bytes, struct rep_err *err);
/* Flushes and says whether everything written so far arrived. */
enum rep_status rep_finish(FILE *out, struct rep_err *err);

/* ---- text: how something that was not written by us is shown */
enum rep_style {
    REP_PLAIN,   /* sentences and commands: only what could harm a terminal is escaped */
    REP_NAME,    /* names on a terminal: quotes and backslashes too */
    REP_JSON,    /* inside "..." of JSON and YAML */
    REP_XML,     /* content and attributes */
    REP_CSV,     /* a whole field: quoted by RFC 4180 when it must be; always on one line */
    REP_GNUPLOT, /* inside '...' of gnuplot */
    REP_TAP      /* a test's description: # and \ have a meaning there */
};
void rep_put(FILE *out, enum rep_style style, const char *text); /* NULL is "" */
/* The same, cut after `columns` code points (then "..." follows), for labels. Returns how many were
 * printed. */
uint32_t rep_put_cut(FILE *out, enum rep_style style, const char *text, uint32_t columns);

/* ---- numbers */
void rep_put_wide(FILE *out, rep_wide value);
void rep_put_seconds(FILE *out, int64_t ns);       /* exact, shortest: "12.4", "0.0005" */
void rep_put_wide_seconds(FILE *out, rep_wide ns); /* the same for sums */
void rep_put_fixed(FILE *out, int64_t ns,
                   unsigned digits);       /* seconds with that many decimals, cut */
void rep_put_about(FILE *out, int64_t ns); /* for reading: "1.5ms", "12.4s", "2h30m" */
void rep_format_time(int64_t ns,
                     char out[static 32]); /* for axes: "500ms", "12.4s", "1m15s", "365d" */
void rep_put_percent(FILE *out, rep_wide part,
                     rep_wide whole);                 /* to 0.1, half up: "61.3%"; "-" of nothing */
void rep_put_millis(FILE *out, uint64_t thousandths); /* 1031 -> "1.031" */
/* From one time to another, 0 if it is not later: a foreign history's times may go anywhere, so
 * none are subtracted but here. */
int64_t rep_between(int64_t from_ns, int64_t to_ns);
uint64_t rep_scale(uint64_t value, uint64_t times,
                   uint64_t by); /* value * times / by, without overflow */

/* ---- who: a gang is a (job, stage), numbered through all jobs */
static inline uint32_t rep_gang(const struct plan *plan, uint32_t job,
                                uint32_t stage) /* PLAN_NONE if there is no such gang */
{
    if (job >= plan->job_count || stage >= plan->jobs[job].stage_count)
        return PLAN_NONE;
    return plan->jobs[job].first_stage + stage;
}
/* Is it of one of these kinds (TRACE_BIT)? Most records of a long history are of none that a report looks for. */
static inline bool rep_is_of(const struct trace_record *record, uint64_t kinds)
{
    return record->kind < TRACE_KIND_LIMIT && (kinds >> record->kind & 1) != 0;
}
const char *rep_job_name(const struct plan *plan, uint32_t job);
const char *rep_stage_name(const struct plan *plan, uint32_t gang);
void rep_put_job(FILE *out, enum rep_style style, const struct plan *plan, uint32_t job);
void rep_put_gang(FILE *out, enum rep_style style, const struct plan *plan, uint32_t job,
                  uint32_t stage);
const char *
rep_reason(int64_t reason); /* "reserve-timeout"; "reason 77" is never needed: "unknown-reason" */
const char *rep_reason_doc(int64_t reason);           /* its sentence */
bool rep_is_fault(const struct trace_record *record); /* FAULT or HEAL that happened, and no mere submission */
/* budget.c: faults that did not happen */
enum rep_budget {
    REP_BUDGET_MACHINES,
    REP_BUDGET_LINKS,
    REP_BUDGET_TASKS,
    REP_BUDGET_DRIVER,
    REP_BUDGETS
};
bool rep_is_withheld(const struct trace_record *record);
uint64_t rep_count_withheld(const struct rep_run *run, uint64_t of[static REP_BUDGETS]);
/* A sentence between `before` and `after`, if there are any. */
void rep_put_withheld(const struct rep_run *run, const char *before, const char *after, FILE *out);
const char *rep_fault(const struct trace_record *record); /* "crash" */
const char *rep_outcome(uint32_t outcome);                /* "pass" "fail" "unknown" */
const char *rep_exit(uint32_t status);         /* "ok" "failed" "killed" "host" "running" */
int64_t rep_end_ns(const struct rep_run *run); /* time of the last record */
static inline bool rep_is_barrier(const struct plan *plan, uint32_t gang)
{
    return plan->stages[gang].kind == PLAN_STAGE_BARRIER;
}
/* How many tasks of `profile` fit into this much. */
uint32_t rep_fit(const struct plan_profile *need, int64_t cores, int64_t memory_mib,
                 int64_t gpu_milli);
/* Colours that the colour-blind can tell apart too: 0xRRGGBB, and the nearest of a terminal's 256.
 */
enum { REP_COLOUR_COUNT = 8 };
extern const uint32_t rep_colour_rgb[REP_COLOUR_COUNT];
extern const uint8_t rep_colour_ansi[REP_COLOUR_COUNT];

#endif
