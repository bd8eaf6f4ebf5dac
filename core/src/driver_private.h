/*
 * driver_private.h -- the driver's memory, and what its parts may ask of each other.
 *
 * registry.c knows the executors and exclude.c which of them are avoided, jobs.c the jobs and their ends, admit.c which of
 * them the cluster can hold, ended.c what the end of a task means and attempts.c that of a gang's attempt, outputs.c where outputs
 * lie, left.c what failed attempts leave behind, sync.c the rounds, place.c the queue and the launches, offers.c which executors are tried, and dynamic.c which of them are
 * given back and asked for again. driver.c is the door. Everything lives in one block: the
 * struct below, then its arrays, found by offsets.
 *
 * Invariants (gang_driver_audit() checks them all):
 * - An executor's free room plus what its groups hold is what it has.
 * - profile.free is the sum of what fits into the executors that are offered, profile.total of what would fit into all that
 *   may be, profile.active into those of them, too, that are excluded.
 * - A group is in exactly two lists: its stage's and its executor's.
 * - A stage is in the queue exactly when something of it waits to be launched.
 * - A barrier stage has one attempt at a time: nothing of attempt a+1 is planned before every slot
 * of a is free or written off. (A policy that does not end what failed leaves groups behind: they
 * are kept apart, and nothing of them is of the present attempt.)
 * - An output that counts lies on an executor that is alive, in its present incarnation.
 */
#ifndef GANG_DRIVER_PRIVATE_H
#define GANG_DRIVER_PRIVATE_H

#include "bits.h"
#include "err.h"
#include "lease.h"
#include "marks.h"
#include "put.h"
#include "rare.h"
#include "shares.h"
#include "slab.h"
#include "timers.h"

/* ---- registry */
enum executor_state { EXECUTOR_ABSENT = 0, EXECUTOR_ALIVE = 1, EXECUTOR_GONE = 2 };
/* Bits: while there is any, nothing is offered on it. */
enum suspicion {
    SUSPECT_NOT = 0,
    SUSPECT_SILENT = 1,   /* owes an answer, or its connection broke: until it is heard from */
    SUSPECT_FULL = 2,     /* refused what seemed free: until it says more than answers to what was asked before */
    SUSPECT_UNLEASED = 4, /* its lease has ended: until a heartbeat says that it has one again */
    SUSPECT_CONDEMNED = 8 /* was told to go: until another process comes in its place */
};
struct member_executor {
    struct gang_room total, free;
    gang_ns heard_at;
    gang_ns excluded_until;       /* while it is excluded */
    uint32_t incarnation, groups; /* groups: head of its list */
    uint32_t failures;            /* on it that began the failure of a gang, since the last success on it */
    uint8_t state;
    uint8_t suspect;  /* enum suspicion, as bits */
    uint8_t excluded; /* nothing new is placed on it for a while (B-194) */
    uint8_t draining; /* nor ever again: it is being taken out of service (B-192) */
    uint32_t rack;
    uint32_t owed_cores, owed_memory_mib; /* given away, but no longer there: what comes back pays this first */
    uint8_t leaving; /* it was said to go: that it is lost is nobody's fault */
    uint8_t unused[7];
};
/* What an executor has free, or would have. */
struct vacancy {
    const struct gang_room *room;
    const uint16_t *used; /* thousandths used of each address; NULL: nobody uses an address in part */
    uint64_t there;       /* the addresses it has */
};

/* Of one executor, while places are chosen for a stage with wishes (locality.c). Means nothing between two steps. */
struct nook {
    uint32_t left;   /* tasks that there is room for, besides those that have chosen it */
    uint32_t cursor; /* of those who wish for it: where to look next in its rack */
    uint32_t taken;  /* 1: somebody has chosen it */
};

/* Of one executor, where they come and go with the load (dynamic.c). */
enum standby_state {
    STANDBY_NOT = 0,
    STANDBY_AWAY = 1, /* given back: it can be had again */
    STANDBY_ASKED = 2 /* asked for, and not there yet */
};
struct standby {
    gang_ns idle_at; /* since when it has nothing to do, if it has not */
    uint8_t state, claimed; /* claimed: while executors are asked for, somebody counts on it */
    uint8_t unused[6];
};

/* ---- profiles: one row for each different need of the jobs alive */
struct profile {
    struct gang_need need;
    uint32_t users;       /* stages alive with this need; 0: the row is free */
    uint64_t free, total; /* tasks that fit now, and that would fit if nothing ran */
    uint64_t active;      /* as total, with the executors that are excluded */
    uint64_t granted;     /* as total, of the executors that were given back and can be had again */
    uint64_t counted;     /* what a policy that counts wrongly takes for `free` */
    uint64_t at_start;    /* what was free when the round began; used within it only */
};

/* ---- jobs and stages */
enum job_state {
    JOB_FREE = 0,
    JOB_ADMITTING = 1,
    JOB_RUNNING = 2,
    JOB_ENDING = 3,
    JOB_OVER = 4 /* its end was said, and tasks that nobody ended still run */
};
struct job {
    uint32_t id;
    int32_t priority;
    uint64_t order;       /* submissions so far: first come, first served */
    uint64_t stages_done; /* bit i: stage i was done, at least once */
    uint64_t made;        /* bit i: every output of stage i is there */
    uint32_t first_stage, stage_count;
    uint32_t admission_failures;
    uint32_t next_free;
    uint16_t end_reason;
    uint8_t state, kind; /* kind: enum gang_job_kind */
    uint32_t end_operand;
};

