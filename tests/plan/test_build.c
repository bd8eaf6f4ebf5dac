/* test_build.c -- names and rows are shared, big plans build quickly, and a failed allocation
 * breaks nothing. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* needs those before it */

/* ---- allocations that fail on demand (the linker's --wrap) */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long allocations_left = -1; /* -1: without end */
static bool may_allocate(void)
{
    if (allocations_left > 0)
        allocations_left--;
    return allocations_left != 0;
}
void *__wrap_malloc(size_t size) { return may_allocate() ? __real_malloc(size) : NULL; }
void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}
void *__wrap_realloc(void *old, size_t size)
{
    return may_allocate() ? __real_realloc(old, size) : NULL;
}

/* ---- claims */

static void the_same_text_gives_the_same_name(void **state)
{
    struct plan *plan = plan_new();
    char text[16];
    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "job-%u", i);
        assert_int_equal(plan_name(plan, text), i);
    }
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "job-%u", i);
        assert_int_equal(plan_name(plan, text), i);
        assert_int_equal(plan_find_name(plan, text), i);
        assert_string_equal(plan_text(plan, i), text);
    }
    assert_int_equal(plan_find_name(plan, "job-5000"), PLAN_NONE);
    assert_string_equal(plan_text(plan, PLAN_NONE), "");
    assert_int_equal(plan_find_name(plan, ""), PLAN_NONE);
    assert_int_equal(plan_name(plan, ""), 5000);
    plan_free(plan);
    plan_free(NULL);
}

static void equal_rows_are_shared(void **state)
{
    struct plan *plan = plan_new();
    static const int64_t values[] = {1, 2, 3};
    struct plan_dist junk = {.kind = PLAN_DIST_FIXED, .lo = 7, .hi = 99, .first = 3, .count = 4};
    (void)state;
    assert_int_equal(plan_add_profile(plan, &(struct plan_profile){1, 2, 3}), 0);
    assert_int_equal(plan_add_profile(plan, &(struct plan_profile){1, 2, 4}), 1);
    assert_int_equal(plan_add_profile(plan, &(struct plan_profile){1, 2, 3}), 0);
    assert_int_equal(add_fixed(plan, 7), 0);
    assert_int_equal(plan_add_dist(plan, &junk), 0); /* a fixed time has no upper end */
    assert_int_equal(add_fixed(plan, 8), 1);
    assert_int_equal(plan_add_values(plan, values, 3), 0);
    assert_int_equal(plan_add_values(plan, values + 1, 2), 3);
    assert_int_equal(plan_add_values(plan, values, 3), 0);
    assert_int_equal(plan->value_count, 5);

    struct plan_op ops[] = {compute_op(0), simple_op(PLAN_OP_END, 0)};
    assert_int_equal(plan_add_program(plan, "a", ops, 1), 0);
    assert_int_equal(plan_add_program(plan, "a", ops, 2), 0); /* END was implied */
    assert_int_equal(plan_add_program(plan, "b", ops, 1), 1);
    assert_int_equal(plan_add_program(plan, NULL, ops, 1), 2);
    ops[0].value = 17; /* which a compute does not have */
    assert_int_equal(plan_add_program(plan, NULL, ops, 1), 2);
    assert_int_equal(plan->op_count, 6);
    plan_free(plan);
}

static void stages_are_counted_into_their_job(void **state)
{
    struct plan *plan = rich_plan();
    (void)state;
    assert_int_equal(plan->jobs[0].first_stage, 0);
    assert_int_equal(plan->jobs[0].stage_count, 3);
    assert_int_equal(plan->jobs[1].first_stage, 3);
    assert_int_equal(plan->jobs[1].stage_count, 1);
    plan_free(plan);
}

static void a_blank_act_says_any_and_none(void **state)
{
    struct plan_act act = plan_act_blank();
    struct plan_expect expect = plan_expect_blank();
    (void)state;
    assert_int_equal(act.executor, PLAN_NONE);
    assert_int_equal(act.job, PLAN_NONE);
    assert_int_equal(act.pair, PLAN_NONE);
    assert_int_equal(act.when.kind, PLAN_NONE);
    assert_int_equal(act.when.rank, PLAN_NONE);
    assert_int_equal(act.when.nth, 1);
    assert_int_equal(act.at_ns, 0);
    assert_int_equal(act.for_good, 0);
    assert_int_equal(expect.within_ns, PLAN_NEVER);
    assert_int_equal(expect.attempts_max, PLAN_NONE);
    assert_int_equal(plan_pattern_blank().epoch, PLAN_NONE);
    assert_int_equal(plan_pattern_blank().nth, 1);
}

/* A scenario is made bigger by repeating its own rows, whose place changes while the table grows.
 */
