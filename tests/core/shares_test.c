/* shares_test.c -- GPUs by address, whole and in shares: how many tasks there is room for, and who gets which address. */
#include "rig.h"
#include "shares.h"

#include <string.h>

static struct rig *bench(uint32_t executors, uint32_t cores, uint32_t gpus)
{
    struct gang_limits limits = rig_limits();
    limits.gpu_shares = 1;
    return rig_new_with(executors, cores, gpus, NULL, &limits, NULL);
}

static struct gang_stage_spec gang_of(uint32_t tasks, uint32_t gpu_milli)
{
    struct gang_stage_spec spec = rig_gang(tasks, 1, 0);
    spec.need.gpu_milli = gpu_milli;
    return spec;
}

static uint64_t gpus_of(struct rig *rig, uint32_t job, uint32_t rank)
{
    const struct rig_run *run = rig_task(rig, job, 0, rank);
    assert_non_null(run);
    return run->gpus;
}

/* B-61: one executor, 20 cores, 4 GPUs, one core a task. */
static const struct {
    uint32_t gpu_milli, slots;
} table[] = {{200, 20}, {300, 12}, {400, 8},  {500, 8}, {800, 4},
             {1000, 4}, {2000, 2}, {3000, 1}, {4000, 1}};

static void an_executor_has_as_many_slots_as_the_table_says(void **state)
{
    (void)state;
    const struct gang_room room = {20, 0, 0xF};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct gang_need need = {1, 0, table[i].gpu_milli};
        assert_int_equal(gang_fit(&room, &need), table[i].slots);
    }
    const struct gang_need more = {1, 0, 1500}; /* B-60: a part of a second GPU is a whole one */
    assert_int_equal(gang_fit(&room, &more), 2);
}

/* G-04: admitted and launched by the same count; one task more is too much. */
static void so_many_are_launched_and_one_more_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (uint32_t more = 0; more < 2; more++) {
            struct rig *rig = bench(1, 20, 4);
            struct gang_stage_spec gang = gang_of(table[i].slots + more, table[i].gpu_milli);
            rig_submit(rig, 1, &gang, 1);
            rig_pass(rig, INT64_C(300000000000));
            assert_int_equal(rig_alive(rig), more ? 0 : table[i].slots);
            assert_int_equal(rig_count(rig, GANG_FX_REFUSE), more);
            rig_free(rig);
        }
}

/* B-66, SPARK-45527: addresses ascend, and one is filled before the next. */
static void shares_fill_one_address_before_the_next(void **state)
{
    (void)state;
    for (uint32_t parts = 2; parts <= 5; parts++) {
        struct rig *rig = bench(1, 20, 4);
        struct gang_stage_spec gang = gang_of(4 * parts, 1000 / parts);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        for (uint32_t rank = 0; rank < 4 * parts; rank++)
            assert_int_equal(gpus_of(rig, 1, rank), UINT64_C(1) << rank / parts);
        assert_int_equal(rig_sent(rig, GANG_MSG_GO), 4); /* a launch group is on one address */
        assert_int_equal(rig_last(rig, GANG_FX_PLAN)->a, 1);
        rig_free(rig);
    }
}

static void whole_needs_get_groups_of_wholly_free_addresses(void **state)
{
    (void)state;
    struct rig *rig = bench(1, 20, 4);
    struct gang_stage_spec third = gang_of(1, 300), pair = gang_of(1, 2000);
    rig_submit(rig, 1, &third, 1);
    rig_submit(rig, 2, &pair, 1);
    rig_submit(rig, 3, &pair, 1);
    rig_deliver(rig);
    assert_int_equal(gpus_of(rig, 1, 0), 0x1);
    assert_int_equal(gpus_of(rig, 2, 0), 0x6); /* not the first, which is used in part */
    assert_null(rig_task(rig, 3, 0, 0));
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    assert_int_equal(gpus_of(rig, 3, 0), 0x9);
    rig_free(rig);
}

static void shares_of_different_sizes_meet_on_an_address_up_to_all_of_it(void **state)
{
    (void)state;
    struct rig *rig = bench(1, 20, 2);
    struct gang_stage_spec most = gang_of(1, 700), some = gang_of(1, 400), rest = gang_of(1, 300);
    rig_submit(rig, 1, &most, 1);
    rig_submit(rig, 2, &some, 1);
    rig_submit(rig, 3, &rest, 1);
    rig_deliver(rig);
    assert_int_equal(gpus_of(rig, 1, 0), 0x1);
    assert_int_equal(gpus_of(rig, 2, 0), 0x2); /* 700 and 400 are more than there is of one */
    assert_int_equal(gpus_of(rig, 3, 0), 0x1); /* 700 and 300 are not */
    rig_free(rig);
}

static void an_address_is_whole_again_when_its_last_share_is_given_back(void **state)
{
    (void)state;
    struct rig *rig = bench(1, 20, 1);
    struct gang_stage_spec half = gang_of(2, 500), whole = gang_of(1, 1000);
    rig_submit(rig, 1, &half, 1);
    rig_submit(rig, 2, &whole, 1);
    rig_deliver(rig);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_OK, 0);
    assert_null(rig_task(rig, 2, 0, 0));
    rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_OK, 0);
    assert_int_equal(gpus_of(rig, 2, 0), 0x1);
    rig_free(rig);
}

