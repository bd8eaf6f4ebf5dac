/*
 * world.c -- the world's block of memory, its clock, and the handle that turns it.
 *
 * This room is for: sizes, sim_init(), sim_run(), what is handed to observers, snapshots.
 * It may include:   record.h, world.h, <stdarg.h> <stdio.h> <string.h>.
 * Never here:       what an event means.
 *
 * The order of events is (time, sequence): the queue's entries of an instant, which were all pushed
 * before it began, then the ring.
 */
#include "record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- events */
void sim_dispatch(struct sim *w, uint32_t payload, uint32_t extra)
{
    switch (sim_class_of(extra)) {
    case SIM_TO_DRIVER:
        sim_deliver_to_driver(w, payload);
        break;
    case SIM_TO_EXECUTOR:
        sim_deliver_to_executor(w, payload, sim_key(extra));
        break;
    case SIM_TASK:
        sim_task_due(w, payload);
        break;
    case SIM_WAKE:
        sim_wake(w, payload);
        break;
    case SIM_FEED:
        sim_feed_due(w, (enum sim_feed_kind)payload);
        break;
    case SIM_ACT:
        sim_act(w, payload, w->acts[payload].cause);
        break;
    case SIM_HEAL:
        sim_heal(w);
        break;
    case SIM_END:
        sim_host_act_end(w, payload);
        break;
    case SIM_GIVE_UP:
        sim_meet_give_up(w, payload);
        break;
    case SIM_MEET:
        sim_meet_over(w, payload);
        break;
    case SIM_TURN:
        sim_host_turn(w, payload);
        break;
    case SIM_CLOSE:
        sim_close_services(w);
        break;
    case SIM_RETURN:
        sim_process_return(w, payload, sim_key(extra));
        break;
    case SIM_ACT_END:
        sim_act_end(w, payload);
        break;
    case SIM_LINK:
        sim_link_due(w, payload);
        break;
    case SIM_FRAME:
        sim_frame_due(w, payload);
        break;
    case SIM_SOFT:
        sim_deliver_soft(w, payload);
        break;
    case SIM_PEER:
        sim_peer_due(w, payload);
        break;
    }
}

/* What is about a host that stands still waits. */
static inline void dispatch(struct sim *w, uint32_t payload, uint32_t extra)
{
    enum sim_class class = sim_class_of(extra);
    if (sim_rarely(w->ailments != NULL) && sim_host_holds(w, payload, extra))
        return;
    if (class == SIM_TO_DRIVER) /* nearly all there are: straight there */
        sim_deliver_to_driver(w, payload);
    else if (class == SIM_TASK)
        sim_task_due(w, payload);
    else if (class == SIM_TO_EXECUTOR)
        sim_deliver_to_executor(w, payload, sim_key(extra));
    else
        sim_dispatch(w, payload, extra);
}

/* ---- ahead of time */
/* With many executors nothing of a task's is in the processor's caches when its time comes, and waiting for memory is most of
 * what an event costs. But the queue knows what comes next, and each thing is asked for when what leads to it is there: tasks
 * while the bucket before theirs is worked off; hosts, and what the driver looks at first of a message, at that bucket's end; what
 * these lead to when their own is opened; the rest a few entries before their turn. To ask changes nothing. */
enum { SILENT_EVENTS = 65536 }; /* more than any run has in a row that leave no record */
enum { LOOKS_AHEAD_BYTES = 2 << 20, AHEAD_NEAR = 2 };

static inline const struct sim_task *task_of(const struct sim *w, const struct sim_entry *entry)
{
    return sim_class_of(entry->extra) == SIM_TASK ? &w->tasks[entry->payload] : NULL;
}

static inline const struct gang_msg *message_of(const struct sim *w, const struct sim_entry *entry)
{
    bool is_message = sim_class_of(entry->extra) == SIM_TO_DRIVER || sim_class_of(entry->extra) == SIM_TO_EXECUTOR;
    return is_message ? &w->flights[entry->payload].msg : NULL;
}

static void ask_for_first(const struct sim *w, const struct sim_entry *entry)
{
    const struct sim_task *task = task_of(w, entry);
    const struct gang_msg *msg = message_of(w, entry);
    if (task != NULL) {
        __builtin_prefetch(&w->hosts[task->executor]);
        __builtin_prefetch(&w->plan->stages[task->stage].program);
    } else if (msg != NULL && sim_class_of(entry->extra) == SIM_TO_DRIVER) {
        w->core->driver_expect(w->driver, msg, 0);
    } else if (msg != NULL && msg->executor < w->executor_count) {
        __builtin_prefetch(&w->hosts[msg->executor]);
    }
}

/* Of those who will be in the front next, in whatever order: their tasks, and later what these lead to. */
static void ask_for_next(const struct sim *w, bool tasks)
{
    uint32_t count;
    const struct sim_entry *next = sim_queue_next_chunk(w->queue, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_task *task = task_of(w, &next[i]);
        if (!tasks)
            ask_for_first(w, &next[i]);
        else if (task != NULL)
            __builtin_prefetch(task, 1);
    }
}

/* near: what the entry's host, or the driver's stage, leads to. */
static void ask_for_rest(const struct sim *w, const struct sim_entry *entry, bool near)
{
    const struct sim_task *task = task_of(w, entry);
    const struct gang_msg *msg = message_of(w, entry);
    if (msg != NULL && sim_class_of(entry->extra) == SIM_TO_DRIVER) {
        w->core->driver_expect(w->driver, msg, near ? 2 : 1);
        return;
    }
    uint32_t executor = task != NULL ? task->executor : msg != NULL ? msg->executor : PLAN_NONE;
    if (executor >= w->executor_count)
        return;
    const struct sim_host *host = &w->hosts[executor];
    if (!near)
        __builtin_prefetch(host->core, 1);
    else
        w->core->executor_expect(host->core, task == NULL ? msg->group : GANG_NONE,
                                 task == NULL ? GANG_NONE : entry->payload - host->first_task);
}

/* A front has half a dozen entries: what its last ones lead to is asked for in time, and what its first ones lead to while the
 * front before is worked off. */
