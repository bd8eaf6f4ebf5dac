/*
 * diff.h -- `muster diff`: what its parts know of each other.
 *
 *   diff.c         the command: options, sides, and the order of things
 *   diff_pairs.c   which scenarios; the pairs, each run and compared in processes of their own
 *   diff_case.c    what these processes do: one side's run into a file; two files compared
 *   diff_report.c  pretty, TSV, JSON
 *
 * A pair is a scenario with a seed, run on both sides; or two runs that somebody has.
 */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include <limits.h>
#include <stdio.h>

#include "cli.h"
#include "rep/beside.h"
#include "runner.h"
#include "scn/scn.h"

enum {
    CLI_DIFF_SIDES = 2,
    CLI_DIFF_SETS_MAX = 64,
    CLI_DIFF_SEEDS_MAX = 65536,
    CLI_DIFF_LABEL_MAX = 240,
    CLI_DIFF_VERDICT_MAX = 160,
    CLI_DIFF_SAID_MAX = 320,
    CLI_DIFF_BATCH_MAX = 32 /* pairs at a time: each holds two open files */
};

struct cli_diff_side {
    const char *policy, *core, *scheduler; /* NULL: the scenario's, the one that is linked in, the scenario's */
    const char *run;                       /* a run that there is already; then nothing else is set */
    const char *sets[CLI_DIFF_SETS_MAX];
    size_t set_count;
    struct scn_param params[SCN_PARAMS_MAX], scheduler_params[SCN_PARAMS_MAX];
    size_t param_count, scheduler_param_count;
    bool named;                     /* something was said of this side alone */
    char label[CLI_DIFF_LABEL_MAX]; /* "A  strict": its letter, and what is different about it */
};

/* ---- what processes send: plain bytes */
struct cli_diff_ran {
    int32_t status; /* CLI_PASS: it ran to its end */
    uint32_t began; /* there is a history, whole or not */
};
struct cli_diff_found {
    int32_t status; /* CLI_PASS: both were read to their ends */
    uint32_t side;  /* else: which was not */
    uint32_t found; /* a decision differs */
    uint32_t plans, seeds; /* theirs differ */
    uint32_t said;  /* what is said of reasons does */
    uint32_t has[CLI_DIFF_SIDES], cut[CLI_DIFF_SIDES]; /* has: a record there; cut: it ended without a closing record */
    uint64_t same, number[CLI_DIFF_SIDES], records[CLI_DIFF_SIDES];
    int64_t at_ns; /* where they part */
    int64_t tally[CLI_DIFF_SIDES][REP_TALLY_ROWS];
    char verdict[CLI_DIFF_SIDES][CLI_DIFF_VERDICT_MAX];
    uint32_t decision_size, story_size; /* of the texts that follow */
};

enum cli_diff_outcome {
    CLI_DIFF_SAME,
    CLI_DIFF_DIFFERS, /* a decision, or only what became of it */
    CLI_DIFF_UNKNOWN, /* alike as far as they go, but not to the end */
    CLI_DIFF_WRONG,   /* a side cannot be run, or a history not be read: `status` */
    CLI_DIFF_OPEN     /* not compared: interrupted */
};
struct cli_diff_pair {
    const char *name, *file; /* as shown, and as it is opened; NULL: two runs */
    uint64_t seed;
    int files[CLI_DIFF_SIDES]; /* where the histories are, -1: nowhere yet */
    bool ran[CLI_DIFF_SIDES], began[CLI_DIFF_SIDES], careful[CLI_DIFF_SIDES], compared;
    bool unread[CLI_DIFF_SIDES]; /* its core has written into its history */
    int status;
    const char *word[CLI_DIFF_SIDES];                /* how a side ended that did not end by itself: "crash"; else NULL */
    char said[CLI_DIFF_SIDES][CLI_DIFF_SAID_MAX];    /* and the sentence */
    char wrong[CLI_DIFF_SAID_MAX];                   /* of WRONG and OPEN */
    enum cli_diff_outcome outcome;
    struct cli_diff_found *found; /* NULL: there is none */
    char *decision, *story;       /* NULL: none */
};

enum cli_diff_format { CLI_DIFF_PRETTY, CLI_DIFF_TSV, CLI_DIFF_JSON };
struct cli_diff_row {
    char *name, *file;
};
struct cli_diff {
    /* what was asked */
    struct cli_diff_side side[CLI_DIFF_SIDES];
    uint64_t *seeds;
    size_t seed_count;
    char *owned[CLI_DIFF_SIDES * 2 * SCN_PARAMS_MAX]; /* parameters, cut at their first = */
    size_t owned_count;
    bool all, quiet, runs;
    uint64_t stories, lines, columns, workers, memory_bytes;
    int64_t timeout_ns;
    enum cli_diff_format format;
    struct rep_terminal terminal;
    /* what came of it */
    struct cli_diff_row *rows;
    size_t row_count;
    struct cli_diff_pair *pairs; /* all that were looked at */
    size_t pair_count, pair_room, pair_total;
    uint64_t of[CLI_DIFF_OPEN + 1], said_alone, stories_told, listed; /* listed: pairs in the JSON so far */
    uint64_t summed;                               /* pairs of which both sides are in `sum`: those that were compared to their ends */
    int64_t sum[CLI_DIFF_SIDES][REP_TALLY_ROWS];
    int64_t began_ns, shown_ns;
    bool interrupted, progress_terminal;
    int status;
};

/* ---- diff_pairs.c: an exit status, having said what was wrong */
int cli_diff_find_rows(struct cli_diff *diff, char **paths, size_t count);
int cli_diff_run_pairs(struct cli_diff *diff); /* reports each as it is compared */
void cli_diff_free(struct cli_diff *diff);

/* ---- diff_case.c: in a process of its own */
void cli_diff_case_side(const struct cli_diff *diff, const struct cli_diff_pair *pair, unsigned side, struct cli_pen *pen);
void cli_diff_case_compare(const struct cli_diff *diff, const struct cli_diff_pair *pair, bool story, struct cli_pen *pen);

/* ---- diff_report.c */
void cli_diff_report_begin(const struct cli_diff *diff);
void cli_diff_report_pair(struct cli_diff *diff, const struct cli_diff_pair *pair);
void cli_diff_report_end(const struct cli_diff *diff);
/* What a side's verdict is called: its rules, or how it ended. */
const char *cli_diff_verdict(const struct cli_diff_pair *pair, unsigned side);
/* Whether a row of the table, or the verdict, differs. */
bool cli_diff_row_changed(const struct cli_diff_pair *pair, unsigned row);
bool cli_diff_verdict_changed(const struct cli_diff_pair *pair);

#endif
