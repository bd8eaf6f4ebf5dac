/* sync_test.c -- barrier and allGather by identity: who counts, who is answered, with what. */
#include "rig.h"

#define SECOND INT64_C(1000000000)

static struct rig *running_gang(uint32_t tasks)
{
    struct rig *rig = rig_new(3, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(tasks, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), tasks);
    return rig;
}

static void nobody_leaves_before_everybody_has_come(void **state)
{
    (void)state;
    struct rig *rig = running_gang(4);
    for (uint32_t r = 0; r < 3; r++)
        rig_call(rig, rig_task(rig, 1, 0, r), GANG_OP_BARRIER, 0);
    assert_int_equal(rig_sent(rig, GANG_MSG_RELEASE), 0);
    rig_call(rig, rig_task(rig, 1, 0, 3), GANG_OP_BARRIER, 0);
    assert_int_equal(rig_sent(rig, GANG_MSG_RELEASE), 2); /* one an executor, not one a task */
    for (uint32_t r = 0; r < 4; r++) {
        assert_int_equal(rig_task(rig, 1, 0, r)->replies, 1);
        assert_int_equal(rig_task(rig, 1, 0, r)->client.epoch, 1);
    }
    rig_free(rig);
}

static void a_gather_gives_everybody_the_same_whatever_the_order_of_arrival(void **state)
{
    (void)state;
    uint64_t digest[2];
    for (int order = 0; order < 2; order++) {
        struct rig *rig = running_gang(4);
        for (uint32_t i = 0; i < 4; i++) {
            uint32_t r = order ? 3 - i : i;
            rig_call(rig, rig_task(rig, 1, 0, r), GANG_OP_ALL_GATHER, 100 + r);
        }
        digest[order] = rig_task(rig, 1, 0, 0)->last_digest;
        for (uint32_t r = 1; r < 4; r++)
            assert_int_equal(rig_task(rig, 1, 0, r)->last_digest, digest[order]);
        rig_free(rig);
    }
    assert_int_equal(digest[0], digest[1]);
}

static void a_gather_shows_who_gave_what(void **state)
{
    (void)state;
    uint64_t digest[2];
    for (uint64_t swapped = 0; swapped < 2; swapped++) {
        struct rig *rig = running_gang(2);
        rig_call(rig, rig_task(rig, 1, 0, 0), GANG_OP_ALL_GATHER, 10 + swapped);
        rig_call(rig, rig_task(rig, 1, 0, 1), GANG_OP_ALL_GATHER, 11 - swapped);
        digest[swapped] = rig_task(rig, 1, 0, 0)->last_digest;
        rig_free(rig);
    }
    assert_int_not_equal(digest[0], digest[1]);
}

static void the_same_member_twice_counts_once(void **state)
{
    (void)state;
    struct rig *rig = running_gang(2);
    struct rig_run *run = rig_task(rig, 1, 0, 0);
    rig_call(rig, run, GANG_OP_BARRIER, 0);
    run->client.calling = 0; /* a second thread of the same task calls too */
    rig_call(rig, run, GANG_OP_BARRIER, 0);
    assert_int_equal(rig_sent(rig, GANG_MSG_RELEASE), 0);
    rig_call(rig, rig_task(rig, 1, 0, 1), GANG_OP_BARRIER, 0);
    assert_int_equal(run->replies, 1);
    assert_int_equal(rig_task(rig, 1, 0, 1)->replies, 1);
    rig_free(rig);
}

static void a_call_of_another_operation_fails_alone(void **state)
{
    (void)state;
    struct rig *rig = running_gang(3);
    rig_call(rig, rig_task(rig, 1, 0, 0), GANG_OP_BARRIER, 0);
    rig_call(rig, rig_task(rig, 1, 0, 1), GANG_OP_ALL_GATHER, 5);
    assert_int_equal(rig_task(rig, 1, 0, 1)->last_reason, GANG_REASON_SYNC_MISMATCH);
    assert_int_equal(rig_task(rig, 1, 0, 0)->replies, 0);
    rig_call(rig, rig_task(rig, 1, 0, 1), GANG_OP_BARRIER, 0);
    rig_call(rig, rig_task(rig, 1, 0, 2), GANG_OP_BARRIER, 0);
    assert_int_equal(rig_task(rig, 1, 0, 0)->last_reason, GANG_REASON_OK);
    rig_free(rig);
}

