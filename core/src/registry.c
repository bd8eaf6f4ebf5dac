/*
 * registry.c -- who is there, what they have, and what of it is free.
 *
 * This room is for: executors and their incarnations, heartbeats and silence, room and the slots it
 * makes. Invariant: nothing is ever placed on an incarnation that is not alive, or that owes an
 * answer.
 *
 * Slots are counted as they change. Each different need of the jobs alive has a row with the number
 * of tasks that fit into what is free and into what there is, and a bit for each executor with
 * room: so "does the gang fit" is a comparison, and a placement visits only executors that take
 * part in it.
 */
#include "driver_private.h"

#include <assert.h>
#include <string.h>

/* ---- capacity */
uint32_t gang_fit(const struct gang_room *room, const struct gang_need *need)
{
    uint32_t fit = UINT32_MAX;
    if (need->cores > 0)
        fit = room->cores / need->cores;
    if (need->memory_mib > 0 && room->memory_mib / need->memory_mib < fit)
        fit = room->memory_mib / need->memory_mib;
    if (need->gpu_milli > 0) { /* B-60 */
        uint32_t gpus = gang_bits_in(room->gpu_mask);
        uint32_t by_gpus = gang_is_share(need) ? gpus * (GANG_ADDRESS_MILLI / need->gpu_milli)
                                               : gpus / gang_addresses(need);
        fit = by_gpus < fit ? by_gpus : fit;
    }
    return fit;
}

/* Adds (or takes away) what an executor contributes to one profile. */
static void count_free(struct gang_driver *d, uint32_t profile, uint32_t executor, uint32_t before,
                       uint32_t after)
{
    uint64_t bit = UINT64_C(1) << (executor % 64), *word = &roomy(d, profile)[executor / 64];
    profiles_of(d)[profile].free += (uint64_t)after - before;
    if (after > 0)
        *word |= bit;
    else
        *word &= ~bit;
    if (after > before)
        d->dirty = 1;
}

/* The same for a policy that counts wrongly; before, after: NULL where the executor is not offered. */
static void count_wrongly(struct gang_driver *d, uint32_t profile, uint32_t executor,
                          const struct vacancy *before, const struct vacancy *after)
{
    struct profile *row = &profiles_of(d)[profile];
    const struct gang_room *total = &executors_of(d)[executor].total;
    if (!d->limiting_only && !d->one_address)
        return;
    uint64_t was = before != NULL ? gang_slots_counted(d, total, before, &row->need) : 0;
    uint64_t is = after != NULL ? gang_slots_counted(d, total, after, &row->need) : 0;
    row->counted += is - was;
    d->dirty |= is > was;
}

static void change_room(struct gang_driver *d, uint32_t executor, const struct vacancy *after)
{
    struct member_executor *e = &executors_of(d)[executor];
    const struct vacancy before = vacancy_of(d, executor);
    if (offered(e))
        for (uint32_t p = 0; p < d->profiles_top; p++) {
            const struct profile *row = &profiles_of(d)[p];
            if (row->users == 0)
                continue;
            count_free(d, p, executor, gang_slots_fit(&before, &row->need),
                       gang_slots_fit(after, &row->need));
            count_wrongly(d, p, executor, &before, after);
        }
    e->free = *after->room;
    if (after->used != before.used)
        memcpy(shares_of(d, executor), after->used, GANG_GPUS_MAX * sizeof(uint16_t));
}

/* An executor begins or ceases to be offered: all its free room comes or goes at once. */
static void offer(struct gang_driver *d, uint32_t executor, bool on)
{
    const struct vacancy all = vacancy_of(d, executor);
    for (uint32_t p = 0; p < d->profiles_top; p++) {
        const struct profile *row = &profiles_of(d)[p];
        if (row->users == 0)
            continue;
        uint32_t free = gang_slots_fit(&all, &row->need);
        count_free(d, p, executor, on ? 0 : free, on ? free : 0);
        count_wrongly(d, p, executor, on ? NULL : &all, on ? &all : NULL);
    }
}

