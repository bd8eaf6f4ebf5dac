/*
 * rep.h -- what a person or a CI system sees of a run.
 *
 * This room is for: the story, the terminal timeline, gnuplot pictures, CSV tables, verdict.json, TAP and JUnit.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       the core, the simulator, Lua, the oracles. The verdict comes in as plain rows.
 */
#ifndef REP_REP_H
#define REP_REP_H

#include "plan/plan.h"
#include "trace/trace.h"

enum rep_outcome { REP_PASS = 0, REP_FAIL = 1, REP_UNKNOWN = 2 };
struct rep_check { const char *name, *doc; uint32_t outcome; uint64_t violations; }; /* one oracle */
struct rep_finding { const char *oracle, *rule, *sentence; uint32_t outcome; uint64_t record; int64_t at_ns; };
struct rep_verdict {
    uint32_t outcome; int exit_status;
    uint32_t check_count;   const struct rep_check *checks;
    uint32_t finding_count; const struct rep_finding *findings;
};
/* What several reports of one run need, made by the first that asks, and not again by the next. It belongs to one history: it must not
 * outlive its records, nor be given to another. Memory: rep_shared_new() is NULL when there is none. */
struct rep_shared;
struct rep_shared *rep_shared_new(void);
void rep_shared_free(struct rep_shared *shared); /* NULL is fine */
/* One run, whole and in memory or streamed: reports read records through this. */
struct rep_run {
    const struct plan *plan;
    const struct trace_header *header;
    const struct trace_record *records; uint64_t record_count;
    uint64_t chain;
    const struct rep_verdict *verdict;
    const char *scenario;  /* the file as the user named it */
    const char *replay;    /* the one command that replays it */
    struct rep_shared *shared; /* NULL: each report makes what it needs */
};
#define REP_ERR_MAP(X)                                                                                                 \
    X(REP_OK, 0, "ok")                                                                                                 \
    X(REP_E_IO, -1, "the output could not be written")                                                                 \
    X(REP_E_MEMORY, -2, "out of memory")                                                                               \
    X(REP_E_MISSING, -3, "a program that is needed is not installed")                                                  \
    X(REP_E_FAILED, -4, "a program that is needed failed")
enum rep_status {
#define X(name, value, text) name = value,
    REP_ERR_MAP(X)
#undef X
};
struct rep_err { enum rep_status code; int os_errno; char detail[200]; };

/* One line a decision, with its reason and operands; at most max_lines (0: all), the cut announced and centred on the
 * first finding. Names are escaped wherever they are shown. */
enum rep_status rep_story(const struct rep_run *run, FILE *out, uint64_t max_lines, struct rep_err *err);
struct rep_terminal { int columns; bool ascii, colour; };
/* A row a slot, a letter a gang, capital for attempt 0, '|' barriers, 'x' crashes; at most 40 rows. */
enum rep_status rep_timeline_text(const struct rep_run *run, const struct rep_terminal *terminal, FILE *out, struct rep_err *err);
/* The pictures: NAME, bit, file name, what is drawn. */
#define REP_PICTURE_MAP(X)                                                                                             \
    X(TIMELINE, 1, timeline, "who held which slot, and what was wrong meanwhile")                                      \
    X(WAITING, 2, waiting, "how long gangs waited, as shares of all")                                                  \
    X(SKEW, 4, skew, "of each barrier round, how long its first task waited for its last")                             \
    X(UTILISATION, 8, utilisation, "what the cluster's cores and GPUs were doing")
enum rep_picture {
#define X(NAME, number, name, doc) REP_PICTURE_##NAME = number,
    REP_PICTURE_MAP(X)
#undef X
    REP_PICTURE_ALL = 15
};
/* Writes <name>.gp (data inline) of each wanted picture that would not be empty into dir, and lets one gnuplot draw
 * <name>.svg, and of `pixels` <name>.png too, which takes ten times as long; *drawn: those that there are now. REP_E_MISSING or REP_E_FAILED, with the
 * programs left in place but no picture, when there is no gnuplot or it fails. */
enum rep_status rep_draw(const struct rep_run *run, const char *dir, unsigned wanted, unsigned pixels, unsigned *drawn,
                          struct rep_err *err);
enum rep_status rep_timeline_plot(const struct rep_run *run, const char *dir, struct rep_err *err); /* that one alone */
enum rep_status rep_jobs_csv(const struct rep_run *run, FILE *out, struct rep_err *err);
enum rep_status rep_slots_csv(const struct rep_run *run, FILE *out, struct rep_err *err);
/* Waiting time, JCT, utilisation over all jobs: a few lines for the terminal. */
enum rep_status rep_summary(const struct rep_run *run, FILE *out, struct rep_err *err);
enum rep_status rep_verdict_json(const struct rep_run *run, FILE *out, struct rep_err *err);
enum rep_status rep_verdict_text(const struct rep_run *run, const struct rep_terminal *terminal, FILE *out, struct rep_err *err);
enum rep_status rep_tap(const struct rep_run *run, FILE *out, struct rep_err *err);
enum rep_status rep_junit(const struct rep_run *run, FILE *out, struct rep_err *err);
/* What gang `job`/`stage` lacks at `at_ns` (PLAN_NEVER: the end), who holds it, since when, which timer will fire. */
enum rep_status rep_why(const struct rep_run *run, uint32_t job, uint32_t stage, int64_t at_ns, FILE *out, struct rep_err *err);
/* The registry of metrics behind jobs.csv and the summary, for `muster help metrics`. */
void rep_metrics_help(FILE *out);
/* The same, a row at a time: table 0 is jobs.csv, 1 slots.csv, 2 the summary. false: no such table or row. */
bool rep_metric(unsigned table, unsigned index, const char **name, const char **unit, const char **doc);

#endif
