/*
 * executor_private.h -- an executor's memory, and what its parts may ask of each other.
 *
 * executor.c is the door: messages, calls and ends of tasks, timers. executor_slots.c keeps the books of what there is and who holds
 * it, executor_looks.c has the tasks that sleep and look for their replies, executor_lease.c the lease on the driver, and
 * executor_audit.c looks at it all. Everything lives in one block: the struct below, its slots, its groups, and behind them looks and
 * shares where there are any.
 *
 * Invariants (gang_executor_audit() checks them all): free room plus what the groups hold is what there is; a task is in exactly one
 * group's list or the free list; `due`, `look_due` and `call_due` are the earliest of their kind.
 */
#ifndef GANG_EXECUTOR_PRIVATE_H
#define GANG_EXECUTOR_PRIVATE_H

#include "bits.h"
#include "err.h"
#include "marks.h"
#include "put.h"
#include "rare.h"

#include <assert.h>

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

/* ---- where things are */
static inline struct slot *slots_of(const struct gang_executor *e)
{
    return (struct slot *)((char *)(uintptr_t)e + sizeof *e);
}
static inline struct hold *holds_of(const struct gang_executor *e)
{
    return (struct hold *)(slots_of(e) + e->capacity);
}
/* Behind the groups, where there are any: looks, then shares. */
static inline struct look *looks_of(const struct gang_executor *e)
{
    assert(e->polls);
    return (struct look *)(holds_of(e) + e->groups_max);
}
static inline uint16_t *shares_of(const struct gang_executor *e)
{
    char *behind = (char *)(holds_of(e) + e->groups_max);
    if (e->polls)
        behind += e->capacity * sizeof(struct look);
    return e->has_shares ? (uint16_t *)behind : NULL;
}

static inline bool is_identity(const struct hold *h, const struct gang_msg *msg)
{
    return h->state != HOLD_FREE && h->job == msg->job && h->stage == msg->stage &&
           h->attempt == msg->attempt && h->ref == msg->ref;
}

/* The group that a message names, or NULL if it is over. A driver that was never told the handle, because it asked for
 * nothing before it sent the tasks off, names it by identity alone. */
static inline struct hold *hold_of(struct gang_executor *e, const struct gang_msg *msg)
{
    for (uint32_t i = 0; msg->group == GANG_NONE && i < e->hold_top; i++)
        if (is_identity(&holds_of(e)[i], msg))
            return &holds_of(e)[i];
    if (msg->group >= e->hold_top || !is_identity(&holds_of(e)[msg->group], msg))
        return NULL;
    return &holds_of(e)[msg->group];
}

/* ---- times */
static inline gang_ns after(const struct gang_executor *e, gang_ns by)
{
    return by > GANG_NEVER - e->now ? GANG_NEVER : e->now + by;
}

/* A look comes before the end of a call at the same time: it may find the reply. */
static inline bool is_call_first(const struct gang_executor *e)
{
    return e->call_due < e->look_due && e->call_due < e->due;
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

/* An effect towards one task, or a message about it. */
static inline struct gang_msg *emit_task(const struct gang_executor *e, struct gang_effects *out,
                                         enum gang_fx_kind fx, uint32_t task)
{
    const struct slot *slot = &slots_of(e)[task];
    return emit_ranks(e, out, fx, slot->group, slot->rank, task);
}

/* ---- executor.c */
/* The one answer to the call that a task waits in; what is known of its waiting is over. */
void gang_executor_answer(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                          const struct gang_blob *blob, struct gang_effects *out);

/* ---- executor_slots.c */
void gang_executor_reserve(struct gang_executor *e, const struct gang_msg *ask, struct gang_effects *out);
void gang_executor_unreserve(struct gang_executor *e, const struct gang_msg *msg);
void gang_executor_go(struct gang_executor *e, const struct gang_msg *msg, struct gang_effects *out);
void gang_executor_go_at_once(struct gang_executor *e, const struct gang_msg *msg, struct gang_effects *out);
/* A task is gone: its room and its slot are free, and the group with its last. */
void gang_executor_free(struct gang_executor *e, uint32_t task);
/* A group that has not gone is over, and its driver told so of each of its tasks. */
void gang_executor_end_lease(struct gang_executor *e, struct hold *hold, enum gang_reason reason,
                             struct gang_effects *out);
void gang_executor_set_due(struct gang_executor *e, struct hold *hold, gang_ns due);
enum gang_status gang_executor_check_room(const struct gang_executor *e, const struct gang_msg *msg,
                                          struct gang_err *err);
void gang_executor_change_room(struct gang_executor *e, const struct gang_msg *room,
                               struct gang_effects *out);

/* ---- executor_looks.c */
/* A task that waits is to end: that ends its call, now or later. */
void gang_executor_end_call(struct gang_executor *e, uint32_t task, struct gang_effects *out);
/* The others are asked only where tasks look for their replies. */
void gang_look_begin(struct gang_executor *e, uint32_t task, const struct gang_msg *call); /* it calls */
void gang_look_reply(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                     const struct gang_blob *blob, struct gang_effects *out); /* its reply has come */
void gang_look_answered(struct gang_executor *e, uint32_t task); /* it has its answer */
void gang_look_forget(struct gang_executor *e, uint32_t task);   /* it is gone, and its slot is free */
void gang_look_all(struct gang_executor *e, struct gang_effects *out);      /* whoever is due */
void gang_look_end_calls(struct gang_executor *e, struct gang_effects *out); /* that last too long */
/* When the task gives up its call: GANG_NEVER while it has none, or its reply is there. */
gang_ns gang_look_call_end(const struct gang_executor *e, uint32_t task);

/* ---- executor_lease.c */
void gang_executor_heard(struct gang_executor *e); /* it hears its driver: its lease begins anew */
void gang_executor_acknowledged(struct gang_executor *e, gang_ns sent_at, struct gang_effects *out);
void gang_executor_beat_due(struct gang_executor *e, struct gang_effects *out); /* its timer */

#endif
