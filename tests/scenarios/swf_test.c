/*
 * swf_test.c -- a trace in the Standard Workload Format is the jobs that it says, and what is none is counted or told.
 */
#include "support.h"

#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLUSTER "cluster { executors = 4, cores = 16 }\n"
#define PLAIN   "workload 't.swf' {}"
#define GOOD    "1 0 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n"

static struct scn_info info;

static struct plan *load_bytes(const char *lua, const char *trace)
{
    struct scn_err err;
    support_write("t.swf", trace);
    support_write(SNIPPET, lua);
    struct plan *plan = scn_load(support_snippet(), NULL, 0, NULL, &info, &err);
    if (plan == NULL)
        fail_msg("%s", err.detail);
    return plan;
}

static plan_ns run_time(const struct plan *plan, uint32_t job)
{
    const struct plan_stage *stage = &plan->stages[plan->jobs[job].first_stage];
    return plan->dists[plan->ops[plan->programs[stage->program].first_op].dist].lo;
}

static void expect_job(const struct plan *plan, uint32_t job, const char *name, int64_t submit, uint32_t tasks, int64_t run)
{
    const struct plan_stage *stage = &plan->stages[plan->jobs[job].first_stage];
    assert_string_equal(plan_text(plan, plan->jobs[job].name), name);
    assert_int_equal(plan->jobs[job].submit_ns, submit * PLAN_SECOND);
    assert_int_equal(stage->kind, PLAN_STAGE_BARRIER);
    assert_int_equal(stage->tasks, tasks);
    assert_int_equal(plan->profiles[stage->profile].cores, 1);
    assert_int_equal(run_time(plan, job), run * PLAN_SECOND);
}

/* Blanks and tabs, CRLF, comments anywhere, a byte order mark, and no newline at the end. */
static void a_line_is_a_gang_however_it_is_spaced(void **state)
{
    (void)state;
    struct plan *plan = load_bytes(CLUSTER PLAIN, "\xEF\xBB\xBF; MaxProcs: 64\r\n;\r\n\r\n"
                                                  "  7\t12 -1  5 2 -1 -1 3 60 -1 1 1 1 1 1 1 -1 -1  \r\n \t\r\n  ; a word in between\r\n"
                                                  "8 13 0 6.5 4 1.25 -1 4 60 -1 1 1 1 1 1 1 -1 -1");
    assert_int_equal(plan->job_count, 2);
    expect_job(plan, 0, "job-7", 12, 2, 5);
    assert_string_equal(plan_text(plan, plan->jobs[1].name), "job-8");
    assert_int_equal(run_time(plan, 1), 6500 * (PLAN_SECOND / 1000));
    assert_string_equal(info.notes, "");
    assert_int_equal(info.swf.max_procs, 64);
    assert_int_equal(info.swf.max_nodes, -1);
    plan_free(plan);
}

/* The jobs of the trace that comes with muster, as sscanf reads them. */
static void the_trace_that_came_with_muster_is_what_a_second_reader_reads(void **state)
{
    char line[256], name[24];
    int job, submit, wait, run, given, cpu, memory, wanted, said, wanted_memory, status;
    uint32_t next = 0;
    (void)state;
    struct plan *plan = support_load_file(SCENARIOS "/workloads/swf.lua", NULL, 0);
    FILE *trace = fopen(SCENARIOS "/workloads/invented-44.swf", "rb");
    assert_non_null(trace);
    while (fgets(line, sizeof line, trace) != NULL) {
        if (line[0] == ';')
            continue;
        assert_int_equal(sscanf(line, "%d%d%d%d%d%d%d%d%d%d%d", &job, &submit, &wait, &run, &given, &cpu, &memory, &wanted, &said,
                                &wanted_memory, &status),
                         11);
        if ((status >= 2 && status <= 4) || (status == 5 && run <= 0))
            continue;
        snprintf(name, sizeof name, "job-%d", job);
        expect_job(plan, next++, name, submit, (uint32_t)(given > 0 ? given : wanted), run);
    }
    fclose(trace);
    assert_int_equal(next, 40);
    assert_int_equal(plan->job_count, 40);
    plan_free(plan);
}

