/* placer_test.c -- the caller places: what is possible is carried out, what is not is left undone, and what is senseless refused. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
enum { WALKS = 300, STEPS = 120 };

static struct rig *hosted(uint32_t executors, uint32_t cores, uint32_t gpus)
{
    struct gang_config config = rig_config();
    struct gang_limits limits = rig_limits();
    config.placer = GANG_PLACER_HOST;
    limits.decisions = 64;
    limits.groups = 128;
    return rig_new_with(executors, cores, gpus, &config, &limits, NULL);
}

static struct gang_decision on(enum gang_decision_kind kind, uint32_t job, uint32_t rank,
                               uint32_t count, uint32_t executor)
{
    return (struct gang_decision){
        .kind = kind, .job = job, .rank = rank, .count = count, .executor = executor};
}

static void plan(struct rig *rig, const struct gang_decision *list, uint32_t count)
{
    struct gang_err err;
    if (rig_plan(rig, list, count, &err) != GANG_OK)
        fail_msg("%s", err.detail);
}

/* Asks whether a plan is wanted; how many were. */
static uint32_t wanted(struct rig *rig)
{
    while (rig_due(rig))
        ;
    return rig_count(rig, GANG_FX_PLAN_WANTED);
}

struct seen {
    struct gang_view_gang gangs[64];
    struct gang_view_place places[256];
    uint32_t ranks[1024];
    struct gang_view_executor executors[RIG_EXECUTORS];
    struct gang_placer_view v;
};

static struct gang_placer_view *look(struct rig *rig, struct seen *seen)
{
    seen->v = (struct gang_placer_view){.gangs = seen->gangs,
                                        .gang_capacity = 64,
                                        .places = seen->places,
                                        .place_capacity = 256,
                                        .ranks = seen->ranks,
                                        .rank_capacity = 1024,
                                        .executors = seen->executors,
                                        .executor_capacity = RIG_EXECUTORS};
    assert_int_equal(gang_driver_view(rig->driver, &seen->v, NULL), GANG_OK);
    return &seen->v;
}

static void it_is_asked_when_somebody_waits_and_what_it_decides_goes(void **state)
{
    (void)state;
    struct seen seen;
    struct rig *rig = hosted(2, 2, 0);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    assert_int_equal(wanted(rig), 0);
    rig_submit(rig, 1, &gang, 1);
    assert_int_equal(wanted(rig), 1);
    assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), 0);
    const struct gang_placer_view *v = look(rig, &seen);
    assert_int_equal(v->waiting, 1);
    assert_int_equal(v->gangs[0].waiting, 4);
    assert_int_equal(v->executors[1].free.cores, 2);
    const struct gang_decision list[] = {on(GANG_DECIDE_LAUNCH, 1, 0, 2, 1),
                                         on(GANG_DECIDE_LAUNCH, 1, 2, 2, 0)};
    plan(rig, list, 2);
    assert_int_equal(rig_count(rig, GANG_FX_PLAN), 1);
    assert_int_equal(rig_last(rig, GANG_FX_PLAN)->count, 4);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(rig_task(rig, 1, 0, 0)->executor, 1);
    v = look(rig, &seen);
    assert_int_equal(v->waiting, 0);
    assert_int_equal(v->gangs[0].running, 4);
    rig_free(rig);
}

static void what_is_held_stays_until_it_is_told_to_go_or_given_back(void **state)
{
    (void)state;
    struct seen seen;
    struct rig *rig = hosted(2, 2, 0);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    (void)wanted(rig);
    const struct gang_decision hold = on(GANG_DECIDE_HOLD, 1, 0, 2, 0),
                               more = on(GANG_DECIDE_HOLD, 1, 2, 2, 1),
                               back = on(GANG_DECIDE_RELEASE, 1, 2, 2, 0),
                               go = on(GANG_DECIDE_LAUNCH, 1, 0, 0, 0);
    plan(rig, &hold, 1);
    rig_deliver(rig);
    rig_pass(rig, 100 * SECOND); /* longer than any lease of a launch */
    assert_int_equal(rig_alive(rig), 0);
    assert_int_equal(look(rig, &seen)->gangs[0].held, 2);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_HOLDING);
    plan(rig, &more, 1);
    assert_int_equal(rig_last(rig, GANG_FX_PLAN)->rank, 2); /* it adds to two */
    rig_deliver(rig);
    plan(rig, &back, 1);
    rig_deliver(rig);
    assert_int_equal(look(rig, &seen)->executors[1].free.cores, 2);
    plan(rig, &more, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 0);
    assert_int_equal(rig_count(rig, GANG_FX_LAUNCH), 0);
    plan(rig, &go, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(rig_count(rig, GANG_FX_LAUNCH), 1);
    assert_int_equal(rig_last(rig, GANG_FX_LAUNCH)->count, 4);
    rig_free(rig);
}

