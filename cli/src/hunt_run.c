/*
 * hunt_run.c -- a chunk of a hunt: some seeds of one lane, one after the other, in a process of their own.
 *
 * This room is for: from a seed to its row; what a lane learns of it.
 * It may include:   sim through world.h, the oracles through history.h; corelib.h, target.h, hunt.h, hunt_states.h; runner.h for its clock.
 * Never here:       the table of runs, other lanes, the terminal.
 */
#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "corelib.h"
#include "death.h"
#include "history.h"
#include "hunt.h"
#include "hunt_states.h"
#include "runner.h"
#include "target.h"
#include "world.h"

enum { NOVEL_ENOUGH = 1 };

/* What all runs of a chunk share. */
struct desk {
    const struct gang_api *core;
    struct cli_target target; /* its child is NULL until the first run */
    bool careful;             /* the run is alone, and may be one that its process dies of */
};
struct trial {
    struct cli_judge *judge;
    struct cli_states states;
    uint64_t records;
};

/* ---- which variant */
uint64_t cli_hunt_lane_seeds(const struct cli_hunt *hunt, uint32_t lane)
{
    uint64_t count = hunt->last - hunt->first + 1;
    if (count == 0) /* all there are */
        return UINT64_MAX / CLI_HUNT_LANES;
    return count / CLI_HUNT_LANES + (lane < count % CLI_HUNT_LANES);
}

/* Half of the time something like what met new states before, else something else. */
static void choose(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, const struct cli_hunt_lane *lane, uint64_t seed,
                   struct sim_swarm *out)
{
    uint64_t bits = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15);
    bits ^= bits >> 29;
    if (!hunt->swarm)
        sim_swarm_whole(out);
    else if (lane->pool_count > 0 && (bits & 1) != 0)
        sim_swarm_vary(scenario->plan, &lane->pool[(bits >> 1) % lane->pool_count], seed, &scenario->range, out);
    else
        sim_swarm_draw(scenario->plan, seed, &scenario->range, out);
}

void cli_hunt_chosen(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, const struct cli_hunt_lane *lane,
                     struct cli_hunt_row *row)
{
    choose(hunt, scenario, lane, row->seed, &row->swarm);
}

static void learn(struct cli_hunt_lane *lane, const struct cli_hunt_row *row)
{
    lane->done++;
    if (row->novel < NOVEL_ENOUGH)
        return;
    lane->pool[lane->pool_next] = row->swarm;
    lane->pool_next = (lane->pool_next + 1) % CLI_HUNT_POOL;
    lane->pool_count += lane->pool_count < CLI_HUNT_POOL;
}

/* ---- one run */
static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct trial *trial = ctx;
    cli_judge_feed(trial->judge, records, count, first);
    cli_states_feed(&trial->states, records, count);
    trial->records += count;
}

/* The rule, and the sentence with a # for each number: what two seeds that met one bug have in common. */
static uint64_t fingerprint_of(const char *rule, const char *sentence)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const char *at = rule; *at != '\0'; at++)
        h = (h ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    for (const char *at = sentence; *at != '\0'; at++) {
        bool digit = *at >= '0' && *at <= '9';
        if (digit && at[1] >= '0' && at[1] <= '9')
            continue;
        h = (h ^ (unsigned char)(digit ? '#' : *at)) * UINT64_C(0x100000001b3);
    }
    return h != 0 ? h : 1;
}

/* What a variant breaks of the scenario's own promises says nothing: they were made for all of its faults as they stand. */
static bool counts(const struct cli_hunt *hunt, const struct conf_finding *found)
{
    return !(hunt->swarm && found->oracle == CONF_EXPECT);
}

static const struct conf_finding *worst(const struct cli_hunt *hunt, const struct conf_verdict *verdict, uint32_t outcome)
{
    const struct conf_finding *best = NULL;
    for (uint32_t i = 0; i < verdict->finding_count; i++) {
        const struct conf_finding *found = &verdict->findings[i];
        if (found->outcome != outcome || !counts(hunt, found))
            continue;
        bool safety = conf_oracle_status(found->oracle) == CLI_SAFETY;
        if (best == NULL || (safety && conf_oracle_status(best->oracle) != CLI_SAFETY))
            best = found;
    }
    return best;
}

