/*
 * scheduler.c -- a scheduler in Lua: what it is shown, what it decides, and the words for that.
 *
 * This room is for: scheduler { ... }, the view as tables, decisions as values and as flat data.
 * It may include:   the C library, Lua, host.h; of the core the placement's types alone.
 * Never here:       the core's machines, the simulator.
 *
 * The tables of a view are the scheduler's own: it may change them, and take from what is free as it plans; the next view is made
 * anew from the driver's books. The sandbox is a scenario's: sorted pairs, our dice, no clock, a limit of steps for each plan.
 *
 * The text of a scheduler is part of the plan, so that a run can be replayed from its header alone. Text is what it was read from:
 * its own file, or the scenario that it stands in, of which then only the scheduler is used.
 */
#define _POSIX_C_SOURCE 200809L
#include "host.h"
#include "trace/trace.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { SCHEDULER_BYTES_MAX = 1 << 20, SCN_KIND_GANG = PLAN_STAGE_BARRIER };
#define KEY_FUNCTION "scn.on_plan"
#define KEY_GANG     "scn.gang"
#define KEY_EXECUTOR "scn.executor"
#define KEY_VIEW     "scn.view"
#define KEY_DECISION "scn.decision"

static const char *const state_names[] = {"waiting", "holding", "launching", "running", "ending"};

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

/* ---- reading our own tables */
static int64_t get(lua_State *L, int table, const char *key)
{
    lua_getfield(L, table, key);
    int64_t value = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    lua_pop(L, 1);
    return value;
}

