/*
 * why.c -- why a gang is where it is at some time: what it lacks, who holds it since when, what
 * will end the waiting.
 *
 * This room is for: `muster why`.
 * It may include:   the C library, plan and trace (as data); trace_state.h, the fold that judges
 *                   use too.
 * Never here:       guesses. Timers are computed from the plan's settings; what happened next is
 *                   read from the history.
 */
#include "why.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------- the state
 * at T */

/* All arrays of the shape are uint32, laid out one after another in one block; but one is bytes,
 * and last. */
static bool make_shape(struct why *w, struct rep_err *err)
{
    const struct plan *plan = w->plan;
    size_t stages = plan->stage_count, executors = plan->executor_count;
    size_t words = plan->job_count + 1 + stages * 4 + executors * 3;
    uint32_t *word = rep_alloc(words + stages, sizeof *word, err);
    w->shape_memory = word;
    if (word == NULL)
        return false;
    uint32_t *first_stage = word, *tasks = first_stage + plan->job_count + 1,
             *cores = tasks + stages;
    uint32_t *memory = cores + stages, *gpu = memory + stages, *has_cores = gpu + stages;
    uint32_t *has_memory = has_cores + executors, *has_gpus = has_memory + executors;
    uint8_t *barrier = (uint8_t *)(has_gpus + executors);
    for (uint32_t j = 0; j < plan->job_count; j++)
        first_stage[j] = plan->jobs[j].first_stage;
    first_stage[plan->job_count] = plan->stage_count;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        const struct plan_profile *need = &plan->profiles[plan->stages[i].profile];
        tasks[i] = plan->stages[i].tasks;
        cores[i] = need->cores;
        memory[i] = need->memory_mib;
        gpu[i] = need->gpu_milli;
        barrier[i] = rep_is_barrier(plan, i);
    }
    for (uint32_t e = 0; e < plan->executor_count; e++) {
        has_cores[e] = plan->executors[e].cores;
        has_memory[e] = plan->executors[e].memory_mib;
        has_gpus[e] = plan->executors[e].gpus;
    }
    w->shape = (struct trace_shape){.executor_count = plan->executor_count,
                                    .job_count = plan->job_count,
                                    .stage_count = plan->stage_count,
                                    .profile_count = plan->profile_count,
                                    .job_first_stage = first_stage,
                                    .stage_tasks = tasks,
                                    .stage_is_barrier = barrier,
                                    .stage_cores = cores,
                                    .stage_memory_mib = memory,
                                    .stage_gpu_milli = gpu,
                                    .executor_cores = has_cores,
                                    .executor_memory_mib = has_memory,
                                    .executor_gpus = has_gpus};
    return true;
}

static bool fold(struct why *w, struct rep_err *err)
{
    if (!make_shape(w, err))
        return false;
    size_t size = trace_state_size(&w->shape);
    w->state_memory = rep_alloc(size, 1, err);
    if (w->state_memory == NULL)
        return false;
    w->state = trace_state_init(w->state_memory, size, &w->shape);
    while (w->next < w->run->record_count && w->run->records[w->next].at_ns <= w->at_ns) {
        trace_state_take(w->state, &w->run->records[w->next], w->next + 1);
        w->next++;
    }
    return true;
}

const struct trace_rank *why_rank(const struct why *w, uint32_t gang, uint32_t rank)
{
    const struct plan_stage *stage = &w->plan->stages[gang];
    return trace_state_rank(w->state, stage->job, gang - w->plan->jobs[stage->job].first_stage,
                            rank);
}

const struct trace_stage *why_stage(const struct why *w, uint32_t gang)
{
    const struct plan_stage *stage = &w->plan->stages[gang];
    return trace_state_stage(w->state, stage->job, gang - w->plan->jobs[stage->job].first_stage);
}

bool why_is_alive(const struct trace_rank *rank)
{
    return rank->state == TRACE_RANK_RUNNING || rank->state == TRACE_RANK_SYNCING;
}

