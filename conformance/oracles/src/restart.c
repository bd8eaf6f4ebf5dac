/*
 * restart.c -- RST: who pays for a failure, how often a gang starts again, and where.
 *
 * This room is for: fences by cause, budgets, checkpoints.
 * It may include:   plan, trace/ and conf/ headers.
 * Never here:       the driver's own count. What its records carry of that is for stories.
 *
 * Of some failures it is open who pays: a fetch that failed, a GPU that died. So there are two
 * counts each: of those that surely are the gang's own (or a lost machine's), and of those that may
 * be. A job is given up too early if not even all that may count would do, and too late if those that
 * surely count would have done.
 */
#include "judge.h"

#include <inttypes.h>

enum payer { PAYS_NOBODY, PAYS_GANG, PAYS_MACHINE, PAYS_EITHER };

static enum payer payer_of(int64_t reason)
{
    switch (reason) {
    case TRACE_REASON_CANCELLED:
    case TRACE_REASON_JOB_FAILED:
    case TRACE_REASON_EVICTED:
        return PAYS_NOBODY;
    case TRACE_REASON_TASK_FAILED:
        return PAYS_GANG;
    case TRACE_REASON_EXECUTOR_LOST:
    case TRACE_REASON_SILENT:
    case TRACE_REASON_REINCARNATED:
    case TRACE_REASON_GO_LATE:
    case TRACE_REASON_LEASE_ENDED:
        return PAYS_MACHINE;
    default:
        return PAYS_EITHER;
    }
}

enum { TASK_ENDS = 0xFFFF }; /* the half of a task's `reports` that counts all its bad ends */

static uint32_t more(uint32_t is, uint32_t than) { return is > than ? is : than; }

/* SPARK-25161: a failure of an attempt that is over must not end the present one. */
static void check_who_failed(struct conf_judge *j, const struct trace_record *r,
                             const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (r->a != TRACE_REASON_TASK_FAILED || r->rank == TRACE_NONE)
        return;
    const struct conf_rank *k = conf_rank_of(j, s, r->rank);
    if (k->run != r->attempt || (k->bits & RANK_FREE_BAD) == 0)
        conf_fail(j, RULE_RST_1, r,
                  "attempt %u of %s is fenced for the failure of rank %u, but no bad end of it in "
                  "this attempt was delivered",
                  r->attempt, conf_stage_label(j, s, label), r->rank);
}

bool conf_may_be_used_up(const struct conf_judge *j, const struct conf_stage *s)
{
    const int64_t *set = j->plan->setting;
    return s->failures_at_most >= set[PLAN_SET_ATTEMPTS] || s->losses_at_most >= set[PLAN_SET_LOSSES];
}

void conf_pay(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_job *job = &conf_jobs(j)[s->job];
    enum payer payer = payer_of(r->a);
    check_who_failed(j, r, s);
    s->failures += payer == PAYS_GANG;
    s->losses += payer == PAYS_MACHINE;
    s->failures_at_most += payer == PAYS_GANG || payer == PAYS_EITHER;
    s->losses_at_most += payer == PAYS_MACHINE || payer == PAYS_EITHER;
    job->losses = more(s->losses_at_most, job->losses);
}

/* Its own are those that it failed by itself, having found what it read, where the driver still listened. */
void conf_pay_task(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                   struct conf_rank *k)
{
    struct conf_job *job = &conf_jobs(j)[s->job];
    bool own = r->a == TRACE_EXIT_FAILED && (k->bits & RANK_REPORTED) == 0 &&
               !conf_written_off(&conf_executors(j)[r->executor]);
    uint32_t *reports = &conf_booking_of(j, k)->reports;
    if ((*reports & TASK_ENDS) == TASK_ENDS)
        return;
    *reports += own ? TASK_ENDS + 2 : 1;
    job->failures = more(*reports & TASK_ENDS, job->failures);
}

void conf_check_tasks_left(struct conf_judge *j, const struct trace_record *r,
                           const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    int64_t attempts = j->plan->setting[PLAN_SET_ATTEMPTS];
    for (uint32_t i = 0; !s->is_barrier && i < (uint32_t)r->a; i++) {
        uint32_t own = conf_booking_of(j, conf_rank_of(j, s, r->rank + i))->reports >> 16;
        if (own < attempts)
            continue;
        conf_fail(j, RULE_RST_6, r,
                  "rank %u of %s is to run again after %u failures of its own, and %" PRId64 " end the job",
                  r->rank + i, conf_stage_label(j, s, label), own, attempts);
        return;
    }
}

