/*
 * beside.c -- claims about two runs beside each other: the decision in words, both stories in columns or not, what they are compared by.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "history.h"
#include "metrics.h"
#include "rep/beside.h"
#include "trace/diff.h"

/* Two of the crash's story; `b` may be changed before they are compared. */
struct pair {
    struct history a, b;
    struct rep_beside sides[2];
};

static void open_pair(struct pair *pair)
{
    history_crash_story(&pair->a);
    history_crash_story(&pair->b);
}

static void compare(struct pair *pair)
{
    struct history *of[2] = {&pair->a, &pair->b};
    struct trace_diff diff;
    bool given[2] = {false, false};
    int side;
    trace_diff_init(&diff);
    for (; (side = trace_diff_go(&diff)) != TRACE_DIFF_OVER; given[side] = true)
        trace_diff_give(&diff, (unsigned)side, of[side]->records, given[side] ? 0 : of[side]->count);
    for (unsigned i = 0; i < 2; i++)
        pair->sides[i] = (struct rep_beside){.run = *history_run(of[i]),
                                             .label = i == 0 ? "A  this" : "B  that",
                                             .has = diff.side[i].has,
                                             .number = diff.side[i].number,
                                             .last = diff.side[i].last};
}

static void close_pair(struct pair *pair)
{
    history_close(&pair->a);
    history_close(&pair->b);
}

static char *decision_of(const struct pair *pair)
{
    char *text = NULL;
    size_t size;
    struct rep_err err;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(rep_beside_decision(pair->sides, out, &err), REP_OK);
    fclose(out);
    return text;
}

static char *story_of(const struct pair *pair, int columns, bool ascii)
{
    char *text = NULL;
    size_t size;
    struct rep_err err;
    struct rep_terminal terminal = {.columns = columns, .ascii = ascii};
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(rep_beside_story(pair->sides, &terminal, 2, 4, out, &err), REP_OK);
    fclose(out);
    return text;
}

static struct trace_record *find(struct history *h, unsigned kind, unsigned nth)
{
    for (uint64_t i = 0; i < h->count; i++)
        if (h->records[i].kind == kind && nth-- == 0)
            return &h->records[i];
    fail();
    return NULL;
}

static void expect_decision(struct pair *pair, const char *expected)
{
    compare(pair);
    char *text = decision_of(pair);
    assert_string_equal(text, expected);
    free(text);
}

static void the_event_at_hand_is_the_same_and_the_answers_differ(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    find(&pair.b, TRACE_FENCE, 0)->a = TRACE_REASON_SILENT;
    expect_decision(&pair, "  both handed world: timer heartbeat  (record 126, 132s)\n"
                           "  A  driver: fence, gang train/fit#0, rank 2, reason executor-lost  (record 128, 132s)\n"
                           "  B  driver: fence, gang train/fit#0, rank 2, reason silent  (record 128, 132s)\n");
    close_pair(&pair);
}

static void a_timer_says_when_it_was_armed(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    struct trace_record *timer = find(&pair.b, TRACE_TIMER, 1);
    timer->at_ns += 5 * MS;
    compare(&pair);
    char *text = decision_of(&pair);
    assert_non_null(strstr(text, "  both armed after driver: deliver of free, gang train/fit#0, rank 1, executor 0, status killed  (record 136, 132.002s)\n"));
    assert_non_null(strstr(text, "  A  world: timer retry  (record 137, 132.2s, armed then)\n"));
    assert_non_null(strstr(text, "  B  world: timer retry  (record 137, 132.205s, armed then)\n"));
    free(text);
    close_pair(&pair);
}

/* A word of the driver's in between: the same event has another number then. */
static void numbers_that_were_moved_do_not_hide_that_the_event_is_the_same(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    struct trace_record *fence = find(&pair.b, TRACE_FENCE, 0), *lost = find(&pair.b, TRACE_LOST, 0);
    fence->a = TRACE_REASON_SILENT;
    struct trace_record timer = *find(&pair.b, TRACE_TIMER, 0);
    size_t at = (size_t)(lost - pair.b.records); /* ..., timer, LOST, FENCE: the timer's place is taken by a note, LOST's by it */
    pair.b.records[at - 1] = (struct trace_record){.at_ns = timer.at_ns, .kind = TRACE_NOTE, .actor = TRACE_DRIVER, .executor = TRACE_NONE,
                                                   .job = TRACE_NONE, .stage = TRACE_NONE, .attempt = TRACE_NONE, .epoch = TRACE_NONE, .rank = TRACE_NONE};
    struct trace_record was = *lost;
    *lost = timer;
    *fence = was;
    fence->cause = at + 1;
    fence->b = TRACE_REASON_REINCARNATED;
    compare(&pair);
    char *text = decision_of(&pair);
    assert_non_null(strstr(text, "both handed world: timer heartbeat"));
    assert_non_null(strstr(text, "reason silent"));
    assert_non_null(strstr(text, "reason reincarnated"));
    free(text);
    close_pair(&pair);
}

