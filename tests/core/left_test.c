/* left_test.c -- policies that do not end what failed: what is left behind, and what becomes of it. */
#include "rig.h"

#define SECOND INT64_C(1000000000)

static struct gang_config with(const char *const *settings)
{
    struct gang_config config = rig_config();
    for (; *settings != NULL; settings += 2)
        assert_int_equal(gang_policy_set(&config.policy, settings[0], settings[1], NULL), GANG_OK);
    return config;
}

/* A map stage of one task is done, and a gang of two that fetches from it runs, on one executor of `cores`. */
static struct rig *gang_that_fetches(const char *const *settings, uint32_t cores)
{
    const struct gang_config config = with(settings);
    struct gang_stage_spec stages[2] = {rig_map(1, 1), rig_gang(2, 1, 0)};
    struct rig *rig = rig_new(1, cores, 0, &config);
    stages[1].parents = stages[1].shuffles = 1;
    rig_submit(rig, 1, stages, 2);
    rig_deliver(rig);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    return rig;
}

static const char *const LEAVE[] = {"fetch_failure", "leave", NULL};
static const char *const LEAVE_AND_ACCEPT[] = {"fetch_failure", "leave", "late_success", "accept",
                                               NULL};

/* Row 5.2 #2 (B-143): the sibling waits in a barrier that nobody ends (B-152), and the next attempt for its slot. */
static void
after_a_failed_fetch_the_siblings_keep_their_slots_and_the_gang_waits_for_them(void **state)
{
    (void)state;
    const char *const settings[] = {"fetch_failure", "leave", "stage_end", "drop", NULL};
    struct rig *rig = gang_that_fetches(settings, 2);
    struct rig_run *sibling = rig_task(rig, 1, 1, 1);
    rig_call(rig, sibling, GANG_OP_BARRIER, 0);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK,
             0); /* the parent has room for its one task */
    rig_pass(rig, 500 * SECOND);
    assert_int_equal(rig_sent(rig, GANG_MSG_KILL), 0);
    assert_true(sibling->alive);
    assert_int_equal(sibling->replies, 0);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_FREE_SLOTS);
    enum gang_timer why;
    (void)gang_driver_deadline_of(rig->driver, GANG_HOPE_WORK, &why);
    assert_int_equal(why, GANG_TIMER_NONE); /* nobody will do anything about it */
    rig_cancel(rig, 1);
    rig_deliver(rig);
    assert_true(sibling->asked); /* a job that ends takes with it what it left behind */
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 0);
    rig_exit(rig, sibling, GANG_EXIT_KILLED, 0);
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 1);
    rig_free(rig);
}

static void siblings_that_wait_are_answered_unless_they_are_dropped(void **state)
{
    (void)state;
    struct rig *rig = gang_that_fetches(LEAVE, 2);
    struct rig_run *sibling = rig_task(rig, 1, 1, 1);
    rig_call(rig, sibling, GANG_OP_BARRIER, 0);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
    assert_int_equal(sibling->replies, 1);
    assert_int_equal(sibling->last_reason, GANG_REASON_GANG_FAILED);
    assert_false(sibling->asked);
    rig_free(rig);
}

static void with_more_room_the_next_attempt_runs_beside_what_was_left(void **state)
{
    (void)state;
    struct rig *rig = gang_that_fetches(LEAVE, 4);
    struct rig_run *sibling = rig_task(rig, 1, 1, 1);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 3);
    /* What the old member says is not of this attempt. */
    rig_call(rig, sibling, GANG_OP_BARRIER, 0);
    assert_int_equal(sibling->last_reason, GANG_REASON_SYNC_ENDED);
    rig_checkpoint(rig, sibling, 1);
    rig_exit(rig, sibling, GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_ACCEPT), 2); /* the parent's, twice */
    for (uint32_t r = 0; r < 2; r++)
        rig_exit(rig, rig_task(rig, 1, 1, r), GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
    rig_free(rig);
}

