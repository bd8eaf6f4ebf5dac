/*
 * check.c -- is this a plan that can be run? One sentence for the first thing that is not.
 *
 * This room is for: the plan (see plan.h); this file: every rule that says "must".
 * It may include:   <assert.h> <inttypes.h> <stdlib.h> <string.h>, check.h.
 * Never here:       feasibility on this cluster (that is the scheduler's to find out), names of
 * record kinds.
 *
 * A message names the part, the field, the value, what it must be, and what to do. After PLAN_OK
 * every index in the plan points somewhere, and every other room may assert what it needs. Time is
 * linear in the plan, memory in names, jobs and executors.
 */
#include "check.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct check {
    const struct plan *plan;
    struct plan_err *err;
    struct plan_demand *demands; /* of each program */
    uint32_t *seen;              /* scratch: by name, job or executor */
};

/* ---- naming things */

/* `text` in single quotes, escaped and cut to some 40 characters. */
static size_t put_name(char *out, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    size_t at = 0;
    out[at++] = '\'';
    while (*text != '\0' && at < 40) {
        size_t length = plan_utf8_length(text);
        if (length == 0 || (unsigned char)*text < 0x20 || *text == 0x7F) {
            unsigned char c = (unsigned char)*text;
            memcpy(out + at, (char[4]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
            at += 4;
            text++;
        } else {
            memcpy(out + at, text, length);
            at += length;
            text += length;
        }
    }
    if (*text != '\0') {
        memcpy(out + at, "...", 3);
        at += 3;
    }
    out[at++] = '\'';
    out[at] = '\0';
    return at;
}

/* "job 'resnet'", or "job 3" if it has no name to show. */
static size_t put_named(const struct plan *plan, const char *noun, uint32_t name, uint32_t row,
                        char out[static PLAN_LABEL_BYTES])
{
    size_t length = (size_t)snprintf(out, PLAN_LABEL_BYTES, "%s ", noun);
    if (name < plan->name_count)
        return length + put_name(out + length, plan_text(plan, name));
    return length + (size_t)snprintf(out + length, PLAN_LABEL_BYTES - length, "%u", row);
}

static void label_stage(const struct plan *plan, uint32_t row, char out[static PLAN_LABEL_BYTES])
{
    const struct plan_stage *stage = &plan->stages[row];
    char job[PLAN_LABEL_BYTES];
    size_t length;
    if (stage->job >= plan->job_count) {
        put_named(plan, "stage", stage->name, row, out);
        return;
    }
    const struct plan_job *of = &plan->jobs[stage->job];
    length = put_named(plan, "stage", stage->name, row - of->first_stage, out);
    put_named(plan, "job", of->name, stage->job, job);
    snprintf(out + length, PLAN_LABEL_BYTES - length, " of %s", job);
}

/* Profiles and programs are known to people by the first stage that uses them. */
static void label_shared(const struct plan *plan, enum plan_part_id id, uint32_t row,
                         char out[static PLAN_LABEL_BYTES])
{
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        const struct plan_stage *stage = &plan->stages[i];
        if ((id == PART_PROFILE ? stage->profile : stage->program) == row) {
            label_stage(plan, i, out);
            return;
        }
    }
    snprintf(out, PLAN_LABEL_BYTES, "%s %u", plan_parts[id].text, row);
}

const char *plan_label(const struct plan *plan, enum plan_part_id id, uint32_t row,
                       char out[static PLAN_LABEL_BYTES])
{
    if (id == PART_JOB)
        put_named(plan, "job", plan->jobs[row].name, row, out);
    else if (id == PART_STAGE)
        label_stage(plan, row, out);
    else if (id == PART_PROGRAM && plan->programs[row].name < plan->name_count)
        put_named(plan, "program", plan->programs[row].name, row, out);
    else if (id == PART_PROFILE || id == PART_PROGRAM)
        label_shared(plan, id, row, out);
    else if (id == PART_ACT && plan_act_text(plan->acts[row].kind) != NULL)
        snprintf(out, PLAN_LABEL_BYTES, "act %u (%s)", row, plan_act_text(plan->acts[row].kind));
    else if (id == PART_EXPECT && plan_kind_is_known(&plan_parts[id], plan->expects[row].kind))
        snprintf(out, PLAN_LABEL_BYTES, "expect %u (%s)", row,
                 plan_parts[id].kinds[plan->expects[row].kind]);
    else if (id == PART_PLAN)
        snprintf(out, PLAN_LABEL_BYTES, "plan");
    else
        snprintf(out, PLAN_LABEL_BYTES, "%s %u", plan_parts[id].text, row);
    return out;
}

const char *plan_label_op(const struct plan *plan, uint32_t program, uint32_t op,
                          char out[static PLAN_LABEL_BYTES])
{
    unsigned code = plan->ops[plan->programs[program].first_op + op].code;
    size_t length = strlen(plan_label(plan, PART_PROGRAM, program, out));
    if (plan_kind_is_known(&plan_parts[PART_OP], code))
        snprintf(out + length, PLAN_LABEL_BYTES - length, ", op %u (%s)", op,
                 plan_parts[PART_OP].kinds[code]);
    else
        snprintf(out + length, PLAN_LABEL_BYTES - length, ", op %u", op);
    return out;
}

/* ---- single fields, by the registry */

static uint32_t table_count(const struct plan *plan, unsigned type)
{
    switch ((enum plan_field_type)type) {
    case FIELD_NAME:
        return plan->name_count;
    case FIELD_PROFILE:
        return plan->profile_count;
    case FIELD_DIST:
        return plan->dist_count;
    case FIELD_PROGRAM:
        return plan->program_count;
    case FIELD_COLUMN:
        return plan->column_count;
    case FIELD_JOB:
        return plan->job_count;
    case FIELD_EXECUTOR:
        return plan->executor_count;
    case FIELD_COUNT:
    case FIELD_SIGNED:
    case FIELD_TIME:
    case FIELD_WORD:
    case FIELD_SET:
    case FIELD_LIST:
        break;
    }
    return 0;
}

static const char *time_text(int64_t ns, char out[static 40])
{
    char text[32];
    if (ns < 0) {
        plan_format_duration(ns == INT64_MIN ? INT64_MAX : -ns, text);
        snprintf(out, 40, "-%s", text);
    } else {
        plan_format_duration(ns, text);
        snprintf(out, 40, "%s", ns == PLAN_NEVER ? "never" : text);
    }
    return out;
}

enum plan_status plan_out_of_range(const char *label, const char *field, bool is_time,
                                     const int64_t number[static 3], const char *remedy,
                                     struct plan_err *err)
{
    char text[3][40];
    for (unsigned i = 0; i < 3; i++) {
        if (is_time)
            time_text(number[i], text[i]);
        else
            snprintf(text[i], sizeof text[i], "%" PRId64, number[i]);
    }
    return plan_fail(err, PLAN_E_RANGE, 0, "%s: %s is %s, must be %s..%s; %s", label, field,
                     text[0], text[1], text[2], remedy);
}

static enum plan_status check_index(const struct plan *plan, const struct plan_field *field,
                                    int64_t value, const char *label, struct plan_err *err)
{
    uint32_t count = table_count(plan, field->type);
    if (value == PLAN_NONE)
        return plan_fail(err, PLAN_E_REFERENCE, 0, "%s: %s is missing; %s", label, field->text,
                         field->remedy);
    if (count == 0)
        return plan_fail(err, PLAN_E_REFERENCE, 0,
                         "%s: %s is %" PRId64 ", but the plan has none; %s", label, field->text,
                         value, field->remedy);
    if (value >= count)
        return plan_fail(err, PLAN_E_REFERENCE, 0, "%s: %s is %" PRId64 ", must be 0..%u; %s",
                         label, field->text, value, count - 1, field->remedy);
    if (field->type != FIELD_NAME)
        return PLAN_OK;
    size_t length = strlen(plan_text(plan, (uint32_t)value));
    if (length == 0 && field->need == FIELD_REQUIRED)
        return plan_fail(err, PLAN_E_RANGE, 0, "%s: %s is empty; %s", label, field->text,
                         field->remedy);
    bool program = value == plan->scheduler && strcmp(field->text, "scheduler") == 0;
    size_t most = program ? PLAN_SCHEDULER_BYTES_MAX : PLAN_NAME_BYTES_MAX;
    if (length > most)
        return plan_fail(err, PLAN_E_RANGE, 0,
                         "%s: %s is %zu bytes long, must be 1..%zu; shorten it", label, field->text,
                         length, most);
    return PLAN_OK;
}

static enum plan_status check_field(const struct plan *plan, const struct plan_field *field,
                                    int64_t value, const char *label, struct plan_err *err)
{
    if (field->need == FIELD_OPTIONAL && value == plan_field_none(field))
        return PLAN_OK;
    if (field->type == FIELD_SET || field->type == FIELD_LIST) /* check_stage() knows what is in it */
        return PLAN_OK;
    if (field->type == FIELD_NAME || field->type >= FIELD_PROFILE)
        return check_index(plan, field, value, label, err);
    if (value >= field->lo && value <= field->hi)
        return PLAN_OK;
    return plan_out_of_range(label, field->text, field->type == FIELD_TIME,
                        (int64_t[]){value, field->lo, field->hi}, field->remedy, err);
}

static enum plan_status unknown_kind(const struct plan_part *part, unsigned kind, const char *label,
                                     struct plan_err *err)
{
    char list[512] = "";
    size_t length = 0;
    for (unsigned i = 0; i < part->kind_limit; i++) {
        if (part->kinds[i] != NULL)
            length += (size_t)snprintf(list + length, sizeof list - length, " %s", part->kinds[i]);
        assert(length < sizeof list);
    }
    return plan_fail(err, PLAN_E_RANGE, 0, "%s: kind is %u, must be one of%s", label, kind, list);
}

enum plan_status plan_check_fields(const struct plan *plan, enum plan_part_id id, const void *row,
                                   const char *label, struct plan_err *err)
{
    const struct plan_part *part = &plan_parts[id];
    unsigned kind = plan_kind_get(part, row);
    if (!plan_kind_is_known(part, kind))
        return unknown_kind(part, kind, label, err);
    for (unsigned i = 0; i < part->field_count; i++) {
        const struct plan_field *field = &part->fields[i];
        enum plan_status status;
        if (!plan_field_is_of(field, kind))
            continue;
        status = check_field(plan, field, plan_field_get(field, row), label, err);
        if (status != PLAN_OK)
            return status;
    }
    return PLAN_OK;
}

enum plan_status plan_check_row(const struct plan *plan, enum plan_part_id id, const void *row,
                                uint32_t index, struct plan_err *err)
{
    char label[PLAN_LABEL_BYTES];
    if (plan_check_fields(plan, id, row, "", NULL) == PLAN_OK)
        return PLAN_OK;
    return plan_check_fields(plan, id, row, plan_label(plan, id, index, label), err);
}

/* ---- the whole, part by part */

static enum plan_status check_count(const struct check *check, const char *what, uint64_t count,
                                    uint64_t lo, uint64_t hi, const char *remedy)
{
    if (count >= lo && count <= hi)
        return PLAN_OK;
    return plan_fail(check->err, PLAN_E_RANGE, 0,
                     "plan: %s is %" PRIu64 ", must be %" PRIu64 "..%" PRIu64 "; %s", what, count,
                     lo, hi, remedy);
}

static enum plan_status check_counts(struct check *check)
{
    const struct plan *plan = check->plan;
    const struct {
        const char *what;
        uint64_t count, lo, hi;
        const char *remedy;
    } rows[] = {
        {"the number of executors", plan->executor_count, 1, PLAN_EXECUTORS_MAX,
         "a cluster has at least one"},
        {"the number of jobs", plan->job_count, 1, PLAN_JOBS_MAX, "add the job the story is about"},
        {"the number of acts", plan->act_count, 0, PLAN_ACTS_MAX, "tell a shorter story"},
        {"the number of expectations", plan->expect_count, 0, PLAN_EXPECTS_MAX, "expect less"},
    };
    enum plan_status status = PLAN_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && status == PLAN_OK; i++)
        status =
            check_count(check, rows[i].what, rows[i].count, rows[i].lo, rows[i].hi, rows[i].remedy);
    return status != PLAN_OK ? status : plan_check_row(plan, PART_PLAN, plan, 0, check->err);
}

