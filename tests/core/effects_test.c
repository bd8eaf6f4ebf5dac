/*
 * effects_test.c -- how much one step may say, where each job of a round takes a whole cluster and gives it back.
 *
 * A driver alone: more executors than the rig has, and nobody answers.
 */
#include "gang/gang.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EXECUTORS = 64, JOBS = 40 };

struct bench {
    struct gang_driver *driver;
    struct gang_effects out;
    uint32_t asked, taken_back, refused, done, steps;
};

static struct gang_limits limits = {.executors = EXECUTORS,
                                    .jobs = JOBS,
                                    .stages = 2 * JOBS,
                                    .tasks = EXECUTORS * JOBS,
                                    .groups = EXECUTORS + 4,
                                    .executor_tasks = 1};

static void step(struct bench *b, const struct gang_event *ev)
{
    assert_int_equal(gang_driver_step(b->driver, ev, &b->out, NULL), GANG_OK);
    assert_true(b->out.count <= b->out.capacity);
    gang_driver_audit(b->driver);
    for (uint32_t i = 0; i < b->out.count; i++) {
        const struct gang_effect *fx = &b->out.list[i];
        b->asked += fx->fx == GANG_FX_SEND && fx->msg.kind == GANG_MSG_RESERVE;
        b->taken_back += fx->fx == GANG_FX_SEND && fx->msg.kind == GANG_MSG_UNRESERVE;
        b->refused += fx->fx == GANG_FX_REFUSE;
        b->done += fx->fx == GANG_FX_JOB_DONE && fx->msg.reason == GANG_REASON_OK;
    }
}

static void join(struct bench *b)
{
    for (uint32_t i = 0; i < EXECUTORS; i++) {
        const struct gang_msg msg = {.kind = GANG_MSG_REGISTER, .executor = i, .room = {.cores = 1}};
        const struct gang_event ev = {.kind = GANG_EV_MSG, .msg = &msg};
        step(b, &ev);
    }
}

/* The first stage takes all executors but one, and the second's tasks are too large to be sent, which shows at its turn. */
static void submit(struct bench *b, uint32_t id)
{
    const struct gang_stage_spec stages[] = {
        {.kind = GANG_STAGE_MAPREDUCE, .tasks = EXECUTORS - 1, .min = EXECUTORS - 1, .max = EXECUTORS - 1, .need = {.cores = 1}},
        {.kind = GANG_STAGE_MAPREDUCE, .tasks = 1, .min = 1, .max = 1, .need = {.cores = 1}, .task_bytes = 2},
    };
    const struct gang_job_spec job = {.id = id, .stage_count = 2, .stages = stages};
    const struct gang_event ev = {.kind = GANG_EV_SUBMIT, .job = &job};
    step(b, &ev);
}

/* Every look at the queue of this instant. */
static void look(struct bench *b)
{
    enum gang_timer why;
    while (gang_driver_deadline(b->driver, &why) == 0) {
        const struct gang_event ev = {.kind = GANG_EV_TIMER};
        step(b, &ev);
        b->steps++;
    }
}

static struct bench bench(const char *axis, const char *value)
{
    struct bench b = {0};
    struct gang_config config = {
        .policy = gang_policy_strict(),
        .heartbeat_ns = 10,
        .heartbeat_timeout_ns = 60,
        .reserve_timeout_ns = 5,
        .reserve_lease_ns = 20,
        .launch_deadline_ns = 3600,
        .sync_timeout_ns = 1800,
        .admission_interval_ns = 15,
        .attempts_max = 4,
        .losses_max = 10,
        .release_wait_ns = 30,
        .task_bytes_max = 1,
    };
    if (axis != NULL)
        assert_int_equal(gang_policy_set(&config.policy, axis, value, NULL), GANG_OK);
    limits.strict = axis == NULL;
    void *memory = aligned_alloc(64, (gang_driver_size(&limits) + 63) & ~(size_t)63);
    memset(memory, 0xA5, gang_driver_size(&limits));
    assert_int_equal(gang_driver_init(memory, &limits, &config, &b.driver, NULL), GANG_OK);
    b.out.capacity = gang_driver_effects_max(&limits);
    b.out.list = malloc(b.out.capacity * sizeof *b.out.list);
    join(&b);
    return b;
}

static void free_bench(struct bench *b)
{
    free(b->driver);
    free(b->out.list);
}

static void a_round_that_is_mostly_in_vain_is_broken_off_and_goes_on(void **state)
{
    struct bench b = bench(NULL, NULL);
    (void)state;
    for (uint32_t i = 0; i < JOBS; i++)
        submit(&b, i);
    look(&b);
    assert_int_equal(b.refused, JOBS); /* all of them in one instant */
    assert_int_equal(b.asked, JOBS * (EXECUTORS - 1));
    assert_int_equal(b.taken_back, b.asked);
    assert_true(b.steps > 1);
    assert_int_equal(gang_driver_jobs_alive(b.driver), 0);
    free_bench(&b);
}

