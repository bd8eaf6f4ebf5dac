/*
 * edit.c -- a plan with one simplification: built anew, row by row. See shrink.h.
 *
 * This room is for: what a simplification does to each row, and to what refers to a row that is gone.
 * It may include:   the C library, plan.
 * Never here:       which simplifications are worth a try (shrink.c).
 *
 * Invariants
 *   1. The plan that is read is never changed, and the new one shares nothing with it.
 *   2. What refers to something that is gone is gone too; a job that an act was to submit which is gone is submitted at 0.
 *   3. Rows are in order of first use and pairs numbered in order, as in every plan that a scenario gives.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/shrink.h"

struct making {
    const struct plan *from;
    const struct sim_edit *edit;
    struct plan *out;
    uint32_t *executor, *job, *stage; /* the new index; of a stage: within its job; PLAN_NONE: gone */
    uint8_t *act_gone;
    struct plan_op *ops;
    bool well;
};

static bool in_range(const struct sim_edit *edit, uint32_t row)
{
    return row >= edit->row && row - edit->row < edit->count;
}

static bool is(const struct making *m, enum sim_edit_kind kind, uint32_t row)
{
    return m->edit->kind == (uint32_t)kind && m->edit->row == row;
}

static uint32_t put(struct making *m, uint32_t row)
{
    m->well = m->well && row != PLAN_NONE;
    return row;
}

static uint32_t name(struct making *m, uint32_t index)
{
    return index == PLAN_NONE ? PLAN_NONE : put(m, plan_name(m->out, plan_text(m->from, index)));
}

/* ---- faults */
static bool is_leader(const struct plan *plan, uint32_t act)
{
    uint32_t pair = plan->acts[act].pair;
    for (uint32_t i = 0; pair != PLAN_NONE && i < act; i++)
        if (plan->acts[i].pair == pair)
            return false;
    return plan->acts[act].kind != PLAN_ACT_SUBMIT;
}

uint32_t sim_faults(const struct plan *plan)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        count += is_leader(plan, i);
    return count;
}

uint32_t sim_fault_act(const struct plan *plan, uint32_t fault)
{
    uint32_t act = 0;
    for (;; act++) {
        assert(act < plan->act_count);
        if (is_leader(plan, act) && fault-- == 0)
            return act;
    }
}

/* ---- what is gone */
static bool is_machine_gone(const struct sim_edit *edit, uint32_t executor)
{
    if (edit->kind == SIM_EDIT_ALONE)
        return edit->count != 0 && executor >= edit->count;
    return edit->kind == SIM_EDIT_EXECUTORS && in_range(edit, executor);
}

static void map_executors(struct making *m)
{
    uint32_t kept = 0;
    bool by_other = m->edit->value == 1 || m->edit->kind == SIM_EDIT_ALONE;
    for (uint32_t i = 0; i < m->from->executor_count; i++) {
        bool gone = is_machine_gone(m->edit, i);
        m->executor[i] = !gone ? kept++ : by_other ? (kept > 0 ? kept - 1 : 0) : PLAN_NONE;
    }
    m->well = kept > 0;
}

static void map_jobs(struct making *m)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->from->job_count; i++) {
        const struct plan_job *job = &m->from->jobs[i];
        bool gone = (m->edit->kind == SIM_EDIT_JOBS && in_range(m->edit, i)) || (m->edit->kind == SIM_EDIT_ALONE && i != m->edit->row);
        uint32_t stages = 0;
        for (uint32_t k = 0; k < job->stage_count; k++)
            m->stage[job->first_stage + k] = gone || is(m, SIM_EDIT_STAGE, job->first_stage + k) ? PLAN_NONE : stages++;
        m->job[i] = gone || stages == 0 ? PLAN_NONE : kept++;
    }
    m->well = m->well && kept > 0;
}

static bool executor_gone(const struct making *m, uint32_t executor)
{
    return executor != PLAN_NONE && m->executor[executor] == PLAN_NONE;
}

