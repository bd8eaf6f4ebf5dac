/*
 * plot.c -- the timeline as a picture: slots against time, a colour a gang; drawn by gnuplot as SVG
 * and PNG.
 *
 * This room is for: timeline.gp, with its data inline, so that anybody can redraw or change it by
 *                   hand; and running it.
 * It may include:   the C library, POSIX processes, plan and trace (as data).
 * Never here:       a shell: gnuplot gets its arguments as they are.
 *
 * At most 20,000 boxes and 1,000 rows, because gnuplot takes a second for 100,000. What is shorter
 * than a pixel is merged with what lies beside it, if need be what is shorter than several pixels;
 * the caption says so. A box that stands for several runs has the colour of the longest of them.
 */
#define _POSIX_C_SOURCE 200809L
#include "axis.h"
#include "lanes.h"
#include "rounds.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BOXES_MAX = 20000,
    ROWS_MAX = 1000,
    MARKS_MAX = 5000,
    WIDTH = 1600,
    PIXELS = 1280,
    BARRIER_PIXELS = 8,
    LABEL_PIXELS = 32,
    TOLERANCE_PIXELS = 4,
    SAMPLED_ROWS_MIN = 100,
    LABEL_COLUMNS_MAX = 40,
    LEGEND_MAX = 32,
    LABELS_MAX = 40,
    WIDE_ROWS_MAX = 100,
    FAULT_LABELS_MAX = 12,
    NAME_COLUMNS = 20,
    TITLE_COLUMNS = 120
};

struct plot {
    const struct rep_run *run;
    struct rep_lanes lanes;
    struct rep_axis axis;
    FILE *out;
    uint32_t *lane_first;  /* by executor: number of its first lane; executor_count + 1 entries */
    uint32_t *gang_colour; /* by gang: number among those that ran; PLAN_NONE if it never did */
    uint64_t *order;       /* spans by lane, then by start */
    uint64_t *order_first; /* by lane; lane count + 1 entries */
    uint32_t lane_count, every, rows; /* every: a row is every so many lanes */
    uint32_t gangs;
    uint64_t boxes, drawn_spans;
    int64_t tolerance_ns;
    struct rep_rounds rounds;
    uint32_t faults;
    uint32_t label_columns; /* of the longest label of a fault */
    bool later_attempts, downs, crashes;
};

/* ---- layout */

static int64_t at(const struct plot *p, int64_t ns) { return rep_axis_at(&p->axis, ns); }

