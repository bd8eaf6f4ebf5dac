/*
 * scale.c -- what an event costs on small and on large clusters, and whether a gang of a million tasks runs.
 *
 * Two measurements, each of the simulator with the real core, the chain and all oracles:
 *   sizes   8, 100, 1,000 and 10,000 executors of 8 slots, with the same work for each executor: gangs of 16 tasks, ten
 *           computes and barriers each, so many that the cluster is full ten times over. Printed: ns an event, and the ratio to
 *           8 executors. Small clusters run again and again until a second is over.
 *   gang    one gang of 10 tasks an executor on 100,000 executors: it launches, passes ten barriers and ends. Printed: the
 *           time, and the bytes of the world's one block for each task.
 * Each run is a process of its own, and its CPU time is what counts. Only the ratios say much, and only of one run on a quiet machine.
 *
 * usage: scale [sizes [EXECUTORS] | gang [EXECUTORS]]     sizes with a number: that size alone, for a profiler
 */
#define _DEFAULT_SOURCE /* madvise */
#include "apart.h"
#include "conf/conf.h"
#include "sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 8, GANG = 16, WAVES = 10, ROUNDS = 10 };
static const int64_t MS = 1000000;

struct result {
    double seconds;
    uint64_t events, records;
    size_t bytes, judge_bytes;
};

static void *need(void *memory)
{
    if (memory != NULL)
        return memory;
    fputs("scale: out of memory\n", stderr);
    exit(70);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* neighbours slow caches down, but do not count */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void add_gang(struct plan *plan, uint32_t number, uint32_t tasks, int64_t submit_ns,
                     uint32_t profile, uint32_t program)
{
    char name[24];
    (void)snprintf(name, sizeof name, "job%" PRIu32, number);
    struct plan_job job = {.name = plan_name(plan, name), .submit_ns = submit_ns};
    struct plan_stage stage =
        plan_stage_rigid(plan_add_job(plan, &job), plan_name(plan, "gang"), PLAN_STAGE_BARRIER, tasks);
    stage.profile = profile;
    stage.program = program;
    if (plan_add_stage(plan, &stage) == PLAN_NONE)
        need(NULL);
}

static struct plan *make_plan(uint32_t executors, uint32_t slots, uint32_t gangs, uint32_t tasks)
{
    struct plan *plan = need(plan_new());
    struct plan_executor host = {.cores = slots};
    struct plan_profile slot = {.cores = 1};
    struct plan_dist compute = {.kind = PLAN_DIST_UNIFORM, .lo = 500 * MS, .hi = 1500 * MS};
    for (uint32_t i = 0; i < executors; i++)
        plan_add_executor(plan, &host);
    struct plan_op ops[] = {
        {.code = PLAN_OP_LOOP, .to = 3, .value = ROUNDS},
        {.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &compute)},
        {.code = PLAN_OP_BARRIER},
        {.code = PLAN_OP_NEXT, .to = 0},
        {.code = PLAN_OP_END},
    };
    uint32_t program = plan_add_program(plan, "rounds", ops, 5);
    uint32_t profile = plan_add_profile(plan, &slot);
    /* A wave takes some 15 s; that many gangs come in that time. */
    for (uint32_t i = 0; i < gangs; i++)
        add_gang(plan, i, tasks, (int64_t)i * 15000 * MS * tasks / ((int64_t)executors * slots),
                 profile, program);
    struct plan_err err;
    if (plan_check(plan, &err) != PLAN_OK) {
        fprintf(stderr, "scale: %s\n", err.detail);
        exit(70);
    }
    return plan;
}

/* As the command does it: a large block in large pages, where the system has them to give. */
static void *aligned(size_t bytes)
{
    size_t page = bytes >= (size_t)4 << 20 ? (size_t)2 << 20 : 64, size = (bytes + page - 1) & ~(page - 1);
    void *memory = need(aligned_alloc(page, size));
#ifdef MADV_HUGEPAGE
    if (page > 64)
        (void)madvise(memory, size, MADV_HUGEPAGE);
#endif
    return memory;
}

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    conf_feed(ctx, records, count, first);
}