/* What is given back before it was acknowledged is not free yet, and the gang goes without it if somebody launches the rest (G-12). */
static void whoever_gives_back_what_was_not_acknowledged_does_not_wait_yet(void **state)
{
    (void)state;
    struct seen seen;
    struct rig *rig = hosted(2, 2, 0);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    (void)wanted(rig);
    const struct gang_decision hold = on(GANG_DECIDE_HOLD, 1, 0, 2, 0),
                               more = on(GANG_DECIDE_HOLD, 1, 2, 2, 1),
                               back = on(GANG_DECIDE_RELEASE, 1, 0, 0, 0);
    plan(rig, &hold, 1);
    rig_deliver(rig);
    plan(rig, &more, 1);
    plan(rig, &back, 1); /* the first two are free, and of the others nobody has heard */
    const struct gang_placer_view *v = look(rig, &seen);
    assert_int_equal(v->waiting, 0);
    assert_int_equal(v->gang_count, 1);
    assert_int_equal(v->gangs[0].state, GANG_VIEW_ENDING);
    assert_int_equal(v->gangs[0].asked, 0);
    assert_int_equal(v->places[0].state, GANG_VIEW_ENDING);
    assert_int_equal(rig_last(rig, GANG_FX_WAIT)->reason, GANG_REASON_DRAINING);
    uint32_t before = wanted(rig);
    rig_deliver(rig);
    assert_true(wanted(rig) > before);
    v = look(rig, &seen);
    assert_int_equal(v->waiting, 1);
    assert_int_equal(v->gangs[0].state, GANG_VIEW_WAITING);
    assert_int_equal(v->gangs[0].waiting, 4);
    assert_int_equal(v->executors[1].free.cores, 2);
    rig_free(rig);
}

/* The placer's bug is carried out. */
static void a_part_of_a_gang_goes_if_it_is_told_to(void **state)
{
    (void)state;
    struct rig *rig = hosted(2, 2, 0);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    (void)wanted(rig);
    const struct gang_decision part = on(GANG_DECIDE_LAUNCH, 1, 0, 2, 0),
                               rest = on(GANG_DECIDE_LAUNCH, 1, 2, 2, 1);
    plan(rig, &part, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    plan(rig, &rest, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    for (uint32_t r = 0; r < 4; r++)
        rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_OK, 0);
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 1);
    rig_free(rig);
}

static void more_than_there_is_is_asked_for_and_refused_there(void **state)
{
    (void)state;
    struct rig *rig = hosted(2, 2, 0);
    struct gang_stage_spec gang = rig_gang(4, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    (void)wanted(rig);
    const struct gang_decision list[] = {on(GANG_DECIDE_LAUNCH, 1, 0, 2, 0),
                                         on(GANG_DECIDE_LAUNCH, 1, 2, 2, 0)};
    plan(rig, list, 2);
    assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), 2);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 0);
    assert_int_equal(rig_sent(rig, GANG_MSG_GO), 0);
    uint32_t asked = wanted(rig);
    const struct gang_decision fits[] = {on(GANG_DECIDE_LAUNCH, 1, 0, 2, 0),
                                         on(GANG_DECIDE_LAUNCH, 1, 2, 2, 1)};
    assert_true(asked >= 2); /* it waits again, and is told of */
    plan(rig, fits, 2);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    rig_free(rig);
}

