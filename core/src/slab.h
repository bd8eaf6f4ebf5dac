/*
 * slab.h -- runs of consecutive indices, handed out and taken back in O(1).
 *
 * A run's length is rounded up to a power of two; a freed run waits in the list of its size and is
 * split when a shorter one is wanted and nothing else is left. An array behind a slab holds
 * gang_slab_indices(): enough for any mixture of sizes whose sum was ever at most the promise;
 * beyond that a long-lived mixture may fragment, and the taker is told. The list is threaded
 * through the caller's `link` array (one u32 an index), so the slab itself is a few words.
 */
#ifndef GANG_SLAB_H
#define GANG_SLAB_H

#include <stdint.h>

enum { GANG_SLAB_CLASSES = 22 };
struct gang_slab {
    uint32_t capacity, top;            /* indices there are; indices ever handed out */
    uint32_t asked, asked_max;         /* what is out now, as asked for; the promise made at init */
    uint32_t first[GANG_SLAB_CLASSES]; /* head of each size's list */
};

uint32_t gang_slab_indices(uint32_t asked_max);
void gang_slab_init(struct gang_slab *slab, uint32_t asked_max);
/* GANG_NONE when more than asked_max indices would be out. */
uint32_t gang_slab_take(struct gang_slab *slab, uint32_t *link, uint32_t count);
void gang_slab_give(struct gang_slab *slab, uint32_t *link, uint32_t first, uint32_t count);

#endif
