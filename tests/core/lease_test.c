/*
 * lease_test.c -- an executor's lease on its driver, and what the driver makes of one that it does not hear.
 *
 * The claim that all of it is for: whoever cannot be heard, a gang never runs twice.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

static struct gang_config leased(void)
{
    struct gang_config config = rig_config();
    config.driver_lease_ns = 50 * SECOND; /* of 60 until it counts as silent */
    return config;
}

/* ---- one executor by itself */
struct bench {
    struct gang_executor *executor;
    struct gang_effects out;
};

static void step(struct bench *b, gang_ns at, uint32_t kind, const struct gang_msg *msg)
{
    struct gang_event ev = {.at_ns = at, .kind = kind, .id = 3, .msg = msg};
    if (kind == GANG_EV_TASK_CALL)
        ev.id = msg->count;
    assert_int_equal(gang_executor_step(b->executor, &ev, &b->out, NULL), GANG_OK);
    gang_executor_audit(b->executor);
}

static void setup(struct bench *b, const struct gang_config *config)
{
    const struct gang_room room = {4, 1000, 0xF};
    const struct gang_limits limits = {
        .executors = 1, .jobs = 1, .stages = 1, .tasks = 1, .groups = 1, .executor_tasks = 8};
    b->out.capacity = gang_executor_effects_max(&limits);
    b->out.list = calloc(b->out.capacity, sizeof *b->out.list);
    void *memory = aligned_alloc(64, gang_executor_size(&limits));
    assert_int_equal(gang_executor_init(memory, &limits, config, 0, &room, &b->executor, NULL),
                     GANG_OK);
    step(b, 0, GANG_EV_BOOT, NULL);
}

static void teardown(struct bench *b)
{
    free(b->executor);
    free(b->out.list);
}

static void tell(struct bench *b, gang_ns at, struct gang_msg msg)
{
    msg.incarnation = 3;
    step(b, at, GANG_EV_MSG, &msg);
}

static void acknowledge(struct bench *b, gang_ns at, gang_ns sent_at)
{
    tell(b, at, (struct gang_msg){.kind = GANG_MSG_HEARTBEAT_ACK, .a = (uint64_t)sent_at});
}

static struct gang_msg ask(uint32_t ref, uint32_t count)
{
    struct gang_msg msg = {.kind = GANG_MSG_RESERVE, .job = 1, .count = count, .ref = ref};
    msg.need = (struct gang_need){1, 0, 0};
    return msg;
}

static void expect_beat(const struct bench *b, enum gang_timer timer, gang_ns at)
{
    enum gang_timer why;
    assert_int_equal(gang_executor_beat(b->executor, &why), at);
    assert_int_equal(why, timer);
}

static void expect_heartbeat(const struct bench *b, uint32_t which, uint8_t op, gang_ns at)
{
    const struct gang_effect *fx = &b->out.list[which];
    assert_true(b->out.count > which);
    assert_int_equal(fx->fx, GANG_FX_SEND);
    assert_int_equal(fx->msg.kind, GANG_MSG_HEARTBEAT);
    assert_int_equal(fx->msg.op, op);
    assert_int_equal(fx->msg.a, at);
}

static void a_lease_begins_when_the_heartbeat_was_sent_not_when_it_was_answered(void **state)
{
    (void)state;
    struct bench b;
    struct gang_config config = leased();
    setup(&b, &config);
    expect_beat(&b, GANG_TIMER_BEAT, 10 * SECOND);
    step(&b, 10 * SECOND, GANG_EV_TIMER, NULL);
    expect_heartbeat(&b, 0, 0, 10 * SECOND);
    expect_beat(&b, GANG_TIMER_BEAT, 20 * SECOND);
    acknowledge(&b, 18 * SECOND, 10 * SECOND);
    for (gang_ns at = 20; at < 60; at += 10)
        step(&b, at * SECOND, GANG_EV_TIMER, NULL);
    expect_beat(&b, GANG_TIMER_DRIVER_LEASE, 60 * SECOND);
    acknowledge(&b, 55 * SECOND, 5 * SECOND);  /* an older one changes nothing */
    acknowledge(&b, 55 * SECOND, 56 * SECOND); /* nor one that was never sent */
    expect_beat(&b, GANG_TIMER_DRIVER_LEASE, 60 * SECOND);
    acknowledge(&b, 55 * SECOND, 30 * SECOND);
    expect_beat(&b, GANG_TIMER_BEAT, 60 * SECOND);
    teardown(&b);
}

