/*
 * sim.h -- the world: a cluster on a virtual clock, with the real core in it.
 *
 * This room is for: clock, event queue, network, hosts, tasks, faults, dice, and the one way the world is observed.
 * It may include:   the C library, the core, plan, trace; Random123 (dice).
 * Never here:       Lua, oracles, reports, wall clocks, allocation after sim_init().
 *
 * Everything is in one block of the caller's memory: a snapshot is one memcpy of sim_size() bytes, taken between two
 * sim_step()s, to be restored to the same address.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "gang/gang.h"
#include "plan/plan.h"
#include "trace/trace.h"

struct sim;

#define SIM_ERR_MAP(X)                                                                                                 \
    X(SIM_OK, 0, "ok")                                                                                                 \
    X(SIM_E_PLAN, -1, "the plan asks for something this simulator cannot do")                                          \
    X(SIM_E_FULL, -2, "the world's memory is used up")                                                                 \
    X(SIM_E_CORE, -3, "the core refused an event")                                                                     \
    X(SIM_E_PLACER, -4, "the scheduler failed")
enum sim_status {
#define X(name, value, text) name = value,
    SIM_ERR_MAP(X)
#undef X
};
struct sim_err { enum sim_status code; char detail[1024]; };

/*
 * A scheduler in the place of the core's own: asked for a plan whenever somebody waits and something has changed. It must decide the
 * same whenever it was shown the same before; what it remembers is no part of a snapshot. Not 0: it cannot go on, and err->detail
 * says why.
 */
struct sim_decisions { struct gang_decision *list; uint32_t count, capacity; };
struct sim_placer {
    int (*plan)(void *ctx, const struct gang_placer_view *view, struct sim_decisions *out, struct sim_err *err);
    void *ctx;
};

struct sim_options {
    const struct plan *plan;     /* checked; must outlive the sim */
    const struct gang_api *core; /* must outlive the sim */
    struct gang_policy policy;
    uint64_t seed;
    const struct sim_placer *placer; /* NULL: the core's own */
    bool foreign;                    /* the driver of `core` may send whatever it likes: there is room for more than makes sense */
    uint32_t audit_every;        /* call the core's audits every so many events; 1: always; 0: every 65536, or rarer in a large world */
};

/* Records in the order they happened, in batches; `first` is the number of the first. */
typedef void sim_observe_fn(void *ctx, const struct trace_record *records, size_t count, uint64_t first);

size_t sim_size(const struct sim_options *options, struct sim_err *err); /* 0 on error */
struct sim *sim_init(void *memory, size_t size, const struct sim_options *options, struct sim_err *err); /* 64-byte aligned */
void sim_observer(struct sim *sim, sim_observe_fn *fn, void *ctx); /* at most 4, called in the order given */

/* Handles up to `events` events. *ended: the closing record was written and handed to the observers. Records are handed
 * over at the latest when this returns. */
enum sim_status sim_run(struct sim *sim, uint64_t events, bool *ended, struct sim_err *err);
/* Ends the run now with this reason (a person's Ctrl-C): writes the closing record and hands everything over. */
void sim_end(struct sim *sim, enum trace_end reason);
/* Tries something and takes it back: snapshot into `scratch` (sim_live_bytes() bytes), fn, restore. */
void sim_try(struct sim *sim, void *scratch, void (*fn)(struct sim *sim, void *ctx), void *ctx);

/* The chain begins here, e.g. at trace_chain_start() of the whole header; only before the first record. Without it, at
 * the start of a header whose plan and policy texts are empty. */
void sim_chain_from(struct sim *sim, uint64_t chain);
uint64_t sim_chain(const struct sim *sim);   /* over the records handed over so far */
uint64_t sim_records(const struct sim *sim); /* how many */
uint64_t sim_events(const struct sim *sim);
int64_t sim_now(const struct sim *sim);
uint64_t sim_fingerprint(const struct sim *sim); /* world and core; times relative to now */
uint64_t sim_observes(void);                 /* the record kinds this target can record */
size_t sim_bytes(const struct sim *sim);     /* the block's size */
size_t sim_live_bytes(const struct sim *sim); /* how much of it, from its start, a snapshot needs */

/* Header fields for a history of this run; strings live as long as `policy_text` and the plan text given. */
void sim_header(const struct sim_options *options, const char *plan_text, const char *policy_text, struct trace_header *out);

#endif