/* Patience that cannot last does not fail once, it fails for ever: launches that are taken back again and again, healthy
 * executors that are counted lost, executors that are written off before they could force a task. */
static enum plan_status check_outlasts(struct check *check, enum plan_setting patience,
                                       int64_t must_pass_ns, const char *what)
{
    char is_text[32], least_text[32];
    if (check->plan->setting[patience] > must_pass_ns)
        return PLAN_OK;
    plan_format_duration(check->plan->setting[patience], is_text);
    plan_format_duration(must_pass_ns, least_text);
    return plan_fail(check->err, PLAN_E_SENSE, 0,
                     "plan: %s is %s, must be more than %s (%s); raise it",
                     plan_setting_text(patience), is_text, least_text, what);
}

static enum plan_status check_patience(struct check *check)
{
    const int64_t *is = check->plan->setting, round_trip = 2 * is[PLAN_SET_LATENCY];
    const struct {
        enum plan_setting patience;
        int64_t must_pass_ns;
        const char *what;
    } rows[] = {
        {PLAN_SET_RESERVE_TIMEOUT, round_trip, "twice the latency"},
        {PLAN_SET_RESERVE_LEASE, round_trip, "twice the latency"},
        {PLAN_SET_HEARTBEAT_TIMEOUT, is[PLAN_SET_HEARTBEAT] + is[PLAN_SET_LATENCY],
         "heartbeat and latency"},
        {PLAN_SET_RELEASE_WAIT, is[PLAN_SET_KILL_GRACE] + round_trip,
         "kill_grace and twice the latency"},
    };
    enum plan_status status = PLAN_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && status == PLAN_OK; i++)
        status = check_outlasts(check, rows[i].patience, rows[i].must_pass_ns, rows[i].what);
    return status;
}

