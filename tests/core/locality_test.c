/* locality_test.c -- wishes: a rank's own executor, then its rack, then anywhere; and how long it waits. */
#include "rig.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

static const uint32_t racks[RIG_EXECUTORS] = {0, 0, 1, 1, 2, 2};

static struct rig *bench(uint32_t executors, uint32_t cores, gang_ns wait, const char *axis,
                         const char *value)
{
    struct gang_config config = rig_config_set(axis, value);
    struct gang_limits limits = rig_limits();
    config.locality_wait_ns = wait;
    limits.prefers = 16;
    limits.gpu_shares = 1;
    return rig_new_with(executors, cores, 1, &config, &limits, racks);
}

static struct gang_stage_spec wishing(struct gang_stage_spec spec, const uint32_t *prefers)
{
    spec.prefers = prefers;
    return spec;
}

static uint32_t place_of(struct rig *rig, uint32_t job, uint32_t rank)
{
    const struct rig_run *run = rig_task(rig, job, 0, rank);
    return run != NULL ? run->executor : GANG_NONE;
}

static void every_rank_goes_where_it_would_rather_be_and_the_others_fill_up(void **state)
{
    (void)state;
    static const uint32_t prefers[6] = {2, GANG_NONE, 1, 2, GANG_NONE, GANG_NONE};
    static const uint32_t there[6] = {2, 0, 1, 2, 0, 1};
    for (int map = 0; map < 2; map++) {
        struct rig *rig = bench(3, 2, 3 * SECOND, NULL, NULL);
        struct gang_stage_spec stage = wishing(map ? rig_map(6, 1) : rig_gang(6, 1, 0), prefers);
        rig_submit(rig, 1, &stage, 1);
        rig_deliver(rig);
        for (uint32_t r = 0; r < 6; r++)
            assert_int_equal(place_of(rig, 1, r), there[r]);
        assert_int_equal(rig_last(rig, GANG_FX_PLAN)->count, 6);
        if (!map)
            assert_int_equal(rig_last(rig, GANG_FX_PLAN)->a, 3);
        rig_free(rig);
    }
}

/* SPARK-24818: two tasks that both prefer executor 0, which has room for one. */
static void a_gang_waits_whole_for_its_wishes_then_takes_its_rack_then_anything(void **state)
{
    (void)state;
    static const uint32_t prefers[2] = {0, 0};
    for (uint32_t executors = 2; executors < 4;
         executors++) { /* the third stands in another rack */
        struct rig *rig = bench(executors, 1, 3 * SECOND, NULL, NULL);
        struct gang_stage_spec gang = wishing(rig_gang(2, 1, 0), prefers), one = rig_gang(1, 1, 0),
                               busy = wishing(rig_map(1, 1), (const uint32_t[1]){1});
        if (executors == 3)
            rig_submit(rig, 9, &busy, 1);
        rig_deliver(rig);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        assert_int_equal(place_of(rig, 1, 0), GANG_NONE); /* G-03: not one without the other */
        assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_LOCALITY);
        assert_int_equal(rig_last(rig, GANG_FX_WAIT)->count, 2);
        assert_int_equal(rig_last(rig, GANG_FX_WAIT)->epoch, 2);
        uint32_t waits = rig_count(rig, GANG_FX_WAIT);
        rig_submit(rig, 2, &one, 1);
        rig_deliver(rig);
        assert_int_equal(place_of(rig, 2, 0), 0); /* B-36: what it does not take, others may */
        rig_exit(rig, rig_task(rig, 2, 0, 0), GANG_EXIT_OK, 0);
        rig_pass(rig, 3 * SECOND - 1);
        assert_int_equal(place_of(rig, 1, 0), GANG_NONE);
        rig_pass(rig, 1);
        assert_int_equal(place_of(rig, 1, 1), executors == 2 ? 1 : GANG_NONE);
        rig_pass(rig, 3 * SECOND);
        assert_int_equal(place_of(rig, 1, 0), 0);
        assert_int_equal(place_of(rig, 1, 1), executors - 1);
        assert_int_equal(rig_task(rig, 1, 0, 0)->attempt, 0); /* nothing was used up */
        assert_int_equal(rig_count(rig, GANG_FX_WAIT), waits);
        rig_free(rig);
    }
}