static void whoever_is_evicted_waits_again_and_pays_nothing(void **state)
{
    (void)state;
    struct seen seen;
    struct rig *rig = hosted(1, 4, 0);
    struct gang_stage_spec gang = rig_gang(2, 1, 0), map = rig_map(2, 1);
    rig_submit(rig, 1, &gang, 1);
    rig_submit(rig, 2, &map, 1);
    for (int i = 0; i < 6; i++) { /* more often than it may fail */
        (void)wanted(rig);
        const struct gang_decision go[] = {on(GANG_DECIDE_LAUNCH, 1, 0, 2, 0),
                                           on(GANG_DECIDE_LAUNCH, 2, 0, 2, 0)};
        plan(rig, go, 2);
        rig_deliver(rig);
        assert_int_equal(rig_alive(rig), 4);
        const struct gang_decision end[] = {on(GANG_DECIDE_EVICT, 1, 0, 0, 0),
                                            on(GANG_DECIDE_EVICT, 2, 1, 1, 0)};
        plan(rig, end, 2);
        assert_int_equal(rig_last(rig, GANG_FX_FENCE)->reason, GANG_REASON_EVICTED);
        rig_deliver(rig);
        for (uint32_t r = 0; r < 2; r++)
            rig_exit(rig, rig_task(rig, 1, 0, r), GANG_EXIT_KILLED, 0);
        rig_exit(rig, rig_task(rig, 2, 0, 1), GANG_EXIT_KILLED, 0);
        assert_int_equal(rig_alive(rig), 1);
        rig_pass(rig, 10 * SECOND);
    }
    const struct gang_placer_view *v = look(rig, &seen);
    assert_int_equal(v->waiting, 2);
    assert_int_equal(v->gangs[0].failures + v->gangs[0].losses, 0);
    assert_int_equal(rig_count(rig, GANG_FX_JOB_DONE), 0);
    rig_free(rig);
}

