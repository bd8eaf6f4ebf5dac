/*
 * simulated_test.c -- the oracles over what the real core does in the simulator: small random plans
 * with random faults.
 *
 * Whatever the faults are, strict keeps every rule of safety, and every job ends unless the plan
 * hangs a task. A run that does not pass is a bug here, in the core or in the simulator, and its
 * number says which plan it was: MUSTER_PLANS=17..17 runs that one alone and prints what was found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plans.h"
#include "sim/sim.h"
#include "support.h"

static const int64_t MS = 1000000;

struct run {
    struct judged judged;
    uint64_t kinds, ends; /* kinds of record; reasons with which jobs ended */
    bool show;            /* its records are printed */
};

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct run *run = ctx;
    struct trace_err err;
    if (run->show)
        trace_ndjson_records(stdout, records, count, first, &err);
    conf_feed(run->judged.judge, records, count, first);
    for (size_t i = 0; i < count; i++) {
        run->kinds |= TRACE_BIT(records[i].kind);
        if (records[i].kind == TRACE_JOB_DONE)
            run->ends |= UINT64_C(1) << (records[i].a & 63);
    }
}

/* Without faults a job ends well, or is too large for the cluster, or its own program fails it. */
static bool ends_as_it_should(const struct plan *plan, uint64_t ends)
{
    const uint64_t own = UINT64_C(1) << TRACE_REASON_OK | UINT64_C(1) << TRACE_REASON_SLOTS |
                         UINT64_C(1) << TRACE_REASON_NEVER_FITS |
                         UINT64_C(1) << TRACE_REASON_ATTEMPTS |
                         UINT64_C(1) << TRACE_REASON_TOO_LARGE;
    return plan->act_count > 0 || (ends & ~own) == 0;
}

static bool is_strict(const struct gang_policy *policy)
{
    const struct gang_policy strict = gang_policy_strict();
    return memcmp(policy, &strict, sizeof strict) == 0;
}

static uint64_t simulate(struct plan *plan, const struct gang_policy *policy,
                         struct conf_verdict *verdict)
{
    struct sim_options options = {.plan = plan,
                                  .core = gang_api(),
                                  .policy = *policy,
                                  .seed = 1,
                                  .audit_every = 1};
    struct history shape = {.plan = plan,
                            .observes = sim_observes(),
                            .two_phase = policy->axis[GANG_AXIS_LAUNCH] == 0};
    struct sim_err err = {0};
    bool ended = false;
    size_t size = sim_size(&options, &err);
    if (size == 0)
        fail_msg("%s", err.detail);
    void *memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
    assert_non_null(memory);
    struct sim *sim = sim_init(memory, size, &options, &err);
    if (sim == NULL)
        fail_msg("%s", err.detail);
    struct run run = {.judged = judge_open(&shape), .show = getenv("MUSTER_SHOW") != NULL};
    sim_observer(sim, observe, &run);
    if (sim_run(sim, UINT64_MAX, &ended, &err) != SIM_OK)
        fail_msg("%s", err.detail);
    assert_true(ended);
    conf_finish(run.judged.judge, verdict);
    judge_close(&run.judged);
    free(memory);
    if (is_strict(policy))
        assert_true(ends_as_it_should(plan, run.ends));
    return run.kinds;
}

static bool is_right(const struct plan *plan, const struct conf_verdict *v)
{
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        if (oracle != CONF_PRG && v->oracle[oracle] != CONF_PASS)
            return false;
    return v->oracle[CONF_PRG] != CONF_FAIL || plan_may_hang(plan);
}

/* How many of these plans are not right; the kinds of record that they have made are added to `kinds`. */
static unsigned long judge_plans(unsigned long from, unsigned long to,
                                 const struct gang_policy *policy, uint64_t *kinds)
{
    unsigned long wrong = 0;
    for (unsigned long number = from; number <= to; number++) {
        struct conf_verdict v;
        struct plan *plan = random_plan(number);
        if (from == to)
            plan_write(plan, stdout, NULL);
        *kinds |= simulate(plan, policy, &v);
        for (uint32_t i = 0; i < v.finding_count && (!is_right(plan, &v) || from == to); i++)
            print_message("plan %lu: %s at record %lu: %s\n", number, v.findings[i].rule,
                          (unsigned long)v.findings[i].record, v.findings[i].sentence);
        wrong += !is_right(plan, &v);
        plan_free(plan);
    }
    return wrong;
}

