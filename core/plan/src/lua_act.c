/*
 * lua_act.c -- what happens and what is expected, told as Lua.
 *
 * This room is for: the plan (see plan.h); this file: at, between, when, anytime, expect.
 * It may include:   private.h, registry.h, lua.h.
 * Never here:       jobs and their programs (lua.c, lua_program.c).
 *
 * Neighbours with the same trigger share a block; the order of acts stays, for acts of one instant
 * happen in it. What was told is also kept as the row that loading will give: if that is not the
 * plan's row, there is no word for the difference.
 */
#include "lua.h"

#include <string.h>

/* Records that the scenario host has a phrase for. */
static const char RECORD_START[] = "start", RECORD_RELEASE[] = "release";

/* The field of the two rows that differs first; NULL: none. */
static const char *difference(enum plan_part_id id, const void *a, const void *b)
{
    const struct plan_part *part = &plan_parts[id];
    for (unsigned i = 0; i < part->field_count; i++) {
        const struct plan_field *field = &part->fields[i];
        if (plan_field_is_of(field, plan_kind_get(part, a)) &&
            plan_field_get(field, a) != plan_field_get(field, b))
            return field->text;
    }
    return NULL;
}

static bool same_pattern(const struct plan_pattern *a, const struct plan_pattern *b)
{
    _Static_assert(sizeof *a == 8 * sizeof(uint32_t), "a pattern has no gaps");
    return memcmp(a, b, sizeof *a) == 0;
}

/* ---- patterns */

static void say_any(struct plan_lua *lua, bool *first, const char *name, uint32_t value)
{
    if (value == PLAN_NONE)
        return;
    plan_lua_say_field(lua, first, name);
    plan_lua_say_number(lua, value);
}

static const char *stage_text(const struct plan_lua *lua, uint32_t job, uint32_t stage)
{
    const struct plan *plan = lua->plan;
    return plan_text(plan, plan->stages[plan->jobs[job].first_stage + stage].name);
}

/* `before`, the fields that no phrase says already, `after`; nothing at all if there is no such
 * field. */
static void say_fields(struct plan_lua *lua, const struct plan_pattern *when, bool with_job,
                       bool with_epoch, const char *before, const char *after)
{
    const struct plan_pattern any = plan_pattern_blank();
    struct plan_pattern rest = *when;
    bool first = true;
    rest.kind = PLAN_NONE;
    rest.job = with_job ? when->job : PLAN_NONE;
    rest.epoch = with_epoch ? when->epoch : PLAN_NONE;
    if (same_pattern(&rest, &any))
        return;
    plan_lua_say(lua, before);
    if (rest.job != PLAN_NONE) {
        plan_lua_say_field(lua, &first, "job");
        plan_lua_say_name(lua, &lua->jobs, rest.job);
    }
    if (rest.stage != PLAN_NONE) {
        plan_lua_say_field(lua, &first, "stage");
        plan_lua_say_string(lua, stage_text(lua, when->job, rest.stage));
    }
    say_any(lua, &first, "executor", rest.executor);
    say_any(lua, &first, "attempt", rest.attempt);
    say_any(lua, &first, "epoch", rest.epoch);
    say_any(lua, &first, "rank", rest.rank);
    say_any(lua, &first, "nth", rest.nth == 1 ? PLAN_NONE : rest.nth);
    plan_lua_say(lua, after);
}

static void say_pattern(struct plan_lua *lua, const struct plan_pattern *when)
{
    const char *kind = plan_text(lua->plan, when->kind);
    if (strcmp(kind, RECORD_RELEASE) == 0 && when->job != PLAN_NONE &&
        when->epoch < PLAN_NONE - 2) {
        plan_lua_say_name(lua, &lua->jobs, when->job);
        plan_lua_say(lua, ":enters_epoch(");
        plan_lua_say_number(lua, (int64_t)when->epoch + 1);
        say_fields(lua, when, false, false, ", { ", " }");
        plan_lua_say(lua, ")");
    } else if (strcmp(kind, RECORD_START) == 0 && when->job != PLAN_NONE) {
        plan_lua_say_name(lua, &lua->jobs, when->job);
        plan_lua_say(lua, ":starts(");
        say_fields(lua, when, false, true, "{ ", " }");
        plan_lua_say(lua, ")");
    } else {
        plan_lua_say(lua, "record(");
        plan_lua_say_string(lua, kind);
        say_fields(lua, when, true, true, ", { ", " }");
        plan_lua_say(lua, ")");
    }
}

/* ---- acts */

