/*
 * story_open.c -- the open line: which records it takes in, and how it is told when it is closed.
 *
 * This room is for: records that follow each other and belong to one decision, as one line: who says it, what it was, its reason
 *                   and its operands.
 * It may include:   story.h, the C library, plan and trace (as data).
 * Never here:       which record opens a line (story_tell.c, story_gang.c), what comes in one line alone.
 *
 * Invariants: at most one line is open, and it is told before any younger one; what it needs to know of its gang it took down when
 * it was opened, for the gang's tale goes on.
 */
#include "story.h"

#include "shared.h"

#include <inttypes.h>
#include <string.h>

/* ---- how it is put, by kind */

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

void rep_story_tell_job_end(struct story *s, struct rep_sink *out, uint32_t job, int64_t reason)
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
        rep_story_tell_job_end(s, out, o->job, o->job_reason);
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

static void tell_given_back(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    tell_range(s, out, o, "give", "slot", " back");
}

static void tell_kill(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    tell_range(s, out, o, "kill", "task", "");
}

static void tell_round_failed(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    tell_range(s, out, o, "the round failed for", "task", "");
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
    rep_line_who(s, out, o->job, o->stage, o->attempt);
    rep_add(out, ": ");
    rep_line_count(out, o->count, "task");
    const struct trace_record *c = rep_story_record(s, o->cause);
    bool lease = c != NULL && c->kind == TRACE_TIMER && c->a == TRACE_TIMER_DRIVER_LEASE;
    const char *verb = o->count == 1 ? "is" : "are";
    if (lease)
        rep_add_format(out, " %s ended by force: %s executor no longer hears its driver", verb,
                o->count == 1 ? "its" : "their");
    else
        rep_add_format(out, " did not end when asked, and %s forced", verb);
}

static void tell_join(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    (void)o;
    rep_line_set(s, out);
    rep_add(out, " joined");
}

static void tell_up(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_set(s, out);
    if (o->a == 0)
        rep_story_granted(s, out, o->executors);
    else
        rep_add_format(out, o->executors == 1 ? " is up again, as incarnation %" PRId64 : " are up again",
                o->a);
}

static void tell_frame_lost(struct story *s, struct rep_sink *out, const struct open_line *o)
{
    rep_line_count(out, o->count, "datagram");
    rep_add(out, o->count == 1 ? " is" : " are");
    rep_add(out, " lost between the driver and ");
    rep_line_set(s, out);
}

/* ---- closing it */

/* By the kind of the line's first record: who says it, and how. What is not here is a note of the driver's. */
static const struct teller {
    const char *actor;
    void (*tell)(struct story *s, struct rep_sink *out, const struct open_line *o);
} teller[TRACE_KIND_LIMIT] = {
    [TRACE_SUBMIT] = {"world", tell_submit},
    [TRACE_PLAN] = {"driver", tell_plan},
    [TRACE_RESERVE] = {"driver", tell_plan},
    [TRACE_GO] = {"driver", tell_go},
    [TRACE_FENCE] = {"driver", tell_fence},
    [TRACE_KILL] = {"driver", tell_kill},
    [TRACE_UNRESERVE] = {"driver", tell_given_back},
    [TRACE_ROUND_FAILED] = {"driver", tell_round_failed},
    [TRACE_STAGE_DONE] = {"driver", tell_done},
    [TRACE_REFUSE] = {"driver", tell_refuse},
    [TRACE_JOIN] = {"driver", tell_join},
    [TRACE_FREE] = {"executor", tell_free},
    [TRACE_KILLED] = {"executor", tell_forced},
    [TRACE_EXIT] = {"executor", tell_failure},
    [TRACE_START] = {"world", tell_start},
    [TRACE_UP] = {"world", tell_up},
    [TRACE_DOWN] = {"world", tell_down},
    [TRACE_DROP] = {"world", tell_drop},
    [TRACE_TIMER] = {"world", tell_timer},
    [TRACE_FRAME_LOST] = {"world", tell_frame_lost},
    [TRACE_MEET] = {"world", tell_meeting},
    [TRACE_MET] = {"world", tell_meeting},
};

void rep_story_flush(struct story *s)
{
    struct open_line *o = &s->open;
    if (o->kind == TRACE_KIND_NONE)
        return;
    static const struct teller note = {"driver", tell_note};
    const struct teller *how =
        o->kind < TRACE_KIND_LIMIT && teller[o->kind].tell != NULL ? &teller[o->kind] : &note;
    bool one = o->executors == 1 && strcmp(how->actor, "executor") == 0;
    struct rep_sink *out = one ? rep_line_of_executor(s, o->at_ns, o->lo) : rep_line(s, o->at_ns, how->actor);
    if (out != NULL) {
        how->tell(s, out, o);
        rep_add_char(out, '\n');
    }
    rep_line_clear(s);
    o->kind = TRACE_KIND_NONE;
}

/* ---- opening it, and what it takes in */

bool rep_story_is_same(const struct story *s, const struct trace_record *r)
{
    const struct open_line *o = &s->open;
    return o->kind == r->kind && o->job == r->job && o->stage == r->stage &&
           o->attempt == r->attempt;
}

/* Field by field: the long list behind the others is only of messages that were lost, and a story opens a line every few records. */
void rep_story_open(struct story *s, const struct trace_record *r)
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

void rep_story_gather(struct story *s, const struct trace_record *r, uint64_t count)
{
    if (!rep_story_is_same(s, r))
        rep_story_open(s, r);
    s->open.count += count;
    rep_line_add(s, r->executor);
}
