/*
 * budget_test.c -- a fault for which there is no budget does not happen, and says so; what ends a fault gives it back.
 */
#include "rig.h"

#include <string.h>

static struct plan_act act_of(uint32_t kind, uint32_t on, plan_ns at_ns)
{
    struct plan_act act = plan_act_blank();
    act.kind = kind;
    act.at_ns = at_ns;
    if (plan_act_target(kind) == PLAN_TARGET_TASK) {
        act.job = act.stage = 0;
        act.rank = on;
    } else if (plan_act_target(kind) != PLAN_TARGET_DRIVER) {
        act.executor = on;
    }
    act.duration_ns = 2 * SECOND;
    act.amount =
        kind == PLAN_ACT_STRAY_CALL || kind == PLAN_ACT_LOSE_GPU || kind == PLAN_ACT_CRASH_DRIVER
            ? 0
            : 1;
    act.amount = kind == PLAN_ACT_SLOW || kind == PLAN_ACT_DRIFT ? 300 : act.amount;
    if (kind == PLAN_ACT_REFUSE)
        act.peer = act.executor == 0 ? 1 : 0; /* only executors refuse each other */
    return act;
}

/* Four machines, each with room for the gang of eight and a core more. */
static struct plan *plan_of_gang(bool datagram)
{
    struct plan *plan = rig_plan(4, 9);
    for (uint32_t i = 0; i < 4; i++)
        plan->executors[i].gpus = 1;
    plan->setting[PLAN_SET_DATAGRAM] = datagram;
    rig_gang(plan, "a", 8, rig_rounds(plan, 30, SECOND, SECOND), 0);
    return plan;
}

static uint32_t happened(const struct rig *rig, uint16_t flags)
{
    uint32_t count = 0;
    for (uint64_t n = 1; n <= rig->count; n++)
        count += rig_record(rig, n)->kind == TRACE_FAULT && rig_record(rig, n)->flags == flags;
    return count;
}

static void run(struct rig *rig, struct plan *plan)
{
    rig_begin(rig, plan, 1);
    rig_end(rig);
    assert_int_equal(rig_how(rig), TRACE_END_FINISHED);
}

static bool is_harm(uint32_t kind)
{
    return kind != PLAN_ACT_SUBMIT && kind != PLAN_ACT_CANCEL && kind != PLAN_ACT_RESTART &&
           kind != PLAN_ACT_MEND && kind != PLAN_ACT_EXCLUDE;
}

static void no_budget(struct plan *plan)
{
    plan->setting[PLAN_SET_BUDGET_MACHINES] = plan->setting[PLAN_SET_BUDGET_LINKS] = 0;
    plan->setting[PLAN_SET_BUDGET_TASKS] = plan->setting[PLAN_SET_BUDGET_DRIVER] = 0;
}

/* But for their faults, and for the numbers of the records behind them. */
static void assert_same_story(const struct rig *left, const struct rig *right)
{
    uint64_t l = 1, r = 1;
    for (;; l++, r++) {
        while (l <= left->count && rig_record(left, l)->kind == TRACE_FAULT)
            l++;
        while (r <= right->count && rig_record(right, r)->kind == TRACE_FAULT)
            r++;
        assert_int_equal(l <= left->count, r <= right->count);
        if (l > left->count)
            return;
        struct trace_record a = *rig_record(left, l), b = *rig_record(right, r);
        a.cause = b.cause = 0;
        if (a.kind == TRACE_END)
            a.b = b.b = 0; /* events */
        assert_memory_equal(&a, &b, sizeof a);
    }
}

/* Of every kind of fault, against the same act waiting for a record that never comes. */
static void without_a_budget_the_story_is_as_if_there_were_no_fault(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind < PLAN_ACT_LIMIT; kind++) {
        struct plan_act act = act_of(kind, 2, 5500 * MS);
        struct rig rigs[2];
        if (!is_harm(kind))
            continue;
        bool datagram =
            kind == PLAN_ACT_LOSE || kind == PLAN_ACT_DOUBLE || kind == PLAN_ACT_REORDER;
        for (int i = 0; i < 2; i++) {
            struct plan *plan = plan_of_gang(datagram);
            if (i == 0)
                no_budget(plan);
            else
                rig_when(plan, &act, "refuse", 1);
            rig_act(plan, &act);
            run(&rigs[i], plan);
        }
        if (happened(&rigs[0], TRACE_FAULT_WITHHELD) != 1 || happened(&rigs[0], 0) != 0)
            fail_msg("%s was not withheld", plan_act_text(kind));
        assert_same_story(&rigs[0], &rigs[1]);
        rig_free(&rigs[0]);
        rig_free(&rigs[1]);
    }
}

