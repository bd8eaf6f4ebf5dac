/*
 * plan.h -- what shall happen: cluster, jobs, stages, programs, faults, expectations, limits. Data, and nothing but.
 *
 * This room is for: the plan, its builder, its checker, its canonical text (both ways), the plan told back as Lua,
 *                   and the pure program stepper that every target shares.
 * It may include:   the C library.
 * Never here:       the core, the trace, Lua, clocks, dice. A plan never changes once it is checked.
 *
 * Times are signed 64-bit nanoseconds; counts from 0; indices, never pointers, between the parts of a plan.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef int64_t plan_ns;
#define PLAN_NEVER INT64_MAX
#define PLAN_NONE UINT32_MAX /* no index; in a pattern: any */

enum {
    PLAN_EXECUTORS_MAX = 1000000,
    PLAN_JOBS_MAX = 1000000,
    PLAN_STAGES_PER_JOB_MAX = 64,
    PLAN_TASKS_MAX = 1000000,      /* of one stage */
    PLAN_GPUS_MAX = 64,            /* of one executor */
    PLAN_CORES_MAX = 4096,         /* of one executor */
    PLAN_MEMORY_MIB_MAX = 1 << 30, /* of one executor: a pebibyte */
    PLAN_PROGRAM_OPS_MAX = 4096,   /* its END included */
    PLAN_LOOP_DEPTH_MAX = 4,
    PLAN_ACTS_MAX = 1000000,
    PLAN_EXPECTS_MAX = 1000000,
    PLAN_SIGMA_MAX = 10000,        /* of a lognormal distribution, in 1/1000 */
    PLAN_NAME_BYTES_MAX = 4095,    /* of one name */
    PLAN_SCHEDULER_BYTES_MAX = 1 << 16 /* of the text of a scheduler */
};

