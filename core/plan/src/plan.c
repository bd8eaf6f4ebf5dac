/*
 * plan.c -- the builder: tables that grow, names and rows that are shared.
 *
 * This room is for: the plan (see plan.h); this file: adding rows, and finding equal ones in O(1).
 * It may include:   <assert.h> <stdarg.h> <stdlib.h> <string.h>, private.h, registry.h.
 * Never here:       judgement about what a row says (check.c).
 *
 * Invariants: a table's rows never move relative to each other; an index entry's row is in its
 * table; when memory runs out a call changes nothing that can be seen. Which of several equal rows
 * is found never matters: there is only one.
 */
#include "private.h"
#include "registry.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory */

bool plan_reserve(void *table, uint64_t *capacity, uint64_t need, size_t row_size)
{
    uint64_t grown = *capacity < 16 ? 16 : *capacity + *capacity / 2;
    void *rows;
    if (need <= *capacity)
        return true;
    if (grown < need)
        grown = need;
    if (grown > SIZE_MAX / row_size)
        return false;
    memcpy(&rows, table, sizeof rows); /* `table` is the address of a pointer to rows of any type */
    rows = realloc(rows, (size_t)grown * row_size);
    if (rows == NULL)
        return false;
    memcpy(table, &rows, sizeof rows);
    *capacity = grown;
    return true;
}

static struct plan_private *private_of(const struct plan *plan)
{
    assert(plan != NULL);
    assert(plan->private_ != NULL);
    return plan->private_;
}

struct plan *plan_new(void)
{
    struct plan *plan = calloc(1, sizeof *plan);
    struct plan_private *own = calloc(1, sizeof *own);
    if (plan == NULL || own == NULL) {
        free(plan);
        free(own);
        return NULL;
    }
    plan->title = PLAN_NONE;
    plan->policy = plan->manager = PLAN_NONE;
    plan->scheduler = plan->scheduler_file = plan->scheduler_params = PLAN_NONE;
    plan->private_ = own;
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++)
        plan->setting[i] = plan_setting_default(i);
    return plan;
}

void plan_free(struct plan *plan)
{
    if (plan == NULL)
        return;
    struct plan_private *own = private_of(plan);
    free(own->name_index.slots);
    free(own->profile_index.slots);
    free(own->dist_index.slots);
    free(own->value_index.slots);
    free(own->program_index.slots);
    free(own);
    free(plan->executors);
    free(plan->profiles);
    free(plan->dists);
    free(plan->values);
    free(plan->ops);
    free(plan->programs);
    free(plan->jobs);
    free(plan->stages);
    free(plan->columns);
    free(plan->cells);
    free(plan->acts);
    free(plan->expects);
    free(plan->name_at);
    free(plan->name_bytes);
    free(plan);
}

/* ---- the index of equal rows */

/* FNV-1a, begun with a seed so that several pieces can be chained. */
static uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT32_C(16777619);
    return hash;
}
#define HASH_START UINT32_C(2166136261)

/* Where to begin to look: FNV's low bits only know the low bits of each byte. */
static uint32_t first_slot(uint32_t hash) { return hash ^ hash >> 15; }

typedef bool same_fn(const struct plan *plan, uint32_t row, const void *key);

/* The row that is the same as `key`, or PLAN_NONE. */
static uint32_t index_find(const struct plan_index *index, uint32_t hash, const struct plan *plan,
                           same_fn *same, const void *key)
{
    if (index->slot_count == 0)
        return PLAN_NONE;
    for (uint32_t at = first_slot(hash);; at++) {
        const struct plan_index_slot *slot = &index->slots[at & (index->slot_count - 1)];
        if (slot->row_plus_1 == 0)
            return PLAN_NONE;
        if (slot->hash == hash && same(plan, slot->row_plus_1 - 1, key))
            return slot->row_plus_1 - 1;
    }
}

static void index_put(struct plan_index *index, uint32_t hash, uint32_t row)
{
    uint32_t at = first_slot(hash);
    assert(index->used < index->slot_count);
    while (index->slots[at & (index->slot_count - 1)].row_plus_1 != 0)
        at++;
    index->slots[at & (index->slot_count - 1)] = (struct plan_index_slot){hash, row + 1};
    index->used++;
}

