/*
 * scheduler.c -- a driver whose decisions are a child's: its door, who is there, and when the child is asked.
 *
 * It may include:   Jansson, scheduler.h.
 * Never here:       decisions about jobs. That an executor is lost, once it was silent for too long, is said here, and what follows from it is
 *                   the child's.
 *
 * The driver's memory in the world holds no more than where all this is. A line is asked when its instant is over: until then an entry at
 * the end of the present instant is due, as of a round of the core's own driver. Whatever is due at that moment comes before it.
 */
#include "scheduler.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_OF_AN_INSTANT_MAX = 10000 };

struct gang_driver {
    struct exec_scheduler *s;
};

/* Whose turn it is to be begun: a table of functions has no room for it. */
static struct exec_scheduler *next_to_begin;

static struct exec_scheduler *of(const struct gang_driver *driver) { return driver->s; }

static gang_ns later(gang_ns at, gang_ns by) { return at > GANG_NEVER - by ? GANG_NEVER : at + by; }

/* ---- who is there */
static gang_ns lease(const struct exec_scheduler *s)
{
    return s->config.policy.axis[GANG_AXIS_DRIVER_LEASE] != 0 ? 0 : s->config.driver_lease_ns;
}

static void watch(struct exec_scheduler *s, gang_ns at)
{
    if (at >= s->silence_at)
        return;
    s->silence_at = at;
    s->silence_token = s->token;
}

/* It is heard, or not, in one more way; the child learns of the first and of the last. */
static void set_away(struct exec_scheduler *s, uint32_t executor, unsigned away)
{
    struct member *m = &s->members[executor];
    if ((m->away != 0) != (away != 0))
        exec_say_executor(s, away != 0 ? "away" : "back", executor);
    m->away = (uint8_t)away;
    if (away != 0)
        watch(s, later(s->now, s->config.heartbeat_ns)); /* its next heartbeat brings it back */
}

static void heard(struct exec_scheduler *s, uint32_t executor)
{
    s->members[executor].heard_at = s->now;
    set_away(s, executor, s->members[executor].away & ~(unsigned)AWAY_SILENT);
}

static void answer(struct exec_scheduler *s, enum gang_msg_kind kind, const struct gang_msg *to,
                   struct gang_effects *out)
{
    struct gang_msg *msg = exec_emit(s, out, GANG_FX_SEND);
    msg->kind = (uint8_t)kind;
    msg->executor = to->executor;
    msg->incarnation = to->incarnation;
    msg->a = kind == GANG_MSG_HEARTBEAT_ACK ? to->a : 0;
}

static void lose(struct exec_scheduler *s, uint32_t executor, enum gang_reason reason,
                 struct gang_effects *out)
{
    struct member *m = &s->members[executor];
    struct gang_msg *lost = exec_emit(s, out, GANG_FX_LOST);
    lost->executor = executor;
    lost->incarnation = m->incarnation;
    lost->reason = (uint16_t)reason;
    m->presence = PRESENCE_GONE;
    m->away = 0;
    s->alive--;
    exec_let_go_all(s, executor);
    exec_say_lost(s, executor, reason);
}

static void join(struct exec_scheduler *s, const struct gang_msg *msg, struct gang_effects *out)
{
    s->members[msg->executor] = (struct member){
        .incarnation = msg->incarnation, .presence = PRESENCE_ALIVE, .heard_at = s->now};
    s->alive++;
    struct gang_msg *joined = exec_emit(s, out, GANG_FX_JOIN);
    joined->executor = msg->executor;
    joined->incarnation = msg->incarnation;
    answer(s, GANG_MSG_WELCOME, msg, out);
    watch(s, later(s->now, s->config.heartbeat_timeout_ns));
    exec_say_room(s, "up", msg);
}

