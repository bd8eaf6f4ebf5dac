/*
 * explore.h -- every interleaving of a world's moves, depth first.
 *
 * This room is for: the search: a stack of snapshots, a table of fingerprints, and what of both is reported, kept and resumed.
 * It may include:   the C library, sim's public headers.
 * Never here:       the oracles (a judge is a port), clocks, files, what a move means.
 *
 * Nothing is kept of a state but its fingerprint, and of those on the path to the present one a copy. A state is what the world,
 * the core and the judge together will do: two histories that have made no difference for any of them are one.
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include "sim/search.h"

/* Who says what is wrong. Its memory is one block without pointers into itself; what decides its future lies in front. */
struct sim_verdict {
    int status;              /* 0: nothing is wrong; 1..63: the caller's */
    bool doubtful;           /* nothing is wrong as far as can be known: then `status` is not 0 either */
    uint64_t broken, unseen; /* bits of the caller's: what was broken; what must happen in some run, and did not in this one */
};
struct sim_judge {
    void *ctx;
    size_t bytes, live_bytes;
    void (*init)(void *ctx, void *memory);
    void (*feed)(void *judge, const struct trace_record *records, size_t count, uint64_t first);
    bool (*failed)(const void *judge); /* something is broken already, whatever comes */
    uint64_t (*fingerprint)(const void *judge);
    void (*finish)(void *judge, bool ended, struct sim_verdict *verdict); /* of a copy: its findings are worthless afterwards */
};

/* SYMMETRY: sleep sets as well; what goes by whom a plan treats alike (sim_alike_init()), and trusts the core to do so, too. */
enum sim_reduction { SIM_REDUCE_NOTHING = 0, SIM_REDUCE_SLEEP = 1, SIM_REDUCE_SYMMETRY = 2 };
struct sim_explore_options {
    struct sim_options world;
    const struct sim_judge *judge;
    enum sim_timers timers;
    uint32_t early;         /* SIM_TIMERS_ANY: on one path the clock moves so often while something else could happen; without such a
                               bound time alone would make ever new states */
    enum sim_reduction reduction;
    bool go_on;             /* after a finding, to all others; a state with one has no moves */
    uint64_t memory;        /* bytes for table and stack */
    uint64_t states, depth; /* bounds; 0: none */
    void *(*get)(size_t bytes); /* memory for the table, in lines of 64 bytes, freed with free(); NULL: wherever it may lie */
};

/* How it ended. COMPLETE: all there is was looked at, within the bounds of the plan. */
#define SIM_EXPLORED_MAP(X) \
    X(COMPLETE, "complete") X(FOUND, "stopped at what was found") X(STATES, "the bound of states was reached") \
    X(DEPTH, "the bound of depth was reached") X(MEMORY, "the memory was used up") X(STOPPED, "it was stopped") \
    X(ERROR, "the world failed")
enum sim_explored {
#define X(name, text) SIM_EXPLORED_##name,
    SIM_EXPLORED_MAP(X)
#undef X
    SIM_EXPLORED_COUNT
};
const char *sim_explored_text(unsigned how);

/* LIVELOCK: states come again without progress, and whatever could go on all the while does. A complete search finds one if there
 * is any. */
enum sim_finding_kind { SIM_FOUND_NOTHING = 0, SIM_FOUND_DOUBT = 1, SIM_FOUND_SAFETY = 2, SIM_FOUND_END = 3, SIM_FOUND_LIVELOCK = 4 };
struct sim_step { uint32_t kind, who; }; /* of a move, its name */
struct sim_found {
    uint32_t kind;
    struct sim_verdict verdict;
    struct sim_step *path;
    uint64_t steps;
    uint64_t cycle; /* of a livelock: the first step of what comes again */
};
struct sim_explore_stats {
    uint64_t states, transitions, depth, depth_now; /* depth: the longest path so far */
    uint64_t ends, failures, doubts; /* states where the run ends; with a finding; that nobody could judge */
    /* Sets of states that come again: livelocks; those in which something that could go on never does; those with progress. */
    uint64_t lassos, unfair, busy_cycles;
    uint64_t given_up;                       /* with sleep sets, before a state came again and all began anew without */
    uint64_t alike;                          /* moves left out, for they befall somebody like somebody else */
    uint64_t slept, cut;                     /* moves left out, for another order leads there; states whose moves a bound left out */
    uint64_t ends_digest, statuses, broken, unseen; /* ends_digest: a sum of the names of the ends; bit s: status s; unseen: by none */
    uint64_t table_slots, table_bytes, stack_bytes;
    uint64_t state_bytes, whole_bytes; /* stored of a state on the path, on average; a state as a whole, without what nobody asks for */
};

struct sim_explorer;
/* Asked every few thousand moves; false: stop here. */
typedef bool sim_explore_go_on_fn(void *ctx, const struct sim_explore_stats *stats);

struct sim_explorer *sim_explore_new(const struct sim_explore_options *options, struct sim_err *err);
void sim_explore_free(struct sim_explorer *explorer);
/* Goes on from where it is. SIM_EXPLORED_STOPPED and FOUND may be followed by another call. */
enum sim_explored sim_explore_run(struct sim_explorer *explorer, sim_explore_go_on_fn *go_on, void *ctx, struct sim_err *err);
const struct sim_explore_stats *sim_explore_stats(const struct sim_explorer *explorer);
/* Machines and ranks that are like others, and are told apart only by what befalls them. 0 and 0: `*why` says why not, if it was asked for. */
void sim_explore_alike(const struct sim_explorer *explorer, uint32_t *executors, uint32_t *tasks, const char **why);
const struct sim_found *sim_explore_found(const struct sim_explorer *explorer); /* the first, or if there is none the first doubt; NULL: nothing */

/* The moves to where it is, the last one perhaps under way: for when the core has stopped there. malloc'ed; NULL: no memory. */
struct sim_step *sim_explore_path(const struct sim_explorer *explorer, uint64_t *steps);

/* The search as bytes: its table, its numbers, and its stack as a path of moves, which loading walks again. `put` and `get` say
 * false when they cannot. `name`: what is searched and how; one of another name is not loaded. */
typedef bool sim_put_fn(void *ctx, const void *bytes, size_t size);
typedef bool sim_get_fn(void *ctx, void *bytes, size_t size);
bool sim_explore_save(const struct sim_explorer *explorer, uint64_t name, sim_put_fn *put, void *ctx);
/* SIM_E_PLAN: it is none, or of something else; nothing else may be done with the explorer then but to free it. */
enum sim_status sim_explore_load(struct sim_explorer *explorer, uint64_t name, sim_get_fn *get, void *ctx, struct sim_err *err);

#endif
