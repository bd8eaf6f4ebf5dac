/*
 * shrink.c -- which simplifications are tried, and in what order, until none is left. See shrink.h.
 *
 * This room is for: the passes, what each of them would like to be smaller, and the loop around them.
 * It may include:   the C library, plan.
 * Never here:       how a plan with one of them is made (edit.c).
 *
 * Invariants
 *   1. What is tried depends on the plan alone, and so does the order.
 *   2. A round in which nothing was accepted has tried each single simplification of the plan as it is: that is what `proved` counts.
 */
#include "sim/shrink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)

const char *sim_shrink_text(unsigned pass)
{
    static const char *const texts[] = {
#define X(name, text) [SIM_SHRINK_##name] = (text),
        SIM_SHRINK_MAP(X)
#undef X
    };
    return pass < SIM_SHRINK_COUNT ? texts[pass] : NULL;
}

/* ---- the list */
static bool add(struct sim_edits *out, enum sim_edit_kind kind, uint32_t row, uint32_t count, int64_t value)
{
    if (out->count == out->room) {
        uint32_t room = out->room > 0 ? 2 * out->room : 64;
        struct sim_edit *grown = realloc(out->list, room * sizeof *grown);
        if (grown == NULL)
            return false;
        out->list = grown;
        out->room = room;
    }
    out->list[out->count++] = (struct sim_edit){.kind = (uint32_t)kind, .row = row, .count = count, .value = value, .executor = PLAN_NONE, .job = PLAN_NONE};
    return true;
}

static bool add_ranges(struct sim_edits *out, enum sim_edit_kind kind, uint32_t total, uint32_t width)
{
    bool well = true;
    for (uint32_t first = 0; first < total; first += width)
        well = well && add(out, kind, first, total - first < width ? total - first : width, 0);
    return well;
}

/* From lo up in ever longer steps, then from the middle up to the one below `now` in ever shorter ones: whatever the least is that
 * still fails, each round comes nearer by half or proves that one less does not. */
static bool add_below(struct sim_edits *out, enum sim_edit_kind kind, uint32_t row, uint32_t field, int64_t lo, int64_t now)
{
    bool well = true;
    int64_t middle = lo + (now - lo) / 2;
    for (int64_t value = lo, step = 1; value < middle; value += step, step *= 2)
        well = well && add(out, kind, row, field, value);
    for (int64_t left = (now - lo + 1) / 2; now > lo && left > 0; left /= 2)
        well = well && add(out, kind, row, field, now - left);
    return well;
}

/* ---- times */
static size_t length_of(int64_t ns)
{
    char text[32];
    plan_format_duration(ns, text);
    return strlen(text);
}

static bool is_easier(int64_t a, int64_t b)
{
    size_t of_a = length_of(a), of_b = length_of(b);
    return of_a < of_b || (of_a == of_b && a < b);
}

static uint32_t add_rounder(int64_t candidate, int64_t ns, int64_t *out, uint32_t count)
{
    if (candidate <= 0 || !is_easier(candidate, ns))
        return count;
    for (uint32_t i = 0; i < count; i++)
        if (out[i] == candidate)
            return count;
    out[count] = candidate;
    return count + 1;
}

uint32_t sim_rounder(int64_t ns, int64_t out[static SIM_ROUND_MAX])
{
    uint32_t count = 0;
    int64_t unit = 1;
    if (ns <= 0 || ns == PLAN_NEVER)
        return 0;
    while (unit <= ns / 10)
        unit *= 10;
    count = add_rounder(PLAN_SECOND, ns, out, count);
    for (unsigned digit = 0; digit < 4 && unit > 0; digit++, unit /= 10) {
        count = add_rounder(ns / unit * unit, ns, out, count);
        count = add_rounder(ns / unit * unit + unit, ns, out, count);
    }
    assert(count <= SIM_ROUND_MAX);
    return count;
}

static bool add_times(struct sim_edits *out, enum sim_edit_kind kind, uint32_t row, uint32_t field, int64_t base, int64_t ns)
{
    int64_t rounder[SIM_ROUND_MAX];
    uint32_t count = sim_rounder(ns, rounder);
    bool well = true;
    for (uint32_t i = 0; i < count; i++)
        well = well && add(out, kind, row, field, base + rounder[i]);
    return well;
}

