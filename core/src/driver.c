/*
 * driver.c -- the driver's one door: an event comes in, effects go out.
 *
 * This room is for: laying out the driver's memory, checking events, and handing each to the part
 *                   it belongs to.
 * It may include:   <assert.h> <string.h>, and this room's headers.
 * Never here:       clocks, randomness, allocation, output. Same state + same event = same effects.
 *
 * A change of what the queue waits for asks for one look at it when the instant is over (G-03:
 * planned whole or not at all, nothing is held across looks).
 */
#include "driver_private.h"

#include <assert.h>
#include <string.h>

/* ---- memory */
static size_t reserve_bytes(size_t *at, size_t bytes)
{
    size_t here = (*at + 63) & ~(size_t)63;
    *at = here + bytes;
    return here;
}

/* Of effects about groups that are closed again within a round, or before whose turn it is ended, so many; small clusters never
 * have more. */
uint32_t gang_effects_in_vain(const struct gang_limits *limits)
{
    uint64_t all = UINT64_C(2) * limits->groups + UINT64_C(2) * limits->executors;
    return all < 4096 ? (uint32_t)all : 4096;
}

static uint32_t hash_slots(uint32_t jobs)
{
    uint32_t slots = 4;
    while (slots < 2 * jobs)
        slots *= 2;
    return slots;
}

/* Fills the offsets and counts that follow from the limits; returns the bytes of the whole block.
 */
static size_t lay_out(struct gang_driver *d, const struct gang_limits *l)
{
    uint32_t stages = gang_slab_indices(l->stages), ranks = gang_ranks_rows(l->tasks);
    uint32_t timers = (l->prefers > 0 ? 3 : 2) * stages + 6;
    size_t wishing_ranks = l->prefers > 0 ? ranks : 0;
    size_t at = sizeof *d;
    d->profile_capacity = l->stages < GANG_PROFILES_MAX ? l->stages : GANG_PROFILES_MAX;
    d->bitmap_words = (l->executors + 63) / 64;
    d->job_hash_mask = hash_slots(l->jobs) - 1;
    d->timers.capacity = timers;
    d->at_executors = reserve_bytes(&at, l->executors * sizeof(struct member_executor));
    d->at_shares = reserve_bytes(
        &at, l->gpu_shares ? l->executors * GANG_GPUS_MAX * sizeof(uint16_t) : (size_t)0);
    d->at_profiles = reserve_bytes(&at, d->profile_capacity * sizeof(struct profile));
    d->at_bitmaps = reserve_bytes(&at, (size_t)d->profile_capacity * d->bitmap_words * 8);
    d->at_jobs = reserve_bytes(&at, l->jobs * sizeof(struct job));
    d->at_job_hash = reserve_bytes(&at, hash_slots(l->jobs) * sizeof(uint32_t));
    d->at_stages = reserve_bytes(&at, stages * sizeof(struct stage));
    d->at_stage_links = reserve_bytes(&at, stages * sizeof(uint32_t));
    d->at_ranks = reserve_bytes(&at, ranks * sizeof(struct rank));
    d->at_wishes = reserve_bytes(&at, wishing_ranks * sizeof(uint32_t));
    d->at_choices = reserve_bytes(&at, wishing_ranks * sizeof(uint32_t));
    d->at_nooks = reserve_bytes(&at, (l->prefers > 0 ? l->executors : 0) * sizeof(struct nook));
    d->at_standbys = reserve_bytes(&at, l->executors * sizeof(struct standby));
    d->at_order = reserve_bytes(&at, l->executors * sizeof(uint32_t));
    d->at_groups = reserve_bytes(&at, l->groups * sizeof(struct group));
    d->at_round_timers =
        reserve_bytes(&at, (size_t)stages * l->round_timers * sizeof(struct round_timer));
    d->at_gathered = reserve_bytes(&at, (l->gathered ? ranks : (size_t)0) * sizeof(struct gathered));
    d->at_timer_at = reserve_bytes(&at, timers * sizeof(gang_ns));
    d->at_timer_token = reserve_bytes(&at, timers * sizeof(uint64_t));
    d->at_timer_heap = reserve_bytes(&at, timers * sizeof(uint32_t));
    d->at_timer_place = reserve_bytes(&at, timers * sizeof(uint32_t));
    d->bytes = (at + 63) & ~(size_t)63;
    return d->bytes;
}

