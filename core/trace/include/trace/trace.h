/*
 * trace.h -- the history: what happened, as 64-byte records that anybody can write and everybody judges.
 *
 * This room is for: the registry of record kinds, the record, the chain that binds records, history files
 *                   (binary with zstd, NDJSON both ways), and one fold over them (trace_state.h).
 * It may include:   the C library, zstd (behind writer.c and reader.c), xxHash (chain.c), Jansson (NDJSON).
 * Never here:       the plan, the core, the simulator. A history is judged by rooms that share no code with the suspect.
 *
 * Whatever ran (our core in the simulator, our core on real processes, somebody's scheduler behind a pipe) leaves the
 * same kind of history. The *target* writes it, never the core under test.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TRACE_FORMAT_VERSION 1u
#define TRACE_NONE UINT32_MAX /* a field that does not apply to this record */
#define TRACE_NEVER INT64_MAX /* a time of trace_state.h that has not come */

/* Who did it, or whose door it crossed. With EXECUTOR, `executor` says which; with TASK, job/stage/attempt/rank do. */
enum trace_actor { TRACE_WORLD = 0, TRACE_DRIVER = 1, TRACE_EXECUTOR = 2, TRACE_TASK = 3 };

/*
 * The registry. One row a kind: NAME, number, text, who writes it, meaning of a, meaning of b, one sentence.
 * Numbers never change and stay below 64 (a header says which kinds its target observes as one 64-bit mask).
 *
 * "sent" kinds are messages leaving a machine; each is followed by a DELIVER (or a DROP) whose cause is the sent record,
 * whose `flags` holds the sent kind's number, and whose other fields repeat the sent record's.
 * Ranges: where a message speaks of several ranks of one attempt on one executor, `rank` is the first and `a` the count.
 */