static enum plan_status check_settings(struct check *check)
{
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++) {
        int64_t value = check->plan->setting[i], lo, hi;
        plan_setting_range(i, &lo, &hi);
        if (value < lo || value > hi)
            return plan_out_of_range("plan", plan_setting_text(i), plan_setting_is_time(i),
                                (int64_t[]){value, lo, hi}, "take a value inside", check->err);
    }
    enum plan_status status = check_patience(check);
    return status != PLAN_OK ? status : plan_check_links(check->plan, check->err);
}

static enum plan_status check_executors(struct check *check)
{
    enum plan_status status = PLAN_OK;
    for (uint32_t i = 0; i < check->plan->executor_count && status == PLAN_OK; i++)
        status =
            plan_check_row(check->plan, PART_EXECUTOR, &check->plan->executors[i], i, check->err);
    return status;
}

static enum plan_status check_profile(struct check *check, uint32_t row)
{
    const struct plan_profile *profile = &check->plan->profiles[row];
    char label[PLAN_LABEL_BYTES];
    enum plan_status status = plan_check_row(check->plan, PART_PROFILE, profile, row, check->err);
    if (status != PLAN_OK)
        return status;
    if (profile->cores == 0 && profile->memory_mib == 0 && profile->gpu_milli == 0)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: cores, memory and gpu_milli are all 0, so any number of tasks would "
                         "fit; give it a core",
                         plan_label(check->plan, PART_PROFILE, row, label));
    if (profile->gpu_milli > 1000 && profile->gpu_milli % 1000 != 0)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: gpu_milli is %u, must be 0..1000 or a multiple of 1000; a task has a "
                         "part of one GPU, or whole ones",
                         plan_label(check->plan, PART_PROFILE, row, label), profile->gpu_milli);
    return PLAN_OK;
}

