/*
 * executor_audit.c -- an executor looked at as a whole: whether its books agree, and a name for its state.
 *
 * This room is for: gang_executor_audit() and gang_executor_fingerprint().
 * It may include:   executor_private.h, "hash.h", "shares.h".
 * Never here:       anything that changes an executor.
 *
 * Invariants: a fingerprint has all that decides what an executor will do, and no more; times in it are seen from now.
 */
#include "executor_private.h"

#include "hash.h"
#include "shares.h"

/* ---- its books */
static void audit_waiting(const struct gang_executor *e, uint32_t task)
{
    const struct slot *slot = &slots_of(e)[task];
    bool ending = slot->state == TASK_ENDING;
    assert(slot->waiting == 0 || (slot->waiting & WAIT_CALLS));
    assert(slot->waiting == 0 || ending || slot->state == TASK_RUNNING);
    assert(!(slot->waiting & WAIT_ANSWERED) || e->polls);
    assert(!(slot->waiting & WAIT_TOLD_LATER) || (ending && (e->polls || e->kill_waits)));
    if (!e->polls)
        return;
    bool looks = looks_of(e)[task].due != GANG_NEVER;
    assert(looks || !(slot->waiting & WAIT_ANSWERED));
    assert(!looks || (slot->waiting & WAIT_ANSWERED) || (slot->waiting && ending));
}

/* What the groups hold, as their tasks add it up. */
struct books {
    struct gang_room held;
    uint16_t part[GANG_GPUS_MAX]; /* thousandths used of each GPU */
    uint64_t in_part;             /* addresses used so */
    uint32_t used;                /* slots */
};

static void add_task(const struct gang_executor *e, const struct hold *hold, uint32_t task, struct books *b)
{
    const struct slot *slot = &slots_of(e)[task];
    assert((slot->state == TASK_HELD) == (hold->state == HOLD_LEASED));
    audit_waiting(e, task);
    assert(!slot->silenced || slot->state == TASK_ENDING);
    assert(!e->silent || slot->silenced); /* whoever runs has a driver */
    b->held.cores += hold->need.cores;
    b->held.memory_mib += hold->need.memory_mib;
    b->used++;
    if (gang_is_share(&hold->need)) {
        assert(gang_bits_in(slot->gpu_mask) == 1);
        b->part[gang_bits_in(slot->gpu_mask - 1)] += (uint16_t)hold->need.gpu_milli;
        b->in_part |= slot->gpu_mask;
        return;
    }
    assert((b->held.gpu_mask & slot->gpu_mask) == 0); /* a GPU address has one holder */
    b->held.gpu_mask |= slot->gpu_mask;
}

static void add_group(const struct gang_executor *e, uint32_t group, struct books *b)
{
    const struct hold *hold = &holds_of(e)[group];
    uint32_t previous = GANG_NONE;
    assert(hold->first != GANG_NONE);
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
        const struct slot *slot = &slots_of(e)[task];
        assert(slot->group == group);
        assert(slot->previous == previous);
        assert(slot->rank - hold->rank < hold->count);
        assert(previous == GANG_NONE || slot->rank > slots_of(e)[previous].rank);
        add_task(e, hold, task, b);
        previous = task;
    }
}

static void audit_room(const struct gang_executor *e, const struct books *b)
{
    assert(e->free.cores + b->held.cores == e->total.cores);
    assert(e->free.memory_mib + b->held.memory_mib == e->total.memory_mib);
    for (uint32_t a = 0; e->has_shares && a < GANG_GPUS_MAX; a++) {
        assert(b->part[a] <= GANG_ADDRESS_MILLI); /* or several, who use no more than it in sum */
        assert(b->part[a] == shares_of(e)[a]);
    }
    assert((b->in_part & (e->free.gpu_mask | b->held.gpu_mask)) == 0);
    assert((e->free.gpu_mask ^ (b->held.gpu_mask & e->total.gpu_mask)) == (e->total.gpu_mask & ~b->in_part));
}