size_t gang_driver_size(const struct gang_limits *limits)
{
    struct gang_driver d;
    assert(limits != NULL);
    return lay_out(&d, limits);
}

/*
 * What one step may say at the most.
 *
 * Of a group once, under the strict policy: that it is asked for, may go, was released, whose round has failed, must end or is
 * given back. A fence tells nobody what the round came to, for executors answer those who are told to end. Of one that went with its
 * executor nothing is said any more but what becomes of its tasks, each of which counts as a group. Of one that is asked for and
 * given back in one step, and of who takes the place of one that was closed, a round says no more than there is room for besides,
 * or is broken off (place.c). Under other policies twice: what its round came to, and that it must end (left.c); that it is sent
 * off, and must end (restarts); or its round in ranges, of which there are no more than two a group (tell_those_who_came()); and
 * besides, one executor may be offered at once (B-31). So may what a placer decides, which has its own share.
 *
 * Of an executor that it was lost; and that it is given back, but then nothing ran there. Or that it was told to go, was excluded,
 * or is asked for. Of a stage that it is fenced, waits, is refused, planned, restarted or done; of a job that it is over, and
 * why; of each output that it is lost. And first that the event must be durable.
 */
uint32_t gang_driver_effects_max(const struct gang_limits *limits)
{
    bool once = limits->strict && limits->decisions == 0;
    uint64_t of_groups = (once ? UINT64_C(1) : UINT64_C(2)) * limits->groups;
    uint64_t most = 65 + UINT64_C(6) * limits->stages + UINT64_C(4) * limits->jobs + limits->outputs +
                    limits->executors + (of_groups > limits->executors ? of_groups : limits->executors) +
                    UINT64_C(2) * limits->executor_tasks + UINT64_C(2) * gang_effects_in_vain(limits);
    if (limits->decisions > 0) /* a plan may give back and ask again */
        most += UINT64_C(4) * limits->decisions + UINT64_C(4) * limits->groups;
    return most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
}

static enum gang_status check_config(const struct gang_config *c, struct gang_err *err)
{
    const struct {
        const char *name;
        gang_ns value, least;
    } time[] = {
        {"heartbeat_ns", c->heartbeat_ns, 1},
        {"heartbeat_timeout_ns", c->heartbeat_timeout_ns, 1},
        {"reserve_timeout_ns", c->reserve_timeout_ns, 1},
        {"reserve_lease_ns", c->reserve_lease_ns, 1},
        {"launch_deadline_ns", c->launch_deadline_ns, 1},
        {"sync_timeout_ns", c->sync_timeout_ns, 1},
        {"admission_interval_ns", c->admission_interval_ns, 1},
        {"retry_delay_ns", c->retry_delay_ns, 0},
        {"kill_grace_ns", c->kill_grace_ns, 0},
        {"release_wait_ns", c->release_wait_ns, 1},
        {"driver_lease_ns", c->driver_lease_ns, 0},
        {"idle_ns", c->idle_ns, c->dynamic ? 1 : 0},
    };
    for (size_t i = 0; i < sizeof time / sizeof *time; i++)
        if (time[i].value < time[i].least)
            return gang_fail(err, GANG_E_RANGE, "%s is %lld, must be at least %lld", time[i].name,
                             (long long)time[i].value, (long long)time[i].least);
    if (gang_driver_lease(c) >= c->heartbeat_timeout_ns)
        return gang_fail(err, GANG_E_RANGE,
                         "driver_lease_ns is %lld, must be below heartbeat_timeout_ns, %lld",
                         (long long)gang_driver_lease(c), (long long)c->heartbeat_timeout_ns);
    if (c->placer > GANG_PLACER_HOST)
        return gang_fail(err, GANG_E_RANGE, "placer is %u, must be 0..%d", c->placer,
                         GANG_PLACER_HOST);
    if (c->persist > 1)
        return gang_fail(err, GANG_E_RANGE, "persist is %u, must be 0..1", c->persist);
    if (c->attempts_max < 1 || c->losses_max < 1)
        return gang_fail(err, GANG_E_RANGE,
                         "attempts_max is %u and losses_max %u, both must be 1 or more",
                         c->attempts_max, c->losses_max);
    return GANG_OK;
}

