/*
 * csv.c -- jobs.csv, a row a gang, and slots.csv, a row a task's life; and the help that defines
 * their columns.
 *
 * This room is for: tables for other programs. RFC 4180 but for the line ends, which are \n; an
 *                   empty field means that it never happened; control characters in names are
 *                   escaped, so a row is always one line.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       floats, locales.
 */
#include "shared.h"
#include "sink.h"


/* ---- jobs.csv */

enum jobs_column {
#define X(id, name, unit, doc) JOBS_##id,
    REP_JOBS_COLUMN_MAP(X)
#undef X
        JOBS_COLUMN_COUNT
};

static void put_time(struct rep_sink *out, int64_t ns)
{
    if (ns != PLAN_NEVER)
        rep_add_seconds(out, ns);
}

static void put_between(struct rep_sink *out, int64_t from_ns, int64_t to_ns)
{
    if (from_ns != PLAN_NEVER && to_ns != PLAN_NEVER)
        rep_add_seconds(out, rep_between(from_ns, to_ns));
}

static void put_jobs_field(struct rep_sink *out, const struct plan *plan, uint32_t gang,
                           const struct rep_gang_row *row, enum jobs_column column)
{
    switch (column) {
    case JOBS_JOB:
        rep_add_styled(out, REP_CSV, rep_job_name(plan, plan->stages[gang].job));
        break;
    case JOBS_STAGE:
        rep_add_styled(out, REP_CSV, rep_stage_name(plan, gang));
        break;
    case JOBS_KIND:
        rep_add(out, rep_is_barrier(plan, gang) ? "barrier" : "mapreduce");
        break;
    case JOBS_SIZE:
        rep_add_wide(out, plan->stages[gang].tasks);
        break;
    case JOBS_SUBMIT:
        put_time(out, row->submit_ns);
        break;
    case JOBS_READY:
        put_time(out, row->ready_ns);
        break;
    case JOBS_FIRST_FIT:
        put_time(out, row->first_fit_ns);
        break;
    case JOBS_GO:
        put_time(out, row->go_ns);
        break;
    case JOBS_END:
        put_time(out, row->end_ns);
        break;
    case JOBS_ATTEMPTS:
        rep_add_wide(out, row->attempts);
        break;
    case JOBS_WAIT:
        put_between(out, row->ready_ns, row->go_ns);
        break;
    case JOBS_RUN:
        put_between(out, row->go_ns, row->end_ns);
        break;
    case JOBS_JCT:
        put_between(out, row->ready_ns, row->end_ns);
        break;
    case JOBS_SLOWDOWN:
        if (rep_slowdown(row) != 0)
            rep_add_millis(out, rep_slowdown(row));
        break;
    case JOBS_RESTARTS:
        rep_add_wide(out, row->restarts);
        break;
    case JOBS_USED:
        rep_add_wide_seconds(out, row->used_ns);
        break;
    case JOBS_WASTED:
        rep_add_wide_seconds(out, row->wasted_ns);
        break;
    case JOBS_REASON:
        rep_add(out, rep_row_reason(row->reason));
        break;
    case JOBS_COLUMN_COUNT:
        break;
    }
}

enum rep_status rep_jobs_csv(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    struct rep_metrics m;
    char room[REP_SINK_BYTES];
    struct rep_sink sink = rep_sink_on(out, room, sizeof room);
    rep_begin(err);
    enum rep_status status = rep_metrics_get(run, &m, err);
    if (status != REP_OK)
        return status;
#define X(id, name, unit, doc) rep_add(&sink, JOBS_##id == 0 ? name : "," name);
    REP_JOBS_COLUMN_MAP(X)
#undef X
    rep_add_char(&sink, '\n');
    for (uint32_t i = 0; i < run->plan->stage_count; i++) {
        for (unsigned c = 0; c < JOBS_COLUMN_COUNT; c++) {
            if (c > 0)
                rep_add_char(&sink, ',');
            put_jobs_field(&sink, run->plan, i, &m.gangs[i], (enum jobs_column)c);
        }
        rep_add_char(&sink, '\n');
    }
    rep_sink_flush(&sink);
    rep_metrics_put(run, &m);
    return rep_finish(out, err);
}

