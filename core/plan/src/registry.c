/*
 * registry.c -- the tables of registry.h, and the names of settings and acts.
 *
 * This room is for: the plan (see plan.h); this file: what its parts consist of.
 * It may include:   <assert.h> <string.h>, registry.h.
 * Never here:       parsing, writing, checking.
 *
 * Invariant: a field's blank value either is in its range, or says that the field must be given.
 */
#include "registry.h"

#include <assert.h>
#include <string.h>

#define ALL           UINT64_MAX
#define BIT(kind)     (UINT64_C(1) << (kind))
#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* FIELD(struct, member, type, text, need, kinds, blank, low, high, remedy); WORDS() for one of a
 * list of words. */
#define FIELD(row, member, type, text, need, kinds, blank, lo, hi, remedy)                         \
    {                                                                                              \
        text, offsetof(struct row, member), sizeof(((struct row *)0)->member), FIELD_##type,       \
            FIELD_##need, kinds, blank, lo, hi, NULL, remedy                                       \
    }
#define WORDS(row, member, text, words, remedy)                                                    \
    {                                                                                              \
        text, offsetof(struct row, member), sizeof(((struct row *)0)->member), FIELD_WORD,         \
            FIELD_REQUIRED, ALL, 0, 0, LENGTH(words) - 1, words, remedy                            \
    }

