/*
 * lua.c -- a plan told as a Lua scenario, such as a person could have written.
 *
 * This room is for: the plan (see plan.h); this file: cluster, jobs, stages, and who gets a name.
 * It may include:   <assert.h> <stdlib.h> <string.h>, lua.h, check.h (to label what it refuses).
 * Never here:       Lua. The vocabulary is the scenario host's; tests load what is written here.
 *
 * The claim: the scenario loads to a plan of equal canonical text, if the plan's rows are in order
 * of first use with none unused and pairs are numbered in order, as in every plan that was loaded
 * from a scenario. A plan with something that no word says (a stage's role, a program without ops)
 * is refused. A program's own name becomes the name of a local, no more.
 *
 * What is referred to has a name: jobs by acts and expectations, programs and tables by several
 * stages.
 */
#include "lua.h"
#include "check.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- saying things */

void plan_lua_say(struct plan_lua *lua, const char *text) { plan_out_text(&lua->out, text); }

void plan_lua_say_number(struct plan_lua *lua, int64_t number)
{
    plan_out_number(&lua->out, number);
}

void plan_lua_say_string(struct plan_lua *lua, const char *text)
{
    plan_lua_say(lua, "\"");
    while (*text != '\0') {
        unsigned char c = (unsigned char)*text;
        size_t length = plan_utf8_length(text);
        if (length == 0 || c < 0x20 || c == 0x7F) {
            char escape[4] = {'\\', (char)('0' + c / 100), (char)('0' + c / 10 % 10),
                              (char)('0' + c % 10)};
            plan_out_bytes(&lua->out, escape, sizeof escape);
            length = 1;
        } else {
            if (c == '"' || c == '\\')
                plan_lua_say(lua, "\\");
            plan_out_bytes(&lua->out, text, length);
        }
        text += length;
    }
    plan_lua_say(lua, "\"");
}

