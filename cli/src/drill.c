/*
 * drill.c -- a whole scheduler is played with: it is told of a small cluster and a small job, and what it orders is looked at.
 *
 * This room is for: the steps of drill.h, and the little of a world that they need: who is told what, and when.
 * It may include:   exec, the core's and the plan's headers; drill.h.
 * Never here:       a simulation. Whether a scheduler is a good one, `muster check` finds out.
 *
 * Three executors with two cores each; the gang has three tasks of a core, so it needs two of them. Everything arrives at once.
 */
#include "drill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec/scheduler.h"

enum { EXECUTORS = 3, CORES = 2, SIZE = 3, LARGE = 64, LOG_MAX = 512, TURNS_MAX = 64 };
#define SECOND INT64_C(1000000000)

struct place {
    uint32_t executor, ref, attempt;
    bool asked, went;
};

struct drill {
    struct exec_scheduler *scheduler;
    const struct gang_api *api;
    struct gang_driver *driver;
    struct plan *plan;
    struct gang_effects fx;
    gang_ns now;
    struct gang_effect log[LOG_MAX]; /* what it ordered since it was looked at last */
    uint32_t logged, size;
    struct place rank[LARGE];
    uint32_t used[EXECUTORS];
    char *said;
    size_t said_size;
    _Alignas(64) char memory[64];
};

static bool wrong(struct drill *d, const char *what)
{
    snprintf(d->said, d->said_size, "%s", what);
    return false;
}

/* ---- the little of a world */

static bool step(struct drill *d, struct gang_event *ev)
{
    struct gang_err err;
    ev->at_ns = d->now;
    ev->token = 1;
    if (d->api->driver_step(d->driver, ev, &d->fx, &err) != GANG_OK)
        return wrong(d, exec_scheduler_failure(d->scheduler)->detail);
    for (uint32_t i = 0; i < d->fx.count; i++)
        if (d->logged < LOG_MAX)
            d->log[d->logged++] = d->fx.list[i];
    return true;
}

/* Until nothing is left to do in this instant. */
static bool settle(struct drill *d)
{
    enum gang_timer why;
    for (unsigned turns = 0; d->api->driver_deadline(d->driver, &why) <= d->now; turns++)
        if (turns > TURNS_MAX)
            return wrong(d, "it has itself woken in the same instant, again and again");
        else if (!step(d, &(struct gang_event){.kind = GANG_EV_TIMER}))
            return false;
    return true;
}

static bool tell(struct drill *d, const struct gang_msg *msg)
{
    return step(d, &(struct gang_event){.kind = GANG_EV_MSG, .msg = msg});
}

static bool tell_up(struct drill *d, uint32_t executor, uint32_t incarnation)
{
    return tell(d, &(struct gang_msg){.kind = GANG_MSG_REGISTER,
                                      .executor = executor,
                                      .incarnation = incarnation,
                                      .room = {.cores = CORES, .memory_mib = 1024}});
}

static bool tell_submit(struct drill *d, uint32_t size)
{
    const struct gang_stage_spec stage = {
        .kind = GANG_STAGE_BARRIER, .tasks = size, .min = size, .max = size, .need = {.cores = 1}};
    const struct gang_job_spec job = {.id = 0, .stage_count = 1, .stages = &stage};
    d->size = size;
    return step(d, &(struct gang_event){.kind = GANG_EV_SUBMIT, .job = &job});
}

/* Something about one rank, from where it is. */
static struct gang_msg about(const struct drill *d, uint32_t rank, enum gang_msg_kind kind)
{
    const struct place *p = &d->rank[rank];
    return (struct gang_msg){.kind = (uint8_t)kind,
                             .executor = p->executor,
                             .attempt = (uint16_t)p->attempt,
                             .rank = rank,
                             .count = 1,
                             .ref = p->ref,
                             .group = p->ref};
}

/* ---- looking at what it ordered */

static bool give_places(struct drill *d, const struct gang_msg *ask)
{
    if (ask->executor >= EXECUTORS || ask->rank + ask->count > d->size)
        return wrong(d, "it asks for slots that there are not");
    for (uint32_t rank = ask->rank; rank < ask->rank + ask->count; rank++) {
        if (d->rank[rank].asked)
            return wrong(d, "it asks for slots of a rank that has one");
        if (++d->used[ask->executor] > CORES)
            return wrong(d, "it asks for more slots on an executor than that has");
        d->rank[rank] = (struct place){.executor = ask->executor,
                                       .ref = ask->ref,
                                       .attempt = ask->attempt,
                                       .asked = true,
                                       .went = ask->kind == GANG_MSG_GO};
    }
    return true;
}

