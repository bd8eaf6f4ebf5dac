/*
 * random_plan.c -- see plans.h: small random plans with random faults.
 */
#include "plan_parts.h"
#include "plans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const int64_t MS = 1000000;

static uint32_t add_program(struct plan *plan, bool barrier)
{
    struct plan_op ops[16];
    uint32_t count = 0;
    ops[count++] = (struct plan_op){.code = PLAN_OP_LOOP, .value = 1 + dice(4)};
    for (uint32_t steps = 1 + dice(3); steps > 0; steps--) {
        struct plan_dist dist = {
            .kind = PLAN_DIST_UNIFORM, .lo = 100 * MS, .hi = (200 + dice(3000)) * MS};
        ops[count++] =
            (struct plan_op){.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &dist)};
        if (barrier)
            ops[count++] = (struct plan_op){
                .code = (uint16_t)(dice(3) ? PLAN_OP_BARRIER : PLAN_OP_ALL_GATHER), .value = 64};
        if (dice(4) == 0)
            ops[count++] = (struct plan_op){.code = PLAN_OP_CHECKPOINT};
        if (dice(6) == 0)
            ops[count++] = (struct plan_op){.code = PLAN_OP_OUTPUT, .value = 64};
    }
    ops[0].to = (uint16_t)count;
    ops[count++] = (struct plan_op){.code = PLAN_OP_NEXT, .to = 0};
    if (dice(20) == 0)
        ops[count++] = (struct plan_op){.code = PLAN_OP_FAIL, .value = 3};
    return plan_add_program(plan, "", ops, count);
}

static void add_job(struct plan *plan, uint32_t number)
{
    char name[16];
    snprintf(name, sizeof name, "j%u", number);
    uint32_t stages = 1 + dice(2);
    uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, name),
                                                         .submit_ns = dice(20) * 1000 * MS,
                                                         .priority = (int32_t)dice(2)});
    for (uint32_t i = 0; i < stages; i++) {
        bool barrier = dice(3) > 0;
        uint32_t tasks = 1 + dice(6);
        struct plan_profile need = {
            .cores = 1 + dice(2), .memory_mib = dice(2) * 512, .gpu_milli = dice(3) / 2 * 1000};
        snprintf(name, sizeof name, "s%u", i);
        struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, name),
                                                       barrier ? PLAN_STAGE_BARRIER : PLAN_STAGE_MAPREDUCE, tasks);
        stage.profile = plan_add_profile(plan, &need);
        stage.program = add_program(plan, barrier);
        stage.parents = i > 0 && dice(2) ? 1 : 0;
        plan_add_stage(plan, &stage);
    }
}

static void add_act(struct plan *plan)
{
    static const char *const kinds[] = {"reserve", "reserve-ack", "go",        "start",
                                        "arrive",  "release",     "free",      "fence",
                                        "plan",    "lost",        "checkpoint"};
    static const uint32_t faults[] = {
        PLAN_ACT_CRASH,     PLAN_ACT_CRASH,     PLAN_ACT_CRASH,         PLAN_ACT_KILL_TASK,
        PLAN_ACT_KILL_TASK, PLAN_ACT_HANG_TASK, PLAN_ACT_STRAGGLE_TASK, PLAN_ACT_CANCEL};
    struct plan_act act = plan_act_blank();
    act.kind = faults[dice(8)];
    act.at_ns = dice(30000) * MS;
    if (dice(2)) {
        act.when.kind = plan_name(plan, kinds[dice(11)]);
        act.when.nth = 1 + dice(8);
        act.at_ns = dice(3) * dice(300) * MS;
    }
    act.job = dice(plan->job_count);
    act.stage = dice(plan->jobs[act.job].stage_count);
    const struct plan_stage *stage = &plan->stages[plan->jobs[act.job].first_stage + act.stage];
    act.rank = dice(stage->tasks);
    act.executor = dice(plan->executor_count);
    if (act.kind == PLAN_ACT_CANCEL)
        act.stage = act.rank = act.executor = PLAN_NONE;
    else if (plan_act_target(act.kind) == PLAN_TARGET_EXECUTOR)
        act.job = act.stage = act.rank = PLAN_NONE;
    else
        act.executor = PLAN_NONE;
    act.for_good = act.kind == PLAN_ACT_CRASH && dice(4) == 0;
    act.duration_ns = act.kind == PLAN_ACT_STRAGGLE_TASK ? (1 + dice(60000)) * MS : 0;
    plan_add_act(plan, &act);
    if (act.kind == PLAN_ACT_CRASH && !act.for_good &&
        dice(2)) { /* it comes back before the heal */
        act.kind = PLAN_ACT_RESTART;
        act.at_ns += dice(20000) * MS;
        plan_add_act(plan, &act);
    }
}


