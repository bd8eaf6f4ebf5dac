/*
 * queue.h -- the world's event queue: a stable monotone radix heap in flat memory.
 *
 * This room is for: what comes next. Entries leave in the order of their times, entries of one time
 *                   in the order they came. Nothing is taken out of the middle: whoever pushed an
 *                   entry recognises a stale one, and sim_queue_sweep() throws stale ones out when
 *                   room is short.
 * It may include:   <assert.h> <stdbool.h> <stddef.h> <stdint.h>.
 * Never here:       allocation, or knowledge of what an entry means.
 *
 * Invariants
 *   1. The front holds, sorted, every entry whose time is <= limit_ns. Only of those at exactly
 * limit_ns some may be in `ties` instead; they come after those in the front.
 *   2. An entry whose time is > limit_ns is in the bucket named by the highest digit in which its
 * time differs from limit_ns (the level) and by its own value of that digit. So the smallest time
 * is in the lowest bucket.
 *   3. All entries of one time are in one place, in the order they came.
 *   4. Opening a bucket moves the limit into its range, which differs from every other bucket in
 * the same digit as the old limit did: so all other entries stay where they are.
 *
 * A textbook radix heap moves an entry down bit by bit. Here digits have four bits, and a bucket of
 * at most one chunk is sorted straight into the front: one or two moves for most entries, and
 * faster than the textbook's with arrays (tests/bench/queue.c). Chunks keep each bucket's entries
 * together without a pointer or an allocation. Long ones pay where buckets are long, a kibibyte at a time from
 * memory; but a queue has as many as buckets at least, so a small one has shorter ones.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIM_QUEUE_DIGIT_BITS = 4,
    SIM_QUEUE_LEVELS = 16, /* of a 63-bit time */
    SIM_QUEUE_BUCKETS = SIM_QUEUE_LEVELS << SIM_QUEUE_DIGIT_BITS,
    SIM_QUEUE_CHUNK = 32, /* entries of a chunk: a power of two */
    SIM_QUEUE_LONG_CHUNK = 64,
    SIM_QUEUE_LONG = 8192, /* the capacity from which on chunks are long */
    SIM_QUEUE_SORTED = 64, /* the capacity up to which there are none, and all entries are in the front */
    SIM_QUEUE_FRONT = 2 * SIM_QUEUE_LONG_CHUNK
};
#define SIM_QUEUE_NONE UINT32_MAX

struct sim_entry {
    int64_t at_ns; /* >= 0 */
    uint32_t payload, extra;
};
_Static_assert(sizeof(struct sim_entry) == 16, "four entries a cache line");

/* A chain of chunks. `tail` is the place of the next entry; at a chunk's border there is no room
 * for it yet. */
struct sim_bucket {
    uint32_t head, tail;
};

struct sim_queue {
    int64_t limit_ns;
    uint32_t first, end; /* the front's entries are front[first .. end) */
    uint32_t count, capacity;
    uint32_t free, chunks; /* first free chunk; how many there are in all */
    uint32_t level_mask;   /* bit L: some bucket of level L is not empty */
    uint32_t chunk_mask;   /* entries of a chunk, less one */
    uint32_t front_room;   /* entries that the front has room for: two chunks */
    struct sim_bucket ties;
    struct sim_bucket kept; /* entries of no time, in the order they came */
    uint32_t kept_count;
    uint16_t occupied[SIM_QUEUE_LEVELS]; /* bit d: bucket d of this level is not empty */
    struct sim_entry front[SIM_QUEUE_FRONT]; /* a queue without chunks ends with its front, which has its capacity */
    struct sim_bucket bucket[SIM_QUEUE_BUCKETS];
    /* then: struct sim_entry chunk[chunks][chunk_mask + 1]; uint32_t next[chunks]; */
};

/* Chunks begin with a cache line if the queue does. */
#define SIM_QUEUE_ENTRIES_AT ((sizeof(struct sim_queue) + 63) & ~(size_t)63)

size_t sim_queue_size(uint32_t capacity);
void sim_queue_init(struct sim_queue *queue,
                    uint32_t capacity); /* 64-byte aligned, sim_queue_size() bytes */
/* The smallest time, INT64_MAX if there is none. May open a bucket; changes nothing that a caller
 * can see. */
int64_t sim_queue_first(struct sim_queue *queue);
typedef bool sim_queue_keep_fn(const void *ctx, const struct sim_entry *entry);
/* Throws out every entry that is not kept; the order of the others stays. O(entries). */
void sim_queue_sweep(struct sim_queue *queue, sim_queue_keep_fn *keep, const void *ctx);
typedef void sim_queue_visit_fn(void *ctx, const struct sim_entry *entry, uint32_t earlier);
/* Visits every entry, in no order of time. earlier: how many of the 64 entries before it in its
 * place have its time. */
