/*
 * check_program.c -- is a program one that plan_program_step() can run, and what does it ask of its
 * stage?
 *
 * This room is for: the plan (see plan.h); this file: the blocks of a program.
 * It may include:   <assert.h>, check.h.
 * Never here:       stages, ranges of single fields (the registry has them).
 *
 * Blocks nest: a loop opens a block closed by its next op, an on_rank one closed before its `to`.
 * `limit` is the op at which the innermost open block is closed: no block opened inside may reach
 * beyond it.
 */
#include "check.h"

#include <assert.h>

struct walk {
    const struct plan *plan;
    const struct plan_op *ops; /* the program's */
    uint32_t program, count;
    uint16_t open[PLAN_PROGRAM_OPS_MAX]; /* ops that opened the open blocks, innermost last */
    uint32_t open_count, loops;
    struct plan_demand *demand;
    struct plan_err *err;
};

static const char *op_text(const struct walk *walk, uint32_t op)
{
    return plan_parts[PART_OP].kinds[walk->ops[op].code];
}

static enum plan_status wrong_to(const struct walk *walk, uint32_t at, uint32_t lo, uint32_t hi,
                                 const char *remedy)
{
    char label[PLAN_LABEL_BYTES];
    plan_label_op(walk->plan, walk->program, at, label);
    if (lo > hi)
        return plan_fail(walk->err, PLAN_E_SENSE, 0,
                         "%s: to is %u, but there is no room for a block here; %s", label,
                         (unsigned)walk->ops[at].to, remedy);
    return plan_fail(walk->err, PLAN_E_SENSE, 0, "%s: to is %u, must be %u..%u; %s", label,
                     (unsigned)walk->ops[at].to, lo, hi, remedy);
}

/* The op that closes the innermost open block; the END if none is open. */
static uint32_t limit_of(const struct walk *walk)
{
    return walk->open_count == 0 ? walk->count - 1 : walk->ops[walk->open[walk->open_count - 1]].to;
}

static uint64_t turns_of(const struct walk *walk)
{
    for (uint32_t i = walk->open_count; i > 0; i--) {
        const struct plan_op *op = &walk->ops[walk->open[i - 1]];
        if (op->code == PLAN_OP_LOOP)
            return (uint64_t)op->value;
    }
    return 1;
}

static enum plan_status open_loop(struct walk *walk, uint32_t at)
{
    char label[PLAN_LABEL_BYTES];
    uint32_t to = walk->ops[at].to, limit = limit_of(walk);
    if (to < at + 2 || to >= limit)
        return wrong_to(
            walk, at, at + 2, limit - 1,
            "it is the loop's next op, behind at least one other, inside the same block");
    if (walk->ops[to].code != PLAN_OP_NEXT || walk->ops[to].to != at)
        return plan_fail(walk->err, PLAN_E_SENSE, 0,
                         "%s: to is %u, which is %s and no next op back to %u; close the loop",
                         plan_label_op(walk->plan, walk->program, at, label), to, op_text(walk, to),
                         at);
    if (walk->loops == PLAN_LOOP_DEPTH_MAX)
        return plan_fail(walk->err, PLAN_E_RANGE, 0,
                         "%s: it is nested %d deep, must be 1..%d; unroll the innermost loop",
                         plan_label_op(walk->plan, walk->program, at, label),
                         PLAN_LOOP_DEPTH_MAX + 1, PLAN_LOOP_DEPTH_MAX);
    walk->open[walk->open_count++] = (uint16_t)at;
    walk->loops++;
    return PLAN_OK;
}

static enum plan_status close_loop(struct walk *walk, uint32_t at)
{
    char label[PLAN_LABEL_BYTES];
    if (walk->open_count == 0 || limit_of(walk) != at ||
        walk->ops[walk->open[walk->open_count - 1]].code != PLAN_OP_LOOP)
        return plan_fail(walk->err, PLAN_E_SENSE, 0,
                         "%s: to is %u, but no loop open there ends here; take it out",
                         plan_label_op(walk->plan, walk->program, at, label),
                         (unsigned)walk->ops[at].to);
    walk->open_count--;
    walk->loops--;
    return PLAN_OK;
}

static enum plan_status open_on_rank(struct walk *walk, uint32_t at)
{
    const struct plan_op *op = &walk->ops[at];
    char label[PLAN_LABEL_BYTES];
    uint32_t limit = limit_of(walk);
    if (op->value2 < op->value)
        return plan_fail(walk->err, PLAN_E_SENSE, 0,
                         "%s: last is %lld, must be %lld..%d; swap first and last",
                         plan_label_op(walk->plan, walk->program, at, label), (long long)op->value2,
                         (long long)op->value, PLAN_TASKS_MAX - 1);
    if (op->to < at + 2 || op->to > limit)
        return wrong_to(walk, at, at + 2, limit,
                        "it is the first op behind those of these ranks, inside the same block");
    walk->open[walk->open_count++] = (uint16_t)at;
    return PLAN_OK;
}

