/*
 * prefers.c -- where a stage's tasks would rather be.
 *
 * This room is for: the field `prefers` of a stage.
 * It may include:   the C library, Lua, host.h.
 * Never here:       what the scheduler makes of a wish.
 */
#include "host.h"

enum { NO_WISH = -1 };

/* One executor, or nil or false for none. */
static int64_t read_wish(lua_State *L, int index, const char *what)
{
    const struct scn_executors *given = scn_test(L, index, SCN_CLASS_EXECUTORS);
    if (given != NULL && given->count == 1)
        return given->at[0];
    if (given != NULL)
        scn_fail(L, "%s: prefers is %d executors at once, must be one, or a list of one a rank",
                 what, (int)given->count);
    if (lua_isinteger(L, index))
        return scn_executor_index(L, lua_tointeger(L, index));
    if (lua_isnil(L, index) || (lua_isboolean(L, index) && !lua_toboolean(L, index)))
        return NO_WISH;
    const char *got = scn_describe(L, index);
    scn_fail(
        L,
        "%s: prefers must be an executor, or a list of one a rank (false: none), got %s; write "
        "prefers = c.executor[2]",
        what, got);
}

/* Of several wrong keys the lowest is told. */
static void refuse_other_ranks(lua_State *L, int list, const char *what, uint32_t tasks)
{
    lua_Integer wrong = 0;
    bool any = false;
    scn_fields(L, list, lua_pushfstring(L, "%s: prefers", what), NULL, 0, true, NULL);
    for (lua_pushnil(L); lua_next(L, list) != 0; lua_pop(L, 1)) {
        lua_Integer key = lua_tointeger(L, -2);
        if ((key < 1 || key > tasks) && (!any || key < wrong)) {
            any = true;
            wrong = key;
        }
    }
    if (any)
        scn_fail(L, "%s: prefers has an item %I, must be 1..%I: item 1 is rank 0's, and so on",
                 what, (LUAI_UACINT)wrong, (LUAI_UACINT)tasks);
}

uint32_t scn_read_prefers(lua_State *L, int table, const char *what, uint32_t tasks)
{
    struct scn_rows *values = &scn_host(L)->values;
    int top = lua_gettop(L), at = top + 1;
    if (lua_getfield(L, table, "prefers") == LUA_TNIL || lua_isboolean(L, at)) {
        if (lua_toboolean(L, at))
            (void)read_wish(L, at, what); /* true is no wish, and no absence of one */
        lua_settop(L, top);
        return 0;
    }
    bool is_list = lua_type(L, at) == LUA_TTABLE;
    uint32_t first = values->count;
    if (is_list)
        refuse_other_ranks(L, at, what, tasks);
    lua_settop(L, at);
    int64_t wish = is_list ? NO_WISH : read_wish(L, at, what);
    scn_add_many(L, values, tasks);
    for (uint32_t rank = 0; rank < tasks; rank++) {
        if (is_list) {
            lua_rawgeti(L, at, (lua_Integer)rank + 1);
            wish = read_wish(L, at + 1, what);
            lua_settop(L, at);
        }
        *(int64_t *)scn_row(values, first + rank) = wish;
    }
    lua_settop(L, top);
    return first + 1;
}