static bool stage_gone(const struct making *m, uint32_t job, uint32_t stage)
{
    if (job == PLAN_NONE)
        return false;
    return m->job[job] == PLAN_NONE || (stage != PLAN_NONE && m->stage[m->from->jobs[job].first_stage + stage] == PLAN_NONE);
}

static bool pattern_gone(const struct making *m, const struct plan_pattern *when)
{
    return when->kind != PLAN_NONE && (executor_gone(m, when->executor) || stage_gone(m, when->job, when->stage));
}

static bool act_gone(const struct making *m, uint32_t i)
{
    const struct plan_act *act = &m->from->acts[i];
    if (is(m, SIM_EDIT_END, i) || (act->kind == PLAN_ACT_SUBMIT && m->edit->kind == SIM_EDIT_SUBMIT && act->job == m->edit->row))
        return true;
    return executor_gone(m, act->executor) || executor_gone(m, act->peer) || stage_gone(m, act->job, act->stage) ||
           pattern_gone(m, &act->when);
}

/* With the first of a pair go the others. */
static void map_acts(struct making *m)
{
    const struct plan *from = m->from;
    uint32_t fault = 0;
    for (uint32_t i = 0; i < from->act_count; i++) {
        m->act_gone[i] |= act_gone(m, i);
        if (!is_leader(from, i))
            continue;
        m->act_gone[i] |= m->edit->kind == SIM_EDIT_FAULTS && in_range(m->edit, fault);
        fault++;
        for (uint32_t k = i + 1; m->act_gone[i] && from->acts[i].pair != PLAN_NONE && k < from->act_count; k++)
            m->act_gone[k] |= from->acts[k].pair == from->acts[i].pair;
    }
}

/* ---- head and cluster */
static void make_head(struct making *m)
{
    const struct plan *from = m->from;
    struct plan *out = m->out;
    bool bare = m->edit->kind == SIM_EDIT_HEAD;
    out->title = bare ? PLAN_NONE : name(m, from->title);
    out->manager = bare ? PLAN_NONE : name(m, from->manager);
    out->policy = name(m, from->policy);
    out->scheduler = name(m, from->scheduler);
    out->scheduler_file = name(m, from->scheduler_file);
    out->scheduler_params = name(m, from->scheduler_params);
    for (unsigned i = 0; i < PLAN_SETTING_COUNT && m->edit->kind != SIM_EDIT_SETTINGS; i++)
        out->setting[i] = is(m, SIM_EDIT_SETTING, i) ? m->edit->value : from->setting[i];
}

static void edit_executor(const struct sim_edit *edit, struct plan_executor *row)
{
    uint32_t value = (uint32_t)edit->value;
    switch ((enum sim_executor_field)edit->count) {
    case SIM_EXECUTOR_GPUS:
        row->gpus = value;
        break;
    case SIM_EXECUTOR_RACK:
        row->rack = value;
        break;
    case SIM_EXECUTOR_ARRIVES:
        row->arrives_ns = edit->value;
        break;
    case SIM_EXECUTOR_BACK:
        row->back_ns = edit->value;
        break;
    case SIM_EXECUTOR_MEMORY:
        row->memory_mib = value;
        break;
    case SIM_EXECUTOR_CORES:
        row->cores = value;
        break;
    }
}

static void make_executors(struct making *m)
{
    for (uint32_t i = 0; i < m->from->executor_count; i++) {
        struct plan_executor row = m->from->executors[i];
        bool gone = is_machine_gone(m->edit, i);
        if (m->edit->kind == SIM_EDIT_ALONE && m->edit->value != 0)
            row.cores = (uint32_t)m->edit->value;
        if (m->edit->kind == SIM_EDIT_EXECUTOR && (m->edit->row == i || m->edit->row == PLAN_NONE))
            edit_executor(m->edit, &row);
        if (!gone)
            put(m, plan_add_executor(m->out, &row));
    }
}

