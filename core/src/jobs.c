/*
 * jobs.c -- jobs, their stages, and what becomes of them.
 *
 * This room is for: admission, the order of stages, the end of a task, the failure of a gang,
 * budgets, the end of a job. Invariants: the first cause of a failure is kept; an attempt is fenced
 * before anything else is done about its failure; the next attempt is not queued before every slot
 * of the last is free or written off (G-12).
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
static void job_check_done(struct gang_driver *d, uint32_t slot, struct gang_effects *out)
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

/* Whether a task that does not end in time is forced, and an executor that does not release it written off (B-162). */
static bool forces(const struct gang_driver *d) { return !axis(d, GANG_AXIS_KILL); }

/* Asks every executor that runs or holds something of these groups to end it. */
static void end_groups(struct gang_driver *d, uint32_t s, uint32_t first, enum gang_reason reason,
                       struct gang_effects *out)
{
    bool force = forces(d), waiting = false;
    for (uint32_t g = first, next; g != GANG_NONE; g = next) {
        struct group *group = &groups_of(d)[g];
        next = group->stage_next;
        if (group->state != GROUP_GONE) {
            (void)gang_group_unreserve(d, g, reason, out);
            continue;
        }
        if (executors_of(d)[group->executor].state != EXECUTOR_ALIVE)
            continue; /* it is being written off, and what runs there with it */
        struct gang_msg *msg = gang_fx_group(d, out, GANG_MSG_KILL, group);
        msg->reason = (uint16_t)reason;
        msg->op = force;
        waiting = true;
    }
    if (waiting && force && stage_at(d, s)->state == STAGE_DRAINING)
        gang_stage_arm(d, s, GANG_TIMER_RELEASE_WAIT, d->config.release_wait_ns);
}

void gang_fence(struct gang_driver *d, uint32_t s, enum gang_reason reason, uint32_t rank,
                  uint64_t code, struct gang_effects *out)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_FENCE, stage_at(d, s));
    msg->reason = (uint16_t)reason;
    msg->rank = rank;
    msg->a = code;
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
        end_groups(d, s, stage->groups, reason, out);
        gang_stage_move(d, s, waits ? STAGE_DRAINING : STAGE_DEAD);
        break;
    case STAGE_RUNNING:
        if (stage->kind == GANG_STAGE_BARRIER)
            gang_fence(d, s, reason, GANG_NONE, 0, out);
        stage->pending = 0;
        gang_stage_move(d, s, STAGE_DRAINING);
        gang_sync_end(d, s, true, out);
        end_groups(d, s, stage->groups, reason, out);
        break;
    case STAGE_DRAINING:
    case STAGE_DONE:
    case STAGE_DEAD:
        break;
    case STAGE_STATES:
        assert(false);
    }
    if (waits)
        end_groups(d, s, stage->left_first, reason, out);
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
    job_check_done(d, slot, out);
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

/* ---- admission */
static void refuse(struct gang_driver *d, const struct stage *stage, enum gang_reason reason,
                   uint32_t needed, uint32_t there, struct gang_effects *out)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_REFUSE, stage);
    msg->reason = (uint16_t)reason;
    msg->count = needed;
    msg->epoch = there;
    gang_job_fail(d, stage->job, reason, needed, out);
}

uint32_t gang_slots_total(const struct gang_driver *d, const struct stage *stage)
{
    uint64_t total = gang_slots_admitted(d, stage->profile);
    return total > UINT32_MAX ? UINT32_MAX : (uint32_t)total;
}

uint32_t gang_slots_least(const struct stage *stage)
{
    return stage->kind == GANG_STAGE_BARRIER ? stage->min : 1;
}

/* True if one task is larger than the largest executor there will ever be; needed/there: of the
 * resource that shows it. */
static bool never_fits(const struct gang_driver *d, const struct stage *stage, uint32_t *needed,
                       uint32_t *there)
{
    const struct gang_need need =
        gang_slots_admission_need(d, &profiles_of(d)[stage->profile].need);
    const struct gang_room *largest = &d->config.largest;
    if (largest->cores == 0 && largest->memory_mib == 0 && largest->gpu_mask == 0)
        return false; /* not known */
    const uint32_t pair[3][2] = {
        {need.cores, largest->cores},
        {need.memory_mib, largest->memory_mib},
        {gang_addresses(&need), gang_bits_in(largest->gpu_mask)},
    };
    for (int i = 0; i < 3; i++)
        if (pair[i][0] > pair[i][1]) {
            *needed = pair[i][0];
            *there = pair[i][1];
            return true;
        }
    return false;
}

void gang_stage_given_up(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                         struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    refuse(d, stage, reason, gang_slots_least(stage), gang_slots_total(d, stage), out);
}

void gang_stage_too_large(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    uint64_t most = d->config.task_bytes_max;
    refuse(d, stage, GANG_REASON_TOO_LARGE,
           stage->task_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)stage->task_bytes,
           most > UINT32_MAX ? UINT32_MAX : (uint32_t)most, out);
}

