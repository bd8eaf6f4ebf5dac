/*
 * history.h -- a recorded run in memory, with its plan, and the verdict of the oracles on it.
 */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "conf/conf.h"
#include "plan/plan.h"
#include "progress.h"
#include "rep/rep.h"
#include "trace/trace.h"

struct cli_history {
    struct trace_reader *reader; /* owns the header */
    const struct trace_header *header;
    const struct plan *plan;
    struct plan *own_plan; /* NULL when the plan was given */
    char *path;
    bool partial;                 /* a missing closing record is no error */
    bool complete;                /* the closing record was read */
    uint64_t total, chain;        /* read so far; the chain over them */
    struct trace_record *records; /* the first `kept` of them */
    uint64_t kept, room;          /* how many there are, and how many there is memory for */
    struct rep_shared *shared; /* what reports know of them; NULL if there was no memory for it */
};

/* How many records are kept for reports unless the person says otherwise: 4 GiB of them. */
#define CLI_RECORDS_DEFAULT (UINT64_C(1) << 26)

/* Opens a history, binary or NDJSON, or the one in a run's directory. `plan`: the header's plan
 * where the caller has it already, so that it is not read twice; else NULL. */
int cli_history_open(struct cli_history *history, const char *path, const struct plan *plan,
                     bool partial);
/* Up to `max` more records. *count == 0: that was all, and a binary file's chain is right. */
int cli_history_next(struct cli_history *history, struct trace_record *records, size_t max,
                     size_t *count);
/* Reads to the end; keeps the first `keep` records; hands all of them to the judge, and says how far it is, if there is one to do so. */
struct cli_judge;
int cli_history_read(struct cli_history *history, uint64_t keep, struct cli_judge *judge,
                     struct cli_progress *progress);
/* Before they are read: there will be so many records. `memory`, to be freed with free(), is theirs from here on, or is given back
 * now if it is too small for them, or much too large. What the system hands out anew it must clear first, which takes as long as reading. */
void cli_history_expect(struct cli_history *history, uint64_t records, void *memory, size_t bytes);
void cli_history_free(struct cli_history *history);

/* Records of a run in memory, as many as a story is told of. Zeroed, it is empty; free(records). */
enum { CLI_KEPT_MAX = 1 << 22 }; /* 256 MiB */
struct cli_kept {
    struct trace_record *records;
    uint64_t count, room;
};
void cli_keep(struct cli_kept *kept, const struct trace_record *records, size_t count); /* whole batches, while there is room */

/* What the oracles say, in the form of reports. It points into itself: fill it in place and do not
 * copy it. */
struct cli_verdict {
    struct conf_verdict conf;
    struct rep_verdict rep;
    struct rep_check checks[CONF_ORACLE_COUNT];
    struct rep_finding findings[CONF_FINDINGS_MAX];
};

/* The judge, fed while a run goes on or from a history; NULL, with a complaint, when out of memory.
 */
struct cli_judge *cli_judge_new(const struct plan *plan, const struct trace_header *header,
                                bool partial);
void cli_judge_feed(struct cli_judge *judge, const struct trace_record *records, size_t count,
                    uint64_t first);
void cli_judge_finish(struct cli_judge *judge, struct cli_verdict *verdict);
/* As if the history ended here, and as unfinished as it is; the judge may be fed on. False: out of memory. */
bool cli_judge_peek(const struct cli_judge *judge, struct cli_verdict *verdict);
bool cli_judge_failed(const struct cli_judge *judge); /* a rule of safety is broken already */
void cli_judge_free(struct cli_judge *judge);
/* Reads a history to the end and judges it. progress: NULL, or begun. */
int cli_history_judge(struct cli_history *history, uint64_t keep, struct cli_progress *progress,
                      struct cli_verdict *verdict);

/* The run as reports read it. */
struct rep_run cli_history_run(const struct cli_history *history, const struct cli_verdict *verdict,
                               const char *scenario, const char *replay);

/* The command that looks at this file again: "muster judge 'path'". The caller frees it; NULL when
 * out of memory. */
char *cli_command_line(const char *command, const char *const *words, size_t count);

#endif