static bool was_reached(const char *mark)
{
    for (unsigned i = 0; gang_mark_text(i) != NULL; i++)
        if (strcmp(gang_mark_text(i), mark) == 0)
            return gang_mark_hit(i);
    return false;
}

static bool asked_for(unsigned long *from, unsigned long *to)
{
    const char *range = getenv("MUSTER_PLANS");
    if (range != NULL)
        assert_int_equal(sscanf(range, "%lu..%lu", from, to), 2);
    return range != NULL;
}

static void strict_keeps_the_rules_whatever_the_faults(void **state)
{
    (void)state;
    unsigned long from = 1, to = 3500;
    uint64_t kinds = 0;
    const struct gang_policy strict = gang_policy_strict();
    bool asked = asked_for(&from, &to);
    assert_int_equal(judge_plans(from, to, &strict, &kinds), 0);
    const uint64_t rare = TRACE_BIT(TRACE_QUIESCENT) | TRACE_BIT(TRACE_RESERVE_NACK) |
                          TRACE_BIT(TRACE_FRAME_LOST) | TRACE_BIT(TRACE_DISCONNECT) |
                          TRACE_BIT(TRACE_CONNECT) | TRACE_BIT(TRACE_DRIVER_DOWN) |
                          TRACE_BIT(TRACE_DRIVER_UP) | TRACE_BIT(TRACE_MEET) | TRACE_BIT(TRACE_MET) | TRACE_BIT(TRACE_LAUNCH);
    if (asked)
        return;
    assert_true((kinds | rare) == trace_kinds_all()); /* and these plans have made nearly everything happen */
    assert_true(was_reached("a stage waited long enough for the executors it prefers"));
    assert_true(was_reached("an encoded task was too large to be sent"));
    assert_true(was_reached("an executor had nothing to do and was given back"));
    assert_true(was_reached("an executor had nothing to do and was kept for somebody"));
    assert_true(was_reached("an executor that was given back was asked for again"));
    assert_true(was_reached("an executor was asked for and did not come"));
}

/* B-39: what started in part is ended again, so the rules that do not ask for two phases hold without them. */
static void so_does_a_launch_at_once(void **state)
{
    (void)state;
    unsigned long from = 1800, to = 2300;
    uint64_t kinds = 0;
    struct gang_policy direct = gang_policy_strict();
    (void)asked_for(&from, &to);
    direct.axis[GANG_AXIS_LAUNCH] = 1;
    assert_int_equal(judge_plans(from, to, &direct, &kinds), 0);
    assert_true((kinds & TRACE_BIT(TRACE_RESERVE)) == 0);
}

/* Ways of counting and of failing that leave gangs behind, but start nobody who must not be: whatever they do to progress,
 * every rule of safety holds, and so does every assertion. */
static void other_ways_of_placement_hang_but_break_no_rule_of_safety(void **state)
{
    (void)state;
    static const enum gang_axis axes[] = {
        GANG_AXIS_CAPACITY_SET,    GANG_AXIS_CAPACITY_OF,  GANG_AXIS_ENCODE_ERROR,
        GANG_AXIS_ADMISSION_CHECK, GANG_AXIS_ADMISSION_OF, GANG_AXIS_ROUND_SLOTS,
        GANG_AXIS_PARTIAL_GANG,    GANG_AXIS_FRACTIONS,    GANG_AXIS_OFFERS,
        GANG_AXIS_LOCALITY_RESET};
    for (unsigned long number = 2001; number <= 2400; number++) {
        struct conf_verdict v;
        struct gang_policy policy = gang_policy_strict();
        struct plan *plan = random_plan(number);
        for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
            policy.axis[axes[i]] = dice(3) == 0;
        (void)simulate(plan, &policy, &v);
        for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
            if (oracle != CONF_PRG && v.oracle[oracle] == CONF_FAIL)
                fail_msg("plan %lu: %s: %s", number, v.findings[0].rule, v.findings[0].sentence);
        plan_free(plan);
    }
}

