/*
 * phoenix.c -- the driver's process dies, and another one takes up where it was.
 *
 * This room is for: what the driver makes durable, its death before any of its effects, and its return from the log.
 * It may include:   record.h, world.h, <string.h>.
 * Never here:       decisions of the core's; what links do while it is away (wire.c).
 *
 * Carrying out GANG_FX_PERSIST appends the event at hand to a log in flat memory. To keep it short, the driver's block and its
 * ends of the links are copied now and then (the shadow), and the log begins anew. A driver that returns is the shadow, to
 * which the log has happened again: what it sent goes into its links once more, and nothing else of it is done twice.
 *
 * An event that was not made durable has not happened. What brought it comes again: a link repeats what was not
 * acknowledged, a timer is still due, and a client hands in again what nobody took.
 *
 * A core that does not say PERSIST, or says it too late, is taken at its word: what was carried out before stands in the world, and
 * the links know of it, but the driver that returns has forgotten the event. What comes of that is for judges.
 *
 * Invariants
 *   - Shadow and log give the driver as it was after the last event that is durable, and what its ends of the links must
 *     remember: what was handed up, and what was sent and not acknowledged.
 *   - The log has room for one more event at the beginning of every step.
 *   - carried < ALL: the last event of the log is one whose effects were carried out up to there.
 */
#include "record.h"

#include <string.h>

#define ALL UINT32_MAX

/* One thing of the log. GANG_EV_NONE: a message that meant nothing to the driver, or (seq 0) an acknowledgement. */
struct kept {
    int64_t at_ns;
    uint64_t token;
    struct gang_msg msg;
    uint32_t kind, id;
    uint64_t version; /* of a plan; id: how many decisions, from `first` on */
    uint32_t first;
    uint32_t forgotten; /* 1: carried out, and not durable: the links know of it, and who returns does not */
    uint32_t executor, session, seq, ack; /* where it came on its link; seq 0: on none */
};

/* What a client, or somebody who looks after machines, wants of a driver that is away. */
struct request {
    uint32_t kind, id;
    uint64_t cause;
};

/* An act that strikes right before the effect that `left` counts down to. */
struct doom {
    uint32_t act, left;
    uint64_t cause;
};

struct sim_phoenix {
    struct gang_driver *shadow, *spare;
    void *links; /* of the shadow */
    struct kept *log;
    uint64_t *bits; /* of the log's heartbeats */
    struct gang_decision *plans; /* of the log's plans; room for one more at the beginning of every step */
    uint32_t plans_count, plans_room;
    struct request *requests;
    struct doom *dooms;
    size_t driver_bytes;
    uint32_t count, room; /* of the log */
    uint32_t words;       /* of the bits of one event */
    uint32_t request_count, doom_count;
    uint32_t session, seq; /* where the event at hand came on its link */
    uint32_t carried, done; /* done: effects of the last step that were carried out */
    uint32_t act;           /* what struck, or is about to */
    uint64_t cause, record; /* the DRIVER_DOWN */
    uint32_t untaken;       /* kind of the record of what it died of before that was durable; 0: of nothing recorded */
    bool struck, lost;      /* lost: the event at hand was not durable when it died */
    bool forgetful;         /* of the last return: some event of the log was forgotten */
};

/* ---- memory */
static uint32_t crashes_of(const struct plan *plan)
{
    uint32_t crashes = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        crashes += plan->acts[i].kind == PLAN_ACT_CRASH_DRIVER;
    return crashes;
}

bool sim_phoenix_needed(const struct plan *plan) { return crashes_of(plan) > 0; }

/* A copy of everything after as many events that each of them costs little. */
static uint32_t room_of_log(const struct plan *plan)
{
    uint64_t room = 64 + UINT64_C(16) * plan->executor_count;
    return room < 4096 ? (uint32_t)room : 4096;
}

/* Each job is handed in once and cancelled once at most, and each machine drained once and excluded once. */
static size_t most_requests(const struct plan *plan)
{
    return 2 * ((size_t)plan->job_count + plan->executor_count);
}

