/*
 * crash_test.c -- the driver's process dies and is back: what it had decided stands, what it had not made durable comes again,
 * and nobody's clock begins anew.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

static struct plan_act death(plan_ns at_ns, plan_ns away_ns, int32_t effect)
{
    struct plan_act act = plan_act_blank();
    act.kind = PLAN_ACT_CRASH_DRIVER;
    act.at_ns = at_ns;
    act.duration_ns = away_ns;
    act.amount = effect;
    return act;
}

static void die(struct plan *plan, plan_ns at_ns, plan_ns away_ns, int32_t effect)
{
    struct plan_act act = death(at_ns, away_ns, effect);
    rig_act(plan, &act);
}

/* Three executors of which a gang of four takes two, for twenty rounds of a second. */
static struct plan *gang_plan(void)
{
    struct plan *plan = rig_plan(3, 2);
    rig_gang(plan, "a", 4, rig_rounds(plan, 20, SECOND, SECOND), 0);
    return plan;
}

static void run(struct rig *rig, struct plan *plan)
{
    rig_begin(rig, plan, 1);
    rig_end(rig);
    rig_check_history(rig);
}

static void expect_success(const struct rig *rig, uint32_t jobs)
{
    assert_int_equal(rig_how(rig), TRACE_END_FINISHED);
    assert_int_equal(rig_count(rig, TRACE_JOB_DONE), jobs);
    for (uint32_t n = 1; n <= jobs; n++)
        assert_int_equal(nth(rig, TRACE_JOB_DONE, n)->a, GANG_REASON_OK);
}

static void expect_no_loss(const struct rig *rig)
{
    assert_int_equal(rig_count(rig, TRACE_FENCE), 0);
    assert_int_equal(rig_count(rig, TRACE_LOST), 0);
    assert_int_equal(rig_count(rig, TRACE_DOWN), 0);
}

static int64_t end_of_calm_run(void)
{
    struct rig rig;
    run(&rig, gang_plan());
    int64_t end_ns = nth(&rig, TRACE_JOB_DONE, 1)->at_ns;
    rig_free(&rig);
    return end_ns;
}

/* ---- at once */
static void a_short_absence_costs_time_and_nothing_else(void **state)
{
    (void)state;
    int64_t calm_ns = end_of_calm_run();
    for (int datagram = 0; datagram < 2; datagram++) {
        struct rig rig;
        struct plan *plan = gang_plan();
        plan->setting[PLAN_SET_DATAGRAM] = datagram;
        die(plan, 5500 * MS, 3 * SECOND, 0);
        run(&rig, plan);
        expect_success(&rig, 1);
        expect_no_loss(&rig);
        uint64_t fault = rig_nth(&rig, TRACE_FAULT, 1), down = rig_nth(&rig, TRACE_DRIVER_DOWN, 1);
        assert_int_equal(down, fault + 1);
        assert_int_equal(rig_record(&rig, down)->cause, fault);
        assert_int_equal(nth(&rig, TRACE_DRIVER_UP, 1)->at_ns, 8500 * MS);
        assert_int_equal(nth(&rig, TRACE_DRIVER_UP, 1)->cause, down);
        assert_true(nth(&rig, TRACE_DRIVER_UP, 1)->a > 0);
        assert_int_equal(rig_count(&rig, TRACE_START), 4);
        assert_int_equal(rig_count(&rig, TRACE_RELEASE), 40); /* two executors, twenty rounds */
        assert_int_equal(rig_count(&rig, TRACE_DISCONNECT), datagram ? 0 : 3);
        assert_int_equal(rig_count(&rig, TRACE_CONNECT), datagram ? 0 : 3);
        assert_int_equal(rig_count(&rig, TRACE_FRAME_LOST) > 0, datagram);
        assert_in_range(nth(&rig, TRACE_JOB_DONE, 1)->at_ns, calm_ns, calm_ns + 4 * SECOND);
        rig_free(&rig);
    }
}