/* ---- the passes */
static bool list_expects(const struct plan *plan, struct sim_edits *out)
{
    bool well = plan->title == PLAN_NONE && plan->manager == PLAN_NONE ? true : add(out, SIM_EDIT_HEAD, 0, 0, 0);
    if (plan->expect_count > 1)
        well = well && add(out, SIM_EDIT_EXPECTS, 0, plan->expect_count, 0);
    return well && add_ranges(out, SIM_EDIT_EXPECTS, plan->expect_count, 1);
}

static uint32_t leader_of(const struct plan *plan, uint32_t act)
{
    uint32_t pair = plan->acts[act].pair;
    for (uint32_t i = 0; pair != PLAN_NONE && i < act; i++)
        if (plan->acts[i].pair == pair)
            return i;
    return act;
}

static bool list_ends(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (leader_of(plan, i) != i)
            well = well && add(out, SIM_EDIT_END, i, 1, 0);
    return well;
}

static bool list_settings(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    uint32_t others = 0;
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++)
        others += plan->setting[i] != plan_setting_default(i);
    if (others > 1)
        well = add(out, SIM_EDIT_SETTINGS, 0, 0, 0);
    for (uint32_t i = 0; i < PLAN_SETTING_COUNT; i++)
        if (plan->setting[i] != plan_setting_default(i))
            well = well && add(out, SIM_EDIT_SETTING, i, 1, plan_setting_default(i));
    return well;
}

static bool list_draws(const struct plan *plan, struct sim_edits *out)
{
    static const int64_t usual[] = {PLAN_SECOND, 100 * MS, 10 * MS, MS, 10 * PLAN_SECOND};
    bool well = true;
    for (uint32_t i = 0; i < plan->dist_count; i++)
        if (plan->dists[i].kind != PLAN_DIST_FIXED && out->count == 0)
            well = add(out, SIM_EDIT_DRAWS, 0, 0, 0);
    for (uint32_t i = 0; i < plan->dist_count; i++) {
        if (plan->dists[i].kind == PLAN_DIST_FIXED)
            continue;
        for (unsigned k = 0; k < sizeof usual / sizeof usual[0]; k++)
            well = well && add(out, SIM_EDIT_DRAW, i, 1, usual[k]);
        if (plan->dists[i].kind == PLAN_DIST_UNIFORM)
            well = well && add(out, SIM_EDIT_DRAW, i, 1, plan->dists[i].lo) && add(out, SIM_EDIT_DRAW, i, 1, plan->dists[i].hi);
    }
    return well;
}

static bool list_stages(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        if (plan->jobs[plan->stages[i].job].stage_count > 1)
            well = well && add(out, SIM_EDIT_STAGE, i, 1, 0);
    return well;
}

static bool is_block(const struct plan_op *op)
{
    return op->code == PLAN_OP_LOOP || op->code == PLAN_OP_ON_RANK;
}

static bool list_ops(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t i = 0; i < plan->op_count; i++) {
        const struct plan_op *op = &plan->ops[i];
        if (op->code == PLAN_OP_END || op->code == PLAN_OP_NEXT)
            continue;
        well = well && add(out, SIM_EDIT_OPS, i, 1, 0);
        if (is_block(op))
            well = well && add(out, SIM_EDIT_UNWRAP, i, 1, 0);
    }
    return well;
}

static bool list_tasks(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        well = well && add_below(out, SIM_EDIT_TASKS, i, 1, 1, plan->stages[i].tasks);
    return well;
}

static bool list_executors(const struct plan *plan, uint32_t width, struct sim_edits *out)
{
    bool well = add_ranges(out, SIM_EDIT_EXECUTORS, plan->executor_count, width);
    for (uint32_t i = 0; i < plan->executor_count && width == 1; i++)
        well = well && add(out, SIM_EDIT_EXECUTORS, i, 1, 1);
    return well;
}

