/*
 * shade.c -- pairs the faults of a history with their ends; see shade.h.
 *
 * This room is for: one pass over the records, for all pictures.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       output.
 *
 * A fault of a link has a way and a sort, and a mend takes back every sort of its ways; so each of
 * the twelve is kept on its own, and a link is shaded while any of them lasts. What has no record
 * of its end lasts until the run's.
 */
#include "shade.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ILLS = 6, SLOTS = 2 * ILLS }; /* cut, hold, clog, lose, double, reorder; each way */

struct condition {
    int64_t from_ns[REP_SHADE_COUNT]; /* PLAN_NEVER: it does not last now */
    uint32_t depth[REP_SHADE_COUNT];  /* acts that prolong each other */
    uint32_t by[SLOTS];               /* 1 + the act */
    bool up, lost;
};
struct builder {
    const struct rep_run *run;
    struct rep_shades *shades;
    struct condition *of; /* by executor */
    int64_t away_ns;
    uint64_t capacity;
};

const char *rep_shade_text(unsigned kind)
{
    static const char *const texts[] = {
#define X(name, text) text,
        REP_SHADE_MAP(X)
#undef X
    };
    return kind < REP_SHADE_COUNT ? texts[kind] : "?";
}

static void add(struct builder *b, uint32_t executor, unsigned kind, int64_t from_ns, int64_t to_ns)
{
    if (to_ns <= from_ns)
        return;
    assert(b->shades->count < b->capacity);
    b->shades->list[b->shades->count++] = (struct rep_shade){from_ns, to_ns, executor, kind};
    b->shades->of_kind[kind]++;
}

/* The condition holds from now on, or does not. */
static void set(struct builder *b, uint32_t executor, unsigned kind, bool holds, int64_t at_ns)
{
    int64_t *from = &b->of[executor].from_ns[kind];
    if (holds && *from == PLAN_NEVER) {
        *from = at_ns;
    } else if (!holds && *from != PLAN_NEVER) {
        add(b, executor, kind, *from, at_ns);
        *from = PLAN_NEVER;
    }
}

static void deepen(struct builder *b, uint32_t executor, unsigned kind, int64_t at_ns)
{
    b->of[executor].depth[kind]++;
    set(b, executor, kind, true, at_ns);
}

static void lessen(struct builder *b, uint32_t executor, unsigned kind, int64_t at_ns)
{
    uint32_t *depth = &b->of[executor].depth[kind];
    *depth -= *depth > 0;
    if (*depth == 0)
        set(b, executor, kind, false, at_ns);
}

static const struct plan_act *act_of(const struct builder *b, const struct trace_record *r)
{
    return r->a >= 0 && r->a < b->run->plan->act_count ? &b->run->plan->acts[r->a] : NULL;
}

/* ---- links */

static int ill_of(int64_t kind)
{
    static const uint8_t kinds[ILLS] = {PLAN_ACT_CUT,  PLAN_ACT_HOLD,   PLAN_ACT_CLOG,
                                        PLAN_ACT_LOSE, PLAN_ACT_DOUBLE, PLAN_ACT_REORDER};
    for (int i = 0; i < ILLS; i++)
        if (kinds[i] == kind)
            return i;
    return -1;
}

static bool concerns(const struct plan_act *act, unsigned way)
{
    return act == NULL || act->way == PLAN_WAY_BOTH || act->way == way + PLAN_WAY_IN;
}

static void look_at_link(struct builder *b, uint32_t executor, int64_t at_ns)
{
    bool cut = false, ill = false;
    for (unsigned i = 0; i < SLOTS; i++) {
        cut |= i % ILLS < 2 && b->of[executor].by[i] != 0;
        ill |= i % ILLS >= 2 && b->of[executor].by[i] != 0;
    }
    set(b, executor, REP_SHADE_CUT, cut, at_ns);
    set(b, executor, REP_SHADE_LINK, ill, at_ns);
}

static void impair(struct builder *b, const struct trace_record *r)
{
    for (unsigned way = 0; way < 2; way++)
        if (concerns(act_of(b, r), way))
            b->of[r->executor].by[way * ILLS + (unsigned)ill_of(r->b)] = (uint32_t)r->a + 1;
    look_at_link(b, r->executor, r->at_ns);
}

/* A mend takes back all of its ways. A cut or hold with an end of its own takes back itself; any
 * other fault named here stands for the heal after the last fault, which takes back everything. */
static void cure(struct builder *b, const struct trace_record *r)
{
    const struct plan_act *act = act_of(b, r);
    bool mend = r->b == PLAN_ACT_MEND;
    bool itself = !mend && act != NULL && ill_of(r->b) < 2 && act->duration_ns > 0;
    for (unsigned i = 0; i < SLOTS; i++)
        if ((!mend || concerns(act, i / ILLS)) &&
            (!itself || b->of[r->executor].by[i] == (uint32_t)r->a + 1))
            b->of[r->executor].by[i] = 0;
    look_at_link(b, r->executor, r->at_ns);
}

/* ---- machines */

static void begin(struct builder *b, const struct trace_record *r)
{
    const struct plan_act *act = act_of(b, r);
    switch (r->b) {
    case PLAN_ACT_PAUSE:
        deepen(b, r->executor, REP_SHADE_PAUSED, r->at_ns);
        break;
    case PLAN_ACT_SLOW: /* another amount takes the place of the one before; 100 is the usual one */
        set(b, r->executor, REP_SHADE_SLOW, act == NULL || act->amount != 100, r->at_ns);
        break;
    case PLAN_ACT_DRAIN:
        set(b, r->executor, REP_SHADE_DRAINING, true, r->at_ns);
        break;
    case PLAN_ACT_TAKE:
    case PLAN_ACT_LOSE_GPU:
        deepen(b, r->executor, REP_SHADE_TAKEN, r->at_ns);
        break;
    default:
        if (ill_of(r->b) >= 0)
            impair(b, r);
        break;
    }
}

