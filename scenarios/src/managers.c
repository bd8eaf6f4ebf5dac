/*
 * managers.c -- cluster managers, as the table of what they set: when executors arrive, when one
 * comes back, and what a removed one is granted.
 *
 * This room is for: the cluster's fields manager, every, grants, declined, refuse and pending.
 * It may include:   the C library, Lua, host.h.
 * Never here:       anything that a run would have to know: all of it is in the plan's rows.
 *
 * A manager is no machine of its own here. What distinguishes them for a gang scheduler is how its
 * executors come (at once, one after the other, late, each after so many declined offers) and how
 * long they stay away. What is drawn for an executor is keyed by it, so the other executors of a
 * cluster draw what they would draw without it.
 */
#include "host.h"

#include <string.h>

enum arrival { AT_ONCE, ONE_BY_ONE, ALL_LATER, IN_TURNS };
enum { PERMILLE = 1000, DECLINES_MAX = 64 };

static const struct manager {
    const char *name;
    unsigned fields; /* its own fields of cluster: bits by enum scn_manager_field */
    const char *has; /* the same, told */
    plan_ns usual_ns; /* of `every` or `pending` */
    enum arrival arrival;
    bool is_graceful; /* drain() without a time grants kill_grace */
    const char *doc;
} managers[] = {
    {"standalone", 0, "", 0, AT_ONCE, false, "executors are there at once"},
    {"yarn", 1u << SCN_M_EVERY | 1u << SCN_M_GRANTS, "every and grants", PLAN_SECOND, ONE_BY_ONE, false,
     "container by container: at each heartbeat, `every` apart, `grants` (1) of them are granted, executor 0 first; one "
     "that ended by its own hand comes back after `every`"},
    {"kubernetes", 1u << SCN_M_PENDING, "pending", 3 * PLAN_SECOND, ALL_LATER, true,
     "pods: each is pending for `pending` first, also when it comes back; with pending = { \"2s\", \"8s\" } each draws its "
     "own time; drain(e) without a time lets a removed one terminate, on its resources, for kill_grace"},
    {"mesos", 1u << SCN_M_EVERY | 1u << SCN_M_DECLINED | 1u << SCN_M_REFUSE, "every, declined and refuse", PLAN_SECOND,
     IN_TURNS, false,
     "offers: what has come is offered at the next turn, and turns are at whole multiples of "
     "`every`; one that ended by its own hand is offered again after `every`; of all offers the share `declined` (0) is "
     "declined, and each of them is made again only after `refuse` (5s)"},
};
enum { MANAGERS = sizeof managers / sizeof *managers };

static const char *const field_names[SCN_M_COUNT] = {
    [SCN_M_EVERY] = "every",   [SCN_M_GRANTS] = "grants",   [SCN_M_DECLINED] = "declined",
    [SCN_M_REFUSE] = "refuse", [SCN_M_PENDING] = "pending",
};

const char *scn_manager(size_t index, const char **doc)
{
    if (index >= MANAGERS)
        return NULL;
    *doc = managers[index].doc;
    return managers[index].name;
}

/* ---- reading */
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

/* The first manager that has it. */
static const char *owner_of(enum scn_manager_field field)
{
    uint32_t i = 0;
    while ((managers[i].fields >> field & 1) == 0)
        i++;
    return managers[i].name;
}

static void refuse_other(lua_State *L, const struct manager *manager, enum scn_manager_field field)
{
    const char *name = field_names[field];
    if (manager == NULL)
        scn_fail(L, "cluster: %s goes with a manager; write manager = \"%s\"", name, owner_of(field));
    if ((manager->fields >> field & 1) != 0)
        return;
    if (manager->fields == 0)
        scn_fail(L, "cluster: %s has no meaning for %s; leave it out", name, manager->name);
    scn_fail(L, "cluster: %s has no meaning for %s, which has %s", name, manager->name, manager->has);
}

/* "3s", or { "2s", "8s" }; the value is at the top, and stays there. */
static void read_pending(lua_State *L, struct scn_manager_of *of)
{
    static const struct scn_field time = {"pending", SCN_TIME, SCN_REQUIRED, 0, PLAN_DAY, NULL};
    int at = lua_gettop(L);
    if (lua_type(L, at) != LUA_TTABLE) {
        of->ns = of->most_ns = scn_value(L, at, "cluster", &time);
        return;
    }
    scn_fields(L, at, "cluster: pending", NULL, 0, true, NULL);
    if (lua_rawlen(L, at) != 2)
        scn_fail(L, "cluster: pending has %d times, must be one, or two: pending = { \"2s\", \"8s\" }",
                 (int)lua_rawlen(L, at));
    lua_rawgeti(L, at, 1);
    of->ns = scn_value(L, at + 1, "cluster", &time);
    lua_rawgeti(L, at, 2);
    of->most_ns = scn_value(L, at + 2, "cluster", &time);
    lua_settop(L, at);
    if (of->most_ns < of->ns)
        scn_fail(L, "cluster: pending has its longer time first; swap them");
}

