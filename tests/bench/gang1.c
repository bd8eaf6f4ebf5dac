/*
 * gang1.c -- GANG-1 with the real core, against the least that any program must do for it.
 *
 * GANG-1: 100 hosts x 8 slots, gangs of 1..64 tasks arriving at random, one FIFO queue with head-of-line blocking; each
 * task waits its launch delay, then ten times computes and meets its gang at a barrier. No network, no failures.
 *
 * Three variants run in turn, each in a process of its own, several times:
 *   limit    one 4-ary heap, one event a timer, releases inline; no messages, no records, no checks
 *   world    the simulator with the real core: two-phase launch, every message, every record, the chain
 *   judged   the same with all oracles
 *   written  the same, and the whole history written to a temporary file (zstd level 1)
 * Printed: the medians of the processor's time, the ratios to the limit of the same run, peak memory, and the results, which must be equal.
 *
 * usage: gang1 [jobs] [runs] [VARIANT]     exit status 1 if any result differs
 * With a variant, that one alone runs, in this process and without a word: for a profiler, and to count instructions.
 */
#define _DEFAULT_SOURCE /* madvise */
#include "apart.h"
#include "conf/conf.h"
#include "sim/sim.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { HOSTS = 100, SLOTS = 8, ROUNDS = 10, WIDTH = 11, MEAN_GAP_US = 41250, MAX_RUNS = 99 };

struct workload {
    uint32_t jobs, tasks;
    uint64_t *arrival_us;
    uint32_t *size, *first;
    uint32_t (*delay_us)[WIDTH]; /* a row a task: launch, then ten computes */
};
struct result {
    uint64_t makespan_us, wait_us, finish_us, records, events, chain;
    double seconds;
};

static void *need(void *memory)
{
    if (memory == NULL) {
        perror("gang1");
        exit(70);
    }
    return memory;
}

/* ---- the workload */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Counter-based: any order of drawing gives the same values. Seed 1. */
static uint64_t draw(uint64_t s, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t g = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t h = mix(1 + g * (s + 1));
    h = mix(h + g * (a + 1));
    h = mix(h + g * (b + 1));
    return mix(h + g * (c + 1));
}

static struct workload generate(uint32_t jobs)
{
    static const uint32_t sizes[7] = {1, 2, 4, 8, 16, 32, 64};
    struct workload w = {.jobs = jobs};
    uint64_t now = 0;
    w.arrival_us = need(calloc(jobs, sizeof *w.arrival_us));
    w.size = need(calloc(jobs, sizeof *w.size));
    w.first = need(calloc(jobs, sizeof *w.first));
    for (uint32_t j = 0; j < jobs; j++) {
        double u = ((double)(draw(0, j, 0, 0) >> 11) + 0.5) * 0x1p-53;
        now += (uint64_t)(-log(u) * MEAN_GAP_US) + 1;
        w.arrival_us[j] = now;
        w.size[j] = sizes[draw(1, j, 0, 0) % 7];
        w.first[j] = w.tasks;
        w.tasks += w.size[j];
    }
    w.delay_us = need(calloc(w.tasks, sizeof *w.delay_us));
    for (uint32_t j = 0; j < jobs; j++)
        for (uint32_t i = 0; i < w.size[j]; i++) {
            uint32_t *row = w.delay_us[w.first[j] + i];
            row[0] = 1000 + (uint32_t)(draw(2, j, i, 0) % 4000);
            for (uint32_t r = 1; r <= ROUNDS; r++)
                row[r] = 50000 + (uint32_t)(draw(3, j, i, r) % 100000);
        }
    return w;
}

/* ---- the limit */
struct entry {
    uint64_t at;
    uint32_t order, task;
};
struct limit {
    const struct workload *w;
    struct entry *heap;
    size_t count;
    uint32_t order, head, tail, free;
    uint32_t *arrived;
    struct {
        uint32_t job;
        uint8_t round;
    } * task;
    uint64_t now;
    struct result result;
};
#define ARRIVAL UINT32_C(0x80000000)

/* One comparison without a branch: time, then order of pushing. */
static unsigned __int128 key(const struct entry *e)
{
    return (unsigned __int128)e->at << 64 | (uint64_t)e->order << 32 | e->task;
}

static void push(struct limit *l, uint64_t at, uint32_t task)
{
    struct entry e = {at, l->order++, task};
    size_t i = l->count++;
    while (i > 0 && key(&e) < key(&l->heap[(i - 1) / 4])) {
        l->heap[i] = l->heap[(i - 1) / 4];
        i = (i - 1) / 4;
    }
    l->heap[i] = e;
}

