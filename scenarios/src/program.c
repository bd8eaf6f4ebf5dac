/*
 * program.c -- compute, barrier, loop and the other words of which a task's program is made.
 *
 * This room is for: programs and distributions as values of the scenario.
 * It may include:   the C library, Lua, host.h.
 * Never here:       stages; running a program (the plan's stepper does that).
 *
 * Invariant: a program value is a list of whole blocks, `to` counts from its own first op, and no
 * END is in it: the plan adds that.
 */
#include "host.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { OPS_MAX = PLAN_PROGRAM_OPS_MAX - 1 }; /* one is the END */

static struct scn_program *new_program(lua_State *L, uint64_t count, uint32_t depth)
{
    if (count > OPS_MAX)
        scn_fail(L, "the program has %I ops, must be 1..%d; use loop()", (LUAI_UACINT)count,
                 OPS_MAX);
    if (depth > PLAN_LOOP_DEPTH_MAX)
        scn_fail(L, "loop: loops are nested %d deep, must be 1..%d; write the innermost out",
                 (int)depth, PLAN_LOOP_DEPTH_MAX);
    struct scn_program *made =
        scn_new(L, SCN_CLASS_PROGRAM, sizeof *made + count * sizeof made->ops[0], 0);
    made->planned = PLAN_NONE;
    made->count = (uint32_t)count;
    made->depth = depth;
    return made;
}

static int push_op(lua_State *L, struct scn_op op)
{
    if (op.op.code != PLAN_OP_COMPUTE)
        op.op.dist = PLAN_NONE;
    new_program(L, 1, 0)->ops[0] = op;
    return 1;
}

struct scn_program *scn_program_fixed(lua_State *L, int64_t ns)
{
    struct scn_op op = {.op = {.code = PLAN_OP_COMPUTE},
                        .dist = {.kind = PLAN_DIST_FIXED, .lo = ns}};
    push_op(L, op);
    return lua_touserdata(L, -1);
}

/* ---- blocks */

static bool has_to(unsigned code)
{
    return code == PLAN_OP_LOOP || code == PLAN_OP_NEXT || code == PLAN_OP_ON_RANK;
}

static uint32_t append(struct scn_program *to, uint32_t at, const struct scn_program *part)
{
    for (uint32_t i = 0; i < part->count; i++) {
        to->ops[at + i] = part->ops[i];
        if (has_to(part->ops[i].op.code))
            to->ops[at + i].op.to = (uint16_t)(part->ops[i].op.to + at);
    }
    return at + part->count;
}

static struct scn_program *program_at(lua_State *L, int index, const char *what, int number)
{
    struct scn_program *part = scn_test(L, index, SCN_CLASS_PROGRAM);
    if (part == NULL) {
        const char *got = scn_describe(L, index);
        scn_fail(L, "%s: item %d is %s, must be a program such as compute \"1s\" or barrier()",
                 what, number, got);
    }
    return part;
}

/* Pushes `before` free ops, the programs at first..last of the stack, and `behind` free ops. */
static struct scn_program *join(lua_State *L, const char *what, int first, int last,
                                uint32_t before, uint32_t behind)
{
    uint64_t count = (uint64_t)before + behind;
    uint32_t depth = 0, at = before;
    if (last < first)
        scn_fail(L, "%s: there is nothing in it; give it a program such as compute \"1s\"", what);
    for (int i = first; i <= last; i++) {
        const struct scn_program *part = program_at(L, i, what, i - first + 1);
        count += part->count;
        depth = part->depth > depth ? part->depth : depth;
    }
    struct scn_program *made =
        new_program(L, count, depth + (behind > 0)); /* only a loop has an op behind */
    for (int i = first; i <= last; i++)
        at = append(made, at, lua_touserdata(L, i));
    return made;
}

