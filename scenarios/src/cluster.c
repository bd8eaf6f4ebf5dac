/*
 * cluster.c -- cluster, network, limits, settings, title, policy, param.
 *
 * This room is for: what the scenario's world is made of, and what the command line may change in
 *                   it.
 * It may include:   the C library, Lua, host.h.
 * Never here:       jobs and what happens to them.
 */
#include "host.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* ---- cluster */

enum {
    F_EXECUTORS,
    F_CORES,
    F_MEMORY,
    F_GPUS,
    F_RACKS,
    F_RACK,
    F_ARRIVE,
    F_BACK,
    F_COUNT, /* a group has no more */
    F_EVERY = F_COUNT, /* from here on in the order of enum scn_manager_field */
    F_GRANTS,
    F_DECLINED,
    F_REFUSE,
    F_PENDING,
    F_MANAGER,
    F_ALL
};
static const struct scn_field cluster_fields[F_ALL] = {
    [F_EXECUTORS] = {"executors", SCN_INT, SCN_REQUIRED, 1, PLAN_EXECUTORS_MAX,
                     "a cluster needs executors"},
    [F_CORES] = {"cores", SCN_INT, 8, 1, PLAN_CORES_MAX, NULL},
    [F_MEMORY] = {"memory", SCN_MIB, 65536, 0, PLAN_MEMORY_MIB_MAX, NULL},
    [F_GPUS] = {"gpus", SCN_INT, 0, 0, PLAN_GPUS_MAX, NULL},
    [F_RACKS] = {"racks", SCN_INT, 1, 1, PLAN_EXECUTORS_MAX, NULL},
    [F_RACK] = {"rack", SCN_INT, 0, 0, PLAN_EXECUTORS_MAX, NULL},
    [F_ARRIVE] = {"arrive", SCN_TIME, 0, 0, PLAN_TIME_MAX, NULL},
    [F_BACK] = {"back", SCN_TIME, 0, 1, PLAN_TIME_MAX, "leave it out for restart_delay"},
    [F_EVERY] = {"every", SCN_TIME, SCN_ABSENT, 0, PLAN_DAY, NULL},
    [F_GRANTS] = {"grants", SCN_INT, SCN_ABSENT, 1, PLAN_EXECUTORS_MAX, NULL},
    [F_DECLINED] = {"declined", SCN_MILLI, SCN_ABSENT, 0, 999, "0.3 is three of ten offers; some must be accepted"},
    [F_REFUSE] = {"refuse", SCN_TIME, SCN_ABSENT, 0, PLAN_DAY, NULL},
    [F_PENDING] = {.name = "pending", .type = SCN_OTHER},
    [F_MANAGER] = {.name = "manager", .type = SCN_OTHER},
};

static void add_group(lua_State *L, const char *what, const int64_t v[static F_COUNT])
{
    struct scn_host *host = scn_host(L);
    if (v[F_EXECUTORS] > PLAN_EXECUTORS_MAX - (int64_t)host->executor_count)
        scn_fail(L, "%s: executors is %I after %I in other groups, must be %I at most together",
                 what, (LUAI_UACINT)v[F_EXECUTORS], (LUAI_UACINT)host->executor_count,
                 (LUAI_UACINT)PLAN_EXECUTORS_MAX);
    struct scn_group *group = scn_add(L, &host->groups);
    group->row = (struct plan_executor){.cores = (uint32_t)v[F_CORES],
                                        .memory_mib = (uint32_t)v[F_MEMORY],
                                        .gpus = (uint32_t)v[F_GPUS],
                                        .rack = (uint32_t)v[F_RACK],
                                        .arrives_ns = v[F_ARRIVE],
                                        .back_ns = v[F_BACK]};
    group->count = (uint32_t)v[F_EXECUTORS];
    group->racks = (uint32_t)v[F_RACKS];
    host->executor_count += group->count;
}

int scn_word_cluster(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    scn_table(L, 1, "cluster", "cluster { executors = 4, cores = 8 }");
    lua_settop(L, 1);
    if (host->cluster_line != 0)
        scn_fail(
            L, "cluster: there is one in line %d already; write one cluster with a list of groups",
            host->cluster_line);
    host->cluster_line = scn_line(L);
    lua_Integer groups = (lua_Integer)lua_rawlen(L, 1);
    int64_t v[F_ALL];
    if (groups == 0) {
        scn_fields(L, 1, "cluster", cluster_fields, F_ALL, false, v);
        add_group(L, "cluster", v);
    } else {
        scn_fields(L, 1, "cluster with a list of groups", &cluster_fields[F_COUNT], F_ALL - F_COUNT,
                   true, &v[F_COUNT]);
    }
    scn_read_manager(L, 1, &v[F_EVERY]);
    for (lua_Integer i = 1; i <= groups; i++) {
        const char *what = lua_pushfstring(L, "cluster: group %I", (LUAI_UACINT)i);
        lua_rawgeti(L, 1, i);
        scn_table(L, 3, what, "{ executors = 4, cores = 8 }");
        scn_fields(L, 3, what, cluster_fields, F_COUNT, false, v);
        add_group(L, what, v);
        lua_settop(L, 1);
    }
    scn_new(L, SCN_CLASS_CLUSTER, 1, 0);
    return 1;
}

