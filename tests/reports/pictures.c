/*
 * pictures.c -- claims about the numbers behind the pictures: shadings, utilisation, waiting, skew,
 * queue; and which pictures there are.
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
#include "queue.h"
#include "sheet.h"
#include "skew.h"
#include "usage.h"
#include "waiting.h"

/* ---- acts and their records */

static struct trace_record *strike(struct history *h, unsigned kind, int64_t at_ns, uint32_t act)
{
    struct trace_record *r = history_add(h, kind, at_ns, 0);
    r->executor = h->plan->acts[act].executor;
    r->a = act;
    r->b = h->plan->acts[act].kind;
    return r;
}

static uint32_t act_of(struct history *h, uint32_t kind, uint32_t executor)
{
    struct plan_act act = plan_act_blank();
    act.kind = kind;
    act.executor = executor;
    return plan_add_act(h->plan, &act);
}

/* Three executors of two cores, and a job that is over after 100 s. */
static uint32_t open_cluster(struct history *h)
{
    history_open(h, 3, 2);
    uint32_t job = history_job(h, "j");
    history_stage(h, job, "s", PLAN_STAGE_BARRIER, 4, 0);
    return job;
}

static void expect_shade(const struct rep_shades *s, unsigned kind, uint32_t executor,
                         int64_t from_ns, int64_t to_ns)
{
    uint32_t found = 0;
    for (uint64_t i = 0; i < s->count; i++)
        found += s->list[i].kind == kind && s->list[i].executor == executor &&
                 s->list[i].from_ns == from_ns && s->list[i].to_ns == to_ns;
    assert_int_equal(found, 1);
}

static void build_shades(struct history *h, struct rep_lanes *lanes, struct rep_shades *shades)
{
    struct rep_err err;
    assert_int_equal(rep_lanes_build(history_run(h), lanes, &err), REP_OK);
    assert_int_equal(rep_shades_build(&h->run, lanes, shades, &err), REP_OK);
}

static void a_fault_is_shaded_from_its_strike_to_its_end(void **state)
{
    (void)state;
    struct history h;
    struct rep_lanes lanes;
    struct rep_shades s;
    open_cluster(&h);
    uint32_t pause = act_of(&h, PLAN_ACT_PAUSE, 0), clog = act_of(&h, PLAN_ACT_CLOG, 2),
             mend = act_of(&h, PLAN_ACT_MEND, 2), drain = act_of(&h, PLAN_ACT_DRAIN, 1);
    history_up(&h, 1 * SEC);
    strike(&h, TRACE_FAULT, 10 * SEC, pause);
    strike(&h, TRACE_HEAL, 15 * SEC, pause);
    strike(&h, TRACE_FAULT, 16 * SEC, clog);
    strike(&h, TRACE_FAULT, 17 * SEC, drain);
    strike(&h, TRACE_HEAL, 18 * SEC, mend);
    history_add(&h, TRACE_DRIVER_DOWN, 19 * SEC, 0);
    history_add(&h, TRACE_DRIVER_UP, 21 * SEC, 0);
    history_add(&h, TRACE_DOWN, 25 * SEC, 0)->executor = 1;
    history_end(&h, 30 * SEC, TRACE_END_FINISHED);
    build_shades(&h, &lanes, &s);
    assert_int_equal(s.count, 8);
    for (uint32_t e = 0; e < 3; e++)
        expect_shade(&s, REP_SHADE_DOWN, e, 0, 1 * SEC);
    expect_shade(&s, REP_SHADE_DOWN, 1, 25 * SEC, 30 * SEC);
    expect_shade(&s, REP_SHADE_PAUSED, 0, 10 * SEC, 15 * SEC);
    expect_shade(&s, REP_SHADE_LINK, 2, 16 * SEC, 18 * SEC);
    expect_shade(&s, REP_SHADE_DRAINING, 1, 17 * SEC, 25 * SEC);
    expect_shade(&s, REP_SHADE_AWAY, PLAN_NONE, 19 * SEC, 21 * SEC);
    assert_int_equal(s.of_kind[REP_SHADE_CUT], 0);
    rep_shades_free(&s);
    rep_lanes_free(&lanes);
    history_close(&h);
}

