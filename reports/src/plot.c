/*
 * plot.c -- the timeline as a picture: slots against time, a colour a gang; drawn by gnuplot as SVG
 * and PNG.
 *
 * This room is for: timeline.gp, with its data inline, so that anybody can redraw or change it by
 *                   hand.
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
#include "queue.h"
#include "rounds.h"
#include "sheet.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    BOXES_MAX = 20000,
    ROWS_MAX = 1000,
    MARKS_MAX = 5000,
    PIXELS = REP_SHEET_PIXELS,
    BARRIER_PIXELS = 8,
    TOLERANCE_PIXELS = 4,
    SAMPLED_ROWS_MIN = 100,
    LEGEND_MAX = 24,
    WIDE_ROW_PIXELS = 5, /* rows lower than this leave no gap, and show no second sign */
    LABEL_PIXELS = 24,   /* between two faults' labels */
    LABEL_COLUMNS_MAX = 20,
    FAULT_LABELS_MAX = 60,
    BOX_LABELS_MAX = 400,
    LETTER_PIXELS = 7,
    LINE_PIXELS = 13,
    EXECUTOR_PIXELS = 15, /* between two executors' names */
    KEY_PIXELS = 20,      /* a line of the legend */
    QUEUE_PIXELS = 70,
    QUEUE_GAP_PIXELS = 14,
    QUEUE_COLUMNS = PIXELS / 2,
    QUEUE_LEAST = 400 /* a queue is drawn if it lasted a four-hundredth of the run */
};

enum { LATER = 1, WASTED = 2, LOOKS = REP_COLOUR_COUNT * 4 }; /* a look: colour x 4, + these */

/* One mark on the picture, for one or more runs of tasks. */
struct box {
    int64_t from, to, longest, held_ns;
    uint64_t runs;
    uint32_t look, row;
};

struct plot {
    struct rep_sheet *sheet;
    const struct rep_run *run;
    const struct rep_lanes *lanes;
    const struct rep_axis *axis;
    FILE *out;
    uint32_t *lane_first;  /* by executor: number of its first lane; executor_count + 1 entries */
    uint32_t *gang_colour; /* by gang: number among those that ran; PLAN_NONE if it never did */
    uint64_t *order;       /* spans by lane, then by start */
    uint64_t *order_first; /* by lane; lane count + 1 entries */
    struct box *boxes;
    uint32_t lane_count, every, rows; /* every: a row is every so many lanes */
    unsigned row_pixels;
    uint32_t gangs;
    uint64_t box_count, drawn_spans;
    int64_t tolerance_ns;
    struct rep_rounds rounds;
    struct rep_queue queue;
    bool queue_drawn;
    uint32_t faults;
    uint32_t label_columns; /* of the longest label of a fault */
    bool later_attempts, wasted, crashes, barriers, separators, looks[LOOKS];
};

/* ---- layout */

static int64_t at(const struct plot *p, int64_t ns) { return rep_axis_at(p->axis, ns); }

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

static uint32_t lane_of(const struct plot *p, const struct rep_span *span)
{
    return p->lane_first[span->executor] + span->lane;
}

static uint32_t row_of_lane(const struct plot *p, uint32_t lane) { return lane / p->every; }

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
        p->order_first[lane_of(p, &p->lanes->spans[i]) + 1]++;
    for (uint32_t l = 0; l < p->lane_count; l++)
        p->order_first[l + 1] += p->order_first[l];
    for (uint64_t i = 0; i < p->lanes->span_count; i++)
        p->order[p->order_first[lane_of(p, &p->lanes->spans[i])]++] = i;
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
    p->boxes[number].row = row_of_lane(p, lane);
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

/* The upper and the lower edge of a bar over these rows: the full row, but for a later attempt less.
 */
static void put_bar(struct plot *p, uint32_t first, uint32_t last, bool thin)
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
    put_bar(p, box->row, box->row, (box->look & LATER) != 0);
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

/* ------------------------------------------------------------------------------- names in the boxes
 */

/* A run of neighbouring lanes that the same attempt of a gang held at the same time. */
struct patch {
    int64_t from, to;
    uint32_t first, last; /* rows */
};
struct tag {
    uint32_t gang, attempt, lane;
    int64_t from, to;
};