static enum plan_status check_values(struct check *check, uint32_t row, const char *label)
{
    const struct plan *plan = check->plan;
    const struct plan_dist *dist = &plan->dists[row];
    if (dist->count == 0)
        return plan_fail(check->err, PLAN_E_RANGE, 0,
                         "%s: the number of values is 0, must be 1..%u; give it a value", label,
                         PLAN_NONE - 1);
    if (dist->first > plan->value_count || dist->count > plan->value_count - dist->first)
        return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                         "%s: its values end at %" PRIu64 ", must be 0..%u; add the values first",
                         label, (uint64_t)dist->first + dist->count, plan->value_count);
    for (uint32_t i = 0; i < dist->count; i++) {
        int64_t value = plan->values[dist->first + i];
        if (value < 0 || value > PLAN_TIME_MAX)
            return plan_out_of_range(label, "one of its values", true,
                                (int64_t[]){value, 0, PLAN_TIME_MAX}, "give times", check->err);
    }
    return PLAN_OK;
}

static enum plan_status check_dist(struct check *check, uint32_t row)
{
    const struct plan_dist *dist = &check->plan->dists[row];
    char label[PLAN_LABEL_BYTES];
    enum plan_status status = plan_check_row(check->plan, PART_DIST, dist, row, check->err);
    if (status != PLAN_OK || dist->kind == PLAN_DIST_FIXED)
        return status;
    plan_label(check->plan, PART_DIST, row, label);
    if (dist->kind == PLAN_DIST_EMPIRICAL)
        return check_values(check, row, label);
    if (dist->kind == PLAN_DIST_UNIFORM && dist->hi < dist->lo)
        return plan_out_of_range(label, "to", true, (int64_t[]){dist->hi, dist->lo, PLAN_TIME_MAX},
                            "swap from and to", check->err);
    if (dist->kind == PLAN_DIST_EXPONENTIAL && dist->hi < dist->lo)
        return plan_out_of_range(label, "cut", true, (int64_t[]){dist->hi, dist->lo, PLAN_TIME_MAX},
                            "cut above the mean", check->err);
    return PLAN_OK;
}

static enum plan_status check_column(struct check *check, uint32_t row)
{
    const struct plan *plan = check->plan;
    const struct plan_column *column = &plan->columns[row];
    uint64_t cells = (uint64_t)column->width * column->rows, highest;
    char label[PLAN_LABEL_BYTES];
    enum plan_status status = plan_check_row(plan, PART_COLUMN, column, row, check->err);
    if (status != PLAN_OK)
        return status;
    plan_label(plan, PART_COLUMN, row, label);
    if (column->first_cell > plan->cell_count || cells > plan->cell_count - column->first_cell)
        return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                         "%s: its cells end at %" PRIu64 ", must be 0..%" PRIu64
                         "; use plan_add_column()",
                         label, column->first_cell + cells, plan->cell_count);
    highest = (uint64_t)PLAN_TIME_MAX / (uint64_t)column->unit_ns;
    for (uint64_t i = 0; highest < UINT32_MAX && i < cells; i++) {
        uint32_t cell = plan->cells[column->first_cell + i];
        if (cell > highest)
            return plan_fail(check->err, PLAN_E_RANGE, 0,
                             "%s: cell %" PRIu64 " of row %" PRIu64 " is %u, must be 0..%" PRIu64
                             "; take a smaller unit",
                             label, i % column->width, i / column->width, cell, highest);
    }
    return PLAN_OK;
}