static void a_row_of_the_plan_itself_may_be_added(void **state)
{
    struct plan *plan = rich_plan();
    uint32_t acts = plan->act_count, expects = plan->expect_count;
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        assert_int_not_equal(plan_add_executor(plan, &plan->executors[0]), PLAN_NONE);
        assert_int_not_equal(plan_add_act(plan, &plan->acts[1]), PLAN_NONE);
        assert_int_not_equal(plan_add_expect(plan, &plan->expects[0]), PLAN_NONE);
    }
    assert_int_equal(plan->acts[acts + 199].at_ns, 12 * PLAN_SECOND);
    assert_int_equal(plan->expects[expects + 199].within_ns, 600 * PLAN_SECOND);
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    plan_free(plan);
}

static void registries_know_their_words(void **state)
{
    int64_t lo, hi;
    (void)state;
    assert_string_equal(plan_act_text(PLAN_ACT_CRASH), "crash");
    assert_int_equal(plan_act_parse("straggle"), PLAN_ACT_STRAGGLE_TASK);
    assert_int_equal(plan_act_parse("nothing"), 0);
    assert_int_equal(plan_act_target(PLAN_ACT_KILL_TASK), PLAN_TARGET_TASK);
    assert_int_equal(plan_act_target(PLAN_ACT_RESTART), PLAN_TARGET_EXECUTOR);
    assert_null(plan_act_text(0));
    assert_null(plan_act_text(PLAN_ACT_LIMIT));
    assert_non_null(strstr(plan_act_doc(PLAN_ACT_CRASH), "power loss"));
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++) {
        assert_int_equal(plan_setting_parse(plan_setting_text(i)), i);
        plan_setting_range(i, &lo, &hi);
        assert_true(lo <= plan_setting_default(i) && plan_setting_default(i) <= hi);
        assert_non_null(
            strstr(plan_setting_doc(i), plan_setting_is_time(i) ? "(time)" : "(count)"));
    }
    assert_int_equal(plan_setting_parse("latenzy"), PLAN_SETTING_COUNT);
    assert_false(plan_setting_is_time(PLAN_SET_ATTEMPTS));
    assert_true(plan_setting_is_time(PLAN_SET_LATENCY));
}

/* Each job has its own program and time, so every table and every index grows. */
static void hundred_thousand_jobs_build_in_a_second(void **state)
{
    struct plan *plan = plan_new();
    clock_t begin = clock();
    char name[32];
    (void)state;
    plan_add_executor(plan, &(struct plan_executor){.cores = 8});
    for (uint32_t i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "job-%u", i);
        struct plan_op ops[] = {compute_op(add_fixed(plan, i)), simple_op(PLAN_OP_BARRIER, 0)};
        uint32_t profile = plan_add_profile(plan, &(struct plan_profile){.cores = 1 + i % 4});
        uint32_t program = plan_add_program(plan, NULL, ops, 2);
        uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, name)});
        struct plan_stage stage =
            stage_row(plan, job, "fit", PLAN_STAGE_BARRIER, 2, profile, program);
        assert_int_not_equal(plan_add_stage(plan, &stage), PLAN_NONE);
    }
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    assert_int_equal(plan->profile_count, 4);
    assert_int_equal(plan->program_count, 100000);
    assert_true(clock() - begin <
                2 * CLOCKS_PER_SEC); /* some 0.1 s; sanitizers and neighbours get their share */
    plan_free(plan);
}

/* Every allocation fails once; then the same text is read without a failure. */
static void any_allocation_may_fail(void **state)
{
    struct plan *plan = rich_plan(), *back = NULL;
    size_t size;
    char *text = plan_write_text(plan, &size);
    struct plan_err err = {.code = PLAN_OK};
    long failures = 0;
    (void)state;
    for (;; failures++) {
        allocations_left = failures + 1;
        enum plan_status status = plan_read_text(text, size, &back, &err);
        allocations_left = -1;
        if (status == PLAN_OK)
            break;
        assert_int_equal(status, PLAN_E_MEMORY);
        assert_int_equal(err.code, PLAN_E_MEMORY);
        assert_null(back);
    }
    assert_true(failures > 20);
    FILE *file = fopen("/dev/null", "w");
    for (long most = 1; most < 6; most++) { /* names of jobs, programs and tables; the buffer */
        allocations_left = most;
        assert_int_equal(plan_write_lua(plan, file, &err), PLAN_E_MEMORY);
        allocations_left = -1;
        assert_int_equal(err.code, PLAN_E_MEMORY);
    }
    allocations_left = 1;
    assert_int_equal(plan_write(plan, file, &err), PLAN_E_MEMORY);
    allocations_left = -1;
    fclose(file);
    allocations_left = 1;
    assert_null(plan_write_text(plan, &size));
    allocations_left = 1;
    assert_int_equal(plan_check(plan, &err), PLAN_E_MEMORY);
    allocations_left = 1;
    assert_null(plan_new());
    allocations_left = -1;
    free(text);
    plan_free(back);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_text_gives_the_same_name),
        cmocka_unit_test(equal_rows_are_shared),
        cmocka_unit_test(stages_are_counted_into_their_job),
        cmocka_unit_test(a_blank_act_says_any_and_none),
        cmocka_unit_test(a_row_of_the_plan_itself_may_be_added),
        cmocka_unit_test(registries_know_their_words),
        cmocka_unit_test(hundred_thousand_jobs_build_in_a_second),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
