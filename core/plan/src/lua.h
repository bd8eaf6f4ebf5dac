/*
 * lua.h -- what the files that tell a plan as Lua share: saying things, and names of values.
 *
 * This room is for: the plan (see plan.h).
 * It may include:   the C library, private.h, registry.h.
 * Never here:       Lua itself.
 */
#ifndef PLAN_LUA_H
#define PLAN_LUA_H

#include "private.h"
#include "registry.h"

/* Lua has room for 200 locals in a chunk: a kind of value with more named ones gets a table,
 * "jobs[17]". */
enum { PLAN_LUA_LOCALS_MAX = 50, PLAN_LUA_NAME_BYTES = 128 };

/* Values of one kind that are named because something refers to them. */
struct plan_lua_names {
    const char *table; /* "jobs" */
    uint32_t *slot;    /* by row: its number + 1; 0: not named */
    uint32_t count;
    char local[PLAN_LUA_LOCALS_MAX][PLAN_LUA_NAME_BYTES];
};

struct plan_lua {
    const struct plan *plan;
    struct plan_out out;
    struct plan_err *err;
    enum plan_status status; /* the first thing that cannot be told */
    bool has_executors;      /* something refers to an executor: the cluster is named c */
    plan_ns spacing_ns;      /* executor n is told to arrive n times so much earlier: its manager adds it */
    struct plan_lua_names jobs, programs, columns;
};

void plan_lua_say(struct plan_lua *lua, const char *text);
void plan_lua_say_number(struct plan_lua *lua, int64_t number);
void plan_lua_say_string(struct plan_lua *lua, const char *text); /* quoted, as Lua reads it */
void plan_lua_say_time(struct plan_lua *lua, plan_ns ns);         /* "1.5s", quoted */
void plan_lua_say_bytes(struct plan_lua *lua, int64_t bytes);     /* "64KiB", quoted */
void plan_lua_say_milli(struct plan_lua *lua, int64_t milli);     /* 0.5 */
void plan_lua_say_line(struct plan_lua *lua, unsigned depth);     /* a new line, indented */
/* "a = " after the comma that the field before it needs: *first says there was none yet. */
void plan_lua_say_field(struct plan_lua *lua, bool *first, const char *name);

/* There is no word for it: the plan cannot be told. */
void plan_lua_cannot(struct plan_lua *lua, enum plan_part_id id, uint32_t row, const char *what);

bool plan_lua_is_named(const struct plan_lua_names *names, uint32_t row);
void plan_lua_say_name(struct plan_lua *lua, const struct plan_lua_names *names, uint32_t row);

/* lua_program.c: an expression, and the declarations of the programs and tables that have names. */
void plan_lua_say_program(struct plan_lua *lua, uint32_t program, unsigned depth);
void plan_lua_say_program_of(struct plan_lua *lua, uint32_t program,
                             unsigned depth); /* its name, if it has one */
void plan_lua_say_columns(struct plan_lua *lua, uint32_t column);
bool plan_lua_program_is_long(const struct plan *plan, uint32_t program);

/* lua_act.c */
void plan_lua_say_acts(struct plan_lua *lua);
void plan_lua_say_expects(struct plan_lua *lua);

#endif