uint32_t scn_executor_index(lua_State *L, int64_t number)
{
    const struct scn_host *host = scn_host(L);
    if (host->executor_count == 0)
        scn_fail(L, "executor %I: there is no cluster before this line; declare it first",
                 (LUAI_UACINT)number);
    if (number < 0 || number >= host->executor_count)
        scn_fail(L, "executor %I does not exist, must be 0..%I: the cluster has %I, counted from 0",
                 (LUAI_UACINT)number, (LUAI_UACINT)host->executor_count - 1,
                 (LUAI_UACINT)host->executor_count);
    return (uint32_t)number;
}

static uint32_t read_executor(lua_State *L, int index)
{
    if (!lua_isinteger(L, index)) {
        const char *got = scn_describe(L, index);
        scn_fail(
            L, "an executor is a number from 0, got %s; write c.executor[2] or c.executor { 1, 3 }",
            got);
    }
    return scn_executor_index(L, lua_tointeger(L, index));
}

static int executor_index(lua_State *L) /* c.executor[2] */
{
    uint32_t number = read_executor(L, 2);
    struct scn_executors *made =
        scn_new(L, SCN_CLASS_EXECUTORS, sizeof *made + sizeof(uint32_t), 0);
    made->count = 1;
    made->at[0] = number;
    return 1;
}

int scn_cluster_executor(
    lua_State *L) /* c.executor { 1, 3 }: the call of c.executor, which is argument 1 */
{
    if (lua_type(L, 2) != LUA_TTABLE)
        return executor_index(L);
    scn_fields(L, 2, "executor", NULL, 0, true, NULL);
    uint32_t count = (uint32_t)lua_rawlen(L, 2);
    if (count == 0)
        scn_fail(L, "executor: the list is empty; write c.executor { 1, 3 }");
    struct scn_executors *made =
        scn_new(L, SCN_CLASS_EXECUTORS, sizeof *made + count * sizeof(uint32_t), 0);
    for (; made->count < count; made->count++) {
        lua_rawgeti(L, 2, (lua_Integer)made->count + 1);
        made->at[made->count] = read_executor(L, lua_gettop(L));
        lua_pop(L, 1);
    }
    return 1;
}

static int executor_count(lua_State *L) /* #c.executor */
{
    lua_pushinteger(L, scn_host(L)->executor_count);
    return 1;
}

/* c.executor is a value, not a method: it can be indexed, called and counted. */
void scn_cluster_open(lua_State *L)
{
    scn_new(L, SCN_CLASS_CLUSTER, 1, 0);
    luaL_getmetafield(L, -1, "__index");
    scn_new(L, SCN_CLASS_EXECUTOR_LIST, 1, 0);
    lua_getmetatable(L, -1);
    lua_pushcfunction(L, executor_index);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, scn_cluster_executor);
    lua_setfield(L, -2, "__call");
    lua_pushcfunction(L, executor_count);
    lua_setfield(L, -2, "__len");
    lua_pop(L, 1);
    lua_setfield(L, -2, "executor");
    lua_pop(L, 2);
}

/* ---- settings */

static struct scn_field setting_field(unsigned setting)
{
    struct scn_field field = {.name = plan_setting_text(setting), .def = SCN_ABSENT};
    plan_setting_range(setting, &field.lo, &field.hi);
    field.type = plan_setting_is_time(setting)        ? SCN_TIME
                 : setting == PLAN_SET_BANDWIDTH      ? SCN_RATE
                 : setting == PLAN_SET_TASK_BYTES_MAX ? SCN_SIZE
                 : field.hi == 1                      ? SCN_YES
                                                      : SCN_INT;
    return field;
}

/* Of the settings' names, `skip` letters are not written. */
static int read_settings(lua_State *L, const char *what, const unsigned *settings, size_t count,
                         size_t skip)
{
    struct scn_field fields[PLAN_SETTING_COUNT];
    int64_t values[PLAN_SETTING_COUNT];
    assert(count <= PLAN_SETTING_COUNT);
    for (size_t i = 0; i < count; i++) {
        fields[i] = setting_field(settings[i]);
        fields[i].name += skip;
    }
    scn_table(L, 1, what, lua_pushfstring(L, "%s { %s = ... }", what, fields[0].name));
    lua_settop(L, 1);
    scn_fields(L, 1, what, fields, count, false, values);
    for (size_t i = 0; i < count; i++)
        if (values[i] != SCN_ABSENT) {
            scn_host(L)->setting[settings[i]] = values[i];
            scn_host(L)->is_set[settings[i]] = true;
        }
    return 0;
}

