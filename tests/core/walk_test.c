/* walk_test.c -- random walks: whatever happens in whatever order, the audits hold, and healed
 * worlds finish. */
#include "rig.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

/* Some stages share GPUs, some have wishes, a few are too large to be sent. */
static void make_special(struct gang_stage_spec *stage, uint32_t *prefers)
{
    static const uint32_t milli[] = {200, 300, 500, 700};
    if (rig_roll(4) == 0)
        stage->need.gpu_milli = milli[rig_roll(4)];
    if (rig_roll(60) == 0)
        stage->task_bytes = 2000;
    if (rig_roll(3) > 0)
        return;
    for (uint32_t r = 0; r < stage->tasks; r++)
        prefers[r] = rig_roll(3) ? rig_roll(4) : GANG_NONE;
    stage->prefers = prefers;
}

static void submit_something(struct rig *rig, uint32_t id)
{
    uint32_t prefers[3][8];
    struct gang_stage_spec stages[3] = {rig_roll(2) ? rig_gang(1 + rig_roll(6), 1 + rig_roll(2), rig_roll(2))
                                                : rig_map(1 + rig_roll(8), 1),
                                        rig_gang(1 + rig_roll(4), 1, 0), rig_map(1 + rig_roll(3), 1)};
    stages[1].parents = rig_roll(2);
    stages[2].parents = rig_roll(4);
    for (uint32_t i = 0; i < 3; i++)
        make_special(&stages[i], prefers[i]);
    for (int i = 1; i < 3; i++)
        stages[i].shuffles = stages[i].parents & rig_roll(4);
    rig_submit(rig, id, stages, 1 + rig_roll(3));
}

/* ---- calls that nobody should make */
enum { HEARD_MAX = 64 };
static struct gang_msg heard[HEARD_MAX]; /* arrivals that went by, the oldest overwritten */
static uint32_t heard_count;
static bool strays;

static void note_arrival(const struct gang_msg *msg)
{
    if (msg->kind == GANG_MSG_ARRIVE)
        heard[heard_count++ % HEARD_MAX] = *msg;
}

/* An arrival comes once more, late or changed. */
static void repeat_an_arrival(struct rig *rig)
{
    if (heard_count == 0)
        return;
    struct gang_msg msg = heard[rig_roll(heard_count < HEARD_MAX ? heard_count : HEARD_MAX)];
    if (rig_roll(3) == 0)
        msg.op ^= 1;
    if (rig_roll(4) == 0)
        msg.epoch += rig_roll(2) ? 1 : UINT32_MAX;
    if (rig_roll(8) == 0)
        msg.count++;
    rig_inject(rig, &msg);
}

static void stray(struct rig *rig, struct rig_run *run)
{
    uint32_t how = run != NULL ? rig_roll(4) : 0;
    if (how == 1 && run->client.calling) {
        run->client.calling = 0; /* another thread of it */
        rig_call_only(rig, run, rig_roll(8) ? run->client.op : GANG_OP_ALL_GATHER, rig_roll(100));
    } else if (how > 1) {
        rig_stray(rig, run, rig_roll(4) ? GANG_OP_BARRIER : GANG_OP_ALL_GATHER,
                  rig_roll(3) ? run->client.epoch : rig_roll(run->client.epoch + 2), rig_roll(100));
    } else {
        repeat_an_arrival(rig);
    }
}

/* Anything may be missed: what is there, what was, and what never was. */
static void miss_something(struct rig *rig, struct rig_run *run)
{
    uint32_t e = rig_roll(rig->executor_count + 1);
    uint32_t incarnation = e < rig->executor_count ? rig->incarnation[e] : 0;
    rig_miss(rig, run, rig_roll(3), rig_roll(8), e, incarnation - (rig_roll(8) == 0));
}

static void act(struct rig *rig, uint32_t *id)
{
    struct rig_run *run = rig_any_task(rig);
    uint32_t e = rig_roll(rig->executor_count);
    switch (rig_roll(strays ? 16 : 14)) {
    case 0:
        if (gang_driver_jobs_alive(rig->driver) < 6)
            submit_something(rig, (*id)++);
        break;
    case 1:
        rig_pass(rig, (gang_ns)rig_roll(rig_roll(2) ? 20000 : 1000) * (SECOND / 1000));
        break;
    case 2:
        if (rig->down[e])
            rig_boot(rig, e);
        else if (rig_roll(3) == 0)
            rig_crash(rig, e);
        break;
    case 3:
        if (run != NULL)
            rig_exit(rig, run, rig_roll(3) ? GANG_EXIT_OK : GANG_EXIT_FAILED, 1);
        break;
    case 4:
    case 5:
    case 6:
        rig->within = rig_roll(4) ? 0 : (1 + rig_roll(20)) * SECOND;
        if (run != NULL && !run->client.calling)
            rig_call_only(rig, run, rig_roll(8) ? GANG_OP_BARRIER : GANG_OP_ALL_GATHER, rig_roll(100));
        break;
    case 7:
        if (run != NULL)
            rig_checkpoint(rig, run, 1 + rig_roll(4));
        break;
    case 8:
        if (*id > 0 && rig_roll(10) == 0)
            rig_cancel(rig, rig_roll(*id));
        break;
    case 9:
        if (run != NULL && run->stage > 0 && rig_roll(2))
            miss_something(rig, run);
        break;
    case 10:
        if (rig_roll(20) == 0)
            rig_tell(rig, rig_roll(2) ? GANG_EV_EXCLUDE : GANG_EV_DECOMMISSION, e);
        break;
    case 14:
    case 15:
        stray(rig, run);
        break;
    default:
        (void)rig_deliver_one(rig);
        break;
    }
}

