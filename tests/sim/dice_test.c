#include "dice.h"
#include "dice_tables.h"
#include "rig.h"

#include <string.h>

static const struct sim_dice_key a_key = {SIM_DICE_COMPUTE, 7, 3, 1, 42, 9};

static void the_generator_is_philox4x32_10_as_published(void **state)
{
    (void)state;
    /* Random123's known answer for a zero key and a zero counter. */
    const struct sim_dice_key zero = {0};
    assert_int_equal(sim_dice(0, &zero), UINT64_C(0xe169c58d6627e8d5));
}

static void a_draw_depends_on_everything_it_is_for_and_on_nothing_else(void **state)
{
    (void)state;
    const uint64_t value = sim_dice(1, &a_key);
    for (uint32_t i = 0; i < 1000; i++) { /* other draws before it change nothing */
        struct sim_dice_key other = a_key;
        other.op = i;
        (void)sim_dice(1, &other);
    }
    assert_int_equal(sim_dice(1, &a_key), value);
    assert_int_not_equal(sim_dice(2, &a_key), value);
    for (uint32_t field = 0; field < sizeof a_key / sizeof(uint32_t); field++) {
        uint32_t words[sizeof a_key / sizeof(uint32_t)];
        struct sim_dice_key other;
        memcpy(words, &a_key, sizeof a_key);
        words[field]++;
        memcpy(&other, words, sizeof other);
        assert_int_not_equal(sim_dice(1, &other), value);
    }
}

static void wide_products_are_exact_and_saturate(void **state)
{
    (void)state;
    assert_int_equal(sim_mul_high(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
    assert_int_equal(sim_mul_high(UINT64_C(1) << 63, 6), 3);
    assert_int_equal(sim_mul_shift(UINT64_C(123456789), UINT64_C(9876543219) << 20, 20),
                     INT64_C(123456789) * INT64_C(9876543219));
    assert_int_equal(sim_mul_shift(UINT64_C(1) << 40, UINT64_C(1) << 40, 18), INT64_C(1) << 62);
    assert_int_equal(sim_mul_shift(UINT64_C(1) << 40, UINT64_C(1) << 40, 17), PLAN_NEVER);
    assert_int_equal(sim_mul_shift(UINT64_MAX, UINT64_MAX, 63), PLAN_NEVER);
}

/* The binary places of a logarithm, one by one: square, and see whether it is 2 or more. */
static uint32_t log2_by_squaring(uint32_t i)
{
    uint64_t x = (UINT64_C(256) + i) << 55, places = 0; /* Q63 */
    for (int bit = 0; bit < 33; bit++) {
        uint64_t square = sim_mul_high(x, x); /* Q62 */
        places = places << 1 | square >> 63;
        x = square >> 63 ? square : square << 1;
    }
    return (uint32_t)((places + 2) >> 2); /* Q33 to Q31, to nearest */
}

static void the_tables_are_what_they_say(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 256; i++)
        assert_in_range(sim_log2_table[i] + 1, log2_by_squaring(i), log2_by_squaring(i) + 2);
    assert_int_equal(sim_log2_table[256], UINT32_C(1) << 31);
    /* 2^x times 2^(1-x) is 2. */
    for (uint32_t i = 0; i <= 256; i++)
        assert_in_range(sim_mul_shift(sim_exp2_table[i], sim_exp2_table[256 - i], 30),
                        (UINT32_C(1) << 31) - 4, (UINT32_C(1) << 31) + 4);
    /* The logarithm undoes the power: the 64th entry is 2^(1/4), whose square's square is 2. */
    int64_t square = sim_mul_shift(sim_exp2_table[64], sim_exp2_table[64], 30);
    assert_in_range(sim_mul_shift((uint64_t)square, (uint64_t)square, 30), (UINT32_C(1) << 31) - 8,
                    (UINT32_C(1) << 31) + 8);
    /* Quantiles that every table of the normal distribution has, in millionths: tails 1/4, 1/8,
     * 1/32, 1/1024. */
    const struct {
        unsigned octave;
        int64_t millionths;
    } known[] = {{1, 674490}, {2, 1150349}, {4, 1862732}, {9, 3097269}};
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        unsigned at = (SIM_NORMAL_OCTAVES - known[i].octave) * SIM_NORMAL_STEPS;
        int64_t millionths = ((int64_t)sim_normal_table[at] * 1000000 + (1 << 23)) >> 24;
        assert_in_range(millionths, known[i].millionths - 1, known[i].millionths + 1);
    }
    for (unsigned i = 0; i < SIM_NORMAL_OCTAVES * SIM_NORMAL_STEPS; i++)
        assert_true(sim_normal_table[i] > sim_normal_table[i + 1]);
}

struct sample {
    double mean;
    int64_t least, most, median;
};

enum { DRAWS = 200000 };

