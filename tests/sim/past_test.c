/*
 * past_test.c -- states along a path, kept as differences: what comes back is what was there, byte for byte.
 */
#include "past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PARTS = 3, DEPTH = 200, STEPS = 20000 };
static const size_t sizes[PARTS] = {64 * 40, 64 * 3 - 7, 16};

struct memory {
    char *part[PARTS];
    struct sim_past past;
    char *copies[DEPTH]; /* of all parts, behind each other: what the past is compared with */
    uint64_t dice;
};

static uint32_t draw(struct memory *m, uint32_t n)
{
    m->dice = m->dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(m->dice >> 33) % n;
}

static size_t all_bytes(void) { return sizes[0] + sizes[1] + sizes[2]; }

static void begin(struct memory *m)
{
    *m = (struct memory){.dice = 7};
    for (int i = 0; i < PARTS; i++) {
        m->part[i] = aligned_alloc(64, (sizes[i] + 63) / 64 * 64);
        memset(m->part[i], 0, (sizes[i] + 63) / 64 * 64);
        sim_past_add(&m->past, m->part[i], sizes[i]);
    }
    assert_true(sim_past_init(&m->past));
    for (int i = 0; i < DEPTH; i++)
        m->copies[i] = malloc(all_bytes());
}

static void end(struct memory *m)
{
    sim_past_free(&m->past);
    for (int i = 0; i < PARTS; i++)
        free(m->part[i]);
    for (int i = 0; i < DEPTH; i++)
        free(m->copies[i]);
}

static void copy(const struct memory *m, char *out)
{
    for (int i = 0; i < PARTS; out += sizes[i++])
        memcpy(out, m->part[i], sizes[i]);
}

static void change(struct memory *m)
{
    for (uint32_t n = draw(m, 6); n > 0; n--) {
        uint32_t part = draw(m, PARTS);
        m->part[part][draw(m, (uint32_t)sizes[part])] = (char)draw(m, 4);
    }
}

static void what_comes_back_is_what_was_there(void **state)
{
    struct memory m;
    char *now = malloc(all_bytes());
    (void)state;
    begin(&m);
    for (int i = 0; i < STEPS; i++) {
        uint64_t count = m.past.count;
        uint32_t what = draw(&m, 5);
        change(&m);
        if (what < 2 && count < DEPTH) {
            copy(&m, m.copies[count]);
            assert_true(sim_past_push(&m.past));
        } else if (what == 2 && count > 0) {
            sim_past_pop(&m.past);
            assert_int_equal(m.past.count, count - 1);
        } else if (count > 0) {
            sim_past_restore(&m.past);
            copy(&m, now);
            assert_memory_equal(now, m.copies[count - 1], all_bytes());
        }
    }
    free(now);
    end(&m);
}

static void a_state_costs_what_it_changed(void **state)
{
    struct memory m;
    (void)state;
    begin(&m);
    assert_true(sim_past_push(&m.past));
    for (int i = 1; i < 100; i++) { /* two blocks each */
        m.part[0][64 * (i % 20)]++;
        m.part[1][64 * (i % 2)]++;
        assert_true(sim_past_push(&m.past));
    }
    assert_int_equal(m.past.replaced_count, 2 * 99);
    assert_in_range(sim_past_bytes_a_state(&m.past), 2 * SIM_PAST_BLOCK, 2 * SIM_PAST_BLOCK + 32);
    while (m.past.count > 0)
        sim_past_pop(&m.past);
    assert_int_equal(m.past.replaced_count, 0);
    end(&m);
}

static void what_another_push_may_want_is_said_before(void **state)
{
    struct memory m;
    (void)state;
    begin(&m);
    for (int i = 0; i < 5000; i++) {
        uint64_t wanted = sim_past_bytes_wanted(&m.past);
        change(&m);
        assert_true(sim_past_push(&m.past));
        assert_int_equal(sim_past_bytes(&m.past), wanted);
    }
    end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_back_is_what_was_there),
        cmocka_unit_test(a_state_costs_what_it_changed),
        cmocka_unit_test(what_another_push_may_want_is_said_before),
    };
    return cmocka_run_group_tests_name("sim.past", tests, NULL, NULL);
}
