/*
 * executor.c -- one machine's slots: held as leases, started together, ended when told.
 *
 * This room is for: reservations, starting and ending tasks, handing replies to its ranks, telling
 *                   the driver.
 * It may include:   <assert.h> <string.h>, and this room's headers.
 * Never here:       decisions. An executor does what it is told, or says why it cannot.
 *
 * Invariants: free room plus what the groups hold is what there is; a task is in exactly one
 * group's list or the free list; a lease ends by itself, so that a driver that has gone away costs
 * no slot for longer than that (G-16). While its driver counts as silent nothing is held and nothing
 * runs that has not been forced to end.
 */
#include "bits.h"
#include "err.h"
#include "gather.h"
#include "hash.h"
#include "lease.h"
#include "marks.h"
#include "put.h"
#include "rare.h"
#include "shares.h"

#include <assert.h>
#include <string.h>

enum task_state { TASK_FREE = 0, TASK_HELD = 1, TASK_RUNNING = 2, TASK_ENDING = 3 };
struct slot {
    uint64_t gpu_mask;
    uint32_t group, rank;
    uint32_t next, previous; /* in its group's list, by rank; next also in the free list */
    uint32_t epoch;          /* of the call it waits in */
    uint8_t state, waiting;   /* waiting: enum waiting, or 0 */
    uint8_t silenced, unused; /* silenced: forced to end because the driver was silent */
};
_Static_assert(sizeof(struct slot) == 32, "two slots a cache line");

/* CALLS: a sync call is out. ANSWERED: its reply is there, and not looked at. TOLD_LATER: it was asked to end, and will be
 * signalled when its call returns. */
enum waiting { WAIT_CALLS = 1, WAIT_ANSWERED = 2, WAIT_TOLD_LATER = 4 };

/* B-85: a task that waits sleeps, and looks for its reply, and whether it is to end, each second. B-86: it waits for a year
 * and no longer, however long its round would. One a slot, and only where the limits ask for it. */
struct look {
    gang_ns called_at, due; /* due: GANG_NEVER while there is nothing to find */
    uint64_t token;         /* of the event that gave it something to find */
    uint64_t called_by;     /* token of its call */
    uint64_t payload;       /* what its task gave to the last round it called in */
    struct gang_blob blob;  /* of the reply that is there */
    uint16_t reason;
    uint8_t unused[6];
};
#define LOOK_EVERY_NS INT64_C(1000000000)
#define WAIT_MOST_NS  (365 * INT64_C(86400) * 1000000000)

enum hold_state { HOLD_FREE = 0, HOLD_LEASED = 1, HOLD_GONE = 2 };
struct hold {
    gang_ns due;    /* end of its lease, or of its tasks' grace; GANG_NEVER: neither */
    uint64_t token; /* of the event that set it */
    uint32_t job, ref, rank, count;
    uint32_t first; /* head of its tasks that have not ended; of a free one, the next free one */
    uint32_t checkpoint;
    struct gang_need need;
    uint16_t stage, attempt;
    uint8_t state, unused[3];
};
_Static_assert(sizeof(struct hold) == 64, "a group is a cache line");

/* The first cache line is what a call of a task and its answer touch, besides its slot and its group. With many executors
 * none of that is in the processor's cache, and lines are all that such an event costs. */
struct gang_executor {
    gang_ns now, due; /* due: the earliest of its groups */
    uint64_t token;   /* of the event at hand */
    gang_ns look_due; /* the earliest of its looks */
    gang_ns call_due; /* when the first of its unanswered calls ends, where tasks look for replies */
    uint32_t id, incarnation;
    uint32_t capacity, hold_top; /* hold_top: no group at or above it was ever used */
    uint8_t due_timer;           /* enum gang_timer of `due` */
    uint8_t polls, kill_waits, shares_replies;
    uint8_t has_shares; /* 1: behind the groups, thousandths used of each GPU */
    uint8_t silent, unused[2];
    /* the rest */
    struct gang_room total, free;
    uint64_t due_token, look_token, call_token; /* of the events that set these */
    gang_ns lease_ns, grace_ns;
    /* its lease on the driver */
    gang_ns heartbeat_ns, driver_lease_ns; /* driver_lease_ns 0: it has none */
    gang_ns leased_at, beat_at; /* when the heartbeat acknowledged last was sent; when the next is due */
    gang_ns silent_at;          /* while `silent`: since when */
    uint32_t slot_free, hold_free;
    uint32_t rack, groups_max;
};
_Static_assert(offsetof(struct gang_executor, total) == 64, "a cache line");
_Static_assert(sizeof(struct gang_executor) % sizeof(struct slot) == 0, "slots are two a cache line");

static struct slot *slots_of(const struct gang_executor *e)
{
    return (struct slot *)((char *)(uintptr_t)e + sizeof *e);
}
static struct hold *holds_of(const struct gang_executor *e)
{
    return (struct hold *)(slots_of(e) + e->capacity);
}
/* Behind the groups, where there are any: looks, then shares. */
static struct look *looks_of(const struct gang_executor *e)
{
    assert(e->polls);
    return (struct look *)(holds_of(e) + e->groups_max);
}
static uint16_t *shares_of(const struct gang_executor *e)
{
    char *behind = (char *)(holds_of(e) + e->groups_max);
    if (e->polls)
        behind += e->capacity * sizeof(struct look);
    return e->has_shares ? (uint16_t *)behind : NULL;
}

