/*
 * task.c -- the client half of a barrier context (B-83): attempt, rank, epoch and one outstanding
 * call.
 *
 * This room is for: numbering a task's sync calls, and matching replies to them.
 * Invariant: at most one call is out; the epoch grows by one with each call that succeeded, and
 * only then.
 */
#include "err.h"
#include "put.h"

#include <assert.h>
#include <string.h>

void gang_task_init(struct gang_task *task, uint32_t job, uint16_t stage, uint16_t attempt,
                    uint32_t rank, uint32_t size)
{
    assert(rank < size);
    memset(task, 0, sizeof *task);
    task->job = job;
    task->stage = stage;
    task->attempt = attempt;
    task->rank = rank;
    task->size = size;
}

static inline struct gang_msg *emit(const struct gang_task *task, struct gang_effects *out,
                                    enum gang_fx_kind fx)
{
    out->count = 0;
    struct gang_msg *msg = gang_put(out, fx);
    msg->job = task->job;
    msg->stage = task->stage;
    msg->attempt = task->attempt;
    msg->epoch = task->epoch;
    msg->rank = task->rank;
    return msg;
}

static inline enum gang_status call(struct gang_task *task, const struct gang_msg *asked,
                                    struct gang_effects *out, struct gang_err *err)
{
    const struct gang_blob blob = asked->blob;
    uint64_t within = asked->a;
    uint8_t op = asked->op;
    if (task->calling)
        return gang_fail(err, GANG_E_STATE, "rank %u already waits in epoch %u", task->rank,
                         task->epoch);
    if (op > GANG_OP_ALL_GATHER)
        return gang_fail(err, GANG_E_RANGE, "operation %u, must be 0..%d", op, GANG_OP_ALL_GATHER);
    task->calling = 1;
    task->op = op;
    struct gang_msg *msg = emit(task, out, GANG_FX_CALL);
    msg->kind = GANG_MSG_ARRIVE;
    msg->op = op;
    msg->count = task->size;
    msg->a = within;
    msg->blob = blob;
    return GANG_OK;
}

static inline enum gang_status reply(struct gang_task *task, const struct gang_msg *answer,
                                     struct gang_effects *out, struct gang_err *err)
{
    const struct gang_blob blob = answer->blob;
    uint16_t reason = answer->reason;
    if (!task->calling || answer->epoch != task->epoch)
        return gang_fail(err, GANG_E_STATE, "a reply of epoch %u, but rank %u %s epoch %u",
                         answer->epoch, task->rank,
                         task->calling ? "waits in" : "does not wait, its next is", task->epoch);
    struct gang_msg *msg = emit(task, out, GANG_FX_RESUME);
    msg->op = task->op;
    msg->reason = reason;
    msg->blob = blob;
    task->calling = 0;
    task->epoch += reason == GANG_REASON_OK;
    return GANG_OK;
}

enum gang_status gang_task_step(struct gang_task *task, const struct gang_event *ev,
                                struct gang_effects *out, struct gang_err *err)
{
    assert(task != NULL);
    assert(ev != NULL);
    assert(ev->msg != NULL);
    assert(out != NULL);
    if (out->capacity < 1)
        return gang_fail(err, GANG_E_EFFECTS_FULL, "room for %u effects, may need 1",
                         out->capacity);
    if (ev->kind == GANG_EV_SYNC)
        return call(task, ev->msg, out, err);
    if (ev->kind == GANG_EV_REPLY)
        return reply(task, ev->msg, out, err);
    return gang_fail(err, GANG_E_UNKNOWN, "a task does not take events of kind %u", ev->kind);
}
