/*
 * clocks_test.c -- no machine knows what time it is in the world: with all clocks set apart, every record of every scenario
 * stays what it was, in the world's time.
 */
#include "gang/gang.h"
#include "simulate.h"
#include "scn/scn.h"
#include "sim/sim.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t far_apart = 1000 * PLAN_DAY;

struct history {
    struct trace_record *records;
    size_t count, capacity;
};

static void keep(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct history *h = ctx;
    assert_int_equal(first, h->count + 1);
    while (h->count + count > h->capacity) {
        h->capacity = h->capacity > 0 ? 2 * h->capacity : 4096;
        h->records = realloc(h->records, h->capacity * sizeof *h->records);
        assert_non_null(h->records);
    }
    memcpy(h->records + h->count, records, count * sizeof *records);
    h->count += count;
}

static struct history run(const struct plan *plan, const struct gang_policy *policy, uint64_t seed)
{
    struct history history = {0};
    (void)whole_simulate((struct sim_options){.plan = plan, .policy = *policy, .seed = seed}, keep, &history, NULL);
    return history;
}

static void compare(const char *what, const struct history *as_it_is, const struct history *apart)
{
    size_t least = as_it_is->count < apart->count ? as_it_is->count : apart->count;
    for (size_t i = 0; i < least; i++)
        if (memcmp(&as_it_is->records[i], &apart->records[i], sizeof *apart->records) != 0)
            fail_msg("%s: with clocks set apart record %zu is a %s at %lld, not a %s at %lld", what,
                     i + 1, trace_kind_text(apart->records[i].kind),
                     (long long)apart->records[i].at_ns, trace_kind_text(as_it_is->records[i].kind),
                     (long long)as_it_is->records[i].at_ns);
    assert_int_equal(as_it_is->count, apart->count);
}

static void set_apart(const char *path, const struct scn_param *params, size_t param_count)
{
    const struct gang_policy policies[] = {gang_policy_strict(), gang_policy_spark()};
    struct scn_err err;
    struct plan *plan = scn_load(path, params, param_count, NULL, NULL, &err);
    if (plan == NULL)
        fail_msg("%s", err.detail);
    for (int i = 0; i < 2; i++) {
        struct history histories[2];
        for (int k = 0; k < 2; k++) {
            plan->setting[PLAN_SET_CLOCK_OFFSET] = k * far_apart;
            histories[k] = run(plan, &policies[i], 1);
        }
        compare(path, &histories[0], &histories[1]);
        free(histories[0].records);
        free(histories[1].records);
    }
    plan_free(plan);
}

static void all_of(const char *pattern)
{
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        set_apart(found.gl_pathv[i], NULL, 0);
    globfree(&found);
}

static void clocks_that_are_set_apart_change_no_record_of_any_scenario(void **state)
{
    (void)state;
    const struct scn_param datagram = {"datagram", "true"};
    all_of(SCENARIOS "/learn/*.lua");
    all_of(SCENARIOS "/faults/*.lua");
    all_of(SCENARIOS "/bugs/*/*.lua");
    set_apart(SCENARIOS "/workloads/stream-beside-training.lua", NULL, 0);
    set_apart(SCENARIOS "/workloads/everything.lua", NULL, 0);
    set_apart(SCENARIOS "/workloads/everything.lua", &datagram, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_that_are_set_apart_change_no_record_of_any_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