__attribute__((noinline)) static void look_ahead(const struct sim *w)
{
    uint32_t next = w->queue->first, end = w->queue->end;
    const struct sim_entry *front = w->queue->front;
    if (next == 1) { /* the front has just been filled */
        for (uint32_t i = next; i < end; i++)
            ask_for_rest(w, &front[i], false);
        ask_for_next(w, true);
        if (next < end)
            ask_for_rest(w, &front[next], true);
    }
    if (next + AHEAD_NEAR <= end)
        ask_for_rest(w, &front[next + AHEAD_NEAR - 1], true);
    if (next == end) /* the next is of another front */
        ask_for_next(w, false);
}

SIM_RARE static void close_at_limit(struct sim *w)
{
    w->now_ns = w->virtual_ns;
    sim_close(w, TRACE_END_VIRTUAL);
}

/* As sim_is_live(), which is apart for what is not about a task or a message. */
__attribute__((noinline)) static bool is_live_otherwise(const struct sim *w, uint32_t payload, uint32_t extra)
{
    return sim_is_live(w, payload, extra);
}

static inline bool is_live(const struct sim *w, uint32_t payload, uint32_t extra)
{
    if (sim_class_of(extra) == SIM_TASK)
        return w->tasks[payload].key == sim_key(extra);
    return sim_class_of(extra) < SIM_TASK || is_live_otherwise(w, payload, extra);
}

/* The next entry of the queue, which may be stale. */
static inline void take_from_queue(struct sim *w)
{
    if (sim_rarely(w->queue->count == 0)) { /* what is kept on a link that nothing mends */
        sim_close(w, TRACE_END_HUNG);
        return;
    }
    struct sim_entry entry = sim_queue_pop(w->queue);
    if (w->looks_ahead)
        look_ahead(w);
    if (!is_live(w, entry.payload, entry.extra))
        return;
    if (sim_rarely(entry.at_ns > w->virtual_ns)) {
        close_at_limit(w);
        return;
    }
    /* An earlier one is a habit that quiescence skipped. */
    w->now_ns = entry.at_ns > w->now_ns ? entry.at_ns : w->now_ns;
    w->work -= sim_is_work(entry.extra);
    dispatch(w, entry.payload, entry.extra);
}

static inline void take_from_ring(struct sim *w, struct sim_ring_entry entry)
{
    if (is_live(w, entry.payload, entry.extra))
        dispatch(w, entry.payload, entry.extra);
}

/* ---- search's choice */
/* Of two entries of one class. */
static bool go_one_way(const struct sim *w, struct sim_ring_entry x, struct sim_ring_entry y)
{
    if (sim_class_of(x.extra) == SIM_FRAME)
        return sim_frame_is_of_same_way(w, x.payload, y.payload);
    return w->flights[x.payload].msg.executor == w->flights[y.payload].msg.executor;
}

/* Whether search may take the i-th entry first: the messages of one link and direction keep their
 * order. */
static bool may_go_first(const struct sim *w, uint32_t i)
{
    struct sim_ring_entry mine = w->ring.at[sim_ring_place(&w->ring, i)];
    enum sim_class class = sim_class_of(mine.extra);
    if (class != SIM_TO_DRIVER && class != SIM_TO_EXECUTOR && class != SIM_FRAME)
        return true;
    for (uint32_t k = 0; k < i; k++) {
        struct sim_ring_entry other = w->ring.at[sim_ring_place(&w->ring, k)];
        if (sim_class_of(other.extra) == class && go_one_way(w, other, mine))
            return false;
    }
    return true;
}

/* Whose events these are: of messages the executor at one end, of all else what it is about. */
static uint32_t source_of(const struct sim *w, struct sim_ring_entry entry)
{
    enum sim_class class = sim_class_of(entry.extra);
    bool is_message = class == SIM_TO_DRIVER || class == SIM_TO_EXECUTOR || class == SIM_SOFT;
    uint32_t about = is_message ? w->flights[entry.payload].msg.executor : entry.payload;
    return about << SIM_CLASS_BITS | class;
}

/* A heartbeat that is due waits for its machine's other timer (pulse.c), and would wait for ever if it always went first. */
static bool waits_for_wake(const struct sim *w, struct sim_ring_entry entry)
{
    bool beat = sim_class_of(entry.extra) == SIM_LINK &&
                (entry.payload & ((1u << SIM_LINK_TIMER_BITS) - 1)) == SIM_LINK_BEAT;
    return beat && w->hosts[entry.payload >> SIM_LINK_TIMER_BITS].machine.deadline_ns <= w->now_ns;
}

/* Of all that may go first, what the dice have first; of equals, what came first. */
static uint32_t drawn_first(const struct sim *w)
{
    uint64_t least = UINT64_MAX;
    uint32_t first = 0;
    for (uint32_t i = 0; i < w->ring.count; i++) {
        struct sim_ring_entry entry = w->ring.at[sim_ring_place(&w->ring, i)];
        if (waits_for_wake(w, entry))
            continue;
        uint64_t rank = sim_order_rank(&w->order, w->seed, source_of(w, entry), w->now_ns);
        if (rank < least && may_go_first(w, i)) { /* which is dear where a link lets thousands go at once, and asked last */
            least = rank;
            first = i;
        }
    }
    return first;
}

/* Everything of the present instant is in the ring, and alive. */
static struct sim_ring_entry choose(struct sim *w)
{
    uint32_t first = drawn_first(w);
    while (w->ring.count > 1 &&
           sim_order_falls(&w->order, source_of(w, w->ring.at[sim_ring_place(&w->ring, first)]), w->events))
        first = drawn_first(w);
    return sim_ring_take(&w->ring, first);
}

bool sim_is_gathered(const struct sim *w, uint32_t payload, uint32_t extra)
{
    for (uint32_t i = 0; w->order.mode != SIM_ORDER_SCHEDULED && i < w->ring.count; i++) {
        struct sim_ring_entry entry = w->ring.at[sim_ring_place(&w->ring, i)];
        if (entry.payload == payload && entry.extra == extra)
            return true;
    }
    return false;
}

