/*
 * grant.c -- the cluster manager, where executors come and go with the load.
 *
 * This room is for: processes that the driver gave back, and executors that it asks for.
 * It may include:   record.h, world.h.
 * Never here:       whom the driver gives back, and when it asks: that is the core's.
 *
 * A manager grants what it is asked for, in the way in which its executors come at first (scenarios/src/managers.c): YARN one
 * container after the other, Mesos at its next offer, the others each by itself. Each takes restart_delay, which a manager's
 * own time has set. A machine that is gone for good is granted by nobody, and nobody says so: the driver finds out.
 */
#include "record.h"

#include <string.h>

/* It ends as a process does that was told to; the machine stays as it is. */
void sim_give_back(struct sim *w, uint32_t executor, uint32_t incarnation, uint64_t cause)
{
    struct sim_host *host = &w->hosts[executor];
    if (host->up && host->incarnation != incarnation)
        return; /* another has come meanwhile, and the driver will know */
    host->given_back = 1;
    if (!host->up)
        return;
    host->crash_act = PLAN_NONE;
    w->pulses[executor].cause = cause;
    sim_host_down(w, executor, cause);
}

static bool is_manager(const struct plan *plan, const char *name)
{
    return plan->manager != PLAN_NONE && strcmp(plan_text(plan, plan->manager), name) == 0;
}

static int64_t comes_at(const struct sim *w)
{
    int64_t own_ns = w->plan->setting[PLAN_SET_RESTART_DELAY];
    if (is_manager(w->plan, "yarn"))
        return sim_later(w->granted_ns > w->now_ns ? w->granted_ns : w->now_ns, own_ns);
    if (is_manager(w->plan, "mesos") && own_ns > 0)
        return sim_later(w->now_ns, own_ns - w->now_ns % own_ns);
    return sim_later(w->now_ns, own_ns);
}

void sim_grant(struct sim *w, uint32_t executor, uint64_t cause)
{
    struct sim_host *host = &w->hosts[executor];
    host->given_back = 0;
    w->pulses[executor].cause = cause;
    int64_t at_ns = comes_at(w);
    if (!host->for_good)
        w->granted_ns = at_ns;
    sim_schedule_work(w, at_ns, executor, sim_extra(SIM_RETURN, host->incarnation & SIM_KEY_MASK));
}
