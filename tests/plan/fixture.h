/*
 * fixture.h -- plans that several tests start from.
 */
#ifndef PLAN_FIXTURE_H
#define PLAN_FIXTURE_H

#include "plan/plan.h"

/* One executor, one job "train" with one barrier stage "fit" of 4 tasks: as small as a checked plan
 * can be. */
struct plan *small_plan(void);
/* Something of everything, names that need escapes, and checked. Its tables are in order of first
 * use. */
struct plan *rich_plan(void);
/* Every act, the ops that leave a task's executor, every kind of job, shuffles and wishes; a manager. Act k - 1 is of
 * kind k; the stages of job 0 are "make" (3 tasks), "read" and the gang "train". */
struct plan *wide_plan(void);

/* Rows with every field that must be given, for changing one of them. */
struct plan_stage stage_row(struct plan *plan, uint32_t job, const char *name, uint32_t kind,
                            uint32_t tasks, uint32_t profile, uint32_t program);
uint32_t add_fixed(struct plan *plan, plan_ns ns);
struct plan_op compute_op(uint32_t dist);
struct plan_op loop_op(int64_t times, uint16_t to);
struct plan_op next_op(uint16_t to);
struct plan_op on_rank_op(int64_t first, int64_t last, uint16_t to);
struct plan_op simple_op(enum plan_op_code code, int64_t value);

#endif
