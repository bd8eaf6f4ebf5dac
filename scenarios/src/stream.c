/*
 * stream.c -- a stream is a job for each micro-batch, submitted at even distances.
 *
 * This room is for: the word stream.
 * It may include:   the C library, Lua, host.h.
 * Never here:       what a job is made of (job.c).
 */
#include "host.h"

enum { EVERY, BATCHES, FROM, PRIORITY, COUNT };
static const struct scn_field fields[COUNT] = {
    [EVERY] = {"every", SCN_TIME, SCN_REQUIRED, 1, PLAN_TIME_MAX, "a batch comes so often"},
    [BATCHES] = {"batches", SCN_INT, SCN_REQUIRED, 1, PLAN_JOBS_MAX, NULL},
    [FROM] = {"from", SCN_TIME, 0, 0, PLAN_TIME_MAX, NULL},
    [PRIORITY] = {"priority", SCN_INT, 0, INT32_MIN, INT32_MAX, NULL},
};

static void refuse_endless(lua_State *L, const char *what, const int64_t v[static COUNT])
{
    char end[32];
    if ((PLAN_TIME_MAX - v[FROM]) / v[EVERY] >= v[BATCHES] - 1)
        return;
    plan_format_duration(PLAN_TIME_MAX, end);
    scn_fail(L, "%s: the last of its %I batches would come after %s; take fewer, or more often",
             what, (LUAI_UACINT)v[BATCHES], end);
}

/* Pushes the job of one batch, whose stages are those of the table at index 2. */
static void push_batch(lua_State *L, const char *what, const char *name, int64_t batch,
                       const int64_t v[static COUNT])
{
    uint32_t index;
    const char *whole = lua_pushfstring(L, "%s: a batch's name", what);
    lua_pushfstring(L, "%s#%I", name, (LUAI_UACINT)batch);
    const char *kept = scn_text(L, lua_gettop(L), whole);
    struct scn_job *job = scn_job_begin(L, what, kept, scn_line(L), &index);
    job->kind = PLAN_JOB_STREAM;
    job->priority = (int32_t)v[PRIORITY];
    job->submit_ns = v[FROM] + batch * v[EVERY];
    scn_job_stages(L, job, what);
    scn_push_job(L, index);
}

static int stream_body(lua_State *L) /* upvalue: name */
{
    int64_t v[COUNT];
    const char *name = lua_tostring(L, lua_upvalueindex(1));
    const char *what = lua_pushfstring(L, "stream '%s'", name);
    lua_insert(L, 1);
    lua_settop(L, 2);
    scn_table(
        L, 2, what,
        lua_pushfstring(L, "stream \"%s\" { every = \"1s\", batches = 30, stage ... }", name));
    lua_settop(L, 2);
    scn_fields(L, 2, what, fields, COUNT, true, v);
    refuse_endless(L, what, v);
    lua_newtable(L);
    for (int64_t batch = 0; batch < v[BATCHES]; batch++) {
        push_batch(L, what, name, batch, v);
        lua_rawseti(L, 3, batch + 1);
        lua_settop(L, 3);
    }
    return 1;
}

int scn_word_stream(lua_State *L)
{
    lua_pushstring(L, scn_text(L, 1, "stream: its name"));
    lua_pushcclosure(L, stream_body, 1);
    return 1;
}
