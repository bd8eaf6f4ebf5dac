/*
 * persist_test.c -- a driver rebuilt from the events that it said must be durable is the driver that was.
 *
 * Random walks with real heartbeats, cuts and crashes; now and then the driver is thrown away, and the walk goes on with the
 * one that was made from the log.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

/* ---- the log: copies of everything that an event points to */
struct kept {
    struct gang_event ev;
    struct gang_msg msg;
    struct gang_job_spec job;
    struct gang_stage_spec stages[4];
    uint64_t bits;
};
struct log {
    struct kept *list;
    size_t count, capacity, steps;
};

static void keep(struct log *log, const struct gang_event *ev)
{
    if (log->count == log->capacity) {
        log->capacity = 2 * log->capacity + 64;
        log->list = realloc(log->list, log->capacity * sizeof *log->list);
        assert_non_null(log->list);
    }
    struct kept *k = &log->list[log->count++];
    memset(k, 0, sizeof *k);
    k->ev = *ev;
    if (ev->kind == GANG_EV_MSG)
        k->msg = *ev->msg;
    if (ev->kind == GANG_EV_HEARTBEATS)
        k->bits = *ev->bits;
    if (ev->kind == GANG_EV_SUBMIT) {
        k->job = *ev->job;
        memcpy(k->stages, ev->job->stages, ev->job->stage_count * sizeof *k->stages);
    }
}

/* Where everything is, again: the list moves when it grows. */
static const struct gang_event *read_back(struct kept *k)
{
    k->ev.msg = &k->msg;
    k->ev.bits = &k->bits;
    k->ev.job = &k->job;
    k->job.stages = k->stages;
    return &k->ev;
}

static void look_at_step(struct rig *rig, const struct gang_event *ev)
{
    struct log *log = rig->ctx;
    log->steps++;
    for (uint32_t i = 0; i < rig->out.count; i++)
        assert_int_equal(rig->out.list[i].fx == GANG_FX_PERSIST,
                         i == 0); /* before all that follows */
    if (rig->out.count > 0)
        keep(log, ev);
}

/* ---- rebuilding */
static struct gang_driver *new_driver(const struct rig *rig)
{
    size_t bytes = (gang_driver_size(&rig->limits) + 63) & ~(size_t)63;
    struct gang_driver *driver;
    void *memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    memset(memory, 0xA5, bytes);
    assert_int_equal(gang_driver_init(memory, &rig->limits, &rig->config, &driver, NULL), GANG_OK);
    return driver;
}

static void recover(const struct rig *rig, struct gang_driver *driver, struct gang_effects *out)
{
    struct gang_event ev = {.at_ns = rig->now, .kind = GANG_EV_RECOVERED};
    assert_int_equal(gang_driver_step(driver, &ev, out, NULL), GANG_OK);
    gang_driver_audit(driver);
}

/* The driver that was, had it been told so too, is compared with the one from the log. Returns that one. */
static struct gang_driver *rebuild(struct rig *rig, struct log *log)
{
    struct gang_effects out = {calloc(rig->out.capacity, sizeof *out.list), 0, rig->out.capacity};
    size_t bytes = gang_driver_size(&rig->limits);
    struct gang_driver *again = new_driver(rig), *was = new_driver(rig);
    memcpy(was, rig->driver, bytes);
    for (size_t i = 0; i < log->count; i++)
        assert_int_equal(gang_driver_step(again, read_back(&log->list[i]), &out, NULL), GANG_OK);
    recover(rig, again, &out);
    recover(rig, was, &out);
    assert_int_equal(gang_driver_fingerprint(again), gang_driver_fingerprint(was));
    enum gang_timer why[2];
    assert_int_equal(gang_driver_deadline(again, &why[0]), gang_driver_deadline(was, &why[1]));
    assert_int_equal(why[0], why[1]);
    free(was);
    free(out.list);
    return again;
}