static int by_gang(const void *a, const void *b)
{
    const struct tag *x = a, *y = b;
    if (x->gang != y->gang)
        return x->gang < y->gang ? -1 : 1;
    if (x->attempt != y->attempt)
        return x->attempt < y->attempt ? -1 : 1;
    if (x->lane != y->lane)
        return x->lane < y->lane ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

static int64_t area(const struct plot *p, const struct patch *patch)
{
    int64_t wide = (int64_t)rep_scale((uint64_t)(patch->to - patch->from), PIXELS,
                                      (uint64_t)rep_axis_length(p->axis));
    int64_t high = (int64_t)(patch->last - patch->first + 1) * p->row_pixels;
    return high < LINE_PIXELS ? 0 : wide * (high < 3 * LINE_PIXELS ? high : 3 * LINE_PIXELS);
}

/* Grows the patch by this lane if that leaves at least half of its time. */
static bool grow(const struct plot *p, struct patch *patch, const struct tag *tag)
{
    uint32_t row = row_of_lane(p, tag->lane);
    int64_t from = tag->from > patch->from ? tag->from : patch->from,
            to = tag->to < patch->to ? tag->to : patch->to;
    if (row > patch->last + 1 || to - from < (patch->to - patch->from) / 2)
        return false;
    *patch = (struct patch){from, to, patch->first, row};
    return true;
}

/* Returns how many columns of text fit; 0 when no line does. */
static uint32_t columns_of(const struct plot *p, const struct patch *patch)
{
    uint64_t wide =
        rep_scale((uint64_t)(patch->to - patch->from), PIXELS, (uint64_t)rep_axis_length(p->axis));
    return area(p, patch) > 0 && wide > 4 ? (uint32_t)((wide - 4) / LETTER_PIXELS) : 0;
}

static uint32_t length_of(const char *text)
{
    size_t length = strlen(text);
    return length < REP_SHEET_NAME_COLUMNS ? (uint32_t)length : REP_SHEET_NAME_COLUMNS + 3;
}

/* Within a row, unless text is higher than one. */
static uint64_t middle_of(const struct plot *p, const struct patch *patch)
{
    uint64_t sum = (uint64_t)patch->first + patch->last;
    return p->row_pixels >= LINE_PIXELS ? sum / 2 * 1000 + 500 : (sum + 1) * 500;
}

static bool put_tag(struct plot *p, uint32_t gang, uint32_t attempt, const struct patch *patch)
{
    const struct plan *plan = p->run->plan;
    const char *job = rep_job_name(plan, plan->stages[gang].job);
    bool later = attempt > 0 && attempt != TRACE_NONE && rep_is_barrier(plan, gang);
    uint32_t columns = columns_of(p, patch), need = length_of(job) + (later ? 3 : 0);
    bool whole = columns >= need + 1 + length_of(rep_stage_name(plan, gang));
    if (columns < need)
        return false;
    fputs("set label '", p->out);
    if (whole)
        rep_sheet_put_gang(p->sheet, gang);
    else
        rep_put_cut(p->out, REP_GNUPLOT, job, REP_SHEET_NAME_COLUMNS);
    if (later)
        fprintf(p->out, " #%" PRIu32, attempt);
    fputs("' at first ", p->out);
    rep_sheet_put_place(p->out, patch->from + (patch->to - patch->from) / 2);
    fputs(", first ", p->out);
    rep_put_millis(p->out, middle_of(p, patch));
    fputs(" center front boxed noenhanced font ',10' textcolor rgb '#000000'\n", p->out);
    return true;
}

/* The largest patch of each attempt of a gang has its name in it, if there is room. */
static void put_tags(struct plot *p, const struct tag *tags, uint64_t count)
{
    uint32_t labels = 0;
    for (uint64_t i = 0; i < count && labels < BOX_LABELS_MAX;) {
        const struct tag *first = &tags[i];
        struct patch best = {0}, now = {0};
        for (bool open = false;
             i < count && tags[i].gang == first->gang && tags[i].attempt == first->attempt; i++) {
            if (!open || !grow(p, &now, &tags[i])) {
                uint32_t row = row_of_lane(p, tags[i].lane);
                now = (struct patch){tags[i].from, tags[i].to, row, row};
                open = true;
            }
            best = area(p, &now) > area(p, &best) ? now : best;
        }
        labels += put_tag(p, first->gang, first->attempt, &best);
    }
}

static enum rep_status put_names(struct plot *p, struct rep_err *err)
{
    uint64_t count = p->lanes->span_count;
    if (p->gangs > BOXES_MAX || count > 10 * BOXES_MAX)
        return REP_OK; /* none would fit */
    struct tag *tags = rep_alloc(count, sizeof *tags, err);
    if (tags == NULL)
        return REP_E_MEMORY;
    for (uint64_t i = 0; i < count; i++) {
        const struct rep_span *span = &p->lanes->spans[i];
        tags[i] = (struct tag){span->gang, span->attempt, lane_of(p, span), at(p, span->start_ns),
                               at(p, span->end_ns)};
    }
    qsort(tags, count, sizeof *tags, by_gang);
    put_tags(p, tags, count);
    free(tags);
    return REP_OK;
}

/* --------------------------------------------------------------------------------------- what was
 * wrong */

/* How each kind of shading looks: behind the boxes or before them, a hatch or a tone. */
static const struct {
    bool before;
    const char *word, *style; /* after "fillstyle" */
    uint32_t rgb;
} shade_look[REP_SHADE_COUNT] = {
    [REP_SHADE_DOWN] = {false, "down", "solid", 0xcfcfcf},
    [REP_SHADE_CUT] = {true, "cut off", "transparent pattern 4", 0x404040},
    [REP_SHADE_LINK] = {true, "bad link", "transparent pattern 6", 0x505050},
    [REP_SHADE_LOST] = {true, "written off", "transparent pattern 2", 0x707070},
    [REP_SHADE_PAUSED] = {true, "paused", "transparent pattern 1", 0x404040},
    [REP_SHADE_SLOW] = {true, "slowed", "transparent pattern 7", 0x505050},
    [REP_SHADE_DRAINING] = {false, "draining", "transparent pattern 5", 0x909090},
    [REP_SHADE_TAKEN] = {false, "taken", "transparent pattern 2", 0x909090},
    [REP_SHADE_AWAY] = {true, "driver away", "transparent solid 0.30", 0x202040},
};

static void put_shade(struct plot *p, const struct rep_shade *shade)
{
    uint32_t top = 0, bottom = p->rows;
    if (shade->executor != PLAN_NONE) {
        top = row_of_lane(p, p->lane_first[shade->executor]);
        bottom = row_of_lane(p, p->lane_first[shade->executor + 1]);
    }
    if (bottom <= top)
        return;
    rep_sheet_put_place(p->out, at(p, shade->from_ns));
    fputc(' ', p->out);
    rep_sheet_put_place(p->out, at(p, shade->to_ns));
    fprintf(p->out, " %" PRIu32 " %" PRIu32 "\n", top, bottom);
}

/* So that nobody has to look up a hatch: its name at its beginning, in the executor's last row. */
static void put_shade_label(struct plot *p, const struct rep_shade *shade)
{
    const char *text = shade_look[shade->kind].word;
    bool all = shade->executor == PLAN_NONE;
    uint32_t top = all ? 0 : p->lane_first[shade->executor],
             bottom = all ? p->lane_count : p->lane_first[shade->executor + 1];
    int64_t from = at(p, shade->from_ns), to = at(p, shade->to_ns);
    uint64_t wide = rep_scale((uint64_t)(to - from), PIXELS, (uint64_t)rep_axis_length(p->axis));
    unsigned high = (bottom - top) / p->every * p->row_pixels;
    if (wide < (strlen(text) + 2) * LETTER_PIXELS || high < LINE_PIXELS)
        return;
    fprintf(p->out, "set label '%s' at first ", text);
    rep_sheet_put_place(p->out, from);
    fputs(", first ", p->out);
    uint64_t middle = ((uint64_t)top + bottom) * 500 / p->every;
    rep_put_millis(p->out, p->row_pixels >= LINE_PIXELS
                               ? (uint64_t)row_of_lane(p, bottom) * 1000 - 500
                               : middle);
    fprintf(p->out, " offset 0.8, 0 left front %s noenhanced font ',9' textcolor rgb '#303030'\n",
            shade->kind == REP_SHADE_DOWN ? "" : "boxed");
}

static void put_shade_labels(struct plot *p)
{
    const struct rep_shades *shades = &p->sheet->scene->shades;
    for (uint64_t i = 0; i < shades->count && i < BOX_LABELS_MAX; i++)
        put_shade_label(p, &shades->list[i]);
}

static void put_shades(struct plot *p)
{
    const struct rep_shades *shades = &p->sheet->scene->shades;
    for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++) {
        uint64_t drawn = 0;
        if (shades->of_kind[kind] == 0)
            continue;
        fprintf(p->out, "$shade%u << EOD # %s\n", kind, rep_shade_text(kind));
        for (uint64_t i = 0; i < shades->count && drawn < MARKS_MAX; i++)
            if (shades->list[i].kind == kind) {
                put_shade(p, &shades->list[i]);
                drawn++;
            }
        fputs("EOD\n", p->out);
    }
}

