/*
 * ended.c -- what the messages of tasks mean: the end of one, what it has reached, and what is lost with its machine.
 *
 * This room is for: successes, failures and losses of single tasks, of gangs and of MapReduce stages; checkpoints and outputs.
 * It may include:   driver_private.h, <assert.h>.
 * Never here:       what becomes of a gang that failed (attempts.c), where outputs lie (outputs.c).
 *
 * Invariants: a message counts only if it speaks of a group that is there, and of a rank that has not ended yet; room and group are
 * freed first, so that whatever follows finds them as they are.
 */
#include "driver_private.h"

#include <assert.h>

/* ---- successes */
static void accept(struct gang_driver *d, const struct stage *stage, uint32_t rank,
                   uint16_t attempt, enum gang_accept what, uint64_t value,
                   struct gang_effects *out)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_ACCEPT, stage);
    msg->attempt = attempt;
    msg->rank = rank;
    msg->op = (uint8_t)what;
    msg->a = value;
}

void gang_accept_success(struct gang_driver *d, struct stage *stage, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    struct rank *rank = rank_at(d, stage, msg->rank);
    rank->state = RANK_DONE;
    rank->group = msg->executor;
    gang_say_success(d, stage, msg, out);
}

void gang_say_success(struct gang_driver *d, struct stage *stage, const struct gang_msg *msg,
                      struct gang_effects *out)
{
    if (stage->nothing_on == msg->executor + 1)
        stage->nothing_on = 0;
    executors_of(d)[msg->executor].failures = 0; /* it can do it (G-14) */
    accept(d, stage, msg->rank, msg->attempt, GANG_ACCEPT_SUCCESS, 0, out);
    struct gang_msg *said = &out->list[out->count - 1].msg;
    said->executor = msg->executor;
    said->incarnation = msg->incarnation;
}

/* ---- the end of a member of a gang */
/* G-09: a member that ends well while the others wait for it, or will, is told to them at once. */
static void member_succeeded(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                             struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (gang_copy_lies(stage, rank_at(d, stage, msg->rank)) != GANG_NONE)
        gang_copy_forget(stage, rank_at(d, stage, msg->rank));
    stage->exited++;
    gang_accept_success(d, stage, msg, out);
    if (stage->exited + stage->kept + stage->copies == stage->tasks)
        gang_stage_done(d, s, out);
    else
        gang_sync_member_ended(d, s, out);
}

/* It held a slot, and no user code ever ran in it: nobody's fault but the world's. */
static bool never_ran(const struct gang_msg *msg)
{
    return msg->reason == GANG_REASON_GO_LATE || msg->reason == GANG_REASON_LEASE_ENDED ||
           msg->reason == GANG_REASON_GPU_LOST;
}

