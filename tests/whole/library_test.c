/*
 * library_test.c -- the library of scenarios shows everything that can be set and everything that can go wrong.
 *
 * Each fault has a scenario in which it fires, and without which that scenario's story is another one. Each axis of the
 * policy, past behaviours included, has a scenario whose story changes when that axis alone does. Each reason is said in one.
 * `MUSTER_SHOW=1` prints which.
 */
#define _POSIX_C_SOURCE 200809L
#include "gang/gang.h"
#include "simulate.h"
#include "scn/scn.h"
#include "sim/sim.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCENARIOS_MAX = 256, POLICIES_MAX = 8 };

/* A scenario, and the policies under which its head says what becomes of it. */
static struct scenario {
    char *path;
    struct plan *plan;
    struct gang_policy policies[POLICIES_MAX];
    uint64_t digests[POLICIES_MAX]; /* of its story under each */
    size_t policy_count;
} scenarios[SCENARIOS_MAX];
static size_t scenario_count;

/* What a parameter changes is another plan, and not looked at here. */
static void add_policy(struct scenario *s, char *words)
{
    if (strstr(words, "--param") != NULL)
        return;
    struct gang_policy policy = gang_policy_strict();
    char *rest = NULL;
    for (char *word = strtok_r(words, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest)) {
        char *equals = strchr(word, '=');
        if (strcmp(word, "spark") == 0)
            policy = gang_policy_spark();
        if (equals == NULL)
            continue;
        *equals = '\0';
        assert_int_equal(gang_policy_set(&policy, word, equals + 1, NULL), GANG_OK);
    }
    assert_true(s->policy_count < POLICIES_MAX);
    s->policies[s->policy_count++] = policy;
}

/* "-- Verdicts: strict pass; spark reply=push TMR" */
static void read_policies(struct scenario *s, const char *path)
{
    static const char head[] = "-- Verdicts: ";
    char line[1024];
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        char *rest = NULL;
        if (strncmp(line, head, strlen(head)) != 0)
            continue;
        for (char *one = strtok_r(line + strlen(head), ";", &rest); one != NULL;
             one = strtok_r(NULL, ";", &rest))
            add_policy(s, one);
    }
    fclose(in);
    if (s->policy_count == 0)
        add_policy(s, (char[]){"strict"});
}

static void find(const char *pattern)
{
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct scn_err err;
        assert_true(scenario_count < SCENARIOS_MAX);
        struct plan *plan = scn_load(found.gl_pathv[i], NULL, 0, NULL, NULL, &err);
        if (plan == NULL)
            fail_msg("%s", err.detail);
        struct scenario *s = &scenarios[scenario_count++];
        s->path = strdup(found.gl_pathv[i] + strlen(SCENARIOS) + 1);
        s->plan = plan;
        read_policies(s, found.gl_pathv[i]);
    }
    globfree(&found);
}

static int load(void **state)
{
    (void)state;
    find(SCENARIOS "/learn/*.lua");
    find(SCENARIOS "/faults/*.lua");
    find(SCENARIOS "/bugs/*/*.lua");
    find(SCENARIOS "/schedulers/*.lua");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    for (size_t i = 0; i < scenario_count; i++) {
        free(scenarios[i].path);
        plan_free(scenarios[i].plan);
    }
    return 0;
}

/* ---- a story, in one number: what happened, but not why, and not the faults themselves */
struct story {
    uint64_t digest;
    uint64_t acts; /* kinds of acts that fired */
    uint64_t reasons;
    uint64_t chain; /* over all records */
};

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0xBF58476D1CE4E5B9);
    return h ^ h >> 29;
}

static uint64_t bit_of(int64_t reason)
{
    return reason >= 0 && reason < TRACE_REASON_LIMIT ? UINT64_C(1) << reason : 0;
}

/* By the names of its columns; the operand of two notes is a reason, too. */
static uint64_t reasons_in(const struct trace_record *r)
{
    uint64_t reasons = 0;
    if (r->kind == TRACE_END)
        return 0; /* has a list of its own */
    if (strcmp(trace_kind_a(r->kind), "reason") == 0)
        reasons |= bit_of(r->a);
    if (strcmp(trace_kind_b(r->kind), "reason") == 0)
        reasons |= bit_of(r->b);
    if (r->kind == TRACE_NOTE && (r->a == TRACE_REASON_REVERTED || r->a == TRACE_REASON_RERUN))
        reasons |= bit_of(r->b);
    return reasons;
}

