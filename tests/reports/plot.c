/*
 * plot.c -- claims about the picture: what is in timeline.gp, how much of it, and what happens
 * without gnuplot.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "history.h"

/* A folder of its own for each test, in the working directory. */
static char dir[64];
static int new_dir(void **state)
{
    (void)state;
    strcpy(dir, "reports-plot-XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"timeline.gp", "timeline.svg", "timeline.png"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static char *contents(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return NULL;
    char *text = calloc(1, 64 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (64 << 20) - 1, in) > 0);
    fclose(in);
    return text;
}

static bool has_gnuplot(void) { return system("gnuplot --version >/dev/null 2>&1") == 0; }

/* Rows of all data blocks whose name begins like this. */
static uint64_t rows_of(const char *script, const char *block)
{
    uint64_t rows = 0;
    for (const char *at = script; (at = strstr(at, block)) != NULL;) {
        at = strchr(at + 1, '\n') + 1;
        for (; strncmp(at, "EOD\n", 4) != 0; at = strchr(at, '\n') + 1)
            rows++;
    }
    return rows;
}

static void without_gnuplot_the_script_is_left_in_place(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    history_crash_story(&h);
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    enum rep_status status = rep_timeline_plot(history_run(&h), dir, &err);
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(status, REP_E_MISSING);
    assert_int_equal(err.code, REP_E_MISSING);
    char *script = contents("timeline.gp");
    assert_non_null(script);
    assert_int_equal(rows_of(script, "\n$run"), 8);
    assert_int_equal(rows_of(script, "\n$shade0 <<"), 1);
    assert_int_equal(rows_of(script, "\n$crash <<"), 2);
    assert_int_equal(rows_of(script, "\n$fault <<"), 1);
    free(script);
    history_close(&h);
}

static void gnuplot_draws_svg_and_png_and_the_same_again(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    if (!has_gnuplot())
        skip();
    history_crash_story(&h);
    assert_int_equal(rep_timeline_plot(history_run(&h), dir, &err), REP_OK);
    char *svg = contents("timeline.svg"), *png = contents("timeline.png"),
         *script = contents("timeline.gp");
    assert_non_null(strstr(svg, "</svg>"));
    assert_memory_equal(png, "\x89PNG", 4);
    assert_int_equal(rep_timeline_plot(history_run(&h), dir, &err), REP_OK);
    char *svg2 = contents("timeline.svg"), *script2 = contents("timeline.gp");
    assert_string_equal(script, script2);
    assert_string_equal(svg, svg2);
    free(svg);
    free(png);
    free(script);
    free(svg2);
    free(script2);
    history_close(&h);
}

static void a_name_cannot_run_a_gnuplot_command(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    history_open(&h, 1, 1);
    uint32_t job = history_job(&h, "'; system 'touch p'\n`touch p`");
    history_stage(&h, job, "\"@x<&>\n\nEOD\n", PLAN_STAGE_BARRIER, 1, 0);
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, job), job, 0, 0, 1, 0, 1);
    history_end(&h, 20 * SEC, TRACE_END_INTERRUPTED);
    history_run(&h);
    h.run.scenario = "a'b`touch p`\n\"c\".lua";
    enum rep_status status = rep_timeline_plot(&h.run, dir, &err);
    assert_int_equal(status, has_gnuplot() ? REP_OK : REP_E_MISSING);
    char *script = contents("timeline.gp");
    assert_non_null(
        strstr(script, "title '\u2019; system \u2019touch p\u2019\\n.../\"@x<&>\\n\\nEOD\\n'"));
    assert_non_null(strstr(script, "set label 'a\u2019b`touch p`\\n\"c\".lua' at"));
    assert_int_not_equal(access("p", F_OK), 0);
    free(script);
    history_close(&h);
}

