/*
 * check.h -- what check.c and check_program.c share: naming parts, single fields, and what a
 * program asks of its stage.
 *
 * This room is for: the plan (see plan.h).
 * It may include:   the C library, private.h, registry.h.
 * Never here:       anything another room may see.
 */
#ifndef PLAN_CHECK_H
#define PLAN_CHECK_H

#include "private.h"
#include "registry.h"

enum { PLAN_LABEL_BYTES = 160 };
/* "stage 'fit' of job 'resnet'": escaped and cut, so that it can be shown whatever the names are.
 * Returns `out`. */
const char *plan_label(const struct plan *plan, enum plan_part_id id, uint32_t row,
                       char out[static PLAN_LABEL_BYTES]);
const char *plan_label_op(const struct plan *plan, uint32_t program, uint32_t op,
                          char out[static PLAN_LABEL_BYTES]);

/* Kind, ranges and references of one row, by the registry; `label` names it. */
enum plan_status plan_check_fields(const struct plan *plan, enum plan_part_id id, const void *row,
                                   const char *label, struct plan_err *err);
/* The same, naming the row only if there is something to complain about. */
enum plan_status plan_check_row(const struct plan *plan, enum plan_part_id id, const void *row,
                                uint32_t index, struct plan_err *err);

/* "stage 'fit': tasks is 0, must be 1..4; remedy": number[] is the value, the lowest, the highest. */
enum plan_status plan_out_of_range(const char *label, const char *field, bool is_time,
                                   const int64_t number[static 3], const char *remedy,
                                   struct plan_err *err);

/* check_fault.c: an act whose target is good; the settings that links and leases stand on. */
enum plan_status plan_check_fault(const struct plan *plan, const struct plan_act *act,
                                  const char *label, struct plan_err *err);
enum plan_status plan_check_links(const struct plan *plan, struct plan_err *err);

/* What a program asks of the stages that use it. */
struct plan_demand {
    uint32_t sync_op;   /* its first op that needs a gang: barrier, all_gather, all_reduce; PLAN_NONE: none */
    uint32_t fetch_op;  /* its first fetch; PLAN_NONE: none */
    uint32_t column_op; /* the compute that reads the highest column; PLAN_NONE: none */
    uint64_t columns;   /* how many columns the stage's table must have */
};
enum plan_status plan_check_program(const struct plan *plan, uint32_t program,
                                    struct plan_demand *demand, struct plan_err *err);

#endif