/* Both ways are cut by one act each; the mend of one leaves the other. Two pauses prolong each other. */
static void what_overlaps_is_one_shading_until_the_last_of_it_ends(void **state)
{
    (void)state;
    struct history h;
    struct rep_lanes lanes;
    struct rep_shades s;
    open_cluster(&h);
    uint32_t in = act_of(&h, PLAN_ACT_CUT, 0), out = act_of(&h, PLAN_ACT_CUT, 0),
             mend = act_of(&h, PLAN_ACT_MEND, 0), pause = act_of(&h, PLAN_ACT_PAUSE, 1),
             again = act_of(&h, PLAN_ACT_PAUSE, 1), slow = act_of(&h, PLAN_ACT_SLOW, 2),
             usual = act_of(&h, PLAN_ACT_SLOW, 2);
    h.plan->acts[in].way = h.plan->acts[mend].way = PLAN_WAY_IN;
    h.plan->acts[out].way = PLAN_WAY_OUT;
    h.plan->acts[slow].amount = 300;
    h.plan->acts[usual].amount = 100;
    history_up(&h, 0);
    strike(&h, TRACE_FAULT, 1 * SEC, in);
    strike(&h, TRACE_FAULT, 2 * SEC, out);
    strike(&h, TRACE_FAULT, 3 * SEC, pause);
    strike(&h, TRACE_HEAL, 4 * SEC, mend);
    strike(&h, TRACE_FAULT, 5 * SEC, again);
    strike(&h, TRACE_HEAL, 6 * SEC, pause);
    strike(&h, TRACE_FAULT, 7 * SEC, slow);
    strike(&h, TRACE_HEAL, 8 * SEC, again);
    strike(&h, TRACE_HEAL, 9 * SEC, out); /* the heal after the last fault */
    strike(&h, TRACE_FAULT, 9 * SEC, usual);
    history_end(&h, 10 * SEC, TRACE_END_FINISHED);
    build_shades(&h, &lanes, &s);
    assert_int_equal(s.count, 3);
    expect_shade(&s, REP_SHADE_CUT, 0, 1 * SEC, 9 * SEC);
    expect_shade(&s, REP_SHADE_PAUSED, 1, 3 * SEC, 8 * SEC);
    expect_shade(&s, REP_SHADE_SLOW, 2, 7 * SEC, 9 * SEC);
    rep_shades_free(&s);
    rep_lanes_free(&lanes);
    history_close(&h);
}

static void an_executor_is_written_off_only_while_it_is_up(void **state)
{
    (void)state;
    struct history h;
    struct rep_lanes lanes;
    struct rep_shades s;
    open_cluster(&h);
    history_up(&h, 0);
    history_add(&h, TRACE_LOST, 2 * SEC, 0)->executor = 0;
    history_add(&h, TRACE_DOWN, 3 * SEC, 0)->executor = 0;
    history_add(&h, TRACE_UP, 5 * SEC, 0)->executor = 0;
    history_add(&h, TRACE_JOIN, 6 * SEC, 0)->executor = 0;
    history_end(&h, 9 * SEC, TRACE_END_FINISHED);
    build_shades(&h, &lanes, &s);
    assert_int_equal(s.count, 3);
    expect_shade(&s, REP_SHADE_LOST, 0, 2 * SEC, 3 * SEC);
    expect_shade(&s, REP_SHADE_DOWN, 0, 3 * SEC, 5 * SEC);
    expect_shade(&s, REP_SHADE_LOST, 0, 5 * SEC, 6 * SEC);
    rep_shades_free(&s);
    rep_lanes_free(&lanes);
    history_close(&h);
}

/* ---- utilisation */

