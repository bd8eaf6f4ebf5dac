/*
 * errors_test.c -- every mistake in a scenario is one line that says where it is and what to do.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct mistake {
    const char *text, *message;
} mistakes[] = {
    /* ---- words and keys */
    {"clutser { executors = 4 }", ":1: unknown name 'clutser'; did you mean 'cluster'?"},
    {BASE "\nat '5s' { detonate(j) }", ":4: unknown name 'detonate': it is no word and no local; "
                                      "'muster help scenario' lists the words"},
    {BASE "at '5s' { crsh(c.executor[0]) }", ":3: unknown name 'crsh'; did you mean 'crash'?"},
    {BASE "local k = job 'k' {\n  stage 'fit' { task = 4, program = compute '1s' } }",
     ":4: stage 'fit': unknown key 'task'; did you mean 'tasks'?"},
    {"cluster { executors = 4, cpus = 2, zebra = 1 }",
     ":1: cluster: unknown key 'cpus'; did you mean 'gpus'?"},
    {BASE "settings { heartbeat_timout = '3s' }",
     ":3: settings: unknown key 'heartbeat_timout'; did you mean 'heartbeat_timeout'?"},
    {BASE "j:suceeds()", ":3: a job has no 'suceeds'; did you mean 'succeeds'?"},
    {BASE "local e = c.exec[1]", ":3: a cluster has no 'exec'; there is executor"},
    {BASE "x = 1", ":3: globals are read-only; write 'local x'"},
    {BASE "job = 1",
     ":3: 'job' is a word of scenarios and cannot be changed; take another name, with 'local'"},
    {BASE "j.priority = 1", ":3: job 'j' cannot be changed"},
    {BASE "expect { never('x', record 'releas') }",
     ":3: record: there is no kind 'releas'; did you mean 'release'?"},
    {BASE "expect { j:fails 'slot' }",
     ":3: fails: there is no reason 'slot'; did you mean 'slots'?"},

    /* ---- types and ranges */
    {"cluster { executors = 0 }",
     ":1: cluster: executors is 0, must be 1..1000000; a cluster needs executors"},
    {"cluster { executors = 'four' }",
     ":1: cluster: executors must be an integer in 1..1000000, got "
     "the string 'four'; a cluster needs executors"},
    {"cluster { executors = 1.5 }",
     ":1: cluster: executors must be an integer in 1..1000000, got the "
     "number 1.5; a cluster needs executors"},
    {"cluster { cores = 4 }", ":1: cluster: executors is missing; write executors = a number"},
    {"cluster { { executors = 1 }, { executors = 1, gpus = 65 } }",
     ":1: cluster: group 2: gpus is 65, must be 0..64"},
    {"cluster { executors = 1, memory = '64Gib' }",
     ":1: cluster: memory is '64Gib', must be a size in 0MiB..1073741824MiB with a unit (B KB MB "
     "GB "
     "TB KiB MiB GiB TiB), such as \"64KiB\""},
    {"cluster { executors = 1, memory = '1500KiB' }",
     ":1: cluster: memory is '1500KiB', must be whole MiB; 2MiB are near"},
    {"cluster { executors = 1, arrive = '-5s' }",
     ":1: cluster: arrive is negative: '-5s', must be 0s..36500d"},
    {"cluster { executors = 1, arrive = 5 }", ":1: cluster: arrive must be a time with a unit, "
                                              "such as \"1.5s\" or \"200ms\", got the number 5"},
    {BASE "at '-1s' { cancel(j) }", ":3: at: the time is negative: '-1s', must be 0s..36500d"},
    {BASE "at '5 s' { cancel(j) }",
     ":3: at: the time is '5 s', must be a time in 0s..36500d with a "
     "unit (ns us ms s m h d), such as \"1.5s\" or \"2h30m\""},
    {BASE "local k = job 'k' { stage 'a' { tasks = 2000000, program = compute '1s' } }",
     ":3: stage 'a': tasks is 2000000, must be 1..1000000; split it into several stages if it "
     "needs "
     "more"},
    {BASE "local k = job 'k' { stage 'a' { tasks = 1 } }",
     ":3: stage 'a': program is missing; write program = compute \"1s\""},
    {BASE "local k = job 'k' { stage 'a' { tasks = 1, program = '1s' } }",
     ":3: stage 'a': program needs a program, got the string '1s'; write program = compute \"1s\""},
    {BASE "at '1s' { kill(j:rank(4)) }",
     ":3: rank of stage 's': the rank is 4, must be 0..3; ranks count from 0"},
    {BASE "at '1s' { crash(c.executor[4]) }",
     ":3: executor 4 does not exist, must be 0..3: the cluster has 4, counted from 0"},
    {BASE "at '1s' { crash(j) }",
     ":3: crash needs an executor, got job 'j'; write crash(c.executor[2])"},
    {BASE "settings { attempts = 0 }", ":3: settings: attempts is 0, must be 1..1000000"},
    {BASE "local p = loop(0, barrier())",
     ":3: loop: times is 0, must be 1..4294967294; leave out what never runs"},
    {BASE "local p = loop(2, loop(2, loop(2, loop(2, loop(2, barrier())))))",
     ":3: loop: loops are nested 5 deep, must be 1..4; write the innermost out"},
    {BASE "local p = loop(2)",
     ":3: loop: there is nothing in it; give it a program such as compute \"1s\""},
    {BASE "local p = compute { '2s', '1s' }",
     ":3: compute: the second time is 1s, must be 2s..36500d; swap them"},
    {BASE "local p = columns { width = 2, unit = '1us', values = { 1, 2, 3 } }",
     ":3: columns: there are 3 values, must be rows of 2; give each rank all its columns"},
    {BASE "local p = columns { width = 2, unit = '1us', values = { 1, -2 } }",
     ":3: columns: the value of row 0, column 1 is the number -2, must be an integer in "
     "0..4294967295; take another unit"},
    {BASE "between '5s' '3s' { crash(c.executor[1]) }",
     ":3: between: the second time is 3s, must be later than the first, 5s; swap them"},
    {BASE "local x = param('n', 5, 'doc', { min = 6 })",
     ":3: parameter 'n': its default 5 must be 6 or more"},

    /* ---- sense */
    {"", ": there is no cluster; write cluster { executors = 4, cores = 8 }"},
    {"cluster { executors = 1 }",
     ": there is no job; write job \"name\" { stage \"load\" { tasks = 4, program = ... } }"},
    {BASE "cluster { executors = 1 }",
     ":3: cluster: there is one in line 1 already; write one cluster with a list of groups"},
    {BASE "\nlocal k = job 'j' { stage 's' { tasks = 4, program = compute '1s' } }",
     ":4: job 'j' is declared twice, first in line 2; give each its own name"},
    {BASE "local k = job 'k' { stage 'a' { tasks = 1, program = compute '1s' },\n"
          "  stage 'a' { tasks = 1, program = compute '1s' } }",
     ":3: job 'k': stage 'a' is there twice; give each its own name"},
    {BASE "local k = job 'k' { stage 'load' { tasks = 1, program = compute '1s' },\n"
          "  stage 'a' { tasks = 1, program = compute '1s', after = { 'laod' } } }",
     ":3: stage 'a': after names no stage before it: job 'k' has no stage 'laod'; did you mean "
     "'load'?"},
    {BASE "local k = job 'k' { stage 'load' }", ":3: job 'k': item 1 is a function, must be a "
                                                "stage; write stage \"name\" { tasks = 4, program "
                                                "= ... }"},
    {BASE "local k = job 'k' {\n  barrier_stage 'fit' { tasks = 2, cores = 5, program = compute "
          "'1s' } }",
     ":4: stage 'fit': a task needs 5 cores, the largest executor of this cluster has 4; lower "
     "cores, enlarge the cluster, or expect job 'k' to fail with \"never-fits\""},
    {BASE "local k = job 'k' {\n  barrier_stage 'fit' { tasks = 2, gpus = 0.5, program = compute "
          "'1s' } }",
     ":4: stage 'fit': a task needs 1 GPUs, the largest executor of this cluster has 0; lower "
     "gpus, enlarge the cluster, or expect job 'k' to fail with \"never-fits\""},
    {BASE "local k = job 'k' {\n  stage 'a' { tasks = 2, program = barrier() } }",
     ":4: barrier() in stage 'a' of job 'k', which is no barrier_stage (op 0 of its program); make "
     "it a barrier_stage"},
    {BASE "\n\nat '2s' { restart(c.executor[1]) }",
     ":5: act 0 (restart): executor is 1, which no act crashes; crash it first"},
    {BASE "cancel(j)", ":3: cancel stands alone and does nothing; put it into at, between or when"},
    {BASE "j:succeeds()", ":3: succeeds stands alone and does nothing; put it into expect { ... }"},
    {BASE "local s = stage 's' { tasks = 4, program = compute '1s' }",
     ":3: this stage stands alone and does nothing; put it into the list of a job"},
    {BASE "at '1s' { submit(j) }\nat '2s' { submit(j) }",
     ":4: submit: job 'j' is submitted twice, first in line 3; take one out"},
    {BASE "between '1s' '2s' { cancel(j) }",
     ":3: between: cancel cannot be taken back; only crash, slow and the faults of a link can, so "
     "write at \"...\" { ... }"},
    {BASE "anytime { cut(c.executor[1], { lasts = '5s' }) }",
     ":3: anytime: cut has lasts, but its end may come at any point, too; leave lasts out, and put what ends it (mend, restart) "
     "beside it"},
    {BASE "anytime { crash(c.executor[1]), times = 17 }",
     ":3: anytime: times is 17, must be 1..16; a search has no room for more"},
    {BASE "anytime {}", ":3: anytime: nothing happens in it; write what does, such as crash(c.executor[2])"},
    {BASE "at '1s' {}",
     ":3: at: nothing happens in it; write what does, such as crash(c.executor[2])"},
    {BASE "policy 'strict'\npolicy 'spark'", ":4: policy is set twice, first in line 3"},

    /* ---- Lua itself */
    {BASE "local t = {", ":3: unexpected symbol near <eof>"},
    {BASE "local t = nil + 1", ":3: attempt to perform arithmetic on a nil value"},
    {BASE "error 'mine'", ":3: mine"},
    {BASE "error {}", ":3: error() was given a table; give it a string"},
    {BASE "local function f(n)\n  return stage 'a' { task = n }\nend\nlocal k = job 'k' { f(3) }",
     ":4: stage 'a': unknown key 'task'; did you mean 'tasks'? (called from line 6)"},
    {BASE "error 'two\\nlines'", ":3: two\\x0Alines"},
    {"\033Lua", ": attempt to load a binary chunk (mode is 't')"},
    {BASE "for k in pairs { [{}] = 1 } do end",
     ":3: pairs: a table is a key, and has no order; use numbers, strings or booleans as keys"},
    {BASE "local s = ('x'):dump()", ":3: string has no 'dump' in a scenario"},
    {BASE "local s = string.format('%-8p', {})", ":3: string.format: '%p' shows an address, which "
                                                 "changes from run to run; name the thing instead"},
    {BASE "string.format = nil", ":3: Lua's library is read-only; write a local function"},
    {BASE "local s = string.formt('x')",
     ":3: string has no 'formt' in a scenario; did you mean 'format'?"},
};