/* A new incarnation means that the old process, and every task in it, is gone. One that was written off stays so. */
static void register_(struct exec_scheduler *s, const struct gang_msg *msg,
                      struct gang_effects *out)
{
    const struct member *m = &s->members[msg->executor];
    if (m->presence != PRESENCE_ABSENT && msg->incarnation < m->incarnation)
        return;
    if (m->presence == PRESENCE_ALIVE && msg->incarnation == m->incarnation) {
        heard(s, msg->executor);
        answer(s, GANG_MSG_WELCOME, msg, out);
    } else if (m->presence == PRESENCE_GONE && msg->incarnation == m->incarnation) {
        answer(s, GANG_MSG_GONE, msg, out);
    } else {
        if (m->presence == PRESENCE_ALIVE)
            lose(s, msg->executor, GANG_REASON_REINCARNATED, out);
        join(s, msg, out);
    }
}

/* Every real heartbeat is answered: the executor's lease begins at its sending. One that was dismissed is told so once more. */
static void heartbeat(struct exec_scheduler *s, const struct gang_msg *msg,
                      struct gang_effects *out)
{
    const struct member *m = &s->members[msg->executor];
    if (m->condemned) {
        answer(s, GANG_MSG_GONE, msg, out);
        return;
    }
    set_away(s, msg->executor,
             msg->op == 1 ? m->away | (unsigned)AWAY_UNLEASED : m->away & ~(unsigned)AWAY_UNLEASED);
    answer(s, GANG_MSG_HEARTBEAT_ACK, msg, out);
}

/* Of an incarnation that is not in the books: once a heartbeat it is told. */
static void stranger(struct exec_scheduler *s, const struct gang_msg *msg, struct gang_effects *out)
{
    const struct member *m = &s->members[msg->executor];
    if (msg->kind == GANG_MSG_HEARTBEAT && m->presence == PRESENCE_GONE &&
        m->incarnation == msg->incarnation)
        answer(s, GANG_MSG_GONE, msg, out);
}

/* Without a lease nobody can ever be sure what became of it, and it is lost at once. */
static void disconnected(struct exec_scheduler *s, uint32_t executor, struct gang_effects *out)
{
    const struct member *m = &s->members[executor];
    if (m->presence != PRESENCE_ALIVE)
        return;
    if (lease(s) == 0)
        lose(s, executor, GANG_REASON_EXECUTOR_LOST, out);
    else
        set_away(s, executor, m->away | (unsigned)AWAY_SILENT);
}

static void heartbeats(struct exec_scheduler *s, const uint64_t *bits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if ((bits[i / 64] >> (i % 64) & 1) && s->members[i].presence == PRESENCE_ALIVE) {
            s->members[i].heard_at = s->now;
            set_away(s, i, 0); /* who is heard so has its lease */
        }
}

static void look_who_is_silent(struct exec_scheduler *s, struct gang_effects *out)
{
    s->silence_at = GANG_NEVER;
    for (uint32_t i = 0; i < s->limits.executors; i++) {
        const struct member *m = &s->members[i];
        if (m->presence != PRESENCE_ALIVE)
            continue;
        gang_ns due = later(m->heard_at, s->config.heartbeat_timeout_ns),
                soon = later(s->now, s->config.heartbeat_ns);
        if (due <= s->now)
            lose(s, i, GANG_REASON_SILENT, out);
        else
            watch(s, m->away != 0 && soon < due ? soon : due);
    }
}

/* ---- messages */
static void about_a_gang(struct exec_scheduler *s, const struct gang_msg *msg)
{
    struct holding *h = exec_holding_of(s, msg->ref);
    exec_say_message(s, msg);
    if (msg->kind == GANG_MSG_ARRIVE)
        exec_note_call(s, msg);
    if (h == NULL)
        return;
    if (msg->kind == GANG_MSG_RESERVE_ACK)
        h->handle = msg->group;
    else if (msg->kind == GANG_MSG_RESERVE_NACK)
        exec_let_go(s, h, h->live);
    else if (msg->kind == GANG_MSG_FREE)
        exec_let_go(s, h, 1);
}

