/* admission_test.c -- too few slots is a clear error, not a hang. */
#include "rig.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

static void a_gang_larger_than_the_cluster_is_checked_so_often_and_then_refused(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(5, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_pass(rig, 44 * SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_REFUSE), 0);
    rig_pass(rig, SECOND); /* the fourth check, after three waits of 15 s (B-13) */
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->reason, GANG_REASON_SLOTS);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->count, 5);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->epoch, 4);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_SLOTS);
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
    rig_free(rig);
}

static void it_is_admitted_when_executors_come_in_time(void **state)
{
    (void)state;
    struct rig *rig = rig_new(3, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(5, 1, 0);
    rig_crash(rig, 2);
    rig_pass(rig, 121 * SECOND); /* counted lost */
    rig_submit(rig, 1, &gang, 1);
    rig_pass(rig, 20 * SECOND);
    rig_boot(rig, 2);
    rig_pass(rig, 15 * SECOND);
    assert_int_equal(rig_alive(rig), 5);
    rig_free(rig);
}

static void busy_slots_count_as_there(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    rig_submit(rig, 2, &gang, 1);
    rig_pass(rig, 100 * SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_REFUSE), 0);
    rig_free(rig);
}

static void every_resource_counts_and_never_pooled_over_executors(void **state)
{
    (void)state;
    const struct {
        struct gang_room room;
        struct gang_need need;
        uint32_t fit;
    } row[] = {
        {{8, 1000, 0xF}, {1, 0, 0}, 8},    {{8, 1000, 0xF}, {3, 0, 0}, 2},
        {{8, 1000, 0xF}, {1, 400, 0}, 2},  {{8, 1000, 0xF}, {1, 0, 1000}, 4},
        {{8, 1000, 0xF}, {1, 0, 3000}, 1}, {{2, 1000, 0xF}, {1, 0, 1000}, 2},
        {{8, 1000, 0x0}, {1, 0, 1000}, 0}, {{8, 1000, 0xF}, {0, 0, 2000}, 2},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        assert_int_equal(gang_fit(&row[i].room, &row[i].need), row[i].fit);
    struct rig *rig = rig_new(2, 3, 0, NULL); /* six cores, but only two tasks of two cores */
    struct gang_stage_spec gang = rig_gang(3, 2, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_pass(rig, 60 * SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->epoch, 2);
    rig_free(rig);
}

static void what_no_executor_can_ever_hold_is_refused_at_once(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    config.largest = (struct gang_room){8, 1u << 20, 0x3};
    struct rig *rig = rig_new(2, 2, 2, &config);
    struct gang_stage_spec stages[2] = {rig_map(1, 1), rig_gang(1, 1, 3)};
    rig_submit(rig, 1, stages, 2);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->reason, GANG_REASON_NEVER_FITS);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->stage, 1);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->count, 3);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->epoch, 2);
    assert_int_equal(rig_count(rig, GANG_FX_PLAN), 0);
    rig_free(rig);
}

static void a_waiting_job_can_be_cancelled_unless_the_policy_is_sparks(void **state)
{
    (void)state;
    for (int no = 0; no < 2; no++) {
        struct gang_config config = rig_config();
        assert_int_equal(gang_policy_set(&config.policy, "cancel_waiting", no ? "no" : "yes", NULL),
                         GANG_OK);
        struct rig *rig = rig_new(2, 2, 0, &config);
        struct gang_stage_spec gang = rig_gang(5, 1, 0);
        rig_submit(rig, 1, &gang, 1);
        rig_cancel(rig, 1);
        assert_int_equal(gang_driver_jobs_alive(rig->driver), no);
        rig_free(rig);
    }
}

