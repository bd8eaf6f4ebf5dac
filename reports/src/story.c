/*
 * story.c -- the run told in one line a decision, with its reason and its operands.
 *
 * This room is for: story.txt.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       judging. What an oracle found is told where it happened, in its own words.
 *
 * How it folds:
 *   - Records that follow each other and belong to one decision are one line, the open line: a plan
 * and its reservations, the groups of a go, a fence with its kills. Records that tell nothing by
 * themselves (deliveries, acknowledgements, checkpoints) are counted and leave the open line open.
 *   - Of a gang's rounds the first of an attempt is told, and one whose skew is more than four
 * times the worst before; the others wait in the gang's fold until the gang has something else to
 * tell. So a story grows with the number of things that went differently, not with the number of
 * records.
 *
 * The cut: told twice, first only counting lines; then the first lines, those around the first
 * finding, and the last.
 *
 * Invariants: the line of a record is numbered the same in both tellings; a line's time never
 * precedes the line before (folds are told at the time of what ended them, and say in words from
 * when to when they lasted).
 */
#include "story.h"

#include "shared.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- telling the open
 * line */

const struct trace_record *rep_story_record(const struct story *s, uint64_t number)
{
    return number >= 1 && number <= s->run->record_count ? &s->run->records[number - 1] : NULL;
}

static void put_executor(struct rep_sink *out, uint32_t executor, const char *after)
{
    rep_add(out, "executor ");
    rep_add_wide(out, executor);
    rep_add(out, after);
}

/* What made room or reason for a plan. */
static void put_because(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    const struct trace_record *c = rep_story_record(s, o->cause);
    if (c == NULL)
        return;
    if (c->kind == TRACE_SUBMIT)
        rep_add(out, c->job == o->job ? "submitted -> " : "");
    else if (c->kind == TRACE_DELIVER && c->flags == TRACE_FREE)
        put_executor(out, c->executor, " gave a slot back -> ");
    else if (c->kind == TRACE_DELIVER && c->flags == TRACE_SEND)
        put_executor(out, c->executor, " joined -> ");
    else if (c->kind == TRACE_TIMER && c->a == TRACE_TIMER_RETRY)
        rep_add(out, "the retry delay is over -> ");
}

static void tell_plan(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    rep_add(out, ": ");
    put_because(s, out, o);
    if (o->executors == 0) { /* a target that records no reservations */
        rep_add_format(out, "plan %" PRId64 " tasks on %" PRId64 " executors", o->a, o->b);
        return;
    }
    rep_add(out, "reserve ");
    rep_line_count(out, o->count, "slot");
    rep_add(out, " on ");
    rep_line_set(s, out);
    if (!o->again)
        return;
    if (o->checkpoint > 0)
        rep_add_format(out, ", to resume from checkpoint %" PRIu32, o->checkpoint);
    else if (rep_is_barrier(s->plan, rep_gang(s->plan, o->job, o->stage)))
        rep_add(out, ", to start again from the beginning");
}

static void tell_go(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    rep_add(out, ": ");
    if (o->within_ns != PLAN_NEVER) {
        rep_line_set(s, out);
        rep_add(out, o->within_ns > 0 ? " acknowledged within " : " acknowledged at once");
        if (o->within_ns > 0)
            rep_add_about(out, o->within_ns);
        rep_add(out, " -> ");
    }
    rep_add(out, "go for ");
    rep_line_count(out, o->count, "task");
}

/* The reason of the sync that failed a task, if that was it: up the causes to its exit, and to the
 * reply behind it. */
static int64_t sync_reason(const struct story *s, uint64_t cause)
{
    enum { LINKS_MAX = 5 };
    const struct trace_record *r = rep_story_record(s, cause);
    for (int i = 0; i < LINKS_MAX && r != NULL && r->kind != TRACE_REPLY; i++)
        r = rep_story_record(s, r->cause);
    return r != NULL && r->kind == TRACE_REPLY ? r->a : TRACE_REASON_OK;
}

static void tell_fence(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    int64_t sync = sync_reason(s, o->cause);
    if (o->a == TRACE_REASON_TASK_FAILED && o->rank != TRACE_NONE && sync != TRACE_REASON_OK)
        rep_add_format(out, ": rank %" PRIu32 " failed: %s", o->rank, rep_reason_doc(sync));
    else if (o->a == TRACE_REASON_TASK_FAILED && o->rank != TRACE_NONE)
        rep_add_format(out, ": rank %" PRIu32 " failed with code %" PRId64, o->rank, o->b);
    else if (o->lost_executor != TRACE_NONE)
        rep_add_format(out, ": executor %" PRIu32 " was written off", o->lost_executor);
    else {
        rep_add_format(out, ": %s", rep_reason_doc(o->a));
        if (o->rank != TRACE_NONE)
            rep_add_format(out, " (rank %" PRIu32 " first)", o->rank);
    }
    rep_add_format(out, " -> fence attempt %" PRIu32, o->attempt);
    if (o->kills > 0)
        rep_add_format(out, ", kill %" PRIu64, o->kills);
    if (o->restart && o->checkpoint > 0)
        rep_add_format(out, ", restart from checkpoint %" PRIu32, o->checkpoint);
    else if (o->restart)
        rep_add(out, ", restart from the beginning");
}

