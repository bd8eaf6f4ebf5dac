/*
 * progress.c -- PRG and CON: every job comes to an end, and leaves nothing behind.
 *
 * This room is for: submissions, refusals, ends of jobs, quiescence, give-ups and the closing
 * record. It may include:   plan, trace/ and conf/ headers. Never here:       patience. A hang is
 * decided by what the world says can still come, never by how long it took.
 *
 * When the world is quiescent, the jobs that hold processes are the ones that hang; jobs that only
 * wait behind them are named if nobody holds anything. A job that the plan expects to fail may be
 * given up, and one in whose gang the plan hung a task may be saved by its timeout: nothing else
 * can save it.
 */
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- jobs come and go */
static void open_job(struct conf_judge *j, uint32_t job)
{
    struct conf_job *row = &conf_jobs(j)[job];
    row->previous = j->open_last;
    row->next = CONF_NONE;
    row->order = j->submitted++;
    *(j->open_last == CONF_NONE ? &j->open_first : &conf_jobs(j)[j->open_last].next) = job;
    j->open_last = job;
}

static void close_job(struct conf_judge *j, uint32_t job)
{
    struct conf_job *row = &conf_jobs(j)[job];
    *(row->previous == CONF_NONE ? &j->open_first : &conf_jobs(j)[row->previous].next) = row->next;
    *(row->next == CONF_NONE ? &j->open_last : &conf_jobs(j)[row->next].previous) = row->previous;
}

static bool is_open(const struct conf_job *job)
{
    return (job->bits & (JOB_SUBMITTED | JOB_DONE)) == JOB_SUBMITTED;
}

void conf_on_submit(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_job *job = &conf_jobs(j)[r->job];
    char label[CONF_LABEL_BYTES];
    if (job->bits & JOB_SUBMITTED) {
        conf_fail(j, RULE_HIS_8, r, "%s is submitted twice", conf_job_label(j, r->job, label));
        return;
    }
    job->bits |= JOB_SUBMITTED;
    job->submitted_ns = j->now_ns;
    if (job->bits & JOB_DONE)
        return;
    open_job(j, r->job);
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++)
        conf_queue_if_ready(j, &conf_stages(j)[conf_first_stage(j, job) + i]);
}

void conf_on_cancel(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_job *job = &conf_jobs(j)[r->job];
    job->bits |= JOB_CANCELLED;
    if (!is_open(job))
        return;
    job->bits |= JOB_CANCEL_OWED;
    j->cancel_number = j->number;
}

void conf_on_fault(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    j->fault_number = j->number;
    if (r->b == PLAN_ACT_HANG_TASK && s != NULL)
        s->acts |= STAGE_HUNG;
    if (r->b == PLAN_ACT_STRAGGLE_TASK && s != NULL)
        s->acts |= STAGE_STRAGGLES;
    if (r->b == PLAN_ACT_CRASH && r->executor < j->executor_count &&
        conf_executors(j)[r->executor].up)
        conf_executors(j)[r->executor].crash_due = 1;
}

/* ---- refusals */
uint32_t conf_fit(const struct conf_stage *s, uint32_t cores, uint32_t memory_mib, uint32_t gpus)
{
    uint64_t fit = UINT32_MAX, by_gpus = UINT32_MAX;
    if (s->cores > 0)
        fit = cores / s->cores;
    if (s->memory_mib > 0 && memory_mib / s->memory_mib < fit)
        fit = memory_mib / s->memory_mib;
    if (s->gpu_milli >= 1000)
        by_gpus = gpus / (s->gpu_milli / 1000);
    else if (s->gpu_milli > 0)
        by_gpus = (uint64_t)gpus * (1000 / s->gpu_milli);
    return (uint32_t)(by_gpus < fit ? by_gpus : fit);
}

static uint32_t fit_all_of(const struct conf_judge *j, const struct conf_stage *s, const struct conf_executor *e)
{
    uint32_t taken = e->cores_told > e->cores_taken ? e->cores_told : e->cores_taken;
    uint32_t cores = e->cores > taken ? e->cores - taken : 0;
    return conf_fit(s, cores, e->memory_mib, (uint32_t)__builtin_popcountll(conf_gpus_of(j, e)->there));
}

/* Whether this history says which executors the driver knows. */
static bool knows_registry(const struct conf_judge *j)
{
    return (j->seen & TRACE_BIT(TRACE_JOIN)) != 0;
}

/* Slots on the executors that are up and, if that can be told, known to the driver, as it knows them. Counted again when they
 * change. */
