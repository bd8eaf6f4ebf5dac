/*
 * ring.h -- what happens later in the present instant: first in, first out.
 *
 * This room is for: entries without delay. They join the end of the instant, behind what the queue
 *                   has for it, and cost no sorting. The ring starts over whenever it runs empty,
 *                   so a short one stays in the cache.
 * It may include:   <assert.h> <stdbool.h> <stdint.h>.
 * Never here:       times, or knowledge of what an entry means.
 */
#ifndef SIM_RING_H
#define SIM_RING_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct sim_ring_entry {
    uint32_t payload, extra;
};

/* `count` entries from at[first] on, going round at the capacity. room: how many it takes now; whoever keeps later ones elsewhere
 * sets that to 0 until they are back. */
struct sim_ring {
    struct sim_ring_entry *at;
    uint32_t first, end, count, capacity, room;
};

void sim_ring_init(struct sim_ring *ring, struct sim_ring_entry *memory, uint32_t capacity);
/* Takes the i-th entry out; the others keep their order. For search, O(entries). */
struct sim_ring_entry sim_ring_take(struct sim_ring *ring, uint32_t i);

static inline uint32_t sim_ring_place(const struct sim_ring *ring, uint32_t i)
{
    uint32_t place = ring->first + i;
    assert(i < ring->count);
    return place < ring->capacity ? place : place - ring->capacity;
}

static inline bool sim_ring_push(struct sim_ring *ring,
                                 struct sim_ring_entry entry) /* false: full */
{
    uint32_t end = ring->end, count = ring->count, capacity = ring->capacity;
    if (count >= ring->room)
        return false;
    ring->end = end + 1 < capacity ? end + 1 : 0;
    ring->count = count + 1;
    ring->at[end] = entry;
    return true;
}

static inline struct sim_ring_entry sim_ring_pop(struct sim_ring *ring)
{
    assert(ring->count > 0);
    struct sim_ring_entry entry = ring->at[ring->first];
    ring->first = ring->first + 1 < ring->capacity ? ring->first + 1 : 0;
    if (--ring->count == 0)
        ring->first = ring->end = 0;
    return entry;
}

#endif
