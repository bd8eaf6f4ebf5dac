/*
 * order_test.c -- in what order things happen that could as well happen in another one: nothing is drawn unless it is asked for, what is
 * drawn depends on what is chosen and when, and messages of one link never overtake each other.
 */
#include "rig.h"

#include "order.h"

#include <stdlib.h>
#include <string.h>

static struct plan *busy_plan(int64_t order, int64_t changes, plan_ns slack_ns)
{
    struct plan *plan = rig_plan(4, 2);
    struct plan_act crash = rig_crash(1, 5 * SECOND);
    plan->setting[PLAN_SET_ORDER] = order;
    plan->setting[PLAN_SET_ORDER_CHANGES] = changes;
    plan->setting[PLAN_SET_ORDER_SLACK] = slack_ns;
    uint32_t program = rig_rounds(plan, 4, SECOND, SECOND); /* all of a gang arrive in one instant */
    rig_gang(plan, "a", 4, program, 0);
    rig_gang(plan, "b", 4, program, 0);
    rig_act(plan, &crash);
    return plan;
}

static void run(struct rig *rig, uint64_t seed, int64_t order, int64_t changes, plan_ns slack_ns)
{
    rig_begin(rig, busy_plan(order, changes, slack_ns), seed);
    rig_end(rig);
    rig_check_history(rig);
    assert_int_equal(rig_how(rig), TRACE_END_FINISHED);
}

static bool is_same(const struct rig *a, const struct rig *b)
{
    return a->count == b->count && memcmp(a->records, b->records, a->count * sizeof *a->records) == 0;
}

/* Two runs, and whether they are the same, record by record. */
static bool agree(uint64_t seed, const int64_t a[3], const int64_t b[3])
{
    struct rig one, other;
    run(&one, seed, a[0], a[1], a[2]);
    run(&other, seed, b[0], b[1], b[2]);
    bool same = is_same(&one, &other);
    rig_free(&one);
    rig_free(&other);
    return same;
}

static void nothing_is_drawn_unless_it_is_asked_for(void **state)
{
    (void)state;
    assert_true(agree(1, (int64_t[]){0, 3, 0}, (int64_t[]){0, 64, 0}));
    assert_false(agree(1, (int64_t[]){0, 3, 0}, (int64_t[]){1, 3, 0}));
    assert_false(agree(1, (int64_t[]){0, 3, 0}, (int64_t[]){2, 3, 0}));
    assert_false(agree(1, (int64_t[]){0, 3, 0}, (int64_t[]){0, 3, 10 * MS}));
}

static void the_same_is_drawn_again(void **state)
{
    (void)state;
    for (int64_t order = 0; order <= 2; order++) {
        const int64_t words[] = {order, 5, 20 * MS};
        assert_true(agree(9, words, words));
    }
}

static void another_seed_is_another_order(void **state)
{
    (void)state;
    for (int64_t order = 1; order <= 2; order++) {
        struct rig one, other;
        run(&one, 1, order, 0, 0);
        run(&other, 2, order, 0, 0);
        assert_false(is_same(&one, &other));
        rig_free(&one);
        rig_free(&other);
    }
}

/* What was sent over one link, one way, is delivered as it was sent. A connection that begins anew begins anew. */
static void assert_in_order(const struct rig *rig)
{
    uint64_t last[4][2] = {{0}};
    uint32_t delivered = 0;
    for (size_t i = 0; i < rig->count; i++) {
        const struct trace_record *r = &rig->records[i];
        if (r->kind != TRACE_DELIVER || r->cause == 0)
            continue;
        const struct trace_record *sent = rig_record(rig, r->cause);
        bool to_driver = trace_kind_actor(r->flags) == TRACE_EXECUTOR;
        assert_true(r->executor < 4);
        assert_true(r->cause > last[r->executor][to_driver]);
        assert_true(sent->at_ns <= r->at_ns);
        last[r->executor][to_driver] = r->cause;
        delivered++;
    }
    assert_true(delivered > 50);
}

static void messages_of_one_link_keep_their_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (int64_t order = 0; order <= 2; order++)
            for (plan_ns slack_ns = 0; slack_ns <= SECOND; slack_ns += SECOND / 2) {
                struct rig rig;
                run(&rig, seed, order, 8, slack_ns);
                assert_in_order(&rig);
                rig_free(&rig);
            }
}

