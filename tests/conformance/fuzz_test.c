/*
 * fuzz_test.c -- whatever a history holds, the judge says so and lives: random records, and real
 * ones with a field changed.
 *
 * Deterministic: the same numbers in every run. Worth most under AddressSanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

static uint64_t dice_state;

static uint64_t dice(void)
{
    uint64_t z = dice_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Mostly small numbers, so that records often concern each other; sometimes none, sometimes
 * anything. */
static uint32_t any_index(void)
{
    switch (dice() % 16) {
    case 0:
        return TRACE_NONE;
    case 1:
        return (uint32_t)dice();
    default:
        return (uint32_t)(dice() % 3);
    }
}

static int64_t any_value(void)
{
    static const int64_t odd[] = {INT64_MIN, INT64_MAX, -1, UINT32_MAX, (int64_t)UINT32_MAX + 1,
                                  64};
    return dice() % 8 == 0 ? odd[dice() % (sizeof odd / sizeof *odd)] : (int64_t)(dice() % 4);
}

static struct trace_record any_record(uint64_t number)
{
    return (struct trace_record){.at_ns = dice() % 64 == 0 ? any_value() : (int64_t)number,
                                 .cause = dice() % 64 == 0 ? dice() : dice() % (number + 1),
                                 .kind = (uint16_t)(dice() % 64 == 0 ? dice() : 1 + dice() % 38),
                                 .flags = (uint16_t)(dice() % 64 == 0 ? dice() : 22 + dice() % 13),
                                 .actor = (uint32_t)(dice() % 4),
                                 .executor = any_index(),
                                 .job = any_index(),
                                 .stage = dice() % 4 == 0 ? any_index() : 0,
                                 .attempt = any_index(),
                                 .epoch = any_index(),
                                 .rank = any_index(),
                                 .a = any_value(),
                                 .b = any_value()};
}

static void random_records_are_judged_and_never_break_the_judge(void **state)
{
    (void)state;
    static const char *const plans[] = {"aon/accept-whole-gang", "aon/accept-one-task-again",
                                        "cap/accept-half-a-gpu-each", "expect/reject-never"};
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct history h;
        struct conf_verdict v;
        dice_state = seed;
        history_read(plans[seed % 4], &h);
        h.two_phase = seed % 8 < 4;
        struct judged j = judge_open(&h);
        for (uint64_t number = 1; number <= 2000; number++) {
            struct trace_record r = any_record(number);
            conf_feed(j.judge, &r, 1, number);
        }
        (void)conf_fingerprint(j.judge);
        conf_finish(j.judge, &v);
        assert_int_equal(v.outcome, CONF_FAIL);
        judge_close(&j);
        history_free(&h);
    }
}

static void change_field(struct trace_record *r)
{
    uint32_t *const field[] = {&r->executor, &r->job, &r->stage, &r->attempt, &r->epoch, &r->rank};
    switch (dice() % 10) {
    case 0:
        r->kind = (uint16_t)(dice() % 40);
        break;
    case 1:
        r->flags = (uint16_t)(dice() % 40);
        break;
    case 2:
        r->a = any_value();
        break;
    case 3:
        r->b = any_value();
        break;
    default:
        *field[dice() % 6] = any_index();
    }
}

static void real_histories_with_a_change_never_break_the_judge(void **state)
{
    (void)state;
    struct history_case cases[CASES_MAX];
    size_t count = cases_read(cases);
    for (size_t i = 0; i < count; i++) {
        struct history h;
        dice_state = i;
        history_read(cases[i].name, &h);
        for (unsigned round = 0; round < 200; round++) {
            struct conf_verdict v;
            struct history changed = history_copy(&h);
            for (unsigned changes = 1 + round % 4; changes > 0; changes--)
                change_field(&changed.records[dice() % changed.count]);
            judge_history(&changed, &v);
            free(changed.records);
        }
        history_free(&h);
    }
}

static void an_empty_history_is_no_pass(void **state)
{
    (void)state;
    struct history h;
    struct conf_verdict v;
    history_read("aon/accept-whole-gang", &h);
    h.count = 0;
    judge_history(&h, &v);
    assert_int_equal(v.outcome, CONF_FAIL);
    assert_string_equal(v.findings[0].rule, "HIS-4");
    history_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_records_are_judged_and_never_break_the_judge),
        cmocka_unit_test(real_histories_with_a_change_never_break_the_judge),
        cmocka_unit_test(an_empty_history_is_no_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
