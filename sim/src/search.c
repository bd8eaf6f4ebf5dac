/*
 * search.c -- the world as a transition system. See sim/search.h.
 *
 * This room is for: which moves a state has, one of them, and what of the plan only a search makes happen.
 * It may include:   sim/search.h, record.h, world.h.
 * Never here:       which move is taken (a search), whether what happened was right (a judge).
 *
 * What is due lies in the ring, as it does for everybody who chooses: when the clock moves, all that is due at the new instant
 * joins it. So a move is one entry of the ring that may go first, the clock's step, or an act that has no time of its own.
 */
#include "sim/search.h"

#include "record.h"

#include <string.h>

enum { BEGIN_EVENTS = 1000000 };

static const char *const move_texts[SIM_MOVE_COUNT] = {
#define X(name, text, doc) text,
    SIM_MOVE_MAP(X)
#undef X
};

const char *sim_move_text(unsigned kind) { return kind < SIM_MOVE_COUNT ? move_texts[kind] : NULL; }

bool sim_may_search(const struct sim *w) { return !w->has_placer; }

/* ---- what may go first */
static uint32_t soft_way(const struct sim *w, uint32_t flight)
{
    const struct gang_msg *msg = &w->flights[flight].msg;
    return 2 * msg->executor + (msg->kind == GANG_MSG_HEARTBEAT);
}

bool sim_goes_behind(const struct sim *w, struct sim_ring_entry mine, struct sim_ring_entry other)
{
    enum sim_class class = sim_class_of(mine.extra);
    if (class != sim_class_of(other.extra))
        return false;
    if (class == SIM_TO_DRIVER || class == SIM_TO_EXECUTOR)
        return w->flights[mine.payload].msg.executor == w->flights[other.payload].msg.executor;
    if (class == SIM_SOFT)
        return soft_way(w, mine.payload) == soft_way(w, other.payload);
    return class == SIM_FRAME && sim_frame_is_of_same_way(w, mine.payload, other.payload);
}

static struct sim_ring_entry entry_at(const struct sim *w, uint32_t i)
{
    return w->ring.at[sim_ring_place(&w->ring, i)];
}

static bool may_go_first(const struct sim *w, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (sim_goes_behind(w, entry_at(w, i), entry_at(w, k)))
            return false;
    return true;
}

/* Of the rest of the classes, each entry is about one thing: its class and that thing name it. */
static struct sim_move move_of(const struct sim *w, struct sim_ring_entry entry, uint32_t place)
{
    enum sim_class class = sim_class_of(entry.extra);
    uint32_t kind = SIM_MOVE_DUE, who = entry.payload << SIM_CLASS_BITS | class;
    if (class == SIM_TO_DRIVER || class == SIM_TO_EXECUTOR) {
        kind = class == SIM_TO_DRIVER ? SIM_MOVE_TO_DRIVER : SIM_MOVE_TO_EXECUTOR;
        who = w->flights[entry.payload].msg.executor;
    } else if (class == SIM_TASK) {
        kind = SIM_MOVE_TASK;
        who = entry.payload;
    } else if (class == SIM_SOFT) {
        kind = SIM_MOVE_SOFT;
        who = soft_way(w, entry.payload);
    } else if (class == SIM_FRAME) {
        kind = SIM_MOVE_FRAME;
        who = sim_frame_way(w, entry.payload);
    }
    return (struct sim_move){kind, who, place};
}

/* What a machine or the world wants done before time goes on; messages and tasks may be late. */
static bool holds_the_clock(const struct sim_move *move) { return move->kind == SIM_MOVE_DUE; }

/* ---- acts without a time */
static bool is_anytime(const struct plan_act *p)
{
    return p->when.kind == PLAN_NONE && p->at_ns == PLAN_NEVER;
}

/* Of acts that are alike, the first that is left: which of them it is makes no difference. */
static bool is_first_alike(const struct sim *w, uint32_t act)
{
    for (uint32_t i = 0; i < act; i++)
        if (w->acts[i].matches == 0 &&
            memcmp(&w->plan->acts[i], &w->plan->acts[act], sizeof(struct plan_act)) == 0)
            return false;
    return true;
}

static bool task_is_there(const struct sim *w, const struct plan_act *p)
{
    for (uint32_t t = 0; t < w->task_count; t++) {
        const struct sim_task *task = &w->tasks[t];
        if (task->state != SIM_TASK_NONE && sim_job_of(w, task) == p->job &&
            task->index == p->stage && task->rank == p->rank)
            return true;
    }
    return false;
}