uint64_t conf_slots_there(const struct conf_judge *j, const struct conf_stage *s)
{
    struct conf_slots *row = &conf_slots(j)[conf_profile(j, s)];
    if (row->version == j->cluster_version && j->excluded == 0) /* exclusions end by themselves */
        return row->slots;
    row->version = j->cluster_version;
    row->slots = 0;
    for (uint32_t i = 0; i < j->executor_count; i++) {
        const struct conf_executor *e = &conf_executors(j)[i];
        if (e->up && (e->joined || !knows_registry(j)) && !e->draining && !conf_is_excluded(j, e))
            row->slots += fit_all_of(j, s, e);
    }
    return row->slots;
}

/* Whether any executor of the plan, there or not, can hold one task. */
static bool fits_somewhere(const struct conf_judge *j, const struct conf_stage *s)
{
    struct conf_slots *row = &conf_slots(j)[conf_profile(j, s)];
    for (uint32_t i = 0; i < j->executor_count && row->fits == CONF_FITS_UNKNOWN; i++) {
        const struct plan_executor *e =
            &j->plan->executors[i]; /* a fault that shrinks it may heal */
        if (conf_fit(s, e->cores, e->memory_mib, e->gpus) > 0)
            row->fits = CONF_FITS;
    }
    if (row->fits == CONF_FITS_UNKNOWN)
        row->fits = CONF_FITS_NOT;
    return row->fits == CONF_FITS;
}

static void check_refusal(struct conf_judge *j, const struct trace_record *r,
                          const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    conf_stage_label(j, s, label);
    if (r->a == TRACE_REASON_NEVER_FITS && fits_somewhere(j, s))
        conf_fail(j, RULE_PRG_4, r,
                  "%s is refused as too large for any executor, but 1 of its %u tasks does fit",
                  label, s->tasks);
    if (r->a != TRACE_REASON_SLOTS || conf_slots_there(j, s) < conf_least(s))
        return;
    if (knows_registry(j))
        conf_fail(j, RULE_PRG_4, r,
                  "%s is refused for want of slots, but needs %u, and the executors that are there "
                  "have %" PRIu64,
                  label, s->tasks, conf_slots_there(j, s));
    else
        conf_doubt(j, RULE_PRG_4, r,
                   "%s is refused for want of slots and needs %u; %" PRIu64
                   " are there, but no record says that any executor had joined",
                   label, s->tasks, conf_slots_there(j, s));
}

void conf_on_refuse(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    conf_jobs(j)[r->job].refused_as = (uint32_t)r->a;
    if (s != NULL)
        check_refusal(j, r, s);
    if (r->a == TRACE_REASON_LAUNCH_DEADLINE && s != NULL)
        conf_check_launch_deadline(j, r, s);
    conf_job_ends(j, r->job);
    if (r->a == TRACE_REASON_LAUNCH_DEADLINE)
        conf_doubt_give_up(j, r, "launch-deadline");
}

/* ---- the end of a job */
static void check_nothing_held(struct conf_judge *j, const struct trace_record *r,
                               struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    uint32_t rank = s->running + s->older > 0 ? conf_find_living(j, s, CONF_NONE) : CONF_NONE;
    if (rank != CONF_NONE)
        conf_fail(j, RULE_CON_3, r, "%s: its job ends while rank %u still runs on executor %u",
                  conf_stage_label(j, s, label), rank, conf_rank_of(j, s, rank)->run_executor);
    rank = s->held > 0 ? conf_find_held(j, s) : CONF_NONE;
    if (rank != CONF_NONE)
        conf_fail(j, RULE_CON_3, r, "%s: its job ends while executor %u holds a slot for rank %u",
                  conf_stage_label(j, s, label), conf_booking_of(j, conf_rank_of(j, s, rank))->executor, rank);
}

static bool is_refusal(int64_t reason)
{
    return reason == TRACE_REASON_SLOTS || reason == TRACE_REASON_NEVER_FITS ||
           reason == TRACE_REASON_LAUNCH_DEADLINE;
}

