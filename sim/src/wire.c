/*
 * wire.c -- links between executors and the driver, where the plan does something to them.
 *
 * This room is for: a link's wire (streams that are cut, held and broken; datagrams that are lost, doubled and reordered), the
 *                   two gang_links at its ends, and what becomes of each message.
 * It may include:   dice.h, record.h, world.h.
 * Never here:       what a message says; numbering and repeating, which is the core's (gang_link).
 *
 * A stream's frames lie in one list for each way, in order. What comes to a cut waits in it, and with it all that follows. When
 * the connection breaks the wire forgets its frames, and when it is made again both links repeat what was not acknowledged. On
 * a datagram link each frame is for itself, and what comes to a cut is lost.
 *
 * All frames lie in one store, and of a stream each way has a share of its own in it, so a wire that is held for ever takes nothing
 * from others. A link has no more than a window of numbered messages on its way, which is two thirds of a share; what fills the rest
 * is frames without a number, of which a newer one says what an older one says: when a share is full the oldest of those makes room.
 * Where there is none (processes that died while their frames were under way have left theirs) that connection breaks.
 *
 * Every message that is sent is in its way's `sent` list until it has arrived (DELIVER) or can never arrive (DROP): because its
 * sender's process is gone and nothing of it is on the wire, because the process it was for is, or because the driver wrote that
 * process off. As long as it is there it is work.
 *
 * Invariants
 *   - A message of the list is on the wire `on_wire` times. One of a living process that is not on the wire is kept by its link.
 *   - A link is `sick` exactly while something that the plan did to it lasts, or its executor is up and not connected, or the
 *     driver is away; and then
 *     sim_link_ill() was said of it once more than sim_link_well().
 *   - Frames of a written-off process (`muted`) carry no messages but soft ones.
 */
#include "dice.h"
#include "record.h"

#include <string.h>

enum {
    IN = 0,
    OUT = 1
}; /* ways; also ends: of the way IN the driver's end sends, of the way OUT the executor's */
#define NO_SESSION UINT32_MAX
#define NO_TRIES   UINT32_MAX

struct sim_frame {
    struct gang_frame frame;
    uint64_t cause; /* of a soft message: its record, or 0 */
    int64_t due_ns;
    uint32_t executor, next; /* next: in its way's list, or free */
    uint32_t way, key;       /* key: of its entry */
    uint32_t waits, unused;  /* waits: its time has come, but its way does not pass */
};

struct sent {
    struct gang_msg msg;
    uint64_t cause; /* its record; 0: this is over */
    uint32_t session, seq;
    uint32_t tries, on_wire;
};

/* What the plan does to one way of a link. */
enum ill { ILL_CUT, ILL_HOLD, ILL_CLOG, ILL_LOSE, ILL_DOUBLE, ILL_REORDER, ILLS };

struct way {
    uint32_t first, last;            /* frames in order: a stream's, or those that are held */
    uint32_t sent_first, sent_count; /* of `sent`, going round */
    uint32_t taken;      /* messages of the receiving end's session that were handed up */
    uint64_t taken_last; /* the record of the last of them */
    uint32_t unnumbered; /* frames of no message in the list so far: the key of their dice */
    uint32_t frames;     /* of a stream: on it */
    uint32_t by[ILLS];   /* the act that did it; PLAN_NONE: nobody */
    int64_t clog_ns, reorder_ns;
    uint32_t amount[ILLS]; /* of 1000 */
    struct sent *sent;
};

struct sim_wire {
    struct way way[2];
    struct gang_link *end[2];
    uint32_t session[2]; /* of each end */
    int64_t timer_ns[SIM_LINK_TIMERS];
    uint32_t timer_key[SIM_LINK_TIMERS];
    int64_t cut_ns; /* since when a stream is cut; PLAN_NEVER: it is not */
    uint64_t cause; /* the record of what was done to it last */
    uint8_t connected;
    uint8_t breaking; /* it is broken, and that is about to be said */
    uint8_t dead;  /* a window was full: some message is lost for good, and with it the session */
    uint8_t muted; /* the driver wrote its end's session off */
    uint8_t sick, unused[3];
};

static bool is_datagram(const struct sim *w) { return w->plan->setting[PLAN_SET_DATAGRAM] != 0; }
static struct sim_wire *wire_of(const struct sim *w, uint32_t executor)
{
    return &w->wires[executor];
}
static uint32_t ring_size(const struct sim *w) { return 2 * w->wire_window; }
static bool is_ill(const struct way *y, enum ill ill) { return y->by[ill] != PLAN_NONE; }
static bool passes(const struct way *y) { return !is_ill(y, ILL_CUT) && !is_ill(y, ILL_HOLD); }

static bool passes_both_ways(const struct sim_wire *x)
{
    return passes(&x->way[IN]) && passes(&x->way[OUT]);
}

static bool is_impaired(const struct sim_wire *x)
{
    for (unsigned way = 0; way < 2; way++)
        for (unsigned ill = 0; ill < ILLS; ill++)
            if (is_ill(&x->way[way], (enum ill)ill))
                return true;
    return false;
}

/* ---- timers */
bool sim_link_is_live(const struct sim *w, uint32_t payload, uint32_t key)
{
    uint32_t executor = payload >> SIM_LINK_TIMER_BITS,
             timer = payload & ((1u << SIM_LINK_TIMER_BITS) - 1);
    if (timer == SIM_LINK_BEAT)
        return w->pulses[executor].beat_key == key;
    return wire_of(w, executor)->timer_key[timer] == key;
}

static void set_timer(struct sim *w, uint32_t executor, enum sim_link_timer timer, int64_t at_ns)
{
    struct sim_wire *x = wire_of(w, executor);
    if (x->timer_ns[timer] == at_ns)
        return;
    x->timer_ns[timer] = at_ns;
    x->timer_key[timer] = (x->timer_key[timer] + 1) & SIM_KEY_MASK;
    if (at_ns != PLAN_NEVER)
        sim_schedule(w, at_ns, executor << SIM_LINK_TIMER_BITS | timer,
                     sim_extra(SIM_LINK, x->timer_key[timer]));
}

/* A link's patience that is to end later costs nothing until the present one ends. */
static void ask_resend(struct sim *w, uint32_t executor, uint32_t end)
{
    const struct sim_wire *x = wire_of(w, executor);
    enum sim_link_timer timer = end == IN ? SIM_LINK_RESEND_IN : SIM_LINK_RESEND_OUT;
    int64_t at_ns = w->core->link_deadline(x->end[end]);
    bool nobody = end == IN ? x->muted || w->driver_down : !w->hosts[executor].up;
    if (at_ns == PLAN_NEVER || nobody)
        set_timer(w, executor, timer, PLAN_NEVER);
    else if (at_ns < x->timer_ns[timer])
        set_timer(w, executor, timer, at_ns);
}

