#include "rig.h"

#include <stdlib.h>
#include <string.h>

static struct plan_act on_task(uint32_t kind, uint32_t job, uint32_t rank, plan_ns at_ns)
{
    struct plan_act act = plan_act_blank();
    act.kind = kind;
    act.job = job;
    act.stage = 0;
    act.rank = rank;
    act.at_ns = at_ns;
    return act;
}

static struct plan_op meet(struct plan *plan, const char *name, int64_t tasks, int64_t within)
{
    return (struct plan_op){
        .code = PLAN_OP_MEET, .dist = plan_name(plan, name), .value = tasks, .value2 = within};
}

static struct plan_op compute(struct plan *plan, int64_t ns)
{
    return (struct plan_op){.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, ns)};
}

/* ---- rendezvous */
static void a_rendezvous_holds_until_so_many_are_there_whatever_their_jobs(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    const struct plan_op early[] = {compute(plan, SECOND),
                                    meet(plan, "tracker", 4, PLAN_NEVER),
                                    compute(plan, SECOND),
                                    {.code = PLAN_OP_END}},
                         late[] = {compute(plan, 9 * SECOND),
                                   meet(plan, "tracker", 4, PLAN_NEVER),
                                   {.code = PLAN_OP_END}};
    rig_gang(plan, "a", 2, rig_program(plan, early, 4), 0);
    rig_tasks(plan, "b", 2, rig_program(plan, late, 3), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_MEET), 4);
    assert_int_equal(rig_count(&rig, TRACE_MET), 4);
    uint64_t last = rig_nth(&rig, TRACE_MEET, 4);
    for (uint32_t i = 1; i <= 4; i++) {
        const struct trace_record *met = nth(&rig, TRACE_MET, i), *came = nth(&rig, TRACE_MEET, i);
        assert_true(rig_nth(&rig, TRACE_MET, i) > last);
        assert_int_equal(met->cause, last);
        assert_int_equal(met->at_ns, rig_record(&rig, last)->at_ns);
        assert_int_equal(met->actor, TRACE_TASK);
        assert_int_equal(met->a, PLAN_OP_MEET);
        assert_int_equal(met->b, plan_find_name(plan, "tracker"));
        assert_int_equal(met->rank, came->rank); /* in the order they came */
        assert_int_equal(met->job, came->job);
    }
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void places_of_other_names_are_other_places(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    const struct plan_op a[] = {meet(plan, "x", 2, PLAN_NEVER), {.code = PLAN_OP_END}},
                         b[] = {meet(plan, "y", 2, PLAN_NEVER), {.code = PLAN_OP_END}};
    rig_tasks(plan, "a", 1, rig_program(plan, a, 2), 0);
    rig_tasks(plan, "b", 1, rig_program(plan, b, 2), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_MET), 0);
    assert_int_equal(nth(&rig, TRACE_QUIESCENT, 1)->a, -1);
    assert_int_equal(rig_how(&rig),
                     TRACE_END_HUNG); /* two tasks that wait for each other are no work */
    rig_free(&rig);
}

static void a_rendezvous_can_be_used_again(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 3);
    struct rig rig;
    const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 3, .value = 50},
                                  {.code = PLAN_OP_COMPUTE, .dist = rig_uniform(plan, 0, SECOND)},
                                  meet(plan, "x", 3, PLAN_NEVER),
                                  {.code = PLAN_OP_NEXT, .to = 0},
                                  {.code = PLAN_OP_END}};
    rig_gang(plan, "a", 3, rig_program(plan, ops, 5), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_MET), 150);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