/* B-13: a check that failed is repeated after an interval, so often and no more. False: the job is
 * refused. */
static bool may_check_again(struct gang_driver *d, const struct stage *stage, uint32_t *failures,
                            struct gang_effects *out)
{
    bool once = job_of(d, stage)->kind == GANG_JOB_MAP && axis(d, GANG_AXIS_MAP_JOB_RETRY); /* B-15 */
    if (++*failures > d->config.admission_failures_max || once) {
        GANG_MARK(ADMISSION_GIVEN_UP);
        refuse(d, stage, GANG_REASON_SLOTS, gang_slots_least(stage), gang_slots_total(d, stage), out);
        return false;
    }
    GANG_MARK(ADMISSION_RETRY);
    return true;
}

/* Checks again after an interval; meanwhile it stands in nobody's way. */
static void wait_for_cluster(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (!may_check_again(d, stage, &stage->admission_failures, out))
        return;
    if (stage->state != STAGE_ADMITTING && stage->state != STAGE_RUNNING)
        gang_stage_move(d, s, STAGE_ADMITTING);
    gang_stage_arm(d, s, GANG_TIMER_ADMISSION, d->config.admission_interval_ns);
    gang_wait_for(d, s, GANG_REASON_ADMISSION, gang_slots_least(stage), gang_slots_total(d, stage), out);
}

/* SPARK-24819: once nothing was checked, and what is too large for the cluster waited for ever. */
static bool is_checked(const struct gang_driver *d) { return !axis(d, GANG_AXIS_ADMISSION_CHECK); }

bool gang_stage_fits_cluster(const struct gang_driver *d, const struct stage *stage)
{
    return !is_checked(d) || axis(d, GANG_AXIS_ADMISSION) ||
           gang_slots_total(d, stage) >= gang_slots_least(stage);
}

void gang_stage_readmit(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    gang_place_dequeue(d, s);
    if (stage_at(d, s)->phase_timer != GANG_TIMER_ADMISSION)
        wait_for_cluster(d, s, out);
}

static void wait_for_parents(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    const struct job *job = job_of(d, stage);
    uint64_t there = stage->parents & job->stages_done & (job->made | ~stage->shuffles);
    gang_wait_for(d, s, GANG_REASON_PARENTS, gang_bits_in(stage->parents), gang_bits_in(there),
                  out);
}

/* B-146: so many attempts a stage may have in all. SPARK-42577: once it was any number, as long as some of them succeeded. */
static uint32_t attempts_in_all(const struct gang_driver *d)
{
    uint32_t most = d->config.attempts_all_max, in_a_row = d->config.attempts_max;
    if (most == 0 || axis(d, GANG_AXIS_ATTEMPTS_LIMIT))
        return GANG_NONE;
    return most > in_a_row ? most : in_a_row;
}

/* Asked before an attempt is begun. False: there is none left, and no job. */
static bool has_attempt_left(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    uint32_t most = attempts_in_all(d);
    if (stage->attempts_used < most)
        return true;
    GANG_MARK(ATTEMPTS_IN_ALL);
    gang_note(d, out, stage, GANG_REASON_ATTEMPTS_IN_ALL, stage->attempts_used, most);
    gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS_IN_ALL, stage->attempts_used, out);
    return false;
}

/* Admits one stage that is ready to be queued: what it fetches is there, and it must fit the cluster as it is now (G-02). */
static void stage_ready(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->state != STAGE_RUNNING && !has_attempt_left(d, s, out))
        return;
    if (!gang_inputs_are_there(d, stage)) {
        if (stage->state != STAGE_NEW && stage->state != STAGE_RUNNING)
            gang_stage_move(d, s, STAGE_NEW);
        wait_for_parents(d, s, out);
        return;
    }
    if (!gang_stage_fits_cluster(d, stage)) {
        wait_for_cluster(d, s, out);
        return;
    }
    stage->admission_failures = 0;
    stage->locality = 0;
    if (stage->kind == GANG_STAGE_BARRIER) {
        gang_stage_move(d, s, STAGE_QUEUED);
        stage->queued_ranks = stage->tasks - stage->kept;
    } else if (stage->state !=
               STAGE_RUNNING) { /* else it waited for executors with tasks to launch */
        gang_stage_move(d, s, STAGE_RUNNING);
        stage->attempts_used++;
        stage->pending = stage->tasks - stage->exited; /* all, unless some outputs were lost */
    }
    if (stage->kind == GANG_STAGE_MAPREDUCE && stage->pending == 0)
        return; /* while it waited for executors one of its tasks failed, and all were launched with that one */
    gang_stage_patience(d, s);
    gang_place_enqueue(d, s, out);
}

/* A MapReduce stage that has tasks to launch, and could not while its parents made something again. */
static bool is_held_up(const struct stage *stage)
{
    return stage->shuffles != 0 && stage->kind == GANG_STAGE_MAPREDUCE &&
           stage->state == STAGE_RUNNING && stage->pending > 0 && !stage->queued &&
           stage->phase_timer != GANG_TIMER_ADMISSION;
}