static void a_job_may_be_done_before_what_it_left_behind(void **state)
{
    (void)state;
    struct rig *rig = gang_that_fetches(LEAVE, 4);
    struct rig_run *sibling = rig_task(rig, 1, 1, 1);
    struct gang_stage_spec map = rig_map(4, 1);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    rig_pass(rig, SECOND);
    for (uint32_t e = 0; e < RIG_TASKS; e++)
        if (rig->run[0][e].alive && rig->run[0][e].attempt == 1)
            rig_exit(rig, &rig->run[0][e], GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 1);
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
    rig_submit(rig, 1, &map, 1); /* the same name again */
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4); /* three of the new, and the one that stayed */
    rig_exit(rig, sibling, GANG_EXIT_FAILED, 1);
    assert_int_equal(rig_alive(rig), 4);
    rig_free(rig);
}

static void what_was_left_on_a_lost_executor_is_gone(void **state)
{
    (void)state;
    struct rig *rig = gang_that_fetches(LEAVE, 2);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
    rig_crash(rig, 0);
    rig_boot(rig, 0);
    rig_pass(rig, SECOND);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 2);
    rig_free(rig);
}

/* Row 5.2 #1, first variant: the success comes before the next attempt is queued. */
static void a_late_success_leaves_the_next_attempt_short_of_a_member(void **state)
{
    (void)state;
    for (int fetch = 0; fetch < 2; fetch++) {
        const char *const accept[] = {"late_success", "accept", NULL};
        struct rig *rig = gang_that_fetches(fetch ? LEAVE_AND_ACCEPT : accept, 2);
        struct rig_run *sibling = rig_task(rig, 1, 1, 1);
        if (fetch)
            rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
        else
            rig_exit(rig, rig_task(rig, 1, 1, 0), GANG_EXIT_FAILED, 1);
        rig_exit(rig, sibling, GANG_EXIT_OK, 0);
        assert_int_equal(rig_last(rig, GANG_FX_ACCEPT)->attempt, 0);
        assert_int_equal(rig_last(rig, GANG_FX_ACCEPT)->rank, 1);
        if (fetch)
            rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
        rig_pass(rig, SECOND);
        assert_int_equal(rig_last(rig, GANG_FX_PLAN)->count, 1);
        assert_int_equal(rig_alive(rig), 1);
        rig_call(rig, rig_task(rig, 1, 1, 0), GANG_OP_BARRIER, 0); /* it waits for both */
        assert_int_equal(rig_task(rig, 1, 1, 0)->client.size, 2);
        assert_int_equal(rig_task(rig, 1, 1, 0)->replies, 0);
        rig_pass(rig, 1801 * SECOND);
        assert_int_equal(rig_task(rig, 1, 1, 0)->last_reason, GANG_REASON_SYNC_TIMEOUT);
        rig_exit(rig, rig_task(rig, 1, 1, 0), GANG_EXIT_OK, 0); /* had it not synced */
        assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
        rig_free(rig);
    }
}

/* The second: it comes after that, and before the launch. */
static void
a_success_after_the_next_attempt_was_queued_keeps_it_from_ever_being_launched(void **state)
{
    (void)state;
    struct rig *rig = gang_that_fetches(LEAVE_AND_ACCEPT, 2);
    struct rig_run *sibling = rig_task(rig, 1, 1, 1);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    rig_pass(rig, SECOND); /* queued, and one slot short */
    rig_exit(rig, sibling, GANG_EXIT_OK, 0);
    rig_pass(rig, 1000 * SECOND); /* now there is room, but only one of two is left to place */
    assert_int_equal(rig_alive(rig), 0);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_PARTIAL);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->count, 2);
    rig_cancel(rig, 1);
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 1);
    rig_free(rig);
}

static void late_successes_of_all_ranks_make_the_stage_done(void **state)
{
    (void)state;
    const char *const settings[] = {"siblings", "leave", "late_success", "accept", NULL};
    const struct gang_config config = with(settings);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    struct rig *rig = rig_new(1, 4, 0, &config);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    struct rig_run *a1 = rig_task(rig, 1, 0, 1);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    rig_pass(rig, SECOND); /* attempt 1 runs beside rank 1 of attempt 0 */
    assert_int_equal(rig_alive(rig), 3);
    struct rig_run *b0 = NULL, *b1 = NULL;
    for (uint32_t i = 0; i < RIG_TASKS; i++)
        if (rig->run[0][i].alive && rig->run[0][i].attempt == 1)
            *(rig->run[0][i].rank == 0 ? &b0 : &b1) = &rig->run[0][i];
    rig_exit(rig, b1, GANG_EXIT_FAILED, 1);
    rig_exit(rig, b0, GANG_EXIT_OK, 0);
    rig_exit(rig, a1, GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
    rig_free(rig);
}

/* SPARK-24795 */
static void siblings_that_nobody_ends_run_on(void **state)
{
    (void)state;
    const char *const settings[] = {"siblings", "leave", NULL};
    const struct gang_config config = with(settings);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    struct rig *rig = rig_new(1, 2, 0, &config);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    struct rig_run *sibling = rig_task(rig, 1, 0, 1);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    rig_pass(rig, 100 * SECOND);
    assert_int_equal(rig_sent(rig, GANG_MSG_KILL), 0);
    assert_true(sibling->alive);
    assert_int_equal(rig_count(rig, GANG_FX_PLAN), 1);
    rig_exit(rig, sibling, GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_ACCEPT), 0); /* G-13 */
    assert_int_equal(rig_alive(rig), 2);
    rig_free(rig);
}