static const char odd_trace[] = "1 0 -1 5 2 -1 -1 2 60 -1 1 1 1 1 3 1 -1 -1\n"   /* plain */
                                "2 -1 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n"  /* no submission */
                                "3 3 -1 -1 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n"  /* no run time */
                                "4 4 -1 5 0 -1 -1 -1 60 -1 1 1 1 1 1 1 -1 -1\n"  /* no processors */
                                "5 5 -1 5 -1 -1 -1 4 60 -1 1 1 1 1 1 1 -1 -1\n"  /* asked for alone */
                                "6 6 -1 0 -1 -1 -1 4 60 -1 5 1 1 1 1 1 -1 -1\n"  /* never began */
                                "7 7 -1 9 4 -1 -1 4 60 -1 5 1 1 1 1 1 -1 -1\n"   /* cancelled while it ran */
                                "8 8 -1 0 1 -1 -1 1 60 -1 0 1 1 1 1 1 -1 -1\n"   /* failed at once */
                                "9 9 -1 8 1 -1 -1 3 60 -1 -1 1 1 1 1 1 -1 -1\n"  /* it is not known how it ended */
                                "9 -1 2 4 1 -1 -1 1 60 -1 2 1 1 1 1 1 -1 -1\n"   /* its parts */
                                "9 -1 2 4 1 -1 -1 1 60 -1 4 1 1 1 1 1 -1 -1\n"
                                "10 20 -1 8 1 -1 -1 1 60 -1 1 1 1 1 1 1 9 3\n"; /* behind another */

static void what_is_left_out_or_otherwise_is_counted_and_told(void **state)
{
    (void)state;
    struct plan *plan = load_bytes(CLUSTER "local jobs, t = workload 't.swf' {}\n"
                                           "assert(#jobs == 6 and t.jobs == 6 and t.lines == 12 and t.left_out == 6)\n"
                                           "assert(t.partial == 2 and t.never_began == 1 and t.no_submit == 1 and t.no_run == 1)\n"
                                           "assert(t.no_processors == 1 and t.cancelled == 1 and t.failed == 1 and t.instant == 1)\n"
                                           "assert(t.other == 1 and t.preceding == 1)\n"
                                           "assert(t.max_procs == nil and t.max_nodes == nil and t.unix_start_time == nil)",
                                   odd_trace);
    assert_int_equal(plan->job_count, 6);
    expect_job(plan, 0, "job-1", 0, 2, 5);
    expect_job(plan, 1, "job-5", 5, 4, 5);
    expect_job(plan, 2, "job-7", 7, 4, 9);
    expect_job(plan, 3, "job-8", 8, 1, 0);
    expect_job(plan, 4, "job-9", 9, 1, 8);
    expect_job(plan, 5, "job-10", 20, 1, 8);
    assert_string_equal(
        info.notes,
        "workload 't.swf': 6 of 12 lines are jobs that are run; left out: 2 parts of a job whose whole has a line of its own (status 2, 3, 4), "
        "1 cancelled before they began, 1 without a time of submission, 1 without a run time, 1 without a number of processors; of those that "
        "are run: 1 cancelled, after the time they ran, 1 failed, after the time they ran, 1 with a run time of 0s, 1 with the processors of "
        "the other column (allocated, requested), 1 with a preceding job, for which they do not wait: they come at their time of submission");
    plan_free(plan);
}

