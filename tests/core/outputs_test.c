/* outputs_test.c -- what shuffles read: where it lies, what is lost with an executor, and who makes it again. */
#include "rig.h"

#define SECOND INT64_C(1000000000)

/* A parent and a child that fetches what it makes, on executors of two cores; the parent's tasks are done. */
static struct rig *with_parent_done(struct gang_stage_spec parent, struct gang_stage_spec child,
                                    uint32_t executors, const struct gang_config *config)
{
    struct gang_stage_spec stages[2] = {parent, child};
    struct rig *rig = rig_new(executors, 2, 0, config);
    stages[1].parents = stages[1].shuffles = 1;
    rig_submit(rig, 1, stages, 2);
    rig_deliver(rig);
    for (uint32_t r = 0; r < parent.tasks; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 1);
    return rig;
}

static void finish(struct rig *rig)
{
    for (int round = 0; round < 100 && gang_driver_jobs_alive(rig->driver) > 0; round++) {
        for (uint32_t e = 0; e < rig->executor_count; e++)
            for (uint32_t i = 0; i < RIG_TASKS; i++)
                if (rig->run[e][i].alive)
                    rig_exit(rig, &rig->run[e][i],
                             rig->run[e][i].asked ? GANG_EXIT_KILLED : GANG_EXIT_OK, 0);
        rig_pass(rig, SECOND);
    }
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
}

/* What a stage said last that it waits for. */
static uint32_t waits_for(const struct rig *rig, uint32_t stage)
{
    for (uint32_t i = rig->log_count; i-- > 0;)
        if (rig->log[i].fx == GANG_FX_WAIT && rig->log[i].msg.stage == stage)
            return rig->log[i].msg.reason;
    return GANG_REASON_OK;
}

static void lose(struct rig *rig, uint32_t executor)
{
    rig_crash(rig, executor);
    rig_tell(rig, GANG_EV_DISCONNECTED, executor);
}

static void only_the_lost_tasks_of_a_map_stage_run_again(void **state)
{
    (void)state;
    struct rig *rig = with_parent_done(rig_map(6, 1), rig_gang(4, 1, 0), 4, NULL);
    lose(rig, 1); /* it had ranks 2 and 3 of the parent, and two members of the child */
    const struct gang_msg *lost = rig_last(rig, GANG_FX_UNREGISTER);
    assert_int_equal(lost->stage, 0);
    assert_int_equal(lost->rank, 2);
    assert_int_equal(lost->count, 2);
    assert_int_equal(lost->reason, GANG_REASON_OUTPUT_LOST);
    for (uint32_t r = 0; r < 6; r++)
        assert_int_equal(rig_task(rig, 1, 0, r) != NULL, r == 2 || r == 3);
    assert_int_equal(rig_task(rig, 1, 0, 2)->attempt, 1);
    finish(rig);
    assert_int_equal(rig_count(rig, GANG_FX_STAGE_DONE), 3); /* the parent's twice */
    rig_free(rig);
}

static void a_gang_loses_all_its_outputs_and_runs_again_whole(void **state)
{
    (void)state;
    struct rig *rig = with_parent_done(rig_gang(3, 1, 0), rig_map(1, 1), 4, NULL);
    lose(rig, 1); /* one of three outputs was there */
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->count, 3);
    assert_int_equal(rig_last(rig, GANG_FX_FENCE)->reason, GANG_REASON_OUTPUT_LOST);
    assert_int_equal(rig_last(rig, GANG_FX_FENCE)->stage, 0);
    for (uint32_t r = 0; r < 3; r++)
        assert_int_equal(rig_task(rig, 1, 0, r)->attempt, 1);
    finish(rig);
    rig_free(rig);
}

