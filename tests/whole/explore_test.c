/*
 * explore_test.c -- what a search relies on, looked at along random ways through small scenarios.
 *
 * States of one name have the same future; two local moves of different machines lead to one state in either order; what was
 * restored goes on as it would have. Judge and world together, for that is what a search takes for a state.
 */
#define _POSIX_C_SOURCE 200809L
#include "conf/conf.h"
#include "gang/gang.h"
#include "scn/scn.h"
#include "sim/explore.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOVES_MAX = 4096, WAY_MAX = 400, KNOWN_MAX = 1 << 12, FUTURE = 24, WALKS = 60 };

struct walker {
    struct plan *plan;
    struct sim *sim;
    struct conf_judge *judge;
    void *world, *judge_memory;
    size_t world_live, judge_live;
    struct sim_move moves[MOVES_MAX];
    uint32_t count;
    bool has_phoenix;
    uint64_t dice;
};

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct walker *w = ctx;
    conf_feed(w->judge, records, count, first);
}

static void timeless(struct plan *plan)
{
    plan->setting[PLAN_SET_LATENCY] = plan->setting[PLAN_SET_BANDWIDTH] =
        plan->setting[PLAN_SET_EXCHANGE_CALL] = 0;
    for (uint32_t i = 0; i < plan->dist_count; i++)
        plan->dists[i] = (struct plan_dist){.kind = PLAN_DIST_FIXED};
}

static void begin(struct walker *w, const char *path, struct gang_policy policy)
{
    struct scn_err err = {0};
    struct sim_err sim_err = {0};
    w->plan = scn_load(path, NULL, 0, NULL, NULL, &err);
    if (w->plan == NULL)
        fail_msg("%s", err.detail);
    timeless(w->plan);
    for (uint32_t i = 0; i < w->plan->act_count; i++)
        w->has_phoenix |= w->plan->acts[i].kind == PLAN_ACT_CRASH_DRIVER;
    const struct sim_options options = {
        .plan = w->plan, .core = gang_api(), .policy = policy, .seed = 1};
    const struct conf_options judging = {.observes = sim_observes(),
                                         .two_phase = policy.axis[GANG_AXIS_LAUNCH] == 0,
                                         .partial = true};
    size_t bytes = sim_size(&options, &sim_err), judge = (conf_size(w->plan) + 63) & ~(size_t)63;
    assert_int_not_equal(bytes, 0);
    w->world = aligned_alloc(64, bytes);
    w->judge_memory = aligned_alloc(64, judge);
    w->sim = sim_init(w->world, bytes, &options, &sim_err);
    assert_non_null(w->sim);
    w->judge = conf_init(w->judge_memory, judge, w->plan, &judging);
    sim_observer(w->sim, observe, w);
    w->world_live = sim_live_bytes(w->sim);
    w->judge_live = conf_live_size(w->judge);
    assert_true(sim_moves_max(w->sim) <= MOVES_MAX);
    assert_int_equal(sim_search_begin(w->sim, false, &sim_err), SIM_OK);
}

static void end(struct walker *w)
{
    free(w->world);
    free(w->judge_memory);
    plan_free(w->plan);
}

static void save(const struct walker *w, char *out)
{
    memcpy(out, w->world, w->world_live);
    memcpy(out + w->world_live, w->judge_memory, w->judge_live);
}

static void restore(struct walker *w, const char *from)
{
    memcpy(w->world, from, w->world_live);
    memcpy(w->judge_memory, from + w->world_live, w->judge_live);
}

/* While the driver is away its log is a state, and logs differ that will make the same driver: then the judge's alone. */
static uint64_t name_of(const struct walker *w)
{
    uint64_t world = w->has_phoenix ? 0 : sim_search_name(w->sim, NULL, PLAN_NONE);
    return world ^ 3 * conf_fingerprint(w->judge);
}

static uint32_t draw(struct walker *w, uint32_t n)
{
    w->dice = w->dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(w->dice >> 33) % n;
}

/* In the order of their names, which is the same whatever way led to the state. */
static int by_name(const void *x, const void *y)
{
    const struct sim_move *a = x, *b = y;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->who < b->who ? -1 : a->who > b->who;
}

