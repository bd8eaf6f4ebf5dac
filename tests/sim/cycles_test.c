/*
 * cycles_test.c -- which sets of states are livelocks: random small systems, beside a judgement that tries every set of states.
 *
 * In a system each state has a few moves, which are made or not, some with progress. The search's part is done here in a few lines:
 * depth first, with the numbers that Tarjan asks for.
 */
#include "cycles.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STATES_MAX = 7, MOVES = 4, SYSTEMS = 40000 };

struct system {
    uint32_t states;
    struct {
        bool there, progress;
        uint32_t to;           /* `states`: the end of a run */
    } move[STATES_MAX][MOVES]; /* the last is an act, which need not happen */
    uint64_t dice;
};
struct walk {
    struct system *s;
    struct sim_cycles cycles;
    struct sim_table table;
    uint32_t way[STATES_MAX + 1][2], depth; /* state and move */
    uint32_t livelocks, unfair, busy;
};

static uint32_t draw(struct system *s, uint32_t n)
{
    s->dice = s->dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(s->dice >> 33) % n;
}

static void make(struct system *s, uint64_t seed)
{
    *s = (struct system){.dice = seed};
    s->states = 1 + draw(s, STATES_MAX);
    uint32_t crowded = 2 + draw(s, 4), busy = 1 + draw(s, 6);
    for (uint32_t i = 0; i < s->states; i++)
        for (uint32_t m = 0; m < MOVES; m++) {
            s->move[i][m].there = draw(s, crowded) == 0;
            s->move[i][m].progress = draw(s, busy) == 0;
            s->move[i][m].to = draw(s, s->states + 1);
        }
}

static uint64_t name_of(uint32_t state) { return (state + 1) * UINT64_C(0x9E3779B97F4A7C15); }

static bool is_inner(const struct system *s, uint32_t set, uint32_t i, uint32_t m)
{
    return s->move[i][m].there && !s->move[i][m].progress && s->move[i][m].to < s->states &&
           (set >> s->move[i][m].to & 1) != 0;
}

/* Whether all of the set reach each other within it, without progress. */
static bool is_connected(const struct system *s, uint32_t set)
{
    for (uint32_t from = 0; from < s->states; from++) {
        uint32_t reached = 0, before = UINT32_MAX;
        if ((set >> from & 1) == 0)
            continue;
        for (uint32_t m = 0; m < MOVES; m++)
            reached |= is_inner(s, set, from, m) ? 1u << s->move[from][m].to : 0;
        while (reached != before) {
            before = reached;
            for (uint32_t i = 0; i < s->states; i++)
                for (uint32_t m = 0; (reached >> i & 1) && m < MOVES; m++)
                    reached |= is_inner(s, set, i, m) ? 1u << s->move[i][m].to : 0;
        }
        if (reached != set)
            return false;
    }
    return true;
}

/* Whether a run may go through all of the set again and again, and be fair. */
static bool is_fair(const struct system *s, uint32_t set)
{
    for (uint32_t m = 0; m + 1 < MOVES; m++) {
        bool always = true, made = false;
        for (uint32_t i = 0; i < s->states; i++)
            if (set >> i & 1) {
                always = always && s->move[i][m].there;
                made = made || is_inner(s, set, i, m);
            }
        if (always && !made)
            return false;
    }
    return true;
}

static bool has_livelock(const struct system *s, uint32_t reached)
{
    for (uint32_t set = 1; set < 1u << s->states; set++)
        if ((set & ~reached) == 0 && is_connected(s, set) && is_fair(s, set))
            return true;
    return false;
}

/* The way that is said leads there, and round; the round is fair and has no progress. */
static void follow(const struct walk *w, const struct sim_lasso *lasso)
{
    const struct system *s = w->s;
    uint32_t at = w->way[w->depth - 1][0], begin = STATES_MAX, made = 0, always = UINT32_MAX;
    for (uint64_t i = 0; i < lasso->count; i++) {
        uint32_t m = lasso->steps[i].who, there = 0;
        if (i == lasso->cycle)
            begin = at;
        for (uint32_t k = 0; k < MOVES; k++)
            there |= (uint32_t)s->move[at][k].there << k;
        assert_true(there >> m & 1);
        if (i >= lasso->cycle) {
            assert_false(s->move[at][m].progress);
            made |= 1u << m;
            always &= there;
        }
        at = s->move[at][m].to;
        assert_in_range(at, 0, s->states - 1);
    }
    assert_true(lasso->count > lasso->cycle);
    assert_int_equal(at, begin);
    always &= (1u << (MOVES - 1)) - 1;
    assert_int_equal(always & ~made, 0);
}