/* ---- limits and times that the core's configuration and the run take from the scenario: NAME, text, default, low, high, sentence */
#define PLAN_SECOND INT64_C(1000000000)
#define PLAN_DAY (86400 * PLAN_SECOND)
#define PLAN_TIME_MAX (36500 * PLAN_DAY)  /* of any time in a plan: two of them can be added */
#define PLAN_BYTES_MAX (INT64_C(1) << 50) /* of one all_gather or output */
/* clang-format off */
#define PLAN_SETTING_MAP(X) \
    X(LATENCY,             "latency",               500000,            0, 3600 * PLAN_SECOND,       "one way, between the driver and an executor (time)") \
    X(BANDWIDTH,           "bandwidth",             0,                 0, INT64_MAX,      "bytes a second of one link; 0 is without limit (count)") \
    X(HEARTBEAT,           "heartbeat",             10 * PLAN_SECOND,  1000000, 3600 * PLAN_SECOND, "period of an executor's heartbeat (time)") \
    X(HEARTBEAT_TIMEOUT,   "heartbeat_timeout",     120 * PLAN_SECOND, 2000000, PLAN_DAY, "silence after which the driver counts an executor lost (time)") \
    X(RESERVE_TIMEOUT,     "reserve_timeout",       10 * PLAN_SECOND,  1000000, PLAN_DAY, "the driver's patience for all reserve-acks of a launch (time)") \
    X(RESERVE_LEASE,       "reserve_lease",         30 * PLAN_SECOND,  1000000, PLAN_DAY, "how long an executor holds a reservation without a go (time)") \
    X(LAUNCH_DEADLINE,     "launch_deadline",       30 * PLAN_DAY,     1000000, 4000 * PLAN_DAY, "from when a gang, or a task that is in none, lacks nothing but slots (parents done, slots of an attempt before free) to its go; then the job fails with a reason (time)") \
    X(SYNC_TIMEOUT,        "sync_timeout",          365 * PLAN_DAY,    1000000, 4000 * PLAN_DAY, "of one barrier or allGather round, from its first arrival (time)") \
    X(ADMISSION_INTERVAL,  "admission_interval",    15 * PLAN_SECOND,  1000000, PLAN_DAY, "between two admission checks of a gang that does not fit the cluster (time)") \
    X(ADMISSION_FAILURES,  "admission_failures",    40,                0, 1000000,        "failed admission checks that are retried (count)") \
    X(ATTEMPTS,            "attempts",              4,                 1, 1000000,        "failed attempts of a gang, or of one MapReduce task, after which the job fails (count)") \
    X(LOSSES,              "losses",                100,               1, 1000000,        "attempts that end through lost machines, or through a go that came too late, after which the job fails (count)") \
    X(RETRY_DELAY,         "retry_delay",           200000000,         0, PLAN_DAY,       "between the release of a failed attempt's slots (with resubmit=at_once: its failure) and the next attempt (time)") \
    X(KILL_GRACE,          "kill_grace",            10 * PLAN_SECOND,  0, 3600 * PLAN_SECOND,       "between asking a task to end and forcing it (time)") \
    X(RELEASE_WAIT,        "release_wait",          30 * PLAN_SECOND,  1000000, PLAN_DAY, "how long the driver waits for a fenced attempt's slots before it writes the executor off (time)") \
    X(HEAL_AFTER,          "heal_after",            300 * PLAN_SECOND, 0, 4000 * PLAN_DAY, "after the last fault: links up, stalls end, crashed executors return unless for_good (time)") \
    X(DRIVER_LEASE,        "driver_lease",          0,                 0, PLAN_DAY,       "how long an executor goes on without hearing its driver before it ends its tasks; 0 is 7/8 of heartbeat_timeout (time)") \
    X(DRIFT_BOUND,         "drift_bound",           1000,              0, 100000,         "how much faster or slower than another a machine's clock may run, in millionths (count)") \
    X(DATAGRAM,            "datagram",              0,                 0, 1,              "1: messages may be lost, doubled or reordered, and links repeat them; 0: streams (count)") \
    X(RESEND,              "resend",                PLAN_SECOND,       1000000, PLAN_DAY, "a datagram link's patience before it sends again (time)") \
    X(CONNECTION_TIMEOUT,  "connection_timeout",    900 * PLAN_SECOND, 1000000, 4000 * PLAN_DAY, "a stream that is cut for so long breaks, and both ends learn it (time)") \
    X(RESTART_DELAY,       "restart_delay",         5 * PLAN_SECOND,   0, PLAN_DAY,       "between the end of an executor's process by its own hand and the next one (time)") \
    X(LOCALITY_WAIT,       "locality_wait",         3 * PLAN_SECOND,   0, PLAN_DAY,       "a task's patience for its executor, then for its rack, before it goes anywhere (time)") \
    X(EXCLUDE_FAILURES,    "exclude_failures",      2,                 0, 1000000,        "failures on one executor after which it is not offered; 0 is never (count)") \
    X(EXCLUDE_TIME,        "exclude_time",          3600 * PLAN_SECOND, 0, 4000 * PLAN_DAY, "how long an excluded executor is not offered (time)") \
    X(DYNAMIC,             "dynamic",               0,                 0, 1,              "1: executors come and go with the load (count)") \
    X(TASK_BYTES_MAX,      "task_bytes_max",        128 << 20,         0, PLAN_BYTES_MAX, "of one encoded task; 0 is without limit (count)") \
    X(EXCHANGE_CALL,       "exchange_call",         20000,             0, PLAN_SECOND,    "what handing one batch from one engine to another costs, besides its bytes (time)") \
    X(ATTEMPTS_MAX,        "attempts_max",          1000000,           1, 1000000,        "attempts of one stage in all, whatever ended them and whatever succeeded between, after which the job fails (count)") \
    X(IDLE_TIMEOUT,        "idle_timeout",          60 * PLAN_SECOND,  1000000, 4000 * PLAN_DAY, "with dynamic = 1: an executor that had nothing to do for so long is given back (time)") \
    X(CLOCK_OFFSET,        "clock_offset",          0,                 0, 4000 * PLAN_DAY, "machines' clocks are set apart, each by something between 0 and this (time)") \
    X(BUDGET_MACHINES,     "budget_machines",       1000000,           0, 1000000,        "so many machines may be hurt at once; a fault beyond that does not happen (count)") \
    X(BUDGET_LINKS,        "budget_links",          1000000,           0, 1000000,        "so many links, to the driver or between two machines, may be hurt at once; a fault beyond that does not happen (count)") \
    X(BUDGET_TASKS,        "budget_tasks",          1000000,           0, 1000000,        "so many tasks may be hurt in all; a fault beyond that does not happen (count)") \
    X(BUDGET_DRIVER,       "budget_driver",         1000000,           0, 1000000,        "so many times may the driver die in all; a fault beyond that does not happen (count)") \
    X(ORDER,               "order",                 0,                 0, 2,              "what is due in one instant happens 0: as it was scheduled; 1: in a drawn order; 2: by drawn priorities, which change (count)") \
    X(ORDER_CHANGES,       "order_changes",         3,                 0, 64,             "with order = 2: at so many events who is first falls behind all others (count)") \
    X(ORDER_SLACK,         "order_slack",           0,                 0, 3600 * PLAN_SECOND, "each message takes up to so much longer, drawn; those of one link keep their order (time)") \
    X(OVERTAKEN,           "overtaken",           0,                 0, 1000000000,     "a gang, or a stage's next task, that would have room but for those who came after it: so many slots may they be given before it; 0 is no matter how many (count)") \
    X(WAIT,                "wait",                0,                 0, 4000 * PLAN_DAY, "so long may a gang, or a stage's next task, wait that would have room but for those who came after it; 0 is no matter how long (time)") \
    X(VIRTUAL,             "virtual",               3000 * PLAN_DAY,   1, 36500 * PLAN_DAY, "the run stops here in virtual time: verdict unknown (time)") \
    X(EVENTS,              "events",                1000000000,        1, INT64_MAX,      "the run stops after this many events: verdict unknown (count)")
