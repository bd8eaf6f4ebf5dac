/*
 * place.c -- the queue, and launches in two phases.
 *
 * This room is for: who is next, where its tasks go, reserve -> acknowledged -> go, and taking a
 * launch back. Invariants: a gang is placed whole or not at all, within one look at the queue; no
 * task runs user code before every member's slot is held and acknowledged (G-16); nothing is held
 * while a gang waits, so gangs cannot deadlock each other (Coffman: no hold-and-wait).
 *
 * Placement: the executor with the lowest number first, filled before the next, ranks in order.
 */
#include "driver_private.h"

#include <assert.h>
#include <string.h>

/* ---- the queue */
/* Order: priority, then submission, then the stage's place in its job. A restarted gang keeps its
 * place (B-30). */
static bool goes_before(struct gang_driver *d, uint32_t x, uint32_t y)
{
    const struct stage *a = stage_at(d, x), *b = stage_at(d, y);
    const struct job *job_a = job_of(d, a), *job_b = job_of(d, b);
    if (job_a->priority != job_b->priority)
        return job_a->priority > job_b->priority;
    if (job_a->order != job_b->order)
        return job_a->order < job_b->order;
    return a->index < b->index;
}

static void say_blocked(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    gang_wait_for(d, s, GANG_REASON_HEAD_BLOCKED, job_of(d, stage_at(d, d->queue_first))->id, 0,
                  out);
}

void gang_place_enqueue(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    d->dirty = 1;
    if (stage->queued)
        return;
    uint32_t before = d->queue_last; /* almost always the newest comes last */
    while (before != GANG_NONE && goes_before(d, s, before))
        before = stage_at(d, before)->queue_previous;
    uint32_t after = before == GANG_NONE ? d->queue_first : stage_at(d, before)->queue_next;
    stage->queue_previous = before;
    stage->queue_next = after;
    *(before == GANG_NONE ? &d->queue_first : &stage_at(d, before)->queue_next) = s;
    *(after == GANG_NONE ? &d->queue_last : &stage_at(d, after)->queue_previous) = s;
    stage->queued = 1;
    if (after != GANG_NONE && before != GANG_NONE && !axis(d, GANG_AXIS_BLOCKED_HEAD))
        say_blocked(d, s, out); /* the newest are told when the head is seen to block */
}

void gang_place_dequeue(struct gang_driver *d, uint32_t s)
{
    struct stage *stage = stage_at(d, s);
    if (!stage->queued)
        return;
    uint32_t before = stage->queue_previous, after = stage->queue_next;
    *(before == GANG_NONE ? &d->queue_first : &stage_at(d, before)->queue_next) = after;
    *(after == GANG_NONE ? &d->queue_last : &stage_at(d, after)->queue_previous) = before;
    stage->queued = 0;
    stage->queue_next = stage->queue_previous = GANG_NONE;
    d->dirty = 1; /* whoever was behind it may be the head now */
}

/* Says what a stage waits for, when that has changed. */
void gang_wait_for(struct gang_driver *d, uint32_t s, enum gang_reason reason, uint32_t needed,
                   uint32_t there, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->wait_reason == reason)
        return;
    stage->wait_reason = (uint16_t)reason;
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_WAIT, stage);
    msg->reason = (uint16_t)reason;
    msg->count = needed;
    msg->epoch = there;
}

/* ---- groups */
static uint32_t group_open(struct gang_driver *d, uint32_t s, uint32_t executor, uint32_t rank,
                           uint32_t count, uint16_t attempt)
{
    uint32_t g = d->group_free;
    struct group *group = &groups_of(d)[g];
    struct stage *stage = stage_at(d, s);
    struct member_executor *e = &executors_of(d)[executor];
    assert(g != GANG_NONE);
    d->group_free = group->stage_next;
    d->groups_alive++;
    *group = (struct group){
        .planned_at = d->now,
        .stage = s,
        .executor = executor,
        .rank = rank,
        .count = count,
        .handle = GANG_NONE,
        .stage_next = GANG_NONE,
        .stage_previous = stage->last_group,
        .executor_next = e->groups,
        .executor_previous = GANG_NONE,
        .attempt = attempt,
        .state = GROUP_RESERVED,
    };
    *(stage->last_group == GANG_NONE ? &stage->groups
                                     : &groups_of(d)[stage->last_group].stage_next) = g;
    stage->last_group = g;
    stage->open_groups++;
    if (e->groups != GANG_NONE)
        groups_of(d)[e->groups].executor_previous = g;
    e->groups = g;
    return g;
}