static void go_on_with(struct rig *rig, struct log *log, struct gang_driver *driver)
{
    struct gang_event recovered = {.at_ns = rig->now, .kind = GANG_EV_RECOVERED};
    free(rig->driver);
    rig->driver = driver;
    keep(log, &recovered); /* it must be known the next time */
}

/* ---- the walk */
static uint32_t deaf, mute;
static bool is_cut(const struct gang_msg *msg, bool to_driver)
{
    return ((to_driver ? mute : deaf) >> msg->executor & 1) != 0;
}

static void act(struct rig *rig, uint32_t *id)
{
    struct rig_run *run = rig_any_task(rig);
    uint32_t e = rig_roll(rig->executor_count);
    struct gang_stage_spec stages[3] = {rig_gang(1 + rig_roll(6), 1 + rig_roll(2), 0), rig_map(3, 1),
                                        rig_gang(2, 1, 0)};
    switch (rig_roll(12)) {
    case 0:
        if (gang_driver_jobs_alive(rig->driver) < 6)
            rig_submit(rig, (*id)++, stages, 1 + rig_roll(3));
        break;
    case 1:
        if (rig->down[e])
            rig_boot(rig, e);
        else if (rig_roll(3) == 0)
            rig_crash(rig, e);
        break;
    case 2:
        deaf ^= rig_roll(2) << e;
        mute ^= rig_roll(2) << e;
        break;
    case 3:
        if (run != NULL)
            rig_exit(rig, run, rig_roll(3) ? GANG_EXIT_OK : GANG_EXIT_FAILED, 1);
        break;
    case 4:
    case 5:
        if (run != NULL && !run->client.calling)
            rig_call_only(rig, run, GANG_OP_BARRIER, rig_roll(100));
        break;
    case 6:
        if (run != NULL)
            rig_checkpoint(rig, run, 1 + rig_roll(4));
        break;
    case 7:
        if (*id > 0 && rig_roll(10) == 0)
            rig_cancel(rig, rig_roll(*id));
        break;
    case 8:
        rig_pass(rig, (gang_ns)rig_roll(20) * SECOND);
        break;
    default:
        (void)rig_deliver_one(rig);
        break;
    }
}

static void a_driver_rebuilt_from_its_log_is_the_driver_that_was(void **state)
{
    (void)state;
    size_t steps = 0, kept = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct gang_config config = rig_config();
        struct log log = {0};
        uint32_t id = 0;
        rig_dice = seed;
        deaf = mute = 0;
        config.persist = 1;
        config.sync_timeout_ns = (gang_ns)(50 + rig_roll(200)) * SECOND;
        config.driver_lease_ns = rig_roll(3) ? 50 * SECOND : 0;
        if (rig_roll(4) == 0)
            assert_int_equal(gang_policy_set(&config.policy, "rounds", "tick_1s", NULL), GANG_OK);
        struct rig *rig = rig_new(2 + rig_roll(4), 2 + rig_roll(3), 0, &config);
        rig->beats = rig_roll(2) == 0;
        rig->hold = is_cut;
        rig->stepped = look_at_step;
        rig->ctx = &log;
        for (uint32_t i = 0; i < rig->log_count; i++) /* joined before anybody looked: begin anew */
            rig->log[i] = (struct gang_effect){0};
        rig->log_count = 0;
        free(rig->driver);
        rig->driver = new_driver(rig);
        for (uint32_t e = 0; e < rig->executor_count; e++)
            rig_boot(rig, e);
        for (int step = 0; step < 300; step++) {
            act(rig, &id);
            rig->log_count = 0;
            if (rig_roll(20) > 0)
                continue;
            struct gang_driver *again = rebuild(rig, &log);
            if (rig_roll(2))
                go_on_with(rig, &log, again);
            else
                free(again);
        }
        steps += log.steps;
        kept += log.count;
        free(log.list);
        rig_free(rig);
    }
    assert_true(steps > 25000);
    assert_true(kept > steps / 2);
}