static void a_gang_goes_at_once_when_its_wish_comes_free(void **state)
{
    (void)state;
    static const uint32_t prefers[2] = {0, GANG_NONE};
    struct rig *rig = bench(2, 2, 30 * SECOND, NULL, NULL);
    struct gang_stage_spec busy = rig_gang(1, 2, 0), gang = wishing(rig_gang(2, 1, 0), prefers);
    rig_submit(rig, 1, &busy, 1);
    rig_deliver(rig);
    rig_submit(rig, 2, &gang, 1);
    rig_pass(rig, 10 * SECOND);
    assert_int_equal(rig_alive(rig), 1);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    assert_int_equal(place_of(rig, 2, 0), 0);
    assert_int_equal(place_of(rig, 2, 1), 0);
    enum gang_timer why;
    assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_WORK, &why), GANG_NEVER);
    rig_free(rig);
}

static void tasks_whose_wish_is_free_go_at_once_and_the_others_wait(void **state)
{
    (void)state;
    static const uint32_t prefers[4] = {0, 0, 1, GANG_NONE};
    struct rig *rig = bench(3, 1, 3 * SECOND, NULL, NULL);
    struct gang_stage_spec map = wishing(rig_map(4, 1), prefers);
    rig_submit(rig, 1, &map, 1);
    rig_deliver(rig);
    assert_int_equal(place_of(rig, 1, 0), 0);
    assert_int_equal(place_of(rig, 1, 1), GANG_NONE);
    assert_int_equal(place_of(rig, 1, 2), 1);
    assert_int_equal(place_of(rig, 1, 3), 2);
    rig_exit(rig, rig_task(rig, 1, 0, 3), GANG_EXIT_OK, 0);
    assert_int_equal(place_of(rig, 1, 1), GANG_NONE);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_LOCALITY);
    enum gang_timer why;
    assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_WORK, &why), 3 * SECOND);
    assert_int_equal(why, GANG_TIMER_LOCALITY);
    rig_pass(rig, 6 * SECOND);
    assert_int_equal(place_of(rig, 1, 1), 2);
    rig_free(rig);
}

static void nobody_waits_for_an_executor_that_is_not_there_or_without_a_wait(void **state)
{
    (void)state;
    static const uint32_t away[2] = {5, 5}, full[2] = {0, 0};
    for (int wait = 0; wait < 2; wait++) {
        struct rig *rig = bench(2, 1, wait ? 3 * SECOND : 0, NULL, NULL);
        struct gang_stage_spec gang = wishing(rig_gang(2, 1, 0), wait ? away : full);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        assert_int_equal(rig_alive(rig), 2);
        rig_free(rig);
    }
}

static void each_attempt_waits_for_its_wishes_anew(void **state)
{
    (void)state;
    static const uint32_t prefers[2] = {0, 0};
    struct rig *rig = bench(2, 1, 3 * SECOND, NULL, NULL);
    struct gang_stage_spec gang = wishing(rig_gang(2, 1, 0), prefers);
    rig_submit(rig, 1, &gang, 1);
    rig_pass(rig, 3 * SECOND);
    assert_int_equal(rig_alive(rig), 2);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_KILLED, 1);
    rig_pass(rig,
             3 * SECOND); /* a fifth of a second of which is the delay before the next attempt */
    assert_int_equal(rig_alive(rig), 0);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 2);
    rig_free(rig);
}

