/*
 * expect.c -- EXPECT: what the scenario itself promises.
 *
 * This room is for: the plan's expectations: ends of jobs, and patterns that must or must not match
 * a record. It may include:   plan, trace/ and conf/ headers. Never here:       invariants; they
 * hold without being asked for.
 *
 * A job that hangs, or had not ended when the run stopped, keeps no promise and breaks none: that
 * is PRG's to say, and the promise is unknown. So one cause gives one failure.
 */
#include "judge.h"

#include <inttypes.h>
#include <string.h>

static const struct plan_expect *expect_of(const struct conf_judge *j, uint32_t i)
{
    return &j->plan->expects[i];
}

static bool has_pattern(const struct plan_expect *e)
{
    return e->kind == PLAN_EXPECT_SOMETIMES || e->kind == PLAN_EXPECT_NEVER;
}

/* ---- patterns */
static uint32_t pattern_kind(const struct conf_judge *j, const struct plan_expect *e)
{
    if (!has_pattern(e) || e->when.kind == PLAN_NONE)
        return TRACE_KIND_NONE;
    return trace_kind_parse(plan_text(j->plan, e->when.kind));
}

/* Lists by job where a pattern names one, by kind where it does not: a record visits only those
 * that may match. */
void conf_expect_init(struct conf_judge *j)
{
    for (unsigned kind = 0; kind < CONF_KINDS; kind++)
        conf_any_pattern(j)[kind] = CONF_NONE;
    for (uint32_t i = j->plan->expect_count; i-- > 0;) {
        const struct plan_expect *e = expect_of(j, i);
        struct conf_pattern *p = &conf_patterns(j)[i];
        *p = (struct conf_pattern){.next = CONF_NONE, .kind = pattern_kind(j, e)};
        if (e->kind == PLAN_EXPECT_FAILS && e->job < j->job_count)
            conf_jobs(j)[e->job].bits |= JOB_MUST_FAIL;
        if (e->kind == PLAN_EXPECT_SUCCEEDS && e->job < j->job_count && e->within_ns != PLAN_NEVER)
            conf_jobs(j)[e->job].bits |= JOB_HAS_BOUND;
        if (p->kind == TRACE_KIND_NONE)
            continue;
        uint32_t *head = e->when.job < j->job_count ? &conf_jobs(j)[e->when.job].first_pattern
                                                    : &conf_any_pattern(j)[p->kind];
        p->next = *head;
        *head = i;
        j->watched |= TRACE_BIT(p->kind);
    }
}

static bool is_any(uint32_t wanted, uint32_t is) { return wanted == PLAN_NONE || wanted == is; }

static bool matches(const struct plan_pattern *w, const struct trace_record *r)
{
    return is_any(w->executor, r->executor) && is_any(w->job, r->job) &&
           is_any(w->stage, r->stage) && is_any(w->attempt, r->attempt) &&
           is_any(w->epoch, r->epoch) && is_any(w->rank, r->rank);
}

static const char *label_of(const struct conf_judge *j, const struct plan_expect *e)
{
    return e->label == PLAN_NONE ? "without a name" : plan_text(j->plan, e->label);
}

static void match_list(struct conf_judge *j, const struct trace_record *r, uint32_t first)
{
    for (uint32_t i = first; i != CONF_NONE; i = conf_patterns(j)[i].next) {
        struct conf_pattern *p = &conf_patterns(j)[i];
        const struct plan_expect *e = expect_of(j, i);
        if (p->kind != r->kind || p->seen >= e->when.nth || !matches(&e->when, r) ||
            ++p->seen < e->when.nth)
            continue;
        if (e->kind == PLAN_EXPECT_NEVER)
            conf_fail(j, RULE_EXPECT_6, r,
                      "what must never be (%.80s) is here: match %u of a %s record", label_of(j, e),
                      p->seen, trace_kind_text(r->kind));
    }
}

void conf_expect_match(struct conf_judge *j, const struct trace_record *r)
{
    if (r->kind == TRACE_FAULT && r->flags == TRACE_FAULT_WITHHELD)
        return; /* it did not happen */
    match_list(j, r, conf_any_pattern(j)[r->kind]);
    if (r->job < j->job_count)
        match_list(j, r, conf_jobs(j)[r->job].first_pattern);
}

/* ---- at the end */
static void finish_pattern(struct conf_judge *j, const struct plan_expect *e,
                           const struct conf_pattern *p)
{
    const char *kind = plan_text(j->plan, e->when.kind);
    bool sometimes = e->kind == PLAN_EXPECT_SOMETIMES;
    enum conf_rule_id rule = sometimes ? RULE_EXPECT_5 : RULE_EXPECT_6;
    if (p->kind == TRACE_KIND_NONE)
        conf_doubt(j, rule, NULL, "%.80s: there is no kind of record '%.40s'", label_of(j, e),
                   kind);
    else if (!conf_observed(j, TRACE_BIT(p->kind)))
        conf_doubt(j, rule, NULL, "%.80s: %s not observable here", label_of(j, e), kind);
    else if (sometimes && p->seen < e->when.nth) {
        uint32_t number = (uint32_t)(e - j->plan->expects);
        conf_findings(j)->unseen |= UINT64_C(1) << (number < 63 ? number : 63);
        conf_doubt(j, rule, NULL,
                   "what is to happen sometimes (%.80s) happened %u times of %u in this run",
                   label_of(j, e), p->seen, e->when.nth);
    }
}

