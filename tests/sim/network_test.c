#include "rig.h"

static void a_message_takes_the_latency(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    plan->setting[PLAN_SET_LATENCY] = 3 * MS;
    rig_gang(plan, "a", 4, rig_rounds(plan, 2, SECOND, 2 * SECOND), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    for (uint64_t n = 1; n <= rig.count; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        if (r->kind == TRACE_DELIVER && n > rig_nth(&rig, TRACE_SUBMIT, 1))
            assert_int_equal(r->at_ns - rig_record(&rig, r->cause)->at_ns, 3 * MS);
    }
    rig_free(&rig);
}

/* 64 bytes and the payload, one message after the other on each way of each link. */
static void bandwidth_is_shared_by_what_goes_one_way_on_a_link(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 4);
    struct rig rig;
    const struct plan_op ops[] = {{.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, SECOND)},
                                  {.code = PLAN_OP_ALL_GATHER, .value = 936},
                                  {.code = PLAN_OP_END}};
    plan->setting[PLAN_SET_LATENCY] = MS;
    plan->setting[PLAN_SET_BANDWIDTH] = 1000000; /* 1000 bytes take 1 ms */
    rig_gang(plan, "a", 4, rig_program(plan, ops, 3), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    int64_t sent = rig_record(&rig, rig_nth(&rig, TRACE_ARRIVE, 1))->at_ns;
    uint32_t arrived = 0;
    for (uint64_t n = 1; n <= rig.count; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        if (r->kind == TRACE_DELIVER && r->flags == TRACE_ARRIVE)
            assert_int_equal(r->at_ns, sent + ++arrived * MS + MS);
    }
    assert_int_equal(arrived, 4);
    rig_free(&rig);
}

static void messages_of_one_link_and_way_stay_in_order(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(3, 4);
    struct rig rig;
    uint64_t last[3][2] = {{0}};
    plan->setting[PLAN_SET_BANDWIDTH] = 100000;
    uint32_t program = rig_rounds(plan, 20, 0, 2 * MS);
    rig_gang(plan, "a", 6, program, 0);
    rig_gang(plan, "b", 6, program, 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
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

static void what_is_on_its_way_to_a_crashed_executor_is_lost(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct plan_act crash = rig_crash(1, 0);
    struct rig rig;
    plan->setting[PLAN_SET_LATENCY] = 100 * MS;
    rig_when(plan, &crash, "go", 2);
    crash.at_ns = 50 * MS;
    rig_gang(plan, "a", 4, rig_rounds(plan, 1, SECOND, SECOND), 0);
    rig_act(plan, &crash);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    uint64_t drop = rig_nth(&rig, TRACE_DROP, 1);
    assert_int_equal(rig_record(&rig, drop)->flags, TRACE_GO);
    assert_int_equal(rig_record(&rig, drop)->executor, 1);
    assert_int_equal(rig_record(&rig, drop)->cause, rig_nth(&rig, TRACE_GO, 2));
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void what_was_sent_before_a_crash_arrives(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct plan_act crash = rig_crash(0, 50 * MS);
    struct rig rig;
    plan->setting[PLAN_SET_LATENCY] = 100 * MS;
    rig_when(plan, &crash, "arrive", 1);
    rig_gang(plan, "a", 2, rig_rounds(plan, 1, SECOND, SECOND), 0);
    rig_act(plan, &crash);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    uint64_t arrive = rig_nth(&rig, TRACE_ARRIVE, 1), down = rig_nth(&rig, TRACE_DOWN, 1);
    bool arrived = false;
    for (uint64_t n = down; n <= rig.count; n++)
        arrived |=
            rig_record(&rig, n)->kind == TRACE_DELIVER && rig_record(&rig, n)->cause == arrive;
    assert_true(arrived);
    rig_free(&rig);
}

static void what_was_sent_to_a_process_does_not_reach_its_successor(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct plan_act crash = rig_crash(0, 10 * MS), restart = crash;
    struct rig rig;
    plan->setting[PLAN_SET_LATENCY] = 100 * MS;
    rig_when(plan, &crash, "release", 1);
    restart.kind = PLAN_ACT_RESTART;
    rig_when(plan, &restart, "release", 1);
    restart.at_ns = 20 * MS; /* it is up again when the release comes */
    rig_gang(plan, "a", 2, rig_rounds(plan, 1, SECOND, SECOND), 0);
    rig_act(plan, &crash);
    rig_act(plan, &restart);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_DROP, 1))->cause,
                     rig_nth(&rig, TRACE_RELEASE, 1));
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_JOB_DONE, 1))->a, GANG_REASON_OK);
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_takes_the_latency),
        cmocka_unit_test(bandwidth_is_shared_by_what_goes_one_way_on_a_link),
        cmocka_unit_test(messages_of_one_link_and_way_stay_in_order),
        cmocka_unit_test(what_is_on_its_way_to_a_crashed_executor_is_lost),
        cmocka_unit_test(what_was_sent_before_a_crash_arrives),
        cmocka_unit_test(what_was_sent_to_a_process_does_not_reach_its_successor),
    };
    return cmocka_run_group_tests_name("sim.network", tests, NULL, NULL);
}
