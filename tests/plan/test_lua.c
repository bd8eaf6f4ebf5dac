/* test_lua.c -- a plan told as Lua loads to a plan of equal text, and what no word says is refused.
 */
#define _POSIX_C_SOURCE 200809L /* mkstemp, fdopen, glob */
#include "fixture.h"
#include "scn/scn.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* needs those before it */

/* The Lua of a plan, NUL-terminated. */
static char *told(const struct plan *plan)
{
    FILE *file = tmpfile();
    struct plan_err err;
    if (plan_write_lua(plan, file, &err) != PLAN_OK)
        fail_msg("%s", err.detail);
    long size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

static void loads_to_the_same(const struct plan *plan)
{
    char path[] = "/tmp/plan-test-XXXXXX";
    struct scn_err err;
    char *lua = told(plan), *want = plan_write_text(plan, NULL), *got;
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    fputs(lua, file);
    fclose(file);
    struct plan *back = scn_load(path, NULL, 0, NULL, NULL, &err);
    unlink(path);
    if (back == NULL)
        fail_msg("%s\n%s", err.detail, strlen(lua) < 20000 ? lua : "");
    got = plan_write_text(back, NULL);
    if (strcmp(want, got) != 0)
        fail_msg("the Lua\n%s\nloads to\n%s\nand not to\n%s", lua, got, want);
    plan_free(back);
    free(lua);
    free(want);
    free(got);
}

static void a_rich_plan_loads_to_itself(void **state)
{
    struct plan *plan = rich_plan();
    (void)state;
    loads_to_the_same(plan);
    plan_free(plan);
}

static void a_wide_plan_loads_to_itself(void **state)
{
    struct plan *plan = wide_plan();
    (void)state;
    loads_to_the_same(plan);
    plan->manager = PLAN_NONE;
    loads_to_the_same(plan);
    plan_free(plan);
}

/* Executors come back when they came, whatever their manager would add. */
static void managers_come_back(void **state)
{
    static const char *const names[] = {"standalone", "yarn", "kubernetes", "mesos"};
    static const plan_ns arrivals[][4] = {{0, 0, 0, 0}, {0, 1, 2, 3}, {5, 7, 9, 11},
                                          {3, 2, 1, 0}, {9, 9, 9, 5}, {0, 2, 3, 6}};
    (void)state;
    for (unsigned i = 0; i < 4 * 6; i++) {
        struct plan *plan = wide_plan();
        plan->manager = plan_name(plan, names[i / 6]);
        plan->setting[PLAN_SET_RESTART_DELAY] = i % 2 ? 5 * PLAN_SECOND : 0;
        for (unsigned e = 0; e < 4; e++)
            plan->executors[e].arrives_ns = arrivals[i % 6][e] * PLAN_SECOND;
        loads_to_the_same(plan);
        plan_free(plan);
    }
}

static void links_and_streams_read_as_if_somebody_had_written_them(void **state)
{
    struct plan *plan = wide_plan();
    char *lua = told(plan);
    /* clang-format off */
    static const char *const lines[] = {
        "local c = cluster { manager = \"yarn\", every = \"1s\", executors = 4, cores = 8, memory = \"64GiB\", gpus = 4 }\n"
        "settings { datagram = true, restart_delay = \"5s\", task_bytes_max = \"256MiB\" }\n",
        "program { fetch \"64MiB\", exchange(\"1GiB\", { batch = \"100B\" }) }\n",
        "fetch \"1B\", meet(\"tracker\", { tasks = 2, within = \"30s\" }), meet(\"a \\\"b\\\"\", { tasks = 1, at = \"first\" }), "
        "all_reduce \"100MiB\", barrier() }\n",
        "service \"service\" { submit = \"1s\",\n"
        "    stage \"make\" { tasks = 3, program = step, prefers = { c.executor[1], false, c.executor[3] }, task_bytes = \"200MiB\" },\n"
        "    stage \"read\" { tasks = 2, reads = { \"make\" }, program = step_1, prefers = c.executor[0] },\n"
        "    barrier_stage \"train\" { tasks = 2, reads = { \"make\" }, after = { \"read\" }, program = step_2, prefers = {} },\n"
        "}\njob \"map\" { kind = \"map\", submit = \"2s\",\n",
        "at \"8s\" { cut(c.executor[1], { way = \"out\" }) }\nat \"9s\" { mend(c.executor[1]) }\n",
        "at \"14s\" { reorder(c.executor[1], { way = \"out\", by = \"14s\", permille = 1 }) }\nat \"15s\" { break_link(c.executor[1]) }\n",
        "at \"26s\" { crash_driver({ back = \"26s\", effect = 2 }) }\n",
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (strstr(lua, lines[i]) == NULL)
            fail_msg("missing: %s\nin:\n%s", lines[i], lua);
    free(lua);
    plan_free(plan);
}

/* clang-format off */
/* What it reads like is part of the promise. */
static void it_reads_as_if_somebody_had_written_it(void **state)
{
    struct plan *plan = rich_plan();
    char *lua = told(plan);
    static const char expected[] =
        "title \"two gangs, room for \\\"one and a half\\\"\"\n"
        "policy \"strict\"\n"
        "local c = cluster {\n"
        "    { executors = 4, cores = 8, memory = \"64GiB\", gpus = 2 },\n"
        "    { executors = 1, cores = 8, memory = \"64GiB\", arrive = \"1.5s\" },\n"
        "}\n"
        "network { latency = \"250us\", bandwidth = \"10GiB\" }\n"
        "settings { heartbeat_timeout = \"30s\", attempts = 7 }\n"
        "limits { events = 1000000 }\n"
        "\n"
        "local times = columns { width = 11, unit = \"1us\", values = {\n"
        "    0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000,\n";
    static const char programs[] =
        "} }\n"
        "local step = program {\n"
        "    compute { \"80ms\", \"120ms\" },\n"
        "    loop(3,\n"
        "        compute(exponential { mean = \"1s\", max = \"10s\" }),\n"
        "        loop(10, compute(column { first = 1, step = 1 }), barrier()),\n"
        "        on_rank(0, 1, compute(lognormal { median = \"1s\", sigma = 0.505 }), on_rank(1, "
        "1, output \"1MiB\")),\n"
        "        checkpoint()\n"
        "    ),\n"
        "    all_gather \"64KiB\",\n"
        "    compute(empirical { \"1ns\", \"20ns\", \"300ns\", \"4us\", \"50us\", \"6ns\",";
    static const char rest[] =
        "    on_rank(2, 2, fail(3)),\n"
        "    on_rank(3, 3, exit(7)),\n"
        "    on_rank(4, 4, hang())\n"
        "}\n"
        "local step_1 = compute \"1s\"\n"
        "\n"
        "local res_net = job \"res\\\"net\\\\ \xc3\xbc\\255\" { priority = -5,\n"
        "    barrier_stage \"fit\" { tasks = 6, memory = \"2GiB\", gpus = 0.5, program = step, "
        "column = times, row = 2 },\n"
        "    stage \"score\" { tasks = 6, cores = 2, program = step_1 },\n"
        "    stage \"report\" { tasks = 6, cores = 2, after = { \"fit\", \"score\" }, program = "
        "step_1 },\n"
        "}\n"
        "local etl = job \"etl\" { submit = \"2.5s\",\n"
        "    stage \"load\" { tasks = 64, cores = 2, program = step_1 },\n"
        "}\n"
        "\n"
        "at \"0s\" { submit(res_net) }\n"
        "between \"12s\" \"40s\" { crash(c.executor[2]) }\n"
        "at \"90s\" { crash(c.executor[3], { for_good = true }) }\n"
        "when(res_net:enters_epoch(7, { stage = \"fit\", nth = 2 })) { kill(res_net:rank(3)), "
        "hang_task(res_net:rank(3)), "
        "straggle(res_net:rank(3), \"5s\"), after = \"1.5ms\" }\n"
        "at \"1h\" { cancel(etl) }\n"
        "\n"
        "expect {\n"
        "    res_net:succeeds { within = \"10m\", attempts = { at_least = 2, at_most = 4 } },\n"
        "    etl:fails(\"cancelled\"),\n"
        "    sometimes(\"a restart\", record(\"fence\")),\n"
        "    never(\"a loss\", record(\"lost\", { executor = 0, attempt = 1, nth = 3 })),\n"
        "}\n";
    (void)state;
    if (strncmp(lua, expected, sizeof expected - 1) != 0 || strstr(lua, programs) == NULL ||
        strstr(lua, rest) == NULL)
        fprintf(stderr, "it reads\n%s\nand not\n%s...%s...%s", lua, expected, programs, rest),
            fail();
    free(lua);
    plan_free(plan);
}

/* clang-format on */

/* A plan with nothing in it but executors, for others to fill. */
static struct plan *plan_with_executors(const struct plan_executor *rows, uint32_t count)
{
    struct plan *plan = plan_new();
    for (uint32_t i = 0; i < count; i++)
        plan_add_executor(plan, &rows[i]);
    return plan;
}

static void add_plain_job(struct plan *plan, const char *name, const struct plan_op *ops,
                          uint32_t count)
{
    uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, name)});
    struct plan_stage stage = stage_row(plan, job, "fit", PLAN_STAGE_BARRIER, 2,
                                        plan_add_profile(plan, &(struct plan_profile){.cores = 1}),
                                        plan_add_program(plan, NULL, ops, count));
    plan_add_stage(plan, &stage);
}

