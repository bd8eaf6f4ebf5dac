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
#include "rep_private.h"
#include "trace/trace_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TOLD_MAX = 12 }; /* rows of one list: holders, executors, ranks */

struct why {
    const struct rep_run *run;
    const struct plan *plan;
    struct trace_shape shape;
    void *shape_memory, *state_memory;
    struct trace_state *state;
    FILE *out;
    uint32_t job, stage, gang;
    int64_t at_ns;
    uint64_t next; /* records taken */
};

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

static const struct trace_rank *rank_of(const struct why *w, uint32_t gang, uint32_t rank)
{
    const struct plan_stage *stage = &w->plan->stages[gang];
    return trace_state_rank(w->state, stage->job, gang - w->plan->jobs[stage->job].first_stage,
                            rank);
}

static bool is_alive(const struct trace_rank *rank)
{
    return rank->state == TRACE_RANK_RUNNING || rank->state == TRACE_RANK_SYNCING;
}

static bool is_holding(const struct trace_rank *rank)
{
    return is_alive(rank) || rank->state == TRACE_RANK_RESERVED || rank->state == TRACE_RANK_ACKED;
}

static void put_at(FILE *out, int64_t ns)
{
    rep_put_fixed(out, ns, 3);
    fputc('s', out);
}

/* ------------------------------------------------------------------------------- what it needs and
 * lacks */

/* What is held on an executor, reservations included. */
struct held {
    int64_t cores, memory_mib, gpu_milli;
};

static struct held *all_held(const struct why *w, struct rep_err *err)
{
    struct held *held = rep_alloc(w->plan->executor_count, sizeof *held, err);
    for (uint32_t g = 0; held != NULL && g < w->plan->stage_count; g++) {
        const struct plan_profile *need = &w->plan->profiles[w->plan->stages[g].profile];
        for (uint32_t r = 0; r < w->plan->stages[g].tasks; r++) {
            const struct trace_rank *rank = rank_of(w, g, r);
            if (!is_holding(rank) || rank->executor >= w->plan->executor_count)
                continue;
            held[rank->executor].cores += need->cores;
            held[rank->executor].memory_mib += need->memory_mib;
            held[rank->executor].gpu_milli += need->gpu_milli;
        }
    }
    return held;
}