/* clang-format on */
enum plan_setting {
#define X(name, text, def, lo, hi, doc) PLAN_SET_##name,
    PLAN_SETTING_MAP(X)
#undef X
    PLAN_SETTING_COUNT
};

/* ---- distributions: integers only; a target draws with its own dice keyed by what the draw is for */
enum plan_dist_kind {
    PLAN_DIST_FIXED = 0,       /* lo */
    PLAN_DIST_UNIFORM = 1,     /* lo..hi, both included */
    PLAN_DIST_EXPONENTIAL = 2, /* mean lo, cut at hi */
    PLAN_DIST_LOGNORMAL = 3,   /* median lo, sigma hi in 1/1000 */
    PLAN_DIST_EMPIRICAL = 4,   /* one of values[first .. first+count) */
    PLAN_DIST_COLUMN = 5       /* the stage's own table: column lo + hi x (innermost loop's iteration), row of the rank */
};
struct plan_dist { uint32_t kind, first, count, reserved; int64_t lo, hi; };

/*
 * ---- programs: what one task does. Op, text, sentence
 * LOOP and ON_RANK open blocks that nest: a loop's `to` is its NEXT op (whose `to` is the loop), an ON_RANK's `to` is the
 * first op behind its block. `to` counts from the program's first op. The last op is END (plan_add_program() sees to it).
 * Fields an op does not use are ignored, and blank once the program is in a plan (dist PLAN_NONE, the others 0).
 */
