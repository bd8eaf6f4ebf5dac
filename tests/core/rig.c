/* rig.c -- see rig.h. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

struct gang_config rig_config(void)
{
    return (struct gang_config){
        .policy = gang_policy_strict(),
        .heartbeat_ns = 10 * SECOND,
        .heartbeat_timeout_ns = 60 * SECOND,
        .reserve_timeout_ns = 5 * SECOND,
        .reserve_lease_ns = 20 * SECOND,
        .launch_deadline_ns = 3600 * SECOND,
        .sync_timeout_ns = 1800 * SECOND,
        .admission_interval_ns = 15 * SECOND,
        .admission_failures_max = 3,
        .attempts_max = 4,
        .losses_max = 10,
        .retry_delay_ns = SECOND / 5,
        .kill_grace_ns = 10 * SECOND,
        .release_wait_ns = 30 * SECOND,
        .idle_ns = 60 * SECOND,
    };
}

static void *block(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    assert_non_null(memory);
    memset(memory, 0xA5, bytes); /* whatever is read before it is written shows */
    return memory;
}

struct gang_config rig_config_set(const char *axis, const char *value)
{
    struct gang_config config = rig_config();
    if (axis != NULL)
        assert_int_equal(gang_policy_set(&config.policy, axis, value, NULL), GANG_OK);
    return config;
}

struct gang_limits rig_limits(void)
{
    return (struct gang_limits){.executors = RIG_EXECUTORS,
                                .jobs = 8,
                                .stages = 32,
                                .tasks = 256,
                                .groups = 256,
                                .outputs = 256,
                                .executor_tasks = RIG_TASKS};
}

struct rig *rig_new(uint32_t executors, uint32_t cores, uint32_t gpus,
                    const struct gang_config *config)
{
    const struct gang_limits limits = rig_limits();
    return rig_new_with(executors, cores, gpus, config, &limits, NULL);
}

struct rig *rig_new_with(uint32_t executors, uint32_t cores, uint32_t gpus,
                         const struct gang_config *config, const struct gang_limits *limits,
                         const uint32_t *racks)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->executor_count = executors;
    rig->limits = *limits;
    rig->config = config != NULL ? *config : rig_config();
    const struct gang_policy strict = gang_policy_strict();
    rig->limits.strict = memcmp(&rig->config.policy, &strict, sizeof strict) == 0;
    rig->limits.gathered = rig->config.policy.axis[GANG_AXIS_MEMBER_COUNT];
    rig->limits.polls = rig->config.policy.axis[GANG_AXIS_REPLY];
    rig->limits.round_timers = 8u * rig->config.policy.axis[GANG_AXIS_TIMER_CANCEL];
    rig->out.capacity = gang_driver_effects_max(&rig->limits);
    rig->out.list = calloc(rig->out.capacity, sizeof *rig->out.list);
    assert_int_equal(gang_driver_init(block(gang_driver_size(&rig->limits)), &rig->limits,
                                      &rig->config, &rig->driver, NULL),
                     GANG_OK);
    struct gang_room room = {cores, 1u << 20, gpus == 64 ? UINT64_MAX : (UINT64_C(1) << gpus) - 1};
    for (uint32_t i = 0; i < executors; i++) {
        struct gang_config own = rig->config;
        own.rack = racks != NULL ? racks[i] : 0;
        assert_int_equal(gang_executor_init(block(gang_executor_size(&rig->limits)), &rig->limits,
                                            &own, i, &room, &rig->executor[i], NULL),
                         GANG_OK);
        rig->incarnation[i] = GANG_NONE;
        rig_boot(rig, i);
    }
    rig_deliver(rig);
    return rig;
}

void rig_free(struct rig *rig)
{
    for (uint32_t i = 0; i < rig->executor_count; i++)
        free(rig->executor[i]);
    free(rig->driver);
    free(rig->out.list);
    free(rig);
}

static void put_on_wire(struct rig *rig, const struct gang_msg *msg, bool to_driver)
{
    if (rig->drop != NULL && rig->drop(msg, to_driver))
        return;
    assert_true(rig->wire_tail - rig->wire_head < RIG_WIRE);
    rig->wire[rig->wire_tail % RIG_WIRE].msg = *msg;
    rig->wire[rig->wire_tail % RIG_WIRE].to_driver = to_driver;
    rig->wire_tail++;
}