/* Groups are few, and a call's is found in its slot only: the first two are asked for. */
void gang_executor_expect(const struct gang_executor *e, uint32_t group, uint32_t task)
{
    uint32_t groups = group < e->hold_top ? group + 1 : e->hold_top < 2 ? e->hold_top : 2;
    uint32_t slots = e->capacity < 16 ? e->capacity : 16; /* a group's may be any */
    for (uint32_t h = group < e->hold_top ? group : 0; h < groups; h++)
        __builtin_prefetch(&holds_of(e)[h]);
    if (task < e->capacity)
        __builtin_prefetch(&slots_of(e)[task], 1);
    for (uint32_t i = 0; task == GANG_NONE && i < slots; i += 2)
        __builtin_prefetch(&slots_of(e)[i], 1);
}

/* Each has a task at least. */
static uint32_t groups_max(const struct gang_limits *limits)
{
    bool fewer = limits->executor_groups > 0 && limits->executor_groups < limits->executor_tasks;
    return fewer ? limits->executor_groups : limits->executor_tasks;
}

size_t gang_executor_size(const struct gang_limits *limits)
{
    size_t bytes = sizeof(struct gang_executor) + limits->executor_tasks * sizeof(struct slot) +
                   groups_max(limits) * sizeof(struct hold);
    if (limits->polls)
        bytes += limits->executor_tasks * sizeof(struct look);
    bytes += limits->gpu_shares ? GANG_GPUS_MAX * sizeof(uint16_t) : 0;
    return (bytes + 63) & ~(size_t)63;
}

/* A kill answers and signals every task; anything else is less. */
static uint32_t effects_max(uint32_t tasks) { return 2 * tasks + 4; }

uint32_t gang_executor_effects_max(const struct gang_limits *limits)
{
    return effects_max(limits->executor_tasks);
}

static void forget_everything(struct gang_executor *e)
{
    e->free = e->total;
    e->due = GANG_NEVER;
    e->due_token = 0;
    e->due_timer = GANG_TIMER_NONE;
    e->look_due = GANG_NEVER;
    e->look_token = 0;
    e->call_due = GANG_NEVER;
    e->call_token = 0;
    e->hold_top = 0;
    e->slot_free = 0;
    e->hold_free = GANG_NONE;
    memset(slots_of(e), 0, e->capacity * sizeof(struct slot));
    memset(holds_of(e), 0, e->groups_max * sizeof(struct hold));
    if (e->has_shares)
        memset(shares_of(e), 0, GANG_GPUS_MAX * sizeof(uint16_t));
    for (uint32_t i = 0; i < e->capacity; i++)
        slots_of(e)[i].next = i + 1 < e->capacity ? i + 1 : GANG_NONE;
    for (uint32_t i = 0; e->polls && i < e->capacity; i++)
        looks_of(e)[i] = (struct look){.due = GANG_NEVER};
}

enum gang_status gang_executor_init(void *memory, const struct gang_limits *limits,
                                    const struct gang_config *config, uint32_t id,
                                    const struct gang_room *room, struct gang_executor **out,
                                    struct gang_err *err)
{
    assert(memory != NULL);
    assert(((uintptr_t)memory & 7) == 0);
    assert(out != NULL);
    if (limits->executor_tasks < 1 || limits->executor_tasks > 1u << 21)
        return gang_fail(err, GANG_E_RANGE, "limit executor_tasks is %u, must be 1..%u",
                         limits->executor_tasks, 1u << 21);
    if (id >= limits->executors)
        return gang_fail(err, GANG_E_RANGE, "executor %u, must be below %u", id, limits->executors);
    bool polls = config->policy.axis[GANG_AXIS_REPLY] != 0;
    if (polls && limits->polls == 0)
        return gang_fail(err, GANG_E_RANGE, "limit polls is 0, must be 1 for reply=poll_1s");
    struct gang_executor *e = memory;
    memset(e, 0, sizeof *e);
    e->polls = polls;
    e->kill_waits = config->policy.axis[GANG_AXIS_KILLED_CALL];
    e->shares_replies = config->policy.axis[GANG_AXIS_GATHERED];
    e->now = INT64_MIN;
    e->total = *room;
    e->lease_ns = config->reserve_lease_ns;
    e->grace_ns = config->kill_grace_ns;
    e->heartbeat_ns = config->heartbeat_ns;
    e->driver_lease_ns = gang_driver_lease(config);
    e->id = id;
    e->rack = config->rack;
    e->incarnation = GANG_NONE;
    e->capacity = limits->executor_tasks;
    e->groups_max = groups_max(limits);
    e->has_shares = limits->gpu_shares != 0;
    forget_everything(e);
    *out = e;
    return GANG_OK;
}

/* ---- effects */
static inline struct gang_msg *emit(const struct gang_executor *e, struct gang_effects *out,
                                    enum gang_fx_kind fx)
{
    struct gang_msg *msg = gang_put(out, fx);
    msg->executor = e->id;
    msg->incarnation = e->incarnation;
    return msg;
}

/* About some ranks of a group; `count` is the local index where only one task is meant. */
static inline struct gang_msg *emit_ranks(const struct gang_executor *e, struct gang_effects *out,
                                          enum gang_fx_kind fx, uint32_t group, uint32_t rank,
                                          uint32_t count)
{
    const struct hold *h = &holds_of(e)[group];
    struct gang_msg *msg = emit(e, out, fx);
    msg->job = h->job;
    msg->stage = h->stage;
    msg->attempt = h->attempt;
    msg->epoch = GANG_NONE;
    msg->rank = rank;
    msg->count = count;
    msg->ref = h->ref;
    msg->group = group;
    return msg;
}

