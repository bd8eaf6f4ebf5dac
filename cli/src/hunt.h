/*
 * hunt.h -- `muster hunt`: many seeds of a scenario, each perhaps a variant of it, in search of one that breaks a rule.
 *
 * This room is for: lanes, chunks and rows; what each file of the hunt may ask of the others.
 * It may include:   the oracles, sim and its search, plan; corelib.h, runner.h.
 *
 * A campaign is divided into lanes, by the seed; a lane is run in the order of its seeds, a chunk of them in one process. What a lane
 * has learnt so far (abstract states met, variants that met new ones) decides which variants come next in it, and nothing else does.
 * So each row is the same however many processes, machines or interruptions a campaign had.
 */
#ifndef CLI_HUNT_H
#define CLI_HUNT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "attach.h"
#include "conf/conf.h"
#include "gang/gang.h"
#include "plan/plan.h"
#include "policy.h"
#include "scn/scn.h"
#include "sim/swarm.h"

enum {
    CLI_HUNT_LANES = 64,
    CLI_HUNT_CHUNK = 80, /* seeds a process */
    CLI_HUNT_FIRST = 4,  /* of a lane's first */
    CLI_HUNT_POOL = 32,  /* variants that a lane remembers */
    CLI_HUNT_STATE_BITS = 1 << 16,
    CLI_HUNT_SENTENCE_MAX = 320,
    CLI_HUNT_SETS_MAX = 64,
    CLI_HUNT_PARAMS_MAX = 64,
    CLI_HUNT_TOLD_MAX = 256,
    CLI_HUNT_TRIES = 2 /* who breaks its process that often, alone, does so by itself */
};

/* What became of one seed. Flat: it goes through a pipe, and into the table of runs. */
struct cli_hunt_row {
    uint64_t seed, chain, events, records;
    int64_t virtual_ns;
    uint64_t fingerprint; /* of what was broken: of its rule, and of the sentence without its numbers; 0: nothing was */
    uint64_t unseen;      /* what is to happen sometimes, and did not */
    uint32_t outcome;     /* enum conf_outcome */
    int32_t status;       /* the exit status it stands for; CLI_USAGE and above: it could not be run */
    uint32_t novel;       /* abstract states that its lane had not met before */
    uint32_t oracle;      /* of the rule: enum conf_oracle; CONF_ORACLE_COUNT: none */
    char rule[16];
    char sentence[CLI_HUNT_SENTENCE_MAX];
    struct sim_swarm swarm;
};

struct cli_hunt_lane {
    uint64_t done; /* seeds */
    uint64_t states[CLI_HUNT_STATE_BITS / 64];
    uint32_t pool_count, pool_next;
    struct sim_swarm pool[CLI_HUNT_POOL];
};

struct cli_hunt_scenario {
    char *name, *file;
    struct plan *plan;
    char *plan_text;
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
    struct sim_swarm_range range;                /* of its variants */
    struct cli_hunt_lane *lanes;                 /* CLI_HUNT_LANES */
    uint8_t busy[CLI_HUNT_LANES];                /* a process is at it */
    uint8_t alone[CLI_HUNT_LANES];               /* so many chunks of one seed follow, to find the one that broke its process */
    uint8_t broken[CLI_HUNT_LANES];              /* how often the seed that is next broke its process by itself */
    struct cli_hunt_row *last;                   /* of each lane, to be run again; its records are 0 if there is none */
    uint64_t unseen;                             /* so far in no run */
    uint64_t runs, failed, unknown;
    uint64_t told[CLI_HUNT_TOLD_MAX]; /* fingerprints whose scenario has been written */
    uint32_t told_count;
    bool not_run_told;
};

#define CLI_HUNT_SEEDS_END (UINT64_C(1) << 62) /* the last seed of a campaign that ends by time */

