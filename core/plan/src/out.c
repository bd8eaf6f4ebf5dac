/*
 * out.c -- where text is written to: a file through a buffer, or memory that grows.
 *
 * This room is for: the plan (see plan.h); this file: bytes, numbers and quoted names, going out.
 * It may include:   <assert.h> <stdlib.h> <string.h>, private.h.
 * Never here:       printf (its locale, its speed), the meaning of what is written.
 *
 * Invariant: after the first failure `status` stays what it is and nothing more is taken.
 */
#include "private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH_BYTES = 1 << 16 };

static void flush(struct plan_out *out)
{
    if (out->status == PLAN_OK && fwrite(out->bytes, 1, out->size, out->file) != out->size)
        out->status = PLAN_E_IO;
    out->size = 0;
}

void plan_out_beyond(struct plan_out *out, const char *bytes, size_t size)
{
    if (out->status != PLAN_OK || size == 0)
        return;
    if (out->file != NULL && out->size + size > FLUSH_BYTES)
        flush(out);
    if (!plan_reserve(&out->bytes, &out->capacity, (uint64_t)out->size + size, 1)) {
        out->status = PLAN_E_MEMORY;
        return;
    }
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

void plan_out_number(struct plan_out *out, int64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (number < 0)
        digits[--at] = '-';
    plan_out_bytes(out, digits + at, sizeof digits - at);
}

void plan_out_duration(struct plan_out *out, plan_ns ns)
{
    char text[32];
    plan_format_duration(ns, text);
    plan_out_text(out, text);
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
size_t plan_utf8_length(const char *text)
{
    const unsigned char *u = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xBF; /* of the second byte */
    size_t length;
    if (u[0] < 0x80)
        return 1;
    if (u[0] >= 0xC2 && u[0] <= 0xDF)
        length = 2;
    else if (u[0] >= 0xE0 && u[0] <= 0xEF)
        length = 3;
    else if (u[0] >= 0xF0 && u[0] <= 0xF4)
        length = 4;
    else
        return 0;
    if (u[0] == 0xE0)
        low = 0xA0;
    if (u[0] == 0xED)
        high = 0x9F;
    if (u[0] == 0xF0)
        low = 0x90;
    if (u[0] == 0xF4)
        high = 0x8F;
    if (u[1] < low || u[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (u[i] < 0x80 || u[i] > 0xBF)
            return 0;
    }
    return length;
}

/* How many bytes stand for themselves: nearly always all of a name. */
static size_t plain_length(const char *text)
{
    size_t n = 0;
    while (text[n] >= 0x20 && text[n] < 0x7F && text[n] != '"' && text[n] != '\\')
        n++;
    return n;
}

void plan_out_quoted(struct plan_out *out, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    plan_out_char(out, '"');
    while (*text != '\0') {
        size_t plain = plain_length(text);
        plan_out_bytes(out, text, plain);
        text += plain;
        if (*text == '\0')
            break;
        unsigned char c = (unsigned char)*text;
        size_t length = plan_utf8_length(text);
        if (c == '"' || c == '\\') {
            plan_out_char(out, '\\');
            plan_out_char(out, *text);
        } else if (length == 0 || c < 0x20 || c == 0x7F) {
            char escape[4] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
            plan_out_bytes(out, escape, sizeof escape);
            length = 1;
        } else {
            plan_out_bytes(out, text, length);
        }
        text += length;
    }
    plan_out_char(out, '"');
}

void plan_out_free(struct plan_out *out) { free(out->bytes); }

enum plan_status plan_out_end(struct plan_out *out, struct plan_err *err)
{
    if (out->file != NULL) {
        flush(out);
        if (out->status == PLAN_OK && fflush(out->file) != 0)
            out->status = PLAN_E_IO;
    }
    if (out->status == PLAN_E_IO)
        return plan_fail(err, PLAN_E_IO, 0, "the output could not be written");
    if (out->status == PLAN_E_MEMORY)
        return plan_fail(err, PLAN_E_MEMORY, 0, "out of memory after %zu bytes of output",
                         out->size);
    assert(out->status == PLAN_OK);
    return PLAN_OK;
}