bool why_is_holding(const struct trace_rank *rank)
{
    return why_is_alive(rank) || rank->state == TRACE_RANK_RESERVED ||
           rank->state == TRACE_RANK_ACKED;
}

void why_put_at(FILE *out, int64_t ns)
{
    rep_put_fixed(out, ns, 3);
    fputc('s', out);
}

/* The header names the policy and what of it was set: "spark", "strict launch=direct". */
bool why_policy_has(const struct why *w, const char *axis, const char *spark)
{
    const char *policy = w->run->header != NULL ? w->run->header->policy : NULL;
    size_t length = strlen(axis);
    if (policy == NULL)
        return false;
    for (const char *at = strchr(policy, ' '); at != NULL; at = strchr(at + 1, ' '))
        if (strncmp(at + 1, axis, length) == 0 && at[1 + length] == '=') {
            const char *value = at + 2 + length;
            return strncmp(value, spark, strlen(spark)) == 0 &&
                   (value[strlen(spark)] == '\0' || value[strlen(spark)] == ' ');
        }
    return strncmp(policy, "spark", 5) == 0;
}

static void put_need(const struct why *w)
{
    const struct plan_stage *stage = &w->plan->stages[w->gang];
    const struct plan_profile *need = &w->plan->profiles[stage->profile];
    fprintf(w->out, "  needs    %" PRIu32 " slot%s%s, each", stage->tasks,
            stage->tasks == 1 ? "" : "s", rep_is_barrier(w->plan, w->gang) ? " at once" : "");
    fprintf(w->out, " %" PRIu32 " core%s", need->cores, need->cores == 1 ? "" : "s");
    if (need->memory_mib > 0)
        fprintf(w->out, ", %" PRIu32 " MiB", need->memory_mib);
    if (need->gpu_milli > 0) {
        fputs(", ", w->out);
        rep_put_seconds(w->out, (int64_t)need->gpu_milli * 1000000); /* thousandths as a decimal */
        fputs(need->gpu_milli == 1000 ? " GPU" : " GPUs", w->out);
    }
    fputc('\n', w->out);
}

/* ------------------------------------------------------------------------------------- who is
 * missing */

static const char *rank_text(uint32_t state)
{
    static const char *const text[] = {"nowhere", "reserved",       "acknowledged",
                                       "running",    "at the barrier", "exited"};
    return state < sizeof text / sizeof *text ? text[state] : "?";
}

/* Of a rank that is nowhere: where it was last to be. */
static void put_last_place(const struct why *w, uint32_t rank)
{
    for (uint64_t i = w->next; i-- > 0;) {
        const struct trace_record *r = &w->run->records[i];
        bool its = (r->kind == TRACE_GO || r->kind == TRACE_RESERVE) && r->job == w->job &&
                   r->stage == w->stage && r->rank <= rank && r->a > rank - r->rank;
        if (!its || r->executor >= w->plan->executor_count)
            continue;
        fprintf(w->out, " any more; its %s was sent to executor %" PRIu32 " at ",
                r->kind == TRACE_GO ? "go" : "reservation", r->executor);
        why_put_at(w->out, r->at_ns);
        if (!trace_state_executor(w->state, r->executor)->up)
            fputs(", which is down", w->out);
        return;
    }
}

