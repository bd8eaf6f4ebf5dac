/*
 * judge.h -- the judge's memory, and what the oracles may ask of each other.
 *
 * judge.c lays the block out, checks the form of each record (HIS) and hands it to those who need
 * its kind; launch.c judges reservations, goes and starts (AON, CAP, and who lives with whom: GEN);
 * rounds.c barriers (BAR), and quick.h those of their records with which all is well; driver.c the driver's other decisions (GEN, CON); restart.c failures,
 * budgets and checkpoints (RST); order.c who may begin before whom (GEN-11, PRG-11, PRG-12); timers.c timeouts that come too early, too late or never (TMR);
 * evict.c evictions, and stages that start in part (EVA, AON-8); waits.c who waits while others pass (STV);
 * recovery.c the driver's own death (RCV); machines.c what faults do to executors and links;
 * outputs.c what stages leave to each other; progress.c hangs and ends (PRG, CON); why.c and cycle.c
 * say what a hung job waits for; expect.c the scenario's promises; rules.c and report.c findings and
 * the verdict.
 *
 * The oracles keep their own state instead of trace_state's: they need 32 bytes a rank, in two halves, not 64, and
 * what they need is not what a picture needs (which acknowledgement is still good, not since when
 * somebody waits).
 *
 * Invariants
 *   - Everything a later verdict depends on lies in the block, by index; only the plan is pointed
 *     to.
 *   - A rank's bits CALLED..GATHERS speak of its newest call, `epoch`, and only a gang's has them; RESERVED..GO_THERE of its
 *     newest reservation, its booking's `launch` on `executor`; STARTED..GHOST of its newest process, `run` on
 *     `run_executor`.
 *   - stage.held counts ranks with HELD; stage.acked those whose acknowledgement in stage.launch is
 *     good; stage.running and stage.older the living processes of stage.run and of attempts before.
 */
#ifndef CONF_JUDGE_H
#define CONF_JUDGE_H

#include "conf/conf.h"

#include <stddef.h>

#define CONF_NONE UINT32_MAX
enum {
    CONF_GPUS = 64,
    CONF_KINDS = 64,
    CONF_FINDINGS_EACH = CONF_FINDINGS_MAX / CONF_ORACLE_COUNT
};

enum conf_rule_id {
#define X(symbol, oracle, id, oracle_text, spark, statement, cases) RULE_##symbol,
#include "conf_rules.inc"
#undef X
    RULE_COUNT
};
enum { RULE_WORDS = (RULE_COUNT + 63) / 64 };
_Static_assert(RULE_COUNT <= 64 * CONF_RULE_WORDS, "one bit a rule");

enum conf_rank_bit {
    RANK_RESERVED = 1 << 0, /* a reservation was sent */
    RANK_HELD = 1 << 1,     /* its executor holds the slot */
    RANK_ACKED = 1 << 2,    /* the driver was told so */
    RANK_GO_SENT = 1 << 3,
    RANK_GO_THERE = 1 << 4,
    RANK_STARTED = 1 << 5, /* `run` means something */
    RANK_RUNNING = 1 << 6,
    RANK_EXIT_OK = 1 << 7,
    RANK_FREE_OK = 1 << 8, /* the driver was told that it ended well */
    RANK_ACCEPTED = 1 << 9,
    RANK_TOLD_TO_END = 1 << 10,
    RANK_GHOST = 1 << 11,  /* processes of it were replaced in our books, and their exits are no news: one, */
    RANK_CALLED = 1 << 12, /* `epoch` means something */
    RANK_CALLING = 1 << 13,
    RANK_ARRIVED = 1 << 14,  /* the call counts at the driver */
    RANK_RELEASED = 1 << 15, /* a release covers it */
    RANK_PASSED = 1 << 16,   /* it returned well */
    RANK_GATHERS = 1 << 17,  /* its operation: allGather */
    RANK_VOUCHED =
        1 << 18, /* its executor has acknowledged the reservation, if only to let it go later */
    RANK_REPORTED = 1 << 19, /* its process has reported a checkpoint; no gang's: has missed an output */
    RANK_FREE_BAD = 1 << 20, /* the driver was told that it did not end well; no gang's: or its output is lost */
    RANK_MEETING = 1 << 21,  /* it waits at a rendezvous; its place is in the highest bits */
    RANK_TWO_GHOSTS = 1 << 22, /* two more; with both bits three, or more than that */
    RANK_EVICTED = 1 << 23,    /* it was told to end for somebody else's sake, and has no slot since */
    RANK_PLACE = 1 << 24       /* 1: the first place */
};
#define RANK_GHOSTS (RANK_GHOST | RANK_TWO_GHOSTS)
enum { RANK_PLACES = 255 }; /* this one stands for itself and all beyond */
#define RANK_LAUNCH_BITS                                                                           \
    (RANK_RESERVED | RANK_HELD | RANK_VOUCHED | RANK_ACKED | RANK_GO_SENT | RANK_GO_THERE)