/* Makes sure that one more row can be put. */
static bool index_reserve(struct plan_index *index)
{
    struct plan_index grown = {NULL, index->slot_count == 0 ? 64 : index->slot_count * 2, 0};
    if (index->used < index->slot_count / 2)
        return true;
    if (grown.slot_count == 0) /* wrapped: 2^31 rows */
        return false;
    grown.slots = calloc(grown.slot_count, sizeof *grown.slots);
    if (grown.slots == NULL)
        return false;
    for (uint32_t i = 0; i < index->slot_count; i++) {
        if (index->slots[i].row_plus_1 != 0)
            index_put(&grown, index->slots[i].hash, index->slots[i].row_plus_1 - 1);
    }
    free(index->slots);
    *index = grown;
    return true;
}

/* ---- names */

static bool same_name(const struct plan *plan, uint32_t row, const void *key)
{
    return strcmp(plan_text(plan, row), key) == 0;
}

const char *plan_text(const struct plan *plan, uint32_t name)
{
    if (name == PLAN_NONE)
        return "";
    assert(name < plan->name_count);
    return plan->name_bytes + plan->name_at[name];
}

uint32_t plan_find_name(const struct plan *plan, const char *text)
{
    return index_find(&private_of(plan)->name_index, hash_bytes(HASH_START, text, strlen(text)),
                      plan, same_name, text);
}

uint32_t plan_name(struct plan *plan, const char *text)
{
    struct plan_private *own = private_of(plan);
    size_t size = strlen(text) + 1;
    uint32_t found = plan_find_name(plan, text);
    if (found != PLAN_NONE)
        return found;
    if (plan->name_size + size > UINT32_MAX || plan->name_count == PLAN_NONE ||
        !index_reserve(&own->name_index) ||
        !plan_reserve(&plan->name_at, &own->name_at, (uint64_t)plan->name_count + 1,
                      sizeof *plan->name_at) ||
        !plan_reserve(&plan->name_bytes, &own->name_bytes, plan->name_size + size, 1))
        return PLAN_NONE;
    memcpy(plan->name_bytes + plan->name_size, text, size);
    plan->name_at[plan->name_count] = (uint32_t)plan->name_size;
    plan->name_size += size;
    index_put(&own->name_index, hash_bytes(HASH_START, text, size - 1), plan->name_count);
    return plan->name_count++;
}

/* ---- rows that are added as they are */

static bool has_room(void *table, uint64_t *capacity, uint64_t count, uint64_t more,
                     size_t row_size)
{
    return count + more < PLAN_NONE && plan_reserve(table, capacity, count + more, row_size);
}

/* The row is copied before the table grows, for it may be one of the table's own. */
uint32_t plan_add_executor(struct plan *plan, const struct plan_executor *row)
{
    struct plan_executor copy;
    plan_row_copy(PART_EXECUTOR, &copy, row);
    if (!has_room(&plan->executors, &private_of(plan)->executors, plan->executor_count, 1,
                  sizeof copy))
        return PLAN_NONE;
    plan->executors[plan->executor_count] = copy;
    return plan->executor_count++;
}

uint32_t plan_add_job(struct plan *plan, const struct plan_job *row)
{
    struct plan_job copy;
    plan_row_copy(PART_JOB, &copy, row);
    copy.first_stage = plan->stage_count;
    copy.stage_count = 0;
    if (!has_room(&plan->jobs, &private_of(plan)->jobs, plan->job_count, 1, sizeof copy))
        return PLAN_NONE;
    plan->jobs[plan->job_count] = copy;
    return plan->job_count++;
}

/* The stage is counted into its job; plan_check() finds out whether that job is the last one. */
uint32_t plan_add_stage(struct plan *plan, const struct plan_stage *row)
{
    struct plan_stage copy;
    plan_row_copy(PART_STAGE, &copy, row);
    copy.job = row->job;
    if (!has_room(&plan->stages, &private_of(plan)->stages, plan->stage_count, 1, sizeof copy))
        return PLAN_NONE;
    plan->stages[plan->stage_count] = copy;
    if (copy.job < plan->job_count)
        plan->jobs[copy.job].stage_count++;
    return plan->stage_count++;
}

