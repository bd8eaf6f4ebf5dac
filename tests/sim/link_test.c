/*
 * link_test.c -- links that are cut, held, clogged and broken; datagrams that are lost, doubled and reordered; and what the
 * two machines at their ends make of it.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

static struct plan_act on_link(uint32_t kind, uint32_t executor, uint32_t way, plan_ns at_ns)
{
    struct plan_act act = rig_act_on(kind, executor, at_ns);
    act.way = way;
    return act;
}

static void add(struct plan *plan, uint32_t kind, uint32_t executor, uint32_t way, plan_ns at_ns)
{
    struct plan_act act = on_link(kind, executor, way, at_ns);
    rig_act(plan, &act);
}

static void cut(struct plan *plan, uint32_t executor, uint32_t way, plan_ns from_ns, plan_ns to_ns)
{
    struct plan_act act = on_link(PLAN_ACT_CUT, executor, way, from_ns);
    act.duration_ns = to_ns - from_ns;
    rig_act(plan, &act);
}

/* Makes the plan one with links, and does nothing to them. */
static void give_links(struct plan *plan)
{
    struct plan_act never = on_link(PLAN_ACT_MEND, 0, PLAN_WAY_BOTH, 0);
    rig_when(plan, &never, "unregister", 1);
    rig_act(plan, &never);
}

/* Starts of an attempt while a process of another one of the same gang is there. */
static uint32_t overlaps(const struct rig *rig)
{
    uint32_t found = 0;
    for (size_t i = 0; i < rig->count; i++) {
        const struct trace_record *start = &rig->records[i];
        int living = 0;
        if (start->kind != TRACE_START)
            continue;
        for (size_t k = 0; k < i; k++) {
            const struct trace_record *r = &rig->records[k];
            if (r->job == start->job && r->attempt != start->attempt)
                living += (r->kind == TRACE_START) - (r->kind == TRACE_EXIT);
        }
        found += living > 0;
    }
    return found;
}

static uint32_t sends(const struct rig *rig, enum trace_message message)
{
    uint32_t n = 0;
    for (size_t i = 0; i < rig->count; i++)
        n += rig->records[i].kind == TRACE_SEND && rig->records[i].a == message;
    return n;
}

static uint32_t timers(const struct rig *rig, enum gang_timer timer)
{
    uint32_t n = 0;
    for (size_t i = 0; i < rig->count; i++)
        n += rig->records[i].kind == TRACE_TIMER && rig->records[i].a == timer;
    return n;
}

static const struct trace_record *first_timer(const struct rig *rig, enum gang_timer timer)
{
    for (size_t i = 0; i < rig->count; i++)
        if (rig->records[i].kind == TRACE_TIMER && rig->records[i].a == timer)
            return &rig->records[i];
    fail_msg("timer %d did not fire", timer);
    return NULL;
}

/* What came over each way of each link came in the order in which it was sent, and nothing twice. */
static void expect_order(const struct rig *rig)
{
    uint64_t last[8][2] = {{0}};
    for (uint64_t n = 1; n <= rig->count; n++) {
        const struct trace_record *r = rig_record(rig, n);
        if (r->kind != TRACE_DELIVER || r->flags == TRACE_SEND)
            continue;
        uint64_t *before = &last[r->executor][r->actor == TRACE_DRIVER];
        assert_true(r->cause > *before);
        *before = r->cause;
    }
}

static void expect_success(const struct rig *rig)
{
    assert_int_equal(rig_how(rig), TRACE_END_FINISHED);
    for (uint32_t n = 1; n <= rig_count(rig, TRACE_JOB_DONE); n++)
        assert_int_equal(nth(rig, TRACE_JOB_DONE, n)->a, GANG_REASON_OK);
    expect_order(rig);
}

/* Three executors of which a gang of four takes two, for rounds of a second. */
static struct plan *gang_plan(int64_t rounds)
{
    struct plan *plan = rig_plan(3, 2);
    rig_gang(plan, "a", 4, rig_rounds(plan, rounds, SECOND, SECOND), 0);
    return plan;
}

static void run(struct rig *rig, struct plan *plan)
{
    rig_begin(rig, plan, 1);
    rig_end(rig);
}

