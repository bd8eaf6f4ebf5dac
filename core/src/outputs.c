/*
 * outputs.c -- what shuffles read: where each output lies, what is lost with an executor, and who
 * makes it again.
 *
 * This room is for: outputs of stages that some other stage of their job fetches from.
 * It may include:   <assert.h>, and this room's headers.
 * Never here:       who pays for a failure (attempts.c), and where anything is placed.
 *
 * A rank whose success counts is RANK_DONE, and its output lies on the executor where it ended: that
 * needs no memory beyond the rank's own, for its `group` is over. Outputs go with the process that
 * holds them, so whatever is thought to be there is of the executor's present incarnation.
 *
 * What is lost is made again only when somebody needs it: a stage that is not done and fetches it.
 * Until then the stage stays done, and its ranks without an output are RANK_LOST. `job.made` says of
 * which stages everything is there.
 */
#include "driver_private.h"

#include <assert.h>

static uint64_t bit_of(const struct stage *stage) { return UINT64_C(1) << stage->index; }

bool gang_inputs_are_there(const struct gang_driver *d, const struct stage *stage)
{
    const struct job *job = &jobs_of(d)[stage->job];
    return (stage->parents & ~job->stages_done) == 0 && (stage->shuffles & ~job->made) == 0;
}

uint32_t gang_ranks_to_start(struct gang_driver *d, const struct stage *stage, uint32_t rank)
{
    uint32_t r = rank;
    if (stage->kept == 0)
        return stage->tasks - rank;
    while (r < stage->tasks && rank_at(d, stage, r)->state != RANK_DONE)
        r++;
    return r - rank;
}

/* ---- saying so */
static void say(struct gang_driver *d, const struct stage *stage, uint32_t first, uint32_t count,
                enum gang_reason reason, struct gang_effects *out)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_UNREGISTER, stage);
    msg->rank = first;
    msg->count = count;
    msg->reason = (uint16_t)reason;
}

/* How many ranks from r on are in this state. */
static uint32_t run_of(struct gang_driver *d, const struct stage *stage, uint32_t r,
                       enum rank_state state)
{
    uint32_t count = 0;
    while (r + count < stage->tasks && rank_at(d, stage, r + count)->state == state)
        count++;
    return count;
}

/* ---- what is lost */
/* The ranks whose output lies there become RANK_LOST; returns how many. */
static uint32_t mark_lost(struct gang_driver *d, const struct stage *stage, uint32_t executor)
{
    uint32_t lost = 0;
    for (uint32_t r = 0; r < stage->tasks; r++) {
        struct rank *rank = rank_at(d, stage, r);
        if (rank->state != RANK_DONE || rank->group != executor)
            continue;
        rank->state = RANK_LOST;
        rank->group = GANG_NONE;
        lost++;
    }
    return lost;
}

/* A task whose output is gone is a task to be run, under a new number. False: there is no number left, and no job. */
static bool renew(struct gang_driver *d, uint32_t s, uint32_t r, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    struct rank *rank = rank_at(d, stage, r);
    rank->state = RANK_IDLE;
    stage->pending += stage->state == STAGE_RUNNING;
    if (r < stage->pending_low)
        stage->pending_low = r;
    if (++rank->attempt < UINT16_MAX)
        return true;
    gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, rank->attempt, out);
    return false;
}

/* Says which outputs of a MapReduce stage are lost; their tasks wait to be run again. */
static void renew_lost(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                       struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    const struct job *job = job_of(d, stage);
    for (uint32_t r = 0, count; r<stage->tasks; r += count> 0 ? count : 1) {
        count = run_of(d, stage, r, RANK_LOST);
        if (count > 0)
            say(d, stage, r, count, reason, out);
        for (uint32_t i = r; i < r + count; i++)
            if (!renew(d, s, i, out))
                return;
    }
    if (stage->state != STAGE_RUNNING || job->state != JOB_RUNNING)
        return;
    if (timers_of(d).place[launch_timer(s)] == GANG_NONE)
        gang_stage_patience(d, s);
    gang_place_enqueue(d, s, out);
}

static void lose_of_tasks(struct gang_driver *d, uint32_t s, uint32_t executor,
                          enum gang_reason reason, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint32_t lost = mark_lost(d, stage, executor);
    if (lost == 0)
        return;
    GANG_MARK(OUTPUTS_LOST);
    stage->exited -= lost;
    job_of(d, stage)->made &= ~bit_of(stage);
    if (stage->state != STAGE_DONE)
        renew_lost(d, s, reason, out);
}

/* A gang's kept successes (B-145) that lie there are worth nothing any more; it has to start those ranks, too. */
static void lose_kept(struct gang_driver *d, uint32_t s, uint32_t executor, enum gang_reason reason,
                      struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    stage->kept -= mark_lost(d, stage, executor);
    if (stage->state == STAGE_LAUNCHING)
        gang_place_revert(d, s, reason, out); /* it would go without them */
    stage->queued_ranks = stage->tasks - stage->kept;
    for (uint32_t r = 0, count; r<stage->tasks; r += count> 0 ? count : 1) {
        count = run_of(d, stage, r, RANK_LOST);
        for (uint32_t i = r; i < r + count; i++)
            rank_at(d, stage, i)->state = RANK_IDLE;
        if (count > 0)
            say(d, stage, r, count, reason, out);
    }
}

