/*
 * host.c -- what ails machines: they stand still, run slowly, keep another time, lose what they have,
 * and are taken out of service.
 *
 * This room is for: acts on executors other than crashes, what lasts of them, and its end.
 * It may include:   record.h, world.h.
 * Never here:       the network; what the core makes of it.
 *
 * While a machine stands still, whatever is about it (messages, turns of its tasks, its timers) is held,
 * in the order it came; then it is handled in that order, and what comes meanwhile goes behind it. A
 * compute, or a process that lingers, is simply so much later.
 *
 * Every effect that ends leaves a HEAL record, whose cause is its FAULT; but slow and drift of another
 * amount take the place of those before them.
 */
#include "dice.h"
#include "record.h"

#include <stdio.h>

enum { WHOLE = 1000000, PERCENT = 100 };

/* ---- which plans need this */
static bool ails(const struct plan_act *p)
{
    switch (p->kind) {
    case PLAN_ACT_PAUSE:
    case PLAN_ACT_SLOW:
    case PLAN_ACT_DRIFT:
    case PLAN_ACT_DRAIN:
    case PLAN_ACT_LOSE_GPU:
    case PLAN_ACT_TAKE:
    case PLAN_ACT_EXCLUDE:
        return true;
    default:
        return false;
    }
}

bool sim_has_ailments(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->act_count; i++)
        if (ails(&plan->acts[i]))
            return true;
    return plan->setting[PLAN_SET_CLOCK_OFFSET] > 0;
}

/* Rooms are told when they change, and told again; a stray call is one message more. To a machine that stands still
 * a group may be sent everything there is: reserve, unreserve or go, a release or a failure, a kill. */
uint32_t sim_ailing_messages(const struct plan *plan, uint64_t groups)
{
    uint64_t messages = 0;
    bool pauses = false;
    for (uint32_t i = 0; i < plan->act_count; i++) {
        uint32_t kind = plan->acts[i].kind;
        messages +=
            kind == PLAN_ACT_TAKE || kind == PLAN_ACT_LOSE_GPU ? 2 : kind == PLAN_ACT_STRAY_CALL;
        pauses |= kind == PLAN_ACT_PAUSE;
    }
    messages += pauses ? 4 * groups + plan->executor_count : 0;
    return messages < UINT32_MAX ? (uint32_t)messages : UINT32_MAX;
}

static bool refuse(uint32_t act, const char *what, int64_t is, int64_t low, int64_t high,
                   struct sim_err *err)
{
    err->code = SIM_E_PLAN;
    (void)snprintf(err->detail, sizeof err->detail, "act %u: %s is %lld, must be %lld..%lld", act,
                   what, (long long)is, (long long)low, (long long)high);
    return false;
}

bool sim_host_check(const struct plan *plan, uint32_t act, struct sim_err *err)
{
    const struct plan_act *p = &plan->acts[act];
    if (p->kind == PLAN_ACT_SLOW && p->amount < 1)
        return refuse(act, "its percent", p->amount, 1, INT32_MAX, err);
    if (p->kind == PLAN_ACT_DRIFT && (p->amount <= -WHOLE || p->amount > WHOLE))
        return refuse(act, "its drift in millionths", p->amount, 1 - WHOLE, WHOLE, err);
    if (p->kind == PLAN_ACT_TAKE && p->amount < 1)
        return refuse(act, "the number of its cores", p->amount, 1, INT32_MAX, err);
    if (p->kind != PLAN_ACT_LOSE_GPU)
        return true;
    int64_t gpus = plan->executors[p->executor].gpus;
    if (p->amount < 0 || p->amount >= gpus)
        return refuse(act, "its GPU address", p->amount, 0, gpus - 1, err);
    return true;
}

/* Of a machine, or behind the last executor the driver's. */
static int64_t draw_offset(const struct sim *w, uint32_t machine)
{
    const struct sim_dice_key key = {.purpose = SIM_DICE_CLOCK, .job = machine};
    uint64_t most = (uint64_t)w->plan->setting[PLAN_SET_CLOCK_OFFSET];
    return (int64_t)sim_mul_high(sim_dice(w->seed, &key), most + 1);
}

