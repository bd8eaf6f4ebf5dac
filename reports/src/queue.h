/*
 * queue.h -- how many tasks waited at each time: ready to run, and running nowhere.
 *
 * A task waits from the moment its stage is ready until it starts, and again from an end that was
 * not a good one until it starts again or its stage is over.
 */
#ifndef REP_QUEUE_H
#define REP_QUEUE_H

#include "sheet.h"

struct rep_queue {
    rep_wide *waited; /* by column of the time axis: tasks x time on the axis */
    uint32_t columns;
    uint64_t peak;   /* the most that waited at one time, if only for a moment longer than none */
    int64_t longest; /* the longest time on the axis in which there was always something waiting */
};
enum rep_status rep_queue_build(const struct rep_scene *scene, uint32_t columns,
                                struct rep_queue *queue, struct rep_err *err);
/* How many waited in a column on average, in thousandths. */
uint64_t rep_queue_mean(const struct rep_scene *scene, const struct rep_queue *queue,
                        uint32_t column);
void rep_queue_free(struct rep_queue *queue); /* a zeroed one is fine */

#endif
