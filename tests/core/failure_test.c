/* failure_test.c -- a failed member, a lost machine, a kill that is ignored: fence, end, release,
 * restart. */
#include "rig.h"

#define SECOND INT64_C(1000000000)

static struct rig *running(const struct gang_stage_spec *stages, uint32_t count,
                           const struct gang_config *config)
{
    struct rig *rig = rig_new(3, 2, 0, config);
    rig_submit(rig, 1, stages, count);
    rig_deliver(rig);
    return rig;
}

/* Every task that was asked to end does. */
static void obey(struct rig *rig)
{
    for (uint32_t e = 0; e < rig->executor_count; e++)
        for (uint32_t i = 0; i < RIG_TASKS; i++)
            if (rig->run[e][i].alive && rig->run[e][i].asked)
                rig_exit(rig, &rig->run[e][i], GANG_EXIT_KILLED, 0);
}

static void one_failure_restarts_the_whole_gang_after_its_slots_are_free(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    rig_exit(rig, rig_task(rig, 1, 0, 2), GANG_EXIT_FAILED, 7);
    assert_int_equal(rig_last(rig, GANG_FX_FENCE)->rank, 2);
    assert_int_equal(rig_last(rig, GANG_FX_FENCE)->a, 7);
    rig_pass(rig, 2 * SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_PLAN), 1); /* three members are not gone yet */
    obey(rig);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_PLAN), 2);
    assert_int_equal(rig_alive(rig), 4);
    for (uint32_t r = 0; r < 4; r++)
        assert_int_equal(rig_task(rig, 1, 0, r)->attempt, 1);
    rig_free(rig);
}

static void two_failures_of_one_attempt_are_one_restart(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    struct rig_run *two = rig_task(rig, 1, 0, 2), *three = rig_task(rig, 1, 0, 3);
    rig_exit(rig, two, GANG_EXIT_FAILED, 7);
    rig_exit(rig, three, GANG_EXIT_FAILED, 8);
    obey(rig);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_FENCE), 1);
    assert_int_equal(rig_count(rig, GANG_FX_PLAN), 2);
    rig_free(rig);
}

static void a_success_after_the_fence_is_not_accepted(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    struct rig_run *other = rig_task(rig, 1, 0, 1);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    rig_exit(rig, other, GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_ACCEPT), 0);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 2); /* both members again, not one */
    rig_free(rig);
}

static void the_attempts_are_counted_and_then_the_job_fails_with_all_released(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    for (int attempt = 0; attempt < 4; attempt++) {
        assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 0);
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
        obey(rig);
        rig_pass(rig, SECOND);
    }
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_ATTEMPTS);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->count, 4);
    assert_int_equal(rig_alive(rig), 0);
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
    rig_free(rig);
}

static void a_restart_begins_at_the_last_checkpoint_of_all(void **state)
{
    (void)state;
    for (int from_start = 0; from_start < 2; from_start++) {
        struct gang_config config = rig_config();
        assert_int_equal(gang_policy_set(&config.policy, "restart_from",
                                         from_start ? "start" : "checkpoint", NULL),
                         GANG_OK);
        struct gang_stage_spec gang = rig_gang(3, 1, 0);
        struct rig *rig = running(&gang, 1, &config);
        for (uint32_t r = 0; r < 3; r++)
            for (uint64_t k = 1; k <= 2 + (r != 1); k++)
                rig_checkpoint(rig, rig_task(rig, 1, 0, r), k);
        assert_int_equal(rig_last(rig, GANG_FX_ACCEPT)->a, 2); /* rank 1 has not reported 3 */
        assert_int_equal(rig_count(rig, GANG_FX_ACCEPT),
                         2); /* each once, when the last reported it */
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
        obey(rig);
        rig_pass(rig, SECOND);
        assert_int_equal(rig_task(rig, 1, 0, 2)->checkpoint, from_start ? 0 : 2);
        rig_free(rig);
    }
}