/* ---- programs */
static int64_t middle(const struct plan *plan, const struct plan_dist *dist)
{
    int64_t rounder[SIM_ROUND_MAX], ns = dist->lo;
    if (dist->kind == PLAN_DIST_UNIFORM)
        ns = dist->lo + (dist->hi - dist->lo) / 2;
    else if (dist->kind == PLAN_DIST_EMPIRICAL)
        ns = dist->count > 0 ? plan->values[dist->first + dist->count / 2] : 0;
    else if (dist->kind == PLAN_DIST_COLUMN)
        ns = PLAN_SECOND;
    uint32_t count = sim_rounder(ns, rounder);
    for (uint32_t i = 0; i < count; i++)
        if (rounder[i] >= ns / 2 && rounder[i] <= 2 * ns)
            return rounder[i];
    return ns;
}

static struct plan_dist edited_dist(const struct making *m, uint32_t index)
{
    struct plan_dist dist = m->from->dists[index];
    bool all = m->edit->kind == SIM_EDIT_DRAWS && dist.kind != PLAN_DIST_FIXED;
    if (all)
        return (struct plan_dist){.kind = PLAN_DIST_FIXED, .lo = middle(m->from, &dist)};
    if (is(m, SIM_EDIT_DRAW, index))
        return (struct plan_dist){.kind = PLAN_DIST_FIXED, .lo = m->edit->value};
    return dist;
}

/* Ops at .. at + count leave the program. */
static uint32_t cut_ops(struct plan_op *ops, uint32_t total, uint32_t at, uint32_t count)
{
    memmove(ops + at, ops + at + count, (total - at - count) * sizeof *ops);
    total -= count;
    for (uint32_t i = 0; i < total; i++) {
        bool jumps = ops[i].code == PLAN_OP_LOOP || ops[i].code == PLAN_OP_NEXT || ops[i].code == PLAN_OP_ON_RANK;
        if (jumps && ops[i].to >= at + count)
            ops[i].to = (uint16_t)(ops[i].to - count);
    }
    return total;
}

static uint32_t edit_op(const struct sim_edit *edit, struct plan_op *ops, uint32_t total, uint32_t at)
{
    struct plan_op *op = &ops[at];
    uint32_t end = op->code == PLAN_OP_LOOP ? op->to + 1u : op->code == PLAN_OP_ON_RANK ? op->to : at + 1;
    switch (edit->kind) {
    case SIM_EDIT_OPS:
        return cut_ops(ops, total, at, end - at);
    case SIM_EDIT_UNWRAP:
        if (op->code == PLAN_OP_LOOP)
            total = cut_ops(ops, total, op->to, 1);
        return cut_ops(ops, total, at, 1);
    case SIM_EDIT_OP_VALUE:
        op->value = edit->value;
        return total;
    case SIM_EDIT_OP_LIMIT:
        op->value2 = op->code == PLAN_OP_MEET ? PLAN_NEVER : 0;
        return total;
    default:
        return total;
    }
}

/* A rendezvous of more tasks than there are would never be full. */
static void fit_to_tasks(struct plan_op *op, uint32_t tasks, uint32_t before)
{
    if (op->code == PLAN_OP_MEET && op->value > tasks)
        op->value = tasks;
    if (op->code == PLAN_OP_ON_RANK && op->value2 == (int64_t)before - 1 && tasks < before)
        op->value2 = op->value < tasks ? (int64_t)tasks - 1 : op->value2;
}

static bool is_drawn_by_column(const struct plan *plan, const struct plan_op *op)
{
    return op->code == PLAN_OP_COMPUTE && plan->dists[op->dist].kind == PLAN_DIST_COLUMN;
}

