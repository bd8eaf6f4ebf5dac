/* exclude_test.c -- executors that nothing new is placed on: excluded, or on their way out; and jobs that are checked once. */
#include "rig.h"

#define SECOND INT64_C(1000000000)

static struct gang_config excluding(uint32_t failures)
{
    struct gang_config config = rig_config();
    config.exclude_failures = failures;
    config.exclude_ns = 100 * SECOND;
    config.attempts_max = 100;
    return config;
}

static void set(struct gang_config *config, const char *axis, const char *value)
{
    assert_int_equal(gang_policy_set(&config->policy, axis, value, NULL), GANG_OK);
}

static void obey(struct rig *rig)
{
    for (uint32_t e = 0; e < rig->executor_count; e++)
        for (uint32_t i = 0; i < RIG_TASKS; i++)
            if (rig->run[e][i].alive && rig->run[e][i].asked)
                rig_exit(rig, &rig->run[e][i], GANG_EXIT_KILLED, 0);
    rig_pass(rig, SECOND);
}

/* Row 5.2 #13: executor 0 always fails its member first. */
static void an_executor_that_fails_again_and_again_is_avoided(void **state)
{
    (void)state;
    for (int fed = 0; fed < 2; fed++) {
        struct gang_config config = excluding(2);
        struct gang_stage_spec gang = rig_gang(2, 2, 0);
        set(&config, "exclusion", fed ? "fed" : "not_fed");
        struct rig *rig = rig_new(3, 2, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        for (int failure = 0; failure < 2; failure++) {
            assert_int_equal(rig_count(rig, GANG_FX_EXCLUDE), 0);
            rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
            obey(rig);
        }
        assert_int_equal(rig_count(rig, GANG_FX_EXCLUDE), fed);
        assert_int_equal(rig_task(rig, 1, 0, 0)->executor, fed);
        if (fed) {
            assert_int_equal(rig_last(rig, GANG_FX_EXCLUDE)->executor, 0);
            assert_int_equal(rig_last(rig, GANG_FX_EXCLUDE)->count, 2);
        }
        rig_free(rig);
    }
}

static void it_comes_back_when_its_time_is_over(void **state)
{
    (void)state;
    struct gang_config config = excluding(1);
    struct gang_stage_spec map = rig_map(4, 1);
    struct rig *rig = rig_new(2, 2, 0, &config);
    enum gang_timer why;
    rig_tell(rig, GANG_EV_EXCLUDE, 0);
    gang_ns due = gang_driver_deadline_of(rig->driver, GANG_HOPE_WORK, &why);
    assert_int_equal(why, GANG_TIMER_EXCLUSION);
    assert_int_equal(due, rig->now + 100 * SECOND);
    rig_submit(rig, 1, &map, 1);
    rig_pass(rig, 99 * SECOND);
    assert_int_equal(rig_alive(rig), 2); /* only the other executor's */
    rig_tell(rig, GANG_EV_EXCLUDE, 1);   /* what runs there goes on */
    assert_int_equal(rig_alive(rig), 2);
    rig_pass(rig, 16 * SECOND); /* and one admission check later */
    assert_int_equal(rig_alive(rig), 4);
    rig_free(rig);
}

static void a_success_between_two_failures_forgives_the_first(void **state)
{
    (void)state;
    struct gang_config config = excluding(2);
    struct gang_stage_spec gang = rig_gang(1, 1, 0), map = rig_map(1, 1);
    struct rig *rig = rig_new(2, 2, 0, &config);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    rig_submit(rig, 2, &map, 1);
    rig_deliver(rig);
    assert_int_equal(rig_task(rig, 2, 0, 0)->executor, 0);
    rig_exit(rig, rig_task(rig, 2, 0, 0), GANG_EXIT_OK, 0);
    rig_pass(rig, SECOND);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    assert_int_equal(rig_count(rig, GANG_FX_EXCLUDE), 0);
    rig_pass(rig, SECOND);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    assert_int_equal(rig_count(rig, GANG_FX_EXCLUDE), 1);
    rig_free(rig);
}

static void nobody_is_excluded_without_whom_a_gang_would_not_fit(void **state)
{
    (void)state;
    struct gang_config config = excluding(1);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = rig_new(2, 2, 0, &config);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    assert_int_equal(rig_count(rig, GANG_FX_EXCLUDE), 0);
    assert_int_equal(rig_last(rig, GANG_FX_NOTE)->reason, GANG_REASON_EXCLUDED);
    assert_int_equal(rig_last(rig, GANG_FX_NOTE)->count, 4);
    assert_int_equal(rig_last(rig, GANG_FX_NOTE)->epoch, 2);
    obey(rig);
    assert_int_equal(rig_alive(rig), 4);
    rig_free(rig);
}

static void an_excluded_executor_is_no_capacity(void **state)
{
    (void)state;
    struct gang_config config = excluding(1);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    config.admission_failures_max = 0;
    struct rig *rig = rig_new(2, 2, 0, &config);
    rig_tell(rig, GANG_EV_EXCLUDE, 1);
    rig_submit(rig, 1, &gang, 1); /* G-04: what is not offered is not counted either */
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->reason, GANG_REASON_SLOTS);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->epoch, 2);
    rig_free(rig);
}

