/*
 * text.c -- a question in the making: JSON by hand, for a few fixed fields in a fixed order.
 *
 * It may include:   child.h.
 */
#include "child.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exec_text_free(struct exec_text *text)
{
    free(text->bytes);
    *text = (struct exec_text){0};
}

static bool make_room(struct exec_text *text, size_t size)
{
    if (text->failed)
        return false;
    if (text->room - text->size > size)
        return true;
    size_t room = 2 * (text->size + size) + 1024;
    char *grown = realloc(text->bytes, room);
    text->failed = grown == NULL;
    if (grown == NULL)
        return false;
    text->bytes = grown;
    text->room = room;
    return true;
}

void exec_put(struct exec_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0 || !make_room(text, (size_t)size + 1))
        return;
    va_start(arguments, format);
    (void)vsnprintf(text->bytes + text->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    text->size += (size_t)size;
}

/* How many bytes of well-formed UTF-8 begin here; 0: none (Unicode, table 3-7). */
static size_t character(const unsigned char *s)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t more = s[0] < 0x80                    ? 0
                  : s[0] >= 0xc2 && s[0] <= 0xdf ? 1
                  : s[0] >= 0xe0 && s[0] <= 0xef ? 2
                  : s[0] >= 0xf0 && s[0] <= 0xf4 ? 3
                                                 : 9;
    if (more == 9)
        return 0;
    low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : low;
    high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : high;
    for (size_t i = 1; i <= more; i++, low = 0x80, high = 0xbf)
        if (s[i] < low || s[i] > high)
            return 0;
    return more + 1;
}

static void put_bytes(struct exec_text *text, const void *bytes, size_t size)
{
    if (!make_room(text, size))
        return;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void exec_put_string(struct exec_text *text, const char *string)
{
    put_bytes(text, "\"", 1);
    for (const unsigned char *s = (const unsigned char *)string; *s != '\0';) {
        size_t size = character(s);
        if (*s == '"' || *s == '\\')
            exec_put(text, "\\%c", *s);
        else if (*s < ' ' || *s == 127)
            exec_put(text, "\\u%04x", *s);
        else if (size > 0)
            put_bytes(text, s, size);
        else
            exec_put(text, "\\ufffd");
        s += size > 0 ? size : 1;
    }
    put_bytes(text, "\"", 1);
}

static void put_key(struct exec_text *text, const char *key)
{
    if (text->size > 0 && text->bytes[text->size - 1] != '{')
        put_bytes(text, ",", 1);
    put_bytes(text, "\"", 1);
    put_bytes(text, key, strlen(key));
    put_bytes(text, "\":", 2);
}

void exec_put_int(struct exec_text *text, const char *key, int64_t value)
{
    char digits[24];
    put_key(text, key);
    put_bytes(text, digits, (size_t)snprintf(digits, sizeof digits, "%" PRId64, value));
}

void exec_put_name(struct exec_text *text, const char *key, const char *value)
{
    put_key(text, key);
    exec_put_string(text, value);
}

void exec_begin(struct exec_child *child, struct exec_text *text, const char *type)
{
    text->size = 0;
    put_bytes(text, "{", 1);
    exec_put_name(text, "type", type);
    exec_put_int(text, "id", (int64_t)child->next_id++);
}
