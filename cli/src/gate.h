/*
 * gate.h -- `muster check`: what its parts know of each other.
 *
 *   gate.c         the command: options, and the order of things
 *   gate_rows.c    which scenarios, with what said about them; seeds; the baseline
 *   gate_case.c    one case, in a process of its own; what becomes of its verdict
 *   gate_tally.c   what all cases of a row come to
 *   gate_report.c  pretty, TAP, JUnit, GitHub
 *   gate_cover.c   marks and rules that nothing reached
 *
 * A row is a scenario under one policy with one set of parameters. A case is a row with a seed.
 */
#ifndef CLI_GATE_H
#define CLI_GATE_H

#include <limits.h>
#include <stdio.h>

#include "cli.h"
#include "conf/conf.h"
#include "policy.h"
#include "runner.h"
#include "scn/scn.h"
#include "target.h"

enum {
    CLI_GATE_PARAMS_MAX = 32,
    CLI_GATE_SETS_MAX = 64,
    CLI_GATE_FINDINGS_MAX = 6,
    CLI_GATE_SENTENCE_MAX = 400,
    CLI_GATE_STORY_MAX = 6000,
    CLI_GATE_STORY_LINES = 20,
    CLI_GATE_MARKS_MAX = 256,
    CLI_GATE_MARK_TEXT_MAX = 120,
    CLI_GATE_SEEDS_MAX = 256,
    CLI_GATE_FAILURES_MAX = 3, /* kept of each row, with their stories */
    CLI_GATE_REPORTS_MAX = 8
};

enum cli_gate_format {
    CLI_GATE_PRETTY,
    CLI_GATE_TAP,
    CLI_GATE_JUNIT,
    CLI_GATE_GITHUB,
    CLI_GATE_MARKDOWN
};

/* What was said of a row in its scenario's head. */
enum cli_gate_said { CLI_GATE_SAID_NOTHING, CLI_GATE_SAID_THIS, CLI_GATE_SAID_OTHERS };

struct cli_gate_row {
    char *name, *file; /* as shown, and as it is opened */
    char *policy_text; /* canonical */
    struct gang_policy policy;
    struct scn_param params[CLI_GATE_PARAMS_MAX];
    char *param_text[CLI_GATE_PARAMS_MAX],
        *param_words[CLI_GATE_PARAMS_MAX]; /* "name=value" as shown, and cut in two */
    size_t param_count;
    /* The Verdicts line. THIS: of exactly this policy and these parameters. OTHERS: of this policy without --set or --param:
     * what it predicts may happen, and need not. */
    enum cli_gate_said said;
    uint32_t predicted; /* a bit an oracle: those that fail with seed 1 */
    uint32_t elsewhere; /* those that may fail with other seeds */
    bool predicted_unknown;
    unsigned line;                      /* what a complaint points to, from 1 */
    uint64_t seeds[CLI_GATE_SEEDS_MAX]; /* first 1, then those that somebody named */
    size_t seed_count;
    int broken_status; /* its scenario cannot be read: the status, and why */
    char *broken;
    struct cli_gate_tally *tally;
};

/* What a case sends to its parent: plain bytes. */
struct cli_gate_finding {
    char rule[16], sentence[CLI_GATE_SENTENCE_MAX];
    uint64_t record;
    int64_t at_ns;
    uint32_t outcome;
};
struct cli_gate_result {
    int32_t status; /* CLI_PASS: it ran and was judged, whatever the verdict; else why not */
    uint32_t not_applicable; /* a child cannot place in this scenario; nothing was run */
    uint32_t died; /* of this signal, having broken what is said here; 0: it did not */
    uint32_t
        differs; /* run again for its story, it went another way: its chain then is `other_chain` */
    uint64_t broken[CONF_RULE_WORDS], doubted[CONF_RULE_WORDS], unseen,
        marks[CLI_GATE_MARKS_MAX / 64];
    uint64_t chain, other_chain, records;
    char child_said[CLI_GATE_SENTENCE_MAX]; /* of a child: what it did wrong; "": nothing, or there is none */
    uint32_t doubt; /* something is not known that no rule says */
    uint32_t finding_count;
    struct cli_gate_finding findings[CLI_GATE_FINDINGS_MAX];
    char story[CLI_GATE_STORY_MAX]; /* of a case that is not as it must be */
};
/* What the first look at a scenario, and at the core, sends. */
struct cli_gate_look {
    int32_t status;
    uint32_t mark_count; /* at a target: 1 if it is a whole scheduler */
    char text[1024]; /* the policy the scenario asks for, or why it cannot be read */
    char marks[CLI_GATE_MARKS_MAX][CLI_GATE_MARK_TEXT_MAX];
};

