/*
 * library_test.c -- every scenario that is shipped loads, under each of its parameters, to the same
 * plan each time.
 */
#define _POSIX_C_SOURCE 200809L /* dirent */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 256, PATH_BYTES = 512 };
static char files[FILES_MAX][PATH_BYTES];
static size_t file_count;

static void find_files(const char *folder)
{
    char path[PATH_BYTES];
    struct dirent *entry;
    snprintf(path, sizeof path, "%s/%s", SCENARIOS, folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strcmp(dot, ".lua") != 0)
            continue;
        assert_true(file_count < FILES_MAX);
        int size = snprintf(files[file_count++], PATH_BYTES, "%s/%s", path, entry->d_name);
        assert_true(size > 0 && size < PATH_BYTES);
    }
    closedir(dir);
}

/* The i-th value to try for a parameter: each of "true or false", of "a, b or c"; else the default.
 * False: no more. */
static bool value_to_try(const struct scn_param_info *param, unsigned i, char out[static 80])
{
    const char *at = param->allowed;
    if (strstr(at, " or ") == NULL || strstr(at, " or more") != NULL)
        at = param->value;
    for (;;) {
        size_t size = strcspn(at, ", ");
        if (strncmp(at, "or ", 3) != 0 && i-- == 0) {
            snprintf(out, 80, "%.*s", (int)size, at);
            return true;
        }
        at += size;
        at += strspn(at, ", ");
        if (*at == '\0')
            return false;
    }
}

/* Calls `fn` for every file without parameters, and for every value of every parameter. */
static void for_each_setting(void (*fn)(const char *path, const struct scn_param *params,
                                        size_t count))
{
    for (size_t f = 0; f < file_count; f++) {
        struct scn_info info;
        struct scn_err err;
        char value[80];
        struct plan *plan = scn_load(files[f], NULL, 0, NULL, &info, &err);
        if (plan == NULL)
            fail_msg("%s", err.detail);
        plan_free(plan);
        fn(files[f], NULL, 0);
        for (size_t p = 0; p < info.param_count; p++) {
            struct scn_param param = {info.params[p].name, value};
            for (unsigned i = 0; value_to_try(&info.params[p], i, value); i++)
                fn(files[f], &param, 1);
        }
    }
}

static void load_once(const char *path, const struct scn_param *params, size_t count)
{
    struct plan *plan = support_load_file(path, params, count);
    assert_true(plan->job_count > 0);
    plan_free(plan);
}

static void every_scenario_loads_with_each_value_of_each_parameter(void **state)
{
    (void)state;
    for_each_setting(load_once);
}

static void load_twice(const char *path, const struct scn_param *params, size_t count)
{
    struct plan *a = support_load_file(path, params, count),
                *b = support_load_file(path, params, count);
    support_expect_same(a, b);
    plan_free(a);
    plan_free(b);
}

static void two_loads_of_a_scenario_give_the_same_bytes(void **state)
{
    (void)state;
    for_each_setting(load_twice);
}

static void there_and_back(const char *path, const struct scn_param *params, size_t count)
{
    struct plan *plan = support_load_file(path, params, count);
    support_expect_round_trip(plan);
    plan_free(plan);
}

static void a_plan_told_back_as_lua_loads_to_the_same_plan(void **state)
{
    (void)state;
    for_each_setting(there_and_back);
}

/* Those have other heads; schedulers in Lua are in most of them. */
static void bugs_and_schedulers_told_back_as_lua_load_to_the_same_plan(void **state)
{
    struct dirent *entry;
    DIR *dir = opendir(SCENARIOS "/bugs");
    (void)state;
    assert_non_null(dir);
    size_t before = file_count;
    file_count = 0;
    find_files("schedulers");
    while ((entry = readdir(dir)) != NULL) {
        char folder[PATH_BYTES];
        snprintf(folder, sizeof folder, "bugs/%s", entry->d_name);
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "spark") != 0)
            find_files(folder);
    }
    closedir(dir);
    assert_true(file_count > 20);
    for_each_setting(there_and_back);
    file_count = before;
}

static void every_scenario_says_what_to_see_its_policy_a_question_and_a_change(void **state)
{
    static const char *const parts[] = {"See: ", "Policy: ", "Question: ", "Change: "};
    (void)state;
    for (size_t f = 0; f < file_count; f++) {
        struct scn_info info;
        struct scn_err err;
        plan_free(scn_load(files[f], NULL, 0, NULL, &info, &err));
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            if (strstr(info.summary, parts[i]) == NULL)
                fail_msg("%s: its opening comment has no '%s'", files[f], parts[i]);
    }
}

static void the_tiresias_trace_has_its_sixty_jobs_with_their_sizes_and_times(void **state)
{
    char line[256];
    unsigned rows = 0, id, gpus, submit, iterations, duration;
    (void)state;
    struct plan *plan = support_load_file(SCENARIOS "/workloads/tiresias-60.lua", NULL, 0);
    FILE *csv = fopen(SCENARIOS "/workloads/tiresias-60.csv", "rb");
    assert_non_null(csv);
    assert_non_null(fgets(line, sizeof line, csv));
    for (; fgets(line, sizeof line, csv) != NULL; rows++) {
        assert_int_equal(
            sscanf(line, "%u,%u,%u,%u,%*[^,],%u", &id, &gpus, &submit, &iterations, &duration), 5);
        const struct plan_stage *stage = &plan->stages[rows];
        char name[16];
        snprintf(name, sizeof name, "job-%u", id);
        assert_string_equal(plan_text(plan, plan->jobs[rows].name), name);
        assert_int_equal(plan->jobs[rows].submit_ns, submit * PLAN_SECOND);
        assert_int_equal(stage->kind, PLAN_STAGE_BARRIER);
        assert_int_equal(stage->tasks, gpus);
        assert_int_equal(plan->profiles[stage->profile].gpu_milli, 1000);
        const struct plan_op *op = &plan->ops[plan->programs[stage->program].first_op];
        assert_int_equal(op->code, PLAN_OP_COMPUTE);
        assert_int_equal(plan->dists[op->dist].kind, PLAN_DIST_FIXED);
        assert_int_equal(plan->dists[op->dist].lo, duration * PLAN_SECOND);
    }
    fclose(csv);
    assert_int_equal(rows, 60);
    assert_int_equal(plan->job_count, 60);
    plan_free(plan);
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_loads_with_each_value_of_each_parameter),
        cmocka_unit_test(two_loads_of_a_scenario_give_the_same_bytes),
        cmocka_unit_test(a_plan_told_back_as_lua_loads_to_the_same_plan),
        cmocka_unit_test(every_scenario_says_what_to_see_its_policy_a_question_and_a_change),
        cmocka_unit_test(the_tiresias_trace_has_its_sixty_jobs_with_their_sizes_and_times),
        cmocka_unit_test(bugs_and_schedulers_told_back_as_lua_load_to_the_same_plan), /* last: it looks for files of its own */
    };
    support_name("library");
    find_files("learn");
    find_files("faults");
    find_files("workloads");
    qsort(files, file_count, PATH_BYTES, by_name);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
