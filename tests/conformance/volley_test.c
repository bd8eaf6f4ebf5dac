/*
 * volley_test.c -- several faults at nearly the same time, where it hurts: within a latency of a launch, a release, a fence.
 *
 * Each plan has a few volleys. A volley waits for a record and then does up to three things to machines, links and tasks, a
 * moment apart. In every third plan the driver dies among all that, tasks hang, and gangs also do what the scheduler does not
 * see: they meet, and reduce, and hand over; there may be a service beside them. Strict keeps every rule, on streams and on datagrams; any other policy keeps its books. MUSTER_VOLLEYS=17..17
 * runs that plan alone, prints it and says what was found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plans.h"
#include "sim/sim.h"
#include "support.h"


/* ---- runs */
static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    conf_feed(((struct judged *)ctx)->judge, records, count, first);
}

static void simulate(unsigned long number, struct plan *plan, const struct gang_policy *policy,
                     struct conf_verdict *verdict)
{
    struct sim_options options = {
        .plan = plan, .core = gang_api(), .policy = *policy, .seed = number, .audit_every = 1};
    struct history shape = {
        .plan = plan, .observes = sim_observes(), .two_phase = policy->axis[GANG_AXIS_LAUNCH] == 0};
    struct sim_err err = {0};
    bool ended = false;
    size_t size = sim_size(&options, &err);
    void *memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
    assert_non_null(memory);
    struct sim *sim = size == 0 ? NULL : sim_init(memory, size, &options, &err);
    if (sim == NULL)
        fail_msg("plan %lu: %s", number, err.detail);
    struct judged judged = judge_open(&shape);
    sim_observer(sim, observe, &judged);
    if (sim_run(sim, UINT64_MAX, &ended, &err) != SIM_OK || !ended)
        fail_msg("plan %lu: %s", number, err.detail);
    conf_finish(judged.judge, verdict);
    judge_close(&judged);
    free(memory);
}

/* Whether this oracle must pass, or may not fail. */
static bool is_broken(const struct plan *plan, const struct conf_verdict *v, unsigned oracle,
                      bool strict)
{
    if (strict && oracle == CONF_PRG && plan_may_hang(plan))
        return false;
    if (strict && oracle == CONF_PRG && (volley_may_wait(plan) || plan_gives_up(plan)))
        return v->oracle[oracle] == CONF_FAIL;
    if (strict)
        return v->oracle[oracle] != CONF_PASS;
    return oracle == CONF_HIS && v->oracle[oracle] == CONF_FAIL;
}

static bool judge_plan(unsigned long number, struct plan *plan, const struct gang_policy *policy,
                       bool strict)
{
    struct conf_verdict v;
    bool broken = false;
    simulate(number, plan, policy, &v);
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        broken |= is_broken(plan, &v, oracle, strict);
    for (uint32_t i = 0; i < v.finding_count; i++)
        if (is_broken(plan, &v, v.findings[i].oracle, strict))
            print_message("plan %lu: %s at record %lu: %s\n", number, v.findings[i].rule,
                          (unsigned long)v.findings[i].record, v.findings[i].sentence);
    return !broken;
}

static void range_of(unsigned long *from, unsigned long *to)
{
    const char *range = getenv("MUSTER_VOLLEYS");
    if (range != NULL)
        assert_int_equal(sscanf(range, "%lu..%lu", from, to), 2);
}

static void strict_keeps_every_rule(void **state)
{
    (void)state;
    unsigned long from = 1, to = 2000, wrong = 0;
    const struct gang_policy strict = gang_policy_strict();
    range_of(&from, &to);
    for (unsigned long number = from; number <= to; number++) {
        struct plan *plan = volley_plan(number, false);
        if (from == to)
            plan_write(plan, stdout, NULL);
        wrong += !judge_plan(number, plan, &strict, true);
        plan_free(plan);
    }
    assert_int_equal(wrong, 0);
}

static void every_policy_keeps_its_books(void **state)
{
    (void)state;
    unsigned long from = 1, to = 1000, wrong = 0;
    range_of(&from, &to);
    for (unsigned long number = from; number <= to; number++) {
        struct plan *plan = volley_plan(number, true); /* only strict claims datagrams */
        struct gang_policy policy = gang_policy_strict();
        for (int i = 0; i < GANG_AXIS_COUNT; i++)
            policy.axis[i] = dice(4) == 0;
        for (int i = 0; from == to && i < GANG_AXIS_COUNT; i++)
            if (policy.axis[i])
                print_message("%s=%s\n", gang_axis_text((enum gang_axis)i),
                              gang_axis_value((enum gang_axis)i, 1));
        wrong += !judge_plan(number, plan, &policy, false);
        plan_free(plan);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_keeps_every_rule),
        cmocka_unit_test(every_policy_keeps_its_books),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