/* Can it stand between long brackets? There Lua makes one newline of "\r\n", and an editor may make anything of the rest. */
static bool is_plain(const char *text)
{
    for (size_t length; *text != '\0'; text += length) {
        length = plan_utf8_length(text);
        if (length == 0 || ((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t') || *text == 0x7F)
            return false;
    }
    return true;
}

/* A text of many lines, as it is, between brackets that nothing in it looks like the beginning of; or else quoted. */
static void say_text(struct plan_lua *lua, const char *text)
{
    enum { SIGNS_MAX = 40 };
    char end[SIGNS_MAX + 3] = "]=";
    size_t signs = 1;
    while (signs < SIGNS_MAX && strstr(text, end) != NULL)
        end[1 + signs++] = '=';
    if (!is_plain(text) || signs == SIGNS_MAX) {
        plan_lua_say_string(lua, text);
        return;
    }
    plan_lua_say(lua, "[");
    plan_out_bytes(&lua->out, end + 1, signs);
    plan_lua_say(lua, "[\n"); /* the first newline is none of the text's */
    plan_lua_say(lua, text);
    plan_lua_say(lua, end);
    plan_lua_say(lua, "]");
}

void plan_lua_say_time(struct plan_lua *lua, plan_ns ns)
{
    plan_lua_say(lua, "\"");
    plan_out_duration(&lua->out, ns);
    plan_lua_say(lua, "\"");
}

void plan_lua_say_bytes(struct plan_lua *lua, int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    unsigned unit = 0;
    while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < sizeof units / sizeof units[0]) {
        bytes /= 1024;
        unit++;
    }
    plan_lua_say(lua, "\"");
    plan_lua_say_number(lua, bytes);
    plan_lua_say(lua, units[unit]);
    plan_lua_say(lua, "\"");
}

void plan_lua_say_milli(struct plan_lua *lua, int64_t milli)
{
    int64_t rest = milli % 1000;
    plan_lua_say_number(lua, milli / 1000);
    plan_lua_say(lua, rest == 0 ? "" : ".");
    for (int64_t unit = 100; rest > 0; unit /= 10) {
        plan_lua_say_number(lua, rest / unit);
        rest %= unit;
    }
}

void plan_lua_say_line(struct plan_lua *lua, unsigned depth)
{
    plan_lua_say(lua, "\n");
    for (unsigned i = 0; i < depth; i++)
        plan_lua_say(lua, "    ");
}

void plan_lua_say_field(struct plan_lua *lua, bool *first, const char *name)
{
    plan_lua_say(lua, *first ? "" : ", ");
    plan_lua_say(lua, name);
    plan_lua_say(lua, " = ");
    *first = false;
}

void plan_lua_cannot(struct plan_lua *lua, enum plan_part_id id, uint32_t row, const char *what)
{
    char label[PLAN_LABEL_BYTES];
    if (lua->status != PLAN_OK)
        return;
    lua->status = plan_fail(lua->err, PLAN_E_SENSE, 0,
                            "%s: a scenario has no words for this: %s; take it out",
                            plan_label(lua->plan, id, row, label), what);
}

/* ---- names of values */

enum { IDENTIFIER_MAX = 40 }; /* of a name before it is made one of a kind */

/* Words that are written here, and Lua's own: no local may be called so. */
static const char *const taken[] = {
    "and",           "break",      "do",          "else",      "elseif",      "end",
    "false",         "for",        "function",    "goto",      "if",          "in",
    "local",         "nil",        "not",         "or",        "repeat",      "return",
    "then",          "true",       "until",       "while",     "c",           "jobs",
    "programs",      "tables",     "title",       "policy",    "at",          "between",
    "when",          "record",     "expect",      "sometimes", "never",       "submit",
    "cancel",        "crash",      "restart",     "kill",      "hang_task",   "straggle",
    "cut",           "mend",       "hold",        "clog",      "lose",        "double",
    "reorder",       "break_link", "pause",       "slow",      "drift",       "drain",
    "lose_gpu",      "take",       "ignore_kill", "linger",    "quit",        "stray_call",
    "crash_driver",  "exclude",    "driver",      "job",       "service",     "stage",
    "barrier_stage", "cluster",    "network",     "limits",    "settings",    "budget",     "program",
    "loop",          "on_rank",    "compute",     "barrier",   "all_gather",  "checkpoint",
    "output",        "fail",       "exit",        "hang",      "fetch",       "meet",
    "all_reduce",    "exchange",   "columns",     "column",    "exponential", "lognormal",
    "empirical",     "scheduler",
};

static bool is_local(const struct plan_lua_names *names, const char *text)
{
    uint32_t count = names->count < PLAN_LUA_LOCALS_MAX ? names->count : PLAN_LUA_LOCALS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(names->local[i], text) == 0)
            return true;
    }
    return false;
}

static bool is_taken(const struct plan_lua *lua, const char *text)
{
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(taken[i], text) == 0)
            return true;
    }
    return is_local(&lua->jobs, text) || is_local(&lua->programs, text) ||
           is_local(&lua->columns, text);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* `text` as an identifier, what cannot be in one becoming "_"; `noun` where too little is left. */
static size_t make_identifier(const char *text, const char *noun,
                              char out[static PLAN_LUA_NAME_BYTES])
{
    size_t length = 0;
    if (!is_letter(*text)) {
        length = strlen(noun);
        memcpy(out, noun, length);
        out[length++] = '_';
    }
    for (; *text != '\0' && length < IDENTIFIER_MAX; text++) {
        if (is_letter(*text) || (*text >= '0' && *text <= '9'))
            out[length++] = *text;
        else if (length > 0 && out[length - 1] != '_')
            out[length++] = '_';
    }
    while (length > 0 && out[length - 1] == '_')
        length--;
    out[length] = '\0';
    return length > 0 ? length : make_identifier("", noun, out);
}

/* Gives a row a name. Of more rows than there is room for locals, the rest is only counted: all go
 * into a table. */