static gang_ns first_look(const struct gang_executor *e)
{
    gang_ns first = GANG_NEVER;
    for (uint32_t task = 0; e->polls && task < e->capacity; task++)
        first = looks_of(e)[task].due < first ? looks_of(e)[task].due : first;
    return first;
}

static gang_ns first_call_end(const struct gang_executor *e)
{
    gang_ns first = GANG_NEVER;
    for (uint32_t task = 0; e->polls && task < e->capacity; task++)
        first = gang_look_call_end(e, task) < first ? gang_look_call_end(e, task) : first;
    return first;
}

void gang_executor_audit(const struct gang_executor *e)
{
    struct books b = {0};
    uint32_t idle = 0;
    gang_ns due = GANG_NEVER;
    for (uint32_t i = 0; i < e->hold_top; i++)
        if (holds_of(e)[i].state != HOLD_FREE) {
            add_group(e, i, &b);
            due = holds_of(e)[i].due < due ? holds_of(e)[i].due : due;
        }
    assert(due == e->due);
    assert(first_look(e) == e->look_due);
    assert(first_call_end(e) == e->call_due);
    audit_room(e, &b);
    for (uint32_t task = e->slot_free; task != GANG_NONE; task = slots_of(e)[task].next)
        idle++;
    assert(b.used + idle == e->capacity);
}

/* ---- a name for its state */
static uint64_t hash_look(const struct gang_executor *e, uint64_t h, uint32_t task)
{
    const struct look *found = &looks_of(e)[task];
    const struct slot *slot = &slots_of(e)[task];
    if (e->shares_replies)
        h = gang_hash(h, found->payload);
    if (slot->waiting)
        h = gang_hash(h, (uint64_t)((e->now - found->called_at) % LOOK_EVERY_NS) << 1 |
                             (found->called_at == e->now));
    if ((slot->waiting & WAIT_ANSWERED) == 0)
        return gang_look_call_end(e, task) == GANG_NEVER ? h : gang_hash(h, (uint64_t)(gang_look_call_end(e, task) - e->now));
    h = gang_hash(h, (uint64_t)found->reason << 32 | found->blob.bytes);
    return gang_hash(gang_hash(h, found->blob.digest), found->blob.id);
}

uint64_t gang_executor_fingerprint(const struct gang_executor *e)
{
    /* When its next heartbeat is due is not in it: a caller with a healthy link says nothing of heartbeats, and then those
     * times mean nothing. One that sends them adds gang_executor_beat(). */
    uint64_t h = gang_hash((uint64_t)e->silent << 32 | e->id, e->incarnation);
    h = gang_hash(h, (uint64_t)e->total.cores << 32 | e->total.memory_mib);
    h = gang_hash(h, e->total.gpu_mask);
    for (uint32_t task = e->slot_free; task != GANG_NONE; task = slots_of(e)[task].next)
        h = gang_hash(h, task);
    for (uint32_t i = e->hold_free; i != GANG_NONE; i = holds_of(e)[i].first)
        h = gang_hash(h, i);
    for (uint32_t i = 0; i < e->hold_top; i++) {
        const struct hold *hold = &holds_of(e)[i];
        if (hold->state == HOLD_FREE)
            continue;
        h = gang_hash(h, i);
        h = gang_hash(h, (uint64_t)hold->job << 32 | hold->rank);
        h = gang_hash(h, (uint64_t)hold->stage << 32 | hold->attempt);
        h = gang_hash(h, (uint64_t)hold->ref << 32 | hold->count);
        h = gang_hash(h, (uint64_t)hold->checkpoint << 8 | hold->state);
        h = gang_hash(h, hold->due == GANG_NEVER ? UINT64_MAX : (uint64_t)(hold->due - e->now));
        for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
            const struct slot *slot = &slots_of(e)[task];
            h = gang_hash(h, (uint64_t)task << 32 | (uint64_t)slot->state << 8 |
                                 (uint64_t)slot->silenced << 1 | slot->waiting);
            h = gang_hash(h, slot->waiting ? slot->epoch : GANG_NONE);
            h = gang_hash(h, slot->gpu_mask);
            if (e->polls)
                h = hash_look(e, h, task);
        }
    }
    return h;
}
