/* bits.h -- counting and taking bits, without a call into the compiler's library where the machine has no such
 * instruction. */
#ifndef GANG_BITS_H
#define GANG_BITS_H

#include <stdint.h>

static inline uint32_t gang_bits_in(uint64_t mask)
{
    mask -= mask >> 1 & UINT64_C(0x5555555555555555);
    mask = (mask & UINT64_C(0x3333333333333333)) + (mask >> 2 & UINT64_C(0x3333333333333333));
    mask = (mask + (mask >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (uint32_t)(mask * UINT64_C(0x0101010101010101) >> 56);
}

/* The lowest `count` bits of a mask that has at least so many. */
static inline uint64_t gang_lowest_bits(uint64_t mask, uint32_t count)
{
    uint64_t taken = 0;
    for (; count > 0; count--) {
        taken |= mask & -mask;
        mask &= mask - 1;
    }
    return taken;
}

#endif
