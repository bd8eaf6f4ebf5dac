/*
 * scn.c -- runs one scenario file in a sandbox, and says what is wrong with it in one line.
 *
 * This room is for: scn_load(): reading the file, the Lua state with its step and memory limits,
 *                   errors with file and line.
 * It may include:   the C library, Lua, host.h.
 * Never here:       what the words mean (the other files), the simulator, the oracles, the core.
 *
 * Invariants: everything that can fail runs under one lua_pcall; what it built is owned by struct
 * scn_host and freed after it, whichever way it ended. The process's locale has no say: the thread
 * runs in "C" meanwhile.
 */
#define _POSIX_C_SOURCE 200809L /* newlocale, uselocale */
#include "host.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

enum {
    HOOK_STEPS = 10000,
    LEVELS_LOOKED_AT = 64,
    CALLERS_TOLD = 3,
    LUA_STACK_BYTES = 32 << 20, /* more than Lua's own stack can have */
    GC_PAUSE = 400 /* of 100: a scenario is mostly what it keeps, so it is looked through seldom; the limit on memory is kept all the same */
};
static const uint64_t steps_default = UINT64_C(2000000000);
static const size_t bytes_default = (size_t)2 << 30;
static const size_t bytes_over_max = (size_t)64 << 20;
static const size_t source_bytes_max = (size_t)64 << 20;

struct source {
    char *bytes;      /* what was read, and to be freed */
    const char *text; /* without a byte order mark and a #! line */
    size_t size;
};

/* ---- errors */

/* Puts one printable line into err->detail: the mark becomes the path, control characters become
 * \xNN. */
static void set_error(struct scn_err *err, enum scn_status code, const char *path,
                      const char *message)
{
    char *out = err->detail, *end = err->detail + sizeof err->detail - 1;
    err->code = code;
    for (const char *in = message; *in != '\0' && out < end; in++) {
        unsigned char c = (unsigned char)*in;
        if (c == SCN_MARK[0])
            out += snprintf(out, (size_t)(end - out) + 1, "%s", path);
        else if (c < 32 || c == 127)
            out += snprintf(out, (size_t)(end - out) + 1, "\\x%02X", c);
        else
            *out++ = (char)c;
        if (out > end)
            out = end;
    }
    *out = '\0';
}

static void fail_early(struct scn_err *err, enum scn_status code, const char *path,
                       const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char line[320];
    snprintf(line, sizeof line, SCN_MARK ": %s", text);
    set_error(err, code, path, line);
}

static int frame_line(lua_State *L, int level)
{
    lua_Debug ar;
    if (!lua_getstack(L, level, &ar))
        return -1; /* no such level */
    lua_getinfo(L, "Sl", &ar);
    return ar.currentline > 0 && strcmp(ar.source, "=" SCN_MARK) == 0 ? ar.currentline : 0;
}

int scn_line(lua_State *L)
{
    for (int level = 0;; level++) {
        int line = frame_line(L, level);
        if (line != 0)
            return line > 0 ? line : 0;
    }
}

/* The message handler: gives every message its place, and says who called when that is not where it
 * happened. */
static int add_place(lua_State *L)
{
    const char *message = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL;
    if (message == NULL)
        message =
            lua_pushfstring(L, "error() was given a %s; give it a string", luaL_typename(L, 1));
    int said = 0;
    if (strncmp(message, SCN_MARK ":", 2) == 0) {
        said = (int)strtol(message + 2, NULL, 10);
    } else {
        said = scn_line(L);
        message = said > 0 ? lua_pushfstring(L, SCN_MARK ":%d: %s", said, message)
                           : lua_pushfstring(L, SCN_MARK ": %s", message);
    }
    int frames = 0, calls = 0;
    for (int level = 0; level < LEVELS_LOOKED_AT && calls < CALLERS_TOLD; level++) {
        int line = frame_line(L, level);
        if (line > 0 && frames++ > 0 && line != said)
            message =
                lua_pushfstring(L, "%s%s line %d", message, calls++ ? "," : " (called from", line);
    }
    lua_pushfstring(L, "%s%s", message, calls > 0 ? ")" : "");
    return 1;
}

