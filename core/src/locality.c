/*
 * locality.c -- wishes: the executor that a rank would rather be on, then its rack, then anywhere.
 *
 * This room is for: which executor each rank of a stage with wishes goes to, and how long it waits for a better one
 *                   (delay scheduling, B-50..B-53).
 * It may include:   driver_private.h, <assert.h>.
 * Never here:       stages without wishes. They pay for none of this but the test of a number.
 *
 * All tasks of a stage need the same, so counting is exact: a rank that must be on one executor is placed first, one that
 * may be anywhere in a rack next, the others last; if this order finds no place for one of them, no order does. Executors
 * are filled from the lowest number, ranks in order.
 *
 * A level is relaxed for all ranks of a stage that still wait, a wait of so long after the stage was first passed over for
 * its wishes. A wish for an executor that is not there is none: nobody waits for what may never come.
 */
#include "driver_private.h"

#include <assert.h>

enum level { LEVEL_EXECUTOR = 0, LEVEL_RACK = 1, LEVEL_ANY = 2 };

static enum level level_of(const struct gang_driver *d, const struct stage *stage)
{
    return d->config.locality_wait_ns > 0 ? (enum level)stage->locality : LEVEL_ANY;
}

static uint32_t *chosen_of(const struct gang_driver *d, const struct stage *stage)
{
    return choices_of(d) + stage->rank_base;
}

/* The executor that a rank would rather be on; GANG_NONE: any. */
static uint32_t wish_of(const struct gang_driver *d, const struct stage *stage, uint32_t rank)
{
    uint32_t wish = wishes_of(d)[stage->rank_base + rank];
    if (wish == GANG_NONE || executors_of(d)[wish].state != EXECUTOR_ALIVE)
        return GANG_NONE;
    return wish;
}

static void look_around(struct gang_driver *d, const struct gang_need *need)
{
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        const struct vacancy v = vacancy_of(d, i);
        bool on = gang_offers_has(d, i);
        nooks_of(d)[i] = (struct nook){.left = on ? gang_slots_fit(&v, need) : 0};
    }
}

static void choose(struct gang_driver *d, uint32_t *chosen, uint32_t executor)
{
    struct nook *nook = &nooks_of(d)[executor];
    assert(nook->left > 0);
    nook->left--;
    nook->taken = 1;
    *chosen = executor;
}

/* The next offer of the same rack with room, from the cursor on; GANG_NONE: there is none. Room only shrinks here, so a
 * cursor never goes back. */
static uint32_t near(struct gang_driver *d, uint32_t wish)
{
    struct nook *nook = &nooks_of(d)[wish];
    uint32_t rack = executors_of(d)[wish].rack;
    for (; nook->cursor < d->limits.executors; nook->cursor++) {
        uint32_t executor = gang_offers_at(d, nook->cursor);
        if (executors_of(d)[executor].rack == rack && nooks_of(d)[executor].left > 0)
            return executor;
    }
    return GANG_NONE;
}

/* The next offer with room, from the cursor on. */
static uint32_t anywhere(struct gang_driver *d, uint32_t *cursor)
{
    for (; *cursor < d->limits.executors; ++*cursor) {
        uint32_t executor = gang_offers_at(d, *cursor);
        if (nooks_of(d)[executor].left > 0)
            return executor;
    }
    return GANG_NONE;
}

/* Those that wait: all of a gang that are not done (B-145), and of a MapReduce stage the ranks that are not on their way. */
static bool is_waiting(struct gang_driver *d, const struct stage *stage, uint32_t rank)
{
    uint8_t state = rank_at(d, stage, rank)->state;
    return stage->kind == GANG_STAGE_BARRIER ? state != RANK_DONE : state == RANK_IDLE;
}

/* One pass of a level: gives a place to those who have none. */
static uint32_t choose_at(struct gang_driver *d, const struct stage *stage, enum level level,
                          enum level *nearest)
{
    uint32_t *chosen = chosen_of(d, stage), placed = 0, any = 0;
    enum level patience = level_of(d, stage);
    for (uint32_t r = 0; r < stage->tasks; r++) {
        if (chosen[r] != GANG_NONE || !is_waiting(d, stage, r))
            continue;
        uint32_t wish = wish_of(d, stage, r), to = GANG_NONE;
        if (level == LEVEL_ANY && (wish == GANG_NONE || patience == LEVEL_ANY)) {
            to = anywhere(d, &any);
        } else if (level == LEVEL_EXECUTOR && wish != GANG_NONE) {
            to = nooks_of(d)[wish].left > 0 ? wish : GANG_NONE;
        } else if (level == LEVEL_RACK && wish != GANG_NONE && patience >= LEVEL_RACK) {
            to = near(d, wish);
        }
        if (to == GANG_NONE)
            continue;
        choose(d, &chosen[r], to);
        placed++;
        enum level as = wish == GANG_NONE ? LEVEL_EXECUTOR : level;
        *nearest = as < *nearest ? as : *nearest;
    }
    return placed;
}