/* clang-format off */
#define PLAN_OP_MAP(X) \
    X(END,        0, "end",        "the task ends well") \
    X(COMPUTE,    1, "compute",    "works for `dist` ns") \
    X(BARRIER,    2, "barrier",    "waits for every task of its gang; with `value2`, for so many ns at most") \
    X(ALL_GATHER, 3, "all_gather", "gives `value` bytes, gets everybody's; with `value2`, waits so many ns at most") \
    X(CHECKPOINT, 4, "checkpoint", "reports the next checkpoint") \
    X(OUTPUT,     5, "output",     "produces `value` bytes of output") \
    X(FAIL,       6, "fail",       "the task fails with code `value`") \
    X(EXIT,       7, "exit",       "the task exits with status `value`, without syncing") \
    X(LOOP,       8, "loop",       "repeats the ops up to `to` `value` times") \
    X(NEXT,       9, "next",       "end of a loop's body; `to` is its loop op") \
    X(ON_RANK,   10, "on_rank",    "skips to `to` unless the rank is within value .. value2") \
    X(HANG,       11, "hang",       "never does anything again") \
    X(FETCH,      12, "fetch",      "reads `value` bytes of its parents' outputs from where they were made") \
    X(MEET,       13, "meet",       "waits at the rendezvous `dist` (a name) until `value` tasks are there; nobody tells it of those who died; gives up after `value2` ns; `to` is who holds it (enum plan_holder)") \
    X(ALL_REDUCE, 14, "all_reduce", "a ring all-reduce of `value` bytes with its gang, out of the scheduler's sight") \
    X(EXCHANGE,   15, "exchange",   "hands `value` bytes to another engine in batches of `value2` bytes")
/* clang-format on */
enum plan_op_code {
#define X(name, number, text, doc) PLAN_OP_##name = number,
    PLAN_OP_MAP(X)
#undef X
    PLAN_OP_COUNT = 16
};
struct plan_op { uint16_t code; uint16_t to; uint32_t dist; int64_t value, value2; };
struct plan_program { uint32_t name, first_op, op_count; };

/* ---- the cluster */
struct plan_executor {
    uint32_t cores, memory_mib, gpus, rack;
    plan_ns arrives_ns; /* when its process first begins */
    plan_ns back_ns;    /* between the end of its process by its own hand and the next one; 0: restart_delay */
};
struct plan_profile { uint32_t cores, memory_mib, gpu_milli; }; /* what one task needs; 500 = half a GPU, 2000 = two */

/* ---- jobs and stages */
enum plan_stage_kind { PLAN_STAGE_MAPREDUCE = 0, PLAN_STAGE_BARRIER = 1 };
/* A service has no end, and the run does not wait for it; map: submitted as a map-stage job (B-15); stream: one micro-batch of a stream. */
enum plan_job_kind { PLAN_JOB_BATCH = 0, PLAN_JOB_SERVICE = 1, PLAN_JOB_MAP = 2, PLAN_JOB_STREAM = 3 };
enum plan_constraint { PLAN_PLACE_ANY = 0, PLAN_PLACE_PACK = 1, PLAN_PLACE_SPREAD = 2 };
struct plan_job {
    uint32_t name, kind;
    plan_ns submit_ns; /* PLAN_NEVER: an act submits it */
    int32_t priority;  /* higher first */
    uint32_t first_stage, stage_count;
};
struct plan_stage {
    uint32_t name, job, kind;
    uint32_t tasks, min, max;      /* max == tasks; min of a gang: a scheduler may begin an attempt of it with so many; else == tasks */
    uint32_t profile, program;
    uint32_t column, row;          /* table for PLAN_DIST_COLUMN: column table and its row of rank 0; PLAN_NONE if none */
    uint64_t parents;              /* bit i: stage i of the same job must be done first */
    uint32_t role, group, constraint; /* role: name or PLAN_NONE; group: gangs that only make sense together, or PLAN_NONE */
    uint64_t shuffles;             /* of the parents, those whose output its tasks fetch */
    uint32_t prefers;              /* 1 + the first of `tasks` values: per rank the executor it would rather be on, -1 for none; 0: no wishes */
    uint64_t task_bytes;           /* one encoded task */
    uint32_t together;             /* of MapReduce: so many of its tasks start together, or none; 0: each starts by itself */
};
struct plan_column { uint32_t width, rows; uint64_t first_cell; int64_t unit_ns; }; /* cells are uint32 x unit_ns */

