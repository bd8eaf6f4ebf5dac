/*
 * place.c -- the queue, and launches in two phases, or at once.
 *
 * This room is for: who is next, where its tasks go, reserve -> acknowledged -> go, and taking a
 * launch back. Invariants: a gang is placed whole or not at all, within one look at the queue; no
 * task runs user code before every member's slot is held and acknowledged (G-16); nothing is held
 * while a gang waits, so gangs cannot deadlock each other (Coffman: no hold-and-wait).
 *
 * Placement: the first executor of those offered, filled before the next, ranks in order (offers.c).
 */
#include "driver_private.h"
#include "gather.h"

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

/* Whether a gang that does not fit now stands in the way of those behind it (B-30). */
static bool a_head_blocks(const struct gang_driver *d) { return !axis(d, GANG_AXIS_BLOCKED_HEAD); }

void gang_place_enqueue(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    d->dirty = d->revive = 1;
    if (gang_is_hosted(d))
        gang_placer_forget(d, s);
    if (stage->queued || !gang_inputs_are_there(d, stage))
        return; /* nothing of it is launched before its parents have made their outputs again */
    uint32_t before = d->queue_last; /* almost always the newest comes last */
    while (before != GANG_NONE && goes_before(d, s, before))
        before = stage_at(d, before)->queue_previous;
    uint32_t after = before == GANG_NONE ? d->queue_first : stage_at(d, before)->queue_next;
    stage->queue_previous = before;
    stage->queue_next = after;
    *(before == GANG_NONE ? &d->queue_first : &stage_at(d, before)->queue_next) = s;
    *(after == GANG_NONE ? &d->queue_last : &stage_at(d, after)->queue_previous) = s;
    stage->queued = 1;
    stage->queued_at = d->now;
    if (after != GANG_NONE && before != GANG_NONE && !gang_is_hosted(d) && a_head_blocks(d))
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
    if (stage->wishes > 0)
        gang_timers_cancel(&d->timers, timers_of(d), locality_timer(d, s));
    stage->passed_over = stage->pulled_back = 0;
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
    uint32_t *first = group->left ? &stage->left_first : &stage->groups;
    uint32_t *last = group->left ? &stage->left_last : &stage->last_group;
    uint32_t *open = group->left ? &stage->left_groups : &stage->open_groups;
    *(before == GANG_NONE ? first : &groups_of(d)[before].stage_next) = after;
    *(after == GANG_NONE ? last : &groups_of(d)[after].stage_previous) = before;
    before = group->executor_previous;
    after = group->executor_next;
    *(before == GANG_NONE ? &executors_of(d)[group->executor].groups
                          : &groups_of(d)[before].executor_next) = after;
    if (after != GANG_NONE)
        groups_of(d)[after].executor_previous = before;
    if (d->config.dynamic)
        gang_dynamic_idle(d, group->executor);
    assert(*open > 0);
    --*open;
    d->groups_alive--;
    *group = (struct group){.stage_next = d->group_free};
    d->group_free = g;
}

/* ---- planning */
/* B-35, G-16: whether tasks are sent off at once, without asking their executors first. */
static bool is_direct(const struct gang_driver *d) { return axis(d, GANG_AXIS_LAUNCH); }

static uint32_t min_u32(uint32_t x, uint32_t y) { return x < y ? x : y; }

/* At most `most` tasks on this executor, as many as one launch group can hold: of shares, those on one address (B-66). */
static uint32_t find_room(const struct gang_driver *d, uint32_t executor,
                          const struct gang_need *need, uint32_t most, uint64_t *gpus)
{
    const struct vacancy v = vacancy_of(d, executor);
    uint32_t count = min_u32(most, gang_slots_fit(&v, need)), shares;
    if (gang_is_share(need)) {
        *gpus = gang_share_address(v.room, v.used, v.there, need, &shares);
        return min_u32(count, shares);
    }
    *gpus = gang_lowest_bits(v.room->gpu_mask, count * gang_addresses(need));
    return count;
}

