/*
 * lua_program.c -- programs, distributions and tables of times, told as Lua.
 *
 * This room is for: the plan (see plan.h); this file: from flat ops back to nested blocks.
 * It may include:   private.h, registry.h, lua.h.
 * Never here:       stages and jobs (lua.c).
 *
 * A block of a few ops is told in one line; a longer one has a line for each item. Lua passes at
 * most some 250 arguments and nests at most 200 deep: longer blocks become a program { ... } of
 * their own, deeper ones cannot be told.
 */
#include "lua.h"

enum { SHORT_OPS = 6, ARGUMENTS_MAX = 100, DEPTH_MAX = 40, NUMBERS_A_LINE = 16 };

struct block {
    const struct plan_op *ops; /* the program's */
    uint32_t program, first, end;
};

static bool is_block(const struct plan_op *op)
{
    return op->code == PLAN_OP_LOOP || op->code == PLAN_OP_ON_RANK;
}

/* The op behind the item at `at`. */
static uint32_t behind(const struct block *block, uint32_t at)
{
    const struct plan_op *op = &block->ops[at];
    if (op->code == PLAN_OP_LOOP)
        return op->to + 1u;
    return op->code == PLAN_OP_ON_RANK ? op->to : at + 1;
}

static uint32_t items_in(const struct block *block)
{
    uint32_t count = 0;
    for (uint32_t at = block->first; at < block->end; at = behind(block, at))
        count++;
    return count;
}

static void say_pair(struct plan_lua *lua, const char *word, const char *first, plan_ns a,
                     const char *second)
{
    plan_lua_say(lua, "(");
    plan_lua_say(lua, word);
    plan_lua_say(lua, " { ");
    plan_lua_say(lua, first);
    plan_lua_say(lua, " = ");
    plan_lua_say_time(lua, a);
    plan_lua_say(lua, ", ");
    plan_lua_say(lua, second);
    plan_lua_say(lua, " = ");
}

static void say_empirical(struct plan_lua *lua, const struct plan_dist *dist)
{
    plan_lua_say(lua, "(empirical { ");
    for (uint32_t i = 0; i < dist->count; i++) {
        plan_lua_say(lua, i == 0 ? "" : ", ");
        plan_lua_say_time(lua, lua->plan->values[dist->first + i]);
    }
    plan_lua_say(lua, " })");
}

static void say_column(struct plan_lua *lua, const struct plan_dist *dist)
{
    plan_lua_say(lua, dist->hi == 0 ? "(column(" : "(column { first = ");
    plan_lua_say_number(lua, dist->lo);
    if (dist->hi != 0) {
        plan_lua_say(lua, ", step = ");
        plan_lua_say_number(lua, dist->hi);
    }
    plan_lua_say(lua, dist->hi == 0 ? "))" : " })");
}

static void say_compute(struct plan_lua *lua, const struct plan_dist *dist)
{
    plan_lua_say(lua, "compute");
    switch ((enum plan_dist_kind)dist->kind) {
    case PLAN_DIST_FIXED:
        plan_lua_say(lua, " ");
        plan_lua_say_time(lua, dist->lo);
        return;
    case PLAN_DIST_UNIFORM:
        plan_lua_say(lua, " { ");
        plan_lua_say_time(lua, dist->lo);
        plan_lua_say(lua, ", ");
        plan_lua_say_time(lua, dist->hi);
        plan_lua_say(lua, " }");
        return;
    case PLAN_DIST_EXPONENTIAL:
        say_pair(lua, "exponential", "mean", dist->lo, "max");
        plan_lua_say_time(lua, dist->hi);
        plan_lua_say(lua, " })");
        return;
    case PLAN_DIST_LOGNORMAL:
        say_pair(lua, "lognormal", "median", dist->lo, "sigma");
        plan_lua_say_milli(lua, dist->hi);
        plan_lua_say(lua, " })");
        return;
    case PLAN_DIST_EMPIRICAL:
        say_empirical(lua, dist);
        return;
    case PLAN_DIST_COLUMN:
        say_column(lua, dist);
        return;
    }
}

