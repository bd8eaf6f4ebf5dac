/*
 * why.c -- claims about `muster why`: what a gang lacks, who holds it, who is missing, what will
 * end it.
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

static void expect_why(const struct rep_run *run, uint32_t job, int64_t at_ns, const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(rep_why(run, job, 0, at_ns, out, NULL), REP_OK);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void a_waiting_gang_sees_what_it_lacks_and_who_holds_it(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 2, 2);
    uint32_t a = history_job(&h, "a"), b;
    history_stage(&h, a, "fit", PLAN_STAGE_BARRIER, 3, 0);
    b = history_job(&h, "b");
    history_stage(&h, b, "fit", PLAN_STAGE_BARRIER, 2, 0);
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, a), a, 0, 0, 3, 0, 2);
    history_submit(&h, 4 * SEC, b);
    struct trace_record *r = history_of(&h, TRACE_WAIT, 4 * SEC, history_last(&h), b, 0, 0);
    r->a = TRACE_REASON_FREE_SLOTS;
    r->b = 2;
    r->epoch = 1;
    history_finish(&h, 20 * SEC, a, 0, 0, 3, 0, 2, true);
    history_launch(&h, 21 * SEC, history_last(&h), b, 0, 0, 2, 0, 2);
    const struct rep_run *run = history_run(&h);
    uint64_t plan = 0;
    for (uint64_t i = 0; i < h.count; i++)
        if (h.records[i].kind == TRACE_PLAN)
            plan = i + 1;
    char expected[2000];
    snprintf(
        expected, sizeof expected,
        "b/fit at 10.000s: waits, since 4.000s\n"
        "  reason   free-slots: it fits the cluster, but not into what is free now (needed 2, "
        "there: 1)\n"
        "  needs    2 slots at once, each 1 core\n"
        "  there    1 of these slots are free: it lacks 1\n"
        "  missing  1 of them for want of cores\n"
        "           executor 0: 0 fit; free: 0 of 2 cores; out of cores\n"
        "           executor 1: 1 fit; free: 1 of 2 cores\n"
        "  held by  a/fit: 3 slots on executors 0-1, since 0.002s; free again at 20.000s\n"
        "  timer    the job fails, if it was not launched, at 2592004.000s (launch_deadline 30d "
        "after 4.000s)\n"
        "  then     plan at 21.000s (record %llu)\n",
        (unsigned long long)plan);
    expect_why(run, b, 10 * SEC, expected);
    history_close(&h);
}

static void a_gang_at_a_barrier_sees_who_is_missing(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    const struct rep_run *run = history_run(&h);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(rep_why(run, 0, 0, 1050 * MS, out, NULL), REP_OK);
    fclose(out);
    assert_non_null(strstr(
        text, "train/fit at 1.050s: runs, since 0.003s, attempt 0\n"
              "  waiting  3 of 4 tasks at the barrier of round 0, the first since 1.000s\n"
              "  missing  rank 3: running on executor 1 since 0.003s\n"
              "  timer    the round fails at 31536001.000s (sync_timeout 365d after 1.000s)\n"));
    free(text);
    history_close(&h);
}

static void a_draining_gang_sees_who_still_lives(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    expect_why(
        history_run(&h), 0, 132 * SEC,
        "train/fit at 132.000s: is draining: its attempt is fenced, and not all of it is gone, "
        "since 132.000s, attempt 0\n"
        "  alive    rank 0: at the barrier on executor 0 since 1.000s\n"
        "           rank 1: at the barrier on executor 0 since 1.000s\n"
        "  timer    the executors that still hold it are written off at 162.000s (release_wait "
        "30s after 132.000s)\n"
        "  then     exit at 132.001s, rank 0 (record 131)\n");
    history_close(&h);
}

static char *why(const struct rep_run *run, uint32_t job, uint32_t stage, int64_t at_ns)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(rep_why(run, job, stage, at_ns, out, NULL), REP_OK);
    fclose(out);
    return text;
}

static void assert_says(char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in\n%s", part, text);
    free(text);
}

static void wait_for(struct history *h, int64_t at_ns, uint32_t job, uint32_t stage,
                     enum trace_reason reason)
{
    history_of(h, TRACE_WAIT, at_ns, history_last(h), job, stage, 0)->a = reason;
}

/* An act of the plan, and the record that it happened, or ended. */
static void fault(struct history *h, unsigned kind, int64_t at_ns, uint32_t act, unsigned record)
{
    struct trace_record *r = history_add(h, record, at_ns, history_last(h));
    r->executor = h->plan->acts[act].executor;
    r->a = act;
    r->b = kind;
}

