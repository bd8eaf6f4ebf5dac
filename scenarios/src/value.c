/*
 * value.c -- reads the arguments of words: times, sizes, counts, tables of fields.
 *
 * This room is for: every error about one value, which says place, field, allowed range, value and
 *                   remedy.
 * It may include:   the C library, Lua, host.h.
 * Never here:       what a word does with the value.
 *
 * Integers only: "1.5s" and "1.5GiB" are exact or an error.
 */
#include "host.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_BYTES_MAX = 48, LISTED_MAX = 48, SHOWN_BYTES = 60 };

noreturn void scn_fail(lua_State *L, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lua_pushvfstring(L, format, args);
    va_end(args);
    lua_error(L);
    abort(); /* lua_error() does not return */
}

/* ---- nearest names */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b; both shorter than
 * NEAR_BYTES_MAX. */
static unsigned edits(const char *a, const char *b)
{
    unsigned row[3][NEAR_BYTES_MAX + 1];
    size_t na = strlen(a), nb = strlen(b);
    for (size_t j = 0; j <= nb; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
    }
    return row[na % 3][nb];
}

const char *scn_nearest(const char *text, const char *const *names, size_t count)
{
    size_t size = strlen(text);
    if (size == 0 || size >= NEAR_BYTES_MAX)
        return NULL;
    unsigned best = (unsigned)(size < 4 ? 1 : size < 9 ? 2 : 3) + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strlen(names[i]) >= NEAR_BYTES_MAX)
            continue;
        unsigned distance = edits(text, names[i]);
        if (distance < best && distance < size) { /* the first of equally near ones */
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

const char *scn_suggest(lua_State *L, const char *text, const char *const *names, size_t count)
{
    const char *nearest = scn_nearest(text, names, count);
    if (nearest != NULL)
        return lua_pushfstring(L, "; did you mean '%s'?", nearest);
    if (count == 0 || count > LISTED_MAX)
        return lua_pushliteral(L, "");
    luaL_Buffer list;
    luaL_buffinit(L, &list);
    for (size_t i = 0; i < count; i++) {
        luaL_addstring(&list, i == 0 ? "; there is " : ", ");
        luaL_addstring(&list, names[i]);
    }
    luaL_pushresult(&list);
    return lua_tostring(L, -1);
}

/* ---- what a value is */

const char *scn_describe(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNONE:
        return lua_pushliteral(L, "nothing");
    case LUA_TNIL:
        return lua_pushliteral(L, "nil");
    case LUA_TSTRING: {
        size_t size;
        const char *text = lua_tolstring(L, index, &size);
        if (size <= SHOWN_BYTES)
            return lua_pushfstring(L, "the string '%s'", text);
        lua_pushlstring(L, text, SHOWN_BYTES);
        return lua_pushfstring(L, "the string '%s...'", lua_tostring(L, -1));
    }
    case LUA_TNUMBER:
        lua_pushvalue(L, index);
        return lua_pushfstring(L, "the number %s", lua_tostring(L, -1));
    case LUA_TBOOLEAN:
        return lua_toboolean(L, index) ? lua_pushliteral(L, "true") : lua_pushliteral(L, "false");
    case LUA_TUSERDATA:
        return luaL_tolstring(L, index, NULL); /* every class of ours has a name */
    default:
        return lua_pushfstring(L, "a %s", luaL_typename(L, index));
    }
}

/* ---- sizes */

