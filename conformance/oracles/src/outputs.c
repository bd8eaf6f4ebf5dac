/*
 * outputs.c -- what stages leave to each other, and where tasks meet without the scheduler.
 *
 * This room is for: outputs that were delivered, accepted, unregistered and not found; rendezvous.
 * It may include:   trace/ and conf/ headers.
 * Never here:       judgement of the tasks' own protocols: a rendezvous that hangs is told, not judged.
 */
#include "judge.h"

#include <inttypes.h>

/* ---- outputs that tasks report */
void conf_on_output_delivered(struct conf_judge *j, const struct trace_record *r,
                              struct conf_stage *s)
{
    (void)j;
    (void)r;
    s->outputs += s->outputs < UINT32_MAX;
}

void conf_accept_output(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (s->outputs > 0) {
        s->outputs--;
        return;
    }
    conf_fail(j, RULE_RCV_1, r,
              "an output of rank %u of %s in attempt %u is accepted, but every one that was "
              "delivered had been accepted before",
              r->rank, conf_stage_label(j, s, label), r->attempt);
}

/* ---- outputs that are lost */
static void children_wait(struct conf_judge *j, const struct conf_stage *s)
{
    const struct conf_job *job = &conf_jobs(j)[s->job];
    uint32_t index = s->number - conf_first_stage(j, job);
    for (uint32_t i = 0; i < conf_stage_count(j, job); i++) {
        struct conf_stage *child = &conf_stages(j)[conf_first_stage(j, job) + i];
        if ((j->plan->stages[child->number].shuffles >> index & 1) == 0)
            continue;
        conf_queue_leave(j, child, QUEUE_WAIT);
        conf_queue_leave(j, child, QUEUE_TASKS);
    }
}

void conf_on_unregister(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        if ((k->bits & RANK_ACCEPTED) == 0)
            continue;
        k->bits &= ~(uint32_t)(RANK_ACCEPTED | RANK_FREE_OK);
        k->bits |= s->is_barrier ? 0 : RANK_FREE_BAD; /* its slot is free all the same, and it is to run again */
        s->accepted -= s->accepted > 0;
    }
    s->redo = 1;
    conf_check_robbed(j, r, s);
    if (!s->done)
        return;
    s->done = 0;
    s->begun_again++;
    s->over_end = s->go_end;
    conf_queue_if_ready(j, s);
    children_wait(j, s);
}

/* Whether anything between these two is, or was a moment ago, not as it should be. */
static bool is_ill(const struct conf_judge *j, uint32_t executor)
{
    const struct conf_executor *e = &conf_executors(j)[executor];
    return !e->up || e->ways_cut != 0 || e->stands_ns >= j->now_ns || e->draining;
}

void conf_on_fetch_failed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    const struct conf_job *job = &conf_jobs(j)[s->job];
    char label[CONF_LABEL_BYTES];
    if (r->a < 0 || r->a >= conf_stage_count(j, job)) {
        conf_fail(j, RULE_HIS_1, r,
                  "this fetch-failed record has parent stage %" PRId64 ", there are %u", r->a,
                  conf_stage_count(j, job));
        return;
    }
    const struct conf_stage *parent = &conf_stages(j)[conf_first_stage(j, job) + (uint32_t)r->a];
    if (r->b < 0 || r->b >= parent->tasks) {
        conf_fail(j, RULE_HIS_1, r,
                  "this fetch-failed record has parent rank %" PRId64 ", there are %u", r->b,
                  parent->tasks);
        return;
    }
    const struct conf_rank *made = conf_rank_of(j, parent, (uint32_t)r->b);
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    if (!s->is_barrier && k->run == r->attempt)
        k->bits |= RANK_REPORTED;
    /* Of a process that was left behind by an older attempt, nobody knows any more where it is. */
    uint32_t reader = k->run == r->attempt ? k->run_executor : CONF_NONE;
    bool there = (made->bits & RANK_ACCEPTED) != 0 && made->run_executor == r->executor &&
                 conf_executors(j)[r->executor].downs == conf_booking_of(j, made)->downs;
    if (there && !is_ill(j, r->executor) && !is_ill(j, k->run_executor) &&
        conf_apart_since(j, r->executor, reader) == INT64_MAX)
        conf_fail(j, RULE_HIS_9, r,
                  "rank %u of %s does not find the output of rank %" PRId64
                  " on executor %u, which made it and is up since",
                  r->rank, conf_stage_label(j, s, label), r->b, r->executor);
}

/* ---- rendezvous */
void conf_on_meet(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s,
                  bool met)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    if ((k->bits & RANK_RUNNING) == 0 || k->run != r->attempt)
        return;
    k->bits &= (RANK_PLACE - 1) & ~(uint32_t)RANK_MEETING;
    if (met)
        return;
    uint32_t place = r->b >= 0 && r->b < RANK_PLACES ? (uint32_t)r->b : RANK_PLACES;
    k->bits |= RANK_MEETING | place * RANK_PLACE;
}
