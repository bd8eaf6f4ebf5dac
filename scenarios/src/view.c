/*
 * view.c -- what a scheduler in Lua is shown: the view, its gangs, executors and places, and lists of them.
 *
 * This room is for: the view as values of Lua, read-only; the room that a plan takes and gives back while it is made.
 * It may include:   the C library, Lua, host.h, view.h; of the core the placement's types alone.
 * Never here:       decisions (scheduler.c), the core's machines.
 *
 * The driver's books are copied flat, as one block; what Lua holds are handles into it, made when somebody looks. So being asked costs
 * a copy, whatever the cluster's size, and nothing can be changed but through take and give. A scheduler may keep what it was
 * shown: it stays as it was, for as long as somebody has it.
 *
 * Invariant: a handle's first user value is the view that it points into, or it is that view.
 */
#include "view.h"
#include "host.h"

#include <assert.h>
#include <string.h>

enum { SCN_KIND_GANG = PLAN_STAGE_BARRIER };
#define KEY_GANG     "gang"
#define KEY_EXECUTOR "executor"
#define KEY_PLACE    "place"
#define KEY_VIEW     "view"
#define KEY_LIST     "list"

static const char *const state_names[] = {"waiting", "holding", "launching", "running", "ending"};

/* The block: this head, and behind it the arrays. */
struct seen {
    const struct plan *plan; /* outlives the scheduler */
    gang_ns now;
    uint32_t waiting, gang_count, executor_count;
    struct gang_view_gang *gangs;
    struct gang_view_place *places;
    uint32_t *ranks;
    struct gang_view_executor *executors; /* `free` is what the plan at hand leaves */
    int64_t *cores, *memory, *gpu_milli;  /* of each: it may be below 0, if more was taken than there was */
};
enum { VIEW_WAITING = 1, VIEW_RUNNING, VIEW_EXECUTORS, VIEW_VALUES = VIEW_EXECUTORS };

struct handle {
    struct seen *seen;
    uint32_t index; /* of the gang, executor or place */
};
enum { OF_VIEW = 1, GANG_RANKS, GANG_PLACES, GANG_VALUES = GANG_PLACES };

struct list {
    struct seen *seen;
    enum list_of { LIST_GANGS, LIST_EXECUTORS, LIST_PLACES, LIST_RANKS } of;
    uint32_t first, count;
};
enum { LIST_MADE = 2, LIST_VALUES = LIST_MADE }; /* the handles that were made: the same one each time */

/* ---- handles */
static struct handle *handle_at(lua_State *L, int index, const char *key)
{
    return luaL_testudata(L, index, key);
}

bool scn_is_gang(lua_State *L, int index) { return handle_at(L, index, KEY_GANG) != NULL; }

const struct gang_view_gang *scn_view_gang(lua_State *L, int index)
{
    const struct handle *handle = handle_at(L, index, KEY_GANG);
    assert(handle != NULL);
    return &handle->seen->gangs[handle->index];
}

bool scn_view_executor_id(lua_State *L, int index, int64_t *id)
{
    const struct handle *handle = handle_at(L, index, KEY_EXECUTOR);
    if (handle != NULL)
        *id = handle->seen->executors[handle->index].id;
    return handle != NULL;
}

bool scn_view_is_list(lua_State *L, int index) { return luaL_testudata(L, index, KEY_LIST) != NULL; }

/* Pushes a handle into the view at `view`, an index into the stack. */
static void push_handle(lua_State *L, int view, struct seen *seen, const char *key, uint32_t index)
{
    struct handle *made = lua_newuserdatauv(L, sizeof *made, strcmp(key, KEY_GANG) == 0 ? GANG_VALUES : OF_VIEW);
    *made = (struct handle){seen, index};
    lua_pushvalue(L, view);
    lua_setiuservalue(L, -2, OF_VIEW);
    luaL_setmetatable(L, key);
}

