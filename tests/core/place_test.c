/* place_test.c -- each way of counting slots, of launching and of failing to: the strict one, and the other. */
#include "rig.h"

#include "driver_private.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

/* A bench of which one axis has its strict value (0) or the other (1). */
static struct rig *bench(uint32_t executors, uint32_t cores, uint32_t gpus, enum gang_axis axis,
                         unsigned value)
{
    struct gang_config config = rig_config_set(gang_axis_text(axis), gang_axis_value(axis, value));
    return rig_new(executors, cores, gpus, &config);
}

static uint32_t running(struct rig *rig, uint32_t job)
{
    uint32_t n = 0;
    for (uint32_t rank = 0; rank < 64; rank++)
        n += rig_task(rig, job, 0, rank) != NULL;
    return n;
}

static uint32_t said(const struct rig *rig, enum gang_fx_kind fx, uint32_t job,
                     enum gang_reason reason)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < rig->log_count; i++)
        n += rig->log[i].fx == fx && rig->log[i].msg.job == job && rig->log[i].msg.reason == reason;
    return n;
}

/* ---- launch: two_phase, direct */
static void a_gang_is_reserved_first_or_goes_at_once(void **state)
{
    (void)state;
    for (unsigned direct = 0; direct < 2; direct++)
        for (int map = 0; map < 2; map++) {
            struct rig *rig = bench(2, 2, 1, GANG_AXIS_LAUNCH, direct);
            struct gang_stage_spec stage = map ? rig_map(3, 1) : rig_gang(3, 1, 0);
            rig_submit(rig, 1, &stage, 1);
            assert_true(rig_due(rig));
            assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), direct ? 0 : 2);
            assert_int_equal(rig_sent(rig, GANG_MSG_GO), direct ? 2 : 0);
            assert_true(rig_deliver_one(rig));
            assert_int_equal(rig_alive(rig), direct ? 2 : 0); /* G-16 */
            rig_deliver(rig);
            assert_int_equal(rig_alive(rig), 3);
            for (uint32_t r = 0; r < 3; r++)
                rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
            assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
            rig_free(rig);
        }
}

static void a_gang_that_went_at_once_syncs_restarts_from_its_checkpoint_and_is_killed(void **state)
{
    (void)state;
    for (unsigned direct = 0; direct < 2; direct++) {
        struct rig *rig = bench(2, 2, 1, GANG_AXIS_LAUNCH, direct);
        struct gang_stage_spec gang = rig_gang(4, 1, 0);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        for (uint32_t r = 0; r < 4; r++)
            rig_call(rig, rig_task(rig, 1, 0, r), GANG_OP_BARRIER, 0);
        for (uint32_t r = 0; r < 4; r++) {
            assert_int_equal(rig_task(rig, 1, 0, r)->replies, 1);
            rig_checkpoint(rig, rig_task(rig, 1, 0, r), 1);
        }
        rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
        for (uint32_t r = 1; r < 4; r++) {
            assert_true(rig_task(rig, 1, 0, r)->asked);
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_KILLED, 0);
        }
        rig_pass(rig, SECOND);
        assert_int_equal(rig_alive(rig), 4);
        assert_int_equal(rig_task(rig, 1, 0, 3)->checkpoint, 1);
        assert_int_equal(rig_task(rig, 1, 0, 3)->attempt, 1);
        rig_free(rig);
    }
}

static void put_a_stranger_on(struct rig *rig, uint32_t e)
{
    struct gang_msg ask = {
        .kind = GANG_MSG_RESERVE, .executor = e, .job = 99, .count = 1, .need = {1, 0, 0}};
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_MSG, .msg = &ask};
    assert_int_equal(gang_executor_step(rig->executor[e], &ev, &rig->out, NULL), GANG_OK);
    assert_int_equal(rig->out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
}