static void each_attempt_is_admitted_anew(void **state)
{
    (void)state;
    for (int once = 0; once < 2; once++) {
        struct gang_config config = rig_config();
        assert_int_equal(
            gang_policy_set(&config.policy, "admission", once ? "once" : "each_attempt", NULL),
            GANG_OK);
        struct rig *rig = rig_new(2, 2, 0, &config);
        struct gang_stage_spec gang = rig_gang(4, 1, 0);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        rig_crash(rig, 0);
        rig_pass(rig,
                 122 * SECOND); /* lost; the gang is fenced, and two members are asked to end */
        rig_pass(rig, 120 * SECOND);
        assert_int_equal(rig_count(rig, GANG_FX_REFUSE), once ? 0 : 1);
        rig_free(rig);
    }
}

static void a_waiting_gang_that_no_longer_fits_blocks_nobody_and_is_refused_in_the_end(void **state)
{
    (void)state;
    struct rig *rig = rig_new(3, 2, 0, NULL);
    struct gang_stage_spec two = rig_gang(2, 1, 0), six = rig_gang(6, 1, 0);
    rig_submit(rig, 1, &two, 1);
    rig_deliver(rig);
    rig_submit(rig, 2, &six, 1); /* admitted: it fits when job 1 is done */
    rig_submit(rig, 3, &two, 1);
    rig_deliver(rig);
    assert_null(rig_task(rig, 3, 0, 0));
    rig_crash(rig, 2);
    rig_pass(rig, 121 * SECOND);
    assert_non_null(rig_task(rig, 3, 0, 0)); /* six slots there are no more */
    rig_pass(rig, 60 * SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->job, 2);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->reason, GANG_REASON_SLOTS);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->epoch, 4);
    rig_free(rig);
}

static void tasks_whose_executors_are_all_gone_wait_so_long_and_no_longer(void **state)
{
    (void)state;
    for (int back = 0; back < 2; back++) {
        struct rig *rig = rig_new(1, 2, 0, NULL);
        struct gang_stage_spec map = rig_map(3, 1);
        rig_submit(rig, 1, &map, 1);
        rig_deliver(rig);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
        rig_crash(rig, 0);
        rig_pass(rig, 70 * SECOND); /* silent for 60 s: lost */
        if (back)
            rig_boot(rig, 0);
        rig_pass(rig, 45 * SECOND);
        assert_int_equal(rig_count(rig, GANG_FX_REFUSE), !back);
        assert_int_equal(rig_alive(rig), back ? 2 : 0);
        rig_free(rig);
    }
}

static void a_gang_that_is_not_launched_in_time_fails_with_numbers(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(3, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_submit(rig, 2, &gang, 1);
    rig_pass(rig, 3600 * SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->job, 2);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->reason, GANG_REASON_LAUNCH_DEADLINE);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->count, 3);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->epoch, 1);
    rig_free(rig);
}

static void a_map_stage_that_was_partly_launched_has_the_whole_time_again(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(2, 1, 0), map = rig_map(3, 1);
    rig_submit(rig, 1, &gang, 1);
    rig_submit(rig, 2, &map, 1);
    rig_pass(rig, 3599 * SECOND);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    assert_non_null(rig_task(rig, 2, 0, 0)); /* one of three runs, a second before the deadline */
    rig_pass(rig, 3599 * SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_REFUSE), 0);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->job, 2);
    assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->count, 2);
    rig_free(rig);
}

