/*
 * scheduler.c -- a scheduler in Lua: what it is shown, what it decides, and the words for that.
 *
 * This room is for: scheduler { ... }, decisions as values and as flat data. What it is shown is view.c's.
 * It may include:   the C library, Lua, host.h, view.h; of the core the placement's types alone.
 * Never here:       the core's machines, the simulator.
 *
 * The sandbox is a scenario's: sorted pairs, our dice, no clock, a limit of steps for each plan.
 *
 * The text of a scheduler is part of the plan, so that a run can be replayed from its header alone. Text is what it was read from:
 * its own file, or the scenario that it stands in, of which then only the scheduler is used.
 */
#define _POSIX_C_SOURCE 200809L
#include "host.h"
#include "trace/trace.h"
#include "view.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { SCHEDULER_BYTES_MAX = 1 << 20 };
#define KEY_FUNCTION "scn.on_plan"
#define KEY_DECISION "scn.decision"

/* Built-in placement in an order of one's own, and one's own placement in the order of the queue. */
static const char sugar[] = "local order, place, launch, sort = ...\n"
                            "if order then return function(view)\n"
                            "  local queue, plan = {}, {}\n"
                            "  for i = 1, #view.waiting do queue[i] = view.waiting[i] end\n"
                            "  sort(queue, order)\n"
                            "  for i = 1, #queue do\n"
                            "    local gang = queue[i]\n"
                            "    local places = view:first_fit(gang)\n"
                            "    if #places > 0 then plan[#plan + 1] = launch(gang, places) end\n"
                            "    if #places < gang.missing then break end\n"
                            "  end\n"
                            "  return plan\n"
                            "end end\n"
                            "return function(view)\n"
                            "  local plan = {}\n"
                            "  for i = 1, #view.waiting do\n"
                            "    local gang = view.waiting[i]\n"
                            "    local places = place(gang, view.executors) or {}\n"
                            "    if #places > 0 then plan[#plan + 1] = launch(gang, places) end\n"
                            "    if #places < gang.missing then break end\n"
                            "  end\n"
                            "  return plan\n"
                            "end\n";

static bool is_of(lua_State *L, int index, const char *key)
{
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, key);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

static void check_gang(lua_State *L, const char *word)
{
    if (!scn_is_gang(L, 1))
        scn_fail(L, "%s: the first argument must be a gang of the view, got %s", word,
                 scn_describe(L, 1));
}

/* ---- decisions: { kind, job, stage, reason or time, rank, count, executor, ... } */
static void begin_decision(lua_State *L, enum gang_decision_kind kind, bool of_gang, int64_t value)
{
    const struct gang_view_gang *gang = of_gang ? scn_view_gang(L, 1) : NULL;
    const int64_t head[] = {kind, of_gang ? gang->job : 0, of_gang ? gang->stage : 0, value};
    lua_createtable(L, 8, 0);
    for (int i = 0; i < 4; i++) {
        lua_pushinteger(L, head[i]);
        lua_rawseti(L, -2, i + 1);
    }
    luaL_setmetatable(L, KEY_DECISION);
}

static void add_range(lua_State *L, int64_t rank, int64_t count, int64_t executor)
{
    lua_Integer at = (lua_Integer)lua_rawlen(L, -1);
    const int64_t range[] = {rank, count, executor};
    for (int i = 0; i < 3; i++) {
        lua_pushinteger(L, range[i]);
        lua_rawseti(L, -2, at + i + 1);
    }
}

static int64_t item(lua_State *L, int list, lua_Integer at, const char *word, const char *what)
{
    int64_t value = 0;
    lua_geti(L, list, at);
    if (lua_type(L, -1) == LUA_TTABLE)
        lua_getfield(L, -1, "index");
    int is_int = scn_view_executor_id(L, -1, &value);
    if (!is_int)
        value = lua_tointegerx(L, -1, &is_int);
    if (!is_int || value < 0 || value >= PLAN_NONE)
        scn_fail(L, "%s: %s %I of the list is %s, must be a number from 0 on", word, what,
                 (LUAI_UACINT)at, scn_describe(L, -1));
    lua_settop(L, 4); /* the decision */
    return value;
}

static bool is_list(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TTABLE || scn_view_is_list(L, index);
}