/* ---- nothing is done */
static void a_link_that_nothing_is_done_to_is_not_noticed(void **state)
{
    (void)state;
    for (int bandwidth = 0; bandwidth < 2; bandwidth++) {
        struct rig rig[3];
        for (int with = 0; with < 3; with++) { /* none, streams, datagrams */
            struct plan *plan = rig_plan(3, 4);
            struct plan_act kill = plan_act_blank();
            kill.kind = PLAN_ACT_KILL_TASK;
            kill.job = kill.stage = 0;
            kill.rank = 1;
            kill.at_ns = 7 * SECOND;
            plan->setting[PLAN_SET_BANDWIDTH] = bandwidth * 10000;
            plan->setting[PLAN_SET_DATAGRAM] = with == 2;
            rig_gang(plan, "a", 6, rig_rounds(plan, 20, SECOND, 2 * SECOND), 0);
            rig_gang(plan, "b", 8, rig_rounds(plan, 20, SECOND, 2 * SECOND), 3 * SECOND);
            rig_act(plan, &kill);
            if (with == 1)
                give_links(plan);
            run(&rig[with], plan);
        }
        for (int with = 1; with < 3 - bandwidth;
             with++) { /* acknowledgements take bandwidth: not here, but they may order anew */
            assert_int_equal(rig[with].count, rig[0].count);
            for (size_t i = 0; i + 1 < rig[0].count; i++)
                assert_memory_equal(&rig[with].records[i], &rig[0].records[i],
                                    sizeof(struct trace_record));
        }
        for (int with = 0; with < 3; with++)
            rig_free(&rig[with]);
    }
}

/* ---- cuts of streams */
static void a_short_cut_keeps_everything_and_lets_it_come_in_order(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < 3; way++) {
        struct plan *plan = gang_plan(20);
        struct rig rig;
        cut(plan, 0, way, 5500 * MS, 25500 * MS);
        run(&rig, plan);
        expect_success(&rig);
        assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
        assert_int_equal(rig_count(&rig, TRACE_LOST), 0);
        assert_int_equal(rig_count(&rig, TRACE_DISCONNECT), 0);
        assert_int_equal(rig_count(&rig, TRACE_DROP), 0);
        assert_int_equal(rig_count(&rig, TRACE_FAULT), 1);
        assert_int_equal(nth(&rig, TRACE_HEAL, 1)->at_ns, 25500 * MS);
        uint32_t late = 0;
        for (uint64_t n = 1; n <= rig.count; n++) {
            const struct trace_record *r = rig_record(&rig, n);
            int64_t took = r->kind == TRACE_DELIVER && r->at_ns > 0
                               ? r->at_ns - rig_record(&rig, r->cause)->at_ns
                               : 0;
            if (took <= plan->setting[PLAN_SET_LATENCY])
                continue;
            assert_int_equal(r->at_ns, 25500 * MS + plan->setting[PLAN_SET_LATENCY]);
            assert_int_equal(r->executor, 0);
            late++;
        }
        assert_true(late > 0);
        rig_free(&rig);
    }
}

/* Whichever way is cut, an answer to a heartbeat needs both. */
static void an_executor_behind_a_cut_ends_its_tasks_before_the_driver_gives_it_up(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < 3; way++) {
        struct plan *plan = gang_plan(200);
        struct rig rig;
        cut(plan, 0, way, 5500 * MS, 110500 * MS + 2 * SECOND); /* the lease is 105 s of 120 */
        run(&rig, plan);
        expect_success(&rig);
        const struct trace_record *end = first_timer(&rig, GANG_TIMER_DRIVER_LEASE);
        assert_int_equal(end->at_ns, 5500 * MS + plan_driver_lease(plan));
        assert_int_equal(end->executor, 0);
        assert_int_equal(rig_record(&rig, end->cause)->kind, TRACE_FAULT);
        assert_int_equal(timers(&rig, GANG_TIMER_DRIVER_LEASE), 1);
        assert_int_equal(rig_count(&rig, TRACE_LOST), 0); /* it was back in time */
        assert_int_equal(rig_count(&rig, TRACE_FENCE), 1);
        assert_int_equal(nth(&rig, TRACE_FENCE, 1)->a, GANG_REASON_DRIVER_SILENT);
        assert_int_equal(sends(&rig, TRACE_MSG_HEARTBEAT),
                         2); /* it has no lease; it has one again */
        assert_int_equal(overlaps(&rig), 0);
        for (uint32_t i = 1; i <= 2; i++) {
            assert_int_equal(nth(&rig, TRACE_EXIT, i)->executor, 0);
            assert_int_equal(nth(&rig, TRACE_EXIT, i)->at_ns, end->at_ns);
            assert_int_equal(nth(&rig, TRACE_EXIT, i)->a, TRACE_EXIT_KILLED);
        }
        rig_free(&rig);
    }
}

/* The partition that this is all about: the driver starts the gang elsewhere while the executor lives on. */
static struct plan *long_partition(uint32_t way)
{
    struct plan *plan = gang_plan(400);
    add(plan, PLAN_ACT_CUT, 0, way, 5500 * MS);
    add(plan, PLAN_ACT_MEND, 0, PLAN_WAY_BOTH, 300 * SECOND);
    return plan;
}

