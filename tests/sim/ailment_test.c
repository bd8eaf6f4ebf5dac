#include "rig.h"

#include <stdlib.h>

static int64_t job_took(const struct rig *rig)
{
    return nth(rig, TRACE_JOB_DONE, 1)->at_ns - nth(rig, TRACE_START, 1)->at_ns;
}

/* The nth record of a kind that is about this executor. */
static const struct trace_record *nth_on(const struct rig *rig, unsigned kind, uint32_t executor,
                                         uint32_t n)
{
    for (uint64_t i = 1; i <= rig->count; i++)
        if (rig_record(rig, i)->kind == kind && rig_record(rig, i)->executor == executor &&
            --n == 0)
            return rig_record(rig, i);
    return NULL;
}

static void program_of_one_compute(struct plan *plan, uint32_t stage, int64_t ns)
{
    const struct plan_op ops[] = {{.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, ns)},
                                  {.code = PLAN_OP_END}};
    plan->stages[stage].program = rig_program(plan, ops, 2);
}

/* ---- pause */
static void a_pause_delays_what_computes_by_just_so_much(void **state)
{
    (void)state;
    for (int paused = 0; paused < 3; paused++) { /* once over within it, once long after it */
        struct plan *plan = rig_plan(2, 2);
        struct rig rig;
        struct plan_act pause = rig_act_on(PLAN_ACT_PAUSE, 1, paused == 1 ? 9 * SECOND : 2 * SECOND);
        pause.duration_ns = 5 * SECOND;
        plan->setting[PLAN_SET_LATENCY] = 0;
        rig_gang(plan, "a", 4, 0, 0);
        rig_rounds(plan, 2, 10 * SECOND, 10 * SECOND);
        if (paused)
            rig_act(plan, &pause);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(job_took(&rig), (paused ? 25 : 20) * SECOND);
        assert_int_equal(rig_count(&rig, TRACE_HEAL), paused ? 1 : 0);
        if (paused) {
            assert_int_equal(nth(&rig, TRACE_HEAL, 1)->cause, rig_nth(&rig, TRACE_FAULT, 1));
            assert_int_equal(nth(&rig, TRACE_HEAL, 1)->at_ns, pause.at_ns + pause.duration_ns);
        }
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        rig_free(&rig);
    }
}