static void each_mistake_is_told_with_its_place_and_its_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        support_expect_error(mistakes[i].text, mistakes[i].message);
}

static void what_lua_has_and_a_scenario_has_not_is_told_why(void **state)
{
    static const char *const names[] = {"os",         "io",           "require",        "load",
                                        "loadstring", "dofile",       "debug",          "print",
                                        "pcall",      "setmetatable", "collectgarbage", "coroutine",
                                        "_G",         "xpcall",       "getmetatable"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[256], start[256];
        struct scn_err err;
        snprintf(text, sizeof text, BASE "local x = %s", names[i]);
        assert_null(support_try(text, &err));
        snprintf(start, sizeof start, "%s:3: unknown name '%s': ", support_snippet(), names[i]);
        assert_memory_equal(err.detail, start, strlen(start));
    }
    struct scn_err err;
    assert_null(support_try(BASE "local x = rawset", &err));
}

static struct plan *load_within(const char *text, uint64_t steps, size_t bytes, struct scn_err *err)
{
    const struct scn_limits limits = {.steps = steps, .bytes = bytes};
    support_write(SNIPPET, text);
    return scn_load(support_snippet(), NULL, 0, &limits, NULL, err);
}

static void expect_limit(const char *text, uint64_t steps, size_t bytes, const char *message)
{
    char wanted[512];
    struct scn_err err;
    assert_null(load_within(text, steps, bytes, &err));
    snprintf(wanted, sizeof wanted, "%s%s", support_snippet(), message);
    assert_string_equal(err.detail, wanted);
    assert_int_equal(err.code, SCN_E_INPUT);
}

