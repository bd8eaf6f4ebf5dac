/*
 * plot_page.c -- the timeline's picture: frame, legend, and how the data are drawn.
 *
 * This room is for: what gnuplot is told about the data blocks.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       what other pictures need too: that is in sheet.c.
 */
#include "plot.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- frame */

static void put_caption(struct plot *p)
{
    FILE *out = p->out;
    rep_sheet_caption_begin(p->sheet);
    fprintf(out, "%" PRIu64 " task runs", p->lanes->span_count);
    if (p->gangs > REP_COLOUR_COUNT)
        fprintf(out, " of %" PRIu32 " gangs (colours repeat after %d)", p->gangs, REP_COLOUR_COUNT);
    if (p->box_count < p->drawn_spans) {
        fprintf(out, ", drawn as %" PRIu64 " boxes: what is closer or shorter than ", p->box_count);
        rep_put_about(out, p->tolerance_ns);
        fputs(" is merged", out);
    }
    if (p->every > 1)
        fprintf(out, "; one of %" PRIu32 " slots is drawn", p->every);
    if (p->lane_count < p->lanes->capacity_total)
        fprintf(out, "; %" PRIu64 " slots never used are left out",
                p->lanes->capacity_total - p->lane_count);
    if (p->rounds.dense)
        fputs("; some barriers are too close to be drawn", out);
    if (p->faults > FAULT_LABELS_MAX)
        fprintf(out, "; %" PRIu32 " faults", p->faults);
    rep_sheet_tell_breaks(p->sheet);
    rep_sheet_caption_end(p->sheet);
}

static void put_y_tics(struct plot *p)
{
    uint32_t count = p->lanes->executor_count;
    uint32_t room = p->rows * p->row_pixels / EXECUTOR_PIXELS;
    uint32_t step = room > 0 ? (count + room - 1) / room : count + 1;
    bool first = true;
    fputs("set ytics scale 0 nomirror (", p->out);
    for (uint32_t e = 0; e < count; e += step) {
        uint64_t middle = ((uint64_t)p->lane_first[e] + p->lane_first[e + 1]) * 500 / p->every;
        if (p->lane_first[e] == p->lane_first[e + 1])
            continue;
        fprintf(p->out, "%s'exec %" PRIu32 "' ", first ? "" : ", ", e);
        rep_put_millis(p->out, middle);
        first = false;
    }
    if (p->queue_drawn) {
        fprintf(p->out, "%s'waiting' ", first ? "" : ", ");
        rep_put_millis(p->out,
                       rep_plot_strip_bottom(p) - rep_plot_rows_of_pixels(p, QUEUE_PIXELS / 2));
    }
    fputs(")\n", p->out);
}

/* What the strip's full height is. */
static void put_queue_label(struct plot *p)
{
    uint64_t tasks = (rep_plot_highest_mean(p) + 999) / 1000;
    fprintf(p->out, "set label 'up to %" PRIu64 " task%s' at graph 1, first ", tasks,
            tasks == 1 ? "" : "s");
    rep_put_millis(p->out, rep_plot_strip_bottom(p) - rep_plot_rows_of_pixels(p, QUEUE_PIXELS / 2));
    fputs(" offset 1, 0 left noenhanced font ',11' textcolor rgb '#444444'\n", p->out);
}

void rep_plot_put_frame(struct plot *p)
{
    FILE *out = p->out;
    rep_sheet_frame(p->sheet, "who held which slot");
    rep_sheet_time(p->sheet);
    fputs("set yrange [", out);
    rep_put_millis(out, p->queue_drawn ? rep_plot_strip_bottom(p)
                                       : (p->rows > 0 ? p->rows : 1) * 1000ull);
    fputs(":0]\nlength = ", out);
    rep_sheet_put_place(out, rep_axis_length(p->axis));
    fprintf(out, "\nrows = %" PRIu32 "\nbottom = ", p->rows);
    rep_put_millis(out, rep_plot_strip_bottom(p));
    fputc('\n', out);
    put_y_tics(p);
    if (p->queue_drawn)
        put_queue_label(p);
    put_caption(p);
}

/* ---- plot */

/* What else is in the legend at most: signs, and shadings. */
static unsigned other_keys(const struct plot *p)
{
    unsigned keys = 6;
    for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++)
        keys += p->sheet->scene->shades.of_kind[kind] > 0;
    return keys;
}

static uint32_t legend_max(const struct plot *p)
{
    unsigned lines = (p->sheet->top_pixels + p->sheet->plot_pixels + 30) / KEY_PIXELS;
    lines = lines > other_keys(p) + 3 ? lines - other_keys(p) : 3;
    return lines < LEGEND_MAX ? lines : LEGEND_MAX;
}

static void put_gang_key(struct plot *p, uint32_t gang, bool *any)
{
    rep_sheet_next(p->out, any);
    fputs("keyentry with boxes fillstyle solid fillcolor rgb ", p->out);
    rep_sheet_put_colour(p->out, rep_colour_rgb[p->gang_colour[gang] % REP_COLOUR_COUNT]);
    fputs(" title '", p->out);
    rep_sheet_put_gang(p->sheet, gang);
    fputc('\'', p->out);
}

/* A list that explains one colour of many gangs explains none. */
static void put_gang_keys(struct plot *p, bool *any)
{
    bool all = p->gangs <= legend_max(p);
    for (uint32_t g = 0; g < p->run->plan->stage_count && all; g++)
        if (p->gang_colour[g] != PLAN_NONE)
            put_gang_key(p, g, any);
    if (all)
        return;
    rep_sheet_next(p->out, any);
    fprintf(p->out, "keyentry with points pointtype 0 title '%" PRIu32 " gangs: colours only'",
            p->gangs);
    rep_sheet_next(p->out, any);
    fputs("keyentry with points pointtype 0 title 'tell neighbours apart'", p->out);
}