static void add_wishes(struct plan *plan)
{
    int64_t prefers[8];
    for (uint32_t i = 0; i < plan->executor_count; i++)
        plan->executors[i].rack = dice(2);
    plan->setting[PLAN_SET_LOCALITY_WAIT] = dice(4) * 1000 * MS;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        for (uint32_t rank = 0; rank < plan->stages[i].tasks; rank++)
            prefers[rank] = (int64_t)dice(plan->executor_count + 1) - 1;
        if (dice(2))
            plan->stages[i].prefers = 1 + plan_add_values(plan, prefers, plan->stages[i].tasks);
    }
}

static void make_large(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->stage_count; i++)
        plan->stages[i].task_bytes = dice(1000) * dice(1000);
    plan->setting[PLAN_SET_TASK_BYTES_MAX] = dice(2) * 900000;
}

static void share_gpus(struct plan *plan)
{
    static const uint32_t milli[] = {200, 300, 400, 500, 800};
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        struct plan_profile need = plan->profiles[plan->stages[i].profile];
        need.gpu_milli = milli[dice(5)];
        if (dice(2))
            plan->stages[i].profile = plan_add_profile(plan, &need);
    }
}

/* Reads what its parents made, works, perhaps syncs, and now and then fails. */
static uint32_t add_fetching_program(struct plan *plan, bool barrier, bool fetches)
{
    struct plan_op ops[8];
    uint32_t count = 0;
    struct plan_dist dist = {.kind = PLAN_DIST_UNIFORM, .lo = 100 * MS, .hi = (200 + dice(5000)) * MS};
    if (fetches && dice(2)) /* so that a barrier may stand before it, and after it */
        ops[count++] = (struct plan_op){.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &dist)};
    if (barrier && dice(2))
        ops[count++] = (struct plan_op){.code = PLAN_OP_BARRIER};
    if (fetches)
        ops[count++] = (struct plan_op){.code = PLAN_OP_FETCH, .value = dice(1000000)};
    ops[count++] = (struct plan_op){.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &dist)};
    if (barrier && dice(2))
        ops[count++] = (struct plan_op){.code = PLAN_OP_BARRIER};
    if (dice(3) == 0)
        ops[count++] = (struct plan_op){.code = PLAN_OP_CHECKPOINT};
    if (dice(40) == 0)
        ops[count++] = (struct plan_op){.code = PLAN_OP_FAIL, .value = 3};
    return plan_add_program(plan, "", ops, count);
}

/* A job of several stages that shuffle from each other. */
static void add_dag(struct plan *plan)
{
    char name[16];
    snprintf(name, sizeof name, "d%u", plan->job_count);
    uint32_t job = plan_add_job(
        plan, &(struct plan_job){.name = plan_name(plan, name),
                                 .kind = dice(8) ? PLAN_JOB_BATCH : PLAN_JOB_MAP,
                                 .submit_ns = dice(20) * 1000 * MS,
                                 .priority = (int32_t)dice(2)});
    for (uint32_t i = 0, stages = 2 + dice(4); i < stages; i++) {
        bool barrier = dice(2) > 0;
        uint32_t tasks = 1 + dice(6);
        uint64_t parents = i == 0 ? 0 : (UINT64_C(1) << (i - 1)) | dice(1u << i);
        uint64_t shuffles = dice(5) ? parents : parents & dice(1u << i);
        struct plan_profile need = {.cores = 1, .memory_mib = 0, .gpu_milli = 0};
        snprintf(name, sizeof name, "s%u", i);
        struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, name),
                                                       barrier ? PLAN_STAGE_BARRIER : PLAN_STAGE_MAPREDUCE, tasks);
        stage.profile = plan_add_profile(plan, &need);
        stage.program = add_fetching_program(plan, barrier, shuffles != 0);
        stage.parents = parents;
        stage.shuffles = shuffles;
        plan_add_stage(plan, &stage);
    }
}

