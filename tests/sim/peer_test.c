/* peer_test.c -- executors lose each other: what fetches, all-reduces and rendezvous make of it. */
#include "rig.h"

#include <string.h>

enum { A = 0, B = 1 }; /* the two executors of most plans */
#define TIMEOUT (40 * SECOND)
#define NET     (10 * MS)

static struct plan_act between(uint32_t kind, uint32_t executor, uint32_t peer, plan_ns at_ns)
{
    struct plan_act act = rig_act_on(kind, executor, at_ns);
    act.peer = peer;
    return act;
}

static void add(struct plan *plan, uint32_t kind, plan_ns at_ns, plan_ns duration_ns, uint32_t way)
{
    struct plan_act act = between(kind, A, B, at_ns);
    act.duration_ns = duration_ns;
    act.way = way;
    rig_act(plan, &act);
}

static struct plan_op compute(struct plan *plan, int64_t ns)
{
    return (struct plan_op){.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, ns)};
}

static struct plan *plan_of(uint32_t executors, uint32_t cores)
{
    struct plan *plan = rig_plan(executors, cores);
    plan->setting[PLAN_SET_CONNECTION_TIMEOUT] = TIMEOUT;
    plan->setting[PLAN_SET_HEAL_AFTER] = 3600 * SECOND;
    plan->setting[PLAN_SET_LATENCY] = NET;
    return plan;
}

/* ---- fetches: one map task a machine, and a gang whose rank 0 (on A) reads all of them after ten seconds. It takes a second. */
static struct plan *plan_of_fetch(uint32_t executors)
{
    struct plan *plan = plan_of(executors, 1);
    const struct plan_op map[] = {compute(plan, SECOND), {.code = PLAN_OP_END}},
                         read[] = {compute(plan, 10 * SECOND),
                                   {.code = PLAN_OP_FETCH, .value = 980},
                                   compute(plan, SECOND),
                                   {.code = PLAN_OP_END}};
    uint32_t job = rig_tasks(plan, "a", executors, rig_program(plan, map, 2), 0);
    rig_reader(plan, job, PLAN_STAGE_BARRIER, 1, read, 4);
    plan->setting[PLAN_SET_BANDWIDTH] =
        1000; /* bytes a second: 0.98 s and the way there and back */
    return plan;
}

static int64_t reader_starts(const struct rig *rig)
{
    for (uint64_t n = 1; n <= rig->count; n++)
        if (rig_record(rig, n)->kind == TRACE_START && rig_record(rig, n)->stage == 1)
            return rig_record(rig, n)->at_ns;
    return -1;
}

/* When the reader starts, whatever becomes of it. */
static int64_t usual_start(void)
{
    struct plan *plan = plan_of_fetch(2);
    struct rig rig;
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    int64_t start_ns = reader_starts(&rig);
    assert_int_equal(rig_reader_ns(&rig), 12 * SECOND);
    rig_free(&rig);
    return start_ns;
}

/* The task's time from its start to its end, with a fault so long after its start. */
static int64_t fetch_with(uint32_t kind, int64_t at_ns, int64_t duration_ns, uint32_t way,
                          uint32_t *missed)
{
    struct plan *plan = plan_of_fetch(2);
    struct rig rig;
    add(plan, kind, usual_start() + at_ns, duration_ns, way);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    int64_t ns = rig_reader_ns(&rig);
    *missed = rig_count(&rig, TRACE_FETCH_FAILED);
    if (*missed == 0)
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_check_history(&rig);
    rig_free(&rig);
    return ns;
}