static void a_loop_without_end_is_stopped_and_its_line_is_told(void **state)
{
    (void)state;
    expect_limit(
        BASE "local x = 0\nwhile true do\n  x = x + 1\nend", 999999, 0,
        ":5: the scenario ran for 999999 steps without end; is there a loop that never ends?");
    expect_limit("local function f() return f() end\nf()", 999, 0,
                 ":1: the scenario ran for 999 steps without end; is there a loop that never ends? "
                 "(called from line 2)");
}

static void a_scenario_that_grows_without_end_is_stopped_and_its_line_is_told(void **state)
{
    (void)state;
    expect_limit(BASE "local t = {}\nfor i = 1, 1e9 do\n  t[i] = 'item ' .. i\nend", 0, 4 << 20,
                 ":5: the scenario needs more than 4194304 bytes of memory");
    expect_limit(BASE "local s = ('x'):rep(1e9)", 0, 4 << 20,
                 ":3: the scenario needs more than 4194304 bytes of memory");
    expect_limit(
        "for i = 1, 1e9 do\n  local p = columns { width = 1000, unit = '1s', rows = 1000,\n"
        "    fill = function() return 0 end }\nend",
        0, 4 << 20,
        ":3: the scenario needs more than 4194304 bytes of memory (called from line 2)");
}