static void a_task_that_runs_again_waits_for_its_wish_anew(void **state)
{
    (void)state;
    static const uint32_t prefers[2] = {0, 0};
    struct rig *rig = bench(2, 1, 3 * SECOND, NULL, NULL);
    struct gang_stage_spec map = wishing(rig_map(2, 1), prefers);
    rig_submit(rig, 1, &map, 1);
    rig_pass(rig, 3 * SECOND);
    assert_int_equal(place_of(rig, 1, 1), 1);
    rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_FAILED, 1);
    assert_int_equal(place_of(rig, 1, 1), GANG_NONE);
    rig_pass(rig, 3 * SECOND);
    assert_int_equal(place_of(rig, 1, 1), 1);
    rig_free(rig);
}

/* SPARK-31485: one of the two was placed, and kept what it had. */
static void a_gang_that_could_be_placed_in_part_waits_or_holds_that_for_ever(void **state)
{
    (void)state;
    static const uint32_t prefers[2] = {0, 0};
    for (int hold = 0; hold < 2; hold++) {
        struct rig *rig = bench(2, 1, 3 * SECOND, "partial_gang", hold ? "hold" : "revert");
        struct gang_stage_spec gang = wishing(rig_gang(2, 1, 0), prefers), one = rig_gang(1, 1, 0);
        rig_submit(rig, 1, &gang, 1);
        rig_pass(rig, 60 * SECOND);
        assert_int_equal(rig_alive(rig), hold ? 0 : 2);
        if (hold) {
            assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_PARTIAL);
            assert_int_equal(rig_last(rig, GANG_FX_WAIT)->epoch, 1);
            rig_submit(rig, 2, &one, 1);
            rig_deliver(rig);
            assert_int_equal(place_of(rig, 2, 0), 1); /* executor 0 is held */
        }
        rig_free(rig);
    }
}

/* ---- locality_reset: launched, assigned */
/* B-52: executor 1 has a GPU to spare and no core, which a count by GPUs alone does not see. */
static void a_gang_tried_in_vain_is_particular_again_or_stays_relaxed(void **state)
{
    (void)state;
    static const uint32_t prefers[2] = {0, 0}, there[1] = {1};
    for (int assigned = 0; assigned < 2; assigned++) {
        struct gang_config config = rig_config_set("capacity_of", "limiting_only");
        struct gang_limits limits = rig_limits();
        config.policy.axis[GANG_AXIS_LOCALITY_RESET] = (uint8_t)assigned;
        config.locality_wait_ns = 3 * SECOND;
        limits.prefers = 16;
        struct rig *rig = rig_new_with(2, 2, 1, &config, &limits, racks);
        struct gang_stage_spec busy = wishing(rig_map(1, 2), there),
                               gang = wishing(rig_gang(2, 1, 1), prefers);
        rig_submit(rig, 1, &busy, 1);
        rig_deliver(rig);
        rig_submit(rig, 2, &gang, 1);
        rig_pass(rig, 10 * SECOND);
        enum gang_timer why;
        if (assigned) /* nothing of it can bring anything about */
            assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_WORK, &why), GANG_NEVER);
        assert_int_equal(place_of(rig, 2, 0), GANG_NONE);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
        assert_int_equal(place_of(rig, 2, 1), assigned ? GANG_NONE : 1);
        rig_pass(rig, 3 * SECOND);
        assert_int_equal(place_of(rig, 2, 1), 1);
        rig_free(rig);
    }
}