/* B-134, B-141: Spark hands the gang in again 200 ms after the failure, whoever still holds a slot. */
static void a_failed_gang_waits_for_its_old_slots_or_only_for_as_many(void **state)
{
    (void)state;
    for (int at_once = 0; at_once < 2; at_once++) {
        const char *const settings[] = {"resubmit", at_once ? "at_once" : "after_release", "kill",
                                        "cooperative", NULL};
        const struct gang_config config = with(settings);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        struct rig *rig = rig_new(1, 3, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        struct rig_run *sibling = rig_task(rig, 1, 0, 1);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
        assert_true(sibling->asked);
        rig_pass(rig, config.retry_delay_ns - 1);
        assert_int_equal(rig_alive(rig), 1);
        rig_pass(rig, SECOND);
        assert_int_equal(rig_alive(rig), at_once ? 3 : 1);
        rig_exit(rig, sibling, GANG_EXIT_FAILED, 1); /* of an attempt that is over */
        rig_pass(rig, SECOND);
        assert_int_equal(rig_alive(rig), 2);
        assert_int_equal(rig_count(rig, GANG_FX_FENCE), 1);
        for (uint32_t r = 0; r < 2; r++)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
        assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
        rig_free(rig);
    }
}

static bool loses_frees(const struct gang_msg *msg, bool to_driver)
{
    return to_driver && msg->kind == GANG_MSG_FREE;
}

/* A job that ends meanwhile takes them along, and strict's patience with those that do not end is the same. */
static void a_job_that_ends_before_its_gang_is_queued_again_waits_for_what_it_told_to_end(void **state)
{
    (void)state;
    for (int force = 0; force < 2; force++) {
        const char *const settings[] = {"resubmit", "at_once", "kill",
                                        force ? "then_force" : "cooperative", NULL};
        const struct gang_config config = with(settings);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        struct rig *rig = rig_new(1, 2, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
        rig_cancel(rig, 1);
        rig->drop = loses_frees;
        rig_pass(rig, config.retry_delay_ns + config.release_wait_ns);
        assert_int_equal(rig_count(rig, GANG_FX_LOST), force);
        assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), force);
        rig_free(rig);
    }
}

