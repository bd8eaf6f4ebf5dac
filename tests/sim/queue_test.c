#include "queue.h"
#include "rig.h"
#include "ring.h"

#include <stdlib.h>

/* A small generator of test inputs; it has nothing to do with the world's dice. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static struct sim_queue *new_queue(uint32_t capacity)
{
    struct sim_queue *queue = aligned_alloc(64, (sim_queue_size(capacity) + 63) & ~(size_t)63);
    assert_non_null(queue);
    sim_queue_init(queue, capacity);
    return queue;
}

/* The slowest queue there is, and obviously right: the first of the smallest times. */
struct reference {
    struct sim_entry entry[SIM_QUEUE_LONG];
    uint32_t count;
};

static struct sim_entry reference_pop(struct reference *r)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < r->count; i++)
        if (r->entry[i].at_ns < r->entry[best].at_ns)
            best = i;
    struct sim_entry entry = r->entry[best];
    for (uint32_t i = best + 1; i < r->count; i++)
        r->entry[i - 1] = r->entry[i];
    r->count--;
    return entry;
}

static int64_t some_delay(uint64_t *state, unsigned style)
{
    uint64_t x = next_random(state);
    if (style == 0) /* ties in plenty */
        return (int64_t)(x % 4) * 1000;
    if (style == 1) /* every size of delay */
        return (int64_t)(x >> (1 + x % 62) >> 2);
    if (style == 2) /* dense */
        return (int64_t)(x % 100);
    return x % 16 == 0 ? INT64_MAX / 4 : (int64_t)(x % 1000000); /* a few give-ups far away */
}

static void entries_leave_in_the_order_of_time_and_of_arrival(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        /* A small queue has no buckets, and a large one long chunks. */
        const uint32_t capacity = round < 60 ? 2000 : round < 80 ? 64 - round % 4 : SIM_QUEUE_LONG;
        struct sim_queue *queue = new_queue(capacity);
        static struct reference r;
        uint64_t seed = round;
        int64_t now = 0;
        r.count = 0;
        for (uint32_t i = 0; i < 6000; i++) {
            /* Grows to the full, then shrinks to nothing. */
            bool push = r.count == 0 ||
                        (r.count < capacity && next_random(&seed) % 100 < (i < 4000 ? 70 : 20));
            if (push) {
                int64_t by = some_delay(&seed, round % 4);
                struct sim_entry entry = {now > INT64_MAX - by ? INT64_MAX - 1 : now + by, i, ~i};
                r.entry[r.count++] = entry;
                assert_true(sim_queue_push(queue, entry));
            } else {
                struct sim_entry want = reference_pop(&r);
                if (next_random(&seed) % 4 == 0) /* looking changes nothing */
                    assert_int_equal(sim_queue_first(queue), want.at_ns);
                struct sim_entry got = sim_queue_pop(queue);
                assert_memory_equal(&got, &want, sizeof got);
                now = got.at_ns;
            }
            assert_int_equal(queue->count, r.count);
        }
        free(queue);
    }
}

static void an_entry_may_come_before_one_that_was_only_looked_at(void **state)
{
    (void)state;
    struct sim_queue *queue = new_queue(200);
    assert_true(sim_queue_push(queue, (struct sim_entry){1000, 0, 0}));
    assert_int_equal(sim_queue_pop(queue).at_ns, 1000);
    for (uint32_t i = 0; i < 100; i++) /* more than a chunk: looking opens the bucket */
        assert_true(sim_queue_push(queue, (struct sim_entry){5000000 + i % 2, i, 0}));
    assert_int_equal(sim_queue_first(queue), 5000000);
    assert_true(sim_queue_push(queue, (struct sim_entry){2000, 7, 0}));
    assert_true(sim_queue_push(queue, (struct sim_entry){5000000, 1000, 0}));
    assert_int_equal(sim_queue_pop(queue).payload, 7);
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(sim_queue_pop(queue).payload, 2 * i);
    assert_int_equal(sim_queue_pop(queue).payload, 1000);
    assert_int_equal(sim_queue_pop(queue).payload, 1);
    free(queue);
}

