/*
 * why_until.c -- who holds slots at T, since when, and until when.
 *
 * This room is for: `muster why`.
 * It may include:   why.h.
 * Never here:       guesses: until when is read from the history behind T, in one pass, or it is not known.
 */
#include "why.h"

#include <inttypes.h>
#include <stdlib.h>

struct holder {
    uint32_t count, low, high, reserved;
    uint32_t freed; /* of those, how many the history sees free again */
    int64_t since_ns, first_free_ns, last_free_ns;
};

static void count_holder(const struct why *w, uint32_t gang, struct holder *h)
{
    h->since_ns = h->first_free_ns = PLAN_NEVER;
    for (uint32_t r = 0; r < w->plan->stages[gang].tasks; r++) {
        const struct trace_rank *rank = why_rank(w, gang, r);
        if (!why_is_holding(rank))
            continue;
        h->low = h->count == 0 || rank->executor < h->low ? rank->executor : h->low;
        h->high = h->count == 0 || rank->executor > h->high ? rank->executor : h->high;
        h->since_ns =
            rank->since_ns < h->since_ns ? rank->since_ns : h->since_ns; /* of its state */
        h->reserved += !why_is_alive(rank);
        h->count++;
    }
    int64_t go_ns = why_stage(w, gang)->last_go_ns;
    if (h->count > 0 && go_ns >= 0 && go_ns < h->since_ns)
        h->since_ns = go_ns; /* a rank changes its state at every barrier */
}

/* A slot is free when its task's process is gone, or its reservation was given back. */
static void see_free(const struct why *w, const struct trace_record *r, struct holder *holders,
                     const uint64_t *first_rank, uint8_t *seen)
{
    uint32_t count = r->kind == TRACE_UNRESERVE && r->a > 0 ? (uint32_t)r->a : 1;
    uint32_t gang = rep_gang(w->plan, r->job, r->stage);
    if (gang == PLAN_NONE || holders[gang].count == 0)
        return;
    for (uint32_t rank = r->rank; rank < w->plan->stages[gang].tasks && count > 0;
         rank++, count--) {
        const struct trace_rank *state = why_rank(w, gang, rank);
        bool ends = r->kind == TRACE_EXIT || !why_is_alive(state);
        if (!why_is_holding(state) || !ends || seen[first_rank[gang] + rank])
            continue;
        seen[first_rank[gang] + rank] = 1;
        holders[gang].freed++;
        holders[gang].last_free_ns = r->at_ns;
        if (holders[gang].first_free_ns == PLAN_NEVER)
            holders[gang].first_free_ns = r->at_ns;
    }
}

static enum rep_status look_ahead(const struct why *w, struct holder *holders, struct rep_err *err)
{
    uint64_t ranks = 0;
    uint64_t *first_rank = rep_alloc(w->plan->stage_count, sizeof *first_rank, err);
    if (first_rank == NULL)
        return REP_E_MEMORY;
    for (uint32_t g = 0; g < w->plan->stage_count; g++) {
        first_rank[g] = ranks;
        ranks += w->plan->stages[g].tasks;
    }
    uint8_t *seen = rep_alloc(ranks, 1, err);
    for (uint64_t i = w->next; seen != NULL && i < w->run->record_count; i++) {
        const struct trace_record *r = &w->run->records[i];
        if (r->kind == TRACE_EXIT || r->kind == TRACE_UNRESERVE)
            see_free(w, r, holders, first_rank, seen);
    }
    free(first_rank);
    free(seen);
    return seen != NULL ? REP_OK : REP_E_MEMORY;
}

/* "; free again from 25.000s on, all of them at 36.001s" */
static void put_until(const struct why *w, const struct holder *h)
{
    if (h->freed == 0) {
        fputs("; not free again in this history", w->out);
        return;
    }
    fputs("; free again ", w->out);
    if (h->freed < h->count)
        fprintf(w->out, "%" PRIu32 " of them from ", h->freed);
    else if (h->first_free_ns < h->last_free_ns)
        fputs("from ", w->out);
    else {
        fputs("at ", w->out);
        why_put_at(w->out, h->last_free_ns);
        return;
    }
    why_put_at(w->out, h->first_free_ns);
    fputs(" to ", w->out);
    why_put_at(w->out, h->last_free_ns);
}

static void put_holder(const struct why *w, uint32_t gang, const struct holder *h)
{
    const struct plan_stage *stage = &w->plan->stages[gang];
    const struct trace_stage *state = why_stage(w, gang);
    rep_put_gang(w->out, REP_NAME, w->plan, stage->job,
                 gang - w->plan->jobs[stage->job].first_stage);
    fprintf(w->out, ": %" PRIu32 " slot%s on executor%s %" PRIu32, h->count,
            h->count == 1 ? "" : "s", h->low == h->high ? "" : "s", h->low);
    if (h->low < h->high)
        fprintf(w->out, "-%" PRIu32, h->high);
    fputs(", ", w->out);
    if (h->reserved == h->count)
        fputs("reserved ", w->out);
    else if (h->reserved > 0)
        fprintf(w->out, "%" PRIu32 " of them only reserved, ", h->reserved);
    fputs("since ", w->out);
    why_put_at(w->out, h->since_ns);
    if (state->syncing > 0)
        fprintf(w->out, "; %" PRIu32 " of them wait in round %" PRIu32, state->syncing,
                state->epoch);
    put_until(w, h);
    fputc('\n', w->out);
}

enum rep_status why_put_holders(const struct why *w, struct rep_err *err)
{
    struct holder *holders = rep_alloc(w->plan->stage_count, sizeof *holders, err);
    if (holders == NULL)
        return REP_E_MEMORY;
    for (uint32_t g = 0; g < w->plan->stage_count; g++)
        count_holder(w, g, &holders[g]);
    enum rep_status status = look_ahead(w, holders, err);
    uint32_t told = 0, more = 0;
    for (uint32_t g = 0; g < w->plan->stage_count && status == REP_OK; g++) {
        if (holders[g].count == 0)
            continue;
        if (told == WHY_TOLD_MAX) {
            more++;
            continue;
        }
        fputs(told++ == 0 ? "  held by  " : "           ", w->out);
        put_holder(w, g, &holders[g]);
    }
    if (more > 0)
        fprintf(w->out, "           and %" PRIu32 " gangs more\n", more);
    free(holders);
    return status;
}
