/*
 * quiet.c -- when nothing more can come of a run: quiescence, the end, and livelock.
 *
 * This room is for: the three kinds of hope (work, habit, give-up) and what follows when work has
 *                   run out.
 * It may include:   record.h, world.h.
 * Never here:       anything on the way of an event while work is pending.
 */
#include "record.h"

/* ---- hope */
/* A heartbeat is a habit, but one that is about to prove that its executor is well again may change something. */
static enum gang_hope hope_of_pulse(const struct sim *w, uint32_t executor)
{
    uint8_t beating = w->hosts[executor].beating;
    return beating == SIM_BEATS_WELL || beating == SIM_BEATS_PROVE
               ? GANG_HOPE_WORK
               : gang_timer_hope((enum gang_timer)w->pulses[executor].why);
}

/* The first timer of this hope over all machines. O(machines). */
static int64_t first_timer(struct sim *w, enum gang_hope hope, enum gang_timer *why)
{
    int64_t first = sim_of_driver_clock(w, w->core->driver_deadline_of(w->driver, hope, why));
    for (uint32_t i = 0; i < w->executor_count; i++) {
        const struct sim_machine *m = &w->hosts[i].machine;
        if (m->deadline_ns < first && gang_timer_hope((enum gang_timer)m->why) == hope) {
            first = m->deadline_ns;
            *why = (enum gang_timer)m->why;
        }
        const struct sim_pulse *pulse = &w->pulses[i];
        if (pulse->beat_ns < first && hope_of_pulse(w, i) == hope) {
            first = pulse->beat_ns;
            *why = (enum gang_timer)pulse->why;
        }
    }
    return first;
}

static void close_at(struct sim *w, int64_t at_ns, enum trace_end reason)
{
    w->now_ns = at_ns;
    sim_close(w, reason);
}

/*
 * No work is in the queue and none in the ring. So all that can come is from timers. While a work
 * timer is armed, or a habit has not had its whole period since the last record, the next entry is
 * taken as ever. After that the world is quiescent: it says so, and goes to the next give-up at
 * once. What habits would have done meanwhile is done there.
 */
bool sim_may_go_on(struct sim *w)
{
    enum gang_timer why;
    int64_t next_ns = sim_queue_first(w->queue);
    if (next_ns <= w->now_ns || first_timer(w, GANG_HOPE_WORK, &why) != GANG_NEVER)
        return true;
    int64_t give_up_ns = first_timer(w, GANG_HOPE_GIVE_UP, &why), meet_ns = sim_meet_first(w);
    if (meet_ns < give_up_ns) { /* no machine's timer: a task's own patience */
        give_up_ns = meet_ns;
        why = GANG_TIMER_NONE;
    }
    if (give_up_ns == GANG_NEVER && w->core->driver_jobs_alive(w->driver) == 0) {
        close_at(w, w->last_record_ns, TRACE_END_FINISHED);
        return false;
    }
    int64_t span_ns = sim_later(w->plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT],
                                w->plan->setting[PLAN_SET_HEARTBEAT]);
    int64_t quiet_ns = sim_later(
        w->late_beat_ns > w->last_record_ns ? w->late_beat_ns : w->last_record_ns, span_ns);
    if (next_ns < quiet_ns)
        return true;
    if (quiet_ns > w->virtual_ns) {
        close_at(w, w->virtual_ns, TRACE_END_VIRTUAL);
        return false;
    }
    w->now_ns = quiet_ns > w->now_ns ? quiet_ns : w->now_ns;
    w->cause =
        sim_record_quiescent(w, give_up_ns, give_up_ns == GANG_NEVER ? GANG_TIMER_NONE : why);
    if (w->work > 0 || w->ring.count > 0) /* an act was waiting for this */
        return false;
    if (give_up_ns == GANG_NEVER)
        sim_close(w, TRACE_END_HUNG);
    else if (give_up_ns > w->virtual_ns)
        close_at(w, w->virtual_ns, TRACE_END_VIRTUAL);
    else
        w->now_ns = give_up_ns > w->now_ns ? give_up_ns : w->now_ns;
    return false;
}

/* ---- livelock */
/*
 * After 4,096 records without progress, a digest of the world every 256. In a large world both are
 * larger: so a round of a large gang is not taken for standing still, and a record never pays for
 * more than a few things of a digest. A state that returns will return for ever, for nothing but
 * the state decides. Brent's way of finding a cycle: compare with one kept digest, which is
 * replaced after 1, 2, 4, ... steps. Events without end that leave no record are found in the same way,
 * once there have been many (world.c).
 */
void sim_look_for_livelock(struct sim *w, bool silent)
{
    uint64_t every = w->things > 256 ? w->things : 256;
    w->digest_record = (w->records / every + 1) * every;
    if (!silent && w->records - w->progress_record < 16 * every)
        return;
    uint64_t digest = sim_fingerprint(w);
    if (w->digest_progress != w->progress_record) { /* the first since there was progress */
        w->digest_progress = w->progress_record;
        w->digest = digest;
        w->digest_steps = 0;
        w->digest_power = 1;
        return;
    }
    if (digest == w->digest) {
        sim_close(w, TRACE_END_LIVELOCK);
        return;
    }
    if (++w->digest_steps == w->digest_power) {
        w->digest = digest;
        w->digest_steps = 0;
        w->digest_power *= 2;
    }
}
