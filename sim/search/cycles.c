/* cycles.c -- components, fairness, and a way round. See cycles.h. */
#include "cycles.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 1024 };
#define NOWHERE UINT32_MAX

void sim_cycles_free(struct sim_cycles *cycles)
{
    free(cycles->nodes);
    free(cycles->edges);
    *cycles = (struct sim_cycles){0};
}

uint64_t sim_cycles_bytes(const struct sim_cycles *cycles)
{
    return cycles->node_capacity * sizeof *cycles->nodes +
           cycles->edge_capacity * sizeof *cycles->edges;
}

static bool grow(void **items, uint64_t *capacity, uint64_t count, size_t size)
{
    if (count < *capacity)
        return true;
    uint64_t more = 2 * *capacity + FIRST;
    void *larger = realloc(*items, more * size);
    if (larger == NULL)
        return false;
    *items = larger;
    *capacity = more;
    return true;
}

bool sim_cycles_enter(struct sim_cycles *cycles, uint64_t name)
{
    void *nodes = cycles->nodes;
    if (cycles->node_count >= NOWHERE - 1 ||
        !grow(&nodes, &cycles->node_capacity, cycles->node_count, sizeof *cycles->nodes))
        return false;
    cycles->nodes = nodes;
    cycles->nodes[cycles->node_count++] = (struct sim_node){name, cycles->edge_count};
    return true;
}

bool sim_cycles_edge(struct sim_cycles *cycles, uint32_t from, uint64_t to,
                     const struct sim_move *move, bool progress)
{
    void *edges = cycles->edges;
    if (!grow(&edges, &cycles->edge_capacity, cycles->edge_count, sizeof *cycles->edges))
        return false;
    cycles->edges = edges;
    cycles->edges[cycles->edge_count++] = (struct sim_edge){.to = to,
                                                            .from = from,
                                                            .who = move->who,
                                                            .kind = (uint16_t)move->kind,
                                                            .progress = progress};
    return true;
}

void sim_cycles_leave(struct sim_cycles *cycles, struct sim_table *table, uint32_t first)
{
    bool is_new;
    assert(first < cycles->node_count);
    cycles->edge_count = cycles->nodes[first].first_edge;
    for (uint64_t i = first; i < cycles->node_count; i++)
        sim_table_find(table, cycles->nodes[i].name, &is_new)->word = 0;
    cycles->node_count = first;
}

/* ---- a component by itself: its states are numbered from 0 */
struct arc {
    uint32_t to; /* NOWHERE: out of the component */
    const struct sim_edge *edge;
};
struct graph {
    uint32_t count;
    uint32_t *first; /* of each state, its first arc; one more at the end */
    struct arc *arcs;
    uint32_t *part, parts; /* states of one part reach each other without progress */
    uint32_t *number, *low, *stack, *way, *next; /* for searches through it */
};

static void graph_free(struct graph *g)
{
    free(g->first);
    free(g->arcs);
    free(g->part);
    free(g->number);
    free(g->low);
    free(g->stack);
    free(g->way);
    free(g->next);
}

static bool graph_get(struct graph *g, uint32_t count, uint64_t edges)
{
    size_t n = (size_t)count + 1;
    *g = (struct graph){.count = count};
    g->first = calloc(n, sizeof *g->first);
    g->arcs = malloc((edges + 1) * sizeof *g->arcs);
    g->part = malloc(n * sizeof *g->part);
    g->number = malloc(n * sizeof *g->number);
    g->low = malloc(n * sizeof *g->low);
    g->stack = malloc(n * sizeof *g->stack);
    g->way = malloc(n * sizeof *g->way);
    g->next = malloc(n * sizeof *g->next);
    return g->first != NULL && g->arcs != NULL && g->part != NULL && g->number != NULL &&
           g->low != NULL && g->stack != NULL && g->way != NULL && g->next != NULL;
}

static uint32_t node_of(struct sim_table *table, uint64_t name, uint32_t first)
{
    bool is_new;
    uint64_t number = name != 0 ? sim_table_find(table, name, &is_new)->word & ~SIM_ON_PATH : 0;
    return number > first ? (uint32_t)number - 1 - first : NOWHERE;
}

/* The arcs of a state side by side. */
static void graph_fill(struct graph *g, const struct sim_cycles *cycles, struct sim_table *table,
                       uint32_t first)
{
    uint64_t from = cycles->nodes[first].first_edge;
    for (uint64_t i = from; i < cycles->edge_count; i++)
        g->first[cycles->edges[i].from - first + 1]++;
    for (uint32_t i = 0; i < g->count; i++)
        g->first[i + 1] += g->first[i];
    memcpy(g->next, g->first, g->count * sizeof *g->next);
    for (uint64_t i = from; i < cycles->edge_count; i++) {
        const struct sim_edge *edge = &cycles->edges[i];
        g->arcs[g->next[edge->from - first]++] =
            (struct arc){node_of(table, edge->to, first), edge};
    }
}

