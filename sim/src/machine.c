/*
 * machine.c -- the core's machines in the world: handing them events, and carrying out their
 * effects.
 *
 * This room is for: one step of a driver or an executor, its effects in their order, and its
 *                   deadline.
 * It may include:   record.h, world.h.
 * Never here:       decisions of the core's, or of the plan's.
 *
 * Effects are carried out before anything else happens. Tasks that an effect sets going are noted
 * in `runnable`, and run when the whole list is done: so the one effects buffer is never in use
 * twice.
 */
#include "post.h"

/* ---- deadlines */
__attribute__((noinline)) static void set_wake(struct sim *w, struct sim_machine *m, uint32_t id)
{
    m->wake_ns = m->deadline_ns;
    m->wake_key = (m->wake_key + 1) & SIM_KEY_MASK;
    if (m->wake_ns != PLAN_NEVER)
        sim_schedule(w, m->wake_ns, id, sim_extra(SIM_WAKE, m->wake_key));
}

/* After every step. A deadline that moved later costs nothing: the pending wake-up will ask again.
 */
static inline void ask_deadline(struct sim *w, struct sim_machine *m, uint32_t id,
                                int64_t deadline_ns, enum gang_timer why)
{
    if (deadline_ns == m->deadline_ns && (uint32_t)why == m->why)
        return;
    m->deadline_ns = deadline_ns;
    m->why = why;
    if (deadline_ns < m->wake_ns)
        set_wake(w, m, id);
}

static struct sim_machine *machine_of(struct sim *w, uint32_t id)
{
    return id == w->executor_count ? &w->driver_machine : &w->hosts[id].machine;
}

static void step(struct sim *w, uint32_t id, enum gang_ev_kind kind)
{
    struct gang_event ev;
    ev.kind = kind;
    ev.id = 0;
    ev.msg = NULL;
    if (id == w->executor_count)
        sim_step_driver(w, &ev);
    else
        sim_step_executor(w, id, &ev);
}

void sim_wake(struct sim *w, uint32_t id)
{
    struct sim_machine *m = machine_of(w, id);
    m->wake_ns = PLAN_NEVER;
    if (m->deadline_ns > w->now_ns) { /* it moved later meanwhile */
        set_wake(w, m, id);
        return;
    }
    w->events++;
    bool driver = id == w->executor_count;
    uint64_t armed_by = driver ? w->core->driver_armed_by(w->driver)
                               : w->core->executor_armed_by(w->hosts[id].core);
    w->cause = armed_by;
    if (m->why == GANG_TIMER_HEARTBEAT && id == w->executor_count) {
        sim_heartbeats(w);
        if (m->deadline_ns > w->now_ns || m->why != GANG_TIMER_HEARTBEAT) {
            if (m->wake_ns == PLAN_NEVER)
                set_wake(w, m, id);
            return;
        }
    }
    if (gang_timer_hope((enum gang_timer)m->why) != GANG_HOPE_HABIT)
        w->cause = sim_record_timer(w, id, (enum gang_timer)m->why, armed_by);
    step(w, id, GANG_EV_TIMER);
    if (m->wake_ns == PLAN_NEVER) /* several timers of one instant: one an event */
        set_wake(w, m, id);
}

/* ---- the driver */
bool sim_heard(const struct sim_host *host)
{
    return host->up && host->joined == host->incarnation && host->beating == SIM_BEATS_VIRTUAL;
}

void sim_set_heard(struct sim *w, uint32_t executor)
{
    uint64_t bit = UINT64_C(1) << (executor % 64);
    if (sim_heard(&w->hosts[executor]))
        w->heard[executor / 64] |= bit;
    else
        w->heard[executor / 64] &= ~bit;
}

SIM_ALWAYS_INLINE void send(struct sim *w, const struct gang_msg *msg, bool to_driver, uint64_t cause)
{
    if (sim_is_soft(msg))
        sim_send_soft(w, msg, to_driver, cause);
    else
        sim_post(w, msg, sim_record_sent(w, msg, to_driver, cause), to_driver);
}

