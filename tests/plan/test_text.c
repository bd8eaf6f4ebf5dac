/* test_text.c -- canonical text says everything, reads back to the same plan, and bad text is
 * refused with its line. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* needs those before it */

static void assert_same_plan(const struct plan *a, const struct plan *b)
{
    assert_memory_equal(a->setting, b->setting, sizeof a->setting);
    assert_int_equal(a->executor_count, b->executor_count);
    assert_memory_equal(a->executors, b->executors, a->executor_count * sizeof *a->executors);
    assert_int_equal(a->profile_count, b->profile_count);
    assert_memory_equal(a->profiles, b->profiles, a->profile_count * sizeof *a->profiles);
    assert_int_equal(a->dist_count, b->dist_count);
    assert_memory_equal(a->dists, b->dists, a->dist_count * sizeof *a->dists);
    assert_int_equal(a->value_count, b->value_count);
    assert_memory_equal(a->values, b->values, a->value_count * sizeof *a->values);
    assert_int_equal(a->op_count, b->op_count);
    assert_memory_equal(a->ops, b->ops, a->op_count * sizeof *a->ops);
    assert_int_equal(a->cell_count, b->cell_count);
    assert_memory_equal(a->cells, b->cells, a->cell_count * sizeof *a->cells);
    assert_int_equal(a->job_count, b->job_count);
    assert_int_equal(a->stage_count, b->stage_count);
    assert_int_equal(a->act_count, b->act_count);
    assert_int_equal(a->expect_count, b->expect_count);
    for (uint32_t i = 0; i < a->job_count; i++) {
        assert_string_equal(plan_text(a, a->jobs[i].name), plan_text(b, b->jobs[i].name));
        assert_int_equal(a->jobs[i].first_stage, b->jobs[i].first_stage);
        assert_int_equal(a->jobs[i].stage_count, b->jobs[i].stage_count);
    }
    for (uint32_t i = 0; i < a->stage_count; i++)
        assert_int_equal(a->stages[i].job, b->stages[i].job);
}

static void reads_back(const struct plan *plan)
{
    struct plan *once, *twice;
    struct plan_err err;
    size_t size, size_once, size_twice;
    char *text = plan_write_text(plan, &size), *text_once, *text_twice;
    assert_int_equal(strlen(text), size);
    if (plan_read_text(text, size, &once, &err) != PLAN_OK)
        fail_msg("%s", err.detail);
    assert_same_plan(plan, once);
    text_once = plan_write_text(once, &size_once);
    assert_int_equal(size_once, size);
    assert_memory_equal(text_once, text, size);
    assert_int_equal(plan_read_text(text_once, size_once, &twice, NULL), PLAN_OK);
    text_twice = plan_write_text(twice, &size_twice);
    assert_string_equal(text_twice, text);
    free(text);
    free(text_once);
    free(text_twice);
    plan_free(once);
    plan_free(twice);
}

static void a_plan_reads_back_byte_for_byte(void **state)
{
    struct plan *small = small_plan(), *rich = rich_plan(), *wide = wide_plan();
    (void)state;
    reads_back(small);
    reads_back(rich);
    reads_back(wide);
    plan_free(small);
    plan_free(rich);
    plan_free(wide);
}

/* What bounds a wait stands there only where there is a bound. */
static void bounds_are_written_where_there_are_some(void **state)
{
    struct plan *plan = small_plan();
    char *text = plan_write_text(plan, NULL);
    (void)state;
    assert_null(strstr(text, "overtaken="));
    assert_null(strstr(text, "\nset wait="));
    free(text);
    plan->setting[PLAN_SET_OVERTAKEN] = 5;
    plan->setting[PLAN_SET_WAIT] = 90 * PLAN_SECOND;
    reads_back(plan);
    text = plan_write_text(plan, NULL);
    assert_non_null(strstr(text, "\nset overtaken=5\nset wait=90s\n"));
    free(text);
    plan_free(plan);
}

