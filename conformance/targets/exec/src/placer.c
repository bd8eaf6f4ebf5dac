/*
 * placer.c -- the part of a placer: a view as a line, an answer as decisions.
 *
 * This room is for: the words of a view and of decisions, which are those of schedulers in Lua (scenarios/src/scheduler.c).
 * It may include:   Jansson, gang/placement.h, plan, trace, sim; child.h.
 * Never here:       deciding.
 *
 * A decision names a gang of the view that it answers; whatever else it says is looked at before the first of them counts.
 */
#include "child.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gang/placement.h"
#include "plan/plan.h"
#include "sim/sim.h"
#include "trace/trace.h"

enum { WHERE_MAX = 48 };

struct exec_placer {
    struct exec_child *child;
    const struct plan *plan;
    struct exec_text text;
    bool embellish;
};

static const char *const state_names[] = {"waiting", "holding", "launching", "running", "ending"};

struct exec_placer *exec_placer_new(struct exec_child *child, const struct plan *plan)
{
    struct exec_placer *placer = calloc(1, sizeof *placer);
    if (placer != NULL)
        *placer = (struct exec_placer){.child = child, .plan = plan};
    return placer;
}

void exec_placer_free(struct exec_placer *placer)
{
    if (placer == NULL)
        return;
    exec_text_free(&placer->text);
    free(placer);
}

void exec_placer_embellish(struct exec_placer *placer, bool embellish)
{
    placer->embellish = embellish;
}

/* ---- the view */

/* Ends an object. What comes here besides, no protocol knows. */
static void put_end(struct exec_text *text, bool embellish)
{
    exec_put(text, "%s}",
             embellish
                 ? ",\"weather\":{\"in\":[\"Sweden\",null,1e3],\"type\":\"fine\"},\"\\u00fc\":false"
                 : "");
}

static void put_places(struct exec_placer *placer, const struct gang_placer_view *v,
                       const struct gang_view_gang *g)
{
    struct exec_text *text = &placer->text;
    exec_put(text, ",\"places\":[");
    for (uint32_t i = 0; i < g->place_count; i++) {
        const struct gang_view_place *p = &v->places[g->first_place + i];
        exec_put(text, "%s{", i > 0 ? "," : "");
        exec_put_int(text, "rank", p->rank);
        exec_put_int(text, "count", p->count);
        exec_put_int(text, "executor", p->executor);
        exec_put_int(text, "since", p->since_ns);
        exec_put_name(text, "state", state_names[p->state]);
        put_end(text, placer->embellish);
    }
    exec_put(text, "]");
}

static void put_ranks(struct exec_text *text, const struct gang_placer_view *v,
                      const struct gang_view_gang *g)
{
    exec_put(text, ",\"ranks\":[");
    for (uint32_t i = 0; i < g->rank_count; i++)
        exec_put(text, "%s%" PRIu32, i > 0 ? "," : "", v->ranks[g->first_rank + i]);
    exec_put(text, "]");
}

/* So many must be placed in one plan for any of it to start. */
static uint32_t least_of(const struct gang_view_gang *g)
{
    if (g->kind == PLAN_STAGE_BARRIER)
        return g->waiting;
    if (g->together == 0)
        return 1;
    uint32_t there = g->held + g->asked;
    return g->together > there ? g->together - there : 1;
}

static void put_gang(struct exec_placer *placer, const struct gang_placer_view *v,
                     const struct gang_view_gang *g)
{
    struct exec_text *text = &placer->text;
    const struct plan *plan = placer->plan;
    const struct plan_job *job = &plan->jobs[g->job];
    const struct {
        const char *name;
        int64_t value;
    } fields[] = {
        {"job_id", g->job},
        {"stage_id", g->stage},
        {"attempt", g->attempt},
        {"size", g->size},
        {"together", g->together},
        {"priority", g->priority},
        {"attempts", g->attempts_used},
        {"failures", g->failures},
        {"losses", g->losses},
        {"missing", g->waiting},
        {"held", g->held},
        {"asked", g->asked},
        {"running", g->running},
        {"done", g->done},
        {"least", least_of(g)},
        {"order", (int64_t)g->order},
        {"submitted", g->submitted_ns},
        {"cores", g->need.cores},
        {"memory", g->need.memory_mib},
        {"gpu_milli", g->need.gpu_milli},
    };
    exec_put(text, "{");
    exec_put_name(text, "job", plan_text(plan, job->name));
    exec_put_name(text, "stage", plan_text(plan, plan->stages[job->first_stage + g->stage].name));
    exec_put_name(text, "kind", g->kind == PLAN_STAGE_BARRIER ? "gang" : "tasks");
    exec_put_name(text, "state", state_names[g->state]);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        exec_put_int(text, fields[i].name, fields[i].value);
    if (g->queued_ns != GANG_NEVER)
        exec_put_int(text, "queued", g->queued_ns);
    put_ranks(text, v, g);
    put_places(placer, v, g);
    put_end(text, placer->embellish);
}

