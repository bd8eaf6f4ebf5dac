#include "rig.h"

#include <string.h>

static int64_t span(const struct plan *plan)
{
    return plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] + plan->setting[PLAN_SET_HEARTBEAT];
}

static void a_hang_in_a_barrier_is_found_at_once_and_given_up_by_its_timer(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct plan_act hang = plan_act_blank();
    struct rig rig;
    hang.kind = PLAN_ACT_HANG_TASK;
    hang.job = hang.stage = 0;
    hang.rank = 1;
    rig_when(plan, &hang, "release", 1);
    rig_gang(plan, "a", 4, rig_rounds(plan, 3, SECOND, SECOND), 0);
    rig_act(plan, &hang);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    uint64_t quiet = rig_nth(&rig, TRACE_QUIESCENT, 1);
    const struct trace_record *q = rig_record(&rig, quiet), *timer = rig_record(&rig, quiet + 1);
    assert_int_equal(q->at_ns, rig_record(&rig, quiet - 1)->at_ns + span(plan));
    assert_int_equal(q->b, GANG_TIMER_SYNC);
    assert_int_equal(timer->kind, TRACE_TIMER);
    assert_int_equal(timer->a, GANG_TIMER_SYNC);
    assert_int_equal(timer->b, GANG_HOPE_GIVE_UP);
    assert_int_equal(timer->at_ns, q->a);
    assert_true(q->a > 364 * DAY);
    /* Asked in vain, forced in the end; and the gang starts again without the hang. */
    bool forced = false;
    for (uint64_t n = 1; n <= rig.count; n++)
        forced |= rig_record(&rig, n)->kind == TRACE_KILLED && rig_record(&rig, n)->rank == 1 &&
                  rig_record(&rig, n)->a == 1;
    assert_true(forced);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    /* The executors were alive all that time: nobody was lost over the year that was skipped. */
    assert_int_equal(rig_count(&rig, TRACE_LOST), 0);
    rig_free(&rig);
}

static void a_hang_without_a_give_up_is_decided(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    const struct plan_op ops[] = {{.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, SECOND)},
                                  {.code = PLAN_OP_HANG},
                                  {.code = PLAN_OP_END}};
    rig_tasks(plan, "a", 2, rig_program(plan, ops, 3), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_how(&rig), TRACE_END_HUNG);
    assert_int_equal(nth(&rig, TRACE_QUIESCENT, 1)->a, -1);
    assert_int_equal(nth(&rig, TRACE_QUIESCENT, 1)->b, GANG_TIMER_NONE);
    rig_free(&rig);
}

static void a_long_compute_is_work_and_no_quiescence(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    rig_gang(plan, "a", 2, rig_rounds(plan, 2, 100 * DAY, 100 * DAY), 50 * DAY);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_QUIESCENT), 0);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void a_planned_act_is_work_and_one_without_a_match_is_none(void **state)
{
    (void)state;
    for (int timed = 0; timed < 2; timed++) {
        struct plan *plan = rig_plan(1, 2);
        struct plan_act kill = plan_act_blank();
        struct rig rig;
        const struct plan_op ops[] = {{.code = PLAN_OP_HANG}, {.code = PLAN_OP_END}};
        kill.kind = PLAN_ACT_KILL_TASK;
        kill.job = kill.stage = kill.rank = 0;
        kill.at_ns = 20 * DAY;
        if (!timed)
            rig_when(plan, &kill, "drop", 1);
        plan->setting[PLAN_SET_ATTEMPTS] = 1;
        rig_tasks(plan, "a", 1, rig_program(plan, ops, 2), 0);
        rig_act(plan, &kill);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_QUIESCENT), timed ? 0 : 1);
        assert_int_equal(rig_how(&rig), timed ? TRACE_END_FINISHED : TRACE_END_HUNG);
        rig_free(&rig);
    }
}