/* ---- messages that were sent and have not ended */
static struct sent *sent_at(const struct sim *w, const struct way *y, uint32_t i)
{
    return &y->sent[(y->sent_first + i) % ring_size(w)];
}

static struct sent *find_sent(const struct sim *w, const struct way *y, uint32_t session,
                              uint32_t seq)
{
    for (uint32_t i = 0; i < y->sent_count && seq > 0; i++) {
        struct sent *s = sent_at(w, y, i);
        if (s->session == session && s->seq == seq)
            return s;
    }
    return NULL;
}

/* It has arrived, or never will. What is over at the head of the list leaves it, whatever of it is still on the wire. */
static void settle(struct sim *w, struct way *y, struct sent *s)
{
    assert(s->cause != 0);
    s->cause = 0;
    w->work--;
    while (y->sent_count > 0 && sent_at(w, y, 0)->cause == 0) {
        y->sent_first = (y->sent_first + 1) % ring_size(w);
        y->sent_count--;
    }
}

static void drop(struct sim *w, struct way *y, struct sent *s)
{
    (void)sim_record_dropped(w, &s->msg, s->cause);
    settle(w, y, s);
}

/* What of the sessions before this one has not arrived never will. */
static void drop_before(struct sim *w, struct way *y, uint32_t session)
{
    for (uint32_t i = 0; i < y->sent_count && !w->stopped;) {
        struct sent *s = sent_at(w, y, i);
        if (s->cause != 0 && s->session < session) {
            drop(w, y, s);
            i = 0; /* the list may have moved */
        } else {
            i++;
        }
    }
}

static void keep_sent(struct sim *w, struct way *y, const struct gang_msg *msg, uint64_t record,
                      uint32_t session, uint32_t seq)
{
    if (y->sent_count == ring_size(w)) /* of a session long gone: this one has a window at most, unless its end forgot what it sent */
        drop(w, y, sent_at(w, y, 0));
    struct sent *s = sent_at(w, y, y->sent_count++);
    *s = (struct sent){.msg = *msg, .cause = record, .session = session, .seq = seq};
    w->work++;
}

/* ---- frames */
static uint32_t take_frame(struct sim *w)
{
    uint32_t i = w->frame_free;
    if (i != PLAN_NONE)
        w->frame_free = w->frames[i].next;
    else if (w->frames_used < w->frames_max)
        w->frames[i = w->frames_used++].key = 0;
    return i;
}

static void give_frame(struct sim *w, uint32_t i)
{
    w->frames[i].key =
        (w->frames[i].key + 1) & SIM_KEY_MASK; /* its entry is stale, if there is one */
    w->frames[i].next = w->frame_free;
    w->frame_free = i;
}

/* A frame has left the wire, whatever became of it. */
static struct sent *take_off(struct sim *w, struct way *y, const struct gang_frame *frame)
{
    struct sent *s = find_sent(w, y, frame->session, frame->seq);
    if (s != NULL && s->on_wire > 0)
        s->on_wire--;
    return s;
}

static bool sender_lives(const struct sim *w, uint32_t executor, uint32_t way, uint32_t session)
{
    const struct sim_host *host = &w->hosts[executor];
    return way == IN || (host->up && host->incarnation == session);
}

/* It is gone from the wire, and nobody will repeat it if its sender is gone, too. */
static void lose_frame(struct sim *w, uint32_t i)
{
    const struct sim_frame f = w->frames[i];
    struct way *y = &wire_of(w, f.executor)->way[f.way];
    struct sent *s = take_off(w, y, &f.frame);
    if (f.frame.seq == 0 && f.cause != 0)
        (void)sim_record_dropped(w, &f.frame.msg, f.cause);
    if (s != NULL && s->cause != 0 && s->on_wire == 0 &&
        !sender_lives(w, f.executor, f.way, s->session))
        drop(w, y, s);
    give_frame(w, i);
}

/* ---- each frame has an entry in the queue, at the time when it is there */
bool sim_frame_is_live(const struct sim *w, uint32_t i, uint32_t key)
{
    return w->frames[i].key == key;
}

static void schedule_frame(struct sim *w, uint32_t i, int64_t due_ns)
{
    struct sim_frame *f = &w->frames[i];
    f->due_ns = due_ns;
    f->waits = 0;
    f->key = (f->key + 1) & SIM_KEY_MASK;
    sim_schedule(w, due_ns, i, sim_extra(SIM_FRAME, f->key));
}

static void append(struct sim *w, struct way *y, uint32_t i)
{
    w->frames[i].next = PLAN_NONE;
    *(y->first == PLAN_NONE ? &y->first : &w->frames[y->last].next) = i;
    y->last = i;
}

static uint32_t take_first(struct sim *w, struct way *y)
{
    uint32_t i = y->first;
    y->first = w->frames[i].next;
    return i;
}

/* Whoever has waited is there after `delay_ns`, in order, and nobody before them: also not who would be there just then. */
static void let_go(struct sim *w, uint32_t executor, uint32_t way, int64_t delay_ns)
{
    struct way *y = &wire_of(w, executor)->way[way];
    int64_t due_ns = sim_later(w->now_ns, delay_ns);
    for (uint32_t i = y->first; i != PLAN_NONE; i = w->frames[i].next)
        if (w->frames[i].due_ns <= due_ns)
            schedule_frame(w, i, due_ns);
    for (; is_datagram(w) && y->first != PLAN_NONE; y->first = w->frames[y->first].next)
        w->frames_held--; /* from here on each is for itself */
}

static void flush_stream(struct sim *w, uint32_t executor, uint32_t way)
{
    struct way *y = &wire_of(w, executor)->way[way];
    for (; y->first != PLAN_NONE; y->frames--)
        lose_frame(w, take_first(w, y));
}

/* ---- a way's share of the store */
static uint32_t share(const struct sim *w) { return w->frames_max / (2 * w->executor_count); }

/* The first frame in the list that is not numbered, and of those the first that was not recorded, for it tells nothing new;
 * `before`: the one before it. */
static uint32_t find_spare(const struct sim *w, const struct way *y, uint32_t *before)
{
    uint32_t spare = PLAN_NONE, last = PLAN_NONE;
    for (uint32_t i = y->first; i != PLAN_NONE; last = i, i = w->frames[i].next) {
        const struct sim_frame *f = &w->frames[i];
        if (f->frame.seq != 0 || (f->cause != 0 && spare != PLAN_NONE))
            continue;
        spare = i;
        *before = last;
        if (f->cause == 0)
            break;
    }
    return spare;
}

/* False: all that is on this way is numbered. */
static bool make_room(struct sim *w, struct way *y)
{
    uint32_t before = PLAN_NONE, spare = find_spare(w, y, &before);
    if (spare == PLAN_NONE)
        return false;
    *(before == PLAN_NONE ? &y->first : &w->frames[before].next) = w->frames[spare].next;
    if (y->last == spare)
        y->last = before;
    y->frames--;
    lose_frame(w, spare);
    return true;
}