static uint32_t list_moves(struct walker *w, enum sim_timers timers)
{
    w->count = sim_moves(w->sim, timers, w->moves);
    qsort(w->moves, w->count, sizeof *w->moves, by_name);
    for (uint32_t i = 1; i < w->count; i++)
        assert_int_not_equal(by_name(&w->moves[i - 1], &w->moves[i]), 0);
    return w->count;
}

static struct sim_moved make(struct walker *w, const struct sim_move *move)
{
    struct sim_moved moved;
    struct sim_err err = {0};
    const struct sim_move copy = *move; /* the list may be made anew */
    if (sim_move(w->sim, &copy, &moved, &err) != SIM_OK)
        fail_msg("%s", err.detail);
    return moved;
}

/* The names of what follows, by a way that `dice` decide, and of what may happen there. */
static void look_into_the_future(struct walker *w, uint64_t dice, uint64_t out[static 2 * FUTURE])
{
    memset(out, 0, 2 * FUTURE * sizeof *out);
    w->dice = dice;
    for (int i = 0; i < FUTURE && list_moves(w, SIM_TIMERS_LATE) > 0; i++) {
        uint64_t list = 0;
        for (uint32_t k = 0; k < w->count; k++)
            list = list * 31 + w->moves[k].kind * 1000 + w->moves[k].who;
        out[2 * i] = list;
        (void)make(w, &w->moves[draw(w, w->count)]);
        out[2 * i + 1] = name_of(w);
    }
}

struct known {
    uint64_t name;
    char *state;
};

static struct known *find(struct known *known, uint64_t name)
{
    uint64_t at = name % KNOWN_MAX;
    while (known[at].name != 0 && known[at].name != name)
        at = (at + 1) % KNOWN_MAX;
    return &known[at];
}

/* Where a walk comes to a state that another one came to by another way. */
static uint32_t compare_futures(struct walker *w, struct known *known, uint32_t *count,
                                const char *path)
{
    uint64_t name = sim_search_name(w->sim, NULL, PLAN_NONE) ^ 3 * conf_fingerprint(w->judge),
             mine[2 * FUTURE], other[2 * FUTURE], dice = w->dice;
    size_t bytes = w->world_live + w->judge_live;
    struct known *k = find(known, name != 0 ? name : 1);
    char *here = malloc(bytes);
    save(w, here);
    if (k->name == 0) {
        bool has_room = *count < KNOWN_MAX / 2;
        if (has_room)
            *k = (struct known){name, here};
        else
            free(here);
        *count += has_room;
        return 0;
    }
    bool differs = memcmp(k->state, here, bytes) != 0;
    look_into_the_future(w, dice, mine);
    restore(w, k->state);
    look_into_the_future(w, dice, other);
    for (int i = 0; i < 2 * FUTURE; i++)
        if (mine[i] != other[i])
            fail_msg("%s: two states of one name differ %d moves later, in %s", path, i / 2,
                     i % 2 ? "where they are" : "what may happen");
    restore(w, here);
    w->dice = dice;
    free(here);
    return differs;
}

typedef uint32_t look_fn(struct walker *w, struct known *known, uint32_t *count, const char *path);

static uint32_t walk_through(const char *path, struct gang_policy policy, look_fn *look)
{
    struct walker *w = calloc(1, sizeof *w);
    struct known *known = calloc(KNOWN_MAX, sizeof *known);
    uint32_t looked = 0, count = 0;
    begin(w, path, policy);
    char *start = malloc(w->world_live + w->judge_live),
         *before = malloc(w->world_live + w->judge_live);
    save(w, start);
    for (uint64_t walk = 0; walk < WALKS; walk++) {
        restore(w, start);
        w->dice = walk;
        for (int i = 0; i < WAY_MAX && list_moves(w, SIM_TIMERS_LATE) > 0 && !conf_failed(w->judge);
             i++) {
            looked += look(w, known, &count, path);
            (void)list_moves(w, SIM_TIMERS_LATE);
            save(w, before);
            if (!make(w, &w->moves[draw(w, w->count)]).happened)
                restore(w, before);
        }
    }
    for (uint32_t i = 0; i < KNOWN_MAX; i++)
        free(known[i].state);
    free(known);
    free(start);
    free(before);
    end(w);
    free(w);
    return looked;
}