/* ---- memory and steps */

static void watch(lua_State *L, lua_Debug *ar);

/* Calls watch() after so many more steps. Changes nothing but hook fields, so an allocator may do
 * it. */
static void watch_after(struct scn_host *host, int steps)
{
    host->hook_steps = steps;
    lua_sethook(host->L, watch, LUA_MASKCOUNT, steps);
}

static bool is_within(const struct scn_host *host, size_t more, size_t limit)
{
    return host->bytes <= limit && more <= limit - host->bytes;
}

/*
 * The allocator of Lua and of the rows. What passes the limit is granted once more, up to
 * `bytes_over`, and the next step of the scenario tells: there the line is known. Only what is too
 * large for that is refused at once; then the line can be asked for, unless Lua may be moving its
 * stack.
 */
static void *allocate(void *ctx, void *old, size_t old_size, size_t new_size)
{
    struct scn_host *host = ctx;
    size_t had = old != NULL ? old_size : 0;
    assert(host->bytes >= had);
    if (new_size == 0) {
        free(old);
        host->bytes -= had;
        return NULL;
    }
    void *new = NULL;
    size_t more = new_size > had ? new_size - had : 0;
    if (more == 0 || is_within(host, more, host->bytes_max + host->bytes_over))
        new = realloc(old, new_size);
    if (new == NULL) {
        if (host->L != NULL && new_size > LUA_STACK_BYTES)
            host->refused_line = scn_line(host->L);
        return NULL;
    }
    if (more > 0 && host->is_running && !is_within(host, more, host->bytes_max))
        watch_after(host, 1);
    host->bytes = host->bytes - had + new_size;
    return new;
}

static noreturn void fail_bytes(lua_State *L)
{
    scn_fail(L, "the scenario needs more than %I bytes of memory",
             (LUAI_UACINT)scn_host(L)->bytes_max);
}

static void check_bytes(lua_State *L)
{
    const struct scn_host *host = scn_host(L);
    if (host->bytes > host->bytes_max)
        lua_gc(L, LUA_GCCOLLECT);
    if (host->bytes > host->bytes_max)
        fail_bytes(L);
}

static int steps_at_a_time(const struct scn_host *host)
{
    return host->steps_max < HOOK_STEPS ? (int)host->steps_max : HOOK_STEPS;
}

static void watch(lua_State *L, lua_Debug *ar)
{
    struct scn_host *host = scn_host(L);
    (void)ar;
    check_bytes(L);
    host->steps += (uint64_t)host->hook_steps;
    if (host->steps >= host->steps_max)
        scn_fail(L, "the scenario ran for %I steps without end; is there a loop that never ends?",
                 (LUAI_UACINT)host->steps_max);
    if (host->hook_steps == 1)
        watch_after(host, steps_at_a_time(host));
}

struct scn_host *scn_host(lua_State *L)
{
    struct scn_host *host;
    memcpy(&host, lua_getextraspace(L), sizeof host);
    assert(host != NULL);
    return host;
}

void *scn_add_many(lua_State *L, struct scn_rows *rows, uint32_t count)
{
    struct scn_host *host = scn_host(L);
    assert(rows->row_bytes > 0);
    if (count > UINT32_MAX - rows->count)
        scn_fail(L, "the scenario is too large: more than %I rows of one kind",
                 (LUAI_UACINT)UINT32_MAX);
    if (rows->count + count > rows->capacity) {
        uint64_t wanted = (uint64_t)rows->capacity * 2 + 8;
        if (wanted < rows->count + count)
            wanted = rows->count + count;
        if (wanted > UINT32_MAX)
            wanted = UINT32_MAX;
        void *grown = allocate(host, rows->at, rows->capacity * rows->row_bytes,
                               (size_t)wanted * rows->row_bytes);
        if (grown == NULL)
            fail_bytes(L);
        rows->at = grown;
        rows->capacity = (uint32_t)wanted;
    }
    void *first = rows->at + rows->count * rows->row_bytes;
    memset(first, 0, count * rows->row_bytes);
    rows->count += count;
    return first;
}