/* Cannot be said while a step's effects are being carried out: at the end of this instant. */
static void break_soon(struct sim *w, uint32_t executor)
{
    wire_of(w, executor)->breaking = 1;
    set_timer(w, executor, SIM_LINK_CONNECTION, w->now_ns);
}

static void launch(struct sim *w, uint32_t i, uint32_t executor, uint32_t way,
                   const struct gang_frame *frame, uint64_t cause, int64_t due_ns)
{
    w->frames[i] = (struct sim_frame){.frame = *frame,
                                      .cause = cause,
                                      .executor = executor,
                                      .next = PLAN_NONE,
                                      .way = way,
                                      .key = w->frames[i].key};
    schedule_frame(w, i, due_ns);
}

static int64_t frame_arrival(struct sim *w, uint32_t executor, uint32_t way,
                             const struct gang_frame *frame)
{
    const struct way *y = &wire_of(w, executor)->way[way];
    int64_t due_ns = frame->msg.kind == GANG_MSG_NONE
                         ? sim_later(w->now_ns, w->begun ? w->latency_ns : 0)
                         : sim_arrival(w, &frame->msg, way == OUT);
    return sim_later(due_ns, y->clog_ns);
}

static bool put_on_stream(struct sim *w, uint32_t executor, uint32_t way,
                          const struct gang_frame *frame, uint64_t cause)
{
    struct sim_wire *x = wire_of(w, executor);
    struct way *y = &x->way[way];
    if (!x->connected || x->breaking)
        return false; /* the link keeps it */
    if (y->frames >= share(w) && !make_room(w, y)) {
        break_soon(w, executor);
        return false;
    }
    uint32_t i = take_frame(w);
    assert(i != PLAN_NONE); /* as many as all shares are */
    int64_t due_ns = frame_arrival(w, executor, way, frame);
    if (y->first != PLAN_NONE && w->frames[y->last].due_ns > due_ns)
        due_ns = w->frames[y->last].due_ns;
    launch(w, i, executor, way, frame, cause, due_ns);
    append(w, y, i);
    y->frames++;
    return true;
}

/* ---- datagrams: each for itself */
/* What it is for: this try of this message, or one more frame that carries none. */
static uint64_t roll(const struct sim *w, uint32_t executor, uint32_t way, uint32_t purpose,
                     const struct gang_frame *frame, uint32_t tries)
{
    const struct way *y = &wire_of(w, executor)->way[way];
    bool numbered = tries != NO_TRIES;
    uint32_t number = numbered ? frame->seq : y->unnumbered;
    struct sim_dice_key key = {purpose,        executor,           way + 2u * !numbered,
                               frame->session, number & 0xFFFFFFu, tries};
    return sim_dice(w->seed, &key);
}

static bool hits(const struct sim *w, uint32_t executor, uint32_t way, enum ill ill,
                 uint32_t purpose, const struct gang_frame *frame, uint32_t tries)
{
    const struct way *y = &wire_of(w, executor)->way[way];
    return is_ill(y, ill) &&
           sim_mul_high(roll(w, executor, way, purpose, frame, tries), 1000) < y->amount[ill];
}

static int64_t overtaken_by(const struct sim *w, uint32_t executor, uint32_t way, uint32_t copy,
                            const struct gang_frame *frame, uint32_t tries)
{
    const struct way *y = &wire_of(w, executor)->way[way];
    uint32_t whether = SIM_DICE_REORDER + copy, by = SIM_DICE_REORDER_BY + copy;
    if (y->reorder_ns <= 0 || !hits(w, executor, way, ILL_REORDER, whether, frame, tries))
        return 0;
    return 1 +
           (int64_t)sim_mul_high(roll(w, executor, way, by, frame, tries), (uint64_t)y->reorder_ns);
}

static bool launch_datagram(struct sim *w, uint32_t executor, uint32_t way,
                            const struct gang_frame *frame, uint64_t cause, uint32_t copy,
                            uint32_t tries)
{
    uint32_t i = take_frame(w);
    if (i == PLAN_NONE)
        return false; /* the wire is full of others */
    int64_t late_ns = overtaken_by(w, executor, way, copy, frame, tries);
    int64_t due_ns = sim_later(frame_arrival(w, executor, way, frame), late_ns);
    launch(w, i, executor, way, frame, copy == 0 ? cause : 0, due_ns);
    return true;
}

static bool put_datagram(struct sim *w, uint32_t executor, uint32_t way,
                         const struct gang_frame *frame, uint64_t cause, uint32_t tries,
                         uint32_t *copies)
{
    const struct way *y = &wire_of(w, executor)->way[way];
    *copies = 0;
    if (is_ill(y, ILL_CUT) || hits(w, executor, way, ILL_LOSE, SIM_DICE_LOSE, frame, tries))
        return false;
    *copies += launch_datagram(w, executor, way, frame, cause, 0, tries);
    if (*copies > 0 && hits(w, executor, way, ILL_DOUBLE, SIM_DICE_DOUBLE, frame, tries))
        *copies += launch_datagram(w, executor, way, frame, cause, 1, tries);
    return *copies > 0;
}

/* A frame leaves a machine. cause: of a soft message, its record. */
static void put_on_wire(struct sim *w, uint32_t executor, uint32_t way,
                        const struct gang_frame *frame, uint64_t cause)
{
    struct way *y = &wire_of(w, executor)->way[way];
    struct sent *s = find_sent(w, y, frame->session, frame->seq);
    uint32_t copies = 1;
    bool sent = is_datagram(w) ? put_datagram(w, executor, way, frame, cause,
                                              s != NULL ? s->tries : NO_TRIES, &copies)
                               : put_on_stream(w, executor, way, frame, cause);
    y->unnumbered += s == NULL;
    if (s != NULL) {
        s->tries++;
        s->on_wire += sent ? copies : 0;
    }
    if (!sent && s != NULL && s->cause != 0 && is_datagram(w))
        (void)sim_record_frame_lost(w, &s->msg, s->cause);
    if (!sent && cause != 0)
        (void)sim_record_dropped(w, &frame->msg, cause);
}

/* ---- sending */
void sim_wire_send(struct sim *w, const struct gang_msg *msg, uint64_t record, bool to_driver)
{
    uint32_t executor = msg->executor, way = to_driver ? OUT : IN;
    struct sim_wire *x = wire_of(w, executor);
    struct gang_frame frame;
    struct gang_err err;
    bool over = x->dead || x->session[way] != msg->incarnation || (way == IN && x->muted);
    if (!over && w->core->link_send(x->end[way], w->now_ns, msg, &frame, &err) != GANG_OK) {
        x->dead = 1;
        over = true;
        break_soon(w, executor);
    }
    if (over) {
        (void)sim_record_dropped(w, msg, record);
        return;
    }
    keep_sent(w, &x->way[way], msg, record, frame.session, frame.seq);
    put_on_wire(w, executor, way, &frame, 0);
    ask_resend(w, executor, way);
}

