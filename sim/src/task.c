/*
 * task.c -- tasks: a client of the core (struct gang_task), a program of the plan, and a process
 * that can die.
 *
 * This room is for: what a task does next, and what becomes of it when it is told, killed, hung or
 *                   slowed.
 * It may include:   dice.h, record.h, world.h, <stddef.h> <string.h>.
 * Never here:       the network; whose turn it is.
 *
 * Tasks are kept by executor and by the executor's local index, so that only running tasks cost
 * anything. A task's key changes with every start, exit and hang: entries with an old key are
 * stale.
 */
#include "dice.h"
#include "record.h"

#include <stddef.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide; /* bytes times nanoseconds */

/* ---- in one cache line */
_Static_assert(PLAN_STAGES_PER_JOB_MAX <= UINT8_MAX + 1, "a stage's place in its job is a byte");
_Static_assert(offsetof(struct plan_program_state, turn) == offsetof(struct sim_program, turn),
               "a program's state begins as what is kept of it");

/* What a step of the core's may change. */
static inline void keep_client(struct sim_task *task, const struct gang_task *client)
{
    task->epoch = client->epoch;
    task->calling = client->calling;
    task->op = client->op;
}

static void keep_program(struct sim *w, struct sim_task *task, const struct plan_program_state *state)
{
    memcpy(&task->program, state, sizeof task->program);
    if (w->inner_loops)
        memcpy(w->traits[task - w->tasks].turn, &state->turn[2], sizeof w->traits->turn);
}

static struct plan_step next_step_of_many(struct sim *w, struct sim_task *task, uint32_t program)
{
    struct plan_program_state state;
    memcpy(&state, &task->program, sizeof task->program);
    memcpy(&state.turn[2], w->traits[task - w->tasks].turn, sizeof w->traits->turn);
    struct plan_step step = plan_program_step(w->plan, program, task->rank, &state);
    keep_program(w, task, &state);
    return step;
}

static inline struct plan_step next_step(struct sim *w, struct sim_task *task)
{
    uint32_t program = w->plan->stages[task->stage].program;
    if (w->inner_loops)
        return next_step_of_many(w, task, program);
    return plan_program_step(w->plan, program, task->rank, &task->whole);
}

int64_t sim_task_extra_ns(const struct sim *w, uint32_t t)
{
    if (w->tasks[t].habits & SIM_HABIT_ENDLESS)
        return PLAN_NEVER;
    return w->traits != NULL ? w->traits[t].extra_ns : 0;
}

/* Only what befalls it makes a compute longer by something that ends (sim_has_traits()). */
static void set_extra_ns(struct sim *w, uint32_t t, int64_t ns)
{
    bool endless = ns == PLAN_NEVER;
    struct sim_task *task = &w->tasks[t];
    task->habits = (uint8_t)((task->habits & ~SIM_HABIT_ENDLESS) | (endless ? SIM_HABIT_ENDLESS : 0));
    assert(w->traits != NULL || endless || ns == 0);
    if (w->traits != NULL)
        w->traits[t].extra_ns = endless ? 0 : ns;
}

/* ---- states */
static inline void set_runnable(struct sim *w, uint32_t t)
{
    uint32_t count = w->runnable_count;
    if (sim_rarely(w->ailments != NULL) && sim_host_holds(w, t, sim_extra(SIM_TASK, w->tasks[t].key)))
        return;
    if (sim_rarely(count >= w->runnable_capacity)) {
        sim_schedule_now(w, t, sim_extra(SIM_TASK, w->tasks[t].key));
        return;
    }
    w->runnable_count = count + 1;
    w->runnable[count] = t;
}

/* Whatever it was going to do, it will not: its entry becomes stale. */
static void forget_entry(struct sim *w, struct sim_task *task, bool queued)
{
    if (queued && !sim_is_gathered(w, (uint32_t)(task - w->tasks), sim_extra(SIM_TASK, task->key)))
        w->work--;
    task->key = (task->key + 1) & SIM_KEY_MASK;
}

