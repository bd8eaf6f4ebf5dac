/*
 * metrics.h -- the numbers of a run: one row a gang, one row a job, and what the cluster did
 * meanwhile.
 *
 * The registry below names and defines every column of jobs.csv and slots.csv and every line of the
 * summary; help, CSV headers and rows are made from it, so that no definition can go missing.
 */
#ifndef REP_METRICS_H
#define REP_METRICS_H

#include "lanes.h"

enum {
    REP_TAU_S = 10
}; /* a gang that runs shorter than this counts as if it ran that long, in the slowdown */

/* clang-format off */
#define REP_JOBS_COLUMN_MAP(X) /* identifier, name, unit, definition */ \
    X(JOB,        "job",        "name",         "the job") \
    X(STAGE,      "stage",      "name",         "the stage of the job") \
    X(KIND,       "kind",       "word",         "barrier: all tasks start or none; mapreduce: each on its own") \
    X(SIZE,       "size",       "tasks",        "how many tasks the stage has") \
    X(SUBMIT,     "submit",     "s",            "when the job was handed to the driver") \
    X(READY,      "ready",      "s",            "when the stage could first be asked for: submit, or the end of its last parent stage") \
    X(FIRST_FIT,  "first_fit",  "s",            "the first instant, from ready on, at which room neither running nor reserved would hold the gang (one task of a mapreduce stage); go, if the gang was placed the moment it was ready") \
    X(GO,         "go",         "s",            "when the first go was sent") \
    X(END,        "end",        "s",            "when the stage was done, or its job ended without it") \
    X(ATTEMPTS,   "attempts",   "count",        "attempts that were told to go; of a mapreduce stage, the most that one task had") \
    X(WAIT,       "wait",       "s",            "go - ready") \
    X(RUN,        "run",        "s",            "end - go, restarts included") \
    X(JCT,        "jct",        "s",            "end - ready: what the stage took in all; of a job with one stage, its completion time") \
    X(SLOWDOWN,   "slowdown",   "ratio",        "bounded: max(1, (wait + run) / max(run, 10 s))") \
    X(RESTARTS,   "restarts",   "count",        "attempts of the gang after the first; of a mapreduce stage, task starts after each task's first") \
    X(USED,       "used",       "slot-seconds", "time in slots, summed over all tasks and attempts") \
    X(WASTED,     "wasted",     "slot-seconds", "the part of used that went into attempts that did not end well") \
    X(REASON,     "reason",     "word",         "ok; the reason the job ended without it; unfinished; or not-submitted")

#define REP_SLOTS_COLUMN_MAP(X) \
    X(EXECUTOR,   "executor",   "index",        "the executor") \
    X(LANE,       "lane",       "index",        "the slot in it, as pictures draw it: the lowest that was free at the start") \
    X(JOB,        "job",        "name",         "the job") \
    X(STAGE,      "stage",      "name",         "the stage of the job") \
    X(ATTEMPT,    "attempt",    "count",        "of the gang; of a mapreduce stage, of the task") \
    X(RANK,       "rank",       "index",        "the task") \
    X(START,      "start",      "s",            "when its process began") \
    X(END,        "end",        "s",            "when its process was gone; empty if it never was") \
    X(STATUS,     "status",     "word",         "ok, failed, killed, host (its machine went down) or running")

#define REP_SUMMARY_MAP(X) \
    X(JOBS,       "jobs",       "count",        "submitted, and how they ended") \
    X(FAULTS,     "faults",     "count",        "those that did not happen, for want of a budget; only where there are any") \
    X(MAKESPAN,   "makespan",   "time",         "from the first submission to the end of the last job (to the end of the run, if one did not end)") \
    X(WAIT,       "wait",       "time",         "wait of every gang that went: mean, median (of an even number, halfway between the middle two), most") \
    X(JCT,        "jct",        "time",         "completion time of every job that ended, services left out, from its submission: mean, most") \
    X(LAG,        "lag",        "time",         "of a stream, from a batch's time to its end: mean, most, and of its last batch; only where there is a stream") \
    X(SLOWDOWN,   "slowdown",   "ratio",        "bounded slowdown of every gang that was done: mean, most") \
    X(USED,       "used",       "percent",      "cores (and GPUs) held by tasks x time, over cores (GPUs) of executors that were up x time, both within the makespan") \
    X(WASTED,     "wasted",     "percent",      "wasted over used slot-seconds, summed over all gangs")
/* clang-format on */

enum { REP_UNFINISHED = -1, REP_NOT_SUBMITTED = -2 }; /* reasons besides enum trace_reason */

struct rep_gang_row {
    int64_t submit_ns, ready_ns, first_fit_ns, plan_ns, go_ns,
        end_ns; /* PLAN_NEVER: it never happened */
    uint32_t attempts, restarts,
        next_attempt; /* next_attempt: one more than the latest of a gang */
    bool done;
    int32_t reason;
    rep_wide used_ns, wasted_ns; /* in slots */
};
struct rep_job_row {
    int64_t submit_ns, end_ns;
    int32_t reason;
    uint64_t stages_done;
};

struct rep_metrics {
    struct rep_lanes lanes;
    struct rep_gang_row *gangs;      /* plan->stage_count */
    struct rep_job_row *jobs;        /* plan->job_count */
    int64_t first_submit_ns, end_ns; /* the makespan's ends */
};

enum rep_status rep_metrics_build(const struct rep_run *run, struct rep_metrics *metrics,
                                  struct rep_err *err);
void rep_metrics_free(struct rep_metrics *metrics);
int64_t rep_wait_ns(const struct rep_gang_row *row); /* PLAN_NEVER if it never went */
uint64_t rep_slowdown(
    const struct rep_gang_row *row); /* in thousandths, half up; 0 if it never went or ended */
const char *rep_row_reason(int32_t reason);

/* room.c: how much is free by the world's truth, and which waiting gangs would fit into it. */
struct rep_room;
struct rep_room *rep_room_new(const struct plan *plan, struct rep_gang_row *gangs,
                              bool ups_observed, struct rep_err *err);
void rep_room_free(struct rep_room *room);
void rep_room_take(struct rep_room *room, const struct trace_record *record);
void rep_room_ready(struct rep_room *room, uint32_t gang,
                    int64_t now_ns); /* from here on it looks for room */

#endif
