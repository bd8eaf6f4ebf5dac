/*
 * scenario.h -- finds the file of a scenario; what it means that one cannot be read.
 */
#ifndef CLI_SCENARIO_H
#define CLI_SCENARIO_H

#include <limits.h>
#include <stdbool.h>

/* Where this command itself is. */
bool cli_scenario_self(char out[static PATH_MAX]);
/* `given` as a path, else as the name of a scenario that came with muster, with or without
 * "scenarios/" before it. False when it is in none of these places; `out` then is what was given.
 */
bool cli_scenario_find(const char *given, char out[static PATH_MAX]);
/* The same, but a complaint, and an exit status, when there is none, or it is no scenario. */
int cli_scenario_locate(const char *given, char out[static PATH_MAX]);
/* Calls back with the name of every scenario that came with muster ("learn/01-wait.lua"), sorted. */
typedef void cli_scenario_fn(void *ctx, const char *name);
void cli_scenario_each(cli_scenario_fn *each, void *ctx);
void cli_scenario_below(const char *directory, cli_scenario_fn *each, void *ctx); /* the same below this one */
/* Calls back with every scenario that `given` stands for: a file, or all below a directory, found as cli_scenario_find() does; NULL: all
 * that came with muster. `shown` is how a person would name it. An exit status, with a complaint when there is none. */
typedef void cli_scenario_file_fn(void *ctx, const char *shown, const char *file);
int cli_scenario_gather(const char *given, cli_scenario_file_fn *each, void *ctx);
/* The directory of the scenarios that came with muster; false when there is none. */
bool cli_scenario_home(char out[static PATH_MAX]);
/* What it comes to that a scenario, or a scheduler, cannot be read: an exit status, and the same with its complaint. */
struct scn_err;
int cli_scenario_status(const struct scn_err *err);
int cli_scenario_failed(const struct scn_err *err);
/* Tells what a scenario left out of its traces, if it did. */
struct scn_info;
void cli_scenario_notes(const struct scn_info *info);
/* Writes a new one; nobody's is ever overwritten, not even between a look and a write. An exit status, with its complaint. */
int cli_scenario_write(const char *path, const char *text);
/* "scenarios/learn/01-wait.lua" -> "01-wait". */
void cli_scenario_name(const char *path, char out[static NAME_MAX + 1]);

#endif