static void tasks_that_go_together_go_together_or_not_at_all(void **state)
{
    (void)state;
    struct rig *rig = hosted(2, 2, 0);
    struct gang_stage_spec both = rig_map(3, 1);
    both.together = 2;
    rig_submit(rig, 1, &both, 1);
    (void)wanted(rig);
    const struct gang_decision one = on(GANG_DECIDE_LAUNCH, 1, 0, 1, 0),
                               other = on(GANG_DECIDE_LAUNCH, 1, 1, 1, 1),
                               third = on(GANG_DECIDE_LAUNCH, 1, 2, 1, 1);
    plan(rig, &one, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 0);
    plan(rig, &other, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    rig_exit(rig, rig_task(rig, 1, 0, 0), GANG_EXIT_FAILED, 1);
    plan(rig, &third, 1); /* it has begun: each is on its own */
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    rig_free(rig);
}

/* Singly launched and evicted while some run; when the last of them is evicted it takes so many again. */
static void tasks_that_were_all_evicted_go_together_again(void **state)
{
    (void)state;
    struct rig *rig = hosted(2, 2, 0);
    struct gang_stage_spec both = rig_map(3, 1);
    both.together = 2;
    rig_submit(rig, 1, &both, 1);
    (void)wanted(rig);
    const struct gang_decision begin[] = {on(GANG_DECIDE_LAUNCH, 1, 0, 1, 0),
                                          on(GANG_DECIDE_LAUNCH, 1, 1, 1, 1)},
                               third = on(GANG_DECIDE_LAUNCH, 1, 2, 1, 1),
                               end_third = on(GANG_DECIDE_EVICT, 1, 2, 1, 0),
                               end = on(GANG_DECIDE_EVICT, 1, 0, 0, 0);
    plan(rig, begin, 2);
    rig_deliver(rig);
    plan(rig, &third, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 3); /* launched later */
    plan(rig, &end_third, 1);
    rig_deliver(rig);
    rig_exit(rig, rig_task(rig, 1, 0, 2), GANG_EXIT_KILLED, 0);
    plan(rig, &third, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 3); /* and again alone, for two run */
    plan(rig, &end, 1);
    rig_deliver(rig);
    for (uint32_t rank = 0; rank < 3; rank++)
        rig_exit(rig, rig_task(rig, 1, 0, rank), GANG_EXIT_KILLED, 0);
    assert_int_equal(rig_alive(rig), 0);
    plan(rig, begin, 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 0); /* one waits for another */
    plan(rig, &begin[1], 1);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    rig_free(rig);
}

/* The first ranks are its attempt, if they are enough; the next attempt may be of another size. */
static void a_gang_with_a_min_is_launched_with_fewer(void **state)
{
    (void)state;
    struct rig *rig = hosted(2, 4, 0);
    struct gang_stage_spec gang = rig_gang(6, 1, 0);
    gang.min = 3;
    struct seen seen;
    rig_submit(rig, 1, &gang, 1);
    (void)wanted(rig);
    const struct gang_decision four = on(GANG_DECIDE_LAUNCH, 1, 0, 4, 0),
                               behind = on(GANG_DECIDE_LAUNCH, 1, 4, 2, 1),
                               end = on(GANG_DECIDE_EVICT, 1, 0, 0, 0),
                               all[] = {on(GANG_DECIDE_LAUNCH, 1, 0, 4, 0),
                                        on(GANG_DECIDE_LAUNCH, 1, 4, 2, 1)};
    assert_int_equal(look(rig, &seen)->gangs[0].size, 6);
    assert_int_equal(look(rig, &seen)->gangs[0].min, 3);
    plan(rig, &four, 1);
    plan(rig, &behind, 1); /* they have no part in this attempt */
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    assert_int_equal(look(rig, &seen)->gangs[0].size, 4);
    plan(rig, &end, 1);
    rig_deliver(rig);
    for (uint32_t rank = 0; rank < 4; rank++)
        rig_exit(rig, rig_task(rig, 1, 0, rank), GANG_EXIT_KILLED, 0);
    rig_pass(rig, 10 * SECOND);
    assert_int_equal(look(rig, &seen)->gangs[0].size, 6);
    plan(rig, all, 2);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 6);
    for (uint32_t rank = 0; rank < 6; rank++)
        rig_exit(rig, rig_task(rig, 1, 0, rank), GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
    rig_free(rig);
}

/* Where nobody is asked first there is no roster, so each message says how many they are. */
static void a_gang_with_a_min_goes_at_once_with_fewer(void **state)
{
    (void)state;
    struct seen seen;
    struct gang_config config = rig_config();
    struct gang_limits limits = rig_limits();
    config.placer = GANG_PLACER_HOST;
    config.policy.axis[GANG_AXIS_LAUNCH] = 1;
    limits.decisions = 64;
    limits.groups = 128;
    struct rig *rig = rig_new_with(2, 4, 0, &config, &limits, NULL);
    struct gang_stage_spec gang = rig_gang(6, 1, 0);
    gang.min = 3;
    rig_submit(rig, 1, &gang, 1);
    (void)wanted(rig);
    const struct gang_decision four[] = {on(GANG_DECIDE_LAUNCH, 1, 0, 3, 0),
                                         on(GANG_DECIDE_LAUNCH, 1, 3, 1, 1)};
    plan(rig, four, 2);
    assert_int_equal(rig_count(rig, GANG_FX_LAUNCH), 0); /* nothing can be held here */
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 4);
    for (uint32_t i = 0; i < rig->log_count; i++)
        if (rig->log[i].fx == GANG_FX_SEND && rig->log[i].msg.kind == GANG_MSG_GO)
            assert_int_equal(rig->log[i].msg.at_once.size, 4);
    assert_int_equal(look(rig, &seen)->gangs[0].size, 4);
    assert_int_equal(look(rig, &seen)->gangs[0].waiting, 0);
    for (uint32_t rank = 0; rank < 4; rank++)
        rig_exit(rig, rig_task(rig, 1, 0, rank), GANG_EXIT_OK, 0);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_OK);
    rig_free(rig);
}

/* A gap, or fewer than so many, is a part of a gang, and goes as one. */
static void fewer_than_the_min_are_a_part_of_the_whole(void **state)
{
    (void)state;
    struct rig *rig = hosted(2, 4, 0);
    struct gang_stage_spec gang = rig_gang(6, 1, 0);
    gang.min = 3;
    struct seen seen;
    rig_submit(rig, 1, &gang, 1);
    rig_submit(rig, 2, &gang, 1);
    (void)wanted(rig);
    const struct gang_decision two = on(GANG_DECIDE_LAUNCH, 1, 0, 2, 0),
                               gap = on(GANG_DECIDE_LAUNCH, 2, 1, 4, 1);
    plan(rig, &two, 1);
    plan(rig, &gap, 1);
    rig_deliver(rig);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(look(rig, &seen)->gangs[i].size, 6);
        assert_int_equal(look(rig, &seen)->gangs[i].waiting, i == 0 ? 4 : 2);
    }
    rig_free(rig);
}