/* Decided as quiescent, with the earliest patience as the give-up. */
static void patience_at_a_rendezvous_is_a_give_up(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    const struct plan_op ops[] = {compute(plan, SECOND),
                                  {.code = PLAN_OP_ON_RANK, .to = 3, .value = 1, .value2 = 1},
                                  meet(plan, "x", 2, 9 * DAY),
                                  meet(plan, "y", 2, 5 * DAY),
                                  {.code = PLAN_OP_END}};
    plan->setting[PLAN_SET_ATTEMPTS] = 1;
    rig_tasks(plan, "a", 2, rig_program(plan, ops, 5), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *quiet = nth(&rig, TRACE_QUIESCENT, 1),
                              *exit = nth(&rig, TRACE_EXIT, 1);
    assert_int_equal(quiet->a, nth(&rig, TRACE_MEET, 1)->at_ns + 5 * DAY);
    assert_int_equal(quiet->b, GANG_TIMER_NONE);
    assert_int_equal(exit->at_ns, quiet->a);
    assert_int_equal(exit->a, TRACE_EXIT_FAILED);
    assert_int_equal(exit->b, 110);
    assert_int_equal(exit->rank, 0);
    assert_int_equal(rig_record(&rig, exit->cause)->kind, TRACE_MEET);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void who_goes_on_in_time_does_not_give_up(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 2);
    struct rig rig;
    const struct plan_op ops[] = {{.code = PLAN_OP_ON_RANK, .to = 2, .value = 1, .value2 = 1},
                                  compute(plan, 9 * SECOND),
                                  meet(plan, "x", 2, 10 * SECOND),
                                  compute(plan, 9 * SECOND),
                                  {.code = PLAN_OP_END}};
    rig_gang(plan, "a", 2, rig_program(plan, ops, 5), 0);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

/* It leaves, and nobody is told: whoever comes instead makes it whole. */
static void the_dead_leave_a_rendezvous(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 3);
    struct rig rig;
    struct plan_act kill = on_task(PLAN_ACT_KILL_TASK, 0, 0, 3 * SECOND);
    const struct plan_op ops[] = {{.code = PLAN_OP_ON_RANK, .to = 2, .value = 2, .value2 = 2},
                                  compute(plan, 60 * SECOND),
                                  compute(plan, SECOND),
                                  meet(plan, "x", 3, PLAN_NEVER),
                                  {.code = PLAN_OP_END}};
    rig_tasks(plan, "a", 3, rig_program(plan, ops, 5), 0);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(rig_count(&rig, TRACE_MEET), 4);
    assert_int_equal(rig_count(&rig, TRACE_MET), 3);
    assert_true(nth(&rig, TRACE_MET, 1)->at_ns >
                61 * SECOND); /* three were there, but not at one time */
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

static void a_kill_ends_the_wait_and_a_hung_task_still_counts(void **state)
{
    (void)state;
    for (int hangs = 0; hangs < 2; hangs++) {
        struct plan *plan = rig_plan(1, 2);
        struct rig rig;
        struct plan_act act =
            on_task(hangs ? PLAN_ACT_HANG_TASK : PLAN_ACT_KILL_TASK, 0, 0, 3 * SECOND);
        const struct plan_op ops[] = {{.code = PLAN_OP_ON_RANK, .to = 2, .value = 1, .value2 = 1},
                                      compute(plan, 9 * SECOND),
                                      meet(plan, "x", 2, PLAN_NEVER),
                                      {.code = PLAN_OP_BARRIER},
                                      {.code = PLAN_OP_END}};
        plan->setting[PLAN_SET_SYNC_TIMEOUT] = 60 * SECOND;
        rig_gang(plan, "a", 2, rig_program(plan, ops, 5), 0);
        rig_act(plan, &act);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        const struct trace_record *fence = nth(&rig, TRACE_FENCE, 1);
        if (hangs) { /* both met; then one of them is missed at the barrier */
            assert_true(rig_nth(&rig, TRACE_MET, 2) < rig_nth(&rig, TRACE_FENCE, 1));
            assert_true(fence->at_ns > 60 * SECOND);
        } else {
            assert_true(rig_nth(&rig, TRACE_FENCE, 1) < rig_nth(&rig, TRACE_MET, 1));
            assert_true(fence->at_ns < 4 * SECOND);
        }
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        rig_free(&rig);
    }
}

/* ---- all-reduce and exchange */
static void an_all_reduce_takes_its_steps_round_the_ring(void **state)
{
    (void)state;
    const struct {
        uint32_t n;
        int64_t bandwidth, bytes, takes;
    } cases[] = {{4, 0, 1 << 20, 6 * 500000},
                 {4, 1000, 4000, 6 * (500000 + SECOND)},
                 {3, 1000, 100, 4 * (500000 + 34 * MS)}, /* a third of the bytes, rounded up */
                 {1, 1000, 4000, 0}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan *plan = rig_plan(1, 4);
        struct rig rig;
        const struct plan_op ops[] = {compute(plan, SECOND),
                                      {.code = PLAN_OP_ALL_REDUCE, .value = cases[i].bytes},
                                      {.code = PLAN_OP_END}};
        plan->setting[PLAN_SET_BANDWIDTH] = cases[i].bandwidth;
        rig_gang(plan, "a", cases[i].n, rig_program(plan, ops, 3), 0);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_MET), cases[i].n);
        assert_int_equal(nth(&rig, TRACE_MET, 1)->at_ns - nth(&rig, TRACE_MEET, cases[i].n)->at_ns,
                         cases[i].takes);
        assert_int_equal(nth(&rig, TRACE_MET, 1)->a, PLAN_OP_ALL_REDUCE);
        rig_free(&rig);
    }
}

