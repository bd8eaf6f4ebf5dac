/*
 * gang.h -- the scheduling and barrier core: three machines, one door each, and no world.
 *
 * gang_driver decides; gang_executor holds slots; gang_task is the client half of a barrier context. Each is a pure
 * state machine: same state + same event = same effects, always. No I/O, no clock, no dice, no allocation; all state is
 * in memory the caller gives, by index, never by pointer, so that a snapshot is one memcpy.
 *
 *   caller:  X_size(limits) -> memory -> X_init() -> { X_step(event) -> effects, X_deadline() } ...
 *
 * Task <-> executor is local and lossless; executor <-> driver is the network, in order and lossless while it is up, or
 * made so by a gang_link at each end.
 * B- and G-numbers in comments refer to conformance/rules/.
 */
#ifndef GANG_GANG_H
#define GANG_GANG_H

#include "gang/placement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GANG_CORE_ID "muster-core 0.1.0"
#define GANG_ABI_VERSION 2u


enum {
    GANG_STAGES_MAX = 64,       /* of one job */
    GANG_GPUS_MAX = 64,         /* of one executor */
    GANG_PROFILES_MAX = 64,     /* different needs alive at one time */
    GANG_STAGE_TASKS_MAX = 1000000,
    GANG_ROSTER_BYTES = 16      /* of a roster for each member: its size says how many there are */
};

/* ---- errors */
#define GANG_ERR_MAP(X)                                                                                                \
    X(GANG_OK, 0, "ok")                                                                                                \
    X(GANG_E_TIME_BACKWARDS, -1, "the event is older than the machine's clock")                                        \
    X(GANG_E_EFFECTS_FULL, -2, "the effect buffer is too small for what this event may cause")                         \
    X(GANG_E_FULL, -3, "a limit given at init is used up")                                                             \
    X(GANG_E_RANGE, -4, "a value is out of its range")                                                                 \
    X(GANG_E_DUPLICATE, -5, "the id is in use")                                                                        \
    X(GANG_E_UNKNOWN, -6, "no such thing here")                                                                        \
    X(GANG_E_STATE, -7, "not possible in this state")
enum gang_status {
#define X(name, value, text) name = value,
    GANG_ERR_MAP(X)
#undef X
};
struct gang_err { enum gang_status code; char detail[160]; };
const char *gang_status_text(enum gang_status status);

/* ---- reasons and timers */
/* clang-format off */
#define GANG_REASON_MAP(X) \
    X(OK, 0) X(TASK_FAILED, 1) X(EXECUTOR_LOST, 2) X(SILENT, 3) X(REINCARNATED, 4) X(NOT_RELEASED, 5) X(SLOTS, 6) \
    X(NEVER_FITS, 7) X(ATTEMPTS, 8) X(LOSSES, 9) X(LAUNCH_DEADLINE, 10) X(RESERVE_TIMEOUT, 11) X(RESERVE_NACK, 12) \
    X(NO_ROOM, 13) X(GO_LATE, 14) X(LEASE_ENDED, 15) X(SYNC_TIMEOUT, 16) X(SYNC_MISMATCH, 17) X(SYNC_EPOCH, 18) \
    X(SYNC_MEMBER, 19) X(SYNC_SIZE, 20) X(SYNC_ENDED, 21) X(MEMBER_EXITED, 22) X(GANG_FAILED, 23) X(CANCELLED, 24) \
    X(JOB_FAILED, 25) X(REVERTED, 26) X(RESTART, 27) X(RERUN, 28) X(FREE_SLOTS, 30) X(HEAD_BLOCKED, 31) \
    X(ADMISSION, 32) X(PARENTS, 33) X(DRAINING, 34) X(BACKOFF, 35) X(PARTIAL, 37) \
    X(DRIVER_SILENT, 40) X(EXCLUDED, 41) X(FETCH_FAILED, 42) X(DECOMMISSIONED, 43) X(TOO_LARGE, 44) \
    X(OUTPUT_LOST, 45) X(DYNAMIC, 46) X(LOCALITY, 47) X(GPU_LOST, 48) X(UNKNOWN_HERE, 49) X(ATTEMPTS_IN_ALL, 50) \
    X(CALL_TIMEOUT, 51) X(ABSENT, 52) X(IDLE, 53) X(REQUESTED, 54) X(EVICTED, 55) X(PLACER, 56) X(HOLDING, 57) \
    X(GIVEN_UP, 58)
#define GANG_TIMER_MAP(X) \
    X(NONE, 0) X(ADMISSION, 1) X(LAUNCH_DEADLINE, 2) X(RESERVE, 3) X(RETRY, 4) X(SYNC, 5) X(RELEASE_WAIT, 6) \
    X(HEARTBEAT, 7) X(LEASE, 8) X(KILL_GRACE, 9) X(ROUND, 10) X(DRIVER_LEASE, 11) X(BEAT, 12) X(LOCALITY, 13) \
    X(RESEND, 14) X(POLL, 15) X(EXCLUSION, 16) X(CALL, 17) X(IDLE, 18) X(GRANT, 19) X(PLACER, 20) X(PLACER_POLL, 21)
/* clang-format on */
enum gang_reason {
#define X(name, number) GANG_REASON_##name = number,
    GANG_REASON_MAP(X)
#undef X
    GANG_REASON_COUNT
};
enum gang_timer {
#define X(name, number) GANG_TIMER_##name = number,
    GANG_TIMER_MAP(X)
#undef X
    GANG_TIMER_COUNT
};
/* What a pending timer can do: cause work, repeat a habit, or only give something up. */
enum gang_hope { GANG_HOPE_WORK = 0, GANG_HOPE_HABIT = 1, GANG_HOPE_GIVE_UP = 2 };
enum gang_hope gang_timer_hope(enum gang_timer timer);

