/*
 * peers.c -- which executors have lost each other: what the world did to the links between them.
 *
 * This room is for: FAULT and HEAL of acts with a peer; whether two executors may miss each other.
 * It may include:   plan, trace/ and conf/ headers.
 * Never here:       links to the driver (machines.c). That one executor does not reach another is nothing that the driver
 *                   can know, so no rule of it asks here.
 *
 * There is a row for each act, since a link has as many faults as acts lasted on it. A connection that broke stays suspect for
 * the instant: whoever used it fails at once.
 */
#include "judge.h"

enum { WAY_OUT = 1 << 0, WAY_IN = 1 << 1 }; /* of the act's executor */

static bool has_peer(const struct plan_act *act)
{
    return plan_act_target(act->kind) == PLAN_TARGET_LINK && act->peer != PLAN_NONE;
}

bool conf_has_peers(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (has_peer(&plan->acts[i]))
            return true;
    return false;
}

bool conf_is_of_peers(const struct conf_judge *j, const struct trace_record *r)
{
    return r->a >= 0 && r->a < j->plan->act_count && has_peer(&j->plan->acts[r->a]);
}

static bool is_between(const struct plan_act *act, uint32_t a, uint32_t b)
{
    bool first = act->executor == a && (b == CONF_NONE || act->peer == b),
         second = act->peer == a && (b == CONF_NONE || act->executor == b);
    return has_peer(act) && (first || second);
}

static uint8_t ways_of(const struct plan_act *act)
{
    return act->way == PLAN_WAY_BOTH  ? WAY_OUT | WAY_IN
           : act->way == PLAN_WAY_OUT ? WAY_OUT
                                      : WAY_IN;
}

void conf_on_peer_fault(struct conf_judge *j, const struct trace_record *r)
{
    const struct plan_act *act = &j->plan->acts[r->a];
    struct conf_peer *row = &conf_peers(j)[r->a];
    row->ways = act->kind == PLAN_ACT_BREAK ? 0 : ways_of(act);
    row->since_ns = j->now_ns;
}

/* A mend ends whatever is on its ways; anything else that is healed, itself. */
void conf_on_peer_heal(struct conf_judge *j, const struct trace_record *r)
{
    const struct plan_act *mend = &j->plan->acts[r->a];
    conf_peers(j)[r->a].ways = 0;
    for (uint32_t i = 0; i < j->plan->act_count && mend->kind == PLAN_ACT_MEND; i++) {
        const struct plan_act *act = &j->plan->acts[i];
        uint8_t ways = ways_of(mend);
        if (!is_between(act, mend->executor, mend->peer))
            continue;
        if (act->executor != mend->executor) /* told from the other end */
            ways = (uint8_t)((ways & WAY_OUT ? WAY_IN : 0) | (ways & WAY_IN ? WAY_OUT : 0));
        conf_peers(j)[i].ways &= (uint8_t)~ways;
    }
}

/* Since when something is between these two (CONF_NONE: and anybody) that keeps what they send; INT64_MAX: nothing is. */
int64_t conf_apart_since(const struct conf_judge *j, uint32_t a, uint32_t b)
{
    int64_t since_ns = INT64_MAX;
    for (uint32_t i = 0; j->has_peers && i < j->plan->act_count; i++) {
        const struct plan_act *act = &j->plan->acts[i];
        const struct conf_peer *row = &conf_peers(j)[i];
        bool broke = act->kind == PLAN_ACT_BREAK && row->since_ns == j->now_ns;
        if ((row->ways != 0 || broke) && act->kind != PLAN_ACT_CLOG && is_between(act, a, b) &&
            row->since_ns < since_ns)
            since_ns = row->since_ns;
    }
    return since_ns;
}
