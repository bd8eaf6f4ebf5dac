/* launch_test.c -- all or nothing: plan, reserve, acknowledge, go; and taking a launch back. */
#include "rig.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

static void nobody_starts_before_the_last_acknowledgement(void **state)
{
    (void)state;
    struct rig *rig = rig_new(3, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(6, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    assert_true(rig_due(rig)); /* the end of the instant */
    assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), 3);
    for (int i = 0; i < 5; i++) { /* three reservations arrive, and two of their answers */
        assert_true(rig_deliver_one(rig));
        assert_int_equal(rig_sent(rig, GANG_MSG_GO), 0);
    }
    assert_int_equal(rig_alive(rig), 0);
    rig_deliver(rig);
    assert_int_equal(rig_sent(rig, GANG_MSG_GO), 3);
    assert_int_equal(rig_alive(rig), 6);
    rig_free(rig);
}

static void a_gang_that_does_not_fit_now_holds_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 2, 0, NULL);
    struct gang_stage_spec first = rig_gang(3, 1, 0), second = rig_gang(2, 1, 0);
    rig_submit(rig, 1, &first, 1);
    rig_submit(rig, 2, &second, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 3);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_FREE_SLOTS);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->count, 2); /* needed */
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->epoch, 1); /* there is */
    for (uint32_t r = 0; r < 3; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    assert_int_equal(rig_alive(rig), 2);
    assert_non_null(rig_task(rig, 2, 0, 1));
    rig_free(rig);
}

static void a_blocked_head_blocks_or_is_skipped_as_the_policy_says(void **state)
{
    (void)state;
    for (int skip = 0; skip < 2; skip++) {
        struct gang_config config = rig_config();
        assert_int_equal(
            gang_policy_set(&config.policy, "blocked_head", skip ? "skip" : "block", NULL),
            GANG_OK);
        struct rig *rig = rig_new(1, 4, 0, &config);
        struct gang_stage_spec three = rig_gang(3, 1, 0), two = rig_gang(2, 1, 0),
                               one = rig_gang(1, 1, 0);
        rig_submit(rig, 1, &three, 1);
        rig_submit(rig, 2, &two, 1);
        rig_submit(rig, 3, &one, 1);
        rig_deliver(rig);
        assert_int_equal(rig_task(rig, 3, 0, 0) != NULL, skip);
        rig_free(rig);
    }
}

static void slots_that_come_free_together_are_seen_together(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    assert_int_equal(gang_policy_set(&config.policy, "blocked_head", "skip", NULL), GANG_OK);
    struct rig *rig = rig_new(1, 2, 0, &config);
    struct gang_stage_spec two = rig_gang(2, 1, 0), one = rig_gang(1, 1, 0);
    rig_submit(rig, 1, &two, 1);
    rig_deliver(rig);
    rig_submit(rig, 2, &two, 1);
    rig_submit(rig, 3, &one, 1);
    rig_deliver(rig);
    rig_exit_only(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    rig_exit_only(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_OK, 0);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    assert_non_null(rig_task(rig, 2, 0, 1)); /* not overtaken by the small one */
    rig_free(rig);
}

static void ranks_fill_the_lowest_executor_first_and_gpus_ascend(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 8, 4, NULL);
    struct gang_stage_spec gang = rig_gang(3, 1, 2);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_task(rig, 1, 0, 0)->executor, 0);
    assert_int_equal(rig_task(rig, 1, 0, 1)->executor, 0);
    assert_int_equal(rig_task(rig, 1, 0, 2)->executor, 1);
    assert_int_equal(rig_task(rig, 1, 0, 0)->gpus, 0x3);
    assert_int_equal(rig_task(rig, 1, 0, 1)->gpus, 0xC);
    assert_int_equal(rig_task(rig, 1, 0, 2)->gpus, 0x3);
    rig_free(rig);
}

static bool loses_acks_of_executor_1(const struct gang_msg *msg, bool to_driver)
{
    return to_driver && msg->kind == GANG_MSG_RESERVE_ACK && msg->executor == 1;
}

static void a_missing_acknowledgement_releases_everybody_and_the_gang_goes_elsewhere(void **state)
{
    (void)state;
    struct rig *rig = rig_new(3, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig->drop = loses_acks_of_executor_1;
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 0);
    rig_pass(rig, 5 * SECOND);
    assert_int_equal(rig_sent(rig, GANG_MSG_UNRESERVE), 2);
    assert_int_equal(rig_last(rig, GANG_FX_NOTE)->count, GANG_REASON_RESERVE_TIMEOUT);
    assert_int_equal(rig_count(rig, GANG_FX_FENCE),
                     0); /* no user code ran, so nothing is fenced or charged */
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(rig_task(rig, 1, 0, 2)->executor, 2);
    assert_int_equal(rig_task(rig, 1, 0, 0)->attempt, 1);
    rig_free(rig);
}

