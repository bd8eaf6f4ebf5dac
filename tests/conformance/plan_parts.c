/*
 * plan_parts.c -- see plan_parts.h.
 */
#include "plan_parts.h"

#include "plans.h"

static const int64_t MS = 1000000, SECOND = 1000000000;

/* ---- dice */
static uint64_t dice_state;

void dice_begin(uint64_t number) { dice_state = number; }

uint32_t dice(uint32_t below)
{
    uint64_t z = dice_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

/* ---- haste */
bool is_hasty(uint64_t number) { return number % 4 == 3; }

/* What executors, links and their driver owe each other stays longer than the way there and back: plan_check() asks for it. */
static void hasten_machines(int64_t *set)
{
    int64_t round_trip = 2 * set[PLAN_SET_LATENCY];
    if (dice(2))
        set[PLAN_SET_RESERVE_TIMEOUT] = round_trip + (1 + dice(400)) * MS;
    if (dice(2))
        set[PLAN_SET_RESERVE_LEASE] = round_trip + (1 + dice(400)) * MS;
    if (dice(2))
        set[PLAN_SET_RELEASE_WAIT] = set[PLAN_SET_KILL_GRACE] + round_trip + (1 + dice(2000)) * MS;
    if (dice(2) == 0)
        return;
    int64_t lease_ns = set[PLAN_SET_HEARTBEAT] + round_trip + (1 + dice(2000)) * MS;
    if (lease_ns < set[PLAN_SET_HEARTBEAT_TIMEOUT] - 100 * MS)
        set[PLAN_SET_DRIVER_LEASE] = lease_ns;
}

void hasten(struct plan *plan)
{
    int64_t *set = plan->setting;
    set[PLAN_SET_LAUNCH_DEADLINE] = (500 + dice(dice(2) ? 20000 : 40000)) * MS;
    if (dice(2))
        set[PLAN_SET_SYNC_TIMEOUT] = (1 + dice(10)) * SECOND;
    hasten_machines(set);
    set[PLAN_SET_ADMISSION_INTERVAL] = (1 + dice(3)) * SECOND;
    set[PLAN_SET_ADMISSION_FAILURES] = dice(4);
    set[PLAN_SET_ATTEMPTS] = 1 + dice(4);
    set[PLAN_SET_LOSSES] = 1 + dice(6);
}

bool plan_gives_up(const struct plan *plan)
{
    return plan->setting[PLAN_SET_LAUNCH_DEADLINE] < PLAN_DAY;
}