static struct gang_msg *emit_group(const struct gang_executor *e, struct gang_effects *out,
                                   enum gang_fx_kind fx, const struct hold *h)
{
    return emit_ranks(e, out, fx, (uint32_t)(h - holds_of(e)), h->rank, h->count);
}

/* An effect towards one task, or a message about it. */
static inline struct gang_msg *emit_task(const struct gang_executor *e, struct gang_effects *out,
                                         enum gang_fx_kind fx, uint32_t task)
{
    const struct slot *slot = &slots_of(e)[task];
    return emit_ranks(e, out, fx, slot->group, slot->rank, task);
}

/* ---- deadlines */
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

static void set_due(struct gang_executor *e, struct hold *h, gang_ns due)
{
    gang_ns before = h->due;
    h->due = due;
    h->token = e->token;
    if (before == e->due || due < e->due)
        look_for_due(e);
}

static gang_ns after(const struct gang_executor *e, gang_ns by)
{
    return by > GANG_NEVER - e->now ? GANG_NEVER : e->now + by;
}

/* A look comes before the end of a call at the same time: it may find the reply. */
static bool is_call_first(const struct gang_executor *e)
{
    return e->call_due < e->look_due && e->call_due < e->due;
}

gang_ns gang_executor_deadline(const struct gang_executor *e, enum gang_timer *why)
{
    if (is_call_first(e)) {
        *why = GANG_TIMER_CALL;
        return e->call_due;
    }
    if (e->look_due < e->due) {
        *why = GANG_TIMER_POLL;
        return e->look_due;
    }
    *why = (enum gang_timer)e->due_timer;
    return e->due;
}

/* The lease begins when the heartbeat was sent, never when its answer came: so it ends here before the driver, which heard
 * that heartbeat later than it was sent, has waited as long. */
static gang_ns lease_end(const struct gang_executor *e)
{
    if (e->driver_lease_ns == 0 || e->silent || e->driver_lease_ns > GANG_NEVER - e->leased_at)
        return GANG_NEVER;
    return e->leased_at + e->driver_lease_ns;
}

gang_ns gang_executor_beat(const struct gang_executor *e, enum gang_timer *why)
{
    gang_ns end = lease_end(e);
    *why = GANG_TIMER_NONE;
    if (e->incarnation == GANG_NONE)
        return GANG_NEVER;
    *why = end <= e->beat_at ? GANG_TIMER_DRIVER_LEASE : GANG_TIMER_BEAT;
    return end <= e->beat_at ? end : e->beat_at;
}

uint64_t gang_executor_armed_by(const struct gang_executor *e)
{
    if (is_call_first(e))
        return e->call_token;
    return e->look_due < e->due ? e->look_token : e->due_token;
}

static void find_next_look(struct gang_executor *e)
{
    e->look_due = GANG_NEVER;
    e->look_token = 0;
    for (uint32_t task = 0; task < e->capacity; task++)
        if (looks_of(e)[task].due < e->look_due) {
            e->look_due = looks_of(e)[task].due;
            e->look_token = looks_of(e)[task].token;
        }
}

/* When the task gives up its call: GANG_NEVER while it has none, or its reply is there. */
static gang_ns call_end(const struct gang_executor *e, uint32_t task)
{
    bool waits = (slots_of(e)[task].waiting & (WAIT_CALLS | WAIT_ANSWERED)) == WAIT_CALLS;
    gang_ns at = looks_of(e)[task].called_at;
    return !waits || at > GANG_NEVER - WAIT_MOST_NS ? GANG_NEVER : at + WAIT_MOST_NS;
}

static void find_first_call(struct gang_executor *e)
{
    e->call_due = GANG_NEVER;
    e->call_token = 0;
    for (uint32_t task = 0; task < e->capacity; task++)
        if (call_end(e, task) < e->call_due) {
            e->call_due = call_end(e, task);
            e->call_token = looks_of(e)[task].called_by;
        }
}

/* A task no longer waits for an answer, since a call that began then. */
static void call_is_over(struct gang_executor *e, gang_ns called_at)
{
    if (e->call_due != GANG_NEVER && e->call_due - WAIT_MOST_NS == called_at)
        find_first_call(e);
}

/* There is something to find for a task, so it matters when it looks. What it will find first decides why. */
static void will_look(struct gang_executor *e, uint32_t task, gang_ns due)
{
    struct look *look = &looks_of(e)[task];
    if (look->due <= due)
        return;
    look->due = due;
    look->token = e->token;
    if (due < e->look_due) {
        e->look_due = due;
        e->look_token = e->token;
    }
}

static void need_not_look(struct gang_executor *e, uint32_t task)
{
    if (!e->polls || looks_of(e)[task].due == GANG_NEVER)
        return;
    bool first = looks_of(e)[task].due == e->look_due;
    looks_of(e)[task].due = GANG_NEVER;
    if (first)
        find_next_look(e);
}

/* ---- reservations */
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

static void reserve(struct gang_executor *e, const struct gang_msg *ask, struct gang_effects *out)
{
    if (e->silent || !has_room(e, ask)) {
        nack(e, ask, e->silent ? GANG_REASON_DRIVER_SILENT : GANG_REASON_NO_ROOM, out);
        return;
    }
    struct hold *hold = take_slots(e, ask);
    set_due(e, hold, ask->op ? GANG_NEVER : after(e, e->lease_ns));
    emit_group(e, out, GANG_FX_SEND, hold)->kind = GANG_MSG_RESERVE_ACK;
    out->list[out->count - 1].msg.a = ask->a;
}

