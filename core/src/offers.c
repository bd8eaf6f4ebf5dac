/*
 * offers.c -- what a round offers: all executors, or the one on which something has changed; and in which order.
 *
 * This room is for: the order in which executors are tried, and the free slots of what is offered.
 * It may include:   <assert.h>, hash.h and driver_private.h.
 * Never here:       who is next, and what fits (place.c, slots.c). Who is avoided is left out by the registry: nothing of it
 *                   is free.
 *
 * Executors are tried in the order of their places: by number, or shuffled (B-32). The core has no dice, so the shuffle is a
 * function of the salt it was given, of how many orders were made before, and of the executor: a driver that is rebuilt from
 * its log makes the same. An order is made when the first task of a round looks for a place, so that rounds in which nobody
 * does change nothing.
 */
#include "driver_private.h"
#include "hash.h"

#include <assert.h>

void gang_offers_init(struct gang_driver *d)
{
    d->shuffled = axis(d, GANG_AXIS_OFFERS);
    d->only = GANG_NONE;
}

void gang_offers_begin(struct gang_driver *d, uint32_t only)
{
    d->only = only;
    d->order_made = 0;
}

void gang_offers_end(struct gang_driver *d) { d->only = GANG_NONE; }

static bool has_order(const struct gang_driver *d) { return d->shuffled && d->only == GANG_NONE; }

/* Fisher and Yates, from the first on: each executor takes the place of one before it, or its own. */
static void make_order(struct gang_driver *d)
{
    uint32_t *order = order_of(d);
    uint64_t key = gang_hash(d->config.salt, ++d->orders);
    GANG_MARK(OFFERS_SHUFFLED);
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        uint32_t place = (uint32_t)(gang_hash(key, i) % (i + 1));
        order[i] = order[place];
        order[place] = i;
    }
    d->order_made = 1;
}

uint32_t gang_offers_at(struct gang_driver *d, uint32_t place)
{
    assert(place < d->limits.executors);
    if (!has_order(d))
        return place;
    if (!d->order_made)
        make_order(d);
    return order_of(d)[place];
}

static bool is_roomy(const struct gang_driver *d, uint32_t profile, uint32_t executor)
{
    return roomy(d, profile)[executor / 64] >> (executor % 64) & 1;
}

static uint32_t next_by_number(const struct gang_driver *d, uint32_t profile, uint32_t from)
{
    const uint64_t *bits = roomy(d, profile);
    for (uint32_t word = from / 64; word < d->bitmap_words; word++) {
        uint64_t rest = bits[word];
        if (word == from / 64)
            rest &= ~UINT64_C(0) << (from % 64);
        if (rest != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(rest);
    }
    return GANG_NONE;
}

uint32_t gang_offers_next(struct gang_driver *d, uint32_t profile, uint32_t from)
{
    if (d->only != GANG_NONE)
        return from <= d->only && is_roomy(d, profile, d->only) ? d->only : GANG_NONE;
    if (!d->shuffled)
        return next_by_number(d, profile, from);
    for (uint32_t place = from; place < d->limits.executors; place++)
        if (is_roomy(d, profile, gang_offers_at(d, place)))
            return place;
    return GANG_NONE;
}

bool gang_offers_has(const struct gang_driver *d, uint32_t executor)
{
    return offered(&executors_of(d)[executor]) && (d->only == GANG_NONE || d->only == executor);
}

uint64_t gang_offers_free(const struct gang_driver *d, uint32_t profile)
{
    const struct profile *row = &profiles_of(d)[profile];
    if (d->only == GANG_NONE)
        return row->free;
    const struct vacancy v = vacancy_of(d, d->only);
    return gang_offers_has(d, d->only) ? gang_slots_fit(&v, &row->need) : 0;
}

uint64_t gang_offers_counted(const struct gang_driver *d, uint32_t profile)
{
    const struct profile *row = &profiles_of(d)[profile];
    if (!d->limiting_only && !d->one_address)
        return gang_offers_free(d, profile);
    if (d->only == GANG_NONE)
        return row->counted;
    const struct vacancy v = vacancy_of(d, d->only);
    return gang_offers_has(d, d->only)
               ? gang_slots_counted(d, &executors_of(d)[d->only].total, &v, &row->need)
               : 0;
}
