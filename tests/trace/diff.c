/*
 * diff.c -- claims about where two histories part: what counts, in batches of any size, and what a cut is.
 */
#include "histories.h"

#include "trace/diff.h"

enum { LENGTH = 200 };

/* A quiet history: records of one machine, a microsecond apart, closed. */
static size_t quiet(struct trace_record out[static LENGTH])
{
    for (unsigned i = 0; i < LENGTH; i++)
        out[i] = (struct trace_record){.at_ns = 1000 * i, .cause = i, .kind = i % 3 == 0 ? TRACE_DELIVER : TRACE_RESERVE, .actor = TRACE_DRIVER, .executor = i % 7, .a = i};
    out[LENGTH - 1] = (struct trace_record){.at_ns = 1000 * LENGTH, .kind = TRACE_END, .actor = TRACE_WORLD, .b = 77};
    return LENGTH;
}

/* Walks both, giving `batch` records at a time. */
static struct trace_diff walk(const struct trace_record *a, size_t a_count, const struct trace_record *b, size_t b_count,
                              size_t batch)
{
    struct trace_diff diff;
    const struct trace_record *records[2] = {a, b};
    size_t count[2] = {a_count, b_count}, given[2] = {0, 0};
    int side;
    trace_diff_init(&diff);
    while ((side = trace_diff_go(&diff)) != TRACE_DIFF_OVER) {
        size_t rest = count[side] - given[side], next = rest < batch ? rest : batch;
        trace_diff_give(&diff, (unsigned)side, records[side] + given[side], next);
        given[side] += next;
    }
    return diff;
}

static void every_field_but_the_cause_is_a_decision(void **state)
{
    (void)state;
    struct trace_record a[LENGTH], b[LENGTH];
    size_t count = quiet(a);
    for (unsigned field = 0; field < 12; field++) {
        memcpy(b, a, sizeof a);
        struct trace_record *r = &b[100];
        switch (field) {
        case 0: r->at_ns++; break;
        case 1: r->kind = TRACE_KILL; break;
        case 2: r->flags++; break;
        case 3: r->actor++; break;
        case 4: r->executor++; break;
        case 5: r->job++; break;
        case 6: r->stage++; break;
        case 7: r->attempt++; break;
        case 8: r->epoch++; break;
        case 9: r->rank++; break;
        case 10: r->a++; break;
        default: r->b++; break;
        }
        struct trace_diff diff = walk(a, count, b, count, 16);
        assert_true(diff.found);
        assert_int_equal(diff.same, 100);
        for (unsigned side = 0; side < 2; side++) {
            assert_true(diff.side[side].has);
            assert_int_equal(diff.side[side].number, 101);
            assert_int_equal(diff.side[side].last, 100);
        }
        assert_memory_equal(&diff.side[1].first, r, sizeof *r);
    }
    memcpy(b, a, sizeof a);
    b[100].cause += 5;
    struct trace_diff diff = walk(a, count, b, count, 16);
    assert_false(diff.found);
    assert_int_equal(diff.same, count);
}

/* What the driver says moves all numbers behind it, and is no decision. */
static void a_word_more_moves_numbers_and_is_no_difference(void **state)
{
    (void)state;
    struct trace_record a[LENGTH], b[LENGTH + 2];
    size_t count = quiet(a);
    memcpy(b, a, 50 * sizeof *a);
    b[50] = (struct trace_record){.at_ns = 50000, .kind = TRACE_WAIT, .actor = TRACE_DRIVER, .a = TRACE_REASON_SLOTS};
    b[51] = (struct trace_record){.at_ns = 50000, .kind = TRACE_NOTE, .actor = TRACE_DRIVER, .a = TRACE_REASON_SLOTS};
    memcpy(b + 52, a + 50, (LENGTH - 50) * sizeof *a);
    for (size_t batch = 1; batch < 70; batch++) {
        struct trace_diff diff = walk(a, count, b, count + 2, batch);
        assert_false(diff.found);
        assert_int_equal(diff.same, count);
        assert_true(trace_diff_said(&diff));
    }
    b[120].a++;
    for (size_t batch = 1; batch < 70; batch++) {
        struct trace_diff diff = walk(a, count, b, count + 2, batch);
        assert_true(diff.found);
        assert_int_equal(diff.same, 118);
        assert_int_equal(diff.side[0].number, 119);
        assert_int_equal(diff.side[1].number, 121);
        assert_int_equal(diff.side[1].last, 120);
    }
    struct trace_diff same = walk(a, count, a, count, 9);
    assert_false(trace_diff_said(&same));
}

