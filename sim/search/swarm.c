/*
 * swarm.c -- variants of a plan. See swarm.h.
 *
 * Invariants
 *   1. What takes a fault back (restart, mend) happens if and only if the fault does, where the two are a pair; alone it always
 *      happens. Of a pair both move in time by the same factor, so their order stays.
 *   2. What is no fault (submit, cancel) is left as it is.
 */
#include "sim/swarm.h"

#include <assert.h>
#include <string.h>

#include "draw.h"
#include "swarm_world.h"

/* ---- kinds */
static bool is_fault(uint32_t kind)
{
    return kind != PLAN_ACT_SUBMIT && kind != PLAN_ACT_CANCEL && kind != PLAN_ACT_RESTART && kind != PLAN_ACT_MEND;
}

uint32_t sim_swarm_kinds(const struct plan *plan)
{
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (is_fault(plan->acts[i].kind))
            kinds |= UINT32_C(1) << plan->acts[i].kind;
    return kinds;
}

static bool has_gang(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->stage_count; i++)
        if (plan->stages[i].kind == PLAN_STAGE_BARRIER)
            return true;
    return false;
}

static bool has_gpu(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->executor_count; i++)
        if (plan->executors[i].gpus > 0)
            return true;
    return false;
}

#define KIND(name) (UINT32_C(1) << PLAN_ACT_##name)

/* Whoever is kept out for an hour makes a run wait for an hour. */
#define EXCLUDE_MOST (120 * PLAN_SECOND)

/* Not: what hangs a job by right (hang), what a scheduler can do nothing about (refuse), and what only a scenario can mean. */
uint32_t sim_swarm_addable(const struct plan *plan)
{
    uint32_t kinds = KIND(CRASH) | KIND(KILL_TASK) | KIND(STRAGGLE_TASK) | KIND(CUT) | KIND(HOLD) | KIND(CLOG) |
                     KIND(PAUSE) | KIND(SLOW) | KIND(TAKE) | KIND(IGNORE_KILL) | KIND(LINGER);
    if (!sim_swarm_meets(plan))
        kinds |= KIND(CANCEL);
    if (plan->setting[PLAN_SET_EXCLUDE_TIME] <= EXCLUDE_MOST)
        kinds |= KIND(EXCLUDE);
    if (plan->scheduler == PLAN_NONE)
        kinds |= KIND(CRASH_DRIVER);
    if (plan->setting[PLAN_SET_DATAGRAM] != 0)
        kinds |= KIND(LOSE) | KIND(DOUBLE) | KIND(REORDER);
    else
        kinds |= KIND(BREAK);
    if (has_gang(plan))
        kinds |= KIND(QUIT) | KIND(STRAY_CALL);
    if (has_gpu(plan))
        kinds |= KIND(LOSE_GPU);
    return kinds;
}

/* ---- what added faults wait for: where a launch, a round or a failure is half done */
static const char *const moments[] = {"plan",    "reserve", "reserve-ack", "go",    "start", "arrive",
                                      "release", "free",    "fence",       "kill",  "lost",  "checkpoint"};
enum { MOMENTS = sizeof moments / sizeof moments[0] };

bool sim_swarm_prepare(struct plan *plan)
{
    for (unsigned i = 0; i < MOMENTS; i++)
        if (plan_name(plan, moments[i]) == PLAN_NONE)
            return false;
    return true;
}

/* ---- drawing a variant */
enum { SKEW = 6, SLACK_MAX = 20 };

static void draw_kind(struct dice *dice, struct sim_swarm *out, unsigned kind)
{
    static const uint8_t shares[] = {8, 8, 8, 4, 2, 1};
    out->eighths[kind] = shares[below(dice, sizeof shares)];
    out->lasts[kind] = (int8_t)(below(dice, 3) > 0 ? (int)below(dice, 2 * SKEW + 1) - SKEW : 0);
    out->comes[kind] = (int8_t)(below(dice, 3) > 0 ? (int)below(dice, SKEW + 1) - SKEW / 2 : 0);
}

