/*
 * swarm_world.h -- what swarm.c needs of swarm_world.c.
 */
#ifndef SIM_SEARCH_SWARM_WORLD_H
#define SIM_SEARCH_SWARM_WORLD_H

#include "sim/swarm.h"

/* The settings that the variant changes, its order and slack included. */
void sim_swarm_settings(const struct sim_swarm *swarm, struct plan *out);

/* Whether tasks meet out of the scheduler's sight: who waits there for a job that is gone waits for ever. */
bool sim_swarm_meets(const struct plan *plan);

#endif
