#include "rig.h"

#include <stdlib.h>
#include <string.h>

/* Gangs, independent tasks, a crash, a kill: something of everything. */
static struct plan *busy_plan(plan_ns latency_ns)
{
    struct plan *plan = rig_plan(3, 3);
    struct plan_act crash = rig_crash(1, 7 * SECOND), kill = plan_act_blank();
    kill.kind = PLAN_ACT_KILL_TASK;
    kill.job = kill.stage = 0;
    kill.rank = 2;
    rig_when(plan, &kill, "release", 5);
    kill.at_ns = 10 * MS;
    plan->setting[PLAN_SET_LATENCY] = latency_ns;
    uint32_t program = rig_rounds(plan, 6, SECOND, 2 * SECOND);
    rig_gang(plan, "a", 5, program, 0);
    rig_gang(plan, "b", 4, program, 2 * SECOND);
    const struct plan_op alone[] = {
        {.code = PLAN_OP_CHECKPOINT},
        {.code = PLAN_OP_COMPUTE, .dist = rig_uniform(plan, SECOND, 9 * SECOND)},
        {.code = PLAN_OP_END}};
    rig_tasks(plan, "c", 9, rig_program(plan, alone, 3), 3 * SECOND);
    rig_act(plan, &crash);
    rig_act(plan, &kill);
    return plan;
}

static void add_act(struct plan *plan, uint32_t kind, plan_ns at_ns, plan_ns duration_ns,
                    int32_t amount)
{
    struct plan_act act = plan_act_blank();
    act.kind = kind;
    act.at_ns = at_ns;
    act.duration_ns = duration_ns;
    act.amount = amount;
    if (plan_act_target(kind) == PLAN_TARGET_TASK)
        act.job = act.stage = act.rank = 0;
    else
        act.executor = kind == PLAN_ACT_PAUSE || kind == PLAN_ACT_DRIFT ? 0 : 2;
    rig_act(plan, &act);
}

/* The same with machines and tasks that are not well, and tasks that meet. */
static struct plan *ailing_plan(plan_ns latency_ns)
{
    struct plan *plan = busy_plan(latency_ns);
    const struct plan_op ops[] = {
        {.code = PLAN_OP_LOOP, .to = 5, .value = 4},
        {.code = PLAN_OP_COMPUTE, .dist = rig_uniform(plan, SECOND, 2 * SECOND)},
        {.code = PLAN_OP_MEET, .dist = plan_name(plan, "x"), .value = 2, .value2 = 30 * SECOND},
        {.code = PLAN_OP_ALL_REDUCE, .value = 1000},
        {.code = PLAN_OP_EXCHANGE, .value = 1000, .value2 = 100},
        {.code = PLAN_OP_NEXT, .to = 0},
        {.code = PLAN_OP_END}};
    plan->executors[2].gpus = 2;
    plan->setting[PLAN_SET_BANDWIDTH] = 1000;
    plan->setting[PLAN_SET_HEAL_AFTER] = 20 * SECOND;
    rig_gang(plan, "d", 2, rig_program(plan, ops, 7), 4 * SECOND);
    add_act(plan, PLAN_ACT_PAUSE, 3500 * MS, 6 * SECOND, 0);
    add_act(plan, PLAN_ACT_PAUSE, 5 * SECOND, 7 * SECOND, 0);
    add_act(plan, PLAN_ACT_SLOW, 2 * SECOND, 0, 150);
    add_act(plan, PLAN_ACT_DRIFT, 3 * SECOND, 0, 777);
    add_act(plan, PLAN_ACT_TAKE, 1 * MS, 9 * SECOND, 1);
    add_act(plan, PLAN_ACT_LOSE_GPU, 4 * SECOND, 0, 1);
    add_act(plan, PLAN_ACT_LINGER, 2 * SECOND, 4 * SECOND, 0);
    add_act(plan, PLAN_ACT_IGNORE_KILL, 2 * SECOND, 0, 0);
    add_act(plan, PLAN_ACT_DRAIN, 30 * SECOND, 9 * SECOND, 0);
    return plan;
}

