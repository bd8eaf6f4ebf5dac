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
 */
#include "driver_private.h"

#include <assert.h>

/* A gather result is a set of (rank, payload); the order of arrival must not show in it. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void gang_sync_reset(struct stage *stage)
{
    stage->arrived = 0;
    stage->round_digest = 0;
    stage->round_failed = GANG_REASON_OK;
}

static void answer_one(const struct gang_msg *call, enum gang_reason reason,
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

static void release(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    gang_timers_cancel(&d->timers, timers_of(d), phase_timer(s));
    stage->phase_timer = GANG_TIMER_NONE;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        struct gang_msg *msg = gang_fx_group(d, out, GANG_MSG_RELEASE, &groups_of(d)[g]);
        msg->epoch = stage->epoch;
        msg->op = stage->round_op;
        msg->blob.digest = stage->round_digest;
    }
    gang_sync_reset(stage);
    stage->epoch++;
}

/* Everybody who waits in the present round is told why it failed; those who come later are told the
 * same. */
void gang_sync_fail_round(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                          struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    assert(stage->arrived > 0);
    gang_timers_cancel(&d->timers, timers_of(d), phase_timer(s));
    stage->phase_timer = GANG_TIMER_NONE;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        struct gang_msg *msg = gang_fx_group(d, out, GANG_MSG_ROUND_FAILED, &groups_of(d)[g]);
        msg->epoch = stage->epoch;
        msg->reason = (uint16_t)reason;
    }
    stage->arrived = 0;
    stage->round_failed = (uint16_t)reason;
}

/* In the order attempt, membership, size, epoch, operation (G-06). GANG_REASON_OK: it may be
 * counted. */
static enum gang_reason check_call(const struct stage *stage, const struct rank *rank,
                                   const struct gang_msg *msg)
{
    if (!gang_stage_is_live(stage) || stage->kind != GANG_STAGE_BARRIER) {
        GANG_MARK(ARRIVE_AFTER_END);
        return GANG_REASON_SYNC_ENDED;
    }
    if (rank->state != RANK_RUNNING) {
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
    if (stage->round_failed != GANG_REASON_OK) {
        GANG_MARK(ARRIVE_AFTER_FAILURE);
        return (enum gang_reason)stage->round_failed;
    }
    return GANG_REASON_OK;
}

void gang_sync_arrive(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE) {
        GANG_MARK(ARRIVE_AFTER_END);
        answer_one(msg, GANG_REASON_SYNC_ENDED, out);
        return;
    }
    uint32_t s = groups_of(d)[g].stage;
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, msg->rank);
    enum gang_reason reason = check_call(stage, rank, msg);
    if (reason == GANG_REASON_OK && stage->exited > 0 && !axis(d, GANG_AXIS_MEMBER_EXIT)) {
        GANG_MARK(MEMBER_EXITED);
        reason = GANG_REASON_MEMBER_EXITED;
    }
    if (reason != GANG_REASON_OK) {
        answer_one(msg, reason, out);
        return;
    }
    if (rank->arrived == stage->epoch + 1) {
        GANG_MARK(ARRIVE_DUPLICATE); /* it waits already, and will get its one answer */
        return;
    }
    if (stage->arrived == 0) {
        stage->round_op = msg->op;
        gang_stage_arm(d, s, GANG_TIMER_SYNC, d->config.sync_timeout_ns); /* B-120 */
    }
    rank->arrived = stage->epoch + 1;
    stage->round_digest += mix(msg->blob.digest ^ mix(msg->rank));
    if (++stage->arrived == stage->tasks)
        release(d, s, out);
}
