/*
 * state.c -- claims about the fold: after each record of a small history, who holds what and who
 * waits for what.
 */
#include "histories.h"

#include "trace/trace_state.h"

/* Job 0: a gang of three (stage 0), then two independent tasks (stage 1). Job 1: another gang of
 * two. */
static const uint32_t first_stage[] = {0, 2, 3};
static const uint32_t tasks[] = {3, 2, 2};
static const uint8_t is_barrier[] = {1, 0, 1};
static const uint32_t cores[] = {1, 2, 4}, memory_mib[] = {100, 10, 1}, gpu_milli[] = {500, 0, 0};
static const uint32_t executor_cores[] = {4, 4}, executor_memory[] = {1000, 1000},
                      executor_gpus[] = {2, 2};
static const struct trace_shape shape = {.executor_count = 2,
                                         .job_count = 2,
                                         .stage_count = 3,
                                         .job_first_stage = first_stage,
                                         .stage_tasks = tasks,
                                         .stage_is_barrier = is_barrier,
                                         .stage_cores = cores,
                                         .stage_memory_mib = memory_mib,
                                         .stage_gpu_milli = gpu_milli,
                                         .executor_cores = executor_cores,
                                         .executor_memory_mib = executor_memory,
                                         .executor_gpus = executor_gpus};

static struct trace_state *new_state(void)
{
    size_t size = trace_state_size(&shape);
    void *memory = malloc(size);
    assert_non_null(memory);
    memset(memory, 0xa5, size);
    return trace_state_init(memory, size, &shape);
}

/* "running a0 e1 go1 | R0 S0 x1 | 0:2c0u1 1:0c0u1": the phase, attempt, epoch and attempts gone of
 * a stage; each rank's state and executor (. idle, r reserved, k acked, R running, S syncing, x
 * exited); each executor's processes, cores, GPU mask (after g, where there is one), u when it is
 * up and j when it has joined. */
static const char *show(const struct trace_state *s, uint32_t job, uint32_t stage)
{
    static const char *const phases[] = {"unseen",   "waiting", "launching", "running",
                                         "draining", "done",    "failed"};
    static char text[200];
    const struct trace_stage *of = trace_state_stage(s, job, stage);
    int at = snprintf(text, sizeof text, "%s a%u e%u go%u |", phases[of->phase], of->attempt,
                      of->epoch, of->attempts_gone);
    uint32_t running = 0, syncing = 0, exited = 0;
    const struct trace_rank *rank;
    for (uint32_t i = 0; (rank = trace_state_rank(s, job, stage, i)) != NULL; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, " %c", ".rkRSx"[rank->state]);
        if (rank->state != TRACE_RANK_IDLE)
            at += snprintf(text + at, sizeof text - (size_t)at, "%u", rank->executor);
        running += rank->state == TRACE_RANK_RUNNING || rank->state == TRACE_RANK_SYNCING;
        syncing += rank->state == TRACE_RANK_SYNCING;
        exited += rank->state == TRACE_RANK_EXITED;
    }
    /* Processes of older attempts that linger are counted, too. */
    assert_true(of->running >= running);
    assert_int_equal(of->syncing, syncing);
    assert_int_equal(of->exited, exited);
    at += snprintf(text + at, sizeof text - (size_t)at, " |");
    const struct trace_executor *executor;
    for (uint32_t i = 0; (executor = trace_state_executor(s, i)) != NULL; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, " %u:%up%uc", i, executor->running,
                       executor->cores_used);
        if (executor->gpu_mask_used != 0)
            at += snprintf(text + at, sizeof text - (size_t)at, "g%u",
                           (unsigned)executor->gpu_mask_used);
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%s", executor->up ? "u" : "",
                       executor->joined ? "j" : "");
    }
    return text;
}

/* A record and what the state looks like after it; NULL: as before. */
struct line {
    struct trace_record r;
    const char *after;
};
#define X TRACE_NONE
/* at, kind, executor, job, stage, attempt, epoch, rank, a, b */
#define R(at, k, e, j, s, at2, ep, rk, a, b)                                                       \
    {                                                                                              \
        (at), 0, TRACE_##k, 0, TRACE_WORLD, (e), (j), (s), (at2), (ep), (rk), (a), (b)             \
    }

static uint64_t play(struct trace_state *s, uint32_t job, uint32_t stage, const struct line *lines,
                     size_t count, uint64_t number)
{
    char before[200];
    for (size_t i = 0; i < count; i++) {
        strcpy(before, show(s, job, stage));
        trace_state_take(s, &lines[i].r, ++number);
        assert_true(trace_state_now(s) == lines[i].r.at_ns);
        const char *expected = lines[i].after != NULL ? lines[i].after : before;
        if (strcmp(show(s, job, stage), expected) != 0)
            fail_msg("after line %zu (%s): \"%s\", expected \"%s\"", i,
                     trace_kind_text(lines[i].r.kind), show(s, job, stage), expected);
    }
    return number;
}
#define PLAY(s, job, stage, lines, number)                                                         \
    play((s), (job), (stage), (lines), sizeof(lines) / sizeof((lines)[0]), (number))