static void a_call_of_another_epoch_or_size_changes_nothing(void **state)
{
    (void)state;
    struct rig *rig = running_gang(2);
    struct rig_run *run = rig_task(rig, 1, 0, 0);
    run->client.epoch = 7;
    rig_call(rig, run, GANG_OP_BARRIER, 0);
    assert_int_equal(run->last_reason, GANG_REASON_SYNC_EPOCH);
    run->client.epoch = 0;
    run->client.size = 9;
    rig_call(rig, run, GANG_OP_BARRIER, 0);
    assert_int_equal(run->last_reason, GANG_REASON_SYNC_SIZE);
    run->client.size = 2;
    rig_call(rig, run, GANG_OP_BARRIER, 0);
    rig_call(rig, rig_task(rig, 1, 0, 1), GANG_OP_BARRIER, 0);
    assert_int_equal(run->last_reason, GANG_REASON_OK);
    rig_free(rig);
}

/* Links are in order, so only somebody else can say this. */
static void a_call_in_the_name_of_a_member_that_is_gone_is_refused(void **state)
{
    (void)state;
    struct rig *rig = running_gang(3);
    struct rig_run gone = *rig_task(rig, 1, 0, 0);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    const struct gang_msg call = {.kind = GANG_MSG_ARRIVE,
                                  .op = GANG_OP_BARRIER,
                                  .executor = gone.executor,
                                  .job = 1,
                                  .count = 3,
                                  .ref = gone.ref,
                                  .group = gone.group};
    rig_inject(rig, &call);
    const struct gang_msg *answer = rig_last(rig, GANG_FX_SEND);
    assert_int_equal(answer->kind, GANG_MSG_ROUND_FAILED);
    assert_int_equal(answer->reason, GANG_REASON_SYNC_MEMBER);
    rig_free(rig);
}

static void a_round_that_times_out_answers_every_waiter_and_late_comers_too(void **state)
{
    (void)state;
    struct rig *rig = running_gang(3);
    rig_call(rig, rig_task(rig, 1, 0, 0), GANG_OP_BARRIER, 0);
    rig_pass(rig, 1000 * SECOND);
    rig_call(rig, rig_task(rig, 1, 0, 1), GANG_OP_BARRIER, 0);
    rig_pass(rig, 799 * SECOND);
    assert_int_equal(rig_task(rig, 1, 0, 0)->replies, 0);
    rig_pass(rig, SECOND); /* counted from the first arrival */
    assert_int_equal(rig_task(rig, 1, 0, 0)->last_reason, GANG_REASON_SYNC_TIMEOUT);
    assert_int_equal(rig_task(rig, 1, 0, 1)->last_reason, GANG_REASON_SYNC_TIMEOUT);
    rig_call(rig, rig_task(rig, 1, 0, 2), GANG_OP_BARRIER, 0);
    assert_int_equal(rig_task(rig, 1, 0, 2)->last_reason, GANG_REASON_SYNC_TIMEOUT);
    rig_free(rig);
}

/* G-11 */
static void call_for(struct rig *rig, uint32_t rank, gang_ns within)
{
    rig->within = within;
    rig_call(rig, rig_task(rig, 1, 0, rank), GANG_OP_BARRIER, 0);
    rig->within = 0;
}

static void the_first_limit_of_a_caller_to_end_ends_the_round(void **state)
{
    (void)state;
    struct rig *rig = running_gang(4);
    enum gang_timer why;
    call_for(rig, 0, 0);
    assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_GIVE_UP, &why) - rig->now, rig->config.sync_timeout_ns);
    assert_int_equal(why, GANG_TIMER_SYNC);
    rig_pass(rig, 1 * SECOND);
    call_for(rig, 3, 9 * SECOND);
    call_for(rig, 2, 90 * SECOND); /* longer than another's: no matter */
    assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_GIVE_UP, &why) - rig->now, 9 * SECOND);
    assert_int_equal(why, GANG_TIMER_CALL);
    rig_pass(rig, 9 * SECOND - 1);
    assert_int_equal(rig_sent(rig, GANG_MSG_ROUND_FAILED), 0);
    rig_pass(rig, 1);
    for (uint32_t r = 0; r < 4; r++)
        assert_int_equal(rig_task(rig, 1, 0, r)->replies, r != 1);
    assert_int_equal(rig_task(rig, 1, 0, 3)->last_reason, GANG_REASON_CALL_TIMEOUT);
    const struct gang_msg *last = rig_last(rig, GANG_FX_NOTE);
    assert_int_equal(last->reason, GANG_REASON_ABSENT);
    assert_int_equal(last->rank, 1);
    assert_int_equal(last->count, 1);
    assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_GIVE_UP, &why), GANG_NEVER);
    call_for(rig, 1, 0); /* too late */
    assert_int_equal(rig_task(rig, 1, 0, 1)->last_reason, GANG_REASON_CALL_TIMEOUT);
    rig_free(rig);
}

