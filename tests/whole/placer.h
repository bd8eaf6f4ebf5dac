/*
 * placer.h -- the simulator's port to a plan's own scheduler, if it has one: what the command does, for tests that run scenarios.
 */
#ifndef WHOLE_PLACER_H
#define WHOLE_PLACER_H

#include "scn/scn.h"
#include "sim/sim.h"

#include <stdio.h>

struct whole_placer {
    struct scn_scheduler *scheduler;
    struct sim_placer port;
};

static inline int whole_ask(void *ctx, const struct gang_placer_view *view, struct sim_decisions *out,
                            struct sim_err *err)
{
    struct scn_err cause;
    if (scn_scheduler_plan(ctx, view, out->list, out->capacity, &out->count, &cause) == SCN_OK)
        return 0;
    (void)snprintf(err->detail, sizeof err->detail, "%s", cause.detail);
    return 1;
}

/* What sim_options.placer is to be; scn_scheduler_free(p->scheduler) when the run is over. */
static inline const struct sim_placer *whole_placer_open(struct whole_placer *p, const struct plan *plan)
{
    struct scn_err err;
    *p = (struct whole_placer){0};
    if (plan->scheduler == PLAN_NONE)
        return NULL;
    p->scheduler = scn_scheduler_new(plan, &err);
    if (p->scheduler == NULL)
        return NULL;
    p->port = (struct sim_placer){whole_ask, p->scheduler};
    return &p->port;
}

#endif
