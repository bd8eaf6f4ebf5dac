/*
 * fault.c -- the words for what goes wrong with links, machines, tasks and the driver.
 *
 * This room is for: reading what such a word is given; each is one act for each executor it names.
 * It may include:   the C library, Lua, host.h.
 * Never here:       when it happens (act.c), what it does to the world.
 *
 * Invariant: what can be taken back (plan_act_back()) may be given `lasts`: the act that ends it
 * then stands right behind it, under the same trigger.
 */
#include "host.h"

#include <string.h>

enum { OWN_MAX = 3 }; /* fields that a word has besides way and lasts */

static const struct scn_field way_field = {.name = "way", .type = SCN_OTHER};
static const struct scn_field to_field = {.name = "to", .type = SCN_OTHER};
static const struct scn_field lasts_field = {"lasts", SCN_TIME,      SCN_ABSENT,
                                             1,       PLAN_TIME_MAX, "leave it out for no end"};

static void refuse_more(lua_State *L, const char *what, int most, const char *form)
{
    if (lua_gettop(L) <= most)
        return;
    const char *got = scn_describe(L, most + 1);
    scn_fail(L, "%s takes no more than %d of what it is given, got %s; write %s", what, most, got,
             form);
}

/* ---- what the words of links and machines share */

static uint32_t read_way(lua_State *L, int table, const char *what)
{
    static const char *const ways[] = {
        [PLAN_WAY_BOTH] = "both", [PLAN_WAY_IN] = "in", [PLAN_WAY_OUT] = "out"};
    enum { WAYS = sizeof ways / sizeof *ways };
    uint32_t way = 0;
    lua_pushliteral(L, "way");
    if (lua_rawget(L, table) != LUA_TNIL) {
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        while (way < WAYS && strcmp(text, ways[way]) != 0)
            way++;
    }
    if (way == WAYS)
        scn_fail(L,
                 "%s: way is %s, must be \"both\", \"in\" (to the executor) or \"out\" (from it)",
                 what, scn_describe(L, lua_gettop(L)));
    lua_pop(L, 1);
    return way;
}

/* An act on each executor that argument 1 names, with the table of fields at argument 2. */
struct request {
    const char *what, *form;
    unsigned kind;
    bool has_way, has_lasts, has_to;
    const struct scn_field *own; /* what else it may, or must, be given */
    size_t own_count;
};

/* An act on the link of each of these executors with each of those. */
static struct scn_acts *acts_between(lua_State *L, const char *what, unsigned kind,
                                     const struct scn_executors *these,
                                     const struct scn_executors *those)
{
    if ((uint64_t)these->count * those->count > PLAN_ACTS_MAX)
        scn_fail(L, "%s: it is about %d x %d links, and there are no more than %d acts; name fewer",
                 what, (int)these->count, (int)those->count, PLAN_ACTS_MAX);
    struct scn_acts *made = scn_acts_new(L, what, kind, these->count * those->count);
    for (uint32_t i = 0; i < made->count; i++) {
        made->at[i].row.executor = these->at[i / those->count];
        made->at[i].row.peer = those->at[i % those->count];
        if (made->at[i].row.executor == made->at[i].row.peer)
            scn_fail(L,
                     "%s: executor %d is at both ends, and no network is between it and itself; "
                     "name another",
                     what, (int)made->at[i].row.peer);
    }
    return made;
}

/* Of the executors at argument 1 with the driver, or with those that the table at argument 2 names. */
static struct scn_acts *acts_on_links(lua_State *L, const struct request *r)
{
    scn_table(L, 2, r->what, r->form);
    lua_pushliteral(L, "to");
    int type = lua_rawget(L, 2), to = lua_gettop(L);
    const struct scn_executors *those = scn_test(L, to, SCN_CLASS_EXECUTORS);
    if (type == LUA_TNIL || scn_test(L, to, SCN_CLASS_DRIVER) != NULL)
        return scn_acts_on_executors(L, r->what, r->kind);
    if (those == NULL)
        scn_fail(L, "%s: to is %s, must be an executor, such as c.executor[1], or driver", r->what,
                 scn_describe(L, to));
    const struct scn_executors *these =
        scn_check(L, 1, SCN_CLASS_EXECUTORS, r->what, r->form);
    return acts_between(L, r->what, r->kind, these, those);
}