/* Two crowds, the later one first, each too large for the front; and a third between them, and one on top of both. */
static void crowds_that_come_in_any_order_leave_in_theirs(void **state)
{
    (void)state;
    static const int64_t crowds[][4] = {
        {2000, 1000, 0, 0}, {3000, 1000, 2000, 0}, {3000, 2000, 1000, 3000}, {2000, 1000, 2000, 1000}, {1, 0, 1, 0}};
    for (unsigned c = 0; c < sizeof crowds / sizeof *crowds; c++)
        for (uint32_t size = 30; size < 400; size += 37) {
            struct sim_queue *queue = new_queue(2000);
            static struct reference reference;
            uint32_t id = 0;
            reference.count = 0;
            const struct sim_entry far = {.at_ns = 1 << 20, .payload = id++};
            sim_queue_push(queue, far); /* it is looked at, so that the front reaches that far */
            reference.entry[reference.count++] = far;
            (void)sim_queue_first(queue);
            for (unsigned k = 0; k < 4; k++)
                for (uint32_t i = 0; i < size; i++) {
                    const struct sim_entry entry = {.at_ns = crowds[c][k], .payload = id++};
                    sim_queue_push(queue, entry);
                    reference.entry[reference.count++] = entry;
                }
            while (reference.count > 0) {
                struct sim_entry entry = sim_queue_pop(queue), expected = reference_pop(&reference);
                assert_int_equal(entry.at_ns, expected.at_ns);
                assert_int_equal(entry.payload, expected.payload);
            }
            free(queue);
        }
}

static void a_full_queue_says_so_and_loses_nothing(void **state)
{
    (void)state;
    for (uint32_t capacity = 1; capacity < 300; capacity += 13) {
        struct sim_queue *queue = new_queue(capacity);
        for (uint32_t i = 0; i < capacity; i++) /* one chunk each, as far as there are buckets */
            assert_true(sim_queue_push(queue, (struct sim_entry){INT64_C(1) << (i % 62), i, 0}));
        assert_false(sim_queue_push(queue, (struct sim_entry){5, 0, 0}));
        int64_t last = 0;
        for (uint32_t i = 0; i < capacity; i++) {
            struct sim_entry entry = sim_queue_pop(queue);
            assert_true(entry.at_ns >= last);
            last = entry.at_ns;
        }
        free(queue);
    }
}

static bool keep_even(const void *ctx, const struct sim_entry *entry)
{
    (void)ctx;
    return entry->payload % 2 == 0;
}

static void a_sweep_throws_out_what_is_stale_and_keeps_the_order_of_the_rest(void **state)
{
    (void)state;
    for (unsigned style = 0; style < 8; style++) {
        const uint32_t capacity = style % 2 == 0 ? 1000 : SIM_QUEUE_LONG;
        struct sim_queue *queue = new_queue(capacity);
        static struct reference r;
        uint64_t seed = style;
        r.count = 0;
        for (uint32_t i = 0; i < capacity; i++) {
            struct sim_entry entry = {some_delay(&seed, style / 2), i, 0};
            assert_true(sim_queue_push(queue, entry));
            if (keep_even(NULL, &entry))
                r.entry[r.count++] = entry;
        }
        (void)sim_queue_first(queue);
        sim_queue_sweep(queue, keep_even, NULL);
        assert_int_equal(queue->count, capacity / 2);
        while (r.count > 0) {
            struct sim_entry want = reference_pop(&r), got = sim_queue_pop(queue);
            assert_memory_equal(&got, &want, sizeof got);
        }
        for (uint32_t i = 0; i < capacity; i++) /* nothing was lost of its room */
            assert_true(sim_queue_push(queue, (struct sim_entry){INT64_MAX - 1 - i, i, 0}));
        free(queue);
    }
}