struct parts {
    size_t phoenix, shadow, spare, links, log, bits, plans, requests, dooms, bytes;
};

static size_t put(size_t *at, size_t bytes)
{
    size_t here = *at;
    *at = here + ((bytes + 63) & ~(size_t)63);
    return here;
}

static struct parts lay_out(const struct gang_api *core, const struct plan *plan,
                            size_t driver_bytes, uint32_t window, uint32_t decisions)
{
    struct parts parts;
    size_t at = 0, room = room_of_log(plan) + 1, words = (plan->executor_count + 63) / 64;
    parts.phoenix = put(&at, sizeof(struct sim_phoenix));
    parts.shadow = put(&at, driver_bytes);
    parts.spare = put(&at, driver_bytes);
    parts.links = put(&at, sim_wires_saved_bytes(core, plan, window));
    parts.log = put(&at, room * sizeof(struct kept));
    parts.bits = put(&at, room * words * sizeof(uint64_t));
    parts.plans = put(&at, 8 * (size_t)decisions * sizeof(struct gang_decision));
    parts.requests = put(&at, most_requests(plan) * sizeof(struct request));
    parts.dooms = put(&at, crashes_of(plan) * sizeof(struct doom));
    parts.bytes = at;
    return parts;
}

size_t sim_phoenix_bytes(const struct gang_api *core, const struct plan *plan, size_t driver_bytes,
                         uint32_t window, uint32_t decisions)
{
    return lay_out(core, plan, driver_bytes, window, decisions).bytes;
}

static void take_shadow(struct sim *w)
{
    struct sim_phoenix *p = w->phoenix;
    assert(p->carried == ALL);
    memcpy(p->shadow, w->driver, p->driver_bytes);
    sim_wires_save(w, p->links);
    p->count = p->plans_count = 0;
}

void sim_phoenix_init(struct sim *w, void *memory, size_t driver_bytes)
{
    struct parts parts = lay_out(w->core, w->plan, driver_bytes, w->wire_window, w->decisions_max);
    char *at = memory;
    struct sim_phoenix *p = w->phoenix = memory;
    *p = (struct sim_phoenix){.shadow = (struct gang_driver *)(at + parts.shadow),
                              .spare = (struct gang_driver *)(at + parts.spare),
                              .links = at + parts.links,
                              .log = (struct kept *)(at + parts.log),
                              .bits = (uint64_t *)(at + parts.bits),
                              .plans = (struct gang_decision *)(at + parts.plans),
                              .plans_room = 8 * w->decisions_max,
                              .requests = (struct request *)(at + parts.requests),
                              .dooms = (struct doom *)(at + parts.dooms),
                              .driver_bytes = driver_bytes,
                              .room = room_of_log(w->plan),
                              .words = (w->executor_count + 63) / 64,
                              .carried = ALL,
                              .act = PLAN_NONE};
    take_shadow(w);
}

/* ---- the log */
static struct kept *append(struct sim *w, const struct kept *kept)
{
    struct sim_phoenix *p = w->phoenix;
    assert(p->count <= p->room);
    p->log[p->count] = *kept;
    return &p->log[p->count++];
}

static uint64_t *bits_of(const struct sim_phoenix *p, const struct kept *k)
{
    return &p->bits[(size_t)(k - p->log) * p->words];
}

static struct kept *persist(struct sim *w, const struct gang_event *ev)
{
    struct sim_phoenix *p = w->phoenix;
    struct kept *k = append(w, &(struct kept){.at_ns = w->now_ns,
                                              .token = ev->token,
                                              .kind = ev->kind,
                                              .id = ev->id,
                                              .session = p->session,
                                              .seq = p->seq});
    if (ev->kind == GANG_EV_MSG) {
        k->msg = *ev->msg;
        k->executor = ev->msg->executor;
    }
    if (ev->kind == GANG_EV_PLAN) {
        k->version = ev->plan->version;
        k->id = ev->plan->count;
        k->first = p->plans_count;
        assert(k->id <= p->plans_room - p->plans_count);
        memcpy(&p->plans[k->first], ev->plan->list, k->id * sizeof *p->plans);
        p->plans_count += k->id;
    }
    if (ev->kind == GANG_EV_HEARTBEATS)
        memcpy(bits_of(p, k), ev->bits, p->words * sizeof *p->bits);
    return k;
}

