/*
 * sheet.c -- the page of a picture: head, margins, title, time axis, caption, and the two formats.
 *
 * This room is for: what all gnuplot programs have in common.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       what one picture shows; running gnuplot.
 */
#include "sheet.h"

#include "shared.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TITLE_COLUMNS = 90, TICS = 12, BREADTH = 60 };

/* ---- the scene */

/* What begins when all is over is behind the last break, and nobody would see it. */
static void forget_the_tail(struct rep_scene *scene)
{
    const struct rep_axis *axis = &scene->axis;
    struct rep_shades *s = &scene->shades;
    uint64_t kept = 0;
    if (axis->gap_count == 0 || !axis->gaps[axis->gap_count - 1].over)
        return;
    memset(s->of_kind, 0, sizeof s->of_kind);
    for (uint64_t i = 0; i < s->count; i++) {
        if (s->list[i].from_ns >= axis->gaps[axis->gap_count - 1].from_ns)
            continue;
        s->of_kind[s->list[i].kind]++;
        s->list[kept++] = s->list[i];
    }
    s->count = kept;
}

enum rep_status rep_scene_build(const struct rep_run *run, struct rep_scene *scene,
                                struct rep_err *err)
{
    memset(scene, 0, sizeof *scene);
    scene->run = run;
    rep_axis_init(run, BREADTH, true, &scene->axis);
    enum rep_status status = rep_metrics_get(run, &scene->metrics, err);
    if (status == REP_OK)
        status = rep_shades_build(run, &scene->metrics.lanes, &scene->shades, err);
    if (status == REP_OK)
        forget_the_tail(scene);
    else
        rep_scene_free(scene);
    return status;
}

void rep_scene_free(struct rep_scene *scene)
{
    rep_metrics_put(scene->run, &scene->metrics);
    rep_shades_free(&scene->shades);
}

/* ---- words */

void rep_sheet_put_place(FILE *out, int64_t place) { rep_put_seconds(out, place); }

void rep_sheet_put_colour(FILE *out, uint32_t rgb) { fprintf(out, "'#%06" PRIx32 "'", rgb); }

void rep_sheet_put_rough(FILE *out, int64_t ns)
{
    char text[32];
    int64_t unit = 1;
    while (ns / unit >= 1000)
        unit *= 10;
    int64_t rough = (ns + unit / 2) / unit * unit;
    if (ns >= 60 * PLAN_SECOND && ns < PLAN_DAY)
        rough = (ns + PLAN_SECOND / 2) / PLAN_SECOND * PLAN_SECOND;
    rep_format_time(rough, text);
    fputs(text, out);
}

void rep_sheet_next(FILE *out, bool *any)
{
    fputs(*any ? ", \\\n  " : "plot ", out);
    *any = true;
}

void rep_sheet_put_gang(const struct rep_sheet *sheet, uint32_t gang)
{
    const struct plan *plan = sheet->scene->run->plan;
    rep_put_cut(sheet->out, REP_GNUPLOT, rep_job_name(plan, plan->stages[gang].job),
                REP_SHEET_NAME_COLUMNS);
    fputc('/', sheet->out);
    rep_put_cut(sheet->out, REP_GNUPLOT, rep_stage_name(plan, gang), REP_SHEET_NAME_COLUMNS);
}

/* ---- the page */

static unsigned height(const struct rep_sheet *s)
{
    return REP_SHEET_TOP + s->top_pixels + s->plot_pixels + REP_SHEET_BOTTOM;
}

/* A part of the page's height or width, in thousandths of a thousandth: no float is printed. */
static void put_part(FILE *out, unsigned part, unsigned whole)
{
    unsigned millionths = (unsigned)((uint64_t)part * 1000000 / whole);
    fprintf(out, "%u.%06u", millionths / 1000000, millionths % 1000000);
}

enum rep_status rep_sheet_open(struct rep_sheet *s, const char *what, struct rep_err *err)
{
    assert(s->out == NULL);
    size_t size = strlen(s->dir) + strlen(s->name) + 8;
    char *path = rep_alloc(size, 1, err);
    if (path == NULL)
        return REP_E_MEMORY;
    snprintf(path, size, "%s/%s.gp", s->dir, s->name);
    s->out = fopen(path, "w");
    enum rep_status status =
        s->out != NULL ? REP_OK
                       : rep_fail(err, REP_E_IO, "cannot write %s: %s", path, strerror(errno));
    free(path);
    if (status != REP_OK)
        return status;
    fprintf(s->out,
            "# %s. Redraw it with: gnuplot %s.gp\n"
            "reset\nset encoding utf8\nset datafile separator whitespace\n"
            "here = exists('ARG0') ? ARG0[1:strlen(ARG0) - strlen('%s.gp')] : ''\n",
            what, s->name, s->name);
    return REP_OK;
}