static void the_text_can_be_read_by_people(void **state)
{
    struct plan *plan = rich_plan();
    char *text = plan_write_text(plan, NULL);
    /* clang-format off */
    static const char *const lines[] = {
        "muster-plan 1\nplan title=\"two gangs, room for \\\"one and a half\\\"\" policy=\"strict\"\n",
        "\nset latency=250us\n",
        "\nset bandwidth=10737418240\n",
        "\nexecutor 0..3 cores=8 memory=65536 gpus=2\nexecutor 4 cores=8 memory=65536 arrives=1.5s\n",
        "\nprofile 0 cores=1 memory=2048 gpu_milli=500\n",
        "\ndist 0 uniform from=80ms to=120ms\n",
        "\nvalues 1 20 300 4000 50000 6 7 8 9 10 11 12 13 14 15 16\nvalues 17 18 19 20\n",
        "\nop 1 loop times=3 to=12\n",
        "\nop 15 on_rank first=2 last=2 to=17\nop 16 fail code=3\n",
        "\njob 0 name=\"res\\\"net\\\\ \xc3\xbc\\xff\" submit=never priority=-5\n",
        "\nstage 0 barrier name=\"fit\" tasks=6 min=6 max=6 profile=0 program=0 column=0 row=2\n",
        "\nstage 2 mapreduce name=\"report\" tasks=6 min=6 max=6 profile=1 program=1 parents=0,1\n",
        "\nact 1 crash at=12s executor=2 pair=0\n",
        "\nact 4 kill at=1.5ms when=\"release\" when_job=0 when_stage=0 when_epoch=6 nth=2 job=0 stage=0 rank=3\n",
        "\nexpect 0 succeeds job=0 within=10m attempts_min=2 attempts_max=4\n",
        "\nexpect 3 never label=\"a loss\" when=\"lost\" when_executor=0 when_attempt=1 nth=3\nend\n",
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strstr(text, lines[i]) == NULL)
            fail_msg("missing: %s\nin:\n%s", lines[i], text);
    }
    free(text);
    plan_free(plan);
}

static void what_leaves_a_machine_can_be_read_by_people(void **state)
{
    struct plan *plan = wide_plan();
    char *text = plan_write_text(plan, NULL);
    /* clang-format off */
    static const char *const lines[] = {
        "muster-plan 1\nplan manager=\"yarn\"\n",
        "\nop 0 fetch bytes=67108864\nop 1 exchange bytes=1073741824 batch=100\n",
        "\nop 1 meet name=\"tracker\" tasks=2 within=30s\nop 2 meet name=\"a \\\"b\\\"\" tasks=1 at=1\nop 3 all_reduce bytes=104857600\n",
        "\njob 1 name=\"service\" kind=service submit=1s\n"
        "stage 0 mapreduce name=\"make\" tasks=3 min=3 max=3 profile=0 program=0 task_bytes=209715200\nprefers 1 -1 3\n"
        "stage 1 mapreduce name=\"read\" tasks=2 min=2 max=2 profile=0 program=1 parents=0 shuffles=0\nprefers 0 0\n"
        "stage 2 barrier name=\"train\" tasks=2 min=2 max=2 profile=0 program=2 parents=0,1 shuffles=0\nprefers -1 -1\n"
        "job 2 name=\"map\" kind=map submit=2s\n",
        "\nact 7 cut at=8s executor=1 way=2\nact 8 mend at=9s executor=1\nact 9 hold at=10s executor=1 way=1\n",
        "\nact 13 reorder at=14s executor=1 duration=14s way=2 amount=1\nact 14 break at=15s executor=1\n",
        "\nact 17 drift at=18s executor=1 amount=-500\n",
        "\nact 24 stray_call at=25s job=0 stage=2 rank=1 way=1 amount=7\nact 25 crash_driver at=26s duration=26s amount=2\n",
        "\nact 27 refuse at=28s executor=1 peer=3\nact 28 cut at=40s executor=2 peer=0\nact 29 mend at=41s executor=2 way=1 peer=1\n",
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strstr(text, lines[i]) == NULL)
            fail_msg("missing: %s\nin:\n%s", lines[i], text);
    }
    free(text);
    plan_free(plan);
}

