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

static void put_target(struct story *s, FILE *out, const struct trace_record *r)
{
    if (r->job < s->plan->job_count) {
        if (r->rank != TRACE_NONE)
            fprintf(out, "rank %" PRIu32 " of ", r->rank);
        rep_line_who(s, out, r->job, r->stage, r->attempt);
    } else if (r->executor != TRACE_NONE)
        fprintf(out, "executor %" PRIu32, r->executor);
    else
        fputs(r->b == PLAN_ACT_CRASH_DRIVER ? "the driver" : "the world", out);
}

/* " with executor 2": of a link between executors. */
static void put_peer(FILE *out, const struct plan_act *act)
{
    if (plan_act_target(act->kind) == PLAN_TARGET_LINK && act->peer != PLAN_NONE)
        fprintf(out, "'s link with executor %" PRIu32, act->peer);
}

static void put_way(FILE *out, const struct plan_act *act)
{
    if (act->peer != PLAN_NONE && act->way != PLAN_WAY_BOTH) {
        fprintf(out, ", from executor %" PRIu32,
                act->way == PLAN_WAY_OUT ? act->executor : act->peer);
        return;
    }
    static const char *const text[] = {", both ways", ", towards the executor",
                                       ", towards the driver"};
    fputs(act->way <= PLAN_WAY_OUT ? text[act->way] : "", out);
}

/* " by 3s", where the act has a time. */
static void put_time(FILE *out, const char *before, const struct plan_act *act)
{
    if (act->duration_ns <= 0)
        return;
    fputs(before, out);
    rep_put_about(out, act->duration_ns);
}

/* What a fault's kind has to say besides its name and its target. */
static void put_details(FILE *out, const struct plan_act *act)
{
    switch ((enum plan_act_kind)act->kind) {
    case PLAN_ACT_CRASH:
        fputs(act->for_good ? " for good" : "", out);
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
        fprintf(out, ", %" PRId32 " of 1000 messages", act->amount);
        put_way(out, act);
        put_time(out, ", by up to ", act);
        break;
    case PLAN_ACT_SLOW:
        fprintf(out, " to %" PRId32 " %% of its time", act->amount);
        break;
    case PLAN_ACT_DRIFT:
        fprintf(out, " by %" PRId32 " millionths", act->amount);
        break;
    case PLAN_ACT_LOSE_GPU:
        fprintf(out, ", address %" PRId32, act->amount);
        break;
    case PLAN_ACT_TAKE:
        fprintf(out, ", %" PRId32 " core%s", act->amount, act->amount == 1 ? "" : "s");
        put_time(out, " for ", act);
        break;
    case PLAN_ACT_STRAY_CALL:
        fprintf(out, ": %s of epoch %" PRId32, act->way == 0 ? "barrier" : "all_gather",
                act->amount);
        if (act->size == 0)
            fputs(" once more", out);
        else
            fprintf(out, ", which counts %" PRIu32 " members", act->size);
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
    FILE *out = rep_line(s, r->at_ns, "world");
    if (out == NULL)
        return;
    fprintf(out, "%s: %s ",
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
        rep_put_budget(s->plan, r, out);
    fputc('\n', out);
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

void rep_story_granted(const struct story *s, FILE *out, uint64_t executors)
{
    fputs(executors == 1 ? granted_by(s)->one : granted_by(s)->many, out);
}

static void put_stage(struct story *s, FILE *out, uint32_t job, int64_t stage)
{
    if (job < s->plan->job_count && stage >= 0 && stage < s->plan->jobs[job].stage_count)
        rep_line_who(s, out, job, (uint32_t)stage, TRACE_NONE);
    else
        fprintf(out, "stage %" PRId64, stage);
}

static void tell_unregister(struct story *s, FILE *out, const struct trace_record *r)
{
    rep_line_who(s, out, r->job, r->stage, TRACE_NONE);
    fputs(": the output of ", out);
    if (r->a == 1)
        fprintf(out, "rank %" PRIu32 " is", r->rank);
    else
        fprintf(out, "ranks %" PRIu32 "-%" PRIu64 " is", r->rank, r->rank + (uint64_t)r->a - 1);
    fprintf(out, " gone: %s", rep_reason_doc(r->b));
}

static void tell_fetch_failed(struct story *s, FILE *out, const struct trace_record *r)
{
    rep_line_who(s, out, r->job, r->stage, r->attempt);
    fprintf(out, ": rank %" PRIu32 " does not find the output of rank %" PRId64 " of ", r->rank,
            r->b);
    put_stage(s, out, r->job, r->a);
    fprintf(out, " on executor %" PRIu32, r->executor);
}

static void tell(struct story *s, FILE *out, const struct trace_record *r)
{
    switch (r->kind) {
    case TRACE_DISCONNECT:
        fprintf(out, "the connection of executor %" PRIu32 " breaks, and both ends learn it",
                r->executor);
        break;
    case TRACE_CONNECT:
        fprintf(out, "executor %" PRIu32 " is connected again", r->executor);
        break;
    case TRACE_DRIVER_DOWN:
        fprintf(out, "the driver's process is gone, after %" PRId64 " effect%s of its last step",
                r->a, r->a == 1 ? "" : "s");
        break;
    case TRACE_DRIVER_UP:
        fprintf(out, "the driver's process is back, after replaying %" PRId64 " event%s", r->a,
                r->a == 1 ? "" : "s");
        break;
    case TRACE_EXCLUDE:
        fprintf(out, "executor %" PRIu32 " is excluded: %s", r->executor, rep_reason_doc(r->a));
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

bool rep_story_world(struct story *s, const struct trace_record *r)
{
    const uint64_t told = TRACE_BIT(TRACE_DISCONNECT) | TRACE_BIT(TRACE_CONNECT) |
                          TRACE_BIT(TRACE_DRIVER_DOWN) | TRACE_BIT(TRACE_DRIVER_UP) |
                          TRACE_BIT(TRACE_EXCLUDE) | TRACE_BIT(TRACE_UNREGISTER) |
                          TRACE_BIT(TRACE_FETCH_FAILED);
    if (r->kind >= TRACE_KIND_LIMIT || (told & TRACE_BIT(r->kind)) == 0)
        return false;
    rep_story_flush(s);
    FILE *out = rep_line(
        s, r->at_ns, r->kind == TRACE_EXCLUDE || r->kind == TRACE_UNREGISTER ? "driver" : "world");
    if (out == NULL)
        return true;
    tell(s, out, r);
    fputc('\n', out);
    return true;
}
