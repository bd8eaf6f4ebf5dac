/*
 * sheet.h -- what all pictures share: the run behind them, and the page they are drawn on.
 *
 * A page is a gnuplot program with its data inline, so that anybody can redraw or change it by
 * hand. It is as wide as every other; its margins are given in pixels, so that what is drawn knows
 * how large it will be.
 */
#ifndef REP_SHEET_H
#define REP_SHEET_H

#include "axis.h"
#include "metrics.h"
#include "shade.h"

enum {
    REP_SHEET_WIDTH = 1600,
    REP_SHEET_LEFT = 104,  /* pixels left of the plot */
    REP_SHEET_RIGHT = 272, /* right of it: the legend */
    REP_SHEET_PIXELS = REP_SHEET_WIDTH - REP_SHEET_LEFT - REP_SHEET_RIGHT,
    REP_SHEET_TOP = 70,    /* the title */
    REP_SHEET_BOTTOM = 72, /* the axis and the caption */
    REP_SHEET_NAME_COLUMNS = 20
};

/* Made once for all pictures of a run. */
struct rep_scene {
    const struct rep_run *run;
    struct rep_metrics metrics;
    struct rep_shades shades;
    struct rep_axis axis;
};
enum rep_status rep_scene_build(const struct rep_run *run, struct rep_scene *scene,
                                struct rep_err *err);
void rep_scene_free(struct rep_scene *scene);

struct rep_sheet {
    const struct rep_scene *scene;
    const char *dir, *name; /* "timeline" */
    FILE *out;              /* while it is written */
    bool written;           /* false: this picture would be empty, so there is none */
    unsigned plot_pixels,
        top_pixels; /* height of the plot, and of what is between it and the title */
};

/* Opens <dir>/<name>.gp and begins it. Call once it is known that there is something to see. */
enum rep_status rep_sheet_open(struct rep_sheet *sheet, const char *what, struct rep_err *err);
/* Title, margins and ranges' frame; `shows` is what the picture is of. */
void rep_sheet_frame(struct rep_sheet *sheet, const char *shows);
/* The time axis: tics with units, breaks, and the range. */
void rep_sheet_time(struct rep_sheet *sheet);
/* The line beneath: text between the two goes to sheet->out, through rep_put() if it is not ours.
 */
void rep_sheet_caption_begin(struct rep_sheet *sheet);
void rep_sheet_caption_end(struct rep_sheet *sheet);
void rep_sheet_tell_breaks(struct rep_sheet *sheet); /* within the caption */
/* Draws `plot` as SVG and as PNG; then the file is closed. */
typedef void rep_plot_fn(void *ctx, FILE *out);
enum rep_status rep_sheet_close(struct rep_sheet *sheet, rep_plot_fn *plot, void *ctx,
                                struct rep_err *err);
void rep_sheet_abandon(struct rep_sheet *sheet); /* closes it after an error; a no-op otherwise */

/* A place on the time axis, and a colour, as gnuplot takes them. */
void rep_sheet_put_place(FILE *out, int64_t place);
void rep_sheet_put_colour(FILE *out, uint32_t rgb); /* '#0072b2', quotes included */
/* A time for reading, to three digits: "6ms", "2m27s". */
void rep_sheet_put_rough(FILE *out, int64_t ns);
/* Plot elements begin with this: nothing before the first, a comma and a new line before others. */
void rep_sheet_next(FILE *out, bool *any);
void rep_sheet_put_gang(const struct rep_sheet *sheet, uint32_t gang); /* escaped and cut */

/* The pictures: each opens its sheet, unless it would be empty. */
typedef enum rep_status rep_picture_fn(struct rep_sheet *sheet, struct rep_err *err);
rep_picture_fn rep_picture_timeline, rep_picture_waiting, rep_picture_skew, rep_picture_utilisation;

#endif