/* ---- policy */
/*
 * Policy is data: this closed list of axes, each with two values, `strict` first, each read in one place.
 * NAME, text, strict value, spark value, rules, sentence.
 */
/* clang-format off */
#define GANG_AXIS_MAP(X) \
    X(LAUNCH,            "launch",            "two_phase",     "direct",        "B-35 G-16",        "how a gang starts: reserve, acknowledge, go; or at once") \
    X(ROUNDS,            "rounds",            "on_event",      "tick_1s",       "B-31",             "when the queue is looked at: at the end of an instant that changed something, or once a second") \
    X(BLOCKED_HEAD,      "blocked_head",      "block",         "skip",          "B-30",             "what a gang that does not fit now does to those behind it") \
    X(CAPACITY_SET,      "capacity_set",      "offerable",     "active",        "B-12 G-04",        "which executors admission counts") \
    X(CAPACITY_OF,       "capacity_of",       "all_resources", "limiting_only", "B-64",             "which resources the slot count looks at") \
    X(ADMISSION,         "admission",         "each_attempt",  "once",          "B-17 G-02",        "how often a gang is checked against the cluster") \
    X(LAUNCH_DEADLINE,   "launch_deadline",   "on",            "off",           "B-124 G-01",       "whether a gang that is not launched in time fails") \
    X(MEMBER_COUNT,      "member_count",      "identity",      "requests",      "B-82 G-05",        "what a round counts") \
    X(CHECK_ORDER,       "check_order",       "attempt_first", "method_first",  "B-81 G-06",        "in which order a sync request is checked") \
    X(ENDED_ROUND,       "ended_round",       "remembered",    "forgotten",     "B-123 B-153 G-07", "what a late request to an ended attempt finds") \
    X(STAGE_END,         "stage_end",         "reply_all",     "drop",          "B-152 G-08",       "what waiters get when their attempt ends") \
    X(MEMBER_EXIT,       "member_exit",       "tell",          "silent",        "B-88 G-09",        "whether a member's exit fails the round it can no longer join") \
    X(KILLED_WAITER,     "killed_waiter",     "withdraw",      "keep",          "B-155",            "whether a killed waiter still counts") \
    X(ROUND_TIMER,       "round_timer",       "per_key",       "shared",        "B-125",            "whose timers a completed round cancels") \
    X(REPLY,             "reply",             "push",          "poll_1s",       "B-85 B-86",        "how a waiter learns, and whose patience ends its wait") \
    X(LATE_SUCCESS,      "late_success",      "fence",         "accept",        "B-145 G-13",       "what a success of an ended attempt is worth") \
    X(FETCH_FAILURE,     "fetch_failure",     "kill_siblings", "leave",         "B-142 G-12",       "what a fetch failure does to the rest of the gang") \
    X(KILL,              "kill",              "then_force",    "cooperative",   "B-162",            "what follows when a task does not end in time") \
    X(LAST_STAGE,        "last_stage",        "restart",       "fail_job",      "B-135 G-15",       "what a failed gang in a job's last stage does") \
    X(BUDGET,            "budget",            "by_cause",      "all",           "B-137",            "which failures use up the attempts") \
    X(EXCLUSION,         "exclusion",         "fed",           "not_fed",       "B-194 G-14",       "whether a failing executor is avoided") \
    X(CANCEL_WAITING,    "cancel_waiting",    "yes",           "no",            "B-16 G-20",        "whether a job that waits for admission can be cancelled") \
    X(MAP_JOB_RETRY,     "map_job_retry",     "yes",           "no",            "B-15",             "whether a map-stage job is checked again") \
    X(RESTART_FROM,      "restart_from",      "checkpoint",    "start",         "",                 "where a restarted gang begins") \
    X(DYNAMIC_EXECUTORS, "dynamic_executors", "pin",           "refuse",        "B-10",             "gangs on executors that come and go") \
    X(ENCODE_ERROR,      "encode_error",      "fail_gang",     "lose_round",    "B-40",             "what a task that cannot be sent does to the round") \
    X(DRIVER_LEASE,      "driver_lease",      "kill",          "keep",          "",                 "what an executor that no longer hears its driver does with its tasks") \
    X(RESUBMIT,          "resubmit",          "after_release", "at_once",       "B-134 B-141 G-12", "whether a failed gang is queued again only when the last attempt's slots are free") \
    X(OFFERS,            "offers",            "in_order",      "shuffled",      "B-32",             "in which order executors are tried") \
    X(LOCALITY_RESET,    "locality_reset",    "launched",      "assigned",      "B-51 B-52",        "what makes a stage particular again about where its tasks go: a launch, or a plan that may have been taken back") \
    X(FAN_OUT,           "fan_out",           "executor",      "task",          "B-104",            "how often what a round gathered is sent: once to an executor, or once to each of its tasks")
/*
 * Behaviours that Spark had and mended: the same shape, but the second value is in neither policy. Each can be set, so
 * that the bug can be shown. The rules column names the ticket.
 */
