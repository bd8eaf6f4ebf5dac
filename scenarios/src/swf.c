/*
 * swf.c -- a trace in the Standard Workload Format becomes rows: one a line, but for those that are no job to be run.
 *
 * This room is for: the format's lines, its 18 columns, its header; what is left out, and the sentence about it.
 * It may include:   the C library, Lua, workload.h.
 * Never here:       what a job is made of (workload.c).
 *
 * A line has 18 numbers between blanks, and ends with LF or CRLF; -1 is unknown. What begins with ';' is a comment, and of those
 * "; MaxProcs: 128", MaxNodes and UnixStartTime are understood, each where it is said first; all others are skipped.
 *
 * What becomes of a line that is no plain job (every case is counted, and told: scn_swf_push):
 * - Status 2, 3 and 4 are parts of a job between two swaps; the whole of it has a line of its own, which is the one that counts.
 * - Status 5 with nothing run was cancelled before it began: it used nothing.
 * - Status 5 that ran, and status 0, failed: it had its processors for as long as it ran, and so it does here.
 * - No submission, no processors or no run time: nothing can be run; it is left out. The processors are those it was given,
 *   to which its run time belongs, or if they are not known those it asked for; the scenario may say the other way round.
 * - A run time of 0 is one of less than a second: it is run, and takes no time.
 * - A preceding job and a think time: its submission in the trace has them in it already. It comes at that time, whenever the
 *   job before it ends here; or, with preceding = true, when that one has ended and its user has thought. One that is left out, or
 *   comes later in the file, is waited for by nobody: so there is no circle.
 */
#include "workload.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_BYTES = 40, LEFT_COUNT = SCN_SWF_CANCELLED };
enum { STATUS_FAILED = 0, STATUS_DONE = 1, STATUS_LAST_PART_FAILED = 4, STATUS_CANCELLED = 5 };
enum {
    SWF_JOB,
    SWF_SUBMIT,
    SWF_WAIT,
    SWF_RUN,
    SWF_ALLOCATED,
    SWF_CPU,
    SWF_MEMORY,
    SWF_REQUESTED,
    SWF_REQUESTED_TIME,
    SWF_REQUESTED_MEMORY,
    SWF_STATUS,
    SWF_USER,
    SWF_GROUP,
    SWF_EXECUTABLE,
    SWF_QUEUE,
    SWF_PARTITION,
    SWF_PRECEDING,
    SWF_THINK,
    SWF_COLUMNS
};
static const char *const columns[SWF_COLUMNS] = {
    [SWF_JOB] = "job",
    [SWF_SUBMIT] = "submit",
    [SWF_WAIT] = "wait",
    [SWF_RUN] = "run",
    [SWF_ALLOCATED] = "allocated",
    [SWF_CPU] = "cpu",
    [SWF_MEMORY] = "memory",
    [SWF_REQUESTED] = "requested",
    [SWF_REQUESTED_TIME] = "requested_time",
    [SWF_REQUESTED_MEMORY] = "requested_memory",
    [SWF_STATUS] = "status",
    [SWF_USER] = "user",
    [SWF_GROUP] = "group",
    [SWF_EXECUTABLE] = "executable",
    [SWF_QUEUE] = "queue",
    [SWF_PARTITION] = "partition",
    [SWF_PRECEDING] = "preceding",
    [SWF_THINK] = "think",
};
static const struct {
    const char *key, *text;
} counts[SCN_SWF_COUNT] = {
#define X(NAME, key, text) [SCN_SWF_##NAME] = {#key, text},
    SCN_SWF_MAP(X)
#undef X
};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool scn_swf_is_named(const char *file)
{
    static const char *const ends[] = {".swf", ".swf.gz"};
    size_t size = strlen(file);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]), same = 0;
        while (same < end && size > end && ((unsigned char)file[size - end + same] | 0x20) == ((unsigned char)ends[i][same] | 0x20))
            same++;
        if (same == end)
            return true;
    }
    return false;
}

/* ---- which columns */

