/*
 * history.c -- see history.h.
 */
#define _POSIX_C_SOURCE 200809L
#include "history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- plan */

void history_open(struct history *h, uint32_t executors, uint32_t cores)
{
    memset(h, 0, sizeof *h);
    h->plan = plan_new();
    assert(h->plan != NULL);
    for (uint32_t e = 0; e < executors; e++)
        plan_add_executor(h->plan, &(struct plan_executor){.cores = cores, .memory_mib = 1024});
    h->profile = plan_add_profile(h->plan, &(struct plan_profile){.cores = 1});
}

void history_close(struct history *h)
{
    plan_free(h->plan);
    free(h->records);
    memset(h, 0, sizeof *h);
}

uint32_t history_job(struct history *h, const char *name)
{
    return plan_add_job(h->plan, &(struct plan_job){.name = plan_name(h->plan, name),
                                                    .first_stage = h->plan->stage_count});
}

uint32_t history_stage(struct history *h, uint32_t job, const char *name, uint32_t kind,
                       uint32_t tasks, uint64_t parents)
{
    struct plan_op end = {.code = PLAN_OP_END};
    uint32_t program = plan_add_program(h->plan, "nothing", &end, 1);
    plan_add_stage(h->plan, &(struct plan_stage){.name = plan_name(h->plan, name),
                                                 .job = job,
                                                 .kind = kind,
                                                 .tasks = tasks,
                                                 .min = tasks,
                                                 .max = tasks,
                                                 .profile = h->profile,
                                                 .program = program,
                                                 .column = PLAN_NONE,
                                                 .row = 0,
                                                 .parents = parents,
                                                 .role = PLAN_NONE,
                                                 .group = PLAN_NONE});
    return h->plan->jobs[job].stage_count - 1;
}

const struct rep_run *history_run(struct history *h)
{
    h->header = (struct trace_header){.version = TRACE_FORMAT_VERSION,
                                      .seed = 7,
                                      .observes = UINT64_MAX,
                                      .core_id = "core 1",
                                      .target = "sim",
                                      .policy = "strict",
                                      .plan_text = ""};
    h->run = (struct rep_run){.plan = h->plan,
                              .header = &h->header,
                              .records = h->records,
                              .record_count = h->count,
                              .chain = UINT64_C(0x0123456789abcdef),
                              .verdict = &h->verdict,
                              .scenario = "story.lua",
                              .replay = "muster run story.lua --seed 7"};
    return &h->run;
}

/* ---- records */

uint64_t history_last(const struct history *h) { return h->count; }

struct trace_record *history_add(struct history *h, unsigned kind, int64_t at_ns, uint64_t cause)
{
    if (h->count == h->capacity) {
        h->capacity = h->capacity * 2 + 256;
        h->records = realloc(h->records, h->capacity * sizeof *h->records);
        assert(h->records != NULL);
    }
    struct trace_record *r = &h->records[h->count++];
    *r = (struct trace_record){.at_ns = at_ns,
                               .cause = cause,
                               .kind = (uint16_t)kind,
                               .actor = TRACE_WORLD,
                               .executor = TRACE_NONE,
                               .job = TRACE_NONE,
                               .stage = TRACE_NONE,
                               .attempt = TRACE_NONE,
                               .epoch = TRACE_NONE,
                               .rank = TRACE_NONE};
    return r;
}

struct trace_record *history_of(struct history *h, unsigned kind, int64_t at_ns, uint64_t cause,
                                uint32_t job, uint32_t stage, uint32_t attempt)
{
    struct trace_record *r = history_add(h, kind, at_ns, cause);
    r->job = job;
    r->stage = stage;
    r->attempt = attempt;
    r->actor = TRACE_DRIVER;
    return r;
}

struct trace_record *history_deliver(struct history *h, unsigned actor)
{
    struct trace_record sent = h->records[h->count - 1];
    struct trace_record *r = history_add(h, TRACE_DELIVER, 0, h->count);
    uint64_t cause = r->cause;
    *r = sent;
    r->flags = sent.kind;
    r->kind = TRACE_DELIVER;
    r->cause = cause;
    r->at_ns = sent.at_ns + MS;
    r->actor = actor;
    return r;
}