static uint32_t reached;

static uint32_t go(struct walk *w, uint32_t state)
{
    bool is_new;
    uint32_t node = (uint32_t)w->cycles.node_count, low = node;
    reached |= 1u << state;
    sim_table_find(&w->table, name_of(state), &is_new)->word = node + 1;
    assert_true(sim_cycles_enter(&w->cycles, name_of(state)));
    w->way[w->depth++][0] = state;
    for (uint32_t m = 0; m < MOVES; m++) {
        uint32_t to = w->s->move[state][m].to;
        if (!w->s->move[state][m].there)
            continue;
        const struct sim_move move = {m + 1 < MOVES ? SIM_MOVE_TASK : SIM_MOVE_FAULT, m, 0};
        assert_true(sim_cycles_edge(&w->cycles, node, to < w->s->states ? name_of(to) : 0, &move,
                                    w->s->move[state][m].progress));
        if (to == w->s->states)
            continue;
        uint64_t word = sim_table_find(&w->table, name_of(to), &is_new)->word;
        uint32_t least = is_new ? go(w, to) : word > 0 ? (uint32_t)word - 1 : UINT32_MAX;
        low = least < low ? least : low;
    }
    if (low == node) {
        enum sim_component what;
        struct sim_lasso lasso;
        assert_true(sim_cycles_judge(&w->cycles, &w->table, node, &what, &lasso));
        w->livelocks += what == SIM_COMPONENT_LIVELOCK;
        w->unfair += what == SIM_COMPONENT_UNFAIR;
        w->busy += what == SIM_COMPONENT_BUSY;
        if (what == SIM_COMPONENT_LIVELOCK)
            follow(w, &lasso);
        free(lasso.steps);
        sim_cycles_leave(&w->cycles, &w->table, node);
    }
    w->depth--;
    return low;
}

static void walk(struct system *s, struct walk *w)
{
    *w = (struct walk){.s = s};
    reached = 0;
    assert_true(sim_table_init(&w->table, 64, NULL));
    (void)go(w, 0);
    assert_int_equal(w->cycles.node_count, 0);
    assert_int_equal(w->cycles.edge_count, 0);
    sim_table_free(&w->table);
    sim_cycles_free(&w->cycles);
}

static void every_livelock_is_found_and_no_other(void **state)
{
    uint32_t livelocks = 0, unfair = 0, busy = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++) {
        struct system s;
        struct walk w;
        make(&s, seed);
        walk(&s, &w);
        if (has_livelock(&s, reached) != (w.livelocks > 0))
            fail_msg("system %d: %d livelocks found, every set of states says %d", (int)seed,
                     (int)w.livelocks, (int)has_livelock(&s, reached));
        livelocks += w.livelocks;
        unfair += w.unfair;
        busy += w.busy;
    }
    assert_in_range(livelocks, 1000, SYSTEMS);
    assert_in_range(unfair, 1000, SYSTEMS);
    assert_in_range(busy, 1000, SYSTEMS);
}

/* 0 -> 1 with progress, before 0 -> 2 -> 1 without; 1 -> 0. When the search comes back to 0 its path has progress, and the round without
 * it goes through states that it has left. */
static void a_livelock_need_not_lie_on_the_path(void **state)
{
    struct system s = {.states = 3};
    struct walk w;
    (void)state;
    s.move[0][0].there = s.move[0][0].progress = true;
    s.move[0][0].to = 1;
    s.move[0][1].there = true;
    s.move[0][1].to = 2;
    s.move[2][2].there = true;
    s.move[2][2].to = 1;
    s.move[1][2].there = true;
    s.move[1][2].to = 0;
    walk(&s, &w);
    assert_int_equal(w.livelocks, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_livelock_is_found_and_no_other),
        cmocka_unit_test(a_livelock_need_not_lie_on_the_path),
    };
    return cmocka_run_group_tests_name("sim.cycles", tests, NULL, NULL);
}