/* clang-format off */
#define TRACE_KIND_MAP(X) \
    /* ---- the world: facts that no scheduler can argue with */ \
    X(SUBMIT,        1, "submit",        WORLD,    "priority",     "-",            "a job was handed to the driver") \
    X(CANCEL,        2, "cancel",        WORLD,    "-",            "-",            "the driver was told to cancel a job") \
    X(UP,            3, "up",            EXECUTOR, "incarnation",  "-",            "an executor's process began") \
    X(DOWN,          4, "down",          EXECUTOR, "incarnation",  "-",            "an executor's process is gone (its tasks' exits follow)") \
    X(START,         5, "start",         EXECUTOR, "gpu-mask",     "incarnation",  "a task's process began: it holds its slot from here") \
    X(EXIT,          6, "exit",          EXECUTOR, "status",       "code",         "a task's process is gone: its slot is free in the world") \
    X(FAULT,         7, "fault",         WORLD,    "act",          "fault",        "the world did something to a machine, a link or a task") \
    X(HEAL,          8, "heal",          WORLD,    "act",          "fault",        "the world took a fault back") \
    X(QUIESCENT,     9, "quiescent",     WORLD,    "give-up-at",   "timer",        "no work is pending and every habit had its period: only a give-up timer is left") \
    X(END,          10, "end",           WORLD,    "reason",       "events",       "the closing record") \
    /* ---- decisions of the driver that cross its door */ \
    X(REFUSE,       11, "refuse",        DRIVER,   "reason",       "needed",       "a job was refused or given up before it ran") \
    X(PLAN,         12, "plan",          DRIVER,   "members",      "executors",    "a placement was decided for a gang (or for waiting tasks of a MapReduce stage); rank: if it adds to the plan of an attempt, how many members that had") \
    X(FENCE,        13, "fence",         DRIVER,   "reason",       "code",         "an attempt was fenced: nothing of it, or of one before it, is accepted any more") \
    X(ACCEPT,       14, "accept",        DRIVER,   "what",         "value",        "the driver took a task's result, output or checkpoint as valid") \
    X(STAGE_DONE,   15, "stage-done",    DRIVER,   "attempts",     "-",            "every task of a stage ended well") \
    X(JOB_DONE,     16, "job-done",      DRIVER,   "reason",       "operand",      "a job ended: reason 0 is success") \
    X(JOIN,         17, "join",          DRIVER,   "incarnation",  "-",            "the driver took an executor into its registry") \
    X(LOST,         18, "lost",          DRIVER,   "incarnation",  "reason",       "the driver wrote an executor's incarnation off") \
    X(WAIT,         19, "wait",          DRIVER,   "reason",       "operand",      "what a gang waits for; written when it changes; no oracle believes it") \
    X(NOTE,         20, "note",          DRIVER,   "reason",       "operand",      "a reason for the story; no oracle believes it") \
    X(TIMER,        21, "timer",         WORLD,    "timer",        "hope",        "a machine's work or give-up timer fired; the cause is the record that armed it") \
    /* ---- sent: driver to executor */ \
    X(RESERVE,      22, "reserve",       DRIVER,   "count",        "gpu-mask",     "hold slots for these ranks, as a lease") \
    X(GO,           23, "go",            DRIVER,   "count",        "-",            "start user code in the held slots") \
    X(UNRESERVE,    24, "unreserve",     DRIVER,   "count",        "reason",       "give the held slots back") \
    X(KILL,         25, "kill",          DRIVER,   "count",        "reason",       "end these ranks' processes") \
    X(RELEASE,      26, "release",       DRIVER,   "count",        "round-digest", "the round is complete: let these ranks go on") \
    X(ROUND_FAILED, 27, "round-failed",  DRIVER,   "count",        "reason",       "the round failed for these ranks") \
    /* ---- sent: executor to driver */ \
    X(RESERVE_ACK,  28, "reserve-ack",   EXECUTOR, "count",        "gpu-mask",     "the slots are held") \
    X(RESERVE_NACK, 29, "reserve-nack",  EXECUTOR, "count",        "reason",       "the slots are not to be had here") \
    X(ARRIVE,       30, "arrive",        EXECUTOR, "op",           "digest",       "a task called barrier (op 0) or allGather (op 1); if it waits for so long at most, twice these ns are added to op") \
    X(CHECKPOINT,   31, "checkpoint",    EXECUTOR, "checkpoint",   "-",            "a task reported a checkpoint") \
    X(OUTPUT,       32, "output",        EXECUTOR, "bytes",        "digest",       "a task produced output") \
    X(FREE,         33, "free",          EXECUTOR, "status",       "code",         "a task ended and its slot is free") \
    X(SEND,         34, "send",          EXECUTOR, "message",      "incarnation",  "a message without a kind of its own: register, welcome, heartbeat that changed something") \
    /* ---- at the executor's other door, towards its tasks */ \
    X(REPLY,        35, "reply",         EXECUTOR, "reason",       "round-digest", "a task's sync call returned: reason 0 is success") \
    X(KILLED,       36, "killed",        EXECUTOR, "force",        "-",            "a task's process was told to end") \
    /* ---- the network */ \
    X(DELIVER,      37, "deliver",       WORLD,    "as sent",      "as sent",      "a message arrived; flags hold its kind; actor is the receiver") \
    X(DROP,         38, "drop",          WORLD,    "as sent",      "as sent",      "a message was lost; flags hold its kind") \
    X(FRAME_LOST,   39, "frame-lost",    WORLD,    "as sent",      "as sent",      "a datagram was lost on its way: the link will send it again; flags hold its kind, the cause is what was sent") \
    X(DISCONNECT,   40, "disconnect",    WORLD,    "incarnation",  "-",            "the connection between an executor and the driver broke") \
    X(CONNECT,      41, "connect",       WORLD,    "incarnation",  "-",            "it was made again") \
    /* ---- the driver's process, and what it keeps */ \
    X(DRIVER_DOWN,  42, "driver-down",   WORLD,    "effects",      "untaken",      "the driver's process is gone; a: how many effects of its last step were carried out; b: the kind of the record before, if that came to it and was not durable, else 0") \
    X(DRIVER_UP,    43, "driver-up",     WORLD,    "replayed",     "left",         "the driver's process is back, after replaying its log; b: how many of its next records it had decided on before") \
    X(EXCLUDE,      44, "exclude",       DRIVER,   "reason",       "failures",     "the driver offers nothing on this executor for a while") \
    X(UNREGISTER,   45, "unregister",    DRIVER,   "count",        "reason",       "outputs of these ranks are no longer there, and must be made again") \
    /* ---- tasks among themselves, out of the scheduler's sight */ \
    X(FETCH_FAILED, 46, "fetch-failed",  TASK,     "parent-stage", "parent-rank",  "a task did not find an output of a parent where it should be; executor: where") \
    X(MEET,         47, "meet",          TASK,     "op",           "place",        "a task waits at a rendezvous; place: number of its name") \
    X(MET,          48, "met",           TASK,     "op",           "place",        "everybody was there: it goes on") \
    /* ---- who places is not the driver itself */ \
    X(LAUNCH,       49, "launch",        DRIVER,   "members",      "-",            "an attempt of a gang was told to go as soon as all slots that were asked for are acknowledged; until then they are held")
