/*
 * jobs.c -- jobs and their stages, from being handed in to their end.
 *
 * This room is for: the stage machine, jobs by their ids, what a job must be to be taken, how a job ends.
 * It may include:   driver_private.h, <assert.h>, <string.h>.
 * Never here:       when a stage may be queued (admit.c), what becomes of a gang that failed (attempts.c), what the end of a
 *                   task means (ended.c).
 *
 * Invariants: a stage's state is assigned in one place; the first cause of a job's end is kept; a job is forgotten when its end was
 * said and nothing of it runs any more.
 */
#include "driver_private.h"

#include <assert.h>
#include <string.h>

/* ---- the stage machine */
#define BIT(state) (1u << (state))
#define ENDS       (BIT(STAGE_DRAINING) | BIT(STAGE_DONE) | BIT(STAGE_DEAD))
static const struct stage_rule {
    const char *name;
    unsigned next;
} rule[STAGE_STATES] = {
    /* Whatever waits may end at once, or with what an ended attempt left behind; may be complete by late successes (B-145);
     * and may find that its parents must make their outputs again. */
    [STAGE_NEW] = {"new", BIT(STAGE_ADMITTING) | BIT(STAGE_QUEUED) | BIT(STAGE_RUNNING) | ENDS},
    [STAGE_ADMITTING] = {"admitting",
                         BIT(STAGE_NEW) | BIT(STAGE_QUEUED) | BIT(STAGE_RUNNING) | ENDS},
    [STAGE_QUEUED] = {"queued",
                      BIT(STAGE_NEW) | BIT(STAGE_ADMITTING) | BIT(STAGE_LAUNCHING) | ENDS},
    [STAGE_LAUNCHING] = {"launching", BIT(STAGE_QUEUED) | BIT(STAGE_RUNNING) | BIT(STAGE_DRAINING) |
                                          BIT(STAGE_DEAD)},
    [STAGE_RUNNING] = {"running", BIT(STAGE_DRAINING) | BIT(STAGE_DONE)},
    [STAGE_DRAINING] = {"draining", BIT(STAGE_BACKOFF) | BIT(STAGE_DONE) | BIT(STAGE_DEAD)},
    [STAGE_BACKOFF] = {"backoff",
                       BIT(STAGE_NEW) | BIT(STAGE_ADMITTING) | BIT(STAGE_QUEUED) | ENDS},
    [STAGE_DONE] = {"done", BIT(STAGE_NEW)}, /* its outputs were lost, and are needed */
    [STAGE_DEAD] = {"dead", 0},
};

/* The only place that assigns a stage's state. A phase's timer never outlives the phase. */
void gang_stage_move(struct gang_driver *d, uint32_t s, enum stage_state next)
{
    struct stage *stage = stage_at(d, s);
    assert(rule[stage->state].next & BIT(next));
    gang_timers_cancel(&d->timers, timers_of(d), phase_timer(s));
    stage->phase_timer = GANG_TIMER_NONE;
    stage->state = (uint8_t)next;
    stage->wait_reason = GANG_REASON_OK;
    if (next == STAGE_QUEUED)
        stage->tasks = stage->most; /* of how many the next attempt is, its launch will say */
}

void gang_stage_arm(struct gang_driver *d, uint32_t s, enum gang_timer kind, gang_ns after)
{
    stage_at(d, s)->phase_timer = (uint8_t)kind;
    arm(d, phase_timer(s), later(d->now, after));
}

void gang_stage_patience(struct gang_driver *d, uint32_t s)
{
    if (!axis(d, GANG_AXIS_LAUNCH_DEADLINE)) /* B-124: Spark waits for ever */
        arm(d, launch_timer(s), later(d->now, d->config.launch_deadline_ns));
}

static bool is_final(const struct stage *stage)
{
    return stage->state == STAGE_DONE || stage->state == STAGE_DEAD;
}

/* ---- finding jobs by id */
/* Open addressing, linear probing; a deletion closes its gap. The table's order decides nothing. */
static uint32_t hash_home(const struct gang_driver *d, uint32_t id)
{
    return (id * UINT32_C(2654435769)) & d->job_hash_mask;
}

