#include "fixture.h"

#include <assert.h>

struct plan_stage stage_row(struct plan *plan, uint32_t job, const char *name, uint32_t kind,
                            uint32_t tasks, uint32_t profile, uint32_t program)
{
    struct plan_stage row = plan_stage_rigid(job, plan_name(plan, name), kind, tasks);
    row.profile = profile;
    row.program = program;
    return row;
}

uint32_t add_fixed(struct plan *plan, plan_ns ns)
{
    return plan_add_dist(plan, &(struct plan_dist){.kind = PLAN_DIST_FIXED, .lo = ns});
}

struct plan_op compute_op(uint32_t dist)
{
    return (struct plan_op){.code = PLAN_OP_COMPUTE, .dist = dist};
}

struct plan_op loop_op(int64_t times, uint16_t to)
{
    return (struct plan_op){.code = PLAN_OP_LOOP, .to = to, .value = times};
}

struct plan_op next_op(uint16_t to) { return (struct plan_op){.code = PLAN_OP_NEXT, .to = to}; }

struct plan_op on_rank_op(int64_t first, int64_t last, uint16_t to)
{
    return (struct plan_op){.code = PLAN_OP_ON_RANK, .to = to, .value = first, .value2 = last};
}

struct plan_op simple_op(enum plan_op_code code, int64_t value)
{
    return (struct plan_op){.code = (uint16_t)code, .value = value};
}

struct plan *small_plan(void)
{
    struct plan *plan = plan_new();
    assert(plan != NULL);
    plan_add_executor(plan, &(struct plan_executor){.cores = 8, .memory_mib = 65536, .gpus = 2});
    uint32_t profile = plan_add_profile(plan, &(struct plan_profile){.cores = 1});
    struct plan_op ops[] = {compute_op(add_fixed(plan, PLAN_SECOND)),
                            simple_op(PLAN_OP_BARRIER, 0)};
    uint32_t program = plan_add_program(plan, "step", ops, 2);
    uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, "train")});
    struct plan_stage stage = stage_row(plan, job, "fit", PLAN_STAGE_BARRIER, 4, profile, program);
    plan_add_stage(plan, &stage);
    return plan;
}

static uint32_t add_rich_program(struct plan *plan)
{
    static const int64_t values[20] = {1,  20, 300, 4000, 50000, 6,  7,  8,  9,  10,
                                       11, 12, 13,  14,   15,    16, 17, 18, 19, 20};
    const struct plan_dist dists[] = {
        {.kind = PLAN_DIST_UNIFORM, .lo = 80000000, .hi = 120000000},
        {.kind = PLAN_DIST_EXPONENTIAL, .lo = PLAN_SECOND, .hi = 10 * PLAN_SECOND},
        {.kind = PLAN_DIST_COLUMN, .lo = 1, .hi = 1},
        {.kind = PLAN_DIST_LOGNORMAL, .lo = PLAN_SECOND, .hi = 505},
        {.kind = PLAN_DIST_EMPIRICAL, .first = plan_add_values(plan, values, 20), .count = 20},
    };
    uint32_t d[5];
    for (unsigned i = 0; i < 5; i++)
        d[i] = plan_add_dist(plan, &dists[i]);
    struct plan_op ops[] = {
        compute_op(d[0]),                     /* 0 */
        loop_op(3, 12),                       /* 1 */
        compute_op(d[1]),                     /* 2 */
        loop_op(10, 6),                       /* 3 */
        compute_op(d[2]),                     /* 4 */
        simple_op(PLAN_OP_BARRIER, 0),        /* 5 */
        next_op(3),                           /* 6 */
        on_rank_op(0, 1, 11),                 /* 7 */
        compute_op(d[3]),                     /* 8 */
        on_rank_op(1, 1, 11),                 /* 9: both blocks end at 11 */
        simple_op(PLAN_OP_OUTPUT, 1 << 20),   /* 10 */
        simple_op(PLAN_OP_CHECKPOINT, 0),     /* 11 */
        next_op(1),                           /* 12 */
        simple_op(PLAN_OP_ALL_GATHER, 65536), /* 13 */
        compute_op(d[4]),                     /* 14 */
        on_rank_op(2, 2, 17),                 /* 15 */
        simple_op(PLAN_OP_FAIL, 3),           /* 16 */
        on_rank_op(3, 3, 19),                 /* 17 */
        simple_op(PLAN_OP_EXIT, 7),           /* 18 */
        on_rank_op(4, 4, 21),                 /* 19 */
        simple_op(PLAN_OP_HANG, 0),           /* 20 */
    };
    return plan_add_program(plan, NULL, ops, sizeof ops / sizeof ops[0]);
}

