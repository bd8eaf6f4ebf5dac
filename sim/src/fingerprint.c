/*
 * fingerprint.c -- the name of a state: equal states have equal names, wherever in time and memory
 * they are.
 *
 * This room is for: folding everything that decides what happens next into 64 bits.
 * It may include:   world.h.
 * Never here:       record numbers, absolute times, stale entries, unused bytes, the places of
 * messages in memory.
 */
#include "world.h"

#include <string.h>

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ h >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return h ^ h >> 32;
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
        h = mix(h, (uint64_t)t << 32 | (uint64_t)task->habits << 24 |
                       (uint64_t)task->state << 16 | (uint64_t)task->status << 8 | task->hung);
        h = mix(h, (uint64_t)task->extra_ns);
        h = mix_bytes(h, &task->client, sizeof task->client);
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

static uint64_t of_hosts(const struct sim *w, uint64_t h)
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
        if (w->ailments != NULL)
            h = of_ailment(w, h, i);
        if (host->up)
            h = mix(h, w->core->executor_fingerprint(host->core));
    }
    return h;
}

uint64_t sim_fingerprint(const struct sim *w)
{
    uint64_t h = mix(w->core->driver_fingerprint(w->driver), w->faults_pending);
    struct sum sum = {w, 0};
    h = of_places(w, of_tasks(w, of_hosts(w, h)));
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
    for (uint32_t i = 0; i < w->ring.count; i++) {
        struct sim_ring_entry entry = w->ring.at[sim_ring_place(&w->ring, i)];
        if (sim_is_live(w, entry.payload, entry.extra))
            h = mix(h, of_entry(w, entry.payload, entry.extra));
    }
    h = mix(h, (uint64_t)in(w, w->granted_ns));
    h = sim_store_fingerprint(w, h);
    sim_queue_visit(w->queue, add_entry, &sum);
    return mix(h, sum.total);
}