static void recursion_without_end_is_told_with_its_line(void **state)
{
    struct scn_err err;
    (void)state;
    assert_null(support_try(BASE "local function f() return 1 + f() end\nf()", &err));
    assert_non_null(strstr(err.detail, SNIPPET ":3: stack overflow"));
    assert_null(strchr(err.detail, '\n'));
}

static void a_small_limit_is_enough_for_a_small_scenario(void **state)
{
    struct scn_err err;
    (void)state;
    struct plan *plan = load_within(BASE, 10000, 1 << 20, &err);
    assert_non_null(plan);
    plan_free(plan);
}

/* Whichever allocation fails: an error or a plan, never a leak or a crash. */
static void running_out_of_memory_anywhere_is_an_error(void **state)
{
    struct scn_err err;
    struct plan *plan = NULL;
    size_t bytes = 1000;
    (void)state;
    for (; plan == NULL; bytes += 301) {
        plan = load_within(BASE "for i = 1, 40 do job('k' .. i) { stage 's' { tasks = 1, program = "
                                "compute { '1s', '2s' } } } end\n"
                                "local s = stream 'x' { every = '1s', batches = 5, stage 'p' { "
                                "tasks = 3, program = meet('t', { tasks = 1 }), prefers = { 0, 1 "
                                "} } }\n"
                                "at '1s' { cut(c.executor { 0, 1 }, { lasts = '1s' }) }",
                           0, bytes, &err);
        assert_true(plan != NULL || err.code == SCN_E_INPUT || err.code == SCN_E_MEMORY);
        assert_true(bytes < 1 << 20);
    }
    assert_true(bytes > 10000);
    plan_free(plan);
}

static void a_file_that_is_not_there_is_missing(void **state)
{
    struct scn_err err;
    (void)state;
    assert_null(scn_load("no/such.lua", NULL, 0, NULL, NULL, &err));
    assert_int_equal(err.code, SCN_E_MISSING);
    assert_string_equal(err.detail, "no/such.lua: cannot be read: No such file or directory");
}

/* ---- parameters */

