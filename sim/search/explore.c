/*
 * explore.c -- depth first, with a copy of each state on the path and a fingerprint of every other. See sim/explore.h.
 *
 * This room is for: the order of the search, what is left out of it, and what a state that was met again means.
 * It may include:   private.h, the C library.
 * Never here:       how a search is kept (explore_save.c).
 *
 * Sleep sets (Godefroid): two moves of different machines that touch nothing in common lead to one state in either order, so the
 * second order is not tried: the move that was tried first sleeps on the way of the other, until something happens that depends
 * on it. States are met as without; only moves are saved. A state that is met again with fewer sleepers than before has those
 * moves tried that slept each time.
 *
 * Whether a run may go on for ever is asked of all moves, and sleep sets hide no answer. Say a state is done when all of its moves that
 * were awake when it was met first have been tried, and what came of them is done. A move t sleeps in a state s because it was
 * tried before in a state u on the path, and only moves of other machines led from u to s. So t, and those moves after it, lead to the
 * state that t leads to in s; none of them slept where t was tried, or it would not be on the path now; so that state was done
 * before s was met, by induction over time, unless a state was met that was on the path. So if none ever is, each move of each state, asleep or
 * not, leads to one that was done before: nothing comes again. If one is, the search begins anew without sleep sets, and cycles.c
 * looks at each component.
 */
#include "private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS = 4096, FRAMES_FIRST = 256, TABLE_FIRST = 1 << 16, ALIGNMENT = 64 };

const char *sim_explored_text(unsigned how)
{
    static const char *const texts[SIM_EXPLORED_COUNT] = {
#define X(name, text) text,
        SIM_EXPLORED_MAP(X)
#undef X
    };
    return how < SIM_EXPLORED_COUNT ? texts[how] : NULL;
}

/* ---- memory */
static size_t align_up(size_t bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct sim_explorer *e = ctx;
    e->judge_port.feed(e->judge, records, count, first);
}

/* What nobody writes is compared like all else, so it must not be left to chance. */
static void *get_block(size_t bytes)
{
    void *block = aligned_alloc(ALIGNMENT, align_up(bytes));
    if (block != NULL)
        memset(block, 0, align_up(bytes));
    return block;
}

static bool get_memory(struct sim_explorer *e)
{
    e->world = get_block(e->world_bytes);
    e->judge = get_block(e->judge_port.bytes);
    e->judge_copy = get_block(e->judge_port.bytes);
    e->machines = get_block((e->options.world.plan->executor_count + 1) * sizeof *e->machines);
    return e->machines != NULL && e->world != NULL && e->judge != NULL && e->judge_copy != NULL &&
           sim_table_init(&e->table, TABLE_FIRST, e->options.get);
}

static enum sim_status complain(struct sim_err *err, enum sim_status status, const char *what)
{
    err->code = status;
    (void)snprintf(err->detail, sizeof err->detail, "%s", what);
    return status;
}

/* The world as it begins. */
static enum sim_status begin_world(struct sim_explorer *e, struct sim_err *err)
{
    e->sim = sim_init(e->world, e->world_bytes, &e->options.world, err);
    if (e->sim == NULL)
        return err->code;
    e->judge_port.init(e->judge_port.ctx, e->judge);
    sim_observer(e->sim, observe, e);
    e->stats = (struct sim_explore_stats){.unseen = UINT64_MAX,
                                          .whole_bytes = sim_live_bytes(e->sim) + e->judge_port.live_bytes};
    return sim_search_begin(e->sim, false, err);
}

/* False: no memory. */
static bool begin_alike(struct sim_explorer *e)
{
    e->alike = malloc(sim_alike_bytes(e->sim));
    if (e->alike == NULL)
        return false;
    e->not_alike = sim_alike_init(e->alike, e->sim, &e->options.world.policy);
    if (e->not_alike == NULL && sim_alike_count(e->alike, false) + sim_alike_count(e->alike, true) == 0)
        e->not_alike = "acts and expectations name all of them, each in another way";
    if (e->not_alike == NULL)
        return true;
    free(e->alike);
    e->alike = NULL;
    return true;
}