/* Bugs of a policy are in what it does. Its books stay right: every event is followed by an audit, and the run ends. */
static void every_policy_keeps_its_books_whatever_the_faults(void **state)
{
    (void)state;
    unsigned long from = PLANS_OF_WHOLE_GPUS - 500, to = from + 2000;
    (void)asked_for(&from, &to);
    for (unsigned long number = from; number <= to; number++) {
        struct conf_verdict v;
        struct plan *plan = random_plan(number);
        struct gang_policy policy = gang_policy_strict();
        for (int i = 0; i < GANG_AXIS_COUNT; i++)
            policy.axis[i] = dice(3) == 0;
        (void)simulate(plan, &policy, &v);
        plan_free(plan);
    }
}

/* Whatever a policy does wrong, it does it to jobs: the books stay right, the run ends, and its history is possible. */
static unsigned long judge_books(unsigned long from, unsigned long to, const struct gang_policy *policy,
                                 const char *name)
{
    unsigned long wrong = 0;
    for (unsigned long number = from; number <= to; number++) {
        struct conf_verdict v;
        struct plan *plan = random_plan(number);
        (void)simulate(plan, policy, &v);
        for (uint32_t i = 0; i < v.finding_count; i++)
            if (v.findings[i].oracle == CONF_HIS && v.findings[i].outcome == CONF_FAIL)
                print_message("plan %lu under %s: %s at record %lu: %s\n", number, name, v.findings[i].rule,
                              (unsigned long)v.findings[i].record, v.findings[i].sentence);
        wrong += v.oracle[CONF_HIS] == CONF_FAIL;
        plan_free(plan);
    }
    return wrong;
}

/* Strict but for one axis, one axis after the other; then all of Spark. By default a few plans each, other ones for each;
 * MUSTER_AXES=1, or =siblings for one axis alone, takes those of MUSTER_PLANS for all of them, and runs nothing else. */
static void every_axis_alone_keeps_its_books(void **state)
{
    (void)state;
    unsigned long from = 1, to = 2000, wrong = 0;
    const struct gang_policy spark = gang_policy_spark();
    const char *only = getenv("MUSTER_AXES");
    if (only != NULL)
        (void)asked_for(&from, &to);
    for (int i = 0; i < GANG_AXIS_COUNT; i++) {
        struct gang_policy policy = gang_policy_strict();
        const char *name = gang_axis_text((enum gang_axis)i);
        if (only != NULL && strcmp(only, "1") != 0 && strcmp(only, name) != 0)
            continue;
        policy.axis[i] = 1;
        if (only == NULL) {
            from = 2001 + 40 * (unsigned long)i;
            to = from + 39;
        }
        wrong += judge_books(from, to, &policy, name);
    }
    if (only == NULL || strcmp(only, "1") == 0 || strcmp(only, "spark") == 0)
        wrong += judge_books(from, to, &spark, "spark");
    assert_int_equal(wrong, 0);
}

/* Who holds what it has for ever, or asks twice because it has died, passes others over as often as one likes. */
static bool is_of_this_world(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (plan->acts[i].kind == PLAN_ACT_CRASH_DRIVER)
            return false;
    for (uint32_t i = 0; i < plan->job_count; i++)
        if (plan->jobs[i].kind == PLAN_JOB_SERVICE)
            return false;
    return true;
}

/* STV of stages whose tasks go one by one: how many findings these plans have. */
static unsigned long count_passed_over(unsigned long from, unsigned long to, const struct gang_policy *policy, int64_t wait_ns)
{
    unsigned long passed = 0;
    for (unsigned long number = from; number <= to; number++) {
        struct conf_verdict v;
        struct plan *plan = random_plan(number);
        if (!is_of_this_world(plan)) {
            plan_free(plan);
            continue;
        }
        for (uint32_t i = 0; i < plan->profile_count; i++) /* whoever takes a slot takes what another could have used */
            plan->profiles[i] = (struct plan_profile){.cores = 1};
        plan->setting[PLAN_SET_ADMISSION_INTERVAL] = 1000 * MS;
        plan->setting[PLAN_SET_ADMISSION_FAILURES] = 600;
        plan->setting[PLAN_SET_OVERTAKEN] = 12;
        plan->setting[PLAN_SET_WAIT] = wait_ns;
        (void)simulate(plan, policy, &v);
        for (uint32_t i = 0; i < v.finding_count; i++) {
            const char *sentence = v.findings[i].sentence;
            if (v.findings[i].oracle != CONF_STV || strstr(sentence, "more of its tasks") == NULL)
                continue;
            passed++;
            if (from == to || wait_ns > 100000 * MS)
                print_message("plan %lu: %s at record %lu: %s\n", number, v.findings[i].rule,
                              (unsigned long)v.findings[i].record, sentence);
        }
        plan_free(plan);
    }
    return passed;
}