static void say_call(struct plan_lua *lua, const char *word, int64_t number)
{
    plan_lua_say(lua, word);
    plan_lua_say(lua, "(");
    plan_lua_say_number(lua, number);
    plan_lua_say(lua, ")");
}

static void say_sized(struct plan_lua *lua, const char *word, int64_t bytes)
{
    plan_lua_say(lua, word);
    plan_lua_say(lua, " ");
    plan_lua_say_bytes(lua, bytes);
}

/* meet("tracker", { tasks = 4, within = "30s" }) */
static void say_meet(struct plan_lua *lua, const struct plan_op *op)
{
    plan_lua_say(lua, "meet(");
    plan_lua_say_string(lua, plan_text(lua->plan, op->dist));
    plan_lua_say(lua, ", { tasks = ");
    plan_lua_say_number(lua, op->value);
    if (op->value2 != PLAN_NEVER) {
        plan_lua_say(lua, ", within = ");
        plan_lua_say_time(lua, op->value2);
    }
    if (op->to == PLAN_HOLDER_FIRST)
        plan_lua_say(lua, ", at = \"first\"");
    plan_lua_say(lua, " })");
}

/* exchange("1GiB", { batch = "64KiB" }) */
static void say_exchange(struct plan_lua *lua, const struct plan_op *op)
{
    plan_lua_say(lua, "exchange(");
    plan_lua_say_bytes(lua, op->value);
    plan_lua_say(lua, ", { batch = ");
    plan_lua_say_bytes(lua, op->value2);
    plan_lua_say(lua, " })");
}

/* barrier { within = "5s" }, all_gather { "64KiB", within = "5s" } */
static void say_limited(struct plan_lua *lua, const struct plan_op *op)
{
    plan_lua_say(lua, plan_parts[PART_OP].kinds[op->code]);
    plan_lua_say(lua, " { ");
    if (op->code == PLAN_OP_ALL_GATHER) {
        plan_lua_say_bytes(lua, op->value);
        plan_lua_say(lua, ", ");
    }
    plan_lua_say(lua, "within = ");
    plan_lua_say_time(lua, op->value2);
    plan_lua_say(lua, " }");
}

static bool is_limited(const struct plan_op *op)
{
    return (op->code == PLAN_OP_BARRIER || op->code == PLAN_OP_ALL_GATHER) && op->value2 != 0;
}

static void say_op(struct plan_lua *lua, const struct block *block, uint32_t at)
{
    const struct plan_op *op = &block->ops[at];
    if (is_limited(op)) {
        say_limited(lua, op);
        return;
    }
    switch ((enum plan_op_code)op->code) {
    case PLAN_OP_COMPUTE:
        say_compute(lua, &lua->plan->dists[op->dist]);
        return;
    case PLAN_OP_FETCH:
    case PLAN_OP_ALL_REDUCE:
    case PLAN_OP_ALL_GATHER:
    case PLAN_OP_OUTPUT:
        say_sized(lua, plan_parts[PART_OP].kinds[op->code], op->value);
        return;
    case PLAN_OP_FAIL:
    case PLAN_OP_EXIT:
        say_call(lua, plan_parts[PART_OP].kinds[op->code], op->value);
        return;
    case PLAN_OP_BARRIER:
    case PLAN_OP_CHECKPOINT:
    case PLAN_OP_HANG:
        plan_lua_say(lua, plan_parts[PART_OP].kinds[op->code]);
        plan_lua_say(lua, "()");
        return;
    case PLAN_OP_END:
        plan_lua_cannot(lua, PART_PROGRAM, block->program, "an end before its last op");
        return;
    case PLAN_OP_MEET:
        say_meet(lua, op);
        return;
    case PLAN_OP_EXCHANGE:
        say_exchange(lua, op);
        return;
    case PLAN_OP_LOOP:
    case PLAN_OP_NEXT:
    case PLAN_OP_ON_RANK:
    case PLAN_OP_COUNT:
        break;
    }
    plan_lua_cannot(lua, PART_PROGRAM, block->program, "a block without an end");
}

static void say_items(struct plan_lua *lua, const struct block *block, unsigned depth,
                      bool in_lines);

