/*
 * tally.c -- what two runs are compared by, counted record by record.
 *
 * This room is for: REP_TALLY_MAP.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       a list that grows with the records: two histories of any length are compared in the same memory.
 *
 * Definitions are those of metrics.h; tests/reports/beside.c compares both. Slots are cores; the world's START, EXIT, UP and DOWN
 * are the truth about them.
 */
#include "rep/beside.h"

#include <stdlib.h>
#include <string.h>

#include "rep_private.h"

struct stage_tally {
    int64_t ready_ns, go_ns;
    uint32_t next_attempt; /* one more than the latest of a gang */
    bool done;
};
struct job_tally {
    uint64_t stages_done;
    bool submitted, ended;
};
struct rep_tally {
    const struct plan *plan;
    struct stage_tally *stages;
    struct job_tally *jobs;
    uint8_t *up; /* of each executor */
    int64_t now_ns, first_submit_ns, last_done_ns;
    uint32_t alive; /* jobs */
    uint64_t done, attempts, gangs_gone, reruns, evicted;
    int64_t cores_up, cores_held;
    rep_wide idle, idle_at_done, waited; /* core-ns; ns */
    bool ups_seen;
};

static const struct {
    const char *text, *unit, *doc;
} rows[] = {
#define X(name, text, unit, doc) {text, unit, doc},
    REP_TALLY_MAP(X)
#undef X
};
const char *rep_tally_text(unsigned row) { return row < REP_TALLY_ROWS ? rows[row].text : NULL; }
const char *rep_tally_unit(unsigned row) { return row < REP_TALLY_ROWS ? rows[row].unit : NULL; }
const char *rep_tally_doc(unsigned row) { return row < REP_TALLY_ROWS ? rows[row].doc : NULL; }

struct rep_tally *rep_tally_new(const struct plan *plan, struct rep_err *err)
{
    rep_begin(err);
    struct rep_tally *t = rep_alloc(1, sizeof *t, err);
    if (t == NULL)
        return NULL;
    t->plan = plan;
    t->stages = rep_alloc(plan->stage_count, sizeof *t->stages, err);
    t->jobs = rep_alloc(plan->job_count, sizeof *t->jobs, err);
    t->up = rep_alloc(plan->executor_count, sizeof *t->up, err);
    if (t->stages == NULL || t->jobs == NULL || t->up == NULL) {
        rep_tally_free(t);
        return NULL;
    }
    for (uint32_t i = 0; i < plan->stage_count; i++)
        t->stages[i].ready_ns = t->stages[i].go_ns = PLAN_NEVER;
    t->first_submit_ns = PLAN_NEVER;
    return t;
}

void rep_tally_free(struct rep_tally *t)
{
    if (t == NULL)
        return;
    free(t->stages);
    free(t->jobs);
    free(t->up);
    free(t);
}

/* ---- stages */

static void make_ready(struct rep_tally *t, uint32_t job)
{
    const struct plan_job *j = &t->plan->jobs[job];
    for (uint32_t i = j->first_stage; i < j->first_stage + j->stage_count; i++)
        if (t->stages[i].ready_ns == PLAN_NEVER && (t->plan->stages[i].parents & ~t->jobs[job].stages_done) == 0)
            t->stages[i].ready_ns = t->now_ns;
}

static void submit(struct rep_tally *t, uint32_t job)
{
    if (t->jobs[job].submitted)
        return;
    t->jobs[job].submitted = true;
    t->alive++;
    t->first_submit_ns = t->now_ns < t->first_submit_ns ? t->now_ns : t->first_submit_ns;
    make_ready(t, job);
}

static void went(struct rep_tally *t, uint32_t gang, uint32_t attempt)
{
    struct stage_tally *stage = &t->stages[gang];
    if (stage->go_ns == PLAN_NEVER) {
        stage->go_ns = t->now_ns;
        t->waited += (rep_wide)rep_between(stage->ready_ns, t->now_ns);
    }
    if (attempt == TRACE_NONE || !rep_is_barrier(t->plan, gang) || attempt < stage->next_attempt)
        return;
    t->gangs_gone += stage->next_attempt == 0;
    t->attempts++;
    stage->next_attempt = attempt + 1;
}

static void stage_done(struct rep_tally *t, const struct trace_record *r, uint32_t gang)
{
    t->stages[gang].done = true;
    t->jobs[r->job].stages_done |= UINT64_C(1) << (r->stage & 63);
    make_ready(t, r->job);
}

/* A stage that never went has waited until now; whoever looks later knows that by its go, which is never. */
static void waited_in_vain(struct rep_tally *t, uint32_t job)
{
    const struct plan_job *j = &t->plan->jobs[job];
    for (uint32_t i = j->first_stage; i < j->first_stage + j->stage_count; i++)
        if (t->stages[i].go_ns == PLAN_NEVER && t->stages[i].ready_ns != PLAN_NEVER)
            t->waited += (rep_wide)rep_between(t->stages[i].ready_ns, t->now_ns);
}

