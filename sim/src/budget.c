/*
 * budget.c -- how much a scenario tolerates: a fault that would be too much does not happen.
 *
 * This room is for: what is hurt now or was hurt in all, against the plan's budgets, and the record of a fault that was withheld.
 * It may include:   record.h, world.h.
 * Never here:       what a fault does (act.c, host.c, afflict.c, wire.c, phoenix.c): each asks here right before it happens.
 *
 * Machines and links are counted while they are hurt: one that is hurt already may be hurt more. Whether a machine is hurt
 * is seen from what ails it, so whatever ends that gives the budget back. Tasks and deaths of the driver are counted for
 * good. To exclude a machine hurts nobody: the core excludes none that a job alive could not do without.
 */
#include "record.h"

/* ---- faults that do not happen */
/* What would take it back stands right behind it, or at least behind it: that has nothing to do either. */
static void withhold_pair(struct sim *w, uint32_t act)
{
    uint32_t pair = w->plan->acts[act].pair;
    for (uint32_t i = act + 1; pair != PLAN_NONE && i < w->plan->act_count; i++)
        if (w->plan->acts[i].pair == pair) {
            w->acts[i].withheld = 1;
            return;
        }
}

static bool withhold(struct sim *w, uint32_t act, uint32_t executor, uint32_t attempt,
                     uint64_t cause)
{
    w->acts[act].withheld = 1;
    withhold_pair(w, act);
    (void)sim_record_fault(w, act, executor, attempt, cause, TRACE_FAULT_WITHHELD);
    return false;
}

static int64_t budget(const struct sim *w, enum plan_setting setting)
{
    return w->plan->setting[setting];
}

/* ---- machines and links: so many at once */
static bool is_hurt(const struct sim *w, uint32_t executor)
{
    const struct sim_host *host = &w->hosts[executor];
    bool away = host->crash_act != PLAN_NONE ||
                host->for_good; /* else it ended by its own hand, and returns so */
    if (!host->up && host->incarnation != PLAN_NONE && away)
        return true;
    if (w->ailments == NULL)
        return false;
    const struct sim_ailment *a = &w->ailments[executor];
    return a->pauses > 0 || a->taken > 0 || a->leaving > 0 || a->dead_gpus != 0 ||
           a->slow_act != PLAN_NONE || a->drift_act != PLAN_NONE;
}

void sim_budget_look(struct sim *w, uint32_t executor)
{
    struct sim_host *host = &w->hosts[executor];
    uint8_t hurt = is_hurt(w, executor);
    if (hurt == host->hurt)
        return;
    host->hurt = hurt;
    assert(hurt || w->machines_hurt > 0);
    w->machines_hurt += hurt ? 1 : UINT32_MAX;
    assert(w->machines_hurt <= budget(w, PLAN_SET_BUDGET_MACHINES));
}

bool sim_budget_machine(struct sim *w, uint32_t act, uint64_t cause)
{
    uint32_t executor = w->plan->acts[act].executor;
    if (w->hosts[executor].hurt || w->machines_hurt < budget(w, PLAN_SET_BUDGET_MACHINES))
        return true;
    return withhold(w, act, executor, TRACE_NONE, cause);
}

bool sim_budget_link(struct sim *w, uint32_t act, bool is_impaired, uint64_t cause)
{
    if (is_impaired || w->wires_impaired + w->peers_impaired < budget(w, PLAN_SET_BUDGET_LINKS))
        return true;
    return withhold(w, act, w->plan->acts[act].executor, TRACE_NONE, cause);
}

/* ---- tasks and the driver: so many in all */
bool sim_budget_task(struct sim *w, uint32_t act, const struct sim_task *task, uint64_t cause)
{
    if (w->tasks_hurt >= budget(w, PLAN_SET_BUDGET_TASKS))
        return withhold(w, act, task->executor, task->attempt, cause);
    w->tasks_hurt++;
    return true;
}

bool sim_budget_driver(struct sim *w, uint32_t act, uint64_t cause)
{
    if (w->driver_deaths >= budget(w, PLAN_SET_BUDGET_DRIVER))
        return withhold(w, act, PLAN_NONE, TRACE_NONE, cause);
    w->driver_deaths++;
    return true;
}

/* What is spent decides only where something can be spent: without budgets, equal states stay equal. */
uint64_t sim_budget_spent(const struct sim *w)
{
    bool tasks = budget(w, PLAN_SET_BUDGET_TASKS) != plan_setting_default(PLAN_SET_BUDGET_TASKS);
    bool driver = budget(w, PLAN_SET_BUDGET_DRIVER) != plan_setting_default(PLAN_SET_BUDGET_DRIVER);
    return (uint64_t)(tasks ? w->tasks_hurt : 0) << 32 | (driver ? w->driver_deaths : 0);
}
