/*
 * tables.c -- claims about jobs.csv, slots.csv and the summary; every number computed by hand.
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
#include "lanes.h"

#define JOBS_HEADER                                                                                \
    "job,stage,kind,size,submit,ready,first_fit,go,end,attempts,wait,run,jct,slowdown,restarts,"   \
    "used,wasted,reason\n"
#define SLOTS_HEADER "executor,lane,job,stage,attempt,rank,start,end,status\n"

static void expect_text(const struct rep_run *run, report_fn *fn, const char *expected)
{
    char *text = history_text(run, fn);
    assert_string_equal(text, expected);
    free(text);
}

static void a_restarted_gang_is_charged_for_the_attempt_that_failed(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    const struct rep_run *run = history_run(&h);
    /* attempt 0: ranks 0, 1 from 0.003 to 132.001, ranks 2, 3 to 12: 2 x 131.998 + 2 x 11.997 =
     * 287.99 attempt 1: 4 x (140 - 132.203) = 31.188; together 319.178 */
    expect_text(run, rep_jobs_csv,
                JOBS_HEADER "train,fit,barrier,4,0,0,0.002,0.002,140.001,2,0.002,139.999,140.001,1."
                            "000,1,319.178,287.99,ok\n");
    expect_text(run, rep_slots_csv,
                SLOTS_HEADER "0,0,train,fit,0,0,0.003,132.001,killed\n"
                             "0,1,train,fit,0,1,0.003,132.001,killed\n"
                             "1,0,train,fit,0,2,0.003,12,host\n"
                             "1,1,train,fit,0,3,0.003,12,host\n"
                             "0,0,train,fit,1,0,132.203,140,ok\n"
                             "0,1,train,fit,1,1,132.203,140,ok\n"
                             "2,0,train,fit,1,2,132.203,140,ok\n"
                             "2,1,train,fit,1,3,132.203,140,ok\n");
    /* cores up: 4 x 140.001 + 2 x 12 = 584.004; held: 319.178; 54.65 % */
    expect_text(run, rep_summary,
                "jobs       1 submitted: 1 done\n"
                "makespan   140.001s\n"
                "wait       mean 2ms, median 2ms, most 2ms\n"
                "jct        mean 140.001s, most 140.001s\n"
                "slowdown   mean 1.000, most 1.000  (bounded, 10 s)\n"
                "used       cores 54.7%  (of what was up)\n"
                "wasted     90.2%  (287.99 of 319.178 slot-seconds)\n");
    history_close(&h);
}

/* Two gangs of 3 on 4 slots: the second fits when the first ends at 20 s, and is planned 5 s later.
 */
static void two_gangs(struct history *h)
{
    history_open(h, 2, 2);
    uint32_t a = history_job(h, "a");
    history_stage(h, a, "fit", PLAN_STAGE_BARRIER, 3, 0);
    uint32_t b = history_job(h, "b");
    history_stage(h, b, "fit", PLAN_STAGE_BARRIER, 3, 0);
    history_up(h, 0);
    uint64_t cause = history_submit(h, 0, a);
    history_launch(h, 0, cause, a, 0, 0, 3, 0, 2);
    history_submit(h, 4 * SEC, b);
    history_finish(h, 20 * SEC, a, 0, 0, 3, 0, 2, true);
    history_launch(h, 25 * SEC, history_last(h), b, 0, 0, 3, 0, 2);
    history_finish(h, 30 * SEC, b, 0, 0, 3, 0, 2, true);
    history_end(h, 31 * SEC, TRACE_END_FINISHED);
}

static void first_fit_tells_no_room_from_room_that_was_not_used(void **state)
{
    (void)state;
    struct history h;
    two_gangs(&h);
    const struct rep_run *run = history_run(&h);
    /* b: ready 4, fits 20, goes 25.002: waits 21.002; runs 4.999; slowdown 26.001 / 10 */
    expect_text(run, rep_jobs_csv,
                JOBS_HEADER
                "a,fit,barrier,3,0,0,0.002,0.002,20.001,1,0.002,19.999,20.001,1.000,0,59.991,0,ok\n"
                "b,fit,barrier,3,4,4,20,25.002,30.001,1,21.002,4.999,26.001,2.600,0,14.991,0,ok\n");
    expect_text(run, rep_summary,
                "jobs       2 submitted: 2 done\n"
                "makespan   30.001s\n"
                "wait       mean 10.502s, median 10.502s, most 21.002s\n"
                "jct        mean 23.001s, most 26.001s\n"
                "slowdown   mean 1.800, most 2.600  (bounded, 10 s)\n"
                "used       cores 62.5%  (of what was up)\n"
                "wasted     0.0%  (0 of 74.982 slot-seconds)\n");
    history_close(&h);
}

