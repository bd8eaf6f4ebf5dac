/* dynamic_test.c -- executors that come and go with the load: who is given back, who is kept, who is asked for. */
#include "rig.h"

#define SECOND INT64_C(1000000000)

static struct gang_config settings(const char *axis, const char *value)
{
    struct gang_config config = rig_config_set(axis, value);
    config.dynamic = 1;
    config.idle_ns = 20 * SECOND;
    return config;
}

static uint32_t away(const struct rig *rig)
{
    uint32_t count = 0;
    for (uint32_t e = 0; e < rig->executor_count; e++)
        count += rig->down[e];
    return count;
}

static void one_that_has_nothing_to_do_for_so_long_is_given_back(void **state)
{
    (void)state;
    for (uint32_t dynamic = 0; dynamic < 2; dynamic++) {
        struct gang_config config = settings(NULL, NULL);
        config.dynamic = dynamic;
        struct rig *rig = rig_new(3, 1, 0, &config);
        struct gang_stage_spec one = rig_map(1, 1);
        rig_submit(rig, 1, &one, 1);
        rig_pass(rig, 20 * SECOND - 1);
        assert_int_equal(away(rig), 0);
        rig_pass(rig, 1);
        assert_int_equal(away(rig), dynamic ? 2 : 0);
        assert_int_equal(rig_count(rig, GANG_FX_GIVE_BACK), dynamic ? 2 : 0);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0); /* executor 0's time begins */
        rig_pass(rig, 20 * SECOND - 1);
        assert_false(rig->down[0]);
        rig_pass(rig, 1);
        assert_int_equal(away(rig), dynamic ? 3 : 0);
        if (dynamic)
            assert_int_equal(rig_last(rig, GANG_FX_LOST)->reason, GANG_REASON_IDLE);
        enum gang_timer why;
        assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_WORK, &why), GANG_NEVER);
        rig_free(rig);
    }
}

/* Each asks for as many as hold it, and no more; what is on its way counts for one of them. */
static void tasks_that_wait_ask_for_as_many_as_hold_them(void **state)
{
    (void)state;
    struct gang_config config = settings(NULL, NULL);
    struct rig *rig = rig_new(6, 2, 0, &config);
    struct gang_stage_spec three = rig_map(3, 1), gang = rig_gang(4, 1, 0), none = rig_map(1, 3);
    rig_pass(rig, 20 * SECOND);
    assert_int_equal(away(rig), 6);
    rig_submit(rig, 1, &three, 1);
    rig_deliver(rig);
    assert_int_equal(rig_count(rig, GANG_FX_ASK), 2);
    rig_submit(rig, 2, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_count(rig, GANG_FX_ASK), 4);
    rig_submit(rig, 3, &none, 1); /* nobody could hold it */
    rig_deliver(rig);
    assert_int_equal(rig_count(rig, GANG_FX_ASK), 4);
    assert_true(rig_cancel(rig, 3));
    assert_int_equal(rig_grant(rig), 4);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 7);
    assert_int_equal(rig_count(rig, GANG_FX_ASK), 4);
    rig_free(rig);
}

/* G-19: executors come one by one, 15 s apart, and would be given back after 20 s. */
static void a_gang_gets_all_it_needs_because_what_came_is_pinned(void **state)
{
    (void)state;
    for (unsigned pin = 0; pin < 2; pin++) {
        struct gang_config config = settings("dynamic_admission", pin ? "yes" : "no");
        struct rig *rig = rig_new(3, 1, 0, &config);
        struct gang_stage_spec gang = rig_gang(3, 1, 0);
        rig_pass(rig, 20 * SECOND);
        assert_int_equal(away(rig), 3);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        assert_int_equal(rig_count(rig, GANG_FX_ASK), 3); /* admitted: it could be had */
        assert_int_equal(rig_count(rig, GANG_FX_REFUSE), 0);
        for (uint32_t e = 0; e < 3; e++) {
            rig_boot(rig, e);
            rig_pass(rig, 15 * SECOND);
        }
        assert_int_equal(rig_alive(rig), pin ? 3 : 0);
        if (!pin) {
            rig_free(rig);
            continue;
        }
        /* One that is done stays for the others: the gang may have to begin again. */
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
        rig_pass(rig, 100 * SECOND);
        assert_int_equal(away(rig), 0);
        rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_OK, 0);
        rig_exit(rig, rig_task(rig, 1, 0, 2), GANG_EXIT_OK, 0);
        rig_pass(rig, 41 * SECOND);
        assert_int_equal(away(rig), 3);
        rig_free(rig);
    }
}