/* Whether somebody still waits, and there is room that was offered and that is not where it would rather be. */
static bool is_passed_over(struct gang_driver *d, const struct stage *stage, uint32_t placed)
{
    uint32_t waiting = stage->kind == GANG_STAGE_BARRIER ? stage->tasks - stage->kept : stage->pending;
    uint32_t any = 0;
    return placed < waiting && anywhere(d, &any) != GANG_NONE;
}

/*
 * B-51: where something was assigned, and nobody passed over for its wishes, the stage is particular again, up to what it has
 * got, and its patience begins anew. An offer of one executor says little, so it does so only if nobody was passed over since
 * the last time. B-52: that a gang was assigned in part, for want of something else, and gives it all back, changes nothing
 * about this.
 */
static void look_back(struct gang_driver *d, uint32_t s, uint32_t placed, enum level nearest)
{
    struct stage *stage = stage_at(d, s);
    bool passed_over = is_passed_over(d, stage, placed);
    stage->pulled_back = 0;
    if (passed_over)
        stage->passed_over = 1;
    if (passed_over || placed == 0 || (d->only != GANG_NONE && stage->passed_over))
        return;
    if (stage->locality > (uint32_t)nearest)
        GANG_MARK(LOCALITY_PULLED_BACK);
    stage->locality = nearest;
    stage->passed_over = 0;
    stage->pulled_back = 1;
    gang_timers_cancel(&d->timers, timers_of(d), locality_timer(d, s));
}

uint32_t gang_locality_choose(struct gang_driver *d, uint32_t s)
{
    const struct stage *stage = stage_at(d, s);
    enum level nearest = LEVEL_ANY;
    uint32_t placed = 0;
    look_around(d, &profiles_of(d)[stage->profile].need);
    for (uint32_t r = 0; r < stage->tasks; r++)
        chosen_of(d, stage)[r] = GANG_NONE;
    for (enum level level = LEVEL_EXECUTOR; level <= LEVEL_ANY; level++)
        placed += choose_at(d, stage, level, &nearest);
    if (axis(d, GANG_AXIS_LOCALITY_RESET))
        look_back(d, s, placed, nearest);
    return placed;
}

/* Ranks in a row that go to the same executor, and of a MapReduce stage have the same attempt number. */
static uint32_t run_from(struct gang_driver *d, const struct stage *stage, uint32_t first)
{
    const uint32_t *chosen = chosen_of(d, stage);
    uint32_t r = first + 1;
    while (r < stage->tasks && chosen[r] == chosen[first] &&
           rank_at(d, stage, r)->attempt == rank_at(d, stage, first)->attempt)
        r++;
    return r - first;
}

uint32_t gang_locality_place(struct gang_driver *d, uint32_t s, uint64_t *executors,
                             struct gang_effects *out)
{
    const struct stage *stage = stage_at(d, s);
    bool gang = stage->kind == GANG_STAGE_BARRIER;
    uint32_t placed = 0;
    for (uint32_t r = 0, count; r < stage->tasks; r += count) {
        uint32_t executor = chosen_of(d, stage)[r];
        uint16_t attempt = gang ? stage->attempt : rank_at(d, stage, r)->attempt;
        count = run_from(d, stage, r);
        if (executor == GANG_NONE)
            continue;
        count =
            gang_place_group(d, s, executor, r, count, attempt, gang ? stage->checkpoint : 0, out);
        placed += count;
    }
    for (uint32_t i = 0; i < d->limits.executors; i++)
        *executors += nooks_of(d)[i].taken;
    return placed;
}

void gang_locality_wait(struct gang_driver *d, uint32_t s, uint32_t waiting,
                        struct gang_effects *out)
{
    struct stage *stage = stage_at(d, s);
    uint64_t free = profiles_of(d)[stage->profile].free;
    assert(level_of(d, stage) < LEVEL_ANY);
    GANG_MARK(LOCALITY_WAITS);
    if (timers_of(d).place[locality_timer(d, s)] == GANG_NONE)
        arm(d, locality_timer(d, s), later(d->now, d->config.locality_wait_ns));
    if (d->only == GANG_NONE)
        gang_wait_for(d, s, GANG_REASON_LOCALITY, waiting,
                      free > UINT32_MAX ? UINT32_MAX : (uint32_t)free, out);
}

bool gang_locality_may_relax(const struct gang_driver *d, const struct stage *stage)
{
    return level_of(d, stage) < LEVEL_ANY && !stage->pulled_back;
}

void gang_locality_relax(struct gang_driver *d, uint32_t s)
{
    struct stage *stage = stage_at(d, s);
    assert(stage->locality < LEVEL_ANY);
    GANG_MARK(LOCALITY_RELAXED);
    if (++stage->locality < LEVEL_ANY)
        arm(d, locality_timer(d, s), later(d->now, d->config.locality_wait_ns));
    d->dirty = 1;
}