static void a_gang_whose_member_is_done_restarts_when_that_output_is_lost(void **state)
{
    (void)state;
    for (uint32_t shuffles = 0; shuffles < 2; shuffles++) {
        struct gang_stage_spec stages[2] = {rig_gang(3, 2, 0), rig_map(1, 1)};
        struct rig *rig = rig_new(4, 2, 0, NULL);
        stages[1].parents = 1;
        stages[1].shuffles = shuffles;
        rig_submit(rig, 1, stages, 2);
        rig_deliver(rig);
        rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_OK, 0);
        lose(rig, 1); /* nothing of the gang runs there any more (B-191) */
        assert_int_equal(rig_count(rig, GANG_FX_FENCE), shuffles);
        assert_int_equal(rig_count(rig, GANG_FX_UNREGISTER), shuffles);
        finish(rig);
        rig_free(rig);
    }
}

static void a_child_launches_nothing_while_its_parent_makes_outputs_again(void **state)
{
    (void)state;
    struct rig *rig = with_parent_done(rig_map(2, 2), rig_map(6, 2), 3, NULL);
    struct rig_run *runs = rig_task(rig, 1, 1, 2); /* three run, three wait for slots */
    assert_int_equal(runs->executor, 2);
    lose(rig, 0);
    assert_int_equal(waits_for(rig, 1), GANG_REASON_PARENTS);
    rig_exit(rig, runs, GANG_EXIT_OK, 0); /* a slot, but not for the child */
    assert_int_equal(rig_alive(rig), 2);
    assert_non_null(rig_task(rig, 1, 0, 0));
    assert_non_null(rig_task(rig, 1, 1, 1)); /* goes on */
    rig_exit(rig, rig_task(rig, 1, 1, 1), GANG_EXIT_OK, 0);
    assert_int_equal(rig_alive(rig), 1);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    assert_int_equal(rig_alive(rig), 2);
    finish(rig);
    rig_free(rig);
}

static bool loses_acks(const struct gang_msg *msg, bool to_driver)
{
    return to_driver && msg->kind == GANG_MSG_RESERVE_ACK && msg->stage == 1;
}

static void a_launch_is_taken_back_when_what_it_would_read_is_lost(void **state)
{
    (void)state;
    for (int gang = 0; gang < 2; gang++) {
        struct gang_stage_spec stages[2] = {rig_map(2, 2),
                                            gang ? rig_gang(2, 1, 0) : rig_map(2, 1)};
        struct rig *rig = rig_new(3, 2, 0, NULL);
        stages[1].parents = stages[1].shuffles = 1;
        rig->drop = loses_acks;
        rig_submit(rig, 1, stages, 2);
        rig_deliver(rig);
        for (uint32_t r = 0; r < 2; r++)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0); /* the child is reserved on 0 */
        assert_int_equal(rig_sent(rig, GANG_MSG_UNRESERVE), 0);
        lose(rig, 1);
        assert_int_equal(rig_sent(rig, GANG_MSG_UNRESERVE), 1);
        rig->drop = NULL;
        rig_pass(rig, SECOND);
        assert_null(rig_task(rig, 1, 1, 0));
        finish(rig);
        rig_free(rig);
    }
}

