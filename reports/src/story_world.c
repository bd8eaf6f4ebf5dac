/*
 * story_world.c -- what the world did, told: faults, links, the driver's process, tasks among
 * themselves.
 *
 * This room is for: story.txt; records that are not a gang's own.
 * It may include:   story.h, the C library, plan and trace (as data).
 * Never here:       judging.
 */
#include "story.h"

#include <inttypes.h>
#include <string.h>

static void put_target(struct story *s, struct rep_sink *out, const struct trace_record *r)
{
    if (r->job < s->plan->job_count) {
        if (r->rank != TRACE_NONE)
            rep_add_format(out, "rank %" PRIu32 " of ", r->rank);
        rep_line_who(s, out, r->job, r->stage, r->attempt);
    } else if (r->executor != TRACE_NONE)
        rep_add_format(out, "executor %" PRIu32, r->executor);
    else
        rep_add(out, r->b == PLAN_ACT_CRASH_DRIVER ? "the driver" : "the world");
}

/* " with executor 2": of a link between executors. */
static void put_peer(struct rep_sink *out, const struct plan_act *act)
{
    if (plan_act_target(act->kind) == PLAN_TARGET_LINK && act->peer != PLAN_NONE)
        rep_add_format(out, "'s link with executor %" PRIu32, act->peer);
}

static void put_way(struct rep_sink *out, const struct plan_act *act)
{
    if (act->peer != PLAN_NONE && act->way != PLAN_WAY_BOTH) {
        rep_add_format(out, ", from executor %" PRIu32,
                act->way == PLAN_WAY_OUT ? act->executor : act->peer);
        return;
    }
    static const char *const text[] = {", both ways", ", towards the executor",
                                       ", towards the driver"};
    rep_add(out, act->way <= PLAN_WAY_OUT ? text[act->way] : "");
}

/* " by 3s", where the act has a time. */
static void put_time(struct rep_sink *out, const char *before, const struct plan_act *act)
{
    if (act->duration_ns <= 0)
        return;
    rep_add(out, before);
    rep_add_about(out, act->duration_ns);
}

/* What a fault's kind has to say besides its name and its target. */
static void put_details(struct rep_sink *out, const struct plan_act *act)
{
    switch ((enum plan_act_kind)act->kind) {
    case PLAN_ACT_CRASH:
        rep_add(out, act->for_good ? " for good" : "");
        break;
    case PLAN_ACT_STRAGGLE_TASK:
        put_time(out, " by ", act);
        break;
    case PLAN_ACT_CUT:
    case PLAN_ACT_HOLD:
        put_way(out, act);
        put_time(out, ", for ", act);
        break;
    case PLAN_ACT_MEND:
    case PLAN_ACT_BREAK:
    case PLAN_ACT_REFUSE:
        put_way(out, act);
        break;
    case PLAN_ACT_CLOG:
        put_way(out, act);
        put_time(out, ", by ", act);
        break;
    case PLAN_ACT_LOSE:
    case PLAN_ACT_DOUBLE:
    case PLAN_ACT_REORDER:
        rep_add_format(out, ", %" PRId32 " of 1000 messages", act->amount);
        put_way(out, act);
        put_time(out, ", by up to ", act);
        break;
    case PLAN_ACT_SLOW:
        rep_add_format(out, " to %" PRId32 " %% of its time", act->amount);
        break;
    case PLAN_ACT_DRIFT:
        rep_add_format(out, " by %" PRId32 " millionths", act->amount);
        break;
    case PLAN_ACT_LOSE_GPU:
        rep_add_format(out, ", address %" PRId32, act->amount);
        break;
    case PLAN_ACT_TAKE:
        rep_add_format(out, ", %" PRId32 " core%s", act->amount, act->amount == 1 ? "" : "s");
        put_time(out, " for ", act);
        break;
    case PLAN_ACT_STRAY_CALL:
        rep_add_format(out, ": %s of epoch %" PRId32, act->way == 0 ? "barrier" : "all_gather",
                act->amount);
        if (act->size == 0)
            rep_add(out, " once more");
        else
            rep_add_format(out, ", which counts %" PRIu32 " members", act->size);
        break;
    case PLAN_ACT_PAUSE:
    case PLAN_ACT_DRAIN:
    case PLAN_ACT_LINGER:
    case PLAN_ACT_CRASH_DRIVER:
        put_time(out, " for ", act);
        break;
    case PLAN_ACT_SUBMIT:
    case PLAN_ACT_CANCEL:
    case PLAN_ACT_RESTART:
    case PLAN_ACT_KILL_TASK:
    case PLAN_ACT_HANG_TASK:
    case PLAN_ACT_IGNORE_KILL:
    case PLAN_ACT_QUIT:
    case PLAN_ACT_EXCLUDE:
    case PLAN_ACT_LIMIT:
        break;
    }
}

