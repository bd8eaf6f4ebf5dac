/*
 * text_read.c -- canonical text becomes a plan again (text.h shows it).
 *
 * This room is for: the plan (see plan.h); this file: lines, tokens, complaints with their line.
 * It may include:   <assert.h> <stdlib.h> <string.h>, private.h, registry.h, text.h.
 * Never here:       a field's name or place (registry.c), what values make sense (check.c).
 *
 * The text comes from anywhere. Nothing in it is believed before it is seen: no number asks for
 * memory, only bytes that are there do (the exception, a range of executors, has a maximum). Rows
 * go through the same builder as everybody's, so a row that the builder would share comes out under
 * another number, and that is a complaint too.
 *
 * A part that goes on over several lines (a program's ops, a table's cells, a distribution's
 * values, what a stage prefers) is collected, and added when the next part begins: `open` says which.
 */
#include "private.h"
#include "registry.h"
#include "text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct token {
    const char *at;
    size_t size;
};

struct reader {
    const char *at, *end;   /* what is left of the text */
    const char *line_end;   /* of the present line, which begins before `at` */
    uint32_t line;          /* its number */
    uint32_t open_line;     /* where the open part began */
    enum plan_part_id open; /* PART_DIST, _PROGRAM, _COLUMN or _STAGE, or PART_COUNT: none */
    uint32_t open_index;    /* the row it must become */
    struct plan *plan;
    struct plan_err *err;
    char *scratch; /* a token, NUL-terminated */
    struct plan_dist dist;
    struct plan_program program;
    struct plan_column column;
    struct plan_op *ops;
    int64_t *values;
    uint32_t *cells;
    uint64_t op_count, value_count, cell_count;
    uint64_t scratch_capacity, op_capacity, value_capacity, cell_capacity;
};

union row {
    struct plan_executor executor;
    struct plan_profile profile;
    struct plan_dist dist;
    struct plan_program program;
    struct plan_op op;
    struct plan_column column;
    struct plan_job job;
    struct plan_stage stage;
    struct plan_act act;
    struct plan_expect expect;
};

#define SHOW(token)       (int)((token).size < 40 ? (token).size : 40), (token).at
#define MALFORMED(r, ...) plan_fail((r)->err, PLAN_E_SYNTAX, (r)->line, __VA_ARGS__)

static enum plan_status no_memory(const struct reader *r)
{
    return plan_fail(r->err, PLAN_E_MEMORY, r->line, "out of memory");
}

/* ---- tokens */

static bool next_line(struct reader *r)
{
    if (r->at == r->end)
        return false;
    r->line_end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    r->line++;
    return r->line_end != NULL;
}

static bool token_is(struct token token, const char *text)
{
    return strlen(text) == token.size && memcmp(token.at, text, token.size) == 0;
}

/* Up to the next space, '=' or end of line. */
static struct token take_word(struct reader *r)
{
    struct token token = {r->at, 0};
    while (r->at < r->line_end && *r->at != ' ' && *r->at != '=')
        r->at++;
    token.size = (size_t)(r->at - token.at);
    return token;
}