int scn_word_program(lua_State *L)
{
    scn_table(L, 1, "program", "program { compute \"1s\", barrier() }");
    lua_settop(L, 1);
    scn_fields(L, 1, "program", NULL, 0, true, NULL);
    lua_Unsigned count = lua_rawlen(L, 1);
    if (count > OPS_MAX)
        scn_fail(L, "program: it has %I items, must be 1..%d; use loop()", (LUAI_UACINT)count,
                 OPS_MAX);
    luaL_checkstack(L, (int)count + 10, "program");
    for (lua_Unsigned i = 1; i <= count; i++)
        lua_rawgeti(L, 1, (lua_Integer)i);
    join(L, "program", 2, (int)count + 1, 0, 0);
    return 1;
}

int scn_word_loop(lua_State *L)
{
    static const struct scn_field times = {"times", SCN_INT,       SCN_REQUIRED,
                                           1,       PLAN_NONE - 1, "leave out what never runs"};
    int64_t value = scn_value(L, 1, "loop", &times);
    struct scn_program *made = join(L, "loop", 2, lua_gettop(L), 1, 1);
    uint32_t last = made->count - 1;
    made->ops[0].op = (struct plan_op){
        .code = PLAN_OP_LOOP, .to = (uint16_t)last, .dist = PLAN_NONE, .value = value};
    made->ops[last].op = (struct plan_op){.code = PLAN_OP_NEXT, .to = 0, .dist = PLAN_NONE};
    return 1;
}

int scn_word_on_rank(lua_State *L)
{
    static const struct scn_field first = {"the first rank",   SCN_INT, SCN_REQUIRED, 0,
                                           PLAN_TASKS_MAX - 1, NULL};
    struct scn_field last = {"the last rank", SCN_INT, SCN_REQUIRED, 0, PLAN_TASKS_MAX - 1, NULL};
    int64_t lo = scn_value(L, 1, "on_rank", &first);
    last.lo = lo;
    int64_t hi = scn_value(L, 2, "on_rank", &last);
    struct scn_program *made = join(L, "on_rank", 3, lua_gettop(L), 1, 0);
    made->ops[0].op = (struct plan_op){.code = PLAN_OP_ON_RANK,
                                       .to = (uint16_t)made->count,
                                       .dist = PLAN_NONE,
                                       .value = lo,
                                       .value2 = hi};
    return 1;
}

/* ---- single ops */

static const struct scn_field time_field = {"the time", SCN_TIME,      SCN_REQUIRED,
                                            0,          PLAN_TIME_MAX, NULL};

static int simple_op(lua_State *L, unsigned code, const char *what)
{
    if (lua_gettop(L) > 0) {
        const char *got = scn_describe(L, 1);
        scn_fail(L, "%s() takes nothing, got %s", what, got);
    }
    return push_op(L, (struct scn_op){.op = {.code = (uint16_t)code}});
}

static int valued_op(lua_State *L, unsigned code, const char *what, const struct scn_field *field)
{
    int64_t value = field->def;
    if (!lua_isnoneornil(L, 1) || field->def == SCN_REQUIRED)
        value = scn_value(L, 1, what, field);
    return push_op(L, (struct scn_op){.op = {.code = (uint16_t)code, .value = value}});
}

static const struct scn_field within_field = {
    "within", SCN_TIME, 0, 1, PLAN_TIME_MAX, "leave it out for the round's own timeout"};

/* barrier(), or barrier { within = "5s" } */
int scn_word_barrier(lua_State *L)
{
    int64_t within = 0;
    if (lua_gettop(L) == 0)
        return simple_op(L, PLAN_OP_BARRIER, "barrier");
    scn_table(L, 1, "barrier", "barrier() or barrier { within = \"5s\" }");
    lua_settop(L, 1);
    scn_fields(L, 1, "barrier", &within_field, 1, false, &within);
    return push_op(L, (struct scn_op){.op = {.code = PLAN_OP_BARRIER, .value2 = within}});
}
int scn_word_checkpoint(lua_State *L) { return simple_op(L, PLAN_OP_CHECKPOINT, "checkpoint"); }
int scn_word_hang(lua_State *L) { return simple_op(L, PLAN_OP_HANG, "hang"); }