/* A compute without end has no entry; nor has one that came due while its host stood still. */
static bool has_queue_entry(const struct sim_task *task)
{
    return ((task->state == SIM_TASK_COMPUTE && (task->habits & SIM_HABIT_ENDLESS) == 0) ||
            task->state == SIM_TASK_LINGER) &&
           (task->habits & SIM_HABIT_STOPPED) == 0;
}

/* Whatever it does or waits for, it ceases to. */
static void cease(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    if (task->state == SIM_TASK_MEET)
        sim_meet_leave(w, t);
    if (task->state == SIM_TASK_COMPUTE || task->state == SIM_TASK_LINGER)
        forget_entry(w, task, has_queue_entry(task));
    task->habits &= (uint8_t)~SIM_HABIT_STOPPED;
    if (w->peers != NULL)
        w->traits[t].blocked = 0;
}

void sim_task_end(struct sim *w, uint32_t t, uint8_t status, uint32_t code, uint64_t cause)
{
    struct sim_task *task = &w->tasks[t];
    bool listed = task->state == SIM_TASK_READY || task->state == SIM_TASK_ENDING;
    cease(w, t);
    task->state = SIM_TASK_ENDING;
    task->status = status;
    set_extra_ns(w, t, 0);
    task->program.code = code;
    task->cause = cause;
    if (!listed)
        set_runnable(w, t);
}

/* ---- standing still */
/* Its entry came while its host stands still: so long before, its compute was not over. */
void sim_task_stop(struct sim *w, uint32_t t, int64_t done_ns)
{
    struct sim_task *task = &w->tasks[t];
    task->habits |= SIM_HABIT_STOPPED;
    w->traits[t].late_ns = sim_later(w->traits[t].late_ns, done_ns);
    forget_entry(w, task, false);
}

/* It stood still for so long. */
void sim_task_resume(struct sim *w, uint32_t t, int64_t by_ns)
{
    if (w->peers != NULL && sim_peer_stays(w, t, by_ns))
        return;
    if (has_queue_entry(&w->tasks[t]))
        w->traits[t].late_ns = sim_later(w->traits[t].late_ns, by_ns);
    sim_task_unstop(w, t);
}

void sim_task_unstop(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    struct sim_trait *trait = &w->traits[t];
    if ((task->habits & SIM_HABIT_STOPPED) == 0)
        return;
    task->habits &= (uint8_t)~SIM_HABIT_STOPPED;
    if (task->state == SIM_TASK_COMPUTE) { /* a straggler's delay begins when its compute is over */
        trait->late_ns = sim_later(trait->late_ns, sim_task_extra_ns(w, t));
        set_extra_ns(w, t, trait->late_ns == PLAN_NEVER ? PLAN_NEVER : 0);
    }
    if (trait->late_ns == PLAN_NEVER)
        return;
    if (trait->late_ns == 0)
        task->state = task->state == SIM_TASK_COMPUTE ? SIM_TASK_READY : SIM_TASK_ENDING;
    if (task->state == SIM_TASK_ENDING)
        task->habits |= SIM_HABIT_FORCED; /* it has lingered */
    sim_schedule_work(w, sim_later(w->now_ns, trait->late_ns), t, sim_extra(SIM_TASK, task->key));
    trait->late_ns = 0;
}

/* The task that an effect of this executor speaks of; NULL if it is gone. */
static inline struct sim_task *find(struct sim *w, uint32_t executor, const struct gang_msg *msg)
{
    const struct sim_host *host = &w->hosts[executor];
    if (sim_rarely(msg->count >= host->task_count)) {
        sim_fail(w, SIM_E_CORE, "executor %u speaks of local task %u, of %u", executor, msg->count,
                 host->task_count);
        return NULL;
    }
    struct sim_task *task = &w->tasks[host->first_task + msg->count];
    bool same = task->state != SIM_TASK_NONE && task->rank == msg->rank && task->attempt == msg->attempt &&
                task->index == msg->stage && sim_job_of(w, task) == msg->job;
    return same ? task : NULL;
}

