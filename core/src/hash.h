/* hash.h -- the fingerprints' mixer: one 64-bit word at a time, the same everywhere. */
#ifndef GANG_HASH_H
#define GANG_HASH_H

#include <stdint.h>

static inline uint64_t gang_hash(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ (h >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return h ^ (h >> 29);
}

#endif