static void racks_and_groups_come_back(void **state)
{
    static const uint32_t racks[][8] = {
        {0, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 0, 1, 0, 1, 0, 1},
        {0, 0, 1, 1, 2, 2, 3, 3}, {5, 6, 7, 5, 6, 7, 5, 6}, {3, 1, 2, 0, 7, 6, 5, 4},
        {0, 1, 2, 0, 1, 0, 1, 2}, {2, 3, 2, 2, 3, 4, 4, 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof racks / sizeof racks[0]; i++) {
        struct plan_executor rows[8];
        for (unsigned e = 0; e < 8; e++)
            rows[e] = (struct plan_executor){
                .cores = e < 6 ? 8 : 9, .memory_mib = 1000, .rack = racks[i][e]};
        struct plan *plan = plan_with_executors(rows, 8);
        struct plan_op op = compute_op(add_fixed(plan, 5));
        add_plain_job(plan, "train", &op, 1);
        loads_to_the_same(plan);
        plan_free(plan);
    }
}

/* Lua has 200 locals, and some names are taken: by Lua, by words, by each other. */
static void groups_of_gangs_come_back(void **state)
{
    (void)state;
    for (uint32_t group = 0; group < 4; group++) {
        struct plan *plan = rich_plan();
        for (uint32_t s = 0; s < plan->stage_count; s++)
            plan->stages[s].group = s % 2 ? group : PLAN_NONE;
        loads_to_the_same(plan);
        plan_free(plan);
    }
}

static void many_jobs_and_odd_names_come_back(void **state)
{
    static const char *const odd[] = {"end", "c",   "job",   "crash",  "step", "job_2",
                                      "a b", "a_b", "a_b_6", "a_b_6_", "7up",  "\xc3\xbc"};
    (void)state;
    for (uint32_t jobs = 12; jobs <= 300; jobs += 48) {
        struct plan *plan = plan_with_executors(&(struct plan_executor){.cores = 8}, 1);
        struct plan_act act = plan_act_blank();
        char name[32];
        for (uint32_t i = 0; i < jobs; i++) {
            struct plan_op op = compute_op(add_fixed(plan, 5 + i / 2));
            snprintf(name, sizeof name, "job %u", i);
            add_plain_job(plan, i < 12 ? odd[i] : name, &op, 1);
        }
        act.kind = PLAN_ACT_CANCEL;
        act.when.kind = plan_name(plan, "start");
        for (act.job = jobs; act.job-- > 0;) {
            act.when.job = act.job / 2;
            plan_add_act(plan, &act);
        }
        assert_int_equal(plan_check(plan, NULL), PLAN_OK);
        loads_to_the_same(plan);
        plan_free(plan);
    }
}

static void long_and_deep_programs_come_back(void **state)
{
    struct plan_op *ops = calloc(PLAN_PROGRAM_OPS_MAX, sizeof *ops);
    struct plan *plan = plan_with_executors(&(struct plan_executor){.cores = 8}, 1);
    uint32_t work = add_fixed(plan, 5);
    (void)state;
    ops[0] = loop_op(3, 2000);
    for (unsigned i = 1; i < 4094; i++)
        ops[i] = compute_op(work);
    ops[2000] = next_op(0);
    add_plain_job(plan, "long", ops, 4094);
    for (unsigned i = 0; i < 30; i++)
        ops[i] = on_rank_op(i, 40, 31);
    ops[30] = compute_op(work);
    add_plain_job(plan, "deep", ops, 31);
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    loads_to_the_same(plan);
    plan_free(plan);
    free(ops);
}

static void every_phrase_comes_back(void **state)
{
    static const char *const kinds[] = {"start", "release", "reserve-ack", "exit"};
    struct plan *plan = rich_plan();
    struct plan_act act = plan_act_blank();
    struct plan_expect expect = plan_expect_blank();
    (void)state;
    act.kind = PLAN_ACT_KILL_TASK;
    act.job = 0;
    for (unsigned i = 0; i < 4 * 64; i++) {
        act.stage = i % 3;
        act.rank = i % 5;
        act.when = plan_pattern_blank();
        act.when.kind = plan_name(plan, kinds[i / 64]);
        act.when.job = i & 1 ? 0 : PLAN_NONE;
        act.when.stage = (i & 3) == 3 ? 1 : PLAN_NONE;
        act.when.epoch = i & 4 ? i : PLAN_NONE;
        act.when.attempt = i & 8 ? 0 : PLAN_NONE;
        act.when.executor = i & 16 ? 3 : PLAN_NONE;
        act.when.rank = i & 32 ? 2 : PLAN_NONE;
        act.when.nth = 1 + i % 2;
        plan_add_act(plan, &act);
        expect.kind = i & 1 ? PLAN_EXPECT_SOMETIMES : PLAN_EXPECT_NEVER;
        expect.label = plan_name(plan, "it happens");
        expect.when = act.when;
        plan_add_expect(plan, &expect);
    }
    expect = plan_expect_blank();
    expect.job = 1;
    for (unsigned i = 0; i < 8; i++) {
        expect.kind = PLAN_EXPECT_SUCCEEDS;
        expect.within_ns = i & 1 ? PLAN_DAY : PLAN_NEVER;
        expect.attempts_min = i & 2 ? 3 : PLAN_NONE;
        expect.attempts_max = i & 4 ? 3 : PLAN_NONE;
        plan_add_expect(plan, &expect);
    }
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    loads_to_the_same(plan);
    plan_free(plan);
}

/* Patience must outlast what it waits for: the longest patience, and the shortest of the rest, but for setting i. */
static void stay_patient(struct plan *plan, unsigned i)
{
    static const unsigned patience[] = {PLAN_SET_RESERVE_TIMEOUT, PLAN_SET_RESERVE_LEASE,
                                        PLAN_SET_HEARTBEAT_TIMEOUT, PLAN_SET_RELEASE_WAIT};
    static const unsigned rest[] = {PLAN_SET_LATENCY, PLAN_SET_HEARTBEAT, PLAN_SET_KILL_GRACE};
    for (unsigned k = 0; k < sizeof patience / sizeof patience[0]; k++)
        if (i != patience[k])
            plan->setting[patience[k]] = PLAN_DAY;
    for (unsigned k = 0; k < sizeof rest / sizeof rest[0]; k++)
        if (i != rest[k])
            plan_setting_range(rest[k], &plan->setting[rest[k]], &(int64_t){0});
}

static void settings_come_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++) {
        int64_t edge[2];
        plan_setting_range(i, &edge[0], &edge[1]);
        for (unsigned e = 0; e < 2; e++) {
            struct plan *plan = rich_plan();
            plan->setting[i] = edge[e];
            if (i == PLAN_SET_DRIVER_LEASE && e == 1) /* so long that clocks may still differ */
                plan->setting[i] = 86313 * PLAN_SECOND;
            stay_patient(plan, i);
            loads_to_the_same(plan);
            plan_free(plan);
        }
    }
}