/* Before the last is there, or while the bytes go round: the others are not told, and only the scheduler ends it. */
static void a_death_in_an_all_reduce_hangs_the_others_until_they_are_killed(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        struct plan *plan = rig_plan(2, 2);
        struct rig rig;
        struct plan_act kill = on_task(PLAN_ACT_KILL_TASK, 0, 3, (round ? 12 : 5) * SECOND);
        const struct plan_op ops[] = {{.code = PLAN_OP_ON_RANK, .to = 2, .value = 0, .value2 = 0},
                                      compute(plan, 9 * SECOND),
                                      compute(plan, SECOND),
                                      {.code = PLAN_OP_ALL_REDUCE, .value = 4000},
                                      {.code = PLAN_OP_END}};
        plan->setting[PLAN_SET_BANDWIDTH] = 1000;
        rig_gang(plan, "a", 4, rig_program(plan, ops, 5), 0);
        rig_act(plan, &kill);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        uint64_t fence = rig_nth(&rig, TRACE_FENCE, 1);
        assert_true(rig_nth(&rig, TRACE_MET, 1) > fence);
        assert_int_equal(rig_count(&rig, TRACE_MET), 4);
        assert_int_equal(nth(&rig, TRACE_MET, 1)->attempt, 1);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        rig_free(&rig);
    }
}

/* Nothing tells the scheduler that a member which ended well will be missed: before all are there, or while the bytes
 * go round. */
static void a_member_that_quits_hangs_an_all_reduce_for_good(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        struct plan *plan = rig_plan(2, 2);
        struct rig rig;
        struct plan_act quit = on_task(PLAN_ACT_QUIT, 0, 3, round ? 3 * SECOND : 500 * MS);
        const struct plan_op ops[] = {compute(plan, SECOND),
                                      {.code = PLAN_OP_ALL_REDUCE, .value = 4000},
                                      {.code = PLAN_OP_END}};
        plan->setting[PLAN_SET_BANDWIDTH] = 1000;
        rig_gang(plan, "a", 4, rig_program(plan, ops, 3), 0);
        rig_act(plan, &quit);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_MEET), 3 + round);
        assert_int_equal(rig_count(&rig, TRACE_MET), 0);
        assert_int_equal(rig_count(&rig, TRACE_QUIESCENT), 1);
        assert_int_equal(rig_how(&rig), TRACE_END_HUNG);
        rig_free(&rig);
    }
}

static void an_exchange_costs_a_call_a_batch_and_its_bytes(void **state)
{
    (void)state;
    for (int64_t bandwidth = 0; bandwidth <= 1000; bandwidth += 1000) {
        struct plan *plan = rig_plan(1, 1);
        struct rig rig;
        const struct plan_op ops[] = {{.code = PLAN_OP_EXCHANGE, .value = 10000, .value2 = 3000},
                                      {.code = PLAN_OP_END}};
        plan->setting[PLAN_SET_BANDWIDTH] = bandwidth;
        plan->setting[PLAN_SET_EXCHANGE_CALL] = 7 * MS;
        rig_tasks(plan, "a", 1, rig_program(plan, ops, 2), 0);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(nth(&rig, TRACE_EXIT, 1)->at_ns - nth(&rig, TRACE_START, 1)->at_ns,
                         4 * 7 * MS + (bandwidth ? 10 * SECOND : 0));
        rig_free(&rig);
    }
}

