/*
 * queue.c -- the parts of the event queue that are not on every event's way: opening buckets, and
 * chunks.
 *
 * See queue.h for what this is and for its invariants.
 */
#include "queue.h"

#include <string.h>

static const struct sim_bucket empty = {SIM_QUEUE_NONE, 0};

static uint32_t *next_of(struct sim_queue *queue)
{
    return (uint32_t *)(sim_queue_entries(queue) +
                        (size_t)queue->chunks * (queue->chunk_mask + 1));
}

/* ---- opening a bucket */
static void sorted_insert(struct sim_queue *queue, struct sim_entry entry)
{
    struct sim_entry *front = queue->front;
    assert(queue->end < queue->front_room);
    uint32_t i = queue->end++;
    for (; i > queue->first && front[i - 1].at_ns > entry.at_ns; i--)
        front[i] = front[i - 1];
    front[i] = entry;
}

static void free_chunk(struct sim_queue *queue, uint32_t chunk)
{
    next_of(queue)[chunk] = queue->free;
    queue->free = chunk;
}

/* The entries of one chunk of a chain: from *at up to what is returned. */
static uint32_t chunk_range(const struct sim_queue *queue, const struct sim_bucket *chain,
                            uint32_t chunk, uint32_t next, uint32_t *at)
{
    *at = sim_queue_first_of(queue, chunk);
    return next == SIM_QUEUE_NONE ? chain->tail : *at + queue->chunk_mask + 1;
}

/* A bucket of one chunk: its whole range becomes the front's. */
static void sort_into_front(struct sim_queue *queue, struct sim_bucket from, unsigned level)
{
    const struct sim_entry *entry = sim_queue_entries(queue);
    uint32_t at = sim_queue_first_of(queue, from.head);
    uint64_t range = (UINT64_C(1) << (level * SIM_QUEUE_DIGIT_BITS)) - 1;
    queue->limit_ns = entry[at].at_ns | (int64_t)range;
    struct sim_entry *front = queue->front; /* which is empty, and has room for two chunks */
    uint32_t end = 0;
    for (; at < from.tail; at++) {
        const struct sim_entry next = entry[at];
        uint32_t i = end++;
        for (; i > 0 && front[i - 1].at_ns > next.at_ns; i--)
            front[i] = front[i - 1];
        front[i] = next;
    }
    queue->end = end;
    free_chunk(queue, from.head);
}

/* Chains wander through memory: the hardware cannot guess where the next chunk is. */
static void fetch_ahead(struct sim_queue *queue, uint32_t chunk)
{
    if (chunk == SIM_QUEUE_NONE)
        return;
    const struct sim_entry *entry = &sim_queue_entries(queue)[sim_queue_first_of(queue, chunk)];
    for (unsigned i = 0; i <= queue->chunk_mask; i += 64 / sizeof *entry)
        __builtin_prefetch(&entry[i]);
}

static int64_t smallest(struct sim_queue *queue, struct sim_bucket from, int64_t *largest)
{
    const struct sim_entry *entry = sim_queue_entries(queue);
    const uint32_t *next = next_of(queue);
    int64_t min = INT64_MAX, max = 0;
    for (uint32_t chunk = from.head; chunk != SIM_QUEUE_NONE; chunk = next[chunk]) {
        uint32_t at, end = chunk_range(queue, &from, chunk, next[chunk], &at);
        fetch_ahead(queue, next[chunk]);
        for (; at < end; at++) {
            min = entry[at].at_ns < min ? entry[at].at_ns : min;
            max = entry[at].at_ns > max ? entry[at].at_ns : max;
        }
    }
    *largest = max;
    return min;
}

/* A larger bucket: the limit becomes its smallest time, the entries of that time become the ties,
 * the others go down. */
