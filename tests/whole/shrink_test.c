/*
 * shrink_test.c -- every simplification of every scenario that came with muster: each is a plan that can be told and loaded again, none is
 * the plan that was there before, and what may go step by step comes to an end.
 */
#define _XOPEN_SOURCE 700
#include "plan/plan.h"
#include "scn/scn.h"
#include "sim/shrink.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { A_PASS = 24 };

static struct plan *load(const char *path)
{
    struct scn_err err;
    return scn_load(path, NULL, 0, NULL, NULL, &err);
}

static char *told(const struct plan *plan)
{
    char *text = NULL;
    size_t size = 0;
    struct plan_err err;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    bool well = plan_write_lua(plan, out, &err) == PLAN_OK;
    fclose(out);
    if (well)
        return text;
    free(text);
    return NULL;
}

/* What is written is what is meant. */
static void check_comes_back(const struct plan *plan)
{
    char path[] = "shrink-XXXXXX", *text = told(plan);
    if (text == NULL)
        return; /* it had no words before either */
    int descriptor = mkstemp(path);
    FILE *out = fdopen(descriptor, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    struct plan *back = load(path);
    unlink(path);
    if (back == NULL) { /* a fault of something that is gone, such as a GPU: who shrinks has to load it, too */
        free(text);
        return;
    }
    char *a = plan_write_text(plan, NULL), *b = plan_write_text(back, NULL);
    if (strcmp(a, b) != 0)
        fail_msg("what is written is another plan:\n%s\n%s\n%s", text, a, b);
    free(a);
    free(b);
    plan_free(back);
    free(text);
}

/* Of long lists some, spread over all of them. */
static unsigned try_pass(const struct plan *plan, enum sim_shrink_pass pass, uint32_t width, struct sim_edits *edits)
{
    unsigned made = 0;
    char *before = plan_write_text(plan, NULL);
    assert_true(sim_shrink_edits(plan, pass, width, edits));
    for (uint32_t i = 0; i < edits->count; i += 1 + edits->count / A_PASS) {
        struct plan *smaller = sim_edited(plan, &edits->list[i]);
        if (smaller == NULL)
            continue;
        char *after = plan_write_text(smaller, NULL);
        if (strcmp(before, after) == 0)
            fail_msg("pass %s: simplification %u (kind %u of row %u) changes nothing", sim_shrink_text(pass), i, edits->list[i].kind, edits->list[i].row);
        check_comes_back(smaller);
        free(after);
        plan_free(smaller);
        made++;
    }
    free(before);
    return made;
}

static void test_every_simplification(void **state)
{
    (void)state;
    glob_t found = {0};
    struct sim_edits edits = {0};
    unsigned made = 0;
    assert_int_equal(glob(SCENARIOS "/faults/*.lua", 0, NULL, &found), 0);
    assert_int_equal(glob(SCENARIOS "/workloads/everything.lua", GLOB_APPEND, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct plan *plan = load(found.gl_pathv[i]);
        if (plan == NULL)
            continue; /* one that needs a parameter */
        for (unsigned pass = 0; pass < SIM_SHRINK_COUNT; pass++)
            made += try_pass(plan, (enum sim_shrink_pass)pass, 1, &edits);
        made += try_pass(plan, SIM_SHRINK_FAULTS, 3, &edits);
        plan_free(plan);
    }
    assert_true(made > 1000);
    free(edits.list);
    globfree(&found);
}

/* ---- everything is accepted but what loses the job `last`: what is left is one job, one task, one machine, no fault */
static uint32_t first_with_a_job(void *ctx, const struct plan *plan, const struct sim_edit *list, uint32_t count)
{
    unsigned *asked = ctx;
    for (uint32_t i = 0; i < count; i++) {
        struct plan *smaller = sim_edited(plan, &list[i]);
        bool good = smaller != NULL && plan_find_name(smaller, "late") != PLAN_NONE;
        plan_free(smaller);
        if (++*asked > 100000)
            fail_msg("there is no end");
        if (good)
            return i;
    }
    return count;
}

static bool always(void *ctx, enum sim_shrink_pass pass, const struct plan *plan)
{
    (void)ctx;
    (void)pass;
    (void)plan;
    return true;
}

static void test_all_the_way(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct sim_shrink shrink = {.plan = load(SCENARIOS "/workloads/everything.lua"), .first = first_with_a_job, .go_on = always, .ctx = &asked};
    assert_non_null(shrink.plan);
    assert_true(sim_shrink_run(&shrink));
    assert_int_equal(shrink.plan->job_count, 1);
    assert_int_equal(shrink.plan->stage_count, 1);
    assert_int_equal(shrink.plan->stages[0].tasks, 1);
    assert_int_equal(shrink.plan->executor_count, 1);
    assert_int_equal(shrink.plan->act_count, 0);
    assert_int_equal(shrink.plan->expect_count, 0);
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++)
        assert_int_equal(shrink.plan->setting[i], plan_setting_default(i));
    plan_free(shrink.plan);
}

static void test_rounder(void **state)
{
    (void)state;
    int64_t out[SIM_ROUND_MAX];
    assert_int_equal(sim_rounder(PLAN_SECOND, out), 0);
    assert_true(sim_rounder(INT64_C(2345678901), out) >= 3);
    assert_int_equal(out[0], PLAN_SECOND);
    assert_int_equal(out[1], 2 * PLAN_SECOND);
    assert_int_equal(out[2], 3 * PLAN_SECOND);
    assert_int_equal(sim_rounder(0, out), 0);
    assert_int_equal(sim_rounder(PLAN_NEVER, out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_simplification), cmocka_unit_test(test_all_the_way), cmocka_unit_test(test_rounder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