/* Whatever people write comes back, too. */
static void the_library_of_scenarios_comes_back(void **state)
{
    static const char *const shelves[] = {"/learn/*.lua", "/faults/*.lua", "/bugs/*/*.lua",
                                          "/workloads/*.lua", "/schedulers/*.lua"};
    (void)state;
    for (size_t i = 0; i < sizeof shelves / sizeof shelves[0]; i++) {
        char pattern[1024];
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s%s", PLAN_TEST_SCENARIOS, shelves[i]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t f = 0; f < found.gl_pathc; f++) {
            struct scn_err err;
            struct plan *plan = scn_load(found.gl_pathv[f], NULL, 0, NULL, NULL, &err);
            if (plan != NULL) /* whether it loads is the scenarios' own tests' matter */
                loads_to_the_same(plan);
            plan_free(plan);
        }
        globfree(&found);
    }
}

/* The text of a scheduler comes back byte by byte, whatever is in it. */
static void the_text_of_a_scheduler_comes_back(void **state)
{
    static const char *const texts[] = {
        "", "\n", "\n\n-- a line before it\nscheduler {}\n", "a ]] b ]=] c ]==] d ]===]", "ends in ]", "ends in ]=", "ends in ]==",
        "]=]=]==]=", "\r\n", "tab\tand \x01 and \x7f", "gr\xc3\xbc\xc3\x9f", "\xff\xfe no text", "\"quoted\" \\n \\ 'so'", "--[[ ]] --[==[",
    };
    static const char *const params[] = {NULL, "bug=none\n", "timeout=5s\nbug=a \"b\" = c\nempty=\n"};
    char many[64] = "]";
    (void)state;
    memset(many + 1, '=', sizeof many - 2);
    for (size_t i = 0; i <= sizeof texts / sizeof *texts; i++) {
        struct plan *plan = rich_plan();
        plan->scheduler = plan_name(plan, i < sizeof texts / sizeof *texts ? texts[i] : many);
        plan->scheduler_file = plan_name(plan, i % 2 ? "../schedulers/e\"asy.lua" : "own.lua");
        plan->scheduler_params = params[i % 3] != NULL ? plan_name(plan, params[i % 3]) : PLAN_NONE;
        loads_to_the_same(plan);
        plan_free(plan);
    }
}