/* Two tasks run, one of them in a call; a third slot is only held. */
static struct gang_msg busy(struct bench *b)
{
    tell(b, 0, ask(5, 2));
    struct gang_msg go = b->out.list[0].msg;
    go.kind = GANG_MSG_GO;
    tell(b, 0, go);
    assert_int_equal(b->out.count, 2);
    struct gang_msg call = {.kind = GANG_MSG_ARRIVE, .epoch = 4, .count = b->out.list[1].msg.count};
    step(b, SECOND, GANG_EV_TASK_CALL, &call);
    tell(b, SECOND, ask(6, 1));
    assert_int_equal(b->out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
    return b->out.list[0].msg;
}

static void
without_an_answer_every_task_is_answered_and_forced_at_the_end_of_the_lease(void **state)
{
    (void)state;
    struct bench b;
    struct gang_config config = leased();
    uint32_t answered = 0, forced = 0, given_back = 0;
    config.reserve_lease_ns = 100 * SECOND;
    setup(&b, &config);
    (void)busy(&b);
    for (gang_ns at = 10; at < 50; at += 10) {
        step(&b, at * SECOND, GANG_EV_TIMER, NULL);
        assert_int_equal(b.out.count, 1);
    }
    step(&b, 50 * SECOND, GANG_EV_TIMER, NULL);
    expect_heartbeat(&b, 0, 1, 50 * SECOND); /* before anything that it may be asked about again */
    for (uint32_t i = 1; i < b.out.count; i++) {
        const struct gang_effect *fx = &b.out.list[i];
        answered += fx->fx == GANG_FX_REPLY && fx->msg.reason == GANG_REASON_DRIVER_SILENT &&
                    fx->msg.epoch == 4 && fx->msg.rank == 1;
        forced += fx->fx == GANG_FX_SIGNAL && fx->msg.op == 1;
        given_back += fx->fx == GANG_FX_SEND && fx->msg.kind == GANG_MSG_FREE &&
                      fx->msg.reason == GANG_REASON_LEASE_ENDED && fx->msg.ref == 6;
        assert_true(fx->fx != GANG_FX_REPLY || b.out.list[i + 1].fx == GANG_FX_SIGNAL);
    }
    assert_int_equal(answered, 1);
    assert_int_equal(forced, 2);
    assert_int_equal(given_back, 1);
    assert_int_equal(b.out.count, 5);
    expect_beat(&b, GANG_TIMER_BEAT, 60 * SECOND); /* it goes on asking */
    const struct gang_msg killed = {.op = GANG_EXIT_KILLED, .a = 9};
    struct gang_event gone = {
        .at_ns = 51 * SECOND, .kind = GANG_EV_TASK_EXIT, .id = 0, .msg = &killed};
    assert_int_equal(gang_executor_step(b.executor, &gone, &b.out, NULL), GANG_OK);
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_FREE);
    assert_int_equal(b.out.list[0].msg.reason, GANG_REASON_DRIVER_SILENT);
    teardown(&b);
}

static void a_silent_executor_takes_nothing_until_a_later_heartbeat_is_answered(void **state)
{
    (void)state;
    struct bench b;
    struct gang_config config = leased();
    config.reserve_lease_ns = 100 * SECOND;
    setup(&b, &config);
    struct gang_msg go = busy(&b);
    go.kind = GANG_MSG_GO;
    for (gang_ns at = 10; at <= 50; at += 10)
        step(&b, at * SECOND, GANG_EV_TIMER, NULL);
    tell(&b, 51 * SECOND, ask(7, 1));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_NACK);
    assert_int_equal(b.out.list[0].msg.reason, GANG_REASON_DRIVER_SILENT);
    tell(&b, 51 * SECOND, go);
    assert_int_equal(b.out.list[0].msg.reason, GANG_REASON_GO_LATE);
    acknowledge(&b, 52 * SECOND,
                40 * SECOND); /* sent before its tasks ended: it says nothing of now */
    assert_int_equal(b.out.count, 0);
    tell(&b, 53 * SECOND, ask(7, 1));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_NACK);
    acknowledge(&b, 54 * SECOND, 50 * SECOND);
    expect_heartbeat(&b, 0, 0, 54 * SECOND); /* the driver is told at once */
    tell(&b, 54 * SECOND, ask(7, 1));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
    expect_beat(&b, GANG_TIMER_BEAT, 64 * SECOND);
    teardown(&b);
}