/* The cluster grows or shrinks by an executor, as the one set of them counts or the other. One that owes an answer still
 * counts. */
static void count_total(struct gang_driver *d, uint32_t executor, int offerable, int active)
{
    const struct member_executor *e = &executors_of(d)[executor];
    for (uint32_t p = 0; p < d->profiles_top; p++) {
        struct profile *row = &profiles_of(d)[p];
        uint64_t total = row->users > 0 ? gang_slots_of_empty(d, &e->total, &row->need) : 0;
        row->total += total * (uint64_t)(int64_t)offerable;
        row->active += total * (uint64_t)(int64_t)active;
    }
    d->dirty = 1;
    d->shrunk |= offerable < 0 || active < 0;
}

/* Every change of how an executor stands goes through here. */
static void stand(struct gang_driver *d, uint32_t executor, const struct member_executor *now)
{
    struct member_executor *e = &executors_of(d)[executor];
    int was_offered = offered(e), was_offerable = is_offerable(e), was_active = is_active(e);
    e->state = now->state;
    e->suspect = now->suspect;
    e->excluded = now->excluded;
    e->draining = now->draining;
    if (offered(e) != was_offered)
        offer(d, executor, offered(e));
    if (is_offerable(e) != was_offerable || is_active(e) != was_active)
        count_total(d, executor, is_offerable(e) - was_offerable, is_active(e) - was_active);
}

void gang_registry_exclude(struct gang_driver *d, uint32_t executor, bool excluded)
{
    struct member_executor now = executors_of(d)[executor];
    now.excluded = excluded;
    stand(d, executor, &now);
}

void gang_registry_drain(struct gang_driver *d, uint32_t executor)
{
    struct member_executor now = executors_of(d)[executor];
    now.draining = 1;
    stand(d, executor, &now);
}

void gang_registry_take(struct gang_driver *d, uint32_t executor, const struct gang_need *need,
                        uint32_t tasks, uint64_t gpu_mask)
{
    uint16_t used[GANG_GPUS_MAX];
    struct gang_room room = executors_of(d)[executor].free;
    struct vacancy after = vacancy_of(d, executor);
    assert(gang_slots_fit(&after, need) >= tasks);
    after.room = &room;
    room.cores -= need->cores * tasks;
    room.memory_mib -= need->memory_mib * tasks;
    if (gang_is_share(need)) {
        memcpy(used, after.used, sizeof used);
        after.used = used;
        gang_share_take(&room, used, gpu_mask, need, tasks);
    } else {
        assert((room.gpu_mask & gpu_mask) == gpu_mask);
        room.gpu_mask &= ~gpu_mask;
    }
    change_room(d, executor, &after);
}

/* What was given away of what is no longer there comes back to nobody. */
static void pay(uint32_t *owed, uint32_t *free)
{
    uint32_t paid = *owed < *free ? *owed : *free;
    *owed -= paid;
    *free -= paid;
}

void gang_registry_give(struct gang_driver *d, uint32_t executor, const struct gang_need *need,
                        uint32_t tasks, uint64_t gpu_mask)
{
    const struct member_executor *e = &executors_of(d)[executor];
    uint16_t used[GANG_GPUS_MAX];
    struct gang_room room = e->free;
    struct vacancy after = vacancy_of(d, executor);
    assert((room.gpu_mask & gpu_mask) == 0);
    after.room = &room;
    room.cores += need->cores * tasks;
    room.memory_mib += need->memory_mib * tasks;
    if (gang_is_share(need)) {
        memcpy(used, after.used, sizeof used);
        after.used = used;
        gang_share_give(&room, used, gpu_mask, need, tasks);
    } else {
        room.gpu_mask |= gpu_mask;
    }
    room.gpu_mask &= e->total.gpu_mask; /* a dead address comes back to nobody */
    pay(&executors_of(d)[executor].owed_cores, &room.cores);
    pay(&executors_of(d)[executor].owed_memory_mib, &room.memory_mib);
    assert(room.cores <= e->total.cores);
    assert(room.memory_mib <= e->total.memory_mib);
    assert((room.gpu_mask & ~e->total.gpu_mask) == 0);
    change_room(d, executor, &after);
}