static bool let_go(struct drill *d, const struct gang_msg *go)
{
    for (uint32_t rank = go->rank; rank < go->rank + go->count && rank < d->size; rank++)
        d->rank[rank].went = true;
    return true;
}

/* Reservations are acknowledged, until it asks for nothing more. */
static bool serve(struct drill *d)
{
    struct gang_msg asked[LOG_MAX];
    uint32_t count = 1;
    while (count > 0) {
        count = 0;
        if (!settle(d))
            return false;
        for (uint32_t i = 0; i < d->logged; i++) {
            const struct gang_msg *msg = &d->log[i].msg;
            bool sends = d->log[i].fx == GANG_FX_SEND,
                 direct = sends && msg->kind == GANG_MSG_GO && msg->op == 1;
            if (sends && msg->kind == GANG_MSG_RESERVE)
                asked[count++] = *msg;
            if (((sends && msg->kind == GANG_MSG_RESERVE) || direct) && !give_places(d, msg))
                return false;
            if (sends && msg->kind == GANG_MSG_GO && !direct)
                (void)let_go(d, msg);
        }
        d->logged = 0;
        for (uint32_t i = 0; i < count; i++) {
            struct gang_msg ack = asked[i];
            ack.kind = GANG_MSG_RESERVE_ACK;
            ack.group = ack.ref;
            if (!tell(d, &ack))
                return false;
        }
    }
    return true;
}

static uint32_t count_gone(const struct drill *d)
{
    uint32_t gone = 0;
    for (uint32_t rank = 0; rank < d->size; rank++)
        gone += d->rank[rank].went;
    return gone;
}

static uint32_t count_of(const struct drill *d, enum gang_fx_kind fx, enum gang_msg_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < d->logged; i++)
        if (d->log[i].fx == fx && (fx != GANG_FX_SEND || d->log[i].msg.kind == kind))
            count += fx == GANG_FX_SEND ? d->log[i].msg.count : 1;
    return count;
}

/* Time goes on to the next wake, as long as it has one within the hour. */
static bool wait_until_gone(struct drill *d)
{
    enum gang_timer why;
    for (unsigned turns = 0; turns < TURNS_MAX && count_gone(d) < d->size; turns++) {
        if (!serve(d))
            return false;
        gang_ns next = d->api->driver_deadline(d->driver, &why);
        if (count_gone(d) == d->size || next > d->now + 3600 * SECOND)
            break;
        d->now = next > d->now ? next : d->now;
    }
    return count_gone(d) == d->size ||
           wrong(d, "a gang that fits is not sent off, and it waits for nothing");
}

/* ---- scenes */

static struct plan *make_plan(void)
{
    struct plan *plan = plan_new();
    if (plan == NULL)
        return NULL;
    for (int i = 0; i < EXECUTORS; i++)
        (void)plan_add_executor(plan, &(struct plan_executor){.cores = CORES, .memory_mib = 1024});
    uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, "train")});
    (void)plan_add_stage(plan, &(struct plan_stage){.name = plan_name(plan, "fit"),
                                                    .job = job,
                                                    .kind = PLAN_STAGE_BARRIER,
                                                    .tasks = SIZE});
    return plan;
}

static void drop(struct drill *d)
{
    if (d == NULL)
        return;
    exec_scheduler_free(d->scheduler);
    plan_free(d->plan);
    free(d->fx.list);
    free(d);
}

static bool begin_driver(struct drill *d, const struct gang_limits *limits)
{
    const struct gang_config config = {.heartbeat_ns = 10 * SECOND,
                                       .heartbeat_timeout_ns = 120 * SECOND,
                                       .driver_lease_ns = 100 * SECOND,
                                       .largest = {.cores = CORES, .memory_mib = 1024}};
    struct gang_err err;
    d->api = exec_scheduler_api(d->scheduler);
    d->fx.capacity = d->api->driver_effects_max(limits);
    d->fx.list = calloc(d->fx.capacity, sizeof *d->fx.list);
    return d->fx.list != NULL &&
           d->api->driver_init(d->memory, limits, &config, &d->driver, &err) == GANG_OK;
}