/* ---- effects of its executor */
void sim_task_start(struct sim *w, uint32_t executor, const struct gang_msg *msg)
{
    const struct sim_host *host = &w->hosts[executor];
    if (msg->count >= host->task_count ||
        w->tasks[host->first_task + msg->count].state != SIM_TASK_NONE) {
        sim_fail(w, SIM_E_CORE, "executor %u starts local task %u of %u, which is not free",
                 executor, msg->count, host->task_count);
        return;
    }
    const struct plan_job *job = msg->job < w->plan->job_count ? &w->plan->jobs[msg->job] : NULL;
    if (job == NULL || msg->stage >= job->stage_count ||
        msg->rank >= w->plan->stages[job->first_stage + msg->stage].tasks) {
        sim_fail(w, SIM_E_CORE,
                 "executor %u starts rank %u of stage %u of job %u, which is in no plan", executor,
                 msg->rank, msg->stage, msg->job);
        return;
    }
    uint32_t t = host->first_task + msg->count;
    struct sim_task *task = &w->tasks[t];
    const struct plan_stage *stage = &w->plan->stages[job->first_stage + msg->stage];
    uint32_t roster = msg->blob.bytes / GANG_ROSTER_BYTES, size = roster > 0 && roster < stage->tasks ? roster : stage->tasks;
    struct gang_task client;
    struct plan_program_state program;
    w->core->task_init(&client, msg->job, msg->stage, msg->attempt, msg->rank, size);
    task->rank = client.rank;
    task->size = client.size;
    task->attempt = client.attempt;
    keep_client(task, &client);
    if (msg->epoch == 0 || msg->epoch == GANG_NONE)
        plan_program_init(&program);
    else
        plan_program_resume(w->plan, stage->program, msg->rank, msg->epoch, &program);
    task->stage = job->first_stage + msg->stage;
    task->executor = executor;
    task->key = (task->key + 1) & SIM_KEY_MASK;
    task->index = (uint8_t)msg->stage;
    task->habits = 0;
    task->state = SIM_TASK_READY;
    if (w->traits != NULL)
        w->traits[t] = (struct sim_trait){
            .gpu_mask = msg->a, .ref = msg->ref, .group = msg->group, .place = PLAN_NONE};
    keep_program(w, task, &program);
    task->cause = sim_record_task(w, TRACE_START, executor, &client, TRACE_NONE,
                                  (int64_t)msg->a, host->incarnation, w->cause);
    set_runnable(w, t);
}

/* Asked (op 0), a task ends unless it hangs, will not, or has ended already; forced (op 1), it ends at
 * once. */
void sim_task_signal(struct sim *w, uint32_t executor, const struct gang_msg *msg)
{
    struct sim_task *task = find(w, executor, msg);
    if (task == NULL)
        return;
    const struct gang_task client = sim_client(w, task);
    uint64_t record =
        sim_record_task(w, TRACE_KILLED, executor, &client, TRACE_NONE, msg->op, 0, w->cause);
    bool deaf = sim_hangs(task) || (task->habits & SIM_HABIT_IGNORES) != 0 ||
                task->state == SIM_TASK_LINGER;
    if (msg->op == 1)
        task->habits |= SIM_HABIT_FORCED;
    if (!deaf || msg->op == 1)
        sim_task_end(w, (uint32_t)(task - w->tasks), TRACE_EXIT_KILLED, 0, record);
}

/* A task that is to end for its gang's sake was killed, and one that does not end when asked does nothing more; one whose
 * round failed has failed. */
