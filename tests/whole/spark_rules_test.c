/*
 * spark_rules_test.c -- what Spark's barrier mode does, rule by rule, under policy spark in the simulator.
 *
 * Each test is a claim; the comment names the rules and says them in other words, and the numbers are the rules'. Messages
 * take no time unless a story says so: what is left is the time that the scheduler takes. Executors are tried in a shuffled
 * order (B-32): where a story needs to know who runs where, its tasks have wishes.
 */
#include "gang/gang.h"
#include "scn/scn.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RECORDS_MAX = 1 << 16, ANY = TRACE_NONE };

static struct trace_record told[RECORDS_MAX];
static size_t told_count;

static void listen(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    (void)ctx;
    (void)first;
    assert_true(told_count + count <= RECORDS_MAX);
    memcpy(told + told_count, records, count * sizeof *records);
    told_count += count;
}

static struct plan *load(const char *text)
{
    static const char *const path = "spark_rules.lua";
    struct scn_err err;
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    if (strstr(text, "network {") == NULL)
        assert_true(fputs("network { latency = '0s' }\n", out) >= 0);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    struct plan *plan = scn_load(path, NULL, 0, NULL, NULL, &err);
    if (plan == NULL)
        fail_msg("%s", err.detail);
    return plan;
}

/* Runs a story to its end under policy spark; what it records is then in `told`. */
static void tell_seeded(const char *text, uint64_t seed)
{
    struct sim_err err = {0};
    struct plan *plan = load(text);
    struct sim_options options = {.plan = plan,
                                  .core = gang_api(),
                                  .policy = gang_policy_spark(),
                                  .seed = seed,
                                  .audit_every = 1};
    size_t bytes = sim_size(&options, &err);
    if (bytes == 0)
        fail_msg("%s", err.detail);
    void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    struct sim *sim = sim_init(memory, bytes, &options, &err);
    assert_non_null(sim);
    bool ended = false;
    told_count = 0;
    sim_observer(sim, listen, NULL);
    if (sim_run(sim, UINT64_MAX, &ended, &err) != SIM_OK)
        fail_msg("%s", err.detail);
    assert_true(ended);
    free(memory);
    plan_free(plan);
}

/* What a rank's payload adds to what is gathered: written down once more, so that the tests do not believe the core. */
static uint64_t mixed(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t part_of(uint32_t rank, uint64_t payload) { return mixed(payload ^ mixed(rank)); }

static void tell(const char *text) { tell_seeded(text, 1); }

/* ---- what was told */
static bool is_like(const struct trace_record *r, unsigned kind, uint32_t job, uint32_t attempt)
{
    return r->kind == kind && (job == ANY || r->job == job) &&
           (attempt == ANY || r->attempt == attempt);
}

static uint32_t count(unsigned kind, uint32_t job, uint32_t attempt)
{
    uint32_t n = 0;
    for (size_t i = 0; i < told_count; i++)
        n += is_like(&told[i], kind, job, attempt);
    return n;
}

/* The nth of them, from 1. */
static const struct trace_record *nth(unsigned kind, uint32_t job, uint32_t attempt, uint32_t n)
{
    for (size_t i = 0; i < told_count; i++)
        if (is_like(&told[i], kind, job, attempt) && --n == 0)
            return &told[i];
    fail_msg("no such %s", trace_kind_text(kind));
    return NULL;
}

static const struct trace_record *first(unsigned kind, uint32_t job, uint32_t attempt)
{
    return nth(kind, job, attempt, 1);
}

static const struct trace_record *last(unsigned kind, uint32_t job, uint32_t attempt)
{
    return nth(kind, job, attempt, count(kind, job, attempt));
}

static const struct trace_record *of_rank(unsigned kind, uint32_t attempt, uint32_t rank)
{
    for (size_t i = 0; i < told_count; i++)
        if (is_like(&told[i], kind, ANY, attempt) && told[i].rank == rank)
            return &told[i];
    fail_msg("no %s of rank %u", trace_kind_text(kind), rank);
    return NULL;
}

static int64_t ms(const struct trace_record *r) { return r->at_ns / 1000000; }

static uint32_t timers(enum trace_timer timer)
{
    uint32_t n = 0;
    for (size_t i = 0; i < told_count; i++)
        n += told[i].kind == TRACE_TIMER && told[i].a == timer;
    return n;
}

static uint32_t replies(enum trace_reason reason)
{
    uint32_t n = 0;
    for (size_t i = 0; i < told_count; i++)
        n += told[i].kind == TRACE_REPLY && told[i].a == reason;
    return n;
}

static enum trace_reason outcome(uint32_t job)
{
    return (enum trace_reason)first(TRACE_JOB_DONE, job, ANY)->a;
}

static void assert_refused(uint32_t job, enum trace_reason reason, int64_t at_ms, uint32_t needed,
                           uint32_t there)
{
    const struct trace_record *r = first(TRACE_REFUSE, job, ANY);
    assert_int_equal(r->a, reason);
    assert_int_equal(ms(r), at_ms);
    assert_int_equal(r->b, needed);
    assert_int_equal(r->epoch, there);
    assert_int_equal(outcome(job), reason);
    assert_int_equal(count(TRACE_START, job, ANY), 0);
}

/* All tasks of an attempt start in one instant, each once. */
static void assert_starts_whole(uint32_t job, uint32_t attempt, uint32_t tasks, int64_t at_ms)
{
    uint64_t seen = 0;
    assert_int_equal(count(TRACE_START, job, attempt), tasks);
    for (uint32_t i = 1; i <= tasks; i++) {
        const struct trace_record *r = nth(TRACE_START, job, attempt, i);
        assert_int_equal(ms(r), at_ms);
        seen |= UINT64_C(1) << r->rank;
    }
    assert_int_equal(seen, (UINT64_C(1) << tasks) - 1);
}

static bool hung(void) { return told[told_count - 1].a == TRACE_END_HUNG; }

/* ---- admission */
/* B-10: where executors come and go with the load no gang is taken, at once and for good; plain tasks are. */
static void no_gang_is_taken_while_executors_come_and_go(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 2 }\n"
         "settings { dynamic = 1 }\n"
         "job 'result' { barrier_stage 's' { tasks = 2, program = compute '1s' } }\n"
         "job 'map' { barrier_stage 's' { tasks = 2, program = compute '1s' }, kind = 'map' }\n"
         "job 'plain' { stage 's' { tasks = 2, program = compute '1s' } }\n");
    assert_refused(0, TRACE_REASON_DYNAMIC, 0, 2, 0);
    assert_refused(1, TRACE_REASON_DYNAMIC, 0, 2, 0);
    assert_int_equal(outcome(2), TRACE_REASON_OK);
    assert_int_equal(timers(TRACE_TIMER_ADMISSION), 0);
}

/* G-19: who has nothing to do is given back, also under this policy; tasks that wait have the same ones come back, in the way
 * in which their cluster manager grants what it is asked for. */