static void close_hold(struct gang_executor *e, struct hold *hold)
{
    assert(hold->first == GANG_NONE);
    set_due(e, hold, GANG_NEVER);
    *hold = (struct hold){.first = e->hold_free};
    e->hold_free = (uint32_t)(hold - holds_of(e));
}

/* A task is gone: its room and its slot are free, and the group with its last. */
static void free_slot(struct gang_executor *e, uint32_t task)
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
    need_not_look(e, task);
    gang_ns called_at = e->polls ? looks_of(e)[task].called_at : 0;
    if (e->polls)
        looks_of(e)[task] = (struct look){.due = GANG_NEVER};
    *slot = (struct slot){.next = e->slot_free};
    e->slot_free = task;
    if (e->polls)
        call_is_over(e, called_at);
    if (hold->first == GANG_NONE)
        close_hold(e, hold);
}

static void drop_hold(struct gang_executor *e, struct hold *hold)
{
    assert(hold->state == HOLD_LEASED);
    while (hold->state != HOLD_FREE)
        free_slot(e, hold->first);
}

static bool is_identity(const struct hold *h, const struct gang_msg *msg)
{
    return h->state != HOLD_FREE && h->job == msg->job && h->stage == msg->stage &&
           h->attempt == msg->attempt && h->ref == msg->ref;
}

/* The group that a message names, or NULL if it is over. A driver that was never told the handle, because it asked for
 * nothing before it sent the tasks off, names it by identity alone. */
static struct hold *hold_of(struct gang_executor *e, const struct gang_msg *msg)
{
    for (uint32_t i = 0; msg->group == GANG_NONE && i < e->hold_top; i++)
        if (is_identity(&holds_of(e)[i], msg))
            return &holds_of(e)[i];
    if (msg->group >= e->hold_top || !is_identity(&holds_of(e)[msg->group], msg))
        return NULL;
    return &holds_of(e)[msg->group];
}

/* A reservation may be given back before its acknowledgement, and so its handle, is known to the
 * driver. */
static void unreserve(struct gang_executor *e, const struct gang_msg *msg)
{
    for (uint32_t i = 0; i < e->hold_top; i++)
        if (holds_of(e)[i].state == HOLD_LEASED && is_identity(&holds_of(e)[i], msg)) {
            drop_hold(e, &holds_of(e)[i]);
            return;
        }
    GANG_MARK(UNRESERVE_UNKNOWN); /* its lease had ended, or it was refused */
}

/* ---- tasks */
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
    set_due(e, hold, GANG_NEVER);
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
        slots_of(e)[task].state = TASK_RUNNING;
        struct gang_msg *start = emit_task(e, out, GANG_FX_START, task);
        start->a = slots_of(e)[task].gpu_mask;
        start->epoch = hold->checkpoint;
        start->blob = *roster;
    }
}

/* B-39: nobody asked before, so there may be no room. Then these ranks fail, and their gang with them. */
static void go_at_once(struct gang_executor *e, const struct gang_msg *msg,
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

static void go(struct gang_executor *e, const struct gang_msg *msg, struct gang_effects *out)
{
    struct hold *hold = hold_of(e, msg);
    if (hold == NULL || hold->state != HOLD_LEASED) {
        GANG_MARK(GO_LATE);
        never_started(e, msg, GANG_REASON_GO_LATE, out);
        return;
    }
    start(e, hold, &msg->blob, out);
}

/* What a reply means besides, where tasks look for theirs, or one was to be asked to end when its call had returned. */
GANG_APART static void after_answer(struct gang_executor *e, uint32_t task, bool told_later,
                                    struct gang_effects *out)
{
    need_not_look(e, task);
    if (e->polls)
        call_is_over(e, looks_of(e)[task].called_at);
    if (told_later)
        emit_task(e, out, GANG_FX_SIGNAL, task)->op = 0;
}

static inline void answer_now(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                              const struct gang_blob *blob, struct gang_effects *out)
{
    struct slot *slot = &slots_of(e)[task];
    const struct gang_blob said = blob != NULL ? *blob : (struct gang_blob){0};
    uint32_t epoch = slot->epoch;
    struct gang_msg *msg = emit_task(e, out, GANG_FX_REPLY, task);
    msg->epoch = epoch;
    msg->reason = (uint16_t)reason;
    msg->blob = said;
    bool told_later = (slot->waiting & WAIT_TOLD_LATER) != 0;
    slot->waiting = 0;
    if (gang_rarely(e->polls || told_later))
        after_answer(e, task, told_later, out);
}

GANG_APART static void answer(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                              const struct gang_blob *blob, struct gang_effects *out)
{
    answer_now(e, task, reason, blob, out);
}

/* A reply that is there comes before a kill that has not been seen, as in B-160. */
static void look(struct gang_executor *e, uint32_t task, struct gang_effects *out)
{
    const struct look *found = &looks_of(e)[task];
    GANG_MARK(REPLY_LOOKED_FOR);
    if (slots_of(e)[task].waiting & WAIT_ANSWERED)
        answer(e, task, (enum gang_reason)found->reason, &found->blob, out);
    else
        answer(e, task, GANG_REASON_GANG_FAILED, NULL, out);
}

/* It looks at the instant of its call and each second from there on. */
static gang_ns next_look(const struct gang_executor *e, uint32_t task)
{
    gang_ns into = (e->now - looks_of(e)[task].called_at) % LOOK_EVERY_NS;
    return into == 0 ? e->now : after(e, LOOK_EVERY_NS - into);
}

/* The reply to a call has come, and its task may be asleep. */
GANG_APART static void leave_reply(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                                   const struct gang_blob *blob, struct gang_effects *out)
{
    if (next_look(e, task) == e->now) {
        answer(e, task, reason, blob, out);
        return;
    }
    struct look *found = &looks_of(e)[task];
    found->reason = (uint16_t)reason;
    found->blob = blob != NULL ? *blob : (struct gang_blob){0};
    slots_of(e)[task].waiting |= WAIT_ANSWERED;
    call_is_over(e, looks_of(e)[task].called_at);
    will_look(e, task, next_look(e, task));
}

/* The reply to a call has come. */
static inline void hand_over(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                             const struct gang_blob *blob, struct gang_effects *out)
{
    if (gang_rarely(e->polls))
        leave_reply(e, task, reason, blob, out);
    else
        answer_now(e, task, reason, blob, out);
}

/* A task that waits is to end. That ends its call: at once, or when it looks next and finds nothing else (B-160). Before
 * SPARK-28483 the call went on, and its task with it. */
GANG_APART static void end_call(struct gang_executor *e, uint32_t task, struct gang_effects *out)
{
    if (e->kill_waits)
        return;
    if (!e->polls) {
        answer(e, task, GANG_REASON_GANG_FAILED, NULL, out);
        return;
    }
    bool asleep = looks_of(e)[task].called_at == e->now; /* it has just looked */
    gang_ns due = asleep ? after(e, LOOK_EVERY_NS) : next_look(e, task);
    if (due > e->now) {
        will_look(e, task, due);
        return;
    }
    look(e, task, out);
}

static bool covers(const struct gang_msg *msg, uint32_t rank)
{
    return rank >= msg->rank && rank - msg->rank < msg->count;
}

/* Every rank of the range that waits in this epoch gets its one answer. */
static void answer_range(struct gang_executor *e, const struct gang_msg *msg,
                         enum gang_reason reason, struct gang_effects *out)
{
    const struct hold *hold = hold_of(e, msg);
    if (hold == NULL)
        return; /* its tasks are gone, and were answered when they went */
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
        const struct slot *slot = &slots_of(e)[task];
        if ((slot->waiting & (WAIT_CALLS | WAIT_ANSWERED)) == WAIT_CALLS &&
            slot->epoch == msg->epoch && covers(msg, slot->rank))
            hand_over(e, task, reason, reason == GANG_REASON_OK ? &msg->blob : NULL, out);
    }
}

