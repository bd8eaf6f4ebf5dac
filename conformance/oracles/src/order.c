/*
 * order.c -- who may begin before whom, and who must not go while somebody waits.
 *
 * This room is for: stages and those that they wait for (GEN-11), gangs that are overtaken (PRG-11), executors that are
 *                   given back (PRG-12).
 * It may include:   plan, trace/ and conf/ headers.
 * Never here:       the driver's queue. That a gang stands in front of another is told by their jobs, and that it could go
 *                   by the other's going: it needs the same, and no more of it.
 */
#include "judge.h"

#include <inttypes.h>

/* ---- stages and their parents */
void conf_check_parents(struct conf_judge *j, const struct trace_record *r,
                        const struct conf_stage *s)
{
    const struct plan_stage *plan = &j->plan->stages[s->number];
    const struct conf_job *job = &conf_jobs(j)[s->job];
    char label[CONF_LABEL_BYTES], parent[CONF_LABEL_BYTES];
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        const struct conf_stage *p = &conf_stages(j)[conf_first_stage(j, job) + i];
        bool reads = (plan->shuffles >> i & 1) != 0, waits = reads || (plan->parents >> i & 1) != 0;
        if (!waits || p->done || (!reads && p->begun_again > 0))
            continue; /* what comes after a stage need not wait until lost outputs of it are made again */
        conf_fail(j, RULE_GEN_11, r, "%s is planned, but %s is not done%s",
                  conf_stage_label(j, s, label), conf_stage_label(j, p, parent),
                  p->begun_again > 0 ? " again, and outputs of it were lost" : "");
        return;
    }
}

/* ---- overtaking */
/* All gangs of the job fit wherever so many tasks of this profile do, so it was admitted when it came. */
static bool is_no_larger(const struct conf_judge *j, const struct conf_job *job, uint32_t profile,
                         uint32_t tasks)
{
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        const struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, job) + i];
        if (s->is_barrier && (conf_profile(j, s) != profile || s->tasks > tasks))
            return false;
    }
    return true;
}

/* Of those that wait: a gang that is ready since its job came, was never planned, and may be anywhere. */
static bool waits_from_the_start(const struct conf_judge *j, const struct conf_stage *s)
{
    const struct plan_stage *plan = &j->plan->stages[s->number];
    return s->is_barrier && s->plan_end == 0 && plan->parents == 0 && plan->prefers == 0;
}

/* What the cluster has was known to the driver when the job came, and is the same since. */
static bool came_to_this_cluster(const struct conf_judge *j, const struct conf_job *job)
{
    int64_t slack_ns = j->plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT];
    return j->cluster_ns == INT64_MIN || job->submitted_ns > j->cluster_ns + slack_ns ||
           (j->cluster_ns == 0 && j->fault_number == 0);
}

static bool is_open(const struct conf_job *job)
{
    return (job->bits & (JOB_SUBMITTED | JOB_DONE)) == JOB_SUBMITTED;
}

/* Its turn comes before that of `mine`: it is of more importance, or of the same and came before. Whose job is over comes last. */
static bool stands_before(const struct conf_judge *j, uint32_t job, uint32_t mine)
{
    int32_t its = j->plan->jobs[job].priority, priority = j->plan->jobs[mine].priority;
    bool came_before = !is_open(&conf_jobs(j)[mine]) || conf_jobs(j)[job].order < conf_jobs(j)[mine].order;
    return job != mine && (its > priority || (its == priority && came_before));
}

static bool could_be_admitted(const struct conf_judge *j, const struct conf_job *job)
{
    return is_open(job) && (job->bits & JOB_CANCELLED) == 0 && job->refused_as == 0 &&
           came_to_this_cluster(j, job);
}

/* Who is overtaken by `members` tasks of s; of several, whose job came first. Only those that wait are looked at: nearly all
 * jobs that are open run, and of a large cluster there are thousands. */
