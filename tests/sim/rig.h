/*
 * rig.h -- small plans put together by hand, a world to run them in, and everything it recorded.
 *
 * The world is the real one, with the real core unless a test gives another.
 */
#ifndef SIM_RIG_H
#define SIM_RIG_H

#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define DAY    (86400 * SECOND)

/* ---- plans: the builder's, with what these tests need most in one call each */
struct plan *rig_plan(uint32_t executors, uint32_t cores);
uint32_t rig_program(struct plan *plan, const struct plan_op *ops, uint32_t count);
/* `rounds` times: compute for lo .. hi, then a barrier. */
uint32_t rig_rounds(struct plan *plan, int64_t rounds, int64_t lo, int64_t hi);
uint32_t rig_fixed(struct plan *plan, int64_t ns); /* a distribution */
uint32_t rig_uniform(struct plan *plan, int64_t lo, int64_t hi);
/* A job of one stage whose tasks need one core each; its index. */
uint32_t rig_gang(struct plan *plan, const char *name, uint32_t tasks, uint32_t program,
                  plan_ns submit_ns);
uint32_t rig_tasks(struct plan *plan, const char *name, uint32_t tasks, uint32_t program,
                   plan_ns submit_ns);
/* A second stage behind the job's first, which fetches from it. */
void rig_reader(struct plan *plan, uint32_t job, uint32_t kind, uint32_t tasks,
                const struct plan_op *ops, uint32_t count);
void rig_act(struct plan *plan, const struct plan_act *act);
/* Something that befalls an executor or its link, at a time. */
struct plan_act rig_act_on(uint32_t kind, uint32_t executor, plan_ns at_ns);
struct plan_act rig_crash(uint32_t executor, plan_ns at_ns);
/* At the nth record of this kind. */
void rig_when(struct plan *plan, struct plan_act *act, const char *kind, uint32_t nth);

/* ---- a run */
struct rig {
    struct plan *plan;
    struct sim_options options;
    struct sim *sim;
    struct sim_err err;
    void *memory;
    size_t bytes;
    struct trace_record *records; /* records[i] is record number i + 1 */
    size_t count, capacity;
    bool ended;
};

void rig_begin(struct rig *rig, struct plan *plan, uint64_t seed); /* the rig owns the plan */
void rig_begin_under(struct rig *rig, struct plan *plan, uint64_t seed,
                     const struct gang_policy *policy);
void rig_begin_with(struct rig *rig, struct plan *plan, uint64_t seed, const struct gang_api *core);
void rig_begin_under(struct rig *rig, struct plan *plan, uint64_t seed,
                     const struct gang_policy *policy);
void rig_end(struct rig *rig); /* to its closing record; asserts that there is one */
void rig_free(struct rig *rig);

/* ---- what was recorded */
const struct trace_record *rig_record(const struct rig *rig, uint64_t number);
/* The number of the nth record of a kind, from 1; 0: there are fewer. */
uint64_t rig_nth(const struct rig *rig, unsigned kind, uint32_t nth);
const struct trace_record *nth(const struct rig *rig, unsigned kind, uint32_t n); /* that record */
int64_t rig_reader_ns(const struct rig *rig); /* how long the first process of a job's second stage ran; -1: none has ended */
uint32_t rig_count(const struct rig *rig, unsigned kind);
enum trace_end rig_how(const struct rig *rig);
bool rig_descends(const struct rig *rig, uint64_t number, uint64_t ancestor);
/* What every run must keep: causes before effects, times that never fall, one exit for one start.
 */
void rig_check_history(const struct rig *rig);

#endif
