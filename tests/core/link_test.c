/*
 * link_test.c -- two ends and a wire between them that loses, doubles and reorders, driven by a small dice.
 *
 * The claim above all others: what one end takes in, the other hands out, once each and in order.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

enum { WIRE = 4096, SESSION = 7 };
static const gang_ns RESEND = 100;

struct pair {
    struct gang_link *end[2];
    uint64_t sent[2], taken[2]; /* by end: messages given to it, and handed out by it */
    struct {
        struct gang_frame frame;
        uint32_t to;
    } wire[WIRE];
    uint32_t count;
    uint32_t frames; /* ever put on the wire */
    gang_ns now;
};

static struct gang_link *new_link(uint32_t window, gang_ns resend)
{
    struct gang_link *link;
    void *memory = aligned_alloc(64, gang_link_size(window));
    assert_non_null(memory);
    memset(memory, 0xA5, gang_link_size(window));
    gang_link_init(memory, window, resend, &link);
    return link;
}

static struct pair *pair_new(uint32_t window, gang_ns resend)
{
    struct pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    for (int i = 0; i < 2; i++)
        p->end[i] = new_link(window, resend);
    gang_link_open(p->end[0],
                   SESSION); /* the executor's; the other learns it from the first frame */
    return p;
}

static void pair_free(struct pair *p)
{
    free(p->end[0]);
    free(p->end[1]);
    free(p);
}

static void put(struct pair *p, uint32_t from, const struct gang_frame *frame)
{
    assert_true(p->count < WIRE);
    p->wire[p->count].frame = *frame;
    p->wire[p->count++].to = !from;
    p->frames++;
}

static struct gang_frame take_off(struct pair *p, uint32_t at)
{
    struct gang_frame frame = p->wire[at].frame;
    memmove(&p->wire[at], &p->wire[at + 1], (--p->count - at) * sizeof p->wire[0]);
    return frame;
}

static bool send_one(struct pair *p, uint32_t from)
{
    struct gang_frame frame;
    struct gang_msg msg = {.kind = GANG_MSG_ARRIVE, .a = p->sent[from] + 1};
    if (gang_link_send(p->end[from], p->now, &msg, &frame, NULL) != GANG_OK)
        return false;
    p->sent[from]++;
    put(p, from, &frame);
    return true;
}

/* Whatever comes out is the next in order. Returns how many came. */
static uint32_t hand_out(struct pair *p, uint32_t to)
{
    const struct gang_msg *msg;
    uint32_t count = 0;
    for (; (msg = gang_link_next(p->end[to])) != NULL; count++)
        assert_int_equal(msg->a, ++p->taken[to]);
    return count;
}

static void acknowledge(struct pair *p, uint32_t end)
{
    struct gang_frame ack;
    if (gang_link_owes(p->end[end], &ack)) {
        assert_int_equal(ack.seq, 0);
        put(p, end, &ack);
    }
}

static void deliver(struct pair *p, uint32_t at, bool keep)
{
    uint32_t to = p->wire[at].to;
    struct gang_frame frame = keep ? p->wire[at].frame : take_off(p, at);
    (void)gang_link_receive(p->end[to], p->now, &frame);
    (void)hand_out(p, to);
    gang_link_audit(p->end[to]);
}

static void resend(struct pair *p, uint32_t end, bool all)
{
    struct gang_frame frame;
    uint32_t cursor = 0;
    while (gang_link_resend(p->end[end], p->now, all, &cursor, &frame))
        put(p, end, &frame);
}

static void deliver_all(struct pair *p)
{
    while (p->count > 0) {
        uint32_t to = p->wire[0].to;
        deliver(p, 0, false);
        acknowledge(p, to);
    }
}

/* ---- the wire does its worst */
static void storm(struct pair *p, uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t end = rig_roll(2);
        switch (rig_roll(8)) {
        case 0:
        case 1:
            if (p->count < WIRE / 2)
                (void)send_one(p, end);
            break;
        case 2:
            p->now += rig_roll(120);
            if (gang_link_deadline(p->end[end]) <= p->now && p->count < WIRE / 2)
                resend(p, end, false);
            break;
        case 3:
            if (p->count > 0)
                (void)take_off(p, rig_roll(p->count)); /* lost */
            break;
        case 4:
            if (p->count > 0)
                deliver(p, rig_roll(p->count), true); /* and once more later */
            break;
        case 5:
            acknowledge(p, end);
            break;
        default:
            if (p->count > 0)
                deliver(p, rig_roll(p->count), false); /* whichever comes first */
            break;
        }
    }
}