static uint32_t make_program(struct making *m, uint32_t program, uint32_t tasks, uint32_t before, bool *columns)
{
    const struct plan_program *row = &m->from->programs[program];
    uint32_t total = row->op_count, at = m->edit->row - row->first_op;
    bool is_op = m->edit->kind == SIM_EDIT_OPS || m->edit->kind == SIM_EDIT_UNWRAP || m->edit->kind == SIM_EDIT_OP_VALUE ||
                 m->edit->kind == SIM_EDIT_OP_LIMIT;
    memcpy(m->ops, m->from->ops + row->first_op, total * sizeof *m->ops);
    if (is_op && m->edit->row >= row->first_op && at < total)
        total = edit_op(m->edit, m->ops, total, at);
    for (uint32_t i = 0; i < total; i++) {
        struct plan_op *op = &m->ops[i];
        fit_to_tasks(op, tasks, before);
        if (op->code == PLAN_OP_MEET) {
            op->dist = name(m, op->dist);
        } else if (op->code == PLAN_OP_COMPUTE) {
            struct plan_dist dist = edited_dist(m, op->dist);
            if (dist.kind == PLAN_DIST_EMPIRICAL)
                dist.first = put(m, plan_add_values(m->out, m->from->values + dist.first, dist.count));
            op->dist = put(m, plan_add_dist(m->out, &dist));
        }
        *columns |= m->well && is_drawn_by_column(m->out, op);
    }
    return put(m, plan_add_program(m->out, row->name == PLAN_NONE ? NULL : plan_text(m->from, row->name), m->ops, total));
}

/* ---- jobs and stages */
static uint64_t make_set(const struct making *m, const struct plan_job *job, uint64_t stages)
{
    uint64_t set = 0;
    for (uint32_t i = 0; i < job->stage_count; i++)
        if ((stages >> i & 1) != 0 && m->stage[job->first_stage + i] != PLAN_NONE)
            set |= UINT64_C(1) << m->stage[job->first_stage + i];
    return set;
}

static uint32_t make_wishes(struct making *m, const struct plan_stage *stage, uint32_t tasks)
{
    bool any = false;
    if (stage->prefers == 0)
        return 0;
    int64_t *wishes = calloc(tasks, sizeof *wishes);
    if (wishes == NULL) {
        m->well = false;
        return 0;
    }
    for (uint32_t i = 0; i < tasks; i++) {
        int64_t wish = m->from->values[stage->prefers - 1 + i];
        wishes[i] = wish < 0 || m->executor[wish] == PLAN_NONE ? -1 : (int64_t)m->executor[wish];
        any |= wishes[i] >= 0;
    }
    uint32_t first = any ? put(m, plan_add_values(m->out, wishes, tasks)) : 0;
    free(wishes);
    return any ? first + 1 : 0;
}

static void edit_stage(const struct sim_edit *edit, struct plan_stage *row, struct plan_profile *need)
{
    switch ((enum sim_stage_field)edit->count) {
    case SIM_STAGE_PREFERS:
        row->prefers = 0;
        break;
    case SIM_STAGE_BYTES:
        row->task_bytes = 0;
        break;
    case SIM_STAGE_GROUP:
        row->group = PLAN_NONE;
        break;
    case SIM_STAGE_TOGETHER:
        row->together = 0;
        break;
    case SIM_STAGE_MIN:
        row->min = row->tasks;
        break;
    case SIM_STAGE_MEMORY:
        need->memory_mib = 0;
        break;
    case SIM_STAGE_GPU:
        need->gpu_milli = (uint32_t)edit->value;
        break;
    case SIM_STAGE_CORES:
        need->cores = 1;
        break;
    case SIM_STAGE_PARENTS:
        row->shuffles = 0;
        break;
    case SIM_STAGE_FIELDS:
        break;
    }
}

static void set_tasks(struct plan_stage *row, uint32_t tasks)
{
    row->min = row->min == row->tasks || row->min > tasks ? tasks : row->min;
    row->together = row->together > tasks ? tasks : row->together;
    row->tasks = row->max = tasks;
}