/* clang-format off */
static const struct plan_field plan_fields[] = {
    FIELD(plan, title,  NAME, "title",  OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
    FIELD(plan, policy, NAME, "policy", OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
    FIELD(plan, manager, NAME, "manager", OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
    FIELD(plan, scheduler, NAME, "scheduler", OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
    FIELD(plan, scheduler_file, NAME, "scheduler_file", OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
    FIELD(plan, scheduler_params, NAME, "scheduler_params", OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
};

static const struct plan_field executor_fields[] = {
    FIELD(plan_executor, cores,      COUNT, "cores",   REQUIRED, ALL, 0, 1, PLAN_CORES_MAX,      "take more, smaller executors"),
    FIELD(plan_executor, memory_mib, COUNT, "memory",  REQUIRED, ALL, 0, 0, PLAN_MEMORY_MIB_MAX, "it counts MiB"),
    FIELD(plan_executor, gpus,       COUNT, "gpus",    REQUIRED, ALL, 0, 0, PLAN_GPUS_MAX,       "take more, smaller executors"),
    FIELD(plan_executor, rack,       COUNT, "rack",    REQUIRED, ALL, 0, 0, PLAN_NONE - 1,       "number the racks from 0"),
    FIELD(plan_executor, arrives_ns, TIME,  "arrives", REQUIRED, ALL, 0, 0, PLAN_TIME_MAX,       "the run begins at 0s"),
    FIELD(plan_executor, back_ns,    TIME,  "back",    OPTIONAL, ALL, 0, 0, PLAN_TIME_MAX,       "leave it out for restart_delay"),
};

static const struct plan_field profile_fields[] = {
    FIELD(plan_profile, cores,      COUNT, "cores",     REQUIRED, ALL, 0, 0, PLAN_CORES_MAX,       "no executor may have more: split the task"),
    FIELD(plan_profile, memory_mib, COUNT, "memory",    REQUIRED, ALL, 0, 0, PLAN_MEMORY_MIB_MAX,  "it counts MiB"),
    FIELD(plan_profile, gpu_milli,  COUNT, "gpu_milli", REQUIRED, ALL, 0, 0, 1000 * PLAN_GPUS_MAX, "no executor may have more GPUs: split the task"),
};

static const char *const dist_kinds[] = {"fixed", "uniform", "exponential", "lognormal", "empirical", "column"};
static const struct plan_field dist_fields[] = {
    FIELD(plan_dist, lo, TIME,  "time",   REQUIRED, BIT(PLAN_DIST_FIXED),       0, 0, PLAN_TIME_MAX,  "give a time"),
    FIELD(plan_dist, lo, TIME,  "from",   REQUIRED, BIT(PLAN_DIST_UNIFORM),     0, 0, PLAN_TIME_MAX,  "give a time"),
    FIELD(plan_dist, hi, TIME,  "to",     REQUIRED, BIT(PLAN_DIST_UNIFORM),     0, 0, PLAN_TIME_MAX,  "give a time"),
    FIELD(plan_dist, lo, TIME,  "mean",   REQUIRED, BIT(PLAN_DIST_EXPONENTIAL), 0, 0, PLAN_TIME_MAX,  "give a time"),
    FIELD(plan_dist, hi, TIME,  "cut",    REQUIRED, BIT(PLAN_DIST_EXPONENTIAL), 0, 0, PLAN_TIME_MAX,  "give a time"),
    FIELD(plan_dist, lo, TIME,  "median", REQUIRED, BIT(PLAN_DIST_LOGNORMAL),   0, 0, PLAN_TIME_MAX,  "give a time"),
    FIELD(plan_dist, hi, COUNT, "sigma",  REQUIRED, BIT(PLAN_DIST_LOGNORMAL),   0, 0, PLAN_SIGMA_MAX, "it counts thousandths"),
    FIELD(plan_dist, lo, COUNT, "first",  REQUIRED, BIT(PLAN_DIST_COLUMN),      0, 0, PLAN_NONE - 1,  "name a column of the stage's table"),
    FIELD(plan_dist, hi, COUNT, "stride", REQUIRED, BIT(PLAN_DIST_COLUMN),      0, 0, PLAN_NONE - 1,  "0 reads one column, 1 the next one each turn"),
};

static const struct plan_field program_fields[] = {
    FIELD(plan_program, name, NAME, "name", OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
};

static const char *const op_kinds[] = {
#define X(name, number, text, doc) [number] = text,
    PLAN_OP_MAP(X)
#undef X
};
static const struct plan_field op_fields[] = {
    FIELD(plan_op, dist,   DIST,   "dist",   REQUIRED, BIT(PLAN_OP_COMPUTE), PLAN_NONE, 0, 0, "add the distribution first"),
    FIELD(plan_op, dist,   NAME,   "name",   REQUIRED, BIT(PLAN_OP_MEET), PLAN_NONE, 0, 0, "give the place a name"),
    FIELD(plan_op, value,  COUNT,  "bytes",  REQUIRED, BIT(PLAN_OP_ALL_GATHER) | BIT(PLAN_OP_OUTPUT) | BIT(PLAN_OP_FETCH) | BIT(PLAN_OP_ALL_REDUCE) | BIT(PLAN_OP_EXCHANGE), 0, 0, PLAN_BYTES_MAX, "send less"),
    FIELD(plan_op, value,  COUNT,  "tasks",  REQUIRED, BIT(PLAN_OP_MEET),    0, 1, PLAN_TASKS_MAX, "say how many tasks meet there"),
    FIELD(plan_op, value2, TIME,   "within", OPTIONAL, BIT(PLAN_OP_MEET),    PLAN_NEVER, 1, PLAN_TIME_MAX, "leave it out for no timeout"),
    FIELD(plan_op, value2, TIME,   "within", OPTIONAL, BIT(PLAN_OP_BARRIER) | BIT(PLAN_OP_ALL_GATHER), 0, 0, PLAN_TIME_MAX, "leave it out for the round's own timeout"),
    FIELD(plan_op, to,     COUNT,  "at",     REQUIRED, BIT(PLAN_OP_MEET),    0, 0, PLAN_HOLDER_FIRST, "0 is the driver, 1 the first: the task of rank 0"),
    FIELD(plan_op, value2, COUNT,  "batch",  REQUIRED, BIT(PLAN_OP_EXCHANGE), 0, 1, PLAN_BYTES_MAX, "a batch has a byte"),
    FIELD(plan_op, value,  COUNT,  "code",   REQUIRED, BIT(PLAN_OP_FAIL),    0, 0, INT32_MAX, "take another code"),
    FIELD(plan_op, value,  COUNT,  "status", REQUIRED, BIT(PLAN_OP_EXIT),    0, 0, 255, "an exit status is one byte"),
    FIELD(plan_op, value,  COUNT,  "times",  REQUIRED, BIT(PLAN_OP_LOOP),    0, 1, PLAN_NONE - 1, "leave a loop out that never runs"),
    FIELD(plan_op, value,  COUNT,  "first",  REQUIRED, BIT(PLAN_OP_ON_RANK), 0, 0, PLAN_TASKS_MAX - 1, "ranks count from 0"),
    FIELD(plan_op, value2, COUNT,  "last",   REQUIRED, BIT(PLAN_OP_ON_RANK), 0, 0, PLAN_TASKS_MAX - 1, "ranks count from 0"),
    FIELD(plan_op, to,     COUNT,  "to",     REQUIRED, BIT(PLAN_OP_LOOP) | BIT(PLAN_OP_NEXT) | BIT(PLAN_OP_ON_RANK), 0, 0, PLAN_PROGRAM_OPS_MAX - 1, "name an op of the program"),
};

static const struct plan_field column_fields[] = {
    FIELD(plan_column, width,   COUNT, "width", REQUIRED, ALL, 0, 1, PLAN_NONE - 1, "give the table a column"),
    FIELD(plan_column, rows,    COUNT, "rows",  REQUIRED, ALL, 0, 1, PLAN_NONE - 1, "give the table a row"),
    FIELD(plan_column, unit_ns, TIME,  "unit",  REQUIRED, ALL, 0, 1, PLAN_DAY,      "say what a cell of 1 means, e.g. 1us"),
};

static const char *const job_kind_words[] = {"batch", "service", "map", "stream"};
static const struct plan_field job_fields[] = {
    FIELD(plan_job, name,      NAME,   "name",     REQUIRED, ALL, PLAN_NONE, 0, 0, "give it a name"),
    WORDS(plan_job, kind,              "kind",     job_kind_words, "take a kind that there is"),
    FIELD(plan_job, submit_ns, TIME,   "submit",   OPTIONAL, ALL, 0, 0, PLAN_TIME_MAX, "the run begins at 0s; without a time an act submits it"),
    FIELD(plan_job, priority,  SIGNED, "priority", REQUIRED, ALL, 0, INT32_MIN, INT32_MAX, "take a smaller number"),
};

static const char *const stage_kinds[] = {"mapreduce", "barrier"};
static const char *const constraint_words[] = {"any", "pack", "spread"};
static const struct plan_field stage_fields[] = {
    FIELD(plan_stage, name,       NAME,    "name",       REQUIRED, ALL, PLAN_NONE, 0, 0, "give it a name"),
    FIELD(plan_stage, tasks,      COUNT,   "tasks",      REQUIRED, ALL, 0, 1, PLAN_TASKS_MAX, "give it a task, or split it into several stages"),
    FIELD(plan_stage, min,        COUNT,   "min",        REQUIRED, ALL, 0, 0, PLAN_TASKS_MAX, "take as many as it has tasks"),
    FIELD(plan_stage, max,        COUNT,   "max",        REQUIRED, ALL, 0, 0, PLAN_TASKS_MAX, "take as many as it has tasks"),
    FIELD(plan_stage, profile,    PROFILE, "profile",    REQUIRED, ALL, PLAN_NONE, 0, 0, "add the profile first"),
    FIELD(plan_stage, program,    PROGRAM, "program",    REQUIRED, ALL, PLAN_NONE, 0, 0, "add the program first"),
    FIELD(plan_stage, column,     COLUMN,  "column",     OPTIONAL, ALL, PLAN_NONE, 0, 0, "add the table first, or leave it out"),
    FIELD(plan_stage, row,        COUNT,   "row",        OPTIONAL, ALL, PLAN_NONE, 0, PLAN_NONE - 1, "it is the table's row of rank 0"),
    FIELD(plan_stage, parents,    SET,     "parents",    REQUIRED, ALL, 0, 0, 0, "stages only wait for earlier ones"),
    FIELD(plan_stage, role,       NAME,    "role",       OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
    FIELD(plan_stage, group,      COUNT,   "group",      OPTIONAL, ALL, PLAN_NONE, 0, PLAN_NONE - 1, "number the groups from 0"),
    WORDS(plan_stage, constraint,          "constraint", constraint_words, "take a constraint that there is"),
    FIELD(plan_stage, shuffles,   SET,     "shuffles",   REQUIRED, ALL, 0, 0, 0, "a stage fetches only from its parents"),
    FIELD(plan_stage, prefers,    LIST,    "prefers",    REQUIRED, ALL, 0, 0, 0, "add the wishes first, or leave it out"),
    FIELD(plan_stage, task_bytes, COUNT,   "task_bytes", REQUIRED, ALL, 0, 0, PLAN_BYTES_MAX, "it counts bytes"),
    FIELD(plan_stage, together,   COUNT,   "together",   OPTIONAL, ALL, 0, 0, PLAN_TASKS_MAX, "leave it out where each task starts by itself"),
};

#define PATTERN(row) \
    FIELD(row, when.kind,     NAME,     "when",          OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"), \
    FIELD(row, when.executor, EXECUTOR, "when_executor", OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out for any"), \
    FIELD(row, when.job,      JOB,      "when_job",      OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out for any"), \
    FIELD(row, when.stage,    COUNT,    "when_stage",    OPTIONAL, ALL, PLAN_NONE, 0, PLAN_STAGES_PER_JOB_MAX - 1, "leave it out for any"), \
    FIELD(row, when.attempt,  COUNT,    "when_attempt",  OPTIONAL, ALL, PLAN_NONE, 0, PLAN_NONE - 1, "leave it out for any"), \
    FIELD(row, when.epoch,    COUNT,    "when_epoch",    OPTIONAL, ALL, PLAN_NONE, 0, PLAN_NONE - 1, "leave it out for any"), \
    FIELD(row, when.rank,     COUNT,    "when_rank",     OPTIONAL, ALL, PLAN_NONE, 0, PLAN_TASKS_MAX - 1, "leave it out for any"), \
    FIELD(row, when.nth,      COUNT,    "nth",           REQUIRED, ALL, 1, 1, PLAN_NONE - 1, "1 is the first match")

static const char *const act_kinds[PLAN_ACT_LIMIT] = {
#define X(name, number, text, target, doc) [number] = text,
    PLAN_ACT_MAP(X)
#undef X
};
#define ON_(target) (0u PLAN_ACT_MAP(target))
#define X_JOB(name, number, text, target, doc)      | (PLAN_TARGET_##target == PLAN_TARGET_JOB ? BIT(number) : 0u)
#define X_EXECUTOR(name, number, text, target, doc) \
    | (PLAN_TARGET_##target == PLAN_TARGET_EXECUTOR || PLAN_TARGET_##target == PLAN_TARGET_LINK ? BIT(number) : 0u)
#define X_LINK(name, number, text, target, doc)     | (PLAN_TARGET_##target == PLAN_TARGET_LINK ? BIT(number) : 0u)
#define X_TASK(name, number, text, target, doc)     | (PLAN_TARGET_##target == PLAN_TARGET_TASK ? BIT(number) : 0u)
static const struct plan_field act_fields[] = {
    FIELD(plan_act, at_ns,       TIME,     "at",       OPTIONAL, ALL, 0, 0, PLAN_TIME_MAX, "the run begins at 0s"),
    PATTERN(plan_act),
    FIELD(plan_act, executor,    EXECUTOR, "executor", REQUIRED, ON_(X_EXECUTOR), PLAN_NONE, 0, 0, "name an executor of the cluster"),
    FIELD(plan_act, job,         JOB,      "job",      REQUIRED, ON_(X_JOB) | ON_(X_TASK), PLAN_NONE, 0, 0, "name a job of the plan"),
    FIELD(plan_act, stage,       COUNT,    "stage",    REQUIRED, ON_(X_TASK), PLAN_NONE, 0, PLAN_STAGES_PER_JOB_MAX - 1, "name a stage of that job"),
    FIELD(plan_act, rank,        COUNT,    "rank",     REQUIRED, ON_(X_TASK), PLAN_NONE, 0, PLAN_TASKS_MAX - 1, "name a rank of that stage"),
    FIELD(plan_act, duration_ns, TIME,     "duration", REQUIRED, ALL, 0, 0, PLAN_TIME_MAX, "give a time"),
    FIELD(plan_act, for_good,    COUNT,    "for_good", REQUIRED, ALL, 0, 0, 1, "1 is yes"),
    FIELD(plan_act, way,         COUNT,    "way",      REQUIRED, ALL, 0, 0, 2, "0 is both, 1 in, 2 out; of a stray call 0 is barrier, 1 all_gather"),
    FIELD(plan_act, amount,      SIGNED,   "amount",   REQUIRED, ALL, 0, INT32_MIN, INT32_MAX, "what it is says the kind of act"),
    FIELD(plan_act, peer,        EXECUTOR, "peer",     OPTIONAL, ON_(X_LINK), PLAN_NONE, 0, 0, "leave it out for the driver"),
    FIELD(plan_act, size,        COUNT,    "size",     OPTIONAL, BIT(PLAN_ACT_STRAY_CALL), 0, 0, PLAN_TASKS_MAX, "leave it out for as many as there are"),
    FIELD(plan_act, pair,        COUNT,    "pair",     OPTIONAL, ALL, PLAN_NONE, 0, PLAN_NONE - 1, "leave it out for an act that stands alone"),
};

static const char *const expect_kinds[] = {NULL, "succeeds", "fails", "sometimes", "never"};
static const struct plan_field expect_fields[] = {
    FIELD(plan_expect, job,          JOB,   "job",          OPTIONAL, ALL, PLAN_NONE, 0, 0, "name a job of the plan"),
    FIELD(plan_expect, within_ns,    TIME,  "within",       OPTIONAL, ALL, PLAN_NEVER, 0, PLAN_TIME_MAX, "leave it out for no bound"),
    FIELD(plan_expect, attempts_min, COUNT, "attempts_min", OPTIONAL, ALL, PLAN_NONE, 0, PLAN_NONE - 1, "leave it out for no bound"),
    FIELD(plan_expect, attempts_max, COUNT, "attempts_max", OPTIONAL, ALL, PLAN_NONE, 0, PLAN_NONE - 1, "leave it out for no bound"),
    FIELD(plan_expect, reason,       NAME,  "reason",       OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out for any reason"),
    FIELD(plan_expect, label,        NAME,  "label",        OPTIONAL, ALL, PLAN_NONE, 0, 0, "leave it out"),
    PATTERN(plan_expect),
};

#define KINDS(row, texts) offsetof(struct row, kind), sizeof(((struct row *)0)->kind), texts, LENGTH(texts)
#define PART(row, text, fields) {text, fields, LENGTH(fields), sizeof(struct row)
const struct plan_part plan_parts[PART_COUNT] = {
    [PART_PLAN]     = PART(plan,          "plan",     plan_fields),     0, 0, NULL, 0},
    [PART_EXECUTOR] = PART(plan_executor, "executor", executor_fields), 0, 0, NULL, 0},
    [PART_PROFILE]  = PART(plan_profile,  "profile",  profile_fields),  0, 0, NULL, 0},
    [PART_DIST]     = PART(plan_dist,     "dist",     dist_fields),     KINDS(plan_dist, dist_kinds)},
    [PART_PROGRAM]  = PART(plan_program,  "program",  program_fields),  0, 0, NULL, 0},
    [PART_OP]       = PART(plan_op,       "op",       op_fields),       offsetof(struct plan_op, code), 2, op_kinds, PLAN_OP_COUNT},
    [PART_COLUMN]   = PART(plan_column,   "column",   column_fields),   0, 0, NULL, 0},
    [PART_JOB]      = PART(plan_job,      "job",      job_fields),      0, 0, NULL, 0},
    [PART_STAGE]    = PART(plan_stage,    "stage",    stage_fields),    KINDS(plan_stage, stage_kinds)},
    [PART_ACT]      = PART(plan_act,      "act",      act_fields),      KINDS(plan_act, act_kinds)},
    [PART_EXPECT]   = PART(plan_expect,   "expect",   expect_fields),   KINDS(plan_expect, expect_kinds)},
};