static bool list_stage_fields(const struct plan *plan, uint32_t i, struct sim_edits *out)
{
    const struct plan_stage *stage = &plan->stages[i];
    const struct plan_profile *need = &plan->profiles[stage->profile];
    const bool set[SIM_STAGE_FIELDS] = {[SIM_STAGE_PREFERS] = stage->prefers != 0,
                                        [SIM_STAGE_BYTES] = stage->task_bytes != 0,
                                        [SIM_STAGE_GROUP] = stage->group != PLAN_NONE,
                                        [SIM_STAGE_TOGETHER] = stage->together != 0,
                                        [SIM_STAGE_MIN] = stage->min != stage->tasks,
                                        [SIM_STAGE_MEMORY] = need->memory_mib != 0,
                                        [SIM_STAGE_GPU] = need->gpu_milli != 0,
                                        [SIM_STAGE_CORES] = need->cores > 1,
                                        [SIM_STAGE_PARENTS] = stage->shuffles != 0};
    bool well = true;
    for (uint32_t field = 0; field < SIM_STAGE_FIELDS; field++)
        if (set[field])
            well = well && add(out, SIM_EDIT_STAGE_FIELD, i, field, 0);
    if (need->gpu_milli != 0 && need->gpu_milli != 1000)
        well = well && add(out, SIM_EDIT_STAGE_FIELD, i, SIM_STAGE_GPU, 1000);
    return well;
}

static int64_t executor_field(const struct plan_executor *row, uint32_t field)
{
    switch ((enum sim_executor_field)field) {
    case SIM_EXECUTOR_GPUS:
        return row->gpus;
    case SIM_EXECUTOR_RACK:
        return row->rack;
    case SIM_EXECUTOR_ARRIVES:
        return row->arrives_ns;
    case SIM_EXECUTOR_BACK:
        return row->back_ns;
    case SIM_EXECUTOR_MEMORY:
        return row->memory_mib;
    case SIM_EXECUTOR_CORES:
        break;
    }
    return row->cores;
}

/* All alike, of little; or at least each like the first. */
static bool list_executor_fields(const struct plan *plan, struct sim_edits *out)
{
    static const int64_t least[] = {[SIM_EXECUTOR_MEMORY] = 1024, [SIM_EXECUTOR_CORES] = 1};
    bool well = true;
    for (uint32_t field = 0; field <= SIM_EXECUTOR_CORES; field++) {
        int64_t most = 0, first = executor_field(&plan->executors[0], field);
        for (uint32_t i = 0; i < plan->executor_count; i++) {
            int64_t value = executor_field(&plan->executors[i], field);
            most = value > most ? value : most;
            if (value != first)
                well = well && add(out, SIM_EDIT_EXECUTOR, i, field, first);
        }
        bool is_count = field == SIM_EXECUTOR_GPUS || field == SIM_EXECUTOR_CORES;
        if (is_count)
            well = well && add_below(out, SIM_EDIT_EXECUTOR, PLAN_NONE, field, least[field], most);
        else if (most > least[field])
            well = well && add(out, SIM_EDIT_EXECUTOR, PLAN_NONE, field, least[field]);
    }
    return well;
}

static bool list_fields(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t i = 0; i < plan->job_count; i++) {
        if (plan->jobs[i].priority != 0 || plan->jobs[i].kind != PLAN_JOB_BATCH)
            well = well && add(out, SIM_EDIT_JOB, i, 1, 0);
        if (plan->jobs[i].submit_ns != 0)
            well = well && add(out, SIM_EDIT_SUBMIT, i, 1, 0);
    }
    for (uint32_t i = 0; i < plan->stage_count; i++)
        well = well && list_stage_fields(plan, i, out);
    return well && list_executor_fields(plan, out);
}

/* A trigger by what happens says more than a time, unless it is one of many alike. */
static bool list_trigger(const struct plan *plan, uint32_t i, struct sim_edits *out)
{
    static const int64_t usual[] = {PLAN_SECOND, 2 * PLAN_SECOND, 5 * PLAN_SECOND, 10 * PLAN_SECOND};
    const struct plan_pattern *when = &plan->acts[i].when;
    bool well = true;
    for (unsigned k = 0; when->nth > 1 && k < sizeof usual / sizeof usual[0]; k++)
        well = well && add(out, SIM_EDIT_ACT, i, SIM_ACT_WHEN, usual[k]);
    const uint32_t of[] = {[SIM_ACT_OF_EXECUTOR] = when->executor, [SIM_ACT_OF_STAGE] = when->stage, [SIM_ACT_OF_JOB] = when->job,
                           [SIM_ACT_OF_ATTEMPT] = when->attempt,   [SIM_ACT_OF_EPOCH] = when->epoch, [SIM_ACT_OF_RANK] = when->rank};
    for (uint32_t field = SIM_ACT_OF_EXECUTOR; field <= SIM_ACT_OF_RANK; field++)
        if (of[field] != PLAN_NONE)
            well = well && add(out, SIM_EDIT_ACT, i, field, 0);
    return well && add_below(out, SIM_EDIT_ACT, i, SIM_ACT_NTH, 1, when->nth);
}

