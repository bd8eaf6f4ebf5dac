/*
 * history.h -- a recorded run in memory, with its plan, and the verdict of the oracles on it.
 */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "conf/conf.h"
#include "plan/plan.h"
#include "rep/rep.h"
#include "trace/trace.h"

struct cli_history {
    struct trace_reader *reader; /* owns the header */
    const struct trace_header *header;
    const struct plan *plan;
    struct plan *own_plan; /* NULL when the plan was given */
    struct trace_record *records;
    uint64_t count, chain;
    bool complete; /* it has its closing record */
};

/* Reads a history, binary or NDJSON, or the one in a run's directory. `plan`: the header's plan
 * where the caller has it already, so that it is not read twice; else NULL. `partial`: a missing
 * closing record is no error. */
int cli_history_load(struct cli_history *history, const char *path, const struct plan *plan,
                     bool partial);
void cli_history_free(struct cli_history *history);

/* What the oracles say, in the form of reports. It points into itself: fill it in place and do not
 * copy it. */
struct cli_verdict {
    struct conf_verdict conf;
    struct rep_verdict rep;
    struct rep_check checks[CONF_ORACLE_COUNT];
    struct rep_finding findings[CONF_FINDINGS_MAX];
};

/* The judge, fed while a run goes on or from a history; NULL when out of memory. */
struct cli_judge;
struct cli_judge *cli_judge_new(const struct plan *plan, const struct trace_header *header,
                                bool partial);
void cli_judge_feed(struct cli_judge *judge, const struct trace_record *records, size_t count,
                    uint64_t first);
void cli_judge_finish(struct cli_judge *judge, struct cli_verdict *verdict);
void cli_judge_free(struct cli_judge *judge);
int cli_history_judge(const struct cli_history *history, struct cli_verdict *verdict);

/* The run as reports read it. */
struct rep_run cli_history_run(const struct cli_history *history, const struct cli_verdict *verdict,
                               const char *scenario, const char *replay);

/* The command that looks at this file again: "muster judge 'path'". The caller frees it; NULL when
 * out of memory. */
char *cli_command_line(const char *command, const char *const *words, size_t count);

#endif
