/*
 * chain.c -- the 64-bit chain that binds every record to all before it.
 *
 * This room is for: h' = mix(h, XXH3-64 of the record's 64 little-endian bytes).
 * It may include:   <string.h>, xxHash (inlined whole, so the 64-byte case is a handful of
 * multiplications).
 * Never here:       allocation, I/O, anything that differs between hosts.
 *
 * A record's digest does not depend on what came before, so the processor works on several records
 * at once; only the mix is serial. For a given record the mix is a bijection of h: two histories
 * that differ never run together again by leaving records out of sight.
 *
 * The chain finds changes and disagreements between runs. It is no defence against somebody who
 * recomputes it.
 */
#include <assert.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bytes.h"
#include "file.h"
#include "trace/trace.h"

static inline uint64_t record_digest(const struct trace_record *record)
{
#if TRACE_HOST_IS_LITTLE
    return XXH3_64bits(record, sizeof *record);
#else
    uint8_t bytes[64];
    record_to_bytes(record, bytes);
    return XXH3_64bits(bytes, sizeof bytes);
#endif
}

static inline uint64_t mix(uint64_t chain, uint64_t digest)
{
    chain = (chain ^ digest) * UINT64_C(0x9E3779B97F4A7C15);
    return chain ^ chain >> 32;
}

uint64_t trace_chain_next(uint64_t chain, const struct trace_record *record)
{
    assert(record != NULL);
    return mix(chain, record_digest(record));
}

uint64_t trace_chain_many(uint64_t chain, const struct trace_record *records, size_t count)
{
    assert(records != NULL || count == 0);
    for (size_t i = 0; i < count; i++)
        chain = mix(chain, record_digest(&records[i]));
    return chain;
}

/* The length goes in before the bytes, so that no two headers run together to the same chain. */
static uint64_t chain_text(uint64_t chain, const char *text)
{
    size_t length = text != NULL ? strlen(text) : 0;
    uint8_t bytes[8];
    put_le(bytes, length, 8);
    chain = XXH3_64bits_withSeed(bytes, sizeof bytes, chain);
    return length > 0 ? XXH3_64bits_withSeed(text, length, chain) : chain;
}

uint64_t trace_chain_start(const struct trace_header *header)
{
    assert(header != NULL);
    uint8_t bytes[20];
    put_le(bytes, header->version, 4);
    put_le(bytes + 4, header->seed, 8);
    put_le(bytes + 12, header->observes, 8);
    uint64_t chain = XXH3_64bits_withSeed(bytes, sizeof bytes, 0);
    chain = chain_text(chain, header->core_id);
    chain = chain_text(chain, header->target);
    chain = chain_text(chain, header->policy);
    return chain_text(chain, header->plan_text);
}

uint64_t trace_bytes_digest(const uint8_t *bytes, size_t size) { return XXH3_64bits(bytes, size); }
