/*
 * draw.h -- dice for variants of a plan: a stream for each thing that is drawn, so that none moves the others.
 */
#ifndef SIM_SEARCH_DRAW_H
#define SIM_SEARCH_DRAW_H

#include <assert.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t roll(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline uint32_t below(struct dice *dice, uint32_t n)
{
    assert(n > 0);
    return (uint32_t)((roll(dice) >> 32) % n);
}

static inline struct dice dice_for(uint64_t seed, uint64_t what)
{
    struct dice dice = {seed ^ (what + 1) * UINT64_C(0xD1B54A32D192ED03)};
    (void)roll(&dice);
    return dice;
}

/* 2^lo .. 2^hi, log-uniform in eighths. */
static inline int64_t log_uniform(struct dice *dice, unsigned lo, unsigned hi)
{
    unsigned power = lo + below(dice, hi - lo);
    return (int64_t)((8 + (uint64_t)below(dice, 8)) << power >> 3);
}

/* One bit of `set`, which has any. */
static inline uint32_t one_of(struct dice *dice, uint32_t set)
{
    uint32_t nth = below(dice, (uint32_t)__builtin_popcount(set));
    for (; nth > 0; nth--)
        set &= set - 1;
    return set & -set;
}

#endif