/* The gang of three starts on two executors and is about to meet in its first round. */
static const struct line launch[] = {
    {R(0, UP, 0, X, X, X, X, X, 0, 0), "unseen a0 e0 go0 | . . . | 0:0p0cu 1:0p0c"},
    {R(0, UP, 1, X, X, X, X, X, 0, 0), "unseen a0 e0 go0 | . . . | 0:0p0cu 1:0p0cu"},
    {R(0, JOIN, 0, X, X, X, X, X, 0, 0), "unseen a0 e0 go0 | . . . | 0:0p0cuj 1:0p0cu"},
    {R(0, JOIN, 1, X, X, X, X, X, 0, 0), "unseen a0 e0 go0 | . . . | 0:0p0cuj 1:0p0cuj"},
    {R(5, SUBMIT, X, 0, X, X, X, X, 0, 0), "waiting a0 e0 go0 | . . . | 0:0p0cuj 1:0p0cuj"},
    {R(6, WAIT, X, 0, 0, X, 2, X, TRACE_REASON_FREE_SLOTS, 3), NULL},
    {R(7, PLAN, X, 0, 0, 0, X, X, 3, 2), "launching a0 e0 go0 | . . . | 0:0p0cuj 1:0p0cuj"},
    {R(7, RESERVE, 0, 0, 0, 0, X, 0, 2, 1), "launching a0 e0 go0 | r0 r0 . | 0:0p0cuj 1:0p0cuj"},
    {R(7, RESERVE, 1, 0, 0, 0, X, 2, 1, 1), "launching a0 e0 go0 | r0 r0 r1 | 0:0p0cuj 1:0p0cuj"},
    {R(8, DELIVER, 0, 0, 0, 0, X, 0, 2, 1), NULL},
    {R(8, RESERVE_ACK, 0, 0, 0, 0, X, 0, 2, 1),
     "launching a0 e0 go0 | k0 k0 r1 | 0:0p0cuj 1:0p0cuj"},
    {R(9, RESERVE_ACK, 1, 0, 0, 0, X, 2, 1, 1),
     "launching a0 e0 go0 | k0 k0 k1 | 0:0p0cuj 1:0p0cuj"},
    {R(10, GO, 0, 0, 0, 0, X, 0, 2, 0), "launching a0 e0 go1 | k0 k0 k1 | 0:0p0cuj 1:0p0cuj"},
    {R(10, GO, 1, 0, 0, 0, X, 2, 1, 0), NULL},
    {R(11, START, 0, 0, 0, 0, X, 0, 1, 0), "running a0 e0 go1 | R0 k0 k1 | 0:1p1cg1uj 1:0p0cuj"},
    {R(11, START, 0, 0, 0, 0, X, 1, 1, 0), "running a0 e0 go1 | R0 R0 k1 | 0:2p2cg1uj 1:0p0cuj"},
    {R(12, START, 1, 0, 0, 0, X, 2, 2, 0), "running a0 e0 go1 | R0 R0 R1 | 0:2p2cg1uj 1:1p1cg2uj"},
    {R(20, ARRIVE, 0, 0, 0, 0, 0, 1, 0, 7), "running a0 e0 go1 | R0 S0 R1 | 0:2p2cg1uj 1:1p1cg2uj"},
};