static void under_a_lease_a_gang_behind_a_partition_never_runs_twice(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < 3; way++) {
        struct rig rig;
        run(&rig, long_partition(way));
        expect_success(&rig);
        assert_int_equal(overlaps(&rig), 0);
        const struct trace_record *end = first_timer(&rig, GANG_TIMER_DRIVER_LEASE);
        if (way == PLAN_WAY_IN) { /* the driver hears that it has no lease, and how its tasks end */
            assert_int_equal(rig_count(&rig, TRACE_LOST), 0);
            assert_true(nth(&rig, TRACE_FENCE, 1)->at_ns > end->at_ns);
            assert_true(nth(&rig, TRACE_START, 5)->at_ns <
                        300 * SECOND); /* the gang went on elsewhere */
        } else {
            const struct trace_record *lost = nth(&rig, TRACE_LOST, 1);
            assert_int_equal(lost->b, GANG_REASON_SILENT);
            assert_true(lost->at_ns > end->at_ns);
            assert_true(nth(&rig, TRACE_START, 5)->at_ns < 300 * SECOND);
            /* When it is heard again it is told to go, goes, and is back as another. */
            assert_true(sends(&rig, TRACE_MSG_GONE) >= 1);
            const struct trace_record *down = nth(&rig, TRACE_DOWN, 1),
                                      *up = nth(&rig, TRACE_UP, 4);
            assert_int_equal(rig_record(&rig, down->cause)->kind, TRACE_DELIVER);
            assert_int_equal(up->a, 1);
            assert_int_equal(up->at_ns, down->at_ns + rig.plan->setting[PLAN_SET_RESTART_DELAY]);
            assert_int_equal(nth(&rig, TRACE_JOIN, 4)->a, 1);
        }
        rig_free(&rig);
    }
}

/*
 * One is held, and written off; the others cannot be told to end their tasks, and are told to go; that is lost, too. Their links are
 * well afterwards, so no heartbeat of theirs is sent that could be answered: the word must be said again all the same.
 */
static void who_is_told_to_go_is_told_again(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(3, 2);
    struct plan_act hold = rig_act_on(PLAN_ACT_HOLD, 2, 167 * MS);
    struct rig rig;
    plan->setting[PLAN_SET_DATAGRAM] = 1;
    plan->setting[PLAN_SET_RESEND] = 200 * MS;
    rig_gang(plan, "a", 6, rig_rounds(plan, 20, SECOND, SECOND), 0);
    rig_act(plan, &hold);
    for (uint32_t executor = 0; executor < 2; executor++)
        cut(plan, executor, PLAN_WAY_IN, 119 * SECOND, 195 * SECOND);
    run(&rig, plan);
    expect_success(&rig);
    assert_int_equal(nth(&rig, TRACE_JOIN, 6)->a, 1); /* all three have come back as others */
    rig_free(&rig);
}