/* Nothing crosses a paused machine's door, in or out, and no process on it ends. */
static void a_paused_machine_does_nothing_and_then_everything_in_order(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    struct plan_act pause = rig_act_on(PLAN_ACT_PAUSE, 1, 5100 * MS), kill = plan_act_blank();
    pause.duration_ns = 20 * SECOND;
    kill.kind = PLAN_ACT_KILL_TASK;
    kill.job = kill.stage = 0;
    kill.rank = 0; /* on the other machine: its siblings are told to end */
    kill.at_ns = 6 * SECOND;
    rig_gang(plan, "a", 4, rig_rounds(plan, 8, SECOND, SECOND), 0);
    rig_act(plan, &pause);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    uint64_t fault = rig_nth(&rig, TRACE_FAULT, 1), heal = rig_nth(&rig, TRACE_HEAL, 1);
    assert_int_equal(rig_record(&rig, fault)->b, PLAN_ACT_PAUSE);
    for (uint64_t n = fault + 1; n < heal; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        assert_false(r->executor == 1 && (r->actor == TRACE_EXECUTOR || r->kind == TRACE_START ||
                                          r->kind == TRACE_EXIT));
    }
    uint64_t last = 0;
    for (uint64_t n = heal + 1; n <= rig.count; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        if (r->kind != TRACE_DELIVER || r->executor != 1 || r->actor != TRACE_EXECUTOR)
            continue;
        assert_true(r->cause > last);
        last = r->cause;
    }
    /* It was silent for less than the driver's patience. */
    assert_int_equal(rig_count(&rig, TRACE_LOST), 0);
    assert_int_equal(nth_on(&rig, TRACE_KILLED, 1, 1)->at_ns, rig_record(&rig, heal)->at_ns);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void a_machine_that_stands_still_too_long_is_lost_and_begins_anew(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(3, 2);
    struct rig rig;
    struct plan_act pause = rig_act_on(PLAN_ACT_PAUSE, 0, 5 * SECOND);
    pause.duration_ns = 200 * SECOND;
    plan->executors[0].back_ns = 11 * SECOND; /* its own, whatever restart_delay is */
    rig_gang(plan, "a", 4, rig_rounds(plan, 8, SECOND, SECOND), 0);
    rig_act(plan, &pause);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *lost = nth(&rig, TRACE_LOST, 1);
    assert_int_equal(lost->executor, 0);
    assert_int_equal(lost->b, GANG_REASON_SILENT);
    assert_in_range(lost->at_ns - 5 * SECOND, plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT],
                    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] + plan->setting[PLAN_SET_HEARTBEAT]);
    /* Its tasks end before anything else is done there; then it hears that it was given up, and begins anew. */
    uint64_t heal = rig_nth(&rig, TRACE_HEAL, 1);
    assert_int_equal(rig_record(&rig, heal)->at_ns, 205 * SECOND);
    assert_int_equal(rig_record(&rig, heal + 1)->kind, TRACE_TIMER);
    assert_int_equal(rig_record(&rig, heal + 1)->a, GANG_TIMER_DRIVER_LEASE);
    assert_int_equal(nth_on(&rig, TRACE_EXIT, 0, 1)->at_ns, 205 * SECOND);
    assert_int_equal(nth_on(&rig, TRACE_EXIT, 0, 1)->a, TRACE_EXIT_KILLED);
    assert_int_equal(nth(&rig, TRACE_UP, 4)->a, 1);
    assert_int_equal(nth(&rig, TRACE_UP, 4)->at_ns,
                     205 * SECOND + 2 * plan->setting[PLAN_SET_LATENCY] + 11 * SECOND);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void another_pause_prolongs_to_the_later_end_and_a_heal_ends_both(void **state)
{
    (void)state;
    for (int healed = 0; healed < 2; healed++) {
        struct plan *plan = rig_plan(1, 2);
        struct rig rig;
        struct plan_act first = rig_act_on(PLAN_ACT_PAUSE, 0, 2 * SECOND),
                        second = rig_act_on(PLAN_ACT_PAUSE, 0, 4 * SECOND);
        first.duration_ns = (healed ? 90 : 10) * SECOND;
        second.duration_ns = (healed ? 80 : 5) * SECOND;
        plan->setting[PLAN_SET_LATENCY] = 0;
        plan->setting[PLAN_SET_HEAL_AFTER] = 30 * SECOND;
        rig_gang(plan, "a", 2, rig_rounds(plan, 1, 10 * SECOND, 10 * SECOND), 0);
        rig_act(plan, &first);
        rig_act(plan, &second);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(job_took(&rig), (healed ? 42 : 20) * SECOND);
        assert_int_equal(rig_count(&rig, TRACE_HEAL), 2);
        rig_free(&rig);
    }
}

static void a_crash_of_a_paused_machine_is_a_crash(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(3, 2);
    struct rig rig;
    struct plan_act pause = rig_act_on(PLAN_ACT_PAUSE, 0, 5 * SECOND),
                    crash = rig_crash(0, 7 * SECOND);
    pause.duration_ns = DAY;
    rig_gang(plan, "a", 4, rig_rounds(plan, 8, SECOND, SECOND), 0);
    rig_act(plan, &pause);
    rig_act(plan, &crash);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_DOWN, 1)->at_ns, 7 * SECOND);
    assert_int_equal(nth(&rig, TRACE_UP, 4)->at_ns,
                     7 * SECOND + plan->setting[PLAN_SET_HEAL_AFTER]);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    assert_true(nth(&rig, TRACE_END, 1)->at_ns < DAY / 2);
    rig_free(&rig);
}

static void what_is_done_to_a_task_of_a_paused_machine_shows_when_it_goes_on(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    struct plan_act pause = rig_act_on(PLAN_ACT_PAUSE, 0, 2 * SECOND), kill = plan_act_blank();
    pause.duration_ns = 5 * SECOND;
    kill.kind = PLAN_ACT_KILL_TASK;
    kill.job = kill.stage = kill.rank = 0;
    kill.at_ns = 3 * SECOND;
    rig_tasks(plan, "a", 2, 0, 0);
    program_of_one_compute(plan, 0, 10 * SECOND);
    rig_act(plan, &pause);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_FAULT, 2)->at_ns, 3 * SECOND);
    assert_int_equal(nth(&rig, TRACE_EXIT, 1)->at_ns, 7 * SECOND);
    assert_int_equal(nth(&rig, TRACE_EXIT, 1)->b, 139);
    assert_int_equal(nth(&rig, TRACE_EXIT, 1)->cause, rig_nth(&rig, TRACE_FAULT, 2));
    rig_free(&rig);
}