/* clang-format on */

enum trace_kind {
    TRACE_KIND_NONE = 0,
#define X(name, number, text, actor, a, b, doc) TRACE_##name = number,
    TRACE_KIND_MAP(X)
#undef X
    TRACE_KIND_LIMIT = 50
};
#define TRACE_BIT(kind) (UINT64_C(1) << (kind))


/*
 * Reasons, as carried by a (or b) of REFUSE, FENCE, JOB_DONE, LOST, WAIT, NOTE, KILL, UNRESERVE, RESERVE_NACK,
 * ROUND_FAILED and REPLY. The core has the same list under its own names (it may not look in here); the simulator
 * asserts at compile time that the numbers agree. WAIT, NOTE and REFUSE: b is what is needed or the first operand,
 * `epoch` what there is or the second.
 */
/* clang-format off */
#define TRACE_REASON_MAP(X) \
    X(OK,               0, "ok",              "all is well") \
    X(TASK_FAILED,      1, "task-failed",     "a task failed") \
    X(EXECUTOR_LOST,    2, "executor-lost",   "the executor of a task was lost") \
    X(SILENT,           3, "silent",          "nothing was heard from an executor for too long") \
    X(REINCARNATED,     4, "reincarnated",    "an executor came back as a new process, so its old tasks are gone") \
    X(NOT_RELEASED,     5, "not-released",    "an executor did not give a fenced attempt's slots back in time") \
    X(SLOTS,            6, "slots",           "the cluster has too few slots") \
    X(NEVER_FITS,       7, "never-fits",      "no executor could ever hold one of the tasks") \
    X(ATTEMPTS,         8, "attempts",        "the attempts are used up") \
    X(LOSSES,           9, "losses",          "too many attempts ended through lost machines") \
    X(LAUNCH_DEADLINE, 10, "launch-deadline", "the gang was not launched in time") \
    X(RESERVE_TIMEOUT, 11, "reserve-timeout", "an executor did not answer a reservation in time") \
    X(RESERVE_NACK,    12, "reserve-nack",    "an executor refused a reservation") \
    X(NO_ROOM,         13, "no-room",         "the executor has not that much free") \
    X(GO_LATE,         14, "go-late",         "the go came after the reservation's lease had ended") \
    X(LEASE_ENDED,     15, "lease-ended",     "the reservation's lease ended without a go") \
    X(SYNC_TIMEOUT,    16, "sync-timeout",    "not everybody came to the barrier in time") \
    X(SYNC_MISMATCH,   17, "sync-mismatch",   "the tasks called different operations in one round") \
    X(SYNC_EPOCH,      18, "sync-epoch",      "the round is over, or not begun") \
    X(SYNC_MEMBER,     19, "sync-member",     "the caller is no member of the gang") \
    X(SYNC_SIZE,       20, "sync-size",       "the caller counts another number of members") \
    X(SYNC_ENDED,      21, "sync-ended",      "the caller's attempt is over") \
    X(MEMBER_EXITED,   22, "member-exited",   "a member exited, so the round can never complete") \
    X(GANG_FAILED,     23, "gang-failed",     "another task of the gang failed") \
    X(CANCELLED,       24, "cancelled",       "the job was cancelled") \
    X(JOB_FAILED,      25, "job-failed",      "the job failed elsewhere") \
    X(REVERTED,        26, "reverted",        "the launch was taken back before any user code ran") \
    X(RESTART,         27, "restart",         "the gang starts again from its last common checkpoint") \
    X(RERUN,           28, "rerun",           "one task runs again, the others go on") \
    X(FREE_SLOTS,      30, "free-slots",      "it fits the cluster, but not into what is free now") \
    X(HEAD_BLOCKED,    31, "head-blocked",    "a gang in front of it in the queue has not been launched") \
    X(ADMISSION,       32, "admission",       "it does not fit the cluster now; it will be checked again") \
    X(PARENTS,         33, "parents",         "its parent stages are not done") \
    X(DRAINING,        34, "draining",        "the slots of its failed attempt are not all free yet") \
    X(BACKOFF,         35, "backoff",         "it waits out the delay before its next attempt") \
    X(PARTIAL,         37, "partial",         "part of a gang could be placed, so nothing was launched") \
    X(DRIVER_SILENT,   40, "driver-silent",   "the executor did not hear its driver for so long that it ended its tasks") \
    X(EXCLUDED,        41, "excluded",        "too many failures there: the executor is not offered") \
    X(FETCH_FAILED,    42, "fetch-failed",    "an output of a parent stage was not where it should be") \
    X(DECOMMISSIONED,  43, "decommissioned",  "the executor is being taken out of service") \
    X(TOO_LARGE,       44, "too-large",       "an encoded task is larger than what can be sent") \
    X(OUTPUT_LOST,     45, "output-lost",     "outputs were lost with their executor") \
    X(DYNAMIC,         46, "dynamic",         "gangs are refused while executors come and go with the load") \
    X(LOCALITY,        47, "locality",        "it waits for the executors it prefers") \
    X(GPU_LOST,        48, "gpu-lost",        "the GPU under the task died") \
    X(UNKNOWN_HERE,    49, "unknown-here",    "the driver does not know this process (any more)") \
    X(ATTEMPTS_IN_ALL, 50, "attempts-in-all", "a stage has begun as often, in all, as it may") \
    X(CALL_TIMEOUT,    51, "call-timeout",    "a caller waited as long as it would wait itself") \
    X(ABSENT,          52, "absent",          "had not come to the barrier") \
    X(IDLE,            53, "idle",            "it had nothing to do for so long that it is given back") \
    X(REQUESTED,       54, "requested",       "somebody waits, so an executor that was given back is asked for again") \
    X(EVICTED,         55, "evicted",         "the scheduler took its slots away for somebody else") \
    X(PLACER,          56, "placer",          "the scheduler has given it no slots yet") \
    X(HOLDING,         57, "holding",         "it holds slots, and waits for more, or for the word to go") \
    X(GIVEN_UP,        58, "given-up",        "the scheduler gave it up")