/* B-142: the gang fails as with any failure, and its parent has something to make again. */
static void member_missed_output(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                                 struct gang_effects *out)
{
    uint32_t slot = stage_at(d, s)->job;
    GANG_MARK(FETCH_FAILED);
    gang_failed_as(d, s, GANG_REASON_FETCH_FAILED, gang_outputs_cause(d, msg), msg->rank, msg->blob.id,
                   out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        gang_outputs_missed(d, s, msg, out);
}

static void member_ended(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (stage->state == STAGE_DRAINING) {
        uint32_t slot = stage->job;
        GANG_MARK(FREE_AFTER_FENCE);
        if (msg->op == GANG_EXIT_OK)
            gang_late_success(d, s, msg, out);
        else if (msg->reason == GANG_REASON_FETCH_FAILED && jobs_of(d)[slot].state == JOB_RUNNING)
            gang_outputs_missed(d, s, msg, out); /* where an output lies is no result of the attempt */
        else if (msg->op == GANG_EXIT_FAILED)
            gang_further_failure(d, s);
        gang_stage_settle(d, s, out);
    } else if (stage->state == STAGE_LAUNCHING) {
        gang_place_revert(d, s, (enum gang_reason)msg->reason,
                          out); /* a lease ended before the go */
    } else if (never_ran(msg)) {
        gang_failed(d, s, GANG_REASON_GO_LATE, msg->rank, 0, out);
    } else if (msg->reason == GANG_REASON_NO_ROOM || msg->reason == GANG_REASON_DRIVER_SILENT) {
        gang_failed(d, s, (enum gang_reason)msg->reason, msg->rank, 0, out);
    } else if (msg->op == GANG_EXIT_OK) {
        member_succeeded(d, s, msg, out);
    } else if (msg->reason == GANG_REASON_FETCH_FAILED) {
        member_missed_output(d, s, msg, out);
    } else if (!gang_launch_again(d, s, msg, out)) {
        gang_failed(d, s, GANG_REASON_TASK_FAILED, msg->rank, msg->blob.id, out);
        gang_exclude_charge(d, msg->executor, true, out);
    }
}

/* ---- the end of a task of a MapReduce stage */
/* One task of a MapReduce stage is run again, alone. */
static void rerun(struct gang_driver *d, uint32_t s, uint32_t r, enum gang_reason cause,
                  struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, r);
    bool own = cause == GANG_REASON_TASK_FAILED ||
               (cause == GANG_REASON_FETCH_FAILED && !gang_is_spared(d, cause));
    if (own && ++rank->failures >= d->config.attempts_max) {
        GANG_MARK(BUDGET_USED_UP);
        gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, rank->failures, out);
        return;
    }
    bool ours = cause == GANG_REASON_GO_LATE || cause == GANG_REASON_NO_ROOM ||
                cause == GANG_REASON_DRIVER_SILENT;
    if (ours && rank->attempt >= d->config.losses_max) {
        bool silent = cause == GANG_REASON_DRIVER_SILENT; /* a machine that was lost, as far as its tasks go */
        gang_job_fail(d, stage->job, silent ? GANG_REASON_LOSSES : cause, rank->attempt, out);
        return;
    }
    if (++rank->attempt == UINT16_MAX) {
        gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, rank->attempt, out);
        return;
    }
    GANG_MARK(RERUN_ONE);
    rank->state = RANK_IDLE;
    rank->group = GANG_NONE; /* its old group may live on with others in it */
    d->shrunk = 1;           /* the cluster may have, while this was not in the queue */
    stage->pending++;
    if (r < stage->pending_low)
        stage->pending_low = r;
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_NOTE, stage);
    msg->reason = GANG_REASON_RERUN;
    msg->rank = r;
    msg->attempt = rank->attempt;
    msg->count = cause;
    if (timers_of(d).place[launch_timer(s)] == GANG_NONE)
        gang_stage_patience(d, s);
    gang_place_enqueue(d, s, out);
}

/* Its parent makes again what is not there, and only then is the task run again. */
static void map_task_missed_output(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                                   struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    enum gang_reason cause = gang_outputs_cause(d, msg);
    GANG_MARK(FETCH_FAILED);
    if (gang_is_spared(d, cause) && ++stage->losses >= d->config.losses_max) {
        GANG_MARK(BUDGET_USED_UP);
        gang_job_fail(d, stage->job, GANG_REASON_LOSSES, stage->losses, out);
        return;
    }
    uint32_t slot = stage->job;
    rerun(d, s, msg->rank, cause, out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        gang_outputs_missed(d, s, msg, out);
}

static void map_task_ended(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                           struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->state == STAGE_DRAINING) {
        gang_stage_settle(d, s, out);
    } else if (never_ran(msg)) {
        rerun(d, s, msg->rank, GANG_REASON_GO_LATE, out);
    } else if (msg->reason == GANG_REASON_NO_ROOM || msg->reason == GANG_REASON_DRIVER_SILENT) {
        rerun(d, s, msg->rank, (enum gang_reason)msg->reason, out);
    } else if (msg->op == GANG_EXIT_OK) {
        gang_accept_success(d, stage, msg, out);
        if (++stage->exited == stage->tasks)
            gang_stage_done(d, s, out);
    } else if (msg->reason == GANG_REASON_FETCH_FAILED) {
        map_task_missed_output(d, s, msg, out);
    } else {
        rerun(d, s, msg->rank, GANG_REASON_TASK_FAILED, out);
        gang_exclude_charge(d, msg->executor, false, out);
    }
}

