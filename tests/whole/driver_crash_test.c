/*
 * driver_crash_test.c -- the driver dies before its n-th effect, for every n that a scenario has.
 *
 * Each run is one crash more than the undisturbed one. The oracles judge it, jobs must end as they do undisturbed, and no
 * gang may be fenced more often: three seconds are less than anybody's patience, so they cost time and nothing else. Then
 * the same with an absence that outlasts every lease, and with a driver that dies again before its next effects.
 *
 * MUSTER_POINT=17 runs one point alone, and says what was found.
 */
#include "conf/conf.h"
#include "gang/gang.h"
#include "placer.h"
#include "scn/scn.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

enum { JOBS_MAX = 8 };

/* How long it is away; and how many effects it then lives to see before it dies once more, 0: it does not. */
struct manner {
    int64_t away_ns;
    int32_t again;
};

struct run {
    struct conf_judge *judge;
    uint64_t deaths, returns, fences, starts, ends;
    int64_t reason[JOBS_MAX];
    int64_t end_ns;
};

static void watch(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct run *run = ctx;
    conf_feed(run->judge, records, count, first);
    for (size_t i = 0; i < count; i++) {
        const struct trace_record *r = &records[i];
        run->deaths += r->kind == TRACE_DRIVER_DOWN;
        run->returns += r->kind == TRACE_DRIVER_UP;
        run->fences += r->kind == TRACE_FENCE;
        run->starts += r->kind == TRACE_START;
        if (r->kind == TRACE_JOB_DONE) {
            run->ends++;
            run->reason[r->job] = r->a;
            run->end_ns = r->at_ns;
        }
    }
}

static void *block(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    assert_non_null(memory);
    return memory;
}

static struct run simulate(struct plan *plan, struct conf_verdict *verdict)
{
    struct sim_options options = {
        .plan = plan, .core = gang_api(), .policy = gang_policy_strict(), .seed = 1, .audit_every = 1};
    struct conf_options judged = {.observes = sim_observes(), .two_phase = true};
    struct whole_placer placer;
    struct sim_err err = {0};
    struct run run = {0};
    bool ended = false;
    options.placer = whole_placer_open(&placer, plan);
    void *memory = block(sim_size(&options, &err)), *judge = block(conf_size(plan));
    struct sim *sim = sim_init(memory, sim_size(&options, &err), &options, &err);
    if (sim == NULL)
        fail_msg("%s", err.detail);
    run.judge = conf_init(judge, conf_size(plan), plan, &judged);
    sim_observer(sim, watch, &run);
    while (!ended)
        if (sim_run(sim, 1u << 16, &ended, &err) != SIM_OK)
            fail_msg("%s", err.detail);
    conf_finish(run.judge, verdict);
    scn_scheduler_free(placer.scheduler);
    free(judge);
    free(memory);
    return run;
}

static struct plan_act *add_crash(struct plan *plan, const char *when, int64_t away_ns)
{
    struct plan_act act = plan_act_blank();
    act.kind = PLAN_ACT_CRASH_DRIVER;
    act.amount = INT32_MAX;
    act.duration_ns = away_ns;
    act.when.kind = plan_name(plan, when);
    act.when.nth = 1;
    uint32_t index = plan_add_act(plan, &act); /* which may move them */
    return &plan->acts[index];
}

/* The scenario with an act or two more, the last of them from its first record on. */
static struct plan *load(const char *name, const struct manner *how)
{
    char path[512];
    struct scn_err scn_err;
    struct plan_err err;
    (void)snprintf(path, sizeof path, SCENARIOS "/%s.lua", name);
    struct plan *plan = scn_load(path, NULL, 0, NULL, NULL, &scn_err);
    if (plan == NULL)
        fail_msg("%s", scn_err.detail);
    assert_true(plan->job_count <= JOBS_MAX);
    if (how->again > 0)
        add_crash(plan, "driver-up", how->away_ns)->amount = how->again;
    (void)add_crash(plan, "up", how->away_ns);
    if (plan_check(plan, &err) != PLAN_OK)
        fail_msg("%s", err.detail);
    return plan;
}

