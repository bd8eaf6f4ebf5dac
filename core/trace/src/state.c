/*
 * state.c -- the fold: who holds what and who waits for what, as of the record last taken.
 *
 * This room is for: one walk over any history, shared by those who judge and those who draw.
 * It may include:   <assert.h>, <string.h> and trace/ headers.
 * Never here:       allocation, pointers into the block (a copy of the block is a copy of the
 * state), judgement.
 *
 * Truth about slots is START and EXIT. What an executor uses is the sum over the processes that
 * started there and have not exited, whatever attempt they belong to: a killed process that lingers
 * beside its successor counts twice. A rank shows its newest attempt; reservations are what was
 * asked for (RESERVE) and confirmed (RESERVE_ACK), until they are given back (UNRESERVE,
 * RESERVE_NACK, FREE), or used (START), or their executor's process ends.
 *
 * Invariants
 *   - move_rank() is the only place that changes a rank's state, and with it the counts of its
 * stage.
 *   - a rank is in its executor's list of reservations exactly while it is RESERVED or ACKED there.
 *   - stage.running and executor.running count processes; so do cores_used, memory_used_mib and
 * gpu_users.
 *   - Records may hold anything: an index out of range, a count below 0 or an exit of what never
 * started changes nothing.
 *   - O(1) a record, but for: a range record (its count), SUBMIT and JOB_DONE (the job's stages),
 * the first record of a gang's new attempt (its ranks), UP and DOWN (the reservations there).
 */
#include <assert.h>
#include <string.h>

#include "trace/trace_state.h"

enum {
    GPUS = 64, /* addresses in a mask */
    RANK_PROCESSES =
        16,      /* living processes of one rank; a history with more of them has them ignored */
    NO_INDEX = 0 /* lists hold index + 1, so that zeroed memory holds no lists */
};

struct process {
    uint64_t gpu_mask;
    uint32_t executor; /* TRACE_NONE: none that the shape knows */
    uint32_t attempt;
    uint32_t next; /* of the same rank, or in the free list */
    uint32_t unused;
};

struct rank_slot {
    struct trace_rank seen;
    uint32_t stage;
    uint32_t processes, process_count; /* newest first */
    uint32_t held_next, held_prev;     /* neighbours in the executor's list of reservations */
    uint32_t unused;
};
_Static_assert(sizeof(struct rank_slot) == 64, "one cache line a rank");

struct stage_slot {
    struct trace_stage seen;
    uint32_t job, first_rank, tasks, is_barrier;
    uint32_t held;      /* ranks RESERVED or ACKED */
    uint32_t gone_end;  /* attempts below this have had a go */
    uint32_t fence_end; /* attempts below this are fenced */
    uint32_t unused;
};

struct executor_slot {
    struct trace_executor seen;
    uint32_t held, unused;    /* first of the list of reservations */
    uint32_t gpu_users[GPUS]; /* processes at each address: fractions of a GPU share one */
};

struct trace_state {
    struct trace_shape shape; /* its arrays are the caller's */
    uint64_t size;
    uint64_t stages_at, ranks_at, executors_at, jobs_at,
        processes_at; /* bytes from the start of the block */
    uint32_t rank_count, process_limit;
    uint32_t process_fresh; /* processes never used begin here */
    uint32_t process_free;  /* list of those that ended */
    int64_t now_ns;
};

/* ---- where things are */

static struct stage_slot *stages(const struct trace_state *s)
{
    return (struct stage_slot *)((char *)s + s->stages_at);
}
static struct rank_slot *ranks(const struct trace_state *s)
{
    return (struct rank_slot *)((char *)s + s->ranks_at);
}
static struct executor_slot *executors(const struct trace_state *s)
{
    return (struct executor_slot *)((char *)s + s->executors_at);
}
static struct trace_job *jobs(const struct trace_state *s)
{
    return (struct trace_job *)((char *)s + s->jobs_at);
}
static struct process *processes(const struct trace_state *s)
{
    return (struct process *)((char *)s + s->processes_at);
}