/* With a drawn order, the queue's entries of the present instant join the ring, in front of what is
 * there already. */
static void gather_instant(struct sim *w)
{
    uint32_t waiting = w->ring.count;
    while (sim_queue_due(w->queue, w->now_ns)) {
        struct sim_entry entry = sim_queue_pop(w->queue);
        if (!sim_is_live(w, entry.payload, entry.extra))
            continue;
        w->work -= sim_is_work(entry.extra);
        if (!sim_ring_push(&w->ring, (struct sim_ring_entry){entry.payload, entry.extra}))
            sim_fail(w, SIM_E_FULL, "more happens in one instant than this world has room for");
    }
    if (waiting == w->ring.count)
        return;
    for (; waiting > 0; waiting--)
        (void)sim_ring_push(&w->ring, sim_ring_pop(&w->ring));
}

/* ---- the handle */
/* A large world's ring is short, and what does not fit waits in the queue's memory: an entry is in one of the two, so that need
 * not be there twice. While something waits there, whatever comes goes behind it. */
static void refill_ring(struct sim *w)
{
    struct sim_entry entries[SIM_QUEUE_LONG_CHUNK];
    uint32_t count = sim_queue_take_kept(w->queue, entries);
    w->ring.room = w->ring.capacity;
    for (uint32_t i = 0; i < count; i++)
        (void)sim_ring_push(&w->ring, (struct sim_ring_entry){entries[i].payload, entries[i].extra});
    if (w->queue->kept_count > 0)
        w->ring.room = 0;
}

static bool keep_for_ring(struct sim *w, struct sim_ring_entry entry)
{
    if (!w->ring_is_short || !sim_queue_keep(w->queue, entry.payload, entry.extra))
        return false;
    w->ring.room = 0;
    return true;
}

/* With a drawn order. False: nothing more happens in this instant. */
__attribute__((noinline)) static bool take_drawn(struct sim *w)
{
    gather_instant(w);
    if (w->ring.count == 0)
        return false;
    take_from_ring(w, choose(w));
    return true;
}

SIM_ALWAYS_INLINE void take_next(struct sim *w)
{
    if (sim_rarely(w->order.mode != SIM_ORDER_SCHEDULED) && w->begun && take_drawn(w))
        return;
    if (w->ring.count > 0 && !sim_queue_due(w->queue, w->now_ns)) {
        struct sim_ring_entry entry = sim_ring_pop(&w->ring);
        if (sim_rarely(w->ring.room == 0) && w->ring.count == 0)
            refill_ring(w);
        take_from_ring(w, entry);
    } else if (w->work > 0 || w->ring.count > 0 || sim_may_go_on(w))
        take_from_queue(w);
}

void sim_take_next(struct sim *w)
{
    take_next(w);
    if (w->runnable_count > 0)
        sim_run_tasks(w);
}

/* So many events, and nothing that anybody could see: the world may stand still, also within one instant. */
static void look_at_silence(struct sim *w)
{
    bool silent = w->records == w->silent_records;
    uint64_t stride = w->things > 256 ? w->things : 256;
    w->silent_records = w->records;
    w->silent_event = w->events + (silent ? stride : SILENT_EVENTS);
    if (silent && !w->stopped)
        sim_look_for_livelock(w, true);
}

static void look_up(struct sim *w)
{
    if (w->events >= w->events_max) {
        sim_close(w, TRACE_END_EVENTS);
        return;
    }
    if (w->events >= w->audit_event) {
        sim_audit(w);
        w->audit_event = w->events + w->audit_every;
    }
    if (w->events >= w->silent_event)
        look_at_silence(w);
    w->lookup_event = w->audit_event < w->events_max ? w->audit_event : w->events_max;
    w->lookup_event = w->silent_event < w->lookup_event ? w->silent_event : w->lookup_event;
}

enum sim_status sim_run(struct sim *w, uint64_t events, bool *ended, struct sim_err *err)
{
    assert(w != NULL);
    assert(ended != NULL);
    uint64_t until = events > UINT64_MAX - w->events ? UINT64_MAX : w->events + events;
    while (!w->stopped && w->events < until) {
        uint64_t next = until < w->lookup_event ? until : w->lookup_event;
        while (w->events < next && w->records < w->digest_record && !w->stopped) {
            take_next(w);
            if (w->runnable_count > 0)
                sim_run_tasks(w);
        }
        if (w->events >= w->lookup_event && !w->stopped)
            look_up(w);
        if (w->records >= w->digest_record && !w->stopped)
            sim_look_for_livelock(w, false);
    }
    sim_flush(w);
    *ended = w->ended;
    if (w->status != SIM_OK && err != NULL)
        *err = *w->err;
    return w->status;
}

static bool keep_live(const void *ctx, const struct sim_entry *entry)
{
    return sim_is_live(ctx, entry->payload, entry->extra);
}

void sim_schedule_slow(struct sim *w, int64_t at_ns, struct sim_ring_entry entry)
{
    bool later = at_ns > w->now_ns;
    if (!later && keep_for_ring(w, entry))
        return;
    if (later || w->ring_is_short)
        sim_queue_sweep(w->queue, keep_live, w);
    if (later ? sim_queue_push(w->queue, (struct sim_entry){at_ns, entry.payload, entry.extra}) : keep_for_ring(w, entry))
        return;
    sim_fail(w, SIM_E_FULL, "%u events are pending, and there is no room for another",
             later ? w->queue->count : w->ring.count + w->queue->kept_count);
}

/* ---- ends */
void sim_fail(struct sim *w, enum sim_status status, const char *format, ...)
{
    va_list arguments;
    if (w->status != SIM_OK)
        return;
    w->status = w->err->code = status;
    w->stopped = true;
    va_start(arguments, format);
    (void)vsnprintf(w->err->detail, sizeof w->err->detail, format, arguments);
    va_end(arguments);
}

void sim_close(struct sim *w, enum trace_end reason)
{
    assert(!w->ended);
    if (w->wires != NULL && reason == TRACE_END_FINISHED)
        sim_wires_close(w);
    (void)sim_record_end(w, reason);
    w->stopped = w->ended = true;
}