static void each_column_can_be_another(void **state)
{
    (void)state;
    struct plan *plan = load_bytes(CLUSTER "workload 't.swf' { tasks = 'requested', duration = { 'requested_time', unit = 'ms' }, priority = 'queue',\n"
                                           "  submit = { 'submit', unit = 'm' }, prefix = 'x', stage = 'fit' }",
                                   odd_trace);
    assert_int_equal(plan->job_count, 7); /* job 3 is said to run a minute */
    assert_string_equal(plan_text(plan, plan->jobs[1].name), "x3");
    assert_string_equal(plan_text(plan, plan->stages[0].name), "fit");
    assert_int_equal(plan->jobs[1].submit_ns, 180 * PLAN_SECOND);
    assert_int_equal(plan->jobs[0].priority, 3);
    assert_int_equal(run_time(plan, 1), 60 * (PLAN_SECOND / 1000));
    assert_int_equal(plan->stages[5].tasks, 3); /* job 9 asked for three */
    assert_int_equal(info.swf.count[SCN_SWF_OTHER], 0);
    plan_free(plan);
    plan = load_bytes("cluster { executors = 4, cores = 16, gpus = 8 }\nworkload 't.swf' { gpus = 'allocated' }", odd_trace);
    assert_int_equal(plan->profiles[plan->stages[1].profile].gpu_milli, 1000);
    assert_int_equal(plan->stages[1].tasks, 4);
    plan_free(plan);
}

/* Behind one that is there; one that is left out, comes later, or is the job itself is waited for by nobody. */
static void a_job_may_wait_for_the_one_before_it(void **state)
{
    static const char trace[] = "7 0 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n"
                                "8 3 -1 5 2 -1 -1 2 60 -1 0 1 1 1 1 1 007 1.5\n"
                                "9 4 -1 -1 2 -1 -1 2 60 -1 5 1 1 1 1 1 8 4\n"
                                "10 5 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 9 4\n"
                                "11 6 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 12 4\n"
                                "12 7 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 12 4\n"
                                "13 8 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 8 -1\n";
    (void)state;
    struct plan *plan = load_bytes(CLUSTER "local _, t = workload 't.swf' { preceding = true }\n"
                                           "assert(t.following == 2 and t.preceding == 3 and t.left_out == 1)", trace);
    const plan_ns submit[] = {0, PLAN_NEVER, 5 * PLAN_SECOND, 6 * PLAN_SECOND, 7 * PLAN_SECOND, PLAN_NEVER};
    const struct {
        uint32_t job, after;
        plan_ns ns;
    } acts[] = {{1, 0, 3 * PLAN_SECOND / 2}, {5, 1, 0}};
    assert_int_equal(plan->job_count, 6);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(plan->jobs[i].submit_ns, submit[i]);
    assert_int_equal(plan->act_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(plan->acts[i].kind, PLAN_ACT_SUBMIT);
        assert_int_equal(plan->acts[i].job, acts[i].job);
        assert_int_equal(plan->acts[i].at_ns, acts[i].ns);
        assert_int_equal(plan->acts[i].when.job, acts[i].after);
        assert_string_equal(plan_text(plan, plan->acts[i].when.kind), "job-done");
    }
    support_expect_round_trip(plan);
    plan_free(plan);
    plan = load_bytes(CLUSTER "local _, t = workload 't.swf' { preceding = false }\nassert(t.following == 0 and t.preceding == 5)", trace);
    assert_int_equal(plan->act_count, 0);
    assert_int_equal(plan->jobs[1].submit_ns, 3 * PLAN_SECOND);
    plan_free(plan);
}

static void the_format_is_in_the_name_or_is_said(void **state)
{
    (void)state;
    support_write("T.SWF", GOOD);
    support_write("t.txt", GOOD);
    support_write("c.swf", "n,t\n3,1\n");
    struct plan *plan = support_load(CLUSTER "workload 'T.SWF' { prefix = 'a' }\nworkload 't.txt' { format = 'swf' }\n"
                                             "workload 'c.swf' { format = 'csv', prefix = 'c', tasks = 'n', duration = 't' }");
    assert_int_equal(plan->job_count, 3);
    assert_string_equal(plan_text(plan, plan->jobs[2].name), "c0");
    plan_free(plan);
}