/* Timers, as carried by a of TIMER and b of QUIESCENT. */
#define TRACE_TIMER_MAP(X) \
    X(NONE,             0, "none",            "no timer is armed") \
    X(ADMISSION,        1, "admission",       "the next admission check") \
    X(LAUNCH_DEADLINE,  2, "launch-deadline", "a gang's launch deadline") \
    X(RESERVE,          3, "reserve",         "patience for reserve-acks") \
    X(RETRY,            4, "retry",           "delay before the next attempt") \
    X(SYNC,             5, "sync",            "timeout of a barrier or allGather round") \
    X(RELEASE_WAIT,     6, "release-wait",    "patience for the slots of a fenced attempt") \
    X(HEARTBEAT,        7, "heartbeat",       "check for silent executors") \
    X(LEASE,            8, "lease",           "end of a reservation's lease on an executor") \
    X(KILL_GRACE,       9, "kill-grace",      "end of a task's grace before it is forced") \
    X(ROUND,           10, "round",           "the next scheduling round") \
    X(DRIVER_LEASE,    11, "driver-lease",    "end of an executor's patience with a silent driver") \
    X(BEAT,            12, "beat",            "an executor's next heartbeat") \
    X(LOCALITY,        13, "locality",        "end of a stage's patience for the executors it prefers") \
    X(RESEND,          14, "resend",          "a link's patience for an acknowledgement") \
    X(POLL,            15, "poll",            "a waiting task's next look for its reply") \
    X(EXCLUSION,       16, "exclusion",       "end of an executor's exclusion") \
    X(CALL,            17, "call",            "end of a sync call's own patience") \
    X(IDLE,            18, "idle",            "look for executors that have had nothing to do for long") \
    X(GRANT,           19, "grant",           "patience with executors that were asked for") \
    X(PLACER,          20, "placer",          "the scheduler asked to be asked again") \
    X(PLACER_POLL,     21, "placer-poll",     "the scheduler asks to be asked again, although nothing came of the last time")
/* clang-format on */
enum trace_reason {
#define X(name, number, text, doc) TRACE_REASON_##name = number,
    TRACE_REASON_MAP(X)
#undef X
    TRACE_REASON_LIMIT = 59
};
enum trace_timer {
#define X(name, number, text, doc) TRACE_TIMER_##name = number,
    TRACE_TIMER_MAP(X)
#undef X
    TRACE_TIMER_LIMIT = 22
};

/*
 * What the digests of ARRIVE.b, RELEASE.b and REPLY.b say. An ARRIVE has the digest of what its caller gives, 0 if the target does not
 * say. A round's is the sum, modulo 2^64, of spread(digest ^ spread(rank)) over its members, where spread(z) is
 *     z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9; z = (z ^ z >> 27) * 0x94D049BB133111EB; z ^ z >> 31
 * so that who gave what counts, and in which order they came does not (B-84, B-100).
 */