void sim_end(struct sim *w, enum trace_end reason)
{
    assert(w != NULL);
    if (!w->stopped)
        sim_close(w, reason);
    sim_flush(w);
}

void sim_flush(struct sim *w)
{
    uint32_t count = w->buffered;
    if (count == 0)
        return;
    w->chain = trace_chain_many(w->chain, w->buffer, count);
    for (uint32_t i = 0; i < w->observer_count; i++)
        w->observers[i].fn(w->observers[i].ctx, w->buffer, count, w->flushed + 1);
    w->flushed += count;
    w->buffered = 0;
}

/* ---- memory */
enum { RING_SHORT_FROM = 32768, RING_SHORT = 8192 };
struct layout {
    struct gang_limits limits;
    uint32_t tasks, flights, pending, ring, effects, runnable;
    size_t hosts_at, tasks_at, driver_at, executors_at, heard_at, flights_at, queue_at, ring_at;
    size_t runnable_at, busy_at, reach_at, acts_at, orders_at, jobs_at, store_at;
    size_t ailments_at, traits_at, held_at, places_at, names_at, pulses_at, wires_at, frames_at;
    size_t phoenix_at, peers_at, placer_at;
    uint32_t ailments, traits, held, places, names;
    uint32_t window, frames; /* of links; 0: the plan does nothing to them */
    bool ring_is_short;
    size_t buffer_at, err_at, effects_at, wishes_at, live_bytes, bytes;
};

static struct gang_need need_of(const struct plan_profile *p)
{
    return (struct gang_need){p->cores, p->memory_mib, p->gpu_milli};
}

static struct gang_room room_of(const struct plan_executor *e)
{
    uint64_t gpus = e->gpus >= 64 ? UINT64_MAX : (UINT64_C(1) << e->gpus) - 1;
    return (struct gang_room){e->cores, e->memory_mib, gpus};
}

static uint64_t least(uint64_t x, uint64_t y) { return x < y ? x : y; }

/* The most tasks, of whatever profiles, that can be on one executor at a time; at least 1. */
static uint32_t tasks_on(const struct plan *plan, const struct plan_executor *e, uint64_t all_tasks)
{
    const struct gang_room room = room_of(e);
    uint64_t sum = 0;
    uint32_t cores = UINT32_MAX, memory = UINT32_MAX;
    for (uint32_t i = 0; i < plan->profile_count; i++) {
        const struct gang_need need = need_of(&plan->profiles[i]);
        sum += gang_fit(&room, &need);
        cores = (uint32_t)least(cores, need.cores);
        memory = (uint32_t)least(memory, need.memory_mib);
    }
    if (cores > 0)
        sum = least(sum, room.cores / cores);
    if (memory > 0)
        sum = least(sum, room.memory_mib / memory);
    sum = least(sum, all_tasks);
    return sum > 0 ? (uint32_t)least(sum, GANG_STAGE_TASKS_MAX) : 1;
}

static uint64_t all_tasks(const struct plan *plan)
{
    uint64_t tasks = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        tasks += plan->stages[i].tasks;
    return tasks;
}

/* Whether some policy may have an attempt of a gang leave tasks behind, or ranks out. */
static bool leaves_groups(const struct gang_policy *policy)
{
    return policy->axis[GANG_AXIS_FETCH_FAILURE] || policy->axis[GANG_AXIS_SIBLINGS] ||
           policy->axis[GANG_AXIS_LATE_SUCCESS];
}

static bool is_strict(const struct gang_policy *policy)
{
    const struct gang_policy strict = gang_policy_strict();
    return memcmp(policy, &strict, sizeof strict) == 0;
}

/* How many tasks there can be at one time at most, if there are slots for them. Under strict no more than in the plan: an
 * attempt begins when the one before it is gone. Any other policy may have several of them side by side. */
static uint64_t tasks_at_once(const struct sim_options *o)
{
    return is_strict(&o->policy) ? all_tasks(o->plan) : GANG_STAGE_TASKS_MAX;
}

/* Tasks may tell the driver something and go on: then a task can have more than one message on its
 * way. */
static bool has_reports(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].code == PLAN_OP_CHECKPOINT || plan->ops[i].code == PLAN_OP_OUTPUT)
            return true;
    return false;
}

static bool is_share(const struct plan_profile *p) { return p->gpu_milli > 0 && p->gpu_milli < 1000; }

/* Whether some task shares a GPU with others. */
static bool has_shares(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->profile_count; i++)
        if (is_share(&plan->profiles[i]))
            return true;
    return false;
}

/* Ranks of gangs and tasks that would rather be on some executor. */
static uint64_t wishes_of(const struct plan *plan)
{
    uint64_t wishes = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        wishes += plan->stages[i].prefers > 0 ? plan->stages[i].tasks : 0;
    return wishes;
}

/* Of a gang, an executor has one range of ranks; but a group of shares is on one address, and ranks with wishes are spread
 * over the executors as they wish. */
static bool has_one_group_a_host(const struct plan *plan, const struct plan_stage *s)
{
    return s->kind == PLAN_STAGE_BARRIER && s->prefers == 0 && !is_share(&plan->profiles[s->profile]);
}

/* Groups alive at a time: each holds a slot, and a gang has one on an executor, unless it leaves some behind. */
static uint64_t groups_of(const struct plan *plan, uint64_t slots, const struct gang_policy *policy)
{
    uint64_t groups = leaves_groups(policy) ? slots : 0;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        const struct plan_stage *s = &plan->stages[i];
        groups += least(s->tasks, has_one_group_a_host(plan, s) ? plan->executor_count : slots);
    }
    return least(groups, slots) + 4;
}

/* Whether some policy may start members of a gang one by one, or an attempt before the slots of the last are free. */
static bool spreads_groups(const struct gang_policy *policy)
{
    return leaves_groups(policy) || policy->axis[GANG_AXIS_RESUBMIT] ||
           policy->axis[GANG_AXIS_FAILED_MEMBER] || policy->axis[GANG_AXIS_PARTIAL_GANG];
}

