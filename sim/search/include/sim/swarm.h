/*
 * swarm.h -- variants of a plan: which of its faults happen, when, for how long, in what order everything else does, and in what world.
 *
 * This room is for: drawing a variant, varying one, and making the plan that it stands for.
 * It may include:   the C library, plan.
 * Never here:       runs, results, and who decides which variant comes next.
 *
 * After Groce et al., Swarm Testing (2012): a run with all kinds of faults at once hides what a run without some of them shows, for
 * one fault keeps another from happening. So each variant leaves whole kinds out, is now and then of one kind or of none, and
 * skews the rest: fewer, earlier or later, shorter or longer by orders of magnitude.
 *
 * It is the same with the world. Five in eight variants have that of the scenario; one changes one thing of it, one each thing with a
 * chance of one in four, and one has MapReduce
 * in the place of gangs, or besides: settings, machines, needs, jobs. What a variant is made to need can be had, or the scheduler can say that it cannot.
 *
 * A variant is small and flat; the same variant of the same plan is the same plan.
 */
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

#include "plan/plan.h"

enum { SIM_SWARM_FAULTS_MAX = 16 };

/* What of the world a variant may change: NAME, text. Up to CLOCKS it is settings; from MACHINES on the plan is made anew. */
/* clang-format off */
#define SIM_SWARM_MAP(X) \
    X(BUDGETS,  "how often is tried again, how soon, and what is paid for it") \
    X(PATIENCE, "how long is waited for a launch, for a round, between two admission checks") \
    X(LAUNCH,   "how long is waited for acknowledgements, and how long they hold") \
    X(ENDS,     "how long tasks have to end, executors to free their slots, and to come back") \
    X(HEALTH,   "how often is heard of executors, and when they are counted lost") \
    X(EXCLUDE,  "whether, how soon and for how long a failing executor is avoided") \
    X(LATENCY,  "how long messages take") \
    X(DATAGRAM, "links that lose, double and reorder, and repeat what is not acknowledged") \
    X(DYNAMIC,  "executors come and go with the load") \
    X(CLOCKS,   "what clocks show") \
    X(MACHINES, "how many machines there are") \
    X(CORES,    "how many cores each has") \
    X(NEEDS,    "what a task needs: cores, memory, GPUs or a part of one") \
    X(TASKS,    "how many tasks a stage has") \
    X(LEAST,    "with how few of its tasks a scheduler may begin a gang") \
    X(LOOSE,    "gangs whose tasks need not be together: MapReduce") \
    X(SUBMITS,  "when jobs are submitted") \
    X(PRIORITY, "which job goes before which") \
    X(FEWER,    "jobs that are left out") \
    X(COPY,     "a job that is there once more") \
    X(SMALL,    "a few small jobs besides: MapReduce, and gangs that read from it")
/* clang-format on */
enum sim_swarm_change {
#define X(name, text) SIM_SWARM_##name,
    SIM_SWARM_MAP(X)
#undef X
    SIM_SWARM_CHANGES
};

struct sim_swarm {
    uint64_t dice;      /* what each act draws from */
    uint64_t shape;     /* what each change of the world draws from */
    uint32_t kinds;     /* bit k: acts of kind k happen; all bits: the plan as it stands */
    uint32_t world;     /* bit k: enum sim_swarm_change k is made */
    uint8_t faults;     /* so many more than the plan has */
    uint8_t order;      /* the plan's setting of this name, unless that is 0 and this is */
    uint8_t changes;    /* order_changes */
    uint8_t slack;      /* order_slack is 2^slack us; 0: none */
    uint8_t eighths[PLAN_ACT_LIMIT]; /* of each kind, how many of its acts happen */
    int8_t lasts[PLAN_ACT_LIMIT];    /* durations of this kind by 2^n */
    int8_t comes[PLAN_ACT_LIMIT];    /* its times, or delays, by 2^n */
    uint8_t axes;       /* bit n: the n-th axis of those that the caller draws from is the other way */
    uint8_t unused[4];
};
_Static_assert(PLAN_ACT_LIMIT < 32, "a bit a kind, and one that says that all is as it was");
_Static_assert(SIM_SWARM_CHANGES <= 32, "a bit a change");
_Static_assert(sizeof(struct sim_swarm) == 33 + 3 * PLAN_ACT_LIMIT, "without gaps: variants are kept and compared as bytes");

/* What variants are drawn from. */
struct sim_swarm_range {
    unsigned faults; /* up to so many more than the plan has */
    uint32_t world;  /* of enum sim_swarm_change, a bit each */
    uint8_t axes;
};

/* Which kinds of faults the plan has, and which may be added to it: a bit each. */
uint32_t sim_swarm_kinds(const struct plan *plan);
uint32_t sim_swarm_addable(const struct plan *plan);
/* Which changes of the world make sense for this plan, and keep its runs short. */
uint32_t sim_swarm_changes(const struct plan *plan);
/* Whether a task may hang by what the plan says: who ends only by force must be forced then. */
bool sim_swarm_hangs(const struct plan *plan);
/* Names that added faults wait for. Once, before the first sim_swarm_plan() of this plan. False: out of memory. */
bool sim_swarm_prepare(struct plan *plan);

void sim_swarm_draw(const struct plan *plan, uint64_t seed, const struct sim_swarm_range *range, struct sim_swarm *out);
/* Another one that differs from `swarm` in one respect. */
void sim_swarm_vary(const struct plan *plan, const struct sim_swarm *swarm, uint64_t seed, const struct sim_swarm_range *range,
                    struct sim_swarm *out);
/* The plan itself with nothing left out, added, changed or drawn. */
void sim_swarm_whole(struct sim_swarm *out);

/*
 * The plan in the variant's world, prepared; plan_free() it. NULL: it is the plan itself (or there is no memory, or what was drawn does
 * not make sense there). Its acts are those of the plan, but for what befell machines that are gone; it expects nothing.
 */
struct plan *sim_swarm_world(const struct plan *plan, const struct sim_swarm *swarm);
/* So many acts a variant may have. */
uint32_t sim_swarm_acts_max(const struct plan *plan);
/*
 * The variant's plan: all of `plan`, which is in the variant's world already, but the acts, which are in `acts` (room for
 * sim_swarm_acts_max()), and settings. It shares everything else with `plan`, which must outlive it; never plan_free() it. A checked plan
 * gives a plan that would pass.
 */
void sim_swarm_plan(const struct plan *plan, const struct sim_swarm *swarm, struct plan_act *acts, struct plan *out);

#endif