static void executors_that_were_given_back_are_granted_as_their_manager_does(void **state)
{
    (void)state;
    static const struct {
        const char *manager;
        int64_t up_ms[3];
    } rows[] = {{"", {25000, 25000, 25000}},
                {", manager = 'yarn', every = '2s'", {22000, 24000, 26000}},
                {", manager = 'kubernetes', pending = '3s'", {23000, 23000, 23000}},
                {", manager = 'mesos', every = '7s'", {21000, 21000, 21000}}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        char story[500];
        snprintf(story, sizeof story,
                 "cluster { executors = 3, cores = 1%s }\n"
                 "settings { dynamic = 1, idle_timeout = '5s' }\n"
                 "job 'plain' { stage 's' { tasks = 3, program = compute '9s' }, submit = '20s' }\n",
                 rows[row].manager);
        tell(story);
        assert_int_equal(count(TRACE_LOST, ANY, ANY), 3);
        assert_int_equal(first(TRACE_LOST, ANY, ANY)->b, TRACE_REASON_IDLE);
        assert_true(ms(nth(TRACE_DOWN, ANY, ANY, 3)) < 20000);
        assert_int_equal(count(TRACE_UP, ANY, ANY), 6);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(ms(nth(TRACE_UP, ANY, ANY, 4 + i)), rows[row].up_ms[i]);
            assert_int_equal(ms(nth(TRACE_START, 0, ANY, 1 + i)), rows[row].up_ms[i]);
        }
        assert_int_equal(outcome(0), TRACE_REASON_OK);
    }
}

/* B-11: as many tasks as slots pass, one more does not, and a slot is one whether busy or not. */
static void a_gang_may_need_all_slots_and_not_one_more_and_busy_ones_count(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 2 }\n"
         "settings { admission_failures = 0 }\n"
         "job 'busy' { stage 's' { tasks = 4, program = compute '20s' }, priority = 1 }\n"
         "job 'all' { barrier_stage 's' { tasks = 4, program = compute '1s' }, submit = '5s' }\n"
         "job 'more' { barrier_stage 's' { tasks = 5, program = compute '1s' }, submit = '5s' }\n");
    assert_refused(2, TRACE_REASON_SLOTS, 5000, 5, 4);
    assert_int_equal(count(TRACE_REFUSE, 1, ANY), 0);
    assert_int_equal(outcome(1), TRACE_REASON_OK);
    assert_in_range(ms(first(TRACE_START, 1, 0)), 21000, 22000);
}

/* B-12: an executor that is being decommissioned is no capacity; one that is avoided is, and so its gang waits in vain. */
static void admission_counts_the_excluded_and_not_the_draining(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 2, cores = 1 }\n"
         "settings { admission_failures = 0 }\n"
         "at '500ms' { drain(c.executor[1], '100s') }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, program = compute '1s' }, submit = '1s' }\n");
    assert_refused(0, TRACE_REASON_SLOTS, 1000, 2, 1);
    tell("local c = cluster { executors = 2, cores = 1 }\n"
         "settings { admission_failures = 0, exclude_time = '1h' }\n"
         "limits { virtual = '50m' }\n"
         "at '500ms' { exclude(c.executor[1]) }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, program = compute '1s' }, submit = '1s' }\n");
    assert_int_equal(count(TRACE_REFUSE, 0, ANY), 0);
    assert_int_equal(count(TRACE_START, 0, ANY), 0);
}

/* B-13: one check more than failures are allowed, as many waits as are allowed; by default 41 checks and 40 times 15 s. */
static void a_gang_too_large_is_checked_41_times_in_600_seconds(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 2 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 5, program = compute '1s' } }\n");
    assert_refused(0, TRACE_REASON_SLOTS, 600000, 5, 4);
    assert_int_equal(timers(TRACE_TIMER_ADMISSION), 40);
    tell("cluster { executors = 2, cores = 2 }\n"
         "settings { admission_interval = '1s', admission_failures = 3 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 5, program = compute '1s' } }\n");
    assert_refused(0, TRACE_REASON_SLOTS, 3000, 5, 4);
    assert_int_equal(timers(TRACE_TIMER_ADMISSION), 3);
}

/* B-14: the failures of a job are counted together, whichever of its stages failed the check, and no other job's. */
static void failed_checks_are_counted_by_job_and_not_by_stage(void **state)
{
    (void)state;
    tell("cluster { { executors = 1, cores = 1 }, { executors = 1, cores = 1, arrive = '1500ms' } }\n"
         "settings { admission_interval = '1s', admission_failures = 3 }\n"
         "local function two() return\n"
         "  barrier_stage 'a' { tasks = 2, program = compute '1s' } end\n"
         "job 'one' { two(), barrier_stage 'b' { tasks = 3, program = compute '1s' } }\n"
         "job 'other' { two(), barrier_stage 'b' { tasks = 3, program = compute '1s' },\n"
         "  submit = '2500ms' }\n");
    assert_refused(0, TRACE_REASON_SLOTS, 3000, 3, 2); /* two checks failed at a, two at b */
    assert_refused(1, TRACE_REASON_SLOTS, 5500, 3, 2);
}

/* B-15: what is submitted as a map-stage job is checked once. */
static void a_map_stage_job_fails_at_its_first_shortage(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 2 }\n"
         "job 'map' { barrier_stage 's' { tasks = 5, program = compute '1s' }, kind = 'map' }\n");
    assert_refused(0, TRACE_REASON_SLOTS, 0, 5, 4);
    assert_int_equal(timers(TRACE_TIMER_ADMISSION), 0);
}

/* B-16: while a job waits to be checked again nobody knows it: a cancellation does nothing, and it runs later. */
static void a_job_that_waits_to_be_checked_cannot_be_cancelled(void **state)
{
    (void)state;
    tell("cluster { { executors = 1, cores = 2 }, { executors = 1, cores = 2, arrive = '12s' } }\n"
         "local j = job 'gang' { barrier_stage 's' { tasks = 4, program = compute '1s' } }\n"
         "at '3s' { cancel(j) }\n");
    assert_int_equal(count(TRACE_CANCEL, 0, ANY), 1);
    assert_starts_whole(0, 0, 4, 15000); /* the check at 15 s */
    assert_int_equal(outcome(0), TRACE_REASON_OK);
}

/* B-17, B-124, B-38: the check is made once, when the job comes. If the cluster shrinks while the parents run, the gang waits
 * without a further check, without a deadline and without holding anything. */
static void a_gang_admitted_to_a_cluster_that_shrank_waits_for_ever(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 2, cores = 1 }\n"
         "job 'gang' { stage 'load' { tasks = 1, prefers = c.executor[0], program = compute '300s' },\n"
         "  barrier_stage 'fit' { tasks = 2, program = compute '1s' } }\n"
         "at '2s' { crash(c.executor[1], { for_good = true }) }\n");
    assert_int_equal(count(TRACE_LOST, ANY, ANY), 1);
    assert_int_equal(count(TRACE_START, 0, ANY), 1); /* the parent's */
    assert_int_equal(count(TRACE_REFUSE, 0, ANY), 0);
    assert_int_equal(count(TRACE_JOB_DONE, 0, ANY), 0);
    assert_int_equal(timers(TRACE_TIMER_ADMISSION) + timers(TRACE_TIMER_LAUNCH_DEADLINE), 0);
    assert_true(hung());
}

/* ---- launch */
/* B-02, B-31, B-33, B-35: in a round, here that of its submission, every task is placed once; all go at once and whole, and no
 * executor was asked before. */
static void all_tasks_of_a_gang_go_in_one_round_and_nobody_is_asked_before(void **state)
{
    (void)state;
    tell("cluster { executors = 3, cores = 2 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 5, program = compute '1s' }, submit = '300ms' }\n");
    assert_starts_whole(0, 0, 5, 300);
    assert_int_equal(count(TRACE_PLAN, 0, 0), 1);
    assert_int_equal(first(TRACE_PLAN, 0, 0)->a, 5);
    assert_int_equal(count(TRACE_GO, 0, 0), 3); /* one an executor */
    assert_int_equal(count(TRACE_RESERVE, ANY, ANY), 0);
    assert_int_equal(count(TRACE_START, 0, ANY), 5);
}

