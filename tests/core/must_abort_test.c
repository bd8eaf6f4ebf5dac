/* must_abort_test.c -- assertions that state the model must fire. Forks, so Check. */
#include "driver_private.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct gang_driver *driver(void)
{
    const struct gang_limits limits = {2, 2, 2, 8, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    struct gang_config config = {
        .policy = gang_policy_strict(),
        .heartbeat_ns = 1,
        .heartbeat_timeout_ns = 1,
        .reserve_timeout_ns = 1,
        .reserve_lease_ns = 1,
        .launch_deadline_ns = 1,
        .sync_timeout_ns = 1,
        .admission_interval_ns = 1,
        .attempts_max = 1,
        .losses_max = 1,
        .release_wait_ns = 1,
    };
    struct gang_driver *d;
    void *memory = aligned_alloc(64, gang_driver_size(&limits));
    ck_assert_int_eq(gang_driver_init(memory, &limits, &config, &d, NULL), GANG_OK);
    return d;
}

START_TEST(no_effects_buffer_at_all)
{
    struct gang_event ev = {.kind = GANG_EV_TIMER};
    (void)gang_driver_step(driver(), &ev, NULL, NULL);
}
END_TEST

START_TEST(an_audit_finds_a_slot_that_nobody_holds)
{
    struct gang_driver *d = driver();
    executors_of(d)[0].state = EXECUTOR_ALIVE;
    d->executors_alive = 1;
    executors_of(d)[0].total.cores = 4;
    executors_of(d)[0].free.cores = 3;
    gang_driver_audit(d);
}
END_TEST

/* Every (from, to) pair of the stage machine is tried: those of this table must be made, all others
 * must abort. */
#define WAITING (1 << STAGE_DRAINING | 1 << STAGE_DONE | 1 << STAGE_DEAD)
static const uint16_t allowed[STAGE_STATES] = {
    [STAGE_NEW] = 1 << STAGE_ADMITTING | 1 << STAGE_QUEUED | 1 << STAGE_RUNNING | WAITING,
    [STAGE_ADMITTING] = 1 << STAGE_NEW | 1 << STAGE_QUEUED | 1 << STAGE_RUNNING | WAITING,
    [STAGE_QUEUED] = 1 << STAGE_NEW | 1 << STAGE_ADMITTING | 1 << STAGE_LAUNCHING | WAITING,
    [STAGE_LAUNCHING] =
        1 << STAGE_QUEUED | 1 << STAGE_RUNNING | 1 << STAGE_DRAINING | 1 << STAGE_DEAD,
    [STAGE_RUNNING] = 1 << STAGE_DRAINING | 1 << STAGE_DONE,
    [STAGE_DRAINING] = 1 << STAGE_BACKOFF | 1 << STAGE_DONE | 1 << STAGE_DEAD,
    [STAGE_BACKOFF] = 1 << STAGE_NEW | 1 << STAGE_ADMITTING | 1 << STAGE_QUEUED | WAITING,
    [STAGE_DONE] = 1 << STAGE_NEW,
};

static void move_pair(int pair)
{
    struct gang_driver *d = driver();
    unsigned from = (unsigned)pair / STAGE_STATES, to = (unsigned)pair % STAGE_STATES;
    stage_at(d, 0)->state = (uint8_t)from;
    gang_stage_move(d, 0, (enum stage_state)to);
    ck_assert_uint_eq(stage_at(d, 0)->state, to);
    free(d);
}

START_TEST(a_move_of_the_table_is_made) { move_pair(_i); }
END_TEST

START_TEST(a_move_that_is_not_in_the_table_aborts)
{
    ck_assert_ptr_nonnull(
        freopen("/dev/null", "w", stderr)); /* dozens of the same expected message */
    move_pair(_i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core.must_abort");
    TCase *abort_case = tcase_create("assertions");
    tcase_add_test_raise_signal(abort_case, no_effects_buffer_at_all, SIGABRT);
    tcase_add_test_raise_signal(abort_case, an_audit_finds_a_slot_that_nobody_holds, SIGABRT);
    for (int pair = 0; pair < STAGE_STATES * STAGE_STATES; pair++) {
        if (allowed[pair / STAGE_STATES] >> pair % STAGE_STATES & 1)
            tcase_add_loop_test(abort_case, a_move_of_the_table_is_made, pair, pair + 1);
        else
            tcase_add_loop_test_raise_signal(abort_case, a_move_that_is_not_in_the_table_aborts,
                                             SIGABRT, pair, pair + 1);
    }
    suite_add_tcase(suite, abort_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
