/*
 * skew.c -- how far apart the members of a gang came to each barrier; see skew.h.
 *
 * This room is for: the rounds, and skew.gp.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       what the driver heard when: an arrival counts when it left its machine.
 *
 * A gang has one round open at a time, that of its latest attempt. An arrival that repeats one (a
 * link's second try, a stray call) is none: each task is counted once a round.
 */
#include "skew.h"
#include "strip.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLOT_PIXELS = 400,
    POINTS_MAX = 4000, /* more rounds than this are drawn as what half and nine tenths had */
    COLUMNS = 160,
    LEGEND_MAX = 14
};

/* ---- the rounds */

struct open_round {
    uint32_t attempt, epoch; /* attempt: 1 + it; 0: none */
    bool released;
    int64_t first_ns, last_ns;
};
struct fold {
    const struct rep_run *run;
    struct rep_skews *skews;
    struct open_round *open; /* by gang */
    uint64_t *first_task;
    uint64_t *seen; /* by task: (1 + attempt) << 32 | epoch of its latest arrival */
};

static void arrive(struct fold *f, uint32_t gang, const struct trace_record *r)
{
    struct open_round *o = &f->open[gang];
    if (r->rank >= f->run->plan->stages[gang].tasks || r->attempt + 1 < o->attempt)
        return;
    uint64_t key = ((uint64_t)r->attempt + 1) << 32 | r->epoch;
    uint64_t *seen = &f->seen[f->first_task[gang] + r->rank];
    bool is_new = o->attempt != r->attempt + 1 || r->epoch > o->epoch;
    if (*seen >= key || (!is_new && o->epoch != r->epoch))
        return;
    *seen = key;
    if (is_new)
        *o = (struct open_round){r->attempt + 1, r->epoch, false, r->at_ns, r->at_ns};
    o->last_ns = r->at_ns > o->last_ns ? r->at_ns : o->last_ns;
}

static void release(struct fold *f, uint32_t gang, const struct trace_record *r)
{
    struct open_round *o = &f->open[gang];
    if (o->attempt != r->attempt + 1 || o->epoch != r->epoch || o->released ||
        f->run->plan->stages[gang].tasks < 2)
        return;
    o->released = true; /* the other groups' records follow */
    int64_t skew = rep_between(o->first_ns, o->last_ns);
    f->skews->list[f->skews->count++] =
        (struct rep_skew){r->at_ns, skew, gang, r->attempt, r->epoch};
    f->skews->most = skew > f->skews->most ? skew : f->skews->most;
}

static void walk(struct fold *f)
{
    for (uint64_t i = 0; i < f->run->record_count; i++) {
        const struct trace_record *r = &f->run->records[i];
        if (r->kind != TRACE_ARRIVE && r->kind != TRACE_RELEASE)
            continue;
        uint32_t gang = rep_gang(f->run->plan, r->job, r->stage);
        if (gang == PLAN_NONE || r->attempt == TRACE_NONE || r->epoch == TRACE_NONE)
            continue;
        if (r->kind == TRACE_ARRIVE)
            arrive(f, gang, r);
        else
            release(f, gang, r);
    }
}

enum rep_status rep_skews_build(const struct rep_run *run, struct rep_skews *skews,
                                struct rep_err *err)
{
    struct fold f = {.run = run, .skews = skews};
    const struct plan *plan = run->plan;
    uint64_t releases = 0;
    memset(skews, 0, sizeof *skews);
    for (uint64_t i = 0; i < run->record_count; i++)
        releases += run->records[i].kind == TRACE_RELEASE;
    skews->list = rep_alloc(releases, sizeof *skews->list, err);
    f.open = rep_alloc(plan->stage_count, sizeof *f.open, err);
    f.first_task = rep_alloc((size_t)plan->stage_count + 1, sizeof *f.first_task, err);
    for (uint32_t g = 0; f.first_task != NULL && g < plan->stage_count; g++)
        f.first_task[g + 1] = f.first_task[g] + plan->stages[g].tasks;
    if (f.first_task != NULL)
        f.seen = rep_alloc(f.first_task[plan->stage_count], sizeof *f.seen, err);
    bool whole = skews->list != NULL && f.open != NULL && f.seen != NULL;
    if (whole)
        walk(&f);
    else
        rep_skews_free(skews);
    free(f.open);
    free(f.first_task);
    free(f.seen);
    return whole ? REP_OK : REP_E_MEMORY;
}

void rep_skews_free(struct rep_skews *skews)
{
    free(skews->list);
    memset(skews, 0, sizeof *skews);
}

/* ---- drawing */

