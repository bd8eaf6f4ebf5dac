/*
 * chains.c -- runs a scenario many times in one process and prints one chain.
 *
 * This file is for: tests of determinism. usage: chains FILE.lua SEED COUNT same|sweep same: COUNT
 *                   runs of one seed, in memory that was used before and at changing addresses; all
 *                   chains must be equal. sweep: seeds SEED .. SEED+COUNT-1; the chains are folded
 *                   into one number, so that builds can be compared.
 * It may include:   scn, sim, core, plan.
 * Never here:       clocks, files beyond the scenario.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gang/gang.h"
#include "plan/plan.h"
#include "scn/scn.h"
#include "sim/sim.h"

enum { ALIGNMENT = 64, PLACES = 3 };

static uint64_t run_once(const struct plan *plan, uint64_t seed, void *memory, size_t size,
                         uint64_t *records)
{
    struct sim_err err = {0};
    struct sim_options options = {
        .plan = plan, .core = gang_api(), .policy = gang_policy_strict(), .seed = seed};
    struct sim *sim = sim_init(memory, size, &options, &err);
    bool ended = false;
    while (sim != NULL && !ended)
        if (sim_run(sim, UINT64_C(1) << 20, &ended, &err) != SIM_OK)
            sim = NULL;
    if (sim == NULL) {
        fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, err.detail);
        exit(70);
    }
    *records += sim_records(sim);
    return sim_chain(sim);
}

/* Blocks at different addresses, dirty from the run before: neither may matter. */
static void *take_memory(size_t size, unsigned turn)
{
    static void *places[PLACES];
    void **place = &places[turn % PLACES];
    if (*place == NULL)
        *place = aligned_alloc(ALIGNMENT, size);
    if (*place == NULL)
        exit(69);
    if (turn < PLACES)
        memset(*place, (int)(turn * 0x55), size);
    return *place;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: chains FILE.lua SEED COUNT same|sweep\n");
        return 64;
    }
    uint64_t seed = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10), folded = 0,
             records = 0;
    bool sweep = strcmp(argv[4], "sweep") == 0;
    struct scn_err err = {0};
    struct plan *plan = scn_load(argv[1], NULL, 0, NULL, NULL, &err);
    if (plan == NULL) {
        fprintf(stderr, "%s\n", err.detail);
        return 65;
    }
    struct sim_options options = {.plan = plan, .core = gang_api(), .policy = gang_policy_strict()};
    struct sim_err sim_err = {0};
    size_t size = (sim_size(&options, &sim_err) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t chain =
            run_once(plan, sweep ? seed + i : seed, take_memory(size, (unsigned)i), size, &records);
        if (sweep) {
            folded = folded * UINT64_C(0x9E3779B97F4A7C15) + chain;
        } else if (i > 0 && chain != folded) {
            fprintf(stderr,
                    "run %" PRIu64 " has chain %016" PRIx64 ", before it was %016" PRIx64 "\n", i,
                    chain, folded);
            return 4;
        } else {
            folded = chain;
        }
    }
    plan_free(plan);
    printf("%016" PRIx64 " %" PRIu64 "\n", folded, records / (count > 0 ? count : 1));
    return 0;
}