static void timers_that_came_due_fire_when_the_machine_goes_on(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    struct plan_act pause = rig_act_on(PLAN_ACT_PAUSE, 1, 0), crash = rig_crash(0, 0);
    pause.duration_ns = 40 * SECOND; /* longer than the lease of what it has just acknowledged */
    rig_when(plan, &pause, "reserve-ack", 1);
    pause.when.executor = 1;
    rig_when(plan, &crash, "reserve", 1); /* so that no go comes */
    plan->setting[PLAN_SET_RESERVE_TIMEOUT] = 100 * SECOND;
    rig_gang(plan, "a", 4, rig_rounds(plan, 1, SECOND, SECOND), SECOND);
    rig_act(plan, &pause);
    rig_act(plan, &crash);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *timer = nth_on(&rig, TRACE_TIMER, 1, 1);
    assert_non_null(timer);
    assert_int_equal(timer->a, TRACE_TIMER_LEASE);
    assert_int_equal(timer->at_ns, nth(&rig, TRACE_HEAL, 1)->at_ns);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

/* ---- slow */
static void a_slow_machine_takes_so_many_percent_of_the_time_until_it_is_healed(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 1);
    struct rig rig;
    struct plan_act slow = rig_act_on(PLAN_ACT_SLOW, 0, 5 * SECOND);
    slow.amount = 250;
    plan->setting[PLAN_SET_LATENCY] = 0;
    plan->setting[PLAN_SET_HEAL_AFTER] = 40 * SECOND; /* in the third of these computes */
    rig_gang(plan, "a", 1, rig_rounds(plan, 5, 10 * SECOND, 10 * SECOND), 0);
    rig_act(plan, &slow);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    /* The one that had begun, two that begin while it is slow, and two that begin later. */
    assert_int_equal(job_took(&rig), (10 + 25 + 25 + 10 + 10) * SECOND);
    assert_int_equal(nth(&rig, TRACE_HEAL, 1)->at_ns, 45 * SECOND);
    rig_free(&rig);
}

static void a_machine_at_its_own_pace_is_not_slow(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 1);
    struct rig rig;
    struct plan_act acts[] = {rig_act_on(PLAN_ACT_SLOW, 0, 0), rig_act_on(PLAN_ACT_SLOW, 0, 5 * SECOND),
                              rig_act_on(PLAN_ACT_SLOW, 0, 6 * SECOND)};
    acts[0].amount = acts[2].amount = 100; /* the first changes nothing */
    acts[1].amount = 50;
    plan->setting[PLAN_SET_LATENCY] = 0;
    rig_gang(plan, "a", 1, rig_rounds(plan, 2, 10 * SECOND, 10 * SECOND), 0);
    for (int i = 0; i < 3; i++)
        rig_act(plan, &acts[i]);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(job_took(&rig), 20 * SECOND);
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 2);
    assert_int_equal(rig_count(&rig, TRACE_HEAL), 0);
    rig_free(&rig);
}

/* ---- drift */
static void a_clock_that_runs_fast_ends_a_lease_early(void **state)
{
    (void)state;
    int64_t lease_ns[3];
    for (int i = 0; i < 3; i++) {
        struct plan *plan = rig_plan(2, 1);
        struct rig rig;
        struct plan_act drift = rig_act_on(PLAN_ACT_DRIFT, 0, 1), crash = rig_crash(1, 0);
        const int32_t amounts[] = {100000, 0, -100000};
        drift.amount = amounts[i];
        rig_when(plan, &crash, "reserve",
                 2); /* the gang waits for an acknowledgement that never comes */
        plan->setting[PLAN_SET_RESERVE_TIMEOUT] = 100 * SECOND;
        plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 1000 * SECOND;
        rig_gang(plan, "a", 2, rig_rounds(plan, 1, SECOND, SECOND), SECOND);
        rig_act(plan, &drift);
        rig_act(plan, &crash);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        const struct trace_record *end = nth_on(&rig, TRACE_TIMER, 0, 1);
        assert_int_equal(end->a, TRACE_TIMER_LEASE);
        lease_ns[i] = end->at_ns - nth_on(&rig, TRACE_RESERVE_ACK, 0, 1)->at_ns;
        assert_int_equal(rig_count(&rig, TRACE_FAULT), i == 1 ? 1 : 2);
        rig_free(&rig);
    }
    /* 30 s by its own clock, and never a nanosecond less. */
    assert_in_range(lease_ns[0], 30 * SECOND * 10 / 11, 30 * SECOND * 10 / 11 + 2);
    assert_int_equal(lease_ns[1], 30 * SECOND);
    assert_in_range(lease_ns[2], 30 * SECOND * 10 / 9, 30 * SECOND * 10 / 9 + 2);
}