static void put_verdict(const struct rep_sheet *s)
{
    FILE *out = s->out;
    const struct rep_verdict *v = s->scene->run->verdict;
    if (v == NULL)
        return;
    fputs(v->outcome == REP_PASS ? "PASS" : v->outcome == REP_FAIL ? "FAIL" : "UNKNOWN", out);
    if (v->finding_count > 0) {
        fputs(": ", out);
        rep_put_cut(out, REP_GNUPLOT, v->findings[0].rule, REP_SHEET_NAME_COLUMNS);
        fputs(v->findings[0].outcome == REP_FAIL ? " broken: " : " unknown: ", out);
        rep_put_cut(out, REP_GNUPLOT, v->findings[0].sentence, TITLE_COLUMNS);
    }
    fputs("   ", out);
}

static void put_title(const struct rep_sheet *s, const char *shows)
{
    FILE *out = s->out;
    const struct rep_run *run = s->scene->run;
    fputs("set label '", out);
    rep_put_cut(out, REP_GNUPLOT, run->scenario, TITLE_COLUMNS);
    fputs("' at screen 0.012, screen 1 offset 0, -1.2 left noenhanced font ',17' textcolor rgb "
          "'#222222'\nset label '",
          out);
    put_verdict(s);
    fprintf(out, "seed %" PRIu64 ", policy ", run->header->seed);
    rep_put_cut(out, REP_GNUPLOT, run->header->policy, TITLE_COLUMNS / 2);
    fputs("' at screen 0.012, screen 1 offset 0, -2.6 left noenhanced font ',13' textcolor rgb ",
          out);
    rep_sheet_put_colour(out, run->verdict != NULL && run->verdict->outcome == REP_FAIL ? 0xb03000
                                                                                        : 0x444444);
    fprintf(out,
            "\nset label '%s' at screen 0.988, screen 1 offset 0, -1.2 right noenhanced font ',13' "
            "textcolor rgb '#444444'\n",
            shows);
}

void rep_sheet_frame(struct rep_sheet *s, const char *shows)
{
    FILE *out = s->out;
    fputs("set lmargin at screen ", out);
    put_part(out, REP_SHEET_LEFT, REP_SHEET_WIDTH);
    fputs("\nset rmargin at screen ", out);
    put_part(out, REP_SHEET_LEFT + REP_SHEET_PIXELS, REP_SHEET_WIDTH);
    fputs("\nset bmargin at screen ", out);
    put_part(out, REP_SHEET_BOTTOM, height(s));
    fputs("\nset tmargin at screen ", out);
    put_part(out, REP_SHEET_BOTTOM + s->plot_pixels, height(s));
    fputs("\nset border 3 linecolor rgb '#888888'\nset tics textcolor rgb '#444444'\n"
          "set grid xtics linecolor rgb '#e0e0e0' linewidth 1\n"
          "set style fill solid 1.0 noborder\nset key at screen ",
          out);
    put_part(out, REP_SHEET_LEFT + REP_SHEET_PIXELS + 12, REP_SHEET_WIDTH);
    fputs(", screen ", out);
    put_part(out, height(s) - REP_SHEET_TOP, height(s));
    fputs(" left top vertical maxrows 100 noenhanced Left reverse samplen 1.2 spacing 1.15\n", out);
    put_title(s, shows);
}

/* ---- the time axis */

