/*
 * check_fault.c -- what each kind of act must be given, and what faults ask of the settings.
 *
 * This room is for: the plan (see plan.h); this file: amounts, durations and leases.
 * It may include:   <inttypes.h>, check.h.
 * Never here:       targets and triggers (check.c), ranges that hold for every act (registry.c).
 */
#include "check.h"

#include <inttypes.h>

/* ---- acts */

/* A kind without a row here may have any amount and duration: it looks at neither. */
static const struct rule {
    int64_t lo, hi;                /* of amount; both 0: any */
    const char *amount, *duration; /* remedies; a kind with the second must have a duration */
    bool is_datagram;              /* only what a datagram link can suffer */
} rules[PLAN_ACT_LIMIT] = {
    [PLAN_ACT_STRAGGLE_TASK] = {.duration = "say how much longer it takes"},
    [PLAN_ACT_CLOG] = {.duration = "say how much longer every message takes"},
    [PLAN_ACT_LOSE] = {.lo = 1,
                       .hi = 1000,
                       .amount = "of 1000 messages so many",
                       .is_datagram = true},
    [PLAN_ACT_DOUBLE] = {.lo = 1,
                         .hi = 1000,
                         .amount = "of 1000 messages so many",
                         .is_datagram = true},
    [PLAN_ACT_REORDER] = {.lo = 1,
                          .hi = 1000,
                          .amount = "of 1000 messages so many",
                          .duration = "say by how much at most",
                          .is_datagram = true},
    [PLAN_ACT_PAUSE] = {.duration = "say how long it stands still"},
    [PLAN_ACT_SLOW] = {.lo = 1,
                       .hi = 100000,
                       .amount = "100 is the usual speed, 300 takes thrice the time"},
    [PLAN_ACT_DRIFT] = {.lo = -100000,
                        .hi = 100000,
                        .amount = "it counts millionths; negative is a slow clock"},
    [PLAN_ACT_DRAIN] = {.duration = "say how long its tasks may go on"},
    [PLAN_ACT_LOSE_GPU] = {.lo = 0, .hi = PLAN_GPUS_MAX - 1, .amount = "it is the GPU's address"},
    [PLAN_ACT_TAKE] = {.lo = 1, .hi = PLAN_CORES_MAX, .amount = "take a core"},
    [PLAN_ACT_LINGER] = {.duration = "say how long it takes to be gone"},
    [PLAN_ACT_STRAY_CALL] = {.lo = 0, .hi = INT32_MAX, .amount = "epochs count from 0"},
    [PLAN_ACT_CRASH_DRIVER] = {.lo = 0,
                               .hi = INT32_MAX,
                               .amount = "1 is right before the next effect, 0 at once"},
};

static enum plan_status check_stray_call(const struct plan *plan, const struct plan_act *act,
                                         const char *label, struct plan_err *err)
{
    uint32_t stage = plan->jobs[act->job].first_stage + act->stage;
    char name[PLAN_LABEL_BYTES];
    if (act->way > 1)
        return plan_out_of_range(label, "way", false, (int64_t[]){act->way, 0, 1},
                                 "0 is barrier, 1 all_gather", err);
    if (plan->stages[stage].kind == PLAN_STAGE_BARRIER)
        return PLAN_OK;
    return plan_fail(
        err, PLAN_E_SENSE, 0,
        "%s: %s is no barrier_stage, and its tasks have no call to repeat; name a gang", label,
        plan_label(plan, PART_STAGE, stage, name));
}

/* Between executors tasks use streams, whatever the driver's links are: what only a datagram suffers has no meaning there. */
static enum plan_status check_peer(const struct plan_act *act, const char *label,
                                   struct plan_err *err)
{
    if (act->peer == PLAN_NONE && act->kind == PLAN_ACT_REFUSE)
        return plan_fail(err, PLAN_E_SENSE, 0,
                         "%s: peer is missing, must be an executor: the driver refuses nobody; "
                         "name it, or cut the link",
                         label);
    if (act->peer == PLAN_NONE)
        return PLAN_OK;
    if (act->peer == act->executor)
        return plan_fail(err, PLAN_E_SENSE, 0,
                         "%s: executor and peer are both %u, and no network is between them; name "
                         "two executors",
                         label, (unsigned)act->peer);
    if (rules[act->kind].is_datagram)
        return plan_fail(err, PLAN_E_SENSE, 0,
                         "%s: peer is %u, but what executors send each other goes over streams, "
                         "which neither lose nor double nor reorder; cut, clog or break the link",
                         label, (unsigned)act->peer);
    return PLAN_OK;
}