/* What is no number, too large, or said a second time is as any other comment. */
static void a_header_is_understood_where_it_can_be(void **state)
{
    (void)state;
    struct plan *plan = load_bytes(CLUSTER "local _, t = workload 't.swf' {}\n"
                                           "assert(t.max_procs == 1152 and t.max_nodes == nil and t.unix_start_time == 9223372036854775799)",
                                   ";MaxProcs:1152 (two kinds)\n; MaxProcs: 7\n;  MaxNodes: many\n; MaxNodes: 99999999999999999999\n"
                                   "; UnixStartTime: 9223372036854775799\n; MaxNodesx: 3\n; MaxNodes" "\n" GOOD);
    plan_free(plan);
}

static void expect_swf_error(const char *trace, const char *message)
{
    char wanted[512];
    support_write("t.swf", trace);
    snprintf(wanted, sizeof wanted, ":2: workload 't.swf': %s", message);
    support_expect_error(CLUSTER PLAIN, wanted);
}

static void a_mistake_in_a_trace_is_told_with_its_line_and_column(void **state)
{
    (void)state;
    expect_swf_error("", "t.swf has no line of a job; one has 18 numbers, the first of them the job's");
    expect_swf_error("; MaxProcs: 4\r\n\r\n", "t.swf has no line of a job; one has 18 numbers, the first of them the job's");
    expect_swf_error("1 0 -1 0 -1 -1 -1 2 60 -1 5 1 1 1 1 1 -1 -1\n",
                     "none of the 1 lines of t.swf is a job that can be run: 1 cancelled before they began");
    expect_swf_error(";\n1 0 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1  \r\n",
                     "t.swf:2:42: the line has 17 of 18 numbers; 'think' is missing (write -1 if it is not known)");
    expect_swf_error(GOOD "2 0 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1 4\n", "t.swf:2:44: '4' is one number too many; a line has 18");
    expect_swf_error("1 0 -1 5 two -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n",
                     "t.swf:1:10: allocated is 'two', must be a number of less than 48 digits, -1 if it is not known");
    expect_swf_error("1 0 -1 5 2 -1 -1 2 60 -1 1 1 1 \xFF\x01x 1 1 -1 -1\n",
                     "t.swf:1:32: executable is '\\xFF\\x01x', must be a number of less than 48 digits, -1 if it is not known");
    expect_swf_error("1 0 -1 5 2 1e3 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n",
                     "t.swf:1:12: cpu is '1e3', must be a number of less than 48 digits, -1 if it is not known");
    expect_swf_error("1 0 -1 5 2 . -1 2 60 -1 1 1 1 1 1 1 -1 -1\n",
                     "t.swf:1:12: cpu is '.', must be a number of less than 48 digits, -1 if it is not known");
    expect_swf_error("1 -7 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n", "t.swf:1:3: submit is '-7', must be 0 or more, or -1 if it is not known");
    expect_swf_error("1 0 -1 -5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n", "t.swf:1:8: run is '-5', must be 0 or more, or -1 if it is not known");
    expect_swf_error("1 0 -1 5 2.5 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n", "t.swf:1:10: allocated is '2.5', must be an integer in 1..1000000");
    expect_swf_error("1 0 -1 5 1000001 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n",
                     "t.swf:1:10: allocated is '1000001', must be an integer in 1..1000000");
    expect_swf_error("1 0 -1 18446744073709551621 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n",
                     "t.swf:1:8: run is '18446744073709551621', must be a time of 0 or more, in s");
    expect_swf_error("1 3153600001 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n",
                     "t.swf:1:3: submit is '3153600001', must be a time of 0 or more, in s");
    expect_swf_error("1 0 -1 5 2 -1 -1 2 60 -1 6 1 1 1 1 1 -1 -1\n",
                     "t.swf:1:26: status is '6', must be 1 (done), 0 (failed), 5 (cancelled), 2, 3 or 4 (a part of a job), or -1 if it is not known");
    expect_swf_error("-1 0 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n", "t.swf:1:1: job is '-1', must be 0 or more, for it names the job");
    expect_swf_error(GOOD "\n" GOOD, "t.swf:3: job 'job-1' is declared twice, first in line 2; give each its own name");
    expect_swf_error("\x1F\x8B\x08", "t.swf is compressed; unpack it first, with gunzip");
    expect_swf_error("job,submit\n1,2\n", "t.swf:1:11: the line has 1 of 18 numbers; 'submit' is missing (write -1 if it is "
                                          "not known)");
}