/* Every row, so that an idle slot is seen to be one. */
static void put_slots(struct plot *p)
{
    fputs("$slots << EOD\n", p->out);
    for (uint32_t row = 0; row < p->rows; row++) {
        put_bar(p, row, row, false);
        fputc('\n', p->out);
    }
    fputs("EOD\n", p->out);
}

/* Lines between executors, while they are wide enough to need them. */
static void put_separators(struct plot *p)
{
    fputs("$between << EOD\n", p->out);
    for (uint32_t e = 1; e < p->lanes->executor_count; e++)
        if (p->sheet->plot_pixels / p->lanes->executor_count >= 8) {
            fprintf(p->out, "%" PRIu32 "\n", row_of_lane(p, p->lane_first[e]));
            p->separators = true;
        }
    fputs("EOD\n", p->out);
}

/* One segment for each run of neighbouring lanes that a release let go on. */
static void put_release(struct plot *p, const struct rep_latest *latest,
                        const struct trace_record *r)
{
    uint32_t gang = rep_gang(p->run->plan, r->job, r->stage), first = PLAN_NONE, last = 0;
    uint64_t end = (uint64_t)r->rank + (r->a > 0 ? (uint64_t)r->a : 0);
    end = end < p->run->plan->stages[gang].tasks ? end : p->run->plan->stages[gang].tasks;
    for (uint64_t rank = r->rank; rank <= end; rank++) {
        uint32_t span = rank < end ? rep_latest_span(latest, gang, (uint32_t)rank) : PLAN_NONE;
        uint32_t lane = span != PLAN_NONE ? lane_of(p, &p->lanes->spans[span]) : PLAN_NONE;
        if (first != PLAN_NONE && lane != last + 1) {
            rep_sheet_put_place(p->out, at(p, r->at_ns));
            put_bar(p, row_of_lane(p, first), row_of_lane(p, last), false);
            fputc('\n', p->out);
            p->barriers = true;
            first = PLAN_NONE;
        }
        if (first == PLAN_NONE)
            first = lane;
        last = lane;
    }
}

