/*
 * words.c -- the registry of words made real: the sandbox's globals, the classes of values, names
 * that are near.
 *
 * This room is for: what a name means; globals are read-only and a misspelled one is an error that
 *                   names the nearest.
 * It may include:   the C library, Lua, host.h.
 * Never here:       what the words do.
 */
#include "host.h"

#include <assert.h>
#include <string.h>

/* ---- the registry */

static const struct scn_word words[] = {
#define X(name, form, doc) {#name, form, doc},
    SCN_WORD_MAP(X) SCN_VALUE_MAP(X) SCN_LUA_MAP(X)
#undef X
#define X(class, name, form, doc) {#name, form, doc},
        SCN_METHOD_MAP(X)
#undef X
};
static const lua_CFunction word_functions[] = {
#define X(name, form, doc) scn_word_##name,
    SCN_WORD_MAP(X)
#undef X
};
static const char *const global_names[] = {
#define X(name, form, doc) #name,
    SCN_WORD_MAP(X) SCN_VALUE_MAP(X) SCN_LUA_MAP(X)
#undef X
};
static const struct method {
    enum scn_class class;
    const char *name;
    lua_CFunction fn;
} methods[] = {
#define class_of_job              SCN_CLASS_JOB
#define class_of_cluster          SCN_CLASS_CLUSTER
#define X(class, name, form, doc) {class_of_##class, #name, scn_##class##_##name},
    SCN_METHOD_MAP(X)
#undef X
#undef class_of_job
#undef class_of_cluster
};
enum {
    WORD_COUNT = sizeof words / sizeof *words,
    OUR_WORD_COUNT = sizeof word_functions / sizeof *word_functions,
    GLOBAL_COUNT = sizeof global_names / sizeof *global_names,
    METHOD_COUNT = sizeof methods / sizeof *methods
};

const struct scn_word *scn_words(size_t *count)
{
    *count = WORD_COUNT;
    return words;
}

/* Names that people try, and why they are not there. */
static const struct absent {
    const char *name, *why;
} absent[] = {
    {"os", "a scenario has no clock and no processes, so that each load gives the same plan"},
    {"io", "a scenario reads no files; workload \"jobs.csv\" reads one beside it"},
    {"require", "a scenario is one file"},
    {"dofile", "a scenario is one file"},
    {"load", "a scenario runs no code but its own text"},
    {"loadstring", "a scenario runs no code but its own text"},
    {"debug", "a scenario sees no addresses"},
    {"coroutine", "a scenario runs from top to bottom"},
    {"collectgarbage", "a scenario does not see the memory it uses"},
    {"pcall", "an error in a scenario ends it"},
    {"xpcall", "an error in a scenario ends it"},
    {"print", "a scenario prints nothing; the reports tell what happened"},
    {"setmetatable", "a scenario's tables are plain"},
    {"getmetatable", "a scenario's tables are plain"},
    {"_G", "globals are read-only; name the word itself"},
};

const char *scn_suggest_word(lua_State *L, const char *text)
{
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        if (strcmp(text, absent[i].name) == 0)
            return lua_pushfstring(L, ": %s", absent[i].why);
    const char *nearest = scn_nearest(text, global_names, GLOBAL_COUNT);
    if (nearest != NULL)
        return lua_pushfstring(L, "; did you mean '%s'?", nearest);
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(text, methods[i].name) == 0)
            return lua_pushfstring(L, "; write %s", words[GLOBAL_COUNT + i].form);
    return lua_pushliteral(L,
                           ": it is no word and no local; 'muster help scenario' lists the words");
}

/* ---- globals */

static int unknown_global(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : scn_describe(L, 2);
    scn_fail(L, "unknown name '%s'%s", name, scn_suggest_word(L, name));
}

static int assigned_global(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : scn_describe(L, 2);
    for (size_t i = 0; i < GLOBAL_COUNT; i++)
        if (strcmp(name, global_names[i]) == 0)
            scn_fail(L,
                     "'%s' is a word of scenarios and cannot be changed; take another name, with "
                     "'local'",
                     name);
    scn_fail(L, "globals are read-only; write 'local %s'", name);
}