static enum gang_status driver_step_may_refuse(struct rig *rig, const struct gang_event *ev)
{
    enum gang_status status = gang_driver_step(rig->driver, ev, &rig->out, NULL);
    if (status != GANG_OK)
        return status;
    gang_driver_audit(rig->driver);
    if (rig->stepped != NULL)
        rig->stepped(rig, ev);
    for (uint32_t i = 0; i < rig->out.count; i++) {
        assert_true(rig->log_count < RIG_LOG);
        rig->log[rig->log_count++] = rig->out.list[i];
        if (rig->out.list[i].fx == GANG_FX_SEND)
            put_on_wire(rig, &rig->out.list[i].msg, false);
        if (rig->out.list[i].fx == GANG_FX_GIVE_BACK)
            rig_crash(rig, rig->out.list[i].msg.executor);
        if (rig->out.list[i].fx == GANG_FX_ASK)
            rig->asked[rig->out.list[i].msg.executor] = true;
    }
    return GANG_OK;
}

static void driver_step(struct rig *rig, const struct gang_event *ev)
{
    enum gang_status status = driver_step_may_refuse(rig, ev);
    if (status != GANG_OK)
        fail_msg("driver: %s", gang_status_text(status));
}

enum gang_status rig_plan(struct rig *rig, const struct gang_decision *list, uint32_t count,
                          struct gang_err *err)
{
    const struct gang_msg *wanted = rig_last(rig, GANG_FX_PLAN_WANTED);
    const struct gang_plan plan = {wanted != NULL ? wanted->a : 0, count, list};
    const struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_PLAN, .plan = &plan};
    struct gang_err unwanted;
    uint64_t before = gang_driver_fingerprint(rig->driver);
    enum gang_status status = gang_driver_step(rig->driver, &ev, &rig->out, err != NULL ? err : &unwanted);
    if (status != GANG_OK) { /* what cannot be understood changes nothing */
        assert_true(gang_driver_fingerprint(rig->driver) == before);
        return status;
    }
    gang_driver_audit(rig->driver);
    for (uint32_t i = 0; i < rig->out.count; i++) {
        assert_true(rig->log_count < RIG_LOG);
        rig->log[rig->log_count++] = rig->out.list[i];
        if (rig->out.list[i].fx == GANG_FX_SEND)
            put_on_wire(rig, &rig->out.list[i].msg, false);
        if (rig->out.list[i].fx == GANG_FX_ASK)
            rig->asked[rig->out.list[i].msg.executor] = true;
    }
    return GANG_OK;
}

static void end_process(struct rig *rig, struct rig_run *run, enum gang_exit how, uint32_t code);

static void carry_out(struct rig *rig, uint32_t e, const struct gang_effect *fx)
{
    struct rig_run *run = &rig->run[e][fx->msg.count % RIG_TASKS];
    if (fx->fx == GANG_FX_SEND) {
        put_on_wire(rig, &fx->msg, true);
    } else if (fx->fx == GANG_FX_START) {
        assert_false(run->alive);
        *run = (struct rig_run){.alive = true,
                                .executor = e,
                                .job = fx->msg.job,
                                .rank = fx->msg.rank,
                                .checkpoint = fx->msg.epoch,
                                .ref = fx->msg.ref,
                                .group = fx->msg.group,
                                .stage = fx->msg.stage,
                                .attempt = fx->msg.attempt,
                                .gpus = fx->msg.a};
        uint32_t size = fx->msg.blob.bytes / 16;
        if (size == 0) /* it was sent off at once, without a roster */
            size = rig->tasks_of[fx->msg.job % RIG_JOBS][fx->msg.stage];
        gang_task_init(&run->client, fx->msg.job, fx->msg.stage, fx->msg.attempt, fx->msg.rank,
                       size);
    } else if (fx->fx == GANG_FX_SIGNAL) {
        run->asked = true;
        run->forced = fx->msg.op == 1;
    } else if (fx->fx == GANG_FX_EXIT) {
        rig_crash(rig, e);
        rig_boot(rig, e); /* whoever minds it starts another one */
    } else if (fx->fx == GANG_FX_REPLY) {
        struct gang_effect resume;
        struct gang_effects out = {&resume, 0, 1};
        struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_REPLY, .msg = &fx->msg};
        assert_true(run->alive);
        assert_int_equal(gang_task_step(&run->client, &ev, &out, NULL), GANG_OK);
        run->replies++;
        run->last_reason = resume.msg.reason;
        run->last_digest = resume.msg.blob.digest;
    }
}

