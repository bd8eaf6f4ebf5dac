/*
 * act.c -- when something happens: at, between, when, anytime; and what: submit, crash, kill ...; and
 * expect.
 *
 * This room is for: acts, their triggers, and the list of expectations.
 * It may include:   the C library, Lua, trace/trace.h for the name of a record kind, host.h.
 * Never here:       what the acts do to the world.
 *
 * Invariant: host->acts is in the order the scenario tells them; acts of one instant happen in that
 * order.
 */
#include "host.h"

#include "trace/trace.h"

#include <assert.h>
#include <string.h>

/* ---- what happens */

struct scn_acts *scn_acts_new(lua_State *L, const char *what, unsigned kind, uint32_t count)
{
    struct scn_acts *made =
        scn_new(L, SCN_CLASS_ACTS, sizeof *made + count * sizeof made->at[0], 0);
    made->count = count;
    for (uint32_t i = 0; i < count; i++) {
        made->at[i].row = plan_act_blank();
        made->at[i].row.kind = kind;
    }
    scn_loose(L, &made->loose, what, "at, between or when");
    return made;
}

static int act_on_job(lua_State *L, const char *what, unsigned kind)
{
    uint32_t job = scn_job_at(L, 1, what);
    scn_acts_new(L, what, kind, 1)->at[0].row.job = job;
    return 1;
}

int scn_word_submit(lua_State *L) { return act_on_job(L, "submit", PLAN_ACT_SUBMIT); }
int scn_word_cancel(lua_State *L) { return act_on_job(L, "cancel", PLAN_ACT_CANCEL); }

struct scn_acts *scn_acts_on_executors(lua_State *L, const char *what, unsigned kind)
{
    const struct scn_executors *who =
        scn_check(L, 1, SCN_CLASS_EXECUTORS, what, lua_pushfstring(L, "%s(c.executor[2])", what));
    struct scn_acts *made = scn_acts_new(L, what, kind, who->count);
    for (uint32_t i = 0; i < who->count; i++)
        made->at[i].row.executor = who->at[i];
    return made;
}

int scn_word_crash(lua_State *L)
{
    static const struct scn_field fields[] = {{"for_good", SCN_FLAG, false, 0, 1, NULL}};
    int64_t for_good = 0;
    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        scn_table(L, 2, "crash", "crash(c.executor[2], { for_good = true })");
        scn_fields(L, 2, "crash", fields, 1, false, &for_good);
    }
    struct scn_acts *made = scn_acts_on_executors(L, "crash", PLAN_ACT_CRASH);
    for (uint32_t i = 0; i < made->count; i++)
        made->at[i].row.for_good = for_good != 0;
    return 1;
}

int scn_word_restart(lua_State *L)
{
    scn_acts_on_executors(L, "restart", PLAN_ACT_RESTART);
    return 1;
}

struct plan_act *scn_act_on_task(lua_State *L, const char *what, unsigned kind)
{
    const struct scn_task *task =
        scn_check(L, 1, SCN_CLASS_TASK, what, lua_pushfstring(L, "%s(resnet:rank(3))", what));
    struct plan_act *row = &scn_acts_new(L, what, kind, 1)->at[0].row;
    row->job = task->job;
    row->stage = task->stage;
    row->rank = task->rank;
    return row;
}

int scn_word_kill(lua_State *L)
{
    scn_act_on_task(L, "kill", PLAN_ACT_KILL_TASK);
    return 1;
}

int scn_word_hang_task(lua_State *L)
{
    scn_act_on_task(L, "hang_task", PLAN_ACT_HANG_TASK);
    return 1;
}

int scn_word_straggle(lua_State *L)
{
    static const struct scn_field longer = {"the time", SCN_TIME,      SCN_REQUIRED,
                                            1,          PLAN_TIME_MAX, NULL};
    int64_t duration = scn_value(L, 2, "straggle", &longer);
    scn_act_on_task(L, "straggle", PLAN_ACT_STRAGGLE_TASK)->duration_ns = duration;
    return 1;
}

/* ---- when it happens */

static void note_submission(lua_State *L, const struct plan_act *row)
{
    if (row->kind != PLAN_ACT_SUBMIT)
        return;
    struct scn_job *job = scn_row(&scn_host(L)->jobs, row->job);
    if (job->submit_ns != SCN_ABSENT)
        scn_fail(L, "submit: job '%s' has its own submit time (line %d); take one out", job->name,
                 job->line);
    if (job->submitted_line != 0)
        scn_fail(L, "submit: job '%s' is submitted twice, first in line %d; take one out",
                 job->name, job->submitted_line);
    job->submitted_line = scn_line(L);
}