static void name_row(struct plan_lua *lua, struct plan_lua_names *names, uint32_t row,
                     const char *text, const char *noun)
{
    assert(names->slot[row] == 0);
    if (names->count < PLAN_LUA_LOCALS_MAX) {
        char *name = names->local[names->count];
        size_t length = make_identifier(text, noun, name);
        if (is_taken(lua, name))
            length += (size_t)snprintf(name + length, PLAN_LUA_NAME_BYTES - length, "_%u", row);
        for (; is_taken(lua, name); length++) { /* somebody thought of that number too */
            assert(length + 1 < PLAN_LUA_NAME_BYTES);
            memcpy(name + length, "_", 2);
        }
    }
    names->slot[row] = ++names->count;
}

bool plan_lua_is_named(const struct plan_lua_names *names, uint32_t row)
{
    return names->slot[row] != 0;
}

void plan_lua_say_name(struct plan_lua *lua, const struct plan_lua_names *names, uint32_t row)
{
    assert(plan_lua_is_named(names, row));
    if (names->count <= PLAN_LUA_LOCALS_MAX) {
        plan_lua_say(lua, names->local[names->slot[row] - 1]);
        return;
    }
    plan_lua_say(lua, names->table);
    plan_lua_say(lua, "[");
    plan_lua_say_number(lua, names->slot[row]);
    plan_lua_say(lua, "]");
}

/* "local resnet = ", or "jobs[17] = "; the table itself before its first one. */
static void declare(struct plan_lua *lua, const struct plan_lua_names *names, uint32_t row)
{
    if (names->count <= PLAN_LUA_LOCALS_MAX) {
        plan_lua_say(lua, "local ");
    } else if (names->slot[row] == 1) {
        plan_lua_say(lua, "local ");
        plan_lua_say(lua, names->table);
        plan_lua_say(lua, " = {}\n");
    }
    plan_lua_say_name(lua, names, row);
    plan_lua_say(lua, " = ");
}

static void want(uint8_t *wanted, uint32_t row)
{
    if (row != PLAN_NONE)
        wanted[row] = 1;
}

/* Jobs that an act or an expectation refers to. Here as below, slots are given in the order of
 * rows, so that what is declared first also has the first slot. */
static void name_jobs(struct plan_lua *lua, uint8_t *wanted)
{
    const struct plan *plan = lua->plan;
    for (uint32_t i = 0; i < plan->act_count; i++) {
        want(wanted, plan->acts[i].job);
        want(wanted, plan->acts[i].when.job);
        if (plan->acts[i].executor != PLAN_NONE)
            lua->has_executors = true;
    }
    for (uint32_t i = 0; i < plan->stage_count; i++)
        if (plan->stages[i].prefers != 0)
            lua->has_executors = true;
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        want(wanted, plan->expects[i].job);
        want(wanted, plan->expects[i].when.job);
    }
    for (uint32_t i = 0; i < plan->job_count; i++) {
        if (wanted[i])
            name_row(lua, &lua->jobs, i, plan_text(plan, plan->jobs[i].name), "job");
    }
}

/* Programs that several stages run, and those that are long. */
static void name_programs(struct plan_lua *lua, uint8_t *uses)
{
    const struct plan *plan = lua->plan;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        uint8_t *used = &uses[plan->stages[i].program];
        *used = (uint8_t)(*used < 2 ? *used + 1 : 2);
    }
    for (uint32_t i = 0; i < plan->program_count; i++) {
        if (uses[i] > 1 || (uses[i] == 1 && plan_lua_program_is_long(plan, i)))
            name_row(lua, &lua->programs, i, plan_text(plan, plan->programs[i].name), "step");
    }
}

static void name_columns(struct plan_lua *lua, uint8_t *wanted)
{
    const struct plan *plan = lua->plan;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        want(wanted, plan->stages[i].column);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        if (wanted[i])
            name_row(lua, &lua->columns, i, "", "times");
    }
}

