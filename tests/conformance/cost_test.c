/*
 * cost_test.c -- what the judge costs: prints nanoseconds a record and bytes a task, and claims
 * only what cannot be noise.
 *
 * The history is made here: a gang of many ranks on many executors that passes many rounds, as in
 * GANG-1.
 */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support.h"

enum { EXECUTORS = 100, EACH = 8, GANG = 64, JOBS = 24, ROUNDS = 10, GROUPS = GANG / EACH };

static void put(struct history *h, struct trace_record r)
{
    r.at_ns = (int64_t)h->count;
    h->records[h->count++] = r;
}

static void put_message(struct history *h, struct trace_record r)
{
    put(h, r);
    r.flags = r.kind;
    r.kind = TRACE_DELIVER;
    put(h, r);
}

static struct trace_record of_rank(uint16_t kind, uint32_t job, uint32_t rank, int64_t a)
{
    return (struct trace_record){.kind = kind,
                                 .executor = rank / EACH + job % 12 * GROUPS,
                                 .job = job,
                                 .epoch = TRACE_NONE,
                                 .rank = rank,
                                 .a = a};
}

static void put_round(struct history *h, uint32_t job, uint32_t epoch)
{
    struct trace_record r;
    for (uint32_t rank = 0; rank < GANG; rank++) {
        r = of_rank(TRACE_ARRIVE, job, rank, 0);
        r.epoch = epoch;
        put_message(h, r);
    }
    for (uint32_t rank = 0; rank < GANG; rank += EACH) {
        r = of_rank(TRACE_RELEASE, job, rank, EACH);
        r.epoch = epoch;
        put_message(h, r);
    }
    for (uint32_t rank = 0; rank < GANG; rank++) {
        r = of_rank(TRACE_REPLY, job, rank, 0);
        r.epoch = epoch;
        put(h, r);
    }
}

static struct trace_record of_stage(uint16_t kind, uint32_t job, int64_t a)
{
    return (struct trace_record){.kind = kind,
                                 .executor = TRACE_NONE,
                                 .job = job,
                                 .epoch = TRACE_NONE,
                                 .rank = TRACE_NONE,
                                 .a = a};
}

static void put_job(struct history *h, uint32_t job)
{
    static const uint16_t launch[] = {TRACE_RESERVE, TRACE_RESERVE_ACK, TRACE_GO};
    put(h, of_stage(TRACE_SUBMIT, job, 0));
    put(h, of_stage(TRACE_PLAN, job, GANG));
    for (unsigned i = 0; i < 3; i++)
        for (uint32_t rank = 0; rank < GANG; rank += EACH)
            put_message(h, of_rank(launch[i], job, rank, EACH));
    for (uint32_t rank = 0; rank < GANG; rank++)
        put(h, of_rank(TRACE_START, job, rank, 0));
    for (uint32_t epoch = 0; epoch < ROUNDS; epoch++)
        put_round(h, job, epoch);
    for (uint32_t rank = 0; rank < GANG; rank++) {
        put(h, of_rank(TRACE_EXIT, job, rank, TRACE_EXIT_OK));
        put_message(h, of_rank(TRACE_FREE, job, rank, TRACE_EXIT_OK));
        struct trace_record accept = of_rank(TRACE_ACCEPT, job, rank, TRACE_ACCEPT_SUCCESS);
        accept.executor = TRACE_NONE;
        put(h, accept);
    }
    put(h, of_stage(TRACE_STAGE_DONE, job, 1));
    put(h, of_stage(TRACE_JOB_DONE, job, 0));
}

static struct history make_history(void)
{
    struct history h = {.plan = gangs_plan(EXECUTORS, EACH, JOBS, GANG), .observes = trace_kinds_usual(), .two_phase = true};
    h.records = calloc((size_t)JOBS * GANG * (ROUNDS * 4 + 12) + 4 * EXECUTORS, sizeof *h.records);
    assert_non_null(h.records);
    for (uint32_t e = 0; e < EXECUTORS; e++) {
        struct trace_record r = of_stage(TRACE_UP, TRACE_NONE, 0);
        r.stage = r.attempt = TRACE_NONE;
        r.executor = e;
        put(&h, r);
        r.kind = TRACE_JOIN;
        put(&h, r);
    }
    for (uint32_t job = 0; job < JOBS; job++)
        put_job(&h, job);
    struct trace_record end = of_stage(TRACE_END, TRACE_NONE, TRACE_END_FINISHED);
    end.stage = end.attempt = TRACE_NONE;
    put(&h, end);
    return h;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void a_record_costs_some_nanoseconds(void **state)
{
    (void)state;
    struct history h = make_history();
    int64_t best = INT64_MAX;
    for (unsigned run = 0; run < 9; run++) {
        struct conf_verdict v;
        struct judged j = judge_open(&h);
        int64_t from = now_ns();
        for (size_t at = 0; at < h.count; at += 256)
            conf_feed(j.judge, h.records + at, h.count - at < 256 ? h.count - at : 256, at + 1);
        int64_t took = now_ns() - from;
        conf_finish(j.judge, &v);
        if (v.outcome != CONF_PASS)
            fail_msg("%s at record %lu: %s", v.findings[0].rule,
                     (unsigned long)v.findings[0].record, v.findings[0].sentence);
        best = took < best ? took : best;
        judge_close(&j);
    }
    print_message("%.1f ns a record, of %zu records\n", (double)best / (double)h.count, h.count);
    assert_true(best / (int64_t)h.count < 500);
    history_free(&h);
}

static void a_task_costs_less_than_a_cache_line(void **state)
{
    (void)state;
    struct plan *plan = gangs_plan(EXECUTORS, EACH, JOBS, GANG);
    double bytes = (double)conf_size(plan) / ((double)JOBS * GANG);
    print_message("%.1f bytes a task\n", bytes);
    assert_true(bytes < 64);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_costs_some_nanoseconds),
        cmocka_unit_test(a_task_costs_less_than_a_cache_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