static void bound_the_log(struct sim *w)
{
    const struct sim_phoenix *p = w->phoenix;
    if (p->count >= p->room || p->plans_room - p->plans_count < w->decisions_max)
        take_shadow(w);
}

void sim_phoenix_at(struct sim *w, uint32_t session, uint32_t seq)
{
    w->phoenix->session = session;
    w->phoenix->seq = seq;
}

/* What is acknowledged need not be kept, and must not be: the window is as wide as it is. */
void sim_phoenix_acknowledged(struct sim *w, uint32_t executor, uint32_t session, uint32_t ack)
{
    if (w->phoenix->count >= w->phoenix->room)
        take_shadow(w); /* the link knows already */
    else
        (void)append(w, &(struct kept){
                            .at_ns = w->now_ns, .executor = executor, .session = session, .ack = ack});
}

void sim_phoenix_skipped(struct sim *w, uint32_t executor, uint32_t session, uint32_t seq,
                         const struct gang_msg *msg)
{
    (void)append(w, &(struct kept){.at_ns = w->now_ns,
                                   .executor = executor,
                                   .session = session,
                                   .seq = seq,
                                   .msg = *msg});
    bound_the_log(w);
}

bool sim_phoenix_lost(const struct sim *w) { return w->driver_down && w->phoenix->lost; }

/* ---- what nobody takes while it is away */
static bool is_request(uint32_t kind)
{
    return kind == GANG_EV_SUBMIT || kind == GANG_EV_CANCEL || kind == GANG_EV_DECOMMISSION ||
           kind == GANG_EV_EXCLUDE;
}

static void wait_for_it(struct sim *w, const struct gang_event *ev, bool first)
{
    struct sim_phoenix *p = w->phoenix;
    const struct request request = {ev->kind, ev->id, ev->token};
    for (uint32_t i = 0; i < p->request_count; i++)
        if (p->requests[i].kind == ev->kind && p->requests[i].id == ev->id)
            return;
    assert(p->request_count < most_requests(w->plan));
    uint32_t place = first ? 0 : p->request_count;
    memmove(p->requests + place + 1, p->requests + place,
            (p->request_count++ - place) * sizeof request);
    p->requests[place] = request;
}

bool sim_phoenix_takes(struct sim *w, const struct gang_event *ev)
{
    if (w->driver_down && is_request(ev->kind))
        wait_for_it(w, ev, false);
    return !w->driver_down;
}

static void hand_in(struct sim *w, const struct request *r)
{
    struct gang_event ev;
    w->cause = r->cause;
    if (r->kind == GANG_EV_SUBMIT) {
        sim_hand_in(w, r->id);
        return;
    }
    if (r->kind == GANG_EV_CANCEL ? w->jobs[r->id] != SIM_JOB_SUBMITTED
                                  : w->hosts[r->id].joined == PLAN_NONE)
        return; /* it has come to nothing meanwhile */
    ev.kind = r->kind;
    ev.id = r->id;
    sim_step_driver(w, &ev);
}

static void hand_in_all(struct sim *w)
{
    struct sim_phoenix *p = w->phoenix;
    while (p->request_count > 0 && !w->driver_down && !w->stopped) {
        const struct request r = p->requests[0];
        memmove(p->requests, p->requests + 1, --p->request_count * sizeof r);
        hand_in(w, &r);
    }
}

