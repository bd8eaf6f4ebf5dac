/*
 * story.c -- claims about the story: golden texts of small runs, folding, and the cut.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "history.h"

static void expect_story(struct history *h, const char *expected)
{
    char *text = history_story(history_run(h), 0);
    assert_string_equal(text, expected);
    free(text);
    history_close(h);
}

static uint32_t lines_of(const char *text)
{
    uint32_t lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static void a_crash_and_a_restart_are_told(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    expect_story(
        &h,
        "[   0.000s] driver    executors 0-2 joined\n"
        "[   0.000s] world     job train submitted\n"
        "[   0.000s] driver    gang train/fit#0: submitted -> reserve 4 slots on executors 0-1\n"
        "[   0.002s] driver    gang train/fit#0: executors 0-1 acknowledged within 2ms -> go for 4 "
        "tasks\n"
        "[   1.101s] driver    gang train/fit#0: round 0 passed: rank 3 came last, the first "
        "waited 101ms\n"
        "[  12.000s] world     fault: crash executor 1 for good\n"
        "[  12.000s] world     executor 1 is down, and with it 2 tasks\n"
        "[ 132.000s] driver    executor 1: silent for 120s -> incarnation 0 written off\n"
        "[ 132.000s] driver    gang train/fit#0: rounds 1..9 passed, 2.101s to 10.101s; the worst "
        "was 1: rank 3 came last,"
        " the first waited 101ms; checkpoint 1 complete\n"
        "[ 132.000s] driver    gang train/fit#0: executor 1 was written off -> fence attempt 0, "
        "kill 2, restart from"
        " checkpoint 1\n"
        "[ 132.001s] exec 0    gang train/fit#0: the last of its tasks, rank 1, is gone 1ms after "
        "the fence\n"
        "[ 132.200s] driver    gang train/fit#1: the retry delay is over -> reserve 4 slots on "
        "executors 0, 2, to resume"
        " from checkpoint 1\n"
        "[ 132.202s] driver    gang train/fit#1: go for "
        "4 tasks\n"
        "[ 140.001s] driver    gang train/fit: all 4 tasks ended well after 2 attempts -> job "
        "train done\n"
        "[ 140.001s] world     the end: every job has ended, and nothing is pending (165 "
        "events)\n");
}

static void a_gang_that_waits_says_so_once_a_reason(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 2, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 4, 0);
    static const struct {
        int64_t reason, needed;
        uint32_t there;
    } wait[] = {{TRACE_REASON_FREE_SLOTS, 4, 1},
                {TRACE_REASON_FREE_SLOTS, 4, 2},
                {TRACE_REASON_HEAD_BLOCKED, 0, 0},
                {TRACE_REASON_FREE_SLOTS, 4, 3}};
    history_submit(&h, 0, job);
    for (size_t i = 0; i < sizeof wait / sizeof *wait; i++) {
        struct trace_record *r =
            history_of(&h, TRACE_WAIT, (int64_t)(i + 1) * SEC, 1, job, 0, TRACE_NONE);
        r->a = wait[i].reason;
        r->b = wait[i].needed;
        r->epoch = wait[i].there;
    }
    struct trace_record *r = history_add(&h, TRACE_QUIESCENT, 12 * SEC, 0);
    r->a = 12 * SEC + 30 * PLAN_DAY;
    r->b = TRACE_TIMER_LAUNCH_DEADLINE;
    history_end(&h, 12 * SEC, TRACE_END_INTERRUPTED);
    expect_story(&h, "[   0.000s] world     job j submitted\n"
                     "[   1.000s] driver    gang j/s waits: it fits the cluster, but not into what "
                     "is free now (needed 4, there: 1)\n"
                     "[   3.000s] driver    gang j/s waits: a gang in front of it in the queue has "
                     "not been launched\n"
                     "[   4.000s] driver    gang j/s waits: it fits the cluster, but not into what "
                     "is free now (needed 4, there: 3)\n"
                     "[  12.000s] world     nothing can happen any more but a gang's launch "
                     "deadline; would be given up after 30d\n"
                     "[  12.000s] world     the end: interrupted (7 events)\n");
}

static void a_reverted_launch_and_a_refusal_are_told(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 2, 2);
    uint32_t a = history_job(&h, "a"), b;
    history_stage(&h, a, "s", PLAN_STAGE_BARRIER, 3, 0);
    b = history_job(&h, "b");
    history_stage(&h, b, "s", PLAN_STAGE_BARRIER, 9, 0);
    uint64_t cause = history_submit(&h, 0, a);
    history_submit(&h, 0, b);
    struct trace_record *r = history_of(&h, TRACE_PLAN, 0, cause, a, 0, 0);
    r->a = 3;
    r->b = 2;
    for (uint32_t e = 0; e < 2; e++) {
        r = history_of(&h, TRACE_RESERVE, 0, cause, a, 0, 0);
        r->executor = e;
        r->rank = e * 2;
        r->a = 2 - e;
    }
    r = history_of(&h, TRACE_RESERVE_NACK, MS, history_last(&h), a, 0, 0);
    r->actor = TRACE_EXECUTOR;
    r->executor = 1;
    r->rank = 2;
    r->a = 1;
    r->b = TRACE_REASON_NO_ROOM;
    history_deliver(&h, TRACE_DRIVER);
    r = history_of(&h, TRACE_UNRESERVE, 2 * MS, history_last(&h), a, 0, 0);
    r->executor = 0;
    r->rank = 0;
    r->a = 2;
    r->b = TRACE_REASON_RESERVE_NACK;
    history_of(&h, TRACE_NOTE, 2 * MS, 0, a, 0, 0)->a = TRACE_REASON_REVERTED;
    r = history_of(&h, TRACE_REFUSE, 15 * SEC, 0, b, 0, TRACE_NONE);
    r->a = TRACE_REASON_SLOTS;
    r->b = 9;
    r->epoch = 4;
    history_of(&h, TRACE_JOB_DONE, 15 * SEC, 0, b, TRACE_NONE, TRACE_NONE)->a = TRACE_REASON_SLOTS;
    expect_story(
        &h,
        "[   0.000s] world     jobs a, b submitted\n"
        "[   0.000s] driver    gang a/s#0: submitted -> reserve 3 slots on executors 0-1\n"
        "[   0.002s] exec 1    gang a/s#0: 1 slot refused: the executor has not that much free\n"
        "[   0.002s] driver    gang a/s#0: give 2 slots on executor 0 back: an executor refused a "
        "reservation\n"
        "[  15.000s] driver    gang b/s: refused: the cluster has too few slots (needed 9, there: "
        "4) -> job b failed\n");
}

static void lost_messages_and_forced_kills_are_one_line_each(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 4, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 4, 0);
    for (uint32_t e = 1; e < 4; e++) {
        struct trace_record *r = history_of(&h, TRACE_DROP, 20 * SEC + e, 0, job, 0, 0);
        r->executor = e;
        r->flags = e == 3 ? TRACE_GO : TRACE_RESERVE;
    }
    for (uint32_t rank = 0; rank < 3; rank++) {
        struct trace_record *r = history_of(&h, TRACE_KILLED, 30 * SEC, 0, job, 0, 0);
        r->executor = 1;
        r->rank = rank;
        r->a = 1;
    }
    expect_story(
        &h, "[  20.000s] world     lost on the way: 2 reserve, 1 go, between the driver and "
            "executors 1-3\n"
            "[  30.000s] exec 1    gang j/s#0: 3 tasks did not end when asked, and are forced\n");
}

static struct trace_record *world(struct history *h, unsigned kind, int64_t at_ns,
                                  uint32_t executor)
{
    struct trace_record *r = history_add(h, kind, at_ns, 0);
    r->executor = executor;
    return r;
}

/* Who was there at 0 is not told of; the same executors' later processes are up again. */
static void executors_that_a_manager_kept_waiting_are_told_of(void **state)
{
    static const char *const managers[] = {"yarn", "kubernetes", "mesos", "standalone"};
    static const char *const told[] = {
        "[   2.000000s] world     executors 1-2: their containers are granted\n"
        "[   3.000000s] world     executor 1 is up again, as incarnation 1\n",
        "[   2.000000s] world     executors 1-2: their pods are pending no longer\n"
        "[   3.000000s] world     executor 1 is up again, as incarnation 1\n",
        "[   2.000000s] world     executors 1-2: their offers are accepted\n"
        "[   3.000000s] world     executor 1 is up again, as incarnation 1\n",
        "[   3.000000s] world     executor 1 is up again, as incarnation 1\n"};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct history h;
        history_open(&h, 4, 1);
        history_stage(&h, history_job(&h, "j"), "s", PLAN_STAGE_BARRIER, 1, 0);
        h.plan->manager = plan_name(h.plan, managers[i]);
        world(&h, TRACE_UP, 0, 0);
        world(&h, TRACE_UP, 2 * SEC, 1);
        world(&h, TRACE_UP, 2 * SEC, 2);
        world(&h, TRACE_UP, 3 * SEC, 1)->a = 1;
        expect_story(&h, told[i]);
        history_close(&h);
    }
}