static void it_is_asked_again_when_it_asked_to_be(void **state)
{
    (void)state;
    struct rig *rig = hosted(1, 2, 0);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    enum gang_timer why;
    rig_submit(rig, 1, &gang, 1);
    assert_int_equal(wanted(rig), 1);
    struct gang_decision wake = {.kind = GANG_DECIDE_WAKE, .at_ns = rig->now + 5 * SECOND};
    plan(rig, &wake, 1);
    assert_true(gang_driver_deadline_of(rig->driver, GANG_HOPE_WORK, &why) ==
                rig->now + 5 * SECOND);
    assert_int_equal(why, GANG_TIMER_PLACER);
    rig_pass(rig, 6 * SECOND);
    assert_int_equal(wanted(rig), 2);
    wake.at_ns = rig->now + 5 * SECOND; /* nothing came of it: from now on that is a habit */
    plan(rig, &wake, 1);
    assert_true(gang_driver_deadline_of(rig->driver, GANG_HOPE_WORK, &why) == GANG_NEVER);
    rig_pass(rig, 6 * SECOND);
    assert_int_equal(wanted(rig), 3);
    const struct gang_decision fail = {
        .kind = GANG_DECIDE_FAIL, .job = 1, .reason = GANG_REASON_GIVEN_UP};
    plan(rig, &fail, 1);
    assert_int_equal(rig_last(rig, GANG_FX_JOB_DONE)->reason, GANG_REASON_GIVEN_UP);
    rig_free(rig);
}

/* What a job that it gives up had held is there for others, and nothing else would tell it so. */
static void it_is_asked_again_when_it_gave_up_a_job_that_held(void **state)
{
    (void)state;
    struct rig *rig = hosted(1, 2, 0);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    const struct gang_decision hold = {.kind = GANG_DECIDE_HOLD, .job = 1, .count = 2};
    plan(rig, &hold, 1);
    rig_deliver(rig);
    rig_submit(rig, 2, &gang, 1);
    const struct gang_decision fail = {.kind = GANG_DECIDE_FAIL, .job = 1, .reason = GANG_REASON_GIVEN_UP};
    uint64_t before = wanted(rig);
    plan(rig, &fail, 1);
    assert_int_equal(wanted(rig), before + 1);
    rig_free(rig);
}

/* It may want to end what runs when its time is up, for whoever comes next. */
static void it_is_asked_again_although_nobody_waits(void **state)
{
    (void)state;
    struct rig *rig = hosted(1, 2, 0);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    assert_int_equal(wanted(rig), 1);
    const struct gang_decision list[] = {
        {.kind = GANG_DECIDE_LAUNCH, .job = 1, .count = 2},
        {.kind = GANG_DECIDE_WAKE, .at_ns = rig->now + 5 * SECOND},
    };
    plan(rig, list, 2);
    rig_deliver(rig);
    assert_int_equal(rig_alive(rig), 2);
    rig_pass(rig, 6 * SECOND);
    assert_int_equal(wanted(rig), 2);
    const struct gang_decision none = {.kind = GANG_DECIDE_WAKE, .at_ns = GANG_NEVER};
    plan(rig, &none, 1);
    rig_pass(rig, 60 * SECOND); /* it did not ask for more */
    assert_int_equal(wanted(rig), 2);
    rig_free(rig);
}

static void what_cannot_be_understood_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct rig *rig = hosted(2, 2, 0);
    struct gang_stage_spec gang = rig_gang(2, 1, 0);
    rig_submit(rig, 1, &gang, 1);
    (void)wanted(rig);
    const struct {
        struct gang_decision what;
        const char *says;
    } wrong[] = {
        {on(9, 1, 0, 1, 0), "kind 9"},
        {on(GANG_DECIDE_LAUNCH, 7, 0, 1, 0), "job 7 is not alive"},
        {{.kind = GANG_DECIDE_LAUNCH, .job = 1, .stage = 3, .count = 1}, "stage 3 of job 1"},
        {on(GANG_DECIDE_LAUNCH, 1, 1, 2, 0), "2 ranks from 1 on"},
        {on(GANG_DECIDE_HOLD, 1, 0, 1, RIG_EXECUTORS), "executor"},
        {{.kind = GANG_DECIDE_FAIL, .job = 1}, "reason 0"},
        {{.kind = GANG_DECIDE_WAKE, .at_ns = -1}, "must be later than now"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct gang_err err = {0};
        const struct gang_decision list[] = {on(GANG_DECIDE_LAUNCH, 1, 0, 2, 0), wrong[i].what};
        assert_int_not_equal(rig_plan(rig, list, 2, &err), GANG_OK);
        if (strstr(err.detail, wrong[i].says) == NULL)
            fail_msg("it says '%s', not '%s'", err.detail, wrong[i].says);
    }
    assert_int_equal(rig_sent(rig, GANG_MSG_RESERVE), 0);
    rig_free(rig);
}