/* Its parents have made again what it could not fetch: as in Spark, what it has still to run is an attempt more. */
static void resubmit(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    bool begins = gang_inputs_are_there(d, stage);
    if (begins && !has_attempt_left(d, s, out))
        return;
    stage->attempts_used += begins;
    stage_ready(d, s, out);
}

void gang_jobs_start_ready(struct gang_driver *d, uint32_t slot, struct gang_effects *out)
{
    const struct job *job = &jobs_of(d)[slot];
    for (uint32_t i = 0; i < job->stage_count && job->state == JOB_RUNNING; i++) {
        const struct stage *stage = stage_at(d, job->first_stage + i);
        if (stage->state == STAGE_NEW)
            stage_ready(d, job->first_stage + i, out);
        else if (is_held_up(stage))
            resubmit(d, job->first_stage + i, out);
    }
}

/* B-10: executors that come and go may never be enough at one time. Spark takes no gang then; strict does, and they stay
 * while it runs. */
static bool refuse_dynamic(struct gang_driver *d, const struct job *job, struct gang_effects *out)
{
    if (!gang_dynamic_refuses_gangs(d))
        return false;
    for (uint32_t i = 0; i < job->stage_count; i++) {
        const struct stage *stage = stage_at(d, job->first_stage + i);
        if (stage->kind != GANG_STAGE_BARRIER)
            continue;
        GANG_MARK(DYNAMIC_REFUSED);
        refuse(d, stage, GANG_REASON_DYNAMIC, stage->tasks, 0, out);
        return true;
    }
    return false;
}

/* B-11: every gang of a job must fit the cluster before any stage of it runs. */
static void admit_job(struct gang_driver *d, uint32_t slot, struct gang_effects *out)
{
    struct job *job = &jobs_of(d)[slot];
    if (refuse_dynamic(d, job, out))
        return;
    for (uint32_t i = 0; i < job->stage_count && is_checked(d); i++) {
        const struct stage *stage = stage_at(d, job->first_stage + i);
        uint32_t needed, there;
        if (never_fits(d, stage, &needed, &there)) {
            GANG_MARK(NEVER_FITS);
            refuse(d, stage, GANG_REASON_NEVER_FITS, needed, there, out);
            return;
        }
    }
    for (uint32_t i = 0; i < job->stage_count && is_checked(d); i++) {
        uint32_t s = job->first_stage + i;
        const struct stage *stage = stage_at(d, s);
        if (stage->kind != GANG_STAGE_BARRIER || gang_slots_total(d, stage) >= stage->min)
            continue;
        if (!may_check_again(d, stage, &job->admission_failures, out))
            return;
        gang_stage_arm(d, job->first_stage, GANG_TIMER_ADMISSION, d->config.admission_interval_ns);
        gang_wait_for(d, s, GANG_REASON_ADMISSION, stage->min, gang_slots_total(d, stage), out);
        return;
    }
    job->state = JOB_RUNNING;
    job->admission_failures = 0;
    gang_jobs_start_ready(d, slot, out);
}

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
    admit_job(d, slot, out);
}

/* ---- failure of a gang */
/* B-134, B-141: Spark hands a gang in again so long after its failure, whether or not its slots are free by then. */
static void resubmit_in_time(struct gang_driver *d, uint32_t s)
{
    if (stage_at(d, s)->open_groups > 0 && axis(d, GANG_AXIS_RESUBMIT))
        gang_stage_arm(d, s, GANG_TIMER_RETRY, d->config.retry_delay_ns);
}

/* From now on; or from its failure, if that is when the delay began. */
static void back_off(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    bool begun = stage_at(d, s)->phase_timer == GANG_TIMER_RETRY;
    gang_ns at = begun ? timers_of(d).at[phase_timer(s)] : later(d->now, d->config.retry_delay_ns);
    gang_stage_move(d, s, STAGE_BACKOFF);
    gang_stage_arm(d, s, GANG_TIMER_RETRY, at - d->now);
    gang_wait_for(d, s, GANG_REASON_BACKOFF, 0, 0, out);
}

/* The last slot of a fenced attempt is free or written off. */
void gang_stage_settle(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->state != STAGE_DRAINING || stage->open_groups > 0)
        return;
    if (job_of(d, stage)->state == JOB_ENDING) {
        uint32_t job = stage->job;
        if (stage->left_groups > 0)
            return; /* these were told to end, too */
        gang_stage_move(d, s, STAGE_DEAD);
        job_check_done(d, job, out);
        return;
    }
    if (stage->kept == stage->tasks) {
        gang_stage_done(d, s, out);
        return;
    }
    back_off(d, s, out);
}

static bool has_children(struct gang_driver *d, const struct stage *stage)
{
    const struct job *job = job_of(d, stage);
    for (uint32_t i = 0; i < job->stage_count; i++)
        if (stage_at(d, job->first_stage + i)->parents >> stage->index & 1)
            return true;
    return false;
}