void *scn_add(lua_State *L, struct scn_rows *rows) { return scn_add_many(L, rows, 1); }

void *scn_row(const struct scn_rows *rows, uint32_t index)
{
    assert(index < rows->count);
    return rows->at + index * rows->row_bytes;
}

static struct scn_rows *host_rows(struct scn_host *host, size_t index)
{
    struct scn_rows *all[] = {&host->groups,  &host->values, &host->cells,
                              &host->jobs,    &host->stages, &host->acts,
                              &host->expects, &host->loose,  &host->known_params};
    return index < sizeof all / sizeof *all ? all[index] : NULL;
}

void scn_keep(lua_State *L, int index)
{
    lua_pushvalue(L, index);
    lua_getfield(L, LUA_REGISTRYINDEX, "scn.kept");
    lua_insert(L, -2);
    lua_rawseti(L, -2, ++scn_host(L)->kept);
    lua_pop(L, 1);
}

const char *scn_keep_text(lua_State *L, int index)
{
    assert(lua_type(L, index) == LUA_TSTRING);
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    if (strlen(text) == size)
        lua_pushvalue(L, index);
    else
        lua_pushstring(L, text); /* what C sees of it */
    lua_getfield(L, LUA_REGISTRYINDEX, "scn.texts");
    lua_insert(L, -2);
    /* The one that is held: equal short strings are one, long ones are not, and a table holds the first of equal keys alone. */
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushvalue(L, -1);
        lua_rawset(L, -4);
        lua_pushvalue(L, -1);
    }
    text = lua_tostring(L, -1);
    lua_pop(L, 3);
    return text;
}

void scn_loose(lua_State *L, struct scn_loose *loose, const char *what, const char *belongs)
{
    *loose =
        (struct scn_loose){.what = what, .belongs = belongs, .line = scn_line(L), .placed = false};
    scn_keep(L, -1);
    struct scn_loose **row = scn_add(L, &scn_host(L)->loose);
    *row = loose;
}

/* ---- the file */

static bool read_source(const char *path, struct source *source, struct scn_err *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_early(err, SCN_E_MISSING, path, "cannot be read: %s", strerror(errno));
        return false;
    }
    size_t capacity = 0;
    bool ok = true;
    for (;;) {
        if (source->size == capacity) {
            capacity = capacity * 2 + 65536;
            char *grown = capacity <= source_bytes_max ? realloc(source->bytes, capacity) : NULL;
            if (grown == NULL) {
                fail_early(err, SCN_E_INPUT, path, "is larger than %zu bytes: that is no scenario",
                           source_bytes_max);
                ok = false;
                break;
            }
            source->bytes = grown;
        }
        size_t got = fread(source->bytes + source->size, 1, capacity - source->size, file);
        source->size += got;
        if (got == 0) {
            if (ferror(file)) {
                fail_early(err, SCN_E_MISSING, path, "cannot be read: %s", strerror(errno));
                ok = false;
            }
            break;
        }
    }
    fclose(file);
    source->text = source->bytes;
    if (source->size >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0) {
        source->text += 3;
        source->size -= 3;
    }
    if (source->size > 0 &&
        source->text[0] == '#') { /* its newline stays: lines keep their numbers */
        const char *line_end = memchr(source->text, '\n', source->size);
        size_t skipped = line_end != NULL ? (size_t)(line_end - source->text) : source->size;
        source->text += skipped;
        source->size -= skipped;
    }
    return ok;
}