static void add_shuffles(struct plan *plan)
{
    plan->setting[PLAN_SET_EXCLUDE_FAILURES] = dice(4);
    plan->setting[PLAN_SET_EXCLUDE_TIME] = (1 + dice(600)) * 1000 * MS;
    for (uint32_t jobs = 1 + dice(2); jobs > 0; jobs--)
        add_dag(plan);
    for (uint32_t acts = dice(4); acts > 0; acts--)
        add_act(plan);
}

/* ---- from plan 2001 on: machines and tasks that are not well, tasks that meet, jobs without end */
static void set_target(struct plan *plan, struct plan_act *act)
{
    act->job = dice(plan->job_count);
    act->stage = dice(plan->jobs[act->job].stage_count);
    const struct plan_stage *stage = &plan->stages[plan->jobs[act->job].first_stage + act->stage];
    act->rank = dice(stage->tasks);
    act->executor = dice(plan->executor_count);
    if (plan_act_target(act->kind) == PLAN_TARGET_EXECUTOR)
        act->job = act->stage = act->rank = PLAN_NONE;
    else
        act->executor = PLAN_NONE;
}

static int32_t amount_of(const struct plan *plan, const struct plan_act *act)
{
    if (act->kind == PLAN_ACT_SLOW)
        return (int32_t)(50 + 50 * dice(8));
    if (act->kind == PLAN_ACT_DRIFT)
        return (int32_t)dice(2001) - 1000;
    if (act->kind == PLAN_ACT_TAKE)
        return (int32_t)(1 + dice(3));
    if (act->kind == PLAN_ACT_LOSE_GPU)
        return (int32_t)dice(plan->executors[act->executor].gpus);
    return act->kind == PLAN_ACT_STRAY_CALL ? (int32_t)dice(3) : 0;
}

/* What cannot be asked of this target becomes something else. */
static void make_sense(const struct plan *plan, struct plan_act *act)
{
    if (act->kind == PLAN_ACT_LOSE_GPU && plan->executors[act->executor].gpus == 0)
        act->kind = PLAN_ACT_SLOW;
    if (act->kind != PLAN_ACT_STRAY_CALL && act->kind != PLAN_ACT_QUIT)
        return;
    uint32_t stage = plan->jobs[act->job].first_stage + act->stage;
    bool meets = act->job + 1 == plan->job_count || /* without it the others would wait for ever */
                 plan->jobs[act->job].kind == PLAN_JOB_SERVICE;
    if (plan->stages[stage].kind != PLAN_STAGE_BARRIER || (meets && act->kind == PLAN_ACT_QUIT))
        act->kind = PLAN_ACT_LINGER;
}

static void add_ailment(struct plan *plan)
{
    static const char *const kinds[] = {"reserve", "reserve-ack", "go",   "start", "arrive",
                                        "release", "free",        "fence", "plan",  "meet"};
    static const uint32_t faults[] = {
        PLAN_ACT_PAUSE, PLAN_ACT_PAUSE,       PLAN_ACT_SLOW,   PLAN_ACT_DRIFT, PLAN_ACT_DRAIN,
        PLAN_ACT_TAKE,  PLAN_ACT_TAKE,        PLAN_ACT_LINGER, PLAN_ACT_QUIT,  PLAN_ACT_STRAY_CALL,
        PLAN_ACT_LOSE_GPU, PLAN_ACT_IGNORE_KILL};
    struct plan_act act = plan_act_blank();
    act.kind = faults[dice(12)];
    act.at_ns = dice(30000) * MS;
    if (dice(3) > 0) {
        act.when.kind = plan_name(plan, kinds[dice(10)]);
        act.when.nth = 1 + dice(12);
        act.at_ns = dice(3) * dice(300) * MS;
    }
    set_target(plan, &act);
    make_sense(plan, &act);
    act.amount = amount_of(plan, &act);
    act.duration_ns = (1 + dice(dice(2) ? 60000 : 3000)) * MS;
    if (act.kind == PLAN_ACT_SLOW || act.kind == PLAN_ACT_DRIFT)
        act.duration_ns = 0;
    plan_add_act(plan, &act);
}