/* A long list of wishes has 16 a line, like any other. */
static void many_wishes_read_back(void **state)
{
    struct plan *plan = wide_plan();
    int64_t wishes[100];
    (void)state;
    for (int i = 0; i < 100; i++)
        wishes[i] = i % 5 - 1;
    for (uint32_t tasks = 15; tasks < 100; tasks += tasks < 18 ? 1 : 41) {
        struct plan_stage *stage = &plan->stages[0];
        stage->tasks = stage->min = stage->max = tasks;
        stage->prefers = 1 + plan_add_values(plan, wishes, tasks);
        char *text = plan_write_text(plan, NULL), *again;
        struct plan *back;
        assert_non_null(
            strstr(text, "\nprefers -1 0 1 2 3 -1 0 1 2 3 -1 0 1 2 3"));
        assert_int_equal(plan_read_text(text, strlen(text), &back, NULL), PLAN_OK);
        assert_memory_equal(back->values + back->stages[0].prefers - 1, wishes, tasks * 8);
        again = plan_write_text(back, NULL);
        assert_string_equal(again, text);
        plan_free(back);
        free(text);
        free(again);
    }
    plan_free(plan);
}

static void stray_bits_do_not_show(void **state)
{
    struct plan *a = small_plan(), *b = small_plan();
    struct plan_act clean = plan_act_blank(), stained;
    (void)state;
    memset(&stained, 0xAA, sizeof stained);
    clean.kind = stained.kind = PLAN_ACT_CRASH;
    clean.executor = stained.executor = 0;
    clean.at_ns = stained.at_ns = 5;
    stained.when = plan_pattern_blank();
    stained.duration_ns = 0;
    stained.for_good = 0;
    stained.way = 0;
    stained.amount = 0;
    stained.pair = PLAN_NONE; /* job, stage and rank stay stained: a crash has none */
    plan_add_act(a, &clean);
    plan_add_act(b, &stained);
    char *text_a = plan_write_text(a, NULL), *text_b = plan_write_text(b, NULL);
    assert_string_equal(text_a, text_b);
    free(text_a);
    free(text_b);
    plan_free(a);
    plan_free(b);
}

static void names_that_are_no_utf8_read_back_too(void **state)
{
    struct plan *plan = small_plan(), *back;
    char name[256];
    (void)state;
    for (unsigned i = 0; i < 255; i++)
        name[i] = (char)(255 - i);
    name[255] = '\0';
    plan->title = plan_name(plan, name);
    char *text = plan_write_text(plan, NULL);
    for (const char *c = text; *c != '\0'; c++)
        assert_true((unsigned char)*c < 0x80); /* nothing of it is UTF-8, so all of it is escaped */
    assert_int_equal(plan_read_text(text, strlen(text), &back, NULL), PLAN_OK);
    assert_string_equal(plan_text(back, back->title), name);
    free(text);
    plan_free(plan);
    plan_free(back);
}

static void a_file_gets_the_same_bytes(void **state)
{
    struct plan *plan = rich_plan();
    size_t size, got;
    char *text = plan_write_text(plan, &size), *back = malloc(size + 1);
    FILE *file = tmpfile();
    struct plan_err err;
    (void)state;
    assert_int_equal(plan_write(plan, file, &err), PLAN_OK);
    rewind(file);
    got = fread(back, 1, size + 1, file);
    assert_int_equal(got, size);
    assert_memory_equal(back, text, size);
    fclose(file);
    file = fopen("/dev/full", "w");
    if (file != NULL) {
        assert_int_equal(plan_write(plan, file, &err), PLAN_E_IO);
        assert_string_equal(err.detail, "the output could not be written");
        fclose(file);
    }
    free(text);
    free(back);
    plan_free(plan);
}

/* ---- big plans */

