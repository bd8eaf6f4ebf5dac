/*
 * target.h -- `--target exec:'CMD'`: somebody's scheduler as a child process, in the place of whoever schedules.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "exec/exec.h"
#include "exec/scheduler.h"
#include "sim/sim.h"

struct cli_transcript;

/* One child, for one run after the other. */
struct cli_target {
    const char *label; /* as it was given: "exec:CMD"; a history's header has it */
    struct exec_child *child;
    struct exec_placer *placer;
    struct exec_scheduler *scheduler; /* of a run that it drives as a whole */
    struct exec_err err; /* of what went wrong last */
    const char *fault; /* what the run that was begun last came to grief of, in a word, if it was the child: a status of exec.h, or "refused" */
    char said[EXEC_DETAIL_MAX + 128]; /* the sentence of that */
};

/* The command in "exec:CMD"; NULL, with a complaint, if it is none. `word` is the command that has the option. */
const char *cli_target_command(const char *word, const char *label);
/* What a run, or a case, comes to when its child fails: whose fault it is decides. */
int cli_target_status(enum exec_status status);

/* --answer-timeout: what an answer may take of real time; false with a complaint. */
bool cli_target_patience(const char *word, const char *text, int64_t *ms);
/* Starts the child. An exit status, having said what was wrong. ms: of an answer, 0 for what is usual; echo: show its stderr. */
int cli_target_open(struct cli_target *target, const char *label, int64_t ms, bool echo);
/* The same for a child that somebody else has opened, and closes. */
void cli_target_borrow(struct cli_target *target, const char *label, struct exec_child *child);
void cli_target_close(struct cli_target *target, bool borrowed);

/* A run begins: resets the child, and gives the simulator's port to it. The plan must live as long as the run. */
int cli_target_begin(struct cli_target *target, const struct plan *plan, uint64_t seed, struct sim_placer *placer);
/* Whether it is a whole scheduler; one that can be both is. Greets it. An exit status. */
int cli_target_drives(struct cli_target *target, bool *drives);
/* As cli_target_begin(), for one that drives: the options get a core whose driver it is. */
int cli_target_drive(struct cli_target *target, uint64_t seed, struct sim_options *options);
/* Whether a run that the simulator stopped was stopped for the child's fault; then its status, and the sentence in `text`. */
bool cli_target_blame(struct cli_target *target, const struct sim_err *err, int *status, char *text, size_t size);
/* Why somebody else's scheduler cannot be judged by this scenario, a whole one or a placer; NULL: it can. */
const char *cli_target_unfit(const struct plan *plan, bool drives);
/* A run is over, however it went. */
void cli_target_end(struct cli_target *target);

#define CLI_TARGET_PATIENCE "what one answer of that command may take of real time (default 10s, the first 30s)"

/* Every line of a conversation into a file: {"from":"muster"|"child","at":ns,"message":...}, or "garbage", if it is no JSON, each. NULL with a complaint. */
struct cli_transcript *cli_transcript_open(const char *path, struct cli_target *target); /* target: NULL, nobody yet */
void cli_transcript_follow(struct cli_transcript *transcript, struct cli_target *target); /* from now on this child */
int cli_transcript_close(struct cli_transcript *transcript); /* NULL is a no-op */

#endif