#define RANK_CALL_BITS                                                                             \
    (RANK_CALLED | RANK_CALLING | RANK_ARRIVED | RANK_RELEASED | RANK_PASSED | RANK_GATHERS)

/* What most records of a rank touch, and nothing else, so that four share a cache line. */
struct conf_rank {
    uint32_t run, epoch; /* newest process, and its newest call */
    uint32_t run_executor;
    uint32_t bits;
};
_Static_assert(sizeof(struct conf_rank) == 16, "a quarter of a cache line a rank");
/* And what its launches touch, and its reports. */
struct conf_booking {
    uint32_t launch, executor; /* newest reservation */
    uint32_t downs;            /* of `executor` when it took the reservation, or of the process's: with more, that is gone */
    uint32_t reports;          /* of a gang's rank: the last checkpoint its driver was told of; of a
                                  MapReduce task: its bad ends, and in the upper half those that are its own */
};

/* Whoever waits for something that a timer bounds stands in a queue in the order it came: as all in
 * one queue have the same patience, the first in it is the first whose patience ends. */
enum conf_queue {
    QUEUE_ROUND = 0,  /* somebody waits in a round */
    QUEUE_WAIT = 1,   /* a gang is ready, and has not gone */
    QUEUE_LAUNCH = 2, /* a gang's slots are being reserved */
    QUEUE_TASKS = 3,  /* where there are bounds: a stage that is no gang is ready and not done. No timer bounds that */
    QUEUE_COUNT = 4
};
struct conf_turn {
    int64_t at_ns;           /* since when */
    uint64_t number;         /* of the record that its timer was armed by */
    uint32_t next, previous; /* stages */
};

struct conf_stage {
    /* what a round touches, in one cache line */
    uint32_t fence_end; /* attempts below are fenced */
    uint32_t round_attempt, round_epoch;
    uint32_t arrived[2]; /* by operation */
    uint32_t out_epoch;  /* rounds below were released; out_digest is of the last of them */
    int64_t out_digest;
    uint64_t gathered;     /* of what those who have arrived gave */
    uint32_t failed_round; /* 1 + epoch that timed out in round_attempt; 0: none */
    uint32_t members;      /* of a gang's attempt that went last, ranks 0..members - 1; of one that is to go: all */
    uint32_t tasks, number, job; /* number: in the plan */
    uint8_t is_barrier;
    uint8_t ungathered; /* somebody did not say what it gave, or is gone */
    uint8_t ops_seen;   /* bit: this operation was called in the round at hand */
    uint8_t queues;     /* bit: it stands in this enum conf_queue */
    /* the rest */
    uint32_t robbed; /* 1 + executor that was given back, and that it needs if its job goes on; 0: none */
    uint32_t run, started, running, older;
    uint32_t launch,
        plan_end; /* attempt that was planned last; no attempt at or above plan_end was planned */
    uint32_t acked, held;
    uint32_t go_end, attempts; /* attempts at or above go_end never went; how many went */
    uint32_t accepted;
    uint32_t cores, memory_mib, gpu_milli;
    uint32_t gpu_first;          /* of its masks; CONF_NONE: it needs no GPU */
    uint8_t done, acts;          /* acts: enum conf_stage_act */
    uint8_t evicted;             /* bits: enum conf_evicted */
    uint8_t redo;                /* outputs of it were lost, so that it is done again */
    uint32_t over_end;           /* attempts below are fenced, or did all they were to do */
    uint32_t checkpoint, resume; /* the last accepted; where the present attempt begins */
    uint32_t failures,
        failures_at_most;            /* fences that its own tasks pay for; those that they may */
    uint32_t losses, losses_at_most; /* and those that lost machines pay for */
    uint32_t outputs;                /* delivered, and not accepted yet */
    uint32_t ghosts;                 /* processes that were replaced in our books, and live */
    uint32_t begun_again;            /* how often it was done, and lost outputs */
    uint32_t ahead;                  /* ranks of this attempt that reported more than `checkpoint` */
    uint32_t kill_end;               /* of attempts at or above nobody was told to end */
    uint32_t least;                  /* so many of its tasks go together; 0: each alone. Of a gang: so many members an attempt has at least */
    uint32_t room_of;                /* 1 + the stage that got what was this one's, when STAGE_GOT; 0: none */
    uint32_t planned;                /* members that the last plan placed; of what was told to go, those that it was told of */
    /* times, apart from the rest for the fingerprint */
    int64_t overlap_ns; /* its newest attempt began while one that was written off lived */
    int64_t ready_ns;   /* since when it could be launched, but for slots: what it had of the attempt before may drain first */
    int64_t limit_ns;   /* while its round waits: the end of the shortest limit of a caller; 0: none has one */
    uint64_t limit_number; /* of the call that has it */
    struct conf_turn turn[QUEUE_COUNT]; /* and each stage begins with a cache line */
};
_Static_assert(offsetof(struct conf_stage, robbed) == 64 && sizeof(struct conf_stage) % 64 == 0, "in one cache line");
_Static_assert(offsetof(struct conf_stage, overlap_ns) ==
                   offsetof(struct conf_stage, planned) + sizeof(uint32_t),
               "no hidden bytes");