static void an_executor_that_answers_again_is_offered_again(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig->drop = loses_acks_of_executor_1;
    rig_submit(rig, 1, &gang, 1);
    rig_pass(rig, 6 * SECOND);
    assert_int_equal(rig_alive(rig),
                     0); /* executor 1 owes an answer, and without it there is no room */
    rig->drop = NULL;
    rig_pass(rig, 10 * SECOND); /* its next heartbeat */
    assert_int_equal(rig_alive(rig), 4);
    rig_free(rig);
}

static bool loses_go(const struct gang_msg *msg, bool to_driver)
{
    return !to_driver && msg->kind == GANG_MSG_GO && msg->executor == 1;
}

static void
a_lease_without_a_go_ends_and_fails_the_attempt_but_is_no_failure_of_the_job(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 2, 2, NULL);
    struct gang_stage_spec gang =
        rig_gang(4, 1, 1); /* with GPUs, whose addresses must come back too */
    rig->drop = loses_go;
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2); /* executor 0 started its half */
    rig->drop = NULL;
    rig_pass(rig, 20 * SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_FENCE)->reason, GANG_REASON_GO_LATE);
    for (uint32_t r = 0; r < 2; r++) {
        assert_true(rig_task(rig, 1, 0, r)->asked);
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_KILLED, 0);
    }
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(rig_task(rig, 1, 0, 3)->attempt, 1);
    rig_free(rig);
}

static bool loses_every_go(const struct gang_msg *msg, bool to_driver)
{
    return !to_driver && msg->kind == GANG_MSG_GO;
}

static void what_never_gets_going_is_given_up_after_so_many_launches(void **state)
{
    (void)state;
    for (int map = 0; map < 2; map++) {
        struct rig *rig = rig_new(2, 2, 0, NULL);
        struct gang_stage_spec stage = map ? rig_map(3, 1) : rig_gang(4, 1, 0);
        rig->drop = loses_every_go;
        rig_submit(rig, 1, &stage, 1);
        rig_pass(rig, 150 * SECOND);
        assert_int_equal(gang_driver_jobs_alive(rig->driver), 1);
        rig_pass(rig, 100 * SECOND);
        assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_GO_LATE);
        assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->count, 10);
        rig_free(rig);
    }
}

static void a_lost_executor_between_plan_and_go_takes_the_launch_back(void **state)
{
    (void)state;
    struct rig *rig = rig_new(3, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_crash(rig, 1);
    rig_deliver(rig);
    rig_boot(rig,
             1); /* a new incarnation registers: the old one is gone, and its reservation with it */
    rig_deliver(rig);
    assert_int_equal(rig_last(rig, GANG_FX_LOST)->reason, GANG_REASON_REINCARNATED);
    assert_int_equal(rig_alive(rig), 4);
    rig_free(rig);
}

static bool holds_the_acks_back(const struct gang_msg *msg, bool to_driver)
{
    return to_driver && msg->kind == GANG_MSG_RESERVE_ACK;
}

static void an_acknowledgement_of_a_launch_that_was_taken_back_counts_for_no_other(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, 2, 0, NULL);
    struct gang_stage_spec map = rig_map(2, 1);
    rig->drop = holds_the_acks_back;
    rig_submit(rig, 1, &map, 1);
    rig_deliver(rig);
    struct gang_msg first = *rig_last(rig, GANG_FX_SEND); /* the reservation */
    assert_int_equal(first.kind, GANG_MSG_RESERVE);
    rig_pass(rig, 16 * SECOND); /* taken back, and made again after the next heartbeat */
    assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), 2);
    struct gang_event late = {.at_ns = rig->now, .kind = GANG_EV_MSG, .msg = &first};
    first.kind = GANG_MSG_RESERVE_ACK;
    assert_int_equal(gang_driver_step(rig->driver, &late, &rig->out, NULL), GANG_OK);
    assert_int_equal(rig->out.count, 0); /* no go */
    rig_free(rig);
}

static void map_tasks_go_each_by_itself_in_waves(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 2, 0, NULL);
    struct gang_stage_spec map = rig_map(5, 1);
    rig_submit(rig, 1, &map, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    rig_exit(rig, rig_task(rig, 1, 0, 2), GANG_EXIT_OK, 0);
    assert_non_null(rig_task(rig, 1, 0, 4));
    for (uint32_t r = 0; r < 5; r++)
        if (r != 2)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
    rig_free(rig);
}