/* Sums of the last column but one (runs) and of the last (seconds held) of a lane's boxes. */
static void add_boxes(const char *script, uint32_t lane, uint64_t *runs, int64_t *halves)
{
    for (const char *at = script; (at = strstr(at, "\n$run")) != NULL;) {
        at = strchr(at + 1, '\n') + 1;
        for (; strncmp(at, "EOD\n", 4) != 0; at = strchr(at, '\n') + 1) {
            double from, to, upper, lower, held;
            unsigned long long count;
            assert_int_equal(
                sscanf(at, "%lf %lf %lf %lf %llu %lf", &from, &to, &upper, &lower, &count, &held),
                6);
            assert_true(from < to);
            if ((uint32_t)upper != lane)
                continue;
            *runs += count;
            *halves += (int64_t)(held * 2 + 0.25);
        }
    }
}

static void more_than_twenty_thousand_boxes_are_merged_and_the_caption_says_so(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    enum { TASKS = 30000, EXECUTORS = 100 };
    history_open(&h, EXECUTORS, 1);
    uint32_t job = history_job(&h, "many");
    history_stage(&h, job, "s", PLAN_STAGE_MAPREDUCE, TASKS, 0);
    for (uint32_t rank = 0; rank < TASKS; rank++) {
        int64_t at_ns = rank / EXECUTORS * SEC;
        struct trace_record *r = history_of(&h, TRACE_START, at_ns, 0, job, 0, 0);
        r->executor = rank % EXECUTORS;
        r->rank = rank;
        r = history_of(&h, TRACE_EXIT, at_ns + SEC / 2, 0, job, 0, 0);
        r->executor = rank % EXECUTORS;
        r->rank = rank;
    }
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1); /* the script is all there is to see */
    assert_int_equal(rep_timeline_plot(history_run(&h), dir, &err), REP_E_MISSING);
    setenv("PATH", path, 1);
    free(path);
    char *script = contents("timeline.gp");
    uint64_t boxes = rows_of(script, "\n$run");
    assert_true(boxes <= 20000);
    assert_true(boxes >= EXECUTORS);
    char caption[80];
    snprintf(caption, sizeof caption,
             "30000 task runs, drawn as %llu boxes: ", (unsigned long long)boxes);
    assert_non_null(strstr(script, caption));
    for (uint32_t lane = 0; lane < EXECUTORS; lane += 33) { /* nothing is lost in a merger */
        uint64_t runs = 0;
        int64_t halves = 0;
        add_boxes(script, lane, &runs, &halves);
        assert_int_equal(runs, TASKS / EXECUTORS);
        assert_int_equal(halves, TASKS / EXECUTORS);
    }
    free(script);
    history_close(&h);
}

static void the_legend_lists_only_what_occurs(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    history_open(&h, 1, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 2, 0);
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, job), job, 0, 0, 2, 0, 2);
    history_finish(&h, 10 * SEC, job, 0, 0, 2, 0, 2, true);
    history_end(&h, 10 * SEC + MS, TRACE_END_FINISHED);
    rep_timeline_plot(history_run(&h), dir, &err);
    char *script = contents("timeline.gp");
    assert_non_null(strstr(script, "title 'j/s'"));
    static const char *const never[] = {"later attempt", "did not end", "dies",   "barrier released",
                                        "strikes",       "wait'",       "down",   "cut off",
                                        "bad link",      "driver away", "paused", "drain"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_null(strstr(script, never[i]));
    free(script);
    history_close(&h);
    history_crash_story(&h);
    rep_timeline_plot(history_run(&h), dir, &err);
    script = contents("timeline.gp");
    static const char *const there[] = {"later attempt", "did not end", "dies", "strikes", "down"};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        assert_non_null(strstr(script, there[i]));
    assert_null(strstr(script, "driver away"));
    free(script);
    history_close(&h);
}

static void a_folder_that_is_not_there_is_an_error_with_its_name(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    history_crash_story(&h);
    assert_int_equal(rep_timeline_plot(history_run(&h), "no/such/folder", &err), REP_E_IO);
    assert_non_null(strstr(err.detail, "no/such/folder"));
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_gnuplot_the_script_is_left_in_place, new_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(gnuplot_draws_svg_and_png_and_the_same_again, new_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(a_name_cannot_run_a_gnuplot_command, new_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            more_than_twenty_thousand_boxes_are_merged_and_the_caption_says_so, new_dir,
            remove_dir),
        cmocka_unit_test_setup_teardown(the_legend_lists_only_what_occurs, new_dir, remove_dir),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
