/*
 * exclude.c -- executors that nothing new is placed on: excluded for a while, or on their way out.
 *
 * This room is for: who is charged with a failure, when that is too much, and when it is forgiven;
 * decommissioning. It may include: <assert.h>, and this room's headers. Never here: what is offered
 * and what counts as capacity: that is the registry's, and one set (G-04).
 *
 * An exclusion is of one process: a new one begins with a clean slate.
 */
#include "driver_private.h"

#include <assert.h>

static void exclude(struct gang_driver *d, uint32_t executor, struct gang_effects *out)
{
    struct member_executor *e = &executors_of(d)[executor];
    GANG_MARK(EXCLUDED);
    struct gang_msg *msg = gang_put(out, GANG_FX_EXCLUDE);
    msg->executor = executor;
    msg->incarnation = e->incarnation;
    msg->reason = GANG_REASON_EXCLUDED;
    msg->count = e->failures;
    e->failures = 0;
    e->excluded_until = later(d->now, d->config.exclude_ns);
    gang_registry_exclude(d, executor, true);
    uint32_t timer = exclusion_timer(d);
    if (timers_of(d).place[timer] == GANG_NONE || timers_of(d).at[timer] > e->excluded_until)
        arm(d, timer, e->excluded_until);
}

/* A stage alive that fits the cluster as it is, and would not without this executor; GANG_NONE: none. */
static uint32_t who_needs(struct gang_driver *d, uint32_t executor, uint32_t *without)
{
    const struct member_executor *e = &executors_of(d)[executor];
    for (uint32_t slot = 0; slot < d->limits.jobs; slot++) {
        const struct job *job = &jobs_of(d)[slot];
        if (job->state != JOB_ADMITTING && job->state != JOB_RUNNING)
            continue;
        for (uint32_t s = job->first_stage; s < job->first_stage + job->stage_count; s++) {
            const struct stage *stage = stage_at(d, s);
            uint32_t all = gang_slots_total(d, stage), least = gang_slots_least(stage);
            uint32_t here = gang_slots_of_empty(d, &e->total, &profiles_of(d)[stage->profile].need);
            *without = all > here ? all - here : 0;
            if (stage->state != STAGE_DONE && all >= least && *without < least)
                return s;
        }
    }
    return GANG_NONE;
}

void gang_exclude_charge(struct gang_driver *d, uint32_t executor, bool of_gang,
                         struct gang_effects *out)
{
    struct member_executor *e = &executors_of(d)[executor];
    uint32_t without;
    if (d->config.exclude_failures == 0 || d->config.exclude_ns == 0 || e->excluded ||
        e->state != EXECUTOR_ALIVE)
        return;
    if (of_gang && axis(d, GANG_AXIS_EXCLUSION))
        return; /* B-194: failures of gangs exclude nobody */
    e->failures += e->failures < UINT32_MAX;
    if (e->failures < d->config.exclude_failures || e->draining)
        return;
    uint32_t s = who_needs(d, executor, &without);
    if (s == GANG_NONE) {
        exclude(d, executor, out);
        return;
    }
    GANG_MARK(EXCLUSION_KEPT_OFF);
    gang_note(d, out, stage_at(d, s), GANG_REASON_EXCLUDED, gang_slots_least(stage_at(d, s)),
              without);
}

/* Somebody outside knows better: whatever remains. */
void gang_exclude_told(struct gang_driver *d, uint32_t executor, struct gang_effects *out)
{
    if (d->config.exclude_ns > 0 && executors_of(d)[executor].state == EXECUTOR_ALIVE)
        exclude(d, executor, out);
}

void gang_exclude_ended(struct gang_driver *d)
{
    gang_ns next = GANG_NEVER;
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        const struct member_executor *e = &executors_of(d)[i];
        if (!e->excluded)
            continue;
        if (e->excluded_until <= d->now)
            gang_registry_exclude(d, i, false);
        else if (e->excluded_until < next)
            next = e->excluded_until;
    }
    if (next != GANG_NEVER)
        arm(d, exclusion_timer(d), next);
}

void gang_exclude_look(struct gang_driver *d)
{
    uint32_t timer = exclusion_timer(d);
    if (timers_of(d).place[timer] == GANG_NONE || timers_of(d).at[timer] > d->now)
        return;
    gang_timers_cancel(&d->timers, timers_of(d), timer);
    gang_exclude_ended(d);
}

/* B-192: what runs there goes on. When it is gone, its loss is nobody's fault. */
void gang_decommission(struct gang_driver *d, uint32_t executor)
{
    struct member_executor *e = &executors_of(d)[executor];
    if (e->state != EXECUTOR_ALIVE || e->leaving)
        return;
    e->leaving = 1;
    if (!axis(d, GANG_AXIS_DRAINING_SLOTS)) /* SPARK-32653: they were once */
        gang_registry_drain(d, executor);
}