/* What the others send each other is cut, held, late or refused. */
static void add_peer_fault(struct plan *plan)
{
    static const char *const kinds[] = {"start", "meet", "accept", "release", "met"};
    static const uint32_t faults[] = {PLAN_ACT_CUT,    PLAN_ACT_CUT,  PLAN_ACT_HOLD, PLAN_ACT_CLOG,
                                      PLAN_ACT_REFUSE, PLAN_ACT_BREAK, PLAN_ACT_MEND};
    struct plan_act act = plan_act_blank();
    if (plan->executor_count == 1)
        return;
    act.kind = faults[dice(7)];
    act.at_ns = dice(30000) * MS;
    if (dice(3) > 0) {
        act.when.kind = plan_name(plan, kinds[dice(5)]);
        act.when.nth = 1 + dice(12);
        act.at_ns = dice(3) * dice(300) * MS;
    }
    act.executor = dice(plan->executor_count);
    act.peer = (act.executor + 1 + dice(plan->executor_count - 1)) % plan->executor_count;
    act.way = act.kind == PLAN_ACT_BREAK ? 0 : dice(3);
    act.duration_ns = (1 + dice(dice(2) ? 60000 : 3000)) * MS;
    plan_add_act(plan, &act);
}

static void add_meeting_gang(struct plan *plan, uint32_t kind, const char *name, uint32_t tasks)
{
    struct plan_profile need = {.cores = 1, .gpu_milli = dice(2) * 1000};
    struct plan_dist dist = {.kind = PLAN_DIST_UNIFORM, .lo = 100 * MS, .hi = 2000 * MS};
    const struct plan_op ops[] = {
        {.code = PLAN_OP_LOOP, .to = 6, .value = kind == PLAN_JOB_SERVICE ? 1000000000 : 1 + dice(4)},
        {.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &dist)},
        {.code = PLAN_OP_ALL_REDUCE, .value = 1 + dice(100000)},
        {.code = PLAN_OP_EXCHANGE, .value = dice(100000), .value2 = 1 + dice(1000)},
        {.code = PLAN_OP_MEET, .to = (uint16_t)dice(2), .dist = plan_name(plan, name), .value = tasks, .value2 = 20000 * MS},
        {.code = PLAN_OP_BARRIER},
        {.code = PLAN_OP_NEXT, .to = 0},
        {.code = PLAN_OP_END}};
    uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, name),
                                                         .kind = kind,
                                                         .submit_ns = dice(20) * 1000 * MS});
    struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, "s0"), PLAN_STAGE_BARRIER, tasks);
    stage.profile = plan_add_profile(plan, &need);
    stage.program = plan_add_program(plan, "", ops, 8);
    plan_add_stage(plan, &stage);
}

static void let_it_ail(struct plan *plan)
{
    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] += 10000 * MS;
    if (dice(2)) { /* messages wait for each other, and reservations must outlast that, too */
        plan->setting[PLAN_SET_BANDWIDTH] = 100000 + dice(1000000);
        plan->setting[PLAN_SET_RESERVE_TIMEOUT] += 100 * MS;
        plan->setting[PLAN_SET_RESERVE_LEASE] += 100 * MS;
    }
    if (dice(6) == 0)
        add_meeting_gang(plan, PLAN_JOB_SERVICE, "service", 1 + dice(2));
    add_meeting_gang(plan, PLAN_JOB_BATCH, "meeting", 1 + dice(4)); /* the last: see make_sense() */
    for (uint32_t acts = 1 + dice(5); acts > 0; acts--)
        add_ailment(plan);
    for (uint32_t acts = dice(5); acts > 0; acts--)
        add_peer_fault(plan);
}

/* Drawn after everything else. Its process dies at a time, or before some effect after some record. */
static void let_the_driver_die(struct plan *plan)
{
    static const char *const kinds[] = {"up",      "join", "submit",     "reserve",    "reserve-ack",
                                        "arrive",  "free", "stage-done", "driver-up",  "fence",
                                        "release", "lost", "cancel",     "checkpoint", "timer"};
    if (dice(2))
        return;
    for (uint32_t acts = 1 + dice(3); acts > 0; acts--) {
        struct plan_act act = plan_act_blank();
        act.kind = PLAN_ACT_CRASH_DRIVER;
        act.at_ns = dice(30000) * MS;
        if (dice(4) > 0) {
            act.when.kind = plan_name(plan, kinds[dice(15)]);
            act.when.nth = 1 + dice(8);
            act.at_ns = dice(3) / 2 * dice(300) * MS;
        }
        act.amount = (int32_t)(dice(4) > 0 ? 1 + dice(dice(2) ? 6 : 200) : 0);
        act.duration_ns = (int64_t)dice(dice(3) ? 4000 : 60000) * MS;
        plan_add_act(plan, &act);
    }
}