/* Where a variant has drawn how patient everybody is, or how much there is to do in that time, whoever is given up (PRG-7) is so by right. */
static bool is_own_patience(const struct conf_verdict *verdict, unsigned oracle, const struct sim_swarm *swarm)
{
    bool given_up = false;
    for (uint32_t i = 0; i < verdict->finding_count; i++) {
        const struct conf_finding *found = &verdict->findings[i];
        bool is_it = strcmp(found->rule, "PRG-7") == 0;
        if (found->oracle == oracle && found->outcome == CONF_UNKNOWN && !is_it)
            return false;
        given_up |= is_it;
    }
    return given_up && oracle == CONF_PRG && swarm->world != 0;
}

/* Unknown for all but what is to happen sometimes, and what the scenario promises of it. */
static bool is_unknown(const struct cli_hunt *hunt, const struct conf_verdict *verdict, const struct sim_swarm *swarm)
{
    for (unsigned i = 0; i < CONF_ORACLE_COUNT; i++)
        if (verdict->oracle[i] == CONF_UNKNOWN && i != CONF_EXPECT && !is_own_patience(verdict, i, swarm))
            return true;
    const struct conf_finding *found = worst(hunt, verdict, CONF_UNKNOWN);
    return found != NULL && (found->oracle != CONF_EXPECT ? !is_own_patience(verdict, found->oracle, swarm) : verdict->unseen == 0);
}

static void put_verdict(const struct cli_hunt *hunt, const struct conf_verdict *verdict, struct cli_hunt_row *row)
{
    const struct conf_finding *found = worst(hunt, verdict, CONF_FAIL);
    row->unseen = verdict->unseen;
    if (found != NULL) {
        row->outcome = CONF_FAIL;
        row->status = conf_oracle_status(found->oracle);
        row->fingerprint = fingerprint_of(found->rule, found->sentence);
    } else if (is_unknown(hunt, verdict, &row->swarm)) {
        row->outcome = CONF_UNKNOWN;
        row->status = CLI_UNKNOWN;
        found = worst(hunt, verdict, CONF_UNKNOWN);
    }
    if (found == NULL)
        return;
    row->oracle = found->oracle;
    snprintf(row->rule, sizeof row->rule, "%s", found->rule);
    snprintf(row->sentence, sizeof row->sentence, "%.*s", CLI_HUNT_SENTENCE_MAX - 1, found->sentence);
}

/* As in `muster check`: what was broken first is what it is, and that it crashed is said behind it. If nothing was, it crashes. */
static void put_death(int signal_number, struct cli_hunt_row *row)
{
    size_t length = strlen(row->sentence);
    if (row->outcome != CONF_FAIL)
        (void)raise(signal_number);
    snprintf(row->sentence + length, sizeof row->sentence - length, "; then it crashed with %s (%d)",
             cli_runner_signal_text(signal_number), signal_number);
}

static void judge(const struct cli_hunt *hunt, const struct desk *desk, struct cli_world *world, const struct plan *plan,
                  struct trial *trial, uint64_t *states, struct cli_hunt_row *row)
{
    static struct cli_verdict verdict;
    int died = 0;
    trial->judge = cli_judge_new(plan, &world->header, false);
    if (trial->judge == NULL)
        exit(CLI_MISSING);
    cli_states_begin(&trial->states, plan, states, CLI_HUNT_STATE_BITS);
    sim_observer(world->sim, observe, trial);
    row->status = desk->careful ? cli_world_run_till_death(world, NULL, NULL, &died) : cli_world_run(world, NULL, NULL);
    if (row->status == CLI_PASS) {
        cli_judge_finish(trial->judge, &verdict);
        put_verdict(hunt, &verdict.conf, row);
    }
    if (died != 0)
        put_death(died, row);
    row->chain = sim_chain(world->sim);
    row->events = sim_events(world->sim);
    row->virtual_ns = sim_now(world->sim);
    row->records = died == 0 ? trial->records : 0; /* nothing to be compared: another process would die of it, too */
    row->novel = trial->states.novel;
    cli_judge_free(trial->judge);
}

/* With the child of this process, which is started for its first run. */
static int open_world(const struct cli_hunt *hunt, const struct cli_hunt_variant *variant, struct desk *desk, const char *text, uint64_t seed,
                      struct cli_world *world)
{
    struct cli_target *target = hunt->target != NULL ? &desk->target : NULL;
    int status = target != NULL && target->child == NULL ? cli_target_open(target, hunt->target, hunt->patience_ms, false) : CLI_PASS;
    return status != CLI_PASS
               ? status
               : cli_world_open_target(world, desk->core, &variant->plan, text, &variant->policy, variant->policy_text, seed, target);
}

