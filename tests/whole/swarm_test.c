/*
 * swarm_test.c -- variants of every scenario of the library: each is a plan that would pass, each reads back from its Lua, and the same
 * variant is the same plan. `MUSTER_VARIANTS=1..200` looks at so many of each.
 */
#define _POSIX_C_SOURCE 200809L
#include "scn/scn.h"
#include "sim/swarm.h"

#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FAULTS = 5, VARIANTS = 3 };

struct library {
    char *paths[512];
    struct plan *plans[512];
    size_t count;
};

static void add(struct library *library, const char *pattern)
{
    glob_t found;
    struct scn_err err = {0};
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (strstr(found.gl_pathv[i], "/answers/") != NULL || strstr(found.gl_pathv[i], "/schedulers/") != NULL)
            continue;
        struct plan *plan = scn_load(found.gl_pathv[i], NULL, 0, NULL, NULL, &err);
        if (plan == NULL)
            continue; /* one that needs a parameter, or is read by others */
        assert_true(library->count < 512);
        assert_true(sim_swarm_prepare(plan));
        library->paths[library->count] = strdup(found.gl_pathv[i]);
        library->plans[library->count++] = plan;
    }
    globfree(&found);
}

static int begin(void **state)
{
    static struct library library;
    add(&library, SCENARIOS "/*/*.lua");
    add(&library, SCENARIOS "/*/*/*.lua");
    *state = &library;
    return library.count >= 60 ? 0 : -1;
}

static int end(void **state)
{
    struct library *library = *state;
    for (size_t i = 0; i < library->count; i++) {
        free(library->paths[i]);
        plan_free(library->plans[i]);
    }
    return 0;
}

static const struct sim_swarm_range none_more;

static uint64_t variants(void)
{
    const char *asked = getenv("MUSTER_VARIANTS");
    const char *dots = asked != NULL ? strstr(asked, "..") : NULL;
    return dots != NULL ? strtoull(dots + 2, NULL, 10) : VARIANTS;
}

/* Half of them drawn, half varied from one that was. */
static void draw(const struct plan *plan, uint64_t seed, struct sim_swarm *out)
{
    struct sim_swarm drawn;
    const struct sim_swarm_range range = {.faults = FAULTS, .world = sim_swarm_changes(plan), .axes = 3};
    sim_swarm_draw(plan, seed / 2, &range, &drawn);
    *out = drawn;
    if (seed % 2 != 0)
        sim_swarm_vary(plan, &drawn, seed, &range, out);
}

static char *text_of(const struct plan *plan, const struct sim_swarm *swarm, struct plan *variant, struct plan_act *acts)
{
    sim_swarm_plan(plan, swarm, acts, variant);
    assert_true(variant->act_count <= sim_swarm_acts_max(plan));
    char *text = plan_write_text(variant, NULL);
    assert_non_null(text);
    return text;
}

static struct plan *reloaded(const struct plan *variant, const char *about)
{
    static const char path[] = "variant.lua";
    struct plan_err err = {0};
    struct scn_err wrong = {0};
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    if (plan_write_lua(variant, out, &err) != PLAN_OK)
        fail_msg("%s: %s", about, err.detail);
    assert_int_equal(fclose(out), 0);
    struct plan *plan = scn_load(path, NULL, 0, NULL, NULL, &wrong);
    if (plan == NULL)
        fail_msg("%s: %s", about, wrong.detail);
    (void)remove(path);
    return plan;
}

/* True: it is another plan than without a change of the world. */
static bool look_at_swarm(const struct plan *plan, const struct sim_swarm *asked, const char *about)
{
    struct plan variant;
    struct plan_err err = {0};
    struct sim_swarm swarm = *asked, own = *asked;
    struct plan_act *acts = calloc(sim_swarm_acts_max(plan), sizeof *acts);
    own.world = 0;
    char *plain = text_of(plan, &own, &variant, acts);
    struct plan *world = NULL, *once_more = sim_swarm_world(plan, &swarm);
    char *again = text_of(once_more != NULL ? once_more : plan, &swarm, &variant, acts);
    world = sim_swarm_world(plan, &swarm);
    char *text = text_of(world != NULL ? world : plan, &swarm, &variant, acts);
    if (plan_check(&variant, &err) != PLAN_OK)
        fail_msg("%s: %s", about, err.detail);
    assert_string_equal(again, text); /* the same variant is the same plan */
    struct plan *read = reloaded(&variant, about);
    char *back = plan_write_text(read, NULL);
    if (strcmp(back, text) != 0)
        fail_msg("%s: it was\n%s\nand reads back as\n%s", about, text, back);
    bool differs = strcmp(text, plain) != 0;
    free(plain);
    free(text);
    free(again);
    free(back);
    plan_free(read);
    plan_free(world);
    plan_free(once_more);
    free(acts);
    return differs;
}

static void look_at(const struct plan *plan, const char *path, uint64_t seed)
{
    char about[1024];
    struct sim_swarm swarm;
    snprintf(about, sizeof about, "%s, variant %" PRIu64, path, seed);
    draw(plan, seed, &swarm);
    (void)look_at_swarm(plan, &swarm, about);
}

static void every_variant_is_a_plan_that_passes_and_reads_back(void **state)
{
    const struct library *library = *state;
    for (size_t i = 0; i < library->count; i++)
        for (uint64_t seed = 0; seed < variants(); seed++)
            look_at(library->plans[i], library->paths[i], seed + i);
}