static void links_and_the_drivers_process_are_told(void **state)
{
    (void)state;
    struct history h;
    struct plan_act cut = plan_act_blank(), lose = plan_act_blank();
    history_open(&h, 4, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "map", PLAN_STAGE_MAPREDUCE, 4, 0);
    history_stage(&h, job, "fit", PLAN_STAGE_BARRIER, 4, 1);
    cut.kind = PLAN_ACT_CUT;
    cut.executor = 1;
    cut.way = PLAN_WAY_OUT;
    cut.duration_ns = 20 * SEC;
    plan_add_act(h.plan, &cut);
    lose.kind = PLAN_ACT_LOSE;
    lose.executor = 2;
    lose.amount = 300;
    plan_add_act(h.plan, &lose);
    struct trace_record *r = world(&h, TRACE_FAULT, 1 * SEC, 1);
    r->b = PLAN_ACT_CUT;
    r = world(&h, TRACE_FAULT, 2 * SEC, 2);
    r->a = 1;
    r->b = PLAN_ACT_LOSE;
    h.plan->setting[PLAN_SET_BUDGET_LINKS] = 1;
    r = world(&h, TRACE_FAULT, 2500 * MS, 2);
    r->a = 1;
    r->b = PLAN_ACT_LOSE;
    r->flags = TRACE_FAULT_WITHHELD;
    for (uint32_t i = 0; i < 3; i++)
        world(&h, TRACE_FRAME_LOST, 3 * SEC, 1 + i % 2)->flags = TRACE_GO;
    world(&h, TRACE_DISCONNECT, 4 * SEC, 1);
    world(&h, TRACE_CONNECT, 5 * SEC, 1);
    world(&h, TRACE_DRIVER_DOWN, 6 * SEC, TRACE_NONE)->a = 1;
    world(&h, TRACE_DRIVER_UP, 7 * SEC, TRACE_NONE)->a = 12;
    r = world(&h, TRACE_EXCLUDE, 8 * SEC, 3);
    r->a = TRACE_REASON_EXCLUDED;
    r->b = 2;
    r = history_of(&h, TRACE_UNREGISTER, 9 * SEC, 0, job, 0, TRACE_NONE);
    r->rank = 1;
    r->a = 2;
    r->b = TRACE_REASON_OUTPUT_LOST;
    r = history_of(&h, TRACE_FETCH_FAILED, 10 * SEC, 0, job, 1, 0);
    r->executor = 3;
    r->rank = 2;
    r->a = 0;
    r->b = 1;
    expect_story(
        &h, "[   1.000s] world     fault: cut executor 1, towards the driver, for 20s\n"
            "[   2.000s] world     fault: lose executor 2, 300 of 1000 messages, both ways\n"
            "[   2.500s] world     fault withheld: lose executor 2, 300 of 1000 messages, both ways (budget: 1 link at once)\n"
            "[   3.000s] world     3 datagrams are lost between the driver and executors 1-2\n"
            "[   4.000s] world     the connection of executor 1 breaks, and both ends learn it\n"
            "[   5.000s] world     executor 1 is connected again\n"
            "[   6.000s] world     the driver's process is gone, after 1 effect of its last step\n"
            "[   7.000s] world     the driver's process is back, after replaying 12 events\n"
            "[   8.000s] driver    executor 3 is excluded: too many failures there: the executor "
            "is not "
            "offered (2)\n"
            "[   9.000s] driver    stage j/map: the output of ranks 1-2 is gone: outputs were lost "
            "with "
            "their executor\n"
            "[  10.000s] world     gang j/fit#0: rank 2 does not find the output of rank 1 of "
            "stage j/map "
            "on executor 3\n");
}

