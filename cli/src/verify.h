/*
 * verify.h -- a run once more, in a fresh process. See verify.c.
 */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

#include <stdbool.h>

/* The run in this directory; CLI_DIFFERS, having told the first record that is another one, if it is not the same. */
int cli_verify(const char *directory, const char *core, const char *target, bool quiet_stdout);

#endif