static void a_mistake_in_what_is_asked_for_is_told(void **state)
{
    (void)state;
    support_write("t.swf", GOOD);
    support_expect_error(CLUSTER "workload 't.swf' { tasks = 'alocated' }",
                         ":2: workload 't.swf': the Standard Workload Format has no column 'alocated'; did you mean 'allocated'?");
    support_expect_error(CLUSTER "workload 't.swf' { tasks = 'allocated', gpus = 'requested' }",
                         ":2: workload 't.swf': give tasks = \"column\" (a core a task) or gpus = \"column\" (a core and a GPU a task)");
    support_expect_error(CLUSTER "workload 't.swf' { submit = { 'submit', unit = 'date' } }",
                         ":2: workload 't.swf': there are no dates in the Standard Workload Format: submit counts seconds; leave the unit out");
    support_expect_error(CLUSTER "workload 't.swf' { preceding = 1 }",
                         ":2: workload 't.swf': preceding must be true or false, got the number 1; true: jobs wait for the one before them");
    support_expect_error(CLUSTER "workload 't.csv' { tasks = 'n', duration = 't', preceding = true }",
                         ":2: workload 't.csv': preceding is of the Standard Workload Format; in CSV no column says which job another one waits for");
    support_write("t.swf", GOOD "2 0 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 1 3153600001\n");
    support_expect_error(CLUSTER "workload 't.swf' { preceding = true }",
                         ":2: workload 't.swf': t.swf:2:40: think is '3153600001', must be a time of 0 or more, in s");
    support_write("t.swf", GOOD);
    support_expect_error(CLUSTER "workload 't.swf' { format = 'xml' }",
                         ":2: workload 't.swf': format is the string 'xml', must be \"csv\" or \"swf\"");
    support_expect_error(CLUSTER "workload 't.swf' { taks = 'allocated' }", ":2: workload 't.swf': unknown key 'taks'; did you mean 'tasks'?");
}

/* A comment, and a number, of a hundred thousand bytes. */
static void a_long_line_is_read_or_told_shortly(void **state)
{
    enum { LONG = 100000 };
    (void)state;
    char *text = malloc(LONG + 256);
    assert_non_null(text);
    memset(text, ';', LONG);
    strcpy(text + LONG, "\n" GOOD);
    struct plan *plan = load_bytes(CLUSTER PLAIN, text);
    assert_int_equal(plan->job_count, 1);
    plan_free(plan);
    memset(text, '1', LONG);
    strcpy(text + LONG, " 0 -1 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n");
    expect_swf_error(text, "t.swf:1:1: job is '1111111111111111111111111111111111111111...', must be a number of less than 48 digits, -1 if it "
                           "is not known");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_gang_however_it_is_spaced),
        cmocka_unit_test(the_trace_that_came_with_muster_is_what_a_second_reader_reads),
        cmocka_unit_test(what_is_left_out_or_otherwise_is_counted_and_told),
        cmocka_unit_test(each_column_can_be_another),
        cmocka_unit_test(a_job_may_wait_for_the_one_before_it),
        cmocka_unit_test(the_format_is_in_the_name_or_is_said),
        cmocka_unit_test(a_header_is_understood_where_it_can_be),
        cmocka_unit_test(a_mistake_in_a_trace_is_told_with_its_line_and_column),
        cmocka_unit_test(a_mistake_in_what_is_asked_for_is_told),
        cmocka_unit_test(a_long_line_is_read_or_told_shortly),
    };
    support_name("swf");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