/* B-51: rank 1 gets its wish when the stage would take the rack, too, and nobody is passed over. */
static void tasks_that_got_their_wish_are_particular_again_unless_one_was_passed_over(void **state)
{
    (void)state;
    static const uint32_t prefers[3] = {0, 0, 0};
    for (int assigned = 0; assigned < 2; assigned++)
        for (int passed_over = 0; passed_over < 2; passed_over++) {
            struct rig *rig = bench(2, 1, 3 * SECOND, "locality_reset", assigned ? "assigned" : "launched");
            struct gang_stage_spec map = wishing(rig_map(3, 1), prefers), one = rig_map(1, 1);
            rig_submit(rig, 1, &map, 1);
            rig_pass(rig, SECOND);
            assert_int_equal(place_of(rig, 1, 0), 0);
            assert_int_equal(place_of(rig, 1, 1), GANG_NONE);
            if (!passed_over)
                rig_submit(rig, 2, &one, 1);
            rig_pass(rig, 2 * SECOND); /* the rack will do; there is room in it, or not */
            assert_int_equal(place_of(rig, 1, 1), passed_over ? 1 : GANG_NONE);
            if (!passed_over) {
                rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
                assert_int_equal(place_of(rig, 1, 1), 0);
                rig_exit(rig, rig_task(rig, 2, 0, 0), GANG_EXIT_OK, 0);
                assert_int_equal(place_of(rig, 1, 2), assigned ? GANG_NONE : 1);
                rig_pass(rig, 3 * SECOND);
                assert_int_equal(place_of(rig, 1, 2), 1);
            }
            rig_free(rig);
        }
}

static void wishes_and_shares_of_gpus_go_together(void **state)
{
    (void)state;
    static const uint32_t prefers[4] = {1, 1, GANG_NONE, 0};
    struct rig *rig = bench(2, 4, 3 * SECOND, NULL, NULL);
    struct gang_stage_spec gang = wishing(rig_gang(4, 1, 0), prefers);
    gang.need.gpu_milli = 500;
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    for (uint32_t r = 0; r < 4; r++)
        assert_int_equal(place_of(rig, 1, r), r < 2 ? 1 : 0);
    rig_free(rig);
}

static void wishes_need_room_and_must_be_for_executors_that_there_can_be(void **state)
{
    (void)state;
    static const uint32_t far[1] = {RIG_EXECUTORS};
    static uint32_t many[17]; /* all of executor 0 */
    struct rig *rig = bench(2, 4, 3 * SECOND, NULL, NULL);
    struct gang_stage_spec stage = wishing(rig_map(1, 1), far);
    struct gang_job_spec job = {.id = 1, .stage_count = 1, .stages = &stage};
    struct gang_event ev = {.kind = GANG_EV_SUBMIT, .job = &job};
    struct gang_err err;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_RANGE);
    assert_non_null(strstr(err.detail, "executor 6, must be below 6"));
    stage = wishing(rig_map(17, 1), many);
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_FULL);
    assert_non_null(strstr(err.detail, "17 of its ranks have one, 0 of 16"));
    many[16] = GANG_NONE;
    for (int i = 0; i < 50; i++) { /* and the room comes back with the job's end */
        rig_submit(rig, 1, &stage, 1);
        assert_true(rig_cancel(rig, 1));
    }
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rank_goes_where_it_would_rather_be_and_the_others_fill_up),
        cmocka_unit_test(a_gang_waits_whole_for_its_wishes_then_takes_its_rack_then_anything),
        cmocka_unit_test(a_gang_goes_at_once_when_its_wish_comes_free),
        cmocka_unit_test(tasks_whose_wish_is_free_go_at_once_and_the_others_wait),
        cmocka_unit_test(nobody_waits_for_an_executor_that_is_not_there_or_without_a_wait),
        cmocka_unit_test(each_attempt_waits_for_its_wishes_anew),
        cmocka_unit_test(a_task_that_runs_again_waits_for_its_wish_anew),
        cmocka_unit_test(a_gang_that_could_be_placed_in_part_waits_or_holds_that_for_ever),
        cmocka_unit_test(a_gang_tried_in_vain_is_particular_again_or_stays_relaxed),
        cmocka_unit_test(tasks_that_got_their_wish_are_particular_again_unless_one_was_passed_over),
        cmocka_unit_test(wishes_and_shares_of_gpus_go_together),
        cmocka_unit_test(wishes_need_room_and_must_be_for_executors_that_there_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
