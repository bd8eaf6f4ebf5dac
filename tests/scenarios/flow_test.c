/*
 * flow_test.c -- stages that read others, wishes, streams and services, meeting places, cluster
 * managers: what each word puts into the plan, and its mistakes.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#define CLUSTER "local c = cluster { executors = 4, cores = 4 }\n"
#define MAP     "local m = stage 'm' { tasks = 3, program = output '3MiB' }\n"

static void expect_lines(const char *scenario, const char *lines)
{
    struct plan *plan = support_load(scenario);
    char *text = support_text(plan);
    if (strstr(text, lines) == NULL)
        fail_msg("not in the plan:\n%s\nbut:\n%s", lines, text);
    support_expect_round_trip(plan);
    free(text);
    plan_free(plan);
}

static void ops_that_leave_the_executor_have_their_values(void **state)
{
    (void)state;
    expect_lines(CLUSTER MAP
                 "job 'j' { m, barrier_stage 'g' { tasks = 2, reads = m, program = program {\n"
                 "  fetch '64MiB', meet('tracker', { tasks = 4, within = '30s' }), meet('x', { "
                 "tasks = 1 }),\n"
                 "  loop(2, all_reduce '100MiB'), exchange('1GiB', { batch = '64KiB' }) } } }",
                 "op 0 fetch bytes=67108864\n"
                 "op 1 meet name=\"tracker\" tasks=4 within=30s\n"
                 "op 2 meet name=\"x\" tasks=1\n"
                 "op 3 loop times=2 to=5\n"
                 "op 4 all_reduce bytes=104857600\n"
                 "op 5 next to=3\n"
                 "op 6 exchange bytes=1073741824 batch=65536\n"
                 "op 7 end\n");
}

static void a_stage_waits_for_what_it_reads_and_for_whom_it_says(void **state)
{
    (void)state;
    struct plan *plan = support_load(
        CLUSTER MAP
        "local p, f = compute '1s', fetch '1MiB'\n"
        "local n = stage 'n' { tasks = 1, program = p, after = {} }\n"
        "job 'j' { m, n, stage 'a' { tasks = 1, program = f, reads = m },\n"
        "  stage 'b' { tasks = 1, program = f, reads = { m, 'n' }, task_bytes = '200MiB' },\n"
        "  stage 'c' { tasks = 1, program = f, reads = 'm', after = { 'b', n } },\n"
        "  stage 'd' { tasks = 1, program = f, reads = { 'a' }, after = {} },\n"
        "  stage 'e' { tasks = 1, program = p, reads = {} },\n"
        "  stage 'f' { tasks = 1, program = p, after = m } }");
    static const uint64_t parents[] = {0, 0, 1, 3, 11, 4, 32, 1},
                          shuffles[] = {0, 0, 1, 3, 1, 4, 0, 0};
    assert_int_equal(plan->stage_count, 8);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(plan->stages[i].parents, parents[i]);
        assert_int_equal(plan->stages[i].shuffles, shuffles[i]);
        assert_int_equal(plan->stages[i].task_bytes, i == 3 ? 200 << 20 : 0);
    }
    support_expect_round_trip(plan);
    plan_free(plan);
}

static void a_wish_is_one_for_all_or_one_a_rank(void **state)
{
    (void)state;
    expect_lines(
        CLUSTER
        "local p = compute '1s'\n"
        "job 'j' { stage 'a' { tasks = 2, program = p, prefers = c.executor[3] },\n"
        "  stage 'b' { tasks = 4, program = p, prefers = { c.executor[1], false, 2 } },\n"
        "  stage 'c' { tasks = 4, program = p, prefers = { nil, nil, c.executor[0], nil } },\n"
        "  stage 'd' { tasks = 2, program = p, prefers = {} },\n"
        "  stage 'e' { tasks = 2, program = p, prefers = false },\n"
        "  stage 'f' { tasks = 2, program = p, prefers = nil } }",
        "stage 0 mapreduce name=\"a\" tasks=2 min=2 max=2 profile=0 program=0\nprefers 3 3\n"
        "stage 1 mapreduce name=\"b\" tasks=4 min=4 max=4 profile=0 program=0 parents=0\nprefers 1 "
        "-1 2 -1\n"
        "stage 2 mapreduce name=\"c\" tasks=4 min=4 max=4 profile=0 program=0 parents=1\nprefers "
        "-1 -1 0 -1\n"
        "stage 3 mapreduce name=\"d\" tasks=2 min=2 max=2 profile=0 program=0 parents=2\nprefers "
        "-1 -1\n"
        "stage 4 mapreduce name=\"e\" tasks=2 min=2 max=2 profile=0 program=0 parents=3\n"
        "stage 5 mapreduce name=\"f\" tasks=2 min=2 max=2 profile=0 program=0 parents=4\nend\n");
}

static void a_stream_is_a_job_a_batch(void **state)
{
    (void)state;
    expect_lines(
        CLUSTER MAP
        "local s = stream 'clicks' { every = '2s', batches = 3, from = '5s', priority = 7,\n"
        "  m, stage 'r' { tasks = 1, program = fetch '1MiB', reads = m } }\n"
        "assert(#s == 3)\n"
        "at '6s' { cancel(s[2]), kill(s[1]:rank(0, 'r')) }\n"
        "local one = stream 'x' { every = '1s', batches = 1, m }\n",
        "job 0 name=\"clicks#0\" kind=stream submit=5s priority=7\n"
        "stage 0 mapreduce name=\"m\" tasks=3 min=3 max=3 profile=0 program=0\n"
        "stage 1 mapreduce name=\"r\" tasks=1 min=1 max=1 profile=0 program=1 parents=0 "
        "shuffles=0\n"
        "job 1 name=\"clicks#1\" kind=stream submit=7s priority=7\n"
        "stage 0 mapreduce name=\"m\" tasks=3 min=3 max=3 profile=0 program=0\n"
        "stage 1 mapreduce name=\"r\" tasks=1 min=1 max=1 profile=0 program=1 parents=0 "
        "shuffles=0\n"
        "job 2 name=\"clicks#2\" kind=stream submit=9s priority=7\n"
        "stage 0 mapreduce name=\"m\" tasks=3 min=3 max=3 profile=0 program=0\n"
        "stage 1 mapreduce name=\"r\" tasks=1 min=1 max=1 profile=0 program=1 parents=0 "
        "shuffles=0\n"
        "job 3 name=\"x#0\" kind=stream\n"
        "stage 0 mapreduce name=\"m\" tasks=3 min=3 max=3 profile=0 program=0\n"
        "act 0 cancel at=6s job=1\n"
        "act 1 kill at=6s job=0 stage=1 rank=0\n");
}

static void jobs_are_of_four_kinds(void **state)
{
    (void)state;
    struct plan *plan = support_load(
        CLUSTER MAP
        "service 'web' { m, submit = '5s' }\njob 'a' { m, kind = 'map' }\n"
        "job 'b' { m, kind = 'batch' }\njob 'c' { m }\njob 'd' { m, kind = 'service' }\n"
        "job 'e' { m, kind = 'stream' }");
    static const uint32_t kinds[] = {PLAN_JOB_SERVICE, PLAN_JOB_MAP,     PLAN_JOB_BATCH,
                                     PLAN_JOB_BATCH,   PLAN_JOB_SERVICE, PLAN_JOB_STREAM};
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(plan->jobs[i].kind, kinds[i]);
    assert_int_equal(plan->jobs[0].submit_ns, 5 * PLAN_SECOND);
    support_expect_round_trip(plan);
    plan_free(plan);
}

static void switches_and_sizes_may_be_written_both_ways(void **state)
{
    static const char *const yes[] = {"true", "1"}, *const no[] = {"false", "0"};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 CLUSTER MAP
                 "job 'j' { m }\nsettings { datagram = %s, dynamic = %s, task_bytes_max = %s }",
                 yes[i], no[i], i == 0 ? "'1MiB'" : "1048576");
        struct plan *plan = support_load(text);
        assert_int_equal(plan->setting[PLAN_SET_DATAGRAM], 1);
        assert_int_equal(plan->setting[PLAN_SET_DYNAMIC], 0);
        assert_int_equal(plan->setting[PLAN_SET_TASK_BYTES_MAX], 1 << 20);
        support_expect_round_trip(plan);
        plan_free(plan);
    }
}

/* ---- managers */