/* Groups that are on one executor at a time: one of each gang, and one more to be on the safe side. 0: as many as tasks. */
static uint32_t groups_on(const struct plan *plan, const struct gang_policy *policy)
{
    uint64_t groups = 1;
    if (spreads_groups(policy))
        return 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        groups += has_one_group_a_host(plan, &plan->stages[i]) ? 1 : plan->stages[i].tasks;
    return groups < GANG_STAGE_TASKS_MAX ? (uint32_t)groups : 0;
}

static size_t put(size_t *at, size_t bytes)
{
    size_t here = (*at + 63) & ~(size_t)63;
    *at = here + bytes;
    return here;
}

static struct gang_limits limits_of_host(const struct layout *l, uint32_t tasks)
{
    struct gang_limits limits = l->limits;
    limits.executor_tasks = tasks;
    return limits;
}

/* Acts that may have an entry for themselves; those of a search have none. */
static uint32_t acts_with_a_time(const struct plan *plan)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        count += plan->acts[i].when.kind != PLAN_NONE || plan->acts[i].at_ns != PLAN_NEVER;
    return count;
}

/* Counts first: how much there can be at one time. Everything is bounded by the plan. */
static bool count(const struct sim_options *o, struct layout *l, struct sim_err *err)
{
    const struct plan *plan = o->plan;
    uint64_t slots = 0, tasks = all_tasks(plan), at_once = tasks_at_once(o), most = 1;
    for (uint32_t i = 0; i < plan->executor_count; i++) {
        uint32_t here = tasks_on(plan, &plan->executors[i], at_once);
        slots += here;
        most = here > most ? here : most;
    }
    uint64_t groups = groups_of(plan, slots, &o->policy),
             reports = has_reports(plan) ? (slots <= 65536 ? 4 : 2) : 0;
    groups += sim_placer_groups(o, tasks);
    /* A task has one message on its way, or a few where it may report and go on; a launch has a few
     * for each group, when its tasks have none yet. Small worlds can afford room for the unlikely. */
    uint64_t flights = slots + reports * slots + 2 * groups + 8;
    flights += least(slots, 1024) + least(plan->executor_count, 1024) + sim_ailing_messages(plan, groups);
    if (tasks > UINT32_MAX / 2 || slots > UINT32_C(1) << 27 || flights > UINT32_C(1) << 28) {
        err->code = SIM_E_PLAN;
        (void)snprintf(err->detail, sizeof err->detail,
                       "%llu tasks on %llu slots are more than this simulator can hold",
                       (unsigned long long)tasks, (unsigned long long)slots);
        return false;
    }
    l->tasks = (uint32_t)slots;
    l->flights = (uint32_t)flights;
    /* A task computes or has a message on its way; a machine has one wake-up; acts may all have
     * matched. An eighth more for stale entries, of many a thirty-second, so that throwing them out is worth its while. */
    uint64_t pending = flights + (uint64_t)plan->executor_count + acts_with_a_time(plan) +
                       (reports > 0 ? slots : least(slots, 1024)) + 4;
    pending += plan->executor_count; /* a second wake-up, for heartbeats */
    if (plan->setting[PLAN_SET_DYNAMIC]) /* one that comes back by itself, and is granted besides */
        pending += UINT64_C(2) * plan->executor_count;
    l->window = l->frames = 0;
    if (sim_wires_needed(plan)) {
        l->window = sim_wire_window((uint32_t)most, reports > 0);
        l->frames = sim_wires_frames(plan, l->window);
        pending += (uint64_t)l->frames + UINT64_C(8) * plan->executor_count + plan->act_count;
    }
    pending += 2 * (uint64_t)sim_count_peers(plan); /* a link may break, and an act end */
    l->places = sim_count_places(plan);
    l->names = l->places > 0 ? plan->name_count : 0;
    l->ailments = sim_has_ailments(plan) ? plan->executor_count : 0;
    l->traits = sim_has_traits(plan) ? l->tasks : 0;
    /* An act may end, a host have its turn, a place be busy, and every task that waits give up. */
    if (l->ailments > 0 || sim_phoenix_needed(plan))
        pending += (uint64_t)plan->executor_count + plan->act_count;
    if (l->places > 0)
        pending += slots + l->places;
    l->held = l->ailments > 0 ? (uint32_t)pending : 0;
    bool large = pending > RING_SHORT_FROM;
    l->pending = (uint32_t)(pending + pending / (large ? 32 : 8) + 8);
    l->ring_is_short = large && plan->setting[PLAN_SET_ORDER] == SIM_ORDER_SCHEDULED;
    l->ring = l->ring_is_short ? RING_SHORT : (uint32_t)pending;
    l->limits = (struct gang_limits){.executors = plan->executor_count,
                                     .jobs = plan->job_count,
                                     .stages = plan->stage_count,
                                     .tasks = (uint32_t)tasks,
                                     .groups = (uint32_t)groups,
                                     .executor_tasks = (uint32_t)most,
                                     .gpu_shares = has_shares(plan),
                                     .prefers = (uint32_t)wishes_of(plan),
                                     .polls = o->policy.axis[GANG_AXIS_REPLY],
                                     .round_timers = o->policy.axis[GANG_AXIS_TIMER_CANCEL] * 64,
                                     .gathered = o->policy.axis[GANG_AXIS_MEMBER_COUNT],
                                     .outputs = (uint32_t)sim_store_outputs(plan),
                                     .executor_groups = o->placer != NULL || o->foreign ? 0 : groups_on(plan, &o->policy),
                                     .decisions = sim_placer_decisions(o, tasks),
                                     .strict = is_strict(&o->policy)};
    l->runnable = (uint32_t)most;
    return true;
}

