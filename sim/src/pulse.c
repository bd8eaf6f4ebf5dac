/*
 * pulse.c -- heartbeats as messages, where they do not go without saying.
 *
 * This room is for: when an executor's heartbeats begin to be real, when they cease to be, and the wake-up for the next one.
 * It may include:   record.h, world.h.
 * Never here:       how a heartbeat travels (net.c, wire.c); what it means (the core).
 *
 * On a healthy link nothing can come of a heartbeat but that it arrives, so none is sent: the driver is told of all of them
 * together whenever it looks for silence (sim_heartbeats()), and the executor of nothing. The moment that a link falls ill
 * both ends are told what was true until then, and from there on each of them goes by what it hears.
 */
#include "record.h"

/* ---- the wake-up */
static void forget_beat(struct sim *w, uint32_t executor)
{
    struct sim_pulse *pulse = &w->pulses[executor];
    pulse->beat_ns = PLAN_NEVER;
    pulse->why = GANG_TIMER_NONE;
    pulse->beat_key = (pulse->beat_key + 1) & SIM_KEY_MASK;
}

static void set_beat(struct sim *w, uint32_t executor, int64_t at_ns, enum gang_timer why)
{
    struct sim_pulse *pulse = &w->pulses[executor];
    forget_beat(w, executor);
    pulse->beat_ns = at_ns;
    pulse->why = why;
    if (at_ns != PLAN_NEVER)
        sim_schedule(w, at_ns, executor << SIM_LINK_TIMER_BITS | SIM_LINK_BEAT,
                     sim_extra(SIM_LINK, pulse->beat_key));
}

void sim_ask_beat(struct sim *w, uint32_t executor)
{
    enum gang_timer why;
    int64_t at_ns = w->core->executor_beat(w->hosts[executor].core, &why);
    if (w->hosts[executor].ill & SIM_ILL_CLOCK)
        at_ns = sim_world_time(w, executor, at_ns);
    if (at_ns != w->pulses[executor].beat_ns || (uint32_t)why != w->pulses[executor].why)
        set_beat(w, executor, at_ns, why);
}

/* The end of its lease is recorded, as every timer that is work; a heartbeat is a habit. */
void sim_beat_due(struct sim *w, uint32_t executor)
{
    const struct sim_host *host = &w->hosts[executor];
    struct sim_pulse *pulse = &w->pulses[executor];
    enum gang_timer why = (enum gang_timer)pulse->why;
    struct gang_event ev;
    if (host->machine.deadline_ns <=
        w->now_ns) { /* one timer an event: its other one comes first */
        set_beat(w, executor, w->now_ns, why);
        return;
    }
    w->events++;
    forget_beat(w, executor);
    w->cause = pulse->cause;
    if (gang_timer_hope(why) != GANG_HOPE_HABIT)
        w->cause = sim_record_timer(w, executor, why, pulse->cause);
    ev.kind = GANG_EV_TIMER;
    ev.id = 0;
    ev.msg = NULL;
    sim_step_executor(w, executor, &ev);
}

/* Whoever stood still for so long looks at the clock first: what has come meanwhile is for an executor that may have no lease
 * any more. */
void sim_beat_overdue(struct sim *w, uint32_t executor)
{
    const struct sim_host *host = &w->hosts[executor];
    while (host->up && w->pulses[executor].beat_ns <= w->now_ns && !w->stopped)
        if (host->machine.deadline_ns <= w->now_ns)
            sim_wake(w, executor);
        else
            sim_beat_due(w, executor);
}

/* ---- health */
void sim_link_ill(struct sim *w, uint32_t executor, uint64_t cause)
{
    struct sim_host *host = &w->hosts[executor];
    bool heard = sim_heard(host), virtual = host->beating == SIM_BEATS_VIRTUAL;
    struct gang_event ev;
    assert(host->unwell < UINT8_MAX);
    host->unwell++;
    w->pulses[executor].cause = cause;
    if (!host->up)
        return;
    w->cause = cause;
    if (heard)
        sim_heartbeats(w);
    host->beating = SIM_BEATS_ILL;
    sim_set_heard(w, executor);
    if (!virtual)
        return;
    ev.kind = GANG_EV_HEARD;
    ev.id = 0;
    ev.msg = NULL;
    if (heard)
        sim_step_executor(w, executor, &ev); /* and asks for the next one */
    else
        sim_ask_beat(w, executor); /* the driver does not know it yet */
}

void sim_link_well(struct sim *w, uint32_t executor)
{
    struct sim_host *host = &w->hosts[executor];
    assert(host->unwell > 0);
    if (--host->unwell == 0 && host->up)
        host->beating = SIM_BEATS_WELL;
}

void sim_heartbeat_sent(struct sim *w, const struct gang_msg *msg)
{
    struct sim_host *host = &w->hosts[msg->executor];
    if (host->beating != SIM_BEATS_WELL)
        return;
    host->beating = SIM_BEATS_PROVE;
    w->pulses[msg->executor].proof = msg->a;
}

/* One that has no lease still has to say when it has one again. */
void sim_heartbeat_acknowledged(struct sim *w, const struct gang_msg *msg)
{
    struct sim_host *host = &w->hosts[msg->executor];
    if (host->beating != SIM_BEATS_PROVE || host->beat_op != 0 ||
        msg->a < w->pulses[msg->executor].proof)
        return;
    host->beating = SIM_BEATS_VIRTUAL;
    forget_beat(w, msg->executor);
    sim_set_heard(w, msg->executor);
}

/* ---- processes come and go */
void sim_pulse_up(struct sim *w, uint32_t executor)
{
    struct sim_host *host = &w->hosts[executor];
    forget_beat(w, executor);
    host->beating = host->unwell > 0 ? SIM_BEATS_ILL : SIM_BEATS_VIRTUAL;
    host->beat_op = 0;
}

void sim_pulse_down(struct sim *w, uint32_t executor)
{
    forget_beat(w, executor);
    w->hosts[executor].beating = SIM_BEATS_VIRTUAL;
}

/* One that is written off while it lives will be told so in answer to its next heartbeat. */
void sim_pulse_lost(struct sim *w, uint32_t executor, uint32_t incarnation)
{
    struct sim_host *host = &w->hosts[executor];
    if (!host->up || host->incarnation != incarnation || host->beating != SIM_BEATS_VIRTUAL)
        return;
    host->beating = SIM_BEATS_WELL;
    w->pulses[executor].cause = w->cause;
    sim_set_heard(w, executor);
    sim_ask_beat(w, executor);
}