static void a_limit_longer_than_the_rounds_own_changes_nothing(void **state)
{
    (void)state;
    struct rig *rig = running_gang(2);
    call_for(rig, 0, rig->config.sync_timeout_ns + 1);
    rig_pass(rig, rig->config.sync_timeout_ns);
    assert_int_equal(rig_task(rig, 1, 0, 0)->last_reason, GANG_REASON_SYNC_TIMEOUT);
    assert_int_equal(rig_count(rig, GANG_FX_NOTE), 0);
    rig_free(rig);
}

static void a_limit_ends_with_its_round(void **state)
{
    (void)state;
    struct rig *rig = running_gang(2);
    enum gang_timer why;
    call_for(rig, 0, 5 * SECOND);
    call_for(rig, 1, 5 * SECOND);
    assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_GIVE_UP, &why), GANG_NEVER);
    call_for(rig, 0, 0);
    rig_pass(rig, 100 * SECOND);
    assert_int_equal(rig_task(rig, 1, 0, 0)->replies, 1); /* of the round before, whose limit is no matter */
    rig_free(rig);
}

static void a_completed_round_leaves_no_timer_behind(void **state)
{
    (void)state;
    struct rig *rig = running_gang(2);
    enum gang_timer why;
    for (int round = 0; round < 100; round++)
        for (uint32_t r = 0; r < 2; r++)
            rig_call(rig, rig_task(rig, 1, 0, r), GANG_OP_BARRIER, 0);
    assert_int_equal(gang_driver_deadline_of(rig->driver, GANG_HOPE_GIVE_UP, &why), GANG_NEVER);
    rig_free(rig);
}

static void waiting_for_a_member_that_has_left_fails_at_once(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct gang_config config = rig_config();
        assert_int_equal(
            gang_policy_set(&config.policy, "member_exit", told ? "tell" : "silent", NULL),
            GANG_OK);
        struct rig *rig = rig_new(3, 2, 0, &config);
        struct gang_stage_spec gang = rig_gang(3, 1, 0);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        rig_call(rig, rig_task(rig, 1, 0, 0), GANG_OP_BARRIER, 0);
        rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_OK, 0);
        assert_int_equal(rig_task(rig, 1, 0, 0)->replies, told);
        rig_call(rig, rig_task(rig, 1, 0, 2), GANG_OP_BARRIER, 0);
        assert_int_equal(rig_task(rig, 1, 0, 2)->replies, told);
        if (told)
            assert_int_equal(rig_task(rig, 1, 0, 2)->last_reason, GANG_REASON_MEMBER_EXITED);
        rig_free(rig);
    }
}

static void a_call_of_an_ended_attempt_is_answered_with_ended(void **state)
{
    (void)state;
    struct rig *rig = running_gang(2);
    struct rig_run *run = rig_task(rig, 1, 0, 0);
    rig_call_only(rig, run, GANG_OP_BARRIER, 0); /* on the wire */
    rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_FAILED, 3);
    assert_true(run->asked);
    assert_int_equal(run->replies,
                     1); /* exactly one answer, though both the fence and the driver gave one */
    assert_int_equal(run->last_reason, GANG_REASON_GANG_FAILED);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_leaves_before_everybody_has_come),
        cmocka_unit_test(a_gather_gives_everybody_the_same_whatever_the_order_of_arrival),
        cmocka_unit_test(a_gather_shows_who_gave_what),
        cmocka_unit_test(the_same_member_twice_counts_once),
        cmocka_unit_test(a_call_of_another_operation_fails_alone),
        cmocka_unit_test(a_call_of_another_epoch_or_size_changes_nothing),
        cmocka_unit_test(a_call_in_the_name_of_a_member_that_is_gone_is_refused),
        cmocka_unit_test(a_round_that_times_out_answers_every_waiter_and_late_comers_too),
        cmocka_unit_test(the_first_limit_of_a_caller_to_end_ends_the_round),
        cmocka_unit_test(a_limit_longer_than_the_rounds_own_changes_nothing),
        cmocka_unit_test(a_limit_ends_with_its_round),
        cmocka_unit_test(a_completed_round_leaves_no_timer_behind),
        cmocka_unit_test(waiting_for_a_member_that_has_left_fails_at_once),
        cmocka_unit_test(a_call_of_an_ended_attempt_is_answered_with_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