/* Executors keep their leases by the clock, whoever is away. */
static void an_absence_that_outlasts_the_leases_costs_one_attempt(void **state)
{
    (void)state;
    struct rig rig;
    struct plan *plan = gang_plan();
    die(plan, 5500 * MS, 200 * SECOND, 0);
    run(&rig, plan);
    expect_success(&rig, 1);
    assert_int_equal(rig_count(&rig, TRACE_FENCE), 1);
    assert_int_equal(rig_count(&rig, TRACE_START), 8);
    assert_int_equal(rig_count(&rig, TRACE_LOST), 0);
    const struct trace_record *exit = nth(&rig, TRACE_EXIT, 1);
    assert_in_range(exit->at_ns, 105 * SECOND, 5500 * MS + 105 * SECOND); /* 7/8 of two minutes */
    assert_true(nth(&rig, TRACE_FENCE, 1)->at_ns > nth(&rig, TRACE_DRIVER_UP, 1)->at_ns);
    rig_free(&rig);
}

static void who_is_dead_cannot_die(void **state)
{
    (void)state;
    struct rig rig;
    struct plan *plan = gang_plan();
    die(plan, 5 * SECOND, 3 * SECOND, 0);
    die(plan, 6 * SECOND, 9 * SECOND, 0);
    run(&rig, plan);
    expect_success(&rig, 1);
    assert_int_equal(rig_count(&rig, TRACE_DRIVER_DOWN), 1);
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 1);
    assert_int_equal(nth(&rig, TRACE_DRIVER_UP, 1)->at_ns, 8 * SECOND);
    rig_free(&rig);
}

static void it_can_die_again_and_again(void **state)
{
    (void)state;
    struct rig rig;
    struct plan *plan = gang_plan();
    for (int i = 0; i < 12; i++)
        die(plan, (2 + 2 * i) * SECOND, SECOND, i % 4);
    run(&rig, plan);
    expect_success(&rig, 1);
    expect_no_loss(&rig);
    assert_int_equal(rig_count(&rig, TRACE_DRIVER_UP), 12);
    assert_int_equal(rig_count(&rig, TRACE_START), 4);
    rig_free(&rig);
}

static void the_heal_brings_it_back_at_the_latest(void **state)
{
    (void)state;
    struct rig rig;
    struct plan *plan = gang_plan();
    plan->setting[PLAN_SET_HEAL_AFTER] = 20 * SECOND;
    plan->setting[PLAN_SET_VIRTUAL] = 3600 * SECOND; /* else it would be back, but too late */
    die(plan, 5 * SECOND, 2 * DAY, 0);
    run(&rig, plan);
    expect_success(&rig, 1);
    assert_int_equal(nth(&rig, TRACE_DRIVER_UP, 1)->at_ns, 25 * SECOND);
    assert_int_equal(nth(&rig, TRACE_DRIVER_UP, 1)->cause, rig_nth(&rig, TRACE_HEAL, 1));
    rig_free(&rig);
}

/* ---- what is not durable comes again */
static void a_job_that_nobody_took_is_handed_in_again(void **state)
{
    (void)state;
    for (int32_t effect = 1; effect <= 4; effect++) {
        struct rig rig;
        struct plan *plan = rig_plan(2, 2);
        rig_gang(plan, "a", 4, rig_rounds(plan, 2, SECOND, SECOND), 5 * SECOND);
        die(plan, 4 * SECOND, 3 * SECOND, effect);
        run(&rig, plan);
        expect_success(&rig, 1);
        expect_no_loss(&rig);
        assert_int_equal(nth(&rig, TRACE_DRIVER_DOWN, 1)->at_ns, 5 * SECOND);
        assert_int_equal(nth(&rig, TRACE_DRIVER_DOWN, 1)->a == 0, effect <= 2); /* the first two make something durable */
        assert_int_equal(rig_count(&rig, TRACE_SUBMIT), 1);
        assert_int_equal(rig_count(&rig, TRACE_PLAN), 1);
        assert_int_equal(rig_count(&rig, TRACE_START), 4);
        rig_free(&rig);
    }
}