/* A link may lose what a timer watches over: a go, an acknowledgement, a reservation given back. What is sent off at once is
 * watched over by nobody, so there a link must not (B-39). */
static bool may_lose(const struct gang_msg *msg, bool to_driver)
{
    note_arrival(msg);
    bool watched = to_driver ? msg->kind == GANG_MSG_RESERVE_ACK
                             : (msg->kind == GANG_MSG_GO && msg->op == 0) ||
                                   msg->kind == GANG_MSG_UNRESERVE;
    return watched && rig_roll(8) == 0;
}

static bool loses_nothing(const struct gang_msg *msg, bool to_driver)
{
    (void)to_driver;
    note_arrival(msg);
    return false;
}

/* What Spark does in its rounds, each with its own chance; true if anything is chosen. */
static bool choose_odd_rounds(struct gang_policy *policy)
{
    static const char *const axis[][2] = {
        {"member_count", "requests"},  {"check_order", "method_first"},
        {"ended_round", "forgotten"},  {"stage_end", "drop"},
        {"member_exit", "silent"},     {"killed_waiter", "keep"},
        {"round_timer", "shared"},     {"reply", "poll_1s"},
        {"mismatch", "forget"},        {"gathered", "alias"},
        {"timer_cancel", "no"},        {"killed_call", "wait"},
        {"kill", "cooperative"},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof axis / sizeof *axis; i++)
        if (rig_roll(3) == 0) {
            assert_int_equal(gang_policy_set(policy, axis[i][0], axis[i][1], NULL), GANG_OK);
            any = true;
        }
    return any;
}

/* G-08: with all machines up, whoever waits is answered within a round's timeout, whatever was sent in whose name. */
static void everybody_is_answered(struct rig *rig)
{
    for (gang_ns t = 0; t < rig->config.sync_timeout_ns + 20 * SECOND; t += SECOND) {
        rig->log_count = 0;
        rig_pass(rig, SECOND);
    }
    for (uint32_t e = 0; e < rig->executor_count; e++)
        for (uint32_t i = 0; i < RIG_TASKS; i++)
            if (rig->run[e][i].alive)
                assert_int_equal(rig->run[e][i].client.calling, 0);
    rig->log_count = 0;
}

/* All machines up, nothing lost any more, every task does what it is asked and ends well. */
static void heal_and_finish(struct rig *rig, bool answers_all)
{
    rig->drop = NULL;
    for (uint32_t e = 0; e < rig->executor_count; e++)
        if (rig->down[e])
            rig_boot(rig, e);
    if (answers_all)
        everybody_is_answered(rig);
    for (int round = 0; round < 4000 && gang_driver_jobs_alive(rig->driver) > 0; round++) {
        rig->log_count = 0;
        rig_pass(rig, SECOND);
        (void)rig_grant(rig);
        for (struct rig_run *run; (run = rig_any_task(rig)) != NULL;)
            rig_exit(rig, run, run->asked ? GANG_EXIT_KILLED : GANG_EXIT_OK, 0);
    }
}

/* Whatever hangs can be cancelled, and then nothing is left of it. */
static void cancel_all(struct rig *rig, uint32_t ids)
{
    for (uint32_t id = 0; id < ids; id++)
        (void)rig_cancel(rig, id);
    heal_and_finish(rig, false);
}

/* The ways in which Spark counts, launches and fails, all mixed. True if jobs may hang by them. */
static bool mix_placement(struct gang_config *config)
{
    static const enum gang_axis axes[] = {
        GANG_AXIS_LAUNCH,          GANG_AXIS_CAPACITY_SET, GANG_AXIS_CAPACITY_OF,
        GANG_AXIS_ENCODE_ERROR,    GANG_AXIS_DYNAMIC_EXECUTORS,
        GANG_AXIS_ADMISSION_CHECK, GANG_AXIS_ADMISSION_OF, GANG_AXIS_ROUND_SLOTS,
        GANG_AXIS_PARTIAL_GANG,    GANG_AXIS_FRACTIONS,    GANG_AXIS_OFFERS,
        GANG_AXIS_LOCALITY_RESET};
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
        config->policy.axis[axes[i]] = rig_roll(4) == 0;
    config->policy.axis[GANG_AXIS_DYNAMIC_ADMISSION] = rig_roll(8) == 0;
    config->dynamic = rig_roll(4) == 0;
    config->idle_ns = (gang_ns)(1 + rig_roll(30)) * SECOND;
    return config->policy.axis[GANG_AXIS_ENCODE_ERROR] != 0;
}