/* Calls `one` for every row of a table, up to the first complaint. */
static enum plan_status check_each(struct check *check, uint32_t count,
                                   enum plan_status (*one)(struct check *check, uint32_t row))
{
    enum plan_status status = PLAN_OK;
    for (uint32_t row = 0; row < count && status == PLAN_OK; row++)
        status = one(check, row);
    return status;
}

static enum plan_status check_program(struct check *check, uint32_t row)
{
    return plan_check_program(check->plan, row, &check->demands[row], check->err);
}

/* ---- jobs and stages */

static enum plan_status check_size(struct check *check, const struct plan_stage *stage,
                                   const char *label)
{
    uint32_t most = stage->kind == PLAN_STAGE_BARRIER ? 0 : stage->tasks;
    if (stage->together > most)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: %u of its tasks start together, must be 0..%u; a gang starts as a whole anyway",
                         label, stage->together, most);
    if (stage->kind != PLAN_STAGE_BARRIER)
        return PLAN_OK;
    if (stage->min < 1 || stage->min > stage->tasks || stage->max != stage->tasks)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: min is %u and max is %u, must be 1..%u and %u; it has %u tasks", label, stage->min,
                         stage->max, stage->tasks, stage->tasks, stage->tasks);
    return PLAN_OK;
}

static enum plan_status check_parents(struct check *check, const struct plan_stage *stage,
                                      uint32_t own, const char *label)
{
    uint32_t parent = own;
    if (stage->parents >> own == 0)
        return PLAN_OK;
    while ((stage->parents >> parent & 1) == 0)
        parent++;
    if (own == 0)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: parents has stage %u, but it is the first stage of its job; stages "
                         "only wait for earlier ones",
                         label, parent);
    return plan_fail(check->err, PLAN_E_SENSE, 0,
                     "%s: parents has stage %u, must be 0..%u; stages only wait for earlier ones "
                     "of their job",
                     label, parent, own - 1);
}

static enum plan_status check_sync(struct check *check, const struct plan_stage *stage,
                                   const char *label)
{
    const struct plan *plan = check->plan;
    uint32_t op = check->demands[stage->program].sync_op;
    if (op == PLAN_NONE || stage->kind == PLAN_STAGE_BARRIER)
        return PLAN_OK;
    unsigned code = plan->ops[plan->programs[stage->program].first_op + op].code;
    return plan_fail(check->err, PLAN_E_SENSE, 0,
                     "%s() in %s, which is no barrier_stage (op %u of its program); make it a "
                     "barrier_stage",
                     plan_parts[PART_OP].kinds[code], label, op);
}

static enum plan_status check_shuffles(struct check *check, const struct plan_stage *stage,
                                       const char *label)
{
    uint64_t strange = stage->shuffles & ~stage->parents;
    uint32_t op = check->demands[stage->program].fetch_op, parent = 0;
    if (stage->shuffles == 0 && op != PLAN_NONE)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "fetch() in %s, whose shuffles are none (op %u of its program); say which "
                         "stages it reads",
                         label, op);
    for (uint32_t i = 0; i < PLAN_STAGES_PER_JOB_MAX && strange == 0; i++) {
        if ((stage->shuffles >> i & 1) == 0)
            continue;
        const struct plan_stage *from = &check->plan->stages[check->plan->jobs[stage->job].first_stage + i];
        if (from->kind == PLAN_STAGE_BARRIER && from->min < from->tasks)
            return plan_fail(check->err, PLAN_E_SENSE, 0,
                             "%s: reads stage %u, a gang of %u..%u tasks; whoever reads must know how many there are: let "
                             "that gang have one size",
                             label, i, from->min, from->tasks);
    }
    if (strange == 0)
        return PLAN_OK;
    while ((strange >> parent & 1) == 0)
        parent++;
    return plan_fail(check->err, PLAN_E_SENSE, 0,
                     "%s: shuffles has stage %u, which is none of its parents; wait for it, too",
                     label, parent);
}

static enum plan_status check_prefers(struct check *check, const struct plan_stage *stage,
                                      const char *label)
{
    const struct plan *plan = check->plan;
    if (stage->prefers == 0)
        return PLAN_OK;
    uint64_t first = stage->prefers - 1;
    if (first + stage->tasks > plan->value_count)
        return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                         "%s: prefers ends at value %" PRIu64 ", must be 0..%u; add one a task",
                         label, first + stage->tasks, plan->value_count);
    for (uint32_t rank = 0; rank < stage->tasks; rank++) {
        int64_t wish = plan->values[first + rank];
        if (wish < -1 || wish >= plan->executor_count)
            return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                             "%s: rank %u prefers executor %" PRId64
                             ", must be -1..%u; -1 is none",
                             label, rank, wish, plan->executor_count - 1);
    }
    return PLAN_OK;
}

