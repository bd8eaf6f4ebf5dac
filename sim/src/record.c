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

/* ------------------------------------------------------------------------------------------------
 * messages */
/* What a record repeats of a message; `as` is the sent record's kind. */
struct message_fields {
    uint16_t as;
    bool of_gang; /* job, stage, attempt and rank apply */
    uint32_t epoch;
    int64_t a, b;
};

static inline struct message_fields fields_of(const struct gang_msg *m)
{
    switch ((enum gang_msg_kind)m->kind) {
    case GANG_MSG_ARRIVE:
        return (struct message_fields){TRACE_ARRIVE, true, m->epoch, m->op,
                                       (int64_t)m->blob.digest};
    case GANG_MSG_RELEASE:
        return (struct message_fields){TRACE_RELEASE, true, m->epoch, m->count,
                                       (int64_t)m->blob.digest};
    case GANG_MSG_FREE:
        return (struct message_fields){TRACE_FREE, true, TRACE_NONE, m->op,
                                       m->reason != GANG_REASON_OK ? m->reason : m->blob.id};
    case GANG_MSG_RESERVE:
        return (struct message_fields){TRACE_RESERVE, true, TRACE_NONE, m->count, (int64_t)m->a};
    case GANG_MSG_RESERVE_ACK:
        return (struct message_fields){TRACE_RESERVE_ACK, true, TRACE_NONE, m->count,
                                       (int64_t)m->a};
    case GANG_MSG_RESERVE_NACK:
        return (struct message_fields){TRACE_RESERVE_NACK, true, TRACE_NONE, m->count, m->reason};
    case GANG_MSG_GO:
        return (struct message_fields){TRACE_GO, true, TRACE_NONE, m->count, 0};
    case GANG_MSG_CHECKPOINT:
        return (struct message_fields){TRACE_CHECKPOINT, true, TRACE_NONE, (int64_t)m->a, 0};
    case GANG_MSG_OUTPUT:
        return (struct message_fields){TRACE_OUTPUT, true, TRACE_NONE, m->blob.bytes,
                                       (int64_t)m->blob.digest};
    case GANG_MSG_UNRESERVE:
        return (struct message_fields){TRACE_UNRESERVE, true, TRACE_NONE, m->count, m->reason};
    case GANG_MSG_KILL:
        return (struct message_fields){TRACE_KILL, true, TRACE_NONE, m->count, m->reason};
    case GANG_MSG_ROUND_FAILED:
        return (struct message_fields){TRACE_ROUND_FAILED, true, m->epoch, m->count, m->reason};
    case GANG_MSG_REGISTER:
        return (struct message_fields){TRACE_SEND, false, TRACE_NONE, TRACE_MSG_REGISTER,
                                       m->incarnation};
    case GANG_MSG_WELCOME:
        return (struct message_fields){TRACE_SEND, false, TRACE_NONE, TRACE_MSG_WELCOME,
                                       m->incarnation};
    case GANG_MSG_HEARTBEAT:
        return (struct message_fields){TRACE_SEND, false, TRACE_NONE, TRACE_MSG_HEARTBEAT,
                                       m->incarnation};
    case GANG_MSG_NONE:
    case GANG_MSG_COUNT:
        break;
    }
    return (struct message_fields){TRACE_SEND, false, TRACE_NONE, m->kind, m->incarnation};
}

static inline uint64_t record_message(struct sim *w, const struct gang_msg *m, uint16_t kind,
                                      uint32_t actor, uint64_t cause)
{
    struct message_fields f = fields_of(m);
    struct trace_record *r = sim_record_open(w);
    r->at_ns = w->now_ns;
    r->cause = cause;
    r->kind = kind != TRACE_KIND_NONE ? kind : f.as;
    r->flags = kind != TRACE_KIND_NONE ? f.as : 0;
    r->actor = actor;
    r->executor = m->executor;
    r->job = f.of_gang ? m->job : TRACE_NONE;
    r->stage = f.of_gang ? m->stage : TRACE_NONE;
    r->attempt = f.of_gang ? m->attempt : TRACE_NONE;
    r->epoch = f.epoch;
    r->rank = f.of_gang ? m->rank : TRACE_NONE;
    r->a = f.a;
    r->b = f.b;
    return sim_record_close(w, r);
}

uint64_t sim_record_sent(struct sim *w, const struct gang_msg *msg, bool to_driver, uint64_t cause)
{
    return record_message(w, msg, TRACE_KIND_NONE, to_driver ? TRACE_EXECUTOR : TRACE_DRIVER,
                          cause);
}

uint64_t sim_record_arrived(struct sim *w, const struct gang_msg *msg, bool to_driver,
                            uint64_t cause)
{
    return record_message(w, msg, TRACE_DELIVER, to_driver ? TRACE_DRIVER : TRACE_EXECUTOR, cause);
}

uint64_t sim_record_dropped(struct sim *w, const struct gang_msg *msg, uint64_t cause)
{
    return record_message(w, msg, TRACE_DROP, TRACE_WORLD, cause);
}

/* ------------------------------------------------------------------------------------------------
 * decisions */
uint64_t sim_record_decision(struct sim *w, const struct gang_effect *effect, uint64_t cause)
{
    const struct gang_msg *m = &effect->msg;
    struct trace_record *r = sim_record_open(w);
    *r = (struct trace_record){.at_ns = w->now_ns,
                               .cause = cause,
                               .actor = TRACE_DRIVER,
                               .executor = TRACE_NONE,
                               .job = m->job,
                               .stage = m->stage,
                               .attempt = m->attempt,
                               .epoch = TRACE_NONE,
                               .rank = TRACE_NONE};
    switch ((enum gang_fx_kind)effect->fx) {
    case GANG_FX_PLAN:
        r->kind = TRACE_PLAN;
        r->a = m->count;
        r->b = (int64_t)m->a;
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
        assert(!"not a decision");
    }
    return sim_record_close(w, r);
}
