/*
 * timers.c -- a binary heap with places, so that cancelling is as cheap as arming.
 *
 * Invariant: heap[place[x]] == x for every armed x, and no entry is earlier than its parent.
 */
#include "timers.h"

#include <assert.h>

static bool earlier(struct gang_timer_arrays a, uint32_t x, uint32_t y)
{
    return a.at[x] < a.at[y] || (a.at[x] == a.at[y] && x < y);
}

static void put(struct gang_timer_arrays a, uint32_t place, uint32_t timer)
{
    a.heap[place] = timer;
    a.place[timer] = place;
}

static void sift_up(struct gang_timer_arrays a, uint32_t place, uint32_t timer)
{
    while (place > 0) {
        uint32_t parent = (place - 1) / 2;
        if (!earlier(a, timer, a.heap[parent]))
            break;
        put(a, place, a.heap[parent]);
        place = parent;
    }
    put(a, place, timer);
}

static void sift_down(struct gang_timer_arrays a, uint32_t count, uint32_t place, uint32_t timer)
{
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= count)
            break;
        if (child + 1 < count && earlier(a, a.heap[child + 1], a.heap[child]))
            child++;
        if (!earlier(a, a.heap[child], timer))
            break;
        put(a, place, a.heap[child]);
        place = child;
    }
    put(a, place, timer);
}

void gang_timers_init(struct gang_timers *t, struct gang_timer_arrays a, uint32_t capacity)
{
    t->capacity = capacity;
    t->count = 0;
    for (uint32_t i = 0; i < capacity; i++) {
        a.at[i] = 0;
        a.token[i] = 0;
        a.heap[i] = 0;
        a.place[i] = GANG_NONE;
    }
}

void gang_timers_arm(struct gang_timers *t, struct gang_timer_arrays a, uint32_t timer, gang_ns at,
                     uint64_t token)
{
    assert(timer < t->capacity);
    gang_timers_cancel(t, a, timer);
    a.at[timer] = at;
    a.token[timer] = token;
    sift_up(a, t->count++, timer);
}

void gang_timers_cancel(struct gang_timers *t, struct gang_timer_arrays a, uint32_t timer)
{
    assert(timer < t->capacity);
    uint32_t place = a.place[timer];
    if (place == GANG_NONE)
        return;
    assert(a.heap[place] == timer);
    a.place[timer] = GANG_NONE;
    uint32_t last = a.heap[--t->count];
    if (last == timer)
        return;
    if (place > 0 && earlier(a, last, a.heap[(place - 1) / 2]))
        sift_up(a, place, last);
    else
        sift_down(a, t->count, place, last);
}