/* Machines that do not know what time it is in the world: a core that compared two clocks would go wrong at once. */
static void set_clocks_apart(struct sim *w)
{
    w->driver_offset_ns = draw_offset(w, w->executor_count);
    for (uint32_t i = 0; i < w->executor_count; i++) {
        w->ailments[i].clock_ns = draw_offset(w, i);
        w->hosts[i].ill |= SIM_ILL_CLOCK;
    }
}

void sim_host_init(struct sim *w)
{
    w->held_free = PLAN_NONE;
    for (uint32_t i = 0; i < w->executor_count && w->ailments != NULL; i++)
        w->ailments[i] = (struct sim_ailment){.rate = WHOLE,
                                              .percent = PERCENT,
                                              .slow_act = PLAN_NONE,
                                              .drift_act = PLAN_NONE,
                                              .held_first = PLAN_NONE,
                                              .held_last = PLAN_NONE};
    if (w->plan->setting[PLAN_SET_CLOCK_OFFSET] > 0)
        set_clocks_apart(w);
}

/* ---- effects that last */
static bool heals(const struct plan_act *p) { return p->kind != PLAN_ACT_DRAIN; }

void sim_begin_lasting(struct sim *w, uint32_t act, int64_t for_ns)
{
    struct sim_act_state *state = &w->acts[act];
    assert(!state->lasts);
    state->lasts = 1;
    state->until_ns = sim_later(w->now_ns, for_ns);
    w->lasting += heals(&w->plan->acts[act]);
    if (state->until_ns != PLAN_NEVER)
        sim_schedule_work(w, state->until_ns, act, sim_extra(SIM_END, 0));
}

/* `queued`: its end is still in the queue, and will be stale there. */
static void cease_to_last(struct sim *w, uint32_t act, bool queued)
{
    struct sim_act_state *state = &w->acts[act];
    assert(state->lasts);
    state->lasts = 0;
    w->lasting -= heals(&w->plan->acts[act]);
    w->work -= queued && state->until_ns != PLAN_NEVER && !sim_is_gathered(w, act, sim_extra(SIM_END, 0));
}

static uint64_t record_end(struct sim *w, uint32_t act)
{
    return sim_record_act(w, TRACE_HEAL, act, w->plan->acts[act].executor, TRACE_NONE,
                          w->acts[act].cause);
}

static uint64_t record_fault(struct sim *w, uint32_t act, uint64_t cause)
{
    w->acts[act].cause =
        sim_record_act(w, TRACE_FAULT, act, w->plan->acts[act].executor, TRACE_NONE, cause);
    return w->acts[act].cause;
}

/* ---- what a machine has */
static struct gang_msg room_of(const struct sim *w, uint32_t executor, uint32_t taken)
{
    const struct plan_executor *e = &w->plan->executors[executor];
    uint64_t gpus = e->gpus >= 64 ? UINT64_MAX : (UINT64_C(1) << e->gpus) - 1;
    struct gang_msg room = {.a = gpus & ~w->ailments[executor].dead_gpus};
    room.room.cores = e->cores - taken;
    room.room.memory_mib = e->memory_mib;
    return room;
}

/* Whatever runs on a dead GPU fails; then the process learns what there is, unless it cannot. */
static void tell_room(struct sim *w, uint32_t executor, uint64_t cause)
{
    struct sim_host *host = &w->hosts[executor];
    const struct sim_ailment *ailment = &w->ailments[executor];
    if (!host->up || (host->ill & SIM_ILL_PAUSED) != 0) {
        host->ill |= SIM_ILL_UNTOLD;
        return;
    }
    host->ill &= (uint8_t)~SIM_ILL_UNTOLD;
    for (uint32_t t = host->first_task; t < host->first_task + host->task_count; t++)
        if (w->tasks[t].state != SIM_TASK_NONE && (w->traits[t].gpu_mask & ailment->dead_gpus) != 0)
            sim_task_exit(w, t, TRACE_EXIT_FAILED, TRACE_REASON_GPU_LOST, cause);
    struct gang_msg room = room_of(w, executor, ailment->taken);
    struct gang_event ev = {.kind = GANG_EV_ROOM, .msg = &room};
    w->cause = cause;
    sim_step_executor(w, executor, &ev);
}