static void put_gangs(struct exec_placer *placer, const struct gang_placer_view *v, const char *key,
                      uint32_t first, uint32_t last)
{
    struct exec_text *text = &placer->text;
    exec_put(text, ",\"%s\":[", key);
    for (uint32_t i = first; i < last; i++) {
        exec_put(text, "%s", i > first ? "," : "");
        put_gang(placer, v, &v->gangs[i]);
    }
    exec_put(text, "]");
}

static void put_executor(struct exec_text *text, const struct gang_view_executor *e, bool embellish)
{
    int64_t gpus = 0;
    for (uint64_t mask = e->total.gpu_mask; mask != 0; mask &= mask - 1)
        gpus++;
    exec_put(text, "{");
    exec_put_int(text, "index", e->id);
    exec_put_int(text, "incarnation", e->incarnation);
    exec_put_int(text, "rack", e->rack);
    exec_put(text, ",\"offered\":%s", e->offered != 0 ? "true" : "false");
    exec_put_int(text, "cores", e->free.cores);
    exec_put_int(text, "memory", e->free.memory_mib);
    exec_put_int(text, "gpu_milli", e->gpu_milli_free);
    exec_put_int(text, "total_cores", e->total.cores);
    exec_put_int(text, "total_memory", e->total.memory_mib);
    exec_put_int(text, "total_gpu_milli", 1000 * gpus);
    put_end(text, embellish);
}

static void put_view(struct exec_placer *placer, const struct gang_placer_view *v)
{
    struct exec_text *text = &placer->text;
    exec_put_int(text, "now", v->now_ns);
    put_gangs(placer, v, "waiting", 0, v->waiting);
    put_gangs(placer, v, "running", v->waiting, v->gang_count);
    exec_put(text, ",\"executors\":[");
    for (uint32_t i = 0; i < v->executor_count; i++) {
        exec_put(text, "%s", i > 0 ? "," : "");
        put_executor(text, &v->executors[i], placer->embellish);
    }
    exec_put(text, "]%s", placer->embellish ? ",\"weather\":\"fine\"" : "");
}

/* ---- decisions */

struct reading {
    struct exec_placer *placer;
    const struct gang_placer_view *view;
    struct sim_decisions *out;
    struct exec_err *err;
    char where[WHERE_MAX]; /* "decisions[3]" */
};
struct range {
    uint32_t rank, count, executor;
};

static bool add(struct reading *r, const struct gang_decision *decision)
{
    if (r->out->count == r->out->capacity)
        return exec_refuse(r->placer->child, r->err,
                           "there are more than %" PRIu32 " decisions; decide about each task once",
                           r->out->capacity);
    r->out->list[r->out->count++] = *decision;
    return true;
}

static const struct gang_view_gang *find_gang(struct reading *r, const json_t *item)
{
    int64_t job, stage;
    struct exec_child *child = r->placer->child;
    if (!exec_get_int(child, item, r->where, "job_id", 0, (int64_t)r->placer->plan->job_count - 1,
                      &job, r->err) ||
        !exec_get_int(child, item, r->where, "stage_id", 0,
                      (int64_t)r->placer->plan->jobs[job].stage_count - 1, &stage, r->err))
        return NULL;
    for (uint32_t i = 0; i < r->view->gang_count; i++)
        if (r->view->gangs[i].job == job && r->view->gangs[i].stage == stage)
            return &r->view->gangs[i];
    (void)exec_refuse(child, r->err,
                      "%s: job_id %" PRId64 " with stage_id %" PRId64
                      " is no gang of this view; take one of 'waiting' or 'running'",
                      r->where, job, stage);
    return NULL;
}