void sim_queue_visit(struct sim_queue *queue, sim_queue_visit_fn *visit, void *ctx);

/* Entries without a time take the places of such as have one: what is to happen in the present instant, where that is more than
 * a ring has room for. They come back in the order they were kept, up to a chunk at a time. False: full. */
bool sim_queue_keep(struct sim_queue *queue, uint32_t payload, uint32_t extra);
uint32_t sim_queue_take_kept(struct sim_queue *queue, struct sim_entry entries[SIM_QUEUE_LONG_CHUNK]); /* how many */
void sim_queue_visit_kept(struct sim_queue *queue, sim_queue_visit_fn *visit, void *ctx);

/* For the inline functions below only. */
void sim_queue_insert(struct sim_queue *queue, struct sim_entry entry);
void sim_queue_refill(struct sim_queue *queue);
uint32_t sim_queue_add_chunk(struct sim_queue *queue, struct sim_bucket *bucket);

static inline struct sim_entry *sim_queue_entries(struct sim_queue *queue)
{
    return (struct sim_entry *)((char *)queue + SIM_QUEUE_ENTRIES_AT);
}

/* Chunks and entries are numbered from 0: the chunk of an entry, and the first entry of a chunk. */
static inline unsigned sim_queue_shift(const struct sim_queue *queue)
{
    return (unsigned)__builtin_ctz(queue->chunk_mask + 1);
}
static inline uint32_t sim_queue_chunk_of(const struct sim_queue *queue, uint32_t entry)
{
    return entry >> sim_queue_shift(queue);
}
static inline uint32_t sim_queue_first_of(const struct sim_queue *queue, uint32_t chunk)
{
    return chunk << sim_queue_shift(queue);
}

static inline void sim_queue_append(struct sim_queue *queue, struct sim_bucket *bucket,
                                    struct sim_entry entry)
{
    uint32_t tail = bucket->tail;
    if ((tail & queue->chunk_mask) == 0)
        tail = sim_queue_add_chunk(queue, bucket);
    sim_queue_entries(queue)[tail] = entry;
    bucket->tail = tail + 1;
}

static inline void sim_queue_place(struct sim_queue *queue, struct sim_entry entry)
{
    uint64_t differs = (uint64_t)(entry.at_ns ^ queue->limit_ns);
    unsigned level = (63 - (unsigned)__builtin_clzll(differs)) / SIM_QUEUE_DIGIT_BITS;
    unsigned digit = (unsigned)(entry.at_ns >> (level * SIM_QUEUE_DIGIT_BITS)) &
                     ((1u << SIM_QUEUE_DIGIT_BITS) - 1);
    queue->occupied[level] |= (uint16_t)(1u << digit);
    queue->level_mask |= 1u << level;
    sim_queue_append(queue, &queue->bucket[(level << SIM_QUEUE_DIGIT_BITS) + digit], entry);
}

/* A time before the last one popped is the caller's mistake. false: full, and nothing has changed.
 */
static inline bool sim_queue_push(struct sim_queue *queue, struct sim_entry entry)
{
    if (queue->count == queue->capacity)
        return false;
    queue->count++;
    if (entry.at_ns > queue->limit_ns)
        sim_queue_place(queue, entry);
    else
        sim_queue_insert(queue, entry);
    return true;
}

static inline struct sim_entry sim_queue_pop(struct sim_queue *queue)
{
    assert(queue->count > 0);
    if (queue->first == queue->end)
        sim_queue_refill(queue);
    queue->count--;
    return queue->front[queue->first++];
}

/* The first entries of the bucket that will be opened next, in no order: a hint of what comes after the front. */
static inline const struct sim_entry *sim_queue_next_chunk(struct sim_queue *queue, uint32_t *count)
{
    *count = 0;
    if (queue->level_mask == 0)
        return NULL;
    unsigned level = (unsigned)__builtin_ctz(queue->level_mask);
    unsigned digit = (unsigned)__builtin_ctz(queue->occupied[level]);
    const struct sim_bucket *bucket = &queue->bucket[(level << SIM_QUEUE_DIGIT_BITS) + digit];
    uint32_t from = sim_queue_first_of(queue, bucket->head);
    bool one = sim_queue_chunk_of(queue, bucket->tail - 1) == bucket->head;
    *count = one ? bucket->tail - from : queue->chunk_mask + 1;
    return sim_queue_entries(queue) + from;
}

/* Whether the next entry is due. Entries still in buckets are later than the limit, and so than
 * anything popped. */
static inline bool sim_queue_due(struct sim_queue *queue, int64_t now_ns)
{
    if (queue->first == queue->end && queue->ties.head != SIM_QUEUE_NONE)
        sim_queue_refill(queue);
    return queue->first < queue->end && queue->front[queue->first].at_ns <= now_ns;
}

#endif