static void without_a_lease_a_gang_behind_a_partition_runs_twice(void **state)
{
    (void)state;
    struct plan *plan = long_partition(PLAN_WAY_BOTH);
    struct rig rig;
    struct gang_policy keep = gang_policy_strict();
    assert_int_equal(gang_policy_set(&keep, "driver_lease", "keep", NULL), GANG_OK);
    rig_begin_under(&rig, plan, 1, &keep);
    rig_end(&rig);
    assert_int_equal(timers(&rig, GANG_TIMER_DRIVER_LEASE), 0);
    assert_true(overlaps(&rig) > 0);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

/* ---- connections */
static void a_stream_that_is_cut_for_too_long_breaks_and_is_made_again(void **state)
{
    (void)state;
    struct plan *plan = gang_plan(60);
    struct rig rig;
    plan->setting[PLAN_SET_CONNECTION_TIMEOUT] = 20 * SECOND;
    cut(plan, 0, PLAN_WAY_OUT, 5500 * MS, 40 * SECOND);
    run(&rig, plan);
    expect_success(&rig);
    assert_int_equal(rig_count(&rig, TRACE_DISCONNECT), 1);
    assert_int_equal(nth(&rig, TRACE_DISCONNECT, 1)->at_ns, 25500 * MS);
    assert_int_equal(rig_count(&rig, TRACE_CONNECT), 1);
    assert_int_equal(nth(&rig, TRACE_CONNECT, 1)->at_ns,
                     40 * SECOND + 2 * plan->setting[PLAN_SET_LATENCY]);
    assert_int_equal(rig_count(&rig, TRACE_LOST), 0); /* its process may live, and did */
    assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
    assert_int_equal(rig_count(&rig, TRACE_DROP), 0);
    rig_free(&rig);
}

static void what_was_on_its_way_when_a_connection_broke_is_sent_again(void **state)
{
    (void)state;
    for (uint32_t nth_arrive = 1; nth_arrive <= 8; nth_arrive++) {
        struct plan *plan = gang_plan(10);
        struct plan_act snap = on_link(PLAN_ACT_BREAK, 0, PLAN_WAY_BOTH, 50 * MS);
        struct rig rig;
        plan->setting[PLAN_SET_LATENCY] = 100 * MS;
        rig_when(plan, &snap, nth_arrive % 2 ? "arrive" : "release", nth_arrive);
        rig_act(plan, &snap);
        run(&rig, plan);
        expect_success(&rig);
        assert_int_equal(rig_count(&rig, TRACE_DISCONNECT), 1);
        assert_int_equal(rig_count(&rig, TRACE_CONNECT), 1);
        assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
        assert_int_equal(rig_count(&rig, TRACE_DROP), 0);
        rig_free(&rig);
    }
}

static void sparks_driver_takes_a_broken_connection_for_a_loss(void **state)
{
    (void)state;
    struct plan *plan = gang_plan(60);
    struct rig rig;
    struct gang_policy keep = gang_policy_strict();
    add(plan, PLAN_ACT_BREAK, 0, PLAN_WAY_BOTH, 5500 * MS);
    assert_int_equal(gang_policy_set(&keep, "driver_lease", "keep", NULL), GANG_OK);
    rig_begin_under(&rig, plan, 1, &keep);
    rig_end(&rig);
    const struct trace_record *lost = nth(&rig, TRACE_LOST, 1);
    assert_int_equal(lost->at_ns, 5500 * MS);
    assert_int_equal(lost->b, GANG_REASON_EXECUTOR_LOST);
    assert_true(sends(&rig, TRACE_MSG_GONE) >= 1);
    assert_int_equal(nth(&rig, TRACE_UP, 4)->a, 1);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    rig_free(&rig);
}

/* ---- hold and clog */
static void what_is_held_comes_all_at_once_and_in_order(void **state)
{
    (void)state;
    for (int datagram = 0; datagram < 2; datagram++) {
        struct plan *plan = gang_plan(20);
        struct rig rig;
        plan->setting[PLAN_SET_DATAGRAM] = datagram;
        add(plan, PLAN_ACT_HOLD, 0, PLAN_WAY_OUT, 5500 * MS);
        add(plan, PLAN_ACT_MEND, 0, PLAN_WAY_OUT, 30 * SECOND);
        run(&rig, plan);
        expect_success(&rig);
        uint32_t at_once = 0;
        for (uint64_t n = 1; n <= rig.count; n++)
            at_once += rig_record(&rig, n)->kind == TRACE_DELIVER &&
                       rig_record(&rig, n)->executor == 0 &&
                       rig_record(&rig, n)->at_ns == 30 * SECOND;
        assert_int_equal(at_once, 2); /* two ranks had arrived there */
        assert_int_equal(rig_count(&rig, TRACE_DISCONNECT), 0);
        rig_free(&rig);
    }
}

/* All links have one store of datagrams: three that are held for minutes, with a heartbeat every 50 ms, must not fill it. */
static void who_is_held_leaves_room_for_the_datagrams_of_others(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(4, 1);
    struct rig rig;
    plan->setting[PLAN_SET_DATAGRAM] = 1;
    plan->setting[PLAN_SET_HEARTBEAT] = 50 * MS;
    rig_gang(plan, "a", 1, rig_rounds(plan, 100, SECOND, SECOND), 0); /* on executor 0 */
    for (uint32_t executor = 1; executor < 4; executor++)
        add(plan, PLAN_ACT_HOLD, executor, PLAN_WAY_BOTH, SECOND);
    run(&rig, plan);
    expect_success(&rig);
    uint32_t lost[4] = {0};
    for (uint64_t n = 1; n <= rig.count; n++)
        if (rig_record(&rig, n)->kind == TRACE_FRAME_LOST)
            lost[rig_record(&rig, n)->executor]++;
    assert_int_equal(lost[0], 0);
    rig_free(&rig);
}

/* A stream may be held for as long as one likes: what its machine says again and again fills its own share, in which the newest stays,
 * and no connection breaks. Afterwards all is as if it had never been. */
static void a_stream_that_is_held_fills_no_share_but_its_own(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(4, 1);
    struct rig rig;
    plan->setting[PLAN_SET_HEARTBEAT] = 50 * MS;
    rig_gang(plan, "a", 1, rig_rounds(plan, 100, SECOND, SECOND), 0); /* on executor 0 */
    rig_gang(plan, "b", 4, rig_rounds(plan, 3, SECOND, SECOND), 105 * SECOND);
    for (uint32_t executor = 1; executor < 4; executor++) {
        add(plan, PLAN_ACT_HOLD, executor, PLAN_WAY_BOTH, SECOND);
        add(plan, PLAN_ACT_MEND, executor, PLAN_WAY_BOTH, 104 * SECOND);
    }
    run(&rig, plan);
    expect_success(&rig);
    assert_int_equal(rig_count(&rig, TRACE_DISCONNECT), 0);
    assert_int_equal(rig_count(&rig, TRACE_LOST), 0);
    assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
    rig_free(&rig);
}

static void on_a_clogged_link_every_message_takes_so_much_longer(void **state)
{
    (void)state;
    struct plan *plan = gang_plan(20);
    struct plan_act clog = on_link(PLAN_ACT_CLOG, 1, PLAN_WAY_IN, 5500 * MS);
    struct rig rig;
    clog.duration_ns = 3 * SECOND;
    rig_act(plan, &clog);
    run(&rig, plan);
    expect_success(&rig);
    for (uint64_t n = 1; n <= rig.count; n++) {
        const struct trace_record *r = rig_record(&rig, n);
        if (r->kind != TRACE_DELIVER || r->at_ns < 6 * SECOND)
            continue;
        bool slow = r->executor == 1 && r->actor == TRACE_EXECUTOR;
        assert_int_equal(r->at_ns - rig_record(&rig, r->cause)->at_ns,
                         plan->setting[PLAN_SET_LATENCY] + (slow ? 3 * SECOND : 0));
    }
    assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
    rig_free(&rig);
}

/* ---- datagrams */
static struct plan *lossy_plan(uint32_t kind, int32_t amount)
{
    struct plan *plan = gang_plan(40);
    plan->setting[PLAN_SET_DATAGRAM] = 1;
    for (uint32_t e = 0; e < 3; e++) {
        struct plan_act act = on_link(kind, e, PLAN_WAY_BOTH, 0);
        act.amount = amount;
        act.duration_ns = kind == PLAN_ACT_REORDER ? 5 * SECOND : 0;
        rig_act(plan, &act);
    }
    return plan;
}

static void whatever_datagrams_do_each_message_arrives_once_and_in_order(void **state)
{
    (void)state;
    const uint32_t kinds[] = {PLAN_ACT_LOSE, PLAN_ACT_DOUBLE, PLAN_ACT_REORDER};
    for (int i = 0; i < 4; i++) {
        struct plan *plan = lossy_plan(kinds[i % 3], 300);
        struct rig rig;
        for (uint32_t e = 0; e < 3 && i == 3; e++) { /* all of it together */
            struct plan_act act = on_link(PLAN_ACT_DOUBLE, e, PLAN_WAY_BOTH, 0);
            act.amount = 300;
            rig_act(plan, &act);
            act.kind = PLAN_ACT_REORDER;
            act.duration_ns = 2 * SECOND;
            rig_act(plan, &act);
        }
        run(&rig, plan);
        expect_success(&rig);
        assert_int_equal(rig_count(&rig, TRACE_DROP), 0);
        assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
        assert_true((rig_count(&rig, TRACE_FRAME_LOST) > 50) == (i % 3 == 0));
        for (uint64_t n = 1; n <= rig.count; n++)
            if (rig_record(&rig, n)->kind == TRACE_FRAME_LOST)
                assert_int_equal(rig_record(&rig, n)->flags,
                                 rig_record(&rig, rig_record(&rig, n)->cause)->kind);
        rig_free(&rig);
    }
}

static void a_cut_datagram_link_loses_frames_and_repeats_them(void **state)
{
    (void)state;
    struct plan *plan = gang_plan(20);
    struct rig rig;
    plan->setting[PLAN_SET_DATAGRAM] = 1;
    cut(plan, 0, PLAN_WAY_OUT, 5500 * MS, 25500 * MS);
    run(&rig, plan);
    expect_success(&rig);
    assert_int_equal(rig_count(&rig, TRACE_FENCE), 0);
    assert_in_range(rig_count(&rig, TRACE_FRAME_LOST), 38, 42); /* two messages, once a second */
    assert_int_equal(rig_count(&rig, TRACE_DISCONNECT), 0);
    rig_free(&rig);
}

static void removing_a_loss_leaves_every_other_draw_alone(void **state)
{
    (void)state;
    uint32_t lost[2] = {0, 0};
    for (int more = 0; more < 2; more++) {
        struct plan *plan = gang_plan(40);
        struct rig rig;
        plan->setting[PLAN_SET_DATAGRAM] = 1;
        for (uint32_t e = 0; e < 1 + (uint32_t)more;
             e++) { /* the second is not in the gang's way */
            struct plan_act act = on_link(PLAN_ACT_LOSE, 2 * e, PLAN_WAY_OUT, 3 * SECOND);
            act.amount = 300;
            rig_act(plan, &act);
        }
        run(&rig, plan);
        for (uint64_t n = 1; n <= rig.count; n++)
            lost[more] +=
                rig_record(&rig, n)->kind == TRACE_FRAME_LOST && rig_record(&rig, n)->executor == 0;
        rig_free(&rig);
    }
    assert_true(lost[0] > 5);
    assert_int_equal(lost[0], lost[1]);
}

/* ---- processes that go while a link is ill */
static void a_reboot_behind_a_cut_loses_what_was_kept_and_joins_after_it(void **state)
{
    (void)state;
    for (int datagram = 0; datagram < 2; datagram++)
        for (uint32_t way = 0; way < 3; way++) {
            struct plan *plan = gang_plan(60);
            struct plan_act crash = rig_crash(0, 10 * SECOND), restart = crash;
            struct rig rig;
            plan->setting[PLAN_SET_DATAGRAM] = datagram;
            restart.kind = PLAN_ACT_RESTART;
            restart.at_ns = 12 * SECOND;
            cut(plan, 0, way, 5500 * MS, 40 * SECOND);
            rig_act(plan, &crash);
            rig_act(plan, &restart);
            run(&rig, plan);
            assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
            assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
            assert_int_equal(overlaps(&rig), 0);
            assert_int_equal(nth(&rig, TRACE_LOST, 1)->b, GANG_REASON_REINCARNATED);
            bool heard = way == PLAN_WAY_IN && datagram; /* a stream needs both ways to be made */
            assert_true((nth(&rig, TRACE_LOST, 1)->at_ns < 40 * SECOND) == heard);
            assert_int_equal(nth(&rig, TRACE_JOIN, 4)->a, 1);
            if (!datagram && way != PLAN_WAY_IN)
                assert_true(rig_count(&rig, TRACE_DROP) >=
                            2); /* arrivals of a process that is gone */
            rig_free(&rig);
        }
}

static void a_crash_behind_a_cut_for_good_is_found_by_silence(void **state)
{
    (void)state;
    for (int datagram = 0; datagram < 2; datagram++) {
        struct plan *plan = gang_plan(60);
        struct plan_act crash = rig_crash(0, 10 * SECOND);
        struct rig rig;
        plan->setting[PLAN_SET_DATAGRAM] = datagram;
        crash.for_good = 1;
        add(plan, PLAN_ACT_CUT, 0, PLAN_WAY_BOTH, 5500 * MS);
        rig_act(plan, &crash);
        run(&rig, plan);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        assert_int_equal(nth(&rig, TRACE_LOST, 1)->b, GANG_REASON_SILENT);
        rig_free(&rig);
    }
}

/* Of what was sent before a crash some comes, some is lost, and some comes in front of what is lost: none of it is waited for. */
static void nobody_waits_for_what_a_dead_process_had_sent(void **state)
{
    (void)state;
    for (int k = 0; k < 60; k++) {
        struct plan *plan = rig_plan(3, 2);
        struct rig rig;
        const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 4, .value = 40},
                                      {.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, 100 * MS)},
                                      {.code = PLAN_OP_OUTPUT, .value = 100},
                                      {.code = PLAN_OP_CHECKPOINT},
                                      {.code = PLAN_OP_NEXT, .to = 0},
                                      {.code = PLAN_OP_BARRIER},
                                      {.code = PLAN_OP_END}};
        struct plan_act crash = rig_crash(0, 2 * SECOND + k * 17 * MS);
        rig_gang(plan, "a", 4, rig_program(plan, ops, 7), 0);
        plan->setting[PLAN_SET_DATAGRAM] = 1;
        plan->setting[PLAN_SET_LATENCY] = 300 * MS;
        crash.for_good = k % 2 == 0;
        rig_act(plan, &crash);
        for (uint32_t e = 0; e < 3; e++) {
            struct plan_act act = on_link(PLAN_ACT_LOSE, e, PLAN_WAY_BOTH, SECOND);
            act.amount = 400;
            rig_act(plan, &act);
            act.kind = PLAN_ACT_REORDER;
            act.duration_ns = SECOND;
            rig_act(plan, &act);
        }
        run(&rig, plan);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        uint64_t down = rig_nth(&rig, TRACE_DOWN, 1);
        for (uint64_t n = 1; n < rig.count;
             n++) { /* it is said when it is known, not when somebody looks */
            const struct trace_record *r = rig_record(&rig, n);
            bool said = r->kind == TRACE_DROP && r->executor == 0 && r->cause < down &&
                        (r->flags == TRACE_OUTPUT || r->flags == TRACE_CHECKPOINT);
            if (said)
                assert_true(r->at_ns <= rig_record(&rig, down)->at_ns + 3 * SECOND);
        }
        rig_free(&rig);
    }
}

