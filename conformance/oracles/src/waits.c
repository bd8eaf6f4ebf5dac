/*
 * waits.c -- STV: who waits while those who came after are served: gangs, and tasks that go one by one.
 *
 * This room is for: how often a stage that waits is overtaken (STV-1), and how long it is passed over (STV-2).
 * It may include:   plan, trace/ and conf/ headers.
 * Never here:       what a scheduler has promised. A bound is the scenario's (limits { overtaken = ..., wait = ... }); without
 *                   one nothing here is judged, for any order is somebody's policy, and any wait that ends is a wait.
 *
 * A gang waits until it goes, as a whole. A stage that is no gang waits while a task of it has no slot, and is served with each of
 * its tasks that goes: what is bounded is how long, and how many slots, others come between one and the next.
 *
 * A stage *has room* if what it needs fits beside what those have, or are promised, who stand before it: of a higher priority, or of
 * the same and submitted earlier; and beside what it has itself. A gang needs all its tasks at once; of what it had of its last
 * attempt it has what still runs. Another stage needs a slot for one task more, or for as many as go together while it has none.
 * What is free counts as room, and so does what those have who came after it, for they need not have it. So whoever is delayed by
 * nothing but a large gang before it that runs has no room; a backfill that ends in time delays nobody who has room; and a reservation
 * that is kept for it is room. What a gang holds that was not told to go is used by nobody, just as what is left free for it: that
 * is room, and how long is too long is what the scenario's bound says.
 *
 * It is overtaken with each slot that somebody who came after it is given, where it could use it, while it has room. Of a stage that is
 * no gang the slot itself must be room: what its next task could not have had, it has not lost.
 * A gang that is planned as a whole does not wait any more.
 *
 * A stage whose tasks would rather be on certain executors may wait for them (B-50). Until that patience is over, which begins anew
 * with each task that goes, it is overtaken on those alone, and what it waits longer than that is what the bound is for. What is on
 * a machine that nobody reaches is room to nobody.
 */
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>

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

/* As far as its driver knows it has no slot, and needs one. While nobody has told the driver that its process is gone it has one, and
 * until that machine is written off. */
static bool needs_slot(const struct conf_judge *j, const struct conf_rank *k)
{
    const struct conf_booking *b = conf_booking_of(j, k);
    bool asks = (k->bits & (RANK_RESERVED | RANK_VOUCHED | RANK_GO_SENT)) == RANK_RESERVED; /* `downs` is not of this one yet */
    if (k->bits & (RANK_ACCEPTED | RANK_FREE_OK))
        return false;
    if (asks)
        return conf_written_off(&conf_executors(j)[b->executor]);
    if (k->bits & (RANK_RESERVED | RANK_GO_SENT))
        return conf_is_lost_with(&conf_executors(j)[b->executor], b);
    if (k->bits & RANK_RUNNING)
        return conf_written_off(&conf_executors(j)[k->run_executor]);
    return (k->bits & RANK_STARTED) == 0 || (k->bits & RANK_FREE_BAD) ||
           conf_is_lost_with(&conf_executors(j)[k->run_executor], b);
}

/* Slots that a stage lacks at once before anything more of it can go; 0: none. */
static uint32_t tasks_lacking(const struct conf_judge *j, const struct conf_stage *s)
{
    uint32_t lacking = 0, over = 0;
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        lacking += needs_slot(j, k);
        over += (k->bits & (RANK_ACCEPTED | RANK_FREE_OK)) != 0;
    }
    if (lacking + over < s->tasks || over >= s->least) /* some of it are there, or as many as need be were */
        return lacking > 0;
    return lacking < s->least - over ? lacking : s->least - over;
}

/* A job comes in as a whole: before anything of it has gone, nothing goes while a gang of it is larger than what is there (B-11). */
static bool is_too_large(const struct conf_judge *j, const struct conf_job *job)
{
    bool begun = false, fits = true;
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        const struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, job) + i];
        begun |= s->attempts > 0;
        fits &= !s->is_barrier || conf_slots_there(j, s) >= s->least;
    }
    return !begun && !fits;
}

static uint32_t slots_lacking(const struct conf_judge *j, const struct conf_stage *s)
{
    const struct conf_job *job = &conf_jobs(j)[s->job];
    bool planned = s->is_barrier && (s->queues >> QUEUE_LAUNCH & 1) && s->planned >= s->least;
    if (planned || (job->bits & JOB_CANCELLED) || job->refused_as != 0)
        return 0;
    if (s->is_barrier)
        return s->least;
    return is_too_large(j, job) ? 0 : tasks_lacking(j, s);
}

void conf_slot_is_free(struct conf_judge *j) { j->room_due = 1; }

/* ---- room */
/* Held, and not told to go. */
static bool is_only_held(const struct conf_judge *j, const struct conf_stage *s)
{
    return s->is_barrier && conf_says_launch(j) && (s->acts & STAGE_TOLD) == 0;
}

