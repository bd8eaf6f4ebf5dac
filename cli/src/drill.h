/*
 * drill.h -- the steps of `muster protocol-test` for a whole scheduler.
 */
#ifndef CLI_DRILL_H
#define CLI_DRILL_H

#include <stdbool.h>
#include <stddef.h>

#include "exec/exec.h"

/* A step plays a small piece with the child, after a reset of its own. False: `said` tells what is wrong. */
struct cli_drill_step {
    const char *name;
    bool (*play)(struct exec_child *child, char *said, size_t size);
};
extern const struct cli_drill_step cli_drill[];
extern const size_t cli_drill_steps;

#endif