/* all_gather "64KiB", or all_gather { "64KiB", within = "5s" } */
int scn_word_all_gather(lua_State *L)
{
    static const struct scn_field size = {"the size", SCN_BYTES,      SCN_REQUIRED,
                                          0,          PLAN_BYTES_MAX, NULL};
    int64_t within = 0;
    if (lua_type(L, 1) != LUA_TTABLE)
        return valued_op(L, PLAN_OP_ALL_GATHER, "all_gather", &size);
    lua_settop(L, 1);
    scn_fields(L, 1, "all_gather", &within_field, 1, true, &within);
    if (lua_rawlen(L, 1) != 1)
        scn_fail(L, "all_gather: there are %I sizes, must be 1; write all_gather { \"64KiB\", within = \"5s\" }",
                 (LUAI_UACINT)lua_rawlen(L, 1));
    lua_rawgeti(L, 1, 1);
    int64_t bytes = scn_value(L, 2, "all_gather", &size);
    return push_op(L, (struct scn_op){
                          .op = {.code = PLAN_OP_ALL_GATHER, .value = bytes, .value2 = within}});
}

int scn_word_output(lua_State *L)
{
    static const struct scn_field size = {"the size", SCN_BYTES,      SCN_REQUIRED,
                                          0,          PLAN_BYTES_MAX, NULL};
    return valued_op(L, PLAN_OP_OUTPUT, "output", &size);
}

int scn_word_fail(lua_State *L)
{
    if (scn_is_gang(L, 1))
        return scn_decide_fail(L);
    static const struct scn_field code = {"the code", SCN_INT, 1, 0, INT32_MAX, NULL};
    return valued_op(L, PLAN_OP_FAIL, "fail", &code);
}

int scn_word_exit(lua_State *L)
{
    static const struct scn_field status = {"the status", SCN_INT, 0, 0, 255, NULL};
    return valued_op(L, PLAN_OP_EXIT, "exit", &status);
}

int scn_word_fetch(lua_State *L)
{
    static const struct scn_field size = {"the size", SCN_BYTES,      SCN_REQUIRED,
                                          0,          PLAN_BYTES_MAX, NULL};
    return valued_op(L, PLAN_OP_FETCH, "fetch", &size);
}

int scn_word_all_reduce(lua_State *L)
{
    static const struct scn_field size = {"the size", SCN_BYTES,      SCN_REQUIRED,
                                          0,          PLAN_BYTES_MAX, NULL};
    return valued_op(L, PLAN_OP_ALL_REDUCE, "all_reduce", &size);
}

static uint16_t read_holder(lua_State *L, int table)
{
    static const char *const holders[] = {[PLAN_HOLDER_DRIVER] = "driver", [PLAN_HOLDER_FIRST] = "first"};
    lua_pushliteral(L, "at");
    lua_rawget(L, table);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    for (uint16_t at = 0; at <= PLAN_HOLDER_FIRST; at++)
        if (strcmp(text, holders[at]) == 0 || (at == 0 && lua_isnil(L, -1))) {
            lua_pop(L, 1);
            return at;
        }
    scn_fail(L, "meet: at is %s, must be \"driver\" or \"first\" (the task of rank 0)",
             scn_describe(L, lua_gettop(L)));
}