/* Everything below is asked for with numbers out of a record: NULL where there is no such thing. */
static struct trace_job *find_job(const struct trace_state *s, uint32_t job)
{
    return job < s->shape.job_count ? &jobs(s)[job] : NULL;
}
static struct executor_slot *find_executor(const struct trace_state *s, uint32_t executor)
{
    return executor < s->shape.executor_count ? &executors(s)[executor] : NULL;
}
static struct stage_slot *find_stage(const struct trace_state *s, uint32_t job, uint32_t stage)
{
    if (job >= s->shape.job_count)
        return NULL;
    uint32_t first = s->shape.job_first_stage[job];
    if (stage >= s->shape.job_first_stage[job + 1] - first)
        return NULL;
    return &stages(s)[first + stage];
}
static struct rank_slot *find_rank(const struct trace_state *s, const struct stage_slot *stage,
                                   uint32_t rank)
{
    return rank < stage->tasks ? &ranks(s)[stage->first_rank + rank] : NULL;
}
static uint32_t rank_index(const struct trace_state *s, const struct rank_slot *rank)
{
    return (uint32_t)(rank - ranks(s));
}

/* ---- one record at a time */

/* What the handlers share: the record, its number, and the stage it speaks of. */
struct step {
    struct trace_state *s;
    const struct trace_record *r;
    uint64_t number;
    struct stage_slot *stage; /* NULL: none that exists */
};

