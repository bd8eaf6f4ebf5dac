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
        "           executor 0: 0 fit; free: 0 of 2 cores; out of cores\n"
        "           executor 1: 1 fit; free: 1 of 2 cores\n"
        "  held by  a/fit: 3 slots on executors 0-1, all running, since 0.002s\n"
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
        cmocka_unit_test(the_end_is_the_time_if_none_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