/* meet("tracker", { tasks = 4, within = "30s", at = "first" }) */
int scn_word_meet(lua_State *L)
{
    enum { TASKS, WITHIN, AT, COUNT };
    static const struct scn_field fields[COUNT] = {
        [TASKS] = {"tasks", SCN_INT, SCN_REQUIRED, 1, PLAN_TASKS_MAX, "so many tasks meet there"},
        [WITHIN] = {"within", SCN_TIME, PLAN_NEVER, 1, PLAN_TIME_MAX,
                    "leave it out for no timeout"},
        [AT] = {.name = "at", .type = SCN_OTHER},
    };
    int64_t v[COUNT];
    struct scn_op op = {.name = scn_text(L, 1, "meet: its name")};
    lua_settop(L, 2);
    scn_table(L, 2, "meet", "meet(\"tracker\", { tasks = 4, within = \"30s\" })");
    scn_fields(L, 2, "meet", fields, COUNT, false, v);
    op.op = (struct plan_op){.code = PLAN_OP_MEET,
                             .to = read_holder(L, 2),
                             .value = v[TASKS],
                             .value2 = v[WITHIN]};
    return push_op(L, op);
}

/* exchange("1GiB", { batch = "64KiB" }); row by row is a batch of one row's bytes */
int scn_word_exchange(lua_State *L)
{
    static const struct scn_field size = {"the size", SCN_BYTES,      SCN_REQUIRED,
                                          0,          PLAN_BYTES_MAX, NULL};
    static const struct scn_field batch = {
        "batch", SCN_BYTES, SCN_REQUIRED, 1, PLAN_BYTES_MAX, "row by row is batch = \"100B\""};
    int64_t batch_bytes, bytes = scn_value(L, 1, "exchange", &size);
    lua_settop(L, 2);
    scn_table(L, 2, "exchange", "exchange(\"1GiB\", { batch = \"64KiB\" })");
    scn_fields(L, 2, "exchange", &batch, 1, false, &batch_bytes);
    return push_op(L, (struct scn_op){
                          .op = {.code = PLAN_OP_EXCHANGE, .value = bytes, .value2 = batch_bytes}});
}

/* ---- distributions */

static int push_dist(lua_State *L, struct plan_dist dist)
{
    struct plan_dist *made = scn_new(L, SCN_CLASS_DIST, sizeof *made, 0);
    *made = dist;
    return 1;
}

/* { "80ms", "120ms" } at index 1. */
static struct plan_dist read_uniform(lua_State *L, const char *what)
{
    struct plan_dist dist = {.kind = PLAN_DIST_UNIFORM};
    scn_table(L, 1, what, lua_pushfstring(L, "%s { \"80ms\", \"120ms\" }", what));
    lua_settop(L, 1);
    scn_fields(L, 1, what, NULL, 0, true, NULL);
    if (lua_rawlen(L, 1) != 2)
        scn_fail(L, "%s: there are %I times, must be 2; write %s { \"80ms\", \"120ms\" }", what,
                 (LUAI_UACINT)lua_rawlen(L, 1), what);
    struct scn_field high = time_field;
    lua_rawgeti(L, 1, 1);
    dist.lo = high.lo = scn_value(L, 2, what, &time_field);
    high.name = "the second time";
    high.hint = "swap them";
    lua_rawgeti(L, 1, 2);
    dist.hi = scn_value(L, 3, what, &high);
    return dist;
}

int scn_word_uniform(lua_State *L) { return push_dist(L, read_uniform(L, "uniform")); }

int scn_word_exponential(lua_State *L)
{
    enum { MEAN, MAX, COUNT };
    static const struct scn_field fields[COUNT] = {
        [MEAN] = {"mean", SCN_TIME, SCN_REQUIRED, 0, PLAN_TIME_MAX, NULL},
        [MAX] = {"max", SCN_TIME, SCN_ABSENT, 0, PLAN_TIME_MAX, NULL},
    };
    int64_t v[COUNT];
    scn_table(L, 1, "exponential", "exponential { mean = \"1s\", max = \"10s\" }");
    scn_fields(L, 1, "exponential", fields, COUNT, false, v);
    if (v[MAX] == SCN_ABSENT)
        v[MAX] = v[MEAN] > PLAN_TIME_MAX / 10 ? PLAN_TIME_MAX : 10 * v[MEAN];
    if (v[MAX] < v[MEAN])
        scn_fail(L, "exponential: max is below the mean; draws are cut at max, so make it larger");
    return push_dist(
        L, (struct plan_dist){.kind = PLAN_DIST_EXPONENTIAL, .lo = v[MEAN], .hi = v[MAX]});
}