static int64_t sum_of(const struct rep_use_step *step)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < REP_USE_COUNT; i++) {
        assert_true(step->amount[i] >= 0);
        sum += step->amount[i];
    }
    return sum;
}

static void build_usage(struct history *h, struct rep_usage *u)
{
    struct rep_err err;
    struct rep_axis axis;
    history_run(h);
    rep_axis_init(&h->run, 60, false, &axis);
    assert_int_equal(rep_usage_build(&h->run, &axis, REP_CORES, u, &err), REP_OK);
    assert_true(u->count > 0);
    for (uint64_t i = 0; i < u->count; i++)
        assert_int_equal(sum_of(&u->steps[i]), u->capacity + u->steps[i].over);
    rep_wide whole = 0;
    for (unsigned i = 0; i < REP_USE_COUNT; i++)
        whole += u->sum[i];
    assert_true(u->over || whole == u->whole);
}

static const struct rep_use_step *step_at(const struct rep_usage *u, int64_t place)
{
    const struct rep_use_step *step = &u->steps[0];
    for (uint64_t i = 0; i < u->count && u->steps[i].place <= place; i++)
        step = &u->steps[i];
    return step;
}

static void at_every_step_the_states_sum_to_the_capacity(void **state)
{
    (void)state;
    struct history h;
    struct rep_usage u;
    history_crash_story(&h);
    build_usage(&h, &u);
    assert_int_equal(u.capacity, 6000);
    assert_int_equal(u.column, 0);
    assert_false(u.over);
    const struct rep_use_step *step = step_at(&u, MS); /* reserved at 0, started at 3 ms */
    assert_int_equal(step->amount[REP_USE_RESERVED], 4000);
    assert_int_equal(step->amount[REP_USE_IDLE], 2000);
    step = step_at(&u, 5 * SEC);
    assert_int_equal(step->amount[REP_USE_RUNNING], 4000);
    step = step_at(&u, 50 * SEC); /* executor 1 is down, and two tasks with it */
    assert_int_equal(step->amount[REP_USE_LOST], 2000);
    assert_int_equal(step->amount[REP_USE_RUNNING], 2000);
    assert_int_equal(step->amount[REP_USE_IDLE], 2000);
    step = step_at(&u, 135 * SEC);
    assert_int_equal(step->amount[REP_USE_RUNNING], 4000);
    assert_int_equal(step->amount[REP_USE_IDLE], 0);
    rep_usage_free(&u);
    history_close(&h);
}

static void what_is_told_to_end_or_taken_away_is_neither_running_nor_idle(void **state)
{
    (void)state;
    struct history h;
    struct rep_usage u;
    uint32_t job = open_cluster(&h), take = act_of(&h, PLAN_ACT_TAKE, 2);
    h.plan->acts[take].amount = 1;
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, job), job, 0, 0, 4, 0, 2);
    strike(&h, TRACE_FAULT, 2 * SEC, take);
    struct trace_record *r = history_of(&h, TRACE_KILLED, 3 * SEC, 0, job, 0, 0);
    r->executor = 0;
    r->rank = 1;
    history_exit(&h, 4 * SEC, 0, job, 0, 0, 1, 0, TRACE_EXIT_KILLED, 0);
    strike(&h, TRACE_HEAL, 5 * SEC, take);
    history_end(&h, 6 * SEC, TRACE_END_INTERRUPTED);
    build_usage(&h, &u);
    assert_int_equal(step_at(&u, 3500 * MS)->amount[REP_USE_ENDING], 1000);
    assert_int_equal(step_at(&u, 3500 * MS)->amount[REP_USE_RUNNING], 3000);
    assert_int_equal(step_at(&u, 3500 * MS)->amount[REP_USE_LOST], 1000);
    assert_int_equal(step_at(&u, 4500 * MS)->amount[REP_USE_ENDING], 0);
    assert_int_equal(step_at(&u, 5500 * MS)->amount[REP_USE_LOST], 0);
    rep_usage_free(&u);
    history_close(&h);
}

