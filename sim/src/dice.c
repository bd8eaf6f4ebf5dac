/*
 * dice.c -- Philox, and the way from 64 random bits to a value. See dice.h.
 *
 * The logarithm, the power and the normal quantile come from tables (dice_tables.c) by linear
 * interpolation, in fixed point: Qn means n binary places.
 */
#include "dice.h"

#include "dice_tables.h"

#include <assert.h>
#include <Random123/philox.h>

uint64_t sim_dice(uint64_t seed, const struct sim_dice_key *key)
{
    assert(key->job < 1u << 24);
    assert(key->rank < 1u << 24);
    assert(key->stage < 64);
    philox4x32_key_t k = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t c = {
        {key->job | key->purpose << 24, key->rank | key->stage << 24, key->attempt, key->op}};
    philox4x32_ctr_t r = philox4x32(c, k);
    return (uint64_t)r.v[1] << 32 | r.v[0];
}

/* ---- wide products */
static uint64_t mul_wide(uint64_t a, uint64_t b, uint64_t *high)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32), cross = a0 * b1 + (uint32_t)mid;
    *high = a1 * b1 + (mid >> 32) + (cross >> 32);
    return cross << 32 | (uint32_t)low;
}

uint64_t sim_mul_high(uint64_t a, uint64_t b)
{
    uint64_t high;
    (void)mul_wide(a, b, &high);
    return high;
}

int64_t sim_mul_shift(uint64_t a, uint64_t b, unsigned shift)
{
    assert(shift > 0);
    assert(shift < 64);
    uint64_t high, low = mul_wide(a, b, &high);
    if (high >> (shift - 1) != 0) /* 2^63 or more is left */
        return PLAN_NEVER;
    return (int64_t)(high << (64 - shift) | low >> shift);
}

/* ---- distributions */
static int64_t uniform(int64_t lo, int64_t hi, uint64_t bits)
{
    assert(lo <= hi);
    uint64_t count = (uint64_t)(hi - lo) + 1;
    return lo + (int64_t)sim_mul_high(bits, count);
}

/* -log2(bits / 2^64) in Q31. */
static uint64_t minus_log2(uint64_t bits)
{
    bits |= 1;
    unsigned zeros = (unsigned)__builtin_clzll(bits);
    uint64_t mantissa = bits << zeros; /* 1.0 <= mantissa / 2^63 < 2.0 */
    unsigned i = (unsigned)(mantissa >> 55) & 255;
    uint64_t rest = (uint32_t)(mantissa >> 23);
    uint64_t log2 =
        sim_log2_table[i] + (((sim_log2_table[i + 1] - (uint64_t)sim_log2_table[i]) * rest) >> 32);
    return ((uint64_t)(zeros + 1) << 31) - log2;
}

static int64_t exponential(int64_t mean, int64_t cut, uint64_t bits)
{
    const uint64_t ln2 = 1488522236; /* Q31 */
    int64_t factor = sim_mul_shift(minus_log2(bits), ln2, 31);
    int64_t value = sim_mul_shift((uint64_t)mean, (uint64_t)factor, 31);
    return value < cut ? value : cut;
}

/* The standard normal's quantile of a tail of x / 2^64, 0 < x < 2^63, in Q24: how far out the tail
 * begins. */
static uint64_t normal_tail(uint64_t x)
{
    unsigned zeros =
        (unsigned)__builtin_clzll(x) - 1; /* the tail is in [2^-(zeros+2), 2^-(zeros+1)) */
    if (zeros >= SIM_NORMAL_OCTAVES)
        return sim_normal_table[0];
    uint64_t mantissa = x << (zeros + 1);
    unsigned i =
        (SIM_NORMAL_OCTAVES - 1 - zeros) * SIM_NORMAL_STEPS + ((unsigned)(mantissa >> 59) & 15);
    uint64_t rest = (uint32_t)(mantissa >> 27);
    return sim_normal_table[i] -
           (((uint64_t)(sim_normal_table[i] - sim_normal_table[i + 1]) * rest) >> 32);
}

/* value * 2^(exponent / 2^32), saturating. */
static int64_t scale_by_power(int64_t value, int64_t exponent)
{
    int64_t whole = exponent >> 32;
    uint64_t part = (uint32_t)exponent;
    unsigned i = (unsigned)(part >> 24);
    uint64_t rest = part & 0xffffff;
    uint64_t power =
        sim_exp2_table[i] + (((sim_exp2_table[i + 1] - (uint64_t)sim_exp2_table[i]) * rest) >> 24);
    if (whole >= 62) /* more than any time allows, unless it is nothing at all */
        return value == 0 ? 0 : PLAN_NEVER;
    if (whole <= -33)
        return sim_mul_shift((uint64_t)value, power, 63) >> (-33 - whole < 62 ? -33 - whole : 62);
    if (whole < 30)
        return sim_mul_shift((uint64_t)value, power, (unsigned)(30 - whole));
    return sim_mul_shift((uint64_t)value, power << (whole - 29), 1);
}

static int64_t lognormal(int64_t median, int64_t sigma_milli, uint64_t bits)
{
    const int64_t log2_e = 24204406; /* Q24 */
    assert(sigma_milli >= 0);
    assert(sigma_milli <= 1000000);
    int64_t z = (int64_t)normal_tail((bits & (UINT64_MAX >> 1)) | 1); /* Q24, below 2^27 */
    int64_t exponent = (z * sigma_milli / 1000) * log2_e / (1 << 16); /* Q32 */
    return scale_by_power(median, bits >> 63 ? exponent : -exponent);
}

int64_t sim_dice_value(const struct plan *plan, const struct plan_dist *dist, uint64_t bits)
{
    switch ((enum plan_dist_kind)dist->kind) {
    case PLAN_DIST_FIXED:
        return dist->lo;
    case PLAN_DIST_UNIFORM:
        return uniform(dist->lo, dist->hi, bits);
    case PLAN_DIST_EXPONENTIAL:
        return exponential(dist->lo, dist->hi, bits);
    case PLAN_DIST_LOGNORMAL:
        return lognormal(dist->lo, dist->hi, bits);
    case PLAN_DIST_EMPIRICAL:
        assert(dist->count > 0);
        return plan->values[dist->first + sim_mul_high(bits, dist->count)];
    case PLAN_DIST_COLUMN:
        break;
    }
    assert(false && "a distribution that a checked plan does not have");
    return 0;
}