/* A lost machine, an output that was lost with it, or a go that came too late, is not the job's fault (B-137); and under no
 * policy is an output that went with an executor which was taken out of service (B-142). */
static bool is_spared(const struct gang_driver *d, enum gang_reason cause)
{
    bool ours = cause == GANG_REASON_GO_LATE || cause == GANG_REASON_NO_ROOM ||
                cause == GANG_REASON_EXECUTOR_LOST || cause == GANG_REASON_OUTPUT_LOST ||
                cause == GANG_REASON_FETCH_FAILED || cause == GANG_REASON_DRIVER_SILENT;
    return cause == GANG_REASON_DECOMMISSIONED || (ours && !axis(d, GANG_AXIS_BUDGET));
}

/* Who pays for a failure (G-12): GANG_REASON_OK, or why the job has no attempt left. What goes on for ever is nobody's
 * fault, and ends as well. */
static enum gang_reason charge(struct gang_driver *d, struct stage *stage, enum gang_reason cause)
{
    if (stage->attempts_made > UINT16_MAX)
        return GANG_REASON_ATTEMPTS; /* the next attempt would have no number */
    if (cause == GANG_REASON_EVICTED)
        return GANG_REASON_OK; /* somebody else was to have its slots: nobody pays for that */
    if (is_spared(d, cause)) {
        if (++stage->losses < d->config.losses_max)
            return GANG_REASON_OK;
        bool late = cause == GANG_REASON_GO_LATE || cause == GANG_REASON_NO_ROOM;
        return late ? cause : GANG_REASON_LOSSES;
    }
    if (++stage->failures >= d->config.attempts_max)
        return GANG_REASON_ATTEMPTS;
    if (axis(d, GANG_AXIS_LAST_STAGE) && !has_children(d, stage))
        return GANG_REASON_TASK_FAILED; /* B-135 */
    return GANG_REASON_OK;
}

/* B-142, B-143: Spark does not end the siblings of a task whose fetch failed, and once ended nobody's (SPARK-24795). */
static bool leaves_siblings(const struct gang_driver *d, enum gang_reason cause)
{
    return (cause == GANG_REASON_FETCH_FAILED && axis(d, GANG_AXIS_FETCH_FAILURE)) ||
           axis(d, GANG_AXIS_SIBLINGS);
}

/* charged: the cause that is paid for. */
static void fail_as(struct gang_driver *d, uint32_t s, enum gang_reason cause,
                    enum gang_reason charged, uint32_t rank, uint64_t code,
                    struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    assert(stage->kind == GANG_STAGE_BARRIER);
    assert(stage->state == STAGE_RUNNING);
    gang_fence(d, s, cause, rank, code, out);
    gang_place_dequeue(d, s); /* a part of it may have waited (placer.c) */
    gang_stage_move(d, s, STAGE_DRAINING);
    bool leaves = leaves_siblings(d, cause);
    gang_sync_end(d, s, !leaves, out);
    gang_outputs_drop(d, s, out);
    stage->failed_fetch = cause == GANG_REASON_FETCH_FAILED;
    if (leaves)
        gang_left_behind(d, s, out);
    else
        end_groups(d, s, stage->groups,
                   cause == GANG_REASON_EVICTED ? cause : GANG_REASON_GANG_FAILED, out);
    enum gang_reason over = charge(d, stage, charged);
    if (over != GANG_REASON_OK) {
        GANG_MARK(BUDGET_USED_UP);
        bool lost = over == GANG_REASON_LOSSES || over == GANG_REASON_GO_LATE ||
                    over == GANG_REASON_NO_ROOM;
        gang_job_fail(d, stage->job, over, lost ? stage->losses : stage->failures, out);
        return; /* the stage may be forgotten by now */
    }
    if (stage->open_groups > 0)
        gang_wait_for(d, s, GANG_REASON_DRAINING, stage->open_groups, 0, out);
    resubmit_in_time(d, s);
    gang_stage_settle(d, s, out);
}

void gang_failed(struct gang_driver *d, uint32_t s, enum gang_reason cause, uint32_t rank,
                 uint64_t code, struct gang_effects *out)
{
    fail_as(d, s, cause, cause, rank, code, out);
}

void gang_jobs_went(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    stage->failed_fetch = 0;
    if (stage->restarts_owed == 0)
        return;
    stage->restarts_owed--;
    gang_failed(d, s, GANG_REASON_RESTART, GANG_NONE, 0, out);
}

/* ---- the end of a task */
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
        job_check_done(d, slot, out);
}

static void accept(struct gang_driver *d, const struct stage *stage, uint32_t rank,
                   uint16_t attempt, enum gang_accept what, uint64_t value,
                   struct gang_effects *out)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_ACCEPT, stage);
    msg->attempt = attempt;
    msg->rank = rank;
    msg->op = (uint8_t)what;
    msg->a = value;
}

