/*
 * deliver.c -- the scenario's rows become a plan, once the whole of it has run.
 *
 * This room is for: what only the whole can show (acts that are in no block, tasks that no executor
 *                   can hold), and the one order in which a plan's parts are added.
 * It may include:   the C library, Lua, the plan, host.h.
 * Never here:       the vocabulary.
 *
 * Invariant: names, profiles, distributions, programs and columns enter the plan where the first
 * stage, act or expectation that needs them does, so what is in no stage is in no plan, and equal
 * scenarios give equal plans.
 */
#include "host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static noreturn void fail_memory(lua_State *L)
{
    scn_host(L)->status = SCN_E_MEMORY;
    scn_fail(L, SCN_MARK ": out of memory while the plan is made");
}

static uint32_t added(lua_State *L, uint32_t row)
{
    if (row == PLAN_NONE)
        fail_memory(L);
    return row;
}

static uint32_t optional_name(lua_State *L, const char *text)
{
    return text == NULL ? PLAN_NONE : added(L, plan_name(scn_host(L)->plan, text));
}

/* ------------------------------------------------------------------ what only the whole can show
 */

static void refuse_loose(lua_State *L, const struct scn_host *host)
{
    for (uint32_t i = 0; i < host->loose.count; i++) {
        const struct scn_loose *loose = *(struct scn_loose **)scn_row(&host->loose, i);
        if (!loose->placed)
            scn_fail(L, SCN_MARK ":%d: %s stands alone and does nothing; put it into %s",
                     loose->line, loose->what, loose->belongs);
    }
}

static uint32_t whole_gpus(const struct plan_profile *need)
{
    return need->gpu_milli / 1000 + (need->gpu_milli % 1000 > 0);
}

static bool holds(const struct plan_executor *executor, const struct plan_profile *need)
{
    return executor->cores >= need->cores && executor->memory_mib >= need->memory_mib &&
           executor->gpus >= whole_gpus(need);
}

/* Says which resource of the largest executor is too small for one task; if none alone is, that
 * they are nowhere together. */
static noreturn void fail_never_fits(lua_State *L, const struct scn_host *host,
                                     const struct scn_job *job, const struct scn_stage *stage)
{
    const struct {
        const char *what, *key;
        uint32_t need;
        size_t at;
    } resources[] = {
        {"cores", "cores", stage->need.cores, offsetof(struct plan_executor, cores)},
        {"MiB of memory", "memory", stage->need.memory_mib,
         offsetof(struct plan_executor, memory_mib)},
        {"GPUs", "gpus", whole_gpus(&stage->need), offsetof(struct plan_executor, gpus)},
    };
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        uint32_t most = 0;
        for (uint32_t g = 0; g < host->groups.count; g++) {
            uint32_t has;
            memcpy(&has, (const char *)scn_row(&host->groups, g) + resources[i].at, sizeof has);
            most = has > most ? has : most;
        }
        if (resources[i].need > most)
            scn_fail(
                L,
                SCN_MARK
                ":%d: stage '%s': a task needs %I %s, the largest executor of this cluster has %I; "
                "lower %s, enlarge the cluster, or expect job '%s' to fail with \"never-fits\"",
                stage->loose.line, stage->name, (LUAI_UACINT)resources[i].need, resources[i].what,
                (LUAI_UACINT)most, resources[i].key, job->name);
    }
    scn_fail(L,
             SCN_MARK
             ":%d: stage '%s': a task needs %I cores, %I MiB of memory and %I GPUs, no executor of "
             "this cluster "
             "has them together; ask for less, or expect job '%s' to fail with \"never-fits\"",
             stage->loose.line, stage->name, (LUAI_UACINT)stage->need.cores,
             (LUAI_UACINT)stage->need.memory_mib, (LUAI_UACINT)whole_gpus(&stage->need), job->name);
}

static bool any_holds(const struct scn_host *host, const struct plan_profile *need)
{
    for (uint32_t g = 0; g < host->groups.count; g++)
        if (holds(&((const struct scn_group *)scn_row(&host->groups, g))->row, need))
            return true;
    return false;
}

static void refuse_never_fits(lua_State *L, const struct scn_host *host)
{
    struct plan_profile good = {
        0}; /* the last one that was found to fit: mostly the next one too */
    for (uint32_t j = 0; j < host->jobs.count; j++) {
        const struct scn_job *job = scn_row(&host->jobs, j);
        for (uint32_t s = 0; s < job->stage_count; s++) {
            const struct scn_stage *stage = scn_row(&host->stages, job->first_stage + s);
            if (job->may_not_fit || memcmp(&stage->need, &good, sizeof good) == 0)
                continue;
            if (!any_holds(host, &stage->need))
                fail_never_fits(L, host, job, stage);
            good = stage->need;
        }
    }
}