static void lose_gpu(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    uint64_t bit = UINT64_C(1) << p->amount;
    struct sim_ailment *ailment = &w->ailments[p->executor];
    if ((ailment->dead_gpus & bit) != 0 || !sim_budget_machine(w, act, cause))
        return;
    ailment->dead_gpus |= bit;
    tell_room(w, p->executor, record_fault(w, act, cause));
}

/* Its process alone knows whether so many are free: it refuses to have fewer than it holds. */
static void take(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    const struct sim_host *host = &w->hosts[p->executor];
    struct sim_ailment *ailment = &w->ailments[p->executor];
    uint32_t left = w->plan->executors[p->executor].cores - ailment->taken;
    if (!host->up || (host->ill & SIM_ILL_PAUSED) != 0 || (uint32_t)p->amount > left ||
        !sim_budget_machine(w, act, cause))
        return;
    struct gang_msg room = room_of(w, p->executor, ailment->taken + (uint32_t)p->amount);
    struct gang_event ev = {.kind = GANG_EV_ROOM, .msg = &room};
    if (!sim_fault_executor(w, act, &ev, cause))
        return;
    ailment->taken += (uint32_t)p->amount;
    sim_begin_lasting(w, act, p->duration_ns > 0 ? p->duration_ns : PLAN_NEVER);
}

static void give_back(struct sim *w, uint32_t act)
{
    const struct plan_act *p = &w->plan->acts[act];
    assert(w->ailments[p->executor].taken >= (uint32_t)p->amount);
    w->ailments[p->executor].taken -= (uint32_t)p->amount;
    tell_room(w, p->executor, record_end(w, act));
}

/* ---- standing still */
static void hold(struct sim *w, uint32_t executor, uint32_t payload, uint32_t extra)
{
    struct sim_ailment *ailment = &w->ailments[executor];
    uint32_t i = w->held_free;
    if (i != PLAN_NONE)
        w->held_free = w->held[i].next;
    else if (w->held_used < w->held_max)
        i = w->held_used++;
    if (i == PLAN_NONE) {
        sim_fail(w, SIM_E_FULL,
                 "%u events wait for executors that stand still, and there is no room "
                 "for another",
                 w->held_max);
        return;
    }
    w->held[i] = (struct sim_held){payload, extra, PLAN_NONE};
    *(ailment->held_last == PLAN_NONE ? &ailment->held_first : &w->held[ailment->held_last].next) =
        i;
    ailment->held_last = i;
}

static struct sim_held let_go(struct sim *w, uint32_t executor)
{
    struct sim_ailment *ailment = &w->ailments[executor];
    uint32_t i = ailment->held_first;
    struct sim_held held = w->held[i];
    ailment->held_first = held.next;
    if (held.next == PLAN_NONE)
        ailment->held_last = PLAN_NONE;
    w->held[i].next = w->held_free;
    w->held_free = i;
    return held;
}

/* Whose entry it is; PLAN_NONE: no host's, or it goes on whatever the host does. */
static uint32_t host_of(const struct sim *w, uint32_t payload, uint32_t extra)
{
    switch ((unsigned)sim_class_of(extra)) {
    case SIM_TO_EXECUTOR:
        return w->flights[payload].msg.executor;
    case SIM_TASK:
    case SIM_GIVE_UP:
        return w->tasks[payload].executor;
    case SIM_WAKE:
        return payload < w->executor_count ? payload : PLAN_NONE;
    case SIM_SOFT:
        return w->flights[payload].msg.kind == GANG_MSG_HEARTBEAT ? PLAN_NONE
                                                                  : w->flights[payload].msg.executor;
    case SIM_FRAME:
        return sim_frame_host(w, payload);
    case SIM_LINK:
        return sim_link_host(payload);
    default:
        return PLAN_NONE;
    }
}

/* Since when the task has not got on: since its host stands still, or since before, for want of others. */
static int64_t still_since(const struct sim *w, uint32_t t, uint32_t executor)
{
    int64_t paused_ns = w->ailments[executor].paused_ns;
    const struct sim_trait *trait = &w->traits[t];
    return trait->blocked && trait->since_ns < paused_ns ? trait->since_ns : paused_ns;
}