static void put_need(const struct why *w)
{
    const struct plan_stage *stage = &w->plan->stages[w->gang];
    const struct plan_profile *need = &w->plan->profiles[stage->profile];
    fprintf(w->out, "  needs    %" PRIu32 " slots%s, each", stage->tasks,
            rep_is_barrier(w->plan, w->gang) ? " at once" : "");
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

/* Which resource stops one more task here: the one whose own bound is lowest. */
static const char *scarce(const struct plan_profile *need, const struct plan_executor *e,
                          const struct held *held)
{
    struct plan_profile cores = {.cores = need->cores}, memory = {.memory_mib = need->memory_mib};
    struct plan_profile gpus = {.gpu_milli = need->gpu_milli};
    uint32_t by_cores = rep_fit(&cores, e->cores - held->cores, 0, 0);
    uint32_t by_memory = rep_fit(&memory, 0, e->memory_mib - held->memory_mib, 0);
    uint32_t by_gpus = rep_fit(&gpus, 0, 0, (int64_t)e->gpus * 1000 - held->gpu_milli);
    if (by_gpus <= by_cores && by_gpus <= by_memory)
        return "GPUs";
    return by_memory < by_cores ? "memory" : "cores";
}

static void put_executor(const struct why *w, uint32_t executor, const struct held *held)
{
    const struct plan_executor *e = &w->plan->executors[executor];
    const struct plan_profile *need = &w->plan->profiles[w->plan->stages[w->gang].profile];
    const struct trace_executor *state = trace_state_executor(w->state, executor);
    uint32_t fit = rep_fit(need, e->cores - held->cores, e->memory_mib - held->memory_mib,
                           (int64_t)e->gpus * 1000 - held->gpu_milli);
    fprintf(w->out, "           executor %" PRIu32 ": ", executor);
    if (!state->up) {
        fputs("down since ", w->out);
        put_at(w->out, state->since_ns);
        fputc('\n', w->out);
        return;
    }
    fprintf(w->out, "%" PRIu32 " fit; free: %" PRId64 " of %" PRIu32 " cores", fit,
            e->cores - held->cores, e->cores);
    if (need->memory_mib > 0)
        fprintf(w->out, ", %" PRId64 " of %" PRIu32 " MiB", e->memory_mib - held->memory_mib,
                e->memory_mib);
    if (e->gpus > 0 || need->gpu_milli > 0) {
        fputs(", ", w->out);
        rep_put_seconds(w->out, ((int64_t)e->gpus * 1000 - held->gpu_milli) * 1000000);
        fprintf(w->out, " of %" PRIu32 " GPUs", e->gpus);
    }
    if (fit == 0)
        fprintf(w->out, "; out of %s", scarce(need, e, held));
    fputs(state->joined ? "\n" : "; not known to the driver\n", w->out);
}

static void put_lack(const struct why *w, const struct held *held)
{
    const struct plan_stage *stage = &w->plan->stages[w->gang];
    uint64_t fit = 0;
    for (uint32_t e = 0; e < w->plan->executor_count; e++)
        if (trace_state_executor(w->state, e)->up)
            fit += rep_fit(&w->plan->profiles[stage->profile],
                           w->plan->executors[e].cores - held[e].cores,
                           w->plan->executors[e].memory_mib - held[e].memory_mib,
                           (int64_t)w->plan->executors[e].gpus * 1000 - held[e].gpu_milli);
    fprintf(w->out, "  there    %" PRIu64 " of these slots are free", fit);
    if (fit < stage->tasks)
        fprintf(w->out, ": it lacks %" PRIu64 "\n", stage->tasks - fit);
    else
        fputs(": it would fit\n", w->out);
    for (uint32_t e = 0; e < w->plan->executor_count && e < TOLD_MAX; e++)
        put_executor(w, e, &held[e]);
    if (w->plan->executor_count > TOLD_MAX)
        fprintf(w->out, "           and %" PRIu32 " executors more\n",
                w->plan->executor_count - TOLD_MAX);
}

/* ----------------------------------------------------------------------------------------- who
 * holds it */

struct holder {
    uint32_t count, low, high;
    int64_t since_ns;
    bool reserved;
};

static struct holder holder_of(const struct why *w, uint32_t gang)
{
    struct holder h = {.since_ns = PLAN_NEVER};
    for (uint32_t r = 0; r < w->plan->stages[gang].tasks; r++) {
        const struct trace_rank *rank = rank_of(w, gang, r);
        if (!is_holding(rank))
            continue;
        h.low = h.count == 0 || rank->executor < h.low ? rank->executor : h.low;
        h.high = h.count == 0 || rank->executor > h.high ? rank->executor : h.high;
        h.since_ns = rank->since_ns < h.since_ns ? rank->since_ns : h.since_ns; /* of its state */
        h.reserved |= !is_alive(rank);
        h.count++;
    }
    return h;
}

static void put_holders(const struct why *w)
{
    uint32_t told = 0, more = 0;
    for (uint32_t g = 0; g < w->plan->stage_count; g++) {
        struct holder h = holder_of(w, g);
        if (h.count == 0)
            continue;
        if (told == TOLD_MAX) {
            more++;
            continue;
        }
        const struct plan_stage *stage = &w->plan->stages[g];
        const struct trace_stage *state =
            trace_state_stage(w->state, stage->job, g - w->plan->jobs[stage->job].first_stage);
        if (state->last_go_ns >= 0 && state->last_go_ns < h.since_ns)
            h.since_ns = state->last_go_ns; /* a rank changes its state at every barrier */
        fputs(told++ == 0 ? "  held by  " : "           ", w->out);
        rep_put_gang(w->out, REP_NAME, w->plan, stage->job,
                     g - w->plan->jobs[stage->job].first_stage);
        fprintf(w->out, ": %" PRIu32 " slot%s on executors %" PRIu32 "-%" PRIu32 ", %s since ",
                h.count, h.count == 1 ? "" : "s", h.low, h.high,
                h.reserved ? "in part only reserved," : "all running,");
        put_at(w->out, h.since_ns);
        if (state->syncing > 0)
            fprintf(w->out, "; %" PRIu32 " of them wait in round %" PRIu32, state->syncing,
                    state->epoch);
        fputc('\n', w->out);
    }
    if (more > 0)
        fprintf(w->out, "           and %" PRIu32 " gangs more\n", more);
}

/* ------------------------------------------------------------------------------------- who is
 * missing */

static const char *rank_text(uint32_t state)
{
    static const char *const text[] = {"not placed", "reserved",       "acknowledged",
                                       "running",    "at the barrier", "exited"};
    return state < sizeof text / sizeof *text ? text[state] : "?";
}

/* Ranks that are in none of the wanted states, with where they are since when. */
static void put_missing(const struct why *w, const char *title,
                        bool (*is_missing)(const struct trace_rank *))
{
    uint32_t told = 0, missing = 0;
    for (uint32_t r = 0; r < w->plan->stages[w->gang].tasks; r++) {
        const struct trace_rank *rank = rank_of(w, w->gang, r);
        if (!is_missing(rank) || missing++ >= TOLD_MAX)
            continue;
        fputs(told++ == 0 ? title : "           ", w->out);
        fprintf(w->out, "rank %" PRIu32 ": %s", r, rank_text(rank->state));
        if (rank->executor < w->plan->executor_count) {
            fprintf(w->out, " on executor %" PRIu32 "%s", rank->executor,
                    trace_state_executor(w->state, rank->executor)->up ? "" : ", which is down,");
            fputs(" since ", w->out);
            put_at(w->out, rank->since_ns);
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
        const struct trace_rank *rank = rank_of(w, w->gang, r);
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
    put_at(w->out, from_ns + length);
    fprintf(w->out, " (%s ", plan_setting_text(setting));
    rep_put_about(w->out, length);
    fputs(" after ", w->out);
    put_at(w->out, from_ns);
    fputs(")\n", w->out);
}

/* ---- phases */

static enum rep_status explain_waiting(const struct why *w, const struct trace_stage *state,
                                       struct rep_err *err)
{
    struct held *held = all_held(w, err);
    if (held == NULL)
        return REP_E_MEMORY;
    if (state->wait_reason != TRACE_REASON_OK) {
        fprintf(w->out, "  reason   %s: %s", rep_reason(state->wait_reason),
                rep_reason_doc(state->wait_reason));
        if (state->wait_needed != 0 || state->wait_there != 0)
            fprintf(w->out, " (needed %" PRIu32 ", there: %" PRIu32 ")", state->wait_needed,
                    state->wait_there);
        fputc('\n', w->out);
    }
    put_need(w);
    put_lack(w, held);
    put_holders(w);
    put_timer(w, state->submitted_ns, PLAN_SET_LAUNCH_DEADLINE,
              "the job fails, if it was not launched,");
    free(held);
    return REP_OK;
}

static void explain_running(const struct why *w, const struct trace_stage *state)
{
    if (state->syncing == 0) {
        fprintf(w->out, "  running  %" PRIu32 " tasks, none of them at a barrier\n",
                state->running);
        return;
    }
    fprintf(w->out,
            "  waiting  %" PRIu32 " of %" PRIu32 " tasks at the barrier of round %" PRIu32
            ", the first since ",
            state->syncing, w->plan->stages[w->gang].tasks, state->epoch);
    put_at(w->out, first_since(w, TRACE_RANK_SYNCING));
    fputc('\n', w->out);
    put_missing(w, "  missing  ", is_not_syncing);
    put_timer(w, first_since(w, TRACE_RANK_SYNCING), PLAN_SET_SYNC_TIMEOUT, "the round fails");
}

static void put_phase(const struct why *w, const struct trace_stage *state)
{
    static const char *const text[] = {
        "was not seen yet",
        "waits",
        "is being launched",
        "runs",
        "is draining: its attempt is fenced, and not all of it is gone",
        "is done",
        "has failed"};
    rep_put_gang(w->out, REP_NAME, w->plan, w->job, w->stage);
    fputs(" at ", w->out);
    put_at(w->out, w->at_ns);
    fprintf(w->out, ": %s", state->phase < sizeof text / sizeof *text ? text[state->phase] : "?");
    if (state->phase != TRACE_PHASE_UNSEEN) {
        fputs(", since ", w->out);
        put_at(w->out, state->since_ns);
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
        put_at(w->out, r->at_ns);
        if (r->kind == TRACE_QUIESCENT && r->b > 0 && r->b < TRACE_TIMER_LIMIT)
            fprintf(w->out, ": only %s is left", trace_timer_doc((unsigned)r->b));
        if (r->rank != TRACE_NONE)
            fprintf(w->out, ", rank %" PRIu32, r->rank);
        fprintf(w->out, " (record %" PRIu64 ")\n", i + 1);
        return;
    }
}

static enum rep_status explain(const struct why *w, struct rep_err *err)
{
    const struct trace_stage *state = trace_state_stage(w->state, w->job, w->stage);
    enum rep_status status = REP_OK;
    put_phase(w, state);
    switch (state->phase) {
    case TRACE_PHASE_WAITING:
        status = explain_waiting(w, state, err);
        break;
    case TRACE_PHASE_LAUNCHING:
        put_missing(w, "  no ack   ", is_not_acked);
        put_timer(w, state->since_ns, PLAN_SET_RESERVE_TIMEOUT, "the launch is taken back");
        break;
    case TRACE_PHASE_RUNNING:
        explain_running(w, state);
        break;
    case TRACE_PHASE_DRAINING:
        put_missing(w, "  alive    ", is_alive);
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
    free(w.shape_memory);
    free(w.state_memory);
    return status != REP_OK ? status : rep_finish(out, err);
}
