/*
 * past.h -- the states along a path: the last one as a whole, and of each other one what the next has changed of it.
 *
 * This room is for: copies of memory that lies in a few parts, taken and given back in the order of a stack.
 * It may include:   <stdbool.h> <stddef.h> <stdint.h>.
 * Never here:       what the memory means.
 */
#ifndef SIM_SEARCH_PAST_H
#define SIM_SEARCH_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_PAST_PARTS = 3, SIM_PAST_BLOCK = 32 };

struct sim_past_block {
    char bytes[SIM_PAST_BLOCK];
};
struct sim_past {
    struct {
        struct sim_past_block *at;
        size_t blocks;
    } part[SIM_PAST_PARTS]; /* the memory that is looked after: whole blocks */
    uint32_t part_count;
    size_t block_count;              /* of all parts */
    struct sim_past_block *last;     /* the last state */
    struct sim_past_block *replaced; /* what later states changed of earlier ones, */
    uint32_t *places;                /* and where it was */
    uint64_t replaced_count, replaced_capacity;
    uint64_t *firsts; /* of each state, the first block that it replaced of the one before */
    uint64_t count, capacity;
    uint64_t replaced_sum, pushed; /* over all that was ever pushed */
};

/* Another part of the memory, aligned as blocks are, and `bytes` rounded up to whole blocks. To be called before sim_past_init(). */
void sim_past_add(struct sim_past *past, void *at, size_t bytes);
bool sim_past_init(struct sim_past *past); /* false: no memory */
void sim_past_free(struct sim_past *past);
/* The bytes that it has, and that it would have after another push. */
uint64_t sim_past_bytes(const struct sim_past *past);
uint64_t sim_past_bytes_wanted(const struct sim_past *past);
/* What the parts hold now becomes the last state. False: no memory, and nothing has changed. */
bool sim_past_push(struct sim_past *past);
void sim_past_restore(const struct sim_past *past); /* the parts hold the last state again */
void sim_past_pop(struct sim_past *past); /* forgets the last state; the parts stay as they are */
uint64_t sim_past_bytes_a_state(
    const struct sim_past *past); /* what was stored of a state, on the average of all pushes */

#endif