static void tell_submit(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_add(out, o->count == 1 ? "job " : "jobs ");
    for (uint64_t i = 0; i < o->count && i < NAMED_JOBS_MAX; i++) {
        rep_add(out, i > 0 ? ", " : "");
        rep_add_job(out, REP_NAME, s->plan, o->jobs[i]);
    }
    if (o->count > NAMED_JOBS_MAX)
        rep_add_format(out, " and %" PRIu64 " more", o->count - NAMED_JOBS_MAX);
    rep_add(out, " submitted");
    if (o->count == 1 && o->a != 0)
        rep_add_format(out, " with priority %" PRId64, o->a);
}

static void tell_job_end(struct story *s, struct rep_sink *out, uint32_t job, int64_t reason)
{
    rep_add(out, "job ");
    rep_add_job(out, REP_NAME, s->plan, job);
    if (reason == TRACE_REASON_OK)
        rep_add(out, " done");
    else
        rep_add_format(out, " failed: %s", rep_reason_doc(reason));
}

static void tell_done(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    uint32_t tasks = s->plan->stages[rep_gang(s->plan, o->job, o->stage)].tasks;
    rep_line_who(s, out, o->job, o->stage, TRACE_NONE);
    if (tasks == 1)
        rep_add(out, ": its only task ended well");
    else
        rep_add_format(out, ": all %" PRIu32 " tasks ended well", tasks);
    if (o->a > 1) {
        rep_add(out, " after ");
        rep_line_count(out, (uint64_t)o->a, "attempt");
    }
    if (o->done) {
        rep_add(out, " -> ");
        tell_job_end(s, out, o->job, o->job_reason);
    }
}

static void tell_refuse(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_who(s, out, o->job, o->stage, TRACE_NONE);
    rep_add_format(out, ": refused: %s", rep_reason_doc(o->a));
    rep_line_operands(out, o->b, o->rank);
    if (o->done) {
        rep_add(out, " -> ");
        rep_add(out, "job ");
        rep_add_job(out, REP_NAME, s->plan, o->job);
        rep_add(out, " failed");
    }
}

static void tell_down(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    (void)s;
    rep_add_format(out, "executor %" PRIu32 " is down", o->executor);
    if (o->count > 0) {
        rep_add(out, ", and with it ");
        rep_line_count(out, o->count, "task");
    }
}

static void tell_drop(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    bool any = false;
    rep_add(out, "lost on the way: ");
    for (unsigned k = 0; k < TRACE_KIND_LIMIT; k++)
        if (o->by_kind[k] > 0) {
            const char *text = trace_kind_text(k);
            rep_add_format(out, "%s%" PRIu64 " %s", any ? ", " : "", o->by_kind[k],
                    text != NULL ? text : "message");
            any = true;
        }
    rep_add(out, ", between the driver and ");
    rep_line_set(s, out);
}

static void tell_timer(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    const char *doc =
        o->a >= 0 && o->a < TRACE_TIMER_LIMIT ? trace_timer_doc((unsigned)o->a) : NULL;
    rep_add_format(out, "timer: %s", doc != NULL ? doc : "an unknown one");
    if (o->job < s->plan->job_count) {
        rep_add(out, ", of ");
        rep_line_who(s, out, o->job, o->stage, o->attempt);
    } else if (o->executor != TRACE_NONE)
        rep_add_format(out, ", of executor %" PRIu32, o->executor);
    if (o->count > 1) {
        rep_add_format(out, ", %" PRIu64 " times, the last at ", o->count);
        rep_add_seconds(out, o->last_ns);
        rep_add_char(out, 's');
    }
}

/* "give 6 slots on executors 0-2 back: reason", and the like. */
static void tell_range(struct story *s, struct rep_sink *out, const struct open_line *o, const char *verb,
                       const char *noun, const char *after)
{
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    rep_add_format(out, ": %s ", verb);
    rep_line_count(out, o->count, noun);
    rep_add(out, " on ");
    rep_line_set(s, out);
    rep_add_format(out, "%s: %s", after, rep_reason_doc(o->b));
}

/* "rank 3 would wait no longer; ranks 5-7 had not come" is two notes of the driver's. */
static void tell_absent(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    rep_add_format(out, o->b > 1 ? ": ranks %" PRIu32 "-%" PRIu32 : ": rank %" PRIu32, o->rank,
            o->rank + (uint32_t)o->b - 1);
    rep_add_format(out, " %s", rep_reason_doc(o->a));
}