static void the_ring_is_first_in_first_out_through_its_end(void **state)
{
    (void)state;
    struct sim_ring_entry memory[5];
    struct sim_ring ring;
    uint32_t in = 0, out = 0;
    sim_ring_init(&ring, memory, 5);
    for (unsigned i = 0; i < 100; i++) {
        while (sim_ring_push(&ring, (struct sim_ring_entry){in, 0}))
            in++;
        assert_int_equal(ring.count, 5);
        for (unsigned k = 0; k < 1 + i % 5; k++)
            assert_int_equal(sim_ring_pop(&ring).payload, out++);
    }
}

static void taking_from_the_middle_of_the_ring_keeps_the_others_in_order(void **state)
{
    (void)state;
    struct sim_ring_entry memory[5];
    struct sim_ring ring;
    sim_ring_init(&ring, memory, 5);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(sim_ring_push(&ring, (struct sim_ring_entry){i, 0}));
    (void)sim_ring_pop(&ring);
    (void)sim_ring_pop(&ring);
    for (uint32_t i = 3; i < 7; i++) /* goes round the end */
        assert_true(sim_ring_push(&ring, (struct sim_ring_entry){i, 0}));
    assert_int_equal(sim_ring_take(&ring, 3).payload, 5);
    const uint32_t left[] = {2, 3, 4, 6};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(sim_ring_pop(&ring).payload, left[i]);
}

/* Beside entries with times, whose places they take. */
static void what_is_kept_comes_back_in_its_order(void **state)
{
    enum { CAPACITY = 300 };
    struct sim_queue *queue = new_queue(CAPACITY);
    struct sim_entry out[SIM_QUEUE_LONG_CHUNK];
    uint32_t in = 0, back = 0, timed = 0, popped = 0;
    (void)state;
    for (unsigned turn = 0; turn < 200; turn++) {
        for (unsigned i = 0; i < 10 + turn % 50 && queue->count > 0; i++)
            assert_int_equal(sim_queue_pop(queue).payload, popped++);
        while (queue->kept_count > 0 && (turn % 3 == 0 || queue->kept_count > 150))
            for (uint32_t i = 0, count = sim_queue_take_kept(queue, out); i < count; i++)
                assert_int_equal(out[i].payload, back++);
        for (unsigned i = 0; i < 20 + turn % 31; i++)
            timed += sim_queue_push(queue, (struct sim_entry){1000 + (int64_t)timed * timed, timed, 0});
        for (unsigned i = 0; i < 37; i++)
            in += sim_queue_keep(queue, in, 7);
        assert_true(queue->count + queue->kept_count <= CAPACITY);
    }
    while (queue->count + queue->kept_count < CAPACITY) /* all of it can be had */
        in += sim_queue_keep(queue, in, 7);
    assert_false(sim_queue_keep(queue, 0, 0));
    assert_false(sim_queue_push(queue, (struct sim_entry){INT64_MAX, 0, 0}));
    while (queue->kept_count > 0)
        for (uint32_t i = 0, count = sim_queue_take_kept(queue, out); i < count; i++)
            assert_int_equal(out[i].payload, back++);
    assert_int_equal(back, in);
    while (queue->count > 0)
        assert_int_equal(sim_queue_pop(queue).payload, popped++);
    assert_int_equal(popped, timed);
    free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_leave_in_the_order_of_time_and_of_arrival),
        cmocka_unit_test(an_entry_may_come_before_one_that_was_only_looked_at),
        cmocka_unit_test(crowds_that_come_in_any_order_leave_in_theirs),
        cmocka_unit_test(a_full_queue_says_so_and_loses_nothing),
        cmocka_unit_test(a_sweep_throws_out_what_is_stale_and_keeps_the_order_of_the_rest),
        cmocka_unit_test(what_is_kept_comes_back_in_its_order),
        cmocka_unit_test(the_ring_is_first_in_first_out_through_its_end),
        cmocka_unit_test(taking_from_the_middle_of_the_ring_keeps_the_others_in_order),
    };
    return cmocka_run_group_tests_name("sim.queue", tests, NULL, NULL);
}