static void note_columns(struct walk *walk, uint32_t at)
{
    const struct plan_dist *dist = &walk->plan->dists[walk->ops[at].dist];
    if (dist->kind != PLAN_DIST_COLUMN)
        return;
    uint64_t columns = (uint64_t)dist->lo + (uint64_t)dist->hi * (turns_of(walk) - 1) + 1;
    if (columns > walk->demand->columns) {
        walk->demand->columns = columns;
        walk->demand->column_op = at;
    }
}

static enum plan_status take_op(struct walk *walk, uint32_t at)
{
    switch (walk->ops[at].code) {
    case PLAN_OP_LOOP:
        return open_loop(walk, at);
    case PLAN_OP_NEXT:
        return close_loop(walk, at);
    case PLAN_OP_ON_RANK:
        return open_on_rank(walk, at);
    case PLAN_OP_COMPUTE:
        note_columns(walk, at);
        return PLAN_OK;
    case PLAN_OP_BARRIER:
    case PLAN_OP_ALL_GATHER:
    case PLAN_OP_ALL_REDUCE:
        if (walk->demand->sync_op == PLAN_NONE)
            walk->demand->sync_op = at;
        return PLAN_OK;
    case PLAN_OP_FETCH:
        if (walk->demand->fetch_op == PLAN_NONE)
            walk->demand->fetch_op = at;
        return PLAN_OK;
    default:
        return PLAN_OK;
    }
}

/* on_rank blocks have no op that closes them: they end before `at`. */
static void close_on_ranks(struct walk *walk, uint32_t at)
{
    while (walk->open_count > 0 && limit_of(walk) == at &&
           walk->ops[walk->open[walk->open_count - 1]].code == PLAN_OP_ON_RANK)
        walk->open_count--;
}

static enum plan_status check_bounds(const struct plan *plan, uint32_t program, const char *label,
                                     struct plan_err *err)
{
    const struct plan_program *row = &plan->programs[program];
    if (row->op_count < 1 || row->op_count > PLAN_PROGRAM_OPS_MAX)
        return plan_fail(err, PLAN_E_RANGE, 0, "%s: ops are %u, must be 1..%d; use a loop", label,
                         row->op_count, PLAN_PROGRAM_OPS_MAX);
    if (row->first_op > plan->op_count || row->op_count > plan->op_count - row->first_op)
        return plan_fail(err, PLAN_E_REFERENCE, 0,
                         "%s: ops end at %llu, must be 0..%u; use plan_add_program()", label,
                         (unsigned long long)row->first_op + row->op_count, plan->op_count);
    if (plan->ops[row->first_op + row->op_count - 1].code != PLAN_OP_END)
        return plan_fail(err, PLAN_E_SENSE, 0,
                         "%s: op %u, its last, is no end; use plan_add_program()", label,
                         row->op_count - 1);
    return plan_check_fields(plan, PART_PROGRAM, row, label, err);
}

static enum plan_status check_op_fields(const struct walk *walk, uint32_t at)
{
    char label[PLAN_LABEL_BYTES];
    if (plan_check_fields(walk->plan, PART_OP, &walk->ops[at], "", NULL) == PLAN_OK)
        return PLAN_OK;
    return plan_check_fields(walk->plan, PART_OP, &walk->ops[at],
                             plan_label_op(walk->plan, walk->program, at, label), walk->err);
}

enum plan_status plan_check_program(const struct plan *plan, uint32_t program,
                                    struct plan_demand *demand, struct plan_err *err)
{
    *demand = (struct plan_demand){PLAN_NONE, PLAN_NONE, PLAN_NONE, 0};
    enum plan_status status = check_bounds(plan, program, "", NULL);
    if (status != PLAN_OK) { /* its label may have to be searched for */
        char label[PLAN_LABEL_BYTES];
        return check_bounds(plan, program, plan_label(plan, PART_PROGRAM, program, label), err);
    }
    struct walk walk; /* field by field: the list of open blocks is long, and empty */
    walk.plan = plan;
    walk.ops = plan->ops + plan->programs[program].first_op;
    walk.program = program;
    walk.count = plan->programs[program].op_count;
    walk.open_count = walk.loops = 0;
    walk.demand = demand;
    walk.err = err;
    for (uint32_t at = 0; at < walk.count && status == PLAN_OK; at++)
        status = check_op_fields(&walk, at); /* all of them: blocks look ahead */
    for (uint32_t at = 0; at < walk.count && status == PLAN_OK; at++) {
        close_on_ranks(&walk, at);
        status = take_op(&walk, at);
    }
    assert(status != PLAN_OK || walk.open_count == 0); /* no block reaches beyond the END */
    return status;
}