/* Ends a range: whoever waits is answered first (G-08), then asked to end; after the grace, forced
 * (G-12). */
static void kill(struct gang_executor *e, const struct gang_msg *msg, struct gang_effects *out)
{
    struct hold *hold = hold_of(e, msg);
    if (hold == NULL || hold->state != HOLD_GONE)
        return;
    bool any = false;
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
        struct slot *slot = &slots_of(e)[task];
        if (slot->state != TASK_RUNNING || !covers(msg, slot->rank))
            continue;
        slot->state = TASK_ENDING;
        any = true;
        if (slot->waiting) {
            slot->waiting |= WAIT_TOLD_LATER;
            end_call(e, task, out);
        } else {
            emit_task(e, out, GANG_FX_SIGNAL, task)->op = 0;
        }
    }
    if (any && msg->op == 1)
        set_due(e, hold, after(e, e->grace_ns));
}

static void force(struct gang_executor *e, struct hold *hold, struct gang_effects *out)
{
    set_due(e, hold, GANG_NEVER);
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next)
        if (slots_of(e)[task].state == TASK_ENDING) {
            GANG_MARK(KILL_FORCED);
            slots_of(e)[task].waiting &= (uint8_t)~WAIT_TOLD_LATER;
            emit_task(e, out, GANG_FX_SIGNAL, task)->op = 1;
        }
}

static void end_lease(struct gang_executor *e, struct hold *hold, enum gang_reason reason,
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

/* Whoever is due looks, in the order of the slots. */
static void look_all(struct gang_executor *e, struct gang_effects *out)
{
    for (uint32_t task = 0; task < e->capacity; task++) {
        if (looks_of(e)[task].due > e->now)
            continue;
        looks_of(e)[task].due = GANG_NEVER;
        look(e, task, out);
    }
    find_next_look(e);
}

/* B-86: whoever has waited for a year goes, and tells nobody but its task: the driver goes on counting it. */
static void end_old_calls(struct gang_executor *e, struct gang_effects *out)
{
    for (uint32_t task = 0; task < e->capacity; task++)
        if (call_end(e, task) <= e->now) {
            GANG_MARK(CALL_ENDED);
            answer(e, task, GANG_REASON_CALL_TIMEOUT, NULL, out);
        }
}

/* ---- the lease on the driver */
static void heartbeat(struct gang_executor *e, struct gang_effects *out)
{
    struct gang_msg *msg = emit(e, out, GANG_FX_SEND);
    msg->kind = GANG_MSG_HEARTBEAT;
    msg->op = e->silent;
    msg->rank = GANG_NONE;
    msg->epoch = GANG_NONE;
    msg->a = (uint64_t)e->now;
    e->beat_at = after(e, e->heartbeat_ns);
}

/* Every call is answered before its task ends (G-08), and every task is forced: to ask would take time that the driver does
 * not know of. */
static void silence_hold(struct gang_executor *e, struct hold *hold, struct gang_effects *out)
{
    set_due(e, hold, GANG_NEVER);
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
        struct slot *slot = &slots_of(e)[task];
        slot->waiting &= (uint8_t)~WAIT_TOLD_LATER; /* it is told now */
        if (slot->waiting)
            answer(e, task, GANG_REASON_DRIVER_SILENT, NULL, out);
        emit_task(e, out, GANG_FX_SIGNAL, task)->op = 1;
        slot->state = TASK_ENDING;
        slot->silenced = 1;
    }
}