/* Ranks that are in none of the wanted states, with where they are since when. */
static void put_missing(const struct why *w, const char *title,
                        bool (*is_missing)(const struct trace_rank *))
{
    uint32_t told = 0, missing = 0;
    for (uint32_t r = 0; r < w->plan->stages[w->gang].tasks; r++) {
        const struct trace_rank *rank = why_rank(w, w->gang, r);
        if (!is_missing(rank) || missing++ >= WHY_TOLD_MAX)
            continue;
        fputs(told++ == 0 ? title : "           ", w->out);
        fprintf(w->out, "rank %" PRIu32 ": %s", r, rank_text(rank->state));
        if (rank->state == TRACE_RANK_IDLE)
            put_last_place(w, r);
        if (rank->executor < w->plan->executor_count) {
            fprintf(w->out, " on executor %" PRIu32 "%s", rank->executor,
                    trace_state_executor(w->state, rank->executor)->up ? "" : ", which is down,");
            fputs(" since ", w->out);
            why_put_at(w->out, rank->since_ns);
        }
        fputc('\n', w->out);
    }
    if (missing > told)
        fprintf(w->out, "           and %" PRIu32 " ranks more\n", missing - told);
}

static bool is_not_syncing(const struct trace_rank *rank)
{
    return rank->state != TRACE_RANK_SYNCING;
}
static bool is_not_acked(const struct trace_rank *rank)
{
    return rank->state == TRACE_RANK_RESERVED;
}

static int64_t first_since(const struct why *w, uint32_t state)
{
    int64_t since = PLAN_NEVER;
    for (uint32_t r = 0; r < w->plan->stages[w->gang].tasks; r++) {
        const struct trace_rank *rank = why_rank(w, w->gang, r);
        if (rank->state == state && rank->since_ns < since)
            since = rank->since_ns;
    }
    return since;
}

/* ---- timers */

static void put_timer(const struct why *w, int64_t from_ns, enum plan_setting setting,
                      const char *text)
{
    int64_t length = w->plan->setting[setting];
    if (from_ns == PLAN_NEVER || from_ns < 0 || length > INT64_MAX - from_ns)
        return;
    fprintf(w->out, "  timer    %s at ", text);
    why_put_at(w->out, from_ns + length);
    fprintf(w->out, " (%s ", plan_setting_text(setting));
    rep_put_about(w->out, length);
    fputs(" after ", w->out);
    why_put_at(w->out, from_ns);
    fputs(")\n", w->out);
}

/* Of those who wait and have a limit of their own, the one whose ends first (G-11). */
static void put_limit(const struct why *w, const struct trace_stage *state)
{
    if (state->limit_ns == 0 || state->limit_rank >= w->plan->stages[w->gang].tasks ||
        state->limit_attempt != state->attempt || state->limit_epoch != state->epoch)
        return;
    const struct trace_rank *rank = why_rank(w, w->gang, state->limit_rank);
    if (rank->state != TRACE_RANK_SYNCING)
        return;
    fputs("  limit    the round fails at ", w->out);
    why_put_at(w->out, state->limit_ns);
    fprintf(w->out, ": rank %" PRIu32 " waits for ", state->limit_rank);
    rep_put_about(w->out, state->limit_ns - rank->since_ns);
    fputs(" and no longer\n", w->out);
}

/* ---- what a waiting gang waits for */

/* When it began to wait for this: the last WAIT record before T. */
static int64_t waits_since(const struct why *w)
{
    for (uint64_t i = w->next; i-- > 0;) {
        const struct trace_record *r = &w->run->records[i];
        if (r->kind == TRACE_WAIT && r->job == w->job && r->stage == w->stage)
            return r->at_ns;
    }
    return PLAN_NEVER;
}

/* The cluster is looked at once an interval, so often and no more. */
static void put_admission(const struct why *w)
{
    int64_t since = waits_since(w), interval = w->plan->setting[PLAN_SET_ADMISSION_INTERVAL];
    if (since == PLAN_NEVER || interval <= 0)
        return;
    int64_t done = rep_between(since, w->at_ns) / interval + 1; /* the first one was at `since` */
    int64_t all = w->plan->setting[PLAN_SET_ADMISSION_FAILURES] + 1;
    if (done >= all)
        return;
    fputs("  timer    it is checked again at ", w->out);
    why_put_at(w->out, since + done * interval);
    fprintf(w->out, ", check %" PRId64 " of %" PRId64 " (admission_interval ", done + 1, all);
    rep_put_about(w->out, interval);
    fputs(", admission_failures ", w->out);
    fprintf(w->out, "%" PRId64 ")\n", all - 1);
}

