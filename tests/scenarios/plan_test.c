/*
 * plan_test.c -- what each word puts into the plan.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

/* The canonical text of the plan has these lines, one behind the other, somewhere. */
static void expect_lines(const char *scenario, const char *lines)
{
    struct plan *plan = support_load(scenario);
    char *text = support_text(plan);
    if (strstr(text, lines) == NULL)
        fail_msg("not in the plan:\n%s\nbut:\n%s", lines, text);
    free(text);
    plan_free(plan);
}

static void a_cluster_is_its_groups_one_after_the_other(void **state)
{
    (void)state;
    struct plan *plan =
        support_load("cluster { { executors = 2, gpus = 8, memory = '1.5GiB', racks = 2 },\n"
                     "  { executors = 1, cores = 64, arrive = '40s', rack = 7 } }\n"
                     "job 'j' { stage 's' { tasks = 1, program = compute '1s' } }");
    assert_int_equal(plan->executor_count, 3);
    assert_int_equal(plan->executors[0].cores, 8);
    assert_int_equal(plan->executors[0].gpus, 8);
    assert_int_equal(plan->executors[0].memory_mib, 1536);
    assert_int_equal(plan->executors[0].rack, 0);
    assert_int_equal(plan->executors[1].rack, 1);
    assert_int_equal(plan->executors[2].cores, 64);
    assert_int_equal(plan->executors[2].memory_mib, 65536);
    assert_int_equal(plan->executors[2].rack, 7);
    assert_int_equal(plan->executors[2].arrives_ns, 40 * PLAN_SECOND);
    plan_free(plan);
}

static void every_setting_can_be_set_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++) {
        char text[512], value[32] = "7";
        int64_t lo, hi;
        plan_setting_range(i, &lo, &hi);
        int64_t expected = hi < 7 ? 1 : plan_setting_is_time(i) ? 7 * 60 * PLAN_SECOND : 7;
        if (hi < 7)
            strcpy(value, "1");
        else if (plan_setting_is_time(i))
            strcpy(value, hi < expected ? "'1s'" : "'7m'");
        expected = hi < expected ? PLAN_SECOND : expected;
        /* Patience must outlast what it waits for. */
        static const unsigned patient[] = {PLAN_SET_RESERVE_TIMEOUT, PLAN_SET_RESERVE_LEASE,
                                           PLAN_SET_HEARTBEAT_TIMEOUT, PLAN_SET_RELEASE_WAIT};
        char others[256] = "";
        for (size_t k = 0; k < sizeof patient / sizeof patient[0]; k++)
            if (patient[k] != i)
                snprintf(others + strlen(others), sizeof others - strlen(others), "%s = '1d', ",
                         plan_setting_text(patient[k]));
        snprintf(text, sizeof text, BASE "settings { %s%s = %s }", others, plan_setting_text(i),
                 value);
        struct plan *plan = support_load(text);
        assert_int_equal(plan->setting[i], expected);
        plan_free(plan);
    }
}

static void network_and_limits_are_settings_with_sizes_and_whole_floats(void **state)
{
    (void)state;
    expect_lines(BASE "network { latency = '250us', bandwidth = '10GiB/s' } limits { virtual = "
                      "'30d', events = 1e8 }",
                 "set latency=250us\nset bandwidth=10737418240\n");
    expect_lines(BASE "limits { virtual = '30d', events = 1e8 }",
                 "set virtual=30d\nset events=100000000\n");
    expect_lines(BASE "budget { machines = 1, links = 2, tasks = 3, driver = 0 }",
                 "set budget_machines=1\nset budget_links=2\nset budget_tasks=3\nset budget_driver=0\n");
    expect_lines(BASE "settings { budget_tasks = 7 }", "set budget_tasks=7\n");
}

static void a_program_is_its_ops_with_loops_and_ranks(void **state)
{
    (void)state;
    expect_lines(
        "cluster { executors = 4 }\n"
        "local step = program { compute { '80ms', '120ms' }, all_gather '64KiB', barrier() }\n"
        "job 'j' { barrier_stage 's' { tasks = 4, program = program {\n"
        "  loop(300, step, on_rank(0, 1, output '1MiB', loop(2, checkpoint()))), exit(3) } } }",
        "program 0\n"
        "op 0 loop times=300 to=9\n"
        "op 1 compute dist=0\n"
        "op 2 all_gather bytes=65536\n"
        "op 3 barrier\n"
        "op 4 on_rank last=1 to=9\n"
        "op 5 output bytes=1048576\n"
        "op 6 loop times=2 to=8\n"
        "op 7 checkpoint\n"
        "op 8 next to=6\n"
        "op 9 next\n"
        "op 10 exit status=3\n"
        "op 11 end\n");
}