/* The driver is told first, so that it does not ask again for what comes free. */
static void end_driver_lease(struct gang_executor *e, struct gang_effects *out)
{
    GANG_MARK(DRIVER_LEASE_ENDED);
    e->silent = 1;
    e->silent_at = e->now;
    heartbeat(e, out);
    for (uint32_t i = 0; i < e->hold_top; i++) {
        struct hold *hold = &holds_of(e)[i];
        if (hold->state == HOLD_LEASED)
            end_lease(e, hold, GANG_REASON_LEASE_ENDED, out);
        else if (hold->state == HOLD_GONE)
            silence_hold(e, hold, out);
    }
}

/* An answer to a heartbeat from before the silence does not end it: the driver may have given this executor up since. */
static void acknowledged(struct gang_executor *e, gang_ns sent_at, struct gang_effects *out)
{
    if (sent_at <= e->leased_at || sent_at > e->now)
        return;
    if (e->silent && (sent_at < e->silent_at || e->driver_lease_ns <= e->now - sent_at))
        return;
    e->leased_at = sent_at;
    if (e->silent) {
        e->silent = 0;
        heartbeat(e, out); /* the driver may offer it again */
    }
}

static void heard(struct gang_executor *e)
{
    e->silent = 0;
    e->leased_at = e->now;
    e->beat_at = after(e, e->heartbeat_ns);
}

static void beat(struct gang_executor *e, struct gang_effects *out)
{
    bool first = e->beat_at < lease_end(e); /* in the order of their times, as gang_executor_beat() says */
    if (first && e->beat_at <= e->now)
        heartbeat(e, out);
    else if (!first && lease_end(e) <= e->now)
        end_driver_lease(e, out);
}

/* ---- timers */
static void fire(struct gang_executor *e, struct gang_effects *out)
{
    if (is_call_first(e) && e->call_due <= e->now) {
        end_old_calls(e, out);
        return;
    }
    if (e->look_due < e->due && e->look_due <= e->now) {
        look_all(e, out);
        return;
    }
    if (e->due > e->now) {
        beat(e, out);
        return;
    }
    for (uint32_t i = 0; i < e->hold_top; i++) {
        struct hold *hold = &holds_of(e)[i];
        if (hold->state == HOLD_FREE || hold->due > e->now)
            continue;
        if (hold->state == HOLD_LEASED) {
            GANG_MARK(LEASE_ENDED);
            end_lease(e, hold, GANG_REASON_LEASE_ENDED, out);
        } else {
            force(e, hold, out);
        }
        return; /* one timer an event; the next is due at once, if there is one */
    }
}

/* ---- its room changes */
/* Cores and memory can go only if nobody holds them; a GPU dies whoever holds it. */
static enum gang_status check_room(const struct gang_executor *e, const struct gang_msg *msg,
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
static void change_room(struct gang_executor *e, const struct gang_msg *room,
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
            end_lease(e, hold, GANG_REASON_GPU_LOST, out);
        else
            force_off(e, hold, dead, out);
    }
}

/* ---- its tasks speak */
static inline enum gang_status check_task(const struct gang_executor *e, const struct gang_event *ev,
                                          struct gang_err *err)
{
    if (ev->id >= e->capacity)
        return gang_fail(err, GANG_E_UNKNOWN, "local task %u, must be below %u", ev->id,
                         e->capacity);
    uint8_t state = slots_of(e)[ev->id].state;
    if (state != TASK_RUNNING && state != TASK_ENDING)
        return gang_fail(err, GANG_E_UNKNOWN, "local task %u does not run here", ev->id);
    if (ev->kind == GANG_EV_TASK_CALL && ev->msg->kind != GANG_MSG_ARRIVE &&
        ev->msg->kind != GANG_MSG_CHECKPOINT && ev->msg->kind != GANG_MSG_OUTPUT)
        return gang_fail(err, GANG_E_RANGE, "a task cannot send messages of kind %u",
                         ev->msg->kind);
    return GANG_OK;
}

/* SPARK-40932: a reply is the coordinator's own array, and whoever calls again writes into it. Seen where both are in one
 * process: here, by those of this group who have not looked at their reply yet. */
static void write_over(struct gang_executor *e, uint32_t task, const struct gang_msg *call)
{
    const struct slot *slot = &slots_of(e)[task];
    uint64_t change = gang_gather_part(slot->rank, call->blob.digest) -
                      gang_gather_part(slot->rank, looks_of(e)[task].payload);
    for (uint32_t t = holds_of(e)[slot->group].first; t != GANG_NONE; t = slots_of(e)[t].next) {
        struct look *found = &looks_of(e)[t];
        if ((slots_of(e)[t].waiting & WAIT_ANSWERED) == 0 || found->reason != GANG_REASON_OK ||
            slots_of(e)[t].epoch + 1 != call->epoch)
            continue;
        GANG_MARK(REPLY_WRITTEN_OVER);
        found->blob.digest += change;
    }
}

GANG_APART static void begin_to_look(struct gang_executor *e, uint32_t task, const struct gang_msg *call)
{
    need_not_look(e, task);
    if (e->shares_replies)
        write_over(e, task, call);
    struct look *look = &looks_of(e)[task];
    gang_ns before = look->called_at; /* of a call that may never have been answered */
    look->called_at = e->now;
    look->called_by = e->token;
    look->payload = call->blob.digest;
    call_is_over(e, before);
    if (call_end(e, task) < e->call_due) {
        e->call_due = call_end(e, task);
        e->call_token = e->token;
    }
}