static uint32_t clamp(int64_t value)
{
    if (value < 0)
        return 0;
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static bool is_held(uint32_t state)
{
    return state == TRACE_RANK_RESERVED || state == TRACE_RANK_ACKED;
}
static bool is_alive(uint32_t state)
{
    return state == TRACE_RANK_RUNNING || state == TRACE_RANK_SYNCING;
}

static void hold(struct trace_state *s, struct rank_slot *rank)
{
    struct executor_slot *executor = find_executor(s, rank->seen.executor);
    if (executor == NULL)
        return;
    rank->held_prev = NO_INDEX;
    rank->held_next = executor->held;
    if (executor->held != NO_INDEX)
        ranks(s)[executor->held - 1].held_prev = rank_index(s, rank) + 1;
    executor->held = rank_index(s, rank) + 1;
}

static void unhold(struct trace_state *s, struct rank_slot *rank)
{
    struct executor_slot *executor = find_executor(s, rank->seen.executor);
    if (executor == NULL)
        return;
    if (rank->held_prev != NO_INDEX)
        ranks(s)[rank->held_prev - 1].held_next = rank->held_next;
    else
        executor->held = rank->held_next;
    if (rank->held_next != NO_INDEX)
        ranks(s)[rank->held_next - 1].held_prev = rank->held_prev;
    rank->held_next = rank->held_prev = NO_INDEX;
}

/* The only place that changes a rank's state. `executor` is where it is from now on. */
static void move_rank(const struct step *step, struct rank_slot *rank, uint32_t state,
                      uint32_t executor)
{
    struct stage_slot *stage = &stages(step->s)[rank->stage];
    uint32_t old = rank->seen.state;
    if (is_held(old)) {
        unhold(step->s, rank);
        stage->held--;
    }
    stage->seen.syncing -= old == TRACE_RANK_SYNCING;
    stage->seen.exited -= old == TRACE_RANK_EXITED;

    rank->seen.state = state;
    rank->seen.executor = find_executor(step->s, executor) != NULL ? executor : TRACE_NONE;
    rank->seen.since_ns = step->r->at_ns;
    rank->seen.record = step->number;
    if (!is_alive(state))
        rank->seen.gpu_mask = 0;

    if (is_held(state)) {
        hold(step->s, rank);
        stage->held++;
    }
    stage->seen.syncing += state == TRACE_RANK_SYNCING;
    stage->seen.exited += state == TRACE_RANK_EXITED;
    assert(stage->held <= stage->tasks);
    assert(stage->seen.syncing + stage->seen.exited <= stage->tasks);
}

static void set_phase(const struct step *step, struct stage_slot *stage, uint32_t phase)
{
    uint32_t old = stage->seen.phase;
    if (old == phase || old == TRACE_PHASE_DONE || old == TRACE_PHASE_FAILED)
        return;
    stage->seen.phase = phase;
    stage->seen.since_ns = step->r->at_ns;
}

/* A record of an attempt the stage has not seen yet begins it. In a gang all ranks begin anew. */
static void see_attempt(const struct step *step)
{
    struct stage_slot *stage = step->stage;
    uint32_t attempt = step->r->attempt;
    if (attempt == TRACE_NONE || attempt <= stage->seen.attempt)
        return;
    stage->seen.attempt = attempt;
    if (!stage->is_barrier)
        return;
    stage->seen.epoch = 0;
    for (uint32_t i = 0; i < stage->tasks; i++) {
        struct rank_slot *rank = find_rank(step->s, stage, i);
        if (is_alive(rank->seen.state))
            continue; /* a process of an older attempt that still lives stays in sight until its
                         rank is placed again */
        move_rank(step, rank, TRACE_RANK_IDLE, TRACE_NONE);
        rank->seen.attempt = attempt;
        rank->seen.epoch = 0;
    }
}

/* Does the record speak of the attempt that the rank shows? A record without attempt speaks of
 * whatever is there. */
static bool same_attempt(const struct step *step, const struct rank_slot *rank)
{
    return step->r->attempt == TRACE_NONE || step->r->attempt == rank->seen.attempt;
}
static bool older_attempt(const struct step *step, const struct rank_slot *rank)
{
    return step->r->attempt != TRACE_NONE && step->r->attempt < rank->seen.attempt;
}

/* ---- launching */

/* When the last reservation of a launch is gone and nothing runs, the gang waits again. */
static void see_reverted(const struct step *step, struct stage_slot *stage)
{
    if (stage->seen.phase == TRACE_PHASE_LAUNCHING && stage->held == 0 && stage->seen.running == 0)
        set_phase(step, stage, TRACE_PHASE_WAITING);
}

static void reserve_one(const struct step *step, struct rank_slot *rank)
{
    if (older_attempt(step, rank))
        return;
    if (is_alive(rank->seen.state) && same_attempt(step, rank))
        return;
    move_rank(step, rank, TRACE_RANK_RESERVED, step->r->executor);
    if (step->r->attempt != TRACE_NONE)
        rank->seen.attempt = step->r->attempt;
    rank->seen.epoch = 0;
}

static void acknowledge_one(const struct step *step, struct rank_slot *rank)
{
    if (rank->seen.state == TRACE_RANK_RESERVED && same_attempt(step, rank) &&
        step->r->executor == rank->seen.executor)
        move_rank(step, rank, TRACE_RANK_ACKED, step->r->executor);
}

static void give_back_one(const struct step *step, struct rank_slot *rank)
{
    bool here = step->r->executor == TRACE_NONE || step->r->executor == rank->seen.executor;
    if (!is_held(rank->seen.state) || !same_attempt(step, rank) || !here)
        return;
    move_rank(step, rank, TRACE_RANK_IDLE, TRACE_NONE);
    see_reverted(step, step->stage);
}

/* `rank` is the first and `a` the count; what of it lies outside the stage does not exist. */
static void each_of_range(const struct step *step,
                          void (*one)(const struct step *step, struct rank_slot *rank))
{
    uint32_t first = step->r->rank;
    if (first >= step->stage->tasks || step->r->a <= 0)
        return;
    uint32_t left = step->stage->tasks - first;
    uint32_t count = step->r->a < left ? (uint32_t)step->r->a : left;
    for (uint32_t i = 0; i < count; i++)
        one(step, find_rank(step->s, step->stage, first + i));
}

static void take_plan(const struct step *step)
{
    see_attempt(step);
    if (step->stage->is_barrier || step->stage->seen.phase != TRACE_PHASE_RUNNING)
        set_phase(step, step->stage, TRACE_PHASE_LAUNCHING);
}

static void take_reserve(const struct step *step)
{
    see_attempt(step);
    each_of_range(step, reserve_one);
    if (step->stage->seen.phase <= TRACE_PHASE_WAITING && step->stage->held > 0)
        set_phase(step, step->stage, TRACE_PHASE_LAUNCHING);
}

/* An executor gives one rank's slot back: after its exit, which is what counts, or because a lease
 * ended. */
static void take_free(const struct step *step)
{
    struct rank_slot *rank = find_rank(step->s, step->stage, step->r->rank);
    if (rank != NULL)
        give_back_one(step, rank);
}

static void take_go(const struct step *step)
{
    struct stage_slot *stage = step->stage;
    see_attempt(step);
    if (stage->seen.phase <=
        TRACE_PHASE_WAITING) /* a launch whose plan this target does not record */
        set_phase(step, stage, TRACE_PHASE_LAUNCHING);
    if (stage->seen.first_go_ns == TRACE_NEVER)
        stage->seen.first_go_ns = step->r->at_ns;
    stage->seen.last_go_ns = step->r->at_ns;
    uint32_t attempt = step->r->attempt != TRACE_NONE ? step->r->attempt : stage->seen.attempt;
    if (attempt >= stage->gone_end) {
        stage->gone_end = attempt + 1; /* cannot wrap: TRACE_NONE is no attempt */
        stage->seen.attempts_gone++;
    }
}

/* ---- processes */

/* One process more (+1) or less (-1) on an executor. */
static void use(const struct trace_state *s, const struct rank_slot *rank,
                const struct process *process, bool more)
{
    struct executor_slot *executor = find_executor(s, process->executor);
    if (executor == NULL)
        return;
    uint32_t sign = more ? 1 : UINT32_MAX; /* modulo 2^32, UINT32_MAX is -1 */
    executor->seen.running += sign;
    executor->seen.cores_used += sign * s->shape.stage_cores[rank->stage];
    executor->seen.memory_used_mib += sign * s->shape.stage_memory_mib[rank->stage];
    for (uint64_t left = process->gpu_mask; left != 0; left &= left - 1) {
        uint64_t bit = left & -left;
        unsigned address = 0;
        while (bit >> address != 1)
            address++;
        executor->gpu_users[address] += sign;
        if (executor->gpu_users[address] != 0)
            executor->seen.gpu_mask_used |= bit;
        else
            executor->seen.gpu_mask_used &= ~bit;
    }
}

/* Index + 1 of an unused process, or NO_INDEX. */
static uint32_t process_new(struct trace_state *s)
{
    uint32_t index = s->process_free;
    if (index != NO_INDEX)
        s->process_free = processes(s)[index - 1].next;
    else if (s->process_fresh < s->process_limit)
        index = ++s->process_fresh;
    return index;
}

/* The link that leads to the newest process of `rank` at `executor` with `attempt` (TRACE_NONE:
 * any); to NO_INDEX if none. */
static uint32_t *process_link(const struct trace_state *s, struct rank_slot *rank,
                              uint32_t executor, uint32_t attempt)
{
    uint32_t *link = &rank->processes;
    while (*link != NO_INDEX) {
        struct process *p = &processes(s)[*link - 1];
        if ((executor == TRACE_NONE || executor == p->executor) &&
            (attempt == TRACE_NONE || attempt == p->attempt))
            break;
        link = &p->next;
    }
    return link;
}

static void show_start(const struct step *step, struct rank_slot *rank, uint32_t attempt)
{
    move_rank(step, rank, TRACE_RANK_RUNNING, step->r->executor);
    rank->seen.attempt = attempt;
    rank->seen.epoch = step->r->epoch != TRACE_NONE ? step->r->epoch : 0;
    rank->seen.gpu_mask = (uint64_t)step->r->a;
}

/* A start of a fenced attempt is one more process to wait for; one of an attempt that was replaced
 * changes no phase. */
static void phase_at_start(const struct step *step, uint32_t attempt)
{
    struct stage_slot *stage = step->stage;
    if (!stage->is_barrier)
        set_phase(step, stage, TRACE_PHASE_RUNNING);
    else if (attempt == stage->seen.attempt)
        set_phase(step, stage,
                  attempt < stage->fence_end ? TRACE_PHASE_DRAINING : TRACE_PHASE_RUNNING);
}

static void take_start(const struct step *step)
{
    struct rank_slot *rank = find_rank(step->s, step->stage, step->r->rank);
    if (rank == NULL || rank->process_count == RANK_PROCESSES)
        return;
    uint32_t index = process_new(step->s);
    if (index == NO_INDEX)
        return;
    see_attempt(step);
    uint32_t attempt = step->r->attempt != TRACE_NONE ? step->r->attempt : rank->seen.attempt;
    struct process *process = &processes(step->s)[index - 1];
    bool known = find_executor(step->s, step->r->executor) != NULL;
    *process = (struct process){.gpu_mask = (uint64_t)step->r->a,
                                .executor = known ? step->r->executor : TRACE_NONE,
                                .attempt = attempt,
                                .next = rank->processes};
    rank->processes = index;
    rank->process_count++;
    use(step->s, rank, process, true);
    step->stage->seen.running++;
    if (step->stage->seen.first_start_ns == TRACE_NEVER)
        step->stage->seen.first_start_ns = step->r->at_ns;
    if (attempt >= rank->seen.attempt)
        show_start(step, rank, attempt);
    phase_at_start(step, attempt);
}

static void take_exit(const struct step *step)
{
    struct rank_slot *rank = find_rank(step->s, step->stage, step->r->rank);
    if (rank == NULL)
        return;
    uint32_t *link = process_link(step->s, rank, step->r->executor, step->r->attempt);
    if (*link == NO_INDEX)
        return; /* an exit of what never started */
    uint32_t index = *link;
    struct process ended = processes(step->s)[index - 1];
    *link = ended.next;
    processes(step->s)[index - 1].next = step->s->process_free;
    step->s->process_free = index;
    rank->process_count--;
    use(step->s, rank, &ended, false);
    step->stage->seen.running--;

    bool shown = is_alive(rank->seen.state) && ended.attempt == rank->seen.attempt &&
                 ended.executor == rank->seen.executor;
    if (shown && *process_link(step->s, rank, ended.executor, ended.attempt) == NO_INDEX)
        move_rank(step, rank, TRACE_RANK_EXITED, ended.executor);
    if (step->stage->seen.running == 0 && step->stage->seen.phase == TRACE_PHASE_DRAINING)
        set_phase(step, step->stage, TRACE_PHASE_WAITING);
}

/* ---- rounds */

static void take_limit(const struct step *step)
{
    int64_t within_ns = trace_arrive_within(step->r->a);
    struct trace_stage *seen = &step->stage->seen;
    if (within_ns == 0 || within_ns > INT64_MAX - step->r->at_ns)
        return;
    bool same = seen->limit_ns != 0 && seen->limit_attempt == step->r->attempt &&
                seen->limit_epoch == step->r->epoch;
    if (same && seen->limit_ns <= step->r->at_ns + within_ns)
        return;
    seen->limit_ns = step->r->at_ns + within_ns;
    seen->limit_rank = step->r->rank;
    seen->limit_attempt = step->r->attempt;
    seen->limit_epoch = step->r->epoch;
}

static void take_arrive(const struct step *step)
{
    struct rank_slot *rank = find_rank(step->s, step->stage, step->r->rank);
    if (rank == NULL || rank->seen.state != TRACE_RANK_RUNNING || !same_attempt(step, rank))
        return;
    move_rank(step, rank, TRACE_RANK_SYNCING, rank->seen.executor);
    take_limit(step);
    if (step->r->epoch != TRACE_NONE)
        rank->seen.epoch = step->r->epoch;
}

static void take_reply(const struct step *step)
{
    struct rank_slot *rank = find_rank(step->s, step->stage, step->r->rank);
    if (rank == NULL || rank->seen.state != TRACE_RANK_SYNCING || !same_attempt(step, rank))
        return;
    move_rank(step, rank, TRACE_RANK_RUNNING, rank->seen.executor);
    if (step->r->a == TRACE_REASON_OK)
        rank->seen.epoch++;
}

static void take_release(const struct step *step)
{
    uint32_t attempt = step->r->attempt, epoch = step->r->epoch;
    if (epoch == TRACE_NONE || (attempt != TRACE_NONE && attempt != step->stage->seen.attempt))
        return;
    if (epoch >= step->stage->seen.epoch)
        step->stage->seen.epoch = epoch + 1;
}

static void take_fence(const struct step *step)
{
    struct stage_slot *stage = step->stage;
    uint32_t attempt = step->r->attempt != TRACE_NONE ? step->r->attempt : stage->seen.attempt;
    if (attempt >= stage->fence_end)
        stage->fence_end = attempt + 1;
    if (stage->is_barrier && attempt >= stage->seen.attempt)
        set_phase(step, stage,
                  stage->seen.running > 0 ? TRACE_PHASE_DRAINING : TRACE_PHASE_WAITING);
}

/* ---- jobs */

static void take_submit(const struct step *step)
{
    struct trace_job *job = find_job(step->s, step->r->job);
    if (job == NULL || job->submitted != 0)
        return;
    job->submitted = 1;
    job->submitted_ns = step->r->at_ns;
    struct stage_slot *stage;
    for (uint32_t i = 0; (stage = find_stage(step->s, step->r->job, i)) != NULL; i++) {
        stage->seen.submitted_ns = step->r->at_ns;
        if (stage->seen.phase == TRACE_PHASE_UNSEEN)
            set_phase(step, stage, TRACE_PHASE_WAITING);
    }
}

static void take_refuse(const struct step *step)
{
    struct trace_job *job = find_job(step->s, step->r->job);
    if (job == NULL)
        return;
    job->refused = 1;
    job->reason = clamp(step->r->a);
}

/* Outputs of a stage that was done are lost: it waits again. Only this takes a stage back from its end. */
static void take_unregister(const struct step *step)
{
    struct trace_stage *stage = &step->stage->seen;
    if (stage->phase != TRACE_PHASE_DONE)
        return;
    stage->phase = TRACE_PHASE_WAITING;
    stage->since_ns = step->r->at_ns;
    stage->done_ns = TRACE_NEVER;
}

static void end_stage(const struct step *step, struct stage_slot *stage, uint32_t phase)
{
    if (stage->seen.done_ns != TRACE_NEVER)
        return;
    set_phase(step, stage, phase);
    stage->seen.done_ns = step->r->at_ns;
}

static void take_job_done(const struct step *step)
{
    struct trace_job *job = find_job(step->s, step->r->job);
    if (job == NULL || job->done != 0)
        return;
    job->done = 1;
    job->done_ns = step->r->at_ns;
    job->reason = clamp(step->r->a);
    uint32_t phase = step->r->a == TRACE_REASON_OK ? TRACE_PHASE_DONE : TRACE_PHASE_FAILED;
    struct stage_slot *stage;
    for (uint32_t i = 0; (stage = find_stage(step->s, step->r->job, i)) != NULL; i++)
        end_stage(step, stage, phase);
}

static void take_wait(const struct step *step)
{
    struct trace_stage *stage = &step->stage->seen;
    stage->wait_reason = clamp(step->r->a);
    stage->wait_needed = clamp(step->r->b);
    stage->wait_there = step->r->epoch != TRACE_NONE ? step->r->epoch : 0;
}

/* ---- executors */

/* A process of an executor begins or ends: what the one before held, it holds no more. Its tasks'
 * exits are records. */
static void take_up_or_down(const struct step *step, uint32_t up)
{
    struct executor_slot *executor = find_executor(step->s, step->r->executor);
    if (executor == NULL)
        return;
    executor->seen.up = up;
    executor->seen.incarnation = clamp(step->r->a);
    executor->seen.since_ns = step->r->at_ns;
    while (executor->held != NO_INDEX) {
        struct rank_slot *rank = &ranks(step->s)[executor->held - 1];
        move_rank(step, rank, TRACE_RANK_IDLE, TRACE_NONE);
        see_reverted(step, &stages(step->s)[rank->stage]);
    }
}

static void take_joined(const struct step *step, uint32_t joined)
{
    struct executor_slot *executor = find_executor(step->s, step->r->executor);
    if (executor != NULL)
        executor->seen.joined = joined;
}

/* ---- the door */

/* Records that speak of a stage which exists. */
static void take_of_stage(const struct step *step)
{
    switch ((unsigned)step->r->kind) {
    case TRACE_PLAN:
        take_plan(step);
        break;
    case TRACE_RESERVE:
        take_reserve(step);
        break;
    case TRACE_RESERVE_ACK:
        each_of_range(step, acknowledge_one);
        break;
    case TRACE_RESERVE_NACK:
    case TRACE_UNRESERVE:
        each_of_range(step, give_back_one);
        break;
    case TRACE_GO:
        take_go(step);
        break;
    case TRACE_START:
        take_start(step);
        break;
    case TRACE_ARRIVE:
        take_arrive(step);
        break;
    case TRACE_RELEASE:
        take_release(step);
        break;
    case TRACE_REPLY:
        take_reply(step);
        break;
    case TRACE_EXIT:
        take_exit(step);
        break;
    case TRACE_FREE:
        take_free(step);
        break;
    case TRACE_FENCE:
        take_fence(step);
        break;
    case TRACE_WAIT:
        take_wait(step);
        break;
    case TRACE_UNREGISTER:
        take_unregister(step);
        break;
    case TRACE_STAGE_DONE:
        end_stage(step, step->stage, TRACE_PHASE_DONE);
        break;
    default: /* the others say nothing about who holds or waits */
        break;
    }
}

void trace_state_take(struct trace_state *state, const struct trace_record *record, uint64_t number)
{
    assert(state != NULL);
    assert(record != NULL);
    state->now_ns = record->at_ns;
    struct step step = {.s = state, .r = record, .number = number};
    switch ((unsigned)record->kind) {
    case TRACE_DELIVER: /* the sent record has been taken already */
    case TRACE_DROP:
        break;
    case TRACE_SUBMIT:
        take_submit(&step);
        break;
    case TRACE_REFUSE:
        take_refuse(&step);
        break;
    case TRACE_JOB_DONE:
        take_job_done(&step);
        break;
    case TRACE_UP:
    case TRACE_DOWN:
        take_up_or_down(&step, record->kind == TRACE_UP);
        break;
    case TRACE_JOIN:
    case TRACE_LOST:
        take_joined(&step, record->kind == TRACE_JOIN);
        break;
    default:
        step.stage = find_stage(state, record->job, record->stage);
        if (step.stage != NULL)
            take_of_stage(&step);
        break;
    }
}

int64_t trace_state_now(const struct trace_state *state)
{
    assert(state != NULL);
    return state->now_ns;
}

const struct trace_rank *trace_state_rank(const struct trace_state *state, uint32_t job,
                                          uint32_t stage, uint32_t rank)
{
    assert(state != NULL);
    const struct stage_slot *in = find_stage(state, job, stage);
    const struct rank_slot *slot = in != NULL ? find_rank(state, in, rank) : NULL;
    return slot != NULL ? &slot->seen : NULL;
}

const struct trace_stage *trace_state_stage(const struct trace_state *state, uint32_t job,
                                            uint32_t stage)
{
    assert(state != NULL);
    const struct stage_slot *slot = find_stage(state, job, stage);
    return slot != NULL ? &slot->seen : NULL;
}

const struct trace_job *trace_state_job(const struct trace_state *state, uint32_t job)
{
    assert(state != NULL);
    return find_job(state, job);
}

const struct trace_executor *trace_state_executor(const struct trace_state *state,
                                                  uint32_t executor)
{
    assert(state != NULL);
    const struct executor_slot *slot = find_executor(state, executor);
    return slot != NULL ? &slot->seen : NULL;
}

/* ---- memory */

static uint64_t section(uint64_t *end, uint64_t count, size_t bytes)
{
    uint64_t at = *end;
    *end = (at + count * bytes + 15) & ~UINT64_C(15);
    return at;
}

/* The layout, from the shape alone. */
static struct trace_state lay_out(const struct trace_shape *shape)
{
    struct trace_state s = {.shape = *shape};
    uint64_t rank_count = 0;
    for (uint32_t i = 0; i < shape->stage_count; i++)
        rank_count += shape->stage_tasks[i];
    assert(rank_count < UINT32_MAX / 2);
    s.rank_count = (uint32_t)rank_count;
    s.process_limit = 2 * s.rank_count; /* each rank may have a living predecessor */
    uint64_t end = (sizeof s + 63) & ~UINT64_C(63);
    s.ranks_at = section(&end, rank_count, sizeof(struct rank_slot));
    s.stages_at = section(&end, shape->stage_count, sizeof(struct stage_slot));
    s.executors_at = section(&end, shape->executor_count, sizeof(struct executor_slot));
    s.jobs_at = section(&end, shape->job_count, sizeof(struct trace_job));
    s.processes_at = section(&end, s.process_limit, sizeof(struct process));
    s.size = end;
    return s;
}

size_t trace_state_size(const struct trace_shape *shape)
{
    assert(shape != NULL);
    return lay_out(shape).size;
}

static void init_stage(struct trace_state *s, uint32_t index, uint32_t job, uint32_t first_rank)
{
    struct stage_slot *stage = &stages(s)[index];
    stage->job = job;
    stage->first_rank = first_rank;
    stage->tasks = s->shape.stage_tasks[index];
    stage->is_barrier = s->shape.stage_is_barrier[index];
    stage->seen.submitted_ns = TRACE_NEVER;
    stage->seen.first_go_ns = TRACE_NEVER;
    stage->seen.first_start_ns = TRACE_NEVER;
    stage->seen.last_go_ns = TRACE_NEVER;
    stage->seen.done_ns = TRACE_NEVER;
    for (uint32_t i = 0; i < stage->tasks; i++) {
        ranks(s)[first_rank + i].stage = index;
        ranks(s)[first_rank + i].seen.executor = TRACE_NONE;
    }
}

struct trace_state *trace_state_init(void *memory, size_t size, const struct trace_shape *shape)
{
    assert(memory != NULL);
    assert((uintptr_t)memory % 16 == 0);
    assert(shape != NULL);
    struct trace_state *s = memory;
    struct trace_state layout = lay_out(shape);
    assert(size >= layout.size);
    memset(memory, 0, layout.size);
    *s = layout;
    uint32_t first_rank = 0;
    for (uint32_t job = 0; job < shape->job_count; job++) {
        jobs(s)[job].submitted_ns = TRACE_NEVER;
        jobs(s)[job].done_ns = TRACE_NEVER;
        assert(shape->job_first_stage[job] <= shape->job_first_stage[job + 1]);
        for (uint32_t i = shape->job_first_stage[job]; i < shape->job_first_stage[job + 1]; i++) {
            init_stage(s, i, job, first_rank);
            first_rank += shape->stage_tasks[i];
        }
    }
    assert(first_rank == s->rank_count);
    return s;
}
