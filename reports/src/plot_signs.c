/*
 * plot_signs.c -- the timeline's picture: shades, barriers, crashes, faults, and what waited.
 *
 * This room is for: data blocks of the script that are no boxes, with their labels.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       what other pictures need too: that is in sheet.c.
 */
#include "plot.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------------------------- what was
 * wrong */

/* How each kind of shading looks: behind the boxes or before them, a hatch or a tone. */
const struct rep_plot_look rep_plot_shade_look[REP_SHADE_COUNT] = {
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
        top = rep_plot_row_of_lane(p, p->lane_first[shade->executor]);
        bottom = rep_plot_row_of_lane(p, p->lane_first[shade->executor + 1]);
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
    const char *text = rep_plot_shade_look[shade->kind].word;
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
                               ? (uint64_t)rep_plot_row_of_lane(p, bottom) * 1000 - 500
                               : middle);
    fprintf(p->out, " offset 0.8, 0 left front %s noenhanced font ',9' textcolor rgb '#303030'\n",
            shade->kind == REP_SHADE_DOWN ? "" : "boxed");
}

void rep_plot_put_shade_labels(struct plot *p)
{
    const struct rep_shades *shades = &p->sheet->scene->shades;
    for (uint64_t i = 0; i < shades->count && i < BOX_LABELS_MAX; i++)
        put_shade_label(p, &shades->list[i]);
}

void rep_plot_put_shades(struct plot *p)
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
void rep_plot_put_slots(struct plot *p)
{
    fputs("$slots << EOD\n", p->out);
    for (uint32_t row = 0; row < p->rows; row++) {
        rep_plot_put_bar(p, row, row, false);
        fputc('\n', p->out);
    }
    fputs("EOD\n", p->out);
}

/* Lines between executors, while they are wide enough to need them. */
void rep_plot_put_separators(struct plot *p)
{
    fputs("$between << EOD\n", p->out);
    for (uint32_t e = 1; e < p->lanes->executor_count; e++)
        if (p->sheet->plot_pixels / p->lanes->executor_count >= 8) {
            fprintf(p->out, "%" PRIu32 "\n", rep_plot_row_of_lane(p, p->lane_first[e]));
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
        uint32_t lane = span != PLAN_NONE ? rep_plot_lane_of(p, &p->lanes->spans[span]) : PLAN_NONE;
        if (first != PLAN_NONE && lane != last + 1) {
            rep_sheet_put_place(p->out, at(p, r->at_ns));
            rep_plot_put_bar(p, rep_plot_row_of_lane(p, first), rep_plot_row_of_lane(p, last),
                             false);
            fputc('\n', p->out);
            p->barriers = true;
            first = PLAN_NONE;
        }
        if (first == PLAN_NONE)
            first = lane;
        last = lane;
    }
}

enum rep_status rep_plot_put_barriers(struct plot *p, struct rep_err *err)
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

void rep_plot_put_crashes(struct plot *p)
{
    uint64_t drawn = 0;
    fputs("$crash << EOD\n", p->out);
    for (uint64_t i = 0; i < p->lanes->span_count && drawn < MARKS_MAX; i++) {
        const struct rep_span *span = &p->lanes->spans[i];
        if (span->status != TRACE_EXIT_FAILED && span->status != TRACE_EXIT_HOST)
            continue;
        rep_sheet_put_place(p->out, at(p, span->end_ns));
        fprintf(p->out, " %" PRIu32 ".5\n", rep_plot_row_of_lane(p, rep_plot_lane_of(p, span)));
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
        top = rep_plot_row_of_lane(p, p->lane_first[r->executor]);
        bottom = rep_plot_row_of_lane(p, p->lane_first[r->executor + 1]);
    }
    rep_sheet_put_place(p->out, at(p, r->at_ns));
    fprintf(p->out, " %" PRIu32 " %" PRIu32 "\n", top, bottom > top ? bottom : top + 1);
}

void rep_plot_put_faults(struct plot *p)
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
uint64_t rep_plot_rows_of_pixels(const struct plot *p, unsigned pixels)
{
    return (uint64_t)pixels * 1000 / p->row_pixels;
}

uint64_t rep_plot_highest_mean(const struct plot *p)
{
    uint64_t most = 1;
    for (uint32_t c = 0; c < p->queue.columns; c++) {
        uint64_t mean = rep_queue_mean(p->sheet->scene, &p->queue, c);
        most = mean > most ? mean : most;
    }
    return most;
}

uint64_t rep_plot_strip_bottom(const struct plot *p)
{
    return (uint64_t)p->rows * 1000 + rep_plot_rows_of_pixels(p, QUEUE_GAP_PIXELS + QUEUE_PIXELS);
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
    uint64_t most = rep_plot_highest_mean(p), bottom = rep_plot_strip_bottom(p),
             high = rep_plot_rows_of_pixels(p, QUEUE_PIXELS);
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

enum rep_status rep_plot_see_queue(struct plot *p, struct rep_err *err)
{
    enum rep_status status = rep_queue_build(p->sheet->scene, QUEUE_COLUMNS, &p->queue, err);
    p->queue_drawn = status == REP_OK && p->queue.longest > rep_axis_length(p->axis) / QUEUE_LEAST;
    if (p->queue_drawn) {
        p->sheet->plot_pixels += QUEUE_GAP_PIXELS + QUEUE_PIXELS;
        put_queue(p);
    }
    return status;
}
