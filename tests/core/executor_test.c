/* executor_test.c -- one executor and one task's client by themselves. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

struct bench {
    struct gang_executor *executor;
    struct gang_effects out;
    struct gang_limits limits;
};

static const struct gang_msg nothing;

static void setup_with(struct bench *b, uint32_t groups)
{
    struct gang_config config = rig_config();
    struct gang_room room = {4, 1000, 0xF};
    b->limits = (struct gang_limits){1, 1, 1, 1, 1, 8, 0, 0, 0, 0, 0, 0, groups, 0, 0};
    b->out.capacity = gang_executor_effects_max(&b->limits);
    b->out.list = calloc(b->out.capacity, sizeof *b->out.list);
    void *memory = aligned_alloc(64, gang_executor_size(&b->limits));
    assert_int_equal(gang_executor_init(memory, &b->limits, &config, 0, &room, &b->executor, NULL),
                     GANG_OK);
    struct gang_event boot = {.kind = GANG_EV_BOOT, .id = 3};
    assert_int_equal(gang_executor_step(b->executor, &boot, &b->out, NULL), GANG_OK);
}

static void setup(struct bench *b) { setup_with(b, 0); }

static void teardown(struct bench *b)
{
    free(b->executor);
    free(b->out.list);
}

static void tell(struct bench *b, gang_ns at, struct gang_msg msg)
{
    msg.incarnation = 3;
    struct gang_event ev = {.at_ns = at, .kind = GANG_EV_MSG, .msg = &msg};
    assert_int_equal(gang_executor_step(b->executor, &ev, &b->out, NULL), GANG_OK);
    gang_executor_audit(b->executor);
}

static struct gang_msg ask(uint32_t count, uint32_t cores, uint32_t gpus, uint64_t mask)
{
    struct gang_msg msg = {
        .kind = GANG_MSG_RESERVE, .job = 1, .rank = 10, .count = count, .ref = 5, .a = mask};
    msg.need = (struct gang_need){cores, 0, gpus * 1000};
    return msg;
}

static void a_boot_registers_with_what_there_is(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    assert_int_equal(b.out.count, 1);
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_REGISTER);
    assert_int_equal(b.out.list[0].msg.incarnation, 3);
    assert_int_equal(b.out.list[0].msg.room.cores, 4);
    assert_int_equal(b.out.list[0].msg.a, 0xF);
    teardown(&b);
}

static void a_reservation_beyond_the_room_is_refused_with_the_truth(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    tell(&b, 0, ask(3, 1, 1, 0x7));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
    tell(&b, 0, ask(2, 1, 0, 0));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_NACK);
    assert_int_equal(b.out.list[0].msg.room.cores, 1);
    assert_int_equal(b.out.list[0].msg.a, 0x8);
    tell(&b, 0, ask(1, 1, 1, 0x4)); /* one core is free, but that address is held */
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_NACK);
    teardown(&b);
}

static void more_groups_than_its_limit_are_refused(void **state)
{
    (void)state;
    struct bench b;
    setup_with(&b, 2);
    assert_true(gang_executor_size(&b.limits) <
                gang_executor_size(&(struct gang_limits){.executor_tasks = 8}));
    tell(&b, 0, ask(1, 1, 0, 0));
    struct gang_msg first = b.out.list[0].msg;
    tell(&b, 0, ask(1, 1, 0, 0));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
    tell(&b, 0, ask(1, 1, 0, 0)); /* two cores are free, and six slots */
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_NACK);
    assert_int_equal(b.out.list[0].msg.reason, GANG_REASON_NO_ROOM);
    first.kind = GANG_MSG_UNRESERVE;
    tell(&b, 1, first);
    tell(&b, 1, ask(1, 1, 0, 0));
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
    assert_int_equal(b.out.list[0].msg.group, first.group);
    teardown(&b);
}