static void jobs_that_come_and_go_while_nobody_is_there_are_told_of_later(void **state)
{
    (void)state;
    struct rig rig;
    struct plan *plan = rig_plan(2, 2);
    struct plan_act cancel = plan_act_blank();
    uint32_t rounds = rig_rounds(plan, 3, SECOND, SECOND);
    cancel.kind = PLAN_ACT_CANCEL;
    cancel.job = rig_gang(plan, "a", 2, rounds, 5 * SECOND);
    cancel.at_ns = 6 * SECOND;
    rig_gang(plan, "b", 2, rounds, 5500 * MS);
    rig_act(plan, &cancel);
    die(plan, 4 * SECOND, 3 * SECOND, 0);
    run(&rig, plan);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    assert_int_equal(nth(&rig, TRACE_SUBMIT, 1)->at_ns, 5 * SECOND);
    assert_int_equal(rig_count(&rig, TRACE_SUBMIT), 2);
    assert_int_equal(rig_count(&rig, TRACE_CANCEL), 1);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_CANCELLED);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->at_ns, 7 * SECOND);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 2)->a, GANG_REASON_OK);
    assert_int_equal(rig_count(&rig, TRACE_START), 2);
    rig_free(&rig);
}

/* Before each effect of five seconds: whatever had not been taken arrives a second time, and counts once. */
static void a_message_that_was_not_taken_arrives_again(void **state)
{
    (void)state;
    uint32_t again = 0;
    for (int32_t effect = 1; effect <= 40; effect++) {
        struct rig rig;
        struct plan *plan = gang_plan();
        die(plan, 5500 * MS, 3 * SECOND, effect);
        run(&rig, plan);
        expect_success(&rig, 1);
        expect_no_loss(&rig);
        uint64_t down = rig_nth(&rig, TRACE_DRIVER_DOWN, 1);
        const struct trace_record *before = rig_record(&rig, down - 2);
        bool lost = rig_record(&rig, down)->a == 0;
        for (uint64_t n = down; n <= rig.count && lost && before->kind == TRACE_DELIVER; n++)
            again += rig_record(&rig, n)->kind == TRACE_DELIVER &&
                     rig_record(&rig, n)->cause == before->cause;
        assert_int_equal(rig_count(&rig, TRACE_RELEASE), 40);
        rig_free(&rig);
    }
    assert_in_range(again, 10, 40);
}

/* Of the ranks that a release is for, those on the first executor hear it at once, and the others when it is back. */
static void what_was_sent_arrives_and_the_rest_follows(void **state)
{
    (void)state;
    struct rig rig;
    struct plan *plan = gang_plan();
    struct plan_act act = death(0, 3 * SECOND, 2);
    rig_when(plan, &act, "release", 1); /* armed between the two of epoch 0: strikes in epoch 1 */
    act.at_ns = 500 * MS;
    act.amount = 6; /* four calls are made durable, a release is sent, and the other is not */
    rig_act(plan, &act);
    run(&rig, plan);
    expect_success(&rig, 1);
    expect_no_loss(&rig);
    const struct trace_record *down = nth(&rig, TRACE_DRIVER_DOWN, 1), *up = nth(&rig, TRACE_DRIVER_UP, 1);
    assert_int_equal(down->a, 2);
    assert_int_equal(up->b, 1);
    const struct trace_record *first = nth(&rig, TRACE_RELEASE, 3), *second = nth(&rig, TRACE_RELEASE, 4);
    assert_int_equal(first->epoch, 1);
    assert_int_equal(second->epoch, 1);
    assert_int_equal(first->at_ns, down->at_ns);
    assert_int_equal(second->at_ns, up->at_ns);
    assert_int_equal(second->cause, first->cause);
    uint32_t heard = 0;
    for (uint64_t n = 1; n <= rig.count; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        heard += r->kind == TRACE_REPLY && r->epoch == 1 && r->at_ns < up->at_ns;
    }
    assert_int_equal(heard, 2);
    rig_free(&rig);
}

/* ---- together with other faults */
static void it_can_be_away_while_a_link_is_cut(void **state)
{
    (void)state;
    for (int64_t to = 4; to <= 12; to += 4) { /* the cut ends before, during and after its absence */
        struct rig rig;
        struct plan *plan = gang_plan();
        struct plan_act cut = plan_act_blank();
        cut.kind = PLAN_ACT_CUT;
        cut.executor = 0;
        cut.at_ns = 2500 * MS;
        cut.duration_ns = to * SECOND;
        rig_act(plan, &cut);
        die(plan, 5500 * MS, 3 * SECOND, 0);
        run(&rig, plan);
        expect_success(&rig, 1);
        expect_no_loss(&rig);
        assert_int_equal(rig_count(&rig, TRACE_START), 4);
        rig_free(&rig);
    }
}

