/*
 * file.c -- the heads of blocks, which writer and reader must lay out alike.
 *
 * It may include:   bytes.h and file.h.
 * Never here:       I/O.
 */
#include "file.h"

#include "bytes.h"

enum { CHECKED_BYTES = TRACE_FILE_BLOCK_HEAD_BYTES - 8 };

void trace_block_head_put(const struct trace_block_head *head, uint8_t *out)
{
    put_le(out, head->count, 4);
    put_le(out + 4, head->bytes, 4);
    put_le(out + 8, head->total, 8);
    put_le(out + 16, head->chain, 8);
    put_le(out + 24, head->digest, 8);
    put_le(out + CHECKED_BYTES, trace_bytes_digest(out, CHECKED_BYTES), 8);
}

bool trace_block_head_get(const uint8_t *in, struct trace_block_head *head)
{
    *head = (struct trace_block_head){
        .count = get_le32(in),
        .bytes = get_le32(in + 4),
        .total = get_le64(in + 8),
        .chain = get_le64(in + 16),
        .digest = get_le64(in + 24),
    };
    return get_le64(in + CHECKED_BYTES) == trace_bytes_digest(in, CHECKED_BYTES);
}