#define GANG_PAST_MAP(X) \
    X(SIBLINGS,        "siblings",        "kill",          "leave",        "SPARK-24795", "what becomes of a failed task's siblings") \
    X(ADMISSION_CHECK, "admission_check", "yes",           "no",           "SPARK-24819", "whether a job is checked against the cluster at all") \
    X(ADMISSION_OF,    "admission_of",    "all_resources", "cores_only",   "SPARK-32518", "which resources admission looks at") \
    X(RESTARTS,        "restarts",        "one",           "each_failure", "SPARK-25161", "how many restarts the failures of one attempt cause") \
    X(LATE_FAILURE,    "late_failure",    "ignore",        "count",        "SPARK-25161", "what a failure of an ended attempt does to the present one") \
    X(ROUND_SLOTS,     "round_slots",     "at_turn",       "at_start",     "SPARK-29263", "when a round counts the free slots") \
    X(PARTIAL_GANG,    "partial_gang",    "revert",        "hold",         "SPARK-31485", "what becomes of a gang that could be placed only in part") \
    X(MISMATCH,        "mismatch",        "poison",        "forget",       "SPARK-31651", "what a round of mixed operations leaves behind") \
    X(GATHERED,        "gathered",        "copy",          "alias",        "SPARK-40932", "whether a later round changes what an earlier one gathered") \
    X(TIMER_CANCEL,    "timer_cancel",    "yes",           "no",           "SPARK-46895", "whether a completed round's timer is cancelled") \
    X(KILLED_CALL,     "killed_call",     "return",        "wait",         "SPARK-28483", "whether a kill ends the sync call that a task waits in") \
    X(FRACTIONS,       "fractions",       "exact",         "one_address",  "SPARK-47458", "how slots are counted when a task needs more, or less, than one GPU") \
    X(CANCEL_FAILED,   "cancel_failed",   "kill",          "leave",        "SPARK-50648", "what a cancellation does to the tasks of a fetch-failed stage") \
    X(DRAINING_SLOTS,  "draining_slots",  "not_offered",   "offered",      "SPARK-32653", "whether slots of an executor that is being decommissioned are used") \
    X(ATTEMPTS_LIMIT,  "attempts_limit",  "all",           "consecutive",  "SPARK-42577", "whether a stage's attempts in all are limited, or only those that fail one after the other") \
    X(FAILED_MEMBER,   "failed_member",   "fence",         "launch_again", "SPARK-25161", "what becomes of a gang's member that failed: its attempt is over, or it is launched again alone") \
    X(DYNAMIC_ADMISSION, "dynamic_admission", "yes",       "no",           "SPARK-24954", "whether gangs are looked at apart while executors come and go with the load: refused, or what they need pinned")
/* clang-format on */
enum gang_axis {
#define X(name, text, strict, spark, rules, doc) GANG_AXIS_##name,
    GANG_AXIS_MAP(X)
    GANG_AXIS_OF_POLICY, /* from here on: past behaviours */
    GANG_AXIS_BEFORE_PAST = GANG_AXIS_OF_POLICY - 1,
    GANG_PAST_MAP(X)
#undef X
    GANG_AXIS_COUNT
};
struct gang_policy { uint8_t axis[GANG_AXIS_COUNT]; }; /* 0: the strict value, 1: the other one */
struct gang_policy gang_policy_strict(void);
struct gang_policy gang_policy_spark(void); /* every axis of GANG_AXIS_MAP at its spark value */
/* Sets one axis by text, "blocked_head", "skip". GANG_E_UNKNOWN: no such axis or value. The detail names the choices. */
enum gang_status gang_policy_set(struct gang_policy *policy, const char *axis, const char *value, struct gang_err *err);
const char *gang_axis_text(enum gang_axis axis);
const char *gang_axis_value(enum gang_axis axis, unsigned value);
const char *gang_axis_rules(enum gang_axis axis);
const char *gang_axis_doc(enum gang_axis axis);
bool gang_axis_is_past(enum gang_axis axis); /* a behaviour that Spark has mended: its second value is in no policy */

/* ---- resources, times, budgets */
/* Times and budgets. All ns on the machine's own clock; all > 0 unless said. */
struct gang_config {
    struct gang_policy policy;
    gang_ns heartbeat_ns, heartbeat_timeout_ns;
    gang_ns reserve_timeout_ns, reserve_lease_ns;
    gang_ns launch_deadline_ns, sync_timeout_ns;
    gang_ns admission_interval_ns;
    uint32_t admission_failures_max; /* retried checks; 0: the first failure is final */
    uint32_t attempts_max, losses_max;
    uint32_t attempts_all_max;       /* attempts of one stage in all (B-146); 0: no limit */
    gang_ns retry_delay_ns;          /* may be 0 */
    gang_ns kill_grace_ns;           /* may be 0 */
    gang_ns release_wait_ns;
    struct gang_room largest;        /* the largest executor this cluster will ever have; all 0: not known */
    gang_ns driver_lease_ns;         /* an executor that has not heard its driver for so long ends its tasks; 0: never */
    gang_ns resend_ns;               /* a link's patience for an acknowledgement; 0: a stream, which sends nothing again */
    gang_ns locality_wait_ns;        /* per level; 0: none (B-50) */
    gang_ns exclude_ns;              /* how long an excluded executor is not offered; 0: nobody is excluded */
    uint32_t exclude_failures;       /* failures of tasks on one executor that exclude it; 0: nobody is excluded */
    uint32_t dynamic;                /* 1: executors come and go with the load (B-10) */
    gang_ns idle_ns;                 /* with `dynamic`: an executor that had nothing to do for so long is given back */
    uint64_t salt;                   /* of what is shuffled (B-32) */
    uint64_t task_bytes_max;         /* of one encoded task (B-39); 0: no limit */
    uint32_t rack;                   /* of an executor: the rack that it stands in */
    uint32_t placer;                 /* enum gang_placer */
    uint32_t persist;                /* 1: the driver says GANG_FX_PERSIST, so that it can be rebuilt from the events it was given */
};