static void those_who_meet_are_one_line(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 4, 2);
    uint32_t job = history_job(&h, "j"), place = plan_name(h.plan, "tracker");
    history_stage(&h, job, "fit", PLAN_STAGE_BARRIER, 3, 0);
    for (uint32_t i = 0; i < 6; i++) {
        struct trace_record *r =
            history_of(&h, i < 3 ? TRACE_MEET : TRACE_MET, (i + 1) * SEC, 0, job, 0, 0);
        r->rank = i % 3;
        r->a = PLAN_OP_MEET;
        r->b = place;
    }
    history_of(&h, TRACE_MEET, 11 * SEC, 0, job, 0, 0)->a = PLAN_OP_ALL_REDUCE;
    expect_story(&h, "[   1.000s] world     gang j/fit#0: 3 tasks wait at 'tracker'\n"
                     "[   4.000s] world     gang j/fit#0: 3 tasks go on from 'tracker'\n");
}

static void an_executor_that_ends_its_own_tasks_says_why(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 4, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 4, 0);
    struct trace_record *r = world(&h, TRACE_TIMER, 30 * SEC, 1);
    r->a = TRACE_TIMER_DRIVER_LEASE;
    for (uint32_t rank = 0; rank < 2; rank++) {
        r = history_of(&h, TRACE_KILLED, 30 * SEC, 1, job, 0, 0);
        r->executor = 1;
        r->rank = rank;
        r->a = 1;
    }
    expect_story(
        &h, "[  30.000s] world     timer: end of an executor's patience with a silent driver, of "
            "executor 1\n"
            "[  30.000s] exec 1    gang j/s#0: 2 tasks are ended by force: their executor no "
            "longer hears its driver\n");
}