/* A program that reports without end, behind a cut: the window is full long before the lease ends. */
static void a_full_window_costs_the_process_and_nothing_else(void **state)
{
    (void)state;
    for (int datagram = 0; datagram < 2; datagram++) {
        struct plan *plan = rig_plan(3, 2);
        struct rig rig;
        const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 3, .value = 40000},
                                      {.code = PLAN_OP_COMPUTE, .dist = rig_fixed(plan, 4 * MS)},
                                      {.code = PLAN_OP_CHECKPOINT},
                                      {.code = PLAN_OP_NEXT, .to = 0},
                                      {.code = PLAN_OP_BARRIER},
                                      {.code = PLAN_OP_END}};
        rig_gang(plan, "a", 4, rig_program(plan, ops, 6), 0);
        plan->setting[PLAN_SET_DATAGRAM] = datagram;
        cut(plan, 0, PLAN_WAY_OUT, 50 * SECOND, 80 * SECOND);
        run(&rig, plan);
        assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
        assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
        const struct trace_record *down = nth(&rig, TRACE_DOWN, 1);
        assert_in_range(down->at_ns, 80 * SECOND, 81 * SECOND); /* when the ends speak again */
        assert_int_equal(nth(&rig, TRACE_LOST, 1)->b, GANG_REASON_REINCARNATED);
        assert_int_equal(overlaps(&rig), 0);
        assert_true(rig_count(&rig, TRACE_DROP) > 1000);
        rig_free(&rig);
    }
}

