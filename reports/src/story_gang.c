/*
 * story_gang.c -- what a gang's own records add to the story, and what of them is folded.
 *
 * This room is for: plans, launches, rounds, checkpoints, fences and ends of tasks; the tale of a gang, which knows how far it is.
 * It may include:   story.h, the C library, plan and trace (as data).
 * Never here:       how an open line is put (story_open.c), records of no gang (story_tell.c, story_world.c).
 *
 * Invariants: a gang tells what it has folded before it tells anything else; a fold is told at the time of what ended it, and says
 * from when to when it lasted.
 */
#include "story.h"

#include "shared.h"

#include <inttypes.h>

static uint64_t count_of(const struct trace_record *r) { return r->a > 0 ? (uint64_t)r->a : 0; }

/* ---- the folds */

static void put_skew(struct rep_sink *out, uint32_t rank, int64_t skew_ns)
{
    if (rank != TRACE_NONE)
        rep_add_format(out, "rank %" PRIu32 " came last, ", rank);
    rep_add(out, "the first waited ");
    rep_add_about(out, skew_ns);
}

/* "at 2.001s", "2.101s to 10.101s": in the digits of the stamps. */
static void put_interval(const struct story *s, struct rep_sink *out, int64_t from_ns, int64_t to_ns)
{
    rep_add(out, from_ns == to_ns ? "at " : "");
    rep_add_fixed(out, from_ns, s->decimals);
    if (from_ns != to_ns) {
        rep_add(out, "s to ");
        rep_add_fixed(out, to_ns, s->decimals);
    }
    rep_add_char(out, 's');
}

static void put_folded_checkpoints(const struct tale *t, struct rep_sink *out)
{
    if (t->folded_checkpoints == 1)
        rep_add_format(out, "checkpoint %" PRIu32 " complete", t->fold_checkpoint);
    else
        rep_add_format(out, "checkpoints %" PRIu32 "..%" PRIu32 " complete",
                t->fold_checkpoint - t->folded_checkpoints + 1, t->fold_checkpoint);
}

static void tell_rounds(struct story *s, uint32_t job, uint32_t stage, struct tale *t)
{
    if (t->folded == 0 && t->folded_checkpoints == 0)
        return;
    struct rep_sink *out = rep_line(s, s->now_ns, "driver");
    if (out != NULL) {
        rep_line_who(s, out, job, stage, t->folded > 0 ? t->round_attempt : t->fold_attempt);
        rep_add(out, ": ");
        if (t->folded == 1)
            rep_add_format(out, "round %" PRIu32 " passed: ", t->fold_first);
        else if (t->folded > 1) {
            rep_add_format(out, "rounds %" PRIu32 "..%" PRIu32 " passed, ", t->fold_first, t->fold_last);
            put_interval(s, out, t->fold_from_ns, t->fold_to_ns);
            rep_add_format(out, "; the worst was %" PRIu32 ": ", t->fold_worst_epoch);
        }
        if (t->folded > 0)
            put_skew(out, t->fold_worst_rank, t->fold_worst_ns);
        rep_add(out, t->folded > 0 && t->folded_checkpoints > 0 ? "; " : "");
        if (t->folded_checkpoints > 0)
            put_folded_checkpoints(t, out);
        rep_add_char(out, '\n');
    }
    t->folded = t->folded_checkpoints = 0;
}

static void tell_placed(struct story *s, uint32_t job, uint32_t stage, struct tale *t)
{
    if (t->placed_folded == 0)
        return;
    struct rep_sink *out = rep_line(s, s->now_ns, "driver");
    if (out != NULL) {
        rep_line_who(s, out, job, stage, TRACE_NONE);
        rep_add(out, ": ");
        rep_line_count(out, t->placed_folded, "more task");
        rep_add(out, " placed as slots came free, ");
        put_interval(s, out, t->placed_from_ns, t->placed_to_ns);
        rep_add_char(out, '\n');
    }
    t->placed_folded = 0;
}