/* G-16: asked first, nobody starts in vain; sent at once, part of the gang starts and has to be ended (B-39). */
static void where_there_is_no_room_the_launch_is_taken_back_or_the_attempt_fails(void **state)
{
    (void)state;
    for (unsigned direct = 0; direct < 2; direct++) {
        struct rig *rig = bench(3, 2, 0, GANG_AXIS_LAUNCH, direct);
        put_a_stranger_on(rig, 1);
        struct gang_stage_spec gang = rig_gang(4, 1, 0);
        rig_submit(rig, 1, &gang, 1);
        rig_deliver(rig);
        assert_int_equal(said(rig, GANG_FX_FENCE, 1, GANG_REASON_NO_ROOM), direct);
        assert_int_equal(rig_alive(rig), direct ? 2 : 4);
        for (uint32_t r = 0; r < 2 && direct; r++)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_KILLED, 0);
        rig_pass(rig, SECOND);
        assert_int_equal(rig_alive(rig), 4); /* elsewhere: that one owes an answer */
        assert_int_equal(rig_task(rig, 1, 0, 3)->executor, 2);
        rig_free(rig);
    }
}

static void tasks_that_find_no_room_at_once_run_elsewhere(void **state)
{
    (void)state;
    struct rig *rig = bench(2, 2, 0, GANG_AXIS_LAUNCH, 1);
    put_a_stranger_on(rig, 0);
    struct gang_stage_spec map = rig_map(2, 1);
    rig_submit(rig, 1, &map, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    assert_int_equal(rig_task(rig, 1, 0, 0)->executor, 1);
    assert_int_equal(rig_task(rig, 1, 0, 0)->attempt, 1);
    rig_free(rig);
}

static void want_of_room_is_no_failure_of_the_job_but_does_not_go_on_for_ever(void **state)
{
    (void)state;
    struct gang_config config = rig_config_set("launch", "direct");
    config.reserve_lease_ns = 3600 * SECOND; /* the stranger's */
    struct rig *rig = rig_new(1, 2, 0, &config);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    put_a_stranger_on(rig, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_pass(rig, 85 * SECOND); /* once with every heartbeat */
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 1);
    rig_pass(rig, 30 * SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_NO_ROOM);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->count, 10);
    rig_free(rig);
}

/* ---- capacity_set: offerable, active */
static void admission_counts_what_is_offered_or_all_that_is_active(void **state)
{
    (void)state;
    for (unsigned active = 0; active < 2; active++) {
        struct rig *rig = bench(2, 2, 0, GANG_AXIS_CAPACITY_SET, active);
        struct gang_stage_spec gang = rig_gang(4, 1, 0);
        gang_registry_exclude(rig->driver, 1, true);
        gang_driver_audit(rig->driver);
        rig_submit(rig, 1, &gang, 1);
        rig_pass(rig, 60 * SECOND);
        assert_int_equal(rig_count(rig, GANG_FX_REFUSE), !active);
        assert_int_equal(rig_alive(rig), 0); /* B-12: admitted, and never launched */
        if (active) {
            gang_registry_exclude(rig->driver, 1, false);
            rig_pass(rig, 10 * SECOND);
        }
        rig_free(rig);
    }
}

/* The sums are the same whether the need was known before the exclusion or not. */
static void an_exclusion_changes_what_is_counted_already(void **state)
{
    (void)state;
    for (unsigned active = 0; active < 2; active++) {
        struct rig *rig = bench(2, 2, 0, GANG_AXIS_CAPACITY_SET, active);
        struct gang_stage_spec one = rig_gang(1, 1, 0), gang = rig_gang(3, 1, 0);
        rig_submit(rig, 1, &one, 1);
        rig_deliver(rig);
        gang_registry_exclude(rig->driver, 1, true);
        gang_driver_audit(rig->driver);
        rig_submit(rig, 2, &gang, 1);
        rig_pass(rig, 60 * SECOND);
        assert_int_equal(said(rig, GANG_FX_REFUSE, 2, GANG_REASON_SLOTS), !active);
        rig_free(rig);
    }
}