static void a_big_table_is_written_and_read_quickly(void **state)
{
    enum { ROWS = 183494, WIDTH = 11 };
    struct plan *plan = small_plan(), *back;
    uint32_t *cells = malloc(sizeof *cells * ROWS * WIDTH);
    size_t size;
    (void)state;
    for (uint32_t i = 0; i < ROWS * WIDTH; i++)
        cells[i] = 50000 + i * 2654435761u % 100000;
    plan_add_column(plan, WIDTH, ROWS, 1000, cells);
    plan->stages[0].column = 0;
    plan->stages[0].row = ROWS - 4;
    clock_t begin = clock();
    char *text = plan_write_text(plan, &size);
    assert_int_equal(plan_read_text(text, size, &back, NULL), PLAN_OK);
    clock_t taken = clock() - begin;
    print_message("           %zu bytes both ways in %ld ms\n", size,
                  (long)(taken * 1000 / CLOCKS_PER_SEC));
    assert_true(taken <
                2 * CLOCKS_PER_SEC); /* some 0.1 s; sanitizers and neighbours get their share */
    assert_same_plan(plan, back);
    free(text);
    free(cells);
    plan_free(plan);
    plan_free(back);
}

static void a_big_cluster_is_one_line(void **state)
{
    struct plan *plan = small_plan(), *back;
    size_t size;
    (void)state;
    for (unsigned i = 1; i < 100000; i++)
        plan_add_executor(plan,
                          &(struct plan_executor){.cores = 8, .memory_mib = 65536, .gpus = 2});
    char *text = plan_write_text(plan, &size);
    assert_true(size < 2000);
    assert_non_null(strstr(text, "\nexecutor 0..99999 cores=8 memory=65536 gpus=2\n"));
    assert_int_equal(plan_read_text(text, size, &back, NULL), PLAN_OK);
    assert_int_equal(back->executor_count, 100000);
    free(text);
    plan_free(plan);
    plan_free(back);
}

/* ---- bad text */

/* The small plan's text with the first `old` replaced. */
static char *replaced(const char *old, const char *new)
{
    struct plan *plan = small_plan();
    static const int64_t values[] = {1, 2, 3};
    static const uint32_t cells[] = {1, 2, 3, 4, 5, 6, 7, 8};
    plan_add_dist(plan, &(struct plan_dist){.kind = PLAN_DIST_EMPIRICAL,
                                            .first = plan_add_values(plan, values, 3),
                                            .count = 3});
    plan_add_column(plan, 2, 4, 1000, cells);
    struct plan_stage stage = stage_row(plan, 0, "more", PLAN_STAGE_BARRIER, 4, 0, 0);
    stage.parents = 1;
    plan_add_stage(plan, &stage);
    size_t size;
    char *text = plan_write_text(plan, &size), *at = strstr(text, old), *made;
    plan_free(plan);
    if (at == NULL)
        fail_msg("'%s' is not in:\n%s", old, text);
    made = calloc(1, size + strlen(new) + 1);
    memcpy(made, text, (size_t)(at - text));
    strcat(made, new);
    strcat(made, at + strlen(old));
    free(text);
    return made;
}