static void single_ops_have_their_values(void **state)
{
    (void)state;
    expect_lines(
        "cluster { executors = 4 }\njob 'j' { stage 's' { tasks = 1, program = fail(9) } }",
        "op 0 fail code=9\nop 1 end\n");
    expect_lines("cluster { executors = 4 }\njob 'j' { stage 's' { tasks = 1, program = hang() } }",
                 "op 0 hang\nop 1 end\n");
    expect_lines("cluster { executors = 4 }\njob 'j' { stage 's' { tasks = 1, program = exit() } }",
                 "op 0 exit\nop 1 end\n");
}

static void expect_dist(const char *dist, struct plan_dist wanted)
{
    char text[512];
    snprintf(text, sizeof text,
             "cluster { executors = 4 }\njob 'j' { stage 's' { tasks = 2, program = compute(%s),\n"
             "  column = columns { width = 4, unit = '1us', rows = 3, fill = function(r, c) return "
             "10 * r + c end },"
             " row = 1 } }",
             dist);
    struct plan *plan = support_load(text);
    assert_int_equal(plan->dist_count, 1);
    assert_int_equal(plan->dists[0].kind, wanted.kind);
    assert_int_equal(plan->dists[0].count, wanted.count);
    assert_int_equal(plan->dists[0].lo, wanted.lo);
    assert_int_equal(plan->dists[0].hi, wanted.hi);
    plan_free(plan);
}

static void distributions_are_integers(void **state)
{
    (void)state;
    expect_dist("'1.5s'", (struct plan_dist){.kind = PLAN_DIST_FIXED, .lo = 1500000000});
    expect_dist(
        "uniform { '1s', '2s' }",
        (struct plan_dist){.kind = PLAN_DIST_UNIFORM, .lo = PLAN_SECOND, .hi = 2 * PLAN_SECOND});
    expect_dist("exponential { mean = '1s', max = '5s' }",
                (struct plan_dist){
                    .kind = PLAN_DIST_EXPONENTIAL, .lo = PLAN_SECOND, .hi = 5 * PLAN_SECOND});
    expect_dist("exponential { mean = '1s' }", (struct plan_dist){.kind = PLAN_DIST_EXPONENTIAL,
                                                                  .lo = PLAN_SECOND,
                                                                  .hi = 10 * PLAN_SECOND});
    expect_dist("lognormal { median = '1s', sigma = 0.25 }",
                (struct plan_dist){.kind = PLAN_DIST_LOGNORMAL, .lo = PLAN_SECOND, .hi = 250});
    expect_dist("empirical { '1s', '3s', '2s' }",
                (struct plan_dist){.kind = PLAN_DIST_EMPIRICAL, .count = 3});
    expect_dist("column(3)", (struct plan_dist){.kind = PLAN_DIST_COLUMN, .lo = 3});
    expect_dist("column { first = 1, step = 1 }",
                (struct plan_dist){.kind = PLAN_DIST_COLUMN, .lo = 1, .hi = 1});
}

static void columns_are_rows_of_ranks(void **state)
{
    (void)state;
    struct plan *plan = support_load(
        "cluster { executors = 4 }\n"
        "local unused = columns { width = 1, unit = '1s', values = { 99 } }\n"
        "local t = columns { width = 2, unit = '1ms', values = { 1, 2, 3, 4, 5, 6 } }\n"
        "job 'a' { stage 's' { tasks = 1, program = compute(column(0)), column = t },\n"
        "          stage 't' { tasks = 2, program = compute(column(1)), column = t, row = 1 } }");
    assert_int_equal(plan->column_count, 1);
    assert_int_equal(plan->columns[0].width, 2);
    assert_int_equal(plan->columns[0].rows, 3);
    assert_int_equal(plan->columns[0].unit_ns, 1000000);
    assert_int_equal(plan->cell_count, 6);
    assert_int_equal(plan->cells[5], 6);
    assert_int_equal(plan->stages[0].row, 0);
    assert_int_equal(plan->stages[1].row, 1);
    plan_free(plan);
}