int scn_word_lognormal(lua_State *L)
{
    enum { MEDIAN, SIGMA, COUNT };
    static const struct scn_field fields[COUNT] = {
        [MEDIAN] = {"median", SCN_TIME, SCN_REQUIRED, 0, PLAN_TIME_MAX, NULL},
        [SIGMA] = {"sigma", SCN_MILLI, 500, 0, PLAN_SIGMA_MAX, NULL},
    };
    int64_t v[COUNT];
    scn_table(L, 1, "lognormal", "lognormal { median = \"1s\", sigma = 0.5 }");
    scn_fields(L, 1, "lognormal", fields, COUNT, false, v);
    return push_dist(
        L, (struct plan_dist){.kind = PLAN_DIST_LOGNORMAL, .lo = v[MEDIAN], .hi = v[SIGMA]});
}

int scn_word_empirical(lua_State *L)
{
    struct scn_rows *values = &scn_host(L)->values;
    scn_table(L, 1, "empirical", "empirical { \"1s\", \"3s\" }");
    lua_settop(L, 1);
    scn_fields(L, 1, "empirical", NULL, 0, true, NULL);
    lua_Integer count = (lua_Integer)lua_rawlen(L, 1);
    if (count == 0)
        scn_fail(L, "empirical: there is no time in it; write empirical { \"1s\", \"3s\" }");
    struct plan_dist dist = {.kind = PLAN_DIST_EMPIRICAL, .first = values->count};
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, i);
        int64_t value = scn_value(L, 2, "empirical", &time_field);
        *(int64_t *)scn_add(L, values) = value;
        lua_settop(L, 1);
    }
    dist.count = values->count - dist.first;
    return push_dist(L, dist);
}

int scn_word_column(lua_State *L)
{
    enum { FIRST, STEP, COUNT };
    static const struct scn_field fields[COUNT] = {
        [FIRST] = {"first", SCN_INT, SCN_REQUIRED, 0, PLAN_NONE - 1, NULL},
        [STEP] = {"step", SCN_INT, 0, 0, PLAN_NONE - 1, NULL},
    };
    int64_t v[COUNT] = {0, 0};
    if (lua_type(L, 1) == LUA_TTABLE)
        scn_fields(L, 1, "column", fields, COUNT, false, v);
    else
        v[FIRST] = scn_value(L, 1, "column", &fields[FIRST]);
    return push_dist(L,
                     (struct plan_dist){.kind = PLAN_DIST_COLUMN, .lo = v[FIRST], .hi = v[STEP]});
}

int scn_word_compute(lua_State *L)
{
    const struct plan_dist *given = scn_test(L, 1, SCN_CLASS_DIST);
    struct scn_op op = {.op = {.code = PLAN_OP_COMPUTE}};
    if (given != NULL)
        op.dist = *given;
    else if (lua_type(L, 1) == LUA_TTABLE)
        op.dist = read_uniform(L, "compute");
    else
        op.dist = (struct plan_dist){.kind = PLAN_DIST_FIXED,
                                     .lo = scn_value(L, 1, "compute", &time_field)};
    return push_op(L, op);
}

/* ---- columns */

static uint32_t read_cell(lua_State *L, const char *where, lua_Integer row, lua_Integer column)
{
    int is_integer = 0;
    lua_Integer value = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_integer) : 0;
    if (!is_integer || value < 0 || value > UINT32_MAX) {
        const char *got = scn_describe(L, -1);
        scn_fail(
            L,
            "columns: %s row %I, column %I is %s, must be an integer in 0..%I; take another unit",
            where, (LUAI_UACINT)row, (LUAI_UACINT)column, got, (LUAI_UACINT)UINT32_MAX);
    }
    return (uint32_t)value;
}