static uint32_t make_column(struct making *m, uint32_t column)
{
    const struct plan_column *row = &m->from->columns[column];
    for (uint32_t i = 0; i < m->out->column_count; i++) /* one that several stages have is still one */
        if (m->out->columns[i].width == row->width && m->out->columns[i].rows == row->rows && m->out->columns[i].unit_ns == row->unit_ns &&
            memcmp(m->out->cells + m->out->columns[i].first_cell, m->from->cells + row->first_cell,
                   (size_t)row->width * row->rows * sizeof *m->from->cells) == 0)
            return i;
    return put(m, plan_add_column(m->out, row->width, row->rows, row->unit_ns, m->from->cells + row->first_cell));
}

static void make_stage(struct making *m, const struct plan_job *job, uint32_t index)
{
    struct plan_stage row = m->from->stages[index];
    struct plan_profile need = m->from->profiles[row.profile];
    uint32_t before = row.tasks;
    bool columns = false;
    if (is(m, SIM_EDIT_TASKS, index))
        set_tasks(&row, (uint32_t)m->edit->value);
    if (is(m, SIM_EDIT_STAGE_FIELD, index))
        edit_stage(m->edit, &row, &need);
    row.job = m->job[row.job];
    row.name = name(m, row.name);
    row.role = name(m, row.role);
    row.profile = put(m, plan_add_profile(m->out, &need));
    row.program = make_program(m, row.program, row.tasks, before, &columns);
    row.column = columns && row.column != PLAN_NONE ? make_column(m, row.column) : PLAN_NONE;
    row.row = row.column != PLAN_NONE ? row.row : PLAN_NONE;
    row.parents = make_set(m, job, row.parents);
    row.shuffles = make_set(m, job, row.shuffles);
    row.prefers = make_wishes(m, &row, row.tasks);
    put(m, plan_add_stage(m->out, &row));
}

/* Nobody is left who would submit it. */
static bool is_left_alone(const struct making *m, uint32_t job)
{
    for (uint32_t i = 0; i < m->from->act_count; i++)
        if (m->from->acts[i].kind == PLAN_ACT_SUBMIT && m->from->acts[i].job == job && !m->act_gone[i])
            return false;
    return m->from->jobs[job].submit_ns == PLAN_NEVER;
}

static void make_jobs(struct making *m)
{
    for (uint32_t i = 0; i < m->from->job_count; i++) {
        const struct plan_job *job = &m->from->jobs[i];
        struct plan_job row = *job;
        if (m->job[i] == PLAN_NONE)
            continue;
        row.name = name(m, row.name);
        if (is_left_alone(m, i))
            row.submit_ns = 0;
        if (is(m, SIM_EDIT_SUBMIT, i))
            row.submit_ns = m->edit->value;
        if (is(m, SIM_EDIT_JOB, i)) {
            row.priority = 0;
            row.kind = PLAN_JOB_BATCH;
        }
        put(m, plan_add_job(m->out, &row));
        for (uint32_t k = 0; k < job->stage_count; k++)
            if (m->stage[job->first_stage + k] != PLAN_NONE)
                make_stage(m, job, job->first_stage + k);
    }
}

/* ---- acts and promises */
static uint32_t fit_rank(const struct making *m, uint32_t job, uint32_t stage, uint32_t rank)
{
    bool shrunk = m->edit->kind == SIM_EDIT_TASKS && job != PLAN_NONE && stage != PLAN_NONE &&
                  m->from->jobs[job].first_stage + stage == m->edit->row;
    return shrunk && rank != PLAN_NONE && rank >= m->edit->value ? (uint32_t)m->edit->value - 1 : rank;
}

static void refer(const struct making *m, uint32_t *executor, uint32_t *job, uint32_t *stage, uint32_t *rank)
{
    *rank = fit_rank(m, *job, *stage, *rank);
    if (*executor != PLAN_NONE)
        *executor = m->executor[*executor];
    if (*job != PLAN_NONE && *stage != PLAN_NONE)
        *stage = m->stage[m->from->jobs[*job].first_stage + *stage];
    if (*job != PLAN_NONE)
        *job = m->job[*job];
}

