/*
 * sink.c -- text put together in memory, and the same for those who have only a stream; see sink.h.
 *
 * This room is for: when a sink is written to its stream.
 * It may include:   the C library, sink.h.
 * Never here:       what is written (text.c).
 */
#include "sink.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

void rep_sink_flush(struct rep_sink *sink)
{
    if (sink->at > sink->room)
        fwrite(sink->room, 1, (size_t)(sink->at - sink->room), sink->out);
    sink->at = sink->room;
}

/* What would not fit an empty sink goes past it. */
void rep_add_beyond(struct rep_sink *sink, const char *bytes, size_t count)
{
    rep_sink_flush(sink);
    if ((size_t)(sink->end - sink->at) < count) {
        fwrite(bytes, 1, count, sink->out);
        return;
    }
    memcpy(sink->at, bytes, count);
    sink->at += count;
}

void rep_add_format(struct rep_sink *sink, const char *format, ...)
{
    va_list args;
    for (int turn = 0; turn < 2; turn++) {
        size_t left = (size_t)(sink->end - sink->at);
        va_start(args, format);
        int length = vsnprintf(sink->at, left, format, args);
        va_end(args);
        assert(length >= 0); /* our formats, and no wide characters */
        if ((size_t)length < left) {
            sink->at += length;
            return;
        }
        rep_sink_flush(sink); /* with all of the room once more */
    }
    va_start(args, format);
    vfprintf(sink->out, format, args);
    va_end(args);
}

/* ---- for a stream */

#define TO_STREAM(call)                                             \
    do {                                                            \
        char room[REP_SINK_SMALL];                                  \
        struct rep_sink sink = rep_sink_on(out, room, sizeof room); \
        call;                                                       \
        rep_sink_flush(&sink);                                      \
    } while (0)

void rep_put(FILE *out, enum rep_style style, const char *text) { TO_STREAM(rep_add_styled(&sink, style, text)); }

uint32_t rep_put_cut(FILE *out, enum rep_style style, const char *text, uint32_t columns)
{
    uint32_t printed = 0;
    TO_STREAM(printed = rep_add_cut(&sink, style, text, columns));
    return printed;
}

void rep_put_wide(FILE *out, rep_wide value) { TO_STREAM(rep_add_wide(&sink, value)); }
void rep_put_seconds(FILE *out, int64_t ns) { TO_STREAM(rep_add_seconds(&sink, ns)); }
void rep_put_wide_seconds(FILE *out, rep_wide ns) { TO_STREAM(rep_add_wide_seconds(&sink, ns)); }
void rep_put_fixed(FILE *out, int64_t ns, unsigned digits) { TO_STREAM(rep_add_fixed(&sink, ns, digits)); }
void rep_put_about(FILE *out, int64_t ns) { TO_STREAM(rep_add_about(&sink, ns)); }
void rep_put_percent(FILE *out, rep_wide part, rep_wide whole) { TO_STREAM(rep_add_percent(&sink, part, whole)); }
void rep_put_millis(FILE *out, uint64_t thousandths) { TO_STREAM(rep_add_millis(&sink, thousandths)); }

void rep_put_job(FILE *out, enum rep_style style, const struct plan *plan, uint32_t job)
{
    TO_STREAM(rep_add_job(&sink, style, plan, job));
}

void rep_put_gang(FILE *out, enum rep_style style, const struct plan *plan, uint32_t job, uint32_t stage)
{
    TO_STREAM(rep_add_gang(&sink, style, plan, job, stage));
}
