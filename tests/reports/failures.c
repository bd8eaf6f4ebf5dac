/*
 * failures.c -- claims about a full disk and used-up memory: every report says so, and nothing
 * leaks or crashes.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "history.h"
#include "rep/beside.h"

static long countdown = -1; /* allocations that still succeed; negative: all */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    if (countdown == 0)
        return NULL;
    countdown -= countdown > 0;
    return __real_calloc(count, size);
}

static enum rep_status story(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_story(run, out, 5, err);
}

static const struct rep_terminal terminal = {.columns = 80, .ascii = true};
static enum rep_status timeline(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_timeline_text(run, &terminal, out, err);
}

static enum rep_status verdict(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_verdict_text(run, &terminal, out, err);
}

static enum rep_status why(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_why(run, 0, 0, SEC, out, err);
}

static enum rep_status why_waiting(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_why(run, 0, 0, 0, out, err);
}

static enum rep_status beside(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    struct rep_beside sides[2] = {{.run = *run, .label = "A", .has = true, .number = 100, .last = 99},
                                  {.run = *run, .label = "B", .has = true, .number = 101, .last = 100}};
    enum rep_status status = rep_beside_decision(sides, out, err);
    return status == REP_OK ? rep_beside_story(sides, &terminal, 4, 8, out, err) : status;
}

static enum rep_status tally(const struct rep_run *run, struct rep_err *err)
{
    struct rep_tally *t = rep_tally_new(run->plan, err);
    rep_tally_free(t);
    return t != NULL ? REP_OK : REP_E_MEMORY;
}

static enum rep_status beside_and_tally(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    enum rep_status status = beside(run, out, err);
    return status == REP_OK ? tally(run, err) : status;
}

static enum rep_status plot(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    (void)out;
    unsigned drawn;
    enum rep_status status =
        rep_draw(run, ".", REP_PICTURE_ALL, REP_PICTURE_ALL, &drawn, err);
    return status == REP_E_MISSING ? REP_OK : status;
}

static report_fn *const all[] = {
    story,         timeline,    verdict,          why,     why_waiting, rep_jobs_csv,
    rep_slots_csv, rep_summary, rep_verdict_json, rep_tap, rep_junit, beside_and_tally};
enum { REPORT_COUNT = sizeof all / sizeof *all };

static void a_full_disk_is_an_error_of_every_report(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    const struct rep_run *run = history_run(&h);
    for (int buffered = 0; buffered < 2; buffered++)
        for (size_t i = 0; i < REPORT_COUNT; i++) {
            struct rep_err err;
            FILE *full = fopen("/dev/full", "w");
            assert_non_null(full);
            if (!buffered)
                setvbuf(full, NULL, _IONBF, 0);
            assert_int_equal(all[i](run, full, &err), REP_E_IO);
            assert_int_equal(err.code, REP_E_IO);
            assert_int_equal(err.os_errno, ENOSPC);
            fclose(full);
        }
    history_close(&h);
}

/* Fails the first allocation, then the second, and so on, until the report gets through. */
static void expect_every_failure(const struct rep_run *run, report_fn *fn)
{
    FILE *null = fopen("/dev/null", "w");
    long n = 0;
    enum rep_status status = REP_E_MEMORY;
    for (; status != REP_OK; n++) {
        struct rep_err err = {0};
        countdown = n;
        status = fn(run, null, &err);
        countdown = -1;
        assert_true(status == REP_OK || status == REP_E_MEMORY);
        assert_true(status == REP_OK || err.code == REP_E_MEMORY);
        assert_true(n < 100);
    }
    fclose(null);
}

static void no_memory_is_an_error_of_every_report(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    const struct rep_run *run = history_run(&h);
    for (size_t i = 0; i < REPORT_COUNT; i++)
        expect_every_failure(run, all[i]);
    for (size_t i = 0; i < REPORT_COUNT; i++) { /* and one that was to be shared is tried again by the next */
        struct rep_run together = *run;
        together.shared = rep_shared_new();
        expect_every_failure(&together, all[i]);
        rep_shared_free(together.shared);
    }
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    expect_every_failure(run, plot);
    setenv("PATH", path, 1);
    free(path);
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_is_an_error_of_every_report),
        cmocka_unit_test(no_memory_is_an_error_of_every_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