/* clang-format off */
static const struct {
    const char *old, *new;
    uint32_t line;
    const char *says;
} bad_texts[] = {
    {"muster-plan 1", "muster-plan 2", 1, "a plan begins with the line 'muster-plan 1'"},
    {"\nplan\n", "\nplane\n", 2, "'plane' is no part of a plan"},
    {"\nplan\n", "\nplan title=two\n", 2, "title must be a name in double quotes"},
    {"\nplan\n", "\nplan title=\"two\n", 2, "title has no closing quote"},
    {"\nplan\n", "\nplan title=\"\\n\"\n", 2, "title has a backslash before neither \" nor \\ nor xNN"},
    {"\nplan\n", "\nplan title=\"\\x0G\"\n", 2, "title has a backslash before neither \" nor \\ nor xNN"},
    {"\nplan\n", "\nplan title=\"\\x00\"\n", 2, "title has a zero byte"},
    {"\nplan\n", "\nplan title=\"a\" title=\"b\"\n", 2, "title is given twice"},
    {"set latency=500us", "set latenzy=500us", 3, "'latenzy' is no setting"},
    {"set latency=500us", "set latency", 3, "latency has no value"},
    {"set latency=500us", "set", 3, "a setting has a name"},
    {"set latency=500us", "set latency=500", 3, "latency is '500', must be a duration like 1.5s or 2h30m"},
    {"set latency=500us", "set latency=500us ", 3, "' ' where the line should end"},
    {"set attempts=4", "set attempts=four", 13, "attempts is 'four', must be a whole number of at most 9223372036854775807"},
    {"executor 0", "executor", PLAN_SETTING_COUNT + 3, "executor has no number, must be 0"},
    {"executor 0", "executor 1", PLAN_SETTING_COUNT + 3, "executor is numbered 1, must be 0"},
    {"executor 0", "executor 0..1000000", PLAN_SETTING_COUNT + 3, "executors from 0 on must end at 0..999999"},
    {"executor 0", "executor 0.5", PLAN_SETTING_COUNT + 3, "executors from 0 on must end at 0..999999"},
    {"executor 0 cores=8", "executor 0cores=8", PLAN_SETTING_COUNT + 3, "'c' where a space was expected"},
    {"executor 0 cores=8", "executor 0 cores", PLAN_SETTING_COUNT + 3, "cores has no value"},
    {"executor 0 cores=8", "executor 0 cores=4294967295", PLAN_SETTING_COUNT + 3, "cores is '4294967295', must be a whole number of at most 4294967294"},
    {"executor 0 cores=8", "executor 0 cores=-8", PLAN_SETTING_COUNT + 3, "cores is '-8', must be a whole number of at most 4294967294"},
    {"executor 0 cores=8", "executor 0 cores=8x", PLAN_SETTING_COUNT + 3, "cores is '8x', must be a whole number of at most 4294967294"},
    {"executor 0 cores=8", "executor 0 coers=8", PLAN_SETTING_COUNT + 3, "executor has no field 'coers'"},
    {"profile 0 cores=1\n", "profile 0 cores=1\nprofile 1 cores=1\n", PLAN_SETTING_COUNT + 5, "profile 1 is the same as profile 0; equal ones are shared"},
    {"dist 0 fixed", "dist 0 fixt", PLAN_SETTING_COUNT + 5, "'fixt' is no kind of dist"},
    {"dist 0 fixed time=1s", "dist 0", PLAN_SETTING_COUNT + 5, "'' is no kind of dist"},
    {"dist 0 fixed time=1s", "dist 0 fixed from=1s", PLAN_SETTING_COUNT + 5, "dist has no field 'from'"},
    {"dist 0 fixed time=1s\n", "dist 0 fixed time=1s\nvalues 7\n", PLAN_SETTING_COUNT + 6, "values stand behind an empirical dist, but none is open"},
    {"values 1 2 3", "values 1 two 3", PLAN_SETTING_COUNT + 7, "value 1 must be a whole number of ns"},
    {"values 1 2 3", "values 1 9223372036854775808 3", PLAN_SETTING_COUNT + 7, "value 1 must be a whole number of ns"},
    {"dist 1 empirical", "dist 1 fixed time=1s", PLAN_SETTING_COUNT + 7, "values stand behind an empirical dist, but none is open"},
    {"dist 1 empirical\nvalues 1 2 3", "dist 1 fixed time=1s", PLAN_SETTING_COUNT + 6, "dist 1 is the same as dist 0; equal ones are shared"},
    {"op 0 compute", "op 1 compute", PLAN_SETTING_COUNT + 9, "op is numbered 1, must be 0"},
    {"op 2 end\n", "", PLAN_SETTING_COUNT + 8, "the last op of program 0 must be end"},
    {"column 0 width", "op 0 end\ncolumn 0 width", PLAN_SETTING_COUNT + 12, "op is numbered 0, must be 3"},
    {"job 0 name", "op 0 end\njob 0 name", PLAN_SETTING_COUNT + 14, "an op stands behind its program, but no program is open"},
    {"cells 1 2 3", "cells 1 2", PLAN_SETTING_COUNT + 12, "column 0 has 7 cells, must have 8: width x rows"},
    {"cells 1 2 3", "cells 1 2 4294967296", PLAN_SETTING_COUNT + 13, "cell 2 must be a whole number of at most 4294967295"},
    {"job 0 name", "cells 1\njob 0 name", PLAN_SETTING_COUNT + 12, "column 0 has 9 cells, must have 8: width x rows"},
    {"plan\nset", "plan\ncells 1\nset", 3, "cells stand behind a column, but none is open"},
    {"job 0 name=\"train\"", "job 0 name=\"train\" submit=soon", PLAN_SETTING_COUNT + 14, "submit is 'soon', must be a duration like 1.5s or 2h30m"},
    {"job 0 name=\"train\"", "job 0 name=\"train\" kind=steam", PLAN_SETTING_COUNT + 14, "kind is 'steam', which is no kind there is"},
    {"job 0 name=\"train\"", "job 0 name=\"train\" priority=2147483648", PLAN_SETTING_COUNT + 14, "priority is '2147483648', must be a whole number of at most 2147483647"},
    {"job 0 name=\"train\"\n", "", PLAN_SETTING_COUNT + 14, "a stage stands behind its job, but there is no job yet"},
    {"stage 0 barrier", "stage 1 barrier", PLAN_SETTING_COUNT + 15, "stage is numbered 1, must be 0"},
    {"parents=0", "parents=64", PLAN_SETTING_COUNT + 16, "parents must be a list of numbers in 0..63"},
    {"parents=0", "parents=0,", PLAN_SETTING_COUNT + 16, "parents must be a list of numbers in 0..63"},
    {"stage 0 barrier", "prefers 1\nstage 0 barrier", PLAN_SETTING_COUNT + 15, "prefers stands behind a stage, but none is open"},
    {"\nstage 1", "\nprefers 0 -2 0 0\nstage 1", PLAN_SETTING_COUNT + 16, "wish 1 must be the number of an executor, or -1 for none"},
    {"\nstage 1", "\nprefers 0 4294967295\nstage 1", PLAN_SETTING_COUNT + 16, "wish 1 must be the number of an executor, or -1 for none"},
    {"\nstage 1", "\nprefers 0 0  0\nstage 1", PLAN_SETTING_COUNT + 16, "wish 2 must be the number of an executor, or -1 for none"},
    {"\nstage 1", "\nprefers 0 0 0\nstage 1", PLAN_SETTING_COUNT + 15, "stage 0 prefers 3 executors, must prefer 4: one a task, -1 for none"},
    {"\nend\n", "\nprefers 0 0 0 0 0\nend\n", PLAN_SETTING_COUNT + 16, "stage 1 prefers 5 executors, must prefer 4: one a task, -1 for none"},
    {"\nstage 1", "\nprefers 0 0 0 1\nstage 1", 0, "stage 'fit' of job 'train': rank 3 prefers executor 1, must be -1..0; -1 is none"},
    {"parents=0", "parents=0 prefers=1", PLAN_SETTING_COUNT + 16, "stage has no field 'prefers'"},
    {"parents=0", "parents=0 shuffles=64", PLAN_SETTING_COUNT + 16, "shuffles must be a list of numbers in 0..63"},
    {"\nend\n", "\n", PLAN_SETTING_COUNT + 16, "the text stops before its 'end' line"},
    {"\nend\n", "\nend", PLAN_SETTING_COUNT + 17, "the text stops before its 'end' line"},
    {"\nend\n", "\nend\n\n", PLAN_SETTING_COUNT + 17, "the text goes on behind its 'end' line"},
    {"\nend\n", "\nend \n", PLAN_SETTING_COUNT + 17, "'end' is no part of a plan"},
    {"tasks=4", "tasks=0", 0, "stage 'fit' of job 'train': tasks is 0, must be 1..1000000; give it a task, or split it into several stages"},
    {"program=0", "program=none", PLAN_SETTING_COUNT + 15, "program is 'none', must be a whole number of at most 4294967294"},
};
/* clang-format on */