static void every_walk_keeps_the_audits_and_finishes_when_healed(void **state)
{
    (void)state;
    static const uint32_t racks[RIG_EXECUTORS] = {0, 1, 0, 1, 0, 1};
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        rig_dice = seed;
        struct gang_config config = rig_config();
        struct gang_limits limits = rig_limits();
        bool may_hang = seed > 1000 && mix_placement(&config);
        limits.gpu_shares = 1;
        limits.prefers = 128;
        config.task_bytes_max = 1000;
        config.locality_wait_ns = rig_roll(4) * SECOND;
        config.sync_timeout_ns = (gang_ns)(50 + rig_roll(200)) * SECOND;
        config.launch_deadline_ns = (gang_ns)(200 + rig_roll(400)) * SECOND;
        if (rig_roll(2))
            assert_int_equal(gang_policy_set(&config.policy, "blocked_head", "skip", NULL),
                             GANG_OK);
        if (rig_roll(4) == 0)
            assert_int_equal(gang_policy_set(&config.policy, "rounds", "tick_1s", NULL), GANG_OK);
        bool odd = seed % 3 == 0 && choose_odd_rounds(&config.policy);
        config.exclude_failures = rig_roll(4);
        config.exclude_ns = (gang_ns)rig_roll(60) * SECOND;
        uint32_t executors = 2 + rig_roll(4), cores = 2 + rig_roll(3), gpus = rig_roll(3);
        struct rig *rig = rig_new_with(executors, cores, gpus, &config, &limits, racks);
        uint32_t id = 0;
        heard_count = 0;
        strays = rig_roll(2);
        rig->drop = seed % 2 ? may_lose : loses_nothing;
        for (int step = 0; step < 400; step++) {
            rig->log_count = 0;
            act(rig, &id);
        }
        rig->log_count = 0;
        heal_and_finish(rig, !odd && !may_hang);
        if (may_hang)
            cancel_all(rig, id);
        if (gang_driver_jobs_alive(rig->driver) != 0)
            fail_msg("seed %llu: %u jobs are still alive", (unsigned long long)seed,
                     gang_driver_jobs_alive(rig->driver));
        rig_free(rig);
    }
}

/* What a slow link, or a part of the core that is not here yet, brings about; the other tests here do. */
static bool is_out_of_a_walks_reach(const char *mark)
{
    static const char *const words[] = {
        "a task is larger than any executor",
        "a deadline was put off because the driver had been away", /* persist_test.c's */
        "a call was given up by its caller, and the driver does not know", /* spark_sync_test.c's */
        "a go came after its lease had ended",
        "a placer took slots away from somebody", /* placer_test.c's */
        "a placer launched a gang with fewer members than it may have",
        "a placer decided what was not possible any more",
        "a placer gave away more than there is",
        "a task that was sent off at once found no room", /* place_test.c's */
        "an attempt ended whose tasks go on waiting",
        "so much of a round was in vain that another one went on in its place", /* effects_test.c's */
        /* left_test.c's: they need other axes, or two at a time */
        "a member that failed was sent off again alone",
        "a success of an ended attempt counted while the rank's next task ran",
        /* outputs_test.c's */
        "a stage had no attempt left of those that it may have in all",
        /* room_test.c's */
        "a GPU died under somebody who held it",
        "an executor has less than the driver had given away there",
        /* lease_test.c's */
        "an executor did not hear its driver and ended its tasks",
        "a task ended, or never began, because its executor had no lease",
        "an executor that is heard and does not release was told to go",
        "a process that was written off was told so",
        /* link_test.c's */
        "a link's window was full",
        "a frame of another session",
        "a frame came before the one in front of it",
        "a frame came once more",
        "a frame was sent once more",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], mark) == 0)
            return true;
    return false;
}

static void the_walks_reach_every_marked_branch_that_they_can(void **state)
{
    (void)state;
    for (unsigned mark = 0; gang_mark_text(mark) != NULL; mark++)
        if (!gang_mark_hit(mark) && !is_out_of_a_walks_reach(gang_mark_text(mark)))
            fail_msg("no walk reached: %s", gang_mark_text(mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_walk_keeps_the_audits_and_finishes_when_healed),
        cmocka_unit_test(the_walks_reach_every_marked_branch_that_they_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