static void an_answer_that_took_longer_than_the_lease_does_not_renew_it(void **state)
{
    (void)state;
    struct bench b;
    struct gang_config config = leased();
    setup(&b, &config);
    for (gang_ns at = 10; at <= 50; at += 10)
        step(&b, at * SECOND, GANG_EV_TIMER, NULL);
    acknowledge(&b, 100 * SECOND, 50 * SECOND);
    tell(&b, 100 * SECOND, ask(7, 1));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_NACK);
    teardown(&b);
}

static void without_a_lease_an_executor_only_sends_heartbeats(void **state)
{
    (void)state;
    for (int by_axis = 0; by_axis < 2; by_axis++) {
        struct bench b;
        struct gang_config config = by_axis ? leased() : rig_config();
        if (by_axis)
            assert_int_equal(gang_policy_set(&config.policy, "driver_lease", "keep", NULL),
                             GANG_OK);
        setup(&b, &config);
        (void)busy(&b);
        for (gang_ns at = 10; at < 1000; at += 10) {
            step(&b, at * SECOND, GANG_EV_TIMER, NULL);
            if (at == 30) /* the reservation's lease was due earlier */
                step(&b, at * SECOND, GANG_EV_TIMER, NULL);
            expect_heartbeat(&b, 0, 0, at * SECOND);
            expect_beat(&b, GANG_TIMER_BEAT, (at + 10) * SECOND);
        }
        teardown(&b);
    }
}

static void a_caller_with_a_healthy_link_need_not_speak_of_heartbeats(void **state)
{
    (void)state;
    struct bench b;
    struct gang_config config = leased();
    setup(&b, &config);
    tell(&b, 900 * SECOND, ask(5, 1));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
    step(&b, 920 * SECOND, GANG_EV_TIMER, NULL); /* the reservation's lease, and nothing else */
    assert_int_equal(b.out.count, 1);
    assert_int_equal(b.out.list[0].msg.reason, GANG_REASON_LEASE_ENDED);
    step(&b, 1000 * SECOND, GANG_EV_HEARD, NULL);
    assert_int_equal(b.out.count, 0);
    expect_beat(&b, GANG_TIMER_BEAT, 1010 * SECOND);
    for (gang_ns at = 1010; at < 1050; at += 10)
        step(&b, at * SECOND, GANG_EV_TIMER, NULL);
    expect_beat(&b, GANG_TIMER_DRIVER_LEASE, 1050 * SECOND);
    teardown(&b);
}

static void an_executor_that_is_not_known_any_more_ends_its_process(void **state)
{
    (void)state;
    struct bench b;
    struct gang_config config = leased();
    struct gang_msg gone = {.kind = GANG_MSG_GONE, .incarnation = 2};
    setup(&b, &config);
    step(&b, SECOND, GANG_EV_MSG, &gone); /* that was for the one before */
    assert_int_equal(b.out.count, 0);
    tell(&b, SECOND, gone);
    assert_int_equal(b.out.count, 1);
    assert_int_equal(b.out.list[0].fx, GANG_FX_EXIT);
    assert_int_equal(b.out.list[0].msg.reason, GANG_REASON_UNKNOWN_HERE);
    teardown(&b);
}

/* ---- a driver by itself */
static struct gang_msg from(uint32_t executor, uint32_t incarnation, enum gang_msg_kind kind)
{
    return (struct gang_msg){
        .kind = (uint8_t)kind, .executor = executor, .incarnation = incarnation};
}

static void say(struct rig *rig, struct gang_msg msg)
{
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_MSG, .msg = &msg};
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_OK);
    gang_driver_audit(rig->driver);
}

static void disconnect(struct rig *rig, uint32_t executor)
{
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_DISCONNECTED, .id = executor};
    assert_int_equal(gang_driver_step(rig->driver, &ev, &rig->out, NULL), GANG_OK);
    gang_driver_audit(rig->driver);
}

static bool is_offered(struct rig *rig, uint32_t executors, uint32_t cores)
{
    static uint32_t id = 100;
    struct gang_stage_spec gang = rig_gang(executors * cores, 1, 0);
    uint32_t plans = rig_count(rig, GANG_FX_PLAN);
    rig_submit(rig, ++id, &gang, 1);
    while (rig_due(rig))
        ;
    bool planned = rig_count(rig, GANG_FX_PLAN) > plans;
    assert_true(rig_cancel(rig, id));
    rig_deliver(rig);
    return planned;
}

