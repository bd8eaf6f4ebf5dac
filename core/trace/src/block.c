/*
 * block.c -- a record as its difference from a record the reader already has.
 *
 * This room is for: taking the repetition out of records before zstd sees them. zstd at level 1
 *                   needs about 60 ns for 64 bytes of record, however repetitive; of the ten bytes
 *                   that are left it needs about ten.
 * It may include:   <assert.h>, <string.h>, bytes.h and trace/ headers.
 * Never here:       allocation, I/O, trust in the bytes that are decoded.
 *
 * A record is: its kind (varint), a 16-bit mask of the fields that differ from what was expected,
 * and these fields in the order of the mask. What is expected: at        the time of the record
 * before (0 for the first of a block); the difference is written cause     none; how far back the
 * cause lies is written flags, actor              as in the last record of the same kind in this
 * block executor, ..., rank, a, b the same; but a DELIVER or DROP repeats the record it delivers,
 * so where its cause lies in this block that record is expected Every field can hold every value:
 * differences wrap.
 */
#include "block.h"

#include <assert.h>
#include <string.h>

#include "bytes.h"

enum field_bit {
    BIT_AT = 1u << 0,
    BIT_CAUSE = 1u << 1,
    BIT_FLAGS = 1u << 2,
    BIT_ACTOR = 1u << 3,
    BIT_EXECUTOR = 1u << 4,
    BIT_JOB = 1u << 5,
    BIT_STAGE = 1u << 6,
    BIT_ATTEMPT = 1u << 7,
    BIT_EPOCH = 1u << 8,
    BIT_RANK = 1u << 9,
    BIT_A = 1u << 10,
    BIT_B = 1u << 11,     /* as a varint */
    BIT_B_WIDE = 1u << 12 /* as eight bytes: a digest */
};
enum { KIND_CLASSES = 64, VARINT_BYTES = 10 };
#define B_WIDE_FROM (UINT64_C(1) << 35)

_Static_assert((int)KIND_CLASSES >= (int)TRACE_KIND_LIMIT, "each kind has its own class");
/* The padding lets the decoder look for the end once a record: kind, mask, at, cause, flags, actor,
 * six indices, a, b. */
_Static_assert((int)TRACE_BLOCK_PADDING >= 2 + 13 * VARINT_BYTES,
               "a record may be read past the end");

/* What is known before a record is coded. Both directions keep it in the same way. */
struct expected {
    int64_t at_ns;
    const struct trace_record *last[KIND_CLASSES]; /* of each kind, in this block */
};
static const struct trace_record nothing;

static void expect_nothing(struct expected *e)
{
    e->at_ns = 0;
    for (size_t i = 0; i < KIND_CLASSES; i++)
        e->last[i] = &nothing;
}

/* `back` is how far the cause lies behind the record at `index` of its block. */
static const struct trace_record *expected_body(const struct expected *e,
                                                const struct trace_record *record, size_t index,
                                                uint64_t back)
{
    bool repeats = record->kind == TRACE_DELIVER || record->kind == TRACE_DROP;
    if (repeats && back >= 1 && back <= index)
        return record - back;
    return e->last[record->kind % KIND_CLASSES];
}

/* Small differences of either sign become small numbers. */
static uint64_t zigzag(uint64_t difference)
{
    return (difference << 1) ^ (uint64_t) - (int64_t)(difference >> 63);
}
static uint64_t unzigzag(uint64_t coded)
{
    return (coded >> 1) ^ (uint64_t) - (int64_t)(coded & 1);
}
static uint64_t zigzag32(uint32_t difference)
{
    return (uint32_t)(difference << 1) ^ (uint32_t) - (int32_t)(difference >> 31);
}
static uint32_t unzigzag32(uint64_t coded) { return (uint32_t)unzigzag((uint32_t)coded); }

static uint8_t *put_varint(uint8_t *p, uint64_t value)
{
    while (value >= 128) {
        *p++ = (uint8_t)(value | 128);
        value >>= 7;
    }
    *p++ = (uint8_t)value;
    return p;
}
static uint64_t get_varint(const uint8_t **p)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_BYTES; shift += 7) {
        uint8_t byte = *(*p)++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            break;
    }
    return value;
}

static uint8_t *put_index(uint8_t *p, unsigned *mask, unsigned bit, uint32_t value, uint32_t expect)
{
    if (value == expect)
        return p;
    *mask |= bit;
    return put_varint(p, zigzag32(value - expect));
}
static uint32_t get_index(const uint8_t **p, unsigned mask, unsigned bit, uint32_t expect)
{
    return (mask & bit) != 0 ? expect + unzigzag32(get_varint(p)) : expect;
}

