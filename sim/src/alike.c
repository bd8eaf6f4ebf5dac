/*
 * alike.c -- machines and ranks that are alike, and which of them a fault may befall first.
 *
 * This room is for: whom a plan treats alike; of acts that differ only in whom they befall, the first of those left.
 * It may include:   sim/search.h, world.h.
 * Never here:       names of states: what is alike is left out by what has happened, and no state is taken for another.
 *
 * A renaming of machines, and of the ranks on them, that changes nothing of the plan makes of each run another run, step by step, with
 * the same verdict. So of all runs that are renamings of each other one will do: that in which of those who are alike, and whom nothing has
 * befallen yet, the first is befallen first. For which is first changes under no renaming that leaves in their place those whom
 * something has befallen, one act after the other; and that decides itself by which acts have happened, in whatever order.
 *
 * That needs a scheduler for which a renamed state is a state like another. Placement by the lowest number is not so: of two idle
 * machines that have had different fates, it takes the first, and in the renamed state the other. Unless there is nothing to
 * choose: so each gang must fill the cluster. Then rank r is always on machine r / (ranks on a machine), and a launch is the same
 * under every renaming. What the driver does in one step for several machines it does in the order of their numbers, which no
 * rule asks about.
 */
#include "sim/search.h"

#include "world.h"

#include <string.h>

enum { ACTS_MAX = 4096, TASKS_MAX = 4096 };

/* Behind it, for each executor and then for each task of the plan: its class (the first that is like it), its turn, and a mark. */
struct sim_alike {
    const struct plan *plan;
    uint32_t executors, tasks;
};
struct one {
    uint32_t class, turn;
    uint32_t is_named;   /* the plan has something about it that is no act of a search */
    uint32_t is_touched; /* in the state at hand something has befallen it */
};

static struct one *executor_at(const struct sim_alike *a, uint32_t executor)
{
    return (struct one *)(uintptr_t)(a + 1) + executor;
}
static struct one *task_at(const struct sim_alike *a, uint32_t task)
{
    return executor_at(a, a->executors) + task;
}

/* ---- numbers: a task is a rank of a stage, counted through */
static uint32_t first_task(const struct plan *plan, uint32_t stage)
{
    uint32_t first = 0;
    for (uint32_t s = 0; s < stage; s++)
        first += plan->stages[s].tasks;
    return first;
}

static uint32_t all_tasks(const struct plan *plan) { return first_task(plan, plan->stage_count); }

static uint32_t task_of(const struct plan *plan, const struct plan_act *p)
{
    return first_task(plan, plan->jobs[p->job].first_stage + p->stage) + p->rank;
}

static uint32_t ranks_on_one(const struct plan *plan, uint32_t stage)
{
    return plan->stages[stage].tasks / plan->executor_count;
}

/* Where each attempt of the gang has this task. */
static uint32_t executor_of(const struct plan *plan, uint32_t task)
{
    uint32_t stage = 0;
    while (task >= plan->stages[stage].tasks)
        task -= plan->stages[stage++].tasks;
    return task / ranks_on_one(plan, stage);
}

/* ---- whether there is anything alike */
static bool machines_are_one(const struct plan *plan)
{
    for (uint32_t i = 1; i < plan->executor_count; i++)
        if (memcmp(&plan->executors[i], &plan->executors[0], sizeof plan->executors[0]) != 0)
            return false;
    return true;
}

static bool fills_the_cluster(const struct plan *plan, const struct plan_stage *s)
{
    const struct plan_profile *p = &plan->profiles[s->profile];
    const struct plan_executor *e = &plan->executors[0];
    const struct gang_room room = {e->cores, e->memory_mib, 0};
    const struct gang_need need = {p->cores, p->memory_mib, 0};
    return s->kind == PLAN_STAGE_BARRIER && s->min == s->tasks && s->prefers == 0 &&
           s->constraint == PLAN_PLACE_ANY && s->shuffles == 0 && p->gpu_milli == 0 &&
           s->tasks == (uint64_t)gang_fit(&room, &need) * plan->executor_count;
}

/* What a rank does must not depend on which it is. */
static bool is_for_all_ranks(const struct plan *plan, const struct plan_stage *s)
{
    const uint32_t known = 1u << PLAN_OP_END | 1u << PLAN_OP_COMPUTE | 1u << PLAN_OP_BARRIER |
                           1u << PLAN_OP_ALL_GATHER | 1u << PLAN_OP_CHECKPOINT |
                           1u << PLAN_OP_FAIL | 1u << PLAN_OP_EXIT | 1u << PLAN_OP_LOOP |
                           1u << PLAN_OP_NEXT | 1u << PLAN_OP_HANG;
    const struct plan_program *program = &plan->programs[s->program];
    for (uint32_t i = 0; i < program->op_count; i++) {
        const struct plan_op *op = &plan->ops[program->first_op + i];
        if ((known >> op->code & 1) == 0)
            return false;
        if (op->code == PLAN_OP_COMPUTE && plan->dists[op->dist].kind != PLAN_DIST_FIXED)
            return false;
    }
    return true;
}

