/*
 * waiting.h -- how long gangs waited: for each series the shares of its gangs that waited at most so
 * long.
 *
 * A gang's wait is the column of jobs.csv: from when it was ready to its first go. A gang that never
 * went has none, and is counted beside.
 */
#ifndef REP_WAITING_H
#define REP_WAITING_H

#include "metrics.h"

enum { REP_WAIT_SERIES_MAX = 6, REP_WAIT_POINTS_MAX = 2000 };
struct rep_wait_series {
    uint32_t job; /* PLAN_NONE: all jobs, of this kind of stage */
    uint32_t kind;
    uint64_t count, first; /* its waits: waits[first .. first + count), shortest first */
};
struct rep_waiting {
    int64_t *waits;
    struct rep_wait_series series[REP_WAIT_SERIES_MAX];
    uint32_t series_count;
    uint64_t count, never_went;
};
enum rep_status rep_waiting_build(const struct plan *plan, const struct rep_metrics *metrics,
                                  struct rep_waiting *waiting, struct rep_err *err);
void rep_waiting_free(struct rep_waiting *waiting); /* a zeroed one is fine */

#endif