bool sim_host_holds(struct sim *w, uint32_t payload, uint32_t extra)
{
    uint32_t executor = host_of(w, payload, extra);
    if (executor == PLAN_NONE)
        return false;
    const struct sim_host *host = &w->hosts[executor];
    if ((host->ill & (SIM_ILL_PAUSED | SIM_ILL_HOLDING)) == 0)
        return false;
    bool progresses =
        sim_class_of(extra) == SIM_TASK &&
        (w->tasks[payload].state == SIM_TASK_COMPUTE || w->tasks[payload].state == SIM_TASK_LINGER);
    if (progresses && (host->ill & SIM_ILL_PAUSED) != 0)
        sim_task_stop(w, payload, w->now_ns - still_since(w, payload, executor));
    else
        hold(w, executor, payload, extra);
    return true;
}

static void ask_for_a_turn(struct sim *w, uint32_t executor)
{
    struct sim_host *host = &w->hosts[executor];
    if (host->ill & SIM_ILL_TURN)
        return;
    host->ill |= SIM_ILL_TURN;
    sim_schedule(w, w->now_ns, executor, sim_extra(SIM_TURN, 0));
}

/* What was held, and is still alive, one at a time. */
static void handle_held(struct sim *w, uint32_t executor)
{
    struct sim_host *host = &w->hosts[executor];
    struct sim_ailment *ailment = &w->ailments[executor];
    if (ailment->held_first != PLAN_NONE) {
        struct sim_held held = let_go(w, executor);
        if (sim_is_live(w, held.payload, held.extra))
            sim_dispatch(w, held.payload, held.extra);
    }
    if (ailment->held_first != PLAN_NONE)
        ask_for_a_turn(w, executor);
    else
        host->ill &= (uint8_t)~SIM_ILL_HOLDING;
}

void sim_host_turn(struct sim *w, uint32_t executor)
{
    struct sim_host *host = &w->hosts[executor];
    host->ill &= (uint8_t)~SIM_ILL_TURN;
    if (host->ill & SIM_ILL_PAUSED)
        return; /* it asks again when it goes on */
    if (host->ill & SIM_ILL_HOLDING)
        handle_held(w, executor);
}

static void pause(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    struct sim_host *host = &w->hosts[p->executor];
    struct sim_ailment *ailment = &w->ailments[p->executor];
    if (!host->up || p->duration_ns == 0 || !sim_budget_machine(w, act, cause))
        return;
    uint64_t fault = record_fault(w, act, cause);
    sim_begin_lasting(w, act, p->duration_ns);
    if (ailment->pauses++ > 0)
        return;
    sim_link_ill(w, p->executor, fault); /* its heartbeats so far have reached the driver */
    ailment->paused_ns = w->now_ns;
    host->ill |= SIM_ILL_PAUSED;
    sim_set_heard(w, p->executor);
}

static void resume(struct sim *w, uint32_t act)
{
    uint32_t executor = w->plan->acts[act].executor;
    struct sim_host *host = &w->hosts[executor];
    struct sim_ailment *ailment = &w->ailments[executor];
    uint64_t end = record_end(w, act);
    if (--ailment->pauses > 0)
        return; /* another prolongs it */
    host->ill = (uint8_t)((host->ill & ~SIM_ILL_PAUSED) | SIM_ILL_HOLDING);
    for (uint32_t t = host->first_task; t < host->first_task + host->task_count; t++)
        if (w->tasks[t].state != SIM_TASK_NONE)
            sim_task_resume(w, t, w->now_ns - ailment->paused_ns);
    sim_link_well(w, executor);
    sim_beat_overdue(w, executor);
    if (host->ill & SIM_ILL_UNTOLD)
        tell_room(w, executor, end);
    ask_for_a_turn(w, executor);
}

/* ---- computing slowly, and keeping another time */
int64_t sim_slowed(const struct sim *w, uint32_t executor, int64_t ns)
{
    int64_t percent = w->ailments[executor].percent;
    if (percent == PERCENT || ns == PLAN_NEVER)
        return ns;
    if (ns / PERCENT > (PLAN_NEVER - percent) / percent)
        return PLAN_NEVER;
    return sim_later(ns / PERCENT * percent, ns % PERCENT * percent / PERCENT);
}