static bool list_triggers(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (plan->acts[i].when.kind != PLAN_NONE && leader_of(plan, i) == i)
            well = well && list_trigger(plan, i, out);
    return well;
}

static bool list_op_counts(const struct plan *plan, struct sim_edits *out)
{
    enum { KIB = 1024 };
    bool well = true;
    for (uint32_t i = 0; i < plan->op_count; i++) {
        const struct plan_op *op = &plan->ops[i];
        bool bytes = op->code == PLAN_OP_ALL_GATHER || op->code == PLAN_OP_OUTPUT || op->code == PLAN_OP_FETCH ||
                     op->code == PLAN_OP_ALL_REDUCE || op->code == PLAN_OP_EXCHANGE;
        bool timed = op->code == PLAN_OP_BARRIER || op->code == PLAN_OP_ALL_GATHER;
        if (op->code == PLAN_OP_LOOP || op->code == PLAN_OP_MEET)
            well = well && add_below(out, SIM_EDIT_OP_VALUE, i, 1, 1, op->value);
        if (bytes && op->value > KIB)
            well = well && add(out, SIM_EDIT_OP_VALUE, i, 1, KIB);
        if ((timed && op->value2 != 0) || (op->code == PLAN_OP_MEET && op->value2 != PLAN_NEVER))
            well = well && add(out, SIM_EDIT_OP_LIMIT, i, 1, 0);
    }
    return well;
}

static bool list_act_counts(const struct plan *plan, uint32_t i, struct sim_edits *out)
{
    const struct plan_act *act = &plan->acts[i];
    bool counts = act->kind == PLAN_ACT_TAKE || act->kind == PLAN_ACT_LOSE_GPU || act->kind == PLAN_ACT_CRASH_DRIVER ||
                  act->kind == PLAN_ACT_STRAY_CALL;
    bool well = true;
    if (act->way != 0 && leader_of(plan, i) == i)
        well = add(out, SIM_EDIT_ACT, i, SIM_ACT_WAY, 0);
    if (act->for_good != 0)
        well = well && add(out, SIM_EDIT_ACT, i, SIM_ACT_FOR_GOOD, 0);
    if (act->size != 0)
        well = well && add(out, SIM_EDIT_ACT, i, SIM_ACT_SIZE, 0);
    return well && (!counts || add_below(out, SIM_EDIT_ACT, i, SIM_ACT_AMOUNT, 0, act->amount));
}

static bool list_counts(const struct plan *plan, struct sim_edits *out)
{
    bool well = list_op_counts(plan, out);
    for (uint32_t i = 0; i < plan->act_count; i++)
        well = well && list_act_counts(plan, i, out);
    return well;
}

static bool list_act_times(const struct plan *plan, uint32_t i, struct sim_edits *out)
{
    const struct plan_act *act = &plan->acts[i];
    uint32_t leader = leader_of(plan, i);
    bool well = add_times(out, SIM_EDIT_ACT, i, SIM_ACT_DURATION, 0, act->duration_ns);
    if (act->at_ns == PLAN_NEVER)
        return well;
    if (leader != i) {
        int64_t from = plan->acts[leader].at_ns;
        return well && add_times(out, SIM_EDIT_ACT, i, SIM_ACT_LASTS, from, act->at_ns - from);
    }
    if (act->when.kind != PLAN_NONE && act->at_ns != 0)
        well = well && add(out, SIM_EDIT_ACT, i, SIM_ACT_AT, 0);
    return well && add_times(out, SIM_EDIT_ACT, i, SIM_ACT_AT, 0, act->at_ns);
}

