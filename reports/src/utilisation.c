/*
 * utilisation.c -- what the cluster was doing, stacked over time: a panel for its cores, one for its
 * GPUs if it has any, and beneath them the faults.
 *
 * This room is for: utilisation.gp.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       how the numbers come about: that is in usage.c.
 *
 * All is one plot, whose y axis is thousandths of a panel: a panel's capacity is 1000 of them.
 */
#include "strip.h"
#include "usage.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PANELS = 2,
    PANEL_PIXELS = 300,
    TWO_PANEL_PIXELS = 210,
    GAP_PIXELS = 34,
    PANEL_UNITS = 1000
};

static const uint32_t use_rgb[REP_USE_COUNT] = {
    [REP_USE_RUNNING] = 0x0072b2, [REP_USE_ENDING] = 0xd55e00, [REP_USE_RESERVED] = 0xf0e442,
    [REP_USE_IDLE] = 0xe6e6e6,    [REP_USE_LOST] = 0x8c8c8c,
};

struct drawing {
    struct rep_sheet *sheet;
    const struct rep_scene *scene;
    FILE *out;
    struct rep_usage usage[PANELS]; /* of cores, of GPUs */
    unsigned panels, panel_pixels;
};

/* ---- places: thousandths of a panel, upwards; the lowest panel begins at 0 */

static uint64_t units(const struct drawing *d, unsigned pixels)
{
    return (uint64_t)pixels * PANEL_UNITS / d->panel_pixels;
}

static uint64_t base_of(const struct drawing *d, unsigned panel)
{
    return (uint64_t)(d->panels - 1 - panel) * (PANEL_UNITS + units(d, GAP_PIXELS));
}

/* ---- data */

static uint64_t height_of(const struct rep_usage *u, int64_t amount)
{
    return rep_scale((uint64_t)amount, PANEL_UNITS * UINT64_C(1000), (uint64_t)u->capacity);
}

static void put_row(struct drawing *d, unsigned panel, int64_t place,
                    const struct rep_use_step *step)
{
    const struct rep_usage *u = &d->usage[panel];
    int64_t sum = 0;
    rep_sheet_put_place(d->out, place);
    for (unsigned i = 0; i < REP_USE_COUNT; i++) {
        sum += step->amount[i];
        fputc(' ', d->out);
        rep_put_millis(d->out, base_of(d, panel) * 1000 + height_of(u, sum));
    }
    fputc('\n', d->out);
}

/* Each step at its begin and at its end, so that it is flat. */
static void put_panel(struct drawing *d, unsigned panel)
{
    const struct rep_usage *u = &d->usage[panel];
    fprintf(d->out, "# time, and the states stacked:");
    for (unsigned i = 0; i < REP_USE_COUNT; i++)
        fprintf(d->out, " %s%s", rep_use_text(i), i + 1 < REP_USE_COUNT ? ";" : "\n");
    fprintf(d->out, "$use%u << EOD\n", panel);
    for (uint64_t i = 0; i < u->count; i++) {
        int64_t end = i + 1 < u->count ? u->steps[i + 1].place : rep_axis_length(&d->scene->axis);
        put_row(d, panel, u->steps[i].place, &u->steps[i]);
        put_row(d, panel, end, &u->steps[i]);
    }
    fputs("EOD\n", d->out);
}

/* ---- frame */

static void put_y_tics(struct drawing *d)
{
    bool first = true;
    fputs("set ytics out nomirror (", d->out);
    for (unsigned panel = 0; panel < d->panels; panel++)
        for (unsigned part = 0; part <= 4; part++) {
            fprintf(d->out, "%s'%u%%%%' %" PRIu64, first ? "" : ", ", part * 25,
                    base_of(d, panel) + part * PANEL_UNITS / 4);
            first = false;
        }
    fputs(")\n", d->out);
}

static void put_panel_name(struct drawing *d, unsigned panel)
{
    fputs("set label '", d->out);
    rep_put_wide(d->out, (rep_wide)(d->usage[panel].capacity / 1000));
    fprintf(d->out,
            " %s%s' at graph 0, first %" PRIu64
            " offset 0.4, 0.7 left noenhanced font ',12' textcolor rgb '#222222'\n",
            panel == 0 ? "core" : "GPU", d->usage[panel].capacity == 1000 ? "" : "s",
            base_of(d, panel) + PANEL_UNITS);
}

static void put_caption(struct drawing *d)
{
    rep_sheet_caption_begin(d->sheet);
    fputs("means over the whole run", d->out);
    fputs(d->panels > 1 ? ", of cores / of GPUs" : "", d->out);
    if (d->usage[0].sum[REP_USE_LOST] > 0 || (d->panels > 1 && d->usage[1].sum[REP_USE_LOST] > 0))
        fputs("; lost: the executor is down, the GPU dead, or the core taken by others", d->out);
    if (d->usage[0].column > 0) {
        fputs("; each column is the mean over ", d->out);
        rep_sheet_put_rough(d->out, d->usage[0].column);
    }
    if (d->usage[0].over || (d->panels > 1 && d->usage[1].over))
        fputs("; more was held than there is: what is above 100% was held twice", d->out);
    rep_sheet_tell_breaks(d->sheet);
    rep_sheet_caption_end(d->sheet);
}