/* A frame that the link does not number: it says what has arrived, as every frame, and carries the message by the way. */
void sim_wire_send_soft(struct sim *w, const struct gang_msg *msg, uint64_t record, bool to_driver)
{
    uint32_t way = to_driver ? OUT : IN;
    const struct sim_wire *x = wire_of(w, msg->executor);
    struct gang_frame frame;
    memset(&frame, 0, sizeof frame);
    frame.session = msg->incarnation;
    frame.ack = x->session[way] == msg->incarnation ? x->way[!way].taken : 0;
    frame.msg = *msg;
    put_on_wire(w, msg->executor, way, &frame, record);
}

/* ---- arriving */
/* What a driver died of before it was durable will come again, if its sender is there to repeat it; else it is lost. */
static void settle_if_taken(struct sim *w, uint32_t executor, uint32_t session, uint32_t seq)
{
    struct way *y = &wire_of(w, executor)->way[OUT];
    struct sent *s = find_sent(w, y, session, seq);
    if (s == NULL || s->cause == 0)
        return; /* its end was told when the connection broke */
    if (!sim_phoenix_lost(w))
        settle(w, y, s);
    else if (!sender_lives(w, executor, OUT, session))
        drop(w, y, s);
}

static void arrives(struct sim *w, uint32_t executor, uint32_t way, const struct gang_msg *msg, uint64_t cause)
{
    struct gang_event ev;
    ev.kind = GANG_EV_MSG;
    ev.id = 0;
    ev.msg = msg;
    w->events++;
    w->cause = sim_record_arrived(w, msg, way == OUT, cause);
    if (way == OUT)
        sim_step_driver(w, &ev);
    else
        sim_step_executor(w, executor, &ev);
}

/* A link hands up what it should not: most likely, once more what was there already. It does arrive, and judges see it. */
static void hand_up_again(struct sim *w, uint32_t executor, uint32_t way, const struct gang_msg *msg)
{
    struct way *y = &wire_of(w, executor)->way[way];
    y->taken--;
    if (w->events >= w->events_max)
        sim_fail(w, SIM_E_CORE, "a link hands up messages without end");
    else
        arrives(w, executor, way, msg, y->taken_last);
    sim_run_tasks(w);
}

static void hand_up(struct sim *w, uint32_t executor, uint32_t way, const struct gang_msg *msg)
{
    struct sim_wire *x = wire_of(w, executor);
    struct way *y = &x->way[way];
    uint32_t session = x->session[!way], seq = ++y->taken;
    bool mortal = way == OUT && w->phoenix != NULL;
    struct sent *s = find_sent(w, y, session, seq);
    bool is_over = s == NULL || s->cause == 0;
    if (is_over ? sender_lives(w, executor, way, session) : memcmp(&s->msg, msg, sizeof *msg) != 0) {
        hand_up_again(w, executor, way, msg);
        return;
    }
    if (is_over) { /* it was given up when its sender's process went: something before it was missing */
        if (mortal)
            sim_phoenix_skipped(w, executor, session, seq, msg);
        return;
    }
    uint64_t cause = y->taken_last = s->cause;
    if (mortal)
        sim_phoenix_at(w, session, seq);
    else
        settle(w, y, s);
    arrives(w, executor, way, msg, cause);
    if (mortal)
        settle_if_taken(w, executor, session, seq);
    sim_run_tasks(w); /* each message is an event of its own, whatever it came with */
}

/* The first frame of a later process: what was under way between the driver and the one before is over. */
static void follow_session(struct sim *w, uint32_t executor, uint32_t session)
{
    struct sim_wire *x = wire_of(w, executor);
    drop_before(w, &x->way[IN], session);
    drop_before(w, &x->way[OUT], session);
    x->session[IN] = session;
    x->way[OUT].taken = 0;
    x->muted = 0;
}

/* Whether the end that this frame has come to can do anything with it. */
static bool is_received(struct sim *w, uint32_t executor, uint32_t way, struct gang_frame *frame)
{
    struct sim_wire *x = wire_of(w, executor);
    const struct sim_host *host = &w->hosts[executor];
    if (way == IN) {
        if (x->muted && x->session[IN] == frame->session && frame->seq > 0) {
            frame->seq = 0; /* the driver wrote this process off, and takes back what it had sent */
            memset(&frame->msg, 0, sizeof frame->msg);
        }
        return host->up && host->incarnation == frame->session;
    }
    if (x->session[IN] == NO_SESSION || frame->session > x->session[IN])
        follow_session(w, executor, frame->session);
    /* Of a process that is gone, nobody will fill a gap. */
    return frame->session == x->session[IN] &&
           (sender_lives(w, executor, OUT, frame->session) || frame->seq <= x->way[OUT].taken + 1);
}

static bool is_open(const struct sim *w, uint32_t executor, uint32_t way, uint32_t session)
{
    const struct sim_host *host = &w->hosts[executor];
    return !w->stopped &&
           (way == OUT ? !w->driver_down : (host->up && host->incarnation == session));
}

static void arrive(struct sim *w, uint32_t executor, uint32_t way, const struct gang_frame *came,
                   uint64_t cause)
{
    struct sim_wire *x = wire_of(w, executor);
    struct gang_link *end = x->end[!way];
    struct gang_frame frame = *came;
    struct sent *s = take_off(w, &x->way[way], came);
    const struct gang_msg *next;
    if (!is_received(w, executor, way, &frame)) {
        s = find_sent(w, &x->way[way], came->session, came->seq); /* the list may have moved */
        if (s != NULL && s->cause != 0)
            drop(w, &x->way[way], s);
        if (cause != 0)
            (void)sim_record_dropped(w, &came->msg, cause);
        return;
    }
    uint32_t unheard = w->core->link_unacked(end);
    (void)w->core->link_receive(end, w->now_ns, &frame);
    if (way == OUT && w->phoenix != NULL && w->core->link_unacked(end) < unheard)
        sim_phoenix_acknowledged(w, executor, frame.session, frame.ack);
    while (is_open(w, executor, way, frame.session) && (next = w->core->link_next(end)) != NULL) {
        const struct gang_msg msg = *next;
        hand_up(w, executor, way, &msg);
    }
    if (frame.seq == 0 && frame.msg.kind != GANG_MSG_NONE &&
        is_open(w, executor, way, frame.session))
        sim_take_soft(w, &frame.msg, cause);
    if (!is_open(w, executor, way, frame.session))
        return;
    if (w->core->link_owes(end, &frame))
        put_on_wire(w, executor, !way, &frame, 0);
    ask_resend(w, executor, !way);
}

static void lose_datagram(struct sim *w, uint32_t i)
{
    const struct sim_frame *f = &w->frames[i];
    const struct way *y = &wire_of(w, f->executor)->way[f->way];
    const struct sent *s = find_sent(w, y, f->frame.session, f->frame.seq);
    if (s != NULL && s->cause != 0)
        (void)sim_record_frame_lost(w, &s->msg, s->cause);
    lose_frame(w, i);
}

