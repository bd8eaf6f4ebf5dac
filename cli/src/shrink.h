/*
 * shrink.h -- `muster shrink`: from a run that breaks a rule to a small scenario that breaks the same.
 *
 * This room is for: what the parts of the command know of each other.
 *
 *   shrink.c         options, the order of things
 *   shrink_run.c     whether a candidate still breaks the same rule: in a child process, many candidates each
 *   shrink_report.c  the file, its story, which faults turn the verdict
 *
 * The same violation is one of the same rule that speaks of the same job or stage: of the first name in its sentence, "'fit' of
 * 'train'". Numbers in a sentence change when something else goes, names do not: what is left keeps its name. A sentence without names
 * stands for its rule alone. That a core crashed, or did not come to an end, is a violation by itself.
 *
 * If the run keeps every rule with the core that is linked in (with --core), or under strict (without), so must each candidate: what is
 * found is then what this core, or this policy, does wrong, and not something that is wrong with the scenario.
 */
#ifndef CLI_SHRINK_H
#define CLI_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

#include "attach.h"
#include "choices.h"
#include "plan/plan.h"
#include "policy.h"
#include "scn/scn.h"
#include "sim/shrink.h"

enum {
    CLI_SHRINK_SENTENCE_MAX = 320,
    CLI_SHRINK_STORY_LINES = 20,
    CLI_SHRINK_STORY_MAX = 8000,
    CLI_SHRINK_FLIPS_MAX = 16,
    CLI_SHRINK_SETS_MAX = 64,
    CLI_SHRINK_PARAMS_MAX = 64
};

/* How a run ended. */
struct cli_shrink_end {
    uint32_t outcome; /* enum conf_outcome */
    int32_t status;   /* 64 and more: it could not be run */
    char rule[16], about[160], sentence[CLI_SHRINK_SENTENCE_MAX];
    uint64_t events;
    int64_t at_ns;
};

/* What is run: under the policy that the plan names, else strict. */
struct cli_scene {
    struct plan *plan;
    uint64_t seed;
    const struct cli_choices *choices; /* NULL: as it comes */
};

enum cli_shrink_reference { CLI_SHRINK_ALONE, CLI_SHRINK_OWN_CORE, CLI_SHRINK_STRICT };
struct cli_shrink {
    /* what was asked */
    const char *file, *policy, *core, *out, *choices_file;
    const char *sets[CLI_SHRINK_SETS_MAX];
    size_t set_count;
    struct scn_param params[CLI_SHRINK_PARAMS_MAX];
    char *param_texts[CLI_SHRINK_PARAMS_MAX];
    size_t param_count;
    struct cli_attach attach;
    int64_t timeout_ns, budget_ns;
    bool quiet;
    /* what is at hand */
    struct cli_scene scene; /* the smallest so far; its plan is owned */
    struct cli_choices choices;
    struct cli_shrink_end wanted;
    enum cli_shrink_reference reference;
    uint64_t events_max; /* a candidate that needs more is none */
    uint64_t first_events, runs;
    uint32_t first_faults, first_jobs, first_executors, first_tasks;
    uint64_t first_steps;
    uint64_t proved[SIM_SHRINK_COUNT], proved_lines, proved_steps;
    bool stopped; /* before it was done */
    bool failed;  /* no process, no memory: it was said */
    int64_t began_ns, shown_ns;
    bool terminal;
};

/* ---- shrink_run.c */
/* Candidate `i`, in the child's process: a plan of its own, seed and choices. False: it is none. */
typedef bool cli_shrink_make_fn(void *ctx, uint32_t i, struct cli_scene *out);
/* The first that still breaks the same; `count` if none does. */
uint32_t cli_shrink_first(struct cli_shrink *shrink, uint32_t count, cli_shrink_make_fn *make, void *ctx);
/* How candidate `i` ends with this core (NULL: the one that is linked in), whatever is wanted; story: NULL, or room for
 * CLI_SHRINK_STORY_MAX. False: it was stopped, or could not be. */
bool cli_shrink_look(struct cli_shrink *shrink, uint32_t i, cli_shrink_make_fn *make, void *ctx, const char *core,
                     struct cli_shrink_end *end, char *story);
bool cli_shrink_same(const struct cli_shrink_end *a, const struct cli_shrink_end *b);
bool cli_shrink_time_left(const struct cli_shrink *shrink);
/* The plan as Lua, malloc'ed; NULL: there are no words for it. */
char *cli_shrink_lua(const struct plan *plan);
/* The plan that this text gives; NULL: it is no scenario. */
struct plan *cli_shrink_read(const char *text);
/* A plan like this one. NULL: out of memory. */
struct plan *cli_shrink_copy(const struct plan *plan);

/* ---- shrink_report.c */
int cli_shrink_write(struct cli_shrink *shrink);

#endif