static void a_fetch_stands_still_as_long_as_its_source_is_out_of_reach(void **state)
{
    (void)state;
    const struct {
        uint32_t kind;
        int64_t at_ns, for_ns, takes_ns;
    } cases[] = {
        {PLAN_ACT_CUT, 5 * SECOND, 3 * SECOND, 12 * SECOND},       /* over before */
        {PLAN_ACT_CUT, 5 * SECOND, 9 * SECOND, 16 * SECOND + NET}, /* begins in it */
        {PLAN_ACT_CUT, 10 * SECOND + 500 * MS, 200 * MS, 12 * SECOND + 200 * MS + NET}, /* within */
        {PLAN_ACT_CUT, 10 * SECOND + 500 * MS, 20 * SECOND, 32 * SECOND + NET},
        {PLAN_ACT_HOLD, 10 * SECOND + 500 * MS, 20 * SECOND, 32 * SECOND},
        {PLAN_ACT_HOLD, 10 * SECOND + 500 * MS, 90 * SECOND, 102 * SECOND}, /* held is not lost */
        {PLAN_ACT_CUT, 11 * SECOND + 500 * MS, 20 * SECOND, 12 * SECOND}};  /* too late */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (uint32_t way = PLAN_WAY_BOTH; way <= PLAN_WAY_OUT;
             way++) { /* a conversation needs both */
            uint32_t missed;
            assert_int_equal(
                fetch_with(cases[i].kind, cases[i].at_ns, cases[i].for_ns, way, &missed),
                cases[i].takes_ns);
            assert_int_equal(missed, 0);
        }
}

/* From then on as if the output were gone (B-142): its executor is alive, and yet its output is made again. */
static void a_fetch_over_a_link_that_stays_cut_fails(void **state)
{
    (void)state;
    for (uint32_t early = 0; early < 2; early++) {
        struct plan *plan = plan_of_fetch(2);
        struct rig rig;
        int64_t start_ns = usual_start();
        add(plan, PLAN_ACT_CUT, start_ns + (early ? 2 : 10) * SECOND + 500 * MS, 55 * SECOND,
            PLAN_WAY_BOTH);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        const struct trace_record *missed = nth(&rig, TRACE_FETCH_FAILED, 1),
                                  *lost = nth(&rig, TRACE_UNREGISTER, 1);
        /* Patience begins with the cut, or with the fetch if that came later. */
        assert_int_equal(missed->at_ns, start_ns + 10 * SECOND + (early ? 0 : 500 * MS) + TIMEOUT);
        assert_int_equal(missed->executor, B);
        assert_int_equal(missed->a, 0);
        assert_int_equal(missed->b, 1);
        assert_int_equal(rig_record(&rig, missed->cause)->kind, TRACE_FAULT);
        assert_int_equal(lost->rank, 1);
        assert_int_equal(lost->a, 1);
        assert_int_equal(lost->b, GANG_REASON_FETCH_FAILED);
        assert_int_equal(rig_count(&rig, TRACE_LOST), 0);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        rig_check_history(&rig);
        rig_free(&rig);
    }
}

static void a_clogged_fetch_is_late_by_both_ways(void **state)
{
    (void)state;
    static const int64_t late_ns[] = {2 * 300 * MS, 300 * MS, 300 * MS};
    for (uint32_t way = PLAN_WAY_BOTH; way <= PLAN_WAY_OUT; way++) {
        uint32_t missed;
        assert_int_equal(fetch_with(PLAN_ACT_CLOG, SECOND, 300 * MS, way, &missed),
                         12 * SECOND + late_ns[way]);
        assert_int_equal(fetch_with(PLAN_ACT_CLOG, 10 * SECOND + 1, 300 * MS, way, &missed),
                         12 * SECOND);
        assert_int_equal(missed, 0);
    }
}

static void a_refused_fetch_fails_at_once_and_one_that_has_begun_does_not(void **state)
{
    (void)state;
    uint32_t missed;
    for (uint32_t way = PLAN_WAY_BOTH; way <= PLAN_WAY_OUT; way++) { /* the reader, on A, calls */
        int64_t ns = fetch_with(PLAN_ACT_REFUSE, SECOND, 0, way, &missed);
        assert_int_equal(ns, way == PLAN_WAY_IN ? 12 * SECOND : 10 * SECOND);
        assert_true((missed > 0) == (way != PLAN_WAY_IN));
        assert_int_equal(fetch_with(PLAN_ACT_REFUSE, 10 * SECOND + 1, 0, way, &missed),
                         12 * SECOND);
    }
}