/* Of datagrams all that are held have two thirds of the store, and leave the rest to those that pass: who is lost is repeated. */
static uint32_t most_held(const struct sim *w) { return w->frames_max / 3 * 2; }

void sim_frame_due(struct sim *w, uint32_t i)
{
    struct sim_frame *f = &w->frames[i];
    struct way *y = &wire_of(w, f->executor)->way[f->way];
    bool for_nobody = f->way == OUT && w->driver_down;
    if (is_datagram(w) && (is_ill(y, ILL_CUT) || for_nobody)) {
        lose_datagram(w, i);
        return;
    }
    if (!passes(y) && is_datagram(w) && w->frames_held == most_held(w)) {
        lose_datagram(w, i);
        return;
    }
    if (!passes(y)) {
        f->waits = 1;
        w->frames_held += is_datagram(w);
        if (is_datagram(w))
            append(w, y, i);
        return;
    }
    if (!is_datagram(w)) {
        assert(y->first == i); /* nobody overtakes on a stream */
        (void)take_first(w, y);
        y->frames--;
    }
    const struct sim_frame copy = *f;
    give_frame(w, i);
    arrive(w, copy.executor, copy.way, &copy.frame, copy.cause);
}

uint32_t sim_frame_host(const struct sim *w, uint32_t i)
{
    return w->frames[i].way == IN ? w->frames[i].executor : PLAN_NONE;
}

bool sim_frame_is_of_same_way(const struct sim *w, uint32_t i, uint32_t k)
{
    return w->frames[i].executor == w->frames[k].executor && w->frames[i].way == w->frames[k].way;
}

uint32_t sim_frame_way(const struct sim *w, uint32_t i)
{
    return 2 * w->frames[i].executor + w->frames[i].way;
}

/* ---- repeating */
static void repeat(struct sim *w, uint32_t executor, uint32_t end, bool all)
{
    const struct sim_wire *x = wire_of(w, executor);
    struct gang_frame frame;
    uint32_t cursor = 0;
    while (w->core->link_resend(x->end[end], w->now_ns, all, &cursor, &frame))
        put_on_wire(w, executor, end, &frame, 0);
    ask_resend(w, executor, end);
}

static void resend_due(struct sim *w, uint32_t executor, uint32_t end)
{
    const struct sim_wire *x = wire_of(w, executor);
    w->events++;
    w->cause = 0;
    if (w->core->link_deadline(x->end[end]) <= w->now_ns)
        repeat(w, executor, end, false);
    else
        ask_resend(w, executor, end);
}

/* ---- health */
static void look_after(struct sim *w, uint32_t executor, uint64_t cause)
{
    struct sim_wire *x = wire_of(w, executor);
    bool apart = w->hosts[executor].up &&
                 (w->driver_down || (!is_datagram(w) && (!x->connected || x->breaking)));
    bool sick = is_impaired(x) || apart;
    if (sick == (x->sick != 0))
        return;
    x->sick = sick;
    if (sick)
        sim_link_ill(w, executor, cause);
    else
        sim_link_well(w, executor);
}

/* ---- connections */
static void connect_soon(struct sim *w, uint32_t executor)
{
    const struct sim_wire *x = wire_of(w, executor);
    bool wanted = w->hosts[executor].up && passes_both_ways(x) && !w->driver_down;
    if (is_datagram(w) ? x->dead && wanted : !x->connected && wanted)
        set_timer(w, executor, SIM_LINK_CONNECTION,
                  sim_later(w->now_ns, w->begun ? sim_later(w->latency_ns, w->latency_ns) : 0));
}

/* Both ends know at once. What was on the wire is gone from it; the links keep what they have not heard of. */
static void disconnect(struct sim *w, uint32_t executor)
{
    struct sim_wire *x = wire_of(w, executor);
    const struct sim_host *host = &w->hosts[executor];
    struct gang_event ev;
    x->connected = x->breaking = 0;
    x->cut_ns = PLAN_NEVER;
    flush_stream(w, executor, IN);
    flush_stream(w, executor, OUT);
    x->cause = w->cause = sim_record_host(w, TRACE_DISCONNECT, executor, x->cause);
    look_after(w, executor, x->cause);
    w->cause = x->cause;
    ev.kind = GANG_EV_DISCONNECTED;
    ev.id = executor;
    if (host->joined == host->incarnation)
        sim_step_driver(w, &ev);
    connect_soon(w, executor);
}

static void connect(struct sim *w, uint32_t executor)
{
    struct sim_wire *x = wire_of(w, executor);
    if (x->dead) { /* its session lacks a message, and cannot be taken up again */
        sim_process_exit(w, executor, x->cause);
        return;
    }
    if (w->phoenix != NULL)
        flush_stream(w, executor, IN); /* what a driver that died had sent, if it is still there */
    w->cause = sim_record_host(w, TRACE_CONNECT, executor, x->cause);
    x->connected = 1;
    look_after(w, executor, w->cause);
    repeat(w, executor, OUT, true);
    if (x->session[IN] == x->session[OUT] && !x->muted)
        repeat(w, executor, IN, true);
}

static void connection_due(struct sim *w, uint32_t executor)
{
    struct sim_wire *x = wire_of(w, executor);
    w->events++;
    w->cause = x->cause;
    if (!w->hosts[executor].up)
        return;
    if (is_datagram(w)) {
        x->breaking = 0;
        if (passes_both_ways(x))
            sim_process_exit(w, executor, x->cause);
    } else if (x->connected) {
        disconnect(w, executor);
    } else if (passes_both_ways(x) && !w->driver_down) {
        connect(w, executor);
    }
}

void sim_link_due(struct sim *w, uint32_t payload)
{
    uint32_t executor = payload >> SIM_LINK_TIMER_BITS,
             timer = payload & ((1u << SIM_LINK_TIMER_BITS) - 1);
    if (timer == SIM_LINK_BEAT) {
        sim_beat_due(w, executor);
        return;
    }
    wire_of(w, executor)->timer_ns[timer] = PLAN_NEVER;
    if (timer == SIM_LINK_CONNECTION)
        connection_due(w, executor);
    else
        resend_due(w, executor, timer == SIM_LINK_RESEND_IN ? IN : OUT);
}

/* ---- processes come and go */
void sim_wire_up(struct sim *w, uint32_t executor)
{
    struct sim_wire *x = wire_of(w, executor);
    uint32_t incarnation = w->hosts[executor].incarnation;
    w->core->link_open(x->end[OUT], incarnation);
    x->session[OUT] = incarnation;
    x->way[IN].taken = 0;
    x->dead = x->breaking = 0;
    x->connected = !is_datagram(w) && passes_both_ways(x) && !w->driver_down;
    look_after(w, executor, x->cause);
}

