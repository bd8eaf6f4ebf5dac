/*
 * waiting.c -- the empirical distribution of gangs' waiting times; see waiting.h.
 *
 * This room is for: the distribution, and waiting.gp.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       another definition of waiting than that of jobs.csv.
 */
#include "waiting.h"
#include "sheet.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLOT_PIXELS = 400,
    TICS_MAX = 14,
    DECADES_MIN = 2 /* times that span more are drawn on a logarithmic axis */
};

/* ---- the distribution */

static int by_wait(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool belongs(const struct plan *plan, const struct rep_wait_series *series, uint32_t gang)
{
    return series->job != PLAN_NONE ? plan->stages[gang].job == series->job
                                    : plan->stages[gang].kind == series->kind;
}

/* Waits of a series go to the end of what is there. */
static void fill(const struct plan *plan, const struct rep_metrics *m, struct rep_waiting *w,
                 struct rep_wait_series series)
{
    series.first = w->count;
    for (uint32_t g = 0; g < plan->stage_count; g++)
        if (belongs(plan, &series, g) && rep_wait_ns(&m->gangs[g]) != PLAN_NEVER)
            w->waits[w->count++] = rep_wait_ns(&m->gangs[g]);
    series.count = w->count - series.first;
    qsort(w->waits + series.first, series.count, sizeof *w->waits, by_wait);
    if (series.count > 0)
        w->series[w->series_count++] = series;
}

/* By job only if that says more than one step each: few jobs, of several stages. */
static bool by_job(const struct plan *plan)
{
    return plan->job_count <= REP_WAIT_SERIES_MAX && plan->stage_count >= 4 * plan->job_count;
}

enum rep_status rep_waiting_build(const struct plan *plan, const struct rep_metrics *m,
                                  struct rep_waiting *w, struct rep_err *err)
{
    memset(w, 0, sizeof *w);
    w->waits = rep_alloc(plan->stage_count, sizeof *w->waits, err);
    if (w->waits == NULL)
        return REP_E_MEMORY;
    if (by_job(plan))
        for (uint32_t j = 0; j < plan->job_count; j++)
            fill(plan, m, w, (struct rep_wait_series){.job = j});
    else
        for (uint32_t kind = PLAN_STAGE_MAPREDUCE; kind <= PLAN_STAGE_BARRIER; kind++)
            fill(plan, m, w, (struct rep_wait_series){.job = PLAN_NONE, .kind = kind});
    for (uint32_t g = 0; g < plan->stage_count; g++)
        w->never_went += m->gangs[g].submit_ns != PLAN_NEVER && m->gangs[g].go_ns == PLAN_NEVER;
    return REP_OK;
}

void rep_waiting_free(struct rep_waiting *w)
{
    free(w->waits);
    memset(w, 0, sizeof *w);
}

/* ---- the axis: times of waiting, linear or by decades */

struct scale {
    int64_t least, most; /* where it begins and ends; a logarithmic one cannot begin at 0 */
    bool decades;
};

static int64_t decade_below(int64_t ns)
{
    int64_t unit = 1;
    while (unit <= ns / 10)
        unit *= 10;
    return unit;
}

static struct scale choose_scale(const struct rep_waiting *w)
{
    int64_t most = 1, least = INT64_MAX;
    for (uint64_t i = 0; i < w->count; i++) {
        most = w->waits[i] > most ? w->waits[i] : most;
        least = w->waits[i] > 0 && w->waits[i] < least ? w->waits[i] : least;
    }
    least = least < 1000 ? 1000 : least; /* below a microsecond is nothing to a person */
    struct scale s = {0, most, false};
    for (unsigned i = 0; i < DECADES_MIN; i++)
        most /= 10;
    if (least != INT64_MAX && most >= least)
        s = (struct scale){decade_below(least - 1), s.most, true};
    s.most += s.decades ? s.most / 4 : s.most / 25 + 1; /* the last step is to be seen */
    return s;
}

/* ---- drawing */

struct drawing {
    struct rep_sheet *sheet;
    struct rep_waiting waiting;
    struct scale scale;
    FILE *out;
};

static void put_point(struct drawing *d, int64_t wait_ns, uint64_t part, uint64_t whole)
{
    int64_t shown = wait_ns < d->scale.least ? d->scale.least : wait_ns;
    rep_put_seconds(d->out, shown);
    fputc(' ', d->out);
    rep_put_millis(d->out, rep_scale(part, 100000, whole));
    fputc('\n', d->out);
}

/* A step at each time at which some stopped waiting. Of very many only some are drawn, the last
 * always; the height of each is exact. */
static void put_series(struct drawing *d, uint32_t number)
{
    const struct rep_wait_series *s = &d->waiting.series[number];
    const int64_t *waits = d->waiting.waits + s->first;
    uint64_t every = s->count / REP_WAIT_POINTS_MAX + 1, next = 0;
    fprintf(d->out, "$wait%" PRIu32 " << EOD\n", number);
    put_point(d, d->scale.least, 0, s->count);
    for (uint64_t i = 0; i < s->count; i++) {
        bool last_of_equals = i + 1 == s->count || waits[i + 1] != waits[i];
        if (!last_of_equals || (i < next && i + 1 < s->count))
            continue;
        put_point(d, waits[i], i + 1, s->count);
        next = i + every;
    }
    put_point(d, d->scale.most, s->count, s->count);
    fputs("EOD\n", d->out);
}

static void put_tic(struct drawing *d, int64_t ns, bool *first)
{
    char text[32];
    rep_format_time(ns, text);
    fprintf(d->out, "%s'%s' ", *first ? "" : ", ", text);
    rep_put_seconds(d->out, ns);
    *first = false;
}

/* One, two and five of each decade below a minute; above, what people count in. */
static int64_t next_tic(int64_t ns)
{
    static const int64_t minutes[] = {1,    2,    5,    10,    30,    60,     120,    300,    600,
                                      1440, 2880, 7200, 14400, 43200, 144000, 432000, 1440000};
    int64_t unit = 1;
    while (unit <= ns / 10)
        unit *= 10;
    int64_t next = ns < 2 * unit ? 2 * unit : ns < 5 * unit ? 5 * unit : 10 * unit;
    if (next < 60 * PLAN_SECOND)
        return next;
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++)
        if (minutes[i] * 60 * PLAN_SECOND > ns)
            return minutes[i] * 60 * PLAN_SECOND;
    return INT64_MAX;
}