static uint32_t fill_from_list(lua_State *L, int list, uint32_t width)
{
    lua_Integer count = (lua_Integer)lua_rawlen(L, list);
    struct scn_rows *cells = &scn_host(L)->cells;
    if (count == 0 || count % width != 0)
        scn_fail(L,
                 "columns: there are %I values, must be rows of %I; give each rank all its columns",
                 (LUAI_UACINT)count, (LUAI_UACINT)width);
    if (count > UINT32_MAX)
        scn_fail(L, "columns: there are %I values, must be %I at most", (LUAI_UACINT)count,
                 (LUAI_UACINT)UINT32_MAX);
    uint32_t *cell = scn_add_many(L, cells, (uint32_t)count);
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, list, i + 1);
        cell[i] = read_cell(L, "the value of", i / width, i % width);
        lua_pop(L, 1);
    }
    return (uint32_t)(count / width);
}

static uint32_t fill_from_function(lua_State *L, int function, uint32_t width, int64_t rows)
{
    struct scn_rows *cells = &scn_host(L)->cells;
    uint32_t at = cells->count;
    if (rows > UINT32_MAX / width)
        scn_fail(L, "columns: there are %I rows of %I, must be %I values at most",
                 (LUAI_UACINT)rows, (LUAI_UACINT)width, (LUAI_UACINT)UINT32_MAX);
    scn_add_many(L, cells, (uint32_t)rows * width); /* now: f may make columns of its own */
    for (lua_Integer row = 0; row < rows; row++) {
        for (lua_Integer column = 0; column < width; column++) {
            lua_pushvalue(L, function);
            lua_pushinteger(L, row);
            lua_pushinteger(L, column);
            lua_call(L, 2, 1);
            uint32_t value = read_cell(L, "what fill gives for", row, column);
            *(uint32_t *)scn_row(cells, at++) = value;
            lua_pop(L, 1);
        }
    }
    return (uint32_t)rows;
}

int scn_word_columns(lua_State *L)
{
    enum { WIDTH, UNIT, ROWS, VALUES, FILL, COUNT };
    static const struct scn_field fields[COUNT] = {
        [WIDTH] = {"width", SCN_INT, SCN_REQUIRED, 1, 65536, NULL},
        [UNIT] = {"unit", SCN_TIME, SCN_REQUIRED, 1, PLAN_DAY,
                  "say what a 1 means, such as \"1us\""},
        [ROWS] = {"rows", SCN_INT, SCN_ABSENT, 1, PLAN_NONE - 1, NULL},
        [VALUES] = {.name = "values", .type = SCN_OTHER},
        [FILL] = {.name = "fill", .type = SCN_OTHER},
    };
    int64_t v[COUNT];
    scn_table(L, 1, "columns", "columns { width = 2, unit = \"1ms\", values = { 1, 2, 3, 4 } }");
    lua_settop(L, 1);
    scn_fields(L, 1, "columns", fields, COUNT, false, v);
    struct scn_columns *made = scn_new(L, SCN_CLASS_COLUMNS, sizeof *made, 0);
    int values = lua_getfield(L, 1, "values"), fill = lua_getfield(L, 1, "fill");
    if ((values == LUA_TTABLE) == (fill == LUA_TFUNCTION))
        scn_fail(L, "columns: give either values = { ... } or rows = 8 and fill = a function of "
                    "rank and column");
    if ((fill == LUA_TFUNCTION) != (v[ROWS] != SCN_ABSENT))
        scn_fail(L, "columns: rows goes with fill; with values it is known");
    *made = (struct scn_columns){.planned = PLAN_NONE,
                                 .width = (uint32_t)v[WIDTH],
                                 .first_cell = scn_host(L)->cells.count,
                                 .unit_ns = v[UNIT]};
    made->rows = values == LUA_TTABLE ? fill_from_list(L, 3, made->width)
                                      : fill_from_function(L, 4, made->width, v[ROWS]);
    lua_settop(L, 2);
    return 1;
}