static void executor_step(struct rig *rig, uint32_t e, const struct gang_event *ev)
{
    struct gang_err err = {0};
    enum gang_status status = gang_executor_step(rig->executor[e], ev, &rig->out, &err);
    if (status != GANG_OK)
        fail_msg("executor %u: %s", e, err.detail);
    gang_executor_audit(rig->executor[e]);
    uint32_t count = rig->out.count;
    struct gang_effect *list = calloc(count + 1, sizeof *list);
    memcpy(list, rig->out.list, count * sizeof *list);
    for (uint32_t i = 0; i < count; i++)
        carry_out(rig, e, &list[i]);
    free(list);
    for (uint32_t i = 0; i < RIG_TASKS; i++) /* an asked task ends at once unless a test keeps it */
        if (rig->run[e][i].alive && rig->run[e][i].forced)
            end_process(rig, &rig->run[e][i], GANG_EXIT_KILLED, 9);
}

void rig_boot(struct rig *rig, uint32_t e)
{
    rig->incarnation[e]++;
    rig->down[e] = false;
    executor_step(
        rig, e,
        &(struct gang_event){.at_ns = rig->now, .kind = GANG_EV_BOOT, .id = rig->incarnation[e]});
}

uint32_t rig_grant(struct rig *rig)
{
    uint32_t count = 0;
    for (uint32_t e = 0; e < rig->executor_count; e++) {
        if (rig->asked[e] && rig->down[e]) {
            rig_boot(rig, e);
            count++;
        }
        rig->asked[e] = false;
    }
    return count;
}

void rig_crash(struct rig *rig, uint32_t e)
{
    rig->down[e] = true;
    for (uint32_t i = 0; i < RIG_TASKS; i++)
        rig->run[e][i].alive = false;
}

bool rig_room(struct rig *rig, uint32_t e, uint32_t cores, uint64_t gpus)
{
    struct gang_msg room = {.a = gpus, .room = {.cores = cores, .memory_mib = 1000}};
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_ROOM, .msg = &room};
    if (gang_executor_step(rig->executor[e], &ev, &rig->out, NULL) == GANG_E_STATE)
        return false;
    gang_executor_audit(rig->executor[e]);
    for (uint32_t i = 0; i < rig->out.count; i++)
        carry_out(rig, e, &rig->out.list[i]);
    return true;
}

void rig_submit(struct rig *rig, uint32_t id, const struct gang_stage_spec *stages, uint32_t count)
{
    struct gang_job_spec spec = {.id = id, .stage_count = count, .stages = stages};
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_SUBMIT, .job = &spec};
    for (uint32_t i = 0; i < count; i++)
        rig->tasks_of[id % RIG_JOBS][i] = stages[i].tasks;
    driver_step(rig, &ev);
}

void rig_submit_map(struct rig *rig, uint32_t id, const struct gang_stage_spec *stages,
                    uint32_t count)
{
    struct gang_job_spec spec = {
        .id = id, .stage_count = count, .stages = stages, .kind = GANG_JOB_MAP};
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_SUBMIT, .job = &spec};
    driver_step(rig, &ev);
}

void rig_tell(struct rig *rig, enum gang_ev_kind kind, uint32_t id)
{
    driver_step(rig, &(struct gang_event){.at_ns = rig->now, .kind = kind, .id = id});
    rig_deliver(rig);
}

bool rig_cancel(struct rig *rig, uint32_t id)
{
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_CANCEL, .id = id};
    return driver_step_may_refuse(rig, &ev) == GANG_OK;
}

bool rig_deliver_one(struct rig *rig)
{
    uint32_t at = rig->wire_head;
    while (at < rig->wire_tail && rig->hold != NULL &&
           rig->hold(&rig->wire[at % RIG_WIRE].msg, rig->wire[at % RIG_WIRE].to_driver))
        at++;
    if (at == rig->wire_tail)
        return false;
    for (; at > rig->wire_head; at--) { /* it overtakes what is held */
        const struct gang_msg later = rig->wire[at % RIG_WIRE].msg;
        bool direction = rig->wire[at % RIG_WIRE].to_driver;
        rig->wire[at % RIG_WIRE] = rig->wire[(at - 1) % RIG_WIRE];
        rig->wire[(at - 1) % RIG_WIRE].msg = later;
        rig->wire[(at - 1) % RIG_WIRE].to_driver = direction;
    }
    const struct gang_msg msg = rig->wire[rig->wire_head % RIG_WIRE].msg;
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_MSG, .msg = &msg};
    bool to_driver = rig->wire[rig->wire_head++ % RIG_WIRE].to_driver;
    if (to_driver)
        driver_step(rig, &ev);
    else if (!rig->down[msg.executor])
        executor_step(rig, msg.executor, &ev);
    return true;
}

