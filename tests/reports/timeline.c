/*
 * timeline.c -- claims about the timeline in a terminal.
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

/* Columns of a row are the terminal's less 12 with one digit of executors: 112 columns make 100
 * cells. */
static void expect_timeline(struct history *h, int columns, const char *expected)
{
    char *text = history_timeline(history_run(h), columns);
    assert_string_equal(text, expected);
    free(text);
    history_close(h);
}

/* A cut that was withheld is drawn as the link that it left alone. */
static void a_fault_that_was_withheld_is_not_drawn(void **state)
{
    (void)state;
    char *text[2];
    for (int i = 0; i < 2; i++) {
        struct history h;
        history_crash_story(&h);
        if (i == 1) {
            struct trace_record *r = history_add(&h, TRACE_FAULT, h.records[h.count - 1].at_ns, 0);
            r->executor = 2; /* which has nothing to do at first */
            r->b = PLAN_ACT_CUT;
            r->flags = TRACE_FAULT_WITHHELD;
            struct trace_record last = h.records[h.count - 1];
            last.at_ns = 2 * SEC; /* early, so that there is something to draw */
            size_t at = 0;
            while (at + 1 < h.count && h.records[at].at_ns <= last.at_ns)
                at++;
            memmove(&h.records[at + 1], &h.records[at], (h.count - 1 - at) * sizeof last);
            h.records[at] = last;
        }
        text[i] = history_timeline(history_run(&h), 112);
        history_close(&h);
    }
    assert_string_equal(text[0], text[1]);
    free(text[0]);
    free(text[1]);
}

static void the_crash_story_is_drawn(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    expect_timeline(
        &h, 82,
        "exec 0  0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAaaaa\n"
        "        1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAaaaa\n"
        "exec 1  0 AAAAAx                                                                \n"
        "        1 AAAAAx                                                                \n"
        "exec 2  0 ..................................................................aaaa\n"
        "        1 ..................................................................aaaa\n"
        "           +-------------+--------------+--------------+--------------+----------\n"
        "           0s            30s            1m             1m30s          2m\n"
        "A train/fit\n"
        "capital: attempt 0, lower case: a later one; . idle; x crash; blank: down\n"
        "some barriers are too close to each other to be drawn\n");
}

static void one_gang(struct history *h, uint32_t rounds)
{
    history_open(h, 1, 2);
    uint32_t job = history_job(h, "j");
    history_stage(h, job, "s", PLAN_STAGE_BARRIER, 1, 0);
    history_up(h, 0);
    history_launch(h, 0, history_submit(h, 0, job), job, 0, 0, 1, 0, 1);
    for (uint32_t i = 0; i < rounds; i++)
        history_round(h, (i + 1) * 10 * SEC - MS, (i + 1) * 10 * SEC - MS, job, 0, 0, i, 1, 0, 1,
                      0);
    history_finish(h, (rounds + 1) * 10 * SEC, job, 0, 0, 1, 0, 1, true);
}

static void a_barrier_is_a_bar_where_it_was_released(void **state)
{
    (void)state;
    struct history h;
    one_gang(&h, 3);
    history_end(&h, 80 * SEC, TRACE_END_FINISHED);
    expect_timeline(&h, 52,
                    "exec 0  0 AAAAA|AAAA|AAAA|AAAA....................\n"
                    "        1 ........................................\n"
                    "           +--------------+--------------+---------\n"
                    "           0s             30s            1m\n"
                    "A j/s\n"
                    ". idle; | barrier released\n");
}

static void a_gather_and_a_barrier_right_after_it_are_one_bar(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 1, 0);
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, job), job, 0, 0, 1, 0, 1);
    for (uint32_t i = 0; i < 6; i++) {
        int64_t at_ns = (i / 2 + 1) * 10 * SEC + i % 2 * 2 * MS;
        history_round(&h, at_ns, at_ns, job, 0, 0, i, 1, 0, 1, 0);
    }
    history_finish(&h, 40 * SEC, job, 0, 0, 1, 0, 1, true);
    history_end(&h, 80 * SEC, TRACE_END_FINISHED);
    char *text = history_timeline(history_run(&h), 52);
    assert_non_null(strstr(text, "exec 0  0 AAAAA|AAAA|AAAA|AAAA..."));
    assert_null(strstr(text, "too close"));
    free(text);
    history_close(&h);
}

static void a_year_of_nothing_is_one_break(void **state)
{
    (void)state;
    struct history h;
    one_gang(&h, 1);
    struct trace_record *r = history_add(&h, TRACE_QUIESCENT, 40 * SEC, 0);
    r->a = 365 * 86400 * SEC;
    r->b = TRACE_TIMER_SYNC;
    history_add(&h, TRACE_TIMER, 365 * 86400 * SEC, 0)->a = TRACE_TIMER_SYNC;
    history_end(&h, 365 * 86400 * SEC, TRACE_END_HUNG);
    char *text = history_timeline(history_run(&h), 52);
    assert_non_null(strstr(text, "exec 0  0 AAAAAAAAA|AAAAAAAAAA.................../"));
    assert_non_null(strstr(text, "\n/ nothing could happen for 365d\n"));
    free(text);
    history_close(&h);
}

static uint32_t rows(const char *text)
{
    uint32_t count = 0;
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1)
        count += strncmp(line, "exec ", 5) == 0 || strncmp(line, "     ", 5) == 0;
    return count - 2; /* the axis */
}