static struct sample draw(const struct plan_dist *dist, const struct plan *plan, int64_t middle)
{
    struct sample s = {0, INT64_MAX, 0, 0};
    struct sim_dice_key key = a_key;
    for (uint32_t i = 0; i < DRAWS; i++) {
        key.op = i;
        int64_t value = sim_dice_value(plan, dist, sim_dice(5, &key));
        s.mean += (double)value / DRAWS;
        s.least = value < s.least ? value : s.least;
        s.most = value > s.most ? value : s.most;
        s.median += value < middle;
    }
    return s;
}

static void assert_near(double got, double want, double part)
{
    if (got < want * (1 - part) || got > want * (1 + part))
        fail_msg("got %f, wanted %f within %f", got, want, part);
}

static void distributions_have_their_means_and_ranges(void **state)
{
    (void)state;
    struct sample s;
    s = draw(&(struct plan_dist){.kind = PLAN_DIST_FIXED, .lo = 77}, NULL, 0);
    assert_int_equal(s.least, 77);
    assert_int_equal(s.most, 77);
    s = draw(&(struct plan_dist){.kind = PLAN_DIST_UNIFORM, .lo = 10, .hi = 19}, NULL, 15);
    assert_int_equal(s.least, 10);
    assert_int_equal(s.most, 19);
    assert_near(s.mean, 14.5, 0.002);
    s = draw(&(struct plan_dist){.kind = PLAN_DIST_EXPONENTIAL, .lo = 100 * MS, .hi = PLAN_NEVER},
             NULL, 69314718);
    assert_near(s.mean, 100e6, 0.01);
    assert_near((double)s.median, DRAWS / 2.0, 0.01);
    s = draw(&(struct plan_dist){.kind = PLAN_DIST_EXPONENTIAL, .lo = 100 * MS, .hi = 200 * MS},
             NULL, 0);
    assert_int_equal(s.most, 200 * MS);
    assert_near(s.mean, 100e6 * (1 - 0.1353353), 0.01);
    s = draw(&(struct plan_dist){.kind = PLAN_DIST_LOGNORMAL, .lo = 100 * MS, .hi = 500}, NULL,
             100 * MS);
    assert_near(s.mean, 100e6 * 1.1331485, 0.01); /* exp(sigma^2 / 2) */
    assert_near((double)s.median, DRAWS / 2.0, 0.01);
}

static void an_empirical_draw_is_one_of_its_values(void **state)
{
    (void)state;
    struct plan *plan = plan_new();
    const int64_t values[] = {5, 1000, 1000000};
    struct plan_dist dist = {.kind = PLAN_DIST_EMPIRICAL, .count = 3};
    dist.first = plan_add_values(plan, values, 3);
    struct sample s = draw(&dist, plan, 1000);
    assert_int_equal(s.least, 5);
    assert_int_equal(s.most, 1000000);
    assert_near(s.mean, 1001005.0 / 3, 0.01);
    assert_near((double)s.median, DRAWS / 3.0, 0.02);
    plan_free(plan);
}

static void extreme_bits_and_parameters_saturate(void **state)
{
    (void)state;
    const struct plan_dist all[] = {
        {.kind = PLAN_DIST_UNIFORM, .lo = 0, .hi = INT64_MAX},
        {.kind = PLAN_DIST_EXPONENTIAL, .lo = 4000 * DAY, .hi = PLAN_NEVER},
        {.kind = PLAN_DIST_EXPONENTIAL, .lo = 0, .hi = PLAN_NEVER},
        {.kind = PLAN_DIST_LOGNORMAL, .lo = 4000 * DAY, .hi = 1000000},
        {.kind = PLAN_DIST_LOGNORMAL, .lo = 1, .hi = 1000000},
        {.kind = PLAN_DIST_LOGNORMAL, .lo = 0, .hi = 1000000},
        {.kind = PLAN_DIST_LOGNORMAL, .lo = 100, .hi = 0},
    };
    const uint64_t bits[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63, (UINT64_C(1) << 63) - 1, 12345};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        for (unsigned k = 0; k < sizeof bits / sizeof *bits; k++)
            assert_true(sim_dice_value(NULL, &all[i], bits[k]) >= 0);
    assert_int_equal(sim_dice_value(NULL, &all[3], UINT64_C(1) << 63), PLAN_NEVER);
    assert_int_equal(sim_dice_value(NULL, &all[5], UINT64_C(1) << 63), 0);
    assert_int_equal(sim_dice_value(NULL, &all[6], 12345), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_philox4x32_10_as_published),
        cmocka_unit_test(a_draw_depends_on_everything_it_is_for_and_on_nothing_else),
        cmocka_unit_test(wide_products_are_exact_and_saturate),
        cmocka_unit_test(the_tables_are_what_they_say),
        cmocka_unit_test(distributions_have_their_means_and_ranges),
        cmocka_unit_test(an_empirical_draw_is_one_of_its_values),
        cmocka_unit_test(extreme_bits_and_parameters_saturate),
    };
    return cmocka_run_group_tests_name("sim.dice", tests, NULL, NULL);
}