static void set(lua_State *L, const char *key, int64_t value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

static void set_text(lua_State *L, const char *key, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static bool is_of(lua_State *L, int index, const char *key)
{
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, key);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

bool scn_is_gang(lua_State *L, int index) { return is_of(L, index, KEY_GANG); }

static void check_gang(lua_State *L, const char *word)
{
    if (!scn_is_gang(L, 1))
        scn_fail(L, "%s: the first argument must be a gang of the view, got %s", word,
                 scn_describe(L, 1));
}

/* ---- room: methods of executors and of the view */
struct room {
    int64_t cores, memory, gpus;
};

static struct room need_of(lua_State *L, int gang)
{
    return (struct room){get(L, gang, "cores"), get(L, gang, "memory"), get(L, gang, "gpu_milli")};
}

static int64_t fits(lua_State *L, int executor, const struct room *need)
{
    int64_t most = INT32_MAX;
    lua_getfield(L, executor, "offered");
    bool offered = lua_toboolean(L, -1);
    lua_pop(L, 1);
    const struct room free = {get(L, executor, "cores"), get(L, executor, "memory"),
                              get(L, executor, "gpu_milli")};
    if (need->cores > 0 && free.cores / need->cores < most)
        most = free.cores / need->cores;
    if (need->memory > 0 && free.memory / need->memory < most)
        most = free.memory / need->memory;
    if (need->gpus > 0 && free.gpus / need->gpus < most)
        most = free.gpus / need->gpus;
    return offered && most > 0 ? most : 0;
}

static void take(lua_State *L, int executor, const struct room *need, int64_t tasks)
{
    lua_pushvalue(L, executor);
    set(L, "cores", get(L, executor, "cores") - tasks * need->cores);
    set(L, "memory", get(L, executor, "memory") - tasks * need->memory);
    set(L, "gpu_milli", get(L, executor, "gpu_milli") - tasks * need->gpus);
    lua_pop(L, 1);
}

static void check_executor(lua_State *L, const char *word)
{
    if (!is_of(L, 1, KEY_EXECUTOR))
        scn_fail(L, "%s: call it as executor:%s(gang)", word, word);
    if (!scn_is_gang(L, 2))
        scn_fail(L, "%s: it needs a gang of the view, got %s", word, scn_describe(L, 2));
}

static int executor_fits(lua_State *L)
{
    check_executor(L, "fits");
    const struct room need = need_of(L, 2);
    lua_pushinteger(L, fits(L, 1, &need));
    return 1;
}

static int executor_take(lua_State *L)
{
    check_executor(L, "take");
    const struct room need = need_of(L, 2);
    take(L, 1, &need, luaL_optinteger(L, 3, 1));
    return 0;
}

static int executor_give(lua_State *L)
{
    check_executor(L, "give");
    const struct room need = need_of(L, 2);
    take(L, 1, &need, -luaL_optinteger(L, 3, 1));
    return 0;
}

static void check_view(lua_State *L, const char *word)
{
    if (!is_of(L, 1, KEY_VIEW))
        scn_fail(L, "%s: call it as view:%s(...)", word, word);
}

/* view:first_fit(gang, most): where as many of its tasks as may start go, and takes the room; else {} and nothing. */
static int view_first_fit(lua_State *L)
{
    check_view(L, "first_fit");
    if (!scn_is_gang(L, 2))
        scn_fail(L, "first_fit: it needs a gang of the view, got %s", scn_describe(L, 2));
    const struct room need = need_of(L, 2);
    int64_t most = luaL_optinteger(L, 3, get(L, 2, "missing")), least = get(L, 2, "least"),
            there = 0;
    lua_settop(L, 3);
    lua_getfield(L, 1, "executors");
    lua_newtable(L);
    int64_t count = (int64_t)lua_rawlen(L, 4);
    for (int64_t i = 1; i <= count && there < least; i++) {
        lua_rawgeti(L, 4, i);
        there += fits(L, lua_gettop(L), &need);
        lua_pop(L, 1);
    }
    if (there < least || least > most)
        return 1;
    int64_t placed = 0;
    for (int64_t i = 1; i <= count && placed < most; i++) {
        lua_rawgeti(L, 4, i);
        int executor = lua_gettop(L);
        int64_t here = fits(L, executor, &need), index = get(L, executor, "index");
        here = here < most - placed ? here : most - placed;
        take(L, executor, &need, here);
        lua_pop(L, 1);
        while (here-- > 0) {
            lua_pushinteger(L, index);
            lua_rawseti(L, 5, ++placed);
        }
    }
    return 1;
}

static int view_after(lua_State *L)
{
    static const struct scn_field time = {"the time", SCN_TIME,      SCN_REQUIRED,
                                          0,          PLAN_TIME_MAX, NULL};
    check_view(L, "after");
    int64_t ns = scn_value(L, 2, "after", &time);
    lua_pushinteger(L, get(L, 1, "now") + ns);
    return 1;
}

/* ---- decisions: { kind, job, stage, reason or time, rank, count, executor, ... } */
static void begin_decision(lua_State *L, enum gang_decision_kind kind, bool of_gang, int64_t value)
{
    const int64_t head[] = {kind, of_gang ? get(L, 1, "job_id") : 0,
                            of_gang ? get(L, 1, "stage_id") : 0, value};
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
    int is_int = 0;
    lua_rawgeti(L, list, at);
    if (lua_type(L, -1) == LUA_TTABLE)
        lua_getfield(L, -1, "index");
    int64_t value = lua_tointegerx(L, -1, &is_int);
    if (!is_int || value < 0 || value >= PLAN_NONE)
        scn_fail(L, "%s: %s %I of the list is %s, must be a number from 0 on", word, what,
                 (LUAI_UACINT)at, scn_describe(L, -1));
    lua_settop(L, 4); /* the decision */
    return value;
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
    if (lua_type(L, 2) != LUA_TTABLE)
        scn_fail(L, "%s: the second argument must be a list of executors, one a task, got %s", word,
                 scn_describe(L, 2));
    if (lua_isnil(L, 3)) {
        lua_getfield(L, 1, "ranks");
        lua_replace(L, 3);
    }
    if (lua_type(L, 3) != LUA_TTABLE)
        scn_fail(L, "%s: the third argument must be a list of ranks, got %s", word,
                 scn_describe(L, 3));
    lua_Integer count = (lua_Integer)lua_rawlen(L, 2), ranks = (lua_Integer)lua_rawlen(L, 3);
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
    if (lua_type(L, 2) != LUA_TTABLE)
        scn_fail(L, "%s: the second argument must be a list of ranks, got %s", word,
                 scn_describe(L, 2));
    lua_Integer count = (lua_Integer)lua_rawlen(L, 2);
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
            scn_fail(L, "scheduler: there is no field %s%s", scn_describe(L, -2),
                     scn_suggest(L, key, names, 3));
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

int scn_word_scheduler(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    int line = scn_line(L);
    if (host->scheduler_line != 0)
        scn_fail(L, "scheduler: there is one already, on line %d; a cluster has one",
                 host->scheduler_line);
    host->scheduler_line = line;
    if (lua_type(L, 1) == LUA_TSTRING) {
        if (host->is_scheduler)
            scn_fail(
                L,
                "scheduler: a scheduler's own file must define it, as scheduler { on_plan = ... }");
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

/* ---- the view */
static const luaL_Reg view_methods[] = {
    {"first_fit", view_first_fit}, {"after", view_after}, {NULL, NULL}};
static const luaL_Reg executor_methods[] = {
    {"fits", executor_fits}, {"take", executor_take}, {"give", executor_give}, {NULL, NULL}};

static void open_class(lua_State *L, const char *key, const luaL_Reg *methods)
{
    luaL_newmetatable(L, key);
    if (methods != NULL) {
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
}

void scn_scheduler_classes(lua_State *L)
{
    open_class(L, KEY_GANG, NULL);
    open_class(L, KEY_DECISION, NULL);
    open_class(L, KEY_EXECUTOR, executor_methods);
    open_class(L, KEY_VIEW, view_methods);
}

static void push_places(lua_State *L, const struct gang_placer_view *v,
                        const struct gang_view_gang *g)
{
    lua_createtable(L, (int)g->place_count, 0);
    for (uint32_t i = 0; i < g->place_count; i++) {
        const struct gang_view_place *p = &v->places[g->first_place + i];
        lua_createtable(L, 0, 5);
        set(L, "rank", p->rank);
        set(L, "count", p->count);
        set(L, "executor", p->executor);
        set(L, "since", p->since_ns);
        set_text(L, "state", state_names[p->state]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* So many must be placed in one plan for any of it to start. */
static uint32_t least_of(const struct gang_view_gang *g)
{
    if (g->kind == SCN_KIND_GANG)
        return g->waiting;
    if (g->together == 0)
        return 1;
    uint32_t there = g->held + g->asked;
    return g->together > there ? g->together - there : 1;
}

static void push_gang(lua_State *L, const struct plan *plan, const struct gang_placer_view *v,
                      const struct gang_view_gang *g)
{
    const struct plan_job *job = &plan->jobs[g->job];
    const struct plan_stage *stage = &plan->stages[job->first_stage + g->stage];
    const struct {
        const char *name;
        int64_t value;
    } fields[] = {
        {"job_id", g->job},
        {"stage_id", g->stage},
        {"attempt", g->attempt},
        {"size", g->size},
        {"together", g->together},
        {"priority", g->priority},
        {"attempts", g->attempts_used},
        {"failures", g->failures},
        {"losses", g->losses},
        {"missing", g->waiting},
        {"held", g->held},
        {"asked", g->asked},
        {"running", g->running},
        {"done", g->done},
        {"least", least_of(g)},
        {"order", (int64_t)g->order},
        {"submitted", g->submitted_ns},
        {"cores", g->need.cores},
        {"memory", g->need.memory_mib},
        {"gpu_milli", g->need.gpu_milli},
    };
    lua_createtable(L, 0, 30);
    luaL_setmetatable(L, KEY_GANG);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        set(L, fields[i].name, fields[i].value);
    if (g->group != GANG_NONE)
        set(L, "group", g->group);
    if (g->queued_ns != GANG_NEVER)
        set(L, "queued", g->queued_ns);
    set_text(L, "job", plan_text(plan, job->name));
    set_text(L, "stage", plan_text(plan, stage->name));
    set_text(L, "kind", g->kind == SCN_KIND_GANG ? "gang" : "tasks");
    set_text(L, "state", state_names[g->state]);
    lua_createtable(L, (int)g->rank_count, 0);
    for (uint32_t i = 0; i < g->rank_count; i++) {
        lua_pushinteger(L, v->ranks[g->first_rank + i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "ranks");
    push_places(L, v, g);
    lua_setfield(L, -2, "places");
}

static void push_executor(lua_State *L, const struct gang_view_executor *e)
{
    uint32_t gpus = 0;
    for (uint64_t mask = e->total.gpu_mask; mask != 0; mask &= mask - 1)
        gpus++;
    lua_createtable(L, 0, 12);
    luaL_setmetatable(L, KEY_EXECUTOR);
    set(L, "index", e->id);
    set(L, "incarnation", e->incarnation);
    set(L, "rack", e->rack);
    set(L, "cores", e->free.cores);
    set(L, "memory", e->free.memory_mib);
    set(L, "gpu_milli", e->gpu_milli_free);
    set(L, "total_cores", e->total.cores);
    set(L, "total_memory", e->total.memory_mib);
    set(L, "total_gpu_milli", 1000 * (int64_t)gpus);
    lua_pushboolean(L, e->offered != 0);
    lua_setfield(L, -2, "offered");
}

static void push_view(lua_State *L, const struct plan *plan, const struct gang_placer_view *v)
{
    lua_createtable(L, 0, 5);
    luaL_setmetatable(L, KEY_VIEW);
    set(L, "now", v->now_ns);
    lua_createtable(L, (int)v->waiting, 0);
    for (uint32_t i = 0; i < v->waiting; i++) {
        push_gang(L, plan, v, &v->gangs[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "waiting");
    lua_createtable(L, (int)(v->gang_count - v->waiting), 0);
    for (uint32_t i = v->waiting; i < v->gang_count; i++) {
        push_gang(L, plan, v, &v->gangs[i]);
        lua_rawseti(L, -2, (lua_Integer)(i - v->waiting) + 1);
    }
    lua_setfield(L, -2, "running");
    lua_createtable(L, (int)v->executor_count, 0);
    for (uint32_t i = 0; i < v->executor_count; i++) {
        push_executor(L, &v->executors[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "executors");
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
    push_view(L, call->plan, call->view);
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