void scn_swf_begin(lua_State *L, struct workload *w)
{
    static const char *const usual[W_COLUMN_COUNT] = {
        [W_JOB] = "job", [W_SUBMIT] = "submit", [W_TASKS] = "allocated", [W_DURATION] = "run"};
    w->swf = (struct scn_swf){.max_procs = -1, .max_nodes = -1, .unix_start = -1};
    if (w->end - w->at >= 2 && memcmp(w->at, "\x1F\x8B", 2) == 0)
        scn_fail(L, "%s: %s is compressed; unpack it first, with gunzip", w->what, w->file);
    for (int field = 0; field < W_COLUMN_COUNT; field++) {
        struct wanted *wanted = &w->wanted[field];
        if (wanted->name == NULL && !(field == W_TASKS && w->wanted[W_GPUS].name != NULL))
            wanted->name = usual[field];
        if (wanted->unit[0] == '\0')
            strcpy(wanted->unit, "s");
        if (wanted->name == NULL)
            continue;
        for (wanted->at = 0; wanted->at < SWF_COLUMNS && strcmp(columns[wanted->at], wanted->name) != 0;)
            wanted->at++;
        if (wanted->at == SWF_COLUMNS)
            scn_fail(L, "%s: the Standard Workload Format has no column '%s'%s", w->what, wanted->name,
                     scn_suggest(L, wanted->name, columns, SWF_COLUMNS));
    }
    w->processors = w->wanted[w->wanted[W_GPUS].name != NULL ? W_GPUS : W_TASKS].at;
}

/* ---- lines */

const char *scn_swf_shown(lua_State *L, const struct cell *cell)
{
    luaL_Buffer shown;
    luaL_buffinit(L, &shown);
    for (size_t i = 0; i < cell->size && i < SHOWN_BYTES; i++) {
        char byte[8];
        unsigned char c = (unsigned char)cell->text[i];
        snprintf(byte, sizeof byte, c > 32 && c < 127 ? "%c" : "\\x%02X", c);
        luaL_addstring(&shown, byte);
    }
    if (cell->size > SHOWN_BYTES)
        luaL_addstring(&shown, "...");
    luaL_pushresult(&shown);
    return lua_tostring(L, -1);
}

/* "; MaxProcs: 128 (of two kinds)": the number at the key's end. What is no number, or said before, changes nothing. */
static void read_key(const char *at, const char *end, const char *key, int64_t *out)
{
    size_t size = strlen(key);
    int64_t value = 0;
    if (*out >= 0 || (size_t)(end - at) <= size || memcmp(at, key, size) != 0 || at[size] != ':')
        return;
    for (at += size + 1; at < end && is_blank(*at);)
        at++;
    const char *first = at;
    for (; at < end && is_digit(*at); at++) {
        if (value > (INT64_MAX - 9) / 10)
            return;
        value = value * 10 + (*at - '0');
    }
    if (at > first)
        *out = value;
}

static void read_comment(struct workload *w, const char *at, const char *end)
{
    while (at < end && (*at == ';' || is_blank(*at)))
        at++;
    read_key(at, end, "MaxProcs", &w->swf.max_procs);
    read_key(at, end, "MaxNodes", &w->swf.max_nodes);
    read_key(at, end, "UnixStartTime", &w->swf.unix_start);
}

static void cut(lua_State *L, struct workload *w, const char *line, const char *at, const char *end)
{
    w->cell_count = 0;
    while (at < end) {
        const char *from = at;
        while (at < end && !is_blank(*at))
            at++;
        struct cell cell = {.text = from, .size = (size_t)(at - from), .column = (uint32_t)(from - line) + 1};
        if (w->cell_count == SWF_COLUMNS)
            scn_fail_row(L, w, cell.column,
                         lua_pushfstring(L, "'%s' is one number too many; a line has %d", scn_swf_shown(L, &cell), SWF_COLUMNS));
        w->cells[w->cell_count++] = cell;
        while (at < end && is_blank(*at))
            at++;
    }
    if (w->cell_count < SWF_COLUMNS)
        scn_fail_row(L, w, (uint32_t)(end - line) + 1,
                     lua_pushfstring(L, "the line has %d of %d numbers; '%s' is missing (write -1 if it is not known)",
                                     (int)w->cell_count, SWF_COLUMNS, columns[w->cell_count]));
}

/* ---- numbers */

enum sign { UNKNOWN, ZERO, MORE, BELOW }; /* of a number: -1, 0, more, or another one below 0 */

static enum sign sign_of(lua_State *L, const struct workload *w, uint32_t column)
{
    const struct cell *cell = &w->cells[column];
    const char *at = cell->text, *end = at + cell->size;
    bool minus = *at == '-', is_zero = true;
    const char *whole = at += minus;
    for (; at < end && is_digit(*at); at++)
        is_zero = is_zero && *at == '0';
    bool well = at > whole, is_one = at - whole == 1 && *whole == '1';
    if (at < end && *at == '.') {
        const char *part = ++at;
        for (; at < end && is_digit(*at); at++) {
            is_zero = is_zero && *at == '0';
            is_one = is_one && *at == '0';
        }
        well = well && at > part;
    }
    if (!well || at < end || cell->size >= NUMBER_BYTES)
        scn_fail_cell(L, w, columns[column], cell,
                      lua_pushfstring(L, "a number of less than %d digits, -1 if it is not known", NUMBER_BYTES));
    return is_zero ? ZERO : !minus ? MORE : is_one ? UNKNOWN : BELOW;
}