/* ---- acts: a trigger and an effect. Faults, submissions and cancellations alike. NUMBER, NAME, text, target, sentence */
/* clang-format off */
#define PLAN_ACT_MAP(X) \
    X(SUBMIT,        1, "submit",   JOB,      "the job is handed to the driver") \
    X(CANCEL,        2, "cancel",   JOB,      "the driver is told to cancel the job") \
    X(CRASH,         3, "crash",    EXECUTOR, "power loss: the executor and its tasks are gone and nobody is told; returns at heal time unless for_good") \
    X(RESTART,       4, "restart",  EXECUTOR, "a crashed executor comes back with a new incarnation") \
    X(KILL_TASK,     5, "kill",     TASK,     "the task's process dies at once, as by a segmentation fault") \
    X(HANG_TASK,     6, "hang",     TASK,     "the task never does anything again, but its process stays") \
    X(STRAGGLE_TASK, 7, "straggle", TASK,     "the task's present or next compute takes `duration` longer") \
    X(CUT,           8, "cut",      LINK,     "nothing passes between the executor and its driver (or `peer`), `way` both, in or out; a stream keeps it, a datagram link loses it") \
    X(MEND,          9, "mend",     LINK,     "the link passes again, `way` both, in or out: the end of a cut, hold, clog, refusal, loss, doubling or reordering") \
    X(HOLD,         10, "hold",     LINK,     "messages are kept on their way; at mend they come all at once, in order") \
    X(CLOG,         11, "clog",     LINK,     "every message takes `duration` longer") \
    X(LOSE,         12, "lose",     LINK,     "a datagram link loses `amount` of 1000 messages") \
    X(DOUBLE,       13, "double",   LINK,     "a datagram link delivers `amount` of 1000 messages twice") \
    X(REORDER,      14, "reorder",  LINK,     "a datagram link delays `amount` of 1000 messages by up to `duration`, so that others overtake them") \
    X(BREAK,        15, "break",    LINK,     "the connection breaks, and both ends learn it at once; it can be made again") \
    X(PAUSE,        16, "pause",    EXECUTOR, "the machine stands still for `duration`, as a virtual machine that is moved; its clock goes on") \
    X(SLOW,         17, "slow",     EXECUTOR, "from now on every compute on it takes `amount` percent of its time; 100 ends it") \
    X(DRIFT,        18, "drift",    EXECUTOR, "from now on its clock runs `amount` millionths fast (or slow, if negative)") \
    X(DRAIN,        19, "drain",    EXECUTOR, "it is decommissioned: its tasks may go on for `duration`, then it is gone for good") \
    X(LOSE_GPU,     20, "lose_gpu", EXECUTOR, "the GPU at address `amount` dies, and with it the task on it") \
    X(TAKE,         21, "take",     EXECUTOR, "somebody else takes `amount` cores, if so many are free, for `duration` (0: until the heal)") \
    X(IGNORE_KILL,  22, "ignore_kill", TASK,  "the task does not end when asked, only when forced") \
    X(LINGER,       23, "linger",   TASK,     "the task takes `duration` to be gone, once it has ended or was told to, unless it is forced") \
    X(QUIT,         24, "quit",     TASK,     "the task ends well at once, without syncing") \
    X(STRAY_CALL,   25, "stray_call", TASK,   "the task's executor sends a sync call of it once more: operation `way` (0 barrier, 1 all_gather), epoch `amount`") \
    X(CRASH_DRIVER, 26, "crash_driver", DRIVER, "the driver's process dies and is back after `duration`; with `amount` n, right before the n-th effect from then on") \
    X(EXCLUDE,      27, "exclude",  EXECUTOR, "a health check tells the driver to offer nothing on it any more") \
    X(REFUSE,       28, "refuse",   LINK,     "connections between the executor and `peer` are refused at once, `way` both, in or out; those that stand stay")
