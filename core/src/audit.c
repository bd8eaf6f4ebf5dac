/*
 * audit.c -- looking at the whole driver at once: is it consistent, and is it the same as another?
 *
 * This room is for: gang_driver_audit(), which walks everything and aborts at the first
 * contradiction, and gang_driver_fingerprint(), which is equal for two drivers that will behave the
 * same from here on.
 */
#include "driver_private.h"
#include "hash.h"

#include <assert.h>

/* ---- audit */
static void audit_executor(struct gang_driver *d, uint32_t i)
{
    const struct member_executor *e = &executors_of(d)[i];
    struct gang_room held = {0};
    uint16_t used[GANG_GPUS_MAX] = {0};
    uint32_t before = GANG_NONE;
    for (uint32_t g = e->groups; g != GANG_NONE; g = groups_of(d)[g].executor_next) {
        const struct group *group = &groups_of(d)[g];
        const struct gang_need *need = &profiles_of(d)[stage_at(d, group->stage)->profile].need;
        assert(group->state != GROUP_FREE);
        assert(group->executor == i);
        assert(group->executor_previous == before);
        assert(group->ended < group->count);
        assert(!group->unbooked || group->state == GROUP_RESERVED);
        if (group->unbooked) {
            before = g;
            continue;
        }
        held.cores += need->cores * (group->count - group->ended);
        held.memory_mib += need->memory_mib * (group->count - group->ended);
        before = g;
        if (gang_is_share(need)) {
            for (uint32_t a = 0; a < GANG_GPUS_MAX; a++)
                if (group->gpu_mask >> a & 1)
                    used[a] = (uint16_t)(used[a] + need->gpu_milli * (group->count - group->ended));
            assert(gang_bits_in(group->gpu_mask) == 1);
            continue;
        }
        assert((held.gpu_mask & group->gpu_mask) == 0);
        held.gpu_mask |= group->gpu_mask;
    }
    if (e->state != EXECUTOR_ALIVE) {
        assert(e->groups == GANG_NONE);
        return;
    }
    assert(e->free.cores + held.cores == e->total.cores + e->owed_cores);
    assert(e->free.memory_mib + held.memory_mib == e->total.memory_mib + e->owed_memory_mib);
    assert(e->owed_cores == 0 || e->free.cores == 0);
    assert(e->owed_memory_mib == 0 || e->free.memory_mib == 0);
    uint64_t in_part = 0;
    for (uint32_t a = 0; d->limits.gpu_shares && a < GANG_GPUS_MAX; a++) {
        assert(used[a] <= GANG_ADDRESS_MILLI);
        assert(used[a] == shares_of(d, i)[a]);
        in_part |= (uint64_t)(used[a] > 0) << a;
    }
    assert((in_part & (e->free.gpu_mask | held.gpu_mask)) == 0);
    assert((e->free.gpu_mask | ((held.gpu_mask | in_part) & e->total.gpu_mask)) == e->total.gpu_mask);
    assert((e->free.gpu_mask & held.gpu_mask) == 0);
}

static void audit_profile(const struct gang_driver *d, uint32_t p)
{
    const struct profile *row = &profiles_of(d)[p];
    uint64_t free = 0, total = 0, active = 0, counted = 0, granted = 0;
    if (row->users == 0)
        return;
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        const struct member_executor *e = &executors_of(d)[i];
        const struct vacancy now = vacancy_of(d, i);
        uint32_t fit = offered(e) ? gang_slots_fit(&now, &row->need) : 0;
        free += fit;
        total += is_offerable(e) ? gang_slots_of_empty(d, &e->total, &row->need) : 0;
        active += is_active(e) ? gang_slots_of_empty(d, &e->total, &row->need) : 0;
        if (standbys_of(d)[i].state != STANDBY_NOT)
            granted += gang_dynamic_counts(d, i, &row->need);
        if (offered(e) && (d->limiting_only || d->one_address))
            counted += gang_slots_counted(d, &e->total, &now, &row->need);
        assert((roomy(d, p)[i / 64] >> (i % 64) & 1) == (fit > 0));
    }
    assert(row->free == free);
    assert(row->total == total);
    assert(row->active == active);
    assert(row->granted == granted);
    assert(row->counted == counted);
}