/* ---- the plan's parts */

static void deliver_cluster(lua_State *L, struct scn_host *host)
{
    for (uint32_t g = 0; g < host->groups.count; g++) {
        const struct scn_group *group = scn_row(&host->groups, g);
        struct plan_executor row = group->row;
        for (uint32_t i = 0; i < group->count; i++) {
            row.rack = group->row.rack + i % group->racks;
            added(L, plan_add_executor(host->plan, &row));
        }
    }
}

static uint32_t deliver_dist(lua_State *L, struct scn_host *host, struct plan_dist dist)
{
    if (dist.kind == PLAN_DIST_EMPIRICAL)
        dist.first =
            added(L, plan_add_values(host->plan, scn_row(&host->values, dist.first), dist.count));
    return added(L, plan_add_dist(host->plan, &dist));
}

static uint32_t deliver_program(lua_State *L, struct scn_host *host, struct scn_program *program)
{
    struct plan_op ops[PLAN_PROGRAM_OPS_MAX];
    if (program->planned != PLAN_NONE)
        return program->planned;
    assert(program->count < PLAN_PROGRAM_OPS_MAX);
    for (uint32_t i = 0; i < program->count; i++) {
        ops[i] = program->ops[i].op;
        if (ops[i].code == PLAN_OP_COMPUTE)
            ops[i].dist = deliver_dist(L, host, program->ops[i].dist);
        if (ops[i].code == PLAN_OP_MEET)
            ops[i].dist = optional_name(L, program->ops[i].name);
    }
    program->planned = added(L, plan_add_program(host->plan, NULL, ops, program->count));
    return program->planned;
}

static uint32_t deliver_columns(lua_State *L, struct scn_host *host, struct scn_columns *columns)
{
    if (columns == NULL)
        return PLAN_NONE;
    if (columns->planned == PLAN_NONE)
        columns->planned =
            added(L, plan_add_column(host->plan, columns->width, columns->rows, columns->unit_ns,
                                     scn_row(&host->cells, (uint32_t)columns->first_cell)));
    return columns->planned;
}

static uint32_t deliver_prefers(lua_State *L, struct scn_host *host, const struct scn_stage *stage)
{
    if (stage->prefers == 0)
        return 0;
    const int64_t *wishes = scn_row(&host->values, stage->prefers - 1);
    return added(L, plan_add_values(host->plan, wishes, stage->tasks)) + 1;
}

static void deliver_stage(lua_State *L, struct scn_host *host, const struct scn_stage *stage,
                          uint32_t job)
{
    struct plan_stage row = {
        .name = optional_name(L, stage->name),
        .job = job,
        .kind = stage->is_gang ? PLAN_STAGE_BARRIER : PLAN_STAGE_MAPREDUCE,
        .tasks = stage->tasks,
        .min = stage->min,
        .max = stage->tasks,
        .profile = added(L, plan_add_profile(host->plan, &stage->need)),
        .program = deliver_program(L, host, stage->program),
        .column = deliver_columns(L, host, stage->columns),
        .row = stage->columns != NULL ? stage->row : PLAN_NONE,
        .parents = stage->parents,
        .shuffles = stage->shuffles,
        .prefers = deliver_prefers(L, host, stage),
        .task_bytes = (uint64_t)stage->task_bytes,
        .together = stage->together,
        .role = PLAN_NONE,
        .group = stage->group,
        .constraint = PLAN_PLACE_ANY,
    };
    added(L, plan_add_stage(host->plan, &row));
}

/* A job that no act submits and that has no time of its own is submitted when the run begins. */
static plan_ns submit_time(const struct scn_job *job)
{
    if (job->submitted_line != 0)
        return PLAN_NEVER;
    return job->submit_ns != SCN_ABSENT ? job->submit_ns : 0;
}

static void deliver_jobs(lua_State *L, struct scn_host *host)
{
    for (uint32_t j = 0; j < host->jobs.count; j++) {
        const struct scn_job *job = scn_row(&host->jobs, j);
        struct plan_job row = {.name = optional_name(L, job->name),
                               .kind = job->kind,
                               .submit_ns = submit_time(job),
                               .priority = job->priority,
                               .first_stage = job->first_stage,
                               .stage_count = job->stage_count};
        added(L, plan_add_job(host->plan, &row));
        for (uint32_t s = 0; s < job->stage_count; s++)
            deliver_stage(L, host, scn_row(&host->stages, job->first_stage + s), j);
    }
}