/* A barrier stage walks through these; a MapReduce stage is STAGE_RUNNING from ready to done. */
enum stage_state {
    STAGE_NEW = 0,       /* its parents' outputs are not there, or its job is not admitted */
    STAGE_ADMITTING = 1, /* does not fit the cluster; will be checked again */
    STAGE_QUEUED = 2,    /* waits for slots */
    STAGE_LAUNCHING = 3, /* reserved, not all acknowledged */
    STAGE_RUNNING = 4,
    STAGE_DRAINING = 5, /* fenced; some slot is not free yet */
    STAGE_BACKOFF = 6,  /* waits out the retry delay */
    STAGE_DONE = 7,
    STAGE_DEAD = 8, /* its job ended without it */
    STAGE_STATES = 9
};
struct stage {
    /* one cache line of what a barrier round touches */
    uint32_t job, tasks, rank_base; /* job: slot; rank_base: first index of its rank table */
    uint16_t attempt;               /* present attempt of a gang */
    uint8_t state, kind;
    uint32_t epoch, arrived, exited, open_groups;
    uint64_t round_digest;
    uint32_t groups, groups_acked;
    uint8_t round_op, queued, index,
        phase_timer; /* phase_timer: enum gang_timer of its armed phase timer */
    uint16_t round_failed, wait_reason;
    uint32_t profile, queue_next;
    /* the rest */
    uint32_t queue_previous, last_group;
    uint64_t parents;
    uint32_t attempts_used, attempts_made; /* attempts_made: the next attempt's number */
    uint32_t failures, losses, admission_failures;
    uint32_t pending, pending_low; /* MapReduce: ranks to launch, and a lower bound of the first */
    uint32_t checkpoint, checkpoint_ahead;      /* common to all ranks; ranks that are beyond it */
    uint32_t min, max, role, group, constraint; /* for placers; the core keeps gangs rigid */
    uint64_t task_bytes;                        /* one encoded task */
    uint32_t wishes;   /* ranks that would rather be on some executor */
    uint32_t locality; /* how far its wishes are relaxed: executor, rack, any */
    /* what only Spark's rounds need: see sync.c */
    uint32_t twice;       /* requests of this round beyond one a rank */
    uint16_t timers_left; /* round_timers_of() */
    uint8_t round_ops;    /* bit i: operation i was asked for in this round */
    uint8_t holds; /* placer.c: a gang that nobody has told to go */
    uint32_t limit_rank;  /* whose own limit the CALL timer is (G-11) */
    uint32_t size;        /* that the first request of this attempt counted; 0: the stage's (B-81) */
    uint64_t round_bytes; /* that were given in this round */
    uint64_t shuffles; /* of the parents, those whose outputs its tasks fetch */
    uint32_t kept;     /* ranks whose success in an ended attempt counts; 0 unless the policy takes such (B-145) */
    uint32_t queued_ranks;               /* of a gang: how many ranks its queued attempt has to start */
    uint32_t left_first, left_last;      /* groups that ended attempts left behind */
    uint32_t left_groups, restarts_owed; /* restarts_owed: by further failures of one attempt */
    uint8_t is_shuffled;                 /* some stage of its job fetches its outputs */
    uint8_t failed_fetch;                /* its last attempt failed by an output that was not to be had */
    uint8_t passed_over; /* since it was last particular anew, it was offered a place that it did not want (B-51) */
    uint8_t pulled_back; /* the last choice has made it particular anew (B-52) */
    uint32_t copies; /* ranks of the present attempt that run although an ended one's success of theirs counts */
    uint32_t nothing_on; /* 1 + an executor on which none of its outputs lies; 0: not known of any. Decides nothing */
    uint32_t most;     /* its tasks; of them `tasks` are in the present attempt: all but of a gang that was launched with fewer (placer.c) */
    uint32_t together; /* placer.c: so many of its tasks start together; 0: each alone */
    uint32_t ranks_next, ranks_previous; /* ranks.c: whose rank tables lie behind and before its own */
    gang_ns submitted_at, queued_at;
};

enum rank_state {
    RANK_IDLE = 0,
    RANK_RESERVED = 1,
    RANK_RUNNING = 2,
    RANK_ENDED = 3,
    RANK_LOST = 4, /* ended with its executor, or its output was lost, and not seen to yet */
    RANK_DONE = 5, /* its success was accepted, and still counts */
    RANK_EVICTED = 6 /* it runs, and was told to end for somebody else's sake */
};
struct rank {
    uint32_t group; /* RANK_DONE: the executor where its output lies */
    uint32_t arrived; /* epoch + 1 of its last arrival in this attempt */
    uint32_t checkpoint;
    uint16_t attempt;        /* MapReduce: of this task */
    uint8_t state, failures; /* failures saturate */
    /* Of a gang both say where the success lies that a copy runs beside (left.c). */
};
enum { RANK_HAS_COPY = 0x80 }; /* in a gang's `failures` */

