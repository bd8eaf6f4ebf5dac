/*
 * shared.c -- claims about what several reports of one run share: nobody can see that they do.
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

static uint64_t lines;
static enum rep_status story(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_story(run, out, lines, err);
}

static enum rep_status timeline(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    struct rep_terminal terminal = {.columns = 60, .ascii = true};
    return rep_timeline_text(run, &terminal, out, err);
}

static report_fn *const all[] = {timeline,    rep_jobs_csv,  story, rep_summary, rep_slots_csv, rep_verdict_json,
                                 rep_summary, rep_slots_csv, story, timeline,    rep_jobs_csv};

/* Without faults, rounds and quiet times: what nobody has to look for. */
static void plain_history(struct history *h, bool ends_with_a_crash)
{
    history_open(h, 2, 2);
    uint32_t job = history_job(h, "a");
    history_stage(h, job, "fit", PLAN_STAGE_MAPREDUCE, 2, 0);
    history_up(h, 0);
    uint64_t cause = history_submit(h, 0, job);
    history_launch(h, 0, cause, job, 0, 0, 2, 0, 1);
    history_finish(h, 20 * SEC, job, 0, 0, 2, 0, 1, true);
    if (ends_with_a_crash) /* the one record of its kind, and the last but one */
        history_add(h, TRACE_DOWN, 60 * SEC, 0)->executor = 1;
    history_end(h, 100 * SEC, TRACE_END_FINISHED);
}

/* Every report, alone and as one of those that share, from the first to the last and back. */
static void expect_the_same(struct history *h)
{
    const struct rep_run *alone = history_run(h);
    struct rep_run together = *alone;
    together.shared = rep_shared_new();
    assert_non_null(together.shared);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char *text = history_text(alone, all[i]), *other = history_text(&together, all[i]);
        assert_string_equal(text, other);
        free(text);
        free(other);
    }
    rep_shared_free(together.shared);
}

static void reports_that_share_say_what_each_alone_says(void **state)
{
    (void)state;
    struct history h;
    for (lines = 0; lines < 12; lines += 4) {
        history_crash_story(&h);
        expect_the_same(&h);
        history_close(&h);
        for (int crash = 0; crash < 2; crash++) {
            plain_history(&h, crash != 0);
            expect_the_same(&h);
            history_close(&h);
        }
    }
}

/* A finding is a line of the story, and moves the cut: a count of lines is of one verdict. */
static void another_verdict_is_another_story(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    struct rep_run run = *history_run(&h);
    const struct rep_finding finding = {"BAR", "BAR-1", "too early", REP_FAIL, 9, SEC};
    struct rep_verdict failed = *run.verdict;
    failed.finding_count = 1;
    failed.findings = &finding;
    run.shared = rep_shared_new();
    lines = 6;
    free(history_text(&run, story));
    run.verdict = &failed;
    char *after = history_text(&run, story);
    rep_shared_free(run.shared);
    run.shared = NULL;
    char *alone = history_text(&run, story);
    assert_string_equal(after, alone);
    assert_non_null(strstr(alone, "BAR-1 broken: too early"));
    free(after);
    free(alone);
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_that_share_say_what_each_alone_says),
        cmocka_unit_test(another_verdict_is_another_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
