/*
 * sandbox.c -- what stays of Lua's own library, made the same on each run.
 *
 * This room is for: sorted pairs and next, a stable table.sort, our dice, text without addresses.
 * It may include:   the C library, Lua, host.h.
 * Never here:       words of ours.
 *
 * Invariant: nothing a scenario can call shows an address, a clock, the order of a hash table, or
 * another library's random numbers. Stock Lua 5.4 iterates string keys in an order that changes
 * from run to run, and its table.sort looks at the clock when a partition is lopsided.
 */
#include "host.h"

#include <assert.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

/* ---- sorted pairs and next */

struct key {
    enum { KEY_NUMBER, KEY_STRING, KEY_BOOLEAN } type;
    bool is_integer, flag;
    lua_Integer integer;
    lua_Number number;
    const char *text; /* lives as long as it is a key */
    size_t size;
};

static struct key read_key(lua_State *L, int index)
{
    struct key key = {.type = KEY_NUMBER};
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        key.is_integer = lua_isinteger(L, index);
        key.integer = key.is_integer ? lua_tointeger(L, index) : 0;
        key.number = lua_tonumber(L, index);
        return key;
    case LUA_TSTRING:
        key.type = KEY_STRING;
        key.text = lua_tolstring(L, index, &key.size);
        return key;
    case LUA_TBOOLEAN:
        key.type = KEY_BOOLEAN;
        key.flag = lua_toboolean(L, index);
        return key;
    default:
        scn_fail(L,
                 "pairs: %s is a key, and has no order; use numbers, strings or booleans as keys",
                 scn_describe(L, index));
    }
}

/* A total order: numbers by value, then strings by bytes, then false and true. */
static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->type == KEY_BOOLEAN)
        return (int)a->flag - (int)b->flag;
    if (a->type == KEY_STRING) {
        int order = memcmp(a->text, b->text, a->size < b->size ? a->size : b->size);
        return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
    }
    if (a->is_integer && b->is_integer)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (int)b->is_integer - (int)a->is_integer;
}

static void push_key(lua_State *L, const struct key *key)
{
    if (key->type == KEY_STRING)
        lua_pushlstring(L, key->text, key->size);
    else if (key->type == KEY_BOOLEAN)
        lua_pushboolean(L, key->flag);
    else if (key->is_integer)
        lua_pushinteger(L, key->integer);
    else
        lua_pushnumber(L, key->number);
}

static int
pairs_next(lua_State *L) /* upvalues: the table, its keys in order, how many were given */
{
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(3));
    for (;;) {
        if (lua_rawgeti(L, lua_upvalueindex(2), ++at) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) /* it may be gone by now */
            break;
        lua_pop(L, 2);
    }
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

static void check_plain_table(lua_State *L, const char *what)
{
    if (lua_type(L, 1) == LUA_TTABLE)
        return;
    const char *got = scn_describe(L, 1);
    if (lua_type(L, 1) == LUA_TUSERDATA && scn_view_copy(L, 1))
        scn_fail(L,
                 "%s needs a table of your own, and what a scheduler is shown is read-only; copy it first: for i, item in ipairs(list) do "
                 "own[i] = item end",
                 what);
    scn_fail(L, "%s needs a table, got %s", what, got);
}