static void refer_pattern(struct making *m, struct plan_pattern *when)
{
    if (when->kind == PLAN_NONE)
        return;
    when->kind = name(m, when->kind);
    refer(m, &when->executor, &when->job, &when->stage, &when->rank);
}

static void edit_act(const struct sim_edit *edit, struct plan_act *act)
{
    switch ((enum sim_act_field)edit->count) {
    case SIM_ACT_WHEN:
        act->when = plan_pattern_blank();
        act->at_ns = edit->value;
        break;
    case SIM_ACT_AT:
    case SIM_ACT_LASTS:
        act->at_ns = edit->value;
        break;
    case SIM_ACT_DURATION:
        act->duration_ns = edit->value;
        break;
    case SIM_ACT_AMOUNT:
        act->amount = (int32_t)edit->value;
        break;
    case SIM_ACT_WAY:
        act->way = 0;
        break;
    case SIM_ACT_FOR_GOOD:
        act->for_good = 0;
        break;
    case SIM_ACT_SIZE:
        act->size = 0;
        break;
    case SIM_ACT_OF_EXECUTOR:
        act->when.executor = PLAN_NONE;
        break;
    case SIM_ACT_OF_STAGE:
        act->when.stage = PLAN_NONE;
        break;
    case SIM_ACT_OF_JOB:
        act->when.job = act->when.stage = PLAN_NONE;
        break;
    case SIM_ACT_OF_ATTEMPT:
        act->when.attempt = PLAN_NONE;
        break;
    case SIM_ACT_OF_EPOCH:
        act->when.epoch = PLAN_NONE;
        break;
    case SIM_ACT_OF_RANK:
        act->when.rank = PLAN_NONE;
        break;
    case SIM_ACT_NTH:
        act->when.nth = (uint32_t)edit->value;
        break;
    }
}

/* What takes a fault back has its trigger and its way; and as long as it lasts stays as it is, unless that is what is edited. */
static void follow_leader(const struct making *m, uint32_t leader, struct plan_act *act)
{
    const struct plan_act *was = &m->from->acts[leader];
    struct plan_act now = *was;
    edit_act(m->edit, &now);
    act->when = now.when;
    act->way = act->kind == PLAN_ACT_MEND && was->way == act->way ? now.way : act->way;
    if (m->edit->count == SIM_ACT_AT || m->edit->count == SIM_ACT_WHEN)
        act->at_ns = now.at_ns + (act->at_ns - was->at_ns);
}

static bool is_of_pair(const struct plan *plan, uint32_t leader, uint32_t act)
{
    return act != leader && plan->acts[leader].pair != PLAN_NONE && plan->acts[act].pair == plan->acts[leader].pair;
}

static void make_acts(struct making *m)
{
    const struct plan *from = m->from;
    for (uint32_t i = 0; i < from->act_count; i++) {
        struct plan_act act = from->acts[i];
        if (m->act_gone[i])
            continue;
        if (is(m, SIM_EDIT_ACT, i))
            edit_act(m->edit, &act);
        else if (m->edit->kind == SIM_EDIT_ACT && is_leader(from, m->edit->row) && is_of_pair(from, m->edit->row, i))
            follow_leader(m, m->edit->row, &act);
        refer(m, &act.executor, &act.job, &act.stage, &act.rank);
        if (act.peer != PLAN_NONE)
            act.peer = m->executor[act.peer];
        refer_pattern(m, &act.when);
        put(m, plan_add_act(m->out, &act));
    }
}

/* Of a pair of which one is left that one is alone; the others are numbered in order. */
static void number_pairs(struct plan *plan)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < plan->act_count; i++) {
        uint32_t pair = plan->acts[i].pair, mates = 0;
        if (pair == PLAN_NONE || pair < next)
            continue;
        for (uint32_t k = i + 1; k < plan->act_count; k++)
            mates += plan->acts[k].pair == pair;
        if (mates == 0) {
            plan->acts[i].pair = PLAN_NONE;
            continue;
        }
        for (uint32_t k = i; k < plan->act_count; k++)
            if (plan->acts[k].pair == pair)
                plan->acts[k].pair = next;
            else if (plan->acts[k].pair == next)
                plan->acts[k].pair = pair;
        next++;
    }
}

