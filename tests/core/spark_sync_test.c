/* spark_sync_test.c -- what Spark's rounds do, and what is done instead: each case both ways. */
#include "driver_private.h"
#include "rig.h"

#include <stdlib.h>

#define SECOND INT64_C(1000000000)
#define MILLI  INT64_C(1000000)

struct choice {
    const char *axis, *value;
};

/* A rig under the strict policy, but for these axes; ends with {NULL, NULL}. */
static struct rig *rig_of(uint32_t executors, uint32_t cores, const struct choice *choice)
{
    struct gang_config config = rig_config();
    for (; choice != NULL && choice->axis != NULL; choice++)
        assert_int_equal(gang_policy_set(&config.policy, choice->axis, choice->value, NULL),
                         GANG_OK);
    return rig_new(executors, cores, 0, &config);
}

static struct rig *gang_of(uint32_t tasks, uint32_t cores, const struct choice *choice)
{
    struct rig *rig = rig_of(4, cores, choice);
    struct gang_stage_spec gang = rig_gang(tasks, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), tasks);
    return rig;
}

/* One case under strict (odd == 0) and with one axis at its other value (odd == 1). */
#define BOTH_WAYS(axis, value)                                                                     \
    static const struct choice choices[] = {{axis, value}, {NULL, NULL}};                          \
    (void)state;                                                                                   \
    for (int odd = 0; odd < 2; odd++)
#define CHOSEN (odd ? choices : NULL)

static struct rig_run *task(struct rig *rig, uint32_t rank) { return rig_task(rig, 1, 0, rank); }

static void call(struct rig *rig, uint32_t rank, enum gang_op op)
{
    rig_call(rig, task(rig, rank), op, 100 + rank);
}

/* The task's program has given up its call and makes it once more. */
static void call_again(struct rig *rig, uint32_t rank, enum gang_op op)
{
    task(rig, rank)->client.calling = 0;
    call(rig, rank, op);
}

static void assert_told(struct rig *rig, uint32_t rank, uint32_t replies, enum gang_reason reason)
{
    assert_int_equal(task(rig, rank)->replies, replies);
    if (replies > 0)
        assert_int_equal(task(rig, rank)->last_reason, reason);
}

/* ---- member_count: 5.2 #7 */
static void one_member_that_calls_twice_makes_a_round_of_two(void **state)
{
    BOTH_WAYS("member_count", "requests")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        call_again(rig, 0, GANG_OP_BARRIER);
        assert_int_equal(rig_sent(rig, GANG_MSG_RELEASE), odd);
        assert_told(rig, 0, odd, GANG_REASON_OK);
        call(rig, 1, GANG_OP_BARRIER);
        assert_told(rig, 0, 1, GANG_REASON_OK);
        assert_told(rig, 1, 1, odd ? GANG_REASON_SYNC_EPOCH : GANG_REASON_OK);
        rig_free(rig);
    }
}

static void a_call_on_its_way_is_not_released_by_the_requests_of_others(void **state)
{
    BOTH_WAYS("member_count", "requests")
    {
        struct rig *rig = gang_of(3, 4, CHOSEN); /* one group */
        call(rig, 0, GANG_OP_BARRIER);
        call(rig, 2, GANG_OP_BARRIER);
        rig_stray(rig, task(rig, 0), GANG_OP_BARRIER, 0, 0);
        rig_call_only(rig, task(rig, 1), GANG_OP_BARRIER, 0); /* behind it */
        rig_deliver(rig);
        assert_int_equal(rig_sent(rig, GANG_MSG_RELEASE), odd ? 2 : 1); /* ranks 0 and 2, or all */
        for (uint32_t r = 0; r < 3; r++)
            assert_told(rig, r, 1, odd && r == 1 ? GANG_REASON_SYNC_EPOCH : GANG_REASON_OK);
        rig_free(rig);
    }
}

static void a_gather_of_requests_holds_what_was_there(void **state)
{
    uint64_t digest[2];
    BOTH_WAYS("member_count", "requests")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        call(rig, 0, GANG_OP_ALL_GATHER);
        call_again(rig, 0, GANG_OP_ALL_GATHER);
        if (!odd)
            call(rig, 1, GANG_OP_ALL_GATHER);
        digest[odd] = task(rig, 0)->last_digest;
        rig_free(rig);
    }
    assert_int_not_equal(digest[0], digest[1]);
}

/* B-102: the slot of whoever did not come holds what it gave in the round before, and its bytes. */
static void a_slot_that_nobody_filled_holds_the_round_before(void **state)
{
    uint64_t stale = 0, fresh = 0;
    (void)state;
    for (int also = 0; also < 2; also++) {
        static const struct choice choices[] = {{"member_count", "requests"}, {NULL, NULL}};
        struct rig *rig = gang_of(2, 1, choices);
        for (uint32_t r = 0; r < 2; r++) {
            rig->bytes = 10 + r;
            rig_call(rig, task(rig, r), GANG_OP_ALL_GATHER, 7 + r);
        }
        uint64_t before = task(rig, 0)->last_digest;
        rig->bytes = 100;
        rig_call(rig, task(rig, 0), GANG_OP_ALL_GATHER, 70);
        rig->bytes = also ? 11 : 100;
        if (also) { /* the other gives what it gave before */
            rig_call(rig, task(rig, 1), GANG_OP_ALL_GATHER, 8);
            fresh = task(rig, 0)->last_digest;
        } else { /* or the first one calls twice */
            task(rig, 0)->client.calling = 0;
            rig_call(rig, task(rig, 0), GANG_OP_ALL_GATHER, 70);
            stale = task(rig, 0)->last_digest;
        }
        assert_int_not_equal(task(rig, 0)->last_digest, before);
        for (uint32_t i = rig->log_count; i-- > 0;)
            if (rig->log[i].fx == GANG_FX_SEND && rig->log[i].msg.kind == GANG_MSG_RELEASE) {
                assert_int_equal(rig->log[i].msg.blob.bytes, 111);
                break;
            }
        rig_free(rig);
    }
    assert_int_equal(stale, fresh);
}

