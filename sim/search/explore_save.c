/*
 * explore_save.c -- a search as bytes, to be gone on with another day.
 *
 * This room is for: the table, the numbers, and the stack as the moves that lead along it.
 * It may include:   private.h, the C library.
 * Never here:       files.
 *
 * Copies of states are not written: the moves bring them back, and each state's name says that it is the same.
 */
#include "private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT = 2 };
struct head {
    char magic[8];
    uint64_t format, name, stats_bytes, slots, count, frames, sleeps, nodes, edges;
};
struct kept_frame {
    uint64_t name, sleep, only, progress;
    uint32_t kind, who; /* the move by which the path goes on */
    uint32_t next, owns, early, node, low, unused;
};
static const char magic[8] = "muster-e";

bool sim_explore_save(const struct sim_explorer *e, uint64_t name, sim_put_fn *put, void *ctx)
{
    struct head head = {.format = FORMAT,
                        .name = name,
                        .stats_bytes = sizeof e->stats,
                        .slots = e->table.slot_count,
                        .count = e->table.count,
                        .frames = e->frame_count,
                        .sleeps = e->sleeps,
                        .nodes = e->cycles.node_count,
                        .edges = e->cycles.edge_count};
    memcpy(head.magic, magic, sizeof magic);
    bool well = put(ctx, &head, sizeof head) && put(ctx, &e->stats, sizeof e->stats) &&
                put(ctx, e->machine_of, sizeof e->machine_of);
    for (uint64_t i = 0; i < e->table.slot_count && well; i++)
        if (e->table.slots[i].name != 0)
            well = put(ctx, &e->table.slots[i], sizeof e->table.slots[i]);
    for (uint64_t i = 0; i < e->frame_count && well; i++) {
        const struct sim_frame_of_search *f = &e->frames[i];
        const struct sim_move *move = &e->moves[f->first_move + f->chosen];
        const struct kept_frame kept = {f->name, f->sleep, f->only,  f->progress, move->kind, move->who,
                                        f->next, f->owns,  f->early, f->node,     f->low,     0};
        well = put(ctx, &kept, sizeof kept);
    }
    const struct sim_cycles *c = &e->cycles;
    return well && (c->node_count == 0 || put(ctx, c->nodes, c->node_count * sizeof *c->nodes)) &&
           (c->edge_count == 0 || put(ctx, c->edges, c->edge_count * sizeof *c->edges));
}

static enum sim_status refuse(struct sim_err *err, enum sim_status status, const char *why)
{
    err->code = status;
    (void)snprintf(err->detail, sizeof err->detail, "%s", why);
    return status;
}

static enum sim_status load_table(struct sim_explorer *e, const struct head *head, sim_get_fn *get,
                                  void *ctx, struct sim_err *err)
{
    if (head->slots == 0 || (head->slots & (head->slots - 1)) != 0 ||
        head->slots > UINT64_C(1) << 40 || head->count >= head->slots)
        return refuse(err, SIM_E_PLAN, "its table's size is wrong");
    sim_table_free(&e->table);
    if (head->slots * sizeof(struct sim_seen) > e->options.memory ||
        !sim_table_init(&e->table, head->slots, e->options.get))
        return refuse(err, SIM_E_FULL, "its table does not fit into the memory that it may have");
    for (uint64_t i = 0; i < head->count; i++) {
        struct sim_seen seen;
        bool is_new;
        if (!get(ctx, &seen, sizeof seen) || seen.name == 0)
            return refuse(err, SIM_E_PLAN, "its table is cut off");
        *sim_table_find(&e->table, seen.name, &is_new) = seen;
    }
    return SIM_OK;
}

static bool choose(struct sim_explorer *e, struct sim_frame_of_search *f,
                   const struct kept_frame *kept)
{
    for (f->chosen = 0; f->chosen < f->move_count; f->chosen++) {
        const struct sim_move *move = &e->moves[f->first_move + f->chosen];
        if (move->kind == kept->kind && move->who == kept->who)
            return true;
    }
    return false;
}