void gang_group_close(struct gang_driver *d, uint32_t g)
{
    struct group *group = &groups_of(d)[g];
    struct stage *stage = stage_at(d, group->stage);
    assert(group->state != GROUP_FREE);
    uint32_t before = group->stage_previous, after = group->stage_next;
    *(before == GANG_NONE ? &stage->groups : &groups_of(d)[before].stage_next) = after;
    *(after == GANG_NONE ? &stage->last_group : &groups_of(d)[after].stage_previous) = before;
    before = group->executor_previous;
    after = group->executor_next;
    *(before == GANG_NONE ? &executors_of(d)[group->executor].groups
                          : &groups_of(d)[before].executor_next) = after;
    if (after != GANG_NONE)
        groups_of(d)[after].executor_previous = before;
    assert(stage->open_groups > 0);
    stage->open_groups--;
    d->groups_alive--;
    *group = (struct group){.stage_next = d->group_free};
    d->group_free = g;
}

uint32_t gang_group_of_message(struct gang_driver *d, const struct gang_msg *msg)
{
    if (msg->ref >= d->limits.groups)
        return GANG_NONE;
    const struct group *group = &groups_of(d)[msg->ref];
    if (group->state == GROUP_FREE || group->executor != msg->executor ||
        group->attempt != msg->attempt)
        return GANG_NONE;
    const struct stage *stage = stage_at(d, group->stage);
    if (job_of(d, stage)->id != msg->job || stage->index != msg->stage)
        return GANG_NONE;
    if (msg->rank < group->rank || msg->rank - group->rank >= group->count)
        return GANG_NONE;
    return msg->ref;
}

/* ---- planning */
static void reserve(struct gang_driver *d, uint32_t s, uint32_t executor, uint32_t first,
                    uint32_t count, uint16_t attempt, uint32_t checkpoint, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    const struct gang_need need = profiles_of(d)[stage->profile].need;
    uint64_t gpus =
        gang_lowest_bits(executors_of(d)[executor].free.gpu_mask, count * (need.gpu_milli / 1000));
    uint32_t g = group_open(d, s, executor, first, count, attempt);
    groups_of(d)[g].gpu_mask = gpus;
    gang_registry_take(d, executor, &need, count, gpus);
    for (uint32_t r = first; r < first + count; r++) {
        struct rank *rank = rank_at(d, stage, r);
        rank->group = g;
        rank->state = RANK_RESERVED;
        rank->arrived = 0;
        rank->checkpoint = checkpoint;
    }
    struct gang_msg *msg = gang_fx_group(d, out, GANG_MSG_RESERVE, &groups_of(d)[g]);
    msg->a = gpus;
    msg->need = need;
    msg->epoch = checkpoint;
}

/* The executor with the lowest number, from `from` on, that has room for a task of this stage. */
static uint32_t next_roomy(const struct gang_driver *d, uint32_t profile, uint32_t from)
{
    const uint64_t *bits = roomy(d, profile);
    for (uint32_t word = from / 64; word < d->bitmap_words; word++) {
        uint64_t rest = bits[word];
        if (word == from / 64)
            rest &= ~UINT64_C(0) << (from % 64);
        if (rest != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(rest);
    }
    return GANG_NONE;
}

static uint32_t min_u32(uint32_t x, uint32_t y) { return x < y ? x : y; }

static struct gang_msg *announce(struct gang_driver *d, const struct stage *stage,
                                 struct gang_effects *out)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_PLAN, stage);
    msg->reason = GANG_REASON_OK;
    return msg;
}

