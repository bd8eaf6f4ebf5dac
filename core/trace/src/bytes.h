/*
 * bytes.h -- little-endian integers in byte buffers, and the 64 bytes of a record.
 *
 * This room is for: the byte order of files and of the chain, which is the same on every host.
 * It may include:   <stdint.h>, <string.h> and trace/ headers.
 * Never here:       allocation, I/O.
 */
#ifndef TRACE_BYTES_H
#define TRACE_BYTES_H

#include <stdint.h>
#include <string.h>

#include "trace/trace.h"

/* On a little-endian host a record in memory already is its 64 bytes, so nothing needs to be
 * copied. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TRACE_HOST_IS_LITTLE 1
#else
#define TRACE_HOST_IS_LITTLE 0
#endif

/* Compilers turn these loops into one move on a little-endian host. */
static inline void put_le(uint8_t *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}
static inline uint64_t get_le(const uint8_t *in, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)in[i] << (8 * i);
    return value;
}
static inline uint32_t get_le32(const uint8_t *in) { return (uint32_t)get_le(in, 4); }
static inline uint64_t get_le64(const uint8_t *in) { return get_le(in, 8); }

/* The record as the chain sees it: field by field in the order of the struct, without gaps. */
static inline void record_to_bytes(const struct trace_record *record, uint8_t out[static 64])
{
    put_le(out, (uint64_t)record->at_ns, 8);
    put_le(out + 8, record->cause, 8);
    put_le(out + 16, record->kind, 2);
    put_le(out + 18, record->flags, 2);
    put_le(out + 20, record->actor, 4);
    put_le(out + 24, record->executor, 4);
    put_le(out + 28, record->job, 4);
    put_le(out + 32, record->stage, 4);
    put_le(out + 36, record->attempt, 4);
    put_le(out + 40, record->epoch, 4);
    put_le(out + 44, record->rank, 4);
    put_le(out + 48, (uint64_t)record->a, 8);
    put_le(out + 56, (uint64_t)record->b, 8);
}

#endif