static void a_broken_connection_ends_a_fetch_that_uses_it(void **state)
{
    (void)state;
    uint32_t missed;
    assert_int_equal(fetch_with(PLAN_ACT_BREAK, 10 * SECOND + 500 * MS, 0, 0, &missed),
                     10 * SECOND + 500 * MS);
    assert_int_equal(missed, 1);
    assert_int_equal(fetch_with(PLAN_ACT_BREAK, 5 * SECOND, 0, 0, &missed), 12 * SECOND);
    assert_int_equal(missed, 0);
}

/* Nobody hears of its crash over a link that is cut. */
static void a_source_that_crashes_behind_a_cut_is_missed_when_it_is_mended(void **state)
{
    (void)state;
    for (int mended = 0; mended < 2; mended++) {
        struct plan *plan = plan_of_fetch(2);
        struct plan_act crash = rig_crash(B, 0), restart;
        struct rig rig;
        int64_t start_ns = usual_start();
        add(plan, PLAN_ACT_CUT, start_ns + 10 * SECOND + 500 * MS, mended ? 20 * SECOND : 0,
            PLAN_WAY_BOTH);
        crash.at_ns = start_ns + 11 * SECOND;
        restart = crash;
        restart.kind = PLAN_ACT_RESTART;
        restart.at_ns = start_ns + 100 * SECOND;
        rig_act(plan, &crash);
        rig_act(plan, &restart);
        plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 1000 * SECOND;
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        int64_t after_ns = mended ? 20 * SECOND + 500 * MS + NET : TIMEOUT;
        assert_int_equal(nth(&rig, TRACE_FETCH_FAILED, 1)->at_ns,
                         start_ns + 10 * SECOND + 500 * MS + after_ns);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        rig_check_history(&rig);
        rig_free(&rig);
    }
}

