/*
 * workload.c -- a table of jobs beside the scenario becomes jobs: one gang a row.
 *
 * This room is for: reading comma-separated values, with errors that name file, line and column; a row's job.
 * It may include:   the C library, Lua, host.h, workload.h.
 * Never here:       how other formats make rows (swf.c); files that are neither beside the scenario nor named on the command line.
 *
 * Lines end with LF or CRLF, blank ones are skipped, the first that is not names the columns. A
 * cell may be quoted; a quoted one may hold commas, but neither quotes nor line ends. Numbers have
 * a point, whatever the locale. A column of submissions may hold dates, "2017-10-09 07:01:55", without a time zone:
 * the earliest of the file is 0s.
 */
#include "workload.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct scn_field workload_fields[W_COUNT] = {
    [W_JOB] = {.name = "job", .type = SCN_OTHER},
    [W_SUBMIT] = {.name = "submit", .type = SCN_OTHER},
    [W_TASKS] = {.name = "tasks", .type = SCN_OTHER},
    [W_GPUS] = {.name = "gpus", .type = SCN_OTHER},
    [W_DURATION] = {.name = "duration", .type = SCN_OTHER},
    [W_PRIORITY] = {.name = "priority", .type = SCN_OTHER},
    [W_PREFIX] = {.name = "prefix", .type = SCN_OTHER},
    [W_STAGE] = {.name = "stage", .type = SCN_OTHER},
    [W_FORMAT] = {.name = "format", .type = SCN_OTHER},
    [W_PRECEDING] = {.name = "preceding", .type = SCN_OTHER},
};

noreturn void scn_fail_row(lua_State *L, const struct workload *w, uint32_t column, const char *message)
{
    scn_fail(L, "%s: %s:%d:%d: %s", w->what, w->file, (int)w->line, (int)column, message);
}

/* ---- what the scenario asks for */

/* unit = "ms" (or "1ms") of a time column. */
static const char date_unit[] = "date";

static void read_unit(lua_State *L, const char *what, const char *column, int index,
                      char unit[UNIT_BYTES])
{
    char one[UNIT_BYTES + 1];
    plan_ns ns;
    if (lua_isnil(L, index)) {
        strcpy(unit, "s");
        return;
    }
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
    if (strcmp(text, date_unit) == 0 && strcmp(column, "submit") == 0) {
        strcpy(unit, date_unit);
        return;
    }
    text += *text == '1';
    int size = snprintf(one, sizeof one, "1%s", text);
    if (size < 2 || (size_t)size >= sizeof one || !plan_parse_duration(one, &ns)) {
        const char *got = scn_describe(L, index);
        scn_fail(L, "%s: unit of %s must be one of ns us ms s m h d%s, got %s", what, column,
                 strcmp(column, "submit") == 0 ? " date" : "", got);
    }
    strcpy(unit, text);
}

/* "name", or { "name", unit = "ms" } */
static void read_wanted(lua_State *L, struct workload *w, int table, int field)
{
    static const struct scn_field fields[] = {{.name = "unit", .type = SCN_OTHER}};
    struct wanted *wanted = &w->wanted[field];
    const char *key = workload_fields[field].name;
    bool is_time = field == W_SUBMIT || field == W_DURATION;
    int top = lua_gettop(L);
    if (lua_getfield(L, table, key) == LUA_TNIL) {
        lua_settop(L, top);
        return;
    }
    lua_pushnil(L); /* the unit, if there is none */
    if (lua_type(L, top + 1) == LUA_TTABLE && is_time) {
        scn_fields(L, top + 1, lua_pushfstring(L, "%s: %s", w->what, key), fields, 1, true, NULL);
        lua_settop(L, top + 1);
        lua_getfield(L, top + 1, "unit");
        lua_rawgeti(L, top + 1, 1);
        lua_replace(L, top + 1);
    }
    wanted->name = scn_text(L, top + 1, lua_pushfstring(L, "%s: the column of %s", w->what, key));
    if (is_time)
        read_unit(L, w->what, key, top + 2, wanted->unit);
    lua_settop(L, top);
}

