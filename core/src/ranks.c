/*
 * ranks.c -- the rank tables of all stages alive, packed one behind the other.
 *
 * This room is for: giving a stage as many consecutive rows as it has tasks, and taking them back.
 * It may include:   <assert.h> <string.h>, and this room's headers.
 * Never here:       what a row means.
 *
 * New tables go on top. One that is given back leaves a hole, unless it was the topmost; when the holes are as much as the
 * tables, or what is on top of them is not enough, all tables move down. That is why nothing but `rank_base` may say where a
 * table is, and why no row's place is ever told to anybody. Since the tables alone always fit, there is no asking in vain
 * within the limits; and as a row moves once for each that was given back, or for a sixteenth of those that fit, that costs
 * about as much as clearing them.
 *
 * Invariant: the tables are in a list in the order of their bases, and do not overlap.
 */
#include "driver_private.h"

#include <assert.h>
#include <string.h>

enum { HOLES_MIN = 64 }; /* rows that are not worth a move */

uint32_t gang_ranks_rows(uint32_t tasks) { return tasks + tasks / 16; }

void gang_ranks_init(struct gang_driver *d)
{
    d->ranks_first = d->ranks_last = GANG_NONE;
    d->ranks_top = d->ranks_asked = 0;
}

/* Every array that has a row a rank. Choices need not move: they mean nothing between two steps. */
static void move_rows(struct gang_driver *d, uint32_t to, uint32_t from, uint32_t count)
{
    memmove(&ranks_of(d)[to], &ranks_of(d)[from], count * sizeof(struct rank));
    if (d->limits.gathered)
        memmove(&all_gathered_of(d)[to], &all_gathered_of(d)[from], count * sizeof(struct gathered));
    if (d->limits.prefers > 0)
        memmove(&wishes_of(d)[to], &wishes_of(d)[from], count * sizeof(uint32_t));
}

static void pack(struct gang_driver *d)
{
    uint32_t top = 0;
    for (uint32_t s = d->ranks_first; s != GANG_NONE; s = stage_at(d, s)->ranks_next) {
        struct stage *stage = stage_at(d, s);
        assert(stage->rank_base >= top);
        if (stage->rank_base > top)
            move_rows(d, top, stage->rank_base, stage->most);
        stage->rank_base = top;
        top += stage->most;
    }
    assert(top == d->ranks_asked);
    d->ranks_top = top;
}

uint32_t gang_ranks_take(struct gang_driver *d, uint32_t count)
{
    uint32_t rows = gang_ranks_rows(d->limits.tasks);
    assert(count <= d->limits.tasks - d->ranks_asked);
    if (count > rows - d->ranks_top || d->ranks_top - d->ranks_asked > d->ranks_asked + HOLES_MIN)
        pack(d);
    uint32_t base = d->ranks_top;
    d->ranks_top += count;
    d->ranks_asked += count;
    return base;
}

void gang_ranks_list(struct gang_driver *d, uint32_t s)
{
    struct stage *stage = stage_at(d, s);
    stage->ranks_previous = d->ranks_last;
    stage->ranks_next = GANG_NONE;
    *(d->ranks_last == GANG_NONE ? &d->ranks_first : &stage_at(d, d->ranks_last)->ranks_next) = s;
    d->ranks_last = s;
}

void gang_ranks_give(struct gang_driver *d, uint32_t s)
{
    const struct stage *stage = stage_at(d, s);
    uint32_t before = stage->ranks_previous, after = stage->ranks_next;
    *(before == GANG_NONE ? &d->ranks_first : &stage_at(d, before)->ranks_next) = after;
    *(after == GANG_NONE ? &d->ranks_last : &stage_at(d, after)->ranks_previous) = before;
    d->ranks_asked -= stage->most;
    if (after == GANG_NONE)
        d->ranks_top = before == GANG_NONE ? 0 : stage_at(d, before)->rank_base + stage_at(d, before)->most;
}

void gang_ranks_audit(const struct gang_driver *driver)
{
    struct gang_driver *d = (struct gang_driver *)(uintptr_t)driver; /* walked, not changed */
    uint32_t before = GANG_NONE, end = 0, rows = 0;
    for (uint32_t s = d->ranks_first; s != GANG_NONE; s = stage_at(d, s)->ranks_next) {
        const struct stage *stage = stage_at(d, s);
        assert(stage->ranks_previous == before);
        assert(stage->rank_base >= end);
        end = stage->rank_base + stage->most;
        rows += stage->most;
        before = s;
    }
    assert(before == d->ranks_last);
    assert(rows == d->ranks_asked);
    assert(end <= d->ranks_top && d->ranks_top <= gang_ranks_rows(d->limits.tasks));
}