static void a_change_of_rate_while_a_timer_runs_moves_its_end(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 1);
    struct rig rig;
    struct plan_act drift = rig_act_on(PLAN_ACT_DRIFT, 0, 11 * SECOND), crash = rig_crash(1, 0);
    drift.amount = 100000; /* a tenth faster for the 20 s that are left */
    rig_when(plan, &crash, "reserve", 2);
    plan->setting[PLAN_SET_LATENCY] = 0;
    plan->setting[PLAN_SET_RESERVE_TIMEOUT] = 100 * SECOND;
    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 1000 * SECOND;
    rig_gang(plan, "a", 2, rig_rounds(plan, 1, SECOND, SECOND), SECOND);
    rig_act(plan, &drift);
    rig_act(plan, &crash);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth_on(&rig, TRACE_TIMER, 0, 1)->at_ns, 11 * SECOND + INT64_C(18181818182));
    rig_free(&rig);
}

/* ---- drain and exclude */
static void a_drained_machine_takes_nothing_new_and_is_gone_for_good(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    struct plan_act drain = rig_act_on(PLAN_ACT_DRAIN, 0, 5 * SECOND);
    drain.duration_ns = 20 * SECOND;
    rig_gang(plan, "a", 2, rig_rounds(plan, 10, SECOND, SECOND), 0);
    rig_gang(plan, "b", 2, rig_rounds(plan, 10, SECOND, SECOND), 6 * SECOND);
    rig_act(plan, &drain);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    for (uint64_t n = rig_nth(&rig, TRACE_FAULT, 1); n <= rig.count; n++)
        assert_false(rig_record(&rig, n)->kind == TRACE_RESERVE &&
                     rig_record(&rig, n)->executor == 0);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK); /* its tasks went on */
    uint64_t down = rig_nth(&rig, TRACE_DOWN, 1), broken = rig_nth(&rig, TRACE_DISCONNECT, 1);
    assert_int_equal(rig_record(&rig, down)->at_ns, 25 * SECOND);
    assert_int_equal(rig_record(&rig, down)->cause, rig_nth(&rig, TRACE_FAULT, 1));
    assert_int_equal(rig_record(&rig, broken)->cause, rig_nth(&rig, TRACE_FAULT, 1));
    assert_int_equal(rig_count(&rig, TRACE_LOST), 0); /* nobody needs to know: nothing was on it */
    assert_int_equal(rig_count(&rig, TRACE_UP), 2);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void whatever_still_runs_when_a_drain_ends_goes_with_its_machine(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    struct plan_act drain = rig_act_on(PLAN_ACT_DRAIN, 0, 5 * SECOND);
    drain.duration_ns = 2 * SECOND;
    rig_gang(plan, "a", 2, rig_rounds(plan, 10, SECOND, SECOND), 0);
    rig_act(plan, &drain);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_EXIT, 1)->a, TRACE_EXIT_HOST);
    /* A broken connection is no proof that its process has ended: its silence, beyond its lease, is. */
    assert_int_equal(nth(&rig, TRACE_LOST, 1)->b, GANG_REASON_SILENT);
    assert_int_equal(nth(&rig, TRACE_FENCE, 1)->at_ns, nth(&rig, TRACE_LOST, 1)->at_ns);
    assert_int_equal(nth(&rig, TRACE_START, 3)->executor, 1);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void an_excluded_machine_is_offered_to_nobody(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    struct plan_act exclude = rig_act_on(PLAN_ACT_EXCLUDE, 0, SECOND);
    rig_gang(plan, "a", 2, rig_rounds(plan, 2, SECOND, SECOND), 2 * SECOND);
    rig_act(plan, &exclude);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_null(nth_on(&rig, TRACE_START, 0, 1));
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 1);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