static struct entry pop(struct limit *l)
{
    struct entry top = l->heap[0], last = l->heap[--l->count];
    size_t i = 0;
    for (;;) {
        size_t child = 4 * i + 1, least = child, end = child + 4 < l->count ? child + 4 : l->count;
        if (child >= l->count)
            break;
        unsigned __int128 least_key = key(&l->heap[child]);
        for (size_t c = child + 1; c < end; c++) {
            unsigned __int128 c_key = key(&l->heap[c]);
            least = c_key < least_key ? c : least;
            least_key = c_key < least_key ? c_key : least_key;
        }
        if (least_key >= key(&last))
            break;
        l->heap[i] = l->heap[least];
        i = least;
    }
    l->heap[i] = last;
    return top;
}

static void start_what_fits(struct limit *l)
{
    const struct workload *w = l->w;
    for (; l->head < l->tail && w->size[l->head] <= l->free; l->head++) {
        uint32_t j = l->head;
        l->free -= w->size[j];
        l->result.wait_us += l->now - w->arrival_us[j];
        for (uint32_t i = 0; i < w->size[j]; i++)
            push(l, l->now + w->delay_us[w->first[j] + i][0], w->first[j] + i);
    }
}

static void release_round(struct limit *l, uint32_t j, uint32_t round)
{
    const struct workload *w = l->w;
    l->arrived[j] = 0;
    if (round == ROUNDS) {
        l->result.finish_us += l->now;
        l->result.makespan_us = l->now;
        l->free += w->size[j];
        start_what_fits(l);
        return;
    }
    for (uint32_t t = w->first[j]; t < w->first[j] + w->size[j]; t++)
        push(l, l->now + w->delay_us[t][++l->task[t].round], t);
}

static struct result run_limit(const struct workload *w)
{
    struct limit l = {.w = w, .free = HOSTS * SLOTS};
    l.heap = need(calloc(4096 + HOSTS * SLOTS, sizeof *l.heap));
    l.arrived = need(calloc(w->jobs, sizeof *l.arrived));
    l.task = need(calloc(w->tasks, sizeof *l.task));
    for (uint32_t j = 0; j < w->jobs; j++)
        for (uint32_t i = 0; i < w->size[j]; i++)
            l.task[w->first[j] + i].job = j;
    push(&l, w->arrival_us[0], ARRIVAL);
    while (l.count > 0) {
        struct entry e = pop(&l);
        l.now = e.at;
        l.result.events++;
        if (e.task & ARRIVAL) {
            if (++l.tail < w->jobs)
                push(&l, w->arrival_us[l.tail], ARRIVAL);
            start_what_fits(&l);
        } else if (l.task[e.task].round == 0) {
            l.task[e.task].round = 1;
            push(&l, l.now + w->delay_us[e.task][1], e.task);
        } else if (++l.arrived[l.task[e.task].job] == w->size[l.task[e.task].job]) {
            release_round(&l, l.task[e.task].job, l.task[e.task].round);
        }
    }
    return l.result;
}

/* ---- the world */
static struct plan *make_plan(const struct workload *w)
{
    struct plan *plan = need(plan_new());
    struct plan_executor host = {.cores = SLOTS};
    struct plan_profile slot = {.cores = 1};
    struct plan_dist launch = {.kind = PLAN_DIST_COLUMN, .lo = 0, .hi = 0};
    struct plan_dist compute = {.kind = PLAN_DIST_COLUMN, .lo = 1, .hi = 1};
    plan->setting[PLAN_SET_LATENCY] = 0;
    for (int i = 0; i < HOSTS; i++)
        plan_add_executor(plan, &host);
    struct plan_op ops[] = {
        {.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &launch)},
        {.code = PLAN_OP_LOOP, .to = 4, .value = ROUNDS},
        {.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &compute)},
        {.code = PLAN_OP_BARRIER},
        {.code = PLAN_OP_NEXT, .to = 1},
        {.code = PLAN_OP_END},
    };
    uint32_t program = plan_add_program(plan, "rounds", ops, 6);
    uint32_t profile = plan_add_profile(plan, &slot);
    uint32_t column = plan_add_column(plan, WIDTH, w->tasks, 1000, &w->delay_us[0][0]);
    for (uint32_t j = 0; j < w->jobs; j++) {
        char name[24];
        (void)snprintf(name, sizeof name, "job%" PRIu32, j);
        struct plan_job job = {.name = plan_name(plan, name),
                               .submit_ns = (plan_ns)w->arrival_us[j] * 1000};
        struct plan_stage stage = {
            .name = plan_name(plan, "gang"),
            .job = plan_add_job(plan, &job),
            .kind = PLAN_STAGE_BARRIER,
            .tasks = w->size[j],
            .min = w->size[j],
            .max = w->size[j],
            .profile = profile,
            .program = program,
            .column = column,
            .row = w->first[j],
            .role = PLAN_NONE,
            .group = PLAN_NONE,
        };
        if (plan_add_stage(plan, &stage) == PLAN_NONE)
            need(NULL);
    }
    struct plan_err err;
    if (plan_check(plan, &err) != PLAN_OK) {
        fprintf(stderr, "gang1: %s\n", err.detail);
        exit(70);
    }
    return plan;
}

