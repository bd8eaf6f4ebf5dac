/*
 * waits.c -- STV: gangs that wait while those who came after them are served.
 *
 * This room is for: how often a waiting gang is overtaken (STV-1), and how long it is passed over (STV-2).
 * It may include:   plan, trace/ and conf/ headers.
 * Never here:       what a scheduler has promised. A bound is the scenario's (limits { overtaken = ..., wait = ... }); without
 *                   one nothing here is judged, for any order is somebody's policy, and any wait that ends is a wait.
 *
 * A gang *has room* if all its tasks fit beside what those have, or are promised, who stand before it: of a higher priority, or of
 * the same and submitted earlier; and beside what still runs of its own last attempt. What is free counts as room, and so does what
 * those have who came after it, for they need not have it. So whoever is delayed by nothing but a large gang before it has no room;
 * a backfill that ends in time delays nobody who has room; and a reservation that is kept for it is room.
 *
 * It is overtaken with each slot that somebody who came after it is given, where it could use it, while it has room.
 * A gang that is planned as a whole does not wait any more.
 */
#include "judge.h"

#include <inttypes.h>

bool conf_has_bounds(const struct plan *plan)
{
    return plan->setting[PLAN_SET_OVERTAKEN] > 0 || plan->setting[PLAN_SET_WAIT] > 0;
}

void conf_end_wait(struct conf_judge *j, const struct conf_stage *s)
{
    if (j->bounds)
        *conf_wait_of(j, s) = (struct conf_wait){0};
}

/* ---- order */
static bool is_after(const struct conf_judge *j, uint32_t job, uint32_t other)
{
    int32_t its = j->plan->jobs[job].priority, others = j->plan->jobs[other].priority;
    return job != other && (its < others || (its == others && conf_jobs(j)[job].order >
                                                                  conf_jobs(j)[other].order));
}

static bool is_waiting(const struct conf_judge *j, const struct conf_stage *s)
{
    const struct conf_job *job = &conf_jobs(j)[s->job];
    bool planned = (s->queues >> QUEUE_LAUNCH & 1) && s->planned >= s->least;
    return !planned && !(job->bits & JOB_CANCELLED) && job->refused_as == 0;
}

/* ---- room */
/* What one has, or is promised, on an executor. A GPU that is shared is nobody's room. */
static void add_others(const struct conf_judge *j, const struct conf_stage *s, uint32_t rank)
{
    const struct conf_rank *k = conf_rank_of(j, s, rank);
    bool runs = (k->bits & RANK_RUNNING) != 0;
    if (!runs && (k->bits & RANK_RESERVED) == 0)
        return;
    struct conf_others *others = &conf_others(j)[runs ? k->run_executor : conf_booking_of(j, k)->executor];
    others->cores += s->cores;
    others->memory_mib += s->memory_mib;
    if (runs && s->gpu_first != CONF_NONE)
        others->gpus |= conf_gpus(j)[s->gpu_first + rank];
}

static void add_stage(const struct conf_judge *j, const struct conf_stage *s)
{
    if (s->running + s->older + s->held == 0 && s->plan_end == 0 && s->is_barrier)
        return; /* it has nothing yet */
    for (uint32_t rank = 0; rank < s->tasks; rank++)
        add_others(j, s, rank);
}

/* Of the gang itself what still runs counts, and what is reserved for it does not. */
static void add_own(const struct conf_judge *j, const struct conf_stage *s)
{
    for (uint32_t rank = 0; s->running + s->older > 0 && rank < s->tasks; rank++)
        if (conf_rank_of(j, s, rank)->bits & RANK_RUNNING)
            add_others(j, s, rank);
}

static uint32_t less(uint32_t all, uint64_t used) { return used < all ? all - (uint32_t)used : 0; }

static uint64_t slots_beside(const struct conf_judge *j, const struct conf_stage *s)
{
    uint64_t slots = 0;
    for (uint32_t i = 0; i < j->executor_count; i++) {
        const struct conf_executor *e = &conf_executors(j)[i];
        struct conf_others *others = &conf_others(j)[i];
        uint64_t gpus = conf_gpus_of(j, e)->there & ~(j->has_fractions ? conf_gpus_of(j, e)->used : others->gpus);
        if (e->up && e->joined && !e->draining && !conf_is_excluded(j, e))
            slots += conf_fit(s, less(e->cores, (uint64_t)others->cores + e->cores_taken),
                              less(e->memory_mib, others->memory_mib),
                              (uint32_t)__builtin_popcountll(gpus));
        *others = (struct conf_others){0};
    }
    return slots;
}