/* Anything but a message. */
__attribute__((noinline)) static void carry_out_decision(struct sim *w, const struct gang_effect *effect,
                                                         uint64_t cause)
{
    if (effect->fx == GANG_FX_PLAN_WANTED && w->has_placer) {
        w->plan_wanted = true;
        return;
    }
    if (effect->fx >= GANG_FX_START || effect->fx == GANG_FX_PERSIST ||
        effect->fx == GANG_FX_PLAN_WANTED) {
        sim_fail(w, SIM_E_CORE, "the driver has no effect %u", effect->fx);
        return;
    }
    if (effect->fx == GANG_FX_GIVE_BACK) { /* that it was lost says it */
        sim_give_back(w, effect->msg.executor, effect->msg.incarnation, cause);
        return;
    }
    uint64_t record = sim_record_decision(w, effect, cause);
    if (effect->fx == GANG_FX_JOB_DONE && effect->msg.job < w->plan->job_count) {
        sim_job_done(w, effect->msg.job);
    } else if (effect->fx == GANG_FX_JOIN || effect->fx == GANG_FX_LOST) {
        w->hosts[effect->msg.executor].joined =
            effect->fx == GANG_FX_JOIN ? effect->msg.incarnation : PLAN_NONE;
        sim_set_heard(w, effect->msg.executor);
        if (effect->fx == GANG_FX_LOST)
            sim_pulse_lost(w, effect->msg.executor, effect->msg.incarnation);
        if (effect->fx == GANG_FX_LOST && w->wires != NULL)
            sim_wire_lost(w, effect->msg.executor, effect->msg.incarnation);
    } else if (effect->fx == GANG_FX_ACCEPT && effect->msg.op == GANG_ACCEPT_SUCCESS) {
        sim_store_accepted(w, &effect->msg);
    } else if (effect->fx == GANG_FX_ASK) {
        sim_grant(w, effect->msg.executor, record);
    }
}

static inline void carry_out_effect(struct sim *w, const struct gang_effect *effect, uint64_t cause)
{
    if (effect->fx == GANG_FX_SEND)
        send(w, &effect->msg, false, cause);
    else
        carry_out_decision(w, effect, cause);
}

void sim_carry_out(struct sim *w, const struct gang_effect *effect, uint64_t cause)
{
    carry_out_effect(w, effect, cause);
}

__attribute__((noinline)) static void carry_out_driver(struct sim *w, const struct gang_effects *fx)
{
    uint64_t cause = w->cause;
    for (uint32_t i = 0; i < fx->count && w->status == SIM_OK; i++)
        carry_out_effect(w, &fx->list[i], cause);
}

SIM_RARE static void driver_refused(struct sim *w, const struct gang_event *ev, const struct gang_err *err)
{
    sim_fail(w, ev->kind == GANG_EV_PLAN ? SIM_E_PLACER : SIM_E_CORE,
             ev->kind == GANG_EV_PLAN ? "the driver refused the scheduler's plan: event %u: %s"
                                      : "the driver refused event %u: %s",
             ev->kind, err->detail);
}

SIM_ALWAYS_INLINE void step_driver(struct sim *w, struct gang_event *ev)
{
    struct gang_err err;
    struct gang_effects fx = {w->effects, 0, w->effects_capacity};
    ev->at_ns = sim_driver_clock(w, w->now_ns);
    ev->token = w->cause;
    if (w->phoenix != NULL && !sim_phoenix_takes(w, ev))
        return;
    enum gang_status status = w->core->driver_step(w->driver, ev, &fx, &err);
    if (sim_rarely(status != GANG_OK)) {
        driver_refused(w, ev, &err);
        return;
    }
    if (w->phoenix != NULL) {
        if (!sim_phoenix_carry_out(w, ev, &fx))
            return; /* it did not live to see the end */
    } else if (fx.count > 0) { /* nine calls of ten wait for others, and have no effect yet */
        carry_out_driver(w, &fx);
    }
    enum gang_timer why;
    int64_t deadline_ns = sim_of_driver_clock(w, w->core->driver_deadline(w->driver, &why));
    ask_deadline(w, &w->driver_machine, w->executor_count, deadline_ns, why);
    if (w->plan_wanted)
        sim_place(w);
}

void sim_step_driver(struct sim *w, struct gang_event *ev) { step_driver(w, ev); }

/* Here, and not beside its like in net.c, so that it is one function: more than half of all events end in it. */
void sim_deliver_to_driver(struct sim *w, uint32_t i)
{
    const struct gang_msg *msg = &w->flights[i].msg;
    struct gang_event ev;
    ev.kind = GANG_EV_MSG;
    ev.id = 0;
    ev.msg = msg;
    w->cause = sim_record_arrived(w, msg, true, sim_land(w, i));
    step_driver(w, &ev);
}

void sim_heartbeats(struct sim *w)
{
    struct gang_event ev;
    ev.kind = GANG_EV_HEARTBEATS;
    ev.id = w->executor_count;
    ev.bits = w->heard;
    sim_step_driver(w, &ev);
}

/* ---- executors */
/* What an answer sets going has computed for long before it called, and is in no cache: all of it is asked for at once. */
__attribute__((noinline)) static void ask_for_tasks(const struct sim *w, uint32_t executor,
                                                    const struct gang_effects *fx)
{
    const struct sim_host *host = &w->hosts[executor];
    for (uint32_t i = 0; i < fx->count; i++) {
        uint32_t task = fx->list[i].msg.count;
        if (fx->list[i].fx != GANG_FX_REPLY || task >= host->task_count)
            continue;
        __builtin_prefetch(&w->tasks[host->first_task + task], 1);
    }
}

