/* room_test.c -- what a machine has changes under those who hold it: a GPU dies, cores go and come back. */
#include "rig.h"

#define SECOND INT64_C(1000000000)

static struct rig *one_machine(uint32_t executors, uint32_t cores, uint32_t gpus)
{
    struct gang_config config = rig_config();
    return rig_new(executors, cores, gpus, &config);
}

static void the_driver_counts_what_is_left(void **state)
{
    (void)state;
    struct rig *rig = one_machine(1, 4, 2);
    struct gang_stage_spec gang = rig_gang(2, 1, 1);
    assert_true(rig_room(rig, 0, 4, 0x2));
    rig_deliver(rig);
    rig_submit(rig, 0, &gang, 1);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_PLAN), 0);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_ADMISSION);
    /* What comes back is used at the next check. */
    assert_true(rig_room(rig, 0, 4, 0x3));
    rig_pass(rig, 20 * SECOND);
    assert_int_equal(rig_alive(rig), 2);
    rig_free(rig);
}

static void a_waiting_gang_is_admitted_anew_when_the_room_shrinks(void **state)
{
    (void)state;
    struct rig *rig = one_machine(1, 4, 0);
    struct gang_stage_spec both[2] = {rig_gang(1, 4, 0), rig_gang(4, 1, 0)};
    rig_submit(rig, 0, &both[0], 1);
    rig_pass(rig, SECOND);
    rig_submit(rig, 1, &both[1], 1);
    rig_pass(rig, SECOND);
    rig_exit_only(rig, rig_task(rig, 0, 0, 0), GANG_EXIT_OK, 0);
    assert_true(rig_room(rig, 0, 3, 0)); /* the slot is free here, and its news on the way */
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 0);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_ADMISSION);
    rig_free(rig);
}

static void what_a_group_holds_cannot_be_taken(void **state)
{
    (void)state;
    struct rig *rig = one_machine(1, 4, 0);
    struct gang_stage_spec gang = rig_gang(3, 1, 0);
    rig_submit(rig, 0, &gang, 1);
    rig_pass(rig, SECOND);
    assert_false(rig_room(rig, 0, 2, 0));
    assert_true(rig_room(rig, 0, 3, 0));
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 3);
    rig_free(rig);
}

/* The reservation is on its way when the cores go: it is refused with what there truly is, and the books balance
 * although the driver had given away more than there is. */
static void cores_that_go_before_a_reservation_comes_refuse_it(void **state)
{
    (void)state;
    struct rig *rig = one_machine(2, 4, 0);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig_submit(rig, 0, &gang, 1);
    assert_true(rig_due(rig));
    assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), 1);
    assert_true(rig_room(rig, 0, 2, 0));
    rig_pass(rig, SECOND);
    assert_int_equal(rig_sent(rig, GANG_MSG_UNRESERVE), 1);
    assert_int_equal(rig_alive(rig), 4); /* two on each */
    assert_non_null(rig_task(rig, 0, 0, 3));
    assert_int_equal(rig_task(rig, 0, 0, 1)->executor, 0);
    assert_int_equal(rig_task(rig, 0, 0, 2)->executor, 1);
    rig_free(rig);
}

static void a_lease_on_a_dead_gpu_ends_and_its_gang_starts_elsewhere(void **state)
{
    (void)state;
    struct rig *rig = one_machine(2, 4, 2);
    struct gang_stage_spec gang = rig_gang(2, 1, 1);
    rig_submit(rig, 0, &gang, 1);
    assert_true(rig_due(rig));
    assert_true(rig_deliver_one(rig)); /* the slots are held on the first machine */
    assert_true(rig_room(rig, 0, 4, 0x2));
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 2);
    uint64_t used = 0;
    for (uint32_t r = 0; r < 2; r++) {
        const struct rig_run *run = rig_task(rig, 0, 0, r);
        assert_true(run->executor == 1 || run->gpus == 0x2);
        used |= run->gpus << 8 * run->executor;
    }
    assert_int_equal(__builtin_popcountll(used), 2);
    rig_free(rig);
}