/* B-33..B-36: the whole gang, from what is free at its turn. The caller has seen that it fits. */
static void plan_gang(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    const struct gang_need need = profiles_of(d)[stage->profile].need;
    gang_place_dequeue(d, s);
    gang_stage_move(d, s, STAGE_LAUNCHING);
    stage->attempt = (uint16_t)stage->attempts_made++;
    stage->groups_acked = 0;
    stage->exited = 0;
    stage->epoch = 0;
    gang_sync_reset(stage);
    if (axis(d, GANG_AXIS_RESTART_FROM))
        stage->checkpoint = 0;
    if (stage->checkpoint > 0)
        GANG_MARK(RESTART_FROM_CHECKPOINT);
    stage->checkpoint_ahead = 0;
    struct gang_msg *plan = announce(d, stage, out);
    uint32_t placed = 0, executor = 0;
    while (placed < stage->tasks) {
        executor = next_roomy(d, stage->profile, executor);
        assert(executor != GANG_NONE); /* the sum of all fits was at least the size */
        uint32_t count =
            min_u32(gang_fit(&executors_of(d)[executor].free, &need), stage->tasks - placed);
        reserve(d, s, executor, placed, count, stage->attempt, stage->checkpoint, out);
        placed += count;
    }
    plan->count = stage->tasks;
    plan->a = stage->open_groups;
    gang_stage_arm(d, s, GANG_TIMER_RESERVE, d->config.reserve_timeout_ns);
}

/* The next range of idle ranks of one attempt number, at most `most` long; the length, with *first
 * set. */
static uint32_t next_pending(struct gang_driver *d, struct stage *stage, uint32_t most,
                             uint32_t *first)
{
    uint32_t r = stage->pending_low, count = 0;
    while (rank_at(d, stage, r)->state != RANK_IDLE)
        r++;
    *first = stage->pending_low = r;
    uint16_t attempt = rank_at(d, stage, r)->attempt;
    while (count < most && r < stage->tasks && rank_at(d, stage, r)->state == RANK_IDLE &&
           rank_at(d, stage, r)->attempt == attempt) {
        count++;
        r++;
    }
    return count;
}

/* As many tasks of a MapReduce stage as there is room for: each range goes by itself. */
static void plan_tasks(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    const struct gang_need need = profiles_of(d)[stage->profile].need;
    uint32_t executor = 0, placed = 0, before = stage->open_groups;
    struct gang_msg *plan = announce(d, stage, out);
    while (stage->pending > 0) {
        uint32_t first, count;
        executor = next_roomy(d, stage->profile, executor);
        if (executor == GANG_NONE)
            break;
        count = next_pending(d, stage, gang_fit(&executors_of(d)[executor].free, &need), &first);
        reserve(d, s, executor, first, count, rank_at(d, stage, first)->attempt, 0, out);
        stage->pending -= count;
        placed += count;
    }
    assert(placed > 0);
    plan->attempt = 0;
    plan->count = placed;
    plan->a = stage->open_groups - before;
    if (timers_of(d).place[phase_timer(s)] == GANG_NONE)
        gang_stage_arm(d, s, GANG_TIMER_RESERVE, d->config.reserve_timeout_ns);
    gang_stage_patience(d, s); /* some of it is on its way, so the rest has the whole time again */
    if (stage->pending == 0) {
        gang_place_dequeue(d, s);
        gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
    }
}

/* True if the stage no longer waits. */
static bool try_stage(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint64_t free = profiles_of(d)[stage->profile].free;
    if (stage->kind == GANG_STAGE_BARRIER) {
        if (free >= stage->tasks) { /* B-30 */
            plan_gang(d, s, out);
            return true;
        }
        gang_wait_for(d, s, GANG_REASON_FREE_SLOTS, stage->tasks, (uint32_t)free, out);
        return false;
    }
    if (free > 0)
        plan_tasks(d, s, out);
    if (stage->pending == 0)
        return true;
    gang_wait_for(d, s, GANG_REASON_FREE_SLOTS, stage->pending, 0, out);
    return false;
}