static void what_is_missing_is_told_of_the_side_that_lacks_it(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    struct trace_record *fence = find(&pair.b, TRACE_FENCE, 0);
    memmove(fence, fence + 1, (pair.b.count - (size_t)(fence - pair.b.records) - 1) * sizeof *fence);
    fence->cause = 2; /* and what comes next is of another event */
    pair.b.count--;
    compare(&pair);
    char *text = decision_of(&pair);
    assert_non_null(strstr(text, "  A, handed world: timer heartbeat"));
    assert_non_null(strstr(text, "  B  no such answer; next driver: kill, gang train/fit#0, ranks 0-1, executor 0, count 2, reason executor-lost"));
    free(text);
    pair.b.count = 100;
    compare(&pair);
    pair.sides[1].stopped = "crashed with SIGSEGV (11)";
    text = decision_of(&pair);
    assert_non_null(strstr(text, "  B  ended before it: crashed with SIGSEGV (11)\n"));
    free(text);
    close_pair(&pair);
}

static void stories_stand_in_two_columns_where_there_is_room(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    find(&pair.b, TRACE_LOST, 0)->b = TRACE_REASON_REINCARNATED;
    compare(&pair);
    char *wide = story_of(&pair, 120, true), *narrow = story_of(&pair, 119, true), *pretty = story_of(&pair, 200, false);
    const char *head = strstr(wide, "A  this ");
    assert_non_null(head);
    assert_int_equal(strcspn(head, "|"), 59); /* (120 - 3) / 2, and a blank */
    assert_true(strncmp(head + 59, "| B  that\n", 10) == 0);
    for (const char *line = wide; *line != '\0'; line = strchr(line, '\n') + 1)
        if (strstr(line, " | ") != NULL && strstr(line, " | ") < strchr(line, '\n')) {
            assert_true(strcspn(line, "\n") <= 120);
            assert_int_not_equal(strchr(line, '\n')[-1], ' ');
        }
    assert_null(strstr(narrow, " | "));
    assert_non_null(strstr(narrow, "  A  this\n[ 132.000s]"));
    assert_non_null(strstr(narrow, "  B  that\n[ 132.000s]"));
    assert_non_null(strstr(pretty, " \xe2\x94\x82 B  that\n"));
    /* what is common stands once, and says how much of it is left out */
    assert_non_null(strstr(wide, "... the same 5 lines of both stories ...\n"));
    assert_null(strstr(narrow, "job train submitted"));
    free(wide);
    free(narrow);
    free(pretty);
    close_pair(&pair);
}

static void a_difference_that_no_story_tells_is_said_to_be_one(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    find(&pair.b, TRACE_ARRIVE, 0)->b = 12345;
    compare(&pair);
    assert_true(pair.sides[0].has);
    char *text = story_of(&pair, 120, true);
    assert_non_null(strstr(text, "their stories tell no difference\n"));
    free(text);
    close_pair(&pair);
}

/* What a history may hold does not matter: every record can be put into words. */
static void wild_records_are_put_into_words(void **state)
{
    (void)state;
    struct history h;
    uint64_t dice = 1;
    history_crash_story(&h);
    FILE *null = fopen("/dev/null", "w");
    for (unsigned i = 0; i < 200000; i++) {
        struct trace_record r;
        unsigned char *bytes = (unsigned char *)&r;
        for (size_t j = 0; j < sizeof r; j++)
            bytes[j] = (unsigned char)((dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407) >> 56);
        r.kind = (uint16_t)(i % 60);
        r.flags = i % 2 ? r.flags : (uint16_t)(i % 53);
        r.job = i % 3 ? r.job : 0;
        r.stage = i % 3 ? r.stage : 0;
        r.a = i % 5 ? r.a : (int64_t)(i % 70);
        rep_put_record(h.plan, &r, null);
    }
    fclose(null);
    history_close(&h);
}