static enum plan_status check_table(struct check *check, const struct plan_stage *stage,
                                    const char *label)
{
    const struct plan *plan = check->plan;
    const struct plan_demand *demand = &check->demands[stage->program];
    if (stage->column == PLAN_NONE)
        return demand->columns == 0
                   ? PLAN_OK
                   : plan_fail(check->err, PLAN_E_SENSE, 0,
                               "%s: column is missing, but op %u of its program reads a table; "
                               "give the stage one",
                               label, demand->column_op);
    const struct plan_column *column = &plan->columns[stage->column];
    if (stage->row == PLAN_NONE)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: row is missing, must be 0..%u; say which row is rank 0's", label,
                         column->rows - 1);
    if ((uint64_t)stage->row + stage->tasks > column->rows)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: row + tasks is %" PRIu64
                         ", must be 1..%u; give its table a row for each task",
                         label, (uint64_t)stage->row + stage->tasks, column->rows);
    if (demand->columns > column->width)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: op %u of its program reads column %" PRIu64
                         " in the last turn, must be 0..%u; loop less, or widen the table",
                         label, demand->column_op, demand->columns - 1, column->width - 1);
    return PLAN_OK;
}

static enum plan_status check_stage_sense(struct check *check, uint32_t row, uint32_t own,
                                          const char *label)
{
    const struct plan_stage *stage = &check->plan->stages[row];
    enum plan_status status = check_size(check, stage, label);
    if (status == PLAN_OK)
        status = check_parents(check, stage, own, label);
    if (status == PLAN_OK)
        status = check_sync(check, stage, label);
    if (status == PLAN_OK)
        status = check_shuffles(check, stage, label);
    if (status == PLAN_OK)
        status = check_prefers(check, stage, label);
    if (status == PLAN_OK)
        status = check_table(check, stage, label);
    return status;
}

static enum plan_status check_stage(struct check *check, uint32_t row)
{
    const struct plan *plan = check->plan;
    const struct plan_stage *stage = &plan->stages[row];
    uint32_t own = row - plan->jobs[stage->job].first_stage;
    struct plan_err *err = check->err;
    char label[PLAN_LABEL_BYTES];
    enum plan_status status = plan_check_row(plan, PART_STAGE, stage, row, err);
    if (status != PLAN_OK)
        return status;
    for (uint32_t i = row - own; i < row; i++) {
        if (plan->stages[i].name == stage->name)
            return plan_fail(err, PLAN_E_SENSE, 0,
                             "%s: name is that of stage %u and of stage %u; give each its own",
                             plan_label(plan, PART_STAGE, row, label), i - (row - own), own);
    }
    check->err = NULL; /* labels cost: they are made only when there is a complaint */
    status = check_stage_sense(check, row, own, "");
    check->err = err;
    if (status == PLAN_OK)
        return PLAN_OK;
    return check_stage_sense(check, row, own, plan_label(plan, PART_STAGE, row, label));
}

/* Stages lie right behind each other, in the order of their jobs, so that job and index name one.
 */
static enum plan_status check_job(struct check *check, uint32_t row)
{
    const struct plan *plan = check->plan;
    const struct plan_job *job = &plan->jobs[row];
    char label[PLAN_LABEL_BYTES];
    uint32_t first = row == 0 ? 0 : job[-1].first_stage + job[-1].stage_count;
    enum plan_status status = plan_check_row(plan, PART_JOB, job, row, check->err);
    if (status != PLAN_OK)
        return status;
    bool known = job->stage_count >= 1 && job->stage_count <= PLAN_STAGES_PER_JOB_MAX && job->first_stage == first &&
                 job->stage_count <= plan->stage_count - first && check->seen[job->name] == 0;
    check->seen[job->name] += known ? row + 1 : 0;
    if (known) /* labels cost: they are made only when there is a complaint */
        return PLAN_OK;
    plan_label(plan, PART_JOB, row, label);
    if (job->stage_count < 1 || job->stage_count > PLAN_STAGES_PER_JOB_MAX)
        return plan_fail(check->err, PLAN_E_RANGE, 0,
                         "%s: the number of stages is %u, must be 1..%d; %s", label,
                         job->stage_count, PLAN_STAGES_PER_JOB_MAX,
                         job->stage_count == 0 ? "give it a stage" : "split it into several jobs");
    if (job->first_stage != first || job->stage_count > plan->stage_count - first)
        return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                         "%s: first_stage is %u with %u stages, must be %u with at most %u; add a "
                         "job's stages right after it",
                         label, job->first_stage, job->stage_count, first,
                         plan->stage_count - first);
    return plan_fail(check->err, PLAN_E_SENSE, 0,
                     "%s: name is that of job %u and of job %u; give each its own", label,
                     check->seen[job->name] - 1, row);
}