static void a_heartbeat_is_answered_and_one_without_a_lease_takes_the_executor_out(void **state)
{
    (void)state;
    struct gang_config config = leased();
    struct rig *rig = rig_new(2, 2, 0, &config);
    struct gang_msg beat = from(1, 0, GANG_MSG_HEARTBEAT);
    beat.a = 1234;
    for (uint8_t op = 0; op < 2; op++) {
        beat.op = op;
        say(rig, beat);
        assert_int_equal(rig->out.list[0].msg.kind, GANG_MSG_HEARTBEAT_ACK);
        assert_int_equal(rig->out.list[0].msg.a, 1234);
        assert_int_equal(rig->out.list[0].msg.executor, 1);
        assert_int_equal(is_offered(rig, 2, 2), op == 0);
    }
    say(rig, from(1, 0, GANG_MSG_FREE)); /* it is heard, but that does not give it a lease */
    assert_false(is_offered(rig, 2, 2));
    beat.op = 0;
    say(rig, beat);
    assert_true(is_offered(rig, 2, 2));
    rig_free(rig);
}

static void a_broken_connection_is_no_loss_where_there_is_a_lease(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct gang_config config = leased();
        if (keep)
            assert_int_equal(gang_policy_set(&config.policy, "driver_lease", "keep", NULL),
                             GANG_OK);
        struct rig *rig = rig_new(2, 2, 0, &config);
        rig->beats = true;
        rig->now += SECOND;
        disconnect(rig, 1);
        assert_int_equal(rig->out.count, keep);
        if (keep) {
            assert_int_equal(rig->out.list[0].fx, GANG_FX_LOST);
            assert_int_equal(rig->out.list[0].msg.reason, GANG_REASON_EXECUTOR_LOST);
            rig_free(rig);
            continue;
        }
        assert_false(is_offered(rig, 2, 2));
        say(rig, from(1, 0, GANG_MSG_FREE));
        assert_true(is_offered(rig, 2, 2));
        disconnect(rig, 1);
        rig_crash(rig, 1);
        rig_pass(rig, 59 * SECOND);
        assert_int_equal(rig_count(rig, GANG_FX_LOST), 0);
        rig_pass(rig, 2 * SECOND);
        assert_int_equal(rig_last(rig, GANG_FX_LOST)->reason, GANG_REASON_SILENT);
        disconnect(rig, 1); /* it is lost already */
        assert_int_equal(rig->out.count, 0);
        rig_free(rig);
    }
}

static void one_that_was_written_off_is_told_so_when_it_is_heard_again(void **state)
{
    (void)state;
    struct gang_config config = leased();
    struct rig *rig = rig_new(2, 2, 0, &config);
    rig->beats = true;
    rig_crash(rig, 1);
    rig_pass(rig, 61 * SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_LOST), 1);
    const enum gang_msg_kind told[] = {GANG_MSG_HEARTBEAT, GANG_MSG_REGISTER};
    for (int i = 0; i < 2; i++) {
        say(rig, from(1, 0, told[i]));
        assert_int_equal(rig->out.count, 1);
        assert_int_equal(rig->out.list[0].msg.kind, GANG_MSG_GONE);
        assert_int_equal(rig->out.list[0].msg.incarnation, 0);
    }
    say(rig, from(1, 0, GANG_MSG_FREE)); /* of its many tasks */
    assert_int_equal(rig->out.count, 0);
    rig_boot(rig, 1);
    rig_deliver(rig);
    assert_true(is_offered(rig, 2, 2));
    say(rig, from(1, 0, GANG_MSG_HEARTBEAT)); /* another one is in its place */
    assert_int_equal(rig->out.count, 0);
    rig_free(rig);
}

static bool loses_frees_of_executor_0(const struct gang_msg *msg, bool to_driver)
{
    return to_driver && msg->kind == GANG_MSG_FREE && msg->executor == 0;
}

static bool loses_all_of_executor_0(const struct gang_msg *msg, bool to_driver)
{
    (void)to_driver;
    return msg->executor == 0;
}