static void push_list(lua_State *L, int view, struct list list)
{
    struct list *made = lua_newuserdatauv(L, sizeof *made, LIST_VALUES);
    *made = list;
    lua_pushvalue(L, view);
    lua_setiuservalue(L, -2, OF_VIEW);
    lua_newtable(L);
    lua_setiuservalue(L, -2, LIST_MADE);
    luaL_setmetatable(L, KEY_LIST);
}

/* ---- lists */
static int list_index(lua_State *L)
{
    static const char *const keys[] = {KEY_GANG, KEY_EXECUTOR, KEY_PLACE};
    const struct list *list = lua_touserdata(L, 1);
    lua_Integer at = lua_isinteger(L, 2) ? lua_tointeger(L, 2) : 0;
    if (at < 1 || at > list->count)
        return 0;
    uint32_t index = list->first + (uint32_t)at - 1;
    if (list->of == LIST_RANKS) {
        lua_pushinteger(L, list->seen->ranks[index]);
        return 1;
    }
    lua_getiuservalue(L, 1, LIST_MADE);
    if (lua_rawgeti(L, -1, at) != LUA_TNIL)
        return 1;
    lua_pop(L, 1);
    lua_getiuservalue(L, 1, OF_VIEW);
    push_handle(L, lua_gettop(L), list->seen, keys[list->of], index);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 3, at);
    return 1;
}

static int list_length(lua_State *L)
{
    const struct list *list = lua_touserdata(L, 1);
    lua_pushinteger(L, list->count);
    return 1;
}

/* ---- fields */
enum field {
    GANG_JOB_ID = 1, GANG_STAGE_ID, GANG_ATTEMPT, GANG_SIZE, GANG_TOGETHER, GANG_MIN, GANG_GROUP, GANG_PRIORITY, GANG_ATTEMPTS, GANG_FAILURES,
    GANG_LOSSES, GANG_MISSING, GANG_HELD, GANG_ASKED, GANG_RUNNING, GANG_DONE, GANG_LEAST, GANG_ORDER, GANG_SUBMITTED, GANG_QUEUED,
    GANG_CORES, GANG_MEMORY, GANG_GPU_MILLI, GANG_JOB, GANG_STAGE, GANG_KIND, GANG_STATE, GANG_RANK_LIST, GANG_PLACE_LIST,
    EXECUTOR_INDEX, EXECUTOR_INCARNATION, EXECUTOR_RACK, EXECUTOR_CORES, EXECUTOR_MEMORY, EXECUTOR_GPU_MILLI, EXECUTOR_TOTAL_CORES,
    EXECUTOR_TOTAL_MEMORY, EXECUTOR_TOTAL_GPU_MILLI, EXECUTOR_OFFERED,
    PLACE_RANK, PLACE_COUNT, PLACE_EXECUTOR, PLACE_SINCE, PLACE_STATE,
    VIEW_NOW, VIEW_WAITING_LIST, VIEW_RUNNING_LIST, VIEW_EXECUTOR_LIST,
};
struct named {
    const char *name;
    enum field field;
};

static const struct named gang_fields[] = {
    {"job_id", GANG_JOB_ID},         {"stage_id", GANG_STAGE_ID}, {"attempt", GANG_ATTEMPT},   {"size", GANG_SIZE},
    {"together", GANG_TOGETHER},     {"min", GANG_MIN},           {"group", GANG_GROUP},       {"priority", GANG_PRIORITY}, {"attempts", GANG_ATTEMPTS},
    {"failures", GANG_FAILURES},     {"losses", GANG_LOSSES},     {"missing", GANG_MISSING},   {"held", GANG_HELD},
    {"asked", GANG_ASKED},           {"running", GANG_RUNNING},   {"done", GANG_DONE},         {"least", GANG_LEAST},
    {"order", GANG_ORDER},           {"submitted", GANG_SUBMITTED}, {"queued", GANG_QUEUED},   {"cores", GANG_CORES},
    {"memory", GANG_MEMORY},         {"gpu_milli", GANG_GPU_MILLI}, {"job", GANG_JOB},         {"stage", GANG_STAGE},
    {"kind", GANG_KIND},             {"state", GANG_STATE},       {"ranks", GANG_RANK_LIST},   {"places", GANG_PLACE_LIST},
    {NULL, 0}};