/* The i-th number of a list. */
static bool number_at(struct reading *r, const json_t *list, size_t i, const char *key,
                      int64_t most, uint32_t *out)
{
    char text[FRAGMENT_MAX];
    const json_t *value = json_array_get(list, i);
    int64_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    if (number < 0 || number > most)
        return exec_refuse(r->placer->child, r->err,
                           "item %zu of '%s' of %s must be an integer in 0..%" PRId64 ", is %s",
                           i + 1, key, r->where, most, exec_describe(value, text, sizeof text));
    *out = (uint32_t)number;
    return true;
}

/* The rank of the i-th item: of those that it names, else of those that wait. */
static bool rank_at(struct reading *r, const struct gang_view_gang *g, const json_t *ranks,
                    size_t i, uint32_t *out)
{
    if (ranks != NULL)
        return number_at(r, ranks, i, "ranks", (int64_t)g->size - 1, out);
    *out = r->view->ranks[g->first_rank + i];
    return true;
}

static struct gang_decision about(const struct gang_view_gang *g, enum gang_decision_kind kind)
{
    return (struct gang_decision){.kind = kind, .job = g->job, .stage = g->stage};
}

/* launch and hold: the i-th of the ranks goes to the i-th executor; a launch without executors is of what is held. */
static bool read_placing(struct reading *r, const json_t *item, enum gang_decision_kind kind)
{
    static const char *const keys[] = {"do", "job_id", "stage_id", "executors", "ranks", NULL};
    json_t *executors, *ranks;
    struct exec_child *child = r->placer->child;
    const struct gang_view_gang *g = find_gang(r, item);
    if (g == NULL || !exec_only_keys(child, item, r->where, keys, r->err) ||
        !exec_get_list(child, item, r->where, "executors", kind == GANG_DECIDE_HOLD, &executors,
                       r->err) ||
        !exec_get_list(child, item, r->where, "ranks", false, &ranks, r->err))
        return false;
    struct gang_decision decision = about(g, kind);
    size_t count = executors != NULL ? json_array_size(executors) : 0,
           most = ranks != NULL ? json_array_size(ranks) : g->rank_count;
    if (executors == NULL)
        return add(r, &decision);
    if (count > most)
        return exec_refuse(child, r->err,
                           "%s: %zu executors for %zu tasks; give one executor a task", r->where,
                           count, most);
    for (size_t i = 0; i < count; i++) {
        struct range next = {.count = 1};
        if (!rank_at(r, g, ranks, i, &next.rank) ||
            !number_at(r, executors, i, "executors", (int64_t)r->placer->plan->executor_count - 1,
                       &next.executor))
            return false;
        if (decision.count > 0 && next.executor == decision.executor &&
            next.rank == decision.rank + decision.count) {
            decision.count++;
            continue;
        }
        if (decision.count > 0 && !add(r, &decision))
            return false;
        decision.rank = next.rank;
        decision.executor = next.executor;
        decision.count = 1;
    }
    return count == 0 || add(r, &decision);
}

/* release and evict: of all its ranks, or of those it names. */
static bool read_ending(struct reading *r, const json_t *item, enum gang_decision_kind kind)
{
    static const char *const keys[] = {"do", "job_id", "stage_id", "ranks", NULL};
    json_t *ranks;
    struct exec_child *child = r->placer->child;
    const struct gang_view_gang *g = find_gang(r, item);
    if (g == NULL || !exec_only_keys(child, item, r->where, keys, r->err) ||
        !exec_get_list(child, item, r->where, "ranks", false, &ranks, r->err))
        return false;
    struct gang_decision decision = about(g, kind);
    if (ranks == NULL)
        return add(r, &decision);
    for (size_t i = 0; i < json_array_size(ranks); i++) {
        uint32_t rank;
        if (!rank_at(r, g, ranks, i, &rank))
            return false;
        if (decision.count > 0 && rank == decision.rank + decision.count) {
            decision.count++;
            continue;
        }
        if (decision.count > 0 && !add(r, &decision))
            return false;
        decision.rank = rank;
        decision.count = 1;
    }
    return decision.count == 0 || add(r, &decision);
}