static bool has_output_there(struct gang_driver *d, const struct stage *stage, uint32_t executor,
                             uint32_t *first)
{
    for (*first = 0; *first < stage->tasks; ++*first) {
        const struct rank *rank = rank_at(d, stage, *first);
        if (rank->state == RANK_DONE && rank->group == executor)
            return true;
    }
    return false;
}

static bool has_copy_there(struct gang_driver *d, const struct stage *stage, uint32_t executor)
{
    for (uint32_t r = 0; r < stage->tasks && stage->copies > 0; r++)
        if (gang_copy_lies(stage, rank_at(d, stage, r)) == executor)
            return true;
    return false;
}

/* Of a gang that runs. What it had from an attempt before, its copy will make. */
static void lose_copies(struct gang_driver *d, uint32_t s, uint32_t executor,
                        enum gang_reason reason, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    for (uint32_t r = 0; r < stage->tasks && stage->copies > 0; r++) {
        if (gang_copy_lies(stage, rank_at(d, stage, r)) != executor)
            continue;
        GANG_MARK(OUTPUTS_LOST);
        gang_copy_forget(stage, rank_at(d, stage, r));
        say(d, stage, r, 1, reason, out);
    }
}

/* B-142, B-191: with one output of a gang all are lost, for a gang is made whole or not at all. */
static void lose_of_gang(struct gang_driver *d, uint32_t s, uint32_t executor,
                         enum gang_reason reason, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint32_t first;
    lose_copies(d, s, executor, reason, out);
    if (!has_output_there(d, stage, executor, &first))
        return;
    GANG_MARK(OUTPUTS_LOST);
    if (stage->state == STAGE_RUNNING) {
        gang_failed(d, s, GANG_REASON_OUTPUT_LOST, first, executor, out);
    } else if (stage->state == STAGE_DONE) {
        (void)mark_lost(d, stage, executor);
        job_of(d, stage)->made &= ~bit_of(stage);
    } else {
        lose_kept(d, s, executor, reason, out);
    }
}

static void lose_of_stage(struct gang_driver *d, uint32_t s, uint32_t executor,
                          enum gang_reason reason, struct gang_effects *out)
{
    if (stage_at(d, s)->kind == GANG_STAGE_BARRIER)
        lose_of_gang(d, s, executor, reason, out);
    else
        lose_of_tasks(d, s, executor, reason, out);
}

void gang_outputs_drop(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    if (stage->exited + stage->kept + stage->copies == 0)
        return;
    for (uint32_t r = 0; r < stage->tasks && stage->copies > 0; r++) {
        if (gang_copy_lies(stage, rank_at(d, stage, r)) == GANG_NONE)
            continue;
        gang_copy_forget(stage, rank_at(d, stage, r));
        if (stage->is_shuffled)
            say(d, stage, r, 1, GANG_REASON_GANG_FAILED, out);
    }
    for (uint32_t r = 0, count; r<stage->tasks; r += count> 0 ? count : 1) {
        count = run_of(d, stage, r, RANK_DONE);
        for (uint32_t i = r; i < r + count; i++) {
            rank_at(d, stage, i)->state = RANK_ENDED;
            rank_at(d, stage, i)->group = GANG_NONE;
        }
        if (count > 0 && stage->is_shuffled)
            say(d, stage, r, count, GANG_REASON_GANG_FAILED, out);
    }
    stage->exited = stage->kept = 0;
}

/* ---- making it again */
/* A gang that was done begins anew, as a new attempt: what is left of the old one counts no more, or its children would read
 * from two attempts. */
static void undo_gang(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                      struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint32_t first = 0;
    while (rank_at(d, stage, first)->state != RANK_LOST)
        first++;
    gang_fence(d, s, reason, first, 0, out);
    say(d, stage, 0, stage->tasks, reason, out);
    for (uint32_t r = 0; r < stage->tasks; r++) {
        rank_at(d, stage, r)->state = RANK_IDLE;
        rank_at(d, stage, r)->group = GANG_NONE;
    }
    stage->exited = stage->kept = 0;
    if (stage->attempts_made > UINT16_MAX)
        gang_job_fail(d, stage->job, GANG_REASON_ATTEMPTS, stage->attempts_made, out);
}

static void undo(struct gang_driver *d, uint32_t s, enum gang_reason reason,
                 struct gang_effects *out)
{
    GANG_MARK(REMADE);
    gang_stage_move(d, s, STAGE_NEW);
    if (stage_at(d, s)->kind == GANG_STAGE_BARRIER)
        undo_gang(d, s, reason, out);
    else
        renew_lost(d, s, reason, out);
}