/* Who decides what goes where: the core itself, or the caller, by GANG_FX_PLAN_WANTED and GANG_EV_PLAN. */
enum gang_placer { GANG_PLACER_BUILT_IN = 0, GANG_PLACER_HOST = 1 };

/* ---- what jobs are */
/* The one capacity function, for admission, planning and launch alike (G-04): how many tasks of `need` fit into `room`, whose
 * addresses are all wholly free. A share is of one address; of more than one GPU, a part counts as a whole (B-60). */
uint32_t gang_fit(const struct gang_room *room, const struct gang_need *need);

enum gang_stage_kind { GANG_STAGE_MAPREDUCE = 0, GANG_STAGE_BARRIER = 1 };
struct gang_stage_spec {
    uint32_t kind;
    uint32_t tasks, min, max;             /* max == tasks. Gangs are rigid: min == tasks; but a placer may launch one with fewer, from `min` on,
                                             if none shuffles from it. With how many says the launch, and so it stays for that
                                             attempt: they are its ranks 0..n-1, its rounds are of n, and its end is the stage's.
                                             With launch=direct, where no roster goes out, min counts for nothing. Of others: tasks */
    struct gang_need need;
    uint64_t parents;                     /* bit i: stage i of this job must be done first; only i < own index */
    uint32_t role, group, constraint;     /* carried for placers; GANG_NONE, GANG_NONE, 0 where unused */
    uint64_t shuffles;                    /* of the parents, those whose output its tasks fetch from where it was made */
    const uint32_t *prefers;              /* per rank the executor it would rather be on, or GANG_NONE; NULL: none has a wish. Read
                                             during the step, not kept */
    uint64_t task_bytes;                  /* one encoded task */
    uint32_t together;                    /* of a MapReduce stage: so many of its tasks start together or none does; while some run each
                                             of the others is on its own, and when none runs any more it begins as at first, with
                                             those that are done among them. 0: each is on its own, from the start. Only for placers */
};
struct gang_job_spec {
    uint32_t id;                          /* the caller's; unique among jobs alive */
    int32_t priority;                     /* higher first; equal: first submitted first */
    uint32_t stage_count;
    const struct gang_stage_spec *stages; /* read during the step, not kept */
    uint32_t kind;                        /* enum gang_job_kind */
};
enum gang_job_kind { GANG_JOB_BATCH = 0, GANG_JOB_MAP = 1 }; /* MAP: submitted as a map-stage job (B-15) */

/* ---- messages */
/* Bytes stay outside: a roster or a gather result is one blob a round. */
struct gang_blob { uint32_t id, bytes; uint64_t digest; };

enum gang_msg_kind {
    GANG_MSG_NONE = 0,
    /* executor to driver */
    GANG_MSG_REGISTER,     /* incarnation; room with rack, a = GPU addresses it has */
    GANG_MSG_HEARTBEAT,    /* incarnation; a = when it was sent, by the executor's clock; op = 1: its lease has ended */
    GANG_MSG_RESERVE_ACK,  /* identity, group, ref; rank, count; a = GPU addresses held */
    GANG_MSG_RESERVE_NACK, /* the same; reason; room, a = what is truly free */
    GANG_MSG_ARRIVE,       /* identity, epoch, rank, op; count = members the caller counts; a = ns that it waits at most (G-11), counted from
                              when the driver hears of it, 0: as long as the round; blob = its payload */
    GANG_MSG_CHECKPOINT,   /* identity, rank; a = checkpoint number, from 1 */
    GANG_MSG_OUTPUT,       /* identity, rank; blob */
    GANG_MSG_FREE,         /* identity, rank; op = enum gang_exit; reason: LEASE_ENDED or GO_LATE if it never started;
                              or NO_ROOM likewise, for want of room; a = GPU addresses; blob.id = exit code. reason FETCH_FAILED: blob.bytes = the parent
                              stage, blob.digest = incarnation << 32 | rank of the output that was not to be had; count =
                              the executor it should have been on. DRIVER_SILENT: it was ended because the lease was */
    GANG_MSG_ROOM,         /* room, a: what the executor has from now on (a GPU died) */
    /* driver to executor */
    GANG_MSG_WELCOME,
    GANG_MSG_HEARTBEAT_ACK,/* a = of the heartbeat: the executor's lease begins there */
    GANG_MSG_GONE,         /* incarnation: it was counted lost, and can only come back as a new one */
    GANG_MSG_RESERVE,      /* identity, ref; rank, count; a = GPU addresses, of shares one; need; epoch = checkpoint to resume from; op = 1: held
                              until GO or UNRESERVE, without a lease of its own */
    GANG_MSG_UNRESERVE,    /* identity, ref; rank, count; reason */
    GANG_MSG_GO,           /* identity, group; rank, count; blob = roster: of each rank its executor, its place among those there, its GPU addresses. op = 1: nothing was reserved: start at once, or answer FREE
                              NO_ROOM; a, need, epoch as RESERVE, no roster, and group is GANG_NONE in all that follows */
    GANG_MSG_KILL,         /* identity, group; rank, count; reason; op = 1: force it after the grace */
    GANG_MSG_RELEASE,      /* identity, group; epoch; rank, count; op; blob = everybody's payload (bytes: at most UINT32_MAX); a = copies of
                              the message that go over the link, one after the other, before it is there; 0: one */
    GANG_MSG_ROUND_FAILED, /* identity, group; epoch; rank, count; reason */
    GANG_MSG_COUNT
};
enum gang_op { GANG_OP_BARRIER = 0, GANG_OP_ALL_GATHER = 1 };
enum gang_exit { GANG_EXIT_OK = 0, GANG_EXIT_FAILED = 1, GANG_EXIT_KILLED = 2 };