static void take_message(struct exec_scheduler *s, const struct gang_msg *msg,
                         struct gang_effects *out)
{
    const struct member *m = &s->members[msg->executor];
    if (msg->kind == GANG_MSG_REGISTER) {
        register_(s, msg, out);
        return;
    }
    if (m->presence != PRESENCE_ALIVE || m->incarnation != msg->incarnation) {
        stranger(s, msg, out);
        return;
    }
    heard(s, msg->executor);
    switch ((enum gang_msg_kind)msg->kind) {
    case GANG_MSG_HEARTBEAT:
        heartbeat(s, msg, out);
        break;
    case GANG_MSG_ROOM:
        exec_say_room(s, "room", msg);
        break;
    case GANG_MSG_RESERVE_ACK:
    case GANG_MSG_RESERVE_NACK:
    case GANG_MSG_ARRIVE:
    case GANG_MSG_CHECKPOINT:
    case GANG_MSG_OUTPUT:
    case GANG_MSG_FREE:
        about_a_gang(s, msg);
        break;
    case GANG_MSG_NONE:
    case GANG_MSG_REGISTER:
    case GANG_MSG_WELCOME:
    case GANG_MSG_HEARTBEAT_ACK:
    case GANG_MSG_GONE:
    case GANG_MSG_RESERVE:
    case GANG_MSG_UNRESERVE:
    case GANG_MSG_GO:
    case GANG_MSG_KILL:
    case GANG_MSG_RELEASE:
    case GANG_MSG_ROUND_FAILED:
    case GANG_MSG_COUNT:
        break; /* not a message to a driver */
    }
}

/* ---- timers */
static const struct wake *first_wake(const struct exec_scheduler *s)
{
    const struct wake *first = NULL;
    for (uint32_t i = 0; i < s->wake_count; i++) /* those set first come first */
        if (first == NULL || s->wakes[i].at < first->at)
            first = &s->wakes[i];
    return first;
}

/* What is due first: a wake, the look who is silent, or the end of this instant. In this order if they are due together. */
enum due { DUE_NOTHING, DUE_WAKE, DUE_SILENCE, DUE_LINE };
static enum due first_due(const struct exec_scheduler *s, gang_ns *at)
{
    const struct wake *wake = first_wake(s);
    enum due due = DUE_NOTHING;
    *at = GANG_NEVER;
    if (s->event_count > 0) {
        *at = s->now;
        due = DUE_LINE;
    }
    if (s->silence_at <= *at && s->silence_at != GANG_NEVER) {
        *at = s->silence_at;
        due = DUE_SILENCE;
    }
    if (wake != NULL && wake->at <= *at) {
        *at = wake->at;
        due = DUE_WAKE;
    }
    return due;
}

static gang_ns driver_deadline(const struct gang_driver *d, enum gang_timer *why)
{
    static const enum gang_timer kind[] = {[DUE_NOTHING] = GANG_TIMER_NONE,
                                           [DUE_SILENCE] = GANG_TIMER_HEARTBEAT,
                                           [DUE_LINE] = GANG_TIMER_ROUND};
    gang_ns at;
    enum due due = first_due(of(d), &at);
    *why = due == DUE_WAKE ? first_wake(of(d))->why : kind[due];
    return at;
}

static gang_ns driver_deadline_of(const struct gang_driver *d, enum gang_hope hope,
                                  enum gang_timer *why)
{
    const struct exec_scheduler *s = of(d);
    gang_ns first = GANG_NEVER;
    *why = GANG_TIMER_NONE;
    if (hope == GANG_HOPE_HABIT && s->silence_at != GANG_NEVER) {
        first = s->silence_at;
        *why = GANG_TIMER_HEARTBEAT;
    }
    for (uint32_t i = 0; i < s->wake_count; i++)
        if (gang_timer_hope(s->wakes[i].why) == hope && s->wakes[i].at < first) {
            first = s->wakes[i].at;
            *why = s->wakes[i].why;
        }
    return first;
}

static uint64_t driver_armed_by(const struct gang_driver *d)
{
    const struct exec_scheduler *s = of(d);
    gang_ns at;
    switch (first_due(s, &at)) {
    case DUE_WAKE:
        return first_wake(s)->token;
    case DUE_SILENCE:
        return s->silence_token;
    case DUE_LINE:
        return s->tokens[s->event_count - 1];
    case DUE_NOTHING:
        break;
    }
    return 0;
}

/* ---- asking */
static bool fail(struct exec_scheduler *s, enum exec_status code, const char *sentence)
{
    s->failure.code = code;
    (void)snprintf(s->failure.detail, sizeof s->failure.detail, "%s", sentence);
    return false;
}

