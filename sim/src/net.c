/*
 * net.c -- messages between executors and the driver, in order and lossless while both ends live: by
 * themselves where the plan does nothing to links, else over wire.c's.
 *
 * This room is for: messages in flight, how long they take, and who is still there to take them.
 * It may include:   record.h, world.h.
 * Never here:       what a message says.
 *
 * A link is a connection to one process: what the driver sends is for the incarnation it has in its
 * registry, and is lost if another process, or none, or none that the driver still counts, is there
 * when it arrives. What an executor sent before it crashed arrives.
 */
#include "post.h"

enum { MESSAGE_BYTES = 64 };

__extension__ typedef unsigned __int128 wide; /* bytes times nanoseconds */

/* The last one that came back is taken first: it is still in the cache. PLAN_NONE: all are in use.
 */
static uint32_t take_flight(struct sim *w)
{
    uint32_t i = w->flight_free;
    if (i != PLAN_NONE)
        w->flight_free = (uint32_t)w->flights[i].cause;
    else if (w->flights_used < w->flights_max)
        i = w->flights_used++;
    return i;
}

static uint32_t blob_bytes(const struct gang_msg *msg)
{
    bool has = msg->kind == GANG_MSG_ARRIVE || msg->kind == GANG_MSG_OUTPUT ||
               (msg->kind == GANG_MSG_GO && msg->op == 0) || msg->kind == GANG_MSG_RELEASE;
    return has ? msg->blob.bytes : 0;
}

/* What a round gathered may be sent once a task (B-104). */
static uint64_t copies(const struct gang_msg *msg)
{
    return msg->kind == GANG_MSG_RELEASE && msg->a > 1 ? msg->a : 1;
}

/* Each direction of a link sends one message after the other. */
static int64_t when_sent(struct sim *w, const struct gang_msg *msg, bool to_driver)
{
    int64_t *busy = &w->busy_ns[2 * msg->executor + to_driver];
    wide work = ((wide)MESSAGE_BYTES + blob_bytes(msg)) * copies(msg) * 1000000000;
    wide takes = (work + (wide)w->bandwidth - 1) / (wide)w->bandwidth;
    *busy = sim_later(*busy > w->now_ns ? *busy : w->now_ns,
                      takes > (wide)PLAN_NEVER ? PLAN_NEVER : (int64_t)takes);
    return sim_later(*busy, w->latency_ns);
}

/* When the message is there. */
static inline int64_t arrival(struct sim *w, const struct gang_msg *msg, bool to_driver)
{
    if (w->bandwidth > 0 && w->begun)
        return when_sent(w, msg, to_driver);
    return sim_later(w->now_ns, w->begun ? w->latency_ns : 0);
}

/* With a slack: drawn later, and not before what went the same way before it. */
static int64_t slack_arrival(struct sim *w, const struct gang_msg *msg, bool to_driver)
{
    int64_t *reach = &w->reach_ns[2 * msg->executor + to_driver];
    int64_t late_ns = sim_order_late_ns(w->seed, msg, to_driver, w->slack_ns);
    int64_t at_ns = sim_later(arrival(w, msg, to_driver), late_ns);
    *reach = at_ns > *reach ? at_ns : *reach;
    return *reach;
}

int64_t sim_arrival(struct sim *w, const struct gang_msg *msg, bool to_driver)
{
    return w->slack_ns > 0 && w->begun ? slack_arrival(w, msg, to_driver) : arrival(w, msg, to_driver);
}

void sim_send(struct sim *w, const struct gang_msg *msg, uint64_t record, bool to_driver)
{
    if (msg->executor >= w->executor_count) {
        sim_fail(w, SIM_E_CORE, "a message for executor %u, of %u", msg->executor,
                 w->executor_count);
        return;
    }
    if (w->wires != NULL) {
        sim_wire_send(w, msg, record, to_driver);
        return;
    }
    uint32_t i = take_flight(w);
    if (i == PLAN_NONE) {
        sim_fail(w, SIM_E_FULL, "%u messages are on their way, and there is no room for another",
                 w->flights_max);
        return;
    }
    struct sim_flight *flight = &w->flights[i];
    flight->msg = *msg;
    flight->cause = record;
    uint32_t joined = w->hosts[msg->executor].joined;
    uint32_t key = to_driver ? 0 : (joined != PLAN_NONE ? joined : msg->incarnation) & SIM_KEY_MASK;
    sim_schedule_work(w, sim_arrival(w, msg, to_driver), i,
                      sim_extra(to_driver ? SIM_TO_DRIVER : SIM_TO_EXECUTOR, key));
}

