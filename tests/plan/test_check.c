/* test_check.c -- plan_check() accepts what can be run, and says of everything else what, where,
 * and what to do. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* needs those before it */

/* A row breaks a good plan in one way, and gives what must be said about it. */
struct row {
    const char *says;
    enum plan_status code;
    void (*breaks)(struct plan *plan);
};

static void refuse(struct plan *(*good)(void), const struct row *row)
{
    struct plan *plan = good();
    struct plan_err err = {.code = PLAN_OK};
    assert_int_equal(plan_check(plan, &err), PLAN_OK);
    row->breaks(plan);
    enum plan_status status = plan_check(plan, &err);
    if (status != row->code || strcmp(err.detail, row->says) != 0)
        fail_msg("code %d, must be %d\n  says      %s\n  must say  %s", status, row->code,
                 err.detail, row->says);
    assert_int_equal(err.code, status);
    assert_int_equal(err.line, 0);
    assert_int_equal(plan_check(plan, NULL), status);
    plan_free(plan);
}

#define BREAK(name, statement)                                                                     \
    static void name(struct plan *p) { statement; }

/* clang-format off */

/* ---- counts, settings, cluster */

BREAK(no_executors, p->executor_count = 0)
BREAK(no_jobs, p->job_count = 0)
BREAK(title_nowhere, p->title = 77)
BREAK(impatient, (p->setting[PLAN_SET_LATENCY] = 5000000, p->setting[PLAN_SET_RESERVE_TIMEOUT] = 10000000))
BREAK(short_lease, (p->setting[PLAN_SET_LATENCY] = 5000000, p->setting[PLAN_SET_RESERVE_LEASE] = 7000000))
BREAK(deaf, p->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 2 * PLAN_SECOND)
BREAK(hasty, p->setting[PLAN_SET_RELEASE_WAIT] = 10 * PLAN_SECOND)
BREAK(negative_latency, p->setting[PLAN_SET_LATENCY] = -1)
BREAK(no_attempts, p->setting[PLAN_SET_ATTEMPTS] = 0)
BREAK(no_cores, p->executors[0].cores = 0)
BREAK(many_gpus, p->executors[0].gpus = 65)
BREAK(negative_arrival, p->executors[0].arrives_ns = -5)
BREAK(late_arrival, p->executors[0].arrives_ns = PLAN_NEVER)
BREAK(greedy_cores, p->profiles[0].cores = 5000)
BREAK(greedy_memory, p->profiles[0].memory_mib = PLAN_MEMORY_MIB_MAX + 1u)
BREAK(greedy_gpus, p->profiles[0].gpu_milli = 65000)
BREAK(one_and_a_half_gpus, p->profiles[0].gpu_milli = 1500)
BREAK(free_lunch, p->profiles[0].cores = 0)
BREAK(unused_profile, plan_add_profile(p, &(struct plan_profile){.cores = 4097}))

static const struct row cluster_rows[] = {
    {"plan: the number of executors is 0, must be 1..1000000; a cluster has at least one", PLAN_E_RANGE, no_executors},
    {"plan: the number of jobs is 0, must be 1..1000000; add the job the story is about", PLAN_E_RANGE, no_jobs},
    {"plan: title is 77, must be 0..2; leave it out", PLAN_E_REFERENCE, title_nowhere},
    {"plan: latency is -1ns, must be 0s..1h; take a value inside", PLAN_E_RANGE, negative_latency},
    {"plan: reserve_timeout is 10ms, must be more than 10ms (twice the latency); raise it", PLAN_E_SENSE, impatient},
    {"plan: reserve_lease is 7ms, must be more than 10ms (twice the latency); raise it", PLAN_E_SENSE, short_lease},
    {"plan: heartbeat_timeout is 2s, must be more than 10.0005s (heartbeat and latency); raise it", PLAN_E_SENSE, deaf},
    {"plan: release_wait is 10s, must be more than 10.001s (kill_grace and twice the latency); raise it", PLAN_E_SENSE, hasty},
    {"plan: attempts is 0, must be 1..1000000; take a value inside", PLAN_E_RANGE, no_attempts},
    {"executor 0: cores is 0, must be 1..4096; take more, smaller executors", PLAN_E_RANGE, no_cores},
    {"executor 0: gpus is 65, must be 0..64; take more, smaller executors", PLAN_E_RANGE, many_gpus},
    {"executor 0: arrives is -5ns, must be 0s..36500d; the run begins at 0s", PLAN_E_RANGE, negative_arrival},
    {"executor 0: arrives is never, must be 0s..36500d; the run begins at 0s", PLAN_E_RANGE, late_arrival},
    {"stage 'fit' of job 'train': cores is 5000, must be 0..4096; no executor may have more: split the task", PLAN_E_RANGE, greedy_cores},
    {"stage 'fit' of job 'train': memory is 1073741825, must be 0..1073741824; it counts MiB", PLAN_E_RANGE, greedy_memory},
    {"stage 'fit' of job 'train': gpu_milli is 65000, must be 0..64000; no executor may have more GPUs: split the task", PLAN_E_RANGE, greedy_gpus},
    {"stage 'fit' of job 'train': gpu_milli is 1500, must be 0..1000 or a multiple of 1000; a task has a part of one GPU, or whole ones", PLAN_E_SENSE, one_and_a_half_gpus},
    {"stage 'fit' of job 'train': cores, memory and gpu_milli are all 0, so any number of tasks would fit; give it a core", PLAN_E_SENSE, free_lunch},
    {"profile 1: cores is 4097, must be 0..4096; no executor may have more: split the task", PLAN_E_RANGE, unused_profile},
};

/* ---- distributions and tables */

