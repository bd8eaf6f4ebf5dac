/*
 * swarm.h -- variants of a plan: which of its faults happen, when, for how long, and in what order everything else does.
 *
 * This room is for: drawing a variant, varying one, and making the plan that it stands for.
 * It may include:   the C library, plan.
 * Never here:       runs, results, and who decides which variant comes next.
 *
 * After Groce et al., Swarm Testing (2012): a run with all kinds of faults at once hides what a run without some of them shows, for
 * one fault keeps another from happening. So each variant leaves whole kinds out, is now and then of one kind or of none, and
 * skews the rest: fewer, earlier or later, shorter or longer by orders of magnitude.
 *
 * A variant is small and flat; the same variant of the same plan is the same plan.
 */
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

#include "plan/plan.h"

enum { SIM_SWARM_FAULTS_MAX = 16 };

struct sim_swarm {
    uint64_t dice;      /* what each act draws from */
    uint32_t kinds;     /* bit k: acts of kind k happen; all bits: the plan as it stands */
    uint8_t faults;     /* so many more than the plan has */
    uint8_t order;      /* the plan's setting of this name, unless that is 0 and this is */
    uint8_t changes;    /* order_changes */
    uint8_t slack;      /* order_slack is 2^slack us; 0: none */
    uint8_t eighths[PLAN_ACT_LIMIT]; /* of each kind, how many of its acts happen */
    int8_t lasts[PLAN_ACT_LIMIT];    /* durations of this kind by 2^n */
    int8_t comes[PLAN_ACT_LIMIT];    /* its times, or delays, by 2^n */
    uint8_t unused;
};
_Static_assert(PLAN_ACT_LIMIT < 32, "a bit a kind, and one that says that all is as it was");
_Static_assert(sizeof(struct sim_swarm) == 17 + 3 * PLAN_ACT_LIMIT, "without gaps: variants are kept and compared as bytes");

/* Which kinds of faults the plan has, and which may be added to it: a bit each. */
uint32_t sim_swarm_kinds(const struct plan *plan);
uint32_t sim_swarm_addable(const struct plan *plan);
/* Names that added faults wait for. Once, before the first sim_swarm_plan() of this plan. False: out of memory. */
bool sim_swarm_prepare(struct plan *plan);

/* Up to `faults` faults are added to the plan's own. */
void sim_swarm_draw(const struct plan *plan, uint64_t seed, unsigned faults, struct sim_swarm *out);
/* Another one that differs from `swarm` in one respect. */
void sim_swarm_vary(const struct plan *plan, const struct sim_swarm *swarm, uint64_t seed, unsigned faults,
                    struct sim_swarm *out);
/* The plan itself with nothing left out, added or drawn. */
void sim_swarm_whole(struct sim_swarm *out);

/* So many acts a variant may have. */
uint32_t sim_swarm_acts_max(const struct plan *plan);
/*
 * The variant's plan: all of `plan` but the acts, which are in `acts` (room for sim_swarm_acts_max()), and a few settings. It
 * shares everything else with `plan`, which must outlive it; never plan_free() it. A checked plan gives a plan that would pass.
 */
void sim_swarm_plan(const struct plan *plan, const struct sim_swarm *swarm, struct plan_act *acts, struct plan *out);

#endif