static const struct named executor_fields[] = {
    {"index", EXECUTOR_INDEX},             {"incarnation", EXECUTOR_INCARNATION},   {"rack", EXECUTOR_RACK},
    {"cores", EXECUTOR_CORES},             {"memory", EXECUTOR_MEMORY},             {"gpu_milli", EXECUTOR_GPU_MILLI},
    {"total_cores", EXECUTOR_TOTAL_CORES}, {"total_memory", EXECUTOR_TOTAL_MEMORY}, {"total_gpu_milli", EXECUTOR_TOTAL_GPU_MILLI},
    {"offered", EXECUTOR_OFFERED},         {NULL, 0}};
static const struct named place_fields[] = {{"rank", PLACE_RANK},   {"count", PLACE_COUNT}, {"executor", PLACE_EXECUTOR},
                                            {"since", PLACE_SINCE}, {"state", PLACE_STATE}, {NULL, 0}};
static const struct named view_fields[] = {{"now", VIEW_NOW},
                                           {"waiting", VIEW_WAITING_LIST},
                                           {"running", VIEW_RUNNING_LIST},
                                           {"executors", VIEW_EXECUTOR_LIST},
                                           {NULL, 0}};

/* So many must be placed in one plan for any of it to start. */
static uint32_t least_of(const struct gang_view_gang *g)
{
    bool gang = g->kind == SCN_KIND_GANG;
    uint32_t there = gang ? g->size - g->waiting : g->held + g->asked, least = gang ? g->min : g->together;
    return least > there ? least - there : 1;
}

static const struct plan_stage *stage_of(const struct seen *seen, const struct gang_view_gang *g)
{
    return &seen->plan->stages[seen->plan->jobs[g->job].first_stage + g->stage];
}

static const char *stage_name(const struct seen *seen, const struct gang_view_gang *g)
{
    return plan_text(seen->plan, stage_of(seen, g)->name);
}

/* The list that is kept as the value's user value `kept`, made when first asked for. */
static int push_kept(lua_State *L, int kept, int view, struct list list)
{
    if (lua_getiuservalue(L, 1, kept) != LUA_TNIL)
        return 1;
    lua_pop(L, 1);
    push_list(L, view, list);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, kept);
    return 1;
}

static int push_list_of_gang(lua_State *L, const struct handle *handle, bool ranks)
{
    const struct gang_view_gang *g = &handle->seen->gangs[handle->index];
    struct list list = {handle->seen, LIST_PLACES, g->first_place, g->place_count};
    if (ranks)
        list = (struct list){handle->seen, LIST_RANKS, g->first_rank, g->rank_count};
    lua_getiuservalue(L, 1, OF_VIEW);
    return push_kept(L, ranks ? GANG_RANKS : GANG_PLACES, lua_gettop(L), list);
}

static int push_number(lua_State *L, int64_t value)
{
    lua_pushinteger(L, value);
    return 1;
}

static int push_name(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    return 1;
}