/* ---- launch groups: a range of ranks of one attempt on one executor */
enum group_state {
    GROUP_FREE = 0,
    GROUP_RESERVED = 1,
    GROUP_ACKED = 2,
    GROUP_GONE = 3,
    GROUP_UNTOLD = 4 /* planned here, and its executor was never told: no message will ever come (B-40) */
};
/* Where the caller decides (placer.c). */
enum group_hold {
    HOLD_NOT = 0,    /* it goes when it may */
    HOLD_HELD = 1,   /* until somebody says so */
    HOLD_DROPPED = 2 /* it is given back once its answer has come: another of its name must not be taken for it */
};
struct group {
    uint64_t gpu_mask; /* addresses still held */
    gang_ns planned_at;
    uint32_t stage, executor;
    uint32_t rank, count;
    uint32_t ended, handle; /* handle: the executor's */
    uint32_t stage_next, stage_previous, executor_next, executor_previous;
    uint16_t attempt;
    uint8_t state;
    uint8_t left; /* of an attempt that is over, and in its stage's other list */
    uint8_t hold;     /* enum group_hold */
    uint8_t unbooked; /* asked for beyond what the books have room for: nothing is taken for it here before it is acknowledged */
    uint8_t unused[2];
};

/* Where no timer is taken down: of a round of the present attempt, over or not. */
struct round_timer {
    gang_ns at;
    uint64_t token;
    uint32_t rank, unused; /* rank: whose own limit it is; GANG_NONE: the round's */
};

/* B-102: what a rank gave when it called last in this attempt. */
struct gathered {
    uint64_t part; /* of the digest; 0: nothing */
    uint32_t bytes, unused;
};

struct gang_driver {
    struct gang_limits limits;
    struct gang_config config;
    gang_ns now, began; /* began: time of the first event */
    uint64_t token; /* of the event at hand */
    uint64_t submissions;
    uint32_t effects_max;
    uint32_t jobs_alive, job_free, job_hash_mask;
    uint32_t group_free, groups_alive;
    uint32_t queue_first, queue_last;
    uint32_t profiles_top, profile_capacity, bitmap_words;
    uint32_t executors_alive;
    uint32_t outputs_alive; /* tasks alive whose outputs others fetch */
    uint8_t dirty;  /* something that the queue waits for has changed */
    uint8_t shrunk; /* since the queue was looked at, an executor is gone, or something came back that may not fit */
    uint8_t limiting_only, one_address; /* slots are counted as Spark does (slots.c) */
    uint8_t slots_at_start;             /* within a round: decided by the slots that were free before it */
    uint8_t leaves_timers;
    uint8_t counts_requests; /* and not members, in slots that are never cleared (B-82, B-102) */
    uint8_t ticks;           /* rounds come once a second, and at some events (B-31) */
    uint8_t revive;          /* such an event has come: a round at the end of this instant */
    uint8_t woken, polls; /* placer.c: its timer has fired, and it was not answered; nothing came of it the last time */
    uint8_t unused_there[1];
    uint32_t wishes;                    /* of all alive stages */
    uint32_t vacated;   /* within a step: the executor on which slots have come free, or that has come (B-31) */
    uint32_t only;      /* within a round: the one executor that is offered; GANG_NONE: all are */
    uint8_t shuffled, order_made; /* offers.c; order_made: within a round */
    uint8_t gangs; /* dynamic.c: what becomes of them where executors come and go */
    uint8_t unused[1];
    uint32_t standbys, expected; /* executors that are STANDBY_AWAY, STANDBY_ASKED */
    uint64_t orders;    /* orders of offers that were made so far */
    uint64_t plans_wanted;   /* placer.c: so often it was asked */
    uint32_t placer_reserve; /* of the effects, what every step may need besides a plan's own */
    uint32_t unused_thing;
    struct gang_slab stage_slab;
    uint32_t ranks_first, ranks_last, ranks_top, ranks_asked; /* ranks.c: the list of tables; rows below `top` may be in use */
    struct gang_timers timers;
    /* offsets of the arrays, from the start of this struct */
    size_t at_wishes, at_choices, at_nooks; /* by rank, by rank, by executor; if limits.prefers */
    size_t at_standbys;
    size_t at_order;  /* executors by their place among the offers; within a round only */
    size_t at_shares; /* thousandths used of each executor's addresses, if limits.gpu_shares */
    size_t at_executors, at_profiles, at_bitmaps, at_jobs, at_job_hash, at_stages, at_stage_links;
    size_t at_ranks, at_groups, at_round_timers, at_gathered, at_timer_at, at_timer_token, at_timer_heap,
        at_timer_place, bytes;
};

/* ---- where things are */
#define GANG_ARRAY(name, type, field)                                                              \
    static inline type *name(const struct gang_driver *d)                                          \
    {                                                                                              \
        return (type *)((char *)(uintptr_t)d + d->field);                                          \
    }
GANG_ARRAY(executors_of, struct member_executor, at_executors)
GANG_ARRAY(profiles_of, struct profile, at_profiles)
GANG_ARRAY(jobs_of, struct job, at_jobs)
GANG_ARRAY(job_hash_of, uint32_t, at_job_hash)
GANG_ARRAY(stages_of, struct stage, at_stages)
GANG_ARRAY(stage_links_of, uint32_t, at_stage_links)
GANG_ARRAY(ranks_of, struct rank, at_ranks)
GANG_ARRAY(groups_of, struct group, at_groups)
GANG_ARRAY(all_round_timers_of, struct round_timer, at_round_timers)
GANG_ARRAY(all_gathered_of, struct gathered, at_gathered)
GANG_ARRAY(bitmaps_of, uint64_t, at_bitmaps)
GANG_ARRAY(wishes_of, uint32_t, at_wishes)
GANG_ARRAY(choices_of, uint32_t, at_choices)
GANG_ARRAY(nooks_of, struct nook, at_nooks)
GANG_ARRAY(order_of, uint32_t, at_order)
GANG_ARRAY(standbys_of, struct standby, at_standbys)
#undef GANG_ARRAY