static void tasks_that_fail_together_are_one_line_with_the_reason(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 2, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 4, 0);
    for (uint32_t rank = 0; rank < 3; rank++) {
        struct trace_record *r = history_of(&h, TRACE_REPLY, 20 * SEC, 0, job, 0, 0);
        r->a = TRACE_REASON_SYNC_TIMEOUT;
        history_exit(&h, 20 * SEC, history_last(&h), job, 0, 0, rank, rank / 2, TRACE_EXIT_FAILED,
                     16);
    }
    history_exit(&h, 21 * SEC, 0, job, 0, 0, 3, 1, TRACE_EXIT_FAILED, 139);
    expect_story(&h, "[  20.000s] executor  gang j/s#0: 3 tasks failed on executors 0-1, rank 0 "
                     "first: not everybody came to the barrier in time\n"
                     "[  21.000s] exec 1    gang j/s#0: rank 3 failed with code 139\n");
}

static void a_mapreduce_stage_is_told_in_waves_not_in_tasks(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 2);
    uint32_t job = history_job(&h, "etl");
    history_stage(&h, job, "load", PLAN_STAGE_MAPREDUCE, 100, 0);
    uint64_t cause = history_submit(&h, 0, job);
    for (uint32_t rank = 0; rank < 100; rank += 2) {
        struct trace_record *r = history_of(&h, TRACE_PLAN, rank * SEC, cause, job, 0, 0);
        r->a = 2;
        r->b = 1;
        r = history_of(&h, TRACE_RESERVE, rank * SEC, cause, job, 0, 0);
        r->executor = 0;
        r->rank = rank;
        r->a = 2;
        for (uint32_t i = 0; i < 2; i++) {
            r = history_of(&h, TRACE_START, rank * SEC, 0, job, 0, 0);
            r->executor = 0;
            r->rank = rank + i;
            history_exit(&h, rank * SEC + SEC, 0, job, 0, 0, rank + i, 0, TRACE_EXIT_OK, 0);
        }
    }
    history_of(&h, TRACE_STAGE_DONE, 99 * SEC, 0, job, 0, 0)->a = 1;
    history_of(&h, TRACE_JOB_DONE, 99 * SEC, 0, job, TRACE_NONE, TRACE_NONE);
    expect_story(
        &h, "[   0.000s] world     job etl submitted\n"
            "[   0.000s] driver    stage etl/load: submitted -> reserve 2 slots on executor 0\n"
            "[  99.000s] driver    stage etl/load: 98 more tasks placed as slots came free, 2.000s "
            "to 98.000s\n"
            "[  99.000s] driver    stage etl/load: all 100 tasks ended well -> job etl done\n");
}

