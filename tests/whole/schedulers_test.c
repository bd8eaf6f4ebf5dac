/*
 * schedulers_test.c -- the library's schedulers in the worlds of the library's faults: whatever happens there, no rule of safety is
 * broken, and nothing of ours breaks.
 *
 * A scenario was written for the built-in placer, so what it expects is not looked at, nor whether all ends: a quota may be less
 * than what a job needs. Everything else is a bug of the core, the simulator, an oracle or that scheduler.
 */
#define _POSIX_C_SOURCE 200809L
#include "conf/conf.h"
#include "gang/gang.h"
#include "scn/scn.h"
#include "sim/sim.h"
#include "simulate.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR (3600 * PLAN_SECOND)

enum { CRASHES_MAX = 12 };

static void watch(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    conf_feed(ctx, records, count, first);
}

static bool is_ours(const struct conf_finding *f)
{
    return f->outcome == CONF_FAIL && f->oracle != CONF_EXPECT && f->oracle != CONF_STV &&
           f->oracle != CONF_PRG;
}

/* How many findings are. */
static uint32_t judge(const struct plan *plan, const char *scheduler, const char *scenario,
                      int32_t effect)
{
    struct sim_options options = {
        .plan = plan, .policy = gang_policy_strict(), .seed = 1, .audit_every = 16};
    struct conf_options judged = {.observes = sim_observes(), .two_phase = true};
    static struct conf_verdict v;
    uint32_t wrong = 0;
    void *memory = aligned_alloc(64, (conf_size(plan) + 63) & ~(size_t)63);
    assert_non_null(memory);
    struct conf_judge *j = conf_init(memory, conf_size(plan), plan, &judged);
    (void)whole_simulate(options, watch, j, NULL);
    conf_finish(j, &v);
    for (uint32_t i = 0; i < v.finding_count; i++) {
        if (!is_ours(&v.findings[i]))
            continue;
        print_message("%s with %s, effect %d: %s at record %llu: %s\n", scenario, scheduler, effect,
                      v.findings[i].rule, (unsigned long long)v.findings[i].record,
                      v.findings[i].sentence);
        wrong++;
    }
    free(memory);
    return wrong;
}

static void find(glob_t *found, const char *pattern)
{
    if (glob(pattern, 0, NULL, found) != 0)
        fail_msg("nothing is there: %s", pattern);
}

/* The driver dies before its n-th effect from the first plan on, and is back after three seconds. 0: it lives. */
static void add_crash(struct plan *plan, int32_t effect)
{
    struct plan_act act = plan_act_blank();
    if (effect == 0)
        return;
    act.kind = PLAN_ACT_CRASH_DRIVER;
    act.amount = effect;
    act.duration_ns = 3 * PLAN_SECOND;
    act.when.kind = plan_name(plan, "plan");
    act.when.nth = 1;
    (void)plan_add_act(plan, &act);
}

static uint32_t run(const char *scenario, const char *scheduler, int32_t effect)
{
    struct scn_err scn_err;
    struct plan_err err;
    struct plan *plan = scn_load(scenario, NULL, 0, NULL, NULL, &scn_err);
    if (plan == NULL)
        fail_msg("%s", scn_err.detail);
    if (scn_scheduler_attach(plan, scheduler, NULL, 0, &scn_err) != SCN_OK)
        fail_msg("%s", scn_err.detail);
    plan->setting[PLAN_SET_VIRTUAL] = HOUR; /* who hangs may do so for thirty days, and ask each second */
    add_crash(plan, effect);
    if (plan_check(plan, &err) != PLAN_OK)
        fail_msg("%s", err.detail);
    uint32_t wrong = judge(plan, scheduler, scenario, effect);
    plan_free(plan);
    return wrong;
}

static void through_all_faults(const char *scheduler, int32_t effect)
{
    glob_t faults;
    uint32_t wrong = 0;
    find(&faults, SCENARIOS "/faults/*.lua");
    for (size_t i = 0; i < faults.gl_pathc; i++)
        wrong += run(faults.gl_pathv[i], scheduler, effect);
    globfree(&faults);
    assert_int_equal(wrong, 0);
}

static void no_scheduler_of_the_library_breaks_safety_under_a_fault(void **state)
{
    glob_t schedulers;
    (void)state;
    find(&schedulers, SCENARIOS "/schedulers/*.lua");
    assert_true(schedulers.gl_pathc >= 9);
    for (size_t i = 0; i < schedulers.gl_pathc; i++)
        through_all_faults(schedulers.gl_pathv[i], 0);
    globfree(&schedulers);
}

/* Each launch is many plans, and the word to go is one without a place. */
static void nor_does_one_that_holds_a_task_at_a_time(void **state)
{
    (void)state;
    through_all_faults(HERE "/one_by_one.lua", 0);
}

static void nor_when_the_driver_dies_on_top_of_it(void **state)
{
    (void)state;
    for (int32_t effect = 1; effect <= CRASHES_MAX; effect++) {
        through_all_faults(HERE "/one_by_one.lua", effect);
        through_all_faults(SCENARIOS "/schedulers/permit.lua", effect);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_scheduler_of_the_library_breaks_safety_under_a_fault),
        cmocka_unit_test(nor_does_one_that_holds_a_task_at_a_time),
        cmocka_unit_test(nor_when_the_driver_dies_on_top_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
