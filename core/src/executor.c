/*
 * executor.c -- one machine: it starts tasks together, ends them when told, and hands them their replies.
 *
 * This room is for: the door, its memory, what its tasks say, answers and kills, timers.
 * It may include:   executor_private.h, <assert.h>, <string.h>, and this room's headers.
 * Never here:       decisions. An executor does what it is told, or says why it cannot. Who holds what: executor_slots.c.
 *
 * Invariants: every call has one answer, and a task that waits has it before it is told to end (G-08); a lease ends by itself, so
 * that a driver that has gone away costs no slot for longer than that (G-16).
 */
#include "executor_private.h"

#include "lease.h"

#include <string.h>

/* ---- its memory */
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

/* ---- answers */
/* What a reply means besides, where tasks look for theirs, or one was to be asked to end when its call had returned. */
GANG_APART static void after_answer(struct gang_executor *e, uint32_t task, bool told_later,
                                    struct gang_effects *out)
{
    if (e->polls)
        gang_look_answered(e, task);
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

GANG_APART void gang_executor_answer(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                                     const struct gang_blob *blob, struct gang_effects *out)
{
    answer_now(e, task, reason, blob, out);
}

/* The reply to a call has come. */
static inline void hand_over(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                             const struct gang_blob *blob, struct gang_effects *out)
{
    if (gang_rarely(e->polls))
        gang_look_reply(e, task, reason, blob, out);
    else
        answer_now(e, task, reason, blob, out);
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

/* ---- ending tasks */
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
            gang_executor_end_call(e, task, out);
        } else {
            emit_task(e, out, GANG_FX_SIGNAL, task)->op = 0;
        }
    }
    if (any && msg->op == 1)
        gang_executor_set_due(e, hold, after(e, e->grace_ns));
}

static void force(struct gang_executor *e, struct hold *hold, struct gang_effects *out)
{
    gang_executor_set_due(e, hold, GANG_NEVER);
    for (uint32_t task = hold->first; task != GANG_NONE; task = slots_of(e)[task].next)
        if (slots_of(e)[task].state == TASK_ENDING) {
            GANG_MARK(KILL_FORCED);
            slots_of(e)[task].waiting &= (uint8_t)~WAIT_TOLD_LATER;
            emit_task(e, out, GANG_FX_SIGNAL, task)->op = 1;
        }
}

/* ---- timers */
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

uint64_t gang_executor_armed_by(const struct gang_executor *e)
{
    if (is_call_first(e))
        return e->call_token;
    return e->look_due < e->due ? e->look_token : e->due_token;
}

static void fire(struct gang_executor *e, struct gang_effects *out)
{
    if (is_call_first(e) && e->call_due <= e->now) {
        gang_look_end_calls(e, out);
        return;
    }
    if (e->look_due < e->due && e->look_due <= e->now) {
        gang_look_all(e, out);
        return;
    }
    if (e->due > e->now) {
        gang_executor_beat_due(e, out);
        return;
    }
    for (uint32_t i = 0; i < e->hold_top; i++) {
        struct hold *hold = &holds_of(e)[i];
        if (hold->state == HOLD_FREE || hold->due > e->now)
            continue;
        if (hold->state == HOLD_LEASED) {
            GANG_MARK(LEASE_ENDED);
            gang_executor_end_lease(e, hold, GANG_REASON_LEASE_ENDED, out);
        } else {
            force(e, hold, out);
        }
        return; /* one timer an event; the next is due at once, if there is one */
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
        gang_look_begin(e, task, call);
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
        gang_executor_end_call(e, task, out);
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
    gang_executor_free(e, task);
}

/* ---- the door */
static void boot(struct gang_executor *e, uint32_t incarnation, struct gang_effects *out)
{
    forget_everything(e);
    e->incarnation = incarnation;
    gang_executor_heard(e);
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
        gang_executor_reserve(e, msg, out);
        break;
    case GANG_MSG_UNRESERVE:
        gang_executor_unreserve(e, msg);
        break;
    case GANG_MSG_GO:
        if (msg->op == 1)
            gang_executor_go_at_once(e, msg, out);
        else
            gang_executor_go(e, msg, out);
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
        gang_executor_acknowledged(e, (gang_ns)msg->a, out);
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
    if (ev->kind == GANG_EV_ROOM && gang_executor_check_room(e, ev->msg, err) != GANG_OK)
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
        gang_executor_heard(e);
        return GANG_OK;
    case GANG_EV_ROOM:
        gang_executor_change_room(e, ev->msg, out);
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