void history_up(struct history *h, int64_t at_ns)
{
    for (uint32_t e = 0; e < h->plan->executor_count; e++) {
        struct trace_record *r = history_add(h, TRACE_UP, at_ns, 0);
        r->executor = e;
        r->actor = TRACE_EXECUTOR;
        r->a = 0;
    }
    for (uint32_t e = 0; e < h->plan->executor_count; e++) {
        struct trace_record *r = history_add(h, TRACE_JOIN, at_ns, 0);
        r->executor = e;
        r->actor = TRACE_DRIVER;
    }
}

uint64_t history_submit(struct history *h, int64_t at_ns, uint32_t job)
{
    history_add(h, TRACE_SUBMIT, at_ns, 0)->job = job;
    return h->count;
}

/* One record a group: what `kind` says of the ranks on one executor. */
static void groups(struct history *h, unsigned kind, int64_t at_ns, uint64_t cause, uint32_t job,
                   uint32_t stage, uint32_t attempt, uint32_t ranks, uint32_t first, uint32_t per)
{
    for (uint32_t rank = 0; rank < ranks; rank += per) {
        struct trace_record *r = history_of(h, kind, at_ns, cause, job, stage, attempt);
        r->executor = first + rank / per;
        r->rank = rank;
        r->a = ranks - rank < per ? ranks - rank : per;
    }
}

static void launch(struct history *h, int64_t at_ns, uint64_t cause, uint32_t job, uint32_t stage,
                   uint32_t attempt, uint32_t ranks, uint32_t first, uint32_t per)
{
    struct trace_record *r = history_of(h, TRACE_PLAN, at_ns, cause, job, stage, attempt);
    r->a = ranks;
    r->b = (ranks + per - 1) / per;
    groups(h, TRACE_RESERVE, at_ns, cause, job, stage, attempt, ranks, first, per);
    for (uint32_t rank = 0; rank < ranks; rank += per) {
        r = history_of(h, TRACE_RESERVE_ACK, at_ns + MS, h->count, job, stage, attempt);
        r->actor = TRACE_EXECUTOR;
        r->executor = first + rank / per;
        r->rank = rank;
        r->a = ranks - rank < per ? ranks - rank : per;
        history_deliver(h, TRACE_DRIVER);
    }
    groups(h, TRACE_GO, at_ns + 2 * MS, h->count, job, stage, attempt, ranks, first, per);
    for (uint32_t rank = 0; rank < ranks; rank++) {
        r = history_of(h, TRACE_START, at_ns + 3 * MS, h->count, job, stage, attempt);
        r->actor = TRACE_EXECUTOR;
        r->executor = first + rank / per;
        r->rank = rank;
    }
}

void history_launch(struct history *h, int64_t at_ns, uint64_t cause, uint32_t job, uint32_t stage,
                    uint32_t attempt, uint32_t ranks, uint32_t first, uint32_t per)
{
    launch(h, at_ns, cause, job, stage, attempt, ranks, first, per);
}

static void arrive(struct history *h, int64_t at_ns, uint32_t job, uint32_t stage, uint32_t attempt,
                   uint32_t epoch, uint32_t rank, uint32_t executor)
{
    struct trace_record *r = history_of(h, TRACE_ARRIVE, at_ns, h->count, job, stage, attempt);
    r->actor = TRACE_EXECUTOR;
    r->executor = executor;
    r->epoch = epoch;
    r->rank = rank;
    history_deliver(h, TRACE_DRIVER);
}

void history_round(struct history *h, int64_t from_ns, int64_t to_ns, uint32_t job, uint32_t stage,
                   uint32_t attempt, uint32_t epoch, uint32_t ranks, uint32_t first, uint32_t per,
                   uint32_t last)
{
    for (uint32_t rank = 0; rank < ranks; rank++)
        if (rank != last)
            arrive(h, from_ns, job, stage, attempt, epoch, rank, first + rank / per);
    arrive(h, to_ns, job, stage, attempt, epoch, last, first + last / per);
    uint64_t from = h->count;
    groups(h, TRACE_RELEASE, to_ns + MS, h->count, job, stage, attempt, ranks, first, per);
    for (uint64_t i = from; i < h->count; i++)
        h->records[i].epoch = epoch;
}