/* A child that dies, hangs or talks nonsense in a run is what that run has found. */
static void put_fault(const struct cli_target *target, struct cli_hunt_row *row)
{
    row->outcome = CONF_FAIL;
    row->oracle = CONF_ORACLE_COUNT;
    row->unseen = UINT64_MAX; /* what it might have seen is not known */
    row->records = 0;         /* nothing to be compared */
    row->fingerprint = fingerprint_of(target->fault, target->said);
    snprintf(row->rule, sizeof row->rule, "%s", target->fault);
    snprintf(row->sentence, sizeof row->sentence, "%.*s", CLI_HUNT_SENTENCE_MAX - 1, target->said);
}

static void run(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, struct desk *desk, uint64_t *states,
                struct cli_hunt_row *row)
{
    struct cli_hunt_variant variant;
    struct cli_world world;
    struct trial trial = {0};
    cli_hunt_variant(hunt, scenario, &row->swarm, &variant);
    char *text = plan_write_text(&variant.plan, NULL);
    if (text == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    row->status = open_world(hunt, &variant, desk, text, row->seed, &world);
    if (row->status == CLI_PASS) {
        judge(hunt, desk, &world, &variant.plan, &trial, states, row);
        cli_world_close(&world);
    }
    if (desk->target.fault != NULL && row->status < CLI_USAGE)
        put_fault(&desk->target, row);
    if (row->status >= CLI_USAGE) { /* not a verdict: what was said is what the runner has heard */
        row->outcome = CONF_UNKNOWN;
        row->unseen = UINT64_MAX;
    }
    free(text);
    cli_hunt_variant_free(&variant);
}

/* ---- a chunk */
size_t cli_hunt_result_size(uint32_t rows)
{
    return offsetof(struct cli_hunt_result, rows) + rows * sizeof(struct cli_hunt_row);
}

/* No child can be had, or it is none of ours: that is of no run, and the next would fare no better. */
static bool ends_hunt(const struct desk *desk, const struct cli_hunt_row *row, struct cli_hunt_result *result)
{
    if (desk->target.fault == NULL || row->status < CLI_USAGE)
        return false;
    result->status = row->status;
    return true;
}

/* The same seed in another process, and with another child, must be the same run. */
static bool is_same(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, struct desk *desk,
                    const struct cli_hunt_row *before, struct cli_hunt_result *result)
{
    static uint64_t states[CLI_HUNT_STATE_BITS / 64]; /* nothing is learnt of it */
    struct cli_hunt_row *row = &result->rows[0];
    *row = (struct cli_hunt_row){.seed = before->seed, .swarm = before->swarm};
    run(hunt, scenario, desk, states, row);
    if (ends_hunt(desk, row, result))
        return false;
    if (row->chain == before->chain && row->events == before->events && row->outcome == before->outcome)
        return true;
    result->status = CLI_DIFFERS;
    result->count = 1;
    return false;
}

/* Whoever waits for answers may come to the end of its time, and then all of the chunk would be for nothing. A failed child is replaced. */
static bool shall_end(const struct cli_hunt *hunt, const struct desk *desk, int64_t began_ns)
{
    return hunt->target != NULL && (desk->target.fault != NULL || cli_runner_clock_ns() - began_ns > hunt->timeout_ns / 2);
}

void cli_hunt_chunk(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, uint32_t lane, uint32_t most,
                    const struct cli_hunt_row *again, struct cli_hunt_result *result)
{
    uint64_t left = cli_hunt_lane_seeds(hunt, lane) - result->lane.done;
    int64_t began_ns = cli_runner_clock_ns();
    struct desk desk = {.careful = most == 1};
    desk.core = cli_core(hunt->core, &result->status);
    assert(most <= CLI_HUNT_CHUNK);
    if (desk.core == NULL || (again != NULL && !is_same(hunt, scenario, &desk, again, result)))
        left = 0;
    for (uint32_t i = 0; i < most && i < left; i++) {
        struct cli_hunt_row *row = &result->rows[result->count++];
        memset(row, 0, sizeof *row);
        row->oracle = CONF_ORACLE_COUNT;
        row->seed = hunt->first + lane + result->lane.done * CLI_HUNT_LANES;
        choose(hunt, scenario, &result->lane, row->seed, &row->swarm);
        run(hunt, scenario, &desk, result->lane.states, row);
        learn(&result->lane, row);
        if (ends_hunt(&desk, row, result) || row->status >= CLI_USAGE)
            break; /* it is the last of its chunk, so what was said last is about it */
        if (shall_end(hunt, &desk, began_ns))
            break;
    }
    cli_target_close(&desk.target, false);
}