static bool has_room(const struct conf_judge *j, const struct conf_stage *s)
{
    if (!is_waiting(j, s))
        return false;
    for (uint32_t i = j->open_first; i != CONF_NONE; i = conf_jobs(j)[i].next)
        for (uint32_t n = 0; !is_after(j, i, s->job) && n < conf_stage_count(j, &conf_jobs(j)[i]); n++) {
            const struct conf_stage *other = &conf_stages(j)[conf_first_stage(j, &conf_jobs(j)[i]) + n];
            if (other != s)
                add_stage(j, other);
        }
    add_own(j, s);
    return slots_beside(j, s) >= s->least;
}

/* ---- bounds */
void conf_check_passed(struct conf_judge *j, const struct trace_record *r,
                       const struct conf_stage *s)
{
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    uint32_t bound = (uint32_t)j->plan->setting[PLAN_SET_OVERTAKEN];
    char label[CONF_LABEL_BYTES], other[CONF_LABEL_BYTES];
    for (uint32_t i = j->queue_first[QUEUE_WAIT]; bound > 0 && i != CONF_NONE;
         i = conf_stages(j)[i].turn[QUEUE_WAIT].next) {
        const struct conf_stage *waits = &conf_stages(j)[i];
        struct conf_wait *wait = conf_wait_of(j, waits);
        uint32_t gpus = (uint32_t)__builtin_popcountll(conf_gpus_of(j, e)->there), before = wait->overtaken;
        if (!is_after(j, s->job, waits->job) || before > bound ||
            conf_fit(waits, e->cores, e->memory_mib, gpus) == 0 || !has_room(j, waits))
            continue;
        wait->overtaken += (uint32_t)r->a;
        if (wait->overtaken > bound)
            conf_fail(j, RULE_STV_1, r,
                      "%s gets %u slots, and with them %u have gone to those who came after %s, which waits and "
                      "would have had room for its %u tasks; the limit is %u",
                      conf_stage_label(j, s, label), (uint32_t)r->a, wait->overtaken,
                      conf_stage_label(j, waits, other), waits->least, bound);
    }
}

static void look_at_wait(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                         int64_t passed_ns)
{
    int64_t bound_ns = j->plan->setting[PLAN_SET_WAIT];
    char label[CONF_LABEL_BYTES], bound[32], room[32];
    struct conf_wait *wait = conf_wait_of(j, s);
    bool was_over = wait->room_ns > bound_ns;
    if (j->room_due)
        wait->has_room = has_room(j, s);
    if (!wait->has_room)
        return;
    wait->room_ns += passed_ns;
    if (was_over || wait->room_ns <= bound_ns)
        return;
    plan_format_duration(wait->room_ns, room);
    plan_format_duration(bound_ns, bound);
    conf_fail(j, RULE_STV_2, r,
              "%s waits, and for %s in all its %u tasks have had room, but for those who came after it; the limit "
              "is %s",
              conf_stage_label(j, s, label), room, s->least, bound);
}

#define K(name) TRACE_BIT(TRACE_##name)
static const uint64_t changes = K(SUBMIT) | K(CANCEL) | K(UP) | K(DOWN) | K(START) | K(EXIT) | K(FAULT) | K(HEAL) |
                                K(REFUSE) | K(PLAN) | K(FENCE) | K(STAGE_DONE) | K(JOB_DONE) | K(JOIN) | K(LOST) |
                                K(RESERVE) | K(UNRESERVE) | K(RESERVE_NACK) | K(FREE) | K(EXCLUDE) | K(DRIVER_UP);

/* What is the case when time goes on was the case since it last did. */
void conf_look_at_waits(struct conf_judge *j, const struct trace_record *r, int64_t from_ns)
{
    bool counts = j->now_ns > from_ns && j->plan->setting[PLAN_SET_WAIT] > 0 && !j->driver_down;
    for (uint32_t i = counts ? j->queue_first[QUEUE_WAIT] : CONF_NONE; i != CONF_NONE;
         i = conf_stages(j)[i].turn[QUEUE_WAIT].next)
        look_at_wait(j, r, &conf_stages(j)[i], j->now_ns - from_ns);
    if (counts)
        j->room_due = 0;
    j->room_due |= (changes >> r->kind & 1) != 0;
}