static void spread(struct sim_queue *queue, struct sim_bucket from)
{
    const struct sim_entry *entry = sim_queue_entries(queue);
    int64_t largest;
    queue->limit_ns = smallest(queue, from, &largest);
    if (queue->limit_ns == largest) { /* as of a barrier: nothing needs to move */
        queue->ties = from;
        return;
    }
    for (uint32_t chunk = from.head, next; chunk != SIM_QUEUE_NONE; chunk = next) {
        next = next_of(queue)[chunk];
        uint32_t at, end = chunk_range(queue, &from, chunk, next, &at);
        fetch_ahead(queue, next);
        for (; at < end; at++) {
            const struct sim_entry moved = entry[at];
            if (moved.at_ns == queue->limit_ns)
                sim_queue_append(queue, &queue->ties, moved);
            else
                sim_queue_place(queue, moved);
        }
        free_chunk(queue, chunk);
    }
}

static void take_ties(struct sim_queue *queue)
{
    uint32_t chunk = queue->ties.head, next = next_of(queue)[chunk];
    uint32_t at, end = chunk_range(queue, &queue->ties, chunk, next, &at);
    fetch_ahead(queue, next);
    while (at < end)
        queue->front[queue->end++] = sim_queue_entries(queue)[at++];
    free_chunk(queue, chunk);
    queue->ties.head = next;
    if (next == SIM_QUEUE_NONE)
        queue->ties = empty;
}

/* The front is empty, the queue is not. */
void sim_queue_refill(struct sim_queue *queue)
{
    queue->first = queue->end = 0;
    if (queue->ties.head == SIM_QUEUE_NONE) {
        assert(queue->level_mask != 0);
        unsigned level = (unsigned)__builtin_ctz(queue->level_mask);
        unsigned digit = (unsigned)__builtin_ctz(queue->occupied[level]);
        struct sim_bucket *bucket = &queue->bucket[(level << SIM_QUEUE_DIGIT_BITS) + digit],
                          from = *bucket;
        *bucket = empty;
        queue->occupied[level] &= (uint16_t)(queue->occupied[level] - 1);
        if (queue->occupied[level] == 0)
            queue->level_mask &= queue->level_mask - 1;
        if (next_of(queue)[from.head] == SIM_QUEUE_NONE) {
            sort_into_front(queue, from, level);
            return;
        }
        spread(queue, from);
    }
    take_ties(queue);
}

int64_t sim_queue_first(struct sim_queue *queue)
{
    if (queue->count == 0)
        return INT64_MAX;
    if (queue->first == queue->end)
        sim_queue_refill(queue);
    return queue->front[queue->first].at_ns;
}

/* ---- into the front */
/* The ties are later than the limit now: they go behind those of their time that were in the front. */
static void untie(struct sim_queue *queue)
{
    struct sim_bucket from = queue->ties;
    assert(from.head == SIM_QUEUE_NONE || /* else what is in the front would have come to the ties */
           sim_queue_entries(queue)[sim_queue_first_of(queue, from.head)].at_ns > queue->limit_ns);
    queue->ties = empty;
    for (uint32_t chunk = from.head, next; chunk != SIM_QUEUE_NONE; chunk = next) {
        next = next_of(queue)[chunk];
        uint32_t at, end = chunk_range(queue, &from, chunk, next, &at);
        for (; at < end; at++)
            sim_queue_place(queue, sim_queue_entries(queue)[at]);
        free_chunk(queue, chunk);
    }
}

/* The front is full: its smallest time becomes the limit again, and whatever is later goes into
 * buckets. */
static void spill(struct sim_queue *queue)
{
    uint32_t end = queue->end, same = 0;
    queue->limit_ns = queue->front[0].at_ns;
    while (same < end && queue->front[same].at_ns == queue->limit_ns)
        same++;
    for (uint32_t i = same; i < end; i++)
        sim_queue_place(queue, queue->front[i]);
    untie(queue);
    queue->end = same <= queue->chunk_mask ? same : queue->chunk_mask + 1;
    for (uint32_t i = queue->end; i < same; i++)
        sim_queue_append(queue, &queue->ties, queue->front[i]);
}

static void slide(struct sim_queue *queue)
{
    uint32_t n = 0;
    while (queue->first < queue->end)
        queue->front[n++] = queue->front[queue->first++];
    queue->first = 0;
    queue->end = n;
}