void gang_accept_success(struct gang_driver *d, struct stage *stage, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    struct rank *rank = rank_at(d, stage, msg->rank);
    rank->state = RANK_DONE;
    rank->group = msg->executor;
    gang_say_success(d, stage, msg, out);
}

void gang_say_success(struct gang_driver *d, struct stage *stage, const struct gang_msg *msg,
                      struct gang_effects *out)
{
    if (stage->nothing_on == msg->executor + 1)
        stage->nothing_on = 0;
    executors_of(d)[msg->executor].failures = 0; /* it can do it (G-14) */
    accept(d, stage, msg->rank, msg->attempt, GANG_ACCEPT_SUCCESS, 0, out);
    struct gang_msg *said = &out->list[out->count - 1].msg;
    said->executor = msg->executor;
    said->incarnation = msg->incarnation;
}

/* G-09: a member that ends well while the others wait for it, or will, is told to them at once. */
static void member_succeeded(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                             struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (gang_copy_lies(stage, rank_at(d, stage, msg->rank)) != GANG_NONE)
        gang_copy_forget(stage, rank_at(d, stage, msg->rank));
    stage->exited++;
    gang_accept_success(d, stage, msg, out);
    if (stage->exited + stage->kept + stage->copies == stage->tasks)
        gang_stage_done(d, s, out);
    else
        gang_sync_member_ended(d, s, out);
}

/* It held a slot, and no user code ever ran in it: nobody's fault but the world's. */
static bool never_ran(const struct gang_msg *msg)
{
    return msg->reason == GANG_REASON_GO_LATE || msg->reason == GANG_REASON_LEASE_ENDED ||
           msg->reason == GANG_REASON_GPU_LOST;
}

/* B-142: the gang fails as with any failure, and its parent has something to make again. */
static void member_missed_output(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                                 struct gang_effects *out)
{
    uint32_t slot = stage_at(d, s)->job;
    GANG_MARK(FETCH_FAILED);
    fail_as(d, s, GANG_REASON_FETCH_FAILED, gang_outputs_cause(d, msg), msg->rank, msg->blob.id,
            out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        gang_outputs_missed(d, s, msg, out);
}

static void member_ended(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (stage->state == STAGE_DRAINING) {
        uint32_t slot = stage->job;
        GANG_MARK(FREE_AFTER_FENCE);
        if (msg->op == GANG_EXIT_OK)
            gang_late_success(d, s, msg, out);
        else if (msg->reason == GANG_REASON_FETCH_FAILED && jobs_of(d)[slot].state == JOB_RUNNING)
            gang_outputs_missed(d, s, msg, out); /* where an output lies is no result of the attempt */
        else if (msg->op == GANG_EXIT_FAILED)
            gang_further_failure(d, s);
        gang_stage_settle(d, s, out);
    } else if (stage->state == STAGE_LAUNCHING) {
        gang_place_revert(d, s, (enum gang_reason)msg->reason,
                          out); /* a lease ended before the go */
    } else if (never_ran(msg)) {
        gang_failed(d, s, GANG_REASON_GO_LATE, msg->rank, 0, out);
    } else if (msg->reason == GANG_REASON_NO_ROOM || msg->reason == GANG_REASON_DRIVER_SILENT) {
        gang_failed(d, s, (enum gang_reason)msg->reason, msg->rank, 0, out);
    } else if (msg->op == GANG_EXIT_OK) {
        member_succeeded(d, s, msg, out);
    } else if (msg->reason == GANG_REASON_FETCH_FAILED) {
        member_missed_output(d, s, msg, out);
    } else if (!gang_launch_again(d, s, msg, out)) {
        gang_failed(d, s, GANG_REASON_TASK_FAILED, msg->rank, msg->blob.id, out);
        gang_exclude_charge(d, msg->executor, true, out);
    }
}

/* One task of a MapReduce stage is run again, alone. */
static void rerun(struct gang_driver *d, uint32_t s, uint32_t r, enum gang_reason cause,
                  struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, r);
    bool own = cause == GANG_REASON_TASK_FAILED ||
               (cause == GANG_REASON_FETCH_FAILED && !is_spared(d, cause));
    if (own && ++rank->failures >= d->config.attempts_max) {
        GANG_MARK(BUDGET_USED_UP);
        gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, rank->failures, out);
        return;
    }
    bool ours = cause == GANG_REASON_GO_LATE || cause == GANG_REASON_NO_ROOM ||
                cause == GANG_REASON_DRIVER_SILENT;
    if (ours && rank->attempt >= d->config.losses_max) {
        bool silent = cause == GANG_REASON_DRIVER_SILENT; /* a machine that was lost, as far as its tasks go */
        gang_job_fail(d, stage->job, silent ? GANG_REASON_LOSSES : cause, rank->attempt, out);
        return;
    }
    if (++rank->attempt == UINT16_MAX) {
        gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, rank->attempt, out);
        return;
    }
    GANG_MARK(RERUN_ONE);
    rank->state = RANK_IDLE;
    rank->group = GANG_NONE; /* its old group may live on with others in it */
    d->shrunk = 1;           /* the cluster may have, while this was not in the queue */
    stage->pending++;
    if (r < stage->pending_low)
        stage->pending_low = r;
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_NOTE, stage);
    msg->reason = GANG_REASON_RERUN;
    msg->rank = r;
    msg->attempt = rank->attempt;
    msg->count = cause;
    if (timers_of(d).place[launch_timer(s)] == GANG_NONE)
        gang_stage_patience(d, s);
    gang_place_enqueue(d, s, out);
}

