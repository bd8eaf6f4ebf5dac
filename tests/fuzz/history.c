/* history.c -- histories, as NDJSON or in binary form: read to their end, or to a sentence. */
#include "fuzz.h"

#include <stdlib.h>
#include <unistd.h>

#include "trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct trace_record records[64];
    struct trace_reader *reader = NULL;
    struct trace_err err = {0};
    size_t count = 1;
    const char *path = fuzz_file("history", bytes, size);
    enum trace_status status = trace_reader_open(path, &reader, &err);
    while (status == TRACE_OK && count > 0)
        status = trace_reader_next(reader, records, 64, &count, &err);
    if (status != TRACE_OK && err.detail[0] == '\0')
        abort();
    trace_reader_close(reader);
    (void)unlink(path);
    return 0;
}
