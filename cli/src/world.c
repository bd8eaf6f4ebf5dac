/*
 * world.c -- gives the simulator its memory and turns its errors into sentences.
 *
 * This room is for: sim_init() to sim_end(), in slices.
 * It may include:   sim, core, plan, trace; cli.h.
 * Never here:       what is done with the records.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "cli.h"
#include "scenario.h"
#include "world.h"

enum { SLICE_EVENTS = 1 << 16 };

static int sim_failed(const struct sim_err *err)
{
    switch (err->code) {
    case SIM_E_PLAN:
        return cli_fail(CLI_INPUT, "%s", err->detail);
    case SIM_E_PLACER:
        return cli_fail(CLI_INPUT, "%s", err->detail);
    case SIM_OK:
    case SIM_E_FULL:
    case SIM_E_CORE:
        break;
    }
    return cli_fail(CLI_BUG, "the simulator stopped: %s", err->detail);
}

/* The simulator's port, to the scheduler in Lua. */
static int ask_scheduler(void *ctx, const struct gang_placer_view *view, struct sim_decisions *out,
                         struct sim_err *err)
{
    struct scn_err cause;
    if (scn_scheduler_plan(ctx, view, out->list, out->capacity, &out->count, &cause) == SCN_OK)
        return 0;
    snprintf(err->detail, sizeof err->detail, "%s", cause.detail);
    return 1;
}

static int open_scheduler(struct cli_world *world, const struct plan *plan)
{
    struct scn_err err;
    if (plan->scheduler == PLAN_NONE)
        return CLI_PASS;
    world->scheduler = scn_scheduler_new(plan, &err);
    if (world->scheduler == NULL)
        return cli_scenario_failed(&err);
    world->placer = (struct sim_placer){ask_scheduler, world->scheduler};
    world->options.placer = &world->placer;
    return CLI_PASS;
}

int cli_world_open(struct cli_world *world, const struct gang_api *core, const struct plan *plan,
                   const char *plan_text,
                   const struct gang_policy *policy, const char *policy_text, uint64_t seed)
{
    return cli_world_open_target(world, core, plan, plan_text, policy, policy_text, seed, NULL);
}

/* Who schedules: the child, else whom the plan names, else the core. */
static int open_placer(struct cli_world *world, const struct plan *plan, uint64_t seed)
{
    if (world->target == NULL)
        return open_scheduler(world, plan);
    bool drives = false;
    int status = cli_target_drives(world->target, &drives);
    if (status == CLI_PASS && drives)
        return cli_target_drive(world->target, seed, &world->options);
    if (status == CLI_PASS)
        status = cli_target_begin(world->target, plan, seed, &world->placer);
    world->options.placer = &world->placer;
    return status;
}

int cli_world_open_target(struct cli_world *world, const struct gang_api *core, const struct plan *plan, const char *plan_text,
                          const struct gang_policy *policy, const char *policy_text, uint64_t seed, struct cli_target *target)
{
    struct sim_err err = {0};
    memset(world, 0, sizeof *world);
    world->options =
        (struct sim_options){.plan = plan, .core = core, .policy = *policy, .seed = seed};
    world->target = target;
    int status = open_placer(world, plan, seed);
    if (status != CLI_PASS)
        return status;
    size_t size = sim_size(&world->options, &err);
    if (size == 0) {
        cli_world_close(world);
        return sim_failed(&err);
    }
    world->memory = cli_block(size);
    world->memory_bytes = size;
    if (world->memory == NULL) {
        cli_world_close(world);
        return cli_fail(CLI_MISSING, "the world needs %zu MiB of memory, more than there is",
                        size >> 20);
    }
    world->sim = sim_init(world->memory, size, &world->options, &err);
    if (world->sim == NULL) {
        cli_world_close(world);
        return sim_failed(&err);
    }
    sim_header(&world->options, plan_text, policy_text, &world->header);
    if (target != NULL)
        world->header.target = target->label;
    sim_chain_from(world->sim, trace_chain_start(&world->header));
    return CLI_PASS;
}

/* If a child failed, or what it decided is refused by the driver, that is its fault. */
static int run_failed(struct cli_target *target, const struct sim_err *err)
{
    char text[sizeof err->detail + 128];
    int status;
    if (target != NULL && cli_target_blame(target, err, &status, text, sizeof text))
        return cli_fail((enum cli_exit)status, "%s", text);
    return sim_failed(err);
}

int cli_world_run(struct cli_world *world, cli_go_on_fn *go_on, void *ctx)
{
    struct sim_err err = {0};
    bool ended = false;
    while (!ended) {
        if (go_on != NULL && !go_on(ctx, world->sim)) {
            sim_end(world->sim, TRACE_END_INTERRUPTED);
            return CLI_PASS;
        }
        if (sim_run(world->sim, SLICE_EVENTS, &ended, &err) != SIM_OK)
            return run_failed(world->target, &err);
    }
    return CLI_PASS;
}

void *cli_world_leave(struct cli_world *world, size_t *bytes)
{
    void *memory = world->memory;
    *bytes = memory != NULL ? world->memory_bytes : 0;
    world->memory = NULL;
    cli_world_close(world);
    return memory;
}

void cli_world_close(struct cli_world *world)
{
    free(world->memory);
    scn_scheduler_free(world->scheduler);
    if (world->target != NULL)
        cli_target_end(world->target);
    world->scheduler = NULL;
    world->memory = NULL;
    world->sim = NULL;
}
