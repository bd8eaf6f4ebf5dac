/*
 * chain.c -- claims about the chain: the bytes of a record, and the values that must never change.
 */
#include "histories.h"

#include "bytes.h"

static const struct trace_record golden = {.at_ns = 0x0102030405060708,
                                           .cause = 0x1112131415161718,
                                           .kind = 0x2122,
                                           .flags = 0x3132,
                                           .actor = 0x41424344,
                                           .executor = 0x51525354,
                                           .job = 0x61626364,
                                           .stage = 0x71727374,
                                           .attempt = 0x81828384,
                                           .epoch = 0x91929394,
                                           .rank = 0xa1a2a3a4,
                                           .a = -2,
                                           .b = INT64_MIN};
static const uint8_t golden_bytes[64] = {
    0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
    0x22, 0x21, 0x32, 0x31, 0x44, 0x43, 0x42, 0x41, 0x54, 0x53, 0x52, 0x51, 0x64, 0x63, 0x62, 0x61,
    0x74, 0x73, 0x72, 0x71, 0x84, 0x83, 0x82, 0x81, 0x94, 0x93, 0x92, 0x91, 0xa4, 0xa3, 0xa2, 0xa1,
    0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80};

static void a_record_is_these_64_bytes(void **state)
{
    (void)state;
    uint8_t bytes[64];
    record_to_bytes(&golden, bytes);
    assert_memory_equal(bytes, golden_bytes, sizeof bytes);
#if TRACE_HOST_IS_LITTLE /* so the chain may take a record as it lies in memory */
    assert_memory_equal(&golden, golden_bytes, sizeof golden);
#endif
}

static void the_chain_is_the_same_everywhere_and_for_ever(void **state)
{
    (void)state;
    struct trace_header header = some_header();
    assert_true(trace_chain_next(0, &golden) == UINT64_C(0xde4be972fa717832));
    assert_true(trace_chain_next(1, &golden) == UINT64_C(0x7c83632bdf066e7e));
    assert_true(trace_chain_start(&header) == UINT64_C(0x493b1b42b1abd7ff));
}

static void many_is_next_after_next(void **state)
{
    (void)state;
    uint64_t dice = 1, chain = 7;
    struct trace_record records[100];
    for (size_t i = 0; i < 100; i++) {
        records[i] = wild_record(&dice);
        chain = trace_chain_next(chain, &records[i]);
    }
    assert_true(trace_chain_many(7, records, 100) == chain);
    assert_true(trace_chain_many(chain, NULL, 0) == chain);
    assert_true(trace_chain_many(trace_chain_many(7, records, 33), records + 33, 67) == chain);
}

static void every_bit_of_a_record_and_its_place_count(void **state)
{
    (void)state;
    uint64_t dice = 2;
    struct trace_record records[2] = {wild_record(&dice), wild_record(&dice)};
    uint64_t chain = trace_chain_many(3, records, 2);
    for (size_t bit = 0; bit < 8 * sizeof records; bit++) {
        ((unsigned char *)records)[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_true(trace_chain_many(3, records, 2) != chain);
        ((unsigned char *)records)[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    struct trace_record swapped[2] = {records[1], records[0]};
    assert_true(trace_chain_many(3, swapped, 2) != chain);
}

static void every_field_of_the_header_counts(void **state)
{
    (void)state;
    struct trace_header header = some_header();
    uint64_t chain = trace_chain_start(&header);
    struct trace_header other[7];
    for (size_t i = 0; i < 7; i++)
        other[i] = header;
    other[0].version++;
    other[1].seed++;
    other[2].observes ^= TRACE_BIT(TRACE_GO);
    other[3].core_id = "muster-core 0.2";
    other[4].target = "exec";
    other[5].policy = "strict";
    other[6].plan_text = "";
    for (size_t i = 0; i < 7; i++)
        assert_true(trace_chain_start(&other[i]) != chain);
}

static void texts_of_the_header_do_not_run_together(void **state)
{
    (void)state;
    struct trace_header a = some_header(), b = some_header();
    a.target = "si", a.policy = "mstrict";
    b.target = "sim", b.policy = "strict";
    assert_true(trace_chain_start(&a) != trace_chain_start(&b));
    a.core_id = NULL, a.target = "x";
    b = a;
    b.core_id = "";
    assert_true(trace_chain_start(&a) == trace_chain_start(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_these_64_bytes),
        cmocka_unit_test(the_chain_is_the_same_everywhere_and_for_ever),
        cmocka_unit_test(many_is_next_after_next),
        cmocka_unit_test(every_bit_of_a_record_and_its_place_count),
        cmocka_unit_test(every_field_of_the_header_counts),
        cmocka_unit_test(texts_of_the_header_do_not_run_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
