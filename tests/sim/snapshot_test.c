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

/* How many events the whole run has. */
static uint64_t events_of_all(void)
{
    struct rig rig;
    rig_begin(&rig, busy_plan(500000), 3);
    rig_end(&rig);
    uint64_t events = sim_events(rig.sim);
    rig_free(&rig);
    return events;
}

static void a_run_continued_from_a_snapshot_has_the_same_chain(void **state)
{
    (void)state;
    uint64_t all = events_of_all(), dice = 1;
    assert_in_range(all, 300, 100000);
    for (int i = 0; i < 100; i++) {
        struct rig rig;
        bool ended = false;
        dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t at = i == 0 ? 0 : i == 1 ? all : (dice >> 33) % all;
        rig_begin(&rig, busy_plan(500000), 3);
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

static void run_on(struct sim *sim, void *ctx)
{
    bool ended;
    (void)ctx;
    assert_int_equal(sim_run(sim, 500, &ended, NULL), SIM_OK);
}

static void what_was_tried_leaves_no_trace(void **state)
{
    (void)state;
    struct plan *plan = busy_plan(500000);
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

/* ---- search */
struct choices {
    uint64_t state;
    uint32_t asked, most;
};

static uint32_t first_of_all(void *ctx, enum sim_point point, uint32_t n)
{
    struct choices *c = ctx;
    assert_true(point < SIM_POINT_COUNT);
    assert_true(n > 1);
    c->asked++;
    return 0;
}

static uint32_t any(void *ctx, enum sim_point point, uint32_t n)
{
    struct choices *c = ctx;
    (void)point;
    c->asked++;
    c->most = n > c->most ? n : c->most;
    c->state = c->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(c->state >> 33) % n;
}

static void the_first_choice_is_the_run_without_a_chooser(void **state)
{
    (void)state;
    uint64_t chain[2];
    for (int chosen = 0; chosen < 2; chosen++) {
        struct rig rig;
        struct choices choices = {0, 0, 0};
        rig_begin(&rig, busy_plan(0), 3);
        if (chosen)
            sim_choose(rig.sim, first_of_all, &choices);
        rig_end(&rig);
        assert_true(!chosen || choices.asked > 0);
        chain[chosen] = sim_chain(rig.sim);
        rig_free(&rig);
    }
    assert_int_equal(chain[0], chain[1]);
}

static void every_choice_keeps_each_link_in_order_and_the_books_balanced(void **state)
{
    (void)state;
    uint64_t chains[30];
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct rig rig;
        struct choices choices = {seed, 0, 0};
        uint64_t last[3][2] = {{0}};
        rig_begin(&rig, busy_plan(0), 3);
        sim_choose(rig.sim, any, &choices);
        rig_end(&rig);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        assert_true(choices.most > 2);
        for (uint64_t n = 1; n <= rig.count; n++) {
            const struct trace_record *r = rig_record(&rig, n);
            if (r->kind != TRACE_DELIVER)
                continue;
            uint64_t *before = &last[r->executor][r->actor == TRACE_DRIVER];
            assert_true(r->cause > *before);
            *before = r->cause;
        }
        chains[seed] = sim_chain(rig.sim);
        assert_true(seed == 0 || chains[seed] != chains[seed - 1]);
        rig_free(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_continued_from_a_snapshot_has_the_same_chain),
        cmocka_unit_test(what_was_tried_leaves_no_trace),
        cmocka_unit_test(a_fingerprint_knows_no_absolute_time),
        cmocka_unit_test(the_first_choice_is_the_run_without_a_chooser),
        cmocka_unit_test(every_choice_keeps_each_link_in_order_and_the_books_balanced),
    };
    return cmocka_run_group_tests_name("sim.snapshot", tests, NULL, NULL);
}
