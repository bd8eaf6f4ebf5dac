/*
 * writer.c -- a history into a binary file (file.h), a block at a time.
 *
 * This room is for: gathering records into blocks, compressing them, and never hiding that the disk
 *                   said no.
 * It may include:   the C library, zstd and trace/ headers.
 * Never here:       renaming, syncing, choosing the name: that is the caller's.
 *
 * Invariants
 *   - pending_count < TRACE_BLOCK_RECORDS between calls; chain covers the header and everything put
 * so far.
 *   - failed.code is the first error; after it nothing more is written, and every call returns it
 * again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "bytes.h"
#include "fail.h"
#include "file.h"

enum { ZSTD_LEVEL = 1 };

struct trace_writer {
    FILE *file;
    ZSTD_CCtx *zstd;
    char *path; /* for error messages */
    uint64_t chain, total;
    size_t pending_count;
    struct trace_err failed;
    struct trace_record pending[TRACE_BLOCK_RECORDS];
    uint8_t plain[TRACE_BLOCK_BYTES];
    uint8_t out[TRACE_FILE_BLOCK_HEAD_BYTES + ZSTD_COMPRESSBOUND(TRACE_BLOCK_BYTES)];
};

/* Says again what went wrong first. */
static enum trace_status writer_failed(const struct trace_writer *w, struct trace_err *err)
{
    if (err != NULL)
        *err = w->failed;
    return w->failed.code;
}

static enum trace_status write_bytes(struct trace_writer *w, const void *bytes, size_t size)
{
    if (size > 0 && fwrite(bytes, 1, size, w->file) != size)
        return trace_fail_io(&w->failed, "write", w->path);
    return TRACE_OK;
}

static enum trace_status fail_zstd(struct trace_writer *w, size_t result)
{
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
        return trace_fail(&w->failed, TRACE_E_MEMORY, "no memory to compress %s", w->path);
    return trace_fail(&w->failed, TRACE_E_IO, "cannot compress %s: %s", w->path,
                      ZSTD_getErrorName(result));
}

/* The pending records as one block. Head and frame leave in one write. */
static enum trace_status write_block(struct trace_writer *w)
{
    uint8_t *frame = w->out + TRACE_FILE_BLOCK_HEAD_BYTES;
    size_t plain = trace_block_encode(w->pending, w->pending_count, w->total + 1, w->plain);
    size_t bytes = ZSTD_compress2(w->zstd, frame, sizeof w->out - TRACE_FILE_BLOCK_HEAD_BYTES,
                                  w->plain, plain);
    if (ZSTD_isError(bytes))
        return fail_zstd(w, bytes);
    w->total += w->pending_count;
    trace_block_head_put(&(struct trace_block_head){.count = (uint32_t)w->pending_count,
                                                    .bytes = (uint32_t)bytes,
                                                    .total = w->total,
                                                    .chain = w->chain,
                                                    .digest = trace_bytes_digest(frame, bytes)},
                         w->out);
    w->pending_count = 0;
    return write_bytes(w, w->out, TRACE_FILE_BLOCK_HEAD_BYTES + bytes);
}

static enum trace_status write_trailer(struct trace_writer *w)
{
    uint8_t bytes[TRACE_FILE_BLOCK_HEAD_BYTES];
    trace_block_head_put(&(struct trace_block_head){.total = w->total, .chain = w->chain}, bytes);
    return write_bytes(w, bytes, sizeof bytes);
}

enum trace_status trace_writer_put(struct trace_writer *w, const struct trace_record *records,
                                   size_t count, struct trace_err *err)
{
    assert(w != NULL);
    assert(records != NULL || count == 0);
    while (count > 0 && w->failed.code == TRACE_OK) {
        size_t room = TRACE_BLOCK_RECORDS - w->pending_count;
        size_t taken = count < room ? count : room;
        memcpy(&w->pending[w->pending_count], records, taken * sizeof *records);
        w->chain = trace_chain_many(w->chain, records, taken);
        w->pending_count += taken;
        records += taken;
        count -= taken;
        if (w->pending_count == TRACE_BLOCK_RECORDS)
            write_block(w);
    }
    assert(w->failed.code != TRACE_OK || w->pending_count < TRACE_BLOCK_RECORDS);
    return writer_failed(w, err);
}