static void expect_arrivals(const char *cluster, const char *manager,
                            const plan_ns seconds[static 4], plan_ns restart_delay_ns)
{
    char text[512];
    snprintf(text, sizeof text, "cluster { %s }\n" MAP "job 'j' { m }", cluster);
    struct plan *plan = support_load(text);
    assert_int_equal(plan->executor_count, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(plan->executors[i].arrives_ns, seconds[i] * PLAN_SECOND);
    assert_string_equal(plan_text(plan, plan->manager), manager);
    assert_int_equal(plan->setting[PLAN_SET_RESTART_DELAY], restart_delay_ns);
    support_expect_round_trip(plan);
    plan_free(plan);
}

static void a_manager_says_when_executors_come(void **state)
{
    (void)state;
    const plan_ns s = PLAN_SECOND;
    expect_arrivals("executors = 4", "", (plan_ns[]){0, 0, 0, 0}, 5 * s);
    expect_arrivals("executors = 4, manager = 'standalone', arrive = '3s'", "standalone",
                    (plan_ns[]){3, 3, 3, 3}, 5 * s);
    expect_arrivals("executors = 4, manager = 'yarn'", "yarn", (plan_ns[]){0, 1, 2, 3}, s);
    expect_arrivals("executors = 4, manager = 'yarn', every = '2s', arrive = '5s'", "yarn",
                    (plan_ns[]){5, 7, 9, 11}, 2 * s);
    expect_arrivals("manager = 'yarn', { executors = 2 }, { executors = 2, arrive = '10s' }",
                    "yarn", (plan_ns[]){0, 1, 12, 13}, s);
    expect_arrivals("executors = 4, manager = 'kubernetes'", "kubernetes", (plan_ns[]){3, 3, 3, 3},
                    3 * s);
    expect_arrivals("pending = '20s', manager = 'kubernetes', { executors = 3 }, { executors = 1, "
                    "arrive = '1s' }",
                    "kubernetes", (plan_ns[]){20, 20, 20, 21}, 20 * s);
    expect_arrivals("executors = 4, manager = 'mesos'", "mesos", (plan_ns[]){1, 1, 1, 1}, s);
    expect_arrivals("every = '10s', manager = 'mesos', { executors = 2, arrive = '9s' }, { "
                    "executors = 2, arrive = '10s' }",
                    "mesos", (plan_ns[]){10, 10, 20, 20}, 10 * s);
    expect_arrivals("executors = 4, manager = 'mesos', every = '0s', arrive = '7s'", "mesos",
                    (plan_ns[]){7, 7, 7, 7}, 0);
    expect_arrivals("executors = 4, manager = 'yarn', grants = 3", "yarn", (plan_ns[]){0, 0, 0, 1}, s);
}

/* What is drawn is drawn for one executor, and each has a draw of its own. */
static void a_manager_draws_for_each_executor_alone(void **state)
{
    (void)state;
    static const char *const clusters[] = {"manager = 'kubernetes', pending = { '2s', '8s' }",
                                           "manager = 'mesos', declined = 0.6, refuse = '2s'"};
    for (unsigned i = 0; i < 2; i++) {
        struct plan *plans[2];
        uint64_t times = 0, backs = 0;
        for (unsigned k = 0; k < 2; k++) {
            char text[512];
            snprintf(text, sizeof text, "cluster { executors = %u, %s }\n" MAP "job 'j' { m }", 40 - 10 * k, clusters[i]);
            plans[k] = support_load(text);
            support_expect_round_trip(plans[k]);
        }
        for (unsigned e = 0; e < 30; e++) {
            const struct plan_executor *a = &plans[0]->executors[e], *b = &plans[1]->executors[e];
            assert_int_equal(a->arrives_ns, b->arrives_ns);
            assert_int_equal(a->back_ns, b->back_ns);
            assert_true(a->arrives_ns >= PLAN_SECOND && a->back_ns >= PLAN_SECOND);
            if (i == 0)
                assert_true(a->arrives_ns >= 2 * PLAN_SECOND && a->arrives_ns <= 8 * PLAN_SECOND);
            else
                assert_int_equal(a->arrives_ns % PLAN_SECOND, 0);
            times |= UINT64_C(1) << (a->arrives_ns / PLAN_SECOND % 64);
            backs |= UINT64_C(1) << (a->back_ns / PLAN_SECOND % 64);
        }
        assert_true(__builtin_popcountll(times) >= 4 && __builtin_popcountll(backs) >= 4);
        assert_true(times != backs || i == 0);
        plan_free(plans[0]);
        plan_free(plans[1]);
    }
}

/* Whether the settings stand before the cluster or behind it. */
static void what_a_scenario_sets_no_manager_changes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        static const char set[] = "settings { restart_delay = '5s' }\n";
        char text[512];
        snprintf(text, sizeof text,
                 "%scluster { executors = 4, manager = 'yarn' }\n%s" MAP "job 'j' { m }",
                 i == 0 ? set : "", i == 1 ? set : "");
        struct plan *plan = support_load(text);
        assert_int_equal(plan->setting[PLAN_SET_RESTART_DELAY], 5 * PLAN_SECOND);
        support_expect_round_trip(plan);
        plan_free(plan);
    }
}