/* A call that is made once more, by another thread of its task, shares the one answer. */
static inline bool begin_call(struct gang_executor *e, uint32_t task, const struct gang_msg *call)
{
    struct slot *slot = &slots_of(e)[task];
    if (gang_rarely(slot->waiting) && slot->epoch == call->epoch) {
        GANG_MARK(CALL_REPEATED);
        return false;
    }
    slot->waiting = WAIT_CALLS | (slot->waiting & WAIT_TOLD_LATER);
    slot->epoch = call->epoch;
    if (gang_rarely(e->polls))
        begin_to_look(e, task, call);
    return true;
}

static inline void task_call(struct gang_executor *e, uint32_t task, const struct gang_msg *call,
                             struct gang_effects *out)
{
    bool syncs = call->kind == GANG_MSG_ARRIVE, begins = syncs && begin_call(e, task, call);
    const struct gang_blob blob = call->blob;
    uint64_t a = e->polls && syncs ? 0 : call->a; /* B-86: a call cannot say how long it waits */
    uint32_t epoch = syncs ? call->epoch : GANG_NONE, count = call->count;
    uint8_t kind = call->kind, op = call->op;
    struct gang_msg *msg = emit_task(e, out, GANG_FX_SEND, task);
    msg->kind = kind;
    msg->op = op;
    msg->epoch = epoch;
    msg->count = count;
    msg->a = a;
    msg->blob = blob;
    if (gang_rarely(slots_of(e)[task].state == TASK_ENDING) && begins) /* nobody waits for it any more */
        end_call(e, task, out);
}

static void task_exit(struct gang_executor *e, uint32_t task, const struct gang_msg *how,
                      struct gang_effects *out)
{
    struct gang_msg *msg = emit_task(e, out, GANG_FX_SEND, task);
    msg->kind = GANG_MSG_FREE;
    msg->op = how->op;
    msg->count = 1;
    msg->a = slots_of(e)[task].gpu_mask;
    if (how->reason == GANG_REASON_FETCH_FAILED) { /* what was missed, and where */
        msg->reason = how->reason;
        msg->count = how->count;
        msg->blob = how->blob;
    }
    msg->blob.id = (uint32_t)how->a;
    if (slots_of(e)[task].silenced && how->op == GANG_EXIT_KILLED)
        msg->reason = GANG_REASON_DRIVER_SILENT;
    free_slot(e, task);
}

/* ---- the door */
static void boot(struct gang_executor *e, uint32_t incarnation, struct gang_effects *out)
{
    forget_everything(e);
    e->incarnation = incarnation;
    heard(e);
    struct gang_msg *msg = emit(e, out, GANG_FX_SEND);
    msg->kind = GANG_MSG_REGISTER;
    msg->rank = GANG_NONE;
    msg->epoch = GANG_NONE;
    msg->a = e->total.gpu_mask;
    msg->room.cores = e->total.cores;
    msg->room.memory_mib = e->total.memory_mib;
    msg->room.gpus = gang_bits_in(e->total.gpu_mask);
    msg->room.rack = e->rack;
}

static void take_message(struct gang_executor *e, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    if (msg->incarnation != e->incarnation) {
        GANG_MARK(STALE_MESSAGE); /* it was meant for the process before this one */
        return;
    }
    switch ((enum gang_msg_kind)msg->kind) {
    case GANG_MSG_RESERVE:
        reserve(e, msg, out);
        break;
    case GANG_MSG_UNRESERVE:
        unreserve(e, msg);
        break;
    case GANG_MSG_GO:
        if (msg->op == 1)
            go_at_once(e, msg, out);
        else
            go(e, msg, out);
        break;
    case GANG_MSG_KILL:
        kill(e, msg, out);
        break;
    case GANG_MSG_RELEASE:
        answer_range(e, msg, GANG_REASON_OK, out);
        break;
    case GANG_MSG_ROUND_FAILED:
        answer_range(e, msg, (enum gang_reason)msg->reason, out);
        break;
    case GANG_MSG_WELCOME: /* being known is all it says */
        break;
    case GANG_MSG_HEARTBEAT_ACK:
        acknowledged(e, (gang_ns)msg->a, out);
        break;
    case GANG_MSG_GONE: /* whoever minds it starts another process, which the driver will know */
        emit(e, out, GANG_FX_EXIT)->reason = GANG_REASON_UNKNOWN_HERE;
        break;
    case GANG_MSG_NONE:
    case GANG_MSG_ROOM:
    case GANG_MSG_REGISTER:
    case GANG_MSG_HEARTBEAT:
    case GANG_MSG_RESERVE_ACK:
    case GANG_MSG_RESERVE_NACK:
    case GANG_MSG_ARRIVE:
    case GANG_MSG_CHECKPOINT:
    case GANG_MSG_OUTPUT:
    case GANG_MSG_FREE:
    case GANG_MSG_COUNT:
        GANG_MARK(STALE_MESSAGE); /* not a message to an executor */
        break;
    }
}

