/*
 * fingerprint.c -- the name of a state: equal states have equal names, wherever in time and memory
 * they are.
 *
 * This room is for: folding everything that decides what happens next into 64 bits.
 * It may include:   sim/search.h, world.h.
 * Never here:       record numbers, absolute times, stale entries, unused bytes, the places of
 * messages in memory.
 */
#include "sim/search.h"
#include "world.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* One multiplication, whose halves are put together: a word costs the time of that alone. */
static inline uint64_t mix(uint64_t h, uint64_t word)
{
    wide product = (wide)(h ^ word ^ UINT64_C(0x2D358DCCAA6C78A5)) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t mix_bytes(uint64_t h, const void *bytes, size_t size)
{
    uint64_t word;
    assert(size % sizeof word == 0);
    for (size_t i = 0; i < size; i += sizeof word) {
        memcpy(&word, (const char *)bytes + i, sizeof word);
        h = mix(h, word);
    }
    return h;
}

/* What an entry is about, without its key and without the place of its message. */
static uint64_t of_entry(const struct sim *w, uint32_t payload, uint32_t extra)
{
    enum sim_class class = sim_class_of(extra);
    if (class == SIM_TO_DRIVER || class == SIM_TO_EXECUTOR)
        return mix_bytes(mix(class, sim_key(extra)), &w->flights[payload].msg,
                         sizeof(struct gang_msg));
    if (class == SIM_SOFT) {
        struct gang_msg msg = w->flights[payload].msg;
        msg.a = (uint64_t)w->now_ns - msg.a; /* a time */
        return mix_bytes(class, &msg, sizeof msg);
    }
    if (class == SIM_FRAME)
        return mix(class, sim_frame_fingerprint(w, payload));
    return mix(class, payload);
}

/* How far away a time is; 0 if it has come. */
static int64_t in(const struct sim *w, int64_t at_ns)
{
    return at_ns > w->now_ns ? at_ns - w->now_ns : 0;
}

struct sum {
    const struct sim *w;
    uint64_t total;
};

/* The order in which entries lie in buckets is not part of the state; that of entries of one time
 * is. */
static void add_entry(void *ctx, const struct sim_entry *entry, uint32_t earlier)
{
    struct sum *sum = ctx;
    const struct sim *w = sum->w;
    if (!sim_is_live(w, entry->payload, entry->extra))
        return;
    sum->total +=
        mix(mix(of_entry(w, entry->payload, entry->extra), (uint64_t)in(w, entry->at_ns)), earlier);
}

static uint64_t mix_in(const struct sim *w, uint64_t h, int64_t at_ns)
{
    return mix(h, at_ns == PLAN_NEVER ? UINT64_MAX : (uint64_t)in(w, at_ns));
}

static uint64_t of_trait(const struct sim *w, uint64_t h, uint32_t t)
{
    const struct sim_trait *trait = &w->traits[t];
    bool waits = w->tasks[t].state == SIM_TASK_MEET;
    h = mix(h, (uint64_t)trait->late_ns);
    h = mix(h, (uint64_t)trait->linger_ns);
    h = mix(h, (uint64_t)trait->extra_ns);
    h = mix(h, (uint64_t)trait->turn[0] << 32 | trait->turn[1]);
    h = mix(h, trait->gpu_mask);
    h = mix(h, (uint64_t)trait->ref << 32 | trait->group);
    if (trait->blocked)
        h = mix(h, (uint64_t)(w->now_ns - trait->since_ns));
    if (waits && (trait->told || trait->freed > 0))
        h = mix(h, (uint64_t)trait->freed << 32 | trait->from << 1 | trait->told);
    return waits ? mix_in(w, mix(h, trait->place), trait->due_ns) : h;
}

static uint64_t of_tasks(const struct sim *w, uint64_t h)
{
    for (uint32_t t = 0; t < w->task_count; t++) {
        const struct sim_task *task = &w->tasks[t];
        if (task->state == SIM_TASK_NONE)
            continue;
        h = mix(h, (uint64_t)t << 32 | (uint64_t)task->habits << 16 |
                       (uint64_t)task->state << 8 | task->status);
        h = mix(h, (uint64_t)task->stage << 32 | task->rank);
        h = mix(h, (uint64_t)task->size << 32 | task->epoch);
        h = mix(h, (uint64_t)task->attempt << 16 | (uint64_t)task->calling << 8 | task->op);
        h = mix_bytes(h, &task->program, sizeof task->program);
        h = w->traits != NULL ? of_trait(w, h, t) : h;
    }
    return h;
}

/* Of its clock, only what decides when it next shows a nanosecond more. */
static uint64_t of_ailment(const struct sim *w, uint64_t h, uint32_t executor)
{
    const struct sim_ailment *a = &w->ailments[executor];
    bool paused = (w->hosts[executor].ill & SIM_ILL_PAUSED) != 0;
    h = mix(h, (uint64_t)w->hosts[executor].ill << 32 | a->pauses);
    h = mix(h, paused ? (uint64_t)(w->now_ns - a->paused_ns) : 0);
    h = mix(h, (uint64_t)a->rate << 32 | a->percent);
    h = mix(h, a->rate != 1000000 ? (uint64_t)((w->now_ns - a->since_ns) % 1000000) : 0);
    h = mix(h, a->dead_gpus);
    h = mix(h, a->taken);
    for (uint32_t i = a->held_first; i != PLAN_NONE; i = w->held[i].next)
        if (sim_is_live(w, w->held[i].payload, w->held[i].extra))
            h = mix(h, of_entry(w, w->held[i].payload, w->held[i].extra));
    return h;
}

/* Who waits where, in the order they came. */
static uint64_t of_places(const struct sim *w, uint64_t h)
{
    for (uint32_t i = 0; i < w->place_count; i++) {
        const struct sim_place *p = &w->places[i];
        h = mix(h, (uint64_t)p->attempt << 32 | (uint64_t)p->busy << 31 | p->count);
        if (p->at_first || p->blocked || p->late_ns > 0)
            h = mix(mix(mix(h, (uint64_t)p->holder << 32 | p->told),
                        (uint64_t)p->blocked << 1 | p->waiting),
                    (uint64_t)(p->late_ns + (p->blocked ? w->now_ns - p->since_ns : 0)));
        for (uint32_t t = p->first; t != PLAN_NONE; t = w->traits[t].next)
            h = mix(h, t);
    }
    return h;
}

/* machines: the names of the core's machines; NULL: they are found here. */
static uint64_t of_hosts(const struct sim *w, uint64_t h, const uint64_t *machines)
{
    for (uint32_t i = 0; i < w->executor_count; i++) {
        const struct sim_host *host = &w->hosts[i];
        h = mix(h, (uint64_t)host->incarnation << 32 | host->joined);
        h = mix(h, (uint64_t)host->given_back << 2 | (uint64_t)host->up << 1 | host->for_good);
        h = mix(h, (uint64_t)host->unwell << 16 | (uint64_t)host->beating << 8 | host->beat_op);
        h = mix(h, w->pulses[i].beat_ns == PLAN_NEVER ? UINT64_MAX
                                                      : (uint64_t)in(w, w->pulses[i].beat_ns));
        for (uint32_t way = 0; way < 2 && w->bandwidth > 0; way++)
            h = mix(h, (uint64_t)in(w, w->busy_ns[2 * i + way]));
        for (uint32_t way = 0; way < 2 && w->slack_ns > 0; way++)
            h = mix(h, (uint64_t)in(w, w->reach_ns[2 * i + way]));
        if (w->ailments != NULL)
            h = of_ailment(w, h, i);
        if (host->up)
            h = mix(h, machines != NULL ? machines[i] : w->core->executor_fingerprint(host->core));
    }
    return h;
}

/* What is drawn anew for each instant or event returns in no state. */
static uint64_t of_order(const struct sim *w, uint64_t h)
{
    const struct sim_order *order = &w->order;
    if (order->mode == SIM_ORDER_RANDOM)
        h = mix(h, (uint64_t)w->now_ns);
    if (order->changed < order->changes)
        h = mix(h, w->events);
    for (uint32_t i = 0; i < order->changed; i++)
        h = mix(h, order->fallen[i]);
    return h;
}

/* Everything but what is due and what is pending. */
static uint64_t of_world(const struct sim *w, const uint64_t *machines)
{
    uint64_t driver = machines != NULL ? machines[w->executor_count] : w->core->driver_fingerprint(w->driver);
    uint64_t h = mix(driver, w->faults_pending);
    h = of_places(w, of_tasks(w, of_hosts(w, h, machines)));
    if (w->order.mode != SIM_ORDER_SCHEDULED)
        h = of_order(w, h);
    if (w->wires != NULL)
        h = sim_wires_fingerprint(w, h);
    if (w->peers != NULL)
        h = sim_peers_fingerprint(w, h);
    if (w->phoenix != NULL)
        h = sim_phoenix_fingerprint(w, h);
    for (uint32_t i = 0; i < w->plan->job_count; i++)
        h = mix(h, w->jobs[i]);
    for (uint32_t i = 0; i < w->plan->act_count; i++)
        h = mix(h, (uint64_t)w->acts[i].withheld << 33 | (uint64_t)w->acts[i].lasts << 32 |
                       w->acts[i].matches);
    if (sim_budget_spent(w) != 0)
        h = mix(h, sim_budget_spent(w));
    for (unsigned kind = 0; kind < SIM_FEED_COUNT; kind++)
        h = mix(h, w->feeds[kind].next);
    return h;
}

/* What goes on behind the ring, in its order. */
struct row {
    const struct sim *w;
    uint64_t h;
};

static void add_next(void *ctx, const struct sim_entry *entry, uint32_t earlier)
{
    struct row *row = ctx;
    (void)earlier;
    if (sim_is_live(row->w, entry->payload, entry->extra))
        row->h = mix(row->h, of_entry(row->w, entry->payload, entry->extra));
}

uint64_t sim_fingerprint(const struct sim *w)
{
    uint64_t h = of_world(w, NULL);
    struct sum sum = {w, 0};
    for (uint32_t i = 0; i < w->ring.count; i++) {
        struct sim_ring_entry entry = w->ring.at[sim_ring_place(&w->ring, i)];
        if (sim_is_live(w, entry.payload, entry.extra))
            h = mix(h, of_entry(w, entry.payload, entry.extra));
    }
    struct row row = {w, h};
    sim_queue_visit_kept(w->queue, add_next, &row);
    h = mix(row.h, (uint64_t)in(w, w->granted_ns));
    h = sim_store_fingerprint(w, h);
    sim_queue_visit(w->queue, add_entry, &sum);
    return mix(h, sum.total);
}

/* ---- for a search, which takes what is due in every order that there is */
static void add_unordered(void *ctx, const struct sim_entry *entry, uint32_t earlier)
{
    (void)earlier;
    add_entry(ctx, entry, 0);
}

/* What is due: of each link and direction in its order, and no order beside that. O(entries squared), and there are few. */
static uint64_t of_due(const struct sim *w)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < w->ring.count; i++) {
        struct sim_ring_entry mine = w->ring.at[sim_ring_place(&w->ring, i)];
        uint32_t before = 0;
        if (!sim_is_live(w, mine.payload, mine.extra))
            continue;
        for (uint32_t k = 0; k < i; k++)
            before += sim_goes_behind(w, mine, w->ring.at[sim_ring_place(&w->ring, k)]);
        total += mix(of_entry(w, mine.payload, mine.extra), before);
    }
    return total;
}

