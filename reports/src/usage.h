/*
 * usage.h -- what the cluster's cores, or its GPUs, were doing at each time, by the world's truth.
 *
 * Invariant: at every step the states sum to the capacity, plus `over`: what was held twice, which
 * is a scheduler's bug and is shown as one.
 */
#ifndef REP_USAGE_H
#define REP_USAGE_H

#include "axis.h"

/* NAME, what the legend says; from the bottom of the picture to its top. */
#define REP_USE_MAP(X)                                                                             \
    X(RUNNING, "running")                                                                   \
    X(ENDING, "told to end")                                                             \
    X(RESERVED, "reserved")                                                                        \
    X(IDLE, "idle")                                                                                \
    X(LOST, "lost")
enum rep_use {
#define X(name, text) REP_USE_##name,
    REP_USE_MAP(X)
#undef X
        REP_USE_COUNT
};
const char *rep_use_text(unsigned use);

enum rep_unit { REP_CORES, REP_GPUS };
struct rep_use_step {
    int64_t place;                       /* on the axis; up to the next step's */
    int64_t amount[REP_USE_COUNT], over; /* in thousandths */
};
struct rep_usage {
    struct rep_use_step *steps;
    uint64_t count;
    int64_t capacity; /* in thousandths */
    int64_t column;   /* 0: the steps are exact; else they are means over so much of the axis */
    rep_wide sum[REP_USE_COUNT], whole; /* amount x time on the axis; capacity x its length */
    bool over;
};
enum { REP_USE_STEPS_MAX = 4000, REP_USE_COLUMNS = 1200 };
enum rep_status rep_usage_build(const struct rep_run *run, const struct rep_axis *axis,
                                enum rep_unit unit, struct rep_usage *usage, struct rep_err *err);
void rep_usage_free(struct rep_usage *usage); /* a zeroed one is fine */

#endif