/* B-192: under both. */
static void what_drains_counts_for_nobody(void **state)
{
    (void)state;
    for (unsigned active = 0; active < 2; active++) {
        struct rig *rig = bench(2, 2, 0, GANG_AXIS_CAPACITY_SET, active);
        struct gang_stage_spec gang = rig_gang(3, 1, 0);
        gang_registry_drain(rig->driver, 1);
        gang_driver_audit(rig->driver);
        rig_submit(rig, 1, &gang, 1);
        rig_pass(rig, 60 * SECOND);
        assert_int_equal(rig_count(rig, GANG_FX_REFUSE), 1);
        rig_free(rig);
    }
}

/* ---- capacity_of: all_resources, limiting_only */
/* SPARK.md 5.2 #21: 4 cores, 2 GPUs, 3 cores busy; two tasks of a core and a GPU. The GPUs limit, and are both free. */
static void a_gang_waits_for_slots_or_is_tried_in_vain(void **state)
{
    (void)state;
    for (unsigned limiting = 0; limiting < 2; limiting++) {
        struct rig *rig = bench(1, 4, 2, GANG_AXIS_CAPACITY_OF, limiting);
        struct gang_stage_spec busy = rig_map(3, 1), gang = rig_gang(2, 1, 1),
                               one = rig_gang(1, 1, 0);
        rig_submit(rig, 1, &busy, 1);
        rig_deliver(rig);
        rig_submit(rig, 2, &gang, 1);
        rig_submit(rig, 3, &one, 1);
        rig_pass(rig, 10 * SECOND);
        assert_int_equal(running(rig, 2), 0);
        assert_int_equal(said(rig, GANG_FX_WAIT, 2, GANG_REASON_FREE_SLOTS), !limiting);
        assert_int_equal(said(rig, GANG_FX_WAIT, 2, GANG_REASON_PARTIAL), limiting);
        assert_int_equal(running(rig, 3), limiting); /* B-36: the round goes on with the next */
        for (uint32_t r = 0; r < 3; r++)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
        assert_int_equal(running(rig, 2), 2);
        assert_int_equal(rig_task(rig, 2, 0, 0)->attempt, 0); /* no attempt was used up */
        assert_int_equal(said(rig, GANG_FX_WAIT, 2, GANG_REASON_PARTIAL), limiting);
        rig_free(rig);
    }
}

/* ---- partial_gang: revert, hold */
static void a_gang_that_fits_in_part_gives_it_back_or_holds_it_for_ever(void **state)
{
    (void)state;
    for (unsigned hold = 0; hold < 2; hold++)
        for (unsigned direct = 0; direct < 2; direct++) {
            struct gang_config config = rig_config_set("capacity_of", "limiting_only");
            config.policy.axis[GANG_AXIS_PARTIAL_GANG] = (uint8_t)hold;
            config.policy.axis[GANG_AXIS_LAUNCH] = (uint8_t)direct;
            struct rig *rig = rig_new(1, 4, 2, &config);
            struct gang_stage_spec busy = rig_map(3, 1), gang = rig_gang(2, 1, 1),
                                   one = rig_gang(1, 1, 0);
            rig_submit(rig, 1, &busy, 1);
            rig_deliver(rig);
            rig_submit(rig, 2, &gang, 1);
            rig_submit(rig, 3, &one, 1);
            rig_pass(rig, 100 * SECOND);
            assert_int_equal(running(rig, 3), !hold);
            for (uint32_t r = 0; r < 3; r++)
                rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
            rig_pass(rig, 100 * SECOND);
            assert_int_equal(running(rig, 2), hold ? 0 : 2);
            assert_int_equal(running(rig, 3), 1);
            assert_true(rig_cancel(rig, 2)); /* and gives it back then */
            rig_deliver(rig);
            if (hold) /* whoever was never asked is not told */
                assert_int_equal(rig_sent(rig, GANG_MSG_UNRESERVE) + rig_sent(rig, GANG_MSG_KILL),
                                 0);
            while (running(rig, 2) > 0)
                rig_exit(rig, rig_task(rig, 2, 0, 2 - running(rig, 2)), GANG_EXIT_KILLED, 0);
            rig_exit(rig, rig_task(rig, 3, 0, 0), GANG_EXIT_OK, 0);
            struct gang_stage_spec all = rig_gang(2, 2, 1);
            rig_submit(rig, 4, &all, 1);
            rig_deliver(rig);
            assert_int_equal(running(rig, 4), 2);
            rig_free(rig);
        }
}

