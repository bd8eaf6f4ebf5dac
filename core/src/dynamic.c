/*
 * dynamic.c -- executors that come and go with the load.
 *
 * This room is for: which executor is given back, which is asked for again, and what of this is different for gangs.
 * It may include:   <assert.h>, and this room's headers.
 * Never here:       how an executor is ended or started: that is the cluster manager's, outside (GANG_FX_GIVE_BACK and
 *                   GANG_FX_ASK).
 *
 * An executor on which nothing has run, or was reserved, for config.idle_ns is given back, unless an output on it is still
 * needed (Spark calls that shuffle tracking), or a task waits that it could take (Spark's target). Whoever waits in the queue for more than is free has the driver ask for
 * executors that were given back, lowest number first, for as many as hold it. Spark asks for 1, 2, 4, ... of them, a second
 * apart; here all that are needed are asked for at once, for what a gang needs it needs together.
 *
 * Under `pin` (G-19) no executor is given back that a gang which waits could use, nor one that a running gang would need to
 * begin again. What was given back counts at admission: it can be had again. One that was asked for and has not come when
 * nobody has come for heartbeat_timeout is no longer counted on; should it come after all, it is as good as any other.
 *
 * A placer outside decides who goes where, and not who is there: the driver asks for who still waits when a plan was carried
 * out, and what the placer left free counts as there.
 *
 * Giving back is a habit, and so brings nothing about: whoever waits has asked for what it needs before.
 */
#include "driver_private.h"

#include <assert.h>

/* What becomes of gangs where executors come and go. */
enum gangs { GANGS_PINNED = 0, GANGS_REFUSED = 1, GANGS_AS_TASKS = 2 };

void gang_dynamic_init(struct gang_driver *d)
{
    bool refused = axis(d, GANG_AXIS_DYNAMIC_EXECUTORS);
    d->gangs = refused ? GANGS_REFUSED : GANGS_PINNED;
    if (axis(d, GANG_AXIS_DYNAMIC_ADMISSION))
        d->gangs = GANGS_AS_TASKS; /* SPARK-24954: once nobody looked at them */
    d->standbys = 0;
}

bool gang_dynamic_refuses_gangs(const struct gang_driver *d)
{
    return d->config.dynamic && d->gangs == GANGS_REFUSED;
}

/* ---- what could be had again */
/* Every change of whether an executor is there goes through here: what admission counts changes with it. */
static void stand_by(struct gang_driver *d, uint32_t executor, enum standby_state next)
{
    struct standby *standby = &standbys_of(d)[executor];
    int change = (next != STANDBY_NOT) - (standby->state != STANDBY_NOT);
    d->standbys += (uint32_t)((next == STANDBY_AWAY) - (standby->state == STANDBY_AWAY));
    d->expected += (uint32_t)((next == STANDBY_ASKED) - (standby->state == STANDBY_ASKED));
    standby->state = (uint8_t)next;
    for (uint32_t p = 0; change != 0 && p < d->profiles_top; p++) {
        struct profile *row = &profiles_of(d)[p];
        if (row->users > 0)
            row->granted +=
                gang_dynamic_counts(d, executor, &row->need) * (uint64_t)(int64_t)change;
    }
    d->shrunk |= change < 0;
    d->dirty |= change < 0;
}

uint64_t gang_dynamic_counts(const struct gang_driver *d, uint32_t executor,
                             const struct gang_need *need)
{
    return gang_slots_of_empty(d, &executors_of(d)[executor].total, need);
}

/* ---- coming */
static bool is_idle(const struct member_executor *e)
{
    return e->state == EXECUTOR_ALIVE && e->groups == GANG_NONE && !e->leaving;
}

void gang_dynamic_idle(struct gang_driver *d, uint32_t executor)
{
    if (!d->config.dynamic || !is_idle(&executors_of(d)[executor]))
        return;
    standbys_of(d)[executor].idle_at = d->now;
    if (timers_of(d).place[idle_timer(d)] == GANG_NONE)
        arm(d, idle_timer(d), later(d->now, d->config.idle_ns));
}