static bool make_names(struct plan_lua *lua)
{
    const struct plan *plan = lua->plan;
    size_t jobs = plan->job_count, programs = plan->program_count, columns = plan->column_count;
    uint8_t *scratch = calloc(jobs + programs + columns + 1, 1);
    lua->jobs.slot = calloc(jobs + 1, sizeof(uint32_t));
    lua->programs.slot = calloc(programs + 1, sizeof(uint32_t));
    lua->columns.slot = calloc(columns + 1, sizeof(uint32_t));
    bool good = scratch != NULL && lua->jobs.slot != NULL && lua->programs.slot != NULL &&
                lua->columns.slot != NULL;
    if (good) {
        name_jobs(lua, scratch);
        name_programs(lua, scratch + jobs);
        name_columns(lua, scratch + jobs + programs);
    }
    free(scratch);
    return good;
}

/* ---- the cluster */

struct group {
    uint32_t count, racks; /* rack of number i: the first one's + i % racks */
};

/* When the executor arrives, but for what its manager adds. */
static plan_ns arrival(const struct plan_lua *lua, uint32_t executor)
{
    return lua->plan->executors[executor].arrives_ns - executor * lua->spacing_ns;
}

static bool same_but_rack(const struct plan_executor *a, const struct plan_executor *b)
{
    return a->cores == b->cores && a->memory_mib == b->memory_mib && a->gpus == b->gpus &&
           a->back_ns == b->back_ns;
}

/* The longest group that begins with executor `first`. */
static struct group find_group(const struct plan_lua *lua, uint32_t first)
{
    const struct plan *plan = lua->plan;
    const struct plan_executor *row = &plan->executors[first];
    struct group group = {1, 0};
    for (; first + group.count < plan->executor_count; group.count++) {
        const struct plan_executor *next = row + group.count;
        uint32_t step = group.racks == 0 ? group.count : group.count % group.racks;
        if (!same_but_rack(row, next) || arrival(lua, first) != arrival(lua, first + group.count))
            break;
        if (group.racks == 0 && next->rack == row->rack) {
            group.racks = group.count; /* here the racks begin again */
            continue;
        }
        if (next->rack != row->rack + step)
            break;
    }
    if (group.racks == 0)
        group.racks = group.count;
    return group;
}

/* What only yarn adds can be taken off again, if nobody would arrive before the run begins. The others have added what
 * cannot be told apart, and are told to add nothing more. */
static plan_ns find_spacing(const struct plan *plan)
{
    if (plan->executor_count < 2 || plan->manager == PLAN_NONE ||
        strcmp(plan_text(plan, plan->manager), "yarn") != 0)
        return 0;
    plan_ns spacing = plan->executors[1].arrives_ns - plan->executors[0].arrives_ns;
    if (spacing < 0 || spacing > PLAN_DAY)
        return 0;
    for (uint32_t i = 1; i < plan->executor_count; i++)
        if (plan->executors[i].arrives_ns / i < spacing)
            return 0;
    return spacing;
}

/* manager = "yarn", every = "1s"; names that no manager has cannot be told. */
static void say_manager(struct plan_lua *lua, bool *first)
{
    static const struct {
        const char *name, *field;
    } known[] = {
        {"standalone", NULL}, {"yarn", "every"}, {"kubernetes", "pending"}, {"mesos", "every"}};
    const char *name = plan_text(lua->plan, lua->plan->manager);
    size_t i = 0;
    if (lua->plan->manager == PLAN_NONE)
        return;
    while (i < sizeof known / sizeof known[0] && strcmp(known[i].name, name) != 0)
        i++;
    if (i == sizeof known / sizeof known[0]) {
        plan_lua_cannot(lua, PART_PLAN, 0, "a manager of that name");
        return;
    }
    plan_lua_say_field(lua, first, "manager");
    plan_lua_say_string(lua, name);
    if (known[i].field != NULL) {
        plan_lua_say_field(lua, first, known[i].field);
        plan_lua_say_time(lua, lua->spacing_ns);
    }
}