/* launch(gang, executors, ranks): the i-th of these ranks, or of those that wait, goes to the i-th executor. */
static int placing(lua_State *L, enum gang_decision_kind kind, const char *word)
{
    check_gang(L, word);
    lua_settop(L, 3);
    begin_decision(L, kind, true, 0);
    if (lua_isnil(L, 2) && kind == GANG_DECIDE_LAUNCH) {
        add_range(L, 0, 0, 0);
        return 1;
    }
    if (!is_list(L, 2))
        scn_fail(L, "%s: the second argument must be a list of executors, one a task, got %s", word,
                 scn_describe(L, 2));
    if (lua_isnil(L, 3)) {
        scn_view_push_ranks(L);
        lua_replace(L, 3);
    }
    if (!is_list(L, 3))
        scn_fail(L, "%s: the third argument must be a list of ranks, got %s", word,
                 scn_describe(L, 3));
    lua_Integer count = luaL_len(L, 2), ranks = luaL_len(L, 3);
    if (count > ranks)
        scn_fail(L, "%s: %I executors for %I tasks that wait; give one executor a task", word,
                 (LUAI_UACINT)count, (LUAI_UACINT)ranks);
    for (lua_Integer i = 1, n; i <= count; i += n) {
        int64_t rank = item(L, 3, i, word, "rank"), executor = item(L, 2, i, word, "executor");
        n = 1;
        while (i + n <= count && item(L, 2, i + n, word, "executor") == executor &&
               item(L, 3, i + n, word, "rank") == rank + n)
            n++;
        add_range(L, rank, n, executor);
    }
    return 1;
}

/* Of all its ranks, or of those in the list. */
static int ending(lua_State *L, enum gang_decision_kind kind, const char *word)
{
    check_gang(L, word);
    lua_settop(L, 3);
    begin_decision(L, kind, true, 0);
    if (lua_isnil(L, 2)) {
        add_range(L, 0, 0, 0);
        return 1;
    }
    if (!is_list(L, 2))
        scn_fail(L, "%s: the second argument must be a list of ranks, got %s", word,
                 scn_describe(L, 2));
    lua_Integer count = luaL_len(L, 2);
    for (lua_Integer i = 1, n; i <= count; i += n) {
        int64_t rank = item(L, 2, i, word, "rank");
        n = 1;
        while (i + n <= count && item(L, 2, i + n, word, "rank") == rank + n)
            n++;
        add_range(L, rank, n, 0);
    }
    return 1;
}

int scn_word_launch(lua_State *L) { return placing(L, GANG_DECIDE_LAUNCH, "launch"); }
int scn_decide_hold(lua_State *L) { return placing(L, GANG_DECIDE_HOLD, "hold"); }
int scn_word_release(lua_State *L) { return ending(L, GANG_DECIDE_RELEASE, "release"); }
int scn_word_evict(lua_State *L) { return ending(L, GANG_DECIDE_EVICT, "evict"); }

int scn_decide_fail(lua_State *L)
{
    const char *name = luaL_optstring(L, 2, "given-up");
    int reason = trace_reason_parse(name);
    if (reason <= 0)
        scn_fail(
            L,
            "fail: there is no reason '%s'; take \"given-up\", or another that 'muster help' lists",
            name);
    begin_decision(L, GANG_DECIDE_FAIL, true, reason);
    add_range(L, 0, 0, 0);
    return 1;
}

int scn_word_wake_at(lua_State *L)
{
    int is_int = 0;
    int64_t at = lua_tointegerx(L, 1, &is_int);
    if (!is_int)
        scn_fail(L, "wake_at: it needs a time such as view:after \"5s\", got %s",
                 scn_describe(L, 1));
    begin_decision(L, GANG_DECIDE_WAKE, false, at);
    add_range(L, 0, 0, 0);
    return 1;
}

/* ---- scheduler { ... } */
static void keep_function(lua_State *L, int table)
{
    static const char *const names[] = {"on_plan", "order", "place"};
    int given = -1;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        int which = -1;
        for (int i = 0; i < 3; i++)
            which = strcmp(key, names[i]) == 0 ? i : which;
        if (which < 0)
            scn_fail(L, "scheduler: there is no field '%s'%s", key, scn_suggest(L, key, names, 3));
        if (lua_type(L, -1) != LUA_TFUNCTION)
            scn_fail(L, "scheduler: '%s' must be a function, got %s", key, scn_describe(L, -1));
        if (given >= 0)
            scn_fail(L, "scheduler: there are both '%s' and '%s'; one of them decides",
                     names[given], key);
        given = which;
    }
    if (given < 0)
        scn_fail(L, "scheduler: it decides nothing; give it on_plan = function(view) return { } "
                    "end, or order, or place");
    if (given == 0) {
        lua_getfield(L, table, "on_plan");
    } else {
        if (luaL_loadbufferx(L, sugar, sizeof sugar - 1, "=scheduler", "t") != LUA_OK)
            lua_error(L);
        lua_getfield(L, table, "order");
        lua_getfield(L, table, "place");
        lua_pushcfunction(L, scn_word_launch);
        lua_pushcfunction(L, scn_sort);
        lua_call(L, 4, 1);
    }
    lua_setfield(L, LUA_REGISTRYINDEX, KEY_FUNCTION);
}

