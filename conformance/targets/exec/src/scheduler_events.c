/*
 * scheduler_events.c -- what came to the driver's door, in the words of a history.
 *
 * It may include:   scheduler.h.
 * Never here:       what follows from it.
 *
 * An event is named as the record of it is, and so are reasons, ends and operations. What says nothing (a reason that is ok, a limit that
 * is none) is left out.
 */
#include "scheduler.h"

#include <string.h>

static void begin(struct exec_scheduler *s, const char *what)
{
    if (exec_grow(s, (void **)&s->tokens, s->event_count, &s->event_room, sizeof *s->tokens))
        s->tokens[s->event_count++] = s->token;
    exec_put(&s->events, s->events.size > 0 ? ",{" : "{");
    exec_put_name(&s->events, "event", what);
    if (s->embellishes)
        exec_put(&s->events, ",\"novelty\":{\"nobody\":[\"knows\",null,0.5]}");
}

static void end(struct exec_scheduler *s) { exec_put(&s->events, "}"); }

static void put(struct exec_scheduler *s, const char *key, int64_t value)
{
    exec_put_int(&s->events, key, value);
}

static void put_reason(struct exec_scheduler *s, unsigned reason)
{
    if (reason != GANG_REASON_OK)
        exec_put_name(&s->events, "reason",
                      trace_reason_text(reason) != NULL ? trace_reason_text(reason) : "?");
}

/* A list of the places of bits. */
static void put_bits(struct exec_scheduler *s, const char *key, uint64_t mask)
{
    exec_put(&s->events, ",\"%s\":[", key);
    for (uint64_t rest = mask; rest != 0; rest &= rest - 1)
        exec_put(&s->events, "%s%d", rest != mask ? "," : "", __builtin_ctzll(rest));
    exec_put(&s->events, "]");
}

static void put_room(struct exec_scheduler *s, const struct gang_msg *msg)
{
    put(s, "cores", msg->room.cores);
    put(s, "memory_mib", msg->room.memory_mib);
    put_bits(s, "gpus", msg->a);
}

/* ---- the beginning */
/* Those that a driver goes by, under their names in a scenario; times in ns. */
static void put_settings(struct exec_scheduler *s)
{
    static const struct {
        const char *name;
        enum plan_setting setting;
    } settings[] = {
        {"heartbeat", PLAN_SET_HEARTBEAT},
        {"heartbeat_timeout", PLAN_SET_HEARTBEAT_TIMEOUT},
        {"reserve_timeout", PLAN_SET_RESERVE_TIMEOUT},
        {"reserve_lease", PLAN_SET_RESERVE_LEASE},
        {"launch_deadline", PLAN_SET_LAUNCH_DEADLINE},
        {"sync_timeout", PLAN_SET_SYNC_TIMEOUT},
        {"admission_interval", PLAN_SET_ADMISSION_INTERVAL},
        {"admission_failures", PLAN_SET_ADMISSION_FAILURES},
        {"attempts", PLAN_SET_ATTEMPTS},
        {"attempts_max", PLAN_SET_ATTEMPTS_MAX},
        {"losses", PLAN_SET_LOSSES},
        {"retry_delay", PLAN_SET_RETRY_DELAY},
        {"kill_grace", PLAN_SET_KILL_GRACE},
        {"release_wait", PLAN_SET_RELEASE_WAIT},
        {"locality_wait", PLAN_SET_LOCALITY_WAIT},
        {"exclude_failures", PLAN_SET_EXCLUDE_FAILURES},
        {"exclude_time", PLAN_SET_EXCLUDE_TIME},
        {"task_bytes_max", PLAN_SET_TASK_BYTES_MAX},
    };
    exec_put(&s->events, ",\"settings\":{");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        exec_put_int(&s->events, settings[i].name, s->plan->setting[settings[i].setting]);
    exec_put(&s->events, "}");
}

/* Of each resource the most that any executor will ever have. */
static void put_largest(struct exec_scheduler *s)
{
    const struct gang_room *largest = &s->config.largest;
    exec_put(&s->events, ",\"largest\":{");
    put(s, "cores", largest->cores);
    put(s, "memory_mib", largest->memory_mib);
    put(s, "gpus", __builtin_popcountll(largest->gpu_mask));
    exec_put(&s->events, "}");
}

void exec_say_begin(struct exec_scheduler *s)
{
    begin(s, "begin");
    put(s, "executors", s->limits.executors);
    put_largest(s);
    put_settings(s);
    end(s);
}

/* ---- jobs */
static void put_list(struct exec_scheduler *s, const char *key, const uint32_t *list,
                     uint32_t count)
{
    exec_put(&s->events, ",\"%s\":[", key);
    for (uint32_t i = 0; i < count; i++)
        if (list[i] == GANG_NONE)
            exec_put(&s->events, "%snull", i > 0 ? "," : "");
        else
            exec_put(&s->events, "%s%u", i > 0 ? "," : "", list[i]);
    exec_put(&s->events, "]");
}

static void put_stage(struct exec_scheduler *s, uint32_t job, uint32_t index,
                      const struct gang_stage_spec *spec)
{
    const struct plan_job *planned = job < s->plan->job_count ? &s->plan->jobs[job] : NULL;
    exec_put(&s->events, "%s{", index > 0 ? "," : "");
    if (planned != NULL && index < planned->stage_count)
        exec_put_name(&s->events, "name",
                      plan_text(s->plan, s->plan->stages[planned->first_stage + index].name));
    exec_put_name(&s->events, "kind", spec->kind == GANG_STAGE_BARRIER ? "barrier" : "mapreduce");
    put(s, "tasks", spec->tasks);
    put(s, "cores", spec->need.cores);
    put(s, "memory_mib", spec->need.memory_mib);
    put(s, "gpu_milli", spec->need.gpu_milli);
    put_bits(s, "parents", spec->parents);
    put_bits(s, "shuffles", spec->shuffles);
    put(s, "task_bytes", (int64_t)spec->task_bytes);
    if (spec->together > 0)
        put(s, "together", spec->together);
    if (spec->prefers != NULL)
        put_list(s, "prefers", spec->prefers, spec->tasks);
    exec_put(&s->events, "}");
}