/* clang-format on */
enum plan_act_kind {
#define X(name, number, text, target, doc) PLAN_ACT_##name = number,
    PLAN_ACT_MAP(X)
#undef X
    PLAN_ACT_LIMIT = 29
};
enum plan_act_target { PLAN_TARGET_JOB, PLAN_TARGET_EXECUTOR, PLAN_TARGET_TASK, PLAN_TARGET_LINK, PLAN_TARGET_DRIVER }; /* LINK: of `executor` to the driver or to `peer`, in the direction `way` */
enum plan_way { PLAN_WAY_BOTH = 0, PLAN_WAY_IN = 1, PLAN_WAY_OUT = 2 }; /* in: from the driver (or `peer`) to the executor; out: from the executor */
enum plan_holder { PLAN_HOLDER_DRIVER = 0, PLAN_HOLDER_FIRST = 1 };           /* `to` of a MEET: who holds the rendezvous; the first is the task of rank 0 */

/* What a record must look like to match; every field but `kind` may be PLAN_NONE (any). Fires at the nth match. */
struct plan_pattern {
    uint32_t kind; /* name of a record kind, e.g. "reserve-ack" (an index into names); PLAN_NONE: no pattern */
    uint32_t executor, job, stage, attempt, epoch, rank;
    uint32_t nth; /* 1: the first match */
};
struct plan_act {
    uint32_t kind; /* enum plan_act_kind */
    plan_ns at_ns; /* without a pattern: world time, or PLAN_NEVER: a search may have it happen at any point, a run never; with one: delay after the match */
    struct plan_pattern when;
    uint32_t executor, job, stage, rank; /* the target; rank of the present attempt */
    plan_ns duration_ns;
    uint32_t for_good; /* 0 or 1 */
    uint32_t way;      /* enum plan_way; of a stray call its operation */
    int32_t amount;    /* what it is says the kind */
    uint32_t peer;     /* of an act on a link: the executor at the other end, for what tasks send each other; PLAN_NONE: the driver */
    uint32_t size;     /* of a stray call: how many members it counts; 0: as many as there are */
    uint32_t pair;     /* acts that only make sense together share a number (crash and restart); PLAN_NONE: alone */
};

/* ---- expectations: what this story promises beyond the invariants */
enum plan_expect_kind {
    PLAN_EXPECT_SUCCEEDS = 1,  /* job ends well; within_ns (from submit), attempts_min..attempts_max of its gangs */
    PLAN_EXPECT_FAILS = 2,     /* job ends failed or refused; reason: a reason's name it must carry, or PLAN_NONE */
    PLAN_EXPECT_SOMETIMES = 3, /* a record matching `when` must be there, else the verdict is unknown */
    PLAN_EXPECT_NEVER = 4      /* a record matching `when` must not be there */
};
struct plan_expect {
    uint32_t kind, job;
    plan_ns within_ns;                   /* PLAN_NEVER: no bound */
    uint32_t attempts_min, attempts_max; /* PLAN_NONE: no bound */
    uint32_t reason;                     /* name index or PLAN_NONE */
    uint32_t label;                      /* name index or PLAN_NONE */
    struct plan_pattern when;
};

struct plan {
    uint32_t title;  /* name index or PLAN_NONE */
    uint32_t policy; /* name index or PLAN_NONE: the policy the scenario asks for, unless the command says otherwise */
    uint32_t manager; /* name index of the cluster manager that the executors come from, or PLAN_NONE */
    /* Who places instead of the core, or PLAN_NONE: its text, the file it came from, and "name=value" of its parameters, a line each. */
    uint32_t scheduler, scheduler_file, scheduler_params; /* name indices */
    int64_t setting[PLAN_SETTING_COUNT];
    struct plan_executor *executors;  uint32_t executor_count;
    struct plan_profile *profiles;    uint32_t profile_count;
    struct plan_dist *dists;          uint32_t dist_count;
    int64_t *values;                  uint32_t value_count;
    struct plan_op *ops;              uint32_t op_count;
    struct plan_program *programs;    uint32_t program_count;
    struct plan_job *jobs;            uint32_t job_count;
    struct plan_stage *stages;        uint32_t stage_count; /* a job's stages are consecutive */
    struct plan_column *columns;      uint32_t column_count;
    uint32_t *cells;                  uint64_t cell_count;
    struct plan_act *acts;            uint32_t act_count;
    struct plan_expect *expects;      uint32_t expect_count;
    uint32_t *name_at;                uint32_t name_count; /* offset of each name in name_bytes */
    char *name_bytes;                 size_t name_size;
    void *private_; /* the builder's capacities and name index */
};