/* SPARK-25161, 2: two failures of one attempt, and three attempts; strict: two. */
static void each_failure_of_an_attempt_is_a_restart_of_its_own(void **state)
{
    (void)state;
    for (int each = 0; each < 2; each++) {
        const char *const settings[] = {"restarts", each ? "each_failure" : "one", NULL};
        const struct gang_config config = with(settings);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        struct rig *rig = rig_new(1, 2, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        struct rig_run *other = rig_task(rig, 1, 0, 1);
        rig_exit_only(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
        rig_exit_only(rig, other, GANG_EXIT_FAILED, 1);
        rig_deliver(rig);
        for (int second = 0; second < 40; second++) {
            rig_pass(rig, SECOND);
            for (uint32_t i = 0; i < RIG_TASKS; i++)
                if (rig->run[0][i].alive && rig->run[0][i].asked)
                    rig_exit(rig, &rig->run[0][i], GANG_EXIT_KILLED, 0);
        }
        assert_int_equal(rig_alive(rig), 2);
        assert_int_equal(rig_task(rig, 1, 0, 0)->attempt, 1 + each);
        rig_free(rig);
    }
}

/* SPARK-25161, 3 */
static void a_late_failure_of_an_old_attempt_fails_the_present_one_if_it_is_counted(void **state)
{
    (void)state;
    for (int count = 0; count < 2; count++) {
        const char *const settings[] = {"siblings", "leave", "late_failure",
                                        count ? "count" : "ignore", NULL};
        const struct gang_config config = with(settings);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        struct rig *rig = rig_new(1, 3, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        struct rig_run *old = rig_task(rig, 1, 0, 1);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
        rig_pass(rig, SECOND);
        assert_int_equal(rig_alive(rig), 3);
        rig_exit(rig, old, GANG_EXIT_FAILED, 1);
        assert_int_equal(rig_count(rig, GANG_FX_FENCE), 1 + count);
        rig_free(rig);
    }
}

/* SPARK-50648 */
static void a_cancellation_may_leave_the_tasks_of_a_fetch_failed_stage_running(void **state)
{
    (void)state;
    for (int leave = 0; leave < 2; leave++) {
        const char *const settings[] = {"fetch_failure", "leave", "cancel_failed",
                                        leave ? "leave" : "kill", NULL};
        struct rig *rig = gang_that_fetches(settings, 2);
        struct rig_run *sibling = rig_task(rig, 1, 1, 1);
        struct gang_stage_spec map = rig_map(2, 1);
        rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
        rig_pass(rig, SECOND);
        rig_cancel(rig, 1);
        rig_deliver(rig);
        assert_int_equal(sibling->asked, !leave);
        assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), leave);
        rig_submit(rig, 2, &map, 1);
        rig_deliver(rig);
        assert_int_equal(rig_alive(rig), 2); /* it holds its slot, whoever owns it */
        rig_exit(rig, sibling, GANG_EXIT_KILLED, 0);
        assert_int_equal(rig_alive(rig), 2);
        assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 1);
        rig_free(rig);
    }
}

/* Of attempt 0 rank 1 is left behind on executor 1, and has done its work when attempt 1 runs on executors 0 and 2. Executor 3
 * is free. A child fetches from the gang. */
static struct rig *done_before_its_copy(const char *stage_end)
{
    const char *const settings[] = {"siblings", "leave", "late_success", "accept",
                                    "stage_end", stage_end, NULL};
    const struct gang_config config = with(settings);
    struct gang_stage_spec stages[2] = {rig_gang(2, 1, 0), rig_map(1, 1)};
    struct rig *rig = rig_new(4, 1, 0, &config);
    stages[1].parents = stages[1].shuffles = 1;
    rig_submit(rig, 1, stages, 2);
    rig_deliver(rig);
    struct rig_run *sibling = rig_task(rig, 1, 0, 1);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 3);
    rig_exit(rig, sibling, GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_ACCEPT)->attempt, 0);
    assert_int_equal(rig_last(rig, GANG_FX_ACCEPT)->executor, 1);
    assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 0);
    assert_int_equal(rig_alive(rig), 2);
    return rig;
}

static void all_slots_are_free(struct rig *rig)
{
    struct gang_stage_spec map = rig_map(4, 1);
    rig_submit(rig, 9, &map, 1);
    rig_deliver(rig);
    for (uint32_t r = 0; r < 4; r++)
        assert_non_null(rig_task(rig, 9, 0, r));
}

/* B-145: the gang does not wait for the rank's next task, nor does anybody end it; it is not of the gang any more, and gives its
 * slot back when it ends. B-152: if it waits in a round it waits for ever, or is told. */
static void a_gang_is_done_before_the_copy_of_a_task_that_was(void **state)
{
    (void)state;
    for (int drop = 0; drop < 2; drop++)
        for (int how = GANG_EXIT_OK; how <= GANG_EXIT_FAILED; how++) {
            struct rig *rig = done_before_its_copy(drop ? "drop" : "reply_all");
            struct rig_run *copy = rig_task(rig, 1, 0, 1);
            rig_call(rig, copy, GANG_OP_BARRIER, 0);
            rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
            assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 1);
            assert_true(copy->alive);
            assert_false(copy->asked);
            assert_int_equal(copy->replies, drop ? 0 : 1);
            assert_int_equal(copy->last_reason, drop ? 0 : GANG_REASON_SYNC_ENDED);
            rig_exit(rig, rig_task(rig, 1, 1, 0), GANG_EXIT_OK, 0);
            assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
            uint32_t accepted = rig_count(rig, GANG_FX_ACCEPT);
            rig_exit(rig, copy, (enum gang_exit)how, 0);
            assert_int_equal(rig_count(rig, GANG_FX_ACCEPT), accepted);
            assert_int_equal(rig_count(rig, GANG_FX_FENCE), 1);
            all_slots_are_free(rig);
            rig_free(rig);
        }
}