static inline struct gang_timer_arrays timers_of(const struct gang_driver *d)
{
    char *base = (char *)(uintptr_t)d;
    struct gang_timer_arrays a = {
        (gang_ns *)(base + d->at_timer_at), (uint64_t *)(base + d->at_timer_token),
        (uint32_t *)(base + d->at_timer_heap), (uint32_t *)(base + d->at_timer_place)};
    return a;
}
static inline struct stage *stage_at(struct gang_driver *d, uint32_t s) { return &stages_of(d)[s]; }
static inline struct gathered *gathered_of(const struct gang_driver *d, const struct stage *stage)
{
    return all_gathered_of(d) + stage->rank_base;
}
/* A stage's, earliest first: so many as are left. */
static inline struct round_timer *round_timers_of(const struct gang_driver *d, uint32_t s)
{
    return all_round_timers_of(d) + (size_t)s * d->limits.round_timers;
}
static inline struct job *job_of(struct gang_driver *d, const struct stage *stage)
{
    return &jobs_of(d)[stage->job];
}
static inline struct rank *rank_at(struct gang_driver *d, const struct stage *stage, uint32_t rank)
{
    return &ranks_of(d)[stage->rank_base + rank];
}
/* Executors with room for at least one more task of this profile, as bits. */
static inline uint64_t *roomy(const struct gang_driver *d, uint32_t profile)
{
    return bitmaps_of(d) + (size_t)profile * d->bitmap_words;
}
static inline bool axis(const struct gang_driver *d, enum gang_axis which)
{
    return d->config.policy.axis[which] != 0;
}
/* B-12, B-192: alive, and not on its way out. */
static inline bool is_active(const struct member_executor *e)
{
    return e->state == EXECUTOR_ALIVE && !e->draining;
}
/* Something could be placed on it if it had room: what admission counts (G-04). */
static inline bool is_offerable(const struct member_executor *e)
{
    return is_active(e) && !e->excluded;
}
static inline bool offered(const struct member_executor *e)
{
    return is_offerable(e) && !e->suspect;
}
static inline uint16_t *shares_of(const struct gang_driver *d, uint32_t executor)
{
    uint16_t *all = (uint16_t *)((char *)(uintptr_t)d + d->at_shares);
    return d->limits.gpu_shares ? all + (size_t)executor * GANG_GPUS_MAX : NULL;
}
static inline struct vacancy vacancy_of(const struct gang_driver *d, uint32_t executor)
{
    const struct member_executor *e = &executors_of(d)[executor];
    return (struct vacancy){&e->free, shares_of(d, executor), e->total.gpu_mask};
}

/* Timer numbers: two a stage (the phase it is in, and patience with its launch), one more where there are wishes (patience
 * with them), then six of the driver. */
static inline uint32_t phase_timer(uint32_t stage) { return 2 * stage; }
static inline uint32_t launch_timer(uint32_t stage) { return 2 * stage + 1; }
static inline uint32_t locality_timer(const struct gang_driver *d, uint32_t stage)
{
    return 2 * d->stage_slab.capacity + stage;
}
static inline uint32_t wake_timer(const struct gang_driver *d) { return d->timers.capacity - 6; }
static inline uint32_t grant_timer(const struct gang_driver *d) { return d->timers.capacity - 5; }
static inline uint32_t idle_timer(const struct gang_driver *d) { return d->timers.capacity - 4; }
static inline uint32_t exclusion_timer(const struct gang_driver *d)
{
    return d->timers.capacity - 3;
}
static inline uint32_t heartbeat_timer(const struct gang_driver *d)
{
    return d->timers.capacity - 2;
}
static inline uint32_t round_timer(const struct gang_driver *d) { return d->timers.capacity - 1; }
/* Saturates, so that "never" stays never. */
static inline gang_ns later(gang_ns at, gang_ns by)
{
    return by > GANG_NEVER - at ? GANG_NEVER : at + by;
}

static inline void arm(struct gang_driver *d, uint32_t timer, gang_ns at)
{
    gang_timers_arm(&d->timers, timers_of(d), timer, at, d->token);
}

/* ---- effects */
struct gang_msg *gang_fx_stage(struct gang_driver *d, struct gang_effects *out,
                               enum gang_fx_kind fx,
                               const struct stage *stage); /* with job, stage, attempt */
struct gang_msg *gang_fx_group(struct gang_driver *d, struct gang_effects *out,
                               enum gang_msg_kind kind,
                               const struct group *g); /* a message to its executor */
void gang_note(struct gang_driver *d, struct gang_effects *out, const struct stage *stage,
               enum gang_reason reason, uint32_t needed, uint32_t there);

uint32_t gang_effects_in_vain(const struct gang_limits *limits);

/* ---- recover.c */
void gang_recover(struct gang_driver *d);