static void a_gang_starts_meets_and_ends(void **state)
{
    (void)state;
    static const struct line rest[] = {
        {R(21, ARRIVE, 0, 0, 0, 0, 0, 0, 0, 7),
         "running a0 e0 go1 | S0 S0 R1 | 0:2p2cg1uj 1:1p1cg2uj"},
        {R(22, ARRIVE, 1, 0, 0, 0, 0, 2, 0, 7),
         "running a0 e0 go1 | S0 S0 S1 | 0:2p2cg1uj 1:1p1cg2uj"},
        {R(23, RELEASE, 0, 0, 0, 0, 0, 0, 2, 7),
         "running a0 e1 go1 | S0 S0 S1 | 0:2p2cg1uj 1:1p1cg2uj"},
        {R(23, RELEASE, 1, 0, 0, 0, 0, 2, 1, 7), NULL},
        {R(24, REPLY, 0, 0, 0, 0, 0, 0, 0, 7),
         "running a0 e1 go1 | R0 S0 S1 | 0:2p2cg1uj 1:1p1cg2uj"},
        {R(24, REPLY, 0, 0, 0, 0, 0, 1, 0, 7),
         "running a0 e1 go1 | R0 R0 S1 | 0:2p2cg1uj 1:1p1cg2uj"},
        {R(24, REPLY, 1, 0, 0, 0, 0, 2, 0, 7),
         "running a0 e1 go1 | R0 R0 R1 | 0:2p2cg1uj 1:1p1cg2uj"},
        {R(30, EXIT, 0, 0, 0, 0, X, 0, 0, 0),
         "running a0 e1 go1 | x0 R0 R1 | 0:1p1cg1uj 1:1p1cg2uj"},
        {R(30, FREE, 0, 0, 0, 0, X, 0, 0, 0), NULL},
        {R(30, EXIT, 0, 0, 0, 0, X, 1, 0, 0), "running a0 e1 go1 | x0 x0 R1 | 0:0p0cuj 1:1p1cg2uj"},
        {R(30, EXIT, 1, 0, 0, 0, X, 2, 0, 0), "running a0 e1 go1 | x0 x0 x1 | 0:0p0cuj 1:0p0cuj"},
        {R(31, ACCEPT, X, 0, 0, 0, X, 0, 1, 0), NULL},
        {R(32, STAGE_DONE, X, 0, 0, X, X, X, 1, 0),
         "done a0 e1 go1 | x0 x0 x1 | 0:0p0cuj 1:0p0cuj"},
        {R(33, PLAN, X, 0, 0, 1, X, X, 1, 0), "done a1 e0 go1 | . . . | 0:0p0cuj 1:0p0cuj"},
    };
    struct trace_state *s = new_state();
    assert_true(trace_state_stage(s, 0, 0)->first_go_ns == TRACE_NEVER);
    uint64_t number = PLAY(s, 0, 0, launch, 0);
    const struct trace_rank *rank = trace_state_rank(s, 0, 0, 1);
    assert_true(rank->since_ns == 20);
    assert_int_equal(rank->record, number);
    assert_int_equal(rank->gpu_mask, 1);
    assert_int_equal(rank->epoch, 0);
    number = play(s, 0, 0, rest, 6, number); /* up to the reply to rank 1 */
    assert_int_equal(rank->epoch, 1);
    play(s, 0, 0, rest + 6, sizeof rest / sizeof rest[0] - 6, number);
    const struct trace_stage *stage = trace_state_stage(s, 0, 0);
    assert_int_equal(stage->wait_reason, TRACE_REASON_FREE_SLOTS);
    assert_int_equal(stage->wait_needed, 3);
    assert_int_equal(stage->wait_there, 2);
    assert_true(stage->submitted_ns == 5);
    assert_true(stage->first_go_ns == 10);
    assert_true(stage->last_go_ns == 10);
    assert_true(stage->first_start_ns == 11);
    assert_true(stage->done_ns == 32);
    assert_true(stage->since_ns == 32);
    assert_int_equal(trace_state_executor(s, 0)->memory_used_mib, 0);
    free(s);
}

static void a_failed_attempt_drains_before_it_waits_and_the_next_begins_anew(void **state)
{
    (void)state;
    static const struct line rest[] = {
        {R(30, EXIT, 0, 0, 0, 0, X, 0, 1, 9),
         "running a0 e0 go1 | x0 S0 R1 | 0:1p1cg1uj 1:1p1cg2uj"},
        {R(31, FENCE, X, 0, 0, 0, X, 0, 1, 0),
         "draining a0 e0 go1 | x0 S0 R1 | 0:1p1cg1uj 1:1p1cg2uj"},
        {R(31, KILL, 0, 0, 0, 0, X, 1, 1, 23), NULL},
        {R(32, REPLY, 0, 0, 0, 0, 0, 1, 23, 0),
         "draining a0 e0 go1 | x0 R0 R1 | 0:1p1cg1uj 1:1p1cg2uj"},
        {R(32, KILLED, 0, 0, 0, 0, X, 1, 0, 0), NULL},
        {R(33, EXIT, 0, 0, 0, 0, X, 1, 2, 0),
         "draining a0 e0 go1 | x0 x0 R1 | 0:0p0cuj 1:1p1cg2uj"},
        {R(34, EXIT, 1, 0, 0, 0, X, 2, 2, 0), "waiting a0 e0 go1 | x0 x0 x1 | 0:0p0cuj 1:0p0cuj"},
        {R(40, PLAN, X, 0, 0, 1, X, X, 3, 1), "launching a1 e0 go1 | . . . | 0:0p0cuj 1:0p0cuj"},
        {R(40, RESERVE, 1, 0, 0, 1, X, 0, 3, 3),
         "launching a1 e0 go1 | r1 r1 r1 | 0:0p0cuj 1:0p0cuj"},
        {R(41, GO, 1, 0, 0, 1, X, 0, 3, 0), "launching a1 e0 go2 | r1 r1 r1 | 0:0p0cuj 1:0p0cuj"},
        {R(42, START, 1, 0, 0, 1, X, 0, 3, 0),
         "running a1 e0 go2 | R1 r1 r1 | 0:0p0cuj 1:1p1cg3uj"},
    };
    struct trace_state *s = new_state();
    PLAY(s, 0, 0, rest, PLAY(s, 0, 0, launch, 0));
    assert_true(trace_state_stage(s, 0, 0)->first_go_ns == 10);
    assert_true(trace_state_stage(s, 0, 0)->last_go_ns == 41);
    assert_int_equal(trace_state_rank(s, 0, 0, 0)->attempt, 1);
    free(s);
}

