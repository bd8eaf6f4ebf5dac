/*
 * strip.c -- the faults beneath a plot; see strip.h.
 *
 * This room is for: what the pictures of utilisation and skew show of faults alike.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       the timeline's shading, which is where the executors are.
 */
#include "strip.h"

#include <inttypes.h>

enum { GAP_PIXELS = 18, LINE_PIXELS = 18, BAR_PIXELS = 12, SPANS_MAX = 5000 };

unsigned rep_strip_pixels(const struct rep_scene *scene)
{
    unsigned kinds = 0;
    for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++)
        kinds += scene->shades.of_kind[kind] > 0;
    return kinds > 0 ? GAP_PIXELS + kinds * LINE_PIXELS : 0;
}

/* The first kind is on top. */
static unsigned middle_of(const struct rep_scene *scene, unsigned kind)
{
    unsigned below = 0;
    for (unsigned k = kind + 1; k < REP_SHADE_COUNT; k++)
        below += scene->shades.of_kind[k] > 0;
    return below * LINE_PIXELS + LINE_PIXELS / 2;
}

static void put_kind(struct rep_sheet *s, unsigned kind)
{
    const struct rep_shades *shades = &s->scene->shades;
    uint64_t drawn = 0;
    fprintf(s->out, "$strip%u << EOD # %s\n", kind, rep_shade_text(kind));
    for (uint64_t i = 0; i < shades->count && drawn < SPANS_MAX; i++) {
        if (shades->list[i].kind != kind)
            continue;
        rep_sheet_put_place(s->out, rep_axis_at(&s->scene->axis, shades->list[i].from_ns));
        fputc(' ', s->out);
        rep_sheet_put_place(s->out, rep_axis_at(&s->scene->axis, shades->list[i].to_ns));
        fputc('\n', s->out);
        drawn++;
    }
    fprintf(s->out,
            "EOD\nset label '%s' at graph 1, second %u offset 1, 0 left noenhanced font ',11' "
            "textcolor rgb '#444444'\n",
            rep_shade_text(kind), middle_of(s->scene, kind));
}

void rep_strip_put(struct rep_sheet *s)
{
    fprintf(s->out, "set y2range [0:%u]\n", s->plot_pixels);
    for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++)
        if (s->scene->shades.of_kind[kind] > 0)
            put_kind(s, kind);
}

void rep_strip_plot(struct rep_sheet *s, bool *any)
{
    for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++) {
        unsigned middle = middle_of(s->scene, kind);
        if (s->scene->shades.of_kind[kind] == 0)
            continue;
        rep_sheet_next(s->out, any);
        fprintf(s->out,
                "$strip%u using 1:(0):1:2:(%u):(%u) axes x1y2 with boxxyerror fillstyle solid "
                "noborder fillcolor rgb '#404040' notitle",
                kind, middle - BAR_PIXELS / 2, middle + BAR_PIXELS / 2);
    }
    if (s->scene->shades.of_kind[REP_SHADE_AWAY] == 0)
        return;
    rep_sheet_next(s->out, any);
    fprintf(s->out,
            "$strip%u using 1:(0):1:2:(%u):(%u) axes x1y2 with boxxyerror fillstyle transparent "
            "solid 0.18 noborder fillcolor rgb '#000000' notitle",
            (unsigned)REP_SHADE_AWAY, rep_strip_pixels(s->scene), s->plot_pixels);
}