static void stages_run_when_their_parents_are_done(void **state)
{
    (void)state;
    struct rig *rig = rig_new(2, 2, 0, NULL);
    struct gang_stage_spec stages[3] = {rig_map(2, 1), rig_gang(2, 1, 0), rig_map(1, 1)};
    stages[1].parents = 1;
    stages[2].parents = 2;
    rig_submit(rig, 1, stages, 3);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    for (uint32_t s = 0; s < 3; s++)
        for (uint32_t r = 0; r < stages[s].tasks; r++)
            rig_exit(rig, rig_task(rig, 1, s, r), GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 3);
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 1);
    rig_free(rig);
}

static void a_higher_priority_goes_first(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, 2, 0, NULL);
    struct gang_stage_spec two = rig_gang(2, 1, 0);
    rig_submit(rig, 1, &two, 1);
    rig_deliver(rig);
    rig_submit(rig, 2, &two, 1);
    struct gang_job_spec urgent = {.id = 3, .priority = 5, .stage_count = 1, .stages = &two};
    assert_int_equal(gang_driver_step(rig->driver,
                                      &(struct gang_event){.kind = GANG_EV_SUBMIT, .job = &urgent},
                                      &rig->out, NULL),
                     GANG_OK);
    rig_deliver(rig);
    for (uint32_t r = 0; r < 2; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    assert_non_null(rig_task(rig, 3, 0, 0));
    assert_null(rig_task(rig, 2, 0, 0));
    rig_free(rig);
}

/* G-17: all of a gang get the same roster, and who is elsewhere, or on other addresses, is in another one. */
static uint64_t roster_of(uint32_t cores, uint32_t first, uint32_t gpus)
{
    struct rig *rig = rig_new(3, cores, 4, NULL);
    struct gang_stage_spec before = rig_gang(first, 1, 1), gang = rig_gang(6, 1, gpus);
    uint64_t digest = 0;
    rig_submit(rig, 1, &before, 1);
    rig_deliver(rig);
    rig_submit(rig, 2, &gang, 1);
    rig_deliver(rig);
    for (uint32_t i = 0; i < rig->log_count; i++) {
        const struct gang_msg *msg = &rig->log[i].msg;
        if (rig->log[i].fx != GANG_FX_SEND || msg->kind != GANG_MSG_GO || msg->job != 2)
            continue;
        assert_int_equal(msg->blob.bytes, 6 * 16);
        assert_true(digest == 0 || digest == msg->blob.digest);
        digest = msg->blob.digest;
    }
    assert_int_not_equal(digest, 0);
    rig_free(rig);
    return digest;
}

static void a_roster_says_who_is_where_and_on_what(void **state)
{
    (void)state;
    uint64_t plain = roster_of(4, 1, 1);
    assert_true(plain == roster_of(4, 1, 1));
    assert_true(plain != roster_of(4, 2, 1)); /* others hold other addresses */
    assert_true(plain != roster_of(3, 1, 1)); /* other executors */
    assert_true(plain != roster_of(4, 1, 0)); /* no addresses */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_roster_says_who_is_where_and_on_what),
        cmocka_unit_test(nobody_starts_before_the_last_acknowledgement),
        cmocka_unit_test(a_gang_that_does_not_fit_now_holds_nothing),
        cmocka_unit_test(a_blocked_head_blocks_or_is_skipped_as_the_policy_says),
        cmocka_unit_test(slots_that_come_free_together_are_seen_together),
        cmocka_unit_test(ranks_fill_the_lowest_executor_first_and_gpus_ascend),
        cmocka_unit_test(a_missing_acknowledgement_releases_everybody_and_the_gang_goes_elsewhere),
        cmocka_unit_test(an_executor_that_answers_again_is_offered_again),
        cmocka_unit_test(
            a_lease_without_a_go_ends_and_fails_the_attempt_but_is_no_failure_of_the_job),
        cmocka_unit_test(what_never_gets_going_is_given_up_after_so_many_launches),
        cmocka_unit_test(a_lost_executor_between_plan_and_go_takes_the_launch_back),
        cmocka_unit_test(an_acknowledgement_of_a_launch_that_was_taken_back_counts_for_no_other),
        cmocka_unit_test(map_tasks_go_each_by_itself_in_waves),
        cmocka_unit_test(stages_run_when_their_parents_are_done),
        cmocka_unit_test(a_higher_priority_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