/*
 * What became of it for somebody else's sake. All but PENDING are forgotten with the next news (evict.c): what happens in the
 * world may be a reason that nobody saw coming.
 */
enum conf_evicted {
    STAGE_PENDING = 1 << 0, /* some of its tasks were told to end in the step at hand */
    STAGE_ENDED = 1 << 1,   /* it was told to end as a whole, and nobody has got a slot of it */
    STAGE_ENDED_IN_PART = 1 << 2, /* single tasks of it were; each executor knows of how many nobody has got the slot */
    STAGE_GOT = 1 << 3      /* it got a slot of `room_of` */
};
enum { STAGE_MARKS = STAGE_ENDED | STAGE_ENDED_IN_PART | STAGE_GOT };

/* What the world did to the present attempt that only a timeout can undo, or that makes it late. LOST_ASKED: somebody who was asked for
 * slots of the launch at hand has been written off, and may be back as another process. TOLD: the launch at hand was told to go. */
enum conf_stage_act { STAGE_HUNG = 1 << 0, STAGE_STRAGGLES = 1 << 1, STAGE_LOST_ASKED = 1 << 2, STAGE_TOLD = 1 << 3 };

struct conf_executor {
    uint64_t cores_used, memory_used;
    uint32_t memory_mib;
    uint32_t incarnation;
    uint32_t lost_end; /* incarnations below are written off */
    uint32_t downs;
    uint32_t running;
    uint32_t held_cores, held_memory; /* by reservations that were acknowledged */
    uint32_t victim, vacated;         /* 1 + the stage that was evicted from here last (CONF_NONE: several), 0: none; slots of it that nobody has got */
    uint16_t cores;
    uint16_t cores_told; /* so many are taken as the last news of it that came to the driver said; more than 65,535 are as many */
    uint16_t returning;  /* messages that give slots back there, and are on their way */
    uint8_t seen : 1, up : 1, joined : 1, crash_due : 1; /* crash_due: a fault says that it crashes */
    uint8_t taken : 1, spare : 3;                        /* taken: cores were, at times */
    uint8_t ways_cut;                                    /* bit: enum conf_ill */
    uint8_t drifts, draining, excluded, unused;          /* drifts: its clock runs outside the bound */
    /* what goes into the fingerprint in another way, or not at all */
    uint32_t cores_taken; /* by somebody else, if they were free */
    uint32_t news_number; /* of the record with which it last said what it has, the lower half: what is on its way tells */
    int64_t excluded_ns;  /* when its exclusion is over */
    int64_t stands_ns;    /* until when it stands still */
};
_Static_assert(offsetof(struct conf_executor, cores_taken) ==
                   offsetof(struct conf_executor, unused) + sizeof(uint8_t),
               "no hidden bytes");
/* Of an executor, where there are any. */
struct conf_gpus_of {
    uint64_t there, used;
};
/* Of a stage that waits, where there are bounds. */
struct conf_wait {
    int64_t room_ns;    /* how long it has had room, since it last went; of one that is no gang: since a task of it did */
    uint32_t overtaken; /* slots that others got while it had room */
    uint32_t has_room;  /* it would have room but for those who came after it */
};
/* Where something is done to links, or they repeat what they send: of an executor's link the record of the message that was delivered
 * last, there and at the driver. */
struct conf_came {
    uint64_t number[2];
    uint64_t up; /* the record of its process's beginning */
};
/* waits.c, while it counts: what those have on an executor who stand before somebody; else 0. */
struct conf_others {
    uint64_t gpus;
    uint32_t cores, memory_mib;
    uint32_t gpus_promised, unused;
};
enum conf_ill { LINK_CUT = 1 << 0, LINK_HELD = 1 << 1, LINK_BROKEN = 1 << 2 };