/* Along the path: at each of its states the frame is as it was, and then the move that it had chosen is made. */
static enum sim_status walk(struct sim_explorer *e, uint64_t frames, sim_get_fn *get, void *ctx,
                            struct sim_err *err)
{
    for (uint64_t i = 0; i < frames; i++) {
        struct kept_frame kept;
        struct sim_moved moved;
        if (!get(ctx, &kept, sizeof kept))
            return refuse(err, SIM_E_PLAN, "its stack is cut off");
        if (sim_explore_name(e, kept.early, PLAN_NONE) != kept.name)
            return refuse(err, SIM_E_PLAN,
                          "the same moves lead somewhere else now: it was made by another build, "
                          "or of another scenario");
        const struct sim_came came = {kept.sleep, kept.progress, kept.early};
        if (!sim_explore_push(e, kept.name, &came, kept.only, kept.owns != 0))
            return refuse(err, SIM_E_FULL,
                          "its stack does not fit into the memory that it may have");
        struct sim_frame_of_search *f = &e->frames[i];
        if (kept.next > f->move_count || !choose(e, f, &kept))
            return refuse(err, SIM_E_PLAN, "its stack has a move that is not there");
        f->next = kept.next;
        f->node = kept.node;
        f->low = kept.low;
        if (i + 1 == frames)
            return SIM_OK; /* where it goes on */
        if (sim_move(e->sim, &e->moves[f->first_move + f->chosen], &moved, err) != SIM_OK)
            return err->code;
        e->is_there = false;
    }
    return SIM_OK;
}

/* Room for as many as there were, a piece at a time: a wrong number is not to ask for all memory. */
static enum sim_status load_cycles(struct sim_explorer *e, const struct head *head, sim_get_fn *get,
                                   void *ctx, struct sim_err *err)
{
    struct sim_cycles *c = &e->cycles;
    const struct sim_move none = {0};
    for (uint64_t i = 0; i < head->nodes; i++) {
        if (!sim_cycles_enter(c, 0))
            return refuse(err, SIM_E_FULL, "its states do not fit into memory");
        if (!get(ctx, &c->nodes[i], sizeof c->nodes[i]) || c->nodes[i].first_edge > head->edges)
            return refuse(err, SIM_E_PLAN, "its states are cut off");
    }
    for (uint64_t i = 0; i < head->edges; i++) {
        if (!sim_cycles_edge(c, 0, 0, &none, false))
            return refuse(err, SIM_E_FULL, "its moves do not fit into memory");
        if (!get(ctx, &c->edges[i], sizeof c->edges[i]) || c->edges[i].from >= head->nodes)
            return refuse(err, SIM_E_PLAN, "its moves are cut off");
    }
    return SIM_OK;
}

enum sim_status sim_explore_load(struct sim_explorer *e, uint64_t name, sim_get_fn *get, void *ctx,
                                 struct sim_err *err)
{
    struct head head;
    assert(!e->begun);
    e->begun = true;
    if (!get(ctx, &head, sizeof head) || memcmp(head.magic, magic, sizeof magic) != 0)
        return refuse(err, SIM_E_PLAN, "it is no search");
    if (head.format != FORMAT || head.stats_bytes != sizeof e->stats)
        return refuse(err, SIM_E_PLAN, "it is of another version of muster");
    if (head.name != name || (head.sleeps != 0 && !e->sleeps))
        return refuse(err, SIM_E_PLAN, "it is of another scenario, policy, or way to search");
    e->sleeps = head.sleeps != 0; /* it may have begun anew without */
    if (!get(ctx, &e->stats, sizeof e->stats) || !get(ctx, e->machine_of, sizeof e->machine_of))
        return refuse(err, SIM_E_PLAN, "its numbers are cut off");
    enum sim_status status = load_table(e, &head, get, ctx, err);
    e->loads = true;
    if (status == SIM_OK)
        status = walk(e, head.frames, get, ctx, err);
    e->loads = false;
    return status == SIM_OK ? load_cycles(e, &head, get, ctx, err) : status;
}
