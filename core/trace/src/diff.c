/*
 * diff.c -- walks two histories side by side up to the first record that is not alike. See diff.h.
 *
 * This room is for: what of a record is a decision.
 * It may include:   trace.h, diff.h.
 * Never here:       why they differ, and how that is told.
 *
 * Invariant: all that counts before side[].taken has been compared with its like on the other side.
 */
#include "trace/diff.h"

#include <assert.h>
#include <string.h>

bool trace_diff_counts(const struct trace_record *record)
{
    return record->kind != TRACE_NOTE && record->kind != TRACE_WAIT;
}

/* What a and b say of how much work the simulator or a log had is no decision. */
static bool carries_a(const struct trace_record *r)
{
    return r->kind != TRACE_DRIVER_DOWN && r->kind != TRACE_DRIVER_UP;
}
static bool carries_b(const struct trace_record *r) { return carries_a(r) && r->kind != TRACE_END; }

bool trace_diff_alike(const struct trace_record *a, const struct trace_record *b)
{
    return a->at_ns == b->at_ns && a->kind == b->kind && a->flags == b->flags && a->actor == b->actor &&
           a->executor == b->executor && a->job == b->job && a->stage == b->stage &&
           a->attempt == b->attempt && a->epoch == b->epoch && a->rank == b->rank &&
           (a->a == b->a || !carries_a(a)) && (a->b == b->b || !carries_b(a));
}

/* In order, over all but the cause. */
static uint64_t digest(uint64_t h, const struct trace_record *r)
{
    const uint64_t words[] = {(uint64_t)r->at_ns, r->kind, r->executor,    r->job,        r->stage, r->attempt,
                              r->epoch,           r->rank, (uint64_t)r->a, (uint64_t)r->b};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

void trace_diff_init(struct trace_diff *diff) { memset(diff, 0, sizeof *diff); }

void trace_diff_give(struct trace_diff *diff, unsigned side, const struct trace_record *records, size_t count)
{
    assert(side < TRACE_DIFF_SIDES);
    struct trace_diff_side *s = &diff->side[side];
    assert(s->next == s->count); /* it was asked for */
    s->records = records;
    s->count = count;
    s->next = 0;
    s->over = count == 0;
    s->cut |= s->over; /* whoever closes a history is not asked for more of it */
}

/* The next record of a side that counts; NULL: it has no more, or needs a batch. */
static const struct trace_record *peek(struct trace_diff_side *s)
{
    for (; s->next < s->count; s->next++, s->taken++) {
        const struct trace_record *r = &s->records[s->next];
        if (trace_diff_counts(r)) {
            bool stopped = r->kind == TRACE_END && r->a == TRACE_END_INTERRUPTED;
            s->over |= stopped; /* a person's word, no decision */
            s->cut |= stopped;
            return stopped ? NULL : r;
        }
        s->said = digest(s->said, r);
    }
    return NULL;
}

static int finish(struct trace_diff *diff, const struct trace_record *const at[TRACE_DIFF_SIDES])
{
    diff->over = true;
    for (unsigned i = 0; i < TRACE_DIFF_SIDES; i++) {
        struct trace_diff_side *s = &diff->side[i];
        s->has = at[i] != NULL;
        s->number = s->taken + 1;
        if (s->has)
            s->first = *at[i];
    }
    return TRACE_DIFF_OVER;
}

static void pass(struct trace_diff_side *s)
{
    s->next++;
    s->last = ++s->taken;
}

int trace_diff_go(struct trace_diff *diff)
{
    while (!diff->over) {
        const struct trace_record *at[TRACE_DIFF_SIDES];
        for (unsigned i = 0; i < TRACE_DIFF_SIDES; i++) {
            at[i] = peek(&diff->side[i]);
            if (at[i] == NULL && !diff->side[i].over)
                return (int)i;
        }
        if (at[0] == NULL || at[1] == NULL)
            return finish(diff, at);
        if (!trace_diff_alike(at[0], at[1])) {
            diff->found = true;
            return finish(diff, at);
        }
        bool end = at[0]->kind == TRACE_END;
        for (unsigned i = 0; i < TRACE_DIFF_SIDES; i++)
            pass(&diff->side[i]);
        diff->same++;
        diff->over = end;
    }
    return TRACE_DIFF_OVER;
}

bool trace_diff_said(const struct trace_diff *diff)
{
    return diff->side[0].said != diff->side[1].said;
}