static void read_own(lua_State *L, int table, struct scn_manager_of *of, const struct manager *manager,
                     const int64_t *values)
{
    for (int i = 0; i < SCN_M_PENDING; i++)
        if (values[i] != SCN_ABSENT)
            refuse_other(L, manager, (enum scn_manager_field)i);
    if (values[SCN_M_EVERY] != SCN_ABSENT)
        of->ns = of->most_ns = values[SCN_M_EVERY];
    if (values[SCN_M_GRANTS] != SCN_ABSENT)
        of->grants = values[SCN_M_GRANTS];
    if (values[SCN_M_DECLINED] != SCN_ABSENT)
        of->declined = values[SCN_M_DECLINED];
    if (values[SCN_M_REFUSE] != SCN_ABSENT)
        of->refuse_ns = values[SCN_M_REFUSE];
    if (lua_getfield(L, table, field_names[SCN_M_PENDING]) != LUA_TNIL) {
        refuse_other(L, manager, SCN_M_PENDING);
        read_pending(L, of);
    }
    lua_pop(L, 1);
}

void scn_read_manager(lua_State *L, int table, const int64_t *values)
{
    struct scn_host *host = scn_host(L);
    const struct manager *manager = NULL;
    struct scn_manager_of of = {.grants = 1, .refuse_ns = 5 * PLAN_SECOND};
    if (lua_getfield(L, table, "manager") != LUA_TNIL) {
        uint32_t which = find(L, lua_gettop(L));
        manager = &managers[which];
        host->manager = which + 1;
        of.ns = of.most_ns = manager->usual_ns;
    }
    lua_pop(L, 1);
    read_own(L, table, &of, manager, values);
    host->manager_of = of;
}

bool scn_manager_is_graceful(const struct scn_host *host)
{
    return host->manager != 0 && managers[host->manager - 1].is_graceful;
}

/* ---- draws: of an executor, for its first coming or for its returns */
enum purpose { COMES = 0, RETURNS = 1 };

static uint64_t dice(uint32_t executor, enum purpose purpose, uint32_t nth, uint64_t below)
{
    uint64_t key = (uint64_t)executor << 8 | (uint64_t)purpose << 7 | nth;
    uint64_t z = (key + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (z ^ (z >> 31)) % below;
}

static plan_ns pending_ns(const struct scn_manager_of *of, uint32_t executor, enum purpose purpose)
{
    return of->ns + (plan_ns)dice(executor, purpose, 0, (uint64_t)(of->most_ns - of->ns) + 1);
}

/* How often its offer is declined before it is accepted, in time. */
static plan_ns declined_ns(const struct scn_manager_of *of, uint32_t executor, enum purpose purpose)
{
    uint32_t times = 0;
    while (times < DECLINES_MAX && (int64_t)dice(executor, purpose, times, PERMILLE) < of->declined)
        times++;
    return times * of->refuse_ns;
}

/* ---- what it means for the plan */
/* Offers are made at turns: the first one after it has come, the others once the filter of the one before has ended. */
static plan_ns offered_ns(const struct scn_manager_of *of, uint32_t executor, plan_ns at_ns)
{
    plan_ns declined = declined_ns(of, executor, COMES);
    if (of->ns == 0)
        return at_ns + declined;
    plan_ns first = (at_ns / of->ns + 1) * of->ns; /* what comes right at a turn has missed it */
    return (first + declined + of->ns - 1) / of->ns * of->ns;
}

/* An executor can only be too late: the plan's check says so. */
static plan_ns arrival(const struct scn_host *host, uint32_t executor, plan_ns at_ns)
{
    const struct scn_manager_of *of = &host->manager_of;
    plan_ns turn = executor / (plan_ns)(of->grants > 0 ? of->grants : 1);
    switch (managers[host->manager - 1].arrival) {
    case ONE_BY_ONE:
        return turn > 0 && of->ns > PLAN_TIME_MAX / turn ? PLAN_NEVER : at_ns + turn * of->ns;
    case ALL_LATER:
        return at_ns + pending_ns(of, executor, COMES);
    case IN_TURNS:
        return offered_ns(of, executor, at_ns);
    case AT_ONCE:
        break;
    }
    return at_ns;
}

/* How long it stays away, where that is not the same for all; 0: it is restart_delay. */
static plan_ns back(const struct scn_host *host, uint32_t executor)
{
    const struct scn_manager_of *of = &host->manager_of;
    plan_ns ns = 0;
    if (of->most_ns > of->ns)
        ns = pending_ns(of, executor, RETURNS);
    else if (of->declined > 0)
        ns = of->ns + declined_ns(of, executor, RETURNS);
    else
        return 0;
    return ns > 0 ? ns : 1;
}

void scn_deliver_manager(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    struct plan *plan = host->plan;
    if (host->manager == 0)
        return;
    const struct manager *manager = &managers[host->manager - 1];
    bool sets_delay = manager->fields != 0 && !host->is_set[PLAN_SET_RESTART_DELAY];
    plan->manager = plan_name(plan, manager->name);
    if (plan->manager == PLAN_NONE) {
        host->status = SCN_E_MEMORY;
        scn_fail(L, SCN_MARK ": out of memory while the plan is made");
    }
    if (sets_delay)
        plan->setting[PLAN_SET_RESTART_DELAY] = host->manager_of.ns;
    for (uint32_t i = 0; i < plan->executor_count; i++) {
        plan->executors[i].arrives_ns = arrival(host, i, plan->executors[i].arrives_ns);
        if (sets_delay && plan->executors[i].back_ns == 0)
            plan->executors[i].back_ns = back(host, i);
    }
}