static const struct setting {
    const char *text, *doc;
    int64_t blank, lo, hi;
} settings[] = {
#define X(name, text, def, lo, hi, doc) {text, doc, def, lo, hi},
    PLAN_SETTING_MAP(X)
#undef X
};

static const char *const act_docs[PLAN_ACT_LIMIT] = {
#define X(name, number, text, target, doc) [number] = doc,
    PLAN_ACT_MAP(X)
#undef X
};
static const enum plan_act_target act_targets[PLAN_ACT_LIMIT] = {
#define X(name, number, text, target, doc) [number] = PLAN_TARGET_##target,
    PLAN_ACT_MAP(X)
#undef X
};
/* clang-format on */

int64_t plan_field_get(const struct plan_field *field, const void *row)
{
    const char *at = (const char *)row + field->offset;
    uint16_t two;
    uint32_t four;
    int64_t eight;
    switch (field->size) {
    case 2:
        memcpy(&two, at, 2);
        return two;
    case 4:
        memcpy(&four, at, 4);
        return field->type == FIELD_SIGNED ? (int64_t)(int32_t)four : (int64_t)four;
    default:
        assert(field->size == 8);
        memcpy(&eight, at, 8);
        return eight;
    }
}

void plan_field_set(const struct plan_field *field, void *row, int64_t value)
{
    char *at = (char *)row + field->offset;
    uint16_t two = (uint16_t)value;
    uint32_t four = (uint32_t)value;
    switch (field->size) {
    case 2:
        memcpy(at, &two, 2);
        break;
    case 4:
        memcpy(at, &four, 4);
        break;
    default:
        assert(field->size == 8);
        memcpy(at, &value, 8);
    }
}

