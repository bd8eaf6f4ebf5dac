/*
 * plot.h -- the timeline's picture, between the files that draw parts of it.
 */
#ifndef REP_PLOT_H
#define REP_PLOT_H

#include "queue.h"
#include "rounds.h"
#include "sheet.h"

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

static inline int64_t at(const struct plot *p, int64_t ns) { return rep_axis_at(p->axis, ns); }

struct rep_plot_look {
    bool before;
    const char *word, *style; /* after "fillstyle" */
    uint32_t rgb;
};
extern const struct rep_plot_look rep_plot_shade_look[REP_SHADE_COUNT];

/* ---- plot.c: the rows of the picture, and the boxes in them */
uint32_t rep_plot_lane_of(const struct plot *p, const struct rep_span *span);
uint32_t rep_plot_row_of_lane(const struct plot *p, uint32_t lane);
void rep_plot_put_bar(struct plot *p, uint32_t first, uint32_t last, bool thin);

/* ---- plot_names.c: names in the boxes */
enum rep_status rep_plot_put_names(struct plot *p, struct rep_err *err);

/* ---- plot_signs.c: what was wrong, what struck, what waited */
void rep_plot_put_shade_labels(struct plot *p);
void rep_plot_put_shades(struct plot *p);
void rep_plot_put_slots(struct plot *p);
void rep_plot_put_separators(struct plot *p);
enum rep_status rep_plot_put_barriers(struct plot *p, struct rep_err *err);
void rep_plot_put_crashes(struct plot *p);
void rep_plot_put_faults(struct plot *p);
uint64_t rep_plot_rows_of_pixels(const struct plot *p, unsigned pixels);
uint64_t rep_plot_highest_mean(const struct plot *p);
uint64_t rep_plot_strip_bottom(const struct plot *p);
enum rep_status rep_plot_see_queue(struct plot *p, struct rep_err *err);

/* ---- plot_page.c: the page around the data */
void rep_plot_put_frame(struct plot *p);
void rep_plot_put_plot(void *ctx, FILE *out);

#endif