static void say_group(struct plan_lua *lua, uint32_t first, struct group group, bool is_all)
{
    const struct plan_executor *row = &lua->plan->executors[first];
    bool none = true;
    plan_lua_say(lua, "{ ");
    if (is_all)
        say_manager(lua, &none);
    plan_lua_say_field(lua, &none, "executors");
    plan_lua_say_number(lua, group.count);
    plan_lua_say_field(lua, &none, "cores");
    plan_lua_say_number(lua, row->cores);
    plan_lua_say_field(lua, &none, "memory");
    plan_lua_say_bytes(lua, (int64_t)row->memory_mib << 20);
    if (row->gpus != 0) {
        plan_lua_say_field(lua, &none, "gpus");
        plan_lua_say_number(lua, row->gpus);
    }
    if (group.racks != 1) {
        plan_lua_say_field(lua, &none, "racks");
        plan_lua_say_number(lua, group.racks);
    }
    if (row->rack != 0) {
        plan_lua_say_field(lua, &none, "rack");
        plan_lua_say_number(lua, row->rack);
    }
    if (arrival(lua, first) != 0) {
        plan_lua_say_field(lua, &none, "arrive");
        plan_lua_say_time(lua, arrival(lua, first));
    }
    if (row->back_ns != 0) {
        plan_lua_say_field(lua, &none, "back");
        plan_lua_say_time(lua, row->back_ns);
    }
    plan_lua_say(lua, " }");
}

static void say_cluster(struct plan_lua *lua)
{
    const struct plan *plan = lua->plan;
    bool none = true;
    lua->spacing_ns = find_spacing(plan);
    struct group group = find_group(lua, 0);
    plan_lua_say(lua, lua->has_executors ? "local c = cluster " : "cluster ");
    if (group.count == plan->executor_count) {
        say_group(lua, 0, group, true);
        plan_lua_say(lua, "\n");
        return;
    }
    plan_lua_say(lua, plan->manager == PLAN_NONE ? "{" : "{ ");
    say_manager(lua, &none);
    plan_lua_say(lua, none ? "" : ",");
    for (uint32_t first = 0; first < plan->executor_count; first += group.count) {
        group = find_group(lua, first);
        plan_lua_say_line(lua, 1);
        say_group(lua, first, group, false);
        plan_lua_say(lua, ",");
    }
    plan_lua_say(lua, "\n}\n");
}

/* ---- settings */

static bool is_flag(unsigned setting)
{
    int64_t lo, hi;
    plan_setting_range(setting, &lo, &hi);
    return hi == 1;
}

static void say_setting(struct plan_lua *lua, unsigned setting)
{
    int64_t value = lua->plan->setting[setting];
    if (plan_setting_is_time(setting))
        plan_lua_say_time(lua, value);
    else if (is_flag(setting))
        plan_lua_say(lua, value != 0 ? "true" : "false");
    else if ((setting == PLAN_SET_BANDWIDTH || setting == PLAN_SET_TASK_BYTES_MAX) && value != 0 &&
             value % 1024 == 0 && value <= PLAN_BYTES_MAX)
        plan_lua_say_bytes(lua, value);
    else
        plan_lua_say_number(lua, value);
}

static const char *setting_word(unsigned setting)
{
    if (setting == PLAN_SET_LATENCY || setting == PLAN_SET_BANDWIDTH)
        return "network";
    if (setting >= PLAN_SET_BUDGET_MACHINES && setting <= PLAN_SET_BUDGET_DRIVER)
        return "budget";
    return setting >= PLAN_SET_OVERTAKEN && setting <= PLAN_SET_EVENTS ? "limits" : "settings";
}