int64_t plan_field_none(const struct plan_field *field)
{
    return field->type == FIELD_TIME ? PLAN_NEVER : (int64_t)PLAN_NONE;
}

unsigned plan_kind_get(const struct plan_part *part, const void *row)
{
    const struct plan_field kind = {.offset = part->kind_offset, .size = (uint8_t)part->kind_size};
    return part->kind_size == 0 ? 0 : (unsigned)plan_field_get(&kind, row);
}

void plan_kind_set(const struct plan_part *part, void *row, unsigned kind)
{
    const struct plan_field field = {.offset = part->kind_offset, .size = (uint8_t)part->kind_size};
    if (part->kind_size != 0)
        plan_field_set(&field, row, kind);
}

bool plan_kind_is_known(const struct plan_part *part, unsigned kind)
{
    return part->kind_size == 0 ? kind == 0 : kind < part->kind_limit && part->kinds[kind] != NULL;
}

bool plan_field_is_of(const struct plan_field *field, unsigned kind)
{
    return kind < 32 && (field->kinds & BIT(kind)) != 0;
}

void plan_row_blank(enum plan_part_id id, void *row)
{
    const struct plan_part *part = &plan_parts[id];
    memset(row, 0, part->row_size);
    for (unsigned i = 0; i < part->field_count; i++)
        plan_field_set(&part->fields[i], row, part->fields[i].blank);
}