/* ---- tasks that do as they like */
static void who_ignores_a_kill_is_forced_after_the_grace(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    struct plan_act ignore = on_task(PLAN_ACT_IGNORE_KILL, 0, 1, 2 * SECOND),
                    kill = on_task(PLAN_ACT_KILL_TASK, 0, 3, 3 * SECOND);
    rig_gang(plan, "a", 4, rig_rounds(plan, 2, 60 * SECOND, 60 * SECOND), 0);
    rig_act(plan, &ignore);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    int64_t asked_ns = -1, gone_ns = -1;
    for (uint64_t n = 1; n <= rig.count && gone_ns < 0; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        if (r->rank == 1 && r->kind == TRACE_KILLED && r->a == 0)
            asked_ns = r->at_ns;
        if (r->rank == 1 && r->kind == TRACE_EXIT)
            gone_ns = r->at_ns;
    }
    assert_int_equal(gone_ns - asked_ns, plan->setting[PLAN_SET_KILL_GRACE]);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

/* A task that goes on although it was asked to end may well succeed: that counts for nothing (G-13). */
static void the_success_of_who_ignores_a_kill_is_not_accepted(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    struct plan_act ignore = on_task(PLAN_ACT_IGNORE_KILL, 0, 1, SECOND),
                    kill = on_task(PLAN_ACT_KILL_TASK, 0, 3, 3 * SECOND);
    const struct plan_op ops[] = {compute(plan, 5 * SECOND), {.code = PLAN_OP_END}};
    rig_gang(plan, "a", 4, rig_program(plan, ops, 2), 0);
    rig_act(plan, &ignore);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    uint32_t well = 0;
    for (uint64_t n = 1; n <= rig.count; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        well += r->kind == TRACE_EXIT && r->attempt == 0 && r->a == TRACE_EXIT_OK;
        assert_false(r->kind == TRACE_ACCEPT && r->attempt == 0);
    }
    assert_int_equal(well, 1);
    rig_free(&rig);
}

static void a_lingering_task_holds_its_slot(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(1, 1);
    struct rig rig;
    struct plan_act linger = on_task(PLAN_ACT_LINGER, 0, 0, SECOND);
    linger.duration_ns = 40 * SECOND;
    rig_gang(plan, "a", 1, rig_rounds(plan, 1, 5 * SECOND, 5 * SECOND), 0);
    rig_gang(plan, "b", 1, rig_rounds(plan, 1, SECOND, SECOND), SECOND);
    rig_act(plan, &linger);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *exit = nth(&rig, TRACE_EXIT, 1);
    assert_int_equal(exit->a, TRACE_EXIT_OK);
    assert_in_range(exit->at_ns, 45 * SECOND, 46 * SECOND);
    assert_true(nth(&rig, TRACE_START, 2)->at_ns >= exit->at_ns);
    assert_int_equal(rig_count(&rig, TRACE_QUIESCENT), 0);
    rig_free(&rig);
}

static void who_lingers_is_gone_at_once_when_forced(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct rig rig;
    struct plan_act linger = on_task(PLAN_ACT_LINGER, 0, 1, SECOND),
                    kill = on_task(PLAN_ACT_KILL_TASK, 0, 3, 3 * SECOND);
    linger.duration_ns = DAY;
    rig_gang(plan, "a", 4, rig_rounds(plan, 2, 60 * SECOND, 60 * SECOND), 0);
    rig_act(plan, &linger);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    for (uint64_t n = 1; n <= rig.count; n++)
        if (rig_record(&rig, n)->kind == TRACE_EXIT && rig_record(&rig, n)->rank == 1) {
            assert_int_equal(rig_record(&rig, n)->a, TRACE_EXIT_KILLED);
            assert_int_equal(rig_record(&rig, rig_record(&rig, n)->cause)->a, 1);
            assert_in_range(rig_record(&rig, n)->at_ns, 13 * SECOND, 14 * SECOND);
            break;
        }
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

/* Killed while it waits for others, it lingers; its patience with them is over, too. */
static void who_lingers_waits_for_nobody(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 1);
    struct rig rig;
    struct plan_act linger = on_task(PLAN_ACT_LINGER, 0, 0, SECOND),
                    kill = on_task(PLAN_ACT_KILL_TASK, 0, 1, 2 * SECOND);
    const struct plan_op ops[] = {{.code = PLAN_OP_ON_RANK, .to = 2, .value = 1, .value2 = 1},
                                  compute(plan, 30 * SECOND),
                                  meet(plan, "x", 2, 4 * SECOND),
                                  {.code = PLAN_OP_END}};
    linger.duration_ns = 5 * SECOND;
    plan->setting[PLAN_SET_ATTEMPTS] = 1;
    rig_gang(plan, "a", 2, rig_program(plan, ops, 4), 0);
    rig_act(plan, &linger);
    rig_act(plan, &kill);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *exit = nth(&rig, TRACE_EXIT, 2);
    assert_int_equal(exit->rank, 0);
    assert_int_equal(exit->a, TRACE_EXIT_KILLED);
    assert_in_range(exit->at_ns, 7 * SECOND, 7 * SECOND + 10 * MS);
    rig_free(&rig);
}

static void who_quits_ends_well_and_those_who_wait_for_it_are_told(void **state)
{
    (void)state;
    for (int calling = 0; calling < 2;
         calling++) { /* in a compute, or in a call that must return first */
        struct plan *plan = rig_plan(2, 2);
        struct rig rig;
        struct plan_act quit = on_task(PLAN_ACT_QUIT, 0, calling ? 0 : 3, 0);
        rig_when(plan, &quit, "arrive", 4);
        rig_gang(plan, "a", 4, rig_rounds(plan, 3, SECOND, SECOND), 0);
        quit.at_ns = calling ? 0 : 500 * MS;
        rig_act(plan, &quit);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        const struct trace_record *exit = nth(&rig, TRACE_EXIT, 1);
        assert_int_equal(exit->a, TRACE_EXIT_OK);
        assert_int_equal(exit->rank, quit.rank);
        assert_int_equal(rig_record(&rig, exit->cause)->kind, calling ? TRACE_REPLY : TRACE_FAULT);
        assert_int_equal(nth(&rig, TRACE_ROUND_FAILED, 1)->b, GANG_REASON_MEMBER_EXITED);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        rig_free(&rig);
    }
}

/* The round that is over refuses it (G-06), the present one has it already (G-05), and its task hears of neither. */
static void a_call_that_is_sent_again_changes_nothing(void **state)
{
    (void)state;
    for (int32_t epoch = 0; epoch < 4; epoch++) {
        struct plan *plan = rig_plan(2, 2);
        struct rig rig;
        struct plan_act stray = on_task(PLAN_ACT_STRAY_CALL, 0, 1, 2500 * MS);
        const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 5, .value = 3},
                                      compute(plan, SECOND),
                                      {.code = PLAN_OP_ON_RANK, .to = 4, .value = 2, .value2 = 2},
                                      compute(plan, SECOND), /* so that the others wait for one */
                                      {.code = PLAN_OP_BARRIER},
                                      {.code = PLAN_OP_NEXT, .to = 0},
                                      {.code = PLAN_OP_END}};
        stray.amount = epoch;
        stray.at_ns = 3500 * MS; /* it waits in epoch 1 */
        rig_gang(plan, "a", 4, rig_program(plan, ops, 7), 0);
        rig_act(plan, &stray);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_FAULT),
                         epoch < 2); /* a call that was never made is none */
        assert_int_equal(rig_count(&rig, TRACE_ARRIVE), 12 + (epoch < 2));
        assert_int_equal(rig_count(&rig, TRACE_ROUND_FAILED), epoch == 0);
        assert_int_equal(rig_count(&rig, TRACE_REPLY), 12);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
        rig_free(&rig);
    }
}