/* What the file's name says, unless the scenario says otherwise. */
static void read_format(lua_State *L, struct workload *w, int table)
{
    static const char *const names[] = {[WORKLOAD_CSV] = "csv", [WORKLOAD_SWF] = "swf"};
    int top = lua_gettop(L);
    w->format = scn_swf_is_named(w->file) ? WORKLOAD_SWF : WORKLOAD_CSV;
    if (lua_getfield(L, table, "format") != LUA_TNIL) {
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        w->format = strcmp(text, names[WORKLOAD_SWF]) == 0 ? WORKLOAD_SWF : WORKLOAD_CSV;
        if (strcmp(text, names[w->format]) != 0)
            scn_fail(L, "%s: format is %s, must be \"csv\" or \"swf\"", w->what, scn_describe(L, top + 1));
    }
    if (w->format == WORKLOAD_SWF && strcmp(w->wanted[W_SUBMIT].unit, date_unit) == 0)
        scn_fail(L, "%s: there are no dates in the Standard Workload Format: submit counts seconds; leave the unit out", w->what);
    static const struct scn_field preceding = {"preceding", SCN_FLAG, false, 0, 1, "true: jobs wait for the one before them"};
    if (lua_getfield(L, table, "preceding") != LUA_TNIL)
        w->follows = scn_value(L, lua_gettop(L), w->what, &preceding) != 0;
    if (w->follows && w->format != WORKLOAD_SWF)
        scn_fail(L, "%s: preceding is of the Standard Workload Format; in CSV no column says which job another one waits for", w->what);
    lua_settop(L, top);
}

static void read_request(lua_State *L, struct workload *w, int table)
{
    scn_fields(L, table, w->what, workload_fields, W_COUNT, false, NULL);
    for (int field = 0; field < W_COLUMN_COUNT; field++)
        read_wanted(L, w, table, field);
    read_format(L, w, table);
    bool is_csv = w->format == WORKLOAD_CSV, has_tasks = w->wanted[W_TASKS].name != NULL, has_gpus = w->wanted[W_GPUS].name != NULL;
    if (is_csv ? has_tasks == has_gpus : has_tasks && has_gpus)
        scn_fail(L,
                 "%s: give tasks = \"column\" (a core a task) or gpus = \"column\" (a core and a "
                 "GPU a task)",
                 w->what);
    if (is_csv && w->wanted[W_DURATION].name == NULL)
        scn_fail(L, "%s: duration is missing; write duration = \"column\"", w->what);
    w->prefix = !is_csv || w->wanted[W_JOB].name == NULL ? "job-" : "";
    w->stage = "run";
    if (lua_getfield(L, table, "prefix") != LUA_TNIL)
        w->prefix = scn_text(L, lua_gettop(L), "workload: prefix");
    if (lua_getfield(L, table, "stage") != LUA_TNIL)
        w->stage = scn_text(L, lua_gettop(L), "workload: stage");
    lua_settop(L, table);
}

/* ---- the file */

/* What a person names on the command line, as a path, a scenario may read; of its own it reads what lies beside it. */
static bool is_given_path(const struct scn_host *host, const char *name)
{
    if (strchr(name, '/') == NULL)
        return false;
    for (size_t i = 0; i < host->param_count; i++)
        if (strcmp(host->params[i].value, name) == 0)
            return true;
    return false;
}