/* ---- registry.c */
void gang_registry_register(struct gang_driver *d, const struct gang_msg *msg,
                            struct gang_effects *out);
void gang_registry_heartbeats(struct gang_driver *d, const uint64_t *bits, uint32_t count, struct gang_effects *out);
void gang_registry_trust(struct gang_driver *d, uint32_t executor); /* it was suspected, and is heard */
static inline void gang_registry_heard(struct gang_driver *d, uint32_t executor)
{
    struct member_executor *e = &executors_of(d)[executor];
    assert(e->state == EXECUTOR_ALIVE);
    e->heard_at = d->now;
    if (gang_rarely(e->suspect))
        gang_registry_trust(d, executor);
}
void gang_registry_lose(struct gang_driver *d, uint32_t executor, enum gang_reason reason,
                        struct gang_effects *out);
void gang_registry_recovered(struct gang_driver *d);
void gang_registry_check_silence(struct gang_driver *d, struct gang_effects *out);
void gang_registry_suspect(struct gang_driver *d, uint32_t executor, enum suspicion why);
void gang_registry_heartbeat(struct gang_driver *d, const struct gang_msg *msg,
                             struct gang_effects *out);
/* A message of a process that is not in the registry. */
void gang_registry_stranger(struct gang_driver *d, const struct gang_msg *msg,
                            struct gang_effects *out);
void gang_registry_disconnected(struct gang_driver *d, uint32_t executor, struct gang_effects *out);
/* Tells an executor to go, unless it has not been heard since `since`: then false, and silence will tell. */
bool gang_registry_condemn(struct gang_driver *d, uint32_t executor, gang_ns since,
                           struct gang_effects *out);
/* As heard, by an answer to a reservation. */
void gang_registry_answered(struct gang_driver *d, uint32_t executor);
/* An executor says what it has from now on. */
void gang_registry_room(struct gang_driver *d, const struct gang_msg *msg);
/* How an executor stands besides being alive: nothing is placed on one that is excluded, and it counts as capacity only as
 * the policy says; one that drains counts for nobody. Keeps every profile's sums and bits. */
void gang_registry_exclude(struct gang_driver *d, uint32_t executor, bool excluded);
void gang_registry_drain(struct gang_driver *d, uint32_t executor);
/* An executor's free room changes; keeps every profile's sums and bits. gpu_mask: of shares, their one address. */
void gang_registry_take(struct gang_driver *d, uint32_t executor, const struct gang_need *need,
                        uint32_t tasks, uint64_t gpu_mask);
void gang_registry_give(struct gang_driver *d, uint32_t executor, const struct gang_need *need,
                        uint32_t tasks, uint64_t gpu_mask);
uint32_t gang_profile_use(struct gang_driver *d,
                          const struct gang_need *need); /* GANG_NONE: no row left */
bool gang_profile_has_room(const struct gang_driver *d, const struct gang_need *needs,
                           uint32_t count);
void gang_profile_drop(struct gang_driver *d, uint32_t profile);

/* ---- ranks.c */
uint32_t gang_ranks_rows(uint32_t tasks); /* that there must be for so many tasks alive */
void gang_ranks_init(struct gang_driver *d);
/* Rows for a stage, which is then listed with them; within the limits there always are. May move the tables of others. */
uint32_t gang_ranks_take(struct gang_driver *d, uint32_t count);
void gang_ranks_list(struct gang_driver *d, uint32_t stage);
void gang_ranks_give(struct gang_driver *d, uint32_t stage);
void gang_ranks_audit(const struct gang_driver *d);

/* ---- slots.c */
void gang_slots_init(struct gang_driver *d);
/* How many tasks truly fit: for placement, under every policy. */
uint32_t gang_slots_fit(const struct vacancy *v, const struct gang_need *need);
/* How many a policy that counts wrongly finds in what is free; asked only if d->limiting_only or d->one_address. */
uint32_t gang_slots_counted(const struct gang_driver *d, const struct gang_room *total,
                            const struct vacancy *v, const struct gang_need *need);
/* How many admission finds in an executor on which nothing runs, and over all executors; the need that it looks at. */
uint32_t gang_slots_of_empty(const struct gang_driver *d, const struct gang_room *total,
                             const struct gang_need *need);
uint64_t gang_slots_admitted(const struct gang_driver *d, uint32_t profile);
struct gang_need gang_slots_admission_need(const struct gang_driver *d,
                                           const struct gang_need *need);

/* ---- offers.c */
void gang_offers_init(struct gang_driver *d);
/* A round begins and ends: only: the executor that it offers, GANG_NONE: all. */
void gang_offers_begin(struct gang_driver *d, uint32_t only);
void gang_offers_end(struct gang_driver *d);
/* Places are tried from 0 on. The executor at a place; the next place with room for a task, `from` included. */
uint32_t gang_offers_at(struct gang_driver *d, uint32_t place);
uint32_t gang_offers_next(struct gang_driver *d, uint32_t profile, uint32_t from);
bool gang_offers_has(const struct gang_driver *d, uint32_t executor);
/* Free slots of what is offered, and what a policy that counts wrongly takes for them. */
uint64_t gang_offers_free(const struct gang_driver *d, uint32_t profile);
uint64_t gang_offers_counted(const struct gang_driver *d, uint32_t profile);