/* ---- round_slots: at_turn, at_start */
/* SPARK-29263: 3 slots; a plain task, a gang of 3 and another plain task, in this order. */
static void slots_are_counted_at_each_turn_or_once_and_the_round_is_over(void **state)
{
    (void)state;
    for (unsigned at_start = 0; at_start < 2; at_start++) {
        struct gang_config config = rig_config_set("blocked_head", "skip");
        config.policy.axis[GANG_AXIS_ROUND_SLOTS] = (uint8_t)at_start;
        struct rig *rig = rig_new(1, 3, 0, &config);
        struct gang_stage_spec one = rig_map(1, 1), three = rig_gang(3, 1, 0);
        rig_submit(rig, 1, &one, 1);
        rig_submit(rig, 2, &three, 1);
        rig_submit(rig, 3, &one, 1);
        rig_deliver(rig);
        assert_int_equal(running(rig, 1), 1);
        assert_int_equal(running(rig, 2), 0);
        assert_int_equal(running(rig, 3), !at_start);
        assert_int_equal(said(rig, GANG_FX_WAIT, 2, GANG_REASON_PARTIAL), at_start);
        rig_free(rig);
    }
}

/* ---- encode_error: fail_gang, lose_round */
static void a_task_too_large_to_send_fails_its_job_or_loses_the_round_too(void **state)
{
    (void)state;
    for (unsigned lose = 0; lose < 2; lose++)
        for (unsigned direct = 0; direct < 2; direct++) {
            struct gang_config config = rig_config_set("launch", direct ? "direct" : "two_phase");
            config.policy.axis[GANG_AXIS_ENCODE_ERROR] = (uint8_t)lose;
            config.task_bytes_max = 1000;
            struct rig *rig = rig_new(1, 8, 0, &config);
            struct gang_stage_spec map = rig_map(1, 1), gang = rig_gang(2, 1, 0), large = gang;
            large.task_bytes = 1001;
            rig_submit(rig, 1, &map, 1);
            rig_submit(rig, 2, &gang, 1);
            rig_submit(rig, 3, &large, 1);
            rig_submit(rig, 4, &gang, 1);
            rig_pass(rig, 60 * SECOND);
            const struct gang_msg *refused = rig_last(rig, GANG_FX_REFUSE);
            assert_int_equal(refused->job, 3);
            assert_int_equal(refused->reason, GANG_REASON_TOO_LARGE);
            assert_int_equal(refused->count, 1001);
            assert_int_equal(refused->epoch, 1000);
            assert_int_equal(running(rig, 1), !lose);
            assert_int_equal(running(rig, 2), lose ? 0 : 2); /* B-40: marked running, never sent */
            assert_int_equal(running(rig, 4),
                             lose ? 0 : 2); /* the round was over before its turn */
            rig_submit(rig, 5, &gang, 1);
            rig_deliver(rig);
            assert_int_equal(running(rig, 4), 2); /* a later round is a round like any other */
            assert_int_equal(running(rig, 5), 2);
            assert_true(rig_cancel(rig, 1));
            assert_true(rig_cancel(rig, 2));
            rig_deliver(rig);
            assert_int_equal(gang_driver_jobs_alive(rig->driver), lose ? 2 : 4);
            rig_free(rig);
        }
}