/* Where the head of the queue is skipped, whoever stands before another has had its turn when that one has it. What a driver cannot
 * know yet, and that a job is looked at again only after a while, costs a wave or two of slots. Where the head blocks, tasks wait for it. */
static void tasks_are_passed_over_only_where_the_head_blocks(void **state)
{
    (void)state;
    unsigned long from = 1, to = 2400;
    struct gang_policy policy = gang_policy_strict();
    bool asked = asked_for(&from, &to);
    if (!asked)
        assert_true(count_passed_over(1, 200, &policy, 15000 * MS) > 0);
    policy.axis[GANG_AXIS_BLOCKED_HEAD] = 1;
    assert_int_equal(count_passed_over(asked ? from : 1801, to, &policy, 600000 * MS), 0);
}

static uint32_t add_stage(struct plan *plan, uint32_t job, bool barrier, uint32_t tasks,
                          uint64_t shuffles, const struct plan_op *ops, uint32_t count)
{
    const struct plan_profile need = {.cores = 1};
    struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, barrier ? "gang" : "tasks"),
                                                   barrier ? PLAN_STAGE_BARRIER : PLAN_STAGE_MAPREDUCE, tasks);
    stage.profile = plan_add_profile(plan, &need);
    stage.program = plan_add_program(plan, "", ops, count);
    stage.parents = shuffles;
    stage.shuffles = shuffles;
    return plan_add_stage(plan, &stage);
}

/* Three machines of one core. Rank 0 of the gang misses what was made on the third; rank 1 waits for it. */
static struct plan *plan_with_missed_output(void)
{
    struct plan *plan = plan_new();
    struct plan_act crash = plan_act_blank();
    struct plan_dist second = {.kind = PLAN_DIST_FIXED, .lo = 1000 * MS},
                     long_time = {.kind = PLAN_DIST_FIXED, .lo = 10000 * MS};
    for (uint32_t i = 0; i < 3; i++)
        plan_add_executor(plan, &(struct plan_executor){.cores = 1, .memory_mib = 1024});
    const struct plan_op map[] = {{.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &second)}};
    const struct plan_op gang[] = {
        {.code = PLAN_OP_ON_RANK, .to = 3, .value = 0, .value2 = 0},
        {.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &long_time)},
        {.code = PLAN_OP_FETCH, .value = 1},
        {.code = PLAN_OP_BARRIER}};
    uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, "j")});
    add_stage(plan, job, false, 3, 0, map, 1);
    add_stage(plan, job, true, 2, 1, gang, 4);
    crash.kind = PLAN_ACT_CRASH;
    crash.executor = 2;
    crash.at_ns = 5000 * MS;
    crash.for_good = 1;
    plan_add_act(plan, &crash);
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    return plan;
}

/* B-143: nothing but a deadline of thirty days would end it. */
static void a_gang_that_waits_for_the_slots_it_left_behind_hangs(void **state)
{
    (void)state;
    for (int leave = 0; leave < 2; leave++) {
        struct plan *plan = plan_with_missed_output();
        struct gang_policy policy = gang_policy_strict();
        struct conf_verdict v;
        policy.axis[GANG_AXIS_FETCH_FAILURE] = policy.axis[GANG_AXIS_STAGE_END] = (uint8_t)leave;
        (void)simulate(plan, &policy, &v);
        assert_int_equal(v.oracle[CONF_PRG], leave ? CONF_FAIL : CONF_PASS);
        plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gang_that_waits_for_the_slots_it_left_behind_hangs),
        cmocka_unit_test(strict_keeps_the_rules_whatever_the_faults),
        cmocka_unit_test(so_does_a_launch_at_once),
        cmocka_unit_test(other_ways_of_placement_hang_but_break_no_rule_of_safety),
        cmocka_unit_test(tasks_are_passed_over_only_where_the_head_blocks),
        cmocka_unit_test(every_policy_keeps_its_books_whatever_the_faults),
        cmocka_unit_test(every_axis_alone_keeps_its_books),
    };
    if (getenv("MUSTER_AXES") != NULL)
        cmocka_set_test_filter("every_axis_*");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