/* Of what a gang cannot use nothing is pinned, and a running one needs its own alone. */
static void nobody_is_pinned_for_a_gang_that_cannot_use_it(void **state)
{
    (void)state;
    struct gang_config config = settings(NULL, NULL);
    struct rig *rig = rig_new(4, 2, 0, &config);
    struct gang_stage_spec large = rig_gang(2, 2, 0), busy = rig_map(3, 2);
    rig_submit(rig, 1, &busy, 1);
    rig_submit(rig, 2, &large, 1);
    rig_pass(rig, 60 * SECOND);
    assert_int_equal(away(rig), 0); /* executor 3 waits with it */
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_OK, 0);
    assert_int_equal(rig_alive(rig), 3);
    rig_pass(rig, 45 * SECOND);
    assert_int_equal(away(rig), 1);
    rig_free(rig);
}

/* Spark's target: a task that is held up by a gang in front of it keeps an executor that it could have. */
static void a_task_that_waits_keeps_an_executor_that_could_take_it(void **state)
{
    (void)state;
    for (int behind = 0; behind < 2; behind++) {
        struct gang_config config = settings("dynamic_admission", "no");
        struct rig *rig = rig_new(2, 1, 0, &config);
        struct gang_stage_spec one = rig_map(1, 1), gang = rig_gang(2, 1, 0);
        rig_submit(rig, 1, &one, 1);
        rig_deliver(rig);
        rig_submit(rig, 2, &gang, 1);
        if (behind)
            rig_submit(rig, 3, &one, 1);
        rig_pass(rig, 39 * SECOND);
        assert_int_equal(rig_alive(rig), 1);
        assert_int_equal(away(rig), !behind);
        rig_free(rig);
    }
}

/* Shuffle tracking: what is to be read keeps its executor, until it has been. */
static void an_output_that_is_still_needed_keeps_its_executor(void **state)
{
    (void)state;
    struct gang_config config = settings(NULL, NULL);
    struct gang_limits limits = rig_limits();
    limits.outputs = 8;
    struct rig *rig = rig_new_with(3, 1, 0, &config, &limits, NULL);
    struct gang_stage_spec both[2] = {rig_map(2, 1), rig_map(1, 1)};
    both[1].parents = both[1].shuffles = 1;
    rig_submit(rig, 1, both, 2);
    rig_deliver(rig);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_OK, 0);
    rig_pass(rig, 100 * SECOND);
    assert_int_equal(away(rig), 1);
    assert_false(rig->down[0] || rig->down[1]);
    assert_int_equal(rig_count(rig, GANG_FX_UNREGISTER), 0);
    rig_exit(rig, rig_task(rig, 1, 1, 0), GANG_EXIT_OK, 0);
    rig_pass(rig, 41 * SECOND);
    assert_int_equal(away(rig), 3);
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
    rig_free(rig);
}

/* What was asked for and does not come is no capacity any more: the gang is checked anew, so often and no more. */
static void who_is_asked_for_and_does_not_come_is_not_counted_on(void **state)
{
    (void)state;
    for (uint32_t come = 0; come < 2; come++) {
        struct gang_config config = settings(NULL, NULL);
        struct rig *rig = rig_new(2, 1, 0, &config);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        rig_pass(rig, 20 * SECOND);
        rig_submit(rig, 1, &gang, 1);
        rig_pass(rig, 59 * SECOND);
        rig_boot(rig, 0); /* somebody comes, so others may */
        rig_pass(rig, 59 * SECOND);
        if (come)
            rig_boot(rig, 1);
        rig_pass(rig, 2 * SECOND);
        assert_int_equal(rig_alive(rig), 2 * come);
        rig_pass(rig, 200 * SECOND);
        assert_int_equal(rig_count(rig, GANG_FX_REFUSE), !come);
        if (!come) {
            assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->reason, GANG_REASON_SLOTS);
            assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->epoch, 1);
        }
        rig_free(rig);
    }
}

