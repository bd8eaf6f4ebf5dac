/*
 * job.c -- jobs and stages, and what can be said of them: ranks, records they write, how they end.
 *
 * This room is for: job, stage, barrier_stage; patterns and expectations about jobs.
 * It may include:   the C library, Lua, the plan, trace/trace.h for the names of record kinds and
 *                   reasons, host.h.
 * Never here:       when something happens (act.c).
 *
 * Invariant: host->stages holds a job's stages one behind the other, in the order of host->jobs.
 */
#include "host.h"

#include "trace/trace.h"

#include <assert.h>
#include <string.h>

/* ---- stages */

enum {
    S_TASKS,
    S_CORES,
    S_MEMORY,
    S_GPUS,
    S_PROGRAM,
    S_AFTER,
    S_COLUMN,
    S_ROW,
    S_READS,
    S_PREFERS,
    S_TASK_BYTES,
    S_MIN,
    S_GROUP,
    S_COUNT
};
enum { STAGE_AFTER = 1, STAGE_READS, STAGE_VALUES = STAGE_READS }; /* a stage's Lua values */
static const struct scn_field stage_fields[S_COUNT] = {
    [S_TASKS] = {"tasks", SCN_INT, SCN_REQUIRED, 1, PLAN_TASKS_MAX,
                 "split it into several stages if it needs more"},
    [S_CORES] = {"cores", SCN_INT, 1, 0, PLAN_CORES_MAX, NULL},
    [S_MEMORY] = {"memory", SCN_MIB, 0, 0, PLAN_MEMORY_MIB_MAX, NULL},
    [S_GPUS] = {"gpus", SCN_MILLI, 0, 0, 1000 * PLAN_GPUS_MAX, NULL},
    [S_PROGRAM] = {.name = "program", .type = SCN_OTHER},
    [S_AFTER] = {.name = "after", .type = SCN_OTHER},
    [S_COLUMN] = {.name = "column", .type = SCN_OTHER},
    [S_ROW] = {"row", SCN_INT, 0, 0, PLAN_NONE - 1, "it is the row of rank 0"},
    [S_READS] = {.name = "reads", .type = SCN_OTHER},
    [S_PREFERS] = {.name = "prefers", .type = SCN_OTHER},
    [S_TASK_BYTES] = {"task_bytes", SCN_BYTES, 0, 0, PLAN_BYTES_MAX, NULL},
    [S_MIN] = {"min", SCN_INT, 0, 0, PLAN_TASKS_MAX, "so many of its tasks start together"},
    [S_GROUP] = {"group", SCN_INT, PLAN_NONE, 0, PLAN_NONE - 1, "number the groups from 0"},
};

/* Puts the program and the columns of the table at index 3 into the stage; both stay alive with the
 * host. */
static void read_stage_values(lua_State *L, const char *what, struct scn_stage *stage)
{
    if (lua_getfield(L, 3, "program") == LUA_TNIL)
        scn_fail(L, "%s: program is missing; write program = compute \"1s\"", what);
    if (lua_getfield(L, 3, "column") == LUA_TNIL)
        lua_pop(L, 1);
    else
        stage->columns =
            scn_check(L, 5, SCN_CLASS_COLUMNS, lua_pushfstring(L, "%s: column", what),
                      "column = columns { width = 2, unit = \"1ms\", values = { ... } }");
    stage->program = scn_check(L, 4, SCN_CLASS_PROGRAM, lua_pushfstring(L, "%s: program", what),
                               "program = compute \"1s\"");
    scn_keep(L, 4);
    if (stage->columns != NULL)
        scn_keep(L, 5);
    lua_settop(L, 3);
}

/* Of a gang: its smallest attempt. Of others: how many start together. */
static uint32_t read_min(lua_State *L, const char *what, bool is_gang, uint32_t tasks, int64_t min)
{
    if (min > tasks)
        scn_fail(L, "%s: field 'min' must be an integer in 0..%I, as many as it has tasks, got %I", what,
                 (LUAI_UACINT)tasks, (LUAI_UACINT)min);
    return is_gang && min == 0 ? tasks : (uint32_t)min;
}