/* It had been admitted, and no longer fits: so it waits for executors, and then for its parent. */
static void nobody_is_refused_for_a_launch_deadline_while_what_it_reads_is_made_again(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    struct gang_stage_spec stages[2] = {rig_map(2, 2), rig_gang(6, 1, 0)}, other = rig_map(1, 2);
    config.launch_deadline_ns = 20 * SECOND;
    config.admission_failures_max = 10;
    struct rig *rig = rig_new(3, 2, 0, &config);
    stages[1].parents = stages[1].shuffles = 1;
    rig_submit(rig, 1, stages, 2);
    rig_submit(rig, 2, &other, 1);
    rig_deliver(rig);
    for (uint32_t r = 0; r < 2; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    assert_int_equal(waits_for(rig, 1), GANG_REASON_FREE_SLOTS);
    lose(rig, rig_task(rig, 2, 0, 0)->executor);
    assert_int_equal(waits_for(rig, 1), GANG_REASON_ADMISSION);
    rig_exit(rig, rig_task(rig, 2, 0, 0), GANG_EXIT_OK, 0);
    lose(rig, 1); /* rank 1 of the parent was there */
    rig_pass(rig, 25 * SECOND);
    assert_int_equal(waits_for(rig, 1), GANG_REASON_PARENTS);
    assert_int_equal(rig_count(rig, GANG_FX_REFUSE), 0);
    rig_free(rig);
}

static void outputs_that_nobody_needs_any_more_are_not_made_again(void **state)
{
    (void)state;
    struct gang_stage_spec stages[3] = {rig_map(2, 2), rig_map(1, 1), rig_map(2, 1)};
    struct rig *rig = rig_new(3, 2, 0, NULL);
    stages[1].parents = stages[1].shuffles = 1;
    stages[2].parents = stages[2].shuffles = 2;
    rig_submit(rig, 1, stages, 3);
    rig_deliver(rig);
    for (uint32_t r = 0; r < 2; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    rig_exit(rig, rig_task(rig, 1, 1, 0), GANG_EXIT_OK, 0);
    lose(rig, 1); /* rank 1 of the first stage: its only reader is done */
    assert_int_equal(rig_count(rig, GANG_FX_UNREGISTER), 0);
    assert_null(rig_task(rig, 1, 0, 1));
    lose(rig, 0); /* the second stage's output, and the other of the first: now both are needed */
    assert_int_equal(rig_count(rig, GANG_FX_UNREGISTER), 2);
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->stage, 0);
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->count, 2);
    finish(rig);
    rig_free(rig);
}

static void a_missed_output_fails_the_gang_and_sends_its_parent_back(void **state)
{
    (void)state;
    struct rig *rig = with_parent_done(rig_map(4, 1), rig_gang(2, 1, 0), 3, NULL);
    struct rig_run *other = rig_task(rig, 1, 1, 1);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 2, 1, 0);
    assert_int_equal(rig_last(rig, GANG_FX_FENCE)->reason, GANG_REASON_FETCH_FAILED);
    assert_true(other->asked);                                    /* G-12 */
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->rank, 2); /* all that lie there */
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->count, 2);
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->reason, GANG_REASON_FETCH_FAILED);
    rig_exit(rig, other, GANG_EXIT_KILLED, 0);
    rig_pass(rig, SECOND);
    assert_null(rig_task(rig, 1, 1, 0)); /* its slots are free, but its parent is not ready */
    for (uint32_t r = 2; r < 4; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_task(rig, 1, 1, 0)->attempt, 1);
    finish(rig);
    rig_free(rig);
}

static void a_map_task_that_misses_an_output_runs_again_alone(void **state)
{
    (void)state;
    struct rig *rig = with_parent_done(rig_gang(2, 1, 0), rig_map(2, 1), 3, NULL);
    struct rig_run *other = rig_task(rig, 1, 1, 1);
    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 1, 0, 0);
    assert_false(other->asked);
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->count, 2); /* B-142 */
    assert_null(rig_task(rig, 1, 1, 0));
    for (uint32_t r = 0; r < 2; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    assert_int_equal(rig_task(rig, 1, 1, 0)->attempt, 1);
    finish(rig);
    rig_free(rig);
}

static void a_report_of_an_older_location_only_runs_the_task_again(void **state)
{
    (void)state;
    const struct {
        uint32_t parent, executor, incarnation;
    } stale[] = {{0, 0, 7}, {0, 2, 0}, {0, 99, 0}, {1, 0, 0}, {5, 0, 0}};
    for (size_t i = 0; i < sizeof stale / sizeof *stale; i++) {
        struct rig *rig = with_parent_done(rig_map(2, 1), rig_map(1, 1), 3, NULL);
        rig_miss(rig, rig_task(rig, 1, 1, 0), stale[i].parent, 0, stale[i].executor,
                 stale[i].incarnation);
        assert_int_equal(rig_count(rig, GANG_FX_UNREGISTER), 0);
        assert_int_equal(rig_task(rig, 1, 1, 0)->attempt, 1);
        finish(rig);
        rig_free(rig);
    }
}

