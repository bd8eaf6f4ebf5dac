/*
 * placer.c -- placement by the caller: it is asked, and what it decides is carried out.
 *
 * This room is for: GANG_FX_PLAN_WANTED, the steps of a GANG_EV_PLAN, and what answers mean to what was asked for so.
 * It may include:   <assert.h> <string.h>, and this room's headers.
 * Never here:       a decision of its own about who is next or where.
 *
 * The core does what it is told, even if that is a part of a gang, or more than its books have room for: so a placer's bug is in the
 * history and not in here. What stays the core's is what makes a launch a launch: nobody goes before everything that was asked for
 * it is acknowledged (G-16), a launch of which a part is refused is taken back whole, and the next attempt waits until every slot of
 * the last is free (G-12).
 *
 * Invariants
 * - A stage is in the queue until all of it has been told to go: also while it holds slots, or has gone in part.
 * - Of a group that is unbooked nothing is taken in the books; it is RESERVED.
 * - HOLD_HELD and HOLD_DROPPED groups have not gone. `holds` of a gang: it is LAUNCHING, and nobody has told it to go.
 */
#include "driver_private.h"

#include <assert.h>
#include <string.h>

/* ---- what a stage has */
struct tally {
    uint32_t idle, held, asked, running; /* ranks; held: acknowledged */
    uint32_t dropped;                    /* ranks that are given back as soon as they are acknowledged */
    uint32_t waiting_groups;             /* groups that are not acknowledged */
    bool holds;                          /* some group was not told to go */
};

static bool is_barrier(const struct stage *stage) { return stage->kind == GANG_STAGE_BARRIER; }

static struct tally count(struct gang_driver *d, const struct stage *stage)
{
    struct tally t = {0};
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        const struct group *group = &groups_of(d)[g];
        uint32_t ranks = group->count - group->ended;
        t.holds |= group->hold != HOLD_NOT;
        t.waiting_groups += group->state == GROUP_RESERVED;
        *(group->state == GROUP_GONE    ? &t.running
          : group->hold == HOLD_DROPPED ? &t.dropped
          : group->state == GROUP_ACKED ? &t.held
                                        : &t.asked) += ranks;
    }
    for (uint32_t r = 0; r < stage->tasks; r++)
        t.idle += rank_at(d, stage, r)->state == RANK_IDLE;
    return t;
}

/* Slots can be given to it now. */
static bool is_placeable(const struct stage *stage)
{
    return stage->queued && (stage->state == STAGE_QUEUED || stage->state == STAGE_LAUNCHING ||
                             stage->state == STAGE_RUNNING);
}

/* It leaves the queue when all of it was told to go. */
static void look_whether_complete(struct gang_driver *d, uint32_t s)
{
    struct stage *stage = stage_at(d, s);
    if (!stage->queued)
        return;
    struct tally t = count(d, stage);
    if (t.idle > 0 || t.holds || (is_barrier(stage) && stage->state == STAGE_QUEUED))
        return;
    gang_place_dequeue(d, s);
    if (!is_barrier(stage))
        gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
}

void gang_placer_forget(struct gang_driver *d, uint32_t s)
{
    const struct stage *stage = stage_at(d, s);
    for (uint32_t r = 0; is_barrier(stage) && stage->state == STAGE_QUEUED && r < stage->tasks;
         r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (stage->kept > 0 && rank->state == RANK_DONE)
            continue; /* it counts (B-145) */
        rank->state = RANK_IDLE;
        rank->group = GANG_NONE;
    }
}

/* ---- going */
static bool all_acked(const struct gang_driver *d, const struct stage *stage)
{
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        if (groups_of(d)[g].state != GROUP_ACKED || groups_of(d)[g].hold != HOLD_NOT)
            return false;
    return stage->groups != GANG_NONE;
}

/* How many of it go together now: those that are done are among them, and while some of it runs, and is to go on, each of the others
 * is on its own. */
static uint32_t together(struct gang_driver *d, const struct stage *stage)
{
    for (uint32_t g = stage->together > 0 ? stage->groups : GANG_NONE; g != GANG_NONE;
         g = groups_of(d)[g].stage_next) {
        const struct group *group = &groups_of(d)[g];
        for (uint32_t r = group->rank; r < group->rank + group->count && group->state == GROUP_GONE; r++)
            if (rank_at(d, stage, r)->group == g && rank_at(d, stage, r)->state == RANK_RUNNING)
                return 0;
    }
    return stage->together > stage->exited ? stage->together - stage->exited : 0;
}