static uint32_t plan_fault(struct history *h, unsigned kind, uint32_t executor, int32_t amount)
{
    struct plan_act act = plan_act_blank();
    act.kind = kind;
    act.executor = executor;
    act.amount = amount;
    act.duration_ns = 30 * SEC;
    return plan_add_act(h->plan, &act);
}

static void room_that_faults_took_is_not_there(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 3, 2);
    uint32_t job = history_job(&h, "a");
    history_stage(&h, job, "fit", PLAN_STAGE_BARRIER, 5, 0);
    uint32_t take = plan_fault(&h, PLAN_ACT_TAKE, 0, 1), pause = plan_fault(&h, PLAN_ACT_PAUSE, 1, 0);
    history_up(&h, 0);
    fault(&h, PLAN_ACT_TAKE, 1 * SEC, take, TRACE_FAULT);
    history_submit(&h, 2 * SEC, job);
    wait_for(&h, 2 * SEC, job, 0, TRACE_REASON_FREE_SLOTS);
    fault(&h, PLAN_ACT_PAUSE, 3 * SEC, pause, TRACE_FAULT);
    struct trace_record *exclude = history_add(&h, TRACE_EXCLUDE, 4 * SEC, history_last(&h));
    exclude->executor = 2;
    fault(&h, PLAN_ACT_PAUSE, 33 * SEC, pause, TRACE_HEAL);
    const struct rep_run *run = history_run(&h);
    char *text = why(run, job, 0, 5 * SEC);
    const char *const parts[] = {
        "there    3 of these slots are free: it lacks 2\n  missing  2 of them for want of cores\n",
        "core taken by somebody else since 1.000s, for as long as the history goes\n",
        "executor 1: 2 fit; free: 2 of 2 cores; stands still since 3.000s, until 33.000s\n",
        "executor 2: 0 fit; free: 2 of 2 cores; excluded since 4.000s, until 3604.000s\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(text, parts[i]) == NULL)
            fail_msg("'%s' is not in\n%s", parts[i], text);
    free(text);
    text = why(run, job, 0, 34 * SEC);
    assert_null(strstr(text, "stands still"));
    free(text);
    history_close(&h);
}

/* Each executor has a core without a GPU or a GPU without a core: nothing is short, and nothing fits. */
static void what_is_not_free_together_is_said_to_be_so(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 2, 1);
    h.plan->executors[0].cores = 2;
    h.plan->executors[1].gpus = 1;
    struct plan_profile both = {.cores = 2, .gpu_milli = 1000};
    uint32_t job = history_job(&h, "a");
    uint32_t stage = history_stage(&h, job, "fit", PLAN_STAGE_BARRIER, 1, 0);
    h.plan->stages[h.plan->jobs[job].first_stage + stage].profile = plan_add_profile(h.plan, &both);
    history_up(&h, 0);
    history_submit(&h, 2 * SEC, job);
    wait_for(&h, 2 * SEC, job, 0, TRACE_REASON_FREE_SLOTS);
    const struct rep_run *run = history_run(&h);
    assert_says(why(run, job, 0, 5 * SEC),
                "it lacks 1\n  missing  no resource by itself: what is free is not free on the same "
                "machines\n           executor 0: 0 fit; free: 2 of 2 cores, 0 of 0 GPUs; out of "
                "GPUs\n           executor 1: 0 fit; free: 1 of 1 cores, 1 of 1 GPUs; out of cores\n");
    history_close(&h);
}