static enum rep_status put_barriers(struct plot *p, struct rep_err *err)
{
    struct rep_latest latest;
    uint64_t drawn = 0;
    enum rep_status status = rep_latest_init(p->run, &latest, err);
    if (status == REP_OK)
        status = rep_rounds_init(
            p->run, p->axis, rep_axis_length(p->axis) / PIXELS * BARRIER_PIXELS, &p->rounds, err);
    fputs("$barrier << EOD\n", p->out);
    for (uint64_t i = 0; status == REP_OK && i < p->run->record_count && drawn < MARKS_MAX; i++) {
        rep_latest_take(p->run, &latest, &p->run->records[i]);
        if (!rep_rounds_is_drawn(&p->rounds, i))
            continue;
        drawn++;
        put_release(p, &latest, &p->run->records[i]);
    }
    fputs("EOD\n", p->out);
    p->rounds.dense |= drawn == MARKS_MAX;
    rep_latest_free(&latest);
    return status;
}

static void put_crashes(struct plot *p)
{
    uint64_t drawn = 0;
    fputs("$crash << EOD\n", p->out);
    for (uint64_t i = 0; i < p->lanes->span_count && drawn < MARKS_MAX; i++) {
        const struct rep_span *span = &p->lanes->spans[i];
        if (span->status != TRACE_EXIT_FAILED && span->status != TRACE_EXIT_HOST)
            continue;
        rep_sheet_put_place(p->out, at(p, span->end_ns));
        fprintf(p->out, " %" PRIu32 ".5\n", row_of_lane(p, lane_of(p, span)));
        drawn++;
    }
    fputs("EOD\n", p->out);
    p->crashes = drawn > 0;
}

/* ---- faults as they struck */

static bool is_shown_fault(const struct trace_record *r)
{
    return r->kind == TRACE_FAULT && rep_is_fault(r);
}