static struct scn_acts *read_request(lua_State *L, const struct request *r, int64_t *own)
{
    struct scn_field fields[OWN_MAX + 3];
    int64_t v[OWN_MAX + 3] = {0};
    size_t count = r->own_count;
    plan_ns lasts_ns = 0;
    uint32_t way = PLAN_WAY_BOTH;
    for (size_t i = 0; i < count; i++)
        fields[i] = r->own[i];
    if (r->has_lasts)
        fields[count++] = lasts_field;
    if (r->has_way)
        fields[count++] = way_field;
    if (r->has_to)
        fields[count++] = to_field;
    refuse_more(L, r->what, 2, r->form);
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) { /* then what must be given is missing, and told so */
        lua_newtable(L);
        lua_replace(L, 2);
    }
    struct scn_acts *made = r->has_to ? acts_on_links(L, r)
                                      : scn_acts_on_executors(L, r->what, r->kind);
    int at = lua_gettop(L);
    scn_table(L, 2, r->what, r->form);
    scn_fields(L, 2, r->what, fields, count, false, v);
    if (r->has_way)
        way = read_way(L, 2, r->what);
    if (r->has_lasts && v[r->own_count] != SCN_ABSENT)
        lasts_ns = v[r->own_count];
    for (uint32_t i = 0; i < made->count; i++) {
        made->at[i].row.way = way;
        made->at[i].lasts_ns = lasts_ns;
    }
    for (size_t i = 0; i < r->own_count; i++)
        own[i] = v[i];
    lua_pushvalue(L, at);
    return made;
}

static int push_filled(struct scn_acts *acts, plan_ns duration_ns, int64_t amount)
{
    for (uint32_t i = 0; i < acts->count; i++) {
        acts->at[i].row.duration_ns = duration_ns;
        acts->at[i].row.amount = (int32_t)amount;
    }
    return 1;
}

/* ---- links */

static int plain_link(lua_State *L, const char *what, unsigned kind, const char *form)
{
    const struct request request = {.what = what,
                                    .form = form,
                                    .kind = kind,
                                    .has_way = true,
                                    .has_lasts = kind != PLAN_ACT_MEND,
                                    .has_to = true};
    read_request(L, &request, NULL);
    return 1;
}

int scn_word_cut(lua_State *L)
{
    return plain_link(L, "cut", PLAN_ACT_CUT,
                      "cut(c.executor[2], { way = \"out\", lasts = \"20s\" })");
}

int scn_word_hold(lua_State *L)
{
    if (scn_is_gang(L, 1))
        return scn_decide_hold(L);
    return plain_link(L, "hold", PLAN_ACT_HOLD,
                      "hold(c.executor[2], { way = \"in\", lasts = \"20s\" })");
}

int scn_word_mend(lua_State *L)
{
    return plain_link(L, "mend", PLAN_ACT_MEND, "mend(c.executor[2], { way = \"out\" })");
}

int scn_word_clog(lua_State *L)
{
    static const struct scn_field by = {"by", SCN_TIME, SCN_REQUIRED, 1, PLAN_TIME_MAX, NULL};
    static const struct request request = {
        "clog", "clog(c.executor[2], { by = \"200ms\" })", PLAN_ACT_CLOG, true, true, true, &by, 1};
    int64_t by_ns;
    struct scn_acts *made = read_request(L, &request, &by_ns);
    return push_filled(made, by_ns, 0);
}

#define PERMILLE                                                                                   \
    {                                                                                              \
        "permille", SCN_INT, SCN_REQUIRED, 1, 1000, "of 1000 messages so many"                     \
    }

static int portion(lua_State *L, const char *what, unsigned kind, const char *form)
{
    static const struct scn_field permille = PERMILLE;
    const struct request request = {what, form, kind, true, true, false, &permille, 1};
    int64_t of_1000;
    struct scn_acts *made = read_request(L, &request, &of_1000);
    return push_filled(made, 0, of_1000);
}