static bool take_char(struct reader *r, char c)
{
    if (r->at == r->line_end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Digits of a number up to `max`; false if there are none, or it is greater. */
static bool take_digits(struct reader *r, uint64_t max, uint64_t *out)
{
    const char *first = r->at;
    uint64_t number = 0;
    for (; r->at < r->line_end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        unsigned digit = (unsigned)(*r->at - '0');
        if (number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return r->at > first;
}

/* The token as a string of its own. */
static const char *keep(struct reader *r, struct token token)
{
    if (!plan_reserve(&r->scratch, &r->scratch_capacity, (uint64_t)token.size + 1, 1))
        return NULL;
    memcpy(r->scratch, token.at, token.size);
    r->scratch[token.size] = '\0';
    return r->scratch;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What follows a backslash; -1 if it is no escape. */
static int take_escape(struct reader *r)
{
    if (take_char(r, '"'))
        return '"';
    if (take_char(r, '\\'))
        return '\\';
    if (r->line_end - r->at < 3 || *r->at != 'x')
        return -1;
    int high = hex_digit(r->at[1]), low = hex_digit(r->at[2]);
    r->at += 3;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* A quoted name, in the scratch. */
static enum plan_status take_quoted(struct reader *r, const char *what)
{
    size_t size = 0;
    if (!take_char(r, '"'))
        return MALFORMED(r, "%s must be a name in double quotes", what);
    if (!plan_reserve(&r->scratch, &r->scratch_capacity, (uint64_t)(r->line_end - r->at) + 1, 1))
        return no_memory(r);
    while (r->at < r->line_end && *r->at != '"') {
        int c = (unsigned char)*r->at++;
        if (c == '\\')
            c = take_escape(r);
        if (c <= 0)
            return MALFORMED(r, "%s has a %s", what,
                             c == 0 ? "zero byte" : "backslash before neither \" nor \\ nor xNN");
        r->scratch[size++] = (char)c;
    }
    r->scratch[size] = '\0';
    return take_char(r, '"') ? PLAN_OK : MALFORMED(r, "%s has no closing quote", what);
}

/* ---- values of fields */

static enum plan_status take_name(struct reader *r, const struct plan_field *field, int64_t *value)
{
    enum plan_status status = take_quoted(r, field->text);
    if (status != PLAN_OK)
        return status;
    *value = plan_name(r->plan, r->scratch);
    return *value == PLAN_NONE ? no_memory(r) : PLAN_OK;
}

/* The largest number the member can hold that does not mean "none". */
static uint64_t largest(const struct plan_field *field)
{
    if (field->type == FIELD_SIGNED)
        return INT32_MAX;
    if (field->size == 2)
        return UINT16_MAX;
    return field->size == 4 ? PLAN_NONE - 1 : INT64_MAX;
}

static enum plan_status take_number(struct reader *r, const struct plan_field *field,
                                    int64_t *value)
{
    struct token token = {r->at, 0};
    bool minus = field->type == FIELD_SIGNED && take_char(r, '-');
    uint64_t number, max = largest(field) + minus;
    bool good = take_digits(r, max, &number);
    if (good && (r->at == r->line_end || *r->at == ' ')) {
        *value = minus ? -(int64_t)number : (int64_t)number;
        return PLAN_OK;
    }
    take_word(r);
    token.size = (size_t)(r->at - token.at);
    return MALFORMED(r, "%s is '%.*s', must be a whole number of at most %llu", field->text,
                     SHOW(token), (unsigned long long)max);
}

static enum plan_status take_time(struct reader *r, const struct plan_field *field, int64_t *value)
{
    struct token token = take_word(r);
    const char *text = keep(r, token);
    if (text == NULL)
        return no_memory(r);
    if (!plan_parse_duration(text, value))
        return MALFORMED(r, "%s is '%.*s', must be a duration like 1.5s or 2h30m", field->text,
                         SHOW(token));
    return PLAN_OK;
}

static enum plan_status take_listed(struct reader *r, const struct plan_field *field,
                                    int64_t *value)
{
    struct token token = take_word(r);
    for (*value = 0; *value <= field->hi; (*value)++) {
        if (token_is(token, field->words[*value]))
            return PLAN_OK;
    }
    return MALFORMED(r, "%s is '%.*s', which is no %s there is", field->text, SHOW(token),
                     field->text);
}

static enum plan_status take_set(struct reader *r, const struct plan_field *field, int64_t *value)
{
    uint64_t bits = 0, bit;
    do {
        if (!take_digits(r, 63, &bit))
            return MALFORMED(r, "%s must be a list of numbers in 0..63", field->text);
        bits |= UINT64_C(1) << bit;
    } while (take_char(r, ','));
    *value = (int64_t)bits;
    return PLAN_OK;
}

static bool take_none(struct reader *r, const struct plan_field *field)
{
    const char *none = field->type == FIELD_TIME ? PLAN_TEXT_NEVER : PLAN_TEXT_NONE;
    const char *before = r->at;
    if (field->need == FIELD_OPTIONAL && token_is(take_word(r), none))
        return true;
    r->at = before;
    return false;
}

static enum plan_status take_value(struct reader *r, const struct plan_field *field, int64_t *value)
{
    if (take_none(r, field)) {
        *value = plan_field_none(field);
        return PLAN_OK;
    }
    switch ((enum plan_field_type)field->type) {
    case FIELD_NAME:
        return take_name(r, field, value);
    case FIELD_TIME:
        return take_time(r, field, value);
    case FIELD_WORD:
        return take_listed(r, field, value);
    case FIELD_SET:
        return take_set(r, field, value);
    case FIELD_LIST:
    case FIELD_COUNT:
    case FIELD_SIGNED:
    case FIELD_PROFILE:
    case FIELD_DIST:
    case FIELD_PROGRAM:
    case FIELD_COLUMN:
    case FIELD_JOB:
    case FIELD_EXECUTOR:
        break;
    }
    return take_number(r, field, value);
}

/* ---- rows */

static enum plan_status take_kind(struct reader *r, const struct plan_part *part, unsigned *kind)
{
    struct token token = {r->at, 0};
    *kind = 0;
    if (part->kind_size == 0)
        return PLAN_OK;
    if (take_char(r, ' ')) {
        token = take_word(r);
        for (; *kind < part->kind_limit; (*kind)++) {
            if (part->kinds[*kind] != NULL && token_is(token, part->kinds[*kind]))
                return PLAN_OK;
        }
    }
    return MALFORMED(r, "'%.*s' is no kind of %s", SHOW(token), part->text);
}

static unsigned find_field(const struct plan_part *part, unsigned kind, struct token key)
{
    unsigned i = 0;
    while (i < part->field_count &&
           !(plan_field_is_of(&part->fields[i], kind) && part->fields[i].type != FIELD_LIST &&
             token_is(key, part->fields[i].text)))
        i++;
    return i;
}

/* " barrier name="fit" tasks=6", to the end of the line. */
static enum plan_status take_row(struct reader *r, enum plan_part_id id, void *row)
{
    const struct plan_part *part = &plan_parts[id];
    uint32_t seen = 0;
    unsigned kind;
    enum plan_status status = take_kind(r, part, &kind);
    assert(part->field_count <= 32);
    if (status != PLAN_OK)
        return status;
    plan_row_blank_of(id, kind, row);
    while (r->at < r->line_end) {
        if (!take_char(r, ' '))
            return MALFORMED(r, "'%.*s' where a space was expected", 1, r->at);
        struct token key = take_word(r);
        unsigned i = find_field(part, kind, key);
        int64_t value;
        if (i == part->field_count)
            return MALFORMED(r, "%s has no field '%.*s'", part->text, SHOW(key));
        if ((seen >> i & 1) != 0)
            return MALFORMED(r, "%s is given twice", part->fields[i].text);
        if (!take_char(r, '='))
            return MALFORMED(r, "%s has no value", part->fields[i].text);
        status = take_value(r, &part->fields[i], &value);
        if (status != PLAN_OK)
            return status;
        plan_field_set(&part->fields[i], row, value);
        seen |= UINT32_C(1) << i;
    }
    return PLAN_OK;
}

/* The builder shares equal rows: then one got another number than the text says. */
static enum plan_status check_added(struct reader *r, enum plan_part_id id, uint32_t added)
{
    if (added == r->open_index)
        return PLAN_OK;
    if (added == PLAN_NONE)
        return no_memory(r);
    return plan_fail(r->err, PLAN_E_SYNTAX, r->open_line,
                     "%s %u is the same as %s %u; equal ones are shared", plan_parts[id].text,
                     r->open_index, plan_parts[id].text, added);
}

static enum plan_status close_dist(struct reader *r)
{
    r->dist.count = (uint32_t)r->value_count;
    r->dist.first = plan_add_values(r->plan, r->values, r->dist.count);
    if (r->dist.first == PLAN_NONE)
        return no_memory(r);
    return check_added(r, PART_DIST, plan_add_dist(r->plan, &r->dist));
}

static enum plan_status close_program(struct reader *r)
{
    const char *name = plan_text(r->plan, r->program.name);
    if (r->op_count == 0 || r->ops[r->op_count - 1].code != PLAN_OP_END)
        return plan_fail(r->err, PLAN_E_SYNTAX, r->open_line,
                         "the last op of program %u must be end", r->open_index);
    return check_added(r, PART_PROGRAM,
                       plan_add_program(r->plan, r->program.name == PLAN_NONE ? NULL : name, r->ops,
                                        (uint32_t)r->op_count));
}

static enum plan_status close_column(struct reader *r)
{
    uint64_t want = (uint64_t)r->column.width * r->column.rows;
    if (r->cell_count != want)
        return plan_fail(r->err, PLAN_E_SYNTAX, r->open_line,
                         "column %u has %llu cells, must have %llu: width x rows", r->open_index,
                         (unsigned long long)r->cell_count, (unsigned long long)want);
    return check_added(
        r, PART_COLUMN,
        plan_add_column(r->plan, r->column.width, r->column.rows, r->column.unit_ns, r->cells));
}

/* The stage is in the plan already; what it prefers, if anything, is not. */
static enum plan_status close_stage(struct reader *r)
{
    struct plan_stage *stage = &r->plan->stages[r->plan->stage_count - 1];
    if (r->value_count == 0)
        return PLAN_OK;
    if (r->value_count != stage->tasks)
        return plan_fail(r->err, PLAN_E_SYNTAX, r->open_line,
                         "stage %u prefers %llu executors, must prefer %u: one a task, -1 for none",
                         r->open_index, (unsigned long long)r->value_count, stage->tasks);
    uint32_t first = plan_add_values(r->plan, r->values, stage->tasks);
    if (first == PLAN_NONE)
        return no_memory(r);
    stage->prefers = first + 1;
    return PLAN_OK;
}

/* Adds the part that has been collected, if there is one. */
static enum plan_status close_part(struct reader *r)
{
    const enum plan_part_id id = r->open;
    r->open = PART_COUNT;
    if (id == PART_DIST)
        return close_dist(r);
    if (id == PART_PROGRAM)
        return close_program(r);
    if (id == PART_COLUMN)
        return close_column(r);
    if (id == PART_STAGE)
        return close_stage(r);
    return PLAN_OK;
}

static void open_part(struct reader *r, enum plan_part_id id, uint32_t index)
{
    r->open = id;
    r->open_line = r->line;
    r->open_index = index;
    r->op_count = r->value_count = r->cell_count = 0;
}

/* ---- lines */

static enum plan_status read_plan_line(struct reader *r)
{
    struct plan head;
    enum plan_status status = take_row(r, PART_PLAN, &head);
    if (status == PLAN_OK) {
        r->plan->title = head.title;
        r->plan->policy = head.policy;
        r->plan->manager = head.manager;
        r->plan->scheduler = head.scheduler;
        r->plan->scheduler_file = head.scheduler_file;
        r->plan->scheduler_params = head.scheduler_params;
    }
    return status;
}

static enum plan_status read_setting(struct reader *r)
{
    if (!take_char(r, ' '))
        return MALFORMED(r, "a setting has a name");
    struct token key = take_word(r);
    const char *text = keep(r, key);
    if (text == NULL)
        return no_memory(r);
    unsigned setting = plan_setting_parse(text);
    if (setting == PLAN_SETTING_COUNT)
        return MALFORMED(r, "'%.*s' is no setting", SHOW(key));
    if (!take_char(r, '='))
        return MALFORMED(r, "%s has no value", plan_setting_text(setting));
    const struct plan_field field = {
        .text = plan_setting_text(setting),
        .size = 8,
        .type = plan_setting_is_time(setting) ? FIELD_TIME : FIELD_COUNT,
    };
    return take_value(r, &field, &r->plan->setting[setting]);
}

/* " 17", the number that the next row of its kind has. */
static enum plan_status take_index(struct reader *r, enum plan_part_id id, uint32_t expected)
{
    uint64_t index;
    if (!take_char(r, ' ') || !take_digits(r, PLAN_NONE, &index))
        return MALFORMED(r, "%s has no number, must be %u", plan_parts[id].text, expected);
    if (index != expected)
        return MALFORMED(r, "%s is numbered %llu, must be %u", plan_parts[id].text,
                         (unsigned long long)index, expected);
    return PLAN_OK;
}

static enum plan_status read_executors(struct reader *r)
{
    uint32_t first = r->plan->executor_count;
    uint64_t last = first;
    struct plan_executor row;
    enum plan_status status = take_index(r, PART_EXECUTOR, first);
    if (status != PLAN_OK)
        return status;
    if (take_char(r, '.') &&
        (!take_char(r, '.') || !take_digits(r, PLAN_EXECUTORS_MAX - 1, &last) || last < first))
        return MALFORMED(r, "executors from %u on must end at %u..%d", first, first,
                         PLAN_EXECUTORS_MAX - 1);
    status = take_row(r, PART_EXECUTOR, &row);
    for (uint64_t i = first; i <= last && status == PLAN_OK; i++) {
        if (plan_add_executor(r->plan, &row) == PLAN_NONE)
            status = no_memory(r);
    }
    return status;
}

/* A row of its own: its number, its fields, and it is added. */
static enum plan_status read_row(struct reader *r, enum plan_part_id id)
{
    struct plan *plan = r->plan;
    union row row;
    const uint32_t expected = id == PART_PROFILE ? plan->profile_count
                              : id == PART_JOB   ? plan->job_count
                              : id == PART_ACT   ? plan->act_count
                                                 : plan->expect_count;
    uint32_t added;
    enum plan_status status = take_index(r, id, expected);
    if (status == PLAN_OK)
        status = take_row(r, id, &row);
    if (status != PLAN_OK)
        return status;
    if (id == PART_PROFILE)
        added = plan_add_profile(plan, &row.profile);
    else if (id == PART_JOB)
        added = plan_add_job(plan, &row.job);
    else if (id == PART_ACT)
        added = plan_add_act(plan, &row.act);
    else
        added = plan_add_expect(plan, &row.expect);
    r->open_line = r->line;
    r->open_index = expected;
    return check_added(r, id, added);
}

static enum plan_status read_profile(struct reader *r) { return read_row(r, PART_PROFILE); }
static enum plan_status read_job(struct reader *r) { return read_row(r, PART_JOB); }
static enum plan_status read_act(struct reader *r) { return read_row(r, PART_ACT); }
static enum plan_status read_expect(struct reader *r) { return read_row(r, PART_EXPECT); }

static enum plan_status read_stage(struct reader *r)
{
    struct plan_stage row;
    uint32_t job = r->plan->job_count - 1;
    if (r->plan->job_count == 0)
        return MALFORMED(r, "a stage stands behind its job, but there is no job yet");
    enum plan_status status = take_index(r, PART_STAGE, r->plan->jobs[job].stage_count);
    if (status == PLAN_OK)
        status = take_row(r, PART_STAGE, &row);
    if (status != PLAN_OK)
        return status;
    row.job = job;
    open_part(r, PART_STAGE, r->plan->jobs[job].stage_count);
    return plan_add_stage(r->plan, &row) == PLAN_NONE ? no_memory(r) : PLAN_OK;
}

static enum plan_status read_dist(struct reader *r)
{
    enum plan_status status = take_index(r, PART_DIST, r->plan->dist_count);
    open_part(r, PART_DIST, r->plan->dist_count);
    return status != PLAN_OK ? status : take_row(r, PART_DIST, &r->dist);
}

static enum plan_status read_program(struct reader *r)
{
    enum plan_status status = take_index(r, PART_PROGRAM, r->plan->program_count);
    open_part(r, PART_PROGRAM, r->plan->program_count);
    return status != PLAN_OK ? status : take_row(r, PART_PROGRAM, &r->program);
}

static enum plan_status read_column(struct reader *r)
{
    enum plan_status status = take_index(r, PART_COLUMN, r->plan->column_count);
    open_part(r, PART_COLUMN, r->plan->column_count);
    return status != PLAN_OK ? status : take_row(r, PART_COLUMN, &r->column);
}

static enum plan_status read_op(struct reader *r)
{
    if (r->open != PART_PROGRAM)
        return MALFORMED(r, "an op stands behind its program, but no program is open");
    enum plan_status status = take_index(r, PART_OP, (uint32_t)r->op_count);
    if (status != PLAN_OK)
        return status;
    if (r->op_count == PLAN_PROGRAM_OPS_MAX)
        return MALFORMED(r, "program %u has more than %d ops", r->open_index, PLAN_PROGRAM_OPS_MAX);
    if (!plan_reserve(&r->ops, &r->op_capacity, r->op_count + 1, sizeof *r->ops))
        return no_memory(r);
    return take_row(r, PART_OP, &r->ops[r->op_count++]);
}

static enum plan_status read_values(struct reader *r)
{
    if (r->open != PART_DIST || r->dist.kind != PLAN_DIST_EMPIRICAL)
        return MALFORMED(r, "values stand behind an empirical dist, but none is open");
    while (r->at < r->line_end) {
        uint64_t value;
        if (!take_char(r, ' ') || !take_digits(r, INT64_MAX, &value))
            return MALFORMED(r, "value %llu must be a whole number of ns",
                             (unsigned long long)r->value_count);
        if (r->value_count == PLAN_NONE - 1 ||
            !plan_reserve(&r->values, &r->value_capacity, r->value_count + 1, sizeof *r->values))
            return no_memory(r);
        r->values[r->value_count++] = (int64_t)value;
    }
    return PLAN_OK;
}

static enum plan_status read_prefers(struct reader *r)
{
    if (r->open != PART_STAGE)
        return MALFORMED(r, "prefers stands behind a stage, but none is open");
    while (r->at < r->line_end) {
        uint64_t value;
        bool spaced = take_char(r, ' '), none = spaced && take_char(r, '-');
        if (!spaced || !take_digits(r, PLAN_NONE - 1, &value) || (none && value != 1))
            return MALFORMED(r, "wish %llu must be the number of an executor, or -1 for none",
                             (unsigned long long)r->value_count);
        if (r->value_count == PLAN_NONE - 1 ||
            !plan_reserve(&r->values, &r->value_capacity, r->value_count + 1, sizeof *r->values))
            return no_memory(r);
        r->values[r->value_count++] = none ? -1 : (int64_t)value;
    }
    return PLAN_OK;
}

static enum plan_status read_cells(struct reader *r)
{
    if (r->open != PART_COLUMN)
        return MALFORMED(r, "cells stand behind a column, but none is open");
    while (r->at < r->line_end) {
        uint64_t cell;
        if (!take_char(r, ' ') || !take_digits(r, UINT32_MAX, &cell))
            return MALFORMED(r, "cell %llu must be a whole number of at most %u",
                             (unsigned long long)r->cell_count, UINT32_MAX);
        if (!plan_reserve(&r->cells, &r->cell_capacity, r->cell_count + 1, sizeof *r->cells))
            return no_memory(r);
        r->cells[r->cell_count++] = (uint32_t)cell;
    }
    return PLAN_OK;
}

static const struct entry {
    const char *word;
    bool goes_on; /* part of what is open; everything else closes it */
    enum plan_status (*read)(struct reader *r);
} entries[] = {
    {"plan", false, read_plan_line},
    {PLAN_TEXT_SET, false, read_setting},
    {"executor", false, read_executors},
    {"profile", false, read_profile},
    {"dist", false, read_dist},
    {PLAN_TEXT_VALUES, true, read_values},
    {"program", false, read_program},
    {"op", true, read_op},
    {"column", false, read_column},
    {PLAN_TEXT_CELLS, true, read_cells},
    {"job", false, read_job},
    {"stage", false, read_stage},
    {PLAN_TEXT_PREFERS, true, read_prefers},
    {"act", false, read_act},
    {"expect", false, read_expect},
};

static enum plan_status read_line(struct reader *r, struct token word)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        enum plan_status status = PLAN_OK;
        if (!token_is(word, entries[i].word))
            continue;
        if (!entries[i].goes_on)
            status = close_part(r);
        if (status == PLAN_OK)
            status = entries[i].read(r);
        if (status == PLAN_OK && r->at != r->line_end)
            status = MALFORMED(r, "'%.*s' where the line should end", 1, r->at);
        return status;
    }
    return MALFORMED(r, "'%.*s' is no part of a plan", SHOW(word));
}

static enum plan_status read_text(struct reader *r)
{
    struct token word = {r->at, 0};
    if (!next_line(r) ||
        !token_is((struct token){r->at, (size_t)(r->line_end - r->at)}, PLAN_TEXT_HEAD))
        return MALFORMED(r, "a plan begins with the line '%s'", PLAN_TEXT_HEAD);
    for (;;) {
        enum plan_status status;
        r->at = r->line_end + 1;
        if (!next_line(r))
            return MALFORMED(r, "the text stops before its '%s' line", PLAN_TEXT_END);
        word = take_word(r);
        if (token_is(word, PLAN_TEXT_END) && r->at == r->line_end)
            break;
        status = read_line(r, word);
        if (status != PLAN_OK)
            return status;
    }
    if (r->line_end + 1 != r->end)
        return MALFORMED(r, "the text goes on behind its '%s' line", PLAN_TEXT_END);
    return close_part(r);
}

enum plan_status plan_read_text(const char *text, size_t size, struct plan **out,
                                struct plan_err *err)
{
    struct reader r = {
        .at = text, .end = text + size, .open = PART_COUNT, .plan = plan_new(), .err = err};
    enum plan_status status =
        r.plan == NULL ? plan_fail(err, PLAN_E_MEMORY, 0, "out of memory") : read_text(&r);
    if (status == PLAN_OK)
        status = plan_check(r.plan, err);
    free(r.scratch);
    free(r.ops);
    free(r.values);
    free(r.cells);
    if (status != PLAN_OK) {
        plan_free(r.plan);
        r.plan = NULL;
    }
    *out = r.plan;
    return status;
}
