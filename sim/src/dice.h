/*
 * dice.h -- the world's dice: a draw depends on what it is for, never on how many draws came
 * before.
 *
 * This room is for: Philox4x32-10 (Random123) keyed by the seed and by the purpose, and
 *                   distributions in integers.
 * It may include:   Random123, plan.h (distributions).
 * Never here:       state, floating point, clocks.
 *
 * So removing one fault, or one draw, leaves every other draw alone.
 */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include "plan/plan.h"

enum sim_dice_purpose {
    SIM_DICE_COMPUTE = 1,
    /* Of a datagram link, with the executor for the job, the way for the stage, the session for the attempt, the number for
     * the rank and the try for the op. The second copy of a doubled frame has draws of its own. */
    SIM_DICE_LOSE = 16,
    SIM_DICE_DOUBLE = 17,
    SIM_DICE_REORDER = 18, /* and 19 */
    SIM_DICE_REORDER_BY = 20, /* and 21 */
    /* How far a machine's clock is set apart, with the executor for the job; behind the last of them is the driver's. */
    SIM_DICE_CLOCK = 24,
    /* In what order things happen: see order.h. */
    SIM_DICE_ORDER = 32, SIM_DICE_ORDER_CHANGE = 33, SIM_DICE_ORDER_SLACK = 34
};

/* What a draw is for. job < 2^24, stage < 64, rank < 2^24. */
struct sim_dice_key {
    uint32_t purpose, job, stage, attempt, rank, op;
};

uint64_t sim_dice(uint64_t seed, const struct sim_dice_key *key);

/* a * b / 2^64, and a * b / 2^shift, saturating at PLAN_NEVER. */
uint64_t sim_mul_high(uint64_t a, uint64_t b);
int64_t sim_mul_shift(uint64_t a, uint64_t b, unsigned shift);

/*
 * One value of a distribution for 64 random bits; >= 0, saturating at PLAN_NEVER. Not for
 * PLAN_DIST_COLUMN, which is no draw. UNIFORM and EMPIRICAL take the high word of bits x count:
 * each value's chance is off by less than 2^-64 x count. EXPONENTIAL and LOGNORMAL are inverse
 * tables with linear interpolation, good to five digits.
 */
int64_t sim_dice_value(const struct plan *plan, const struct plan_dist *dist, uint64_t bits);

#endif