/* Of a column that is made use of: known or not, but never below 0. */
static enum sign known(lua_State *L, const struct workload *w, const enum sign *signs, uint32_t column)
{
    if (signs[column] == BELOW)
        scn_fail_cell(L, w, columns[column], &w->cells[column], "0 or more, or -1 if it is not known");
    return signs[column];
}

static int status_of(lua_State *L, const struct workload *w, enum sign sign)
{
    const struct cell *cell = &w->cells[SWF_STATUS];
    if (sign == UNKNOWN)
        return -1;
    if (cell->size != 1 || cell->text[0] > '0' + STATUS_CANCELLED)
        scn_fail_cell(L, w, columns[SWF_STATUS], cell,
                      "1 (done), 0 (failed), 5 (cancelled), 2, 3 or 4 (a part of a job), or -1 if it is not known");
    return cell->text[0] - '0';
}

/* ---- which lines are jobs to be run */

/* The processors that are meant, or the others of the two; LEFT_COUNT: there are some. */
static unsigned choose_tasks(lua_State *L, struct workload *w, const enum sign *signs)
{
    struct wanted *wanted = &w->wanted[w->wanted[W_GPUS].name != NULL ? W_GPUS : W_TASKS];
    uint32_t named = w->processors, other = SWF_ALLOCATED;
    wanted->at = named;
    if (known(L, w, signs, named) == MORE)
        return LEFT_COUNT;
    if (named == SWF_ALLOCATED)
        other = SWF_REQUESTED;
    else if (named != SWF_REQUESTED)
        return SCN_SWF_NO_PROCESSORS;
    if (known(L, w, signs, other) != MORE)
        return SCN_SWF_NO_PROCESSORS;
    wanted->at = other;
    w->swf.count[SCN_SWF_OTHER]++;
    return LEFT_COUNT;
}

/* Why this line is left out; LEFT_COUNT: it is not. */
static unsigned why_left_out(lua_State *L, struct workload *w, const enum sign *signs, int status)
{
    enum sign ran = known(L, w, signs, SWF_RUN);
    if (status > STATUS_DONE && status <= STATUS_LAST_PART_FAILED)
        return SCN_SWF_PARTIAL;
    if (status == STATUS_CANCELLED && ran != MORE)
        return SCN_SWF_NEVER_BEGAN;
    if (known(L, w, signs, w->wanted[W_SUBMIT].at) == UNKNOWN)
        return SCN_SWF_NO_SUBMIT;
    if (known(L, w, signs, w->wanted[W_DURATION].at) == UNKNOWN)
        return SCN_SWF_NO_RUN;
    return choose_tasks(L, w, signs);
}

/* Counts what is special about a job; true: it is one to be run. */
static bool is_job(lua_State *L, struct workload *w)
{
    enum sign signs[SWF_COLUMNS];
    int64_t *count = w->swf.count;
    for (uint32_t i = 0; i < SWF_COLUMNS; i++)
        signs[i] = sign_of(L, w, i);
    w->swf.lines++;
    int status = status_of(L, w, signs[SWF_STATUS]);
    unsigned why = why_left_out(L, w, signs, status);
    if (why < LEFT_COUNT) {
        count[why]++;
        return false;
    }
    if (signs[w->wanted[W_JOB].at] == UNKNOWN || signs[w->wanted[W_JOB].at] == BELOW)
        scn_fail_cell(L, w, w->wanted[W_JOB].name, &w->cells[w->wanted[W_JOB].at], "0 or more, for it names the job");
    count[SCN_SWF_CANCELLED] += status == STATUS_CANCELLED;
    count[SCN_SWF_FAILED] += status == STATUS_FAILED;
    count[SCN_SWF_INSTANT] += signs[w->wanted[W_DURATION].at] == ZERO;
    count[SCN_SWF_PRECEDING] += known(L, w, signs, SWF_PRECEDING) == MORE;
    (void)known(L, w, signs, SWF_THINK);
    w->swf.jobs++;
    return true;
}

bool scn_swf_row(lua_State *L, struct workload *w)
{
    while (w->at < w->end) {
        const char *line = w->at, *stop = memchr(line, '\n', (size_t)(w->end - line));
        const char *end = stop != NULL ? stop : w->end, *at = line;
        w->at = stop != NULL ? stop + 1 : w->end;
        w->line++;
        if (end > line && end[-1] == '\r')
            end--;
        while (at < end && is_blank(*at))
            at++;
        if (at == end)
            continue;
        if (*at == ';') {
            read_comment(w, at, end);
            continue;
        }
        cut(L, w, line, at, end);
        if (is_job(L, w))
            return true;
    }
    return false;
}

/* ---- jobs that wait for others */