enum { SETTINGS_LEFT_OUT = 5 }; /* bounds and orders that the text of a plan without them does not have */

static void bad_text_is_refused_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; i++) {
        char *text = replaced(bad_texts[i].old, bad_texts[i].new);
        struct plan *plan = (struct plan *)text;
        struct plan_err err = {.code = PLAN_OK};
        enum plan_status status = plan_read_text(text, strlen(text), &plan, &err);
        char says[sizeof err.detail];
        uint32_t line = bad_texts[i].line;
        line -= line > PLAN_SETTING_COUNT ? SETTINGS_LEFT_OUT : 0;
        if (line != 0)
            snprintf(says, sizeof says, "line %u: %s", line, bad_texts[i].says);
        else
            snprintf(says, sizeof says, "%s", bad_texts[i].says);
        if (status == PLAN_OK || strcmp(err.detail, says) != 0)
            fail_msg("'%s' -> '%s' says\n  %s\n  must say\n  %s", bad_texts[i].old,
                     bad_texts[i].new, err.detail, says);
        assert_int_equal(err.line, line);
        assert_int_equal(err.code, status);
        assert_null(plan);
        free(text);
    }
}

static void no_text_at_all_is_refused(void **state)
{
    struct plan *plan;
    struct plan_err err;
    (void)state;
    assert_int_equal(plan_read_text("", 0, &plan, &err), PLAN_E_SYNTAX);
    assert_null(plan);
    assert_int_equal(plan_read_text("muster-plan 1\nend\n", 18, &plan, &err), PLAN_E_RANGE);
    assert_string_equal(
        err.detail,
        "plan: the number of executors is 0, must be 1..1000000; a cluster has at least one");
}