/* A stage need not be named if it is the job's only one, or its only gang. */
static bool is_obvious(const struct plan *plan, uint32_t job, uint32_t stage)
{
    const struct plan_job *row = &plan->jobs[job];
    for (uint32_t i = 0; i < row->stage_count; i++) {
        bool is_gang = plan->stages[row->first_stage + i].kind == PLAN_STAGE_BARRIER;
        if (row->stage_count > 1 && is_gang != (i == stage))
            return false;
    }
    return true;
}

static void say_task(struct plan_lua *lua, const struct plan_act *act)
{
    plan_lua_say_name(lua, &lua->jobs, act->job);
    plan_lua_say(lua, ":rank(");
    plan_lua_say_number(lua, act->rank);
    if (!is_obvious(lua->plan, act->job, act->stage)) {
        plan_lua_say(lua, ", ");
        plan_lua_say_string(lua, stage_text(lua, act->job, act->stage));
    }
    plan_lua_say(lua, ")");
}

/* What an act consists of besides its target, by the fields its word has. */
enum { OF_WAY = 1, OF_AMOUNT = 2, OF_DURATION = 4, OF_FOR_GOOD = 8, OF_PEER = 16 };
static const struct phrase {
    uint8_t fields;
    const char *amount, *duration; /* what they are called in a table; NULL: said without a name */
} phrases[PLAN_ACT_LIMIT] = {
    [PLAN_ACT_CRASH] = {OF_FOR_GOOD, NULL, NULL},
    [PLAN_ACT_STRAGGLE_TASK] = {OF_DURATION, NULL, NULL},
    [PLAN_ACT_CUT] = {OF_WAY | OF_PEER, NULL, NULL},
    [PLAN_ACT_MEND] = {OF_WAY | OF_PEER, NULL, NULL},
    [PLAN_ACT_HOLD] = {OF_WAY | OF_PEER, NULL, NULL},
    [PLAN_ACT_CLOG] = {OF_WAY | OF_DURATION | OF_PEER, NULL, "by"},
    [PLAN_ACT_BREAK] = {OF_PEER, NULL, NULL},
    [PLAN_ACT_REFUSE] = {OF_WAY | OF_PEER, NULL, NULL},
    [PLAN_ACT_LOSE] = {OF_WAY | OF_AMOUNT, "permille", NULL},
    [PLAN_ACT_DOUBLE] = {OF_WAY | OF_AMOUNT, "permille", NULL},
    [PLAN_ACT_REORDER] = {OF_WAY | OF_AMOUNT | OF_DURATION, "permille", "by"},
    [PLAN_ACT_PAUSE] = {OF_DURATION, NULL, NULL},
    [PLAN_ACT_SLOW] = {OF_AMOUNT, "percent", NULL},
    [PLAN_ACT_DRIFT] = {OF_AMOUNT, "ppm", NULL},
    [PLAN_ACT_DRAIN] = {OF_DURATION, NULL, NULL},
    [PLAN_ACT_LOSE_GPU] = {OF_AMOUNT, NULL, NULL},
    [PLAN_ACT_TAKE] = {OF_AMOUNT | OF_DURATION, "cores", "lasts"},
    [PLAN_ACT_LINGER] = {OF_DURATION, NULL, NULL},
    [PLAN_ACT_STRAY_CALL] = {OF_WAY | OF_AMOUNT, "epoch", NULL},
    [PLAN_ACT_CRASH_DRIVER] = {OF_AMOUNT | OF_DURATION, "effect", "back"},
};

/* A field of the table behind the target; the first one opens it. */
static void say_named(struct plan_lua *lua, bool *first, const char *name)
{
    bool opened = true;
    if (*first)
        plan_lua_say(lua, "{ ");
    plan_lua_say_field(lua, *first ? &opened : first, name);
    *first = false;
}

static void say_way(struct plan_lua *lua, bool *first, const struct plan_act *act)
{
    static const char *const ways[] = {
        [PLAN_WAY_BOTH] = "both", [PLAN_WAY_IN] = "in", [PLAN_WAY_OUT] = "out"};
    static const char *const ops[] = {"barrier", "all_gather"};
    bool is_call = act->kind == PLAN_ACT_STRAY_CALL;
    if (act->way == PLAN_WAY_BOTH && !is_call)
        return;
    say_named(lua, first, is_call ? "op" : "way");
    plan_lua_say_string(lua, is_call ? ops[act->way] : ways[act->way]);
}