/* What ARRIVE.a says: the operation, and how long its caller waits at most (0: as long as the round). */
static inline uint32_t trace_arrive_op(int64_t a) { return (uint32_t)a & 1; }
static inline int64_t trace_arrive_within(int64_t a) { return a > 1 ? a / 2 : 0; }
/* Values of EXIT.a and FREE.a. */
enum trace_exit { TRACE_EXIT_OK = 0, TRACE_EXIT_FAILED = 1, TRACE_EXIT_KILLED = 2, TRACE_EXIT_HOST = 3 };
/* Values of ACCEPT.a. */
enum trace_accept { TRACE_ACCEPT_SUCCESS = 1, TRACE_ACCEPT_CHECKPOINT = 2, TRACE_ACCEPT_OUTPUT = 3 };
/* Values of END.a. */
enum trace_end {
    TRACE_END_FINISHED = 0,    /* every job is done and nothing is pending */
    TRACE_END_HUNG = 1,        /* nothing is pending, not even a give-up, and some job is not done */
    TRACE_END_VIRTUAL = 2,     /* the limit on virtual time was reached */
    TRACE_END_EVENTS = 3,      /* the limit on events was reached */
    TRACE_END_INTERRUPTED = 4, /* the person stopped it */
    TRACE_END_LIVELOCK = 5
};
/* FAULT.flags: it did not happen, because the scenario's budget for such faults was spent. */
enum { TRACE_FAULT_WITHHELD = 1 };
/* Values of SEND.a. */
enum trace_message { TRACE_MSG_REGISTER = 1, TRACE_MSG_WELCOME = 2, TRACE_MSG_HEARTBEAT = 3, TRACE_MSG_HEARTBEAT_ACK = 4, TRACE_MSG_GONE = 5, TRACE_MSG_ROOM = 6 };
/* Values of TIMER.b. */
enum trace_hope { TRACE_HOPE_WORK = 0, TRACE_HOPE_HABIT = 1, TRACE_HOPE_GIVE_UP = 2 };

/*
 * One record. 64 bytes, little-endian in files, written field by field. Records are numbered from 1 in the order
 * they happened; `cause` is the number of the record that was being handled (0: none).
 * For MapReduce stages `attempt` is the attempt of that one task; for barrier stages it is the gang's.
 */
struct trace_record {
    int64_t at_ns; /* world time */
    uint64_t cause;
    uint16_t kind;  /* enum trace_kind */
    uint16_t flags; /* DELIVER, DROP: the kind of the message; FAULT: TRACE_FAULT_WITHHELD */
    uint32_t actor; /* enum trace_actor */
    uint32_t executor, job, stage, attempt, epoch, rank; /* TRACE_NONE where it does not apply; stage: index in its job */
    int64_t a, b;
};
_Static_assert(sizeof(struct trace_record) == 64, "a record is 64 bytes");

#define TRACE_ERR_MAP(X)                                                                                               \
    X(TRACE_OK, 0, "ok")                                                                                               \
    X(TRACE_E_IO, -1, "the operating system refused")                                                                  \
    X(TRACE_E_FORMAT, -2, "not a history of this format")                                                              \
    X(TRACE_E_CHAIN, -3, "a record was changed after it was written: the chain is wrong")                              \
    X(TRACE_E_TRUNCATED, -4, "the history has no closing record")                                                      \
    X(TRACE_E_MEMORY, -5, "out of memory")
enum trace_status {
#define X(name, value, text) name = value,
    TRACE_ERR_MAP(X)
#undef X
};
struct trace_err { enum trace_status code; int os_errno; uint64_t line; char detail[200]; };

/* Everything a judge must know before the first record. Strings are owned by whoever filled the header. */
struct trace_header {
    uint32_t version;      /* TRACE_FORMAT_VERSION */
    uint64_t seed;
    uint64_t observes;     /* TRACE_BIT() of every kind this target can record */
    const char *core_id;   /* version of the core that ran, e.g. "muster-core 0.1" */
    const char *target;    /* "sim", "exec", ... */
    const char *policy;    /* "strict", or "spark rounds=on_event" : name, then every axis that differs from it */
    const char *plan_text; /* the plan in canonical text, NUL-terminated */
};