static void a_launch_taken_back_waits_again(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {R(1, SUBMIT, X, 0, X, X, X, X, 0, 0), "waiting a0 e0 go0 | . . . | 0:0p0c 1:0p0c"},
        {R(2, PLAN, X, 0, 0, 0, X, X, 3, 2), "launching a0 e0 go0 | . . . | 0:0p0c 1:0p0c"},
        {R(2, RESERVE, 0, 0, 0, 0, X, 0, 2, 0), "launching a0 e0 go0 | r0 r0 . | 0:0p0c 1:0p0c"},
        {R(2, RESERVE, 1, 0, 0, 0, X, 2, 1, 0), "launching a0 e0 go0 | r0 r0 r1 | 0:0p0c 1:0p0c"},
        {R(3, RESERVE_ACK, 0, 0, 0, 0, X, 0, 2, 0),
         "launching a0 e0 go0 | k0 k0 r1 | 0:0p0c 1:0p0c"},
        {R(3, RESERVE_NACK, 1, 0, 0, 0, X, 2, 1, 13),
         "launching a0 e0 go0 | k0 k0 . | 0:0p0c 1:0p0c"},
        {R(4, UNRESERVE, 0, 0, 0, 0, X, 0, 2, 26), "waiting a0 e0 go0 | . . . | 0:0p0c 1:0p0c"},
        {R(4, RESERVE_ACK, 0, 0, 0, 0, X, 0, 2, 0), NULL}, /* too late: it was given back */
        {R(5, PLAN, X, 0, 0, 1, X, X, 3, 2), "launching a1 e0 go0 | . . . | 0:0p0c 1:0p0c"},
        {R(5, RESERVE, 0, 0, 0, 1, X, 0, 3, 0), "launching a1 e0 go0 | r0 r0 r0 | 0:0p0c 1:0p0c"},
        {R(5, RESERVE, 0, 0, 0, 0, X, 0, 3, 0), NULL}, /* of an attempt that is over */
        {R(6, FREE, 0, 0, 0, 1, X, 0, 0, 15), "launching a1 e0 go0 | . r0 r0 | 0:0p0c 1:0p0c"},
        {R(6, FREE, 0, 0, 0, 1, X, 1, 0, 15), "launching a1 e0 go0 | . . r0 | 0:0p0c 1:0p0c"},
        {R(6, FREE, 0, 0, 0, 0, X, 2, 0, 15), NULL}, /* of an attempt that is over */
        {R(6, FREE, 0, 0, 0, 1, X, 2, 0, 15), "waiting a1 e0 go0 | . . . | 0:0p0c 1:0p0c"},
    };
    struct trace_state *s = new_state();
    PLAY(s, 0, 0, lines, 0);
    free(s);
}

static void reservations_end_with_their_executor_but_processes_only_with_their_exit(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {R(0, UP, 0, X, X, X, X, X, 4, 0), "unseen a0 e0 go0 | . . . | 0:0p0cu 1:0p0c"},
        {R(1, PLAN, X, 0, 0, 0, X, X, 3, 2), "launching a0 e0 go0 | . . . | 0:0p0cu 1:0p0c"},
        {R(1, RESERVE, 0, 0, 0, 0, X, 0, 2, 0), "launching a0 e0 go0 | r0 r0 . | 0:0p0cu 1:0p0c"},
        {R(1, RESERVE, 1, 0, 0, 0, X, 2, 1, 0), "launching a0 e0 go0 | r0 r0 r1 | 0:0p0cu 1:0p0c"},
        {R(2, START, 0, 0, 0, 0, X, 0, 2, 4), "running a0 e0 go0 | R0 r0 r1 | 0:1p1cg2u 1:0p0c"},
        {R(3, DOWN, 0, X, X, X, X, X, 4, 0), "running a0 e0 go0 | R0 . r1 | 0:1p1cg2 1:0p0c"},
        {R(3, EXIT, 0, 0, 0, 0, X, 0, 3, 0), "running a0 e0 go0 | x0 . r1 | 0:0p0c 1:0p0c"},
        {R(4, LOST, 0, X, X, X, X, X, 4, 3), NULL},
        {R(4, FENCE, X, 0, 0, 0, X, 0, 2, 0), "waiting a0 e0 go0 | x0 . r1 | 0:0p0c 1:0p0c"},
        {R(5, UP, 0, X, X, X, X, X, 5, 0), "waiting a0 e0 go0 | x0 . r1 | 0:0p0cu 1:0p0c"},
        {R(5, JOIN, 0, X, X, X, X, X, 5, 0), "waiting a0 e0 go0 | x0 . r1 | 0:0p0cuj 1:0p0c"},
        {R(6, START, 1, 0, 0, 0, X, 2, 1, 0), "draining a0 e0 go0 | x0 . R1 | 0:0p0cuj 1:1p1cg1"},
        {R(7, EXIT, 1, 0, 0, 0, X, 2, 2, 0), "waiting a0 e0 go0 | x0 . x1 | 0:0p0cuj 1:0p0c"},
    };
    struct trace_state *s = new_state();
    PLAY(s, 0, 0, lines, 0);
    assert_int_equal(trace_state_executor(s, 0)->incarnation, 5);
    assert_true(trace_state_executor(s, 0)->since_ns == 5);
    free(s);
}