/* ---- death */
static void die(struct sim *w)
{
    struct sim_phoenix *p = w->phoenix;
    const struct sim_machine asleep = {.deadline_ns = PLAN_NEVER,
                                       .wake_ns = PLAN_NEVER,
                                       .wake_key = (w->driver_machine.wake_key + 1) & SIM_KEY_MASK};
    uint32_t act = p->act;
    p->struck = false;
    w->driver_down = true;
    w->plan_wanted = false; /* nobody is there to hear the answer; who returns asks by itself */
    w->driver_machine = asleep;
    w->acts[act].cause = sim_record_act(w, TRACE_FAULT, act, PLAN_NONE, TRACE_NONE, p->cause);
    struct trace_record *r =
        sim_record_blank(w, TRACE_DRIVER_DOWN, TRACE_WORLD, w->acts[act].cause);
    r->a = p->done;
    r->b = p->untaken;
    p->untaken = TRACE_KIND_NONE;
    p->record = sim_record_close(w, r);
    sim_begin_lasting(w, act, w->plan->acts[act].duration_ns);
    sim_wires_driver_down(w, p->record);
    sim_plan_heal(w);
}

/* One effect nearer. */
static bool strikes(struct sim_phoenix *p)
{
    for (uint32_t i = 0; i < p->doom_count && !p->struck; i++) {
        if (--p->dooms[i].left > 0)
            continue;
        p->struck = true;
        p->act = p->dooms[i].act;
        p->cause = p->dooms[i].cause;
        p->dooms[i--] = p->dooms[--p->doom_count];
    }
    return p->struck;
}

/* The effects of a step from `from` on, or as many of them as it lives to see. ev: NULL, it is in the log already. */
static void carry_out(struct sim *w, const struct gang_event *ev, const struct gang_effects *fx,
                      uint32_t from)
{
    struct sim_phoenix *p = w->phoenix;
    uint64_t cause = w->cause;
    for (p->done = from; p->done < fx->count && !w->stopped; p->done++) {
        const struct gang_effect *effect = &fx->list[p->done];
        if (strikes(p))
            break;
        if (ev != NULL && p->done == 0)
            persist(w, ev)->forgotten = effect->fx != GANG_FX_PERSIST;
        if (effect->fx != GANG_FX_PERSIST)
            sim_carry_out(w, effect, cause);
        else if (ev != NULL)
            p->log[p->count - 1].forgotten = 0; /* from here on, however late */
    }
    p->carried = p->struck ? p->done : ALL;
}

/* Of the record that has just said that this event comes. Whether one does of other events depends on who tries again. */
static uint32_t kind_of(const struct sim_phoenix *p, const struct gang_event *ev)
{
    if (ev->kind == GANG_EV_MSG && p->seq != 0)
        return TRACE_DELIVER;
    return TRACE_KIND_NONE;
}

bool sim_phoenix_carry_out(struct sim *w, const struct gang_event *ev, const struct gang_effects *fx)
{
    struct sim_phoenix *p = w->phoenix;
    carry_out(w, ev, fx, 0);
    p->lost = p->struck && p->done == 0;
    if (p->lost) {
        p->carried = ALL; /* of the event before */
        p->untaken = kind_of(p, ev);
        if (is_request(ev->kind))
            wait_for_it(w, ev, true);
    } else if (fx->count == 0 && p->seq != 0) {
        (void)persist(w, ev); /* nothing came of it, but it was taken off its link */
    }
    p->seq = 0;
    if (p->struck)
        die(w);
    else
        bound_the_log(w);
    return !w->driver_down;
}

/* ---- return */
static void replay_effects(struct sim *w, const struct gang_effects *fx, uint32_t carried,
                           int64_t at_ns)
{
    for (uint32_t i = 0; i < fx->count && i < carried; i++) {
        const struct gang_msg *msg = &fx->list[i].msg;
        if (fx->list[i].fx == GANG_FX_SEND && !sim_is_soft(msg))
            sim_wire_replay_sent(w, msg, at_ns);
        if (fx->list[i].fx == GANG_FX_LOST)
            sim_wire_replay_lost(w, msg->executor, msg->incarnation);
    }
}