int scn_word_network(lua_State *L)
{
    return read_settings(L, "network", (const unsigned[]){PLAN_SET_LATENCY, PLAN_SET_BANDWIDTH}, 2, 0);
}

int scn_word_limits(lua_State *L)
{
    static const unsigned limits[] = {PLAN_SET_VIRTUAL, PLAN_SET_EVENTS, PLAN_SET_OVERTAKEN, PLAN_SET_WAIT};
    return read_settings(L, "limits", limits, sizeof limits / sizeof *limits, 0);
}

int scn_word_budget(lua_State *L)
{
    static const unsigned budgets[] = {PLAN_SET_BUDGET_MACHINES, PLAN_SET_BUDGET_LINKS,
                                       PLAN_SET_BUDGET_TASKS, PLAN_SET_BUDGET_DRIVER};
    return read_settings(L, "budget", budgets, sizeof budgets / sizeof *budgets, strlen("budget_"));
}

int scn_word_settings(lua_State *L)
{
    unsigned all[PLAN_SETTING_COUNT];
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++)
        all[i] = i;
    return read_settings(L, "settings", all, PLAN_SETTING_COUNT, 0);
}

/* ---- title and policy */

static int set_once(lua_State *L, const char *what, const char **slot, int *line)
{
    const char *text = scn_text(L, 1, what);
    if (*line != 0)
        scn_fail(L, "%s is set twice, first in line %d", what, *line);
    *slot = text;
    *line = scn_line(L);
    return 0;
}

int scn_word_title(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    return set_once(L, "title", &host->title, &host->title_line);
}

int scn_word_policy(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    return set_once(L, "policy", &host->policy, &host->policy_line);
}

/* ---- param */

enum { P_NAME = 1, P_DEFAULT, P_DOC, P_ALLOWED };

static const char *given_for(const struct scn_host *host, const char *name)
{
    const char *given = NULL;
    for (size_t i = 0; i < host->param_count; i++)
        if (strcmp(host->params[i].name, name) == 0)
            given = host->params[i].value; /* the last one counts, as on any command line */
    return given;
}

/* Pushes what the command line says as a value of the default's type; false if it is none. */
static bool push_given(lua_State *L, const char *given)
{
    int whole = 1;
    lua_Integer integer;
    switch (lua_type(L, P_DEFAULT)) {
    case LUA_TBOOLEAN:
        lua_pushboolean(L, strcmp(given, "true") == 0);
        return strcmp(given, "true") == 0 || strcmp(given, "false") == 0;
    case LUA_TNUMBER:
        if (lua_stringtonumber(L, given) == 0)
            return false;
        if (!lua_isinteger(L, P_DEFAULT))
            return true;
        integer = lua_tointegerx(L, -1, &whole); /* 1e6 is an integer too */
        lua_pushinteger(L, integer);
        lua_replace(L, -2);
        return whole != 0;
    default:
        lua_pushstring(L, given);
        return true;
    }
}

static bool in_bounds(lua_State *L, const char *bound, int value, bool is_low)
{
    lua_getfield(L, P_ALLOWED, bound);
    bool ok =
        lua_isnil(L, -1) || lua_compare(L, is_low ? -1 : value, is_low ? value : -1, LUA_OPLE);
    lua_pop(L, 1);
    return ok;
}

static bool is_allowed(lua_State *L, int value)
{
    if (lua_isnil(L, P_ALLOWED))
        return true;
    lua_Integer count = (lua_Integer)lua_rawlen(L, P_ALLOWED);
    if (count == 0)
        return in_bounds(L, "min", value, true) && in_bounds(L, "max", value, false);
    bool found = false;
    for (lua_Integer i = 1; i <= count && !found; i++) {
        lua_rawgeti(L, P_ALLOWED, i);
        found = lua_compare(L, -1, value, LUA_OPEQ);
        lua_pop(L, 1);
    }
    return found;
}

