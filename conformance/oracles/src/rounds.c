/*
 * rounds.c -- BAR: nobody leaves a round before everybody has come, and everybody gets one answer.
 *
 * This room is for: calls, arrivals, releases, failed rounds and replies.
 * It may include:   trace/ and conf/ headers.
 * Never here:       times. "Before" means in the driver's own order, or a call and its reply at one
 * task.
 *
 * These are most of a history's records, so each costs a stage and a rank, and nothing is searched.
 *
 * A stage collects one round (round_attempt, round_epoch) and remembers the last that was released
 * (out_epoch, out_digest): all members come to the next one only after they have left this one.
 * Arrivals are counted by operation, at the driver's door, and withdrawn when the driver is told
 * that the member is gone or tells it that the round failed.
 */
#include "quick.h"

#include <inttypes.h>

static uint32_t operation(const struct conf_rank *k) { return (k->bits & RANK_GATHERS) != 0; }

static const char *op_text(uint32_t op) { return op ? "allGather" : "barrier"; }

void conf_withdraw(struct conf_judge *j, struct conf_stage *s, struct conf_rank *k)
{
    if ((k->bits & RANK_ARRIVED) == 0)
        return;
    k->bits &= ~(uint32_t)RANK_ARRIVED;
    s->ungathered = 1;
    if (k->run == s->round_attempt && k->epoch == s->round_epoch && s->arrived[operation(k)] > 0)
        s->arrived[operation(k)]--;
    if (s->arrived[0] + s->arrived[1] == 0)
        conf_queue_leave(j, s, QUEUE_ROUND);
}

/* ---- calls */
static void complain_call(struct conf_judge *j, const struct trace_record *r,
                          const struct conf_stage *s, const struct conf_rank *k)
{
    char label[CONF_LABEL_BYTES];
    conf_stage_label(j, s, label);
    if (!s->is_barrier)
        conf_fail(j, RULE_BAR_10, r, "rank %u of %s calls %s, but only tasks of a gang can",
                  r->rank, label, op_text(trace_arrive_op(r->a)));
    else if ((k->bits & RANK_RUNNING) == 0)
        conf_fail(j, RULE_BAR_10, r, "rank %u of %s calls in attempt %u, but no process of it runs",
                  r->rank, label, r->attempt);
    else if (k->run != r->attempt)
        conf_fail(j, RULE_BAR_10, r,
                  "rank %u of %s calls for attempt %u, but its process is of attempt %u", r->rank,
                  label, r->attempt, k->run);
    else if (k->bits & RANK_CALLING)
        conf_fail(j, RULE_BAR_10, r,
                  "rank %u of %s calls epoch %u while its call of epoch %u is unanswered", r->rank,
                  label, r->epoch, k->epoch);
}

static uint32_t next_epoch(const struct conf_rank *k)
{
    if ((k->bits & RANK_CALLED) == 0)
        return 0;
    return k->bits & RANK_PASSED ? k->epoch + 1 : k->epoch;
}

/*
 * An executor sent a call that no task made. The driver cannot know: if it is of the epoch that the
 * rank will call next, it counts like a call, once; any other counts for nothing.
 */
static void take_stray(const struct trace_record *r, const struct conf_stage *s,
                       struct conf_rank *k)
{
    if (!s->is_barrier || (k->bits & (RANK_RUNNING | RANK_CALLING)) != RANK_RUNNING ||
        k->run != r->attempt || r->epoch != next_epoch(k) || (k->bits & RANK_ARRIVED))
        return;
    k->epoch = r->epoch;
    k->bits = (k->bits & ~(uint32_t)RANK_CALL_BITS) | RANK_CALLED | (trace_arrive_op(r->a) ? RANK_GATHERS : 0);
}

void conf_on_arrive(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    char label[CONF_LABEL_BYTES];
    if (j->stray_number > 0 && r->cause == j->stray_number) {
        take_stray(r, s, k);
        return;
    }
    if (!s->is_barrier || (k->bits & (RANK_RUNNING | RANK_CALLING)) != RANK_RUNNING ||
        k->run != r->attempt) {
        complain_call(j, r, s, k);
        if (!s->is_barrier || (k->bits & RANK_RUNNING) == 0 || k->run != r->attempt)
            return;
    }
    if (r->epoch != next_epoch(k))
        conf_fail(j, RULE_BAR_4, r,
                  "rank %u of %s calls epoch %u of attempt %u, but its next is epoch %u", r->rank,
                  conf_stage_label(j, s, label), r->epoch, r->attempt, next_epoch(k));
    conf_withdraw(j, s, k);
    j->calling += (k->bits & RANK_CALLING) == 0;
    k->epoch = r->epoch;
    k->bits = (k->bits & ~(uint32_t)RANK_CALL_BITS) | RANK_CALLED | RANK_CALLING |
              (trace_arrive_op(r->a) ? RANK_GATHERS : 0);
}