/* ---- quiet and heal */
static void a_cut_that_nothing_else_mends_is_healed_and_not_called_quiet(void **state)
{
    (void)state;
    struct plan *plan = gang_plan(20);
    struct rig rig;
    plan->setting[PLAN_SET_HEAL_AFTER] = 30 * DAY;
    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 20 * SECOND;
    plan->setting[PLAN_SET_HEARTBEAT] = 4 * SECOND;
    for (uint32_t e = 0; e < 3; e++) /* nobody is left to go on with */
        add(plan, PLAN_ACT_CUT, e, PLAN_WAY_BOTH, 5500 * MS);
    plan->setting[PLAN_SET_ADMISSION_FAILURES] = 1000000;
    run(&rig, plan);
    assert_int_equal(rig_how(&rig), TRACE_END_FINISHED);
    assert_int_equal(nth(&rig, TRACE_JOB_DONE, 1)->a, GANG_REASON_OK);
    assert_int_equal(rig_count(&rig, TRACE_QUIESCENT), 0);
    assert_int_equal(rig_count(&rig, TRACE_HEAL), 3);
    assert_int_equal(nth(&rig, TRACE_HEAL, 1)->at_ns, 5500 * MS + 30 * DAY);
    rig_free(&rig);
}

/* Answers that take longer than the lease renew nothing: so the executor is not offered while its link is slow, and when it is
 * not any more, the heartbeat that says so is still behind slow ones. */