static int push_gang_field(lua_State *L, const struct handle *handle, enum field field)
{
    const struct seen *seen = handle->seen;
    const struct gang_view_gang *g = &seen->gangs[handle->index];
    switch ((unsigned)field) {
    case GANG_JOB_ID: return push_number(L, g->job);
    case GANG_STAGE_ID: return push_number(L, g->stage);
    case GANG_ATTEMPT: return push_number(L, g->attempt);
    case GANG_SIZE: return push_number(L, g->size);
    case GANG_TOGETHER: return push_number(L, g->together);
    case GANG_MIN: return push_number(L, g->kind == SCN_KIND_GANG ? g->min : stage_of(seen, g)->together);
    case GANG_GROUP: return g->group != GANG_NONE ? push_number(L, g->group) : 0;
    case GANG_PRIORITY: return push_number(L, g->priority);
    case GANG_ATTEMPTS: return push_number(L, g->attempts_used);
    case GANG_FAILURES: return push_number(L, g->failures);
    case GANG_LOSSES: return push_number(L, g->losses);
    case GANG_MISSING: return push_number(L, g->waiting);
    case GANG_HELD: return push_number(L, g->held);
    case GANG_ASKED: return push_number(L, g->asked);
    case GANG_RUNNING: return push_number(L, g->running);
    case GANG_DONE: return push_number(L, g->done);
    case GANG_LEAST: return push_number(L, least_of(g));
    case GANG_ORDER: return push_number(L, (int64_t)g->order);
    case GANG_SUBMITTED: return push_number(L, g->submitted_ns);
    case GANG_QUEUED: return g->queued_ns != GANG_NEVER ? push_number(L, g->queued_ns) : 0;
    case GANG_CORES: return push_number(L, g->need.cores);
    case GANG_MEMORY: return push_number(L, g->need.memory_mib);
    case GANG_GPU_MILLI: return push_number(L, g->need.gpu_milli);
    case GANG_JOB: return push_name(L, plan_text(seen->plan, seen->plan->jobs[g->job].name));
    case GANG_STAGE: return push_name(L, stage_name(seen, g));
    case GANG_KIND: return push_name(L, g->kind == SCN_KIND_GANG ? "gang" : "tasks");
    case GANG_STATE: return push_name(L, state_names[g->state]);
    case GANG_RANK_LIST: return push_list_of_gang(L, handle, true);
    default: assert(field == GANG_PLACE_LIST); return push_list_of_gang(L, handle, false);
    }
}

static int64_t gpus_of(const struct gang_view_executor *e)
{
    int64_t gpus = 0;
    for (uint64_t mask = e->total.gpu_mask; mask != 0; mask &= mask - 1)
        gpus++;
    return gpus;
}

static int push_executor_field(lua_State *L, const struct handle *handle, enum field field)
{
    const struct seen *seen = handle->seen;
    const struct gang_view_executor *e = &seen->executors[handle->index];
    switch ((unsigned)field) {
    case EXECUTOR_INDEX: return push_number(L, e->id);
    case EXECUTOR_INCARNATION: return push_number(L, e->incarnation);
    case EXECUTOR_RACK: return push_number(L, e->rack);
    case EXECUTOR_CORES: return push_number(L, seen->cores[handle->index]);
    case EXECUTOR_MEMORY: return push_number(L, seen->memory[handle->index]);
    case EXECUTOR_GPU_MILLI: return push_number(L, seen->gpu_milli[handle->index]);
    case EXECUTOR_TOTAL_CORES: return push_number(L, e->total.cores);
    case EXECUTOR_TOTAL_MEMORY: return push_number(L, e->total.memory_mib);
    case EXECUTOR_TOTAL_GPU_MILLI: return push_number(L, 1000 * gpus_of(e));
    default:
        assert(field == EXECUTOR_OFFERED);
        lua_pushboolean(L, e->offered != 0);
        return 1;
    }
}

static int push_place_field(lua_State *L, const struct handle *handle, enum field field)
{
    const struct gang_view_place *p = &handle->seen->places[handle->index];
    switch ((unsigned)field) {
    case PLACE_RANK: return push_number(L, p->rank);
    case PLACE_COUNT: return push_number(L, p->count);
    case PLACE_EXECUTOR: return push_number(L, p->executor);
    case PLACE_SINCE: return push_number(L, p->since_ns);
    default: assert(field == PLACE_STATE); return push_name(L, state_names[p->state]);
    }
}

static int push_view_field(lua_State *L, struct seen *seen, enum field field)
{
    switch ((unsigned)field) {
    case VIEW_NOW: return push_number(L, seen->now);
    case VIEW_WAITING_LIST:
        return push_kept(L, VIEW_WAITING, 1, (struct list){seen, LIST_GANGS, 0, seen->waiting});
    case VIEW_RUNNING_LIST:
        return push_kept(L, VIEW_RUNNING, 1,
                         (struct list){seen, LIST_GANGS, seen->waiting, seen->gang_count - seen->waiting});
    default:
        assert(field == VIEW_EXECUTOR_LIST);
        return push_kept(L, VIEW_EXECUTORS, 1, (struct list){seen, LIST_EXECUTORS, 0, seen->executor_count});
    }
}

