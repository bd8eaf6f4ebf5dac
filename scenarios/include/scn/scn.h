/*
 * scn.h -- a Lua scenario becomes a plan.
 *
 * This room is for: the Lua host: vocabulary, sandbox, errors with file, line, field, range, value
 *                   and nearest name.
 * It may include:   the C library, Lua, the plan, trace/trace.h for the names of record kinds and
 *                   reasons only, and gang/placement.h for what a scheduler is shown and decides.
 * Never here:       the simulator, the oracles, the core.
 */
#ifndef SCN_SCN_H
#define SCN_SCN_H

#include "gang/placement.h"
#include "plan/plan.h"

enum scn_status {
    SCN_OK = 0,
    SCN_E_INPUT = -1,   /* the scenario is wrong: the detail says where and what to do */
    SCN_E_MISSING = -2, /* no such file */
    SCN_E_USAGE = -3,   /* a --param the scenario does not have, or a bad value for one */
    SCN_E_MEMORY = -4
};
struct scn_err {
    enum scn_status code;
    char detail[1024];
}; /* one line, "file:line: ..." first, no newline at the end */
struct scn_param {
    const char *name, *value;
}; /* --param name=value */
struct scn_limits {
    uint64_t steps;
    size_t bytes;
}; /* 0: the defaults, 2e9 VM instructions and 2 GiB */
/* What a trace in the Standard Workload Format has: NAME, key of Lua, what is said of so many. The first five are left out; of those
 * that are run the others are told. */
#define SCN_SWF_MAP(X) \
    X(PARTIAL, partial, "parts of a job whose whole has a line of its own (status 2, 3, 4)") \
    X(NEVER_BEGAN, never_began, "cancelled before they began") \
    X(NO_SUBMIT, no_submit, "without a time of submission") \
    X(NO_RUN, no_run, "without a run time") \
    X(NO_PROCESSORS, no_processors, "without a number of processors") \
    X(CANCELLED, cancelled, "cancelled, after the time they ran") \
    X(FAILED, failed, "failed, after the time they ran") \
    X(INSTANT, instant, "with a run time of 0s") \
    X(OTHER, other, "with the processors of the other column (allocated, requested)") \
    X(FOLLOWING, following, "submitted a think time after their preceding job has ended") \
    X(PRECEDING, preceding, "with a preceding job, for which they do not wait: they come at their time of submission")
enum {
#define X(NAME, key, text) SCN_SWF_##NAME,
    SCN_SWF_MAP(X)
#undef X
    SCN_SWF_COUNT
};
struct scn_swf {
    int64_t lines, jobs; /* without comments; of them those that are run */
    int64_t max_procs, max_nodes, unix_start; /* of its header; -1: not said */
    int64_t count[SCN_SWF_COUNT];
};
/* What a scenario offers, for help: filled while it runs, as far as it got. */
enum { SCN_PARAMS_MAX = 32 };
struct scn_param_info {
    char name[40], value[80], doc[160], allowed[160];
}; /* value: the default; allowed: "" if any */
struct scn_info {
    char summary[4096]; /* the comment block it opens with */
    size_t param_count;
    struct scn_param_info params[SCN_PARAMS_MAX]; /* in the order of its param() calls */
    char notes[2048];   /* what was left out of its traces: a line each; "": nothing */
    struct scn_swf swf; /* of its last trace in this format; all 0: there is none */
};

/* Runs the file once and returns the checked plan (plan_free() it), or NULL with *err filled. */
struct plan *scn_load(const char *path, const struct scn_param *params, size_t param_count,
                      const struct scn_limits *limits, struct scn_info *info, struct scn_err *err);
/* The same, as if this text stood in a file of that name. */
struct plan *scn_load_text(const char *path, const char *text, const struct scn_param *params, size_t param_count,
                           const struct scn_limits *limits, struct scn_info *info, struct scn_err *err);

/*
 * The scheduler of a plan that has one (plan->scheduler), brought to life from the text in it; NULL with *err filled. The plan must
 * outlive it. A plan whose scenario names none can be given one: the file's text, and these parameters, become part of it.
 */
struct scn_scheduler;
struct scn_scheduler *scn_scheduler_new(const struct plan *plan, struct scn_err *err);
/* Asks for a plan; SCN_OK, or err says what is wrong. The same views give the same plans. */
enum scn_status scn_scheduler_plan(struct scn_scheduler *scheduler, const struct gang_placer_view *view, struct gang_decision *out,
                                   uint32_t capacity, uint32_t *count, struct scn_err *err);
void scn_scheduler_free(struct scn_scheduler *scheduler); /* NULL is a no-op */
enum scn_status scn_scheduler_attach(struct plan *plan, const char *path, const struct scn_param *params, size_t param_count,
                                     struct scn_err *err);

/* The registry of words a scenario may use: for `muster help scenario`. */
struct scn_word {
    const char *name, *form, *doc;
};
const struct scn_word *scn_words(size_t *count);
/* The cluster managers, from 0 on: a name and what it means; NULL behind the last. */
const char *scn_manager(size_t index, const char **doc);

#endif
