/*
 * hunt_states.c -- see hunt_states.h.
 *
 * A state is: of each gang its phase, the bit length of its epoch and of its attempt; of the cluster the bit length of how many tasks
 * run; and the kinds of faults that happened so far. A change of one of them makes a bit of it, by a hash; two states
 * that share a bit count as one, which costs a little novelty and nothing else.
 */
#include "hunt_states.h"

#include <string.h>

static uint64_t mix(uint64_t word)
{
    word = (word ^ word >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
    return word ^ word >> 31;
}

static uint8_t length_of(uint64_t number)
{
    return number == 0 ? 0 : (uint8_t)(64 - __builtin_clzll(number));
}

void cli_states_begin(struct cli_states *states, const struct plan *plan, uint64_t *seen, uint32_t bits)
{
    memset(states, 0, sizeof *states);
    states->plan = plan;
    states->seen = seen;
    states->bits = bits;
}

/* The phase that a record of this kind begins; 0: none. */
static uint8_t phase_of(uint32_t kind)
{
    switch (kind) {
    case TRACE_PLAN:
        return 1;
    case TRACE_RESERVE:
        return 2;
    case TRACE_RESERVE_ACK:
        return 3;
    case TRACE_RESERVE_NACK:
        return 4;
    case TRACE_GO:
        return 5;
    case TRACE_START:
        return 6;
    case TRACE_ARRIVE:
        return 7;
    case TRACE_RELEASE:
        return 8;
    case TRACE_FENCE:
        return 9;
    case TRACE_KILL:
        return 10;
    case TRACE_CHECKPOINT:
        return 11;
    case TRACE_STAGE_DONE:
        return 12;
    default:
        return 0;
    }
}

static uint64_t gang_word(const struct cli_states *states, uint32_t stage)
{
    return mix((uint64_t)stage << 32 | (uint64_t)states->phase[stage] << 16 | (uint64_t)states->round[stage] << 8 |
               states->attempt[stage]);
}

static bool change_gang(struct cli_states *states, const struct trace_record *r)
{
    const struct plan *plan = states->plan;
    uint8_t phase = phase_of(r->kind);
    if (phase == 0 || r->job >= plan->job_count || r->stage >= plan->jobs[r->job].stage_count)
        return false;
    uint32_t stage = (plan->jobs[r->job].first_stage + r->stage) % CLI_STATES_STAGES_MAX;
    states->gangs -= gang_word(states, stage);
    states->phase[stage] = phase;
    if (r->epoch != TRACE_NONE)
        states->round[stage] = length_of(r->epoch);
    if (r->attempt != TRACE_NONE)
        states->attempt[stage] = length_of(r->attempt);
    states->gangs += gang_word(states, stage);
    return true;
}

static bool change_world(struct cli_states *states, const struct trace_record *r)
{
    const struct plan *plan = states->plan;
    switch (r->kind) {
    case TRACE_START:
        states->running++;
        return true;
    case TRACE_EXIT:
        states->running -= states->running > 0;
        return true;
    case TRACE_FAULT:
        if (r->a < plan->act_count)
            states->faults |= UINT64_C(1) << plan->acts[r->a].kind;
        return true;
    case TRACE_LOST:
        states->faults |= UINT64_C(1) << 63;
        return true;
    default:
        return false;
    }
}

void cli_states_feed(struct cli_states *states, const struct trace_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool changed = change_gang(states, &records[i]);
        if (!change_world(states, &records[i]) && !changed)
            continue;
        uint64_t word = mix(states->gangs ^ mix(states->faults << 8 ^ length_of(states->running)));
        uint32_t bit = (uint32_t)(word % states->bits);
        uint64_t mask = UINT64_C(1) << bit % 64;
        states->novel += (states->seen[bit / 64] & mask) == 0;
        states->seen[bit / 64] |= mask;
    }
}