static void without_a_time_or_a_number_nobody_is_excluded(void **state)
{
    (void)state;
    for (int what = 0; what < 2; what++) {
        struct gang_config config = excluding(what);
        struct gang_stage_spec gang = rig_gang(1, 1, 0);
        config.exclude_ns = what ? 0 : config.exclude_ns;
        struct rig *rig = rig_new(2, 2, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        for (int i = 0; i < 5; i++) {
            rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
            rig_pass(rig, SECOND);
        }
        rig_tell(rig, GANG_EV_EXCLUDE, 0);
        assert_int_equal(rig_count(rig, GANG_FX_EXCLUDE),
                         !what); /* a health check needs only a time */
        rig_free(rig);
    }
}

static void a_new_process_begins_with_a_clean_slate(void **state)
{
    (void)state;
    struct gang_config config = excluding(1);
    struct gang_stage_spec map = rig_map(2, 1);
    struct rig *rig = rig_new(1, 2, 0, &config);
    rig_tell(rig, GANG_EV_EXCLUDE, 0);
    rig_crash(rig, 0);
    rig_boot(rig, 0);
    rig_deliver(rig);
    rig_submit(rig, 1, &map, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    rig_pass(rig, 200 * SECOND); /* the old one's timer finds nothing to do */
    rig_free(rig);
}

static void what_is_decommissioned_takes_nothing_new_and_ends_nothing(void **state)
{
    (void)state;
    for (int offered = 0; offered < 2; offered++) {
        struct gang_config config = rig_config();
        struct gang_stage_spec gang = rig_gang(1, 1, 0), map = rig_map(4, 1);
        set(&config, "draining_slots", offered ? "offered" : "not_offered"); /* SPARK-32653 */
        struct rig *rig = rig_new(2, 2, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        rig_tell(rig, GANG_EV_DECOMMISSION, 0);
        rig_submit(rig, 2, &map, 1);
        rig_deliver(rig);
        assert_int_equal(rig_alive(rig), offered ? 4 : 3);
        assert_non_null(rig_task(rig, 1, 0, 0));
        rig_free(rig);
    }
}

static void outputs_go_with_an_executor_that_was_decommissioned(void **state)
{
    (void)state;
    struct gang_stage_spec stages[2] = {rig_map(2, 2), rig_map(1, 1)};
    struct rig *rig = rig_new(3, 2, 0, NULL);
    stages[1].parents = stages[1].shuffles = 1;
    rig_submit(rig, 1, stages, 2);
    rig_deliver(rig);
    for (uint32_t r = 0; r < 2; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    rig_tell(rig, GANG_EV_DECOMMISSION, 1);
    assert_int_equal(rig_count(rig, GANG_FX_UNREGISTER), 0); /* they are there as long as it is */
    rig_crash(rig, 1);
    rig_tell(rig, GANG_EV_DISCONNECTED, 1);
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->reason, GANG_REASON_DECOMMISSIONED);
    rig_boot(rig, 1); /* whoever comes back is not decommissioned */
    rig_deliver(rig);
    struct gang_stage_spec map = rig_map(4, 1);
    rig_submit(rig, 2, &map, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 5); /* one of them needs two cores */
    rig_free(rig);
}

/* B-15 */
static void a_map_stage_job_is_checked_once_if_the_policy_says_so(void **state)
{
    (void)state;
    for (int retry = 0; retry < 2; retry++) {
        struct gang_config config = rig_config();
        struct gang_stage_spec gang = rig_gang(5, 1, 0);
        set(&config, "map_job_retry", retry ? "yes" : "no");
        struct rig *rig = rig_new(2, 2, 0, &config);
        rig_submit_map(rig, 1, &gang, 1);
        assert_int_equal(rig_count(rig, GANG_FX_REFUSE), !retry);
        rig_submit(rig, 2, &gang, 1); /* any other job is */
        assert_int_equal(rig_count(rig, GANG_FX_REFUSE), !retry);
        rig_free(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_executor_that_fails_again_and_again_is_avoided),
        cmocka_unit_test(it_comes_back_when_its_time_is_over),
        cmocka_unit_test(a_success_between_two_failures_forgives_the_first),
        cmocka_unit_test(nobody_is_excluded_without_whom_a_gang_would_not_fit),
        cmocka_unit_test(an_excluded_executor_is_no_capacity),
        cmocka_unit_test(without_a_time_or_a_number_nobody_is_excluded),
        cmocka_unit_test(a_new_process_begins_with_a_clean_slate),
        cmocka_unit_test(what_is_decommissioned_takes_nothing_new_and_ends_nothing),
        cmocka_unit_test(outputs_go_with_an_executor_that_was_decommissioned),
        cmocka_unit_test(a_map_stage_job_is_checked_once_if_the_policy_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