/* Nothing new of a stage is launched while its parents make their outputs again. What runs goes on: it may have read them. */
static void hold_up(struct gang_driver *d, uint32_t s, struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    if (stage->state == STAGE_LAUNCHING)
        gang_place_revert(d, s, GANG_REASON_OUTPUT_LOST, out);
    if (stage->state == STAGE_QUEUED) {
        gang_place_dequeue(d, s);
        gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
        gang_stage_move(d, s, STAGE_NEW);
    } else if (stage->state == STAGE_ADMITTING) {
        gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s)); /* it is not ready; its next check finds that, too */
    } else if (stage->state == STAGE_RUNNING && stage->kind == GANG_STAGE_MAPREDUCE) {
        gang_place_take_back(d, s, out);
        gang_place_dequeue(d, s);
        gang_timers_cancel(&d->timers, timers_of(d), launch_timer(s));
    }
}

/* From the last stage to the first, for parents come before: whoever is not done needs all that it fetches. */
static void undo_what_is_needed(struct gang_driver *d, const struct job *job,
                                enum gang_reason reason, struct gang_effects *out)
{
    for (uint32_t i = job->stage_count; i-- > 0 && job->state == JOB_RUNNING;) {
        const struct stage *stage = stage_at(d, job->first_stage + i);
        uint64_t missing = stage->state == STAGE_DONE ? 0 : stage->shuffles & ~job->made;
        for (uint32_t p = 0; p < i && job->state == JOB_RUNNING; p++)
            if ((missing >> p & 1) && stage_at(d, job->first_stage + p)->state == STAGE_DONE)
                undo(d, job->first_stage + p, reason, out);
    }
}

/* After something of a job was lost. */
static void make_again(struct gang_driver *d, uint32_t slot, enum gang_reason reason,
                       struct gang_effects *out)
{
    const struct job *job = &jobs_of(d)[slot];
    undo_what_is_needed(d, job, reason, out);
    for (uint32_t i = 0; i < job->stage_count && job->state == JOB_RUNNING; i++)
        if (!gang_inputs_are_there(d, stage_at(d, job->first_stage + i)))
            hold_up(d, job->first_stage + i, out);
    if (job->state == JOB_RUNNING)
        gang_jobs_start_ready(d, slot, out);
}

/* ---- how it becomes known */
static enum gang_reason reason_of(const struct gang_driver *d, uint32_t executor)
{
    return executors_of(d)[executor].leaving ? GANG_REASON_DECOMMISSIONED : GANG_REASON_OUTPUT_LOST;
}

void gang_outputs_lost(struct gang_driver *d, uint32_t executor, struct gang_effects *out)
{
    enum gang_reason reason = reason_of(d, executor);
    for (uint32_t slot = 0; slot < d->limits.jobs && d->outputs_alive > 0; slot++) {
        const struct job *job = &jobs_of(d)[slot];
        for (uint32_t i = 0; job->state == JOB_RUNNING && i < job->stage_count; i++)
            if (stage_at(d, job->first_stage + i)->is_shuffled)
                lose_of_stage(d, job->first_stage + i, executor, reason, out);
        if (job->state == JOB_RUNNING)
            make_again(d, slot, reason, out);
    }
}

/* Whether anything of the stage is thought to be there. Where a process that had much is gone, thousands miss it in one
 * instant, and only the first of them tells anything new: the others do not look through all ranks again. */
static bool has_anything_there(struct gang_driver *d, struct stage *stage, uint32_t executor)
{
    uint32_t first;
    if (stage->nothing_on == executor + 1)
        return false;
    if (has_output_there(d, stage, executor, &first) || has_copy_there(d, stage, executor))
        return true;
    stage->nothing_on = executor + 1;
    return false;
}

static uint32_t incarnation_missed(const struct gang_msg *msg)
{
    return (uint32_t)(msg->blob.digest >> 32);
}

enum gang_reason gang_outputs_cause(const struct gang_driver *d, const struct gang_msg *msg)
{
    if (msg->count >= d->limits.executors)
        return GANG_REASON_FETCH_FAILED;
    const struct member_executor *e = &executors_of(d)[msg->count];
    bool went = e->leaving && e->incarnation == incarnation_missed(msg);
    return went ? GANG_REASON_DECOMMISSIONED : GANG_REASON_FETCH_FAILED;
}

/* Only what is still thought to be there can be missed: of an older process nothing is, and an output that was made again
 * meanwhile lies elsewhere. */
void gang_outputs_missed(struct gang_driver *d, uint32_t s, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    uint32_t parent = msg->blob.bytes, slot = stage->job;
    if (parent >= stage->index || !(stage->shuffles >> parent & 1) ||
        msg->count >= d->limits.executors) {
        GANG_MARK(FETCH_STALE);
        return;
    }
    const struct member_executor *e = &executors_of(d)[msg->count];
    uint32_t p = jobs_of(d)[slot].first_stage + parent;
    if (e->state != EXECUTOR_ALIVE || e->incarnation != incarnation_missed(msg) ||
        !has_anything_there(d, stage_at(d, p), msg->count)) {
        GANG_MARK(FETCH_STALE);
        return;
    }
    lose_of_stage(d, p, msg->count, GANG_REASON_FETCH_FAILED, out);
    if (jobs_of(d)[slot].state == JOB_RUNNING)
        make_again(d, slot, GANG_REASON_FETCH_FAILED, out);
}
