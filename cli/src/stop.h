/*
 * stop.h -- what happens when somebody, or an assertion, ends the program early.
 *
 * The first SIGINT, SIGTERM or SIGHUP asks: the run ends, is judged and reported. The second one
 * insists: the unfinished directory is removed and the program leaves. A failed assertion removes
 * it too and leaves with status 70.
 */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <stdbool.h>

void cli_stop_watch(void);
bool cli_stop_asked(void);
/* Somebody's core runs in this process: an assertion that fails may well be of it. */
void cli_stop_foreign(void);

#endif