static bool is_inner(const struct graph *g, uint32_t from, const struct arc *arc)
{
    return arc->to != NOWHERE && !arc->edge->progress && g->part[arc->to] == g->part[from];
}

/* Tarjan's, without recursion: way[] is the path, next[] of each state the arc to look at, stack[] what has no part yet. */
static void find_parts(struct graph *g)
{
    uint32_t numbers = 0, stacked = 0;
    memset(g->number, 0xFF, g->count * sizeof *g->number);
    memset(g->part, 0xFF, g->count * sizeof *g->part);
    memcpy(g->next, g->first, g->count * sizeof *g->next);
    for (uint32_t root = 0; root < g->count; root++) {
        uint32_t depth = 0;
        if (g->number[root] != NOWHERE)
            continue;
        g->way[depth++] = root;
        while (depth > 0) {
            uint32_t at = g->way[depth - 1];
            if (g->number[at] == NOWHERE) {
                g->number[at] = g->low[at] = numbers++;
                g->stack[stacked++] = at;
            }
            if (g->next[at] < g->first[at + 1]) {
                const struct arc *arc = &g->arcs[g->next[at]++];
                if (arc->to == NOWHERE || arc->edge->progress)
                    continue;
                if (g->number[arc->to] == NOWHERE)
                    g->way[depth++] = arc->to;
                else if (g->part[arc->to] == NOWHERE && g->number[arc->to] < g->low[at])
                    g->low[at] = g->number[arc->to];
                continue;
            }
            if (g->low[at] == g->number[at]) {
                uint32_t member;
                do {
                    member = g->stack[--stacked];
                    g->part[member] = g->parts;
                } while (member != at);
                g->parts++;
            }
            if (--depth > 0 && g->low[at] < g->low[g->way[depth - 1]])
                g->low[g->way[depth - 1]] = g->low[at];
        }
    }
}

/* ---- fairness */
static bool is_same(const struct sim_edge *x, const struct sim_edge *y)
{
    return x->kind == y->kind && x->who == y->who;
}

static const struct arc *arc_of(const struct graph *g, uint32_t at, const struct sim_edge *move)
{
    for (uint32_t i = g->first[at]; i < g->first[at + 1]; i++)
        if (is_same(g->arcs[i].edge, move))
            return &g->arcs[i];
    return NULL;
}

/* Where a round through the part of `from` is fair to this move: a state that does not have it, or one where it leads to
 * another of the part, and then `taken` is that arc. NOWHERE: there is none. */
static uint32_t where_fair(const struct graph *g, uint32_t from, const struct sim_edge *move,
                           const struct arc **taken)
{
    uint32_t where = NOWHERE;
    *taken = NULL;
    for (uint32_t i = 0; i < g->count; i++) {
        if (g->part[i] != g->part[from])
            continue;
        const struct arc *arc = arc_of(g, i, move);
        if (arc == NULL) {
            *taken = NULL;
            return i;
        }
        if (where == NOWHERE && is_inner(g, i, arc)) {
            where = i;
            *taken = arc;
        }
    }
    return where;
}

static bool is_fair(const struct graph *g, uint32_t from)
{
    const struct arc *taken;
    for (uint32_t i = g->first[from]; i < g->first[from + 1]; i++)
        if (g->arcs[i].edge->kind != SIM_MOVE_FAULT &&
            where_fair(g, from, g->arcs[i].edge, &taken) == NOWHERE)
            return false;
    return true;
}

/* ---- a way */
static bool add_step(struct sim_lasso *lasso, const struct sim_edge *move)
{
    if ((lasso->count & (lasso->count + 1)) ==
        0) { /* 0, 1, 3, 7: room for as many again, and one */
        struct sim_step *more = realloc(lasso->steps, 2 * (lasso->count + 1) * sizeof *more);
        if (more == NULL)
            return false;
        lasso->steps = more;
    }
    lasso->steps[lasso->count++] = (struct sim_step){move->kind, move->who};
    return true;
}

/* The shortest way. inner: without progress, and within the part. way[] is the queue; low[] the arc by which a state was come to;
 * next[] the state before it. */