void rep_story_tell_folds(struct story *s, const struct trace_record *r)
{
    uint32_t gang = rep_gang(s->plan, r->job, r->stage);
    if (gang == PLAN_NONE)
        return;
    struct tale *t = &s->tales[gang];
    if (t->folded == 0 && t->folded_checkpoints == 0 && t->placed_folded == 0)
        return;
    rep_story_flush(s);
    tell_rounds(s, r->job, r->stage, t);
    tell_placed(s, r->job, r->stage, t);
}

void rep_story_tell_job_folds(struct story *s, uint32_t job)
{
    struct trace_record r = {.job = job};
    for (r.stage = 0; r.stage < s->plan->jobs[job].stage_count; r.stage++)
        rep_story_tell_folds(s, &r);
}

/* ---- rounds */

static void arrive(struct tale *t, const struct trace_record *r)
{
    bool newer = t->first_arrival_ns == PLAN_NEVER || r->attempt != t->round_attempt
                     ? r->attempt >= t->round_attempt
                     : r->epoch > t->epoch;
    if (!newer)
        return;
    if (r->attempt != t->round_attempt)
        t->rounds_in_attempt = 0;
    t->round_attempt = r->attempt;
    t->epoch = r->epoch;
    t->first_arrival_ns = r->at_ns;
    t->last_rank = TRACE_NONE;
}

static void fold_round(struct tale *t, const struct trace_record *r, int64_t skew_ns)
{
    if (t->folded++ == 0) {
        t->fold_first = r->epoch;
        t->fold_from_ns = r->at_ns;
        t->fold_worst_ns = -1;
    }
    t->fold_last = r->epoch;
    t->fold_to_ns = r->at_ns;
    if (skew_ns > t->fold_worst_ns) {
        t->fold_worst_ns = skew_ns;
        t->fold_worst_epoch = r->epoch;
        t->fold_worst_rank = t->last_rank;
    }
}

static void release(struct story *s, struct tale *t, const struct trace_record *r)
{
    if (t->released == r->epoch + 1 && t->released_attempt == r->attempt)
        return; /* another group of the same round */
    t->released = r->epoch + 1;
    t->released_attempt = r->attempt;
    bool known =
        t->first_arrival_ns != PLAN_NEVER && t->round_attempt == r->attempt && t->epoch == r->epoch;
    int64_t skew_ns = known ? rep_between(t->first_arrival_ns, r->at_ns) : 0;
    bool first = t->rounds_in_attempt++ == 0;
    bool slow = !first && skew_ns >= SKEW_TOLD_NS && skew_ns / SKEW_TOLD_TIMES > t->worst_ns;
    t->worst_ns = first || skew_ns > t->worst_ns ? skew_ns : t->worst_ns;
    if (!first && !slow) {
        fold_round(t, r, skew_ns);
        return;
    }
    rep_story_tell_folds(s, r);
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out == NULL)
        return;
    rep_line_who(s, out, r->job, r->stage, r->attempt);
    rep_add_format(out, ": round %" PRIu32 " passed: ", r->epoch);
    put_skew(out, known ? t->last_rank : TRACE_NONE, skew_ns);
    rep_add_char(out, '\n');
}

/* ---- launches and fences */

static void take_plan(struct story *s, struct tale *t, const struct trace_record *r)
{
    uint32_t gang = rep_gang(s->plan, r->job, r->stage);
    t->draining = false; /* what still lives of it was written off */
    t->wait_told = 0;
    t->planned_ns = r->at_ns;
    t->attempt = r->attempt;
    t->acks = 0;
    if (!rep_is_barrier(s->plan, gang) && t->placed > 0) {
        if (t->placed_folded == 0)
            t->placed_from_ns = r->at_ns;
        t->placed_folded += (uint32_t)count_of(r);
        t->placed_to_ns = r->at_ns;
        return;
    }
    t->placed += (uint32_t)count_of(r);
    rep_story_tell_folds(s, r);
    rep_story_open(s, r);
}