/* ---- budgets */
void conf_check_budget_left(struct conf_judge *j, const struct trace_record *r,
                            const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    const int64_t *set = j->plan->setting;
    if (s->failures >= set[PLAN_SET_ATTEMPTS])
        conf_fail(j, RULE_RST_6, r,
                  "attempt %u of %s is planned after %u failures of its own, and %" PRId64
                  " end the job",
                  r->attempt, conf_stage_label(j, s, label), s->failures, set[PLAN_SET_ATTEMPTS]);
    else if (s->losses >= set[PLAN_SET_LOSSES])
        conf_fail(j, RULE_RST_6, r,
                  "attempt %u of %s is planned after %u were lost to machines, and %" PRId64
                  " end the job",
                  r->attempt, conf_stage_label(j, s, label), s->losses, set[PLAN_SET_LOSSES]);
}

static int64_t attempts_in_all(const struct conf_judge *j)
{
    const int64_t *set = j->plan->setting;
    return set[PLAN_SET_ATTEMPTS_MAX] > set[PLAN_SET_ATTEMPTS] ? set[PLAN_SET_ATTEMPTS_MAX]
                                                               : set[PLAN_SET_ATTEMPTS];
}

/* B-146. A stage that is no gang has begun at least as often as its outputs were lost after it was done, and once more. */
void conf_check_attempts_left(struct conf_judge *j, const struct trace_record *r,
                              const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    uint32_t before = s->is_barrier ? s->attempts : s->begun_again;
    if (before >= attempts_in_all(j))
        conf_fail(j, RULE_RST_6, r,
                  "attempt %u of %s is planned after %u attempts in all, and it may have %" PRId64,
                  r->attempt, conf_stage_label(j, s, label), before, attempts_in_all(j));
}

/* Of the gang of this job that went most often. */
static uint32_t most_attempts(const struct conf_judge *j, const struct conf_job *job)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++)
        most = more(conf_stages(j)[conf_first_stage(j, job) + i].attempts, most);
    return most;
}

static void check_attempts_used(struct conf_judge *j, const struct trace_record *r,
                                const struct conf_job *job)
{
    char label[CONF_LABEL_BYTES];
    if (!conf_observed(j, TRACE_BIT(TRACE_GO)))
        return; /* attempts are counted by their goes */
    if ((job->bits & JOB_HAS_TASKS) == 0 && most_attempts(j, job) < attempts_in_all(j))
        conf_fail(j, RULE_RST_3, r,
                  "%s ends for want of attempts in all after %u, and has %" PRId64,
                  conf_job_label(j, r->job, label), most_attempts(j, job), attempts_in_all(j));
}

/* Ends that are nobody's failure, or have a rule of their own. */
static bool needs_no_failure(int64_t reason)
{
    switch (reason) {
    case TRACE_REASON_OK:
    case TRACE_REASON_SLOTS:
    case TRACE_REASON_NEVER_FITS:
    case TRACE_REASON_LAUNCH_DEADLINE:
    case TRACE_REASON_CANCELLED:
    case TRACE_REASON_TOO_LARGE:
    case TRACE_REASON_DYNAMIC:
    case TRACE_REASON_NO_ROOM:
    case TRACE_REASON_EXCLUDED:
    case TRACE_REASON_GIVEN_UP:
        return true;
    default:
        return false;
    }
}

/* Of the stage, or MapReduce task, with most of them, at most. A stage that is done has paid (B-138). */
static uint32_t failures_of(const struct conf_judge *j, const struct conf_job *job)
{
    uint32_t failures = job->failures;
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++)
        failures = more(conf_stages(j)[conf_first_stage(j, job) + i].failures_at_most, failures);
    return failures;
}

void conf_check_budget_used(struct conf_judge *j, const struct trace_record *r)
{
    const struct conf_job *job = &conf_jobs(j)[r->job];
    char label[CONF_LABEL_BYTES];
    int64_t attempts = j->plan->setting[PLAN_SET_ATTEMPTS];
    int64_t losses = j->plan->setting[PLAN_SET_LOSSES];
    uint32_t failures = failures_of(j, job);
    bool lost = r->a == TRACE_REASON_LOSSES || r->a == TRACE_REASON_GO_LATE;
    if (needs_no_failure(r->a) || (job->bits & (JOB_SUBMITTED | JOB_DONE)) != JOB_SUBMITTED)
        return;
    if (r->a == TRACE_REASON_ATTEMPTS_IN_ALL) {
        check_attempts_used(j, r, job);
        return;
    }
    conf_job_label(j, r->job, label);
    if (lost && job->losses < losses && (job->bits & JOB_HAS_TASKS) == 0)
        conf_fail(j, RULE_RST_4, r,
                  "%s ends for lost machines after %u attempts were lost to them, and has %" PRId64,
                  label, job->losses, losses);
    else if (r->a == TRACE_REASON_ATTEMPTS && failures < attempts)
        conf_fail(j, RULE_RST_3, r,
                  "%s ends for want of attempts after %u failures of its own, and has %" PRId64,
                  label, failures, attempts);
    else if (!lost && r->a != TRACE_REASON_ATTEMPTS && failures < attempts)
        conf_fail(j, RULE_RST_5, r,
                  "%s ends with %s after %u failures, and has %" PRId64 " attempts", label,
                  trace_reason_text((unsigned)r->a) ? trace_reason_text((unsigned)r->a)
                                                    : "an unknown reason",
                  failures, attempts);
}