/* And with a driver that dies at a time, before an effect, and as soon as it is back. */
static struct plan *dying_plan(plan_ns latency_ns)
{
    struct plan *plan = ailing_plan(latency_ns);
    struct plan_act crash = plan_act_blank();
    crash.kind = PLAN_ACT_CRASH_DRIVER;
    crash.duration_ns = 2 * SECOND;
    crash.at_ns = 2500 * MS;
    rig_act(plan, &crash);
    crash.at_ns = 8 * SECOND;
    crash.amount = 7;
    rig_act(plan, &crash);
    crash.at_ns = 0;
    crash.amount = 2;
    rig_when(plan, &crash, "driver-up", 2);
    rig_act(plan, &crash);
    return plan;
}

typedef struct plan *plan_fn(plan_ns latency_ns);

/* How many events the whole run has. */
static uint64_t events_of_all(plan_fn *make)
{
    struct rig rig;
    rig_begin(&rig, make(500000), 3);
    rig_end(&rig);
    uint64_t events = sim_events(rig.sim);
    rig_free(&rig);
    return events;
}

static void continue_from_snapshots(plan_fn *make)
{
    uint64_t all = events_of_all(make), dice = 1;
    assert_in_range(all, 300, 100000);
    for (int i = 0; i < 100; i++) {
        struct rig rig;
        bool ended = false;
        dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t at = i == 0 ? 0 : i == 1 ? all : (dice >> 33) % all;
        rig_begin(&rig, make(500000), 3);
        assert_int_equal(sim_run(rig.sim, at, &ended, &rig.err), SIM_OK);
        size_t bytes = sim_live_bytes(rig.sim), count = rig.count;
        void *snapshot = malloc(bytes);
        assert_non_null(snapshot);
        memcpy(snapshot, rig.sim, bytes);
        uint64_t name = sim_fingerprint(rig.sim);
        rig_end(&rig);
        uint64_t chain = sim_chain(rig.sim), events = sim_events(rig.sim);
        memset(rig.memory, 0x5A, rig.bytes);
        memcpy(rig.memory, snapshot, bytes);
        rig.count = count; /* the observer's own state goes back, too */
        assert_int_equal(sim_fingerprint(rig.sim), name);
        rig_end(&rig);
        assert_int_equal(sim_chain(rig.sim), chain);
        assert_int_equal(sim_events(rig.sim), events);
        free(snapshot);
        rig_free(&rig);
    }
}

static void a_run_continued_from_a_snapshot_has_the_same_chain(void **state)
{
    (void)state;
    continue_from_snapshots(busy_plan);
    continue_from_snapshots(ailing_plan);
    continue_from_snapshots(dying_plan);
}

/* Two worlds that differ in one thing that has not shown in any record since have different names. */
static void a_fingerprint_knows_what_ails(void **state)
{
    (void)state;
    const struct { uint32_t kind; plan_ns duration_ns[2]; int32_t amount[2]; } acts[] = {
        {PLAN_ACT_PAUSE, {20 * SECOND, 30 * SECOND}, {0, 0}},
        {PLAN_ACT_SLOW, {0, 0}, {200, 300}},
        {PLAN_ACT_DRIFT, {0, 0}, {1000, -1000}},
        {PLAN_ACT_LOSE_GPU, {0, 0}, {0, 1}},
        {PLAN_ACT_DRAIN, {20 * SECOND, 30 * SECOND}, {0, 0}},
        {PLAN_ACT_LINGER, {20 * SECOND, 30 * SECOND}, {0, 0}},
        {PLAN_ACT_IGNORE_KILL, {0, 0}, {0, 0}},
        {PLAN_ACT_QUIT, {0, 0}, {0, 0}}};
    for (unsigned i = 0; i < sizeof acts / sizeof *acts; i++) {
        uint64_t name[3];
        for (int k = 0; k < 3; k++) { /* twice the same, once another amount, or none */
            struct rig rig;
            bool ended;
            struct plan *plan = rig_plan(3, 3);
            plan->executors[2].gpus = 2;
            rig_gang(plan, "a", 9, rig_rounds(plan, 9, 60 * SECOND, 60 * SECOND), 0);
            bool same = acts[i].duration_ns[1] == acts[i].duration_ns[0] &&
                        acts[i].amount[1] == acts[i].amount[0];
            /* An act that comes too late to matter, so that the plans are alike. */
            add_act(plan, acts[i].kind, k == 2 && same ? 1000 * SECOND : SECOND,
                    acts[i].duration_ns[k == 2], acts[i].amount[k == 2]);
            rig_begin(&rig, plan, 1);
            while (sim_now(rig.sim) < SECOND)
                assert_int_equal(sim_run(rig.sim, 1, &ended, &rig.err), SIM_OK);
            name[k] = sim_fingerprint(rig.sim);
            rig_free(&rig);
        }
        assert_int_equal(name[0], name[1]);
        assert_int_not_equal(name[0], name[2]);
    }
}