static void expect_usage(const char *name, const char *value, const char *message)
{
    static const char text[] =
        "local n = param('count', 3, 'how many', { min = 1, max = 9 })\n"
        "local late = param('late', false)\n"
        "local how = param('how', 'one', 'which', { 'one', 'two', 'three' })\n" BASE;
    const struct scn_param param = {name, value};
    char wanted[512];
    struct scn_err err;
    support_write(SNIPPET, text);
    struct plan *plan = scn_load(support_snippet(), &param, 1, NULL, NULL, &err);
    if (message == NULL) {
        assert_non_null(plan);
        plan_free(plan);
        return;
    }
    assert_null(plan);
    snprintf(wanted, sizeof wanted, "%s%s", support_snippet(), message);
    assert_string_equal(err.detail, wanted);
    assert_int_equal(err.code, SCN_E_USAGE);
}

static void a_parameter_must_be_there_and_of_its_kind(void **state)
{
    (void)state;
    expect_usage("count", "9", NULL);
    expect_usage("count", "10", ":1: parameter 'count' is '10', must be 1..9");
    expect_usage("count", "2.5", ":1: parameter 'count' is '2.5', must be 1..9");
    expect_usage("late", "true", NULL);
    expect_usage("late", "yes", ":2: parameter 'late' is 'yes', must be true or false");
    expect_usage("how", "three", NULL);
    expect_usage("how", "four", ":3: parameter 'how' is 'four', must be one, two or three");
    expect_usage("laet", "true", ": the scenario has no parameter 'laet'; did you mean 'late'?");
    expect_usage("zzz", "true", ": the scenario has no parameter 'zzz'; there is count, late, how");
}

static void help_knows_the_opening_comment_and_the_parameters(void **state)
{
    struct scn_info info;
    struct scn_err err;
    (void)state;
    support_write(SNIPPET, "#!/usr/bin/env muster\n-- First.\n--   Second.\n\n-- Not this.\n" BASE
                           "local n = param('n', 3, 'how many', { min = 1, max = 9 })");
    struct plan *plan = scn_load(support_snippet(), NULL, 0, NULL, &info, &err);
    assert_non_null(plan);
    assert_string_equal(info.summary, "First.\n  Second.");
    assert_int_equal(info.param_count, 1);
    assert_string_equal(info.params[0].name, "n");
    assert_string_equal(info.params[0].value, "3");
    assert_string_equal(info.params[0].doc, "how many");
    assert_string_equal(info.params[0].allowed, "1..9");
    plan_free(plan);
}

/* ---- workloads */

static void expect_csv_error(const char *csv, const char *message)
{
    char wanted[512];
    support_write("jobs.csv", csv);
    snprintf(wanted, sizeof wanted, ":3: workload 'jobs.csv': %s", message);
    support_expect_error(
        BASE "workload 'jobs.csv' { job = 'id', submit = { 'when', unit = 'ms' }, tasks = 'size',"
             " duration = 'time' }",
        wanted);
}

static void a_mistake_in_a_csv_file_is_told_with_its_line_and_column(void **state)
{
    (void)state;
    expect_csv_error("", "jobs.csv is empty; its first line must name the columns");
    expect_csv_error("id,when,sise,time\n",
                     "jobs.csv:1:1: there is no column 'size'; did you mean 'sise'?");
    expect_csv_error("id,when,size,time\n", "jobs.csv has no row below its header");
    expect_csv_error("id,when,size,time\r\n\r\na,5,two,1\r\n",
                     "jobs.csv:3:5: size is 'two', must be an integer in 1..1000000");
    expect_csv_error("id,when,size,time\na,5,0,1\n",
                     "jobs.csv:2:5: size is '0', must be an integer in 1..1000000");
    expect_csv_error("id,when,size,time\na, -5,1,1\n",
                     "jobs.csv:2:4: when is '-5', must be a time of 0 or more, in ms");
    expect_csv_error("id,when,size,time\na,5,1,1s\n",
                     "jobs.csv:2:7: time is '1s', must be a time of 0 or more, in s");
    expect_csv_error("id,when,size,time\na,5,1\n",
                     "jobs.csv:2:1: the row has 3 cells, 'time' is column 4");
    expect_csv_error("id,when,size,time\n\"a,5,1,2\n",
                     "jobs.csv:2:1: the quote that opens here is not closed in its line");
    support_expect_error(BASE "workload '../jobs.csv' { tasks = 'size', duration = 'time' }",
                         ":3: workload '../jobs.csv': the file must lie beside the scenario; give "
                         "its name without a path");
    support_write("twice.csv", "id,size,time\na,1,1\na,1,1\n");
    support_expect_error(BASE
                         "workload 'twice.csv' { job = 'id', tasks = 'size', duration = 'time' }",
                         ":3: workload 'twice.csv': twice.csv:3: job 'a' is declared twice, first "
                         "in line 3; give each its own name");
}

