/*
 * placement.h -- what a placer is told, and what it may decide: for whoever decides what goes where in the core's stead.
 *
 * This header is for: the view and the decisions, as flat data. It knows nothing of the machines (gang.h), so that a room that may
 *                     not use them can still decide.
 */
#ifndef GANG_PLACEMENT_H
#define GANG_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t gang_ns; /* ns on this machine's own monotonic clock; never wall time */
#define GANG_NEVER INT64_MAX
#define GANG_NONE UINT32_MAX

/* Of one task. gpu_milli: 2000 = two GPUs; below 1000 a share of one address, which others may share (B-60, B-63). */
struct gang_need { uint32_t cores, memory_mib, gpu_milli; };
struct gang_room { uint32_t cores, memory_mib; uint64_t gpu_mask; }; /* what an executor has, or has free */

/*
 * What a placer decides. Whatever is possible is carried out, even if it is a part of a gang, or more than is free: what the
 * driver's books do not have room for is asked for all the same, and the executor refuses it, or has it. What is not possible any
 * more (the rank is placed, the executor gone, the gang over) is left undone, and noted. Refused as a whole, and changing nothing,
 * is only what cannot be understood: a kind, job, stage, rank or executor that does not exist; of a job that is not alive any more
 * only if the plan is of the latest version.
 */
enum gang_decision_kind {
    GANG_DECIDE_NONE = 0,
    GANG_DECIDE_LAUNCH = 1,  /* ranks from `rank` on, `count` of them, on `executor`; and whatever of the gang is held goes with them.
                                count 0: only what is held. A gang goes when all that was asked for it is acknowledged; if it has
                                a `min` and its ranks from 0 on have places, so many at least and no others, with these alone */
    GANG_DECIDE_HOLD = 2,    /* the same ranks are reserved there, without an end, until a LAUNCH or a RELEASE */
    GANG_DECIDE_RELEASE = 3, /* what is held is given back: groups that begin among these ranks; count 0: all */
    GANG_DECIDE_EVICT = 4,   /* what runs is ended, nobody is charged, and it waits again: these ranks; count 0: all, which fences a gang.
                                What is held, or not yet gone, is given back */
    GANG_DECIDE_FAIL = 5,    /* its job is given up: reason */
    GANG_DECIDE_WAKE = 6     /* ask again at at_ns, whatever happens; the last of a plan counts; GANG_NEVER: not */
};
struct gang_decision {
    uint32_t kind, job, stage, rank, count, executor, reason, unused;
    gang_ns at_ns;
};
struct gang_plan {
    uint64_t version; /* of the PLAN_WANTED that it answers */
    uint32_t count;
    const struct gang_decision *list;
};

/* What a placer may know: flat, a copy of the driver's books. */
enum gang_view_state { GANG_VIEW_WAITING = 0, GANG_VIEW_HOLDING = 1, GANG_VIEW_LAUNCHING = 2, GANG_VIEW_RUNNING = 3, GANG_VIEW_ENDING = 4 };
struct gang_view_gang {
    uint32_t job, stage, attempt, kind, state; /* kind: enum gang_stage_kind; state: enum gang_view_state */
    uint32_t size, min, max, together, role, group, constraint; /* size: while it is under way, of the attempt */
    int32_t priority;
    uint32_t attempts_used, failures, losses;
    uint32_t waiting, held, asked, running, done; /* ranks: without a place; held and acknowledged; asked for; under way; ended well */
    uint32_t wait_reason;
    uint64_t order;                            /* of submission */
    gang_ns submitted_ns, queued_ns;           /* queued_ns: since when it is in the queue; GANG_NEVER: it is not */
    struct gang_need need;
    uint32_t first_rank, rank_count;           /* in ranks: those without a place, in order */
    uint32_t first_place, place_count;         /* in places */
};
struct gang_view_place { uint32_t rank, count, executor, state; gang_ns since_ns; }; /* enum gang_view_state */
struct gang_view_executor {
    uint32_t id, incarnation, rack, offered;   /* offered: 0, it drains, is excluded, or owes an answer */
    struct gang_room free, total;
    uint32_t gpu_milli_free;                   /* in all, of shared addresses what is left of them, too */
};
struct gang_placer_view {
    gang_ns now_ns;
    uint64_t version;
    /* The caller's arrays. Gangs that wait come first, in the order of the queue; then those that have places and do not wait. One
     * that was told to give back what is not acknowledged yet is ENDING, and waits again when all of that is. */
    struct gang_view_gang *gangs;         uint32_t gang_count, gang_capacity;
    struct gang_view_place *places;       uint32_t place_count, place_capacity;
    uint32_t *ranks;                      uint32_t rank_count, rank_capacity;
    struct gang_view_executor *executors; uint32_t executor_count, executor_capacity; /* those alive, by id */
    uint32_t waiting;                     /* how many gangs are in the queue */
};

#endif
