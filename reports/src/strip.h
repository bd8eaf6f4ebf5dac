/*
 * strip.h -- a line for each kind of fault that occurred, beneath a plot over time.
 *
 * It lives on the second y axis, whose unit is a pixel from the plot's bottom; so whatever the plot
 * is of, it only has to leave rep_strip_pixels() free there.
 */
#ifndef REP_STRIP_H
#define REP_STRIP_H

#include "sheet.h"

unsigned rep_strip_pixels(const struct rep_scene *scene); /* 0: nothing was wrong */
void rep_strip_put(struct rep_sheet *sheet);              /* data, names and the axis */
void rep_strip_plot(struct rep_sheet *sheet, bool *any);  /* and the driver's absence over it all */

#endif
