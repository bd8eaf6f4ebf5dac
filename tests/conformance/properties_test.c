/*
 * properties_test.c -- what holds of every history: dropped kinds, unobserved kinds, cuts,
 * snapshots, fingerprints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

static struct history_case cases[CASES_MAX];
static size_t case_count;

static int read_cases(void **state)
{
    (void)state;
    case_count = cases_read(cases);
    return 0;
}

static bool is_rejected(const struct history_case *c) { return strcmp(c->verdict, "fail") == 0; }
static bool is_accepted(const struct history_case *c) { return strcmp(c->verdict, "pass") == 0; }

/* The history as a target would have left it that writes no record of this kind. */
static struct history without(const struct history *h, unsigned kind)
{
    struct history copy = history_copy(h);
    uint64_t *number =
        calloc(h->count + 1, sizeof *number); /* of each record, or of what it was caused by */
    assert_non_null(number);
    copy.count = 0;
    for (size_t i = 0; i < h->count; i++) {
        struct trace_record r = h->records[i];
        r.cause = r.cause <= i ? number[r.cause] : r.cause;
        if (r.kind == kind) {
            number[i + 1] = r.cause;
            continue;
        }
        copy.records[copy.count++] = r;
        number[i + 1] = copy.count;
    }
    free(number);
    return copy;
}

static uint64_t kinds_of(const struct history *h)
{
    uint64_t kinds = 0;
    for (size_t i = 0; i < h->count; i++)
        if (h->records[i].kind < 64)
            kinds |= TRACE_BIT(h->records[i].kind);
    return kinds;
}

static void no_dropped_kind_turns_a_rejected_history_into_an_accepted_one(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < case_count; i++) {
        struct history h;
        history_read(cases[i].name, &h);
        for (unsigned kind = 1; kind < 64 && is_rejected(&cases[i]); kind++) {
            struct conf_verdict v;
            if ((kinds_of(&h) & TRACE_BIT(kind)) == 0)
                continue;
            struct history less = without(&h, kind);
            judge_history(&less, &v);
            if (v.outcome == CONF_PASS) {
                print_message("%s passes without its %s records\n", cases[i].name,
                              trace_kind_text(kind) ? trace_kind_text(kind) : "unknown");
                wrong++;
            }
            free(less.records);
        }
        history_free(&h);
    }
    assert_int_equal(wrong, 0);
}

static void a_kind_that_is_not_observed_never_makes_a_pass_or_a_false_failure(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < case_count; i++) {
        struct history h;
        history_read(cases[i].name, &h);
        for (unsigned kind = 1; kind < TRACE_KIND_LIMIT; kind++) {
            struct conf_verdict v;
            struct history less = without(&h, kind);
            less.observes &= ~TRACE_BIT(kind);
            judge_history(&less, &v);
            bool fails = v.outcome == CONF_FAIL;
            bool believed = kind == TRACE_WAIT || kind == TRACE_NOTE || kind == TRACE_FAULT ||
                            kind == TRACE_HEAL || kind == TRACE_SEND || kind == TRACE_CHECKPOINT ||
                            kind == TRACE_OUTPUT || kind == TRACE_LAUNCH; /* there are histories from before it */
            if ((is_accepted(&cases[i]) && fails) ||
                (is_rejected(&cases[i]) && v.outcome == CONF_PASS && !believed)) {
                print_message("%s where %s is not observed: outcome %u, %s %s\n", cases[i].name,
                              trace_kind_text(kind), v.outcome,
                              v.finding_count > 0 ? v.findings[0].rule : "",
                              v.finding_count > 0 ? v.findings[0].sentence : "");
                wrong++;
            }
            free(less.records);
        }
        history_free(&h);
    }
    assert_int_equal(wrong, 0);
}

static void an_oracle_says_which_kinds_it_cannot_do_without(void **state)
{
    (void)state;
    struct history h;
    struct conf_verdict v;
    history_read("bar/accept-two-rounds", &h);
    h.observes &= ~TRACE_BIT(TRACE_REPLY);
    struct history less = without(&h, TRACE_REPLY);
    judge_history(&less, &v);
    assert_int_equal(v.oracle[CONF_BAR], CONF_UNKNOWN);
    assert_int_equal(v.oracle[CONF_CAP], CONF_PASS);
    assert_int_equal(v.outcome, CONF_UNKNOWN);
    assert_int_equal(v.exit_status, 2);
    bool said = false;
    for (uint32_t i = 0; i < v.finding_count; i++)
        said |= v.findings[i].oracle == CONF_BAR &&
                strcmp(v.findings[i].sentence, "reply not observable here") == 0;
    assert_true(said);
    free(less.records);
    history_free(&h);
}

