/*
 * sync.c -- barrier and allGather, by identity.
 *
 * This room is for: the rounds of a gang's present attempt: who arrived, who is answered, with
 * what. Invariants: a round completes when N distinct ranks of one attempt have arrived in one
 * epoch with one operation (G-05); a bad message changes nothing (G-06); every call is answered
 * exactly once, here or by the executor that ends its task (G-08).
 *
 * Attempts only grow and a stage has one at a time, so an attempt that is over needs no tombstone
 * (G-07): its messages name a group that is closed, or an attempt that is fenced, and both are
 * answered with "ended".
 *
 * So much for the strict policy. Spark's coordinator knows a set of requests and no members, and
 * an attempt of which it has heard nothing looks like one that it has forgotten. Each of its
 * habits is one axis, read in one place below; what they need beyond a good round's state stands
 * in the cold half of struct stage.
 */
#include "driver_private.h"
#include "gather.h"

#include <assert.h>

/* B-102: what was given in earlier rounds stays in its slots until somebody gives something else. */
static void next_round(const struct gang_driver *d, struct stage *stage)
{
    stage->arrived = 0;
    if (!d->counts_requests) {
        stage->round_digest = 0;
        stage->round_bytes = 0;
    }
    stage->round_failed = GANG_REASON_OK;
    stage->twice = 0;
    stage->round_ops = 0;
}

void gang_sync_reset(struct gang_driver *d, struct stage *stage)
{
    next_round(d, stage);
    stage->size = 0;
    stage->round_digest = 0;
    stage->round_bytes = 0;
    for (uint32_t r = 0; d->counts_requests && r < stage->tasks; r++)
        gathered_of(d, stage)[r] = (struct gathered){0};
}

/* A fenced attempt's round goes on, and the dead count in it (B-155). */
static bool outlives_its_fence(const struct gang_driver *d, const struct stage *stage)
{
    return stage->state == STAGE_DRAINING && stage->kind == GANG_STAGE_BARRIER &&
           axis(d, GANG_AXIS_KILLED_WAITER);
}

/* B-123, B-153: what is over is not remembered, but as if it had never been. */
static bool forgets(const struct gang_driver *d) { return axis(d, GANG_AXIS_ENDED_ROUND); }

/* ---- the timers of rounds */
/* A round has one timer: its own, or of a caller whose own limit ends first (G-11). */
static bool has_round_timer(const struct stage *stage)
{
    return stage->phase_timer == GANG_TIMER_SYNC || stage->phase_timer == GANG_TIMER_CALL;
}

static void set_timer(struct gang_driver *d, uint32_t s, const struct round_timer *at)
{
    struct stage *stage = stage_at(d, s);
    stage->phase_timer = at->rank == GANG_NONE ? GANG_TIMER_SYNC : GANG_TIMER_CALL;
    stage->limit_rank = at->rank;
    gang_timers_arm(&d->timers, timers_of(d), phase_timer(s), at->at, at->token);
}

/* SPARK-46895: nobody takes a timer down. There is room for so many; the last place is the present round's, so that of the
 * earlier ones the newest give way. */
static void leave_timer(struct gang_driver *d, uint32_t s, const struct round_timer *timer)
{
    struct stage *stage = stage_at(d, s);
    struct round_timer *left = round_timers_of(d, s);
    if (stage->timers_left == d->limits.round_timers)
        stage->timers_left--;
    left[stage->timers_left++] = *timer;
    for (uint32_t i = stage->timers_left - 1u; i > 0 && left[i].at < left[i - 1].at; i--) {
        left[i] = left[i - 1];
        left[i - 1] = *timer;
    }
    set_timer(d, s, left);
}

/* It has fired; the next one is armed, if there is one. */
static void drop_first_timer(struct gang_driver *d, uint32_t s)
{
    struct stage *stage = stage_at(d, s);
    struct round_timer *left = round_timers_of(d, s);
    stage->timers_left--;
    for (uint32_t i = 0; i < stage->timers_left; i++)
        left[i] = left[i + 1];
    if (stage->timers_left > 0)
        set_timer(d, s, left);
}

