/*
 * volley_plan.c -- see plans.h: several faults at nearly the same time.
 */
#include "plan_parts.h"
#include "plans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const int64_t US = 1000, MS = 1000000, SECOND = 1000000000;

/* ---- settings and machines */
static void set_times(struct plan *plan)
{
    static const int64_t latencies[] = {0, 100000, 3000000, 40000000, 250000000};
    int64_t *set = plan->setting, latency = latencies[dice(5)];
    set[PLAN_SET_LATENCY] = latency;
    set[PLAN_SET_BANDWIDTH] = dice(3) == 0 ? 1000000 : 0;
    set[PLAN_SET_HEARTBEAT] = (500 + dice(2500)) * MS;
    set[PLAN_SET_HEARTBEAT_TIMEOUT] = (8 + dice(12)) * SECOND;
    set[PLAN_SET_RESERVE_TIMEOUT] = 2 * latency + (1000 + dice(2000)) * MS;
    set[PLAN_SET_RESERVE_LEASE] = 2 * latency + (1000 + dice(4000)) * MS;
    set[PLAN_SET_SYNC_TIMEOUT] = 200 * SECOND;
    set[PLAN_SET_ADMISSION_INTERVAL] = SECOND;
    set[PLAN_SET_ADMISSION_FAILURES] = 300;
    set[PLAN_SET_ATTEMPTS] = 1 + dice(60);
    set[PLAN_SET_LOSSES] = 1000;
    set[PLAN_SET_RETRY_DELAY] = dice(3) * 200 * MS;
    set[PLAN_SET_KILL_GRACE] = dice(3) * 700 * MS;
    set[PLAN_SET_RELEASE_WAIT] = (3 + dice(10)) * SECOND;
    set[PLAN_SET_HEAL_AFTER] = (1 + dice(30)) * SECOND;
    set[PLAN_SET_RESTART_DELAY] = dice(4) * 500 * MS;
    set[PLAN_SET_CONNECTION_TIMEOUT] = (2 + dice(30)) * SECOND;
    set[PLAN_SET_DATAGRAM] = dice(3) == 0;
    set[PLAN_SET_RESEND] = 2 * latency + (20 + dice(500)) * MS;
    set[PLAN_SET_EXCLUDE_FAILURES] = dice(4);
    set[PLAN_SET_EXCLUDE_TIME] = (1 + dice(60)) * SECOND;
    set[PLAN_SET_LOCALITY_WAIT] = dice(2) * 500 * MS;
    set[PLAN_SET_VIRTUAL] = 4000 * SECOND;
}

static void add_machines(struct plan *plan)
{
    for (uint32_t i = 3 + dice(3); i > 0; i--)
        plan_add_executor(plan,
                          &(struct plan_executor){.cores = 2 + dice(3),
                                                  .memory_mib = 2048,
                                                  .gpus = dice(3),
                                                  .rack = dice(2),
                                                  .arrives_ns = dice(5) / 4 * dice(3000) * MS});
}

/* ---- jobs */
/* What a gang does out of the scheduler's sight, once a turn. Whoever waits for one that is gone gives up after a while. */
static uint32_t add_unseen(struct plan *plan, struct plan_op *ops, const char *name, uint32_t tasks)
{
    uint32_t count = 0;
    if (dice(2))
        ops[count++] = (struct plan_op){.code = PLAN_OP_ALL_REDUCE, .value = 1 + dice(100000)};
    if (dice(3) == 0)
        ops[count++] = (struct plan_op){
            .code = PLAN_OP_EXCHANGE, .value = dice(100000), .value2 = 1 + dice(1000)};
    if (dice(2))
        ops[count++] = (struct plan_op){.code = PLAN_OP_MEET,
                                        .dist = plan_name(plan, name),
                                        .value = tasks,
                                        .value2 = 20 * SECOND};
    return count;
}