static void add_dist(struct plan *p, uint32_t kind, int64_t lo, int64_t hi)
{
    plan_add_dist(p, &(struct plan_dist){.kind = kind, .lo = lo, .hi = hi});
}
BREAK(negative_fixed, add_dist(p, PLAN_DIST_FIXED, -1, 0))
BREAK(swapped_uniform, add_dist(p, PLAN_DIST_UNIFORM, 2000, 1000))
BREAK(cut_below_mean, add_dist(p, PLAN_DIST_EXPONENTIAL, 2000, 1000))
BREAK(wild_sigma, add_dist(p, PLAN_DIST_LOGNORMAL, 2000, 10001))
BREAK(unknown_dist, add_dist(p, 9, 0, 0))
BREAK(no_values, add_dist(p, PLAN_DIST_EMPIRICAL, 0, 0))
BREAK(values_nowhere, plan_add_dist(p, &(struct plan_dist){.kind = PLAN_DIST_EMPIRICAL, .first = 3, .count = 2}))
static void negative_value(struct plan *p)
{
    static const int64_t values[] = {5, -5};
    plan_add_dist(p, &(struct plan_dist){.kind = PLAN_DIST_EMPIRICAL,
                                         .first = plan_add_values(p, values, 2),
                                         .count = 2});
}
static void add_table(struct plan *p, uint32_t width, uint32_t rows, int64_t unit)
{
    static const uint32_t cells[] = {1, 2, 3, 4000000000};
    plan_add_column(p, width, rows, unit, cells);
}
BREAK(no_width, add_table(p, 0, 2, 1))
BREAK(no_unit, add_table(p, 2, 2, 0))
BREAK(huge_cell, add_table(p, 2, 2, PLAN_SECOND))
BREAK(cells_nowhere, add_table(p, 2, 2, 1); p->cell_count = 3)

static const struct row table_rows[] = {
    {"dist 1: time is -1ns, must be 0s..36500d; give a time", PLAN_E_RANGE, negative_fixed},
    {"dist 1: to is 1us, must be 2us..36500d; swap from and to", PLAN_E_RANGE, swapped_uniform},
    {"dist 1: cut is 1us, must be 2us..36500d; cut above the mean", PLAN_E_RANGE, cut_below_mean},
    {"dist 1: sigma is 10001, must be 0..10000; it counts thousandths", PLAN_E_RANGE, wild_sigma},
    {"dist 1: kind is 9, must be one of fixed uniform exponential lognormal empirical column", PLAN_E_RANGE, unknown_dist},
    {"dist 1: the number of values is 0, must be 1..4294967294; give it a value", PLAN_E_RANGE, no_values},
    {"dist 1: its values end at 5, must be 0..0; add the values first", PLAN_E_REFERENCE, values_nowhere},
    {"dist 1: one of its values is -5ns, must be 0s..36500d; give times", PLAN_E_RANGE, negative_value},
    {"column 0: width is 0, must be 1..4294967294; give the table a column", PLAN_E_RANGE, no_width},
    {"column 0: unit is 0s, must be 1ns..1d; say what a cell of 1 means, e.g. 1us", PLAN_E_RANGE, no_unit},
    {"column 0: cell 1 of row 1 is 4000000000, must be 0..3153600000; take a smaller unit", PLAN_E_RANGE, huge_cell},
    {"column 0: its cells end at 4, must be 0..3; use plan_add_column()", PLAN_E_REFERENCE, cells_nowhere},
};

/* ---- programs */

static void add_ops(struct plan *p, const struct plan_op *ops, uint32_t count)
{
    plan_add_program(p, "odd", ops, count);
}
#define ODD(name, ...)                                                                             \
    static void name(struct plan *p)                                                               \
    {                                                                                              \
        const struct plan_op ops[] = {__VA_ARGS__};                                                \
        add_ops(p, ops, sizeof ops / sizeof ops[0]);                                               \
    }
#define WORK compute_op(0)
ODD(unknown_op, simple_op((enum plan_op_code)16, 0))
ODD(dist_nowhere, compute_op(5))
ODD(no_dist, compute_op(PLAN_NONE))
ODD(big_gather, simple_op(PLAN_OP_ALL_GATHER, PLAN_BYTES_MAX + 1))
ODD(negative_output, simple_op(PLAN_OP_OUTPUT, -1))
ODD(wide_status, simple_op(PLAN_OP_EXIT, 256))
ODD(loop_of_no_turn, loop_op(0, 2), WORK, next_op(0))
ODD(empty_loop, loop_op(3, 1), next_op(0))
ODD(open_loop, loop_op(3, 2), WORK, WORK)
ODD(loop_beyond_the_end, loop_op(3, 9), WORK, next_op(0))
ODD(next_of_nothing, WORK, next_op(0))
ODD(next_of_another, loop_op(3, 4), loop_op(3, 3), WORK, next_op(0), next_op(0))
ODD(crossing_loops, loop_op(3, 3), loop_op(3, 4), WORK, next_op(0), next_op(1))
ODD(deep_loops, loop_op(2, 10), loop_op(2, 9), loop_op(2, 8), loop_op(2, 7), loop_op(2, 6), WORK, next_op(4),
    next_op(3), next_op(2), next_op(1), next_op(0))
ODD(on_no_op, on_rank_op(0, 0, 1), WORK)
ODD(on_rank_backwards, WORK, on_rank_op(0, 0, 0), WORK)
ODD(on_rank_out_of_loop, loop_op(2, 3), on_rank_op(0, 0, 4), WORK, next_op(0), WORK)
ODD(on_rank_out_of_on_rank, on_rank_op(0, 0, 3), on_rank_op(0, 0, 4), WORK, WORK)
ODD(on_rank_into_loop, on_rank_op(0, 0, 2), loop_op(2, 3), WORK, next_op(1))
ODD(loop_out_of_on_rank, on_rank_op(0, 0, 3), loop_op(2, 3), WORK, next_op(1))
ODD(on_rank_last_op, on_rank_op(0, 0, 1))
ODD(swapped_ranks, on_rank_op(3, 2, 2), WORK)
static void endless_program(struct plan *p)
{
    struct plan_op *ops = calloc(PLAN_PROGRAM_OPS_MAX, sizeof *ops);
    for (unsigned i = 0; i < PLAN_PROGRAM_OPS_MAX; i++)
        ops[i] = WORK;
    add_ops(p, ops, PLAN_PROGRAM_OPS_MAX);
    free(ops);
}
BREAK(endless, p->ops[2].code = PLAN_OP_BARRIER)
BREAK(ops_nowhere, p->programs[0].first_op = 1)

