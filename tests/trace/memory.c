/*
 * memory.c -- claims about running out of memory: every allocation of this room, then every one of
 * Jansson, fails once.
 */
#include "histories.h"

#include <jansson.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static long countdown; /* the allocation that fails when this reaches 0; below 0: none */

static bool fails(void) { return countdown >= 0 && countdown-- == 0; }
static void *failing_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_malloc(size_t size) { return failing_malloc(size); }
void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

static const char binary[] = "memory_test.mst";
static const char lines[] = "memory_test.ndjson";

static enum trace_status write_binary(void)
{
    struct trace_header header = some_header();
    struct trace_record end = {.kind = TRACE_END};
    struct trace_writer *writer;
    enum trace_status status = trace_writer_open(binary, &header, &writer, NULL);
    if (status != TRACE_OK) {
        assert_null(writer);
        return status;
    }
    status = trace_writer_put(writer, &end, 1, NULL);
    enum trace_status closed = trace_writer_close(writer, NULL);
    return status != TRACE_OK ? status : closed;
}

static enum trace_status write_ndjson(void)
{
    struct trace_header header = some_header();
    struct trace_record end = {.kind = TRACE_END};
    FILE *out = fopen(lines, "wb");
    if (out == NULL)
        return TRACE_E_MEMORY; /* not ours, but the countdown may hit it */
    enum trace_status status = trace_ndjson_header(out, &header, NULL);
    if (status == TRACE_OK)
        status = trace_ndjson_records(out, &end, 1, 1, NULL);
    fclose(out);
    return status;
}

static enum trace_status read_file(const char *path)
{
    struct trace_record records[4];
    size_t count;
    return read_all(path, records, 4, &count, NULL);
}
static enum trace_status read_binary(void) { return read_file(binary); }
static enum trace_status read_ndjson(void) { return read_file(lines); }

/* Does `work` with its nth allocation failing; *met says whether it came that far. */
static enum trace_status with_failure(enum trace_status (*work)(void), long nth, bool *met)
{
    countdown = nth;
    enum trace_status status = work();
    *met = countdown < 0;
    countdown = -1;
    return status;
}

/* With the first, the second, ... allocation failing, it is an error; when there are no more, it
 * works. */
static void assert_every_failure_is_told(enum trace_status (*work)(void))
{
    bool met = true;
    for (long nth = 0; met; nth++) {
        enum trace_status status = with_failure(work, nth, &met);
        assert_true(nth > 0 || met);
        if (met != (status != TRACE_OK))
            fail_msg("allocation %ld: status %d", nth, status);
    }
}

static void running_out_of_memory_is_an_error_everywhere(void **state)
{
    (void)state;
    countdown = -1;
    assert_int_equal(write_ndjson(), TRACE_OK);
    assert_every_failure_is_told(write_binary);
    assert_every_failure_is_told(read_binary);
    assert_every_failure_is_told(read_ndjson);
}

/* Jansson 2.14 looks away when the buffer of a long string cannot grow, so a read may succeed here
 * with a string cut short: what is claimed is that nothing crashes, or leaks under the sanitizers.
 * Writing looks at everything. */
static void jansson_running_out_of_memory_crashes_nothing(void **state)
{
    (void)state;
    countdown = -1;
    json_set_alloc_funcs(failing_malloc, free);
    assert_every_failure_is_told(write_ndjson);
    assert_int_equal(write_ndjson(), TRACE_OK);
    bool met = true;
    for (long nth = 0; met; nth++)
        (void)with_failure(read_ndjson, nth, &met);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_out_of_memory_is_an_error_everywhere),
        cmocka_unit_test(jansson_running_out_of_memory_crashes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