int scn_word_lose(lua_State *L)
{
    return portion(L, "lose", PLAN_ACT_LOSE, "lose(c.executor[2], { permille = 300 })");
}

int scn_word_double(lua_State *L)
{
    return portion(L, "double", PLAN_ACT_DOUBLE, "double(c.executor[2], { permille = 300 })");
}

int scn_word_reorder(lua_State *L)
{
    enum { BY, OF_1000, COUNT };
    static const struct scn_field fields[COUNT] = {
        [BY] = {"by", SCN_TIME, SCN_REQUIRED, 1, PLAN_TIME_MAX, NULL}, [OF_1000] = PERMILLE};
    static const struct request request = {
        "reorder",
        "reorder(c.executor[2], { permille = 300, by = \"50ms\" })",
        PLAN_ACT_REORDER,
        true,
        true,
        false,
        fields,
        COUNT};
    int64_t v[COUNT];
    struct scn_acts *made = read_request(L, &request, v);
    return push_filled(made, v[BY], v[OF_1000]);
}

int scn_word_break_link(lua_State *L)
{
    static const struct request request = {
        .what = "break_link",
        .form = "break_link(c.executor[2], { to = c.executor[1] })",
        .kind = PLAN_ACT_BREAK,
        .has_to = true};
    read_request(L, &request, NULL);
    return 1;
}

int scn_word_refuse(lua_State *L)
{
    static const char form[] = "refuse(c.executor[0], { to = c.executor[2], way = \"out\" })";
    struct scn_acts *made;
    plain_link(L, "refuse", PLAN_ACT_REFUSE, form);
    made = scn_test(L, -1, SCN_CLASS_ACTS);
    if (made->count > 0 && made->at[0].row.peer == PLAN_NONE)
        scn_fail(L, "refuse: to is missing, and the driver refuses nobody; write %s", form);
    return 1;
}

/* partition(c.executor { 0, 1 }, c.executor { 2, 3 }): every link between the two sides. */
static int split(lua_State *L, const char *form)
{
    refuse_more(L, "partition", 3, form);
    lua_settop(L, 3);
    const struct scn_executors *these = scn_check(L, 1, SCN_CLASS_EXECUTORS, "partition", form);
    const struct scn_executors *those = scn_test(L, 2, SCN_CLASS_EXECUTORS);
    int64_t lasts_ns = 0;
    if (!lua_isnil(L, 3)) {
        scn_table(L, 3, "partition", form);
        scn_fields(L, 3, "partition", &lasts_field, 1, false, &lasts_ns);
    }
    struct scn_acts *made = acts_between(L, "partition", PLAN_ACT_CUT, these, those);
    for (uint32_t i = 0; i < made->count && lasts_ns != SCN_ABSENT; i++)
        made->at[i].lasts_ns = lasts_ns;
    return 1;
}

/* partition(c.executor { 1, 3 }, driver): from the driver, or from each other. */
int scn_word_partition(lua_State *L)
{
    static const char form[] = "partition(c.executor { 1, 3 }, driver, { lasts = \"20s\" })";
    static const struct request request = {
        .what = "partition", .form = form, .kind = PLAN_ACT_CUT, .has_lasts = true};
    if (scn_test(L, 2, SCN_CLASS_EXECUTORS) != NULL)
        return split(L, "partition(c.executor { 0, 1 }, c.executor { 2, 3 }, { lasts = \"20s\" })");
    if (scn_test(L, 2, SCN_CLASS_DRIVER) != NULL)
        lua_remove(L, 2);
    read_request(L, &request, NULL);
    return 1;
}

/* ---- machines */

/* pause(c.executor[2], "5s") */
static int timed(lua_State *L, const char *what, unsigned kind, const char *form)
{
    static const struct scn_field time = {"the time", SCN_TIME,      SCN_REQUIRED,
                                          1,          PLAN_TIME_MAX, NULL};
    refuse_more(L, what, 2, form);
    lua_settop(L, 2);
    int64_t duration = scn_value(L, 2, what, &time);
    return push_filled(scn_acts_on_executors(L, what, kind), duration, 0);
}