/* ---- GPUs and cores */
static struct plan *gpu_plan(uint32_t executors, uint32_t gpus, uint32_t tasks)
{
    struct plan *plan = rig_plan(executors, 4);
    struct plan_profile one_gpu = {.cores = 1, .gpu_milli = 1000};
    for (uint32_t i = 0; i < executors; i++)
        plan->executors[i].gpus = gpus;
    rig_gang(plan, "a", tasks, rig_rounds(plan, 10, SECOND, SECOND), 0);
    plan->stages[0].profile = plan_add_profile(plan, &one_gpu);
    return plan;
}

static void a_dead_gpu_fails_its_task_and_is_never_used_again(void **state)
{
    (void)state;
    struct plan *plan = gpu_plan(2, 2, 3);
    struct rig rig;
    struct plan_act lose = rig_act_on(PLAN_ACT_LOSE_GPU, 0, 5 * SECOND),
                    crash = rig_crash(0, 7 * SECOND);
    lose.amount = 1;
    rig_act(plan, &lose);
    rig_act(plan, &crash); /* and is still dead after a reboot */
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    uint64_t fault = rig_nth(&rig, TRACE_FAULT, 1);
    const struct trace_record *exit = rig_record(&rig, fault + 1);
    assert_int_equal(exit->kind, TRACE_EXIT);
    assert_int_equal(exit->a, TRACE_EXIT_FAILED);
    assert_int_equal(exit->b, TRACE_REASON_GPU_LOST);
    assert_int_equal(exit->cause, fault);
    for (uint64_t n = fault; n <= rig.count; n++)
        assert_false(rig_record(&rig, n)->kind == TRACE_START &&
                     rig_record(&rig, n)->executor == 0 && (rig_record(&rig, n)->a & 2) != 0);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void a_gang_that_needs_a_dead_gpu_is_refused_in_time(void **state)
{
    (void)state;
    struct plan *plan = gpu_plan(1, 2, 2);
    struct rig rig;
    struct plan_act lose = rig_act_on(PLAN_ACT_LOSE_GPU, 0, 5 * SECOND);
    rig_act(plan, &lose);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_REFUSE, 1)->a, GANG_REASON_SLOTS);
    assert_true(nth(&rig, TRACE_REFUSE, 1)->at_ns < 1000 * SECOND);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

/* At every record of the launch: in whatever order the room and the reservation cross, it ends well. */
static void a_gpu_may_die_at_any_step_of_a_launch(void **state)
{
    (void)state;
    static const char *const kinds[] = {"submit",      "plan", "reserve", "deliver",
                                        "reserve-ack", "go",   "start"};
    for (unsigned kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
        for (uint32_t n = 1; n <= 6; n++)
            for (int32_t gpu = 0; gpu < 2; gpu++) {
                struct plan *plan = gpu_plan(3, 2, 4);
                struct rig rig;
                struct plan_act lose = rig_act_on(PLAN_ACT_LOSE_GPU, n % 2, 0);
                lose.amount = gpu;
                rig_when(plan, &lose, kinds[kind], n);
                rig_act(plan, &lose);
                rig_begin(&rig, plan, 1);
                rig_end(&rig);
                assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
                rig_free(&rig);
            }
}

static void cores_taken_between_plan_and_reservation_refuse_it(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 4);
    struct rig rig;
    struct plan_act take = rig_act_on(PLAN_ACT_TAKE, 0, 0);
    take.amount = 2;
    take.duration_ns = 5 * SECOND;
    rig_when(plan, &take, "reserve", 1);
    rig_gang(plan, "a", 4, rig_rounds(plan, 2, SECOND, SECOND), SECOND);
    rig_act(plan, &take);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_RESERVE_NACK, 1)->executor, 0);
    assert_int_equal(rig_count(&rig, TRACE_RESERVE_NACK),
                     1); /* it is told what there is: no second one */
    assert_int_equal(nth(&rig, TRACE_START, 1)->executor, 0);
    assert_int_equal(nth(&rig, TRACE_START, 3)->executor, 1); /* two on each */
    assert_int_equal(nth(&rig, TRACE_HEAL, 1)->at_ns,
                     nth(&rig, TRACE_FAULT, 1)->at_ns + 5 * SECOND);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void cores_in_use_cannot_be_taken(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 4);
    struct rig rig;
    struct plan_act take = rig_act_on(PLAN_ACT_TAKE, 0, 2 * SECOND);
    take.amount = 2;
    rig_gang(plan, "a", 3, rig_rounds(plan, 3, SECOND, SECOND), 0);
    rig_act(plan, &take);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 0);
    rig_free(&rig);
}

