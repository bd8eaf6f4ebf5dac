/*
 * quick_test.c -- the records of a round are judged in two ways (conformance/oracles/src/quick.h): in the loop, if all is as it
 * mostly is and nothing is due, and by rounds.c. A scenario's bound on waits makes something due before each record, so with a
 * bound that nobody ever reaches every record goes the second way: both must come to the same verdict, whatever is changed in
 * a history.
 *
 * MUSTER_CHANGED=1..1000000 has so many changed histories judged; the default takes less than a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

enum { EXECUTORS = 2, EACH = 2, GANG = EXECUTORS * EACH, JOBS = 2, ROUNDS = 4, GATHERS = 2, RECORDS_MAX = 1024 };

/* ---- a history of two gangs side by side, whose rounds are barriers but for one */
static void put(struct history *h, struct trace_record r)
{
    assert_true(h->count < RECORDS_MAX);
    r.at_ns = (int64_t)h->count / 3; /* some in one instant */
    h->records[h->count++] = r;
}

static void put_message(struct history *h, struct trace_record r)
{
    put(h, r);
    r.cause = h->count;
    r.flags = r.kind;
    r.kind = TRACE_DELIVER;
    put(h, r);
}

static struct trace_record of_stage(uint16_t kind, uint32_t job, int64_t a)
{
    return (struct trace_record){.kind = kind, .executor = TRACE_NONE, .job = job, .epoch = TRACE_NONE, .rank = TRACE_NONE, .a = a};
}

static struct trace_record of_rank(uint16_t kind, uint32_t job, uint32_t rank, int64_t a)
{
    struct trace_record r = of_stage(kind, job, a);
    r.executor = rank / EACH;
    r.rank = rank;
    return r;
}

static struct trace_record of_executor(uint16_t kind, uint32_t executor)
{
    struct trace_record r = of_stage(kind, TRACE_NONE, 0);
    r.stage = r.attempt = TRACE_NONE;
    r.executor = executor;
    return r;
}