static bool is_there(const struct sim_host *host, uint32_t incarnation)
{
    return host->up && (host->incarnation & SIM_KEY_MASK) == incarnation &&
           host->joined == host->incarnation;
}

void sim_deliver_to_executor(struct sim *w, uint32_t i, uint32_t incarnation)
{
    const struct gang_msg *msg = &w->flights[i].msg;
    uint64_t sent = sim_land(w, i);
    struct gang_event ev;
    if (sim_rarely(!is_there(&w->hosts[msg->executor], incarnation))) {
        (void)sim_record_dropped(w, msg, sent);
        return;
    }
    ev.kind = GANG_EV_MSG;
    ev.id = 0;
    ev.msg = msg;
    w->cause = sim_record_arrived(w, msg, false, sent);
    sim_step_executor(w, msg->executor, &ev);
}

/* ---- soft messages */
/* Recorded are those that change something: an executor's lease has ended, or it has one again; it is gone. */
static uint64_t record_soft(struct sim *w, const struct gang_msg *msg, bool to_driver, uint64_t cause)
{
    bool tells = msg->kind == GANG_MSG_GONE;
    if (msg->kind == GANG_MSG_HEARTBEAT) {
        struct sim_host *host = &w->hosts[msg->executor];
        tells = host->beat_op != msg->op;
        host->beat_op = msg->op;
        sim_heartbeat_sent(w, msg);
    }
    return tells ? sim_record_sent(w, msg, to_driver, cause) : 0;
}

/* Nobody waits for it, so it is no work; and where there is no room for it, the next one will do. */
void sim_send_soft(struct sim *w, const struct gang_msg *msg, bool to_driver, uint64_t cause)
{
    if (msg->executor >= w->executor_count) {
        sim_fail(w, SIM_E_CORE, "a message for executor %u, of %u", msg->executor,
                 w->executor_count);
        return;
    }
    uint64_t record = record_soft(w, msg, to_driver, cause);
    if (w->wires != NULL) {
        sim_wire_send_soft(w, msg, record, to_driver);
        return;
    }
    uint32_t i = take_flight(w);
    if (i == PLAN_NONE) {
        if (record != 0)
            (void)sim_record_dropped(w, msg, record);
        return;
    }
    w->flights[i].msg = *msg;
    w->flights[i].cause = record;
    sim_schedule(w, sim_arrival(w, msg, to_driver), i, sim_extra(SIM_SOFT, 0));
}

void sim_take_soft(struct sim *w, const struct gang_msg *msg, uint64_t sent)
{
    const struct sim_host *host = &w->hosts[msg->executor];
    bool to_driver = msg->kind == GANG_MSG_HEARTBEAT;
    struct gang_event ev;
    ev.kind = GANG_EV_MSG;
    ev.id = 0;
    ev.msg = msg;
    bool lives = host->up && host->incarnation == msg->incarnation;
    w->events++;
    if (to_driver && !lives)
        w->late_beat_ns = w->now_ns; /* the driver will miss it so much later */
    if (!to_driver && !lives) {
        if (sent != 0)
            (void)sim_record_dropped(w, msg, sent);
        return;
    }
    w->cause = sent != 0 ? sim_record_arrived(w, msg, to_driver, sent) : 0;
    if (to_driver)
        sim_step_driver(w, &ev);
    else
        sim_step_executor(w, msg->executor, &ev);
    if (msg->kind == GANG_MSG_HEARTBEAT_ACK)
        sim_heartbeat_acknowledged(w, msg);
}

void sim_deliver_soft(struct sim *w, uint32_t i)
{
    const struct gang_msg msg = w->flights[i].msg;
    uint64_t sent = w->flights[i].cause;
    w->flights[i].cause = w->flight_free;
    w->flight_free = i;
    sim_take_soft(w, &msg, sent);
}
