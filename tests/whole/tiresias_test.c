/*
 * tiresias_test.c -- sixty real jobs: every start as an independent calculation has it.
 *
 * The calculation reads the trace by itself and knows nothing of executors, messages or leases: 16 slots, a queue in order
 * of arrival, a gang starts when its slots are free; head of line blocks, or is skipped.
 */
#include "gang/gang.h"
#include "scn/scn.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { JOBS_MAX = 200, SLOTS = 16 };

struct job {
    long arrival, size, duration, start, end;
};
static struct job jobs[JOBS_MAX];
static int job_count;

static void read_trace(void)
{
    char line[256];
    FILE *in = fopen(SCENARIOS "/workloads/tiresias-60.csv", "r");
    assert_non_null(in);
    assert_non_null(
        fgets(line, sizeof line,
              in)); /* job_id,num_gpu,submit_time,iterations,model_name,duration,interval */
    for (job_count = 0; fgets(line, sizeof line, in) != NULL; job_count++) {
        char *field[7] = {line};
        for (int f = 1; f < 7; f++) {
            field[f] = strchr(field[f - 1], ',');
            assert_non_null(field[f]);
            *field[f]++ = '\0';
        }
        assert_true(job_count < JOBS_MAX);
        jobs[job_count] = (struct job){.arrival = strtol(field[2], NULL, 10),
                                       .size = strtol(field[1], NULL, 10),
                                       .duration = strtol(field[5], NULL, 10),
                                       .start = -1};
    }
    fclose(in);
    assert_int_equal(job_count, 60);
}

/* Second by second; in each, what ends gives back first, then the queue is looked at in order of arrival. */
static void calculate(bool skip)
{
    long free_slots = SLOTS;
    int left = job_count;
    for (long now = 0; left > 0; now++) {
        for (int j = 0; j < job_count; j++)
            if (jobs[j].start >= 0 && jobs[j].end == now) {
                free_slots += jobs[j].size;
                left--;
            }
        for (int j = 0; j < job_count; j++) {
            if (jobs[j].start >= 0 || jobs[j].arrival > now)
                continue;
            if (jobs[j].size <= free_slots) {
                jobs[j].start = now;
                jobs[j].end = now + jobs[j].duration;
                free_slots -= jobs[j].size;
            } else if (!skip) {
                break;
            }
        }
    }
}

static int64_t go_ns[JOBS_MAX];

static void watch(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    (void)ctx;
    (void)first;
    for (size_t i = 0; i < count; i++)
        if (records[i].kind == TRACE_GO && go_ns[records[i].job] < 0)
            go_ns[records[i].job] = records[i].at_ns;
}

static void run(bool skip)
{
    struct scn_err scn_err;
    struct sim_err err = {0};
    struct plan *plan =
        scn_load(SCENARIOS "/workloads/tiresias-60.lua", NULL, 0, NULL, NULL, &scn_err);
    if (plan == NULL)
        fail_msg("%s", scn_err.detail);
    struct sim_options options = {
        .plan = plan, .core = gang_api(), .policy = gang_policy_strict(), .seed = 1};
    assert_int_equal(
        gang_policy_set(&options.policy, "blocked_head", skip ? "skip" : "block", NULL), GANG_OK);
    size_t bytes = sim_size(&options, &err);
    void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    struct sim *sim = sim_init(memory, bytes, &options, &err);
    bool ended = false;
    if (sim == NULL)
        fail_msg("%s", err.detail);
    for (int j = 0; j < JOBS_MAX; j++)
        go_ns[j] = -1;
    sim_observer(sim, watch, NULL);
    while (!ended)
        assert_int_equal(sim_run(sim, 1u << 16, &ended, &err), SIM_OK);
    assert_int_equal(plan->job_count, job_count);
    for (int j = 0; j < job_count; j++)
        if (go_ns[j] != jobs[j].start * INT64_C(1000000000))
            fail_msg("job %d (size %ld) starts at %lld ns, expected %ld s", j, jobs[j].size,
                     (long long)go_ns[j], jobs[j].start);
    free(memory);
    plan_free(plan);
}

static void every_job_starts_when_a_plain_fifo_starts_it(void **state)
{
    (void)state;
    read_trace();
    calculate(false);
    run(false);
}

static void and_when_a_blocked_head_is_skipped(void **state)
{
    (void)state;
    read_trace();
    calculate(true);
    run(true);
}

static void the_two_differ(void **state) /* else neither of the above says much */
{
    (void)state;
    long start[JOBS_MAX];
    int waited = 0, moved = 0;
    read_trace();
    calculate(false);
    for (int j = 0; j < job_count; j++) {
        start[j] = jobs[j].start;
        waited += jobs[j].start > jobs[j].arrival;
    }
    read_trace();
    calculate(true);
    for (int j = 0; j < job_count; j++)
        moved += jobs[j].start != start[j];
    assert_in_range(waited, 20, 60);
    assert_in_range(moved, 5, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_starts_when_a_plain_fifo_starts_it),
        cmocka_unit_test(and_when_a_blocked_head_is_skipped),
        cmocka_unit_test(the_two_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