static void tell_note(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    if (o->a == TRACE_REASON_ABSENT && o->job < s->plan->job_count) {
        tell_absent(s, out, o);
        return;
    }
    if (o->job < s->plan->job_count) {
        rep_line_who(s, out, o->job, o->stage, o->attempt);
        if (o->rank != TRACE_NONE)
            rep_add_format(out, " rank %" PRIu32, o->rank);
        rep_add(out, ": ");
    }
    if (o->job >= s->plan->job_count && o->executor != TRACE_NONE)
        rep_add_format(out, "executor %" PRIu32 ": ", o->executor);
    rep_add(out, rep_reason_doc(o->a));
    if (o->count > 1)
        rep_add_format(out, ", %" PRIu64 " times", o->count);
}

static void tell_start(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    uint32_t gang = rep_gang(s->plan, o->job, o->stage);
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    rep_add(out, ": ");
    rep_line_count(out, o->count, "task");
    rep_add(out, o->count == 1 ? " starts on " : " start on ");
    rep_line_set(s, out);
    rep_add_format(out, " (%" PRIu32 " of %" PRIu32 " run)", o->living, s->plan->stages[gang].tasks);
}

static void tell_free(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    rep_add(out, ": ");
    rep_line_set(s, out);
    rep_add_format(out, " let go of ");
    rep_line_count(out, o->count, "reserved slot");
    rep_add_format(out, ": %s", rep_reason_doc(o->b));
}

/* Of links between executors: what the task was told. The codes are those of the sockets. */
static const char *by_fault(const struct story *s, const struct trace_record *c, int64_t code)
{
    enum { RESET = 104, TIMED_OUT = 110, REFUSED = 111 };
    if (c == NULL || c->kind != TRACE_FAULT)
        return "";
    if (c->a < 0 || c->a >= s->plan->act_count || s->plan->acts[c->a].peer == PLAN_NONE)
        return ", by a fault";
    return code == RESET       ? " (connection reset), by a fault"
           : code == TIMED_OUT ? " (connection timed out), by a fault"
           : code == REFUSED   ? " (connection refused), by a fault"
                               : ", by a fault";
}

static void tell_failure(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    const struct trace_record *c = rep_story_record(s, o->cause);
    int64_t sync = c != NULL && c->kind == TRACE_REPLY ? c->a : TRACE_REASON_OK;
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    if (o->count == 1)
        rep_add_format(out, ": rank %" PRIu32 " failed", o->rank);
    else {
        rep_add(out, ": ");
        rep_line_count(out, o->count, "task");
        rep_add(out, " failed on ");
        rep_line_set(s, out);
        rep_add_format(out, ", rank %" PRIu32 " first", o->rank);
    }
    if (sync != TRACE_REASON_OK)
        rep_add_format(out, ": %s", rep_reason_doc(sync));
    else
        rep_add_format(out, o->count == 1 ? " with code %" PRId64 "%s" : ", with code %" PRId64 "%s", o->b,
                by_fault(s, c, o->b));
}

static void tell_meeting(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    rep_add(out, ": ");
    if (o->count == 1)
        rep_add_format(out, "rank %" PRIu32, o->rank);
    else
        rep_line_count(out, o->count, "task");
    rep_add(out, o->kind == TRACE_MET ? (o->count == 1 ? " goes on from '" : " go on from '")
          : o->count == 1      ? " waits at '"
                               : " wait at '");
    rep_add_styled(out, REP_NAME, plan_text(s->plan, o->b >= 0 ? (uint32_t)o->b : PLAN_NONE));
    rep_add_char(out, '\'');
}

static void tell_forced(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    const struct trace_record *c = rep_story_record(s, o->cause);
    bool lease = c != NULL && c->kind == TRACE_TIMER && c->a == TRACE_TIMER_DRIVER_LEASE;
    const char *verb = o->count == 1 ? "is" : "are";
    if (lease)
        rep_add_format(out, " %s ended by force: %s executor no longer hears its driver", verb,
                o->count == 1 ? "its" : "their");
    else
        rep_add_format(out, " did not end when asked, and %s forced", verb);
}

static const char *actor_of(uint16_t kind)
{
    switch (kind) {
    case TRACE_SUBMIT:
    case TRACE_DOWN:
    case TRACE_UP:
    case TRACE_DROP:
    case TRACE_TIMER:
    case TRACE_START:
    case TRACE_FRAME_LOST:
    case TRACE_MEET:
    case TRACE_MET:
        return "world";
    case TRACE_FREE:
    case TRACE_KILLED:
    case TRACE_EXIT:
        return "executor";
    default:
        return "driver";
    }
}