/* Pushes the bytes of a file in the scenario's folder, or of one that a parameter names. */
static void push_file(lua_State *L, const char *what, const char *name)
{
    struct scn_host *host = scn_host(L);
    const char *slash = strrchr(host->path, '/');
    bool given = is_given_path(host, name);
    if (!given && (name[0] == '/' || strstr(name, "..") != NULL))
        scn_fail(L, "%s: the file must lie beside the scenario; give its name without a path",
                 what);
    lua_pushlstring(L, host->path, slash != NULL && !given ? (size_t)(slash - host->path) + 1 : 0);
    const char *path = lua_pushfstring(L, "%s%s", lua_tostring(L, -1), name);
    host->file = fopen(path, "rb");
    if (host->file == NULL)
        scn_fail(L, "%s: '%s' cannot be read: %s", what, path, strerror(errno));
    luaL_Buffer bytes;
    luaL_buffinit(L, &bytes);
    for (;;) {
        size_t got = fread(luaL_prepbuffer(&bytes), 1, LUAL_BUFFERSIZE, host->file);
        luaL_addsize(&bytes, got);
        if (got == 0)
            break;
    }
    bool broken = ferror(host->file) != 0;
    fclose(host->file);
    host->file = NULL;
    luaL_pushresult(&bytes);
    if (broken)
        scn_fail(L, "%s: '%s' cannot be read to its end", what, name);
}

static struct cell trimmed(const char *from, const char *to, const char *line)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return (struct cell){
        .text = from, .size = (size_t)(to - from), .column = (uint32_t)(from - line) + 1};
}

/* Takes the quotes off; the rest of a quoted cell must be nothing but space. */
static const char *cell_end(lua_State *L, const struct workload *w, const char *at,
                            const char *line, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (at == end || *at != '"') {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        return comma != NULL ? comma : end;
    }
    const char *close = memchr(at + 1, '"', (size_t)(end - at - 1));
    if (close == NULL)
        scn_fail_row(L, w, (uint32_t)(at - line) + 1,
                "the quote that opens here is not closed in its line");
    for (at = close + 1; at < end && (*at == ' ' || *at == '\t'); at++)
        continue;
    if (at < end && *at != ',')
        scn_fail_row(L, w, (uint32_t)(at - line) + 1,
                "a quoted cell goes on behind its quote; quotes cannot be in cells");
    return at;
}

/* Splits the next line that is not blank into w->cells; false at the end. */
static bool next_row(lua_State *L, struct workload *w)
{
    while (w->at < w->end) {
        const char *line = w->at, *stop = memchr(line, '\n', (size_t)(w->end - line));
        const char *end = stop != NULL ? stop : w->end;
        w->at = stop != NULL ? stop + 1 : w->end;
        w->line++;
        if (end > line && end[-1] == '\r')
            end--;
        if (trimmed(line, end, line).size == 0)
            continue;
        w->cell_count = 0;
        for (const char *at = line;;
             at++) { /* `at` is at a cell's first byte; then at the comma behind it */
            const char *to = cell_end(L, w, at, line, end);
            struct cell cell = trimmed(at, to, line);
            if (cell.size >= 2 && cell.text[0] == '"')
                cell = (struct cell){cell.text + 1, cell.size - 2, cell.column};
            if (w->cell_count == COLUMNS_MAX)
                scn_fail_row(L, w, cell.column,
                        lua_pushfstring(L, "there are more than %d columns", COLUMNS_MAX));
            w->cells[w->cell_count++] = cell;
            at = to;
            if (at == end)
                return true;
        }
    }
    return false;
}

static void read_header(lua_State *L, struct workload *w)
{
    const char *names[COLUMNS_MAX];
    if (!next_row(L, w))
        scn_fail(L, "%s: %s is empty; its first line must name the columns", w->what, w->file);
    luaL_checkstack(L, COLUMNS_MAX + 10, NULL);
    for (uint32_t i = 0; i < w->cell_count; i++)
        names[i] = lua_pushlstring(L, w->cells[i].text, w->cells[i].size);
    for (int field = 0; field < W_COLUMN_COUNT; field++) {
        struct wanted *wanted = &w->wanted[field];
        for (wanted->at = 0; wanted->name != NULL && wanted->at < w->cell_count; wanted->at++)
            if (strcmp(names[wanted->at], wanted->name) == 0)
                break;
        if (wanted->name != NULL && wanted->at == w->cell_count)
            scn_fail_row(L, w, 1,
                    lua_pushfstring(L, "there is no column '%s'%s", wanted->name,
                                    scn_suggest(L, wanted->name, names, w->cell_count)));
    }
    lua_pop(L, (int)w->cell_count);
}

