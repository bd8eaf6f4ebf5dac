#include "rig.h"

#include <stdlib.h>
#include <string.h>

static void a_gang_runs_from_its_submission_to_its_end(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 4);
    struct rig rig;
    rig_gang(plan, "a", 6, rig_rounds(plan, 3, 10 * MS, 20 * MS), SECOND);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    assert_int_equal(rig_count(&rig, TRACE_START), 6);
    assert_int_equal(rig_count(&rig, TRACE_ARRIVE), 18);
    assert_int_equal(rig_count(&rig, TRACE_REPLY), 18);
    assert_int_equal(rig_count(&rig, TRACE_RELEASE), 6); /* three rounds, two executors */
    assert_int_equal(rig_count(&rig, TRACE_JOB_DONE), 1);
    /* The run ends with its last record, not with the timers that are still armed. */
    assert_int_equal(rig.records[rig.count - 1].at_ns, rig.records[rig.count - 2].at_ns);
    rig_free(&rig);
}

static void causes_are_what_was_being_handled(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 4);
    struct rig rig;
    rig_gang(plan, "a", 6, rig_rounds(plan, 2, 10 * MS, 20 * MS), SECOND);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    for (uint64_t n = 1; n <= rig.count; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        unsigned cause = r->cause > 0 ? rig_record(&rig, r->cause)->kind : TRACE_KIND_NONE;
        unsigned cause_of = r->cause > 0 ? rig_record(&rig, r->cause)->flags : 0;
        if (r->kind == TRACE_START)
            assert_true(cause == TRACE_DELIVER && cause_of == TRACE_GO);
        else if (r->kind == TRACE_ARRIVE)
            assert_true(cause == (r->epoch == 0 ? TRACE_START : TRACE_REPLY));
        else if (r->kind == TRACE_RELEASE)
            assert_true(cause == TRACE_DELIVER && cause_of == TRACE_ARRIVE);
        else if (r->kind == TRACE_REPLY)
            assert_true(cause == TRACE_DELIVER && cause_of == TRACE_RELEASE);
        else if (r->kind == TRACE_EXIT)
            assert_int_equal(cause, TRACE_REPLY);
        else if (r->kind == TRACE_FREE)
            assert_int_equal(cause, TRACE_EXIT);
        else if (r->kind == TRACE_SUBMIT || r->kind == TRACE_UP)
            assert_int_equal(r->cause, 0);
        if (r->kind == TRACE_START) /* and everything comes of the submission */
            assert_true(rig_descends(&rig, n, rig_nth(&rig, TRACE_SUBMIT, 1)));
    }
    rig_free(&rig);
}

static uint64_t chain_of(uint64_t seed, uint64_t slice)
{
    struct plan *plan = rig_plan(3, 4);
    struct rig rig;
    rig_gang(plan, "a", 8, rig_rounds(plan, 5, 10 * MS, 20 * MS), 0);
    rig_gang(plan, "b", 7, rig_rounds(plan, 5, 10 * MS, 20 * MS), 10 * MS);
    rig_begin(&rig, plan, seed);
    while (!rig.ended)
        assert_int_equal(sim_run(rig.sim, slice, &rig.ended, &rig.err), SIM_OK);
    rig_check_history(&rig);
    assert_int_equal(sim_records(rig.sim), rig.count);
    uint64_t chain = sim_chain(rig.sim);
    rig_free(&rig);
    return chain;
}

static void one_seed_gives_one_chain_and_another_seed_another(void **state)
{
    (void)state;
    uint64_t chain = chain_of(1, UINT64_MAX);
    assert_int_equal(chain_of(1, UINT64_MAX), chain);
    assert_int_not_equal(chain_of(2, UINT64_MAX), chain);
}

static void a_run_in_slices_is_the_same_run(void **state)
{
    (void)state;
    uint64_t chain = chain_of(1, UINT64_MAX);
    assert_int_equal(chain_of(1, 1), chain);
    assert_int_equal(chain_of(1, 1000), chain);
}