static void add_rich_jobs(struct plan *plan)
{
    uint32_t cells[11 * 8];
    for (uint32_t i = 0; i < 11 * 8; i++)
        cells[i] = i * 1000;
    uint32_t job =
        plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, "res\"net\\ ü\xff"),
                                              .submit_ns = PLAN_NEVER,
                                              .priority = -5});
    uint32_t profile = plan_add_profile(
        plan, &(struct plan_profile){.cores = 1, .memory_mib = 2048, .gpu_milli = 500});
    uint32_t program = add_rich_program(plan);
    struct plan_stage stage = stage_row(plan, job, "fit", PLAN_STAGE_BARRIER, 6, profile, program);
    stage.column = plan_add_column(plan, 11, 8, 1000, cells);
    stage.row = 2;
    plan_add_stage(plan, &stage);

    profile = plan_add_profile(plan, &(struct plan_profile){.cores = 2});
    struct plan_op op = compute_op(add_fixed(plan, PLAN_SECOND));
    program = plan_add_program(plan, NULL, &op, 1);
    stage = stage_row(plan, job, "score", PLAN_STAGE_MAPREDUCE, 6, profile, program);
    stage.parents = 1;
    plan_add_stage(plan, &stage);
    stage.name = plan_name(plan, "report");
    stage.parents = 3;
    plan_add_stage(plan, &stage);

    job = plan_add_job(plan,
                       &(struct plan_job){.name = plan_name(plan, "etl"), .submit_ns = 2500000000});
    stage = stage_row(plan, job, "load", PLAN_STAGE_MAPREDUCE, 64, profile, program);
    plan_add_stage(plan, &stage);
}

static void add_rich_acts(struct plan *plan)
{
    struct plan_act act = plan_act_blank();
    act.kind = PLAN_ACT_SUBMIT;
    act.job = 0;
    plan_add_act(plan, &act);

    act = plan_act_blank();
    act.kind = PLAN_ACT_CRASH;
    act.at_ns = 12 * PLAN_SECOND;
    act.executor = 2;
    act.pair = 0;
    plan_add_act(plan, &act);
    act.kind = PLAN_ACT_RESTART;
    act.at_ns = 40 * PLAN_SECOND;
    plan_add_act(plan, &act);

    act = plan_act_blank();
    act.kind = PLAN_ACT_CRASH;
    act.at_ns = 90 * PLAN_SECOND;
    act.executor = 3;
    act.for_good = 1;
    plan_add_act(plan, &act);

    act = plan_act_blank();
    act.kind = PLAN_ACT_KILL_TASK;
    act.when.kind = plan_name(plan, "release");
    act.when.job = 0;
    act.when.stage = 0;
    act.when.epoch = 6;
    act.when.nth = 2;
    act.at_ns = 1500000;
    act.job = 0;
    act.stage = 0;
    act.rank = 3;
    plan_add_act(plan, &act);
    act.kind = PLAN_ACT_HANG_TASK;
    plan_add_act(plan, &act);
    act.kind = PLAN_ACT_STRAGGLE_TASK;
    act.duration_ns = 5 * PLAN_SECOND;
    plan_add_act(plan, &act);

    act = plan_act_blank();
    act.kind = PLAN_ACT_CANCEL;
    act.at_ns = 3600 * PLAN_SECOND;
    act.job = 1;
    plan_add_act(plan, &act);
}