struct drawing {
    struct rep_sheet *sheet;
    struct rep_skews skews;
    FILE *out;
    uint32_t *number; /* by gang: among those with a round; PLAN_NONE if it has none */
    uint32_t gangs;
    int64_t *sorted; /* the skews of one column */
    bool dense;
};

static int64_t place_of(const struct drawing *d, uint64_t i)
{
    return rep_axis_at(&d->sheet->scene->axis, d->skews.list[i].released_ns);
}

static void number_gangs(struct drawing *d)
{
    uint32_t stages = d->sheet->scene->run->plan->stage_count;
    for (uint32_t g = 0; g < stages; g++)
        d->number[g] = PLAN_NONE;
    for (uint64_t i = 0; i < d->skews.count; i++)
        d->number[d->skews.list[i].gang] = 0;
    for (uint32_t g = 0; g < stages; g++)
        if (d->number[g] == 0)
            d->number[g] = d->gangs++;
}

static void put_points(struct drawing *d)
{
    fputs("# time of the release, skew in seconds, number of the gang, attempt, epoch\n$round << "
          "EOD\n",
          d->out);
    for (uint64_t i = 0; i < d->skews.count; i++) {
        const struct rep_skew *s = &d->skews.list[i];
        rep_sheet_put_place(d->out, place_of(d, i));
        fputc(' ', d->out);
        rep_put_seconds(d->out, s->skew_ns);
        fprintf(d->out, " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", d->number[s->gang], s->attempt,
                s->epoch);
    }
    fputs("EOD\n", d->out);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void put_column(struct drawing *d, uint64_t first, uint64_t count, uint64_t column)
{
    static const uint32_t tenths[] = {1, 5, 9, 10};
    int64_t length = rep_axis_length(&d->sheet->scene->axis);
    for (uint64_t i = 0; i < count; i++)
        d->sorted[i] = d->skews.list[first + i].skew_ns;
    qsort(d->sorted, count, sizeof *d->sorted, by_size);
    rep_sheet_put_place(d->out, (int64_t)rep_scale((uint64_t)length, 2 * column + 1, 2 * COLUMNS));
    for (size_t i = 0; i < sizeof tenths / sizeof *tenths; i++) {
        fputc(' ', d->out);
        rep_put_seconds(d->out, d->sorted[(count - 1) * tenths[i] / 10]);
    }
    fprintf(d->out, " %" PRIu64 "\n", count);
}

static uint64_t column_of(const struct drawing *d, uint64_t i)
{
    uint64_t column = rep_scale((uint64_t)place_of(d, i), COLUMNS,
                                (uint64_t)rep_axis_length(&d->sheet->scene->axis));
    return column < COLUMNS ? column : COLUMNS - 1;
}

/* Releases come in order of time, so a column is a run of them. */
static void put_columns(struct drawing *d)
{
    fputs("# time; a tenth, half, nine tenths and all of the column's rounds had at most so many "
          "seconds; how many\n$round << EOD\n",
          d->out);
    for (uint64_t i = 0, first; i < d->skews.count;) {
        uint64_t column = column_of(d, i);
        for (first = i; i < d->skews.count && column_of(d, i) == column;)
            i++;
        put_column(d, first, i - first, column);
    }
    fputs("EOD\n", d->out);
}

/* ---- frame */

static void put_y_tics(struct drawing *d, int64_t most)
{
    struct rep_axis y = {.end_ns = most, .shown_ns = most};
    int64_t step = rep_axis_step(&y, 8);
    fputs("set ytics out nomirror (", d->out);
    for (int64_t ns = 0; ns <= most; ns += step) {
        char text[32];
        rep_format_time(ns, text);
        fprintf(d->out, "%s'%s' ", ns == 0 ? "" : ", ", text);
        rep_put_seconds(d->out, ns);
    }
    fputs(")\n", d->out);
}

static void put_caption(struct drawing *d)
{
    rep_sheet_caption_begin(d->sheet);
    fprintf(d->out, "%" PRIu64 " rounds of %" PRIu32 " gang%s", d->skews.count, d->gangs,
            d->gangs == 1 ? "" : "s");
    fputs(d->dense ? ", of each column a tenth, half, nine tenths and the most" : "", d->out);
    if (!d->dense && d->gangs > REP_COLOUR_COUNT && d->gangs <= LEGEND_MAX)
        fprintf(d->out, " (colours repeat after %d)", (int)REP_COLOUR_COUNT);
    fputs("; a round stands where it was released", d->out);
    rep_sheet_tell_breaks(d->sheet);
    rep_sheet_caption_end(d->sheet);
}

static void put_frame(struct drawing *d)
{
    int64_t most = d->skews.most > 0 ? d->skews.most : 1000000;
    rep_sheet_frame(d->sheet, "barrier skew: the last arrival less the first");
    rep_sheet_time(d->sheet);
    most += most / 20;
    fputs("set yrange [-", d->out);
    rep_put_seconds(
        d->out, (int64_t)rep_scale((uint64_t)most, rep_strip_pixels(d->sheet->scene), PLOT_PIXELS));
    fputc(':', d->out);
    rep_put_seconds(d->out, most);
    fputs("]\nset grid ytics\n", d->out);
    put_y_tics(d, most);
    put_caption(d);
}

/* ---- plot */

/* Colour and shape of the point together tell gangs apart. */
static void plot_gang(struct drawing *d, uint32_t gang, bool named, bool *any)
{
    static const unsigned shapes[] = {7, 5, 9, 13, 11};
    uint32_t number = d->number[gang];
    rep_sheet_next(d->out, any);
    fprintf(d->out,
            "$round using 1:($3 == %" PRIu32 " ? $2 : NaN) with points pointtype %u "
            "pointsize %s linecolor rgb ",
            number, shapes[number % (sizeof shapes / sizeof *shapes)],
            d->skews.count > 400 ? "0.7" : "1.1");
    rep_sheet_put_colour(d->out, rep_colour_rgb[number % REP_COLOUR_COUNT]);
    fputs(named ? " title '" : " notitle", d->out);
    if (named) {
        rep_sheet_put_gang(d->sheet, gang);
        fputc('\'', d->out);
    }
}

/* Too many to be named: all in one colour. */
static void plot_crowd(struct drawing *d, bool *any)
{
    rep_sheet_next(d->out, any);
    fputs("$round using 1:2 with points pointtype 7 pointsize 0.6 linecolor rgb '#0072b2' title 'a "
          "round of any gang'",
          d->out);
}

static void plot_columns(struct drawing *d, bool *any)
{
    rep_sheet_next(d->out, any);
    fputs("$round using 1:2:4 with filledcurves fillstyle solid 0.3 noborder fillcolor rgb "
          "'#56b4e9' title 'a tenth to nine tenths'",
          d->out);
    rep_sheet_next(d->out, any);
    fputs("$round using 1:3 with lines linewidth 2.5 linecolor rgb '#0072b2' title 'half had at "
          "most'",
          d->out);
    rep_sheet_next(d->out, any);
    fputs("$round using 1:5 with points pointtype 7 pointsize 0.5 linecolor rgb '#d55e00' title "
          "'the most'",
          d->out);
}

static void put_plot(void *ctx, FILE *out)
{
    struct drawing *d = ctx;
    uint32_t stages = d->sheet->scene->run->plan->stage_count;
    bool any = false;
    assert(out == d->out);
    rep_strip_plot(d->sheet, &any);
    if (d->dense)
        plot_columns(d, &any);
    else if (d->gangs > LEGEND_MAX)
        plot_crowd(d, &any);
    for (uint32_t g = 0; g < stages && !d->dense && d->gangs <= LEGEND_MAX; g++)
        if (d->number[g] != PLAN_NONE)
            plot_gang(d, g, true, &any);
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static enum rep_status draw(struct drawing *d, struct rep_err *err)
{
    d->number = rep_alloc(d->sheet->scene->run->plan->stage_count, sizeof *d->number, err);
    d->sorted = rep_alloc(d->skews.count, sizeof *d->sorted, err);
    if (d->number == NULL || d->sorted == NULL)
        return REP_E_MEMORY;
    d->dense = d->skews.count > POINTS_MAX;
    d->sheet->plot_pixels = PLOT_PIXELS + rep_strip_pixels(d->sheet->scene);
    number_gangs(d);
    enum rep_status status = rep_sheet_open(d->sheet, "How far apart tasks came to barriers", err);
    if (status != REP_OK)
        return status;
    d->out = d->sheet->out;
    if (d->dense)
        put_columns(d);
    else
        put_points(d);
    rep_strip_put(d->sheet);
    put_frame(d);
    return rep_sheet_close(d->sheet, put_plot, d, err);
}

enum rep_status rep_picture_skew(struct rep_sheet *sheet, struct rep_err *err)
{
    struct drawing d = {.sheet = sheet};
    enum rep_status status = rep_skews_build(sheet->scene->run, &d.skews, err);
    if (status == REP_OK && d.skews.count > 0)
        status = draw(&d, err);
    rep_skews_free(&d.skews);
    free(d.number);
    free(d.sorted);
    return status;
}
