/*
 * plot.c -- the timeline as a picture: slots against time, a colour a gang; drawn by gnuplot as SVG
 * and PNG.
 *
 * This room is for: timeline.gp, with its data inline, so that anybody can redraw or change it by
 *                   hand; the slots and the boxes in them. Names in the boxes are in plot_names.c,
 *                   other signs in plot_signs.c, and the page around it all in plot_page.c.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       what other pictures need too: that is in sheet.c.
 *
 * At most 20,000 boxes and 1,000 rows, because gnuplot takes a second for 100,000. What is shorter
 * than a pixel is merged with what lies beside it, if need be what is shorter than several pixels;
 * the caption says so. A box that stands for several runs has the colour of the longest of them;
 * its row of data says of how many, and how long they held the slot.
 *
 * A colour is a gang, and nothing else has one: what was wrong is grey, black or a hatch.
 */
#include "plot.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- layout */

static void lay_lanes(struct plot *p)
{
    const struct rep_lanes *lanes = p->lanes;
    const uint32_t *slots =
        lanes->capacity_total <= 400 || lanes->used_total == 0 ? lanes->capacity : lanes->used;
    for (uint32_t e = 0; e < lanes->executor_count; e++)
        p->lane_first[e + 1] = p->lane_first[e] + slots[e];
    p->lane_count = p->lane_first[lanes->executor_count];
    p->every = p->lane_count / ROWS_MAX + 1;
    p->rows = (p->lane_count + p->every - 1) / p->every;
}

uint32_t rep_plot_lane_of(const struct plot *p, const struct rep_span *span)
{
    return p->lane_first[span->executor] + span->lane;
}

uint32_t rep_plot_row_of_lane(const struct plot *p, uint32_t lane) { return lane / p->every; }

static void colour_gangs(struct plot *p)
{
    for (uint32_t g = 0; g < p->run->plan->stage_count; g++)
        p->gang_colour[g] = PLAN_NONE;
    for (uint64_t i = 0; i < p->lanes->span_count; i++)
        p->gang_colour[p->lanes->spans[i].gang] = 0;
    for (uint32_t g = 0; g < p->run->plan->stage_count; g++)
        if (p->gang_colour[g] == 0)
            p->gang_colour[g] = p->gangs++;
}

static void sort_spans(struct plot *p)
{
    for (uint64_t i = 0; i < p->lanes->span_count; i++)
        p->order_first[rep_plot_lane_of(p, &p->lanes->spans[i]) + 1]++;
    for (uint32_t l = 0; l < p->lane_count; l++)
        p->order_first[l + 1] += p->order_first[l];
    for (uint64_t i = 0; i < p->lanes->span_count; i++)
        p->order[p->order_first[rep_plot_lane_of(p, &p->lanes->spans[i])]++] = i;
    for (uint32_t l = p->lane_count; l > 0; l--) /* each now points to the end of its lane */
        p->order_first[l] = p->order_first[l - 1];
    p->order_first[0] = 0;
}

/* Whole pixels, so that no row is thicker than another. */
static void choose_height(struct plot *p)
{
    uint32_t rows = p->rows > 0 ? p->rows : 1;
    p->row_pixels = rows <= 8     ? 44
                    : rows <= 16  ? 30
                    : rows <= 24  ? 24
                    : rows <= 36  ? 20
                    : rows <= 60  ? 14
                    : rows <= 110 ? 8
                    : rows <= 180 ? 5
                    : rows <= 260 ? 4
                    : rows <= 340 ? 3
                    : rows <= 500 ? 2
                                  : 1;
    p->sheet->plot_pixels = rows * p->row_pixels;
}

/* ---- boxes */

static bool is_later(const struct rep_span *span)
{
    return span->attempt > 0 && span->attempt != TRACE_NONE;
}

/* It did not end well, and had not the end of a service, which is useful as long as it runs. */
static bool is_wasted(const struct plot *p, const struct rep_span *span)
{
    const struct plan *plan = p->run->plan;
    return span->status != TRACE_EXIT_OK && span->status != REP_SPAN_RUNNING &&
           plan->jobs[span->job].kind != PLAN_JOB_SERVICE;
}