/* What was said stands in no record; but the same state twice would mean the same for ever, and of the child's state nothing is known. */
static void remember(struct exec_scheduler *s)
{
    s->heard_hash = (s->heard_hash + s->asked) * UINT64_C(0x9E3779B97F4A7C15) + 1;
}

static bool ask(struct exec_scheduler *s, struct gang_effects *out)
{
    struct json_t *reply = NULL;
    exec_begin(s->child, &s->line, "instant");
    exec_put_int(&s->line, "now", s->now);
    exec_put(&s->line, ",\"events\":[%s]", s->events.bytes);
    s->line.failed |= s->events.failed;
    s->asked++;
    remember(s);
    if (exec_ask(s->child, s->now, &s->line, "commands", &reply, &s->failure) != EXEC_OK)
        return false;
    bool well = exec_carry_out(s, reply, out, &s->failure);
    json_decref(reply);
    s->events.size = 0;
    s->event_count = 0;
    if (s->out_of_memory)
        return fail(s, EXEC_E_SYSTEM, "there is no memory for what the scheduler asks for");
    return well;
}

static bool fire(struct exec_scheduler *s, struct gang_effects *out)
{
    gang_ns at;
    enum due due = first_due(s, &at);
    if (at > s->now)
        return true;
    if (due == DUE_SILENCE) {
        look_who_is_silent(s, out);
    } else if (due == DUE_WAKE) {
        const struct wake *wake = first_wake(s);
        uint32_t index = (uint32_t)(wake - s->wakes);
        exec_say_wake(s, wake->id);
        s->wake_count--;
        memmove(&s->wakes[index], &s->wakes[index + 1], (s->wake_count - index) * sizeof *s->wakes);
    } else if (due == DUE_LINE) {
        if (++s->lines_now > LINES_OF_AN_INSTANT_MAX)
            return exec_refuse(
                s->child, &s->failure,
                "it has had itself woken %d times in one instant: time does not go on",
                LINES_OF_AN_INSTANT_MAX);
        return ask(s, out);
    }
    return true;
}

/* ---- the door */
static enum gang_status refused(struct gang_err *err, enum gang_status code, const char *sentence)
{
    if (err != NULL) {
        err->code = code;
        (void)snprintf(err->detail, sizeof err->detail, "%.150s", sentence);
    }
    return code;
}

static enum gang_status driver_step(struct gang_driver *d, const struct gang_event *ev,
                                    struct gang_effects *out, struct gang_err *err)
{
    struct exec_scheduler *s = of(d);
    bool well = true;
    if (ev->at_ns != s->now)
        s->lines_now = 0;
    s->now = ev->at_ns;
    s->token = ev->token;
    out->count = 0;
    switch ((enum gang_ev_kind)ev->kind) {
    case GANG_EV_MSG:
        take_message(s, ev->msg, out);
        break;
    case GANG_EV_TIMER:
        well = fire(s, out);
        break;
    case GANG_EV_SUBMIT:
        if (exec_book_job(s, ev->job))
            exec_say_submit(s, ev->job);
        break;
    case GANG_EV_CANCEL:
        exec_say_job(s, "cancel", ev->id);
        break;
    case GANG_EV_HEARTBEATS:
        heartbeats(s, ev->bits, ev->id);
        break;
    case GANG_EV_DISCONNECTED:
        disconnected(s, ev->id, out);
        break;
    case GANG_EV_DECOMMISSION:
        exec_say_executor(s, "leaving", ev->id);
        break;
    case GANG_EV_EXCLUDE:
        exec_say_executor(s, "unhealthy", ev->id);
        break;
    case GANG_EV_NONE:
    case GANG_EV_PLAN:
    case GANG_EV_RECOVERED:
    case GANG_EV_BOOT:
    case GANG_EV_HEARD:
    case GANG_EV_ROOM:
    case GANG_EV_TASK_CALL:
    case GANG_EV_TASK_EXIT:
    case GANG_EV_SYNC:
    case GANG_EV_REPLY:
    case GANG_EV_COUNT:
        return refused(err, GANG_E_UNKNOWN, "a scheduler behind a pipe does not take such events");
    }
    if (well && s->out_of_memory)
        well = fail(s, EXEC_E_SYSTEM, "there is no memory for the scheduler's books");
    return well ? GANG_OK : refused(err, GANG_E_STATE, s->failure.detail);
}