static void add_rich_expects(struct plan *plan)
{
    struct plan_expect expect = plan_expect_blank();
    expect.kind = PLAN_EXPECT_SUCCEEDS;
    expect.job = 0;
    expect.within_ns = 600 * PLAN_SECOND;
    expect.attempts_min = 2;
    expect.attempts_max = 4;
    plan_add_expect(plan, &expect);

    expect = plan_expect_blank();
    expect.kind = PLAN_EXPECT_FAILS;
    expect.job = 1;
    expect.reason = plan_name(plan, "cancelled");
    plan_add_expect(plan, &expect);

    expect = plan_expect_blank();
    expect.kind = PLAN_EXPECT_SOMETIMES;
    expect.label = plan_name(plan, "a restart");
    expect.when.kind = plan_name(plan, "fence");
    plan_add_expect(plan, &expect);

    expect.kind = PLAN_EXPECT_NEVER;
    expect.label = plan_name(plan, "a loss");
    expect.when.kind = plan_name(plan, "lost");
    expect.when.executor = 0;
    expect.when.attempt = 1;
    expect.when.nth = 3;
    plan_add_expect(plan, &expect);
}

struct plan *rich_plan(void)
{
    struct plan *plan = plan_new();
    struct plan_err err;
    assert(plan != NULL);
    plan->title = plan_name(plan, "two gangs, room for \"one and a half\"");
    plan->policy = plan_name(plan, "strict");
    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 30 * PLAN_SECOND;
    plan->setting[PLAN_SET_ATTEMPTS] = 7;
    plan->setting[PLAN_SET_LATENCY] = 250000;
    plan->setting[PLAN_SET_BANDWIDTH] = INT64_C(10) << 30;
    plan->setting[PLAN_SET_EVENTS] = 1000000;
    for (unsigned i = 0; i < 5; i++)
        plan_add_executor(plan, &(struct plan_executor){.cores = 8,
                                                        .memory_mib = 65536,
                                                        .gpus = i < 4 ? 2 : 0,
                                                        .arrives_ns = i < 4 ? 0 : 1500000000});
    add_rich_jobs(plan);
    add_rich_acts(plan);
    add_rich_expects(plan);
    enum plan_status status = plan_check(plan, &err);
    if (status != PLAN_OK)
        fprintf(stderr, "rich_plan: %s\n", err.detail);
    assert(status == PLAN_OK);
    return plan;
}

static uint32_t add_wide_stages(struct plan *plan, uint32_t job, uint32_t profile,
                                const uint32_t program[static 3])
{
    static const int64_t here_and_there[] = {1, -1, 3}, there[] = {0, 0}, nowhere[] = {-1, -1};
    struct plan_stage stage =
        stage_row(plan, job, "make", PLAN_STAGE_MAPREDUCE, 3, profile, program[0]);
    stage.prefers = 1 + plan_add_values(plan, here_and_there, 3);
    stage.task_bytes = 200 << 20;
    plan_add_stage(plan, &stage);
    stage = stage_row(plan, job, "read", PLAN_STAGE_MAPREDUCE, 2, profile, program[1]);
    stage.parents = stage.shuffles = 1;
    stage.prefers = 1 + plan_add_values(plan, there, 2);
    plan_add_stage(plan, &stage);
    stage = stage_row(plan, job, "train", PLAN_STAGE_BARRIER, 2, profile, program[2]);
    stage.parents = 3;
    stage.shuffles = 1;
    stage.prefers = 1 + plan_add_values(plan, nowhere, 2);
    return plan_add_stage(plan, &stage);
}

static void add_wide_jobs(struct plan *plan)
{
    static const char *const names[] = {"batch", "service", "map", "stream"};
    const struct plan_op make[] = {simple_op(PLAN_OP_OUTPUT, 3 << 20)};
    const struct plan_op read[] = {simple_op(PLAN_OP_FETCH, 64 << 20),
                                   {.code = PLAN_OP_EXCHANGE, .value = 1 << 30, .value2 = 100}};
    const struct plan_op train[] = {
        simple_op(PLAN_OP_FETCH, 1),
        {.code = PLAN_OP_MEET, .dist = plan_name(plan, "tracker"), .value = 2,
         .value2 = 30 * PLAN_SECOND},
        {.code = PLAN_OP_MEET, .to = PLAN_HOLDER_FIRST, .dist = plan_name(plan, "a \"b\""), .value = 1, .value2 = PLAN_NEVER},
        simple_op(PLAN_OP_ALL_REDUCE, 100 << 20),
        simple_op(PLAN_OP_BARRIER, 0),
    };
    uint32_t profile = plan_add_profile(plan, &(struct plan_profile){.cores = 1});
    const uint32_t program[] = {plan_add_program(plan, NULL, make, 1),
                                plan_add_program(plan, NULL, read, 2),
                                plan_add_program(plan, NULL, train, 5)};
    for (uint32_t kind = 0; kind < 4; kind++) {
        uint32_t job = plan_add_job(
            plan, &(struct plan_job){.name = plan_name(plan, names[kind]),
                                     .kind = kind,
                                     .submit_ns = kind == 0 ? PLAN_NEVER : kind * PLAN_SECOND});
        add_wide_stages(plan, job, profile, program);
    }
}