static void say_peer(struct plan_lua *lua, bool *first, const struct plan_act *act)
{
    if (act->peer == PLAN_NONE)
        return;
    say_named(lua, first, "to");
    plan_lua_say(lua, "c.executor[");
    plan_lua_say_number(lua, act->peer);
    plan_lua_say(lua, "]");
}

/* Amount and duration, in a table if they have names; what need not be said is not. */
static void say_measures(struct plan_lua *lua, bool *first, const struct plan_act *act)
{
    const struct phrase *phrase = &phrases[act->kind];
    bool may_be_none = act->kind == PLAN_ACT_TAKE;
    if (phrase->duration != NULL && (act->duration_ns != 0 || !may_be_none)) {
        say_named(lua, first, phrase->duration);
        plan_lua_say_time(lua, act->duration_ns);
    } else if ((phrase->fields & OF_DURATION) != 0 && phrase->duration == NULL) {
        plan_lua_say_time(lua, act->duration_ns);
    }
    if (phrase->amount != NULL && (act->amount != 0 || act->kind != PLAN_ACT_CRASH_DRIVER)) {
        say_named(lua, first, phrase->amount);
        plan_lua_say_number(lua, act->amount);
    } else if ((phrase->fields & OF_AMOUNT) != 0 && phrase->amount == NULL) {
        plan_lua_say_number(lua, act->amount);
    }
}

static bool says_more(const struct plan_act *act, plan_ns lasts_ns)
{
    unsigned fields = phrases[act->kind].fields;
    return lasts_ns != 0 || (fields & (OF_AMOUNT | OF_DURATION)) != 0 ||
           act->kind == PLAN_ACT_STRAY_CALL ||
           ((fields & OF_WAY) != 0 && act->way != PLAN_WAY_BOTH) ||
           ((fields & OF_PEER) != 0 && act->peer != PLAN_NONE) ||
           ((fields & OF_FOR_GOOD) != 0 && act->for_good != 0);
}

static void say_arguments(struct plan_lua *lua, const struct plan_act *act, plan_ns lasts_ns)
{
    unsigned fields = phrases[act->kind].fields;
    bool first = true;
    if ((fields & OF_FOR_GOOD) != 0 && act->for_good != 0) {
        say_named(lua, &first, "for_good");
        plan_lua_say(lua, "true");
    }
    if ((fields & OF_PEER) != 0)
        say_peer(lua, &first, act);
    if ((fields & OF_WAY) != 0)
        say_way(lua, &first, act);
    say_measures(lua, &first, act);
    if (act->size != 0) {
        say_named(lua, &first, "size");
        plan_lua_say_number(lua, act->size);
    }
    if (lasts_ns != 0) {
        say_named(lua, &first, "lasts");
        plan_lua_say_time(lua, lasts_ns);
    }
    plan_lua_say(lua, first ? "" : " }");
}

/* What loading the word gives, but for its trigger. */
static struct plan_act what_is_said(const struct plan_act *act)
{
    unsigned fields = phrases[act->kind].fields;
    struct plan_act row = plan_act_blank();
    row.kind = act->kind;
    row.executor = act->executor; /* the target's fields are blank where the kind has none */
    row.job = act->job;
    row.stage = act->stage;
    row.rank = act->rank;
    row.way = (fields & OF_WAY) != 0 ? act->way : 0;
    row.amount = (fields & OF_AMOUNT) != 0 ? act->amount : 0;
    row.duration_ns = (fields & OF_DURATION) != 0 ? act->duration_ns : 0;
    row.size = act->size; /* blank where the kind has none */
    row.for_good = (fields & OF_FOR_GOOD) != 0 ? act->for_good : 0;
    row.peer = (fields & OF_PEER) != 0 ? act->peer : PLAN_NONE;
    return row;
}

/* "crash(c.executor[2], { for_good = true })"; `row` becomes what loading that gives. */
static void say_act(struct plan_lua *lua, const struct plan_act *act, plan_ns lasts_ns,
                    struct plan_act *row)
{
    *row = what_is_said(act);
    plan_lua_say(lua, plan_act_word(act->kind));
    plan_lua_say(lua, "(");
    switch (plan_act_target(act->kind)) {
    case PLAN_TARGET_JOB:
        plan_lua_say_name(lua, &lua->jobs, act->job);
        break;
    case PLAN_TARGET_DRIVER:
        break;
    case PLAN_TARGET_LINK:
    case PLAN_TARGET_EXECUTOR:
        plan_lua_say(lua, "c.executor[");
        plan_lua_say_number(lua, act->executor);
        plan_lua_say(lua, "]");
        break;
    case PLAN_TARGET_TASK:
        say_task(lua, act);
        break;
    }
    if (says_more(act, lasts_ns)) {
        plan_lua_say(lua, plan_act_target(act->kind) == PLAN_TARGET_DRIVER ? "" : ", ");
        say_arguments(lua, act, lasts_ns);
    }
    plan_lua_say(lua, ")");
}

