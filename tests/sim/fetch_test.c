/* fetch_test.c -- tasks read what others made: how long it takes, and what they find. */
#include "rig.h"

#include <string.h>

/* A map stage whose tasks take a second, and a gang that computes for ten before it fetches. */
static struct plan *plan_of(uint32_t executors, uint32_t cores, uint32_t kind, uint32_t readers)
{
    struct plan *plan = rig_plan(executors, cores);
    const struct plan_op map[] = {{.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, SECOND)},
                                  {.code = PLAN_OP_END}};
    const struct plan_op read[] = {{.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, 10 * SECOND)},
                                   {.code = PLAN_OP_FETCH, .value = 3000},
                                   {.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, SECOND)},
                                   {.code = PLAN_OP_END}};
    uint32_t job = rig_tasks(plan, "a", executors * cores, rig_program(plan, map, 2), 0);
    rig_reader(plan, job, kind, readers, read, 4);
    return plan;
}

static void a_fetch_takes_the_way_there_and_back_and_its_bytes(void **state)
{
    (void)state;
    const struct {
        int64_t latency_ns, bandwidth, takes_ns;
    } cases[] = {{0, 0, 0},
                 {MS, 0, 2 * MS},
                 {MS, 1000, 2 * MS + 3 * SECOND},
                 {0, 700000, 4285715}, /* rounded up */
                 {0, INT64_MAX, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan *plan = plan_of(1, 2, PLAN_STAGE_MAPREDUCE, 1);
        struct rig rig;
        plan->setting[PLAN_SET_LATENCY] = cases[i].latency_ns;
        plan->setting[PLAN_SET_BANDWIDTH] = cases[i].bandwidth;
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_reader_ns(&rig), 11 * SECOND + cases[i].takes_ns);
        assert_int_equal(rig_count(&rig, TRACE_FETCH_FAILED), 0);
        rig_free(&rig);
    }
}

static void what_crashed_is_missed_and_made_again(void **state)
{
    (void)state;
    for (uint32_t kind = PLAN_STAGE_MAPREDUCE; kind <= PLAN_STAGE_BARRIER; kind++) {
        struct plan *plan = plan_of(3, 2, kind, 2); /* the readers are on executor 0 */
        struct plan_act crash = rig_crash(1, 5 * SECOND);
        struct rig rig;
        rig_act(plan, &crash);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        const struct trace_record *missed = nth(&rig, TRACE_FETCH_FAILED, 1);
        assert_int_equal(missed->actor, TRACE_TASK);
        assert_int_equal(missed->stage, 1);
        assert_int_equal(missed->executor, 1);
        assert_int_equal(missed->a, 0);
        assert_int_equal(missed->b, 2); /* of ranks 2 and 3, which were there */
        assert_int_equal(missed->at_ns - nth(&rig, TRACE_START, 7)->at_ns,
                         10 * SECOND + 2 * plan->setting[PLAN_SET_LATENCY]);
        uint64_t exit = rig_nth(&rig, TRACE_FETCH_FAILED, 1) + 1;
        assert_int_equal(rig_record(&rig, exit)->kind, TRACE_EXIT);
        assert_int_equal(rig_record(&rig, exit)->a, TRACE_EXIT_FAILED);
        assert_int_equal(rig_record(&rig, exit)->cause, exit - 1);
        const struct trace_record *lost = nth(&rig, TRACE_UNREGISTER, 1);
        assert_int_equal(lost->rank, 2);
        assert_int_equal(lost->a, 2);
        assert_int_equal(lost->b, GANG_REASON_FETCH_FAILED);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        rig_check_history(&rig);
        rig_free(&rig);
    }
}

static void a_new_process_has_not_what_the_old_one_made(void **state)
{
    (void)state;
    struct plan *plan = plan_of(3, 2, PLAN_STAGE_BARRIER, 2);
    struct plan_act crash = rig_crash(1, 5 * SECOND), restart = crash;
    struct rig rig;
    restart.kind = PLAN_ACT_RESTART;
    restart.at_ns =
        11 * SECOND + 2 * MS; /* the driver hears of it when it has to be told already */
    rig_act(plan, &crash);
    rig_act(plan, &restart);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_true(rig_count(&rig, TRACE_UNREGISTER) == 1);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

/* The first wave of readers finds everything, and the second does not. */
static void what_others_have_found_may_be_gone_since(void **state)
{
    (void)state;
    struct plan *plan = plan_of(3, 2, PLAN_STAGE_MAPREDUCE, 12);
    struct plan_act crash = rig_crash(1, 15 * SECOND);
    struct rig rig;
    rig_act(plan, &crash);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *missed = nth(&rig, TRACE_FETCH_FAILED, 1);
    assert_true(missed->at_ns > 22 * SECOND);
    assert_int_equal(missed->executor, 1);
    assert_int_equal(missed->b, 2);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_check_history(&rig);
    rig_free(&rig);
}

/* Row 5.2 #2 (B-143): rank 1 waits in a barrier for rank 0, whose fetch fails; nobody ends it, and the next attempt needs
 * its slot. */
static void siblings_of_a_failed_fetch_that_nobody_ends_hang_the_gang(void **state)
{
    (void)state;
    for (int leave = 0; leave < 2; leave++) {
        struct plan *plan = rig_plan(3, 1);
        struct gang_policy policy = gang_policy_strict();
        struct plan_act crash = rig_crash(2, 5 * SECOND);
        struct rig rig;
        const struct plan_op map[] = {{.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, SECOND)},
                                      {.code = PLAN_OP_END}};
        const struct plan_op gang[] = {
            {.code = PLAN_OP_ON_RANK, .to = 3, .value = 0, .value2 = 0},
            {.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, 10 * SECOND)},
            {.code = PLAN_OP_FETCH, .value = 1},
            {.code = PLAN_OP_BARRIER},
            {.code = PLAN_OP_END}};
        rig_reader(plan, rig_tasks(plan, "a", 3, rig_program(plan, map, 2), 0), PLAN_STAGE_BARRIER,
                   2, gang, 5);
        crash.for_good = 1;
        rig_act(plan, &crash);
        assert_int_equal(
            gang_policy_set(&policy, "fetch_failure", leave ? "leave" : "kill_siblings", NULL),
            GANG_OK);
        assert_int_equal(gang_policy_set(&policy, "stage_end", leave ? "drop" : "reply_all", NULL),
                         GANG_OK);
        rig_begin_under(&rig, plan, 1, &policy);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_FETCH_FAILED), 1);
        assert_int_equal(rig_count(&rig, TRACE_KILL),
                         1); /* leave: not before its job is given up */
        assert_int_equal(rig_count(&rig, TRACE_QUIESCENT), leave);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a,
                         leave ? GANG_REASON_LAUNCH_DEADLINE : GANG_REASON_OK);
        rig_free(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fetch_takes_the_way_there_and_back_and_its_bytes),
        cmocka_unit_test(what_crashed_is_missed_and_made_again),
        cmocka_unit_test(a_new_process_has_not_what_the_old_one_made),
        cmocka_unit_test(what_others_have_found_may_be_gone_since),
        cmocka_unit_test(siblings_of_a_failed_fetch_that_nobody_ends_hang_the_gang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