static void
one_that_is_heard_and_does_not_release_is_told_to_go_and_its_slots_are_not_taken(void **state)
{
    (void)state;
    struct gang_config config = leased();
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = rig_new(3, 2, 0, &config);
    rig->beats = true;
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    rig->drop = loses_frees_of_executor_0;
    rig_exit(rig, rig_task(rig, 1, 0, 3), GANG_EXIT_FAILED, 1);
    rig_pass(rig, 29 * SECOND);
    assert_int_equal(rig_sent(rig, GANG_MSG_GONE), 0);
    rig_pass(rig, 2 * SECOND);
    assert_int_equal(rig_sent(rig, GANG_MSG_GONE), 1); /* it went, and came back as another */
    assert_int_equal(rig->incarnation[0], 1);
    assert_int_equal(rig_last(rig, GANG_FX_LOST)->reason, GANG_REASON_REINCARNATED);
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(rig_task(rig, 1, 0, 0)->executor, 0); /* where it is as good as any other */
    rig_free(rig);
}

static void
one_that_is_silent_and_does_not_release_is_lost_by_its_silence_and_no_earlier(void **state)
{
    (void)state;
    struct gang_config config = leased();
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = rig_new(3, 2, 0, &config);
    rig->beats = true;
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    rig->drop = loses_all_of_executor_0;
    rig_exit(rig, rig_task(rig, 1, 0, 3), GANG_EXIT_FAILED, 1);
    rig_pass(rig, 59 * SECOND);
    assert_int_equal(rig_count(rig, GANG_FX_LOST), 0);
    assert_int_equal(rig_sent(rig, GANG_MSG_GONE), 0);
    assert_int_equal(rig_count(rig, GANG_FX_PLAN), 1);
    rig_pass(rig, 3 * SECOND);
    assert_int_equal(rig_last(rig, GANG_FX_LOST)->reason, GANG_REASON_SILENT);
    assert_int_equal(rig_alive(rig), 4);
    for (uint32_t r = 0; r < 4; r++)
        assert_int_not_equal(rig_task(rig, 1, 0, r)->executor, 0);
    rig_free(rig);
}

static void tasks_that_their_executor_ended_for_its_silence_are_not_the_jobs_fault(void **state)
{
    (void)state;
    struct gang_config config = leased();
    struct gang_stage_spec stages[2] = {rig_gang(4, 1, 0), rig_map(2, 1)};
    config.attempts_max = 1;
    struct rig *rig = rig_new(3, 2, 0, &config);
    rig->beats = true;
    rig_submit(rig, 1, stages, 2);
    rig_deliver(rig);
    rig->drop = loses_all_of_executor_0;
    rig_pass(rig, 51 * SECOND);
    assert_int_equal(rig_alive(rig), 4);
    rig->drop = NULL; /* it is heard again before it counts as lost */
    for (uint32_t i = 0; i < 2; i++) {
        struct gang_msg freed = from(0, 0, GANG_MSG_FREE);
        freed.job = 1;
        freed.rank = i;
        freed.op = GANG_EXIT_KILLED;
        freed.reason = GANG_REASON_DRIVER_SILENT;
        for (freed.ref = 0; freed.ref < rig->limits.groups; freed.ref++)
            say(rig, freed); /* whichever group it was */
    }
    assert_int_equal(rig_count(rig, GANG_FX_LOST), 0);
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 1);
    rig_free(rig);
}

/* It hears its driver again, and no heartbeat has said so yet. */
static void who_has_no_lease_is_sent_tasks_once_and_not_again_and_again(void **state)
{
    (void)state;
    struct gang_config config = leased();
    struct gang_stage_spec tasks = rig_map(2, 1);
    assert_int_equal(gang_policy_set(&config.policy, "launch", "direct", NULL), GANG_OK);
    struct rig *rig = rig_new(1, 2, 0, &config);
    rig->beats = true;
    rig->drop = loses_all_of_executor_0;
    rig_pass(rig, 51 * SECOND);
    rig->drop = NULL;
    rig_submit(rig, 1, &tasks, 1);
    rig_deliver(rig);
    while (rig_due(rig))
        rig_deliver(rig);
    assert_int_equal(rig_sent(rig, GANG_MSG_GO), 1);
    assert_int_equal(gang_driver_jobs_alive(rig->driver), 1);
    rig_pass(rig, 30 * SECOND);
    assert_int_equal(rig_alive(rig), 2);
    rig_free(rig);
}

