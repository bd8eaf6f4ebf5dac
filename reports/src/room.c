/*
 * room.c -- how much room is free, by the world's truth, and since when a waiting gang would have
 * fitted into it.
 *
 * This room is for: the first_fit column, so that a gang's wait can be split into "no room" and
 *                   "room, but not used".
 * It may include:   the C library, plan and trace (as data).
 * Never here:       output; what the driver believes.
 *
 * Room is taken by a task from its reservation (or its start, where nothing is reserved) to its
 * exit, and given back by the end of a reservation without a start. An executor that is down has
 * none.
 *
 * Invariants: total[p] is the sum over executors of how many tasks of profile p fit there; every
 * gang in a heap waits and is larger than its profile's total. So one comparison with the smallest
 * waiting gang of each profile is enough, and a run costs O(records x profiles + gangs x log
 * gangs).
 */
#include "metrics.h"

#include <assert.h>
#include <stdlib.h>

struct free_room {
    int64_t cores, memory_mib, gpu_milli;
    bool up;
    uint32_t life;
};
struct claim {
    uint32_t executor, attempt, life, held;
}; /* a reservation of one rank that has not started */

struct rep_room {
    const struct plan *plan;
    struct rep_gang_row *gangs;
    struct free_room *free; /* by executor */
    struct claim *claims;   /* by task */
    uint64_t *first_task;   /* by gang */
    uint64_t *total;        /* by profile: tasks that fit now */
    uint32_t *heap;         /* gangs that wait, a segment a profile, smallest first */
    uint32_t *heap_first, *heap_count;
};

/* ------------------------------------------------------------------------------- the heaps of who
 * waits */

static uint32_t size_of(const struct rep_room *room, uint32_t gang)
{
    return rep_is_barrier(room->plan, gang) ? room->plan->stages[gang].tasks : 1;
}

static bool before(const struct rep_room *room, uint32_t a, uint32_t b)
{
    uint32_t left = size_of(room, a), right = size_of(room, b);
    return left != right ? left < right : a < b;
}