/* The reader must survive anything; what it accepts must read back. Sanitizers do the judging. */
static void mutate(struct plan *plan)
{
    static const char bytes[] = "0123456789 =\"\\x\n,.-abcdefnopst\0\xff";
    size_t size;
    char *text = plan_write_text(plan, &size), *mutant = malloc(size + 1);
    uint64_t dice = 20;
    unsigned accepted = 0;
    plan_free(plan);
    for (unsigned round = 0; round < 20000; round++) {
        size_t length = size;
        memcpy(mutant, text, size);
        for (unsigned i = 0; i <= round % 3; i++) {
            dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
            size_t at = (size_t)(dice >> 33) % length;
            size_t more = (size_t)(dice >> 20) % (length - at) % 40;
            char byte = bytes[(dice >> 40) % (sizeof bytes - 1)];
            switch ((dice >> 60) % 4) {
            case 0: /* cut some out */
                memmove(mutant + at, mutant + at + more, length - at - more);
                length -= more;
                break;
            case 1: /* cut it off */
                length = round % 50 == 0 ? at + 1 : length;
                break;
            default:
                mutant[at] = byte;
            }
        }
        char *exact = malloc(length); /* so that one byte too far is noticed */
        struct plan *made;
        struct plan_err err;
        memcpy(exact, mutant, length);
        if (plan_read_text(exact, length, &made, &err) == PLAN_OK) {
            accepted++;
            reads_back(made);
        } else {
            assert_true(err.detail[0] != '\0');
            assert_true(err.code == PLAN_E_RANGE || err.code == PLAN_E_SENSE ||
                        err.code == PLAN_E_REFERENCE || err.line > 0);
        }
        plan_free(made);
        free(exact);
    }
    assert_true(accepted > 100); /* else the mutations were too wild to say much */
    free(text);
    free(mutant);
}

static void no_mutation_breaks_the_reader(void **state)
{
    (void)state;
    mutate(rich_plan());
    mutate(wide_plan());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_reads_back_byte_for_byte),
        cmocka_unit_test(bounds_are_written_where_there_are_some),
        cmocka_unit_test(the_text_can_be_read_by_people),
        cmocka_unit_test(what_leaves_a_machine_can_be_read_by_people),
        cmocka_unit_test(many_wishes_read_back),
        cmocka_unit_test(stray_bits_do_not_show),
        cmocka_unit_test(names_that_are_no_utf8_read_back_too),
        cmocka_unit_test(a_file_gets_the_same_bytes),
        cmocka_unit_test(a_big_table_is_written_and_read_quickly),
        cmocka_unit_test(a_big_cluster_is_one_line),
        cmocka_unit_test(bad_text_is_refused_with_its_line),
        cmocka_unit_test(no_text_at_all_is_refused),
        cmocka_unit_test(no_mutation_breaks_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