static int stage_body(lua_State *L) /* upvalues: name, is it a gang */
{
    int64_t v[S_COUNT];
    bool is_gang = lua_toboolean(L, lua_upvalueindex(2));
    const char *name = scn_keep_text(L, lua_upvalueindex(1)); /* a long one is a copy of its own */
    const char *word = is_gang ? "barrier_stage" : "stage";
    const char *what = lua_pushfstring(L, "stage '%s'", name);
    lua_insert(L, 1);
    lua_settop(L, 2);
    scn_table(L, 2, what,
              lua_pushfstring(L, "%s \"%s\" { tasks = 4, program = compute \"1s\" }", word, name));
    lua_settop(L, 2);
    scn_fields(L, 2, what, stage_fields, S_COUNT, false, v);
    struct scn_stage *stage = scn_new(L, SCN_CLASS_STAGE, sizeof *stage, STAGE_VALUES);
    stage->name = name;
    stage->is_gang = is_gang;
    stage->tasks = (uint32_t)v[S_TASKS];
    stage->row = (uint32_t)v[S_ROW];
    stage->task_bytes = v[S_TASK_BYTES];
    stage->group = (uint32_t)v[S_GROUP];
    uint32_t min = read_min(L, what, is_gang, stage->tasks, v[S_MIN]);
    stage->together = is_gang ? 0 : min;
    stage->min = is_gang ? min : stage->tasks;
    stage->need =
        (struct plan_profile){(uint32_t)v[S_CORES], (uint32_t)v[S_MEMORY], (uint32_t)v[S_GPUS]};
    lua_insert(L, 2);
    read_stage_values(L, what, stage);
    stage->prefers = scn_read_prefers(L, 3, what, stage->tasks);
    stage->has_after = lua_getfield(L, 3, "after") != LUA_TNIL;
    lua_setiuservalue(L, 2, STAGE_AFTER);
    lua_getfield(L, 3, "reads");
    lua_setiuservalue(L, 2, STAGE_READS);
    lua_settop(L, 2);
    scn_loose(L, &stage->loose, is_gang ? "this barrier_stage" : "this stage", "the list of a job");
    return 1;
}

static int named_stage(lua_State *L, bool is_gang, const char *what)
{
    lua_pushstring(L, scn_text(L, 1, what));
    lua_pushboolean(L, is_gang);
    lua_pushcclosure(L, stage_body, 2);
    return 1;
}

int scn_word_stage(lua_State *L) { return named_stage(L, false, "stage: its name"); }
int scn_word_barrier_stage(lua_State *L) { return named_stage(L, true, "barrier_stage: its name"); }

/* ---- jobs */

static struct scn_stage *stage_of(const struct scn_host *host, const struct scn_job *job,
                                  uint32_t stage)
{
    assert(stage < job->stage_count);
    return scn_row(&host->stages, job->first_stage + stage);
}

uint32_t scn_find_stage(const struct scn_host *host, const struct scn_job *job, const char *name)
{
    for (uint32_t i = 0; i < job->stage_count; i++)
        if (strcmp(stage_of(host, job, i)->name, name) == 0)
            return i;
    return PLAN_NONE;
}

static noreturn void fail_stage_name(lua_State *L, const struct scn_job *job, const char *what,
                                     const char *name)
{
    const char *names[PLAN_STAGES_PER_JOB_MAX];
    for (uint32_t i = 0; i < job->stage_count; i++)
        names[i] = stage_of(scn_host(L), job, i)->name;
    scn_fail(L, "%s: job '%s' has no stage '%s'%s", what, job->name, name,
             scn_suggest(L, name, names, job->stage_count));
}

/* The earlier stage of the job that the value at `index` is, or names. */
static uint64_t read_earlier(lua_State *L, struct scn_job *job, const char *what, const char *key,
                             int index)
{
    const struct scn_stage *given = scn_test(L, index, SCN_CLASS_STAGE);
    if (given == NULL && lua_type(L, index) != LUA_TSTRING) {
        const char *got = scn_describe(L, index);
        scn_fail(L, "%s: %s must be names of stages, got %s; write %s = { \"load\" }", what, key,
                 got, key);
    }
    const char *name = given != NULL ? given->name : lua_tostring(L, index);
    uint32_t parent = scn_find_stage(scn_host(L), job, name);
    if (parent == PLAN_NONE && job->stage_count == 0)
        scn_fail(L, "%s: %s names '%s', but it is the job's first stage; list '%s' before it", what,
                 key, name, name);
    if (parent == PLAN_NONE)
        fail_stage_name(L, job, lua_pushfstring(L, "%s: %s names no stage before it", what, key),
                        name);
    return UINT64_C(1) << parent;
}