static void check_manner(struct conf_judge *j, const struct trace_record *r,
                         const struct conf_job *job, uint32_t done)
{
    char label[CONF_LABEL_BYTES];
    if (job->bits & JOB_DONE)
        conf_fail(j, conf_rule_after_return(j, RULE_PRG_6, RULE_RCV_3), r, "%s ends twice",
                  conf_job_label(j, r->job, label));
    else if ((job->bits & JOB_SUBMITTED) == 0)
        conf_fail(j, RULE_PRG_6, r, "%s ends, but was never submitted",
                  conf_job_label(j, r->job, label));
    else if (r->a == TRACE_REASON_OK && done < conf_stage_count(j, job))
        conf_fail(j, RULE_PRG_6, r, "%s ends well with %u of %u stages done",
                  conf_job_label(j, r->job, label), done, conf_stage_count(j, job));
    else if (r->a == TRACE_REASON_CANCELLED && (job->bits & JOB_CANCELLED) == 0)
        conf_fail(j, RULE_PRG_6, r, "%s ends as cancelled, but nobody cancelled it",
                  conf_job_label(j, r->job, label));
    else if (is_refusal(r->a) && job->refused_as != (uint32_t)r->a)
        conf_fail(j, RULE_PRG_6, r, "%s ends as refused (%s), but was not refused so",
                  conf_job_label(j, r->job, label), trace_reason_text((unsigned)r->a));
    else if (r->a == TRACE_REASON_OK && (job->bits & JOB_SERVICE))
        conf_fail(j, RULE_PRG_10, r, "%s ends well, but is a service, which has no end",
                  conf_job_label(j, r->job, label));
    else if (r->a == TRACE_REASON_OK && (job->bits & JOB_CANCEL_OWED) && j->left == 0)
        conf_fail(j, RULE_PRG_9, r, "%s ends well, but was cancelled",
                  conf_job_label(j, r->job, label));
}

void conf_on_job_done(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_job *job = &conf_jobs(j)[r->job];
    uint32_t done = 0;
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, job) + i];
        done += s->done;
        conf_close_attempt(j, r, s);
        check_nothing_held(j, r, s);
        for (enum conf_queue q = QUEUE_ROUND; q < QUEUE_COUNT; q++)
            conf_queue_leave(j, s, q);
    }
    check_manner(j, r, job, done);
    conf_check_budget_used(j, r);
    if (is_open(job))
        close_job(j, r->job);
    job->bits |= JOB_DONE;
    job->reason = (uint32_t)r->a;
    job->done_ns = j->now_ns;
}

/* ---- standing still */
/* `acts`: those of enum conf_stage_act that may have brought it about. */
static bool may_be_given_up(const struct conf_judge *j, const struct conf_job *job, uint32_t acts)
{
    if (job->bits & JOB_MUST_FAIL)
        return true;
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        const struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, job) + i];
        if ((s->acts & acts) != 0 && s->running > 0)
            return true;
    }
    return false;
}

/* Whether the scenario itself says how long a task that it hangs may cost: by a timeout of its own, or by a bound on the job. A
 * year that nobody asked for is a hang. */
static bool is_bound_stated(const struct conf_judge *j, const struct conf_job *job)
{
    return (job->bits & (JOB_HAS_LIMIT | JOB_HAS_BOUND)) != 0 ||
           j->plan->setting[PLAN_SET_SYNC_TIMEOUT] != plan_setting_default(PLAN_SET_SYNC_TIMEOUT);
}

/* A job that waits for more than there is: its launch deadline ends it, with a reason (G-01) */
static bool is_too_large(const struct conf_judge *j, const struct conf_job *job)
{
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        const struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, job) + i];
        if (!s->done && conf_slots_there(j, s) < conf_least(s))
            return true;
    }
    return false;
}

static void check_partial_gangs(struct conf_judge *j, const struct trace_record *r,
                                const struct conf_job *job)
{
    char label[CONF_LABEL_BYTES];
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, job) + i];
        if (s->is_barrier && s->running > 0 && s->started < s->members && s->run >= s->fence_end)
            conf_fail(j, RULE_AON_4, r,
                      "%s is left with %u of %u ranks started in attempt %u, and %u running",
                      conf_stage_label(j, s, label), s->started, s->members, s->run, s->running);
    }
}

static void fail_hung(struct conf_judge *j, const struct trace_record *r, uint32_t job,
                      const char *hope)
{
    char why[CONF_WHY_BYTES], since[32];
    plan_format_duration(j->still_ns, since);
    conf_jobs(j)[job].bits |= JOB_HUNG;
    conf_fail(j, RULE_PRG_1, r, "hung from %s; %s: %s", since, hope, conf_cycle(j, job, why));
}

/* Where a call is given up next, and no scenario said when, that is a client's year (B-86), which excuses nobody.
 *
 * Names every open job that hangs. `hope`: what would have become of it; `excuses`: whether a job
 * may be given up. */
