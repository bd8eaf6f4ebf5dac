/*
 * world.h -- a simulator with its memory, set up from a plan, a policy and a seed: for `run` and
 * `replay`.
 */
#ifndef CLI_WORLD_H
#define CLI_WORLD_H

#include <stdbool.h>

#include "gang/gang.h"
#include "plan/plan.h"
#include "policy.h"
#include "scn/scn.h"
#include "sim/sim.h"
#include "target.h"

struct cli_world {
    struct sim_options options;
    struct trace_header header; /* valid as long as the plan's text and the policy's text */
    struct sim *sim;
    void *memory;
    size_t memory_bytes;
    struct scn_scheduler *scheduler; /* NULL: the core's own; its port is `placer`, so the world must not move */
    struct sim_placer placer;
    struct cli_target *target; /* NULL: none; it goes before any scheduler of the plan */
};

/* An exit status, having said what was wrong. The plan, its text and the policy's text stay the
 * caller's. */
int cli_world_open(struct cli_world *world, const struct gang_api *core, const struct plan *plan,
                   const char *plan_text,
                   const struct gang_policy *policy, const char *policy_text, uint64_t seed);
/* The same, with this child in the place of whoever schedules: it is reset for the run. NULL: as cli_world_open(). */
int cli_world_open_target(struct cli_world *world, const struct gang_api *core, const struct plan *plan, const char *plan_text,
                          const struct gang_policy *policy, const char *policy_text, uint64_t seed, struct cli_target *target);
/* Runs to the end. Between slices `go_on` is asked, unless it is NULL; when it says no, the run ends as interrupted.
 */
typedef bool cli_go_on_fn(void *ctx, const struct sim *sim);
int cli_world_run(struct cli_world *world, cli_go_on_fn *go_on, void *ctx);
void cli_world_close(struct cli_world *world);
/* The same, but what it lived in is the caller's now, to be freed with free(). NULL: there was none. */
void *cli_world_leave(struct cli_world *world, size_t *bytes);

#endif
