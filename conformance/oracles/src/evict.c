/*
 * evict.c -- EVA: who is ended for somebody else's sake; AON-8: stages so many of whose tasks go together.
 *
 * This room is for: evictions that leave a part of what only makes sense as a whole (EVA-1), that were for nobody (EVA-2),
 *                   or that two stages suffer in turn (EVA-3).
 * It may include:   trace/ and conf/ headers.
 * Never here:       a guess at whom an eviction is for. Who was given a slot that was given up is seen; and what nobody was
 *                   given, until its owner has it back, was given up for nothing.
 *
 * A scheduler may change its mind when it hears of something: a job comes, is cancelled or ends, a process has ended by itself, a
 * result is accepted, a machine comes, is lost, drains, or refuses. Then all marks are wiped, and nothing that was evicted before is
 * judged any more. Without such news it had all its reasons when it evicted, and has no other now. What happens to a machine, a link
 * or a task is no news before it is heard of; a checkpoint or an output, and that somebody it evicted is gone, are none at all.
 */
#include "judge.h"

static struct conf_stage *stage_at(const struct conf_judge *j, uint32_t stage)
{
    return &conf_stages(j)[stage];
}

/* As far as its driver knows, and it is to go on. Who was told to go on a machine that is lost since then is not. */
static bool is_there(const struct conf_judge *j, const struct conf_rank *k)
{
    const struct conf_booking *b = conf_booking_of(j, k);
    if (k->bits & RANK_EVICTED)
        return false;
    if (k->bits & RANK_GO_SENT)
        return !conf_is_lost_with(&conf_executors(j)[b->executor], b);
    return (k->bits & RANK_STARTED) && !(k->bits & (RANK_FREE_OK | RANK_FREE_BAD)) &&
           !conf_written_off(&conf_executors(j)[k->run_executor]);
}

/* ---- together */
void conf_check_together(struct conf_judge *j, const struct trace_record *r,
                         const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    uint32_t acked = 0, done = 0;
    if (s->is_barrier || s->least == 0 || s->running > 0 || !j->options.two_phase)
        return;
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if (is_there(j, k))
            return;
        acked += (k->bits & RANK_ACKED) != 0;
        done += (k->bits & RANK_FREE_OK) != 0;
    }
    if (acked + done < s->least)
        conf_fail(j, RULE_AON_8, r,
                  "rank %u of %s goes in attempt %u while none of it runs: %u slots are acknowledged and %u "
                  "tasks done, and %u go together",
                  r->rank, conf_stage_label(j, s, label), r->attempt, acked, done, s->least);
}

/* ---- who gave up what */
/* Where several have been evicted, nobody can say whose slot is got. */
static void vacate(struct conf_judge *j, const struct conf_stage *s, uint32_t executor)
{
    struct conf_executor *e = &conf_executors(j)[executor];
    if (e->vacated == 0 && e->victim != CONF_NONE)
        e->victim = s->number + 1;
    if (e->victim == s->number + 1)
        e->vacated++;
    else
        e->victim = CONF_NONE;
    j->marks = 1;
}

void conf_on_evicted_gang(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    s->evicted |= STAGE_ENDED;
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        struct conf_rank *k = conf_rank_of(j, s, rank);
        bool waits = (k->bits & RANK_GO_SENT) && conf_booking_of(j, k)->launch == r->attempt;
        bool runs = (k->bits & RANK_RUNNING) && k->run == r->attempt;
        if (!waits && !runs)
            continue;
        k->bits |= RANK_EVICTED;
        vacate(j, s, waits ? conf_booking_of(j, k)->executor : k->run_executor);
    }
}

void conf_on_evicted_tasks(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (s->is_barrier && r->attempt >= s->fence_end)
        conf_fail(j, RULE_EVA_1, r, "%u ranks of %s are evicted from rank %u on, and attempt %u is not fenced",
                  (uint32_t)r->a, conf_stage_label(j, s, label), r->rank, r->attempt);
    if (s->is_barrier)
        return; /* its fence has said it */
    j->pending += (s->evicted & STAGE_PENDING) == 0;
    s->evicted |= STAGE_PENDING;
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        bool waits = (k->bits & RANK_GO_SENT) && conf_booking_of(j, k)->launch == r->attempt;
        bool runs = (k->bits & RANK_RUNNING) && k->run == r->attempt;
        if (!waits && !runs)
            continue; /* it has ended, and the driver has not heard of it */
        k->bits |= RANK_EVICTED;
        vacate(j, s, r->executor);
    }
}

/* Judges what was evicted of it in one step. */
static void look_at_one(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    uint32_t there = 0, done = 0;
    s->evicted &= (uint8_t)~(uint32_t)STAGE_PENDING;
    for (uint32_t rank = 0; s->least > 0 && rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        there += is_there(j, k);
        done += (k->bits & RANK_EXIT_OK) != 0;
    }
    s->evicted |= s->least > 0 && there == 0 ? STAGE_ENDED : STAGE_ENDED_IN_PART;
    if (there > 0 && there + done < s->least)
        conf_fail(j, RULE_EVA_1, r,
                  "of %s %u tasks are left to run after an eviction, and %u are done: %u make sense together",
                  conf_stage_label(j, s, label), there, done, s->least);
}

void conf_look_at_evicted(struct conf_judge *j, const struct trace_record *r)
{
    if (!conf_driver_turns_to(r) || j->driver_down || j->left > 0)
        return; /* one that dies over it ends the others when it is back */
    for (uint32_t i = 0; i < j->stage_count; i++)
        if (stage_at(j, i)->evicted & STAGE_PENDING)
            look_at_one(j, r, stage_at(j, i));
    j->pending = 0;
}