/* Returns about how many columns it took. */
static uint32_t put_fault_name(struct plot *p, const struct trace_record *r)
{
    uint32_t columns = rep_put_cut(p->out, REP_GNUPLOT, rep_fault(r), REP_SHEET_NAME_COLUMNS);
    if (r->job < p->run->plan->job_count) {
        fputc(' ', p->out);
        columns += rep_put_cut(p->out, REP_GNUPLOT, rep_job_name(p->run->plan, r->job),
                               REP_SHEET_NAME_COLUMNS);
        if (r->rank != TRACE_NONE)
            columns += (uint32_t)fprintf(p->out, " rank %" PRIu32, r->rank);
    } else if (r->executor != TRACE_NONE)
        columns += (uint32_t)fprintf(p->out, " exec %" PRIu32, r->executor);
    return columns + 2;
}

static void end_fault_label(struct plot *p, int64_t place, uint32_t columns)
{
    p->label_columns = columns > p->label_columns ? columns : p->label_columns;
    fputs(columns > LABEL_COLUMNS_MAX ? ", ...' at first " : "' at first ", p->out);
    rep_sheet_put_place(p->out, place);
    fputs(", graph 1 offset 0, 0.5 left rotate by 35 noenhanced font ',10' textcolor rgb "
          "'#333333'\n",
          p->out);
}

/* Faults too close for a label each share one. */
static void put_fault_labels(struct plot *p)
{
    int64_t first = -1, least = rep_axis_length(p->axis) / PIXELS * LABEL_PIXELS;
    uint32_t columns = 0;
    for (uint64_t i = 0; i < p->run->record_count; i++) {
        const struct trace_record *r = &p->run->records[i];
        if (!is_shown_fault(r))
            continue;
        int64_t place = at(p, r->at_ns);
        bool shared = first >= 0 && place - first < least;
        if (shared && columns > LABEL_COLUMNS_MAX)
            continue;
        if (first >= 0 && !shared)
            end_fault_label(p, first, columns);
        fputs(shared ? ", " : "set label '", p->out);
        columns = (shared ? columns : 0) + put_fault_name(p, r);
        first = shared ? first : place;
    }
    if (first >= 0)
        end_fault_label(p, first, columns);
}

/* Where it struck: the rows of its executor; all of them if it has none. */
static void put_fault(struct plot *p, const struct trace_record *r)
{
    uint32_t top = 0, bottom = p->rows;
    if (r->executor < p->lanes->executor_count) {
        top = row_of_lane(p, p->lane_first[r->executor]);
        bottom = row_of_lane(p, p->lane_first[r->executor + 1]);
    }
    rep_sheet_put_place(p->out, at(p, r->at_ns));
    fprintf(p->out, " %" PRIu32 " %" PRIu32 "\n", top, bottom > top ? bottom : top + 1);
}

static void put_faults(struct plot *p)
{
    fputs("$fault << EOD\n", p->out);
    for (uint64_t i = 0; i < p->run->record_count; i++)
        if (is_shown_fault(&p->run->records[i]) && p->faults++ < MARKS_MAX)
            put_fault(p, &p->run->records[i]);
    fputs("EOD\n", p->out);
    if (p->faults <= FAULT_LABELS_MAX)
        put_fault_labels(p);
    if (p->label_columns > 0) /* they lean at 35 degrees: so high is a letter */
        p->sheet->top_pixels = 12 + p->label_columns * 4;
}

/* ---- what waited */

/* The strip is beneath the rows; its scale is in rows, too: thousandths of one. */
static uint64_t rows_of_pixels(const struct plot *p, unsigned pixels)
{
    return (uint64_t)pixels * 1000 / p->row_pixels;
}

static uint64_t highest_mean(const struct plot *p)
{
    uint64_t most = 1;
    for (uint32_t c = 0; c < p->queue.columns; c++) {
        uint64_t mean = rep_queue_mean(p->sheet->scene, &p->queue, c);
        most = mean > most ? mean : most;
    }
    return most;
}

static uint64_t strip_bottom(const struct plot *p)
{
    return (uint64_t)p->rows * 1000 + rows_of_pixels(p, QUEUE_GAP_PIXELS + QUEUE_PIXELS);
}

static void put_queue_point(struct plot *p, uint32_t column, uint64_t row)
{
    uint64_t length = (uint64_t)rep_axis_length(p->axis);
    rep_sheet_put_place(p->out, (int64_t)rep_scale(length, column, p->queue.columns));
    fputc(' ', p->out);
    rep_put_millis(p->out, row);
    fputc('\n', p->out);
}