/* ---- room: methods of executors and of the view */
static int64_t fits(const struct seen *seen, uint32_t i, const struct gang_need *need)
{
    int64_t most = INT32_MAX;
    if (need->cores > 0 && seen->cores[i] / need->cores < most)
        most = seen->cores[i] / need->cores;
    if (need->memory_mib > 0 && seen->memory[i] / need->memory_mib < most)
        most = seen->memory[i] / need->memory_mib;
    if (need->gpu_milli > 0 && seen->gpu_milli[i] / need->gpu_milli < most)
        most = seen->gpu_milli[i] / need->gpu_milli;
    return seen->executors[i].offered && most > 0 ? most : 0;
}

static void take(struct seen *seen, uint32_t i, const struct gang_need *need, int64_t tasks)
{
    seen->cores[i] -= tasks * need->cores;
    seen->memory[i] -= tasks * need->memory_mib;
    seen->gpu_milli[i] -= tasks * need->gpu_milli;
}

static struct handle *check_executor(lua_State *L, const char *word)
{
    struct handle *executor = handle_at(L, 1, KEY_EXECUTOR);
    if (executor == NULL)
        scn_fail(L, "%s: call it as executor:%s(gang)", word, word);
    if (!scn_is_gang(L, 2))
        scn_fail(L, "%s: it needs a gang of the view, got %s", word, scn_describe(L, 2));
    return executor;
}

static int executor_fits(lua_State *L)
{
    const struct handle *executor = check_executor(L, "fits");
    return push_number(L, fits(executor->seen, executor->index, &scn_view_gang(L, 2)->need));
}

/* How many tasks; no cluster has more, so that no sum of them overflows. */
static int64_t check_tasks(lua_State *L, const char *word)
{
    lua_Integer tasks = luaL_optinteger(L, 3, 1);
    if (tasks < -PLAN_TASKS_MAX || tasks > PLAN_TASKS_MAX)
        scn_fail(L, "%s: %I tasks are more than there may be, %d", word, (LUAI_UACINT)tasks, PLAN_TASKS_MAX);
    return tasks;
}

static int executor_take(lua_State *L)
{
    struct handle *executor = check_executor(L, "take");
    take(executor->seen, executor->index, &scn_view_gang(L, 2)->need, check_tasks(L, "take"));
    return 0;
}

static int executor_give(lua_State *L)
{
    struct handle *executor = check_executor(L, "give");
    take(executor->seen, executor->index, &scn_view_gang(L, 2)->need, -check_tasks(L, "give"));
    return 0;
}

static struct seen *check_view(lua_State *L, const char *word)
{
    struct seen *seen = luaL_testudata(L, 1, KEY_VIEW);
    if (seen == NULL)
        scn_fail(L, "%s: call it as view:%s(...)", word, word);
    return seen;
}

/* Do so many fit? */
static bool has_room(const struct seen *seen, const struct gang_need *need, int64_t wanted)
{
    int64_t there = 0;
    for (uint32_t i = 0; i < seen->executor_count && there < wanted; i++)
        there += fits(seen, i, need);
    return there >= wanted;
}

/* view:first_fit(gang, most): where as many of its tasks as may start go, and takes the room; else {} and nothing. */
static int view_first_fit(lua_State *L)
{
    struct seen *seen = check_view(L, "first_fit");
    if (!scn_is_gang(L, 2))
        scn_fail(L, "first_fit: it needs a gang of the view, got %s", scn_describe(L, 2));
    const struct gang_view_gang *g = scn_view_gang(L, 2);
    int64_t most = luaL_optinteger(L, 3, g->waiting), least = least_of(g), placed = 0;
    lua_newtable(L);
    if (least > most || !has_room(seen, &g->need, least))
        return 1;
    for (uint32_t i = 0; i < seen->executor_count && placed < most; i++) {
        int64_t here = fits(seen, i, &g->need);
        here = here < most - placed ? here : most - placed;
        take(seen, i, &g->need, here);
        while (here-- > 0) {
            lua_pushinteger(L, seen->executors[i].id);
            lua_rawseti(L, -2, ++placed);
        }
    }
    return 1;
}