/* B-31: a submission, a failure and a loss are looked at at once, over all executors; a slot that comes free, and an executor
 * that comes, for what fits on that one alone. The rest waits for the next whole second. */
static void what_fits_on_the_executor_that_came_free_goes_at_once_and_the_rest_waits_for_the_second(
    void **state)
{
    (void)state;
    for (int gang = 0; gang < 2; gang++) {
        char story[900];
        const char *kind = gang ? "barrier_stage" : "stage";
        snprintf(story, sizeof story,
                 "cluster { executors = 2, cores = 2 }\n"
                 "job 'busy' { stage 's' { tasks = 2, cores = 2, program = compute '1300ms' } }\n"
                 "job 'two' { %s 's' { tasks = 2, program = compute '9s' }, submit = '100ms' }\n"
                 "job 'four' { %s 's' { tasks = 4, program = compute '9s' }, submit = '12300ms', priority = 1 }\n"
                 "job 'long' { stage 's' { tasks = 2, cores = 2, program = compute '500ms' }, submit = '12200ms' }\n",
                 kind, kind);
        tell(story);
        assert_starts_whole(1, gang ? 0 : ANY, 2, 1300); /* both on one executor */
        assert_int_equal(ms(first(TRACE_START, 3, ANY)), 12200);
        int64_t went = ms(first(TRACE_START, 2, ANY));
        assert_int_equal(went, gang ? 13000 : 12700);
    }
}

static void an_executor_that_comes_is_offered_alone(void **state)
{
    (void)state;
    tell("cluster { { executors = 1, cores = 1 }, { executors = 2, cores = 1, arrive = '2500ms' } }\n"
         "job 'plain' { stage 's' { tasks = 2, program = compute '20s' } }\n");
    assert_int_equal(ms(nth(TRACE_START, 0, ANY, 1)), 0);
    assert_int_equal(ms(nth(TRACE_START, 0, ANY, 2)), 2500);
    tell("cluster { { executors = 2, cores = 1 }, { executors = 1, cores = 1, arrive = '2500ms' } }\n"
         "job 'plain' { stage 's' { tasks = 1, program = compute '20s' } }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, program = compute '1s' }, submit = '100ms' }\n");
    assert_starts_whole(1, 0, 2, 3000);
}

static void a_failed_task_runs_again_at_once_and_a_lost_one_too(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 3, cores = 1 }\n"
         "settings { heartbeat = '1s', heartbeat_timeout = '5s' }\n"
         "local j = job 'plain' { stage 's' { tasks = 1, prefers = c.executor[0], program = compute '10s' } }\n"
         "at '1250ms' { kill(j:rank(0)) }\n"
         "at '2250ms' { crash(c.executor[0], { for_good = true }) }\n");
    assert_int_equal(count(TRACE_START, 0, ANY), 3);
    assert_int_equal(ms(nth(TRACE_START, 0, ANY, 2)), 1250);
    assert_int_equal(ms(nth(TRACE_START, 0, ANY, 3)), ms(first(TRACE_LOST, ANY, ANY)));
}

/* B-32: executors that are avoided are left out, and the others are tried in an order of dice: another one in each round, and
 * the same ones again with the same seed. */
static void executors_are_tried_in_another_order_in_each_round_and_the_avoided_never(void **state)
{
    (void)state;
    static const char *const story =
        "local c = cluster { executors = 6, cores = 1 }\n"
        "settings { exclude_time = '1h' }\n"
        "at '100ms' { exclude(c.executor[2]) }\n"
        "for i = 1, 30 do job('small-' .. i) { submit = i .. 's',\n"
        "  stage 's' { tasks = 1, program = compute '500ms' } } end\n";
    uint32_t where[2][30], times[6] = {0}, others = 0;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        tell_seeded(story, seed);
        for (uint32_t job = 0; job < 30; job++)
            where[seed - 1][job] = first(TRACE_START, job, ANY)->executor;
    }
    tell(story);
    for (uint32_t job = 0; job < 30; job++) {
        assert_int_equal(first(TRACE_START, job, ANY)->executor, where[0][job]);
        others += where[0][job] != where[1][job];
        times[where[0][job]]++;
    }
    assert_int_equal(times[2], 0);
    for (uint32_t e = 0; e < 6; e++)
        assert_true(e == 2 || times[e] > 1);
    assert_true(others > 15);
}

/* B-30: slots are counted at each one's turn, after what those before it took. A gang for which too few are left is skipped,
 * and the round goes on behind it. B-42: once it is launched it is not looked at any more. */
static void a_gang_for_which_too_few_slots_are_left_is_skipped_and_the_round_goes_on(void **state)
{
    (void)state;
    tell("cluster { executors = 3, cores = 1 }\n"
         "local function work(n) return stage 's' { tasks = n, program = compute '4s' } end\n"
         "job 'before' { work(1), priority = 1 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 3, program = compute '4s' } }\n"
         "job 'behind' { work(2) }\n"
         "job 'last' { barrier_stage 's' { tasks = 2, program = compute '1s' }, submit = '7s' }\n");
    assert_int_equal(ms(first(TRACE_START, 0, ANY)), 0);
    assert_int_equal(ms(nth(TRACE_START, 2, ANY, 2)), 0);
    const struct trace_record *waits = first(TRACE_WAIT, 1, ANY);
    assert_int_equal(waits->a, TRACE_REASON_FREE_SLOTS);
    assert_int_equal(waits->b, 3);
    assert_int_equal(waits->epoch, 2);
    int64_t went = ms(first(TRACE_START, 1, 0));
    assert_in_range(went, 4000, 5000);
    assert_true(ms(last(TRACE_WAIT, 1, ANY)) < went);
    assert_true(ms(first(TRACE_START, 3, 0)) >= went + 4000);
}

/* B-36, B-64: the count sees only what limits in principle, so that a gang may be tried in vain. What it was given goes back
 * within the round: those behind it get it, and nobody hears of it. */
static void what_a_gang_tried_in_vain_is_free_for_those_behind_it(void **state)
{
    (void)state;
    tell("cluster { executors = 1, cores = 4, gpus = 2 }\n"
         "job 'busy' { stage 's' { tasks = 3, program = compute '10s' }, priority = 1 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, gpus = 1, program = compute '1s' } }\n"
         "job 'behind' { stage 's' { tasks = 1, gpus = 1, program = compute '5s' } }\n");
    assert_int_equal(ms(first(TRACE_START, 2, ANY)), 0);
    int64_t went = ms(first(TRACE_START, 1, 0));
    assert_in_range(went, 10000, 11000);
    for (size_t i = 0; i < told_count && ms(&told[i]) < went; i++)
        if (told[i].job == 1)
            assert_true(told[i].kind == TRACE_SUBMIT || told[i].kind == TRACE_WAIT);
    assert_int_equal(first(TRACE_WAIT, 1, ANY)->a, TRACE_REASON_PARTIAL);
}

/* B-38: nothing is kept for a gang between rounds, so a stream of small jobs starves it. */
static void small_jobs_starve_a_gang(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "stream 'small' { stage 's' { tasks = 1, program = compute '1500ms' }, every = '1s',\n"
         "  batches = 60 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, program = compute '1s' }, submit = '500ms' }\n");
    assert_true(ms(first(TRACE_START, 60, 0)) > 60000);
    assert_int_equal(count(TRACE_RESERVE, ANY, ANY), 0);
    assert_int_equal(outcome(60), TRACE_REASON_OK);
}

