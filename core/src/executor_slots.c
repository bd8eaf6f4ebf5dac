/*
 * executor_slots.c -- an executor's room: reserved as leases, held by tasks, and free again.
 *
 * This room is for: reservations, starting tasks on them, slots and groups that come free, room that changes.
 * It may include:   executor_private.h, "shares.h".
 * Never here:       what a task waits for, and when it is told to end (executor.c).
 *
 * Invariants: free room plus what the groups hold is what there is; a task is in exactly one group's list or the free list; what is
 * due next of all groups is known after each change.
 */
#include "executor_private.h"

#include "shares.h"

/* ---- what is due next of its groups */
static void look_for_due(struct gang_executor *e)
{
    e->due = GANG_NEVER;
    e->due_token = 0;
    e->due_timer = GANG_TIMER_NONE;
    for (uint32_t i = 0; i < e->hold_top; i++) {
        const struct hold *h = &holds_of(e)[i];
        if (h->state == HOLD_FREE || h->due >= e->due)
            continue;
        e->due = h->due;
        e->due_token = h->token;
        e->due_timer = h->state == HOLD_LEASED ? (uint8_t)GANG_TIMER_LEASE : (uint8_t)GANG_TIMER_KILL_GRACE;
    }
}

void gang_executor_set_due(struct gang_executor *e, struct hold *h, gang_ns due)
{
    gang_ns before = h->due;
    h->due = due;
    h->token = e->token;
    if (before == e->due || due < e->due)
        look_for_due(e);
}

/* ---- reservations */
static struct gang_msg *emit_group(const struct gang_executor *e, struct gang_effects *out,
                                   enum gang_fx_kind fx, const struct hold *h)
{
    return emit_ranks(e, out, fx, (uint32_t)(h - holds_of(e)), h->rank, h->count);
}

static void nack(const struct gang_executor *e, const struct gang_msg *ask, enum gang_reason reason,
                 struct gang_effects *out)
{
    struct gang_msg *msg = emit(e, out, GANG_FX_SEND);
    *msg = *ask;
    msg->kind = GANG_MSG_RESERVE_NACK;
    msg->reason = (uint16_t)reason;
    msg->incarnation = e->incarnation;
    msg->epoch = GANG_NONE;
    msg->a = e->free.gpu_mask;
    msg->room.cores = e->free.cores;
    msg->room.memory_mib = e->free.memory_mib;
    msg->room.gpus = gang_bits_in(e->free.gpu_mask);
    msg->room.rack = e->rack;
}

/* Shares are asked for on one address. */
static bool has_shares(const struct gang_executor *e, const struct gang_msg *ask)
{
    const struct gang_room there = {e->free.cores, e->free.memory_mib, e->free.gpu_mask & ask->a};
    return e->has_shares && gang_bits_in(ask->a) == 1 && (ask->a & ~e->total.gpu_mask) == 0 &&
           gang_fit_shares(&there, shares_of(e), ask->a, &ask->need) >= ask->count;
}

static bool has_room(const struct gang_executor *e, const struct gang_msg *ask)
{
    bool has_group = e->hold_free != GANG_NONE || e->hold_top < e->groups_max;
    if (ask->count < 1 || ask->count > e->capacity || !has_group)
        return false;
    if (gang_is_share(&ask->need))
        return has_shares(e, ask);
    return gang_fit(&e->free, &ask->need) >= ask->count && (ask->a & ~e->free.gpu_mask) == 0 &&
           gang_bits_in(ask->a) == ask->count * gang_addresses(&ask->need);
}

static struct hold *open_hold(struct gang_executor *e, const struct gang_msg *ask)
{
    uint32_t h = e->hold_free;
    if (h != GANG_NONE)
        e->hold_free = holds_of(e)[h].first;
    else
        h = e->hold_top++;
    assert(h < e->groups_max);
    struct hold *hold = &holds_of(e)[h];
    *hold = (struct hold){
        .due = GANG_NEVER,
        .job = ask->job,
        .stage = ask->stage,
        .attempt = ask->attempt,
        .ref = ask->ref,
        .rank = ask->rank,
        .count = ask->count,
        .first = GANG_NONE,
        .checkpoint = ask->epoch,
        .need = ask->need,
        .state = HOLD_LEASED,
    };
    return hold;
}

static void take_room(struct gang_executor *e, const struct gang_msg *ask)
{
    e->free.cores -= ask->need.cores * ask->count;
    e->free.memory_mib -= ask->need.memory_mib * ask->count;
    if (gang_is_share(&ask->need))
        gang_share_take(&e->free, shares_of(e), ask->a, &ask->need, ask->count);
    else
        e->free.gpu_mask &= ~ask->a;
}

