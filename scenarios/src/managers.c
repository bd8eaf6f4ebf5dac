/*
 * managers.c -- cluster managers, as the table of what they set: when executors arrive, when one
 * comes back, and what a removed one is granted.
 *
 * This room is for: the cluster's fields manager, every and pending.
 * It may include:   the C library, Lua, host.h.
 * Never here:       anything that a run would have to know: all of it is in the plan's rows.
 *
 * A manager is no machine of its own here. What distinguishes them for a gang scheduler is how its
 * executors come (at once, one after the other, late) and how long they stay away.
 */
#include "host.h"

#include <string.h>

enum arrival { AT_ONCE, ONE_BY_ONE, ALL_LATER, IN_TURNS };

static const struct manager {
    const char *name, *field; /* its own field of cluster; NULL: none */
    plan_ns usual_ns;         /* of that field */
    enum arrival arrival;
    bool is_graceful; /* drain() without a time grants kill_grace */
    const char *doc;
} managers[] = {
    {"standalone", NULL, 0, AT_ONCE, false, "executors are there at once"},
    {"yarn", "every", PLAN_SECOND, ONE_BY_ONE, false,
     "container by container: executor n is granted n times `every` later; one that ended by its "
     "own hand comes back after `every`"},
    {"kubernetes", "pending", 3 * PLAN_SECOND, ALL_LATER, true,
     "pods: each is pending for `pending` first, also when it comes back; drain(e) without a time "
     "lets a removed one terminate for kill_grace"},
    {"mesos", "every", PLAN_SECOND, IN_TURNS, false,
     "offers: what has come is offered at the next turn, and turns are at whole multiples of "
     "`every`; one that ended by its own hand is offered again after `every`"},
};
enum { MANAGERS = sizeof managers / sizeof *managers };

const char *scn_manager(size_t index, const char **doc)
{
    if (index >= MANAGERS)
        return NULL;
    *doc = managers[index].doc;
    return managers[index].name;
}

static uint32_t find(lua_State *L, int index)
{
    const char *names[MANAGERS], *text = scn_text(L, index, "cluster: manager");
    for (uint32_t i = 0; i < MANAGERS; i++) {
        names[i] = managers[i].name;
        if (strcmp(names[i], text) == 0)
            return i;
    }
    scn_fail(L, "cluster: there is no manager '%s'%s", text, scn_suggest(L, text, names, MANAGERS));
}

/* every and pending belong to a manager. */
static void refuse_other(lua_State *L, const struct manager *manager, const char *field,
                         int64_t value)
{
    if (value == SCN_ABSENT ||
        (manager != NULL && manager->field != NULL && strcmp(manager->field, field) == 0))
        return;
    if (manager == NULL)
        scn_fail(L, "cluster: %s goes with a manager; write manager = \"%s\"", field,
                 strcmp(field, "every") == 0 ? "yarn" : "kubernetes");
    if (manager->field == NULL)
        scn_fail(L, "cluster: %s has no meaning for %s; leave it out", field, manager->name);
    scn_fail(L, "cluster: %s has no meaning for %s, which has %s", field, manager->name,
             manager->field);
}

void scn_read_manager(lua_State *L, int table, int64_t every, int64_t pending)
{
    struct scn_host *host = scn_host(L);
    const struct manager *manager = NULL;
    if (lua_getfield(L, table, "manager") != LUA_TNIL) {
        uint32_t which = find(L, lua_gettop(L));
        manager = &managers[which];
        host->manager = which + 1;
        host->manager_ns = manager->usual_ns;
    }
    lua_pop(L, 1);
    refuse_other(L, manager, "every", every);
    refuse_other(L, manager, "pending", pending);
    if (every != SCN_ABSENT)
        host->manager_ns = every;
    if (pending != SCN_ABSENT)
        host->manager_ns = pending;
}

bool scn_manager_is_graceful(const struct scn_host *host)
{
    return host->manager != 0 && managers[host->manager - 1].is_graceful;
}

/* An executor can only be too late: the plan's check says so. */
static plan_ns arrival(const struct scn_host *host, uint32_t executor, plan_ns at_ns)
{
    plan_ns own_ns = host->manager_ns;
    switch (host->manager == 0 ? AT_ONCE : managers[host->manager - 1].arrival) {
    case ONE_BY_ONE:
        return executor > 0 && own_ns > PLAN_TIME_MAX / executor ? PLAN_NEVER
                                                                 : at_ns + executor * own_ns;
    case ALL_LATER:
        return at_ns + own_ns;
    case IN_TURNS: /* what comes right at a turn has missed it */
        return own_ns == 0 ? at_ns : (at_ns / own_ns + 1) * own_ns;
    case AT_ONCE:
        break;
    }
    return at_ns;
}

void scn_deliver_manager(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    struct plan *plan = host->plan;
    if (host->manager == 0)
        return;
    const struct manager *manager = &managers[host->manager - 1];
    plan->manager = plan_name(plan, manager->name);
    if (plan->manager == PLAN_NONE) {
        host->status = SCN_E_MEMORY;
        scn_fail(L, SCN_MARK ": out of memory while the plan is made");
    }
    if (manager->field != NULL && !host->is_set[PLAN_SET_RESTART_DELAY])
        plan->setting[PLAN_SET_RESTART_DELAY] = host->manager_ns;
    for (uint32_t i = 0; i < plan->executor_count; i++)
        plan->executors[i].arrives_ns = arrival(host, i, plan->executors[i].arrives_ns);
}