/* `after` and `reads` are a stage or a list of stages; nothing is none. */
static uint64_t read_earlier_ones(lua_State *L, struct scn_job *job, const char *what,
                                  const char *key, int stage, int value)
{
    int at = lua_gettop(L) + 1;
    uint64_t parents = 0;
    int type = lua_getiuservalue(L, stage, value);
    if (type == LUA_TTABLE)
        scn_fields(L, at, lua_pushfstring(L, "%s: %s", what, key), NULL, 0, true, NULL);
    else if (type != LUA_TNIL)
        parents = read_earlier(L, job, what, key, at);
    lua_settop(L, at);
    for (lua_Integer i = 1; type == LUA_TTABLE && i <= (lua_Integer)lua_rawlen(L, at); i++) {
        lua_rawgeti(L, at, i);
        parents |= read_earlier(L, job, what, key, at + 1);
        lua_settop(L, at);
    }
    lua_settop(L, at - 1);
    return parents;
}

/* It waits for what it reads, and for what `after` says: the stage before it, if neither is given. */
static void read_parents(lua_State *L, struct scn_job *job, struct scn_stage *stage, int index)
{
    const char *what = lua_pushfstring(L, "stage '%s'", stage->name);
    stage->shuffles = read_earlier_ones(L, job, what, "reads", index, STAGE_READS);
    stage->parents = stage->shuffles | read_earlier_ones(L, job, what, "after", index, STAGE_AFTER);
    if (!stage->has_after && stage->shuffles == 0 && job->stage_count > 0)
        stage->parents = UINT64_C(1) << (job->stage_count - 1);
}

bool scn_job_is_named(lua_State *L, const char *name)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "scn.jobs");
    bool known = lua_getfield(L, -1, name) != LUA_TNIL;
    lua_pop(L, 2);
    return known;
}

struct scn_job *scn_job_begin(lua_State *L, const char *where, const char *name, int line,
                              uint32_t *index)
{
    struct scn_host *host = scn_host(L);
    lua_getfield(L, LUA_REGISTRYINDEX, "scn.jobs"); /* name -> line: so 10,000 jobs stay fast */
    if (lua_getfield(L, -1, name) != LUA_TNIL)
        scn_fail(L, "%s%sjob '%s' is declared twice, first in line %I; give each its own name",
                 where, *where != '\0' ? ": " : "", name, (LUAI_UACINT)lua_tointeger(L, -1));
    lua_pushinteger(L, line);
    lua_setfield(L, -3, name);
    lua_pop(L, 2);
    if (host->jobs.count == PLAN_JOBS_MAX)
        scn_fail(L, "there are more than %d jobs; make several scenarios of them", PLAN_JOBS_MAX);
    *index = host->jobs.count;
    struct scn_job *job = scn_add(L, &host->jobs);
    *job = (struct scn_job){
        .name = name, .line = line, .submit_ns = SCN_ABSENT, .first_stage = host->stages.count};
    return job;
}

static void add_stage(lua_State *L, struct scn_job *job, const char *what, lua_Integer number,
                      int index)
{
    struct scn_host *host = scn_host(L);
    struct scn_stage *given = scn_test(L, index, SCN_CLASS_STAGE);
    if (given == NULL) {
        const char *got = scn_describe(L, index);
        scn_fail(
            L,
            "%s: item %I is %s, must be a stage; write stage \"name\" { tasks = 4, program = ... }",
            what, (LUAI_UACINT)number, got);
    }
    if (job->stage_count == PLAN_STAGES_PER_JOB_MAX)
        scn_fail(L, "%s: it has more than %d stages; split it into several jobs", what,
                 PLAN_STAGES_PER_JOB_MAX);
    if (scn_find_stage(host, job, given->name) != PLAN_NONE)
        scn_fail(L, "%s: stage '%s' is there twice; give each its own name", what, given->name);
    struct scn_stage placed = *given;
    read_parents(L, job, &placed, index);
    given->loose.placed = placed.loose.placed = true;
    *(struct scn_stage *)scn_add(L, &host->stages) = placed;
    job->stage_count++;
}