static bool add_way(struct graph *g, uint32_t from, uint32_t to, bool inner,
                    struct sim_lasso *lasso)
{
    uint32_t head = 0, tail = 0, steps = 0;
    memset(g->number, 0xFF, g->count * sizeof *g->number);
    g->number[from] = 0;
    g->way[tail++] = from;
    while (head < tail && g->number[to] == NOWHERE) {
        uint32_t at = g->way[head++];
        for (uint32_t i = g->first[at]; i < g->first[at + 1]; i++) {
            const struct arc *arc = &g->arcs[i];
            if (arc->to == NOWHERE || g->number[arc->to] != NOWHERE ||
                (inner && !is_inner(g, at, arc)))
                continue;
            g->number[arc->to] = g->number[at] + 1;
            g->low[arc->to] = i;
            g->next[arc->to] = at;
            g->way[tail++] = arc->to;
        }
    }
    assert(g->number[to] != NOWHERE); /* within a component all reach each other */
    for (uint32_t at = to; at != from; at = g->next[at])
        g->stack[steps++] = g->low[at];
    while (steps > 0)
        if (!add_step(lasso, g->arcs[g->stack[--steps]].edge))
            return false;
    return true;
}

/* One step at least, or staying where it is would do. */
static bool add_any_step(struct graph *g, uint32_t *at, struct sim_lasso *lasso)
{
    for (uint32_t i = g->first[*at]; i < g->first[*at + 1]; i++) {
        const struct arc *arc = &g->arcs[i];
        if (!is_inner(g, *at, arc))
            continue;
        *at = arc->to;
        return add_step(lasso, arc->edge);
    }
    assert(false);
    return false;
}

/* From the component's first state to `turn`, and round by all that makes it fair. */
static bool find_way(struct graph *g, uint32_t turn, struct sim_lasso *lasso)
{
    uint32_t at = turn;
    if (!add_way(g, 0, turn, false, lasso))
        return false;
    lasso->cycle = lasso->count;
    for (uint32_t i = g->first[turn]; i < g->first[turn + 1]; i++) {
        const struct sim_edge *move = g->arcs[i].edge;
        const struct arc *taken;
        if (move->kind == SIM_MOVE_FAULT)
            continue;
        uint32_t by = where_fair(g, turn, move, &taken);
        if (!add_way(g, at, by, true, lasso))
            return false;
        at = by;
        if (taken == NULL)
            continue;
        if (!add_step(lasso, taken->edge))
            return false;
        at = taken->to;
    }
    if (lasso->count == lasso->cycle && !add_any_step(g, &at, lasso))
        return false;
    return add_way(g, at, turn, true, lasso);
}

/* ---- what it is */
static bool has_inner(const struct graph *g, uint32_t at)
{
    for (uint32_t i = g->first[at]; i < g->first[at + 1]; i++)
        if (is_inner(g, at, &g->arcs[i]))
            return true;
    return false;
}

/* O(states x arcs) for parts that are not fair: there are few, and they are small. */
static uint32_t find_livelock(struct graph *g, enum sim_component *what)
{
    uint32_t *looked_at = g->number; /* of each part */
    memset(looked_at, 0, g->count * sizeof *looked_at);
    *what = SIM_COMPONENT_BUSY;
    for (uint32_t i = 0; i < g->count; i++) {
        if (looked_at[g->part[i]] || !has_inner(g, i))
            continue;
        looked_at[g->part[i]] = 1;
        if (is_fair(g, i)) {
            *what = SIM_COMPONENT_LIVELOCK;
            return i;
        }
        *what = SIM_COMPONENT_UNFAIR;
    }
    return NOWHERE;
}

static bool comes_again(const struct sim_cycles *cycles, uint32_t first)
{
    const struct sim_node *node = &cycles->nodes[first];
    if (cycles->node_count - first > 1)
        return true;
    for (uint64_t i = node->first_edge; i < cycles->edge_count; i++)
        if (cycles->edges[i].to == node->name)
            return true;
    return false;
}

bool sim_cycles_judge(const struct sim_cycles *cycles, struct sim_table *table, uint32_t first,
                      enum sim_component *what, struct sim_lasso *lasso)
{
    struct graph g;
    *what = SIM_COMPONENT_NONE;
    *lasso = (struct sim_lasso){0};
    if (!comes_again(cycles, first))
        return true;
    bool well = graph_get(&g, (uint32_t)(cycles->node_count - first),
                          cycles->edge_count - cycles->nodes[first].first_edge);
    if (well) {
        graph_fill(&g, cycles, table, first);
        find_parts(&g);
        uint32_t turn = find_livelock(&g, what);
        well = turn == NOWHERE || find_way(&g, turn, lasso);
    }
    graph_free(&g);
    return well;
}