/* ---- news */
#define K(name) TRACE_BIT(TRACE_##name)
static const uint64_t news = K(SUBMIT) | K(CANCEL) | K(REFUSE) | K(FENCE) | K(ACCEPT) | K(JOB_DONE) | K(JOIN) |
                             K(LOST) | K(EXCLUDE) | K(UNREGISTER) | K(DRIVER_DOWN) | K(DRIVER_UP);
/* Where nobody says what the driver hears, it may know all that happens. */
static const uint64_t facts = K(UP) | K(DOWN) | K(EXIT) | K(FAULT) | K(HEAL) | K(RESERVE_NACK) | K(FETCH_FAILED);

/* Of somebody who was not told to end. */
static bool is_of_another(const struct conf_judge *j, const struct trace_record *r,
                          const struct conf_stage *s)
{
    return r->a == TRACE_EXIT_OK || (conf_rank_of(j, s, r->rank)->bits & RANK_EVICTED) == 0;
}

/* Of a machine: what it has changed, or somebody asks the driver to leave it alone. */
static bool is_heard(const struct conf_judge *j, const struct trace_record *r,
                     const struct conf_stage *s)
{
    if (r->kind == TRACE_FAULT || r->kind == TRACE_HEAL)
        return r->b == PLAN_ACT_DRAIN || r->b == PLAN_ACT_EXCLUDE;
    if (r->kind != TRACE_DELIVER || r->actor != TRACE_DRIVER)
        return false;
    if (r->flags == TRACE_FREE) /* which a history may say of a task that there is not */
        return s == NULL || r->rank >= s->tasks || is_of_another(j, r, s);
    return r->flags == TRACE_RESERVE_NACK || r->flags == TRACE_SEND;
}

static bool is_news(const struct conf_judge *j, const struct trace_record *r,
                    const struct conf_stage *s)
{
    if (r->kind == TRACE_FENCE)
        return r->a != TRACE_REASON_EVICTED;
    if (r->kind == TRACE_ACCEPT)
        return r->a == TRACE_ACCEPT_SUCCESS;
    if (news >> r->kind & 1)
        return true;
    if (conf_observed(j, K(DELIVER) | K(FREE)))
        return is_heard(j, r, s);
    return (facts >> r->kind & 1) != 0 && (r->kind != TRACE_EXIT || is_of_another(j, r, s));
}

void conf_look_for_news(struct conf_judge *j, const struct trace_record *r,
                        const struct conf_stage *s)
{
    if (!is_news(j, r, s))
        return;
    for (uint32_t i = 0; i < j->stage_count; i++) {
        stage_at(j, i)->evicted &= (uint8_t)~(uint32_t)STAGE_MARKS;
        stage_at(j, i)->room_of = 0;
    }
    for (uint32_t i = 0; i < j->executor_count; i++)
        conf_executors(j)[i].victim = conf_executors(j)[i].vacated = 0;
    j->marks = 0;
}

/* ---- who got it */
static uint64_t share(uint64_t got, uint32_t each) { return each > 0 ? (got + each - 1) / each : 0; }

/* As many of the victim's slots as these take, of whatever they take most. */
static uint32_t slots_of(const struct conf_stage *victim, const struct conf_stage *s, uint32_t tasks)
{
    uint64_t most = share((uint64_t)tasks * s->cores, victim->cores);
    uint64_t memory = share((uint64_t)tasks * s->memory_mib, victim->memory_mib);
    uint64_t gpus = share((uint64_t)tasks * s->gpu_milli, victim->gpu_milli);
    most = memory > most ? memory : most;
    most = gpus > most ? gpus : most;
    return most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
}

/* Two that get each other's slots, and nothing happened that could make one worth more than the other. */
static void check_turns(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s,
                        struct conf_stage *victim)
{
    char label[CONF_LABEL_BYTES], other[CONF_LABEL_BYTES];
    if ((victim->evicted & STAGE_GOT) == 0 || victim->room_of != s->number + 1)
        return;
    conf_fail(j, RULE_EVA_3, r,
              "%s was evicted for %s, which is evicted for it: both get what the other had on executor %u, and "
              "nothing has happened in between",
              conf_stage_label(j, s, label), conf_stage_label(j, victim, other), r->executor);
    victim->evicted &= (uint8_t)~(uint32_t)STAGE_GOT;
}

void conf_on_slots_got(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    if (e->victim == 0 || e->victim == CONF_NONE || e->victim == s->number + 1 || e->vacated == 0)
        return;
    struct conf_stage *victim = stage_at(j, e->victim - 1);
    uint32_t slots = slots_of(victim, s, (uint32_t)r->a);
    check_turns(j, r, s, victim);
    s->evicted |= STAGE_GOT;
    s->room_of = e->victim;
    e->vacated -= slots < e->vacated && !(victim->evicted & STAGE_ENDED) ? slots : e->vacated;
    victim->evicted &= (uint8_t)~(uint32_t)STAGE_ENDED; /* of a whole, one slot is reason enough */
}

void conf_check_back(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    char label[CONF_LABEL_BYTES];
    if ((s->evicted & (STAGE_ENDED | STAGE_ENDED_IN_PART)) == 0 || e->victim != s->number + 1 ||
        e->vacated == 0)
        return;
    conf_fail(j, RULE_EVA_2, r,
              "rank %u of %s was evicted for nobody: it starts again on executor %u, and nobody has got the slots "
              "that were given up there%s",
              r->rank, conf_stage_label(j, s, label), r->executor,
              s->evicted & STAGE_ENDED ? ", or any other of it" : "");
    s->evicted &= (uint8_t)~(uint32_t)(STAGE_ENDED | STAGE_ENDED_IN_PART); /* told once */
}