static uint32_t add_program(struct plan *plan, bool barrier, bool fetches, const char *meets,
                            uint32_t tasks)
{
    struct plan_op ops[12];
    uint32_t count = 0, loop;
    struct plan_dist dist = {
        .kind = PLAN_DIST_UNIFORM, .lo = 10 * MS, .hi = (50 + dice(2000)) * MS};
    uint32_t time = plan_add_dist(plan, &dist);
    if (fetches)
        ops[count++] = (struct plan_op){.code = PLAN_OP_FETCH, .value = dice(100000)};
    loop = count;
    ops[count++] = (struct plan_op){.code = PLAN_OP_LOOP, .value = 1 + dice(5)};
    ops[count++] = (struct plan_op){.code = PLAN_OP_COMPUTE, .dist = time};
    if (barrier)
        ops[count++] = (struct plan_op){
            .code = (uint16_t)(dice(3) ? PLAN_OP_BARRIER : PLAN_OP_ALL_GATHER), .value = 64};
    if (barrier && meets != NULL)
        count += add_unseen(plan, ops + count, meets, tasks);
    if (dice(2))
        ops[count++] = (struct plan_op){.code = PLAN_OP_CHECKPOINT};
    if (dice(4) == 0)
        ops[count++] = (struct plan_op){.code = PLAN_OP_OUTPUT, .value = 1000};
    ops[loop].to = (uint16_t)count;
    ops[count++] = (struct plan_op){.code = PLAN_OP_NEXT, .to = (uint16_t)loop};
    return plan_add_program(plan, "", ops, count);
}

static void add_stage(struct plan *plan, uint32_t job, uint32_t number, bool unseen)
{
    static const uint32_t gpus[] = {0, 0, 0, 500, 1000};
    bool barrier = dice(4) > 0;
    uint32_t tasks = 1 + dice(5);
    uint64_t shuffles = number > 0 && dice(2) ? 1u << (number - 1) : 0;
    struct plan_profile need = {.cores = 1, .gpu_milli = gpus[dice(5)]};
    int64_t prefers[8];
    char name[16], place[32];
    for (uint32_t rank = 0; rank < tasks; rank++)
        prefers[rank] = (int64_t)dice(plan->executor_count + 1) - 1;
    snprintf(name, sizeof name, "s%u", number);
    snprintf(place, sizeof place, "place %u of %u", number, job);
    struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, name),
                                                   barrier ? PLAN_STAGE_BARRIER : PLAN_STAGE_MAPREDUCE, tasks);
    stage.profile = plan_add_profile(plan, &need);
    stage.program = add_program(plan, barrier, shuffles != 0, unseen ? place : NULL, tasks);
    stage.parents = number > 0 ? 1u << (number - 1) : 0;
    stage.shuffles = shuffles;
    stage.prefers = dice(4) ? 0 : 1 + plan_add_values(plan, prefers, tasks);
    plan_add_stage(plan, &stage);
}

/* It works for ever, and the run does not wait for it; on a machine of its own, or gangs could wait for its core for ever. */
static void add_service(struct plan *plan)
{
    const struct plan_profile need = {.cores = 1, .memory_mib = 4096};
    plan_add_executor(plan, &(struct plan_executor){.cores = 1, .memory_mib = 4096});
    struct plan_dist dist = {.kind = PLAN_DIST_FIXED, .lo = SECOND};
    const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 2, .value = 1000000000},
                                  {.code = PLAN_OP_COMPUTE, .dist = plan_add_dist(plan, &dist)},
                                  {.code = PLAN_OP_NEXT, .to = 0}};
    uint32_t job = plan_add_job(
        plan, &(struct plan_job){.name = plan_name(plan, "service"), .kind = PLAN_JOB_SERVICE});
    struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, "s0"), PLAN_STAGE_MAPREDUCE, 1);
    stage.profile = plan_add_profile(plan, &need);
    stage.program = plan_add_program(plan, "", ops, 3);
    plan_add_stage(plan, &stage);
}

static void add_jobs(struct plan *plan, bool unseen)
{
    char name[16];
    for (uint32_t i = 0, jobs = 1 + dice(3); i < jobs; i++) {
        snprintf(name, sizeof name, "j%u", i);
        uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, name),
                                                             .submit_ns = dice(4) * dice(2000) * MS,
                                                             .priority = (int32_t)dice(2)});
        for (uint32_t number = 0, stages = 1 + dice(3); number < stages; number++)
            add_stage(plan, job, number, unseen);
    }
    if (unseen && dice(3) == 0)
        add_service(plan);
}

