/*
 * executor_lease.c -- an executor's lease on its driver: heartbeats, and what ends with it.
 *
 * This room is for: when a heartbeat is due, answers to them, silence.
 * It may include:   executor_private.h.
 * Never here:       leases of reservations (executor_slots.c), what the driver makes of silence (registry.c).
 *
 * Invariants: the lease begins when the heartbeat was sent, never when its answer came; while the driver counts as silent nothing is
 * held and nothing runs that has not been forced to end.
 */
#include "executor_private.h"

/* The lease begins when the heartbeat was sent, never when its answer came: so it ends here before the driver, which heard
 * that heartbeat later than it was sent, has waited as long. */
static gang_ns lease_end(const struct gang_executor *e)
{
    if (e->driver_lease_ns == 0 || e->silent || e->driver_lease_ns > GANG_NEVER - e->leased_at)
        return GANG_NEVER;
    return e->leased_at + e->driver_lease_ns;
}

gang_ns gang_executor_beat(const struct gang_executor *e, enum gang_timer *why)
{
    gang_ns end = lease_end(e);
    *why = GANG_TIMER_NONE;
    if (e->incarnation == GANG_NONE)
        return GANG_NEVER;
    *why = end <= e->beat_at ? GANG_TIMER_DRIVER_LEASE : GANG_TIMER_BEAT;
    return end <= e->beat_at ? end : e->beat_at;
}

static void heartbeat(struct gang_executor *e, struct gang_effects *out)
{
    struct gang_msg *msg = emit(e, out, GANG_FX_SEND);
    msg->kind = GANG_MSG_HEARTBEAT;
    msg->op = e->silent;
    msg->rank = GANG_NONE;
    msg->epoch = GANG_NONE;
    msg->a = (uint64_t)e->now;
    e->beat_at = after(e, e->heartbeat_ns);
}

/* Every call is answered before its task ends (G-08), and every task is forced: to ask would take time that the driver does
 * not know of. */
static void silence_hold(struct gang_executor *e, struct hold *hold, struct gang_effects *out)
{
    gang_executor_set_due(e, hold, GANG_NEVER);
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
        struct slot *slot = &slots_of(e)[task];
        slot->waiting &= (uint8_t)~WAIT_TOLD_LATER; /* it is told now */
        if (slot->waiting)
            gang_executor_answer(e, task, GANG_REASON_DRIVER_SILENT, NULL, out);
        emit_task(e, out, GANG_FX_SIGNAL, task)->op = 1;
        slot->state = TASK_ENDING;
        slot->silenced = 1;
    }
}

/* The driver is told first, so that it does not ask again for what comes free. */
static void end_driver_lease(struct gang_executor *e, struct gang_effects *out)
{
    GANG_MARK(DRIVER_LEASE_ENDED);
    e->silent = 1;
    e->silent_at = e->now;
    heartbeat(e, out);
    for (uint32_t i = 0; i < e->hold_top; i++) {
        struct hold *hold = &holds_of(e)[i];
        if (hold->state == HOLD_LEASED)
            gang_executor_end_lease(e, hold, GANG_REASON_LEASE_ENDED, out);
        else if (hold->state == HOLD_GONE)
            silence_hold(e, hold, out);
    }
}

/* An answer to a heartbeat from before the silence does not end it: the driver may have given this executor up since. */
void gang_executor_acknowledged(struct gang_executor *e, gang_ns sent_at, struct gang_effects *out)
{
    if (sent_at <= e->leased_at || sent_at > e->now)
        return;
    if (e->silent && (sent_at < e->silent_at || e->driver_lease_ns <= e->now - sent_at))
        return;
    e->leased_at = sent_at;
    if (e->silent) {
        e->silent = 0;
        heartbeat(e, out); /* the driver may offer it again */
    }
}

void gang_executor_heard(struct gang_executor *e)
{
    e->silent = 0;
    e->leased_at = e->now;
    e->beat_at = after(e, e->heartbeat_ns);
}

void gang_executor_beat_due(struct gang_executor *e, struct gang_effects *out)
{
    bool first = e->beat_at < lease_end(e); /* in the order of their times, as gang_executor_beat() says */
    if (first && e->beat_at <= e->now)
        heartbeat(e, out);
    else if (!first && lease_end(e) <= e->now)
        end_driver_lease(e, out);
}