/* False: it would change nothing. True says little: what changes nothing is no move either (sim_move()). */
static bool may_matter(const struct sim *w, const struct plan_act *p)
{
    switch (plan_act_target(p->kind)) {
    case PLAN_TARGET_TASK:
        return task_is_there(w, p);
    case PLAN_TARGET_EXECUTOR:
        return p->kind != PLAN_ACT_CRASH || w->hosts[p->executor].up;
    case PLAN_TARGET_DRIVER:
        return !w->driver_down;
    case PLAN_TARGET_JOB:
        return (p->kind == PLAN_ACT_SUBMIT) == (w->jobs[p->job] == SIM_JOB_NEW);
    case PLAN_TARGET_LINK:
        break;
    }
    return true;
}

static uint32_t add_acts(const struct sim *w, struct sim_move *list, uint32_t count)
{
    for (uint32_t act = 0; act < w->plan->act_count; act++) {
        const struct plan_act *p = &w->plan->acts[act];
        if (is_anytime(p) && w->acts[act].matches == 0 && !w->acts[act].withheld &&
            may_matter(w, p) && is_first_alike(w, act))
            list[count++] = (struct sim_move){SIM_MOVE_FAULT, act, 0};
    }
    return count;
}

/* ---- moves */
uint32_t sim_moves_max(const struct sim *w) { return w->ring.capacity + w->plan->act_count + 1; }

uint32_t sim_moves(struct sim *w, enum sim_timers timers, struct sim_move *list)
{
    uint32_t count = 0;
    bool held = false;
    if (w->stopped)
        return 0;
    assert(w->queue->kept_count == 0); /* that it has to choose among fits the ring */
    for (uint32_t i = 0; i < w->ring.count; i++) {
        if (!may_go_first(w, i))
            continue;
        list[count] = move_of(w, entry_at(w, i), i);
        held |= holds_the_clock(&list[count++]);
    }
    if (count == 0 || (timers == SIM_TIMERS_ANY && !held && w->queue->count > 0))
        list[count++] = (struct sim_move){SIM_MOVE_CLOCK, 0, 0};
    return add_acts(w, list, count);
}

uint32_t sim_move_machine(const struct sim *w, const struct sim_move *move)
{
    if (move->kind == SIM_MOVE_TO_EXECUTOR)
        return move->who;
    if (move->kind == SIM_MOVE_TASK)
        return w->tasks[move->who].executor;
    return move->kind == SIM_MOVE_TO_DRIVER ? w->executor_count : PLAN_NONE;
}

/* Tasks that meet, fetch from each other or are watched share more than their machines do; so do links that are looked after. */
bool sim_moves_commute(const struct sim *w)
{
    return w->wires == NULL && w->peers == NULL && w->phoenix == NULL && w->ailments == NULL &&
           w->place_count == 0 && w->outputs == 0 && w->watched == 0 && w->bandwidth == 0;
}

uint32_t sim_move_stepped(const struct sim *w, uint32_t machine, const struct sim_moved *moved)
{
    return moved->local && sim_moves_commute(w) ? machine : PLAN_NONE;
}

/* ---- one move */
static void dispatch(struct sim *w, uint32_t payload, uint32_t extra)
{
    if (w->ailments == NULL || !sim_host_holds(w, payload, extra))
        sim_dispatch(w, payload, extra);
}

static void drop_stale(struct sim *w)
{
    for (uint32_t i = w->ring.count; i-- > 0;) {
        struct sim_ring_entry entry = entry_at(w, i);
        if (!sim_is_live(w, entry.payload, entry.extra))
            (void)sim_ring_take(&w->ring, i);
    }
}

static void join(struct sim *w, struct sim_entry entry)
{
    w->work -= sim_is_work(entry.extra);
    if (!sim_ring_push(&w->ring, (struct sim_ring_entry){entry.payload, entry.extra}))
        sim_fail(w, SIM_E_FULL, "more happens in one instant than this world has room for");
}

/* All of the next instant at which there is anything joins what is due. */
static void gather(struct sim *w)
{
    bool any = false;
    while (w->queue->count > 0 && (!any || sim_queue_due(w->queue, w->now_ns))) {
        struct sim_entry entry = sim_queue_pop(w->queue);
        if (!sim_is_live(w, entry.payload, entry.extra))
            continue;
        /* An earlier one is a habit that quiescence skipped. */
        w->now_ns = entry.at_ns > w->now_ns ? entry.at_ns : w->now_ns;
        join(w, entry);
        any = true;
    }
}

/* What is stale is as good as gone: whether the world is quiet is not to depend on it. */
static void drop_stale_heads(struct sim *w)
{
    while (w->queue->count > 0) {
        (void)sim_queue_first(w->queue); /* now it is in front */
        const struct sim_entry *head = &w->queue->front[w->queue->first];
        if (sim_is_live(w, head->payload, head->extra))
            return;
        (void)sim_queue_pop(w->queue);
    }
}