static void tell_open(struct story *s, struct rep_sink *out)
{
    const struct open_line *o = &s->open;
    switch (o->kind) {
    case TRACE_SUBMIT:
        tell_submit(s, out, o);
        break;
    case TRACE_PLAN:
        tell_plan(s, out, o);
        break;
    case TRACE_GO:
        tell_go(s, out, o);
        break;
    case TRACE_FENCE:
        tell_fence(s, out, o);
        break;
    case TRACE_STAGE_DONE:
        tell_done(s, out, o);
        break;
    case TRACE_REFUSE:
        tell_refuse(s, out, o);
        break;
    case TRACE_DOWN:
        tell_down(s, out, o);
        break;
    case TRACE_DROP:
        tell_drop(s, out, o);
        break;
    case TRACE_TIMER:
        tell_timer(s, out, o);
        break;
    case TRACE_START:
        tell_start(s, out, o);
        break;
    case TRACE_FREE:
        tell_free(s, out, o);
        break;
    case TRACE_EXIT:
        tell_failure(s, out, o);
        break;
    case TRACE_UNRESERVE:
        tell_range(s, out, o, "give", "slot", " back");
        break;
    case TRACE_KILL:
        tell_range(s, out, o, "kill", "task", "");
        break;
    case TRACE_RESERVE:
        tell_plan(s, out, o);
        break;
    case TRACE_ROUND_FAILED:
        tell_range(s, out, o, "the round failed for", "task", "");
        break;
    case TRACE_JOIN:
        rep_line_set(s, out);
        rep_add(out, " joined");
        break;
    case TRACE_UP:
        rep_line_set(s, out);
        if (o->a == 0)
            rep_story_granted(s, out, o->executors);
        else
            rep_add_format(out, o->executors == 1 ? " is up again, as incarnation %" PRId64 : " are up again",
                    o->a);
        break;
    case TRACE_KILLED:
        rep_line_who(s, out, o->job, o->stage, o->attempt);
        rep_add(out, ": ");
        rep_line_count(out, o->count, "task");
        tell_forced(s, out, o);
        break;
    case TRACE_FRAME_LOST:
        rep_line_count(out, o->count, "datagram");
        rep_add(out, o->count == 1 ? " is" : " are");
        rep_add(out, " lost between the driver and ");
        rep_line_set(s, out);
        break;
    case TRACE_MEET:
    case TRACE_MET:
        tell_meeting(s, out, o);
        break;
    default:
        tell_note(s, out, o);
        break;
    }
}

void rep_story_flush(struct story *s)
{
    if (s->open.kind == TRACE_KIND_NONE)
        return;
    bool one = s->open.executors == 1 && strcmp(actor_of(s->open.kind), "executor") == 0;
    struct rep_sink *out = one ? rep_line_of_executor(s, s->open.at_ns, s->open.lo)
                    : rep_line(s, s->open.at_ns, actor_of(s->open.kind));
    if (out != NULL) {
        tell_open(s, out);
        rep_add_char(out, '\n');
    }
    rep_line_clear(s);
    s->open.kind = TRACE_KIND_NONE;
}

/* Does this record belong to the open line? */
static bool is_same(const struct story *s, const struct trace_record *r)
{
    const struct open_line *o = &s->open;
    return o->kind == r->kind && o->job == r->job && o->stage == r->stage &&
           o->attempt == r->attempt;
}

/* Field by field: the long list behind the others is only of messages that were lost, and a story opens a line every few records. */
static void open_with(struct story *s, const struct trace_record *r)
{
    uint32_t gang = rep_gang(s->plan, r->job, r->stage);
    bool lost = s->lost_cause == r->cause && s->lost_ns == r->at_ns;
    rep_story_flush(s);
    struct open_line *o = &s->open;
    o->kind = r->kind;
    o->at_ns = r->at_ns;
    o->last_ns = 0;
    o->job = r->job;
    o->stage = r->stage;
    o->attempt = r->attempt;
    o->rank = r->rank;
    o->executor = r->executor;
    o->a = r->a;
    o->b = r->b;
    o->cause = r->cause;
    o->count = o->kills = 0;
    o->checkpoint = o->living = 0;
    o->lost_executor = lost ? s->lost_executor : TRACE_NONE;
    o->within_ns = PLAN_NEVER;
    o->again = o->restart = o->done = false;
    o->job_reason = 0;
    o->executors = o->lo = o->hi = 0;
    if (r->kind == TRACE_DROP)
        memset(o->by_kind, 0, sizeof o->by_kind);
    if (gang == PLAN_NONE)
        return;
    const struct tale *t = &s->tales[gang];
    o->checkpoint = t->checkpoint;
    o->again = t->launched > 0;
    if (t->acks > 0 && t->attempt == r->attempt)
        o->within_ns = rep_between(t->planned_ns, r->at_ns);
}

/* Adds a record that speaks of `count` things on one executor, to the open line or to a new one. */
static void gather(struct story *s, const struct trace_record *r, uint64_t count)
{
    if (!is_same(s, r))
        open_with(s, r);
    s->open.count += count;
    rep_line_add(s, r->executor);
}

static uint64_t count_of(const struct trace_record *r) { return r->a > 0 ? (uint64_t)r->a : 0; }

/* ------------------------------------------------------------------------------------------ the
 * folds */

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

/* Before a gang tells something else: what it has folded. The open line comes first, it is older.
 */
static void tell_folds(struct story *s, const struct trace_record *r)
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