static void replay_event(struct sim *w, const struct kept *k, struct gang_effects *fx)
{
    struct gang_stage_spec stages[SIM_STAGES_MAX];
    struct gang_job_spec spec;
    struct gang_err err;
    const struct gang_plan plan = {k->version, k->id, &w->phoenix->plans[k->first]};
    struct gang_event ev = {.at_ns = sim_driver_clock(w, k->at_ns),
                            .plan = &plan,
                            .token = k->token,
                            .kind = k->kind,
                            .id = k->id,
                            .msg = &k->msg,
                            .bits = bits_of(w->phoenix, k)};
    if (k->kind == GANG_EV_SUBMIT) {
        sim_job_spec(w, k->id, &spec, stages);
        ev.job = &spec;
    }
    if (w->core->driver_step(w->driver, &ev, fx, &err) != GANG_OK && !w->phoenix->forgetful)
        sim_fail(w, SIM_E_CORE, "the driver refused event %u when it was replayed: %s", ev.kind,
                 err.detail);
}

/* What it sent stands in its links, and it knows nothing of it. */
static void replay_forgotten(struct sim *w, const struct kept *k, struct gang_effects *fx, uint32_t carried)
{
    struct sim_phoenix *p = w->phoenix;
    p->forgetful = true;
    memcpy(p->spare, w->driver, p->driver_bytes); /* the one that died is compared with nobody any more */
    replay_event(w, k, fx);
    replay_effects(w, fx, carried, k->at_ns);
    memcpy(w->driver, p->spare, p->driver_bytes);
    fx->count = 0; /* nor is there anybody to carry out the rest */
}

/* Returns how many events there were; fx: the effects of the last. */
static uint32_t replay(struct sim *w, struct gang_effects *fx)
{
    struct sim_phoenix *p = w->phoenix;
    uint32_t events = 0;
    p->forgetful = false;
    memcpy(p->spare, w->driver, p->driver_bytes);
    memcpy(w->driver, p->shadow, p->driver_bytes);
    sim_wires_restore(w, p->links);
    for (uint32_t i = 0; i < p->count && !w->stopped; i++) {
        const struct kept *k = &p->log[i];
        fx->count = 0;
        if (k->seq != 0)
            sim_wire_replay_taken(w, k->executor, k->session, k->seq, &k->msg, k->at_ns);
        else if (k->kind == GANG_EV_NONE)
            sim_wire_replay_ack(w, k->executor, k->session, k->ack, k->at_ns);
        if (k->kind == GANG_EV_NONE)
            continue;
        uint32_t carried = i + 1 < p->count ? ALL : p->carried;
        if (k->forgotten) {
            replay_forgotten(w, k, fx, carried);
            continue;
        }
        replay_event(w, k, fx);
        replay_effects(w, fx, carried, k->at_ns);
        events++;
    }
    return events;
}

/* A driver from the log must be the one that died, had that one been told of its return. Of a core from elsewhere judges see what
 * it has forgotten. */
static void compare(struct sim *w, uint64_t up)
{
    struct sim_phoenix *p = w->phoenix;
    struct gang_event ev = {
        .at_ns = sim_driver_clock(w, w->now_ns), .kind = GANG_EV_RECOVERED, .token = up};
    struct gang_effects fx = {w->effects, 0, w->effects_capacity};
    enum gang_status status = w->core->driver_step(p->spare, &ev, &fx, NULL);
    uint64_t was = w->core->driver_fingerprint(p->spare), is = w->core->driver_fingerprint(w->driver);
    assert(w->core != gang_api() || (status == GANG_OK && was == is));
    (void)status;
    (void)was;
    (void)is;
}

static void recover(struct sim *w, uint64_t up)
{
    struct gang_event ev = {.kind = GANG_EV_RECOVERED};
    bool lost = w->phoenix->lost;
    w->cause = up;
    sim_step_driver(w, &ev);
    if (!lost && !w->phoenix->forgetful && !w->stopped && !sim_phoenix_lost(w))
        compare(w, up);
}

/* Effects of the log's last event that are still to be carried out, and leave a record. */
static uint32_t left(const struct sim_phoenix *p, const struct gang_effects *fx)
{
    uint32_t count = 0;
    for (uint32_t i = p->carried; i < fx->count; i++)
        count += fx->list[i].fx != GANG_FX_GIVE_BACK &&
                 (fx->list[i].fx != GANG_FX_SEND || fx->list[i].msg.kind != GANG_MSG_HEARTBEAT_ACK);
    return count;
}