/* 64 bytes. Identity is (job, stage, attempt); ref and group are handles, always checked against it. */
struct gang_msg {
    uint8_t kind, op; uint16_t reason;
    uint32_t executor;    /* the executor's end, whichever way it goes */
    uint32_t job; uint16_t stage, attempt;
    uint32_t epoch, rank;
    uint32_t count, ref;  /* ref: the driver's handle of the launch group */
    uint32_t group, incarnation; /* group: the executor's handle of it */
    uint64_t a;
    union { struct gang_blob blob; struct gang_need need; struct { uint32_t cores, memory_mib, gpus, rack; } room;
            struct { uint32_t need[3], size; } at_once; }; /* a GO that nobody was asked before, op 1. size: of the attempt; 0: the stage's tasks */
};
_Static_assert(sizeof(struct gang_msg) == 64, "a message is one cache line");

/* ---- effects */
enum gang_fx_kind {
    GANG_FX_NONE = 0,
    GANG_FX_SEND,       /* msg, over the network */
    /* driver: decisions that the caller records or carries out */
    GANG_FX_PERSIST,    /* the event at hand must be durable before any of the effects that follow is carried out. First of every step
                           that changes anything, also whom it has heard and when: for silence is judged by that */
    GANG_FX_PLAN_WANTED,/* placer = host: somebody waits, and something has changed; a = version, for GANG_EV_PLAN */
    GANG_FX_PLAN,       /* identity; count = members, a = executors; rank: of an attempt that was planned before, how many members
                           had been, else GANG_NONE */
    GANG_FX_LAUNCH,     /* placer = host: the placer's word that this attempt of a gang is to go. Identity; count = members. Before it what
                           was planned is held, and nobody's patience with acknowledgements has begun. Not where launch=direct: nothing is held there */
    GANG_FX_REFUSE,     /* job; stage; reason; count = needed, epoch = there is */
    GANG_FX_FENCE,      /* identity; reason; rank = the first to fail (or GANG_NONE); a = its code */
    GANG_FX_ACCEPT,     /* identity, rank; op = enum gang_accept; a = value. A success: executor, incarnation = where its output lies */
    GANG_FX_STAGE_DONE, /* job, stage, attempt; count = attempts used */
    GANG_FX_JOB_DONE,   /* job; reason; count = operand */
    GANG_FX_JOIN,       /* executor, incarnation */
    GANG_FX_LOST,       /* executor, incarnation, reason: the caller drops what is on its way to that incarnation */
    GANG_FX_WAIT,       /* identity; reason; count = needed, epoch = there is */
    GANG_FX_NOTE,       /* the same, for the story */
    GANG_FX_EXCLUDE,    /* executor; reason; count = failures: nothing is offered on it for a while */
    GANG_FX_UNREGISTER, /* job, stage; rank, count; reason: outputs of these ranks are no longer there */
    GANG_FX_GIVE_BACK,  /* executor, incarnation; reason: it was LOST in this step. The cluster manager is to end this process, and
                           to start no other in its place before it is asked for */
    GANG_FX_ASK,        /* executor, incarnation that was given back; reason: the manager may start it again */
    /* executor, towards its tasks */
    GANG_FX_START,      /* identity, rank; group; count = the executor's local task index; a = GPU addresses; epoch = checkpoint; blob = roster */
    GANG_FX_SIGNAL,     /* identity, rank; count = local task index; op = 0 ask, 1 force */
    GANG_FX_REPLY,      /* identity, rank, epoch; count = local task index; reason; blob */
    GANG_FX_EXIT,       /* reason: end this process with all its tasks; whoever minds it starts a new incarnation */
    /* task */
    GANG_FX_CALL,       /* hand msg to the executor (ARRIVE) */
    GANG_FX_RESUME,     /* the program's sync call returned: reason, blob */
    GANG_FX_COUNT
};
enum gang_accept { GANG_ACCEPT_SUCCESS = 1, GANG_ACCEPT_CHECKPOINT = 2, GANG_ACCEPT_OUTPUT = 3 };
struct gang_effect { uint32_t fx; uint32_t unused; struct gang_msg msg; }; /* msg.kind is set for SEND and CALL only */
struct gang_effects { struct gang_effect *list; uint32_t count, capacity; };