static const struct row program_rows[] = {
    {"program 'odd', op 0: kind is 16, must be one of end compute barrier all_gather checkpoint output fail exit loop next on_rank hang fetch meet all_reduce exchange", PLAN_E_RANGE, unknown_op},
    {"program 'odd', op 0 (compute): dist is 5, must be 0..0; add the distribution first", PLAN_E_REFERENCE, dist_nowhere},
    {"program 'odd', op 0 (compute): dist is missing; add the distribution first", PLAN_E_REFERENCE, no_dist},
    {"program 'odd', op 0 (all_gather): bytes is 1125899906842625, must be 0..1125899906842624; send less", PLAN_E_RANGE, big_gather},
    {"program 'odd', op 0 (output): bytes is -1, must be 0..1125899906842624; send less", PLAN_E_RANGE, negative_output},
    {"program 'odd', op 0 (exit): status is 256, must be 0..255; an exit status is one byte", PLAN_E_RANGE, wide_status},
    {"program 'odd', op 0 (loop): times is 0, must be 1..4294967294; leave a loop out that never runs", PLAN_E_RANGE, loop_of_no_turn},
    {"program 'odd', op 0 (loop): to is 1, but there is no room for a block here; it is the loop's next op, behind at least one other, inside the same block", PLAN_E_SENSE, empty_loop},
    {"program 'odd', op 0 (loop): to is 2, which is compute and no next op back to 0; close the loop", PLAN_E_SENSE, open_loop},
    {"program 'odd', op 0 (loop): to is 9, must be 2..2; it is the loop's next op, behind at least one other, inside the same block", PLAN_E_SENSE, loop_beyond_the_end},
    {"program 'odd', op 1 (next): to is 0, but no loop open there ends here; take it out", PLAN_E_SENSE, next_of_nothing},
    {"program 'odd', op 1 (loop): to is 3, which is next and no next op back to 1; close the loop", PLAN_E_SENSE, next_of_another},
    {"program 'odd', op 1 (loop): to is 4, but there is no room for a block here; it is the loop's next op, behind at least one other, inside the same block", PLAN_E_SENSE, crossing_loops},
    {"program 'odd', op 4 (loop): it is nested 5 deep, must be 1..4; unroll the innermost loop", PLAN_E_RANGE, deep_loops},
    {"program 'odd', op 0 (on_rank): to is 1, must be 2..2; it is the first op behind those of these ranks, inside the same block", PLAN_E_SENSE, on_no_op},
    {"program 'odd', op 1 (on_rank): to is 0, must be 3..3; it is the first op behind those of these ranks, inside the same block", PLAN_E_SENSE, on_rank_backwards},
    {"program 'odd', op 1 (on_rank): to is 4, must be 3..3; it is the first op behind those of these ranks, inside the same block", PLAN_E_SENSE, on_rank_out_of_loop},
    {"program 'odd', op 1 (on_rank): to is 4, must be 3..3; it is the first op behind those of these ranks, inside the same block", PLAN_E_SENSE, on_rank_out_of_on_rank},
    {"program 'odd', op 1 (loop): to is 3, but there is no room for a block here; it is the loop's next op, behind at least one other, inside the same block", PLAN_E_SENSE, on_rank_into_loop},
    {"program 'odd', op 1 (loop): to is 3, but there is no room for a block here; it is the loop's next op, behind at least one other, inside the same block", PLAN_E_SENSE, loop_out_of_on_rank},
    {"program 'odd', op 0 (on_rank): to is 1, but there is no room for a block here; it is the first op behind those of these ranks, inside the same block", PLAN_E_SENSE, on_rank_last_op},
    {"program 'odd', op 0 (on_rank): last is 2, must be 3..999999; swap first and last", PLAN_E_SENSE, swapped_ranks},
    {"program 'odd': ops are 4097, must be 1..4096; use a loop", PLAN_E_RANGE, endless_program},
    {"program 'step': op 2, its last, is no end; use plan_add_program()", PLAN_E_SENSE, endless},
    {"program 'step': ops end at 4, must be 0..3; use plan_add_program()", PLAN_E_REFERENCE, ops_nowhere},
};

/* ---- jobs and stages */