static void expect_more(struct gang_driver *d)
{
    if (d->expected > 0)
        arm(d, grant_timer(d), later(d->now, d->config.heartbeat_timeout_ns));
    else
        gang_timers_cancel(&d->timers, timers_of(d), grant_timer(d));
}

void gang_dynamic_comes(struct gang_driver *d, uint32_t executor)
{
    if (standbys_of(d)[executor].state == STANDBY_NOT)
        return;
    stand_by(d, executor, STANDBY_NOT);
    expect_more(d);
}

void gang_dynamic_never_came(struct gang_driver *d)
{
    for (uint32_t i = 0; i < d->limits.executors; i++)
        if (standbys_of(d)[i].state == STANDBY_ASKED)
            stand_by(d, i, STANDBY_NOT);
    GANG_MARK(DYNAMIC_NEVER_CAME);
    assert(d->expected == 0);
}

/* ---- going */
/* A rank has ended well there, and what it made, or that it ended, is worth something. */
static bool has_done_there(struct gang_driver *d, const struct stage *stage, uint32_t executor)
{
    for (uint32_t r = 0; r < stage->tasks; r++)
        if (rank_at(d, stage, r)->state == RANK_DONE && rank_at(d, stage, r)->group == executor)
            return true;
    return false;
}

static bool waits_for_executors(const struct job *job, const struct stage *stage)
{
    switch ((enum stage_state)stage->state) {
    case STAGE_NEW:
        return job->state == JOB_ADMITTING;
    case STAGE_ADMITTING:
    case STAGE_QUEUED:
    case STAGE_LAUNCHING:
    case STAGE_DRAINING:
    case STAGE_BACKOFF:
        return true;
    case STAGE_RUNNING:
    case STAGE_DONE:
    case STAGE_DEAD:
    case STAGE_STATES:
        break;
    }
    return false;
}

/* G-19 */
static bool is_pinned_by(struct gang_driver *d, const struct stage *stage, uint32_t executor)
{
    if (d->gangs != GANGS_PINNED || stage->kind != GANG_STAGE_BARRIER)
        return false;
    if (waits_for_executors(job_of(d, stage), stage))
        return gang_dynamic_counts(d, executor, &profiles_of(d)[stage->profile].need) > 0;
    return stage->state == STAGE_RUNNING && has_done_there(d, stage, executor);
}

/* Tasks wait, and it could take one: somebody before them in the queue has not gone, they would rather be elsewhere, or whether they
 * fit is yet to be looked at again, as where it comes later than it was counted on. */
static bool is_waited_for(struct gang_driver *d, const struct stage *stage, uint32_t executor)
{
    bool waits = stage->queued || stage->phase_timer == GANG_TIMER_ADMISSION || waits_for_executors(job_of(d, stage), stage);
    return stage->kind == GANG_STAGE_MAPREDUCE && waits &&
           gang_dynamic_counts(d, executor, &profiles_of(d)[stage->profile].need) > 0;
}

/* The stages that are not done, and what they fetch. */
static uint64_t still_read(struct gang_driver *d, const struct job *job)
{
    uint64_t read = 0;
    for (uint32_t i = 0; i < job->stage_count; i++) {
        const struct stage *stage = stage_at(d, job->first_stage + i);
        read |= stage->state != STAGE_DONE ? stage->shuffles : 0;
    }
    return read;
}

static bool is_needed(struct gang_driver *d, uint32_t executor)
{
    for (uint32_t slot = 0; slot < d->limits.jobs; slot++) {
        const struct job *job = &jobs_of(d)[slot];
        if (job->state != JOB_ADMITTING && job->state != JOB_RUNNING)
            continue;
        uint64_t read = still_read(d, job);
        for (uint32_t i = 0; i < job->stage_count; i++) {
            const struct stage *stage = stage_at(d, job->first_stage + i);
            if (is_pinned_by(d, stage, executor) || is_waited_for(d, stage, executor) ||
                ((read >> i & 1) && has_done_there(d, stage, executor)))
                return true;
        }
    }
    return false;
}