static void tell(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct story *story = ctx;
    (void)first;
    for (size_t i = 0; i < count; i++) {
        const struct trace_record *r = &records[i];
        story->reasons |= reasons_in(r);
        if ((r->kind == TRACE_FAULT && r->flags == 0) || r->kind == TRACE_HEAL)
            story->acts |= UINT64_C(1) << (r->b & 63);
        if (r->kind == TRACE_CANCEL)
            story->acts |= UINT64_C(1) << PLAN_ACT_CANCEL;
        if (r->kind == TRACE_FAULT || r->kind == TRACE_HEAL || r->kind == TRACE_END)
            continue;
        const uint64_t words[] = {(uint64_t)r->at_ns,
                                  (uint64_t)r->kind << 32 | r->actor,
                                  (uint64_t)r->executor << 32 | r->job,
                                  (uint64_t)r->stage << 32 | r->attempt,
                                  (uint64_t)r->epoch << 32 | r->rank,
                                  (uint64_t)r->a,
                                  (uint64_t)r->b};
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            story->digest = mix(story->digest, words[k]);
    }
}

static struct story run(const struct plan *plan, const struct gang_policy *policy)
{
    struct story story = {0};
    (void)whole_simulate((struct sim_options){.plan = plan, .policy = *policy, .seed = 1}, tell, &story, &story.chain);
    return story;
}

static void show(const char *what, const char *scenario)
{
    if (getenv("MUSTER_SHOW") != NULL)
        print_message("%-20s %s\n", what, scenario);
}

/* ---- faults */
static struct story run_without(struct plan *plan, uint32_t kind, const struct gang_policy *policy)
{
    struct plan_act *all = plan->acts;
    uint32_t count = plan->act_count, kept = 0;
    struct plan_act *some = calloc(count, sizeof *some);
    for (uint32_t i = 0; i < count; i++)
        if (all[i].kind != kind)
            some[kept++] = all[i];
    plan->acts = some;
    plan->act_count = kept;
    struct story story = run(plan, policy);
    plan->acts = all;
    plan->act_count = count;
    free(some);
    return story;
}

static bool changes_a_story(uint32_t kind)
{
    const struct gang_policy strict = gang_policy_strict();
    for (size_t i = 0; i < scenario_count; i++) {
        struct plan *plan = scenarios[i].plan;
        bool there = false;
        for (uint32_t k = 0; k < plan->act_count; k++)
            there |= plan->acts[k].kind == kind;
        if (!there)
            continue;
        struct story with = run(plan, &strict);
        if ((with.acts >> kind & 1) == 0)
            continue;
        if (with.digest != run_without(plan, kind, &strict).digest) {
            show(plan_act_text(kind), scenarios[i].path);
            return true;
        }
    }
    return false;
}

static void each_fault_changes_the_story_of_a_scenario(void **state)
{
    unsigned missing = 0;
    (void)state;
    for (uint32_t kind = PLAN_ACT_CANCEL; kind < PLAN_ACT_LIMIT; kind++)
        if (!changes_a_story(kind)) {
            print_message("no scenario's story changes through: %s\n", plan_act_text(kind));
            missing++;
        }
    assert_int_equal(missing, 0);
}

/* ---- axes */
static uint64_t digest_of(struct scenario *s, size_t policy)
{
    if (s->digests[policy] == 0)
        s->digests[policy] = run(s->plan, &s->policies[policy]).digest;
    return s->digests[policy];
}

/* Those that name the axis come first: they were written for it. */
static bool is_shown_by(enum gang_axis axis, bool named)
{
    for (size_t i = 0; i < scenario_count; i++)
        for (size_t k = 0; k < scenarios[i].policy_count; k++) {
            struct gang_policy flipped = scenarios[i].policies[k];
            bool set = flipped.axis[axis] != 0;
            flipped.axis[axis] ^= 1;
            if (set != named ||
                digest_of(&scenarios[i], k) == run(scenarios[i].plan, &flipped).digest)
                continue;
            show(gang_axis_text(axis), scenarios[i].path);
            return true;
        }
    return false;
}