/* However a cut and a pause overlap, what both cover counts once. */
static void a_machine_that_stands_still_is_not_late_twice(void **state)
{
    (void)state;
    static const int64_t cases[][4] = {
        /* cut at, for; pause at, for: after the fetch began, in tenths of a second */
        {2, 40, 10, 10}, {2, 40, 30, 40}, {10, 40, 2, 20}, {10, 10, 2, 60},
        {2, 4, 20, 10},  {2, 60, 4, 4},   {4, 4, 2, 60},   {2, 80, 20, 10}, {4, 40, 2, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan *plan = plan_of_fetch(2);
        struct plan_act pause = plan_act_blank();
        struct rig rig;
        int64_t fetch_ns = usual_start() + 10 * SECOND, tenth = 100 * MS, still = 0;
        const int64_t *c = cases[i];
        add(plan, PLAN_ACT_HOLD, fetch_ns + c[0] * tenth, c[1] * tenth, PLAN_WAY_BOTH);
        pause.kind = PLAN_ACT_PAUSE;
        pause.executor = A;
        pause.at_ns = fetch_ns + c[2] * tenth;
        pause.duration_ns = c[3] * tenth;
        rig_act(plan, &pause);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        int64_t need = 10,
                at = 0; /* tenths of progress that the fetch needs; then the second of compute */
        for (; need > 0; at++) {
            bool held = at >= c[0] && at < c[0] + c[1], paused = at >= c[2] && at < c[2] + c[3];
            need -= !held && !paused;
            still += held || paused;
        }
        for (need = 10; need > 0; at++) {
            bool paused = at >= c[2] && at < c[2] + c[3];
            need -= !paused;
            still += paused;
        }
        assert_int_equal(rig_reader_ns(&rig), 12 * SECOND + still * tenth);
        rig_free(&rig);
    }
}

/* ---- all-reduces: a gang of one task a machine, which computes for ten seconds and reduces for 2(n-1) steps */
static struct plan *plan_of_ring(uint32_t executors, uint32_t cores)
{
    struct plan *plan = plan_of(executors, cores);
    const struct plan_op ops[] = {compute(plan, 10 * SECOND),
                                  {.code = PLAN_OP_ALL_REDUCE, .value = 1000},
                                  compute(plan, SECOND),
                                  {.code = PLAN_OP_END}};
    plan->setting[PLAN_SET_BANDWIDTH] = 0;
    plan->setting[PLAN_SET_LATENCY] = 250 * MS;
    rig_gang(plan, "ring", executors * cores, rig_program(plan, ops, 4), 0);
    return plan;
}

static int64_t first_exit(const struct rig *rig)
{
    return nth(rig, TRACE_EXIT, 1)->at_ns - nth(rig, TRACE_START, 1)->at_ns;
}

static void run_ring(struct rig *rig, uint32_t executors, const struct plan_act *fault,
                     int64_t at_ns)
{
    struct plan_act act = *fault;
    struct plan *plan = plan_of_ring(executors, 1);
    rig_begin(rig, plan, 1);
    rig_end(rig);
    int64_t start_ns = nth(rig, TRACE_START, 1)->at_ns;
    assert_int_equal(first_exit(rig), 11 * SECOND + 2 * (executors - 1) * 250 * MS);
    rig_free(rig);
    act.at_ns = start_ns + at_ns;
    plan = plan_of_ring(executors, 1);
    rig_act(plan, &act);
    rig_begin(rig, plan, 1);
    rig_end(rig);
    rig_check_history(rig);
}

static void a_ring_stands_still_while_two_neighbours_cannot_reach_each_other(void **state)
{
    (void)state;
    for (uint32_t way = PLAN_WAY_BOTH; way <= PLAN_WAY_OUT; way++)
        for (uint32_t peer = 1; peer < 4; peer++)
            for (int held = 0; held < 2; held++)
                for (int begun = 0; begun < 2; begun++) {
                    struct plan_act cut = between(held ? PLAN_ACT_HOLD : PLAN_ACT_CUT, 0, peer, 0);
                    struct rig rig;
                    cut.way = way;
                    cut.duration_ns = 20 * SECOND;
                    run_ring(&rig, 4, &cut, begun ? 10 * SECOND + 500 * MS : 8 * SECOND);
                    int64_t late_ns = (begun ? 20 : 18) * SECOND + (held ? 0 : 250 * MS);
                    assert_int_equal(first_exit(&rig),
                                     12 * SECOND + 500 * MS +
                                         (peer == 2 ? 0 : late_ns)); /* 0 and 2 are no neighbours */
                    assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
                    rig_free(&rig);
                }
}

static void both_ends_of_an_edge_that_stays_cut_fail_and_no_others(void **state)
{
    (void)state;
    struct plan_act cut = between(PLAN_ACT_CUT, 2, 1, 0);
    struct rig rig;
    cut.duration_ns = 60 * SECOND;
    run_ring(&rig, 4, &cut, 9 * SECOND);
    uint32_t failed = 0;
    for (uint32_t i = 1; i <= rig_count(&rig, TRACE_EXIT); i++) {
        const struct trace_record *exit = nth(&rig, TRACE_EXIT, i);
        if (exit->attempt != 0 || exit->a != TRACE_EXIT_FAILED)
            continue;
        failed++;
        assert_true(exit->rank == 1 || exit->rank == 2);
        assert_int_equal(exit->b, 110);
        assert_int_equal(exit->at_ns - nth(&rig, TRACE_START, 1)->at_ns, 10 * SECOND + TIMEOUT);
        assert_int_equal(rig_record(&rig, exit->cause)->kind, TRACE_FAULT);
    }
    assert_int_equal(failed, 2);
    assert_int_equal(rig_count(&rig, TRACE_FENCE), 1);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    rig_free(&rig);
}

static void a_ring_is_as_slow_as_its_most_clogged_edge(void **state)
{
    (void)state;
    static const int64_t late_ns[] = {100 * MS, 0,
                                      100 * MS}; /* rank 0 sends to rank 1, and not the other way */
    for (uint32_t way = PLAN_WAY_BOTH; way <= PLAN_WAY_OUT; way++) {
        struct plan_act clog = between(PLAN_ACT_CLOG, 0, 1, 0);
        struct rig rig;
        clog.way = way;
        clog.duration_ns = 100 * MS;
        run_ring(&rig, 3, &clog, SECOND);
        assert_int_equal(first_exit(&rig), 12 * SECOND + 4 * late_ns[way]);
        rig_free(&rig);
    }
}

static void who_is_refused_by_its_neighbour_fails_at_once(void **state)
{
    (void)state;
    for (uint32_t way = PLAN_WAY_IN; way <= PLAN_WAY_OUT; way++)
        for (int begun = 0; begun < 2; begun++) {
            struct plan_act refuse = between(PLAN_ACT_REFUSE, 0, 1, 0);
            struct rig rig;
            refuse.way = way;
            run_ring(&rig, 3, &refuse, begun ? 10 * SECOND + 1 : SECOND);
            const struct trace_record *exit = nth(&rig, TRACE_EXIT, 1);
            bool fails = way == PLAN_WAY_OUT && !begun;
            assert_int_equal(exit->a, fails ? TRACE_EXIT_FAILED : TRACE_EXIT_OK);
            assert_int_equal(first_exit(&rig), fails ? 10 * SECOND : 12 * SECOND);
            if (fails) {
                assert_int_equal(exit->rank, 0);
                assert_int_equal(exit->b, 111);
            }
            rig_free(&rig);
        }
}

static void a_broken_connection_ends_both_who_use_it(void **state)
{
    (void)state;
    struct plan_act broken = between(PLAN_ACT_BREAK, 0, 1, 0);
    struct rig rig;
    run_ring(&rig, 3, &broken, 10 * SECOND + 500 * MS);
    assert_int_equal(first_exit(&rig), 10 * SECOND + 500 * MS);
    for (uint32_t i = 1; i <= 2; i++) {
        assert_int_equal(nth(&rig, TRACE_EXIT, i)->b, 104);
        assert_true(nth(&rig, TRACE_EXIT, i)->rank < 2);
    }
    rig_free(&rig);
    run_ring(&rig, 3, &broken, 5 * SECOND); /* nobody uses it: nothing happens */
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 0);
    assert_int_equal(first_exit(&rig), 12 * SECOND);
    rig_free(&rig);
}

