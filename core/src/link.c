/*
 * link.c -- one end of a link: messages go in, frames come out, and the other way round.
 *
 * This room is for: numbering, keeping and repeating messages; putting frames back into their order.
 * It may include:   <assert.h> <string.h>, and this room's headers.
 * Never here:       what a message says; when a peer is lost (its silence tells, or a full window).
 *
 * Invariants: acked < next, at most `window` messages between them are kept; taken <= received, and
 * of what lies beyond `received` at most `window` messages wait for the ones before them. An
 * acknowledgement says what was handed up, not what lies here: so a machine above that makes an
 * event durable before it answers has acknowledged only what it will never forget.
 */
#include "err.h"
#include "hash.h"
#include "marks.h"

#include <assert.h>
#include <string.h>

enum { WINDOW_MAX = 65536 };

struct gang_link {
    gang_ns resend_ns, deadline;
    uint32_t window, session;
    uint32_t next, acked;     /* of what is sent: the next number; all up to `acked` have arrived */
    uint32_t received, taken; /* of what comes: complete up to here; handed up up to here */
    uint32_t told;            /* the last acknowledgement that was sent */
    uint8_t owes, unused[3];
};

static struct gang_msg *kept(const struct gang_link *l, uint32_t seq)
{
    struct gang_msg *out = (struct gang_msg *)((char *)(uintptr_t)l + 64);
    return &out[seq % l->window];
}
static struct gang_msg *arrived(const struct gang_link *l, uint32_t seq)
{
    struct gang_msg *in = (struct gang_msg *)((char *)(uintptr_t)l + 64) + l->window;
    return &in[seq % l->window];
}
static uint8_t *is_here(const struct gang_link *l, uint32_t seq)
{
    return (uint8_t *)((char *)(uintptr_t)l + 64 + 2 * l->window * sizeof(struct gang_msg)) +
           seq % l->window;
}
_Static_assert(sizeof(struct gang_link) <= 64, "the messages begin behind it");

size_t gang_link_size(uint32_t window)
{
    assert(window >= 1);
    assert(window <= WINDOW_MAX);
    size_t bytes = 64 + 2 * window * sizeof(struct gang_msg) + window;
    return (bytes + 63) & ~(size_t)63;
}

void gang_link_init(void *memory, uint32_t window, gang_ns resend_ns, struct gang_link **out)
{
    assert(memory != NULL);
    assert(((uintptr_t)memory & 63) == 0);
    assert(resend_ns >= 0);
    memset(memory, 0, gang_link_size(window));
    *out = memory;
    (*out)->window = window;
    (*out)->resend_ns = resend_ns;
    gang_link_open(*out, GANG_NONE);
}

void gang_link_open(struct gang_link *l, uint32_t session)
{
    l->session = session;
    l->next = 1;
    l->acked = l->received = l->taken = l->told = 0;
    l->owes = 0;
    l->deadline = GANG_NEVER;
    memset(is_here(l, 0), 0, l->window);
}

static bool is_stream(const struct gang_link *l) { return l->resend_ns == 0; }

uint32_t gang_link_unacked(const struct gang_link *l) { return l->next - 1 - l->acked; }

static void put_frame(struct gang_link *l, uint32_t seq, struct gang_frame *frame)
{
    memset(frame, 0, sizeof *frame);
    frame->session = l->session;
    frame->seq = seq;
    frame->ack = l->told = l->taken;
    if (seq != 0)
        frame->msg = *kept(l, seq);
    l->owes = 0;
}

static void watch(struct gang_link *l, gang_ns now)
{
    bool waits = !is_stream(l) && gang_link_unacked(l) > 0;
    l->deadline = !waits                            ? GANG_NEVER
                  : l->resend_ns > GANG_NEVER - now ? GANG_NEVER
                                                    : now + l->resend_ns;
}

enum gang_status gang_link_send(struct gang_link *l, gang_ns now, const struct gang_msg *msg,
                                struct gang_frame *frame, struct gang_err *err)
{
    assert(l->session != GANG_NONE); /* nobody is there yet */
    if (gang_link_unacked(l) == l->window) {
        GANG_MARK(LINK_FULL);
        return gang_fail(err, GANG_E_FULL, "%u messages are not acknowledged, room for %u",
                         gang_link_unacked(l), l->window);
    }
    uint32_t seq = l->next++;
    *kept(l, seq) = *msg;
    put_frame(l, seq, frame);
    if (l->deadline == GANG_NEVER)
        watch(l, now);
    return GANG_OK;
}