/* And with a budget of one of everything each of them happens. */
static void a_budget_of_one_lets_each_happen(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind < PLAN_ACT_LIMIT; kind++) {
        struct plan_act act = act_of(kind, 2, 5500 * MS);
        struct rig rig;
        if (!is_harm(kind))
            continue;
        struct plan *plan = plan_of_gang(kind == PLAN_ACT_LOSE || kind == PLAN_ACT_DOUBLE ||
                                         kind == PLAN_ACT_REORDER);
        plan->setting[PLAN_SET_BUDGET_MACHINES] = plan->setting[PLAN_SET_BUDGET_LINKS] = 1;
        plan->setting[PLAN_SET_BUDGET_TASKS] = plan->setting[PLAN_SET_BUDGET_DRIVER] = 1;
        rig_act(plan, &act);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        if (happened(&rig, 0) != 1 || happened(&rig, TRACE_FAULT_WITHHELD) != 0)
            fail_msg("%s did not happen", plan_act_text(kind));
        rig_free(&rig);
    }
}

static void tasks_and_the_driver_are_counted_for_good(void **state)
{
    (void)state;
    const uint32_t kinds[] = {PLAN_ACT_KILL_TASK, PLAN_ACT_CRASH_DRIVER};
    for (int k = 0; k < 2; k++) {
        struct plan *plan = plan_of_gang(false);
        struct rig rig;
        plan->setting[PLAN_SET_BUDGET_TASKS] = plan->setting[PLAN_SET_BUDGET_DRIVER] = 2;
        for (int i = 0; i < 5; i++) {
            struct plan_act act = act_of(kinds[k], 1, (5500 + 8000 * i) * MS);
            rig_act(plan, &act);
        }
        run(&rig, plan);
        assert_int_equal(happened(&rig, 0), 2);
        assert_int_equal(happened(&rig, TRACE_FAULT_WITHHELD), 3);
        assert_int_equal(rig_count(&rig, TRACE_FENCE), kinds[k] == PLAN_ACT_KILL_TASK ? 2 : 0);
        rig_free(&rig);
    }
}

/* A task that has no process is hurt by nobody, and costs nothing. */
static void a_fault_that_would_change_nothing_costs_nothing(void **state)
{
    (void)state;
    struct plan *plan = plan_of_gang(false);
    struct plan_act early = act_of(PLAN_ACT_KILL_TASK, 1, 0),
                    late = act_of(PLAN_ACT_KILL_TASK, 1, 5500 * MS);
    struct rig rig;
    plan->setting[PLAN_SET_BUDGET_TASKS] = 1;
    rig_act(plan, &early);
    rig_act(plan, &late);
    run(&rig, plan);
    assert_int_equal(happened(&rig, 0), 1);
    assert_int_equal(happened(&rig, TRACE_FAULT_WITHHELD), 0);
    rig_free(&rig);
}

/* One of each that lasts for two seconds or is taken back then, on one machine after the other: each gives it back. */
static void what_ends_gives_its_budget_back(void **state)
{
    (void)state;
    static const uint32_t kinds[] = {PLAN_ACT_CRASH, PLAN_ACT_PAUSE, PLAN_ACT_SLOW, PLAN_ACT_DRIFT,
                                     PLAN_ACT_TAKE,  PLAN_ACT_CUT,   PLAN_ACT_HOLD, PLAN_ACT_CLOG};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    for (int k = 0; k < KINDS; k++) {
        struct plan *plan = plan_of_gang(false);
        struct rig rig;
        plan->setting[PLAN_SET_BUDGET_MACHINES] = plan->setting[PLAN_SET_BUDGET_LINKS] = 1;
        for (uint32_t i = 0; i < 3;
             i++) { /* the second comes while the first lasts, the third after it */
            static const plan_ns at_ns[] = {5500 * MS, 6500 * MS, 8500 * MS};
            struct plan_act act = act_of(kinds[k], i, at_ns[i]), back;
            if (kinds[k] == PLAN_ACT_CLOG)
                act.duration_ns = 10 * MS;
            else if (plan_act_target(kinds[k]) == PLAN_TARGET_LINK)
                act.duration_ns = 0;
            rig_act(plan, &act);
            if (kinds[k] == PLAN_ACT_DRIFT)
                back = act, back.amount = 0;
            else if (!plan_act_back(&act, &back))
                continue;
            back.at_ns += 2 * SECOND;
            rig_act(plan, &back);
        }
        run(&rig, plan);
        uint32_t ends = kinds[k] == PLAN_ACT_SLOW || kinds[k] == PLAN_ACT_DRIFT
                            ? 2
                            : 0; /* FAULTs of the usual speed */
        if (happened(&rig, 0) != 2 + ends || happened(&rig, TRACE_FAULT_WITHHELD) != 1)
            fail_msg("%s: %u happened, %u withheld", plan_act_text(kinds[k]), happened(&rig, 0),
                     happened(&rig, TRACE_FAULT_WITHHELD));
        rig_free(&rig);
    }
}