/* Told only if it is all that happens: what is planned in the same step says it already. */
static void take_launch(struct story *s, const struct tale *t, const struct trace_record *r)
{
    if (t->planned_ns == r->at_ns)
        return;
    rep_story_tell_folds(s, r);
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out == NULL)
        return;
    rep_line_who(s, out, r->job, r->stage, r->attempt);
    rep_add(out, ": told to go, with ");
    rep_line_count(out, count_of(r), "slot");
    rep_add(out, " that it holds\n");
}

static void take_reserve(struct story *s, struct tale *t, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    uint32_t gang = rep_gang(s->plan, r->job, r->stage);
    bool mine = (o->kind == TRACE_PLAN || o->kind == TRACE_RESERVE) && o->job == r->job &&
                o->stage == r->stage && o->cause == r->cause && o->at_ns == r->at_ns;
    if (!mine && !rep_is_barrier(s->plan, gang))
        return; /* a placement that is folded */
    if (!mine) {
        t->planned_ns = r->at_ns;
        t->attempt = r->attempt;
        t->acks = 0;
        rep_story_tell_folds(s, r);
        rep_story_open(s, r);
    }
    o->count += count_of(r);
    rep_line_add(s, r->executor);
}

static void take_go(struct story *s, struct tale *t, const struct trace_record *r)
{
    t->launched = r->attempt + 1;
    if (!rep_is_barrier(s->plan, rep_gang(s->plan, r->job, r->stage)))
        return;
    rep_story_tell_folds(s, r);
    rep_story_gather(s, r, count_of(r));
}

static void take_fence(struct story *s, struct tale *t, const struct trace_record *r)
{
    t->fenced_ns = r->at_ns;
    t->draining = t->living > 0;
    t->wait_told = 0;
    rep_story_tell_folds(s, r);
    rep_story_open(s, r);
}

static void take_kill(struct story *s, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    if (o->kind == TRACE_FENCE && o->job == r->job && o->stage == r->stage) {
        o->kills += count_of(r);
        return;
    }
    rep_story_tell_folds(s, r);
    rep_story_gather(s, r, count_of(r));
}

/* ---- tasks */

static void take_start(struct story *s, struct tale *t, const struct trace_record *r)
{
    t->living++;
    if (t->launched == r->attempt + 1 ||
        !rep_is_barrier(s->plan, rep_gang(s->plan, r->job, r->stage)))
        return; /* the go was told */
    rep_story_gather(s, r, 1);
    s->open.living = t->living;
}

/* Tasks of one attempt that fail at one instant fail for one reason. */
static void take_failure(struct story *s, const struct trace_record *r)
{
    if (!rep_story_is_same(s, r) || s->open.at_ns != r->at_ns) {
        rep_story_tell_folds(s, r);
        rep_story_open(s, r);
    }
    s->open.count++;
    rep_line_add(s, r->executor);
}

static void tell_drained(struct story *s, struct tale *t, const struct trace_record *r)
{
    t->draining = false;
    if (r->at_ns == t->fenced_ns)
        return;
    rep_story_flush(s);
    struct rep_sink *out = rep_line_of_executor(s, r->at_ns, r->executor);
    if (out == NULL)
        return;
    rep_line_who(s, out, r->job, r->stage, r->attempt);
    rep_add_format(out, ": the last of its tasks, rank %" PRIu32 ", is gone ", r->rank);
    rep_add_about(out, rep_between(t->fenced_ns, r->at_ns));
    rep_add(out, " after the fence\n");
}

static void take_exit(struct story *s, struct tale *t, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    t->living -= t->living > 0;
    if (r->a == TRACE_EXIT_HOST && o->kind == TRACE_DOWN && o->executor == r->executor)
        o->count++;
    else if (r->a == TRACE_EXIT_FAILED)
        take_failure(s, r);
    if (t->draining && t->living == 0)
        tell_drained(s, t, r);
}