static void a_stage_waits_for_the_one_before_it_unless_it_says_whom(void **state)
{
    (void)state;
    struct plan *plan = support_load(
        "cluster { executors = 4 }\n"
        "local p = compute '1s'\n"
        "job 'j' { stage 'a' { tasks = 1, program = p }, stage 'b' { tasks = 1, program = p },\n"
        "  stage 'c' { tasks = 1, program = p, after = 'a' },\n"
        "  stage 'd' { tasks = 1, program = p, after = { 'b', 'c' } },\n"
        "  stage 'e' { tasks = 1, program = p, after = {} } }");
    static const uint64_t parents[] = {0, 1, 1, 6, 0};
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(plan->stages[i].parents, parents[i]);
    plan_free(plan);
}

static void a_gang_is_rigid_and_has_a_profile(void **state)
{
    (void)state;
    struct plan *plan = support_load(
        "cluster { executors = 4, gpus = 4 }\n"
        "job 'j' { barrier_stage 's' { tasks = 6, cores = 2, memory = '2GiB', gpus = 0.5,\n"
        "  program = barrier() }, priority = -3 }");
    const struct plan_stage *stage = &plan->stages[0];
    assert_int_equal(stage->kind, PLAN_STAGE_BARRIER);
    assert_int_equal(stage->min, 6);
    assert_int_equal(stage->max, 6);
    assert_int_equal(plan->profiles[stage->profile].cores, 2);
    assert_int_equal(plan->profiles[stage->profile].memory_mib, 2048);
    assert_int_equal(plan->profiles[stage->profile].gpu_milli, 500);
    assert_int_equal(plan->jobs[0].priority, -3);
    plan_free(plan);
}

static void a_job_is_submitted_at_once_at_its_time_or_by_an_act(void **state)
{
    (void)state;
    struct plan *plan =
        support_load("cluster { executors = 4 }\n"
                     "local s = stage 's' { tasks = 1, program = compute '1s' }\n"
                     "local a, b, c = job 'a' { s }, job 'b' { s, submit = '5s' }, job 'c' { s }\n"
                     "at '7s' { submit(c), cancel(a) }");
    assert_int_equal(plan->jobs[0].submit_ns, 0);
    assert_int_equal(plan->jobs[1].submit_ns, 5 * PLAN_SECOND);
    assert_int_equal(plan->jobs[2].submit_ns, PLAN_NEVER);
    assert_int_equal(plan->act_count, 2);
    assert_int_equal(plan->acts[0].kind, PLAN_ACT_SUBMIT);
    assert_int_equal(plan->acts[0].job, 2);
    assert_int_equal(plan->acts[0].at_ns, 7 * PLAN_SECOND);
    assert_int_equal(plan->acts[1].kind, PLAN_ACT_CANCEL);
    plan_free(plan);
}

static void acts_are_in_the_order_they_are_told(void **state)
{
    (void)state;
    expect_lines(BASE "between '20s' '35s' { crash(c.executor { 1, 3 }) }\n"
                      "at '12s' { crash(c.executor[2], { for_good = true }), kill(j:rank(3)), "
                      "hang_task(j:rank(1, 's')) }\n"
                      "at '13s' { straggle(j:rank(2), '5s') }",
                 "act 0 crash at=20s executor=1 pair=0\n"
                 "act 1 restart at=35s executor=1 pair=0\n"
                 "act 2 crash at=20s executor=3 pair=1\n"
                 "act 3 restart at=35s executor=3 pair=1\n"
                 "act 4 crash at=12s executor=2 for_good=1\n"
                 "act 5 kill at=12s job=0 stage=0 rank=3\n"
                 "act 6 hang at=12s job=0 stage=0 rank=1\n"
                 "act 7 straggle at=13s job=0 stage=0 rank=2 duration=5s\n");
    expect_lines(BASE "anytime { kill(j:rank(3)), restart(c.executor[2]), crash(c.executor[2]), times = 2 }",
                 "act 0 kill at=never job=0 stage=0 rank=3\n"
                 "act 1 kill at=never job=0 stage=0 rank=3\n"
                 "act 2 restart at=never executor=2\n"
                 "act 3 restart at=never executor=2\n"
                 "act 4 crash at=never executor=2\n"
                 "act 5 crash at=never executor=2\n");
}