static void a_neighbour_that_crashes_ends_the_exchange_as_ever(void **state)
{
    (void)state;
    struct plan *plan = plan_of_ring(3, 1);
    struct plan_act cut = between(PLAN_ACT_CUT, 0, 1, 11 * SECOND),
                    crash = rig_crash(1, 12 * SECOND), restart = rig_crash(1, 15 * SECOND);
    struct rig rig;
    cut.duration_ns = 60 * SECOND;
    restart.kind = PLAN_ACT_RESTART;
    rig_act(plan, &cut);
    rig_act(plan, &crash);
    rig_act(plan, &restart);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    assert_true(rig_count(&rig, TRACE_FENCE) > 0);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_check_history(&rig);
    rig_free(&rig);
}

static void tasks_of_one_machine_need_no_network(void **state)
{
    (void)state;
    struct plan *plan = plan_of_ring(
        2, 2); /* ranks 0 and 1 on A: edges 1-2 and 3-0 are cut, 0-1 and 2-3 are none */
    struct plan_act cut = between(PLAN_ACT_CUT, 0, 1, 5 * SECOND);
    struct rig rig;
    cut.duration_ns = 20 * SECOND;
    rig_act(plan, &cut);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    assert_true(first_exit(&rig) > 25 * SECOND);
    assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
    rig_free(&rig);
}

/* ---- rendezvous: rank 0, on A, holds it, or the driver does */
static struct plan *plan_of_meeting(uint32_t at, int64_t within, int64_t late_ns)
{
    struct plan *plan = plan_of(3, 1);
    const struct plan_op ops[] = {compute(plan, 10 * SECOND),
                                  {.code = PLAN_OP_ON_RANK, .to = 3, .value = 2, .value2 = 2},
                                  compute(plan, late_ns),
                                  {.code = PLAN_OP_MEET,
                                   .to = (uint16_t)at,
                                   .dist = plan_name(plan, "store"),
                                   .value = 3,
                                   .value2 = within},
                                  {.code = PLAN_OP_END}};
    rig_gang(plan, "m", 3, rig_program(plan, ops, 5), 0);
    plan->setting[PLAN_SET_ATTEMPTS] = 1;
    return plan;
}