/* One in sixteen without any, one in eight with a single kind, else each with even chances. */
static void draw_kinds(struct dice *dice, uint32_t all, struct sim_swarm *out)
{
    uint32_t mode = below(dice, 16);
    out->kinds = (uint32_t)roll(dice) & all;
    if (mode == 0 || all == 0)
        out->kinds = 0;
    else if (mode <= 2)
        out->kinds = one_of(dice, all);
    for (unsigned kind = 0; kind < PLAN_ACT_LIMIT; kind++)
        draw_kind(dice, out, kind);
}

static void draw_order(struct dice *dice, struct sim_swarm *out)
{
    out->order = (uint8_t)below(dice, 3);
    out->changes = (uint8_t)below(dice, 6);
    out->slack = (uint8_t)(below(dice, 2) ? 1 + below(dice, SLACK_MAX) : 0);
}

/* What only a world can suffer that is not the plan's own may be drawn, too; sim_swarm_plan() leaves it out elsewhere. */
static uint32_t all_kinds(const struct plan *plan, const struct sim_swarm_range *range)
{
    uint32_t lossy = (range->world >> SIM_SWARM_DATAGRAM & 1) != 0 ? KIND(LOSE) | KIND(DOUBLE) | KIND(REORDER) : 0;
    uint32_t gpus = (range->world >> SIM_SWARM_NEEDS & 1) != 0 ? KIND(LOSE_GPU) : 0;
    uint32_t exclude = (range->world >> SIM_SWARM_EXCLUDE & 1) != 0 ? KIND(EXCLUDE) : 0;
    return sim_swarm_kinds(plan) | (range->faults > 0 ? sim_swarm_addable(plan) | lossy | gpus | exclude : 0);
}

/* Five in eight variants are of the scenario's own world, one changes it in one respect, one each with a chance of one in four, and one has
 * MapReduce in the place of gangs, or besides, and something else: what that brings about, and a queue of several, comes with nothing else. */
static void draw_world(struct dice *dice, const struct sim_swarm_range *range, struct sim_swarm *out)
{
    uint32_t mode = below(dice, 8), some = (uint32_t)roll(dice);
    uint32_t tasks = below(dice, 2) ? UINT32_C(1) << SIM_SWARM_SMALL : UINT32_C(1) << SIM_SWARM_LOOSE;
    uint32_t jobs = (tasks | (some & UINT32_C(1) << SIM_SWARM_FEWER)) & range->world;
    out->shape = roll(dice);
    out->world = 0;
    if (mode < 2 && range->world != 0)
        out->world = one_of(dice, range->world) | (mode == 1 ? jobs : 0);
    else if (mode == 2)
        out->world = some & (uint32_t)roll(dice) & range->world;
}

/* Three in four have none of them. */
static void draw_axes(struct dice *dice, const struct sim_swarm_range *range, struct sim_swarm *out)
{
    uint32_t mode = below(dice, 8);
    out->axes = mode == 0 && range->axes != 0 ? (uint8_t)one_of(dice, range->axes)
                : mode == 1                   ? (uint8_t)(roll(dice) & range->axes)
                                              : 0;
}

void sim_swarm_draw(const struct plan *plan, uint64_t seed, const struct sim_swarm_range *range, struct sim_swarm *out)
{
    struct dice dice = dice_for(seed, 0), world = dice_for(seed, 2);
    assert(range->faults <= SIM_SWARM_FAULTS_MAX);
    memset(out, 0, sizeof *out); /* compared and kept as bytes */
    out->dice = roll(&dice);
    draw_kinds(&dice, all_kinds(plan, range), out);
    draw_order(&dice, out);
    out->faults = (uint8_t)below(&dice, range->faults + 1);
    draw_world(&world, range, out);
    draw_axes(&world, range, out);
}

static void vary_world(struct dice *dice, const struct sim_swarm_range *range, struct sim_swarm *out)
{
    uint32_t what = below(dice, 4);
    if (what < 2 && range->world != 0)
        out->world ^= one_of(dice, range->world);
    else if (what == 2 && range->axes != 0)
        out->axes ^= (uint8_t)one_of(dice, range->axes);
    else
        out->shape = roll(dice);
}