static void a_process_that_lingers_beside_its_successor_counts_until_it_exits(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {R(1, START, 0, 0, 0, 0, X, 0, 1, 0), "running a0 e0 go0 | R0 . . | 0:1p1cg1 1:0p0c"},
        {R(2, FENCE, X, 0, 0, 0, X, 0, 1, 0), "draining a0 e0 go0 | R0 . . | 0:1p1cg1 1:0p0c"},
        {R(3, PLAN, X, 0, 0, 1, X, X, 3, 1), "launching a1 e0 go0 | R0 . . | 0:1p1cg1 1:0p0c"},
        {R(4, RESERVE, 0, 0, 0, 1, X, 0, 1, 0), "launching a1 e0 go0 | r0 . . | 0:1p1cg1 1:0p0c"},
        {R(5, START, 0, 0, 0, 1, X, 0, 3, 0), "running a1 e0 go0 | R0 . . | 0:2p2cg3 1:0p0c"},
        {R(6, EXIT, 0, 0, 0, 0, X, 0, 2, 0), "running a1 e0 go0 | R0 . . | 0:1p1cg3 1:0p0c"},
        {R(7, EXIT, 0, 0, 0, 0, X, 0, 2, 0), NULL}, /* it was gone already */
        {R(8, START, 1, 0, 0, 0, X, 0, 0, 0), "running a1 e0 go0 | R0 . . | 0:1p1cg3 1:1p1c"},
        {R(9, EXIT, 0, 0, 0, 1, X, 0, 0, 0), "running a1 e0 go0 | x0 . . | 0:0p0c 1:1p1c"},
        {R(9, EXIT, 1, 0, 0, 0, X, 0, 0, 0), "running a1 e0 go0 | x0 . . | 0:0p0c 1:0p0c"},
    };
    struct trace_state *s = new_state();
    PLAY(s, 0, 0, lines, 0);
    assert_int_equal(trace_state_stage(s, 0, 0)->running, 0);
    free(s);
}

static void a_reply_that_tells_of_a_failure_is_no_round_passed(void **state)
{
    (void)state;
    struct trace_state *s = new_state();
    const struct trace_record start = R(1, START, 0, 0, 0, 0, X, 0, 0, 0);
    const struct trace_record arrive = R(2, ARRIVE, 0, 0, 0, 0, 5, 0, 0, 0);
    const struct trace_record reply = R(3, REPLY, 0, 0, 0, 0, 5, 0, TRACE_REASON_GANG_FAILED, 0);
    trace_state_take(s, &start, 1);
    trace_state_take(s, &arrive, 2);
    assert_int_equal(trace_state_rank(s, 0, 0, 0)->epoch, 5);
    trace_state_take(s, &reply, 3);
    assert_int_equal(trace_state_rank(s, 0, 0, 0)->epoch, 5);
    assert_int_equal(trace_state_rank(s, 0, 0, 0)->state, TRACE_RANK_RUNNING);
    free(s);
}

static void more_processes_of_a_rank_than_any_run_has_are_ignored(void **state)
{
    (void)state;
    /* One gang of 1000, so that it is not the memory for processes that runs out first. */
    static const uint32_t stages_of_job[] = {0, 1}, thousand[] = {1000}, none[] = {0};
    static const uint8_t gang[] = {1};
    struct trace_shape wide = shape;
    wide.job_count = wide.stage_count = 1;
    wide.job_first_stage = stages_of_job, wide.stage_tasks = thousand, wide.stage_is_barrier = gang;
    wide.stage_cores = wide.stage_memory_mib = wide.stage_gpu_milli = none;
    size_t size = trace_state_size(&wide);
    void *memory = malloc(size);
    assert_non_null(memory);
    struct trace_state *s = trace_state_init(memory, size, &wide);
    for (uint32_t i = 0; i < 100; i++) {
        const struct trace_record start = R(i, START, 0, 0, 0, i, X, 0, 0, 0);
        trace_state_take(s, &start, i + 1);
    }
    uint32_t most = trace_state_executor(s, 0)->running; /* bounds what a record can cost */
    assert_int_equal(most, 16);
    assert_int_equal(trace_state_stage(s, 0, 0)->running, most);
    free(memory);
}