static void what_is_held_twice_is_more_than_there_is_and_said_so(void **state)
{
    (void)state;
    struct history h;
    struct rep_usage u;
    history_open(&h, 1, 2);
    uint32_t job = history_job(&h, "j");
    history_stage(&h, job, "s", PLAN_STAGE_BARRIER, 3, 0);
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, job), job, 0, 0, 3, 0, 3);
    history_end(&h, 6 * SEC, TRACE_END_INTERRUPTED);
    build_usage(&h, &u);
    assert_true(u.over);
    assert_int_equal(step_at(&u, SEC)->over, 1000);
    assert_int_equal(step_at(&u, SEC)->amount[REP_USE_RUNNING], 3000);
    rep_usage_free(&u);
    history_close(&h);
}

/* So many tasks of half a second, one after the other in each of two slots. */
static void many_runs(struct history *h, uint32_t tasks)
{
    history_open(h, 1, 2);
    uint32_t job = history_job(h, "many");
    history_stage(h, job, "s", PLAN_STAGE_MAPREDUCE, tasks, 0);
    history_up(h, 0);
    history_submit(h, 0, job);
    for (uint32_t rank = 0; rank < tasks; rank++) {
        struct trace_record *r = history_of(h, TRACE_START, rank / 2 * SEC, 0, job, 0, 0);
        r->executor = 0;
        r->rank = rank;
        if (rank % 2 == 0)
            continue;
        for (uint32_t i = rank - 1; i <= rank; i++)
            history_exit(h, rank / 2 * SEC + SEC / 2, 0, job, 0, 0, i, 0, TRACE_EXIT_OK, 0);
    }
    history_end(h, tasks / 2 * SEC, TRACE_END_FINISHED);
}

static void many_steps_become_means_that_still_sum_to_the_capacity(void **state)
{
    (void)state;
    struct history h;
    struct rep_usage u;
    many_runs(&h, 20000);
    build_usage(&h, &u);
    assert_true(u.column > 0);
    assert_true(u.count <= REP_USE_COLUMNS);
    for (uint64_t i = 1; i + 1 < u.count; i++) /* half of the time both slots are held */
        assert_in_range(u.steps[i].amount[REP_USE_RUNNING], 800, 1200);
    assert_true(u.sum[REP_USE_RUNNING] * 2 == u.whole);
    rep_usage_free(&u);
    history_close(&h);
}

/* ---- waiting */

static void the_shares_of_what_waited_end_at_all_of_them(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    struct rep_metrics m;
    struct rep_waiting w;
    history_open(&h, 8, 1);
    for (uint32_t j = 0; j < 4; j++)
        history_stage(&h, history_job(&h, (char[]){(char)('a' + j), '\0'}), "s",
                      j == 2 ? PLAN_STAGE_MAPREDUCE : PLAN_STAGE_BARRIER, 1, 0);
    history_up(&h, 0);
    for (uint32_t j = 0; j < 4; j++)
        history_submit(&h, 0, j);
    static const int64_t go_s[] = {7, 3, 5};
    for (uint32_t k = 0; k < 3; k++) {
        uint32_t j = k == 0 ? 1 : k == 1 ? 2 : 0;
        history_launch(&h, go_s[j] * SEC, 1, j, 0, 0, 1, j, 1);
    }
    history_end(&h, 20 * SEC, TRACE_END_INTERRUPTED);
    assert_int_equal(rep_metrics_build(history_run(&h), &m, &err), REP_OK);
    assert_int_equal(rep_waiting_build(h.plan, &m, &w, &err), REP_OK);
    assert_int_equal(w.count, 3);
    assert_int_equal(w.never_went, 1);
    assert_int_equal(w.series_count, 2);
    assert_int_equal(w.series[0].kind, PLAN_STAGE_MAPREDUCE);
    assert_int_equal(w.series[0].count, 1);
    assert_int_equal(w.series[1].count, 2);
    for (uint32_t s = 0; s < w.series_count; s++)
        for (uint64_t i = 1; i < w.series[s].count; i++)
            assert_true(w.waits[w.series[s].first + i] >= w.waits[w.series[s].first + i - 1]);
    assert_in_range(w.waits[w.series[1].first], 3 * SEC, 3 * SEC + 10 * MS);
    rep_waiting_free(&w);
    rep_metrics_free(&m);
    history_close(&h);
}