static void make_expects(struct making *m)
{
    for (uint32_t i = 0; i < m->from->expect_count; i++) {
        struct plan_expect row = m->from->expects[i];
        bool gone = m->edit->kind == SIM_EDIT_EXPECTS && in_range(m->edit, i);
        if (gone || stage_gone(m, row.job, PLAN_NONE) || pattern_gone(m, &row.when))
            continue;
        if (row.job != PLAN_NONE)
            row.job = m->job[row.job];
        row.reason = name(m, row.reason);
        row.label = name(m, row.label);
        refer_pattern(m, &row.when);
        put(m, plan_add_expect(m->out, &row));
    }
}

/* ---- the whole */
static bool begin(struct making *m)
{
    const struct plan *from = m->from;
    uint32_t longest = 1;
    for (uint32_t i = 0; i < from->program_count; i++)
        longest = from->programs[i].op_count > longest ? from->programs[i].op_count : longest;
    m->out = plan_new();
    m->executor = calloc(from->executor_count, sizeof *m->executor);
    m->job = calloc(from->job_count, sizeof *m->job);
    m->stage = calloc(from->stage_count, sizeof *m->stage);
    m->act_gone = calloc((size_t)from->act_count + 1, 1);
    m->ops = calloc(longest, sizeof *m->ops);
    return m->out != NULL && m->executor != NULL && m->job != NULL && m->stage != NULL && m->act_gone != NULL && m->ops != NULL;
}

static void make(struct making *m)
{
    map_executors(m);
    map_jobs(m);
    if (!m->well)
        return;
    map_acts(m);
    make_head(m);
    make_executors(m);
    make_jobs(m);
    make_acts(m);
    number_pairs(m->out);
    make_expects(m);
}

static struct plan *edited(const struct plan *plan, const struct sim_edit *edit)
{
    struct making m = {.from = plan, .edit = edit};
    struct plan_err err;
    m.well = begin(&m);
    if (m.well)
        make(&m);
    free(m.executor);
    free(m.job);
    free(m.stage);
    free(m.act_gone);
    free(m.ops);
    if (m.well && plan_check(m.out, &err) == PLAN_OK)
        return m.out;
    plan_free(m.out);
    return NULL;
}

/* ---- another aim */
static void aim(const struct plan *plan, const struct sim_edit *edit, struct plan_act *act)
{
    enum plan_act_target target = plan_act_target(act->kind);
    bool of_job = act->when.kind != PLAN_NONE && act->when.job != PLAN_NONE;
    if (edit->executor != PLAN_NONE && (target == PLAN_TARGET_EXECUTOR || target == PLAN_TARGET_LINK))
        act->executor = edit->executor;
    if (edit->job == PLAN_NONE)
        return;
    if (of_job) {
        act->when.job = edit->job;
        act->when.stage = PLAN_NONE;
    }
    if (target != PLAN_TARGET_TASK)
        return;
    uint32_t tasks = plan->stages[plan->jobs[edit->job].first_stage].tasks;
    act->job = edit->job;
    act->stage = 0;
    act->rank = act->rank < tasks ? act->rank : tasks - 1;
}

struct plan *sim_edited(const struct plan *plan, const struct sim_edit *edit)
{
    const struct sim_edit nothing = {.kind = SIM_EDIT_COUNT};
    if (edit->aimed == 0)
        return edited(plan, edit);
    struct plan *aimed = edited(plan, &nothing);
    if (aimed == NULL)
        return NULL;
    for (uint32_t i = 0; i < aimed->act_count; i++)
        if (i == edit->aimed - 1 || is_of_pair(aimed, edit->aimed - 1, i))
            aim(aimed, edit, &aimed->acts[i]);
    struct plan *out = edited(aimed, edit);
    plan_free(aimed);
    return out;
}