void scn_push_job(lua_State *L, uint32_t index)
{
    uint32_t *made = scn_new(L, SCN_CLASS_JOB, sizeof *made, 0);
    *made = index;
}

void scn_job_stages(lua_State *L, struct scn_job *job, const char *what)
{
    lua_Integer count = (lua_Integer)lua_rawlen(L, 2);
    int top = lua_gettop(L);
    if (count == 0)
        scn_fail(L, "%s has no stage; write stage \"load\" { tasks = 4, program = ... } in it",
                 what);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 2, i);
        add_stage(L, job, what, i, top + 1);
        lua_settop(L, top);
    }
}

static uint32_t read_job_kind(lua_State *L, int table, const char *what)
{
    static const char *const kinds[] = {[PLAN_JOB_BATCH] = "batch",
                                        [PLAN_JOB_SERVICE] = "service",
                                        [PLAN_JOB_MAP] = "map",
                                        [PLAN_JOB_STREAM] = "stream"};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    uint32_t kind = PLAN_JOB_BATCH;
    if (lua_getfield(L, table, "kind") != LUA_TNIL) {
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        while (kind < KINDS && strcmp(text, kinds[kind]) != 0)
            kind++;
        if (kind == KINDS) {
            const char *got = scn_describe(L, lua_gettop(L));
            scn_fail(L, "%s: kind is %s, which is no kind of job%s", what, got,
                     scn_suggest(L, text, kinds, KINDS));
        }
    }
    lua_pop(L, 1);
    return kind;
}

static int job_body(lua_State *L) /* upvalues: name, is it a service */
{
    enum { PRIORITY, SUBMIT, KIND, COUNT };
    static const struct scn_field fields[COUNT] = {
        [PRIORITY] = {"priority", SCN_INT, 0, INT32_MIN, INT32_MAX, NULL},
        [SUBMIT] = {"submit", SCN_TIME, SCN_ABSENT, 0, PLAN_TIME_MAX, NULL},
        [KIND] = {.name = "kind", .type = SCN_OTHER},
    };
    int64_t v[COUNT];
    uint32_t index;
    const char *name = scn_keep_text(L, lua_upvalueindex(1)); /* a long one is a copy of its own */
    bool is_service = lua_toboolean(L, lua_upvalueindex(2));
    const char *word = is_service ? "service" : "job";
    const char *what = lua_pushfstring(L, "%s '%s'", word, name);
    lua_insert(L, 1);
    lua_settop(L, 2);
    scn_table(L, 2, what, lua_pushfstring(L, "%s \"%s\" { stage \"load\" { ... } }", word, name));
    lua_settop(L, 2);
    scn_fields(L, 2, what, fields, is_service ? KIND : COUNT, true, v);
    uint32_t kind = is_service ? PLAN_JOB_SERVICE : read_job_kind(L, 2, what);
    struct scn_job *job = scn_job_begin(L, "", name, scn_line(L), &index);
    job->kind = kind;
    job->priority = (int32_t)v[PRIORITY];
    job->submit_ns = v[SUBMIT];
    scn_job_stages(L, job, what);
    scn_push_job(L, index);
    return 1;
}

static int named_job(lua_State *L, bool is_service, const char *what)
{
    lua_pushstring(L, scn_text(L, 1, what));
    lua_pushboolean(L, is_service);
    lua_pushcclosure(L, job_body, 2);
    return 1;
}

int scn_word_job(lua_State *L) { return named_job(L, false, "job: its name"); }
int scn_word_service(lua_State *L) { return named_job(L, true, "service: its name"); }

uint32_t scn_job_at(lua_State *L, int index, const char *what)
{
    const uint32_t *job = scn_check(L, index, SCN_CLASS_JOB, what,
                                    "the local that job \"name\" { ... } was given to");
    return *job;
}

/* Argument 1 of a method is the job itself. */
static struct scn_job *self(lua_State *L, uint32_t *index, const char *method)
{
    *index = scn_job_at(L, 1, method);
    return scn_row(&scn_host(L)->jobs, *index);
}