static const struct unit {
    const char *text;
    int64_t bytes;
} units[] = {
    {"B", 1},
    {"KB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", INT64_C(1000000000000)},
    {"KiB", INT64_C(1) << 10},
    {"MiB", INT64_C(1) << 20},
    {"GiB", INT64_C(1) << 30},
    {"TiB", INT64_C(1) << 40},
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "1.5GiB" -> bytes, exactly; `end` is what must follow the unit. */
static bool parse_size(const char *text, const char *tail, int64_t *out)
{
    int64_t whole = 0, part = 0, scale = 1;
    const char *at = text;
    for (; is_digit(*at); at++) {
        if (whole > (PLAN_BYTES_MAX - 9) / 10)
            return false;
        whole = whole * 10 + (*at - '0');
    }
    if (at == text)
        return false;
    if (*at == '.') {
        const char *first = ++at;
        for (; is_digit(*at) && scale < 1000000; at++, scale *= 10)
            part = part * 10 + (*at - '0');
        if (at == first)
            return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t size = strlen(units[i].text);
        if (strncmp(at, units[i].text, size) != 0 ||
            (at[size] != '\0' && strcmp(at + size, tail) != 0))
            continue;
        if (whole > PLAN_BYTES_MAX / units[i].bytes || part * units[i].bytes % scale != 0)
            return false;
        *out = whole * units[i].bytes + part * units[i].bytes / scale;
        return *out <= PLAN_BYTES_MAX;
    }
    return false;
}

bool scn_parse_count(const char *text, int64_t *out)
{
    int64_t value = 0;
    const char *at = text;
    for (; is_digit(*at); at++) {
        if (value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (*at - '0');
    }
    *out = value;
    return at != text && *at == '\0';
}

/* ---- one value */

static const char *push_amount(lua_State *L, enum scn_type type, int64_t value)
{
    char text[40];
    switch (type) {
    case SCN_TIME:
        plan_format_duration(value, text);
        return lua_pushstring(L, text);
    case SCN_MIB:
        return lua_pushfstring(L, "%IMiB", (LUAI_UACINT)value);
    case SCN_BYTES:
        return lua_pushfstring(L, "%IB", (LUAI_UACINT)value);
    case SCN_MILLI:
        snprintf(text, sizeof text, "%" PRId64 ".%03" PRId64, value / 1000, value % 1000);
        while (strchr(text, '.') != NULL &&
               (text[strlen(text) - 1] == '0' || text[strlen(text) - 1] == '.'))
            text[strlen(text) - 1] = '\0';
        return lua_pushstring(L, text);
    case SCN_INT:
    case SCN_RATE:
    case SCN_FLAG:
    case SCN_YES:
    case SCN_SIZE:
    case SCN_OTHER:
        break;
    }
    return lua_pushfstring(L, "%I", (LUAI_UACINT)value);
}

static const char *push_range(lua_State *L, const struct scn_field *field)
{
    const char *lo = push_amount(L, field->type, field->lo);
    if (field->hi == INT64_MAX)
        return lua_pushfstring(L, "%s or more", lo);
    return lua_pushfstring(L, "%s..%s", lo, push_amount(L, field->type, field->hi));
}

static const char *push_hint(lua_State *L, const struct scn_field *field)
{
    return field->hint != NULL ? lua_pushfstring(L, "; %s", field->hint) : lua_pushliteral(L, "");
}

static noreturn void fail_type(lua_State *L, int index, const char *what,
                               const struct scn_field *field, const char *wanted)
{
    const char *got = scn_describe(L, index);
    scn_fail(L, "%s: %s must be %s, got %s%s", what, field->name, wanted, got, push_hint(L, field));
}

static noreturn void fail_range(lua_State *L, const char *what, const struct scn_field *field,
                                const char *got)
{
    scn_fail(L, "%s: %s is %s, must be %s%s", what, field->name, got, push_range(L, field),
             push_hint(L, field));
}

static int64_t in_range(lua_State *L, int64_t value, const char *what,
                        const struct scn_field *field)
{
    if (value < field->lo || value > field->hi)
        fail_range(L, what, field, push_amount(L, field->type, value));
    return value;
}

static int64_t read_integer(lua_State *L, int index, const char *what,
                            const struct scn_field *field)
{
    int is_integer = 0;
    lua_Integer value =
        lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &is_integer) : 0;
    if (!is_integer)
        fail_type(L, index, what, field,
                  lua_pushfstring(L, "an integer in %s", push_range(L, field)));
    return in_range(L, value, what, field);
}

static int64_t read_time(lua_State *L, int index, const char *what, const struct scn_field *field)
{
    if (lua_type(L, index) == LUA_TNUMBER) {
        const char *got = scn_describe(L, index);
        scn_fail(L, "%s: %s must be a time with a unit, such as \"1.5s\" or \"200ms\", got %s",
                 what, field->name, got);
    }
    if (lua_type(L, index) != LUA_TSTRING)
        fail_type(L, index, what, field, "a time such as \"1.5s\" or \"200ms\"");
    const char *text = lua_tostring(L, index);
    plan_ns value;
    if (text[0] == '-')
        scn_fail(L, "%s: %s is negative: '%s', must be %s%s", what, field->name, text,
                 push_range(L, field), push_hint(L, field));
    if (strlen(text) != lua_rawlen(L, index) || !plan_parse_duration(text, &value))
        scn_fail(L,
                 "%s: %s is '%s', must be a time in %s with a unit (ns us ms s m h d), such as "
                 "\"1.5s\" or \"2h30m\"",
                 what, field->name, text, push_range(L, field));
    return in_range(L, value, what, field);
}

static int64_t read_size(lua_State *L, int index, const char *what, const struct scn_field *field)
{
    int64_t bytes = 0;
    if ((field->type == SCN_RATE || field->type == SCN_SIZE) && lua_isinteger(L, index))
        return in_range(L, lua_tointeger(L, index), what, field);
    if (lua_type(L, index) != LUA_TSTRING)
        fail_type(L, index, what, field, "a size with a unit, such as \"64KiB\"");
    const char *text = lua_tostring(L, index);
    if (text[0] == '-')
        fail_range(L, what, field, text);
    if (!parse_size(text, field->type == SCN_RATE ? "/s" : "", &bytes))
        scn_fail(L,
                 "%s: %s is '%s', must be a size in %s with a unit (B KB MB GB TB KiB MiB GiB "
                 "TiB), such as \"64KiB\"",
                 what, field->name, text, push_range(L, field));
    if (field->type == SCN_MIB) {
        if (bytes % (1 << 20) != 0)
            scn_fail(L, "%s: %s is '%s', must be whole MiB; %s are near", what, field->name, text,
                     push_amount(L, SCN_MIB, (bytes >> 20) + 1));
        bytes >>= 20;
    }
    return in_range(L, bytes, what, field);
}

static int64_t read_milli(lua_State *L, int index, const char *what, const struct scn_field *field)
{
    if (lua_type(L, index) != LUA_TNUMBER)
        fail_type(L, index, what, field,
                  lua_pushfstring(L, "a number in %s", push_range(L, field)));
    lua_Number milli = lua_tonumber(L, index) * 1000.0;
    if (!(fabs(milli) < 1e15) || fabs(milli - nearbyint(milli)) > 1e-6)
        scn_fail(L, "%s: %s is %f, must be a multiple of 0.001 in %s", what, field->name,
                 milli / 1000.0, push_range(L, field));
    return in_range(L, (int64_t)nearbyint(milli), what, field);
}

int64_t scn_value(lua_State *L, int index, const char *what, const struct scn_field *field)
{
    switch (field->type) {
    case SCN_INT:
        return read_integer(L, index, what, field);
    case SCN_TIME:
        return read_time(L, index, what, field);
    case SCN_BYTES:
    case SCN_RATE:
    case SCN_SIZE:
    case SCN_MIB:
        return read_size(L, index, what, field);
    case SCN_MILLI:
        return read_milli(L, index, what, field);
    case SCN_FLAG:
        if (lua_type(L, index) != LUA_TBOOLEAN)
            fail_type(L, index, what, field, "true or false");
        return lua_toboolean(L, index);
    case SCN_YES:
        if (lua_type(L, index) == LUA_TBOOLEAN)
            return lua_toboolean(L, index);
        if (!lua_isinteger(L, index))
            fail_type(L, index, what, field, "true or false");
        return in_range(L, lua_tointeger(L, index), what, field);
    case SCN_OTHER:
        break;
    }
    assert(false);
    return 0;
}

bool scn_is_text(lua_State *L, int index)
{
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    bool well = size > 0 && size <= PLAN_NAME_BYTES_MAX;
    for (size_t i = 0; well && i < size; i++)
        well = (unsigned char)text[i] >= 32 && text[i] != 127;
    return well;
}

const char *scn_text(lua_State *L, int index, const char *what)
{
    if (lua_type(L, index) != LUA_TSTRING) {
        const char *got = scn_describe(L, index);
        scn_fail(L, "%s must be a string, got %s", what, got);
    }
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    if (size == 0 || size > PLAN_NAME_BYTES_MAX)
        scn_fail(L, "%s has %d bytes, must have 1..%d", what, (int)size, PLAN_NAME_BYTES_MAX);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 32 || text[i] == 127)
            scn_fail(L, "%s '%s' has a control character; use printable ones", what, text);
    return scn_keep_text(L, index);
}