/* The comment block the scenario opens with, without its dashes: for help. */
static void read_summary(const struct source *source, struct scn_info *info)
{
    size_t out = 0;
    const char *at = source->text, *end = source->text + source->size;
    if (at < end && *at == '\n')
        at++; /* where a #! line was */
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *stop = line_end != NULL ? line_end : end;
        if (stop - at < 2 || at[0] != '-' || at[1] != '-')
            break;
        at += 2;
        if (at < stop && *at == ' ')
            at++;
        size_t size = (size_t)(stop - at);
        if (size > 0 && at[size - 1] == '\r')
            size--;
        if (out + size + 2 > sizeof info->summary)
            break; /* whole lines only */
        if (out > 0)
            info->summary[out++] = '\n';
        memcpy(info->summary + out, at, size);
        out += size;
        at = line_end != NULL ? line_end + 1 : end;
    }
    info->summary[out] = '\0';
}

/* ---- running it */

static void refuse_unknown_params(lua_State *L, struct scn_host *host)
{
    const struct scn_rows *known = &host->known_params;
    for (size_t i = 0; i < host->param_count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < known->count && !found; k++)
            found = strcmp(*(const char **)scn_row(known, k), host->params[i].name) == 0;
        if (found)
            continue;
        host->status = SCN_E_USAGE;
        const char *hint = known->count == 0
                               ? "; it has none"
                               : scn_suggest(L, host->params[i].name,
                                             (const char *const *)known->at, known->count);
        scn_fail(L, SCN_MARK ": the scenario has no parameter '%s'%s", host->params[i].name, hint);
    }
}

static int run(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    const struct source *source = lua_touserdata(L, 1);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "scn.kept");
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "scn.texts");
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "scn.jobs");
    scn_classes_open(L);
    scn_scheduler_classes(L);
    host->text = source->text;
    host->text_size = source->size;
    if (luaL_loadbufferx(L, source->text, source->size, "=" SCN_MARK, "t") != LUA_OK)
        lua_error(L);
    scn_words_open(L);
    if (lua_setupvalue(L, -2, 1) == NULL)
        lua_pop(L, 1); /* a chunk without globals */
    host->is_running = true;
    watch_after(host, steps_at_a_time(host));
    lua_call(L, 0, 0);
    lua_sethook(L, NULL, 0, 0);
    host->is_running = false;
    check_bytes(L);
    refuse_unknown_params(L, host);
    if (!host->is_scheduler)
        scn_deliver(L);
    else if (!scn_has_on_plan(L))
        scn_fail(L, SCN_MARK ": there is no scheduler in it; write scheduler { on_plan = function(view) return { } end }");
    return 0;
}

static void host_init(struct scn_host *host, const struct scn_limits *limits)
{
    host->steps_max = limits != NULL && limits->steps > 0 ? limits->steps : steps_default;
    host->bytes_max = limits != NULL && limits->bytes > 0 ? limits->bytes : bytes_default;
    host->bytes_over = host->bytes_max < bytes_over_max ? host->bytes_max : bytes_over_max;
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++)
        host->setting[i] = plan_setting_default(i);
    host->groups.row_bytes = sizeof(struct scn_group);
    host->values.row_bytes = sizeof(int64_t);
    host->cells.row_bytes = sizeof(uint32_t);
    host->jobs.row_bytes = sizeof(struct scn_job);
    host->stages.row_bytes = sizeof(struct scn_stage);
    host->acts.row_bytes = sizeof(struct scn_act);
    host->expects.row_bytes = sizeof(const struct scn_expect *);
    host->loose.row_bytes = sizeof(struct scn_loose *);
    host->known_params.row_bytes = sizeof(const char *);
    host->status = SCN_E_INPUT;
}

static void host_deinit(struct scn_host *host)
{
    if (host->L != NULL)
        lua_close(host->L);
    struct scn_rows *rows;
    for (size_t i = 0; (rows = host_rows(host, i)) != NULL; i++)
        allocate(host, rows->at, rows->capacity * rows->row_bytes, 0);
    if (host->file != NULL)
        fclose(host->file);
    plan_free(host->plan);
    assert(host->bytes == 0); /* everything was counted both ways */
}