#define PLAN_ERR_MAP(X)                                                                                                \
    X(PLAN_OK, 0, "ok")                                                                                                \
    X(PLAN_E_MEMORY, -1, "out of memory")                                                                              \
    X(PLAN_E_SYNTAX, -2, "not a plan in canonical text")                                                               \
    X(PLAN_E_RANGE, -3, "a value is out of its range")                                                                 \
    X(PLAN_E_REFERENCE, -4, "an index points nowhere")                                                                 \
    X(PLAN_E_SENSE, -5, "the parts do not fit together")                                                               \
    X(PLAN_E_IO, -6, "the output could not be written")
enum plan_status {
#define X(name, value, text) name = value,
    PLAN_ERR_MAP(X)
#undef X
};
struct plan_err { enum plan_status code; uint32_t line; char detail[240]; };

/*
 * Building. plan_new() gives an empty plan with default settings; each plan_add_*() copies *row, grows the plan and
 * returns the new row's index, or PLAN_NONE when out of memory. plan_name() interns a string (the same text gives the
 * same index). Nothing is checked before plan_check(). A job's stages must be added right after it: plan_add_stage()
 * counts them into their job, so a job's own first_stage and stage_count are not read from its row.
 * Fields that a row of its kind does not use are made blank (of a distribution, an op, an act), so that equal is equal.
 * Arrays of ops, values and cells that are given must not be the plan's own: they move when it grows.
 */
struct plan *plan_new(void);
void plan_free(struct plan *plan); /* NULL is a no-op */
uint32_t plan_name(struct plan *plan, const char *text);
const char *plan_text(const struct plan *plan, uint32_t name); /* "" for PLAN_NONE */
uint32_t plan_find_name(const struct plan *plan, const char *text); /* PLAN_NONE if it is no name of this plan */
uint32_t plan_add_executor(struct plan *plan, const struct plan_executor *row);
uint32_t plan_add_profile(struct plan *plan, const struct plan_profile *row); /* an equal profile is shared */
uint32_t plan_add_dist(struct plan *plan, const struct plan_dist *row);       /* an equal distribution is shared */
uint32_t plan_add_values(struct plan *plan, const int64_t *values, uint32_t count); /* index of the first; equal values are shared */
uint32_t plan_add_program(struct plan *plan, const char *name, const struct plan_op *ops, uint32_t count); /* `to` is relative to the program's first op; an equal program is shared */
uint32_t plan_add_job(struct plan *plan, const struct plan_job *row);
uint32_t plan_add_stage(struct plan *plan, const struct plan_stage *row);
uint32_t plan_add_column(struct plan *plan, uint32_t width, uint32_t rows, int64_t unit_ns, const uint32_t *cells);
uint32_t plan_add_act(struct plan *plan, const struct plan_act *row);
uint32_t plan_add_expect(struct plan *plan, const struct plan_expect *row);
/* So many tasks at one time, no more and no fewer; nothing else is said of it: its profile and program are to follow. */
struct plan_stage plan_stage_rigid(uint32_t job, uint32_t name, uint32_t kind, uint32_t tasks);
struct plan_act plan_act_blank(void);         /* every field "none" or "any", nth 1, at 0 */
struct plan_expect plan_expect_blank(void);
struct plan_pattern plan_pattern_blank(void);

/* Checks every range, reference and sense (at least one executor and one job; unique job names; parents without a
 * cycle; programs whose loops close; times not negative). The detail names the part, the field, both numbers and the
 * remedy: "stage 'fit' of job 'resnet': tasks is 0, must be 1..1000000". */
