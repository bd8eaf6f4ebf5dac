/*
 * files.h -- the report files of a run, written into its directory: for `run` and `report`.
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "cli.h"
#include "rep/rep.h"
#include "rundir.h"

enum { CLI_STORY_LINES = 200, CLI_STORY_FILE_LINES = 1000000 };

/* Story, timeline, tables, verdict.json. An exit status. */
int cli_files_write(const struct cli_rundir *dir, const struct rep_run *run);
/* TAP and JUnit, and the history as NDJSON, for `report`. */
int cli_files_write_ci(const struct cli_rundir *dir, const struct rep_run *run);
int cli_files_write_ndjson(const struct cli_rundir *dir, const struct rep_run *run);
/* The pictures as SVG, and `pixels` of them as PNG too. Both masks are of REP_PICTURE_ bits; *drawn: none when there is no gnuplot, which is no error. */
int cli_files_plot(const struct cli_rundir *dir, const struct rep_run *run, unsigned pixels,
                   unsigned *drawn);

/* What stdout gets: everything for people, or one machine-readable document. */
enum cli_colour { CLI_COLOUR_AUTO, CLI_COLOUR_ALWAYS, CLI_COLOUR_NEVER };
bool cli_colour_parse(const char *text, enum cli_colour *out); /* false with a complaint */
/* auto: colours where stdout is a terminal that has them, and NO_COLOR is not set. */
struct rep_terminal cli_terminal(bool ascii, enum cli_colour colour);
int cli_print_run(const struct rep_run *run, enum cli_format format,
                  const struct rep_terminal *terminal, bool whole);

#endif