static enum plan_status check_stage_order(struct check *check)
{
    const struct plan *plan = check->plan;
    char label[PLAN_LABEL_BYTES];
    uint32_t row = 0;
    for (uint32_t job = 0; job < plan->job_count; job++) {
        for (uint32_t i = 0; i < plan->jobs[job].stage_count; i++, row++) {
            if (plan->stages[row].job != job)
                return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                                 "stage %u: job is %u, must be %u; add a job's stages right after "
                                 "it",
                                 row, plan->stages[row].job, job);
        }
    }
    if (row == plan->stage_count)
        return PLAN_OK;
    return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                     "%s: it belongs to no job, the jobs have %u stages of %u; add a job's stages "
                     "right after it",
                     plan_label(plan, PART_STAGE, row, label), row, plan->stage_count);
}

/* ---- acts and expectations */

static enum plan_status check_pattern(struct check *check, const struct plan_pattern *when,
                                      const char *label)
{
    if (when->stage == PLAN_NONE)
        return PLAN_OK;
    if (when->job == PLAN_NONE)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: when_stage is %u, but when_job is missing; say whose stage", label,
                         when->stage);
    if (when->stage >= check->plan->jobs[when->job].stage_count)
        return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                         "%s: when_stage is %u, must be 0..%u; name a stage of that job", label,
                         when->stage, check->plan->jobs[when->job].stage_count - 1);
    return PLAN_OK;
}

static enum plan_status check_task(struct check *check, const struct plan_act *act,
                                   const char *label)
{
    const struct plan_job *job = &check->plan->jobs[act->job];
    if (act->stage >= job->stage_count)
        return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                         "%s: stage is %u, must be 0..%u; name a stage of that job", label,
                         act->stage, job->stage_count - 1);
    const struct plan_stage *stage = &check->plan->stages[job->first_stage + act->stage];
    if (act->rank >= stage->tasks)
        return plan_fail(check->err, PLAN_E_REFERENCE, 0,
                         "%s: rank is %u, must be 0..%u; name a rank of that stage", label,
                         act->rank, stage->tasks - 1);
    return PLAN_OK;
}

static enum plan_status check_act(struct check *check, uint32_t row)
{
    const struct plan_act *act = &check->plan->acts[row];
    char label[PLAN_LABEL_BYTES];
    enum plan_status status = plan_check_row(check->plan, PART_ACT, act, row, check->err);
    if (status != PLAN_OK)
        return status;
    plan_label(check->plan, PART_ACT, row, label);
    status = check_pattern(check, &act->when, label);
    if (status == PLAN_OK && plan_act_target(act->kind) == PLAN_TARGET_TASK)
        status = check_task(check, act, label);
    if (status == PLAN_OK)
        status = plan_check_fault(check->plan, act, label, check->err);
    return status;
}

/* A job is handed over once: at its own time, or by one act. */
static enum plan_status check_submissions(struct check *check)
{
    const struct plan *plan = check->plan;
    char label[PLAN_LABEL_BYTES];
    memset(check->seen, 0, plan->job_count * sizeof *check->seen);
    for (uint32_t i = 0; i < plan->act_count; i++) {
        const struct plan_act *act = &plan->acts[i];
        if (act->kind != PLAN_ACT_SUBMIT)
            continue;
        plan_label(plan, PART_JOB, act->job, label);
        if (plan->jobs[act->job].submit_ns != PLAN_NEVER)
            return plan_fail(check->err, PLAN_E_SENSE, 0,
                             "%s: it is submitted at its own time and by act %u; take one out",
                             label, i);
        if (check->seen[act->job] != 0)
            return plan_fail(check->err, PLAN_E_SENSE, 0,
                             "%s: it is submitted by act %u and by act %u; take one out", label,
                             check->seen[act->job] - 1, i);
        check->seen[act->job] = i + 1;
    }
    for (uint32_t i = 0; i < plan->job_count; i++) {
        if (plan->jobs[i].submit_ns == PLAN_NEVER && check->seen[i] == 0)
            return plan_fail(check->err, PLAN_E_SENSE, 0,
                             "%s: submit is never, and no act submits it; give it a time",
                             plan_label(plan, PART_JOB, i, label));
    }
    return PLAN_OK;
}

static bool precedes(const struct plan *plan, uint32_t a, uint32_t b)
{
    return plan->acts[a].at_ns < plan->acts[b].at_ns ||
           (plan->acts[a].at_ns == plan->acts[b].at_ns && a < b);
}

/* It waits for a record, or for a search. */
static bool may_come_whenever(const struct plan_act *act)
{
    return act->when.kind != PLAN_NONE || act->at_ns == PLAN_NEVER;
}

/* seen[executor] becomes its first crash (act + 1); one that waits for a record may come at any
 * time. */
static void find_crashes(struct check *check)
{
    const struct plan *plan = check->plan;
    memset(check->seen, 0, plan->executor_count * sizeof *check->seen);
    for (uint32_t i = 0; i < plan->act_count; i++) {
        const struct plan_act *act = &plan->acts[i];
        if (act->kind != PLAN_ACT_CRASH)
            continue;
        uint32_t *first = &check->seen[act->executor];
        if (*first != 0 && may_come_whenever(&plan->acts[*first - 1]))
            continue;
        if (*first == 0 || may_come_whenever(act) || precedes(plan, i, *first - 1))
            *first = i + 1;
    }
}