/* What holds for a gang as a whole holds for these. */
static bool are_together(struct gang_driver *d, const struct stage *stage)
{
    uint32_t there = 0, least = together(d, stage);
    for (uint32_t g = least > 0 ? stage->groups : GANG_NONE; g != GANG_NONE;
         g = groups_of(d)[g].stage_next) {
        const struct group *group = &groups_of(d)[g];
        if (group->state == GROUP_ACKED && group->hold == HOLD_NOT)
            there += group->count - group->ended;
    }
    return there >= least;
}

static void let_go(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->state == STAGE_LAUNCHING) {
        if (!stage->holds && all_acked(d, stage))
            gang_go_gang(d, s, out);
        return;
    }
    if (stage->state != STAGE_RUNNING || !are_together(d, stage))
        return;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        if (groups_of(d)[g].state == GROUP_ACKED && groups_of(d)[g].hold == HOLD_NOT)
            gang_go_group(d, g, out);
}

/* ---- giving back */
/* A gang that has no slot any more waits as one that never had any; one of which a part has gone waits with the rest. */
static void look_whether_empty(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    bool runs = is_barrier(stage) && stage->state == STAGE_RUNNING;
    if ((runs || stage->state == STAGE_LAUNCHING) && !stage->queued && count(d, stage).idle > 0)
        gang_place_enqueue(d, s, out);
    if (stage->state != STAGE_LAUNCHING || stage->groups != GANG_NONE)
        return;
    stage->holds = 0;
    d->shrunk = 1; /* the cluster may have, while nobody looked whether this fits */
    gang_stage_move(d, s, STAGE_QUEUED);
    if (stage->attempts_made > UINT16_MAX)
        gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, stage->attempts_made, out);
    else
        gang_place_enqueue(d, s, out);
}

/* Of a gang: its attempt goes on, so an answer that is on its way would be taken for that to another question. */
static void give_back(struct gang_driver *d, uint32_t g, struct gang_effects *out)
{
    struct group *group = &groups_of(d)[g];
    assert(group->state != GROUP_GONE);
    if (!is_barrier(stage_at(d, group->stage)))
        gang_tasks_revert(d, g, out);
    else if (group->state == GROUP_RESERVED)
        group->hold = HOLD_DROPPED;
    else
        (void)gang_group_unreserve(d, g, GANG_REASON_REVERTED, out);
}

static bool is_meant(const struct gang_decision *what, uint32_t rank)
{
    return what->count == 0 || (rank >= what->rank && rank - what->rank < what->count);
}

