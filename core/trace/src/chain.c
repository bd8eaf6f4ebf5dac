/*
 * chain.c -- the 64-bit chain that binds every record to all before it.
 *
 * This room is for: h' = XXH3-64(the record's 64 little-endian bytes, seed h).
 * It may include:   <string.h>, xxHash (inlined whole, so the 64-byte case is a handful of
 * multiplications). Never here:       allocation, I/O, anything that differs between hosts.
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

uint64_t trace_chain_next(uint64_t chain, const struct trace_record *record)
{
    assert(record != NULL);
#if TRACE_HOST_IS_LITTLE
    return XXH3_64bits_withSeed(record, sizeof *record, chain);
#else
    uint8_t bytes[64];
    record_to_bytes(record, bytes);
    return XXH3_64bits_withSeed(bytes, sizeof bytes, chain);
#endif
}

uint64_t trace_chain_many(uint64_t chain, const struct trace_record *records, size_t count)
{
    assert(records != NULL || count == 0);
    for (size_t i = 0; i < count; i++)
        chain = trace_chain_next(chain, &records[i]);
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