/* ---- volleys */
/* Every other link is one between executors, where there are two. */
static void aim_at_peer(const struct plan *plan, struct plan_act *act)
{
    bool is_stream = act->kind != PLAN_ACT_LOSE && act->kind != PLAN_ACT_DOUBLE && act->kind != PLAN_ACT_REORDER;
    if (plan->executor_count == 1 && act->kind == PLAN_ACT_REFUSE)
        act->kind = PLAN_ACT_CUT;
    if (plan_act_target(act->kind) != PLAN_TARGET_LINK || !is_stream || plan->executor_count == 1 ||
        (act->kind != PLAN_ACT_REFUSE && dice(2)))
        return;
    act->peer = (act->executor + 1 + dice(plan->executor_count - 1)) % plan->executor_count;
}

static void aim_at_machine(const struct plan *plan, struct plan_act *act)
{
    static const int64_t lasts[] = {1000000,    50000000,    1000000000,
                                    6000000000, 12000000000, 30000000000};
    act->executor = dice(plan->executor_count);
    aim_at_peer(plan, act);
    act->duration_ns = lasts[dice(6)] + dice(1000) * US;
    act->way = plan_act_target(act->kind) == PLAN_TARGET_LINK ? dice(3) : 0;
    act->for_good = act->kind == PLAN_ACT_CRASH && dice(8) == 0;
    switch (act->kind) {
    case PLAN_ACT_CLOG:
    case PLAN_ACT_REORDER:
        act->duration_ns = (1 + dice(400)) * MS;
        act->amount = 1 + (int32_t)dice(1000);
        break;
    case PLAN_ACT_LOSE: /* not all: what never ends is a cut */
    case PLAN_ACT_DOUBLE:
        act->amount = 1 + (int32_t)dice(700);
        break;
    case PLAN_ACT_SLOW:
        act->amount = 50 + (int32_t)dice(400);
        break;
    case PLAN_ACT_DRIFT:
        act->amount = (int32_t)dice(2001) - 1000;
        break;
    case PLAN_ACT_TAKE:
        act->amount = 1 + (int32_t)dice(2);
        break;
    case PLAN_ACT_LOSE_GPU:
        if (plan->executors[act->executor].gpus == 0)
            act->kind = PLAN_ACT_PAUSE;
        else
            act->amount = (int32_t)dice(plan->executors[act->executor].gpus);
        break;
    default:
        break;
    }
}

static void aim_at_task(const struct plan *plan, struct plan_act *act)
{
    act->job = dice(plan->job_count);
    act->stage = dice(plan->jobs[act->job].stage_count);
    const struct plan_stage *stage = &plan->stages[plan->jobs[act->job].first_stage + act->stage];
    act->rank = dice(stage->tasks);
    act->duration_ns = (1 + dice(8000)) * MS;
    if (stage->kind != PLAN_STAGE_BARRIER &&
        (act->kind == PLAN_ACT_STRAY_CALL || act->kind == PLAN_ACT_QUIT))
        act->kind = PLAN_ACT_KILL_TASK;
    act->way = act->kind == PLAN_ACT_STRAY_CALL ? dice(2) : 0;
    act->amount = act->kind == PLAN_ACT_STRAY_CALL ? (int32_t)dice(3) : 0;
}

/* Streams lose nothing, and datagrams have no connection that breaks. */
static uint32_t kind_on(const struct plan *plan, uint32_t kind)
{
    bool datagram = plan->setting[PLAN_SET_DATAGRAM] != 0;
    if (!datagram && (kind == PLAN_ACT_LOSE || kind == PLAN_ACT_DOUBLE || kind == PLAN_ACT_REORDER))
        return PLAN_ACT_BREAK;
    return datagram && kind == PLAN_ACT_BREAK ? PLAN_ACT_CUT : kind;
}

static void aim_at_driver(struct plan_act *act)
{
    act->amount = (int32_t)(dice(3) > 0 ? 1 + dice(dice(2) ? 6 : 100) : 0);
    act->duration_ns = (int64_t)dice(dice(3) ? 4000 : 40000) * MS;
}

