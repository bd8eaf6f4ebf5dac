/*
 * plans.h -- plans that nobody wrote: a number makes one, always the same.
 *
 * They are small, and full of faults. What must hold of their runs is with the tests that run them.
 */
#ifndef CONFORMANCE_PLANS_H
#define CONFORMANCE_PLANS_H

#include "plan/plan.h"

#include <stdbool.h>

/* Up to the first number the plans are as they always were; above it tasks share GPUs, would rather be somewhere, are too large
 * to be sent, and stages shuffle; from the second on machines and tasks are not well, tasks meet, and jobs have no end. */
enum { PLANS_OF_WHOLE_GPUS = 2000, AILING_FROM = 2001 };
struct plan *random_plan(uint64_t number);

/* Several faults at nearly the same time, where it hurts. streams: on streams even where the number says datagrams. */
struct plan *volley_plan(uint64_t number, bool streams);

/* More of the dice that made the last plan. */
uint32_t dice(uint32_t below);

/* Whether a job may wait for ever and nobody is to blame: a task hangs; of a volley, a service keeps what is left. */
bool plan_may_hang(const struct plan *plan);
/* Whether a gang is refused after seconds, so that nobody can say whether it would have waited for ever. */
bool plan_gives_up(const struct plan *plan);
bool volley_may_wait(const struct plan *plan);

#endif