/* Takes the room and a slot for each task; the caller has seen that it is there. */
static struct hold *take_slots(struct gang_executor *e, const struct gang_msg *ask)
{
    struct hold *hold = open_hold(e, ask);
    uint64_t gpus = ask->a;
    uint32_t *link = &hold->first, previous = GANG_NONE;
    take_room(e, ask);
    for (uint32_t i = 0; i < ask->count; i++) {
        uint32_t task = e->slot_free;
        assert(task != GANG_NONE); /* as many slots as tasks could ever fit */
        struct slot *slot = &slots_of(e)[task];
        uint64_t own = gang_lowest_bits(gpus, gang_addresses(&ask->need));
        if (!gang_is_share(&ask->need))
            gpus &= ~own;
        e->slot_free = slot->next;
        *slot = (struct slot){.gpu_mask = own,
                              .group = (uint32_t)(hold - holds_of(e)),
                              .rank = ask->rank + i,
                              .next = GANG_NONE,
                              .previous = previous,
                              .state = TASK_HELD};
        *link = previous = task;
        link = &slot->next;
    }
    return hold;
}

void gang_executor_reserve(struct gang_executor *e, const struct gang_msg *ask, struct gang_effects *out)
{
    if (e->silent || !has_room(e, ask)) {
        nack(e, ask, e->silent ? GANG_REASON_DRIVER_SILENT : GANG_REASON_NO_ROOM, out);
        return;
    }
    struct hold *hold = take_slots(e, ask);
    gang_executor_set_due(e, hold, ask->op ? GANG_NEVER : after(e, e->lease_ns));
    emit_group(e, out, GANG_FX_SEND, hold)->kind = GANG_MSG_RESERVE_ACK;
    out->list[out->count - 1].msg.a = ask->a;
}

static void close_hold(struct gang_executor *e, struct hold *hold)
{
    assert(hold->first == GANG_NONE);
    gang_executor_set_due(e, hold, GANG_NEVER);
    *hold = (struct hold){.first = e->hold_free};
    e->hold_free = (uint32_t)(hold - holds_of(e));
}

/* A task is gone: its room and its slot are free, and the group with its last. */
void gang_executor_free(struct gang_executor *e, uint32_t task)
{
    struct slot *slot = &slots_of(e)[task];
    struct hold *hold = &holds_of(e)[slot->group];
    e->free.cores += hold->need.cores;
    e->free.memory_mib += hold->need.memory_mib;
    if (gang_is_share(&hold->need))
        gang_share_give(&e->free, shares_of(e), slot->gpu_mask, &hold->need, 1);
    else
        e->free.gpu_mask |= slot->gpu_mask;
    e->free.gpu_mask &= e->total.gpu_mask; /* a dead address comes back to nobody */
    assert(e->free.cores <= e->total.cores);
    assert(e->free.memory_mib <= e->total.memory_mib);
    *(slot->previous == GANG_NONE ? &hold->first : &slots_of(e)[slot->previous].next) = slot->next;
    if (slot->next != GANG_NONE)
        slots_of(e)[slot->next].previous = slot->previous;
    *slot = (struct slot){.next = e->slot_free};
    e->slot_free = task;
    if (e->polls)
        gang_look_forget(e, task);
    if (hold->first == GANG_NONE)
        close_hold(e, hold);
}

static void drop_hold(struct gang_executor *e, struct hold *hold)
{
    assert(hold->state == HOLD_LEASED);
    while (hold->state != HOLD_FREE)
        gang_executor_free(e, hold->first);
}

/* A reservation may be given back before its acknowledgement, and so its handle, is known to the
 * driver. */
void gang_executor_unreserve(struct gang_executor *e, const struct gang_msg *msg)
{
    for (uint32_t i = 0; i < e->hold_top; i++)
        if (holds_of(e)[i].state == HOLD_LEASED && is_identity(&holds_of(e)[i], msg)) {
            drop_hold(e, &holds_of(e)[i]);
            return;
        }
    GANG_MARK(UNRESERVE_UNKNOWN); /* its lease had ended, or it was refused */
}

/* ---- tasks that start, and those that never do */
static void never_started(const struct gang_executor *e, const struct gang_msg *identity,
                          enum gang_reason reason, struct gang_effects *out)
{
    for (uint32_t i = 0; i < identity->count && out->count < out->capacity; i++) {
        struct gang_msg *msg = emit(e, out, GANG_FX_SEND);
        *msg = *identity;
        msg->kind = GANG_MSG_FREE;
        msg->op = reason == GANG_REASON_NO_ROOM ? GANG_EXIT_FAILED : GANG_EXIT_KILLED;
        msg->reason = (uint16_t)reason;
        msg->incarnation = e->incarnation;
        msg->epoch = GANG_NONE;
        msg->rank = identity->rank + i;
        msg->count = 1;
        msg->a = 0;
        msg->blob = (struct gang_blob){0};
    }
}