/* ---- locality.c */
/* Chooses a place for each rank that waits, as far as its wishes are relaxed; how many have one. Nothing is placed yet, but
 * the policy may take this for a reason to be particular again (B-52). */
uint32_t gang_locality_choose(struct gang_driver *d, uint32_t stage);
/* Places the ranks as they were chosen; how many, and on how many executors. */
uint32_t gang_locality_place(struct gang_driver *d, uint32_t stage, uint64_t *executors,
                             struct gang_effects *out);
/* Whether it waits for its wishes: they can be relaxed, and the last choice has not just made it particular again. */
bool gang_locality_may_relax(const struct gang_driver *d, const struct stage *stage);
void gang_locality_wait(struct gang_driver *d, uint32_t stage, uint32_t waiting,
                        struct gang_effects *out);
void gang_locality_relax(struct gang_driver *d, uint32_t stage); /* its timer */

/* ---- jobs.c */
enum gang_status gang_jobs_check(const struct gang_driver *d, const struct gang_job_spec *spec,
                                 struct gang_err *err);
void gang_jobs_submit(struct gang_driver *d, const struct gang_job_spec *spec,
                      struct gang_effects *out);
uint32_t gang_jobs_find(const struct gang_driver *d, uint32_t id); /* slot, or GANG_NONE */
void gang_jobs_cancel(struct gang_driver *d, uint32_t slot, struct gang_effects *out);
void gang_job_fail(struct gang_driver *d, uint32_t slot, enum gang_reason reason, uint32_t operand,
                   struct gang_effects *out);