/* ---- rows */

static const struct cell *cell_of(lua_State *L, const struct workload *w, int field)
{
    const struct wanted *wanted = &w->wanted[field];
    if (wanted->at >= w->cell_count)
        scn_fail_row(L, w, 1,
                lua_pushfstring(L, "the row has %d cells, '%s' is column %d", (int)w->cell_count,
                                wanted->name, (int)wanted->at + 1));
    return &w->cells[wanted->at];
}

noreturn void scn_fail_cell(lua_State *L, const struct workload *w, const char *name, const struct cell *cell, const char *must)
{
    lua_pushlstring(L, cell->text, cell->size < 40 ? cell->size : 40);
    const char *shown = w->format == WORKLOAD_SWF ? scn_swf_shown(L, cell) : lua_tostring(L, -1);
    scn_fail_row(L, w, cell->column, lua_pushfstring(L, "%s is '%s', must be %s", name, shown, must));
}

static noreturn void fail_cell(lua_State *L, const struct workload *w, int field, const char *must)
{
    scn_fail_cell(L, w, w->wanted[field].name, cell_of(L, w, field), must);
}

/* Days from 1970-01-01 in the Gregorian calendar; years begin in March, so that a leap day is a year's last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* `count` digits, and the byte behind them; -1: something else is there. */
static int64_t digits(const char **at, const char *end, int count, char behind)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++, ++*at) {
        if (*at == end || **at < '0' || **at > '9')
            return -1;
        value = value * 10 + (**at - '0');
    }
    if (behind != '\0' && (*at == end || *(*at)++ != behind))
        return -1;
    return value;
}

/* "2017-10-09 07:01:55", of the years 1970 to 2069. */
static bool parse_date(const struct cell *cell, plan_ns *ns)
{
    static const int64_t month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *at = cell->text, *end = at + cell->size;
    int64_t year = digits(&at, end, 4, '-'), month = digits(&at, end, 2, '-');
    int64_t day = digits(&at, end, 2, ' '), hour = digits(&at, end, 2, ':');
    int64_t minute = digits(&at, end, 2, ':'), second = digits(&at, end, 2, '\0');
    if (at != end || year < 1970 || year > 2069 || month < 1 || month > 12 || day < 1 ||
        day > month_days[month - 1] || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59)
        return false;
    if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
        return false;
    *ns = (days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) * PLAN_SECOND;
    return true;
}

static int64_t read_time(lua_State *L, const struct workload *w, int field)
{
    char text[NUMBER_BYTES + UNIT_BYTES];
    plan_ns ns;
    if (w->wanted[field].name == NULL)
        return SCN_ABSENT;
    const struct cell *cell = cell_of(L, w, field);
    const char *unit = w->wanted[field].unit;
    if (strcmp(unit, date_unit) == 0) {
        if (!parse_date(cell, &ns))
            fail_cell(L, w, field, "a date of 1970 to 2069 such as 2017-10-09 07:01:55");
        return ns;
    }
    if (cell->size > 0 && cell->size < NUMBER_BYTES && cell->text[cell->size - 1] <= '9') {
        memcpy(text, cell->text, cell->size);
        memcpy(text + cell->size, unit, strlen(unit) + 1);
        if (memchr(text, '\0', cell->size) == NULL && plan_parse_duration(text, &ns) && ns <= PLAN_TIME_MAX)
            return ns;
    }
    fail_cell(L, w, field, lua_pushfstring(L, "a time of 0 or more, in %s", unit));
}

