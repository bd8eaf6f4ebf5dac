/*
 * left.c -- what ended attempts of a gang leave behind, under policies that do not end it.
 *
 * This room is for: tasks that nobody told to end when their gang failed (B-142, B-143,
 * SPARK-24795), and what their ends still do; members whose success is there before they end (B-145),
 * and members that are sent off again alone (SPARK-25161). It may include: <assert.h>, and this room's headers.
 *
 * Strict never comes here: it ends every member and waits for its slot before the next attempt is
 * queued (G-12). A group that is left behind keeps its slots and is accounted for like any other; but
 * it is in a list of its own, so that whatever speaks of a stage's groups speaks of its present
 * attempt alone. Its ranks belong to the next attempt at once: nobody may ask the rank table about a
 * task of such a group.
 */
#include "driver_private.h"

#include <assert.h>

/* Its ranks are free to be planned again. */
static void forget_ranks(struct gang_driver *d, const struct stage *stage, uint32_t g)
{
    const struct group *group = &groups_of(d)[g];
    for (uint32_t r = group->rank; r < group->rank + group->count; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (rank->group != g || rank->state != RANK_RUNNING)
            continue;
        rank->state = RANK_IDLE;
        rank->group = GANG_NONE;
    }
}

/* What was planned and never sent (B-40) is not left anywhere. */
static void take_back_untold(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    for (uint32_t g = stage_at(d, s)->groups, next; g != GANG_NONE; g = next) {
        next = groups_of(d)[g].stage_next;
        if (groups_of(d)[g].state != GROUP_GONE)
            (void)gang_group_unreserve(d, g, GANG_REASON_GANG_FAILED, out);
    }
}

void gang_left_behind(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    take_back_untold(d, s, out);
    if (stage->groups == GANG_NONE)
        return;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        groups_of(d)[g].left = 1;
        forget_ranks(d, stage, g);
    }
    groups_of(d)[stage->groups].stage_previous = stage->left_last;
    *(stage->left_last == GANG_NONE ? &stage->left_first
                                    : &groups_of(d)[stage->left_last].stage_next) = stage->groups;
    stage->left_last = stage->last_group;
    stage->left_groups += stage->open_groups;
    stage->groups = stage->last_group = GANG_NONE;
    stage->open_groups = 0;
}

void gang_left_settle(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (job_of(d, stage)->state == JOB_OVER)
        gang_job_forget(d, stage->job);
    else
        gang_stage_settle(d, s, out);
}

void gang_further_failure(struct gang_driver *d, uint32_t s)
{
    struct stage *stage = stage_at(d, s);
    if (job_of(d, stage)->state == JOB_RUNNING && stage->restarts_owed < UINT32_MAX &&
        axis(d, GANG_AXIS_RESTARTS))
        stage->restarts_owed++;
}

/* Whether the gang has no task under way, nor an attempt that was placed. */
static bool is_between_attempts(const struct stage *stage)
{
    return stage->state == STAGE_NEW || stage->state == STAGE_ADMITTING ||
           stage->state == STAGE_QUEUED || stage->state == STAGE_DRAINING ||
           stage->state == STAGE_BACKOFF;
}

/* ---- copies */
static void begin_copy(struct stage *stage, struct rank *rank, uint32_t executor)
{
    assert(executor >> 16 < RANK_HAS_COPY);
    rank->failures = (uint8_t)(RANK_HAS_COPY | executor >> 16);
    rank->attempt = (uint16_t)executor;
    stage->copies++;
}

void gang_copy_forget(struct stage *stage, struct rank *rank)
{
    rank->failures = 0;
    rank->attempt = 0;
    stage->copies--;
}

/* The rank's next task is under way. Nobody ends it; but the gang no longer waits for it to be done. */
static void copy_is_done(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, msg->rank);
    bool under_way = rank->state == RANK_RUNNING || rank->state == RANK_RESERVED;
    if (!under_way || gang_copy_lies(stage, rank) != GANG_NONE)
        return;
    GANG_MARK(DONE_BEFORE_ITS_COPY);
    begin_copy(stage, rank, msg->executor);
    gang_say_success(d, stage, msg, out);
    if (stage->exited + stage->kept + stage->copies == stage->tasks)
        gang_stage_done(d, s, out);
}

void gang_copies_leave(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    gang_left_behind(d, s, out);
    for (uint32_t r = 0; r < stage->tasks && stage->copies > 0; r++) {
        struct rank *rank = rank_at(d, stage, r);
        uint32_t executor = gang_copy_lies(stage, rank);
        if (executor == GANG_NONE)
            continue;
        gang_copy_forget(stage, rank);
        stage->exited++;
        rank->state = RANK_DONE;
        rank->group = executor;
    }
}