static const char *why_not(const struct sim *w, const struct gang_policy *policy)
{
    const struct gang_policy strict = gang_policy_strict();
    const struct plan *plan = w->plan;
    if (memcmp(policy, &strict, sizeof strict) != 0)
        return "only the policy strict has every attempt of a gang in the same places";
    if (!sim_moves_commute(w))
        return "the scenario has links, pauses, meetings, outputs, patterns or a driver that dies";
    if (plan->setting[PLAN_SET_DYNAMIC] || !machines_are_one(plan))
        return "the machines are not all of one kind";
    if (plan->act_count > ACTS_MAX || all_tasks(plan) > TASKS_MAX)
        return "there are too many acts or tasks to compare";
    for (uint32_t s = 0; s < plan->stage_count; s++) {
        if (!fills_the_cluster(plan, &plan->stages[s]))
            return "some stage is no gang that fills the cluster, so where it runs is a choice, "
                   "which goes by number";
        if (!is_for_all_ranks(plan, &plan->stages[s]))
            return "what some rank does depends on which it is";
    }
    return NULL;
}

/* ---- classes */
static bool is_anytime(const struct plan_act *p)
{
    return p->when.kind == PLAN_NONE && p->at_ns == PLAN_NEVER;
}

/* An act of a search on one task, or one machine, that does the same to any other. */
static bool is_of(const struct plan_act *p, enum plan_act_target target)
{
    const uint32_t on_task =
        1u << PLAN_ACT_KILL_TASK | 1u << PLAN_ACT_HANG_TASK | 1u << PLAN_ACT_STRAGGLE_TASK;
    const uint32_t on_executor = 1u << PLAN_ACT_CRASH | 1u << PLAN_ACT_RESTART;
    return is_anytime(p) && p->kind < 32 &&
           ((target == PLAN_TARGET_TASK ? on_task : on_executor) >> p->kind & 1) != 0;
}

static void name_pattern(struct sim_alike *a, const struct plan_pattern *when)
{
    for (uint32_t i = 0; i < a->executors; i++)
        executor_at(a, i)->is_named |= when->executor == i;
    for (uint32_t i = 0; i < a->tasks && when->rank != PLAN_NONE; i++)
        task_at(a, i)->is_named = executor_at(a, executor_of(a->plan, i))->is_named = 1;
}

static void name_those_who_are(struct sim_alike *a)
{
    for (uint32_t i = 0; i < a->plan->expect_count; i++)
        name_pattern(a, &a->plan->expects[i].when);
    for (uint32_t i = 0; i < a->plan->act_count; i++) {
        const struct plan_act *p = &a->plan->acts[i];
        enum plan_act_target target = plan_act_target(p->kind);
        if (target == PLAN_TARGET_TASK && !is_of(p, PLAN_TARGET_TASK)) {
            task_at(a, task_of(a->plan, p))->is_named = 1;
            executor_at(a, executor_of(a->plan, task_of(a->plan, p)))->is_named = 1;
        } else if (target != PLAN_TARGET_TASK && target != PLAN_TARGET_JOB &&
                   !is_of(p, PLAN_TARGET_EXECUTOR) && p->executor < a->executors) {
            executor_at(a, p->executor)->is_named = 1;
        }
    }
}

static bool befalls(const struct plan *plan, const struct plan_act *p, enum plan_act_target target,
                    uint32_t whom)
{
    return is_of(p, target) &&
           (target == PLAN_TARGET_TASK ? task_of(plan, p) : p->executor) == whom;
}

/* All but whom it befalls. Which acts make a pair is for whoever leaves some out. */
static bool is_like(const struct plan_act *x, const struct plan_act *y)
{
    struct plan_act a = *x, b = *y;
    a.executor = b.executor = a.job = b.job = a.stage = b.stage = a.rank = b.rank = a.pair =
        b.pair = 0;
    return memcmp(&a, &b, sizeof a) == 0;
}

/* How often something like `p` may befall it. */
static uint32_t count_like(const struct plan *plan, const struct plan_act *p,
                           enum plan_act_target target, uint32_t whom)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        count += befalls(plan, &plan->acts[i], target, whom) && is_like(&plan->acts[i], p);
    return count;
}

static bool same_may_befall(const struct plan *plan, enum plan_act_target target, uint32_t x,
                            uint32_t y)
{
    for (uint32_t i = 0; i < plan->act_count; i++) {
        const struct plan_act *p = &plan->acts[i];
        if ((befalls(plan, p, target, x) || befalls(plan, p, target, y)) &&
            count_like(plan, p, target, x) != count_like(plan, p, target, y))
            return false;
    }
    return true;
}

/* Whether two tasks of one stage are alike, wherever they are. */
static bool tasks_are_alike(const struct sim_alike *a, uint32_t x, uint32_t y)
{
    return !task_at(a, x)->is_named && !task_at(a, y)->is_named &&
           same_may_befall(a->plan, PLAN_TARGET_TASK, x, y);
}

static uint32_t count_alike(const struct sim_alike *a, uint32_t task, uint32_t first,
                            uint32_t count)
{
    uint32_t alike = 0;
    for (uint32_t i = first; i < first + count; i++)
        alike += tasks_are_alike(a, task, i);
    return alike;
}

