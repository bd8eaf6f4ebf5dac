/*
 * sink.h -- text on its way to a stream, put together in memory first.
 *
 * This room is for: what writes millions of short pieces: the story and the tables. A call of stdio costs more than the five
 *                   bytes that it is given, for it locks the stream, looks at it, and asks how long they are.
 * It may include:   the C library, rep_private.h.
 * Never here:       what is written.
 *
 * rep_add_*() are to a sink what rep_put_*() of rep_private.h are to a stream, byte by byte; those are made of these.
 */
#ifndef REP_SINK_H
#define REP_SINK_H

#include <string.h>

#include "rep_private.h"

enum { REP_SINK_BYTES = 16384, REP_SINK_SMALL = 128 }; /* room for many lines; for one number or name */

struct rep_sink {
    char *at, *end, *room; /* room..at is not yet written */
    FILE *out;
};

static inline struct rep_sink rep_sink_on(FILE *out, char *room, size_t bytes)
{
    return (struct rep_sink){.at = room, .end = room + bytes, .room = room, .out = out};
}

/* Whoever made it calls this last; errors stay with the stream. */
void rep_sink_flush(struct rep_sink *sink);
void rep_add_beyond(struct rep_sink *sink, const char *bytes, size_t count); /* more than there is room for */
void rep_add_format(struct rep_sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void rep_add_bytes(struct rep_sink *sink, const char *bytes, size_t count)
{
    if ((size_t)(sink->end - sink->at) < count) {
        rep_add_beyond(sink, bytes, count);
        return;
    }
    memcpy(sink->at, bytes, count);
    sink->at += count;
}

static inline void rep_add(struct rep_sink *sink, const char *text) { rep_add_bytes(sink, text, strlen(text)); }

static inline void rep_add_char(struct rep_sink *sink, char c) { rep_add_bytes(sink, &c, 1); }

void rep_add_styled(struct rep_sink *sink, enum rep_style style, const char *text);
uint32_t rep_add_cut(struct rep_sink *sink, enum rep_style style, const char *text, uint32_t columns);
void rep_add_wide(struct rep_sink *sink, rep_wide value);
void rep_add_seconds(struct rep_sink *sink, int64_t ns);
void rep_add_wide_seconds(struct rep_sink *sink, rep_wide ns);
void rep_add_fixed(struct rep_sink *sink, int64_t ns, unsigned digits);
void rep_add_about(struct rep_sink *sink, int64_t ns);
void rep_add_percent(struct rep_sink *sink, rep_wide part, rep_wide whole);
void rep_add_millis(struct rep_sink *sink, uint64_t thousandths);
void rep_add_job(struct rep_sink *sink, enum rep_style style, const struct plan *plan, uint32_t job);
void rep_add_gang(struct rep_sink *sink, enum rep_style style, const struct plan *plan, uint32_t job, uint32_t stage);
void rep_add_budget(const struct plan *plan, const struct trace_record *record, struct rep_sink *sink);

#endif
