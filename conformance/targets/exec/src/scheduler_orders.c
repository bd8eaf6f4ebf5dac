/*
 * scheduler_orders.c -- what the child orders, read and carried out.
 *
 * It may include:   Jansson, scheduler.h.
 * Never here:       a look at whether an order makes sense. Refused is only what names a thing that does not exist.
 *
 * An answer is read as a whole before anything of it is carried out. What is ordered of something that was here and is over (a kill of who
 * has ended) reaches nobody: then a note says so, and it is no mistake.
 */
#include "scheduler.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the words */
/* What an order may say, in the order in which it is read: a stage is looked up in its job, a rank in its stage. */
/* clang-format off */
#define FIELD_MAP(X) \
    X(JOB, "job") X(STAGE, "stage") X(ATTEMPT, "attempt") X(RANK, "rank") X(COUNT, "count") X(EXECUTOR, "executor") \
    X(INCARNATION, "incarnation") X(EPOCH, "epoch") X(REASON, "reason") X(GPUS, "gpus") X(RESUME, "resume") X(HOLD, "hold") \
    X(FORCE, "force") X(WHAT, "what") X(VALUE, "value") X(CODE, "code") X(NEEDED, "needed") X(THERE, "there") X(ATTEMPTS, "attempts") \
    X(FAILURES, "failures") X(WAKE, "wake") X(AT, "at") X(FOR, "for") X(BECAUSE, "because")
enum field {
#define X(name, text) FIELD_##name,
    FIELD_MAP(X)
#undef X
    FIELDS
};
static const char *const field_text[FIELDS] = {
#define X(name, text) text,
    FIELD_MAP(X)
#undef X
};
#define BIT(name) (UINT32_C(1) << FIELD_##name)
#define GANG (BIT(JOB) | BIT(STAGE) | BIT(ATTEMPT))
#define RANGE (BIT(RANK) | BIT(COUNT))
/* clang-format on */

struct order {
    const struct order_row *row;
    struct job_book *job;
    struct stage_book *stage;
    uint32_t given; /* fields */
    uint32_t rank, count, executor;
    enum gang_timer why;
    int64_t of[FIELDS];
    uint64_t gpus;
    bool announced;
};

typedef void carry_fn(struct exec_scheduler *s, struct order *o, struct gang_effects *out);
struct order_row {
    const char *word;
    uint32_t needs, may;
    carry_fn *carry;
    enum gang_reason reason; /* if it gives none */
};

/* ---- effects */
struct gang_msg *exec_emit(struct exec_scheduler *s, struct gang_effects *out, enum gang_fx_kind fx)
{
    s->overflows |= out->count == out->capacity;
    struct gang_effect *effect = out->count < out->capacity ? &out->list[out->count++] : &s->spill;
    *effect = (struct gang_effect){.fx = fx};
    effect->msg.executor = effect->msg.job = effect->msg.epoch = effect->msg.rank = GANG_NONE;
    return &effect->msg;
}

static struct gang_msg *emit_gang(struct exec_scheduler *s, const struct order *o,
                                  enum gang_fx_kind fx, struct gang_effects *out)
{
    struct gang_msg *msg = exec_emit(s, out, fx);
    msg->job = o->job->id;
    msg->stage = (uint16_t)o->of[FIELD_STAGE];
    msg->attempt = (uint16_t)o->of[FIELD_ATTEMPT];
    msg->reason = (uint16_t)o->of[FIELD_REASON];
    return msg;
}

static struct gang_msg *emit_to(struct exec_scheduler *s, const struct holding *h,
                                enum gang_msg_kind kind, struct gang_effects *out)
{
    struct gang_msg *msg = exec_emit(s, out, GANG_FX_SEND);
    msg->kind = (uint8_t)kind;
    msg->executor = h->executor;
    msg->incarnation = h->incarnation;
    msg->job = h->job;
    msg->stage = h->stage;
    msg->attempt = h->attempt;
    msg->rank = h->rank;
    msg->count = h->count;
    msg->ref = h->ref;
    msg->group = h->handle;
    return msg;
}