/* "loop(300, " or "on_rank(0, 3, ", its items, ")". */
static void say_block(struct plan_lua *lua, const struct block *outer, uint32_t at, unsigned depth)
{
    const struct plan_op *op = &outer->ops[at];
    const struct block block = {outer->ops, outer->program, at + 1, op->to};
    bool in_lines = block.end - block.first > SHORT_OPS;
    bool wrapped = items_in(&block) > ARGUMENTS_MAX;
    plan_lua_say(lua, op->code == PLAN_OP_LOOP ? "loop(" : "on_rank(");
    plan_lua_say_number(lua, op->value);
    if (op->code == PLAN_OP_ON_RANK) {
        plan_lua_say(lua, ", ");
        plan_lua_say_number(lua, op->value2);
    }
    plan_lua_say(lua, in_lines && !wrapped ? "," : wrapped ? ", program {" : ", ");
    say_items(lua, &block, depth + 1, in_lines);
    if (in_lines)
        plan_lua_say_line(lua, depth);
    plan_lua_say(lua, wrapped ? "})" : ")");
}

static void say_item(struct plan_lua *lua, const struct block *block, uint32_t at, unsigned depth)
{
    if (depth > DEPTH_MAX)
        plan_lua_cannot(lua, PART_PROGRAM, block->program, "blocks nested that deep");
    else if (is_block(&block->ops[at]))
        say_block(lua, block, at, depth);
    else
        say_op(lua, block, at);
}

static void say_items(struct plan_lua *lua, const struct block *block, unsigned depth,
                      bool in_lines)
{
    for (uint32_t at = block->first; at < block->end; at = behind(block, at)) {
        if (at != block->first)
            plan_lua_say(lua, in_lines ? "," : ", ");
        if (in_lines)
            plan_lua_say_line(lua, depth);
        say_item(lua, block, at, depth);
    }
}

bool plan_lua_program_is_long(const struct plan *plan, uint32_t program)
{
    return plan->programs[program].op_count > SHORT_OPS + 4;
}

void plan_lua_say_program(struct plan_lua *lua, uint32_t program, unsigned depth)
{
    const struct plan_program *row = &lua->plan->programs[program];
    const struct block block = {lua->plan->ops + row->first_op, program, 0, row->op_count - 1};
    uint32_t items = items_in(&block);
    bool in_lines = block.end > SHORT_OPS;
    if (items == 0) {
        plan_lua_cannot(lua, PART_PROGRAM, program, "a program of no op");
        return;
    }
    if (items == 1) {
        say_item(lua, &block, 0, depth);
        return;
    }
    plan_lua_say(lua, in_lines ? "program {" : "program { ");
    say_items(lua, &block, depth + 1, in_lines);
    if (in_lines)
        plan_lua_say_line(lua, depth);
    plan_lua_say(lua, in_lines ? "}" : " }");
}

void plan_lua_say_program_of(struct plan_lua *lua, uint32_t program, unsigned depth)
{
    if (plan_lua_is_named(&lua->programs, program))
        plan_lua_say_name(lua, &lua->programs, program);
    else
        plan_lua_say_program(lua, program, depth);
}

void plan_lua_say_columns(struct plan_lua *lua, uint32_t column)
{
    const struct plan_column *row = &lua->plan->columns[column];
    uint64_t count = (uint64_t)row->width * row->rows;
    plan_lua_say(lua, "columns { width = ");
    plan_lua_say_number(lua, row->width);
    plan_lua_say(lua, ", unit = ");
    plan_lua_say_time(lua, row->unit_ns);
    plan_lua_say(lua, ", values = {");
    for (uint64_t i = 0; i < count; i++) {
        if (i % (row->width < NUMBERS_A_LINE ? row->width : NUMBERS_A_LINE) == 0)
            plan_lua_say_line(lua, 1);
        else
            plan_lua_say(lua, " ");
        plan_lua_say_number(lua, lua->plan->cells[row->first_cell + i]);
        plan_lua_say(lua, ",");
    }
    plan_lua_say(lua, "\n} }");
}
