/*
 * shared.c -- what several reports of one run need; see shared.h.
 *
 * This room is for: making it once, and how long it is kept.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       what is made (metrics.c, lanes.c, story*.c), output.
 */
#include "shared.h"

#include <stdlib.h>
#include <string.h>

struct rep_shared {
    bool is_counted, is_read;
    uint64_t of_kind[TRACE_KIND_LIMIT], until[TRACE_KIND_LIMIT]; /* until: the number of the last one */
    struct rep_metrics metrics;
    /* the story, as it is told with this verdict; NULL: it was not counted yet */
    const struct rep_verdict *told_with;
    bool is_told;
    uint64_t lines, focus;
};

struct rep_shared *rep_shared_new(void) { return calloc(1, sizeof(struct rep_shared)); }

void rep_shared_free(struct rep_shared *shared)
{
    if (shared == NULL)
        return;
    rep_metrics_free(&shared->metrics);
    free(shared);
}

/* ---- kinds */

static const struct rep_shared *counted(const struct rep_run *run)
{
    struct rep_shared *shared = run->shared;
    if (shared == NULL || shared->is_counted)
        return shared;
    for (uint64_t i = 0; i < run->record_count; i++) {
        unsigned kind = run->records[i].kind < TRACE_KIND_LIMIT ? run->records[i].kind : TRACE_KIND_NONE;
        shared->of_kind[kind]++;
        shared->until[kind] = i + 1;
    }
    shared->is_counted = true;
    return shared;
}

uint64_t rep_records_until(const struct rep_run *run, uint64_t kinds)
{
    const struct rep_shared *shared = counted(run);
    uint64_t until = 0;
    if (shared == NULL)
        return run->record_count;
    for (unsigned kind = 0; kind < TRACE_KIND_LIMIT; kind++)
        if ((kinds >> kind & 1) != 0 && shared->until[kind] > until)
            until = shared->until[kind];
    return until;
}

uint64_t rep_records_of(const struct rep_run *run, unsigned kind)
{
    const struct rep_shared *shared = counted(run);
    uint64_t count = 0;
    if (shared != NULL)
        return shared->of_kind[kind];
    for (uint64_t i = 0; i < run->record_count; i++)
        count += run->records[i].kind == kind;
    return count;
}

/* ---- one reading */

enum rep_status rep_metrics_get(const struct rep_run *run, struct rep_metrics *metrics, struct rep_err *err)
{
    struct rep_shared *shared = run->shared;
    if (shared == NULL)
        return rep_metrics_build(run, metrics, err);
    memset(metrics, 0, sizeof *metrics);
    if (!shared->is_read) {
        enum rep_status status = rep_metrics_build(run, &shared->metrics, err);
        if (status != REP_OK)
            return status;
        shared->is_read = true;
    }
    *metrics = shared->metrics;
    return REP_OK;
}

void rep_metrics_put(const struct rep_run *run, struct rep_metrics *metrics)
{
    if (run->shared == NULL)
        rep_metrics_free(metrics);
    memset(metrics, 0, sizeof *metrics);
}

enum rep_status rep_lanes_get(const struct rep_run *run, struct rep_lanes *lanes, struct rep_err *err)
{
    struct rep_metrics metrics;
    if (run->shared == NULL)
        return rep_lanes_build(run, lanes, err);
    enum rep_status status = rep_metrics_get(run, &metrics, err);
    *lanes = metrics.lanes;
    return status;
}

void rep_lanes_put(const struct rep_run *run, struct rep_lanes *lanes)
{
    if (run->shared == NULL)
        rep_lanes_free(lanes);
    memset(lanes, 0, sizeof *lanes);
}

/* ---- the story */

bool rep_story_known(const struct rep_run *run, uint64_t *lines, uint64_t *focus)
{
    const struct rep_shared *shared = run->shared;
    if (shared == NULL || !shared->is_told || shared->told_with != run->verdict)
        return false;
    *lines = shared->lines;
    *focus = shared->focus;
    return true;
}

void rep_story_learn(const struct rep_run *run, uint64_t lines, uint64_t focus)
{
    struct rep_shared *shared = run->shared;
    if (shared == NULL)
        return;
    shared->is_told = true;
    shared->told_with = run->verdict;
    shared->lines = lines;
    shared->focus = focus;
}