struct watch {
    struct result result;
    int64_t *submit_ns; /* by job, until its go */
    struct conf_judge *judge;
    struct trace_writer *writer;
};

static void watch(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct watch *watch = ctx;
    for (size_t i = 0; i < count; i++) {
        const struct trace_record *r = &records[i];
        if ((TRACE_BIT(r->kind) & (TRACE_BIT(TRACE_SUBMIT) | TRACE_BIT(TRACE_GO) | TRACE_BIT(TRACE_JOB_DONE))) == 0)
            continue; /* nearly all */
        if (r->kind == TRACE_SUBMIT) {
            watch->submit_ns[r->job] = r->at_ns;
        } else if (r->kind == TRACE_GO && watch->submit_ns[r->job] >= 0) {
            watch->result.wait_us += (uint64_t)(r->at_ns - watch->submit_ns[r->job]) / 1000;
            watch->submit_ns[r->job] = -1;
        } else if (r->kind == TRACE_JOB_DONE) {
            watch->result.finish_us += (uint64_t)r->at_ns / 1000;
            watch->result.makespan_us = (uint64_t)r->at_ns / 1000;
        }
    }
    if (watch->judge != NULL)
        conf_feed(watch->judge, records, count, first);
    if (watch->writer != NULL && trace_writer_put(watch->writer, records, count, NULL) != TRACE_OK)
        need(NULL);
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

/* A history whose plan is left out: what is measured is the records. */
static struct trace_writer *open_history(const struct sim_options *options, const char *path)
{
    struct trace_header header;
    struct trace_writer *writer;
    sim_header(options, "", "strict", &header);
    if (trace_writer_open(path, &header, &writer, NULL) != TRACE_OK)
        need(NULL);
    return writer;
}

static struct result run_world(const struct plan *plan, bool judged, bool written)
{
    static const char path[] = "gang1.bench.mst";
    struct sim_options options = {
        .plan = plan, .core = gang_api(), .policy = gang_policy_strict(), .seed = 1};
    struct sim_err err;
    struct watch w = {.submit_ns = need(calloc(plan->job_count, sizeof *w.submit_ns))};
    size_t bytes = sim_size(&options, &err);
    struct sim *sim = bytes == 0 ? NULL : sim_init(aligned(bytes), bytes, &options, &err);
    bool ended = false;
    if (judged) {
        struct conf_options claims = {.observes = sim_observes(), .two_phase = true};
        w.judge = conf_init(aligned(conf_size(plan)), conf_size(plan), plan, &claims);
    }
    if (sim != NULL)
        sim_observer(sim, watch, &w);
    if (written)
        w.writer = open_history(&options, path);
    while (sim != NULL && !ended)
        if (sim_run(sim, UINT64_C(1) << 20, &ended, &err) != SIM_OK)
            sim = NULL;
    if (sim == NULL) {
        fprintf(stderr, "gang1: %s\n", err.detail);
        exit(70);
    }
    if (written && (trace_writer_close(w.writer, NULL) != TRACE_OK || remove(path) != 0))
        need(NULL);
    w.result.records = sim_records(sim);
    w.result.events = sim_events(sim);
    w.result.chain = sim_chain(sim);
    if (w.judge != NULL) {
        static struct conf_verdict verdict;
        conf_finish(w.judge, &verdict);
        if (verdict.outcome != CONF_PASS) {
            fprintf(stderr, "gang1: %s at record %" PRIu64 ": %s\n", verdict.findings[0].rule,
                    verdict.findings[0].record, verdict.findings[0].sentence);
            exit(1);
        }
    }
    return w.result;
}

/* ---- side by side */
enum variant { LIMIT, WORLD, JUDGED, WRITTEN, VARIANTS };
static const char *const variant_name[VARIANTS] = {"limit", "world", "judged", "written"};

/* Of the processor, the system's part included: neighbours who take their turns on it have no say. */
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One variant of one plan. */
struct side {
    enum variant variant;
    const struct workload *w;
    const struct plan *plan;
};

static void run_side(void *ctx, void *out)
{
    const struct side *side = ctx;
    struct result *result = out;
    double start = seconds();
    *result = side->variant == LIMIT
                  ? run_limit(side->w)
                  : run_world(side->plan, side->variant >= JUDGED, side->variant == WRITTEN);
    result->seconds = seconds() - start;
}

/* Runs one variant in a process of its own; *peak_kib is what that process used at most. */
static struct result run_apart(enum variant variant, const struct workload *w,
                               const struct plan *plan, long *peak_kib)
{
    struct result result;
    struct side side = {variant, w, plan};
    if (bench_apart(run_side, &side, &result, sizeof result, peak_kib))
        return result;
    fprintf(stderr, "gang1: the variant '%s' failed\n", variant_name[variant]);
    exit(1);
}

static int ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return a < b ? -1 : a > b;
}