/* "name=value", a line each. */
static const char *join_params(lua_State *L, const struct scn_param *params, size_t count)
{
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (size_t i = 0; i < count; i++) {
        luaL_addstring(&out, params[i].name);
        luaL_addchar(&out, '=');
        luaL_addstring(&out, params[i].value);
        luaL_addchar(&out, '\n');
    }
    luaL_pushresult(&out);
    return scn_keep_text(L, -1);
}

/* The parameters of the table there, in the order of their names. */
static const char *table_params(lua_State *L, int table)
{
    const char *names[SCN_PARAMS_MAX];
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || count == SCN_PARAMS_MAX)
            scn_fail(
                L,
                "scheduler: its parameters are a table such as { timeout = \"5s\" }, of at most %d",
                SCN_PARAMS_MAX);
        names[count++] = lua_tostring(L, -2);
    }
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && strcmp(names[k - 1], names[k]) > 0; k--) {
            const char *swap = names[k];
            names[k] = names[k - 1];
            names[k - 1] = swap;
        }
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (size_t i = 0; i < count; i++) {
        luaL_addstring(&out, names[i]);
        luaL_addchar(&out, '=');
        lua_getfield(L, table, names[i]);
        luaL_tolstring(L, -1, NULL);
        lua_remove(L, -2);
        luaL_addvalue(&out);
        luaL_addchar(&out, '\n');
    }
    luaL_pushresult(&out);
    return scn_keep_text(L, -1);
}

/* The file lies where the scenario says, seen from where it lies itself. */
static void take_file(lua_State *L, struct scn_host *host)
{
    const char *slash = strrchr(host->path, '/'), *name = luaL_checkstring(L, 1);
    if (name[0] == '/')
        slash = NULL;
    lua_pushlstring(L, host->path, slash != NULL ? (size_t)(slash - host->path) + 1 : 0);
    const char *path = lua_pushfstring(L, "%s%s", lua_tostring(L, -1), name);
    host->scheduler_file = scn_keep_text(L, -1);
    host->file = fopen(path, "rb");
    if (host->file == NULL)
        scn_fail(L, "scheduler: '%s' cannot be read: %s", path, strerror(errno));
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (size_t got = 1, all = 0; got > 0; all += got) {
        char *room = luaL_prepbuffer(&out);
        got = fread(room, 1, LUAL_BUFFERSIZE, host->file);
        luaL_addsize(&out, got);
        if (all > SCHEDULER_BYTES_MAX)
            scn_fail(L, "scheduler: '%s' is larger than %d bytes", path, SCHEDULER_BYTES_MAX);
    }
    fclose(host->file);
    host->file = NULL;
    luaL_pushresult(&out);
    host->scheduler_text = scn_keep_text(L, -1);
}

/* "timeout=5s", a line each: the form that a plan keeps. */
static void check_param_lines(lua_State *L, const char *text)
{
    size_t count = 0;
    for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1, count++) {
        const char *value = strchr(at, '='), *end = strchr(at, '\n');
        if (end == NULL || value == NULL || value == at || value > end || count == SCN_PARAMS_MAX)
            scn_fail(L, "scheduler: params must be at most %d lines such as \"timeout=5s\\n\", got %s", SCN_PARAMS_MAX,
                     scn_describe(L, -1));
    }
}

/* scheduler { text = "...", file = "easy.lua", params = "timeout=5s\n" }: as a plan has it, and is told back. False: it is not that. */
static bool take_text(lua_State *L, struct scn_host *host)
{
    const struct {
        const char *name, **kept;
    } fields[] = {{"text", &host->scheduler_text}, {"file", &host->scheduler_file}, {"params", &host->scheduler_params}};
    static const char *const names[] = {"text", "file", "params"};
    lua_getfield(L, 1, "text");
    bool has_text = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!has_text)
        return false;
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        size_t i = 0;
        while (i < 3 && strcmp(key, names[i]) != 0)
            i++;
        if (i == 3)
            scn_fail(L, "scheduler: there is no field '%s' beside 'text'%s", key, scn_suggest(L, key, names, 3));
        if (lua_type(L, -1) != LUA_TSTRING || strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
            scn_fail(L, "scheduler: '%s' must be a text, got %s", key, scn_describe(L, -1));
        if (i == 2)
            check_param_lines(L, lua_tostring(L, -1));
        *fields[i].kept = scn_keep_text(L, -1);
    }
    if (host->scheduler_file == NULL)
        scn_fail(L, "scheduler: there is 'text', but no 'file'; say what it was read from, for what it may complain of");
    if (strlen(host->scheduler_text) > SCHEDULER_BYTES_MAX)
        scn_fail(L, "scheduler: its text is larger than %d bytes", SCHEDULER_BYTES_MAX);
    return true;
}

