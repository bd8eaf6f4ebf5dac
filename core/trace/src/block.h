/*
 * block.h -- the records of one block as a short string of bytes, and back.
 */
#ifndef TRACE_BLOCK_H
#define TRACE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/trace.h"

enum {
    TRACE_BLOCK_RECORDS =
        4096, /* at most this many records a block: its bytes stay within the second-level cache */
    TRACE_BLOCK_RECORD_BYTES = 96, /* no record takes more */
    TRACE_BLOCK_BYTES = TRACE_BLOCK_RECORDS * TRACE_BLOCK_RECORD_BYTES,
    TRACE_BLOCK_PADDING =
        144 /* readable bytes that must follow the input of trace_block_decode() */
};

/* Writes `count` records, the first of them number `first`, into `out` (TRACE_BLOCK_BYTES); returns
 * the bytes used. */
size_t trace_block_encode(const struct trace_record *records, size_t count, uint64_t first,
                          uint8_t *out);
/* The way back. False, with `records` in any state, when the bytes are not exactly `count` records.
 */
bool trace_block_decode(const uint8_t *bytes, size_t size, uint64_t first,
                        struct trace_record *records, size_t count);

#endif
