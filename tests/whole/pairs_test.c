/*
 * pairs_test.c -- every kind of act right after every other, on the same machine, its link and a task on it.
 *
 * Whatever the two are and however near they come, nothing asserts, the run ends, and strict keeps every rule; of another policy
 * only the history must be possible. A variant says after which record they come, how soon the second follows, which way links
 * suffer, for how long things last and whether links are datagrams. By default each pair is tried in two of them, not the
 * same ones for each; MUSTER_PAIRS=20 takes twenty, =all all of them; MUSTER_PAIRS="crash pause 17" is that one alone, and
 * shows its plan.
 */
#include "conf/conf.h"
#include "gang/gang.h"
#include "simulate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)

enum {
    BASES = 6,
    DELAYS = 6,
    WAYS = 3,
    LENGTHS = 3,
    VARIANTS = BASES * DELAYS * WAYS * LENGTHS * 2,
    USUALLY = 2
};

struct variant {
    uint32_t base, delay, way, length;
    bool datagram;
};

static struct variant variant_of(uint32_t number)
{
    return (struct variant){.base = number % BASES,
                            .delay = number / BASES % DELAYS,
                            .way = number / (BASES * DELAYS) % WAYS,
                            .length = number / (BASES * DELAYS * WAYS) % LENGTHS,
                            .datagram = number / (BASES * DELAYS * WAYS * LENGTHS) != 0};
}

/* ---- the plan: a gang that is hurt, a job that shuffles, and one more */
static uint32_t computing(struct plan *plan, int64_t lo, int64_t hi)
{
    const struct plan_dist dist = {.kind = PLAN_DIST_UNIFORM, .lo = lo, .hi = hi};
    return plan_add_dist(plan, &dist);
}

static void add_stage(struct plan *plan, uint32_t job, const char *name, bool barrier,
                      uint32_t tasks, uint64_t shuffles, uint32_t gpu_milli,
                      const struct plan_op *ops, uint32_t count)
{
    const struct plan_profile need = {.cores = 1, .gpu_milli = gpu_milli};
    struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, name),
                                                   barrier ? PLAN_STAGE_BARRIER : PLAN_STAGE_MAPREDUCE, tasks);
    stage.profile = plan_add_profile(plan, &need);
    stage.program = plan_add_program(plan, "", ops, count);
    stage.parents = shuffles;
    stage.shuffles = shuffles;
    plan_add_stage(plan, &stage);
}

static void add_jobs(struct plan *plan)
{
    const uint32_t step = computing(plan, 300 * MS, 700 * MS),
                   once = computing(plan, 1 * SECOND, 3 * SECOND);
    const struct plan_op fit[] = {{.code = PLAN_OP_LOOP, .to = 5, .value = 8},
                                  {.code = PLAN_OP_COMPUTE, .dist = step},
                                  {.code = PLAN_OP_ALL_GATHER, .value = 64},
                                  {.code = PLAN_OP_CHECKPOINT},
                                  {.code = PLAN_OP_BARRIER},
                                  {.code = PLAN_OP_NEXT, .to = 0}};
    const struct plan_op map[] = {{.code = PLAN_OP_COMPUTE, .dist = once},
                                  {.code = PLAN_OP_OUTPUT, .value = 100}};
    const struct plan_op reduce[] = {{.code = PLAN_OP_FETCH, .value = 1000},
                                     {.code = PLAN_OP_COMPUTE, .dist = once},
                                     {.code = PLAN_OP_BARRIER}};
    const struct plan_op late[] = {{.code = PLAN_OP_COMPUTE, .dist = once},
                                   {.code = PLAN_OP_BARRIER}};
    uint32_t train = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, "train")});
    add_stage(plan, train, "fit", true, 4, 0, 1000, fit, 6);
    uint32_t etl = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, "etl")});
    add_stage(plan, etl, "map", false, 3, 0, 0, map, 2);
    add_stage(plan, etl, "reduce", true, 2, 1, 0, reduce, 3);
    uint32_t more = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, "late"),
                                                          .submit_ns = 6 * SECOND,
                                                          .priority = 1});
    add_stage(plan, more, "fit", true, 2, 0, 0, late, 2);
}

static struct plan *empty_plan(bool datagram)
{
    struct plan *plan = plan_new();
    assert_non_null(plan);
    plan->setting[PLAN_SET_HEARTBEAT] = 2 * SECOND;
    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = 12 * SECOND;
    plan->setting[PLAN_SET_SYNC_TIMEOUT] = 40 * SECOND;
    plan->setting[PLAN_SET_RELEASE_WAIT] = 8 * SECOND;
    plan->setting[PLAN_SET_KILL_GRACE] = 2 * SECOND;
    plan->setting[PLAN_SET_HEAL_AFTER] = 60 * SECOND;
    plan->setting[PLAN_SET_ATTEMPTS] = 20;
    plan->setting[PLAN_SET_ADMISSION_FAILURES] = 1000;
    plan->setting[PLAN_SET_CONNECTION_TIMEOUT] = 9 * SECOND;
    plan->setting[PLAN_SET_EXCLUDE_TIME] = 20 * SECOND;
    plan->setting[PLAN_SET_VIRTUAL] = 3600 * SECOND;
    plan->setting[PLAN_SET_LATENCY] = 1 * MS;
    plan->setting[PLAN_SET_DATAGRAM] = datagram;
    for (int i = 0; i < 3; i++)
        plan_add_executor(plan, &(struct plan_executor){.cores = 4, .memory_mib = 1024, .gpus = 2});
    add_jobs(plan);
    return plan;
}

