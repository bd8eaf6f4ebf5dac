#include "rig.h"

#include <stdlib.h>

static void a_crash_takes_its_tasks_and_tells_nobody(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(3, 2);
    struct plan_act crash = rig_crash(1, 5 * SECOND);
    struct rig rig;
    rig_gang(plan, "a", 4, rig_rounds(plan, 20, SECOND, SECOND), 0);
    rig_act(plan, &crash);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    uint64_t fault = rig_nth(&rig, TRACE_FAULT, 1), down = rig_nth(&rig, TRACE_DOWN, 1);
    assert_int_equal(down, fault + 1);
    assert_int_equal(rig_record(&rig, down)->cause, fault);
    for (uint64_t n = down + 1; n <= down + 2; n++) {
        assert_int_equal(rig_record(&rig, n)->kind, TRACE_EXIT);
        assert_int_equal(rig_record(&rig, n)->a, TRACE_EXIT_HOST);
        assert_int_equal(rig_record(&rig, n)->executor, 1);
        assert_int_equal(rig_record(&rig, n)->cause, fault);
    }
    /* The driver learns of it by silence, and not before its patience is at an end. */
    const struct trace_record *lost = nth(&rig, TRACE_LOST, 1);
    assert_int_equal(lost->b, GANG_REASON_SILENT);
    assert_in_range(lost->at_ns - 5 * SECOND, plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT],
                    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] + plan->setting[PLAN_SET_HEARTBEAT]);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void crashed_executors_return_after_the_last_fault_unless_for_good(void **state)
{
    (void)state;
    for (uint32_t for_good = 0; for_good < 2; for_good++) {
        struct plan *plan = rig_plan(3, 2);
        struct plan_act first = rig_crash(0, 5 * SECOND), second = rig_crash(1, 9 * SECOND);
        struct rig rig;
        second.for_good = for_good;
        rig_gang(plan, "a", 2, rig_rounds(plan, 2000, SECOND, SECOND), 0);
        rig_act(plan, &second);
        rig_act(plan, &first);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_HEAL), for_good ? 1 : 2);
        const struct trace_record *heal = nth(&rig, TRACE_HEAL, 1), *up = nth(&rig, TRACE_UP, 4);
        assert_int_equal(heal->at_ns, 9 * SECOND + plan->setting[PLAN_SET_HEAL_AFTER]);
        assert_int_equal(heal->executor, 0);
        assert_int_equal(up->a, 1);
        assert_int_equal(up->cause, rig_nth(&rig, TRACE_HEAL, 1));
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        rig_free(&rig);
    }
}

static void a_restart_is_a_new_incarnation(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct plan_act crash = rig_crash(0, 5 * SECOND), restart = crash;
    struct rig rig;
    restart.kind = PLAN_ACT_RESTART;
    restart.at_ns = 8 * SECOND;
    rig_gang(plan, "a", 4, rig_rounds(plan, 20, SECOND, SECOND), 0);
    rig_act(plan, &crash);
    rig_act(plan, &restart);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_UP, 3)->a, 1);
    assert_int_equal(nth(&rig, TRACE_UP, 3)->at_ns, 8 * SECOND);
    assert_int_equal(nth(&rig, TRACE_LOST, 1)->b, GANG_REASON_REINCARNATED);
    assert_int_equal(nth(&rig, TRACE_JOIN, 3)->a, 1);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    /* A process starts with the incarnation it runs under. */
    for (uint64_t n = 1; n <= rig.count; n++)
        if (rig_record(&rig, n)->kind == TRACE_START && rig_record(&rig, n)->executor == 0)
            assert_int_equal(rig_record(&rig, n)->b, rig_record(&rig, n)->attempt);
    rig_free(&rig);
}