/* B-39, B-40: a task too large to be sent ends its job, and what else the round had planned is never sent. */
static void a_task_too_large_ends_its_job_and_loses_the_round(void **state)
{
    (void)state;
    tell("cluster { executors = 1, cores = 4 }\n"
         "job 'plain' { stage 's' { tasks = 1, program = compute '1s' } }\n"
         "job 'large' { barrier_stage 's' { tasks = 2, task_bytes = '200MiB', program = compute '1s' } }\n");
    assert_int_equal(outcome(1), TRACE_REASON_TOO_LARGE);
    assert_int_equal(count(TRACE_PLAN, 0, ANY), 1);
    assert_int_equal(count(TRACE_START, ANY, ANY), 0);
    assert_true(hung());
}

/* B-50, B-51, B-53: a gang that could be placed only in part for its wishes waits 3 s a level, then takes what there is; all
 * of it starts together, near to the wish or not. */
static void a_gang_waits_3_seconds_a_level_for_its_wishes_and_goes_whole(void **state)
{
    (void)state;
    static const char *const story =
        "local c = cluster { { executors = 1, cores = 1, racks = 1 }, { executors = 1, cores = 1, racks = 1 } }\n"
        "job 'gang' { barrier_stage 's' { tasks = 2, prefers = c.executor[0], program = compute '1s' } }\n";
    tell(story);
    int64_t went = ms(first(TRACE_START, 0, 0));
    assert_in_range(went, 3000, 7000); /* a level or two behind the first round */
    assert_starts_whole(0, 0, 2, went);
    assert_int_not_equal(nth(TRACE_START, 0, 0, 1)->executor, nth(TRACE_START, 0, 0, 2)->executor);
    assert_int_equal(first(TRACE_WAIT, 0, ANY)->a, TRACE_REASON_LOCALITY);
}

/* B-51, B-52: a gang whose wishes were relaxed is tried in vain for want of cores, which the count of slots does not see
 * (B-64). What it was given in vain makes it particular again, so when the cores come free it waits for its wishes anew. */
static void a_gang_tried_in_vain_waits_for_its_wishes_anew(void **state)
{
    (void)state;
    tell("local c = cluster { { executors = 1, cores = 2, gpus = 1 }, { executors = 1, cores = 2, gpus = 1, racks = 1 } }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, gpus = 1, prefers = c.executor[0], program = compute '1s' },\n"
         "  submit = '1s' }\n"
         "job 'busy' { stage 's' { tasks = 1, cores = 2, prefers = c.executor[1], program = compute '20s' } }\n");
    int64_t went = ms(first(TRACE_START, 0, 0));
    assert_starts_whole(0, 0, 2, went);
    assert_in_range(went, 23000, 27000); /* 20 s, and a level or two */
    assert_int_equal(first(TRACE_WAIT, 0, ANY)->a, TRACE_REASON_PARTIAL);
}

/* ---- rounds of a gang */
/* B-82, B-84, B-120: nobody is released before all have asked; all are in one instant, whatever the order; the round's timer
 * is gone with it. B-85: who finds no answer looks again a second later, who finds one pays nothing. */
static void all_are_released_at_once_and_look_once_a_second(void **state)
{
    (void)state;
    tell("cluster { executors = 3, cores = 1 }\n"
         "settings { sync_timeout = '5s' }\n"
         "job 'gang' { barrier_stage 's' { tasks = 3, program = program { on_rank(0, 0, compute '2300ms'),\n"
         "  on_rank(1, 1, compute '400ms'), barrier(), compute '20s' } } }\n");
    assert_int_equal(ms(last(TRACE_ARRIVE, 0, 0)), 2300);
    assert_int_equal(ms(first(TRACE_RELEASE, 0, 0)), 2300);
    assert_int_equal(ms(last(TRACE_RELEASE, 0, 0)), 2300);
    assert_int_equal(ms(of_rank(TRACE_REPLY, 0, 0)), 2300);
    assert_int_equal(ms(of_rank(TRACE_REPLY, 0, 1)), 2400);
    assert_int_equal(ms(of_rank(TRACE_REPLY, 0, 2)), 3000);
    assert_int_equal(replies(TRACE_REASON_OK), 3);
    assert_int_equal(timers(TRACE_TIMER_SYNC), 0);
    assert_int_equal(outcome(0), TRACE_REASON_OK);
}

/* B-100, B-101, B-111: a gather gives everybody the same, a later round something else, and the two operations may take
 * turns. B-83, B-140: rounds are numbered 0, 1, 2. */
static void gathers_and_barriers_take_turns_and_all_hear_the_same(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 2 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 4, program =\n"
         "  program { all_gather '1KiB', barrier(), all_gather '1KiB' } } }\n");
    assert_int_equal(outcome(0), TRACE_REASON_OK);
    assert_int_equal(replies(TRACE_REASON_OK), 12);
    int64_t digest[3] = {0};
    for (size_t i = 0; i < told_count; i++) {
        if (told[i].kind != TRACE_REPLY)
            continue;
        assert_in_range(told[i].epoch, 0, 2);
        if (digest[told[i].epoch] == 0)
            digest[told[i].epoch] = told[i].b;
        assert_int_equal(told[i].b, digest[told[i].epoch]);
    }
    assert_int_not_equal(digest[0], digest[2]);
}

/* B-104: N answers of N payloads each: with four tasks on one executor and 1 MiB a second, four times four seconds; what a
 * message weighs besides is 64 bytes a copy. */
static void a_gather_of_n_sends_n_times_n_payloads(void **state)
{
    (void)state;
    tell("network { latency = '0s', bandwidth = '1MiB' }\n"
         "cluster { executors = 1, cores = 4 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 4, program = program { compute '1s', all_gather '1MiB' } } }\n");
    const int64_t second = 1000000000;
    int64_t sent = first(TRACE_RELEASE, 0, 0)->at_ns, came = 0;
    for (size_t i = 0; i < told_count; i++)
        if (told[i].kind == TRACE_DELIVER && told[i].flags == TRACE_RELEASE)
            came = told[i].at_ns;
    int64_t work = INT64_C(4) * (4 * 1048576 + 64) * second;
    assert_int_equal(came - sent, (work + 1048575) / 1048576);
    assert_int_equal(replies(TRACE_REASON_OK), 4);
}

/* B-81, B-170: the first request of an attempt says how many there are; who counts otherwise fails alone, and is right. */
static void the_first_request_says_how_many_there_are(void **state)
{
    (void)state;
    tell("cluster { executors = 4, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 's' { tasks = 4, program = program { compute '10s', barrier() } } }\n"
         "when(j:starts { rank = 2, attempt = 0 }) {\n"
         "  stray_call(j:rank(2), { op = 'barrier', epoch = 0, size = 3 }), after = '2s' }\n");
    assert_int_equal(replies(TRACE_REASON_OK), 0);
    assert_int_equal(replies(TRACE_REASON_SYNC_SIZE), 4);
    assert_int_equal(count(TRACE_RELEASE, 0, 0), 0);
}

/* B-102: a slot is not cleared: what a member gave in the round before is gathered again where it did not come. The sum over
 * the slots changes by the same if only rank 0 gives something else, whether rank 1 has come or not. */