static void a_history_that_is_cut_off_never_passes(void **state)
{
    (void)state;
    for (size_t i = 0; i < case_count; i++) {
        struct history h;
        history_read(cases[i].name, &h);
        for (size_t cut = 0; cut + 1 < h.count; cut++) {
            struct conf_verdict v;
            struct conf_options options = {
                .observes = h.observes, .two_phase = h.two_phase, .partial = true};
            struct judged j = judge_open(&h);
            j.judge = conf_init(j.memory, conf_size(h.plan), h.plan, &options);
            conf_feed(j.judge, h.records, cut, 1);
            conf_finish(j.judge, &v);
            assert_int_not_equal(v.outcome, CONF_PASS);
            if (is_accepted(&cases[i]))
                assert_int_equal(v.outcome, CONF_UNKNOWN);
            judge_close(&j);
        }
        history_free(&h);
    }
}

/* Judges a history's rest twice: in the block that saw its beginning, and in a copy of it somewhere
 * else. */
static void check_snapshot(const struct history *h, size_t at)
{
    struct conf_verdict a, b;
    struct judged first = judge_open(h), second = judge_open(h);
    conf_feed(first.judge, h->records, at, 1);
    memcpy(second.memory, first.memory, conf_size(h->plan));
    assert_true(conf_fingerprint(first.judge) == conf_fingerprint(second.judge));
    conf_feed(first.judge, h->records + at, h->count - at, at + 1);
    conf_finish(first.judge, &a);
    for (size_t i = at; i < h->count; i++)
        conf_feed(second.judge, &h->records[i], 1, i + 1);
    conf_finish(second.judge, &b);
    assert_memory_equal(&a, &b, sizeof a);
    judge_close(&first);
    judge_close(&second);
}

static void a_copy_of_the_block_goes_on_like_the_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < case_count; i++) {
        struct history h;
        history_read(cases[i].name, &h);
        for (size_t at = 0; at <= h.count; at += 7)
            check_snapshot(&h, at);
        history_free(&h);
    }
}

static void the_live_part_is_all_that_decides(void **state)
{
    (void)state;
    struct history h;
    struct conf_verdict a, b;
    history_read("gen/reject-late-success", &h);
    struct judged first = judge_open(&h), second = judge_open(&h);
    conf_feed(first.judge, h.records, 10, 1);
    memcpy(second.memory, first.memory, conf_live_size(first.judge));
    conf_feed(first.judge, h.records + 10, h.count - 10, 11);
    conf_feed(second.judge, h.records + 10, h.count - 10, 11);
    conf_finish(first.judge, &a);
    conf_finish(second.judge, &b);
    assert_memory_equal(&a, &b, sizeof a);
    judge_close(&first);
    judge_close(&second);
    history_free(&h);
}

static void the_fingerprint_forgets_absolute_times_and_numbers(void **state)
{
    (void)state;
    struct history h;
    history_read("bar/accept-two-rounds", &h);
    struct history later = history_copy(&h);
    for (size_t i = 0; i < later.count; i++)
        later.records[i].at_ns += 1000000007;
    struct judged first = judge_open(&h), second = judge_open(&later);
    for (size_t i = 0; i + 1 < h.count; i++) {
        conf_feed(first.judge, &h.records[i], 1, i + 1);
        conf_feed(second.judge, &later.records[i], 1, i + 1001);
        assert_true(conf_fingerprint(first.judge) == conf_fingerprint(second.judge));
    }
    judge_close(&first);
    judge_close(&second);
    free(later.records);
    history_free(&h);
}

static void the_fingerprint_changes_with_what_was_held(void **state)
{
    (void)state;
    struct history h;
    history_read("aon/accept-whole-gang", &h);
    struct judged j = judge_open(&h);
    uint64_t before = conf_fingerprint(j.judge);
    for (size_t i = 0; i < h.count; i++) {
        const struct trace_record *r = &h.records[i];
        bool repeats =
            r->kind == TRACE_FREE ||
            (r->kind == TRACE_DELIVER && (r->flags == TRACE_RESERVE || r->flags == TRACE_RELEASE));
        conf_feed(j.judge, r, 1, i + 1);
        if (!repeats && conf_fingerprint(j.judge) == before) /* a later verdict may turn on it */
            fail_msg("record %zu leaves the fingerprint as it was", i + 1);
        before = conf_fingerprint(j.judge);
    }
    judge_close(&j);
    history_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_dropped_kind_turns_a_rejected_history_into_an_accepted_one),
        cmocka_unit_test(a_kind_that_is_not_observed_never_makes_a_pass_or_a_false_failure),
        cmocka_unit_test(an_oracle_says_which_kinds_it_cannot_do_without),
        cmocka_unit_test(a_history_that_is_cut_off_never_passes),
        cmocka_unit_test(a_copy_of_the_block_goes_on_like_the_block),
        cmocka_unit_test(the_live_part_is_all_that_decides),
        cmocka_unit_test(the_fingerprint_forgets_absolute_times_and_numbers),
        cmocka_unit_test(the_fingerprint_changes_with_what_was_held),
    };
    return cmocka_run_group_tests(tests, read_cases, NULL);
}