/* ---- services */
static uint32_t add_service(struct plan *plan, plan_ns submit_ns)
{
    const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 3, .value = 1000000000},
                                  compute(plan, SECOND),
                                  {.code = PLAN_OP_BARRIER},
                                  {.code = PLAN_OP_NEXT, .to = 0},
                                  {.code = PLAN_OP_END}};
    uint32_t job = rig_gang(plan, "service", 2, rig_program(plan, ops, 5), submit_ns);
    plan->jobs[job].kind = PLAN_JOB_SERVICE;
    return job;
}

static void a_run_does_not_wait_for_its_services(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) { /* even if they come when all is over */
        struct plan *plan = rig_plan(2, 2);
        struct rig rig;
        uint32_t service = add_service(plan, late ? 100 * SECOND : 0);
        rig_gang(plan, "a", 2, rig_rounds(plan, 3, SECOND, SECOND), 0);
        rig_gang(plan, "b", 2, rig_rounds(plan, 3, SECOND, SECOND), 60 * SECOND);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_CANCEL), 1);
        assert_int_equal(nth(&rig, TRACE_CANCEL, 1)->job, service);
        assert_true(rig_nth(&rig, TRACE_CANCEL, 1) > rig_nth(&rig, TRACE_JOB_DONE, 2));
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 3)->a, GANG_REASON_CANCELLED);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        rig_free(&rig);
    }
}