enum plan_status plan_check_fault(const struct plan *plan, const struct plan_act *act,
                                  const char *label, struct plan_err *err)
{
    const struct rule *rule = &rules[act->kind];
    if (plan_act_target(act->kind) == PLAN_TARGET_LINK && check_peer(act, label, err) != PLAN_OK)
        return PLAN_E_SENSE;
    if (rule->amount != NULL && (act->amount < rule->lo || act->amount > rule->hi))
        return plan_out_of_range(label, "amount", false,
                                 (int64_t[]){act->amount, rule->lo, rule->hi}, rule->amount, err);
    if (rule->duration != NULL && act->duration_ns == 0)
        return plan_out_of_range(label, "duration", true, (int64_t[]){0, 1, PLAN_TIME_MAX},
                                 rule->duration, err);
    if (rule->is_datagram && plan->setting[PLAN_SET_DATAGRAM] == 0)
        return plan_fail(err, PLAN_E_SENSE, 0,
                         "%s: datagram is 0, must be 1: a stream neither loses nor doubles nor "
                         "reorders; set it, or cut the link",
                         label);
    return act->kind == PLAN_ACT_STRAY_CALL ? check_stray_call(plan, act, label, err) : PLAN_OK;
}

/* ---- settings */

/* Whether an executor can be where only its lease tells it that its driver may have given it up. */
static bool depends_on_leases(const struct plan *plan)
{
    if (plan->setting[PLAN_SET_DATAGRAM] != 0 || plan->setting[PLAN_SET_DRIVER_LEASE] != 0)
        return true;
    for (uint32_t i = 0; i < plan->act_count; i++) {
        unsigned kind = plan->acts[i].kind; /* not checked yet */
        bool of_driver = plan->acts[i].peer == PLAN_NONE || kind == PLAN_ACT_PAUSE;
        if ((kind >= PLAN_ACT_CUT && kind <= PLAN_ACT_PAUSE && of_driver) || kind == PLAN_ACT_DRIFT ||
            kind == PLAN_ACT_CRASH_DRIVER)
            return true;
    }
    return false;
}

/* The longest lease that is over on the slowest clock before the timeout is on the fastest: the largest whole number
 * with lease x (1 + drift) <= timeout. */
static plan_ns longest_lease(const struct plan *plan)
{
    int64_t timeout = plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT],
            drift = plan->setting[PLAN_SET_DRIFT_BOUND], whole = 1000000 + drift;
    return timeout - (timeout * drift + whole - 1) / whole;
}

/* A lease that is too short makes executors that hear their driver end their tasks; one that is too long lets them go
 * on while the driver starts the same tasks elsewhere. */
static enum plan_status check_lease(const struct plan *plan, struct plan_err *err)
{
    const int64_t *is = plan->setting;
    plan_ns lease = plan_driver_lease(plan), longest = longest_lease(plan),
            least = is[PLAN_SET_HEARTBEAT] + 2 * is[PLAN_SET_LATENCY];
    bool is_derived = is[PLAN_SET_DRIVER_LEASE] == 0;
    char lease_text[32], bound_text[32];
    plan_format_duration(lease, lease_text);
    plan_format_duration(lease <= least ? least : longest, bound_text);
    if (lease <= least)
        return plan_fail(
            err, PLAN_E_SENSE, 0,
            "plan: driver_lease is %s%s, must be more than %s (heartbeat and twice the "
            "latency); raise %s",
            lease_text, is_derived ? " (7/8 of heartbeat_timeout)" : "", bound_text,
            is_derived ? "heartbeat_timeout" : "it");
    if (lease > longest)
        return plan_fail(err, PLAN_E_SENSE, 0,
                         "plan: driver_lease is %s, must be at most %s (heartbeat_timeout, for "
                         "clocks that differ by drift_bound); lower it",
                         lease_text, bound_text);
    return PLAN_OK;
}

enum plan_status plan_check_links(const struct plan *plan, struct plan_err *err)
{
    int64_t round_trip = 2 * plan->setting[PLAN_SET_LATENCY];
    char is_text[32], least_text[32];
    if (plan->setting[PLAN_SET_DATAGRAM] != 0 && plan->setting[PLAN_SET_RESEND] <= round_trip) {
        plan_format_duration(plan->setting[PLAN_SET_RESEND], is_text);
        plan_format_duration(round_trip, least_text);
        return plan_fail(err, PLAN_E_SENSE, 0,
                         "plan: resend is %s, must be more than %s (twice the latency); raise it",
                         is_text, least_text);
    }
    return depends_on_leases(plan) ? check_lease(plan, err) : PLAN_OK;
}