SIM_RARE static void not_as_usual(struct sim *w, uint32_t t, enum gang_reason reason, uint64_t record)
{
    struct sim_task *task = &w->tasks[t];
    bool killed = reason == GANG_REASON_GANG_FAILED;
    if (sim_hangs(task) || (killed && (task->habits & SIM_HABIT_IGNORES) != 0)) {
        task->habits |= SIM_HABIT_HUNG;
        task->state = SIM_TASK_HUNG;
    } else if (reason == GANG_REASON_OK) { /* it quits */
        sim_task_end(w, t, TRACE_EXIT_OK, 0, record);
    } else {
        sim_task_end(w, t, killed ? TRACE_EXIT_KILLED : TRACE_EXIT_FAILED, reason, record);
    }
}

/* A sync call returned. */
void sim_task_reply(struct sim *w, uint32_t executor, const struct gang_msg *msg)
{
    struct sim_task *task = find(w, executor, msg);
    if (task == NULL)
        return;
    struct gang_task client = sim_client(w, task);
    uint64_t record = sim_record_task(w, TRACE_REPLY, executor, &client, msg->epoch,
                                      msg->reason, (int64_t)msg->blob.digest, w->cause);
    struct gang_effect effect;
    struct gang_effects fx = {&effect, 0, 1};
    struct gang_err err;
    struct gang_event ev;
    ev.at_ns = w->now_ns;
    ev.kind = GANG_EV_REPLY;
    ev.id = 0;
    ev.msg = msg;
    if (w->core->task_step(&client, &ev, &fx, &err) != GANG_OK || fx.count != 1)
        return; /* a reply to no call changes nothing */
    keep_client(task, &client);
    if (task->state != SIM_TASK_SYNC)
        return;
    uint32_t t = w->hosts[executor].first_task + msg->count;
    if (effect.msg.reason == GANG_REASON_OK && (task->habits & (SIM_HABIT_HUNG | SIM_HABIT_QUITS)) == 0) {
        task->cause = record;
        task->state = SIM_TASK_READY;
        set_runnable(w, t);
        return;
    }
    not_as_usual(w, t, (enum gang_reason)effect.msg.reason, record);
}

/* ---- the program */
/* What a task gives to a round: it depends on who gives it, and on nothing else. */
static inline uint64_t payload_digest(const struct gang_task *task)
{
    uint64_t words[2] = {(uint64_t)task->job << 32 | (uint64_t)task->stage << 16 | task->attempt,
                         (uint64_t)task->rank << 32 | task->epoch};
    uint64_t h = UINT64_C(0x9E3779B97F4A7C15);
    for (int i = 0; i < 2; i++) {
        h = (h ^ words[i]) * UINT64_C(0xBF58476D1CE4E5B9);
        h = (h ^ h >> 29) * UINT64_C(0x94D049BB133111EB);
        h ^= h >> 32;
    }
    return h;
}

uint64_t sim_payload_digest(const struct gang_task *task) { return payload_digest(task); }

static inline int64_t column_value(struct sim *w, const struct sim_task *task,
                            const struct plan_dist *dist, uint32_t iteration)
{
    const struct plan_stage *stage = &w->plan->stages[task->stage];
    const struct plan_column *column =
        stage->column < w->plan->column_count ? &w->plan->columns[stage->column] : NULL;
    uint64_t at = (uint64_t)dist->lo + (uint64_t)dist->hi * iteration,
             row = (uint64_t)stage->row + task->rank;
    if (sim_rarely(column == NULL || at >= column->width || row >= column->rows)) {
        sim_fail(w, SIM_E_PLAN, "stage %u has no column %llu or no row %llu in its table",
                 task->stage, (unsigned long long)at, (unsigned long long)row);
        return 0;
    }
    int64_t ns; /* a multiplication that is looked at, and not a division that says whether it may be */
    bool too_long = __builtin_mul_overflow(
        (int64_t)w->plan->cells[column->first_cell + row * column->width + at], column->unit_ns, &ns);
    return too_long ? PLAN_NEVER : ns;
}

