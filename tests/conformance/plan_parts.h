/*
 * plan_parts.h -- what random plans and volleys are both made of.
 */
#ifndef CONFORMANCE_PLAN_PARTS_H
#define CONFORMANCE_PLAN_PARTS_H

#include "plan/plan.h"

#include <stdbool.h>

/* From here on dice() draws what it always draws after this number. */
void dice_begin(uint64_t number);

/* Whether whoever waits in plan `number` gives up after seconds, and budgets are soon used up; and what makes it so. Drawn after
 * everything else, so that the plan is what it was but for its patience. */
bool is_hasty(uint64_t number);
void hasten(struct plan *plan);

#endif