void sim_queue_insert(struct sim_queue *queue, struct sim_entry entry)
{
    if (queue->end == queue->front_room)
        slide(queue);
    if (queue->end == queue->front_room)
        spill(queue);
    if (entry.at_ns > queue->limit_ns)
        sim_queue_place(queue, entry);
    else if (entry.at_ns == queue->limit_ns && queue->ties.head != SIM_QUEUE_NONE)
        sim_queue_append(queue, &queue->ties, entry);
    else
        sorted_insert(queue, entry);
}

/* ---- chunks */
/* Every chunk in use but each chain's last is full, and none is empty; one more is in hand while a
 * bucket is opened. */
static uint32_t chunk_for(uint32_t capacity)
{
    return capacity < SIM_QUEUE_LONG ? SIM_QUEUE_CHUNK : SIM_QUEUE_LONG_CHUNK;
}

static uint32_t chunks_for(uint32_t capacity)
{
    if (capacity <= SIM_QUEUE_SORTED) /* a sorted array, and its limit is never reached */
        return 0;
    uint32_t packed = capacity / chunk_for(capacity) + SIM_QUEUE_BUCKETS + 2;
    return (capacity < packed ? capacity : packed) + 1;
}

static size_t sorted_size(uint32_t capacity)
{
    return offsetof(struct sim_queue, front) + capacity * sizeof(struct sim_entry);
}

size_t sim_queue_size(uint32_t capacity)
{
    size_t chunk_bytes = sizeof(struct sim_entry) * chunk_for(capacity) + sizeof(uint32_t);
    if (chunks_for(capacity) == 0)
        return sorted_size(capacity);
    return SIM_QUEUE_ENTRIES_AT + chunks_for(capacity) * chunk_bytes;
}

void sim_queue_init(struct sim_queue *queue, uint32_t capacity)
{
    uint32_t chunks = chunks_for(capacity), chunk = chunk_for(capacity);
    memset(queue, 0, chunks > 0 ? offsetof(struct sim_queue, bucket) : sorted_size(capacity));
    queue->capacity = capacity;
    queue->chunks = chunks;
    queue->chunk_mask = chunk - 1;
    queue->front_room = chunks > 0 ? 2 * chunk : capacity;
    queue->limit_ns = queue->chunks > 0 ? 0 : INT64_MAX;
    queue->ties = queue->kept = empty;
    for (unsigned i = 0; i < SIM_QUEUE_BUCKETS && queue->chunks > 0; i++)
        queue->bucket[i] = empty;
    for (uint32_t i = 0; i < queue->chunks; i++)
        next_of(queue)[i] = i + 1 < queue->chunks ? i + 1 : SIM_QUEUE_NONE;
}

uint32_t sim_queue_add_chunk(struct sim_queue *queue, struct sim_bucket *bucket)
{
    uint32_t *next = next_of(queue), chunk = queue->free;
    assert(chunk != SIM_QUEUE_NONE);
    queue->free = next[chunk];
    next[chunk] = SIM_QUEUE_NONE;
    if (bucket->head == SIM_QUEUE_NONE)
        bucket->head = chunk;
    else
        next[sim_queue_chunk_of(queue, bucket->tail - 1)] = chunk;
    return sim_queue_first_of(queue, chunk);
}

/* ---- entries without a time */
bool sim_queue_keep(struct sim_queue *queue, uint32_t payload, uint32_t extra)
{
    if (queue->chunks == 0 || queue->count >= queue->capacity)
        return false;
    queue->capacity--;
    queue->kept_count++;
    sim_queue_append(queue, &queue->kept, (struct sim_entry){0, payload, extra});
    return true;
}