/* Those behind a head that cannot go, from the newest on until one that knows already. */
static void tell_those_behind(struct gang_driver *d, uint32_t head, struct gang_effects *out)
{
    for (uint32_t s = d->queue_last; s != head; s = stage_at(d, s)->queue_previous) {
        if (stage_at(d, s)->wait_reason == GANG_REASON_HEAD_BLOCKED)
            break;
        say_blocked(d, s, out);
    }
}

/* G-02, and what Spark lacks: a gang that was admitted to a cluster which has shrunk since does not wait, or block, for
 * ever. */
static bool readmit_what_no_longer_fits(struct gang_driver *d, struct gang_effects *out)
{
    for (uint32_t s = d->queue_first; s != GANG_NONE; s = stage_at(d, s)->queue_next)
        if (!gang_stage_fits_cluster(d, stage_at(d, s))) {
            gang_stage_readmit(d, s, out); /* may end a job, and so change the queue anywhere */
            return true;
        }
    return false;
}

/* One look at the queue: head first; one that cannot go blocks those behind it, or is skipped, as
 * the policy says. */
void gang_place_round(struct gang_driver *d, struct gang_effects *out)
{
    while (d->shrunk && readmit_what_no_longer_fits(d, out))
        ;
    d->shrunk = 0;
    for (uint32_t s = d->queue_first, next; s != GANG_NONE; s = next) {
        next = stage_at(d, s)->queue_next;
        if (try_stage(d, s, out) || axis(d, GANG_AXIS_BLOCKED_HEAD))
            continue;
        if (next != GANG_NONE)
            GANG_MARK(HEAD_BLOCKS);
        tell_those_behind(d, s, out);
        break;
    }
    d->dirty = 0;
}

/* ---- answers */
static void go_group(struct gang_driver *d, uint32_t g, struct gang_effects *out)
{
    struct group *group = &groups_of(d)[g];
    const struct stage *stage = stage_at(d, group->stage);
    assert(group->state == GROUP_ACKED);
    group->state = GROUP_GONE;
    for (uint32_t r = group->rank; r < group->rank + group->count; r++)
        rank_at(d, stage, r)->state = RANK_RUNNING;
    gang_fx_group(d, out, GANG_MSG_GO, group)->blob.bytes = 16 * stage->tasks; /* the roster */
}

/* The last acknowledgement: every slot is held, so everybody may start. */
static void go_gang(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    gang_stage_move(d, s, STAGE_RUNNING);
    gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
    stage->attempts_used++;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        go_group(d, g, out);
}

void gang_place_acked(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE || groups_of(d)[g].state != GROUP_RESERVED) {
        GANG_MARK(ACK_OF_ENDED_LAUNCH);
        return;
    }
    struct group *group = &groups_of(d)[g];
    struct stage *stage = stage_at(d, group->stage);
    group->state = GROUP_ACKED;
    group->handle = msg->group;
    if (stage->kind == GANG_STAGE_MAPREDUCE)
        go_group(d, g, out);
    else if (++stage->groups_acked == stage->open_groups)
        go_gang(d, group->stage, out);
}

/* Gives a group's slots back, here and on its executor: links are in order, so whatever is reserved
 * there next comes after this. */
uint32_t gang_group_unreserve(struct gang_driver *d, uint32_t g, enum gang_reason reason,
                              struct gang_effects *out)
{
    struct group *group = &groups_of(d)[g];
    const struct stage *stage = stage_at(d, group->stage);
    uint32_t back = 0;
    assert(group->state == GROUP_RESERVED || group->state == GROUP_ACKED);
    for (uint32_t r = group->rank; r < group->rank + group->count; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (rank->group == g && rank->state == RANK_RESERVED) {
            rank->state = RANK_IDLE;
            rank->group = GANG_NONE;
            back++;
        }
    }
    if (executors_of(d)[group->executor].state == EXECUTOR_ALIVE) {
        gang_fx_group(d, out, GANG_MSG_UNRESERVE, group)->reason = (uint16_t)reason;
        gang_registry_give(d, group->executor, &profiles_of(d)[stage->profile].need,
                           group->count - group->ended, group->gpu_mask);
    }
    gang_group_close(d, g);
    return back;
}