/* Its connection is gone with it, and what it had sent that was not under way. Nobody is told. */
void sim_wire_down(struct sim *w, uint32_t executor)
{
    struct sim_wire *x = wire_of(w, executor);
    struct way *y = &x->way[OUT];
    x->connected = x->breaking = 0;
    x->cut_ns = PLAN_NEVER;
    set_timer(w, executor, SIM_LINK_CONNECTION, PLAN_NEVER);
    set_timer(w, executor, SIM_LINK_RESEND_OUT, PLAN_NEVER);
    if (!is_datagram(w) && !passes(y))
        flush_stream(w, executor, OUT);
    for (uint32_t i = 0; i < y->sent_count && !w->stopped;) {
        struct sent *s = sent_at(w, y, i);
        bool over = s->cause != 0 && s->on_wire == 0;
        if (over)
            drop(w, y, s);
        i = over ? 0 : i + 1;
    }
    look_after(w, executor, x->cause);
}

void sim_wire_lost(struct sim *w, uint32_t executor, uint32_t incarnation)
{
    struct sim_wire *x = wire_of(w, executor);
    if (x->session[IN] != incarnation)
        return;
    x->muted = 1;
    drop_before(w, &x->way[IN], incarnation + 1);
    ask_resend(w, executor, IN);
}

/* ---- the driver's process goes and comes back */
/* What it had sent is under way, and arrives; what was sent to it is lost with its connections. */
static void lose_driver(struct sim *w, uint32_t executor)
{
    struct sim_wire *x = wire_of(w, executor);
    set_timer(w, executor, SIM_LINK_RESEND_IN, PLAN_NEVER);
    if (!is_datagram(w)) {
        set_timer(w, executor, SIM_LINK_CONNECTION, PLAN_NEVER);
        if (x->connected)
            x->cause = sim_record_host(w, TRACE_DISCONNECT, executor, x->cause);
        x->connected = x->breaking = 0;
        x->cut_ns = PLAN_NEVER;
        flush_stream(w, executor, OUT);
    }
    look_after(w, executor, x->cause);
}

void sim_wires_driver_down(struct sim *w, uint64_t cause)
{
    for (uint32_t i = 0; i < w->executor_count && !w->stopped; i++) {
        wire_of(w, i)->cause = cause;
        lose_driver(w, i);
    }
}

void sim_wires_driver_up(struct sim *w, uint64_t cause)
{
    for (uint32_t i = 0; i < w->executor_count && !w->stopped; i++) {
        wire_of(w, i)->cause = cause;
        look_after(w, i, cause);
        connect_soon(w, i);
        ask_resend(w, i, IN);
    }
}

/* Of the driver's end of a link, what outlives its process; the link's own block follows. */
struct saved {
    uint32_t session, taken, muted, unused[13];
};
_Static_assert(sizeof(struct saved) == 64, "a link's block begins at a cache line");

static size_t saved_bytes(const struct gang_api *core, uint32_t window)
{
    return sizeof(struct saved) + ((core->link_size(window) + 63) & ~(size_t)63);
}

size_t sim_wires_saved_bytes(const struct gang_api *core, const struct plan *plan, uint32_t window)
{
    return plan->executor_count * saved_bytes(core, window);
}

void sim_wires_save(const struct sim *w, void *memory)
{
    char *at = memory;
    for (uint32_t i = 0; i < w->executor_count; i++, at += saved_bytes(w->core, w->wire_window)) {
        const struct sim_wire *x = wire_of(w, i);
        *(struct saved *)at = (struct saved){
            .session = x->session[IN], .taken = x->way[OUT].taken, .muted = x->muted};
        memcpy(at + sizeof(struct saved), x->end[IN], w->core->link_size(w->wire_window));
    }
}

void sim_wires_restore(struct sim *w, const void *memory)
{
    const char *at = memory;
    for (uint32_t i = 0; i < w->executor_count; i++, at += saved_bytes(w->core, w->wire_window)) {
        struct sim_wire *x = wire_of(w, i);
        const struct saved *saved = (const struct saved *)at;
        x->session[IN] = saved->session;
        x->way[OUT].taken = saved->taken;
        x->muted = (uint8_t)saved->muted;
        memcpy(x->end[IN], at + sizeof(struct saved), w->core->link_size(w->wire_window));
    }
}

void sim_wire_replay_taken(struct sim *w, uint32_t executor, uint32_t session, uint32_t seq,
                           const struct gang_msg *msg, int64_t at_ns)
{
    struct sim_wire *x = wire_of(w, executor);
    const struct gang_frame frame = {.session = session, .seq = seq, .msg = *msg};
    if (x->session[IN] == NO_SESSION || session > x->session[IN]) {
        x->session[IN] = session;
        x->way[OUT].taken = 0;
        x->muted = 0;
    }
    (void)w->core->link_receive(x->end[IN], at_ns, &frame);
    const struct gang_msg *next = w->core->link_next(x->end[IN]);
    assert(next != NULL);
    assert(next->kind == msg->kind);
    x->way[OUT].taken++;
    assert(x->way[OUT].taken == seq);
    (void)next;
}

void sim_wire_replay_ack(struct sim *w, uint32_t executor, uint32_t session, uint32_t ack,
                         int64_t at_ns)
{
    const struct sim_wire *x = wire_of(w, executor);
    const struct gang_frame frame = {.session = session, .ack = ack};
    if (x->session[IN] == session)
        (void)w->core->link_receive(x->end[IN], at_ns, &frame);
}

/* Numbered as it was then. A session that lacks a message takes no more, and ends when it is connected again. */
void sim_wire_replay_sent(struct sim *w, const struct gang_msg *msg, int64_t at_ns)
{
    const struct sim_wire *x = wire_of(w, msg->executor);
    struct gang_frame frame;
    struct gang_err err;
    if (!x->dead && x->session[IN] == msg->incarnation && !x->muted)
        (void)w->core->link_send(x->end[IN], at_ns, msg, &frame, &err);
}

void sim_wire_replay_lost(struct sim *w, uint32_t executor, uint32_t incarnation)
{
    struct sim_wire *x = wire_of(w, executor);
    if (x->session[IN] == incarnation)
        x->muted = 1;
}

/* ---- what the plan does */
static enum ill ill_of(uint32_t kind)
{
    switch ((int)kind) {
    case PLAN_ACT_CUT:
        return ILL_CUT;
    case PLAN_ACT_HOLD:
        return ILL_HOLD;
    case PLAN_ACT_CLOG:
        return ILL_CLOG;
    case PLAN_ACT_LOSE:
        return ILL_LOSE;
    case PLAN_ACT_DOUBLE:
        return ILL_DOUBLE;
    case PLAN_ACT_REORDER:
        return ILL_REORDER;
    default:
        return ILLS;
    }
}

static bool concerns(const struct plan_act *p, uint32_t way)
{
    return p->way == PLAN_WAY_BOTH || (p->way == PLAN_WAY_IN) == (way == IN);
}