static void name_hung_jobs(struct conf_judge *j, const struct trace_record *r, const char *hope,
                           bool excuses)
{
    const struct conf_job *jobs = conf_jobs(j);
    bool holders = false;
    for (uint32_t job = j->open_first; job != CONF_NONE; job = jobs[job].next)
        holders |= jobs[job].running > 0 && (jobs[job].bits & JOB_SERVICE) == 0;
    for (uint32_t job = j->open_first; job != CONF_NONE; job = jobs[job].next) {
        if (jobs[job].bits & JOB_SERVICE)
            continue; /* nobody waits for its end */
        check_partial_gangs(j, r, &jobs[job]);
        bool year = r->kind == TRACE_QUIESCENT && r->b == TRACE_TIMER_CALL && (jobs[job].bits & JOB_HAS_LIMIT) == 0;
        bool waits = jobs[job].running == 0 && (holders || is_too_large(j, &jobs[job]));
        uint32_t acts = is_bound_stated(j, &jobs[job]) ? STAGE_HUNG : 0;
        bool excused = excuses && !year && (waits || may_be_given_up(j, &jobs[job], acts));
        if (!excused && (jobs[job].bits & JOB_HUNG) == 0)
            fail_hung(j, r, job, hope);
    }
}

void conf_on_quiescent(struct conf_judge *j, const struct trace_record *r)
{
    char hope[64] = "nothing would have ended it", after[32];
    if (r->a > j->still_ns) {
        plan_format_duration(r->a - j->still_ns, after);
        snprintf(hope, sizeof hope, "would have been given up after %s", after);
    }
    name_hung_jobs(j, r, hope, true);
}

/* The driver was away while the round waited, or while a machine's silence should have been noticed. */
static bool was_driver_away(const struct conf_judge *j)
{
    const int64_t *is = j->plan->setting;
    return j->driver_ups && j->now_ns - j->driver_up_ns <=
                                is[PLAN_SET_HEARTBEAT_TIMEOUT] + is[PLAN_SET_SYNC_TIMEOUT];
}

/* A member of the present attempt is where nobody can hear of it: its machine is down and not written off yet, or its link is
 * cut. Whether the round's timeout is over before the machine's is up to the scenario. */
static bool is_out_of_touch(const struct conf_judge *j, const struct conf_stage *s)
{
    for (uint32_t rank = 0; rank < s->members; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        bool started = (k->bits & RANK_STARTED) && k->run == s->run;
        uint32_t executor = started ? k->run_executor : conf_booking_of(j, k)->executor; /* it may have gone before the go came */
        if (executor >= j->executor_count)
            continue;
        const struct conf_executor *e = &conf_executors(j)[executor];
        if (!e->up || e->ways_cut != 0 || (started && e->downs != conf_booking_of(j, k)->downs))
            return true;
    }
    return false;
}

/* Somebody was given up, and nobody expected it. Where the world stood still before, that was said
 * then; where no record of this history says anything of standing still, nobody can tell. */
void conf_doubt_give_up(struct conf_judge *j, const struct trace_record *r, const char *what)
{
    char label[CONF_LABEL_BYTES];
    const struct conf_job *job = &conf_jobs(j)[r->job];
    uint32_t acts = is_bound_stated(j, job) ? STAGE_HUNG | STAGE_STRAGGLES : 0;
    const struct conf_stage *s =
        r->stage < conf_stage_count(j, job) ? &conf_stages(j)[conf_first_stage(j, job) + r->stage] : NULL;
    if (acts != 0 && s != NULL && (is_out_of_touch(j, s) || was_driver_away(j)))
        return;
    if (j->still_number == 0 && !may_be_given_up(j, job, acts))
        conf_doubt(j, RULE_PRG_7, r,
                   "%s is given up (%s), and no record says whether the world stood still before",
                   conf_job_label(j, r->job, label), what);
}

/* ---- the closing record */
/* What was replaced in our books while it lived, and never ended. */
static void check_no_ghosts(struct conf_judge *j, const struct trace_record *r)
{
    char label[CONF_LABEL_BYTES];
    for (uint32_t i = 0; j->ghosts > 0 && i < j->stage_count; i++) {
        const struct conf_stage *s = &conf_stages(j)[i];
        if (s->ghosts > 0)
            conf_fail(j, RULE_GEN_10, r,
                      "the run is finished, and %u processes of %s that were written off and "
                      "replaced still run",
                      s->ghosts, conf_stage_label(j, s, label));
    }
}