static enum gang_status check_limits(const struct gang_limits *l, struct gang_err *err)
{
    const struct {
        const char *name;
        uint32_t value, most;
    } limit[] = {
        {"executors", l->executors, 1u << 21}, {"jobs", l->jobs, 1u << 21},
        {"stages", l->stages, 1u << 21},       {"tasks", l->tasks, 1u << 29},
        {"groups", l->groups, 1u << 29},       {"executor_tasks", l->executor_tasks, 1u << 21},
    };
    for (size_t i = 0; i < sizeof limit / sizeof *limit; i++)
        if (limit[i].value < 1 || limit[i].value > limit[i].most)
            return gang_fail(err, GANG_E_RANGE, "limit %s is %u, must be 1..%u", limit[i].name,
                             limit[i].value, limit[i].most);
    if (l->outputs > l->tasks)
        return gang_fail(err, GANG_E_RANGE, "limit outputs is %u, must be 0..%u (tasks)", l->outputs,
                         l->tasks);
    return GANG_OK;
}

enum gang_status gang_driver_init(void *memory, const struct gang_limits *limits,
                                  const struct gang_config *config, struct gang_driver **out,
                                  struct gang_err *err)
{
    assert(memory != NULL);
    assert(((uintptr_t)memory & 63) == 0);
    assert(out != NULL);
    enum gang_status status = check_limits(limits, err);
    if (status == GANG_OK)
        status = check_config(config, err);
    if (status != GANG_OK)
        return status;
    bool leaves_timers = config->policy.axis[GANG_AXIS_TIMER_CANCEL] != 0;
    if (limits->round_timers > UINT16_MAX || (leaves_timers && limits->round_timers == 0))
        return gang_fail(err, GANG_E_RANGE, "limit round_timers is %u, must be %d..%u",
                         limits->round_timers, leaves_timers, UINT16_MAX);
    bool counts_requests = config->policy.axis[GANG_AXIS_MEMBER_COUNT] != 0;
    if (counts_requests && limits->gathered == 0)
        return gang_fail(err, GANG_E_RANGE,
                         "limit gathered is 0, must be 1 for member_count=requests");
    const struct gang_policy strict = gang_policy_strict();
    if (limits->strict && memcmp(&config->policy, &strict, sizeof strict) != 0)
        return gang_fail(err, GANG_E_RANGE, "limit strict is 1, must be 0 for a policy that is not");
    if (config->placer == GANG_PLACER_HOST && limits->decisions == 0)
        return gang_fail(err, GANG_E_RANGE, "limit decisions is 0, must be 1 or more for a placer");
    struct gang_driver *d = memory;
    memset(d, 0, sizeof *d);
    d->leaves_timers = leaves_timers;
    d->counts_requests = counts_requests;
    size_t bytes = lay_out(d, limits);
    memset((char *)memory + sizeof *d, 0, bytes - sizeof *d);
    d->limits = *limits;
    d->config = *config;
    d->now = d->began = INT64_MIN;
    d->effects_max = gang_driver_effects_max(limits);
    struct gang_limits without = *limits;
    without.decisions = 0;
    d->placer_reserve = gang_driver_effects_max(&without);
    d->queue_first = d->queue_last = GANG_NONE;
    d->vacated = GANG_NONE;
    d->ticks = axis(d, GANG_AXIS_ROUNDS);
    gang_slots_init(d);
    gang_offers_init(d);
    gang_dynamic_init(d);
    for (uint32_t i = 0; i < limits->executors; i++)
        executors_of(d)[i].groups = GANG_NONE;
    for (uint32_t i = 0; i < limits->jobs; i++)
        jobs_of(d)[i].next_free = i + 1 < limits->jobs ? i + 1 : GANG_NONE;
    for (uint32_t i = 0; i < limits->groups; i++)
        groups_of(d)[i].stage_next = i + 1 < limits->groups ? i + 1 : GANG_NONE;
    for (uint32_t i = 0; i <= d->job_hash_mask; i++)
        job_hash_of(d)[i] = GANG_NONE;
    gang_slab_init(&d->stage_slab, limits->stages);
    gang_ranks_init(d);
    gang_timers_init(&d->timers, timers_of(d), d->timers.capacity);
    *out = d;
    return GANG_OK;
}

/* ---- effects */
struct gang_msg *gang_fx_stage(struct gang_driver *d, struct gang_effects *out,
                               enum gang_fx_kind fx, const struct stage *stage)
{
    struct gang_msg *msg = gang_put(out, fx);
    msg->executor = GANG_NONE;
    msg->job = job_of(d, stage)->id;
    msg->stage = stage->index;
    msg->attempt = stage->attempt;
    msg->epoch = GANG_NONE;
    msg->rank = GANG_NONE;
    return msg;
}