void gang_place_revert(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                       struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    assert(stage->state == STAGE_LAUNCHING);
    gang_note(d, out, stage, GANG_REASON_REVERTED, reason, stage->open_groups);
    while (stage->groups != GANG_NONE)
        (void)gang_group_unreserve(d, stage->groups, GANG_REASON_REVERTED, out);
    gang_stage_move(d, s, STAGE_QUEUED);
    if (stage->attempts_made > UINT16_MAX) {
        gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, stage->attempts_made, out);
        return;
    }
    gang_place_enqueue(d, s, out);
}

/* Takes back one range of a MapReduce stage; its tasks wait again, under new attempt numbers: an acknowledgement that is
 * still on its way must not count for the next launch. */
static void revert_tasks(struct gang_driver *d, uint32_t g, struct gang_effects *out)
{
    const struct group group = groups_of(d)[g];
    struct stage *stage = stage_at(d, group.stage);
    bool used_up = false;
    stage->pending += gang_group_unreserve(d, g, GANG_REASON_REVERTED, out);
    stage->pending_low = min_u32(stage->pending_low, group.rank);
    for (uint32_t r = group.rank; r < group.rank + group.count; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (rank->state == RANK_IDLE && rank->attempt == group.attempt)
            used_up |= ++rank->attempt == UINT16_MAX;
    }
    if (used_up)
        gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, UINT16_MAX, out);
    else
        gang_place_enqueue(d, group.stage, out);
}

/* The driver thought that more was free there than is: nothing is offered on it before it is heard
 * from again. */
static void correct_room(struct gang_driver *d, const struct gang_msg *msg)
{
    const struct member_executor *e = &executors_of(d)[msg->executor];
    if (msg->room.cores < e->free.cores || msg->room.memory_mib < e->free.memory_mib ||
        (e->free.gpu_mask & ~msg->a) != 0)
        gang_registry_suspect(d, msg->executor);
}

void gang_place_nacked(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE || groups_of(d)[g].state != GROUP_RESERVED) {
        GANG_MARK(ACK_OF_ENDED_LAUNCH);
        return;
    }
    GANG_MARK(RESERVE_NACKED);
    uint32_t s = groups_of(d)[g].stage;
    if (stage_at(d, s)->kind == GANG_STAGE_BARRIER)
        gang_place_revert(d, s, GANG_REASON_RESERVE_NACK, out);
    else
        revert_tasks(d, g, out);
    correct_room(d, msg);
}

/* A missing acknowledgement takes the launch back; whoever owes it is not asked again before it is
 * heard from. */
void gang_place_reserve_timeout(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    gang_ns oldest = GANG_NEVER, patience = d->config.reserve_timeout_ns;
    bool late = false;
    for (uint32_t g = stage->groups, next; g != GANG_NONE; g = next) {
        const struct group *group = &groups_of(d)[g];
        next = group->stage_next;
        if (group->state != GROUP_RESERVED)
            continue;
        if (later(group->planned_at, patience) > d->now) {
            oldest = group->planned_at < oldest ? group->planned_at : oldest;
            continue;
        }
        late = true;
        gang_registry_suspect(d, group->executor);
        if (stage->kind == GANG_STAGE_MAPREDUCE)
            revert_tasks(d, g, out);
    }
    if (late)
        GANG_MARK(RESERVE_TIMEOUT);
    if (late && stage->kind == GANG_STAGE_BARRIER)
        gang_place_revert(d, s, GANG_REASON_RESERVE_TIMEOUT, out);
    else if (oldest != GANG_NEVER)
        gang_stage_arm(d, s, GANG_TIMER_RESERVE, later(oldest, patience) - d->now);
}