static void a_lease_ends_by_itself_and_frees_its_slots(void **state)
{
    (void)state;
    struct bench b;
    enum gang_timer why;
    setup(&b);
    tell(&b, 0, ask(2, 2, 0, 0));
    struct gang_msg ack = b.out.list[0].msg;
    assert_int_equal(gang_executor_deadline(b.executor, &why), 20 * SECOND);
    assert_int_equal(why, GANG_TIMER_LEASE);
    struct gang_event timer = {.at_ns = 20 * SECOND, .kind = GANG_EV_TIMER};
    assert_int_equal(gang_executor_step(b.executor, &timer, &b.out, NULL), GANG_OK);
    assert_int_equal(b.out.count, 2);
    assert_int_equal(b.out.list[1].msg.kind, GANG_MSG_FREE);
    assert_int_equal(b.out.list[1].msg.reason, GANG_REASON_LEASE_ENDED);
    assert_int_equal(b.out.list[1].msg.rank, 11);
    ack.kind = GANG_MSG_GO; /* too late */
    tell(&b, 21 * SECOND, ack);
    assert_int_equal(b.out.count, 2);
    assert_int_equal(b.out.list[0].msg.reason, GANG_REASON_GO_LATE);
    tell(&b, 21 * SECOND, ask(2, 2, 0, 0)); /* the room is there again */
    assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
    teardown(&b);
}

static void a_message_for_another_incarnation_is_ignored(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    struct gang_msg old = ask(1, 1, 0, 0);
    struct gang_event ev = {.kind = GANG_EV_MSG, .msg = &old};
    old.incarnation = 2;
    uint64_t before = gang_executor_fingerprint(b.executor);
    assert_int_equal(gang_executor_step(b.executor, &ev, &b.out, NULL), GANG_OK);
    assert_int_equal(b.out.count, 0);
    assert_int_equal(gang_executor_fingerprint(b.executor), before);
    teardown(&b);
}

static void a_handle_of_another_gang_is_not_obeyed(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    tell(&b, 0, ask(2, 1, 0, 0));
    struct gang_msg go = b.out.list[0].msg;
    go.kind = GANG_MSG_GO;
    go.attempt = 1; /* the same handle, another attempt */
    tell(&b, 0, go);
    assert_int_equal(b.out.list[0].msg.reason, GANG_REASON_GO_LATE);
    go.attempt = 0;
    tell(&b, 0, go);
    assert_int_equal(b.out.count, 2);
    assert_int_equal(b.out.list[0].fx, GANG_FX_START);
    go.kind = GANG_MSG_KILL;
    go.ref = 6;
    tell(&b, 0, go);
    assert_int_equal(b.out.count, 0);
    teardown(&b);
}

static void a_slot_is_free_as_soon_as_its_task_is_gone(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    tell(&b, 0, ask(2, 1, 0, 0));
    struct gang_msg go = b.out.list[0].msg;
    go.kind = GANG_MSG_GO;
    tell(&b, 0, go); /* this group keeps one task to the end */
    uint32_t task = b.out.list[0].msg.count;
    for (int i = 0; i < 20; i++) { /* more often than there are slots */
        struct gang_event end = {.kind = GANG_EV_TASK_EXIT, .id = task, .msg = &nothing};
        assert_int_equal(gang_executor_step(b.executor, &end, &b.out, NULL), GANG_OK);
        gang_executor_audit(b.executor);
        tell(&b, 0, ask(3, 1, 0, 0));
        assert_int_equal(b.out.list[0].msg.kind, GANG_MSG_RESERVE_ACK);
        go = b.out.list[0].msg;
        go.kind = GANG_MSG_GO;
        tell(&b, 0, go);
        task = b.out.list[0].msg.count;
        for (uint32_t k = 1; k < 3; k++) {
            struct gang_event out = {
                .kind = GANG_EV_TASK_EXIT, .id = b.out.list[k].msg.count, .msg = &nothing};
            struct gang_effect fx[32];
            struct gang_effects few = {fx, 0, 32};
            assert_int_equal(gang_executor_step(b.executor, &out, &few, NULL), GANG_OK);
        }
    }
    teardown(&b);
}