void plan_row_blank_of(enum plan_part_id id, unsigned kind, void *row)
{
    const struct plan_part *part = &plan_parts[id];
    plan_row_blank(id, row);
    plan_kind_set(part, row, kind);
    for (unsigned i = 0; i < part->field_count; i++)
        if (plan_field_is_of(&part->fields[i], kind))
            plan_field_set(&part->fields[i], row, part->fields[i].blank);
}

void plan_row_copy(enum plan_part_id id, void *to, const void *from)
{
    const struct plan_part *part = &plan_parts[id];
    unsigned kind = plan_kind_get(part, from);
    if (!plan_kind_is_known(part, kind)) {
        memcpy(to, from, part->row_size);
        return;
    }
    plan_row_blank(id, to);
    plan_kind_set(part, to, kind);
    for (unsigned i = 0; i < part->field_count; i++) {
        const struct plan_field *field = &part->fields[i];
        if (plan_field_is_of(field, kind))
            plan_field_set(field, to, plan_field_get(field, from));
    }
}

const char *plan_act_text(unsigned kind) { return kind < PLAN_ACT_LIMIT ? act_kinds[kind] : NULL; }

const char *plan_act_doc(unsigned kind) { return kind < PLAN_ACT_LIMIT ? act_docs[kind] : NULL; }