static void without_it_nothing_is_said(void **state)
{
    (void)state;
    struct rig *rig = rig_new(3, 2, 0, NULL);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_count(rig, GANG_FX_PERSIST), 0);
    rig_free(rig);
}

static void what_changes_nothing_need_not_be_durable(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    config.persist = 1;
    struct rig *rig = rig_new(2, 2, 0, &config);
    const struct gang_msg old = {.kind = GANG_MSG_FREE, .executor = 1, .incarnation = 7};
    struct gang_event stale = {.at_ns = rig->now, .kind = GANG_EV_MSG, .msg = &old};
    struct gang_event early = {.at_ns = rig->now, .kind = GANG_EV_TIMER};
    assert_int_equal(gang_driver_step(rig->driver, &stale, &rig->out, NULL), GANG_OK);
    assert_int_equal(rig->out.count, 0);
    assert_int_equal(gang_driver_step(rig->driver, &early, &rig->out, NULL), GANG_OK);
    assert_int_equal(rig->out.count, 0);
    rig_free(rig);
}

/* ---- the return */
static struct rig *persistent_rig(struct gang_config config)
{
    config.persist = 1;
    struct rig *rig = rig_new(2, 2, 0, &config);
    rig->beats = true;
    return rig;
}

static void be_away(struct rig *rig, gang_ns for_ns)
{
    rig->now += for_ns;
    struct gang_event recovered = {.at_ns = rig->now, .kind = GANG_EV_RECOVERED};
    assert_int_equal(gang_driver_step(rig->driver, &recovered, &rig->out, NULL), GANG_OK);
    gang_driver_audit(rig->driver);
}

/* Everything that is due now fires; how many times was this told? */
static uint32_t fire_all(struct rig *rig, enum gang_fx_kind fx, enum gang_reason reason)
{
    struct gang_event timer = {.at_ns = rig->now, .kind = GANG_EV_TIMER};
    enum gang_timer why;
    uint32_t told = 0;
    while (gang_driver_deadline(rig->driver, &why) <= rig->now) {
        assert_int_equal(gang_driver_step(rig->driver, &timer, &rig->out, NULL), GANG_OK);
        for (uint32_t i = 0; i < rig->out.count; i++)
            told += rig->out.list[i].fx == fx && rig->out.list[i].msg.reason == reason;
    }
    return told;
}

static gang_ns next_give_up(const struct rig *rig, enum gang_timer timer)
{
    enum gang_timer why;
    gang_ns at = gang_driver_deadline_of(rig->driver, GANG_HOPE_GIVE_UP, &why);
    assert_int_equal(why, timer);
    return at - rig->now;
}

static struct rig *waiting_gang(gang_ns timeout, gang_ns within)
{
    struct gang_config config = rig_config();
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    config.sync_timeout_ns = timeout;
    struct rig *rig = persistent_rig(config);
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    rig->within = within;
    rig_call(rig, rig_task(rig, 1, 0, 0), GANG_OP_BARRIER, 1);
    rig->within = 0;
    return rig;
}

static void after_a_return_nobody_is_given_up_before_all_could_be_heard(void **state)
{
    (void)state;
    struct rig *rig = waiting_gang(100 * SECOND, 0);
    be_away(rig, 500 * SECOND);
    assert_int_equal(fire_all(rig, GANG_FX_LOST, GANG_REASON_SILENT), 0);
    assert_int_equal(next_give_up(rig, GANG_TIMER_SYNC), rig->config.heartbeat_ns);
    for (uint32_t r = 1; r < 4; r++) /* they called while nobody heard them */
        rig_call(rig, rig_task(rig, 1, 0, r), GANG_OP_BARRIER, 1);
    assert_int_equal(rig_task(rig, 1, 0, 0)->last_reason, GANG_REASON_OK);
    assert_int_equal(rig_task(rig, 1, 0, 0)->replies, 1);
    rig_free(rig);
}