static uint32_t hash_find(const struct gang_driver *d, uint32_t id)
{
    const uint32_t *table = job_hash_of(d);
    uint32_t at = hash_home(d, id);
    while (table[at] != GANG_NONE && jobs_of(d)[table[at]].id != id)
        at = (at + 1) & d->job_hash_mask;
    return at;
}

uint32_t gang_jobs_find(const struct gang_driver *d, uint32_t id)
{
    return job_hash_of(d)[hash_find(d, id)];
}

static void hash_remove(struct gang_driver *d, uint32_t id)
{
    uint32_t *table = job_hash_of(d), hole = hash_find(d, id), at = hole;
    assert(table[hole] != GANG_NONE);
    for (;;) {
        at = (at + 1) & d->job_hash_mask;
        if (table[at] == GANG_NONE)
            break;
        uint32_t home = hash_home(d, jobs_of(d)[table[at]].id);
        if (((at - home) & d->job_hash_mask) < ((at - hole) & d->job_hash_mask))
            continue; /* it would move in front of its home */
        table[hole] = table[at];
        hole = at;
    }
    table[hole] = GANG_NONE;
}

/* ---- handing a job in */
/* Whether some stage of the job fetches what this one makes. */
static bool is_shuffled(const struct gang_job_spec *spec, uint32_t i)
{
    for (uint32_t k = i + 1; k < spec->stage_count; k++)
        if (spec->stages[k].shuffles >> i & 1)
            return true;
    return false;
}

static enum gang_status check_stage(const struct gang_job_spec *spec, uint32_t i,
                                    const struct gang_limits *limits, struct gang_err *err)
{
    const struct gang_stage_spec *s = &spec->stages[i];
    uint32_t executors = limits->executors;
    if (s->kind > GANG_STAGE_BARRIER)
        return gang_fail(err, GANG_E_RANGE, "job %u stage %u: kind %u, must be 0..1", spec->id, i,
                         s->kind);
    if (s->tasks < 1 || s->tasks > GANG_STAGE_TASKS_MAX)
        return gang_fail(err, GANG_E_RANGE, "job %u stage %u: %u tasks, must be 1..%d", spec->id, i,
                         s->tasks, GANG_STAGE_TASKS_MAX);
    if (s->together > s->tasks || (s->together > 0 && s->kind == GANG_STAGE_BARRIER))
        return gang_fail(err, GANG_E_RANGE,
                         "job %u stage %u: %u start together, must be 0..%u, and 0 of a gang", spec->id, i,
                         s->together, s->tasks);
    uint32_t least = s->kind == GANG_STAGE_BARRIER && !is_shuffled(spec, i) ? 1 : s->tasks;
    if (s->min < least || s->min > s->tasks || s->max != s->tasks)
        return gang_fail(err, GANG_E_RANGE,
                         "job %u stage %u: min %u, must be %u..%u; max %u, must be %u", spec->id, i,
                         s->min, least, s->tasks, s->max, s->tasks);
    if (s->need.cores + s->need.memory_mib + s->need.gpu_milli == 0)
        return gang_fail(err, GANG_E_RANGE, "job %u stage %u: a task must need something", spec->id,
                         i);
    if (s->need.gpu_milli > 1000 * GANG_GPUS_MAX)
        return gang_fail(err, GANG_E_RANGE, "job %u stage %u: %u/1000 GPUs, must be at most %d",
                         spec->id, i, s->need.gpu_milli, GANG_GPUS_MAX);
    if (gang_is_share(&s->need) && !limits->gpu_shares)
        return gang_fail(err, GANG_E_RANGE,
                         "job %u stage %u: %u/1000 GPUs, must be at least 1000: limit gpu_shares is 0",
                         spec->id, i, s->need.gpu_milli);
    for (uint32_t r = 0; s->prefers != NULL && r < s->tasks; r++)
        if (s->prefers[r] != GANG_NONE && s->prefers[r] >= executors)
            return gang_fail(err, GANG_E_RANGE,
                             "job %u stage %u: rank %u prefers executor %u, must be below %u",
                             spec->id, i, r, s->prefers[r], executors);
    if ((s->parents >> i) != 0)
        return gang_fail(err, GANG_E_RANGE, "job %u stage %u: a parent does not come before it",
                         spec->id, i);
    if ((s->shuffles & ~s->parents) != 0)
        return gang_fail(err, GANG_E_RANGE, "job %u stage %u: it fetches from what is no parent",
                         spec->id, i);
    return GANG_OK;
}