static void refuse_foreign(lua_State *L, const struct scn_host *host)
{
    if (host->is_scheduler)
        scn_fail(L, "scheduler: a scheduler's own file must define it, as scheduler { on_plan = ... }");
}

int scn_word_scheduler(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    int line = scn_line(L);
    if (host->scheduler_line != 0)
        scn_fail(L, "scheduler: there is one already, on line %d; a cluster has one",
                 host->scheduler_line);
    host->scheduler_line = line;
    if (lua_type(L, 1) == LUA_TSTRING) {
        refuse_foreign(L, host);
        lua_settop(L, 2);
        take_file(L, host);
        if (!lua_isnil(L, 2))
            scn_table(L, 2, "scheduler's parameters",
                      "scheduler(\"easy.lua\", { timeout = \"5s\" })");
        host->scheduler_params = lua_isnil(L, 2) ? NULL : table_params(L, 2);
        return 0;
    }
    scn_table(L, 1, "scheduler", "scheduler { on_plan = function(view) return { } end }");
    lua_settop(L, 1);
    if (take_text(L, host)) {
        refuse_foreign(L, host);
        return 0;
    }
    keep_function(L, 1);
    if (host->is_scheduler)
        return 0;
    lua_pushlstring(L, host->text, host->text_size);
    host->scheduler_text = scn_keep_text(L, -1);
    host->scheduler_file = host->path;
    host->scheduler_params =
        host->param_count > 0 ? join_params(L, host->params, host->param_count) : NULL;
    return 0;
}

void scn_scheduler_classes(lua_State *L)
{
    scn_view_classes(L);
    luaL_newmetatable(L, KEY_DECISION);
    lua_pop(L, 1);
}

/* ---- one plan */
static int64_t raw(lua_State *L, int table, lua_Integer at)
{
    lua_rawgeti(L, table, at);
    int64_t value = lua_tointeger(L, -1);
    lua_pop(L, 1);
    return value;
}

static void take_decision(lua_State *L, struct scn_call *call, int table)
{
    lua_Integer items = (lua_Integer)lua_rawlen(L, table);
    int64_t value = raw(L, table, 4);
    for (lua_Integer at = 5; at + 2 <= items; at += 3) {
        if (call->count == call->capacity)
            scn_fail(L, "the plan has more than %I decisions; decide about each task once",
                     (LUAI_UACINT)call->capacity);
        struct gang_decision *out = &call->out[call->count++];
        *out = (struct gang_decision){.kind = (uint32_t)raw(L, table, 1),
                                      .job = (uint32_t)raw(L, table, 2),
                                      .stage = (uint32_t)raw(L, table, 3),
                                      .rank = (uint32_t)raw(L, table, at),
                                      .count = (uint32_t)raw(L, table, at + 1),
                                      .executor = (uint32_t)raw(L, table, at + 2)};
        if (out->kind == GANG_DECIDE_WAKE)
            out->at_ns = value;
        else
            out->reason = (uint32_t)value;
    }
}

bool scn_has_on_plan(lua_State *L)
{
    bool has = lua_getfield(L, LUA_REGISTRYINDEX, KEY_FUNCTION) == LUA_TFUNCTION;
    lua_pop(L, 1);
    return has;
}

int scn_scheduler_call(lua_State *L)
{
    struct scn_call *call = lua_touserdata(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, KEY_FUNCTION);
    scn_view_push(L, call->plan, call->view);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1))
        return 0;
    if (lua_type(L, -1) != LUA_TTABLE)
        scn_fail(L,
                 "the scheduler's plan must be a list such as { launch(gang, places) }, or "
                 "nothing, got %s",
                 scn_describe(L, -1));
    int list = lua_gettop(L);
    lua_Integer count = (lua_Integer)lua_rawlen(L, list);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, list, i);
        if (!is_of(L, list + 1, KEY_DECISION))
            scn_fail(L,
                     "item %I of the plan is %s, must be what launch, hold, release, evict, fail "
                     "or wake_at gives",
                     (LUAI_UACINT)i, scn_describe(L, list + 1));
        take_decision(L, call, list + 1);
        lua_settop(L, list);
    }
    return 0;
}