/* As a run does, until there is something to choose from. What comes alone happens at once. */
static void move_clock(struct sim *w)
{
    uint64_t records = w->records;
    bool alone = w->ring.count == 0;
    while (!w->stopped && w->records == records) {
        drop_stale_heads(w);
        if (alone && w->work == 0 && !sim_may_go_on(w)) {
            if (w->ring.count > 0)
                return;
            continue;
        }
        if (w->queue->count == 0 && alone) { /* what is kept on a link that nothing mends */
            sim_close(w, TRACE_END_HUNG);
            return;
        }
        gather(w);
        if (w->ring.count > 0)
            break;
    }
    if (!w->stopped && alone && w->ring.count == 1 && w->records == records) {
        struct sim_ring_entry entry = sim_ring_pop(&w->ring);
        dispatch(w, entry.payload, entry.extra);
    }
}

static bool is_fault(const struct plan_act *p)
{
    return p->kind != PLAN_ACT_SUBMIT && p->kind != PLAN_ACT_CANCEL;
}

/* As one whose pattern has matched. False: it was too much, or changed nothing. */
static bool do_act(struct sim *w, uint32_t act)
{
    const struct plan_act *p = &w->plan->acts[act];
    uint64_t records = w->records;
    w->acts[act].matches = 1;
    w->faults_pending += is_fault(p);
    w->awaited += p->kind == PLAN_ACT_SUBMIT && w->plan->jobs[p->job].kind != PLAN_JOB_SERVICE;
    sim_act(w, act, 0);
    return !w->acts[act].withheld && w->records > records;
}

/* The chain is for what is kept, and a search keeps nothing. */
static void hand_over(struct sim *w)
{
    if (w->chained) {
        sim_flush(w);
        return;
    }
    for (uint32_t i = 0; i < w->observer_count && w->buffered > 0; i++)
        w->observers[i].fn(w->observers[i].ctx, w->buffer, w->buffered, w->flushed + 1);
    w->flushed += w->buffered;
    w->buffered = 0;
}

/* Records of what is shared: who is in the registry, which jobs there are, that time has gone on; and that a task began, for
 * whether others of its gang live or have called by then makes a difference to a judge. */
static bool is_local(const struct sim *w, const struct sim_move *move)
{
    const uint64_t shared =
        TRACE_BIT(TRACE_JOIN) | TRACE_BIT(TRACE_LOST) | TRACE_BIT(TRACE_SUBMIT) |
        TRACE_BIT(TRACE_CANCEL) | TRACE_BIT(TRACE_JOB_DONE) | TRACE_BIT(TRACE_UP) |
        TRACE_BIT(TRACE_DOWN) | TRACE_BIT(TRACE_END) | TRACE_BIT(TRACE_QUIESCENT) |
        TRACE_BIT(TRACE_EXCLUDE) | TRACE_BIT(TRACE_DROP) | TRACE_BIT(TRACE_START);
    if (sim_move_machine(w, move) == PLAN_NONE || w->stopped)
        return false;
    for (uint32_t i = 0; i < w->buffered; i++)
        if (TRACE_BIT(w->buffer[i].kind) & shared)
            return false;
    return true;
}

enum sim_status sim_move(struct sim *w, const struct sim_move *move, struct sim_moved *moved,
                         struct sim_err *err)
{
    uint64_t records = w->records, flushed = w->flushed;
    assert(!w->stopped);
    assert(w->buffered == 0);
    *moved = (struct sim_moved){.happened = true};
    if (move->kind == SIM_MOVE_CLOCK) {
        move_clock(w);
    } else if (move->kind == SIM_MOVE_FAULT) {
        moved->happened = do_act(w, move->who);
    } else {
        struct sim_ring_entry entry = sim_ring_take(&w->ring, move->place);
        dispatch(w, entry.payload, entry.extra);
    }
    if (w->runnable_count > 0)
        sim_run_tasks(w);
    drop_stale(w);
    moved->local =
        flushed == w->flushed && is_local(w, move); /* all it wrote is still to be seen */
    moved->progress = w->progress_record > records;
    moved->ended = w->stopped;
    hand_over(w);
    if (w->status != SIM_OK && err != NULL)
        *err = *w->err;
    return w->status;
}

enum sim_status sim_search_begin(struct sim *w, bool chained, struct sim_err *err)
{
    w->chained = chained;
    /* Where time has no end, states that differ in the time left are one. */
    w->virtual_ns = PLAN_NEVER;
    while (!w->begun && !w->stopped && w->events < BEGIN_EVENTS)
        sim_take_next(w);
    if (!w->begun && !w->stopped)
        sim_fail(w, SIM_E_CORE, "the executors have not registered after %d events", BEGIN_EVENTS);
    drop_stale(w);
    hand_over(w);
    if (w->status != SIM_OK && err != NULL)
        *err = *w->err;
    return w->status;
}

void sim_search_livelock(struct sim *w)
{
    if (!w->stopped)
        sim_close(w, TRACE_END_LIVELOCK);
    hand_over(w);
}
