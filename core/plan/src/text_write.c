/*
 * text_write.c -- a plan as canonical text (text.h shows it).
 *
 * This room is for: the plan (see plan.h); this file: the order of the lines.
 * It may include:   <assert.h>, private.h, registry.h, text.h.
 * Never here:       a field's name or place (registry.c), reading (text_read.c).
 *
 * Invariant: the bytes depend on the rows alone, not on capacities, indices of names or stray bytes
 * between fields.
 */
#include "private.h"
#include "registry.h"
#include "text.h"

#include <assert.h>

static void write_set(struct plan_out *out, uint64_t bits)
{
    const char *comma = "";
    for (unsigned i = 0; i < 64; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        plan_out_text(out, comma);
        plan_out_number(out, i);
        comma = ",";
    }
}

static void write_value(struct plan_out *out, const struct plan *plan,
                        const struct plan_field *field, int64_t value)
{
    if (field->need == FIELD_OPTIONAL && value == plan_field_none(field)) {
        plan_out_text(out, field->type == FIELD_TIME ? PLAN_TEXT_NEVER : PLAN_TEXT_NONE);
        return;
    }
    switch ((enum plan_field_type)field->type) {
    case FIELD_TIME:
        plan_out_duration(out, value);
        return;
    case FIELD_NAME:
        plan_out_quoted(out, plan_text(plan, (uint32_t)value));
        return;
    case FIELD_WORD:
        assert(value >= 0 && value <= field->hi);
        plan_out_text(out, field->words[value]);
        return;
    case FIELD_SET:
        write_set(out, (uint64_t)value);
        return;
    case FIELD_LIST:
    case FIELD_COUNT:
    case FIELD_SIGNED:
    case FIELD_PROFILE:
    case FIELD_DIST:
    case FIELD_PROGRAM:
    case FIELD_COLUMN:
    case FIELD_JOB:
    case FIELD_EXECUTOR:
        plan_out_number(out, value);
        return;
    }
}

/* "stage 0 barrier name="fit" tasks=6": the rows first..last are equal. */
static void write_rows(struct plan_out *out, const struct plan *plan, enum plan_part_id id,
                       const void *row, uint32_t first, uint32_t last)
{
    const struct plan_part *part = &plan_parts[id];
    unsigned kind = plan_kind_get(part, row);
    assert(plan_kind_is_known(part, kind));
    plan_out_text(out, part->text);
    if (id != PART_PLAN) {
        plan_out_char(out, ' ');
        plan_out_number(out, first);
    }
    if (last > first) {
        plan_out_text(out, "..");
        plan_out_number(out, last);
    }
    if (part->kind_size != 0) {
        plan_out_char(out, ' ');
        plan_out_text(out, part->kinds[kind]);
    }
    for (unsigned i = 0; i < part->field_count; i++) {
        const struct plan_field *field = &part->fields[i];
        int64_t value = plan_field_get(field, row);
        if (!plan_field_is_of(field, kind) || value == field->blank || field->type == FIELD_LIST)
            continue;
        plan_out_char(out, ' ');
        plan_out_text(out, field->text);
        plan_out_char(out, '=');
        write_value(out, plan, field, value);
    }
    plan_out_char(out, '\n');
}

static void write_row(struct plan_out *out, const struct plan *plan, enum plan_part_id id,
                      const void *row, uint32_t index)
{
    write_rows(out, plan, id, row, index, index);
}

/* Begins a line of numbers, or ends one: called before number i of count, and once behind the last.
 */
static void write_line_edge(struct plan_out *out, const char *word, uint64_t i, uint64_t count)
{
    if (i > 0 && (i == count || i % PLAN_TEXT_NUMBERS_A_LINE == 0))
        plan_out_char(out, '\n');
    if (i < count && i % PLAN_TEXT_NUMBERS_A_LINE == 0)
        plan_out_text(out, word);
}

/* What bounds a wait, and what draws an order, is written only where it is asked for: so a plan without either has the text, and
 * a run of it the chain, that it had before there were such settings. */
static bool is_left_out(const struct plan *plan, unsigned setting)
{
    return setting >= PLAN_SET_ORDER && setting <= PLAN_SET_WAIT && plan->setting[setting] == plan_setting_default(setting);
}

static void write_settings(struct plan_out *out, const struct plan *plan)
{
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++) {
        if (is_left_out(plan, i))
            continue;
        plan_out_text(out, PLAN_TEXT_SET " ");
        plan_out_text(out, plan_setting_text(i));
        plan_out_char(out, '=');
        if (plan_setting_is_time(i))
            plan_out_duration(out, plan->setting[i]);
        else
            plan_out_number(out, plan->setting[i]);
        plan_out_char(out, '\n');
    }
}