static uint32_t count_wishes(const struct gang_stage_spec *spec)
{
    uint32_t wishes = 0;
    for (uint32_t r = 0; spec->prefers != NULL && r < spec->tasks; r++)
        wishes += spec->prefers[r] != GANG_NONE;
    return wishes;
}

enum gang_status gang_jobs_check(const struct gang_driver *d, const struct gang_job_spec *spec,
                                 struct gang_err *err)
{
    struct gang_need needs[GANG_STAGES_MAX];
    uint64_t tasks = 0, wishes = 0, outputs = 0;
    assert(spec != NULL);
    if (spec->stage_count < 1 || spec->stage_count > GANG_STAGES_MAX)
        return gang_fail(err, GANG_E_RANGE, "job %u has %u stages, must be 1..%d", spec->id,
                         spec->stage_count, GANG_STAGES_MAX);
    if (gang_jobs_find(d, spec->id) != GANG_NONE)
        return gang_fail(err, GANG_E_DUPLICATE, "job %u is alive already", spec->id);
    if (spec->kind > GANG_JOB_MAP)
        return gang_fail(err, GANG_E_RANGE, "job %u: kind %u, must be 0..%d", spec->id, spec->kind,
                         GANG_JOB_MAP);
    for (uint32_t i = 0; i < spec->stage_count; i++) {
        enum gang_status status = check_stage(spec, i, &d->limits, err);
        if (status != GANG_OK)
            return status;
        if (spec->stages[i].together > 0 && !gang_is_hosted(d))
            return gang_fail(err, GANG_E_RANGE,
                             "job %u stage %u: %u start together, must be 0 with the built-in placer",
                             spec->id, i, spec->stages[i].together);
        if (spec->stages[i].min < spec->stages[i].tasks && !gang_is_hosted(d))
            return gang_fail(err, GANG_E_RANGE,
                             "job %u stage %u: min %u, must be %u with the built-in placer", spec->id, i,
                             spec->stages[i].min, spec->stages[i].tasks);
        needs[i] = spec->stages[i].need;
        tasks += spec->stages[i].tasks;
        wishes += count_wishes(&spec->stages[i]);
        outputs += is_shuffled(spec, i) ? spec->stages[i].tasks : 0;
    }
    if (outputs > d->limits.outputs - d->outputs_alive)
        return gang_fail(err, GANG_E_FULL, "no room for job %u: outputs of %u of %u tasks are kept",
                         spec->id, d->outputs_alive, d->limits.outputs);
    if (d->job_free == GANG_NONE || spec->stage_count > d->limits.stages - d->stage_slab.asked ||
        tasks > d->limits.tasks - d->ranks_asked)
        return gang_fail(err, GANG_E_FULL,
                         "no room for job %u: %u of %u jobs, %u of %u tasks are alive", spec->id,
                         d->jobs_alive, d->limits.jobs, d->ranks_asked, d->limits.tasks);
    if (wishes > d->limits.prefers - d->wishes)
        return gang_fail(err, GANG_E_FULL,
                         "no room for the wishes of job %u: %llu of its ranks have one, %u of %u are alive",
                         spec->id, (unsigned long long)wishes, d->wishes, d->limits.prefers);
    if (!gang_profile_has_room(d, needs, spec->stage_count))
        return gang_fail(err, GANG_E_FULL, "more than %u different needs are alive",
                         d->profile_capacity);
    return GANG_OK;
}