static void run_on(struct sim *sim, void *ctx)
{
    bool ended;
    (void)ctx;
    assert_int_equal(sim_run(sim, 500, &ended, NULL), SIM_OK);
}

static void what_was_tried_leaves_no_trace(void **state)
{
    (void)state;
    struct plan *plan = dying_plan(500000);
    struct sim_options options = {
        .plan = plan, .core = gang_api(), .policy = gang_policy_strict(), .seed = 3};
    size_t bytes = sim_size(&options, NULL);
    void *memory = aligned_alloc(64, bytes), *scratch = malloc(bytes);
    uint64_t chain[2];
    for (int tries = 0; tries < 2; tries++) {
        struct sim *sim = sim_init(memory, bytes, &options, NULL);
        bool ended = false;
        assert_non_null(sim);
        while (!ended) {
            assert_int_equal(sim_run(sim, 50, &ended, NULL), SIM_OK);
            uint64_t name = sim_fingerprint(sim);
            if (tries)
                sim_try(sim, scratch, run_on, NULL);
            assert_int_equal(sim_fingerprint(sim), name);
        }
        chain[tries] = sim_chain(sim);
    }
    assert_int_equal(chain[0], chain[1]);
    free(scratch);
    free(memory);
    plan_free(plan);
}

/* The same state at another time has the same name; another state another. */
static void a_fingerprint_knows_no_absolute_time(void **state)
{
    (void)state;
    uint64_t name[3];
    for (int i = 0; i < 3; i++) {
        struct plan *plan = rig_plan(2, 2);
        struct rig rig;
        bool ended;
        plan->setting[PLAN_SET_LATENCY] = 0;
        for (uint32_t e = 0; e < 2; e++)
            plan->executors[e].arrives_ns = i == 1 ? 1000 * SECOND : 0;
        rig_gang(plan, "a", 4, rig_rounds(plan, 9, SECOND, 2 * SECOND),
                 (i == 1 ? 1000 : 0) * SECOND + 10);
        rig_begin(&rig, plan, i == 2 ? 8 : 7);
        assert_int_equal(sim_run(rig.sim, 60, &ended, &rig.err), SIM_OK);
        name[i] = sim_fingerprint(rig.sim);
        rig_free(&rig);
    }
    assert_int_equal(name[0], name[1]);
    assert_int_not_equal(name[0], name[2]);
}

/* ---- other orders */
static void any_order_keeps_each_link_in_order_and_the_books_balanced(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 90; seed++) {
        struct rig rig;
        uint64_t last[3][2] = {{0}};
        struct plan *plan = seed < 30 ? busy_plan(0) : ailing_plan(0);
        plan->setting[PLAN_SET_BANDWIDTH] = 0;
        plan->setting[PLAN_SET_ORDER] = 1;
        rig_begin(&rig, plan, 3 + seed);
        rig_end(&rig);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        for (uint64_t n = 1; n <= rig.count; n++) {
            const struct trace_record *r = rig_record(&rig, n);
            if (r->kind != TRACE_DELIVER)
                continue;
            uint64_t *before = &last[r->executor][r->actor == TRACE_DRIVER];
            assert_true(r->cause > *before);
            *before = r->cause;
        }
        rig_free(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_continued_from_a_snapshot_has_the_same_chain),
        cmocka_unit_test(a_fingerprint_knows_what_ails),
        cmocka_unit_test(what_was_tried_leaves_no_trace),
        cmocka_unit_test(a_fingerprint_knows_no_absolute_time),
        cmocka_unit_test(any_order_keeps_each_link_in_order_and_the_books_balanced),
    };
    return cmocka_run_group_tests_name("sim.snapshot", tests, NULL, NULL);
}