void exec_say_submit(struct exec_scheduler *s, const struct gang_job_spec *spec)
{
    begin(s, "submit");
    put(s, "job", spec->id);
    if (spec->id < s->plan->job_count)
        exec_put_name(&s->events, "name", plan_text(s->plan, s->plan->jobs[spec->id].name));
    put(s, "priority", spec->priority);
    exec_put_name(&s->events, "kind", spec->kind == GANG_JOB_MAP ? "map" : "batch");
    exec_put(&s->events, ",\"stages\":[");
    for (uint32_t i = 0; i < spec->stage_count; i++)
        put_stage(s, spec->id, i, &spec->stages[i]);
    exec_put(&s->events, "]");
    end(s);
}

void exec_say_job(struct exec_scheduler *s, const char *what, uint32_t job)
{
    begin(s, what);
    put(s, "job", job);
    end(s);
}

/* ---- executors */
void exec_say_executor(struct exec_scheduler *s, const char *what, uint32_t executor)
{
    begin(s, what);
    put(s, "executor", executor);
    end(s);
}

void exec_say_lost(struct exec_scheduler *s, uint32_t executor, enum gang_reason reason)
{
    begin(s, "lost");
    put(s, "executor", executor);
    put(s, "incarnation", s->members[executor].incarnation);
    put_reason(s, reason);
    end(s);
}

void exec_say_room(struct exec_scheduler *s, const char *what, const struct gang_msg *msg)
{
    begin(s, what);
    put(s, "executor", msg->executor);
    put(s, "incarnation", msg->incarnation);
    put_room(s, msg);
    put(s, "rack", msg->room.rack);
    end(s);
}

/* ---- gangs and tasks */
static void put_identity(struct exec_scheduler *s, const struct gang_msg *msg)
{
    put(s, "job", msg->job);
    put(s, "stage", msg->stage);
    put(s, "attempt", msg->attempt);
    put(s, "executor", msg->executor);
    put(s, "rank", msg->rank);
}

static const char *exit_text(unsigned op)
{
    return op == GANG_EXIT_OK ? "ok" : op == GANG_EXIT_FAILED ? "failed" : "killed";
}

/* Its reservation was over, or there was no room; of a silent driver it may have been told while it ran. */
static bool never_started(unsigned reason)
{
    return reason != GANG_REASON_OK && reason != GANG_REASON_FETCH_FAILED &&
           reason != GANG_REASON_DRIVER_SILENT;
}

/* Which output was not to be had, and where it should have been. */
static void put_missed(struct exec_scheduler *s, const struct gang_msg *msg)
{
    exec_put(&s->events, ",\"missed\":{");
    put(s, "stage", msg->blob.bytes);
    put(s, "rank", (uint32_t)msg->blob.digest);
    if (msg->count != GANG_NONE) {
        put(s, "executor", msg->count);
        put(s, "incarnation", (uint32_t)(msg->blob.digest >> 32));
    }
    exec_put(&s->events, "}");
}

static void put_end(struct exec_scheduler *s, const struct gang_msg *msg)
{
    exec_put_name(&s->events, "exit", exit_text(msg->op));
    put(s, "code", msg->blob.id);
    put_reason(s, msg->reason);
    if (never_started(msg->reason))
        exec_put(&s->events, ",\"never_started\":true");
    if (msg->reason == GANG_REASON_FETCH_FAILED)
        put_missed(s, msg);
}

static void put_call(struct exec_scheduler *s, const struct gang_msg *msg)
{
    put(s, "epoch", msg->epoch);
    exec_put_name(&s->events, "op", msg->op == GANG_OP_ALL_GATHER ? "allGather" : "barrier");
    put(s, "size", msg->count);
    if (msg->a != 0)
        put(s, "within", (int64_t)msg->a);
}

void exec_say_message(struct exec_scheduler *s, const struct gang_msg *msg)
{
    bool nack = msg->kind == GANG_MSG_RESERVE_NACK;
    const char *what = nack                                ? "reserve-nack"
                       : msg->kind == GANG_MSG_RESERVE_ACK ? "reserve-ack"
                       : msg->kind == GANG_MSG_ARRIVE      ? "arrive"
                       : msg->kind == GANG_MSG_CHECKPOINT  ? "checkpoint"
                       : msg->kind == GANG_MSG_OUTPUT      ? "output"
                                                           : "free";
    begin(s, what);
    put_identity(s, msg);
    if (nack || msg->kind == GANG_MSG_RESERVE_ACK)
        put(s, "count", msg->count);
    if (nack) {
        put_reason(s, msg->reason);
        put_room(s, msg);
    } else if (msg->kind == GANG_MSG_ARRIVE) {
        put_call(s, msg);
    } else if (msg->kind == GANG_MSG_CHECKPOINT) {
        put(s, "checkpoint", (int64_t)msg->a);
    } else if (msg->kind == GANG_MSG_OUTPUT) {
        put(s, "bytes", msg->blob.bytes);
    } else if (msg->kind == GANG_MSG_FREE) {
        put_end(s, msg);
    }
    end(s);
}

void exec_say_wake(struct exec_scheduler *s, int64_t id)
{
    begin(s, "wake");
    put(s, "wake", id);
    end(s);
}