/* B-120: from the round's first arrival. */
GANG_APART static void start_timer(struct gang_driver *d, uint32_t s)
{
    if (stage_at(d, s)->state != STAGE_RUNNING)
        return; /* a fenced attempt's timer watches over its end */
    const struct round_timer its_own = {later(d->now, d->config.sync_timeout_ns), d->token,
                                        GANG_NONE, 0};
    if (d->leaves_timers)
        leave_timer(d, s, &its_own);
    else
        gang_stage_arm(d, s, GANG_TIMER_SYNC, d->config.sync_timeout_ns);
}

/* G-11: this caller waits for so long and no longer, so nor does its round. */
GANG_APART static void shorten_timer(struct gang_driver *d, uint32_t s, const struct gang_msg *call)
{
    const struct stage *stage = stage_at(d, s);
    gang_ns within = call->a < (uint64_t)GANG_NEVER ? (gang_ns)call->a : GANG_NEVER;
    const struct round_timer limit = {later(d->now, within), d->token, call->rank, 0};
    if (!has_round_timer(stage) || timers_of(d).at[phase_timer(s)] <= limit.at)
        return;
    GANG_MARK(CALL_LIMITED);
    if (d->leaves_timers)
        leave_timer(d, s, &limit);
    else
        set_timer(d, s, &limit);
}

static void cancel_timer(struct gang_driver *d, uint32_t s)
{
    gang_timers_cancel(&d->timers, timers_of(d), phase_timer(s));
    stage_at(d, s)->phase_timer = GANG_TIMER_NONE;
}

/* B-125: all gangs' timers are in one list, and all of them are taken down together. */
static void cancel_all_timers(struct gang_driver *d)
{
    for (uint32_t i = d->timers.count; i-- > 0;) {
        uint32_t timer = timers_of(d).heap[i], s = timer / 2;
        if (s >= gang_slab_indices(d->limits.stages) || timer != phase_timer(s) ||
            !has_round_timer(stage_at(d, s)) || stage_at(d, s)->timers_left > 0)
            continue;
        cancel_timer(d, s);
        i = d->timers.count; /* the heap has moved */
    }
}

static void stop_timer(struct gang_driver *d, uint32_t s)
{
    if (stage_at(d, s)->timers_left > 0)
        return;
    if (has_round_timer(stage_at(d, s)))
        cancel_timer(d, s);
    if (axis(d, GANG_AXIS_ROUND_TIMER)) {
        GANG_MARK(TIMERS_SHARED);
        cancel_all_timers(d);
    }
}

/* ---- answers */
GANG_APART static void answer_one(const struct gang_msg *call, enum gang_reason reason,
                       struct gang_effects *out)
{
    struct gang_msg *msg = gang_put(out, GANG_FX_SEND);
    *msg = *call;
    msg->kind = GANG_MSG_ROUND_FAILED;
    msg->reason = (uint16_t)reason;
    msg->count = 1;
    msg->a = 0;
    msg->blob = (struct gang_blob){0};
}

/* B-104: an answer each, with everything in it. They go over one link, so one message stands for all of them, which weighs as
 * much and is there when the last of them would be. */
static inline uint64_t copies(const struct gang_driver *d, uint32_t tasks)
{
    return axis(d, GANG_AXIS_FAN_OUT) ? tasks : 0;
}

/* What a round came to: a release, or why it failed. */
static inline struct gang_msg *tell(struct gang_driver *d, const struct stage *stage,
                                    const struct group *group, enum gang_reason reason,
                                    struct gang_effects *out)
{
    bool well = reason == GANG_REASON_OK;
    struct gang_msg *msg =
        gang_fx_group(d, out, well ? GANG_MSG_RELEASE : GANG_MSG_ROUND_FAILED, group);
    msg->epoch = stage->epoch;
    msg->reason = (uint16_t)reason;
    if (well) {
        msg->op = stage->round_op;
        msg->blob.digest = stage->round_digest;
        msg->blob.bytes =
            stage->round_bytes < UINT32_MAX ? (uint32_t)stage->round_bytes : UINT32_MAX;
        msg->a = copies(d, group->count);
    }
    return msg;
}

static void tell_everybody(struct gang_driver *d, const struct stage *stage,
                           enum gang_reason reason, struct gang_effects *out)
{
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        (void)tell(d, stage, &groups_of(d)[g], reason, out);
}