static void lay_lanes(struct plot *p)
{
    const struct rep_lanes *lanes = &p->lanes;
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

static void colour_gangs(struct plot *p)
{
    for (uint32_t g = 0; g < p->run->plan->stage_count; g++)
        p->gang_colour[g] = PLAN_NONE;
    for (uint64_t i = 0; i < p->lanes.span_count; i++)
        p->gang_colour[p->lanes.spans[i].gang] = 0;
    for (uint32_t g = 0; g < p->run->plan->stage_count; g++)
        if (p->gang_colour[g] == 0)
            p->gang_colour[g] = p->gangs++;
}

static void sort_spans(struct plot *p)
{
    for (uint64_t i = 0; i < p->lanes.span_count; i++)
        p->order_first[lane_of(p, &p->lanes.spans[i]) + 1]++;
    for (uint32_t l = 0; l < p->lane_count; l++)
        p->order_first[l + 1] += p->order_first[l];
    for (uint64_t i = 0; i < p->lanes.span_count; i++)
        p->order[p->order_first[lane_of(p, &p->lanes.spans[i])]++] = i;
    for (uint32_t l = p->lane_count; l > 0; l--) /* each now points to the end of its lane */
        p->order_first[l] = p->order_first[l - 1];
    p->order_first[0] = 0;
}

/* ---- boxes */

struct box {
    int64_t from, to, longest;
    uint32_t look;
}; /* look: colour x 2, + 1 for a later attempt */
typedef void box_fn(struct plot *p, uint32_t row, const struct box *box, unsigned look);

static struct box box_of(struct plot *p, const struct rep_span *span)
{
    int64_t from = at(p, span->start_ns), to = at(p, span->end_ns);
    bool later = span->attempt > 0 && span->attempt != TRACE_NONE;
    p->later_attempts |= later;
    return (struct box){from, to, to - from,
                        p->gang_colour[span->gang] % REP_COLOUR_COUNT * 2 + later};
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
    if (right->longest > left->longest) {
        left->longest = right->longest;
        left->look = right->look;
    }
    return true;
}

static uint64_t walk_boxes(struct plot *p, box_fn *fn, unsigned look)
{
    uint64_t count = 0;
    for (uint32_t lane = 0; lane < p->lane_count; lane += p->every) {
        struct box open = {0};
        bool any = false;
        for (uint64_t i = p->order_first[lane]; i < p->order_first[lane + 1]; i++) {
            struct box next = box_of(p, &p->lanes.spans[p->order[i]]);
            if (any && merge(p, &open, &next))
                continue;
            if (any && fn != NULL)
                fn(p, lane / p->every, &open, look);
            count += any;
            open = next;
            any = true;
        }
        if (any && fn != NULL)
            fn(p, lane / p->every, &open, look);
        count += any;
    }
    return count;
}

/* Ends a line with the upper and the lower edge of a bar over these rows: the full row, but for a
 * later attempt less. */
static void put_bar(struct plot *p, uint32_t first, uint32_t last, bool thin)
{
    const char *upper = thin                       ? "28"
                        : p->rows <= WIDE_ROWS_MAX ? "08"
                                                   : "0",
               *lower = thin                       ? "72"
                        : p->rows <= WIDE_ROWS_MAX ? "92"
                                                   : "999";
    fprintf(p->out, " %" PRIu32 ".%s %" PRIu32 ".%s\n", first, upper, last, lower);
}

static void put_box(struct plot *p, uint32_t row, const struct box *box, unsigned look)
{
    int64_t least = rep_axis_length(&p->axis) / PIXELS;
    if (box->look != look)
        return;
    rep_put_seconds(p->out, box->from);
    fputc(' ', p->out);
    rep_put_seconds(p->out, box->to - box->from < least ? box->from + least : box->to);
    put_bar(p, row, row, look % 2 != 0);
}

/* The least tolerance that keeps within the limit, to an eighth. */
static void choose_tolerance(struct plot *p, int64_t pixel)
{
    int64_t step = pixel;
    p->tolerance_ns = pixel;
    while (walk_boxes(p, NULL, 0) > BOXES_MAX) {
        step = p->tolerance_ns / 2;
        p->tolerance_ns *= 2;
    }
    for (unsigned i = 0; i < 3 && p->tolerance_ns > pixel; i++, step /= 2) {
        p->tolerance_ns -= step;
        if (walk_boxes(p, NULL, 0) > BOXES_MAX)
            p->tolerance_ns += step;
    }
}

/* Where merging would hide what short runs look like, fewer slots are drawn instead, but not fewer
 * than a hundred. */
static void choose_resolution(struct plot *p)
{
    int64_t pixel = rep_axis_length(&p->axis) / PIXELS + 1;
    choose_tolerance(p, pixel);
    while (p->tolerance_ns > pixel * TOLERANCE_PIXELS && p->rows / 2 >= SAMPLED_ROWS_MIN) {
        p->every *= 2;
        p->rows = (p->lane_count + p->every - 1) / p->every;
        choose_tolerance(p, pixel);
    }
    p->boxes = walk_boxes(p, NULL, 0);
    assert(p->boxes <= BOXES_MAX);
    for (uint32_t lane = 0; lane < p->lane_count; lane += p->every)
        p->drawn_spans += p->order_first[lane + 1] - p->order_first[lane];
}

static void put_boxes(struct plot *p)
{
    for (unsigned look = 0; look < REP_COLOUR_COUNT * 2; look++) {
        fprintf(p->out, "$run%u << EOD\n", look);
        walk_boxes(p, put_box, look);
        fputs("EOD\n", p->out);
    }
}

/* --------------------------------------------------------------------------------------- other
 * blocks */

static uint32_t row_of_lane(const struct plot *p, uint32_t lane) { return lane / p->every; }

static void put_band(struct plot *p, uint32_t executor, int64_t from_ns, int64_t to_ns)
{
    uint32_t top = row_of_lane(p, p->lane_first[executor]),
             bottom = row_of_lane(p, p->lane_first[executor + 1]);
    if (to_ns <= from_ns || bottom <= top)
        return;
    p->downs = true;
    rep_put_seconds(p->out, at(p, from_ns));
    fputc(' ', p->out);
    rep_put_seconds(p->out, at(p, to_ns));
    fprintf(p->out, " %" PRIu32 " %" PRIu32 "\n", top, bottom);
}

/* Where an executor was not up. `down_since` by executor; ups come in order of their begin. */
static enum rep_status put_down(struct plot *p, struct rep_err *err)
{
    int64_t *down_since = rep_alloc(p->lanes.executor_count, sizeof *down_since, err);
    if (down_since == NULL)
        return REP_E_MEMORY;
    fputs("$down << EOD\n", p->out);
    for (uint64_t i = 0; i < p->lanes.up_count; i++) {
        const struct rep_up *up = &p->lanes.ups[i];
        put_band(p, up->executor, down_since[up->executor], up->from_ns);
        down_since[up->executor] = up->to_ns;
    }
    for (uint32_t e = 0; e < p->lanes.executor_count; e++)
        put_band(p, e, down_since[e], p->axis.end_ns);
    fputs("EOD\n", p->out);
    free(down_since);
    return REP_OK;
}

/* Every row, so that an idle slot is seen to be one. */
static void put_slots(struct plot *p)
{
    fputs("$slots << EOD\n", p->out);
    for (uint32_t row = 0; row < p->rows; row++)
        put_bar(p, row, row, false);
    fputs("EOD\n", p->out);
}

/* Lines between executors, while they are wide enough to need them. */
static void put_separators(struct plot *p)
{
    fputs("$between << EOD\n", p->out);
    for (uint32_t e = 1; e < p->lanes.executor_count && p->lanes.executor_count <= 100; e++)
        fprintf(p->out, "%" PRIu32 "\n", row_of_lane(p, p->lane_first[e]));
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
        uint32_t lane = span != PLAN_NONE ? lane_of(p, &p->lanes.spans[span]) : PLAN_NONE;
        if (first != PLAN_NONE && lane != last + 1) {
            rep_put_seconds(p->out, at(p, r->at_ns));
            put_bar(p, row_of_lane(p, first), row_of_lane(p, last), false);
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
            p->run, &p->axis, rep_axis_length(&p->axis) / PIXELS * BARRIER_PIXELS, &p->rounds, err);
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
    for (uint64_t i = 0; i < p->lanes.span_count && drawn < MARKS_MAX; i++) {
        const struct rep_span *span = &p->lanes.spans[i];
        if (span->status != TRACE_EXIT_FAILED && span->status != TRACE_EXIT_HOST)
            continue;
        rep_put_seconds(p->out, at(p, span->end_ns));
        fprintf(p->out, " %" PRIu32 ".5\n", row_of_lane(p, lane_of(p, span)));
        drawn++;
    }
    fputs("EOD\n", p->out);
    p->crashes = drawn > 0;
}

static bool is_shown_fault(const struct trace_record *r)
{
    return r->kind == TRACE_FAULT && rep_is_fault(r);
}

/* Returns about how many columns it took. */
static uint32_t put_fault_name(struct plot *p, const struct trace_record *r)
{
    uint32_t columns = rep_put_cut(p->out, REP_GNUPLOT, rep_fault(r), NAME_COLUMNS);
    if (r->job < p->run->plan->job_count) {
        fputc(' ', p->out);
        columns +=
            rep_put_cut(p->out, REP_GNUPLOT, rep_job_name(p->run->plan, r->job), NAME_COLUMNS);
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
    rep_put_seconds(p->out, place);
    fputs(", graph 1.012 left rotate by 20 noenhanced font ',11' textcolor rgb '#a33b00'\n",
          p->out);
}

/* Faults too close for a label each share one. */
static void put_fault_labels(struct plot *p)
{
    int64_t first = -1, least = rep_axis_length(&p->axis) / PIXELS * LABEL_PIXELS;
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

static void put_faults(struct plot *p)
{
    fputs("$fault << EOD\n", p->out);
    for (uint64_t i = 0; i < p->run->record_count; i++) {
        if (!is_shown_fault(&p->run->records[i]) || p->faults++ >= MARKS_MAX)
            continue;
        rep_put_seconds(p->out, at(p, p->run->records[i].at_ns));
        fputc('\n', p->out);
    }
    fputs("EOD\n", p->out);
    if (p->faults <= FAULT_LABELS_MAX)
        put_fault_labels(p);
}

/* ---- frame */

static void put_text(FILE *out, const char *text, uint32_t columns)
{
    rep_put_cut(out, REP_GNUPLOT, text, columns);
}

static void put_title(struct plot *p)
{
    const struct rep_verdict *v = p->run->verdict;
    FILE *out = p->out;
    fputs("set label '", out);
    put_text(out, p->run->scenario, TITLE_COLUMNS);
    fputs("' at screen 0.012, screen 1 offset 0, -1.1 left noenhanced font ',18' textcolor rgb "
          "'#222222'\nset label '",
          out);
    if (v != NULL) {
        fputs(v->outcome == REP_PASS ? "PASS" : v->outcome == REP_FAIL ? "FAIL" : "UNKNOWN", out);
        if (v->finding_count > 0) {
            fputs(": ", out);
            put_text(out, v->findings[0].rule, NAME_COLUMNS);
            fputs(v->findings[0].outcome == REP_FAIL ? " broken: " : " unknown: ", out);
            put_text(out, v->findings[0].sentence, TITLE_COLUMNS);
        }
        fputs("   ", out);
    }
    fputs("policy ", out);
    put_text(out, p->run->header->policy, TITLE_COLUMNS / 2);
    fprintf(out, ", seed %" PRIu64, p->run->header->seed);
    fprintf(out,
            "' at screen 0.012, screen 1 offset 0, -2.6 left noenhanced font ',13' textcolor rgb "
            "'%s'\n",
            v != NULL && v->outcome == REP_FAIL ? "#c04000" : "#444444");
}

static void put_caption(struct plot *p)
{
    FILE *out = p->out;
    fputs("set label '", out);
    fprintf(out, "%" PRIu64 " task runs", p->lanes.span_count);
    if (p->gangs > REP_COLOUR_COUNT)
        fprintf(out, " of %" PRIu32 " gangs (colours repeat after %d)", p->gangs, REP_COLOUR_COUNT);
    if (p->boxes < p->drawn_spans) {
        fprintf(out, ", drawn as %" PRIu64 " boxes: what is closer or shorter than ", p->boxes);
        rep_put_about(out, p->tolerance_ns);
        fputs(" is merged", out);
    }
    if (p->every > 1)
        fprintf(out, "; one of %" PRIu32 " slots is drawn", p->every);
    if (p->lane_count < p->lanes.capacity_total)
        fprintf(out, "; %" PRIu64 " slots never used are left out",
                p->lanes.capacity_total - p->lane_count);
    if (p->rounds.dense)
        fputs("; some barriers are too close to be drawn", out);
    if (p->faults > FAULT_LABELS_MAX)
        fprintf(out, "; %" PRIu32 " faults", p->faults);
    for (uint32_t g = 0; g < p->axis.gap_count; g++) {
        fputs(g == 0 ? "; in the breaks nothing could happen: " : ", ", out);
        rep_put_about(out, p->axis.gaps[g].to_ns - p->axis.gaps[g].from_ns);
    }
    fputs("' at screen 0.988, screen 0 offset 0, 0.8 right noenhanced font ',11' textcolor rgb "
          "'#666666'\n",
          out);
}

static void put_x_tics(struct plot *p)
{
    int64_t step = rep_axis_step(&p->axis, 12);
    bool first = true;
    fputs("set xtics out nomirror (", p->out);
    for (int64_t ns = 0; ns <= p->axis.end_ns; ns += step) {
        for (uint32_t g = 0; g < p->axis.gap_count; g++)
            if (ns > p->axis.gaps[g].from_ns && ns < p->axis.gaps[g].to_ns)
                ns = p->axis.gaps[g].to_ns - p->axis.gaps[g].to_ns % step +
                     (p->axis.gaps[g].to_ns % step != 0 ? step : 0);
        char text[32];
        if (ns > p->axis.end_ns)
            break;
        rep_format_time(ns, text);
        fprintf(p->out, "%s'%s' ", first ? "" : ", ", text);
        rep_put_seconds(p->out, at(p, ns));
        first = false;
    }
    fputs(")\n", p->out);
}

static void put_y_tics(struct plot *p)
{
    uint32_t count = p->lanes.executor_count, step = (count + LABELS_MAX - 1) / LABELS_MAX;
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
    fputs(")\n", p->out);
}

static void put_gap_label(struct plot *p, const struct rep_gap *gap)
{
    fputs("set label '", p->out);
    rep_put_about(p->out, gap->to_ns - gap->from_ns);
    fputs("' at first ", p->out);
    rep_put_seconds(p->out, at(p, gap->from_ns) + p->axis.gap_ns / 2);
    fputs(", graph 0.5 center rotate by 90 noenhanced front font ',11' textcolor rgb '#666666'\n",
          p->out);
}

static void put_gaps(struct plot *p)
{
    for (uint32_t g = 0; g < p->axis.gap_count; g++) {
        fputs("set object rectangle from first ", p->out);
        rep_put_seconds(p->out, at(p, p->axis.gaps[g].from_ns));
        fputs(", graph 0 to first ", p->out);
        rep_put_seconds(p->out, at(p, p->axis.gaps[g].to_ns));
        fputs(", graph 1 front fillcolor rgb '#ffffff' fillstyle solid border linecolor rgb "
              "'#999999' dashtype 3\n",
              p->out);
        put_gap_label(p, &p->axis.gaps[g]);
    }
}

static unsigned height(const struct plot *p)
{
    unsigned wanted = 300 + (p->rows <= 20 ? p->rows * 26 : 520 + (p->rows - 20) * 4);
    return wanted < 480 ? 480 : wanted > 1300 ? 1300 : wanted;
}

static void put_frame(struct plot *p)
{
    FILE *out = p->out;
    fputs("set lmargin at screen 0.065\nset rmargin at screen 0.865\nset bmargin 4\n", out);
    fprintf(out, "set tmargin %" PRIu32 "\n",
            4 + p->label_columns / 5 + (p->label_columns > 0)); /* labels lean at 20 degrees */
    fputs(
        "set border 3 linecolor rgb '#888888'\nset grid xtics linecolor rgb '#e4e4e4' linewidth 1\n"
        "set style fill solid 1.0 noborder\nset key at screen 0.875, graph 1 left top vertical "
        "noenhanced Left reverse samplen 1.2 spacing 1.15\n",
        out);
    fputs("set xrange [0:", out);
    rep_put_seconds(out, rep_axis_length(&p->axis));
    fprintf(out, "]\nset yrange [%" PRIu32 ":0]\n", p->rows > 0 ? p->rows : 1);
    put_x_tics(p);
    put_y_tics(p);
    put_gaps(p);
    put_title(p);
    put_caption(p);
}

/* ---- plot */

static uint32_t legend_max(const struct plot *p)
{
    uint32_t lines = (height(p) - 200) / 24;
    return lines < LEGEND_MAX ? lines : LEGEND_MAX;
}

static bool put_legend_entry(struct plot *p, uint32_t gang)
{
    uint32_t number = p->gang_colour[gang];
    if (number == PLAN_NONE || number >= legend_max(p))
        return false;
    fprintf(p->out,
            ", \\\n  keyentry with boxes fillstyle solid fillcolor rgb '#%06" PRIx32 "' title '",
            rep_colour_rgb[number % REP_COLOUR_COUNT]);
    put_text(p->out, rep_job_name(p->run->plan, p->run->plan->stages[gang].job), NAME_COLUMNS);
    fputc('/', p->out);
    put_text(p->out, rep_stage_name(p->run->plan, gang), NAME_COLUMNS);
    fputc('\'', p->out);
    return true;
}

static void put_legend(struct plot *p)
{
    for (uint32_t g = 0; g < p->run->plan->stage_count; g++)
        put_legend_entry(p, g);
    if (p->gangs > legend_max(p))
        fprintf(p->out,
                ", \\\n  keyentry with points pointtype 0 title 'and %" PRIu32 " gangs more'",
                p->gangs - legend_max(p));
    if (p->later_attempts)
        fputs(", \\\n  keyentry with lines linewidth 4 linecolor rgb '#0072b2' title 'thin: a "
              "later attempt'",
              p->out);
    if (p->downs)
        fputs(", \\\n  keyentry with boxes fillstyle solid fillcolor rgb '#cfcfcf' title 'down'",
              p->out);
    if (p->crashes)
        fputs(", \\\n  keyentry with points pointtype 2 pointsize 0.8 linewidth 1.5 linecolor rgb "
              "'#000000' title 'crash'",
              p->out);
    if (p->faults > 0)
        fputs(", \\\n  keyentry with lines dashtype 2 linewidth 1.5 linecolor rgb '#d55e00' title "
              "'fault'",
              p->out);
    fputc('\n', p->out);
}

static void put_plot(struct plot *p)
{
    FILE *out = p->out;
    fputs("plot $slots using (0):1:(0):(", out);
    rep_put_seconds(out, rep_axis_length(&p->axis));
    fputs("):1:2 with boxxyerror fillstyle solid noborder fillcolor rgb '#f3f3f3' notitle, \\\n"
          "  $down using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder fillcolor rgb "
          "'#cfcfcf' notitle, \\\n",
          out);
    fputs("  $between using (0):1:(", out);
    rep_put_seconds(out, rep_axis_length(&p->axis));
    fputs("):(0) with vectors nohead linecolor rgb '#c8c8c8' linewidth 1 notitle", out);
    for (unsigned look = 0; look < REP_COLOUR_COUNT * 2; look++)
        fprintf(out,
                ", \\\n  $run%u using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder "
                "fillcolor rgb '#%06" PRIx32 "' notitle",
                look, rep_colour_rgb[look / 2]);
    fputs(", \\\n  $barrier using 1:2:(0):($3-$2) with vectors nohead linecolor rgb '#ffffff' "
          "linewidth 1.5 notitle"
          ", \\\n  $fault using 1:(0):(0):",
          out);
    fprintf(out,
            "(%" PRIu32
            ") with vectors nohead dashtype 2 linewidth 1.5 linecolor rgb '#d55e00' notitle",
            p->rows);
    fputs(", \\\n  $crash using 1:2 with points pointtype 2 pointsize 0.8 linewidth 1.5 linecolor "
          "rgb '#000000' notitle",
          out);
    put_legend(p);
}

static enum rep_status put_script(struct plot *p, struct rep_err *err)
{
    FILE *out = p->out;
    enum rep_status status;
    fputs("# A timeline of slots. Redraw it with: gnuplot timeline.gp\n"
          "reset\nset encoding utf8\nset datafile separator whitespace\n"
          "here = exists('ARG0') ? ARG0[1:strlen(ARG0) - strlen('timeline.gp')] : ''\n",
          out);
    if ((status = put_down(p, err)) != REP_OK || (status = put_barriers(p, err)) != REP_OK)
        return status;
    put_slots(p);
    put_separators(p);
    put_boxes(p);
    put_crashes(p);
    put_faults(p);
    put_frame(p);
    fprintf(out,
            "set terminal svg size %d,%u font 'DejaVu Sans,13' background 'white'\nset output "
            "here.'timeline.svg'\n",
            WIDTH, height(p));
    put_plot(p);
    fprintf(out,
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
            "  set terminal pngcairo size %d,%u font 'DejaVu Sans,11' background 'white'\n"
            "} else {\n  set terminal png size %d,%u\n}\n"
            "set output here.'timeline.png'\nreplot\nset output\n",
            WIDTH, height(p), WIDTH, height(p));
    return rep_finish(out, err);
}

/* ---- running */

extern char **environ;

static enum rep_status wait_for(pid_t child, const char *dir, struct rep_err *err)
{
    int how = 0;
    while (waitpid(child, &how, 0) < 0)
        if (errno != EINTR)
            return rep_fail(err, REP_E_IO, "cannot wait for gnuplot: %s", strerror(errno));
    errno = 0;
    if (WIFEXITED(how) && WEXITSTATUS(how) == 127)
        return rep_fail(err, REP_E_MISSING,
                        "gnuplot is not installed: timeline.gp was written, but no picture");
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
        return rep_fail(err, REP_E_IO, "gnuplot failed; 'gnuplot timeline.gp' in %s says why", dir);
    return REP_OK;
}

static enum rep_status run_gnuplot(const char *script, const char *dir, struct rep_err *err)
{
    char *const argv[] = {"gnuplot", "-d", "-c", (char *)script, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0)
        return rep_fail(err, REP_E_MEMORY, "cannot prepare to run gnuplot: %s", strerror(failed));
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    failed = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = failed;
    if (failed == ENOENT || failed == EACCES || failed == ENOTDIR)
        return rep_fail(err, REP_E_MISSING,
                        "gnuplot is not installed: timeline.gp was written, but no picture");
    if (failed != 0)
        return rep_fail(err, REP_E_IO, "cannot run gnuplot: %s", strerror(failed));
    return wait_for(child, dir, err);
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static enum rep_status prepare(struct plot *p, struct rep_err *err)
{
    enum rep_status status = rep_lanes_build(p->run, &p->lanes, err);
    if (status != REP_OK)
        return status;
    p->lane_first = rep_alloc((size_t)p->lanes.executor_count + 1, sizeof *p->lane_first, err);
    p->gang_colour = rep_alloc(p->run->plan->stage_count, sizeof *p->gang_colour, err);
    p->order = rep_alloc(p->lanes.span_count, sizeof *p->order, err);
    if (p->lane_first == NULL || p->gang_colour == NULL || p->order == NULL)
        return REP_E_MEMORY;
    lay_lanes(p);
    p->order_first = rep_alloc((size_t)p->lane_count + 2, sizeof *p->order_first, err);
    if (p->order_first == NULL)
        return REP_E_MEMORY;
    rep_axis_init(p->run, 60, &p->axis);
    colour_gangs(p);
    sort_spans(p);
    choose_resolution(p);
    return REP_OK;
}

static enum rep_status write_script(struct plot *p, const char *path, struct rep_err *err)
{
    p->out = fopen(path, "w");
    if (p->out == NULL)
        return rep_fail(err, REP_E_IO, "cannot write %s: %s", path, strerror(errno));
    enum rep_status status = put_script(p, err);
    if (fclose(p->out) != 0 && status == REP_OK)
        status = rep_fail(err, REP_E_IO, "cannot write %s: %s", path, strerror(errno));
    return status;
}

enum rep_status rep_timeline_plot(const struct rep_run *run, const char *dir, struct rep_err *err)
{
    static const char name[] = "/timeline.gp";
    struct plot p = {.run = run};
    rep_begin(err);
    size_t size = strlen(dir) + sizeof name + 2;
    char *path = rep_alloc(size, 1, err);
    enum rep_status status = path != NULL ? prepare(&p, err) : REP_E_MEMORY;
    if (status == REP_OK) {
        snprintf(path, size, "%s%s%s", dir[0] == '-' ? "./" : "", dir,
                 name); /* a leading '-' would be an option */
        status = write_script(&p, path, err);
    }
    if (status == REP_OK)
        status = run_gnuplot(path, dir, err);
    rep_lanes_free(&p.lanes);
    rep_rounds_free(&p.rounds);
    free(p.lane_first);
    free(p.gang_colour);
    free(p.order);
    free(p.order_first);
    free(path);
    return status;
}