/* ---- skew */

static void skew_is_the_last_arrival_less_the_first_and_a_repeated_one_counts_once(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    struct rep_skews s;
    uint32_t job = open_cluster(&h);
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, job), job, 0, 0, 4, 0, 2);
    history_round(&h, 1 * SEC, 3 * SEC, job, 0, 0, 0, 4, 0, 2, 2);
    struct trace_record *r = history_of(&h, TRACE_ARRIVE, 4 * SEC, 0, job, 0, 0); /* a stray call */
    r->epoch = 0;
    r->rank = 1;
    r->executor = 0;
    history_round(&h, 5 * SEC, 5 * SEC + 7 * MS, job, 0, 0, 1, 4, 0, 2, 0);
    for (uint32_t i = 0; i < 5; i++) { /* rank 0 comes at 6 s and, by a link's second try, at 7 s */
        r = history_of(&h, TRACE_ARRIVE, 6 * SEC + i / 4 * SEC, 0, job, 0, 0);
        r->epoch = 2;
        r->rank = i % 4;
    }
    r = history_of(&h, TRACE_RELEASE, 8 * SEC, 0, job, 0, 0);
    r->epoch = 2;
    r->rank = 0;
    r->a = 4;
    r = history_of(&h, TRACE_ARRIVE, 8 * SEC, 0, job, 0, 0); /* a round that nothing came of */
    r->epoch = 3;
    r->rank = 1;
    history_end(&h, 9 * SEC, TRACE_END_INTERRUPTED);
    assert_int_equal(rep_skews_build(history_run(&h), &s, &err), REP_OK);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.list[2].skew_ns, 0);
    assert_int_equal(s.list[0].skew_ns, 2 * SEC);
    assert_int_equal(s.list[0].epoch, 0);
    assert_int_equal(s.list[1].skew_ns, 7 * MS);
    assert_int_equal(s.most, 2 * SEC);
    rep_skews_free(&s);
    history_close(&h);
}

/* ---- the queue */

static void tasks_wait_from_ready_to_start_and_again_after_a_failure(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    struct rep_scene scene;
    struct rep_queue q;
    uint32_t job = open_cluster(&h);
    history_up(&h, 0);
    uint64_t submit = history_submit(&h, 10 * SEC, job);
    history_launch(&h, 20 * SEC - 3 * MS, submit, job, 0, 0, 4, 0, 2);
    history_exit(&h, 40 * SEC, 0, job, 0, 0, 0, 0, TRACE_EXIT_OK, 0); /* it does not wait */
    history_exit(&h, 50 * SEC, 0, job, 0, 0, 3, 1, TRACE_EXIT_FAILED, 1);
    for (uint32_t rank = 1; rank < 3; rank++)
        history_exit(&h, 60 * SEC, 0, job, 0, 0, rank, rank / 2, TRACE_EXIT_KILLED, 0);
    history_launch(&h, 70 * SEC - 3 * MS, submit, job, 0, 1, 4, 0, 2);
    history_finish(&h, 100 * SEC, job, 0, 1, 4, 0, 2, true);
    history_end(&h, 100 * SEC + MS, TRACE_END_FINISHED);
    assert_int_equal(rep_scene_build(history_run(&h), &scene, &err), REP_OK);
    assert_int_equal(rep_queue_build(&scene, 1000, &q, &err), REP_OK);
    assert_int_equal(q.peak, 4);
    assert_int_equal(q.longest, 20 * SEC);
    assert_int_equal(rep_queue_mean(&scene, &q, 50), 0);
    assert_int_equal(rep_queue_mean(&scene, &q, 150), 4000);
    assert_int_equal(rep_queue_mean(&scene, &q, 300), 0);
    assert_int_equal(rep_queue_mean(&scene, &q, 550), 1000);
    assert_int_equal(rep_queue_mean(&scene, &q, 450), 0);
    assert_int_equal(rep_queue_mean(&scene, &q, 650), 3000);
    assert_int_equal(rep_queue_mean(&scene, &q, 800), 0);
    rep_wide all = 0;
    for (uint32_t c = 0; c < q.columns; c++)
        all += q.waited[c];
    /* The small history lets deliveries overtake exits by a millisecond. */
    assert_in_range((int64_t)all, 80 * SEC - 10 * MS, 80 * SEC + 10 * MS);
    rep_queue_free(&q);
    rep_scene_free(&scene);
    history_close(&h);
}

