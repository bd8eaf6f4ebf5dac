/*
 * alike_test.c -- what leaving out faults of those who are alike leaves out: renamings of runs that are left, and nothing else.
 *
 * All states of small scenarios, first with every act, then with those alone that befall the first of those who are alike; this again
 * with others being first. A run that is left out is one of those that are left when others go first; so all ends together, over enough
 * turns, must be the ends of all runs. And each turn alone must have every verdict.
 */
#define _POSIX_C_SOURCE 200809L
#include "conf/conf.h"
#include "gang/gang.h"
#include "scn/scn.h"
#include "sim/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOVES_MAX = 1024, NAMES_MAX = 1 << 16, TURNS = 24 };

struct names {
    uint64_t at[NAMES_MAX];
    uint32_t count;
};
struct searcher {
    struct plan *plan;
    struct sim *sim;
    struct conf_judge *judge;
    void *world, *judge_memory, *judge_copy;
    size_t world_live, judge_live, judge_bytes;
    struct sim_alike *alike;
    bool leaves_out;
    struct names states, ends;
    uint64_t statuses;
};

static bool add(struct names *names, uint64_t name)
{
    uint32_t at = (uint32_t)(name % NAMES_MAX);
    name += name == 0;
    while (names->at[at] != 0 && names->at[at] != name)
        at = (at + 1) % NAMES_MAX;
    if (names->at[at] == name)
        return false;
    assert_true(++names->count < NAMES_MAX / 4 * 3);
    names->at[at] = name;
    return true;
}

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct searcher *s = ctx;
    conf_feed(s->judge, records, count, first);
}

static void begin(struct searcher *s, const char *name, struct gang_policy policy)
{
    struct scn_err err = {0};
    struct sim_err sim_err = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/%s.lua", EXPLORED, name);
    s->plan = scn_load(path, NULL, 0, NULL, NULL, &err);
    if (s->plan == NULL)
        fail_msg("%s", err.detail);
    s->plan->setting[PLAN_SET_LATENCY] = 0;
    for (uint32_t i = 0; i < s->plan->dist_count; i++)
        s->plan->dists[i] = (struct plan_dist){.kind = PLAN_DIST_FIXED};
    const struct sim_options options = {
        .plan = s->plan, .core = gang_api(), .policy = policy, .seed = 1};
    const struct conf_options judging = {.observes = sim_observes(),
                                         .two_phase = policy.axis[GANG_AXIS_LAUNCH] == 0,
                                         .partial = true};
    size_t bytes = sim_size(&options, &sim_err);
    s->judge_bytes = (conf_size(s->plan) + 63) & ~(size_t)63;
    s->world = aligned_alloc(64, bytes);
    s->judge_memory = aligned_alloc(64, s->judge_bytes);
    s->judge_copy = aligned_alloc(64, s->judge_bytes);
    memset(s->judge_memory, 0, s->judge_bytes);
    s->sim = sim_init(s->world, bytes, &options, &sim_err);
    assert_non_null(s->sim);
    s->judge = conf_init(s->judge_memory, s->judge_bytes, s->plan, &judging);
    sim_observer(s->sim, observe, s);
    s->world_live = sim_live_bytes(s->sim);
    s->judge_live = conf_live_size(s->judge);
    assert_int_equal(sim_search_begin(s->sim, false, &sim_err), SIM_OK);
    s->alike = malloc(sim_alike_bytes(s->sim));
    assert_true(sim_moves_max(s->sim) <= MOVES_MAX);
}

static void end(struct searcher *s)
{
    free(s->world);
    free(s->judge_memory);
    free(s->judge_copy);
    free(s->alike);
    plan_free(s->plan);
    free(s);
}

static uint64_t name_of(const struct searcher *s)
{
    return sim_search_name(s->sim, NULL, PLAN_NONE) ^ 3 * conf_fingerprint(s->judge);
}

static void take_end(struct searcher *s, uint64_t name)
{
    struct conf_verdict verdict;
    memcpy(s->judge_copy, s->judge_memory, s->judge_bytes);
    conf_finish(s->judge_copy, &verdict);
    s->statuses |= UINT64_C(1) << verdict.exit_status;
    (void)add(&s->ends, name);
}