/* The free part of a resource whose total changes; what was given away beyond it is owed. */
static uint32_t free_after(uint32_t free, uint32_t total, uint32_t after, uint32_t *owed)
{
    uint32_t rest = free + (after > total ? after - total : 0), less = after < total ? total - after : 0;
    *owed += less;
    pay(owed, &rest);
    return rest;
}

/* Gangs that were admitted to what was there are admitted anew if it became less. */
void gang_registry_room(struct gang_driver *d, const struct gang_msg *msg)
{
    struct member_executor *e = &executors_of(d)[msg->executor];
    const struct gang_room total = {msg->room.cores, msg->room.memory_mib, msg->a};
    uint64_t free_gpus = total.gpu_mask;
    for (uint32_t g = e->groups; g != GANG_NONE; g = groups_of(d)[g].executor_next)
        free_gpus &= ~(groups_of(d)[g].unbooked ? 0 : groups_of(d)[g].gpu_mask);
    if (offered(e))
        offer(d, msg->executor, false);
    count_total(d, msg->executor, -is_offerable(e), -is_active(e));
    e->free.cores = free_after(e->free.cores, e->total.cores, total.cores, &e->owed_cores);
    e->free.memory_mib = free_after(e->free.memory_mib, e->total.memory_mib, total.memory_mib,
                                    &e->owed_memory_mib);
    e->free.gpu_mask = free_gpus;
    e->total = total;
    if (e->owed_cores > 0 || e->owed_memory_mib > 0)
        GANG_MARK(ROOM_OWED);
    count_total(d, msg->executor, is_offerable(e), is_active(e));
    if (offered(e))
        offer(d, msg->executor, true);
}

static bool same_need(const struct gang_need *x, const struct gang_need *y)
{
    return x->cores == y->cores && x->memory_mib == y->memory_mib && x->gpu_milli == y->gpu_milli;
}

static uint32_t find_profile(const struct gang_driver *d, const struct gang_need *need)
{
    for (uint32_t p = 0; p < d->profiles_top; p++)
        if (profiles_of(d)[p].users > 0 && same_need(&profiles_of(d)[p].need, need))
            return p;
    return GANG_NONE;
}

/* A new row is counted once over all executors; after that it is kept up to date. */
static void count_profile(struct gang_driver *d, uint32_t p)
{
    struct profile *row = &profiles_of(d)[p];
    memset(roomy(d, p), 0, d->bitmap_words * sizeof(uint64_t));
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        const struct member_executor *e = &executors_of(d)[i];
        const struct vacancy now = vacancy_of(d, i);
        uint64_t total = is_active(e) ? gang_slots_of_empty(d, &e->total, &row->need) : 0;
        row->active += total;
        row->total += is_offerable(e) ? total : 0;
        if (standbys_of(d)[i].state != STANDBY_NOT)
            row->granted += gang_dynamic_counts(d, i, &row->need);
        if (!offered(e))
            continue;
        uint32_t free = gang_slots_fit(&now, &row->need);
        row->free += free;
        if (free > 0)
            roomy(d, p)[i / 64] |= UINT64_C(1) << (i % 64);
        count_wrongly(d, p, i, NULL, &now);
    }
}