static void without_latency_all_of_a_launch_happens_in_its_instant(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(4, 2);
    struct rig rig;
    plan->setting[PLAN_SET_LATENCY] = 0;
    rig_gang(plan, "a", 8, rig_rounds(plan, 2, 10 * MS, 10 * MS), SECOND);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    for (uint64_t n = rig_nth(&rig, TRACE_SUBMIT, 1); n <= rig_nth(&rig, TRACE_START, 8); n++)
        assert_int_equal(rig_record(&rig, n)->at_ns, SECOND);
    /* Two rounds of 10 ms, and not a nanosecond more. */
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_JOB_DONE, 1))->at_ns, SECOND + 20 * MS);
    /* First sent, first there: over all links, for nothing takes any time. */
    uint64_t last = 0;
    for (uint64_t n = 1; n <= rig.count; n++)
        if (rig_record(&rig, n)->kind == TRACE_DELIVER) {
            assert_true(rig_record(&rig, n)->cause > last);
            last = rig_record(&rig, n)->cause;
        }
    rig_free(&rig);
}

static void programs_checkpoint_put_out_fail_and_take_no_time(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    const struct plan_op ops[] = {{.code = PLAN_OP_CHECKPOINT},
                                  {.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, 0)},
                                  {.code = PLAN_OP_ALL_GATHER, .value = 1000},
                                  {.code = PLAN_OP_OUTPUT, .value = 77},
                                  {.code = PLAN_OP_ON_RANK, .to = 6, .value = 1, .value2 = 1},
                                  {.code = PLAN_OP_FAIL, .value = 9},
                                  {.code = PLAN_OP_END}};
    plan->setting[PLAN_SET_ATTEMPTS] = 1;
    rig_gang(plan, "a", 2, rig_program(plan, ops, 7), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_CHECKPOINT), 2);
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_CHECKPOINT, 1))->a, 1);
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_ARRIVE, 1))->a, GANG_OP_ALL_GATHER);
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_OUTPUT, 1))->a, 77);
    bool failed = false;
    for (uint64_t n = 1; n <= rig.count; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        failed |= r->kind == TRACE_EXIT && r->rank == 1 && r->a == TRACE_EXIT_FAILED && r->b == 9;
    }
    assert_true(failed);
    assert_int_not_equal(rig_record(&rig, rig_nth(&rig, TRACE_JOB_DONE, 1))->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void durations_come_from_the_stages_own_table(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    const uint32_t cells[] = {9, 9, 9, 1, 20, 300, 5, 60, 100};
    struct plan_dist turn = {.kind = PLAN_DIST_COLUMN, .lo = 0, .hi = 1};
    const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 3, .value = 3},
                                  {.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &turn)},
                                  {.code = PLAN_OP_BARRIER},
                                  {.code = PLAN_OP_NEXT, .to = 0},
                                  {.code = PLAN_OP_END}};
    uint32_t table = plan_add_column(plan, 3, 3, MS, cells);
    plan->setting[PLAN_SET_LATENCY] = 0;
    rig_gang(plan, "a", 2, rig_program(plan, ops, 5), 0);
    plan->stages[0].column = table;
    plan->stages[0].row = 1;
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *start = rig_record(&rig, rig_nth(&rig, TRACE_START, 1));
    const int64_t release_ms[] = {5, 65, 365};
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_RELEASE, i + 1))->at_ns -
                             start->at_ns,
                         release_ms[i] * MS);
    rig_free(&rig);
}

/* Turns of different lengths, so that two loops whose turns are mixed up show: 3 x 2 x 4 x 5 rounds. */
static void loops_are_as_deep_as_a_program_may_have_them(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 9, .value = 3},
                                  {.code = PLAN_OP_LOOP, .to = 8, .value = 2},
                                  {.code = PLAN_OP_LOOP, .to = 7, .value = 4},
                                  {.code = PLAN_OP_LOOP, .to = 6, .value = 5},
                                  {.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, MS)},
                                  {.code = PLAN_OP_BARRIER},
                                  {.code = PLAN_OP_NEXT, .to = 3},
                                  {.code = PLAN_OP_NEXT, .to = 2},
                                  {.code = PLAN_OP_NEXT, .to = 1},
                                  {.code = PLAN_OP_NEXT, .to = 0},
                                  {.code = PLAN_OP_END}};
    rig_gang(plan, "a", 2, rig_program(plan, ops, 11), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_RELEASE), 3 * 2 * 4 * 5);
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_JOB_DONE, 1))->a, GANG_REASON_OK);
    rig_free(&rig);
}

