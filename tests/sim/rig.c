#include "rig.h"

#include <stdlib.h>
#include <string.h>

/* ---- plans */
struct plan *rig_plan(uint32_t executors, uint32_t cores)
{
    struct plan *plan = plan_new();
    assert_non_null(plan);
    for (uint32_t i = 0; i < executors; i++)
        (void)plan_add_executor(plan, &(struct plan_executor){.cores = cores, .memory_mib = 1024});
    return plan;
}

uint32_t rig_program(struct plan *plan, const struct plan_op *ops, uint32_t count)
{
    return plan_add_program(plan, "program", ops, count);
}

uint32_t rig_uniform(struct plan *plan, int64_t lo, int64_t hi)
{
    struct plan_dist dist = {.kind = PLAN_DIST_UNIFORM, .lo = lo, .hi = hi};
    return plan_add_dist(plan, &dist);
}

uint32_t rig_fixed(struct plan *plan, int64_t ns)
{
    struct plan_dist dist = {.kind = PLAN_DIST_FIXED, .lo = ns};
    return plan_add_dist(plan, &dist);
}

uint32_t rig_rounds(struct plan *plan, int64_t rounds, int64_t lo, int64_t hi)
{
    const struct plan_op ops[] = {{.code = PLAN_OP_LOOP, .to = 3, .value = rounds},
                                  {.code = PLAN_OP_COMPUTE, .dist = rig_uniform(plan, lo, hi)},
                                  {.code = PLAN_OP_BARRIER},
                                  {.code = PLAN_OP_NEXT, .to = 0},
                                  {.code = PLAN_OP_END}};
    return rig_program(plan, ops, 5);
}

static uint32_t add_job(struct plan *plan, const char *name, uint32_t kind, uint32_t tasks,
                        uint32_t program, plan_ns submit_ns)
{
    struct plan_profile one_core = {.cores = 1};
    struct plan_job job = {.name = plan_name(plan, name),
                           .submit_ns = submit_ns,
                           .first_stage = plan->stage_count,
                           .stage_count = 1};
    struct plan_stage stage =
        plan_stage_rigid(plan_add_job(plan, &job), plan_name(plan, "fit"), kind, tasks);
    stage.profile = plan_add_profile(plan, &one_core);
    stage.program = program;
    (void)plan_add_stage(plan, &stage);
    return stage.job;
}

void rig_reader(struct plan *plan, uint32_t job, uint32_t kind, uint32_t tasks,
                const struct plan_op *ops, uint32_t count)
{
    const struct plan_profile need = {.cores = 1};
    struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, "reads"), kind, tasks);
    stage.profile = plan_add_profile(plan, &need);
    stage.program = rig_program(plan, ops, count);
    stage.parents = stage.shuffles = 1;
    (void)plan_add_stage(plan, &stage);
}

uint32_t rig_gang(struct plan *plan, const char *name, uint32_t tasks, uint32_t program,
                  plan_ns submit_ns)
{
    return add_job(plan, name, PLAN_STAGE_BARRIER, tasks, program, submit_ns);
}

uint32_t rig_tasks(struct plan *plan, const char *name, uint32_t tasks, uint32_t program,
                   plan_ns submit_ns)
{
    return add_job(plan, name, PLAN_STAGE_MAPREDUCE, tasks, program, submit_ns);
}

void rig_act(struct plan *plan, const struct plan_act *act)
{
    assert_int_not_equal(plan_add_act(plan, act), PLAN_NONE);
}

struct plan_act rig_act_on(uint32_t kind, uint32_t executor, plan_ns at_ns)
{
    struct plan_act act = plan_act_blank();
    act.kind = kind;
    act.executor = executor;
    act.at_ns = at_ns;
    return act;
}

struct plan_act rig_crash(uint32_t executor, plan_ns at_ns)
{
    return rig_act_on(PLAN_ACT_CRASH, executor, at_ns);
}

void rig_when(struct plan *plan, struct plan_act *act, const char *kind, uint32_t nth)
{
    act->when.kind = plan_name(plan, kind);
    act->when.nth = nth;
}

/* ---- a run */
static void keep(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct rig *rig = ctx;
    assert_int_equal(first, rig->count + 1);
    if (rig->count + count > rig->capacity) {
        rig->capacity = 2 * (rig->count + count);
        rig->records = realloc(rig->records, rig->capacity * sizeof *rig->records);
        assert_non_null(rig->records);
    }
    memcpy(rig->records + rig->count, records, count * sizeof *records);
    rig->count += count;
}