static void a_slot_nobody_filled_holds_the_round_before(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 's' { tasks = 2, program = program { all_gather '1KiB', on_rank(1, 1, compute '30s'),\n"
         "  all_gather '1KiB' } } }\n"
         "when(record('arrive', { job = j, rank = 0, attempt = 0, epoch = 1 })) {\n"
         "  stray_call(j:rank(0), { op = 'all_gather', epoch = 1 }), after = '2s' }\n");
    const struct trace_record *round[2] = {first(TRACE_RELEASE, 0, 0), last(TRACE_RELEASE, 0, 0)};
    assert_int_equal(round[1]->epoch, 1);
    assert_int_equal(round[1]->rank, 0);
    assert_int_equal(round[1]->a, 1); /* rank 1 is not released */
    uint64_t change = (uint64_t)round[1]->b - (uint64_t)round[0]->b, given[2] = {0, 0};
    for (size_t i = 0; i < told_count; i++)
        if (told[i].kind == TRACE_ARRIVE && told[i].rank == 0)
            given[told[i].epoch] = part_of(0, (uint64_t)told[i].b);
    assert_int_equal(change, given[1] - given[0]);
}

/* B-110: two operations in one round fail everybody who asked and everybody who asks later. */
static void two_operations_in_one_round_fail_all_four(void **state)
{
    (void)state;
    tell("cluster { executors = 4, cores = 1 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 4, program = program { on_rank(0, 0, barrier()),\n"
         "  on_rank(1, 3, all_gather '1KiB') } } }\n");
    assert_int_equal(replies(TRACE_REASON_SYNC_MISMATCH), 4);
    assert_int_equal(replies(TRACE_REASON_OK), 0);
    assert_int_equal(outcome(0), TRACE_REASON_TASK_FAILED); /* B-135 */
}

/* B-120, B-121: the timeout runs from the round's first request, not from the launch, and fails all who wait in one instant.
 * B-86: that is what they hear. B-122: it is as long in the second round as in the first. */
static void a_round_times_out_so_long_after_its_first_request(void **state)
{
    (void)state;
    tell("cluster { executors = 3, cores = 1 }\n"
         "settings { sync_timeout = '5s' }\n"
         "job 'gang' { barrier_stage 's' { tasks = 3, program = program { compute '10s', barrier(),\n"
         "  on_rank(0, 0, hang()), on_rank(1, 1, compute '3s'), compute '4s', barrier() } } }\n");
    int64_t first_ms = 14000; /* rank 2, of the second round */
    assert_int_equal(ms(nth(TRACE_ARRIVE, 0, 0, 4)), first_ms);
    assert_int_equal(timers(TRACE_TIMER_SYNC), 1);
    assert_int_equal(ms(first(TRACE_ROUND_FAILED, 0, 0)), first_ms + 5000);
    assert_int_equal(ms(last(TRACE_ROUND_FAILED, 0, 0)), first_ms + 5000);
    assert_int_equal(first(TRACE_ROUND_FAILED, 0, 0)->b, TRACE_REASON_SYNC_TIMEOUT);
    assert_int_equal(replies(TRACE_REASON_SYNC_TIMEOUT), 2);
    assert_int_equal(replies(TRACE_REASON_OK), 3);
}

/* B-86: a longer timeout than a year is never waited for: the call itself ends, and the coordinator has not said a word. */
static void a_call_waits_a_year_whatever_the_timeout(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "settings { sync_timeout = '400d' }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, program = program { on_rank(0, 0, hang()), barrier() } } }\n");
    const int64_t year_ms = INT64_C(365) * 86400 * 1000;
    assert_int_equal(ms(of_rank(TRACE_REPLY, 0, 1)), ms(first(TRACE_ARRIVE, 0, 0)) + year_ms);
    assert_int_equal(of_rank(TRACE_REPLY, 0, 1)->a, TRACE_REASON_CALL_TIMEOUT);
    assert_int_equal(timers(TRACE_TIMER_CALL), 1);
    assert_int_equal(timers(TRACE_TIMER_SYNC), 0);
    assert_int_equal(count(TRACE_ROUND_FAILED, 0, 0), 0);
}

/* B-87, B-88: that a member ended well without calling, or called less often, is noticed by nobody but the timeout. */
static void a_member_that_ends_without_calling_is_noticed_by_the_timeout_alone(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "settings { sync_timeout = '1h' }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, program = program { barrier(),\n"
         "  on_rank(1, 1, barrier()) } } }\n");
    assert_int_equal(of_rank(TRACE_EXIT, 0, 0)->a, TRACE_EXIT_OK);
    assert_int_equal(ms(first(TRACE_ROUND_FAILED, 0, 0)), ms(last(TRACE_ARRIVE, 0, 0)) + 3600000);
    assert_int_equal(replies(TRACE_REASON_SYNC_TIMEOUT), 1);
    assert_int_equal(replies(TRACE_REASON_MEMBER_EXITED), 0);
}

/* B-125: the timers of all gangs are taken down with any round, so that another gang's timeout never comes. */
static void the_round_of_one_gang_takes_the_timeout_of_another(void **state)
{
    (void)state;
    static const char *const alone =
        "cluster { executors = 4, cores = 1 }\n"
        "settings { sync_timeout = '5s' }\n"
        "job 'b' { barrier_stage 's' { tasks = 2, program = program { on_rank(1, 1, hang()), barrier() } } }\n";
    char both[600];
    snprintf(both, sizeof both,
             "%sjob 'a' { barrier_stage 's' { tasks = 2, program = program { compute '1s', barrier() } } }\n",
             alone);
    tell(alone);
    assert_int_equal(ms(first(TRACE_ROUND_FAILED, 0, 0)), 5000);
    tell(both);
    assert_int_equal(outcome(1), TRACE_REASON_OK);
    assert_int_equal(count(TRACE_ROUND_FAILED, ANY, ANY), 0);
    assert_int_equal(timers(TRACE_TIMER_SYNC), 0);
    assert_true(hung());
}