/* ---- slots.csv */

enum slots_column {
#define X(id, name, unit, doc) SLOTS_##id,
    REP_SLOTS_COLUMN_MAP(X)
#undef X
        SLOTS_COLUMN_COUNT
};

static void put_slots_field(struct rep_sink *out, const struct plan *plan, const struct rep_span *span,
                            enum slots_column column)
{
    switch (column) {
    case SLOTS_EXECUTOR:
        rep_add_wide(out, span->executor);
        break;
    case SLOTS_LANE:
        rep_add_wide(out, span->lane);
        break;
    case SLOTS_JOB:
        rep_add_styled(out, REP_CSV, rep_job_name(plan, span->job));
        break;
    case SLOTS_STAGE:
        rep_add_styled(out, REP_CSV, rep_stage_name(plan, span->gang));
        break;
    case SLOTS_ATTEMPT:
        if (span->attempt != TRACE_NONE)
            rep_add_wide(out, span->attempt);
        break;
    case SLOTS_RANK:
        rep_add_wide(out, span->rank);
        break;
    case SLOTS_START:
        rep_add_seconds(out, span->start_ns);
        break;
    case SLOTS_END:
        if (span->status != REP_SPAN_RUNNING)
            rep_add_seconds(out, span->end_ns);
        break;
    case SLOTS_STATUS:
        rep_add(out, rep_exit(span->status));
        break;
    case SLOTS_COLUMN_COUNT:
        break;
    }
}

enum rep_status rep_slots_csv(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    struct rep_lanes lanes;
    char room[REP_SINK_BYTES];
    struct rep_sink sink = rep_sink_on(out, room, sizeof room);
    rep_begin(err);
    enum rep_status status = rep_lanes_get(run, &lanes, err);
    if (status != REP_OK)
        return status;
#define X(id, name, unit, doc) rep_add(&sink, SLOTS_##id == 0 ? name : "," name);
    REP_SLOTS_COLUMN_MAP(X)
#undef X
    rep_add_char(&sink, '\n');
    for (uint64_t i = 0; i < lanes.span_count; i++) {
        for (unsigned c = 0; c < SLOTS_COLUMN_COUNT; c++) {
            if (c > 0)
                rep_add_char(&sink, ',');
            put_slots_field(&sink, run->plan, &lanes.spans[i], (enum slots_column)c);
        }
        rep_add_char(&sink, '\n');
    }
    rep_sink_flush(&sink);
    rep_lanes_put(run, &lanes);
    return rep_finish(out, err);
}

/* ---- help */

struct definition {
    const char *name, *unit, *doc;
};

bool rep_metric(unsigned table, unsigned index, const char **name, const char **unit,
                const char **doc)
{
#define X(id, name, unit, doc) {name, unit, doc},
    static const struct definition jobs[] = {REP_JOBS_COLUMN_MAP(X)};
    static const struct definition slots[] = {REP_SLOTS_COLUMN_MAP(X)};
    static const struct definition summary[] = {REP_SUMMARY_MAP(X)};
#undef X
    static const struct {
        const struct definition *rows;
        size_t count;
    } tables[] = {{jobs, sizeof jobs / sizeof *jobs},
                  {slots, sizeof slots / sizeof *slots},
                  {summary, sizeof summary / sizeof *summary}};
    if (table >= sizeof tables / sizeof *tables || index >= tables[table].count)
        return false;
    const struct definition *row = &tables[table].rows[index];
    *name = row->name;
    *unit = row->unit;
    *doc = row->doc;
    return true;
}

void rep_metrics_help(FILE *out)
{
    static const char *const titles[] = {"jobs.csv, a row a stage:",
                                         "\nslots.csv, a row a task's life:",
                                         "\nthe summary of a run:"};
    const char *name, *unit, *doc;
    for (unsigned table = 0; table < sizeof titles / sizeof *titles; table++) {
        fprintf(out, "%s\n", titles[table]);
        for (unsigned i = 0; rep_metric(table, i, &name, &unit, &doc); i++)
            fprintf(out, "  %-10s %-13s %s\n", name, unit, doc);
    }
}