struct gang_msg *gang_fx_group(struct gang_driver *d, struct gang_effects *out,
                               enum gang_msg_kind kind, const struct group *g)
{
    const struct stage *stage = stage_at(d, g->stage);
    struct gang_msg *msg = gang_put(out, GANG_FX_SEND);
    msg->kind = (uint8_t)kind;
    msg->executor = g->executor;
    msg->job = job_of(d, stage)->id;
    msg->stage = stage->index;
    msg->attempt = g->attempt;
    msg->epoch = GANG_NONE;
    msg->rank = g->rank;
    msg->count = g->count;
    msg->ref = (uint32_t)(g - groups_of(d));
    msg->group = g->handle;
    msg->incarnation = executors_of(d)[g->executor].incarnation;
    return msg;
}

void gang_note(struct gang_driver *d, struct gang_effects *out, const struct stage *stage,
               enum gang_reason reason, uint32_t needed, uint32_t there)
{
    struct gang_msg *msg = gang_fx_stage(d, out, GANG_FX_NOTE, stage);
    msg->reason = (uint16_t)reason;
    msg->count = needed;
    msg->epoch = there;
}

/* ---- hints */
/* Both ends of it: it may lie on two cache lines. */
static inline void ask_for(const void *what, size_t bytes)
{
    __builtin_prefetch(what, 1);
    __builtin_prefetch((const char *)what + bytes - 1, 1);
}

void gang_driver_expect(const struct gang_driver *d, const struct gang_msg *msg, unsigned step)
{
    if (msg->executor >= d->limits.executors || msg->ref >= d->limits.groups)
        return;
    const struct group *group = &groups_of(d)[msg->ref];
    if (step == 0) {
        ask_for(group, sizeof *group);
        ask_for(&executors_of(d)[msg->executor], sizeof(struct member_executor));
        return;
    }
    if (group->state == GROUP_FREE || group->stage >= d->stage_slab.capacity)
        return;
    const struct stage *stage = &stages_of(d)[group->stage];
    if (step == 1) {
        ask_for(stage, 64);
    } else if (msg->rank < stage->tasks) {
        __builtin_prefetch(&ranks_of(d)[stage->rank_base + msg->rank], 1);
        __builtin_prefetch(&jobs_of(d)[stage->job]);
    }
}

/* ---- the door */
/* Only a registration may come from an executor, or an incarnation, that is not in the registry. */
static bool is_from_the_living(const struct gang_driver *d, const struct gang_msg *msg)
{
    const struct member_executor *e = &executors_of(d)[msg->executor];
    return e->state == EXECUTOR_ALIVE && e->incarnation == msg->incarnation;
}

GANG_APART static bool take_stranger(struct gang_driver *d, const struct gang_msg *msg,
                                     struct gang_effects *out)
{
    bool registers = msg->kind == GANG_MSG_REGISTER;
    if (registers)
        gang_registry_register(d, msg, out);
    else
        gang_registry_stranger(d, msg, out);
    return registers;
}

GANG_APART static void take_other_message(struct gang_driver *d, const struct gang_msg *msg,
                                          struct gang_effects *out);

/* False: it changed nothing. */
static inline bool take_message(struct gang_driver *d, const struct gang_msg *msg,
                                struct gang_effects *out)
{
    if (msg->ref < d->limits.groups) /* asked for now, it is there when its executor has been found alive */
        __builtin_prefetch(&groups_of(d)[msg->ref], 1);
    if (gang_rarely(msg->kind == GANG_MSG_REGISTER || !is_from_the_living(d, msg)))
        return take_stranger(d, msg, out);
    if (msg->kind == GANG_MSG_ARRIVE) { /* nearly all there are */
        gang_registry_heard(d, msg->executor);
        gang_sync_arrive(d, msg, out);
    } else {
        take_other_message(d, msg, out);
    }
    return true;
}