/* Another amount takes the place of the one before. */
static void replace(struct sim *w, uint32_t *present, uint32_t act, bool lasts)
{
    if (*present != PLAN_NONE)
        cease_to_last(w, *present, true);
    *present = lasts ? act : PLAN_NONE;
    if (lasts)
        sim_begin_lasting(w, act, PLAN_NEVER);
}

static void slow(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    struct sim_ailment *ailment = &w->ailments[p->executor];
    if (ailment->percent == (uint32_t)p->amount ||
        (p->amount != PERCENT && !sim_budget_machine(w, act, cause)))
        return;
    (void)record_fault(w, act, cause);
    replace(w, &ailment->slow_act, act, p->amount != PERCENT);
    ailment->percent = (uint32_t)p->amount;
}

int64_t sim_clock(const struct sim *w, uint32_t executor)
{
    const struct sim_ailment *a = &w->ailments[executor];
    int64_t gone = w->now_ns - a->since_ns, rate = a->rate;
    assert(gone >= 0);
    return a->clock_ns + gone / WHOLE * rate + gone % WHOLE * rate / WHOLE;
}

int64_t sim_world_time(const struct sim *w, uint32_t executor, int64_t at_ns)
{
    const struct sim_ailment *a = &w->ailments[executor];
    int64_t rate = a->rate, left = at_ns - a->clock_ns;
    if (at_ns == PLAN_NEVER || left <= 0)
        return at_ns == PLAN_NEVER ? PLAN_NEVER : w->now_ns;
    if (left / rate >= PLAN_NEVER / WHOLE - 1)
        return PLAN_NEVER;
    /* Rounded up: no timer fires early by its own clock. */
    int64_t takes = left / rate * WHOLE + (left % rate * WHOLE + rate - 1) / rate;
    return sim_later(a->since_ns, takes);
}

/* No jump: only the rate changes. */
static void set_rate(struct sim *w, uint32_t executor, int32_t millionths)
{
    struct sim_ailment *ailment = &w->ailments[executor];
    struct sim_host *host = &w->hosts[executor];
    ailment->clock_ns = sim_clock(w, executor);
    ailment->since_ns = w->now_ns;
    ailment->rate = (uint32_t)(WHOLE + millionths);
    host->ill |= SIM_ILL_CLOCK;
    if (host->up)
        sim_ask_executor(w, executor);
}

static void drift(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    struct sim_ailment *ailment = &w->ailments[p->executor];
    if (ailment->rate == (uint32_t)(WHOLE + p->amount) ||
        (p->amount != 0 && !sim_budget_machine(w, act, cause)))
        return;
    (void)record_fault(w, act, cause);
    replace(w, &ailment->drift_act, act, p->amount != 0);
    set_rate(w, p->executor, p->amount);
}

/* ---- leaving */
static void tell_driver(struct sim *w, uint32_t executor, enum gang_ev_kind kind, uint64_t cause)
{
    struct gang_event ev = {.kind = kind, .id = executor};
    if (w->hosts[executor].joined == PLAN_NONE)
        return; /* it does not know this executor */
    w->cause = cause;
    sim_step_driver(w, &ev);
}

static void drain(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    if (!w->hosts[p->executor].up || !sim_budget_machine(w, act, cause))
        return;
    w->ailments[p->executor].leaving++;
    uint64_t fault = record_fault(w, act, cause);
    sim_begin_lasting(w, act, p->duration_ns);
    tell_driver(w, p->executor, GANG_EV_DECOMMISSION, fault);
}

/* Gone for good, with all that is on it; its connection breaks. */
static void leave(struct sim *w, uint32_t act)
{
    uint32_t executor = w->plan->acts[act].executor;
    struct sim_host *host = &w->hosts[executor];
    uint32_t joined = host->joined;
    assert(w->ailments[executor].leaving > 0);
    w->ailments[executor].leaving--;
    host->for_good = 1;
    if (!host->up)
        return;
    sim_host_down(w, executor, w->acts[act].cause);
    if (joined != host->incarnation)
        return;
    struct trace_record *r = sim_record_blank(w, TRACE_DISCONNECT, TRACE_WORLD, w->acts[act].cause);
    r->executor = executor;
    r->a = host->incarnation;
    tell_driver(w, executor, GANG_EV_DISCONNECTED, sim_record_close(w, r));
}