static void start(struct gang_executor *e, struct hold *hold, const struct gang_blob *roster,
                  struct gang_effects *out)
{
    hold->state = HOLD_GONE;
    gang_executor_set_due(e, hold, GANG_NEVER);
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
        slots_of(e)[task].state = TASK_RUNNING;
        struct gang_msg *start = emit_task(e, out, GANG_FX_START, task);
        start->a = slots_of(e)[task].gpu_mask;
        start->epoch = hold->checkpoint;
        start->blob = *roster;
    }
}

/* B-39: nobody asked before, so there may be no room. Then these ranks fail, and their gang with them. */
void gang_executor_go_at_once(struct gang_executor *e, const struct gang_msg *msg,
                              struct gang_effects *out)
{
    const struct gang_blob size_alone = {.bytes = GANG_ROSTER_BYTES * msg->at_once.size};
    if (e->silent)
        never_started(e, msg, GANG_REASON_DRIVER_SILENT, out);
    else if (has_room(e, msg))
        start(e, take_slots(e, msg), &size_alone, out);
    else
        never_started(e, msg, GANG_REASON_NO_ROOM, out);
}

void gang_executor_go(struct gang_executor *e, const struct gang_msg *msg, struct gang_effects *out)
{
    struct hold *hold = hold_of(e, msg);
    if (hold == NULL || hold->state != HOLD_LEASED) {
        GANG_MARK(GO_LATE);
        never_started(e, msg, GANG_REASON_GO_LATE, out);
        return;
    }
    start(e, hold, &msg->blob, out);
}

void gang_executor_end_lease(struct gang_executor *e, struct hold *hold, enum gang_reason reason,
                             struct gang_effects *out)
{
    const struct gang_msg identity = {
        .executor = e->id,
        .job = hold->job,
        .stage = hold->stage,
        .attempt = hold->attempt,
        .rank = hold->rank,
        .count = hold->count,
        .ref = hold->ref,
        .group = (uint32_t)(hold - holds_of(e)),
    };
    drop_hold(e, hold);
    never_started(e, &identity, reason, out);
}

/* ---- its room changes */
/* Cores and memory can go only if nobody holds them; a GPU dies whoever holds it. */
enum gang_status gang_executor_check_room(const struct gang_executor *e, const struct gang_msg *msg,
                                          struct gang_err *err)
{
    uint32_t cores = e->total.cores - e->free.cores, memory = e->total.memory_mib - e->free.memory_mib;
    if (msg->room.cores < cores)
        return gang_fail(err, GANG_E_STATE, "room for %u cores, but %u are held", msg->room.cores, cores);
    if (msg->room.memory_mib < memory)
        return gang_fail(err, GANG_E_STATE, "room for %u MiB, but %u are held", msg->room.memory_mib,
                         memory);
    return GANG_OK;
}

static uint64_t addresses_of(const struct gang_executor *e, const struct hold *hold)
{
    uint64_t mask = 0;
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next)
        mask |= slots_of(e)[task].gpu_mask;
    return mask;
}

/* A process that still runs on what is gone has nothing to end in peace for. */
static void force_off(struct gang_executor *e, const struct hold *hold, uint64_t dead,
                      struct gang_effects *out)
{
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next)
        if (slots_of(e)[task].gpu_mask & dead) {
            emit_task(e, out, GANG_FX_SIGNAL, task)->op = 1;
            slots_of(e)[task].state = TASK_ENDING;
        }
}

/* The driver hears first what there is, then what became of the leases on what is no longer there. */
void gang_executor_change_room(struct gang_executor *e, const struct gang_msg *room,
                               struct gang_effects *out)
{
    uint64_t dead = e->total.gpu_mask & ~room->a, held = 0;
    for (uint32_t i = 0; i < e->hold_top; i++)
        if (holds_of(e)[i].state != HOLD_FREE)
            held |= addresses_of(e, &holds_of(e)[i]);
    e->free.cores += room->room.cores - e->total.cores; /* modulo 2^32, and not below 0: checked */
    e->free.memory_mib += room->room.memory_mib - e->total.memory_mib;
    e->free.gpu_mask = room->a & ~held;
    e->total = (struct gang_room){room->room.cores, room->room.memory_mib, room->a};
    struct gang_msg *msg = emit(e, out, GANG_FX_SEND);
    msg->kind = GANG_MSG_ROOM;
    msg->rank = GANG_NONE;
    msg->epoch = GANG_NONE;
    msg->a = room->a;
    msg->room = room->room;
    for (uint32_t i = 0; i < e->hold_top && dead != 0; i++) {
        struct hold *hold = &holds_of(e)[i];
        if (hold->state == HOLD_FREE || (addresses_of(e, hold) & dead) == 0)
            continue;
        GANG_MARK(GPU_LOST);
        if (hold->state == HOLD_LEASED)
            gang_executor_end_lease(e, hold, GANG_REASON_GPU_LOST, out);
        else
            force_off(e, hold, dead, out);
    }
}