static bool same_executor(const struct plan_executor *a, const struct plan_executor *b)
{
    const struct plan_part *part = &plan_parts[PART_EXECUTOR];
    for (unsigned i = 0; i < part->field_count; i++) {
        if (plan_field_get(&part->fields[i], a) != plan_field_get(&part->fields[i], b))
            return false;
    }
    return true;
}

static void write_executors(struct plan_out *out, const struct plan *plan)
{
    for (uint32_t first = 0, last; first < plan->executor_count; first = last + 1) {
        const struct plan_executor *row = &plan->executors[first];
        for (last = first; last + 1 < plan->executor_count; last++) {
            if (!same_executor(row, &plan->executors[last + 1]))
                break;
        }
        write_rows(out, plan, PART_EXECUTOR, row, first, last);
    }
}

static void write_dists(struct plan_out *out, const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->dist_count; i++) {
        const struct plan_dist *dist = &plan->dists[i];
        write_row(out, plan, PART_DIST, dist, i);
        for (uint32_t v = 0; v < dist->count; v++) {
            write_line_edge(out, PLAN_TEXT_VALUES, v, dist->count);
            plan_out_char(out, ' ');
            plan_out_number(out, plan->values[dist->first + v]);
        }
        write_line_edge(out, PLAN_TEXT_VALUES, dist->count, dist->count);
    }
}

static void write_programs(struct plan_out *out, const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->program_count; i++) {
        const struct plan_program *program = &plan->programs[i];
        write_row(out, plan, PART_PROGRAM, program, i);
        for (uint32_t op = 0; op < program->op_count; op++)
            write_row(out, plan, PART_OP, &plan->ops[program->first_op + op], op);
    }
}

static void write_columns(struct plan_out *out, const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->column_count; i++) {
        const struct plan_column *column = &plan->columns[i];
        uint64_t count = (uint64_t)column->width * column->rows;
        write_row(out, plan, PART_COLUMN, column, i);
        for (uint64_t cell = 0; cell < count; cell++) {
            write_line_edge(out, PLAN_TEXT_CELLS, cell, count);
            plan_out_char(out, ' ');
            plan_out_number(out, plan->cells[column->first_cell + cell]);
        }
        write_line_edge(out, PLAN_TEXT_CELLS, count, count);
    }
}

static void write_prefers(struct plan_out *out, const struct plan *plan,
                          const struct plan_stage *stage)
{
    for (uint32_t rank = 0; stage->prefers != 0 && rank < stage->tasks; rank++) {
        write_line_edge(out, PLAN_TEXT_PREFERS, rank, stage->tasks);
        plan_out_char(out, ' ');
        plan_out_number(out, plan->values[stage->prefers - 1 + rank]);
    }
    if (stage->prefers != 0)
        write_line_edge(out, PLAN_TEXT_PREFERS, stage->tasks, stage->tasks);
}

static void write_jobs(struct plan_out *out, const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->job_count; i++) {
        const struct plan_job *job = &plan->jobs[i];
        write_row(out, plan, PART_JOB, job, i);
        for (uint32_t stage = 0; stage < job->stage_count; stage++) {
            const struct plan_stage *row = &plan->stages[job->first_stage + stage];
            write_row(out, plan, PART_STAGE, row, stage);
            write_prefers(out, plan, row);
        }
    }
}

static void write_plan(struct plan_out *out, const struct plan *plan)
{
    plan_out_text(out, PLAN_TEXT_HEAD "\n");
    write_row(out, plan, PART_PLAN, plan, 0);
    write_settings(out, plan);
    write_executors(out, plan);
    for (uint32_t i = 0; i < plan->profile_count; i++)
        write_row(out, plan, PART_PROFILE, &plan->profiles[i], i);
    write_dists(out, plan);
    write_programs(out, plan);
    write_columns(out, plan);
    write_jobs(out, plan);
    for (uint32_t i = 0; i < plan->act_count; i++)
        write_row(out, plan, PART_ACT, &plan->acts[i], i);
    for (uint32_t i = 0; i < plan->expect_count; i++)
        write_row(out, plan, PART_EXPECT, &plan->expects[i], i);
    plan_out_text(out, PLAN_TEXT_END "\n");
}

enum plan_status plan_write(const struct plan *plan, FILE *file, struct plan_err *err)
{
    struct plan_out out = {.file = file};
    write_plan(&out, plan);
    enum plan_status status = plan_out_end(&out, err);
    plan_out_free(&out);
    return status;
}

char *plan_write_text(const struct plan *plan, size_t *size)
{
    struct plan_out out = {.file = NULL};
    write_plan(&out, plan);
    plan_out_char(&out, '\0');
    if (plan_out_end(&out, NULL) != PLAN_OK) {
        plan_out_free(&out);
        return NULL;
    }
    if (size != NULL)
        *size = out.size - 1;
    return out.bytes;
}