static void add_shot(struct plan *plan, const struct plan_pattern *when, int64_t within_ns,
                     bool unseen)
{
    static const uint32_t kinds[] = {
        PLAN_ACT_CRASH,         PLAN_ACT_CRASH,       PLAN_ACT_CRASH,     PLAN_ACT_RESTART,
        PLAN_ACT_CUT,           PLAN_ACT_CUT,         PLAN_ACT_HOLD,      PLAN_ACT_MEND,
        PLAN_ACT_CLOG,          PLAN_ACT_BREAK,       PLAN_ACT_BREAK,     PLAN_ACT_PAUSE,
        PLAN_ACT_PAUSE,         PLAN_ACT_SLOW,        PLAN_ACT_DRIFT,     PLAN_ACT_DRAIN,
        PLAN_ACT_TAKE,          PLAN_ACT_EXCLUDE,     PLAN_ACT_LOSE_GPU,  PLAN_ACT_LOSE,
        PLAN_ACT_LOSE,          PLAN_ACT_DOUBLE,      PLAN_ACT_REORDER,   PLAN_ACT_KILL_TASK,
        PLAN_ACT_KILL_TASK,     PLAN_ACT_QUIT,        PLAN_ACT_LINGER,    PLAN_ACT_CANCEL,
        PLAN_ACT_STRAGGLE_TASK, PLAN_ACT_IGNORE_KILL, PLAN_ACT_STRAY_CALL, PLAN_ACT_REFUSE};
    struct plan_act act = plan_act_blank();
    act.kind = kind_on(plan, kinds[dice(sizeof kinds / sizeof *kinds)]);
    if (unseen && dice(8) == 0)
        act.kind = dice(4) ? PLAN_ACT_CRASH_DRIVER : PLAN_ACT_HANG_TASK;
    if (unseen && act.kind == PLAN_ACT_QUIT) /* nobody tells those who meet that one of them left */
        act.kind = PLAN_ACT_KILL_TASK;
    act.when = *when;
    act.at_ns = dice(3) == 0 ? 0 : within_ns / 1000 * dice(1001);
    switch (plan_act_target(act.kind)) {
    case PLAN_TARGET_JOB:
        act.job = dice(plan->job_count);
        break;
    case PLAN_TARGET_TASK:
        aim_at_task(plan, &act);
        break;
    case PLAN_TARGET_EXECUTOR:
    case PLAN_TARGET_LINK:
        aim_at_machine(plan, &act);
        break;
    case PLAN_TARGET_DRIVER:
        aim_at_driver(&act);
        break;
    }
    plan_add_act(plan, &act);
}

static void add_volley(struct plan *plan, bool unseen)
{
    static const char *const kinds[] = {"reserve", "reserve-ack", "go",   "start",      "arrive",
                                        "release", "fence",       "free", "checkpoint", "kill",
                                        "lost",    "connect",     "exit", "plan"};
    struct plan_pattern when = plan_pattern_blank();
    when.kind = plan_name(plan, kinds[dice(14)]);
    when.nth = 1 + dice(3);
    if (dice(3) == 0)
        when.attempt = dice(3);
    for (uint32_t shots = 1 + dice(3); shots > 0; shots--)
        add_shot(plan, &when, plan->setting[PLAN_SET_LATENCY] + MS, unseen);
}

struct plan *volley_plan(uint64_t number, bool streams)
{
    struct plan *plan = plan_new();
    struct plan_err err;
    assert_non_null(plan);
    dice_begin(number * UINT64_C(0xD1342543DE82EF95));
    set_times(plan);
    if (streams)
        plan->setting[PLAN_SET_DATAGRAM] = 0;
    add_machines(plan);
    bool unseen = number % 3 == 0;
    add_jobs(plan, unseen);
    for (uint32_t volleys = 1 + dice(5); volleys > 0; volleys--)
        add_volley(plan, unseen);
    if (is_hasty(number))
        hasten(plan);
    if (plan_check(plan, &err) != PLAN_OK)
        fail_msg("plan %lu: %s", (unsigned long)number, err.detail);
    return plan;
}

/* With machines gone for good a gang may need the core that a service never gives back. */
bool volley_may_wait(const struct plan *plan)
{
    return plan->jobs[plan->job_count - 1].kind == PLAN_JOB_SERVICE;
}