static void take_other_message(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    if (msg->kind == GANG_MSG_RESERVE_ACK || msg->kind == GANG_MSG_RESERVE_NACK)
        gang_registry_answered(d, msg->executor);
    else
        gang_registry_heard(d, msg->executor);
    switch ((enum gang_msg_kind)msg->kind) {
    case GANG_MSG_FREE:
        gang_jobs_task_ended(d, msg, out);
        d->vacated = msg->executor;
        break;
    case GANG_MSG_RESERVE_ACK:
        gang_place_acked(d, msg, out);
        break;
    case GANG_MSG_RESERVE_NACK:
        gang_place_nacked(d, msg, out);
        break;
    case GANG_MSG_CHECKPOINT:
        gang_jobs_checkpoint(d, msg, out);
        break;
    case GANG_MSG_OUTPUT:
        gang_jobs_output(d, msg, out);
        break;
    case GANG_MSG_HEARTBEAT:
        gang_registry_heartbeat(d, msg, out);
        break;
    case GANG_MSG_ROOM:
        gang_registry_room(d, msg);
        break;
    case GANG_MSG_NONE:
    case GANG_MSG_REGISTER:
    case GANG_MSG_ARRIVE:
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
        GANG_MARK(STALE_MESSAGE); /* not a message to a driver: whoever sent it is confused */
        break;
    }
}

/* False: nothing was due. */
static bool fire(struct gang_driver *d, struct gang_effects *out)
{
    struct gang_timer_arrays a = timers_of(d);
    if (d->timers.count == 0 || a.at[a.heap[0]] > d->now)
        return false; /* it was cancelled or moved meanwhile */
    uint32_t timer = a.heap[0];
    gang_timers_cancel(&d->timers, a, timer);
    if (timer == heartbeat_timer(d))
        gang_registry_check_silence(d, out);
    else if (timer == exclusion_timer(d))
        gang_exclude_ended(d);
    else if (timer == round_timer(d))
        gang_place_round(d, out);
    else if (timer == idle_timer(d))
        gang_dynamic_check_idle(d, out);
    else if (timer == grant_timer(d))
        gang_dynamic_never_came(d);
    else if (timer == wake_timer(d))
        d->dirty = d->woken = 1;
    else if (timer >= locality_timer(d, 0))
        gang_locality_relax(d, timer - locality_timer(d, 0));
    else if (timer == launch_timer(timer / 2))
        gang_jobs_launch_deadline(d, timer / 2, out);
    else
        gang_jobs_phase_timer(d, timer / 2, out);
    return true;
}

GANG_APART static enum gang_status check_other_event(const struct gang_driver *d, const struct gang_event *ev,
                                                     struct gang_err *err)
{
    bool of_executor = ev->kind == GANG_EV_DISCONNECTED || ev->kind == GANG_EV_DECOMMISSION ||
                       ev->kind == GANG_EV_EXCLUDE;
    if (of_executor && ev->id >= d->limits.executors)
        return gang_fail(err, GANG_E_RANGE, "executor %u, must be below %u", ev->id,
                         d->limits.executors);
    if (ev->kind == GANG_EV_HEARTBEATS && ev->id > d->limits.executors)
        return gang_fail(err, GANG_E_RANGE, "%u heartbeat bits, must be at most %u", ev->id,
                         d->limits.executors);
    if (ev->kind == GANG_EV_SUBMIT)
        return gang_jobs_check(d, ev->job, err);
    if (ev->kind == GANG_EV_PLAN)
        return gang_placer_check(d, ev->plan, err);
    if (ev->kind == GANG_EV_CANCEL && gang_jobs_find(d, ev->id) == GANG_NONE)
        return gang_fail(err, GANG_E_UNKNOWN, "job %u is not alive", ev->id);
    return GANG_OK;
}

static inline enum gang_status check_event(const struct gang_driver *d, const struct gang_event *ev,
                                    const struct gang_effects *out, struct gang_err *err)
{
    if (ev->at_ns < d->now)
        return gang_fail(err, GANG_E_TIME_BACKWARDS, "event at %lld ns, clock at %lld ns",
                         (long long)ev->at_ns, (long long)d->now);
    if (out->capacity < d->effects_max)
        return gang_fail(err, GANG_E_EFFECTS_FULL, "room for %u effects, may need %u",
                         out->capacity, d->effects_max);
    if (ev->kind == GANG_EV_MSG) {
        assert(ev->msg != NULL);
        if (ev->msg->executor < d->limits.executors)
            return GANG_OK;
        return gang_fail(err, GANG_E_RANGE, "executor %u, must be below %u", ev->msg->executor,
                         d->limits.executors);
    }
    return check_other_event(d, ev, err);
}

