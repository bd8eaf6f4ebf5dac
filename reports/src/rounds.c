/*
 * rounds.c -- which barrier rounds a picture has room for; see rounds.h.
 *
 * This room is for: one pass over the releases, before anything is drawn.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       output.
 *
 * A round is several RELEASE records, one a group. The first decides and owns the bit; the others
 * follow it.
 */
#include "rounds.h"

#include "shared.h"

#include <stdlib.h>
#include <string.h>

enum { ONE_LINE = 8 }; /* rounds closer than an eighth of the least distance are one line */
struct rep_round {
    uint32_t attempt, epoch;
    uint64_t record;
    int64_t place;
}; /* record: number of its first; 0: none */

static void set(struct rep_rounds *rounds, uint64_t record, bool drawn)
{
    uint64_t bit = UINT64_C(1) << record % 64;
    uint64_t *word = &rounds->drawn[record / 64];
    *word = drawn ? *word | bit : *word & ~bit;
}

static bool is_set(const struct rep_rounds *rounds, uint64_t record)
{
    return rounds->drawn[record / 64] >> record % 64 & 1;
}

static bool is_of_round(const struct rep_round *round, const struct trace_record *r)
{
    return round->record != 0 && round->attempt == r->attempt && round->epoch == r->epoch;
}

static void choose(struct rep_rounds *rounds, const struct rep_axis *axis, int64_t least,
                   uint64_t record)
{
    const struct trace_record *r = &rounds->run->records[record - 1];
    uint32_t gang =
        r->kind == TRACE_RELEASE ? rep_gang(rounds->run->plan, r->job, r->stage) : PLAN_NONE;
    if (gang == PLAN_NONE || is_of_round(&rounds->latest[gang], r))
        return;
    struct rep_round *latest = &rounds->latest[gang];
    int64_t place = rep_axis_at(axis, r->at_ns);
    if (latest->record != 0 && place - latest->place < least / ONE_LINE)
        return;
    bool close = latest->record != 0 && place - latest->place < least;
    if (close)
        set(rounds, latest->record, false);
    rounds->dense |= close;
    set(rounds, record, !close);
    *latest = (struct rep_round){r->attempt, r->epoch, record, place};
}

/* The other groups' records follow the first of their round. */
static void spread(struct rep_rounds *rounds)
{
    memset(rounds->latest, 0, rounds->run->plan->stage_count * sizeof *rounds->latest);
    uint64_t until = rep_records_until(rounds->run, TRACE_BIT(TRACE_RELEASE));
    for (uint64_t i = 0; i < until; i++) {
        const struct trace_record *r = &rounds->run->records[i];
        uint32_t gang =
            r->kind == TRACE_RELEASE ? rep_gang(rounds->run->plan, r->job, r->stage) : PLAN_NONE;
        if (gang == PLAN_NONE)
            continue;
        struct rep_round *latest = &rounds->latest[gang];
        if (is_of_round(latest, r))
            set(rounds, i + 1, is_set(rounds, latest->record));
        else
            *latest = (struct rep_round){r->attempt, r->epoch, i + 1, 0};
    }
}

enum rep_status rep_rounds_init(const struct rep_run *run, const struct rep_axis *axis,
                                int64_t least, struct rep_rounds *rounds, struct rep_err *err)
{
    memset(rounds, 0, sizeof *rounds);
    rounds->run = run;
    rounds->drawn = rep_alloc(run->record_count / 64 + 1, sizeof *rounds->drawn, err);
    rounds->latest = rep_alloc(run->plan->stage_count, sizeof *rounds->latest, err);
    if (rounds->drawn == NULL || rounds->latest == NULL)
        return REP_E_MEMORY;
    uint64_t until = rep_records_until(run, TRACE_BIT(TRACE_RELEASE));
    for (uint64_t record = 1; record <= until; record++)
        choose(rounds, axis, least, record);
    spread(rounds);
    return REP_OK;
}

bool rep_rounds_is_drawn(const struct rep_rounds *rounds, uint64_t index)
{
    return is_set(rounds, index + 1);
}

void rep_rounds_free(struct rep_rounds *rounds)
{
    free(rounds->drawn);
    free(rounds->latest);
    memset(rounds, 0, sizeof *rounds);
}