static void explain(struct scn_host *host, int result, struct scn_err *err)
{
    if (result == LUA_ERRMEM) {
        char text[160], line[16] = "";
        if (host->refused_line > 0)
            snprintf(line, sizeof line, ":%d", host->refused_line);
        snprintf(text, sizeof text, SCN_MARK "%s: the scenario needs more than %zu bytes of memory",
                 line, host->bytes_max);
        set_error(err, SCN_E_INPUT, host->path, text);
        return;
    }
    const char *message = lua_tostring(host->L, -1);
    set_error(err, host->status, host->path,
              message != NULL ? message : SCN_MARK ": unknown error");
}

/* Leaves the state open, and what it built in the host. */
static bool run_source(struct scn_host *host, struct source *source, struct scn_err *err)
{
    lua_State *L = lua_newstate(allocate, host);
    if (L == NULL) {
        fail_early(err, SCN_E_MEMORY, host->path, "out of memory");
        return false;
    }
    memcpy(lua_getextraspace(L), &host, sizeof host);
    host->L = L;
    lua_gc(L, LUA_GCINC, GC_PAUSE, 0, 0);
    lua_pushcfunction(L, add_place);
    lua_pushcfunction(L, run);
    lua_pushlightuserdata(L, source);
    int result = lua_pcall(L, 1, 0, 1);
    if (result != LUA_OK) {
        explain(host, result, err);
        return false;
    }
    return true;
}

/* Runs what was read; the plan, or NULL with *err filled. */
static struct plan *load_source(const char *path, struct source *source, const struct scn_param *params, size_t param_count,
                                const struct scn_limits *limits, struct scn_info *info, struct scn_err *err)
{
    struct scn_host host = {
        .path = path, .params = params, .param_count = param_count, .info = info};
    struct plan *plan = NULL;
    if (info != NULL)
        read_summary(source, info);
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0) {
        fail_early(err, SCN_E_MEMORY, path, "out of memory");
        return NULL;
    }
    locale_t before = uselocale(plain);
    host_init(&host, limits);
    if (run_source(&host, source, err)) {
        plan = host.plan;
        host.plan = NULL;
        assert(plan != NULL);
    }
    host_deinit(&host);
    uselocale(before);
    freelocale(plain);
    return plan;
}

struct plan *scn_load(const char *path, const struct scn_param *params, size_t param_count,
                      const struct scn_limits *limits, struct scn_info *info, struct scn_err *err)
{
    assert(path != NULL);
    assert(err != NULL);
    assert(params != NULL || param_count == 0);
    struct source source = {0};
    struct plan *plan = NULL;
    *err = (struct scn_err){.code = SCN_OK};
    if (info != NULL)
        *info = (struct scn_info){0};
    if (read_source(path, &source, err))
        plan = load_source(path, &source, params, param_count, limits, info, err);
    free(source.bytes);
    assert((plan != NULL) == (err->code == SCN_OK));
    return plan;
}

struct plan *scn_load_text(const char *path, const char *text, const struct scn_param *params, size_t param_count,
                           const struct scn_limits *limits, struct scn_info *info, struct scn_err *err)
{
    assert(path != NULL);
    assert(text != NULL);
    assert(err != NULL);
    assert(params != NULL || param_count == 0);
    struct source source = {.text = text, .size = strlen(text)};
    *err = (struct scn_err){.code = SCN_OK};
    if (info != NULL)
        *info = (struct scn_info){0};
    struct plan *plan = load_source(path, &source, params, param_count, limits, info, err);
    assert((plan != NULL) == (err->code == SCN_OK));
    return plan;
}

/* ---- schedulers */
enum { STEPS_A_PLAN = 50000000 };

struct scn_scheduler {
    struct scn_host host;
    const struct plan *plan;
    char *param_text;
    struct scn_param params[SCN_PARAMS_MAX];
    locale_t plain;
};