static void an_act_may_wait_for_quiescence(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct plan_act kill = plan_act_blank();
    struct rig rig;
    const struct plan_op ops[] = {{.code = PLAN_OP_HANG}, {.code = PLAN_OP_END}};
    kill.kind = PLAN_ACT_KILL_TASK;
    kill.job = kill.stage = kill.rank = 0;
    kill.at_ns = SECOND;
    rig_when(plan, &kill, "quiescent", 1);
    plan->setting[PLAN_SET_ATTEMPTS] = 1;
    rig_tasks(plan, "a", 1, rig_program(plan, ops, 2), 0);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_FAULT, 1)->at_ns,
                     nth(&rig, TRACE_QUIESCENT, 1)->at_ns + SECOND);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void months_of_heartbeats_cost_next_to_nothing(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(50, 2);
    struct rig rig;
    rig_gang(plan, "a", 100, rig_rounds(plan, 1, 109 * DAY, 109 * DAY), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    /* One event a timeout, not one an executor and period: 50 x 942,000. */
    assert_true(sim_events(rig.sim) < 100000);
    assert_true(rig.count < 2000);
    rig_free(&rig);
}

/* ---- a core that only ever makes notes: two states, taken in turns, without end */
struct noter {
    gang_ns next;
    uint64_t turns, period;
};

static uint64_t noter_period;
static bool noter_is_silent; /* it makes no notes, either */

static size_t noter_size(const struct gang_limits *limits)
{
    (void)limits;
    return sizeof(struct noter);
}

static enum gang_status noter_init(void *memory, const struct gang_limits *limits,
                                   const struct gang_config *config, struct gang_driver **out,
                                   struct gang_err *err)
{
    struct noter *n = memory;
    (void)limits;
    (void)config;
    (void)err;
    *n = (struct noter){.next = GANG_NEVER, .period = noter_period};
    *out = memory;
    return GANG_OK;
}

static enum gang_status noter_step(struct gang_driver *driver, const struct gang_event *ev,
                                   struct gang_effects *out, struct gang_err *err)
{
    struct noter *n = (struct noter *)driver;
    (void)err;
    out->count = 0;
    if (ev->kind == GANG_EV_SUBMIT)
        n->next = ev->at_ns + MS;
    if (ev->kind != GANG_EV_TIMER)
        return GANG_OK;
    memset(&out->list[0], 0, sizeof out->list[0]);
    out->list[0].fx = GANG_FX_NOTE;
    out->count = noter_is_silent ? 0 : 1;
    n->turns++;
    n->next += MS;
    return GANG_OK;
}

static gang_ns noter_deadline(const struct gang_driver *driver, enum gang_timer *why)
{
    *why = noter_is_silent ? GANG_TIMER_ROUND : GANG_TIMER_RETRY; /* of the first no record says that it fired */
    return ((const struct noter *)driver)->next;
}

static gang_ns noter_deadline_of(const struct gang_driver *driver, enum gang_hope hope,
                                 enum gang_timer *why)
{
    *why = GANG_TIMER_RETRY;
    return hope == GANG_HOPE_WORK ? ((const struct noter *)driver)->next : GANG_NEVER;
}

static uint64_t noter_armed_by(const struct gang_driver *driver)
{
    (void)driver;
    return 0;
}

static void noter_audit(const struct gang_driver *driver) { (void)driver; }

static uint64_t noter_fingerprint(const struct gang_driver *driver)
{
    const struct noter *n = (const struct noter *)driver;
    return n->turns % n->period;
}

static uint32_t noter_jobs(const struct gang_driver *driver)
{
    (void)driver;
    return 1;
}

static void run_noter(struct rig *rig, uint64_t period)
{
    static struct gang_api core;
    struct plan *plan = rig_plan(1, 1);
    core = *gang_api();
    noter_period = period;
    core.driver_size = noter_size;
    core.driver_init = noter_init;
    core.driver_step = noter_step;
    core.driver_deadline = noter_deadline;
    core.driver_deadline_of = noter_deadline_of;
    core.driver_armed_by = noter_armed_by;
    core.driver_audit = noter_audit;
    core.driver_fingerprint = noter_fingerprint;
    core.driver_jobs_alive = noter_jobs;
    plan->setting[PLAN_SET_EVENTS] = noter_is_silent ? 1000000 : 100000;
    rig_gang(plan, "a", 1, rig_rounds(plan, 1, 1, 1), 0);
    rig_begin_with(rig, plan, 1, &core);
    rig_end(rig);
}

static void a_state_that_returns_without_progress_is_a_livelock(void **state)
{
    (void)state;
    const uint64_t periods[] = {1, 2, 3, 7, 1000};
    for (unsigned i = 0; i < sizeof periods / sizeof *periods; i++) {
        struct rig rig;
        run_noter(&rig, periods[i]);
        assert_int_equal(rig_how(&rig), TRACE_END_LIVELOCK);
        assert_true(rig.count > 4096);
        rig_free(&rig);
    }
}

static void so_is_one_that_leaves_no_record(void **state)
{
    (void)state;
    const uint64_t periods[] = {1, 3, 1000, UINT64_MAX};
    noter_is_silent = true;
    for (unsigned i = 0; i < sizeof periods / sizeof *periods; i++) {
        struct rig rig;
        run_noter(&rig, periods[i]);
        assert_int_equal(rig_how(&rig), periods[i] < UINT64_MAX ? TRACE_END_LIVELOCK : TRACE_END_EVENTS);
        assert_true(rig.count < 100);
        rig_free(&rig);
    }
    noter_is_silent = false;
}

static void a_state_that_never_returns_is_no_livelock(void **state)
{
    (void)state;
    struct rig rig;
    run_noter(&rig, UINT64_MAX);
    assert_int_equal(rig_how(&rig), TRACE_END_EVENTS);
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hang_in_a_barrier_is_found_at_once_and_given_up_by_its_timer),
        cmocka_unit_test(a_hang_without_a_give_up_is_decided),
        cmocka_unit_test(a_long_compute_is_work_and_no_quiescence),
        cmocka_unit_test(a_planned_act_is_work_and_one_without_a_match_is_none),
        cmocka_unit_test(an_act_may_wait_for_quiescence),
        cmocka_unit_test(months_of_heartbeats_cost_next_to_nothing),
        cmocka_unit_test(a_state_that_returns_without_progress_is_a_livelock),
        cmocka_unit_test(so_is_one_that_leaves_no_record),
        cmocka_unit_test(a_state_that_never_returns_is_no_livelock),
    };
    return cmocka_run_group_tests_name("sim.quiet", tests, NULL, NULL);
}
