/*
 * afflict.c -- what the plan does to tasks: they die, hang, dawdle, quit, will not go, or are heard
 * twice.
 *
 * This room is for: finding the task that an act means, and what befalls it.
 * It may include:   record.h, world.h.
 * Never here:       what a task does by itself (task.c).
 *
 * What a process on a host that stands still would do, it does when that goes on.
 */
#include "record.h"

#include <stdio.h>

enum { EXIT_SEGMENTATION_FAULT = 139 };

/* Loops in loops in loops: a task has no room for these. Programs are properly nested, so depth needs no bounds of them. */
bool sim_has_inner_loops(const struct plan *plan)
{
    uint32_t depth = 0, most = 0;
    for (uint32_t i = 0; i < plan->op_count; i++) {
        depth += plan->ops[i].code == PLAN_OP_LOOP;
        most = depth > most ? depth : most;
        depth -= plan->ops[i].code == PLAN_OP_NEXT;
    }
    return most > 2;
}

bool sim_has_traits(const struct plan *plan)
{
    bool any = sim_has_ailments(plan) || sim_count_places(plan) > 0 || sim_count_peers(plan) > 0;
    for (uint32_t i = 0; i < plan->act_count && !any; i++)
        any = plan->acts[i].kind == PLAN_ACT_LINGER || plan->acts[i].kind == PLAN_ACT_STRAY_CALL ||
              plan->acts[i].kind == PLAN_ACT_STRAGGLE_TASK;
    return any || sim_has_inner_loops(plan);
}

bool sim_task_check(const struct plan *plan, uint32_t act, struct sim_err *err)
{
    const struct plan_act *p = &plan->acts[act];
    if (p->kind != PLAN_ACT_STRAY_CALL ||
        (p->amount >= 0 && (p->way == GANG_OP_BARRIER || p->way == GANG_OP_ALL_GATHER)))
        return true;
    err->code = SIM_E_PLAN;
    (void)snprintf(err->detail, sizeof err->detail,
                   "act %u: a stray call has operation %u and epoch %d, must be 0..1 and 0 or more",
                   act, p->way, p->amount);
    return false;
}

/* The rank's process, of the latest attempt if an earlier one still ends; PLAN_NONE: none runs.
 * O(slots). */
static uint32_t find_task(const struct sim *w, const struct plan_act *p)
{
    uint32_t found = PLAN_NONE;
    for (uint32_t t = 0; t < w->task_count; t++) {
        const struct sim_task *task = &w->tasks[t];
        if (task->state == SIM_TASK_NONE || sim_job_of(w, task) != p->job ||
            task->index != p->stage || task->rank != p->rank)
            continue;
        if (found == PLAN_NONE || task->attempt > w->tasks[found].attempt)
            found = t;
    }
    return found;
}

static bool is_on_its_way_out(const struct sim_task *task)
{
    return task->state == SIM_TASK_ENDING || task->state == SIM_TASK_LINGER;
}

/* A call can be sent again only if it was made: one that is over, or the very one it waits in. */
static bool was_called(const struct sim_task *task, const struct plan_act *p)
{
    uint32_t epoch = (uint32_t)p->amount;
    if (p->size != 0) /* no repetition: a caller that counts otherwise */
        return epoch <= task->epoch;
    return epoch < task->epoch ||
           (epoch == task->epoch && task->calling && task->op == p->way);
}

/* Whether the act changes anything. */
static bool matters(const struct sim *w, const struct plan_act *p, const struct sim_task *task)
{
    const struct sim_host *host = &w->hosts[task->executor];
    switch (p->kind) {
    case PLAN_ACT_IGNORE_KILL:
        return (task->habits & SIM_HABIT_IGNORES) == 0 && !is_on_its_way_out(task);
    case PLAN_ACT_LINGER:
        return p->duration_ns > 0 && !is_on_its_way_out(task);
    case PLAN_ACT_QUIT:
        return !sim_hangs(task) && !is_on_its_way_out(task);
    case PLAN_ACT_STRAY_CALL:
        return (host->ill & SIM_ILL_PAUSED) == 0 && was_called(task, p);
    default:
        return true;
    }
}

/* From the executor's door, and nobody inside knows of it: the driver alone can tell (G-05, G-06). */
static void call_again(struct sim *w, uint32_t t, const struct plan_act *p, uint64_t fault)
{
    const struct sim_task *task = &w->tasks[t];
    struct gang_task then = sim_client(w, task);
    then.epoch = (uint32_t)p->amount;
    const struct gang_msg msg = {.kind = GANG_MSG_ARRIVE,
                                 .op = (uint8_t)p->way,
                                 .executor = task->executor,
                                 .job = then.job,
                                 .stage = then.stage,
                                 .attempt = then.attempt,
                                 .epoch = then.epoch,
                                 .rank = then.rank,
                                 .count = p->size != 0 ? p->size : then.size,
                                 .ref = w->traits[t].ref,
                                 .group = w->traits[t].group,
                                 .incarnation = w->hosts[task->executor].incarnation,
                                 .blob = {.digest = sim_payload_digest(&then)}};
    sim_send(w, &msg, sim_record_sent(w, &msg, true, fault), true);
}

/* A process that waits in a sync call cannot quit before that returns. */
static void quit(struct sim *w, uint32_t t, uint64_t fault)
{
    struct sim_task *task = &w->tasks[t];
    if (task->state == SIM_TASK_SYNC)
        task->habits |= SIM_HABIT_QUITS;
    else
        sim_task_end(w, t, TRACE_EXIT_OK, 0, fault);
}

static void die(struct sim *w, uint32_t t, uint64_t fault)
{
    struct sim_task *task = &w->tasks[t];
    if ((w->hosts[task->executor].ill & SIM_ILL_PAUSED) == 0) {
        sim_task_exit(w, t, TRACE_EXIT_FAILED, EXIT_SEGMENTATION_FAULT, fault);
        return;
    }
    task->habits |= SIM_HABIT_FORCED; /* what has crashed does not linger */
    sim_task_end(w, t, TRACE_EXIT_FAILED, EXIT_SEGMENTATION_FAULT, fault);
}

void sim_task_act(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    uint32_t t = find_task(w, p);
    if (t == PLAN_NONE || !matters(w, p, &w->tasks[t]))
        return;
    struct sim_task *task = &w->tasks[t];
    if (!sim_budget_task(w, act, task, cause))
        return;
    uint64_t fault =
        sim_record_act(w, TRACE_FAULT, act, task->executor, task->attempt, cause);
    switch (p->kind) {
    case PLAN_ACT_KILL_TASK:
        die(w, t, fault);
        break;
    case PLAN_ACT_HANG_TASK:
        sim_task_hang(w, t);
        break;
    case PLAN_ACT_STRAGGLE_TASK:
        sim_task_straggle(w, t, p->duration_ns);
        break;
    case PLAN_ACT_IGNORE_KILL:
        task->habits |= SIM_HABIT_IGNORES;
        break;
    case PLAN_ACT_LINGER:
        task->habits |= SIM_HABIT_LINGERS;
        w->traits[t].linger_ns = p->duration_ns;
        break;
    case PLAN_ACT_QUIT:
        quit(w, t, fault);
        break;
    case PLAN_ACT_STRAY_CALL:
        call_again(w, t, p, fault);
        break;
    default:
        assert(false && "not an act on a task");
    }
}