uint32_t sim_queue_take_kept(struct sim_queue *queue, struct sim_entry entries[SIM_QUEUE_LONG_CHUNK])
{
    assert(queue->kept_count > 0);
    uint32_t chunk = queue->kept.head, next = next_of(queue)[chunk], at, count = 0;
    uint32_t end = chunk_range(queue, &queue->kept, chunk, next, &at);
    while (at < end)
        entries[count++] = sim_queue_entries(queue)[at++];
    free_chunk(queue, chunk);
    queue->kept.head = next;
    if (next == SIM_QUEUE_NONE)
        queue->kept = empty;
    queue->kept_count -= count;
    queue->capacity += count;
    return count;
}

/* ---- all entries */
static void sweep_chain(struct sim_queue *queue, struct sim_bucket *chain, sim_queue_keep_fn *keep,
                        const void *ctx)
{
    struct sim_bucket old = *chain;
    *chain = empty;
    for (uint32_t chunk = old.head, next; chunk != SIM_QUEUE_NONE; chunk = next) {
        next = next_of(queue)[chunk];
        uint32_t at, end = chunk_range(queue, &old, chunk, next, &at);
        for (; at < end; at++) {
            if (keep(ctx, &sim_queue_entries(queue)[at]))
                sim_queue_append(queue, chain, sim_queue_entries(queue)[at]);
            else
                queue->count--;
        }
        free_chunk(queue, chunk);
    }
}

void sim_queue_sweep(struct sim_queue *queue, sim_queue_keep_fn *keep, const void *ctx)
{
    uint32_t kept = 0;
    for (uint32_t i = queue->first; i < queue->end; i++)
        if (keep(ctx, &queue->front[i]))
            queue->front[kept++] = queue->front[i];
    queue->count -= queue->end - queue->first - kept;
    queue->first = 0;
    queue->end = kept;
    sweep_chain(queue, &queue->ties, keep, ctx);
    for (unsigned i = 0; i < SIM_QUEUE_BUCKETS && queue->chunks > 0; i++) {
        unsigned level = i >> SIM_QUEUE_DIGIT_BITS, digit = i & ((1u << SIM_QUEUE_DIGIT_BITS) - 1);
        sweep_chain(queue, &queue->bucket[i], keep, ctx);
        if (queue->bucket[i].head == SIM_QUEUE_NONE)
            queue->occupied[level] &= (uint16_t) ~(1u << digit);
        if (queue->occupied[level] == 0)
            queue->level_mask &= ~(1u << level);
    }
}

struct visit {
    struct sim_queue *queue;
    sim_queue_visit_fn *fn;
    void *ctx;
    int64_t past[64];
    uint32_t seen;
};

static void visit_one(struct visit *v, const struct sim_entry *entry)
{
    uint32_t earlier = 0, known = v->seen < 64 ? v->seen : 64;
    for (uint32_t i = 0; i < known; i++)
        earlier += v->past[i] == entry->at_ns;
    v->past[v->seen++ % 64] = entry->at_ns;
    v->fn(v->ctx, entry, earlier);
}

static void visit_chain(struct visit *v, const struct sim_bucket *chain)
{
    for (uint32_t chunk = chain->head; chunk != SIM_QUEUE_NONE; chunk = next_of(v->queue)[chunk]) {
        uint32_t at, end = chunk_range(v->queue, chain, chunk, next_of(v->queue)[chunk], &at);
        for (; at < end; at++)
            visit_one(v, &sim_queue_entries(v->queue)[at]);
    }
}

void sim_queue_visit_kept(struct sim_queue *queue, sim_queue_visit_fn *visit, void *ctx)
{
    struct visit v = {.queue = queue, .fn = visit, .ctx = ctx};
    visit_chain(&v, &queue->kept);
}

void sim_queue_visit(struct sim_queue *queue, sim_queue_visit_fn *visit, void *ctx)
{
    struct visit v = {.queue = queue, .fn = visit, .ctx = ctx};
    for (uint32_t i = queue->first; i < queue->end; i++)
        visit_one(&v, &queue->front[i]);
    visit_chain(&v, &queue->ties); /* the front's ties come right before these */
    for (unsigned i = 0; i < SIM_QUEUE_BUCKETS && queue->chunks > 0; i++) {
        v.seen = 0;
        visit_chain(&v, &queue->bucket[i]);
    }
}
