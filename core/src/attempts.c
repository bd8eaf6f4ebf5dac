/*
 * attempts.c -- the end of a gang's attempt, who pays for it, and when the next one begins.
 *
 * This room is for: fencing, ending what an attempt still runs, budgets, the delay before the next attempt, slots that are not
 *                   released in time, and all timers of a stage's phases.
 * It may include:   driver_private.h, <assert.h>.
 * Never here:       what failed, and whether that is a failure (ended.c), rounds (sync.c), what failed attempts leave behind (left.c).
 *
 * Invariants: an attempt is fenced before anything else is done about its failure; the next attempt is not queued before every slot
 * of the last is free or written off (G-12).
 */
#include "driver_private.h"

#include <assert.h>

/* ---- ending what runs */
/* Whether a task that does not end in time is forced, and an executor that does not release it written off (B-162). */
static bool forces(const struct gang_driver *d) { return !axis(d, GANG_AXIS_KILL); }

/* Asks every executor that runs or holds something of these groups to end it. */
void gang_groups_end(struct gang_driver *d, uint32_t s, uint32_t first, enum gang_reason reason,
                     struct gang_effects *out)
{
    bool force = forces(d), waiting = false;
    for (uint32_t g = first, next; g != GANG_NONE; g = next) {
        struct group *group = &groups_of(d)[g];
        next = group->stage_next;
        if (group->state != GROUP_GONE) {
            (void)gang_group_unreserve(d, g, reason, out);
            continue;
        }
        if (executors_of(d)[group->executor].state != EXECUTOR_ALIVE)
            continue; /* it is being written off, and what runs there with it */
        struct gang_msg *msg = gang_fx_group(d, out, GANG_MSG_KILL, group);
        msg->reason = (uint16_t)reason;
        msg->op = force;
        waiting = true;
    }
    if (waiting && force && stage_at(d, s)->state == STAGE_DRAINING)
        gang_stage_arm(d, s, GANG_TIMER_RELEASE_WAIT, d->config.release_wait_ns);
}

void gang_fence(struct gang_driver *d, uint32_t s, enum gang_reason reason, uint32_t rank,
                  uint64_t code, struct gang_effects *out)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_FENCE, stage_at(d, s));
    msg->reason = (uint16_t)reason;
    msg->rank = rank;
    msg->a = code;
}

/* ---- budgets */
/* B-146: so many attempts a stage may have in all. SPARK-42577: once it was any number, as long as some of them succeeded. */
static uint32_t attempts_in_all(const struct gang_driver *d)
{
    uint32_t most = d->config.attempts_all_max, in_a_row = d->config.attempts_max;
    if (most == 0 || axis(d, GANG_AXIS_ATTEMPTS_LIMIT))
        return GANG_NONE;
    return most > in_a_row ? most : in_a_row;
}

/* Asked before an attempt is begun. False: there is none left, and no job. */
bool gang_stage_has_attempt(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    uint32_t most = attempts_in_all(d);
    if (stage->attempts_used < most)
        return true;
    GANG_MARK(ATTEMPTS_IN_ALL);
    gang_note(d, out, stage, GANG_REASON_ATTEMPTS_IN_ALL, stage->attempts_used, most);
    gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS_IN_ALL, stage->attempts_used, out);
    return false;
}

static bool has_children(struct gang_driver *d, const struct stage *stage)
{
    const struct job *job = job_of(d, stage);
    for (uint32_t i = 0; i < job->stage_count; i++)
        if (stage_at(d, job->first_stage + i)->parents >> stage->index & 1)
            return true;
    return false;
}

/* A lost machine, an output that was lost with it, or a go that came too late, is not the job's fault (B-137); and under no
 * policy is an output that went with an executor which was taken out of service (B-142). */
bool gang_is_spared(const struct gang_driver *d, enum gang_reason cause)
{
    bool ours = cause == GANG_REASON_GO_LATE || cause == GANG_REASON_NO_ROOM ||
                cause == GANG_REASON_EXECUTOR_LOST || cause == GANG_REASON_OUTPUT_LOST ||
                cause == GANG_REASON_FETCH_FAILED || cause == GANG_REASON_DRIVER_SILENT;
    return cause == GANG_REASON_DECOMMISSIONED || (ours && !axis(d, GANG_AXIS_BUDGET));
}

/* Who pays for a failure (G-12): GANG_REASON_OK, or why the job has no attempt left. What goes on for ever is nobody's
 * fault, and ends as well. */