static void add_job(struct plan *p, const char *name, plan_ns submit)
{
    uint32_t job = plan_add_job(p, &(struct plan_job){.name = plan_name(p, name), .submit_ns = submit});
    struct plan_stage stage = stage_row(p, job, "fit", PLAN_STAGE_BARRIER, 2, 0, 0);
    plan_add_stage(p, &stage);
}
static void add_stage(struct plan *p, const char *name, uint64_t parents)
{
    struct plan_stage stage = stage_row(p, 0, name, PLAN_STAGE_BARRIER, 2, 0, 0);
    stage.parents = parents;
    plan_add_stage(p, &stage);
}
static void late_stage(struct plan *p)
{
    add_job(p, "other", 0);
    add_stage(p, "late", 0);
}
static void many_stages(struct plan *p)
{
    char name[8];
    for (unsigned i = 1; i <= PLAN_STAGES_PER_JOB_MAX; i++) {
        snprintf(name, sizeof name, "s%u", i);
        add_stage(p, name, 0);
    }
}
static void free_program(struct plan *p, struct plan_op op)
{
    p->stages[0].program = plan_add_program(p, "table", &op, 1);
}
static void column_program(struct plan *p, int64_t times, int64_t first, int64_t stride)
{
    uint32_t dist = plan_add_dist(p, &(struct plan_dist){.kind = PLAN_DIST_COLUMN, .lo = first, .hi = stride});
    struct plan_op ops[] = {loop_op(times, 2), compute_op(dist), next_op(0)};
    p->stages[0].program = plan_add_program(p, "table", ops, 3);
}
BREAK(same_name, add_job(p, "train", 0))
BREAK(no_name, p->jobs[0].name = PLAN_NONE)
BREAK(empty_name, p->jobs[0].name = plan_name(p, ""))
static void long_name(struct plan *p)
{
    char name[PLAN_NAME_BYTES_MAX + 2];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    p->jobs[0].name = plan_name(p, name);
}
BREAK(nasty_name, p->jobs[0].name = plan_name(p, "a\nb\xff" "c\xc3\xbc"); p->jobs[0].submit_ns = -1)
BREAK(unknown_job_kind, p->jobs[0].kind = 4)
BREAK(negative_submit, p->jobs[0].submit_ns = -PLAN_SECOND)
BREAK(never_submitted, p->jobs[0].submit_ns = PLAN_NEVER)
BREAK(jobless_stages, p->jobs[0].stage_count = 0)
BREAK(misplaced_stages, p->jobs[0].first_stage = 1)
BREAK(stageless_job, plan_add_job(p, &(struct plan_job){.name = plan_name(p, "idle")}))
BREAK(stage_of_no_job, add_job(p, "other", 0); p->stages[1].job = 0)
BREAK(orphaned_stage, add_stage(p, "more", 0); p->jobs[0].stage_count = 1)
BREAK(unknown_stage_kind, p->stages[0].kind = 2)
BREAK(no_tasks, p->stages[0].tasks = 0)
BREAK(huge_gang, p->stages[0].tasks = p->stages[0].min = p->stages[0].max = 1000001)
BREAK(gang_of_none, p->stages[0].min = 0)
BREAK(gang_read_by_others, p->stages[0].min = 2; add_stage(p, "reads", 1); p->stages[1].shuffles = 1)
BREAK(unnamed_stage, p->stages[0].name = PLAN_NONE)
BREAK(twin_stages, add_stage(p, "fit", 0))
BREAK(no_profile, p->stages[0].profile = PLAN_NONE)
BREAK(program_nowhere, p->stages[0].program = 1)
BREAK(unknown_constraint, p->stages[0].constraint = 3)
BREAK(own_parent, add_stage(p, "score", 2))
BREAK(later_parent, p->stages[0].parents = 1)
BREAK(barrier_alone, p->stages[0].kind = PLAN_STAGE_MAPREDUCE)
BREAK(gather_alone, free_program(p, simple_op(PLAN_OP_ALL_GATHER, 9)); p->stages[0].kind = PLAN_STAGE_MAPREDUCE)
BREAK(no_table, column_program(p, 2, 0, 0))
BREAK(no_row, add_table(p, 2, 2, 1); p->stages[0].column = 0)
BREAK(short_table, add_table(p, 1, 4, 1); p->stages[0].column = 0; p->stages[0].row = 1)
BREAK(narrow_table, add_table(p, 1, 4, 1); p->stages[0].column = 0; p->stages[0].row = 0; column_program(p, 4, 0, 1))
BREAK(huge_stride, add_table(p, 1, 4, 1); p->stages[0].column = 0; p->stages[0].row = 0;
      column_program(p, PLAN_NONE - 1, PLAN_NONE - 1, PLAN_NONE - 1))

static const struct row job_rows[] = {
    {"job 'train': name is that of job 0 and of job 1; give each its own", PLAN_E_SENSE, same_name},
    {"job 0: name is missing; give it a name", PLAN_E_REFERENCE, no_name},
    {"job '': name is empty; give it a name", PLAN_E_RANGE, empty_name},
    {"job 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...': name is 4096 bytes long, must be 1..4095; shorten it", PLAN_E_RANGE, long_name},
    {"job 'a\\x0ab\\xffc\xc3\xbc': submit is -1ns, must be 0s..36500d; the run begins at 0s; without a time an act submits it", PLAN_E_RANGE, nasty_name},
    {"job 'train': kind is 4, must be 0..3; take a kind that there is", PLAN_E_RANGE, unknown_job_kind},
    {"job 'train': submit is -1s, must be 0s..36500d; the run begins at 0s; without a time an act submits it", PLAN_E_RANGE, negative_submit},
    {"job 'train': submit is never, and no act submits it; give it a time", PLAN_E_SENSE, never_submitted},
    {"job 'train': the number of stages is 0, must be 1..64; give it a stage", PLAN_E_RANGE, jobless_stages},
    {"job 'train': first_stage is 1 with 1 stages, must be 0 with at most 1; add a job's stages right after it", PLAN_E_REFERENCE, misplaced_stages},
    {"job 'idle': the number of stages is 0, must be 1..64; give it a stage", PLAN_E_RANGE, stageless_job},
    {"stage 1: job is 0, must be 1; add a job's stages right after it", PLAN_E_REFERENCE, stage_of_no_job},
    {"stage 'more' of job 'train': it belongs to no job, the jobs have 1 stages of 2; add a job's stages right after it", PLAN_E_REFERENCE, orphaned_stage},
    {"job 'other': first_stage is 1 with 1 stages, must be 2 with at most 1; add a job's stages right after it", PLAN_E_REFERENCE, late_stage},
    {"job 'train': the number of stages is 65, must be 1..64; split it into several jobs", PLAN_E_RANGE, many_stages},
    {"stage 'fit' of job 'train': kind is 2, must be one of mapreduce barrier", PLAN_E_RANGE, unknown_stage_kind},
    {"stage 'fit' of job 'train': tasks is 0, must be 1..1000000; give it a task, or split it into several stages", PLAN_E_RANGE, no_tasks},
    {"stage 'fit' of job 'train': tasks is 1000001, must be 1..1000000; give it a task, or split it into several stages", PLAN_E_RANGE, huge_gang},
    {"stage 'fit' of job 'train': min is 0 and max is 4, must be 1..4 and 4; it has 4 tasks", PLAN_E_SENSE, gang_of_none},
    {"stage 'reads' of job 'train': reads stage 0, a gang of 2..4 tasks; whoever reads must know how many there are: let that gang have one size", PLAN_E_SENSE, gang_read_by_others},
    {"stage 0 of job 'train': name is missing; give it a name", PLAN_E_REFERENCE, unnamed_stage},
    {"stage 'fit' of job 'train': name is that of stage 0 and of stage 1; give each its own", PLAN_E_SENSE, twin_stages},
    {"stage 'fit' of job 'train': profile is missing; add the profile first", PLAN_E_REFERENCE, no_profile},
    {"stage 'fit' of job 'train': program is 1, must be 0..0; add the program first", PLAN_E_REFERENCE, program_nowhere},
    {"stage 'fit' of job 'train': constraint is 3, must be 0..2; take a constraint that there is", PLAN_E_RANGE, unknown_constraint},
    {"stage 'score' of job 'train': parents has stage 1, must be 0..0; stages only wait for earlier ones of their job", PLAN_E_SENSE, own_parent},
    {"stage 'fit' of job 'train': parents has stage 0, but it is the first stage of its job; stages only wait for earlier ones", PLAN_E_SENSE, later_parent},
    {"barrier() in stage 'fit' of job 'train', which is no barrier_stage (op 1 of its program); make it a barrier_stage", PLAN_E_SENSE, barrier_alone},
    {"all_gather() in stage 'fit' of job 'train', which is no barrier_stage (op 0 of its program); make it a barrier_stage", PLAN_E_SENSE, gather_alone},
    {"stage 'fit' of job 'train': column is missing, but op 1 of its program reads a table; give the stage one", PLAN_E_SENSE, no_table},
    {"stage 'fit' of job 'train': row is missing, must be 0..1; say which row is rank 0's", PLAN_E_SENSE, no_row},
    {"stage 'fit' of job 'train': row + tasks is 5, must be 1..4; give its table a row for each task", PLAN_E_SENSE, short_table},
    {"stage 'fit' of job 'train': op 1 of its program reads column 3 in the last turn, must be 0..0; loop less, or widen the table", PLAN_E_SENSE, narrow_table},
    {"stage 'fit' of job 'train': op 1 of its program reads column 18446744056529682436 in the last turn, must be 0..0; loop less, or widen the table", PLAN_E_SENSE, huge_stride},
};