void sim_swarm_vary(const struct plan *plan, const struct sim_swarm *swarm, uint64_t seed, const struct sim_swarm_range *range,
                    struct sim_swarm *out)
{
    struct dice dice = dice_for(seed, 1);
    uint32_t all = all_kinds(plan, range);
    *out = *swarm;
    switch (below(&dice, 6)) {
    case 0:
        if (all != 0)
            out->kinds ^= one_of(&dice, all);
        break;
    case 1:
        if (out->kinds != 0)
            draw_kind(&dice, out, (unsigned)__builtin_ctz(one_of(&dice, out->kinds)));
        break;
    case 2:
        draw_order(&dice, out);
        break;
    case 3:
        out->faults = (uint8_t)below(&dice, range->faults + 1);
        break;
    case 4:
        vary_world(&dice, range, out);
        break;
    default:
        out->dice = roll(&dice);
        break;
    }
}

void sim_swarm_whole(struct sim_swarm *out)
{
    memset(out, 0, sizeof *out);
    out->kinds = UINT32_MAX;
    memset(out->eighths, 8, sizeof out->eighths);
}

/* ---- the plan of a variant */
static int64_t scaled(int64_t ns, int power, struct dice *dice)
{
    if (ns == PLAN_NEVER || ns <= 0 || power == 0)
        return ns;
    int64_t part = 8 + (int64_t)below(dice, 8);
    int64_t most = PLAN_TIME_MAX / 16;
    ns = ns < most ? ns : most;
    int64_t eighths = ns * part;
    for (; power > 0 && eighths < most; power--)
        eighths *= 2;
    for (; power < 0; power++)
        eighths /= 2;
    return eighths / 8 > 0 ? eighths / 8 : 1;
}

static bool must_last(uint32_t kind)
{
    return kind == PLAN_ACT_STRAGGLE_TASK || kind == PLAN_ACT_CLOG || kind == PLAN_ACT_REORDER ||
           kind == PLAN_ACT_PAUSE || kind == PLAN_ACT_DRAIN || kind == PLAN_ACT_LINGER;
}

/* The act that decides whether this one happens and by how much it moves: the first of its pair that is a fault. */
static uint32_t leader_of(const struct plan *plan, uint32_t act)
{
    uint32_t pair = plan->acts[act].pair;
    for (uint32_t i = 0; pair != PLAN_NONE && i < act; i++)
        if (plan->acts[i].pair == pair && is_fault(plan->acts[i].kind))
            return i;
    return act;
}

static bool happens(const struct plan *plan, const struct sim_swarm *swarm, uint32_t act)
{
    uint32_t leader = leader_of(plan, act), kind = plan->acts[leader].kind;
    struct dice dice = dice_for(swarm->dice, 2 * (uint64_t)leader);
    if (!is_fault(kind))
        return true;
    return (swarm->kinds >> kind & 1) != 0 && below(&dice, 8) < swarm->eighths[kind];
}

/* One that only a search may place comes somewhere in the first minutes, or hours. */
static int64_t anytime(struct dice *dice)
{
    return log_uniform(dice, 20, 43);
}

static struct plan_act varied(const struct plan *plan, const struct sim_swarm *swarm, uint32_t act)
{
    struct plan_act out = plan->acts[act];
    uint32_t leader = leader_of(plan, act), kind = plan->acts[leader].kind;
    struct dice dice = dice_for(swarm->dice, 2 * (uint64_t)leader + 1), own = dice;
    if (out.kind == PLAN_ACT_SUBMIT || out.kind == PLAN_ACT_CANCEL || swarm->kinds == UINT32_MAX)
        return out;
    bool by_search = out.at_ns == PLAN_NEVER && out.when.kind == PLAN_NONE;
    if (by_search)
        out.at_ns = anytime(&dice);
    else if (is_fault(kind))
        out.at_ns = scaled(out.at_ns, swarm->comes[kind], &dice);
    if (is_fault(out.kind))
        out.duration_ns = scaled(out.duration_ns, swarm->lasts[out.kind], &own);
    return out;
}