static bool has_arrived(struct gang_driver *d, const struct stage *stage, uint32_t rank)
{
    return rank_at(d, stage, rank)->arrived == stage->epoch + 1;
}

/* Only those whose requests have come: a call that is still on its way finds another state here, and not the answer of a
 * round that it was not in. Each range of them is a message; where there are very many, one covers the rest of its group. */
static void tell_those_who_came(struct gang_driver *d, const struct stage *stage,
                                enum gang_reason reason, struct gang_effects *out)
{
    uint32_t spare = d->limits.groups;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        const struct group *group = &groups_of(d)[g];
        uint32_t end = group->rank + group->count, first, r = group->rank;
        for (;;) {
            while (r < end && !has_arrived(d, stage, r))
                r++;
            if (r == end)
                break;
            for (first = r; r < end && (spare == 0 || has_arrived(d, stage, r)); r++)
                ;
            spare -= spare > 0;
            struct gang_msg *msg = tell(d, stage, group, reason, out);
            msg->rank = first;
            msg->count = r - first;
            if (msg->a != 0) /* as many as there are */
                msg->a = msg->count;
        }
    }
}

/* ---- the end of a round */
GANG_APART static void release(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    stop_timer(d, s);
    if (stage->twice == 0 && gang_sync_size(stage) == stage->tasks)
        tell_everybody(d, stage, GANG_REASON_OK, out);
    else
        tell_those_who_came(d, stage, GANG_REASON_OK, out);
    next_round(d, stage);
    stage->epoch++;
}

/* Everybody who waits in the present round is told why it failed; those who come later are told the
 * same. */
void gang_sync_fail_round(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                          struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    assert(stage->arrived > 0);
    stop_timer(d, s);
    tell_everybody(d, stage, reason, out);
    stage->arrived = 0;
    stage->round_failed = (uint16_t)reason;
}

/* Those who wait are told why, and what follows finds an attempt of which nothing is known. */
static void fail_and_forget(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                            struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    GANG_MARK(ROUND_FORGOTTEN);
    stop_timer(d, s);
    if (stage->arrived > 0)
        tell_those_who_came(d, stage, reason, out);
    gang_sync_reset(d, stage);
    stage->epoch = 0;
    for (uint32_t r = 0; r < stage->tasks; r++)
        rank_at(d, stage, r)->arrived = 0;
}

/* So that the story can say whose limit it was, and for whom it waited: the first few ranges of ranks. */
static void say_who_is_missing(struct gang_driver *d, const struct stage *stage,
                               struct gang_effects *out)
{
    enum { RANGES_MAX = 8 };
    gang_note(d, out, stage, GANG_REASON_CALL_TIMEOUT, stage->tasks, stage->arrived);
    out->list[out->count - 1].msg.rank = stage->limit_rank;
    uint32_t told = 0, first;
    for (uint32_t r = 0; r < stage->tasks && told < RANGES_MAX; told++) {
        while (r < stage->tasks && has_arrived(d, stage, r))
            r++;
        for (first = r; r < stage->tasks && !has_arrived(d, stage, r); r++)
            ;
        if (first == r)
            break;
        gang_note(d, out, stage, GANG_REASON_ABSENT, r - first, stage->tasks - stage->arrived);
        out->list[out->count - 1].msg.rank = first;
    }
}

void gang_sync_timeout(struct gang_driver *d, uint32_t s, bool own, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    enum gang_reason reason = own ? GANG_REASON_CALL_TIMEOUT : GANG_REASON_SYNC_TIMEOUT;
    if (own && stage->arrived > 0)
        say_who_is_missing(d, stage, out);
    if (stage->timers_left > 0)
        drop_first_timer(d, s);
    if (stage->arrived > 0)
        GANG_MARK(SYNC_TIMEOUT);
    else
        GANG_MARK(TIMER_OF_NOBODY); /* of a round that has ended */
    if (forgets(d)) /* B-123 */
        fail_and_forget(d, s, reason, out);
    else if (stage->arrived > 0)
        gang_sync_fail_round(d, s, reason, out);
}

