/*
 * scheduler.h -- a child that is the whole driver: scheduler and barrier coordinator at once.
 *
 * This room is for: a core whose driver is a child (exec.h); what the child is told, and what it may order.
 * It may include:   exec.h, the core's and the plan's headers.
 * Never here:       judgement of what it orders. What can be understood is carried out, so that the oracles see it.
 *
 * Executors, tasks and links stay those of the core that is given. What happens at the driver's door in one instant is gathered, and is one
 * line when the instant is over; the answer is what the driver does then. docs/protocol-scheduler.md has the words.
 *
 * Hidden from the child, and done here: registration, heartbeats and who is silent, links and incarnations of messages, handles of
 * reservations, the record of a plan, rosters, the payload of a round.
 *
 * What the child remembers is no part of a snapshot: such a driver cannot be copied, so it cannot die and come back, and nothing can be
 * searched. Its fingerprint never returns: no livelock is found, a run that goes round in circles ends at its limits.
 */
#ifndef EXEC_SCHEDULER_H
#define EXEC_SCHEDULER_H

#include "exec/exec.h"
#include "gang/gang.h"
#include "plan/plan.h"

struct exec_scheduler;

/* Why this plan cannot be run with a child as its driver; NULL: it can. */
const char *exec_scheduler_unfit(const struct plan *plan);
/* For one run, after exec_reset(). `plan` gives names and must outlive it. NULL: no memory. */
struct exec_scheduler *exec_scheduler_new(struct exec_child *child, const struct gang_api *core, const struct plan *plan);
/* The core with that driver. It must be the next whose driver_init() is called in this process, and only once. */
const struct gang_api *exec_scheduler_api(struct exec_scheduler *s);
/* A key in every event that no scheduler knows: for tests of the child. */
void exec_scheduler_embellish(struct exec_scheduler *s, bool on);
/* What it failed of, after a run that stopped; code EXEC_OK: it did not. */
const struct exec_err *exec_scheduler_failure(const struct exec_scheduler *s);
void exec_scheduler_free(struct exec_scheduler *s); /* NULL is a no-op */

#endif