/* The same may befall them, and of each stage they have as many tasks of each kind. */
static bool executors_are_alike(const struct sim_alike *a, uint32_t x, uint32_t y)
{
    if (executor_at(a, x)->is_named || executor_at(a, y)->is_named ||
        !same_may_befall(a->plan, PLAN_TARGET_EXECUTOR, x, y))
        return false;
    for (uint32_t s = 0; s < a->plan->stage_count; s++) {
        uint32_t count = ranks_on_one(a->plan, s), first = first_task(a->plan, s);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t task = first + x * count + i;
            if (count_alike(a, task, first + x * count, count) !=
                count_alike(a, task, first + y * count, count))
                return false;
        }
    }
    return true;
}

static void find_classes(struct sim_alike *a)
{
    for (uint32_t i = 0; i < a->executors; i++) {
        uint32_t k = 0;
        while (k < i && !executors_are_alike(a, k, i))
            k++;
        executor_at(a, i)->class = executor_at(a, k)->class = k;
        executor_at(a, i)->turn = i;
    }
    for (uint32_t s = 0, first = 0; s < a->plan->stage_count; first += a->plan->stages[s++].tasks)
        for (uint32_t r = 0; r < a->plan->stages[s].tasks; r++) {
            uint32_t count = ranks_on_one(a->plan, s), k = r / count * count;
            while (k < r && !tasks_are_alike(a, first + k, first + r))
                k++;
            task_at(a, first + r)->class = first + k;
            task_at(a, first + r)->turn = first + r;
        }
}

size_t sim_alike_bytes(const struct sim *w)
{
    return sizeof(struct sim_alike) +
           ((size_t)w->executor_count + all_tasks(w->plan)) * sizeof(struct one);
}

const char *sim_alike_init(struct sim_alike *a, const struct sim *w,
                           const struct gang_policy *policy)
{
    const char *why = why_not(w, policy);
    if (why != NULL)
        return why;
    memset(a, 0, sim_alike_bytes(w));
    a->plan = w->plan;
    a->executors = w->executor_count;
    a->tasks = all_tasks(w->plan);
    name_those_who_are(a);
    find_classes(a);
    return NULL;
}

uint32_t sim_alike_count(const struct sim_alike *a, bool tasks)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < (tasks ? a->tasks : a->executors); i++)
        count += (tasks ? task_at(a, i) : executor_at(a, i))->class != i;
    return count;
}

void sim_alike_turn(struct sim_alike *a, uint64_t dice)
{
    for (uint32_t i = 0; i < a->executors + a->tasks;
         i++) { /* Fisher and Yates, whatever is which */
        uint32_t k =
            (uint32_t)((dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u) >> 33) %
            (i + 1);
        executor_at(a, i)->turn = executor_at(a, k)->turn;
        executor_at(a, k)->turn = i;
    }
}

/* ---- in a state */
static void touch(const struct sim_alike *a, const struct sim *w)
{
    for (uint32_t i = 0; i < a->executors + a->tasks; i++)
        executor_at(a, i)->is_touched = 0;
    for (uint32_t i = 0; i < a->plan->act_count; i++) {
        const struct plan_act *p = &a->plan->acts[i];
        uint32_t executor = p->executor;
        if (w->acts[i].matches == 0 && !w->acts[i].withheld)
            continue;
        if (is_of(p, PLAN_TARGET_TASK)) {
            task_at(a, task_of(a->plan, p))->is_touched = 1;
            executor = executor_of(a->plan, task_of(a->plan, p));
        }
        if (executor < a->executors)
            executor_at(a, executor)->is_touched = 1;
    }
}

/* Of those of its class whom nothing has befallen, the first. */
static bool is_first(const struct one *ones, uint32_t count, uint32_t i)
{
    for (uint32_t k = 0; k < count; k++)
        if (ones[k].class == ones[i].class && !ones[k].is_touched && ones[k].turn < ones[i].turn)
            return false;
    return true;
}

static bool may_befall(const struct sim_alike *a, const struct plan_act *p)
{
    uint32_t executor = p->executor;
    if (is_of(p, PLAN_TARGET_TASK)) {
        uint32_t task = task_of(a->plan, p);
        executor = executor_of(a->plan, task);
        if (!task_at(a, task)->is_touched && !is_first(task_at(a, 0), a->tasks, task))
            return false;
    } else if (!is_of(p, PLAN_TARGET_EXECUTOR)) {
        return true;
    }
    return executor_at(a, executor)->is_touched ||
           is_first(executor_at(a, 0), a->executors, executor);
}

uint32_t sim_alike_moves(const struct sim_alike *a, const struct sim *w, struct sim_move *list,
                         uint32_t count)
{
    uint32_t first = count, kept;
    while (first > 0 && list[first - 1].kind == SIM_MOVE_FAULT)
        first--;
    kept = first;
    if (first < count)
        touch(a, w);
    for (uint32_t i = first; i < count; i++)
        if (may_befall(a, &a->plan->acts[list[i].who]))
            list[kept++] = list[i];
    return kept;
}