/* An empty table whose reads go to `words` and whose writes are errors. */
void scn_words_open(lua_State *L)
{
    lua_newtable(L); /* globals */
    lua_newtable(L); /* its metatable */
    lua_createtable(L, 0, GLOBAL_COUNT);
    int table = lua_gettop(L);
    for (size_t i = 0; i < OUR_WORD_COUNT; i++) {
        lua_pushcfunction(L, word_functions[i]);
        lua_setfield(L, table, words[i].name);
    }
    scn_new(L, SCN_CLASS_DRIVER, 1, 0);
    lua_setfield(L, table, "driver");
    scn_sandbox_open(L, table);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, unknown_global);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, table);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, assigned_global);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
}

/* ---- classes */

static const char *const class_names[] = {
#define X(name, text) text,
    SCN_CLASS_MAP(X)
#undef X
};

static int class_tostring(lua_State *L)
{
    const struct scn_job *job = NULL;
    const uint32_t *index = scn_test(L, 1, SCN_CLASS_JOB);
    const struct scn_stage *stage = scn_test(L, 1, SCN_CLASS_STAGE);
    if (index != NULL)
        job = scn_row(&scn_host(L)->jobs, *index);
    if (job != NULL)
        lua_pushfstring(L, "job '%s'", job->name);
    else if (stage != NULL)
        lua_pushfstring(L, "stage '%s'", stage->name);
    else
        lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

static int unknown_method(lua_State *L)
{
    int class = (int)lua_tointeger(L, lua_upvalueindex(1));
    const char *names[METHOD_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if ((int)methods[i].class == class)
            names[count++] = methods[i].name;
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : scn_describe(L, 2);
    scn_fail(L, "%s has no '%s'%s", class_names[class], key, scn_suggest(L, key, names, count));
}

static int assigned_field(lua_State *L)
{
    scn_fail(L, "%s cannot be changed", luaL_tolstring(L, 1, NULL));
}

void scn_classes_open(lua_State *L)
{
    for (int class = 0; class < SCN_CLASS_COUNT; class ++) {
        lua_newtable(L);
        lua_pushstring(L, class_names[class]);
        lua_pushcclosure(L, class_tostring, 1);
        lua_setfield(L, -2, "__tostring");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_pushcfunction(L, assigned_field);
        lua_setfield(L, -2, "__newindex");
        lua_newtable(L); /* the methods */
        for (size_t i = 0; i < METHOD_COUNT; i++) {
            if ((int)methods[i].class != class)
                continue;
            lua_pushcfunction(L, methods[i].fn);
            lua_setfield(L, -2, methods[i].name);
        }
        lua_createtable(L, 0, 1);
        lua_pushinteger(L, class);
        lua_pushcclosure(L, unknown_method, 1);
        lua_setfield(L, -2, "__index");
        lua_setmetatable(L, -2);
        lua_setfield(L, -2, "__index");
        lua_rawsetp(L, LUA_REGISTRYINDEX, &class_names[class]);
    }
    scn_cluster_open(L);
}

void *scn_new(lua_State *L, enum scn_class class, size_t bytes, int user_values)
{
    void *made = lua_newuserdatauv(L, bytes, user_values);
    memset(made, 0, bytes);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &class_names[class]);
    lua_setmetatable(L, -2);
    return made;
}

void *scn_test(lua_State *L, int index, enum scn_class class)
{
    void *made = lua_touserdata(L, index);
    if (made == NULL || !lua_getmetatable(L, index))
        return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &class_names[class]);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same ? made : NULL;
}

void *scn_check(lua_State *L, int index, enum scn_class class, const char *what, const char *remedy)
{
    void *made = scn_test(L, index, class);
    if (made == NULL) {
        const char *got = scn_describe(L, index);
        scn_fail(L, "%s needs %s, got %s; write %s", what, class_names[class], got, remedy);
    }
    return made;
}