/* Waits of so many seconds, each on an executor of its own, submitted in this order. */
static void expect_waits(const int64_t *seconds, uint32_t count, const char *expected)
{
    struct history h;
    uint64_t cause[8];
    char name[16];
    history_open(&h, count, 1);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "j%u", (unsigned)i);
        history_stage(&h, history_job(&h, name), "fit", PLAN_STAGE_BARRIER, 1, 0);
    }
    history_up(&h, 0);
    for (uint32_t i = 0; i < count; i++)
        cause[i] = history_submit(&h, 0, i);
    for (uint32_t done = 0; done < count; done++) { /* the shortest first: time goes on */
        uint32_t next = count;
        for (uint32_t i = 0; i < count; i++)
            if (cause[i] != 0 && (next == count || seconds[i] < seconds[next]))
                next = i;
        history_launch(&h, seconds[next] * SEC, cause[next], next, 0, 0, 1, next, 1);
        cause[next] = 0;
    }
    history_end(&h, 100000 * SEC, TRACE_END_FINISHED);
    char *text = history_text(history_run(&h), rep_summary);
    assert_non_null(strstr(text, expected));
    free(text);
    history_close(&h);
}

static void the_median_is_in_the_middle_whatever_the_order(void **state)
{
    (void)state;
    expect_waits((int64_t[]){70000}, 1, "median 19h27m, most 19h27m\n");
    expect_waits((int64_t[]){9, 2, 300, 5}, 4, "median 7.002s, most 300.002s\n");
    expect_waits((int64_t[]){2, 70000, 300, 5, 9}, 5, "median 9.002s, most 19h27m\n");
    expect_waits((int64_t[]){70000, 4, 4, 0, 0, 4, 0}, 7, "median 4.002s, most 19h27m\n");
}

static void a_reservation_is_no_free_room_until_it_is_given_back(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 2);
    uint32_t a = history_job(&h, "a");
    history_stage(&h, a, "fit", PLAN_STAGE_BARRIER, 2, 0);
    uint32_t b = history_job(&h, "b");
    history_stage(&h, b, "fit", PLAN_STAGE_BARRIER, 1, 0);
    history_up(&h, 0);
    history_submit(&h, 0, a);
    struct trace_record *r = history_of(&h, TRACE_RESERVE, 0, 1, a, 0, 0);
    r->executor = 0;
    r->rank = 0;
    r->a = 2;
    history_submit(&h, SEC, b);
    r = history_of(&h, TRACE_UNRESERVE, 7 * SEC, 1, a, 0, 0);
    r->executor = 0;
    r->rank = 0;
    r->a = 2;
    history_end(&h, 8 * SEC, TRACE_END_HUNG);
    expect_text(history_run(&h), rep_jobs_csv,
                JOBS_HEADER "a,fit,barrier,2,0,0,0,,,0,,,,,0,0,0,unfinished\n"
                            "b,fit,barrier,1,1,1,7,,,0,,,,,0,0,0,unfinished\n");
    history_close(&h);
}

static void a_stage_is_ready_when_its_parents_are_done(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 4);
    uint32_t job = history_job(&h, "pipe");
    history_stage(&h, job, "map", PLAN_STAGE_MAPREDUCE, 2, 0);
    history_stage(&h, job, "fit", PLAN_STAGE_BARRIER, 2, 1);
    uint32_t late = history_job(&h, "late");
    history_stage(&h, late, "fit", PLAN_STAGE_BARRIER, 9, 0);
    history_up(&h, 0);
    uint64_t cause = history_submit(&h, SEC, job);
    history_launch(&h, SEC, cause, job, 0, 0, 2, 0, 2);
    /* task 1 fails after 2 s and runs again */
    history_exit(&h, 3 * SEC + 3 * MS, 0, job, 0, 0, 1, 0, TRACE_EXIT_FAILED, 1);
    struct trace_record *r = history_of(&h, TRACE_START, 4 * SEC, history_last(&h), job, 0, 1);
    r->executor = 0;
    r->rank = 1;
    history_exit(&h, 5 * SEC, 0, job, 0, 0, 0, 0, TRACE_EXIT_OK, 0);
    history_exit(&h, 6 * SEC, 0, job, 0, 1, 1, 0, TRACE_EXIT_OK, 0);
    history_of(&h, TRACE_STAGE_DONE, 6 * SEC, 0, job, 0, 1);
    history_of(&h, TRACE_JOB_DONE, 9 * SEC, 0, job, TRACE_NONE, TRACE_NONE)->a =
        TRACE_REASON_CANCELLED;
    history_end(&h, 9 * SEC, TRACE_END_FINISHED);
    /* map: used 3.997 + 2 + 2, wasted the 2 s of the attempt that failed */
    expect_text(history_run(&h), rep_jobs_csv,
                JOBS_HEADER
                "pipe,map,mapreduce,2,1,1,1.002,1.002,6,2,0.002,4.998,5,1.000,1,7.997,2,ok\n"
                "pipe,fit,barrier,2,1,6,6,,9,0,,,3,,0,0,0,cancelled\n"
                "late,fit,barrier,9,,,,,,0,,,,,0,0,0,not-submitted\n");
    char *text = history_text(history_run(&h), rep_summary);
    assert_non_null(
        strstr(text, "jobs       1 submitted: 0 done, 1 failed (cancelled); 1 never submitted\n"));
    assert_non_null(strstr(text, "(1 never went)"));
    free(text);
    history_close(&h);
}