/* ---- calls that come too late */
/* Its round timed out, or its attempt is fenced: there is one answer, and it needs nobody else. */
static void owe_answer(struct conf_judge *j, const struct trace_record *r,
                       const struct conf_stage *s)
{
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    const struct conf_rank *k = conf_rank_of(j, s, r->rank);
    /* Who called is gone with its executor's process: its call was under way longer than the news of the next one. */
    bool is_gone = k->run_executor == r->executor && k->run == r->attempt && conf_booking_of(j, k)->downs != e->downs;
    if (!e->joined || conf_written_off(e) || is_gone)
        return;
    j->owed = 1 + s->number;
    j->owed_rank = r->rank;
    j->owed_ns = r->at_ns;
}

/* The driver does something else: a message comes to it, a timer of it fires, or nothing does. One that was interrupted, or died of what
 * it was doing, did not come to anything else. */
bool conf_driver_turns_to(const struct trace_record *r)
{
    switch (r->kind) {
    case TRACE_DELIVER:
        return trace_kind_actor(r->flags) == TRACE_EXECUTOR;
    case TRACE_TIMER:
        return r->executor == TRACE_NONE;
    case TRACE_SUBMIT:
    case TRACE_CANCEL:
    case TRACE_QUIESCENT:
        return true;
    case TRACE_END:
        return r->a != TRACE_END_INTERRUPTED;
    default:
        return false;
    }
}

/* One that is asked at the end of each instant has until then, whatever else comes to it meanwhile. */
bool conf_is_too_late(const struct conf_judge *j, const struct trace_record *r, int64_t since_ns)
{
    bool over = r->at_ns > since_ns || r->kind == TRACE_QUIESCENT || r->kind == TRACE_END;
    return conf_driver_turns_to(r) && (over || !j->options.by_instant);
}

void conf_check_owed(struct conf_judge *j, const struct trace_record *r)
{
    char label[CONF_LABEL_BYTES];
    const struct conf_stage *s = &conf_stages(j)[j->owed - 1];
    if (!conf_is_too_late(j, r, j->owed_ns))
        return;
    conf_fail(j, RULE_BAR_13, r,
              "a call of rank %u of %s came after its round timed out or its attempt was fenced, "
              "and was not refused",
              j->owed_rank, conf_stage_label(j, s, label));
    j->owed = 0;
}

static void settle_owed(struct conf_judge *j, const struct trace_record *r,
                        const struct conf_stage *s)
{
    if (j->owed == 1 + s->number && j->owed_rank - r->rank < (uint32_t)r->a)
        j->owed = 0;
}

/* A member that gave nothing (0) leaves the sum open. */
static void gather(const struct trace_record *r, struct conf_stage *s)
{
    if (s->arrived[0] + s->arrived[1] == 0)
        s->gathered = s->ungathered = 0;
    s->gathered += conf_spread((uint64_t)r->b ^ conf_spread(r->rank));
    s->ungathered |= r->b == 0;
}

void conf_on_arrive_delivered(struct conf_judge *j, const struct trace_record *r,
                              struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    if (s->is_barrier && r->attempt < s->fence_end)
        owe_answer(j, r, s);
    if (r->attempt == s->round_attempt && r->epoch == s->round_epoch)
        s->ops_seen |= (uint8_t)(1u << trace_arrive_op(r->a));
    if (r->attempt != k->run || (k->bits & RANK_CALLED) == 0 || r->epoch != k->epoch ||
        (k->bits & RANK_ARRIVED) != 0)
        return; /* of an attempt or a call that is over, or it counts already */
    if (r->attempt > s->round_attempt) {
        conf_queue_leave(j, s, QUEUE_ROUND);
        s->round_attempt = r->attempt;
        s->round_epoch = s->out_epoch = s->failed_round = 0;
        s->arrived[0] = s->arrived[1] = 0;
        s->gathered = s->ungathered = 0;
        s->ops_seen = (uint8_t)(r->epoch == 0 ? 1u << trace_arrive_op(r->a) : 0);
    }
    if (r->attempt != s->round_attempt || r->epoch != s->round_epoch)
        return;
    if (s->failed_round == r->epoch + 1)
        owe_answer(j, r, s);
    else if (s->arrived[0] + s->arrived[1] == 0 && r->attempt >= s->fence_end)
        conf_queue_take(j, s, QUEUE_ROUND, j->number);
    if (trace_arrive_within(r->a) > 0 && s->failed_round != r->epoch + 1)
        conf_limit_round(j, s, trace_arrive_within(r->a));
    k->bits |= RANK_ARRIVED;
    gather(r, s);
    s->arrived[operation(k)]++;
    j->heard_number = j->number;
    j->heard_stage = s->number;
    j->heard_rank = r->rank;
}