enum conf_job_bit {
    JOB_SUBMITTED = 1 << 0,
    JOB_DONE = 1 << 1,
    JOB_CANCELLED = 1 << 2,
    JOB_MUST_FAIL = 1 << 3, /* the plan expects it */
    JOB_HUNG = 1 << 4,
    JOB_CANCEL_OWED = 1 << 5, /* it was open when it was cancelled */
    JOB_SERVICE = 1 << 6,     /* it has no end of its own */
    JOB_HAS_TASKS = 1 << 7,   /* a stage of it is no gang */
    JOB_HAS_LIMIT = 1 << 8,   /* some call of its tasks says how long it waits at most */
    JOB_HAS_BOUND = 1 << 9,   /* it is expected to succeed within some time */
    JOB_ENDING = 1 << 10      /* it was refused, or its tasks are told to end because it is over */
};
struct conf_job {
    uint32_t bits, reason;
    uint32_t refused_as;       /* reason of its REFUSE; 0: none */
    uint32_t running;          /* living processes */
    uint32_t next, previous;   /* in the list of jobs that were submitted and have not ended */
    uint32_t first_pattern;    /* expectations with a pattern that names this job */
    uint32_t failures, losses; /* of the stage, or MapReduce task, with most of them, at most */
    uint32_t order;            /* of its submission: as in the list, and so not in the fingerprint */
    int64_t submitted_ns, done_ns;
};

/* The stages of a job, the ranks of a stage: a table of each, for they are looked up for nearly every record. */
struct conf_span {
    uint32_t first, count;
};

struct conf_pattern { /* one for each expectation */
    uint32_t seen, next;
    uint32_t kind; /* of its pattern's records; 0: no pattern, or no such kind */
    uint32_t failed;
};

/* An act on a link between executors, while it lasts. */
struct conf_peer {
    int64_t since_ns;
    uint8_t ways, unused[7];
};

/* Slots for a profile on the executors that are there, counted when they last changed. */
enum conf_fits { CONF_FITS_UNKNOWN = 0, CONF_FITS = 1, CONF_FITS_NOT = 2 };
struct conf_slots {
    uint64_t version, slots;
    uint64_t fits; /* enum conf_fits: one task, on any executor of the plan */
};

struct conf_judge {
    /* what each record touches */
    int64_t now_ns;
    int64_t calm_ns; /* nobody in a queue is overdue until then, and no caller's limit is over: not in the fingerprint, for it
                        decides nothing */
    uint64_t number; /* of the record at hand */
    uint64_t seen;   /* kinds of record so far */
    uint64_t plain;  /* kinds whose next record can be looked at alone: nothing is due before it, and no pattern wants it */
    uint32_t owed;   /* 1 + stage: a call of `owed_rank` must be answered before anything else; 0: none */
    uint32_t owed_checkpoint; /* 1 + a gang all of whose ranks have reported one that is not accepted yet; 0: none */
    uint32_t pending;  /* stages that are STAGE_PENDING */
    uint32_t marks;    /* 1: some stage may have one of STAGE_MARKS */
    uint32_t bounds;   /* 1: the scenario says how long a gang, or a task of a stage, may wait, or how often it is overtaken */
    uint32_t left;     /* of the driver's next records, those that it had decided on before it died */
    uint32_t ended;    /* 1: after the closing record */
    uint32_t executor_count, job_count, calling;
    uint32_t heard_stage, heard_rank; /* of the last call that came to the driver, and counted */
    uint64_t heard_number;            /* of its record */
    uint32_t freed_stage, freed_rank, freed_op; /* of the last end of a task that the driver was told while its call counted */
    uint64_t freed_number;            /* of its record */
    uint64_t stray_number;            /* of the last stray call's fault */
    uint32_t executors_at, jobs_at, stages_at, ranks_at, stages_of_at, ranks_of_at; /* in lines of the block */
    /* the rest */
    const struct plan *plan;
    struct conf_options options;
    uint64_t active[RULE_WORDS]; /* rules whose kinds are all observed */
    int64_t before_ns;     /* when the record before the one at hand was written */
    int64_t still_ns;      /* when the last record before QUIESCENT or END was written */
    uint64_t still_number; /* of the last QUIESCENT; 0: none */
    uint64_t watched;      /* kinds that some expectation's pattern wants */
    uint64_t cluster_version;
    uint32_t stage_count, rank_count, gpu_count;
    uint32_t running, held, ghosts;
    uint32_t open_first, open_last;   /* list of open jobs */
    uint32_t submitted;               /* jobs so far */
    uint32_t end_reason;
    uint8_t has_links, has_gpus, has_fractions; /* has_gpus: somebody has, or asks for one */
    uint8_t driver_down, driver_ups; /* driver_ups: 1 once it has come back */
    uint8_t tasks_planned;           /* a MapReduce stage was planned */
    uint8_t has_peers;               /* the plan does something to links between executors */
    uint8_t looks_ahead;             /* so many tasks run at once that memory is far away */
    uint8_t holds;                   /* somebody else than the driver places: slots may be held as long as it likes */
    uint32_t queue_first[QUEUE_COUNT], queue_last[QUEUE_COUNT];
    int64_t owed_ns, owed_checkpoint_ns; /* since when */
    uint32_t owed_rank;
    uint32_t excluded; /* executors that are */
    uint32_t room_due; /* 1: what has room may have changed since the last look */
    int64_t driver_up_ns;                 /* when it came back */
    int64_t driver_down_ns;               /* when it last died: what is left to carry out was decided no later */
    int64_t limit_ns;                     /* no round's caller has a limit that ends before this; INT64_MAX: none has any */
    int64_t cluster_ns;                   /* when executors last came, went or were written off */
    uint64_t cancel_number; /* of the last CANCEL */
    uint64_t fault_number;  /* of the last FAULT */
    uint32_t came_at, any_pattern_at, no_gpus_at, bookings_at, gpus_at, gpus_of_at, shares_at, patterns_at, slots_at, others_at, waits_at,
        peers_at, findings_at; /* findings_at: behind all that decides */
    uint32_t violations[CONF_ORACLE_COUNT], doubts[CONF_ORACLE_COUNT]; /* or more, at the largest number */
};

