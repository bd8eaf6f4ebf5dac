/*
 * choices.h -- a path through a scenario as `explore` found it: a file of moves, and a run along it.
 *
 * The file has a line a move, "to-driver 1", in the order they are made; "timers any" in front if the search had them so; and
 * "cycle" before the first of those that come again for ever. Blank lines and lines that begin with # say nothing.
 */
#ifndef CLI_CHOICES_H
#define CLI_CHOICES_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "sim/explore.h"
#include "world.h"

struct cli_choices {
    struct sim_step *steps;
    uint64_t count, cycle; /* cycle: the first step of what comes again; UINT64_MAX: nothing does */
    enum sim_timers timers;
    const char *path;
};

/* What a search is about is order, not speed: messages and computing take no time, so that each may come before each. */
void cli_choices_make_timeless(struct plan *plan);
/* An exit status. The path must live as long as the choices. */
int cli_choices_read(const char *path, struct cli_choices *choices);
int cli_choices_write(const char *path, const char *about, const struct cli_choices *choices);
void cli_choices_free(struct cli_choices *choices);
/* Runs the world along the choices, and from their end on as it comes. Between moves `go_on` is asked, as by cli_world_run(). */
int cli_choices_run(struct cli_world *world, const struct cli_choices *choices, cli_go_on_fn *go_on,
                    void *ctx);

#endif