static void an_act_may_wait_for_a_record(void **state)
{
    (void)state;
    expect_lines(
        BASE "when(j:enters_epoch(7)) { kill(j:rank(3)), after = '2s', nth = 2 }\n"
             "when(j:enters_epoch(0)) { kill(j:rank(3)) }\n"
             "when(j:starts { rank = 3, attempt = 1 }) { kill(j:rank(3)) }\n"
             "when(record('reserve-ack', { job = j, stage = 's', executor = c.executor[2], nth = 4 "
             "})) { crash(c.executor[2]) }",
        "act 0 kill at=2s when=\"release\" when_job=0 when_epoch=6 nth=2 job=0 stage=0 rank=3\n"
        "act 1 kill when=\"start\" when_job=0 job=0 stage=0 rank=3\n"
        "act 2 kill when=\"start\" when_job=0 when_attempt=1 when_rank=3 job=0 stage=0 rank=3\n"
        "act 3 crash when=\"reserve-ack\" when_executor=2 when_job=0 when_stage=0 nth=4 "
        "executor=2\n");
}

static void the_only_gang_is_the_stage_that_is_meant(void **state)
{
    struct scn_err err;
    (void)state;
    expect_lines("cluster { executors = 4 }\nlocal p = compute '1s'\n"
                 "local j = job 'j' { stage 'a' { tasks = 1, program = p }, barrier_stage 'b' { "
                 "tasks = 2, program = p } }\n"
                 "at '1s' { kill(j:rank(1)), kill(j:rank(0, 'a')) }",
                 "act 0 kill at=1s job=0 stage=1 rank=1\nact 1 kill at=1s job=0 stage=0 rank=0\n");
    assert_null(support_try("cluster { executors = 4 }\nlocal p = compute '1s'\n"
                            "local j = job 'j' { stage 'a' { tasks = 1, program = p }, stage 'b' { "
                            "tasks = 2, program = p } }\n"
                            "at '1s' { kill(j:rank(1)) }",
                            &err));
    assert_non_null(
        strstr(err.detail,
               ":4: rank: job 'j' has 2 stages, 0 of them gangs; name one, as in rank(3, \"a\")"));
}

static void expectations_are_in_the_order_they_are_told(void **state)
{
    (void)state;
    expect_lines(
        BASE
        "expect { j:succeeds(), j:succeeds { within = '10m', attempts = { at_most = 4, at_least = "
        "2 } },\n"
        "  j:succeeds { attempts = 3 }, j:fails(), j:fails 'slots' }\n"
        "expect { sometimes('a', record 'fence'), never('b', record('lost', { executor = 1 })) }",
        "expect 0 succeeds job=0\n"
        "expect 1 succeeds job=0 within=10m attempts_min=2 attempts_max=4\n"
        "expect 2 succeeds job=0 attempts_min=3 attempts_max=3\n"
        "expect 3 fails job=0\n"
        "expect 4 fails job=0 reason=\"slots\"\n"
        "expect 5 sometimes label=\"a\" when=\"fence\"\n"
        "expect 6 never label=\"b\" when=\"lost\" when_executor=1\n");
}

static void what_never_fits_may_be_expected_to_fail(void **state)
{
    (void)state;
    plan_free(support_load(
        "cluster { executors = 4, cores = 4 }\n"
        "local j = job 'j' { stage 's' { tasks = 1, cores = 5, program = compute '1s' } }\n"
        "expect { j:fails 'never-fits' }"));
    plan_free(support_load(
        "cluster { { executors = 4, cores = 4 }, { executors = 1, cores = 5, arrive = '1h' } }\n"
        "local j = job 'j' { stage 's' { tasks = 1, cores = 5, program = compute '1s' } }"));
}