static struct box box_of(const struct plot *p, const struct rep_span *span)
{
    int64_t from = at(p, span->start_ns), to = at(p, span->end_ns);
    return (struct box){.from = from,
                        .to = to,
                        .longest = to - from,
                        .held_ns = rep_between(span->start_ns, span->end_ns),
                        .runs = 1,
                        .look = p->gang_colour[span->gang] % REP_COLOUR_COUNT * 4 +
                                (is_later(span) ? LATER : 0) + (is_wasted(p, span) ? WASTED : 0)};
}

/* Two neighbours become one if the gap between them is too short to see and so is one of them; but
 * of two gangs only if all of it is, so that a gang's long run never swallows what follows it. */
static bool merge(const struct plot *p, struct box *left, const struct box *right)
{
    int64_t t = p->tolerance_ns;
    bool tiny = left->to - left->from < t || right->to - right->from < t;
    bool together =
        left->look == right->look ? right->from - left->to < t && tiny : right->to - left->from < t;
    if (!together)
        return false;
    left->to = right->to > left->to ? right->to : left->to;
    left->runs += right->runs;
    left->held_ns =
        INT64_MAX - left->held_ns > right->held_ns ? left->held_ns + right->held_ns : INT64_MAX;
    if (right->longest > left->longest) {
        left->longest = right->longest;
        left->look = right->look;
    }
    return true;
}

static void keep_box(struct plot *p, uint64_t number, uint32_t lane, const struct box *box)
{
    assert(number < BOXES_MAX);
    p->boxes[number] = *box;
    p->boxes[number].row = rep_plot_row_of_lane(p, lane);
    p->looks[box->look] = true;
    p->later_attempts |= (box->look & LATER) != 0;
    p->wasted |= (box->look & WASTED) != 0;
}

/* Returns how many there are; keeps them if asked to. */
static uint64_t walk_boxes(struct plot *p, bool keep)
{
    uint64_t count = 0;
    for (uint32_t lane = 0; lane < p->lane_count; lane += p->every) {
        struct box open = {0};
        bool any = false;
        for (uint64_t i = p->order_first[lane]; i < p->order_first[lane + 1]; i++) {
            struct box next = box_of(p, &p->lanes->spans[p->order[i]]);
            if (any && merge(p, &open, &next))
                continue;
            if (any && keep)
                keep_box(p, count, lane, &open);
            count += any;
            open = next;
            any = true;
        }
        if (any && keep)
            keep_box(p, count, lane, &open);
        count += any;
    }
    return count;
}

/* The least tolerance that keeps within the limit, to an eighth. */
static void choose_tolerance(struct plot *p, int64_t pixel)
{
    int64_t step = pixel;
    p->tolerance_ns = pixel;
    while (walk_boxes(p, false) > BOXES_MAX) {
        step = p->tolerance_ns / 2;
        p->tolerance_ns *= 2;
    }
    for (unsigned i = 0; i < 3 && p->tolerance_ns > pixel; i++, step /= 2) {
        p->tolerance_ns -= step;
        if (walk_boxes(p, false) > BOXES_MAX)
            p->tolerance_ns += step;
    }
}

/* Where merging would hide what short runs look like, fewer slots are drawn instead, but not fewer
 * than a hundred. */
static void choose_resolution(struct plot *p)
{
    int64_t pixel = rep_axis_length(p->axis) / PIXELS + 1;
    choose_tolerance(p, pixel);
    while (p->tolerance_ns > pixel * TOLERANCE_PIXELS && p->rows / 2 >= SAMPLED_ROWS_MIN) {
        p->every *= 2;
        p->rows = (p->lane_count + p->every - 1) / p->every;
        choose_tolerance(p, pixel);
    }
    p->box_count = walk_boxes(p, true);
    assert(p->box_count <= BOXES_MAX);
    for (uint32_t lane = 0; lane < p->lane_count; lane += p->every)
        p->drawn_spans += p->order_first[lane + 1] - p->order_first[lane];
}