static int sorted_pairs(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TUSERDATA && scn_view_copy(L, 1))
        lua_replace(L, 1);
    check_plain_table(L, "pairs");
    lua_settop(L, 1);
    size_t count = 0, filled = 0;
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1))
        count++;
    struct key *keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1))
        keys[filled++] = read_key(L, -2);
    assert(filled == count);
    qsort(keys, count, sizeof *keys, compare_keys);
    lua_pushvalue(L, 1);
    lua_createtable(L, (int)(count < INT32_MAX ? count : 0), 0);
    for (size_t i = 0; i < count; i++) {
        push_key(L, &keys[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, pairs_next, 3);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* The smallest key above the one given: looks at all of them, keeps nothing, so it is right
 * whatever changed between. */
static int sorted_next(lua_State *L)
{
    check_plain_table(L, "next");
    lua_settop(L, 2);
    bool has_after = !lua_isnil(L, 2), found = false;
    struct key after = {.type = KEY_NUMBER}, best = after;
    if (has_after)
        after = read_key(L, 2);
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        struct key key = read_key(L, -2);
        if ((has_after && compare_keys(&key, &after) <= 0) ||
            (found && compare_keys(&key, &best) >= 0))
            continue;
        best = key;
        found = true;
    }
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    push_key(L, &best);
    lua_pushvalue(L, -1);
    lua_rawget(L, 1);
    return 2;
}

/* ---- a stable sort */

static bool comes_before(lua_State *L, lua_Integer a, lua_Integer b,
                         int from) /* from[a] < from[b] */
{
    bool less;
    lua_rawgeti(L, from, a);
    lua_rawgeti(L, from, b);
    if (lua_isnil(L, 2)) {
        less = lua_compare(L, -2, -1, LUA_OPLT);
        lua_pop(L, 2);
        return less;
    }
    lua_pushvalue(L, 2);
    lua_insert(L, -3);
    lua_call(L, 2, 1);
    less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

static void copy_item(lua_State *L, int from, lua_Integer at, int to, lua_Integer where)
{
    lua_rawgeti(L, from, at);
    lua_rawseti(L, to, where);
}

static void merge_runs(lua_State *L, int from, int to, lua_Integer lo, lua_Integer mid,
                       lua_Integer hi)
{
    lua_Integer a = lo, b = mid;
    for (lua_Integer at = lo; at < hi; at++) {
        bool right =
            b < hi && (a == mid || comes_before(L, b, a, from)); /* of equals, the left one */
        copy_item(L, from, right ? b++ : a++, to, at);
    }
}

static int stable_sort(lua_State *L)
{
    check_plain_table(L, "table.sort");
    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_Integer count = (lua_Integer)lua_rawlen(L, 1);
    lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0);
    int from = 1, to = 3;
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer lo = 1; lo <= count; lo += 2 * width) {
            lua_Integer mid = lo + width <= count + 1 ? lo + width : count + 1;
            lua_Integer hi = lo + 2 * width <= count + 1 ? lo + 2 * width : count + 1;
            merge_runs(L, from, to, lo, mid, hi);
        }
        int swap = from;
        from = to;
        to = swap;
    }
    for (lua_Integer i = 1; from != 1 && i <= count; i++)
        copy_item(L, from, i, 1, i);
    return 0;
}

int scn_sort(lua_State *L) { return stable_sort(L); }

/* ---- text without addresses */

/* Pushes what tostring() gives: a table, a function and the like only say what they are. */
static void push_text(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TTABLE:
    case LUA_TFUNCTION:
    case LUA_TTHREAD:
    case LUA_TLIGHTUSERDATA:
        lua_pushstring(L, luaL_typename(L, index));
        break;
    default:
        luaL_tolstring(L, index, NULL);
        break;
    }
}

static int plain_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    push_text(L, 1);
    return 1;
}

static bool has_pointer(const char *format)
{
    for (const char *at = strchr(format, '%'); at != NULL; at = strchr(at, '%')) {
        at += 1 + strspn(at + 1, "-+ #0123456789.");
        if (*at == 'p')
            return true;
        if (*at != '\0')
            at++;
    }
    return false;
}

static int plain_format(lua_State *L) /* upvalue: Lua's own */
{
    int count = lua_gettop(L);
    if (has_pointer(luaL_checkstring(L, 1)))
        scn_fail(L, "string.format: '%%p' shows an address, which changes from run to run; name "
                    "the thing instead");
    luaL_checkstack(L, count + 2, NULL);
    for (int i = 2; i <= count; i++) {
        int type = lua_type(L, i);
        if (type != LUA_TTABLE && type != LUA_TFUNCTION)
            continue;
        push_text(L, i);
        lua_replace(L, i);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, count, 1);
    return 1;
}

/* ---- dice */

/* SplitMix64: the same numbers on each load, on each machine. */
static uint64_t roll(struct scn_host *host)
{
    uint64_t z = host->dice += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t roll_below(struct scn_host *host, uint64_t limit) /* 0: 2^64 */
{
    uint64_t cut = limit == 0 ? 0 : UINT64_MAX - UINT64_MAX % limit, draw = roll(host);
    while (cut != 0 && draw >= cut)
        draw = roll(host);
    return limit == 0 ? draw : draw % limit;
}

static int dice_random(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    if (lua_gettop(L) == 0) {
        lua_pushnumber(L, (lua_Number)(roll(host) >> 11) * 0x1p-53);
        return 1;
    }
    lua_Integer lo = lua_gettop(L) > 1 ? luaL_checkinteger(L, 1) : 1;
    lua_Integer hi = luaL_checkinteger(L, lua_gettop(L) > 1 ? 2 : 1);
    if (lo > hi)
        scn_fail(L, "math.random: the interval %I..%I is empty; swap its ends", (LUAI_UACINT)lo,
                 (LUAI_UACINT)hi);
    lua_pushinteger(
        L, (lua_Integer)((uint64_t)lo + roll_below(host, (uint64_t)hi - (uint64_t)lo + 1)));
    return 1;
}

static int dice_seed(lua_State *L)
{
    scn_host(L)->dice = (uint64_t)luaL_checkinteger(L, 1);
    return 0;
}

/* ---- the library */

static int unknown_function(lua_State *L) /* upvalues: the library's functions, its name */
{
    const char *library = lua_tostring(L, lua_upvalueindex(2));
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : scn_describe(L, 2);
    const char *names[64];
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, lua_upvalueindex(1)) != 0; lua_pop(L, 1)) {
        assert(count < sizeof names / sizeof *names);
        names[count++] = lua_tostring(L, -2);
    }
    for (size_t i = 1; i < count; i++) /* by name: of equally near ones the first is told */
        for (size_t k = i; k > 0 && strcmp(names[k - 1], names[k]) > 0; k--) {
            const char *swap = names[k];
            names[k] = names[k - 1];
            names[k - 1] = swap;
        }
    const char *nearest = scn_nearest(key, names, count);
    if (nearest != NULL)
        scn_fail(L, "%s has no '%s' in a scenario; did you mean '%s'?", library, key, nearest);
    scn_fail(L, "%s has no '%s' in a scenario", library, key);
}