static const char *phase_text(uint32_t phase)
{
    static const char *const text[] = {
        "was not seen yet",
        "waits",
        "is being launched",
        "runs",
        "is draining: its attempt is fenced, and not all of it is gone",
        "is done",
        "has failed"};
    return phase < sizeof text / sizeof *text ? text[phase] : "?";
}

static void put_parents(const struct why *w)
{
    const struct plan_stage *stage = &w->plan->stages[w->gang];
    uint32_t first = w->plan->jobs[w->job].first_stage, told = 0;
    for (uint32_t i = 0; i < w->plan->jobs[w->job].stage_count; i++) {
        const struct trace_stage *state = why_stage(w, first + i);
        if ((stage->parents >> i & 1) == 0 || state->phase == TRACE_PHASE_DONE)
            continue;
        fputs(told++ == 0 ? "  parents  " : "           ", w->out);
        rep_put_gang(w->out, REP_NAME, w->plan, w->job, i);
        fprintf(w->out, " %s", phase_text(state->phase));
        if (state->phase != TRACE_PHASE_UNSEEN) {
            fputs(" since ", w->out);
            why_put_at(w->out, state->since_ns);
        }
        if (state->phase == TRACE_PHASE_RUNNING)
            fprintf(w->out, ", %" PRIu32 " of %" PRIu32 " tasks through", state->exited,
                    w->plan->stages[first + i].tasks);
        fputc('\n', w->out);
    }
}

/* The gang in front of it: of those that wait for free slots, the one that the queue has first. */
static void put_head(const struct why *w)
{
    uint32_t head = PLAN_NONE;
    for (uint32_t g = 0; g < w->plan->stage_count; g++) {
        const struct trace_stage *state = why_stage(w, g);
        if (state->phase != TRACE_PHASE_WAITING || g == w->gang ||
            (state->wait_reason != TRACE_REASON_FREE_SLOTS &&
             state->wait_reason != TRACE_REASON_LOCALITY &&
             state->wait_reason != TRACE_REASON_PARTIAL))
            continue;
        if (head == PLAN_NONE ||
            w->plan->jobs[w->plan->stages[g].job].priority >
                w->plan->jobs[w->plan->stages[head].job].priority ||
            (w->plan->jobs[w->plan->stages[g].job].priority ==
                 w->plan->jobs[w->plan->stages[head].job].priority &&
             state->submitted_ns < why_stage(w, head)->submitted_ns))
            head = g;
    }
    if (head == PLAN_NONE)
        return;
    const struct plan_stage *stage = &w->plan->stages[head];
    fputs("  behind   ", w->out);
    rep_put_gang(w->out, REP_NAME, w->plan, stage->job,
                 head - w->plan->jobs[stage->job].first_stage);
    fputs(", which waits since ", w->out);
    why_put_at(w->out, why_stage(w, head)->since_ns);
    fprintf(w->out, " for %" PRIu32 " slot%s\n", stage->tasks, stage->tasks == 1 ? "" : "s");
}

static void put_reason(const struct why *w, const struct trace_stage *state)
{
    if (state->wait_reason == TRACE_REASON_OK)
        return;
    fprintf(w->out, "  reason   %s: %s", rep_reason(state->wait_reason),
            rep_reason_doc(state->wait_reason));
    if (state->wait_needed != 0 || state->wait_there != 0)
        fprintf(w->out, " (needed %" PRIu32 ", there: %" PRIu32 ")", state->wait_needed,
                state->wait_there);
    fputc('\n', w->out);
}