/* ---- added faults */
/* Others wait for it out of the scheduler's sight, and nobody tells them that it has left; or its job has no end. */
static bool is_missed(const struct plan *plan, const struct plan_stage *stage)
{
    const struct plan_program *program = &plan->programs[stage->program];
    for (uint32_t i = 0; i < program->op_count; i++) {
        unsigned code = plan->ops[program->first_op + i].code;
        if (code == PLAN_OP_MEET || code == PLAN_OP_ALL_REDUCE || code == PLAN_OP_EXCHANGE)
            return true;
    }
    return plan->jobs[stage->job].kind == PLAN_JOB_SERVICE;
}

static void aim_at_task(const struct plan *plan, struct dice *dice, bool gang, struct plan_act *act)
{
    uint32_t stage = below(dice, plan->stage_count);
    while (gang && plan->stages[stage].kind != PLAN_STAGE_BARRIER)
        stage = (stage + 1) % plan->stage_count;
    act->job = plan->stages[stage].job;
    act->stage = stage - plan->jobs[act->job].first_stage;
    act->rank = below(dice, plan->stages[stage].tasks);
    if (act->kind == PLAN_ACT_QUIT && is_missed(plan, &plan->stages[stage]))
        act->kind = PLAN_ACT_KILL_TASK;
}

static void aim(const struct plan *plan, struct dice *dice, struct plan_act *act)
{
    switch (plan_act_target(act->kind)) {
    case PLAN_TARGET_TASK:
        aim_at_task(plan, dice, act->kind == PLAN_ACT_QUIT || act->kind == PLAN_ACT_STRAY_CALL, act);
        break;
    case PLAN_TARGET_LINK:
    case PLAN_TARGET_EXECUTOR:
        act->executor = below(dice, plan->executor_count);
        while (act->kind == PLAN_ACT_LOSE_GPU && plan->executors[act->executor].gpus == 0)
            act->executor = (act->executor + 1) % plan->executor_count;
        break;
    case PLAN_TARGET_JOB:
        act->job = below(dice, plan->job_count);
        break;
    case PLAN_TARGET_DRIVER:
        break;
    }
}

static void draw_amount(const struct plan *plan, struct dice *dice, struct plan_act *act)
{
    const struct plan_executor *executor = act->executor != PLAN_NONE ? &plan->executors[act->executor] : NULL;
    switch (act->kind) {
    case PLAN_ACT_LOSE:
    case PLAN_ACT_DOUBLE:
    case PLAN_ACT_REORDER:
        act->amount = (int32_t)log_uniform(dice, 3, 9);
        break;
    case PLAN_ACT_SLOW:
        act->amount = (int32_t)log_uniform(dice, 7, 12);
        break;
    case PLAN_ACT_TAKE:
        act->amount = (int32_t)(1 + below(dice, executor->cores));
        break;
    case PLAN_ACT_LOSE_GPU:
        act->amount = (int32_t)below(dice, executor->gpus);
        break;
    case PLAN_ACT_CRASH_DRIVER:
        act->amount = (int32_t)below(dice, 4);
        break;
    case PLAN_ACT_STRAY_CALL:
        act->amount = (int32_t)below(dice, 4);
        act->way = below(dice, 2);
        break;
    default:
        break;
    }
}

static struct plan_act added(const struct plan *plan, const struct sim_swarm *swarm, uint32_t n, uint32_t kinds)
{
    struct dice dice = dice_for(swarm->dice, UINT64_C(1) << 40 | n);
    struct plan_act act = plan_act_blank();
    act.kind = (uint32_t)__builtin_ctz(one_of(&dice, kinds));
    act.at_ns = log_uniform(&dice, 20, 37); /* 1 ms .. 2 min */
    if (below(&dice, 4) > 0) {
        act.when.kind = plan_find_name(plan, moments[below(&dice, MOMENTS)]);
        act.when.nth = (uint32_t)log_uniform(&dice, 0, 7);
        act.when.nth += act.when.nth == 0;
        act.at_ns = below(&dice, 3) > 0 ? log_uniform(&dice, 10, 31) : 0; /* 1 us .. 2 s */
        assert(act.when.kind != PLAN_NONE);
    }
    aim(plan, &dice, &act);
    draw_amount(plan, &dice, &act);
    bool link = plan_act_target(act.kind) == PLAN_TARGET_LINK;
    if (link && act.kind != PLAN_ACT_BREAK)
        act.way = below(&dice, 3);
    if (must_last(act.kind) || act.kind == PLAN_ACT_TAKE || act.kind == PLAN_ACT_CRASH_DRIVER)
        act.duration_ns = scaled(log_uniform(&dice, 23, 36), swarm->lasts[act.kind], &dice); /* 8 ms .. 68 s */
    act.for_good = act.kind == PLAN_ACT_CRASH && below(&dice, 8) == 0;
    return act;
}

