/*
 * skew.h -- of each barrier round that was released: how long after its first task the last one came.
 */
#ifndef REP_SKEW_H
#define REP_SKEW_H

#include "rep_private.h"

struct rep_skew {
    int64_t released_ns, skew_ns;
    uint32_t gang, attempt, epoch;
};
struct rep_skews {
    struct rep_skew *list; /* in order of their release */
    uint64_t count;
    int64_t most;
};
/* Rounds of gangs of one task are left out: they have no skew. */
enum rep_status rep_skews_build(const struct rep_run *run, struct rep_skews *skews,
                                struct rep_err *err);
void rep_skews_free(struct rep_skews *skews); /* a zeroed one is fine */

#endif