/* What is neither a message nor an answer. */
__attribute__((noinline)) static void carry_out_rest(struct sim *w, uint32_t executor,
                                                     const struct gang_effect *effect, uint64_t cause)
{
    switch ((enum gang_fx_kind)effect->fx) {
    case GANG_FX_EXIT:
        sim_process_exit(w, executor, cause);
        break;
    case GANG_FX_START:
        sim_task_start(w, executor, &effect->msg);
        break;
    case GANG_FX_SIGNAL:
        sim_task_signal(w, executor, &effect->msg);
        break;
    case GANG_FX_SEND:
    case GANG_FX_REPLY:
    case GANG_FX_NONE:
    case GANG_FX_PERSIST:
    case GANG_FX_PLAN_WANTED:
    case GANG_FX_PLAN:
    case GANG_FX_LAUNCH:
    case GANG_FX_REFUSE:
    case GANG_FX_FENCE:
    case GANG_FX_ACCEPT:
    case GANG_FX_STAGE_DONE:
    case GANG_FX_JOB_DONE:
    case GANG_FX_JOIN:
    case GANG_FX_LOST:
    case GANG_FX_WAIT:
    case GANG_FX_NOTE:
    case GANG_FX_CALL:
    case GANG_FX_RESUME:
    case GANG_FX_EXCLUDE:
    case GANG_FX_UNREGISTER:
    case GANG_FX_GIVE_BACK:
    case GANG_FX_ASK:
    case GANG_FX_COUNT:
        sim_fail(w, SIM_E_CORE, "executor %u has no effect %u", executor, effect->fx);
    }
}

SIM_ALWAYS_INLINE void carry_out_executor(struct sim *w, uint32_t executor, const struct gang_effects *fx)
{
    uint64_t cause = w->cause;
    const struct gang_effect *effect = fx->list, *end = effect + fx->count;
    if (w->looks_ahead && fx->count > 1)
        ask_for_tasks(w, executor, fx);
    for (; effect != end && !w->stopped; effect++) {
        if (effect->fx == GANG_FX_REPLY)
            sim_task_reply(w, executor, &effect->msg);
        else if (effect->fx == GANG_FX_SEND)
            send(w, &effect->msg, true, cause);
        else
            carry_out_rest(w, executor, effect, cause);
    }
}

static inline void ask_executor(struct sim *w, uint32_t executor)
{
    struct sim_host *host = &w->hosts[executor];
    enum gang_timer why;
    int64_t deadline_ns = w->core->executor_deadline(host->core, &why);
    if (sim_rarely(host->ill & SIM_ILL_CLOCK))
        deadline_ns = sim_world_time(w, executor, deadline_ns);
    ask_deadline(w, &host->machine, executor, deadline_ns, why);
    if (sim_rarely(host->beating != SIM_BEATS_VIRTUAL))
        sim_ask_beat(w, executor);
}

/* After every step, and when its clock runs differently. */
void sim_ask_executor(struct sim *w, uint32_t executor) { ask_executor(w, executor); }

static inline enum gang_status try_executor(struct sim *w, uint32_t executor, struct gang_event *ev,
                                     struct gang_effects *fx, struct gang_err *err)
{
    const struct sim_host *host = &w->hosts[executor];
    assert((host->ill & SIM_ILL_PAUSED) == 0);
    ev->at_ns = sim_rarely(host->ill & SIM_ILL_CLOCK) ? sim_clock(w, executor) : w->now_ns;
    ev->token = w->cause;
    return w->core->executor_step(host->core, ev, fx, err);
}

bool sim_fault_executor(struct sim *w, uint32_t act, struct gang_event *ev, uint64_t cause)
{
    uint32_t executor = w->plan->acts[act].executor;
    struct gang_err err;
    struct gang_effects fx = {w->effects, 0, w->effects_capacity};
    w->cause = cause;
    if (try_executor(w, executor, ev, &fx, &err) != GANG_OK)
        return false;
    w->cause = w->acts[act].cause = sim_record_act(w, TRACE_FAULT, act, executor, TRACE_NONE, cause);
    carry_out_executor(w, executor, &fx);
    sim_ask_executor(w, executor);
    return true;
}

void sim_step_executor(struct sim *w, uint32_t executor, struct gang_event *ev)
{
    struct gang_err err;
    struct gang_effects fx = {w->effects, 0, w->effects_capacity};
    enum gang_status status = try_executor(w, executor, ev, &fx, &err);
    if (sim_rarely(status != GANG_OK)) {
        sim_fail(w, SIM_E_CORE, "executor %u refused event %u: %s", executor, ev->kind, err.detail);
        return;
    }
    carry_out_executor(w, executor, &fx);
    if (w->hosts[executor].up) /* or that was its end */
        ask_executor(w, executor);
}

void sim_audit(struct sim *w)
{
    w->core->driver_audit(w->driver);
    for (uint32_t i = 0; i < w->executor_count; i++)
        if (w->hosts[i].up)
            w->core->executor_audit(w->hosts[i].core);
    sim_store_audit(w);
    if (w->wires != NULL)
        sim_wires_audit(w);
    if (w->peers != NULL)
        sim_peers_audit(w);
    if (w->phoenix != NULL)
        sim_phoenix_audit(w);
}
