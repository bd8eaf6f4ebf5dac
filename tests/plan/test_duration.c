/* test_duration.c -- durations are read and written exactly, and what is no duration is not read.
 */
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* needs those before it */

static void every_duration_is_read_exactly(void **state)
{
    static const struct {
        const char *text;
        plan_ns ns;
    } rows[] = {
        {"0", 0},
        {"0s", 0},
        {"0d", 0},
        {"00s", 0},
        {"1ns", 1},
        {"1us", 1000},
        {"1ms", 1000000},
        {"1s", PLAN_SECOND},
        {"1m", 60 * PLAN_SECOND},
        {"1h", 3600 * PLAN_SECOND},
        {"1d", PLAN_DAY},
        {"365d", 365 * PLAN_DAY},
        {"1.5s", 1500000000},
        {"1.50000000000000000000000000s", 1500000000},
        {"0.000000001s", 1},
        {"12.4s", INT64_C(12400000000)},
        {"2h30m", 9000 * PLAN_SECOND},
        {"2h30.5m", 9030 * PLAN_SECOND},
        {"1d1ns", PLAN_DAY + 1},
        {"1d2h3m4s5ms6us7ns", INT64_C(93784005006007)},
        {"0.125h", 450 * PLAN_SECOND},
        {"0.000000000005h", 18},
        {"9223372036854775806ns", INT64_MAX - 1},
        {"106751d23h47m16.854775806s", INT64_MAX - 1},
        {"106751d23h47m16.8547758s0.006us", INT64_MAX - 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        plan_ns ns = -1;
        assert_true(plan_parse_duration(rows[i].text, &ns));
        assert_int_equal(ns, rows[i].ns);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "s",
        "1",
        "1.5",
        "-1s",
        "+1s",
        "1s ",
        " 1s",
        "1 s",
        "1.s",
        ".5s",
        "1,5s",
        "1sec",
        "1S",
        "1e3s",
        "30m2h",
        "1s1s",
        "1s2",
        "0.5ns",
        "1..5s",
        "1.5.s",
        "1h-1m",
        "0x1s",
        "never",
        "1.0000000001s",
        "0.0000000000005h",
        "0.0000000000000000001d",
        "9223372036854775807ns",
        "9223372036854775808ns",
        "99999999999999999999ns",
        "106752d",
        "106751d23h47m16.854775807s",
        "106751d23h47m16.8547758s0.007us",
        "1d9223372036854775806ns",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        plan_ns ns = -7;
        if (plan_parse_duration(rows[i], &ns))
            fail_msg("'%s' was read as %lld ns", rows[i], (long long)ns);
        assert_int_equal(ns, -7);
    }
}

static void the_shortest_exact_form_is_written(void **state)
{
    static const struct {
        plan_ns ns;
        const char *text;
    } rows[] = {
        {0, "0s"},
        {1, "1ns"},
        {999, "999ns"},
        {1500, "1.5us"},
        {500000, "500us"},
        {80000000, "80ms"},
        {200000000, "200ms"},
        {PLAN_SECOND, "1s"},
        {1500000000, "1.5s"},
        {INT64_C(12400000000), "12.4s"},
        {90 * PLAN_SECOND, "90s"},
        {60 * PLAN_SECOND, "1m"},
        {5400 * PLAN_SECOND, "90m"},
        {9000 * PLAN_SECOND, "2.5h"},
        {36 * 3600 * PLAN_SECOND, "36h"},
        {INT64_C(4124958750000), "4124.95875s"},
        {365 * PLAN_DAY, "365d"},
        {36500 * PLAN_DAY, "36500d"},
        {PLAN_SECOND + 1, "1.000000001s"},
        {PLAN_NEVER - 8, "9223372036.854775799s"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];
        plan_format_duration(rows[i].ns, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void what_is_written_is_read_back(void **state)
{
    uint64_t dice = 1;
    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        plan_ns ns, back = -1;
        char text[32];
        dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
        ns = (plan_ns)(dice >> (1 + i % 62));
        if (i % 3 == 0)
            ns -= ns % 1000000;
        if (ns == PLAN_NEVER)
            continue;
        plan_format_duration(ns, text);
        assert_true(plan_parse_duration(text, &back));
        assert_int_equal(back, ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_duration_is_read_exactly),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(the_shortest_exact_form_is_written),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