__attribute__((noinline)) static int64_t drawn_ns(struct sim *w, const struct sim_task *task,
                                                  const struct plan_dist *dist, const struct plan_step *step)
{
    struct sim_dice_key key = {SIM_DICE_COMPUTE, sim_job_of(w, task), task->index,
                               task->attempt,    task->rank,          step->ops};
    return sim_dice_value(w->plan, dist, sim_dice(w->seed, &key));
}

static inline int64_t compute_ns(struct sim *w, const struct sim_task *task, const struct plan_step *step)
{
    const struct plan_dist *dist = &w->plan->dists[step->dist];
    if (dist->kind == PLAN_DIST_COLUMN)
        return column_value(w, task, dist, step->iteration);
    return dist->kind == PLAN_DIST_FIXED ? dist->lo : drawn_ns(w, task, dist, step);
}

/* Also for ever, or for no time, or longer by something that has befallen it. */
__attribute__((noinline)) static void work_for(struct sim *w, uint32_t t, int64_t ns)
{
    struct sim_task *task = &w->tasks[t];
    int64_t extra_ns = w->traits != NULL ? sim_task_extra_ns(w, t) : 0;
    int64_t due = sim_later(w->now_ns, sim_later(ns, extra_ns));
    task->state = SIM_TASK_COMPUTE;
    if (w->traits != NULL)
        w->traits[t].late_ns = 0;
    if (due == PLAN_NEVER || extra_ns > 0)
        set_extra_ns(w, t, due == PLAN_NEVER ? PLAN_NEVER : 0);
    if (due == PLAN_NEVER)
        return;
    if (due == w->now_ns)
        task->state = SIM_TASK_READY; /* its turn comes again at the end of this instant */
    sim_schedule_work(w, due, t, sim_extra(SIM_TASK, task->key));
}

static inline void start_work(struct sim *w, uint32_t t, int64_t ns)
{
    struct sim_task *task = &w->tasks[t];
    bool simply = ns > 0 && ns < PLAN_NEVER - w->now_ns && w->traits == NULL;
    if (!simply) {
        work_for(w, t, ns);
        return;
    }
    task->state = SIM_TASK_COMPUTE;
    sim_schedule_later(w, w->now_ns + ns, t, sim_extra(SIM_TASK, task->key));
}

static inline void begin_compute(struct sim *w, uint32_t t, const struct plan_step *step)
{
    int64_t ns = compute_ns(w, &w->tasks[t], step);
    start_work(w, t, w->ailments == NULL ? ns : sim_slowed(w, w->tasks[t].executor, ns));
}

int64_t sim_transfer_ns(const struct sim *w, int64_t bytes)
{
    if (w->bandwidth == 0)
        return 0;
    wide ns = ((wide)bytes * 1000000000 + (wide)w->bandwidth - 1) / (wide)w->bandwidth;
    return ns > (wide)PLAN_NEVER ? PLAN_NEVER : (int64_t)ns;
}

/* Batch by batch to another engine: each costs a call, and all of them their bytes. */
static void begin_exchange(struct sim *w, uint32_t t, const struct plan_step *step)
{
    wide batches = ((wide)step->value + (wide)step->value2 - 1) / (wide)step->value2;
    wide calls_ns = batches * (wide)w->plan->setting[PLAN_SET_EXCHANGE_CALL];
    int64_t ns = calls_ns > (wide)PLAN_NEVER ? PLAN_NEVER : (int64_t)calls_ns;
    work_for(w, t, sim_later(ns, sim_transfer_ns(w, step->value)));
}

static void begin_fetch(struct sim *w, uint32_t t, const struct plan_step *step)
{
    int64_t takes_ns = sim_fetch_ns(w, step->value);
    w->tasks[t].habits |= SIM_HABIT_FETCHES;
    if (w->peers != NULL && !sim_peer_begin_fetch(w, t, &takes_ns))
        return;
    work_for(w, t, takes_ns);
    if (w->peers != NULL)
        sim_peer_fetches(w, t);
}