/* ---- a plan: what is asked for of a stage in one answer; of a gang, in one attempt */
static bool asks_for(const struct order *o, const struct order *first)
{
    bool asks = (o->row->needs & BIT(EXECUTOR)) != 0 && (o->row->needs & BIT(RANK)) != 0;
    return asks && !o->announced && o->stage == first->stage &&
           (o->stage->kind != GANG_STAGE_BARRIER ||
            o->of[FIELD_ATTEMPT] == first->of[FIELD_ATTEMPT]);
}

static void announce(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct stage_book *stage = o->stage;
    bool gang = stage->kind == GANG_STAGE_BARRIER;
    struct gang_msg *plan = emit_gang(s, o, GANG_FX_PLAN, out);
    plan->reason = GANG_REASON_OK;
    s->stamp++;
    for (struct order *next = o; next->row != NULL; next++) {
        if (!asks_for(next, o))
            continue;
        next->announced = next != o;
        plan->count += next->count;
        plan->a += s->members[next->executor].stamp != s->stamp;
        s->members[next->executor].stamp = s->stamp;
    }
    o->announced = true;
    if (!gang) {
        plan->attempt = 0;
        return;
    }
    if (stage->planned_attempt == plan->attempt)
        plan->rank = stage->planned;
    else
        stage->planned = 0;
    stage->planned_attempt = plan->attempt;
    stage->planned += plan->count;
}

/* ---- asking for slots */
static struct holding *ask(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    const struct member *m = &s->members[o->executor];
    const struct gang_msg identity = {
        .job = o->job->id,
        .stage = (uint16_t)o->of[FIELD_STAGE],
        .attempt = (uint16_t)o->of[FIELD_ATTEMPT],
        .executor = o->executor,
        .incarnation = m->presence == PRESENCE_ABSENT ? GANG_NONE : m->incarnation,
        .rank = o->rank,
        .count = o->count,
    };
    if (!o->announced)
        announce(s, o, out);
    return exec_hold(s, &identity);
}

static void fill_ask(struct gang_msg *msg, const struct order *o)
{
    msg->a = o->gpus;
    msg->need = o->stage->need;
    msg->epoch = (uint32_t)o->of[FIELD_RESUME];
}

static void carry_reserve(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    const struct holding *h = ask(s, o, out);
    if (h == NULL)
        return;
    struct gang_msg *msg = emit_to(s, h, GANG_MSG_RESERVE, out);
    fill_ask(msg, o);
    msg->op = o->of[FIELD_HOLD] != 0;
}

static void carry_launch(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct holding *h = ask(s, o, out);
    if (h == NULL)
        return;
    h->went = true;
    struct gang_msg *msg = emit_to(s, h, GANG_MSG_GO, out);
    fill_ask(msg, o);
    msg->op = 1;
}

/* ---- to those who have slots */
static bool is_of(const struct holding *h, const struct order *o)
{
    return h->job == o->job->id && h->stage == o->of[FIELD_STAGE] &&
           h->attempt == o->of[FIELD_ATTEMPT] && h->rank < o->rank + o->count &&
           o->rank < h->rank + h->count &&
           ((o->given & BIT(EXECUTOR)) == 0 || h->executor == o->executor);
}

/* The next from *at on. */
static struct holding *next_of(struct exec_scheduler *s, const struct order *o, uint32_t *at)
{
    while (*at < s->holding_count)
        if (is_of(&s->holdings[(*at)++], o))
            return &s->holdings[*at - 1];
    return NULL;
}

