/*
 * plot_names.c -- the timeline's picture: names of gangs in their boxes.
 *
 * This room is for: which boxes are large enough for a name, and where it stands.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       what other pictures need too: that is in sheet.c.
 */
#include "plot.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
    uint32_t row = rep_plot_row_of_lane(p, tag->lane);
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
                uint32_t row = rep_plot_row_of_lane(p, tags[i].lane);
                now = (struct patch){tags[i].from, tags[i].to, row, row};
                open = true;
            }
            best = area(p, &now) > area(p, &best) ? now : best;
        }
        labels += put_tag(p, first->gang, first->attempt, &best);
    }
}

enum rep_status rep_plot_put_names(struct plot *p, struct rep_err *err)
{
    uint64_t count = p->lanes->span_count;
    if (p->gangs > BOXES_MAX || count > 10 * BOXES_MAX)
        return REP_OK; /* none would fit */
    struct tag *tags = rep_alloc(count, sizeof *tags, err);
    if (tags == NULL)
        return REP_E_MEMORY;
    for (uint64_t i = 0; i < count; i++) {
        const struct rep_span *span = &p->lanes->spans[i];
        tags[i] = (struct tag){span->gang, span->attempt, rep_plot_lane_of(p, span),
                               at(p, span->start_ns), at(p, span->end_ns)};
    }
    qsort(tags, count, sizeof *tags, by_gang);
    put_tags(p, tags, count);
    free(tags);
    return REP_OK;
}