static inline void call_executor(struct sim *w, uint32_t t, const struct gang_msg *msg)
{
    uint32_t executor = w->tasks[t].executor;
    struct gang_event ev;
    ev.kind = GANG_EV_TASK_CALL;
    ev.id = t - w->hosts[executor].first_task;
    ev.msg = msg;
    w->cause = w->tasks[t].cause;
    sim_step_executor(w, executor, &ev);
}

SIM_ALWAYS_INLINE void begin_sync(struct sim *w, uint32_t t, const struct plan_step *step)
{
    struct sim_task *task = &w->tasks[t];
    struct gang_effect effect;
    struct gang_effects fx = {&effect, 0, 1};
    struct gang_err err;
    struct gang_event ev;
    struct gang_msg call; /* of which an event of this kind is all that follows */
    struct gang_task client = sim_client(w, task);
    err.detail[0] = '\0';
    ev.at_ns = w->now_ns;
    ev.kind = GANG_EV_SYNC;
    ev.id = 0;
    ev.msg = &call;
    call.op = step->code == PLAN_OP_BARRIER ? GANG_OP_BARRIER : GANG_OP_ALL_GATHER;
    call.a = (uint64_t)step->value2;
    call.blob.id = 0;
    call.blob.bytes = step->code == PLAN_OP_BARRIER ? 0 : (uint32_t)step->value;
    call.blob.digest = payload_digest(&client);
    if (sim_rarely(w->core->task_step(&client, &ev, &fx, &err) != GANG_OK || fx.count != 1)) {
        sim_fail(w, SIM_E_CORE, "rank %u of job %u cannot sync: %s", client.rank,
                 client.job, err.detail);
        return;
    }
    keep_client(task, &client);
    task->state = SIM_TASK_SYNC;
    call_executor(w, t, &effect.msg);
}

/* A message to the driver that the task does not wait for: its turn comes again at the end of this
 * instant. */
static void report(struct sim *w, uint32_t t, const struct plan_step *step)
{
    struct sim_task *task = &w->tasks[t];
    const struct gang_task client = sim_client(w, task);
    struct gang_msg msg = {.kind = GANG_MSG_CHECKPOINT,
                           .job = client.job,
                           .stage = client.stage,
                           .attempt = client.attempt,
                           .rank = client.rank,
                           .epoch = client.epoch,
                           .a = task->program.checkpoints};
    if (step->code == PLAN_OP_OUTPUT) {
        msg.kind = GANG_MSG_OUTPUT;
        msg.a = 0;
        msg.blob = (struct gang_blob){.bytes = (uint32_t)step->value,
                                      .digest = sim_payload_digest(&client)};
    }
    sim_schedule(w, w->now_ns, t, sim_extra(SIM_TASK, task->key)); /* it stays READY */
    call_executor(w, t, &msg);
}

/* What it waited for is there: it goes on when its turn comes, unless it hangs. */
void sim_task_go_on(struct sim *w, uint32_t t, uint64_t cause)
{
    struct sim_task *task = &w->tasks[t];
    assert(task->state == SIM_TASK_MEET);
    forget_entry(w, task, false);
    task->cause = cause;
    task->state = sim_hangs(task) ? SIM_TASK_HUNG : SIM_TASK_READY;
    if (!sim_hangs(task))
        sim_schedule(w, w->now_ns, t, sim_extra(SIM_TASK, task->key));
}

/* A process that has ended is gone, unless it lingers. */
static void leave(struct sim *w, uint32_t t, uint8_t status, uint32_t code, uint64_t cause)
{
    struct sim_task *task = &w->tasks[t];
    if ((task->habits & (SIM_HABIT_LINGERS | SIM_HABIT_FORCED)) != SIM_HABIT_LINGERS) {
        sim_task_exit(w, t, status, code, cause);
        return;
    }
    task->state = SIM_TASK_LINGER;
    task->status = status;
    set_extra_ns(w, t, 0);
    task->program.code = code;
    task->cause = cause;
    w->traits[t].late_ns = 0;
    sim_schedule_work(w, sim_later(w->now_ns, w->traits[t].linger_ns), t,
                      sim_extra(SIM_TASK, task->key));
}

