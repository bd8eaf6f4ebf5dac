/*
 * ndjson.c -- a history as lines of JSON, for people, scripts and other schedulers' tests.
 *
 * This room is for: writing. One line for the header, then one a record; ndjson_in.c reads both
 *                   back.
 * It may include:   the C library, Jansson (the header's strings) and trace/ headers.
 * Never here:       printf a record: formatting by hand keeps a record below 100 ns, and free of
 *                   the locale.
 *
 * Every record can be written: a kind, actor or message that has no name is written as its number.
 * Integers above INT64_MAX (only `cause` and `seed` can be that large) are strings, because JSON
 * readers cannot be trusted with them.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "fail.h"

enum {
    LINE_MAX_BYTES =
        512, /* no record takes more: 8 keys with up to 20 digits, 8 with up to 10, two names */
    BUFFER_BYTES = 16 * 1024
};

/* ---- one record */

static char *put_text(char *p, const char *text)
{
    size_t length = strlen(text);
    memcpy(p, text, length);
    return p + length;
}
/* For string literals: their length is known, so this is a move or two. */
#define PUT(p, literal) ((char *)memcpy((p), (literal), sizeof(literal) - 1) + sizeof(literal) - 1)

static char *put_unsigned(char *p, uint64_t value)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233"
        "34353637383940414243444546474849505152535455565758596061626364656667"
        "6869707172737475767778798081828384858687888990919293949596979899";
    char digits[20];
    unsigned at = sizeof digits;
    while (value >= 100) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * value, 2);
    } else {
        digits[--at] = (char)('0' + value);
    }
    memcpy(p, digits + at, sizeof digits - at);
    return p + (sizeof digits - at);
}

static char *put_signed(char *p, int64_t value)
{
    if (value >= 0)
        return put_unsigned(p, (uint64_t)value);
    *p++ = '-';
    return put_unsigned(p, 0 - (uint64_t)value); /* INT64_MIN too */
}

static char *put_large(char *p, uint64_t value)
{
    if (value <= INT64_MAX)
        return put_unsigned(p, value);
    *p++ = '"';
    p = put_unsigned(p, value);
    *p++ = '"';
    return p;
}

/* The name in quotes, or the number where there is no name. */
static char *put_name(char *p, const char *text, uint64_t number)
{
    if (text == NULL)
        return put_unsigned(p, number);
    *p++ = '"';
    p = put_text(p, text);
    *p++ = '"';
    return p;
}

#define PUT_INDEX(p, key, value)                                                                   \
    ((value) == TRACE_NONE ? (p) : put_unsigned(PUT((p), ",\"" key "\":"), (value)))

static char *put_record(char *p, const struct trace_record *r, uint64_t number)
{
    p = put_large(PUT(p, "{\"n\":"), number);
    p = put_signed(PUT(p, ",\"at\":"), r->at_ns);
    p = put_large(PUT(p, ",\"cause\":"), r->cause);
    p = put_name(PUT(p, ",\"kind\":"), trace_kind_text(r->kind), r->kind);
    if (r->kind == TRACE_FAULT && r->flags != 0)
        p = put_unsigned(PUT(p, ",\"withheld\":"), r->flags);
    else if (r->flags != 0 || r->kind == TRACE_DELIVER || r->kind == TRACE_DROP)
        p = put_name(PUT(p, ",\"of\":"), trace_kind_text(r->flags), r->flags);
    p = put_name(PUT(p, ",\"actor\":"), trace_actor_text(r->actor), r->actor);
    p = PUT_INDEX(p, "executor", r->executor);
    p = PUT_INDEX(p, "job", r->job);
    p = PUT_INDEX(p, "stage", r->stage);
    p = PUT_INDEX(p, "attempt", r->attempt);
    p = PUT_INDEX(p, "epoch", r->epoch);
    p = PUT_INDEX(p, "rank", r->rank);
    p = put_signed(PUT(p, ",\"a\":"), r->a);
    p = put_signed(PUT(p, ",\"b\":"), r->b);
    return PUT(p, "}\n");
}

static enum trace_status flush(FILE *out, const char *buffer, size_t size, struct trace_err *err)
{
    return fwrite(buffer, 1, size, out) == size ? TRACE_OK : trace_fail_io(err, "write", NULL);
}

enum trace_status trace_ndjson_records(FILE *out, const struct trace_record *records, size_t count,
                                       uint64_t first_number, struct trace_err *err)
{
    assert(out != NULL);
    assert(records != NULL || count == 0);
    char buffer[BUFFER_BYTES];
    char *p = buffer;
    for (size_t i = 0; i < count; i++) {
        if (buffer + sizeof buffer - p < LINE_MAX_BYTES) {
            enum trace_status status = flush(out, buffer, (size_t)(p - buffer), err);
            if (status != TRACE_OK)
                return status;
            p = buffer;
        }
        char *line = p;
        p = put_record(p, &records[i], first_number + i);
        assert(p - line <= LINE_MAX_BYTES);
    }
    return flush(out, buffer, (size_t)(p - buffer), err);
}

/* ---- the header */

static json_t *large_json(uint64_t value)
{
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    char digits[21];
    *put_unsigned(digits, value) = '\0';
    return json_string(digits);
}

static json_t *kinds_json(uint64_t mask)
{
    json_t *list = json_array();
    int wrong = 0;
    for (unsigned kind = 0; kind < 64; kind++) {
        if ((mask & TRACE_BIT(kind)) == 0)
            continue;
        const char *text = trace_kind_text(kind);
        wrong |= json_array_append_new(list, text != NULL ? json_string(text) : json_integer(kind));
    }
    if (wrong == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *header_json(const struct trace_header *header)
{
    json_t *line = json_object();
    int wrong = json_object_set_new(line, "muster", json_integer(header->version));
    wrong |= json_object_set_new(line, "seed", large_json(header->seed));
    wrong |= json_object_set_new(line, "observes", kinds_json(header->observes));
    const struct {
        const char *key, *text;
    } strings[] = {{"core", header->core_id},
                   {"target", header->target},
                   {"policy", header->policy},
                   {"plan", header->plan_text}};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        wrong |= json_object_set_new(line, strings[i].key,
                                     json_string(strings[i].text != NULL ? strings[i].text : ""));
    if (wrong == 0)
        return line;
    json_decref(line);
    return NULL;
}

enum trace_status trace_ndjson_header(FILE *out, const struct trace_header *header,
                                      struct trace_err *err)
{
    assert(out != NULL);
    assert(header != NULL);
    json_t *line = header_json(header);
    if (line == NULL) /* Jansson does not say which of the two it was; memory is hardly ever it */
        return trace_fail(err, TRACE_E_FORMAT,
                          "core, target, policy or plan is not UTF-8 text, which JSON needs");
    bool written = json_dumpf(line, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;
    json_decref(line);
    return written ? TRACE_OK : trace_fail_io(err, "write", NULL);
}
