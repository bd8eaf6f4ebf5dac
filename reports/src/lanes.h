/*
 * lanes.h -- who ran where and when: every task's life as a span on a lane of its executor.
 *
 * A lane is one row of a picture. The world's START takes the lowest free lane of its executor, its
 * EXIT gives it back; so at one time there is at most one span a lane. Truth only: no driver's
 * belief is looked at.
 */
#ifndef REP_LANES_H
#define REP_LANES_H

#include "rep_private.h"

enum {
    REP_SPAN_RUNNING = 4
}; /* status of a span that was still open at the end; else enum trace_exit */

struct rep_span {
    int64_t start_ns, end_ns;
    uint32_t executor, lane; /* lane: from 0 within its executor */
    uint32_t job, stage, gang, attempt, rank, status;
    uint32_t older_open; /* while building: the next open span of the same rank */
    uint32_t unused;
};
/* A time in which an executor's process lived. */
struct rep_up {
    int64_t from_ns, to_ns;
    uint32_t executor, incarnation;
};

struct rep_lanes {
    struct rep_span *spans;
    uint64_t span_count; /* in order of their start */
    struct rep_up *ups;
    uint64_t up_count; /* in order of their begin */
    uint32_t executor_count;
    uint32_t *used;     /* lanes each executor needed at most at one time */
    uint32_t *capacity; /* how many tasks of the plan's smallest stage it could hold at one time, at
                           least `used` */
    uint64_t used_total, capacity_total;
    int64_t end_ns;
};

enum rep_status rep_lanes_build(const struct rep_run *run, struct rep_lanes *lanes,
                                struct rep_err *err);
void rep_lanes_free(struct rep_lanes *lanes); /* a zeroed one is fine */

/* Who has which rank now, one step a record: for marks that a record of a range of ranks leaves on
 * lanes. Give it every record in order; it holds the index of the span of each rank's latest start.
 */
struct rep_latest {
    uint64_t *first_task;
    uint32_t *span;
    uint64_t next;
};
enum rep_status rep_latest_init(const struct rep_run *run, struct rep_latest *latest,
                                struct rep_err *err);
void rep_latest_take(const struct rep_run *run, struct rep_latest *latest,
                     const struct trace_record *record);
uint32_t rep_latest_span(const struct rep_latest *latest, uint32_t gang,
                         uint32_t rank); /* PLAN_NONE if it never started */
void rep_latest_free(struct rep_latest *latest);

#endif