static void a_round_far_slower_than_all_before_is_told_alone(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 2, 0);
    for (uint32_t i = 0; i < 6; i++)
        history_round(&h, (i + 1) * 10 * SEC, (i + 1) * 10 * SEC + (i == 3 ? 5000 : 99) * MS, job,
                      0, 0, i, 2, 0, 2, 1);
    history_end(&h, 90 * SEC, TRACE_END_INTERRUPTED);
    expect_story(&h,
                 "[  10.100s] driver    gang j/s#0: round 0 passed: rank 1 came last, the "
                 "first waited 100ms\n"
                 "[  45.001s] driver    gang j/s#0: rounds 1..2 passed, 20.100s to 30.100s; the "
                 "worst was 1: rank 1 came last,"
                 " the first waited 100ms\n"
                 "[  45.001s] driver    gang j/s#0: round 3 passed: rank 1 came last, the "
                 "first waited 5.001s\n"
                 "[  90.000s] driver    gang j/s#0: rounds 4..5 passed, 50.100s to 60.100s; the "
                 "worst was 4: rank 1 came last,"
                 " the first waited 100ms\n"
                 "[  90.000s] world     the end: interrupted (31 events)\n");
}

/* It began behind the barrier, so no call says that there is another attempt. */
static void a_checkpoint_without_a_round_is_of_its_own_attempt(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 2, 0);
    history_round(&h, 1 * SEC, 1 * SEC, job, 0, 0, 0, 2, 0, 2, 1);
    struct trace_record *r = history_of(&h, TRACE_ACCEPT, 20 * SEC, h.count, job, 0, 1);
    r->a = TRACE_ACCEPT_CHECKPOINT;
    r->b = 2;
    history_end(&h, 30 * SEC, TRACE_END_INTERRUPTED);
    char *text = history_story(history_run(&h), 0);
    assert_non_null(strstr(text, "gang j/s#0: round 0 passed"));
    assert_non_null(strstr(text, "gang j/s#1: checkpoint 2 complete\n"));
    free(text);
    history_close(&h);
}

static void names_cannot_write_to_the_terminal(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 1);
    uint32_t job = history_job(&h, "evil\033]0;x\a\n\"name\"");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 1, 0);
    history_submit(&h, 20 * SEC, job);
    expect_story(&h, "[  20.000s] world     job evil\\x1b]0;x\\x07\\n\\\"name\\\" submitted\n");
}

/* 100 lines of one submission each, and a finding at record 60. */
static void hundred_lines(struct history *h, struct rep_finding *finding)
{
    history_open(h, 1, 1);
    for (uint32_t j = 0; j < 100; j++) {
        char name[16];
        snprintf(name, sizeof name, "j%u", j);
        history_stage(h, history_job(h, name), "s", PLAN_STAGE_BARRIER, 1, 0);
    }
    for (uint32_t j = 0; j < 100; j++)
        history_submit(h, (j + 1) * SEC, j);
    *finding = (struct rep_finding){"PRG", "PRG-1", "something is wrong", REP_FAIL, 60, 60 * SEC};
    h->verdict.findings = finding;
}