void rep_story_fault(struct story *s, const struct trace_record *r)
{
    bool withheld = rep_is_withheld(r);
    if (!rep_is_fault(r) && !withheld)
        return; /* a submission or a cancellation: told as what it causes */
    rep_story_flush(s);
    struct rep_sink *out = rep_line(s, r->at_ns, "world");
    if (out == NULL)
        return;
    rep_add_format(out, "%s: %s ",
            withheld                ? "fault withheld"
            : r->kind == TRACE_FAULT ? "fault"
                                     : "heal",
            rep_fault(r));
    put_target(s, out, r);
    if (r->a >= 0 && r->a < s->plan->act_count)
        put_peer(out, &s->plan->acts[r->a]);
    if (r->kind == TRACE_FAULT && r->a >= 0 && r->a < s->plan->act_count)
        put_details(out, &s->plan->acts[r->a]);
    if (withheld)
        rep_add_budget(s->plan, r, out);
    rep_add_char(out, '\n');
}

/* ---- cluster managers */
static const struct granted {
    const char *manager, *one, *many;
} granted[] = {
    {"yarn", ": its container is granted", ": their containers are granted"},
    {"kubernetes", ": its pod is pending no longer", ": their pods are pending no longer"},
    {"mesos", ": its offer is accepted", ": their offers are accepted"},
};

static const struct granted *granted_by(const struct story *s)
{
    const char *manager = plan_text(s->plan, s->plan->manager);
    for (size_t i = 0; i < sizeof granted / sizeof *granted; i++)
        if (strcmp(granted[i].manager, manager) == 0)
            return &granted[i];
    return NULL;
}

bool rep_story_is_granted(const struct story *s, const struct trace_record *r)
{
    return r->at_ns > 0 && granted_by(s) != NULL;
}

void rep_story_granted(const struct story *s, struct rep_sink *out, uint64_t executors)
{
    rep_add(out, executors == 1 ? granted_by(s)->one : granted_by(s)->many);
}

static void put_stage(struct story *s, struct rep_sink *out, uint32_t job, int64_t stage)
{
    if (job < s->plan->job_count && stage >= 0 && stage < s->plan->jobs[job].stage_count)
        rep_line_who(s, out, job, (uint32_t)stage, TRACE_NONE);
    else
        rep_add_format(out, "stage %" PRId64, stage);
}

static void tell_unregister(struct story *s, struct rep_sink *out, const struct trace_record *r)
{
    rep_line_who(s, out, r->job, r->stage, TRACE_NONE);
    rep_add(out, ": the output of ");
    if (r->a == 1)
        rep_add_format(out, "rank %" PRIu32 " is", r->rank);
    else
        rep_add_format(out, "ranks %" PRIu32 "-%" PRIu64 " is", r->rank, r->rank + (uint64_t)r->a - 1);
    rep_add_format(out, " gone: %s", rep_reason_doc(r->b));
}

static void tell_fetch_failed(struct story *s, struct rep_sink *out, const struct trace_record *r)
{
    rep_line_who(s, out, r->job, r->stage, r->attempt);
    rep_add_format(out, ": rank %" PRIu32 " does not find the output of rank %" PRId64 " of ", r->rank,
            r->b);
    put_stage(s, out, r->job, r->a);
    rep_add_format(out, " on executor %" PRIu32, r->executor);
}

static void tell(struct story *s, struct rep_sink *out, const struct trace_record *r)
{
    switch (r->kind) {
    case TRACE_DISCONNECT:
        rep_add_format(out, "the connection of executor %" PRIu32 " breaks, and both ends learn it",
                r->executor);
        break;
    case TRACE_CONNECT:
        rep_add_format(out, "executor %" PRIu32 " is connected again", r->executor);
        break;
    case TRACE_DRIVER_DOWN:
        rep_add_format(out, "the driver's process is gone, after %" PRId64 " effect%s of its last step",
                r->a, r->a == 1 ? "" : "s");
        break;
    case TRACE_DRIVER_UP:
        rep_add_format(out, "the driver's process is back, after replaying %" PRId64 " event%s", r->a,
                r->a == 1 ? "" : "s");
        break;
    case TRACE_EXCLUDE:
        rep_add_format(out, "executor %" PRIu32 " is excluded: %s", r->executor, rep_reason_doc(r->a));
        rep_line_operands(out, r->b, TRACE_NONE);
        break;
    case TRACE_UNREGISTER:
        tell_unregister(s, out, r);
        break;
    case TRACE_FETCH_FAILED:
        tell_fetch_failed(s, out, r);
        break;
    default:
        break;
    }
}

void rep_story_world(struct story *s, const struct trace_record *r)
{
    rep_story_flush(s);
    struct rep_sink *out = rep_line(
        s, r->at_ns, r->kind == TRACE_EXCLUDE || r->kind == TRACE_UNREGISTER ? "driver" : "world");
    if (out == NULL)
        return;
    tell(s, out, r);
    rep_add_char(out, '\n');
}