/* Heartbeats of all that are up arrive before silence is judged. */
static void driver_timer(struct rig *rig)
{
    enum gang_timer why;
    uint64_t bits = 0;
    (void)gang_driver_deadline(rig->driver, &why);
    for (uint32_t e = 0; e < rig->executor_count; e++)
        bits |= (uint64_t)!rig->down[e] << e;
    struct gang_event beats = {
        .at_ns = rig->now, .kind = GANG_EV_HEARTBEATS, .id = rig->executor_count, .bits = &bits};
    if (why == GANG_TIMER_HEARTBEAT && !rig->beats)
        driver_step(rig, &beats);
    driver_step(rig, &(struct gang_event){.at_ns = rig->now, .kind = GANG_EV_TIMER});
}

bool rig_due(struct rig *rig)
{
    enum gang_timer why;
    if (gang_driver_deadline(rig->driver, &why) > rig->now)
        return false;
    driver_timer(rig);
    return true;
}

/* What is due at once is done when everything that is on its way has arrived. */
void rig_deliver(struct rig *rig)
{
    while (rig_deliver_one(rig) || rig_due(rig))
        ;
}

static gang_ns next_deadline(const struct rig *rig, uint32_t *who)
{
    enum gang_timer why;
    gang_ns first = gang_driver_deadline(rig->driver, &why);
    *who = GANG_NONE;
    for (uint32_t e = 0; e < rig->executor_count; e++) {
        gang_ns due = gang_executor_deadline(rig->executor[e], &why);
        gang_ns beat = rig->beats ? gang_executor_beat(rig->executor[e], &why) : GANG_NEVER;
        due = beat < due ? beat : due;
        if (rig->down[e] || due >= first)
            continue;
        first = due;
        *who = e;
    }
    return first;
}

void rig_pass(struct rig *rig, gang_ns by)
{
    gang_ns until = rig->now + by;
    uint32_t who;
    rig_deliver(rig);
    while (next_deadline(rig, &who) <= until) {
        gang_ns at = next_deadline(rig, &who);
        rig->now = at > rig->now ? at : rig->now;
        if (who != GANG_NONE)
            executor_step(rig, who, &(struct gang_event){.at_ns = rig->now, .kind = GANG_EV_TIMER});
        else
            driver_timer(rig);
        rig_deliver(rig);
    }
    rig->now = until;
}

struct rig_run *rig_task(struct rig *rig, uint32_t job, uint32_t stage, uint32_t rank)
{
    for (uint32_t e = 0; e < rig->executor_count; e++)
        for (uint32_t i = 0; i < RIG_TASKS; i++) {
            struct rig_run *run = &rig->run[e][i];
            if (run->alive && run->job == job && run->stage == stage && run->rank == rank)
                return run;
        }
    return NULL;
}

static uint32_t local_index(const struct rig *rig, const struct rig_run *run)
{
    return (uint32_t)(run - rig->run[run->executor]);
}

void rig_call_only(struct rig *rig, struct rig_run *run, enum gang_op op, uint64_t payload)
{
    struct gang_effect call;
    struct gang_effects out = {&call, 0, 1};
    const struct gang_msg msg = {
        .op = (uint8_t)op, .a = (uint64_t)rig->within, .blob = {.bytes = rig->bytes, .digest = payload}};
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_SYNC, .msg = &msg};
    assert_non_null(run);
    assert_int_equal(gang_task_step(&run->client, &ev, &out, NULL), GANG_OK);
    struct gang_event up = {.at_ns = rig->now,
                            .kind = GANG_EV_TASK_CALL,
                            .id = local_index(rig, run),
                            .msg = &call.msg};
    executor_step(rig, run->executor, &up);
}

void rig_call(struct rig *rig, struct rig_run *run, enum gang_op op, uint64_t payload)
{
    rig_call_only(rig, run, op, payload);
    rig_deliver(rig);
}

void rig_stray(struct rig *rig, struct rig_run *run, enum gang_op op, uint32_t epoch,
               uint64_t payload)
{
    assert_non_null(run);
    put_on_wire(rig,
                &(struct gang_msg){.kind = GANG_MSG_ARRIVE,
                                   .op = (uint8_t)op,
                                   .executor = run->executor,
                                   .job = run->job,
                                   .stage = run->stage,
                                   .attempt = run->attempt,
                                   .epoch = epoch,
                                   .rank = run->rank,
                                   .count = run->client.size,
                                   .ref = run->ref,
                                   .group = run->group,
                                   .incarnation = rig->incarnation[run->executor],
                                   .blob = {.digest = payload}},
                true);
}