uint32_t gang_profile_use(struct gang_driver *d, const struct gang_need *need)
{
    uint32_t p = find_profile(d, need);
    if (p == GANG_NONE) {
        p = 0;
        while (p < d->profiles_top && profiles_of(d)[p].users > 0)
            p++;
        if (p == d->profile_capacity)
            return GANG_NONE;
        if (p == d->profiles_top)
            d->profiles_top++;
        profiles_of(d)[p] = (struct profile){.need = *need};
        count_profile(d, p);
    }
    profiles_of(d)[p].users++;
    return p;
}

/* Whether rows for all these needs can be had. Counts each need that is not there yet, equal ones
 * once. */
bool gang_profile_has_room(const struct gang_driver *d, const struct gang_need *needs,
                           uint32_t count)
{
    uint32_t wanted = 0, used = 0;
    for (uint32_t p = 0; p < d->profiles_top; p++)
        used += profiles_of(d)[p].users > 0;
    for (uint32_t i = 0; i < count; i++) {
        bool seen = find_profile(d, &needs[i]) != GANG_NONE;
        for (uint32_t k = 0; k < i && !seen; k++)
            seen = same_need(&needs[k], &needs[i]);
        wanted += !seen;
    }
    return used + wanted <= d->profile_capacity;
}

void gang_profile_drop(struct gang_driver *d, uint32_t p)
{
    assert(profiles_of(d)[p].users > 0);
    if (--profiles_of(d)[p].users == 0)
        profiles_of(d)[p] = (struct profile){0};
}

/* ---- coming */
static void watch_for_silence(struct gang_driver *d)
{
    uint32_t timer = heartbeat_timer(d);
    if (d->executors_alive == 0)
        gang_timers_cancel(&d->timers, timers_of(d), timer);
    else if (timers_of(d).place[timer] == GANG_NONE)
        arm(d, timer, later(d->now, d->config.heartbeat_timeout_ns));
}

static void welcome(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    struct gang_msg *answer = gang_put(out, GANG_FX_SEND);
    (void)d;
    answer->kind = GANG_MSG_WELCOME;
    answer->executor = msg->executor;
    answer->incarnation = msg->incarnation;
}

static void join(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out)
{
    struct member_executor *e = &executors_of(d)[msg->executor];
    assert(e->groups == GANG_NONE);
    gang_dynamic_comes(d, msg->executor);
    e->total = (struct gang_room){msg->room.cores, msg->room.memory_mib, msg->a};
    e->free = e->total;
    if (d->limits.gpu_shares)
        memset(shares_of(d, msg->executor), 0, GANG_GPUS_MAX * sizeof(uint16_t));
    e->rack = msg->room.rack;
    e->incarnation = msg->incarnation;
    e->owed_cores = e->owed_memory_mib = 0;
    e->leaving = 0;
    e->heard_at = d->now;
    d->executors_alive++;
    struct gang_msg *joined = gang_put(out, GANG_FX_JOIN);
    joined->executor = msg->executor;
    joined->incarnation = msg->incarnation;
    welcome(d, msg, out);
    /* What was said of the process before it says nothing of this one. */
    stand(d, msg->executor, &(struct member_executor){.state = EXECUTOR_ALIVE});
    watch_for_silence(d);
    gang_dynamic_idle(d, msg->executor);
    d->vacated = msg->executor;
}

/* A new incarnation means that the old process, and every task in it, is gone. One that was written
 * off stays so. */
void gang_registry_register(struct gang_driver *d, const struct gang_msg *msg,
                            struct gang_effects *out)
{
    struct member_executor *e = &executors_of(d)[msg->executor];
    if (e->state != EXECUTOR_ABSENT && msg->incarnation < e->incarnation) {
        GANG_MARK(STALE_MESSAGE);
        return;
    }
    if (e->state == EXECUTOR_ALIVE && msg->incarnation == e->incarnation) {
        gang_registry_heard(d, msg->executor);
        welcome(d, msg, out);
        return;
    }
    if (e->state == EXECUTOR_GONE && msg->incarnation == e->incarnation) {
        gang_registry_stranger(d, msg, out);
        return;
    }
    if (e->state == EXECUTOR_ALIVE) {
        GANG_MARK(EXECUTOR_REINCARNATED);
        gang_registry_lose(d, msg->executor, GANG_REASON_REINCARNATED, out);
    }
    join(d, msg, out);
}

