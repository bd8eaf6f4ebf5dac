/*
 * block.c -- claims about the coding of records as differences.
 */
#include "histories.h"

#include "block.h"

static uint8_t bytes[TRACE_BLOCK_BYTES + TRACE_BLOCK_PADDING];
static struct trace_record records[TRACE_BLOCK_RECORDS], back[TRACE_BLOCK_RECORDS];

static void assert_round_trip(size_t count, uint64_t first)
{
    size_t size = trace_block_encode(records, count, first, bytes);
    memset(bytes + size, 0, TRACE_BLOCK_PADDING);
    memset(back, 0xa5, sizeof back);
    assert_true(trace_block_decode(bytes, size, first, back, count));
    assert_memory_equal(back, records, count * sizeof back[0]);
}

static void any_record_at_all_round_trips(void **state)
{
    (void)state;
    uint64_t dice = 11;
    for (size_t i = 0; i < TRACE_BLOCK_RECORDS; i++)
        records[i] = wild_record(&dice);
    assert_round_trip(TRACE_BLOCK_RECORDS, 1);
    assert_round_trip(1, UINT64_MAX);
}

static void the_ends_of_every_range_round_trip(void **state)
{
    (void)state;
    static const uint64_t ends[] = {0,
                                    1,
                                    127,
                                    128,
                                    UINT16_MAX,
                                    UINT32_MAX - 1,
                                    UINT32_MAX,
                                    INT64_MAX,
                                    (uint64_t)INT64_MIN,
                                    UINT64_MAX,
                                    1u << 31,
                                    UINT64_C(1) << 34,
                                    UINT64_C(1) << 35};
    uint64_t dice = 12;
    for (size_t i = 0; i < TRACE_BLOCK_RECORDS; i++) {
        uint64_t e[13];
        for (size_t k = 0; k < 13; k++)
            e[k] = ends[roll(&dice) % (sizeof ends / sizeof ends[0])];
        records[i] = (struct trace_record){
            (int64_t)e[0],   e[1],           (uint16_t)e[2], (uint16_t)e[3], (uint32_t)e[4],
            (uint32_t)e[5],  (uint32_t)e[6], (uint32_t)e[7], (uint32_t)e[8], (uint32_t)e[9],
            (uint32_t)e[10], (int64_t)e[11], (int64_t)e[12]};
    }
    assert_round_trip(TRACE_BLOCK_RECORDS, 4097);
}

static void a_deliver_costs_little_when_its_cause_is_in_the_block(void **state)
{
    (void)state;
    uint64_t dice = 13;
    records[0] = wild_record(&dice);
    records[0].kind = TRACE_ARRIVE;
    records[1] = records[0];
    records[1].kind = TRACE_DELIVER;
    records[1].flags = TRACE_ARRIVE;
    records[1].cause = 501;
    size_t one = trace_block_encode(records, 1, 501, bytes);
    size_t two = trace_block_encode(records, 2, 501, bytes);
    assert_true(two - one <= 12);
    assert_round_trip(2, 501);
    records[1].cause = 500; /* not in this block */
    assert_round_trip(2, 501);
    records[1].cause = 502; /* itself */
    assert_round_trip(2, 501);
    records[1].cause = 503; /* to come */
    assert_round_trip(2, 501);
}

static void bytes_that_are_not_that_many_records_are_refused(void **state)
{
    (void)state;
    uint64_t dice = 14;
    for (size_t i = 0; i < 50; i++)
        records[i] = mild_record(&dice, i + 1);
    size_t size = trace_block_encode(records, 50, 1, bytes);
    memset(bytes + size, 0, TRACE_BLOCK_PADDING);
    assert_false(trace_block_decode(bytes, size, 1, back, 49));
    assert_false(trace_block_decode(bytes, size, 1, back, 51));
    assert_false(trace_block_decode(bytes, size - 1, 1, back, 50));
    assert_false(trace_block_decode(bytes, 0, 1, back, 1));
}

/* With the sanitizers on, this is the claim that nothing is read or written outside. */
static void garbage_is_decoded_or_refused_within_its_bounds(void **state)
{
    (void)state;
    uint64_t dice = 15;
    for (unsigned turn = 0; turn < 2000; turn++) {
        size_t size = roll(&dice) % 300;
        uint8_t *exact = malloc(size + TRACE_BLOCK_PADDING);
        assert_non_null(exact);
        for (size_t i = 0; i < size; i++)
            exact[i] = turn % 2 == 0 ? (uint8_t)roll(&dice) : 0xff;
        memset(exact + size, turn % 3 == 0 ? 0xff : 0, TRACE_BLOCK_PADDING);
        (void)trace_block_decode(exact, size, roll(&dice), back, 1 + roll(&dice) % 100);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_record_at_all_round_trips),
        cmocka_unit_test(the_ends_of_every_range_round_trip),
        cmocka_unit_test(a_deliver_costs_little_when_its_cause_is_in_the_block),
        cmocka_unit_test(bytes_that_are_not_that_many_records_are_refused),
        cmocka_unit_test(garbage_is_decoded_or_refused_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
