/* placement_test.c -- what the oracles see of a scheduler that counts, places or sends wrongly: each story under strict,
 * and with one axis (or two) at its other value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sim.h"
#include "support.h"

static const int64_t SECOND = 1000000000;

struct story {
    struct conf_verdict verdict;
    uint64_t records;
    int64_t first_start_ns;
    uint32_t quiescent, started[4], reason[4]; /* by job */
};

struct watch {
    struct story *story;
    struct conf_judge *judge;
};

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct watch *watch = ctx;
    conf_feed(watch->judge, records, count, first);
    for (size_t i = 0; i < count; i++) {
        watch->story->quiescent += records[i].kind == TRACE_QUIESCENT;
        if (records[i].kind == TRACE_START && watch->story->first_start_ns < 0)
            watch->story->first_start_ns = records[i].at_ns;
        if (records[i].kind == TRACE_START)
            watch->story->started[records[i].job]++;
        if (records[i].kind == TRACE_JOB_DONE)
            watch->story->reason[records[i].job] = (uint32_t)records[i].a;
    }
    watch->story->records += count;
}

static struct story tell(struct plan *plan, const char *const *set)
{
    struct story story = {.first_start_ns = -1,
                          .reason = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    struct sim_options options = {.plan = plan,
                                  .core = gang_api(),
                                  .policy = gang_policy_strict(),
                                  .seed = 1,
                                  .audit_every = 1};
    for (; set != NULL && *set != NULL; set += 2)
        assert_int_equal(gang_policy_set(&options.policy, set[0], set[1], NULL), GANG_OK);
    struct history shape = {.plan = plan,
                            .observes = sim_observes(),
                            .two_phase = options.policy.axis[GANG_AXIS_LAUNCH] == 0};
    struct plan_err plan_err;
    struct sim_err err = {0};
    bool ended = false;
    if (plan_check(plan, &plan_err) != PLAN_OK)
        fail_msg("%s", plan_err.detail);
    size_t size = sim_size(&options, &err);
    if (size == 0)
        fail_msg("%s", err.detail);
    void *memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
    struct judged judged = judge_open(&shape);
    struct sim *sim = sim_init(memory, size, &options, &err);
    assert_non_null(sim);
    struct watch watch = {&story, judged.judge};
    sim_observer(sim, observe, &watch);
    if (sim_run(sim, UINT64_MAX, &ended, &err) != SIM_OK)
        fail_msg("%s", err.detail);
    conf_finish(judged.judge, &story.verdict);
    judge_close(&judged);
    free(memory);
    plan_free(plan);
    return story;
}

static void add_job(struct plan *plan, const char *name, uint32_t kind, uint32_t tasks,
                    const struct plan_profile *need, int64_t compute_ns, const int64_t *prefers,
                    uint64_t task_bytes)
{
    struct plan_dist dist = {.kind = PLAN_DIST_FIXED, .lo = compute_ns};
    struct plan_op ops[] = {{.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &dist)}};
    uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, name)});
    struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, "s"), kind, tasks);
    stage.profile = plan_add_profile(plan, need);
    stage.program = plan_add_program(plan, "", ops, 1);
    stage.prefers = prefers ? 1 + plan_add_values(plan, prefers, tasks) : 0;
    stage.task_bytes = task_bytes;
    plan_add_stage(plan, &stage);
}

static const struct plan_profile core = {1, 0, 0}, core_and_gpu = {1, 0, 1000};

static bool is_safe(const struct story *story)
{
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        if (oracle != CONF_PRG && story->verdict.oracle[oracle] != CONF_PASS)
            return false;
    return true;
}

static bool hangs(const struct story *story)
{
    return story->verdict.oracle[CONF_PRG] == CONF_FAIL;
}