/* Without a latency all of a large world's messages of one instant are there at once, and more than its ring has room for. */
static void many_messages_of_one_instant_come_in_their_order(void **state)
{
    enum { EXECUTORS = 4000, TASKS = 4 * EXECUTORS };
    (void)state;
    struct plan *plan = rig_plan(EXECUTORS, 4);
    struct rig rig;
    plan->setting[PLAN_SET_LATENCY] = 0;
    rig_gang(plan, "a", TASKS, rig_rounds(plan, 2, 10 * MS, 10 * MS), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    assert_int_equal(rig_count(&rig, TRACE_ARRIVE), 2 * TASKS);
    uint64_t before = 0;
    for (uint64_t i = 1; i <= rig.count; i++) {
        const struct trace_record *r = rig_record(&rig, i);
        if (r->kind != TRACE_DELIVER)
            continue;
        assert_true(r->cause > before);
        before = r->cause;
    }
    rig_free(&rig);
}

static void executors_that_are_there_at_0_are_known_when_the_first_job_comes(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(3, 2);
    struct rig rig;
    plan->executors[1].arrives_ns = 5 * SECOND;
    rig_gang(plan, "a", 4, rig_rounds(plan, 1, 10 * MS, 10 * MS), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_true(rig_nth(&rig, TRACE_JOIN, 2) < rig_nth(&rig, TRACE_SUBMIT, 1));
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_JOIN, 2))->at_ns, 0);
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_RESERVE, 2))->at_ns, 0);
    assert_int_equal(rig_record(&rig, rig_nth(&rig, TRACE_START, 1))->at_ns,
                     3 * plan->setting[PLAN_SET_LATENCY]);
    rig_free(&rig);
}

static void executors_arrive_when_the_plan_says(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(3, 2);
    struct rig rig;
    plan->executors[0].arrives_ns = 3 * SECOND;
    plan->executors[2].arrives_ns = SECOND;
    rig_gang(plan, "a", 6, rig_rounds(plan, 1, 10 * MS, 10 * MS), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const uint32_t order[] = {1, 2, 0};
    for (uint32_t i = 0; i < 3; i++) {
        const struct trace_record *up = rig_record(&rig, rig_nth(&rig, TRACE_UP, i + 1));
        assert_int_equal(up->executor, order[i]);
        assert_int_equal(up->at_ns, plan->executors[order[i]].arrives_ns);
    }
    assert_true(rig_record(&rig, rig_nth(&rig, TRACE_START, 1))->at_ns >= 3 * SECOND);
    rig_free(&rig);
}

static void a_million_events_need_no_more_memory_than_ten(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(8, 8);
    struct rig rig;
    struct sim_err err;
    bool ended = false;
    rig_gang(plan, "a", 64, rig_rounds(plan, 1000000, 1 * MS, 3 * MS), 0);
    plan->setting[PLAN_SET_EVENTS] = 1000000;
    rig_begin(&rig, plan, 1);
    struct sim_options options = rig.options;
    options.audit_every = 0;
    assert_true(rig.bytes < 1 << 20);
    struct sim *sim = sim_init(rig.memory, rig.bytes, &options,
                               &err); /* again, in the same memory, and silently */
    assert_non_null(sim);
    assert_int_equal(sim_run(sim, UINT64_MAX, &ended, &err), SIM_OK);
    assert_true(ended);
    assert_int_equal(sim_events(sim), 1000000);
    rig_free(&rig);
}

static void limits_end_a_run_and_say_which(void **state)
{
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct plan *plan = rig_plan(1, 2);
        struct rig rig;
        rig_gang(plan, "a", 2, rig_rounds(plan, 1000, SECOND, SECOND), 0);
        plan->setting[which == 0 ? PLAN_SET_EVENTS : PLAN_SET_VIRTUAL] =
            which == 0 ? 100 : 7 * SECOND + 1;
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_how(&rig), which == 0 ? TRACE_END_EVENTS : TRACE_END_VIRTUAL);
        if (which == 0)
            assert_int_equal(rig.records[rig.count - 1].b, 100);
        else
            assert_int_equal(rig.records[rig.count - 1].at_ns, 7 * SECOND + 1);
        rig_free(&rig);
    }
}