/* ---- tables of fields */

void scn_table(lua_State *L, int index, const char *what, const char *form)
{
    if (lua_type(L, index) == LUA_TTABLE)
        return;
    const char *got = scn_describe(L, index);
    scn_fail(L, "%s needs a table, got %s; write %s", what, got, form);
}

static bool is_field(const char *key, const struct scn_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(key, fields[i].name) == 0)
            return true;
    return false;
}

static noreturn void fail_key(lua_State *L, const char *key, const char *what,
                              const struct scn_field *fields, size_t count)
{
    const char *names[PLAN_SETTING_COUNT + 16];
    assert(count <= sizeof names / sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = fields[i].name;
    scn_fail(L, "%s: unknown key '%s'%s", what, key, scn_suggest(L, key, names, count));
}

/* Of several wrong keys the first by name is told: Lua's own order is not the same on each run. */
static void refuse_unknown_keys(lua_State *L, int table, const char *what,
                                const struct scn_field *fields, size_t count, bool list)
{
    const char *wrong = NULL;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            const char *key = lua_tostring(L, -2); /* in the table, so it lives */
            if (!is_field(key, fields, count) && (wrong == NULL || strcmp(key, wrong) < 0))
                wrong = key;
        } else if (!list || !lua_isinteger(L, -2)) {
            lua_pop(L, 1);
            if (lua_isinteger(L, -1)) {
                lua_rawget(L, table);
                scn_fail(L, "%s: %s has no name; write field = value", what, scn_describe(L, -1));
            }
            scn_fail(L, "%s: %s is no key", what, scn_describe(L, -1));
        }
    }
    if (wrong != NULL)
        fail_key(L, wrong, what, fields, count);
}

void scn_fields(lua_State *L, int table, const char *what, const struct scn_field *fields,
                size_t count, bool list, int64_t *out)
{
    assert(table > 0); /* absolute */
    luaL_checkstack(L, 20, NULL);
    refuse_unknown_keys(L, table, what, fields, count, list);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].type == SCN_OTHER)
            continue;
        lua_pushstring(L, fields[i].name);
        if (lua_rawget(L, table) != LUA_TNIL)
            out[i] = scn_value(L, lua_gettop(L), what, &fields[i]);
        else if (fields[i].def == SCN_REQUIRED)
            scn_fail(L, "%s: %s is missing; write %s = %s", what, fields[i].name, fields[i].name,
                     fields[i].type == SCN_INT ? "a number" : "a value");
        else
            out[i] = fields[i].def;
        lua_pop(L, 1);
    }
}