static uint8_t *put_b(uint8_t *p, unsigned *mask, int64_t value, int64_t expect)
{
    if (value == expect)
        return p;
    uint64_t coded = zigzag((uint64_t)value - (uint64_t)expect);
    if (coded < B_WIDE_FROM) {
        *mask |= BIT_B;
        return put_varint(p, coded);
    }
    *mask |= BIT_B_WIDE;
    put_le(p, (uint64_t)value, 8);
    return p + 8;
}
static int64_t get_b(const uint8_t **p, unsigned mask, int64_t expect)
{
    if ((mask & BIT_B) != 0)
        return (int64_t)((uint64_t)expect + unzigzag(get_varint(p)));
    if ((mask & BIT_B_WIDE) == 0)
        return expect;
    *p += 8;
    return (int64_t)get_le64(*p - 8);
}

static uint8_t *encode_one(struct expected *e, const struct trace_record *r, size_t index,
                           uint64_t number, uint8_t *p)
{
    uint64_t back = number - r->cause;
    const struct trace_record *same = e->last[r->kind % KIND_CLASSES];
    const struct trace_record *body = expected_body(e, r, index, back);
    unsigned mask = 0;

    p = put_varint(p, r->kind);
    uint8_t *mask_at = p;
    p += 2;
    if (r->at_ns != e->at_ns) {
        mask |= BIT_AT;
        p = put_varint(p, zigzag((uint64_t)r->at_ns - (uint64_t)e->at_ns));
    }
    if (r->cause != 0) {
        mask |= BIT_CAUSE;
        p = put_varint(p, back);
    }
    p = put_index(p, &mask, BIT_FLAGS, r->flags, same->flags);
    p = put_index(p, &mask, BIT_ACTOR, r->actor, same->actor);
    p = put_index(p, &mask, BIT_EXECUTOR, r->executor, body->executor);
    p = put_index(p, &mask, BIT_JOB, r->job, body->job);
    p = put_index(p, &mask, BIT_STAGE, r->stage, body->stage);
    p = put_index(p, &mask, BIT_ATTEMPT, r->attempt, body->attempt);
    p = put_index(p, &mask, BIT_EPOCH, r->epoch, body->epoch);
    p = put_index(p, &mask, BIT_RANK, r->rank, body->rank);
    if (r->a != body->a) {
        mask |= BIT_A;
        p = put_varint(p, zigzag((uint64_t)r->a - (uint64_t)body->a));
    }
    p = put_b(p, &mask, r->b, body->b);
    put_le(mask_at, mask, 2);
    e->at_ns = r->at_ns;
    e->last[r->kind % KIND_CLASSES] = r;
    return p;
}

static const uint8_t *decode_one(struct expected *e, struct trace_record *r, size_t index,
                                 uint64_t number, const uint8_t *p)
{
    r->kind = (uint16_t)get_varint(&p);
    unsigned mask = (unsigned)get_le(p, 2);
    p += 2;
    uint64_t at = (mask & BIT_AT) != 0 ? unzigzag(get_varint(&p)) : 0;
    r->at_ns = (int64_t)((uint64_t)e->at_ns + at);
    r->cause = (mask & BIT_CAUSE) != 0 ? number - get_varint(&p) : 0;

    const struct trace_record *same = e->last[r->kind % KIND_CLASSES];
    const struct trace_record *body = expected_body(e, r, index, number - r->cause);
    r->flags = (uint16_t)get_index(&p, mask, BIT_FLAGS, same->flags);
    r->actor = get_index(&p, mask, BIT_ACTOR, same->actor);
    r->executor = get_index(&p, mask, BIT_EXECUTOR, body->executor);
    r->job = get_index(&p, mask, BIT_JOB, body->job);
    r->stage = get_index(&p, mask, BIT_STAGE, body->stage);
    r->attempt = get_index(&p, mask, BIT_ATTEMPT, body->attempt);
    r->epoch = get_index(&p, mask, BIT_EPOCH, body->epoch);
    r->rank = get_index(&p, mask, BIT_RANK, body->rank);
    uint64_t a = (mask & BIT_A) != 0 ? unzigzag(get_varint(&p)) : 0;
    r->a = (int64_t)((uint64_t)body->a + a);
    r->b = get_b(&p, mask, body->b);
    e->at_ns = r->at_ns;
    e->last[r->kind % KIND_CLASSES] = r;
    return p;
}

size_t trace_block_encode(const struct trace_record *records, size_t count, uint64_t first,
                          uint8_t *out)
{
    assert(count <= TRACE_BLOCK_RECORDS);
    struct expected e;
    expect_nothing(&e);
    uint8_t *p = out;
    for (size_t i = 0; i < count; i++)
        p = encode_one(&e, &records[i], i, first + i, p);
    assert((size_t)(p - out) <= TRACE_BLOCK_BYTES);
    return (size_t)(p - out);
}

bool trace_block_decode(const uint8_t *bytes, size_t size, uint64_t first,
                        struct trace_record *records, size_t count)
{
    assert(count <= TRACE_BLOCK_RECORDS);
    struct expected e;
    expect_nothing(&e);
    const uint8_t *p = bytes;
    const uint8_t *end = bytes + size;
    for (size_t i = 0; i < count; i++) {
        /* Looked at before every record, so that one record at most is read out of the padding. */
        if (p >= end)
            return false;
        p = decode_one(&e, &records[i], i, first + i, p);
    }
    return p == end;
}