/* A run begins, and its executors are there. */
static struct drill *open_scene(struct exec_child *child, bool embellish, char *said, size_t size)
{
    const struct gang_limits limits = {.executors = EXECUTORS,
                                       .jobs = 1,
                                       .stages = 1,
                                       .tasks = LARGE,
                                       .groups = LARGE,
                                       .executor_tasks = CORES};
    struct exec_err err;
    struct drill *d = aligned_alloc(64, (sizeof *d + 63) & ~(size_t)63);
    snprintf(said, size, "out of memory");
    if (d == NULL)
        return NULL;
    memset(d, 0, sizeof *d);
    d->said = said;
    d->said_size = size;
    bool well = exec_reset(child, EXEC_ROLE_SCHEDULER, 1, &err) == EXEC_OK || wrong(d, err.detail);
    if (well) {
        d->plan = make_plan();
        d->scheduler = d->plan != NULL ? exec_scheduler_new(child, gang_api(), d->plan) : NULL;
        well = d->scheduler != NULL;
    }
    if (well)
        exec_scheduler_embellish(d->scheduler, embellish);
    well = well && begin_driver(d, &limits);
    for (uint32_t i = 0; well && i < EXECUTORS; i++)
        well = tell_up(d, i, 0);
    if (well)
        return d;
    drop(d);
    return NULL;
}

static bool close_scene(struct drill *d, bool well)
{
    drop(d);
    return well;
}

static bool send_off(struct drill *d) { return tell_submit(d, SIZE) && wait_until_gone(d); }

static bool call(struct drill *d, uint32_t rank, uint32_t epoch)
{
    struct gang_msg msg = about(d, rank, GANG_MSG_ARRIVE);
    msg.epoch = epoch;
    msg.count = SIZE;
    return tell(d, &msg) && settle(d);
}

static bool end_rank(struct drill *d, uint32_t rank, enum gang_exit how)
{
    struct gang_msg msg = about(d, rank, GANG_MSG_FREE);
    msg.op = (uint8_t)how;
    d->rank[rank] = (struct place){0};
    d->used[msg.executor]--;
    return tell(d, &msg);
}

/* ---- the steps */

static bool stands_nobody(struct exec_child *child, char *said, size_t size)
{
    struct drill *d = open_scene(child, false, said, size);
    bool well = d != NULL && settle(d);
    if (well &&
        count_of(d, GANG_FX_JOB_DONE, GANG_MSG_NONE) + count_of(d, GANG_FX_REFUSE, GANG_MSG_NONE) >
            0)
        well = wrong(d, "nobody is there, and it decides about somebody");
    return close_scene(d, well);
}

static bool launches(struct exec_child *child, char *said, size_t size)
{
    struct drill *d = open_scene(child, false, said, size);
    return close_scene(d, d != NULL && send_off(d));
}

static bool leaves_large(struct exec_child *child, char *said, size_t size)
{
    struct drill *d = open_scene(child, false, said, size);
    bool well = d != NULL && tell_submit(d, LARGE) && serve(d);
    if (well && count_gone(d) > 0)
        well = wrong(d, "it sends off a part of a gang that does not fit");
    return close_scene(d, well);
}

static bool coordinates(struct drill *d)
{
    for (uint32_t epoch = 0; epoch < 2; epoch++)
        for (uint32_t rank = 0; rank < SIZE; rank++) {
            d->logged = 0;
            d->now += SECOND;
            if (!call(d, rank, epoch))
                return false;
            uint32_t released = count_of(d, GANG_FX_SEND, GANG_MSG_RELEASE);
            if (rank + 1 < SIZE && released > 0)
                return wrong(d, "it opens a barrier before all its members have called");
            if (rank + 1 == SIZE && released != SIZE)
                return wrong(d, "all members have called, and it does not release them all");
        }
    return true;
}

static bool opens_barriers(struct exec_child *child, char *said, size_t size)
{
    struct drill *d = open_scene(child, false, said, size);
    return close_scene(d, d != NULL && send_off(d) && coordinates(d));
}

static bool finishes(struct drill *d)
{
    d->logged = 0;
    d->now += SECOND;
    for (uint32_t rank = 0; rank < SIZE; rank++)
        if (!end_rank(d, rank, GANG_EXIT_OK))
            return false;
    if (!settle(d))
        return false;
    if (count_of(d, GANG_FX_ACCEPT, GANG_MSG_NONE) != SIZE ||
        count_of(d, GANG_FX_STAGE_DONE, GANG_MSG_NONE) != 1)
        return wrong(d, "all tasks have ended well, and it does not accept each of them and say "
                        "that their stage is done");
    return count_of(d, GANG_FX_JOB_DONE, GANG_MSG_NONE) == 1 ||
           wrong(d, "the only stage is done, and it does not say that the job is");
}