/* Of every stage of a job, before its end is told. */
static void tell_job_folds(struct story *s, uint32_t job)
{
    struct trace_record r = {.job = job};
    for (r.stage = 0; r.stage < s->plan->jobs[job].stage_count; r.stage++)
        tell_folds(s, &r);
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
    tell_folds(s, r);
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out == NULL)
        return;
    rep_line_who(s, out, r->job, r->stage, r->attempt);
    rep_add_format(out, ": round %" PRIu32 " passed: ", r->epoch);
    put_skew(out, known ? t->last_rank : TRACE_NONE, skew_ns);
    rep_add_char(out, '\n');
}

/* ---------------------------------------------------------------------------------- records of a
 * gang */

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
    tell_folds(s, r);
    open_with(s, r);
}

/* Told only if it is all that happens: what is planned in the same step says it already. */
static void take_launch(struct story *s, const struct tale *t, const struct trace_record *r)
{
    if (t->planned_ns == r->at_ns)
        return;
    tell_folds(s, r);
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
        tell_folds(s, r);
        open_with(s, r);
    }
    o->count += count_of(r);
    rep_line_add(s, r->executor);
}

static void take_go(struct story *s, struct tale *t, const struct trace_record *r)
{
    t->launched = r->attempt + 1;
    if (!rep_is_barrier(s->plan, rep_gang(s->plan, r->job, r->stage)))
        return;
    tell_folds(s, r);
    gather(s, r, count_of(r));
}

static void take_fence(struct story *s, struct tale *t, const struct trace_record *r)
{
    t->fenced_ns = r->at_ns;
    t->draining = t->living > 0;
    t->wait_told = 0;
    tell_folds(s, r);
    open_with(s, r);
}

static void take_kill(struct story *s, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    if (o->kind == TRACE_FENCE && o->job == r->job && o->stage == r->stage) {
        o->kills += count_of(r);
        return;
    }
    tell_folds(s, r);
    gather(s, r, count_of(r));
}

static void take_start(struct story *s, struct tale *t, const struct trace_record *r)
{
    t->living++;
    if (t->launched == r->attempt + 1 ||
        !rep_is_barrier(s->plan, rep_gang(s->plan, r->job, r->stage)))
        return; /* the go was told */
    gather(s, r, 1);
    s->open.living = t->living;
}

/* Tasks of one attempt that fail at one instant fail for one reason. */
static void take_failure(struct story *s, const struct trace_record *r)
{
    if (!is_same(s, r) || s->open.at_ns != r->at_ns) {
        tell_folds(s, r);
        open_with(s, r);
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
    gather(s, r, 1);
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

static void take_wait(struct story *s, struct tale *t, const struct trace_record *r)
{
    uint32_t reason = (uint32_t)r->a;
    bool expected = (t->draining && reason == TRACE_REASON_DRAINING) ||
                    reason == TRACE_REASON_BACKOFF || reason == TRACE_REASON_OK;
    if (expected || t->wait_told == reason + 1)
        return;
    t->wait_told = reason + 1;
    tell_folds(s, r);
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out == NULL)
        return;
    rep_line_who(s, out, r->job, r->stage, TRACE_NONE);
    rep_add_format(out, " waits: %s", rep_reason_doc(r->a));
    rep_line_operands(out, r->b, r->epoch);
    rep_add_char(out, '\n');
}

/* Of an executor, and of no gang. */
static void tell_request(struct story *s, const struct trace_record *r)
{
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out != NULL)
        rep_add_format(out, "executor %" PRIu32 ": %s\n", r->executor, rep_reason_doc(r->a));
}

static void take_note(struct story *s, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    if (r->a == TRACE_REASON_REQUESTED) {
        tell_request(s, r);
        return;
    }
    if (r->a == TRACE_REASON_RESTART) { /* if it comes later, the next plan tells it */
        o->restart |= o->kind == TRACE_FENCE && o->job == r->job && o->stage == r->stage;
        return;
    }
    if (o->kind == TRACE_UNRESERVE && o->job == r->job && r->a == TRACE_REASON_REVERTED)
        return; /* that is what giving the slots back says */
    if (o->kind == TRACE_NOTE && o->job == r->job && o->stage == r->stage && o->a == r->a &&
        r->a != TRACE_REASON_RERUN && r->a != TRACE_REASON_ABSENT) {
        o->count++;
        return;
    }
    tell_folds(s, r);
    open_with(s, r);
    s->open.count = 1;
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

/* ----------------------------------------------------------------------- records of jobs and
 * machines */

static void take_submit(struct story *s, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    if (o->kind != TRACE_SUBMIT || o->at_ns != r->at_ns)
        open_with(s, r);
    if (o->count < NAMED_JOBS_MAX)
        o->jobs[o->count] = r->job;
    o->count++;
}

static void take_job_done(struct story *s, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    if ((o->kind == TRACE_STAGE_DONE || o->kind == TRACE_REFUSE) && o->job == r->job) {
        o->done = true;
        o->job_reason = r->a;
        return;
    }
    tell_job_folds(s, r->job);
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out == NULL)
        return;
    tell_job_end(s, out, r->job, r->a);
    if (r->a != TRACE_REASON_OK && r->b != 0)
        rep_add_format(out, " (%" PRId64 ")", r->b);
    rep_add_char(out, '\n');
}