/* Its parent makes again what is not there, and only then is the task run again. */
static void map_task_missed_output(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                                   struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    enum gang_reason cause = gang_outputs_cause(d, msg);
    GANG_MARK(FETCH_FAILED);
    if (is_spared(d, cause) && ++stage->losses >= d->config.losses_max) {
        GANG_MARK(BUDGET_USED_UP);
        gang_job_fail(d, stage->job, GANG_REASON_LOSSES, stage->losses, out);
        return;
    }
    uint32_t slot = stage->job;
    rerun(d, s, msg->rank, cause, out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        gang_outputs_missed(d, s, msg, out);
}

static void map_task_ended(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                           struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->state == STAGE_DRAINING) {
        gang_stage_settle(d, s, out);
    } else if (never_ran(msg)) {
        rerun(d, s, msg->rank, GANG_REASON_GO_LATE, out);
    } else if (msg->reason == GANG_REASON_NO_ROOM || msg->reason == GANG_REASON_DRIVER_SILENT) {
        rerun(d, s, msg->rank, (enum gang_reason)msg->reason, out);
    } else if (msg->op == GANG_EXIT_OK) {
        gang_accept_success(d, stage, msg, out);
        if (++stage->exited == stage->tasks)
            gang_stage_done(d, s, out);
    } else if (msg->reason == GANG_REASON_FETCH_FAILED) {
        map_task_missed_output(d, s, msg, out);
    } else {
        rerun(d, s, msg->rank, GANG_REASON_TASK_FAILED, out);
        gang_exclude_charge(d, msg->executor, false, out);
    }
}

/* A member that was told to end for somebody else's sake has. What a gang without it is good for, the placer must know. */
static void evicted_ended(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                          struct gang_effects *out)
{
    if (stage_at(d, s)->kind == GANG_STAGE_BARRIER)
        gang_failed(d, s, GANG_REASON_EVICTED, msg->rank, msg->blob.id, out);
    else
        rerun(d, s, msg->rank, GANG_REASON_EVICTED, out);
}

/* What comes free with one task. A task that never started does not know its addresses; the whole of its group ends with it,
 * so any of the group's will do. */
static uint64_t addresses_freed(struct gang_driver *d, const struct group *group,
                                const struct gang_msg *msg)
{
    const struct gang_need *need = &profiles_of(d)[stage_at(d, group->stage)->profile].need;
    uint32_t each = gang_addresses(need);
    if (gang_is_share(need))
        return group->gpu_mask; /* the one address of them all */
    if ((msg->a & ~group->gpu_mask) == 0 && gang_bits_in(msg->a) == each)
        return msg->a;
    assert(gang_bits_in(group->gpu_mask) >= each);
    return gang_lowest_bits(group->gpu_mask, each);
}

/* Its task is gone, whichever way. */
static bool is_over(const struct rank *rank)
{
    return rank->state == RANK_ENDED || rank->state == RANK_DONE;
}

/* A slot is free: room and group first, so that whatever follows finds them as they are. */
void gang_jobs_task_ended(struct gang_driver *d, const struct gang_msg *msg,
                          struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    struct group *group = &groups_of(d)[g];
    uint32_t s = group->stage;
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, msg->rank);
    bool left = group->left, evicted = rank->state == RANK_EVICTED && msg->op != GANG_EXIT_OK;
    if (!left && (is_over(rank) || rank->group != g)) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    uint64_t gpus = addresses_freed(d, group, msg);
    if (msg->reason == GANG_REASON_GO_LATE)
        GANG_MARK(GO_LATE);
    if (msg->reason == GANG_REASON_NO_ROOM) { /* more was free there than is: it must be heard from first */
        GANG_MARK(NO_ROOM_AT_ONCE);
        gang_registry_suspect(d, group->executor, SUSPECT_FULL);
    }
    if (msg->reason == GANG_REASON_DRIVER_SILENT) { /* the heartbeat that says so may come later, or be lost */
        GANG_MARK(NO_LEASE_HERE);                   /* else more is sent there, until no loss is left */
        gang_registry_suspect(d, group->executor, SUSPECT_UNLEASED);
    }
    if (!left)
        rank->state = RANK_ENDED;
    const struct gang_need *need = &profiles_of(d)[stage->profile].need;
    if (!gang_is_share(need))
        group->gpu_mask &= ~gpus;
    group->ended++;
    gang_registry_give(d, group->executor, need, 1, gpus);
    if (group->ended == group->count)
        gang_group_close(d, g);
    if (left)
        gang_left_task_ended(d, s, msg, out);
    else if (evicted && stage->state == STAGE_RUNNING)
        evicted_ended(d, s, msg, out);
    else if (stage->kind == GANG_STAGE_BARRIER)
        member_ended(d, s, msg, out);
    else
        map_task_ended(d, s, msg, out);
}