static void one_map_task_is_rerun_alone(void **state)
{
    (void)state;
    struct gang_stage_spec map = rig_map(4, 1);
    struct rig *rig = running(&map, 1, NULL);
    rig_exit(rig, rig_task(rig, 1, 0, 2), GANG_EXIT_FAILED, 1);
    assert_int_equal(rig_count(rig, GANG_FX_FENCE), 0);
    assert_int_equal(rig_sent(rig, GANG_MSG_KILL), 0);
    assert_int_equal(rig_task(rig, 1, 0, 2)->attempt, 1);
    assert_int_equal(rig_task(rig, 1, 0, 1)->attempt, 0);
    for (uint32_t r = 0; r < 4; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
    rig_free(rig);
}

static void silence_counts_an_executor_lost_and_the_gang_restarts_elsewhere(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    rig_crash(rig, 1);
    rig_pass(rig, 59 * SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_LOST), 0);
    rig_pass(rig, 62 * SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_LOST)->executor, 1);
    assert_int_equal(rig_last(rig, GANG_FX_LOST)->reason, GANG_REASON_SILENT);
    assert_int_equal(rig_last(rig, GANG_FX_FENCE)->reason, GANG_REASON_EXECUTOR_LOST);
    obey(rig);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(rig_task(rig, 1, 0, 2)->executor, 2);
    rig_free(rig);
}

static void what_an_older_process_said_is_not_heard(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    uint32_t executor = rig_task(rig, 1, 0, 0)->executor;
    rig_crash(rig, executor);
    rig_boot(rig, executor);
    rig_pass(rig, SECOND); /* the gang runs again, on the new incarnation */
    struct gang_msg old = {.kind = GANG_MSG_ARRIVE, .executor = executor, .job = 1, .count = 2};
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_MSG, .msg = &old};
    struct gang_event now = {.at_ns = rig->now, .kind = GANG_EV_TIMER}; /* nothing is due */
    assert_int_equal(gang_driver_step(rig->driver, &now, &rig->out, NULL), GANG_OK);
    uint64_t before = gang_driver_fingerprint(rig->driver);
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_OK);
    assert_int_equal(rig->out.count, 0); /* not even answered: nobody is there to hear it */
    assert_int_equal(gang_driver_fingerprint(rig->driver), before);
    old.incarnation = 1;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_OK);
    assert_int_equal(rig->out.count, 1); /* the present process is told that this attempt is over */
    assert_int_equal(rig->out.list[0].msg.reason, GANG_REASON_SYNC_ENDED);
    rig_free(rig);
}

static void a_lost_machine_is_not_the_jobs_fault(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        struct gang_config config = rig_config();
        assert_int_equal(gang_policy_set(&config.policy, "budget", all ? "all" : "by_cause", NULL),
                         GANG_OK);
        struct gang_stage_spec gang = rig_gang(2, 1, 0);
        struct rig *rig = running(&gang, 1, &config);
        for (int loss = 0; loss < 5 && gang_driver_jobs_alive(rig->driver) > 0; loss++) {
            uint32_t e = rig_task(rig, 1, 0, 0)->executor;
            rig_crash(rig, e);
            rig_boot(rig, e);
            rig_pass(rig, SECOND);
        }
        assert_int_equal(gang_driver_jobs_alive(rig->driver), all ? 0 : 1);
        rig_free(rig);
    }
}

static void a_task_that_ignores_its_kill_is_forced_after_the_grace(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    rig_pass(rig, 9 * SECOND);
    assert_int_equal(rig_alive(rig), 1); /* asked, and does not care */
    rig_pass(rig, 2 * SECOND);
    assert_int_equal(rig_alive(rig), 2);
    assert_int_equal(rig_task(rig, 1, 0, 1)->attempt, 1);
    rig_free(rig);
}

static void a_cooperative_kill_forces_nobody(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    assert_int_equal(gang_policy_set(&config.policy, "kill", "cooperative", NULL), GANG_OK);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    struct rig *rig = running(&gang, 1, &config);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    rig_pass(rig, 100 * SECOND);
    assert_int_equal(rig_alive(rig), 1);
    assert_int_equal(rig_count(rig, GANG_FX_LOST), 0);
    rig_free(rig);
}

static bool loses_frees_of_executor_0(const struct gang_msg *msg, bool to_driver)
{
    return to_driver && msg->kind == GANG_MSG_FREE && msg->executor == 0;
}

