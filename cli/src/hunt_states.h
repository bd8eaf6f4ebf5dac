/*
 * hunt_states.h -- what a run went through, roughly: abstract states, as bits.
 *
 * This room is for: one word for the phases of all gangs, the rounds they are in, how full the cluster is and which faults
 *                   are under way.
 * It may include:   plan and trace, as data.
 */
#ifndef CLI_HUNT_STATES_H
#define CLI_HUNT_STATES_H

#include "plan/plan.h"
#include "trace/trace.h"

enum { CLI_STATES_STAGES_MAX = 64 };

struct cli_states {
    const struct plan *plan;
    uint64_t *seen;  /* `bits` of them */
    uint32_t bits;
    uint32_t novel;  /* bits set by this run that were not */
    uint64_t gangs;  /* the sum of what all gangs are in */
    uint64_t faults; /* kinds that have happened */
    uint32_t running;
    uint8_t phase[CLI_STATES_STAGES_MAX], round[CLI_STATES_STAGES_MAX], attempt[CLI_STATES_STAGES_MAX];
};

void cli_states_begin(struct cli_states *states, const struct plan *plan, uint64_t *seen, uint32_t bits);
void cli_states_feed(struct cli_states *states, const struct trace_record *records, size_t count);

#endif