static enum gang_reason charge(struct gang_driver *d, struct stage *stage, enum gang_reason cause)
{
    if (stage->attempts_made > UINT16_MAX)
        return GANG_REASON_ATTEMPTS; /* the next attempt would have no number */
    if (cause == GANG_REASON_EVICTED)
        return GANG_REASON_OK; /* somebody else was to have its slots: nobody pays for that */
    if (gang_is_spared(d, cause)) {
        if (++stage->losses < d->config.losses_max)
            return GANG_REASON_OK;
        bool late = cause == GANG_REASON_GO_LATE || cause == GANG_REASON_NO_ROOM;
        return late ? cause : GANG_REASON_LOSSES;
    }
    if (++stage->failures >= d->config.attempts_max)
        return GANG_REASON_ATTEMPTS;
    if (axis(d, GANG_AXIS_LAST_STAGE) && !has_children(d, stage))
        return GANG_REASON_TASK_FAILED; /* B-135 */
    return GANG_REASON_OK;
}

/* ---- a failure, and what comes after it */
/* B-134, B-141: Spark hands a gang in again so long after its failure, whether or not its slots are free by then. */
static void resubmit_in_time(struct gang_driver *d, uint32_t s)
{
    if (stage_at(d, s)->open_groups > 0 && axis(d, GANG_AXIS_RESUBMIT))
        gang_stage_arm(d, s, GANG_TIMER_RETRY, d->config.retry_delay_ns);
}

/* From now on; or from its failure, if that is when the delay began. */
static void back_off(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    bool begun = stage_at(d, s)->phase_timer == GANG_TIMER_RETRY;
    gang_ns at = begun ? timers_of(d).at[phase_timer(s)] : later(d->now, d->config.retry_delay_ns);
    gang_stage_move(d, s, STAGE_BACKOFF);
    gang_stage_arm(d, s, GANG_TIMER_RETRY, at - d->now);
    gang_wait_for(d, s, GANG_REASON_BACKOFF, 0, 0, out);
}

/* The last slot of a fenced attempt is free or written off. */
void gang_stage_settle(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->state != STAGE_DRAINING || stage->open_groups > 0)
        return;
    if (job_of(d, stage)->state == JOB_ENDING) {
        uint32_t job = stage->job;
        if (stage->left_groups > 0)
            return; /* these were told to end, too */
        gang_stage_move(d, s, STAGE_DEAD);
        gang_job_check_done(d, job, out);
        return;
    }
    if (stage->kept == stage->tasks) {
        gang_stage_done(d, s, out);
        return;
    }
    back_off(d, s, out);
}

/* B-142, B-143: Spark does not end the siblings of a task whose fetch failed, and once ended nobody's (SPARK-24795). */
static bool leaves_siblings(const struct gang_driver *d, enum gang_reason cause)
{
    return (cause == GANG_REASON_FETCH_FAILED && axis(d, GANG_AXIS_FETCH_FAILURE)) ||
           axis(d, GANG_AXIS_SIBLINGS);
}

/* charged: the cause that is paid for. */
void gang_failed_as(struct gang_driver *d, uint32_t s, enum gang_reason cause,
                    enum gang_reason charged, uint32_t rank, uint64_t code,
                    struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    assert(stage->kind == GANG_STAGE_BARRIER);
    assert(stage->state == STAGE_RUNNING);
    gang_fence(d, s, cause, rank, code, out);
    gang_place_dequeue(d, s); /* a part of it may have waited (placer.c) */
    gang_stage_move(d, s, STAGE_DRAINING);
    bool leaves = leaves_siblings(d, cause);
    gang_sync_end(d, s, !leaves, out);
    gang_outputs_drop(d, s, out);
    stage->failed_fetch = cause == GANG_REASON_FETCH_FAILED;
    if (leaves)
        gang_left_behind(d, s, out);
    else
        gang_groups_end(d, s, stage->groups,
                        cause == GANG_REASON_EVICTED ? cause : GANG_REASON_GANG_FAILED, out);
    enum gang_reason over = charge(d, stage, charged);
    if (over != GANG_REASON_OK) {
        GANG_MARK(BUDGET_USED_UP);
        bool lost = over == GANG_REASON_LOSSES || over == GANG_REASON_GO_LATE ||
                    over == GANG_REASON_NO_ROOM;
        gang_job_fail(d, stage->job, over, lost ? stage->losses : stage->failures, out);
        return; /* the stage may be forgotten by now */
    }
    if (stage->open_groups > 0)
        gang_wait_for(d, s, GANG_REASON_DRAINING, stage->open_groups, 0, out);
    resubmit_in_time(d, s);
    gang_stage_settle(d, s, out);
}

void gang_failed(struct gang_driver *d, uint32_t s, enum gang_reason cause, uint32_t rank,
                 uint64_t code, struct gang_effects *out)
{
    gang_failed_as(d, s, cause, cause, rank, code, out);
}