/* ---- events */
enum gang_ev_kind {
    GANG_EV_NONE = 0,
    GANG_EV_MSG,          /* msg arrived (driver: from msg->executor; executor: from the driver; task: REPLY as below) */
    GANG_EV_TIMER,        /* the deadline has come; nothing happens if it has not */
    /* driver */
    GANG_EV_SUBMIT,       /* job */
    GANG_EV_CANCEL,       /* id = job */
    GANG_EV_HEARTBEATS,   /* bits: executors heard from, incarnation unchanged; id = how many bits */
    GANG_EV_DISCONNECTED, /* id = executor: the connection broke (its process may live) */
    GANG_EV_PLAN,         /* plan: what the placer decided (placer = host) */
    GANG_EV_DECOMMISSION, /* id = executor: it will go; nothing new is placed on it (B-192) */
    GANG_EV_EXCLUDE,      /* id = executor: somebody's health check says no (B-194) */
    GANG_EV_RECOVERED,    /* the log has been replayed into a driver just initialised, effects and all, of which only what is sent
                             matters: the links must keep it until it is acknowledged, for nobody knows what was carried out. at_ns is
                             now. Whoever is alive in the registry counts as heard now. Deadlines stay, so overdue ones fire; but what
                             judges by who was heard (SYNC, CALL, RELEASE_WAIT, LAUNCH_DEADLINE) comes heartbeat_ns
                             later at the soonest, for by then whatever was said in time has come */
    /* executor */
    GANG_EV_BOOT,         /* id = incarnation: a new process; everything before is forgotten */
    GANG_EV_HEARD,        /* its heartbeats up to now were acknowledged (for callers that do not send each one) */
    GANG_EV_ROOM,         /* msg->room, msg->a: what this machine has from now on. Tasks on a GPU that is gone are forced to end;
                             GANG_E_STATE: fewer cores or less memory than its groups hold */
    GANG_EV_TASK_CALL,    /* id = local task index; msg: ARRIVE, CHECKPOINT or OUTPUT as its task emitted it */
    GANG_EV_TASK_EXIT,    /* id = local task index; msg->op = enum gang_exit; msg->a = exit code; msg->reason FETCH_FAILED: as FREE */
    /* task */
    GANG_EV_SYNC,         /* msg->op, msg->blob: the program calls barrier or allGather; msg->a = ns that it waits at most, 0: no matter */
    GANG_EV_REPLY,        /* msg->epoch, msg->reason, msg->blob */
    GANG_EV_COUNT
};
struct gang_event {
    gang_ns at_ns;
    uint32_t kind, id;
    uint64_t token; /* the caller's: kept with every timer that this event arms, and decides nothing */
    const struct gang_job_spec *job; /* SUBMIT */
    const uint64_t *bits;            /* HEARTBEATS */
    const struct gang_plan *plan;    /* PLAN */
    const struct gang_msg *msg;      /* MSG, TASK_CALL, TASK_EXIT, SYNC, REPLY; not in the effects buffer */
};

/* ---- the machines */
/* How much each machine must be able to hold. The driver's effects buffer must hold gang_driver_effects_max(). */
struct gang_limits {
    uint32_t executors, jobs, stages, tasks; /* alive at one time; tasks: sum over all alive stages */
    uint32_t groups;                         /* (attempt, executor, range of ranks) alive at one time */
    uint32_t executor_tasks;                 /* of one executor */
    uint32_t gpu_shares;                     /* 1: some task needs less than a whole GPU */
    uint32_t prefers;                        /* ranks with a preferred executor, of all alive stages */
    uint32_t polls;                          /* 1: executors keep replies until they are looked for (reply=poll_1s) */
    uint32_t round_timers;                   /* of one stage, pending at one time: 1..65535 where none is taken down
                                                (timer_cancel=no), else 0 */
    uint32_t gathered;                       /* 1: what each rank gave last is kept (member_count=requests) */
    uint32_t outputs;                        /* tasks of all alive stages that another stage shuffles from */
    uint32_t executor_groups;                /* of one executor, alive there at one time; 0: as many as tasks. It refuses more (NO_ROOM) */
    uint32_t decisions;                      /* of one plan; 0: the placer is built in */
    uint32_t strict;                         /* 1: every axis of the policy has its strict value; then a step says less at the most */
};
struct gang_driver;
struct gang_executor;

size_t gang_driver_size(const struct gang_limits *limits);
uint32_t gang_driver_effects_max(const struct gang_limits *limits);
/* memory: 64-byte aligned, gang_driver_size() bytes, the caller's. GANG_E_RANGE names the field. */
enum gang_status gang_driver_init(void *memory, const struct gang_limits *limits, const struct gang_config *config,
                                  struct gang_driver **out, struct gang_err *err);
/**
 * Tell the driver that one thing happened; learn what must now be done about it.
 * Time:    ev->at_ns must not precede the previous event.
 * Memory:  the caller owns all arguments; no pointer is kept; never allocates.
 * Errors:  TIME_BACKWARDS, EFFECTS_FULL, FULL (a SUBMIT beyond the limits), DUPLICATE, RANGE, UNKNOWN. On error the
 *          driver and `out` are untouched. A stale or foreign message is no error: it is answered or noted.
 * Order:   effects are listed in the order they must be carried out. out->count is set, not added to.
 */
enum gang_status gang_driver_step(struct gang_driver *driver, const struct gang_event *ev, struct gang_effects *out,
                                  struct gang_err *err);
/* When GANG_EV_TIMER is next due (GANG_NEVER if never), which timer, and so what hope there is in it. */
gang_ns gang_driver_deadline(const struct gang_driver *driver, enum gang_timer *why);
/* The first deadline of this hope, and its timer. O(timers): for judging quiescence, not for every event. */
gang_ns gang_driver_deadline_of(const struct gang_driver *driver, enum gang_hope hope, enum gang_timer *why);
/* The token of the event that armed the timer which is due first; 0 if none is armed. */
uint64_t gang_driver_armed_by(const struct gang_driver *driver);
void gang_driver_audit(const struct gang_driver *driver);              /* walks everything, aborts if anything is inconsistent */
uint64_t gang_driver_fingerprint(const struct gang_driver *driver);    /* canonical: times relative to now, no dead bytes */
uint32_t gang_driver_jobs_alive(const struct gang_driver *driver);
/* Fills the arrays; capacities that the limits call for are always enough (stages, groups, tasks, executors). GANG_E_FULL: one was not. */
enum gang_status gang_driver_view(const struct gang_driver *driver, struct gang_placer_view *view, struct gang_err *err);