void sim_phoenix_rise(struct sim *w, uint32_t act, bool early)
{
    struct sim_phoenix *p = w->phoenix;
    struct gang_effects fx = {w->effects, 0, w->effects_capacity};
    assert(w->driver_down);
    assert(act == p->act);
    uint64_t cause = early ? sim_record_act(w, TRACE_HEAL, act, PLAN_NONE, TRACE_NONE,
                                            w->acts[act].cause)
                           : p->record;
    uint32_t events = replay(w, &fx);
    struct trace_record *r = sim_record_blank(w, TRACE_DRIVER_UP, TRACE_WORLD, cause);
    r->a = events;
    r->b = left(p, &fx);
    uint64_t up = sim_record_close(w, r);
    w->driver_down = false;
    if (p->carried < fx.count && !w->stopped) {
        w->cause = p->log[p->count - 1].token;
        carry_out(w, NULL, &fx, p->carried);
    }
    if (p->struck) { /* again, and before it was through */
        p->lost = false;
        die(w);
        return;
    }
    p->carried = ALL;
    bound_the_log(w); /* it died when that was due */
    bool asks = w->plan_wanted; /* a plan is an event of its own, and the driver that died never saw it */
    w->plan_wanted = false;
    recover(w, up);
    if (!w->driver_down)
        sim_wires_driver_up(w, up);
    w->cause = up;
    if (asks)
        sim_place(w);
    hand_in_all(w);
}

/* ---- acts */
void sim_phoenix_act(struct sim *w, uint32_t act, uint64_t cause)
{
    struct sim_phoenix *p = w->phoenix;
    const struct plan_act *plan = &w->plan->acts[act];
    if ((plan->amount > 0 || !w->driver_down) && !sim_budget_driver(w, act, cause))
        return;
    if (plan->amount > 0) {
        p->dooms[p->doom_count++] =
            (struct doom){.act = act, .left = (uint32_t)plan->amount, .cause = cause};
        return;
    }
    if (w->driver_down)
        return;
    p->act = act;
    p->cause = cause;
    p->lost = false;
    die(w);
}

/* ---- looking at it */
void sim_phoenix_audit(const struct sim *w)
{
    const struct sim_phoenix *p = w->phoenix;
    assert(p->count <= p->room + 1);
    assert(!p->struck);
    assert(p->carried == ALL || (w->driver_down && p->count > 0));
    assert(p->request_count == 0 || w->driver_down);
    assert(p->seq == 0);
    w->core->driver_audit(p->shadow);
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ h >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return h ^ h >> 32;
}

static uint64_t of_kept(const struct sim *w, uint64_t h, const struct kept *k)
{
    uint64_t words[sizeof k->msg / 8];
    memcpy(words, &k->msg, sizeof words);
    h = mix(h, (uint64_t)(w->now_ns - k->at_ns));
    h = mix(h, (uint64_t)k->kind << 32 | k->id) + k->forgotten;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        h = mix(h, words[i]);
    return h;
}

/* While it lives, what it would return as is what it is. */
uint64_t sim_phoenix_fingerprint(const struct sim *w, uint64_t h)
{
    const struct sim_phoenix *p = w->phoenix;
    h = mix(h, (uint64_t)w->driver_down << 32 | p->doom_count);
    for (uint32_t i = 0; i < p->doom_count; i++)
        h = mix(h, (uint64_t)p->dooms[i].act << 32 | p->dooms[i].left);
    if (!w->driver_down)
        return h;
    h = mix(mix(h, w->core->driver_fingerprint(p->shadow)), p->carried);
    for (uint32_t i = 0; i < p->count; i++)
        h = of_kept(w, h, &p->log[i]);
    for (uint32_t i = 0; i < p->request_count; i++)
        h = mix(h, (uint64_t)p->requests[i].kind << 32 | p->requests[i].id);
    return h;
}