/* SPARK.md 5.2 #21, and behind three cores that one task never gives back: two are free, but not to the gang. */
static struct plan *busy_cores(void)
{
    struct plan *plan = plan_new();
    struct plan_act act = plan_act_blank();
    plan_add_executor(plan, &(struct plan_executor){.cores = 4, .memory_mib = 1024, .gpus = 2});
    add_job(plan, "busy", PLAN_STAGE_MAPREDUCE, 3, &core, SECOND, NULL, 0);
    add_job(plan, "gang", PLAN_STAGE_BARRIER, 2, &core_and_gpu, SECOND, NULL, 0);
    act.kind = PLAN_ACT_STRAGGLE_TASK;
    act.job = act.stage = act.rank = 0;
    act.at_ns = SECOND / 2;
    act.duration_ns = 100000 * SECOND;
    for (; act.rank < 3; act.rank++)
        plan_add_act(plan, &act);
    return plan;
}

static void a_gang_tried_in_vain_leaves_no_record_a_round(void **state)
{
    (void)state;
    static const char *const at_once[] = {"capacity_of", "limiting_only", NULL};
    static const char *const ticks[] = {"capacity_of", "limiting_only", "rounds", "tick_1s", NULL};
    struct story strict = tell(busy_cores(), NULL), limiting = tell(busy_cores(), at_once),
                 ticking = tell(busy_cores(), ticks);
    assert_int_equal(strict.verdict.oracle[CONF_PRG], CONF_PASS);
    assert_int_equal(limiting.started[1], 2); /* when the cores are free */
    assert_int_equal(ticking.started[1], 2);
    assert_true(limiting.records <= strict.records + 2);
    assert_true(ticking.records <= strict.records + 2); /* of a hundred thousand rounds */
    assert_true(is_safe(&limiting));
    assert_true(is_safe(&ticking));
}

static void a_gang_that_holds_what_it_was_given_in_part_hangs(void **state)
{
    (void)state;
    static const char *const hold[] = {
        "capacity_of", "limiting_only", "partial_gang", "hold", "launch_deadline", "off", NULL};
    struct story story = tell(busy_cores(), hold);
    assert_int_equal(story.started[1], 0);
    assert_int_equal(story.quiescent, 1);
    assert_true(hangs(&story));
    assert_true(is_safe(&story));
}

/* SPARK-31485 and SPARK-24818: both ranks would rather be on executor 0, which has room for one. */
static struct plan *wishes(uint32_t racks)
{
    static const int64_t prefers[2] = {0, 0};
    struct plan *plan = plan_new();
    for (uint32_t i = 0; i < 2; i++)
        plan_add_executor(
            plan, &(struct plan_executor){.cores = 1, .memory_mib = 1024, .rack = i % racks});
    add_job(plan, "gang", PLAN_STAGE_BARRIER, 2, &core, SECOND, prefers, 0);
    return plan;
}

static void a_gang_goes_elsewhere_after_its_wait_unless_it_holds_its_half(void **state)
{
    (void)state;
    static const char *const hold[] = {"partial_gang", "hold", NULL};
    struct story near = tell(wishes(1), NULL), strict = tell(wishes(2), NULL),
                 held = tell(wishes(2), hold);
    assert_int_equal(near.first_start_ns / SECOND, 3);
    assert_int_equal(strict.first_start_ns / SECOND, 6);
    assert_int_equal(strict.reason[0], TRACE_REASON_OK);
    assert_int_equal(strict.verdict.oracle[CONF_PRG], CONF_PASS);
    assert_int_equal(strict.quiescent, 0); /* two waits of 3 s are work */
    assert_true(hangs(&held));
    assert_true(is_safe(&held));
}

/* More launch groups than executors: a gang of which every other rank wishes for the same one, and one of shares. */
static void a_gang_in_many_pieces_has_room_in_the_simulator(void **state)
{
    (void)state;
    static const int64_t prefers[24] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
                                        0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    static const struct plan_profile half = {1, 0, 500};
    struct plan *plan = plan_new();
    for (uint32_t i = 0; i < 2; i++)
        plan_add_executor(plan,
                          &(struct plan_executor){.cores = 24, .memory_mib = 1024, .gpus = 6});
    add_job(plan, "spread", PLAN_STAGE_BARRIER, 24, &core, SECOND, prefers, 0);
    add_job(plan, "shares", PLAN_STAGE_BARRIER, 24, &half, SECOND, NULL, 0);
    struct story story = tell(plan, NULL);
    assert_int_equal(story.started[0], 24);
    assert_int_equal(story.started[1], 24);
    assert_int_equal(story.verdict.oracle[CONF_PRG], CONF_PASS);
    assert_true(is_safe(&story));
}