/* ---- what comes after the last job */

static void the_tail_of_a_run_is_a_break_unless_something_is_not_over(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct history h;
        struct rep_axis axis;
        uint32_t job = open_cluster(&h);
        history_up(&h, 0);
        history_launch(&h, 0, history_submit(&h, 0, job), job, 0, 0, 4, 0, 2);
        if (over)
            history_finish(&h, 100 * SEC, job, 0, 0, 4, 0, 2, true);
        history_end(&h, 400 * SEC, TRACE_END_FINISHED);
        rep_axis_init(history_run(&h), 60, true, &axis);
        assert_int_equal(axis.gap_count, over);
        assert_true(!over || axis.gaps[0].over);
        assert_true(!over || axis.shown_ns < 110 * SEC);
        rep_axis_init(&h.run, 60, false, &axis);
        assert_int_equal(axis.gap_count, 0);
        history_close(&h);
    }
}

/* ---- which pictures there are */

static char dir[] = "reports-pictures-XXXXXX";
static int new_dir(void **state)
{
    (void)state;
    memcpy(dir + sizeof dir - sizeof "XXXXXX", "XXXXXX", sizeof "XXXXXX"); /* of the last test they are used up */
    return mkdtemp(dir) == NULL;
}

static const char *const names[] = {"timeline", "waiting", "skew", "utilisation", "gnuplot"};
static const char *const ends[] = {"gp", "svg", "png"};

static bool there_is(const char *name, const char *end)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s.%s", dir, name, end);
    return access(path, F_OK) == 0;
}

static int remove_dir(void **state)
{
    (void)state;
    char path[128];
    for (size_t n = 0; n < 5; n++)
        for (size_t e = 0; e < 3; e++) {
            snprintf(path, sizeof path, "%s/%s.%s", dir, names[n], ends[e]);
            unlink(path);
        }
    snprintf(path, sizeof path, "%s/gnuplot", dir);
    unlink(path);
    return rmdir(dir);
}

static bool has_gnuplot(void) { return system("gnuplot --version >/dev/null 2>&1") == 0; }

static void one_gnuplot_draws_all_and_only_what_is_not_empty(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    unsigned drawn = 0;
    if (!has_gnuplot())
        skip();
    history_crash_story(&h);
    assert_int_equal(
        rep_draw(history_run(&h), dir, REP_PICTURE_ALL, REP_PICTURE_SKEW, &drawn, &err), REP_OK);
    assert_int_equal(drawn, REP_PICTURE_TIMELINE | REP_PICTURE_SKEW | REP_PICTURE_UTILISATION);
    for (size_t n = 0; n < 4; n++)
        for (size_t e = 0; e < 3; e++) /* one gang's wait is no distribution; pixels of skew only */
            assert_int_equal(there_is(names[n], ends[e]), n != 1 && (e < 2 || n == 2));
    history_close(&h);
}