static void count_impaired(struct sim *w, const struct sim_wire *x, bool before)
{
    bool now = is_impaired(x);
    if (now && !before)
        w->wires_impaired++;
    if (!now && before)
        w->wires_impaired--;
}

/* A stream that is cut for too long breaks. */
static void watch_cut(struct sim *w, uint32_t executor)
{
    struct sim_wire *x = wire_of(w, executor);
    bool cut = is_ill(&x->way[IN], ILL_CUT) || is_ill(&x->way[OUT], ILL_CUT);
    if (!x->connected || x->breaking || cut == (x->cut_ns != PLAN_NEVER))
        return;
    x->cut_ns = cut ? w->now_ns : PLAN_NEVER;
    set_timer(w, executor, SIM_LINK_CONNECTION,
              cut ? sim_later(w->now_ns, w->plan->setting[PLAN_SET_CONNECTION_TIMEOUT])
                  : PLAN_NEVER);
}

static void impair(struct sim *w, uint32_t act, uint32_t way, enum ill ill)
{
    const struct plan_act *p = &w->plan->acts[act];
    struct way *y = &wire_of(w, p->executor)->way[way];
    y->by[ill] = act;
    y->amount[ill] = p->amount > 0 ? (uint32_t)p->amount : 0;
    if (ill == ILL_CLOG)
        y->clog_ns = p->duration_ns;
    if (ill == ILL_REORDER)
        y->reorder_ns = p->duration_ns;
}

/* Takes one thing back, if it is this act's; PLAN_NONE: whoever's it is. True if there was anything to take back. */
static bool cure(struct sim *w, uint32_t executor, uint32_t way, enum ill ill, uint32_t act)
{
    struct way *y = &wire_of(w, executor)->way[way];
    if (!is_ill(y, ill) || (act != PLAN_NONE && y->by[ill] != act))
        return false;
    y->by[ill] = PLAN_NONE;
    if (ill == ILL_CLOG)
        y->clog_ns = 0;
    if ((ill == ILL_CUT || ill == ILL_HOLD) && passes(y))
        let_go(w, executor, way, ill == ILL_CUT ? w->latency_ns : 0);
    return true;
}

/* After something was done to a wire, or taken back. */
static void see_to(struct sim *w, uint32_t executor, uint64_t record, bool impaired_before)
{
    struct sim_wire *x = wire_of(w, executor);
    x->cause = record;
    count_impaired(w, x, impaired_before);
    watch_cut(w, executor);
    look_after(w, executor, record);
    connect_soon(w, executor);
}

static bool can_impair(const struct sim *w, enum ill ill)
{
    return ill < ILL_LOSE || is_datagram(w); /* a stream loses, doubles and reorders nothing */
}

static void begin_ill(struct sim *w, uint32_t act, enum ill ill, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    bool before = is_impaired(wire_of(w, p->executor));
    if (!can_impair(w, ill) || !sim_budget_link(w, act, before, cause))
        return;
    uint64_t record = sim_record_act(w, TRACE_FAULT, act, p->executor, TRACE_NONE, cause);
    for (uint32_t way = 0; way < 2; way++)
        if (concerns(p, way))
            impair(w, act, way, ill);
    see_to(w, p->executor, record, before);
    if ((ill == ILL_CUT || ill == ILL_HOLD) && p->duration_ns > 0) {
        w->faults_pending++; /* it has an end of its own, and the heal waits for it */
        sim_schedule_work(w, sim_later(w->now_ns, p->duration_ns), act, sim_extra(SIM_ACT_END, 0));
    }
}

/* The record comes first, as of every act; so ask first whether there is anything to take back. */
static bool has_ill(const struct sim *w, const struct plan_act *p, uint32_t act)
{
    const struct sim_wire *x = wire_of(w, p->executor);
    for (uint32_t way = 0; way < 2; way++)
        for (unsigned ill = 0; ill < ILLS; ill++)
            if (concerns(p, way) && is_ill(&x->way[way], (enum ill)ill) &&
                (act == PLAN_NONE || x->way[way].by[ill] == act))
                return true;
    return false;
}

static void end_ills(struct sim *w, uint32_t act, uint32_t only, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    if (!has_ill(w, p, only))
        return;
    uint64_t record = sim_record_act(w, TRACE_HEAL, act, p->executor, TRACE_NONE, cause);
    for (uint32_t way = 0; way < 2; way++)
        for (unsigned ill = 0; ill < ILLS && concerns(p, way); ill++)
            (void)cure(w, p->executor, way, (enum ill)ill, only);
    see_to(w, p->executor, record, true);
}

static void break_connection(struct sim *w, uint32_t act, uint64_t cause)
{
    uint32_t executor = w->plan->acts[act].executor;
    struct sim_wire *x = wire_of(w, executor);
    if (is_datagram(w) || !x->connected || !sim_budget_link(w, act, is_impaired(x), cause))
        return;
    x->cause = sim_record_act(w, TRACE_FAULT, act, executor, TRACE_NONE, cause);
    set_timer(w, executor, SIM_LINK_CONNECTION, PLAN_NEVER);
    disconnect(w, executor);
}

void sim_wire_act(struct sim *w, uint32_t act, uint64_t cause)
{
    uint32_t kind = w->plan->acts[act].kind;
    if (kind == PLAN_ACT_MEND)
        end_ills(w, act, PLAN_NONE, cause);
    else if (kind == PLAN_ACT_BREAK)
        break_connection(w, act, cause);
    else
        begin_ill(w, act, ill_of(kind), cause);
}

void sim_wire_act_end(struct sim *w, uint32_t act) { end_ills(w, act, act, 0); }

void sim_wires_heal(struct sim *w)
{
    for (uint32_t i = 0; i < w->executor_count && !w->stopped; i++) {
        struct sim_wire *x = wire_of(w, i);
        uint32_t act = PLAN_NONE;
        for (uint32_t k = 0; k < 2 * ILLS && act == PLAN_NONE; k++)
            act = x->way[k / ILLS].by[k % ILLS];
        if (act == PLAN_NONE)
            continue;
        uint64_t record = sim_record_act(w, TRACE_HEAL, act, i, TRACE_NONE, 0);
        for (uint32_t k = 0; k < 2 * ILLS; k++)
            (void)cure(w, i, k / ILLS, (enum ill)(k % ILLS), PLAN_NONE);
        see_to(w, i, record, true);
    }
}

/* ---- the end of the run: of every message it is known what became of it */
void sim_wires_close(struct sim *w)
{
    for (uint32_t i = 0; i < w->executor_count; i++)
        for (uint32_t way = 0; way < 2; way++)
            drop_before(w, &wire_of(w, i)->way[way], NO_SESSION);
}