static void note_if_nobody(struct exec_scheduler *s, const struct order *o, bool somebody,
                           struct gang_effects *out)
{
    if (somebody)
        return;
    struct gang_msg *msg = emit_gang(s, o, GANG_FX_NOTE, out);
    msg->reason = GANG_REASON_UNKNOWN_HERE;
    msg->rank = o->rank;
    msg->count = o->count;
    msg->epoch = 0;
}

/* Those of its ranks that the order speaks of. */
static void narrow(struct gang_msg *msg, const struct order *o)
{
    uint32_t end = msg->rank + msg->count, ordered = o->rank + o->count;
    msg->rank = msg->rank > o->rank ? msg->rank : o->rank;
    msg->count = (end < ordered ? end : ordered) - msg->rank;
}

/* What was asked for together goes together. G-17: the roster, 16 bytes a rank, is made from what is asked for. */
static void carry_go(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct holding *h;
    uint32_t at = 0;
    uint64_t digest = 0;
    bool somebody = false;
    for (uint32_t i = 0; i < s->holding_count; i++)
        if (is_of(&s->holdings[i], o))
            digest = (digest ^ ((uint64_t)s->holdings[i].executor << 32 | s->holdings[i].rank)) *
                     UINT64_C(0x9E3779B97F4A7C15);
    while ((h = next_of(s, o, &at)) != NULL) {
        struct gang_msg *msg = emit_to(s, h, GANG_MSG_GO, out);
        msg->blob.bytes = 16 * o->stage->tasks;
        msg->blob.digest = digest;
        h->went = somebody = true;
    }
    note_if_nobody(s, o, somebody, out);
}

static void carry_unreserve(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct holding *h;
    uint32_t at = 0;
    bool somebody = false;
    while ((h = next_of(s, o, &at)) != NULL) {
        emit_to(s, h, GANG_MSG_UNRESERVE, out)->reason = (uint16_t)o->of[FIELD_REASON];
        somebody = true;
        if (h->went)
            continue; /* it is too late for that */
        exec_let_go(s, h, h->live);
        at--;
    }
    note_if_nobody(s, o, somebody, out);
}

static void carry_kill(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    const struct holding *h;
    uint32_t at = 0;
    bool somebody = false;
    while ((h = next_of(s, o, &at)) != NULL) {
        struct gang_msg *msg = emit_to(s, h, GANG_MSG_KILL, out);
        msg->reason = (uint16_t)o->of[FIELD_REASON];
        msg->op = (o->given & BIT(FORCE)) == 0 || o->of[FIELD_FORCE] != 0;
        narrow(msg, o);
        somebody = true;
    }
    note_if_nobody(s, o, somebody, out);
}

/* ---- rounds */
static void carry_release(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    const struct holding *h;
    uint32_t at = 0;
    bool somebody = false;
    exec_close_round(o->stage, (uint16_t)o->of[FIELD_ATTEMPT], (uint32_t)o->of[FIELD_EPOCH]);
    while ((h = next_of(s, o, &at)) != NULL) {
        struct gang_msg *msg = emit_to(s, h, GANG_MSG_RELEASE, out);
        msg->epoch = (uint32_t)o->of[FIELD_EPOCH];
        msg->op = o->stage->out_op;
        msg->blob.bytes = o->stage->out_bytes;
        msg->blob.digest = o->stage->out_digest;
        narrow(msg, o);
        somebody = true;
    }
    note_if_nobody(s, o, somebody, out);
}

/* Whoever was in it, and calls again, gives anew. */
static void forget_calls(const struct order *o)
{
    for (uint32_t r = o->rank; o->stage->calls != NULL && r < o->rank + o->count; r++) {
        struct call *call = &o->stage->calls[r];
        if (call->attempt == o->of[FIELD_ATTEMPT] && call->epoch == o->of[FIELD_EPOCH])
            call->here = 0;
    }
}