static void put_waiting_timers(const struct why *w, const struct trace_stage *state)
{
    if (state->wait_reason == TRACE_REASON_ADMISSION)
        put_admission(w);
    if (state->wait_reason == TRACE_REASON_BACKOFF)
        put_timer(w, waits_since(w), PLAN_SET_RETRY_DELAY, "its next attempt begins");
    if (state->wait_reason == TRACE_REASON_LOCALITY)
        put_timer(w, waits_since(w), PLAN_SET_LOCALITY_WAIT, "it takes other executors, too,");
    if (state->wait_reason == TRACE_REASON_DRAINING && !why_policy_has(w, "resubmit", "at_once"))
        put_timer(w, waits_since(w), PLAN_SET_RELEASE_WAIT,
                  "the executors that still hold its slots are written off");
    if (why_policy_has(w, "launch_deadline", "off"))
        fputs("  timer    none: under this policy a gang that is not launched waits for ever "
              "(launch_deadline=off)\n",
              w->out);
    else
        put_timer(w, state->submitted_ns, PLAN_SET_LAUNCH_DEADLINE,
                  "the job fails, if it was not launched,");
}

/* ---- phases */

static enum rep_status explain_waiting(struct why *w, const struct trace_stage *state,
                                       struct rep_err *err)
{
    put_reason(w, state);
    if (state->wait_reason == TRACE_REASON_PARENTS)
        put_parents(w);
    if (state->wait_reason == TRACE_REASON_HEAD_BLOCKED)
        put_head(w);
    put_need(w);
    why_put_room(w);
    enum rep_status status = why_put_holders(w, err);
    put_waiting_timers(w, state);
    return status;
}

/* A MapReduce stage runs by its tasks: some through, some at work, some not placed. */
static enum rep_status explain_tasks(struct why *w, const struct trace_stage *state,
                                     struct rep_err *err)
{
    uint32_t tasks = w->plan->stages[w->gang].tasks, held = 0;
    for (uint32_t r = 0; r < tasks; r++)
        held += why_is_holding(why_rank(w, w->gang, r));
    fprintf(w->out, "  tasks    %" PRIu32 " of %" PRIu32 " through, %" PRIu32 " at work, %" PRIu32
            " reserved or on their way, %" PRIu32 " to be placed\n",
            state->exited, tasks, state->running, held - state->running,
            tasks - state->exited - held);
    why_put_ailing(w);
    if (tasks == state->exited + held)
        return REP_OK;
    put_reason(w, state);
    put_need(w);
    why_put_room(w);
    return why_put_holders(w, err);
}

static enum rep_status explain_running(struct why *w, const struct trace_stage *state,
                                       struct rep_err *err)
{
    if (!rep_is_barrier(w->plan, w->gang))
        return explain_tasks(w, state, err);
    if (state->syncing == 0) {
        fprintf(w->out, "  running  %" PRIu32 " tasks, none of them at a barrier\n",
                state->running);
        why_put_ailing(w);
        return REP_OK;
    }
    fprintf(w->out,
            "  waiting  %" PRIu32 " of %" PRIu32 " tasks at the barrier of round %" PRIu32
            ", the first since ",
            state->syncing, w->plan->stages[w->gang].tasks, state->epoch);
    why_put_at(w->out, first_since(w, TRACE_RANK_SYNCING));
    fputc('\n', w->out);
    put_missing(w, "  missing  ", is_not_syncing);
    why_put_ailing(w);
    put_timer(w, first_since(w, TRACE_RANK_SYNCING), PLAN_SET_SYNC_TIMEOUT, "the round fails");
    put_limit(w, state);
    return REP_OK;
}

static void put_phase(const struct why *w, const struct trace_stage *state)
{
    rep_put_gang(w->out, REP_NAME, w->plan, w->job, w->stage);
    fputs(" at ", w->out);
    why_put_at(w->out, w->at_ns);
    fprintf(w->out, ": %s", phase_text(state->phase));
    if (state->phase != TRACE_PHASE_UNSEEN) {
        fputs(", since ", w->out);
        why_put_at(w->out, state->since_ns);
    }
    if (state->attempt != TRACE_NONE && state->phase >= TRACE_PHASE_LAUNCHING &&
        state->phase <= TRACE_PHASE_DRAINING)
        fprintf(w->out, ", attempt %" PRIu32, state->attempt);
    fputc('\n', w->out);
}