/* ---- acts and expectations, in the rich plan: acts 0 submit, 1 crash, 2 restart, 3 crash, 4 kill, 5 hang, 6 straggle,
 * 7 cancel */

BREAK(unknown_act, p->acts[1].kind = 99)
BREAK(executor_nowhere, p->acts[1].executor = 5)
BREAK(no_target, p->acts[1].executor = PLAN_NONE)
BREAK(job_nowhere, p->acts[7].job = 2)
BREAK(stage_nowhere, p->acts[4].stage = 3)
BREAK(rank_nowhere, p->acts[4].rank = 6)
BREAK(negative_at, p->acts[1].at_ns = -1)
BREAK(no_straggling, p->acts[6].duration_ns = 0)
BREAK(twice_for_good, p->acts[3].for_good = 2)
BREAK(zeroth_match, p->acts[4].when.nth = 0)
BREAK(stage_of_any_job, p->acts[4].when.job = PLAN_NONE)
BREAK(pattern_stage_nowhere, p->acts[4].when.job = 1; p->acts[4].when.stage = 1)
BREAK(early_restart, p->acts[2].at_ns = 11 * PLAN_SECOND)
BREAK(simultaneous_restart, p->acts[1].kind = PLAN_ACT_RESTART; p->acts[2].kind = PLAN_ACT_CRASH; p->acts[2].at_ns = 12 * PLAN_SECOND)
BREAK(pointless_restart, p->acts[2].executor = 0)
BREAK(submitted_twice, p->jobs[0].submit_ns = 0)
BREAK(submitted_by_two_acts, plan_add_act(p, &p->acts[0]))
BREAK(unknown_expect, p->expects[0].kind = 0)
BREAK(nobodys_end, p->expects[0].job = PLAN_NONE)
BREAK(no_record, p->expects[2].when.kind = PLAN_NONE)
BREAK(swapped_attempts, p->expects[0].attempts_min = 5)
BREAK(negative_within, p->expects[0].within_ns = -1)
BREAK(reason_nowhere, p->expects[1].reason = 1000)
BREAK(expect_stage_of_any_job, p->expects[2].when.stage = 1)

static const struct row act_rows[] = {
    {"act 1: kind is 99, must be one of submit cancel crash restart kill hang straggle cut mend hold clog lose double reorder break pause slow drift drain lose_gpu take ignore_kill linger quit stray_call crash_driver exclude refuse", PLAN_E_RANGE, unknown_act},
    {"act 1 (crash): executor is 5, must be 0..4; name an executor of the cluster", PLAN_E_REFERENCE, executor_nowhere},
    {"act 1 (crash): executor is missing; name an executor of the cluster", PLAN_E_REFERENCE, no_target},
    {"act 7 (cancel): job is 2, must be 0..1; name a job of the plan", PLAN_E_REFERENCE, job_nowhere},
    {"act 4 (kill): stage is 3, must be 0..2; name a stage of that job", PLAN_E_REFERENCE, stage_nowhere},
    {"act 4 (kill): rank is 6, must be 0..5; name a rank of that stage", PLAN_E_REFERENCE, rank_nowhere},
    {"act 1 (crash): at is -1ns, must be 0s..36500d; the run begins at 0s", PLAN_E_RANGE, negative_at},
    {"act 6 (straggle): duration is 0s, must be 1ns..36500d; say how much longer it takes", PLAN_E_RANGE, no_straggling},
    {"act 3 (crash): for_good is 2, must be 0..1; 1 is yes", PLAN_E_RANGE, twice_for_good},
    {"act 4 (kill): nth is 0, must be 1..4294967294; 1 is the first match", PLAN_E_RANGE, zeroth_match},
    {"act 4 (kill): when_stage is 0, but when_job is missing; say whose stage", PLAN_E_SENSE, stage_of_any_job},
    {"act 4 (kill): when_stage is 1, must be 0..0; name a stage of that job", PLAN_E_REFERENCE, pattern_stage_nowhere},
    {"act 2 (restart): at is 11s, but executor 2 crashes first at 12s (act 1); crash it first", PLAN_E_SENSE, early_restart},
    {"act 1 (restart): at is 12s, but executor 2 crashes first at 12s (act 2); crash it first", PLAN_E_SENSE, simultaneous_restart},
    {"act 2 (restart): executor is 0, which no act crashes; crash it first", PLAN_E_SENSE, pointless_restart},
    {"job 'res\"net\\ \xc3\xbc\\xff': it is submitted at its own time and by act 0; take one out", PLAN_E_SENSE, submitted_twice},
    {"job 'res\"net\\ \xc3\xbc\\xff': it is submitted by act 0 and by act 8; take one out", PLAN_E_SENSE, submitted_by_two_acts},
    {"expect 0: kind is 0, must be one of succeeds fails sometimes never", PLAN_E_RANGE, unknown_expect},
    {"expect 0 (succeeds): job is missing, must be 0..1; say whose end is expected", PLAN_E_SENSE, nobodys_end},
    {"expect 2 (sometimes): when is missing; say which record is meant", PLAN_E_SENSE, no_record},
    {"expect 0 (succeeds): attempts_max is 4, must be at least 5 as attempts_min is; swap them", PLAN_E_SENSE, swapped_attempts},
    {"expect 0 (succeeds): within is -1ns, must be 0s..36500d; leave it out for no bound", PLAN_E_RANGE, negative_within},
    {"expect 1 (fails): reason is 1000, must be 0..13; leave it out for any reason", PLAN_E_REFERENCE, reason_nowhere},
    {"expect 2 (sometimes): when_stage is 1, but when_job is missing; say whose stage", PLAN_E_SENSE, expect_stage_of_any_job},
};