/* The next whole second since its first event: what its clock showed then has no meaning. */
static gang_ns next_tick(const struct gang_driver *d)
{
    const gang_ns second = 1000000000;
    return later(d->now, second - (d->now - d->began) % second);
}

/*
 * B-31: in Spark a round over all executors comes once a second, and at once when tasks are submitted, when one of a set that
 * goes on has failed, and when an executor is lost. Where a task has ended, or an executor has come, that one is offered alone
 * and at once: enough for plain tasks, and nearly never for a gang.
 */
GANG_APART static void ask_for_a_tick(struct gang_driver *d, struct gang_effects *out)
{
    uint32_t vacated = d->vacated;
    struct gang_timer_arrays a = timers_of(d);
    d->vacated = GANG_NONE;
    if (vacated != GANG_NONE && d->queue_first != GANG_NONE)
        gang_place_round_on(d, vacated, out);
    gang_ns at = d->revive ? d->now : next_tick(d);
    d->revive = 0;
    if (d->queue_first == GANG_NONE)
        return;
    if (a.place[round_timer(d)] == GANG_NONE || a.at[round_timer(d)] > at)
        arm(d, round_timer(d), at);
}

GANG_APART static void arm_round(struct gang_driver *d)
{
    if (timers_of(d).place[round_timer(d)] == GANG_NONE)
        arm(d, round_timer(d), d->now);
}

/* The queue is looked at when this instant is over, so that slots which come free together are seen together: a gang is
 * not overtaken by a smaller one because its slots were told of one by one. */
static inline void ask_for_a_round(struct gang_driver *d, struct gang_effects *out)
{
    if (gang_is_hosted(d))
        gang_placer_ask(d);
    else if (d->ticks)
        ask_for_a_tick(d, out);
    else if (d->queue_first == GANG_NONE)
        d->dirty = 0;
    else if (d->dirty)
        arm_round(d);
}

/* Anything but a message. *changed is not set to true. */
GANG_APART static enum gang_status take_other(struct gang_driver *d, const struct gang_event *ev,
                                              struct gang_effects *out, bool *changed, struct gang_err *err)
{
    switch ((enum gang_ev_kind)ev->kind) {
    case GANG_EV_TIMER:
        *changed = fire(d, out);
        break;
    case GANG_EV_RECOVERED:
        gang_recover(d);
        break;
    case GANG_EV_SUBMIT:
        gang_jobs_submit(d, ev->job, out);
        break;
    case GANG_EV_CANCEL:
        gang_jobs_cancel(d, gang_jobs_find(d, ev->id), out);
        break;
    case GANG_EV_HEARTBEATS:
        gang_registry_heartbeats(d, ev->bits, ev->id, out);
        break;
    case GANG_EV_DISCONNECTED:
        gang_registry_disconnected(d, ev->id, out);
        break;
    case GANG_EV_DECOMMISSION:
        gang_decommission(d, ev->id);
        break;
    case GANG_EV_EXCLUDE:
        gang_exclude_told(d, ev->id, out);
        break;
    case GANG_EV_PLAN:
        gang_placer_carry_out(d, ev->plan, out);
        break;
    case GANG_EV_MSG:
    case GANG_EV_NONE:
    case GANG_EV_HEARD:
    case GANG_EV_ROOM:
    case GANG_EV_BOOT:
    case GANG_EV_TASK_CALL:
    case GANG_EV_TASK_EXIT:
    case GANG_EV_SYNC:
    case GANG_EV_REPLY:
    case GANG_EV_COUNT:
        return gang_fail(err, GANG_E_UNKNOWN, "a driver does not take events of kind %u", ev->kind);
    }
    return GANG_OK;
}

enum gang_status gang_driver_step(struct gang_driver *d, const struct gang_event *ev,
                                  struct gang_effects *out, struct gang_err *err)
{
    assert(d != NULL);
    assert(ev != NULL);
    assert(out != NULL);
    enum gang_status status = check_event(d, ev, out, err);
    if (gang_rarely(status != GANG_OK))
        return status;
    if (gang_rarely(d->now == INT64_MIN))
        d->began = ev->at_ns;
    d->now = ev->at_ns;
    d->token = ev->token;
    out->count = 0;
    bool changed = true;
    if (gang_rarely(d->config.persist)) /* before anything that follows from it */
        (void)gang_put(out, GANG_FX_PERSIST);
    if (ev->kind == GANG_EV_MSG)
        changed = take_message(d, ev->msg, out);
    else if ((status = take_other(d, ev, out, &changed, err)) != GANG_OK)
        return status;
    ask_for_a_round(d, out);
    if (gang_rarely(!changed) && d->config.persist && out->count == 1)
        out->count = 0; /* nothing happened that would have to be known again */
    assert(out->count <= d->effects_max);
    return GANG_OK;
}