/* However many ranges those who came are in, the messages fit. */
static void every_other_rank_of_a_large_group_is_released(void **state)
{
    BOTH_WAYS("member_count", "requests")
    {
        struct rig *rig = gang_of(60, 60, CHOSEN);
        for (uint32_t r = 0; r < 60; r += 2) {
            call(rig, r, GANG_OP_BARRIER);
            rig_stray(rig, task(rig, r), GANG_OP_BARRIER, 0, 0);
            rig_deliver(rig);
        }
        assert_int_equal(rig_sent(rig, GANG_MSG_RELEASE), odd ? 30 : 0);
        for (uint32_t r = 0; r < 60; r++)
            assert_told(rig, r, odd && r % 2 == 0, GANG_REASON_OK);
        rig_free(rig);
    }
}

/* ---- check_order: 5.2 #9 */
static void operations_once_mixed_fail_everybody_for_ever(void **state)
{
    BOTH_WAYS("check_order", "method_first")
    {
        struct rig *rig = gang_of(3, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        call(rig, 1, GANG_OP_ALL_GATHER);
        assert_told(rig, 0, odd, GANG_REASON_SYNC_MISMATCH);
        assert_told(rig, 1, 1, GANG_REASON_SYNC_MISMATCH);
        call(rig, 1, GANG_OP_BARRIER);
        assert_told(rig, 1, odd ? 2 : 1, GANG_REASON_SYNC_MISMATCH);
        call(rig, 2, GANG_OP_BARRIER);
        assert_told(rig, 2, 1, odd ? GANG_REASON_SYNC_MISMATCH : GANG_REASON_OK);
        call_again(rig, 0, GANG_OP_BARRIER);
        assert_told(rig, 0, odd ? 2 : 1, odd ? GANG_REASON_SYNC_MISMATCH : GANG_REASON_OK);
        rig_free(rig);
    }
}

/* A gang of two in its second round, in which rank 0 waits for a gather. */
static struct rig *second_round(const struct choice *choice)
{
    struct rig *rig = gang_of(2, 1, choice);
    call(rig, 0, GANG_OP_BARRIER);
    call(rig, 1, GANG_OP_BARRIER);
    return rig;
}

static void a_stale_call_of_another_operation_kills_a_live_round(void **state)
{
    BOTH_WAYS("check_order", "method_first")
    {
        struct rig *rig = second_round(CHOSEN);
        call(rig, 0, GANG_OP_ALL_GATHER);
        rig_stray(rig, task(rig, 1), GANG_OP_BARRIER, 0, 0);
        rig_deliver(rig);
        assert_told(rig, 0, odd ? 2 : 1, odd ? GANG_REASON_SYNC_MISMATCH : GANG_REASON_OK);
        call(rig, 1, GANG_OP_ALL_GATHER);
        assert_told(rig, 0, 2, odd ? GANG_REASON_SYNC_MISMATCH : GANG_REASON_OK);
        assert_told(rig, 1, 2, odd ? GANG_REASON_SYNC_MISMATCH : GANG_REASON_OK);
        rig_free(rig);
    }
}

static void a_stale_call_between_two_rounds_spoils_the_next(void **state)
{
    BOTH_WAYS("check_order", "method_first")
    {
        struct rig *rig = second_round(CHOSEN);
        rig_stray(rig, task(rig, 1), GANG_OP_BARRIER, 0, 0);
        rig_deliver(rig);
        call(rig, 0, GANG_OP_ALL_GATHER);
        call(rig, 1, GANG_OP_ALL_GATHER);
        for (uint32_t r = 0; r < 2; r++)
            assert_told(rig, r, 2, odd ? GANG_REASON_SYNC_MISMATCH : GANG_REASON_OK);
        rig_free(rig);
    }
}

static void a_call_of_another_size_leaves_its_operation_behind(void **state)
{
    BOTH_WAYS("check_order", "method_first")
    {
        struct rig *rig = second_round(CHOSEN);
        task(rig, 0)->client.size = 9;
        call(rig, 0, GANG_OP_ALL_GATHER);
        assert_told(rig, 0, 2, GANG_REASON_SYNC_SIZE);
        task(rig, 0)->client.size = 2;
        call(rig, 0, GANG_OP_BARRIER);
        assert_told(rig, 0, 2 + odd, odd ? GANG_REASON_SYNC_MISMATCH : GANG_REASON_SYNC_SIZE);
        rig_free(rig);
    }
}

/* B-81, B-170 */
static void whoever_asks_first_says_how_many_there_are(void **state)
{
    BOTH_WAYS("check_order", "method_first")
    {
        struct rig *rig = gang_of(3, 1, CHOSEN);
        task(rig, 0)->client.size = 2;
        call(rig, 0, GANG_OP_BARRIER);
        assert_told(rig, 0, !odd, GANG_REASON_SYNC_SIZE);
        call(rig, 1, GANG_OP_BARRIER);
        assert_told(rig, 1, odd, GANG_REASON_SYNC_SIZE);
        task(rig, 2)->client.size = 2;
        rig_call_only(rig, task(rig, 2), GANG_OP_BARRIER, 0);
        if (odd) /* on its way when two of two have come */
            rig_call_only(rig, task(rig, 1), GANG_OP_BARRIER, 0);
        rig_deliver(rig);
        for (uint32_t r = 0; odd && r < 3; r += 2)
            assert_told(rig, r, 1, GANG_REASON_OK);
        assert_told(rig, 1, odd ? 2 : 0, GANG_REASON_SYNC_SIZE);
        rig_free(rig);
    }
}

static void one_who_counts_too_many_makes_all_wait_in_vain(void **state)
{
    BOTH_WAYS("check_order", "method_first")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        rig_stray(rig, task(rig, 0), GANG_OP_BARRIER, 7, 0); /* refused for its epoch, and its size stays */
        rig->wire[(rig->wire_tail + RIG_WIRE - 1) % RIG_WIRE].msg.count = 3;
        rig_deliver(rig);
        call(rig, 0, GANG_OP_BARRIER);
        call(rig, 1, GANG_OP_BARRIER);
        for (uint32_t r = 0; r < 2; r++)
            assert_told(rig, r, 1, odd ? GANG_REASON_SYNC_SIZE : GANG_REASON_OK);
        rig_exit(rig, task(rig, 1), GANG_EXIT_FAILED, 1); /* the next attempt knows nothing of it */
        rig_pass(rig, 60 * SECOND);
        for (uint32_t r = 0; r < 2; r++)
            call(rig, r, GANG_OP_BARRIER);
        for (uint32_t r = 0; r < 2; r++)
            assert_told(rig, r, 1, GANG_REASON_OK);
        rig_free(rig);
    }
}

