/*
 * recover.c -- a driver is back from its log, and takes up where it was.
 *
 * This room is for: what the time that it was away does to deadlines.
 *
 * Invariant: nobody is given up for having said nothing while nobody could be heard. What was said in time waits in the links,
 * which repeat it many times within the heartbeat that every living machine owes after the return. So a deadline that judges by
 * what was heard comes no sooner than that: a round's, a call's, the slots' of a fenced attempt, and a launch's, for which
 * machines that joined and slots that came free meanwhile may be enough, as for an admission check, which may be the last.
 * Otherwise it stays: how long the driver was away does
 * not matter, and its log could not tell that from how long nothing had happened.
 *
 * All others stay, so that overdue ones fire at the return. Patience with reserve-acks must: the leases that they speak of run on
 * meanwhile, by the executors' clocks. The rest give nothing up: they are delays.
 */
#include "driver_private.h"

static bool is_overheard(enum gang_timer phase)
{
    return phase == GANG_TIMER_SYNC || phase == GANG_TIMER_CALL || phase == GANG_TIMER_RELEASE_WAIT ||
           phase == GANG_TIMER_ADMISSION;
}

/* By what armed it, still. */
static void put_off(struct gang_driver *d, uint32_t timer, gang_ns until)
{
    struct gang_timer_arrays a = timers_of(d);
    if (a.place[timer] == GANG_NONE || a.at[timer] >= until)
        return;
    GANG_MARK(PUT_OFF);
    gang_timers_arm(&d->timers, a, timer, until, a.token[timer]);
}

void gang_recover(struct gang_driver *d)
{
    gang_ns until = later(d->now, d->config.heartbeat_ns);
    gang_registry_recovered(d);
    d->dirty |= gang_is_hosted(d); /* whoever was asked may have answered nobody */
    for (uint32_t s = 0; s < gang_slab_indices(d->limits.stages); s++) {
        const struct stage *stage = stage_at(d, s);
        struct round_timer *left = round_timers_of(d, s);
        if (is_overheard((enum gang_timer)stage->phase_timer))
            put_off(d, phase_timer(s), until);
        put_off(d, launch_timer(s), until);
        for (uint32_t i = 0; i < stage->timers_left; i++)
            left[i].at = left[i].at < until ? until : left[i].at;
    }
}