/* Marks what of a group had not ended; returns the first such rank, or GANG_NONE. */
static uint32_t lose_ranks(struct gang_driver *d, const struct stage *stage, uint32_t g)
{
    const struct group *group = &groups_of(d)[g];
    uint32_t first = GANG_NONE;
    for (uint32_t r = group->rank; r < group->rank + group->count; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (is_over(rank) || rank->group != g)
            continue; /* it ended here, and may run again elsewhere */
        rank->state = RANK_LOST;
        first = first == GANG_NONE ? r : first;
    }
    return first;
}

/* The executor of a group is written off, and whatever the group held with it. */
void gang_jobs_group_lost(struct gang_driver *d, uint32_t g, struct gang_effects *out)
{
    const struct group group = groups_of(d)[g];
    uint32_t s = group.stage;
    struct stage *stage = stage_at(d, s);
    uint32_t first = group.left ? GANG_NONE : lose_ranks(d, stage, g);
    gang_group_close(d, g);
    if (group.left) {
        gang_left_settle(d, s, out);
    } else if (stage->state == STAGE_LAUNCHING) {
        GANG_MARK(FENCE_LAUNCHING);
        if (gang_is_hosted(d) && gang_placer_lost(d, s, out))
            return;
        gang_place_revert(d, s, GANG_REASON_EXECUTOR_LOST, out);
    } else if (stage->state == STAGE_RUNNING && stage->kind == GANG_STAGE_BARRIER) {
        gang_failed(d, s, GANG_REASON_EXECUTOR_LOST, first, group.executor, out);
    } else if (stage->state == STAGE_RUNNING && ++stage->losses >= d->config.losses_max) {
        GANG_MARK(BUDGET_USED_UP);
        gang_job_fail(d, stage->job, GANG_REASON_LOSSES, stage->losses, out);
    } else if (stage->state == STAGE_RUNNING) {
        /* A rerun may end the job, and then there is no stage any more: its state says so. */
        for (uint32_t r = group.rank; r < group.rank + group.count; r++)
            if (stage->state == STAGE_RUNNING && rank_at(d, stage, r)->state == RANK_LOST)
                rerun(d, s, r, GANG_REASON_EXECUTOR_LOST, out);
    } else {
        gang_stage_settle(d, s, out);
    }
}

/* ---- checkpoints */
/* Counts again after every rank has passed the common checkpoint: the common one is now the least
 * of theirs. It costs as much as the reports that made it so. */
static void advance_checkpoint(struct gang_driver *d, struct stage *stage)
{
    uint32_t least = UINT32_MAX;
    stage->checkpoint_ahead = 0;
    for (uint32_t r = 0; r < stage->tasks; r++)
        if (rank_at(d, stage, r)->checkpoint < least)
            least = rank_at(d, stage, r)->checkpoint;
    stage->checkpoint = least;
    for (uint32_t r = 0; r < stage->tasks; r++)
        stage->checkpoint_ahead += rank_at(d, stage, r)->checkpoint > least;
}

/* A restart begins at the last checkpoint that all ranks of one unfenced attempt reported. */
void gang_jobs_checkpoint(struct gang_driver *d, const struct gang_msg *msg,
                          struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE || groups_of(d)[g].left ||
        !gang_stage_is_live(stage_at(d, groups_of(d)[g].stage))) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    struct stage *stage = stage_at(d, groups_of(d)[g].stage);
    struct rank *rank = rank_at(d, stage, msg->rank);
    if (stage->kind != GANG_STAGE_BARRIER || rank->state != RANK_RUNNING ||
        msg->a <= rank->checkpoint || msg->a > UINT32_MAX)
        return;
    stage->checkpoint_ahead += rank->checkpoint <= stage->checkpoint;
    rank->checkpoint = (uint32_t)msg->a;
    if (stage->checkpoint_ahead < stage->tasks)
        return;
    GANG_MARK(CHECKPOINT_COMMON);
    advance_checkpoint(d, stage);
    accept(d, stage, GANG_NONE, stage->attempt, GANG_ACCEPT_CHECKPOINT, stage->checkpoint, out);
}

void gang_jobs_output(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    uint32_t g = gang_group_of_message(d, msg);
    if (g == GANG_NONE || groups_of(d)[g].left ||
        !gang_stage_is_live(stage_at(d, groups_of(d)[g].stage))) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    const struct stage *stage = stage_at(d, groups_of(d)[g].stage);
    accept(d, stage, msg->rank, msg->attempt, GANG_ACCEPT_OUTPUT, msg->blob.digest, out);
}