/* Hints: such an event will soon be handed in, and what it touches is asked for, so that it is in the processor's caches by then.
 * They change nothing, and may be wrong. Large clusters need them: there an event mostly waits for memory. The driver's come in
 * three steps, 0 to 2, some events apart, for each follows what the one before has asked for; the executor's one follows its first
 * cache line, which its caller can ask for. group: of a message for it; task: its local index, of a call. GANG_NONE: neither. */
void gang_driver_expect(const struct gang_driver *driver, const struct gang_msg *msg, unsigned step);
void gang_executor_expect(const struct gang_executor *executor, uint32_t group, uint32_t task);

size_t gang_executor_size(const struct gang_limits *limits);
uint32_t gang_executor_effects_max(const struct gang_limits *limits);
enum gang_status gang_executor_init(void *memory, const struct gang_limits *limits, const struct gang_config *config,
                                    uint32_t id, const struct gang_room *room, struct gang_executor **out,
                                    struct gang_err *err);
/* As gang_driver_step(). TASK_CALL and TASK_EXIT of an unknown local task: GANG_E_UNKNOWN. */
enum gang_status gang_executor_step(struct gang_executor *executor, const struct gang_event *ev,
                                    struct gang_effects *out, struct gang_err *err);
/* The first deadline but those of heartbeats and the driver's lease: see gang_executor_beat(). */
gang_ns gang_executor_deadline(const struct gang_executor *executor, enum gang_timer *why);
/* When its next heartbeat is due or its lease on the driver ends; GANG_EV_TIMER then, and before anything else of a later time.
 * A caller whose link is healthy need not ask: it says GANG_EV_HEARD when the link falls ill, and from then on obeys this
 * deadline too, until a heartbeat sent since the link is well again was acknowledged. Not in the fingerprint. */
gang_ns gang_executor_beat(const struct gang_executor *executor, enum gang_timer *why);
uint64_t gang_executor_armed_by(const struct gang_executor *executor);
void gang_executor_audit(const struct gang_executor *executor);
uint64_t gang_executor_fingerprint(const struct gang_executor *executor);

/* The client half of a barrier context (B-83): its attempt, rank, epoch and one outstanding call. Plain data; whoever is short of
 * room need not keep what is unused. */
struct gang_task {
    uint32_t job; uint16_t stage, attempt;
    uint32_t rank, size, epoch;
    uint8_t calling, op, unused[2];
    uint32_t unused2, unused3;
};
_Static_assert(sizeof(struct gang_task) == 32, "a task's client is 32 bytes");
void gang_task_init(struct gang_task *task, uint32_t job, uint16_t stage, uint16_t attempt, uint32_t rank, uint32_t size);
/* EV_SYNC -> FX_CALL (GANG_E_STATE if a call is outstanding); EV_REPLY -> FX_RESUME, epoch + 1 on success (a reply to
 * no call, or of another epoch, is GANG_E_STATE and changes nothing). `out` needs room for 1. */
enum gang_status gang_task_step(struct gang_task *task, const struct gang_event *ev, struct gang_effects *out,
                                struct gang_err *err);

/* ---- links: under driver and executor, one at each end, where the network loses, doubles or reorders */
/*
 * Above a link messages arrive once and in order, or the peer is lost; nothing above it retransmits. Sequence numbers,
 * one cumulative acknowledgement carried by whatever flows, one resend deadline, and the incarnation of the executor's
 * process as the session: frames of another session are dropped (the driver's end opens a new one when a frame of a
 * later incarnation comes). On a stream (resend_ns 0) it sends nothing extra but an acknowledgement when half a window
 * came and nothing went back, and only repeats after a reconnect what was not acknowledged. Neither side ever blocks: a link whose window is full is broken, and says so.
 */
struct gang_frame {
    uint32_t session;     /* incarnation of the executor's process */
    uint32_t seq;         /* from 1; 0: an acknowledgement alone, msg is blank */
    uint32_t ack;         /* all up to here have arrived */
    uint32_t unused;
    struct gang_msg msg;
};
struct gang_link;
size_t gang_link_size(uint32_t window); /* window: messages on their way at one time, each direction; 1..65536 */
void gang_link_init(void *memory, uint32_t window, gang_ns resend_ns, struct gang_link **out); /* 64-byte aligned */
void gang_link_open(struct gang_link *link, uint32_t session); /* a new session: everything before is forgotten */
/* Numbers and keeps a message, and gives the frame to put on the wire. GANG_E_FULL: the window is full, the link broken. */
enum gang_status gang_link_send(struct gang_link *link, gang_ns now, const struct gang_msg *msg, struct gang_frame *frame,
                                struct gang_err *err);
/* A frame came. True: it is of this session, and may have made messages ready; take them with gang_link_next(). */
bool gang_link_receive(struct gang_link *link, gang_ns now, const struct gang_frame *frame);
const struct gang_msg *gang_link_next(struct gang_link *link); /* the next in order, valid until the next call; NULL: none */
/* After a step: true if an acknowledgement is owed that nothing has carried; gives the frame. */
bool gang_link_owes(struct gang_link *link, struct gang_frame *frame);
gang_ns gang_link_deadline(const struct gang_link *link); /* GANG_NEVER: nothing to resend */
/* At the deadline, or after a reconnect (all = true): call with *cursor = 0 and again until false; each gives a frame. */
bool gang_link_resend(struct gang_link *link, gang_ns now, bool all, uint32_t *cursor, struct gang_frame *frame);
uint32_t gang_link_unacked(const struct gang_link *link);
void gang_link_audit(const struct gang_link *link);
uint64_t gang_link_fingerprint(const struct gang_link *link, gang_ns now);