enum plan_status plan_check(const struct plan *plan, struct plan_err *err);

/* Canonical text: the same plan always gives the same bytes, and reading them back gives the same plan. It is valid UTF-8
 * whatever the names are. Writing expects a checked plan. A reader's complaint names the line, also in err->line. */
enum plan_status plan_write(const struct plan *plan, FILE *out, struct plan_err *err);
char *plan_write_text(const struct plan *plan, size_t *size); /* malloc'ed, NUL-terminated; NULL when out of memory */
enum plan_status plan_read_text(const char *text, size_t size, struct plan **out, struct plan_err *err); /* checked */
/*
 * The plan as a Lua scenario, with the text of its scheduler, that loads to a plan of equal canonical text. That holds for plans as scenarios give them:
 * rows in order of first use, none unused, pairs numbered in order, programs without names. What no word says (a stage's
 * role, a program without ops) is PLAN_E_SENSE, and the output then worthless.
 */
enum plan_status plan_write_lua(const struct plan *plan, FILE *out, struct plan_err *err);

const char *plan_act_text(unsigned kind);   const char *plan_act_doc(unsigned kind);
enum plan_act_target plan_act_target(unsigned kind);
unsigned plan_act_parse(const char *text); /* 0 if unknown */
const char *plan_act_word(unsigned kind);  /* how a scenario calls it: "hang_task" where the text is "hang"; NULL if unknown */
/* The act that ends what `act` began: of a crash the restart, of a link's fault the mend of the same way, of slow the usual
 * speed; at the same time and with the same trigger. false: nothing takes it back. */
bool plan_act_back(const struct plan_act *act, struct plan_act *back);
const char *plan_setting_text(unsigned setting);  const char *plan_setting_doc(unsigned setting);
unsigned plan_setting_parse(const char *text);    /* PLAN_SETTING_COUNT if unknown */
int64_t plan_setting_default(unsigned setting);
void plan_setting_range(unsigned setting, int64_t *lo, int64_t *hi);
bool plan_setting_is_time(unsigned setting);
plan_ns plan_driver_lease(const struct plan *plan); /* the setting, or what stands for 0 */
/* "1.5s", "200ms", "2h30m", "365d" <-> ns, exactly; integers only. false: not a duration, negative, or out of range. */
bool plan_parse_duration(const char *text, plan_ns *out);
void plan_format_duration(plan_ns ns, char out[static 32]); /* the shortest exact form: "12.4s", "365d" */

/*
 * The program stepper. 32 bytes of state, pure, shared by every target: the same state and rank always give the same
 * next op. Call plan_program_init(), then plan_program_step() once at the start and again each time the op it returned
 * is over. LOOP, NEXT and ON_RANK are consumed inside; the op returned is one that a target carries out.
 * A failed sync (reply reason not 0) is not an event of the program: the target ends the task.
 */
struct plan_program_state {
    uint16_t pc; uint8_t depth, done;
    uint32_t ops;         /* ops handed out so far: with the rank, the key of a draw */
    uint32_t checkpoints; /* handed out so far */
    uint32_t syncs;       /* handed out so far */
    uint32_t turn[PLAN_LOOP_DEPTH_MAX]; /* iteration of each open loop, from 0 */
};
_Static_assert(sizeof(struct plan_program_state) == 32, "a program's state is 32 bytes");
struct plan_step { uint16_t code; uint32_t dist; int64_t value, value2; uint32_t iteration, ops; }; /* iteration: innermost loop's; ops: handed out before this one */
void plan_program_init(struct plan_program_state *state);
struct plan_step plan_program_step(const struct plan *plan, uint32_t program, uint32_t rank,
                                   struct plan_program_state *state);
/* Runs the program on, without a target, until `checkpoint` checkpoints have been handed out: where a restart begins. */
void plan_program_resume(const struct plan *plan, uint32_t program, uint32_t rank, uint32_t checkpoint,
                         struct plan_program_state *state);

#endif