static void go(struct searcher *s)
{
    struct sim_move moves[MOVES_MAX];
    char *here = malloc(s->world_live + s->judge_live);
    uint32_t count = sim_moves(s->sim, SIM_TIMERS_LATE, moves);
    if (s->leaves_out)
        count = sim_alike_moves(s->alike, s->sim, moves, count);
    memcpy(here, s->world, s->world_live);
    memcpy(here + s->world_live, s->judge_memory, s->judge_live);
    for (uint32_t i = 0; i < count; i++) {
        struct sim_moved moved;
        struct sim_err err = {0};
        if (sim_move(s->sim, &moves[i], &moved, &err) != SIM_OK)
            fail_msg("%s", err.detail);
        if (moved.happened && add(&s->states, name_of(s))) {
            if (moved.ended || conf_failed(s->judge))
                take_end(s, name_of(s));
            else
                go(s);
        }
        memcpy(s->world, here, s->world_live);
        memcpy(s->judge_memory, here + s->world_live, s->judge_live);
    }
    free(here);
}

/* Every end of all runs comes in some turn, and no other; every status comes in each. */
static void compare(const char *name, uint32_t executors, uint32_t tasks)
{
    struct searcher *all = calloc(1, sizeof *all), *some = calloc(1, sizeof *some);
    begin(all, name, gang_policy_strict());
    go(all);
    const struct gang_policy strict = gang_policy_strict();
    begin(some, name, strict);
    const char *why = sim_alike_init(some->alike, some->sim, &strict);
    if (why != NULL)
        fail_msg("%s: %s", name, why);
    assert_int_equal(sim_alike_count(some->alike, false), executors);
    assert_int_equal(sim_alike_count(some->alike, true), tasks);
    some->leaves_out = true;
    for (uint64_t turn = 0; turn < TURNS && some->ends.count < all->ends.count; turn++) {
        memset(&some->states, 0, sizeof some->states);
        some->statuses = 0;
        if (turn > 0)
            sim_alike_turn(some->alike, turn);
        go(some);
        assert_true(some->states.count < all->states.count);
        assert_int_equal(some->statuses, all->statuses);
    }
    for (uint32_t i = 0; i < NAMES_MAX; i++)
        if (some->ends.at[i] != 0 && add(&all->ends, some->ends.at[i]))
            fail_msg("%s: an end that no run has", name);
    if (some->ends.count != all->ends.count)
        fail_msg("%s: all runs have %u ends, and with the alike in every turn %u", name,
                 all->ends.count, some->ends.count);
    end(all);
    end(some);
}

static void renamings_are_left_out_and_nothing_else(void **state)
{
    (void)state;
    compare("kill", 1, 0);
    compare("kill-twice", 1, 0);
    compare("kill-any-of-four", 1, 2);
    compare("kill-some-of-four", 0, 1);
    compare("kill-in-either-gang", 1, 0);
    compare("crash-any", 1, 0);
    compare("hang-any", 2, 0);
}

static void expect_none(const char *name, struct gang_policy policy, const char *why)
{
    struct searcher *s = calloc(1, sizeof *s);
    begin(s, name, policy);
    const char *said = sim_alike_init(s->alike, s->sim, &policy);
    assert_non_null(said);
    if (strstr(said, why) == NULL)
        fail_msg("%s: '%s', not '%s'", name, said, why);
    end(s);
}

/* Where something goes by number, nobody is alike. */
static void where_there_is_a_choice_nobody_is_alike(void **state)
{
    (void)state;
    expect_none("kill", gang_policy_spark(), "only the policy strict");
    expect_none("crash", gang_policy_strict(), "fills the cluster");
    expect_none("two-gangs-side-by-side", gang_policy_strict(), "fills the cluster");
    expect_none("beside-tasks", gang_policy_strict(), "fills the cluster");
    expect_none("limit", gang_policy_strict(), "which it is");
    expect_none("meet", gang_policy_strict(), "meetings");
    expect_none("cut", gang_policy_strict(), "links");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renamings_are_left_out_and_nothing_else),
        cmocka_unit_test(where_there_is_a_choice_nobody_is_alike),
    };
    return cmocka_run_group_tests_name("whole.alike", tests, NULL, NULL);
}