static void who_pays_for_a_missed_output(void **state)
{
    (void)state;
    for (int gang = 0; gang < 2; gang++)
        for (int all = 0; all < 2; all++)
            for (int leaving = 0; leaving < 2; leaving++) {
                struct gang_config config = rig_config();
                assert_int_equal(
                    gang_policy_set(&config.policy, "budget", all ? "all" : "by_cause", NULL),
                    GANG_OK);
                struct rig *rig = with_parent_done(
                    rig_map(1, 1), gang ? rig_gang(1, 1, 0) : rig_map(1, 1), 2, &config);
                if (leaving)
                    rig_tell(rig, GANG_EV_DECOMMISSION, 0);
                for (int i = 0; i < 5 && gang_driver_jobs_alive(rig->driver) > 0; i++) {
                    rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 0, 0);
                    struct rig_run *again = rig_task(rig, 1, 0, 0);
                    if (again != NULL)
                        rig_exit(rig, again, GANG_EXIT_OK, 0);
                    rig_pass(rig, SECOND);
                }
                assert_int_equal(gang_driver_jobs_alive(rig->driver), !(all && !leaving));
                rig_free(rig);
            }
}

static void missed_outputs_without_end_end_the_job(void **state)
{
    (void)state;
    for (int gang = 0; gang < 2; gang++) {
        struct rig *rig =
            with_parent_done(rig_map(1, 1), gang ? rig_gang(1, 1, 0) : rig_map(1, 1), 2, NULL);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 0);
            rig_miss(rig, rig_task(rig, 1, 1, 0), 0, 0, 9, 0);
            rig_pass(rig, SECOND);
        }
        assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_LOSSES);
        rig_free(rig);
    }
}

/* The parent's outputs are lost while its child computes on; false: they are not made again. */
static bool lose_and_make_again(struct rig *rig)
{
    const uint32_t where = rig_last(rig, GANG_FX_ACCEPT)->executor;
    lose(rig, where);
    rig_boot(rig, where);
    rig_deliver(rig);
    rig_pass(rig, SECOND);
    if (rig_task(rig, 1, 0, 0) == NULL)
        return false;
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    return true;
}

/* Two small executors for the parent, and one that has room for the child. */
static struct rig *with_parent_apart(bool gang, const struct gang_config *config)
{
    struct gang_stage_spec stages[2] = {gang ? rig_gang(1, 1, 0) : rig_map(1, 1), rig_map(1, 2)};
    struct rig *rig = rig_new(3, 2, 0, config);
    assert_true(rig_room(rig, 0, 1, 0));
    assert_true(rig_room(rig, 1, 1, 0));
    rig_deliver(rig);
    stages[1].parents = stages[1].shuffles = 1;
    rig_submit(rig, 1, stages, 2);
    rig_deliver(rig);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    assert_int_equal(rig_task(rig, 1, 1, 0)->executor, 2);
    return rig;
}

/* B-146: successes between them forgive nothing; of two limits the larger one counts; SPARK-42577: there was none. */
static void attempts_in_all_are_limited_whatever_succeeded_between(void **state)
{
    (void)state;
    const struct {
        uint32_t in_all, in_a_row, allowed;
    } limits[] = {{3, 2, 3}, {2, 4, 4}, {1, 1, 1}, {0, 1, 12}};
    for (size_t i = 0; i < 4 * 2 * 2; i++) {
        struct gang_config config = rig_config_set("attempts_limit", i & 2 ? "consecutive" : "all");
        config.attempts_all_max = limits[i / 4].in_all;
        config.attempts_max = limits[i / 4].in_a_row;
        struct rig *rig = with_parent_apart(i & 1, &config);
        uint32_t attempts = 1;
        while (attempts < 12 && lose_and_make_again(rig))
            attempts++;
        assert_int_equal(attempts, i & 2 ? 12 : limits[i / 4].allowed);
        if (attempts < 12) {
            rig_exit(rig, rig_task(rig, 1, 1, 0), GANG_EXIT_KILLED, 0);
            assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_ATTEMPTS_IN_ALL);
            assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->count, attempts);
            assert_int_equal(rig_last(rig, GANG_FX_NOTE)->count, attempts);
            assert_int_equal(rig_last(rig, GANG_FX_NOTE)->epoch, limits[i / 4].allowed);
        }
        rig_free(rig);
    }
}