static void settle(struct pair *p)
{
    for (int round = 0; round < 10; round++) {
        deliver_all(p);
        p->now += RESEND;
        for (uint32_t end = 0; end < 2; end++)
            if (gang_link_deadline(p->end[end]) <= p->now)
                resend(p, end, false);
    }
}

static void everything_arrives_once_and_in_order_whatever_the_wire_does(void **state)
{
    (void)state;
    const uint32_t windows[] = {1, 2, 3, 7, 64};
    uint64_t sent = 0;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        rig_dice = seed;
        struct pair *p = pair_new(windows[seed % 5], RESEND);
        (void)send_one(p, 0);
        deliver_all(p);
        storm(p, 2000);
        settle(p);
        for (uint32_t end = 0; end < 2; end++) {
            sent += p->sent[end];
            assert_int_equal(p->taken[!end], p->sent[end]);
            assert_int_equal(gang_link_unacked(p->end[end]), 0);
            assert_int_equal(gang_link_deadline(p->end[end]), GANG_NEVER);
        }
        pair_free(p);
    }
    assert_true(sent > 20000);
}

/* ---- the window */
static void a_full_window_is_said_and_changes_nothing(void **state)
{
    (void)state;
    struct pair *p = pair_new(3, RESEND);
    struct gang_frame frame;
    struct gang_err err;
    struct gang_msg msg = {.kind = GANG_MSG_FREE};
    for (int i = 0; i < 3; i++)
        assert_true(send_one(p, 0));
    uint64_t before = gang_link_fingerprint(p->end[0], p->now);
    assert_int_equal(gang_link_send(p->end[0], p->now, &msg, &frame, &err), GANG_E_FULL);
    assert_string_equal(err.detail, "3 messages are not acknowledged, room for 3");
    assert_int_equal(gang_link_fingerprint(p->end[0], p->now), before);
    deliver_all(p);
    assert_int_equal(gang_link_unacked(p->end[0]), 0);
    assert_true(send_one(p, 0));
    pair_free(p);
}

/* An acknowledgement says what was handed up: what only lies here may be forgotten with the machine above. */
static void what_was_not_handed_up_is_not_acknowledged(void **state)
{
    (void)state;
    struct pair *p = pair_new(8, RESEND);
    struct gang_frame ack;
    assert_true(send_one(p, 0));
    assert_true(send_one(p, 0));
    for (int i = 0; i < 2; i++) {
        struct gang_frame frame = take_off(p, 0);
        assert_true(gang_link_receive(p->end[1], p->now, &frame));
    }
    assert_non_null(gang_link_next(p->end[1]));
    assert_true(gang_link_owes(p->end[1], &ack));
    assert_int_equal(ack.ack, 1);
    assert_true(gang_link_receive(p->end[0], p->now, &ack));
    assert_int_equal(gang_link_unacked(p->end[0]), 1);
    pair_free(p);
}

static void an_acknowledgement_that_nobody_can_have_given_is_ignored(void **state)
{
    (void)state;
    struct pair *p = pair_new(8, RESEND);
    assert_true(send_one(p, 0));
    struct gang_frame mad = {.session = SESSION, .ack = 2};
    assert_true(gang_link_receive(p->end[0], p->now, &mad));
    assert_int_equal(gang_link_unacked(p->end[0]), 1);
    gang_link_audit(p->end[0]);
    pair_free(p);
}

/* ---- sessions */
static void frames_of_another_session_are_not_heard(void **state)
{
    (void)state;
    struct pair *p = pair_new(8, RESEND);
    assert_true(send_one(p, 0));
    struct gang_frame old = p->wire[0].frame;
    deliver_all(p);
    /* The process is another one now; nothing of the one before reaches it, or comes from it. */
    gang_link_open(p->end[0], SESSION + 1);
    p->sent[0] = p->taken[1] = 0;
    assert_true(send_one(p, 1)); /* still for the old one */
    struct gang_frame late = take_off(p, 0);
    assert_false(gang_link_receive(p->end[0], p->now, &late));
    assert_null(gang_link_next(p->end[0]));
    /* The other end follows the later one, and forgets what it had for the old one. */
    assert_true(send_one(p, 0));
    deliver_all(p);
    assert_int_equal(p->taken[1], 1);
    assert_int_equal(gang_link_unacked(p->end[1]), 0);
    assert_false(gang_link_receive(p->end[1], p->now, &old));
    assert_null(gang_link_next(p->end[1]));
    pair_free(p);
}

