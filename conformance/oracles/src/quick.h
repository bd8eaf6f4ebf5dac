/*
 * quick.h -- the ordinary record of a round, judged in as few steps as it takes.
 *
 * This room is for: calls, arrivals, releases on their way and replies about which there is nothing to say.
 * It may include:   trace/ and conf/ headers.
 * Never here:       findings, and whatever happens once a round. Each function looks first, and changes nothing unless all is as
 *                   it mostly is; then it does what rounds.c does, to the bit. For anything else it answers false, and rounds.c
 *                   is asked.
 *
 * These are most records of a history of gangs, so they are in the loop over the records (judge.c), not behind calls. There they
 * have an executor, a job, a stage and a rank, each in its range; all other looks at a field are here. No rank has an attempt or an
 * epoch that is TRACE_NONE: a record that has what its rank has does not lack it.
 */
#ifndef CONF_QUICK_H
#define CONF_QUICK_H

#include "judge.h"

#include <string.h>

/* A round's digest is the sum of its members' parts, each of a rank and what it gave: trace.h. */
static inline uint64_t conf_spread(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* barrier or allGather, and the caller waits for as long as the round. */
static inline bool conf_is_op(const struct trace_record *r) { return (uint64_t)r->a <= 1; }

/* Where what records speak of lies: the same for all of a batch. */
struct conf_places {
    const struct conf_span *stages_of, *ranks_of;
    struct conf_stage *stage;
    struct conf_rank *rank;
    uint32_t executor_count, job_count;
};
/* Of one record. */
struct conf_place {
    uint32_t stage, rank;
};

static inline struct conf_places conf_places_of(const struct conf_judge *j)
{
    return (struct conf_places){conf_stages_of(j), conf_ranks_of(j), conf_stages(j), conf_ranks(j), j->executor_count,
                                j->job_count};
}

/* True if the record has an executor, a job, a stage and a rank, each in its range, as nearly all have: what is not there is
 * beyond every count. */
static inline bool conf_find_place(const struct conf_places *p, const struct trace_record *r, struct conf_place *at)
{
    if (r->executor >= p->executor_count || r->job >= p->job_count || r->stage >= p->stages_of[r->job].count)
        return false;
    at->stage = p->stages_of[r->job].first + r->stage;
    at->rank = p->ranks_of[at->stage].first + r->rank;
    return r->rank < p->ranks_of[at->stage].count;
}

/* An attempt and the epoch in it, at once: they stand side by side wherever they are compared. */
static inline uint64_t conf_round(const uint32_t *attempt)
{
    uint64_t both;
    memcpy(&both, attempt, sizeof both);
    return both;
}
#define CONF_SIDE_BY_SIDE(type, attempt, epoch)                                                    \
    _Static_assert(offsetof(struct type, epoch) == offsetof(struct type, attempt) + sizeof(uint32_t), "side by side")
CONF_SIDE_BY_SIDE(trace_record, attempt, epoch);
CONF_SIDE_BY_SIDE(conf_rank, run, epoch);
CONF_SIDE_BY_SIDE(conf_stage, round_attempt, round_epoch);

/* A further call of a member that runs: CALLED is of no other. */
static inline bool conf_quick_arrive(struct conf_judge *j, const struct trace_record *r, struct conf_rank *k)
{
    const uint32_t looked_at = RANK_RUNNING | RANK_CALLED | RANK_CALLING | RANK_ARRIVED;
    uint32_t bits = k->bits, next = k->epoch + (bits & RANK_PASSED ? 1 : 0);
    if ((bits & looked_at) != (RANK_RUNNING | RANK_CALLED) || k->run != r->attempt || r->epoch != next ||
        next == TRACE_NONE || !conf_is_op(r) || r->cause == j->stray_number)
        return false;
    j->calling++;
    k->epoch = next;
    k->bits = (bits & ~(uint32_t)RANK_CALL_BITS) | RANK_CALLED | RANK_CALLING | (uint32_t)r->a * RANK_GATHERS;
    return true;
}

/* It counts, and is not the first of its round: while the stage stands in the queue somebody has come, and the attempt is not
 * fenced. Nobody is CALLED without a record of it. */
static inline bool conf_quick_arrive_delivered(struct conf_judge *j, const struct conf_places *p,
                                               const struct trace_record *r, const struct conf_place *at)
{
    struct conf_stage *s = &p->stage[at->stage];
    struct conf_rank *k = &p->rank[at->rank];
    uint64_t round = conf_round(&r->attempt);
    uint32_t bits = k->bits;
    if (round != conf_round(&s->round_attempt) || round != conf_round(&k->run) || s->failed_round != 0 ||
        (s->queues & 1u << QUEUE_ROUND) == 0 || (bits & (RANK_CALLED | RANK_ARRIVED)) != RANK_CALLED || !conf_is_op(r))
        return false;
    k->bits = bits | RANK_ARRIVED;
    s->ops_seen |= (uint8_t)(r->a + 1); /* bit 0 or 1 */
    s->arrived[(bits & RANK_GATHERS) != 0]++;
    s->gathered += conf_spread((uint64_t)r->b ^ conf_spread(r->rank));
    s->ungathered |= r->b == 0;
    j->heard_number = j->number;
    j->heard_stage = at->stage;
    j->heard_rank = r->rank;
    return true;
}

/* A caller goes on that was released, with what the last round was released with. */
static inline bool conf_quick_reply(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                                    struct conf_rank *k)
{
    const uint32_t looked_at = RANK_CALLING | RANK_RELEASED;
    uint32_t bits = k->bits;
    if (conf_round(&r->attempt) != conf_round(&k->run) || (bits & looked_at) != looked_at ||
        r->a != TRACE_REASON_OK || r->b != s->out_digest)
        return false;
    j->calling--;
    k->bits = (bits & ~(uint32_t)RANK_CALLING) | RANK_PASSED;
    return true;
}

/* Of a range of ranks of the stage, in a round. */
static inline bool conf_is_range(const struct conf_places *p, const struct trace_record *r, const struct conf_place *at)
{
    return r->attempt != TRACE_NONE && r->epoch != TRACE_NONE && r->a >= 1 &&
           r->a <= p->ranks_of[at->stage].count - r->rank;
}

/* False: nothing was done, and whoever hears of such a record is to be asked. */
static inline bool conf_quick(struct conf_judge *j, const struct conf_places *p, const struct trace_record *r,
                              const struct conf_place *at)
{
    switch (r->kind) {
    case TRACE_ARRIVE:
        return conf_quick_arrive(j, r, &p->rank[at->rank]);
    case TRACE_REPLY:
        return conf_quick_reply(j, r, &p->stage[at->stage], &p->rank[at->rank]);
    case TRACE_DELIVER:
        if (j->has_links) /* the order of what comes is looked at first */
            return false;
        if (r->flags == TRACE_ARRIVE)
            return conf_quick_arrive_delivered(j, p, r, at);
        /* That it was sent is what counts. */
        return r->flags == TRACE_RELEASE && (j->seen & TRACE_BIT(TRACE_RELEASE)) != 0 && conf_is_range(p, r, at);
    case TRACE_RELEASE:
        if (!conf_is_range(p, r, at))
            return false;
        conf_on_release(j, r, &p->stage[at->stage]);
        return true;
    default:
        return false;
    }
}

#endif