static void a_cut_is_announced_and_centred_on_the_first_finding(void **state)
{
    (void)state;
    struct history h;
    struct rep_finding finding;
    hundred_lines(&h, &finding);
    h.verdict.finding_count = 1;
    char *text = history_story(history_run(&h), 14);
    assert_string_equal(text, "[   1.000s] world     job j0 submitted\n"
                              "[   2.000s] world     job j1 submitted\n"
                              "[   3.000s] world     job j2 submitted\n"
                              "            ... 54 lines left out ...\n"
                              "[  58.000s] world     job j57 submitted\n"
                              "[  59.000s] world     job j58 submitted\n"
                              "[  60.000s] world     job j59 submitted\n"
                              "[  60.000s] ORACLE    PRG-1 broken: something is wrong (record 60)\n"
                              "[  61.000s] world     job j60 submitted\n"
                              "[  62.000s] world     job j61 submitted\n"
                              "            ... 35 lines left out ...\n"
                              "[  98.000s] world     job j97 submitted\n"
                              "[  99.000s] world     job j98 submitted\n"
                              "[ 100.000s] world     job j99 submitted\n");
    free(text);
    history_close(&h);
}

static void a_cut_story_never_has_more_lines_than_asked_for(void **state)
{
    (void)state;
    struct history h;
    struct rep_finding finding;
    hundred_lines(&h, &finding);
    for (h.verdict.finding_count = 0; h.verdict.finding_count < 2; h.verdict.finding_count++)
        for (finding.record = 0; finding.record <= 100; finding.record += 10)
            for (uint64_t most = 1; most < 110; most++) {
                char *text = history_story(history_run(&h), most);
                uint64_t total = 100 + h.verdict.finding_count;
                assert_true(lines_of(text) <= most);
                assert_true(lines_of(text) > 0);
                assert_true(most < 3 || most >= total || lines_of(text) >= most - 1);
                assert_true(most < total || lines_of(text) == total);
                assert_true(most == 1 || most >= total || strstr(text, "left out") != NULL);
                bool told = strstr(text, "PRG-1") != NULL;
                assert_true(most < 8 || h.verdict.finding_count == 0 || told);
                free(text);
            }
    h.verdict.finding_count = 1;
    history_close(&h);
}

static void the_same_run_is_told_the_same(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    char *first = history_story(history_run(&h), 0), *second = history_story(history_run(&h), 1000);
    assert_string_equal(first, second);
    free(first);
    free(second);
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_and_a_restart_are_told),
        cmocka_unit_test(a_gang_that_waits_says_so_once_a_reason),
        cmocka_unit_test(a_reverted_launch_and_a_refusal_are_told),
        cmocka_unit_test(lost_messages_and_forced_kills_are_one_line_each),
        cmocka_unit_test(links_and_the_drivers_process_are_told),
        cmocka_unit_test(those_who_meet_are_one_line),
        cmocka_unit_test(an_executor_that_ends_its_own_tasks_says_why),
        cmocka_unit_test(tasks_that_fail_together_are_one_line_with_the_reason),
        cmocka_unit_test(a_mapreduce_stage_is_told_in_waves_not_in_tasks),
        cmocka_unit_test(a_round_far_slower_than_all_before_is_told_alone),
        cmocka_unit_test(a_checkpoint_without_a_round_is_of_its_own_attempt),
        cmocka_unit_test(names_cannot_write_to_the_terminal),
        cmocka_unit_test(a_cut_is_announced_and_centred_on_the_first_finding),
        cmocka_unit_test(a_cut_story_never_has_more_lines_than_asked_for),
        cmocka_unit_test(executors_that_a_manager_kept_waiting_are_told_of),
        cmocka_unit_test(the_same_run_is_told_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