/* ---- ranks */

/* The stage that is meant where none is named: the only one, or the only gang. */
static uint32_t only_stage(lua_State *L, const struct scn_job *job)
{
    uint32_t gang = PLAN_NONE, gangs = 0;
    if (job->stage_count == 1)
        return 0;
    for (uint32_t i = 0; i < job->stage_count; i++)
        if (stage_of(scn_host(L), job, i)->is_gang)
            gang = i, gangs++;
    if (gangs != 1)
        scn_fail(L,
                 "rank: job '%s' has %d stages, %d of them gangs; name one, as in rank(3, \"%s\")",
                 job->name, (int)job->stage_count, (int)gangs, stage_of(scn_host(L), job, 0)->name);
    return gang;
}

int scn_job_rank(lua_State *L)
{
    uint32_t index;
    const struct scn_job *job = self(L, &index, "rank");
    struct scn_field rank = {"the rank", SCN_INT, SCN_REQUIRED, 0, 0, "ranks count from 0"};
    lua_settop(L, 3);
    uint32_t stage;
    if (lua_isnil(L, 3)) {
        stage = only_stage(L, job);
    } else {
        stage = scn_find_stage(scn_host(L), job, scn_text(L, 3, "rank: the stage"));
        if (stage == PLAN_NONE)
            fail_stage_name(L, job, "rank", lua_tostring(L, 3));
    }
    rank.hi = (int64_t)stage_of(scn_host(L), job, stage)->tasks - 1;
    const char *what =
        lua_pushfstring(L, "rank of stage '%s'", stage_of(scn_host(L), job, stage)->name);
    int64_t value = scn_value(L, 2, what, &rank);
    struct scn_task *made = scn_new(L, SCN_CLASS_TASK, sizeof *made, 0);
    *made = (struct scn_task){.job = index, .stage = stage, .rank = (uint32_t)value};
    return 1;
}

/* ---- patterns */

enum { R_EXECUTOR, R_JOB, R_STAGE, R_ATTEMPT, R_EPOCH, R_RANK, R_NTH, R_COUNT };
static const struct scn_field pattern_fields[R_COUNT] = {
    [R_EXECUTOR] = {.name = "executor", .type = SCN_OTHER},
    [R_JOB] = {.name = "job", .type = SCN_OTHER},
    [R_STAGE] = {.name = "stage", .type = SCN_OTHER},
    [R_ATTEMPT] = {"attempt", SCN_INT, PLAN_NONE, 0, PLAN_NONE - 1, NULL},
    [R_EPOCH] = {"epoch", SCN_INT, PLAN_NONE, 0, PLAN_NONE - 1, NULL},
    [R_RANK] = {"rank", SCN_INT, PLAN_NONE, 0, PLAN_TASKS_MAX - 1, "ranks count from 0"},
    [R_NTH] = {"nth", SCN_INT, 1, 1, PLAN_NONE - 1, "1 is the first match"},
};

static uint32_t read_pattern_executor(lua_State *L, int index)
{
    const struct scn_executors *given = scn_test(L, index, SCN_CLASS_EXECUTORS);
    if (given != NULL && given->count != 1)
        scn_fail(L, "record: executor is a list of %d, must be one or left out for any",
                 (int)given->count);
    if (given != NULL)
        return given->at[0];
    if (lua_isinteger(L, index))
        return scn_executor_index(L, lua_tointeger(L, index));
    const char *got = scn_describe(L, index);
    scn_fail(L, "record: executor must be one, got %s; write executor = c.executor[2]", got);
}

static uint32_t read_pattern_stage(lua_State *L, int index, uint32_t job)
{
    if (job == PLAN_NONE)
        scn_fail(L, "record: stage is given without job; say whose stage it is");
    const struct scn_job *row = scn_row(&scn_host(L)->jobs, job);
    const struct scn_field number = {
        "stage", SCN_INT, SCN_REQUIRED, 0, (int64_t)row->stage_count - 1, "or give its name"};
    if (lua_type(L, index) != LUA_TSTRING)
        return (uint32_t)scn_value(L, index, "record", &number);
    uint32_t stage = scn_find_stage(scn_host(L), row, lua_tostring(L, index));
    if (stage == PLAN_NONE)
        fail_stage_name(L, row, "record", lua_tostring(L, index));
    return stage;
}

