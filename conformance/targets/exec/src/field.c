/*
 * field.c -- reading what a child answered: every field has a type and a range, and whatever is not as it must be is said with
 * field, value and what it may be.
 *
 * It may include:   Jansson, child.h.
 */
#include "child.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *exec_describe(const json_t *value, char *buffer, size_t size)
{
    char text[FRAGMENT_MAX];
    if (value == NULL) {
        (void)snprintf(buffer, size, "not there");
        return buffer;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        (void)snprintf(buffer, size, "an object");
        break;
    case JSON_ARRAY:
        (void)snprintf(buffer, size, "a list of %zu", json_array_size(value));
        break;
    case JSON_STRING:
        (void)snprintf(
            buffer, size, "\"%s\"",
            exec_printable(json_string_value(value), json_string_length(value), text, sizeof text));
        break;
    case JSON_INTEGER:
        (void)snprintf(buffer, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        (void)snprintf(buffer, size, "%.17g, which is no integer", json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        (void)snprintf(buffer, size, "%s", json_is_true(value) ? "true" : "false");
        break;
    case JSON_NULL:
        (void)snprintf(buffer, size, "null");
        break;
    }
    return buffer;
}

bool exec_refuse(struct exec_child *child, struct exec_err *err, const char *format, ...)
{
    char sentence[EXEC_DETAIL_MAX - 100];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (child->at_ns < 0)
        (void)exec_fail(child, err, EXEC_E_NONSENSE, "the child's answer, line %" PRIu64 ": %s",
                        child->lines, sentence);
    else
        (void)exec_fail(child, err, EXEC_E_NONSENSE,
                        "the child's answer to question %" PRIu64 " (at %" PRId64 ".%06" PRId64
                        "s), line %" PRIu64 ": %s",
                        child->next_id - 1, child->at_ns / 1000000000,
                        child->at_ns / 1000 % 1000000, child->lines, sentence);
    err->line = child->lines;
    return false;
}

static bool is_known(const char *key, const char *const *keys)
{
    if (strncmp(key, "x-", 2) == 0 || strcmp(key, "type") == 0 || strcmp(key, "id") == 0)
        return true;
    for (size_t i = 0; keys[i] != NULL; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

bool exec_only_keys(struct exec_child *child, const json_t *object, const char *where,
                    const char *const *keys, struct exec_err *err)
{
    const char *key;
    json_t *value;
    char there[400] = "", text[64];
    json_object_foreach((json_t *)object, key, value)
    {
        if (is_known(key, keys))
            continue;
        for (size_t i = 0, used = 0; keys[i] != NULL && used < sizeof there; i++)
            used += (size_t)snprintf(there + used, sizeof there - used, "%s%s", i > 0 ? ", " : "",
                                     keys[i]);
        return exec_refuse(
            child, err,
            "%s has a key '%s', which is unknown; there are %s, and whatever begins with x-", where,
            exec_printable(key, strlen(key), text, sizeof text), there);
    }
    return true;
}

bool exec_get_int(struct exec_child *child, const json_t *object, const char *where,
                  const char *key, int64_t lo, int64_t hi, int64_t *out, struct exec_err *err)
{
    char text[FRAGMENT_MAX + 40];
    const json_t *value = json_object_get(object, key);
    int64_t number = json_is_integer(value) ? json_integer_value(value) : 0;
    if (!json_is_integer(value) || number < lo || number > hi)
        return exec_refuse(child, err,
                           "'%s' of %s must be an integer in %" PRId64 "..%" PRId64 ", is %s", key,
                           where, lo, hi, exec_describe(value, text, sizeof text));
    *out = number;
    return true;
}

bool exec_get_text(struct exec_child *child, const json_t *object, const char *where,
                   const char *key, bool required, const char **out, struct exec_err *err)
{
    char text[FRAGMENT_MAX + 40];
    const json_t *value = json_object_get(object, key);
    *out = NULL;
    if (value == NULL && !required)
        return true;
    if (!json_is_string(value))
        return exec_refuse(child, err, "'%s' of %s must be a string, is %s", key, where,
                           exec_describe(value, text, sizeof text));
    *out = json_string_value(value);
    return true;
}

bool exec_get_list(struct exec_child *child, const json_t *object, const char *where,
                   const char *key, bool required, json_t **out, struct exec_err *err)
{
    char text[FRAGMENT_MAX + 40];
    json_t *value = json_object_get(object, key);
    *out = NULL;
    if (value == NULL && !required)
        return true;
    if (!json_is_array(value))
        return exec_refuse(child, err, "'%s' of %s must be a list, is %s", key, where,
                           exec_describe(value, text, sizeof text));
    *out = value;
    return true;
}