/* ---- deadlines */
enum gang_hope gang_timer_hope(enum gang_timer timer)
{
    switch (timer) {
    case GANG_TIMER_ADMISSION: /* bounded retries */
    case GANG_TIMER_RETRY:
    case GANG_TIMER_KILL_GRACE:
    case GANG_TIMER_RESERVE:      /* takes a launch back, which is then tried again */
    case GANG_TIMER_RELEASE_WAIT: /* writes an executor off, which lets the gang go on elsewhere */
    case GANG_TIMER_LEASE:
    case GANG_TIMER_DRIVER_LEASE: /* ends tasks, so that the gang can go on elsewhere */
    case GANG_TIMER_LOCALITY:
    case GANG_TIMER_POLL: /* armed only while there is a reply to find */
    case GANG_TIMER_EXCLUSION:
    case GANG_TIMER_PLACER: /* whoever asked to be asked has a reason */
    case GANG_TIMER_GRANT: /* whoever counts on them is admitted anew */
        return GANG_HOPE_WORK;
    case GANG_TIMER_BEAT:
    case GANG_TIMER_RESEND:
    case GANG_TIMER_HEARTBEAT:
    case GANG_TIMER_ROUND:
    case GANG_TIMER_IDLE:
    case GANG_TIMER_PLACER_POLL:
        return GANG_HOPE_HABIT;
    case GANG_TIMER_NONE:
    case GANG_TIMER_LAUNCH_DEADLINE:
    case GANG_TIMER_SYNC:
    case GANG_TIMER_CALL:
    case GANG_TIMER_COUNT:
        return GANG_HOPE_GIVE_UP;
    }
    return GANG_HOPE_GIVE_UP;
}

static enum gang_timer timer_kind(const struct gang_driver *d, uint32_t timer)
{
    if (timer == heartbeat_timer(d))
        return GANG_TIMER_HEARTBEAT;
    if (timer == exclusion_timer(d))
        return GANG_TIMER_EXCLUSION;
    if (timer == round_timer(d))
        return GANG_TIMER_ROUND;
    if (timer == idle_timer(d))
        return GANG_TIMER_IDLE;
    if (timer == grant_timer(d))
        return GANG_TIMER_GRANT;
    if (timer == wake_timer(d))
        return d->polls ? GANG_TIMER_PLACER_POLL : GANG_TIMER_PLACER;
    if (timer >= locality_timer(d, 0))
        return GANG_TIMER_LOCALITY;
    if (timer == launch_timer(timer / 2))
        return GANG_TIMER_LAUNCH_DEADLINE;
    return (enum gang_timer)stages_of(d)[timer / 2].phase_timer;
}

gang_ns gang_driver_deadline(const struct gang_driver *d, enum gang_timer *why)
{
    struct gang_timer_arrays a = timers_of(d);
    if (d->timers.count == 0) {
        *why = GANG_TIMER_NONE;
        return GANG_NEVER;
    }
    *why = timer_kind(d, a.heap[0]);
    return a.at[a.heap[0]];
}

gang_ns gang_driver_deadline_of(const struct gang_driver *d, enum gang_hope hope,
                                enum gang_timer *why)
{
    struct gang_timer_arrays a = timers_of(d);
    gang_ns first = GANG_NEVER;
    *why = GANG_TIMER_NONE;
    for (uint32_t i = 0; i < d->timers.count; i++) {
        enum gang_timer kind = timer_kind(d, a.heap[i]);
        if (gang_timer_hope(kind) == hope && a.at[a.heap[i]] < first) {
            first = a.at[a.heap[i]];
            *why = kind;
        }
    }
    return first;
}

uint64_t gang_driver_armed_by(const struct gang_driver *d)
{
    struct gang_timer_arrays a = timers_of(d);
    return d->timers.count > 0 ? a.token[a.heap[0]] : 0;
}

uint32_t gang_driver_jobs_alive(const struct gang_driver *d) { return d->jobs_alive; }