/* ---- checkpoints */
static bool is_ahead(const struct conf_judge *j, const struct conf_rank *k, const struct conf_stage *s, uint32_t attempt)
{
    return k->run == attempt && conf_booking_of(j, k)->reports > s->checkpoint;
}

static uint32_t find_behind_all(const struct conf_judge *j, const struct conf_stage *s)
{
    for (uint32_t rank = 0; rank < s->members; rank++)
        if (!is_ahead(j, conf_rank_of(j, s, rank), s, s->run))
            return rank;
    return CONF_NONE;
}

/* The first that a process reports says where it began. */
void conf_on_checkpoint(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    char label[CONF_LABEL_BYTES];
    if (!s->is_barrier || k->run != r->attempt || (k->bits & RANK_REPORTED))
        return;
    k->bits |= RANK_REPORTED;
    int64_t next = (int64_t)s->resume + 1;
    if (r->attempt == s->run && (r->a > next || (r->a < next && !s->redo)))
        conf_fail(j, RULE_RST_8, r,
                  "rank %u of %s reports checkpoint %" PRId64
                  " first in attempt %u, but the last that was accepted before is %u",
                  r->rank, conf_stage_label(j, s, label), r->a, r->attempt, s->resume);
}

void conf_on_checkpoint_delivered(struct conf_judge *j, const struct trace_record *r,
                                  struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    uint32_t *reports = &conf_booking_of(j, k)->reports;
    if (!s->is_barrier || k->run != r->attempt || r->a <= *reports || r->a >= CONF_NONE)
        return;
    bool was = is_ahead(j, k, s, r->attempt);
    *reports = (uint32_t)r->a;
    s->ahead += !was && is_ahead(j, k, s, r->attempt);
    bool counts = r->attempt == s->run && r->attempt >= s->fence_end && !s->redo && !j->driver_ups &&
                  conf_executors(j)[r->executor].joined;
    if (counts && s->ahead == s->members && find_behind_all(j, s) == CONF_NONE) {
        j->owed_checkpoint = 1 + s->number;
        j->owed_checkpoint_ns = r->at_ns;
    }
}

void conf_check_owed_checkpoint(struct conf_judge *j, const struct trace_record *r)
{
    const struct conf_stage *s = &conf_stages(j)[j->owed_checkpoint - 1];
    char label[CONF_LABEL_BYTES];
    if (!conf_is_too_late(j, r, j->owed_checkpoint_ns) && r->kind != TRACE_DRIVER_DOWN)
        return;
    j->owed_checkpoint = 0;
    if (r->kind == TRACE_DRIVER_DOWN)
        return;
    conf_fail(j, RULE_RST_10, r,
              "all %u ranks of %s have reported a checkpoint after %u in attempt %u, and none was accepted",
              s->members, conf_stage_label(j, s, label), s->checkpoint, s->run);
}

static uint32_t find_behind(const struct conf_judge *j, const struct trace_record *r,
                            const struct conf_stage *s)
{
    for (uint32_t rank = 0; rank < s->members; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if (k->run != r->attempt || conf_booking_of(j, k)->reports < r->b)
            return rank;
    }
    return CONF_NONE;
}

void conf_accept_checkpoint(struct conf_judge *j, const struct trace_record *r,
                            struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (!s->is_barrier || r->b < 0 || r->b >= CONF_NONE)
        return;
    if (r->b <= s->checkpoint && !s->redo) {
        conf_fail(j, conf_rule_after_return(j, RULE_RST_7, RULE_RCV_1), r,
                  "checkpoint %" PRId64 " of %s is accepted after checkpoint %u", r->b,
                  conf_stage_label(j, s, label), s->checkpoint);
        return;
    }
    /* It costs as much as the reports that made it so. */
    uint32_t behind = find_behind(j, r, s);
    if (behind != CONF_NONE)
        conf_fail(j, RULE_RST_7, r,
                  "checkpoint %" PRId64 " of %s is accepted in attempt %u, but rank %u has "
                  "reported no more than %u",
                  r->b, conf_stage_label(j, s, label), r->attempt, behind,
                  conf_rank_of(j, s, behind)->run == r->attempt
                      ? conf_booking_of(j, conf_rank_of(j, s, behind))->reports
                      : 0);
    s->checkpoint = (uint32_t)r->b;
    s->ahead = 0;
    for (uint32_t rank = 0; rank < s->tasks; rank++)
        s->ahead += is_ahead(j, conf_rank_of(j, s, rank), s, r->attempt);
    j->owed_checkpoint = 0;
}