/* ---- ended_round: 5.2 #6 */
static void after_a_timeout_the_first_round_can_begin_again(void **state)
{
    BOTH_WAYS("ended_round", "forgotten")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_pass(rig, 1800 * SECOND);
        assert_told(rig, 0, 1, GANG_REASON_SYNC_TIMEOUT);
        call(rig, 1, GANG_OP_BARRIER);
        assert_told(rig, 1, !odd, GANG_REASON_SYNC_TIMEOUT);
        rig_pass(rig, 1799 * SECOND);
        call(rig, 0, GANG_OP_BARRIER);
        for (uint32_t r = 0; r < 2; r++)
            assert_told(rig, r, r == 0 ? 2 : 1, odd ? GANG_REASON_OK : GANG_REASON_SYNC_TIMEOUT);
        rig_free(rig);
    }
}

static void a_late_call_waits_another_whole_timeout(void **state)
{
    BOTH_WAYS("ended_round", "forgotten")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_pass(rig, 1800 * SECOND);
        call(rig, 1, GANG_OP_BARRIER);
        rig_pass(rig, 1799 * SECOND);
        assert_told(rig, 1, !odd, GANG_REASON_SYNC_TIMEOUT);
        rig_pass(rig, SECOND);
        assert_told(rig, 1, 1, GANG_REASON_SYNC_TIMEOUT);
        rig_free(rig);
    }
}

static void a_later_round_cannot_begin_again(void **state)
{
    BOTH_WAYS("ended_round", "forgotten")
    {
        struct rig *rig = second_round(CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_pass(rig, 1800 * SECOND);
        call(rig, 1, GANG_OP_BARRIER);
        assert_told(rig, 1, 2, odd ? GANG_REASON_SYNC_EPOCH : GANG_REASON_SYNC_TIMEOUT);
        rig_free(rig);
    }
}

/* Rank 1 fails, and rank 0 calls while nobody has told it. */
static struct rig *call_of_an_ended_attempt(const struct choice *choice)
{
    struct rig *rig = gang_of(2, 1, choice);
    rig_exit_only(rig, task(rig, 1), GANG_EXIT_FAILED, 3);
    rig_call_only(rig, task(rig, 0), GANG_OP_BARRIER, 0); /* on the wire, behind the failure */
    assert_true(rig_deliver_one(rig));
    assert_int_equal(rig_count(rig, GANG_FX_FENCE), 1);
    assert_true(rig_deliver_one(rig));
    return rig;
}

static void a_call_of_an_ended_attempt_gets_no_answer(void **state)
{
    BOTH_WAYS("ended_round", "forgotten")
    {
        struct rig *rig = call_of_an_ended_attempt(CHOSEN);
        assert_int_equal(rig_sent(rig, GANG_MSG_ROUND_FAILED), !odd);
        rig_deliver(rig);
        assert_told(rig, 0, 1, GANG_REASON_GANG_FAILED); /* of its executor, which ends it */
        rig_free(rig);
    }
}

/* ---- stage_end: 5.2 #5 */
/* An attempt that ends while its tasks are left alone: nothing but the coordinator can answer. */
static void waiters_of_an_attempt_that_ends_are_dropped(void **state)
{
    BOTH_WAYS("stage_end", "drop")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        uint32_t s = jobs_of(rig->driver)[gang_jobs_find(rig->driver, 1)].first_stage;
        rig->out.count = 0;
        gang_stage_move(rig->driver, s, STAGE_DRAINING);
        gang_sync_end(rig->driver, s, false, &rig->out);
        assert_int_equal(rig->out.count, odd ? 0 : 2);
        for (uint32_t i = 0; i < rig->out.count; i++) {
            assert_int_equal(rig->out.list[i].msg.kind, GANG_MSG_ROUND_FAILED);
            assert_int_equal(rig->out.list[i].msg.reason, GANG_REASON_GANG_FAILED);
        }
        gang_driver_audit(rig->driver);
        rig_free(rig);
    }
}

