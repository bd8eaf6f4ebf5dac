/*
 * shrink.h -- from a plan that breaks a rule to a smaller one that breaks it too.
 *
 * This room is for: which simplifications of a plan there are, the plan that one of them gives, and in what order they are tried.
 * It may include:   the C library, plan.
 * Never here:       runs. Whether a plan still breaks the same rule is asked of a port.
 *
 * After Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input (2002): lists are halved (ddmin), and at the end
 * nothing is left of which any one simplification still fails: 1-minimal. Beyond lists, a simplification makes a number smaller or
 * rounder, or a field what it is when nothing is said.
 *
 * Each simplification makes the plan smaller by one order of plans, so that there is an end.
 */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "plan/plan.h"

/* What is tried, in this order: first what leaves the indices of jobs and ranks alone, for what is drawn is keyed by them. Then, once
 * times are drawn no more, the topology. NAME, text */
#define SIM_SHRINK_MAP(X) \
    X(EXPECTS, "promises") X(FAULTS, "faults") X(ENDS, "ends of faults") X(SETTINGS, "settings") X(DRAWS, "times that are drawn") \
    X(ALONE, "all jobs but one, with fewer machines or another target") \
    X(JOBS, "jobs") X(STAGES, "stages") X(OPS, "steps of programs") X(TASKS, "tasks") X(EXECUTORS, "machines") \
    X(FIELDS, "resources and wishes") X(TRIGGERS, "triggers") X(COUNTS, "counts") X(TIMES, "times") \
    X(AGAIN, "jobs and machines, with another target or seed")
enum sim_shrink_pass {
#define X(name, text) SIM_SHRINK_##name,
    SIM_SHRINK_MAP(X)
#undef X
    SIM_SHRINK_COUNT
};
const char *sim_shrink_text(unsigned pass);

/* One simplification: KIND, what it means */
/* clang-format off */
#define SIM_EDIT_MAP(X) \
    X(FAULTS,        "faults row .. row + count, in the order of the plan, and what takes them back, do not happen") \
    X(END,           "the act `row`, which takes a fault back, does not happen; the heal does it") \
    X(EXPECTS,       "the promises row .. row + count are not made") \
    X(HEAD,          "title and manager are not said") \
    X(SETTINGS,      "all settings are what they are by default") \
    X(SETTING,       "setting `row` is `value`") \
    X(DRAWS,         "every time that is drawn is its middle one, rounded") \
    X(DRAW,          "the times of distribution `row` are `value`") \
    X(JOBS,          "the jobs row .. row + count, and what speaks of them, are gone") \
    X(ALONE,         "all jobs but `row` are gone; with `count` the executors behind so many, too; with `value` each has so many cores") \
    X(SUBMIT,        "job `row` is submitted at `value`, by no act") \
    X(JOB,           "job `row` is as others are: a batch of no priority") \
    X(STAGE,         "stage `row` is gone") \
    X(TASKS,         "stage `row` has `value` tasks") \
    X(STAGE_FIELD,   "field `count` (enum sim_stage_field) of stage `row` is as when nothing is said") \
    X(EXECUTORS,     "the executors row .. row + count are gone; what speaks of them too (value 0), or it speaks of another (1)") \
    X(EXECUTOR,      "field `count` (enum sim_executor_field) of executor `row`, or with PLAN_NONE of all, is `value`") \
    X(OPS,           "the item of a program at op `row` is gone, with what is in it") \
    X(UNWRAP,        "the block at op `row` is no more; what was in it happens once") \
    X(OP_VALUE,      "`value` of op `row` is `value`") \
    X(OP_LIMIT,      "op `row` has no `value2`") \
    X(ACT,           "field `count` (enum sim_act_field) of act `row` is `value`")
/* clang-format on */
enum sim_edit_kind {
#define X(name, doc) SIM_EDIT_##name,
    SIM_EDIT_MAP(X)
#undef X
    SIM_EDIT_COUNT
};
enum sim_stage_field { SIM_STAGE_PREFERS, SIM_STAGE_BYTES, SIM_STAGE_GROUP, SIM_STAGE_TOGETHER, SIM_STAGE_MIN, SIM_STAGE_MEMORY, SIM_STAGE_GPU, SIM_STAGE_CORES, SIM_STAGE_PARENTS, SIM_STAGE_FIELDS };
enum sim_executor_field { SIM_EXECUTOR_GPUS, SIM_EXECUTOR_RACK, SIM_EXECUTOR_ARRIVES, SIM_EXECUTOR_BACK, SIM_EXECUTOR_MEMORY, SIM_EXECUTOR_CORES };
enum sim_act_field { SIM_ACT_WHEN, SIM_ACT_AT, SIM_ACT_DURATION, SIM_ACT_AMOUNT, SIM_ACT_WAY, SIM_ACT_FOR_GOOD, SIM_ACT_SIZE, SIM_ACT_OF_EXECUTOR, SIM_ACT_OF_STAGE, SIM_ACT_OF_JOB, SIM_ACT_OF_ATTEMPT, SIM_ACT_OF_EPOCH, SIM_ACT_OF_RANK, SIM_ACT_NTH, SIM_ACT_LASTS };
/*
 * What is left out changes who is placed where, and a fault then hits somebody who does not care. So a simplification may come with
 * another aim for one fault, or with another seed.
 */
struct sim_edit {
    uint32_t kind, row, count;
    uint32_t aimed;         /* 1 + the first act of a fault that is aimed anew before anything else; 0: none is */
    int64_t value;
    uint32_t executor, job; /* at which executor, at which job's tasks and records; PLAN_NONE: as it is */
    uint64_t seed;          /* 0: as it is. The port's to heed */
};

/* The plan with this simplification; plan_free() it. NULL: it would be none that plan_check() lets pass (or there is no memory). */
struct plan *sim_edited(const struct plan *plan, const struct sim_edit *edit);
/* How many faults there are, each with what takes it back. */
uint32_t sim_faults(const struct plan *plan);
/* The first act of a fault. */
uint32_t sim_fault_act(const struct plan *plan, uint32_t fault);

struct sim_edits { struct sim_edit *list; uint32_t count, room; };
/* The simplifications of a pass. width: of ranges (FAULTS, JOBS, EXECUTORS); 1: each by itself. False: out of memory. */
bool sim_shrink_edits(const struct plan *plan, enum sim_shrink_pass pass, uint32_t width, struct sim_edits *out);

struct sim_shrink {
    struct plan *plan; /* the smallest so far; owned */
    /* The first of these simplifications of `plan` that still fails; `count`: none does. Asks the same, answers the same. */
    uint32_t (*first)(void *ctx, const struct plan *plan, const struct sim_edit *edits, uint32_t count);
    bool (*go_on)(void *ctx, enum sim_shrink_pass pass, const struct plan *plan);
    void *ctx;
    uint64_t accepted;
    uint64_t proved[SIM_SHRINK_COUNT]; /* of the last round: simplifications of which none still fails */
};
/* To where no simplification is left. False: it was stopped, or there is no memory; `plan` is then what it is. */
bool sim_shrink_run(struct sim_shrink *shrink);

/* Of two times, which is easier to read: fewer characters, then the smaller. What is rounder comes first in `out`; all are easier than ns. */
enum { SIM_ROUND_MAX = 12 };
uint32_t sim_rounder(int64_t ns, int64_t out[static SIM_ROUND_MAX]);

#endif