static void whoever_comes_or_goes_meanwhile_is_noticed_later(void **state)
{
    (void)state;
    struct rig rig;
    struct plan *plan = rig_plan(4, 2);
    struct plan_act crash = rig_crash(0, 6 * SECOND), restart = rig_crash(0, 7 * SECOND),
                    drain = rig_crash(3, 6 * SECOND);
    plan->executors[2].arrives_ns = 6500 * MS;
    restart.kind = PLAN_ACT_RESTART;
    drain.kind = PLAN_ACT_DRAIN;
    drain.duration_ns = 300 * SECOND;
    rig_gang(plan, "a", 4, rig_rounds(plan, 20, SECOND, SECOND), 0);
    rig_act(plan, &crash);
    rig_act(plan, &restart);
    rig_act(plan, &drain);
    die(plan, 5500 * MS, 3 * SECOND, 0);
    run(&rig, plan);
    expect_success(&rig, 1);
    int64_t up_ns = nth(&rig, TRACE_DRIVER_UP, 1)->at_ns;
    assert_int_equal(rig_count(&rig, TRACE_JOIN), 5);
    assert_int_equal(nth(&rig, TRACE_LOST, 1)->b, GANG_REASON_REINCARNATED);
    assert_in_range(nth(&rig, TRACE_LOST, 1)->at_ns, up_ns, up_ns + SECOND);
    for (uint64_t n = 1; n <= rig.count; n++) { /* the machine that is to go is not used any more */
        const struct trace_record *r = rig_record(&rig, n);
        assert_true(r->kind != TRACE_RESERVE || r->executor != 3 || r->at_ns < up_ns);
    }
    rig_free(&rig);
}

/* ---- clocks that a restart must not set back */
/* A gang that waits for another's slots; in the second run the driver is away for ten seconds before the deadline, in the
 * third when it comes: then it comes when all could be heard. */
static void a_launch_deadline_ends_when_it_would_have(void **state)
{
    (void)state;
    const int64_t away[3][2] = {{0, 0}, {40, 10}, {55, 10}}, due[3] = {60, 60, 65 + 10};
    for (int i = 0; i < 3; i++) {
        struct rig rig;
        struct plan *plan = rig_plan(2, 2);
        plan->setting[PLAN_SET_LAUNCH_DEADLINE] = 60 * SECOND;
        rig_gang(plan, "a", 4, rig_rounds(plan, 1, 300 * SECOND, 300 * SECOND), 0);
        rig_gang(plan, "b", 4, rig_rounds(plan, 1, SECOND, SECOND), 0);
        if (i > 0)
            die(plan, away[i][0] * SECOND, away[i][1] * SECOND, 0);
        run(&rig, plan);
        const struct trace_record *refuse = nth(&rig, TRACE_REFUSE, rig_count(&rig, TRACE_REFUSE));
        assert_int_equal(refuse->a, GANG_REASON_LAUNCH_DEADLINE);
        assert_int_equal(refuse->job, 1);
        assert_int_equal(refuse->at_ns, due[i] * SECOND);
        rig_free(&rig);
    }
}

static void a_rounds_timeout_ends_when_it_would_have(void **state)
{
    (void)state;
    int64_t first_ns = 0;
    const int64_t at[4] = {0, 10, 31, 60};
    for (int i = 0; i < 4; i++) {
        struct rig rig;
        struct plan *plan = gang_plan();
        struct plan_act hang = plan_act_blank();
        plan->setting[PLAN_SET_SYNC_TIMEOUT] = 30 * SECOND;
        hang.kind = PLAN_ACT_HANG_TASK;
        hang.job = hang.stage = 0;
        hang.rank = 3;
        hang.at_ns = 3500 * MS;
        rig_act(plan, &hang);
        if (i > 0)
            die(plan, at[i] * SECOND, 4 * SECOND, 0);
        run(&rig, plan);
        const struct trace_record *failed = nth(&rig, TRACE_ROUND_FAILED, 1);
        assert_int_equal(failed->b, GANG_REASON_SYNC_TIMEOUT);
        first_ns = i == 0 ? failed->at_ns : first_ns;
        if (i != 2)
            assert_int_equal(failed->at_ns, first_ns);
        else /* overdue: as soon as all could be heard */
            assert_int_equal(failed->at_ns, 35 * SECOND + rig.plan->setting[PLAN_SET_HEARTBEAT]);
        rig_free(&rig);
    }
    assert_in_range(first_ns, 34 * SECOND, 35 * SECOND);
}