/* ---- the end of a task, whichever */
/* A member that was told to end for somebody else's sake has. What a gang without it is good for, the placer must know. */
static void evicted_ended(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                          struct gang_effects *out)
{
    if (stage_at(d, s)->kind == GANG_STAGE_BARRIER)
        gang_failed(d, s, GANG_REASON_EVICTED, msg->rank, msg->blob.id, out);
    else
        rerun(d, s, msg->rank, GANG_REASON_EVICTED, out);
}

/* What comes free with one task. A task that never started does not know its addresses; the whole of its group ends with it,
 * so any of the group's will do. */
static uint64_t addresses_freed(struct gang_driver *d, const struct group *group,
                                const struct gang_msg *msg)
{
    const struct gang_need *need = &profiles_of(d)[stage_at(d, group->stage)->profile].need;
    uint32_t each = gang_addresses(need);
    if (gang_is_share(need))
        return group->gpu_mask; /* the one address of them all */
    if ((msg->a & ~group->gpu_mask) == 0 && gang_bits_in(msg->a) == each)
        return msg->a;
    assert(gang_bits_in(group->gpu_mask) >= each);
    return gang_lowest_bits(group->gpu_mask, each);
}

/* Its task is gone, whichever way. */
static bool is_over(const struct rank *rank)
{
    return rank->state == RANK_ENDED || rank->state == RANK_DONE;
}

/* A slot is free: room and group first, so that whatever follows finds them as they are. */
void gang_jobs_task_ended(struct gang_driver *d, const struct gang_msg *msg,
                          struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    struct group *group = &groups_of(d)[g];
    uint32_t s = group->stage;
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, msg->rank);
    bool left = group->left, evicted = rank->state == RANK_EVICTED && msg->op != GANG_EXIT_OK;
    if (!left && (is_over(rank) || rank->group != g)) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    uint64_t gpus = addresses_freed(d, group, msg);
    if (msg->reason == GANG_REASON_GO_LATE)
        GANG_MARK(GO_LATE);
    if (msg->reason == GANG_REASON_NO_ROOM) { /* more was free there than is: it must be heard from first */
        GANG_MARK(NO_ROOM_AT_ONCE);
        gang_registry_suspect(d, group->executor, SUSPECT_FULL);
    }
    if (msg->reason == GANG_REASON_DRIVER_SILENT) { /* the heartbeat that says so may come later, or be lost */
        GANG_MARK(NO_LEASE_HERE);                   /* else more is sent there, until no loss is left */
        gang_registry_suspect(d, group->executor, SUSPECT_UNLEASED);
    }
    if (!left)
        rank->state = RANK_ENDED;
    const struct gang_need *need = &profiles_of(d)[stage->profile].need;
    if (!gang_is_share(need))
        group->gpu_mask &= ~gpus;
    group->ended++;
    gang_registry_give(d, group->executor, need, 1, gpus);
    if (group->ended == group->count)
        gang_group_close(d, g);
    if (left)
        gang_left_task_ended(d, s, msg, out);
    else if (evicted && stage->state == STAGE_RUNNING)
        evicted_ended(d, s, msg, out);
    else if (stage->kind == GANG_STAGE_BARRIER)
        member_ended(d, s, msg, out);
    else
        map_task_ended(d, s, msg, out);
}

/* ---- what is lost with a machine */
/* Marks what of a group had not ended; returns the first such rank, or GANG_NONE. */
static uint32_t lose_ranks(struct gang_driver *d, const struct stage *stage, uint32_t g)
{
    const struct group *group = &groups_of(d)[g];
    uint32_t first = GANG_NONE;
    for (uint32_t r = group->rank; r < group->rank + group->count; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (is_over(rank) || rank->group != g)
            continue; /* it ended here, and may run again elsewhere */
        rank->state = RANK_LOST;
        first = first == GANG_NONE ? r : first;
    }
    return first;
}

