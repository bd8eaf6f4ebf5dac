/*
 * file.h -- the layout of a binary history, version 1. All integers are little-endian.
 *
 *   head      "MUSTERH1"  version u32  length of core, target, policy, plan u32 each  seed u64
 * observes u64 check u64, XXH3-64 of all these 52 bytes strings   core, target, policy, plan: bytes
 * without terminator start     the chain's first value u64 block*    count u32  bytes u32  total
 * u64  chain u64  digest u64  check u64                    40 bytes then `bytes` bytes: one zstd
 * frame of the records (block.c) trailer   a block's head with count 0 and bytes 0; after it the
 * file must end
 *
 * `total` counts the records up to and with this block, `chain` is the chain after them, `digest`
 * is XXH3-64 of the compressed bytes and `check` XXH3-64 of the 32 bytes before it. So every bit of
 * the file is under some check, and the reader hands no record out before the chain of its block
 * has come out right: what was read of a file that turns out damaged or cut off was written that
 * way.
 */
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "block.h"

#define TRACE_FILE_MAGIC "MUSTERH1"
enum {
    TRACE_FILE_MAGIC_BYTES = 8,
    TRACE_FILE_HEAD_BYTES = 52, /* with the check at its end */
    TRACE_FILE_BLOCK_HEAD_BYTES = 40,
    TRACE_FILE_STRINGS = 4,
    TRACE_FILE_STRING_MAX = 1 << 30 /* bytes of one string */
};

/* XXH3-64 of bytes that are not records. In chain.c, where xxHash is inlined. */
uint64_t trace_bytes_digest(const uint8_t *bytes, size_t size);

struct trace_block_head {
    uint32_t count, bytes;
    uint64_t total, chain, digest;
};
void trace_block_head_put(const struct trace_block_head *head, uint8_t *out);
bool trace_block_head_get(const uint8_t *in,
                          struct trace_block_head *head); /* false: the check is wrong */

#endif