/* What ended attempts left behind: none of it is the present attempt's. */
static void audit_left(struct gang_driver *d, const struct stage *stage)
{
    uint32_t groups = 0, before = GANG_NONE;
    for (uint32_t g = stage->left_first; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        const struct group *group = &groups_of(d)[g];
        assert(stage_at(d, group->stage) == stage);
        assert(group->left);
        assert(group->state == GROUP_GONE);
        assert(group->stage_previous == before);
        groups++;
        before = g;
    }
    assert(before == stage->left_last);
    assert(groups == stage->left_groups);
}

/* What counts as done: as many as are counted; and an output lies on a process that is there. */
static void audit_outputs(struct gang_driver *d, const struct stage *stage)
{
    const struct job *job = job_of(d, stage);
    uint32_t done = 0, copies = 0;
    for (uint32_t r = 0; r < stage->tasks; r++) {
        const struct rank *rank = rank_at(d, stage, r);
        uint32_t lies = gang_copy_lies(stage, rank);
        copies += lies != GANG_NONE;
        assert(lies == GANG_NONE || rank->state != RANK_DONE);
        assert(lies == GANG_NONE || !stage->is_shuffled || job->state != JOB_RUNNING ||
               executors_of(d)[lies].state == EXECUTOR_ALIVE);
        assert(lies == GANG_NONE || stage->nothing_on != lies + 1);
        if (rank->state != RANK_DONE)
            continue;
        done++;
        assert(stage->nothing_on != rank->group + 1);
        assert(!stage->is_shuffled || job->state != JOB_RUNNING ||
               executors_of(d)[rank->group].state == EXECUTOR_ALIVE);
    }
    assert(stage->state != STAGE_RUNNING || done == stage->exited + stage->kept);
    assert(!(job->made >> stage->index & 1) || done == stage->tasks);
    assert(copies == stage->copies);
    assert(copies == 0 || stage->kind == GANG_STAGE_BARRIER);
    assert(copies == 0 || stage->state == STAGE_RUNNING || job->state != JOB_RUNNING);
}

static void audit_stage(struct gang_driver *d, uint32_t s)
{
    const struct stage *stage = stage_at(d, s);
    uint32_t groups = 0, ranks = 0, arrived = 0, idle = 0, before = GANG_NONE;
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next) {
        const struct group *group = &groups_of(d)[g];
        assert(group->stage == s);
        assert(!group->left);
        assert(group->stage_previous == before);
        assert(stage->kind == GANG_STAGE_MAPREDUCE || group->attempt == stage->attempt);
        groups++;
        ranks += group->count - group->ended;
        before = g;
    }
    assert(before == stage->last_group);
    assert(groups == stage->open_groups);
    audit_left(d, stage);
    audit_outputs(d, stage);
    bool barrier = stage->kind == GANG_STAGE_BARRIER;
    for (uint32_t r = 0; r < stage->tasks; r++) {
        const struct rank *rank = rank_at(d, stage, r);
        assert(rank->state <= RANK_EVICTED);
        arrived += barrier && rank->arrived == stage->epoch + 1;
        if (stage->state != STAGE_RUNNING || barrier || rank->state != RANK_IDLE)
            continue;
        assert(r >= stage->pending_low);
        idle++;
    }
    assert(stage->state != STAGE_RUNNING || barrier || stage->pending == idle);
    if (stage->state == STAGE_RUNNING && barrier) {
        assert(stage->arrived == arrived + stage->twice || stage->round_failed != GANG_REASON_OK);
        assert(stage->arrived < gang_sync_size(stage));
        assert(gang_is_hosted(d) || ranks ==
               stage->tasks - stage->exited -
                   stage->kept); /* all or nothing: every other member is held */
    }
    assert(!stage->queued || stage->state == STAGE_QUEUED || gang_is_hosted(d) || (!barrier && stage->pending > 0));
    assert(stage->state != STAGE_QUEUED || stage->queued);
    bool wishes = d->limits.prefers > 0 && timers_of(d).place[locality_timer(d, s)] != GANG_NONE;
    assert(!wishes || (stage->queued && stage->wishes > 0));
    bool armed = timers_of(d).place[phase_timer(s)] != GANG_NONE;
    assert(armed == (stage->phase_timer != GANG_TIMER_NONE)); /* no timer outlives what armed it */
}