/* Pushes "1..9", "a, b or c", "an integer". */
static const char *push_allowed(lua_State *L)
{
    static const char *const kind[] = {
        [LUA_TBOOLEAN] = "true or false", [LUA_TSTRING] = "a string"};
    if (lua_isnil(L, P_ALLOWED)) {
        if (lua_type(L, P_DEFAULT) == LUA_TNUMBER)
            return lua_pushstring(L, lua_isinteger(L, P_DEFAULT) ? "an integer" : "a number");
        return lua_pushstring(L, kind[lua_type(L, P_DEFAULT)]);
    }
    lua_Integer count = (lua_Integer)lua_rawlen(L, P_ALLOWED);
    if (count == 0) {
        lua_getfield(L, P_ALLOWED, "min");
        lua_getfield(L, P_ALLOWED, "max");
        const char *hi = lua_tostring(L, -1), *lo = lua_tostring(L, -2);
        return hi == NULL   ? lua_pushfstring(L, "%s or more", lo)
               : lo == NULL ? lua_pushfstring(L, "%s at most", hi)
                            : lua_pushfstring(L, "%s..%s", lo, hi);
    }
    lua_pushliteral(L, "");
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, P_ALLOWED, i);
        const char *item = luaL_tolstring(L, -1, NULL);
        lua_pushfstring(L, "%s%s%s", lua_tostring(L, -3),
                        i == 1      ? ""
                        : i < count ? ", "
                                    : " or ",
                        item);
        lua_replace(L, -4);
        lua_pop(L, 2);
    }
    return lua_tostring(L, -1);
}

static void check_allowed_table(lua_State *L, const char *what)
{
    static const struct scn_field fields[] = {{.name = "min", .type = SCN_OTHER},
                                              {.name = "max", .type = SCN_OTHER}};
    if (lua_isnil(L, P_ALLOWED))
        return;
    scn_table(L, P_ALLOWED, what, "{ min = 1, max = 9 } or { \"a\", \"b\" }");
    scn_fields(L, P_ALLOWED, what, fields, 2, true, NULL);
    if (lua_rawlen(L, P_ALLOWED) > 0)
        return;
    int lo = lua_getfield(L, P_ALLOWED, "min"), hi = lua_getfield(L, P_ALLOWED, "max");
    if (lua_type(L, P_DEFAULT) != LUA_TNUMBER || (lo != LUA_TNUMBER && lo != LUA_TNIL) ||
        (hi != LUA_TNUMBER && hi != LUA_TNIL) || lo + hi == LUA_TNIL)
        scn_fail(L, "%s: min and max are numbers, and so must be its default", what);
    lua_pop(L, 2);
}

static void tell_param(lua_State *L, const char *name, const char *allowed)
{
    struct scn_info *info = scn_host(L)->info;
    if (info == NULL || info->param_count == SCN_PARAMS_MAX)
        return;
    struct scn_param_info *row = &info->params[info->param_count++];
    snprintf(row->name, sizeof row->name, "%s", name);
    snprintf(row->value, sizeof row->value, "%s", luaL_tolstring(L, P_DEFAULT, NULL));
    snprintf(row->doc, sizeof row->doc, "%s", lua_isnil(L, P_DOC) ? "" : lua_tostring(L, P_DOC));
    snprintf(row->allowed, sizeof row->allowed, "%s", allowed);
    lua_pop(L, 1);
}

int scn_word_param(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    lua_settop(L, P_ALLOWED);
    const char *name = scn_text(L, P_NAME, "param: the name");
    const char *what = lua_pushfstring(L, "parameter '%s'", name);
    lua_insert(L, P_NAME); /* keeps `what` alive where nothing reads it again */
    lua_remove(L, P_NAME + 1);
    int type = lua_type(L, P_DEFAULT);
    if (type != LUA_TBOOLEAN && type != LUA_TNUMBER && type != LUA_TSTRING)
        scn_fail(L, "%s: its default must be a string, a number or a boolean, got %s", what,
                 scn_describe(L, P_DEFAULT));
    if (!lua_isnil(L, P_DOC) && lua_type(L, P_DOC) != LUA_TSTRING)
        scn_fail(L, "%s: its third argument must be a sentence, got %s", what,
                 scn_describe(L, P_DOC));
    check_allowed_table(L, what);
    for (uint32_t i = 0; i < host->known_params.count; i++)
        if (*(const char **)scn_row(&host->known_params, i) == name) /* kept texts are one */
            scn_fail(L, "%s is declared twice; keep its value in a local", what);
    const char **known = scn_add(L, &host->known_params);
    *known = name;

    const char *allowed = push_allowed(L);
    tell_param(L, name, allowed);
    if (!is_allowed(L, P_DEFAULT))
        scn_fail(L, "%s: its default %s must be %s", what, luaL_tolstring(L, P_DEFAULT, NULL),
                 allowed);
    const char *given = given_for(host, name);
    if (given == NULL) {
        lua_pushvalue(L, P_DEFAULT);
        return 1;
    }
    if (!push_given(L, given) || !is_allowed(L, lua_gettop(L))) {
        host->status = SCN_E_USAGE;
        scn_fail(L, "%s is '%s', must be %s", what, given, allowed);
    }
    return 1;
}