static void check_all_gone(struct conf_judge *j, const struct trace_record *r)
{
    char label[CONF_LABEL_BYTES];
    for (uint32_t i = 0; (j->running > 0 || j->held > 0) && i < j->stage_count; i++) {
        const struct conf_stage *s = &conf_stages(j)[i];
        uint32_t rank = 0;
        if (s->running + s->older > 0) {
            while ((conf_rank_of(j, s, rank)->bits & RANK_RUNNING) == 0)
                rank++;
            conf_fail(j, RULE_CON_1, r,
                      "the run is finished, but %u processes of %s run, the first of rank %u on "
                      "executor %u",
                      s->running + s->older, conf_stage_label(j, s, label), rank,
                      conf_rank_of(j, s, rank)->run_executor);
        }
        rank = s->held > 0 ? conf_find_held(j, s) : CONF_NONE;
        if (rank != CONF_NONE)
            conf_fail(j, RULE_CON_2, r,
                      "the run is finished, but executor %u holds a slot for rank %u of %s, "
                      "reserved in attempt %u",
                      conf_booking_of(j, conf_rank_of(j, s, rank))->executor, rank, conf_stage_label(j, s, label),
                      conf_booking_of(j, conf_rank_of(j, s, rank))->launch);
    }
}

static void check_all_ended(struct conf_judge *j, const struct trace_record *r,
                            enum conf_rule_id rule, const char *what)
{
    char label[CONF_LABEL_BYTES];
    for (uint32_t job = j->open_first; job != CONF_NONE; job = conf_jobs(j)[job].next) {
        conf_job_label(j, job, label);
        if (rule != RULE_PRG_5 && (conf_jobs(j)[job].bits & JOB_SERVICE))
            continue;
        if (rule == RULE_PRG_5)
            conf_fail(j, conf_rule_after_return(j, rule, RULE_RCV_5), r,
                      "%s, but %s was submitted and has not ended", what, label);
        else
            conf_doubt(j, rule, r, "%s, and %s has not ended", what, label);
    }
}

static void check_all_submitted(struct conf_judge *j, const struct trace_record *r)
{
    char label[CONF_LABEL_BYTES];
    for (uint32_t job = 0; job < j->job_count; job++)
        if (j->plan->jobs[job].submit_ns != PLAN_NEVER &&
            (conf_jobs(j)[job].bits & JOB_SUBMITTED) == 0)
            conf_doubt(j, RULE_PRG_8, r,
                       "the plan submits %s at %" PRId64 " ns, but no record says so",
                       conf_job_label(j, job, label), j->plan->jobs[job].submit_ns);
}

void conf_on_end(struct conf_judge *j, const struct trace_record *r)
{
    j->ended = 1;
    j->end_reason = (uint32_t)r->a;
    switch ((enum trace_end)r->a) {
    case TRACE_END_FINISHED:
        check_all_ended(j, r, RULE_PRG_5, "the run says it finished");
        check_all_gone(j, r);
        check_no_ghosts(j, r);
        check_all_submitted(j, r);
        break;
    case TRACE_END_HUNG:
        name_hung_jobs(j, r, "nothing would have ended it", false);
        check_all_submitted(j, r);
        break;
    case TRACE_END_LIVELOCK:
        conf_fail(j, RULE_PRG_2, r,
                  "the world came back to a state it was in, with no progress between");
        break;
    case TRACE_END_VIRTUAL:
        check_all_ended(j, r, RULE_PRG_3, "the run stopped at its limit on virtual time");
        break;
    case TRACE_END_EVENTS:
        check_all_ended(j, r, RULE_PRG_3, "the run stopped at its limit on events");
        break;
    case TRACE_END_INTERRUPTED:
        check_all_ended(j, r, RULE_PRG_3, "the run was interrupted");
        break;
    default:
        conf_fail(j, RULE_HIS_1, r, "the closing record has reason %" PRId64 ", must be 0..%d",
                  r->a, TRACE_END_LIVELOCK);
    }
}

void conf_finish_progress(struct conf_judge *j)
{
    for (uint32_t i = 0; i < j->executor_count; i++)
        if (conf_executors(j)[i].crash_due && j->ended)
            conf_doubt(j, RULE_HIS_7, NULL,
                       "a fault crashed executor %u, but no record says that it went down", i);
    if (j->ended)
        return;
    if (j->options.partial)
        conf_doubt(j, RULE_HIS_4, NULL,
                   "the history ends at record %" PRIu64 " without a closing record", j->number);
    else
        conf_fail(j, RULE_HIS_4, NULL,
                  "the history ends at record %" PRIu64 " without a closing record", j->number);
}