/* If there are too many, only every third: the decades, as far as there are any. */
static void put_decades(struct drawing *d, bool *first)
{
    uint32_t count = 0, every;
    for (int64_t ns = d->scale.least; ns <= d->scale.most; ns = next_tic(ns))
        count++;
    every = count > TICS_MAX ? 3 : 1;
    count = 0;
    for (int64_t ns = d->scale.least; ns <= d->scale.most; ns = next_tic(ns))
        if (count++ % every == 0)
            put_tic(d, ns, first);
}

static void put_x_axis(struct drawing *d)
{
    bool first = true;
    struct rep_axis linear = {.end_ns = d->scale.most, .shown_ns = d->scale.most};
    int64_t step = rep_axis_step(&linear, 10);
    fputs("set xrange [", d->out);
    rep_put_seconds(d->out, d->scale.least);
    fputc(':', d->out);
    rep_put_seconds(d->out, d->scale.most);
    fputs(d->scale.decades ? "]\nset logscale x 10\n" : "]\n", d->out);
    fputs("set xlabel 'waited at most' offset 0, 0.6 textcolor rgb '#444444'\nset xtics out "
          "nomirror (",
          d->out);
    if (d->scale.decades)
        put_decades(d, &first);
    else
        for (int64_t ns = 0; ns <= d->scale.most; ns += step)
            put_tic(d, ns, &first);
    fputs(")\n", d->out);
}

static void put_caption(struct drawing *d)
{
    uint64_t at_once = 0, most = d->waiting.count;
    for (uint64_t i = 0; i < most; i++)
        at_once += d->waiting.waits[i] < d->scale.least;
    rep_sheet_caption_begin(d->sheet);
    fprintf(d->out, "%" PRIu64 " gangs, from when each was ready to its first go", most);
    if (d->waiting.never_went > 0)
        fprintf(d->out, "; %" PRIu64 " more never went", d->waiting.never_went);
    if (d->scale.decades && at_once > 0) {
        fprintf(d->out, "; %" PRIu64 " that waited less than ", at_once);
        rep_sheet_put_rough(d->out, d->scale.least);
        fputs(" stand at the left edge", d->out);
    }
    rep_sheet_caption_end(d->sheet);
}