static void cores_taken_without_end_are_given_back_at_the_heal(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 4);
    struct rig rig;
    struct plan_act take = rig_act_on(PLAN_ACT_TAKE, 0, 2 * SECOND);
    take.amount = 2;
    rig_gang(plan, "a", 4, rig_rounds(plan, 3, SECOND, SECOND), 3 * SECOND);
    rig_act(plan, &take);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    int64_t heal_ns = 2 * SECOND + plan->setting[PLAN_SET_HEAL_AFTER];
    assert_int_equal(nth(&rig, TRACE_HEAL, 1)->at_ns, heal_ns);
    assert_true(nth(&rig, TRACE_START, 1)->at_ns > heal_ns);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void an_amount_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    const struct {
        uint32_t kind;
        int32_t amount;
    } acts[] = {{PLAN_ACT_SLOW, 0},
                {PLAN_ACT_DRIFT, -1000000},
                {PLAN_ACT_TAKE, 0},
                {PLAN_ACT_LOSE_GPU, 0},
                {PLAN_ACT_LOSE_GPU, -1}};
    for (unsigned i = 0; i < sizeof acts / sizeof *acts; i++) {
        struct plan *plan = rig_plan(1, 1);
        struct plan_act act = rig_act_on(acts[i].kind, 0, 0);
        struct sim_options options = {
            .plan = plan, .core = gang_api(), .policy = gang_policy_strict(), .seed = 1};
        struct sim_err err = {0};
        act.amount = acts[i].amount;
        rig_gang(plan, "a", 1, rig_rounds(plan, 1, 1, 1), 0);
        rig_act(plan, &act);
        assert_int_equal(sim_size(&options, &err), 0);
        assert_int_equal(err.code, SIM_E_PLAN);
        plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_delays_what_computes_by_just_so_much),
        cmocka_unit_test(a_paused_machine_does_nothing_and_then_everything_in_order),
        cmocka_unit_test(a_machine_that_stands_still_too_long_is_lost_and_begins_anew),
        cmocka_unit_test(another_pause_prolongs_to_the_later_end_and_a_heal_ends_both),
        cmocka_unit_test(a_crash_of_a_paused_machine_is_a_crash),
        cmocka_unit_test(what_is_done_to_a_task_of_a_paused_machine_shows_when_it_goes_on),
        cmocka_unit_test(timers_that_came_due_fire_when_the_machine_goes_on),
        cmocka_unit_test(a_slow_machine_takes_so_many_percent_of_the_time_until_it_is_healed),
        cmocka_unit_test(a_machine_at_its_own_pace_is_not_slow),
        cmocka_unit_test(a_clock_that_runs_fast_ends_a_lease_early),
        cmocka_unit_test(a_change_of_rate_while_a_timer_runs_moves_its_end),
        cmocka_unit_test(a_drained_machine_takes_nothing_new_and_is_gone_for_good),
        cmocka_unit_test(whatever_still_runs_when_a_drain_ends_goes_with_its_machine),
        cmocka_unit_test(an_excluded_machine_is_offered_to_nobody),
        cmocka_unit_test(a_dead_gpu_fails_its_task_and_is_never_used_again),
        cmocka_unit_test(a_gang_that_needs_a_dead_gpu_is_refused_in_time),
        cmocka_unit_test(a_gpu_may_die_at_any_step_of_a_launch),
        cmocka_unit_test(cores_taken_between_plan_and_reservation_refuse_it),
        cmocka_unit_test(cores_in_use_cannot_be_taken),
        cmocka_unit_test(cores_taken_without_end_are_given_back_at_the_heal),
        cmocka_unit_test(an_amount_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests_name("sim.ailment", tests, NULL, NULL);
}