static void take_lost(struct story *s, const struct trace_record *r)
{
    s->lost_cause = r->cause;
    s->lost_executor = r->executor;
    s->lost_ns = r->at_ns;
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out == NULL)
        return;
    rep_add_format(out, "executor %" PRIu32 ": ", r->executor);
    if (r->b == TRACE_REASON_SILENT) {
        rep_add(out, "silent for ");
        rep_add_about(out, s->plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT]);
    } else
        rep_add(out, rep_reason_doc(r->b));
    rep_add_format(out, " -> incarnation %" PRId64 " written off\n", r->a);
}

static bool is_told_timer(const struct trace_record *r)
{
    return r->b == TRACE_HOPE_GIVE_UP || r->a == TRACE_TIMER_RESERVE ||
           r->a == TRACE_TIMER_RELEASE_WAIT || r->a == TRACE_TIMER_LEASE ||
           r->a == TRACE_TIMER_DRIVER_LEASE || r->a == TRACE_TIMER_ADMISSION;
}

static void take_timer(struct story *s, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    if (!is_told_timer(r))
        return;
    if (o->kind != TRACE_TIMER || o->a != r->a || o->job != r->job || o->executor != r->executor)
        open_with(s, r);
    o->count++;
    o->last_ns = r->at_ns;
}

static void take_quiescent(struct story *s, const struct trace_record *r)
{
    const char *doc = r->b > TRACE_TIMER_NONE && r->b < TRACE_TIMER_LIMIT
                          ? trace_timer_doc((unsigned)r->b)
                          : NULL;
    rep_story_flush(s);
    for (uint32_t j = 0; j < s->plan->job_count; j++)
        tell_job_folds(s, j);
    struct rep_sink *out = rep_line(s, r->at_ns, "world");
    if (out == NULL)
        return;
    if (doc == NULL || r->a == PLAN_NEVER || r->a < r->at_ns) {
        rep_add(out, "nothing can happen any more\n");
        return;
    }
    rep_add_format(out, "nothing can happen any more but %s; would be given up after ", doc);
    rep_add_about(out, rep_between(r->at_ns, r->a));
    rep_add_char(out, '\n');
}

static void take_end(struct story *s, const struct trace_record *r)
{
    static const char *const text[] = {
        [TRACE_END_FINISHED] = "every job has ended, and nothing is pending",
        [TRACE_END_HUNG] = "hung: some job has not ended, and nothing can happen any more",
        [TRACE_END_VIRTUAL] = "the limit on virtual time was reached",
        [TRACE_END_EVENTS] = "the limit on events was reached",
        [TRACE_END_INTERRUPTED] = "interrupted",
        [TRACE_END_LIVELOCK] = "livelock: what happens repeats itself without progress"};
    rep_story_flush(s);
    for (uint32_t j = 0; j < s->plan->job_count; j++)
        tell_job_folds(s, j);
    struct rep_sink *out = rep_line(s, r->at_ns, "world");
    if (out == NULL)
        return;
    bool known = r->a >= 0 && r->a < (int64_t)(sizeof text / sizeof *text);
    rep_add_format(out, "the end: %s (%" PRId64 " events)\n", known ? text[r->a] : "for an unknown reason",
            r->b);
}

static void take_down(struct story *s, const struct trace_record *r) { open_with(s, r); }

static void take_drop(struct story *s, const struct trace_record *r)
{
    if (s->open.kind != TRACE_DROP)
        open_with(s, r);
    s->open.by_kind[r->flags < TRACE_KIND_LIMIT ? r->flags : 0]++;
    rep_line_add(s, r->executor);
}

/* At a rendezvous that has a name; an all-reduce is told of by nobody. */
static void take_meeting(struct story *s, const struct trace_record *r)
{
    if (r->a != PLAN_OP_MEET)
        return;
    if (s->open.kind != r->kind || s->open.b != r->b || s->open.job != r->job) {
        tell_folds(s, r);
        open_with(s, r);
    }
    s->open.count++;
}

/* Executors that come or join one after another, with nothing told between, are one line. */
static void take_executor(struct story *s, const struct trace_record *r)
{
    bool first = r->kind == TRACE_UP && r->a == 0;
    if (first && !rep_story_is_granted(s, r))
        return; /* that it joined will be told */
    if (s->open.kind != r->kind || (r->kind == TRACE_UP && first != (s->open.a == 0)))
        open_with(s, r);
    rep_line_add(s, r->executor);
}

static void take_cancel(struct story *s, const struct trace_record *r)
{
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "world");
    if (out == NULL)
        return;
    rep_add(out, "the driver is told to cancel job ");
    rep_add_job(out, REP_NAME, s->plan, r->job);
    rep_add_char(out, '\n');
}

/* ------------------------------------------------------------------------------------------- one
 * pass */