/* The attempt is over. Where its tasks are told to end, their executors answer those who wait (G-08); where they are not,
 * this is who must, unless it drops them (B-152). */
void gang_sync_end(struct gang_driver *d, uint32_t s, bool killed, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    stage->timers_left = 0;
    if (stage->epoch > 0 || stage->arrived > 0)
        stop_timer(d, s);
    if (!killed && stage->arrived > 0)
        GANG_MARK(WAITERS_LEFT);
    if (!killed && !axis(d, GANG_AXIS_STAGE_END)) {
        if (stage->arrived > 0) /* done: without those who wait (B-145) */
            gang_sync_fail_round(d, s,
                                 stage->state == STAGE_DONE ? GANG_REASON_SYNC_ENDED
                                                            : GANG_REASON_GANG_FAILED,
                                 out);
        stage->round_failed = GANG_REASON_GANG_FAILED;
    }
    if (!outlives_its_fence(d, stage))
        gang_sync_reset(d, stage);
}

/* Whether nobody need wait any more, since a member ended well and will not come; B-88: Spark does not know of it. */
static bool lacks_a_member(const struct gang_driver *d, const struct stage *stage)
{
    bool lacks = stage->exited > 0 && !axis(d, GANG_AXIS_MEMBER_EXIT);
    if (lacks)
        GANG_MARK(MEMBER_EXITED);
    return lacks;
}

void gang_sync_member_ended(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (stage->arrived > 0 && lacks_a_member(d, stage))
        gang_sync_fail_round(d, s, GANG_REASON_MEMBER_EXITED, out);
}

/* ---- arrivals */
/* In the order membership, size, epoch, operation (G-06); the attempt has been seen to. GANG_REASON_OK: it may be counted.
 */
static inline enum gang_reason check_call(struct stage *stage, const struct rank *rank,
                                   const struct gang_msg *msg)
{
    if (rank->state != RANK_RUNNING && stage->state == STAGE_RUNNING) {
        GANG_MARK(ARRIVE_FOREIGN);
        return GANG_REASON_SYNC_MEMBER;
    }
    if (msg->count != stage->tasks) {
        GANG_MARK(ARRIVE_WRONG_SIZE);
        return GANG_REASON_SYNC_SIZE;
    }
    if (msg->epoch != stage->epoch) {
        GANG_MARK(ARRIVE_WRONG_EPOCH);
        return GANG_REASON_SYNC_EPOCH;
    }
    if (stage->arrived > 0 && msg->op != stage->round_op) {
        GANG_MARK(ARRIVE_WRONG_OP);
        return GANG_REASON_SYNC_MISMATCH;
    }
    return GANG_REASON_OK;
}

enum { BOTH_OPS = 1 << GANG_OP_BARRIER | 1 << GANG_OP_ALL_GATHER };

/* B-81: the operation first, and noted even of a request that is then refused (B-112, B-170). Who asks is not looked at; and
 * whoever asks first in an attempt says how many there are. */
GANG_APART static enum gang_reason check_method_first(struct stage *stage, const struct rank *rank,
                                           const struct gang_msg *msg)
{
    (void)rank;
    stage->round_ops |= (uint8_t)(1 << msg->op);
    if (stage->round_ops == BOTH_OPS) {
        GANG_MARK(ARRIVE_WRONG_OP);
        return GANG_REASON_SYNC_MISMATCH;
    }
    if (stage->size == 0)
        stage->size = msg->count;
    if (msg->count != gang_sync_size(stage)) {
        GANG_MARK(ARRIVE_WRONG_SIZE);
        return GANG_REASON_SYNC_SIZE;
    }
    if (msg->epoch != stage->epoch) {
        GANG_MARK(ARRIVE_WRONG_EPOCH);
        return GANG_REASON_SYNC_EPOCH;
    }
    return GANG_REASON_OK;
}

/* Whether what was noted makes this a mismatch for ever (B-110), or only for the one who asked (G-06). What the offender is
 * told: before SPARK-31651 the state was gone when its turn came, so that it heard of an epoch. */
