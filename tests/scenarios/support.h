/*
 * support.h -- what the tests of the Lua host share: snippets as files, plans as text, loads that
 * must not fail.
 */
#ifndef SCN_TEST_SUPPORT_H
#define SCN_TEST_SUPPORT_H

#include "scn/scn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Every snippet of a test program is written to this file, so that messages begin with a known
 * name. */
#define SNIPPET "snippet.lua"
/* Two lines: a cluster `c` of 4 executors with 4 cores and a job `j` with a gang of 4. */
#define BASE                                                                                       \
    "local c = cluster { executors = 4, cores = 4 }\n"                                             \
    "local j = job 'j' { barrier_stage 's' { tasks = 4, program = compute '1s' } }\n"

void support_name(
    const char *name); /* SNIPPET lies in a folder of this name: tests may run side by side */
const char *support_snippet(void);                               /* its path */
void support_write(const char *file, const char *text);          /* beside the snippet */
struct plan *support_try(const char *text, struct scn_err *err); /* NULL on error */
struct plan *support_load(const char *text);                     /* fails the test on error */
struct plan *support_load_file(const char *path, const struct scn_param *params, size_t count);
char *support_text(const struct plan *plan); /* canonical; free() it */
void support_expect_same(const struct plan *a, const struct plan *b);
void support_expect_round_trip(
    const struct plan *plan); /* told back as Lua, it loads to the same */
void support_expect_error(const char *text,
                          const char *message); /* the message behind "snippet.lua" */

#endif