/* Whichever is accepted last is where the output lies. */
static void a_copy_that_ends_well_itself_counts_once(void **state)
{
    (void)state;
    struct rig *rig = done_before_its_copy("drop");
    struct rig_run *copy = rig_task(rig, 1, 0, 1);
    uint32_t where = copy->executor;
    rig_exit(rig, copy, GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_ACCEPT)->attempt, 1);
    assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 0);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 1);
    rig_crash(rig, where);
    rig_tell(rig, GANG_EV_DISCONNECTED, where);
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->count, 2); /* B-142 */
    rig_free(rig);
}

/* As any member's: and what was done before it counts no more (B-134). */
static void a_copy_that_fails_fails_the_gang(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++) {
        struct rig *rig = done_before_its_copy("drop");
        struct rig_run *copy = rig_task(rig, 1, 0, 1);
        uint32_t where = copy->executor;
        if (lost) {
            rig_crash(rig, where);
            rig_tell(rig, GANG_EV_DISCONNECTED, where);
        } else {
            rig_exit(rig, copy, GANG_EXIT_FAILED, 1);
        }
        assert_int_equal(rig_count(rig, GANG_FX_FENCE), 2);
        assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->rank, 1);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
        rig_pass(rig, SECOND);
        assert_int_equal(rig_last(rig, GANG_FX_PLAN)->count, 2);
        for (uint32_t r = 0; r < 2; r++)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
        assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 1);
        rig_free(rig);
    }
}

/* Then the gang waits for the copy after all. */
static void what_was_done_before_its_copy_may_be_lost(void **state)
{
    (void)state;
    struct rig *rig = done_before_its_copy("drop");
    rig_crash(rig, 1);
    rig_tell(rig, GANG_EV_DISCONNECTED, 1);
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->rank, 1);
    assert_int_equal(rig_count(rig, GANG_FX_FENCE), 1);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 0);
    rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 1);
    rig_free(rig);
}

/* And the other way round: the gang is done by the copy of another. A cancelled job ends copies, left or not. */
static void a_cancelled_job_ends_its_copies(void **state)
{
    (void)state;
    for (int done = 0; done < 2; done++) {
        struct rig *rig = done_before_its_copy("drop");
        struct rig_run *copy = rig_task(rig, 1, 0, 1);
        if (done)
            rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
        rig_cancel(rig, 1);
        rig_deliver(rig);
        assert_true(copy->asked);
        for (uint32_t stage = 0; stage < 2; stage++)
            for (uint32_t r = 0; r < 2; r++)
                if (rig_task(rig, 1, stage, r) != NULL)
                    rig_exit(rig, rig_task(rig, 1, stage, r), GANG_EXIT_KILLED, 0);
        assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_CANCELLED);
        all_slots_are_free(rig);
        rig_free(rig);
    }
}

/* SPARK-25161, part 1: a member that failed begins again in the same attempt, from where that began; the others go on. */
static void a_member_that_failed_may_be_sent_off_again_alone(void **state)
{
    (void)state;
    for (int direct = 0; direct < 2; direct++) {
        const char *const settings[] = {"failed_member", "launch_again", "launch",
                                        direct ? "direct" : "two_phase", NULL};
        const struct gang_config config = with(settings);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        struct rig *rig = rig_new(2, 1, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        rig_checkpoint(rig, rig_task(rig, 1, 0, 1), 1);
        rig_call(rig, rig_task(rig, 1, 0, 1), GANG_OP_BARRIER, 0);
        rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_FAILED, 1);
        struct rig_run *again = rig_task(rig, 1, 0, 1);
        assert_non_null(again);
        assert_int_equal(again->attempt, 0);
        assert_int_equal(again->checkpoint, 0);
        assert_int_equal(rig_count(rig, GANG_FX_FENCE), 0);
        assert_int_equal(rig_last(rig, GANG_FX_NOTE)->reason, GANG_REASON_RERUN);
        rig_checkpoint(rig, rig_task(rig, 1, 0, 0), 1);
        assert_int_equal(rig_count(rig, GANG_FX_ACCEPT), 0); /* what the dead one had reported is gone */
        rig_checkpoint(rig, again, 1);
        assert_int_equal(rig_count(rig, GANG_FX_ACCEPT), 1);
        rig_call(rig, rig_task(rig, 1, 0, 0), GANG_OP_BARRIER, 0); /* the dead one's call is there */
        assert_int_equal(rig_task(rig, 1, 0, 0)->replies, 1);
        for (uint32_t r = 0; r < 2; r++)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
        assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
        rig_free(rig);
    }
}