static void take_delivery(struct story *s, struct tale *t, const struct trace_record *r)
{
    if (r->actor != TRACE_DRIVER)
        return;
    if (r->flags == TRACE_ARRIVE && r->attempt == t->round_attempt && r->epoch == t->epoch)
        t->last_rank = r->rank;
    else if (r->flags == TRACE_RESERVE_ACK && r->attempt == t->attempt)
        t->acks++;
    else if (r->flags == TRACE_RESERVE_NACK)
        take_nack(s, r);
}

static void take_of_gang(struct story *s, struct tale *t, const struct trace_record *r)
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
        tell_folds(s, r);
        gather(s, r, count_of(r));
        break;
    case TRACE_KILLED:
        if (r->a != 0)
            gather(s, r, 1);
        break;
    case TRACE_STAGE_DONE:
        tell_folds(s, r);
        open_with(s, r);
        break;
    default:
        break;
    }
}

static void take(struct story *s, const struct trace_record *r)
{
    uint32_t gang;
    bool job = r->job < s->plan->job_count;
    s->now_ns = r->at_ns;
    switch (r->kind) {
    case TRACE_FAULT:
    case TRACE_HEAL:
        rep_story_fault(s, r);
        return;
    case TRACE_FRAME_LOST:
        if (s->open.kind != TRACE_FRAME_LOST)
            open_with(s, r);
        s->open.count++;
        rep_line_add(s, r->executor);
        return;
    case TRACE_MEET:
    case TRACE_MET:
        take_meeting(s, r);
        return;
    case TRACE_TIMER:
        take_timer(s, r);
        return;
    case TRACE_QUIESCENT:
        take_quiescent(s, r);
        return;
    case TRACE_END:
        take_end(s, r);
        return;
    case TRACE_UP:
    case TRACE_JOIN:
        take_executor(s, r);
        return;
    case TRACE_DOWN:
        take_down(s, r);
        return;
    case TRACE_LOST:
        take_lost(s, r);
        return;
    case TRACE_DROP:
        take_drop(s, r);
        return;
    case TRACE_NOTE:
        take_note(s, r);
        return;
    case TRACE_SUBMIT:
        if (job)
            take_submit(s, r);
        return;
    case TRACE_CANCEL:
        if (job)
            take_cancel(s, r);
        return;
    case TRACE_JOB_DONE:
        if (job)
            take_job_done(s, r);
        return;
    case TRACE_REFUSE:
        if (job) {
            open_with(s, r);
            s->open.rank = r->epoch; /* what there is */
        }
        return;
    default:
        if (rep_story_world(s, r))
            return;
        gang = rep_gang(s->plan, r->job, r->stage);
        if (gang != PLAN_NONE)
            take_of_gang(s, &s->tales[gang], r);
    }
}

static void tell_finding(struct story *s, const struct rep_finding *f)
{
    rep_story_flush(s);
    bool failed = f->outcome == REP_FAIL;
    if (s->focus == UINT64_MAX || (failed && !s->focus_failed)) {
        s->focus = s->line;
        s->focus_failed = failed;
    }
    struct rep_sink *out = rep_line(s, s->now_ns, "ORACLE");
    if (out == NULL)
        return;
    rep_add_styled(out, REP_PLAIN, f->rule);
    rep_add(out, failed ? " broken: " : " unknown: ");
    rep_add_styled(out, REP_PLAIN, f->sentence);
    if (f->record > 0)
        rep_add_format(out, " (record %" PRIu64 ")", f->record);
    rep_add_char(out, '\n');
}

static void tell_all(struct story *s)
{
    for (uint64_t i = 0; i < s->run->record_count; i++) {
        s->number = i + 1;
        if (s->number == s->split)
            s->split_line = s->line;
        take(s, &s->run->records[i]);
        while (s->finding_next < s->finding_count &&
               s->findings[s->finding_next]->record == s->number)
            tell_finding(s, s->findings[s->finding_next++]);
    }
    if (s->split > s->run->record_count)
        s->split_line = s->line;
    rep_story_flush(s);
    while (s->finding_next < s->finding_count)
        tell_finding(s, s->findings[s->finding_next++]);
}

/* --------------------------------------------------------------------------------------------- the
 * cut */

/* Of `total` lines at most `most`, announcements included: the first quarter, the last, and the
 * middle around the first finding; without a finding, two halves. */
static void choose_lines(struct story *s, uint64_t total, uint64_t most)
{
    s->shown_count = 1;
    s->shown[0][0] = 0;
    s->shown[0][1] = total;
    if (most == 0 || total <= most)
        return;
    uint64_t room = s->focus == UINT64_MAX ? most - 1 : most > 2 ? most - 2 : 0;
    uint64_t head = s->focus == UINT64_MAX ? room / 2 : room / 4,
             tail = s->focus == UINT64_MAX ? room - head : head;
    uint64_t middle = room - head - tail, low = 0;
    if (s->focus != UINT64_MAX)
        low = s->focus > middle / 2 ? s->focus - middle / 2 : 0;
    low = low < head ? head : low;
    low = low > total - tail - middle ? total - tail - middle : low;
    const uint64_t parts[3][2] = {{0, head}, {low, low + middle}, {total - tail, total}};
    memcpy(s->shown, parts, sizeof parts);
    s->shown_count = 3;
}