/* What the scenario itself promises may take longer than it says. */
static bool is_right(const struct conf_verdict *v)
{
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        if (oracle != CONF_EXPECT && v->oracle[oracle] != CONF_PASS)
            return false;
    return true;
}

static bool ends_as(const struct run *run, const struct run *calm, const struct manner *how)
{
    bool is_short = how->away_ns < 10 * SECOND;
    return run->returns == run->deaths && (!is_short || run->fences <= calm->fences) &&
           run->ends == calm->ends && memcmp(run->reason, calm->reason, sizeof run->reason) == 0;
}

static bool examine(const char *name, uint32_t n, const struct run *run, const struct run *calm,
                    const struct manner *how, const struct conf_verdict *v, bool show)
{
    bool right = is_right(v) && ends_as(run, calm, how);
    for (uint32_t i = 0; i < v->finding_count && (!right || show); i++)
        print_message("%s, effect %u: %s at record %llu: %s\n", name, n, v->findings[i].rule,
                      (unsigned long long)v->findings[i].record, v->findings[i].sentence);
    if (!right || show)
        print_message("%s, effect %u: %llu fences of %llu, %llu ends of %llu, last at %lld of %lld ms\n",
                      name, n, (unsigned long long)run->fences, (unsigned long long)calm->fences,
                      (unsigned long long)run->ends, (unsigned long long)calm->ends,
                      (long long)(run->end_ns / 1000000), (long long)(calm->end_ns / 1000000));
    return right;
}

static void crash_everywhere(const char *name, const struct manner *how)
{
    struct plan *plan = load(name, how);
    struct plan_act *crash = &plan->acts[plan->act_count - 1];
    struct conf_verdict v;
    const char *point = getenv("MUSTER_POINT");
    uint32_t points = 0, wrong = 0, n = point != NULL ? (uint32_t)atoi(point) : 1;
    const struct run calm = simulate(plan, &v);
    assert_int_equal(calm.deaths, 0);
    assert_true(is_right(&v));
    for (bool more = true; more; n++) {
        crash->amount = (int32_t)n;
        const struct run run = simulate(plan, &v);
        more = run.deaths > 0 && point == NULL;
        points += run.deaths > 0;
        wrong += run.deaths > 0 && !examine(name, n, &run, &calm, how, &v, point != NULL);
    }
    print_message("%s: died before each of %u effects, %u wrong\n", name, points, wrong);
    assert_int_equal(wrong, 0);
    assert_true(point != NULL || points > 80);
    plan_free(plan);
}

static void everywhere(const struct manner *how)
{
    crash_everywhere("learn/01-mapreduce-vs-barrier", how);
    crash_everywhere("faults/crash-in-barrier", how);
    crash_everywhere("bugs/spark/u02-fetch-failure-leaves-siblings", how);
}

static void a_short_absence_costs_nothing_but_time_wherever_it_begins(void **state)
{
    (void)state;
    everywhere(&(struct manner){3 * SECOND, 0});
}

static void nor_does_a_second_one_while_it_takes_up_where_it_was(void **state)
{
    (void)state;
    for (int32_t again = 1; again <= 4; again++)
        everywhere(&(struct manner){SECOND, again});
}

static void a_long_one_costs_attempts_and_no_job(void **state)
{
    (void)state;
    everywhere(&(struct manner){300 * SECOND, 0});
}

/* A scheduler outside asks for slots in many steps, and gives them back. What it was asked when the driver died it is asked again,
 * and may decide otherwise. */
static void nor_with_a_scheduler_that_holds_launches_releases_and_evicts(void **state)
{
    static const char *const scenarios[] = {"schedulers/permit", "schedulers/reclaim", "schedulers/statement"};
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        crash_everywhere(scenarios[i], &(struct manner){3 * SECOND, 0});
        crash_everywhere(scenarios[i], &(struct manner){SECOND, 1});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_absence_costs_nothing_but_time_wherever_it_begins),
        cmocka_unit_test(nor_does_a_second_one_while_it_takes_up_where_it_was),
        cmocka_unit_test(nor_with_a_scheduler_that_holds_launches_releases_and_evicts),
        cmocka_unit_test(a_long_one_costs_attempts_and_no_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
