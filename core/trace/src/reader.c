/*
 * reader.c -- a history from a file, binary or NDJSON, into records.
 *
 * This room is for: reading without trust. Any bytes at all give records or an error, never a
 *                   crash.
 * It may include:   the C library, zstd and trace/ headers.
 * Never here:       JSON (ndjson_in.c), judging: that causes precede their effects, say, is for the
 *                   oracles.
 *
 * Invariants
 *   - block[taken..count) are read and not yet handed out; of a binary file their chain has been
 * checked.
 *   - chain covers the header and all records that were handed out; before is how many come before block[0].
 *   - once `ended`, nothing is read any more; ending tells every later call how it ended.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "bytes.h"
#include "file.h"
#include "reader.h"

struct trace_reader {
    FILE *file;
    char *path;
    ZSTD_DCtx *zstd; /* NULL: NDJSON */
    struct trace_lines lines;
    struct trace_header header;
    uint64_t chain, before; /* chain: of what was handed out */
    uint64_t block_chain;   /* of a binary block: at its end, as it was checked */
    size_t count, taken;
    uint32_t
        last_kind; /* of the record before block[count], to see whether the history was closed */
    bool ended;
    struct trace_err ending;
    struct trace_record block[TRACE_BLOCK_RECORDS];
    uint8_t plain[TRACE_BLOCK_BYTES + TRACE_BLOCK_PADDING];
    uint8_t frame[ZSTD_COMPRESSBOUND(TRACE_BLOCK_BYTES)];
};

/* ---- the binary side */

/* A file that stops in the middle of something is cut off, whatever it is in the middle of. */
static enum trace_status read_stopped(struct trace_reader *r, struct trace_err *err)
{
    if (ferror(r->file))
        return trace_fail_io(err, "read", r->path);
    return trace_fail(err, TRACE_E_TRUNCATED,
                      "the file is cut off after %" PRIu64 " readable records", r->before);
}

static enum trace_status read_exactly(struct trace_reader *r, void *out, size_t size,
                                      struct trace_err *err)
{
    return fread(out, 1, size, r->file) == size ? TRACE_OK : read_stopped(r, err);
}

static enum trace_status check_trailer(struct trace_reader *r, const struct trace_block_head *head,
                                       struct trace_err *err)
{
    if (head->total != r->before || head->chain != r->chain)
        return trace_fail(err, TRACE_E_CHAIN,
                          "after %" PRIu64 " records the chain is %016" PRIx64
                          ", but the file was closed after %" PRIu64 " with %016" PRIx64,
                          r->before, r->chain, head->total, head->chain);
    if (head->bytes != 0 || fgetc(r->file) != EOF)
        return trace_fail(err, TRACE_E_FORMAT, "something follows the end, after record %" PRIu64,
                          r->before);
    if (ferror(r->file))
        return trace_fail_io(err, "read", r->path);
    return TRACE_OK;
}

/* The compressed bytes into r->block, and the chain over it. Nothing of the frame is believed. */
static enum trace_status decode_block(struct trace_reader *r, const struct trace_block_head *head,
                                      struct trace_err *err)
{
    uint64_t digest = trace_bytes_digest(r->frame, head->bytes);
    if (digest != head->digest)
        return trace_fail(err, TRACE_E_CHAIN,
                          "after %" PRIu64 " records (chain %016" PRIx64
                          ") come bytes with digest %016" PRIx64 ", written was %016" PRIx64,
                          r->before, r->chain, digest, head->digest);
    size_t plain = ZSTD_decompressDCtx(r->zstd, r->plain, TRACE_BLOCK_BYTES, r->frame, head->bytes);
    if (ZSTD_isError(plain))
        return trace_fail(err, TRACE_E_FORMAT, "after record %" PRIu64 ": %s", r->before,
                          ZSTD_getErrorName(plain));
    memset(r->plain + plain, 0, TRACE_BLOCK_PADDING);
    if (!trace_block_decode(r->plain, plain, r->before + 1, r->block, head->count))
        return trace_fail(err, TRACE_E_FORMAT,
                          "after record %" PRIu64 ": %zu bytes are not %" PRIu32 " records",
                          r->before, plain, head->count);
    uint64_t chain = trace_chain_many(r->chain, r->block, head->count);
    if (chain != head->chain)
        return trace_fail(err, TRACE_E_CHAIN,
                          "after %" PRIu64 " records the chain is %016" PRIx64
                          ", written was %016" PRIx64,
                          r->before + head->count, chain, head->chain);
    r->block_chain = chain;
    r->count = head->count;
    return TRACE_OK;
}