static void end(struct builder *b, const struct trace_record *r)
{
    switch (r->b) {
    case PLAN_ACT_PAUSE:
        lessen(b, r->executor, REP_SHADE_PAUSED, r->at_ns);
        break;
    case PLAN_ACT_SLOW:
        set(b, r->executor, REP_SHADE_SLOW, false, r->at_ns);
        break;
    case PLAN_ACT_TAKE:
        lessen(b, r->executor, REP_SHADE_TAKEN, r->at_ns);
        break;
    default:
        if (r->b == PLAN_ACT_MEND || ill_of(r->b) >= 0)
            cure(b, r);
        break;
    }
}

static void turn(struct builder *b, const struct trace_record *r)
{
    struct condition *c = &b->of[r->executor];
    if (r->kind == TRACE_UP || r->kind == TRACE_DOWN)
        c->up = r->kind == TRACE_UP;
    else
        c->lost = r->kind == TRACE_LOST;
    set(b, r->executor, REP_SHADE_LOST, c->up && c->lost, r->at_ns);
    if (r->kind == TRACE_DOWN) /* for good */
        set(b, r->executor, REP_SHADE_DRAINING, false, r->at_ns);
}

static void take(struct builder *b, const struct trace_record *r)
{
    if (r->kind == TRACE_DRIVER_DOWN && b->away_ns == PLAN_NEVER) {
        b->away_ns = r->at_ns;
    } else if (r->kind == TRACE_DRIVER_UP && b->away_ns != PLAN_NEVER) {
        add(b, PLAN_NONE, REP_SHADE_AWAY, b->away_ns, r->at_ns);
        b->away_ns = PLAN_NEVER;
    }
    if (r->executor >= b->run->plan->executor_count)
        return;
    if (r->kind == TRACE_FAULT)
        begin(b, r);
    else if (r->kind == TRACE_HEAL)
        end(b, r);
    else if (r->kind == TRACE_UP || r->kind == TRACE_DOWN || r->kind == TRACE_LOST ||
             r->kind == TRACE_JOIN)
        turn(b, r);
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

/* From the intervals in which processes lived; they come in order of their begin. */
static void add_downs(struct builder *b, const struct rep_lanes *lanes)
{
    for (uint32_t e = 0; e < lanes->executor_count; e++)
        b->of[e].from_ns[REP_SHADE_DOWN] = 0;
    for (uint64_t i = 0; i < lanes->up_count; i++) {
        const struct rep_up *up = &lanes->ups[i];
        set(b, up->executor, REP_SHADE_DOWN, false, up->from_ns);
        set(b, up->executor, REP_SHADE_DOWN, true, up->to_ns);
    }
}

static bool observes_up(const struct rep_run *run)
{
    for (uint64_t i = 0; i < run->record_count; i++)
        if (run->records[i].kind == TRACE_UP)
            return true;
    return false;
}

/* A span begins with a fault, a loss, a driver's death, or the end of a process (or of nothing). */
static uint64_t most(const struct rep_run *run, const struct rep_lanes *lanes)
{
    uint64_t count = lanes->up_count + 2 * (uint64_t)lanes->executor_count + 1;
    for (uint64_t i = 0; i < run->record_count; i++) {
        uint16_t kind = run->records[i].kind;
        count += kind == TRACE_FAULT || kind == TRACE_LOST || kind == TRACE_DRIVER_DOWN ||
                 kind == TRACE_UP || kind == TRACE_HEAL;
    }
    return count;
}

static void walk(struct builder *b, const struct rep_lanes *lanes)
{
    bool up = !observes_up(b->run);
    for (uint32_t e = 0; e < lanes->executor_count; e++) {
        for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++)
            b->of[e].from_ns[kind] = PLAN_NEVER;
        b->of[e].up = up;
    }
    add_downs(b, lanes);
    for (uint64_t i = 0; i < b->run->record_count; i++)
        take(b, &b->run->records[i]);
    for (uint32_t e = 0; e < lanes->executor_count; e++)
        for (unsigned kind = 0; kind < REP_SHADE_COUNT; kind++)
            set(b, e, kind, false, lanes->end_ns);
    if (b->away_ns != PLAN_NEVER)
        add(b, PLAN_NONE, REP_SHADE_AWAY, b->away_ns, lanes->end_ns);
}

enum rep_status rep_shades_build(const struct rep_run *run, const struct rep_lanes *lanes,
                                 struct rep_shades *shades, struct rep_err *err)
{
    struct builder b = {.run = run, .shades = shades, .away_ns = PLAN_NEVER};
    memset(shades, 0, sizeof *shades);
    b.capacity = most(run, lanes);
    shades->list = rep_alloc(b.capacity, sizeof *shades->list, err);
    b.of = rep_alloc(lanes->executor_count, sizeof *b.of, err);
    enum rep_status status = shades->list != NULL && b.of != NULL ? REP_OK : REP_E_MEMORY;
    if (status == REP_OK)
        walk(&b, lanes);
    else
        rep_shades_free(shades);
    free(b.of);
    return status;
}

void rep_shades_free(struct rep_shades *shades)
{
    free(shades->list);
    memset(shades, 0, sizeof *shades);
}
