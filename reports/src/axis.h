/*
 * axis.h -- world time on a picture: linear, but for the jumps over times in which nothing could
 * happen.
 *
 * A hung run ends with a jump to a give-up timer, maybe 365 days later; drawn linearly it would be
 * all there is to see. So the time between a QUIESCENT record and the next record becomes a narrow
 * break when it is longer than a tenth of the rest; and so does, if asked for, what comes after the
 * last job, when the world only waits for its faults to heal.
 */
#ifndef REP_AXIS_H
#define REP_AXIS_H

#include "rep_private.h"

enum { REP_GAPS_MAX = 8 };
struct rep_gap {
    int64_t from_ns, to_ns;
    bool over; /* every job has ended, and every task */
};
struct rep_axis {
    struct rep_gap gaps[REP_GAPS_MAX];
    uint32_t gap_count;
    int64_t end_ns;   /* world time of the last record, at least 1 */
    int64_t shown_ns; /* without the breaks */
    int64_t gap_ns;   /* how wide a break is drawn */
};
/* breadth: one break is 1/breadth of the picture; cut_tail: what comes after the last job is one. */
void rep_axis_init(const struct rep_run *run, uint32_t breadth, bool cut_tail,
                   struct rep_axis *axis);
int64_t rep_axis_length(const struct rep_axis *axis);
int64_t rep_axis_at(const struct rep_axis *axis, int64_t at_ns); /* 0 .. rep_axis_length() */
int64_t rep_axis_step(const struct rep_axis *axis,
                      uint32_t tics); /* a round time, so that at most `tics` of them fit */

#endif