/* What one has, or is promised, on an executor. A GPU that is shared is nobody's room. */
static void add_others(const struct conf_judge *j, const struct conf_stage *s, uint32_t rank)
{
    const struct conf_rank *k = conf_rank_of(j, s, rank);
    bool runs = (k->bits & RANK_RUNNING) != 0, is_promised = (k->bits & (RANK_RESERVED | RANK_GO_SENT)) != 0;
    if (!runs && (!is_promised || is_only_held(j, s)))
        return;
    struct conf_others *others = &conf_others(j)[runs ? k->run_executor : conf_booking_of(j, k)->executor];
    others->cores += s->cores;
    others->memory_mib += s->memory_mib;
    if (runs && s->gpu_first != CONF_NONE)
        others->gpus |= conf_gpus(j)[s->gpu_first + rank];
    else if (s->gpu_first != CONF_NONE) /* which of them is not in these books */
        others->gpus_promised += (s->gpu_milli + 999) / 1000;
}

static void add_stage(const struct conf_judge *j, const struct conf_stage *s)
{
    if (s->running + s->older + s->held == 0 && s->plan_end == 0 && s->is_barrier)
        return; /* it has nothing yet */
    for (uint32_t rank = 0; rank < s->tasks; rank++)
        add_others(j, s, rank);
}

/* Of a gang itself what still runs counts, and what is reserved for it does not. */
static void add_own(const struct conf_judge *j, const struct conf_stage *s)
{
    if (!s->is_barrier) {
        add_stage(j, s);
        return;
    }
    for (uint32_t rank = 0; s->running + s->older > 0 && rank < s->tasks; rank++)
        if (conf_rank_of(j, s, rank)->bits & RANK_RUNNING)
            add_others(j, s, rank);
}

static uint32_t less(uint32_t all, uint64_t used) { return used < all ? all - (uint32_t)used : 0; }

static bool is_usable(const struct conf_judge *j, const struct conf_executor *e)
{
    return e->up && e->joined && !e->draining && !conf_is_excluded(j, e) && e->ways_cut == 0 && e->stands_ns < j->now_ns;
}

/* The others' sums are forgotten with it. */
static uint64_t slots_on(const struct conf_judge *j, const struct conf_stage *s, uint32_t executor)
{
    const struct conf_executor *e = &conf_executors(j)[executor];
    struct conf_others *others = &conf_others(j)[executor];
    uint64_t slots = 0, gpus = conf_gpus_of(j, e)->there & ~(j->has_fractions ? conf_gpus_of(j, e)->used : others->gpus);
    if (is_usable(j, e))
        slots = conf_fit(s, less(e->cores, (uint64_t)others->cores + e->cores_taken), less(e->memory_mib, others->memory_mib),
                         less((uint32_t)__builtin_popcountll(gpus), others->gpus_promised));
    *others = (struct conf_others){0};
    return slots;
}

/* ---- wishes of single tasks */
/* An executor's rack comes after it, and anything after that (B-51): two patiences, and they begin when there is room elsewhere. */
static int64_t patience_ns(const struct conf_judge *j, const struct conf_stage *s)
{
    bool has_wishes = !s->is_barrier && j->plan->stages[s->number].prefers != 0;
    return has_wishes ? 2 * j->plan->setting[PLAN_SET_LOCALITY_WAIT] : 0;
}

static bool is_choosy(const struct conf_judge *j, const struct conf_stage *s)
{
    int64_t patient_ns = patience_ns(j, s);
    return patient_ns > 0 && conf_wait_of(j, s)->room_ns <= patient_ns;
}

/* Who is not there is wished for in vain. */
static bool is_wished_for(const struct conf_judge *j, const struct conf_stage *s, uint32_t executor)
{
    const int64_t *wishes = &j->plan->values[j->plan->stages[s->number].prefers - 1];
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        bool is_none = wishes[rank] < 0 || !conf_executors(j)[wishes[rank]].joined;
        if ((is_none || wishes[rank] == executor) && needs_slot(j, conf_rank_of(j, s, rank)))
            return true;
    }
    return false;
}

enum { ANYWHERE = CONF_NONE };
/* Slots beside those that others have: on one executor, or anywhere. */
static uint64_t slots_beside(const struct conf_judge *j, const struct conf_stage *s, uint32_t executor)
{
    bool chooses = executor != ANYWHERE && is_choosy(j, s);
    uint64_t slots = 0;
    for (uint32_t i = 0; i < j->executor_count; i++) {
        uint64_t there = slots_on(j, s, i);
        if (executor == ANYWHERE || (executor == i && (!chooses || is_wished_for(j, s, i))))
            slots += there;
    }
    return slots;
}

static bool has_room(const struct conf_judge *j, const struct conf_stage *s, uint32_t executor)
{
    uint32_t lacking = slots_lacking(j, s);
    if (lacking == 0)
        return false;
    for (uint32_t i = j->open_first; i != CONF_NONE; i = conf_jobs(j)[i].next)
        for (uint32_t n = 0; !is_after(j, i, s->job) && n < conf_stage_count(j, &conf_jobs(j)[i]); n++) {
            const struct conf_stage *other = &conf_stages(j)[conf_first_stage(j, &conf_jobs(j)[i]) + n];
            if (other != s)
                add_stage(j, other);
        }
    add_own(j, s);
    return slots_beside(j, s, lacking == 1 && !s->is_barrier ? executor : ANYWHERE) >= lacking;
}