/* ---- being heard */
static void clear_suspicion(struct gang_driver *d, uint32_t executor, unsigned which)
{
    struct member_executor now = executors_of(d)[executor];
    if ((now.suspect & which) == 0)
        return;
    now.suspect &= (uint8_t)~which;
    stand(d, executor, &now);
}

void gang_registry_trust(struct gang_driver *d, uint32_t executor)
{
    clear_suspicion(d, executor, SUSPECT_SILENT | SUSPECT_FULL);
}

void gang_registry_answered(struct gang_driver *d, uint32_t executor)
{
    executors_of(d)[executor].heard_at = d->now;
    clear_suspicion(d, executor, SUSPECT_SILENT);
}

static void say_gone(const struct gang_msg *to, struct gang_effects *out)
{
    struct gang_msg *msg = gang_put(out, GANG_FX_SEND);
    msg->kind = GANG_MSG_GONE;
    msg->executor = to->executor;
    msg->incarnation = to->incarnation;
}

void gang_registry_heartbeats(struct gang_driver *d, const uint64_t *bits, uint32_t count,
                              struct gang_effects *out)
{
    for (uint32_t word = 0; word * 64 < count; word++)
        for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
            uint32_t executor = word * 64 + (uint32_t)__builtin_ctzll(rest);
            if (executor >= count || executors_of(d)[executor].state != EXECUTOR_ALIVE)
                continue;
            gang_registry_heard(d, executor);
            const struct member_executor *e = &executors_of(d)[executor];
            if (e->suspect & SUSPECT_CONDEMNED) /* once more, for nobody acknowledges it */
                say_gone(&(struct gang_msg){.executor = executor, .incarnation = e->incarnation}, out);
            else if (e->suspect) /* who is heard so has its lease */
                clear_suspicion(d, executor, SUSPECT_UNLEASED);
        }
}

/* Every real heartbeat is answered: the executor's lease begins at its sending. */
void gang_registry_heartbeat(struct gang_driver *d, const struct gang_msg *msg,
                             struct gang_effects *out)
{
    if (executors_of(d)[msg->executor].suspect & SUSPECT_CONDEMNED) {
        say_gone(msg, out); /* once more: what was said before may have been lost with a connection */
        return;
    }
    if (msg->op == 1)
        gang_registry_suspect(d, msg->executor, SUSPECT_UNLEASED);
    else
        clear_suspicion(d, msg->executor, SUSPECT_UNLEASED);
    struct gang_msg *ack = gang_put(out, GANG_FX_SEND);
    ack->kind = GANG_MSG_HEARTBEAT_ACK;
    ack->executor = msg->executor;
    ack->incarnation = msg->incarnation;
    ack->a = msg->a;
}

/* A process that was written off and goes on is told so: it ends, and comes back as another. */
void gang_registry_stranger(struct gang_driver *d, const struct gang_msg *msg,
                            struct gang_effects *out)
{
    const struct member_executor *e = &executors_of(d)[msg->executor];
    GANG_MARK(STALE_MESSAGE);
    if (msg->kind != GANG_MSG_HEARTBEAT && msg->kind != GANG_MSG_REGISTER)
        return; /* one answer a heartbeat, not one for each of its tasks */
    if (e->state != EXECUTOR_GONE || e->incarnation != msg->incarnation)
        return;
    GANG_MARK(GONE_ANSWERED);
    say_gone(msg, out);
}