static int64_t read_count(lua_State *L, const struct workload *w, int field, int64_t lo, int64_t hi)
{
    char text[NUMBER_BYTES];
    int64_t value = 0;
    const struct cell *cell = cell_of(L, w, field);
    bool minus = lo < 0 && cell->size > 0 && cell->text[0] == '-';
    if (cell->size < sizeof text) {
        memcpy(text, cell->text, cell->size);
        text[cell->size] = '\0';
        if (memchr(text, '\0', cell->size) == NULL && scn_parse_count(text + minus, &value) && (minus ? -value : value) >= lo &&
            (minus ? -value : value) <= hi)
            return minus ? -value : value;
    }
    fail_cell(L, w, field,
              lua_pushfstring(L, "an integer in %I..%I", (LUAI_UACINT)lo, (LUAI_UACINT)hi));
}

/* Pushes "workload 'jobs.csv': jobs.csv:17": made only for a complaint, for there are as many rows as jobs. */
static const char *push_where(lua_State *L, const struct workload *w)
{
    return lua_pushfstring(L, "%s: %s:%d", w->what, w->file, (int)w->line);
}

static const char *read_name(lua_State *L, const struct workload *w, uint32_t number)
{
    char text[PLAN_NAME_BYTES_MAX + NUMBER_BYTES];
    size_t prefix = strlen(w->prefix), size = prefix;
    assert(prefix <= PLAN_NAME_BYTES_MAX);
    memcpy(text, w->prefix, prefix);
    if (w->wanted[W_JOB].name == NULL) {
        size += (size_t)snprintf(text + prefix, sizeof text - prefix, "%" PRIu32, number);
        lua_pushlstring(L, text, size);
    } else {
        const struct cell *cell = cell_of(L, w, W_JOB);
        if (cell->size == 0 || memchr(cell->text, '\0', cell->size) != NULL)
            fail_cell(L, w, W_JOB, "a name");
        lua_pushlstring(L, cell->text, cell->size);
        if (prefix > 0)
            lua_pushfstring(L, "%s%s", w->prefix, lua_tostring(L, -1));
    }
    int name = lua_gettop(L);
    if (scn_is_text(L, name))
        return scn_keep_text(L, name);
    return scn_text(L, name, lua_pushfstring(L, "%s: the job's name", push_where(L, w)));
}

/* The program of a row: rows of one duration share it. The table at `programs` has it by its nanoseconds. */
static struct scn_program *read_program(lua_State *L, int programs, int64_t ns)
{
    if (lua_rawgeti(L, programs, (lua_Integer)ns) != LUA_TNIL)
        return lua_touserdata(L, -1);
    struct scn_program *program = scn_program_fixed(L, ns);
    scn_keep(L, lua_gettop(L));
    lua_rawseti(L, programs, (lua_Integer)ns);
    return program;
}

static void refuse_too_many(lua_State *L, const struct workload *w)
{
    if (scn_host(L)->jobs.count == PLAN_JOBS_MAX)
        scn_fail_row(L, w, 1,
                     lua_pushfstring(L, "the scenario has %d jobs already, which is as many as there can be; cut the table here",
                                     PLAN_JOBS_MAX));
}