static void a_killed_task_fails_like_any_process_that_dies(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct plan_act kill = plan_act_blank();
    struct rig rig;
    kill.kind = PLAN_ACT_KILL_TASK;
    kill.job = kill.stage = 0;
    kill.rank = 2;
    rig_when(plan, &kill, "release", 3);
    kill.at_ns = 100 * MS;
    rig_gang(plan, "a", 4, rig_rounds(plan, 5, SECOND, SECOND), 0);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *fault = nth(&rig, TRACE_FAULT, 1), *exit = nth(&rig, TRACE_EXIT, 1);
    assert_int_equal(fault->at_ns, nth(&rig, TRACE_RELEASE, 3)->at_ns + 100 * MS);
    assert_int_equal(fault->cause, rig_nth(&rig, TRACE_RELEASE, 3));
    assert_int_equal(exit->rank, 2);
    assert_int_equal(exit->a, TRACE_EXIT_FAILED);
    assert_int_equal(exit->cause, rig_nth(&rig, TRACE_FAULT, 1));
    assert_int_equal(nth(&rig, TRACE_FENCE, 1)->rank, 2);
    /* Its siblings are asked to end, and do; the next attempt does it all again. */
    assert_int_equal(rig_count(&rig, TRACE_KILLED), 3);
    for (uint32_t i = 2; i <= 4; i++) {
        assert_int_equal(nth(&rig, TRACE_EXIT, i)->a, TRACE_EXIT_KILLED);
        assert_int_equal(rig_record(&rig, nth(&rig, TRACE_EXIT, i)->cause)->kind, TRACE_KILLED);
    }
    assert_int_equal(rig_count(&rig, TRACE_START), 8);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void waiters_get_their_one_answer_before_they_are_killed(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 3);
    struct rig rig;
    const struct plan_op ops[] = {{.code = PLAN_OP_ON_RANK, .to = 3, .value = 0, .value2 = 0},
                                  {.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, SECOND)},
                                  {.code = PLAN_OP_FAIL, .value = 3},
                                  {.code = PLAN_OP_BARRIER},
                                  {.code = PLAN_OP_END}};
    plan->setting[PLAN_SET_ATTEMPTS] = 1;
    rig_gang(plan, "a", 3, rig_program(plan, ops, 5), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_REPLY), 2);
    for (uint32_t i = 1; i <= 2; i++) {
        const struct trace_record *exit = nth(&rig, TRACE_EXIT, i + 1);
        assert_int_equal(nth(&rig, TRACE_REPLY, i)->a, GANG_REASON_GANG_FAILED);
        assert_true(rig_nth(&rig, TRACE_REPLY, i) < rig_nth(&rig, TRACE_KILLED, i));
        assert_int_equal(exit->a, TRACE_EXIT_KILLED);
        assert_int_equal(rig_record(&rig, exit->cause)->kind, TRACE_KILLED);
    }
    rig_free(&rig);
}

static void a_straggler_takes_longer_by_just_so_much(void **state)
{
    (void)state;
    for (int computing = 0; computing < 2; computing++) {
        struct plan *plan = rig_plan(1, 2);
        struct plan_act slow = plan_act_blank();
        struct rig rig;
        slow.kind = PLAN_ACT_STRAGGLE_TASK;
        slow.job = slow.stage = 0;
        slow.rank = 1;
        slow.duration_ns = 7 * SECOND;
        slow.at_ns = computing ? 500 * MS : 0;
        rig_when(plan, &slow, computing ? "start" : "arrive", 1);
        plan->setting[PLAN_SET_LATENCY] = 0;
        rig_gang(plan, "a", 2, rig_rounds(plan, 2, SECOND, SECOND), 0);
        rig_act(plan, &slow);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->at_ns - nth(&rig, TRACE_START, 1)->at_ns,
                         9 * SECOND);
        rig_free(&rig);
    }
}

/* When rank r's first round was over for it, after its start. */
static int64_t first_compute(const struct rig *rig, uint32_t job, uint32_t rank)
{
    int64_t start = 0;
    for (uint64_t n = 1; n <= rig->count; n++) {
        const struct trace_record *r = rig_record(rig, n);
        if (r->job != job || r->rank != rank)
            continue;
        if (r->kind == TRACE_START)
            start = r->at_ns;
        else if (r->kind == TRACE_ARRIVE)
            return r->at_ns - start;
    }
    return -1;
}