/* Reads the fields of the table at `table` (may be nil) and pushes the pattern; `job` unless the
 * table names one. */
static int push_pattern(lua_State *L, const char *what, const char *kind, int table, uint32_t job)
{
    int64_t v[R_COUNT] = {
        [R_ATTEMPT] = PLAN_NONE, [R_EPOCH] = PLAN_NONE, [R_RANK] = PLAN_NONE, [R_NTH] = 1};
    uint32_t executor = PLAN_NONE, stage = PLAN_NONE;
    lua_settop(L, table);
    if (!lua_isnil(L, table)) {
        scn_table(L, table, what, "{ rank = 3 }");
        scn_fields(L, table, what, pattern_fields, R_COUNT, false, v);
        if (lua_getfield(L, table, "executor") != LUA_TNIL)
            executor = read_pattern_executor(L, table + 1);
        if (lua_getfield(L, table, "job") != LUA_TNIL && job == PLAN_NONE)
            job = scn_job_at(L, table + 2, "record: job");
        else if (!lua_isnil(L, table + 2))
            scn_fail(L, "%s: job is known here; leave it out", what);
        if (lua_getfield(L, table, "stage") != LUA_TNIL)
            stage = read_pattern_stage(L, table + 3, job);
    }
    struct scn_pattern *made = scn_new(L, SCN_CLASS_PATTERN, sizeof *made, 0);
    *made = (struct scn_pattern){.kind = kind,
                                 .row = {.kind = PLAN_NONE,
                                         .executor = executor,
                                         .job = job,
                                         .stage = stage,
                                         .attempt = (uint32_t)v[R_ATTEMPT],
                                         .epoch = (uint32_t)v[R_EPOCH],
                                         .rank = (uint32_t)v[R_RANK],
                                         .nth = (uint32_t)v[R_NTH]}};
    return 1;
}

/* The name of a record kind or a reason is one of text(1) .. text(limit - 1). */
static noreturn void fail_trace_name(lua_State *L, const char *what, const char *name,
                                     const char *(*text)(unsigned), unsigned limit)
{
    const char *names[64]; /* kinds are numbered below 64, and there are fewer reasons */
    assert(limit <= sizeof names / sizeof *names);
    size_t count = 0;
    for (unsigned i = 1; i < limit; i++)
        if (text(i) != NULL)
            names[count++] = text(i);
    scn_fail(L, "%s '%s'%s", what, name, scn_suggest(L, name, names, count));
}

int scn_word_record(lua_State *L)
{
    const char *kind = scn_text(L, 1, "record: the kind");
    if (trace_kind_parse(kind) == TRACE_KIND_NONE)
        fail_trace_name(L, "record: there is no kind", kind, trace_kind_text, TRACE_KIND_LIMIT);
    return push_pattern(L, "record", kind, 2, PLAN_NONE);
}

int scn_job_starts(lua_State *L)
{
    uint32_t index;
    self(L, &index, "starts");
    return push_pattern(L, "starts", trace_kind_text(TRACE_START), 2, index);
}

/* Entering an epoch is the driver's release of the round before it. */
int scn_job_enters_epoch(lua_State *L)
{
    static const struct scn_field field = {"the epoch", SCN_INT,       SCN_REQUIRED,
                                           0,           PLAN_NONE - 1, "epochs count from 0"};
    uint32_t index;
    self(L, &index, "enters_epoch");
    int64_t epoch = scn_value(L, 2, "enters_epoch", &field);
    lua_settop(L, 3);
    push_pattern(L, "enters_epoch", trace_kind_text(epoch == 0 ? TRACE_START : TRACE_RELEASE), 3,
                 index);
    struct scn_pattern *made = lua_touserdata(L, -1);
    if (made->row.epoch != PLAN_NONE)
        scn_fail(L, "enters_epoch: epoch is its first argument; leave it out of the table");
    if (epoch > 0)
        made->row.epoch = (uint32_t)epoch - 1;
    return 1;
}

/* ---- how a job ends */

