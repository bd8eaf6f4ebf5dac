/*
 * budget.c -- faults that did not happen, because the scenario's budget for them was spent.
 *
 * This room is for: which budget a fault counts against, telling of one that was withheld, counting them.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       judging.
 */
#include "shared.h"
#include "sink.h"

#include <inttypes.h>

static const struct budget {
    const char *one, *many, *how;
    enum plan_setting setting;
} budgets[REP_BUDGETS] = {
    {"machine", "machines", "at once", PLAN_SET_BUDGET_MACHINES},
    {"link", "links", "at once", PLAN_SET_BUDGET_LINKS},
    {"task", "tasks", "in all", PLAN_SET_BUDGET_TASKS},
    {"death of the driver", "deaths of the driver", "in all", PLAN_SET_BUDGET_DRIVER},
};

static enum rep_budget budget_of(int64_t kind)
{
    switch (plan_act_target((unsigned)kind)) {
    case PLAN_TARGET_LINK:
        return REP_BUDGET_LINKS;
    case PLAN_TARGET_TASK:
        return REP_BUDGET_TASKS;
    case PLAN_TARGET_DRIVER:
        return REP_BUDGET_DRIVER;
    case PLAN_TARGET_JOB:
    case PLAN_TARGET_EXECUTOR:
        break;
    }
    return REP_BUDGET_MACHINES;
}

static bool is_known(const struct trace_record *r) { return r->b > 0 && r->b < PLAN_ACT_LIMIT; }

bool rep_is_withheld(const struct trace_record *record)
{
    return record->kind == TRACE_FAULT && record->flags == TRACE_FAULT_WITHHELD;
}

static void add_many(struct rep_sink *out, const struct budget *b, uint64_t count)
{
    rep_add_format(out, "%" PRIu64 " %s", count, count == 1 ? b->one : b->many);
}

/* " (budget: 3 tasks in all)" */
void rep_add_budget(const struct plan *plan, const struct trace_record *record, struct rep_sink *out)
{
    if (!is_known(record))
        return;
    const struct budget *b = &budgets[budget_of(record->b)];
    rep_add(out, " (budget: ");
    add_many(out, b, (uint64_t)plan->setting[b->setting]);
    rep_add_format(out, " %s)", b->how);
}

uint64_t rep_count_withheld(const struct rep_run *run, uint64_t of[static REP_BUDGETS])
{
    uint64_t all = 0;
    for (int i = 0; i < REP_BUDGETS; i++)
        of[i] = 0;
    uint64_t until = rep_records_until(run, TRACE_BIT(TRACE_FAULT));
    for (uint64_t i = 0; i < until; i++)
        if (rep_is_withheld(&run->records[i]) && is_known(&run->records[i])) {
            of[budget_of(run->records[i].b)]++;
            all++;
        }
    return all;
}

/* "4 faults withheld (budgets: 3 tasks in all, 1 machine at once)": only budgets that were too small. */
void rep_put_withheld(const struct rep_run *run, const char *before, const char *after, FILE *out)
{
    uint64_t of[REP_BUDGETS], all = rep_count_withheld(run, of);
    const char *comma = "";
    char room[REP_SINK_SMALL];
    struct rep_sink sink = rep_sink_on(out, room, sizeof room);
    if (all == 0)
        return;
    rep_add_format(&sink, "%s%" PRIu64 " fault%s withheld (budget: ", before, all, all == 1 ? "" : "s");
    for (int i = 0; i < REP_BUDGETS; i++) {
        if (of[i] == 0)
            continue;
        rep_add(&sink, comma);
        add_many(&sink, &budgets[i], (uint64_t)run->plan->setting[budgets[i].setting]);
        rep_add_format(&sink, " %s", budgets[i].how);
        comma = ", ";
    }
    rep_add_format(&sink, ")%s", after);
    rep_sink_flush(&sink);
}
