/*
 * timers.h -- one fixed heap of timers a machine.
 *
 * Each timer has a number of its own and is either armed (with a time) or not; arming again moves
 * it. The first to fire is the earliest; of equals, the lowest number. All in the machine's memory:
 * four arrays of `capacity` entries.
 */
#ifndef GANG_TIMERS_H
#define GANG_TIMERS_H

#include "gang/gang.h"

struct gang_timers {
    uint32_t capacity, count;
};
struct gang_timer_arrays {
    gang_ns *at;     /* by timer number; meaningless while not armed */
    uint64_t *token; /* by timer number: what armed it */
    uint32_t *heap;  /* timer numbers in heap order */
    uint32_t *place; /* by timer number: its place in the heap, GANG_NONE while not armed */
};

void gang_timers_init(struct gang_timers *t, struct gang_timer_arrays a, uint32_t capacity);
void gang_timers_arm(struct gang_timers *t, struct gang_timer_arrays a, uint32_t timer, gang_ns at,
                     uint64_t token);
void gang_timers_cancel(struct gang_timers *t, struct gang_timer_arrays a,
                        uint32_t timer); /* not armed: a no-op */

#endif