void gang_registry_suspect(struct gang_driver *d, uint32_t executor, enum suspicion why)
{
    struct member_executor now = executors_of(d)[executor];
    if (now.state != EXECUTOR_ALIVE || (now.suspect & why) != 0)
        return;
    GANG_MARK(EXECUTOR_SUSPECT);
    now.suspect |= (uint8_t)why;
    stand(d, executor, &now);
    gang_ns soon = later(d->now, d->config.heartbeat_ns);
    if (timers_of(d).at[heartbeat_timer(d)] > soon) /* its next heartbeat clears it */
        arm(d, heartbeat_timer(d), soon);
}

/* ---- going */
/*
 * A broken connection is no death: with a lease the executor's process may live, and with it the tasks, until that lease has
 * ended. So it is not offered, and whether it is lost is told by its silence, which outlasts the lease. Without a lease nobody
 * can ever be sure, and it is lost at once, as in Spark.
 */
void gang_registry_disconnected(struct gang_driver *d, uint32_t executor, struct gang_effects *out)
{
    if (executors_of(d)[executor].state != EXECUTOR_ALIVE)
        return;
    if (gang_driver_lease(&d->config) == 0)
        gang_registry_lose(d, executor, GANG_REASON_EXECUTOR_LOST, out);
    else
        gang_registry_suspect(d, executor, SUSPECT_SILENT);
}

bool gang_registry_condemn(struct gang_driver *d, uint32_t executor, gang_ns since,
                           struct gang_effects *out)
{
    const struct member_executor *e = &executors_of(d)[executor];
    if (e->suspect & SUSPECT_CONDEMNED)
        return true;
    if (e->heard_at <= since) {
        gang_registry_suspect(d, executor, SUSPECT_SILENT);
        return false;
    }
    GANG_MARK(EXECUTOR_CONDEMNED);
    gang_registry_suspect(d, executor, SUSPECT_CONDEMNED);
    const struct gang_msg to = {.executor = executor, .incarnation = e->incarnation};
    say_gone(&to, out);
    return true;
}

void gang_registry_lose(struct gang_driver *d, uint32_t executor, enum gang_reason reason,
                        struct gang_effects *out)
{
    struct member_executor *e = &executors_of(d)[executor];
    assert(e->state == EXECUTOR_ALIVE);
    stand(d, executor, &(struct member_executor){.state = EXECUTOR_GONE});
    e->failures = 0;
    d->executors_alive--;
    d->revive = 1;
    struct gang_msg *lost = gang_put(out, GANG_FX_LOST);
    lost->executor = executor;
    lost->incarnation = e->incarnation;
    lost->reason = (uint16_t)reason;
    gang_outputs_lost(d, executor, out);
    while (e->groups != GANG_NONE)
        gang_jobs_group_lost(d, e->groups, out);
    watch_for_silence(d);
}

/* While the driver was down nobody could be heard, so nobody is to blame for it. */
void gang_registry_recovered(struct gang_driver *d)
{
    for (uint32_t i = 0; i < d->limits.executors; i++)
        if (executors_of(d)[i].state == EXECUTOR_ALIVE)
            executors_of(d)[i].heard_at = d->now;
}

void gang_registry_check_silence(struct gang_driver *d, struct gang_effects *out)
{
    gang_ns next = GANG_NEVER, patience = d->config.heartbeat_timeout_ns;
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        const struct member_executor *e = &executors_of(d)[i];
        if (e->state != EXECUTOR_ALIVE)
            continue;
        gang_ns due = later(e->heard_at, patience);
        if (due <= d->now) {
            GANG_MARK(EXECUTOR_SILENT);
            gang_registry_lose(d, i, GANG_REASON_SILENT, out);
            continue;
        }
        if ((e->suspect & ~(unsigned)SUSPECT_CONDEMNED) != 0 && later(d->now, d->config.heartbeat_ns) < due)
            due = later(d->now, d->config.heartbeat_ns);
        next = due < next ? due : next;
    }
    if (next != GANG_NEVER)
        arm(d, heartbeat_timer(d), next);
}