static bool list_times(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t i = 0; i < plan->act_count; i++)
        well = well && list_act_times(plan, i, out);
    for (uint32_t i = 0; i < plan->dist_count; i++)
        if (plan->dists[i].kind == PLAN_DIST_FIXED)
            well = well && add_times(out, SIM_EDIT_DRAW, i, 1, 0, plan->dists[i].lo);
    for (uint32_t i = 0; i < plan->job_count; i++)
        if (plan->jobs[i].submit_ns != PLAN_NEVER)
            well = well && add_times(out, SIM_EDIT_SUBMIT, i, 1, 0, plan->jobs[i].submit_ns);
    for (uint32_t i = 0; i < PLAN_SETTING_COUNT; i++)
        if (plan_setting_is_time(i) && plan->setting[i] != plan_setting_default(i))
            well = well && add_times(out, SIM_EDIT_SETTING, i, 1, 0, plan->setting[i]);
    return well;
}

/* ---- with another aim, or another seed */
enum { SEEDS_TRIED = 4, AIMED_MAX = 4, ALONE_MAX = 20000 };

static bool add_like(struct sim_edits *out, const struct sim_edit *edit)
{
    bool well = add(out, (enum sim_edit_kind)edit->kind, edit->row, edit->count, edit->value);
    if (well)
        out->list[out->count - 1] = *edit;
    return well;
}

/* One fault after the other at each executor; and what it waits for, or whom it hits, of `job` instead, unless that is PLAN_NONE. */
static bool add_aimed(const struct plan *plan, struct sim_edit edit, uint32_t job, struct sim_edits *out)
{
    uint32_t faults = sim_faults(plan);
    bool well = true;
    for (uint32_t fault = 0; fault < faults && fault < AIMED_MAX; fault++) {
        uint32_t act = sim_fault_act(plan, fault);
        enum plan_act_target target = plan_act_target(plan->acts[act].kind);
        bool at_machine = target == PLAN_TARGET_EXECUTOR || target == PLAN_TARGET_LINK;
        edit.aimed = 1 + act;
        edit.job = job;
        edit.executor = PLAN_NONE;
        well = well && (job == PLAN_NONE || add_like(out, &edit));
        for (uint32_t e = 0; at_machine && e < (edit.kind == SIM_EDIT_ALONE && edit.count != 0 ? edit.count : plan->executor_count) && out->count < ALONE_MAX; e++) {
            edit.executor = e;
            well = well && add_like(out, &edit);
        }
    }
    return well;
}

static bool add_seeds(struct sim_edit edit, struct sim_edits *out)
{
    bool well = true;
    for (edit.seed = 1; edit.seed <= SEEDS_TRIED; edit.seed++)
        well = well && add_like(out, &edit);
    return well;
}

/* Before ranks and machines are few: later nobody else might be hit. Fewer machines with fewer cores are as crowded as many jobs made
 * the others. */
static bool add_alone(const struct plan *plan, uint32_t job, struct sim_edits *out)
{
    enum { MACHINES_MAX = 3, CORES_MAX = 3 };
    bool well = true;
    for (uint32_t machines = 0; machines <= MACHINES_MAX && machines < plan->executor_count; machines++)
        for (int64_t cores = 0; cores <= CORES_MAX && out->count < ALONE_MAX; cores++) {
            const struct sim_edit edit = {.kind = SIM_EDIT_ALONE, .row = job, .count = machines, .value = cores, .executor = PLAN_NONE, .job = PLAN_NONE};
            well = well && add_like(out, &edit) && add_seeds(edit, out) && add_aimed(plan, edit, job, out);
        }
    return well;
}

static bool list_alone(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t job = 0; job < plan->job_count && plan->job_count > 1; job++)
        well = well && add_alone(plan, job, out);
    return well;
}

static bool list_again(const struct plan *plan, struct sim_edits *out)
{
    bool well = true;
    for (uint32_t i = 0; i < plan->job_count && plan->job_count > 1 && out->count < ALONE_MAX; i++) {
        const struct sim_edit edit = {.kind = SIM_EDIT_JOBS, .row = i, .count = 1, .executor = PLAN_NONE, .job = PLAN_NONE};
        well = well && add_seeds(edit, out) && add_aimed(plan, edit, PLAN_NONE, out);
        for (uint32_t job = 0; job < plan->job_count && out->count < ALONE_MAX; job++)
            well = well && (job == i || add_aimed(plan, edit, job, out));
    }
    for (uint32_t i = 0; i < plan->executor_count && plan->executor_count > 1 && out->count < ALONE_MAX; i++) {
        const struct sim_edit edit = {.kind = SIM_EDIT_EXECUTORS, .row = i, .count = 1, .value = 1, .executor = PLAN_NONE, .job = PLAN_NONE};
        well = well && add_seeds(edit, out) && add_aimed(plan, edit, PLAN_NONE, out);
    }
    return well;
}