/* Over a leap day and a turn of the year; the rows are in no order. */
static void dates_count_from_the_earliest(void **state)
{
    (void)state;
    support_write("rows.csv", "when,n,t\n2017-03-01 00:00:01,1,1\n2016-02-28 23:59:59,1,1\n"
                              "2016-03-01 00:00:00,1,1\n2016-02-28 23:59:59,1,1\n");
    struct plan *plan = support_load(
        "cluster { executors = 1 }\njob 'other' { submit = '3s', stage 'run' { tasks = 1, program = compute '1s' } }\n"
        "workload 'rows.csv' { submit = { 'when', unit = 'date' }, tasks = 'n', duration = 't' }");
    const plan_ns day = 86400 * PLAN_SECOND;
    assert_int_equal(plan->jobs[0].submit_ns, 3 * PLAN_SECOND);
    assert_int_equal(plan->jobs[1].submit_ns, 366 * day + 2 * PLAN_SECOND);
    assert_int_equal(plan->jobs[2].submit_ns, 0);
    assert_int_equal(plan->jobs[3].submit_ns, day + PLAN_SECOND);
    assert_int_equal(plan->jobs[4].submit_ns, 0);
    plan_free(plan);
}

static void a_workload_is_a_gang_a_row(void **state)
{
    (void)state;
    support_write("rows.csv",
                  "\xEF\xBB\xBFname, at ,n,len,prio\r\n\r\n\"a,b\",1.5,3,250,-2\r\nc,0,1,1000,7\n  "
                  " \nd,2,2,0,0");
    struct plan *plan = support_load(
        "cluster { executors = 4 }\n"
        "local jobs = workload 'rows.csv' { job = 'name', submit = 'at', tasks = 'n',\n"
        "  duration = { 'len', unit = '1ms' }, priority = 'prio', prefix = 'x-', stage = 'work' }\n"
        "assert(#jobs == 3)\n"
        "expect { jobs[2]:succeeds() }");
    assert_int_equal(plan->job_count, 3);
    assert_string_equal(plan_text(plan, plan->jobs[0].name), "x-a,b");
    assert_string_equal(plan_text(plan, plan->stages[0].name), "work");
    assert_int_equal(plan->jobs[0].submit_ns, 1500000000);
    assert_int_equal(plan->jobs[0].priority, -2);
    assert_int_equal(plan->stages[0].tasks, 3);
    assert_int_equal(plan->profiles[plan->stages[0].profile].cores, 1);
    assert_int_equal(plan->profiles[plan->stages[0].profile].gpu_milli, 0);
    assert_int_equal(plan->dists[0].lo, 250000000);
    assert_int_equal(plan->jobs[2].submit_ns, 2 * PLAN_SECOND);
    assert_int_equal(plan->expects[0].job, 1);
    plan_free(plan);
}

static void title_and_policy_are_told(void **state)
{
    (void)state;
    struct plan *plan = support_load(BASE "title 'two gangs' policy 'strict'");
    assert_string_equal(plan_text(plan, plan->title), "two gangs");
    assert_string_equal(plan_text(plan, plan->policy), "strict");
    plan_free(plan);
    plan = support_load(BASE);
    assert_int_equal(plan->title, PLAN_NONE);
    assert_int_equal(plan->policy, PLAN_NONE);
    plan_free(plan);
}

static void what_no_stage_uses_is_not_in_the_plan(void **state)
{
    (void)state;
    struct plan *plain = support_load(BASE);
    struct plan *more = support_load(
        "local c = cluster { executors = 4, cores = 4 }\n"
        "local unused = loop(7, compute(empirical { '1s', '7s' }), barrier())\n"
        "local j = job 'j' { barrier_stage 's' { tasks = 4, program = compute '1s' } }");
    support_expect_same(plain, more);
    plan_free(plain);
    plan_free(more);
}