/* ---- what cannot be told */

#define BREAK(name, statement)                                                                     \
    static void name(struct plan *p) { statement; }
BREAK(role, p->stages[1].role = p->jobs[1].name)
BREAK(constraint, p->stages[1].constraint = PLAN_PLACE_SPREAD)
BREAK(elastic, p->stages[1].min = 3)
BREAK(row_alone, p->stages[1].row = 3)
BREAK(no_op, p->stages[1].program = plan_add_program(p, NULL, NULL, 0))
static void early_end(struct plan *p)
{
    struct plan_op ops[] = {simple_op(PLAN_OP_END, 0), simple_op(PLAN_OP_END, 0)};
    p->stages[1].program = plan_add_program(p, NULL, ops, 2);
}
static void deep_nest(struct plan *p)
{
    struct plan_op ops[101];
    for (unsigned i = 0; i < 100; i++)
        ops[i] = on_rank_op(0, 0, 101);
    ops[100] = compute_op(0);
    p->stages[1].program = plan_add_program(p, NULL, ops, 101);
}
BREAK(lonely_pair, p->acts[3].pair = 7)
BREAK(slow_crash, p->acts[1].duration_ns = 7)
BREAK(kill_for_good, p->acts[4].for_good = 1)
BREAK(field_without_pattern, p->acts[7].when.rank = 1)
BREAK(strange_manager, p->manager = plan_name(p, "slurm"))
BREAK(long_kill, p->acts[4].amount = 7)
BREAK(pair_at_once, p->acts[2].at_ns = p->acts[1].at_ns)
BREAK(paired_kill, p->acts[4].pair = 7)
BREAK(no_label, p->expects[2].label = PLAN_NONE)
BREAK(textless, p->scheduler_file = plan_name(p, "easy.lua"))
BREAK(zero_attempts, p->expects[0].attempts_min = 0)
BREAK(late_failure, p->expects[1].within_ns = 7)