/* ---- releases */
static uint32_t find_missing(const struct conf_judge *j, const struct conf_stage *s,
                             uint32_t attempt, uint32_t epoch)
{
    for (uint32_t rank = 0; rank < s->members; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if (k->run != attempt || k->epoch != epoch || (k->bits & RANK_ARRIVED) == 0)
            return rank;
    }
    return CONF_NONE;
}

static void complain_round(struct conf_judge *j, const struct trace_record *r,
                           const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    uint32_t came = r->attempt == s->round_attempt ? s->arrived[0] + s->arrived[1] : 0;
    conf_stage_label(j, s, label);
    if (r->attempt == s->round_attempt && r->epoch != s->round_epoch)
        conf_fail(j, RULE_BAR_4, r,
                  "epoch %u of %s, attempt %u, is released, but the next is epoch %u", r->epoch,
                  label, r->attempt, s->round_epoch);
    else if (came == s->members)
        conf_fail(
            j, RULE_BAR_2, r,
            "epoch %u of %s is released, but %u of its %u ranks called barrier and %u allGather",
            r->epoch, label, s->arrived[0], s->members, s->arrived[1]);
    else
        conf_fail(
            j, RULE_BAR_1, r,
            "epoch %u of %s, attempt %u, is released after %u of %u arrivals: rank %u is missing",
            r->epoch, label, r->attempt, came, s->members, find_missing(j, s, r->attempt, r->epoch));
}

static void complain_payload(struct conf_judge *j, const struct trace_record *r,
                             const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    conf_fail(j, RULE_BAR_14, r,
              "epoch %u of %s, attempt %u, is released with payload %" PRId64 ", but what its members gave makes %" PRId64,
              r->epoch, conf_stage_label(j, s, label), r->attempt, r->b, (int64_t)s->gathered);
}

/* The first release of a round: is it complete? */
static void open_release(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    bool whole = s->arrived[0] == s->members || s->arrived[1] == s->members;
    if (r->attempt != s->round_attempt || r->epoch != s->round_epoch || !whole)
        complain_round(j, r, s);
    else if (!s->ungathered && (uint64_t)r->b != s->gathered)
        complain_payload(j, r, s);
    if (r->attempt < s->round_attempt ||
        (r->attempt == s->round_attempt && r->epoch < s->round_epoch))
        return;
    conf_queue_leave(j, s, QUEUE_ROUND);
    s->ops_seen = 0;
    s->failed_round = 0;
    s->round_attempt = r->attempt;
    s->round_epoch = r->epoch + 1;
    s->arrived[0] = s->arrived[1] = 0;
    s->out_epoch = r->epoch + 1;
    s->out_digest = r->b;
}

/* One that is not released for the first time, and where it had arrived. */
static __attribute__((noinline)) void release_oddly(struct conf_judge *j, const struct trace_record *r,
                                                    const struct conf_stage *s, uint32_t rank)
{
    struct conf_rank *k = conf_rank_of(j, s, rank);
    char label[CONF_LABEL_BYTES];
    bool same = k->run == r->attempt && k->epoch == r->epoch;
    if (same && (k->bits & RANK_RELEASED))
        conf_fail(j, conf_rule_after_return(j, RULE_BAR_9, RULE_RCV_2), r,
                  "rank %u of %s is released twice from epoch %u of attempt %u", rank,
                  conf_stage_label(j, s, label), r->epoch, r->attempt);
    else
        conf_fail(j, RULE_BAR_9, r,
                  "rank %u of %s is released from epoch %u of attempt %u, where it had not arrived",
                  rank, conf_stage_label(j, s, label), r->epoch, r->attempt);
    if (same)
        k->bits = (k->bits & ~(uint32_t)RANK_ARRIVED) | RANK_RELEASED;
}

void conf_on_release(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    uint64_t round = conf_round(&r->attempt);
    if (r->attempt < s->fence_end)
        (void)conf_is_fenced(j, r, s, "released");
    if (r->attempt != s->round_attempt || r->epoch + 1 != s->out_epoch)
        open_release(j, r, s);
    else if (r->b != s->out_digest)
        conf_fail(j, RULE_BAR_3, r,
                  "epoch %u of %s is released with payload %" PRId64 " here and %" PRId64 " before",
                  r->epoch, conf_stage_label(j, s, label), r->b, s->out_digest);
    for (uint32_t i = 0, count = (uint32_t)r->a; i < count; i++)
        if (conf_round(&k[i].run) == round && (k[i].bits & (RANK_ARRIVED | RANK_RELEASED)) == RANK_ARRIVED)
            k[i].bits ^= RANK_ARRIVED | RANK_RELEASED;
        else
            release_oddly(j, r, s, r->rank + i);
}