static void stage_init(struct gang_driver *d, uint32_t slot, uint32_t i,
                       const struct gang_job_spec *job)
{
    const struct gang_stage_spec *spec = &job->stages[i];
    struct stage *stage = stage_at(d, jobs_of(d)[slot].first_stage + i);
    uint32_t base = gang_ranks_take(d, spec->tasks);
    *stage = (struct stage){
        .job = slot,
        .tasks = spec->tasks,
        .most = spec->tasks,
        .rank_base = base,
        .kind = (uint8_t)spec->kind,
        .index = (uint8_t)i,
        .groups = GANG_NONE,
        .last_group = GANG_NONE,
        .queue_next = GANG_NONE,
        .queue_previous = GANG_NONE,
        .parents = spec->parents,
        .min = spec->min,
        .max = spec->max,
        .role = spec->role,
        .group = spec->group,
        .constraint = spec->constraint,
        .task_bytes = spec->task_bytes,
        .wishes = count_wishes(spec),
        .profile = gang_profile_use(d, &spec->need),
        .shuffles = spec->shuffles,
        .left_first = GANG_NONE,
        .left_last = GANG_NONE,
        .is_shuffled = is_shuffled(job, i),
        .together = spec->together,
        .submitted_at = d->now,
        .queued_at = GANG_NEVER,
    };
    assert(stage->profile != GANG_NONE);
    gang_ranks_list(d, jobs_of(d)[slot].first_stage + i);
    d->wishes += stage->wishes;
    if (stage->wishes > 0)
        memcpy(&wishes_of(d)[base], spec->prefers, spec->tasks * sizeof(uint32_t));
    d->outputs_alive += stage->is_shuffled ? stage->tasks : 0;
    memset(&ranks_of(d)[base], 0, spec->tasks * sizeof(struct rank));
}

void gang_jobs_submit(struct gang_driver *d, const struct gang_job_spec *spec,
                      struct gang_effects *out)
{
    uint32_t slot = d->job_free;
    struct job *job = &jobs_of(d)[slot];
    uint32_t first = gang_slab_take(&d->stage_slab, stage_links_of(d), spec->stage_count);
    assert(first != GANG_NONE);
    d->job_free = job->next_free;
    job_hash_of(d)[hash_find(d, spec->id)] = slot;
    *job = (struct job){
        .id = spec->id,
        .priority = spec->priority,
        .order = d->submissions++,
        .first_stage = first,
        .stage_count = spec->stage_count,
        .next_free = GANG_NONE,
        .state = JOB_ADMITTING,
        .kind = (uint8_t)spec->kind,
    };
    d->jobs_alive++;
    for (uint32_t i = 0; i < spec->stage_count; i++)
        stage_init(d, slot, i, spec);
    gang_job_admit(d, slot, out);
}

/* ---- the end of a job */
void gang_job_forget(struct gang_driver *d, uint32_t slot)
{
    struct job *job = &jobs_of(d)[slot];
    assert(job->state == JOB_OVER);
    for (uint32_t i = 0; i < job->stage_count; i++)
        if (stage_at(d, job->first_stage + i)->left_groups > 0)
            return; /* their slots are not free yet */
    for (uint32_t i = 0; i < job->stage_count; i++) {
        struct stage *stage = stage_at(d, job->first_stage + i);
        assert(stage->open_groups == 0);
        assert(!stage->queued);
        d->outputs_alive -= stage->is_shuffled ? stage->tasks : 0;
        gang_timers_cancel(&d->timers, timers_of(d), phase_timer(job->first_stage + i));
        gang_timers_cancel(&d->timers, timers_of(d), launch_timer(job->first_stage + i));
        gang_profile_drop(d, stage->profile);
        d->wishes -= stage->wishes;
        gang_ranks_give(d, job->first_stage + i);
        memset(stage, 0, sizeof *stage);
    }
    gang_slab_give(&d->stage_slab, stage_links_of(d), job->first_stage, job->stage_count);
    *job = (struct job){.next_free = d->job_free};
    d->job_free = slot;
}

static bool all_final(struct gang_driver *d, const struct job *job)
{
    for (uint32_t i = 0; i < job->stage_count; i++)
        if (!is_final(stage_at(d, job->first_stage + i)))
            return false;
    return true;
}

/* Says so, and forgets the job, once every stage of it is done or dead. */
void gang_job_check_done(struct gang_driver *d, uint32_t slot, struct gang_effects *out)
{
    struct job *job = &jobs_of(d)[slot];
    if (!all_final(d, job))
        return;
    struct gang_msg *msg = gang_put(out, GANG_FX_JOB_DONE);
    msg->executor = GANG_NONE;
    msg->job = job->id;
    msg->rank = GANG_NONE;
    msg->epoch = GANG_NONE;
    msg->reason = job->end_reason;
    msg->count = job->end_operand;
    hash_remove(d, job->id);
    d->jobs_alive--;
    job->state = JOB_OVER;
    gang_job_forget(d, slot);
}