/* Is the next act the one that takes this one back, later under the same trigger? */
static bool is_paired(const struct plan *plan, uint32_t i)
{
    const struct plan_act *act = &plan->acts[i];
    struct plan_act back;
    if (i + 1 >= plan->act_count || act->pair == PLAN_NONE || act->for_good != 0 ||
        act->at_ns >= act[1].at_ns || !plan_act_back(act, &back))
        return false;
    back.at_ns = act[1].at_ns;
    return back.kind == act[1].kind && difference(PART_ACT, &back, &act[1]) == NULL;
}

/* between ... { crash(...) } */
static bool is_taken_back(const struct plan *plan, uint32_t i)
{
    return plan->acts[i].when.kind == PLAN_NONE && is_paired(plan, i);
}

/* when(...) { cut(..., { lasts = "5s" }) } */
static bool has_lasts(const struct plan *plan, uint32_t i)
{
    return plan->acts[i].when.kind != PLAN_NONE && plan->acts[i].kind != PLAN_ACT_CRASH &&
           is_paired(plan, i);
}

static bool same_trigger(const struct plan_act *a, const struct plan_act *b)
{
    return a->at_ns == b->at_ns && same_pattern(&a->when, &b->when);
}

/* `row` is what loading the act gives but for its trigger: is that all there is to it? */
static void check_told(struct plan_lua *lua, uint32_t i, struct plan_act *row, uint32_t pair)
{
    const struct plan_act *act = &lua->plan->acts[i];
    row->at_ns = act->at_ns;
    row->when = act->when.kind != PLAN_NONE ? act->when : plan_pattern_blank();
    row->pair = pair;
    const char *other = difference(PART_ACT, act, row);
    if (other != NULL)
        plan_lua_cannot(lua, PART_ACT, i, other);
}

/* The two acts that one word made. */
static void check_both_told(struct plan_lua *lua, uint32_t i, struct plan_act *row)
{
    const struct plan_act *act = &lua->plan->acts[i];
    struct plan_act back;
    check_told(lua, i, row, act->pair);
    if (plan_act_back(row, &back))
        check_told(lua, i + 1, &back, act->pair);
}

static void say_between(struct plan_lua *lua, uint32_t i)
{
    const struct plan_act *act = &lua->plan->acts[i];
    struct plan_act row;
    plan_lua_say(lua, "between ");
    plan_lua_say_time(lua, act->at_ns);
    plan_lua_say(lua, " ");
    plan_lua_say_time(lua, act[1].at_ns);
    plan_lua_say(lua, " { ");
    say_act(lua, act, 0, &row);
    plan_lua_say(lua, " }\n");
    check_both_told(lua, i, &row);
}

static void say_trigger(struct plan_lua *lua, const struct plan_act *act)
{
    if (act->when.kind == PLAN_NONE && act->at_ns == PLAN_NEVER) {
        plan_lua_say(lua, "anytime");
    } else if (act->when.kind == PLAN_NONE) {
        plan_lua_say(lua, "at ");
        plan_lua_say_time(lua, act->at_ns);
    } else {
        plan_lua_say(lua, "when(");
        say_pattern(lua, &act->when);
        plan_lua_say(lua, ")");
    }
    plan_lua_say(lua, " { ");
}

/* The block that begins with act `first`; returns the act behind it. */
static uint32_t say_block(struct plan_lua *lua, uint32_t first)
{
    const struct plan *plan = lua->plan;
    const struct plan_act *act = &plan->acts[first];
    uint32_t i = first;
    say_trigger(lua, act);
    do {
        bool lasts = has_lasts(plan, i);
        struct plan_act row;
        plan_lua_say(lua, i == first ? "" : ", ");
        say_act(lua, &plan->acts[i], lasts ? plan->acts[i + 1].at_ns - plan->acts[i].at_ns : 0,
                &row);
        if (lasts)
            check_both_told(lua, i, &row);
        else
            check_told(lua, i, &row, PLAN_NONE);
        i += lasts ? 2 : 1;
    } while (i < plan->act_count && same_trigger(act, &plan->acts[i]) && !is_taken_back(plan, i));
    if (act->when.kind != PLAN_NONE && act->at_ns != 0) {
        plan_lua_say(lua, ", after = ");
        plan_lua_say_time(lua, act->at_ns);
    }
    plan_lua_say(lua, " }\n");
    return i;
}

