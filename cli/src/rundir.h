/*
 * rundir.h -- a run is a directory, and it appears whole or not at all; and files that never appear.
 *
 * Everything is written into a hidden directory beside the final place and renamed when it is
 * complete. An older run of that name is replaced; a directory that holds anything muster did not
 * write is never touched.
 */
#ifndef CLI_RUNDIR_H
#define CLI_RUNDIR_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

/* The files a run may hold: NAME, file name, what is in it. */
/* clang-format off */
#define CLI_FILE_MAP(X) \
    X(HISTORY,  "history.mst",    "every record, binary, with the plan in its header and a chain over all of it") \
    X(VERDICT,  "verdict.json",   "the verdict, each oracle's outcome, the findings, seed and chain") \
    X(STORY,    "story.txt",      "one line a decision, with its reason") \
    X(TIMELINE, "timeline.txt",   "the timeline as the terminal shows it") \
    X(PLOT,     "timeline.gp",    "the timeline's gnuplot program, data included") \
    X(SVG,      "timeline.svg",   "the timeline drawn: who held which slot, and what was wrong meanwhile") \
    X(PNG,      "timeline.png",   "the same as pixels") \
    X(WAIT_GP,  "waiting.gp",     "how long gangs waited, as shares of all; unless all waited alike") \
    X(WAIT_SVG, "waiting.svg",    "the same drawn") \
    X(WAIT_PNG, "waiting.png",    "the same as pixels ('report' only)") \
    X(SKEW_GP,  "skew.gp",        "of each barrier round, how long the first task waited for the last; where there was one") \
    X(SKEW_SVG, "skew.svg",       "the same drawn") \
    X(SKEW_PNG, "skew.png",       "the same as pixels ('report' only)") \
    X(USE_GP,   "utilisation.gp", "what cores and GPUs were doing: running, reserved, idle, lost") \
    X(USE_SVG,  "utilisation.svg", "the same drawn") \
    X(USE_PNG,  "utilisation.png", "the same as pixels ('report' only)") \
    X(JOBS,     "jobs.csv",       "a row a job") \
    X(SLOTS,    "slots.csv",      "a row a task's stay in a slot") \
    X(TAP,      "verdict.tap",    "the verdict for TAP readers ('report' only)") \
    X(JUNIT,    "junit.xml",      "the verdict for JUnit readers ('report' only)") \
    X(NDJSON,   "history.ndjson", "every record as a line of JSON ('report --ndjson' only)")
/* clang-format on */
enum cli_file {
#define X(name, text, doc) CLI_FILE_##name,
    CLI_FILE_MAP(X)
#undef X
        CLI_FILE_COUNT
};
const char *cli_file_name(enum cli_file file);
const char *cli_file_doc(enum cli_file file);

struct cli_rundir {
    char place[PATH_MAX];     /* where it shall appear */
    char temporary[PATH_MAX]; /* where it is until then */
    size_t made;              /* parents beyond this length of `place` were made by us; 0: none */
};

/* All return an exit status, having said what was wrong; 0 is well. */
int cli_rundir_open(struct cli_rundir *dir, const char *place,
                    bool replace); /* replace: to be committed, not merged */
/* Opens a file of the run for writing, writes it with `fill`, and closes it. */
typedef int cli_fill_fn(void *ctx, FILE *out);
int cli_rundir_write(const struct cli_rundir *dir, enum cli_file file, cli_fill_fn *fill,
                     void *ctx);
void cli_rundir_path(const struct cli_rundir *dir, enum cli_file file, char out[static PATH_MAX]);
int cli_rundir_commit(struct cli_rundir *dir); /* the directory appears; an older run is replaced */
int cli_rundir_merge(
    struct cli_rundir *dir); /* its files appear in `place`, which may hold others */
void cli_rundir_abandon(struct cli_rundir *dir); /* nothing of it is left; a no-op when not open */
void cli_rundir_latest(const struct cli_rundir *dir); /* points `latest` beside it to it */
/* A file that only this process reads, in TMPDIR or else /tmp, by a name of its own with `word` in it, which is put into `path`. To be
 * unlinked by the caller. -1 when there can be none; errno says why. */
int cli_rundir_temporary(const char *word, char path[static PATH_MAX]);
void cli_rundir_scrub(void); /* async-signal-safe: removes the one that is open, if any */

#endif