/* Of the timers that rounds left behind, the first is armed. */
static void audit_round_timers(struct gang_driver *d, uint32_t s)
{
    const struct stage *stage = stage_at(d, s);
    const struct round_timer *left = round_timers_of(d, s);
    assert(stage->timers_left <= d->limits.round_timers);
    for (uint32_t i = 1; i < stage->timers_left; i++)
        assert(left[i - 1].at <= left[i].at);
    if (stage->timers_left == 0)
        return;
    assert(stage->state == STAGE_RUNNING);
    assert(stage->phase_timer == (left[0].rank == GANG_NONE ? GANG_TIMER_SYNC : GANG_TIMER_CALL));
    assert(timers_of(d).at[phase_timer(s)] == left[0].at);
}

static void audit_queue(struct gang_driver *d)
{
    uint32_t before = GANG_NONE;
    for (uint32_t s = d->queue_first; s != GANG_NONE; s = stage_at(d, s)->queue_next) {
        assert(stage_at(d, s)->queued);
        assert(stage_at(d, s)->queue_previous == before);
        before = s;
    }
    assert(before == d->queue_last);
}

static void audit_timers(const struct gang_driver *d)
{
    struct gang_timer_arrays a = timers_of(d);
    for (uint32_t i = 0; i < d->timers.count; i++) {
        assert(a.place[a.heap[i]] == i);
        assert(i == 0 || a.at[a.heap[(i - 1) / 2]] <= a.at[a.heap[i]]);
    }
}

/* Nobody is here and away; who has nothing to do will be looked at. */
static void audit_standbys(const struct gang_driver *d)
{
    uint32_t away = 0, asked = 0;
    bool idle = false;
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        const struct member_executor *e = &executors_of(d)[i];
        uint8_t state = standbys_of(d)[i].state;
        away += state == STANDBY_AWAY;
        asked += state == STANDBY_ASKED;
        assert(state == STANDBY_NOT || e->state == EXECUTOR_GONE);
        idle |= e->state == EXECUTOR_ALIVE && e->groups == GANG_NONE && !e->leaving;
    }
    assert(away == d->standbys);
    assert(asked == d->expected);
    assert((asked > 0) == (timers_of(d).place[grant_timer(d)] != GANG_NONE));
    assert(!idle || !d->config.dynamic || timers_of(d).place[idle_timer(d)] != GANG_NONE);
}

static uint32_t outputs_of(struct gang_driver *d, const struct job *job)
{
    uint32_t outputs = 0;
    for (uint32_t i = 0; i < job->stage_count; i++) {
        const struct stage *stage = stage_at(d, job->first_stage + i);
        outputs += stage->is_shuffled ? stage->tasks : 0;
    }
    return outputs;
}

void gang_driver_audit(const struct gang_driver *driver)
{
    struct gang_driver *d = (struct gang_driver *)(uintptr_t)driver; /* walked, not changed */
    uint32_t alive = 0, jobs = 0, wishes = 0, outputs = 0;
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        audit_executor(d, i);
        alive += executors_of(d)[i].state == EXECUTOR_ALIVE;
    }
    assert(alive == d->executors_alive);
    audit_standbys(d);
    gang_ranks_audit(d);
    for (uint32_t p = 0; p < d->profiles_top; p++)
        audit_profile(d, p);
    for (uint32_t j = 0; j < d->limits.jobs; j++) {
        const struct job *job = &jobs_of(d)[j];
        if (job->state == JOB_FREE)
            continue;
        jobs += job->state != JOB_OVER;
        outputs += outputs_of(d, job);
        assert(job->state == JOB_OVER || gang_jobs_find(d, job->id) == j);
        for (uint32_t i = 0; i < job->stage_count; i++) {
            audit_stage(d, job->first_stage + i);
            wishes += stage_at(d, job->first_stage + i)->wishes;
            audit_round_timers(d, job->first_stage + i);
        }
    }
    assert(jobs == d->jobs_alive);
    assert(wishes == d->wishes);
    assert(outputs == d->outputs_alive);
    audit_queue(d);
    audit_timers(d);
}

