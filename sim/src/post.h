/*
 * post.h -- a message onto its way, and off it.
 *
 * This room is for: what of net.c every message costs where the plan does nothing to links; in its callers, for there is
 *                   nothing that a run does more often.
 * It may include:   record.h, world.h.
 * Never here:       what happens to few messages: sim_send() knows.
 */
#ifndef SIM_POST_H
#define SIM_POST_H

#include "record.h"

SIM_ALWAYS_INLINE void sim_post(struct sim *w, const struct gang_msg *msg, uint64_t record, bool to_driver)
{
    uint32_t i = w->flight_free;
    int64_t delay_ns = w->delay_ns;
    if (sim_rarely(delay_ns < 0 || i == PLAN_NONE || msg->executor >= w->executor_count)) {
        sim_send(w, msg, record, to_driver);
        return;
    }
    struct sim_flight *flight = &w->flights[i];
    uint32_t extra = SIM_TO_DRIVER;
    if (!to_driver) {
        uint32_t joined = w->hosts[msg->executor].joined;
        extra = sim_extra(SIM_TO_EXECUTOR, (joined != PLAN_NONE ? joined : msg->incarnation) & SIM_KEY_MASK);
    }
    w->flight_free = (uint32_t)flight->cause;
    flight->msg = *msg;
    flight->cause = record;
    if (delay_ns == 0)
        sim_schedule_now(w, i, extra);
    else
        sim_schedule_later(w, sim_later(w->now_ns, delay_ns), i, extra);
}

/* It is there: its flight is free again as soon as its message was read, for what the message brings about. Its record. */
static inline uint64_t sim_land(struct sim *w, uint32_t i)
{
    uint64_t sent = w->flights[i].cause;
    w->flights[i].cause = w->flight_free;
    w->flight_free = i;
    w->events++;
    return sent;
}

#endif