static void carry_round_failed(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    const struct holding *h;
    uint32_t at = 0;
    bool somebody = false;
    forget_calls(o);
    while ((h = next_of(s, o, &at)) != NULL) {
        struct gang_msg *msg = emit_to(s, h, GANG_MSG_ROUND_FAILED, out);
        msg->epoch = (uint32_t)o->of[FIELD_EPOCH];
        msg->reason = (uint16_t)o->of[FIELD_REASON];
        narrow(msg, o);
        somebody = true;
    }
    note_if_nobody(s, o, somebody, out);
}

/* ---- decisions */
static void carry_fence(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct gang_msg *msg = emit_gang(s, o, GANG_FX_FENCE, out);
    msg->rank = (o->given & BIT(RANK)) != 0 ? o->rank : GANG_NONE;
    msg->a = (uint64_t)o->of[FIELD_CODE];
}

static void carry_accept(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct gang_msg *msg = emit_gang(s, o, GANG_FX_ACCEPT, out);
    bool here = (o->given & BIT(EXECUTOR)) != 0;
    msg->rank = o->of[FIELD_WHAT] == GANG_ACCEPT_CHECKPOINT ? GANG_NONE : o->rank;
    msg->op = (uint8_t)o->of[FIELD_WHAT];
    msg->a = (uint64_t)o->of[FIELD_VALUE];
    if (!here)
        return;
    msg->executor = o->executor;
    msg->incarnation = (o->given & BIT(INCARNATION)) != 0 ? (uint32_t)o->of[FIELD_INCARNATION]
                                                          : s->members[o->executor].incarnation;
}

static void carry_stage_done(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    emit_gang(s, o, GANG_FX_STAGE_DONE, out)->count = (uint32_t)o->of[FIELD_ATTEMPTS];
}

static void carry_job_done(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct gang_msg *msg = emit_gang(s, o, GANG_FX_JOB_DONE, out);
    msg->count = (uint32_t)o->of[FIELD_NEEDED];
    s->jobs_alive -= !o->job->over;
    o->job->over = true;
}

static void carry_refuse(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct gang_msg *msg = emit_gang(s, o, GANG_FX_REFUSE, out);
    msg->count = (uint32_t)o->of[FIELD_NEEDED];
    msg->epoch = (uint32_t)o->of[FIELD_THERE];
}

static void say(struct exec_scheduler *s, const struct order *o, enum gang_fx_kind fx,
                struct gang_effects *out)
{
    struct gang_msg *msg = emit_gang(s, o, fx, out);
    msg->rank = (o->given & BIT(RANK)) != 0 ? o->rank : GANG_NONE;
    msg->count = (uint32_t)o->of[FIELD_NEEDED];
    msg->epoch = (uint32_t)o->of[FIELD_THERE];
}

static void carry_wait(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    say(s, o, GANG_FX_WAIT, out);
}

static void carry_note(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    say(s, o, GANG_FX_NOTE, out);
}

static void carry_unregister(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct gang_msg *msg = emit_gang(s, o, GANG_FX_UNREGISTER, out);
    msg->rank = o->rank;
    msg->count = o->count;
}

/* ---- executors */
static void carry_exclude(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct gang_msg *msg = exec_emit(s, out, GANG_FX_EXCLUDE);
    msg->executor = o->executor;
    msg->reason = (uint16_t)o->of[FIELD_REASON];
    msg->count = (uint32_t)o->of[FIELD_FAILURES];
}

/* Its process is to end; whoever minds it starts another, and then it is lost. */
static void carry_dismiss(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    struct member *m = &s->members[o->executor];
    if (m->presence != PRESENCE_ALIVE)
        return;
    m->condemned = 1;
    struct gang_msg *msg = exec_emit(s, out, GANG_FX_SEND);
    msg->kind = GANG_MSG_GONE;
    msg->executor = o->executor;
    msg->incarnation = m->incarnation;
}