static void bad_jobs_are_errors_that_name_both_numbers_and_change_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, 2, 0, NULL);
    struct gang_stage_spec ok = rig_gang(1, 1, 0), spec[2] = {ok, ok};
    struct gang_err err;
    uint64_t before = gang_driver_fingerprint(rig->driver);
    struct gang_job_spec job = {.id = 9, .stage_count = 1, .stages = spec};
    struct gang_event ev = {.kind = GANG_EV_SUBMIT, .job = &job};
    spec[0].tasks = 0;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_RANGE);
    assert_non_null(strstr(err.detail, "0 tasks, must be 1..1000000"));
    spec[0] = ok;
    spec[0].max = 2;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_RANGE);
    spec[0] = ok;
    spec[0].need.gpu_milli = 500;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_RANGE);
    spec[0] = ok;
    spec[0].parents = 1;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_RANGE);
    spec[0] = rig_gang(257, 1, 0);
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_FULL);
    ev = (struct gang_event){.kind = GANG_EV_CANCEL, .id = 5};
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_UNKNOWN);
    ev = (struct gang_event){.at_ns = -1, .kind = GANG_EV_TIMER};
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_TIME_BACKWARDS);
    rig->out.capacity--;
    ev = (struct gang_event){.kind = GANG_EV_TIMER};
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_EFFECTS_FULL);
    assert_int_equal(gang_driver_fingerprint(rig->driver), before);
    rig_free(rig);
}

static void a_timer_remembers_the_event_that_armed_it(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(5, 1, 0);
    struct gang_job_spec job = {.stage_count = 1, .stages = &gang};
    enum gang_timer why;
    for (uint32_t i = 0; i < 2; i++) { /* two that do not fit, checked again a second apart */
        job.id = 1 + i;
        struct gang_event ev = {
            .at_ns = i * SECOND, .kind = GANG_EV_SUBMIT, .token = 70 + i, .job = &job};
        assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_OK);
        assert_int_equal(gang_driver_deadline(rig->driver, &why), 15 * SECOND);
        assert_int_equal(why, GANG_TIMER_ADMISSION);
        assert_int_equal(gang_driver_armed_by(rig->driver), 70);
    }
    struct gang_event timer = {.at_ns = 15 * SECOND, .kind = GANG_EV_TIMER, .token = 99};
    assert_int_equal(gang_driver_step(rig->driver, &timer, &rig->out, NULL), GANG_OK);
    assert_int_equal(gang_driver_deadline(rig->driver, &why), 16 * SECOND);
    assert_int_equal(gang_driver_armed_by(rig->driver), 71);
    rig_free(rig);
}

static void a_job_id_can_be_used_again_after_its_job_is_done(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, 4, 0, NULL);
    struct gang_stage_spec gang = rig_gang(3, 1, 0);
    struct gang_job_spec job = {.id = 1, .stage_count = 1, .stages = &gang};
    struct gang_event ev = {.kind = GANG_EV_SUBMIT, .job = &job};
    for (int i = 0; i < 500; i++) { /* far beyond the limits if anything leaked */
        rig_submit(rig, 1, &gang, 1);
        assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_E_DUPLICATE);
        rig_deliver(rig);
        for (uint32_t r = 0; r < 3; r++)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
        rig->log_count = 0;
    }
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gang_larger_than_the_cluster_is_checked_so_often_and_then_refused),
        cmocka_unit_test(it_is_admitted_when_executors_come_in_time),
        cmocka_unit_test(busy_slots_count_as_there),
        cmocka_unit_test(every_resource_counts_and_never_pooled_over_executors),
        cmocka_unit_test(what_no_executor_can_ever_hold_is_refused_at_once),
        cmocka_unit_test(a_waiting_job_can_be_cancelled_unless_the_policy_is_sparks),
        cmocka_unit_test(each_attempt_is_admitted_anew),
        cmocka_unit_test(
            a_waiting_gang_that_no_longer_fits_blocks_nobody_and_is_refused_in_the_end),
        cmocka_unit_test(tasks_whose_executors_are_all_gone_wait_so_long_and_no_longer),
        cmocka_unit_test(a_gang_that_is_not_launched_in_time_fails_with_numbers),
        cmocka_unit_test(a_map_stage_that_was_partly_launched_has_the_whole_time_again),
        cmocka_unit_test(bad_jobs_are_errors_that_name_both_numbers_and_change_nothing),
        cmocka_unit_test(a_timer_remembers_the_event_that_armed_it),
        cmocka_unit_test(a_job_id_can_be_used_again_after_its_job_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