static void expect_date_error(const char *date)
{
    char csv[128], wanted[256];
    snprintf(csv, sizeof csv, "when,time\n%s,5\n", date);
    support_write("jobs.csv", csv);
    snprintf(wanted, sizeof wanted,
             ":3: workload 'jobs.csv': jobs.csv:2:1: when is '%s', must be a date of 1970 to 2069 such as "
             "2017-10-09 07:01:55",
             date);
    support_expect_error(
        BASE "workload 'jobs.csv' { submit = { 'when', unit = 'date' }, tasks = 'time', duration = 'time' }",
        wanted);
}

static void a_date_is_one_of_the_calendar(void **state)
{
    (void)state;
    expect_date_error("2017-10-09");
    expect_date_error("2017-10-09T07:01:55");
    expect_date_error("2017-10-09 07:01:55Z");
    expect_date_error("1969-10-09 07:01:55");
    expect_date_error("2017-13-09 07:01:55");
    expect_date_error("2017-02-29 07:01:55");
    expect_date_error("2017-04-31 07:01:55");
    expect_date_error("2017-10-09 24:00:00");
    expect_date_error("2017-10-09 7:01:55");
    support_expect_error(
        BASE "workload 'jobs.csv' { submit = 'when', tasks = 'time', duration = { 'time', unit = 'date' } }",
        ":3: workload 'jobs.csv': unit of duration must be one of ns us ms s m h d, got the string 'date'");
}

/* What the command line names may lie anywhere; the scenario cannot say so itself. */
static void a_file_that_a_parameter_names_may_lie_anywhere(void **state)
{
    static const char scenario[] = BASE "local f = param('file', 'jobs.csv')\n"
                                        "workload(f) { tasks = 'n', duration = 't' }\n"
                                        "workload '/proc/self/status' { tasks = 'n', duration = 't' }";
    struct scn_err err;
    (void)state;
    support_write("jobs.csv", "n,t\n1,1\n");
    support_expect_error(scenario, ":5: workload '/proc/self/status': the file must lie beside the scenario; give "
                                   "its name without a path");
    struct scn_param params[] = {{"file", "/proc/self/status"}};
    support_write(SNIPPET, scenario);
    assert_null(scn_load(support_snippet(), params, 1, NULL, NULL, &err));
    assert_non_null(strstr(err.detail, "/proc/self/status:1:1: there is no column 'n'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_is_one_of_the_calendar),
        cmocka_unit_test(a_file_that_a_parameter_names_may_lie_anywhere),
        cmocka_unit_test(each_mistake_is_told_with_its_place_and_its_remedy),
        cmocka_unit_test(what_lua_has_and_a_scenario_has_not_is_told_why),
        cmocka_unit_test(a_loop_without_end_is_stopped_and_its_line_is_told),
        cmocka_unit_test(a_scenario_that_grows_without_end_is_stopped_and_its_line_is_told),
        cmocka_unit_test(recursion_without_end_is_told_with_its_line),
        cmocka_unit_test(a_small_limit_is_enough_for_a_small_scenario),
        cmocka_unit_test(running_out_of_memory_anywhere_is_an_error),
        cmocka_unit_test(a_file_that_is_not_there_is_missing),
        cmocka_unit_test(a_parameter_must_be_there_and_of_its_kind),
        cmocka_unit_test(help_knows_the_opening_comment_and_the_parameters),
        cmocka_unit_test(a_mistake_in_a_csv_file_is_told_with_its_line_and_column),
    };
    support_name("errors");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