static void a_run_without_barriers_has_no_skew(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    unsigned drawn = 0;
    many_runs(&h, 20);
    enum rep_status status =
        rep_draw(history_run(&h), dir, REP_PICTURE_SKEW, REP_PICTURE_SKEW, &drawn, &err);
    assert_int_equal(status, REP_OK); /* nothing is drawn, so nothing is missing */
    assert_int_equal(drawn, 0);
    assert_false(there_is("skew", "gp"));
    history_close(&h);
}

static void many_rounds_are_drawn_by_columns(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    unsigned drawn = 0;
    uint32_t job = open_cluster(&h);
    history_up(&h, 0);
    history_launch(&h, 0, history_submit(&h, 0, job), job, 0, 0, 4, 0, 2);
    for (uint32_t i = 0; i < 5000; i++)
        history_round(&h, (i + 1) * SEC, (i + 1) * SEC + (i % 100 + 1) * MS, job, 0, 0, i, 4, 0, 2,
                      3);
    history_end(&h, 5002 * SEC, TRACE_END_INTERRUPTED);
    enum rep_status status = rep_draw(history_run(&h), dir, REP_PICTURE_ALL, 0, &drawn, &err);
    assert_int_equal(status, has_gnuplot() ? REP_OK : REP_E_MISSING);
    assert_true(there_is("skew", "gp"));
    assert_true(!has_gnuplot() || there_is("skew", "svg"));
    history_close(&h);
}

/* A gnuplot of its own, which leaves half a picture and fails. */
static void when_gnuplot_fails_the_programs_stay_and_half_a_picture_does_not(void **state)
{
    (void)state;
    struct history h;
    struct rep_err err;
    unsigned drawn = 77;
    char path[128];
    snprintf(path, sizeof path, "%s/gnuplot", dir);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fprintf(out, "#!/bin/sh\necho half >%s/timeline.svg\nexit 1\n", dir);
    fclose(out);
    assert_int_equal(chmod(path, 0755), 0);
    char *before = strdup(getenv("PATH"));
    setenv("PATH", dir, 1);
    history_crash_story(&h);
    enum rep_status status =
        rep_draw(history_run(&h), dir, REP_PICTURE_ALL, REP_PICTURE_ALL, &drawn, &err);
    setenv("PATH", before, 1);
    free(before);
    assert_int_equal(status, REP_E_FAILED);
    assert_int_equal(err.code, REP_E_FAILED);
    assert_int_equal(drawn, 0);
    assert_true(there_is("timeline", "gp"));
    assert_true(there_is("utilisation", "gp"));
    assert_false(there_is("timeline", "svg"));
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_shaded_from_its_strike_to_its_end),
        cmocka_unit_test(what_overlaps_is_one_shading_until_the_last_of_it_ends),
        cmocka_unit_test(an_executor_is_written_off_only_while_it_is_up),
        cmocka_unit_test(at_every_step_the_states_sum_to_the_capacity),
        cmocka_unit_test(what_is_told_to_end_or_taken_away_is_neither_running_nor_idle),
        cmocka_unit_test(what_is_held_twice_is_more_than_there_is_and_said_so),
        cmocka_unit_test(many_steps_become_means_that_still_sum_to_the_capacity),
        cmocka_unit_test(the_shares_of_what_waited_end_at_all_of_them),
        cmocka_unit_test(skew_is_the_last_arrival_less_the_first_and_a_repeated_one_counts_once),
        cmocka_unit_test(tasks_wait_from_ready_to_start_and_again_after_a_failure),
        cmocka_unit_test(the_tail_of_a_run_is_a_break_unless_something_is_not_over),
        cmocka_unit_test_setup_teardown(one_gnuplot_draws_all_and_only_what_is_not_empty, new_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(a_run_without_barriers_has_no_skew, new_dir, remove_dir),
        cmocka_unit_test_setup_teardown(many_rounds_are_drawn_by_columns, new_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            when_gnuplot_fails_the_programs_stay_and_half_a_picture_does_not, new_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