static void counts_of_work_are_no_decisions(void **state)
{
    (void)state;
    struct trace_record a[LENGTH], b[LENGTH];
    size_t count = quiet(a);
    a[60].kind = TRACE_DRIVER_DOWN;
    a[61].kind = TRACE_DRIVER_UP;
    memcpy(b, a, sizeof a);
    b[60].a = b[60].b = b[61].a = b[61].b = 99;
    b[LENGTH - 1].b = 99;
    assert_false(walk(a, count, b, count, 16).found);
    b[LENGTH - 1].a = TRACE_END_HUNG;
    assert_true(walk(a, count, b, count, 16).found);
}

static void a_history_that_was_cut_is_alike_as_far_as_it_goes(void **state)
{
    (void)state;
    struct trace_record a[LENGTH], b[LENGTH];
    size_t count = quiet(a);
    memcpy(b, a, sizeof a);
    struct trace_diff diff = walk(a, count, b, 80, 16);
    assert_false(diff.found);
    assert_false(diff.side[0].cut);
    assert_true(diff.side[1].cut);
    assert_true(diff.side[0].has);
    assert_false(diff.side[1].has);
    assert_int_equal(diff.same, 80);
    assert_int_equal(diff.side[0].number, 81);
    b[80] = (struct trace_record){.at_ns = 1, .kind = TRACE_END, .a = TRACE_END_INTERRUPTED}; /* a person's word */
    diff = walk(a, count, b, 81, 16);
    assert_false(diff.found);
    assert_true(diff.side[1].cut);
    diff = walk(a, 30, b, 30, 16);
    assert_false(diff.found);
    assert_true(diff.side[0].cut && diff.side[1].cut);
    assert_false(diff.side[0].has || diff.side[1].has);
    diff = walk(a, 0, b, 0, 16);
    assert_int_equal(diff.same, 0);
    diff = walk(a, count, b, 0, 16);
    assert_int_equal(diff.side[0].number, 1);
}

/* One that ended by itself where the other goes on has decided that. */
static void an_end_is_a_record_like_another(void **state)
{
    (void)state;
    struct trace_record a[LENGTH], b[LENGTH];
    size_t count = quiet(a);
    memcpy(b, a, sizeof a);
    b[90] = b[LENGTH - 1];
    struct trace_diff diff = walk(a, count, b, 91, 16);
    assert_true(diff.found);
    assert_int_equal(diff.side[1].first.kind, TRACE_END);
    assert_false(diff.side[0].cut || diff.side[1].cut);
}

static void wild_records_are_like_themselves(void **state)
{
    (void)state;
    uint64_t dice = 7;
    for (unsigned i = 0; i < 10000; i++) {
        struct trace_record r = wild_record(&dice), s = wild_record(&dice);
        assert_true(trace_diff_alike(&r, &r));
        assert_false(trace_diff_alike(&r, &s));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_but_the_cause_is_a_decision),
        cmocka_unit_test(a_word_more_moves_numbers_and_is_no_difference),
        cmocka_unit_test(counts_of_work_are_no_decisions),
        cmocka_unit_test(a_history_that_was_cut_is_alike_as_far_as_it_goes),
        cmocka_unit_test(an_end_is_a_record_like_another),
        cmocka_unit_test(wild_records_are_like_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