static void a_stream_has_a_lag_and_a_service_no_completion_time(void **state)
{
    (void)state;
    struct history h;
    two_gangs(&h); /* submitted at 0 and 4 s, done at 20.001 and 30.001 s */
    h.plan->jobs[0].kind = PLAN_JOB_SERVICE;
    h.plan->jobs[1].kind = PLAN_JOB_STREAM;
    char *text = history_text(history_run(&h), rep_summary);
    assert_non_null(strstr(text,
                           "jct        mean 26.001s, most 26.001s\n"
                           "lag        mean 26.001s, most 26.001s, of the last batch 26.001s\n"));
    free(text);
    h.plan->jobs[0].kind = PLAN_JOB_STREAM;
    text = history_text(history_run(&h), rep_summary);
    assert_non_null(
        strstr(text, "lag        mean 23.001s, most 26.001s, of the last batch 26.001s\n"));
    free(text);
    history_close(&h);
}

static void a_run_without_jobs_has_a_summary_too(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 1);
    history_stage(&h, history_job(&h, "j"), "s", PLAN_STAGE_BARRIER, 1, 0);
    expect_text(history_run(&h), rep_summary,
                "jobs       0 submitted: 0 done; 1 never submitted\n"
                "makespan   -\n"
                "wait       -\n"
                "jct        -  (no job ended)\n"
                "slowdown   -  (no gang was done)\n"
                "used       cores -  (of what was up)\n"
                "wasted     -  (0 of 0 slot-seconds)\n");
    history_close(&h);
}

static void names_are_quoted_and_stay_on_their_line(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 1);
    history_stage(&h, history_job(&h, "a,\"b\"\n\033[2J"), "s", PLAN_STAGE_BARRIER, 1, 0);
    expect_text(history_run(&h), rep_jobs_csv,
                JOBS_HEADER
                "\"a,\"\"b\"\"\\n\\x1b[2J\",s,barrier,1,,,,,,0,,,,,0,0,0,not-submitted\n");
    history_close(&h);
}

static void the_lowest_free_lane_is_taken(void **state)
{
    (void)state;
    struct history h;
    struct rep_lanes lanes;
    static const struct {
        unsigned kind;
        uint32_t rank, lane;
    } step[] = {{TRACE_START, 0, 0}, {TRACE_START, 1, 1}, {TRACE_START, 2, 2}, {TRACE_EXIT, 0, 0},
                {TRACE_EXIT, 1, 0},  {TRACE_START, 3, 0}, {TRACE_START, 4, 1}, {TRACE_START, 5, 3}};
    history_open(&h, 1, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_MAPREDUCE, 6, 0);
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        struct trace_record *r = history_of(&h, step[i].kind, (int64_t)i * SEC, 0, job, 0, 0);
        r->executor = 0;
        r->rank = step[i].rank;
    }
    assert_int_equal(rep_lanes_build(history_run(&h), &lanes, NULL), REP_OK);
    assert_int_equal(lanes.span_count, 6);
    for (size_t i = 0; i < sizeof step / sizeof *step; i++)
        if (step[i].kind == TRACE_START)
            assert_int_equal(lanes.spans[step[i].rank].lane, step[i].lane);
    assert_int_equal(lanes.used[0], 4); /* more than its cores: shown as it was */
    assert_int_equal(lanes.capacity[0], 4);
    assert_int_equal(lanes.spans[5].status, REP_SPAN_RUNNING);
    assert_int_equal(lanes.spans[5].end_ns, 7 * SEC);
    rep_lanes_free(&lanes);
    history_close(&h);
}