/* Anything but a call of one of its tasks. */
GANG_APART static enum gang_status step_otherwise(struct gang_executor *e, const struct gang_event *ev,
                                                  struct gang_effects *out, struct gang_err *err)
{
    assert(ev->kind == GANG_EV_TIMER || ev->kind == GANG_EV_BOOT || ev->kind == GANG_EV_HEARD ||
           ev->msg != NULL);
    if (ev->kind == GANG_EV_TASK_EXIT && check_task(e, ev, err) != GANG_OK)
        return GANG_E_UNKNOWN;
    if (ev->kind == GANG_EV_ROOM && check_room(e, ev->msg, err) != GANG_OK)
        return GANG_E_STATE;
    e->now = ev->at_ns;
    e->token = ev->token;
    out->count = 0;
    switch ((enum gang_ev_kind)ev->kind) {
    case GANG_EV_MSG:
        take_message(e, ev->msg, out);
        return GANG_OK;
    case GANG_EV_TIMER:
        fire(e, out);
        return GANG_OK;
    case GANG_EV_BOOT:
        boot(e, ev->id, out);
        return GANG_OK;
    case GANG_EV_TASK_EXIT:
        task_exit(e, ev->id, ev->msg, out);
        return GANG_OK;
    case GANG_EV_HEARD:
        heard(e);
        return GANG_OK;
    case GANG_EV_ROOM:
        change_room(e, ev->msg, out);
        return GANG_OK;
    case GANG_EV_TASK_CALL:
    case GANG_EV_DECOMMISSION:
    case GANG_EV_EXCLUDE:
    case GANG_EV_RECOVERED:
    case GANG_EV_NONE:
    case GANG_EV_SUBMIT:
    case GANG_EV_CANCEL:
    case GANG_EV_HEARTBEATS:
    case GANG_EV_DISCONNECTED:
    case GANG_EV_PLAN:
    case GANG_EV_SYNC:
    case GANG_EV_REPLY:
    case GANG_EV_COUNT:
        break;
    }
    return gang_fail(err, GANG_E_UNKNOWN, "an executor does not take events of kind %u", ev->kind);
}

enum gang_status gang_executor_step(struct gang_executor *e, const struct gang_event *ev,
                                    struct gang_effects *out, struct gang_err *err)
{
    assert(e != NULL);
    assert(ev != NULL);
    assert(out != NULL);
    if (ev->at_ns < e->now)
        return gang_fail(err, GANG_E_TIME_BACKWARDS, "event at %lld ns, clock at %lld ns",
                         (long long)ev->at_ns, (long long)e->now);
    if (out->capacity < effects_max(e->capacity))
        return gang_fail(err, GANG_E_EFFECTS_FULL, "room for %u effects, may need %u",
                         out->capacity, effects_max(e->capacity));
    if (ev->kind != GANG_EV_TASK_CALL)
        return step_otherwise(e, ev, out, err);
    assert(ev->msg != NULL);
    if (gang_rarely(check_task(e, ev, err) != GANG_OK))
        return GANG_E_UNKNOWN;
    e->now = ev->at_ns;
    e->token = ev->token;
    out->count = 0;
    task_call(e, ev->id, ev->msg, out);
    return GANG_OK;
}

/* ---- looking at it all */
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
        first = call_end(e, task) < first ? call_end(e, task) : first;
    return first;
}

void gang_executor_audit(const struct gang_executor *e)
{
    struct gang_room held = {0};
    uint16_t part[GANG_GPUS_MAX] = {0};
    uint64_t in_part = 0;
    uint32_t used = 0, idle = 0;
    gang_ns due = GANG_NEVER;
    for (uint32_t i = 0; i < e->hold_top; i++) {
        const struct hold *hold = &holds_of(e)[i];
        uint32_t previous = GANG_NONE;
        if (hold->state == HOLD_FREE)
            continue;
        assert(hold->first != GANG_NONE);
        for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next) {
            const struct slot *slot = &slots_of(e)[task];
            assert(slot->group == i);
            assert(slot->previous == previous);
            assert(slot->rank - hold->rank < hold->count);
            assert(previous == GANG_NONE || slot->rank > slots_of(e)[previous].rank);
            assert((slot->state == TASK_HELD) == (hold->state == HOLD_LEASED));
            audit_waiting(e, task);
            assert(!slot->silenced || slot->state == TASK_ENDING);
            assert(!e->silent || slot->silenced); /* whoever runs has a driver */
            held.cores += hold->need.cores;
            held.memory_mib += hold->need.memory_mib;
            previous = task;
            used++;
            if (gang_is_share(&hold->need)) {
                assert(gang_bits_in(slot->gpu_mask) == 1);
                part[gang_bits_in(slot->gpu_mask - 1)] += (uint16_t)hold->need.gpu_milli;
                in_part |= slot->gpu_mask;
                continue;
            }
            assert((held.gpu_mask & slot->gpu_mask) == 0); /* a GPU address has one holder */
            held.gpu_mask |= slot->gpu_mask;
        }
        due = hold->due < due ? hold->due : due;
    }
    assert(due == e->due);
    assert(first_look(e) == e->look_due);
    assert(first_call_end(e) == e->call_due);
    assert(e->free.cores + held.cores == e->total.cores);
    assert(e->free.memory_mib + held.memory_mib == e->total.memory_mib);
    for (uint32_t a = 0; e->has_shares && a < GANG_GPUS_MAX; a++) {
        assert(part[a] <= GANG_ADDRESS_MILLI); /* or several, who use no more than it in sum */
        assert(part[a] == shares_of(e)[a]);
    }
    assert((in_part & (e->free.gpu_mask | held.gpu_mask)) == 0);
    assert((e->free.gpu_mask ^ (held.gpu_mask & e->total.gpu_mask)) == (e->total.gpu_mask & ~in_part));
    for (uint32_t task = e->slot_free; task != GANG_NONE; task = slots_of(e)[task].next)
        idle++;
    assert(used + idle == e->capacity);
}

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
        return call_end(e, task) == GANG_NEVER ? h : gang_hash(h, (uint64_t)(call_end(e, task) - e->now));
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