static int view_after(lua_State *L)
{
    static const struct scn_field time = {"the time", SCN_TIME, SCN_REQUIRED, 0, PLAN_TIME_MAX, NULL};
    const struct seen *seen = check_view(L, "after");
    return push_number(L, seen->now + scn_value(L, 2, "after", &time));
}

/* ---- classes */
static const luaL_Reg view_methods[] = {{"first_fit", view_first_fit}, {"after", view_after}, {NULL, NULL}};
static const luaL_Reg executor_methods[] = {
    {"fits", executor_fits}, {"take", executor_take}, {"give", executor_give}, {NULL, NULL}};
static const luaL_Reg no_methods[] = {{NULL, NULL}};

static const struct seen_class {
    const char *key, *a; /* "gang", "a gang" */
    const struct named *fields;
    const luaL_Reg *methods;
    const char *instead; /* of writing to it */
} classes[] = {
    {KEY_GANG, "a gang", gang_fields, no_methods,
     "keep what you know of it in a table of your own, by gang.order or by gang.job"},
    {KEY_EXECUTOR, "an executor", executor_fields, executor_methods,
     "executor:take(gang, tasks) takes room for the plan at hand, executor:give(gang, tasks) gives it back"},
    {KEY_PLACE, "a place", place_fields, no_methods, "evict or release its ranks in the plan"},
    {KEY_VIEW, "the view", view_fields, view_methods, "keep what shall last in a local variable outside of on_plan"},
    {KEY_LIST, "a list of the view", NULL, NULL,
     "copy it first: for i, item in ipairs(list) do own[i] = item end"},
};

enum { NAMES_MAX = 40 };

/* It has no field of that name. Upvalue 2: its class. */
static int unknown_field(lua_State *L)
{
    const struct seen_class *class = lua_touserdata(L, lua_upvalueindex(2));
    const char *names[NAMES_MAX], *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    size_t count = 0;
    for (const struct named *f = class->fields; f->name != NULL; f++)
        names[count++] = f->name;
    for (const luaL_Reg *m = class->methods; m->name != NULL; m++)
        names[count++] = m->name;
    assert(count <= NAMES_MAX);
    scn_fail(L, "%s has no field %s%s", class->a, scn_describe(L, 2), scn_suggest(L, key, names, count));
}

/* Upvalue 1: of each name its field, or its method. */
static int seen_index(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    int type = lua_rawget(L, lua_upvalueindex(1));
    if (type == LUA_TFUNCTION)
        return 1;
    if (type != LUA_TNUMBER)
        return unknown_field(L);
    enum field field = (enum field)lua_tointeger(L, -1);
    void *self = lua_touserdata(L, 1);
    if (field >= VIEW_NOW)
        return push_view_field(L, self, field);
    if (field >= PLACE_RANK)
        return push_place_field(L, self, field);
    return field >= EXECUTOR_INDEX ? push_executor_field(L, self, field) : push_gang_field(L, self, field);
}

static int seen_newindex(lua_State *L) /* upvalue 1: its class */
{
    const struct seen_class *class = lua_touserdata(L, lua_upvalueindex(1));
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    if (key != NULL)
        scn_fail(L, "'%s' of %s cannot be set: what a scheduler is shown is read-only; %s", key, class->a, class->instead);
    scn_fail(L, "%s cannot be changed: what a scheduler is shown is read-only; %s", class->a, class->instead);
}

static int seen_text(lua_State *L) /* upvalue 1: its class; an address would change from run to run */
{
    const struct seen_class *class = lua_touserdata(L, lua_upvalueindex(1));
    return push_name(L, class->a);
}