static void tasks_of_a_mapreduce_stage_run_again_alone(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {R(1, SUBMIT, X, 0, X, X, X, X, 0, 0), "waiting a0 e0 go0 | . . | 0:0p0c 1:0p0c"},
        {R(2, PLAN, X, 0, 1, X, X, X, 2, 2), "launching a0 e0 go0 | . . | 0:0p0c 1:0p0c"},
        {R(2, RESERVE, 0, 0, 1, 0, X, 0, 1, 0), "launching a0 e0 go0 | r0 . | 0:0p0c 1:0p0c"},
        {R(2, RESERVE, 1, 0, 1, 0, X, 1, 1, 0), "launching a0 e0 go0 | r0 r1 | 0:0p0c 1:0p0c"},
        {R(3, GO, 0, 0, 1, 0, X, 0, 1, 0), "launching a0 e0 go1 | r0 r1 | 0:0p0c 1:0p0c"},
        {R(4, START, 0, 0, 1, 0, X, 0, 0, 0), "running a0 e0 go1 | R0 r1 | 0:1p2c 1:0p0c"},
        {R(5, START, 1, 0, 1, 0, X, 1, 0, 0), "running a0 e0 go1 | R0 R1 | 0:1p2c 1:1p2c"},
        {R(6, EXIT, 0, 0, 1, 0, X, 0, 1, 0), "running a0 e0 go1 | x0 R1 | 0:0p0c 1:1p2c"},
        {R(7, PLAN, X, 0, 1, 1, X, X, 1, 1), "running a1 e0 go1 | x0 R1 | 0:0p0c 1:1p2c"},
        {R(7, RESERVE, 1, 0, 1, 1, X, 0, 1, 0), "running a1 e0 go1 | r1 R1 | 0:0p0c 1:1p2c"},
        {R(8, START, 1, 0, 1, 1, X, 0, 0, 0), "running a1 e0 go1 | R1 R1 | 0:0p0c 1:2p4c"},
        {R(9, EXIT, 1, 0, 1, 0, X, 1, 0, 0), "running a1 e0 go1 | R1 x1 | 0:0p0c 1:1p2c"},
        {R(9, EXIT, 1, 0, 1, 1, X, 0, 0, 0), "running a1 e0 go1 | x1 x1 | 0:0p0c 1:0p0c"},
        {R(9, STAGE_DONE, X, 0, 1, X, X, X, 2, 0), "done a1 e0 go1 | x1 x1 | 0:0p0c 1:0p0c"},
    };
    struct trace_state *s = new_state();
    PLAY(s, 0, 1, lines, 0);
    free(s);
}

static void a_job_that_ends_badly_fails_what_was_not_done(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {R(1, SUBMIT, X, 0, X, X, X, X, 0, 0), "waiting a0 e0 go0 | . . . | 0:0p0c 1:0p0c"},
        {R(2, STAGE_DONE, X, 0, 1, X, X, X, 1, 0), NULL},
        {R(3, REFUSE, X, 0, 0, X, 2, X, TRACE_REASON_SLOTS, 3), NULL},
        {R(4, JOB_DONE, X, 0, X, X, X, X, TRACE_REASON_SLOTS, 0),
         "failed a0 e0 go0 | . . . | 0:0p0c 1:0p0c"},
        {R(5, JOB_DONE, X, 0, X, X, X, X, 0, 0), NULL}, /* once only */
        {R(6, SUBMIT, X, 0, X, X, X, X, 0, 0), NULL},
    };
    struct trace_state *s = new_state();
    PLAY(s, 0, 0, lines, 0);
    const struct trace_job *job = trace_state_job(s, 0);
    assert_int_equal(job->submitted, 1);
    assert_int_equal(job->refused, 1);
    assert_int_equal(job->done, 1);
    assert_int_equal(job->reason, TRACE_REASON_SLOTS);
    assert_true(job->submitted_ns == 1);
    assert_true(job->done_ns == 4);
    assert_int_equal(trace_state_stage(s, 0, 1)->phase, TRACE_PHASE_DONE);
    assert_int_equal(trace_state_job(s, 1)->submitted, 0);
    assert_true(trace_state_job(s, 1)->done_ns == TRACE_NEVER);
    free(s);
}