void plan_lua_say_acts(struct plan_lua *lua)
{
    if (lua->plan->act_count > 0)
        plan_lua_say(lua, "\n");
    for (uint32_t i = 0; i < lua->plan->act_count;) {
        if (is_taken_back(lua->plan, i)) {
            say_between(lua, i);
            i += 2;
        } else {
            i = say_block(lua, i);
        }
    }
}

/* ---- expectations */

static void say_bounds(struct plan_lua *lua, const struct plan_expect *expect)
{
    bool first = true;
    plan_lua_say(lua, "{ ");
    if (expect->attempts_min != PLAN_NONE) {
        plan_lua_say_field(lua, &first, "at_least");
        plan_lua_say_number(lua, expect->attempts_min);
    }
    if (expect->attempts_max != PLAN_NONE) {
        plan_lua_say_field(lua, &first, "at_most");
        plan_lua_say_number(lua, expect->attempts_max);
    }
    plan_lua_say(lua, " }");
}

static void say_succeeds(struct plan_lua *lua, const struct plan_expect *expect,
                         struct plan_expect *row)
{
    bool first = true;
    bool bounded = expect->attempts_min != PLAN_NONE || expect->attempts_max != PLAN_NONE;
    plan_lua_say_name(lua, &lua->jobs, expect->job);
    plan_lua_say(lua, ":succeeds");
    plan_lua_say(lua, bounded || expect->within_ns != PLAN_NEVER ? " { " : "()");
    if (expect->within_ns != PLAN_NEVER) {
        plan_lua_say_field(lua, &first, "within");
        plan_lua_say_time(lua, expect->within_ns);
    }
    if (bounded) {
        plan_lua_say_field(lua, &first, "attempts");
        if (expect->attempts_min == expect->attempts_max)
            plan_lua_say_number(lua, expect->attempts_min);
        else
            say_bounds(lua, expect);
    }
    plan_lua_say(lua, first ? "" : " }");
    row->within_ns = expect->within_ns;
    row->attempts_min = expect->attempts_min;
    row->attempts_max = expect->attempts_max;
}

static void say_expect(struct plan_lua *lua, const struct plan_expect *expect,
                       struct plan_expect *row)
{
    const struct plan *plan = lua->plan;
    *row = plan_expect_blank();
    row->kind = expect->kind;
    switch ((enum plan_expect_kind)expect->kind) {
    case PLAN_EXPECT_SUCCEEDS:
        row->job = expect->job;
        say_succeeds(lua, expect, row);
        return;
    case PLAN_EXPECT_FAILS:
        row->job = expect->job;
        row->reason = expect->reason;
        plan_lua_say_name(lua, &lua->jobs, expect->job);
        plan_lua_say(lua, ":fails(");
        if (expect->reason != PLAN_NONE)
            plan_lua_say_string(lua, plan_text(plan, expect->reason));
        plan_lua_say(lua, ")");
        return;
    case PLAN_EXPECT_SOMETIMES:
    case PLAN_EXPECT_NEVER:
        row->label = expect->label;
        row->when = expect->when;
        plan_lua_say(lua, expect->kind == PLAN_EXPECT_SOMETIMES ? "sometimes(" : "never(");
        plan_lua_say_string(lua, plan_text(plan, expect->label));
        plan_lua_say(lua, ", ");
        say_pattern(lua, &expect->when);
        plan_lua_say(lua, ")");
        return;
    }
}

void plan_lua_say_expects(struct plan_lua *lua)
{
    const struct plan *plan = lua->plan;
    if (plan->expect_count == 0)
        return;
    plan_lua_say(lua, "\nexpect {");
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        struct plan_expect row;
        plan_lua_say_line(lua, 1);
        say_expect(lua, &plan->expects[i], &row);
        plan_lua_say(lua, ",");
        const char *other = difference(PART_EXPECT, &plan->expects[i], &row);
        if (plan->expects[i].when.kind != PLAN_NONE && plan->expects[i].label == PLAN_NONE)
            other = "a missing label";
        if (plan->expects[i].attempts_min == 0 || plan->expects[i].attempts_max == 0)
            other = "0 attempts";
        if (other != NULL)
            plan_lua_cannot(lua, PART_EXPECT, i, other);
    }
    plan_lua_say(lua, "\n}\n");
}