static void put_name(struct drawing *d, const struct rep_wait_series *s)
{
    const struct plan *plan = d->sheet->scene->run->plan;
    if (s->job != PLAN_NONE)
        rep_put_cut(d->out, REP_GNUPLOT, rep_job_name(plan, s->job), REP_SHEET_NAME_COLUMNS);
    else
        fputs(s->kind == PLAN_STAGE_BARRIER ? "gangs (barrier)" : "MapReduce stages", d->out);
}

static int64_t middle_of(const struct rep_waiting *w, const struct rep_wait_series *s)
{
    return w->waits[s->first + (s->count - 1) / 2];
}

/* What half of them waited at most. */
static void put_medians(struct drawing *d)
{
    for (uint32_t i = 0; i < d->waiting.series_count; i++) {
        int64_t middle = middle_of(&d->waiting, &d->waiting.series[i]);
        fprintf(d->out, "$half%" PRIu32 " << EOD\n", i);
        put_point(d, middle, 1, 2);
        fputs("EOD\n", d->out);
    }
}

static void put_plot(void *ctx, FILE *out)
{
    struct drawing *d = ctx;
    bool any = false;
    assert(out == d->out);
    for (uint32_t i = 0; i < d->waiting.series_count; i++) {
        const struct rep_wait_series *s = &d->waiting.series[i];
        rep_sheet_next(out, &any);
        fprintf(out,
                "$wait%" PRIu32 " using 1:2 with steps linewidth 2.5 dashtype %u linecolor rgb ", i,
                i % 2 == 0 ? 1u : 4u);
        rep_sheet_put_colour(out, rep_colour_rgb[i % REP_COLOUR_COUNT]);
        fputs(" title '", out);
        put_name(d, s);
        fprintf(out, ", %" PRIu64 "'", s->count);
        rep_sheet_next(out, &any);
        fprintf(out,
                "$half%" PRIu32 " using 1:2 with points pointtype 7 pointsize 1.3 linecolor "
                "rgb ",
                i);
        rep_sheet_put_colour(out, rep_colour_rgb[i % REP_COLOUR_COUNT]);
        fputs(" title 'half of them: at most ", out);
        rep_sheet_put_rough(out, middle_of(&d->waiting, s));
        fputc('\'', out);
    }
}

static enum rep_status draw(struct drawing *d, struct rep_err *err)
{
    d->scale = choose_scale(&d->waiting);
    d->sheet->plot_pixels = PLOT_PIXELS;
    enum rep_status status = rep_sheet_open(d->sheet, "How long gangs waited", err);
    if (status != REP_OK)
        return status;
    d->out = d->sheet->out;
    for (uint32_t i = 0; i < d->waiting.series_count; i++)
        put_series(d, i);
    put_medians(d);
    rep_sheet_frame(d->sheet, "how long gangs waited");
    put_x_axis(d);
    fputs("set yrange [0:103]\nset grid ytics\nset ytics out nomirror ('0%%' 0, '25%%' 25, '50%%' "
          "50, "
          "'75%%' 75, '100%%' 100)\n",
          d->out);
    put_caption(d);
    return rep_sheet_close(d->sheet, put_plot, d, err);
}

/* What all waited alike is a number, and no distribution. */
static bool differ(const struct rep_waiting *w)
{
    for (uint64_t i = 1; i < w->count; i++)
        if (w->waits[i] != w->waits[0])
            return true;
    return false;
}

enum rep_status rep_picture_waiting(struct rep_sheet *sheet, struct rep_err *err)
{
    struct drawing d = {.sheet = sheet};
    const struct rep_scene *scene = sheet->scene;
    enum rep_status status = rep_waiting_build(scene->run->plan, &scene->metrics, &d.waiting, err);
    if (status == REP_OK && differ(&d.waiting))
        status = draw(&d, err);
    rep_waiting_free(&d.waiting);
    return status;
}