/* What a run decides by a record's time, or by what a process went down for, and a digest of a moment has no need of. A machine
 * names its times as seen from its last event, so how far off its next deadline is says when that was. */
static uint64_t of_rest(const struct sim *w, uint64_t h)
{
    h = mix(h, (uint64_t)(w->now_ns - w->last_record_ns));
    h = mix(h, w->late_beat_ns > w->last_record_ns ? (uint64_t)(w->now_ns - w->late_beat_ns) + 1 : 0);
    if (w->heal_pending)
        h = mix_in(w, h, w->heal_ns);
    h = mix_in(w, h, w->driver_machine.deadline_ns);
    for (uint32_t i = 0; i < w->executor_count; i++) {
        const struct sim_host *host = &w->hosts[i];
        h = mix_in(w, mix(h, (uint64_t)(host->crash_act != PLAN_NONE) << 8 | host->hurt), host->machine.deadline_ns);
        if (host->beating == SIM_BEATS_PROVE)
            h = mix(h, (uint64_t)w->now_ns - w->pulses[i].proof);
    }
    return mix(h, (uint64_t)w->ended << 2 | (uint64_t)w->begun << 1 | w->driver_down);
}

static void name_machines(const struct sim *w, uint64_t *machines, uint32_t stepped)
{
    for (uint32_t i = 0; i < w->executor_count; i++)
        if ((stepped == i || stepped == PLAN_NONE) && w->hosts[i].up)
            machines[i] = w->core->executor_fingerprint(w->hosts[i].core);
    if (stepped == w->executor_count || stepped == PLAN_NONE)
        machines[w->executor_count] = w->core->driver_fingerprint(w->driver);
}

uint64_t sim_search_name(const struct sim *w, uint64_t *machines, uint32_t stepped)
{
    struct sum sum = {w, 0};
    if (machines != NULL)
        name_machines(w, machines, stepped);
    uint64_t h = of_rest(w, of_world(w, machines));
    h = mix(h, of_due(w));
    h = mix(h, (uint64_t)in(w, w->granted_ns));
    h = sim_store_fingerprint(w, h);
    sim_queue_visit(w->queue, add_unordered, &sum);
    return mix(h, sum.total);
}