/* SPARK-50648: a stage that waits to be made again after a failed fetch was not thought to run anything. */
static bool leaves_failed(const struct gang_driver *d, const struct stage *stage,
                          enum gang_reason reason)
{
    return stage->failed_fetch && reason == GANG_REASON_CANCELLED &&
           axis(d, GANG_AXIS_CANCEL_FAILED);
}

static void end_stage(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                      struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    bool waits = stage->left_groups > 0;
    gang_place_dequeue(d, s);
    gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
    switch ((enum stage_state)stage->state) {
    case STAGE_NEW:
    case STAGE_ADMITTING:
    case STAGE_QUEUED:
    case STAGE_BACKOFF:
        waits &= !leaves_failed(d, stage, reason);
        gang_stage_move(d, s, waits ? STAGE_DRAINING : STAGE_DEAD);
        break;
    case STAGE_LAUNCHING:
        gang_groups_end(d, s, stage->groups, reason, out);
        gang_stage_move(d, s, waits ? STAGE_DRAINING : STAGE_DEAD);
        break;
    case STAGE_RUNNING:
        if (stage->kind == GANG_STAGE_BARRIER)
            gang_fence(d, s, reason, GANG_NONE, 0, out);
        stage->pending = 0;
        gang_stage_move(d, s, STAGE_DRAINING);
        gang_sync_end(d, s, true, out);
        gang_groups_end(d, s, stage->groups, reason, out);
        break;
    case STAGE_DRAINING:
    case STAGE_DONE:
    case STAGE_DEAD:
        break;
    case STAGE_STATES:
        assert(false);
    }
    if (waits)
        gang_groups_end(d, s, stage->left_first, reason, out);
    if (stage->state == STAGE_DRAINING && stage->open_groups + stage->left_groups == 0)
        gang_stage_move(d, s, STAGE_DEAD);
}

void gang_job_fail(struct gang_driver *d, uint32_t slot, enum gang_reason reason, uint32_t operand,
                   struct gang_effects *out)
{
    struct job *job = &jobs_of(d)[slot];
    if (job->state == JOB_ENDING)
        return; /* the first cause is kept */
    job->state = JOB_ENDING;
    job->end_reason = (uint16_t)reason;
    job->end_operand = operand;
    enum gang_reason told = reason == GANG_REASON_CANCELLED ? reason : GANG_REASON_JOB_FAILED;
    for (uint32_t i = 0; i < job->stage_count; i++)
        end_stage(d, job->first_stage + i, told, out);
    gang_job_check_done(d, slot, out);
}

void gang_jobs_cancel(struct gang_driver *d, uint32_t slot, struct gang_effects *out)
{
    assert(slot != GANG_NONE);
    if (jobs_of(d)[slot].state == JOB_ADMITTING) {
        if (axis(d, GANG_AXIS_CANCEL_WAITING))
            return; /* B-16: while a job waits for admission, nobody knows it */
        GANG_MARK(CANCEL_WAITING);
    } else {
        GANG_MARK(CANCEL_RUNNING);
    }
    gang_job_fail(d, slot, GANG_REASON_CANCELLED, 0, out);
}

void gang_stage_done(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint32_t slot = stage->job;
    struct job *job = job_of(d, stage);
    gang_stage_move(d, s, STAGE_DONE);
    gang_sync_end(d, s, stage->copies == 0, out);
    if (stage->copies > 0)
        gang_copies_leave(d, s, out);
    assert(stage->open_groups == 0);
    gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_STAGE_DONE, stage);
    msg->count = stage->kind == GANG_STAGE_BARRIER ? stage->attempts_used : 1;
    stage->failures = stage->losses = 0; /* B-138 */
    job->stages_done |= UINT64_C(1) << stage->index;
    job->made |= UINT64_C(1) << stage->index;
    gang_jobs_start_ready(d, slot, out);
    if (job->state == JOB_RUNNING)
        gang_job_check_done(d, slot, out);
}
