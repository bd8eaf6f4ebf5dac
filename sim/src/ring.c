/*
 * ring.c -- the parts of the ring that are not on every event's way. See ring.h.
 */
#include "ring.h"

#include <stddef.h>

void sim_ring_init(struct sim_ring *ring, struct sim_ring_entry *memory, uint32_t capacity)
{
    assert(memory != NULL);
    assert(capacity > 0);
    assert(capacity <= UINT32_MAX / 2);
    *ring = (struct sim_ring){.at = memory, .capacity = capacity, .room = capacity};
}

struct sim_ring_entry sim_ring_take(struct sim_ring *ring, uint32_t i)
{
    struct sim_ring_entry taken = ring->at[sim_ring_place(ring, i)];
    for (; i > 0; i--)
        ring->at[sim_ring_place(ring, i)] = ring->at[sim_ring_place(ring, i - 1)];
    (void)sim_ring_pop(ring);
    return taken;
}
