/*
 * admit.c -- admission: whether the cluster can hold what a job asks for, and when a stage may be queued.
 *
 * This room is for: refusals, checks that are repeated, stages whose inputs are there, stages that wait for too long.
 * It may include:   driver_private.h, <assert.h>.
 * Never here:       where anything is placed (place.c), which attempts there are (attempts.c).
 *
 * Invariants: no stage of a job runs before every gang of it fits the cluster (B-11); a stage is queued only while it fits the
 * cluster as it is (G-02) and what it fetches is there; whoever is refused is told what was needed and what there is.
 */
#include "driver_private.h"

#include <assert.h>

/* ---- refusals */
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

/* ---- checks that are repeated */
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

/* ---- stages that are ready */
static void wait_for_parents(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    const struct job *job = job_of(d, stage);
    uint64_t there = stage->parents & job->stages_done & (job->made | ~stage->shuffles);
    gang_wait_for(d, s, GANG_REASON_PARENTS, gang_bits_in(stage->parents), gang_bits_in(there),
                  out);
}

/* Admits one stage that is ready to be queued: what it fetches is there, and it must fit the cluster as it is now (G-02). */
void gang_stage_ready(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->state != STAGE_RUNNING && !gang_stage_has_attempt(d, s, out))
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
    if (begins && !gang_stage_has_attempt(d, s, out))
        return;
    stage->attempts_used += begins;
    gang_stage_ready(d, s, out);
}

void gang_jobs_start_ready(struct gang_driver *d, uint32_t slot, struct gang_effects *out)
{
    const struct job *job = &jobs_of(d)[slot];
    for (uint32_t i = 0; i < job->stage_count && job->state == JOB_RUNNING; i++) {
        const struct stage *stage = stage_at(d, job->first_stage + i);
        if (stage->state == STAGE_NEW)
            gang_stage_ready(d, job->first_stage + i, out);
        else if (is_held_up(stage))
            resubmit(d, job->first_stage + i, out);
    }
}

/* ---- jobs */
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
void gang_job_admit(struct gang_driver *d, uint32_t slot, struct gang_effects *out)
{
    struct job *job = &jobs_of(d)[slot];
    gang_exclude_look(d);
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
