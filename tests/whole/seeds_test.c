/*
 * seeds_test.c -- scenarios/workloads/everything.lua under many seeds: no rule is broken, and every fault there is happens.
 *
 * The plan is the same for all seeds; what a compute takes differs, and so what each fault meets. MUSTER_SEEDS=1..10000 runs
 * those seeds, and prints how fast and what happened how often. A seed that is wrong can be looked at with
 * muster run scenarios/workloads/everything.lua --seed N.
 */
#include "conf/conf.h"
#include "gang/gang.h"
#include "scn/scn.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { ALIGNMENT = 64, SEEDS_BY_DEFAULT = 200, AUDIT_EVERY = 16 };

/* One plan, and the memory that all its runs use. */
struct story {
    struct plan *plan;
    struct sim_options options;
    size_t sim_bytes, judge_bytes;
    void *sim_memory, *judge_memory;
    struct conf_judge *judge;           /* of the present run */
    uint64_t fired[PLAN_ACT_LIMIT];     /* over all seeds: acts that changed something */
    uint64_t runs_with[PLAN_ACT_LIMIT]; /* seeds in which it did at least once */
    uint64_t now[PLAN_ACT_LIMIT];       /* in the present run */
    uint64_t records;
};

static void *memory_of(size_t bytes)
{
    void *memory = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    assert_non_null(memory);
    return memory;
}

static void open_story(struct story *s, const char *datagram)
{
    const struct scn_param param = {.name = "datagram", .value = datagram};
    struct scn_err scn_err;
    struct sim_err err = {0};
    *s = (struct story){
        .plan = scn_load(SCENARIOS "/workloads/everything.lua", &param, 1, NULL, NULL, &scn_err)};
    if (s->plan == NULL)
        fail_msg("%s", scn_err.detail);
    s->options = (struct sim_options){.plan = s->plan,
                                      .core = gang_api(),
                                      .policy = gang_policy_strict(),
                                      .audit_every = AUDIT_EVERY};
    s->sim_bytes = sim_size(&s->options, &err);
    if (s->sim_bytes == 0)
        fail_msg("%s", err.detail);
    s->judge_bytes = conf_size(s->plan);
    s->sim_memory = memory_of(s->sim_bytes);
    s->judge_memory = memory_of(s->judge_bytes);
}

static void close_story(struct story *s)
{
    free(s->judge_memory);
    free(s->sim_memory);
    plan_free(s->plan);
}

/* What takes a fault back is not that fault once more; but restarts and mends are acts themselves. */
static bool is_taken_back(const struct plan_act *act)
{
    return act->kind == PLAN_ACT_RESTART || act->kind == PLAN_ACT_MEND;
}

/* The kind of the act that this record is of; PLAN_ACT_LIMIT: of none. */
static uint32_t act_of(const struct plan *plan, const struct trace_record *r)
{
    switch (r->kind) {
    case TRACE_FAULT:
        return r->flags == 0 ? plan->acts[r->a].kind : PLAN_ACT_LIMIT;
    case TRACE_HEAL:
        return is_taken_back(&plan->acts[r->a]) ? plan->acts[r->a].kind : PLAN_ACT_LIMIT;
    case TRACE_SUBMIT:
        return plan->jobs[r->job].submit_ns == PLAN_NEVER ? PLAN_ACT_SUBMIT : PLAN_ACT_LIMIT;
    case TRACE_CANCEL: /* services are cancelled by nobody */
        return plan->jobs[r->job].kind != PLAN_JOB_SERVICE ? PLAN_ACT_CANCEL : PLAN_ACT_LIMIT;
    default:
        return PLAN_ACT_LIMIT;
    }
}

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct story *s = ctx;
    conf_feed(s->judge, records, count, first);
    for (size_t i = 0; i < count; i++) {
        uint32_t kind = act_of(s->plan, &records[i]);
        if (kind < PLAN_ACT_LIMIT)
            s->now[kind]++;
    }
}

static void add_up(struct story *s, const struct sim *sim)
{
    s->records += sim_records(sim);
    for (uint32_t kind = 0; kind < PLAN_ACT_LIMIT; kind++) {
        s->fired[kind] += s->now[kind];
        s->runs_with[kind] += s->now[kind] > 0;
    }
}