/* B-150, B-154: a request sent twice counts twice, and the one who is left out hears that the round is over. */
static void a_request_sent_twice_leaves_another_member_out(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 's' { tasks = 2, program = program {\n"
         "  on_rank(1, 1, compute '5s'), barrier(), compute '20s' } } }\n"
         "at '3s' { stray_call(j:rank(0), { op = 'barrier', epoch = 0 }) }\n");
    assert_int_equal(ms(first(TRACE_RELEASE, 0, 0)), 3000);
    assert_int_equal(replies(TRACE_REASON_OK), 1);
    assert_int_equal(of_rank(TRACE_REPLY, 0, 1)->a, TRACE_REASON_SYNC_EPOCH);
    assert_int_equal(ms(of_rank(TRACE_REPLY, 0, 1)), 5000);
}

/* B-112: the operation is looked at before the round's number, so that an old request of the other kind fails a round that
 * has nothing to do with it. */
static void an_old_request_of_the_other_operation_fails_the_live_round(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 's' { tasks = 2, program = program { barrier(),\n"
         "  on_rank(1, 1, compute '5s'), all_gather '1KiB', compute '20s' } } }\n"
         "at '3s' { stray_call(j:rank(1), { op = 'barrier', epoch = 0 }) }\n");
    assert_int_equal(replies(TRACE_REASON_OK), 2);
    assert_true(replies(TRACE_REASON_SYNC_MISMATCH) >= 1);
    assert_int_equal(ms(first(TRACE_ROUND_FAILED, 0, 0)), 3000);
}

/* ---- failure and restart */
/* A gang whose outputs another stage reads, so that it is not the job's last (B-135). */
#define CHILD " stage 'after' { tasks = 1, program = compute '1s', reads = { 'fit' } } "

/* B-130, B-131, B-134, B-140, B-156, B-181: one failure ends all of the attempt, those too who had succeeded; 200 ms later all
 * of it is queued again under a new number, and its rounds begin at 0. B-160: who waits in a call sees the kill within 1 s. */
static void one_failure_restarts_all_200_ms_later_with_rounds_from_0(void **state)
{
    (void)state;
    tell("cluster { executors = 4, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 3, program = program { barrier(),\n"
         "  on_rank(2, 2, compute '1s', exit(0)), on_rank(0, 0, compute '4s'), barrier() } }," CHILD
         "}\n"
         "when(j:starts { rank = 0, attempt = 0 }) { kill(j:rank(0, 'fit')), after = '3300ms' }\n"
         "limits { virtual = '6s' }\n");
    assert_int_equal(count(TRACE_FENCE, 0, 0), 1);
    const struct trace_record *fence = first(TRACE_FENCE, 0, 0);
    assert_int_equal(ms(fence), 3300);
    assert_int_equal(fence->a, TRACE_REASON_TASK_FAILED);
    assert_int_equal(fence->rank, 0);
    assert_int_equal(count(TRACE_KILL, 0, 0), 1); /* of rank 1, the only one left */
    assert_in_range(ms(of_rank(TRACE_EXIT, 0, 1)), 3300, 4300);
    for (size_t i = 0; i < told_count; i++)
        if (told[i].kind == TRACE_TIMER && told[i].a == TRACE_TIMER_RETRY)
            assert_int_equal(ms(&told[i]), 3500);
    assert_int_equal(timers(TRACE_TIMER_RETRY), 1);
    assert_starts_whole(0, 1, 3, ms(first(TRACE_START, 0, 1)));
    assert_int_equal(first(TRACE_ARRIVE, 0, 1)->epoch, 0);
    assert_int_equal(count(TRACE_FENCE, 0, 1), 0);
}

/* B-133, B-137: the fourth failed attempt in a row ends the job; a failed task never counts by itself (B-130). */
static void the_fourth_failed_attempt_ends_the_job(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "job 'gang' { barrier_stage 'fit' { tasks = 2, program = program { compute '1s', fail(3) } }," CHILD
         "}\n");
    assert_int_equal(outcome(0), TRACE_REASON_ATTEMPTS);
    assert_int_equal(first(TRACE_JOB_DONE, 0, ANY)->b, 4);
    assert_int_equal(count(TRACE_FENCE, 0, ANY), 4);
    assert_int_equal(count(TRACE_START, 0, ANY), 8);
}

/* B-135: a gang in the last stage has one attempt. */
static void a_gang_in_the_last_stage_is_not_restarted(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "job 'gang' { barrier_stage 'fit' { tasks = 2, program = program { compute '1s', fail(3) } } }\n");
    assert_int_equal(outcome(0), TRACE_REASON_TASK_FAILED);
    assert_int_equal(count(TRACE_START, 0, ANY), 2);
    assert_int_equal(count(TRACE_FENCE, 0, ANY), 1);
}

/* B-136, B-132: two members that fail together cause one restart, and the later failure ends nothing. */
static void two_failures_of_one_attempt_cause_one_restart(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, program = compute '10s' }," CHILD
         "}\n"
         "at '3s' { kill(j:rank(0, 'fit')), kill(j:rank(1, 'fit')) }\n");
    assert_int_equal(count(TRACE_FENCE, 0, ANY), 1);
    assert_int_equal(count(TRACE_START, 0, 1), 2);
    assert_int_equal(outcome(0), TRACE_REASON_OK);
}

/* B-137, B-190: a lost machine ends the attempt as any failure does, and uses an attempt up. */
static void four_lost_machines_use_the_attempts_up(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 6, cores = 1 }\n"
         "settings { heartbeat = '1s', heartbeat_timeout = '5s' }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, program = compute '1h' }," CHILD
         "}\n"
         "for i = 0, 3 do for e = 0, 5 do\n"
         "  when(record('start', { job = j, rank = 0, attempt = i, executor = c.executor[e] })) {\n"
         "    crash(c.executor[e], { for_good = true }), after = '2s' } end end\n");
    assert_int_equal(outcome(0), TRACE_REASON_ATTEMPTS);
    assert_int_equal(count(TRACE_LOST, ANY, ANY), 4);
    assert_int_equal(count(TRACE_FENCE, 0, ANY), 4);
    for (uint32_t attempt = 0; attempt < 4; attempt++) {
        assert_int_equal(first(TRACE_FENCE, 0, attempt)->a, TRACE_REASON_EXECUTOR_LOST);
        assert_int_equal(of_rank(TRACE_EXIT, attempt, 1)->a, TRACE_EXIT_KILLED);
    }
}

/* B-138: what failed before a stage succeeded does not count when it must run again. B-191: a member's output that is lost
 * with its executor ends the gang as a failure does. */
static void a_success_forgives_the_failures_before_it(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 4, cores = 1 }\n"
         "settings { heartbeat = '1s', heartbeat_timeout = '5s' }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, prefers = { c.executor[0], c.executor[1] },\n"
         "    program = compute '10s' },\n"
         "  stage 'after' { tasks = 1, prefers = c.executor[2], reads = { 'fit' }, program = program { compute '60s', fetch '1KiB' } } }\n"
         "for _, i in ipairs { 0, 1, 2, 4, 5, 6 } do\n"
         "  when(record('start', { job = j, stage = 'fit', rank = 0, attempt = i })) {\n"
         "    kill(j:rank(0, 'fit')), after = '1s' } end\n"
         "when(record('start', { job = j, stage = 'after' })) {\n"
         "  crash(c.executor[1], { for_good = true }), after = '1s' }\n");
    assert_int_equal(outcome(0), TRACE_REASON_OK);
    assert_int_equal(count(TRACE_UNREGISTER, 0, ANY) > 0, 1);
    uint32_t failed = 0;
    for (size_t i = 0; i < told_count; i++)
        failed += told[i].kind == TRACE_FENCE && told[i].a == TRACE_REASON_TASK_FAILED;
    assert_int_equal(failed, 6);
}

/* B-146: whatever succeeded between, a stage begins so often in all; of the two limits the larger one counts. */
static void a_stage_has_so_many_attempts_in_all_whatever_succeeded_between(void **state)
{
    (void)state;
    for (uint32_t in_a_row = 2; in_a_row <= 4; in_a_row += 2) {
        char story[900];
        snprintf(story, sizeof story,
                 "local c = cluster { { executors = 2, cores = 1, memory = '2GiB' }, { executors = 1, cores = 2 } }\n"
                 "settings { heartbeat = '1s', heartbeat_timeout = '5s', attempts = %u, attempts_max = 3 }\n"
                 "local j = job 'gang' { barrier_stage 'fit' { tasks = 1, memory = '2GiB', program = compute '1s' },\n"
                 "  stage 'after' { tasks = 1, cores = 2, reads = { 'fit' },\n"
                 "    program = program { compute '10m', fetch '1KiB' } } }\n"
                 "for i = 0, 9 do\n"
                 "  when(record('stage-done', { job = j, stage = 'fit', nth = i + 1 })) {\n"
                 "    crash(c.executor[0]), crash(c.executor[1]), after = '1s' }\n"
                 "  when(record('lost', { executor = 1, nth = i + 1 })) {\n"
                 "    restart(c.executor[0]), restart(c.executor[1]), after = '1s' }\n"
                 "end\n",
                 in_a_row);
        tell(story);
        uint32_t allowed = in_a_row > 3 ? in_a_row : 3;
        assert_int_equal(outcome(0), TRACE_REASON_ATTEMPTS_IN_ALL);
        assert_int_equal(first(TRACE_JOB_DONE, 0, ANY)->b, allowed);
        assert_int_equal(last(TRACE_NOTE, 0, ANY)->b, allowed);
        assert_int_equal(last(TRACE_NOTE, 0, ANY)->epoch, allowed);
        assert_int_equal(count(TRACE_STAGE_DONE, 0, ANY), allowed);
        assert_int_equal(last(TRACE_STAGE_DONE, 0, ANY)->attempt, allowed - 1);
    }
}