static void place(lua_State *L, const struct scn_act *act)
{
    struct scn_host *host = scn_host(L);
    if (host->acts.count == PLAN_ACTS_MAX)
        scn_fail(L, "there are more than %d acts; tell a shorter story", PLAN_ACTS_MAX);
    note_submission(L, &act->row);
    struct scn_act *row = scn_add(L, &host->acts);
    *row = *act;
    row->line = scn_line(L);
}

void scn_submit_after(lua_State *L, uint32_t job, uint32_t ended, plan_ns ns)
{
    struct scn_act act = {.row = plan_act_blank(), .when = {.kind = trace_kind_text(TRACE_JOB_DONE), .row = plan_pattern_blank()}};
    act.row.kind = PLAN_ACT_SUBMIT;
    act.row.job = job;
    act.row.at_ns = ns;
    act.when.row.job = ended;
    place(L, &act);
}

/* Places the act and, at `to_ns`, what takes it back; false: nothing does. */
static bool place_with_back(lua_State *L, const struct scn_act *act, plan_ns to_ns)
{
    struct scn_act first = *act, second = *act;
    if (!plan_act_back(&act->row, &second.row))
        return false;
    first.row.pair = second.row.pair = scn_host(L)->pair_count++;
    second.row.at_ns = to_ns;
    place(L, &first);
    place(L, &second);
    return true;
}

/* The i-th item of the block at `table`, which must be an act. */
static struct scn_acts *acts_in(lua_State *L, int table, lua_Integer i, const char *what)
{
    lua_rawgeti(L, table, i);
    struct scn_acts *acts = scn_test(L, -1, SCN_CLASS_ACTS);
    if (acts == NULL) {
        const char *got = scn_describe(L, -1);
        scn_fail(L,
                 "%s: item %I is %s, must be something that happens, such as crash(c.executor[2])",
                 what, (LUAI_UACINT)i, got);
    }
    acts->loose.placed = true;
    lua_pop(L, 1);
    return acts;
}

static lua_Integer block_length(lua_State *L, int table, const char *what)
{
    lua_Integer count = (lua_Integer)lua_rawlen(L, table);
    if (count == 0)
        scn_fail(L, "%s: nothing happens in it; write what does, such as crash(c.executor[2])",
                 what);
    return count;
}

static void place_block(lua_State *L, int table, const char *what, plan_ns at_ns,
                        const struct scn_pattern *when)
{
    for (lua_Integer i = 1, count = block_length(L, table, what); i <= count; i++) {
        const struct scn_acts *acts = acts_in(L, table, i, what);
        for (uint32_t k = 0; k < acts->count; k++) {
            struct scn_act act = acts->at[k];
            act.row.at_ns = at_ns;
            if (when != NULL)
                act.when = *when;
            if (act.lasts_ns > 0)
                place_with_back(L, &act, at_ns + act.lasts_ns);
            else
                place(L, &act);
        }
    }
}

static const struct scn_field time_field = {"the time", SCN_TIME,      SCN_REQUIRED,
                                            0,          PLAN_TIME_MAX, NULL};

static int at_body(lua_State *L) /* upvalue: the time */
{
    scn_table(L, 1, "at", "at \"12s\" { crash(c.executor[2]) }");
    lua_settop(L, 1);
    scn_fields(L, 1, "at", NULL, 0, true, NULL);
    place_block(L, 1, "at", lua_tointeger(L, lua_upvalueindex(1)), NULL);
    return 0;
}

int scn_word_at(lua_State *L)
{
    lua_pushinteger(L, scn_value(L, 1, "at", &time_field));
    lua_pushcclosure(L, at_body, 1);
    return 1;
}

static int when_body(lua_State *L) /* upvalue: the pattern */
{
    enum { AFTER, NTH, COUNT };
    static const struct scn_field fields[COUNT] = {
        [AFTER] = {"after", SCN_TIME, 0, 0, PLAN_TIME_MAX, NULL},
        [NTH] = {"nth", SCN_INT, SCN_ABSENT, 1, PLAN_NONE - 1, "1 is the first match"},
    };
    int64_t v[COUNT];
    struct scn_pattern when = *(struct scn_pattern *)lua_touserdata(L, lua_upvalueindex(1));
    scn_table(L, 1, "when", "when(resnet:enters_epoch(7)) { kill(resnet:rank(3)) }");
    lua_settop(L, 1);
    scn_fields(L, 1, "when", fields, COUNT, true, v);
    if (v[NTH] != SCN_ABSENT && when.row.nth != 1)
        scn_fail(L, "when: nth is given here and in the pattern; take one out");
    if (v[NTH] != SCN_ABSENT)
        when.row.nth = (uint32_t)v[NTH];
    place_block(L, 1, "when", v[AFTER], &when);
    return 0;
}

int scn_word_when(lua_State *L)
{
    scn_check(L, 1, SCN_CLASS_PATTERN, "when",
              "when(resnet:enters_epoch(7)) { kill(resnet:rank(3)) }");
    lua_settop(L, 1);
    lua_pushcclosure(L, when_body, 1);
    return 1;
}