static bool lay_out(const struct sim_options *o, struct layout *l, struct sim_err *err)
{
    const struct plan *plan = o->plan;
    const struct gang_api *core = o->core;
    size_t at = sizeof(struct sim), executors = 0, host_bytes = 0;
    uint64_t at_once = tasks_at_once(o);
    uint32_t known = 0;
    if (!count(o, l, err))
        return false;
    for (uint32_t i = 0; i < plan->executor_count; i++) {
        uint32_t here = tasks_on(plan, &plan->executors[i], at_once);
        if (here != known) {
            struct gang_limits limits = limits_of_host(l, here);
            host_bytes = (core->executor_size(&limits) + 63) & ~(size_t)63;
            known = here;
        }
        executors += host_bytes;
    }
    uint32_t for_driver = core->driver_effects_max(&l->limits),
             for_executor = core->executor_effects_max(&l->limits);
    l->effects = for_driver > for_executor ? for_driver : for_executor;
    l->hosts_at = put(&at, plan->executor_count * sizeof(struct sim_host));
    l->tasks_at = put(&at, l->tasks * sizeof(struct sim_task));
    l->driver_at = put(&at, core->driver_size(&l->limits));
    l->executors_at = put(&at, executors);
    l->queue_at = put(&at, sim_queue_size(l->pending));
    l->flights_at = put(&at, l->flights * sizeof(struct sim_flight));
    l->ring_at = put(&at, l->ring * sizeof(struct sim_ring_entry));
    l->runnable_at = put(&at, l->runnable * sizeof(uint32_t));
    l->busy_at =
        put(&at,
            plan->setting[PLAN_SET_BANDWIDTH] > 0 ? 2 * plan->executor_count * sizeof(int64_t) : 0);
    l->reach_at = put(
        &at, plan->setting[PLAN_SET_ORDER_SLACK] > 0 ? 2 * plan->executor_count * sizeof(int64_t) : 0);
    l->heard_at = put(&at, (plan->executor_count + 63) / 64 * sizeof(uint64_t));
    l->acts_at = put(&at, plan->act_count * sizeof(struct sim_act_state));
    l->orders_at = put(&at, ((size_t)plan->executor_count + plan->job_count + plan->act_count) *
                                sizeof(uint32_t));
    l->jobs_at = put(&at, plan->job_count);
    l->ailments_at = put(&at, l->ailments * sizeof(struct sim_ailment));
    l->traits_at = put(&at, l->traits * sizeof(struct sim_trait));
    l->held_at = put(&at, l->held * sizeof(struct sim_held));
    l->places_at = put(&at, l->places * sizeof(struct sim_place));
    l->names_at = put(&at, l->names * sizeof(uint32_t));
    l->store_at = put(&at, sim_store_size(plan));
    l->pulses_at = put(&at, plan->executor_count * sizeof(struct sim_pulse));
    l->wires_at = put(&at, l->window > 0 ? sim_wires_bytes(core, plan, l->window) : 0);
    l->frames_at = put(&at, l->frames * sim_frame_bytes());
    l->phoenix_at = put(&at, sim_phoenix_needed(plan)
                                 ? sim_phoenix_bytes(core, plan, core->driver_size(&l->limits), l->window,
                                                     l->limits.decisions)
                                 : 0);
    l->peers_at = put(&at, sim_peers_bytes(plan));
    l->buffer_at = put(
        &at, SIM_BUFFER * sizeof(struct trace_record)); /* from here on: empty between two runs */
    l->live_bytes = l->buffer_at;
    l->err_at = put(&at, sizeof(struct sim_err));
    l->placer_at = put(&at, sim_placer_bytes(&l->limits));
    l->effects_at = put(&at, l->effects * sizeof(struct gang_effect));
    l->wishes_at = put(&at, l->limits.prefers * sizeof(uint32_t));
    l->bytes = (at + 63) & ~(size_t)63;
    return true;
}

static bool check(const struct sim_options *o, struct sim_err *err)
{
    const struct gang_api *core = o->core;
    assert(o->plan != NULL);
    assert(core != NULL);
    if (core->abi != GANG_ABI_VERSION || core->struct_bytes != sizeof *core) {
        err->code = SIM_E_CORE;
        (void)snprintf(err->detail, sizeof err->detail,
                       "the core has ABI %u and %u bytes of table, must be %u and %zu", core->abi,
                       core->struct_bytes, GANG_ABI_VERSION, sizeof *core);
        return false;
    }
    if (o->plan->executor_count == 0 || o->plan->job_count == 0 || o->plan->stage_count == 0) {
        err->code = SIM_E_PLAN;
        (void)snprintf(err->detail, sizeof err->detail,
                       "the plan has %u executors, %u jobs and %u stages, must have 1",
                       o->plan->executor_count, o->plan->job_count, o->plan->stage_count);
        return false;
    }
    return sim_placer_check(o, err) && sim_acts_check(o->plan, err);
}

size_t sim_size(const struct sim_options *options, struct sim_err *err)
{
    struct layout l;
    struct sim_err unwanted;
    assert(options != NULL);
    err = err != NULL ? err : &unwanted;
    return check(options, err) && lay_out(options, &l, err) ? l.bytes : 0;
}

/* ---- beginning */
/* The most of each resource that any executor of the plan has, late ones included. */
static struct gang_room largest_of(const struct plan *plan)
{
    struct gang_room most = {0};
    for (uint32_t i = 0; i < plan->executor_count; i++) {
        struct gang_room room = room_of(&plan->executors[i]);
        most.cores = room.cores > most.cores ? room.cores : most.cores;
        most.memory_mib = room.memory_mib > most.memory_mib ? room.memory_mib : most.memory_mib;
        most.gpu_mask |= room.gpu_mask;
    }
    return most;
}

/* The most that can be asked for is as good as no limit. */
static uint32_t attempts_in_all(const struct plan *plan)
{
    int64_t most = plan->setting[PLAN_SET_ATTEMPTS_MAX];
    return most < 1000000 ? (uint32_t)most : 0;
}