static void add_wide_acts(struct plan *plan)
{
    static const int32_t amount[PLAN_ACT_LIMIT] = {
        [PLAN_ACT_LOSE] = 300,      [PLAN_ACT_DOUBLE] = 1000,   [PLAN_ACT_REORDER] = 1,
        [PLAN_ACT_SLOW] = 300,      [PLAN_ACT_DRIFT] = -500,    [PLAN_ACT_LOSE_GPU] = 2,
        [PLAN_ACT_TAKE] = 1,        [PLAN_ACT_STRAY_CALL] = 7,  [PLAN_ACT_CRASH_DRIVER] = 2};
    static const uint32_t timed[] = {PLAN_ACT_STRAGGLE_TASK, PLAN_ACT_CLOG, PLAN_ACT_REORDER,
                                     PLAN_ACT_PAUSE,         PLAN_ACT_DRAIN, PLAN_ACT_TAKE,
                                     PLAN_ACT_LINGER,        PLAN_ACT_CRASH_DRIVER};
    for (uint32_t kind = 1; kind < PLAN_ACT_LIMIT; kind++) {
        struct plan_act act = plan_act_blank();
        act.kind = kind;
        act.at_ns = kind * PLAN_SECOND;
        act.executor = act.rank = 1;
        act.job = 0;
        act.stage = 2;
        act.amount = amount[kind];
        act.way = kind == PLAN_ACT_STRAY_CALL || kind == PLAN_ACT_HOLD ? 1
                  : kind >= PLAN_ACT_CUT && kind <= PLAN_ACT_REORDER   ? kind % 3
                                                                       : 0;
        for (size_t i = 0; i < sizeof timed / sizeof timed[0]; i++)
            if (timed[i] == kind)
                act.duration_ns = kind * PLAN_SECOND;
        act.peer = kind == PLAN_ACT_REFUSE ? 3 : PLAN_NONE;
        plan_add_act(plan, &act);
    }
    static const uint32_t of_peers[] = {PLAN_ACT_CUT, PLAN_ACT_MEND, PLAN_ACT_HOLD, PLAN_ACT_CLOG,
                                        PLAN_ACT_BREAK, PLAN_ACT_REFUSE};
    for (size_t i = 0; i < sizeof of_peers / sizeof of_peers[0]; i++) {
        struct plan_act act = plan_act_blank();
        act.kind = of_peers[i];
        act.at_ns = (40 + (plan_ns)i) * PLAN_SECOND;
        act.executor = 2;
        act.peer = (uint32_t)(i % 2);
        act.way = act.kind == PLAN_ACT_BREAK ? 0 : (uint32_t)(i % 3);
        act.duration_ns = act.kind == PLAN_ACT_CLOG ? PLAN_SECOND : 0;
        plan_add_act(plan, &act);
    }
}

struct plan *wide_plan(void)
{
    struct plan *plan = plan_new();
    struct plan_err err;
    assert(plan != NULL);
    plan->manager = plan_name(plan, "yarn");
    plan->setting[PLAN_SET_DATAGRAM] = 1;
    plan->setting[PLAN_SET_TASK_BYTES_MAX] = INT64_C(256) << 20;
    for (unsigned i = 0; i < 4; i++)
        plan_add_executor(plan, &(struct plan_executor){.cores = 8,
                                                        .memory_mib = 65536,
                                                        .gpus = 4,
                                                        .arrives_ns = i * PLAN_SECOND});
    add_wide_jobs(plan);
    add_wide_acts(plan);
    enum plan_status status = plan_check(plan, &err);
    if (status != PLAN_OK)
        fprintf(stderr, "wide_plan: %s\n", err.detail);
    assert(status == PLAN_OK);
    return plan;
}