static void take_ack(struct gang_link *l, gang_ns now, uint32_t ack)
{
    if (ack <= l->acked || ack >= l->next)
        return;
    l->acked = ack;
    watch(l, now);
}

bool gang_link_receive(struct gang_link *l, gang_ns now, const struct gang_frame *frame)
{
    if (l->session == GANG_NONE || frame->session > l->session)
        gang_link_open(l, frame->session);
    if (frame->session != l->session) {
        GANG_MARK(LINK_OTHER_SESSION);
        return false;
    }
    take_ack(l, now, frame->ack);
    if (frame->seq == 0)
        return true;
    l->owes = 1;
    if (frame->seq <= l->received || frame->seq - l->taken > l->window || *is_here(l, frame->seq)) {
        GANG_MARK(LINK_REPEATED); /* beyond the window is what no sender of this contract sends */
        return true;              /* it is here already; its sender has not heard so */
    }
    *arrived(l, frame->seq) = frame->msg;
    *is_here(l, frame->seq) = 1;
    if (frame->seq != l->received + 1)
        GANG_MARK(LINK_OVERTAKEN);
    while (l->received - l->taken < l->window && *is_here(l, l->received + 1))
        l->received++;
    return true;
}

const struct gang_msg *gang_link_next(struct gang_link *l)
{
    if (l->taken == l->received)
        return NULL;
    l->taken++;
    *is_here(l, l->taken) = 0;
    return arrived(l, l->taken);
}

bool gang_link_owes(struct gang_link *l, struct gang_frame *frame)
{
    /* A stream loses nothing, so its sender only needs to know before its window is full. */
    bool due = is_stream(l) ? l->taken - l->told >= (l->window + 1) / 2 : l->owes != 0;
    if (due)
        put_frame(l, 0, frame);
    return due;
}

gang_ns gang_link_deadline(const struct gang_link *l) { return l->deadline; }

bool gang_link_resend(struct gang_link *l, gang_ns now, bool all, uint32_t *cursor,
                      struct gang_frame *frame)
{
    if (!all && *cursor == 0 && now < l->deadline)
        return false;
    uint32_t seq = *cursor == 0 ? l->acked + 1 : *cursor;
    if (seq >= l->next) {
        watch(l, now);
        return false;
    }
    GANG_MARK(LINK_RESENT);
    put_frame(l, seq, frame);
    *cursor = seq + 1;
    return true;
}

void gang_link_audit(const struct gang_link *l)
{
    uint32_t here = 0, between = 0;
    assert(l->acked < l->next);
    assert(gang_link_unacked(l) <= l->window);
    assert(l->taken <= l->received);
    assert(l->told <= l->taken);
    assert(l->received - l->taken <= l->window);
    assert(l->deadline == GANG_NEVER || (!is_stream(l) && gang_link_unacked(l) > 0));
    for (uint32_t i = 0; i < l->window; i++)
        here += *is_here(l, i);
    for (uint32_t seq = l->taken + 1; seq <= l->received; seq++)
        between += *is_here(l, seq);
    assert(between == l->received - l->taken);
    assert(here >= between);
}

static uint64_t hash_msg(uint64_t h, const struct gang_msg *msg)
{
    uint64_t words[sizeof *msg / 8];
    memcpy(words, msg, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        h = gang_hash(h, words[i]);
    return h;
}

uint64_t gang_link_fingerprint(const struct gang_link *l, gang_ns now)
{
    uint64_t h = gang_hash(l->session, gang_link_unacked(l));
    h = gang_hash(h, l->deadline == GANG_NEVER ? UINT64_MAX : (uint64_t)(l->deadline - now));
    h = gang_hash(h, (uint64_t)(l->taken - l->told) << 1 | l->owes);
    for (uint32_t seq = l->acked + 1; seq < l->next; seq++)
        h = hash_msg(h, kept(l, seq));
    for (uint32_t seq = l->taken + 1; seq - l->taken <= l->window; seq++)
        if (*is_here(l, seq))
            h = hash_msg(gang_hash(h, seq - l->taken), arrived(l, seq));
    return h;
}
