/*
 * simulate.h -- a plan run from beginning to end, with its own scheduler if it has one, before one observer.
 */
#ifndef WHOLE_SIMULATE_H
#define WHOLE_SIMULATE_H

#include "placer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The core of this program; whatever else is asked is in the options. *chain, unless it is NULL: over all records. True: it
 * ended, and was not stopped. */
static inline bool whole_simulate(struct sim_options options, sim_observe_fn *observe, void *ctx, uint64_t *chain)
{
    struct whole_placer placer;
    struct sim_err err = {0};
    bool ended = false;
    options.core = gang_api();
    options.placer = whole_placer_open(&placer, options.plan);
    size_t bytes = sim_size(&options, &err);
    if (bytes == 0)
        fail_msg("%s", err.detail);
    void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    assert_non_null(memory);
    struct sim *sim = sim_init(memory, bytes, &options, &err);
    if (sim == NULL)
        fail_msg("%s", err.detail);
    sim_observer(sim, observe, ctx);
    if (sim_run(sim, UINT64_MAX, &ended, &err) != SIM_OK)
        fail_msg("%s", err.detail);
    if (chain != NULL)
        *chain = sim_chain(sim);
    free(memory);
    scn_scheduler_free(placer.scheduler);
    return ended;
}

#endif