/* "limits { virtual = "30d" }", if one of its settings is not as it would be anyway. */
static void say_settings_of(struct plan_lua *lua, const char *word)
{
    const size_t skip = strcmp(word, "budget") == 0 ? strlen("budget_") : 0; /* budget { tasks = 3 } */
    bool first = true;
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++) {
        bool may_be_set = i == PLAN_SET_RESTART_DELAY && lua->plan->manager != PLAN_NONE;
        if ((lua->plan->setting[i] == plan_setting_default(i) && !may_be_set) ||
            strcmp(setting_word(i), word) != 0) /* a manager has its own restart_delay */
            continue;
        if (first) {
            plan_lua_say(lua, word);
            plan_lua_say(lua, " { ");
        }
        plan_lua_say_field(lua, &first, plan_setting_text(i) + skip);
        say_setting(lua, i);
    }
    plan_lua_say(lua, first ? "" : " }\n");
}

/* Its text and all, so that nothing else is needed. */
static void say_scheduler(struct plan_lua *lua)
{
    const struct plan *plan = lua->plan;
    if (plan->scheduler == PLAN_NONE) {
        if (plan->scheduler_file != PLAN_NONE || plan->scheduler_params != PLAN_NONE)
            plan_lua_cannot(lua, PART_PLAN, 0, "a scheduler's file or parameters without its text");
        return;
    }
    plan_lua_say(lua, "scheduler { file = ");
    plan_lua_say_string(lua, plan_text(plan, plan->scheduler_file));
    if (plan->scheduler_params != PLAN_NONE) {
        plan_lua_say(lua, ", params = ");
        plan_lua_say_string(lua, plan_text(plan, plan->scheduler_params));
    }
    plan_lua_say(lua, ", text = ");
    say_text(lua, plan_text(plan, plan->scheduler));
    plan_lua_say(lua, " }\n");
}

static void say_head(struct plan_lua *lua)
{
    const struct plan *plan = lua->plan;
    if (plan->title != PLAN_NONE) {
        plan_lua_say(lua, "title ");
        plan_lua_say_string(lua, plan_text(plan, plan->title));
        plan_lua_say(lua, "\n");
    }
    if (plan->policy != PLAN_NONE) {
        plan_lua_say(lua, "policy ");
        plan_lua_say_string(lua, plan_text(plan, plan->policy));
        plan_lua_say(lua, "\n");
    }
    say_cluster(lua);
    say_settings_of(lua, "network");
    say_settings_of(lua, "settings");
    say_settings_of(lua, "budget");
    say_settings_of(lua, "limits");
    say_scheduler(lua);
}

/* ---- jobs */

/* "after = { "load", "split" }" */
static void say_stages(struct plan_lua *lua, bool *first, const char *field, uint32_t job,
                       uint64_t which)
{
    const struct plan *plan = lua->plan;
    const struct plan_stage *stages = &plan->stages[plan->jobs[job].first_stage];
    const char *comma = " ";
    plan_lua_say_field(lua, first, field);
    plan_lua_say(lua, "{");
    for (uint32_t i = 0; i < plan->jobs[job].stage_count; i++) {
        if ((which >> i & 1) == 0)
            continue;
        plan_lua_say(lua, comma);
        plan_lua_say_string(lua, plan_text(plan, stages[i].name));
        comma = ", ";
    }
    plan_lua_say(lua, which == 0 ? "}" : " }");
}

/* A stage waits for those it reads, and if there are none, for the one before it. */
static void say_parents(struct plan_lua *lua, bool *first, uint32_t job, uint32_t own)
{
    const struct plan_stage *stage = &lua->plan->stages[lua->plan->jobs[job].first_stage + own];
    uint64_t usual = stage->shuffles != 0 ? stage->shuffles
                     : own == 0           ? 0
                                          : UINT64_C(1) << (own - 1);
    if (stage->shuffles != 0)
        say_stages(lua, first, "reads", job, stage->shuffles);
    if (stage->parents != usual)
        say_stages(lua, first, "after", job, stage->parents & ~stage->shuffles);
}

static void say_executor(struct plan_lua *lua, int64_t executor)
{
    plan_lua_say(lua, executor < 0 ? "false" : "c.executor[");
    if (executor >= 0) {
        plan_lua_say_number(lua, executor);
        plan_lua_say(lua, "]");
    }
}

