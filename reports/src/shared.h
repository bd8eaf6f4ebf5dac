/*
 * shared.h -- what several reports of one run need: made by the first that asks for it, kept for the next.
 *
 * A long history is read from memory again by every pass over it, which takes longer than what the pass does with most
 * records. So the tables, the timelines and the summary share one reading (struct rep_metrics), and whoever looks for records
 * of a kind asks first whether there are any.
 *
 * Without run->shared everything here still works: what is asked for is built, and given back when it is done with.
 */
#ifndef REP_SHARED_H
#define REP_SHARED_H

#include "metrics.h"

/* A shallow copy, or the only one: not to be changed, and given back by the second function of each pair. */
enum rep_status rep_metrics_get(const struct rep_run *run, struct rep_metrics *metrics, struct rep_err *err);
void rep_metrics_put(const struct rep_run *run, struct rep_metrics *metrics); /* a zeroed one is fine */
enum rep_status rep_lanes_get(const struct rep_run *run, struct rep_lanes *lanes, struct rep_err *err);
void rep_lanes_put(const struct rep_run *run, struct rep_lanes *lanes);

/* Behind the last record of one of these kinds (TRACE_BIT): 0 if there is none. Without run->shared nobody has looked: all. */
uint64_t rep_records_until(const struct rep_run *run, uint64_t kinds);
/* How many there are of a kind. */
uint64_t rep_records_of(const struct rep_run *run, unsigned kind);

/* How many lines the whole story has, and which is the first that tells a finding (UINT64_MAX: none). false: nobody has counted. */
bool rep_story_known(const struct rep_run *run, uint64_t *lines, uint64_t *focus);
void rep_story_learn(const struct rep_run *run, uint64_t lines, uint64_t focus);

#endif