GANG_APART static enum gang_reason mixed(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (axis(d, GANG_AXIS_MISMATCH)) {
        fail_and_forget(d, s, GANG_REASON_SYNC_MISMATCH, out);
        return GANG_REASON_SYNC_EPOCH;
    }
    if (stage->round_ops == BOTH_OPS) {
        GANG_MARK(ATTEMPT_POISONED);
        if (stage->arrived > 0)
            gang_sync_fail_round(d, s, GANG_REASON_SYNC_MISMATCH, out);
    }
    return GANG_REASON_SYNC_MISMATCH;
}

/* GANG_REASON_OK: it counts. */
static inline enum gang_reason check(struct gang_driver *d, uint32_t s, struct stage *stage,
                                     const struct rank *rank, const struct gang_msg *msg,
                                     struct gang_effects *out)
{
    enum gang_reason reason = axis(d, GANG_AXIS_CHECK_ORDER) ? check_method_first(stage, rank, msg)
                                                             : check_call(stage, rank, msg);
    if (reason == GANG_REASON_SYNC_MISMATCH)
        return mixed(d, s, out);
    if (reason == GANG_REASON_OK && stage->round_failed != GANG_REASON_OK) {
        GANG_MARK(ARRIVE_AFTER_FAILURE);
        return (enum gang_reason)stage->round_failed;
    }
    if (reason == GANG_REASON_OK && lacks_a_member(d, stage))
        return GANG_REASON_MEMBER_EXITED;
    return reason;
}

/* A request of an attempt that is over. Where nothing is remembered of it, it is taken for the first of a new one, which
 * nobody else will ever join: it is not answered (B-153). */
GANG_APART static void arrive_late(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    GANG_MARK(ARRIVE_AFTER_END);
    if (forgets(d))
        GANG_MARK(ARRIVE_UNANSWERED);
    else
        answer_one(msg, GANG_REASON_SYNC_ENDED, out);
}

/* In the place of what the same rank gave before, in whatever round. */
GANG_APART static void fill_slot(struct gang_driver *d, struct stage *stage, const struct gang_msg *msg)
{
    struct gathered *slot = &gathered_of(d, stage)[msg->rank];
    uint64_t part = gang_gather_part(msg->rank, msg->blob.digest);
    stage->round_digest += part - slot->part;
    stage->round_bytes += (uint64_t)msg->blob.bytes - slot->bytes;
    *slot = (struct gathered){part, msg->blob.bytes, 0};
}

/* Each rank once, or each request (B-82, B-154). */
static inline void count_arrival(struct gang_driver *d, uint32_t s, struct stage *stage, struct rank *rank,
                                 const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t arrived = stage->arrived, round = stage->epoch + 1;
    if (gang_rarely(rank->arrived == round)) {
        GANG_MARK(ARRIVE_DUPLICATE);
        if (!d->counts_requests)
            return; /* it waits already, and will get its one answer */
        stage->twice++;
    }
    if (arrived == 0) {
        stage->round_op = msg->op;
        start_timer(d, s);
    }
    rank->arrived = round;
    if (d->counts_requests) {
        fill_slot(d, stage, msg);
    } else {
        stage->round_digest += gang_gather_part(msg->rank, msg->blob.digest);
        stage->round_bytes += msg->blob.bytes;
    }
    stage->arrived = ++arrived;
    if (arrived < gang_sync_size(stage)) {
        if (gang_rarely(msg->a != 0))
            shorten_timer(d, s, msg);
        return;
    }
    if (stage->state == STAGE_DRAINING)
        GANG_MARK(ROUND_OF_THE_DEAD);
    release(d, s, out);
}

void gang_sync_arrive(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (gang_rarely(g == GANG_NONE || groups_of(d)[g].left)) {
        arrive_late(d, msg, out);
        return;
    }
    uint32_t s = groups_of(d)[g].stage;
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, msg->rank);
    bool live = gang_stage_is_live(stage) && stage->kind == GANG_STAGE_BARRIER;
    if (gang_rarely(!live) && !outlives_its_fence(d, stage)) {
        arrive_late(d, msg, out);
        return;
    }
    enum gang_reason reason = check(d, s, stage, rank, msg, out);
    if (reason == GANG_REASON_OK)
        count_arrival(d, s, stage, rank, msg, out);
    else
        answer_one(msg, reason, out);
}