static void push(struct rep_room *room, uint32_t profile, uint32_t gang)
{
    uint32_t *heap = room->heap + room->heap_first[profile];
    uint32_t at = room->heap_count[profile]++;
    for (; at > 0 && before(room, gang, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = gang;
}

static uint32_t pop(struct rep_room *room, uint32_t profile)
{
    uint32_t *heap = room->heap + room->heap_first[profile];
    assert(room->heap_count[profile] > 0);
    uint32_t top = heap[0], count = --room->heap_count[profile], last = heap[count], at = 0;
    for (uint32_t child; (child = at * 2 + 1) < count; at = child) {
        if (child + 1 < count && before(room, heap[child + 1], heap[child]))
            child++;
        if (!before(room, heap[child], last))
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return top;
}

/* One whose job has ended does not look any more. */
static void fits_now(struct rep_room *room, uint32_t gang, int64_t now_ns)
{
    struct rep_gang_row *row = &room->gangs[gang];
    if (row->end_ns == PLAN_NEVER)
        row->first_fit_ns = now_ns;
}

static void look_for_room(struct rep_room *room, int64_t now_ns)
{
    for (uint32_t p = 0; p < room->plan->profile_count; p++)
        while (room->heap_count[p] > 0 &&
               size_of(room, room->heap[room->heap_first[p]]) <= room->total[p])
            fits_now(room, pop(room, p), now_ns);
}

void rep_room_ready(struct rep_room *room, uint32_t gang, int64_t now_ns)
{
    push(room, room->plan->stages[gang].profile, gang);
    look_for_room(room, now_ns);
}

/* ----------------------------------------------------------------------------------- taking and
 * giving */

static uint32_t fits(const struct rep_room *room, uint32_t executor, uint32_t profile)
{
    const struct free_room *free_room = &room->free[executor];
    return free_room->up ? rep_fit(&room->plan->profiles[profile], free_room->cores,
                                   free_room->memory_mib, free_room->gpu_milli)
                         : 0;
}

/* The one place where free room changes: keeps the totals equal to the sum of what fits. */
static void change(struct rep_room *room, uint32_t executor, struct free_room now)
{
    for (uint32_t p = 0; p < room->plan->profile_count; p++)
        room->total[p] -= fits(room, executor, p);
    room->free[executor] = now;
    for (uint32_t p = 0; p < room->plan->profile_count; p++)
        room->total[p] += fits(room, executor, p);
}

static void add_tasks(struct rep_room *room, uint32_t executor, uint32_t gang, int64_t tasks)
{
    const struct plan_profile *need = &room->plan->profiles[room->plan->stages[gang].profile];
    struct free_room now = room->free[executor];
    now.cores += tasks * need->cores;
    now.memory_mib += tasks * need->memory_mib;
    now.gpu_milli += tasks * need->gpu_milli;
    change(room, executor, now);
}

static void set_up(struct rep_room *room, uint32_t executor, bool up)
{
    const struct plan_executor *e = &room->plan->executors[executor];
    change(room, executor,
           (struct free_room){e->cores, e->memory_mib, (int64_t)e->gpus * 1000, up,
                              room->free[executor].life + 1});
}

static void drop_claim(struct rep_room *room, uint32_t gang, struct claim *claim)
{
    if (claim->held && claim->life == room->free[claim->executor].life)
        add_tasks(room, claim->executor, gang, 1);
    claim->held = 0;
}

static void take_claim(struct rep_room *room, uint32_t gang, struct claim *claim,
                       const struct trace_record *r)
{
    drop_claim(room, gang, claim);
    *claim = (struct claim){r->executor, r->attempt, room->free[r->executor].life, 1};
    add_tasks(room, r->executor, gang, -1);
}

/* A started task holds what was reserved for it; one that was not reserved takes its room now. */
static void start(struct rep_room *room, uint32_t gang, struct claim *claim,
                  const struct trace_record *r)
{
    if (claim->held && claim->attempt == r->attempt && claim->executor == r->executor &&
        claim->life == room->free[r->executor].life)
        claim->held = 0;
    else
        add_tasks(room, r->executor, gang, -1);
}

static void take_range(struct rep_room *room, uint32_t gang, const struct trace_record *r)
{
    uint64_t tasks = room->plan->stages[gang].tasks;
    uint64_t count = r->kind == TRACE_FREE || r->kind == TRACE_START ? 1
                     : r->a > 0                                      ? (uint64_t)r->a
                                                                     : 0;
    for (uint64_t rank = r->rank; count > 0 && rank < tasks; rank++, count--) {
        struct claim *claim = &room->claims[room->first_task[gang] + rank];
        if (r->kind == TRACE_RESERVE)
            take_claim(room, gang, claim, r);
        else if (r->kind == TRACE_START)
            start(room, gang, claim, r);
        else if (claim->held && claim->attempt == r->attempt && claim->executor == r->executor)
            drop_claim(room, gang, claim);
    }
}

void rep_room_take(struct rep_room *room, const struct trace_record *r)
{
    uint32_t gang = rep_gang(room->plan, r->job, r->stage);
    if (r->executor >= room->plan->executor_count)
        return;
    switch (r->kind) {
    case TRACE_UP:
        set_up(room, r->executor, true);
        break;
    case TRACE_DOWN:
        set_up(room, r->executor, false);
        break;
    case TRACE_RESERVE:
    case TRACE_START:
    case TRACE_UNRESERVE:
    case TRACE_RESERVE_NACK:
    case TRACE_FREE: /* of a lease that ended; the claim of a task that ran is gone */
        if (gang != PLAN_NONE)
            take_range(room, gang, r);
        break;
    case TRACE_EXIT: /* the exits of a crash follow it: there is no room to give back to */
        if (gang != PLAN_NONE && room->free[r->executor].up)
            add_tasks(room, r->executor, gang, 1);
        break;
    default:
        return;
    }
    look_for_room(room, r->at_ns);
}

/* ---- memory */

static void lay_heaps(struct rep_room *room)
{
    const struct plan *plan = room->plan;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        room->heap_first[plan->stages[i].profile + 1]++;
    for (uint32_t p = 0; p < plan->profile_count; p++)
        room->heap_first[p + 1] += room->heap_first[p];
    for (uint32_t i = 0; i < plan->stage_count; i++)
        room->first_task[i + 1] = room->first_task[i] + plan->stages[i].tasks;
}

struct rep_room *rep_room_new(const struct plan *plan, struct rep_gang_row *gangs,
                              bool ups_observed, struct rep_err *err)
{
    struct rep_room *room = rep_alloc(1, sizeof *room, err);
    if (room == NULL)
        return NULL;
    room->plan = plan;
    room->gangs = gangs;
    room->free = rep_alloc(plan->executor_count, sizeof *room->free, err);
    room->first_task = rep_alloc((size_t)plan->stage_count + 1, sizeof *room->first_task, err);
    room->total = rep_alloc(plan->profile_count, sizeof *room->total, err);
    room->heap = rep_alloc(plan->stage_count, sizeof *room->heap, err);
    room->heap_first = rep_alloc((size_t)plan->profile_count + 1, sizeof *room->heap_first, err);
    room->heap_count = rep_alloc(plan->profile_count, sizeof *room->heap_count, err);
    if (room->free == NULL || room->first_task == NULL || room->total == NULL ||
        room->heap == NULL || room->heap_first == NULL || room->heap_count == NULL)
        goto failed;
    lay_heaps(room);
    room->claims = rep_alloc(room->first_task[plan->stage_count], sizeof *room->claims, err);
    if (room->claims == NULL)
        goto failed;
    for (uint32_t e = 0; !ups_observed && e < plan->executor_count; e++)
        set_up(room, e, true);
    return room;
failed:
    rep_room_free(room);
    return NULL;
}

void rep_room_free(struct rep_room *room)
{
    if (room == NULL)
        return;
    free(room->free);
    free(room->claims);
    free(room->first_task);
    free(room->total);
    free(room->heap);
    free(room->heap_first);
    free(room->heap_count);
    free(room);
}