static void a_limit_of_a_caller_is_put_off_too_and_still_its_own(void **state)
{
    (void)state;
    struct rig *rig = waiting_gang(1000 * SECOND, 2 * SECOND);
    be_away(rig, 10 * SECOND);
    assert_int_equal(next_give_up(rig, GANG_TIMER_CALL), rig->config.heartbeat_ns);
    be_away(rig, rig->config.heartbeat_ns); /* and away again */
    assert_int_equal(next_give_up(rig, GANG_TIMER_CALL), rig->config.heartbeat_ns);
    rig_free(rig);
}

static void a_deadline_that_is_far_away_stays_where_it_was(void **state)
{
    (void)state;
    struct rig *rig = waiting_gang(1000 * SECOND, 0);
    be_away(rig, 500 * SECOND);
    assert_int_equal(next_give_up(rig, GANG_TIMER_SYNC), 500 * SECOND);
    rig_free(rig);
}

static void a_launch_deadline_waits_for_what_came_meanwhile(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    struct gang_stage_spec gangs[2] = {rig_gang(4, 1, 0), rig_gang(4, 1, 0)};
    config.launch_deadline_ns = 100 * SECOND;
    struct rig *rig = persistent_rig(config);
    rig_submit(rig, 1, &gangs[0], 1);
    rig_submit(rig, 2, &gangs[1], 1);
    rig_deliver(rig);
    be_away(rig, 500 * SECOND);
    assert_int_equal(fire_all(rig, GANG_FX_JOB_DONE, GANG_REASON_LAUNCH_DEADLINE), 0);
    assert_int_equal(next_give_up(rig, GANG_TIMER_LAUNCH_DEADLINE), rig->config.heartbeat_ns);
    for (uint32_t r = 0; r < 4; r++) /* they had ended meanwhile */
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    while (rig_due(rig))
        rig_deliver(rig);
    assert_non_null(rig_task(rig, 2, 0, 3));
    rig_free(rig);
}

static void a_last_admission_check_waits_for_who_came_meanwhile(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    config.admission_failures_max = 1;
    struct rig *rig = persistent_rig(config);
    assert_true(rig_room(rig, 1, 1, 0));
    rig_deliver(rig);
    rig_submit(rig, 1, &gang, 1); /* three of four */
    be_away(rig, 500 * SECOND);
    assert_int_equal(fire_all(rig, GANG_FX_JOB_DONE, GANG_REASON_SLOTS), 0);
    assert_true(rig_room(rig, 1, 2, 0)); /* it had the fourth back meanwhile */
    rig_deliver(rig);
    rig->now += config.heartbeat_ns;
    while (rig_due(rig))
        rig_deliver(rig);
    assert_non_null(rig_task(rig, 1, 0, 3));
    rig_free(rig);
}

static bool is_an_ack(const struct gang_msg *msg, bool to_driver)
{
    return to_driver && msg->kind == GANG_MSG_RESERVE_ACK;
}

static void patience_with_acknowledgements_is_over_at_the_return(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    struct rig *rig = persistent_rig(config);
    rig->hold = is_an_ack;
    rig_submit(rig, 1, &gang, 1);
    rig_deliver(rig);
    assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), 2);
    be_away(rig, config.reserve_timeout_ns); /* their leases run */
    assert_int_equal(fire_all(rig, GANG_FX_NOTE, GANG_REASON_REVERTED), 1);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driver_rebuilt_from_its_log_is_the_driver_that_was),
        cmocka_unit_test(without_it_nothing_is_said),
        cmocka_unit_test(what_changes_nothing_need_not_be_durable),
        cmocka_unit_test(after_a_return_nobody_is_given_up_before_all_could_be_heard),
        cmocka_unit_test(a_limit_of_a_caller_is_put_off_too_and_still_its_own),
        cmocka_unit_test(a_deadline_that_is_far_away_stays_where_it_was),
        cmocka_unit_test(a_launch_deadline_waits_for_what_came_meanwhile),
        cmocka_unit_test(a_last_admission_check_waits_for_who_came_meanwhile),
        cmocka_unit_test(patience_with_acknowledgements_is_over_at_the_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
