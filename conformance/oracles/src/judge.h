/*
 * judge.h -- the judge's memory, and what the oracles may ask of each other.
 *
 * judge.c lays the block out, checks the form of each record (HIS) and hands it to those who need
 * its kind; launch.c judges reservations, goes and starts (AON, CAP, and who lives with whom: GEN);
 * rounds.c barriers (BAR); driver.c the driver's other decisions (GEN, CON); progress.c hangs and
 * ends (PRG, CON); why.c says what a hung job waits for; expect.c the scenario's promises; rules.c
 * and report.c findings and the verdict.
 *
 * The oracles keep their own state instead of trace_state's: they need 32 bytes a rank, not 64, and
 * what they need is not what a picture needs (which acknowledgement is still good, not since when
 * somebody waits).
 *
 * Invariants
 *   - Everything a later verdict depends on lies in the block, by index; only the plan is pointed
 *     to.
 *   - A rank's bits CALLED..GATHERS speak of its newest call, `epoch`; RESERVED..GO_THERE of its
 *     newest reservation, `launch` on `executor`; STARTED..GHOST of its newest process, `run` on
 *     `run_executor`.
 *   - stage.held counts ranks with HELD; stage.acked those whose acknowledgement in stage.launch is
 *     good; stage.running and stage.older the living processes of stage.run and of attempts before.
 */
#ifndef CONF_JUDGE_H
#define CONF_JUDGE_H

#include "conf/conf.h"

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
_Static_assert(RULE_COUNT <= 64, "the rules that can be judged are one 64-bit mask");

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
    RANK_GHOST = 1 << 11,  /* a process of it was replaced in our books: its exit is no news */
    RANK_CALLED = 1 << 12, /* `epoch` means something */
    RANK_CALLING = 1 << 13,
    RANK_ARRIVED = 1 << 14,  /* the call counts at the driver */
    RANK_RELEASED = 1 << 15, /* a release covers it */
    RANK_PASSED = 1 << 16,   /* it returned well */
    RANK_GATHERS = 1 << 17,  /* its operation: allGather */
    RANK_VOUCHED =
        1 << 18 /* its executor has acknowledged the reservation, if only to let it go later */
};
#define RANK_LAUNCH_BITS                                                                           \
    (RANK_RESERVED | RANK_HELD | RANK_VOUCHED | RANK_ACKED | RANK_GO_SENT | RANK_GO_THERE)
#define RANK_CALL_BITS                                                                             \
    (RANK_CALLED | RANK_CALLING | RANK_ARRIVED | RANK_RELEASED | RANK_PASSED | RANK_GATHERS)

struct conf_rank {
    uint32_t launch, executor;  /* newest reservation */
    uint32_t run, run_executor; /* newest process */
    uint32_t epoch;
    uint32_t bits;
    uint32_t downs; /* of `executor` when it took the reservation: with more, that is gone */
    uint32_t unused;
};
_Static_assert(sizeof(struct conf_rank) == 32, "half a cache line a rank");

struct conf_stage {
    /* what a round touches */
    uint32_t first_rank, tasks;
    uint32_t fence_end; /* attempts below are fenced */
    uint32_t round_attempt, round_epoch;
    uint32_t arrived[2]; /* by operation */
    uint32_t out_epoch;  /* rounds below were released; out_digest is of the last of them */
    int64_t out_digest;
    uint32_t is_barrier;
    uint32_t job;
    /* the rest */
    uint32_t run, started, running, older;
    uint32_t launch,
        plan_end; /* attempt that was planned last; no attempt at or above plan_end was planned */
    uint32_t acked, held;
    uint32_t go_end, attempts; /* attempts at or above go_end never went; how many went */
    uint32_t accepted;
    uint32_t cores, memory_mib, gpu_milli, profile;
    uint32_t gpu_first;            /* of its masks; CONF_NONE: it needs no GPU */
    uint32_t number;               /* in the plan */
    uint8_t done, acts, unused[2]; /* acts: enum conf_stage_act */
};

/* What the world did to the present attempt that only a timeout can undo, or that makes it late. */
enum conf_stage_act { STAGE_HUNG = 1 << 0, STAGE_STRAGGLES = 1 << 1 };

struct conf_executor {
    uint64_t gpus, gpus_used;
    uint64_t cores_used, memory_used;
    uint32_t cores, memory_mib;
    uint32_t incarnation;
    uint32_t lost_end; /* incarnations below are written off */
    uint32_t downs;
    uint32_t running;
    uint8_t seen, up, joined, crash_due; /* crash_due: a fault says that it crashes */
};

enum conf_job_bit {
    JOB_SUBMITTED = 1 << 0,
    JOB_DONE = 1 << 1,
    JOB_CANCELLED = 1 << 2,
    JOB_MUST_FAIL = 1 << 3, /* the plan expects it */
    JOB_HUNG = 1 << 4
};
struct conf_job {
    uint32_t first_stage, stage_count;
    uint32_t bits, reason;
    uint32_t refused_as;     /* reason of its REFUSE; 0: none */
    uint32_t running;        /* living processes */
    uint32_t next, previous; /* in the list of jobs that were submitted and have not ended */
    uint32_t first_pattern;  /* expectations with a pattern that names this job */
    uint32_t unused;
    int64_t submitted_ns, done_ns;
};