/* B-191: a member that has succeeded is not safe: with its executor its output goes, and the whole gang starts again. */
static void the_loss_of_a_finished_members_output_restarts_the_gang(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 3, cores = 1 }\n"
         "settings { heartbeat = '1s', heartbeat_timeout = '5s' }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, prefers = { c.executor[0], c.executor[1] },\n"
         "  program = program { on_rank(1, 1, compute '60s') } }," CHILD "}\n"
         "at '3s' { crash(c.executor[0], { for_good = true }) }\n");
    assert_int_equal(of_rank(TRACE_EXIT, 0, 0)->a, TRACE_EXIT_OK);
    assert_int_equal(first(TRACE_FENCE, 0, 0)->a, TRACE_REASON_OUTPUT_LOST);
    assert_int_equal(of_rank(TRACE_EXIT, 0, 1)->a, TRACE_EXIT_KILLED);
    assert_int_equal(count(TRACE_START, 0, 1), 2);
    assert_int_equal(outcome(0), TRACE_REASON_OK);
}

/* B-193: an executor that dies between the launch and its task's start is lost like any other: the others, who have started,
 * are ended, and nobody waits for the missing one. */
static void an_executor_lost_before_its_task_starts_ends_the_attempt(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 3, cores = 1 }\n"
         "network { latency = '100ms' }\n"
         "settings { heartbeat = '1s', heartbeat_timeout = '5s' }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, prefers = { c.executor[0], c.executor[1] },\n"
         "  program = compute '30s' }," CHILD
         "}\n"
         "when(record('go', { job = j })) { crash(c.executor[1], { for_good = true }), after = '50ms' }\n");
    assert_int_equal(count(TRACE_START, 0, 0), 2); /* rank 0's, and later the child's */
    assert_int_equal(first(TRACE_FENCE, 0, 0)->a, TRACE_REASON_EXECUTOR_LOST);
    assert_int_equal(of_rank(TRACE_EXIT, 0, 0)->a, TRACE_EXIT_KILLED);
    assert_int_equal(count(TRACE_START, 0, 1), 2);
    assert_int_equal(outcome(0), TRACE_REASON_OK);
}

/* B-144: a cancelled job's tasks are ended, wherever they are. */
static void a_cancelled_job_leaves_no_task_behind(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 2 }\n"
         "local j = job 'gang' { barrier_stage 's' { tasks = 4, program = program { on_rank(0, 1, barrier()),\n"
         "  compute '1h' } } }\n"
         "at '5s' { cancel(j) }\n");
    assert_int_equal(outcome(0), TRACE_REASON_CANCELLED);
    assert_int_equal(count(TRACE_EXIT, 0, 0), 4);
    assert_true(ms(last(TRACE_EXIT, 0, 0)) <= 6000);
}

/* B-145: a success of the failed attempt is taken. If it comes before the next attempt is queued, that has fewer tasks than
 * the gang, and these wait for all of it. */
static void a_late_success_leaves_the_next_attempt_short_of_a_member(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "network { latency = '20ms' }\n"
         "settings { sync_timeout = '1h' }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, program = program { compute '2s',\n"
         "  on_rank(0, 0, compute '8s', barrier()) } }," CHILD "}\n"
         "when(j:starts { rank = 1, attempt = 0 }) { kill(j:rank(0, 'fit')), after = '1990ms' }\n");
    const struct trace_record *success = first(TRACE_ACCEPT, 0, 0);
    assert_int_equal(success->rank, 1);
    assert_true(ms(success) > ms(first(TRACE_FENCE, 0, 0)));
    assert_true(ms(success) < ms(first(TRACE_START, 0, 1)));
    assert_int_equal(count(TRACE_START, 0, 1), 1);
    assert_int_equal(ms(first(TRACE_ROUND_FAILED, 0, 1)), ms(first(TRACE_ARRIVE, 0, 1)) + 3600020);
}

/* The same, if it comes when the next attempt is queued and not launched: that waits for a task that is done, for ever. */
static void a_success_after_the_next_attempt_was_queued_keeps_it_waiting_for_ever(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, program = compute '10s' }," CHILD
         "}\n"
         "at '2s' { ignore_kill(j:rank(1, 'fit')) }\n"
         "at '5s' { kill(j:rank(0, 'fit')) }\n");
    const struct trace_record *success = first(TRACE_ACCEPT, 0, 0);
    assert_int_equal(success->rank, 1);
    assert_int_equal(ms(success), 10000);
    assert_int_equal(count(TRACE_START, 0, 1), 0);
    assert_int_equal(last(TRACE_WAIT, 0, ANY)->a, TRACE_REASON_PARTIAL);
    assert_true(hung());
}

/* The same, if it comes while the next attempt runs: nobody ends the task that does it once more, and nobody waits for it. */
static void a_success_while_the_next_attempt_runs_counts_for_that(void **state)
{
    (void)state;
    tell("cluster { executors = 3, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, program = program {\n"
         "  on_rank(0, 0, compute '6s'), on_rank(1, 1, compute '10s') } }," CHILD "}\n"
         "at '2s' { ignore_kill(j:rank(1, 'fit')) }\n"
         "at '5s' { kill(j:rank(0, 'fit')) }\n");
    const struct trace_record *success = first(TRACE_ACCEPT, 0, 0);
    const struct trace_record *done = first(TRACE_STAGE_DONE, 0, 1);
    assert_int_equal(success->rank, 1);
    assert_int_equal(ms(success), 10000);
    assert_true(ms(success) > ms(first(TRACE_START, 0, 1)));
    assert_int_equal(ms(done), ms(of_rank(TRACE_ACCEPT, 1, 0)));
    assert_int_equal(of_rank(TRACE_EXIT, 1, 1)->a, TRACE_EXIT_OK);
    assert_int_equal(ms(of_rank(TRACE_EXIT, 1, 1)), ms(done) + 4000);
    assert_true(last(TRACE_START, 0, 0)->at_ns < of_rank(TRACE_EXIT, 1, 1)->at_ns); /* the child's */
    assert_int_equal(count(TRACE_FENCE, 0, ANY), 1);
    assert_int_equal(outcome(0), TRACE_REASON_OK);
    assert_false(hung());
}

/* B-134, B-141, B-43: the next attempt is queued 200 ms after the failure, while tasks of the last still hold their slots. It
 * waits for so many free slots and for nothing else: with room it runs beside them, and without it goes when they are gone. */
static void the_next_attempt_waits_for_slots_and_not_for_the_last_one(void **state)
{
    (void)state;
    for (int room = 0; room < 2; room++) {
        char story[500];
        snprintf(story, sizeof story,
                 "cluster { executors = %d, cores = 1 }\n"
                 "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, program = compute '10s' }," CHILD
                 "}\n"
                 "at '2s' { linger(j:rank(1, 'fit'), '60s') }\n"
                 "at '5s' { kill(j:rank(0, 'fit')) }\n",
                 room ? 3 : 2);
        tell(story);
        int64_t gone = ms(of_rank(TRACE_EXIT, 0, 1));
        int64_t next = ms(nth(TRACE_START, 0, 1, 1));
        assert_int_equal(gone, 65000);
        assert_in_range(next, room ? 5200 : gone, room ? 6200 : gone + 1000);
        assert_starts_whole(0, 1, 2, next);
        assert_int_equal(outcome(0), TRACE_REASON_OK);
    }
}