enum plan_act_target plan_act_target(unsigned kind)
{
    assert(plan_kind_is_known(&plan_parts[PART_ACT], kind));
    return act_targets[kind];
}

unsigned plan_act_parse(const char *text)
{
    for (unsigned kind = 1; kind < PLAN_ACT_LIMIT; kind++) {
        if (act_kinds[kind] != NULL && strcmp(act_kinds[kind], text) == 0)
            return kind;
    }
    return 0;
}

/* Two names are words for something else: hang() is an op, and break is Lua's own. */
const char *plan_act_word(unsigned kind)
{
    if (kind == PLAN_ACT_HANG_TASK)
        return "hang_task";
    return kind == PLAN_ACT_BREAK ? "break_link" : plan_act_text(kind);
}

bool plan_act_back(const struct plan_act *act, struct plan_act *back)
{
    enum { USUAL_PERCENT = 100 };
    static const uint8_t opposite[PLAN_ACT_LIMIT] = {
        [PLAN_ACT_CRASH] = PLAN_ACT_RESTART, [PLAN_ACT_CUT] = PLAN_ACT_MEND,
        [PLAN_ACT_HOLD] = PLAN_ACT_MEND,     [PLAN_ACT_CLOG] = PLAN_ACT_MEND,
        [PLAN_ACT_LOSE] = PLAN_ACT_MEND,     [PLAN_ACT_DOUBLE] = PLAN_ACT_MEND,
        [PLAN_ACT_REORDER] = PLAN_ACT_MEND,  [PLAN_ACT_SLOW] = PLAN_ACT_SLOW,
        [PLAN_ACT_REFUSE] = PLAN_ACT_MEND,
    };
    if (act->kind >= PLAN_ACT_LIMIT || opposite[act->kind] == 0)
        return false;
    *back = *act;
    back->kind = opposite[act->kind];
    back->duration_ns = 0;
    back->for_good = 0;
    back->amount = act->kind == PLAN_ACT_SLOW ? USUAL_PERCENT : 0;
    return true;
}