/* The first record of this gang, or the first timer or end, after T: what the waiting led to. */
static void put_next(const struct why *w)
{
    for (uint64_t i = w->next; i < w->run->record_count; i++) {
        const struct trace_record *r = &w->run->records[i];
        bool mine = r->job == w->job && (r->stage == w->stage || r->stage == TRACE_NONE);
        if (!mine && r->kind != TRACE_QUIESCENT && r->kind != TRACE_END)
            continue;
        const char *kind = trace_kind_text(r->kind);
        fprintf(w->out, "  then     %s at ", kind != NULL ? kind : "?");
        why_put_at(w->out, r->at_ns);
        if (r->kind == TRACE_QUIESCENT && r->b > 0 && r->b < TRACE_TIMER_LIMIT)
            fprintf(w->out, ": only %s is left", trace_timer_doc((unsigned)r->b));
        if (r->rank != TRACE_NONE)
            fprintf(w->out, ", rank %" PRIu32, r->rank);
        fprintf(w->out, " (record %" PRIu64 ")\n", i + 1);
        return;
    }
}

static enum rep_status explain(struct why *w, struct rep_err *err)
{
    const struct trace_stage *state = trace_state_stage(w->state, w->job, w->stage);
    enum rep_status status = why_room_open(w, err);
    if (status != REP_OK)
        return status;
    put_phase(w, state);
    switch (state->phase) {
    case TRACE_PHASE_WAITING:
        status = explain_waiting(w, state, err);
        break;
    case TRACE_PHASE_LAUNCHING:
        put_missing(w, "  no ack   ", is_not_acked);
        why_put_ailing(w);
        put_timer(w, state->since_ns, PLAN_SET_RESERVE_TIMEOUT, "the launch is taken back");
        break;
    case TRACE_PHASE_RUNNING:
        status = explain_running(w, state, err);
        break;
    case TRACE_PHASE_DRAINING:
        put_missing(w, "  alive    ", why_is_alive);
        why_put_ailing(w);
        if (why_policy_has(w, "resubmit", "at_once"))
            fputs("  timer    none: under this policy nobody waits for them, and nobody forces them "
                  "(resubmit=at_once)\n",
                  w->out);
        else
            put_timer(w, state->since_ns, PLAN_SET_RELEASE_WAIT,
                      "the executors that still hold it are written off");
        break;
    case TRACE_PHASE_FAILED: {
        const struct trace_job *job = trace_state_job(w->state, w->job);
        fprintf(w->out, "  reason   %s: %s\n", rep_reason(job->reason),
                rep_reason_doc(job->reason));
        break;
    }
    default:
        break;
    }
    put_next(w);
    return status;
}

enum rep_status rep_why(const struct rep_run *run, uint32_t job, uint32_t stage, int64_t at_ns,
                        FILE *out, struct rep_err *err)
{
    struct why w = {.run = run, .plan = run->plan, .out = out, .job = job, .stage = stage};
    rep_begin(err);
    w.gang = rep_gang(run->plan, job, stage);
    w.at_ns = at_ns == PLAN_NEVER ? rep_end_ns(run) : at_ns;
    if (w.gang == PLAN_NONE) {
        fprintf(out, "there is no stage %" PRIu32 " of job %" PRIu32 " in this run\n", stage, job);
        return rep_finish(out, err);
    }
    enum rep_status status = fold(&w, err) ? explain(&w, err) : REP_E_MEMORY;
    free(w.executors);
    free(w.shape_memory);
    free(w.state_memory);
    return status != REP_OK ? status : rep_finish(out, err);
}