static void records_by_hand_need_not_name_attempts(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {R(1, RESERVE, 0, 1, 0, X, X, 0, 2, 0), "launching a0 e0 go0 | r0 r0 | 0:0p0c 1:0p0c"},
        {R(1, RESERVE_ACK, 0, 1, 0, X, X, 0, 2, 0), "launching a0 e0 go0 | k0 k0 | 0:0p0c 1:0p0c"},
        {R(1, GO, 0, 1, 0, X, X, 0, 2, 0), "launching a0 e0 go1 | k0 k0 | 0:0p0c 1:0p0c"},
        {R(2, START, 0, 1, 0, X, X, 0, 0, 0), "running a0 e0 go1 | R0 k0 | 0:1p4c 1:0p0c"},
        {R(2, START, 0, 1, 0, X, X, 1, 0, 0), "running a0 e0 go1 | R0 R0 | 0:2p8c 1:0p0c"},
        {R(3, ARRIVE, 0, 1, 0, X, X, 1, 0, 0), "running a0 e0 go1 | R0 S0 | 0:2p8c 1:0p0c"},
        {R(4, REPLY, 0, 1, 0, X, X, 1, 0, 0), "running a0 e0 go1 | R0 R0 | 0:2p8c 1:0p0c"},
        {R(4, EXIT, X, 1, 0, X, X, 1, 0, 0), "running a0 e0 go1 | R0 x0 | 0:1p4c 1:0p0c"},
        {R(4, FENCE, X, 1, 0, X, X, X, 0, 0), "draining a0 e0 go1 | R0 x0 | 0:1p4c 1:0p0c"},
    };
    struct trace_state *s = new_state();
    PLAY(s, 1, 0, lines, 0);
    free(s);
}

static void what_does_not_exist_is_ignored(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {R(1, START, 0, 0, 0, 0, X, 3, 0, 0), NULL}, /* rank */
        {R(1, START, 0, 0, 2, 0, X, 0, 0, 0), NULL}, /* stage: it is the other job's */
        {R(1, START, 0, 2, 0, 0, X, 0, 0, 0), NULL}, /* job */
        {R(1, START, 0, X, X, X, X, X, 0, 0), NULL},
        {R(1, UP, 2, X, X, X, X, X, 0, 0), NULL}, /* executor */
        {R(1, JOIN, X, X, X, X, X, X, 0, 0), NULL},
        {R(1, JOB_DONE, X, 2, X, X, X, X, 0, 0), NULL},
        {R(1, RESERVE, 0, 0, 0, 0, X, 3, 1, 0), NULL},
        {R(1, RESERVE, 0, 0, 0, 0, X, 0, 0, 0), NULL},
        {R(1, RESERVE, 0, 0, 0, 0, X, 0, -5, 0), NULL},
        {R(1, RESERVE_ACK, 0, 0, 0, 0, X, 0, 3, 0), NULL}, /* nobody asked */
        {R(1, EXIT, 0, 0, 0, 0, X, 0, 0, 0), NULL},        /* nothing started */
        {R(1, ARRIVE, 0, 0, 0, 0, 0, 0, 0, 0), NULL},
        {R(1, REPLY, 0, 0, 0, 0, 0, 0, 0, 0), NULL},
        {R(1, RESERVE, 0, 0, 0, 0, X, 1, INT64_MAX, 0),
         "launching a0 e0 go0 | . r0 r0 | 0:0p0c 1:0p0c"},
    };
    struct trace_state *s = new_state();
    PLAY(s, 0, 0, lines, 0);
    struct trace_record there_is_no_such_executor = R(2, START, 77, 0, 0, 0, X, 1, 0, 0);
    trace_state_take(s, &there_is_no_such_executor, 16);
    assert_int_equal(trace_state_rank(s, 0, 0, 1)->state, TRACE_RANK_RUNNING);
    assert_int_equal(trace_state_rank(s, 0, 0, 1)->executor, TRACE_NONE);
    assert_null(trace_state_rank(s, 0, 0, 3));
    assert_null(trace_state_rank(s, 0, 2, 0));
    assert_null(trace_state_rank(s, TRACE_NONE, 0, 0));
    assert_null(trace_state_stage(s, 1, 1));
    assert_null(trace_state_job(s, 2));
    assert_null(trace_state_executor(s, 2));
    free(s);
}

/* With the sanitizers on: no record makes the fold read or write outside, and its counts always
 * agree. */
static void any_records_at_all_leave_a_state_that_makes_sense(void **state)
{
    (void)state;
    static const uint8_t lively[] = {
        TRACE_START, TRACE_EXIT, TRACE_RESERVE, TRACE_RESERVE_ACK, TRACE_ARRIVE, TRACE_REPLY,
        TRACE_UP,    TRACE_DOWN, TRACE_FENCE,   TRACE_UNRESERVE,   TRACE_FREE,   TRACE_PLAN};
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct trace_state *s = new_state();
        uint64_t dice = seed;
        for (uint64_t number = 1; number <= 5000; number++) {
            struct trace_record r = seed == 0 ? wild_record(&dice) : mild_record(&dice, number);
            if (seed % 2 == 1)
                r.kind = lively[roll(&dice) % sizeof lively];
            if (seed % 4 == 3)
                r.executor %= 2, r.job %= 2, r.stage %= 2, r.rank %= 3,
                    r.attempt = (uint32_t)(number / 500);
            trace_state_take(s, &r, number);
            for (uint32_t job = 0; job < 2; job++)
                for (uint32_t stage = 0; trace_state_stage(s, job, stage) != NULL; stage++)
                    (void)show(s, job, stage);
        }
        free(s);
    }
}