static void job_done(struct rep_tally *t, const struct trace_record *r)
{
    struct job_tally *job = &t->jobs[r->job];
    if (job->ended)
        return;
    job->ended = true;
    t->alive -= job->submitted;
    t->done += r->a == TRACE_REASON_OK;
    t->last_done_ns = t->now_ns;
    t->idle_at_done = t->idle;
    waited_in_vain(t, r->job);
}

/* ---- cores */

static void pass_time(struct rep_tally *t, int64_t at_ns)
{
    int64_t from_ns = t->now_ns > t->first_submit_ns ? t->now_ns : t->first_submit_ns;
    if (at_ns > from_ns && t->cores_up > t->cores_held)
        t->idle += (rep_wide)rep_between(from_ns, at_ns) * (rep_wide)(t->cores_up - t->cores_held);
    t->now_ns = at_ns > t->now_ns ? at_ns : t->now_ns;
}

static void go_up(struct rep_tally *t, uint32_t executor, bool up)
{
    if (executor >= t->plan->executor_count || t->up[executor] == up)
        return;
    t->ups_seen = true;
    t->up[executor] = up;
    t->cores_up += up ? (int64_t)t->plan->executors[executor].cores : -(int64_t)t->plan->executors[executor].cores;
}

static void hold(struct rep_tally *t, uint32_t gang, int64_t sign)
{
    t->cores_held += sign * (int64_t)t->plan->profiles[t->plan->stages[gang].profile].cores;
    t->cores_held = t->cores_held < 0 ? 0 : t->cores_held; /* a foreign history's exit without a start */
}

/* ---- one pass */

static void take_of_gang(struct rep_tally *t, const struct trace_record *r, uint32_t gang)
{
    switch (r->kind) {
    case TRACE_START:
        hold(t, gang, 1);
        t->reruns += !rep_is_barrier(t->plan, gang) && r->attempt != TRACE_NONE && r->attempt > 0;
        went(t, gang, r->attempt);
        break;
    case TRACE_EXIT:
        hold(t, gang, -1);
        break;
    case TRACE_GO:
        went(t, gang, r->attempt);
        break;
    case TRACE_STAGE_DONE:
        stage_done(t, r, gang);
        break;
    case TRACE_KILL:
        t->evicted += r->b == TRACE_REASON_EVICTED && r->a > 0 ? (uint64_t)r->a : 0;
        break;
    default:
        break;
    }
}

static void take(struct rep_tally *t, const struct trace_record *r)
{
    pass_time(t, r->at_ns);
    if (r->kind == TRACE_UP || r->kind == TRACE_DOWN)
        go_up(t, r->executor, r->kind == TRACE_UP);
    if (r->job >= t->plan->job_count)
        return;
    uint32_t gang = rep_gang(t->plan, r->job, r->stage);
    if (r->kind == TRACE_SUBMIT)
        submit(t, r->job);
    else if (r->kind == TRACE_JOB_DONE)
        job_done(t, r);
    else if (gang != PLAN_NONE)
        take_of_gang(t, r, gang);
}

void rep_tally_take(struct rep_tally *t, const struct trace_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        take(t, &records[i]);
}

static int64_t narrow(rep_wide value) { return value < INT64_MAX ? (int64_t)value : INT64_MAX; }

void rep_tally_finish(struct rep_tally *t, int64_t values[static REP_TALLY_ROWS])
{
    bool all_ended = t->alive == 0 && t->last_done_ns > 0;
    int64_t end_ns = all_ended ? t->last_done_ns : t->now_ns;
    uint64_t stuck = 0;
    for (uint32_t j = 0; j < t->plan->job_count; j++)
        if (t->jobs[j].submitted && !t->jobs[j].ended)
            waited_in_vain(t, j);
    for (uint32_t i = 0; i < t->plan->stage_count; i++)
        stuck += t->stages[i].ready_ns != PLAN_NEVER && t->stages[i].go_ns == PLAN_NEVER;
    values[REP_TALLY_DONE] = (int64_t)t->done;
    values[REP_TALLY_MAKESPAN] = t->first_submit_ns == PLAN_NEVER ? 0 : rep_between(t->first_submit_ns, end_ns);
    values[REP_TALLY_WAITING] = narrow(t->waited);
    values[REP_TALLY_STUCK] = (int64_t)stuck;
    values[REP_TALLY_RESTARTS] = (int64_t)(t->attempts - t->gangs_gone + t->reruns);
    values[REP_TALLY_EVICTED] = (int64_t)t->evicted;
    values[REP_TALLY_IDLE] = t->ups_seen ? narrow((all_ended ? t->idle_at_done : t->idle) / 1000000) : -1;
}