static void meet_with(struct rig *rig, uint32_t at, int64_t within, uint32_t kind, int64_t at_ns,
                      int64_t duration_ns, uint32_t way)
{
    struct plan *plan = plan_of_meeting(at, within, 5 * SECOND);
    add(plan, kind, at_ns, duration_ns, way);
    rig_begin(rig, plan, 1);
    rig_end(rig);
    rig_check_history(rig);
}

static void who_cannot_reach_the_first_is_not_there(void **state)
{
    (void)state;
    for (uint32_t at = PLAN_HOLDER_DRIVER; at <= PLAN_HOLDER_FIRST; at++)
        for (uint32_t way = PLAN_WAY_BOTH; way <= PLAN_WAY_OUT; way++) {
            struct rig rig;
            meet_with(&rig, at, PLAN_NEVER, PLAN_ACT_CUT, 5 * SECOND, 100 * SECOND, way);
            assert_int_equal(rig_count(&rig, TRACE_MET), 3);
            int64_t met_ns = nth(&rig, TRACE_MET, 1)->at_ns;
            assert_int_equal(nth(&rig, TRACE_MET, 3)->at_ns, met_ns);
            assert_int_equal(met_ns, at == PLAN_HOLDER_FIRST ? 105 * SECOND
                                                             : nth(&rig, TRACE_MEET, 3)->at_ns);
            assert_int_equal(rig_count(&rig, TRACE_FENCE),
                             0); /* it tries for as long as it has patience */
            rig_free(&rig);
        }
}

static void who_has_come_is_counted_and_hears_of_it_when_it_can(void **state)
{
    (void)state;
    struct rig rig;
    meet_with(&rig, PLAN_HOLDER_FIRST, PLAN_NEVER, PLAN_ACT_CUT, 12 * SECOND, 100 * SECOND,
              PLAN_WAY_BOTH);
    assert_int_equal(rig_count(&rig, TRACE_MET), 3);
    assert_int_equal(nth(&rig, TRACE_MET, 1)->at_ns, nth(&rig, TRACE_MEET, 3)->at_ns);
    assert_int_equal(nth(&rig, TRACE_MET, 2)->at_ns, nth(&rig, TRACE_MEET, 3)->at_ns);
    assert_int_equal(nth(&rig, TRACE_MET, 3)->at_ns, 112 * SECOND);
    assert_int_equal(nth(&rig, TRACE_MET, 3)->rank, 1);
    rig_free(&rig);
}

static void its_own_patience_ends_a_wait_behind_a_cut(void **state)
{
    (void)state;
    for (int counted = 0; counted < 2; counted++) {
        struct rig rig;
        meet_with(&rig, PLAN_HOLDER_FIRST, 30 * SECOND, PLAN_ACT_CUT, (counted ? 12 : 5) * SECOND,
                  100 * SECOND, PLAN_WAY_BOTH);
        const struct trace_record *came = nth(&rig, TRACE_MEET, 2),
                                  *exit = nth(&rig, TRACE_EXIT, counted ? 3 : 1);
        assert_int_equal(exit->b, 110);
        assert_int_equal(exit->at_ns, came->at_ns + 30 * SECOND);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_ATTEMPTS);
        rig_free(&rig);
    }
}