int scn_word_pause(lua_State *L)
{
    return timed(L, "pause", PLAN_ACT_PAUSE, "pause(c.executor[2], \"5s\")");
}

int scn_word_drain(lua_State *L)
{
    if (!lua_isnoneornil(L, 2) || !scn_manager_is_graceful(scn_host(L)))
        return timed(L, "drain", PLAN_ACT_DRAIN, "drain(c.executor[2], \"30s\")");
    struct scn_acts *made = scn_acts_on_executors(L, "drain", PLAN_ACT_DRAIN);
    for (uint32_t i = 0; i < made->count; i++)
        made->at[i].by_grace = true;
    return 1;
}

int scn_word_slow(lua_State *L)
{
    static const struct scn_field percent = {
        "percent", SCN_INT, SCN_REQUIRED,
        1,         100000,  "100 is the usual speed, 300 takes thrice the time"};
    static const struct request request = {
        "slow", "slow(c.executor[2], { percent = 300 })", PLAN_ACT_SLOW, false, true, false, &percent, 1};
    int64_t of_100;
    struct scn_acts *made = read_request(L, &request, &of_100);
    return push_filled(made, 0, of_100);
}

int scn_word_drift(lua_State *L)
{
    static const struct scn_field ppm = {
        "ppm", SCN_INT, SCN_REQUIRED, -100000, 100000, "negative is a slow clock, 0 a true one"};
    static const struct request request = {
        "drift", "drift(c.executor[2], { ppm = -500 })", PLAN_ACT_DRIFT, false, false, false, &ppm, 1};
    int64_t millionths;
    struct scn_acts *made = read_request(L, &request, &millionths);
    return push_filled(made, 0, millionths);
}

static uint32_t gpus_of(const struct scn_host *host, uint32_t executor)
{
    uint32_t group = 0;
    for (; executor >= ((const struct scn_group *)scn_row(&host->groups, group))->count; group++)
        executor -= ((const struct scn_group *)scn_row(&host->groups, group))->count;
    return ((const struct scn_group *)scn_row(&host->groups, group))->row.gpus;
}

int scn_word_lose_gpu(lua_State *L)
{
    static const struct scn_field address = {"the address",     SCN_INT, SCN_REQUIRED, 0,
                                             PLAN_GPUS_MAX - 1, NULL};
    refuse_more(L, "lose_gpu", 2, "lose_gpu(c.executor[2], 0)");
    lua_settop(L, 2);
    int64_t gpu = scn_value(L, 2, "lose_gpu", &address);
    struct scn_acts *made = scn_acts_on_executors(L, "lose_gpu", PLAN_ACT_LOSE_GPU);
    for (uint32_t i = 0; i < made->count; i++) {
        uint32_t gpus = gpus_of(scn_host(L), made->at[i].row.executor);
        if (gpu >= gpus)
            scn_fail(L,
                     "lose_gpu: the address is %I, but executor %d has %d GPUs, counted from 0; "
                     "take one that it has",
                     (LUAI_UACINT)gpu, (int)made->at[i].row.executor, (int)gpus);
    }
    return push_filled(made, 0, gpu);
}

int scn_word_take(lua_State *L)
{
    enum { CORES, LASTS, COUNT };
    static const struct scn_field fields[COUNT] = {
        [CORES] = {"cores", SCN_INT, SCN_REQUIRED, 1, PLAN_CORES_MAX, NULL},
        [LASTS] = {"lasts", SCN_TIME, 0, 1, PLAN_TIME_MAX, "leave it out for until the heal"}};
    static const struct request request = {
        "take",        "take(c.executor[2], { cores = 1, lasts = \"10s\" })",
        PLAN_ACT_TAKE, false,
        false,         false,
        fields,        COUNT};
    int64_t v[COUNT];
    struct scn_acts *made = read_request(L, &request, v);
    return push_filled(made, v[LASTS], v[CORES]);
}