struct conf_findings {
    uint32_t count, kept[CONF_ORACLE_COUNT];
    uint64_t broken[CONF_RULE_WORDS], doubted[CONF_RULE_WORDS], unseen; /* as in the verdict */
    struct conf_finding list[CONF_FINDINGS_MAX];
};

enum { CONF_LINE = 64 };
static inline void *conf_at(const struct conf_judge *j, uint32_t line)
{
    return (char *)(uintptr_t)j + (size_t)line * CONF_LINE;
}
static inline struct conf_executor *conf_executors(const struct conf_judge *j)
{
    return conf_at(j, j->executors_at);
}
static inline struct conf_job *conf_jobs(const struct conf_judge *j)
{
    return conf_at(j, j->jobs_at);
}
static inline struct conf_stage *conf_stages(const struct conf_judge *j)
{
    return conf_at(j, j->stages_at);
}
static inline struct conf_span *conf_stages_of(const struct conf_judge *j) /* by job */
{
    return conf_at(j, j->stages_of_at);
}
static inline struct conf_span *conf_ranks_of(const struct conf_judge *j) /* by stage */
{
    return conf_at(j, j->ranks_of_at);
}
static inline uint32_t conf_first_stage(const struct conf_judge *j, const struct conf_job *job)
{
    return conf_stages_of(j)[job - conf_jobs(j)].first;
}
static inline uint32_t conf_stage_count(const struct conf_judge *j, const struct conf_job *job)
{
    return conf_stages_of(j)[job - conf_jobs(j)].count;
}
static inline struct conf_rank *conf_ranks(const struct conf_judge *j)
{
    return conf_at(j, j->ranks_at);
}
static inline uint64_t *conf_gpus(const struct conf_judge *j) { return conf_at(j, j->gpus_at); }
static inline struct conf_gpus_of *conf_gpus_of(const struct conf_judge *j, const struct conf_executor *e)
{
    struct conf_gpus_of *rows = conf_at(j, j->gpus_of_at);
    return j->has_gpus ? &rows[e - conf_executors(j)] : conf_at(j, j->no_gpus_at);
}
static inline uint16_t *conf_shares(const struct conf_judge *j) { return conf_at(j, j->shares_at); }
static inline struct conf_pattern *conf_patterns(const struct conf_judge *j)
{
    return conf_at(j, j->patterns_at);
}
static inline uint32_t *conf_any_pattern(const struct conf_judge *j) /* by kind: the first whose pattern names no job */
{
    return conf_at(j, j->any_pattern_at);
}
static inline struct conf_slots *conf_slots(const struct conf_judge *j)
{
    return conf_at(j, j->slots_at);
}
static inline struct conf_peer *conf_peers(const struct conf_judge *j) { return conf_at(j, j->peers_at); }
static inline struct conf_others *conf_others(const struct conf_judge *j) { return conf_at(j, j->others_at); }
static inline struct conf_wait *conf_wait_of(const struct conf_judge *j, const struct conf_stage *s)
{
    return (struct conf_wait *)conf_at(j, j->waits_at) + s->number;
}
static inline struct conf_findings *conf_findings(const struct conf_judge *j)
{
    return conf_at(j, j->findings_at);
}
static inline struct conf_rank *conf_rank_of(const struct conf_judge *j, const struct conf_stage *s,
                                             uint32_t rank)
{
    return &conf_ranks(j)[conf_ranks_of(j)[s->number].first + rank];
}