static void who_is_refused_by_the_first_fails_at_once(void **state)
{
    (void)state;
    for (uint32_t way = PLAN_WAY_IN; way <= PLAN_WAY_OUT;
         way++) /* rank 1, on B, calls rank 0, on A */
        for (int late = 0; late < 2; late++) {
            struct rig rig;
            meet_with(&rig, PLAN_HOLDER_FIRST, PLAN_NEVER, PLAN_ACT_REFUSE,
                      (late ? 12 : 5) * SECOND, 0, way);
            bool fails = way == PLAN_WAY_IN && !late;
            assert_int_equal(rig_count(&rig, TRACE_MET), fails ? 0 : 3);
            if (fails) {
                assert_int_equal(nth(&rig, TRACE_EXIT, 1)->rank, 1);
                assert_int_equal(nth(&rig, TRACE_EXIT, 1)->b, 111);
                assert_int_equal(nth(&rig, TRACE_EXIT, 1)->at_ns, nth(&rig, TRACE_MEET, 2)->at_ns);
            }
            rig_free(&rig);
        }
}

static void a_clogged_meeting_is_over_when_the_last_has_heard(void **state)
{
    (void)state;
    static const int64_t late_ns[] = {
        3 * SECOND, 0, 3 * SECOND}; /* rank 1 came long before: its way there costs nothing */
    for (uint32_t way = PLAN_WAY_BOTH; way <= PLAN_WAY_OUT; way++) {
        struct rig rig;
        meet_with(&rig, PLAN_HOLDER_FIRST, PLAN_NEVER, PLAN_ACT_CLOG, SECOND, 3 * SECOND, way);
        assert_int_equal(nth(&rig, TRACE_MET, 1)->at_ns - nth(&rig, TRACE_MEET, 3)->at_ns,
                         late_ns[way]);
        rig_free(&rig);
    }
}

static void a_broken_connection_ends_who_waits_over_it(void **state)
{
    (void)state;
    struct rig rig;
    meet_with(&rig, PLAN_HOLDER_FIRST, PLAN_NEVER, PLAN_ACT_BREAK, 12 * SECOND, 0, 0);
    assert_int_equal(nth(&rig, TRACE_EXIT, 1)->rank, 1);
    assert_int_equal(nth(&rig, TRACE_EXIT, 1)->b, 104);
    assert_int_equal(nth(&rig, TRACE_EXIT, 1)->at_ns, 12 * SECOND);
    rig_free(&rig);
    meet_with(&rig, PLAN_HOLDER_DRIVER, PLAN_NEVER, PLAN_ACT_BREAK, 12 * SECOND, 0, 0);
    assert_int_equal(rig_count(&rig, TRACE_FAULT), 0);
    rig_free(&rig);
}

/* Rank 1 was let go, and would hear of it from a machine that has crashed meanwhile. */
static void who_was_let_go_by_a_machine_that_is_gone_fails_when_it_hears(void **state)
{
    (void)state;
    struct plan *plan = plan_of_meeting(PLAN_HOLDER_FIRST, PLAN_NEVER, 5 * SECOND);
    struct plan_act crash = rig_crash(A, 20 * SECOND);
    struct rig rig;
    add(plan, PLAN_ACT_CUT, 12 * SECOND, 20 * SECOND, PLAN_WAY_BOTH);
    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 1000 * SECOND;
    crash.for_good = 1;
    rig_act(plan, &crash);
    rig_begin(&rig, plan, 1);
    rig_end(&rig);
    const struct trace_record *exit = nth(&rig, TRACE_EXIT, 3);
    assert_int_equal(exit->rank, 1);
    assert_int_equal(exit->b, 104);
    assert_int_equal(exit->at_ns, 32 * SECOND);
    rig_free(&rig);
}

/* Without faults it makes no difference who holds it, unless rank 0 never comes. */
static void the_first_holds_it_only_while_it_is_there(void **state)
{
    (void)state;
    for (uint32_t at = PLAN_HOLDER_DRIVER; at <= PLAN_HOLDER_FIRST; at++)
        for (int kills = 0; kills < 2; kills++) {
            struct plan *plan = plan_of_meeting(at, PLAN_NEVER, 5 * SECOND);
            struct plan_act kill = plan_act_blank();
            struct rig rig;
            kill.kind = PLAN_ACT_KILL_TASK;
            kill.job = kill.stage = kill.rank = 0;
            kill.at_ns = 12 * SECOND;
            if (kills)
                rig_act(plan, &kill);
            rig_begin(&rig, plan, 1);
            rig_end(&rig);
            assert_int_equal(rig_count(&rig, TRACE_MET), kills ? 0 : 3);
            assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
            rig_free(&rig);
        }
}