/* ---- fingerprint */
/* Before its first event a driver knows no time, and its own is the least there is: no signed number has the difference. */
static uint64_t hash_time(const struct gang_driver *d, uint64_t h, gang_ns at)
{
    return gang_hash(h, at == GANG_NEVER ? UINT64_MAX : (uint64_t)at - (uint64_t)d->now);
}

static uint64_t hash_timer(const struct gang_driver *d, uint64_t h, uint32_t timer)
{
    struct gang_timer_arrays a = timers_of(d);
    return hash_time(d, h, a.place[timer] == GANG_NONE ? GANG_NEVER : a.at[timer]);
}

static uint64_t hash_group(struct gang_driver *d, uint64_t h, uint32_t g)
{
    const struct group *group = &groups_of(d)[g];
    h = gang_hash(h, (uint64_t)g << 32 | group->executor);
    h = gang_hash(h, (uint64_t)group->rank << 32 | group->count);
    h = gang_hash(h, (uint64_t)group->ended << 32 | group->handle);
    h = gang_hash(h, (uint64_t)group->attempt << 8 | group->state);
    h = gang_hash(h, group->gpu_mask);
    if (gang_is_hosted(d))
        h = gang_hash(h, (uint64_t)group->unbooked << 8 | group->hold);
    return group->state == GROUP_RESERVED ? hash_time(d, h, group->planned_at) : h;
}