static void ask(struct gang_driver *d, uint32_t g, const struct gang_need *need,
                uint32_t checkpoint, struct gang_effects *out)
{
    struct group *group = &groups_of(d)[g];
    bool at_once = is_direct(d);
    for (uint32_t r = group->rank; r < group->rank + group->count; r++) {
        struct rank *rank = rank_at(d, stage_at(d, group->stage), r);
        rank->group = g;
        rank->state = at_once ? RANK_RUNNING : RANK_RESERVED;
        rank->arrived = 0;
        rank->checkpoint = checkpoint;
    }
    group->state = at_once ? GROUP_GONE : GROUP_RESERVED;
    struct gang_msg *msg = gang_fx_group(d, out, at_once ? GANG_MSG_GO : GANG_MSG_RESERVE, group);
    msg->op = at_once || group->hold == HOLD_HELD;
    msg->a = group->gpu_mask;
    msg->need = *need;
    msg->epoch = checkpoint;
}

uint32_t gang_place_group(struct gang_driver *d, uint32_t s, uint32_t executor, uint32_t first,
                          uint32_t most, uint16_t attempt, uint32_t checkpoint,
                          struct gang_effects *out)
{
    const struct gang_need need = profiles_of(d)[stage_at(d, s)->profile].need;
    uint64_t gpus;
    uint32_t count = find_room(d, executor, &need, most, &gpus);
    assert(count > 0);
    uint32_t g = group_open(d, s, executor, first, count, attempt);
    groups_of(d)[g].gpu_mask = gpus;
    gang_registry_take(d, executor, &need, count, gpus);
    ask(d, g, &need, checkpoint, out);
    return count;
}

/* What was planned since the effect `from` stays so here, and nobody is told: its messages are taken out of the effects. */
static void keep_to_yourself(struct gang_driver *d, uint32_t from, struct gang_effects *out)
{
    uint32_t kept = from;
    for (uint32_t i = from; i < out->count; i++) {
        const struct gang_effect *fx = &out->list[i];
        bool asks = fx->fx == GANG_FX_SEND &&
                    (fx->msg.kind == GANG_MSG_RESERVE || fx->msg.kind == GANG_MSG_GO);
        if (!asks) {
            out->list[kept++] = *fx;
            continue;
        }
        struct group *group = &groups_of(d)[fx->msg.ref];
        if (group->state == GROUP_FREE)
            continue; /* taken back already */
        group->state = GROUP_UNTOLD;
        for (uint32_t r = group->rank; r < group->rank + group->count; r++)
            rank_at(d, stage_at(d, group->stage), r)->state = RANK_RESERVED;
    }
    out->count = kept;
}

static struct gang_msg *announce(struct gang_driver *d, const struct stage *stage,
                                 struct gang_effects *out)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_PLAN, stage);
    msg->reason = GANG_REASON_OK;
    return msg;
}

/* Every planned launch has an attempt number of its own. */
static void begin_attempt(struct gang_driver *d, uint32_t s)
{
    struct stage *stage = stage_at(d, s);
    if (!gang_is_hosted(d)) /* there it waits until all of it was told to go */
        gang_place_dequeue(d, s);
    gang_stage_move(d, s, STAGE_LAUNCHING);
    stage->attempt = (uint16_t)stage->attempts_made++;
    stage->groups_acked = 0;
    stage->epoch = 0;
    gang_sync_reset(d, stage);
    if (axis(d, GANG_AXIS_RESTART_FROM))
        stage->checkpoint = 0;
    if (stage->checkpoint > 0)
        GANG_MARK(RESTART_FROM_CHECKPOINT);
    stage->checkpoint_ahead = 0;
}

/* From what is free at its turn; how many of its ranks have found a place, and on how many executors. */
static uint32_t place_ranks(struct gang_driver *d, uint32_t s, uint64_t *executors,
                            struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    uint32_t placed = 0, place = 0, last = GANG_NONE;
    for (uint32_t rank = 0, count; rank < stage->tasks; rank += count > 0 ? count : 1) {
        count = gang_ranks_to_start(d, stage, rank);
        if (count == 0)
            continue;
        place = gang_offers_next(d, stage->profile, place);
        if (place == GANG_NONE)
            break;
        *executors += place != last;
        last = place;
        count = gang_place_group(d, s, gang_offers_at(d, place), rank, count, stage->attempt,
                                 stage->checkpoint, out);
        placed += count;
    }
    return placed;
}

static void gang_has_gone(struct gang_driver *d, uint32_t s)
{
    gang_stage_move(d, s, STAGE_RUNNING);
    gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
    stage_at(d, s)->attempts_used++;
}