static void a_task_on_a_dead_gpu_is_forced_and_the_address_never_comes_back(void **state)
{
    (void)state;
    struct rig *rig = one_machine(1, 4, 2);
    struct gang_stage_spec map = rig_map(2, 1);
    map.need.gpu_milli = 1000;
    rig_submit(rig, 0, &map, 1);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 2);
    struct rig_run *on_it = rig_task(rig, 0, 0, 0), *beside = rig_task(rig, 0, 0, 1);
    assert_int_equal(on_it->gpus, 0x1);
    assert_true(rig_room(rig, 0, 4, 0x2));
    assert_true(on_it->forced);
    assert_false(beside->forced);
    rig_exit(rig, on_it, GANG_EXIT_FAILED, 48);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_alive(rig), 1); /* it waits for the one that is left */
    rig_exit(rig, beside, GANG_EXIT_OK, 0);
    rig_pass(rig, SECOND);
    assert_int_equal(rig_task(rig, 0, 0, 0)->gpus, 0x2);
    rig_free(rig);
}

/* It shrinks while a launch is under way, which is then taken back: that gang, too, is checked again. */
static void what_was_launching_when_the_room_shrank_is_admitted_anew(void **state)
{
    (void)state;
    for (int maps = 0; maps < 2; maps++) {
        struct rig *rig = one_machine(1, 4, 2);
        struct gang_stage_spec gang = rig_gang(2, 1, 1), map = rig_map(1, 1);
        map.need.gpu_milli = 1000;
        rig_submit(rig, 0, maps ? &map : &gang, 1);
        assert_true(rig_due(rig));
        assert_true(rig_room(rig, 0, 4, maps ? 0 : 0x2)); /* its news comes before the refusal */
        rig_pass(rig, SECOND);
        assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_ADMISSION);
        rig_pass(rig, 1000 * SECOND);
        assert_int_equal(rig_last(rig, GANG_FX_REFUSE)->reason, GANG_REASON_SLOTS);
        rig_free(rig);
    }
}

static void walk(struct rig *rig, uint32_t *id)
{
    struct rig_run *run = rig_any_task(rig);
    uint32_t e = rig_roll(rig->executor_count);
    struct gang_stage_spec gang = rig_gang(1 + rig_roll(4), 1, rig_roll(2)), map = rig_map(1 + rig_roll(4), 1);
    map.need.gpu_milli = rig_roll(2) * 1000;
    switch (rig_roll(8)) {
    case 0:
        if (gang_driver_jobs_alive(rig->driver) < 4)
            rig_submit(rig, (*id)++, rig_roll(2) ? &gang : &map, 1);
        break;
    case 1:
        rig_pass(rig, (gang_ns)rig_roll(20) * SECOND);
        break;
    case 2:
        if (run != NULL)
            rig_exit_only(rig, run, rig_roll(3) ? GANG_EXIT_OK : GANG_EXIT_FAILED, 1);
        break;
    case 3:
    case 4:
        (void)rig_room(rig, e, rig_roll(5), rig_roll(4));
        break;
    default:
        if (!rig_deliver_one(rig))
            (void)rig_due(rig);
        break;
    }
}

static void whatever_comes_and_goes_the_books_balance(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct rig *rig = one_machine(2, 4, 2);
        uint32_t id = 0;
        rig_dice = seed;
        for (int step = 0; step < 300; step++) {
            walk(rig, &id);
            rig->log_count = 0;
        }
        for (uint32_t e = 0; e < 2; e++)
            assert_true(rig_room(rig, e, 4, 0x3));
        for (int round = 0; round < 200 && gang_driver_jobs_alive(rig->driver) > 0; round++) {
            rig_pass(rig, 5 * SECOND);
            rig->log_count = 0;
            for (struct rig_run *run; (run = rig_any_task(rig)) != NULL;)
                rig_exit(rig, run, run->asked ? GANG_EXIT_KILLED : GANG_EXIT_OK, 0);
        }
        assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
        rig_free(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_driver_counts_what_is_left),
        cmocka_unit_test(a_waiting_gang_is_admitted_anew_when_the_room_shrinks),
        cmocka_unit_test(what_a_group_holds_cannot_be_taken),
        cmocka_unit_test(cores_that_go_before_a_reservation_comes_refuse_it),
        cmocka_unit_test(a_lease_on_a_dead_gpu_ends_and_its_gang_starts_elsewhere),
        cmocka_unit_test(a_task_on_a_dead_gpu_is_forced_and_the_address_never_comes_back),
        cmocka_unit_test(what_was_launching_when_the_room_shrank_is_admitted_anew),
        cmocka_unit_test(whatever_comes_and_goes_the_books_balance),
    };
    return cmocka_run_group_tests_name("core.room", tests, NULL, NULL);
}