void history_exit(struct history *h, int64_t at_ns, uint64_t cause, uint32_t job, uint32_t stage,
                  uint32_t attempt, uint32_t rank, uint32_t executor, unsigned status, int64_t code)
{
    struct trace_record *r = history_of(h, TRACE_EXIT, at_ns, cause, job, stage, attempt);
    r->actor = TRACE_EXECUTOR;
    r->rank = rank;
    r->executor = executor;
    r->a = status;
    r->b = code;
    if (status == TRACE_EXIT_HOST)
        return;
    struct trace_record exit = *r;
    r = history_add(h, TRACE_FREE, at_ns, h->count);
    uint64_t free_cause = r->cause;
    *r = exit;
    r->kind = TRACE_FREE;
    r->cause = free_cause;
    history_deliver(h, TRACE_DRIVER);
}

void history_finish(struct history *h, int64_t at_ns, uint32_t job, uint32_t stage,
                    uint32_t attempt, uint32_t ranks, uint32_t first, uint32_t per, bool job_done)
{
    for (uint32_t rank = 0; rank < ranks; rank++) {
        history_exit(h, at_ns, 0, job, stage, attempt, rank, first + rank / per, TRACE_EXIT_OK, 0);
        struct trace_record *r =
            history_of(h, TRACE_ACCEPT, at_ns + MS, h->count, job, stage, attempt);
        r->rank = rank;
        r->a = TRACE_ACCEPT_SUCCESS;
    }
    history_of(h, TRACE_STAGE_DONE, at_ns + MS, h->count, job, stage, attempt)->a = attempt + 1;
    if (job_done)
        history_of(h, TRACE_JOB_DONE, at_ns + MS, h->count, job, TRACE_NONE, TRACE_NONE);
}

void history_end(struct history *h, int64_t at_ns, int64_t reason)
{
    struct trace_record *r = history_add(h, TRACE_END, at_ns, 0);
    r->a = reason;
    r->b = (int64_t)h->count;
}

/* ---- output */

char *history_text(const struct rep_run *run, report_fn *fn)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out != NULL);
    struct rep_err err;
    enum rep_status status = fn(run, out, &err);
    assert(status == REP_OK);
    fclose(out);
    return text;
}

static uint64_t story_lines;
static enum rep_status story(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_story(run, out, story_lines, err);
}

char *history_story(const struct rep_run *run, uint64_t max_lines)
{
    story_lines = max_lines;
    return history_text(run, story);
}

static struct rep_terminal terminal;
static enum rep_status timeline(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_timeline_text(run, &terminal, out, err);
}

char *history_timeline(const struct rep_run *run, int columns)
{
    terminal = (struct rep_terminal){.columns = columns, .ascii = true};
    return history_text(run, timeline);
}

/* --------------------------------------------------------------------------------------- the crash
 * story */

/* Executor 1 crashes at 12 s; its silence is noticed at 132 s; the gang restarts from checkpoint 1
 * on executors 0 and 2. */