enum cli_gate_outcome {
    CLI_GATE_PASSED,
    CLI_GATE_PREDICTED,
    CLI_GATE_TOLERATED,
    CLI_GATE_UNKNOWN,
    CLI_GATE_FAILED,
    CLI_GATE_OUTCOME_COUNT
};
const char *cli_gate_outcome_text(unsigned outcome);

struct cli_gate_failure {
    uint64_t seed;
    int status;
    char what[CLI_GATE_SENTENCE_MAX]; /* one line */
    struct cli_gate_result *result;   /* NULL: there is none */
};
/* What the cases of a row came to. */
struct cli_gate_tally {
    uint64_t count[CLI_GATE_OUTCOME_COUNT], cases, records;
    uint64_t unseen; /* in no case so far; a bit an expectation */
    bool unseen_known;
    uint64_t outside; /* cases that broke a rule which the profile does not claim */
    uint64_t outside_rules[CONF_RULE_WORDS], broken[CONF_RULE_WORDS];
    uint64_t unseen_seed, unknown_seed;
    char unseen_said[CLI_GATE_SENTENCE_MAX];
    char unknown[CLI_GATE_SENTENCE_MAX];
    struct cli_gate_failure failures[CLI_GATE_FAILURES_MAX];
    uint64_t failure_count;
    uint32_t word_bits;
    char words[256]; /* what a baseline would have to tolerate */
    bool not_applicable; /* no case could be run */
    int status;      /* the worst */
    int64_t took_ns;
    enum cli_gate_outcome outcome; /* when all is done */
};

struct cli_gate_base_line {
    char *name, *policy, *words; /* words: oracles and ends of the runner, between blanks */
    char *seen;                  /* those of them that were met, in the same form */
    unsigned line;
    bool met_row;
};
struct cli_gate_baseline {
    const char *file;
    struct cli_gate_base_line *lines;
    size_t count;
    bool all; /* the whole library is looked at: a line of a scenario that is not there is stale */
};

struct cli_gate {
    /* what was asked */
    const char *policy, *core, *target, *scheduler, *profile, *baseline_file, *baseline_write;
    const char *scheduler_params[SCN_PARAMS_MAX]; /* "NAME=VALUE" */
    size_t scheduler_param_count;
    const char *sets[CLI_GATE_SETS_MAX];
    size_t set_count;
    const char *params[CLI_GATE_PARAMS_MAX];
    size_t param_count;
    const char *reports[CLI_GATE_REPORTS_MAX];
    size_t report_count;
    uint64_t seeds[CLI_GATE_SEEDS_MAX];
    size_t seed_count;
    uint64_t fresh_first, fresh_last; /* empty when first > last */
    bool fresh, from_git, fail_fast, allow_unknown, coverage, quiet, axes, every; /* every: whatever Verdicts lines say, of all policies */
    char git_head[64];
    int64_t patience_ms; /* of a target; 0: the usual */
    int64_t budget_ns, timeout_ns; /* budget 0: none */
    uint64_t memory_bytes, jobs;
    enum cli_gate_format format;
    /* what came of it */
    struct cli_gate_row *rows;
    size_t row_count, row_room;
    uint64_t claims[CONF_RULE_WORDS];
    uint8_t rule_oracle[64 * CONF_RULE_WORDS];
    size_t rule_count;
    struct cli_gate_baseline baseline;
    struct cli_gate_look *look; /* at the core */
    uint64_t marks[CLI_GATE_MARKS_MAX / 64];
    struct exec_child *child; /* of the worker that this process is; of a target */
    char child_name[EXEC_NAME_MAX];
    bool child_drives; /* it is a whole scheduler */
    uint64_t rows_of[CLI_GATE_OUTCOME_COUNT], not_run, not_applicable, outside, records;
    uint64_t broken[CONF_RULE_WORDS]; /* rules that some case broke, as predicted or not */
    uint64_t cases;
    int64_t began_ns, took_ns;
    int status;
    size_t next_row, next_seed; /* where the regressions are */
    uint64_t fresh_at,
        fresh_begun; /* behind fresh_first: the seed that is tried, and how many were */
    size_t next_fresh_row;
    bool fresh_over;
    bool stopped, interrupted, progress_shown;
    char **stale; /* sentences about lines of the baseline */
    size_t stale_count;
};