/* The heartbeat that says so may be overtaken, or lost. */
static void
an_executor_that_ended_a_task_for_its_silence_is_not_offered_before_its_next_heartbeat(void **state)
{
    (void)state;
    struct gang_config config = leased();
    struct gang_stage_spec map = rig_map(1, 1);
    struct rig *rig = rig_new(2, 2, 0, &config);
    rig->beats = true;
    rig_submit(rig, 1, &map, 1);
    rig_deliver(rig);
    assert_int_equal(rig_task(rig, 1, 0, 0)->executor, 0);
    struct gang_msg freed = from(0, 0, GANG_MSG_FREE);
    freed.job = 1;
    freed.op = GANG_EXIT_KILLED;
    freed.reason = GANG_REASON_DRIVER_SILENT;
    for (freed.ref = 0; freed.ref < rig->limits.groups; freed.ref++)
        say(rig, freed);
    while (rig_due(rig))
        ;
    const struct gang_msg *asked = NULL;
    for (uint32_t i = 0; i < rig->log_count; i++)
        if (rig->log[i].fx == GANG_FX_SEND && rig->log[i].msg.kind == GANG_MSG_RESERVE)
            asked = &rig->log[i].msg;
    assert_non_null(asked);
    assert_int_equal(asked->attempt, 1);
    assert_int_equal(asked->executor, 1);
    rig_free(rig);
}

static void a_lease_that_outlasts_the_drivers_patience_is_refused(void **state)
{
    (void)state;
    struct gang_config config = leased();
    const struct gang_limits limits = {
        .executors = 1, .jobs = 1, .stages = 1, .tasks = 1, .groups = 1, .executor_tasks = 8};
    struct gang_driver *driver;
    struct gang_err err;
    void *memory = aligned_alloc(64, (gang_driver_size(&limits) + 63) & ~(size_t)63);
    config.driver_lease_ns = config.heartbeat_timeout_ns;
    assert_int_equal(gang_driver_init(memory, &limits, &config, &driver, &err), GANG_E_RANGE);
    assert_string_equal(
        err.detail,
        "driver_lease_ns is 60000000000, must be below heartbeat_timeout_ns, 60000000000");
    free(memory);
}

/* ---- both, over a network that is cut now and then, one way or both */
static uint32_t deaf, mute; /* executors, as bits, that nothing reaches, or that nobody hears */
static bool is_cut(const struct gang_msg *msg, bool to_driver)
{
    return ((to_driver ? mute : deaf) >> msg->executor & 1) != 0;
}

/* No two attempts of a gang, and no two of a rank, have living processes. */
static uint32_t overlaps(const struct rig *rig)
{
    uint32_t found = 0;
    for (uint32_t x = 0; x < RIG_EXECUTORS * RIG_TASKS; x++) {
        const struct rig_run *a = &rig->run[x / RIG_TASKS][x % RIG_TASKS];
        for (uint32_t y = 0; a->alive && y < x; y++) {
            const struct rig_run *b = &rig->run[y / RIG_TASKS][y % RIG_TASKS];
            bool gang = a->stage == 0; /* stage 1 is a MapReduce stage */
            found += b->alive && a->job == b->job && a->stage == b->stage &&
                     (gang ? a->attempt != b->attempt : a->rank == b->rank);
        }
    }
    return found;
}

static void live_through(struct rig *rig, uint32_t steps, uint32_t *found)
{
    uint32_t id = 0;
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t e = rig_roll(rig->executor_count), bit = 1u << e;
        switch (rig_roll(8)) {
        case 0:
            if (gang_driver_jobs_alive(rig->driver) < 4) {
                struct gang_stage_spec stages[2] = {rig_gang(2 + rig_roll(5), 1, 0), rig_map(3, 1)};
                rig_submit(rig, ++id, stages, 2);
            }
            break;
        case 1:
            deaf ^= rig_roll(2) ? bit : 0;
            break;
        case 2:
            mute ^= rig_roll(2) ? bit : 0;
            break;
        case 3:
            disconnect(rig, e);
            break;
        case 4:
            for (uint32_t k = 0; k < RIG_TASKS; k++)
                if (rig->run[e][k].alive && (rig_roll(6) == 0 || rig->run[e][k].asked))
                    rig_exit(rig, &rig->run[e][k], rig_roll(3) ? GANG_EXIT_FAILED : GANG_EXIT_OK, 1);
            break;
        default:
            rig_pass(rig, (gang_ns)rig_roll(25) * SECOND);
            break;
        }
        *found += overlaps(rig);
        rig->log_count = 0;
    }
}