static void removing_a_fault_leaves_every_other_draw_alone(void **state)
{
    (void)state;
    int64_t without[4];
    for (int faulty = 0; faulty < 2; faulty++) {
        struct plan *plan = rig_plan(2, 4);
        struct plan_act kill = plan_act_blank();
        struct rig rig;
        kill.kind = PLAN_ACT_KILL_TASK;
        kill.job = 0;
        kill.stage = 0;
        kill.rank = 1;
        kill.at_ns = 2 * SECOND;
        uint32_t program = rig_rounds(plan, 3, SECOND, 3 * SECOND);
        rig_gang(plan, "a", 4, program, 0);
        rig_gang(plan, "b", 4, program, 4 * SECOND);
        if (faulty)
            rig_act(plan, &kill);
        rig_begin(&rig, plan, 9);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_FAULT), faulty);
        for (uint32_t rank = 0; rank < 4; rank++) {
            if (faulty)
                assert_int_equal(first_compute(&rig, 1, rank), without[rank]);
            without[rank] = first_compute(&rig, 1, rank);
        }
        rig_free(&rig);
    }
}

static void an_act_waits_for_the_nth_match_and_fires_once(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct plan_act crash = rig_crash(1, 250 * MS), cancel = plan_act_blank();
    struct rig rig;
    rig_when(plan, &crash, "arrive", 2);
    crash.when.rank = 3;
    cancel.kind = PLAN_ACT_CANCEL;
    cancel.job = 0;
    rig_when(plan, &cancel, "fault", 1);
    cancel.at_ns = 50 * MS;
    rig_gang(plan, "a", 4, rig_rounds(plan, 9, SECOND, SECOND), 0);
    rig_act(plan, &crash);
    rig_act(plan, &cancel);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    uint32_t seen = 0;
    uint64_t second = 0;
    for (uint64_t n = 1; n <= rig.count && second == 0; n++)
        if (rig_record(&rig, n)->kind == TRACE_ARRIVE && rig_record(&rig, n)->rank == 3 &&
            ++seen == 2)
            second = n;
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 1);
    assert_int_equal(nth(&rig, TRACE_FAULT, 1)->cause, second);
    assert_int_equal(nth(&rig, TRACE_FAULT, 1)->at_ns, rig_record(&rig, second)->at_ns + 250 * MS);
    assert_int_equal(nth(&rig, TRACE_CANCEL, 1)->at_ns, nth(&rig, TRACE_FAULT, 1)->at_ns + 50 * MS);
    assert_int_equal(nth(&rig, TRACE_CANCEL, 1)->cause, rig_nth(&rig, TRACE_FAULT, 1));
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_CANCELLED);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void a_job_may_be_submitted_by_an_act(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct plan_act submit = plan_act_blank();
    struct rig rig;
    submit.kind = PLAN_ACT_SUBMIT;
    rig_when(plan, &submit, "job-done", 1);
    submit.at_ns = 3 * SECOND;
    rig_gang(plan, "a", 2, rig_rounds(plan, 1, SECOND, SECOND), 0);
    submit.job = rig_gang(plan, "b", 2, rig_rounds(plan, 1, SECOND, SECOND), PLAN_NEVER);
    rig_act(plan, &submit);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_SUBMIT, 2)->at_ns,
                     nth(&rig, TRACE_JOB_DONE, 1)->at_ns + 3 * SECOND);
    assert_int_equal(nth(&rig, TRACE_SUBMIT, 2)->cause, rig_nth(&rig, TRACE_JOB_DONE, 1));
    assert_int_equal(rig_count(&rig, TRACE_JOB_DONE), 2);
    rig_free(&rig);
}

static void an_act_that_changes_nothing_leaves_no_record(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct plan_act acts[] = {rig_crash(0, SECOND), rig_crash(0, 2 * SECOND), plan_act_blank()};
    struct rig rig;
    acts[2].kind = PLAN_ACT_HANG_TASK;
    acts[2].job = acts[2].stage = acts[2].rank = 0;
    acts[2].at_ns = 3 * SECOND;
    rig_gang(plan, "a", 1, rig_rounds(plan, 1, SECOND, SECOND), 10 * SECOND);
    for (unsigned i = 0; i < 3; i++)
        rig_act(plan, &acts[i]);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 1);
    assert_int_equal(rig_count(&rig, TRACE_DOWN), 1);
    rig_free(&rig);
}