/* Anything but a compute or a sync call. */
__attribute__((noinline)) static void take_other_op(struct sim *w, uint32_t t, const struct plan_step *step)
{
    const struct sim_task *task = &w->tasks[t];
    switch ((enum plan_op_code)step->code) {
    case PLAN_OP_FETCH:
        begin_fetch(w, t, step);
        break;
    case PLAN_OP_CHECKPOINT:
    case PLAN_OP_OUTPUT:
        report(w, t, step);
        break;
    case PLAN_OP_END:
        leave(w, t, TRACE_EXIT_OK, 0, task->cause);
        break;
    case PLAN_OP_FAIL:
        leave(w, t, TRACE_EXIT_FAILED, (uint32_t)step->value, task->cause);
        break;
    case PLAN_OP_EXIT:
        leave(w, t, step->value == 0 ? TRACE_EXIT_OK : TRACE_EXIT_FAILED,
              (uint32_t)step->value, task->cause);
        break;
    case PLAN_OP_HANG:
        sim_task_hang(w, t);
        break;
    case PLAN_OP_MEET:
        sim_meet(w, t, step);
        break;
    case PLAN_OP_ALL_REDUCE:
        sim_all_reduce(w, t, step);
        break;
    case PLAN_OP_EXCHANGE:
        begin_exchange(w, t, step);
        break;
    case PLAN_OP_COMPUTE:
    case PLAN_OP_BARRIER:
    case PLAN_OP_ALL_GATHER:
    case PLAN_OP_LOOP:
    case PLAN_OP_NEXT:
    case PLAN_OP_ON_RANK:
    case PLAN_OP_COUNT:
        assert(false && "an op that the stepper keeps to itself");
    }
}

/* The task's turn: one op, so that a program which takes no time still ends at the limit of events. */
static void take_op(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    struct plan_step step = next_step(w, task);
    if (step.code == PLAN_OP_COMPUTE)
        begin_compute(w, t, &step);
    else if (step.code == PLAN_OP_BARRIER || step.code == PLAN_OP_ALL_GATHER)
        begin_sync(w, t, &step);
    else
        take_other_op(w, t, &step);
}

/* One that was to end, or to go on, and was killed in the same event has no turn any more; nor has who is in its place and waits already. */
static void take_turn(struct sim *w, uint32_t t)
{
    const struct sim_task *task = &w->tasks[t];
    if (task->state == SIM_TASK_READY)
        take_op(w, t);
    else if (task->state == SIM_TASK_ENDING)
        leave(w, t, task->status, task->program.code, task->cause);
}

void sim_run_tasks(struct sim *w)
{
    for (uint32_t i = 0; i < w->runnable_count && !w->stopped; i++)
        take_turn(w, w->runnable[i]);
    w->runnable_count = 0;
}

/* Its entry came, and it is not simply that its compute is over. */
__attribute__((noinline)) static void due_otherwise(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    if (w->peers != NULL && sim_peer_keeps(w, t))
        return;
    if (has_queue_entry(task) && w->traits != NULL && w->traits[t].late_ns > 0) { /* it stood still */
        sim_schedule_work(w, sim_later(w->now_ns, w->traits[t].late_ns), t,
                          sim_extra(SIM_TASK, task->key));
        w->traits[t].late_ns = 0;
        return;
    }
    if (task->state == SIM_TASK_LINGER) {
        task->state = SIM_TASK_ENDING; /* its entry was this one */
        sim_task_exit(w, t, task->status, task->program.code, task->cause);
        return;
    }
    if (w->traits != NULL && task->state == SIM_TASK_COMPUTE && sim_task_extra_ns(w, t) > 0) { /* it was made slower meanwhile */
        int64_t due = sim_later(w->now_ns, sim_task_extra_ns(w, t));
        set_extra_ns(w, t, due == PLAN_NEVER ? PLAN_NEVER : 0);
        if (due != PLAN_NEVER)
            sim_schedule_work(w, due, t, sim_extra(SIM_TASK, task->key));
        return;
    }
    if (task->state == SIM_TASK_COMPUTE)
        task->state = SIM_TASK_READY;
    if ((task->habits & SIM_HABIT_FETCHES) && task->state == SIM_TASK_READY &&
        !sim_fetch_over(w, t))
        return;
    take_turn(w, t);
}