const char *trace_kind_text(unsigned kind);           /* "reserve-ack"; NULL for an unknown number */
enum trace_kind trace_kind_parse(const char *text);   /* TRACE_KIND_NONE for an unknown name */
const char *trace_kind_doc(unsigned kind);            /* the registry's sentence */
const char *trace_kind_a(unsigned kind);              /* what a (and b) mean */
const char *trace_kind_b(unsigned kind);
enum trace_actor trace_kind_actor(unsigned kind);     /* who writes it; TRACE_WORLD for an unknown number */
uint64_t trace_kinds_all(void);                       /* TRACE_BIT() of every kind */
/*
 * Those that every target of this format can be taken to record. A kind that came later is observed only if a header says so; what
 * the others meant before it came they mean without it. LAUNCH: where it is observed, and slots are reserved first, a gang's plan
 * is a hold until it comes; where it is not, a plan may be either.
 */
uint64_t trace_kinds_usual(void);
const char *trace_actor_text(unsigned actor);
const char *trace_reason_text(unsigned reason);       /* "reserve-timeout"; NULL for an unknown number */
const char *trace_reason_doc(unsigned reason);
int trace_reason_parse(const char *text);             /* -1 for an unknown name */
const char *trace_timer_text(unsigned timer);
const char *trace_timer_doc(unsigned timer);
const char *trace_status_text(enum trace_status status);

/* The chain: h' = H(h, record), over the record's little-endian bytes; starts at trace_chain_start(header). Pure. */
uint64_t trace_chain_start(const struct trace_header *header);
uint64_t trace_chain_next(uint64_t chain, const struct trace_record *record);
uint64_t trace_chain_many(uint64_t chain, const struct trace_record *records, size_t count);

/*
 * Writing a binary history. Records go to `path` in zstd frames; nothing is complete before trace_writer_close(),
 * which writes the final chain. Not thread-safe. After trace_writer_open() failed there is nothing to close; after a
 * later error the writer stays open and must still be closed. The first error is the one that every later call,
 * trace_writer_close() too, returns again: TRACE_E_IO with os_errno (ENOSPC, say) or TRACE_E_MEMORY.
 */
struct trace_writer;
enum trace_status trace_writer_open(const char *path, const struct trace_header *header, struct trace_writer **out,
                                    struct trace_err *err);
enum trace_status trace_writer_put(struct trace_writer *w, const struct trace_record *records, size_t count,
                                   struct trace_err *err);
uint64_t trace_writer_chain(const struct trace_writer *w);
enum trace_status trace_writer_close(struct trace_writer *w, struct trace_err *err); /* frees w; flushes and fsyncs nothing */

/*
 * Reading a history, binary or NDJSON (told apart by the first byte, so it may come through a pipe). The reader owns the
 * header it returns. trace_reader_next() fills `records` as far as the history goes; *count == 0 is the end, or an
 * error, which every later call returns again: records that could be read are handed out before it.
 *
 * Binary:  every bit of the file is under a check, and no record is handed out before the chain of its block came out
 *          right. What was changed gives TRACE_E_CHAIN (with the number of records and both chains) or TRACE_E_FORMAT.
 * Both:    a history whose last record is not END, and a binary file that is cut off, give TRACE_E_TRUNCATED after all
 *          their readable records (a cut inside the header: at once, from trace_reader_open()).
 * NDJSON:  a line that is wrong gives TRACE_E_FORMAT with err->line and the field. What a line may leave out, and what
 *          that means, stands at the top of ndjson_in.c; only "plan" in the header and "kind" in a record (and "of" in
 *          a deliver or drop) must be there. Fields that do not exist are errors.
 */
struct trace_reader;
enum trace_status trace_reader_open(const char *path, struct trace_reader **out, struct trace_err *err);
const struct trace_header *trace_reader_header(const struct trace_reader *r);
bool trace_reader_is_binary(const struct trace_reader *r);
enum trace_status trace_reader_next(struct trace_reader *r, struct trace_record *records, size_t max, size_t *count,
                                    struct trace_err *err);
uint64_t trace_reader_chain(const struct trace_reader *r); /* of the records handed out so far */
void trace_reader_close(struct trace_reader *r);           /* NULL is a no-op */

/*
 * NDJSON out: first line the header, then one object a record (fields that are TRACE_NONE are left out; a kind or actor
 * without a name is its number). `out` is the caller's, who must look at fflush() or fclose(), too.
 * TRACE_E_FORMAT: a string of the header is not UTF-8.
 */
enum trace_status trace_ndjson_header(FILE *out, const struct trace_header *header, struct trace_err *err);
enum trace_status trace_ndjson_records(FILE *out, const struct trace_record *records, size_t count,
                                       uint64_t first_number, struct trace_err *err);

#endif
