/*
 * registry.c -- claims about the one list of names.
 */
#include "histories.h"

struct row {
    unsigned number;
    const char *text;
};
static const struct row kinds[] = {
#define X(name, number, text, actor, a, b, doc) {number, text},
    TRACE_KIND_MAP(X)
#undef X
};
static const struct row reasons[] = {
#define X(name, number, text, doc) {number, text},
    TRACE_REASON_MAP(X)
#undef X
};
static const struct row timers[] = {
#define X(name, number, text, doc) {number, text},
    TRACE_TIMER_MAP(X)
#undef X
};
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void assert_unique(const struct row *rows, size_t count, unsigned limit)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].number < limit);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].number, rows[j].number);
            assert_string_not_equal(rows[i].text, rows[j].text);
        }
    }
}

static void numbers_and_texts_are_unique_and_below_64(void **state)
{
    (void)state;
    assert_unique(kinds, COUNT(kinds), 64);
    assert_unique(kinds, COUNT(kinds), TRACE_KIND_LIMIT);
    assert_unique(reasons, COUNT(reasons), TRACE_REASON_LIMIT);
    assert_unique(timers, COUNT(timers), TRACE_TIMER_LIMIT);
}

static void names_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_string_equal(trace_kind_text(kinds[i].number), kinds[i].text);
        assert_int_equal(trace_kind_parse(kinds[i].text), kinds[i].number);
        assert_non_null(trace_kind_doc(kinds[i].number));
        assert_non_null(trace_kind_a(kinds[i].number));
        assert_non_null(trace_kind_b(kinds[i].number));
    }
    for (size_t i = 0; i < COUNT(reasons); i++) {
        assert_string_equal(trace_reason_text(reasons[i].number), reasons[i].text);
        assert_int_equal(trace_reason_parse(reasons[i].text), reasons[i].number);
        assert_non_null(trace_reason_doc(reasons[i].number));
    }
    for (size_t i = 0; i < COUNT(timers); i++) {
        assert_string_equal(trace_timer_text(timers[i].number), timers[i].text);
        assert_non_null(trace_timer_doc(timers[i].number));
    }
}

static void unknown_numbers_and_names_are_told_apart(void **state)
{
    (void)state;
    const unsigned unknown[] = {TRACE_KIND_NONE, TRACE_KIND_LIMIT, 63, 64, UINT32_MAX};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        assert_null(trace_kind_text(unknown[i]));
        assert_null(trace_kind_doc(unknown[i]));
        assert_null(trace_kind_a(unknown[i]));
        assert_null(trace_kind_b(unknown[i]));
    }
    assert_int_equal(trace_kind_parse("reserve-ackk"), TRACE_KIND_NONE);
    assert_int_equal(trace_kind_parse(""), TRACE_KIND_NONE);
    assert_null(trace_actor_text(4));
    assert_null(trace_reason_text(TRACE_REASON_LIMIT));
    assert_null(trace_reason_doc(UINT32_MAX));
    assert_int_equal(trace_reason_parse("nobody knows"), -1);
    assert_null(trace_timer_text(TRACE_TIMER_LIMIT));
    assert_null(trace_timer_doc(UINT32_MAX));
    assert_null(trace_status_text((enum trace_status)1));
}

static void actors_and_errors_have_names(void **state)
{
    (void)state;
    assert_string_equal(trace_actor_text(TRACE_WORLD), "world");
    assert_string_equal(trace_actor_text(TRACE_TASK), "task");
    assert_int_equal(trace_kind_actor(TRACE_RESERVE), TRACE_DRIVER);
    assert_int_equal(trace_kind_actor(TRACE_ARRIVE), TRACE_EXECUTOR);
    assert_string_equal(trace_status_text(TRACE_OK), "ok");
    assert_string_equal(trace_status_text(TRACE_E_TRUNCATED), "the history has no closing record");
}

static void the_mask_of_all_kinds_has_a_bit_for_each(void **state)
{
    (void)state;
    uint64_t left = trace_kinds_all();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_true((left & TRACE_BIT(kinds[i].number)) != 0);
        left &= ~TRACE_BIT(kinds[i].number);
    }
    assert_true(left == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_texts_are_unique_and_below_64),
        cmocka_unit_test(names_round_trip),
        cmocka_unit_test(unknown_numbers_and_names_are_told_apart),
        cmocka_unit_test(actors_and_errors_have_names),
        cmocka_unit_test(the_mask_of_all_kinds_has_a_bit_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