static void give_back(struct gang_driver *d, uint32_t executor, struct gang_effects *out)
{
    uint32_t incarnation = executors_of(d)[executor].incarnation;
    GANG_MARK(DYNAMIC_GIVEN_BACK);
    gang_registry_lose(d, executor, GANG_REASON_IDLE, out);
    stand_by(d, executor, STANDBY_AWAY);
    struct gang_msg *msg = gang_put(out, GANG_FX_GIVE_BACK);
    msg->executor = executor;
    msg->incarnation = incarnation;
    msg->reason = GANG_REASON_IDLE;
}

/* Who is needed without having anything to do has its whole time again. */
void gang_dynamic_check_idle(struct gang_driver *d, struct gang_effects *out)
{
    gang_ns next = GANG_NEVER;
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        struct standby *standby = &standbys_of(d)[i];
        if (!is_idle(&executors_of(d)[i]))
            continue;
        bool due = later(standby->idle_at, d->config.idle_ns) <= d->now;
        if (due && !is_needed(d, i)) {
            give_back(d, i, out);
            continue;
        }
        if (due) {
            GANG_MARK(DYNAMIC_KEPT);
            standby->idle_at = d->now;
        }
        gang_ns at = later(standby->idle_at, d->config.idle_ns);
        next = at < next ? at : next;
    }
    if (next != GANG_NEVER)
        arm(d, idle_timer(d), next);
}

/* ---- asking */
static void ask_for(struct gang_driver *d, uint32_t executor, struct gang_effects *out)
{
    stand_by(d, executor, STANDBY_ASKED);
    struct gang_msg *msg = gang_put(out, GANG_FX_ASK);
    msg->executor = executor;
    msg->incarnation = executors_of(d)[executor].incarnation;
    msg->reason = GANG_REASON_REQUESTED;
    GANG_MARK(DYNAMIC_ASKED);
}

/* How many ranks are without a place. What a placer outside holds for a gang in the queue has one already. */
static uint32_t without_place(const struct gang_driver *d, const struct stage *stage)
{
    if (stage->kind != GANG_STAGE_BARRIER)
        return stage->pending;
    uint32_t held = 0;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        held += groups_of(d)[g].count;
    return held < stage->queued_ranks ? stage->queued_ranks - held : 0;
}

/* Executors of this state that no stage before it counts on, until it has what it wants. */
static uint64_t count_on(struct gang_driver *d, const struct stage *stage, uint64_t there,
                         enum standby_state state, struct gang_effects *out)
{
    uint32_t wanted = without_place(d, stage);
    for (uint32_t i = 0; i < d->limits.executors && there < wanted; i++) {
        struct standby *standby = &standbys_of(d)[i];
        uint64_t here = gang_dynamic_counts(d, i, &profiles_of(d)[stage->profile].need);
        if (standby->state != state || standby->claimed || here == 0)
            continue;
        standby->claimed = 1;
        there += here;
        if (state == STANDBY_AWAY)
            ask_for(d, i, out);
    }
    return there;
}

void gang_dynamic_ask(struct gang_driver *d, struct gang_effects *out)
{
    if (d->standbys == 0)
        return; /* nobody could be asked for */
    uint32_t before = d->expected;
    for (uint32_t i = 0; i < d->limits.executors; i++)
        standbys_of(d)[i].claimed = 0;
    for (uint32_t s = d->queue_first; s != GANG_NONE && d->standbys > 0;
         s = stage_at(d, s)->queue_next) {
        const struct stage *stage = stage_at(d, s);
        uint64_t there = profiles_of(d)[stage->profile].free;
        there = count_on(d, stage, there, STANDBY_ASKED, out);
        (void)count_on(d, stage, there, STANDBY_AWAY, out);
    }
    if (d->expected != before)
        expect_more(d);
}