static uint64_t hash_stage(struct gang_driver *d, uint64_t h, uint32_t s)
{
    const struct stage *stage = stage_at(d, s);
    h = gang_hash(h, (uint64_t)stage->state << 32 | stage->attempt);
    h = gang_hash(h, (uint64_t)stage->attempts_made << 32 | stage->checkpoint);
    h = gang_hash(h, (uint64_t)stage->failures << 32 | stage->losses);
    h = gang_hash(h, (uint64_t)stage->admission_failures << 32 | stage->pending);
    h = gang_hash(h, (uint64_t)stage->wait_reason << 8 | stage->phase_timer);
    h = gang_hash(h, (uint64_t)stage->kept << 32 | stage->queued_ranks);
    h = gang_hash(h, (uint64_t)stage->restarts_owed << 8 | stage->failed_fetch);
    if (d->config.attempts_all_max > 0)
        h = gang_hash(h, stage->attempts_used);
    if (gang_is_hosted(d))
        h = gang_hash(h, (uint64_t)(stage->most - stage->tasks) << 32 | stage->together << 1 | stage->holds);
    h = hash_timer(d, h, phase_timer(s));
    h = hash_timer(d, h, launch_timer(s));
    if (stage->wishes > 0)
        h = hash_timer(d, gang_hash(h, (uint64_t)stage->passed_over << 32 | stage->locality),
                       locality_timer(d, s));
    for (uint32_t g = stage->left_first; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        h = hash_group(d, h, g);
    for (uint32_t r = 0; (stage->is_shuffled || stage->kept > 0) && r < stage->tasks; r++) {
        const struct rank *rank = rank_at(d, stage, r);
        h = gang_hash(h, (uint64_t)rank->state << 32 |
                             (rank->state == RANK_DONE ? rank->group : GANG_NONE));
        h = gang_hash(h, rank->attempt);
    }
    if (stage->state < STAGE_LAUNCHING || stage->state > STAGE_DRAINING)
        return h;
    h = gang_hash(h, (uint64_t)stage->epoch << 32 | stage->arrived);
    h = gang_hash(h, (uint64_t)stage->exited << 32 | stage->round_failed);
    h = gang_hash(h, stage->arrived > 0 ? stage->round_digest + stage->round_op : 0);
    h = gang_hash(h, stage->round_bytes);
    h = gang_hash(h, stage->size);
    for (uint32_t r = 0; d->counts_requests && r < stage->tasks; r++)
        h = gang_hash(gang_hash(h, gathered_of(d, stage)[r].part), gathered_of(d, stage)[r].bytes);
    h = gang_hash(h, (uint64_t)stage->twice << 16 | stage->round_ops);
    if (stage->phase_timer == GANG_TIMER_CALL)
        h = gang_hash(h, stage->limit_rank);
    for (uint32_t i = 0; i < stage->timers_left; i++)
        h = hash_time(d, gang_hash(h, round_timers_of(d, s)[i].rank), round_timers_of(d, s)[i].at);
    for (uint32_t g = stage->groups; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        h = hash_group(d, h, g);
    for (uint32_t r = 0; r < stage->tasks; r++) {
        const struct rank *rank = rank_at(d, stage, r);
        h = gang_hash(h, (uint64_t)rank->state << 48 | (uint64_t)rank->failures << 40 |
                             (uint64_t)rank->attempt << 8 | (rank->arrived == stage->epoch + 1));
        h = gang_hash(h, rank->checkpoint);
    }
    return h;
}

uint64_t gang_driver_fingerprint(const struct gang_driver *driver)
{
    struct gang_driver *d = (struct gang_driver *)(uintptr_t)driver; /* walked, not changed */
    uint64_t h = gang_hash(0, d->jobs_alive);
    for (uint32_t i = 0; i < d->limits.executors; i++) {
        const struct member_executor *e = &executors_of(d)[i];
        if (e->state == EXECUTOR_ABSENT)
            continue;
        h = gang_hash(h, (uint64_t)i << 32 | e->incarnation);
        h = gang_hash(h, (uint64_t)e->suspect << 8 | e->state);
        h = gang_hash(h, (uint64_t)e->leaving << 16 | (uint64_t)e->excluded << 8 | e->draining);
        h = gang_hash(h, e->failures);
        h = e->excluded ? hash_time(d, h, e->excluded_until) : h;
        if (e->state != EXECUTOR_ALIVE)
            continue;
        h = gang_hash(h, (uint64_t)e->free.cores << 32 | e->free.memory_mib);
        h = gang_hash(h, e->free.gpu_mask);
        h = gang_hash(h, (uint64_t)e->total.cores << 32 | e->total.memory_mib);
        h = gang_hash(h, e->total.gpu_mask);
        h = gang_hash(h, (uint64_t)e->owed_cores << 32 | e->owed_memory_mib);
        if (d->limits.prefers > 0)
            h = gang_hash(h, e->rack);
        for (uint32_t a = 0; d->limits.gpu_shares && a < GANG_GPUS_MAX; a++)
            if (shares_of(d, i)[a] > 0)
                h = gang_hash(h, (uint64_t)a << 32 | shares_of(d, i)[a]);
        h = hash_time(d, h, e->heard_at);
    }
    for (uint32_t j = 0; j < d->limits.jobs; j++) {
        const struct job *job = &jobs_of(d)[j];
        if (job->state == JOB_FREE)
            continue;
        h = gang_hash(h, (uint64_t)job->id << 32 | (uint32_t)job->priority);
        h = gang_hash(h, job->stages_done);
        h = gang_hash(h, job->made);
        h = gang_hash(h,
                      (uint64_t)job->admission_failures << 32 | job->end_reason << 8 | job->state);
        for (uint32_t i = 0; i < job->stage_count; i++)
            h = hash_stage(d, h, job->first_stage + i);
    }
    for (uint32_t s = d->queue_first; s != GANG_NONE; s = stage_at(d, s)->queue_next)
        h = gang_hash(h, s);
    for (uint32_t g = d->group_free; g != GANG_NONE; g = groups_of(d)[g].stage_next)
        h = gang_hash(h, g); /* what the next groups will be called */
    h = hash_timer(d, h, heartbeat_timer(d));
    h = hash_timer(d, h, exclusion_timer(d));
    for (uint32_t i = 0; d->config.dynamic && i < d->limits.executors; i++)
        h = hash_time(d, gang_hash(h, standbys_of(d)[i].state), standbys_of(d)[i].idle_at);
    h = hash_timer(d, h, idle_timer(d));
    h = hash_timer(d, h, grant_timer(d));
    if (gang_is_hosted(d))
        h = hash_timer(d, gang_hash(h, (uint64_t)d->woken << 8 | d->polls), wake_timer(d));
    h = gang_hash(h, d->orders);
    if (d->ticks) /* when the next second begins */
        h = gang_hash(h, (uint64_t)((d->now - d->began) % 1000000000));
    return hash_timer(d, h, round_timer(d));
}