static enum trace_status load_block(struct trace_reader *r, struct trace_err *err)
{
    uint8_t bytes[TRACE_FILE_BLOCK_HEAD_BYTES];
    struct trace_block_head head;
    enum trace_status status = read_exactly(r, bytes, sizeof bytes, err);
    if (status != TRACE_OK)
        return status;
    if (!trace_block_head_get(bytes, &head))
        return trace_fail(err, TRACE_E_CHAIN,
                          "after %" PRIu64 " records (chain %016" PRIx64
                          ") comes a damaged head (chain %016" PRIx64 ")",
                          r->before, r->chain, head.chain);
    if (head.count == 0)
        return check_trailer(r, &head, err);
    if (head.count > TRACE_BLOCK_RECORDS || head.bytes > sizeof r->frame ||
        head.total != r->before + head.count)
        return trace_fail(err, TRACE_E_FORMAT,
                          "after record %" PRIu64 " comes an impossible block: %" PRIu32
                          " records in %" PRIu32 " bytes up to record %" PRIu64,
                          r->before, head.count, head.bytes, head.total);
    status = read_exactly(r, r->frame, head.bytes, err);
    return status == TRACE_OK ? decode_block(r, &head, err) : status;
}

static enum trace_status read_string(struct trace_reader *r, const char **out, uint32_t length,
                                     struct trace_err *err)
{
    if (length > TRACE_FILE_STRING_MAX)
        return trace_fail(err, TRACE_E_FORMAT,
                          "a text of the header has %" PRIu32 " bytes, at most %d are possible",
                          length, (int)TRACE_FILE_STRING_MAX);
    char *text = malloc((size_t)length + 1);
    if (text == NULL)
        return trace_fail(err, TRACE_E_MEMORY, "no memory for a header text of %" PRIu32 " bytes",
                          length);
    *out = text; /* from here on trace_reader_close() frees it */
    text[length] = '\0';
    return read_exactly(r, text, length, err);
}

static enum trace_status read_binary_header(struct trace_reader *r, struct trace_err *err)
{
    uint8_t head[TRACE_FILE_HEAD_BYTES];
    size_t got = fread(head, 1, sizeof head, r->file);
    size_t magic = got < TRACE_FILE_MAGIC_BYTES ? got : TRACE_FILE_MAGIC_BYTES;
    if (memcmp(head, TRACE_FILE_MAGIC, magic) != 0)
        return trace_fail(err, TRACE_E_FORMAT,
                          "%s begins neither with " TRACE_FILE_MAGIC " nor with a line of JSON",
                          r->path);
    if (got < sizeof head)
        return read_stopped(r, err);
    r->header.version = get_le32(head + 8);
    if (r->header.version !=
        TRACE_FORMAT_VERSION) /* before the check: a later format may have another head */
        return trace_fail(err, TRACE_E_FORMAT, "the file has format %" PRIu32 ", this reads %u",
                          r->header.version, TRACE_FORMAT_VERSION);
    uint64_t check = trace_bytes_digest(head, 44);
    if (check != get_le64(head + 44))
        return trace_fail(err, TRACE_E_CHAIN,
                          "the header has check %016" PRIx64 ", written was %016" PRIx64, check,
                          get_le64(head + 44));
    r->header.seed = get_le64(head + 28);
    r->header.observes = get_le64(head + 36);

    const char **text[TRACE_FILE_STRINGS] = {&r->header.core_id, &r->header.target,
                                             &r->header.policy, &r->header.plan_text};
    enum trace_status status = TRACE_OK;
    for (size_t i = 0; i < TRACE_FILE_STRINGS && status == TRACE_OK; i++)
        status = read_string(r, text[i], get_le32(head + 12 + 4 * i), err);
    uint8_t start[8];
    if (status == TRACE_OK)
        status = read_exactly(r, start, sizeof start, err);
    if (status != TRACE_OK)
        return status;
    r->chain = trace_chain_start(&r->header);
    if (r->chain != get_le64(start))
        return trace_fail(err, TRACE_E_CHAIN,
                          "after the header the chain is %016" PRIx64 ", written was %016" PRIx64,
                          r->chain, get_le64(start));
    return TRACE_OK;
}

/* ---- the NDJSON side */

static enum trace_status load_lines(struct trace_reader *r, size_t max, struct trace_err *err)
{
    bool at_end = false;
    while (r->count < max && r->count < TRACE_BLOCK_RECORDS) {
        enum trace_status status = trace_lines_record(&r->lines, r->before + r->count + 1,
                                                      &r->block[r->count], &at_end, err);
        if (status != TRACE_OK || at_end)
            return status;
        r->count++;
    }
    return TRACE_OK;
}

