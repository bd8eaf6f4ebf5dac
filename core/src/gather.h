/* gather.h -- what one member adds to the digest of a gather. */
#ifndef GANG_GATHER_H
#define GANG_GATHER_H

#include <stdint.h>

/* A gather result is a set of (rank, payload): the sum over its members, so that the order of arrival does not show in it,
 * and so that one member's part can be taken out again. */
static inline uint64_t gang_gather_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline uint64_t gang_gather_part(uint32_t rank, uint64_t payload)
{
    return gang_gather_mix(payload ^ gang_gather_mix(rank));
}

#endif