/* Gives back whatever has not gone; only_held: and was not told to. */
static void release(struct gang_driver *d, uint32_t s, const struct gang_decision *what,
                    bool only_held, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    uint32_t slot = stage->job;
    for (uint32_t g = stage->groups, next; g != GANG_NONE; g = next) {
        const struct group *group = &groups_of(d)[g];
        next = group->stage_next;
        bool told = group->hold == HOLD_NOT && !stage->holds;
        if (group->state == GROUP_GONE || (told && only_held) || !is_meant(what, group->rank))
            continue;
        give_back(d, g, out);
        if (jobs_of(d)[slot].state != JOB_RUNNING)
            return; /* there was no attempt left */
    }
    look_whether_empty(d, s, out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        let_go(d, s, out);
}

/* ---- asking for slots */
static void leave_undone(struct gang_driver *d, const struct stage *stage, enum gang_reason why,
                         uint32_t rank, uint32_t executor, struct gang_effects *out)
{
    GANG_MARK(PLACER_LEFT_UNDONE);
    if (out->count < d->effects_max - d->placer_reserve)
        gang_note(d, out, stage, why, rank, executor);
}

static uint64_t addresses_anyhow(const struct gang_driver *d, uint32_t executor,
                                 const struct gang_need *need, uint32_t ranks)
{
    uint64_t all = executors_of(d)[executor].total.gpu_mask;
    uint32_t wanted = gang_is_share(need) ? 1 : ranks * gang_addresses(need);
    return wanted >= gang_bits_in(all) ? all : gang_lowest_bits(all, wanted);
}

/* Ranks that are idle, and of one attempt. Returns how many executors' groups there are more. */
static uint32_t ask_for(struct gang_driver *d, uint32_t s, const struct gang_decision *what,
                        uint32_t first, uint32_t ranks, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    const struct gang_need need = profiles_of(d)[stage->profile].need;
    uint16_t attempt = is_barrier(stage) ? stage->attempt : rank_at(d, stage, first)->attempt;
    uint32_t checkpoint = is_barrier(stage) ? stage->checkpoint : 0, placed = 0;
    bool direct = gang_place_is_direct(d);
    while (placed < ranks) {
        uint64_t gpus = 0;
        uint32_t got = gang_find_room(d, what->executor, &need, ranks - placed, &gpus);
        bool unbooked = got == 0;
        bool full = d->group_free == GANG_NONE || out->count >= d->effects_max - d->placer_reserve;
        if (full || (unbooked && direct)) {
            leave_undone(d, stage, GANG_REASON_NO_ROOM, first + placed, what->executor, out);
            break;
        }
        if (unbooked) {
            GANG_MARK(PLACER_OVERCOMMITS);
            got = ranks - placed;
            gpus = addresses_anyhow(d, what->executor, &need, got);
        }
        uint32_t g = gang_group_open(d, s, what->executor, first + placed, got, attempt);
        struct group *group = &groups_of(d)[g];
        group->gpu_mask = gpus;
        group->unbooked = unbooked;
        group->hold = what->kind == GANG_DECIDE_HOLD ? HOLD_HELD : HOLD_NOT;
        if (!unbooked)
            gang_registry_take(d, what->executor, &need, got, gpus);
        gang_group_ask(d, g, checkpoint, out);
        placed += got;
    }
    if (!is_barrier(stage))
        stage->pending -= placed;
    return placed;
}

static uint32_t ask_for_range(struct gang_driver *d, uint32_t s, const struct gang_decision *what,
                              struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint32_t placed = 0, end = what->rank + what->count;
    end = end < stage->tasks ? end : stage->tasks; /* those behind have no part in this attempt */
    if (what->count == 0)
        return 0;
    if (executors_of(d)[what->executor].state != EXECUTOR_ALIVE) {
        leave_undone(d, stage, GANG_REASON_EXECUTOR_LOST, what->rank, what->executor, out);
        return 0;
    }
    for (uint32_t r = what->rank, ranks; r<end; r += ranks> 0 ? ranks : 1) {
        ranks = 0;
        while (r + ranks < end && rank_at(d, stage, r + ranks)->state == RANK_IDLE &&
               (is_barrier(stage) ||
                rank_at(d, stage, r + ranks)->attempt == rank_at(d, stage, r)->attempt))
            ranks++;
        if (ranks > 0)
            placed += ask_for(d, s, what, r, ranks, out);
    }
    return placed;
}

/* A gang with a `min` is told to go with fewer than all: the ranks from 0 on that have a place are its attempt then, if there are
 * so many, and none behind them has one. Else it goes as it is. */
static void settle_size(struct gang_driver *d, uint32_t s)
{
    struct stage *stage = stage_at(d, s);
    uint32_t n = 0, placed = 0;
    if (!is_barrier(stage) || stage->state != STAGE_LAUNCHING || stage->tasks < stage->most ||
        stage->min == stage->most || stage->kept + stage->copies > 0)
        return;
    for (uint32_t r = 0; r < stage->tasks; r++) {
        bool has_place = rank_at(d, stage, r)->state != RANK_IDLE;
        n += has_place && n == r;
        placed += has_place;
    }
    if (n < stage->min || n != placed || n == stage->most)
        return;
    GANG_MARK(GANG_SMALLER);
    stage->tasks = n;
}

/* Those that are on their way at once have no roster that would say how many they are. */
static void say_size(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    for (uint32_t i = 0; stage->tasks < stage->most && i < out->count; i++) {
        struct gang_effect *fx = &out->list[i];
        if (fx->fx == GANG_FX_SEND && fx->msg.kind == GANG_MSG_GO &&
            groups_of(d)[fx->msg.ref].stage == s)
            fx->msg.at_once.size = stage->tasks;
    }
}

/* Whoever judges must be able to tell it from a hold: what is asked for is the same. */
static void tell_of_launch(struct gang_driver *d, const struct stage *stage, struct gang_effects *out)
{
    bool held = is_barrier(stage) && stage->state == STAGE_LAUNCHING && stage->groups != GANG_NONE;
    if (!held || gang_place_is_direct(d))
        return;
    struct tally t = count(d, stage);
    gang_fx_stage(d, out, GANG_FX_LAUNCH, stage)->count = t.held + t.asked;
}

/* Everything that it holds is to go. */
static void order_to_go(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    bool waits = false;
    stage->holds = 0;
    settle_size(d, s);
    tell_of_launch(d, stage, out);
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        struct group *group = &groups_of(d)[g];
        group->hold = group->hold == HOLD_HELD ? HOLD_NOT : group->hold;
        waits |= group->state == GROUP_RESERVED;
    }
    if (is_barrier(stage) && stage->state == STAGE_LAUNCHING && gang_place_is_direct(d)) {
        say_size(d, s, out);
        if (stage->groups != GANG_NONE)
            gang_place_went(d, s, out);
        return;
    }
    bool armed = timers_of(d).place[phase_timer(s)] != GANG_NONE;
    if (waits && !armed && (!is_barrier(stage) || stage->state == STAGE_LAUNCHING))
        gang_stage_arm(d, s, GANG_TIMER_RESERVE, d->config.reserve_timeout_ns);
    let_go(d, s, out);
}

