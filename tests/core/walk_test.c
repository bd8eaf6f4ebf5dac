/* walk_test.c -- random walks: whatever happens in whatever order, the audits hold, and healed
 * worlds finish. */
#include "rig.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

static uint64_t dice;
static uint32_t roll(uint32_t n)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice >> 33) % n;
}

static struct rig_run *any_task(struct rig *rig)
{
    uint32_t alive = rig_alive(rig), skip = alive > 0 ? roll(alive) : 0;
    for (uint32_t e = 0; alive > 0 && e < rig->executor_count; e++)
        for (uint32_t i = 0; i < RIG_TASKS; i++)
            if (rig->run[e][i].alive && skip-- == 0)
                return &rig->run[e][i];
    return NULL;
}

static void submit_something(struct rig *rig, uint32_t id)
{
    struct gang_stage_spec stages[3] = {roll(2) ? rig_gang(1 + roll(6), 1 + roll(2), roll(2))
                                                : rig_map(1 + roll(8), 1),
                                        rig_gang(1 + roll(4), 1, 0), rig_map(1 + roll(3), 1)};
    stages[1].parents = roll(2);
    stages[2].parents = roll(4);
    rig_submit(rig, id, stages, 1 + roll(3));
}

static void act(struct rig *rig, uint32_t *id)
{
    struct rig_run *run = any_task(rig);
    uint32_t e = roll(rig->executor_count);
    switch (roll(12)) {
    case 0:
        if (gang_driver_jobs_alive(rig->driver) < 6)
            submit_something(rig, (*id)++);
        break;
    case 1:
        rig_pass(rig, (gang_ns)roll(20) * SECOND);
        break;
    case 2:
        if (rig->down[e])
            rig_boot(rig, e);
        else if (roll(3) == 0)
            rig_crash(rig, e);
        break;
    case 3:
        if (run != NULL)
            rig_exit(rig, run, roll(3) ? GANG_EXIT_OK : GANG_EXIT_FAILED, 1);
        break;
    case 4:
    case 5:
    case 6:
        if (run != NULL && !run->client.calling)
            rig_call_only(rig, run, roll(8) ? GANG_OP_BARRIER : GANG_OP_ALL_GATHER, roll(100));
        break;
    case 7:
        if (run != NULL)
            rig_checkpoint(rig, run, 1 + roll(4));
        break;
    case 8:
        if (*id > 0 && roll(10) == 0)
            rig_cancel(rig, roll(*id));
        break;
    default:
        (void)rig_deliver_one(rig);
        break;
    }
}

/* A link may lose what a timer watches over: a go, an acknowledgement, a reservation given back. */
static bool may_lose(const struct gang_msg *msg, bool to_driver)
{
    bool watched = to_driver ? msg->kind == GANG_MSG_RESERVE_ACK
                             : msg->kind == GANG_MSG_GO || msg->kind == GANG_MSG_UNRESERVE;
    return watched && roll(8) == 0;
}

/* All machines up, nothing lost any more, every task does what it is asked and ends well. */
static void heal_and_finish(struct rig *rig)
{
    rig->drop = NULL;
    for (uint32_t e = 0; e < rig->executor_count; e++)
        if (rig->down[e])
            rig_boot(rig, e);
    for (int round = 0; round < 400 && gang_driver_jobs_alive(rig->driver) > 0; round++) {
        rig_pass(rig, SECOND);
        for (struct rig_run *run; (run = any_task(rig)) != NULL;)
            rig_exit(rig, run, run->asked ? GANG_EXIT_KILLED : GANG_EXIT_OK, 0);
    }
}

static void every_walk_keeps_the_audits_and_finishes_when_healed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        dice = seed;
        struct gang_config config = rig_config();
        config.sync_timeout_ns = (gang_ns)(50 + roll(200)) * SECOND;
        config.launch_deadline_ns = (gang_ns)(200 + roll(400)) * SECOND;
        if (roll(2))
            assert_int_equal(gang_policy_set(&config.policy, "blocked_head", "skip", NULL),
                             GANG_OK);
        if (roll(4) == 0)
            assert_int_equal(gang_policy_set(&config.policy, "rounds", "tick_1s", NULL), GANG_OK);
        struct rig *rig = rig_new(2 + roll(4), 2 + roll(3), roll(3), &config);
        uint32_t id = 0;
        rig->drop = seed % 2 ? may_lose : NULL;
        for (int step = 0; step < 400; step++) {
            act(rig, &id);
            rig->log_count = 0;
        }
        rig->log_count = 0;
        heal_and_finish(rig);
        if (gang_driver_jobs_alive(rig->driver) != 0)
            fail_msg("seed %llu: %u jobs are still alive", (unsigned long long)seed,
                     gang_driver_jobs_alive(rig->driver));
        rig_free(rig);
    }
}

/* What only a task that breaks the protocol, or a slow link, can bring about; the other tests here do. */
static bool is_out_of_a_walks_reach(const char *mark)
{
    static const char *const words[] = {
        "the same rank arrived twice in one round",
        "a sync call of a rank that is no member",
        "a sync call with another epoch",
        "a sync call that counts another number of members",
        "a task is larger than any executor",
        "a go came after its lease had ended",
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
