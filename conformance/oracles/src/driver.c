/*
 * driver.c -- GEN: what the driver decides about generations of attempts and of executors.
 *
 * This room is for: fences, accepted results, kills, ends of stages, executors joining and being
 * written off. It may include:   trace/ and conf/ headers. Never here:       the driver's reasons:
 * a fence is judged by what follows it, not by why it was set.
 */
#include "judge.h"

#include <inttypes.h>

bool conf_is_fenced(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                    const char *what)
{
    char label[CONF_LABEL_BYTES];
    if (!s->is_barrier || r->attempt >= s->fence_end)
        return false;
    conf_fail(j, RULE_GEN_1, r, "attempt %u of %s is %s, but attempt %u is fenced", r->attempt,
              conf_stage_label(j, s, label), what, s->fence_end - 1);
    return true;
}

/* Whatever says so must end the job: PRG-1. */
static bool is_end_of_job(int64_t reason)
{
    return reason == TRACE_REASON_JOB_FAILED || reason == TRACE_REASON_CANCELLED;
}

void conf_on_fence(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (!s->is_barrier)
        return;
    conf_pay(j, r, s);
    if (is_end_of_job(r->a))
        conf_job_ends(j, r->job);
    if (r->attempt >= s->round_attempt)
        conf_queue_leave(j, s, QUEUE_ROUND);
    conf_queue_leave(j, s, QUEUE_LAUNCH);
    conf_queue_if_ready(j, s);
    if (r->attempt < s->fence_end)
        conf_fail(j, RULE_GEN_3, r, "attempt %u of %s is fenced after attempt %u", r->attempt,
                  conf_stage_label(j, s, label), s->fence_end - 1);
    else
        s->fence_end = r->attempt + 1;
    if (s->over_end < s->fence_end)
        s->over_end = s->fence_end;
    if (r->a == TRACE_REASON_EVICTED)
        conf_on_evicted_gang(j, r, s);
}

/* ---- results */
static void accept_success(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    char label[CONF_LABEL_BYTES];
    bool same = (k->bits & RANK_STARTED) && k->run == r->attempt;
    if (same && (k->bits & RANK_ACCEPTED)) {
        conf_fail(j, conf_rule_after_return(j, RULE_GEN_4, RULE_RCV_1), r,
                  "the success of rank %u of %s in attempt %u is accepted twice", r->rank,
                  conf_stage_label(j, s, label), r->attempt);
        return;
    }
    if (!same || (k->bits & RANK_FREE_OK) == 0)
        conf_fail(j, RULE_GEN_4, r,
                  "the success of rank %u of %s in attempt %u is accepted, but no good end of it "
                  "was delivered",
                  r->rank, conf_stage_label(j, s, label), r->attempt);
    if (same)
        k->bits |= RANK_ACCEPTED;
    s->accepted++;
}

void conf_on_accept(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    (void)conf_is_fenced(j, r, s, "accepted");
    if (r->a == TRACE_ACCEPT_SUCCESS && r->rank != CONF_NONE)
        accept_success(j, r, s);
    if (r->a == TRACE_ACCEPT_CHECKPOINT)
        conf_accept_checkpoint(j, r, s);
    if (r->a == TRACE_ACCEPT_OUTPUT)
        conf_accept_output(j, r, s);
}

/* What waited for this stage alone is ready. */
static void begin_children(struct conf_judge *j, const struct conf_stage *s)
{
    const struct conf_job *job = &conf_jobs(j)[s->job];
    uint32_t index = s->number - conf_first_stage(j, job);
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        struct conf_stage *child = &conf_stages(j)[conf_first_stage(j, job) + i];
        bool waits = (child->queues & (1u << QUEUE_WAIT | 1u << QUEUE_TASKS)) != 0;
        if ((j->plan->stages[child->number].parents >> index & 1) &&
            (child->go_end <= child->over_end || !child->is_barrier) && !waits)
            conf_queue_if_ready(j, child);
    }
}