static void what_no_word_says_is_refused(void **state)
{
    /* clang-format off */
    static const struct {
        void (*breaks)(struct plan *plan);
        const char *says;
    } rows[] = {
        {role, "stage 'score' of job 'res\"net\\ \xc3\xbc\\xff': a scenario has no words for this: "
               "role; take it out"},
        {constraint, "stage 'score' of job 'res\"net\\ \xc3\xbc\\xff': a scenario has no words for "
                     "this: constraint; take it out"},
        {elastic, "stage 'score' of job 'res\"net\\ \xc3\xbc\\xff': a scenario has no words for "
                  "this: min and max other than tasks; take it out"},
        {row_alone, "stage 'score' of job 'res\"net\\ \xc3\xbc\\xff': a scenario has no words for "
                    "this: row without column; take it out"},
        {no_op, "stage 'score' of job 'res\"net\\ \xc3\xbc\\xff': a scenario has no words for "
                "this: a program of no op; take it out"},
        {early_end, "stage 'score' of job 'res\"net\\ \xc3\xbc\\xff': a scenario has no words for "
                    "this: an end before its last op; take it out"},
        {deep_nest, "stage 'score' of job 'res\"net\\ \xc3\xbc\\xff': a scenario has no words for "
                    "this: blocks nested that deep; take it out"},
        {lonely_pair, "act 3 (crash): a scenario has no words for this: pair; take it out"},
        {slow_crash, "act 1 (crash): a scenario has no words for this: duration; take it out"},
        {kill_for_good, "act 4 (kill): a scenario has no words for this: for_good; take it out"},
        {field_without_pattern,
         "act 7 (cancel): a scenario has no words for this: when_rank; take it out"},
        {strange_manager,
         "plan: a scenario has no words for this: a manager of that name; take it out"},
        {long_kill, "act 4 (kill): a scenario has no words for this: amount; take it out"},
        {pair_at_once, "act 1 (crash): a scenario has no words for this: pair; take it out"},
        {paired_kill, "act 4 (kill): a scenario has no words for this: pair; take it out"},
        {no_label,
         "expect 2 (sometimes): a scenario has no words for this: a missing label; take it out"},
        {textless, "plan: a scenario has no words for this: a scheduler's file or parameters without its text; take it out"},
        {zero_attempts,
         "expect 0 (succeeds): a scenario has no words for this: 0 attempts; take it out"},
        {late_failure, "expect 1 (fails): a scenario has no words for this: within; take it out"},
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan *plan = rich_plan();
        struct plan_err err = {.code = PLAN_OK};
        FILE *file = tmpfile();
        rows[i].breaks(plan);
        assert_int_equal(plan_check(plan, &err), PLAN_OK);
        assert_int_equal(plan_write_lua(plan, file, &err), PLAN_E_SENSE);
        assert_string_equal(err.detail, rows[i].says);
        fclose(file);
        plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rich_plan_loads_to_itself),
        cmocka_unit_test(a_wide_plan_loads_to_itself),
        cmocka_unit_test(managers_come_back),
        cmocka_unit_test(links_and_streams_read_as_if_somebody_had_written_them),
        cmocka_unit_test(it_reads_as_if_somebody_had_written_it),
        cmocka_unit_test(racks_and_groups_come_back),
        cmocka_unit_test(the_text_of_a_scheduler_comes_back),
        cmocka_unit_test(groups_of_gangs_come_back),
        cmocka_unit_test(many_jobs_and_odd_names_come_back),
        cmocka_unit_test(long_and_deep_programs_come_back),
        cmocka_unit_test(every_phrase_comes_back),
        cmocka_unit_test(settings_come_back),
        cmocka_unit_test(the_library_of_scenarios_comes_back),
        cmocka_unit_test(what_no_word_says_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