static void an_executor_that_does_not_release_is_written_off(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    rig->drop = loses_frees_of_executor_0;
    rig_exit(rig, rig_task(rig, 1, 0, 3), GANG_EXIT_FAILED, 1);
    rig_pass(rig, 31 * SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_LOST)->reason, GANG_REASON_NOT_RELEASED);
    assert_int_equal(rig_last(rig, GANG_FX_LOST)->executor, 0);
    assert_int_equal(rig_alive(rig), 4);
    for (uint32_t r = 0; r < 4; r++)
        assert_int_not_equal(rig_task(rig, 1, 0, r)->executor, 0);
    rig_free(rig);
}

static void the_last_stage_restarts_or_fails_the_job_as_the_policy_says(void **state)
{
    (void)state;
    for (int fail = 0; fail < 2; fail++) {
        struct gang_config config = rig_config();
        assert_int_equal(
            gang_policy_set(&config.policy, "last_stage", fail ? "fail_job" : "restart", NULL),
            GANG_OK);
        struct gang_stage_spec stages[2] = {rig_gang(2, 1, 0), rig_gang(2, 1, 0)};
        stages[1].parents = 1;
        struct rig *rig = running(stages, 2, &config);
        for (uint32_t stage = 0; stage < 2; stage++) {
            rig_exit(rig, rig_task(rig, 1, stage, 0), GANG_EXIT_FAILED, 1);
            obey(rig);
            rig_pass(rig, SECOND);
            if (stage == 1)
                break;
            for (uint32_t r = 0; r < 2; r++)
                rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
        }
        assert_int_equal(gang_driver_jobs_alive(rig->driver), fail ? 0 : 1);
        rig_free(rig);
    }
}

static void a_job_that_fails_ends_its_other_stages(void **state)
{
    (void)state;
    struct gang_stage_spec stages[2] = {rig_gang(2, 1, 0), rig_map(3, 1)};
    struct rig *rig = running(stages, 2, NULL);
    assert_int_equal(rig_alive(rig), 5);
    for (int i = 0; i < 4; i++)
        rig_exit(rig, rig_task(rig, 1, 1, 1), GANG_EXIT_FAILED, 1);
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 0); /* the others still run */
    obey(rig);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_ATTEMPTS);
    assert_int_equal(rig_alive(rig), 0);
    rig_free(rig);
}

static void a_running_job_is_cancelled_whole(void **state)
{
    (void)state;
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = running(&gang, 1, NULL);
    rig_cancel(rig, 1);
    rig_deliver(rig);
    obey(rig);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_CANCELLED);
    rig_submit(rig, 2, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    rig_free(rig);
}

/* Its budget is used up by one stage's loss while another stage's reservation is lost with the same machine. */
static void a_job_ends_with_all_that_a_lost_machine_held_of_it(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    config.losses_max = 1;
    struct rig *rig = rig_new(1, 2, 0, &config);
    const struct gang_stage_spec stages[] = {rig_gang(1, 1, 0), rig_map(1, 1)};
    rig_submit(rig, 1, stages, 2);
    assert_true(rig_due(rig)); /* both are reserved, neither is acknowledged */
    assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), 2);
    rig_boot(rig, 0);
    rig_deliver(rig);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_LOSSES);
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_failure_restarts_the_whole_gang_after_its_slots_are_free),
        cmocka_unit_test(two_failures_of_one_attempt_are_one_restart),
        cmocka_unit_test(a_success_after_the_fence_is_not_accepted),
        cmocka_unit_test(the_attempts_are_counted_and_then_the_job_fails_with_all_released),
        cmocka_unit_test(a_restart_begins_at_the_last_checkpoint_of_all),
        cmocka_unit_test(one_map_task_is_rerun_alone),
        cmocka_unit_test(silence_counts_an_executor_lost_and_the_gang_restarts_elsewhere),
        cmocka_unit_test(what_an_older_process_said_is_not_heard),
        cmocka_unit_test(a_lost_machine_is_not_the_jobs_fault),
        cmocka_unit_test(a_task_that_ignores_its_kill_is_forced_after_the_grace),
        cmocka_unit_test(a_cooperative_kill_forces_nobody),
        cmocka_unit_test(an_executor_that_does_not_release_is_written_off),
        cmocka_unit_test(the_last_stage_restarts_or_fails_the_job_as_the_policy_says),
        cmocka_unit_test(a_job_that_fails_ends_its_other_stages),
        cmocka_unit_test(a_running_job_is_cancelled_whole),
        cmocka_unit_test(a_job_ends_with_all_that_a_lost_machine_held_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