/* B-112: a message of another round must not poison this one. */
static void check_mismatch(struct conf_judge *j, const struct trace_record *r,
                           const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (r->b == TRACE_REASON_SYNC_MISMATCH && r->attempt == s->round_attempt &&
        r->epoch == s->round_epoch && s->ops_seen != 3)
        conf_fail(j, RULE_BAR_12, r,
                  "epoch %u of %s, attempt %u, fails for mixed operations, but all calls of it "
                  "that came were of %s",
                  r->epoch, conf_stage_label(j, s, label), r->attempt, op_text(s->ops_seen == 2));
}

void conf_on_round_failed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    settle_owed(j, r, s);
    check_mismatch(j, r, s);
    bool own = r->b == TRACE_REASON_CALL_TIMEOUT, timed_out = own || r->b == TRACE_REASON_SYNC_TIMEOUT;
    if (timed_out && r->attempt == s->round_attempt && r->epoch == s->round_epoch &&
        s->failed_round != r->epoch + 1) {
        if (own)
            conf_check_call_timeout(j, r, s);
        else
            conf_check_sync_timeout(j, r, s);
        s->failed_round = r->epoch + 1;
    }
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        if (k->run != r->attempt || k->epoch != r->epoch || (k->bits & RANK_CALLED) == 0)
            continue; /* its call has not come to the driver, or is over */
        if ((k->bits & RANK_RELEASED) && r->b != TRACE_REASON_SYNC_EPOCH &&
            r->b != TRACE_REASON_SYNC_ENDED) /* those are about a call that came late */
            conf_fail(j, RULE_BAR_11, r,
                      "rank %u of %s is told that epoch %u failed, after it was released from it",
                      r->rank + i, conf_stage_label(j, s, label), r->epoch);
        conf_withdraw(j, s, k);
    }
    if (timed_out)
        conf_doubt_give_up(j, r, own ? "call-timeout" : "sync-timeout");
}

/* ---- replies */
static void complain_reply(struct conf_judge *j, const struct trace_record *r,
                           const struct conf_stage *s, const struct conf_rank *k)
{
    char label[CONF_LABEL_BYTES];
    conf_stage_label(j, s, label);
    if (k->run == r->attempt && (k->bits & RANK_CALLING))
        conf_fail(j, RULE_BAR_5, r,
                  "rank %u of %s gets an answer for epoch %u, but calls in epoch %u", r->rank,
                  label, r->epoch, k->epoch);
    else
        conf_fail(j, RULE_BAR_5, r,
                  "rank %u of %s gets an answer for epoch %u of attempt %u, but has no call",
                  r->rank, label, r->epoch, r->attempt);
}

void conf_on_reply(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    char label[CONF_LABEL_BYTES];
    if ((k->bits & RANK_GHOSTS) && r->attempt < k->run)
        return; /* to a process that stood still while its executor was written off: a newer one is in the books */
    bool calling = (k->bits & RANK_CALLING) != 0 && k->run == r->attempt;
    if (!calling || k->epoch != r->epoch)
        complain_reply(j, r, s, k);
    if (r->a == TRACE_REASON_OK &&
        ((k->bits & RANK_RELEASED) == 0 || k->epoch != r->epoch || k->run != r->attempt))
        conf_fail(j, RULE_BAR_6, r,
                  "rank %u of %s leaves epoch %u of attempt %u, from which it was not released",
                  r->rank, conf_stage_label(j, s, label), r->epoch, r->attempt);
    else if (r->a == TRACE_REASON_OK && s->out_epoch == r->epoch + 1 &&
             s->round_attempt == r->attempt && r->b != s->out_digest)
        conf_fail(j, RULE_BAR_7, r,
                  "rank %u of %s gets payload %" PRId64
                  " of epoch %u, which was released with %" PRId64,
                  r->rank, conf_stage_label(j, s, label), r->b, r->epoch, s->out_digest);
    if (r->a == TRACE_REASON_GANG_FAILED && k->run == r->attempt)
        k->bits |= RANK_TOLD_TO_END; /* where siblings are left alone, nothing else tells it */
    if (!calling)
        return;
    j->calling--;
    k->bits &= ~(uint32_t)RANK_CALLING;
    if (r->a == TRACE_REASON_OK)
        k->bits |= RANK_PASSED;
}