static void each_axis_changes_the_story_of_a_scenario(void **state)
{
    unsigned missing = 0;
    (void)state;
    for (unsigned axis = 0; axis < GANG_AXIS_COUNT; axis++)
        if (!is_shown_by((enum gang_axis)axis, true) && !is_shown_by((enum gang_axis)axis, false)) {
            print_message("no scenario's story changes with: %s\n",
                          gang_axis_text((enum gang_axis)axis));
            missing++;
        }
    assert_int_equal(missing, 0);
}

/* ---- told back */
static struct plan *told_back(const struct plan *plan)
{
    static const char path[] = "told-back.lua";
    struct plan_err why;
    struct scn_err err;
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    if (plan_write_lua(plan, out, &why) != PLAN_OK)
        fail_msg("%s", why.detail);
    assert_int_equal(fclose(out), 0);
    struct plan *back = scn_load(path, NULL, 0, NULL, NULL, &err);
    remove(path);
    if (back == NULL)
        fail_msg("%s", err.detail);
    return back;
}

/* Its scheduler's text is in it, so it decides the same without the file. */
static void a_scenario_with_a_scheduler_told_back_as_lua_gives_the_same_chain(void **state)
{
    const struct gang_policy strict = gang_policy_strict();
    unsigned count = 0;
    (void)state;
    for (size_t i = 0; i < scenario_count; i++) {
        if (scenarios[i].plan->scheduler == PLAN_NONE)
            continue;
        struct plan *back = told_back(scenarios[i].plan);
        if (run(scenarios[i].plan, &strict).chain != run(back, &strict).chain)
            fail_msg("%s, told back as Lua, is another story", scenarios[i].path);
        plan_free(back);
        count++;
    }
    assert_true(count >= 20);
}

/* ---- reasons */
/* Those that no scenario says, and a test that does. */
static const struct {
    enum trace_reason reason;
    const char *word, *test;
} unsaid[] = {
#define UNSAID(word, test) {TRACE_REASON_##word, "REASON_" #word, test}
    /* rare ones */
    UNSAID(NOT_RELEASED, "core/failure_test.c"),
    UNSAID(NEVER_FITS, "core/admission_test.c"),
    UNSAID(LOSSES, "core/failure_test.c"),
    UNSAID(GO_LATE, "core/launch_test.c"),
    UNSAID(DECOMMISSIONED, "core/exclude_test.c"),
    /* only a caller that is confused hears of these */
    UNSAID(SYNC_MEMBER, "core/sync_test.c"),
    /* on the wire, in no record's column */
    UNSAID(LEASE_ENDED, "core/lease_test.c"),
    UNSAID(GPU_LOST, "sim/ailment_test.c"),
    UNSAID(UNKNOWN_HERE, "core/lease_test.c"),
#undef UNSAID
};

static bool speaks_of(const char *test, const char *word)
{
    char path[4096], line[1024];
    bool found = false;
    snprintf(path, sizeof path, "%s/../tests/%s", SCENARIOS, test);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL)
        found |= strstr(line, word) != NULL;
    fclose(in);
    return found;
}

static bool is_excused(unsigned reason)
{
    for (size_t i = 0; i < sizeof unsaid / sizeof *unsaid; i++)
        if (unsaid[i].reason == reason)
            return speaks_of(unsaid[i].test, unsaid[i].word);
    return false;
}

static void each_reason_is_said_in_a_scenario(void **state)
{
    uint64_t said = 0;
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < scenario_count; i++)
        for (size_t k = 0; k < scenarios[i].policy_count; k++) {
            uint64_t here = run(scenarios[i].plan, &scenarios[i].policies[k]).reasons;
            for (unsigned reason = 0; reason < TRACE_REASON_LIMIT; reason++)
                if ((here & ~said) >> reason & 1)
                    show(trace_reason_text(reason), scenarios[i].path);
            said |= here;
        }
    for (unsigned reason = 0; reason < TRACE_REASON_LIMIT; reason++) {
        const char *text = trace_reason_text(reason);
        bool is_said = said >> reason & 1;
        if (text != NULL && is_said == is_excused(reason)) {
            print_message("%s: %s\n", is_said ? "said, and excused" : "no scenario says", text);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_changes_the_story_of_a_scenario),
        cmocka_unit_test(each_axis_changes_the_story_of_a_scenario),
        cmocka_unit_test(a_scenario_with_a_scheduler_told_back_as_lua_gives_the_same_chain),
        cmocka_unit_test(each_reason_is_said_in_a_scenario),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