static void run(const struct plan *plan, struct result *result)
{
    struct sim_options options = {
        .plan = plan, .core = gang_api(), .policy = gang_policy_strict(), .seed = 1};
    struct conf_options claims = {.observes = sim_observes(), .two_phase = true};
    struct sim_err err = {.detail = "no memory"};
    static struct conf_verdict verdict;
    bool ended = false;
    size_t bytes = sim_size(&options, &err);
    void *memory = bytes == 0 ? NULL : aligned(bytes), *judged = aligned(conf_size(plan));
    struct conf_judge *judge = conf_init(judged, conf_size(plan), plan, &claims);
    struct sim *sim = memory == NULL ? NULL : sim_init(memory, bytes, &options, &err);
    if (sim != NULL)
        sim_observer(sim, observe, judge);
    if (sim == NULL || sim_run(sim, UINT64_MAX, &ended, &err) != SIM_OK) {
        fprintf(stderr, "scale: %s\n", err.detail);
        exit(70);
    }
    conf_finish(judge, &verdict);
    if (verdict.outcome != CONF_PASS) {
        fprintf(stderr, "scale: %s: %s\n", verdict.findings[0].rule, verdict.findings[0].sentence);
        exit(1);
    }
    result->events += sim_events(sim);
    result->records += sim_records(sim);
    result->bytes = bytes;
    result->judge_bytes = conf_size(plan);
    free(memory);
    free(judged);
}

struct repeated {
    const struct plan *plan;
    double at_least;
};

static void run_repeated(void *ctx, void *out)
{
    const struct repeated *repeated = ctx;
    struct result *result = out;
    double start = seconds();
    do {
        run(repeated->plan, result);
        result->seconds = seconds() - start;
    } while (result->seconds < repeated->at_least);
}

/* In a process of its own, until at least so many seconds are over. */
static struct result run_apart(const struct plan *plan, double at_least, long *peak_kib)
{
    struct result result = {0};
    struct repeated repeated = {plan, at_least};
    if (bench_apart(run_repeated, &repeated, &result, sizeof result, peak_kib))
        return result;
    fputs("scale: a run failed\n", stderr);
    exit(1);
}

static void sizes(uint32_t alone)
{
    uint32_t executors[] = {8, 100, 1000, 10000};
    size_t count = alone > 0 ? 1 : sizeof executors / sizeof *executors;
    double first = 0;
    printf("%9s %12s %12s %9s %7s %10s\n", "executors", "events", "records", "ns/event", "ratio",
           "peak MiB");
    executors[0] = alone > 0 ? alone : executors[0];
    for (size_t i = 0; i < count; i++) {
        long peak;
        struct plan *plan =
            make_plan(executors[i], SLOTS, executors[i] * SLOTS / GANG * WAVES, GANG);
        struct result r = run_apart(plan, 1, &peak);
        double each = 1e9 * r.seconds / (double)r.events;
        first = i == 0 ? each : first;
        printf("%9" PRIu32 " %12" PRIu64 " %12" PRIu64 " %9.1f %7.2f %10.1f\n", executors[i],
               r.events, r.records, each, each / first, (double)peak / 1024);
        plan_free(plan);
    }
}

static void gang(uint32_t executors)
{
    long peak;
    uint32_t tasks = executors * 10;
    struct plan *plan = make_plan(executors, 10, 1, tasks);
    struct result r = run_apart(plan, 0, &peak);
    printf("one gang of %" PRIu32 " tasks on %" PRIu32 " executors: %.2f s, %" PRIu64
           " events, %" PRIu64 " records, %.1f ns an event\n"
           "the world takes %.1f bytes a task, its judge %.1f; peak %.1f MiB\n",
           tasks, executors, r.seconds, r.events, r.records, 1e9 * r.seconds / (double)r.events,
           (double)r.bytes / tasks, (double)r.judge_bytes / tasks, (double)peak / 1024);
    plan_free(plan);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    bool alone = argc > 2;
    unsigned long executors = alone ? strtoul(argv[2], NULL, 10) : 100000;
    if (argc > 3 || executors < 1 || executors > 100000 ||
        (*what != '\0' && strcmp(what, "sizes") != 0 && strcmp(what, "gang") != 0)) {
        fputs("usage: scale [sizes | gang] [EXECUTORS, 1..100000]\n", stderr);
        return 64;
    }
    if (*what == '\0' || strcmp(what, "sizes") == 0)
        sizes(alone ? (uint32_t)executors : 0);
    if (*what == '\0' || strcmp(what, "gang") == 0)
        gang((uint32_t)executors);
    return 0;
}