/* ---- a core that does not make durable what it should */
static enum gang_ev_kind unwritten;
static bool is_written_late;

static enum gang_status careless(struct gang_driver *driver, const struct gang_event *ev, struct gang_effects *out,
                                 struct gang_err *err)
{
    enum gang_status status = gang_api()->driver_step(driver, ev, out, err);
    if (status != GANG_OK || ev->kind != unwritten || out->count == 0)
        return status;
    const struct gang_effect persist = out->list[0];
    out->count--;
    memmove(out->list, out->list + 1, out->count * sizeof *out->list);
    if (is_written_late)
        out->list[out->count++] = persist;
    return status;
}

static void run_careless(struct rig *rig, enum gang_ev_kind kind, bool late, plan_ns at_ns, int32_t effect)
{
    static struct gang_api core;
    struct plan *plan = gang_plan();
    core = *gang_api();
    core.driver_step = careless;
    unwritten = kind;
    is_written_late = late;
    plan->setting[PLAN_SET_EVENTS] = 1000000;
    die(plan, at_ns, SECOND, effect);
    rig_begin_with(rig, plan, 1, &core);
    assert_int_equal(sim_run(rig->sim, UINT64_MAX, &rig->ended, &rig->err), SIM_OK); /* its history is not one that is right */
}

static void what_was_not_written_down_is_forgotten(void **state)
{
    (void)state;
    struct rig rig;
    run_careless(&rig, GANG_EV_SUBMIT, false, 5500 * MS, 0);
    assert_int_equal(rig_count(&rig, TRACE_DRIVER_UP), 1);
    assert_int_equal(rig_count(&rig, TRACE_JOB_DONE), 0); /* it knows of no job */
    rig_free(&rig);
    run_careless(&rig, GANG_EV_TIMER, false, 5500 * MS, 0); /* the look at the queue was one */
    assert_int_equal(nth(&rig, TRACE_PLAN, 2)->attempt, 0);
    assert_true(nth(&rig, TRACE_PLAN, 2)->at_ns > 5500 * MS);
    rig_free(&rig);
}

static void what_is_written_down_late_is_there_from_then_on(void **state)
{
    (void)state;
    struct rig rig;
    run_careless(&rig, GANG_EV_TIMER, true, 5500 * MS, 0);
    expect_success(&rig, 1);
    expect_no_loss(&rig);
    rig_free(&rig);
    run_careless(&rig, GANG_EV_TIMER, true, 0, 3); /* between what it sent and that */
    assert_int_equal(nth(&rig, TRACE_PLAN, 2)->attempt, 0);
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_absence_costs_time_and_nothing_else),
        cmocka_unit_test(an_absence_that_outlasts_the_leases_costs_one_attempt),
        cmocka_unit_test(who_is_dead_cannot_die),
        cmocka_unit_test(it_can_die_again_and_again),
        cmocka_unit_test(the_heal_brings_it_back_at_the_latest),
        cmocka_unit_test(a_job_that_nobody_took_is_handed_in_again),
        cmocka_unit_test(jobs_that_come_and_go_while_nobody_is_there_are_told_of_later),
        cmocka_unit_test(a_message_that_was_not_taken_arrives_again),
        cmocka_unit_test(what_was_sent_arrives_and_the_rest_follows),
        cmocka_unit_test(it_can_be_away_while_a_link_is_cut),
        cmocka_unit_test(whoever_comes_or_goes_meanwhile_is_noticed_later),
        cmocka_unit_test(a_launch_deadline_ends_when_it_would_have),
        cmocka_unit_test(a_rounds_timeout_ends_when_it_would_have),
        cmocka_unit_test(what_was_not_written_down_is_forgotten),
        cmocka_unit_test(what_is_written_down_late_is_there_from_then_on),
    };
    return cmocka_run_group_tests_name("sim.crash", tests, NULL, NULL);
}