/* Says so, and forgets the job, once every stage of it is done or dead. */
void gang_job_check_done(struct gang_driver *d, uint32_t slot, struct gang_effects *out);
/* Forgets a job whose end was said, once nothing of it runs any more. */
void gang_job_forget(struct gang_driver *d, uint32_t slot);
/* Every task of it has ended well. */
void gang_stage_done(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
void gang_stage_move(struct gang_driver *d, uint32_t stage, enum stage_state next);
/* Begins, or begins anew, the time within which something of this stage must be launched (G-01). */
void gang_stage_patience(struct gang_driver *d, uint32_t stage);
void gang_stage_arm(struct gang_driver *d, uint32_t stage, enum gang_timer kind, gang_ns after);
/* Something of its present attempt may still be accepted. */
static inline bool gang_stage_is_live(const struct stage *stage) { return stage->state == STAGE_RUNNING; }

/* ---- admit.c */
/* Lets a job in, or has it checked again later, or refuses it. */
void gang_job_admit(struct gang_driver *d, uint32_t slot, struct gang_effects *out);
/* Queues a stage, if what it fetches is there and the cluster can hold it; else it waits for that. May end its job. */
void gang_stage_ready(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* Every stage that waited for its parents, and has what it needs of them now. */
void gang_jobs_start_ready(struct gang_driver *d, uint32_t slot, struct gang_effects *out);
/* What must fit at one time: all of a gang, or one task; and how much would fit if nothing ran. */
uint32_t gang_slots_least(const struct stage *stage);
uint32_t gang_slots_total(const struct gang_driver *d, const struct stage *stage);
/* Whether the cluster as it is, busy slots counted, could hold it (B-11, G-02). */
bool gang_stage_fits_cluster(const struct gang_driver *d, const struct stage *stage);
/* Takes a stage that no longer fits the cluster out of the queue, to be checked again, so often and no more. May end its job. */
void gang_stage_readmit(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* B-39: one task of it is larger than what can be sent; ends its job. */
void gang_stage_too_large(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* The caller gives its job up. */
void gang_stage_given_up(struct gang_driver *d, uint32_t stage, enum gang_reason reason,
                         struct gang_effects *out);
void gang_jobs_launch_deadline(struct gang_driver *d, uint32_t stage, struct gang_effects *out);

/* ---- attempts.c */
void gang_fence(struct gang_driver *d, uint32_t stage, enum gang_reason reason, uint32_t rank,
                uint64_t code, struct gang_effects *out);
/* Asks every executor that runs or holds something of these groups, from `first` on in their stage's list, to end it. */
void gang_groups_end(struct gang_driver *d, uint32_t stage, uint32_t first, enum gang_reason reason,
                     struct gang_effects *out);
/* A gang failed: fence the attempt, end its siblings, and see to the next attempt. rank: the first
 * cause. */
void gang_failed(struct gang_driver *d, uint32_t stage, enum gang_reason reason, uint32_t rank,
                 uint64_t code, struct gang_effects *out);
/* The same, but another cause is charged for it. */
void gang_failed_as(struct gang_driver *d, uint32_t stage, enum gang_reason cause,
                    enum gang_reason charged, uint32_t rank, uint64_t code, struct gang_effects *out);
/* Not the job's fault (B-137). */
bool gang_is_spared(const struct gang_driver *d, enum gang_reason cause);
/* Asked before an attempt is begun (B-146). False: there is none left, and no job. */
bool gang_stage_has_attempt(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* The last slot of what failed may be free: on to the next attempt, or to the end. */
void gang_stage_settle(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* A gang has gone, and has every member running. */
void gang_jobs_went(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
void gang_jobs_phase_timer(struct gang_driver *d, uint32_t stage, struct gang_effects *out);

/* ---- ended.c */
void gang_jobs_task_ended(struct gang_driver *d, const struct gang_msg *msg,
                          struct gang_effects *out);
void gang_jobs_group_lost(struct gang_driver *d, uint32_t group, struct gang_effects *out);
void gang_jobs_checkpoint(struct gang_driver *d, const struct gang_msg *msg,
                          struct gang_effects *out);
void gang_jobs_output(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out);
/* The success that this message tells of counts from now on, and its output lies where it came from. */
void gang_accept_success(struct gang_driver *d, struct stage *stage, const struct gang_msg *msg,
                         struct gang_effects *out);
void gang_say_success(struct gang_driver *d, struct stage *stage, const struct gang_msg *msg,
                      struct gang_effects *out); /* the same, but who keeps it does so otherwise */

/* ---- outputs.c */
/* Whether its parents are done, and what it fetches of them is there. */
bool gang_inputs_are_there(const struct gang_driver *d, const struct stage *stage);
/* The executor is gone, and every output on it. Before its groups are written off. */
void gang_outputs_lost(struct gang_driver *d, uint32_t executor, struct gang_effects *out);
/* A task says that an output was not where it should be: FETCH_FAILED, or DECOMMISSIONED if that executor was to go. */
enum gang_reason gang_outputs_cause(const struct gang_driver *d, const struct gang_msg *msg);
void gang_outputs_missed(struct gang_driver *d, uint32_t stage, const struct gang_msg *msg,
                         struct gang_effects *out);
/* Successes of a gang that failed count no more (B-134). */
void gang_outputs_drop(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* How many ranks from this one on are to be started, up to the next that is not: all, unless the policy keeps successes of
 * ended attempts (B-145). */
uint32_t gang_ranks_to_start(struct gang_driver *d, const struct stage *stage, uint32_t rank);

/* ---- left.c */
/* Nobody ends the tasks of the attempt that failed: its groups are set apart, and the gang goes on without them. */
void gang_left_behind(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* A task of such a group is gone, and its slot is free again. */
void gang_left_task_ended(struct gang_driver *d, uint32_t stage, const struct gang_msg *msg,
                          struct gang_effects *out);
/* The last such group may be gone: on to the end of what waited for it. */
void gang_left_settle(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* One more failure of an attempt that has failed already (SPARK-25161). */
void gang_further_failure(struct gang_driver *d, uint32_t stage);
/* SPARK-25161: a member that failed is sent off again alone, in its attempt. False: the policy does not do so, or there is no
 * room for it, or no attempt left. */
bool gang_launch_again(struct gang_driver *d, uint32_t stage, const struct gang_msg *msg,
                       struct gang_effects *out);
/* Copies: ranks of a gang that runs, whose success in an attempt before it counts already (B-145). Their output lies where
 * that ended: GANG_NONE, this is none. */
static inline uint32_t gang_copy_lies(const struct stage *stage, const struct rank *rank)
{
    bool is_copy = stage->copies > 0 && (rank->failures & RANK_HAS_COPY);
    return is_copy ? (uint32_t)(rank->failures & ~RANK_HAS_COPY) << 16 | rank->attempt : GANG_NONE;
}
/* It is done itself, or what it was a copy of counts no more. */
void gang_copy_forget(struct stage *stage, struct rank *rank);
/* The gang is done, and its copies are left behind. */
void gang_copies_leave(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* A success of an attempt that is over (B-145). */
void gang_late_success(struct gang_driver *d, uint32_t stage, const struct gang_msg *msg,
                       struct gang_effects *out);

/* ---- exclude.c */
/* The executor of the rank that failed first is charged with it (G-14). of_gang: it was a gang that failed. */
void gang_exclude_charge(struct gang_driver *d, uint32_t executor, bool of_gang,
                         struct gang_effects *out);
void gang_exclude_told(struct gang_driver *d, uint32_t executor, struct gang_effects *out);
void gang_exclude_ended(struct gang_driver *d); /* its timer */
void gang_exclude_look(struct gang_driver *d);  /* a driver that was away hears of a job before it hears of its timer */
void gang_decommission(struct gang_driver *d, uint32_t executor);

/* ---- dynamic.c */
void gang_dynamic_init(struct gang_driver *d);
bool gang_dynamic_refuses_gangs(const struct gang_driver *d); /* B-10 */
/* How many tasks an executor that is away would hold, as admission counts. */
uint64_t gang_dynamic_counts(const struct gang_driver *d, uint32_t executor,
                             const struct gang_need *need);
void gang_dynamic_idle(struct gang_driver *d, uint32_t executor);  /* it has joined, or its last group is closed */
void gang_dynamic_comes(struct gang_driver *d, uint32_t executor); /* it registers; its room is still the one before */
void gang_dynamic_check_idle(struct gang_driver *d, struct gang_effects *out); /* their timers */
void gang_dynamic_never_came(struct gang_driver *d);
void gang_dynamic_ask(struct gang_driver *d, struct gang_effects *out); /* after a round, for whoever waits */

/* ---- sync.c */
void gang_sync_arrive(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out);
/* G-09: a member ended well, and the others wait for it. */
void gang_sync_member_ended(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
void gang_sync_fail_round(struct gang_driver *d, uint32_t stage, enum gang_reason reason,
                          struct gang_effects *out);
/* own: a caller's limit is over, and not the round's. */
void gang_sync_timeout(struct gang_driver *d, uint32_t stage, bool own, struct gang_effects *out);
/* A gang's attempt is over, and fenced or done; killed: every task of it that still runs is told to end. */
void gang_sync_end(struct gang_driver *d, uint32_t stage, bool killed, struct gang_effects *out);
/* For a new attempt. */
void gang_sync_reset(struct gang_driver *d, struct stage *stage);
/* How many requests complete a round (B-81). */
static inline uint32_t gang_sync_size(const struct stage *stage)
{
    return stage->size != 0 ? stage->size : stage->tasks;
}

/* ---- place.c */
void gang_place_enqueue(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
void gang_place_dequeue(struct gang_driver *d, uint32_t stage);
void gang_place_round(struct gang_driver *d, struct gang_effects *out);
/* The same, of this executor alone: nobody is told what it waits for. */
void gang_place_round_on(struct gang_driver *d, uint32_t executor, struct gang_effects *out);
void gang_place_acked(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out);
void gang_place_nacked(struct gang_driver *d, const struct gang_msg *msg, struct gang_effects *out);
/* One launch group: at most `most` ranks from `first` on, as many as there is room for in one place; how many. */
uint32_t gang_place_group(struct gang_driver *d, uint32_t stage, uint32_t executor, uint32_t first,
                          uint32_t most, uint16_t attempt, uint32_t checkpoint,
                          struct gang_effects *out);
/* Takes a launch back before any user code ran; the gang waits again. */
void gang_place_revert(struct gang_driver *d, uint32_t stage, enum gang_reason reason,
                       struct gang_effects *out);
void gang_place_reserve_timeout(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* Takes back what is reserved of a MapReduce stage and has not gone. May end its job. */
void gang_place_take_back(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
/* Gives back a group that has not gone, and closes it; returns how many ranks wait again. */
uint32_t gang_group_unreserve(struct gang_driver *d, uint32_t group, enum gang_reason reason,
                              struct gang_effects *out);
/* Unlinks a group whose slots are all accounted for. */
void gang_group_close(struct gang_driver *d, uint32_t group);
/* The group that a message speaks of, or GANG_NONE if that is over: every handle is checked against
 * the identity. */
static inline uint32_t gang_group_of_message(struct gang_driver *d, const struct gang_msg *msg)
{
    if (msg->ref >= d->limits.groups)
        return GANG_NONE;
    const struct group *group = &groups_of(d)[msg->ref];
    if (group->state == GROUP_FREE || group->executor != msg->executor ||
        group->attempt != msg->attempt)
        return GANG_NONE;
    const struct stage *stage = stage_at(d, group->stage);
    if (job_of(d, stage)->id != msg->job || stage->index != msg->stage)
        return GANG_NONE;
    if (msg->rank < group->rank || msg->rank - group->rank >= group->count)
        return GANG_NONE;
    return msg->ref;
}
void gang_wait_for(struct gang_driver *d, uint32_t stage, enum gang_reason reason, uint32_t needed,
                   uint32_t there, struct gang_effects *out);
/* Its steps one by one, for placer.c. */
uint32_t gang_find_room(const struct gang_driver *d, uint32_t executor,
                        const struct gang_need *need, uint32_t most, uint64_t *gpus);
uint32_t gang_group_open(struct gang_driver *d, uint32_t stage, uint32_t executor, uint32_t rank,
                         uint32_t count, uint16_t attempt);
void gang_group_ask(struct gang_driver *d, uint32_t group, uint32_t checkpoint,
                    struct gang_effects *out);
void gang_begin_attempt(struct gang_driver *d, uint32_t stage);
void gang_go_group(struct gang_driver *d, uint32_t group, struct gang_effects *out);
void gang_go_gang(struct gang_driver *d, uint32_t stage, struct gang_effects *out);
void gang_tasks_revert(struct gang_driver *d, uint32_t group, struct gang_effects *out);
void gang_room_correct(struct gang_driver *d, const struct gang_msg *msg, bool share);

bool gang_place_is_direct(const struct gang_driver *d);
void gang_place_went(struct gang_driver *d, uint32_t stage, struct gang_effects *out); /* at once */

/* ---- placer.c: the caller decides */
static inline bool gang_is_hosted(const struct gang_driver *d)
{
    return d->config.placer != GANG_PLACER_BUILT_IN;
}
void gang_placer_ask(struct gang_driver *d); /* after each step */
void gang_placer_forget(struct gang_driver *d, uint32_t stage); /* what ended attempts of a gang left of its ranks */
void gang_placer_round(struct gang_driver *d, struct gang_effects *out);
enum gang_status gang_placer_check(const struct gang_driver *d, const struct gang_plan *plan,
                                   struct gang_err *err);
void gang_placer_carry_out(struct gang_driver *d, const struct gang_plan *plan,
                           struct gang_effects *out);
/* Of a group that is RESERVED. False: as the built-in placer has it. */
void gang_placer_acked(struct gang_driver *d, uint32_t group, const struct gang_msg *msg,
                       struct gang_effects *out);
void gang_placer_nacked(struct gang_driver *d, uint32_t group, const struct gang_msg *msg,
                        struct gang_effects *out);
/* A group that was held is gone with its executor; its ranks are RANK_LOST. False: all of its gang's are to be given back. */
bool gang_placer_lost(struct gang_driver *d, uint32_t stage, struct gang_effects *out);

#endif