static uint64_t top_of(const struct drawing *d)
{
    uint64_t top = base_of(d, 0) + PANEL_UNITS;
    for (unsigned panel = 0; panel < d->panels; panel++)
        for (uint64_t i = 0; i < d->usage[panel].count; i++) {
            const struct rep_usage *u = &d->usage[panel];
            uint64_t high = base_of(d, panel) + height_of(u, u->capacity + u->steps[i].over) / 1000;
            top = high > top ? high : top;
        }
    return top;
}

static void put_frame(struct drawing *d)
{
    rep_sheet_frame(d->sheet, "what the cluster was doing");
    rep_sheet_time(d->sheet);
    fprintf(d->out, "set yrange [-%" PRIu64 ":%" PRIu64 "]\n", units(d, rep_strip_pixels(d->scene)),
            top_of(d));
    put_y_tics(d);
    for (unsigned panel = 0; panel < d->panels; panel++)
        put_panel_name(d, panel);
    put_caption(d);
}

/* ---- plot */

/* From the highest sum down, each over the one before: no seam is left between two. */
static void plot_panel(struct drawing *d, unsigned panel, bool *any)
{
    for (unsigned use = REP_USE_COUNT; use-- > 0;) {
        rep_sheet_next(d->out, any);
        fprintf(d->out,
                "$use%u using 1:(%" PRIu64 "):%u with filledcurves fillstyle solid "
                "noborder fillcolor rgb ",
                panel, base_of(d, panel), use + 2);
        rep_sheet_put_colour(d->out, use_rgb[use]);
        fputs(" notitle", d->out);
    }
}

/* Only what occurs: "running a task: 61.3%, GPUs 12%". */
static void put_keys(struct drawing *d, bool *any)
{
    for (unsigned use = REP_USE_COUNT; use-- > 0;) {
        bool occurs = d->usage[0].sum[use] > 0 || (d->panels > 1 && d->usage[1].sum[use] > 0);
        if (!occurs)
            continue;
        rep_sheet_next(d->out, any);
        fputs("keyentry with boxes fillstyle solid fillcolor rgb ", d->out);
        rep_sheet_put_colour(d->out, use_rgb[use]);
        fprintf(d->out, " title '%s", rep_use_text(use));
        for (unsigned panel = 0; panel < d->panels; panel++) {
            fputs(panel == 0 ? ": " : " / ", d->out);
            rep_put_percent(d->out, d->usage[panel].sum[use], d->usage[panel].whole);
        }
        fputc('\'', d->out);
    }
}

static void put_plot(void *ctx, FILE *out)
{
    struct drawing *d = ctx;
    bool any = false;
    assert(out == d->out);
    for (unsigned panel = 0; panel < d->panels; panel++)
        plot_panel(d, panel, &any);
    rep_strip_plot(d->sheet, &any);
    put_keys(d, &any);
    (void)out;
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static void size(struct drawing *d)
{
    d->panel_pixels = d->panels == 1 ? PANEL_PIXELS : TWO_PANEL_PIXELS;
    d->sheet->plot_pixels =
        d->panels * d->panel_pixels + (d->panels - 1) * GAP_PIXELS + rep_strip_pixels(d->scene);
    d->sheet->top_pixels = 24; /* the upper panel's name */
}

static enum rep_status draw(struct drawing *d, struct rep_err *err)
{
    size(d);
    enum rep_status status = rep_sheet_open(d->sheet, "What a cluster was doing", err);
    if (status != REP_OK)
        return status;
    d->out = d->sheet->out;
    for (unsigned panel = 0; panel < d->panels; panel++)
        put_panel(d, panel);
    rep_strip_put(d->sheet);
    put_frame(d);
    return rep_sheet_close(d->sheet, put_plot, d, err);
}

enum rep_status rep_picture_utilisation(struct rep_sheet *sheet, struct rep_err *err)
{
    struct drawing d = {.sheet = sheet, .scene = sheet->scene};
    const struct rep_axis *axis = &d.scene->axis;
    enum rep_status status = rep_usage_build(d.scene->run, axis, REP_CORES, &d.usage[0], err);
    if (status == REP_OK)
        status = rep_usage_build(d.scene->run, axis, REP_GPUS, &d.usage[1], err);
    d.panels = d.usage[1].capacity > 0 ? 2 : 1;
    if (status == REP_OK && d.usage[0].capacity > 0 && d.scene->metrics.lanes.span_count > 0)
        status = draw(&d, err);
    rep_usage_free(&d.usage[0]);
    rep_usage_free(&d.usage[1]);
    return status;
}