const char *plan_setting_text(unsigned setting)
{
    assert(setting < PLAN_SETTING_COUNT);
    return settings[setting].text;
}

const char *plan_setting_doc(unsigned setting)
{
    assert(setting < PLAN_SETTING_COUNT);
    return settings[setting].doc;
}

unsigned plan_setting_parse(const char *text)
{
    unsigned setting = 0;
    while (setting < PLAN_SETTING_COUNT && strcmp(settings[setting].text, text) != 0)
        setting++;
    return setting;
}

int64_t plan_setting_default(unsigned setting)
{
    assert(setting < PLAN_SETTING_COUNT);
    return settings[setting].blank;
}

void plan_setting_range(unsigned setting, int64_t *lo, int64_t *hi)
{
    assert(setting < PLAN_SETTING_COUNT);
    *lo = settings[setting].lo;
    *hi = settings[setting].hi;
}

/* A setting's sentence ends with what its number is: "(time)" or "(count)". */
bool plan_setting_is_time(unsigned setting)
{
    static const char mark[] = "(time)";
    const char *doc = plan_setting_doc(setting);
    size_t length = strlen(doc), mark_length = sizeof mark - 1;
    return length > mark_length && strcmp(doc + length - mark_length, mark) == 0;
}

plan_ns plan_driver_lease(const struct plan *plan)
{
    int64_t timeout = plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT];
    return plan->setting[PLAN_SET_DRIVER_LEASE] != 0 ? plan->setting[PLAN_SET_DRIVER_LEASE]
                                                     : timeout - timeout / 8;
}