static void a_time_for_idleness_must_be_given(void **state)
{
    (void)state;
    struct gang_config config = settings(NULL, NULL);
    struct gang_limits limits = rig_limits();
    void *memory = test_malloc(gang_driver_size(&limits) + 64);
    struct gang_driver *driver;
    struct gang_err err;
    config.idle_ns = 0;
    assert_int_equal(gang_driver_init((void *)(((uintptr_t)memory + 63) & ~(uintptr_t)63), &limits,
                                      &config, &driver, &err),
                     GANG_E_RANGE);
    assert_string_equal(err.detail, "idle_ns is 0, must be at least 1");
    test_free(memory);
}

/* The driver asks for what the placer leaves waiting; what it holds has a place, and what it leaves free counts as there. */
static void with_a_placer_outside_who_still_waits_after_a_plan_is_asked_for(void **state)
{
    (void)state;
    struct gang_config config = settings(NULL, NULL);
    struct gang_limits limits = rig_limits();
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct gang_decision hold[] = {{.kind = GANG_DECIDE_HOLD, .job = 1, .count = 1, .executor = 0},
                                   {.kind = GANG_DECIDE_HOLD, .job = 1, .rank = 1, .count = 1, .executor = 1}};
    struct gang_decision go[] = {{.kind = GANG_DECIDE_LAUNCH, .job = 1, .rank = 2, .count = 1, .executor = 2},
                                 {.kind = GANG_DECIDE_LAUNCH, .job = 1, .rank = 3, .count = 1, .executor = 3}};
    config.placer = GANG_PLACER_HOST;
    limits.decisions = 64;
    struct rig *rig = rig_new_with(6, 1, 0, &config, &limits, NULL);
    rig_pass(rig, 20 * SECOND);
    assert_int_equal(away(rig), 6);
    rig_submit(rig, 1, &gang, 1);
    while (rig_due(rig))
        ;
    assert_int_equal(rig_count(rig, GANG_FX_PLAN_WANTED), 1);
    assert_int_equal(rig_count(rig, GANG_FX_ASK), 0);
    assert_int_equal(rig_plan(rig, NULL, 0, NULL), GANG_OK);
    assert_int_equal(rig_count(rig, GANG_FX_ASK), 4);
    assert_int_equal(rig_grant(rig), 4);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_plan(rig, hold, 2, NULL), GANG_OK);
    rig_deliver(rig);
    assert_int_equal(rig_count(rig, GANG_FX_ASK), 4);
    rig_pass(rig, 60 * SECOND); /* nobody is given back whom the gang could use */
    assert_int_equal(away(rig), 2);
    assert_int_equal(rig_plan(rig, go, 2, NULL), GANG_OK);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(rig_count(rig, GANG_FX_ASK), 4);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_has_nothing_to_do_for_so_long_is_given_back),
        cmocka_unit_test(tasks_that_wait_ask_for_as_many_as_hold_them),
        cmocka_unit_test(a_gang_gets_all_it_needs_because_what_came_is_pinned),
        cmocka_unit_test(nobody_is_pinned_for_a_gang_that_cannot_use_it),
        cmocka_unit_test(a_task_that_waits_keeps_an_executor_that_could_take_it),
        cmocka_unit_test(an_output_that_is_still_needed_keeps_its_executor),
        cmocka_unit_test(who_is_asked_for_and_does_not_come_is_not_counted_on),
        cmocka_unit_test(with_a_placer_outside_who_still_waits_after_a_plan_is_asked_for),
        cmocka_unit_test(a_time_for_idleness_must_be_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