static uint32_t walk(const struct gang_config *config, uint64_t seed)
{
    uint32_t found = 0;
    rig_dice = seed;
    deaf = mute = 0;
    struct rig *rig = rig_new(2 + rig_roll(4), 2, 0, config);
    rig->beats = true;
    rig->hold = is_cut;
    live_through(rig, 300, &found);
    deaf = mute = 0;
    for (int round = 0; round < 300 && gang_driver_jobs_alive(rig->driver) > 0; round++) {
        rig_pass(rig, SECOND);
        rig->log_count = 0;
        found += overlaps(rig);
        for (uint32_t e = 0; e < rig->executor_count; e++)
            for (uint32_t k = 0; k < RIG_TASKS; k++)
                if (rig->run[e][k].alive)
                    rig_exit(rig, &rig->run[e][k],
                             rig->run[e][k].asked ? GANG_EXIT_KILLED : GANG_EXIT_OK, 0);
    }
    if (config->policy.axis[GANG_AXIS_DRIVER_LEASE] == 0)
        assert_int_equal(gang_driver_jobs_alive(rig->driver), 0);
    rig_free(rig);
    return found;
}

static void whoever_is_cut_off_a_gang_never_runs_twice(void **state)
{
    (void)state;
    struct gang_config config = leased();
    for (uint64_t seed = 1; seed <= 300; seed++)
        if (walk(&config, seed) > 0)
            fail_msg("seed %llu: two attempts ran together", (unsigned long long)seed);
}

static void without_a_lease_gangs_do_run_twice(void **state)
{
    (void)state;
    struct gang_config config = leased();
    uint32_t found = 0;
    assert_int_equal(gang_policy_set(&config.policy, "driver_lease", "keep", NULL), GANG_OK);
    for (uint64_t seed = 1; seed <= 30; seed++)
        found += walk(&config, seed);
    assert_true(found > 100);
}

static void every_mark_of_leases_was_reached(void **state)
{
    (void)state;
    static const char *const words[] = {
        "an executor did not hear its driver and ended its tasks",
        "an executor that is heard and does not release was told to go",
        "a process that was written off was told so"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        unsigned mark = 0;
        while (gang_mark_text(mark) != NULL && strcmp(gang_mark_text(mark), words[i]) != 0)
            mark++;
        assert_true(gang_mark_hit(mark));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_begins_when_the_heartbeat_was_sent_not_when_it_was_answered),
        cmocka_unit_test(
            without_an_answer_every_task_is_answered_and_forced_at_the_end_of_the_lease),
        cmocka_unit_test(a_silent_executor_takes_nothing_until_a_later_heartbeat_is_answered),
        cmocka_unit_test(an_answer_that_took_longer_than_the_lease_does_not_renew_it),
        cmocka_unit_test(without_a_lease_an_executor_only_sends_heartbeats),
        cmocka_unit_test(a_caller_with_a_healthy_link_need_not_speak_of_heartbeats),
        cmocka_unit_test(an_executor_that_is_not_known_any_more_ends_its_process),
        cmocka_unit_test(a_heartbeat_is_answered_and_one_without_a_lease_takes_the_executor_out),
        cmocka_unit_test(a_broken_connection_is_no_loss_where_there_is_a_lease),
        cmocka_unit_test(one_that_was_written_off_is_told_so_when_it_is_heard_again),
        cmocka_unit_test(
            one_that_is_heard_and_does_not_release_is_told_to_go_and_its_slots_are_not_taken),
        cmocka_unit_test(
            one_that_is_silent_and_does_not_release_is_lost_by_its_silence_and_no_earlier),
        cmocka_unit_test(tasks_that_their_executor_ended_for_its_silence_are_not_the_jobs_fault),
        cmocka_unit_test(who_has_no_lease_is_sent_tasks_once_and_not_again_and_again),
        cmocka_unit_test(
            an_executor_that_ended_a_task_for_its_silence_is_not_offered_before_its_next_heartbeat),
        cmocka_unit_test(a_lease_that_outlasts_the_drivers_patience_is_refused),
        cmocka_unit_test(whoever_is_cut_off_a_gang_never_runs_twice),
        cmocka_unit_test(without_a_lease_gangs_do_run_twice),
        cmocka_unit_test(every_mark_of_leases_was_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