/* The upper and the lower edge of a bar over these rows: the full row, but for a later attempt less. */
void rep_plot_put_bar(struct plot *p, uint32_t first, uint32_t last, bool thin)
{
    bool wide = p->row_pixels >= WIDE_ROW_PIXELS;
    const char *upper = thin && wide ? ".26" : wide ? ".08" : "";
    fprintf(p->out, " %" PRIu32 "%s ", first, upper);
    if (wide)
        fprintf(p->out, "%" PRIu32 "%s", last, thin ? ".74" : ".92");
    else
        fprintf(p->out, "%" PRIu32 "%s", last + 1, p->row_pixels < 3 ? ".15" : ""); /* no seam */
}

static void put_box(struct plot *p, const struct box *box)
{
    int64_t least = rep_axis_length(p->axis) / PIXELS;
    rep_sheet_put_place(p->out, box->from);
    fputc(' ', p->out);
    rep_sheet_put_place(p->out, box->to - box->from < least ? box->from + least : box->to);
    rep_plot_put_bar(p, box->row, box->row, (box->look & LATER) != 0);
    fprintf(p->out, " %" PRIu64 " ", box->runs);
    rep_put_seconds(p->out, box->held_ns);
    fputc('\n', p->out);
}

static void put_boxes(struct plot *p)
{
    fputs(
        "# from, to, upper and lower edge, how many task runs it stands for, and the seconds that "
        "they held the slot\n",
        p->out);
    for (unsigned look = 0; look < LOOKS; look++) {
        if (!p->looks[look])
            continue;
        fprintf(p->out, "$run%u << EOD\n", look);
        for (uint64_t i = 0; i < p->box_count; i++)
            if (p->boxes[i].look == look)
                put_box(p, &p->boxes[i]);
        fputs("EOD\n", p->out);
    }
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static enum rep_status put_script(struct plot *p, struct rep_err *err)
{
    enum rep_status status = rep_plot_put_barriers(p, err);
    if (status != REP_OK)
        return status;
    rep_plot_put_shades(p);
    /* Behind a name, so that no line crosses it. */
    fputs("set style textbox opaque noborder margins 0.5, 0.2 fillcolor rgb '#ffffff'\n", p->out);
    rep_plot_put_shade_labels(p);
    rep_plot_put_slots(p);
    rep_plot_put_separators(p);
    put_boxes(p);
    rep_plot_put_crashes(p);
    rep_plot_put_faults(p);
    if ((status = rep_plot_put_names(p, err)) != REP_OK ||
        (status = rep_plot_see_queue(p, err)) != REP_OK)
        return status;
    rep_plot_put_frame(p);
    return rep_sheet_close(p->sheet, rep_plot_put_plot, p, err);
}

static enum rep_status prepare(struct plot *p, struct rep_err *err)
{
    p->lane_first = rep_alloc((size_t)p->lanes->executor_count + 1, sizeof *p->lane_first, err);
    p->gang_colour = rep_alloc(p->run->plan->stage_count, sizeof *p->gang_colour, err);
    p->order = rep_alloc(p->lanes->span_count, sizeof *p->order, err);
    p->boxes = rep_alloc(BOXES_MAX, sizeof *p->boxes, err);
    if (p->lane_first == NULL || p->gang_colour == NULL || p->order == NULL || p->boxes == NULL)
        return REP_E_MEMORY;
    lay_lanes(p);
    p->order_first = rep_alloc((size_t)p->lane_count + 2, sizeof *p->order_first, err);
    if (p->order_first == NULL)
        return REP_E_MEMORY;
    colour_gangs(p);
    sort_spans(p);
    choose_resolution(p);
    choose_height(p);
    return REP_OK;
}

enum rep_status rep_picture_timeline(struct rep_sheet *sheet, struct rep_err *err)
{
    struct plot p = {.sheet = sheet,
                     .run = sheet->scene->run,
                     .lanes = &sheet->scene->metrics.lanes,
                     .axis = &sheet->scene->axis};
    enum rep_status status = prepare(&p, err);
    if (status == REP_OK)
        status = rep_sheet_open(sheet, "A timeline of slots", err);
    p.out = sheet->out;
    if (status == REP_OK)
        status = put_script(&p, err);
    rep_rounds_free(&p.rounds);
    rep_queue_free(&p.queue);
    free(p.lane_first);
    free(p.gang_colour);
    free(p.order);
    free(p.order_first);
    free(p.boxes);
    return status;
}