/* Not for ever; nor where there is no room. Then the attempt is over as ever. */
static void a_member_is_sent_off_again_only_so_often_and_where_there_is_room(void **state)
{
    (void)state;
    const char *const settings[] = {"failed_member", "launch_again", NULL};
    const struct gang_config config = with(settings);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    for (int room = 0; room < 2; room++) {
        struct rig *rig = rig_new(2, 1, 0, &config);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        if (!room)
            rig_tell(rig, GANG_EV_DECOMMISSION, 1);
        for (int i = 0; i < 4 && rig_count(rig, GANG_FX_FENCE) == 0; i++) {
            assert_int_equal(rig_task(rig, 1, 0, 1)->executor, 1);
            rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_FAILED, 1);
            assert_int_equal(rig_count(rig, GANG_FX_FENCE), !room || i == 3);
        }
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_KILLED, 0);
        assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), room);
        rig_free(rig);
    }
}

/* Nobody does again what is done (B-145). */
static void a_copy_that_fails_is_not_sent_off_again(void **state)
{
    (void)state;
    const char *const settings[] = {"failed_member", "launch_again", "late_success", "accept",
                                    "fetch_failure", "leave", NULL};
    struct rig *rig = gang_that_fetches(settings, 4);
    struct rig_run *sibling = rig_task(rig, 1, 1, 1);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    rig_pass(rig, SECOND);
    rig_exit(rig, sibling, GANG_EXIT_OK, 0);
    rig_exit(rig, rig_task(rig, 1, 1, 1), GANG_EXIT_FAILED, 1);
    assert_null(rig_task(rig, 1, 1, 1));
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 0);
    rig_exit(rig, rig_task(rig, 1, 1, 0), GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            after_a_failed_fetch_the_siblings_keep_their_slots_and_the_gang_waits_for_them),
        cmocka_unit_test(siblings_that_wait_are_answered_unless_they_are_dropped),
        cmocka_unit_test(with_more_room_the_next_attempt_runs_beside_what_was_left),
        cmocka_unit_test(a_job_may_be_done_before_what_it_left_behind),
        cmocka_unit_test(what_was_left_on_a_lost_executor_is_gone),
        cmocka_unit_test(a_late_success_leaves_the_next_attempt_short_of_a_member),
        cmocka_unit_test(
            a_success_after_the_next_attempt_was_queued_keeps_it_from_ever_being_launched),
        cmocka_unit_test(late_successes_of_all_ranks_make_the_stage_done),
        cmocka_unit_test(siblings_that_nobody_ends_run_on),
        cmocka_unit_test(a_failed_gang_waits_for_its_old_slots_or_only_for_as_many),
        cmocka_unit_test(
            a_job_that_ends_before_its_gang_is_queued_again_waits_for_what_it_told_to_end),
        cmocka_unit_test(each_failure_of_an_attempt_is_a_restart_of_its_own),
        cmocka_unit_test(a_late_failure_of_an_old_attempt_fails_the_present_one_if_it_is_counted),
        cmocka_unit_test(a_gang_is_done_before_the_copy_of_a_task_that_was),
        cmocka_unit_test(a_copy_that_ends_well_itself_counts_once),
        cmocka_unit_test(a_copy_that_fails_fails_the_gang),
        cmocka_unit_test(what_was_done_before_its_copy_may_be_lost),
        cmocka_unit_test(a_cancelled_job_ends_its_copies),
        cmocka_unit_test(a_member_that_failed_may_be_sent_off_again_alone),
        cmocka_unit_test(a_member_is_sent_off_again_only_so_often_and_where_there_is_room),
        cmocka_unit_test(a_copy_that_fails_is_not_sent_off_again),
        cmocka_unit_test(a_cancellation_may_leave_the_tasks_of_a_fetch_failed_stage_running),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