/* The job has not ended: said elsewhere, or unknown. True if there is nothing more to judge. */
static bool finish_open_job(struct conf_judge *j, const struct plan_expect *e,
                            enum conf_rule_id rule)
{
    const struct conf_job *job = &conf_jobs(j)[e->job];
    char label[CONF_LABEL_BYTES];
    conf_job_label(j, e->job, label);
    if (job->bits & JOB_HUNG) {
        conf_doubt(j, rule, NULL, "%s hung, so what would have become of it is not known", label);
        return true;
    }
    if (job->bits & JOB_DONE)
        return false;
    if (job->bits & JOB_SUBMITTED)
        conf_doubt(j, rule, NULL, "%s had not ended when the history did", label);
    else
        conf_doubt(j, rule, NULL, "%s was never submitted", label);
    return true;
}

/* Of its gangs, or of its tasks if it has none: of the one that took most. */
static uint32_t attempts_of(const struct conf_judge *j, const struct conf_job *job)
{
    uint32_t most[2] = {0, 0};
    bool gangs = false;
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        const struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, job) + i];
        gangs |= s->is_barrier;
        if (s->attempts > most[s->is_barrier])
            most[s->is_barrier] = s->attempts;
    }
    return most[gangs];
}

static void finish_times(struct conf_judge *j, const struct plan_expect *e)
{
    const struct conf_job *job = &conf_jobs(j)[e->job];
    char label[CONF_LABEL_BYTES], took[32], within[32];
    if (e->within_ns == PLAN_NEVER)
        return;
    int64_t until = job->bits & JOB_DONE ? job->done_ns : j->now_ns;
    if ((job->bits & JOB_SUBMITTED) == 0 || until - job->submitted_ns <= e->within_ns)
        return;
    plan_format_duration(until - job->submitted_ns, took);
    plan_format_duration(e->within_ns, within);
    conf_fail(j, RULE_EXPECT_2, NULL, "%s took %s%s, expected within %s",
              conf_job_label(j, e->job, label), took,
              job->bits & JOB_DONE ? "" : " and has not ended", within);
}

static void finish_attempts(struct conf_judge *j, const struct plan_expect *e)
{
    char label[CONF_LABEL_BYTES];
    uint32_t attempts = attempts_of(j, &conf_jobs(j)[e->job]);
    conf_job_label(j, e->job, label);
    if (e->attempts_max != PLAN_NONE && attempts > e->attempts_max)
        conf_fail(j, RULE_EXPECT_3, NULL, "%s took %u attempts, expected at most %u", label,
                  attempts, e->attempts_max);
    if (e->attempts_min != PLAN_NONE && attempts < e->attempts_min)
        conf_fail(j, RULE_EXPECT_3, NULL, "%s took %u attempts, expected at least %u", label,
                  attempts, e->attempts_min);
}

static const char *reason_text(uint32_t reason)
{
    const char *text = trace_reason_text(reason);
    return text != NULL ? text : "an unknown reason";
}

static void finish_succeeds(struct conf_judge *j, const struct plan_expect *e)
{
    const struct conf_job *job = &conf_jobs(j)[e->job];
    char label[CONF_LABEL_BYTES];
    if (finish_open_job(j, e, RULE_EXPECT_1)) {
        if ((job->bits & JOB_HUNG) == 0)
            finish_times(j, e);
        return;
    }
    if (job->reason != TRACE_REASON_OK) {
        conf_fail(j, RULE_EXPECT_1, NULL, "%s ended with %s, expected to succeed",
                  conf_job_label(j, e->job, label), reason_text(job->reason));
        return;
    }
    finish_times(j, e);
    finish_attempts(j, e);
}

static void finish_fails(struct conf_judge *j, const struct plan_expect *e)
{
    const struct conf_job *job = &conf_jobs(j)[e->job];
    char label[CONF_LABEL_BYTES];
    conf_job_label(j, e->job, label);
    if (finish_open_job(j, e, RULE_EXPECT_4))
        return;
    if (job->reason == TRACE_REASON_OK)
        conf_fail(j, RULE_EXPECT_4, NULL, "%s succeeded, expected to fail", label);
    else if (e->reason != PLAN_NONE &&
             strcmp(plan_text(j->plan, e->reason), reason_text(job->reason)) != 0)
        conf_fail(j, RULE_EXPECT_4, NULL, "%s failed with %s, expected %.40s", label,
                  reason_text(job->reason), plan_text(j->plan, e->reason));
}

void conf_finish_expect(struct conf_judge *j)
{
    for (uint32_t i = 0; i < j->plan->expect_count; i++) {
        const struct plan_expect *e = expect_of(j, i);
        switch ((enum plan_expect_kind)e->kind) {
        case PLAN_EXPECT_SUCCEEDS:
            finish_succeeds(j, e);
            break;
        case PLAN_EXPECT_FAILS:
            finish_fails(j, e);
            break;
        case PLAN_EXPECT_SOMETIMES:
        case PLAN_EXPECT_NEVER:
            finish_pattern(j, e, &conf_patterns(j)[i]);
            break;
        }
    }
}
