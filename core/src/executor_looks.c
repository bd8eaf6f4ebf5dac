/*
 * executor_looks.c -- tasks that sleep while they wait, and look for their replies each second (B-85).
 *
 * This room is for: reply=poll_1s: when a task looks and what it finds, calls that are given up after a year (B-86), replies that
 *                   others write over (SPARK-40932).
 * It may include:   executor_private.h, "gather.h".
 * Never here:       anything that an executor does whose tasks are woken, but for what ends a call (gang_executor_end_call()).
 *
 * Invariants: a task has a time to look exactly while there is something to find, and a reply that is there comes before a kill that
 * has not been seen, as in B-160.
 */
#include "executor_private.h"

#include "gather.h"

/* ---- when somebody looks next */
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
gang_ns gang_look_call_end(const struct gang_executor *e, uint32_t task)
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
        if (gang_look_call_end(e, task) < e->call_due) {
            e->call_due = gang_look_call_end(e, task);
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
    if (looks_of(e)[task].due == GANG_NEVER)
        return;
    bool first = looks_of(e)[task].due == e->look_due;
    looks_of(e)[task].due = GANG_NEVER;
    if (first)
        find_next_look(e);
}

void gang_look_answered(struct gang_executor *e, uint32_t task)
{
    need_not_look(e, task);
    call_is_over(e, looks_of(e)[task].called_at);
}

/* Its slot says already that nobody waits there. */
void gang_look_forget(struct gang_executor *e, uint32_t task)
{
    need_not_look(e, task);
    gang_ns called_at = looks_of(e)[task].called_at;
    looks_of(e)[task] = (struct look){.due = GANG_NEVER};
    call_is_over(e, called_at);
}

/* ---- a call begins */
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

GANG_APART void gang_look_begin(struct gang_executor *e, uint32_t task, const struct gang_msg *call)
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
    if (gang_look_call_end(e, task) < e->call_due) {
        e->call_due = gang_look_call_end(e, task);
        e->call_token = e->token;
    }
}

/* ---- what is found */
/* A reply that is there comes before a kill that has not been seen, as in B-160. */
static void look(struct gang_executor *e, uint32_t task, struct gang_effects *out)
{
    const struct look *found = &looks_of(e)[task];
    GANG_MARK(REPLY_LOOKED_FOR);
    if (slots_of(e)[task].waiting & WAIT_ANSWERED)
        gang_executor_answer(e, task, (enum gang_reason)found->reason, &found->blob, out);
    else
        gang_executor_answer(e, task, GANG_REASON_GANG_FAILED, NULL, out);
}

/* It looks at the instant of its call and each second from there on. */
static gang_ns next_look(const struct gang_executor *e, uint32_t task)
{
    gang_ns into = (e->now - looks_of(e)[task].called_at) % LOOK_EVERY_NS;
    return into == 0 ? e->now : after(e, LOOK_EVERY_NS - into);
}

/* The reply to a call has come, and its task may be asleep. */
GANG_APART void gang_look_reply(struct gang_executor *e, uint32_t task, enum gang_reason reason,
                                const struct gang_blob *blob, struct gang_effects *out)
{
    if (next_look(e, task) == e->now) {
        gang_executor_answer(e, task, reason, blob, out);
        return;
    }
    struct look *found = &looks_of(e)[task];
    found->reason = (uint16_t)reason;
    found->blob = blob != NULL ? *blob : (struct gang_blob){0};
    slots_of(e)[task].waiting |= WAIT_ANSWERED;
    call_is_over(e, looks_of(e)[task].called_at);
    will_look(e, task, next_look(e, task));
}

/* A task that waits is to end. That ends its call: at once, or when it looks next and finds nothing else (B-160). Before
 * SPARK-28483 the call went on, and its task with it. */
GANG_APART void gang_executor_end_call(struct gang_executor *e, uint32_t task, struct gang_effects *out)
{
    if (e->kill_waits)
        return;
    if (!e->polls) {
        gang_executor_answer(e, task, GANG_REASON_GANG_FAILED, NULL, out);
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

/* Whoever is due looks, in the order of the slots. */
void gang_look_all(struct gang_executor *e, struct gang_effects *out)
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
void gang_look_end_calls(struct gang_executor *e, struct gang_effects *out)
{
    for (uint32_t task = 0; task < e->capacity; task++)
        if (gang_look_call_end(e, task) <= e->now) {
            GANG_MARK(CALL_ENDED);
            gang_executor_answer(e, task, GANG_REASON_CALL_TIMEOUT, NULL, out);
        }
}