static void begin(struct rig *rig, struct plan *plan, uint64_t seed, const struct gang_api *core,
                  struct gang_policy policy)
{
    struct plan_err err;
    if (plan_check(plan, &err) != PLAN_OK)
        fail_msg("%s", err.detail);
    *rig = (struct rig){.plan = plan,
                        .options = {.plan = plan,
                                    .core = core,
                                    .policy = policy,
                                    .seed = seed,
                                    .audit_every = 64}};
    rig->bytes = sim_size(&rig->options, &rig->err);
    if (rig->bytes == 0)
        fail_msg("%s", rig->err.detail);
    rig->memory = aligned_alloc(64, rig->bytes);
    assert_non_null(rig->memory);
    memset(rig->memory, 0xA5, rig->bytes); /* nobody may rely on zeros */
    rig->sim = sim_init(rig->memory, rig->bytes, &rig->options, &rig->err);
    if (rig->sim == NULL)
        fail_msg("%s", rig->err.detail);
    sim_observer(rig->sim, keep, rig);
}

void rig_begin_with(struct rig *rig, struct plan *plan, uint64_t seed, const struct gang_api *core)
{
    begin(rig, plan, seed, core, gang_policy_strict());
}

void rig_begin_under(struct rig *rig, struct plan *plan, uint64_t seed,
                     const struct gang_policy *policy)
{
    begin(rig, plan, seed, gang_api(), *policy);
}

void rig_begin(struct rig *rig, struct plan *plan, uint64_t seed)
{
    rig_begin_with(rig, plan, seed, gang_api());
}

void rig_end(struct rig *rig)
{
    if (sim_run(rig->sim, UINT64_MAX, &rig->ended, &rig->err) != SIM_OK)
        fail_msg("%s", rig->err.detail);
    assert_true(rig->ended);
    rig_check_history(rig);
}

void rig_free(struct rig *rig)
{
    free(rig->records);
    free(rig->memory);
    plan_free(rig->plan);
}

/* ---- what was recorded */
const struct trace_record *rig_record(const struct rig *rig, uint64_t number)
{
    assert_in_range(number, 1, rig->count);
    return &rig->records[number - 1];
}

uint64_t rig_nth(const struct rig *rig, unsigned kind, uint32_t nth)
{
    for (size_t i = 0; i < rig->count; i++)
        if (rig->records[i].kind == kind && --nth == 0)
            return i + 1;
    return 0;
}

const struct trace_record *nth(const struct rig *rig, unsigned kind, uint32_t n)
{
    return rig_record(rig, rig_nth(rig, kind, n));
}

int64_t rig_reader_ns(const struct rig *rig)
{
    int64_t start = 0;
    for (uint64_t n = 1; n <= rig->count; n++) {
        const struct trace_record *r = rig_record(rig, n);
        if (r->kind == TRACE_START && r->stage == 1)
            start = r->at_ns;
        if (r->kind == TRACE_EXIT && r->stage == 1)
            return r->at_ns - start;
    }
    return -1;
}

uint32_t rig_count(const struct rig *rig, unsigned kind)
{
    uint32_t n = 0;
    for (size_t i = 0; i < rig->count; i++)
        n += rig->records[i].kind == kind;
    return n;
}

enum trace_end rig_how(const struct rig *rig)
{
    assert_int_equal(rig_count(rig, TRACE_END), 1);
    assert_int_equal(rig->records[rig->count - 1].kind, TRACE_END);
    return (enum trace_end)rig->records[rig->count - 1].a;
}

bool rig_descends(const struct rig *rig, uint64_t number, uint64_t ancestor)
{
    while (number > ancestor)
        number = rig_record(rig, number)->cause;
    return number == ancestor;
}

static bool repeats(const struct trace_record *got, const struct trace_record *sent)
{
    return got->flags == sent->kind && got->executor == sent->executor && got->job == sent->job &&
           got->stage == sent->stage && got->attempt == sent->attempt &&
           got->epoch == sent->epoch && got->rank == sent->rank && got->a == sent->a &&
           got->b == sent->b;
}

/* The driver died of the message that came to it, before it was durable: so it did not come. */
static bool was_not_taken(const struct rig *rig, size_t i)
{
    return i + 2 < rig->count && rig->records[i].kind == TRACE_DELIVER &&
           rig->records[i].actor == TRACE_DRIVER &&
           rig->records[i + 1].kind == TRACE_FAULT &&
           rig->records[i + 2].kind == TRACE_DRIVER_DOWN && rig->records[i + 2].a == 0;
}

void rig_check_history(const struct rig *rig)
{
    uint32_t started = rig_count(rig, TRACE_START), sent = 0, arrived = 0;
    for (size_t i = 0; i < rig->count; i++) {
        const struct trace_record *r = &rig->records[i];
        assert_true(r->cause <= i);
        assert_true(i == 0 || r->at_ns >= rig->records[i - 1].at_ns);
        sent += r->kind >= TRACE_RESERVE && r->kind <= TRACE_SEND;
        arrived += (r->kind == TRACE_DELIVER && !was_not_taken(rig, i)) || r->kind == TRACE_DROP;
        if (r->kind == TRACE_DELIVER || r->kind == TRACE_DROP)
            assert_true(repeats(r, rig_record(rig, r->cause)));
    }
    assert_true(arrived <= sent);
    if (rig_how(rig) == TRACE_END_FINISHED) {
        assert_int_equal(arrived, sent);
        assert_int_equal(rig_count(rig, TRACE_EXIT), started);
    }
}