/* One executor for all ranks; or a list, which ends with the last rank that has a wish. */
static void say_prefers(struct plan_lua *lua, bool *first, const struct plan_stage *stage)
{
    enum { WISHES_A_LINE = 8 };
    const int64_t *wish = lua->plan->values + stage->prefers - 1;
    uint32_t same = 0, count = stage->tasks;
    while (same < stage->tasks && wish[same] == wish[0])
        same++;
    while (count > 0 && wish[count - 1] < 0)
        count--;
    plan_lua_say_field(lua, first, "prefers");
    if (same == stage->tasks && wish[0] >= 0) {
        say_executor(lua, wish[0]);
        return;
    }
    plan_lua_say(lua, "{");
    for (uint32_t rank = 0; rank < count; rank++) {
        plan_lua_say(lua, rank == 0 ? " " : ", ");
        if (rank > 0 && rank % WISHES_A_LINE == 0)
            plan_lua_say_line(lua, 2);
        say_executor(lua, wish[rank]);
    }
    plan_lua_say(lua, count == 0 ? "}" : " }");
}

static void say_needs(struct plan_lua *lua, bool *first, const struct plan_profile *need)
{
    if (need->cores != 1) {
        plan_lua_say_field(lua, first, "cores");
        plan_lua_say_number(lua, need->cores);
    }
    if (need->memory_mib != 0) {
        plan_lua_say_field(lua, first, "memory");
        plan_lua_say_bytes(lua, (int64_t)need->memory_mib << 20);
    }
    if (need->gpu_milli != 0) {
        plan_lua_say_field(lua, first, "gpus");
        plan_lua_say_milli(lua, need->gpu_milli);
    }
}

static void refuse_wordless(struct plan_lua *lua, uint32_t row)
{
    const struct plan_stage *stage = &lua->plan->stages[row];
    if (stage->role != PLAN_NONE)
        plan_lua_cannot(lua, PART_STAGE, row, "role");
    if (stage->constraint != PLAN_PLACE_ANY)
        plan_lua_cannot(lua, PART_STAGE, row, "constraint");
    bool fewer = stage->kind == PLAN_STAGE_BARRIER && stage->min < stage->tasks;
    if ((stage->min != stage->tasks && !fewer) || stage->max != stage->tasks)
        plan_lua_cannot(lua, PART_STAGE, row, "min and max other than tasks");
    if (stage->column == PLAN_NONE && stage->row != PLAN_NONE)
        plan_lua_cannot(lua, PART_STAGE, row, "row without column");
}

static void say_stage(struct plan_lua *lua, uint32_t job, uint32_t own)
{
    const struct plan *plan = lua->plan;
    uint32_t row = plan->jobs[job].first_stage + own;
    const struct plan_stage *stage = &plan->stages[row];
    bool first = true;
    refuse_wordless(lua, row);
    plan_lua_say(lua, stage->kind == PLAN_STAGE_BARRIER ? "barrier_stage " : "stage ");
    plan_lua_say_string(lua, plan_text(plan, stage->name));
    plan_lua_say(lua, " { ");
    plan_lua_say_field(lua, &first, "tasks");
    plan_lua_say_number(lua, stage->tasks);
    say_needs(lua, &first, &plan->profiles[stage->profile]);
    say_parents(lua, &first, job, own);
    plan_lua_say_field(lua, &first, "program");
    plan_lua_say_program_of(lua, stage->program, 1);
    if (stage->column != PLAN_NONE) {
        plan_lua_say_field(lua, &first, "column");
        plan_lua_say_name(lua, &lua->columns, stage->column);
    }
    if (stage->column != PLAN_NONE && stage->row != 0) {
        plan_lua_say_field(lua, &first, "row");
        plan_lua_say_number(lua, stage->row);
    }
    if (stage->prefers != 0)
        say_prefers(lua, &first, stage);
    if (stage->together != 0 || stage->min < stage->tasks) {
        plan_lua_say_field(lua, &first, "min");
        plan_lua_say_number(lua, stage->together != 0 ? stage->together : stage->min);
    }
    if (stage->group != PLAN_NONE) {
        plan_lua_say_field(lua, &first, "group");
        plan_lua_say_number(lua, stage->group);
    }
    if (stage->task_bytes != 0) {
        plan_lua_say_field(lua, &first, "task_bytes");
        plan_lua_say_bytes(lua, (int64_t)stage->task_bytes);
    }
    plan_lua_say(lua, " }");
}

