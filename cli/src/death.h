/*
 * death.h -- a run whose core may stop at an assertion, or crash, and what it did until then.
 */
#ifndef CLI_DEATH_H
#define CLI_DEATH_H

#include "world.h"

/*
 * As cli_world_run(); but whoever dies of it comes back here, once: *died is the signal, and what was recorded until then has been
 * handed to those who look. The process is then as the core has left it: judge, tell, and end it. 0: it lives.
 */
int cli_world_run_till_death(struct cli_world *world, cli_go_on_fn *go_on, void *ctx, int *died);

/* While this world runs SIGTERM is such a death, too, if it comes twice and nothing has happened between: what the world is at has no end.
 * If something has, the process ends of it. */
void cli_death_when_late(const struct cli_world *world);

#endif