/* ---- gate_rows.c: all return an exit status, having said what was wrong */
int cli_gate_find_rows(struct cli_gate *gate, char **paths, size_t count);
void cli_gate_rows_free(struct cli_gate *gate);
int cli_gate_baseline_read(struct cli_gate *gate);
/* Whether a line tolerates all of these words of this row; marks those that it met. */
bool cli_gate_baseline_tolerates(struct cli_gate *gate, const struct cli_gate_row *row,
                                 const char *const *words, size_t count);
void cli_gate_baseline_stale(struct cli_gate *gate);
int cli_gate_baseline_write(const struct cli_gate *gate);
void cli_gate_baseline_free(struct cli_gate *gate);
/* The name of a row: its scenario, and what is not as a plain run would have it. */
void cli_gate_row_label(const struct cli_gate_row *row, char *out, size_t size);
/* "--param a=b ..." and the policy, as the baseline has them. */
void cli_gate_row_policy(const struct cli_gate_row *row, char *out, size_t size);
char *cli_gate_row_replay(const struct cli_gate *gate, const struct cli_gate_row *row,
                          uint64_t seed); /* the caller frees it */

/* ---- gate_case.c */
void cli_gate_look_at_core(const struct cli_gate *gate, struct cli_pen *pen);
void cli_gate_look_at_scheduler(const struct cli_gate *gate, struct cli_pen *pen);
bool cli_gate_is_foreign(const struct cli_gate *gate); /* somebody else schedules than the scenarios have it */
void cli_gate_look_at_target(const struct cli_gate *gate, struct cli_pen *pen);
void cli_gate_look_at_row(const struct cli_gate *gate, const struct cli_gate_row *row,
                          struct cli_pen *pen);
void cli_gate_case(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed,
                   struct cli_pen *pen);
/* What a verdict means for this row: passed, predicted, unknown or failed, and for the last two why. */
enum cli_gate_outcome cli_gate_judge(const struct cli_gate *gate, const struct cli_gate_row *row,
                                     uint64_t seed, const struct cli_gate_result *result,
                                     char why[static CLI_GATE_SENTENCE_MAX]);
/* The oracles of which a rule in the set belongs, a bit each; their names, as a Verdicts line has them. */
uint32_t cli_gate_oracles(const struct cli_gate *gate, const uint64_t rules[CONF_RULE_WORDS]);
void cli_gate_oracles_text(uint32_t oracles, char *out, size_t size);

/* ---- gate_tally.c */
void cli_gate_count(struct cli_gate *gate, struct cli_gate_row *row, uint64_t seed,
                    const struct cli_runner_report *report);
void cli_gate_finish(struct cli_gate *gate); /* the outcome of each row, and the exit status */

/* ---- gate_report.c */
int cli_gate_write(const struct cli_gate *gate, enum cli_gate_format format, FILE *out);
int cli_gate_write_reports(
    const struct cli_gate *gate); /* --report, the baseline and the step's summary */
bool cli_gate_format_parse(const char *text, enum cli_gate_format *out);
int cli_gate_write_whole(const char *path, const char *bytes,
                         size_t size); /* under a temporary name, then renamed */

/* ---- gate_cover.c */
void cli_gate_coverage(const struct cli_gate *gate, FILE *out);

#endif