/* A GPU stays dead, and who is gone for good is. */
static void what_never_ends_gives_nothing_back(void **state)
{
    (void)state;
    static const uint32_t kinds[] = {PLAN_ACT_LOSE_GPU, PLAN_ACT_DRAIN, PLAN_ACT_CRASH};
    for (int k = 0; k < 3; k++) {
        struct plan *plan = plan_of_gang(false);
        struct rig rig;
        plan->setting[PLAN_SET_BUDGET_MACHINES] = 1;
        for (uint32_t i = 0; i < 2; i++) {
            struct plan_act act = act_of(kinds[k], i, (5 + 20 * i) * SECOND + 500 * MS);
            act.for_good = kinds[k] == PLAN_ACT_CRASH;
            rig_act(plan, &act);
        }
        run(&rig, plan);
        assert_int_equal(happened(&rig, 0), 1);
        assert_int_equal(happened(&rig, TRACE_FAULT_WITHHELD), 1);
        rig_free(&rig);
    }
}

static void a_machine_that_is_hurt_may_be_hurt_more(void **state)
{
    (void)state;
    struct plan *plan = plan_of_gang(false);
    struct plan_act slow = act_of(PLAN_ACT_SLOW, 1, 5500 * MS),
                    pause = act_of(PLAN_ACT_PAUSE, 1, 6 * SECOND),
                    crash = act_of(PLAN_ACT_CRASH, 1, 7 * SECOND),
                    other = act_of(PLAN_ACT_CRASH, 2, 7500 * MS);
    struct rig rig;
    plan->setting[PLAN_SET_BUDGET_MACHINES] = 1;
    rig_act(plan, &slow);
    rig_act(plan, &pause);
    rig_act(plan, &crash);
    rig_act(plan, &other);
    run(&rig, plan);
    assert_int_equal(happened(&rig, 0), 3);
    assert_int_equal(happened(&rig, TRACE_FAULT_WITHHELD), 1);
    rig_free(&rig);
}

/* The crash of executor 1 is withheld, so its restart must not bring back what another crash took down meanwhile. */
static void what_takes_back_a_withheld_fault_does_nothing(void **state)
{
    (void)state;
    struct plan *plan = plan_of_gang(false);
    struct plan_act first = act_of(PLAN_ACT_CRASH, 0, 5500 * MS),
                    back = act_of(PLAN_ACT_RESTART, 0, 7 * SECOND),
                    withheld = act_of(PLAN_ACT_CRASH, 1, 6 * SECOND),
                    no_back = act_of(PLAN_ACT_RESTART, 1, 20 * SECOND),
                    third = act_of(PLAN_ACT_CRASH, 1, 10 * SECOND);
    struct rig rig;
    plan->setting[PLAN_SET_BUDGET_MACHINES] = 1;
    withheld.pair = no_back.pair = 0;
    rig_act(plan, &first);
    rig_act(plan, &back);
    rig_act(plan, &withheld);
    rig_act(plan, &no_back);
    rig_act(plan, &third);
    run(&rig, plan);
    assert_int_equal(happened(&rig, TRACE_FAULT_WITHHELD), 1);
    assert_int_equal(rig_count(&rig, TRACE_HEAL), 2);
    const struct trace_record *heal = rig_record(&rig, rig_nth(&rig, TRACE_HEAL, 2));
    assert_int_equal(heal->at_ns,
                     20 * SECOND +
                         plan->setting[PLAN_SET_HEAL_AFTER]); /* the heal's, not the restart's */
    rig_free(&rig);
}

static void nobody_waits_for_a_fault_that_was_withheld(void **state)
{
    (void)state;
    struct plan *plan = plan_of_gang(false);
    struct plan_act kill = act_of(PLAN_ACT_KILL_TASK, 1, 5500 * MS), cancel = plan_act_blank();
    struct rig rig;
    plan->setting[PLAN_SET_BUDGET_TASKS] = 0;
    cancel.kind = PLAN_ACT_CANCEL;
    cancel.job = 0;
    rig_when(plan, &cancel, "fault", 1);
    rig_act(plan, &kill);
    rig_act(plan, &cancel);
    run(&rig, plan);
    assert_int_equal(rig_count(&rig, TRACE_CANCEL), 0);
    assert_int_equal(happened(&rig, TRACE_FAULT_WITHHELD), 1);
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_budget_the_story_is_as_if_there_were_no_fault),
        cmocka_unit_test(a_budget_of_one_lets_each_happen),
        cmocka_unit_test(tasks_and_the_driver_are_counted_for_good),
        cmocka_unit_test(a_fault_that_would_change_nothing_costs_nothing),
        cmocka_unit_test(what_ends_gives_its_budget_back),
        cmocka_unit_test(what_never_ends_gives_nothing_back),
        cmocka_unit_test(a_machine_that_is_hurt_may_be_hurt_more),
        cmocka_unit_test(what_takes_back_a_withheld_fault_does_nothing),
        cmocka_unit_test(nobody_waits_for_a_fault_that_was_withheld),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
