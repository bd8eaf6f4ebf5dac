/*
 * why.h -- the parts of `muster why` share one fold at a time T and what was computed from it.
 *
 * This room is for: why.c (phases, timers), why_room.c (room and what ails executors), why_until.c (holders, until when).
 * It may include:   rep_private.h, trace_state.h.
 */
#ifndef REP_WHY_H
#define REP_WHY_H

#include "rep_private.h"
#include "trace/trace_state.h"

enum { WHY_TOLD_MAX = 12, WHY_GPUS = 64 }; /* rows of one list: holders, executors, ranks */

/* What is gone of an executor besides what tasks hold, as of T. Times are TRACE_NEVER where they do not apply. */
struct why_executor {
    int64_t cores_held, memory_held_mib; /* by tasks and reservations */
    int64_t cores_taken;                 /* by somebody outside (take) */
    uint16_t gpu_milli_held[WHY_GPUS];
    uint64_t gpus_lost;                                           /* by address */
    int64_t taken_ns, paused_ns, drained_ns, excluded_ns, cut_ns; /* since when */
    uint64_t taken, paused, drained, excluded, cut;               /* by which record */
};

struct why {
    const struct rep_run *run;
    const struct plan *plan;
    struct trace_shape shape;
    void *shape_memory, *state_memory;
    struct trace_state *state;
    struct why_executor *executors; /* NULL until why_room_open() */
    FILE *out;
    uint32_t job, stage, gang;
    int64_t at_ns;
    uint64_t next; /* records taken */
};

const struct trace_rank *why_rank(const struct why *w, uint32_t gang, uint32_t rank);
const struct trace_stage *why_stage(const struct why *w, uint32_t gang);
bool why_is_alive(const struct trace_rank *rank);
bool why_is_holding(const struct trace_rank *rank); /* alive or reserved */
void why_put_at(FILE *out, int64_t ns);
/* Whether the run's policy has this axis at its other value: "launch_deadline", "off". */
bool why_policy_has(const struct why *w, const char *axis, const char *spark);

/* Room. why_room_open() computes it; REP_E_MEMORY. */
enum rep_status why_room_open(struct why *w, struct rep_err *err);
void why_put_room(
    const struct why
        *w); /* how many slots there are, what is missing by resource, executor by executor */
void why_put_ailing(const struct why *w); /* what is wrong with the machines of its tasks */

/* Who holds slots, since and until when. */
enum rep_status why_put_holders(const struct why *w, struct rep_err *err);

#endif