/* Both orders of every two local moves of different machines. */
static uint32_t compare_orders(struct walker *w, struct known *known, uint32_t *count,
                               const char *path)
{
    struct sim_move moves[64];
    uint32_t n = 0, looked = 0;
    uint64_t dice = w->dice;
    (void)known;
    (void)count;
    if (!sim_moves_commute(w->sim))
        return 0;
    char *here = malloc(w->world_live + w->judge_live);
    save(w, here);
    for (uint32_t i = 0; i < w->count && n < 64; i++)
        if (sim_move_machine(w->sim, &w->moves[i]) != PLAN_NONE)
            moves[n++] = w->moves[i];
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = i + 1; k < n; k++) {
            uint64_t names[2] = {0, 0};
            bool local = sim_move_machine(w->sim, &moves[i]) != sim_move_machine(w->sim, &moves[k]);
            for (int turn = 0; turn < 2 && local; turn++) {
                const struct sim_move *first = &moves[turn ? k : i], *second = &moves[turn ? i : k];
                local = make(w, first).local && !conf_failed(w->judge);
                (void)list_moves(w, SIM_TIMERS_LATE);
                for (uint32_t m = 0; m < w->count && local; m++)
                    if (by_name(&w->moves[m], second) == 0) {
                        (void)make(w, &w->moves[m]);
                        names[turn] = name_of(w);
                        local = !conf_failed(
                            w->judge); /* what is broken may be noticed sooner or later */
                        break;
                    }
                restore(w, here);
            }
            if (local && names[0] != names[1])
                fail_msg("%s: %s %u and %s %u lead to one state in one order, and to another in "
                         "the other",
                         path, sim_move_text(moves[i].kind), moves[i].who,
                         sim_move_text(moves[k].kind), moves[k].who);
            looked += local;
        }
    free(here);
    w->dice = dice;
    return looked;
}

static void in_every_scenario(look_fn *look, uint32_t wanted)
{
    glob_t found;
    uint32_t looked = 0;
    assert_int_equal(glob(EXPLORED "/*.lua", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 20);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        looked += walk_through(found.gl_pathv[i], gang_policy_strict(), look);
        looked += walk_through(found.gl_pathv[i], gang_policy_spark(), look);
    }
    globfree(&found);
    assert_in_range(looked, wanted, UINT32_MAX);
}

static void states_of_one_name_have_one_future(void **state)
{
    (void)state;
    in_every_scenario(compare_futures, 1000);
}

/* The names of the machines that did not step are those of before. */
static uint32_t compare_names(struct walker *w, struct known *known, uint32_t *count,
                              const char *path)
{
    uint64_t machines[8];
    uint32_t looked = 0;
    char *here = malloc(w->world_live + w->judge_live);
    (void)known;
    (void)count;
    assert_true(w->plan->executor_count < 8);
    save(w, here);
    for (uint32_t i = 0; i < w->count; i++) {
        (void)sim_search_name(w->sim, machines, PLAN_NONE);
        uint32_t machine = sim_move_machine(w->sim, &w->moves[i]);
        const struct sim_moved moved = make(w, &w->moves[i]);
        uint32_t stepped = sim_move_stepped(w->sim, machine, &moved);
        if (sim_search_name(w->sim, machines, stepped) != sim_search_name(w->sim, NULL, PLAN_NONE))
            fail_msg("%s: %s %u has changed more than machine %u", path,
                     sim_move_text(w->moves[i].kind), w->moves[i].who, stepped);
        looked += stepped != PLAN_NONE;
        restore(w, here);
    }
    free(here);
    return looked;
}

static void a_local_move_steps_one_machine(void **state)
{
    (void)state;
    in_every_scenario(compare_names, 1000);
}

static void local_moves_of_different_machines_commute(void **state)
{
    (void)state;
    in_every_scenario(compare_orders, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_of_one_name_have_one_future),
        cmocka_unit_test(a_local_move_steps_one_machine),
        cmocka_unit_test(local_moves_of_different_machines_commute),
    };
    return cmocka_run_group_tests_name("whole.explore", tests, NULL, NULL);
}