void rig_inject(struct rig *rig, const struct gang_msg *msg)
{
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_MSG, .msg = msg};
    driver_step(rig, &ev);
}

void rig_checkpoint(struct rig *rig, struct rig_run *run, uint64_t number)
{
    const struct gang_msg msg = {.kind = GANG_MSG_CHECKPOINT, .a = number};
    struct gang_event up = {
        .at_ns = rig->now, .kind = GANG_EV_TASK_CALL, .id = local_index(rig, run), .msg = &msg};
    executor_step(rig, run->executor, &up);
    rig_deliver(rig);
}

static void end_as(struct rig *rig, struct rig_run *run, const struct gang_msg *how)
{
    struct gang_event up = {
        .at_ns = rig->now, .kind = GANG_EV_TASK_EXIT, .id = local_index(rig, run), .msg = how};
    run->alive = false;
    executor_step(rig, run->executor, &up);
}

static void end_process(struct rig *rig, struct rig_run *run, enum gang_exit how, uint32_t code)
{
    const struct gang_msg msg = {.op = (uint8_t)how, .a = code};
    end_as(rig, run, &msg);
}

void rig_miss(struct rig *rig, struct rig_run *run, uint32_t parent, uint32_t rank,
              uint32_t executor, uint32_t incarnation)
{
    const struct gang_msg how = {
        .op = GANG_EXIT_FAILED,
        .reason = GANG_REASON_FETCH_FAILED,
        .count = executor,
        .blob = {.bytes = parent, .digest = (uint64_t)incarnation << 32 | rank}};
    assert_non_null(run);
    end_as(rig, run, &how);
    rig_deliver(rig);
}

void rig_exit_only(struct rig *rig, struct rig_run *run, enum gang_exit how, uint32_t code)
{
    assert_non_null(run);
    end_process(rig, run, how, code);
}

void rig_exit(struct rig *rig, struct rig_run *run, enum gang_exit how, uint32_t code)
{
    rig_exit_only(rig, run, how, code);
    rig_deliver(rig);
}

uint32_t rig_count(const struct rig *rig, enum gang_fx_kind fx)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < rig->log_count; i++)
        n += rig->log[i].fx == fx;
    return n;
}

uint32_t rig_sent(const struct rig *rig, enum gang_msg_kind kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < rig->log_count; i++)
        n += rig->log[i].fx == GANG_FX_SEND && rig->log[i].msg.kind == kind;
    return n;
}

const struct gang_msg *rig_last(const struct rig *rig, enum gang_fx_kind fx)
{
    for (uint32_t i = rig->log_count; i-- > 0;)
        if (rig->log[i].fx == fx)
            return &rig->log[i].msg;
    return NULL;
}

uint32_t rig_alive(const struct rig *rig)
{
    uint32_t n = 0;
    for (uint32_t e = 0; e < rig->executor_count; e++)
        for (uint32_t i = 0; i < RIG_TASKS; i++)
            n += rig->run[e][i].alive;
    return n;
}

struct gang_stage_spec rig_gang(uint32_t tasks, uint32_t cores, uint32_t gpus)
{
    return (struct gang_stage_spec){.kind = GANG_STAGE_BARRIER,
                                    .tasks = tasks,
                                    .min = tasks,
                                    .max = tasks,
                                    .need = {cores, 0, gpus * 1000},
                                    .role = GANG_NONE,
                                    .group = GANG_NONE};
}

struct gang_stage_spec rig_map(uint32_t tasks, uint32_t cores)
{
    struct gang_stage_spec spec = rig_gang(tasks, cores, 0);
    spec.kind = GANG_STAGE_MAPREDUCE;
    return spec;
}

/* ---- walks */
uint64_t rig_dice;

uint32_t rig_roll(uint32_t n)
{
    rig_dice = rig_dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(rig_dice >> 33) % n;
}

struct rig_run *rig_any_task(struct rig *rig)
{
    uint32_t alive = rig_alive(rig), skip = alive > 0 ? rig_roll(alive) : 0;
    for (uint32_t e = 0; alive > 0 && e < rig->executor_count; e++)
        for (uint32_t i = 0; i < RIG_TASKS; i++)
            if (rig->run[e][i].alive && skip-- == 0)
                return &rig->run[e][i];
    return NULL;
}