/* Of a stage that has to fetch again each time is an attempt, even if no parent of it has begun as often. */
static void a_stage_whose_fetches_fail_has_no_more_attempts_than_another(void **state)
{
    (void)state;
    for (uint32_t in_all = 2; in_all <= 3; in_all++) {
        struct gang_config config = rig_config();
        struct gang_stage_spec stages[3] = {rig_map(1, 1), rig_map(1, 1), rig_map(1, 1)};
        config.attempts_all_max = in_all;
        config.attempts_max = 1;
        struct rig *rig = rig_new(2, 2, 0, &config);
        stages[2].parents = stages[2].shuffles = 3;
        rig_submit(rig, 1, stages, 3);
        rig_deliver(rig);
        for (uint32_t parent = 0; parent < 2; parent++)
            rig_exit(rig, rig_task(rig, 1, parent, 0), GANG_EXIT_OK, 0);
        for (uint32_t parent = 0; parent < 2; parent++) {
            rig_miss(rig, rig_task(rig, 1, 2, 0), parent, 0, 0, 0);
            for (uint32_t p = 0; p < 2; p++)
                if (rig_task(rig, 1, p, 0) != NULL)
                    rig_exit(rig, rig_task(rig, 1, p, 0), GANG_EXIT_OK, 0);
        }
        assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), in_all == 2);
        rig_free(rig);
    }
}

static void an_old_incarnations_outputs_are_gone_with_it(void **state)
{
    (void)state;
    struct rig *rig = with_parent_done(rig_map(2, 2), rig_gang(1, 1, 0), 2, NULL);
    rig_crash(rig, 1);
    rig_boot(rig, 1);
    rig_deliver(rig);
    assert_int_equal(rig_last(rig, GANG_FX_UNREGISTER)->rank, 1);
    assert_int_equal(rig_task(rig, 1, 0, 1)->attempt, 1);
    finish(rig);
    rig_free(rig);
}

static void shuffles_are_checked_at_the_door(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, 2, 0, NULL);
    struct gang_stage_spec stages[2] = {rig_map(2, 1), rig_map(2, 1)};
    struct gang_job_spec job = {.id = 1, .stage_count = 2, .stages = stages};
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_SUBMIT, .job = &job};
    stages[1].shuffles = 1;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_E_RANGE);
    stages[1].parents = 1;
    stages[0].tasks = stages[0].min = stages[0].max = 200;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_OK);
    job.id = 2;
    stages[0].tasks = stages[0].min = stages[0].max = 53;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_E_FULL);
    job.kind = 2;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_E_RANGE);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_lost_tasks_of_a_map_stage_run_again),
        cmocka_unit_test(a_gang_loses_all_its_outputs_and_runs_again_whole),
        cmocka_unit_test(a_gang_whose_member_is_done_restarts_when_that_output_is_lost),
        cmocka_unit_test(a_child_launches_nothing_while_its_parent_makes_outputs_again),
        cmocka_unit_test(a_launch_is_taken_back_when_what_it_would_read_is_lost),
        cmocka_unit_test(nobody_is_refused_for_a_launch_deadline_while_what_it_reads_is_made_again),
        cmocka_unit_test(outputs_that_nobody_needs_any_more_are_not_made_again),
        cmocka_unit_test(a_missed_output_fails_the_gang_and_sends_its_parent_back),
        cmocka_unit_test(a_map_task_that_misses_an_output_runs_again_alone),
        cmocka_unit_test(a_report_of_an_older_location_only_runs_the_task_again),
        cmocka_unit_test(who_pays_for_a_missed_output),
        cmocka_unit_test(missed_outputs_without_end_end_the_job),
        cmocka_unit_test(attempts_in_all_are_limited_whatever_succeeded_between),
        cmocka_unit_test(a_stage_whose_fetches_fail_has_no_more_attempts_than_another),
        cmocka_unit_test(an_old_incarnations_outputs_are_gone_with_it),
        cmocka_unit_test(shuffles_are_checked_at_the_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
