/*
 * slab.c -- see slab.h.
 *
 * Invariant: every index below `top` is in exactly one run, and each run is out or in the list of
 * its size.
 */
#include "slab.h"

#include "gang/gang.h"

#include <assert.h>

static uint32_t class_of(uint32_t count)
{
    uint32_t class = 0;
    while ((UINT32_C(1) << class) < count)
        class ++;
    assert(class < GANG_SLAB_CLASSES);
    return class;
}

uint32_t gang_slab_indices(uint32_t asked_max) { return 2 * asked_max; }

void gang_slab_init(struct gang_slab *slab, uint32_t asked_max)
{
    slab->capacity = gang_slab_indices(asked_max);
    slab->top = 0;
    slab->asked = 0;
    slab->asked_max = asked_max;
    for (int i = 0; i < GANG_SLAB_CLASSES; i++)
        slab->first[i] = GANG_NONE;
}

static void push(struct gang_slab *slab, uint32_t *link, uint32_t run, uint32_t class)
{
    link[run] = slab->first[class];
    slab->first[class] = run;
}

static uint32_t pop(struct gang_slab *slab, const uint32_t *link, uint32_t class)
{
    uint32_t run = slab->first[class];
    slab->first[class] = link[run];
    return run;
}

/* Takes a longer run apart; GANG_NONE if there is none. */
static uint32_t split(struct gang_slab *slab, uint32_t *link, uint32_t class)
{
    uint32_t longer = class + 1;
    while (longer < GANG_SLAB_CLASSES && slab->first[longer] == GANG_NONE)
        longer++;
    if (longer == GANG_SLAB_CLASSES)
        return GANG_NONE;
    uint32_t run = pop(slab, link, longer);
    while (longer > class) {
        longer--;
        push(slab, link, run + (UINT32_C(1) << longer), longer);
    }
    return run;
}

uint32_t gang_slab_take(struct gang_slab *slab, uint32_t *link, uint32_t count)
{
    assert(count > 0);
    uint32_t class = class_of(count), length = UINT32_C(1) << class, run;
    if (count > slab->asked_max - slab->asked)
        return GANG_NONE;
    if (slab->first[class] != GANG_NONE) {
        run = pop(slab, link, class);
    } else if (length <= slab->capacity - slab->top) {
        run = slab->top;
        slab->top += length;
    } else {
        run = split(slab, link, class);
        if (run == GANG_NONE)
            return GANG_NONE;
    }
    slab->asked += count;
    return run;
}

void gang_slab_give(struct gang_slab *slab, uint32_t *link, uint32_t first, uint32_t count)
{
    assert(slab->asked >= count);
    slab->asked -= count;
    push(slab, link, first, class_of(count));
}
