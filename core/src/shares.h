/*
 * shares.h -- GPUs by address: whole ones, and shares of one.
 *
 * A need of at least 1000 thousandths takes so many wholly free addresses, rounded up; a need below 1000 is a share of
 * one address, which other shares may use up to 1000 in sum (B-60, B-63). A room's mask holds the wholly free addresses
 * only. What shares use of each address is an array of its own, and there is none where nobody needs a share.
 *
 * Driver and executor count with the same functions (G-04), and a launch group of shares is on one address: so the mask
 * that a message carries says it all.
 */
#ifndef GANG_SHARES_H
#define GANG_SHARES_H

#include "gang/gang.h"

enum { GANG_ADDRESS_MILLI = 1000 }; /* of one GPU */

static inline bool gang_is_share(const struct gang_need *need)
{
    return need->gpu_milli > 0 && need->gpu_milli < GANG_ADDRESS_MILLI;
}

/* Addresses that one task is given, whole or in part. */
static inline uint32_t gang_addresses(const struct gang_need *need)
{
    return need->gpu_milli / GANG_ADDRESS_MILLI + (need->gpu_milli % GANG_ADDRESS_MILLI > 0);
}

/* As gang_fit(), with what is left of the addresses in `there` that are used in part. used: thousandths by address. */
uint32_t gang_fit_shares(const struct gang_room *free, const uint16_t *used, uint64_t there,
                         const struct gang_need *need);
/* The lowest address with room for a share, as a bit; *shares: how many more fit there. 0: none. */
uint64_t gang_share_address(const struct gang_room *free, const uint16_t *used, uint64_t there,
                            const struct gang_need *need, uint32_t *shares);
/* So many shares more, or fewer, of one address; keeps the mask of wholly free addresses. */
void gang_share_take(struct gang_room *free, uint16_t *used, uint64_t address,
                     const struct gang_need *need, uint32_t shares);
void gang_share_give(struct gang_room *free, uint16_t *used, uint64_t address,
                     const struct gang_need *need, uint32_t shares);

#endif
