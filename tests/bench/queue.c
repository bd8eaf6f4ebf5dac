/*
 * queue.c -- how fast the world's event queue is, beside the textbook's radix heap with growing
 * arrays.
 *
 * The classic hold model: N entries pending; take the first, put it back later by a random
 * increment. Both queues do the same holds in turns of one slice each, so that whatever else the
 * machine does slows both; both must take the same entries in the same order. The limit below owes
 * nothing to flat memory: it may allocate, and cannot be snapshotted.
 *
 * usage: bench_queue [holds a size, default 4000000]
 */
#include "queue.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { INCREMENTS = 65536, SLICES = 20 };

/* ---- the limit */
struct pile {
    struct sim_entry *entry;
    uint32_t count, room;
};
struct limit {
    struct pile
        pile[65];   /* pile b: the highest bit in which a time differs from `last` is bit b - 1 */
    uint32_t taken; /* of pile 0 */
    uint64_t occupied; /* bit b - 1: pile b is not empty */
    int64_t last;
};

static void limit_push(struct limit *limit, struct sim_entry entry)
{
    unsigned b = entry.at_ns == limit->last
                     ? 0
                     : 64 - (unsigned)__builtin_clzll((uint64_t)(entry.at_ns ^ limit->last));
    struct pile *pile = &limit->pile[b];
    if (pile->count == pile->room) {
        pile->room = pile->room > 0 ? 2 * pile->room : 16;
        pile->entry = realloc(pile->entry, pile->room * sizeof *pile->entry);
        if (pile->entry == NULL)
            abort();
    }
    if (b > 0)
        limit->occupied |= UINT64_C(1) << (b - 1);
    pile->entry[pile->count++] = entry;
}

static struct sim_entry limit_pop(struct limit *limit)
{
    struct pile *now = &limit->pile[0];
    if (limit->taken == now->count) {
        unsigned b = 1 + (unsigned)__builtin_ctzll(limit->occupied);
        struct pile from = limit->pile[b];
        int64_t first = INT64_MAX;
        limit->taken = now->count = limit->pile[b].count = 0;
        limit->occupied &= limit->occupied - 1;
        for (uint32_t i = 0; i < from.count; i++)
            first = from.entry[i].at_ns < first ? from.entry[i].at_ns : first;
        limit->last = first;
        for (uint32_t i = 0; i < from.count; i++)
            limit_push(limit, from.entry[i]); /* always into a lower pile */
    }
    return now->entry[limit->taken++];
}

/* ---- the model */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static int64_t increment[INCREMENTS];

/* Exponential with mean 1e6, or an eighth of all entries at each instant. */
static void make_increments(bool ties)
{
    uint64_t state = 0;
    for (int i = 0; i < INCREMENTS; i++) {
        uint64_t x = next_random(&state);
        increment[i] = ties ? (int64_t)(1 + (x & 7)) * 1000000
                            : (int64_t)(-log((double)(x >> 11 | 1) * 0x1p-53) * 1e6);
    }
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct side {
    double seconds;
    uint64_t order; /* a digest of what was taken */
    uint32_t random;
};

static inline struct sim_entry later(struct side *side, struct sim_entry entry)
{
    side->order =
        (side->order ^ (uint64_t)entry.at_ns ^ entry.payload) * UINT64_C(0x9E3779B97F4A7C15);
    side->random = side->random * 1664525u + 1013904223u;
    entry.at_ns += increment[side->random >> 16];
    return entry;
}

static void hold_ours(struct sim_queue *queue, uint64_t holds, struct side *side)
{
    double begin = seconds();
    for (uint64_t i = 0; i < holds; i++)
        if (!sim_queue_push(queue, later(side, sim_queue_pop(queue))))
            abort();
    side->seconds += seconds() - begin;
}

static void hold_limit(struct limit *limit, uint64_t holds, struct side *side)
{
    double begin = seconds();
    for (uint64_t i = 0; i < holds; i++)
        limit_push(limit, later(side, limit_pop(limit)));
    side->seconds += seconds() - begin;
}

/* Ours over the limit; negative: they took different entries. */
static double compare(uint32_t pending, bool ties, uint64_t holds)
{
    struct sim_queue *queue = aligned_alloc(64, (sim_queue_size(pending) + 63) & ~(size_t)63);
    struct limit *limit = calloc(1, sizeof *limit);
    struct side ours = {0, 0, 1}, theirs = {0, 0, 1};
    uint64_t state = 42;
    if (queue == NULL || limit == NULL)
        abort();
    make_increments(ties);
    sim_queue_init(queue, pending);
    for (uint32_t i = 0; i < pending; i++) {
        struct sim_entry entry = {increment[next_random(&state) % INCREMENTS], i, 0};
        limit_push(limit, entry);
        if (!sim_queue_push(queue, entry))
            abort();
    }
    hold_ours(queue, holds / 4, &ours); /* to warm up */
    hold_limit(limit, holds / 4, &theirs);
    ours.seconds = theirs.seconds = 0;
    for (int i = 0; i < SLICES; i++) {
        hold_ours(queue, holds / SLICES, &ours);
        hold_limit(limit, holds / SLICES, &theirs);
    }
    double ratio = ours.order == theirs.order ? theirs.seconds / ours.seconds : -1;
    printf("%9" PRIu32 "  %-4s  %7.1f  %7.1f  %6.0f %%\n", pending, ties ? "ties" : "exp",
           (double)holds / ours.seconds / 1e6, (double)holds / theirs.seconds / 1e6, 100 * ratio);
    for (unsigned b = 0; b < 65; b++)
        free(limit->pile[b].entry);
    free(limit);
    free(queue);
    return ratio;
}

int main(int argc, char **argv)
{
    const uint32_t sizes[] = {100, 1000, 10000, 100000, 1000000};
    uint64_t holds = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000000;
    bool same = holds >= SLICES;
    printf("  pending  kind  M holds/s: ours  limit    ours/limit\n");
    for (unsigned ties = 0; ties < 2; ties++)
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes && same; i++)
            same = compare(sizes[i], ties != 0, holds) > 0;
    if (!same)
        fprintf(stderr, "the queues disagree, or too few holds\n");
    return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