static bool as_expected(uint32_t jobs, const struct result *r)
{
    static const struct {
        uint32_t jobs;
        uint64_t makespan, wait, finish;
    } table[] = {
        {1000, 43174820, 77390661, UINT64_C(22249906665)},
        {10000, 421064466, 821812682, UINT64_C(2125122073351)},
        {100000, UINT64_C(4111981322), UINT64_C(7104486194), UINT64_C(206081916765795)},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].jobs == jobs)
            return r->makespan_us == table[i].makespan && r->wait_us == table[i].wait &&
                   r->finish_us == table[i].finish;
    return true; /* no independent result is known for this size */
}

static int variant_of(const char *name)
{
    for (int v = 0; v < VARIANTS; v++)
        if (strcmp(name, variant_name[v]) == 0)
            return v;
    return -1;
}

static int run_alone(enum variant variant, const struct workload *w, struct plan *plan, int runs)
{
    bool equal = true;
    for (int run = 0; run < runs; run++) {
        struct result r = variant == LIMIT ? run_limit(w)
                                           : run_world(plan, variant >= JUDGED, variant == WRITTEN);
        equal = equal && as_expected(w->jobs, &r);
    }
    plan_free(plan);
    return equal ? 0 : 1;
}

int main(int argc, char **argv)
{
    uint32_t jobs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
    int runs = argc > 2 ? atoi(argv[2]) : 5;
    int alone = argc > 3 ? variant_of(argv[3]) : VARIANTS;
    if (jobs < 1 || runs < 1 || runs > MAX_RUNS || alone < 0) {
        fprintf(stderr, "usage: gang1 [jobs] [runs, 1..%d] [limit|world|judged|written]\n", MAX_RUNS);
        return 64;
    }
    struct workload w = generate(jobs);
    struct plan *plan = make_plan(&w);
    if (alone != VARIANTS) /* in this process, for a profiler; without a word about time */
        return run_alone((enum variant)alone, &w, plan, runs);
    double time[VARIANTS][MAX_RUNS], ratio[VARIANTS][MAX_RUNS];
    struct result last[VARIANTS];
    long peak[VARIANTS], idle_kib;
    struct rusage self;
    getrusage(RUSAGE_SELF, &self);
    idle_kib = self.ru_maxrss;
    for (int run = 0; run < runs; run++)
        for (int v = 0; v < VARIANTS; v++) {
            last[v] = run_apart((enum variant)v, &w, plan, &peak[v]);
            time[v][run] = last[v].seconds;
            ratio[v][run] = last[v].seconds / time[LIMIT][run];
        }
    bool equal = true;
    printf("%-8s %10s %8s %12s %12s %9s %9s %12s %14s %18s\n", "variant", "CPU s", "ratio",
           "events", "records", "ns/event", "peak MiB", "makespan us", "sum wait us",
           "sum finish us");
    for (int v = 0; v < VARIANTS; v++) {
        qsort(time[v], (size_t)runs, sizeof(double), ascending);
        qsort(ratio[v], (size_t)runs, sizeof(double), ascending);
        printf("%-8s %10.4f %8.2f %12" PRIu64 " %12" PRIu64 " %9.1f %9.1f %12" PRIu64 " %14" PRIu64
               " %18" PRIu64 "\n",
               variant_name[v], time[v][runs / 2], ratio[v][runs / 2], last[v].events,
               last[v].records, 1e9 * time[v][runs / 2] / (double)last[v].events,
               (double)peak[v] / 1024, last[v].makespan_us, last[v].wait_us, last[v].finish_us);
        equal = equal && as_expected(jobs, &last[v]);
    }
    printf("the workload and the plan alone are %.1f MiB; %s\n", (double)idle_kib / 1024,
           equal ? "results as expected" : "RESULTS DIFFER FROM THE EXPECTED ONES");
    plan_free(plan);
    return equal ? 0 : 1;
}
