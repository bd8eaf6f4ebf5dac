/*
 * placer.c -- a scheduler that is not the core's own: it is shown what there is, and the driver is told what it decides.
 *
 * This room is for: the port of sim_options.placer, and the memory that a view needs.
 * It may include:   record.h, world.h.
 * Never here:       decisions; who makes them.
 *
 * Deciding takes no time: the plan is the driver's next event, in the same instant and right after the step that asked for it. The
 * arrays of the view are empty between two events, and no part of a snapshot; what the placer itself remembers is not, either.
 */
#include "record.h"

#include <string.h>

/* Room for a decision of every rank, about who runs and who does not, and some more for each stage. */
uint32_t sim_placer_decisions(const struct sim_options *o, uint64_t tasks)
{
    if (o->placer == NULL)
        return 0;
    uint64_t most = 2 * tasks + 8 * (uint64_t)o->plan->stage_count + 64;
    return most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

/* A placer, or a driver that is not the core's, may spread a gang as it likes, and ask for more than there is. */
uint64_t sim_placer_groups(const struct sim_options *o, uint64_t tasks)
{
    return o->placer != NULL || o->foreign ? 2 * tasks + 16 : 0;
}

static size_t put(size_t *at, size_t bytes)
{
    size_t here = *at;
    *at = here + ((bytes + 63) & ~(size_t)63);
    return here;
}

struct parts {
    size_t gangs, places, ranks, executors, decisions, bytes;
};

static struct parts lay_out(const struct gang_limits *l)
{
    struct parts parts;
    size_t at = 0;
    parts.gangs = put(&at, l->stages * sizeof(struct gang_view_gang));
    parts.places = put(&at, l->groups * sizeof(struct gang_view_place));
    parts.ranks = put(&at, l->tasks * sizeof(uint32_t));
    parts.executors = put(&at, l->executors * sizeof(struct gang_view_executor));
    parts.decisions = put(&at, l->decisions * sizeof(struct gang_decision));
    parts.bytes = at;
    return parts;
}

size_t sim_placer_bytes(const struct gang_limits *limits)
{
    return limits->decisions > 0 ? lay_out(limits).bytes : 0;
}

void sim_placer_init(struct sim *w, const struct sim_options *o, void *memory,
                     const struct gang_limits *l)
{
    char *at = memory;
    struct parts parts = lay_out(l);
    if (o->placer == NULL)
        return;
    w->placer = *o->placer;
    w->has_placer = true;
    w->view =
        (struct gang_placer_view){.gangs = (struct gang_view_gang *)(at + parts.gangs),
                                  .gang_capacity = l->stages,
                                  .places = (struct gang_view_place *)(at + parts.places),
                                  .place_capacity = l->groups,
                                  .ranks = (uint32_t *)(at + parts.ranks),
                                  .rank_capacity = l->tasks,
                                  .executors = (struct gang_view_executor *)(at + parts.executors),
                                  .executor_capacity = l->executors};
    w->decisions = (struct gang_decision *)(at + parts.decisions);
    w->decisions_max = l->decisions;
}

bool sim_placer_check(const struct sim_options *o, struct sim_err *err)
{
    for (uint32_t i = 0; i < o->plan->stage_count && o->placer == NULL && !o->foreign; i++) {
        const struct plan_stage *s = &o->plan->stages[i];
        bool fewer = s->kind == PLAN_STAGE_BARRIER && s->min < s->tasks;
        if (s->together == 0 && !fewer)
            continue;
        err->code = SIM_E_PLAN;
        (void)snprintf(err->detail, sizeof err->detail,
                       "stage '%s' of job '%s': %u of its tasks start together, and the built-in "
                       "placer starts %s; name a scheduler, or leave its min out",
                       plan_text(o->plan, s->name), plan_text(o->plan, o->plan->jobs[s->job].name),
                       fewer ? s->min : s->together,
                       fewer ? "a gang only as a whole" : "each when it fits");
        return false;
    }
    return true;
}

void sim_place(struct sim *w)
{
    struct sim_err err = {.code = SIM_E_PLACER, .detail = ""};
    struct gang_err cause;
    struct gang_plan plan = {.list = w->decisions};
    struct gang_event ev = {.kind = GANG_EV_PLAN, .plan = &plan};
    w->plan_wanted = false;
    if (w->driver_down || w->stopped)
        return;
    if (w->core->driver_view(w->driver, &w->view, &cause) != GANG_OK) {
        sim_fail(w, SIM_E_CORE, "the driver does not say what there is: %s", cause.detail);
        return;
    }
    struct sim_decisions out = {w->decisions, 0, w->decisions_max};
    if (w->placer.plan(w->placer.ctx, &w->view, &out, &err) != 0) {
        sim_fail(w, SIM_E_PLACER, "%s", err.detail);
        return;
    }
    assert(out.count <= out.capacity);
    plan.version = w->view.version;
    plan.count = out.count;
    sim_step_driver(w, &ev);
}