static void exclude(struct sim *w, uint32_t act, uint64_t cause)
{
    uint32_t executor = w->plan->acts[act].executor;
    if (w->hosts[executor].joined != PLAN_NONE)
        tell_driver(w, executor, GANG_EV_EXCLUDE, record_fault(w, act, cause));
}

/* ---- the door */
void sim_host_act(struct sim *w, uint32_t act, uint64_t cause)
{
    switch (w->plan->acts[act].kind) {
    case PLAN_ACT_PAUSE:
        pause(w, act, cause);
        break;
    case PLAN_ACT_SLOW:
        slow(w, act, cause);
        break;
    case PLAN_ACT_DRIFT:
        drift(w, act, cause);
        break;
    case PLAN_ACT_DRAIN:
        drain(w, act, cause);
        break;
    case PLAN_ACT_LOSE_GPU:
        lose_gpu(w, act, cause);
        break;
    case PLAN_ACT_TAKE:
        take(w, act, cause);
        break;
    case PLAN_ACT_EXCLUDE:
        exclude(w, act, cause);
        break;
    default:
        assert(false && "not an act on a machine");
    }
}

static void end_effect(struct sim *w, uint32_t act, bool queued)
{
    cease_to_last(w, act, queued);
    if (w->plan->acts[act].kind == PLAN_ACT_CRASH_DRIVER) { /* of no executor */
        sim_phoenix_rise(w, act, queued);
        return;
    }
    uint32_t executor = w->plan->acts[act].executor;
    struct sim_ailment *ailment = &w->ailments[executor];
    switch (w->plan->acts[act].kind) {
    case PLAN_ACT_PAUSE:
        resume(w, act);
        break;
    case PLAN_ACT_SLOW:
        (void)record_end(w, act);
        ailment->slow_act = PLAN_NONE;
        ailment->percent = PERCENT;
        break;
    case PLAN_ACT_DRIFT:
        (void)record_end(w, act);
        ailment->drift_act = PLAN_NONE;
        set_rate(w, w->plan->acts[act].executor, 0);
        break;
    case PLAN_ACT_TAKE:
        give_back(w, act);
        break;
    case PLAN_ACT_DRAIN:
        leave(w, act);
        break;
    default:
        assert(false && "an effect without an end");
    }
    sim_budget_look(w, executor);
}

void sim_host_act_end(struct sim *w, uint32_t act)
{
    w->events++;
    end_effect(w, act, false);
}

void sim_host_heal(struct sim *w)
{
    for (uint32_t act = 0; act < w->plan->act_count && w->lasting > 0 && !w->stopped; act++)
        if (w->acts[act].lasts && heals(&w->plan->acts[act]))
            end_effect(w, act, true);
}

/* Who took cores is gone as well, and nothing stands still any more. */
void sim_host_went_down(struct sim *w, uint32_t executor)
{
    struct sim_host *host = &w->hosts[executor];
    struct sim_ailment *ailment = &w->ailments[executor];
    bool any = ailment->pauses > 0 || ailment->taken > 0;
    if (ailment->pauses > 0)
        sim_link_well(w, executor);
    host->ill &= (uint8_t) ~(SIM_ILL_PAUSED | SIM_ILL_HOLDING);
    for (uint32_t act = 0; act < w->plan->act_count && any; act++) {
        const struct plan_act *p = &w->plan->acts[act];
        bool of_process = p->kind == PLAN_ACT_PAUSE || p->kind == PLAN_ACT_TAKE;
        if (!w->acts[act].lasts || !of_process || p->executor != executor)
            continue;
        cease_to_last(w, act, true);
        (void)record_end(w, act);
        if (p->kind == PLAN_ACT_TAKE)
            host->ill |= SIM_ILL_UNTOLD;
    }
    ailment->pauses = ailment->taken = 0;
    if (ailment->held_first != PLAN_NONE) { /* messages for nobody, now */
        host->ill |= SIM_ILL_HOLDING;
        ask_for_a_turn(w, executor);
    }
}

void sim_host_came_up(struct sim *w, uint32_t executor)
{
    if (w->hosts[executor].ill & SIM_ILL_UNTOLD)
        tell_room(w, executor, w->cause);
}
