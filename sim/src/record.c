/*
 * record.c -- the records of the core's effects and messages. See record.h.
 *
 * A message has no kind of record that repeats all of it: what a record keeps is what the registry
 * says of its kind.
 */
#include "record.h"

/* The core may not look into trace.h; here is where their numbers must agree. */
#define X(name, number)                                                                            \
    _Static_assert((int)GANG_REASON_##name == (int)TRACE_REASON_##name, "the same reasons");
GANG_REASON_MAP(X)
#undef X
#define X(name, number)                                                                            \
    _Static_assert((int)GANG_TIMER_##name == (int)TRACE_TIMER_##name, "the same timers");
GANG_TIMER_MAP(X)
#undef X
_Static_assert((int)GANG_REASON_COUNT == (int)TRACE_REASON_LIMIT, "as many reasons");
_Static_assert((int)GANG_TIMER_COUNT == (int)TRACE_TIMER_LIMIT, "as many timers");
_Static_assert((int)GANG_HOPE_WORK == (int)TRACE_HOPE_WORK, "the same hopes");
_Static_assert((int)GANG_HOPE_HABIT == (int)TRACE_HOPE_HABIT, "the same hopes");
_Static_assert((int)GANG_HOPE_GIVE_UP == (int)TRACE_HOPE_GIVE_UP, "the same hopes");
_Static_assert((int)GANG_EXIT_OK == (int)TRACE_EXIT_OK, "the same exits");
_Static_assert((int)GANG_EXIT_FAILED == (int)TRACE_EXIT_FAILED, "the same exits");
_Static_assert((int)GANG_EXIT_KILLED == (int)TRACE_EXIT_KILLED, "the same exits");
_Static_assert((int)GANG_ACCEPT_SUCCESS == (int)TRACE_ACCEPT_SUCCESS, "the same accepts");
_Static_assert((int)GANG_ACCEPT_CHECKPOINT == (int)TRACE_ACCEPT_CHECKPOINT, "the same accepts");
_Static_assert((int)GANG_ACCEPT_OUTPUT == (int)TRACE_ACCEPT_OUTPUT, "the same accepts");
_Static_assert(GANG_NONE == TRACE_NONE, "the same nothing");

/* ---- messages */
/* Fills in what a record repeats of a message; returns the kind of record that says it was sent. */
static inline uint16_t repeat(struct trace_record *r, const struct gang_msg *m)
{
    r->executor = m->executor;
    r->job = m->job;
    r->stage = m->stage;
    r->attempt = m->attempt;
    r->epoch = TRACE_NONE;
    r->rank = m->rank;
    r->a = m->count;
    r->b = m->reason;
    switch ((enum gang_msg_kind)m->kind) {
    case GANG_MSG_ARRIVE:
        r->epoch = m->epoch;
        r->a = m->op + 2 * (int64_t)m->a; /* how long its caller waits at most */
        r->b = (int64_t)m->blob.digest;
        return TRACE_ARRIVE;
    case GANG_MSG_RELEASE:
        r->epoch = m->epoch;
        r->b = (int64_t)m->blob.digest;
        return TRACE_RELEASE;
    case GANG_MSG_FREE:
        r->a = m->op;
        r->b = m->reason != GANG_REASON_OK ? m->reason : m->blob.id; /* the exit code */
        return TRACE_FREE;
    case GANG_MSG_RESERVE:
        r->b = (int64_t)m->a;
        return TRACE_RESERVE;
    case GANG_MSG_RESERVE_ACK:
        r->b = (int64_t)m->a;
        return TRACE_RESERVE_ACK;
    case GANG_MSG_RESERVE_NACK:
        return TRACE_RESERVE_NACK;
    case GANG_MSG_GO:
        r->b = 0;
        return TRACE_GO;
    case GANG_MSG_UNRESERVE:
        return TRACE_UNRESERVE;
    case GANG_MSG_KILL:
        return TRACE_KILL;
    case GANG_MSG_ROUND_FAILED:
        r->epoch = m->epoch;
        return TRACE_ROUND_FAILED;
    case GANG_MSG_CHECKPOINT:
        r->a = (int64_t)m->a;
        r->b = 0;
        return TRACE_CHECKPOINT;
    case GANG_MSG_OUTPUT:
        r->a = m->blob.bytes;
        r->b = (int64_t)m->blob.digest;
        return TRACE_OUTPUT;
    case GANG_MSG_REGISTER:
        r->a = TRACE_MSG_REGISTER;
        break;
    case GANG_MSG_WELCOME:
        r->a = TRACE_MSG_WELCOME;
        break;
    case GANG_MSG_HEARTBEAT:
        r->a = TRACE_MSG_HEARTBEAT;
        break;
    case GANG_MSG_HEARTBEAT_ACK:
        r->a = TRACE_MSG_HEARTBEAT_ACK;
        break;
    case GANG_MSG_GONE:
        r->a = TRACE_MSG_GONE;
        break;
    case GANG_MSG_ROOM:
        r->a = TRACE_MSG_ROOM;
        break;
    case GANG_MSG_NONE:
    case GANG_MSG_COUNT:
        r->a = m->kind;
        break;
    }
    r->job = r->stage = r->attempt = r->rank =
        TRACE_NONE; /* these are about the executor, not about a gang */
    r->b = m->incarnation;
    return TRACE_SEND;
}

uint64_t sim_record_message(struct sim *w, const struct gang_msg *m, enum trace_kind kind,
                            enum trace_actor actor, uint64_t cause)
{
    struct trace_record *r = sim_record_open(w);
    r->at_ns = w->now_ns;
    r->cause = cause;
    r->actor = actor;
    uint16_t sent = repeat(r, m);
    r->kind = kind != TRACE_KIND_NONE ? (uint16_t)kind : sent;
    r->flags = kind != TRACE_KIND_NONE ? sent : 0;
    return sim_record_close(w, r);
}

uint64_t sim_record_dropped(struct sim *w, const struct gang_msg *msg, uint64_t cause)
{
    return sim_record_message(w, msg, TRACE_DROP, TRACE_WORLD, cause);
}

uint64_t sim_record_frame_lost(struct sim *w, const struct gang_msg *msg, uint64_t cause)
{
    return sim_record_message(w, msg, TRACE_FRAME_LOST, TRACE_WORLD, cause);
}

/* ---- decisions */
uint64_t sim_record_decision(struct sim *w, const struct gang_effect *effect, uint64_t cause)
{
    const struct gang_msg *m = &effect->msg;
    struct trace_record *r = sim_record_blank(w, TRACE_KIND_NONE, TRACE_DRIVER, cause);
    r->job = m->job;
    r->stage = m->stage;
    r->attempt = m->attempt;
    switch ((enum gang_fx_kind)effect->fx) {
    case GANG_FX_PLAN:
        r->kind = TRACE_PLAN;
        r->rank = m->rank;
        r->a = m->count;
        r->b = (int64_t)m->a;
        break;
    case GANG_FX_LAUNCH:
        r->kind = TRACE_LAUNCH;
        r->a = m->count;
        break;
    case GANG_FX_REFUSE:
        r->kind = TRACE_REFUSE;
        r->attempt = TRACE_NONE;
        r->epoch = m->epoch;
        r->a = m->reason;
        r->b = m->count;
        break;
    case GANG_FX_FENCE:
        r->kind = TRACE_FENCE;
        r->rank = m->rank;
        r->a = m->reason;
        r->b = (int64_t)m->a;
        break;
    case GANG_FX_ACCEPT:
        r->kind = TRACE_ACCEPT;
        r->rank = m->rank;
        r->a = m->op;
        r->b = (int64_t)m->a;
        break;
    case GANG_FX_STAGE_DONE:
        r->kind = TRACE_STAGE_DONE;
        r->a = m->count;
        break;
    case GANG_FX_JOB_DONE:
        r->kind = TRACE_JOB_DONE;
        r->stage = r->attempt = TRACE_NONE;
        r->a = m->reason;
        r->b = m->count;
        break;
    case GANG_FX_JOIN:
    case GANG_FX_LOST:
        r->kind = effect->fx == GANG_FX_JOIN ? TRACE_JOIN : TRACE_LOST;
        r->executor = m->executor;
        r->job = r->stage = r->attempt = TRACE_NONE;
        r->a = m->incarnation;
        r->b = m->reason;
        break;
    case GANG_FX_WAIT:
    case GANG_FX_NOTE:
        r->kind = effect->fx == GANG_FX_WAIT ? TRACE_WAIT : TRACE_NOTE;
        r->rank = m->rank;
        r->epoch = m->epoch;
        r->a = m->reason;
        r->b = m->count;
        break;
    case GANG_FX_EXCLUDE:
        r->kind = TRACE_EXCLUDE;
        r->executor = m->executor;
        r->job = r->stage = r->attempt = TRACE_NONE;
        r->a = m->reason;
        r->b = m->count;
        break;
    case GANG_FX_UNREGISTER:
        r->kind = TRACE_UNREGISTER;
        r->rank = m->rank;
        r->a = m->count;
        r->b = m->reason;
        break;
    case GANG_FX_ASK:
        r->kind = TRACE_NOTE;
        r->executor = m->executor;
        r->job = r->stage = r->attempt = TRACE_NONE;
        r->a = m->reason;
        break;
    case GANG_FX_GIVE_BACK:
    case GANG_FX_EXIT:
    case GANG_FX_NONE:
    case GANG_FX_SEND:
    case GANG_FX_PERSIST:
    case GANG_FX_PLAN_WANTED:
    case GANG_FX_START:
    case GANG_FX_SIGNAL:
    case GANG_FX_REPLY:
    case GANG_FX_CALL:
    case GANG_FX_RESUME:
    case GANG_FX_COUNT:
        assert(false && "not a decision");
    }
    return sim_record_close(w, r);
}