void conf_on_stage_done(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    (void)conf_is_fenced(j, r, s, "done");
    if (s->accepted != s->members)
        conf_fail(j, RULE_GEN_6, r, "%s is done with the success of %u of %u tasks accepted",
                  conf_stage_label(j, s, label), s->accepted, s->members);
    if (s->done)
        conf_fail(j, RULE_GEN_9, r, "%s is done again, and no output of it was lost",
                  conf_stage_label(j, s, label));
    s->done = 1;
    s->over_end = s->go_end;
    s->failures = s->losses = s->failures_at_most = 0; /* B-138 */
    conf_queue_leave(j, s, QUEUE_WAIT);
    conf_queue_leave(j, s, QUEUE_TASKS);
    conf_queue_leave(j, s, QUEUE_ROUND);
    begin_children(j, s);
}

void conf_on_kill(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (is_end_of_job(r->b))
        conf_job_ends(j, r->job);
    if (s->kill_end <= r->attempt)
        s->kill_end = r->attempt + 1;
    if (r->b == TRACE_REASON_EVICTED)
        conf_on_evicted_tasks(j, r, s);
    else if (s->is_barrier && r->attempt >= s->fence_end)
        conf_fail(j, RULE_GEN_7, r, "attempt %u of %s is killed, but not fenced", r->attempt,
                  conf_stage_label(j, s, label));
}

/* ---- executors, as the driver sees them */
void conf_on_join(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    if (!e->seen || r->a > e->incarnation)
        conf_fail(j, RULE_HIS_7, r,
                  "executor %u joins in incarnation %" PRId64 ", which has not come up",
                  r->executor, r->a);
    if (e->joined)
        conf_fail(j, RULE_GEN_8, r,
                  "executor %u joins in incarnation %" PRId64
                  ", but the one before is not written off",
                  r->executor, r->a);
    e->joined = 1;
    j->cluster_version++;
    j->cluster_ns = j->now_ns;
}

void conf_on_lost(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    conf_check_loss(j, r);
    conf_check_given_back(j, r);
    e->joined = 0;
    conf_launches_lose(j, r->executor);
    j->excluded -= e->excluded;
    e->excluded = 0;
    j->cluster_version++;
    j->cluster_ns = j->now_ns;
    if (r->a >= e->lost_end && r->a < CONF_NONE)
        e->lost_end = (uint32_t)r->a + 1;
}

/* ---- executors, as the world sees them */
void conf_on_up(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    if (j->has_links)
        ((struct conf_came *)conf_at(j, j->came_at))[r->executor].up = j->number;
    if (e->up)
        conf_fail(j, RULE_HIS_7, r,
                  "executor %u comes up in incarnation %" PRId64 ", but is up in incarnation %u",
                  r->executor, r->a, e->incarnation);
    else if (e->seen && r->a <= e->incarnation)
        conf_fail(j, RULE_HIS_7, r,
                  "executor %u comes up in incarnation %" PRId64 " after incarnation %u",
                  r->executor, r->a, e->incarnation);
    else if (e->running > 0)
        conf_fail(j, RULE_HIS_7, r,
                  "executor %u comes up in incarnation %" PRId64
                  ", but %u processes on it have not exited",
                  r->executor, r->a, e->running);
    e->seen = e->up = 1;
    j->cluster_ns = j->now_ns;
    e->incarnation = (uint32_t)r->a;
    j->cluster_version++;
}

void conf_on_down(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    if (!e->up)
        conf_fail(j, RULE_HIS_7, r,
                  "executor %u goes down in incarnation %" PRId64 ", but is not up", r->executor,
                  r->a);
    e->up = 0;
    e->crash_due = 0;
    e->downs++;
    e->held_cores = e->held_memory = e->returning = 0;
    j->cluster_ns = j->now_ns;
    j->cluster_version++;
}