static void a_task_that_is_killed_is_answered_even_so(void **state)
{
    BOTH_WAYS("stage_end", "drop")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_exit(rig, task(rig, 1), GANG_EXIT_FAILED, 3);
        assert_told(rig, 0, 1, GANG_REASON_GANG_FAILED);
        assert_int_equal(rig_sent(rig, GANG_MSG_ROUND_FAILED), 0);
        rig_free(rig);
    }
}

/* ---- killed_waiter: 5.2 #8 */
static void a_round_completes_with_a_member_that_was_killed(void **state)
{
    BOTH_WAYS("killed_waiter", "keep")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_exit_only(rig, task(rig, 0), GANG_EXIT_KILLED, 9);
        rig_call_only(rig, task(rig, 1), GANG_OP_BARRIER, 0);
        rig_deliver(rig);
        assert_int_equal(rig_count(rig, GANG_FX_FENCE), 1);
        assert_int_equal(rig_sent(rig, GANG_MSG_RELEASE), odd); /* after it */
        assert_told(rig, 1, 1, GANG_REASON_GANG_FAILED);        /* its KILL was faster */
        rig_free(rig);
    }
}

/* As in Spark: the call returns well while the kill has not been looked at. */
static void the_living_leave_a_round_with_the_dead(void **state)
{
    (void)state;
    for (int odd = 0; odd < 2; odd++) {
        const struct choice choices[] = {
            {"reply", "poll_1s"}, {"killed_waiter", odd ? "keep" : "withdraw"}, {NULL, NULL}};
        struct rig *rig = gang_of(2, 1, choices);
        call(rig, 0, GANG_OP_BARRIER);
        rig_exit_only(rig, task(rig, 0), GANG_EXIT_KILLED, 9);
        rig_call_only(rig, task(rig, 1), GANG_OP_BARRIER, 0);
        rig->now += 300 * MILLI;
        rig_deliver(rig);
        assert_told(rig, 1, 0, GANG_REASON_OK);
        rig_pass(rig, 699 * MILLI);
        assert_false(task(rig, 1)->asked);
        rig_pass(rig, MILLI);
        if (odd)
            assert_told(rig, 1, 1, GANG_REASON_OK);
        else
            assert_told(rig, 1, 1, GANG_REASON_SYNC_ENDED);
        assert_true(task(rig, 1)->asked);
        rig_free(rig);
    }
}

/* ---- round_timer: 5.2 #3 */
static void one_gangs_round_takes_the_timer_of_another_down(void **state)
{
    BOTH_WAYS("round_timer", "shared")
    {
        struct rig *rig = rig_of(4, 4, CHOSEN);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        for (uint32_t job = 1; job <= 7; job++)
            rig_submit(rig, job, &gang, 1);
        rig_deliver(rig);
        enum gang_timer why;
        for (uint32_t job = 2; job <= 7; job++)
            rig_call(rig, rig_task(rig, job, 0, 0), GANG_OP_BARRIER, 0);
        rig_pass(rig, SECOND);
        call(rig, 0, GANG_OP_BARRIER);
        call(rig, 1, GANG_OP_BARRIER);
        gang_ns give_up = gang_driver_deadline_of(rig->driver, GANG_HOPE_GIVE_UP, &why);
        assert_int_equal(give_up, odd ? GANG_NEVER : 1800 * SECOND);
        rig_pass(rig, 1799 * SECOND);
        for (uint32_t job = 2; job <= 7; job++)
            assert_int_equal(rig_task(rig, job, 0, 0)->replies, !odd);
        rig_free(rig);
    }
}

static void the_end_of_a_gang_takes_the_timer_of_another_down(void **state)
{
    BOTH_WAYS("round_timer", "shared")
    {
        struct rig *rig = rig_of(4, 2, CHOSEN);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        rig_submit(rig, 1, &gang, 1);
        rig_submit(rig, 2, &gang, 1);
        rig_deliver(rig);
        enum gang_timer why;
        rig_call(rig, rig_task(rig, 2, 0, 0), GANG_OP_BARRIER, 0);
        call(rig, 0, GANG_OP_BARRIER);
        rig_exit(rig, task(rig, 1), GANG_EXIT_FAILED, 1);
        gang_ns give_up = gang_driver_deadline_of(rig->driver, GANG_HOPE_GIVE_UP, &why);
        assert_int_equal(give_up, odd ? GANG_NEVER : 1800 * SECOND);
        rig_free(rig);
    }
}