/* Counted record by record, and by whoever has all of them. */
static void the_tally_is_what_the_tables_say(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    struct rep_metrics m;
    int64_t values[REP_TALLY_ROWS], waited = 0, restarts = 0;
    history_crash_story(&h);
    const struct rep_run *run = history_run(&h);
    assert_int_equal(rep_metrics_build(run, &m, &err), REP_OK);
    for (size_t batch = 1; batch < 300; batch += 37) {
        struct rep_tally *tally = rep_tally_new(h.plan, &err);
        for (uint64_t i = 0; i < h.count; i += batch)
            rep_tally_take(tally, h.records + i, h.count - i < batch ? h.count - i : batch);
        rep_tally_finish(tally, values);
        rep_tally_free(tally);
        waited = restarts = 0;
        for (uint32_t i = 0; i < h.plan->stage_count; i++) {
            waited += rep_wait_ns(&m.gangs[i]);
            restarts += m.gangs[i].restarts;
        }
        assert_int_equal(values[REP_TALLY_WAITING], waited);
        assert_int_equal(values[REP_TALLY_RESTARTS], restarts);
        assert_int_equal(values[REP_TALLY_MAKESPAN], m.end_ns - m.first_submit_ns);
        assert_int_equal(values[REP_TALLY_DONE], 1);
        assert_int_equal(values[REP_TALLY_STUCK], 0);
        assert_int_equal(values[REP_TALLY_EVICTED], 0);
    }
    /* cores that were up x time, less what tasks held of it, within the makespan */
    rep_wide idle = 0;
    for (uint64_t i = 0; i < m.lanes.up_count; i++)
        idle += (rep_wide)rep_between(m.lanes.ups[i].from_ns > m.first_submit_ns ? m.lanes.ups[i].from_ns : m.first_submit_ns,
                                      m.lanes.ups[i].to_ns < m.end_ns ? m.lanes.ups[i].to_ns : m.end_ns) * 2;
    for (uint64_t i = 0; i < m.lanes.span_count; i++)
        idle -= (rep_wide)rep_between(m.lanes.spans[i].start_ns,
                                      m.lanes.spans[i].end_ns < m.end_ns ? m.lanes.spans[i].end_ns : m.end_ns);
    int64_t expected = (int64_t)(idle / 1000000); /* this history's clock steps a millisecond back at the last four exits */
    assert_in_range(values[REP_TALLY_IDLE], expected - 4, expected);
    rep_metrics_free(&m);
    history_close(&h);
}

static void who_waits_in_vain_is_counted_once(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    int64_t values[REP_TALLY_ROWS];
    history_open(&h, 1, 2);
    uint32_t one = history_job(&h, "one");
    history_stage(&h, one, "fit", PLAN_STAGE_BARRIER, 4, 0);
    uint32_t two = history_job(&h, "two");
    history_stage(&h, two, "fit", PLAN_STAGE_BARRIER, 4, 0);
    history_submit(&h, SEC, one);
    history_submit(&h, 2 * SEC, two);
    history_of(&h, TRACE_JOB_DONE, 5 * SEC, 0, two, TRACE_NONE, TRACE_NONE)->a = TRACE_REASON_SLOTS;
    struct trace_record *kill = history_of(&h, TRACE_KILL, 6 * SEC, 0, one, 0, 0);
    kill->a = 3;
    kill->b = TRACE_REASON_EVICTED;
    history_end(&h, 10 * SEC, TRACE_END_HUNG);
    (void)history_run(&h);
    struct rep_tally *tally = rep_tally_new(h.plan, &err);
    rep_tally_take(tally, h.records, h.count);
    rep_tally_finish(tally, values);
    rep_tally_free(tally);
    assert_int_equal(values[REP_TALLY_WAITING], 3 * SEC + 9 * SEC);
    assert_int_equal(values[REP_TALLY_STUCK], 2);
    assert_int_equal(values[REP_TALLY_MAKESPAN], 9 * SEC); /* one did not end: to the end of the run */
    assert_int_equal(values[REP_TALLY_EVICTED], 3);
    assert_int_equal(values[REP_TALLY_IDLE], -1); /* nothing is known of executors */
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_event_at_hand_is_the_same_and_the_answers_differ),
        cmocka_unit_test(a_timer_says_when_it_was_armed),
        cmocka_unit_test(numbers_that_were_moved_do_not_hide_that_the_event_is_the_same),
        cmocka_unit_test(what_is_missing_is_told_of_the_side_that_lacks_it),
        cmocka_unit_test(stories_stand_in_two_columns_where_there_is_room),
        cmocka_unit_test(a_difference_that_no_story_tells_is_said_to_be_one),
        cmocka_unit_test(wild_records_are_put_into_words),
        cmocka_unit_test(the_tally_is_what_the_tables_say),
        cmocka_unit_test(who_waits_in_vain_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