static enum sim_status begin_search(struct sim_explorer *e, struct sim_err *err)
{
    enum sim_status status = begin_world(e, err);
    if (status != SIM_OK)
        return status;
    sim_past_add(&e->past, e->world, sim_live_bytes(e->sim));
    sim_past_add(&e->past, e->judge, e->judge_port.live_bytes);
    sim_past_add(&e->past, e->machines,
                 (e->options.world.plan->executor_count + 1) * sizeof *e->machines);
    if (!sim_past_init(&e->past))
        return complain(err, SIM_E_FULL, "there is no memory for a search");
    e->moves_max = sim_moves_max(e->sim);
    e->sleeps = e->options.reduction != SIM_REDUCE_NOTHING && sim_moves_commute(e->sim);
    return e->options.reduction != SIM_REDUCE_SYMMETRY || begin_alike(e)
               ? SIM_OK
               : complain(err, SIM_E_FULL, "there is no memory for a search");
}

struct sim_explorer *sim_explore_new(const struct sim_explore_options *options, struct sim_err *err)
{
    struct sim_explorer *e = calloc(1, sizeof *e);
    if (e == NULL) {
        (void)complain(err, SIM_E_FULL, "there is no memory for a search");
        return NULL;
    }
    e->options = *options;
    e->judge_port = *options->judge;
    e->world_bytes = sim_size(&options->world, err);
    if (e->world_bytes == 0 || !get_memory(e)) {
        if (e->world_bytes > 0)
            (void)complain(err, SIM_E_FULL, "there is no memory for a search");
        sim_explore_free(e);
        return NULL;
    }
    if (begin_search(e, err) == SIM_OK)
        return e;
    sim_explore_free(e);
    return NULL;
}

void sim_explore_free(struct sim_explorer *e)
{
    if (e == NULL)
        return;
    sim_table_free(&e->table);
    free(e->world);
    free(e->judge);
    free(e->judge_copy);
    free(e->machines);
    free(e->frames);
    free(e->moves);
    sim_past_free(&e->past);
    sim_cycles_free(&e->cycles);
    free(e->alike);
    free(e->found.path);
    free(e);
}

/* Makes room for `wanted` items, at least twice as many as before. */
static bool grow(void **items, uint64_t *capacity, uint64_t wanted, size_t size)
{
    uint64_t more = 2 * *capacity > FRAMES_FIRST ? 2 * *capacity : FRAMES_FIRST;
    if (wanted <= *capacity)
        return true;
    more = more > wanted ? more : wanted;
    void *larger = realloc(*items, more * size);
    if (larger == NULL)
        return false;
    *items = larger;
    *capacity = more;
    return true;
}

static uint64_t stack_bytes(const struct sim_explorer *e)
{
    return sim_past_bytes(&e->past) + sim_cycles_bytes(&e->cycles) +
           e->frame_capacity * sizeof *e->frames +
           e->moves_capacity * sizeof *e->moves;
}

static uint64_t memory_used(const struct sim_explorer *e)
{
    return stack_bytes(e) + e->table.slot_count * sizeof *e->table.slots;
}