static int assigned_function(lua_State *L)
{
    scn_fail(L, "Lua's library is read-only; write a local function");
}

static const char *const string_names[] = {"byte",    "char", "find",  "format", "gmatch",
                                           "gsub",    "len",  "lower", "match",  "rep",
                                           "reverse", "sub",  "upper", NULL};
static const char *const table_names[] = {"concat", "insert", "move", "pack",
                                          "remove", "unpack", NULL};
static const char *const math_names[] = {
    "abs", "ceil", "cos",        "deg",       "exp",        "floor", "fmod", "huge",
    "log", "max",  "maxinteger", "min",       "mininteger", "modf",  "pi",   "rad",
    "sin", "sqrt", "tan",        "tointeger", "type",       "ult",   NULL};
static const char *const base_names[] = {"assert",   "error", "ipairs", "select",
                                         "tonumber", "type",  NULL};

static void copy_names(lua_State *L, int from, int to, const char *const *names)
{
    for (; *names != NULL; names++) {
        lua_getfield(L, from, *names);
        assert(!lua_isnil(L, -1));
        lua_setfield(L, to, *names);
    }
}

/* Opens one of Lua's libraries and pushes a table with only these names of it. */
static int push_library(lua_State *L, const char *name, lua_CFunction open,
                        const char *const *names)
{
    lua_pushcfunction(L, open);
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
    int full = lua_gettop(L);
    lua_newtable(L);
    copy_names(L, full, full + 1, names);
    lua_remove(L, full);
    return full;
}

/* Puts an empty table in front of the one on top, so that the scenario cannot change it, and makes
 * it a global. */
static void seal_library(lua_State *L, int globals, const char *name)
{
    int functions = lua_gettop(L);
    lua_newtable(L);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, functions);
    lua_pushstring(L, name);
    lua_pushcclosure(L, unknown_function, 2);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, functions);
    lua_pushvalue(L, functions);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, assigned_function);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_setfield(L, globals, name);
    lua_settop(L, functions - 1);
}

static void open_string(lua_State *L, int globals)
{
    int library = push_library(L, "string", luaopen_string, string_names);
    lua_getfield(L, library, "format");
    lua_pushcclosure(L, plain_format, 1);
    lua_setfield(L, library, "format");
    lua_pushliteral(L, ""); /* ("x"):rep(3) finds the same functions */
    lua_getmetatable(L, -1);
    lua_pushvalue(L, library);
    lua_setfield(L, -2, "__index");
    lua_settop(L, library);
    seal_library(L, globals, "string");
}

static void open_table(lua_State *L, int globals)
{
    int library = push_library(L, "table", luaopen_table, table_names);
    lua_pushcfunction(L, stable_sort);
    lua_setfield(L, library, "sort");
    seal_library(L, globals, "table");
}

static void open_math(lua_State *L, int globals)
{
    int library = push_library(L, "math", luaopen_math, math_names);
    lua_pushcfunction(L, dice_random);
    lua_setfield(L, library, "random");
    lua_pushcfunction(L, dice_seed);
    lua_setfield(L, library, "randomseed");
    seal_library(L, globals, "math");
}

void scn_sandbox_open(lua_State *L, int globals)
{
    int library = push_library(L, "_G", luaopen_base, base_names);
    copy_names(L, library, globals, base_names);
    lua_pop(L, 1);
    static const luaL_Reg own[] = {
        {"pairs", sorted_pairs}, {"next", sorted_next}, {"tostring", plain_tostring}, {NULL, NULL}};
    lua_pushvalue(L, globals);
    luaL_setfuncs(L, own, 0);
    lua_pop(L, 1);
    open_string(L, globals);
    open_table(L, globals);
    open_math(L, globals);
}