/* ---- faults, links and shuffles, in the wide plan: act k - 1 is of kind k */

#define OF(kind) p->acts[PLAN_ACT_##kind - 1]
#define ALONE(kind) (OF(kind).at_ns = 0, p->acts[0] = OF(kind), p->act_count = 1, p->jobs[0].submit_ns = 0)
BREAK(clog_by_nothing, OF(CLOG).duration_ns = 0)
BREAK(lose_nothing, OF(LOSE).amount = 0)
BREAK(double_more_than_all, OF(DOUBLE).amount = 1001)
BREAK(reorder_by_nothing, OF(REORDER).duration_ns = 0)
BREAK(reorder_nothing, OF(REORDER).amount = 0)
BREAK(both_ways_and_more, OF(CUT).way = 3)
BREAK(no_pause, OF(PAUSE).duration_ns = 0)
BREAK(stop, OF(SLOW).amount = 0)
BREAK(crawl, OF(SLOW).amount = 100001)
BREAK(racing_clock, OF(DRIFT).amount = 100001)
BREAK(standing_clock, OF(DRIFT).amount = -100001)
BREAK(no_drain, OF(DRAIN).duration_ns = 0)
BREAK(gpu_nowhere, OF(LOSE_GPU).amount = 64)
BREAK(take_nothing, OF(TAKE).amount = 0)
BREAK(no_linger, OF(LINGER).duration_ns = 0)
BREAK(stray_fetch, OF(STRAY_CALL).way = 2)
BREAK(stray_past, OF(STRAY_CALL).amount = -1)
BREAK(stray_alone, OF(STRAY_CALL).stage = 1)
BREAK(crash_in_the_past, OF(CRASH_DRIVER).amount = -1)
BREAK(lossy_stream, p->setting[PLAN_SET_DATAGRAM] = 0)
BREAK(reordered_stream, (p->setting[PLAN_SET_DATAGRAM] = 0, ALONE(REORDER)))
BREAK(hasty_resend, p->setting[PLAN_SET_RESEND] = 1000000)
BREAK(short_driver_lease, p->setting[PLAN_SET_DRIVER_LEASE] = 10001000000)
BREAK(long_driver_lease, p->setting[PLAN_SET_DRIVER_LEASE] = 119880119881)
BREAK(derived_lease, p->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 11 * PLAN_SECOND)
BREAK(lease_under_pause, (p->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 11 * PLAN_SECOND, p->setting[PLAN_SET_DATAGRAM] = 0,
                          ALONE(PAUSE)))
BREAK(lease_under_cut, (p->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 11 * PLAN_SECOND, p->setting[PLAN_SET_DATAGRAM] = 0,
                        ALONE(CUT)))
BREAK(strange_shuffle, p->stages[2].shuffles = 1 | 4)
BREAK(fetch_from_nobody, p->stages[1].shuffles = 0)
BREAK(reduce_alone, p->stages[2].kind = PLAN_STAGE_MAPREDUCE; p->ops[p->programs[2].first_op + 4].code = PLAN_OP_CHECKPOINT)
BREAK(wish_nowhere, p->values[2] = 4)
BREAK(wish_below, p->values[1] = -2)
BREAK(wishes_nowhere, p->stages[0].prefers = p->value_count)
BREAK(huge_task, p->stages[0].task_bytes = (UINT64_C(1) << 50) + 1)
static struct plan_op *wide_op(struct plan *p, uint32_t program, uint32_t op) { return &p->ops[p->programs[program].first_op + op]; }
BREAK(meet_nameless, wide_op(p, 2, 1)->dist = PLAN_NONE)
BREAK(meet_name_nowhere, wide_op(p, 2, 1)->dist = 99)
BREAK(meet_empty_name, wide_op(p, 2, 1)->dist = plan_name(p, ""))
BREAK(meet_nobody, wide_op(p, 2, 1)->value = 0)
BREAK(meet_no_time, wide_op(p, 2, 1)->value2 = 0)
BREAK(empty_batch, wide_op(p, 1, 1)->value2 = 0)
BREAK(huge_fetch, wide_op(p, 1, 0)->value = (INT64_C(1) << 50) + 1)

BREAK(refused_by_nobody, p->acts[27].peer = PLAN_NONE)
BREAK(refused_by_itself, p->acts[27].executor = 3)
BREAK(refused_by_a_stranger, p->acts[27].peer = 4)
BREAK(lossy_neighbours, p->acts[11].peer = 0)

