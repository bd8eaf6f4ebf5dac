/*
 * slots.c -- how many slots the driver counts: in what is free, and for admission.
 *
 * This room is for: the one capacity function (G-04), and the ways in which Spark counts otherwise.
 * It may include:   driver_private.h.
 * Never here:       changes. Sums over executors are registry.c's; which gang is next is place.c's.
 *
 * What fits is a fact: placement never takes more than that, under any policy. What is counted decides only whether a gang
 * is admitted or tried: under strict both are the same number.
 */
#include "driver_private.h"

#include <assert.h>

enum resource { CORES = 0, MEMORY = 1, GPUS = 2, RESOURCES = 3 };

void gang_slots_init(struct gang_driver *d)
{
    d->limiting_only = axis(d, GANG_AXIS_CAPACITY_OF);
    d->one_address = axis(d, GANG_AXIS_FRACTIONS);
}

uint32_t gang_slots_fit(const struct vacancy *v, const struct gang_need *need)
{
    if (v->used != NULL && gang_is_share(need))
        return gang_fit_shares(v->room, v->used, v->there, need);
    return gang_fit(v->room, need);
}

/* SPARK-47458: the addresses were divided by the parts that a task needs, and then once more; what needs less than one was
 * given a whole one. */
static uint32_t by_addresses(const struct vacancy *v, const struct gang_need *need)
{
    uint32_t each = gang_addresses(need);
    return gang_bits_in(v->room->gpu_mask) / each / each;
}

static uint32_t by_resource(const struct gang_driver *d, const struct vacancy *v,
                            const struct gang_need *need, enum resource which)
{
    const struct gang_need only = {which == CORES ? need->cores : 0,
                                   which == MEMORY ? need->memory_mib : 0,
                                   which == GPUS ? need->gpu_milli : 0};
    if (d->one_address && only.gpu_milli > 0)
        return by_addresses(v, need);
    return gang_slots_fit(v, &only);
}

static uint32_t by_all(const struct gang_driver *d, const struct vacancy *v,
                       const struct gang_need *need)
{
    uint32_t least = UINT32_MAX;
    for (enum resource which = CORES; which < RESOURCES; which++) {
        uint32_t fit = by_resource(d, v, need, which);
        least = fit < least ? fit : least;
    }
    return least;
}

/* B-64: the resource that would run out first if nothing ran here; of equals, the cores. */
static enum resource limiting(const struct gang_driver *d, const struct gang_room *total,
                              const struct gang_need *need)
{
    const struct vacancy empty = {total, NULL, total->gpu_mask};
    enum resource found = CORES;
    for (enum resource which = MEMORY; which < RESOURCES; which++)
        if (by_resource(d, &empty, need, which) < by_resource(d, &empty, need, found))
            found = which;
    return found;
}

uint32_t gang_slots_counted(const struct gang_driver *d, const struct gang_room *total,
                            const struct vacancy *v, const struct gang_need *need)
{
    if (d->limiting_only)
        return by_resource(d, v, need, limiting(d, total, need));
    return by_all(d, v, need);
}

struct gang_need gang_slots_admission_need(const struct gang_driver *d,
                                           const struct gang_need *need)
{
    struct gang_need seen = *need;
    if (axis(d, GANG_AXIS_ADMISSION_OF) && need->cores > 0)
        seen.memory_mib = seen.gpu_milli = 0; /* SPARK-32518 */
    return seen;
}

uint32_t gang_slots_of_empty(const struct gang_driver *d, const struct gang_room *total,
                             const struct gang_need *need)
{
    const struct gang_need seen = gang_slots_admission_need(d, need);
    const struct vacancy empty = {total, NULL, total->gpu_mask};
    return d->one_address ? by_all(d, &empty, &seen) : gang_fit(total, &seen);
}

/* B-12: Spark counts executors that nothing is placed on because somebody excluded them; those that are being taken out of
 * service count for nobody (B-192). What was given back with the load counts, for it can be had again (G-19). */
uint64_t gang_slots_admitted(const struct gang_driver *d, uint32_t profile)
{
    const struct profile *row = &profiles_of(d)[profile];
    return (axis(d, GANG_AXIS_CAPACITY_SET) ? row->active : row->total) + row->granted;
}