static bool read_fail(struct reading *r, const json_t *item)
{
    static const char *const keys[] = {"do", "job_id", "stage_id", "reason", NULL};
    const char *reason;
    char text[FRAGMENT_MAX];
    struct exec_child *child = r->placer->child;
    const struct gang_view_gang *g = find_gang(r, item);
    if (g == NULL || !exec_only_keys(child, item, r->where, keys, r->err) ||
        !exec_get_text(child, item, r->where, "reason", false, &reason, r->err))
        return false;
    int number = trace_reason_parse(reason != NULL ? reason : "given-up");
    if (number <= 0)
        return exec_refuse(
            child, r->err,
            "'reason' of %s must be \"given-up\" or another of muster's reasons, is \"%s\"",
            r->where, exec_printable(reason, strlen(reason), text, sizeof text));
    struct gang_decision decision = about(g, GANG_DECIDE_FAIL);
    decision.reason = (uint32_t)number;
    return add(r, &decision);
}

static bool read_wake(struct reading *r, const json_t *item)
{
    static const char *const keys[] = {"do", "at", NULL};
    struct exec_child *child = r->placer->child;
    struct gang_decision decision = {.kind = GANG_DECIDE_WAKE};
    if (!exec_only_keys(child, item, r->where, keys, r->err) ||
        !exec_get_int(child, item, r->where, "at", r->view->now_ns + 1, INT64_MAX, &decision.at_ns,
                      r->err))
        return false;
    return add(r, &decision);
}

static bool read_decision(struct reading *r, const json_t *item)
{
    static const char *const words[] = {"launch", "hold", "release", "evict", "fail", "wake_at"};
    char text[FRAGMENT_MAX];
    const json_t *word = json_object_get(item, "do");
    int kind = -1;
    if (!json_is_object(item))
        return exec_refuse(r->placer->child, r->err, "%s must be an object, is %s", r->where,
                           exec_describe(item, text, sizeof text));
    for (int i = 0; i < 6; i++)
        if (json_is_string(word) && strcmp(json_string_value(word), words[i]) == 0)
            kind = i + GANG_DECIDE_LAUNCH;
    switch (kind) {
    case GANG_DECIDE_LAUNCH:
    case GANG_DECIDE_HOLD:
        return read_placing(r, item, (enum gang_decision_kind)kind);
    case GANG_DECIDE_RELEASE:
    case GANG_DECIDE_EVICT:
        return read_ending(r, item, (enum gang_decision_kind)kind);
    case GANG_DECIDE_FAIL:
        return read_fail(r, item);
    case GANG_DECIDE_WAKE:
        return read_wake(r, item);
    default:
        return exec_refuse(
            r->placer->child, r->err,
            "'do' of %s must be launch, hold, release, evict, fail or wake_at, is %s", r->where,
            exec_describe(word, text, sizeof text));
    }
}

static bool read_answer(struct reading *r, const json_t *answer)
{
    static const char *const keys[] = {"decisions", NULL};
    struct exec_child *child = r->placer->child;
    json_t *list, *item;
    size_t i;
    if (!exec_only_keys(child, answer, "the answer", keys, r->err) ||
        !exec_get_list(child, answer, "the answer", "decisions", true, &list, r->err))
        return false;
    json_array_foreach(list, i, item)
    {
        (void)snprintf(r->where, sizeof r->where, "decisions[%zu]", i);
        if (!read_decision(r, item))
            return false;
    }
    return true;
}

enum exec_status exec_placer_plan(struct exec_placer *placer, const struct gang_placer_view *view,
                                  struct sim_decisions *out, struct exec_err *err)
{
    json_t *answer;
    struct reading reading = {.placer = placer, .view = view, .out = out, .err = err};
    exec_begin(placer->child, &placer->text, "plan");
    put_view(placer, view);
    enum exec_status status =
        exec_ask(placer->child, view->now_ns, &placer->text, "decisions", &answer, err);
    if (status != EXEC_OK)
        return status;
    out->count = 0;
    bool right = read_answer(&reading, answer);
    json_decref(answer);
    return right ? EXEC_OK : err->code;
}