uint32_t plan_add_column(struct plan *plan, uint32_t width, uint32_t rows, int64_t unit_ns,
                         const uint32_t *cells)
{
    struct plan_private *own = private_of(plan);
    uint64_t count = (uint64_t)width * rows;
    if (count > UINT64_MAX - plan->cell_count ||
        !plan_reserve(&plan->cells, &own->cells, plan->cell_count + count, sizeof *cells) ||
        !has_room(&plan->columns, &own->columns, plan->column_count, 1, sizeof *plan->columns))
        return PLAN_NONE;
    if (count != 0)
        memcpy(plan->cells + plan->cell_count, cells, (size_t)count * sizeof *cells);
    plan->columns[plan->column_count] =
        (struct plan_column){width, rows, plan->cell_count, unit_ns};
    plan->cell_count += count;
    return plan->column_count++;
}

uint32_t plan_add_act(struct plan *plan, const struct plan_act *row)
{
    struct plan_act copy;
    plan_row_copy(PART_ACT, &copy, row);
    if (!has_room(&plan->acts, &private_of(plan)->acts, plan->act_count, 1, sizeof copy))
        return PLAN_NONE;
    plan->acts[plan->act_count] = copy;
    return plan->act_count++;
}

uint32_t plan_add_expect(struct plan *plan, const struct plan_expect *row)
{
    struct plan_expect copy;
    plan_row_copy(PART_EXPECT, &copy, row);
    if (!has_room(&plan->expects, &private_of(plan)->expects, plan->expect_count, 1, sizeof copy))
        return PLAN_NONE;
    plan->expects[plan->expect_count] = copy;
    return plan->expect_count++;
}

struct plan_stage plan_stage_rigid(uint32_t job, uint32_t name, uint32_t kind, uint32_t tasks)
{
    return (struct plan_stage){.name = name,
                               .job = job,
                               .kind = kind,
                               .tasks = tasks,
                               .min = tasks,
                               .max = tasks,
                               .column = PLAN_NONE,
                               .row = PLAN_NONE,
                               .role = PLAN_NONE,
                               .group = PLAN_NONE};
}

struct plan_act plan_act_blank(void)
{
    struct plan_act act;
    plan_row_blank(PART_ACT, &act);
    return act;
}

struct plan_expect plan_expect_blank(void)
{
    struct plan_expect expect;
    plan_row_blank(PART_EXPECT, &expect);
    return expect;
}

struct plan_pattern plan_pattern_blank(void) { return plan_act_blank().when; }

/* ---- rows of which equal ones are shared */

static bool same_profile(const struct plan *plan, uint32_t row, const void *key)
{
    return memcmp(&plan->profiles[row], key, sizeof *plan->profiles) == 0;
}

uint32_t plan_add_profile(struct plan *plan, const struct plan_profile *row)
{
    struct plan_private *own = private_of(plan);
    uint32_t hash = hash_bytes(HASH_START, row, sizeof *row);
    uint32_t found = index_find(&own->profile_index, hash, plan, same_profile, row);
    if (found != PLAN_NONE)
        return found;
    if (!index_reserve(&own->profile_index) ||
        !has_room(&plan->profiles, &own->profiles, plan->profile_count, 1, sizeof *row))
        return PLAN_NONE;
    plan->profiles[plan->profile_count] = *row;
    index_put(&own->profile_index, hash, plan->profile_count);
    return plan->profile_count++;
}

static bool same_dist(const struct plan *plan, uint32_t row, const void *key)
{
    return memcmp(&plan->dists[row], key, sizeof *plan->dists) == 0;
}

uint32_t plan_add_dist(struct plan *plan, const struct plan_dist *row)
{
    struct plan_private *own = private_of(plan);
    struct plan_dist dist;
    plan_row_copy(PART_DIST, &dist, row);
    if (dist.kind == PLAN_DIST_EMPIRICAL) { /* its values are told as such, not as fields */
        dist.first = row->first;
        dist.count = row->count;
    }
    uint32_t hash = hash_bytes(HASH_START, &dist, sizeof dist);
    uint32_t found = index_find(&own->dist_index, hash, plan, same_dist, &dist);
    if (found != PLAN_NONE)
        return found;
    if (!index_reserve(&own->dist_index) ||
        !has_room(&plan->dists, &own->dists, plan->dist_count, 1, sizeof dist))
        return PLAN_NONE;
    plan->dists[plan->dist_count] = dist;
    index_put(&own->dist_index, hash, plan->dist_count);
    return plan->dist_count++;
}