static void a_run_can_be_ended_by_a_person(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    rig_gang(plan, "a", 2, rig_rounds(plan, 1000, SECOND, SECOND), 0);
    rig_begin(&rig, plan, 1);
    assert_int_equal(sim_run(rig.sim, 50, &rig.ended, &rig.err), SIM_OK);
    assert_false(rig.ended);
    sim_end(rig.sim, TRACE_END_INTERRUPTED);
    assert_int_equal(rig_how(&rig), TRACE_END_INTERRUPTED);
    assert_int_equal(sim_run(rig.sim, 50, &rig.ended, &rig.err), SIM_OK);
    assert_true(rig.ended);
    assert_int_equal(rig_count(&rig, TRACE_END), 1);
    rig_free(&rig);
}

static void a_pattern_of_no_kind_is_refused_by_name(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 1);
    struct plan_act act = rig_crash(0, 0);
    struct sim_options options = {.plan = plan, .core = gang_api(), .policy = gang_policy_strict()};
    struct sim_err err;
    rig_gang(plan, "a", 1, rig_rounds(plan, 1, 1, 1), 0);
    rig_when(plan, &act, "rezerve", 1);
    rig_act(plan, &act);
    assert_int_equal(sim_size(&options, &err), 0);
    assert_int_equal(err.code, SIM_E_PLAN);
    assert_non_null(strstr(err.detail, "rezerve"));
    plan_free(plan);
}

static enum gang_status full_driver(struct gang_driver *driver, const struct gang_event *ev,
                                    struct gang_effects *out, struct gang_err *err)
{
    if (ev->kind != GANG_EV_SUBMIT)
        return gang_api()->driver_step(driver, ev, out, err);
    err->code = GANG_E_FULL;
    strcpy(err->detail, "no room for job 0");
    return GANG_E_FULL;
}

static void a_refusal_of_the_core_ends_the_run_with_the_cores_words(void **state)
{
    (void)state;
    struct gang_api core = *gang_api();
    struct plan *plan = rig_plan(1, 1);
    struct rig rig;
    core.driver_step = full_driver;
    rig_gang(plan, "a", 1, rig_rounds(plan, 1, 1, 1), 0);
    rig_begin_with(&rig, plan, 1, &core);
    assert_int_equal(sim_run(rig.sim, UINT64_MAX, &rig.ended, &rig.err), SIM_E_CORE);
    assert_false(rig.ended);
    assert_non_null(strstr(rig.err.detail, "no room for job 0"));
    assert_int_equal(rig.records[rig.count - 1].kind,
                     TRACE_SUBMIT); /* what happened until then is handed over */
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gang_runs_from_its_submission_to_its_end),
        cmocka_unit_test(causes_are_what_was_being_handled),
        cmocka_unit_test(one_seed_gives_one_chain_and_another_seed_another),
        cmocka_unit_test(a_run_in_slices_is_the_same_run),
        cmocka_unit_test(without_latency_all_of_a_launch_happens_in_its_instant),
        cmocka_unit_test(programs_checkpoint_put_out_fail_and_take_no_time),
        cmocka_unit_test(loops_are_as_deep_as_a_program_may_have_them),
        cmocka_unit_test(many_messages_of_one_instant_come_in_their_order),
        cmocka_unit_test(durations_come_from_the_stages_own_table),
        cmocka_unit_test(executors_that_are_there_at_0_are_known_when_the_first_job_comes),
        cmocka_unit_test(executors_arrive_when_the_plan_says),
        cmocka_unit_test(a_million_events_need_no_more_memory_than_ten),
        cmocka_unit_test(limits_end_a_run_and_say_which),
        cmocka_unit_test(a_run_can_be_ended_by_a_person),
        cmocka_unit_test(a_pattern_of_no_kind_is_refused_by_name),
        cmocka_unit_test(a_refusal_of_the_core_ends_the_run_with_the_cores_words),
    };
    return cmocka_run_group_tests_name("sim.run", tests, NULL, NULL);
}
