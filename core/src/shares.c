/*
 * shares.c -- see shares.h.
 *
 * Invariant: an address that is used in part is not in the mask of wholly free ones, and one that is wholly free, or held
 * as a whole, has nothing in `used`.
 */
#include "shares.h"

#include "bits.h"

#include <assert.h>

static uint32_t shares_left(uint16_t used, const struct gang_need *need)
{
    assert(used <= GANG_ADDRESS_MILLI);
    return (GANG_ADDRESS_MILLI - (uint32_t)used) / need->gpu_milli;
}

static uint32_t number_of(uint64_t address)
{
    assert(gang_bits_in(address) == 1);
    return gang_bits_in(address - 1);
}

uint32_t gang_fit_shares(const struct gang_room *free, const uint16_t *used, uint64_t there,
                         const struct gang_need *need)
{
    const struct gang_need other = {need->cores, need->memory_mib, 0};
    uint32_t fit = gang_fit(free, &other), shares;
    assert(gang_is_share(need));
    shares = gang_bits_in(free->gpu_mask) * shares_left(0, need);
    for (uint64_t rest = there & ~free->gpu_mask; rest != 0; rest &= rest - 1) {
        uint16_t part = used[number_of(rest & -rest)];
        shares += part > 0 ? shares_left(part, need) : 0; /* else it is held as a whole */
    }
    return shares < fit ? shares : fit;
}

/* B-66: addresses ascend, and one is filled before the next. */
uint64_t gang_share_address(const struct gang_room *free, const uint16_t *used, uint64_t there,
                            const struct gang_need *need, uint32_t *shares)
{
    assert(gang_is_share(need));
    for (uint64_t rest = there; rest != 0; rest &= rest - 1) {
        uint64_t address = rest & -rest;
        uint16_t part = used[number_of(address)];
        if ((free->gpu_mask & address) == 0 && part == 0)
            continue;
        *shares = shares_left(part, need);
        if (*shares > 0)
            return address;
    }
    *shares = 0;
    return 0;
}

void gang_share_take(struct gang_room *free, uint16_t *used, uint64_t address,
                     const struct gang_need *need, uint32_t shares)
{
    uint16_t *part = &used[number_of(address)];
    assert(shares > 0);
    assert(*part > 0 || (free->gpu_mask & address) != 0);
    assert(shares <= shares_left(*part, need));
    *part = (uint16_t)(*part + shares * need->gpu_milli);
    free->gpu_mask &= ~address;
}

void gang_share_give(struct gang_room *free, uint16_t *used, uint64_t address,
                     const struct gang_need *need, uint32_t shares)
{
    uint16_t *part = &used[number_of(address)];
    assert(*part >= shares * need->gpu_milli);
    *part = (uint16_t)(*part - shares * need->gpu_milli);
    if (*part == 0)
        free->gpu_mask |= address;
}