static struct plan_pattern deliver_pattern(lua_State *L, const struct scn_pattern *pattern)
{
    struct plan_pattern row = pattern->row;
    if (pattern->kind == NULL)
        return plan_pattern_blank();
    row.kind = optional_name(L, pattern->kind);
    return row;
}

static void deliver_acts(lua_State *L, struct scn_host *host)
{
    for (uint32_t i = 0; i < host->acts.count; i++) {
        const struct scn_act *act = scn_row(&host->acts, i);
        struct plan_act row = act->row;
        if (act->by_grace)
            row.duration_ns = host->plan->setting[PLAN_SET_KILL_GRACE];
        row.when = deliver_pattern(L, &act->when);
        added(L, plan_add_act(host->plan, &row));
    }
}

static void deliver_expects(lua_State *L, struct scn_host *host)
{
    for (uint32_t i = 0; i < host->expects.count; i++) {
        const struct scn_expect *expect = *(const struct scn_expect **)scn_row(&host->expects, i);
        struct plan_expect row = expect->row;
        row.reason = optional_name(L, expect->reason);
        row.label = optional_name(L, expect->label);
        row.when = deliver_pattern(L, &expect->when);
        added(L, plan_add_expect(host->plan, &row));
    }
}

/* ---- the plan's own check */

/* The line of what a message of plan_check() is about ("stage 'fit' of job 'resnet': ...", "act 3
 * (kill): ..."); 0: none. */
static int line_of(const struct scn_host *host, const char *message)
{
    for (uint32_t j = 0; j < host->jobs.count; j++) {
        const struct scn_job *job = scn_row(&host->jobs, j);
        char label[128];
        if ((size_t)snprintf(label, sizeof label, "job '%s'", job->name) >= sizeof label ||
            strstr(message, label) == NULL)
            continue;
        for (uint32_t s = 0; s < job->stage_count; s++) {
            const struct scn_stage *stage = scn_row(&host->stages, job->first_stage + s);
            if ((size_t)snprintf(label, sizeof label, "stage '%s' of", stage->name) <
                    sizeof label &&
                strstr(message, label) != NULL)
                return stage->loose.line;
        }
        return job->line;
    }
    unsigned number;
    if (sscanf(message, "act %u", &number) == 1 && number < host->acts.count)
        return ((const struct scn_act *)scn_row(&host->acts, number))->line;
    if (sscanf(message, "expect %u", &number) == 1 && number < host->expects.count)
        return (*(const struct scn_expect **)scn_row(&host->expects, number))->loose.line;
    return 0;
}

static void check_plan(lua_State *L, const struct scn_host *host)
{
    struct plan_err err;
    enum plan_status status = plan_check(host->plan, &err);
    if (status == PLAN_E_MEMORY)
        fail_memory(L);
    if (status == PLAN_OK)
        return;
    int line = line_of(host, err.detail);
    if (line > 0)
        scn_fail(L, SCN_MARK ":%d: %s", line, err.detail);
    scn_fail(L, SCN_MARK ": %s", err.detail);
}

void scn_deliver(lua_State *L)
{
    struct scn_host *host = scn_host(L);
    if (host->cluster_line == 0)
        scn_fail(L, SCN_MARK ": there is no cluster; write cluster { executors = 4, cores = 8 }");
    if (host->jobs.count == 0)
        scn_fail(L, SCN_MARK ": there is no job; write job \"name\" { stage \"load\" { tasks = 4, "
                             "program = ... } }");
    refuse_loose(L, host);
    refuse_never_fits(L, host);
    host->plan = plan_new();
    if (host->plan == NULL)
        fail_memory(L);
    host->plan->title = optional_name(L, host->title);
    host->plan->policy = optional_name(L, host->policy);
    memcpy(host->plan->setting, host->setting, sizeof host->setting);
    deliver_cluster(L, host);
    scn_deliver_manager(L);
    deliver_jobs(L, host);
    deliver_acts(L, host);
    deliver_expects(L, host);
    host->plan->scheduler = optional_name(L, host->scheduler_text);
    host->plan->scheduler_file = optional_name(L, host->scheduler_text != NULL ? host->scheduler_file : NULL);
    host->plan->scheduler_params = optional_name(L, host->scheduler_params);
    check_plan(L, host);
}