/* ---- reply: 5.2 #17 */
static void a_reply_is_found_a_second_after_the_call(void **state)
{
    BOTH_WAYS("reply", "poll_1s")
    {
        struct rig *rig = gang_of(2, 2, CHOSEN);
        enum gang_timer why;
        for (uint32_t round = 0; round < 2; round++) {
            call(rig, 0, GANG_OP_ALL_GATHER);
            rig_pass(rig, 300 * MILLI);
            call(rig, 1, GANG_OP_ALL_GATHER);
            assert_told(rig, 1, round + 1, GANG_REASON_OK); /* within the instant of its call */
            assert_int_equal(task(rig, 0)->replies, round + !odd);
            if (odd)
                assert_int_equal(gang_executor_deadline(rig->executor[0], &why),
                                 rig->now + 700 * MILLI);
            if (odd)
                assert_int_equal(why, GANG_TIMER_POLL);
            rig_pass(rig, 699 * MILLI);
            assert_int_equal(task(rig, 0)->replies, round + !odd);
            rig_pass(rig, MILLI);
            assert_told(rig, 0, round + 1, GANG_REASON_OK);
            assert_int_equal(task(rig, 0)->last_digest, task(rig, 1)->last_digest);
            assert_int_equal(gang_executor_deadline(rig->executor[0], &why), GANG_NEVER);
        }
        rig_free(rig);
    }
}