struct value_key {
    const int64_t *values;
    uint32_t count;
};

/* The index holds where each block begins; a block that begins with the key's values will do as
 * well. */
static bool same_values(const struct plan *plan, uint32_t row, const void *key)
{
    const struct value_key *want = key;
    return want->count <= plan->value_count - row &&
           memcmp(plan->values + row, want->values, want->count * sizeof *want->values) == 0;
}

uint32_t plan_add_values(struct plan *plan, const int64_t *values, uint32_t count)
{
    struct plan_private *own = private_of(plan);
    const struct value_key key = {values, count};
    if (count == 0)
        return plan->value_count;
    uint32_t hash = hash_bytes(HASH_START, values, count * sizeof *values);
    uint32_t first = index_find(&own->value_index, hash, plan, same_values, &key);
    if (first != PLAN_NONE)
        return first;
    if (!index_reserve(&own->value_index) ||
        !has_room(&plan->values, &own->values, plan->value_count, count, sizeof *values))
        return PLAN_NONE;
    first = plan->value_count;
    memcpy(plan->values + first, values, count * sizeof *values);
    plan->value_count += count;
    index_put(&own->value_index, hash, first);
    return first;
}

/* The key of a program is its row, with the ops already in place behind the plan's last op. */
static bool same_program(const struct plan *plan, uint32_t row, const void *key)
{
    const struct plan_program *have = &plan->programs[row], *want = key;
    return have->name == want->name && have->op_count == want->op_count &&
           memcmp(plan->ops + have->first_op, plan->ops + want->first_op,
                  want->op_count * sizeof *plan->ops) == 0;
}

uint32_t plan_add_program(struct plan *plan, const char *name, const struct plan_op *ops,
                          uint32_t count)
{
    struct plan_private *own = private_of(plan);
    bool ends = count > 0 && ops[count - 1].code == PLAN_OP_END;
    struct plan_program program = {PLAN_NONE, plan->op_count, count + !ends};
    if (name != NULL && (program.name = plan_name(plan, name)) == PLAN_NONE)
        return PLAN_NONE;
    if (!has_room(&plan->ops, &own->ops, plan->op_count, (uint64_t)count + 1, sizeof *ops))
        return PLAN_NONE;
    for (uint32_t i = 0; i < count; i++)
        plan_row_copy(PART_OP, &plan->ops[plan->op_count + i], &ops[i]);
    if (!ends)
        plan_row_blank(PART_OP, &plan->ops[plan->op_count + count]);
    uint32_t hash = hash_bytes(HASH_START, &program.name, sizeof program.name);
    hash = hash_bytes(hash, plan->ops + plan->op_count, program.op_count * sizeof *ops);
    uint32_t found = index_find(&own->program_index, hash, plan, same_program, &program);
    if (found != PLAN_NONE)
        return found;
    if (!index_reserve(&own->program_index) ||
        !has_room(&plan->programs, &own->programs, plan->program_count, 1, sizeof program))
        return PLAN_NONE;
    plan->programs[plan->program_count] = program;
    plan->op_count += program.op_count;
    index_put(&own->program_index, hash, plan->program_count);
    return plan->program_count++;
}

/* ---- errors */

enum plan_status plan_fail(struct plan_err *err, enum plan_status code, uint32_t line,
                           const char *format, ...)
{
    va_list args;
    int length = 0;
    if (err == NULL)
        return code;
    *err = (struct plan_err){.code = code, .line = line};
    if (line != 0)
        length = snprintf(err->detail, sizeof err->detail, "line %u: ", line);
    va_start(args, format);
    vsnprintf(err->detail + length, sizeof err->detail - (size_t)length, format, args);
    va_end(args);
    return code;
}