/* The executor of a group is written off, and whatever the group held with it. */
void gang_jobs_group_lost(struct gang_driver *d, uint32_t g, struct gang_effects *out)
{
    const struct group group = groups_of(d)[g];
    uint32_t s = group.stage;
    struct stage *stage = stage_at(d, s);
    uint32_t first = group.left ? GANG_NONE : lose_ranks(d, stage, g);
    gang_group_close(d, g);
    if (group.left) {
        gang_left_settle(d, s, out);
    } else if (stage->state == STAGE_LAUNCHING) {
        GANG_MARK(FENCE_LAUNCHING);
        if (gang_is_hosted(d) && gang_placer_lost(d, s, out))
            return;
        gang_place_revert(d, s, GANG_REASON_EXECUTOR_LOST, out);
    } else if (stage->state == STAGE_RUNNING && stage->kind == GANG_STAGE_BARRIER) {
        gang_failed(d, s, GANG_REASON_EXECUTOR_LOST, first, group.executor, out);
    } else if (stage->state == STAGE_RUNNING && ++stage->losses >= d->config.losses_max) {
        GANG_MARK(BUDGET_USED_UP);
        gang_job_fail(d, stage->job, GANG_REASON_LOSSES, stage->losses, out);
    } else if (stage->state == STAGE_RUNNING) {
        /* A rerun may end the job, and then there is no stage any more: its state says so. */
        for (uint32_t r = group.rank; r < group.rank + group.count; r++)
            if (stage->state == STAGE_RUNNING && rank_at(d, stage, r)->state == RANK_LOST)
                rerun(d, s, r, GANG_REASON_EXECUTOR_LOST, out);
    } else {
        gang_stage_settle(d, s, out);
    }
}

/* ---- checkpoints and outputs */
/* Counts again after every rank has passed the common checkpoint: the common one is now the least
 * of theirs. It costs as much as the reports that made it so. */
static void advance_checkpoint(struct gang_driver *d, struct stage *stage)
{
    uint32_t least = UINT32_MAX;
    stage->checkpoint_ahead = 0;
    for (uint32_t r = 0; r < stage->tasks; r++)
        if (rank_at(d, stage, r)->checkpoint < least)
            least = rank_at(d, stage, r)->checkpoint;
    stage->checkpoint = least;
    for (uint32_t r = 0; r < stage->tasks; r++)
        stage->checkpoint_ahead += rank_at(d, stage, r)->checkpoint > least;
}

/* A restart begins at the last checkpoint that all ranks of one unfenced attempt reported. */
void gang_jobs_checkpoint(struct gang_driver *d, const struct gang_msg *msg,
                          struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE || groups_of(d)[g].left ||
        !gang_stage_is_live(stage_at(d, groups_of(d)[g].stage))) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    struct stage *stage = stage_at(d, groups_of(d)[g].stage);
    struct rank *rank = rank_at(d, stage, msg->rank);
    if (stage->kind != GANG_STAGE_BARRIER || rank->state != RANK_RUNNING ||
        msg->a <= rank->checkpoint || msg->a > UINT32_MAX)
        return;
    stage->checkpoint_ahead += rank->checkpoint <= stage->checkpoint;
    rank->checkpoint = (uint32_t)msg->a;
    if (stage->checkpoint_ahead < stage->tasks)
        return;
    GANG_MARK(CHECKPOINT_COMMON);
    advance_checkpoint(d, stage);
    accept(d, stage, GANG_NONE, stage->attempt, GANG_ACCEPT_CHECKPOINT, stage->checkpoint, out);
}

void gang_jobs_output(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE || groups_of(d)[g].left ||
        !gang_stage_is_live(stage_at(d, groups_of(d)[g].stage))) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    const struct stage *stage = stage_at(d, groups_of(d)[g].stage);
    accept(d, stage, msg->rank, msg->attempt, GANG_ACCEPT_OUTPUT, msg->blob.digest, out);
}