/* ---- streams */
static void a_stream_sends_nothing_extra_while_something_flows_both_ways(void **state)
{
    (void)state;
    struct pair *p = pair_new(64, 0);
    for (int i = 0; i < 1000; i++) {
        assert_true(send_one(p, 0));
        deliver_all(p);
        assert_true(send_one(p, 1));
        deliver_all(p);
        for (uint32_t end = 0; end < 2; end++)
            assert_int_equal(gang_link_deadline(p->end[end]), GANG_NEVER);
    }
    assert_int_equal(p->frames, 2000);
    assert_true(gang_link_unacked(p->end[0]) <= 1);
    pair_free(p);
}

static void a_one_way_stream_says_what_came_before_the_window_is_full(void **state)
{
    (void)state;
    const uint32_t windows[] = {1, 2, 5, 64};
    for (int i = 0; i < 4; i++) {
        struct pair *p = pair_new(windows[i], 0);
        for (int k = 0; k < 1000; k++) {
            assert_true(send_one(p, 0));
            deliver_all(p);
        }
        assert_int_equal(p->frames - 1000, 1000 / ((windows[i] + 1) / 2));
        pair_free(p);
    }
}

static void a_stream_repeats_after_a_reconnect_what_was_not_acknowledged(void **state)
{
    (void)state;
    struct pair *p = pair_new(16, 0);
    for (int i = 0; i < 3; i++)
        assert_true(send_one(p, 0));
    deliver(p, 0, false); /* one came, but the other end does not know */
    p->count = 0;         /* the connection broke */
    assert_true(send_one(p, 1));
    p->count = 0;
    resend(p, 0, true);
    resend(p, 1, true);
    assert_int_equal(p->count, 4);
    deliver_all(p);
    assert_int_equal(p->taken[1], 3);
    assert_int_equal(p->taken[0], 1);
    assert_int_equal(gang_link_deadline(p->end[0]), GANG_NEVER);
    assert_int_equal(p->frames, 8); /* and nothing extra */
    assert_true(send_one(p, 1));
    deliver_all(p);
    assert_int_equal(gang_link_unacked(p->end[0]), 0);
    pair_free(p);
}

/* ---- resending */
static void the_patience_begins_anew_with_each_acknowledgement_and_ends_with_the_last(void **state)
{
    (void)state;
    struct pair *p = pair_new(8, RESEND);
    struct gang_frame frame;
    uint32_t cursor = 0;
    p->now = 10;
    assert_true(send_one(p, 0));
    p->now = 30;
    assert_true(send_one(p, 0));
    assert_int_equal(gang_link_deadline(p->end[0]), 110); /* of the oldest */
    p->now = 109;
    assert_false(gang_link_resend(p->end[0], p->now, false, &cursor, &frame));
    struct gang_frame ack = {.session = SESSION, .ack = 1};
    assert_true(gang_link_receive(p->end[0], p->now, &ack));
    assert_int_equal(gang_link_deadline(p->end[0]), 209);
    p->now = 209;
    assert_true(gang_link_resend(p->end[0], p->now, false, &cursor, &frame));
    assert_int_equal(frame.seq, 2);
    assert_int_equal(frame.msg.a, 2);
    assert_false(gang_link_resend(p->end[0], p->now, false, &cursor, &frame));
    assert_int_equal(gang_link_deadline(p->end[0]), 309);
    ack.ack = 2;
    assert_true(gang_link_receive(p->end[0], p->now, &ack));
    assert_int_equal(gang_link_deadline(p->end[0]), GANG_NEVER);
    pair_free(p);
}

static void a_repeated_frame_is_acknowledged_again_and_not_handed_out_again(void **state)
{
    (void)state;
    struct pair *p = pair_new(8, RESEND);
    struct gang_frame ack;
    assert_true(send_one(p, 0));
    struct gang_frame frame = take_off(p, 0);
    for (int i = 0; i < 2; i++) {
        assert_true(gang_link_receive(p->end[1], p->now, &frame));
        assert_int_equal(hand_out(p, 1), i == 0 ? 1 : 0);
        assert_true(gang_link_owes(p->end[1], &ack));
        assert_int_equal(ack.ack, 1);
        assert_false(gang_link_owes(p->end[1], &ack));
    }
    pair_free(p);
}

