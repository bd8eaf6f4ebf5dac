/*
 * record.h -- writing the history: one function a kind of record, into a small buffer.
 *
 * This room is for: the mapping from what happened to the record that says so (trace.h's registry).
 * It may include:   world.h.
 * Never here:       decisions. A record never changes what happens, unless an act of the plan waits
 * for it.
 *
 * Each returns the record's number. Fields are written in place: a record that is put together
 * elsewhere and copied costs more than all the rest of this.
 */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include "world.h"

#define SIM_PROGRESS                                                                               \
    (TRACE_BIT(TRACE_START) | TRACE_BIT(TRACE_ACCEPT) | TRACE_BIT(TRACE_RELEASE) |                 \
     TRACE_BIT(TRACE_STAGE_DONE) | TRACE_BIT(TRACE_JOB_DONE) | TRACE_BIT(TRACE_JOIN) |             \
     TRACE_BIT(TRACE_MET))

static inline struct trace_record *sim_record_open(struct sim *w)
{
    return &w->buffer[w->buffered];
}

/* Its kind is said once more: where it is known beforehand, most of this is decided by the compiler. */
static inline uint64_t sim_record_close_as(struct sim *w, const struct trace_record *r,
                                           unsigned kind)
{
    uint64_t number = w->records + 1, bit = TRACE_BIT(kind);
    w->records = number;
    w->last_record_ns = w->now_ns;
    if (bit & SIM_PROGRESS)
        w->progress_record = number;
    if (sim_rarely(bit & w->watched))
        sim_match(w, r, number);
    if (sim_rarely(++w->buffered == SIM_BUFFER))
        sim_flush(w);
    return number;
}

static inline uint64_t sim_record_close(struct sim *w, const struct trace_record *r)
{
    return sim_record_close_as(w, r, r->kind);
}

/* ---- the world */
/* The next record, about nothing yet. */
static inline struct trace_record *sim_record_blank(struct sim *w, enum trace_kind kind,
                                                    enum trace_actor actor, uint64_t cause)
{
    struct trace_record *r = sim_record_open(w);
    *r = (struct trace_record){.at_ns = w->now_ns,
                               .cause = cause,
                               .kind = (uint16_t)kind,
                               .actor = actor,
                               .executor = TRACE_NONE,
                               .job = TRACE_NONE,
                               .stage = TRACE_NONE,
                               .attempt = TRACE_NONE,
                               .epoch = TRACE_NONE,
                               .rank = TRACE_NONE};
    return r;
}

static inline uint64_t sim_record_job(struct sim *w, enum trace_kind kind, uint32_t job, int64_t a,
                                      uint64_t cause)
{
    struct trace_record *r = sim_record_blank(w, kind, TRACE_WORLD, cause);
    r->job = job;
    r->a = a;
    return sim_record_close(w, r);
}

/* UP and DOWN, DISCONNECT and CONNECT. */
static inline uint64_t sim_record_host(struct sim *w, enum trace_kind kind, uint32_t executor,
                                       uint64_t cause)
{
    bool of_link = kind == TRACE_DISCONNECT || kind == TRACE_CONNECT;
    struct trace_record *r =
        sim_record_blank(w, kind, of_link ? TRACE_WORLD : TRACE_EXECUTOR, cause);
    r->executor = executor;
    r->a = w->hosts[executor].incarnation;
    return sim_record_close(w, r);
}

/* FAULT and HEAL. */
static inline struct trace_record *sim_record_of_act(struct sim *w, enum trace_kind kind,
                                                     uint32_t act, uint32_t executor,
                                                     uint32_t attempt, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    bool of_task = plan_act_target(p->kind) == PLAN_TARGET_TASK;
    struct trace_record *r = sim_record_blank(w, kind, TRACE_WORLD, cause);
    r->executor = executor;
    r->job = of_task ? p->job : TRACE_NONE;
    r->stage = of_task ? p->stage : TRACE_NONE;
    r->attempt = attempt;
    r->rank = of_task ? p->rank : TRACE_NONE;
    r->a = act;
    r->b = p->kind;
    return r;
}

static inline uint64_t sim_record_act(struct sim *w, enum trace_kind kind, uint32_t act,
                                      uint32_t executor, uint32_t attempt, uint64_t cause)
{
    return sim_record_close(w, sim_record_of_act(w, kind, act, executor, attempt, cause));
}

/* A FAULT with flags: one that did not happen. */
static inline uint64_t sim_record_fault(struct sim *w, uint32_t act, uint32_t executor,
                                        uint32_t attempt, uint64_t cause, uint16_t flags)
{
    struct trace_record *r = sim_record_of_act(w, TRACE_FAULT, act, executor, attempt, cause);
    r->flags = flags;
    return sim_record_close(w, r);
}

static inline uint64_t sim_record_quiescent(struct sim *w, int64_t give_up_ns,
                                            enum gang_timer timer)
{
    struct trace_record *r = sim_record_blank(w, TRACE_QUIESCENT, TRACE_WORLD, 0);
    r->a = give_up_ns == PLAN_NEVER ? -1 : give_up_ns;
    r->b = timer;
    return sim_record_close(w, r);
}