/* ---- all of them */
static void the_heal_mends_what_no_act_does(void **state)
{
    (void)state;
    static const uint32_t kinds[] = {PLAN_ACT_CUT, PLAN_ACT_HOLD, PLAN_ACT_CLOG, PLAN_ACT_REFUSE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct plan_act act = between(kinds[i], 0, 2, 0); /* 0 and 2 are no neighbours */
        struct plan *plan = plan_of_ring(4, 1);
        struct rig rig;
        act.at_ns = 2 * SECOND;
        act.duration_ns = kinds[i] == PLAN_ACT_CLOG ? SECOND : 0;
        plan->setting[PLAN_SET_HEAL_AFTER] = 5 * SECOND;
        rig_act(plan, &act);
        rig_begin(&rig, plan, 1);
        rig_end(&rig);
        assert_int_equal(rig_count(&rig, TRACE_FAULT), 1);
        assert_int_equal(rig_count(&rig, TRACE_HEAL), 1);
        assert_int_equal(nth(&rig, TRACE_HEAL, 1)->at_ns, 7 * SECOND);
        assert_int_equal(nth(&rig, TRACE_HEAL, 1)->a, 0);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        rig_free(&rig);
    }
}

/* A link of the driver is another link, and the one of another pair, too. */
static void other_links_are_not_meant(void **state)
{
    (void)state;
    struct plan_act cut = between(PLAN_ACT_CUT, 0, 2, 0);
    struct rig rig;
    cut.duration_ns = 500 * SECOND;
    run_ring(&rig, 4, &cut, SECOND);
    assert_int_equal(first_exit(&rig), 12 * SECOND + 500 * MS);
    assert_int_equal(rig_count(&rig, TRACE_LOST), 0);
    assert_int_equal(rig_count(&rig, TRACE_DISCONNECT), 0);
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fetch_stands_still_as_long_as_its_source_is_out_of_reach),
        cmocka_unit_test(a_fetch_over_a_link_that_stays_cut_fails),
        cmocka_unit_test(a_clogged_fetch_is_late_by_both_ways),
        cmocka_unit_test(a_refused_fetch_fails_at_once_and_one_that_has_begun_does_not),
        cmocka_unit_test(a_broken_connection_ends_a_fetch_that_uses_it),
        cmocka_unit_test(a_source_that_crashes_behind_a_cut_is_missed_when_it_is_mended),
        cmocka_unit_test(a_machine_that_stands_still_is_not_late_twice),
        cmocka_unit_test(a_ring_stands_still_while_two_neighbours_cannot_reach_each_other),
        cmocka_unit_test(both_ends_of_an_edge_that_stays_cut_fail_and_no_others),
        cmocka_unit_test(a_ring_is_as_slow_as_its_most_clogged_edge),
        cmocka_unit_test(who_is_refused_by_its_neighbour_fails_at_once),
        cmocka_unit_test(a_broken_connection_ends_both_who_use_it),
        cmocka_unit_test(a_neighbour_that_crashes_ends_the_exchange_as_ever),
        cmocka_unit_test(tasks_of_one_machine_need_no_network),
        cmocka_unit_test(who_cannot_reach_the_first_is_not_there),
        cmocka_unit_test(who_has_come_is_counted_and_hears_of_it_when_it_can),
        cmocka_unit_test(its_own_patience_ends_a_wait_behind_a_cut),
        cmocka_unit_test(who_is_refused_by_the_first_fails_at_once),
        cmocka_unit_test(a_clogged_meeting_is_over_when_the_last_has_heard),
        cmocka_unit_test(a_broken_connection_ends_who_waits_over_it),
        cmocka_unit_test(who_was_let_go_by_a_machine_that_is_gone_fails_when_it_hears),
        cmocka_unit_test(the_first_holds_it_only_while_it_is_there),
        cmocka_unit_test(the_heal_mends_what_no_act_does),
        cmocka_unit_test(other_links_are_not_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
