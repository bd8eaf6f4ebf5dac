/*
 * histories.h -- what the tests of this room share: dice with a seed, records of every shape, files
 * as bytes.
 */
#ifndef TESTS_TRACE_HISTORIES_H
#define TESTS_TRACE_HISTORIES_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace.h"

/* SplitMix64: small, and the same everywhere. */
static inline uint64_t roll(uint64_t *dice)
{
    uint64_t z = *dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Any bits at all. */
static inline struct trace_record wild_record(uint64_t *dice)
{
    struct trace_record r = {.at_ns = (int64_t)roll(dice),
                             .cause = roll(dice),
                             .kind = (uint16_t)roll(dice),
                             .flags = (uint16_t)roll(dice),
                             .actor = (uint32_t)roll(dice),
                             .executor = (uint32_t)roll(dice),
                             .job = (uint32_t)roll(dice),
                             .stage = (uint32_t)roll(dice),
                             .attempt = (uint32_t)roll(dice),
                             .epoch = (uint32_t)roll(dice),
                             .rank = (uint32_t)roll(dice),
                             .a = (int64_t)roll(dice),
                             .b = (int64_t)roll(dice)};
    return r;
}

static inline uint32_t mild_index(uint64_t *dice, uint32_t limit)
{
    uint64_t value = roll(dice) % (limit + 1);
    return value == limit ? TRACE_NONE : (uint32_t)value;
}

/* As a run leaves them: known kinds, small indices that are often absent, causes that lie behind.
 */
static inline struct trace_record mild_record(uint64_t *dice, uint64_t number)
{
    struct trace_record r = {.at_ns = (int64_t)(number * 1000 + roll(dice) % 1000),
                             .cause = roll(dice) % number,
                             .kind = (uint16_t)(1 + roll(dice) % (TRACE_KIND_LIMIT - 1)),
                             .actor = (uint32_t)(roll(dice) % 4),
                             .executor = mild_index(dice, 8),
                             .job = mild_index(dice, 3),
                             .stage = mild_index(dice, 2),
                             .attempt = mild_index(dice, 4),
                             .epoch = mild_index(dice, 20),
                             .rank = mild_index(dice, 12),
                             .a = (int64_t)(roll(dice) % 9) - 1,
                             .b = roll(dice) % 4 == 0 ? (int64_t)roll(dice) : 0};
    if (r.kind == TRACE_DELIVER || r.kind == TRACE_DROP)
        r.flags = (uint16_t)(TRACE_RESERVE + roll(dice) % 13);
    return r;
}

/* `count` mild records, the last of which closes the history. */
static inline struct trace_record *mild_history(size_t count, uint64_t seed)
{
    struct trace_record *records = malloc(count * sizeof *records);
    assert_non_null(records);
    uint64_t dice = seed;
    for (size_t i = 0; i < count; i++)
        records[i] = mild_record(&dice, i + 1);
    records[count - 1].kind = TRACE_END;
    records[count - 1].flags = 0;
    return records;
}

static inline struct trace_header some_header(void)
{
    return (struct trace_header){.version = TRACE_FORMAT_VERSION,
                                 .seed = 18446744073709551557u,
                                 .observes = TRACE_BIT(TRACE_START) | TRACE_BIT(TRACE_END),
                                 .core_id = "muster-core 0.1",
                                 .target = "sim",
                                 .policy = "spark rounds=on_event",
                                 .plan_text = "plan 1\nname \"caf\xc3\xa9\\\"\ttab\"\n"};
}

static inline void assert_same_header(const struct trace_header *a, const struct trace_header *b)
{
    assert_int_equal(a->version, b->version);
    assert_true(a->seed == b->seed);
    assert_true(a->observes == b->observes);
    assert_string_equal(a->core_id, b->core_id);
    assert_string_equal(a->target, b->target);
    assert_string_equal(a->policy, b->policy);
    assert_string_equal(a->plan_text, b->plan_text);
}

struct bytes {
    unsigned char *at;
    size_t size;
};
static inline struct bytes file_bytes(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    struct bytes bytes = {.size = (size_t)ftell(file)};
    rewind(file);
    bytes.at = malloc(bytes.size + 1);
    assert_non_null(bytes.at);
    assert_int_equal(fread(bytes.at, 1, bytes.size, file), bytes.size);
    bytes.at[bytes.size] = '\0';
    fclose(file);
    return bytes;
}
static inline void put_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Reads all there is, up to `max` records; *count says how many. Returns how the history ended. */
static inline enum trace_status read_all(const char *path, struct trace_record *records, size_t max,
                                         size_t *count, struct trace_err *err)
{
    struct trace_reader *reader;
    *count = 0;
    enum trace_status status = trace_reader_open(path, &reader, err);
    if (status != TRACE_OK)
        return status;
    size_t got = 1;
    while (status == TRACE_OK && got > 0) {
        /* An odd number, so that batches and blocks do not fall together. */
        size_t batch = max - *count < 997 ? max - *count : 997;
        struct trace_record beyond;
        status = trace_reader_next(reader, batch > 0 ? records + *count : &beyond,
                                   batch > 0 ? batch : 1, &got, err);
        assert_true(batch > 0 || got == 0);
        *count += got;
    }
    trace_reader_close(reader);
    return status;
}

#endif