static void a_gang_behind_others_names_them(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 2);
    uint32_t a = history_job(&h, "a");
    history_stage(&h, a, "load", PLAN_STAGE_MAPREDUCE, 2, 0);
    history_stage(&h, a, "fit", PLAN_STAGE_BARRIER, 2, 1);
    uint32_t b = history_job(&h, "b");
    history_stage(&h, b, "big", PLAN_STAGE_BARRIER, 2, 0);
    uint32_t c = history_job(&h, "c");
    history_stage(&h, c, "small", PLAN_STAGE_BARRIER, 1, 0);
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, a), a, 0, 0, 2, 0, 2);
    wait_for(&h, 3 * SEC, a, 1, TRACE_REASON_PARENTS);
    history_submit(&h, 4 * SEC, b);
    wait_for(&h, 4 * SEC, b, 0, TRACE_REASON_FREE_SLOTS);
    history_submit(&h, 5 * SEC, c);
    wait_for(&h, 5 * SEC, c, 0, TRACE_REASON_HEAD_BLOCKED);
    const struct rep_run *run = history_run(&h);
    assert_says(why(run, a, 1, 6 * SEC), "  parents  a/load runs since 0.003s, 0 of 2 tasks through\n");
    assert_says(why(run, c, 0, 6 * SEC), "  behind   b/big, which waits since 4.000s for 2 slots\n");
    history_close(&h);
}

static void the_next_check_and_its_number_are_told(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 2);
    uint32_t a = history_job(&h, "a");
    history_stage(&h, a, "fit", PLAN_STAGE_BARRIER, 3, 0);
    history_up(&h, 0);
    history_submit(&h, 1 * SEC, a);
    wait_for(&h, 1 * SEC, a, 0, TRACE_REASON_ADMISSION);
    const struct rep_run *run = history_run(&h);
    assert_says(why(run, a, 0, 20 * SEC),
                "  timer    it is checked again at 31.000s, check 3 of 41 (admission_interval 15s, "
                "admission_failures 40)\n");
    char *text = why(run, a, 0, 900 * SEC); /* the last one was at 601 s */
    assert_null(strstr(text, "checked again at"));
    free(text);
    history_close(&h);
}

static void a_policy_without_the_timer_is_told_so(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 2);
    uint32_t a = history_job(&h, "a");
    history_stage(&h, a, "fit", PLAN_STAGE_BARRIER, 2, 0);
    history_up(&h, 0);
    history_submit(&h, 1 * SEC, a);
    wait_for(&h, 1 * SEC, a, 0, TRACE_REASON_FREE_SLOTS);
    const struct rep_run *run = history_run(&h);
    const char *const policies[] = {"strict", "strict launch_deadline=off", "spark",
                                    "spark rounds=on_event launch_deadline=on", "spark reply=push"};
    const bool has_none[] = {false, true, true, false, true};
    for (size_t i = 0; i < 5; i++) {
        h.header.policy = policies[i];
        char *text = why(run, a, 0, 2 * SEC);
        assert_int_equal(strstr(text, "timer    none: under this policy") != NULL, has_none[i]);
        assert_int_equal(strstr(text, "the job fails, if it was not launched,") == NULL, has_none[i]);
        free(text);
    }
    history_close(&h);
}

static void the_end_is_the_time_if_none_is_given(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    expect_why(history_run(&h), 0, PLAN_NEVER, "train/fit at 140.001s: is done, since 140.001s\n");
    expect_why(history_run(&h), 9, PLAN_NEVER, "there is no stage 0 of job 9 in this run\n");
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waiting_gang_sees_what_it_lacks_and_who_holds_it),
        cmocka_unit_test(a_gang_at_a_barrier_sees_who_is_missing),
        cmocka_unit_test(a_draining_gang_sees_who_still_lives),
        cmocka_unit_test(room_that_faults_took_is_not_there),
        cmocka_unit_test(what_is_not_free_together_is_said_to_be_so),
        cmocka_unit_test(a_gang_behind_others_names_them),
        cmocka_unit_test(the_next_check_and_its_number_are_told),
        cmocka_unit_test(a_policy_without_the_timer_is_told_so),
        cmocka_unit_test(the_end_is_the_time_if_none_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