void history_crash_story(struct history *h)
{
    history_open(h, 3, 2);
    uint32_t job = history_job(h, "train"), act;
    history_stage(h, job, "fit", PLAN_STAGE_BARRIER, 4, 0);
    struct plan_act crash = plan_act_blank();
    crash.kind = PLAN_ACT_CRASH;
    crash.at_ns = 12 * SEC;
    crash.executor = 1;
    crash.for_good = 1;
    act = plan_add_act(h->plan, &crash);

    history_up(h, 0);
    uint64_t submit = history_submit(h, 0, job);
    history_launch(h, 0, submit, job, 0, 0, 4, 0, 2);
    for (uint32_t epoch = 0; epoch < 10; epoch++)
        history_round(h, (epoch + 1) * SEC, (epoch + 1) * SEC + 100 * MS, job, 0, 0, epoch, 4, 0, 2,
                      3);
    struct trace_record *r = history_of(h, TRACE_ACCEPT, 10500 * MS, h->count, job, 0, 0);
    r->a = TRACE_ACCEPT_CHECKPOINT;
    r->b = 1;

    r = history_add(h, TRACE_FAULT, 12 * SEC, 0);
    r->executor = 1;
    r->a = act;
    r->b = PLAN_ACT_CRASH;
    uint64_t fault = h->count;
    r = history_add(h, TRACE_DOWN, 12 * SEC, fault);
    r->executor = 1;
    r->actor = TRACE_EXECUTOR;
    history_exit(h, 12 * SEC, fault, job, 0, 0, 2, 1, TRACE_EXIT_HOST, 0);
    history_exit(h, 12 * SEC, fault, job, 0, 0, 3, 1, TRACE_EXIT_HOST, 0);

    r = history_add(h, TRACE_TIMER, 132 * SEC, 0);
    r->a = TRACE_TIMER_HEARTBEAT;
    uint64_t timer = h->count;
    r = history_of(h, TRACE_LOST, 132 * SEC, timer, TRACE_NONE, TRACE_NONE, TRACE_NONE);
    r->executor = 1;
    r->b = TRACE_REASON_SILENT;
    r = history_of(h, TRACE_FENCE, 132 * SEC, timer, job, 0, 0);
    r->a = TRACE_REASON_EXECUTOR_LOST;
    r->rank = 2;
    r = history_of(h, TRACE_KILL, 132 * SEC, timer, job, 0, 0);
    r->executor = 0;
    r->rank = 0;
    r->a = 2;
    r->b = TRACE_REASON_EXECUTOR_LOST;
    r = history_of(h, TRACE_NOTE, 132 * SEC, timer, job, 0, 0);
    r->a = TRACE_REASON_RESTART;
    r->b = 1;
    history_exit(h, 132 * SEC + MS, h->count, job, 0, 0, 0, 0, TRACE_EXIT_KILLED, 0);
    history_exit(h, 132 * SEC + MS, h->count, job, 0, 0, 1, 0, TRACE_EXIT_KILLED, 0);

    r = history_add(h, TRACE_TIMER, 132200 * MS, h->count);
    r->a = TRACE_TIMER_RETRY;
    timer = h->count;
    r = history_of(h, TRACE_PLAN, 132200 * MS, timer, job, 0, 1);
    r->a = 4;
    r->b = 2;
    for (uint32_t i = 0; i < 2; i++) {
        r = history_of(h, TRACE_RESERVE, 132200 * MS, timer, job, 0, 1);
        r->executor = i * 2;
        r->rank = i * 2;
        r->a = 2;
    }
    for (uint32_t i = 0; i < 2; i++) {
        r = history_of(h, TRACE_GO, 132202 * MS, h->count, job, 0, 1);
        r->executor = i * 2;
        r->rank = i * 2;
        r->a = 2;
    }
    for (uint32_t rank = 0; rank < 4; rank++) {
        r = history_of(h, TRACE_START, 132203 * MS, h->count, job, 0, 1);
        r->actor = TRACE_EXECUTOR;
        r->executor = rank / 2 * 2;
        r->rank = rank;
    }
    for (uint32_t rank = 0; rank < 4; rank++) {
        history_exit(h, 140 * SEC, 0, job, 0, 1, rank, rank / 2 * 2, TRACE_EXIT_OK, 0);
        r = history_of(h, TRACE_ACCEPT, 140 * SEC + MS, h->count, job, 0, 1);
        r->a = TRACE_ACCEPT_SUCCESS;
        r->rank = rank;
    }
    history_of(h, TRACE_STAGE_DONE, 140 * SEC + MS, h->count, job, 0, 1)->a = 2;
    history_of(h, TRACE_JOB_DONE, 140 * SEC + MS, h->count, job, TRACE_NONE, TRACE_NONE);
    history_end(h, 140 * SEC + MS, TRACE_END_FINISHED);
}