/* It is in no way of a job that waits behind it, and of a stage of the same job that stands next in the queue nothing is
 * left. */
static void the_round_goes_on_behind_a_job_that_has_failed_in_it(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    config.task_bytes_max = 1000;
    struct rig *rig = rig_new(1, 4, 0, &config);
    struct gang_stage_spec two[2] = {rig_map(1, 1), rig_gang(1, 1, 0)}, gang = rig_gang(4, 1, 0);
    two[0].task_bytes = 5000;
    rig_submit(rig, 1, two, 2);
    rig_submit(rig, 2, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(said(rig, GANG_FX_JOB_DONE, 1, GANG_REASON_TOO_LARGE), 1);
    assert_int_equal(running(rig, 2), 4);
    rig_free(rig);
}

/* An executor that is lost takes what it was never told of with it, and that is planned anew. */
static void what_was_never_sent_is_planned_anew_when_its_executor_is_lost(void **state)
{
    (void)state;
    for (unsigned direct = 0; direct < 2; direct++) {
        struct gang_config config = rig_config_set("encode_error", "lose_round");
        config.policy.axis[GANG_AXIS_LAUNCH] = (uint8_t)direct;
        config.task_bytes_max = 1000;
        struct rig *rig = rig_new(2, 4, 0, &config);
        struct gang_stage_spec gang = rig_gang(6, 1, 0), map = rig_map(1, 1),
                               large = rig_gang(1, 1, 0);
        large.task_bytes = 1001;
        rig_submit(rig, 1, &gang, 1);
        rig_submit(rig, 2, &map, 1);
        rig_submit(rig, 3, &large, 1);
        rig_deliver(rig);
        assert_int_equal(rig_alive(rig), 0);
        rig_crash(rig, 1);
        rig_boot(rig, 1);
        rig_pass(rig, 5 * SECOND);
        assert_int_equal(running(rig, 1), 6);
        assert_int_equal(running(rig, 2), 1);
        rig_free(rig);
    }
}

/* ---- offers: in_order, shuffled */
/* B-32: where a task goes is a function of the salt and of how many orders were made before. */
static uint64_t where_tasks_go(unsigned shuffled, uint64_t salt, uint32_t *used)
{
    struct gang_config config = rig_config_set("offers", shuffled ? "shuffled" : "in_order");
    config.salt = salt;
    struct rig *rig = rig_new(6, 4, 0, &config);
    struct gang_stage_spec one = rig_map(1, 1), gang = rig_gang(7, 1, 0);
    uint64_t where = 0;
    gang_registry_drain(rig->driver, 3);
    for (uint32_t id = 0; id < 20; id++) {
        rig_submit(rig, id, &one, 1);
        rig_deliver(rig);
        uint32_t executor = rig_task(rig, id, 0, 0)->executor;
        assert_int_not_equal(executor, 3);
        where = where * 6 + executor;
        *used |= 1u << executor;
        rig_exit(rig, rig_task(rig, id, 0, 0), GANG_EXIT_OK, 0);
    }
    rig_submit(rig, 20, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(running(rig, 20), 7);
    assert_int_equal(rig_last(rig, GANG_FX_PLAN)->a, 2); /* one is filled before the next */
    rig_free(rig);
    return where;
}

static void executors_are_tried_in_order_or_shuffled(void **state)
{
    (void)state;
    uint32_t used[4] = {0};
    assert_int_equal(where_tasks_go(0, 5, &used[0]), 0);
    assert_int_equal(where_tasks_go(0, 6, &used[0]), 0);
    uint64_t five = where_tasks_go(1, 5, &used[1]), six = where_tasks_go(1, 6, &used[2]);
    assert_int_equal(used[1], 1 | 2 | 4 | 16 | 32);
    assert_int_equal(used[2], 1 | 2 | 4 | 16 | 32);
    assert_true(five != six);
    assert_true(five == where_tasks_go(1, 5, &used[3]));
}

/* ---- rounds: on_event, tick_1s */
/* B-31: two slots come free on two executors in one instant, and a gang of two and a plain task wait. */
static void a_round_on_one_executor_starts_tasks_and_no_gang(void **state)
{
    (void)state;
    for (unsigned ticks = 0; ticks < 2; ticks++) {
        struct gang_config config = rig_config_set("rounds", ticks ? "tick_1s" : "on_event");
        assert_int_equal(gang_policy_set(&config.policy, "blocked_head", "skip", NULL), GANG_OK);
        struct rig *rig = rig_new(2, 1, 0, &config);
        struct gang_stage_spec busy = rig_map(2, 1), gang = rig_gang(2, 1, 0), one = rig_map(1, 1);
        rig_submit(rig, 1, &busy, 1);
        rig_deliver(rig);
        assert_int_equal(running(rig, 1), 2);
        rig_submit(rig, 2, &gang, 1);
        rig_submit(rig, 3, &one, 1);
        rig_pass(rig, SECOND / 4);
        uint32_t waits = rig_count(rig, GANG_FX_WAIT);
        struct rig_run *first = rig_task(rig, 1, 0, 0), *second = rig_task(rig, 1, 0, 1);
        rig_exit_only(rig, first, GANG_EXIT_OK, 0);
        rig_exit_only(rig, second, GANG_EXIT_OK, 0);
        rig_deliver(rig);
        assert_int_equal(running(rig, 2), ticks ? 0 : 2);
        assert_int_equal(running(rig, 3), ticks);
        if (ticks)
            assert_int_equal(rig_count(rig, GANG_FX_WAIT), waits);
        rig_free(rig);
    }
}

/* ---- dynamic_executors: pin, refuse */
static void gangs_run_or_are_refused_while_executors_come_and_go(void **state)
{
    (void)state;
    for (unsigned refuse = 0; refuse < 2; refuse++)
        for (uint32_t dynamic = 0; dynamic < 2; dynamic++) {
            struct gang_config config =
                rig_config_set("dynamic_executors", refuse ? "refuse" : "pin");
            config.dynamic = dynamic;
            struct rig *rig = rig_new(2, 2, 0, &config);
            struct gang_stage_spec map = rig_map(1, 1),
                                   both[2] = {rig_map(1, 1), rig_gang(2, 1, 0)};
            rig_submit(rig, 1, &map, 1);
            rig_submit(rig, 2, both, 2);
            assert_int_equal(said(rig, GANG_FX_JOB_DONE, 2, GANG_REASON_DYNAMIC),
                             refuse && dynamic);
            rig_deliver(rig);
            assert_int_equal(rig_alive(rig), refuse && dynamic ? 1 : 4);
            rig_free(rig);
        }
}

/* ---- admission_check, admission_of */
static void what_is_too_large_is_refused_or_waits_for_ever(void **state)
{
    (void)state;
    for (unsigned no = 0; no < 2; no++)
        for (int never = 0; never < 2; never++) {
            struct gang_config config = rig_config_set("admission_check", no ? "no" : "yes");
            config.largest = (struct gang_room){2, 1u << 20, 0};
            struct rig *rig = rig_new(2, 2, 0, &config);
            struct gang_stage_spec gang = never ? rig_gang(1, 3, 0) : rig_gang(5, 1, 0);
            rig_submit(rig, 1, &gang, 1);
            rig_pass(rig, 300 * SECOND);
            assert_int_equal(rig_count(rig, GANG_FX_REFUSE), !no);
            assert_int_equal(gang_driver_jobs_alive(rig->driver), no);
            rig_free(rig);
        }
}

/* SPARK-32518: 2 cores, 1 GPU; two tasks of a core and a GPU. */
static void admission_sees_every_resource_or_cores_alone(void **state)
{
    (void)state;
    for (unsigned cores = 0; cores < 2; cores++) {
        struct rig *rig = bench(1, 2, 1, GANG_AXIS_ADMISSION_OF, cores);
        struct gang_stage_spec gang = rig_gang(2, 1, 1);
        rig_submit(rig, 1, &gang, 1);
        rig_pass(rig, 300 * SECOND);
        assert_int_equal(said(rig, GANG_FX_REFUSE, 1, GANG_REASON_SLOTS), !cores);
        assert_int_equal(said(rig, GANG_FX_WAIT, 1, GANG_REASON_FREE_SLOTS), cores);
        assert_int_equal(rig_alive(rig), 0);
        rig_free(rig);
    }
}

/* ---- fractions: exact, one_address */
/* SPARK-47458: 6 cores, 4 GPUs: two tasks of two GPUs fit, and one was counted. SPARK-45527: two halves of one GPU. */
static void slots_of_more_or_less_than_one_gpu_are_counted_right_or_wrong(void **state)
{
    (void)state;
    const struct {
        uint32_t gpus, milli, slots[2];
    } row[] = {{4, 2000, {2, 1}}, {4, 500, {6, 4}}, {4, 1000, {4, 4}}, {2, 300, {6, 2}}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        for (unsigned wrong = 0; wrong < 2; wrong++)
            for (uint32_t more = 0; more < 2; more++) {
                struct gang_config config =
                    rig_config_set("fractions", wrong ? "one_address" : "exact");
                struct gang_limits limits = rig_limits();
                limits.gpu_shares = 1;
                struct rig *rig = rig_new_with(1, 6, row[i].gpus, &config, &limits, NULL);
                struct gang_stage_spec gang = rig_gang(row[i].slots[wrong] + more, 1, 0);
                gang.need.gpu_milli = row[i].milli;
                rig_submit(rig, 1, &gang, 1);
                rig_pass(rig, 300 * SECOND);
                assert_int_equal(rig_alive(rig), more ? 0 : row[i].slots[wrong]);
                assert_int_equal(rig_count(rig, GANG_FX_REFUSE), more);
                rig_free(rig);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gang_is_reserved_first_or_goes_at_once),
        cmocka_unit_test(a_gang_that_went_at_once_syncs_restarts_from_its_checkpoint_and_is_killed),
        cmocka_unit_test(where_there_is_no_room_the_launch_is_taken_back_or_the_attempt_fails),
        cmocka_unit_test(tasks_that_find_no_room_at_once_run_elsewhere),
        cmocka_unit_test(want_of_room_is_no_failure_of_the_job_but_does_not_go_on_for_ever),
        cmocka_unit_test(admission_counts_what_is_offered_or_all_that_is_active),
        cmocka_unit_test(an_exclusion_changes_what_is_counted_already),
        cmocka_unit_test(what_drains_counts_for_nobody),
        cmocka_unit_test(a_gang_waits_for_slots_or_is_tried_in_vain),
        cmocka_unit_test(a_gang_that_fits_in_part_gives_it_back_or_holds_it_for_ever),
        cmocka_unit_test(slots_are_counted_at_each_turn_or_once_and_the_round_is_over),
        cmocka_unit_test(a_task_too_large_to_send_fails_its_job_or_loses_the_round_too),
        cmocka_unit_test(the_round_goes_on_behind_a_job_that_has_failed_in_it),
        cmocka_unit_test(what_was_never_sent_is_planned_anew_when_its_executor_is_lost),
        cmocka_unit_test(executors_are_tried_in_order_or_shuffled),
        cmocka_unit_test(a_round_on_one_executor_starts_tasks_and_no_gang),
        cmocka_unit_test(gangs_run_or_are_refused_while_executors_come_and_go),
        cmocka_unit_test(what_is_too_large_is_refused_or_waits_for_ever),
        cmocka_unit_test(admission_sees_every_resource_or_cores_alone),
        cmocka_unit_test(slots_of_more_or_less_than_one_gpu_are_counted_right_or_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