static bool needs_datagram(uint32_t kind)
{
    return kind == PLAN_ACT_LOSE || kind == PLAN_ACT_DOUBLE || kind == PLAN_ACT_REORDER;
}

static int32_t amount_of(uint32_t kind, const struct variant *v)
{
    switch (kind) {
    case PLAN_ACT_SLOW:
        return 300;
    case PLAN_ACT_DRIFT:
        return v->way == 1 ? -400 : 400;
    case PLAN_ACT_TAKE:
        return 1;
    case PLAN_ACT_LOSE:
    case PLAN_ACT_DOUBLE:
    case PLAN_ACT_REORDER:
        return 400;
    case PLAN_ACT_CRASH_DRIVER:
        return v->way == 0 ? 0 : (int32_t)(3 * v->way - 2);
    default:
        return 0;
    }
}

/* The gang's first rank is on the first executor, which is where machines and links are hurt. */
static void add_act(struct plan *plan, uint32_t kind, const struct variant *v, int64_t after_ns)
{
    static const char *const bases[BASES] = {"reserve-ack", "start",      "arrive",
                                             "release",     "checkpoint", "free"};
    static const uint32_t nth[BASES] = {1, 2, 6, 5, 7, 2};
    static const int64_t lasts_ns[LENGTHS] = {500 * MS, 4 * SECOND, 25 * SECOND};
    struct plan_act act = plan_act_blank();
    act.kind = kind;
    act.when.kind = plan_name(plan, bases[v->base]);
    act.when.nth = nth[v->base];
    act.at_ns = after_ns;
    act.duration_ns =
        kind == PLAN_ACT_CLOG || kind == PLAN_ACT_REORDER ? 30 * MS : lasts_ns[v->length];
    act.amount = amount_of(kind, v);
    switch (plan_act_target(kind)) {
    case PLAN_TARGET_TASK:
        act.job = act.stage = act.rank = 0;
        break;
    case PLAN_TARGET_LINK:
        act.way = v->way;
        act.executor = 0;
        if (kind == PLAN_ACT_REFUSE || (v->base % 2 == 1 && !needs_datagram(kind)))
            act.peer = 1; /* the link to another executor, not to the driver */
        break;
    case PLAN_TARGET_EXECUTOR:
        act.executor = 0;
        act.for_good = kind == PLAN_ACT_CRASH && v->way == 2;
        break;
    case PLAN_TARGET_JOB:
        act.job = kind == PLAN_ACT_SUBMIT ? 2 : 0;
        break;
    case PLAN_TARGET_DRIVER:
        break;
    }
    if (kind == PLAN_ACT_SUBMIT)
        plan->jobs[2].submit_ns = PLAN_NEVER;
    plan_add_act(plan, &act);
}

static struct plan *plan_of_pair(uint32_t first, uint32_t second, uint32_t number)
{
    static const int64_t delays_ns[DELAYS] = {0, 1, 1 * MS, 400 * MS, 3 * SECOND, 15 * SECOND};
    struct variant v = variant_of(number);
    struct plan_err err;
    struct plan *plan = empty_plan(v.datagram || needs_datagram(first) || needs_datagram(second));
    add_act(plan, first, &v, 100 * MS);
    add_act(plan, second, &v, 100 * MS + delays_ns[v.delay]);
    plan->setting[PLAN_SET_CLOCK_OFFSET] = number % 2 * 1000 * PLAN_DAY;
    if (number % 7 == 0) /* then the second does not happen, unless it hurts what is hurt */
        plan->setting[PLAN_SET_BUDGET_MACHINES] = plan->setting[PLAN_SET_BUDGET_LINKS] =
            plan->setting[PLAN_SET_BUDGET_TASKS] = plan->setting[PLAN_SET_BUDGET_DRIVER] = 1;
    if (plan_check(plan, &err) != PLAN_OK)
        fail_msg("%s %s %u: %s", plan_act_text(first), plan_act_text(second), number, err.detail);
    return plan;
}

/* ---- a run */
struct run {
    struct conf_judge *judge;
    const struct plan *plan;
};
static uint64_t second_fired[PLAN_ACT_LIMIT], withheld;

