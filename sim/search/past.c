/*
 * past.c -- a stack of states as differences. See past.h.
 *
 * A move changes a few lines of a world of hundreds, so what a state adds to the stack is what it changed of the one before. The last
 * state is kept whole as well: it is what a search returns to most, and what the next one is compared with.
 */
#include "past.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 1024, STRIP = 16 };

void sim_past_add(struct sim_past *past, void *at, size_t bytes)
{
    assert(past->part_count < SIM_PAST_PARTS);
    assert(past->last == NULL);
    size_t blocks = (bytes + SIM_PAST_BLOCK - 1) / SIM_PAST_BLOCK;
    past->part[past->part_count].at = at;
    past->part[past->part_count++].blocks = blocks;
    past->block_count += blocks;
    assert(past->block_count < UINT32_MAX);
}

bool sim_past_init(struct sim_past *past)
{
    past->last = aligned_alloc(64, (past->block_count * SIM_PAST_BLOCK + 63) / 64 * 64);
    return past->last != NULL;
}

void sim_past_free(struct sim_past *past)
{
    free(past->last);
    free(past->replaced);
    free(past->places);
    free(past->firsts);
    *past = (struct sim_past){0};
}

static uint64_t bytes_of(uint64_t replaced, uint64_t states)
{
    return replaced * (SIM_PAST_BLOCK + sizeof(uint32_t)) + states * sizeof(uint64_t);
}

uint64_t sim_past_bytes(const struct sim_past *past)
{
    return past->block_count * SIM_PAST_BLOCK + bytes_of(past->replaced_capacity, past->capacity);
}

/* A state may change every block. */
static bool has_room(const struct sim_past *past)
{
    return past->count < past->capacity &&
           past->replaced_count + past->block_count <= past->replaced_capacity;
}

uint64_t sim_past_bytes_wanted(const struct sim_past *past)
{
    uint64_t replaced = past->replaced_capacity, states = past->capacity;
    if (!has_room(past)) {
        replaced = 2 * replaced + past->block_count + FIRST;
        states = 2 * states + FIRST;
    }
    return past->block_count * SIM_PAST_BLOCK + bytes_of(replaced, states);
}

static bool resize(void **items, uint64_t count, size_t size)
{
    void *larger = realloc(*items, count * size);
    if (larger == NULL)
        return false;
    *items = larger;
    return true;
}

static bool grow(struct sim_past *past)
{
    uint64_t replaced = 2 * past->replaced_capacity + past->block_count + FIRST,
             states = 2 * past->capacity + FIRST;
    void *blocks = past->replaced, *places = past->places, *firsts = past->firsts;
    bool well = resize(&blocks, replaced, sizeof *past->replaced);
    past->replaced = blocks;
    well = well && resize(&places, replaced, sizeof *past->places);
    past->places = places;
    well = well && resize(&firsts, states, sizeof *past->firsts);
    past->firsts = firsts;
    if (well) {
        past->replaced_capacity = replaced;
        past->capacity = states;
    }
    return well;
}

static inline bool differ(const struct sim_past_block *x, const struct sim_past_block *y)
{
    uint64_t a[4], b[4];
    memcpy(a, x, sizeof a);
    memcpy(b, y, sizeof b);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) != 0;
}

/* The first state replaces nothing: there is none before it. */
static void take_first(struct sim_past *past)
{
    struct sim_past_block *last = past->last;
    for (uint32_t i = 0; i < past->part_count; i++) {
        memcpy(last, past->part[i].at, past->part[i].blocks * SIM_PAST_BLOCK);
        last += past->part[i].blocks;
    }
}

/* Of blocks side by side, those that changed. `place`: of the first of them in the state. */
static uint64_t take_strip(struct sim_past *past, uint64_t count, const struct sim_past_block *now,
                           uint32_t place, size_t blocks)
{
    for (size_t k = 0; k < blocks; k++, place++)
        if (differ(&now[k], &past->last[place])) {
            past->replaced[count] = past->last[place];
            past->places[count++] = place;
            past->last[place] = now[k];
        }
    return count;
}

/* Most of a state has not changed, and memcmp() sees that of a longer strip sooner. */
static void take_changes(struct sim_past *past)
{
    uint32_t place = 0;
    uint64_t count = past->replaced_count;
    for (uint32_t i = 0; i < past->part_count; i++) {
        const struct sim_past_block *now = past->part[i].at;
        for (size_t left = past->part[i].blocks; left > 0;) {
            size_t blocks = left < STRIP ? left : STRIP;
            if (memcmp(now, &past->last[place], blocks * SIM_PAST_BLOCK) != 0)
                count = take_strip(past, count, now, place, blocks);
            now += blocks;
            place += (uint32_t)blocks;
            left -= blocks;
        }
    }
    past->replaced_sum += count - past->replaced_count;
    past->replaced_count = count;
}

bool sim_past_push(struct sim_past *past)
{
    if (!has_room(past) && !grow(past))
        return false;
    past->firsts[past->count] = past->replaced_count;
    if (past->count++ == 0)
        take_first(past);
    else
        take_changes(past);
    past->pushed++;
    return true;
}

void sim_past_restore(const struct sim_past *past)
{
    const struct sim_past_block *last = past->last;
    assert(past->count > 0);
    for (uint32_t i = 0; i < past->part_count; i++) {
        memcpy(past->part[i].at, last, past->part[i].blocks * SIM_PAST_BLOCK);
        last += past->part[i].blocks;
    }
}

void sim_past_pop(struct sim_past *past)
{
    assert(past->count > 0);
    uint64_t first = past->firsts[--past->count];
    while (past->replaced_count > first) {
        past->replaced_count--;
        past->last[past->places[past->replaced_count]] = past->replaced[past->replaced_count];
    }
}

uint64_t sim_past_bytes_a_state(const struct sim_past *past)
{
    return past->pushed > 0 ? bytes_of(past->replaced_sum, past->pushed) / past->pushed : 0;
}