static void a_policy_that_is_not_strict_says_more(void **state)
{
    struct gang_limits less = limits, more = limits;
    struct gang_config config = {.policy = gang_policy_spark(), .heartbeat_ns = 1, .heartbeat_timeout_ns = 2, .reserve_timeout_ns = 1,
                                 .reserve_lease_ns = 1, .launch_deadline_ns = 1, .sync_timeout_ns = 1, .admission_interval_ns = 1,
                                 .attempts_max = 1, .losses_max = 1, .release_wait_ns = 1};
    struct gang_driver *driver;
    struct gang_err err;
    (void)state;
    less.strict = less.gathered = more.gathered = 1;
    more.strict = 0;
    assert_true(gang_driver_effects_max(&less) < gang_driver_effects_max(&more));
    void *memory = aligned_alloc(64, (gang_driver_size(&less) + 63) & ~(size_t)63);
    assert_int_equal(gang_driver_init(memory, &less, &config, &driver, &err), GANG_E_RANGE);
    assert_non_null(strstr(err.detail, "limit strict"));
    assert_int_equal(gang_driver_init(memory, &more, &config, &driver, &err), GANG_OK);
    free(memory);
}

/* Where a task is sent at once what was launched is told to end, and keeps its executors: nobody takes its place. */
static void what_was_sent_off_is_ended_once(void **state)
{
    struct bench b = bench("launch", "direct");
    (void)state;
    for (uint32_t i = 0; i < JOBS; i++)
        submit(&b, i);
    look(&b);
    assert_true(b.refused >= 1);
    free_bench(&b);
}

static void cancel(struct bench *b, uint32_t id)
{
    const struct gang_event ev = {.kind = GANG_EV_CANCEL, .id = id};
    step(b, &ev);
}

/* The executors' words about every group that was asked for: first that they hold it, then that its task has ended well. */
static void answer(struct bench *b, const struct gang_effect *asked, uint32_t count, enum gang_msg_kind kind)
{
    for (uint32_t i = 0; i < count; i++) {
        struct gang_msg msg = asked[i].msg;
        if (asked[i].fx != GANG_FX_SEND || msg.kind != GANG_MSG_RESERVE)
            continue;
        msg.kind = (uint8_t)kind;
        msg.group = 0;
        msg.a = 0;
        const struct gang_event ev = {.kind = GANG_EV_MSG, .msg = &msg};
        step(b, &ev);
    }
}

static void submit_gang(struct bench *b, uint32_t id, uint32_t tasks)
{
    const struct gang_stage_spec stage = {
        .kind = GANG_STAGE_BARRIER, .tasks = tasks, .min = tasks, .max = tasks, .need = {.cores = 1}};
    const struct gang_job_spec job = {.id = id, .stage_count = 1, .stages = &stage};
    const struct gang_event ev = {.kind = GANG_EV_SUBMIT, .job = &job};
    step(b, &ev);
}

/* A gang is launched; then the room for ranks is used up and given back again and again, in front of its table and behind it.
 * Whoever mixes tables up does not know its members any more. */
static void tables_of_ranks_move_and_keep_what_they_say(void **state)
{
    struct bench b = bench(NULL, NULL);
    static struct gang_effect asked[4 * EXECUTORS];
    (void)state;
    submit_gang(&b, 1, EXECUTORS); /* in front of it */
    cancel(&b, 1);
    submit_gang(&b, 2, 7);
    submit_gang(&b, 3, EXECUTORS - 10);
    cancel(&b, 2);
    const struct gang_event timer = {.kind = GANG_EV_TIMER};
    step(&b, &timer);
    uint32_t count = b.out.count;
    assert_int_equal(b.asked, EXECUTORS - 10);
    memcpy(asked, b.out.list, count * sizeof *asked);
    for (uint32_t turn = 0; turn < 300; turn++) {
        submit_gang(&b, 100 + turn, 1 + turn % EXECUTORS);
        if (turn >= 36)
            cancel(&b, 100 + turn - 36);
        if (turn == 150) /* half of the story before a move, half of it after */
            answer(&b, asked, count, GANG_MSG_RESERVE_ACK);
    }
    answer(&b, asked, count, GANG_MSG_FREE);
    assert_int_equal(b.done, 1);
    free_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_that_is_mostly_in_vain_is_broken_off_and_goes_on),
        cmocka_unit_test(a_policy_that_is_not_strict_says_more),
        cmocka_unit_test(what_was_sent_off_is_ended_once),
        cmocka_unit_test(tables_of_ranks_move_and_keep_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
