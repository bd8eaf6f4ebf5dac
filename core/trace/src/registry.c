/*
 * registry.c -- the names and sentences of record kinds, actors, reasons, timers and errors.
 *
 * This room is for: turning the X-macro tables of trace.h into tables that can be asked, both ways.
 * It may include:   <string.h> and trace/ headers.
 * Never here:       a name that is not in trace.h. NDJSON, documentation and stories all come from
 * that one list.
 *
 * Invariants: numbers are unique and below 64, texts are unique within their list (tests/trace
 * walks them).
 */
#include <string.h>

#include "trace/trace.h"

struct kind_row {
    const char *text;
    enum trace_actor actor;
    const char *a, *b, *doc;
};
static const struct kind_row kinds[TRACE_KIND_LIMIT] = {
#define X(name, number, text, actor, a, b, doc) [number] = {text, TRACE_##actor, a, b, doc},
    TRACE_KIND_MAP(X)
#undef X
};
#define X(name, number, text, actor, a, b, doc)                                                    \
    _Static_assert((number) > 0 && (number) < TRACE_KIND_LIMIT, "kind " text " is out of range");
TRACE_KIND_MAP(X)
#undef X
_Static_assert(TRACE_KIND_LIMIT <= 64, "a header says which kinds are observed as one 64-bit mask");

struct text_row {
    const char *text, *doc;
};
static const struct text_row reasons[TRACE_REASON_LIMIT] = {
#define X(name, number, text, doc) [number] = {text, doc},
    TRACE_REASON_MAP(X)
#undef X
};
static const struct text_row timers[TRACE_TIMER_LIMIT] = {
#define X(name, number, text, doc) [number] = {text, doc},
    TRACE_TIMER_MAP(X)
#undef X
};
static const char *const actors[] = {
    [TRACE_WORLD] = "world",
    [TRACE_DRIVER] = "driver",
    [TRACE_EXECUTOR] = "executor",
    [TRACE_TASK] = "task",
};

/* The row of a known kind, or NULL: number 0 and holes in the table have no text. */
static const struct kind_row *kind_row(unsigned kind)
{
    if (kind >= TRACE_KIND_LIMIT || kinds[kind].text == NULL)
        return NULL;
    return &kinds[kind];
}

const char *trace_kind_text(unsigned kind)
{
    const struct kind_row *row = kind_row(kind);
    return row != NULL ? row->text : NULL;
}

const char *trace_kind_doc(unsigned kind)
{
    const struct kind_row *row = kind_row(kind);
    return row != NULL ? row->doc : NULL;
}

const char *trace_kind_a(unsigned kind)
{
    const struct kind_row *row = kind_row(kind);
    return row != NULL ? row->a : NULL;
}

const char *trace_kind_b(unsigned kind)
{
    const struct kind_row *row = kind_row(kind);
    return row != NULL ? row->b : NULL;
}

enum trace_actor trace_kind_actor(unsigned kind)
{
    const struct kind_row *row = kind_row(kind);
    return row != NULL ? row->actor : TRACE_WORLD;
}

enum trace_kind trace_kind_parse(const char *text)
{
    for (unsigned kind = 0; kind < TRACE_KIND_LIMIT; kind++) {
        if (kinds[kind].text != NULL && strcmp(kinds[kind].text, text) == 0)
            return (enum trace_kind)kind;
    }
    return TRACE_KIND_NONE;
}

uint64_t trace_kinds_all(void)
{
    uint64_t mask = 0;
#define X(name, number, text, actor, a, b, doc) mask |= TRACE_BIT(number);
    TRACE_KIND_MAP(X)
#undef X
    return mask;
}

uint64_t trace_kinds_usual(void) { return trace_kinds_all() & ~TRACE_BIT(TRACE_LAUNCH); }

const char *trace_actor_text(unsigned actor)
{
    return actor < sizeof actors / sizeof actors[0] ? actors[actor] : NULL;
}

const char *trace_reason_text(unsigned reason)
{
    return reason < TRACE_REASON_LIMIT ? reasons[reason].text : NULL;
}

const char *trace_reason_doc(unsigned reason)
{
    return reason < TRACE_REASON_LIMIT ? reasons[reason].doc : NULL;
}

int trace_reason_parse(const char *text)
{
    for (int reason = 0; reason < TRACE_REASON_LIMIT; reason++) {
        if (reasons[reason].text != NULL && strcmp(reasons[reason].text, text) == 0)
            return reason;
    }
    return -1;
}

const char *trace_timer_text(unsigned timer)
{
    return timer < TRACE_TIMER_LIMIT ? timers[timer].text : NULL;
}

const char *trace_timer_doc(unsigned timer)
{
    return timer < TRACE_TIMER_LIMIT ? timers[timer].doc : NULL;
}

const char *trace_status_text(enum trace_status status)
{
    switch (status) {
#define X(name, value, text)                                                                       \
    case name:                                                                                     \
        return text;
        TRACE_ERR_MAP(X)
#undef X
    }
    return NULL;
}