static void put_sign_keys(struct plot *p, bool *any)
{
    bool wide = p->row_pixels >= WIDE_ROW_PIXELS;
    const struct {
        bool shown;
        const char *key;
    } keys[] = {
        {p->later_attempts && wide, "lines linewidth 4 linecolor rgb '#0072b2' title 'thin: a "
                                    "later attempt'"},
        {p->wasted && wide, "boxes fillstyle pattern 5 fillcolor rgb '#0072b2' title 'hatched: did "
                            "not end well'"},
        {p->crashes, "points pointtype 2 pointsize 0.8 linewidth 2 linecolor rgb '#000000' title "
                     "'a task dies'"},
        {p->barriers, "lines linewidth 2 linecolor rgb '#c8c8c8' title 'white: barrier released'"},
        {p->faults > 0, "lines dashtype 2 linewidth 2 linecolor rgb '#000000' title 'a fault "
                        "strikes'"},
        {p->queue_drawn, "boxes fillstyle solid fillcolor rgb '#6b6b6b' title 'tasks that wait'"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!keys[i].shown)
            continue;
        rep_sheet_next(p->out, any);
        fprintf(p->out, "keyentry with %s", keys[i].key);
    }
}

static void put_shade_keys(struct plot *p, bool *any)
{
    for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++) {
        if (p->sheet->scene->shades.of_kind[kind] == 0)
            continue;
        rep_sheet_next(p->out, any);
        fprintf(p->out,
                "keyentry with boxes fillstyle %s border linecolor rgb '#999999' fillcolor "
                "rgb ",
                rep_plot_shade_look[kind].style);
        rep_sheet_put_colour(p->out, rep_plot_shade_look[kind].rgb);
        fprintf(p->out, " title '%s'", rep_shade_text(kind));
    }
}

static void plot_shades(struct plot *p, bool before, bool *any)
{
    for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++) {
        if (p->sheet->scene->shades.of_kind[kind] == 0 ||
            rep_plot_shade_look[kind].before != before)
            continue;
        rep_sheet_next(p->out, any);
        fprintf(p->out,
                "$shade%u using 1:3:1:2:3:4 with boxxyerror fillstyle %s noborder "
                "fillcolor rgb ",
                kind, rep_plot_shade_look[kind].style);
        rep_sheet_put_colour(p->out, rep_plot_shade_look[kind].rgb);
        fputs(" notitle", p->out);
    }
}

static void plot_look(struct plot *p, unsigned look, bool *any)
{
    rep_sheet_next(p->out, any);
    fprintf(p->out,
            "$run%u using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder fillcolor "
            "rgb ",
            look);
    rep_sheet_put_colour(p->out, rep_colour_rgb[look / 4]);
    fputs(" notitle", p->out);
    if ((look & WASTED) == 0 || p->row_pixels < WIDE_ROW_PIXELS)
        return;
    rep_sheet_next(p->out, any);
    fprintf(p->out,
            "$run%u using 1:3:1:2:3:4 with boxxyerror fillstyle transparent pattern 5 "
            "noborder fillcolor rgb '#ffffff' notitle",
            look);
}

/* A block without rows would make gnuplot complain. */
static void plot_block(struct plot *p, bool shown, const char *how, bool *any)
{
    if (!shown)
        return;
    rep_sheet_next(p->out, any);
    fputs(how, p->out);
    fputs(" notitle", p->out);
}

static void plot_ground(struct plot *p, bool *any)
{
    plot_block(p, p->rows > 0,
               "$slots using (0):1:(0):(length):1:2 with boxxyerror fillstyle solid noborder "
               "fillcolor rgb '#f1f1f1'",
               any);
    plot_shades(p, false, any);
    plot_block(p, p->faults > 0,
               "$fault using 1:(0):(0):(rows) with vectors nohead dashtype 3 linewidth 1 linecolor "
               "rgb '#a0a0a0'",
               any);
    plot_block(p, p->separators,
               "$between using (0):1:(length):(0) with vectors nohead linecolor rgb '#b0b0b0' "
               "linewidth 1",
               any);
}

static void plot_marks(struct plot *p, bool *any)
{
    plot_block(p, p->barriers,
               "$barrier using 1:2:(0):($3-$2) with vectors nohead linecolor rgb '#ffffff' "
               "linewidth 1.5",
               any);
    plot_shades(p, true, any);
    plot_block(p, p->faults > 0,
               "$fault using 1:2:(0):($3-$2) with vectors nohead dashtype 2 linewidth 1.5 "
               "linecolor rgb '#000000'",
               any);
    plot_block(p, p->crashes,
               p->row_pixels >= WIDE_ROW_PIXELS
                   ? "$crash using 1:2 with points pointtype 2 pointsize 0.9 linewidth 2 linecolor "
                     "rgb '#000000'"
                   : "$crash using 1:2 with points pointtype 2 pointsize 0.4 linewidth 1 linecolor "
                     "rgb '#000000'",
               any);
    plot_block(p, p->queue_drawn,
               "$queue using 1:(bottom):2 with filledcurves fillstyle solid noborder fillcolor rgb "
               "'#6b6b6b'",
               any);
}

void rep_plot_put_plot(void *ctx, FILE *out)
{
    struct plot *p = ctx;
    bool any = false;
    assert(out == p->out);
    plot_ground(p, &any);
    for (unsigned look = 0; look < LOOKS; look++)
        if (p->looks[look])
            plot_look(p, look, &any);
    plot_marks(p, &any);
    put_gang_keys(p, &any);
    put_sign_keys(p, &any);
    put_shade_keys(p, &any);
    (void)out;
}