static inline struct conf_booking *conf_bookings(const struct conf_judge *j)
{
    return conf_at(j, j->bookings_at);
}
static inline struct conf_booking *conf_booking_of(const struct conf_judge *j, const struct conf_rank *k)
{
    return &conf_bookings(j)[k - conf_ranks(j)];
}

static inline bool conf_observed(const struct conf_judge *j, uint64_t kinds)
{
    return (kinds & ~j->options.observes) == 0;
}

/* True if the driver may count everything on this executor as gone. */
static inline bool conf_written_off(const struct conf_executor *e)
{
    return e->lost_end > e->incarnation;
}

/* Of the attempt that was planned last: so many as were planned, if so few may be; else all. */
static inline uint32_t conf_members_planned(const struct conf_stage *s)
{
    return s->is_barrier && s->planned >= s->least && s->planned < s->tasks ? s->planned : s->tasks;
}

/* Slots that it needs at once. */
static inline uint32_t conf_least(const struct conf_stage *s) { return s->is_barrier ? s->least : 1; }

static inline uint32_t conf_profile(const struct conf_judge *j, const struct conf_stage *s)
{
    return j->plan->stages[s->number].profile;
}

/* The plan has stray calls, and nobody says which they are. */
bool conf_lacks_faults(const struct conf_judge *j);
/* Some gang may have fewer members than tasks, and nobody says how many went. */
bool conf_lacks_sizes(const struct conf_judge *j);

/* ---- report.c: what is wrong. The record at hand is r; NULL: the end of the history. */
void conf_fail(struct conf_judge *j, enum conf_rule_id rule, const struct trace_record *r,
               const char *format, ...) __attribute__((cold, format(printf, 4, 5)));
void conf_doubt(struct conf_judge *j, enum conf_rule_id rule, const struct trace_record *r,
                const char *format, ...) __attribute__((cold, format(printf, 4, 5)));
enum { CONF_LABEL_BYTES = 112 };
/* "gang 'fit' of 'resnet'"; "job 'resnet'". Return `out`. */
const char *conf_stage_label(const struct conf_judge *j, const struct conf_stage *s,
                             char out[static CONF_LABEL_BYTES]);
const char *conf_job_label(const struct conf_judge *j, uint32_t job,
                           char out[static CONF_LABEL_BYTES]);

static inline bool conf_is_active(const struct conf_judge *j, enum conf_rule_id rule)
{
    return (j->active[rule / 64] >> rule % 64 & 1) != 0;
}

/* A rule that a driver which came back breaks in a way of its own. */
static inline enum conf_rule_id
conf_rule_after_return(const struct conf_judge *j, enum conf_rule_id rule, enum conf_rule_id after)
{
    return j->driver_ups && conf_is_active(j, after) ? after : rule;
}

/* ---- rules.c */
void conf_rules_active(uint64_t observes, uint64_t active[RULE_WORDS]);
uint64_t conf_oracle_needs(unsigned oracle);
const char *conf_rule_id_text(enum conf_rule_id rule);
enum conf_oracle conf_rule_oracle(enum conf_rule_id rule);