/* ---- memory */
bool sim_wires_needed(const struct plan *plan)
{
    bool needed = plan->setting[PLAN_SET_DATAGRAM] != 0;
    for (uint32_t i = 0; i < plan->act_count && !needed; i++)
        needed = (plan_act_target(plan->acts[i].kind) == PLAN_TARGET_LINK &&
                  plan->acts[i].peer == PLAN_NONE) ||
                 plan->acts[i].kind == PLAN_ACT_CRASH_DRIVER;
    return needed;
}

/* A task has a few messages on its way while nobody acknowledges; one that reports and goes on has more. Heartbeats are
 * not numbered, so how long a cut lasts does not matter. */
uint32_t sim_wire_window(uint32_t tasks, bool reports)
{
    uint64_t window = 64 + UINT64_C(8) * tasks * (reports ? 8 : 1);
    return window < 4096 ? (uint32_t)window : 4096;
}

static size_t up_64(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

static size_t wire_bytes(const struct gang_api *core, uint32_t window)
{
    return 2 * up_64(core->link_size(window)) + 2 * up_64(2 * (size_t)window * sizeof(struct sent));
}

size_t sim_wires_bytes(const struct gang_api *core, const struct plan *plan, uint32_t window)
{
    return up_64(plan->executor_count * sizeof(struct sim_wire)) +
           plan->executor_count * wire_bytes(core, window);
}

uint32_t sim_wires_frames(const struct plan *plan, uint32_t window)
{
    uint64_t frames = UINT64_C(3) * plan->executor_count * window;
    return frames < 1u << 26 ? (uint32_t)frames : 1u << 26;
}

size_t sim_frame_bytes(void) { return sizeof(struct sim_frame); }

static void init_wire(struct sim *w, struct sim_wire *x, char *memory, uint32_t window)
{
    int64_t resend_ns = is_datagram(w) ? w->plan->setting[PLAN_SET_RESEND] : 0;
    *x = (struct sim_wire){.session = {NO_SESSION, NO_SESSION}, .cut_ns = PLAN_NEVER};
    for (unsigned i = 0; i < SIM_LINK_TIMERS; i++)
        x->timer_ns[i] = PLAN_NEVER;
    for (unsigned i = 0; i < 2; i++) {
        struct way *y = &x->way[i];
        y->first = y->last = PLAN_NONE;
        for (unsigned ill = 0; ill < ILLS; ill++)
            y->by[ill] = PLAN_NONE;
        w->core->link_init(memory, window, resend_ns, &x->end[i]);
        memory += up_64(w->core->link_size(window));
        y->sent = (struct sent *)memory;
        memory += up_64(2 * (size_t)window * sizeof(struct sent));
    }
}

void sim_wires_init(struct sim *w, void *memory, uint32_t window)
{
    char *at = (char *)memory + up_64(w->executor_count * sizeof(struct sim_wire));
    w->wires = memory;
    w->wire_window = window;
    w->frame_free = PLAN_NONE;
    for (uint32_t i = 0; i < w->executor_count; i++) {
        init_wire(w, &w->wires[i], at, window);
        at += wire_bytes(w->core, window);
    }
}

/* ---- looking at it all */
static void audit_way(const struct sim *w, uint32_t executor, uint32_t way)
{
    const struct way *y = &wire_of(w, executor)->way[way];
    uint32_t last = PLAN_NONE, frames = 0;
    for (uint32_t i = y->first; i != PLAN_NONE; i = w->frames[i].next) {
        assert(w->frames[i].executor == executor);
        assert(w->frames[i].way == way);
        frames++;
        assert(last == PLAN_NONE || is_datagram(w) ||
               w->frames[last].due_ns <= w->frames[i].due_ns);
        last = i;
    }
    assert(y->first == PLAN_NONE || last == y->last);
    assert(is_datagram(w) || (frames == y->frames && frames <= share(w)));
    assert(y->sent_count == 0 || sent_at(w, y, 0)->cause != 0);
}

void sim_wires_audit(const struct sim *w)
{
    uint32_t impaired = 0;
    for (uint32_t i = 0; i < w->executor_count; i++) {
        const struct sim_wire *x = wire_of(w, i);
        const struct sim_host *host = &w->hosts[i];
        w->core->link_audit(x->end[IN]);
        w->core->link_audit(x->end[OUT]);
        audit_way(w, i, IN);
        audit_way(w, i, OUT);
        impaired += is_impaired(x);
        assert(!x->sick || host->unwell > 0);
        assert(!host->up || !x->sick || host->beating == SIM_BEATS_ILL);
        assert(!x->connected || host->up);
    }
    assert(impaired == w->wires_impaired);
}

/* ---- the name of its state: numbers relative to what was handed up, times to now */
static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ h >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return h ^ h >> 32;
}

static uint64_t in(const struct sim *w, int64_t at_ns)
{
    return at_ns == PLAN_NEVER ? UINT64_MAX : at_ns > w->now_ns ? (uint64_t)(at_ns - w->now_ns) : 0;
}

static uint64_t mix_msg(const struct sim *w, uint64_t h, struct gang_msg msg)
{
    uint64_t words[sizeof msg / 8];
    if (sim_is_soft(&msg))
        msg.a = (uint64_t)w->now_ns - msg.a; /* a time */
    memcpy(words, &msg, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        h = mix(h, words[i]);
    return h;
}

uint64_t sim_frame_fingerprint(const struct sim *w, uint32_t i)
{
    const struct sim_frame *f = &w->frames[i];
    const struct sim_wire *x = wire_of(w, f->executor);
    uint64_t h = mix((uint64_t)f->executor << 8 | f->way, f->frame.session);
    h = mix(h, f->frame.seq == 0 ? UINT64_MAX : f->frame.seq - x->way[f->way].taken);
    h = mix(h, f->frame.ack - x->way[!f->way].taken);
    return mix_msg(w, h, f->frame.msg);
}

uint64_t sim_wires_fingerprint(const struct sim *w, uint64_t h)
{
    for (uint32_t i = 0; i < w->executor_count; i++) {
        const struct sim_wire *x = wire_of(w, i);
        h = mix(h, (uint64_t)x->session[IN] << 32 | x->session[OUT]);
        h = mix(h, (uint64_t)x->connected << 32 | (uint64_t)x->breaking << 24 |
                       (uint64_t)x->dead << 16 | (uint64_t)x->muted << 8 | x->sick);
        for (unsigned timer = SIM_LINK_RESEND_IN; timer < SIM_LINK_TIMERS; timer++)
            h = mix(h, in(w, x->timer_ns[timer]));
        for (unsigned way = 0; way < 2; way++) {
            const struct way *y = &x->way[way];
            h = mix(h, w->core->link_fingerprint(x->end[way], w->now_ns));
            for (unsigned ill = 0; ill < ILLS; ill++)
                h = mix(h, y->by[ill]);
            for (uint32_t f = y->first; f != PLAN_NONE; f = w->frames[f].next)
                h = w->frames[f].waits ? mix(h, sim_frame_fingerprint(w, f)) : h;
        }
    }
    return h;
}