/* ---- walks: any decision at any time keeps every audit, and a sensible placer finishes what is left */
static void decide_something(struct rig *rig)
{
    struct seen seen;
    struct gang_decision list[16];
    const struct gang_placer_view *v = look(rig, &seen);
    uint32_t count = 0;
    for (uint32_t n = rig_roll(5); n > 0 && v->gang_count > 0; n--) {
        const struct gang_view_gang *g = &v->gangs[rig_roll(v->gang_count)];
        uint32_t kind = rig_roll(40), rank = rig_roll(g->size), most = g->size - rank;
        list[count++] = (struct gang_decision){.kind = kind < 14   ? GANG_DECIDE_LAUNCH
                                                       : kind < 26 ? GANG_DECIDE_HOLD
                                                       : kind < 32 ? GANG_DECIDE_RELEASE
                                                       : kind < 37 ? GANG_DECIDE_EVICT
                                                       : kind < 39 ? GANG_DECIDE_WAKE
                                                                   : GANG_DECIDE_FAIL,
                                               .job = g->job,
                                               .stage = g->stage,
                                               .rank = rank,
                                               .count = rig_roll(3) == 0 ? 0 : 1 + rig_roll(most),
                                               .executor = rig_roll(rig->executor_count),
                                               .reason = GANG_REASON_GIVEN_UP,
                                               .at_ns = rig->now + 1 + rig_roll(5) * SECOND};
        if (list[count - 1].count == 0)
            list[count - 1].rank = 0;
    }
    plan(rig, list, count);
}

/* First come, first served, whole gangs; what is held or half gone is given back first. */
static void decide_well(struct rig *rig)
{
    struct seen seen;
    const struct gang_placer_view *v = look(rig, &seen);
    for (uint32_t i = 0; i < v->waiting; i++) {
        const struct gang_view_gang *g = &v->gangs[i];
        if (g->held + g->asked + (g->kind == GANG_STAGE_BARRIER ? g->running : 0) > 0) {
            const struct gang_decision back = {
                .kind = GANG_DECIDE_EVICT, .job = g->job, .stage = g->stage};
            plan(rig, &back, 1);
            continue;
        }
        struct gang_decision list[64];
        uint32_t placed = 0;
        for (uint32_t e = 0; e < v->executor_count; e++) {
            struct gang_view_executor *room = &seen.executors[e];
            while (room->offered && room->free.cores >= g->need.cores &&
                   room->gpu_milli_free >= g->need.gpu_milli && placed < g->rank_count) {
                room->free.cores -= g->need.cores;
                room->gpu_milli_free -= g->need.gpu_milli;
                list[placed] = (struct gang_decision){.kind = GANG_DECIDE_LAUNCH,
                                                      .job = g->job,
                                                      .stage = g->stage,
                                                      .rank = v->ranks[g->first_rank + placed],
                                                      .count = 1,
                                                      .executor = room->id};
                placed++;
            }
        }
        if (placed == g->rank_count)
            plan(rig, list, placed);
        if (placed == g->rank_count)
            return; /* the view is old now */
    }
}

static void finish(struct rig *rig)
{
    for (uint32_t e = 0; e < rig->executor_count; e++)
        if (rig->down[e])
            rig_boot(rig, e);
    for (int i = 0; i < 4000 && gang_driver_jobs_alive(rig->driver) > 0; i++) {
        rig->log_count = rig->log_count > RIG_LOG / 2 ? 0 : rig->log_count;
        rig_deliver(rig);
        struct rig_run *run = rig_any_task(rig);
        if (run != NULL)
            rig_exit(rig, run, run->asked ? GANG_EXIT_KILLED : GANG_EXIT_OK, 0);
        decide_well(rig);
        rig_pass(rig, SECOND);
    }
    if (gang_driver_jobs_alive(rig->driver) > 0) {
        struct seen seen;
        const struct gang_placer_view *v = look(rig, &seen);
        const struct gang_view_gang none = {0}, *g = v->gang_count > 0 ? &v->gangs[0] : &none;
        fail_msg("%u jobs are left, %u wait; job %u: kind %u, state %u, %u of %u wait, %u are held, %u asked for, %u run",
                 gang_driver_jobs_alive(rig->driver), v->waiting, g->job, g->kind, g->state, g->waiting, g->size, g->held,
                 g->asked, g->running);
    }
}