uint64_t trace_writer_chain(const struct trace_writer *w)
{
    assert(w != NULL);
    return w->chain;
}

static void writer_free(struct trace_writer *w)
{
    ZSTD_freeCCtx(w->zstd);
    free(w->path);
    free(w);
}

enum trace_status trace_writer_close(struct trace_writer *w, struct trace_err *err)
{
    assert(w != NULL);
    if (w->failed.code == TRACE_OK && w->pending_count > 0)
        write_block(w);
    if (w->failed.code == TRACE_OK)
        write_trailer(w);
    /* A network file system may only say here that there was no room. */
    if (fclose(w->file) != 0 && w->failed.code == TRACE_OK)
        trace_fail_io(&w->failed, "write", w->path);
    enum trace_status status = writer_failed(w, err);
    writer_free(w);
    return status;
}

static enum trace_status write_header(struct trace_writer *w, const struct trace_header *header)
{
    const char *text[TRACE_FILE_STRINGS] = {header->core_id, header->target, header->policy,
                                            header->plan_text};
    size_t length[TRACE_FILE_STRINGS];
    uint8_t head[TRACE_FILE_HEAD_BYTES];

    memcpy(head, TRACE_FILE_MAGIC, TRACE_FILE_MAGIC_BYTES);
    put_le(head + 8, header->version, 4);
    for (size_t i = 0; i < TRACE_FILE_STRINGS; i++) {
        length[i] = text[i] != NULL ? strlen(text[i]) : 0;
        if (length[i] > TRACE_FILE_STRING_MAX)
            return trace_fail(&w->failed, TRACE_E_FORMAT,
                              "a text of the header has %zu bytes, at most %d are possible",
                              length[i], (int)TRACE_FILE_STRING_MAX);
        put_le(head + 12 + 4 * i, length[i], 4);
    }
    put_le(head + 28, header->seed, 8);
    put_le(head + 36, header->observes, 8);
    put_le(head + 44, trace_bytes_digest(head, 44), 8);

    uint8_t start[8];
    put_le(start, w->chain, 8);
    enum trace_status status = write_bytes(w, head, sizeof head);
    for (size_t i = 0; i < TRACE_FILE_STRINGS && status == TRACE_OK; i++)
        status = write_bytes(w, text[i], length[i]);
    return status == TRACE_OK ? write_bytes(w, start, sizeof start) : status;
}

enum trace_status trace_writer_open(const char *path, const struct trace_header *header,
                                    struct trace_writer **out, struct trace_err *err)
{
    assert(path != NULL);
    assert(header != NULL);
    assert(header->version == TRACE_FORMAT_VERSION);
    assert(out != NULL);
    *out = NULL;
    struct trace_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return trace_fail(err, TRACE_E_MEMORY, "no memory to write %s", path);
    w->chain = trace_chain_start(header);
    w->zstd = ZSTD_createCCtx();
    w->path = malloc(strlen(path) + 1);
    if (w->zstd == NULL || w->path == NULL) {
        writer_free(w);
        return trace_fail(err, TRACE_E_MEMORY, "no memory to write %s", path);
    }
    memcpy(w->path, path, strlen(path) + 1);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);

    w->file = fopen(path, "wb");
    if (w->file == NULL) {
        enum trace_status status = trace_fail_io(err, "create", path);
        writer_free(w);
        return status;
    }
    setvbuf(w->file, NULL, _IONBF, 0); /* blocks are whole when they are written */
    if (write_header(w, header) != TRACE_OK) {
        enum trace_status status = writer_failed(w, err);
        fclose(w->file);
        writer_free(w);
        return status;
    }
    *out = w;
    return TRACE_OK;
}