static const struct conf_stage *overtaken_by(const struct conf_judge *j, const struct conf_stage *s,
                                             uint32_t members)
{
    const struct conf_stage *first = NULL;
    uint32_t next;
    for (uint32_t i = j->queue_first[QUEUE_WAIT]; i != CONF_NONE; i = next) {
        const struct conf_stage *waits = &conf_stages(j)[i];
        const struct conf_job *job = &conf_jobs(j)[waits->job];
        next = waits->turn[QUEUE_WAIT].next;
        if (!waits_from_the_start(j, waits) || !stands_before(j, waits->job, s->job) ||
            !could_be_admitted(j, job) || !is_no_larger(j, job, conf_profile(j, s), members))
            continue;
        bool earlier = first == NULL || job->order < conf_jobs(j)[first->job].order ||
                       (waits->job == first->job && waits->number < first->number);
        first = earlier ? waits : first;
    }
    return first;
}

void conf_check_overtaken(struct conf_judge *j, const struct trace_record *r,
                          const struct conf_stage *s)
{
    uint32_t members = r->a < 0 || r->a > s->tasks ? 0 : (uint32_t)r->a;
    char label[CONF_LABEL_BYTES], other[CONF_LABEL_BYTES];
    if (j->driver_ups || j->excluded > 0 || j->plan->setting[PLAN_SET_DYNAMIC] != 0 ||
        j->plan->scheduler != PLAN_NONE) /* whose turn it is is the scenario's own scheduler's business */
        return;
    const struct conf_stage *waits = overtaken_by(j, s, members);
    if (waits != NULL)
        conf_fail(j, RULE_PRG_11, r,
                  "%s is planned with %u tasks, and overtakes %s, which stands before it and "
                  "needs %u of the same",
                  conf_stage_label(j, s, label), members, conf_stage_label(j, waits, other),
                  waits->tasks);
}

/* ---- giving back */
static bool still_read(const struct conf_judge *j, const struct conf_job *job, uint32_t index)
{
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++)
        if (!conf_stages(j)[conf_first_stage(j, job) + i].done &&
            (j->plan->stages[conf_first_stage(j, job) + i].shuffles >> index & 1))
            return true;
    return false;
}

static bool has_output(const struct conf_judge *j, const struct conf_stage *s, uint32_t executor)
{
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if ((k->bits & RANK_ACCEPTED) && k->run_executor == executor &&
            conf_booking_of(j, k)->downs == conf_executors(j)[executor].downs)
            return true;
    }
    return false;
}

/* What is told here is what it would mean if its job went on: one that is ending needs nothing. */
static void note_needed_by(struct conf_judge *j, const struct trace_record *r,
                           const struct conf_job *job, uint32_t index)
{
    struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, job) + index];
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    uint32_t gpus = (uint32_t)__builtin_popcountll(conf_gpus_of(j, e)->there);
    bool waits = s->is_barrier && (s->queues >> QUEUE_WAIT & 1) && !e->taken;
    if ((waits && conf_fit(s, e->cores, e->memory_mib, gpus) > 0) ||
        (still_read(j, job, index) && has_output(j, s, r->executor)))
        s->robbed = r->executor + 1;
}

void conf_check_robbed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    uint32_t executor = s->robbed - 1;
    if (s->robbed == 0)
        return;
    s->robbed = 0;
    if (r->kind == TRACE_PLAN)
        conf_fail(j, RULE_PRG_12, r,
                  "%s is planned, and while it waited executor %u was given back, which has room for it",
                  conf_stage_label(j, s, label), executor);
    else
        conf_fail(j, RULE_PRG_12, r,
                  "outputs of %s are made again: executor %u was given back with them, and they were "
                  "still to be read",
                  conf_stage_label(j, s, label), executor);
}

void conf_check_given_back(struct conf_judge *j, const struct trace_record *r)
{
    if (r->b != TRACE_REASON_IDLE || j->driver_ups) /* what came while it was away it may not know yet */
        return;
    for (uint32_t i = j->open_first; i != CONF_NONE; i = conf_jobs(j)[i].next) {
        const struct conf_job *job = &conf_jobs(j)[i];
        for (uint32_t stage = 0; stage < conf_stage_count(j, job); stage++)
            note_needed_by(j, r, job, stage);
    }
}