static void a_lease_that_comes_back_late_is_waited_for(void **state)
{
    (void)state;
    struct plan *plan = rig_plan(2, 2);
    struct plan_act clog = on_link(PLAN_ACT_CLOG, 1, PLAN_WAY_OUT, 5 * SECOND);
    struct rig rig;
    plan->setting[PLAN_SET_LATENCY] = 0;
    plan->setting[PLAN_SET_HEARTBEAT] = SECOND;
    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 6 * SECOND;
    clog.duration_ns = 7300 * MS;
    rig_act(plan, &clog);
    rig_gang(plan, "a", 4, rig_rounds(plan, 10, SECOND, SECOND), 40 * SECOND);
    run(&rig, plan);
    expect_success(&rig);
    assert_int_equal(rig_count(&rig, TRACE_QUIESCENT), 0);
    assert_true(nth(&rig, TRACE_START, 1)->at_ns > nth(&rig, TRACE_HEAL, 1)->at_ns + 5 * SECOND);
    rig_free(&rig);
}

static void a_hang_is_found_behind_links_that_have_been_ill(void **state)
{
    (void)state;
    for (int datagram = 0; datagram < 2; datagram++) {
        struct plan *plan = gang_plan(200);
        struct plan_act hang = plan_act_blank();
        struct rig rig;
        plan->setting[PLAN_SET_DATAGRAM] = datagram;
        hang.kind = PLAN_ACT_HANG_TASK;
        hang.job = hang.stage = hang.rank = 0;
        hang.at_ns = 100 * SECOND;
        cut(plan, 0, PLAN_WAY_BOTH, 5500 * MS, 30 * SECOND);
        struct plan_act clog = on_link(PLAN_ACT_CLOG, 1, PLAN_WAY_BOTH, 40 * SECOND);
        clog.duration_ns = 50 * MS;
        rig_act(plan, &clog);
        rig_act(plan, &hang);
        run(&rig, plan);
        const struct trace_record *quiet = nth(&rig, TRACE_QUIESCENT, 1);
        assert_in_range(quiet->at_ns, 100 * SECOND, 600 * SECOND);
        assert_int_equal(quiet->b, GANG_TIMER_SYNC);
        rig_free(&rig);
    }
}

/* ---- snapshots */
static void run_on(struct sim *sim, void *ctx)
{
    bool ended;
    (void)sim_run(sim, 500, &ended, NULL);
    *(uint64_t *)ctx = sim_chain(sim);
}