static const struct row fault_rows[] = {
    {"act 10 (clog): duration is 0s, must be 1ns..36500d; say how much longer every message takes", PLAN_E_RANGE, clog_by_nothing},
    {"act 11 (lose): amount is 0, must be 1..1000; of 1000 messages so many", PLAN_E_RANGE, lose_nothing},
    {"act 12 (double): amount is 1001, must be 1..1000; of 1000 messages so many", PLAN_E_RANGE, double_more_than_all},
    {"act 13 (reorder): duration is 0s, must be 1ns..36500d; say by how much at most", PLAN_E_RANGE, reorder_by_nothing},
    {"act 13 (reorder): amount is 0, must be 1..1000; of 1000 messages so many", PLAN_E_RANGE, reorder_nothing},
    {"act 7 (cut): way is 3, must be 0..2; 0 is both, 1 in, 2 out; of a stray call 0 is barrier, 1 all_gather", PLAN_E_RANGE, both_ways_and_more},
    {"act 15 (pause): duration is 0s, must be 1ns..36500d; say how long it stands still", PLAN_E_RANGE, no_pause},
    {"act 16 (slow): amount is 0, must be 1..100000; 100 is the usual speed, 300 takes thrice the time", PLAN_E_RANGE, stop},
    {"act 16 (slow): amount is 100001, must be 1..100000; 100 is the usual speed, 300 takes thrice the time", PLAN_E_RANGE, crawl},
    {"act 17 (drift): amount is 100001, must be -100000..100000; it counts millionths; negative is a slow clock", PLAN_E_RANGE, racing_clock},
    {"act 17 (drift): amount is -100001, must be -100000..100000; it counts millionths; negative is a slow clock", PLAN_E_RANGE, standing_clock},
    {"act 18 (drain): duration is 0s, must be 1ns..36500d; say how long its tasks may go on", PLAN_E_RANGE, no_drain},
    {"act 19 (lose_gpu): amount is 64, must be 0..63; it is the GPU's address", PLAN_E_RANGE, gpu_nowhere},
    {"act 20 (take): amount is 0, must be 1..4096; take a core", PLAN_E_RANGE, take_nothing},
    {"act 22 (linger): duration is 0s, must be 1ns..36500d; say how long it takes to be gone", PLAN_E_RANGE, no_linger},
    {"act 24 (stray_call): way is 2, must be 0..1; 0 is barrier, 1 all_gather", PLAN_E_RANGE, stray_fetch},
    {"act 24 (stray_call): amount is -1, must be 0..2147483647; epochs count from 0", PLAN_E_RANGE, stray_past},
    {"act 24 (stray_call): stage 'read' of job 'batch' is no barrier_stage, and its tasks have no call to repeat; name a gang", PLAN_E_SENSE, stray_alone},
    {"act 25 (crash_driver): amount is -1, must be 0..2147483647; 1 is right before the next effect, 0 at once", PLAN_E_RANGE, crash_in_the_past},
    {"act 27 (refuse): peer is missing, must be an executor: the driver refuses nobody; name it, or cut the link", PLAN_E_SENSE, refused_by_nobody},
    {"act 27 (refuse): executor and peer are both 3, and no network is between them; name two executors", PLAN_E_SENSE, refused_by_itself},
    {"act 27 (refuse): peer is 4, must be 0..3; leave it out for the driver", PLAN_E_REFERENCE, refused_by_a_stranger},
    {"act 11 (lose): peer is 0, but what executors send each other goes over streams, which neither lose nor double nor reorder; cut, clog or break the link", PLAN_E_SENSE, lossy_neighbours},
    {"act 11 (lose): datagram is 0, must be 1: a stream neither loses nor doubles nor reorders; set it, or cut the link", PLAN_E_SENSE, lossy_stream},
    {"act 0 (reorder): datagram is 0, must be 1: a stream neither loses nor doubles nor reorders; set it, or cut the link", PLAN_E_SENSE, reordered_stream},
    {"plan: resend is 1ms, must be more than 1ms (twice the latency); raise it", PLAN_E_SENSE, hasty_resend},
    {"plan: driver_lease is 10.001s, must be more than 10.001s (heartbeat and twice the latency); raise it", PLAN_E_SENSE, short_driver_lease},
    {"plan: driver_lease is 119.880119881s, must be at most 119.88011988s (heartbeat_timeout, for clocks that differ by drift_bound); lower it", PLAN_E_SENSE, long_driver_lease},
    {"plan: driver_lease is 9.625s (7/8 of heartbeat_timeout), must be more than 10.001s (heartbeat and twice the latency); raise heartbeat_timeout", PLAN_E_SENSE, derived_lease},
    {"plan: driver_lease is 9.625s (7/8 of heartbeat_timeout), must be more than 10.001s (heartbeat and twice the latency); raise heartbeat_timeout", PLAN_E_SENSE, lease_under_pause},
    {"plan: driver_lease is 9.625s (7/8 of heartbeat_timeout), must be more than 10.001s (heartbeat and twice the latency); raise heartbeat_timeout", PLAN_E_SENSE, lease_under_cut},
    {"stage 'train' of job 'batch': shuffles has stage 2, which is none of its parents; wait for it, too", PLAN_E_SENSE, strange_shuffle},
    {"fetch() in stage 'read' of job 'batch', whose shuffles are none (op 0 of its program); say which stages it reads", PLAN_E_SENSE, fetch_from_nobody},
    {"all_reduce() in stage 'train' of job 'batch', which is no barrier_stage (op 3 of its program); make it a barrier_stage", PLAN_E_SENSE, reduce_alone},
    {"stage 'make' of job 'batch': rank 2 prefers executor 4, must be -1..3; -1 is none", PLAN_E_REFERENCE, wish_nowhere},
    {"stage 'make' of job 'batch': rank 1 prefers executor -2, must be -1..3; -1 is none", PLAN_E_REFERENCE, wish_below},
    {"stage 'make' of job 'batch': prefers ends at value 9, must be 0..7; add one a task", PLAN_E_REFERENCE, wishes_nowhere},
    {"stage 'make' of job 'batch': task_bytes is 1125899906842625, must be 0..1125899906842624; it counts bytes", PLAN_E_RANGE, huge_task},
    {"stage 'train' of job 'batch', op 1 (meet): name is missing; give the place a name", PLAN_E_REFERENCE, meet_nameless},
    {"stage 'train' of job 'batch', op 1 (meet): name is 99, must be 0..9; give the place a name", PLAN_E_REFERENCE, meet_name_nowhere},
    {"stage 'train' of job 'batch', op 1 (meet): name is empty; give the place a name", PLAN_E_RANGE, meet_empty_name},
    {"stage 'train' of job 'batch', op 1 (meet): tasks is 0, must be 1..1000000; say how many tasks meet there", PLAN_E_RANGE, meet_nobody},
    {"stage 'train' of job 'batch', op 1 (meet): within is 0s, must be 1ns..36500d; leave it out for no timeout", PLAN_E_RANGE, meet_no_time},
    {"stage 'read' of job 'batch', op 1 (exchange): batch is 0, must be 1..1125899906842624; a batch has a byte", PLAN_E_RANGE, empty_batch},
    {"stage 'read' of job 'batch', op 0 (fetch): bytes is 1125899906842625, must be 0..1125899906842624; send less", PLAN_E_RANGE, huge_fetch},
};

