/*
 * program.c -- what a task does next: a pure stepper over a checked program.
 *
 * This room is for: the plan (see plan.h); this file: the one stepper that every target shares.
 * It may include:   <assert.h> <string.h>, plan.h.
 * Never here:       dice, times, allocation, anything but the program, the rank and the state.
 *
 * Layout. A program is plan->ops[first_op .. first_op + op_count); `to` counts from its first op.
 * The last op is END.
 *
 *     0  loop     times=300 to=4     opens a loop: its body is 1..3, its NEXT is `to`
 *     1  on_rank  first=0 last=1 to=3    op 2 is for ranks 0 and 1 only, the others go on at `to`
 *     2  compute  dist=7
 *     3  barrier
 *     4  next     to=0               again from 1, or on with 5 after 300 turns
 *     5  end
 *
 * Blocks (loop bodies, on_rank's ops) nest, so the innermost open loop is all a NEXT needs to know.
 *
 * Invariants, between two steps: `depth` loops are open; turn[d] < times of loop d for d < depth
 * and 0 above; `pc` is the op to look at next. A malformed program is a mistake of ours, for
 * plan_check() has seen it: assertions.
 *
 * A turn that hands out no op (all of it is for other ranks) would be empty for ever, for nothing
 * but the rank decides: its loop is left at once. So a step looks at no op more than twice, however
 * often a loop turns.
 */
#include "plan/plan.h"

#include <assert.h>
#include <string.h>

#define BIT(code) (1u << (code))
enum {
    ENDS = BIT(PLAN_OP_END) | BIT(PLAN_OP_FAIL) | BIT(PLAN_OP_EXIT) | BIT(PLAN_OP_HANG),
    SYNCS = BIT(PLAN_OP_BARRIER) | BIT(PLAN_OP_ALL_GATHER),
    HANDED_OUT = ENDS | SYNCS | BIT(PLAN_OP_CHECKPOINT) | BIT(PLAN_OP_COMPUTE) |
                 BIT(PLAN_OP_OUTPUT) | BIT(PLAN_OP_FETCH) | BIT(PLAN_OP_MEET) |
                 BIT(PLAN_OP_ALL_REDUCE) | BIT(PLAN_OP_EXCHANGE)
};

/* This is called for every op of every task: what few of them do is behind one branch. */
static inline struct plan_step hand_out(const struct plan_op *op, struct plan_program_state *state)
{
    unsigned bit = BIT(op->code);
    struct plan_step step = {op->code, op->dist, op->value, op->value2,
                             state->depth > 0 ? state->turn[state->depth - 1] : 0, state->ops};
    state->ops++;
    state->syncs += (bit & SYNCS) != 0;
    if ((bit & ENDS) != 0) {
        state->done = true;
        return step;
    }
    state->pc++;
    if (op->code == PLAN_OP_CHECKPOINT)
        state->checkpoints++;
    return step;
}

/* Follows LOOP, NEXT and ON_RANK to the next op that is handed out. */
static const struct plan_op *follow(const struct plan_op *ops, uint32_t rank,
                                    struct plan_program_state *state)
{
    unsigned fresh = 0; /* bit d: the present turn of loop d began within this call */
    for (;;) {
        const struct plan_op *op = &ops[state->pc];
        if (op->code == PLAN_OP_LOOP) {
            assert(state->depth < PLAN_LOOP_DEPTH_MAX);
            assert(op->value > 0);
            fresh |= 1u << state->depth;
            state->turn[state->depth++] = 0;
            state->pc++;
        } else if (op->code == PLAN_OP_NEXT) {
            assert(state->depth > 0);
            unsigned loop = state->depth - 1u;
            if (state->turn[loop] + INT64_C(1) < ops[op->to].value && !(fresh & 1u << loop)) {
                fresh |= 1u << loop;
                state->turn[loop]++;
                state->pc = (uint16_t)(op->to + 1);
            } else {
                state->turn[loop] = 0;
                state->depth--;
                state->pc++;
            }
        } else if (op->code == PLAN_OP_ON_RANK) {
            bool inside = op->value <= rank && rank <= op->value2;
            state->pc = inside ? (uint16_t)(state->pc + 1) : op->to;
        } else {
            return op;
        }
    }
}

/* The rare way, through LOOP, NEXT and ON_RANK: apart, so that the usual one has no registers to save for it. */
__attribute__((noinline)) static struct plan_step step_far(const struct plan_program *row, const struct plan_op *ops,
                                 uint32_t rank, struct plan_program_state *state)
{
    const struct plan_op *op = follow(ops, rank, state);
    assert(state->pc < row->op_count);
    assert(BIT(op->code) & HANDED_OUT);
    return hand_out(op, state);
}

/* Where the innermost loop only turns once more, to an op that is handed out, that is all that follow() would do. */
static inline const struct plan_op *turn_once_more(const struct plan_op *ops, const struct plan_op *next,
                                                   struct plan_program_state *state)
{
    assert(state->depth > 0);
    uint32_t *turn = &state->turn[state->depth - 1u];
    const struct plan_op *op = &ops[next->to + 1];
    if (*turn + INT64_C(1) >= ops[next->to].value || (BIT(op->code) & HANDED_OUT) == 0)
        return next;
    ++*turn;
    state->pc = (uint16_t)(next->to + 1);
    return op;
}

struct plan_step plan_program_step(const struct plan *plan, uint32_t program, uint32_t rank,
                                   struct plan_program_state *state)
{
    assert(program < plan->program_count);
    assert(!state->done);
    const struct plan_program *row = &plan->programs[program];
    const struct plan_op *ops = plan->ops + row->first_op, *op = &ops[state->pc];
    assert(state->pc < row->op_count);
    if (op->code == PLAN_OP_NEXT)
        op = turn_once_more(ops, op, state);
    if ((BIT(op->code) & HANDED_OUT) == 0)
        return step_far(row, ops, rank, state);
    return hand_out(op, state);
}

void plan_program_init(struct plan_program_state *state) { memset(state, 0, sizeof *state); }

void plan_program_resume(const struct plan *plan, uint32_t program, uint32_t rank,
                         uint32_t checkpoint, struct plan_program_state *state)
{
    plan_program_init(state);
    while (state->checkpoints < checkpoint)
        (void)plan_program_step(plan, program, rank, state);
}