/* ---- timers */
static bool condemn_all(struct gang_driver *d, uint32_t first, struct gang_effects *out)
{
    gang_ns told_at = d->now - d->config.release_wait_ns;
    bool all = true;
    for (uint32_t g = first; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        all &= gang_registry_condemn(d, groups_of(d)[g].executor, told_at, out);
    return all;
}

/*
 * A fenced attempt's slots are not free in time.
 *
 * Without a lease the executors that hold them are written off, and the gang goes on elsewhere: an old task and a new one may
 * then run together, for nobody can tell whether the old one has ended.
 *
 * With a lease that must not happen (GEN), so nothing is taken for free that is not: an executor that is silent is not offered,
 * and is lost when its silence has outlasted its lease, as any other. One that was heard since its tasks were told to end is
 * told to go as a whole: its process and all its tasks end, and when it comes back as another process, or is silent for long
 * enough, it is lost. Until then its slots stay taken and the gang waits.
 */
static void not_released(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    GANG_MARK(EXECUTOR_WRITTEN_OFF);
    if (gang_driver_lease(&d->config) > 0) {
        bool all = condemn_all(d, stage->groups, out);
        if (job_of(d, stage)->state == JOB_ENDING) /* nobody told those that were left behind to end before */
            all &= condemn_all(d, stage->left_first, out);
        if (!all)
            gang_stage_arm(d, s, GANG_TIMER_RELEASE_WAIT, d->config.release_wait_ns);
        return;
    }
    while (stage->state == STAGE_DRAINING &&
           (stage->groups != GANG_NONE || stage->left_first != GANG_NONE)) {
        uint32_t g = stage->groups != GANG_NONE ? stage->groups : stage->left_first;
        if (groups_of(d)[g].left && job_of(d, stage)->state != JOB_ENDING)
            break; /* nobody told these to end */
        gang_registry_lose(d, groups_of(d)[g].executor, GANG_REASON_NOT_RELEASED, out);
    }
}

/* The delay before the next attempt is over. What the last one still runs was told to end, and keeps its slots until it has. */
static void retry(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (stage->state == STAGE_DRAINING && job_of(d, stage)->state != JOB_RUNNING) {
        if (forces(d))
            gang_stage_arm(d, s, GANG_TIMER_RELEASE_WAIT, d->config.release_wait_ns);
        return;
    }
    if (stage->state == STAGE_DRAINING) {
        gang_left_behind(d, s, out);
        gang_stage_move(d, s, STAGE_BACKOFF);
    }
    if (!has_attempt_left(d, s, out))
        return;
    gang_note(d, out, stage, GANG_REASON_RESTART, stage->checkpoint, stage->attempts_used);
    stage_ready(d, s, out);
}

void gang_jobs_phase_timer(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    enum gang_timer kind = (enum gang_timer)stage->phase_timer;
    stage->phase_timer = GANG_TIMER_NONE;
    switch (kind) {
    case GANG_TIMER_ADMISSION:
        if (job_of(d, stage)->state == JOB_ADMITTING)
            admit_job(d, stage->job, out);
        else
            stage_ready(d, s, out);
        break;
    case GANG_TIMER_RETRY:
        retry(d, s, out);
        break;
    case GANG_TIMER_RESERVE:
        gang_place_reserve_timeout(d, s, out);
        break;
    case GANG_TIMER_SYNC:
    case GANG_TIMER_CALL:
        gang_sync_timeout(d, s, kind == GANG_TIMER_CALL, out);
        break;
    case GANG_TIMER_RELEASE_WAIT:
        not_released(d, s, out);
        break;
    case GANG_TIMER_NONE:
    case GANG_TIMER_LAUNCH_DEADLINE:
    case GANG_TIMER_HEARTBEAT:
    case GANG_TIMER_LEASE:
    case GANG_TIMER_KILL_GRACE:
    case GANG_TIMER_ROUND:
    case GANG_TIMER_DRIVER_LEASE:
    case GANG_TIMER_BEAT:
    case GANG_TIMER_LOCALITY:
    case GANG_TIMER_RESEND:
    case GANG_TIMER_POLL:
    case GANG_TIMER_EXCLUSION:
    case GANG_TIMER_IDLE:
    case GANG_TIMER_GRANT:
    case GANG_TIMER_PLACER:
    case GANG_TIMER_PLACER_POLL:
    case GANG_TIMER_COUNT:
        assert(false); /* no phase of a stage has such a timer */
    }
}

/* G-01: a gang that is not launched in time is a clear error, with what it needed and what there
 * was. */
void gang_jobs_launch_deadline(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    uint64_t free = profiles_of(d)[stage->profile].free;
    GANG_MARK(LAUNCH_DEADLINE);
    refuse(d, stage, GANG_REASON_LAUNCH_DEADLINE,
           stage->kind == GANG_STAGE_BARRIER ? stage->tasks : stage->pending,
           free > UINT32_MAX ? UINT32_MAX : (uint32_t)free, out);
}