static void watch(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct run *run = ctx;
    conf_feed(run->judge, records, count, first);
    for (size_t i = 0; i < count; i++) {
        const struct trace_record *r = &records[i];
        bool of_act = (r->kind == TRACE_FAULT || r->kind == TRACE_HEAL) && r->a == 1;
        withheld += of_act && r->flags != 0;
        second_fired[run->plan->acts[1].kind] += of_act && r->flags == 0;
        second_fired[PLAN_ACT_CANCEL] += r->kind == TRACE_CANCEL;
        second_fired[PLAN_ACT_SUBMIT] += r->kind == TRACE_SUBMIT && r->job == 2;
    }
}

static void simulate(const struct plan *plan, const struct gang_policy *policy,
                     struct conf_verdict *verdict)
{
    struct conf_options judged = {.observes = sim_observes(),
                                  .two_phase = policy->axis[GANG_AXIS_LAUNCH] == 0};
    void *memory = aligned_alloc(64, (conf_size(plan) + 63) & ~(size_t)63);
    assert_non_null(memory);
    struct run run = {conf_init(memory, conf_size(plan), plan, &judged), plan};
    assert_true(whole_simulate(
        (struct sim_options){.plan = plan, .policy = *policy, .seed = 1, .audit_every = 1}, watch, &run, NULL));
    conf_finish(run.judge, verdict);
    free(memory);
}

/* Nothing looks after a task that hangs and for which nobody waits. */
static bool is_right(const struct conf_verdict *v, bool strict, bool hangs)
{
    if (!strict)
        return v->oracle[CONF_HIS] == CONF_PASS;
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        if (v->oracle[oracle] != CONF_PASS && !(oracle == CONF_PRG && hangs))
            return false;
    return true;
}

static void show(const struct plan *plan, const struct conf_verdict *v, const char *what)
{
    if (plan != NULL)
        plan_write(plan, stdout, NULL);
    for (uint32_t i = 0; i < v->finding_count; i++)
        print_message("%s: %s at record %lu: %s\n", what, v->findings[i].rule,
                      (unsigned long)v->findings[i].record, v->findings[i].sentence);
}

/* 0: right under both policies. */
static unsigned try_pair(uint32_t first, uint32_t second, uint32_t number, bool shown)
{
    const struct gang_policy policies[] = {gang_policy_strict(), gang_policy_spark()};
    struct plan *plan = plan_of_pair(first, second, number);
    unsigned wrong = 0;
    for (int i = 0; i < 2; i++) {
        struct conf_verdict verdict;
        char what[96];
        (void)snprintf(what, sizeof what, "%s %s %u under %s", plan_act_text(first),
                       plan_act_text(second), number, i == 0 ? "strict" : "spark");
        if (shown)
            print_message("%s\n", what);
        simulate(plan, &policies[i], &verdict);
        bool right =
            is_right(&verdict, i == 0, first == PLAN_ACT_HANG_TASK || second == PLAN_ACT_HANG_TASK);
        if (!right || shown)
            show(shown && i == 0 ? plan : NULL, &verdict, what);
        wrong += !right;
    }
    plan_free(plan);
    return wrong;
}

static bool asked_for_one(const char *asked, unsigned *wrong)
{
    char first[32], second[32];
    uint32_t number;
    if (asked == NULL || sscanf(asked, "%31s %31s %u", first, second, &number) != 3)
        return false;
    assert_true(number < VARIANTS && plan_act_parse(first) != 0 && plan_act_parse(second) != 0);
    *wrong = try_pair(plan_act_parse(first), plan_act_parse(second), number, true);
    return true;
}

/* Variants of each pair: the default, a number, or all. */
static uint32_t variants_asked_for(const char *asked)
{
    unsigned long count = asked == NULL ? USUALLY : strtoul(asked, NULL, 10);
    return count > 0 && count < VARIANTS ? (uint32_t)count : VARIANTS;
}

/* Of two acts of one kind both are tried: whatever it is, it can befall somebody twice. But a job is submitted once. */
static void no_two_acts_that_come_together_break_anything(void **state)
{
    (void)state;
    const char *asked = getenv("MUSTER_PAIRS");
    unsigned wrong = 0;
    if (!asked_for_one(asked, &wrong))
        for (uint32_t first = 1; first < PLAN_ACT_LIMIT; first++)
            for (uint32_t second = 1; second < PLAN_ACT_LIMIT; second++) {
                uint32_t count = variants_asked_for(asked), from = (first * 131 + second * 37) * 7;
                if (first == PLAN_ACT_SUBMIT && second == PLAN_ACT_SUBMIT)
                    continue;
                for (uint32_t i = 0; i < count;
                     i++) /* 211 and VARIANTS have no divisor in common */
                    wrong += try_pair(first, second, (from + 211 * i) % VARIANTS, false);
            }
    assert_int_equal(wrong, 0);
    for (uint32_t kind = 1; kind < PLAN_ACT_LIMIT && (asked == NULL || strchr(asked, ' ') == NULL);
         kind++)
        if (second_fired[kind] == 0)
            fail_msg("%s never happened behind another act", plan_act_text(kind));
    assert_true(asked != NULL || withheld > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_acts_that_come_together_break_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