static void a_pod_that_is_removed_may_terminate_for_the_grace(void **state)
{
    (void)state;
    expect_lines("local c = cluster { executors = 4, manager = 'kubernetes' }\n" MAP
                 "job 'j' { m }\n"
                 "at '5s' { drain(c.executor { 0, 1 }), drain(c.executor[2], '4s') }\n"
                 "settings { kill_grace = '7s' }",
                 "act 0 drain at=5s executor=0 duration=7s\n"
                 "act 1 drain at=5s executor=1 duration=7s\n"
                 "act 2 drain at=5s executor=2 duration=4s\n");
}

/* clang-format off */
static const struct mistake { const char *text, *message; } mistakes[] = {
    {CLUSTER MAP "job 'j' { m, stage 'r' {\n  tasks = 1, program = fetch '1B' } }", ":3: fetch() in stage 'r' of job 'j', whose shuffles are none (op 0 of its program); say which stages it reads"},
    {CLUSTER MAP "job 'j' { m, stage 'r' { tasks = 1, program = fetch '1B', reads = 'n' } }", ":3: stage 'r': reads names no stage before it: job 'j' has no stage 'n'; there is m"},
    {CLUSTER MAP "job 'j' { stage 'r' { tasks = 1, program = fetch '1B', reads = m }, m }", ":3: stage 'r': reads names 'm', but it is the job's first stage; list 'm' before it"},
    {CLUSTER MAP "job 'j' { m, stage 'r' { tasks = 1, program = fetch '1B', reads = { 7 } } }", ":3: stage 'r': reads must be names of stages, got the number 7; write reads = { \"load\" }"},
    {CLUSTER MAP "job 'j' { m, stage 'r' { tasks = 1, program = fetch '1B', reads = { x = m } } }", ":3: stage 'r': reads: unknown key 'x'"},
    {CLUSTER "job 'j' { stage 'r' { tasks = 1, program = all_reduce '1B' } }", ":2: all_reduce() in stage 'r' of job 'j', which is no barrier_stage (op 0 of its program); make it a barrier_stage"},
    {CLUSTER "local p = meet('x', { tasks = 0 })", ":2: meet: tasks is 0, must be 1..1000000; so many tasks meet there"},
    {CLUSTER "local p = meet('x', { tasks = 1, within = '0s' })", ":2: meet: within is 0s, must be 1ns..36500d; leave it out for no timeout"},
    {CLUSTER "local p = meet('', { tasks = 1 })", ":2: meet: its name has 0 bytes, must have 1..4095"},
    {CLUSTER "local p = meet('x')", ":2: meet needs a table, got nil; write meet(\"tracker\", { tasks = 4, within = \"30s\" })"},
    {CLUSTER "local p = exchange('1GiB', { batch = '0B' })", ":2: exchange: batch is 0B, must be 1B..1125899906842624B; row by row is batch = \"100B\""},
    {CLUSTER "local p = exchange('1GiB', {})", ":2: exchange: batch is missing; write batch = a value"},
    {CLUSTER "local s = stage 's' { tasks = 2, program = hang(), prefers = c.executor { 0, 1 } }", ":2: stage 's': prefers is 2 executors at once, must be one, or a list of one a rank"},
    {CLUSTER "local s = stage 's' { tasks = 2, program = hang(), prefers = { 0, 1, 2 } }", ":2: stage 's': prefers has an item 3, must be 1..2: item 1 is rank 0's, and so on"},
    {CLUSTER "local s = stage 's' { tasks = 2, program = hang(), prefers = { 0, 4 } }", ":2: executor 4 does not exist, must be 0..3: the cluster has 4, counted from 0"},
    {CLUSTER "local s = stage 's' { tasks = 2, program = hang(), prefers = 'rack' }", ":2: stage 's': prefers must be an executor, or a list of one a rank (false: none), got the string 'rack'; write prefers = c.executor[2]"},
    {CLUSTER "local s = stage 's' { tasks = 2, program = hang(), prefers = true }", ":2: stage 's': prefers must be an executor, or a list of one a rank (false: none), got true; write prefers = c.executor[2]"},
    {CLUSTER MAP "stream 'x' { batches = 3, m }", ":3: stream 'x': every is missing; write every = a value"},
    {CLUSTER MAP "stream 'x' { every = '0s', batches = 3, m }", ":3: stream 'x': every is 0s, must be 1ns..36500d; a batch comes so often"},
    {CLUSTER MAP "stream 'x' { every = '30000d', batches = 3, m }", ":3: stream 'x': the last of its 3 batches would come after 36500d; take fewer, or more often"},
    {CLUSTER MAP "stream 'x' { every = '1s', batches = 3, m, submit = '1s' }", ":3: stream 'x': unknown key 'submit'; there is every, batches, from, priority"},
    {CLUSTER MAP "stream 'x' { every = '1s', batches = 3 }", ":3: stream 'x' has no stage; write stage \"load\" { tasks = 4, program = ... } in it"},
    {CLUSTER MAP "job 'x#1' { m }\nstream 'x' { every = '1s', batches = 3, m }", ":4: stream 'x': job 'x#1' is declared twice, first in line 3; give each its own name"},
    {CLUSTER MAP "service 'x' { m, kind = 'map' }", ":3: service 'x': unknown key 'kind'; there is priority, submit"},
    {CLUSTER MAP "job 'x' { m, kind = 'bach' }", ":3: job 'x': kind is the string 'bach', which is no kind of job; did you mean 'batch'?"},
    {CLUSTER "settings { datagram = 'yes' }", ":2: settings: datagram must be true or false, got the string 'yes'"},
    {CLUSTER "settings { datagram = 2 }", ":2: settings: datagram is 2, must be 0..1"},
    {CLUSTER "settings { latency = true }", ":2: settings: latency must be a time such as \"1.5s\" or \"200ms\", got true"},
    {"cluster { executors = 4, manager = 'jarn' }", ":1: cluster: there is no manager 'jarn'; did you mean 'yarn'?"},
    {"cluster { executors = 4, manager = 'kubernetes', every = '1s' }", ":1: cluster: every has no meaning for kubernetes, which has pending"},
    {"cluster { executors = 4, manager = 'standalone', pending = '1s' }", ":1: cluster: pending has no meaning for standalone; leave it out"},
    {"cluster { executors = 4, every = '1s' }", ":1: cluster: every goes with a manager; write manager = \"yarn\""},
    {"cluster { { executors = 4, manager = 'yarn' } }", ":1: cluster: group 1: unknown key 'manager'; there is executors, cores, memory, gpus, racks, rack, arrive, back"},
    {"cluster { cores = 4, { executors = 4 } }", ":1: cluster with a list of groups: unknown key 'cores'; there is every, grants, declined, refuse, pending, manager"},
    {"cluster { executors = 4, manager = 'mesos', declined = 1 }", ":1: cluster: declined is 1, must be 0..0.999; 0.3 is three of ten offers; some must be accepted"},
    {"cluster { executors = 4, manager = 'yarn', declined = 0.5 }", ":1: cluster: declined has no meaning for yarn, which has every and grants"},
    {"cluster { executors = 4, refuse = '1s' }", ":1: cluster: refuse goes with a manager; write manager = \"mesos\""},
    {"cluster { executors = 4, manager = 'kubernetes', pending = { '8s', '2s' } }", ":1: cluster: pending has its longer time first; swap them"},
    {"cluster { executors = 4, manager = 'kubernetes', pending = { '8s' } }", ":1: cluster: pending has 1 times, must be one, or two: pending = { \"2s\", \"8s\" }"},
    {"cluster { executors = 4, manager = 'yarn', every = '1d', arrive = '36499d' }\n" MAP "job 'j' { m }", ": executor 2: arrives is 36501d, must be 0s..36500d; the run begins at 0s"},
    {CLUSTER MAP "job 'j' { m }\nat '1s' { drain(c.executor[0]) }", ":4: drain: the time must be a time such as \"1.5s\" or \"200ms\", got nil"},
    {CLUSTER MAP "local j = job 'j' { m }\nsettings { heartbeat_timeout = '11s' }\nat '1s' { cut(c.executor[0]) }", ": plan: driver_lease is 9.625s (7/8 of heartbeat_timeout), must be more than 10.001s (heartbeat and twice the latency); raise heartbeat_timeout"},
    {CLUSTER MAP "local j = job 'j' { m }\n\nat '1s' { lose(c.executor[0], { permille = 1 }) }", ":5: act 0 (lose): datagram is 0, must be 1: a stream neither loses nor doubles nor reorders; set it, or cut the link"},
};
/* clang-format on */

static void each_mistake_is_told_with_its_place_and_its_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        support_expect_error(mistakes[i].text, mistakes[i].message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ops_that_leave_the_executor_have_their_values),
        cmocka_unit_test(a_stage_waits_for_what_it_reads_and_for_whom_it_says),
        cmocka_unit_test(a_wish_is_one_for_all_or_one_a_rank),
        cmocka_unit_test(a_stream_is_a_job_a_batch),
        cmocka_unit_test(jobs_are_of_four_kinds),
        cmocka_unit_test(switches_and_sizes_may_be_written_both_ways),
        cmocka_unit_test(a_manager_says_when_executors_come),
        cmocka_unit_test(a_manager_draws_for_each_executor_alone),
        cmocka_unit_test(what_a_scenario_sets_no_manager_changes),
        cmocka_unit_test(a_pod_that_is_removed_may_terminate_for_the_grace),
        cmocka_unit_test(each_mistake_is_told_with_its_place_and_its_remedy),
    };
    support_name("flow");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