static void put_queue(struct plot *p)
{
    uint64_t most = highest_mean(p), bottom = strip_bottom(p),
             high = rows_of_pixels(p, QUEUE_PIXELS);
    fputs("# time, and the mean number of tasks that waited, in rows beneath the slots\n"
          "$queue << EOD\n",
          p->out);
    for (uint32_t c = 0, next; c < p->queue.columns; c = next) { /* columns alike are one step */
        uint64_t mean = rep_queue_mean(p->sheet->scene, &p->queue, c);
        for (next = c + 1;
             next < p->queue.columns && rep_queue_mean(p->sheet->scene, &p->queue, next) == mean;)
            next++;
        put_queue_point(p, c, bottom - mean * high / most);
        put_queue_point(p, next, bottom - mean * high / most);
    }
    fputs("EOD\n", p->out);
}

static enum rep_status see_queue(struct plot *p, struct rep_err *err)
{
    enum rep_status status = rep_queue_build(p->sheet->scene, QUEUE_COLUMNS, &p->queue, err);
    p->queue_drawn = status == REP_OK && p->queue.longest > rep_axis_length(p->axis) / QUEUE_LEAST;
    if (p->queue_drawn) {
        p->sheet->plot_pixels += QUEUE_GAP_PIXELS + QUEUE_PIXELS;
        put_queue(p);
    }
    return status;
}

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
        rep_put_millis(p->out, strip_bottom(p) - rows_of_pixels(p, QUEUE_PIXELS / 2));
    }
    fputs(")\n", p->out);
}

/* What the strip's full height is. */
static void put_queue_label(struct plot *p)
{
    uint64_t tasks = (highest_mean(p) + 999) / 1000;
    fprintf(p->out, "set label 'up to %" PRIu64 " task%s' at graph 1, first ", tasks,
            tasks == 1 ? "" : "s");
    rep_put_millis(p->out, strip_bottom(p) - rows_of_pixels(p, QUEUE_PIXELS / 2));
    fputs(" offset 1, 0 left noenhanced font ',11' textcolor rgb '#444444'\n", p->out);
}

static void put_frame(struct plot *p)
{
    FILE *out = p->out;
    rep_sheet_frame(p->sheet, "who held which slot");
    rep_sheet_time(p->sheet);
    fputs("set yrange [", out);
    rep_put_millis(out, p->queue_drawn ? strip_bottom(p) : (p->rows > 0 ? p->rows : 1) * 1000ull);
    fputs(":0]\nlength = ", out);
    rep_sheet_put_place(out, rep_axis_length(p->axis));
    fprintf(out, "\nrows = %" PRIu32 "\nbottom = ", p->rows);
    rep_put_millis(out, strip_bottom(p));
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
                shade_look[kind].style);
        rep_sheet_put_colour(p->out, shade_look[kind].rgb);
        fprintf(p->out, " title '%s'", rep_shade_text(kind));
    }
}

static void plot_shades(struct plot *p, bool before, bool *any)
{
    for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++) {
        if (p->sheet->scene->shades.of_kind[kind] == 0 || shade_look[kind].before != before)
            continue;
        rep_sheet_next(p->out, any);
        fprintf(p->out,
                "$shade%u using 1:3:1:2:3:4 with boxxyerror fillstyle %s noborder "
                "fillcolor rgb ",
                kind, shade_look[kind].style);
        rep_sheet_put_colour(p->out, shade_look[kind].rgb);
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

static void put_plot(void *ctx, FILE *out)
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

/* ------------------------------------------------------------------------------------------- the
 * whole */

static enum rep_status put_script(struct plot *p, struct rep_err *err)
{
    enum rep_status status = put_barriers(p, err);
    if (status != REP_OK)
        return status;
    put_shades(p);
    /* Behind a name, so that no line crosses it. */
    fputs("set style textbox opaque noborder margins 0.5, 0.2 fillcolor rgb '#ffffff'\n", p->out);
    put_shade_labels(p);
    put_slots(p);
    put_separators(p);
    put_boxes(p);
    put_crashes(p);
    put_faults(p);
    if ((status = put_names(p, err)) != REP_OK || (status = see_queue(p, err)) != REP_OK)
        return status;
    put_frame(p);
    return rep_sheet_close(p->sheet, put_plot, p, err);
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