/* ---- wakes */
static void drop_wake(struct exec_scheduler *s, int64_t id)
{
    for (uint32_t i = 0; i < s->wake_count; i++)
        if (s->wakes[i].id == id) {
            s->wake_count--;
            memmove(&s->wakes[i], &s->wakes[i + 1], (s->wake_count - i) * sizeof *s->wakes);
            return;
        }
}

static void carry_wake(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    (void)out;
    drop_wake(s, o->of[FIELD_WAKE]);
    if (!exec_grow(s, (void **)&s->wakes, s->wake_count, &s->wake_room, sizeof *s->wakes))
        return;
    int64_t at = o->of[FIELD_AT];
    uint64_t token = (o->given & BIT(BECAUSE)) != 0 ? s->tokens[o->of[FIELD_BECAUSE]] : s->token;
    s->wakes[s->wake_count++] = (struct wake){
        .id = o->of[FIELD_WAKE], .at = at > s->now ? at : s->now, .token = token, .why = o->why};
}

static void carry_unwake(struct exec_scheduler *s, struct order *o, struct gang_effects *out)
{
    (void)out;
    drop_wake(s, o->of[FIELD_WAKE]);
}

static const struct order_row rows[] = {
    {"reserve", GANG | BIT(RANK) | BIT(EXECUTOR), BIT(COUNT) | BIT(GPUS) | BIT(RESUME) | BIT(HOLD),
     carry_reserve, GANG_REASON_OK},
    {"launch", GANG | BIT(RANK) | BIT(EXECUTOR), BIT(COUNT) | BIT(GPUS) | BIT(RESUME), carry_launch,
     GANG_REASON_OK},
    {"go", GANG, RANGE | BIT(EXECUTOR), carry_go, GANG_REASON_OK},
    {"unreserve", GANG, RANGE | BIT(EXECUTOR) | BIT(REASON), carry_unreserve, GANG_REASON_REVERTED},
    {"kill", GANG, RANGE | BIT(EXECUTOR) | BIT(REASON) | BIT(FORCE), carry_kill,
     GANG_REASON_GANG_FAILED},
    {"release", GANG | BIT(EPOCH), RANGE, carry_release, GANG_REASON_OK},
    {"round-failed", GANG | BIT(EPOCH) | BIT(REASON), RANGE, carry_round_failed, GANG_REASON_OK},
    {"fence", GANG | BIT(REASON), BIT(RANK) | BIT(CODE), carry_fence, GANG_REASON_OK},
    {"accept", GANG | BIT(WHAT), BIT(RANK) | BIT(VALUE) | BIT(EXECUTOR) | BIT(INCARNATION),
     carry_accept, GANG_REASON_OK},
    {"stage-done", GANG, BIT(ATTEMPTS), carry_stage_done, GANG_REASON_OK},
    {"job-done", BIT(JOB), BIT(REASON) | BIT(NEEDED), carry_job_done, GANG_REASON_OK},
    {"refuse", BIT(JOB) | BIT(STAGE) | BIT(REASON), BIT(NEEDED) | BIT(THERE), carry_refuse,
     GANG_REASON_OK},
    {"wait", GANG | BIT(REASON), BIT(RANK) | BIT(NEEDED) | BIT(THERE), carry_wait, GANG_REASON_OK},
    {"note", GANG | BIT(REASON), BIT(RANK) | BIT(NEEDED) | BIT(THERE), carry_note, GANG_REASON_OK},
    {"unregister", BIT(JOB) | BIT(STAGE) | BIT(REASON), RANGE, carry_unregister, GANG_REASON_OK},
    {"exclude", BIT(EXECUTOR), BIT(REASON) | BIT(FAILURES), carry_exclude, GANG_REASON_TASK_FAILED},
    {"dismiss", BIT(EXECUTOR), 0, carry_dismiss, GANG_REASON_OK},
    {"wake", BIT(WAKE) | BIT(AT), BIT(FOR) | BIT(BECAUSE), carry_wake, GANG_REASON_OK},
    {"unwake", BIT(WAKE), 0, carry_unwake, GANG_REASON_OK},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* What a wake may be for: what a driver waits for, and the world asks it of (work, habit, give-up). */
static const enum gang_timer purposes[] = {
    GANG_TIMER_PLACER,       GANG_TIMER_PLACER_POLL, GANG_TIMER_ADMISSION,       GANG_TIMER_RETRY,
    GANG_TIMER_RESERVE,      GANG_TIMER_SYNC,        GANG_TIMER_LAUNCH_DEADLINE, GANG_TIMER_CALL,
    GANG_TIMER_RELEASE_WAIT, GANG_TIMER_LOCALITY,    GANG_TIMER_EXCLUSION,
};
enum { PURPOSES = sizeof purposes / sizeof *purposes };

/* ---- reading */
static bool read_word(struct exec_scheduler *s, const json_t *object, const char *where,
                      struct order *o, struct exec_err *err)
{
    char there[256] = "";
    const char *word;
    if (!exec_get_text(s->child, object, where, "do", true, &word, err))
        return false;
    for (unsigned i = 0; i < ROWS; i++)
        if (strcmp(rows[i].word, word) == 0) {
            o->row = &rows[i];
            return true;
        }
    for (size_t i = 0, used = 0; i < ROWS && used < sizeof there; i++)
        used += (size_t)snprintf(there + used, sizeof there - used, "%s%s", i > 0 ? ", " : "",
                                 rows[i].word);
    char text[64];
    json_t *value = json_object_get(object, "do");
    return exec_refuse(s->child, err, "'do' of %s must be one of %s, is %s", where, there,
                       exec_describe(value, text, sizeof text));
}

static bool only_its_keys(struct exec_scheduler *s, const json_t *object, const char *where,
                          const struct order *o, struct exec_err *err)
{
    const char *keys[FIELDS + 2] = {"do"};
    size_t count = 1;
    for (unsigned f = 0; f < FIELDS; f++)
        if ((o->row->needs | o->row->may) >> f & 1)
            keys[count++] = field_text[f];
    return exec_only_keys(s->child, object, where, keys, err);
}

static bool read_truth(struct exec_scheduler *s, const json_t *object, const char *where,
                       enum field f, struct order *o, struct exec_err *err)
{
    char text[64];
    const json_t *value = json_object_get(object, field_text[f]);
    o->of[f] = json_is_true(value);
    return json_is_boolean(value) ||
           exec_refuse(s->child, err, "'%s' of %s must be true or false, is %s", field_text[f],
                       where, exec_describe(value, text, sizeof text));
}

static bool read_gpus(struct exec_scheduler *s, const json_t *object, const char *where,
                      struct order *o, struct exec_err *err)
{
    char text[64];
    json_t *list;
    if (!exec_get_list(s->child, object, where, "gpus", true, &list, err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        json_int_t address = json_is_integer(value) ? json_integer_value(value) : -1;
        if (address < 0 || address >= GANG_GPUS_MAX)
            return exec_refuse(s->child, err,
                               "'gpus[%zu]' of %s must be an integer in 0..%d, is %s", i, where,
                               GANG_GPUS_MAX - 1, exec_describe(value, text, sizeof text));
        o->gpus |= UINT64_C(1) << address;
    }
    return true;
}

static bool read_reason(struct exec_scheduler *s, const json_t *object, const char *where,
                        struct order *o, struct exec_err *err)
{
    char text[64];
    const char *word;
    if (!exec_get_text(s->child, object, where, "reason", true, &word, err))
        return false;
    int reason = trace_reason_parse(word);
    o->of[FIELD_REASON] = reason;
    return reason >= 0 ||
           exec_refuse(s->child, err,
                       "'reason' of %s must be a reason of docs/protocol-scheduler.md, such as "
                       "task-failed, is %s",
                       where, exec_describe(json_object_get(object, "reason"), text, sizeof text));
}

static bool read_what(struct exec_scheduler *s, const json_t *object, const char *where,
                      struct order *o, struct exec_err *err)
{
    char text[64];
    const char *word;
    if (!exec_get_text(s->child, object, where, "what", true, &word, err))
        return false;
    o->of[FIELD_WHAT] = strcmp(word, "success") == 0      ? GANG_ACCEPT_SUCCESS
                        : strcmp(word, "checkpoint") == 0 ? GANG_ACCEPT_CHECKPOINT
                        : strcmp(word, "output") == 0     ? GANG_ACCEPT_OUTPUT
                                                          : 0;
    return o->of[FIELD_WHAT] != 0 ||
           exec_refuse(s->child, err,
                       "'what' of %s must be one of success, checkpoint, output, is %s", where,
                       exec_describe(json_object_get(object, "what"), text, sizeof text));
}

static bool read_purpose(struct exec_scheduler *s, const json_t *object, const char *where,
                         struct order *o, struct exec_err *err)
{
    char there[256] = "", text[64];
    const char *word;
    if (!exec_get_text(s->child, object, where, "for", true, &word, err))
        return false;
    for (unsigned i = 0; i < PURPOSES; i++)
        if (strcmp(trace_timer_text(purposes[i]), word) == 0) {
            o->why = purposes[i];
            return true;
        }
    for (size_t i = 0, used = 0; i < PURPOSES && used < sizeof there; i++)
        used += (size_t)snprintf(there + used, sizeof there - used, "%s%s", i > 0 ? ", " : "",
                                 trace_timer_text(purposes[i]));
    return exec_refuse(s->child, err, "'for' of %s must be one of %s, is %s", where, there,
                       exec_describe(json_object_get(object, "for"), text, sizeof text));
}

static bool read_job(struct exec_scheduler *s, const json_t *object, const char *where,
                     struct order *o, struct exec_err *err)
{
    if (!exec_get_int(s->child, object, where, "job", 0, UINT32_MAX, &o->of[FIELD_JOB], err))
        return false;
    o->job = exec_book_of(s, (uint32_t)o->of[FIELD_JOB]);
    return o->job != NULL ||
           exec_refuse(s->child, err,
                       "'job' of %s must be a job that was submitted, is %" JSON_INTEGER_FORMAT,
                       where, (json_int_t)o->of[FIELD_JOB]);
}

/* The range of a number. */
static void range_of(const struct exec_scheduler *s, const struct order *o, enum field f,
                     int64_t *lo, int64_t *hi)
{
    *lo = 0;
    *hi = UINT32_MAX - 1;
    if (f == FIELD_STAGE)
        *hi = o->job->stage_count - 1;
    else if (f == FIELD_ATTEMPT)
        *hi = UINT16_MAX - 1;
    else if (f == FIELD_RANK)
        *hi = o->stage->tasks - 1;
    else if (f == FIELD_COUNT)
        *lo = 1, *hi = o->stage->tasks - o->of[FIELD_RANK];
    else if (f == FIELD_EXECUTOR)
        *hi = s->limits.executors - 1;
    else if (f == FIELD_BECAUSE)
        *hi = s->event_count - 1;
    else if (f == FIELD_AT || f == FIELD_WAKE || f == FIELD_VALUE || f == FIELD_CODE)
        *hi = INT64_MAX - 1;
}

static bool read_field(struct exec_scheduler *s, const json_t *object, const char *where,
                       enum field f, struct order *o, struct exec_err *err)
{
    int64_t lo, hi;
    switch ((int)f) {
    case FIELD_JOB:
        return read_job(s, object, where, o, err);
    case FIELD_REASON:
        return read_reason(s, object, where, o, err);
    case FIELD_GPUS:
        return read_gpus(s, object, where, o, err);
    case FIELD_HOLD:
    case FIELD_FORCE:
        return read_truth(s, object, where, f, o, err);
    case FIELD_WHAT:
        return read_what(s, object, where, o, err);
    case FIELD_FOR:
        return read_purpose(s, object, where, o, err);
    default:
        break;
    }
    range_of(s, o, f, &lo, &hi);
    if (!exec_get_int(s->child, object, where, field_text[f], lo, hi, &o->of[f], err))
        return false;
    if (f == FIELD_STAGE)
        o->stage = &o->job->stages[o->of[f]];
    return true;
}

/* A rank alone is that rank; none is all of them. */
static bool settle(struct exec_scheduler *s, const char *where, struct order *o,
                   struct exec_err *err)
{
    bool ranked = (o->given & BIT(RANK)) != 0;
    if ((o->given & BIT(COUNT)) && !ranked)
        return exec_refuse(s->child, err, "%s has a 'count' and no 'rank' that it begins with",
                           where);
    o->rank = (uint32_t)o->of[FIELD_RANK];
    o->count = o->given & BIT(COUNT)        ? (uint32_t)o->of[FIELD_COUNT]
               : ranked || o->stage == NULL ? 1
                                            : o->stage->tasks;
    o->executor = o->given & BIT(EXECUTOR) ? (uint32_t)o->of[FIELD_EXECUTOR] : GANG_NONE;
    if (o->of[FIELD_WHAT] == GANG_ACCEPT_SUCCESS && o->executor == GANG_NONE)
        return exec_refuse(s->child, err,
                           "%s accepts a success and has no 'executor': where it ended", where);
    return o->of[FIELD_WHAT] == 0 || o->of[FIELD_WHAT] == GANG_ACCEPT_CHECKPOINT || ranked ||
           exec_refuse(s->child, err, "%s accepts what a task did, and has no 'rank'", where);
}

static bool read_order(struct exec_scheduler *s, const json_t *object, size_t index,
                       struct order *o, struct exec_err *err)
{
    char where[40], text[64];
    (void)snprintf(where, sizeof where, "commands[%zu]", index);
    if (!json_is_object(object))
        return exec_refuse(s->child, err, "%s must be an object, is %s", where,
                           exec_describe(object, text, sizeof text));
    if (!read_word(s, object, where, o, err))
        return false;
    (void)snprintf(where, sizeof where, "commands[%zu] (%s)", index, o->row->word);
    if (!only_its_keys(s, object, where, o, err))
        return false;
    o->of[FIELD_REASON] = o->row->reason;
    o->why = GANG_TIMER_PLACER;
    for (unsigned f = 0; f < FIELDS; f++) {
        bool needed = o->row->needs >> f & 1;
        if (!needed && json_object_get(object, field_text[f]) == NULL)
            continue;
        o->given |= UINT32_C(1) << f;
        if (!read_field(s, object, where, (enum field)f, o, err))
            return false;
    }
    return settle(s, where, o, err);
}

bool exec_carry_out(struct exec_scheduler *s, const json_t *answer, struct gang_effects *out,
                    struct exec_err *err)
{
    static const char *const keys[] = {"commands", NULL};
    json_t *list;
    if (!exec_only_keys(s->child, answer, "the answer", keys, err) ||
        !exec_get_list(s->child, answer, "the answer", "commands", true, &list, err))
        return false;
    size_t count = json_array_size(list);
    struct order *orders = calloc(count + 1, sizeof *orders); /* the last has no row */
    bool well = orders != NULL;
    s->out_of_memory |= !well;
    for (size_t i = 0; well && i < count; i++)
        well = read_order(s, json_array_get(list, i), i, &orders[i], err);
    for (size_t i = 0; well && i < count; i++)
        orders[i].row->carry(s, &orders[i], out);
    free(orders);
    if (well && s->overflows)
        return exec_refuse(s->child, err,
                           "its %zu commands come to more than the %u messages and decisions that "
                           "one answer may order",
                           count, out->capacity);
    return well;
}