static void put_x_tics(struct rep_sheet *s)
{
    const struct rep_axis *axis = &s->scene->axis;
    int64_t step = rep_axis_step(axis, TICS);
    bool first = true;
    fputs("set xtics out nomirror (", s->out);
    for (int64_t ns = 0; ns <= axis->end_ns; ns += step) {
        for (uint32_t g = 0; g < axis->gap_count; g++)
            if (ns > axis->gaps[g].from_ns && ns < axis->gaps[g].to_ns)
                ns = axis->gaps[g].to_ns - axis->gaps[g].to_ns % step +
                     (axis->gaps[g].to_ns % step != 0 ? step : 0);
        char text[32];
        if (ns > axis->end_ns)
            break;
        rep_format_time(ns, text);
        fprintf(s->out, "%s'%s' ", first ? "" : ", ", text);
        rep_sheet_put_place(s->out, rep_axis_at(axis, ns));
        first = false;
    }
    fputs(")\n", s->out);
}

static void put_gap_label(struct rep_sheet *s, const struct rep_gap *gap)
{
    fputs("set label '", s->out);
    rep_sheet_put_rough(s->out, gap->to_ns - gap->from_ns);
    fputs("' at first ", s->out);
    rep_sheet_put_place(s->out,
                        rep_axis_at(&s->scene->axis, gap->from_ns) + s->scene->axis.gap_ns / 2);
    fputs(", graph 0.5 center rotate by 90 noenhanced front font ',11' textcolor rgb '#666666'\n",
          s->out);
}

static void put_gaps(struct rep_sheet *s)
{
    const struct rep_axis *axis = &s->scene->axis;
    for (uint32_t g = 0; g < axis->gap_count; g++) {
        fputs("set object rectangle from first ", s->out);
        rep_sheet_put_place(s->out, rep_axis_at(axis, axis->gaps[g].from_ns));
        fputs(", graph 0 to first ", s->out);
        rep_sheet_put_place(s->out, rep_axis_at(axis, axis->gaps[g].to_ns));
        fputs(", graph 1 front fillcolor rgb '#ffffff' fillstyle solid border linecolor rgb "
              "'#999999' dashtype 3\n",
              s->out);
        put_gap_label(s, &axis->gaps[g]);
    }
}

void rep_sheet_time(struct rep_sheet *s)
{
    fputs("set xrange [0:", s->out);
    rep_sheet_put_place(s->out, rep_axis_length(&s->scene->axis));
    fputs("]\n", s->out);
    put_x_tics(s);
    put_gaps(s);
}

/* ---- the caption */

void rep_sheet_caption_begin(struct rep_sheet *s) { fputs("set label '", s->out); }

void rep_sheet_caption_end(struct rep_sheet *s)
{
    fputs("' at screen 0.988, screen 0 offset 0, 0.9 right noenhanced font ',11' textcolor rgb "
          "'#666666'\n",
          s->out);
}

void rep_sheet_tell_breaks(struct rep_sheet *s)
{
    const struct rep_axis *axis = &s->scene->axis;
    for (uint32_t g = 0; g < axis->gap_count; g++) {
        fputs(axis->gaps[g].over ? "; after the last job only faults heal: "
              : g == 0           ? "; in the breaks nothing could happen: "
                                 : ", ",
              s->out);
        rep_sheet_put_rough(s->out, axis->gaps[g].to_ns - axis->gaps[g].from_ns);
    }
}

/* ---- the end */

enum rep_status rep_sheet_close(struct rep_sheet *s, rep_plot_fn *plot, void *ctx,
                                struct rep_err *err)
{
    FILE *out = s->out;
    fprintf(out,
            "set terminal svg size %d,%u font 'DejaVu Sans,11' fontscale 1.25 background "
            "'white'\nset output "
            "here.'%s.svg'\n",
            REP_SHEET_WIDTH, height(s), s->name);
    plot(ctx, out);
    fprintf(out,
            "\nif (!exists('svg_only')) {\nif (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
            "  set terminal pngcairo size %d,%u font 'DejaVu Sans,11' background 'white'\n"
            "} else {\n  set terminal png size %d,%u\n}\n"
            "set output here.'%s.png'\nreplot\n}\nset output\n",
            REP_SHEET_WIDTH, height(s), REP_SHEET_WIDTH, height(s), s->name);
    enum rep_status status = rep_finish(out, err);
    if (fclose(out) != 0 && status == REP_OK)
        status =
            rep_fail(err, REP_E_IO, "cannot write %s/%s.gp: %s", s->dir, s->name, strerror(errno));
    s->out = NULL;
    s->written = status == REP_OK;
    return status;
}

void rep_sheet_abandon(struct rep_sheet *s)
{
    if (s->out != NULL)
        (void)fclose(s->out);
    s->out = NULL;
}