static void many_slots(struct history *h, uint32_t executors, uint32_t cores, uint32_t tasks)
{
    history_open(h, executors, cores);
    uint32_t job = history_job(h, "j");
    history_stage(h, job, "s", PLAN_STAGE_BARRIER, tasks, 0);
    history_up(h, 0);
    history_launch(h, 0, history_submit(h, 0, job), job, 0, 0, tasks, 0, cores);
    history_finish(h, 10 * SEC, job, 0, 0, tasks, 0, cores, true);
    history_end(h, 10 * SEC, TRACE_END_FINISHED);
}

static void there_are_at_most_forty_rows_and_what_a_row_is_gets_told(void **state)
{
    (void)state;
    static const struct {
        uint32_t executors, cores, tasks, rows;
        const char *told;
    } c[] = {{10, 4, 8, 40, NULL},
             {10, 5, 8, 8, "42 slots that were never used are left out\n"},
             {10, 5, 45, 10, "50 slots on 10 executors: a row is 1 executor,"},
             {41, 2, 82, 21, "82 slots on 41 executors: a row is 2 executors,"},
             {1000, 8, 8000, 40, "8000 slots on 1000 executors: a row is 25 executors,"},
             {0, 0, 0, 0, NULL}};
    for (size_t i = 0; c[i].executors > 0; i++) {
        struct history h;
        many_slots(&h, c[i].executors, c[i].cores, c[i].tasks);
        char *text = history_timeline(history_run(&h), 100);
        assert_int_equal(rows(text), c[i].rows);
        if (c[i].told != NULL)
            assert_non_null(strstr(text, c[i].told));
        for (char *line = strtok(text, "\n"); line != NULL && line[0] != '/';
             line = strtok(NULL, "\n"))
            if (strncmp(line, "exec", 4) == 0)
                assert_true(strlen(line) <= 100);
        free(text);
        history_close(&h);
    }
}

static void an_executor_that_is_up_but_written_off_is_seen(void **state)
{
    (void)state;
    struct history h;
    one_gang(&h, 0);
    struct trace_record *r =
        history_of(&h, TRACE_LOST, 20 * SEC, 0, TRACE_NONE, TRACE_NONE, TRACE_NONE);
    r->executor = 0;
    r->b = TRACE_REASON_SILENT;
    history_of(&h, TRACE_JOIN, 30 * SEC, 0, TRACE_NONE, TRACE_NONE, TRACE_NONE)->executor = 0;
    history_end(&h, 40 * SEC, TRACE_END_FINISHED);
    expect_timeline(&h, 52,
                    "exec 0  0 AAAAAAAAAA..........~~~~~~~~~~~.........\n"
                    "        1 ....................~~~~~~~~~~~.........\n"
                    "           +---------+---------+---------+---------\n"
                    "           0s        10s       20s       30s\n"
                    "A j/s\n"
                    ". idle; ~ up, but cut off or written off\n");
}

static void more_gangs_than_letters_is_announced_and_no_name_breaks_the_legend(void **state)
{
    (void)state;
    struct history h;
    history_open(&h, 1, 1);
    for (uint32_t j = 0; j < 300; j++) {
        char name[80];
        snprintf(name, sizeof name, "job\033[31m-with-a-very-long-name-that-goes-on-and-on-%u", j);
        history_stage(&h, history_job(&h, name), "s", PLAN_STAGE_BARRIER, 1, 0);
    }
    for (uint32_t j = 0; j < 300; j++) {
        struct trace_record *r = history_of(&h, TRACE_START, j * SEC, 0, j, 0, 0);
        r->executor = 0;
        r->rank = 0;
        history_exit(&h, (j + 1) * SEC, 0, j, 0, 0, 0, 0, TRACE_EXIT_OK, 0);
    }
    char *text = history_timeline(history_run(&h), 100);
    assert_non_null(strstr(text, "300 gangs ran: letters repeat after 25\n"));
    assert_non_null(strstr(text, "gangs more\n"));
    assert_null(strchr(text, '\033'));
    assert_true(strlen(text) < 2000);
    free(text);
    history_close(&h);
}

static void colours_change_nothing_but_colours(void **state)
{
    (void)state;
    struct history h;
    history_crash_story(&h);
    const struct rep_run *run = history_run(&h);
    char *text[2], *plain = NULL;
    size_t size[2], length = 0;
    for (int colour = 0; colour < 2; colour++) {
        struct rep_terminal terminal = {.columns = 90, .ascii = false, .colour = colour};
        FILE *out = open_memstream(&text[colour], &size[colour]);
        assert_int_equal(rep_timeline_text(run, &terminal, out, NULL), REP_OK);
        fclose(out);
    }
    plain = malloc(size[1] + 1);
    for (const char *s = text[1]; *s != '\0'; s++) {
        if (*s == '\033')
            s = strchr(s, 'm');
        else
            plain[length++] = *s;
    }
    plain[length] = '\0';
    assert_true(size[1] > size[0]);
    assert_string_equal(plain, text[0]);
    free(plain);
    free(text[0]);
    free(text[1]);
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_crash_story_is_drawn),
        cmocka_unit_test(a_barrier_is_a_bar_where_it_was_released),
        cmocka_unit_test(a_gather_and_a_barrier_right_after_it_are_one_bar),
        cmocka_unit_test(a_year_of_nothing_is_one_break),
        cmocka_unit_test(there_are_at_most_forty_rows_and_what_a_row_is_gets_told),
        cmocka_unit_test(an_executor_that_is_up_but_written_off_is_seen),
        cmocka_unit_test(more_gangs_than_letters_is_announced_and_no_name_breaks_the_legend),
        cmocka_unit_test(a_fault_that_was_withheld_is_not_drawn),
        cmocka_unit_test(colours_change_nothing_but_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