/* ---- the replaceable whole */
/*
 * The core as a caller sees it: so that another build of it can be loaded in its place. What both must mean alike comes first:
 * the version of this table, its size, and the sizes of the structs that cross it. gang_api_check() compares them.
 */
#define GANG_ABI_STRUCT_MAP(X) \
    X(LIMITS, struct gang_limits) X(CONFIG, struct gang_config) X(POLICY, struct gang_policy) X(EVENT, struct gang_event) \
    X(EFFECT, struct gang_effect) X(MSG, struct gang_msg) X(JOB, struct gang_job_spec) X(STAGE, struct gang_stage_spec) \
    X(TASK, struct gang_task) X(FRAME, struct gang_frame) X(ERR, struct gang_err) X(DECISION, struct gang_decision) \
    X(PLAN, struct gang_plan) X(VIEW, struct gang_placer_view)
enum gang_abi_struct {
#define X(name, type) GANG_ABI_##name,
    GANG_ABI_STRUCT_MAP(X)
#undef X
    GANG_ABI_STRUCTS
};
struct gang_api {
    uint32_t abi, struct_bytes; /* GANG_ABI_VERSION, sizeof(struct gang_api) */
    const char *id;             /* GANG_CORE_ID */
    uint32_t bytes[GANG_ABI_STRUCTS]; /* of each struct */
    uint32_t axes;              /* GANG_AXIS_COUNT */
    bool (*mark_hit)(unsigned); /* this core's coverage marks, see below */
    void (*marks_clear)(void);
    const char *(*mark_text)(unsigned);
    size_t (*driver_size)(const struct gang_limits *);
    uint32_t (*driver_effects_max)(const struct gang_limits *);
    enum gang_status (*driver_init)(void *, const struct gang_limits *, const struct gang_config *, struct gang_driver **, struct gang_err *);
    enum gang_status (*driver_step)(struct gang_driver *, const struct gang_event *, struct gang_effects *, struct gang_err *);
    gang_ns (*driver_deadline)(const struct gang_driver *, enum gang_timer *);
    gang_ns (*driver_deadline_of)(const struct gang_driver *, enum gang_hope, enum gang_timer *);
    uint64_t (*driver_armed_by)(const struct gang_driver *);
    void (*driver_audit)(const struct gang_driver *);
    uint64_t (*driver_fingerprint)(const struct gang_driver *);
    uint32_t (*driver_jobs_alive)(const struct gang_driver *);
    size_t (*executor_size)(const struct gang_limits *);
    uint32_t (*executor_effects_max)(const struct gang_limits *);
    enum gang_status (*executor_init)(void *, const struct gang_limits *, const struct gang_config *, uint32_t, const struct gang_room *, struct gang_executor **, struct gang_err *);
    enum gang_status (*executor_step)(struct gang_executor *, const struct gang_event *, struct gang_effects *, struct gang_err *);
    gang_ns (*executor_deadline)(const struct gang_executor *, enum gang_timer *);
    gang_ns (*executor_beat)(const struct gang_executor *, enum gang_timer *);
    uint64_t (*executor_armed_by)(const struct gang_executor *);
    void (*executor_audit)(const struct gang_executor *);
    uint64_t (*executor_fingerprint)(const struct gang_executor *);
    void (*task_init)(struct gang_task *, uint32_t, uint16_t, uint16_t, uint32_t, uint32_t);
    enum gang_status (*task_step)(struct gang_task *, const struct gang_event *, struct gang_effects *, struct gang_err *);
    size_t (*link_size)(uint32_t);
    void (*link_init)(void *, uint32_t, gang_ns, struct gang_link **);
    void (*link_open)(struct gang_link *, uint32_t);
    enum gang_status (*link_send)(struct gang_link *, gang_ns, const struct gang_msg *, struct gang_frame *, struct gang_err *);
    bool (*link_receive)(struct gang_link *, gang_ns, const struct gang_frame *);
    const struct gang_msg *(*link_next)(struct gang_link *);
    bool (*link_owes)(struct gang_link *, struct gang_frame *);
    gang_ns (*link_deadline)(const struct gang_link *);
    bool (*link_resend)(struct gang_link *, gang_ns, bool, uint32_t *, struct gang_frame *);
    uint32_t (*link_unacked)(const struct gang_link *);
    void (*link_audit)(const struct gang_link *);
    uint64_t (*link_fingerprint)(const struct gang_link *, gang_ns);
    enum gang_status (*driver_view)(const struct gang_driver *, struct gang_placer_view *, struct gang_err *);
    void (*driver_expect)(const struct gang_driver *, const struct gang_msg *, unsigned);
    void (*executor_expect)(const struct gang_executor *, uint32_t, uint32_t);
};
#if defined(GANG_CORE_SHARED) /* the one name that a core in a library of its own shows */
__attribute__((visibility("default")))
#endif
const struct gang_api *gang_api(void); /* this build of the core */
/* Whether a caller compiled with this header may use that core. GANG_E_STATE, and both numbers. */
enum gang_status gang_api_check(const struct gang_api *api, struct gang_err *err);

/* Coverage marks: named places in the core that a test suite must reach. Counted only when a caller asks. */
bool gang_mark_hit(unsigned mark);           /* reached since the last gang_marks_clear() */
void gang_marks_clear(void);
const char *gang_mark_text(unsigned mark);   /* NULL past the last */

#endif