static void what_was_tried_on_links_leaves_no_trace(void **state)
{
    (void)state;
    uint64_t chain[2], tried[2];
    for (int attempt = 0; attempt < 2; attempt++) {
        struct plan *plan = lossy_plan(PLAN_ACT_LOSE, 200);
        struct rig rig;
        bool ended = false;
        struct plan_act mix = on_link(PLAN_ACT_REORDER, 0, PLAN_WAY_BOTH, 4 * SECOND);
        mix.amount = 400;
        mix.duration_ns = SECOND;
        rig_act(plan, &mix);
        cut(plan, 1, PLAN_WAY_IN, 6 * SECOND, 60 * SECOND);
        rig_begin(&rig, plan, 1);
        void *scratch = malloc(sim_live_bytes(rig.sim));
        while (!ended) {
            assert_int_equal(sim_run(rig.sim, 97, &ended, &rig.err), SIM_OK);
            uint64_t name = sim_fingerprint(rig.sim);
            for (int i = 0; i < 2 && attempt == 1 && !ended; i++) {
                size_t count = rig.count;
                sim_try(rig.sim, scratch, run_on, &tried[i]);
                rig.count = count; /* what was seen meanwhile did not happen */
                assert_int_equal(sim_fingerprint(rig.sim), name);
            }
            if (attempt == 1 && !ended)
                assert_int_equal(tried[0], tried[1]);
        }
        chain[attempt] = sim_chain(rig.sim);
        free(scratch);
        rig_free(&rig);
    }
    assert_int_equal(chain[0], chain[1]);
}

/* ---- a core whose links hand something up a second time */
static struct gang_msg last_up;
static uint32_t ups, again_after;

static const struct gang_msg *next_twice(struct gang_link *link)
{
    if (ups == again_after) {
        ups++;
        return &last_up;
    }
    const struct gang_msg *msg = gang_api()->link_next(link);
    if (msg != NULL && ++ups == again_after)
        last_up = *msg;
    return msg;
}

static void what_a_link_hands_up_again_arrives_again(void **state)
{
    (void)state;
    for (uint32_t which = 4; which < 24; which++) {
        struct rig rig;
        struct gang_api core = *gang_api();
        struct plan *plan = rig_plan(2, 2);
        uint32_t twice = 0;
        core.link_next = next_twice;
        ups = 0;
        again_after = which;
        rig_gang(plan, "a", 4, rig_rounds(plan, 5, SECOND, SECOND), 0);
        give_links(plan);
        rig_begin_with(&rig, plan, 1, &core);
        assert_int_equal(sim_run(rig.sim, UINT64_MAX, &rig.ended, &rig.err), SIM_OK);
        for (size_t i = 0; i < rig.count; i++)
            for (size_t k = 0; k < i && rig.records[i].kind == TRACE_DELIVER; k++)
                twice += rig.records[k].kind == TRACE_DELIVER && rig.records[k].cause == rig.records[i].cause;
        assert_int_equal(twice, 1);
        rig_free(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_that_nothing_is_done_to_is_not_noticed),
        cmocka_unit_test(a_short_cut_keeps_everything_and_lets_it_come_in_order),
        cmocka_unit_test(an_executor_behind_a_cut_ends_its_tasks_before_the_driver_gives_it_up),
        cmocka_unit_test(under_a_lease_a_gang_behind_a_partition_never_runs_twice),
        cmocka_unit_test(who_is_told_to_go_is_told_again),
        cmocka_unit_test(without_a_lease_a_gang_behind_a_partition_runs_twice),
        cmocka_unit_test(a_stream_that_is_cut_for_too_long_breaks_and_is_made_again),
        cmocka_unit_test(what_was_on_its_way_when_a_connection_broke_is_sent_again),
        cmocka_unit_test(sparks_driver_takes_a_broken_connection_for_a_loss),
        cmocka_unit_test(what_is_held_comes_all_at_once_and_in_order),
        cmocka_unit_test(who_is_held_leaves_room_for_the_datagrams_of_others),
        cmocka_unit_test(a_stream_that_is_held_fills_no_share_but_its_own),
        cmocka_unit_test(on_a_clogged_link_every_message_takes_so_much_longer),
        cmocka_unit_test(whatever_datagrams_do_each_message_arrives_once_and_in_order),
        cmocka_unit_test(a_cut_datagram_link_loses_frames_and_repeats_them),
        cmocka_unit_test(removing_a_loss_leaves_every_other_draw_alone),
        cmocka_unit_test(a_reboot_behind_a_cut_loses_what_was_kept_and_joins_after_it),
        cmocka_unit_test(a_crash_behind_a_cut_for_good_is_found_by_silence),
        cmocka_unit_test(nobody_waits_for_what_a_dead_process_had_sent),
        cmocka_unit_test(a_full_window_costs_the_process_and_nothing_else),
        cmocka_unit_test(a_cut_that_nothing_else_mends_is_healed_and_not_called_quiet),
        cmocka_unit_test(a_lease_that_comes_back_late_is_waited_for),
        cmocka_unit_test(a_hang_is_found_behind_links_that_have_been_ill),
        cmocka_unit_test(what_was_tried_on_links_leaves_no_trace),
        cmocka_unit_test(what_a_link_hands_up_again_arrives_again),
    };
    return cmocka_run_group_tests_name("sim.link", tests, NULL, NULL);
}