static enum plan_status check_restarts(struct check *check)
{
    const struct plan *plan = check->plan;
    char label[PLAN_LABEL_BYTES], at[40], crash[40];
    find_crashes(check);
    for (uint32_t i = 0; i < plan->act_count; i++) {
        const struct plan_act *act = &plan->acts[i];
        if (act->kind != PLAN_ACT_RESTART || may_come_whenever(act))
            continue;
        uint32_t first = check->seen[act->executor];
        if (first != 0 &&
            (may_come_whenever(&plan->acts[first - 1]) || precedes(plan, first - 1, i)))
            continue;
        plan_label(plan, PART_ACT, i, label);
        if (first == 0)
            return plan_fail(check->err, PLAN_E_SENSE, 0,
                             "%s: executor is %u, which no act crashes; crash it first", label,
                             act->executor);
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: at is %s, but executor %u crashes first at %s (act %u); crash it "
                         "first",
                         label, time_text(act->at_ns, at), act->executor,
                         time_text(plan->acts[first - 1].at_ns, crash), first - 1);
    }
    return PLAN_OK;
}

static enum plan_status check_expect_sense(struct check *check, const struct plan_expect *expect, const char *label)
{
    bool of_job = expect->kind == PLAN_EXPECT_SUCCEEDS || expect->kind == PLAN_EXPECT_FAILS;
    if (of_job && expect->job == PLAN_NONE)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: job is missing, must be 0..%u; say whose end is expected", label,
                         check->plan->job_count - 1);
    if (!of_job && expect->when.kind == PLAN_NONE)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: when is missing; say which record is meant", label);
    if (expect->attempts_min != PLAN_NONE && expect->attempts_min > expect->attempts_max)
        return plan_fail(check->err, PLAN_E_SENSE, 0,
                         "%s: attempts_max is %u, must be at least %u as attempts_min is; swap "
                         "them",
                         label, expect->attempts_max, expect->attempts_min);
    return check_pattern(check, &expect->when, label);
}

static enum plan_status check_expect(struct check *check, uint32_t row)
{
    const struct plan_expect *expect = &check->plan->expects[row];
    struct plan_err *err = check->err;
    char label[PLAN_LABEL_BYTES];
    enum plan_status status = plan_check_row(check->plan, PART_EXPECT, expect, row, err);
    if (status != PLAN_OK)
        return status;
    check->err = NULL; /* as of a stage: a label only for a complaint */
    status = check_expect_sense(check, expect, "");
    check->err = err;
    return status == PLAN_OK ? PLAN_OK : check_expect_sense(check, expect, plan_label(check->plan, PART_EXPECT, row, label));
}

/* The order is that of the references: what is looked at relies only on what has been found good.
 */
static enum plan_status check_all(struct check *check)
{
    const struct plan *plan = check->plan;
    enum plan_status status = check_counts(check);
    if (status == PLAN_OK)
        status = check_settings(check);
    if (status == PLAN_OK)
        status = check_executors(check);
    if (status == PLAN_OK)
        status = check_each(check, plan->job_count, check_job);
    if (status == PLAN_OK)
        status = check_stage_order(check);
    if (status == PLAN_OK)
        status = check_each(check, plan->profile_count, check_profile);
    if (status == PLAN_OK)
        status = check_each(check, plan->dist_count, check_dist);
    if (status == PLAN_OK)
        status = check_each(check, plan->program_count, check_program);
    if (status == PLAN_OK)
        status = check_each(check, plan->column_count, check_column);
    if (status == PLAN_OK)
        status = check_each(check, plan->stage_count, check_stage);
    if (status == PLAN_OK)
        status = check_each(check, plan->act_count, check_act);
    if (status == PLAN_OK)
        status = check_submissions(check);
    if (status == PLAN_OK)
        status = check_restarts(check);
    if (status == PLAN_OK)
        status = check_each(check, plan->expect_count, check_expect);
    return status;
}

enum plan_status plan_check(const struct plan *plan, struct plan_err *err)
{
    struct check check = {.plan = plan, .err = err};
    size_t seen = plan->name_count;
    enum plan_status status;
    if (seen < plan->job_count)
        seen = plan->job_count;
    if (seen < plan->executor_count)
        seen = plan->executor_count;
    check.seen = calloc(seen + 1, sizeof *check.seen);
    check.demands = calloc((size_t)plan->program_count + 1, sizeof *check.demands);
    if (check.seen == NULL || check.demands == NULL)
        status = plan_fail(err, PLAN_E_MEMORY, 0,
                           "out of memory for checking %zu names, jobs or executors", seen);
    else
        status = check_all(&check);
    free(check.seen);
    free(check.demands);
    return status;
}