/* B-162: nobody is forced to end. What ignores its kill keeps its slot, and in a full cluster the gang waits for it. */
static void what_ignores_its_kill_is_never_forced(void **state)
{
    (void)state;
    tell("cluster { executors = 2, cores = 1 }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, program = compute '1h' }," CHILD
         "}\n"
         "at '2s' { ignore_kill(j:rank(1, 'fit')) }\n"
         "at '3s' { kill(j:rank(0, 'fit')) }\n"
         "limits { virtual = '50m' }\n");
    assert_int_equal(count(TRACE_KILL, 0, 0), 1);
    assert_int_equal(count(TRACE_EXIT, 0, 0), 1);
    for (size_t i = 0; i < told_count; i++)
        assert_false(told[i].kind == TRACE_KILLED && told[i].a != 0);
    assert_int_equal(count(TRACE_START, 0, 1), 0);
    assert_int_equal(count(TRACE_LOST, ANY, ANY), 0);
}

/* B-192: nothing new is placed on an executor that is being decommissioned, and what runs there runs on. */
static void what_runs_on_a_draining_executor_runs_on_and_nothing_new_comes(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 3, cores = 1 }\n"
         "job 'gang' { barrier_stage 's' { tasks = 2, program = compute '20s' } }\n"
         "at '5s' { drain(c.executor[0], '1h') }\n"
         "job 'next' { barrier_stage 's' { tasks = 2, program = compute '1s' }, submit = '6s' }\n");
    assert_int_equal(outcome(0), TRACE_REASON_OK);
    assert_int_equal(outcome(1), TRACE_REASON_OK);
    assert_int_equal(count(TRACE_FENCE, ANY, ANY), 0);
    assert_int_equal(of_rank(TRACE_EXIT, 0, 0)->a, TRACE_EXIT_OK);
    for (uint32_t i = 1; i <= 2; i++)
        assert_int_not_equal(nth(TRACE_START, 1, 0, i)->executor, 0);
}

/* B-194: failures of gangs teach nothing: the bad executor is chosen each time, until the attempts are used up. */
static void the_bad_executor_is_chosen_each_time(void **state)
{
    (void)state;
    tell("local c = cluster { executors = 3, cores = 1 }\n"
         "settings { exclude_failures = 1 }\n"
         "local j = job 'gang' { barrier_stage 'fit' { tasks = 2, prefers = { c.executor[0] }, program = compute '10s' }," CHILD
         "}\n"
         "for i = 1, 4 do when(record('start', { job = j, executor = 0, nth = i })) {\n"
         "  kill(j:rank(0, 'fit')), after = '1s' } end\n");
    assert_int_equal(outcome(0), TRACE_REASON_ATTEMPTS);
    assert_int_equal(count(TRACE_EXCLUDE, ANY, ANY), 0);
    for (uint32_t attempt = 0; attempt < 4; attempt++)
        assert_int_equal(of_rank(TRACE_START, attempt, 0)->executor, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_gang_is_taken_while_executors_come_and_go),
        cmocka_unit_test(executors_that_were_given_back_are_granted_as_their_manager_does),
        cmocka_unit_test(a_gang_may_need_all_slots_and_not_one_more_and_busy_ones_count),
        cmocka_unit_test(admission_counts_the_excluded_and_not_the_draining),
        cmocka_unit_test(a_gang_too_large_is_checked_41_times_in_600_seconds),
        cmocka_unit_test(failed_checks_are_counted_by_job_and_not_by_stage),
        cmocka_unit_test(a_map_stage_job_fails_at_its_first_shortage),
        cmocka_unit_test(a_job_that_waits_to_be_checked_cannot_be_cancelled),
        cmocka_unit_test(a_gang_admitted_to_a_cluster_that_shrank_waits_for_ever),
        cmocka_unit_test(all_tasks_of_a_gang_go_in_one_round_and_nobody_is_asked_before),
        cmocka_unit_test(
            what_fits_on_the_executor_that_came_free_goes_at_once_and_the_rest_waits_for_the_second),
        cmocka_unit_test(an_executor_that_comes_is_offered_alone),
        cmocka_unit_test(a_failed_task_runs_again_at_once_and_a_lost_one_too),
        cmocka_unit_test(executors_are_tried_in_another_order_in_each_round_and_the_avoided_never),
        cmocka_unit_test(a_gang_for_which_too_few_slots_are_left_is_skipped_and_the_round_goes_on),
        cmocka_unit_test(what_a_gang_tried_in_vain_is_free_for_those_behind_it),
        cmocka_unit_test(small_jobs_starve_a_gang),
        cmocka_unit_test(a_task_too_large_ends_its_job_and_loses_the_round),
        cmocka_unit_test(a_gang_waits_3_seconds_a_level_for_its_wishes_and_goes_whole),
        cmocka_unit_test(a_gang_tried_in_vain_waits_for_its_wishes_anew),
        cmocka_unit_test(all_are_released_at_once_and_look_once_a_second),
        cmocka_unit_test(gathers_and_barriers_take_turns_and_all_hear_the_same),
        cmocka_unit_test(a_gather_of_n_sends_n_times_n_payloads),
        cmocka_unit_test(the_first_request_says_how_many_there_are),
        cmocka_unit_test(a_slot_nobody_filled_holds_the_round_before),
        cmocka_unit_test(two_operations_in_one_round_fail_all_four),
        cmocka_unit_test(a_round_times_out_so_long_after_its_first_request),
        cmocka_unit_test(a_call_waits_a_year_whatever_the_timeout),
        cmocka_unit_test(a_member_that_ends_without_calling_is_noticed_by_the_timeout_alone),
        cmocka_unit_test(the_round_of_one_gang_takes_the_timeout_of_another),
        cmocka_unit_test(a_request_sent_twice_leaves_another_member_out),
        cmocka_unit_test(an_old_request_of_the_other_operation_fails_the_live_round),
        cmocka_unit_test(one_failure_restarts_all_200_ms_later_with_rounds_from_0),
        cmocka_unit_test(the_fourth_failed_attempt_ends_the_job),
        cmocka_unit_test(a_gang_in_the_last_stage_is_not_restarted),
        cmocka_unit_test(two_failures_of_one_attempt_cause_one_restart),
        cmocka_unit_test(four_lost_machines_use_the_attempts_up),
        cmocka_unit_test(a_success_forgives_the_failures_before_it),
        cmocka_unit_test(a_stage_has_so_many_attempts_in_all_whatever_succeeded_between),
        cmocka_unit_test(the_loss_of_a_finished_members_output_restarts_the_gang),
        cmocka_unit_test(an_executor_lost_before_its_task_starts_ends_the_attempt),
        cmocka_unit_test(a_cancelled_job_leaves_no_task_behind),
        cmocka_unit_test(a_late_success_leaves_the_next_attempt_short_of_a_member),
        cmocka_unit_test(a_success_after_the_next_attempt_was_queued_keeps_it_waiting_for_ever),
        cmocka_unit_test(a_success_while_the_next_attempt_runs_counts_for_that),
        cmocka_unit_test(the_next_attempt_waits_for_slots_and_not_for_the_last_one),
        cmocka_unit_test(what_ignores_its_kill_is_never_forced),
        cmocka_unit_test(what_runs_on_a_draining_executor_runs_on_and_nothing_new_comes),
        cmocka_unit_test(the_bad_executor_is_chosen_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