bool sim_shrink_edits(const struct plan *plan, enum sim_shrink_pass pass, uint32_t width, struct sim_edits *out)
{
    out->count = 0;
    switch (pass) {
    case SIM_SHRINK_EXPECTS:
        return list_expects(plan, out);
    case SIM_SHRINK_FAULTS:
        return add_ranges(out, SIM_EDIT_FAULTS, sim_faults(plan), width);
    case SIM_SHRINK_ENDS:
        return list_ends(plan, out);
    case SIM_SHRINK_SETTINGS:
        return list_settings(plan, out);
    case SIM_SHRINK_DRAWS:
        return list_draws(plan, out);
    case SIM_SHRINK_ALONE:
        return list_alone(plan, out);
    case SIM_SHRINK_AGAIN:
        return list_again(plan, out);
    case SIM_SHRINK_JOBS:
        return add_ranges(out, SIM_EDIT_JOBS, plan->job_count, width);
    case SIM_SHRINK_STAGES:
        return list_stages(plan, out);
    case SIM_SHRINK_OPS:
        return list_ops(plan, out);
    case SIM_SHRINK_TASKS:
        return list_tasks(plan, out);
    case SIM_SHRINK_EXECUTORS:
        return list_executors(plan, width, out);
    case SIM_SHRINK_FIELDS:
        return list_fields(plan, out);
    case SIM_SHRINK_TRIGGERS:
        return list_triggers(plan, out);
    case SIM_SHRINK_COUNTS:
        return list_counts(plan, out);
    case SIM_SHRINK_TIMES:
        return list_times(plan, out);
    case SIM_SHRINK_COUNT:
        break;
    }
    assert(false);
    return false;
}

/* ---- the loop */
static bool take(struct sim_shrink *shrink, const struct sim_edit *edit)
{
    struct plan *smaller = sim_edited(shrink->plan, edit);
    if (smaller == NULL)
        return false;
    plan_free(shrink->plan);
    shrink->plan = smaller;
    shrink->accepted++;
    return true;
}

/* Goes on behind the one that was accepted: what lies before it was tried a moment ago, and is tried again in the next round. */
static bool run_pass(struct sim_shrink *shrink, enum sim_shrink_pass pass, uint32_t width, struct sim_edits *edits)
{
    uint32_t at = 0;
    for (;;) {
        if (!shrink->go_on(shrink->ctx, pass, shrink->plan) || !sim_shrink_edits(shrink->plan, pass, width, edits))
            return false;
        shrink->proved[pass] = edits->count;
        if (at >= edits->count)
            return true;
        uint32_t found = shrink->first(shrink->ctx, shrink->plan, edits->list + at, edits->count - at);
        if (found == edits->count - at)
            return shrink->go_on(shrink->ctx, pass, shrink->plan);
        at += found;
        if (!take(shrink, &edits->list[at]))
            return false;
    }
}

static uint32_t list_length(const struct plan *plan, enum sim_shrink_pass pass)
{
    return pass == SIM_SHRINK_FAULTS      ? sim_faults(plan)
           : pass == SIM_SHRINK_JOBS      ? plan->job_count
           : pass == SIM_SHRINK_EXECUTORS ? plan->executor_count
                                          : 1;
}

/* All, halves, quarters .. single ones. */
static bool run_widths(struct sim_shrink *shrink, enum sim_shrink_pass pass, struct sim_edits *edits)
{
    for (uint32_t width = list_length(shrink->plan, pass); width > 1; width = (width + 1) / 2) {
        if (!run_pass(shrink, pass, width, edits))
            return false;
        if (width == 2)
            break;
    }
    return run_pass(shrink, pass, 1, edits);
}

bool sim_shrink_run(struct sim_shrink *shrink)
{
    struct sim_edits edits = {0};
    bool well = true;
    uint64_t before;
    do {
        before = shrink->accepted;
        for (unsigned pass = 0; pass < SIM_SHRINK_COUNT && well; pass++)
            well = run_widths(shrink, (enum sim_shrink_pass)pass, &edits);
    } while (well && shrink->accepted != before);
    free(edits.list);
    return well;
}