/* ---- fingerprints */
static void equal_states_have_one_fingerprint_whatever_their_numbers(void **state)
{
    (void)state;
    struct gang_link *at[2][2];
    struct pair *p[2];
    gang_ns now[2];
    for (int i = 0; i < 2; i++) {
        p[i] = pair_new(8, RESEND);
        for (int k = 0; k < (i ? 1001 : 3); k++) { /* one has lived longer, and later */
            p[i]->now += 17;
            assert_true(send_one(p[i], 0));
            deliver_all(p[i]);
            assert_true(send_one(p[i], 1));
            deliver_all(p[i]);
        }
        p[i]->sent[0] = 5000; /* from here on they say the same */
        assert_true(send_one(p[i], 0));
        assert_true(send_one(p[i], 0));
        p[i]->now += 5;
        struct gang_frame second = take_off(p[i], 1);
        assert_true(gang_link_receive(p[i]->end[1], p[i]->now, &second));
        at[i][0] = p[i]->end[0];
        at[i][1] = p[i]->end[1];
        now[i] = p[i]->now;
    }
    for (int end = 0; end < 2; end++)
        assert_int_equal(gang_link_fingerprint(at[0][end], now[0]),
                         gang_link_fingerprint(at[1][end], now[1]));
    assert_int_not_equal(gang_link_fingerprint(at[0][0], now[0]),
                         gang_link_fingerprint(at[0][0], now[0] + 1));
    uint64_t gap = gang_link_fingerprint(at[0][1], now[0]);
    struct gang_frame first = take_off(p[0], 0);
    assert_true(gang_link_receive(at[0][1], now[0], &first));
    assert_int_not_equal(gang_link_fingerprint(at[0][1], now[0]), gap);
    pair_free(p[0]);
    pair_free(p[1]);
}

static void a_copy_of_an_end_behaves_like_the_end(void **state)
{
    (void)state;
    rig_dice = 11;
    struct pair *p = pair_new(7, RESEND);
    (void)send_one(p, 0);
    deliver_all(p);
    storm(p, 500);
    size_t bytes = gang_link_size(7);
    void *copy = aligned_alloc(64, bytes);
    memcpy(copy, p->end[0], bytes);
    struct gang_link *other = copy;
    struct gang_frame frame, again;
    uint32_t cursor[2] = {0, 0};
    bool any;
    do {
        any = gang_link_resend(p->end[0], p->now, true, &cursor[0], &frame);
        assert_int_equal(gang_link_resend(other, p->now, true, &cursor[1], &again), any);
        if (any)
            assert_memory_equal(&frame, &again, sizeof frame);
    } while (any);
    assert_int_equal(gang_link_fingerprint(p->end[0], p->now),
                     gang_link_fingerprint(other, p->now));
    free(copy);
    pair_free(p);
}

static void every_mark_of_links_was_reached(void **state)
{
    (void)state;
    static const char *const words[] = {"a link's window was full", "a frame of another session",
                                        "a frame came before the one in front of it",
                                        "a frame came once more", "a frame was sent once more"};
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
        cmocka_unit_test(everything_arrives_once_and_in_order_whatever_the_wire_does),
        cmocka_unit_test(a_full_window_is_said_and_changes_nothing),
        cmocka_unit_test(what_was_not_handed_up_is_not_acknowledged),
        cmocka_unit_test(an_acknowledgement_that_nobody_can_have_given_is_ignored),
        cmocka_unit_test(frames_of_another_session_are_not_heard),
        cmocka_unit_test(a_stream_sends_nothing_extra_while_something_flows_both_ways),
        cmocka_unit_test(a_one_way_stream_says_what_came_before_the_window_is_full),
        cmocka_unit_test(a_stream_repeats_after_a_reconnect_what_was_not_acknowledged),
        cmocka_unit_test(the_patience_begins_anew_with_each_acknowledgement_and_ends_with_the_last),
        cmocka_unit_test(a_repeated_frame_is_acknowledged_again_and_not_handed_out_again),
        cmocka_unit_test(equal_states_have_one_fingerprint_whatever_their_numbers),
        cmocka_unit_test(a_copy_of_an_end_behaves_like_the_end),
        cmocka_unit_test(every_mark_of_links_was_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