/* ---- states */
uint64_t sim_explore_name(struct sim_explorer *e, uint32_t early, uint32_t stepped)
{
    uint64_t h = (sim_search_name(e->sim, e->machines, stepped) + early) ^
                 (e->judge_port.fingerprint(e->judge) * UINT64_C(0x9E3779B97F4A7C15));
    h = (h ^ h >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    h ^= h >> 32;
    return h != 0 ? h : 1;
}

static bool save_state(struct sim_explorer *e, struct sim_frame_of_search *f)
{
    uint64_t more = sim_past_bytes_wanted(&e->past) - sim_past_bytes(&e->past);
    if (more > 0 && memory_used(e) + more > e->options.memory)
        return false;
    f->is_past = sim_past_push(&e->past);
    e->moves_kept += f->move_count;
    return f->is_past;
}

static void restore_state(struct sim_explorer *e, const struct sim_frame_of_search *f)
{
    assert(f->is_past);
    sim_past_restore(&e->past);
    e->is_there = true;
}

/* ---- sleep */
static uint32_t bit_of(const struct sim_explorer *e, const struct sim_move *move)
{
    uint32_t executors = e->options.world.plan->executor_count, bit = SIM_SLEEPERS;
    if (move->kind == SIM_MOVE_TO_DRIVER)
        bit = move->who;
    else if (move->kind == SIM_MOVE_TO_EXECUTOR)
        bit = executors + move->who;
    else if (move->kind == SIM_MOVE_TASK)
        bit = 2 * executors + move->who;
    return bit < SIM_SLEEPERS ? bit : SIM_SLEEPERS;
}

static uint64_t mask_of(const struct sim_explorer *e, const struct sim_move *move)
{
    uint32_t bit = e->sleeps ? bit_of(e, move) : SIM_SLEEPERS;
    return bit < SIM_SLEEPERS ? UINT64_C(1) << bit : 0;
}

/* Of those who sleep, who goes on sleeping while this happens. */
static uint64_t asleep_after(struct sim_explorer *e, uint64_t sleep, uint32_t machine, bool local)
{
    uint64_t left = 0;
    for (uint64_t rest = local ? sleep : 0; rest != 0; rest &= rest - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(rest);
        left |= e->machine_of[bit] != machine ? UINT64_C(1) << bit : 0;
    }
    return left;
}

/* ---- the stack */
static void leave_out_alike(struct sim_explorer *e, struct sim_frame_of_search *f)
{
    uint32_t left = sim_alike_moves(e->alike, e->sim, e->moves + f->first_move, f->move_count);
    e->stats.alike += f->move_count - left;
    f->move_count = left;
}

static bool is_left_out(const struct sim_explorer *e, const struct sim_frame_of_search *f,
                        const struct sim_move *move)
{
    return f->only != UINT64_MAX && (f->only & mask_of(e, move)) == 0;
}

/* Not if all but one of its moves are left out or sleep: then the path goes on from there at once. A frame that is read back has
 * moves asleep which were awake at first. */
static bool may_be_returned_to(const struct sim_explorer *e, const struct sim_frame_of_search *f)
{
    uint32_t awake = 0;
    for (uint32_t i = 0; i < f->move_count && awake < 2; i++) {
        const struct sim_move *move = &e->moves[f->first_move + i];
        awake += e->loads || (!is_left_out(e, f, move) && (f->sleep & mask_of(e, move)) == 0);
    }
    return awake > 1;
}

bool sim_explore_push(struct sim_explorer *e, uint64_t name, const struct sim_came *came,
                      uint64_t only, bool owns)
{
    void *frames = e->frames, *moves = e->moves;
    if (!grow(&frames, &e->frame_capacity, e->frame_count + 1, sizeof *e->frames))
        return false;
    e->frames = frames;
    if (!grow(&moves, &e->moves_capacity, e->moves_used + e->moves_max, sizeof *e->moves))
        return false;
    e->moves = moves;
    struct sim_frame_of_search *f = &e->frames[e->frame_count];
    *f = (struct sim_frame_of_search){.name = name,
                                      .sleep = came->sleep,
                                      .only = only,
                                      .progress = came->progress,
                                      .early = came->early,
                                      .first_move = e->moves_used,
                                      .node = (uint32_t)e->cycles.node_count,
                                      .low = (uint32_t)e->cycles.node_count,
                                      .owns = owns};
    enum sim_timers timers = came->early < e->options.early ? e->options.timers : SIM_TIMERS_LATE;
    f->move_count = sim_moves(e->sim, timers, e->moves + e->moves_used);
    if (e->alike != NULL)
        leave_out_alike(e, f);
    if (may_be_returned_to(e, f) && !save_state(e, f))
        return false;
    if (!e->sleeps && !e->loads && !sim_cycles_enter(&e->cycles, name))
        return false;
    e->moves_used += f->move_count;
    e->frame_count++;
    e->is_there = true;
    e->stats.depth = e->frame_count > e->stats.depth ? e->frame_count : e->stats.depth;
    return true;
}

/* The next move of the frame that does not sleep; NULL: none is left. */
static const struct sim_move *next_move(struct sim_explorer *e, struct sim_frame_of_search *f)
{
    while (f->next < f->move_count) {
        const struct sim_move *move = &e->moves[f->first_move + f->next];
        f->chosen = f->next++;
        if (is_left_out(e, f, move))
            continue;
        if ((f->sleep & mask_of(e, move)) == 0)
            return move;
        e->stats.slept++;
    }
    return NULL;
}

/* ---- what was found */
static bool is_same(const struct sim_move *x, const struct sim_move *y)
{
    return x->kind == y->kind && x->who == y->who;
}

struct sim_step *sim_explore_path(const struct sim_explorer *e, uint64_t *steps)
{
    struct sim_step *path = malloc((e->frame_count + 1) * sizeof *path);
    *steps = e->frame_count;
    for (uint64_t i = 0; i < e->frame_count && path != NULL; i++) {
        const struct sim_move *move = &e->moves[e->frames[i].first_move + e->frames[i].chosen];
        path[i] = (struct sim_step){move->kind, move->who};
    }
    return path;
}

static void note(struct sim_explorer *e, enum sim_finding_kind kind,
                 const struct sim_verdict *verdict, uint64_t cycle)
{
    e->stats.failures += kind != SIM_FOUND_DOUBT;
    e->stats.doubts += kind == SIM_FOUND_DOUBT;
    if (e->found.kind > SIM_FOUND_DOUBT || e->found.kind == (uint32_t)kind)
        return;
    free(e->found.path);
    e->found = (struct sim_found){.kind = kind, .verdict = *verdict, .cycle = cycle};
    e->found.path = sim_explore_path(e, &e->found.steps);
}

static struct sim_verdict judge_now(struct sim_explorer *e, bool ended)
{
    struct sim_verdict verdict = {0};
    memcpy(e->judge_copy, e->judge, e->judge_port.bytes);
    e->judge_port.finish(e->judge_copy, ended, &verdict);
    e->stats.statuses |= UINT64_C(1) << (verdict.status & 63);
    e->stats.broken |= verdict.broken;
    return verdict;
}

/* A state without moves: the run is over, or something is broken for good. */
static void take_end(struct sim_explorer *e, uint64_t name, bool ended)
{
    struct sim_verdict verdict = judge_now(e, ended);
    if (ended) {
        e->stats.ends++;
        e->stats.ends_digest += (name ^ name >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
        e->stats.unseen &= verdict.unseen;
    }
    if (verdict.status != 0)
        note(e,
             verdict.doubtful ? SIM_FOUND_DOUBT
             : ended          ? SIM_FOUND_END
                              : SIM_FOUND_SAFETY,
             &verdict, 0);
}

/* On the way from frame `first` to the last and back, something could go on all the while and never did. */
static bool is_unfair(const struct sim_explorer *e, uint64_t first)
{
    const struct sim_frame_of_search *f = &e->frames[first];
    for (uint32_t m = 0; m < f->move_count; m++) {
        const struct sim_move *move = &e->moves[f->first_move + m];
        bool always = move->kind != SIM_MOVE_FAULT, taken = false;
        for (uint64_t i = first; i < e->frame_count && always && !taken; i++) {
            const struct sim_frame_of_search *g = &e->frames[i];
            always = false;
            for (uint32_t k = 0; k < g->move_count && !always; k++)
                always = is_same(&e->moves[g->first_move + k], move);
            taken = is_same(&e->moves[g->first_move + g->chosen], move);
        }
        if (always && !taken)
            return true;
    }
    return false;
}

/* The path has come to one of its own states. If that is a livelock already, nobody need wait until the component is known. */
static void take_cycle(struct sim_explorer *e, uint64_t name, uint64_t progress)
{
    const struct sim_verdict nothing = {0};
    uint64_t first = e->frame_count;
    e->turned = true;
    if (e->options.go_on)
        return;
    while (first > 0 && e->frames[first - 1].name != name)
        first--;
    assert(first > 0);
    first--;
    if (progress > e->frames[first].progress || is_unfair(e, first))
        return;
    e->stats.lassos++;
    note(e, SIM_FOUND_LIVELOCK, &nothing, first);
}

/* ---- components: see cycles.h */
/* The path to a component's first state, which is the last frame's, and from there once round. */
static bool take_livelock(struct sim_explorer *e, const struct sim_lasso *lasso)
{
    const struct sim_verdict nothing = {0};
    uint64_t before = e->frame_count - 1;
    bool is_first = e->found.kind <= SIM_FOUND_DOUBT;
    note(e, SIM_FOUND_LIVELOCK, &nothing, before + lasso->cycle);
    if (!is_first || e->found.path == NULL)
        return true;
    struct sim_step *path = realloc(e->found.path, (before + lasso->count + 1) * sizeof *path);
    if (path == NULL)
        return false;
    memcpy(path + before, lasso->steps, lasso->count * sizeof *path);
    e->found.path = path;
    e->found.steps = before + lasso->count;
    return true;
}

static bool take_component(struct sim_explorer *e, uint32_t first)
{
    enum sim_component what;
    struct sim_lasso lasso;
    bool well = sim_cycles_judge(&e->cycles, &e->table, first, &what, &lasso);
    e->stats.lassos += what == SIM_COMPONENT_LIVELOCK;
    e->stats.unfair += what == SIM_COMPONENT_UNFAIR;
    e->stats.busy_cycles += what == SIM_COMPONENT_BUSY;
    if (well && what == SIM_COMPONENT_LIVELOCK)
        well = take_livelock(e, &lasso);
    free(lasso.steps);
    sim_cycles_leave(&e->cycles, &e->table, first);
    return well;
}

/* False: no memory. */
static bool pop(struct sim_explorer *e)
{
    struct sim_frame_of_search *f = &e->frames[e->frame_count - 1];
    bool is_new, well = true, is_component = !e->sleeps && f->low == f->node;
    if (is_component)
        well = take_component(e, f->node);
    else if (f->owns)
        sim_table_find(&e->table, f->name, &is_new)->word &= ~SIM_ON_PATH;
    if (!e->sleeps && e->frame_count > 1 && f->low < f[-1].low)
        f[-1].low = f->low;
    e->moves_used = f->first_move;
    if (f->is_past)
        sim_past_pop(&e->past);
    e->is_there = false;
    e->frame_count--;
    return well;
}

/* ---- one move further */
/* A state that was met before: again, if moves slept each time that do not sleep now. False: no memory. */
static bool meet_again(struct sim_explorer *e, struct sim_seen *seen, const struct sim_came *came)
{
    uint64_t name = seen->name, slept = seen->word & ~SIM_ON_PATH, wakes = slept & ~came->sleep;
    struct sim_came again = *came;
    if (!e->sleeps) {
        struct sim_frame_of_search *f = &e->frames[e->frame_count - 1];
        if (slept > 0 && slept - 1 < f->low)
            f->low = (uint32_t)(slept - 1);
        if (seen->word & SIM_ON_PATH)
            take_cycle(e, name, came->progress);
        return true;
    }
    again.sleep &= slept;
    if (wakes != 0)
        seen->word = (seen->word & SIM_ON_PATH) | again.sleep;
    if (seen->word & SIM_ON_PATH)
        take_cycle(e, name, came->progress);
    return wakes == 0 || sim_explore_push(e, name, &again, wakes, false);
}

/* False: no memory. */
static bool arrive(struct sim_explorer *e, const struct sim_move *move, const struct sim_moved *moved,
                   const struct sim_came *came, uint32_t stepped)
{
    uint64_t name = sim_explore_name(e, came->early, stepped);
    bool is_new, failed = e->judge_port.failed(e->judge);
    if (!e->sleeps && !sim_cycles_edge(&e->cycles, e->frames[e->frame_count - 1].node,
                                       moved->ended || failed ? 0 : name, move, moved->progress))
        return false;
    struct sim_seen *seen = sim_table_find(&e->table, name, &is_new);
    if (!is_new)
        return failed || moved->ended || meet_again(e, seen, came);
    e->stats.states++;
    if (moved->ended || failed) {
        take_end(e, name, moved->ended);
        return true;
    }
    if (e->options.depth > 0 && e->frame_count >= e->options.depth) {
        e->stats.cut++;
        return true;
    }
    seen->word = (e->sleeps ? came->sleep : e->cycles.node_count + 1) | SIM_ON_PATH;
    return sim_explore_push(e, name, came, UINT64_MAX, true);
}

/* Whether something else could happen, and be it late. */
static bool is_early(const struct sim_explorer *e, const struct sim_frame_of_search *f,
                     const struct sim_move *move)
{
    bool others = false;
    for (uint32_t i = 0; i < f->move_count; i++) {
        uint32_t kind = e->moves[f->first_move + i].kind;
        others |= kind != SIM_MOVE_CLOCK && kind != SIM_MOVE_FAULT;
    }
    return move->kind == SIM_MOVE_CLOCK && others;
}

static enum sim_explored advance(struct sim_explorer *e, struct sim_err *err)
{
    struct sim_frame_of_search *f = &e->frames[e->frame_count - 1];
    const struct sim_move *move = next_move(e, f);
    struct sim_moved moved;
    if (move == NULL)
        return pop(e) ? SIM_EXPLORED_COMPLETE : SIM_EXPLORED_MEMORY;
    if (!e->is_there)
        restore_state(e, f);
    uint64_t mask = mask_of(e, move);
    uint32_t machine = sim_move_machine(e->sim, move);
    e->is_there = false;
    if (sim_move(e->sim, move, &moved, err) != SIM_OK)
        return SIM_EXPLORED_ERROR;
    if (!moved.happened)
        return SIM_EXPLORED_COMPLETE;
    e->stats.transitions++;
    uint32_t stepped = sim_move_stepped(e->sim, machine, &moved);
    if (e->judge_port.failed(
            e->judge)) /* what it broke nobody can go on from, so no order is as good as another */
        moved.local = false;
    const struct sim_came came = {asleep_after(e, f->sleep, machine, moved.local),
                                  f->progress + moved.progress, f->early + is_early(e, f, move)};
    if (moved.local && mask != 0) {
        f->sleep |= mask;
        e->machine_of[__builtin_ctzll(mask)] = machine;
    }
    return arrive(e, move, &moved, &came, stepped) ? SIM_EXPLORED_COMPLETE : SIM_EXPLORED_MEMORY;
}

/* COMPLETE: there is room for another state. */
static enum sim_explored make_room(struct sim_explorer *e)
{
    if (e->options.states > 0 && e->stats.states >= e->options.states)
        return SIM_EXPLORED_STATES;
    if (!sim_table_is_crowded(&e->table))
        return SIM_EXPLORED_COMPLETE;
    if (stack_bytes(e) + sim_table_peak(&e->table) <= e->options.memory &&
        sim_table_grow(&e->table))
        return SIM_EXPLORED_COMPLETE;
    return sim_table_is_full(&e->table) ? SIM_EXPLORED_MEMORY : SIM_EXPLORED_COMPLETE;
}

static void measure(struct sim_explorer *e)
{
    e->stats.depth_now = e->frame_count;
    e->stats.table_slots = e->table.slot_count;
    e->stats.table_bytes = e->table.slot_count * sizeof *e->table.slots;
    e->stats.stack_bytes = stack_bytes(e);
    e->stats.state_bytes = sizeof *e->frames + sim_past_bytes_a_state(&e->past) +
                           (e->past.pushed > 0 ? e->moves_kept * sizeof *e->moves / e->past.pushed : 0);
}

enum sim_status sim_explore_begin(struct sim_explorer *e, struct sim_err *err)
{
    bool is_new;
    const struct sim_came nowhere = {0};
    uint64_t name = sim_explore_name(e, 0, PLAN_NONE);
    e->begun = true;
    struct sim_seen *seen = sim_table_find(&e->table, name, &is_new);
    seen->word = (e->sleeps ? 0 : 1) | SIM_ON_PATH;
    e->stats.states += is_new;
    if (!sim_explore_push(e, name, &nowhere, UINT64_MAX, true))
        return complain(err, SIM_E_FULL, "there is no memory for a search");
    return SIM_OK;
}

/* With all moves: what sleep sets leave out may be what makes a run without end a livelock. */
static enum sim_explored begin_anew(struct sim_explorer *e, struct sim_err *err)
{
    uint64_t transitions = e->stats.transitions;
    sim_table_free(&e->table);
    while (e->past.count > 0)
        sim_past_pop(&e->past);
    free(e->found.path);
    e->found = (struct sim_found){0};
    e->frame_count = e->moves_used = 0;
    e->sleeps = e->turned = false;
    memset(e->world, 0, e->world_bytes);
    memset(e->judge, 0, e->judge_port.bytes);
    if (!sim_table_init(&e->table, TABLE_FIRST, e->options.get))
        return SIM_EXPLORED_MEMORY;
    if (begin_world(e, err) != SIM_OK)
        return SIM_EXPLORED_ERROR;
    e->stats.given_up = transitions;
    return sim_explore_begin(e, err) == SIM_OK ? SIM_EXPLORED_COMPLETE : SIM_EXPLORED_MEMORY;
}

static enum sim_explored search(struct sim_explorer *e, sim_explore_go_on_fn *go_on, void *ctx,
                                struct sim_err *err)
{
    while (e->frame_count > 0) {
        uint64_t failures = e->stats.failures;
        if (++e->ticks % TICKS == 0) {
            measure(e);
            if (!go_on(ctx, &e->stats))
                return SIM_EXPLORED_STOPPED;
        }
        enum sim_explored how = make_room(e);
        if (how == SIM_EXPLORED_COMPLETE)
            how = advance(e, err);
        if (how != SIM_EXPLORED_COMPLETE)
            return how;
        if (e->stats.failures > failures && !e->options.go_on)
            return SIM_EXPLORED_FOUND;
        if (e->sleeps && e->turned)
            how = begin_anew(e, err);
        if (how != SIM_EXPLORED_COMPLETE)
            return how;
    }
    return e->stats.cut > 0 ? SIM_EXPLORED_DEPTH : SIM_EXPLORED_COMPLETE;
}

enum sim_explored sim_explore_run(struct sim_explorer *e, sim_explore_go_on_fn *go_on, void *ctx,
                                  struct sim_err *err)
{
    if (!e->begun && sim_explore_begin(e, err) != SIM_OK)
        return SIM_EXPLORED_MEMORY;
    enum sim_explored how = search(e, go_on, ctx, err);
    measure(e);
    return how;
}

const struct sim_explore_stats *sim_explore_stats(const struct sim_explorer *e)
{
    return &e->stats;
}

void sim_explore_alike(const struct sim_explorer *e, uint32_t *executors, uint32_t *tasks,
                       const char **why)
{
    *executors = e->alike != NULL ? sim_alike_count(e->alike, false) : 0;
    *tasks = e->alike != NULL ? sim_alike_count(e->alike, true) : 0;
    *why = e->not_alike;
}

const struct sim_found *sim_explore_found(const struct sim_explorer *e)
{
    return e->found.kind != SIM_FOUND_NOTHING ? &e->found : NULL;
}