static struct gang_config config_of(const struct sim_options *o)
{
    const int64_t *s = o->plan->setting;
    return (struct gang_config){
        .policy = o->policy,
        .heartbeat_ns = s[PLAN_SET_HEARTBEAT],
        .heartbeat_timeout_ns = s[PLAN_SET_HEARTBEAT_TIMEOUT],
        .reserve_timeout_ns = s[PLAN_SET_RESERVE_TIMEOUT],
        .reserve_lease_ns = s[PLAN_SET_RESERVE_LEASE],
        .launch_deadline_ns = s[PLAN_SET_LAUNCH_DEADLINE],
        .sync_timeout_ns = s[PLAN_SET_SYNC_TIMEOUT],
        .admission_interval_ns = s[PLAN_SET_ADMISSION_INTERVAL],
        .admission_failures_max = (uint32_t)s[PLAN_SET_ADMISSION_FAILURES],
        .attempts_max = (uint32_t)s[PLAN_SET_ATTEMPTS],
        .attempts_all_max = attempts_in_all(o->plan),
        .losses_max = (uint32_t)s[PLAN_SET_LOSSES],
        .retry_delay_ns = s[PLAN_SET_RETRY_DELAY],
        .kill_grace_ns = s[PLAN_SET_KILL_GRACE],
        .release_wait_ns = s[PLAN_SET_RELEASE_WAIT],
        .largest = largest_of(o->plan),
        .driver_lease_ns = plan_driver_lease(o->plan),
        .resend_ns = s[PLAN_SET_DATAGRAM] ? s[PLAN_SET_RESEND] : 0,
        .locality_wait_ns = s[PLAN_SET_LOCALITY_WAIT],
        .exclude_ns = s[PLAN_SET_EXCLUDE_TIME],
        .exclude_failures = (uint32_t)s[PLAN_SET_EXCLUDE_FAILURES],
        .dynamic = (uint32_t)s[PLAN_SET_DYNAMIC],
        .idle_ns = s[PLAN_SET_IDLE_TIMEOUT],
        .salt = o->seed,
        .task_bytes_max = (uint64_t)s[PLAN_SET_TASK_BYTES_MAX],
        .placer = o->placer != NULL ? GANG_PLACER_HOST : GANG_PLACER_BUILT_IN,
        .persist = sim_phoenix_needed(o->plan),
    };
}

static bool refused(const char *what, enum gang_status status, const struct gang_err *cause,
                    struct sim_err *err)
{
    if (status == GANG_OK)
        return false;
    err->code = SIM_E_CORE;
    (void)snprintf(err->detail, sizeof err->detail, "%s cannot begin: %s", what, cause->detail);
    return true;
}

static bool init_machines(struct sim *w, const struct sim_options *o, const struct layout *l,
                          struct sim_err *err)
{
    const struct plan *plan = o->plan;
    struct gang_config config = config_of(o);
    const struct sim_machine asleep = {.deadline_ns = PLAN_NEVER, .wake_ns = PLAN_NEVER};
    struct gang_err cause;
    char *memory = (char *)w, *at = memory + l->executors_at;
    uint64_t at_once = tasks_at_once(o);
    uint32_t first_task = 0;
    w->driver_machine = asleep;
    if (refused(
            "the driver",
            o->core->driver_init(memory + l->driver_at, &l->limits, &config, &w->driver, &cause),
            &cause, err))
        return false;
    for (uint32_t i = 0; i < plan->executor_count; i++) {
        uint32_t here = tasks_on(plan, &plan->executors[i], at_once);
        const struct gang_limits limits = limits_of_host(l, here);
        const struct gang_room room = room_of(&plan->executors[i]);
        config.rack = plan->executors[i].rack;
        w->hosts[i] = (struct sim_host){.machine = asleep,
                                        .first_task = first_task,
                                        .task_count = here,
                                        .incarnation = PLAN_NONE,
                                        .joined = PLAN_NONE,
                                        .crash_act = PLAN_NONE};
        if (refused(
                "an executor",
                o->core->executor_init(at, &limits, &config, i, &room, &w->hosts[i].core, &cause),
                &cause, err))
            return false;
        at += (o->core->executor_size(&limits) + 63) & ~(size_t)63;
        first_task += here;
    }
    return true;
}

static void point_at_parts(struct sim *w, const struct plan *plan, const struct layout *l)
{
    char *memory = (char *)w;
    w->hosts = (struct sim_host *)(memory + l->hosts_at);
    w->tasks = (struct sim_task *)(memory + l->tasks_at);
    w->flights = (struct sim_flight *)(memory + l->flights_at);
    w->queue = (struct sim_queue *)(memory + l->queue_at);
    w->runnable = (uint32_t *)(memory + l->runnable_at);
    w->busy_ns = (int64_t *)(memory + l->busy_at);
    w->reach_ns = (int64_t *)(memory + l->reach_at);
    w->heard = (uint64_t *)(memory + l->heard_at);
    w->acts = (struct sim_act_state *)(memory + l->acts_at);
    w->jobs = (uint8_t *)(memory + l->jobs_at);
    w->ailments = l->ailments > 0 ? (struct sim_ailment *)(memory + l->ailments_at) : NULL;
    w->traits = l->traits > 0 ? (struct sim_trait *)(memory + l->traits_at) : NULL;
    w->held = (struct sim_held *)(memory + l->held_at);
    w->held_max = l->held;
    w->places = (struct sim_place *)(memory + l->places_at);
    w->place_of_name = (uint32_t *)(memory + l->names_at);
    w->place_count = l->places;
    w->pulses = (struct sim_pulse *)(memory + l->pulses_at);
    w->frames = (struct sim_frame *)(memory + l->frames_at);
    w->frames_max = l->frames;
    for (uint32_t i = 0; i < plan->executor_count; i++)
        w->pulses[i] = (struct sim_pulse){.beat_ns = PLAN_NEVER};
    if (l->window > 0)
        sim_wires_init(w, memory + l->wires_at, l->window);
    sim_peers_init(w, memory + l->peers_at);
    w->buffer = (struct trace_record *)(memory + l->buffer_at);
    w->err = (struct sim_err *)(memory + l->err_at);
    w->effects = (struct gang_effect *)(memory + l->effects_at);
    w->wishes = (uint32_t *)(memory + l->wishes_at);
    w->feeds[SIM_FEED_HOSTS].order = (uint32_t *)(memory + l->orders_at);
    w->feeds[SIM_FEED_JOBS].order = w->feeds[SIM_FEED_HOSTS].order + plan->executor_count;
    w->feeds[SIM_FEED_ACTS].order = w->feeds[SIM_FEED_JOBS].order + plan->job_count;
    memset(w->tasks, 0, l->tasks * sizeof *w->tasks);
    memset(w->heard, 0, (plan->executor_count + 63) / 64 * sizeof *w->heard);
    memset(w->jobs, SIM_JOB_NEW, plan->job_count);
    sim_store_init(w, memory + l->store_at);
    sim_queue_init(w->queue, l->pending);
    sim_ring_init(&w->ring, (struct sim_ring_entry *)(memory + l->ring_at), l->ring);
}

