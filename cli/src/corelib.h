/*
 * corelib.h -- another build of the core, loaded in place of the one that is linked in.
 *
 * This room is for: `--core FILE.so`.
 * It may include:   gang.h.
 * Never here:       running it. A loaded core is foreign code: it may crash, loop or write where it must not. `check` gives
 *                   each case a process of its own for that; `run` and `replay` do not.
 */
#ifndef CLI_CORELIB_H
#define CLI_CORELIB_H

#include "gang/gang.h"

/* The core at `path`; NULL: the one that is linked in. Says on stderr what is wrong, with what to do, and sets *status
 * (CLI_INPUT, CLI_MISSING). It stays loaded until the process ends. */
const struct gang_api *cli_core(const char *path, int *status);

#endif
