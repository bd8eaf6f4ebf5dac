/*
 * support.h -- hand-written histories for tests: read, changed, judged.
 */
#ifndef CONFORMANCE_SUPPORT_H
#define CONFORMANCE_SUPPORT_H

#include "conf/conf.h"

struct history {
    struct plan *plan;
    uint64_t observes;
    bool two_phase;
    struct trace_record *records;
    size_t count;
};
/* Reads histories/<name>.ndjson; fails the test if it cannot. */
void history_read(const char *name, struct history *out);
void history_free(struct history *h);
struct history
history_copy(const struct history *h); /* the plan is shared: free only its records */

/* Jobs "j0", "j1" ... of one gang each, "fit", whose tasks meet at one barrier. The caller frees it. */
struct plan *gangs_plan(unsigned executors, uint32_t cores, unsigned jobs, uint32_t tasks);

/* One row of histories/cases.tsv. */
struct history_case {
    char name[128], verdict[16], rule[16];
    uint64_t record;
};
enum { CASES_MAX = 384 };
size_t cases_read(struct history_case cases[CASES_MAX]);

struct judged {
    void *memory;
    struct conf_judge *judge;
};
struct judged judge_open(const struct history *h);
void judge_close(struct judged *j);
/* The verdict on the whole of a history. */
void judge_history(const struct history *h, struct conf_verdict *out);

#endif