int scn_word_exclude(lua_State *L)
{
    refuse_more(L, "exclude", 1, "exclude(c.executor[2])");
    scn_acts_on_executors(L, "exclude", PLAN_ACT_EXCLUDE);
    return 1;
}

/* ---- tasks */

int scn_word_ignore_kill(lua_State *L)
{
    refuse_more(L, "ignore_kill", 1, "ignore_kill(resnet:rank(3))");
    scn_act_on_task(L, "ignore_kill", PLAN_ACT_IGNORE_KILL);
    return 1;
}

int scn_word_quit(lua_State *L)
{
    refuse_more(L, "quit", 1, "quit(resnet:rank(3))");
    scn_act_on_task(L, "quit", PLAN_ACT_QUIT);
    return 1;
}

int scn_word_linger(lua_State *L)
{
    static const struct scn_field time = {"the time", SCN_TIME,      SCN_REQUIRED,
                                          1,          PLAN_TIME_MAX, NULL};
    refuse_more(L, "linger", 2, "linger(resnet:rank(3), \"20s\")");
    lua_settop(L, 2);
    int64_t duration = scn_value(L, 2, "linger", &time);
    scn_act_on_task(L, "linger", PLAN_ACT_LINGER)->duration_ns = duration;
    return 1;
}

static uint32_t read_stray_op(lua_State *L, int table)
{
    static const char *const ops[] = {"barrier", "all_gather"};
    lua_pushliteral(L, "op");
    lua_rawget(L, table);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    for (uint32_t op = 0; op < 2; op++)
        if (strcmp(text, ops[op]) == 0 || (op == 0 && lua_isnil(L, -1))) {
            lua_pop(L, 1);
            return op;
        }
    scn_fail(L, "stray_call: op is %s, must be \"barrier\" or \"all_gather\"",
             scn_describe(L, lua_gettop(L)));
}

int scn_word_stray_call(lua_State *L)
{
    enum { EPOCH, OP, SIZE, COUNT };
    static const char form[] = "stray_call(resnet:rank(3), { op = \"all_gather\", epoch = 0 })";
    static const struct scn_field fields[COUNT] = {
        [EPOCH] = {"epoch", SCN_INT, SCN_REQUIRED, 0, INT32_MAX, "epochs count from 0"},
        [OP] = {.name = "op", .type = SCN_OTHER},
        [SIZE] = {"size", SCN_INT, 0, 1, PLAN_TASKS_MAX, "leave it out for as many as there are"}};
    int64_t v[COUNT];
    refuse_more(L, "stray_call", 2, form);
    lua_settop(L, 2);
    struct plan_act *row = scn_act_on_task(L, "stray_call", PLAN_ACT_STRAY_CALL);
    int at = lua_gettop(L);
    scn_table(L, 2, "stray_call", form);
    scn_fields(L, 2, "stray_call", fields, COUNT, false, v);
    row->way = read_stray_op(L, 2);
    row->amount = (int32_t)v[EPOCH];
    row->size = (uint32_t)v[SIZE];
    lua_pushvalue(L, at);
    return 1;
}

/* ---- the driver */

/* crash_driver "3s", or crash_driver { back = "3s", effect = 2 } */
int scn_word_crash_driver(lua_State *L)
{
    enum { BACK, EFFECT, COUNT };
    static const char form[] = "crash_driver { back = \"3s\", effect = 2 }";
    static const struct scn_field fields[COUNT] = {
        [BACK] = {"back", SCN_TIME, SCN_REQUIRED, 0, PLAN_TIME_MAX, "a driver always comes back"},
        [EFFECT] = {"effect", SCN_INT, 0, 0, INT32_MAX,
                    "1 is right before the next effect, 0 at once"}};
    int64_t v[COUNT] = {0, 0};
    refuse_more(L, "crash_driver", 1, form);
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TTABLE)
        scn_fields(L, 1, "crash_driver", fields, COUNT, false, v);
    else
        v[BACK] = scn_value(L, 1, "crash_driver", &fields[BACK]);
    return push_filled(scn_acts_new(L, "crash_driver", PLAN_ACT_CRASH_DRIVER, 1), v[BACK],
                       v[EFFECT]);
}