/* "name=value", a line each, into parameters that point into the copy. */
static bool split_params(struct scn_scheduler *s, const char *text)
{
    s->param_text = malloc(strlen(text) + 1);
    if (s->param_text == NULL)
        return false;
    memcpy(s->param_text, text, strlen(text) + 1);
    char *at = s->param_text;
    while (*at != '\0' && s->host.param_count < SCN_PARAMS_MAX) {
        char *value = strchr(at, '='), *end = strchr(at, '\n');
        if (value == NULL || end == NULL || end < value)
            break;
        *value++ = *end = '\0';
        s->params[s->host.param_count++] = (struct scn_param){at, value};
        at = end + 1;
    }
    s->host.params = s->params;
    return true;
}

struct scn_scheduler *scn_scheduler_new(const struct plan *plan, struct scn_err *err)
{
    const char *text = plan_text(plan, plan->scheduler);
    struct source source = {.text = text, .size = strlen(text)};
    struct scn_scheduler *s = calloc(1, sizeof *s);
    *err = (struct scn_err){.code = SCN_OK};
    assert(plan->scheduler != PLAN_NONE);
    if (s != NULL)
        s->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (s == NULL || s->plain == (locale_t)0 ||
        !split_params(s, plan_text(plan, plan->scheduler_params))) {
        fail_early(err, SCN_E_MEMORY, "scheduler", "out of memory");
        scn_scheduler_free(s);
        return NULL;
    }
    s->plan = plan;
    s->host.path = plan_text(plan, plan->scheduler_file);
    s->host.is_scheduler = true;
    host_init(&s->host, NULL);
    locale_t before = uselocale(s->plain);
    bool lives = run_source(&s->host, &source, err);
    uselocale(before);
    if (lives)
        return s;
    scn_scheduler_free(s);
    return NULL;
}

void scn_scheduler_free(struct scn_scheduler *s)
{
    if (s == NULL)
        return;
    if (s->plan != NULL)
        host_deinit(&s->host);
    if (s->plain != (locale_t)0)
        freelocale(s->plain);
    free(s->param_text);
    free(s);
}

enum scn_status scn_scheduler_plan(struct scn_scheduler *s, const struct gang_placer_view *view,
                                   struct gang_decision *out, uint32_t capacity, uint32_t *count,
                                   struct scn_err *err)
{
    struct scn_call call = {s->plan, view, out, 0, capacity};
    lua_State *L = s->host.L;
    locale_t before = uselocale(s->plain);
    *err = (struct scn_err){.code = SCN_OK};
    s->host.steps = 0;
    s->host.steps_max = STEPS_A_PLAN;
    s->host.is_running = true;
    watch_after(&s->host, steps_at_a_time(&s->host));
    lua_settop(L, 0);
    lua_pushcfunction(L, add_place);
    lua_pushcfunction(L, scn_scheduler_call);
    lua_pushlightuserdata(L, &call);
    int result = lua_pcall(L, 1, 0, 1);
    s->host.is_running = false;
    if (result != LUA_OK)
        explain(&s->host, result, err);
    uselocale(before);
    *count = call.count;
    return err->code;
}

enum scn_status scn_scheduler_attach(struct plan *plan, const char *path,
                                     const struct scn_param *params, size_t param_count,
                                     struct scn_err *err)
{
    struct source source = {0};
    char text[4096] = "";
    size_t used = 0;
    *err = (struct scn_err){.code = SCN_OK};
    if (!read_source(path, &source, err)) {
        free(source.bytes);
        return err->code;
    }
    for (size_t i = 0; i < param_count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s=%s\n", params[i].name,
                                 params[i].value);
    char *whole = malloc(source.size + 1);
    if (whole == NULL || used >= sizeof text || memchr(source.text, 0, source.size) != NULL) {
        fail_early(err, SCN_E_INPUT, path, "is no text, or has parameters too long to keep");
    } else {
        memcpy(whole, source.text, source.size);
        whole[source.size] = '\0';
        plan->scheduler = plan_name(plan, whole);
        plan->scheduler_file = plan_name(plan, path);
        plan->scheduler_params = used > 0 ? plan_name(plan, text) : PLAN_NONE;
    }
    free(whole);
    free(source.bytes);
    return err->code;
}