static struct scn_expect *push_expect(lua_State *L, const char *what, unsigned kind, uint32_t job)
{
    struct scn_expect *made = scn_new(L, SCN_CLASS_EXPECT, sizeof *made, 0);
    made->row = plan_expect_blank();
    made->row.kind = kind;
    made->row.job = job;
    scn_loose(L, &made->loose, what, "expect { ... }");
    return made;
}

/* attempts = 2, or { at_least = 1, at_most = 4 } */
static void read_attempts(lua_State *L, int index, struct plan_expect *row)
{
    enum { LEAST, MOST, COUNT };
    static const struct scn_field fields[COUNT] = {
        [LEAST] = {"at_least", SCN_INT, PLAN_NONE, 1, PLAN_NONE - 1, NULL},
        [MOST] = {"at_most", SCN_INT, PLAN_NONE, 1, PLAN_NONE - 1, NULL},
    };
    static const struct scn_field exact = {
        "attempts", SCN_INT,       SCN_REQUIRED,
        1,          PLAN_NONE - 1, "or write attempts = { at_least = 1, at_most = 4 }"};
    int64_t v[COUNT];
    if (lua_type(L, index) == LUA_TTABLE)
        scn_fields(L, index, "succeeds: attempts", fields, COUNT, false, v);
    else
        v[LEAST] = v[MOST] = scn_value(L, index, "succeeds", &exact);
    if (v[LEAST] != PLAN_NONE && v[LEAST] > v[MOST])
        scn_fail(L, "succeeds: attempts: at_least is %I and at_most is %I; swap them",
                 (LUAI_UACINT)v[LEAST], (LUAI_UACINT)v[MOST]);
    row->attempts_min = (uint32_t)v[LEAST];
    row->attempts_max = (uint32_t)v[MOST];
}

int scn_job_succeeds(lua_State *L)
{
    enum { WITHIN, ATTEMPTS, COUNT };
    static const struct scn_field fields[COUNT] = {
        [WITHIN] = {"within", SCN_TIME, PLAN_NEVER, 0, PLAN_TIME_MAX, NULL},
        [ATTEMPTS] = {.name = "attempts", .type = SCN_OTHER},
    };
    uint32_t index;
    int64_t v[COUNT];
    self(L, &index, "succeeds");
    lua_settop(L, 2);
    struct scn_expect *made = push_expect(L, "succeeds", PLAN_EXPECT_SUCCEEDS, index);
    if (lua_isnil(L, 2))
        return 1;
    scn_table(L, 2, "succeeds", "succeeds { within = \"10m\" }");
    scn_fields(L, 2, "succeeds", fields, COUNT, false, v);
    made->row.within_ns = v[WITHIN];
    if (lua_getfield(L, 2, "attempts") != LUA_TNIL)
        read_attempts(L, 4, &made->row);
    lua_settop(L, 3);
    return 1;
}

int scn_job_fails(lua_State *L)
{
    uint32_t index;
    self(L, &index, "fails");
    lua_settop(L, 2);
    const char *reason = NULL;
    if (!lua_isnil(L, 2)) {
        reason = scn_text(L, 2, "fails: the reason");
        if (trace_reason_parse(reason) <= 0)
            fail_trace_name(L, "fails: there is no reason", reason, trace_reason_text,
                            TRACE_REASON_LIMIT);
    }
    push_expect(L, "fails", PLAN_EXPECT_FAILS, index)->reason = reason;
    return 1;
}

static int expect_record(lua_State *L, const char *what, unsigned kind)
{
    const char *label =
        scn_text(L, 1, lua_pushfstring(L, "%s: its first argument, a label,", what));
    const struct scn_pattern *when =
        scn_check(L, 2, SCN_CLASS_PATTERN, what,
                  lua_pushfstring(L, "%s(\"label\", record(\"fence\"))", what));
    struct scn_expect *made = push_expect(L, what, kind, PLAN_NONE);
    made->label = label;
    made->when = *when;
    return 1;
}

int scn_word_sometimes(lua_State *L)
{
    return expect_record(L, "sometimes", PLAN_EXPECT_SOMETIMES);
}
int scn_word_never(lua_State *L) { return expect_record(L, "never", PLAN_EXPECT_NEVER); }