/* ---- launch.c */
void conf_on_plan(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_launch(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_reserve(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_reserve_ack(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_reserve_ack_delivered(struct conf_judge *j, const struct trace_record *r,
                                   struct conf_stage *s);
void conf_on_go(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_go_delivered(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_given_back(struct conf_judge *j, const struct trace_record *r,
                        struct conf_stage *s); /* UNRESERVE, NACK */
void conf_on_taken_back(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_unreserve_over(struct conf_judge *j, const struct trace_record *r); /* delivered, or lost */
void conf_on_start(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_exit(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_killed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_free(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_free_delivered(struct conf_judge *j, const struct trace_record *r,
                            struct conf_stage *s);
/* The attempt of a gang that runs is over: all started, or all that started gone (AON-3). */
void conf_close_attempt(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
/* A living process of the stage's attempts below `before` on an executor that is not written off;
 * CONF_NONE: none.
 * Walks the ranks: call it once an attempt. */
uint32_t conf_find_living(const struct conf_judge *j, const struct conf_stage *s, uint32_t before);
/* A rank for which a slot is held on a machine that has not been lost since, CONF_NONE: none; and how many there are. Both walk the ranks. */
uint32_t conf_find_held(const struct conf_judge *j, const struct conf_stage *s);
uint32_t conf_count_held(const struct conf_judge *j, const struct conf_stage *s);

/* ---- rounds.c */
void conf_on_arrive(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_arrive_delivered(struct conf_judge *j, const struct trace_record *r,
                              struct conf_stage *s);
void conf_on_release(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_round_failed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
/* A call that can only be answered with "no" has been answered before anything else is done. */
void conf_check_owed(struct conf_judge *j, const struct trace_record *r);
/* It does something else: a message comes to it, a timer of it fires, or nothing does. */
bool conf_driver_turns_to(const struct trace_record *r);
/* What the driver owed since then did not come in time: it turned to something else. */
bool conf_is_too_late(const struct conf_judge *j, const struct trace_record *r, int64_t since_ns);
void conf_on_reply(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_withdraw(struct conf_judge *j, struct conf_stage *s,
                   struct conf_rank *k); /* its arrival counts no more */

/* ---- driver.c */
void conf_on_fence(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_accept(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_kill(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_stage_done(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_join(struct conf_judge *j, const struct trace_record *r);
void conf_on_lost(struct conf_judge *j, const struct trace_record *r);
void conf_on_up(struct conf_judge *j, const struct trace_record *r);
void conf_on_down(struct conf_judge *j, const struct trace_record *r);
/* True (and said) if the attempt is fenced. */
bool conf_is_fenced(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                    const char *what);

/* ---- order.c */
void conf_check_parents(struct conf_judge *j, const struct trace_record *r,
                        const struct conf_stage *s);
void conf_check_overtaken(struct conf_judge *j, const struct trace_record *r,
                          const struct conf_stage *s);
void conf_check_given_back(struct conf_judge *j, const struct trace_record *r);
/* Its job goes on: it is planned, or what was lost of it is made again. */
void conf_check_robbed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);

/* ---- evict.c */
void conf_on_evicted_gang(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s); /* a FENCE for it */
void conf_on_evicted_tasks(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s); /* a KILL for it */
/* The driver turns to something else: what it evicted is seen as a whole. */
void conf_look_at_evicted(struct conf_judge *j, const struct trace_record *r);
/* Something happens that may be a reason of its own: asked for while there are marks. */
void conf_look_for_news(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s);
void conf_on_slots_got(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_check_back(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
/* A task goes, of a stage so many of which go together. */
void conf_check_together(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s);

/* ---- waits.c */
bool conf_has_bounds(const struct plan *plan);
void conf_look_at_waits(struct conf_judge *j, const struct trace_record *r, int64_t from_ns); /* time has gone on */
void conf_check_passed(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s);
void conf_end_wait(struct conf_judge *j, const struct conf_stage *s);
void conf_slot_is_free(struct conf_judge *j); /* the driver has heard so */

/* ---- restart.c */
/* The last attempt that was fenced may have been one too many, so that its job is over. */
bool conf_may_be_used_up(const struct conf_judge *j, const struct conf_stage *s);
void conf_pay(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_pay_task(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                   struct conf_rank *k);
/* RST-6 for tasks that are no gang's. */
void conf_check_tasks_left(struct conf_judge *j, const struct trace_record *r,
                           const struct conf_stage *s);
/* A checkpoint that all have reported is accepted before the driver does anything else. */
void conf_check_owed_checkpoint(struct conf_judge *j, const struct trace_record *r);
void conf_check_budget_left(struct conf_judge *j, const struct trace_record *r,
                            const struct conf_stage *s);
void conf_check_attempts_left(struct conf_judge *j, const struct trace_record *r,
                              const struct conf_stage *s);
void conf_check_budget_used(struct conf_judge *j, const struct trace_record *r);
void conf_on_checkpoint(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_checkpoint_delivered(struct conf_judge *j, const struct trace_record *r,
                                  struct conf_stage *s);
void conf_accept_checkpoint(struct conf_judge *j, const struct trace_record *r,
                            struct conf_stage *s);

/* ---- timers.c */
void conf_timers_init(struct conf_judge *j);
void conf_queue_take(struct conf_judge *j, struct conf_stage *s, enum conf_queue q,
                     uint64_t number);
void conf_queue_leave(struct conf_judge *j, struct conf_stage *s, enum conf_queue q);
bool conf_may_hold(const struct conf_judge *j);
bool conf_says_launch(const struct conf_judge *j);
/* The stage can go as far as its parents are concerned. */
void conf_queue_if_ready(struct conf_judge *j, struct conf_stage *s);
void conf_launches_lose(struct conf_judge *j, uint32_t executor);
/* The process, or the go, that a rank had there was on an executor that the driver has written off. */
bool conf_is_lost_with(const struct conf_executor *e, const struct conf_booking *b);
void conf_queue_drained(struct conf_judge *j, struct conf_stage *s, uint32_t attempt);
void conf_job_ends(struct conf_judge *j, uint32_t number);
void conf_queue_handed_in_again(struct conf_judge *j);
void conf_tick(struct conf_judge *j, const struct trace_record *r);
void conf_on_timer(struct conf_judge *j, const struct trace_record *r);
/* A call came whose caller waits for so long at most. */
void conf_limit_round(struct conf_judge *j, struct conf_stage *s, int64_t within_ns);
void conf_check_call_timeout(struct conf_judge *j, const struct trace_record *r,
                             const struct conf_stage *s);
void conf_check_sync_timeout(struct conf_judge *j, const struct trace_record *r,
                             const struct conf_stage *s);
void conf_check_launch_deadline(struct conf_judge *j, const struct trace_record *r,
                                const struct conf_stage *s);

/* ---- recovery.c */
void conf_note_freed(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s, const struct conf_rank *k); /* before its call is withdrawn */
void conf_on_driver_down(struct conf_judge *j, const struct trace_record *r);
void conf_on_driver_up(struct conf_judge *j, const struct trace_record *r);
void conf_check_loss(struct conf_judge *j, const struct trace_record *r);
void conf_check_asked(struct conf_judge *j, const struct trace_record *r,
                      const struct conf_stage *s);

/* ---- machines.c */
void conf_on_news(struct conf_judge *j, const struct trace_record *r);
void conf_on_machine_fault(struct conf_judge *j, const struct trace_record *r);
void conf_on_heal(struct conf_judge *j, const struct trace_record *r);

/* ---- peers.c: links between executors */
bool conf_has_peers(const struct plan *plan);
bool conf_is_of_peers(const struct conf_judge *j, const struct trace_record *r); /* of a FAULT or HEAL */
void conf_on_peer_fault(struct conf_judge *j, const struct trace_record *r);
void conf_on_peer_heal(struct conf_judge *j, const struct trace_record *r);
int64_t conf_apart_since(const struct conf_judge *j, uint32_t a, uint32_t b); /* INT64_MAX: they reach each other */
void conf_on_connection(struct conf_judge *j, const struct trace_record *r, bool made);
void conf_on_exclude(struct conf_judge *j, const struct trace_record *r);
void conf_check_excluded(struct conf_judge *j, const struct trace_record *r,
                         const struct conf_stage *s);
bool conf_is_excluded(const struct conf_judge *j, const struct conf_executor *e);
/* How long a process may outlive the start of its successor, if its executor was written off. */
int64_t conf_overlap_ns(const struct conf_judge *j);

/* ---- outputs.c */
void conf_on_unregister(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_fetch_failed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_output_delivered(struct conf_judge *j, const struct trace_record *r,
                              struct conf_stage *s);
void conf_accept_output(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_meet(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s,
                  bool met);

/* ---- progress.c */
void conf_on_submit(struct conf_judge *j, const struct trace_record *r);
void conf_on_cancel(struct conf_judge *j, const struct trace_record *r);
void conf_on_fault(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_refuse(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_job_done(struct conf_judge *j, const struct trace_record *r);
void conf_on_quiescent(struct conf_judge *j, const struct trace_record *r);
void conf_on_end(struct conf_judge *j, const struct trace_record *r);
void conf_finish_progress(struct conf_judge *j);
/* A job is given up; the record says so. */
void conf_doubt_give_up(struct conf_judge *j, const struct trace_record *r, const char *what);
uint32_t conf_fit(const struct conf_stage *s, uint32_t cores, uint32_t memory_mib, uint32_t gpus);
/* Slots for it on the executors that are there, if nothing else were. */
uint64_t conf_slots_there(const struct conf_judge *j, const struct conf_stage *s);

/* ---- why.c: what a hung job waits for, from the truth */
enum { CONF_WHY_BYTES = 430 }; /* and what is said before it fits into a sentence, too */
const char *conf_why(const struct conf_judge *j, uint32_t job, char out[static CONF_WHY_BYTES]);
uint64_t conf_free_slots(const struct conf_judge *j, const struct conf_stage *s);
/* ---- cycle.c: the same as a walk from one that waits to the next, until somebody comes again */
const char *conf_cycle(const struct conf_judge *j, uint32_t job, char out[static CONF_WHY_BYTES]);

/* ---- expect.c */
void conf_expect_init(struct conf_judge *j);
void conf_expect_match(struct conf_judge *j, const struct trace_record *r);
void conf_finish_expect(struct conf_judge *j);

#endif
