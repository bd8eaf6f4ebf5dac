/*
 * story_tell.c -- one telling: record after record, and the findings between them.
 *
 * This room is for: to whom a record goes; submissions and ends of jobs, executors that come and go, timers, notes, the end of the
 *                   run.
 * It may include:   story.h, the C library, plan and trace (as data).
 * Never here:       records of one gang (story_gang.c), faults, links and the driver's process (story_world.c).
 *
 * Invariants: a record that tells nothing by itself leaves the open line open; a line of its own closes it first. A finding is told
 * right behind the record that it is about, the others after the last.
 */
#include "story.h"

#include "shared.h"

#include <inttypes.h>

/* ---- jobs */

static void take_submit(struct story *s, const struct trace_record *r)
{
    struct open_line *o = &s->open;
    if (o->kind != TRACE_SUBMIT || o->at_ns != r->at_ns)
        rep_story_open(s, r);
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
    rep_story_tell_job_folds(s, r->job);
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "driver");
    if (out == NULL)
        return;
    rep_story_tell_job_end(s, out, r->job, r->a);
    if (r->a != TRACE_REASON_OK && r->b != 0)
        rep_add_format(out, " (%" PRId64 ")", r->b);
    rep_add_char(out, '\n');
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

/* ---- machines */

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

static void take_down(struct story *s, const struct trace_record *r) { rep_story_open(s, r); }

static void take_drop(struct story *s, const struct trace_record *r)
{
    if (s->open.kind != TRACE_DROP)
        rep_story_open(s, r);
    s->open.by_kind[r->flags < TRACE_KIND_LIMIT ? r->flags : 0]++;
    rep_line_add(s, r->executor);
}

/* Executors that come or join one after another, with nothing told between, are one line. */
static void take_executor(struct story *s, const struct trace_record *r)
{
    bool first = r->kind == TRACE_UP && r->a == 0;
    if (first && !rep_story_is_granted(s, r))
        return; /* that it joined will be told */
    if (s->open.kind != r->kind || (r->kind == TRACE_UP && first != (s->open.a == 0)))
        rep_story_open(s, r);
    rep_line_add(s, r->executor);
}

/* ---- timers, notes, and rendezvous */

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
        rep_story_open(s, r);
    o->count++;
    o->last_ns = r->at_ns;
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
    rep_story_tell_folds(s, r);
    rep_story_open(s, r);
    s->open.count = 1;
}

/* At a rendezvous that has a name; an all-reduce is told of by nobody. */
static void take_meeting(struct story *s, const struct trace_record *r)
{
    if (r->a != PLAN_OP_MEET)
        return;
    if (s->open.kind != r->kind || s->open.b != r->b || s->open.job != r->job) {
        rep_story_tell_folds(s, r);
        rep_story_open(s, r);
    }
    s->open.count++;
}

/* ---- the end */

/* Nothing more comes of what is still gathered. NULL: the story is full. */
static struct rep_sink *last_line(struct story *s, const struct trace_record *r)
{
    rep_story_flush(s);
    for (uint32_t j = 0; j < s->plan->job_count; j++)
        rep_story_tell_job_folds(s, j);
    return rep_line(s, r->at_ns, "world");
}

static void take_quiescent(struct story *s, const struct trace_record *r)
{
    const char *doc = r->b > TRACE_TIMER_NONE && r->b < TRACE_TIMER_LIMIT
                          ? trace_timer_doc((unsigned)r->b)
                          : NULL;
    struct rep_sink *out = last_line(s, r);
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
    struct rep_sink *out = last_line(s, r);
    if (out == NULL)
        return;
    bool known = r->a >= 0 && r->a < (int64_t)(sizeof text / sizeof *text);
    rep_add_format(out, "the end: %s (%" PRId64 " events)\n", known ? text[r->a] : "for an unknown reason",
            r->b);
}

/* ---- to whom a record goes */

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
            rep_story_open(s, r);
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
            rep_story_open(s, r);
            s->open.rank = r->epoch; /* what there is */
        }
        return;
    default:
        if (r->kind == TRACE_DELIVER && r->actor != TRACE_DRIVER)
            return; /* most records, and what they set going is told when it happens */
        if (rep_story_is_of_world(r)) {
            rep_story_world(s, r);
            return;
        }
        gang = rep_gang(s->plan, r->job, r->stage);
        if (gang != PLAN_NONE)
            rep_story_gang(s, &s->tales[gang], r);
    }
}

/* ---- one telling */

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

void rep_story_tell(struct story *s)
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