static inline uint64_t sim_record_end(struct sim *w, enum trace_end reason)
{
    struct trace_record *r = sim_record_blank(w, TRACE_END, TRACE_WORLD, 0);
    r->a = reason;
    r->b = (int64_t)w->events;
    return sim_record_close(w, r);
}

static inline uint64_t sim_record_timer(struct sim *w, uint32_t machine, enum gang_timer timer,
                                        uint64_t cause)
{
    bool driver = machine == w->executor_count;
    struct trace_record *r =
        sim_record_blank(w, TRACE_TIMER, driver ? TRACE_DRIVER : TRACE_EXECUTOR, cause);
    r->executor = driver ? TRACE_NONE : machine;
    r->a = timer;
    r->b = gang_timer_hope(timer);
    return sim_record_close(w, r);
}

/* ---- tasks, at the executor: START, EXIT, REPLY, KILLED */
static inline uint64_t sim_record_task(struct sim *w, enum trace_kind kind, uint32_t executor,
                                       const struct gang_task *task, uint32_t epoch, int64_t a,
                                       int64_t b, uint64_t cause)
{
    struct trace_record *r = sim_record_open(w);
    *r = (struct trace_record){.at_ns = w->now_ns,
                               .cause = cause,
                               .kind = (uint16_t)kind,
                               .actor = TRACE_EXECUTOR,
                               .executor = executor,
                               .job = task->job,
                               .stage = task->stage,
                               .attempt = task->attempt,
                               .epoch = epoch,
                               .rank = task->rank,
                               .a = a,
                               .b = b};
    return sim_record_close_as(w, r, kind);
}

/* MEET and MET: tasks among themselves. */
static inline uint64_t sim_record_meet(struct sim *w, enum trace_kind kind,
                                       const struct sim_task *task, unsigned op, int64_t place,
                                       uint64_t cause)
{
    struct trace_record *r = sim_record_blank(w, kind, TRACE_TASK, cause);
    r->executor = task->executor;
    r->job = sim_job_of(w, task);
    r->stage = task->index;
    r->attempt = task->attempt;
    r->rank = task->rank;
    r->a = op;
    r->b = place;
    return sim_record_close(w, r);
}

/* ---- the driver's decisions */
uint64_t sim_record_decision(struct sim *w, const struct gang_effect *effect, uint64_t cause);

/* ---- messages: as sent, and what became of them */
/* kind: what became of the message; TRACE_KIND_NONE: it is being sent. */
uint64_t sim_record_message(struct sim *w, const struct gang_msg *msg, enum trace_kind kind,
                            enum trace_actor actor, uint64_t cause);

/* The same of an ARRIVE: most messages of a run are some task's sync call. */
static inline uint64_t sim_record_call(struct sim *w, const struct gang_msg *m, enum trace_kind kind,
                                       enum trace_actor actor, uint64_t cause)
{
    struct trace_record *r = sim_record_open(w);
    r->at_ns = w->now_ns;
    r->cause = cause;
    r->kind = kind != TRACE_KIND_NONE ? (uint16_t)kind : TRACE_ARRIVE;
    r->flags = kind != TRACE_KIND_NONE ? TRACE_ARRIVE : 0;
    r->actor = actor;
    r->executor = m->executor;
    r->job = m->job;
    r->stage = m->stage;
    r->attempt = m->attempt;
    r->epoch = m->epoch;
    r->rank = m->rank;
    r->a = m->op + 2 * (int64_t)m->a; /* how long its caller waits at most */
    r->b = (int64_t)m->blob.digest;
    return sim_record_close_as(w, r, kind != TRACE_KIND_NONE ? kind : TRACE_ARRIVE);
}

static inline uint64_t sim_record_sent(struct sim *w, const struct gang_msg *msg, bool to_driver,
                                       uint64_t cause)
{
    enum trace_actor actor = to_driver ? TRACE_EXECUTOR : TRACE_DRIVER;
    return to_driver && msg->kind == GANG_MSG_ARRIVE
               ? sim_record_call(w, msg, TRACE_KIND_NONE, actor, cause)
               : sim_record_message(w, msg, TRACE_KIND_NONE, actor, cause);
}

static inline uint64_t sim_record_arrived(struct sim *w, const struct gang_msg *msg, bool to_driver,
                                          uint64_t cause)
{
    enum trace_actor actor = to_driver ? TRACE_DRIVER : TRACE_EXECUTOR;
    return to_driver && msg->kind == GANG_MSG_ARRIVE
               ? sim_record_call(w, msg, TRACE_DELIVER, actor, cause)
               : sim_record_message(w, msg, TRACE_DELIVER, actor, cause);
}

uint64_t sim_record_dropped(struct sim *w, const struct gang_msg *msg, uint64_t cause);
uint64_t sim_record_frame_lost(struct sim *w, const struct gang_msg *msg, uint64_t cause);

#endif
