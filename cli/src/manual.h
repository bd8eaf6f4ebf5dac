/*
 * manual.h -- the manual page, made of the same tables as the help.
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include <stdio.h>

void cli_manual(FILE *out);

#endif