static void a_job_that_an_act_may_yet_submit_is_waited_for(void **state)
{
    (void)state;
    for (int matched = 0; matched < 2; matched++) {
        struct plan *plan = rig_plan(2, 2);
        struct rig rig;
        struct plan_act submit = plan_act_blank();
        (void)add_service(plan, 0);
        rig_gang(plan, "a", 2, rig_rounds(plan, 3, SECOND, SECOND), 0);
        submit.kind = PLAN_ACT_SUBMIT;
        submit.at_ns = 30 * SECOND;
        submit.job = rig_gang(plan, "b", 2, rig_rounds(plan, 3, SECOND, SECOND), PLAN_NEVER);
        if (matched)
            rig_when(plan, &submit, "job-done", 1);
        rig_act(plan, &submit);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_true(rig_nth(&rig, TRACE_CANCEL, 1) > rig_nth(&rig, TRACE_JOB_DONE, 2));
        assert_int_equal(rig_count(&rig, TRACE_JOB_DONE), 3);
        rig_free(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rendezvous_holds_until_so_many_are_there_whatever_their_jobs),
        cmocka_unit_test(places_of_other_names_are_other_places),
        cmocka_unit_test(a_rendezvous_can_be_used_again),
        cmocka_unit_test(patience_at_a_rendezvous_is_a_give_up),
        cmocka_unit_test(who_goes_on_in_time_does_not_give_up),
        cmocka_unit_test(the_dead_leave_a_rendezvous),
        cmocka_unit_test(a_kill_ends_the_wait_and_a_hung_task_still_counts),
        cmocka_unit_test(an_all_reduce_takes_its_steps_round_the_ring),
        cmocka_unit_test(a_death_in_an_all_reduce_hangs_the_others_until_they_are_killed),
        cmocka_unit_test(a_member_that_quits_hangs_an_all_reduce_for_good),
        cmocka_unit_test(an_exchange_costs_a_call_a_batch_and_its_bytes),
        cmocka_unit_test(who_ignores_a_kill_is_forced_after_the_grace),
        cmocka_unit_test(the_success_of_who_ignores_a_kill_is_not_accepted),
        cmocka_unit_test(a_lingering_task_holds_its_slot),
        cmocka_unit_test(who_lingers_is_gone_at_once_when_forced),
        cmocka_unit_test(who_lingers_waits_for_nobody),
        cmocka_unit_test(who_quits_ends_well_and_those_who_wait_for_it_are_told),
        cmocka_unit_test(a_call_that_is_sent_again_changes_nothing),
        cmocka_unit_test(a_run_does_not_wait_for_its_services),
        cmocka_unit_test(a_job_that_an_act_may_yet_submit_is_waited_for),
    };
    return cmocka_run_group_tests_name("sim.meet", tests, NULL, NULL);
}