/* A job's number; below 0: it is none, or not known. */
static int64_t number_of(const struct cell *cell)
{
    char text[NUMBER_BYTES];
    int64_t value;
    assert(cell->size < sizeof text);
    memcpy(text, cell->text, cell->size);
    text[cell->size] = '\0';
    return scn_parse_count(text, &value) ? value : -1;
}

void scn_swf_follow(lua_State *L, struct workload *w, uint32_t job, int numbers)
{
    plan_ns think = 0;
    int64_t number = number_of(&w->cells[SWF_JOB]), before = number_of(&w->cells[SWF_PRECEDING]);
    if (!w->follows)
        return;
    if (before > 0 && lua_rawgeti(L, numbers, before) != LUA_TNIL) {
        const struct cell *cell = &w->cells[SWF_THINK];
        char text[NUMBER_BYTES + 1];
        snprintf(text, sizeof text, "%.*ss", (int)cell->size, cell->text);
        if (cell->text[0] != '-' && (!plan_parse_duration(text, &think) || think > PLAN_TIME_MAX))
            scn_fail_cell(L, w, columns[SWF_THINK], cell, "a time of 0 or more, in s");
        ((struct scn_job *)scn_row(&scn_host(L)->jobs, job))->submit_ns = SCN_ABSENT;
        scn_submit_after(L, job, (uint32_t)lua_tointeger(L, -1), think);
        w->swf.count[SCN_SWF_FOLLOWING]++;
        w->swf.count[SCN_SWF_PRECEDING]--;
    }
    lua_settop(L, numbers);
    if (number >= 0) {
        lua_pushinteger(L, job);
        lua_rawseti(L, numbers, number);
    }
}

/* ---- what was found */

/* "2 cancelled before they began, 1 without a run time", of the counts from `first` on that are not 0; pushed. */
static const char *push_list(lua_State *L, const struct scn_swf *swf, unsigned first, unsigned end)
{
    luaL_Buffer list;
    const char *between = "";
    luaL_buffinit(L, &list);
    for (unsigned i = first; i < end; i++) {
        char text[160];
        if (swf->count[i] == 0)
            continue;
        snprintf(text, sizeof text, "%s%lld %s", between, (long long)swf->count[i], counts[i].text);
        luaL_addstring(&list, text);
        between = ", ";
    }
    luaL_pushresult(&list);
    return lua_tostring(L, -1);
}

noreturn void scn_swf_fail_empty(lua_State *L, const struct workload *w)
{
    if (w->swf.lines == 0)
        scn_fail(L, "%s: %s has no line of a job; one has 18 numbers, the first of them the job's", w->what, w->file);
    scn_fail(L, "%s: none of the %I lines of %s is a job that can be run: %s", w->what, (LUAI_UACINT)w->swf.lines, w->file,
             push_list(L, &w->swf, 0, LEFT_COUNT));
}

/* One sentence, if anything is left out or is otherwise than the trace says. */
static void note(lua_State *L, const struct workload *w)
{
    struct scn_info *info = scn_host(L)->info;
    if (info == NULL)
        return;
    info->swf = w->swf;
    int top = lua_gettop(L);
    const char *left = push_list(L, &w->swf, 0, LEFT_COUNT), *taken = push_list(L, &w->swf, LEFT_COUNT, SCN_SWF_COUNT);
    size_t used = strlen(info->notes);
    if (*left != '\0' || *taken != '\0')
        snprintf(info->notes + used, sizeof info->notes - used, "%s%.200s: %lld of %lld lines are jobs that are run%s%s%s%s", used > 0 ? "\n" : "",
                 w->what, (long long)w->swf.jobs, (long long)w->swf.lines, *left != '\0' ? "; left out: " : "", left,
                 *taken != '\0' ? "; of those that are run: " : "", taken);
    lua_settop(L, top);
}

static void set_count(lua_State *L, const char *key, int64_t value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

void scn_swf_push(lua_State *L, const struct workload *w)
{
    int64_t left = 0;
    note(L, w);
    lua_newtable(L);
    for (unsigned i = 0; i < SCN_SWF_COUNT; i++) {
        set_count(L, counts[i].key, w->swf.count[i]);
        left += i < LEFT_COUNT ? w->swf.count[i] : 0;
    }
    assert(w->swf.lines == w->swf.jobs + left);
    set_count(L, "lines", w->swf.lines);
    set_count(L, "jobs", w->swf.jobs);
    set_count(L, "left_out", left);
    if (w->swf.max_procs >= 0)
        set_count(L, "max_procs", w->swf.max_procs);
    if (w->swf.max_nodes >= 0)
        set_count(L, "max_nodes", w->swf.max_nodes);
    if (w->swf.unix_start >= 0)
        set_count(L, "unix_start_time", w->swf.unix_start);
}