static void open_record(lua_State *L, const struct seen_class *class)
{
    lua_newtable(L);
    for (const struct named *f = class->fields; f->name != NULL; f++) {
        lua_pushinteger(L, f->field);
        lua_setfield(L, -2, f->name);
    }
    luaL_setfuncs(L, class->methods, 0);
    lua_pushlightuserdata(L, (void *)(uintptr_t)class);
    lua_pushcclosure(L, seen_index, 2);
    lua_setfield(L, -2, "__index");
}

void scn_view_classes(lua_State *L)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        luaL_newmetatable(L, classes[i].key);
        if (classes[i].fields != NULL) {
            open_record(L, &classes[i]);
        } else {
            lua_pushcfunction(L, list_index);
            lua_setfield(L, -2, "__index");
            lua_pushcfunction(L, list_length);
            lua_setfield(L, -2, "__len");
        }
        lua_pushlightuserdata(L, (void *)(uintptr_t)&classes[i]);
        lua_pushvalue(L, -1);
        lua_pushcclosure(L, seen_newindex, 1);
        lua_setfield(L, -3, "__newindex");
        lua_pushcclosure(L, seen_text, 1);
        lua_setfield(L, -2, "__tostring");
        lua_pop(L, 1);
    }
}

/* What pairs goes through: a table with all that there is, for whoever wants to look at everything. */
bool scn_view_copy(lua_State *L, int index)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (luaL_testudata(L, index, classes[i].key) == NULL)
            continue;
        lua_newtable(L);
        for (const struct named *f = classes[i].fields; f != NULL && f->name != NULL; f++) {
            lua_getfield(L, index, f->name);
            lua_setfield(L, -2, f->name);
        }
        lua_Integer count = classes[i].fields == NULL ? luaL_len(L, index) : 0;
        for (lua_Integer at = 1; at <= count; at++) {
            lua_geti(L, index, at);
            lua_rawseti(L, -2, at);
        }
        return true;
    }
    return false;
}

void scn_view_push_ranks(lua_State *L)
{
    lua_getfield(L, 1, "ranks");
}

/* ---- the view */
/* The next array of the block; all of them are of eight-byte things, but for the ranks, which are last. */
static void *carve(char **at, const void *from, size_t count, size_t size)
{
    void *array = *at;
    if (from != NULL && count > 0)
        memcpy(array, from, count * size);
    *at += count * size;
    return array;
}

void scn_view_push(lua_State *L, const struct plan *plan, const struct gang_placer_view *v)
{
    const size_t executors = v->executor_count;
    size_t bytes = sizeof(struct seen) + v->gang_count * sizeof *v->gangs + v->place_count * sizeof *v->places +
                   executors * (sizeof *v->executors + 3 * sizeof(int64_t)) + v->rank_count * sizeof *v->ranks;
    struct seen *seen = lua_newuserdatauv(L, bytes, VIEW_VALUES);
    char *at = (char *)(seen + 1);
    *seen = (struct seen){.plan = plan,
                          .now = v->now_ns,
                          .waiting = v->waiting,
                          .gang_count = v->gang_count,
                          .executor_count = v->executor_count};
    seen->gangs = carve(&at, v->gangs, v->gang_count, sizeof *v->gangs);
    seen->places = carve(&at, v->places, v->place_count, sizeof *v->places);
    seen->executors = carve(&at, v->executors, executors, sizeof *v->executors);
    seen->cores = carve(&at, NULL, executors, sizeof(int64_t));
    seen->memory = carve(&at, NULL, executors, sizeof(int64_t));
    seen->gpu_milli = carve(&at, NULL, executors, sizeof(int64_t));
    seen->ranks = carve(&at, v->ranks, v->rank_count, sizeof *v->ranks);
    assert(at == (char *)seen + bytes);
    for (size_t i = 0; i < executors; i++) {
        seen->cores[i] = v->executors[i].free.cores;
        seen->memory[i] = v->executors[i].free.memory_mib;
        seen->gpu_milli[i] = v->executors[i].gpu_milli_free;
    }
    luaL_setmetatable(L, KEY_VIEW);
}