/* clang-format on */

#define REFUSE_ALL(rows, good)                                                                     \
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)                                      \
    refuse(good, &rows[i])

static void a_bad_cluster_is_refused(void **state)
{
    (void)state;
    REFUSE_ALL(cluster_rows, small_plan);
}

static void a_bad_distribution_or_table_is_refused(void **state)
{
    (void)state;
    REFUSE_ALL(table_rows, small_plan);
}

static void a_bad_program_is_refused(void **state)
{
    (void)state;
    REFUSE_ALL(program_rows, small_plan);
}

static void a_bad_job_or_stage_is_refused(void **state)
{
    (void)state;
    REFUSE_ALL(job_rows, small_plan);
}

static void a_bad_act_or_expectation_is_refused(void **state)
{
    (void)state;
    REFUSE_ALL(act_rows, rich_plan);
}

static void a_bad_fault_or_link_is_refused(void **state)
{
    (void)state;
    REFUSE_ALL(fault_rows, wide_plan);
}

/* ---- what must not be refused */

/* Nobody depends on a lease where no link, clock or driver can fail. */
static void a_short_timeout_is_enough_without_faults_of_links(void **state)
{
    static const uint32_t harmless[] = {PLAN_ACT_CRASH, PLAN_ACT_KILL_TASK, PLAN_ACT_SLOW,
                                        PLAN_ACT_DRAIN, PLAN_ACT_TAKE,      PLAN_ACT_QUIT};
    (void)state;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        struct plan *p = wide_plan();
        struct plan_err err;
        p->setting[PLAN_SET_DATAGRAM] = 0;
        p->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 11 * PLAN_SECOND;
        p->acts[0] = p->acts[harmless[i] - 1];
        p->act_count = 1;
        p->jobs[0].submit_ns = 0;
        if (plan_check(p, &err) != PLAN_OK)
            fail_msg("%s", err.detail);
        plan_free(p);
    }
}

static void the_longest_lease_is_longest_for_every_drift(void **state)
{
    struct plan *plan = wide_plan();
    int64_t *is = plan->setting;
    (void)state;
    for (is[PLAN_SET_DRIFT_BOUND] = 0; is[PLAN_SET_DRIFT_BOUND] <= 100000;
         is[PLAN_SET_DRIFT_BOUND] += 12500) {
        int64_t whole = 1000000 + is[PLAN_SET_DRIFT_BOUND];
        for (plan_ns timeout = 20 * PLAN_SECOND; timeout < 20 * PLAN_SECOND + 9; timeout++) {
            is[PLAN_SET_HEARTBEAT_TIMEOUT] = timeout;
            is[PLAN_SET_DRIVER_LEASE] = timeout * 1000000 / whole;
            assert_int_equal(plan_check(plan, NULL), PLAN_OK);
            is[PLAN_SET_DRIVER_LEASE]++;
            assert_int_equal(plan_check(plan, NULL), PLAN_E_SENSE);
        }
    }
    plan_free(plan);
}

static void a_restart_may_follow_any_crash_that_can_precede_it(void **state)
{
    struct plan *plan = rich_plan();
    (void)state;
    plan->acts[1].when.kind =
        plan_name(plan, "go"); /* the crash waits for a record: nobody knows when */
    plan->acts[2].at_ns = 0;
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    plan_free(plan);

    plan = rich_plan();
    plan->acts[2].when.kind = plan_name(plan, "lost");
    plan->acts[2].at_ns = 0;
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    plan_free(plan);
}

static void a_table_may_be_used_to_its_last_cell(void **state)
{
    struct plan *plan = small_plan();
    (void)state;
    add_table(plan, 1, 4, 1);
    plan->stages[0].column = 0;
    plan->stages[0].row = 0;
    column_program(plan, PLAN_NONE - 1, 0, 0);
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    plan_free(plan);
}

static void a_program_may_be_as_long_as_can_be(void **state)
{
    struct plan *plan = small_plan();
    struct plan_op *ops = calloc(PLAN_PROGRAM_OPS_MAX, sizeof *ops);
    (void)state;
    for (uint16_t i = 0; i < PLAN_PROGRAM_OPS_MAX - 2; i++)
        ops[i] = on_rank_op(0, 0, PLAN_PROGRAM_OPS_MAX - 1);
    ops[PLAN_PROGRAM_OPS_MAX - 2] = compute_op(0);
    plan_add_program(plan, "nest", ops, PLAN_PROGRAM_OPS_MAX - 1);
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    free(ops);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_cluster_is_refused),
        cmocka_unit_test(a_bad_distribution_or_table_is_refused),
        cmocka_unit_test(a_bad_program_is_refused),
        cmocka_unit_test(a_bad_job_or_stage_is_refused),
        cmocka_unit_test(a_bad_act_or_expectation_is_refused),
        cmocka_unit_test(a_bad_fault_or_link_is_refused),
        cmocka_unit_test(a_short_timeout_is_enough_without_faults_of_links),
        cmocka_unit_test(the_longest_lease_is_longest_for_every_drift),
        cmocka_unit_test(a_restart_may_follow_any_crash_that_can_precede_it),
        cmocka_unit_test(a_table_may_be_used_to_its_last_cell),
        cmocka_unit_test(a_program_may_be_as_long_as_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