/* With a slack messages of different links change places: which executor's arrival is delivered first is drawn. */
static void nearly_simultaneous_messages_change_places(void **state)
{
    (void)state;
    uint32_t first = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rig rig;
        run(&rig, seed, 0, 0, 100 * MS);
        for (size_t i = 0; i < rig.count; i++)
            if (rig.records[i].kind == TRACE_DELIVER && trace_kind_actor(rig.records[i].flags) == TRACE_EXECUTOR &&
                rig_record(&rig, rig.records[i].cause)->kind == TRACE_ARRIVE) {
                first |= 1u << rig.records[i].executor;
                break;
            }
        rig_free(&rig);
    }
    assert_true(__builtin_popcount(first) >= 2);
}

/* ---- the draws themselves */
static struct sim_order begun(uint32_t mode, int64_t changes, uint64_t seed)
{
    struct plan *plan = busy_plan(mode, changes, 0);
    struct sim_order order;
    sim_order_init(&order, plan, seed);
    plan_free(plan);
    return order;
}

static void a_priority_stays_and_a_random_order_is_of_its_instant(void **state)
{
    (void)state;
    struct sim_order random = begun(SIM_ORDER_RANDOM, 3, 5), priorities = begun(SIM_ORDER_PRIORITIES, 3, 5);
    uint32_t moved = 0;
    for (uint32_t source = 0; source < 64; source++) {
        uint64_t rank = sim_order_rank(&priorities, 5, source, 0);
        for (int64_t now = 1; now < 100 * SECOND; now += 7 * SECOND) {
            assert_int_equal(sim_order_rank(&priorities, 5, source, now), rank);
            moved += sim_order_rank(&random, 5, source, now) != sim_order_rank(&random, 5, source, 0);
        }
        for (uint32_t other = 0; other < source; other++)
            assert_int_not_equal(sim_order_rank(&priorities, 5, other, 0), rank);
    }
    assert_true(moved > 800);
}

static void who_fell_is_behind_all_others_and_behind_who_fell_before(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct sim_order order = begun(SIM_ORDER_PRIORITIES, 3, seed);
        uint32_t fell = 0;
        for (uint64_t event = 0; event < UINT64_C(1) << 20; event++) {
            assert_true(fell < 3 || !sim_order_falls(&order, 40, event));
            if (fell == 3)
                continue;
            bool due = event >= order.change_at[fell];
            assert_true(sim_order_falls(&order, 10 + fell, event) == due);
            fell += due;
        }
        assert_int_equal(fell, 3);
        assert_true(order.change_at[0] <= order.change_at[1] && order.change_at[1] <= order.change_at[2]);
        for (uint32_t source = 0; source < 40; source++)
            if (source < 10 || source > 12)
                assert_true(sim_order_rank(&order, seed, source, 0) < sim_order_rank(&order, seed, 10, 0));
        assert_true(sim_order_rank(&order, seed, 10, 0) < sim_order_rank(&order, seed, 11, 0));
        assert_true(sim_order_rank(&order, seed, 11, 0) < sim_order_rank(&order, seed, 12, 0));
    }
}

static void changes_are_spread_over_all_lengths(void **state)
{
    (void)state;
    uint32_t early = 0, late = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct sim_order order = begun(SIM_ORDER_PRIORITIES, 1, seed);
        assert_in_range(order.change_at[0], 4, 1 << 20);
        early += order.change_at[0] < 256;
        late += order.change_at[0] >= 1 << 15;
    }
    assert_in_range(early, 40, 120);
    assert_in_range(late, 20, 90);
}

/* What is due in the instant in which its machine dies was counted as pending for ever. */
static void what_ends_in_the_instant_in_which_it_is_due_is_over(void **state)
{
    (void)state;
    for (int64_t order = 1; order <= 2; order++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct rig rig;
            struct plan *plan = rig_plan(2, 2);
            struct plan_act crash = rig_act_on(PLAN_ACT_CRASH, 1, 0);
            plan->setting[PLAN_SET_ORDER] = order;
            plan->setting[PLAN_SET_EVENTS] = 10000;
            rig_gang(plan, "a", 4, rig_rounds(plan, 2, SECOND, SECOND), 0);
            rig_when(plan, &crash, "arrive", 1);
            rig_act(plan, &crash);
            rig_begin(&rig, plan, seed);
            rig_end(&rig);
            assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
            rig_free(&rig);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_drawn_unless_it_is_asked_for),
        cmocka_unit_test(the_same_is_drawn_again),
        cmocka_unit_test(another_seed_is_another_order),
        cmocka_unit_test(messages_of_one_link_keep_their_order),
        cmocka_unit_test(nearly_simultaneous_messages_change_places),
        cmocka_unit_test(a_priority_stays_and_a_random_order_is_of_its_instant),
        cmocka_unit_test(who_fell_is_behind_all_others_and_behind_who_fell_before),
        cmocka_unit_test(changes_are_spread_over_all_lengths),
        cmocka_unit_test(what_ends_in_the_instant_in_which_it_is_due_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