/* A reservation that was let go, not the end of a task. */
static void take_free(struct story *s, const struct trace_record *r)
{
    const struct trace_record *c = rep_story_record(s, r->cause);
    if (c == NULL || c->kind == TRACE_EXIT)
        return;
    rep_story_gather(s, r, 1);
}

static void take_accept(struct tale *t, const struct trace_record *r)
{
    if (r->a != TRACE_ACCEPT_CHECKPOINT)
        return;
    t->checkpoint = (uint32_t)r->b;
    t->fold_checkpoint = (uint32_t)r->b;
    t->fold_attempt = r->attempt;
    t->folded_checkpoints++;
}

/* ---- waiting and refusals */

static void take_wait(struct story *s, struct tale *t, const struct trace_record *r)
{
    uint32_t reason = (uint32_t)r->a;
    bool expected = (t->draining && reason == TRACE_REASON_DRAINING) ||
                    reason == TRACE_REASON_BACKOFF || reason == TRACE_REASON_OK;
    if (expected || t->wait_told == reason + 1)
        return;
    t->wait_told = reason + 1;
    rep_story_tell_folds(s, r);
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out == NULL)
        return;
    rep_line_who(s, out, r->job, r->stage, TRACE_NONE);
    rep_add_format(out, " waits: %s", rep_reason_doc(r->a));
    rep_line_operands(out, r->b, r->epoch);
    rep_add_char(out, '\n');
}

static void take_nack(struct story *s, const struct trace_record *r)
{
    rep_story_flush(s);
    struct rep_sink *out = rep_line_of_executor(s, r->at_ns, r->executor);
    if (out == NULL)
        return;
    rep_line_who(s, out, r->job, r->stage, r->attempt);
    rep_add(out, ": ");
    rep_line_count(out, count_of(r), "slot");
    rep_add_format(out, " refused: %s\n", rep_reason_doc(r->b));
}

/* ---- to whom a record goes */

/* What has reached the driver; of the others nothing is told (story_tell.c). */
static void take_delivery(struct story *s, struct tale *t, const struct trace_record *r)
{
    if (r->flags == TRACE_ARRIVE && r->attempt == t->round_attempt && r->epoch == t->epoch)
        t->last_rank = r->rank;
    else if (r->flags == TRACE_RESERVE_ACK && r->attempt == t->attempt)
        t->acks++;
    else if (r->flags == TRACE_RESERVE_NACK)
        take_nack(s, r);
}

void rep_story_gang(struct story *s, struct tale *t, const struct trace_record *r)
{
    switch (r->kind) {
    case TRACE_PLAN:
        take_plan(s, t, r);
        break;
    case TRACE_LAUNCH:
        take_launch(s, t, r);
        break;
    case TRACE_RESERVE:
        take_reserve(s, t, r);
        break;
    case TRACE_GO:
        take_go(s, t, r);
        break;
    case TRACE_FENCE:
        take_fence(s, t, r);
        break;
    case TRACE_KILL:
        take_kill(s, r);
        break;
    case TRACE_START:
        take_start(s, t, r);
        break;
    case TRACE_EXIT:
        take_exit(s, t, r);
        break;
    case TRACE_FREE:
        take_free(s, r);
        break;
    case TRACE_ARRIVE:
        arrive(t, r);
        break;
    case TRACE_RELEASE:
        release(s, t, r);
        break;
    case TRACE_ACCEPT:
        take_accept(t, r);
        break;
    case TRACE_WAIT:
        take_wait(s, t, r);
        break;
    case TRACE_DELIVER:
        take_delivery(s, t, r);
        break;
    case TRACE_ROUND_FAILED:
    case TRACE_UNRESERVE:
        rep_story_tell_folds(s, r);
        rep_story_gather(s, r, count_of(r));
        break;
    case TRACE_KILLED:
        if (r->a != 0)
            rep_story_gather(s, r, 1);
        break;
    case TRACE_STAGE_DONE:
        rep_story_tell_folds(s, r);
        rep_story_open(s, r);
        break;
    default:
        break;
    }
}