/* Its end, where it has one that the heal is too far away for. */
static bool ended(const struct plan_act *act, const struct sim_swarm *swarm, uint32_t n, struct plan_act *end)
{
    struct dice dice = dice_for(swarm->dice, UINT64_C(1) << 41 | n);
    if (act->for_good || !plan_act_back(act, end) || below(&dice, 4) == 0)
        return false;
    end->at_ns += scaled(log_uniform(&dice, 23, 36), swarm->lasts[act->kind], &dice);
    return true;
}

static bool comes_whenever(const struct plan_act *act)
{
    return act->when.kind != PLAN_NONE || act->at_ns == PLAN_NEVER;
}

/* Nobody crashes the executor that it restarts, or not before: that makes sense in no plan, and did in this one with all its crashes. */
static bool restarts_nobody(const struct plan *plan, uint32_t act)
{
    const struct plan_act *restart = &plan->acts[act];
    if (restart->kind != PLAN_ACT_RESTART || comes_whenever(restart))
        return false;
    for (uint32_t i = 0; i < plan->act_count; i++) {
        const struct plan_act *crash = &plan->acts[i];
        bool before = crash->at_ns < restart->at_ns || (crash->at_ns == restart->at_ns && i < act);
        if (crash->kind == PLAN_ACT_CRASH && crash->executor == restart->executor && (comes_whenever(crash) || before))
            return false;
    }
    return true;
}

static void leave_out_vain_restarts(struct plan *plan)
{
    for (uint32_t i = plan->act_count; i-- > 0;)
        if (restarts_nobody(plan, i))
            memmove(&plan->acts[i], &plan->acts[i + 1], (--plan->act_count - i) * sizeof plan->acts[0]);
}

static void renumber_pairs(struct plan *plan)
{
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < plan->act_count; i++) {
        uint32_t pair = plan->acts[i].pair;
        if (pair == PLAN_NONE || pair < pairs)
            continue;
        for (uint32_t k = i; k < plan->act_count; k++) /* larger than all new ones, or the new one already */
            if (plan->acts[k].pair == pair)
                plan->acts[k].pair = pairs;
            else if (plan->acts[k].pair == pairs)
                plan->acts[k].pair = pair;
        pairs++;
    }
}

uint32_t sim_swarm_acts_max(const struct plan *plan)
{
    return plan->act_count + 2 * SIM_SWARM_FAULTS_MAX;
}

/* What has no connection has none that breaks. */
static bool has_no_streams(const struct plan *plan)
{
    return plan->setting[PLAN_SET_DATAGRAM] != 0;
}

void sim_swarm_plan(const struct plan *plan, const struct sim_swarm *swarm, struct plan_act *acts, struct plan *out)
{
    *out = *plan;
    sim_swarm_settings(swarm, out);
    uint32_t kinds = swarm->kinds & sim_swarm_addable(out), pair = PLAN_NONE - 1;
    out->acts = acts;
    out->act_count = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (happens(plan, swarm, i) && !(plan->acts[i].kind == PLAN_ACT_BREAK && has_no_streams(out)))
            acts[out->act_count++] = varied(plan, swarm, i);
    for (uint32_t n = 0; n < swarm->faults && kinds != 0; n++) {
        struct plan_act end, *act = &acts[out->act_count++];
        *act = added(plan, swarm, n, kinds);
        if (!ended(act, swarm, n, &end))
            continue;
        if (act->when.kind == PLAN_NONE) /* between two times; what waits for a record ends by itself */
            act->pair = end.pair = pair--;
        acts[out->act_count++] = end;
    }
    leave_out_vain_restarts(out);
    renumber_pairs(out);
}