/* Drawn after everything else: a fault that is withheld is one that the judges must not see. */
static void tolerate_less(struct plan *plan)
{
    if (dice(4) > 0)
        return;
    plan->setting[PLAN_SET_BUDGET_MACHINES] = dice(3);
    plan->setting[PLAN_SET_BUDGET_LINKS] = dice(3);
    plan->setting[PLAN_SET_BUDGET_TASKS] = dice(4);
    plan->setting[PLAN_SET_BUDGET_DRIVER] = dice(3);
}

/* Nor does any machine know what time it is. */
static void set_clocks_apart(struct plan *plan)
{
    if (dice(3) == 0)
        plan->setting[PLAN_SET_CLOCK_OFFSET] = (int64_t)dice(4000 * 86400) * 1000 * MS;
}

/* Drawn last of all, so that every other draw stays what it was. */
static void let_executors_come_and_go(struct plan *plan)
{
    static const char *const managers[] = {"standalone", "yarn", "kubernetes", "mesos"};
    if (dice(3) > 0)
        return;
    plan->setting[PLAN_SET_DYNAMIC] = 1;
    plan->setting[PLAN_SET_IDLE_TIMEOUT] = (1 + dice(dice(2) ? 3000 : 30000)) * MS;
    plan->setting[PLAN_SET_RESTART_DELAY] = dice(8000) * MS;
    plan->manager = plan_name(plan, managers[dice(4)]);
}

struct plan *random_plan(uint64_t number)
{
    struct plan *plan = plan_new();
    struct plan_err err;
    assert_non_null(plan);
    dice_begin(number);
    plan->setting[PLAN_SET_SYNC_TIMEOUT] = (20 + dice(100)) * 1000 * MS;
    plan->setting[PLAN_SET_HEARTBEAT] = (1 + dice(5)) * 1000 * MS;
    plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT] = (6 + dice(20)) * 1000 * MS;
    plan->setting[PLAN_SET_VIRTUAL] = 1800 * 1000 * MS;
    plan->setting[PLAN_SET_HEAL_AFTER] = 60 * 1000 * MS;
    plan->setting[PLAN_SET_LATENCY] = dice(3) * dice(100) * MS;
    /* Patience and lease outlast the way there and back, but perhaps not by much. */
    int64_t round_trip = 2 * plan->setting[PLAN_SET_LATENCY];
    plan->setting[PLAN_SET_RESERVE_TIMEOUT] = round_trip + (1 + dice(2000)) * MS;
    plan->setting[PLAN_SET_RESERVE_LEASE] = round_trip + (1 + dice(5000)) * MS;
    plan->setting[PLAN_SET_KILL_GRACE] = dice(5000) * MS;
    for (uint32_t i = 2 + dice(3); i > 0; i--)
        plan_add_executor(plan,
                          &(struct plan_executor){.cores = 2 + dice(4),
                                                  .memory_mib = 2048,
                                                  .gpus = i % 2 + dice(3),
                                                  .arrives_ns = dice(4) / 3 * dice(5000) * MS});
    for (uint32_t i = 0, jobs = 1 + dice(3); i < jobs; i++)
        add_job(plan, i);
    for (uint32_t acts = dice(6); acts > 0; acts--)
        add_act(plan);
    if (number > PLANS_OF_WHOLE_GPUS) {
        share_gpus(plan);
        add_wishes(plan);
        make_large(plan);
        add_shuffles(plan);
    }
    if (number >= AILING_FROM) {
        let_it_ail(plan);
        let_the_driver_die(plan);
        tolerate_less(plan);
        set_clocks_apart(plan);
        let_executors_come_and_go(plan);
    }
    if (number >= AILING_FROM && is_hasty(number))
        hasten(plan);
    if (plan_check(plan, &err) != PLAN_OK)
        fail_msg("plan %lu: %s", (unsigned long)number, err.detail);
    return plan;
}

/* A task that the plan hangs may hang for ever: nothing looks after one that nobody waits for. */
bool plan_may_hang(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (plan->acts[i].kind == PLAN_ACT_HANG_TASK)
            return true;
    return false;
}
