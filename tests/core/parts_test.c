/* parts_test.c -- the small parts inside the core: timers, slabs, policy, marks. */
#include "rig.h"

#include "slab.h"
#include "timers.h"

#include <string.h>

static uint64_t next_random(uint64_t *x)
{
    *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *x >> 33;
}

static void timers_fire_in_order_whatever_was_armed_moved_or_cancelled(void **state)
{
    (void)state;
    enum { N = 64 };
    gang_ns at[N], want[N];
    uint64_t token[N];
    uint32_t heap[N], place[N];
    struct gang_timers t;
    struct gang_timer_arrays a = {at, token, heap, place};
    uint64_t x = 1;
    gang_timers_init(&t, a, N);
    for (int i = 0; i < N; i++)
        want[i] = -1;
    for (int step = 0; step < 20000; step++) {
        uint32_t timer = (uint32_t)next_random(&x) % N;
        if (next_random(&x) % 3 == 0) {
            gang_timers_cancel(&t, a, timer);
            want[timer] = -1;
        } else {
            want[timer] = (gang_ns)(next_random(&x) % 50);
            gang_timers_arm(&t, a, timer, want[timer], (uint64_t)step);
            assert_int_equal(token[timer], step);
        }
        uint32_t armed = 0, first = GANG_NONE;
        for (uint32_t i = 0; i < N; i++) {
            armed += want[i] >= 0;
            if (want[i] >= 0 && (first == GANG_NONE || want[i] < want[first]))
                first = i;
        }
        assert_int_equal(t.count, armed);
        if (armed > 0)
            assert_int_equal(heap[0], first); /* of equals, the lowest number */
    }
}

static void slabs_never_overlap_and_never_fail_within_their_promise(void **state)
{
    (void)state;
    enum { PROMISE = 96, INDICES = 2 * PROMISE, RUNS = 40 };
    struct gang_slab slab;
    uint32_t link[INDICES], first[RUNS] = {0}, length[RUNS] = {0}, out = 0;
    uint8_t owner[INDICES] = {0};
    uint64_t x = 7;
    assert_int_equal(gang_slab_indices(PROMISE), INDICES);
    gang_slab_init(&slab, PROMISE);
    for (int step = 0; step < 5000; step++) {
        uint32_t run = (uint32_t)next_random(&x) % RUNS;
        if (length[run] > 0) {
            for (uint32_t i = 0; i < length[run]; i++)
                owner[first[run] + i] = 0;
            gang_slab_give(&slab, link, first[run], length[run]);
            out -= length[run];
            length[run] = 0;
            continue;
        }
        uint32_t want = UINT32_C(1)
                        << next_random(&x) % 4; /* one size class after the other would fragment */
        uint32_t got = gang_slab_take(&slab, link, want);
        if (got == GANG_NONE) {
            assert_true(out + want > PROMISE || want > 1);
            continue;
        }
        assert_true(got + want <= INDICES);
        for (uint32_t i = 0; i < want; i++) {
            assert_int_equal(owner[got + i], 0);
            owner[got + i] = 1;
        }
        first[run] = got;
        length[run] = want;
        out += want;
        assert_true(out <= PROMISE);
    }
}

static void an_axis_is_set_by_its_name_and_says_what_it_can_be(void **state)
{
    (void)state;
    struct gang_policy policy = gang_policy_strict();
    struct gang_err err;
    assert_int_equal(gang_policy_set(&policy, "blocked_head", "skip", &err), GANG_OK);
    assert_int_equal(policy.axis[GANG_AXIS_BLOCKED_HEAD], 1);
    assert_int_equal(gang_policy_set(&policy, "blocked_head", "maybe", &err), GANG_E_UNKNOWN);
    assert_string_equal(err.detail, "axis 'blocked_head' is block or skip, not 'maybe'");
    assert_int_equal(gang_policy_set(&policy, "blokced_head", "skip", &err), GANG_E_UNKNOWN);
    for (int i = 0; i < GANG_AXIS_COUNT; i++) {
        const char *text = gang_axis_text((enum gang_axis)i);
        enum gang_status status =
            gang_policy_set(&policy, text, gang_axis_value((enum gang_axis)i, 1), &err);
        assert_int_equal(status, GANG_OK);
        assert_int_equal(
            gang_policy_set(&policy, text, gang_axis_value((enum gang_axis)i, 0), &err), GANG_OK);
    }
}

static void the_api_names_its_version_and_leaves_nothing_out(void **state)
{
    (void)state;
    const struct gang_api *api = gang_api();
    assert_int_equal(api->abi, GANG_ABI_VERSION);
    assert_int_equal(api->struct_bytes, sizeof *api);
    const void *const *slot = (const void *const *)&api->id;
    for (size_t i = 0; i < (sizeof *api - offsetof(struct gang_api, id)) / sizeof *slot; i++)
        assert_non_null(slot[i]);
}

static void every_mark_has_words(void **state)
{
    (void)state;
    unsigned marks = 0;
    while (gang_mark_text(marks) != NULL)
        marks++;
    assert_in_range(marks, 30, 128);
    gang_marks_clear();
    for (unsigned mark = 0; mark < marks; mark++)
        assert_false(gang_mark_hit(mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order_whatever_was_armed_moved_or_cancelled),
        cmocka_unit_test(slabs_never_overlap_and_never_fail_within_their_promise),
        cmocka_unit_test(an_axis_is_set_by_its_name_and_says_what_it_can_be),
        cmocka_unit_test(the_api_names_its_version_and_leaves_nothing_out),
        cmocka_unit_test(every_mark_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