void sim_task_due(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    bool simply = task->state == SIM_TASK_COMPUTE && task->habits == 0 &&
                  w->traits == NULL && w->peers == NULL;
    w->events++;
    if (!simply) {
        due_otherwise(w, t);
        return;
    }
    task->state = SIM_TASK_READY;
    take_op(w, t);
}

/* ---- ends */
/* The process is gone, and with it whatever it was going to do. */
static uint64_t end(struct sim *w, uint32_t t, uint8_t status, uint32_t code, uint64_t cause)
{
    struct sim_task *task = &w->tasks[t];
    assert(task->state != SIM_TASK_NONE);
    const struct gang_task client = sim_client(w, task);
    uint64_t record = sim_record_task(w, TRACE_EXIT, task->executor, &client, TRACE_NONE,
                                      status, code, cause);
    if (task->state == SIM_TASK_MEET)
        sim_meet_leave(w, t);
    forget_entry(w, task, has_queue_entry(task));
    task->state = SIM_TASK_NONE;
    return record;
}

void sim_task_exit(struct sim *w, uint32_t t, uint8_t status, uint32_t code, uint64_t cause)
{
    const struct gang_msg how = {.op = status, .a = code};
    sim_task_exit_as(w, t, &how, cause);
}

/* how: op, a (the exit code), and what the executor is told besides. */
void sim_task_exit_as(struct sim *w, uint32_t t, const struct gang_msg *how, uint64_t cause)
{
    uint32_t executor = w->tasks[t].executor;
    const struct gang_task client = sim_client(w, &w->tasks[t]);
    struct gang_msg msg = *how;
    struct gang_event ev;
    msg.job = client.job;
    msg.stage = client.stage;
    msg.attempt = client.attempt;
    msg.rank = client.rank;
    w->cause = end(w, t, how->op, (uint32_t)how->a, cause);
    ev.kind = GANG_EV_TASK_EXIT;
    ev.id = t - w->hosts[executor].first_task;
    ev.msg = &msg;
    sim_step_executor(w, executor, &ev);
}

void sim_task_vanish(struct sim *w, uint32_t t, uint64_t cause)
{
    (void)end(w, t, TRACE_EXIT_HOST, 0, cause);
}

/* A task that waits in a sync call, or for other tasks, goes on waiting; what it waits for will find it hung. */
void sim_task_hang(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    task->habits |= SIM_HABIT_HUNG;
    if (task->state == SIM_TASK_SYNC || task->state == SIM_TASK_ENDING ||
        task->state == SIM_TASK_MEET)
        return;
    forget_entry(w, task, has_queue_entry(task));
    task->habits &= (uint8_t)~SIM_HABIT_STOPPED;
    task->state = SIM_TASK_HUNG;
}

void sim_task_straggle(struct sim *w, uint32_t t, int64_t by_ns)
{
    struct sim_task *task = &w->tasks[t];
    if (task->state == SIM_TASK_ENDING || task->state == SIM_TASK_LINGER)
        return;
    bool queued = has_queue_entry(task);
    set_extra_ns(w, t, sim_later(sim_task_extra_ns(w, t), by_ns));
    if (queued && sim_task_extra_ns(w, t) == PLAN_NEVER)
        forget_entry(w, task, true);
}
