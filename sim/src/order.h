/*
 * order.h -- in what order things happen that could as well happen in another one.
 *
 * This room is for: the settings order, order_changes and order_slack: a drawn choice among what is due in one instant, and how
 *                   much longer than its latency a message takes.
 * It may include:   sim.h, dice.h.
 * Never here:       what search decides by itself (search.h), and messages of one link: those keep their order.
 *
 * A draw is keyed by what is chosen and by when, never by how many draws came before. Random: of all that is due, what drew the
 * smallest number for this instant. Priorities: each source of events (a link's way, a task, a machine's timer) draws one
 * for the whole run, the highest goes first, and at some events, as many as order_changes, the source that would go
 * falls behind all others for good. With d - 1 such points any bug of depth d is met with a known probability (Burckhardt et al.,
 * A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, 2010). How many events a run has is not known before, so the
 * points are drawn log-uniformly.
 */
#ifndef SIM_ORDER_H
#define SIM_ORDER_H

#include "sim/sim.h"

enum sim_order_mode { SIM_ORDER_SCHEDULED = 0, SIM_ORDER_RANDOM = 1, SIM_ORDER_PRIORITIES = 2 };
enum { SIM_ORDER_CHANGES_MAX = 64 };

struct sim_order {
    uint32_t mode, changes, changed; /* how often priorities change, and have */
    uint32_t fallen[SIM_ORDER_CHANGES_MAX];    /* sources, in the order in which they fell */
    uint64_t change_at[SIM_ORDER_CHANGES_MAX]; /* events, ascending */
};

void sim_order_init(struct sim_order *order, const struct plan *plan, uint64_t seed);
/* Who is before whom: the smaller goes first. `source`: its class in the low 5 bits, who it is above them. */
uint64_t sim_order_rank(const struct sim_order *order, uint64_t seed, uint32_t source, int64_t now_ns);
/* This source would go first at this event. True: it has fallen behind, so look again. */
bool sim_order_falls(struct sim_order *order, uint32_t source, uint64_t event);
/* By how much longer this message takes: 0 .. slack_ns. */
int64_t sim_order_late_ns(uint64_t seed, const struct gang_msg *msg, bool to_driver, int64_t slack_ns);

#endif