static void a_kill_is_seen_when_its_task_looks(void **state)
{
    BOTH_WAYS("reply", "poll_1s")
    {
        struct rig *rig = gang_of(3, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_pass(rig, 2300 * MILLI);
        rig_exit(rig, task(rig, 1), GANG_EXIT_FAILED, 1);
        assert_true(task(rig, 2)->asked); /* it computes */
        assert_told(rig, 0, !odd, GANG_REASON_GANG_FAILED);
        assert_int_equal(task(rig, 0)->asked, !odd);
        rig_pass(rig, 700 * MILLI);
        assert_told(rig, 0, 1, GANG_REASON_GANG_FAILED);
        assert_true(task(rig, 0)->asked);
        rig_free(rig);
    }
}

/* It has just looked when the kill comes: it sleeps through a whole second. */
static void a_kill_in_the_instant_of_a_call_is_seen_a_second_later(void **state)
{
    BOTH_WAYS("reply", "poll_1s")
    {
        struct rig *rig = gang_of(3, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_exit(rig, task(rig, 1), GANG_EXIT_FAILED, 1);
        assert_told(rig, 0, !odd, GANG_REASON_GANG_FAILED);
        rig_pass(rig, 999 * MILLI);
        assert_int_equal(task(rig, 0)->asked, !odd);
        rig_pass(rig, MILLI);
        assert_told(rig, 0, 1, GANG_REASON_GANG_FAILED);
        rig_free(rig);
    }
}

static void a_call_made_once_more_does_not_lose_the_reply_that_is_there(void **state)
{
    (void)state;
    const struct choice choices[] = {{"reply", "poll_1s"}, {NULL, NULL}};
    struct rig *rig = gang_of(2, 1, choices);
    call(rig, 0, GANG_OP_BARRIER);
    rig_pass(rig, 300 * MILLI);
    call(rig, 1, GANG_OP_BARRIER);
    rig_pass(rig, 200 * MILLI);
    call_again(rig, 0, GANG_OP_BARRIER);
    rig_pass(rig, 500 * MILLI);
    assert_told(rig, 0, 1, GANG_REASON_OK);
    rig_free(rig);
}

static void a_task_that_ends_between_two_looks_needs_no_look(void **state)
{
    (void)state;
    const struct choice choices[] = {{"reply", "poll_1s"}, {NULL, NULL}};
    struct rig *rig = gang_of(2, 1, choices);
    enum gang_timer why;
    call(rig, 0, GANG_OP_BARRIER);
    rig_pass(rig, 300 * MILLI);
    call(rig, 1, GANG_OP_BARRIER);
    rig_exit(rig, task(rig, 0), GANG_EXIT_OK, 0);
    assert_int_equal(gang_executor_deadline(rig->executor[0], &why), GANG_NEVER);
    rig_crash(rig, 1);
    rig_boot(rig, 1);
    rig_deliver(rig);
    rig_free(rig);
}

static void what_is_kept_longer_needs_the_memory_for_it(void **state)
{
    (void)state;
    struct gang_err err;
    struct gang_config config = rig_config();
    struct gang_limits limits = rig_limits();
    const struct gang_room room = {1, 1, 0};
    struct gang_executor *e;
    struct gang_driver *d;
    size_t bytes = gang_driver_size(&limits);
    void *memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    assert_true(gang_executor_size(&limits) <= bytes);
    assert_int_equal(gang_policy_set(&config.policy, "reply", "poll_1s", NULL), GANG_OK);
    assert_int_equal(gang_policy_set(&config.policy, "timer_cancel", "no", NULL), GANG_OK);
    assert_int_equal(gang_executor_init(memory, &limits, &config, 0, &room, &e, &err),
                     GANG_E_RANGE);
    assert_int_equal(gang_driver_init(memory, &limits, &config, &d, &err), GANG_E_RANGE);
    limits.polls = limits.round_timers = 1;
    assert_true(gang_driver_size(&limits) > bytes);
    free(memory);
}

/* ---- mismatch: SPARK-31651 */
static void of_a_mixed_round_that_is_forgotten_the_later_ones_wait(void **state)
{
    BOTH_WAYS("mismatch", "forget")
    {
        struct rig *rig = gang_of(4, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        for (uint32_t r = 1; r < 4; r++)
            call(rig, r, GANG_OP_ALL_GATHER);
        assert_told(rig, 0, odd, GANG_REASON_SYNC_MISMATCH);
        assert_told(rig, 1, 1, odd ? GANG_REASON_SYNC_EPOCH : GANG_REASON_SYNC_MISMATCH);
        for (uint32_t r = 2; r < 4; r++)
            assert_told(rig, r, !odd, GANG_REASON_SYNC_MISMATCH);
        rig_pass(rig, 1800 * SECOND); /* until their timeout */
        for (uint32_t r = 2; r < 4; r++)
            assert_told(rig, r, 1, odd ? GANG_REASON_SYNC_TIMEOUT : GANG_REASON_SYNC_MISMATCH);
        rig_free(rig);
    }
}

static void a_poisoned_attempt_tells_all_four(void **state)
{
    (void)state;
    for (int odd = 0; odd < 2; odd++) {
        const struct choice choices[] = {
            {"check_order", "method_first"}, {"mismatch", odd ? "forget" : "poison"}, {NULL, NULL}};
        struct rig *rig = gang_of(4, 1, choices);
        call(rig, 0, GANG_OP_BARRIER);
        for (uint32_t r = 1; r < 4; r++)
            call(rig, r, GANG_OP_ALL_GATHER);
        assert_told(rig, 0, 1, GANG_REASON_SYNC_MISMATCH);
        assert_told(rig, 1, 1, odd ? GANG_REASON_SYNC_EPOCH : GANG_REASON_SYNC_MISMATCH);
        for (uint32_t r = 2; r < 4; r++)
            assert_told(rig, r, !odd, GANG_REASON_SYNC_MISMATCH);
        rig_free(rig);
    }
}

/* ---- fan_out: B-104 */
static const struct gang_msg *last_sent(const struct rig *rig, enum gang_msg_kind kind)
{
    for (uint32_t i = rig->log_count; i-- > 0;)
        if (rig->log[i].fx == GANG_FX_SEND && rig->log[i].msg.kind == kind)
            return &rig->log[i].msg;
    fail_msg("no message of kind %d was sent", kind);
    return NULL;
}

static void what_was_gathered_goes_once_to_an_executor_or_once_to_a_task(void **state)
{
    BOTH_WAYS("fan_out", "task")
    {
        struct rig *rig = gang_of(7, 4, CHOSEN); /* four and three */
        uint32_t ranks = 0;
        for (uint32_t r = 0; r < 7; r++) {
            rig->bytes = 1000 + r;
            call(rig, r, GANG_OP_ALL_GATHER);
        }
        assert_int_equal(rig_sent(rig, GANG_MSG_RELEASE), 2);
        for (uint32_t i = 0; i < rig->log_count; i++) {
            const struct gang_msg *msg = &rig->log[i].msg;
            if (rig->log[i].fx != GANG_FX_SEND || msg->kind != GANG_MSG_RELEASE)
                continue;
            assert_int_equal(msg->blob.bytes, 7021);
            assert_int_equal(msg->a, odd ? msg->count : 0);
            ranks += msg->count;
        }
        assert_int_equal(ranks, 7);
        rig->bytes = 0; /* nothing is left of it in the next round */
        for (uint32_t r = 0; r < 7; r++)
            call(rig, r, GANG_OP_BARRIER);
        assert_int_equal(last_sent(rig, GANG_MSG_RELEASE)->blob.bytes, 0);
        rig->bytes = UINT32_MAX; /* more than a message can say */
        for (uint32_t r = 0; r < 7; r++)
            call(rig, r, GANG_OP_ALL_GATHER);
        assert_int_equal(last_sent(rig, GANG_MSG_RELEASE)->blob.bytes, UINT32_MAX);
        rig_free(rig);
    }
}

/* ---- reply: B-86 */
#define DAY (86400 * SECOND)
static void a_call_waits_for_a_year_and_no_longer(void **state)
{
    (void)state;
    for (int odd = 0; odd < 2; odd++) {
        struct gang_config config = rig_config();
        config.sync_timeout_ns = 400 * DAY;
        if (odd)
            assert_int_equal(gang_policy_set(&config.policy, "reply", "poll_1s", NULL), GANG_OK);
        struct rig *rig = rig_new(2, 1, 0, &config);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        enum gang_timer why;
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        call(rig, 0, GANG_OP_BARRIER);
        gang_ns due = gang_executor_deadline(rig->executor[task(rig, 0)->executor], &why);
        assert_int_equal(why, odd ? GANG_TIMER_CALL : GANG_TIMER_NONE);
        assert_int_equal(odd ? due - rig->now : due, odd ? 365 * DAY : GANG_NEVER);
        rig_pass(rig, 365 * DAY - 1);
        assert_told(rig, 0, 0, GANG_REASON_OK);
        rig_pass(rig, 1);
        assert_told(rig, 0, odd, GANG_REASON_CALL_TIMEOUT);
        assert_int_equal(rig_sent(rig, GANG_MSG_ROUND_FAILED), 0); /* the driver knows nothing of it */
        if (odd) { /* whoever calls again waits again */
            call_again(rig, 0, GANG_OP_BARRIER);
            assert_int_equal(gang_executor_deadline(rig->executor[task(rig, 0)->executor], &why) - rig->now,
                             365 * DAY);
        }
        call(rig, 1, GANG_OP_BARRIER);
        assert_told(rig, 0, 1 + odd, GANG_REASON_OK);
        assert_told(rig, 1, 1, GANG_REASON_OK);
        assert_int_equal(gang_executor_deadline(rig->executor[task(rig, 0)->executor], &why), GANG_NEVER);
        rig_free(rig);
    }
}

/* G-11 has no match there: a call cannot say how long it waits. */
static void a_limit_of_ones_own_is_not_heard(void **state)
{
    BOTH_WAYS("reply", "poll_1s")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        rig->within = 5 * SECOND;
        call(rig, 0, GANG_OP_BARRIER);
        rig_pass(rig, 5 * SECOND);
        assert_told(rig, 0, !odd, GANG_REASON_CALL_TIMEOUT);
        rig_free(rig);
    }
}

/* ---- timer_cancel: SPARK-46895 */
static struct rig *impatient_gang(const struct choice *choice)
{
    struct gang_config config = rig_config();
    config.sync_timeout_ns = SECOND;
    for (; choice != NULL && choice->axis != NULL; choice++)
        assert_int_equal(gang_policy_set(&config.policy, choice->axis, choice->value, NULL),
                         GANG_OK);
    struct rig *rig = rig_new(2, 1, 0, &config);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    return rig;
}

static void the_timer_of_a_round_that_is_over_fails_the_next(void **state)
{
    BOTH_WAYS("timer_cancel", "no")
    {
        struct rig *rig = impatient_gang(CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_pass(rig, 200 * MILLI);
        call(rig, 1, GANG_OP_BARRIER);
        rig_pass(rig, 600 * MILLI);
        call(rig, 0, GANG_OP_BARRIER);
        rig_pass(rig, 199 * MILLI);
        assert_told(rig, 0, 1, GANG_REASON_OK);
        rig_pass(rig, MILLI);
        assert_told(rig, 0, 1 + odd, odd ? GANG_REASON_SYNC_TIMEOUT : GANG_REASON_OK);
        rig_pass(rig, 300 * MILLI);
        call(rig, 1, GANG_OP_BARRIER);
        for (uint32_t r = 0; r < 2; r++)
            assert_told(rig, r, 2, odd ? GANG_REASON_SYNC_TIMEOUT : GANG_REASON_OK);
        rig_free(rig);
    }
}

static void more_timers_than_there_is_room_for_do_no_other_harm(void **state)
{
    BOTH_WAYS("timer_cancel", "no")
    {
        struct rig *rig = impatient_gang(CHOSEN);
        for (uint32_t round = 0; round < 30; round++) {
            rig_pass(rig, 20 * MILLI);
            call(rig, 0, GANG_OP_BARRIER);
            call(rig, 1, GANG_OP_BARRIER);
            assert_told(rig, 0, round + 1, GANG_REASON_OK);
        }
        call(rig, 0, GANG_OP_BARRIER); /* at 600 ms; the first round began at 20 ms */
        rig_pass(rig, 419 * MILLI);
        assert_told(rig, 0, 30, GANG_REASON_OK);
        rig_pass(rig, MILLI);
        assert_int_equal(task(rig, 0)->replies, 30 + odd);
        rig_pass(rig, 580 * MILLI); /* its own */
        assert_told(rig, 0, 31, GANG_REASON_SYNC_TIMEOUT);
        rig_pass(rig, 10 * SECOND);
        rig_free(rig);
    }
}

/* ---- killed_call: SPARK-28483 */
static void a_killed_task_stays_in_its_call(void **state)
{
    BOTH_WAYS("killed_call", "wait")
    {
        struct rig *rig = gang_of(2, 1, CHOSEN);
        call(rig, 0, GANG_OP_BARRIER);
        rig_exit(rig, task(rig, 1), GANG_EXIT_FAILED, 1);
        assert_told(rig, 0, !odd, GANG_REASON_GANG_FAILED);
        assert_int_equal(task(rig, 0)->asked, !odd);
        rig_pass(rig, 9 * SECOND);
        assert_int_equal(task(rig, 0)->replies, !odd);
        rig_pass(rig, SECOND);
        assert_null(rig->run[0][0].alive ? &rig->run[0][0] : NULL); /* forced, after the grace */
        rig_free(rig);
    }
}

static void a_killed_task_ends_when_its_call_returns(void **state)
{
    BOTH_WAYS("killed_call", "wait")
    {
        struct rig *rig = call_of_an_ended_attempt(CHOSEN); /* the answer "ended" is on its way */
        rig_deliver(rig);
        assert_told(rig, 0, 1, odd ? GANG_REASON_SYNC_ENDED : GANG_REASON_GANG_FAILED);
        assert_true(task(rig, 0)->asked);
        rig_free(rig);
    }
}

/* ---- gathered: SPARK-40932 */
static void a_reply_not_yet_looked_at_shows_what_was_given_since(void **state)
{
    (void)state;
    for (int odd = 0; odd < 2; odd++) {
        const struct choice choices[] = {
            {"reply", "poll_1s"}, {"gathered", odd ? "alias" : "copy"}, {NULL, NULL}};
        struct rig *rig = gang_of(3, 3, choices);
        call(rig, 0, GANG_OP_ALL_GATHER);
        rig_pass(rig, 500 * MILLI);
        call(rig, 1, GANG_OP_ALL_GATHER);
        call(rig, 2, GANG_OP_ALL_GATHER);
        uint64_t first = task(rig, 2)->last_digest;
        rig_call(rig, task(rig, 1), GANG_OP_ALL_GATHER, 201);
        rig_call(rig, task(rig, 2), GANG_OP_ALL_GATHER, 202);
        rig_pass(rig, 500 * MILLI);
        assert_told(rig, 0, 1, GANG_REASON_OK);
        assert_int_equal(task(rig, 0)->last_digest == first, !odd);
        uint64_t seen = task(rig, 0)->last_digest;
        rig_call(rig, task(rig, 0), GANG_OP_ALL_GATHER, 100); /* as before: so it saw this round */
        assert_told(rig, 0, 2, GANG_REASON_OK);
        assert_int_equal(task(rig, 0)->last_digest == seen, odd);
        rig_free(rig);
    }
}

/* ---- a bad message changes nothing */
static void a_stray_call_does_not_take_the_place_of_the_tasks_own(void **state)
{
    (void)state;
    for (int before = 0; before < 2; before++) {
        struct rig *rig = second_round(NULL);
        if (before)
            rig_stray(rig, task(rig, 0), GANG_OP_ALL_GATHER, 0, 0);
        rig_call_only(rig, task(rig, 0), GANG_OP_BARRIER, 0);
        if (!before)
            rig_stray(rig, task(rig, 0), GANG_OP_ALL_GATHER, 0, 0);
        rig_deliver(rig);
        assert_told(rig, 0, 1, GANG_REASON_OK);
        call(rig, 1, GANG_OP_BARRIER);
        for (uint32_t r = 0; r < 2; r++)
            assert_told(rig, r, 2, GANG_REASON_OK);
        rig_free(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_member_that_calls_twice_makes_a_round_of_two),
        cmocka_unit_test(a_call_on_its_way_is_not_released_by_the_requests_of_others),
        cmocka_unit_test(a_gather_of_requests_holds_what_was_there),
        cmocka_unit_test(a_slot_that_nobody_filled_holds_the_round_before),
        cmocka_unit_test(whoever_asks_first_says_how_many_there_are),
        cmocka_unit_test(one_who_counts_too_many_makes_all_wait_in_vain),
        cmocka_unit_test(every_other_rank_of_a_large_group_is_released),
        cmocka_unit_test(operations_once_mixed_fail_everybody_for_ever),
        cmocka_unit_test(a_stale_call_of_another_operation_kills_a_live_round),
        cmocka_unit_test(a_stale_call_between_two_rounds_spoils_the_next),
        cmocka_unit_test(a_call_of_another_size_leaves_its_operation_behind),
        cmocka_unit_test(after_a_timeout_the_first_round_can_begin_again),
        cmocka_unit_test(a_late_call_waits_another_whole_timeout),
        cmocka_unit_test(a_later_round_cannot_begin_again),
        cmocka_unit_test(a_call_of_an_ended_attempt_gets_no_answer),
        cmocka_unit_test(waiters_of_an_attempt_that_ends_are_dropped),
        cmocka_unit_test(a_task_that_is_killed_is_answered_even_so),
        cmocka_unit_test(a_round_completes_with_a_member_that_was_killed),
        cmocka_unit_test(the_living_leave_a_round_with_the_dead),
        cmocka_unit_test(one_gangs_round_takes_the_timer_of_another_down),
        cmocka_unit_test(the_end_of_a_gang_takes_the_timer_of_another_down),
        cmocka_unit_test(a_reply_is_found_a_second_after_the_call),
        cmocka_unit_test(a_kill_is_seen_when_its_task_looks),
        cmocka_unit_test(a_kill_in_the_instant_of_a_call_is_seen_a_second_later),
        cmocka_unit_test(a_call_made_once_more_does_not_lose_the_reply_that_is_there),
        cmocka_unit_test(a_task_that_ends_between_two_looks_needs_no_look),
        cmocka_unit_test(what_is_kept_longer_needs_the_memory_for_it),
        cmocka_unit_test(of_a_mixed_round_that_is_forgotten_the_later_ones_wait),
        cmocka_unit_test(a_poisoned_attempt_tells_all_four),
        cmocka_unit_test(what_was_gathered_goes_once_to_an_executor_or_once_to_a_task),
        cmocka_unit_test(a_call_waits_for_a_year_and_no_longer),
        cmocka_unit_test(a_limit_of_ones_own_is_not_heard),
        cmocka_unit_test(the_timer_of_a_round_that_is_over_fails_the_next),
        cmocka_unit_test(more_timers_than_there_is_room_for_do_no_other_harm),
        cmocka_unit_test(a_killed_task_stays_in_its_call),
        cmocka_unit_test(a_killed_task_ends_when_its_call_returns),
        cmocka_unit_test(a_reply_not_yet_looked_at_shows_what_was_given_since),
        cmocka_unit_test(a_stray_call_does_not_take_the_place_of_the_tasks_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