static void when_all_have_exited_nothing_is_used(void **state)
{
    (void)state;
    struct trace_state *s = new_state();
    uint64_t dice = 5, number = 0;
    for (uint32_t round = 0; round < 100; round++) {
        struct trace_record started[12];
        for (size_t i = 0; i < 12; i++) {
            uint32_t stage = (uint32_t)(roll(&dice) % 2);
            struct trace_record r =
                R(number, START, (uint32_t)(roll(&dice) % 2), 0, stage, round, X,
                  (uint32_t)(roll(&dice) % tasks[stage]), (int64_t)roll(&dice), 0);
            started[i] = r;
            trace_state_take(s, &started[i], ++number);
        }
        for (size_t i = 12; i-- > 0;) {
            struct trace_record r = started[i];
            r.kind = TRACE_EXIT;
            trace_state_take(s, &r, ++number);
        }
        for (uint32_t e = 0; e < 2; e++) {
            const struct trace_executor *executor = trace_state_executor(s, e);
            assert_int_equal(executor->running, 0);
            assert_int_equal(executor->cores_used, 0);
            assert_int_equal(executor->memory_used_mib, 0);
            assert_true(executor->gpu_mask_used == 0);
        }
        assert_int_equal(trace_state_stage(s, 0, 0)->running, 0);
        assert_int_equal(trace_state_stage(s, 0, 1)->running, 0);
    }
    free(s);
}

static void a_copy_of_the_block_continues_the_same(void **state)
{
    (void)state;
    size_t size = trace_state_size(&shape);
    struct trace_state *s = new_state();
    struct trace_state *copy = malloc(size);
    assert_non_null(copy);
    struct trace_record *records = mild_history(2000, 31);
    for (size_t i = 0; i < 1000; i++)
        trace_state_take(s, &records[i], i + 1);
    memcpy(copy, s, size);
    for (size_t i = 1000; i < 2000; i++)
        trace_state_take(s, &records[i], i + 1);
    assert_memory_not_equal(copy, s, size);
    for (size_t i = 1000; i < 2000; i++)
        trace_state_take(copy, &records[i], i + 1);
    assert_memory_equal(copy, s, size);
    free(records);
    free(copy);
    free(s);
}

static void a_stage_whose_outputs_are_lost_waits_again(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {R(1, SUBMIT, X, 1, X, X, X, X, 0, 0), "waiting a0 e0 go0 | . . | 0:0p0c 1:0p0c"},
        {R(2, UNREGISTER, X, 1, 0, X, X, 0, 2, 45), NULL}, /* it was not done */
        {R(3, STAGE_DONE, X, 1, 0, 0, X, X, 1, 0), "done a0 e0 go0 | . . | 0:0p0c 1:0p0c"},
        {R(4, UNREGISTER, X, 1, 0, X, X, 0, 2, 45), "waiting a0 e0 go0 | . . | 0:0p0c 1:0p0c"},
        {R(5, PLAN, X, 1, 0, 1, X, X, 2, 2), "launching a1 e0 go0 | . . | 0:0p0c 1:0p0c"},
        {R(6, STAGE_DONE, X, 1, 0, 1, X, X, 1, 0), "done a1 e0 go0 | . . | 0:0p0c 1:0p0c"},
    };
    struct trace_state *s = new_state();
    uint64_t number = play(s, 1, 0, lines, 4, 0);
    assert_true(trace_state_stage(s, 1, 0)->done_ns == TRACE_NEVER);
    play(s, 1, 0, lines + 4, 2, number);
    assert_true(trace_state_stage(s, 1, 0)->done_ns == 6);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stage_whose_outputs_are_lost_waits_again),
        cmocka_unit_test(a_gang_starts_meets_and_ends),
        cmocka_unit_test(a_failed_attempt_drains_before_it_waits_and_the_next_begins_anew),
        cmocka_unit_test(a_launch_taken_back_waits_again),
        cmocka_unit_test(reservations_end_with_their_executor_but_processes_only_with_their_exit),
        cmocka_unit_test(a_process_that_lingers_beside_its_successor_counts_until_it_exits),
        cmocka_unit_test(a_reply_that_tells_of_a_failure_is_no_round_passed),
        cmocka_unit_test(more_processes_of_a_rank_than_any_run_has_are_ignored),
        cmocka_unit_test(tasks_of_a_mapreduce_stage_run_again_alone),
        cmocka_unit_test(a_job_that_ends_badly_fails_what_was_not_done),
        cmocka_unit_test(records_by_hand_need_not_name_attempts),
        cmocka_unit_test(what_does_not_exist_is_ignored),
        cmocka_unit_test(any_records_at_all_leave_a_state_that_makes_sense),
        cmocka_unit_test(when_all_have_exited_nothing_is_used),
        cmocka_unit_test(a_copy_of_the_block_continues_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