/* Pushes the job of the present row; its index. */
static uint32_t push_row(lua_State *L, const struct workload *w, uint32_t number, int line, int programs)
{
    uint32_t index;
    bool gpus = w->wanted[W_GPUS].name != NULL;
    int64_t tasks = read_count(L, w, gpus ? W_GPUS : W_TASKS, 1, PLAN_TASKS_MAX);
    int64_t duration = read_time(L, w, W_DURATION), submit = read_time(L, w, W_SUBMIT),
            priority = 0;
    if (w->wanted[W_PRIORITY].name != NULL)
        priority = read_count(L, w, W_PRIORITY, INT32_MIN, INT32_MAX);
    struct scn_program *program = read_program(L, programs, duration);
    const char *name = read_name(L, w, number);
    struct scn_job *job = scn_job_begin(L, scn_job_is_named(L, name) ? push_where(L, w) : "", name, line, &index);
    job->submit_ns = submit;
    job->priority = (int32_t)priority;
    job->stage_count = 1;
    struct scn_stage *stage = scn_add(L, &scn_host(L)->stages);
    stage->name = w->stage;
    stage->group = PLAN_NONE;
    stage->loose = (struct scn_loose){.line = line, .placed = true};
    stage->is_gang = true;
    stage->tasks = stage->min = (uint32_t)tasks;
    stage->need = (struct plan_profile){.cores = 1, .gpu_milli = gpus ? 1000 : 0};
    stage->program = program;
    scn_push_job(L, index);
    return index;
}

/* Dates become times: the earliest is 0. The jobs of a file are rows one behind the other. */
static void count_from_earliest(lua_State *L, const struct workload *w, uint32_t first,
                                uint32_t count)
{
    const struct scn_rows *jobs = &scn_host(L)->jobs;
    int64_t earliest = INT64_MAX;
    if (strcmp(w->wanted[W_SUBMIT].unit, date_unit) != 0)
        return;
    for (uint32_t i = 0; i < count; i++) {
        const struct scn_job *job = scn_row(jobs, first + i);
        earliest = job->submit_ns < earliest ? job->submit_ns : earliest;
    }
    for (uint32_t i = 0; i < count; i++)
        ((struct scn_job *)scn_row(jobs, first + i))->submit_ns -= earliest;
}

static int workload_body(lua_State *L) /* upvalue: the file's name */
{
    struct workload w = {.file = lua_tostring(L, lua_upvalueindex(1))};
    w.what = lua_pushfstring(L, "workload '%s'", w.file);
    lua_insert(L, 1);
    lua_settop(L, 2);
    scn_table(L, 2, w.what, "{ submit = \"column\", gpus = \"column\", duration = \"column\" }");
    lua_settop(L, 2);
    read_request(L, &w, 2);
    push_file(L, w.what, w.file);
    lua_replace(L, 2);
    lua_settop(L, 2);
    size_t size;
    w.at = lua_tolstring(L, 2, &size);
    w.end = w.at + size;
    if (size >= 3 && memcmp(w.at, "\xEF\xBB\xBF", 3) == 0)
        w.at += 3;
    bool is_swf = w.format == WORKLOAD_SWF;
    if (is_swf)
        scn_swf_begin(L, &w);
    else
        read_header(L, &w);
    lua_newtable(L); /* 3: the jobs */
    lua_newtable(L); /* 4: the programs */
    lua_newtable(L); /* 5: the jobs of a trace by their numbers */
    int line = scn_line(L);
    uint32_t count = 0, first = 0;
    for (; is_swf ? scn_swf_row(L, &w) : next_row(L, &w); count++) {
        refuse_too_many(L, &w);
        uint32_t index = push_row(L, &w, count, line, 4);
        first = count == 0 ? index : first;
        lua_rawseti(L, 3, (lua_Integer)count + 1);
        lua_settop(L, 5);
        if (is_swf)
            scn_swf_follow(L, &w, index, 5);
    }
    lua_settop(L, 3);
    count_from_earliest(L, &w, first, count);
    if (count == 0 && is_swf)
        scn_swf_fail_empty(L, &w);
    if (count == 0)
        scn_fail(L, "%s: %s has no row below its header", w.what, w.file);
    if (is_swf)
        scn_swf_push(L, &w);
    return is_swf ? 2 : 1;
}

int scn_word_workload(lua_State *L)
{
    lua_pushstring(L, scn_text(L, 1, "workload: the file"));
    lua_pushcclosure(L, workload_body, 1);
    return 1;
}