struct cli_hunt_book;
struct cli_hunt {
    /* what was asked */
    const char *policy, *core, *db, *out;
    char db_of_part[PATH_MAX], out_of_part[PATH_MAX];
    uint64_t core_sum; /* of its file: a campaign is of one core */
    const char *sets[CLI_HUNT_SETS_MAX];
    size_t set_count;
    struct scn_param params[CLI_HUNT_PARAMS_MAX];
    char *param_texts[CLI_HUNT_PARAMS_MAX];
    size_t param_count;
    struct cli_attach attach;
    const char *target; /* "exec:CMD"; NULL: none */
    int64_t patience_ms;
    bool target_drives; /* it is a whole scheduler */
    char unfit[NAME_MAX + 1]; /* the scenario that was left out last, if nobody has been told yet, and why */
    const char *unfit_why;
    size_t unfit_count;
    uint64_t first, last; /* seeds */
    uint64_t shard, shards; /* 0 of 1: all lanes */
    uint64_t jobs, events, faults, stop_after, memory_bytes;
    bool swarm, quiet, merge, auto_shard;
    int64_t budget_ns, timeout_ns;
    /* what came of it */
    struct cli_hunt_scenario *scenarios;
    size_t scenario_count, next_scenario;
    struct cli_hunt_book *book;
    uint64_t runs, runs_before, total_events, failures, unknowns, novel, planned;
    int status;
    bool interrupted, over;
    int64_t began_ns, shown_ns, kept_ns;
    bool terminal;
};

/* ---- hunt_run.c: in a process of its own */
/* What a process sends: this, then `count` rows. */
struct cli_hunt_result {
    uint32_t count;
    int32_t status; /* CLI_DIFFERS: a run was not the same in another process, and `rows[0]` is the other one */
    struct cli_hunt_lane lane;
    struct cli_hunt_row rows[CLI_HUNT_CHUNK];
};
size_t cli_hunt_result_size(uint32_t rows);
/* The next `most` seeds of the lane, from its state on. The last row of the chunk before is run again, if there is one. */
void cli_hunt_chunk(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, uint32_t lane, uint32_t most,
                    const struct cli_hunt_row *again, struct cli_hunt_result *result);
uint64_t cli_hunt_lane_seeds(const struct cli_hunt *hunt, uint32_t lane); /* in all */
/* The variant that is next in the lane, for a seed that could not be run. */
void cli_hunt_chosen(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, const struct cli_hunt_lane *lane,
                     struct cli_hunt_row *row);

/* ---- hunt_variant.c */
/* What a seed runs: the variant's plan, with the campaign's limit of events, and its policy. */
struct cli_hunt_variant {
    struct plan plan;
    struct plan *world; /* what most of it is; NULL: the scenario's own */
    struct plan_act *acts;
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
};
void cli_hunt_variant(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, const struct sim_swarm *swarm,
                      struct cli_hunt_variant *out);
void cli_hunt_variant_free(struct cli_hunt_variant *variant);
/* What the scenario's variants are drawn from; its plan and its policy are set. */
struct sim_swarm_range cli_hunt_range(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario);

/* ---- hunt_book.c: the table of runs, in an SQLite file. All return an exit status, having said what was wrong */
struct cli_hunt_group {
    uint32_t scenario;
    uint64_t fingerprint, count;
    struct cli_hunt_row first; /* the one with the fewest events */
};
/* Makes the file, or goes on with what it holds, if that is of the same campaign: lanes and counts are as they were. */
int cli_hunt_book_open(struct cli_hunt *hunt, const char *path, bool go_on);
/* A chunk, whole or not at all. It is durable after the next cli_hunt_book_keep(). */
int cli_hunt_book_put(struct cli_hunt *hunt, uint32_t scenario, uint32_t lane, const struct cli_hunt_lane *state,
                      const struct cli_hunt_row *rows, uint32_t count);
int cli_hunt_book_keep(struct cli_hunt *hunt);
/* Runs, failures and doubts as the file has them. */
int cli_hunt_book_count(struct cli_hunt *hunt);
/* What was broken, each once: the most severe first, then the most frequent. */
int cli_hunt_book_groups(struct cli_hunt *hunt, int (*each)(void *ctx, const struct cli_hunt_group *group), void *ctx);
void cli_hunt_book_close(struct cli_hunt *hunt);
/* One file of several whose lanes are apart. */
int cli_hunt_book_merge(const char *path, char **parts, size_t count);

/* ---- hunt_shard.c: which part of a campaign this process is to do */
/* "3/8", or "auto": from the variables of Slurm, MPI or a Kubernetes indexed job. The first is 1. */
int cli_hunt_shard(const char *text, uint64_t *shard, uint64_t *shards);

/* ---- hunt_report.c */
int cli_hunt_write_case(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario,
                        const struct cli_hunt_row *row, char path[static PATH_MAX]);
int cli_hunt_report(struct cli_hunt *hunt);

#endif