static void an_unknown_task_is_an_error(void **state)
{
    (void)state;
    struct bench b;
    struct gang_err err;
    setup(&b);
    struct gang_event ev = {.kind = GANG_EV_TASK_EXIT, .id = 99, .msg = &nothing};
    assert_int_equal(gang_executor_step(b.executor, &ev, &b.out, &err), GANG_E_UNKNOWN);
    ev.id = 1;
    assert_int_equal(gang_executor_step(b.executor, &ev, &b.out, &err), GANG_E_UNKNOWN);
    assert_string_equal(err.detail, "local task 1 does not run here");
    teardown(&b);
}

static void a_client_has_one_call_out_and_counts_its_successes(void **state)
{
    (void)state;
    struct gang_task task;
    struct gang_effect fx;
    struct gang_effects out = {&fx, 0, 1};
    struct gang_msg said = {0};
    struct gang_event sync = {.kind = GANG_EV_SYNC, .msg = &nothing},
                      reply = {.kind = GANG_EV_REPLY, .msg = &said};
    gang_task_init(&task, 1, 0, 2, 3, 4);
    assert_int_equal(gang_task_step(&task, &reply, &out, NULL), GANG_E_STATE);
    assert_int_equal(gang_task_step(&task, &sync, &out, NULL), GANG_OK);
    assert_int_equal(fx.fx, GANG_FX_CALL);
    assert_int_equal(fx.msg.count, 4);
    assert_int_equal(gang_task_step(&task, &sync, &out, NULL), GANG_E_STATE);
    said.epoch = 1;
    assert_int_equal(gang_task_step(&task, &reply, &out, NULL), GANG_E_STATE);
    said.epoch = 0;
    said.reason = GANG_REASON_SYNC_TIMEOUT;
    assert_int_equal(gang_task_step(&task, &reply, &out, NULL), GANG_OK);
    assert_int_equal(task.epoch, 0); /* a failed call does not count */
    assert_int_equal(gang_task_step(&task, &sync, &out, NULL), GANG_OK);
    said.reason = GANG_REASON_OK;
    assert_int_equal(gang_task_step(&task, &reply, &out, NULL), GANG_OK);
    assert_int_equal(task.epoch, 1);
}

static void a_copy_of_a_machine_behaves_like_the_machine(void **state)
{
    (void)state;
    struct bench b;
    setup(&b);
    tell(&b, 0, ask(2, 1, 1, 0x3));
    size_t bytes = gang_executor_size(&b.limits);
    void *copy = aligned_alloc(64, bytes);
    memcpy(copy, b.executor, bytes);
    tell(&b, 5, ask(1, 1, 1, 0x4));
    uint64_t original = gang_executor_fingerprint(b.executor);
    struct gang_executor *kept = b.executor;
    b.executor = copy;
    tell(&b, 5, ask(1, 1, 1, 0x4));
    assert_int_equal(gang_executor_fingerprint(copy), original);
    free(kept);
    teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boot_registers_with_what_there_is),
        cmocka_unit_test(a_reservation_beyond_the_room_is_refused_with_the_truth),
        cmocka_unit_test(more_groups_than_its_limit_are_refused),
        cmocka_unit_test(a_lease_ends_by_itself_and_frees_its_slots),
        cmocka_unit_test(a_message_for_another_incarnation_is_ignored),
        cmocka_unit_test(a_handle_of_another_gang_is_not_obeyed),
        cmocka_unit_test(a_slot_is_free_as_soon_as_its_task_is_gone),
        cmocka_unit_test(an_unknown_task_is_an_error),
        cmocka_unit_test(a_client_has_one_call_out_and_counts_its_successes),
        cmocka_unit_test(a_copy_of_a_machine_behaves_like_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