/*
 * B-145, SPARK-24877: Spark takes it. If that happens before the next attempt is queued, that has fewer ranks than the gang,
 * whose tasks still wait for all of them. If it happens after, the queued attempt is never placed whole. If it happens while
 * the next attempt runs, that is done without the rank, whose task there runs on.
 */
void gang_late_success(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                       struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (!axis(d, GANG_AXIS_LATE_SUCCESS)) {
        GANG_MARK(SUCCESS_AFTER_FENCE); /* G-13 */
        return;
    }
    if (job_of(d, stage)->state != JOB_RUNNING ||
        rank_at(d, stage, msg->rank)->state == RANK_DONE)
        return;
    if (stage->state == STAGE_RUNNING)
        copy_is_done(d, s, msg, out);
    if (!is_between_attempts(stage))
        return;
    stage->kept++;
    rank_at(d, stage, msg->rank)->arrived = 0; /* in rounds of that attempt, not of the next */
    gang_accept_success(d, stage, msg, out);
    if (stage->kept < stage->tasks || stage->state == STAGE_DRAINING)
        return;
    gang_place_dequeue(d, s);
    gang_stage_done(d, s, out);
}

/* A failure of an attempt that is over: one more of the last one's; or, once, one of the present attempt (SPARK-25161). */
static void late_failure(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (stage->state != STAGE_RUNNING)
        gang_further_failure(d, s);
    else if (axis(d, GANG_AXIS_LATE_FAILURE))
        gang_failed(d, s, GANG_REASON_TASK_FAILED, msg->rank, msg->blob.id, out);
}

void gang_left_task_ended(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                          struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    bool runs = job_of(d, stage)->state == JOB_RUNNING;
    uint32_t slot = stage->job;
    GANG_MARK(FREE_AFTER_FENCE);
    if (msg->op == GANG_EXIT_OK)
        gang_late_success(d, s, msg, out);
    else if (runs && msg->reason == GANG_REASON_FETCH_FAILED)
        gang_outputs_missed(d, s, msg, out); /* where an output lies is no result of the attempt */
    else if (runs && msg->op == GANG_EXIT_FAILED)
        late_failure(d, s, msg, out);
    if (jobs_of(d)[slot].state != JOB_FREE)
        gang_left_settle(d, s, out);
}

/* ---- one member alone */
static uint32_t first_with_room(const struct gang_driver *d, uint32_t profile)
{
    for (uint32_t word = 0; word < d->bitmap_words; word++)
        if (roomy(d, profile)[word] != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(roomy(d, profile)[word]);
    return GANG_NONE;
}

/* At once, under every policy: there is nobody whose acknowledgement it would have to wait for. */
static void send_off(struct gang_driver *d, uint32_t s, uint32_t r, uint32_t executor,
                     struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, r);
    uint32_t arrived = rank->arrived;
    stage->checkpoint_ahead -= rank->checkpoint > stage->checkpoint;
    (void)gang_place_group(d, s, executor, r, 1, stage->attempt, stage->checkpoint, out);
    struct gang_msg *msg = &out->list[out->count - 1].msg;
    msg->kind = GANG_MSG_GO;
    msg->op = 1;
    groups_of(d)[stage->last_group].state = GROUP_GONE;
    rank->state = RANK_RUNNING;
    rank->arrived = arrived; /* who takes the place of the dead finds that it has called */
}

/* Nobody does again what is done (B-145). */
static void settle_copy(struct gang_driver *d, uint32_t s, uint32_t r, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, r);
    uint32_t executor = gang_copy_lies(stage, rank);
    gang_copy_forget(stage, rank);
    stage->exited++;
    rank->state = RANK_DONE;
    rank->group = executor;
    gang_sync_member_ended(d, s, out);
}

/* The failed task set of Spark's was not a zombie, and went on as that of any other stage. */
bool gang_launch_again(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                       struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (!axis(d, GANG_AXIS_FAILED_MEMBER))
        return false;
    if (gang_copy_lies(stage, rank_at(d, stage, msg->rank)) != GANG_NONE) {
        settle_copy(d, s, msg->rank, out);
        return true;
    }
    uint32_t executor = first_with_room(d, stage->profile);
    if (executor == GANG_NONE || stage->failures + 1 >= d->config.attempts_max)
        return false;
    GANG_MARK(MEMBER_SENT_AGAIN);
    stage->failures++;
    struct gang_msg *note = gang_fx_stage(d, out, GANG_FX_NOTE, stage);
    note->reason = GANG_REASON_RERUN;
    note->rank = msg->rank;
    note->count = GANG_REASON_TASK_FAILED;
    send_off(d, s, msg->rank, executor, out);
    return true;
}
