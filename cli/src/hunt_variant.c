/*
 * hunt_variant.c -- from a variant as bytes to what is run: a plan and a policy.
 *
 * This room is for: which axes of the policy a variant may draw, and what of a variant makes no sense with whoever schedules.
 * It may include:   sim's search, plan; hunt.h.
 * Never here:       which variant a seed gets, and its run (hunt_run.c).
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "hunt.h"

/*
 * The axes whose other value keeps every rule, too: with it a scheduler does the same by other ways, or less soon. Of the others the
 * other value is a bug of Spark's, or allows what strict forbids, and such a core is hunted with --policy or --set. In the order of
 * gang.h, as a policy's text has them.
 */
static const uint8_t axes[] = {GANG_AXIS_LAUNCH, GANG_AXIS_ROUNDS, GANG_AXIS_BLOCKED_HEAD,
                               GANG_AXIS_REPLY,  GANG_AXIS_KILL,   GANG_AXIS_EXCLUSION,
                               GANG_AXIS_OFFERS, GANG_AXIS_FAN_OUT};
_Static_assert(sizeof axes == 8, "a bit each");
enum { AXIS_KILL = 1 << 4 };

/* ---- what is drawn from */
static bool is_strict(const struct gang_policy *policy)
{
    struct gang_policy strict = gang_policy_strict();
    return memcmp(policy, &strict, sizeof strict) == 0;
}

#define CHANGE(name) (UINT32_C(1) << SIM_SWARM_##name)

struct sim_swarm_range cli_hunt_range(const struct cli_hunt *hunt,
                                      const struct cli_hunt_scenario *scenario)
{
    struct sim_swarm_range range = {.faults = (unsigned)hunt->faults,
                                    .world = sim_swarm_changes(scenario->plan)};
    if (!is_strict(&scenario->policy)) {
        /* what does not fit is perhaps waited for without end, and by right */
        range.world &= ~(CHANGE(MACHINES) | CHANGE(CORES) | CHANGE(NEEDS) | CHANGE(TASKS) |
                         CHANGE(COPY) | CHANGE(SMALL));
        return range;
    }
    if (hunt->target != NULL) /* nobody asks it whom the cluster shall ask for */
        range.world &= ~CHANGE(DYNAMIC);
    else if (scenario->plan->scheduler == PLAN_NONE)
        range.axes = sim_swarm_hangs(scenario->plan) ? (uint8_t)~AXIS_KILL : UINT8_MAX;
    return range;
}

/* ---- the plan */
/* A scheduler behind a pipe cannot be brought back, so a variant has its driver live; and a task that ends only when it is forced does so
 * where nobody forces it never. The scenario's own such acts are left out, too. */
static void leave_out(struct plan *plan, uint32_t kind)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (plan->acts[i].kind != kind)
            plan->acts[kept++] = plan->acts[i];
    plan->act_count = kept;
}

/* The plan names its policy, so that its Lua is run with it: the name, which `of` has now, too, though no text of it shows it. */
static uint32_t make_policy(uint8_t drawn, struct plan *of, struct cli_hunt_variant *out)
{
    for (size_t i = 0; i < sizeof axes; i++) {
        size_t used = strlen(out->policy_text);
        enum gang_axis axis = (enum gang_axis)axes[i];
        if ((drawn >> i & 1) == 0)
            continue;
        out->policy.axis[axis] = 1;
        snprintf(out->policy_text + used, sizeof out->policy_text - used, " %s=%s",
                 gang_axis_text(axis), gang_axis_value(axis, 1));
    }
    uint32_t name = plan_name(of, out->policy_text);
    if (name == PLAN_NONE)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    return name;
}

void cli_hunt_variant(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario,
                      const struct sim_swarm *swarm, struct cli_hunt_variant *out)
{
    memset(out, 0, sizeof *out);
    out->policy = scenario->policy;
    memcpy(out->policy_text, scenario->policy_text, sizeof out->policy_text);
    out->acts = calloc(sim_swarm_acts_max(scenario->plan), sizeof *out->acts);
    if (out->acts == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    out->world = sim_swarm_world(scenario->plan, swarm);
    struct plan *of = out->world != NULL ? out->world : scenario->plan;
    uint32_t policy = swarm->axes != 0 ? make_policy(swarm->axes, of, out) : of->policy;
    sim_swarm_plan(of, swarm, out->acts, &out->plan);
    out->plan.policy = policy;
    if (hunt->target_drives)
        leave_out(&out->plan, PLAN_ACT_CRASH_DRIVER);
    if (swarm->axes != 0 && out->policy.axis[GANG_AXIS_KILL] != 0)
        leave_out(&out->plan, PLAN_ACT_IGNORE_KILL);
    if (out->plan.setting[PLAN_SET_EVENTS] > (int64_t)hunt->events)
        out->plan.setting[PLAN_SET_EVENTS] = (int64_t)hunt->events;
}

void cli_hunt_variant_free(struct cli_hunt_variant *variant)
{
    plan_free(variant->world);
    free(variant->acts);
}