static void say_job(struct plan_lua *lua, uint32_t row)
{
    static const char *const kinds[] = {[PLAN_JOB_MAP] = "map", [PLAN_JOB_STREAM] = "stream"};
    const struct plan *plan = lua->plan;
    const struct plan_job *job = &plan->jobs[row];
    if (plan_lua_is_named(&lua->jobs, row))
        declare(lua, &lua->jobs, row);
    plan_lua_say(lua, job->kind == PLAN_JOB_SERVICE ? "service " : "job ");
    plan_lua_say_string(lua, plan_text(plan, job->name));
    plan_lua_say(lua, " {");
    if (job->kind != PLAN_JOB_BATCH && job->kind != PLAN_JOB_SERVICE) {
        plan_lua_say(lua, " kind = ");
        plan_lua_say_string(lua, kinds[job->kind]);
        plan_lua_say(lua, ",");
    }
    if (job->priority != 0) {
        plan_lua_say(lua, " priority = ");
        plan_lua_say_number(lua, job->priority);
        plan_lua_say(lua, ",");
    }
    if (job->submit_ns != 0 && job->submit_ns != PLAN_NEVER) {
        plan_lua_say(lua, " submit = ");
        plan_lua_say_time(lua, job->submit_ns);
        plan_lua_say(lua, ",");
    }
    for (uint32_t i = 0; i < job->stage_count; i++) {
        plan_lua_say_line(lua, 1);
        say_stage(lua, row, i);
        plan_lua_say(lua, ",");
    }
    plan_lua_say(lua, "\n}\n");
}

static void say_values(struct plan_lua *lua)
{
    const struct plan *plan = lua->plan;
    for (uint32_t i = 0; i < plan->column_count; i++) {
        if (!plan_lua_is_named(&lua->columns, i))
            continue;
        declare(lua, &lua->columns, i);
        plan_lua_say_columns(lua, i);
        plan_lua_say(lua, "\n");
    }
    for (uint32_t i = 0; i < plan->program_count; i++) {
        if (!plan_lua_is_named(&lua->programs, i))
            continue;
        declare(lua, &lua->programs, i);
        plan_lua_say_program(lua, i, 0);
        plan_lua_say(lua, "\n");
    }
}

static void say_plan(struct plan_lua *lua)
{
    say_head(lua);
    if (lua->programs.count > 0 || lua->columns.count > 0)
        plan_lua_say(lua, "\n");
    say_values(lua);
    for (uint32_t i = 0; i < lua->plan->job_count; i++) {
        plan_lua_say(lua, i == 0 ? "\n" : "");
        say_job(lua, i);
    }
    plan_lua_say_acts(lua);
    plan_lua_say_expects(lua);
}

enum plan_status plan_write_lua(const struct plan *plan, FILE *file, struct plan_err *err)
{
    struct plan_lua lua = {.plan = plan,
                           .out = {.file = file},
                           .err = err,
                           .jobs = {.table = "jobs"},
                           .programs = {.table = "programs"},
                           .columns = {.table = "tables"}};
    enum plan_status status = PLAN_E_MEMORY;
    if (make_names(&lua)) {
        say_plan(&lua);
        status = lua.status != PLAN_OK ? lua.status : plan_out_end(&lua.out, err);
    } else {
        plan_fail(err, PLAN_E_MEMORY, 0, "out of memory for the names of values");
    }
    plan_out_free(&lua.out);
    free(lua.jobs.slot);
    free(lua.programs.slot);
    free(lua.columns.slot);
    return status;
}