/* ---- both */

/* Gets at least one more record into the block, or ends. What came before an error is still handed
 * out first. */
static void load(struct trace_reader *r, size_t max)
{
    if (r->count > 0)
        r->last_kind = r->block[r->count - 1].kind;
    r->before += r->count;
    r->count = 0;
    r->taken = 0;
    enum trace_status status =
        trace_reader_is_binary(r) ? load_block(r, &r->ending) : load_lines(r, max, &r->ending);
    r->ended = status != TRACE_OK || r->count == 0;
    if (status == TRACE_OK && r->ended && r->last_kind != TRACE_END)
        trace_fail(&r->ending, TRACE_E_TRUNCATED,
                   "the last of %" PRIu64 " records is not the closing one", r->before);
}

/* So many records more are handed out. */
static void chain_on(struct trace_reader *r, size_t handed)
{
    bool known = trace_reader_is_binary(r) && r->taken + handed == r->count;
    r->chain = known ? r->block_chain : trace_chain_many(r->chain, &r->block[r->taken], handed);
    r->taken += handed;
}

enum trace_status trace_reader_next(struct trace_reader *r, struct trace_record *records,
                                    size_t max, size_t *count, struct trace_err *err)
{
    assert(r != NULL);
    assert(records != NULL);
    assert(max > 0);
    assert(count != NULL);
    *count = 0;
    while (*count < max) {
        if (r->taken == r->count && !r->ended)
            load(r, max - *count);
        if (r->taken == r->count)
            break;
        size_t left = r->count - r->taken;
        size_t handed = left < max - *count ? left : max - *count;
        memcpy(records + *count, &r->block[r->taken], handed * sizeof *records);
        chain_on(r, handed);
        *count += handed;
    }
    if (*count > 0 || !r->ended)
        return TRACE_OK;
    if (err != NULL)
        *err = r->ending;
    return r->ending.code;
}

uint64_t trace_reader_chain(const struct trace_reader *r)
{
    assert(r != NULL);
    return r->chain;
}

const struct trace_header *trace_reader_header(const struct trace_reader *r)
{
    assert(r != NULL);
    return &r->header;
}

bool trace_reader_is_binary(const struct trace_reader *r)
{
    assert(r != NULL);
    return r->zstd != NULL;
}

/* Told apart by one byte, so that a history can come through a pipe. */
static enum trace_status read_header(struct trace_reader *r, struct trace_err *err)
{
    int first = fgetc(r->file);
    if (first == EOF && ferror(r->file))
        return trace_fail_io(err, "read", r->path);
    if (first == EOF)
        return trace_fail(err, TRACE_E_FORMAT, "%s is empty", r->path);
    ungetc(first, r->file);
    if (first == '{' || first == ' ' || first == '\t' || first == '\r' || first == '\n') {
        r->lines = (struct trace_lines){.file = r->file, .path = r->path};
        enum trace_status status = trace_lines_header(&r->lines, &r->header, err);
        if (status == TRACE_OK)
            r->chain = trace_chain_start(&r->header);
        return status;
    }
    r->zstd = ZSTD_createDCtx();
    if (r->zstd == NULL)
        return trace_fail(err, TRACE_E_MEMORY, "no memory to read %s", r->path);
    return read_binary_header(r, err);
}

enum trace_status trace_reader_open(const char *path, struct trace_reader **out,
                                    struct trace_err *err)
{
    assert(path != NULL);
    assert(out != NULL);
    *out = NULL;
    struct trace_reader *r = calloc(1, sizeof *r);
    char *copy = malloc(strlen(path) + 1);
    if (r == NULL || copy == NULL) {
        free(r);
        free(copy);
        return trace_fail(err, TRACE_E_MEMORY, "no memory to read %s", path);
    }
    memcpy(copy, path, strlen(path) + 1);
    r->path = copy;
    enum trace_status status;
    r->file = fopen(path, "rb");
    if (r->file == NULL)
        status = trace_fail_io(err, "open", path);
    else
        status = read_header(r, err);
    if (status != TRACE_OK) {
        trace_reader_close(r);
        return status;
    }
    *out = r;
    return TRACE_OK;
}

void trace_reader_close(struct trace_reader *r)
{
    if (r == NULL)
        return;
    if (r->file != NULL)
        fclose(r->file);
    ZSTD_freeDCtx(r->zstd);
    free(r->lines.line);
    free((void *)r->header.core_id);
    free((void *)r->header.target);
    free((void *)r->header.policy);
    free((void *)r->header.plan_text);
    free(r->path);
    free(r);
}