/* trace.h */
static uint64_t spread(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* The same call as a task would make next, out of nowhere: it counts, and the task's own counts instead when it comes. */
static void put_stray(struct history *h, struct trace_record call)
{
    struct trace_record fault = of_executor(TRACE_FAULT, TRACE_NONE);
    fault.b = PLAN_ACT_STRAY_CALL;
    put(h, fault);
    call.cause = h->count;
    put_message(h, call);
}

/* Both gangs at once, so that the rounds of one lie between those of the other. */
static void put_round(struct history *h, uint32_t epoch)
{
    struct trace_record r;
    uint64_t digest[JOBS] = {0};
    for (uint32_t rank = 0; rank < GANG; rank++)
        for (uint32_t job = 0; job < JOBS; job++) {
            r = of_rank(TRACE_ARRIVE, job, rank, epoch == GATHERS);
            r.epoch = epoch;
            r.b = (int64_t)(7 * rank + job + 1);
            digest[job] += spread((uint64_t)r.b ^ spread(rank));
            if (epoch == 1 && rank == 2)
                put_stray(h, r);
            put_message(h, r);
        }
    for (uint32_t job = 0; job < JOBS; job++)
        for (uint32_t rank = 0; rank < GANG; rank += EACH) {
            r = of_rank(TRACE_RELEASE, job, rank, EACH);
            r.epoch = epoch;
            r.b = (int64_t)digest[job];
            put_message(h, r);
        }
    for (uint32_t rank = 0; rank < GANG; rank++)
        for (uint32_t job = 0; job < JOBS; job++) {
            r = of_rank(TRACE_REPLY, job, rank, 0);
            r.epoch = epoch;
            r.b = (int64_t)digest[job];
            put(h, r);
        }
}

static void put_launch(struct history *h, uint32_t job)
{
    static const uint16_t launch[] = {TRACE_RESERVE, TRACE_RESERVE_ACK, TRACE_GO};
    put(h, of_stage(TRACE_SUBMIT, job, 0));
    put(h, of_stage(TRACE_PLAN, job, GANG));
    for (unsigned i = 0; i < 3; i++)
        for (uint32_t rank = 0; rank < GANG; rank += EACH)
            put_message(h, of_rank(launch[i], job, rank, EACH));
    for (uint32_t rank = 0; rank < GANG; rank++)
        put(h, of_rank(TRACE_START, job, rank, 0));
}

static void put_end(struct history *h, uint32_t job)
{
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
    /* nobody but the driver places, so nothing is told to go */
    struct history h = {.plan = gangs_plan(EXECUTORS, EACH * JOBS, JOBS, GANG), .observes = trace_kinds_all() & ~TRACE_BIT(TRACE_LAUNCH), .two_phase = true};
    h.records = calloc(RECORDS_MAX, sizeof *h.records);
    assert_non_null(h.records);
    for (uint32_t e = 0; e < EXECUTORS; e++) {
        put(&h, of_executor(TRACE_UP, e));
        put(&h, of_executor(TRACE_JOIN, e));
    }
    for (uint32_t job = 0; job < JOBS; job++)
        put_launch(&h, job);
    for (uint32_t epoch = 0; epoch < ROUNDS; epoch++)
        put_round(&h, epoch);
    for (uint32_t job = 0; job < JOBS; job++)
        put_end(&h, job);
    struct trace_record end = of_executor(TRACE_END, TRACE_NONE);
    end.a = TRACE_END_FINISHED;
    put(&h, end);
    return h;
}

/* ---- changes */
static uint64_t dice;

static uint32_t draw(uint32_t below) /* 0..below - 1 */
{
    dice += UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(spread(dice) % below);
}

static uint32_t *field_of(struct trace_record *r, uint32_t field)
{
    uint32_t *const fields[] = {&r->executor, &r->job, &r->stage, &r->attempt, &r->epoch, &r->rank};
    return fields[field];
}

static uint32_t some_number(uint32_t is)
{
    const uint32_t numbers[] = {0, 1, 2, 3, is + 1, is - 1, TRACE_NONE, TRACE_NONE - 1};
    return numbers[draw(sizeof numbers / sizeof *numbers)];
}

static uint16_t some_kind(void)
{
    static const uint16_t kinds[] = {TRACE_ARRIVE, TRACE_DELIVER, TRACE_REPLY, TRACE_RELEASE, TRACE_ROUND_FAILED, TRACE_FENCE,
                                     TRACE_START, TRACE_EXIT, TRACE_FREE, TRACE_KILL, TRACE_DRIVER_DOWN, TRACE_DRIVER_UP,
                                     TRACE_JOB_DONE, TRACE_KIND_LIMIT, 64 + TRACE_ARRIVE, TRACE_SEND};
    return kinds[draw(sizeof kinds / sizeof *kinds)];
}

static void change_record(struct history *h, struct trace_record *r)
{
    uint32_t field = draw(6);
    switch (draw(10)) {
    case 0:
        r->kind = some_kind();
        if (r->kind == TRACE_DRIVER_DOWN) /* it may have died of the call before */
            r->b = TRACE_DELIVER;
        else if (r->kind == TRACE_ROUND_FAILED)
            r->b = TRACE_REASON_SYNC_MISMATCH;
        break;
    case 1:
        r->flags = some_kind();
        break;
    case 2:
        r->a = draw(2) ? (int64_t)draw(5) - 1 : INT64_MAX - draw(2);
        break;
    case 3:
        r->b = draw(2) ? r->b + 1 : 0;
        break;
    case 4:
        r->cause = draw((uint32_t)h->count + 2);
        break;
    case 5:
        r->at_ns += draw(2) ? draw(40) : -(int64_t)draw(40);
        break;
    case 6:
        *field_of(r, field) = *field_of(&h->records[draw((uint32_t)h->count)], field);
        break;
    default:
        *field_of(r, field) = some_number(*field_of(r, field));
        break;
    }
}

static void change(struct history *h)
{
    size_t at = draw((uint32_t)h->count), other = draw((uint32_t)h->count);
    struct trace_record r = h->records[at];
    switch (draw(6)) {
    case 0: /* lost */
        memmove(&h->records[at], &h->records[at + 1], (h->count - at - 1) * sizeof r);
        h->count--;
        break;
    case 1: /* once more */
        memmove(&h->records[other + 1], &h->records[other], (h->count - other) * sizeof r);
        h->records[other] = r;
        h->count++;
        break;
    case 2: /* the two in each other's place */
        h->records[at] = h->records[other];
        h->records[other] = r;
        break;
    default:
        change_record(h, &h->records[at]);
        break;
    }
}

/* ---- both ways */
static struct conf_verdict judge_with(const struct history *h, int64_t wait_ns)
{
    static struct conf_verdict v;
    memset(&v, 0, sizeof v);
    h->plan->setting[PLAN_SET_WAIT] = wait_ns;
    judge_history(h, &v);
    return v;
}

static void check_alike(const struct history *h, const char *what, unsigned number)
{
    static struct conf_verdict quick, slow;
    quick = judge_with(h, 0);
    slow = judge_with(h, INT64_MAX);
    for (uint32_t i = 0; i < quick.finding_count && i < slow.finding_count; i++)
        if (quick.findings[i].record != slow.findings[i].record || strcmp(quick.findings[i].sentence, slow.findings[i].sentence) != 0)
            fail_msg("%s %u: finding %u is '%s' at %lu, and in the loop '%s' at %lu", what, number, i, slow.findings[i].sentence,
                     (unsigned long)slow.findings[i].record, quick.findings[i].sentence,
                     (unsigned long)quick.findings[i].record);
    if (memcmp(&quick, &slow, sizeof quick) != 0)
        fail_msg("%s %u: %u findings and status %d, and in the loop %u and %d", what, number, slow.finding_count,
                 slow.exit_status, quick.finding_count, quick.exit_status);
}

static void both_ways_come_to_one_verdict(void **state)
{
    (void)state;
    struct history h = make_history();
    struct conf_verdict v = judge_with(&h, 0);
    if (v.outcome != CONF_PASS)
        fail_msg("%s at record %lu: %s", v.findings[0].rule, (unsigned long)v.findings[0].record, v.findings[0].sentence);
    check_alike(&h, "unchanged", 0);
    h.plan->setting[PLAN_SET_DATAGRAM] = 1;
    check_alike(&h, "unchanged, on datagrams", 0);
    plan_free(h.plan);
    free(h.records);
}

static void whatever_is_changed(void **state)
{
    (void)state;
    unsigned first = 1, last = 20000, rejected = 0;
    const char *range = getenv("MUSTER_CHANGED");
    if (range != NULL && sscanf(range, "%u..%u", &first, &last) != 2)
        fail_msg("MUSTER_CHANGED is '%s', must be FIRST..LAST", range);
    struct history original = make_history(), h = original;
    h.records = calloc(RECORDS_MAX, sizeof *h.records);
    assert_non_null(h.records);
    for (unsigned number = first; number <= last; number++) {
        dice = number;
        h.plan->setting[PLAN_SET_DATAGRAM] = number % 2; /* the order of messages is looked at, too */
        h.count = original.count;
        memcpy(h.records, original.records, h.count * sizeof *h.records);
        for (uint32_t changes = 1 + draw(3); changes > 0; changes--)
            change(&h);
        check_alike(&h, "changed history", number);
        rejected += judge_with(&h, 0).outcome == CONF_FAIL;
    }
    print_message("%u of %u rejected\n", rejected, last - first + 1);
    assert_true(rejected > (last - first) / 2);
    plan_free(h.plan);
    free(h.records);
    free(original.records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_come_to_one_verdict),
        cmocka_unit_test(whatever_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