void gang_jobs_went(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    stage->failed_fetch = 0;
    if (stage->restarts_owed == 0)
        return;
    stage->restarts_owed--;
    gang_failed(d, s, GANG_REASON_RESTART, GANG_NONE, 0, out);
}

/* ---- timers */
static bool condemn_all(struct gang_driver *d, uint32_t first, struct gang_effects *out)
{
    gang_ns told_at = d->now - d->config.release_wait_ns;
    bool all = true;
    for (uint32_t g = first; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        all &= gang_registry_condemn(d, groups_of(d)[g].executor, told_at, out);
    return all;
}

/*
 * A fenced attempt's slots are not free in time.
 *
 * Without a lease the executors that hold them are written off, and the gang goes on elsewhere: an old task and a new one may
 * then run together, for nobody can tell whether the old one has ended.
 *
 * With a lease that must not happen (GEN), so nothing is taken for free that is not: an executor that is silent is not offered,
 * and is lost when its silence has outlasted its lease, as any other. One that was heard since its tasks were told to end is
 * told to go as a whole: its process and all its tasks end, and when it comes back as another process, or is silent for long
 * enough, it is lost. Until then its slots stay taken and the gang waits.
 */
static void not_released(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    GANG_MARK(EXECUTOR_WRITTEN_OFF);
    if (gang_driver_lease(&d->config) > 0) {
        bool all = condemn_all(d, stage->groups, out);
        if (job_of(d, stage)->state == JOB_ENDING) /* nobody told those that were left behind to end before */
            all &= condemn_all(d, stage->left_first, out);
        if (!all)
            gang_stage_arm(d, s, GANG_TIMER_RELEASE_WAIT, d->config.release_wait_ns);
        return;
    }
    while (stage->state == STAGE_DRAINING &&
           (stage->groups != GANG_NONE || stage->left_first != GANG_NONE)) {
        uint32_t g = stage->groups != GANG_NONE ? stage->groups : stage->left_first;
        if (groups_of(d)[g].left && job_of(d, stage)->state != JOB_ENDING)
            break; /* nobody told these to end */
        gang_registry_lose(d, groups_of(d)[g].executor, GANG_REASON_NOT_RELEASED, out);
    }
}

/* The delay before the next attempt is over. What the last one still runs was told to end, and keeps its slots until it has. */
static void retry(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (stage->state == STAGE_DRAINING && job_of(d, stage)->state != JOB_RUNNING) {
        if (forces(d))
            gang_stage_arm(d, s, GANG_TIMER_RELEASE_WAIT, d->config.release_wait_ns);
        return;
    }
    if (stage->state == STAGE_DRAINING) {
        gang_left_behind(d, s, out);
        gang_stage_move(d, s, STAGE_BACKOFF);
    }
    if (!gang_stage_has_attempt(d, s, out))
        return;
    gang_note(d, out, stage, GANG_REASON_RESTART, stage->checkpoint, stage->attempts_used);
    gang_stage_ready(d, s, out);
}

void gang_jobs_phase_timer(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    enum gang_timer kind = (enum gang_timer)stage->phase_timer;
    stage->phase_timer = GANG_TIMER_NONE;
    switch (kind) {
    case GANG_TIMER_ADMISSION:
        if (job_of(d, stage)->state == JOB_ADMITTING)
            gang_job_admit(d, stage->job, out);
        else
            gang_stage_ready(d, s, out);
        break;
    case GANG_TIMER_RETRY:
        retry(d, s, out);
        break;
    case GANG_TIMER_RESERVE:
        gang_place_reserve_timeout(d, s, out);
        break;
    case GANG_TIMER_SYNC:
    case GANG_TIMER_CALL:
        gang_sync_timeout(d, s, kind == GANG_TIMER_CALL, out);
        break;
    case GANG_TIMER_RELEASE_WAIT:
        not_released(d, s, out);
        break;
    case GANG_TIMER_NONE:
    case GANG_TIMER_LAUNCH_DEADLINE:
    case GANG_TIMER_HEARTBEAT:
    case GANG_TIMER_LEASE:
    case GANG_TIMER_KILL_GRACE:
    case GANG_TIMER_ROUND:
    case GANG_TIMER_DRIVER_LEASE:
    case GANG_TIMER_BEAT:
    case GANG_TIMER_LOCALITY:
    case GANG_TIMER_RESEND:
    case GANG_TIMER_POLL:
    case GANG_TIMER_EXCLUSION:
    case GANG_TIMER_IDLE:
    case GANG_TIMER_GRANT:
    case GANG_TIMER_PLACER:
    case GANG_TIMER_PLACER_POLL:
    case GANG_TIMER_COUNT:
        assert(false); /* no phase of a stage has such a timer */
    }
}