static void tasks_of_a_map_stage_share_too_and_are_run_again_one_by_one(void **state)
{
    (void)state;
    struct rig *rig = bench(2, 20, 1);
    struct gang_stage_spec map = rig_map(5, 1);
    map.need.gpu_milli = 400;
    rig_submit(rig, 1, &map, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    rig_exit(rig, rig_task(rig, 1, 0, 1), GANG_EXIT_FAILED, 1);
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(rig_task(rig, 1, 0, 1)->attempt, 1);
    assert_int_equal(rig_task(rig, 1, 0, 1)->executor, 0);
    rig_free(rig);
}

static bool loses_go(const struct gang_msg *msg, bool to_driver)
{
    return !to_driver && msg->kind == GANG_MSG_GO && msg->executor == 1;
}

static void shares_come_back_with_a_lease_and_with_a_lost_executor(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++) {
        struct rig *rig = bench(2, 20, 1);
        struct gang_stage_spec gang = gang_of(4, 500);
        rig->drop = lost ? NULL : loses_go;
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        assert_int_equal(rig_alive(rig), lost ? 4 : 2);
        rig->drop = NULL;
        if (lost) {
            rig_crash(rig, 1);
            rig_boot(rig, 1);
            rig_deliver(rig);
        } else {
            rig_pass(rig, 20 * INT64_C(1000000000));
        }
        assert_int_equal(rig_count(rig, GANG_FX_FENCE), 1);
        for (uint32_t rank = 0; rank < 2; rank++)
            rig_exit(rig, rig_task(rig, 1, 0, rank), GANG_EXIT_KILLED, 0);
        rig_pass(rig, INT64_C(1000000000));
        assert_int_equal(rig_alive(rig), 4);
        assert_int_equal(gpus_of(rig, 1, 3), 0x1);
        rig_free(rig);
    }
}

static void an_executor_gives_no_more_shares_than_an_address_has(void **state)
{
    (void)state;
    for (uint32_t count = 2; count < 4; count++) {
        struct rig *rig = bench(1, 20, 2);
        struct gang_msg ask = {
            .kind = GANG_MSG_RESERVE, .job = 7, .count = count, .a = 0x2, .need = {1, 0, 500}};
        struct gang_event ev = {.kind = GANG_EV_MSG, .msg = &ask};
        assert_int_equal(gang_executor_step(rig->executor[0], &ev, &rig->out, NULL), GANG_OK);
        gang_executor_audit(rig->executor[0]);
        assert_int_equal(rig->out.list[0].msg.kind,
                         count == 2 ? GANG_MSG_RESERVE_ACK : GANG_MSG_RESERVE_NACK);
        ask.a = 0x3; /* shares are asked for on one address */
        ask.ref = 1;
        assert_int_equal(gang_executor_step(rig->executor[0], &ev, &rig->out, NULL), GANG_OK);
        assert_int_equal(rig->out.list[0].msg.kind, GANG_MSG_RESERVE_NACK);
        rig_free(rig);
    }
}

static void a_share_needs_the_limit_that_makes_room_for_it(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, 20, 4, NULL);
    struct gang_stage_spec gang = gang_of(1, 500);
    struct gang_job_spec job = {.id = 1, .stage_count = 1, .stages = &gang};
    struct gang_event ev = {.kind = GANG_EV_SUBMIT, .job = &job};
    struct gang_err err;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_E_RANGE);
    assert_non_null(strstr(err.detail, "500/1000 GPUs"));
    gang.need.gpu_milli = 1500;
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, &err), GANG_OK);
    rig_free(rig);
}

/* Two drivers that hold the same addresses, one of them less of one, are not the same. */
static void a_fingerprint_sees_how_much_of_an_address_is_used(void **state)
{
    (void)state;
    uint64_t seen[2];
    for (uint32_t i = 0; i < 2; i++) {
        struct rig *rig = bench(1, 20, 1);
        struct gang_stage_spec half = gang_of(1, 300 + 100 * i);
        rig_submit(rig, 1, &half, 1);
        rig_deliver(rig);
        seen[i] = gang_driver_fingerprint(rig->driver);
        rig_free(rig);
    }
    assert_true(seen[0] != seen[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_executor_has_as_many_slots_as_the_table_says),
        cmocka_unit_test(so_many_are_launched_and_one_more_is_refused),
        cmocka_unit_test(shares_fill_one_address_before_the_next),
        cmocka_unit_test(whole_needs_get_groups_of_wholly_free_addresses),
        cmocka_unit_test(shares_of_different_sizes_meet_on_an_address_up_to_all_of_it),
        cmocka_unit_test(an_address_is_whole_again_when_its_last_share_is_given_back),
        cmocka_unit_test(tasks_of_a_map_stage_share_too_and_are_run_again_one_by_one),
        cmocka_unit_test(shares_come_back_with_a_lease_and_with_a_lost_executor),
        cmocka_unit_test(an_executor_gives_no_more_shares_than_an_address_has),
        cmocka_unit_test(a_share_needs_the_limit_that_makes_room_for_it),
        cmocka_unit_test(a_fingerprint_sees_how_much_of_an_address_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