/* What events touch again and again: of the slots, and not of the jobs that were or will be, be there ever so many. */
static size_t bytes_around(const struct layout *l)
{
    return l->driver_at - l->hosts_at + (l->queue_at - l->executors_at) + l->flights * sizeof(struct sim_flight);
}

/* Nothing is done to links: every message takes the latency, and no more. */
static bool is_plain(const struct plan *plan)
{
    return !sim_wires_needed(plan) && plan->setting[PLAN_SET_BANDWIDTH] == 0 &&
           plan->setting[PLAN_SET_ORDER_SLACK] == 0;
}

struct sim *sim_init(void *memory, size_t size, const struct sim_options *o, struct sim_err *err)
{
    struct layout l;
    struct sim_err unwanted;
    struct trace_header header;
    assert(memory != NULL);
    assert(((uintptr_t)memory & 63) == 0);
    err = err != NULL ? err : &unwanted;
    if (!check(o, err) || !lay_out(o, &l, err))
        return NULL;
    assert(size >= l.bytes);
    struct sim *w = memory;
    *w = (struct sim){.core = o->core,
                      .plan = o->plan,
                      .seed = o->seed,
                      .heal_ns = PLAN_NEVER,
                      .latency_ns = o->plan->setting[PLAN_SET_LATENCY],
                      .bandwidth = o->plan->setting[PLAN_SET_BANDWIDTH],
                      .slack_ns = o->plan->setting[PLAN_SET_ORDER_SLACK],
                      .delay_ns = is_plain(o->plan) ? 0 : -1,
                      .virtual_ns = o->plan->setting[PLAN_SET_VIRTUAL],
                      .events_max = (uint64_t)o->plan->setting[PLAN_SET_EVENTS],
                      .executor_count = o->plan->executor_count,
                      .task_count = l.tasks,
                      .effects_capacity = l.effects,
                      .runnable_capacity = l.runnable,
                      .flight_free = PLAN_NONE,
                      .flights_max = l.flights,
                      .inner_loops = sim_has_inner_loops(o->plan),
                      .ring_is_short = l.ring_is_short,
                      .looks_ahead = bytes_around(&l) > LOOKS_AHEAD_BYTES,
                      .digest_record = 256,
                      .digest_progress = UINT64_MAX,
                      .bytes = l.bytes,
                      .live_bytes = l.live_bytes};
    w->things =
        (uint64_t)l.tasks + o->plan->executor_count + o->plan->job_count + o->plan->act_count;
    /* Unless it is asked for, an audit costs an event no more than a fraction of a thing. */
    w->audit_every = 8 * w->things > 65536 ? 8 * w->things : 65536;
    if (o->audit_every > 0)
        w->audit_every = o->audit_every;
    w->audit_event = w->audit_every;
    sim_order_init(&w->order, o->plan, o->seed);
    point_at_parts(w, o->plan, &l);
    sim_placer_init(w, o, (char *)memory + l.placer_at, &l.limits);
    if (!init_machines(w, o, &l, err))
        return NULL;
    sim_header(o, "", "", &header);
    w->chain = trace_chain_start(&header);
    if (sim_phoenix_needed(o->plan))
        sim_phoenix_init(w, (char *)memory + l.phoenix_at, o->core->driver_size(&l.limits));
    sim_host_init(w);
    sim_meet_init(w);
    sim_acts_init(w);
    return w;
}

/* ---- around a run */
void sim_observer(struct sim *w, sim_observe_fn *fn, void *ctx)
{
    assert(fn != NULL);
    assert(w->observer_count < SIM_OBSERVERS_MAX);
    w->observers[w->observer_count].fn = fn;
    w->observers[w->observer_count++].ctx = ctx;
}

void sim_try(struct sim *w, void *scratch, void (*fn)(struct sim *sim, void *ctx), void *ctx)
{
    size_t bytes = w->live_bytes;
    assert(w->buffered == 0);
    memcpy(scratch, w, bytes);
    fn(w, ctx);
    memcpy(w, scratch, bytes);
}

void sim_chain_from(struct sim *w, uint64_t chain)
{
    assert(w->records == 0);
    w->chain = chain;
}

uint64_t sim_chain(const struct sim *w) { return w->chain; }
uint64_t sim_records(const struct sim *w) { return w->records; }
uint64_t sim_events(const struct sim *w) { return w->events; }
int64_t sim_now(const struct sim *w) { return w->now_ns; }
size_t sim_bytes(const struct sim *w) { return w->bytes; }
size_t sim_live_bytes(const struct sim *w) { return w->live_bytes; }

uint64_t sim_observes(void)
{
#define X(name, number, text, actor, a, b, doc) | TRACE_BIT(TRACE_##name)
    return (0 TRACE_KIND_MAP(X)) & trace_kinds_usual();
#undef X
}

/* Who places himself has no word for it. */
static uint64_t observes(const struct sim_options *o)
{
    return sim_observes() | (o->placer != NULL ? TRACE_BIT(TRACE_LAUNCH) : 0);
}

void sim_header(const struct sim_options *o, const char *plan_text, const char *policy_text,
                struct trace_header *out)
{
    *out = (struct trace_header){.version = TRACE_FORMAT_VERSION,
                                 .seed = o->seed,
                                 .observes = observes(o),
                                 .core_id = o->core->id,
                                 .target = "sim",
                                 .policy = policy_text,
                                 .plan_text = plan_text};
}