static void two_attempts_of_a_rank_may_run_at_one_time(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 2, 1);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 1, 0);
    for (uint32_t attempt = 0; attempt < 2; attempt++) {
        struct trace_record *r = history_of(&h, TRACE_START, attempt * SEC, 0, job, 0, attempt);
        r->executor = attempt;
        r->rank = 0;
    }
    history_exit(&h, 5 * SEC, 0, job, 0, 0, 0, 0, TRACE_EXIT_KILLED, 0);
    history_exit(&h, 6 * SEC, 0, job, 0, 1, 0, 1, TRACE_EXIT_OK, 0);
    expect_text(history_run(&h), rep_slots_csv,
                SLOTS_HEADER "0,0,j,s,0,0,0,5,killed\n"
                             "1,0,j,s,1,0,1,6,ok\n");
    history_close(&h);
}

/* Small numbers, so that most of them mean something; now and then the largest, and times that go
 * anywhere. */
static void throw_records(struct history *h, uint32_t count, bool wild_times)
{
    uint64_t dice = 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t field[10];
        for (int f = 0; f < 10; f++) {
            dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            field[f] = dice >> 60 == 0 ? UINT32_MAX - (uint32_t)(dice >> 40 & 1)
                                       : (uint32_t)(dice >> 40 & 1);
        }
        static const int64_t wild[] = {INT64_MIN,     -1,        0,      1, 1000 * SEC,
                                       INT64_MAX - 1, INT64_MAX, 5 * SEC};
        struct trace_record *r = history_add(h, (unsigned)(dice >> 33) % 64, 0, dice % (i + 2));
        r->at_ns = wild_times ? wild[dice >> 50 & 7] : i;
        r->flags = (uint16_t)((dice >> 20) % 64);
        r->actor = field[0];
        r->executor = field[1];
        r->job = field[2];
        r->stage = field[3];
        r->attempt = field[4];
        r->epoch = field[5];
        r->rank = field[6];
        r->a = wild_times && field[8] ? wild[dice >> 47 & 7] : (int32_t)field[7];
        r->b = wild_times && field[9] ? wild[dice >> 44 & 7] : (int32_t)field[0];
    }
}

static void a_foreign_history_may_hold_anything(void **state)
{
    (void)state;
    report_fn *const all[] = {rep_jobs_csv, rep_slots_csv, rep_summary, rep_verdict_json};
    for (int wild_times = 0; wild_times < 2; wild_times++) {
        struct history h;
        history_open(&h, 1, 1);
        uint32_t job = history_job(&h, "j");
        history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 1, 0);
        throw_records(&h, 20000, wild_times);
        const struct rep_run *run = history_run(&h);
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            free(history_text(run, all[i]));
        free(history_story(run, 0));
        free(history_story(run, 50));
        free(history_timeline(run, 80));
        FILE *null = fopen("/dev/null", "w");
        for (int64_t at = 0; at < 20000; at += 2000)
            assert_int_equal(rep_why(run, 0, 0, at, null, NULL), REP_OK);
        assert_int_equal(rep_why(run, 1, 0, 0, null, NULL), REP_OK);
        fclose(null);
        char *path = strdup(getenv("PATH"));
        setenv("PATH", "/nonexistent", 1);
        assert_int_equal(rep_timeline_plot(run, ".", NULL), REP_E_MISSING);
        setenv("PATH", path, 1);
        free(path);
        history_close(&h);
    }
}

static void the_help_defines_every_column(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    rep_metrics_help(out);
    fclose(out);
    char header[] = JOBS_HEADER SLOTS_HEADER, line[40];
    for (char *name = strtok(header, ",\n"); name != NULL; name = strtok(NULL, ",\n")) {
        snprintf(line, sizeof line, "\n  %-10s ", name);
        assert_non_null(strstr(text, line));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restarted_gang_is_charged_for_the_attempt_that_failed),
        cmocka_unit_test(first_fit_tells_no_room_from_room_that_was_not_used),
        cmocka_unit_test(the_median_is_in_the_middle_whatever_the_order),
        cmocka_unit_test(a_reservation_is_no_free_room_until_it_is_given_back),
        cmocka_unit_test(a_stage_is_ready_when_its_parents_are_done),
        cmocka_unit_test(a_stream_has_a_lag_and_a_service_no_completion_time),
        cmocka_unit_test(a_run_without_jobs_has_a_summary_too),
        cmocka_unit_test(names_are_quoted_and_stay_on_their_line),
        cmocka_unit_test(the_lowest_free_lane_is_taken),
        cmocka_unit_test(two_attempts_of_a_rank_may_run_at_one_time),
        cmocka_unit_test(a_foreign_history_may_hold_anything),
        cmocka_unit_test(the_help_defines_every_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