static int by_record(const void *left, const void *right)
{
    const struct rep_finding *a = *(const struct rep_finding *const *)left,
                             *b = *(const struct rep_finding *const *)right;
    uint64_t x = a->record - 1, y = b->record - 1; /* 0, the end, becomes the last */
    return x != y ? (x < y ? -1 : 1) : a < b ? -1 : a > b;
}

static void reset(struct story *s)
{
    memset(s->tales, 0, s->plan->stage_count * sizeof *s->tales);
    memset(s->set, 0, (s->plan->executor_count / 64 + 1) * sizeof *s->set);
    memset(&s->open, 0, sizeof s->open);
    for (uint32_t i = 0; i < s->plan->stage_count; i++)
        s->tales[i].first_arrival_ns = s->tales[i].planned_ns = s->tales[i].fenced_ns = PLAN_NEVER;
    s->lost_executor = TRACE_NONE;
    s->lost_cause = UINT64_MAX;
    s->lost_ns = -1;
    s->finding_next = 0;
    s->line = s->shown_to = 0;
    s->focus = UINT64_MAX;
    s->focus_failed = false;
}

static bool story_memory(struct story *s, struct rep_err *err)
{
    const struct rep_verdict *v = s->run->verdict;
    s->finding_count = v != NULL ? v->finding_count : 0;
    s->tales = rep_alloc(s->plan->stage_count, sizeof *s->tales, err);
    s->set = rep_alloc(s->plan->executor_count / 64 + 1, sizeof *s->set, err);
    s->findings = rep_alloc(s->finding_count, sizeof *s->findings, err);
    if (s->tales == NULL || s->set == NULL || s->findings == NULL)
        return false;
    for (uint32_t i = 0; i < s->finding_count; i++)
        s->findings[i] = &v->findings[i];
    qsort(s->findings, s->finding_count, sizeof *s->findings, by_record);
    return true;
}

/* A short run is told to the microsecond, so that messages do not seem to take no time. */
static void lay_stamps(struct story *s, int64_t end_ns)
{
    s->decimals = end_ns < 10 * PLAN_SECOND ? 6 : 3;
    s->seconds_width = 4;
    uint32_t digits = 1;
    for (int64_t rest = end_ns / PLAN_SECOND; rest >= 10; rest /= 10)
        digits++;
    s->seconds_width = digits > s->seconds_width ? digits : s->seconds_width;
}

/* How many lines there are, and where the first finding is: the first telling, which says nothing. */
static uint64_t count_lines(struct story *s)
{
    uint64_t lines;
    if (rep_story_known(s->run, &lines, &s->focus))
        return lines;
    reset(s);
    tell_all(s);
    rep_story_learn(s->run, s->line, s->focus);
    return s->line;
}

enum rep_status rep_story(const struct rep_run *run, FILE *out, uint64_t max_lines,
                          struct rep_err *err)
{
    struct story s = {.run = run, .plan = run->plan};
    char room[REP_SINK_BYTES];
    struct rep_sink sink = rep_sink_on(out, room, sizeof room);
    enum rep_status status = REP_E_MEMORY;
    rep_begin(err);
    lay_stamps(&s, rep_end_ns(run));
    if (!story_memory(&s, err))
        goto out;
    uint64_t total = max_lines > 0 ? count_lines(&s) : UINT64_MAX;
    choose_lines(&s, total, max_lines);
    reset(&s);
    s.out = &sink;
    tell_all(&s);
    if (max_lines > 0)
        rep_line_left_out(&s, s.line);
    assert(max_lines == 0 || s.line == total);
    rep_sink_flush(&sink);
    status = rep_finish(out, err);
out:
    free(s.tales);
    free(s.set);
    free(s.findings);
    return status;
}

enum rep_status rep_story_around(const struct rep_run *run, uint64_t number, uint64_t before,
                                 uint64_t after, int64_t end_ns, uint64_t *told, FILE *out,
                                 struct rep_err *err)
{
    struct story s = {.run = run, .plan = run->plan, .split = number};
    char room[REP_SINK_BYTES];
    struct rep_sink sink = rep_sink_on(out, room, sizeof room);
    enum rep_status status = REP_E_MEMORY;
    rep_begin(err);
    lay_stamps(&s, end_ns);
    if (!story_memory(&s, err))
        goto out;
    reset(&s);
    tell_all(&s);
    *told = s.split_line;
    s.shown_count = 1;
    s.shown[0][0] = s.split_line > before ? s.split_line - before : 0;
    s.shown[0][1] = s.split_line + after;
    reset(&s);
    s.shown_to = s.shown[0][0]; /* what was left out is the caller's to say */
    s.out = &sink;
    tell_all(&s);
    rep_sink_flush(&sink);
    status = rep_finish(out, err);
out:
    free(s.tales);
    free(s.set);
    free(s.findings);
    return status;
}