static void walk(uint64_t seed)
{
    struct rig *rig = hosted(3, 4, 2);
    uint32_t jobs = 0;
    rig_dice = seed;
    for (int i = 0; i < STEPS; i++) {
        rig->log_count = rig->log_count > RIG_LOG / 2 ? 0 : rig->log_count;
        uint32_t what = rig_roll(20);
        struct rig_run *run = rig_any_task(rig);
        if (what < 3 && jobs < 8) {
            struct gang_stage_spec stage = rig_roll(2) ? rig_gang(1 + rig_roll(6), 1, rig_roll(2))
                                                       : rig_map(1 + rig_roll(6), 1);
            if (stage.kind == GANG_STAGE_MAPREDUCE)
                stage.together = rig_roll(stage.tasks + 1);
            else
                stage.min = 1 + rig_roll(stage.tasks);
            rig_submit(rig, ++jobs, &stage, 1);
        } else if (what < 9) {
            decide_something(rig);
        } else if (what < 12) {
            (void)rig_deliver_one(rig);
        } else if (what < 14) {
            rig_deliver(rig);
        } else if (what < 16 && run != NULL) {
            rig_exit_only(rig, run,
                          run->asked    ? GANG_EXIT_KILLED
                          : rig_roll(4) ? GANG_EXIT_OK
                                        : GANG_EXIT_FAILED,
                          1);
        } else if (what == 16 && rig_roll(4) == 0) {
            uint32_t e = rig_roll(rig->executor_count);
            if (rig->down[e])
                rig_boot(rig, e);
            else
                rig_crash(rig, e);
        } else if (what == 17 && jobs > 0) {
            (void)rig_cancel(rig, 1 + rig_roll(jobs));
        } else {
            rig_pass(rig, rig_roll(3) * SECOND);
        }
    }
    finish(rig);
    rig_free(rig);
}

static void any_plan_at_any_time_keeps_the_audits(void **state)
{
    (void)state;
    const char *walks = getenv("MUSTER_WALKS");
    uint64_t count = walks != NULL ? strtoull(walks, NULL, 10) : WALKS;
    for (uint64_t seed = 1; seed <= count; seed++)
        walk(seed);
    for (unsigned mark = 0; gang_mark_text(mark) != NULL; mark++)
        if (strncmp(gang_mark_text(mark), "a placer", 8) == 0 && !gang_mark_hit(mark))
            fail_msg("no walk reached: %s", gang_mark_text(mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_asked_when_somebody_waits_and_what_it_decides_goes),
        cmocka_unit_test(what_is_held_stays_until_it_is_told_to_go_or_given_back),
        cmocka_unit_test(whoever_gives_back_what_was_not_acknowledged_does_not_wait_yet),
        cmocka_unit_test(a_gang_with_a_min_goes_at_once_with_fewer),
        cmocka_unit_test(a_part_of_a_gang_goes_if_it_is_told_to),
        cmocka_unit_test(more_than_there_is_is_asked_for_and_refused_there),
        cmocka_unit_test(whoever_is_evicted_waits_again_and_pays_nothing),
        cmocka_unit_test(tasks_that_go_together_go_together_or_not_at_all),
        cmocka_unit_test(tasks_that_were_all_evicted_go_together_again),
        cmocka_unit_test(a_gang_with_a_min_is_launched_with_fewer),
        cmocka_unit_test(fewer_than_the_min_are_a_part_of_the_whole),
        cmocka_unit_test(it_is_asked_again_when_it_asked_to_be),
        cmocka_unit_test(it_is_asked_again_when_it_gave_up_a_job_that_held),
        cmocka_unit_test(it_is_asked_again_although_nobody_waits),
        cmocka_unit_test(what_cannot_be_understood_is_refused_and_changes_nothing),
        cmocka_unit_test(any_plan_at_any_time_keeps_the_audits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