struct conf_pattern { /* one for each expectation */
    uint32_t seen, next;
    uint32_t kind; /* of its pattern's records; 0: no pattern, or no such kind */
    uint32_t failed;
};

/* Slots for a profile on the executors that are there, counted when they last changed. */
enum conf_fits { CONF_FITS_UNKNOWN = 0, CONF_FITS = 1, CONF_FITS_NOT = 2 };
struct conf_slots {
    uint64_t version, slots;
    uint64_t fits; /* enum conf_fits: one task, on any executor of the plan */
};

struct conf_judge {
    const struct plan *plan;
    struct conf_options options;
    uint64_t active; /* rules whose kinds are all observed */
    uint64_t seen;   /* kinds of record so far */
    uint64_t number; /* of the record at hand */
    int64_t now_ns;
    int64_t still_ns;      /* when the last record before QUIESCENT or END was written */
    uint64_t still_number; /* of the last QUIESCENT; 0: none */
    uint64_t watched;      /* kinds that some expectation's pattern wants */
    uint64_t cluster_version;
    uint32_t executor_count, job_count, stage_count, rank_count, gpu_count;
    uint32_t running, calling, held;
    uint32_t open_first, open_last;   /* list of open jobs */
    uint32_t any_pattern[CONF_KINDS]; /* expectations with a pattern that names no job */
    uint32_t end_reason;
    uint8_t ended, has_fractions, unused[2];
    size_t live_bytes; /* of the block, without the findings */
    size_t executors_at, jobs_at, stages_at, ranks_at, gpus_at, shares_at, patterns_at, slots_at,
        findings_at;
    uint64_t violations[CONF_ORACLE_COUNT];
    uint64_t doubts[CONF_ORACLE_COUNT];
};

struct conf_findings {
    uint32_t count, kept[CONF_ORACLE_COUNT];
    struct conf_finding list[CONF_FINDINGS_MAX];
};

static inline void *conf_at(const struct conf_judge *j, size_t at)
{
    return (char *)(uintptr_t)j + at;
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
static inline struct conf_rank *conf_ranks(const struct conf_judge *j)
{
    return conf_at(j, j->ranks_at);
}
static inline uint64_t *conf_gpus(const struct conf_judge *j) { return conf_at(j, j->gpus_at); }
static inline uint16_t *conf_shares(const struct conf_judge *j) { return conf_at(j, j->shares_at); }
static inline struct conf_pattern *conf_patterns(const struct conf_judge *j)
{
    return conf_at(j, j->patterns_at);
}
static inline struct conf_slots *conf_slots(const struct conf_judge *j)
{
    return conf_at(j, j->slots_at);
}
static inline struct conf_findings *conf_findings(const struct conf_judge *j)
{
    return conf_at(j, j->findings_at);
}
static inline struct conf_rank *conf_rank_of(const struct conf_judge *j, const struct conf_stage *s,
                                             uint32_t rank)
{
    return &conf_ranks(j)[s->first_rank + rank];
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

/* ---- report.c: what is wrong. The record at hand is r; NULL: the end of the history. */
void conf_fail(struct conf_judge *j, enum conf_rule_id rule, const struct trace_record *r,
               const char *format, ...) __attribute__((format(printf, 4, 5)));
void conf_doubt(struct conf_judge *j, enum conf_rule_id rule, const struct trace_record *r,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
enum { CONF_LABEL_BYTES = 112 };
/* "gang 'fit' of 'resnet'"; "job 'resnet'". Return `out`. */
const char *conf_stage_label(const struct conf_judge *j, const struct conf_stage *s,
                             char out[static CONF_LABEL_BYTES]);
const char *conf_job_label(const struct conf_judge *j, uint32_t job,
                           char out[static CONF_LABEL_BYTES]);

/* ---- rules.c */
uint64_t conf_rules_active(uint64_t observes);
uint64_t conf_oracle_needs(unsigned oracle);
const char *conf_rule_id_text(enum conf_rule_id rule);
enum conf_oracle conf_rule_oracle(enum conf_rule_id rule);

/* ---- launch.c */
void conf_on_plan(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_reserve(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_reserve_ack(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_reserve_ack_delivered(struct conf_judge *j, const struct trace_record *r,
                                   struct conf_stage *s);
void conf_on_go(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_go_delivered(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_given_back(struct conf_judge *j, const struct trace_record *r,
                        struct conf_stage *s); /* UNRESERVE, NACK */
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
uint32_t conf_find_held(const struct conf_judge *j, const struct conf_stage *s);

/* ---- rounds.c */
void conf_on_arrive(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_arrive_delivered(struct conf_judge *j, const struct trace_record *r,
                              struct conf_stage *s);
void conf_on_release(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_round_failed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_on_reply(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s);
void conf_withdraw(const struct conf_judge *j, struct conf_stage *s,
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

/* ---- why.c: what a hung job waits for, from the truth */
enum { CONF_WHY_BYTES = 176 };
const char *conf_why(const struct conf_judge *j, uint32_t job, char out[static CONF_WHY_BYTES]);

/* ---- expect.c */
void conf_expect_init(struct conf_judge *j);
void conf_expect_match(struct conf_judge *j, const struct trace_record *r);
void conf_finish_expect(struct conf_judge *j);

#endif