/* Every death leaves the siblings' computes behind in the queue, due in a day and about nobody. */
static void what_will_never_happen_takes_no_room_for_long(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 8);
    struct rig rig;
    plan->setting[PLAN_SET_ATTEMPTS] = 1000;
    rig_gang(plan, "a", 8, rig_rounds(plan, 1, DAY, DAY), 0);
    for (uint32_t i = 1; i <= 300; i++) {
        struct plan_act kill = plan_act_blank();
        kill.kind = PLAN_ACT_KILL_TASK;
        kill.job = kill.stage = 0;
        kill.rank = i % 8;
        kill.at_ns = i * 2 * SECOND;
        rig_act(plan, &kill);
    }
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 300);
    assert_int_equal(rig_count(&rig, TRACE_START), 301 * 8);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

/* Random faults on a busy cluster: whatever happens, it ends, and the books balance. */
static void storms_of_faults_end_and_balance(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        struct plan *plan = rig_plan(4, 4);
        struct rig rig;
        uint32_t x = seed * 2654435761u;
        rig_gang(plan, "a", 10, rig_rounds(plan, 30, SECOND, 2 * SECOND), 0);
        rig_gang(plan, "b", 6, rig_rounds(plan, 30, SECOND, 2 * SECOND), 3 * SECOND);
        rig_tasks(plan, "c", 30, rig_rounds(plan, 1, SECOND, 9 * SECOND), 5 * SECOND);
        const struct plan_op alone[] = {
            {.code = PLAN_OP_COMPUTE, .dist = rig_uniform(plan, SECOND, 9 * SECOND)},
            {.code = PLAN_OP_END}};
        plan->stages[2].program = rig_program(plan, alone, 2);
        for (uint32_t i = 0; i < 12; i++) {
            const uint32_t kinds[] = {PLAN_ACT_CRASH, PLAN_ACT_KILL_TASK, PLAN_ACT_HANG_TASK,
                                      PLAN_ACT_STRAGGLE_TASK};
            struct plan_act act = plan_act_blank();
            x = x * 1664525u + 1013904223u;
            act.kind = kinds[(x >> 16) % 4];
            act.at_ns = (int64_t)(x >> 8) % 120000 * MS;
            if (act.kind == PLAN_ACT_CRASH) {
                act.executor = (x >> 20) % 4;
            } else {
                /* Nothing ever gives up on a hung task that is in no gang. */
                act.job = (x >> 20) % (act.kind == PLAN_ACT_HANG_TASK ? 2 : 3);
                act.stage = 0;
                act.rank = (x >> 24) % 6;
                act.duration_ns = 30 * SECOND;
            }
            rig_act(plan, &act);
            if (act.kind == PLAN_ACT_CRASH && x >> 30 != 0) {
                act.kind = PLAN_ACT_RESTART;
                act.at_ns += (x >> 28) * SECOND;
                rig_act(plan, &act);
            }
        }
        rig_begin(&rig, plan, seed);
        rig_end(&rig);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        rig_free(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_takes_its_tasks_and_tells_nobody),
        cmocka_unit_test(crashed_executors_return_after_the_last_fault_unless_for_good),
        cmocka_unit_test(a_restart_is_a_new_incarnation),
        cmocka_unit_test(a_killed_task_fails_like_any_process_that_dies),
        cmocka_unit_test(waiters_get_their_one_answer_before_they_are_killed),
        cmocka_unit_test(a_straggler_takes_longer_by_just_so_much),
        cmocka_unit_test(removing_a_fault_leaves_every_other_draw_alone),
        cmocka_unit_test(an_act_waits_for_the_nth_match_and_fires_once),
        cmocka_unit_test(a_job_may_be_submitted_by_an_act),
        cmocka_unit_test(an_act_that_changes_nothing_leaves_no_record),
        cmocka_unit_test(what_will_never_happen_takes_no_room_for_long),
        cmocka_unit_test(storms_of_faults_end_and_balance),
    };
    return cmocka_run_group_tests_name("sim.fault", tests, NULL, NULL);
}