static struct plan *one_too_large(void)
{
    struct plan *plan = plan_new();
    plan_add_executor(plan, &(struct plan_executor){.cores = 4, .memory_mib = 1024});
    plan->setting[PLAN_SET_TASK_BYTES_MAX] = 1000;
    add_job(plan, "plain", PLAN_STAGE_MAPREDUCE, 1, &core, SECOND, NULL, 0);
    add_job(plan, "large", PLAN_STAGE_BARRIER, 2, &core, SECOND, NULL, 1001);
    return plan;
}

/* SPARK.md 5.2 #19. */
static void a_gang_too_large_to_send_fails_alone_or_takes_the_round_along(void **state)
{
    (void)state;
    static const char *const lose[] = {"encode_error", "lose_round", NULL};
    static const char *const at_once[] = {"encode_error", "lose_round", "launch", "direct", NULL};
    struct story strict = tell(one_too_large(), NULL), lost = tell(one_too_large(), lose),
                 direct = tell(one_too_large(), at_once);
    assert_int_equal(strict.reason[0], TRACE_REASON_OK);
    assert_int_equal(strict.reason[1], TRACE_REASON_TOO_LARGE);
    assert_int_equal(strict.verdict.oracle[CONF_PRG], CONF_PASS);
    assert_int_equal(lost.reason[1], TRACE_REASON_TOO_LARGE);
    assert_int_equal(lost.started[0], 0);
    assert_true(hangs(&lost));
    assert_true(hangs(&direct));
    assert_true(is_safe(&lost));
    assert_true(is_safe(&direct));
}

/* SPARK-32518: the driver admits what can never be launched, and nobody says so but the deadline. */
static void a_gang_admitted_by_its_cores_alone_hangs(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        static const char *const cores[] = {"admission_of", "cores_only", NULL};
        struct plan *plan = plan_new();
        plan_add_executor(plan, &(struct plan_executor){.cores = 2, .memory_mib = 1024, .gpus = 1});
        add_job(plan, "gang", PLAN_STAGE_BARRIER, 2, &core_and_gpu, SECOND, NULL, 0);
        struct story story = tell(plan, wrong ? cores : NULL);
        assert_int_equal(story.reason[0],
                         wrong ? TRACE_REASON_LAUNCH_DEADLINE : TRACE_REASON_SLOTS);
        assert_int_equal(story.quiescent, wrong);
    }
}

/* SPARK-47458: refused, although what is there would do. */
static void a_gang_refused_by_a_wrong_count_is_found_out(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        static const char *const one[] = {"fractions", "one_address", NULL};
        static const struct plan_profile two_gpus = {1, 0, 2000};
        struct plan *plan = plan_new();
        plan_add_executor(plan, &(struct plan_executor){.cores = 6, .memory_mib = 1024, .gpus = 4});
        add_job(plan, "gang", PLAN_STAGE_BARRIER, 2, &two_gpus, SECOND, NULL, 0);
        struct story story = tell(plan, wrong ? one : NULL);
        assert_int_equal(hangs(&story), wrong); /* PRG-4 */
        assert_int_equal(story.started[0], wrong ? 0 : 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gang_tried_in_vain_leaves_no_record_a_round),
        cmocka_unit_test(a_gang_that_holds_what_it_was_given_in_part_hangs),
        cmocka_unit_test(a_gang_goes_elsewhere_after_its_wait_unless_it_holds_its_half),
        cmocka_unit_test(a_gang_in_many_pieces_has_room_in_the_simulator),
        cmocka_unit_test(a_gang_too_large_to_send_fails_alone_or_takes_the_round_along),
        cmocka_unit_test(a_gang_admitted_by_its_cores_alone_hangs),
        cmocka_unit_test(a_gang_refused_by_a_wrong_count_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