static void the_whole_variant_is_the_plan_itself(void **state)
{
    const struct library *library = *state;
    struct sim_swarm whole;
    sim_swarm_whole(&whole);
    for (size_t i = 0; i < library->count; i++) {
        const struct plan *plan = library->plans[i];
        struct plan variant;
        struct plan_act *acts = calloc(sim_swarm_acts_max(plan), sizeof *acts);
        char *text = text_of(plan, &whole, &variant, acts), *own = plan_write_text(plan, NULL);
        if (strcmp(text, own) != 0)
            fail_msg("%s: the whole variant is\n%s\nand the plan\n%s", library->paths[i], text, own);
        free(text);
        free(own);
        free(acts);
    }
}

static const struct plan *everything(const struct library *library)
{
    for (size_t i = 0; i < library->count; i++)
        if (strstr(library->paths[i], "workloads/everything.lua") != NULL)
            return library->plans[i];
    fail_msg("everything.lua is gone");
    return NULL;
}

/* Whole kinds are left out, and "one kind only" and "none" are among the variants; so are all three orders, with slack and without. */
static void kinds_are_left_out_whole(void **state)
{
    const struct plan *plan = everything(*state);
    uint32_t none = 0, one = 0, orders = 0, slack = 0, kinds = sim_swarm_kinds(plan), met = 0, missed = 0;
    assert_true(__builtin_popcount(kinds) >= 5);
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct sim_swarm swarm;
        sim_swarm_draw(plan, seed, &none_more, &swarm);
        assert_int_equal(swarm.kinds & ~kinds, 0);
        none += swarm.kinds == 0;
        one += __builtin_popcount(swarm.kinds) == 1;
        met |= swarm.kinds;
        missed |= kinds & ~swarm.kinds;
        orders |= 1u << swarm.order;
        slack += swarm.slack != 0;
    }
    assert_in_range(none, 30, 110);
    assert_in_range(one, 80, 200);
    assert_int_equal(met, kinds);
    assert_int_equal(missed, kinds);
    assert_int_equal(orders, 7);
    assert_in_range(slack, 400, 600);
}

/* Each change alone, of some plan that may have it, gives another plan; and where it may not be, the plan stays what it is. */
static void each_change_of_the_world_changes_something(void **state)
{
    const struct library *library = *state;
    uint32_t met = 0;
    for (size_t i = 0; i < library->count; i += 3)
        for (unsigned change = 0; change < SIM_SWARM_CHANGES; change++) {
            char about[1024];
            struct sim_swarm swarm;
            sim_swarm_draw(library->plans[i], i + 1, &none_more, &swarm);
            swarm.shape = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
            swarm.world = UINT32_C(1) << change & sim_swarm_changes(library->plans[i]);
            snprintf(about, sizeof about, "%s, change %u", library->paths[i], change);
            if (look_at_swarm(library->plans[i], &swarm, about))
                met |= UINT32_C(1) << change;
        }
    assert_int_equal(met | 1u << SIM_SWARM_LEAST, (UINT32_C(1) << SIM_SWARM_CHANGES) - 1); /* LEAST is for schedulers in Lua */
}

/* Most have the scenario's own world and policy, some change it in one respect, some in several. */
static void the_world_is_changed_now_and_then(void **state)
{
    const struct plan *plan = everything(*state);
    const struct sim_swarm_range range = {.world = sim_swarm_changes(plan), .axes = UINT8_MAX};
    uint32_t own = 0, one = 0, met = 0, axes = 0, strict = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct sim_swarm swarm;
        sim_swarm_draw(plan, seed, &range, &swarm);
        assert_int_equal(swarm.world & ~range.world, 0);
        own += swarm.world == 0;
        one += __builtin_popcount(swarm.world) == 1;
        met |= swarm.world;
        axes |= swarm.axes;
        strict += swarm.axes == 0;
        sim_swarm_draw(plan, seed, &none_more, &swarm); /* none is asked for */
        assert_true(swarm.world == 0 && swarm.axes == 0);
    }
    assert_in_range(own, 560, 700);
    assert_in_range(one, 80, 350);
    assert_in_range(strict, 680, 820);
    assert_int_equal(met, range.world);
    assert_int_equal(axes, UINT8_MAX);
}

static void what_is_left_out_does_not_happen_and_leaves_the_rest_alone(void **state)
{
    const struct plan *plan = everything(*state);
    struct plan_act *acts = calloc(sim_swarm_acts_max(plan), sizeof *acts), *fewer = calloc(sim_swarm_acts_max(plan), sizeof *fewer);
    struct plan all, some;
    struct sim_swarm swarm;
    sim_swarm_draw(plan, 7, &none_more, &swarm);
    swarm.kinds = sim_swarm_kinds(plan);
    memset(swarm.eighths, 8, sizeof swarm.eighths);
    sim_swarm_plan(plan, &swarm, acts, &all);
    assert_int_equal(all.act_count, plan->act_count);
    uint32_t gone = acts[0].kind == PLAN_ACT_SUBMIT ? PLAN_ACT_CRASH : acts[0].kind;
    swarm.kinds &= ~(1u << gone);
    sim_swarm_plan(plan, &swarm, fewer, &some);
    assert_true(some.act_count < all.act_count);
    for (uint32_t i = 0, k = 0; i < some.act_count; i++, k++) {
        assert_int_not_equal(fewer[i].kind, gone);
        while (k < all.act_count && (acts[k].kind != fewer[i].kind || acts[k].at_ns != fewer[i].at_ns))
            k++;
        assert_true(k < all.act_count); /* the same act as before, in the same place */
    }
    free(acts);
    free(fewer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_is_a_plan_that_passes_and_reads_back),
        cmocka_unit_test(the_whole_variant_is_the_plan_itself),
        cmocka_unit_test(kinds_are_left_out_whole),
        cmocka_unit_test(each_change_of_the_world_changes_something),
        cmocka_unit_test(the_world_is_changed_now_and_then),
        cmocka_unit_test(what_is_left_out_does_not_happen_and_leaves_the_rest_alone),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
