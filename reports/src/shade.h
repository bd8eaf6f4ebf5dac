/*
 * shade.h -- what was wrong, where, from when to when: the spans that pictures shade.
 *
 * Truth only, but for one kind: that the driver wrote an executor off which is up is the driver's
 * belief, and is shown because it is wrong.
 */
#ifndef REP_SHADE_H
#define REP_SHADE_H

#include "lanes.h"

/* NAME, what the legend says. */
#define REP_SHADE_MAP(X)                                                                           \
    X(DOWN, "executor down")                                                     \
    X(CUT, "cut off from the driver")                                                              \
    X(LINK, "slow or lossy link")                                                                  \
    X(LOST, "written off, but up")                                                                 \
    X(PAUSED, "paused")                                                                    \
    X(SLOW, "slowed")                                                                      \
    X(DRAINING, "being drained")                                                                   \
    X(TAKEN, "cores or GPU taken")                                                            \
    X(AWAY, "driver away")
enum rep_shade_kind {
#define X(name, text) REP_SHADE_##name,
    REP_SHADE_MAP(X)
#undef X
        REP_SHADE_COUNT
};
const char *rep_shade_text(unsigned kind);

struct rep_shade {
    int64_t from_ns, to_ns; /* from < to */
    uint32_t executor;      /* PLAN_NONE: the driver */
    uint32_t kind;
};
struct rep_shades {
    struct rep_shade *list;
    uint64_t count;
    uint64_t of_kind[REP_SHADE_COUNT];
};
/* Spans of one kind on one executor never overlap. */
enum rep_status rep_shades_build(const struct rep_run *run, const struct rep_lanes *lanes,
                                 struct rep_shades *shades, struct rep_err *err);
void rep_shades_free(struct rep_shades *shades); /* a zeroed one is fine */

#endif