/* ---- bounds */
/* "its 4 tasks"; "1 more of its tasks". */
enum { NEED_BYTES = 48 };
static const char *need_of(const struct conf_judge *j, const struct conf_stage *s, char out[static NEED_BYTES])
{
    snprintf(out, NEED_BYTES, s->is_barrier ? "its %u tasks" : "%u more of its tasks", slots_lacking(j, s));
    return out;
}

static void look_at_passed(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                           const struct conf_stage *waits)
{
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    uint32_t bound = (uint32_t)j->plan->setting[PLAN_SET_OVERTAKEN];
    char label[CONF_LABEL_BYTES], other[CONF_LABEL_BYTES], need[NEED_BYTES];
    struct conf_wait *wait = conf_wait_of(j, waits);
    uint32_t gpus = (uint32_t)__builtin_popcountll(conf_gpus_of(j, e)->there), before = wait->overtaken;
    if (!is_after(j, s->job, waits->job) || before > bound || conf_fit(waits, e->cores, e->memory_mib, gpus) == 0 ||
        !has_room(j, waits, r->executor))
        return;
    wait->overtaken += (uint32_t)r->a;
    if (wait->overtaken > bound)
        conf_fail(j, RULE_STV_1, r,
                  "%s gets %u slots, and with them %u have gone to those who came after %s, which waits and "
                  "would have had room for %s; the limit is %u",
                  conf_stage_label(j, s, label), (uint32_t)r->a, wait->overtaken,
                  conf_stage_label(j, waits, other), need_of(j, waits, need), bound);
}

static const enum conf_queue those_who_wait[] = {QUEUE_WAIT, QUEUE_TASKS};

void conf_check_passed(struct conf_judge *j, const struct trace_record *r,
                       const struct conf_stage *s)
{
    for (unsigned q = 0; j->plan->setting[PLAN_SET_OVERTAKEN] > 0 && q < 2; q++)
        for (uint32_t i = j->queue_first[those_who_wait[q]]; i != CONF_NONE;
             i = conf_stages(j)[i].turn[those_who_wait[q]].next)
            look_at_passed(j, r, s, &conf_stages(j)[i]);
}

static void look_at_wait(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                         int64_t passed_ns)
{
    int64_t bound_ns = j->plan->setting[PLAN_SET_WAIT] + patience_ns(j, s);
    char label[CONF_LABEL_BYTES], need[NEED_BYTES], bound[32], room[32];
    struct conf_wait *wait = conf_wait_of(j, s);
    bool was_over = wait->room_ns > bound_ns;
    if (j->room_due)
        wait->has_room = has_room(j, s, ANYWHERE);
    if (!wait->has_room)
        return;
    wait->room_ns += passed_ns;
    if (was_over || wait->room_ns <= bound_ns || j->plan->setting[PLAN_SET_WAIT] == 0)
        return;
    plan_format_duration(wait->room_ns, room);
    plan_format_duration(bound_ns, bound);
    conf_fail(j, RULE_STV_2, r, "%s waits, and for %s in all %s have had room, but for those who came after it; the limit is %s%s",
              conf_stage_label(j, s, label), room, need_of(j, s, need), bound,
              patience_ns(j, s) > 0 ? ", with what it waits for the executors it prefers" : "");
}

#define K(name) TRACE_BIT(TRACE_##name)
static const uint64_t changes = K(SUBMIT) | K(CANCEL) | K(UP) | K(DOWN) | K(START) | K(EXIT) | K(FAULT) | K(HEAL) |
                                K(REFUSE) | K(PLAN) | K(FENCE) | K(STAGE_DONE) | K(JOB_DONE) | K(JOIN) | K(LOST) |
                                K(RESERVE) | K(UNRESERVE) | K(RESERVE_NACK) | K(FREE) | K(EXCLUDE) | K(DRIVER_UP) |
                                K(LAUNCH) | K(GO) | K(UNREGISTER) | K(CONNECT) | K(DISCONNECT);

/* What is the case when time goes on was the case since it last did. */
void conf_look_at_waits(struct conf_judge *j, const struct trace_record *r, int64_t from_ns)
{
    bool counts = j->now_ns > from_ns && !j->driver_down;
    for (unsigned q = 0; counts && q < 2; q++)
        for (uint32_t i = j->queue_first[those_who_wait[q]]; i != CONF_NONE;
             i = conf_stages(j)[i].turn[those_who_wait[q]].next)
            look_at_wait(j, r, &conf_stages(j)[i], j->now_ns - from_ns);
    if (counts)
        j->room_due = 0;
    j->room_due |= (changes >> r->kind & 1) != 0;
}
