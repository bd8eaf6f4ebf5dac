/*
 * machines.c -- what the world's faults do to executors and links, and whom the driver avoids.
 *
 * This room is for: FAULT and HEAL of machines and links, connections, exclusions.
 * It may include:   plan, trace/ and conf/ headers.
 * Never here:       faults of tasks (progress.c); guesses at what a fault led to. A process that a
 *                   fault ends has an EXIT.
 */
#include "judge.h"

#include <inttypes.h>

static struct conf_executor *executor_of(const struct conf_judge *j, const struct trace_record *r)
{
    return r->executor < j->executor_count ? &conf_executors(j)[r->executor] : NULL;
}

static const struct plan_act *act_of(const struct conf_judge *j, const struct trace_record *r)
{
    return r->a >= 0 && r->a < j->plan->act_count ? &j->plan->acts[r->a] : NULL;
}

static void change_cluster(struct conf_judge *j)
{
    j->cluster_version++;
    j->cluster_ns = j->now_ns;
}

/* ---- faults that last */
static void lose_gpu(struct conf_judge *j, struct conf_executor *e, const struct plan_act *act)
{
    if (act == NULL || act->amount < 0 || act->amount >= CONF_GPUS)
        return;
    if (j->has_gpus)
        conf_gpus_of(j, e)->there &= ~(UINT64_C(1) << act->amount);
    change_cluster(j);
}

static void take_cores(struct conf_judge *j, struct conf_executor *e, const struct plan_act *act)
{
    if (act != NULL && act->amount > 0)
        e->cores_taken += (uint32_t)act->amount; /* others may have taken some, too */
    e->taken = 1;
    change_cluster(j);
}

static void give_cores_back(struct conf_executor *e, const struct plan_act *act)
{
    bool is_known = act != NULL && act->amount > 0 && (uint32_t)act->amount <= e->cores_taken;
    e->cores_taken -= is_known ? (uint32_t)act->amount : e->cores_taken;
}

static void tell_taken(struct conf_judge *j, struct conf_executor *e)
{
    uint16_t taken = e->cores_taken < UINT16_MAX ? (uint16_t)e->cores_taken : UINT16_MAX;
    j->cluster_version += e->cores_told != taken;
    e->cores_told = taken;
}

/* An executor says what it has, or the driver hears so. Given back is what both know: until the news comes, the driver cannot
 * count it. What is overtaken by newer news that is on the way counts for nothing. */
void conf_on_news(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = executor_of(j, r);
    if (e == NULL || (r->a != TRACE_MSG_ROOM && r->a != TRACE_MSG_REGISTER))
        return;
    if (r->kind == TRACE_SEND)
        e->news_number = (uint32_t)j->number;
    else if ((uint32_t)r->cause == e->news_number)
        tell_taken(j, e);
}

static void stand_still(const struct conf_judge *j, struct conf_executor *e,
                        const struct plan_act *act)
{
    if (act == NULL)
        return;
    int64_t until_ns =
        act->duration_ns > INT64_MAX - j->now_ns ? INT64_MAX : j->now_ns + act->duration_ns;
    if (until_ns > e->stands_ns)
        e->stands_ns = until_ns;
}

static void drift(const struct conf_judge *j, struct conf_executor *e, const struct plan_act *act)
{
    int64_t bound = j->plan->setting[PLAN_SET_DRIFT_BOUND];
    e->drifts = act == NULL || act->amount > bound || act->amount < -bound;
}

void conf_on_machine_fault(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = executor_of(j, r);
    const struct plan_act *act = act_of(j, r);
    if (r->b == PLAN_ACT_STRAY_CALL)
        j->stray_number = j->number;
    if (e == NULL)
        return;
    switch (r->b) {
    case PLAN_ACT_CUT:
        e->ways_cut |= LINK_CUT;
        break;
    case PLAN_ACT_HOLD:
        e->ways_cut |= LINK_HELD;
        break;
    case PLAN_ACT_BREAK:
        e->ways_cut |= LINK_BROKEN;
        break;
    case PLAN_ACT_MEND:
        e->ways_cut = 0;
        break;
    case PLAN_ACT_PAUSE:
        stand_still(j, e, act);
        break;
    case PLAN_ACT_DRIFT:
        drift(j, e, act);
        break;
    case PLAN_ACT_DRAIN:
        e->draining = 1;
        change_cluster(j);
        break;
    case PLAN_ACT_LOSE_GPU:
        lose_gpu(j, e, act);
        break;
    case PLAN_ACT_TAKE:
        take_cores(j, e, act);
        break;
    default: /* of a task, or it shows in records of its own */
        break;
    }
}

void conf_on_heal(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = executor_of(j, r);
    const struct plan_act *act = act_of(j, r);
    if (e == NULL)
        return;
    switch (r->b) {
    case PLAN_ACT_CUT:
    case PLAN_ACT_HOLD:
    case PLAN_ACT_BREAK:
    case PLAN_ACT_MEND:
        e->ways_cut = 0;
        break;
    case PLAN_ACT_TAKE:
        give_cores_back(e, act);
        change_cluster(j);
        break;
    case PLAN_ACT_LOSE_GPU:
        if (j->has_gpus && act != NULL && act->amount >= 0 && act->amount < CONF_GPUS)
            conf_gpus_of(j, e)->there |= UINT64_C(1) << act->amount;
        change_cluster(j);
        break;
    default: /* clocks and pauses end by themselves, or what ends shows elsewhere */
        break;
    }
}

void conf_on_connection(struct conf_judge *j, const struct trace_record *r, bool made)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    if (made)
        e->ways_cut &= (uint8_t)~LINK_BROKEN;
    else
        e->ways_cut |= LINK_BROKEN;
}

/* ---- exclusions */
bool conf_is_excluded(const struct conf_judge *j, const struct conf_executor *e)
{
    return e->excluded && e->excluded_ns > j->now_ns;
}

void conf_on_exclude(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    int64_t time_ns = j->plan->setting[PLAN_SET_EXCLUDE_TIME];
    j->excluded += !e->excluded;
    e->excluded = 1;
    int64_t from_ns = j->left > 0 ? j->driver_down_ns : j->now_ns; /* it counts from when it was decided */
    e->excluded_ns = time_ns > INT64_MAX - from_ns ? INT64_MAX : from_ns + time_ns;
    change_cluster(j);
}

void conf_check_excluded(struct conf_judge *j, const struct trace_record *r,
                         const struct conf_stage *s)
{
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    char label[CONF_LABEL_BYTES], left[32];
    if (!conf_is_excluded(j, e))
        return;
    plan_format_duration(e->excluded_ns - j->now_ns, left);
    conf_fail(j, RULE_CAP_9, r, "%s is to run on executor %u, which is excluded for another %s",
              conf_stage_label(j, s, label), r->executor, left);
}

/* ---- leases */
/*
 * An executor that no longer hears its driver ends its tasks when its lease is over by its own clock;
 * the driver waits as long by its own before it writes the executor off. So they may be apart by what
 * two clocks may differ over one lease, and a stretch of a nanosecond for rounding.
 */
int64_t conf_overlap_ns(const struct conf_judge *j)
{
    int64_t lease_ns = plan_driver_lease(j->plan);
    int64_t bound = j->plan->setting[PLAN_SET_DRIFT_BOUND];
    return lease_ns / 1000000 * bound + lease_ns % 1000000 * bound / 1000000 + 1;
}