/* Consecutive LAUNCHes and HOLDs of one gang are one plan; how many there were. */
static uint32_t place(struct gang_driver *d, uint32_t s, const struct gang_decision *what,
                      uint32_t most, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint32_t n = 0, slot = stage->job, groups = stage->open_groups, placed = 0, before;
    bool goes = false, begins = is_barrier(stage) && stage->state == STAGE_QUEUED;
    if (begins) {
        gang_begin_attempt(d, s);
        stage->holds = 1;
    }
    struct tally had = count(d, stage);
    before = had.held + had.asked + had.running;
    struct gang_msg *plan = gang_fx_stage(d, out, GANG_FX_PLAN, stage);
    uint32_t at = out->count - 1;
    for (; n < most && what[n].job == what->job && what[n].stage == what->stage &&
           (what[n].kind == GANG_DECIDE_LAUNCH || what[n].kind == GANG_DECIDE_HOLD);
         n++) {
        placed += ask_for_range(d, s, &what[n], out);
        goes |= what[n].kind == GANG_DECIDE_LAUNCH;
    }
    plan->attempt = is_barrier(stage) ? stage->attempt : 0;
    plan->count = placed;
    plan->a = stage->open_groups - groups;
    plan->rank = begins || !is_barrier(stage) ? GANG_NONE : before;
    if (placed == 0) { /* nothing was planned: nobody is told */
        memmove(&out->list[at], &out->list[at + 1], (out->count - at - 1) * sizeof *out->list);
        out->count--;
    }
    if (!is_barrier(stage) && stage->phase_timer == GANG_TIMER_ADMISSION && placed > 0) {
        gang_timers_cancel(&d->timers, timers_of(d), phase_timer(s));
        stage->phase_timer = GANG_TIMER_NONE;
    }
    if (!is_barrier(stage) && placed > 0)
        gang_stage_patience(d, s);
    look_whether_empty(d, s, out);
    if (goes && jobs_of(d)[slot].state == JOB_RUNNING && stage->state != STAGE_QUEUED)
        order_to_go(d, s, out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        look_whether_complete(d, s);
    return n;
}

/* ---- taking away */
/* Told to end, one message a range. */
static void end_ranks(struct gang_driver *d, uint32_t g, const struct gang_decision *what,
                      struct gang_effects *out)
{
    const struct group *group = &groups_of(d)[g];
    const struct stage *stage = stage_at(d, group->stage);
    struct gang_msg *msg = NULL;
    for (uint32_t r = group->rank; r < group->rank + group->count; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (rank->group != g || rank->state != RANK_RUNNING || !is_meant(what, r)) {
            msg = NULL;
            continue;
        }
        rank->state = RANK_EVICTED;
        if (msg == NULL) {
            msg = gang_fx_group(d, out, GANG_MSG_KILL, group);
            msg->rank = r;
            msg->count = 0;
            msg->reason = GANG_REASON_EVICTED;
            msg->op = 1;
        }
        msg->count++;
    }
}

static void evict(struct gang_driver *d, uint32_t s, const struct gang_decision *what,
                  struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    GANG_MARK(EVICTED);
    if (is_barrier(stage) && stage->state == STAGE_RUNNING && what->count == 0) {
        gang_failed(d, s, GANG_REASON_EVICTED, GANG_NONE, 0, out);
        return;
    }
    if (stage->state == STAGE_RUNNING)
        for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
            if (groups_of(d)[g].state == GROUP_GONE)
                end_ranks(d, g, what, out);
    if (stage->state == STAGE_RUNNING || stage->state == STAGE_LAUNCHING)
        release(d, s, what, false, out);
}

/* ---- the door */
static uint32_t stage_of(const struct gang_driver *d, const struct gang_decision *what)
{
    uint32_t slot = gang_jobs_find(d, what->job);
    if (slot == GANG_NONE || what->stage >= jobs_of(d)[slot].stage_count)
        return GANG_NONE;
    return jobs_of(d)[slot].first_stage + what->stage;
}

static enum gang_status check_decision(const struct gang_driver *d, const struct gang_plan *plan,
                                       uint32_t i, struct gang_err *err)
{
    const struct gang_decision *what = &plan->list[i];
    bool stale = plan->version != d->plans_wanted;
    if (what->kind < GANG_DECIDE_LAUNCH || what->kind > GANG_DECIDE_WAKE)
        return gang_fail(err, GANG_E_RANGE, "decision %u: kind %u, must be 1..6", i, what->kind);
    if (what->kind == GANG_DECIDE_WAKE) {
        if (!stale && what->at_ns <= d->now)
            return gang_fail(err, GANG_E_RANGE,
                             "decision %u: wake at %lld ns, must be later than now, %lld ns", i,
                             (long long)what->at_ns, (long long)d->now);
        return GANG_OK;
    }
    uint32_t slot = gang_jobs_find(d, what->job);
    if (slot == GANG_NONE)
        return stale ? GANG_OK
                     : gang_fail(err, GANG_E_UNKNOWN, "decision %u: job %u is not alive", i,
                                 what->job);
    if (what->stage >= jobs_of(d)[slot].stage_count)
        return gang_fail(err, GANG_E_UNKNOWN, "decision %u: stage %u of job %u, must be below %u",
                         i, what->stage, what->job, jobs_of(d)[slot].stage_count);
    uint32_t tasks = stages_of(d)[jobs_of(d)[slot].first_stage + what->stage].most;
    if (what->count > tasks || what->rank > tasks - what->count)
        return gang_fail(err, GANG_E_UNKNOWN,
                         "decision %u: %u ranks from %u on of job %u, which has %u", i, what->count,
                         what->rank, what->job, tasks);
    bool places = what->kind <= GANG_DECIDE_HOLD && what->count > 0;
    if (places && what->executor >= d->limits.executors)
        return gang_fail(err, GANG_E_UNKNOWN, "decision %u: executor %u, must be below %u", i,
                         what->executor, d->limits.executors);
    if (what->kind == GANG_DECIDE_FAIL &&
        (what->reason == GANG_REASON_OK || what->reason >= GANG_REASON_COUNT))
        return gang_fail(err, GANG_E_RANGE, "decision %u: reason %u, must be 1..%d", i,
                         what->reason, GANG_REASON_COUNT - 1);
    return GANG_OK;
}

enum gang_status gang_placer_check(const struct gang_driver *d, const struct gang_plan *plan,
                                   struct gang_err *err)
{
    assert(plan != NULL);
    if (!gang_is_hosted(d))
        return gang_fail(err, GANG_E_STATE, "a plan, but the placer is built in");
    if (plan->version > d->plans_wanted)
        return gang_fail(err, GANG_E_RANGE, "a plan of version %llu, the latest is %llu",
                         (unsigned long long)plan->version, (unsigned long long)d->plans_wanted);
    if (plan->count > d->limits.decisions)
        return gang_fail(err, GANG_E_FULL, "%u decisions, must be at most %u", plan->count,
                         d->limits.decisions);
    for (uint32_t i = 0; i < plan->count; i++) {
        enum gang_status status = check_decision(d, plan, i, err);
        if (status != GANG_OK)
            return status;
    }
    return GANG_OK;
}

static bool is_oversize(const struct gang_driver *d, const struct stage *stage)
{
    return d->config.task_bytes_max > 0 && stage->task_bytes > d->config.task_bytes_max;
}

/* Returns how many decisions are done with. */
static uint32_t decide(struct gang_driver *d, const struct gang_decision *what, uint32_t most,
                       struct gang_effects *out)
{
    if (what->kind == GANG_DECIDE_WAKE) {
        if (what->at_ns == GANG_NEVER)
            gang_timers_cancel(&d->timers, timers_of(d), wake_timer(d));
        else
            arm(d, wake_timer(d), what->at_ns > d->now ? what->at_ns : d->now);
        return 1;
    }
    uint32_t s = stage_of(d, what);
    if (s == GANG_NONE || job_of(d, stage_at(d, s))->state != JOB_RUNNING)
        return 1; /* it is over, or about to be */
    const struct stage *stage = stage_at(d, s);
    switch ((enum gang_decision_kind)what->kind) {
    case GANG_DECIDE_LAUNCH:
    case GANG_DECIDE_HOLD:
        if (!is_placeable(stage) || (what->kind == GANG_DECIDE_HOLD && gang_place_is_direct(d))) {
            leave_undone(d, stage, GANG_REASON_PLACER, what->rank, what->executor, out);
            return 1;
        }
        if (is_oversize(d, stage)) {
            GANG_MARK(TASK_TOO_LARGE);
            gang_stage_too_large(d, s, out);
            return 1;
        }
        return place(d, s, what, most, out);
    case GANG_DECIDE_RELEASE:
        release(d, s, what, true, out);
        return 1;
    case GANG_DECIDE_EVICT:
        evict(d, s, what, out);
        return 1;
    case GANG_DECIDE_FAIL:
        gang_stage_given_up(d, s, (enum gang_reason)what->reason, out);
        return 1;
    case GANG_DECIDE_NONE:
    case GANG_DECIDE_WAKE:
        break;
    }
    assert(false);
    return 1;
}

/* Who still waits, and for what. */
static void tell_waiting(struct gang_driver *d, struct gang_effects *out)
{
    for (uint32_t s = d->queue_first; s != GANG_NONE; s = stage_at(d, s)->queue_next) {
        const struct stage *stage = stage_at(d, s);
        struct tally t = count(d, stage);
        uint64_t free = profiles_of(d)[stage->profile].free;
        if (t.dropped > 0)
            gang_wait_for(d, s, GANG_REASON_DRAINING, t.idle + t.dropped, t.idle, out);
        else if (t.held + t.asked > 0)
            gang_wait_for(d, s, GANG_REASON_HOLDING, t.idle + t.held + t.asked, t.held + t.asked,
                          out);
        else
            gang_wait_for(d, s, GANG_REASON_PLACER, t.idle,
                          free < UINT32_MAX ? (uint32_t)free : UINT32_MAX, out);
    }
}

/* It gives back what the job holds, which the plan at hand could not count on. */
static bool ends_job(struct gang_driver *d, const struct gang_decision *what)
{
    if (what->kind != GANG_DECIDE_FAIL)
        return false;
    uint32_t s = stage_of(d, what);
    return s != GANG_NONE && job_of(d, stage_at(d, s))->state == JOB_RUNNING;
}

void gang_placer_carry_out(struct gang_driver *d, const struct gang_plan *plan,
                           struct gang_effects *out)
{
    bool decides = false, news = false;
    for (uint32_t i = 0; i < plan->count; i++)
        decides |= plan->list[i].kind != GANG_DECIDE_WAKE;
    d->polls = d->woken && !decides; /* whoever only asks to be asked again may do so for ever */
    d->woken = 0;
    for (uint32_t i = 0; i < plan->count;) {
        news |= ends_job(d, &plan->list[i]);
        i += decide(d, &plan->list[i], plan->count - i, out);
    }
    tell_waiting(d, out);
    gang_dynamic_ask(d, out); /* for who waits all the same; what is free and was not taken counts as there */
    d->dirty = news; /* else its own doing is no news to it */
}

/* ---- asking */
static bool readmit_one(struct gang_driver *d, struct gang_effects *out)
{
    for (uint32_t s = d->queue_first; s != GANG_NONE; s = stage_at(d, s)->queue_next) {
        const struct stage *stage = stage_at(d, s);
        if (stage->open_groups == 0 && !gang_stage_fits_cluster(d, stage)) {
            gang_stage_readmit(d, s, out);
            return true;
        }
    }
    return false;
}

void gang_placer_round(struct gang_driver *d, struct gang_effects *out)
{
    while (d->shrunk && readmit_one(d, out))
        ;
    d->shrunk = d->dirty = 0;
    if (d->queue_first == GANG_NONE && !d->woken)
        return; /* nobody waits; but who asked to be asked again may want to end what runs */
    struct gang_msg *msg = gang_put(out, GANG_FX_PLAN_WANTED);
    msg->executor = msg->rank = msg->epoch = GANG_NONE;
    msg->a = ++d->plans_wanted;
}

void gang_placer_ask(struct gang_driver *d)
{
    if (d->queue_first == GANG_NONE && !d->woken)
        d->dirty = 0;
    else if (d->dirty && timers_of(d).place[round_timer(d)] == GANG_NONE)
        arm(d, round_timer(d), d->now);
}

/* ---- answers */
/* What was asked for beyond the books is had. False: they say that it cannot be, and what they say is right by now: executors
 * tell in order. */
static bool book(struct gang_driver *d, struct group *group)
{
    const struct gang_need *need = &profiles_of(d)[stage_at(d, group->stage)->profile].need;
    const struct vacancy v = vacancy_of(d, group->executor);
    bool share = gang_is_share(need);
    if (gang_slots_fit(&v, need) < group->count ||
        (!share && (group->gpu_mask & ~v.room->gpu_mask) != 0))
        return false;
    if (share) {
        uint32_t shares;
        if (gang_share_address(v.room, v.used, v.there, need, &shares) != group->gpu_mask ||
            shares < group->count)
            return false;
    }
    gang_registry_take(d, group->executor, need, group->count, group->gpu_mask);
    group->unbooked = 0;
    return true;
}

void gang_placer_acked(struct gang_driver *d, uint32_t g, const struct gang_msg *msg,
                       struct gang_effects *out)
{
    struct group *group = &groups_of(d)[g];
    uint32_t s = group->stage, slot = stage_at(d, s)->job;
    group->state = GROUP_ACKED;
    group->handle = msg->group;
    d->dirty |= group->hold != HOLD_NOT;
    if (group->hold == HOLD_DROPPED || (group->unbooked && !book(d, group)))
        give_back(d, g, out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        look_whether_empty(d, s, out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        let_go(d, s, out);
    if (jobs_of(d)[slot].state == JOB_RUNNING && stage_at(d, s)->queued)
        d->dirty = 1;
}

/* A launch is had whole or not at all; of what is only held each part is by itself. */
static bool is_of_a_launch(struct gang_driver *d, const struct stage *stage,
                           const struct group *group)
{
    if (is_barrier(stage))
        return stage->state == STAGE_LAUNCHING && !stage->holds;
    return group->hold == HOLD_NOT && together(d, stage) > 0;
}

void gang_placer_nacked(struct gang_driver *d, uint32_t g, const struct gang_msg *msg,
                        struct gang_effects *out)
{
    struct group *group = &groups_of(d)[g];
    uint32_t s = group->stage;
    struct stage *stage = stage_at(d, s);
    bool share = gang_is_share(&profiles_of(d)[stage->profile].need), booked = !group->unbooked;
    const struct gang_decision all = {.kind = GANG_DECIDE_RELEASE};
    d->dirty = 1;
    if (is_barrier(stage) && is_of_a_launch(d, stage, group)) {
        gang_place_revert(d, s, GANG_REASON_RESERVE_NACK, out);
    } else if (is_of_a_launch(d, stage, group)) {
        release(d, s, &all, false, out);
    } else if (is_barrier(stage)) {
        uint32_t slot = stage->job;
        (void)gang_group_unreserve(d, g, GANG_REASON_REVERTED, out);
        look_whether_empty(d, s, out);
        if (jobs_of(d)[slot].state == JOB_RUNNING)
            let_go(d, s, out);
    } else {
        gang_tasks_revert(d, g, out);
    }
    if (booked)
        gang_room_correct(d, msg, share);
}

bool gang_placer_lost(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (!stage->holds)
        return false;
    for (uint32_t r = 0; r < stage->tasks; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (rank->state != RANK_LOST)
            continue;
        rank->state = RANK_IDLE;
        rank->group = GANG_NONE;
    }
    d->dirty = 1;
    look_whether_empty(d, s, out);
    return true;
}

/* ---- the view */
static enum gang_view_state state_of_group(const struct gang_driver *d, const struct group *group)
{
    const struct stage *stage = &stages_of(d)[group->stage];
    if (group->left || stage->state == STAGE_DRAINING || group->hold == HOLD_DROPPED)
        return GANG_VIEW_ENDING;
    if (group->state == GROUP_GONE)
        return GANG_VIEW_RUNNING;
    return group->hold != HOLD_NOT ? GANG_VIEW_HOLDING : GANG_VIEW_LAUNCHING;
}

static bool add_places(const struct gang_driver *d, uint32_t first, struct gang_placer_view *v)
{
    for (uint32_t g = first; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        const struct group *group = &groups_of(d)[g];
        if (v->place_count == v->place_capacity)
            return false;
        v->places[v->place_count++] = (struct gang_view_place){.rank = group->rank,
                                                               .count = group->count - group->ended,
                                                               .executor = group->executor,
                                                               .state = state_of_group(d, group),
                                                               .since_ns = group->planned_at};
    }
    return true;
}

static bool add_ranks(struct gang_driver *d, const struct stage *stage, struct gang_placer_view *v)
{
    for (uint32_t r = 0; r < stage->tasks; r++) {
        if (rank_at(d, stage, r)->state != RANK_IDLE)
            continue;
        if (v->rank_count == v->rank_capacity)
            return false;
        v->ranks[v->rank_count++] = r;
    }
    return true;
}

static enum gang_view_state state_of_stage(const struct stage *stage, const struct tally *t)
{
    if (stage->state == STAGE_DRAINING)
        return GANG_VIEW_ENDING;
    if (t->running > 0)
        return GANG_VIEW_RUNNING;
    if (t->dropped > 0)
        return GANG_VIEW_ENDING;
    if (t->held + t->asked == 0)
        return GANG_VIEW_WAITING;
    return t->holds || stage->holds ? GANG_VIEW_HOLDING : GANG_VIEW_LAUNCHING;
}

static bool add_gang(struct gang_driver *d, uint32_t s, struct gang_placer_view *v)
{
    const struct stage *stage = stage_at(d, s);
    const struct job *job = job_of(d, stage);
    struct tally t = count(d, stage);
    if (v->gang_count == v->gang_capacity)
        return false;
    struct gang_view_gang *row = &v->gangs[v->gang_count++];
    *row = (struct gang_view_gang){
        .job = job->id,
        .stage = stage->index,
        .attempt = stage->attempt,
        .kind = stage->kind,
        .state = state_of_stage(stage, &t),
        .size = stage->tasks,
        .min = stage->min,
        .max = stage->max,
        .together = together(d, stage),
        .role = stage->role,
        .group = stage->group,
        .constraint = stage->constraint,
        .priority = job->priority,
        .attempts_used = stage->attempts_used,
        .failures = stage->failures,
        .losses = stage->losses,
        .held = t.held,
        .asked = t.asked,
        .running = t.running,
        .done = stage->exited,
        .wait_reason = stage->wait_reason,
        .order = job->order,
        .submitted_ns = stage->submitted_at,
        .queued_ns = stage->queued ? stage->queued_at : GANG_NEVER,
        .need = profiles_of(d)[stage->profile].need,
        .first_rank = v->rank_count,
        .first_place = v->place_count,
    };
    if (stage->queued && !add_ranks(d, stage, v))
        return false;
    row->rank_count = row->waiting = v->rank_count - row->first_rank;
    if (!add_places(d, stage->groups, v) || !add_places(d, stage->left_first, v))
        return false;
    row->place_count = v->place_count - row->first_place;
    return true;
}

static uint32_t milli_free(const struct gang_driver *d, uint32_t executor)
{
    const struct vacancy v = vacancy_of(d, executor);
    uint32_t milli = 1000 * gang_bits_in(v.room->gpu_mask);
    for (uint32_t a = 0; v.used != NULL && a < GANG_GPUS_MAX; a++)
        milli += v.used[a] > 0 && (v.there >> a & 1) ? 1000u - v.used[a] : 0;
    return milli;
}

static bool add_executors(const struct gang_driver *d, struct gang_placer_view *v)
{
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        const struct member_executor *e = &executors_of(d)[i];
        if (e->state != EXECUTOR_ALIVE)
            continue;
        if (v->executor_count == v->executor_capacity)
            return false;
        v->executors[v->executor_count++] =
            (struct gang_view_executor){.id = i,
                                        .incarnation = e->incarnation,
                                        .rack = e->rack,
                                        .offered = offered(e),
                                        .free = e->free,
                                        .total = e->total,
                                        .gpu_milli_free = milli_free(d, i)};
    }
    return true;
}

/* Whoever took it for one that waits would place the others, and it would go without these. What comes of it is news (G-12). */
static bool gives_back(const struct gang_driver *d, const struct stage *stage)
{
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        if (groups_of(d)[g].hold == HOLD_DROPPED)
            return true;
    return false;
}

static bool add_others(struct gang_driver *d, struct gang_placer_view *v)
{
    for (uint32_t j = 0; j < d->limits.jobs; j++) {
        const struct job *job = &jobs_of(d)[j];
        for (uint32_t i = 0; job->state != JOB_FREE && i < job->stage_count; i++) {
            const struct stage *stage = stage_at(d, job->first_stage + i);
            bool has_places = stage->open_groups + stage->left_groups > 0;
            if ((!stage->queued || gives_back(d, stage)) && has_places && !add_gang(d, job->first_stage + i, v))
                return false;
        }
    }
    return true;
}

enum gang_status gang_driver_view(const struct gang_driver *driver, struct gang_placer_view *v,
                                  struct gang_err *err)
{
    struct gang_driver *d = (struct gang_driver *)(uintptr_t)driver; /* looked at, not changed */
    bool fits = true;
    assert(d != NULL);
    assert(v != NULL);
    v->now_ns = d->now;
    v->version = d->plans_wanted;
    v->gang_count = v->place_count = v->rank_count = v->executor_count = 0;
    for (uint32_t s = d->queue_first; s != GANG_NONE && fits; s = stage_at(d, s)->queue_next)
        fits = gives_back(d, stage_at(d, s)) || add_gang(d, s, v);
    v->waiting = v->gang_count;
    fits = fits && add_others(d, v) && add_executors(d, v);
    if (!fits)
        return gang_fail(
            err, GANG_E_FULL,
            "the view has room for %u gangs, %u places, %u ranks, %u executors, and needs more",
            v->gang_capacity, v->place_capacity, v->rank_capacity, v->executor_capacity);
    return GANG_OK;
}