static bool ends_well(struct exec_child *child, char *said, size_t size)
{
    struct drill *d = open_scene(child, false, said, size);
    return close_scene(d, d != NULL && send_off(d) && finishes(d));
}

/* Rank 1 fails; the others end when they are told to. */
static bool fails_once(struct drill *d)
{
    uint32_t before = d->rank[0].attempt;
    d->logged = 0;
    d->now += SECOND;
    if (!end_rank(d, 1, GANG_EXIT_FAILED) || !settle(d))
        return false;
    if (count_of(d, GANG_FX_FENCE, GANG_MSG_NONE) != 1)
        return wrong(d, "a member has failed, and it does not fence the attempt");
    if (count_of(d, GANG_FX_SEND, GANG_MSG_KILL) < SIZE - 1)
        return wrong(d, "a member has failed, and it does not end the others");
    d->logged = 0;
    d->now += SECOND;
    if (!end_rank(d, 0, GANG_EXIT_KILLED) || !end_rank(d, 2, GANG_EXIT_KILLED) ||
        !wait_until_gone(d))
        return false;
    return d->rank[0].attempt > before ||
           wrong(d, "a gang that failed starts again under a number that was used");
}

static bool restarts(struct exec_child *child, char *said, size_t size)
{
    struct drill *d = open_scene(child, false, said, size);
    return close_scene(d,
                       d != NULL && send_off(d) && fails_once(d) && coordinates(d) && finishes(d));
}

/* An executor comes back as another process: what it had is gone. */
static bool bears_a_loss(struct exec_child *child, char *said, size_t size)
{
    struct drill *d = open_scene(child, false, said, size);
    bool well = d != NULL && send_off(d);
    uint32_t lost = well ? d->rank[0].executor : 0;
    if (well) {
        d->logged = 0;
        d->now += SECOND;
        well = tell_up(d, lost, 1) && settle(d);
    }
    if (well && count_of(d, GANG_FX_FENCE, GANG_MSG_NONE) != 1)
        well = wrong(d, "a member is lost, and it does not fence the attempt");
    for (uint32_t rank = 0; well && rank < SIZE; rank++)
        if (d->rank[rank].executor == lost) {
            d->used[lost]--;
            d->rank[rank] = (struct place){0};
        }
    if (well)
        d->logged = 0;
    for (uint32_t rank = 0; well && rank < SIZE; rank++)
        if (d->rank[rank].asked)
            well = end_rank(d, rank, GANG_EXIT_KILLED);
    return close_scene(d, well && wait_until_gone(d));
}

static bool play_all(struct exec_child *child, bool embellish, char *said, size_t size)
{
    struct drill *d = open_scene(child, embellish, said, size);
    return close_scene(d,
                       d != NULL && send_off(d) && coordinates(d) && fails_once(d) && finishes(d));
}

static bool forgets(struct exec_child *child, char *said, size_t size)
{
    struct exec_memory *memory = exec_memory_new();
    exec_remember(child, memory);
    bool same = memory != NULL && play_all(child, false, said, size);
    if (memory != NULL)
        exec_memory_rewind(memory);
    same = same && play_all(child, false, said, size);
    exec_remember(child, NULL);
    exec_memory_free(memory);
    return same;
}

static bool ignores_the_unknown(struct exec_child *child, char *said, size_t size)
{
    return play_all(child, true, said, size);
}

const struct cli_drill_step cli_drill[] = {
    {"it orders nothing for nobody", stands_nobody},
    {"a gang that fits is sent off whole", launches},
    {"a gang that never fits is not sent off in part", leaves_large},
    {"a barrier opens for all its members when all have called", opens_barriers},
    {"a job whose tasks ended well is done", ends_well},
    {"a gang that lost a member starts again as a whole", restarts},
    {"a gang that lost an executor starts again", bears_a_loss},
    {"two runs of the same are the same", forgets},
    {"keys that it does not know do not matter", ignores_the_unknown},
};
const size_t cli_drill_steps = sizeof cli_drill / sizeof *cli_drill;