/* True if nothing was wrong. */
static bool run_seed(struct story *s, uint64_t seed)
{
    const struct conf_options judge = {.observes = sim_observes(), .two_phase = true};
    struct conf_verdict verdict;
    struct sim_err err = {0};
    bool ended = false;
    s->options.seed = seed;
    struct sim *sim = sim_init(s->sim_memory, s->sim_bytes, &s->options, &err);
    if (sim == NULL)
        fail_msg("seed %lu: %s", (unsigned long)seed, err.detail);
    memset(s->now, 0, sizeof s->now);
    s->judge = conf_init(s->judge_memory, s->judge_bytes, s->plan, &judge);
    sim_observer(sim, observe, s);
    if (sim_run(sim, UINT64_MAX, &ended, &err) != SIM_OK || !ended)
        fail_msg("seed %lu: %s", (unsigned long)seed, err.detail);
    conf_finish(s->judge, &verdict);
    add_up(s, sim);
    for (uint32_t i = 0; i < verdict.finding_count; i++)
        print_message("seed %lu: %s at record %lu: %s\n", (unsigned long)seed,
                      verdict.findings[i].rule, (unsigned long)verdict.findings[i].record,
                      verdict.findings[i].sentence);
    return verdict.outcome == CONF_PASS;
}

/* Which acts the plan has; each of them must fire. */
static bool has_act(const struct plan *plan, uint32_t kind)
{
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (plan->acts[i].kind == kind)
            return true;
    return false;
}

static unsigned long check_acts(const struct story *s, bool tell, unsigned long seeds)
{
    unsigned long missing = 0;
    for (uint32_t kind = 1; kind < PLAN_ACT_LIMIT; kind++) {
        if (!has_act(s->plan, kind))
            continue;
        if (tell)
            print_message("%-12s fired %8lu times, in %6lu of %lu runs\n", plan_act_text(kind),
                          (unsigned long)s->fired[kind], (unsigned long)s->runs_with[kind], seeds);
        if (s->fired[kind] == 0) {
            print_message("%s never happened\n", plan_act_text(kind));
            missing++;
        }
    }
    return missing;
}

static void run_seeds(const char *datagram)
{
    struct story s;
    unsigned long from = 1, to = SEEDS_BY_DEFAULT, wrong = 0;
    const char *range = getenv("MUSTER_SEEDS");
    if (range != NULL)
        assert_int_equal(sscanf(range, "%lu..%lu", &from, &to), 2);
    open_story(&s, datagram);
    clock_t begin = clock();
    for (unsigned long seed = from; seed <= to; seed++)
        wrong += !run_seed(&s, seed);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    if (range != NULL)
        print_message(
            "datagram=%s: %lu seeds, %lu wrong, %.0f seeds/s and %.0f records/s on one core\n",
            datagram, to - from + 1, wrong, (double)(to - from + 1) / seconds,
            (double)s.records / seconds);
    unsigned long missing = check_acts(&s, range != NULL, to - from + 1);
    close_story(&s);
    assert_int_equal(wrong, 0);
    if (to - from + 1 >= SEEDS_BY_DEFAULT)
        assert_int_equal(missing, 0);
}

static void on_streams(void **state)
{
    (void)state;
    run_seeds("false");
}

static void on_datagrams(void **state)
{
    (void)state;
    run_seeds("true");
}

/* Else "everything" would be too much to say. */
static void between_them_they_have_every_act(void **state)
{
    (void)state;
    struct story streams, datagrams;
    open_story(&streams, "false");
    open_story(&datagrams, "true");
    for (uint32_t kind = 1; kind < PLAN_ACT_LIMIT; kind++)
        if (!has_act(streams.plan, kind) && !has_act(datagrams.plan, kind))
            fail_msg("%s is in neither", plan_act_text(kind));
    close_story(&streams);
    close_story(&datagrams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_them_they_have_every_act),
        cmocka_unit_test(on_streams),
        cmocka_unit_test(on_datagrams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