/* ---- the table */
static size_t driver_size(const struct gang_limits *limits)
{
    (void)limits;
    return sizeof(struct gang_driver);
}

/* A message and a decision for each thing there is, several times over: a good scheduler needs far less, a bad one is to be seen. */
static uint32_t driver_effects_max(const struct gang_limits *l)
{
    uint64_t most =
        1024 + 8 * ((uint64_t)l->groups + l->tasks + l->stages + l->jobs + l->executors);
    return most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
}

static enum gang_status driver_init(void *memory, const struct gang_limits *limits,
                                    const struct gang_config *config, struct gang_driver **out,
                                    struct gang_err *err)
{
    struct exec_scheduler *s = next_to_begin;
    struct gang_driver *d = memory;
    next_to_begin = NULL;
    if (s == NULL)
        return refused(err, GANG_E_STATE, "no scheduler is waiting to be begun");
    if (config->persist || config->dynamic)
        return refused(err, GANG_E_RANGE,
                       exec_scheduler_unfit(s->plan) != NULL ? exec_scheduler_unfit(s->plan)
                                                             : "it cannot be copied");
    s->limits = *limits;
    s->config = *config;
    s->members = calloc(limits->executors, sizeof *s->members);
    if (s->members == NULL)
        return refused(err, GANG_E_FULL, "there is no memory for the scheduler's books");
    d->s = s;
    exec_say_begin(s);
    *out = d;
    return GANG_OK;
}

static void driver_audit(const struct gang_driver *d) { (void)d; }

static uint64_t driver_fingerprint(const struct gang_driver *d) { return of(d)->heard_hash; }

static uint32_t driver_jobs_alive(const struct gang_driver *d) { return of(d)->jobs_alive; }

static enum gang_status driver_view(const struct gang_driver *d, struct gang_placer_view *view,
                                    struct gang_err *err)
{
    (void)d;
    (void)view;
    return refused(err, GANG_E_STATE, "a scheduler behind a pipe places by itself");
}

const char *exec_scheduler_unfit(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (plan->acts[i].kind == PLAN_ACT_CRASH_DRIVER)
            return "the driver crashes in it, and a scheduler behind a pipe cannot be brought back "
                   "from its log";
    if (plan->scheduler != PLAN_NONE)
        return "it brings a scheduler of its own, which places for the built-in driver";
    if (plan->setting[PLAN_SET_DYNAMIC] != 0)
        return "executors come and go with the load in it (dynamic = 1), and a scheduler behind a "
               "pipe cannot ask for any";
    return NULL;
}

struct exec_scheduler *exec_scheduler_new(struct exec_child *child, const struct gang_api *core,
                                          const struct plan *plan)
{
    struct exec_scheduler *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->child = child;
    s->plan = plan;
    s->silence_at = GANG_NEVER;
    s->failure.code = EXEC_OK;
    s->api = *core;
    s->api.driver_size = driver_size;
    s->api.driver_effects_max = driver_effects_max;
    s->api.driver_init = driver_init;
    s->api.driver_step = driver_step;
    s->api.driver_deadline = driver_deadline;
    s->api.driver_deadline_of = driver_deadline_of;
    s->api.driver_armed_by = driver_armed_by;
    s->api.driver_audit = driver_audit;
    s->api.driver_fingerprint = driver_fingerprint;
    s->api.driver_jobs_alive = driver_jobs_alive;
    s->api.driver_view = driver_view;
    return s;
}

const struct gang_api *exec_scheduler_api(struct exec_scheduler *s)
{
    next_to_begin = s;
    return &s->api;
}

void exec_scheduler_embellish(struct exec_scheduler *s, bool on) { s->embellishes = on; }

const struct exec_err *exec_scheduler_failure(const struct exec_scheduler *s)
{
    return &s->failure;
}

void exec_scheduler_free(struct exec_scheduler *s)
{
    if (s == NULL)
        return;
    if (next_to_begin == s)
        next_to_begin = NULL;
    exec_books_free(s);
    free(s);
}