static void place_between(lua_State *L, const char *what, const struct scn_act *act, plan_ns from_ns,
                          plan_ns to_ns)
{
    struct scn_act first = *act;
    first.row.at_ns = from_ns;
    if (act->row.for_good)
        scn_fail(L, "between: crash is for_good, but between takes it back; leave for_good out");
    if (act->lasts_ns > 0)
        scn_fail(L, "between: %s has lasts, but between says how long; leave lasts out", what);
    if (!place_with_back(L, &first, to_ns))
        scn_fail(L,
                 "between: %s cannot be taken back; only crash, slow and the faults of a link can, "
                 "so write at \"...\" { ... }",
                 what);
}

static int between_body(lua_State *L) /* upvalues: both times */
{
    scn_table(L, 1, "between", "between \"20s\" \"35s\" { crash(c.executor[1]) }");
    lua_settop(L, 1);
    scn_fields(L, 1, "between", NULL, 0, true, NULL);
    for (lua_Integer i = 1, count = block_length(L, 1, "between"); i <= count; i++) {
        const struct scn_acts *acts = acts_in(L, 1, i, "between");
        for (uint32_t k = 0; k < acts->count; k++)
            place_between(L, acts->loose.what, &acts->at[k], lua_tointeger(L, lua_upvalueindex(1)),
                          lua_tointeger(L, lua_upvalueindex(2)));
    }
    return 0;
}

static int between_to(lua_State *L) /* upvalue: the first time */
{
    char first[32], second[32];
    plan_ns from = lua_tointeger(L, lua_upvalueindex(1)),
            to = scn_value(L, 1, "between", &time_field);
    if (to <= from) {
        plan_format_duration(from, first);
        plan_format_duration(to, second);
        scn_fail(L, "between: the second time is %s, must be later than the first, %s; swap them",
                 second, first);
    }
    lua_pushinteger(L, from);
    lua_pushinteger(L, to);
    lua_pushcclosure(L, between_body, 2);
    return 1;
}

int scn_word_between(lua_State *L)
{
    lua_pushinteger(L, scn_value(L, 1, "between", &time_field));
    lua_pushcclosure(L, between_to, 1);
    return 1;
}

/* For a search, which places each at every point. What lasts has no end then: its end is an act of its own. */
int scn_word_anytime(lua_State *L)
{
    enum { TIMES_MAX = 16 };
    static const struct scn_field fields[] = {{"times", SCN_INT, 1, 1, TIMES_MAX, "a search has no room for more"}};
    int64_t times;
    scn_table(L, 1, "anytime", "anytime { crash(c.executor[2]) }");
    lua_settop(L, 1);
    scn_fields(L, 1, "anytime", fields, 1, true, &times);
    for (lua_Integer i = 1, count = block_length(L, 1, "anytime"); i <= count; i++) {
        const struct scn_acts *acts = acts_in(L, 1, i, "anytime");
        for (uint32_t k = 0; k < acts->count * (uint32_t)times; k++) {
            struct scn_act act = acts->at[k % acts->count];
            if (act.lasts_ns > 0)
                scn_fail(L, "anytime: %s has lasts, but its end may come at any point, too; leave lasts out, and put what ends it (mend, restart) beside it",
                         acts->loose.what);
            act.row.at_ns = PLAN_NEVER;
            place(L, &act);
        }
    }
    return 0;
}

/* ---- expect */

static void note_expected(lua_State *L, const struct scn_expect *expect)
{
    if (expect->row.kind != PLAN_EXPECT_FAILS || expect->reason == NULL)
        return;
    if (strcmp(expect->reason, "slots") == 0 || strcmp(expect->reason, "never-fits") == 0)
        ((struct scn_job *)scn_row(&scn_host(L)->jobs, expect->row.job))->may_not_fit = true;
}

int scn_word_expect(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    scn_table(L, 1, "expect", "expect { resnet:succeeds() }");
    lua_settop(L, 1);
    scn_fields(L, 1, "expect", NULL, 0, true, NULL);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, 1); i++) {
        lua_rawgeti(L, 1, i);
        struct scn_expect *given = scn_test(L, 2, SCN_CLASS_EXPECT);
        if (given == NULL) {
            const char *got = scn_describe(L, 2);
            scn_fail(L, "expect: item %I is %s, must be an expectation such as resnet:succeeds()",
                     (LUAI_UACINT)i, got);
        }
        if (host->expects.count == PLAN_EXPECTS_MAX)
            scn_fail(L, "there are more than %d expectations; expect less", PLAN_EXPECTS_MAX);
        given->loose.placed = true;
        note_expected(L, given);
        const struct scn_expect **row = scn_add(L, &host->expects);
        *row = given;
        lua_settop(L, 1);
    }
    return 0;
}