static void a_plan_with_every_word_comes_back_from_its_own_lua(void **state)
{
    (void)state;
    struct plan *plan = support_load(
        "title 'every \\\"word\\\"' policy 'strict'\n"
        "local c = cluster { { executors = 3, cores = 4, gpus = 2, memory = '10GiB', racks = 2 },\n"
        "  { executors = 1, cores = 2, arrive = '40s', rack = 5 } }\n"
        "network { latency = '1ms', bandwidth = '1GiB/s' } limits { virtual = '30d', events = 1e6 "
        "}\n"
        "settings { heartbeat_timeout = '30s', attempts = 7 } budget { tasks = 2, driver = 0 }\n"
        "local t = columns { width = 3, unit = '1ms', values = { 1, 2, 3, 4, 5, 6, 7, 8, 9 } }\n"
        "local p = program { compute(uniform { '1s', '2s' }), compute(exponential { mean = '1s' "
        "}),\n"
        "  compute(lognormal { median = '1s', sigma = 0.5 }), compute(empirical { '1s', '3s' }), "
        "output '1MiB',\n"
        "  on_rank(0, 1, checkpoint()), loop(2, compute(column { first = 1, step = 1 })), "
        "compute(column(0)) }\n"
        "local a = job 'a' { stage 'm' { tasks = 2, program = p, column = t, row = 1, memory = "
        "'1GiB' },\n"
        "  barrier_stage 'g' { tasks = 2, gpus = 0.5, program = loop(3, compute '1s', all_gather "
        "'1KiB', barrier()) },\n"
        "  stage 'n' { tasks = 1, program = program { on_rank(3, 3, hang()), fail(7) }, after = {} "
        "},\n"
        "  stage 'o' { tasks = 1, program = exit(2), after = { 'm', 'n' } }, priority = 4 }\n"
        "local b = job 'b' { stage 's' { tasks = 1, program = compute '1s' }, submit = '3s' }\n"
        "local d = job 'd' { stage 's' { tasks = 1, cores = 9, program = compute '1s' } }\n"
        "at '1s' { submit(a), crash(c.executor { 0, 1 }, { for_good = true }) }\n"
        "between '2s' '3s' { crash(c.executor[2]) }\n"
        "between '5s' '6s' { crash(c.executor { 2, 3 }) }\n"
        "when(a:enters_epoch(1)) { kill(a:rank(1)), hang_task(a:rank(0, 'm')), after = '2s', nth = "
        "3 }\n"
        "when(record('go', { job = a, stage = 'g', executor = 0, attempt = 1 })) { "
        "straggle(a:rank(0), '5s') }\n"
        "at '9s' { cancel(b), restart(c.executor[0]) }\n"
        "anytime { kill(a:rank(1)), restart(c.executor[1]), times = 2 }\n"
        "expect { a:succeeds { within = '1h', attempts = { at_least = 2 } }, d:fails 'never-fits', "
        "b:fails(),\n"
        "  sometimes('x', a:starts { rank = 1 }), never('y', record 'lost') }\n");
    support_expect_round_trip(plan);
    plan_free(plan);
}

static void every_word_has_a_form_and_a_sentence(void **state)
{
    size_t count;
    const struct scn_word *words = scn_words(&count);
    (void)state;
    assert_true(count > 40);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(strstr(words[i].form, words[i].name));
        assert_true(strlen(words[i].doc) > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cluster_is_its_groups_one_after_the_other),
        cmocka_unit_test(every_setting_can_be_set_by_its_name),
        cmocka_unit_test(network_and_limits_are_settings_with_sizes_and_whole_floats),
        cmocka_unit_test(a_program_is_its_ops_with_loops_and_ranks),
        cmocka_unit_test(single_ops_have_their_values),
        cmocka_unit_test(distributions_are_integers),
        cmocka_unit_test(columns_are_rows_of_ranks),
        cmocka_unit_test(a_stage_waits_for_the_one_before_it_unless_it_says_whom),
        cmocka_unit_test(a_gang_is_rigid_and_has_a_profile),
        cmocka_unit_test(a_job_is_submitted_at_once_at_its_time_or_by_an_act),
        cmocka_unit_test(acts_are_in_the_order_they_are_told),
        cmocka_unit_test(an_act_may_wait_for_a_record),
        cmocka_unit_test(the_only_gang_is_the_stage_that_is_meant),
        cmocka_unit_test(expectations_are_in_the_order_they_are_told),
        cmocka_unit_test(what_never_fits_may_be_expected_to_fail),
        cmocka_unit_test(a_workload_is_a_gang_a_row),
        cmocka_unit_test(dates_count_from_the_earliest),
        cmocka_unit_test(title_and_policy_are_told),
        cmocka_unit_test(what_no_stage_uses_is_not_in_the_plan),
        cmocka_unit_test(a_plan_with_every_word_comes_back_from_its_own_lua),
        cmocka_unit_test(every_word_has_a_form_and_a_sentence),
    };
    support_name("plan");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