/* B-33..B-36: the whole gang; the caller has seen that it fits. Or, if it holds, what there is room for. */
static void plan_gang(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    begin_attempt(d, s);
    struct gang_msg *plan = announce(d, stage, out);
    uint32_t from = out->count;
    plan->count = stage->wishes > 0 ? gang_locality_place(d, s, &plan->a, out)
                                    : place_ranks(d, s, &plan->a, out);
    if (plan->count < stage->queued_ranks) {
        GANG_MARK(PARTIAL_HELD);
        keep_to_yourself(d, from, out);
        gang_wait_for(d, s, GANG_REASON_PARTIAL, stage->queued_ranks, plan->count, out);
    } else if (is_direct(d)) {
        gang_has_gone(d, s);
        gang_jobs_went(d, s, out);
    } else {
        gang_stage_arm(d, s, GANG_TIMER_RESERVE, d->config.reserve_timeout_ns);
    }
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
static uint32_t place_tasks(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint32_t place = 0, placed = 0;
    while (placed < stage->pending) {
        uint32_t first, count;
        place = gang_offers_next(d, stage->profile, place);
        if (place == GANG_NONE)
            break;
        uint32_t executor = gang_offers_at(d, place);
        const struct vacancy v = vacancy_of(d, executor);
        count = next_pending(d, stage, gang_slots_fit(&v, &profiles_of(d)[stage->profile].need),
                             &first);
        placed += gang_place_group(d, s, executor, first, count, rank_at(d, stage, first)->attempt,
                                   0, out);
    }
    return placed;
}

static void plan_tasks(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint32_t before = stage->open_groups;
    struct gang_msg *plan = announce(d, stage, out);
    uint64_t executors = 0;
    uint32_t placed = stage->wishes > 0 ? gang_locality_place(d, s, &executors, out)
                                        : place_tasks(d, s, out);
    assert(placed > 0);
    stage->pending -= placed;
    plan->attempt = 0;
    plan->count = placed;
    plan->a = stage->open_groups - before;
    if (stage->phase_timer == GANG_TIMER_ADMISSION) { /* it waited for more room, and a rerun found some */
        gang_timers_cancel(&d->timers, timers_of(d), phase_timer(s));
        stage->phase_timer = GANG_TIMER_NONE;
    }
    if (timers_of(d).place[phase_timer(s)] == GANG_NONE && !is_direct(d))
        gang_stage_arm(d, s, GANG_TIMER_RESERVE, d->config.reserve_timeout_ns);
    gang_stage_patience(d, s); /* some of it is on its way, so the rest has the whole time again */
    if (stage->pending == 0) {
        gang_place_dequeue(d, s);
        stage->locality = 0; /* whoever runs again waits for its wish anew */
        gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
    }
}

/* ---- a turn */
enum turn {
    TURN_WENT,
    TURN_WAITS,  /* for slots: whether it blocks those behind says the policy */
    TURN_ASIDE,  /* for something else: those behind may go */
    TURN_FAILED, /* its job has ended, and the queue may have changed anywhere */
    TURN_ENDS_ROUND
};

/* The count of free slots that decides whether a gang is tried. */
static uint64_t slots_seen(const struct gang_driver *d, uint32_t profile)
{
    if (d->slots_at_start)
        return profiles_of(d)[profile].at_start;
    return gang_offers_counted(d, profile);
}

/* Where one executor alone is offered, what is not to be had there is not what anybody waits for. */
static void wait_for_offer(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                           uint32_t needed, uint32_t there, struct gang_effects *out)
{
    if (d->only == GANG_NONE)
        gang_wait_for(d, s, reason, needed, there, out);
}

static bool is_oversize(const struct gang_driver *d, const struct stage *stage)
{
    return d->config.task_bytes_max > 0 && stage->task_bytes > d->config.task_bytes_max;
}

/* B-39: its job fails, and nobody else's. B-40: in Spark the error of a gang leaves the round by another way, and what the
 * round has planned so far is never sent. round: the first effect of this round. */
static enum turn fail_oversize(struct gang_driver *d, uint32_t s, uint32_t round,
                               struct gang_effects *out)
{
    bool lost = stage_at(d, s)->kind == GANG_STAGE_BARRIER && axis(d, GANG_AXIS_ENCODE_ERROR);
    GANG_MARK(TASK_TOO_LARGE);
    if (lost)
        keep_to_yourself(d, round, out);
    gang_stage_too_large(d, s, out);
    return lost ? TURN_ENDS_ROUND : TURN_FAILED;
}

/* B-36: what was tried and fits only in part is taken back within the round, and nobody notices. Or it is held, as Spark
 * once did (SPARK-31485). */
static enum turn place_in_part(struct gang_driver *d, uint32_t s, uint32_t fit,
                               struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (axis(d, GANG_AXIS_PARTIAL_GANG) && fit > 0) {
        plan_gang(d, s, out);
        return TURN_ASIDE;
    }
    GANG_MARK(PARTIAL_REVERTED);
    if (stage->wishes > 0 && gang_locality_may_relax(d, stage))
        gang_locality_wait(d, s, stage->queued_ranks, out);
    else
        wait_for_offer(d, s, GANG_REASON_PARTIAL, stage->queued_ranks, fit, out);
    return TURN_ASIDE;
}

static enum turn try_gang(struct gang_driver *d, uint32_t s, uint32_t round,
                          struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    uint64_t seen = slots_seen(d, stage->profile);
    uint32_t needed = stage->queued_ranks, missing = stage->tasks - stage->kept;
    if (seen < needed) { /* B-30 */
        wait_for_offer(d, s, GANG_REASON_FREE_SLOTS, needed, (uint32_t)seen, out);
        return TURN_WAITS;
    }
    if (is_oversize(d, stage))
        return fail_oversize(d, s, round, out);
    if (missing < needed) { /* B-145: some of what was queued is done, so it will never be placed whole */
        wait_for_offer(d, s, GANG_REASON_PARTIAL, needed, missing, out);
        return TURN_ASIDE;
    }
    uint64_t free = gang_offers_free(d, stage->profile);
    uint64_t fit = stage->wishes > 0 ? gang_locality_choose(d, s) : free;
    if (fit < needed) {
        bool short_of_slots = free < needed;
        enum turn turn = place_in_part(d, s, (uint32_t)fit, out);
        return d->slots_at_start && short_of_slots ? TURN_ENDS_ROUND : turn; /* SPARK-29263 */
    }
    uint32_t job = stage->job;
    plan_gang(d, s, out);
    return jobs_of(d)[job].state == JOB_RUNNING ? TURN_WENT : TURN_FAILED;
}

static enum turn try_tasks(struct gang_driver *d, uint32_t s, uint32_t round,
                           struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    bool free = gang_offers_free(d, stage->profile) > 0;
    if (free && is_oversize(d, stage))
        return fail_oversize(d, s, round, out);
    if (free && (stage->wishes == 0 || gang_locality_choose(d, s) > 0))
        plan_tasks(d, s, out);
    if (stage->pending == 0)
        return TURN_WENT;
    if (stage->wishes > 0 && gang_offers_free(d, stage->profile) > 0) {
        gang_locality_wait(d, s, stage->pending, out);
        return TURN_ASIDE;
    }
    wait_for_offer(d, s, GANG_REASON_FREE_SLOTS, stage->pending, 0, out);
    return TURN_WAITS;
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

/* SPARK-29263: the free slots were counted before the round, and not at each gang's turn. */
static void count_at_start(struct gang_driver *d)
{
    for (uint32_t p = 0; p < d->profiles_top; p++)
        profiles_of(d)[p].at_start = slots_seen(d, p);
    d->slots_at_start = 1;
}

/* Whether the round goes on behind this one. */
static bool goes_on(struct gang_driver *d, uint32_t s, enum turn turn, struct gang_effects *out)
{
    if (turn != TURN_WAITS)
        return turn != TURN_ENDS_ROUND;
    if (!a_head_blocks(d))
        return true;
    if (stage_at(d, s)->queue_next != GANG_NONE)
        GANG_MARK(HEAD_BLOCKS);
    if (d->only == GANG_NONE)
        tell_those_behind(d, s, out);
    return false;
}

/* A job that fails at its stage's turn gives back what the round has planned of it, and others may take that in the same round.
 * Each such group was spoken of twice, and there is room for so many effects in vain: then another round of the same instant goes
 * on. alive: groups before. */
static bool is_in_vain(const struct gang_driver *d, uint32_t alive, uint32_t *vain)
{
    if (d->groups_alive >= alive)
        return false;
    *vain += 2 * (alive - d->groups_alive);
    if (*vain <= gang_effects_in_vain(&d->limits))
        return false;
    GANG_MARK(ROUND_BROKEN_OFF);
    return true;
}

/* Its job ends at its turn, and if that has much to give back, it does so in another round. */
static bool is_too_much(const struct gang_driver *d, const struct stage *stage, uint32_t said)
{
    return is_oversize(d, stage) && said > gang_effects_in_vain(&d->limits);
}

/* One look at the queue: head first; one that cannot go blocks those behind it, or is skipped, as
 * the policy says. vain: effects so far about groups that are closed by now. False: it was broken off. */
static bool look(struct gang_driver *d, uint32_t only, uint32_t vain, struct gang_effects *out)
{
    bool whole = vain <= gang_effects_in_vain(&d->limits);
    if (!whole)
        return false;
    gang_offers_begin(d, only);
    if (axis(d, GANG_AXIS_ROUND_SLOTS))
        count_at_start(d);
    uint32_t round = out->count;
    for (uint32_t s = d->queue_first, next; s != GANG_NONE; s = next) {
        next = stage_at(d, s)->queue_next;
        bool gang = stage_at(d, s)->kind == GANG_STAGE_BARRIER;
        uint32_t alive = d->groups_alive;
        whole = !is_too_much(d, stage_at(d, s), out->count - round);
        if (!whole)
            break;
        enum turn turn = gang ? try_gang(d, s, round, out) : try_tasks(d, s, round, out);
        if (turn == TURN_FAILED)
            next = d->queue_first;
        else if (!goes_on(d, s, turn, out))
            break;
        whole = !is_in_vain(d, alive, &vain);
        if (!whole)
            break;
    }
    d->slots_at_start = 0;
    gang_offers_end(d);
    return whole;
}

void gang_place_round(struct gang_driver *d, struct gang_effects *out)
{
    if (gang_is_hosted(d)) {
        gang_placer_round(d, out);
        return;
    }
    uint32_t alive = d->groups_alive;
    while (d->shrunk && readmit_what_no_longer_fits(d, out))
        ;
    d->shrunk = 0;
    bool whole = look(d, GANG_NONE, alive > d->groups_alive ? alive - d->groups_alive : 0, out);
    d->dirty = !whole;
    d->revive |= !whole;
    gang_dynamic_ask(d, out);
}

void gang_place_round_on(struct gang_driver *d, uint32_t executor, struct gang_effects *out)
{
    d->revive |= !look(d, executor, 0, out);
}

/* ---- answers */
/* G-17: who is where. The roster has 16 bytes a rank: its executor, its place among the gang's ranks there, its GPU addresses.
 * All of that follows from the groups, for addresses are given out in the order of ranks. */
static uint64_t roster_digest(const struct gang_driver *d, const struct stage *stage)
{
    uint64_t digest = 0;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        const struct group *group = &groups_of(d)[g];
        uint64_t where = gang_gather_part(group->count, (uint64_t)group->executor << 32 | group->rank);
        digest += gang_gather_mix(where ^ gang_gather_mix(group->gpu_mask));
    }
    return digest;
}

static void go_group(struct gang_driver *d, uint32_t g, struct gang_effects *out)
{
    struct group *group = &groups_of(d)[g];
    const struct stage *stage = stage_at(d, group->stage);
    assert(group->state == GROUP_ACKED);
    group->state = GROUP_GONE;
    for (uint32_t r = group->rank; r < group->rank + group->count; r++)
        rank_at(d, stage, r)->state = RANK_RUNNING;
    gang_fx_group(d, out, GANG_MSG_GO, group)->blob.bytes = GANG_ROSTER_BYTES * stage->tasks;
}

/* The last acknowledgement: every slot is held, so everybody may start. */
static void go_gang(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    gang_has_gone(d, s);
    uint64_t digest = roster_digest(d, stage_at(d, s));
    for (uint32_t g = stage_at(d, s)->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        go_group(d, g, out);
        out->list[out->count - 1].msg.blob.digest = digest;
    }
    gang_jobs_went(d, s, out);
}

void gang_place_acked(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE || groups_of(d)[g].state != GROUP_RESERVED) {
        GANG_MARK(ACK_OF_ENDED_LAUNCH);
        return;
    }
    if (gang_is_hosted(d)) {
        gang_placer_acked(d, g, msg, out);
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
    assert(group->state != GROUP_FREE && group->state != GROUP_GONE);
    for (uint32_t r = group->rank; r < group->rank + group->count; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (rank->group == g && rank->state == RANK_RESERVED) {
            rank->state = RANK_IDLE;
            rank->group = GANG_NONE;
            back++;
        }
    }
    if (executors_of(d)[group->executor].state == EXECUTOR_ALIVE) {
        if (group->state != GROUP_UNTOLD)
            gang_fx_group(d, out, GANG_MSG_UNRESERVE, group)->reason = (uint16_t)reason;
        if (!group->unbooked)
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
    /* Who had not answered when the leases of others ended will not answer the next launch in time either. */
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        if (reason == GANG_REASON_LEASE_ENDED && groups_of(d)[g].state == GROUP_RESERVED)
            gang_registry_suspect(d, groups_of(d)[g].executor, SUSPECT_SILENT);
    while (stage->groups != GANG_NONE)
        (void)gang_group_unreserve(d, stage->groups, GANG_REASON_REVERTED, out);
    d->shrunk = 1; /* the cluster may have, while this was not in the queue */
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
    d->shrunk = 1; /* the cluster may have, while this was not in the queue */
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

void gang_place_take_back(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    assert(stage->kind == GANG_STAGE_MAPREDUCE);
    for (uint32_t g = stage->groups, next; g != GANG_NONE && stage->state == STAGE_RUNNING;
         g = next) {
        next = groups_of(d)[g].stage_next;
        if (groups_of(d)[g].state != GROUP_GONE)
            revert_tasks(d, g, out);
    }
}

/* The driver thought that more was free there than is: nothing is offered on it before it is heard
 * from again. How much of an address is used, no refusal says: that of a share is believed as it stands. */
static void correct_room(struct gang_driver *d, const struct gang_msg *msg, bool share)
{
    const struct member_executor *e = &executors_of(d)[msg->executor];
    if (msg->reason == GANG_REASON_DRIVER_SILENT)
        gang_registry_suspect(d, msg->executor, SUSPECT_UNLEASED);
    if (msg->room.cores < e->free.cores || msg->room.memory_mib < e->free.memory_mib ||
        (e->free.gpu_mask & ~msg->a) != 0 || share)
        gang_registry_suspect(d, msg->executor, SUSPECT_FULL);
}

void gang_place_nacked(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE || groups_of(d)[g].state != GROUP_RESERVED) {
        GANG_MARK(ACK_OF_ENDED_LAUNCH);
        return;
    }
    GANG_MARK(RESERVE_NACKED);
    if (gang_is_hosted(d)) {
        gang_placer_nacked(d, g, msg, out);
        return;
    }
    uint32_t s = groups_of(d)[g].stage;
    bool share = gang_is_share(&profiles_of(d)[stage_at(d, s)->profile].need);
    if (stage_at(d, s)->kind == GANG_STAGE_BARRIER)
        gang_place_revert(d, s, GANG_REASON_RESERVE_NACK, out);
    else
        revert_tasks(d, g, out);
    correct_room(d, msg, share);
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
        gang_registry_suspect(d, group->executor, SUSPECT_SILENT);
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

/* ---- steps of a launch, for placer.c */
uint32_t gang_find_room(const struct gang_driver *d, uint32_t executor,
                        const struct gang_need *need, uint32_t most, uint64_t *gpus)
{
    return find_room(d, executor, need, most, gpus);
}

uint32_t gang_group_open(struct gang_driver *d, uint32_t s, uint32_t executor, uint32_t rank,
                         uint32_t count, uint16_t attempt)
{
    return group_open(d, s, executor, rank, count, attempt);
}

void gang_group_ask(struct gang_driver *d, uint32_t g, uint32_t checkpoint,
                    struct gang_effects *out)
{
    const struct gang_need need = profiles_of(d)[stage_at(d, groups_of(d)[g].stage)->profile].need;
    ask(d, g, &need, checkpoint, out);
}

void gang_begin_attempt(struct gang_driver *d, uint32_t s) { begin_attempt(d, s); }

void gang_go_group(struct gang_driver *d, uint32_t g, struct gang_effects *out)
{
    go_group(d, g, out);
    out->list[out->count - 1].msg.blob.digest = roster_digest(d, stage_at(d, groups_of(d)[g].stage));
}

void gang_go_gang(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    go_gang(d, s, out);
}

void gang_tasks_revert(struct gang_driver *d, uint32_t g, struct gang_effects *out)
{
    revert_tasks(d, g, out);
}

void gang_room_correct(struct gang_driver *d, const struct gang_msg *msg, bool share)
{
    correct_room(d, msg, share);
}

bool gang_place_is_direct(const struct gang_driver *d) { return is_direct(d); }

void gang_place_went(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    gang_has_gone(d, s);
    gang_jobs_went(d, s, out);
}
