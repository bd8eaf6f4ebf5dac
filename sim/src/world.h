/*
 * world.h -- the world's memory, and what its parts may ask of each other.
 *
 * world.c lays the block out and turns the handle; record.h writes the history; task.c runs
 * programs; net.c carries messages, over wire.c's links where the plan has any; pulse.c lets heartbeats
 * flow where they do not go without saying; peer.c does to links between executors what the plan says; machine.c steps the
 * core's machines and carries out their effects; store.c knows where outputs lie; act.c does what the plan says, budget.c
 * unless it is too much, host.c what of it ails machines, afflict.c what of it befalls tasks; grant.c brings executors that
 * the driver asks for; phoenix.c lets the driver die and return; meet.c lets tasks wait for each other; quiet.c decides when
 * nothing more can come of a run;
 * fingerprint.c names a state.
 *
 * The block has two parts: what a snapshot needs, and after it what means nothing between
 * two sim_run()s: buffers, and room for the sentence of an error.
 *
 * Invariants
 *   - `work` counts the queue's live entries that are work: messages, compute, feeds, matched acts,
 * the heal. With links it counts each message from its sending until it arrived or is lost for good,
 * wherever it is.
 *   - A live entry carries the key of what it is about; an entry whose key is old is stale, and is
 * ignored.
 *   - A task in state READY or ENDING has exactly one entry: in `runnable`, in the ring, or held by its
 * host. One in COMPUTE or LINGER has exactly one live entry in the queue, unless it computes for ever or
 * its host stands still.
 *   - An executor machine has its next wake-up pending (wake_ns) whenever it has a deadline, at its
 * deadline or before.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "order.h"
#include "queue.h"
#include "ring.h"
#include "sim/sim.h"

/* What is rare costs what is usual a branch and no more: its code is apart, and saves its registers itself. */
#define SIM_RARE __attribute__((noinline, cold))
#define SIM_ALWAYS_INLINE __attribute__((always_inline)) static inline
#define sim_rarely(condition) __builtin_expect((condition) != 0, 0)

enum { SIM_BUFFER = 256, SIM_OBSERVERS_MAX = 4, SIM_STAGES_MAX = PLAN_STAGES_PER_JOB_MAX };

/* What an entry of the queue or the ring is about: the low bits of `extra`; the other bits are its
 * key. */
enum sim_class {
    SIM_TO_DRIVER = 0,   /* payload: flight */
    SIM_TO_EXECUTOR = 1, /* payload: flight; key: the incarnation it is for */
    SIM_TASK = 2,        /* payload: task; key: its generation */
    SIM_WAKE =
        3, /* payload: executor, or executor_count for the driver; key: the machine's wake_key */
    SIM_FEED = 4, /* payload: enum sim_feed_kind */
    SIM_ACT = 5,  /* payload: an act whose pattern has matched */
    SIM_HEAL = 6, /* crashed executors come back */
    SIM_END = 7,     /* payload: an act whose effect ends */
    SIM_GIVE_UP = 8, /* payload: a task that will wait no longer; key: its generation. No work */
    SIM_MEET = 9,    /* payload: a place whose exchange is over; key: the place's generation */
    SIM_TURN = 10,   /* payload: an executor that goes on with what it held */
    SIM_CLOSE = 11,  /* the services are all that is left */
    SIM_RETURN = 12, /* payload: executor; key: incarnation of its process that ended by itself */
    SIM_ACT_END = 13, /* payload: an act on a link, which has lasted for its time */
    /* From here on entries are no work. */
    SIM_LINK = 16,  /* payload: executor and enum sim_link_timer; key: the timer's */
    SIM_FRAME = 17, /* payload: frame; key: the frame's */
    SIM_PEER = 19,  /* payload: a link between executors, which may break; key: its timer's */
    SIM_SOFT = 18   /* payload: flight of a heartbeat, or of an answer to one */
};
enum { SIM_CLASS_BITS = 5 };
#define SIM_KEY_MASK (UINT32_MAX >> SIM_CLASS_BITS)

/* What the plan has in store at fixed times: three lists in order of time, each with one entry
 * pending at a time. */
enum sim_feed_kind {
    SIM_FEED_HOSTS = 0,
    SIM_FEED_JOBS = 1,
    SIM_FEED_ACTS = 2,
    SIM_FEED_COUNT = 3,
    SIM_FEED_STORY = 3 /* no list: the story begins, once nothing more happens of the executors that
                          are there at 0 */
};
struct sim_feed {
    uint32_t *order, count, next;
};

/* A machine of the core, as its clock sees it. */
struct sim_machine {
    int64_t deadline_ns, wake_ns; /* what it asked for; its pending wake-up; PLAN_NEVER: none */
    uint32_t wake_key;
    uint32_t why; /* enum gang_timer of deadline_ns */
};

struct sim_host {
    struct gang_executor *core;
    struct sim_machine machine;
    uint32_t first_task,
        task_count;       /* its tasks are tasks[first_task ..] by the executor's local index */
    uint32_t incarnation; /* of the process that is up, or was; PLAN_NONE: it has not arrived */
    uint32_t joined;      /* the incarnation that the driver has in its registry; PLAN_NONE: none */
    uint32_t crash_act;   /* what took it down; PLAN_NONE: nothing, or its own hand */
    uint8_t up, for_good;
    uint8_t ill;     /* enum sim_ill */
    uint8_t unwell;  /* how many things there are for which its heartbeats cannot go without saying */
    uint8_t beating; /* enum sim_beating */
    uint8_t beat_op; /* of its last real heartbeat: 1, its lease has ended */
    uint8_t hurt;    /* something of it counts against the budget of machines */
    uint8_t given_back; /* the driver gave it back: nobody starts a process here before it is asked for */
    uint8_t unused[4];
};
_Static_assert(sizeof(struct sim_host) == 64, "a host is a cache line");

enum sim_ill {
    SIM_ILL_PAUSED = 1 << 0,  /* it stands still */
    SIM_ILL_HOLDING = 1 << 1, /* what came while it stood still is not all handled */
    SIM_ILL_SLOW = 1 << 2,
    SIM_ILL_CLOCK = 1 << 3,   /* its clock is not the world's any more */
    SIM_ILL_UNTOLD = 1 << 4,  /* its process does not know yet what it has */
    SIM_ILL_TURN = 1 << 6     /* its SIM_TURN is in the ring */
};

/* What ails a host; there only if the plan has such acts. */
struct sim_ailment {
    int64_t paused_ns;          /* since when it stands still */
    int64_t clock_ns, since_ns; /* its clock showed clock_ns at since_ns */
    uint64_t dead_gpus;
    uint32_t rate;    /* of its clock, in millionths */
    uint32_t percent; /* of its time that a compute takes */
    uint32_t pauses, taken;       /* pauses that last; cores that somebody else has */
    uint32_t leaving;             /* decommissionings that last */
    uint32_t slow_act, drift_act; /* what made it so; PLAN_NONE: nothing */
    uint32_t held_first, held_last;
};

/* An entry that waits until its host goes on. */
struct sim_held {
    uint32_t payload, extra, next;
};

/* Its heartbeats go without saying; or they are messages, until one that was sent in health was acknowledged. */
enum sim_beating {
    SIM_BEATS_VIRTUAL = 0,
    SIM_BEATS_ILL = 1,
    SIM_BEATS_WELL = 2, /* it is well, and has sent none since */
    SIM_BEATS_PROVE = 3 /* it has: at pulse.proof */
};
struct sim_pulse {
    int64_t beat_ns;  /* its pending wake-up for heartbeats; PLAN_NEVER: none */
    uint64_t cause;   /* the record for which it beats */
    uint64_t proof;   /* by its clock: an acknowledgement of this heartbeat, or of a later one, will do */
    uint32_t beat_key, why; /* enum gang_timer of beat_ns */
};

/* What an entry of class SIM_LINK is about: the low bits of its payload. */
enum sim_link_timer {
    SIM_LINK_RESEND_IN = 0, /* the driver's end repeats; the executor's end does */
    SIM_LINK_RESEND_OUT = 1,
    SIM_LINK_CONNECTION = 2, /* it breaks, or is made again */
    SIM_LINK_TIMERS = 3,
    SIM_LINK_BEAT = 3, /* of its pulse, with or without links */
    SIM_LINK_TIMER_BITS = 2
};
struct sim_wire; /* wire.c */

enum sim_task_state {
    SIM_TASK_NONE = 0,
    SIM_TASK_READY = 1, /* its next op is to be taken */
    SIM_TASK_COMPUTE = 2,
    SIM_TASK_SYNC = 3, /* waits for a reply */
    SIM_TASK_HUNG = 4,
    SIM_TASK_ENDING = 5, /* is about to exit with `status` */
    SIM_TASK_LINGER = 6, /* has ended with `status`, but is not gone */
    SIM_TASK_MEET = 7    /* waits for other tasks, out of the scheduler's sight */
};
enum sim_habit {
    SIM_HABIT_IGNORES = 1 << 0, /* it does not end when asked */
    SIM_HABIT_LINGERS = 1 << 1,
    SIM_HABIT_FORCED = 1 << 2,  /* it goes at once */
    SIM_HABIT_QUITS = 1 << 3,   /* it ends as soon as its sync call returns */
    SIM_HABIT_STOPPED = 1 << 4, /* its compute came due while its host stood still: it has no entry */
    SIM_HABIT_FETCHES = 1 << 5, /* its present compute is a fetch: when it is over, it has found everything or not */
    SIM_HABIT_ENDLESS = 1 << 6, /* its present or next compute never ends */
    SIM_HABIT_HUNG = 1 << 7     /* it never does anything again */
};
/* Of its program's state the part that all programs need: struct plan_program_state begins so. The stepper looks at no turn of a
 * loop that is not open, so where no program has loops in loops in loops the task's other fields may lie where those of inner
 * loops would; elsewhere they are in the task's trait (sim.inner_loops). */
struct sim_program {
    uint16_t pc;
    uint8_t depth, done;
    uint32_t ops, checkpoints;
    union {
        uint32_t syncs;
        uint32_t code; /* of a task that is ending or lingers, whose program goes no further: its exit code */
    };
    uint32_t turn[2];
};
/* With many executors nothing of a task is in the processor's caches when its turn comes, so all of it is one cache line: what the
 * core's struct gang_task has besides (sim_client()), the plan knows. */
struct sim_task {
    uint64_t cause; /* what set it going: its START, its last REPLY; or what ends it */
    uint32_t rank, size, epoch;
    uint16_t attempt;
    uint8_t calling, op;
    union {
        struct plan_program_state whole;
        struct {
            struct sim_program program;
            uint32_t stage, key; /* of the plan; of its entries */
        };
    };
    uint32_t executor;
    uint8_t state, status, index, habits; /* index: of the stage in its job; habits: enum sim_habit */
};
_Static_assert(sizeof(struct sim_task) == 64, "a running task's state is a cache line");

/* The rest of a task; there only if the plan has acts or ops that need it. */
struct sim_trait {
    int64_t late_ns;   /* by which its pending entry comes too early */
    int64_t linger_ns;
    int64_t extra_ns;  /* by which its present or next compute is longer */
    int64_t due_ns;    /* when it will wait no longer; PLAN_NEVER: never */
    uint64_t gpu_mask;
    uint32_t ref, group; /* of its sync calls */
    uint32_t place, next, previous; /* where it waits, and who waits before and after it */
    uint32_t wants;             /* so many must be there */
    /* What it does with other executors: a fetch, an all-reduce, a rendezvous. */
    int64_t begun_ns, since_ns; /* when it began; since when it stands still, if it is blocked */
    uint32_t freed;             /* 1 + the place that let it go, which it has not heard; 0: none */
    uint32_t from, incarnation; /* the process that would tell it */
    uint8_t blocked, told, doomed, unused; /* told: whoever holds the place knows of it */
    uint32_t turn[PLAN_LOOP_DEPTH_MAX - 2]; /* of its program's inner loops */
};

/* Where tasks wait for each other: a rendezvous by name, or a stage's all-reduce. */
struct sim_place {
    uint32_t first, last, count; /* who waits there, in the order they came */
    uint32_t attempt;            /* of an all-reduce */
    uint32_t key;                /* of its entry */
    uint32_t busy;               /* 1: all are there, and the exchange takes its time */
    uint32_t name;               /* of a rendezvous; of an all-reduce its stage */
    uint32_t holder, told;       /* where the first holds it: that task, PLAN_NONE if none is there; how many it knows of */
    uint8_t is_ring, at_first;   /* an all-reduce; a rendezvous that the task of rank 0 holds */
    uint8_t blocked, waiting;    /* two neighbours cannot reach each other; its entry has come meanwhile */
    uint64_t cause;              /* the arrival that made it complete */
    int64_t begun_ns, since_ns, late_ns; /* since when it is busy, and blocked; by which its entry comes too early */
};

/* A message on its way. A free one has the next free one in `cause`. */
struct sim_flight {
    struct gang_msg msg;
    uint64_t cause; /* the record that sent it */
};
_Static_assert(sizeof(struct sim_flight) == 72, "a message and its record");

struct sim_act_state {
    uint64_t cause;         /* the record that matched */
    uint32_t matches, next; /* next: of the acts that wait for this kind of record */
    int64_t until_ns;       /* when its effect ends */
    uint32_t lasts;    /* 1: its effect has not ended; `cause` is its FAULT then */
    uint32_t withheld; /* 1: it does not happen, for want of a budget */
};

struct sim {
    /* what every event touches */
    int64_t now_ns, last_record_ns;
    uint64_t cause; /* the record being handled */
    uint64_t records, events;
    uint64_t lookup_event; /* when to look up from the events: for an audit or the limit */
    uint64_t progress_record,
        digest_record; /* the last that was progress; when the next digest is due */
    uint64_t watched;  /* the kinds of record that some act waits for */
    uint32_t work, buffered;
    uint32_t runnable_count;
    uint32_t flight_free, flights_used, flights_max; /* first free one; how many were ever used */
    bool stopped;                                    /* ended, or failed */
    bool ended;
    bool driver_down; /* its process is gone, and will be back */
    struct sim_wire *wires; /* NULL: the plan does nothing to links */
    struct sim_peer *peers; /* NULL: the plan does nothing to links between executors */
    struct sim_phoenix *phoenix; /* NULL: the driver lives as long as the world */
    bool chained;     /* in a search: its records go into the chain */
    bool looks_ahead; /* there is more around than what caches hold */
    bool plan_wanted, has_placer; /* placer.c */
    bool inner_loops; /* see struct sim_program */
    bool ring_is_short; /* and what does not fit is kept by the queue */
    bool begun; /* the executors that are there at 0 are in the registry, and the story has begun */
    enum sim_status status;
    struct sim_ring ring;
    const struct gang_api *core;
    const struct plan *plan;
    struct sim_host *hosts;
    struct sim_task *tasks;
    struct sim_flight *flights;
    struct sim_queue *queue;
    struct trace_record *buffer;
    struct gang_effect *effects;
    uint32_t *runnable;
    struct gang_driver *driver;
    struct sim_machine driver_machine;
    int64_t driver_offset_ns; /* so far its clock is ahead of the world's */
    int64_t latency_ns, bandwidth, virtual_ns;
    int64_t delay_ns; /* that every message has now, where the plan does nothing to links; < 0: it does (post.h) */
    uint32_t effects_capacity, runnable_capacity;
    uint32_t executor_count, task_count;

    /* the rest */
    uint64_t seed, chain, flushed;
    uint64_t things; /* tasks, executors, jobs and acts: what one look at everything costs */
    uint64_t audit_every, audit_event, events_max;
    uint64_t silent_records, silent_event; /* at the last look for events without records; when the next is due */
    struct {
        sim_observe_fn *fn;
        void *ctx;
    } observers[SIM_OBSERVERS_MAX];
    uint32_t observer_count;
    struct sim_order order;
    int64_t slack_ns;
    int64_t *reach_ns; /* with a slack: when the last message of each way of each link arrives: from, to the driver */
    int64_t *
        busy_ns; /* with a bandwidth: when each way of each link is free again: from, to the driver */
    struct sim_pulse *pulses;
    struct sim_frame *frames; /* on their way on links */
    uint32_t frame_free, frames_used, frames_max, frames_held, wire_window;
    int64_t late_beat_ns; /* when the last heartbeat came of a process that was gone by then */
    uint32_t *peer_ills; /* of each executor, how many of its links with others are not well */
    uint32_t peer_count, peers_impaired;
    uint32_t wires_impaired; /* links to which the plan has done something that lasts */
    uint64_t *heard; /* executors whose heartbeats reach the driver, as bits */
    struct sim_output *store; /* outputs that some stage fetches: see store.c; NULL if no stage does */
    uint32_t outputs, falls;  /* how many there are; how often some executor's process was gone */
    struct sim_feed feeds[SIM_FEED_COUNT];
    struct sim_act_state *acts;
    uint32_t act_by_kind[64]; /* first act that waits for this kind of record; PLAN_NONE: none */
    uint32_t *wishes;         /* while a job is handed in: the executors that its ranks prefer */
    uint8_t *jobs;            /* enum sim_job_state */
    int64_t granted_ns;       /* when the last executor comes that the driver asked for */
    int64_t heal_ns;          /* when crashed executors come back; PLAN_NEVER: none is to */
    uint32_t faults_pending;  /* faults with a time that have not come yet, or whose pattern has
                                 matched */
    uint32_t heal_pending;    /* 1: the queue has the heal's entry */
    uint32_t lasting;         /* effects of acts that the heal will end */
    uint32_t awaited;         /* jobs that are, or will be, submitted, and for which the run waits */
    uint32_t services;        /* jobs without end in the plan */
    uint32_t giving_up;       /* tasks that wait for others, and not for ever */
    uint32_t machines_hurt;   /* now */
    uint32_t tasks_hurt, driver_deaths; /* in all */
    uint32_t place_count;
    uint32_t held_free, held_used, held_max;
    struct sim_ailment *ailments; /* of each host; NULL: the plan has nothing for them */
    struct sim_trait *traits;     /* of each task; NULL: no act and no op needs them */
    struct sim_held *held;
    struct sim_place *places;     /* of the names, then of the stages */
    uint32_t *place_of_name;
    struct sim_placer placer;
    struct gang_placer_view view; /* its arrays are empty between two events */
    struct gang_decision *decisions;
    uint32_t decisions_max;
    uint64_t digest, digest_steps, digest_power; /* of the search for a state that returns */
    uint64_t digest_progress;
    size_t bytes, live_bytes;
    struct sim_err *err; /* why it failed, if it has; a world that goes on has no use for the room */
};

enum sim_job_state { SIM_JOB_NEW = 0, SIM_JOB_SUBMITTED = 1, SIM_JOB_DONE = 2 };

/* ---- times: never overflow; PLAN_NEVER absorbs */
static inline int64_t sim_later(int64_t at, int64_t by)
{
    assert(at >= 0);
    assert(by >= 0);
    return by > PLAN_NEVER - at ? PLAN_NEVER : at + by;
}

/* ---- the driver's clock, and back: deadlines are kept in the world's time */
static inline int64_t sim_driver_clock(const struct sim *w, int64_t at_ns)
{
    return at_ns + w->driver_offset_ns;
}
static inline int64_t sim_of_driver_clock(const struct sim *w, int64_t clock_ns)
{
    return clock_ns == PLAN_NEVER ? PLAN_NEVER : clock_ns - w->driver_offset_ns;
}

/* ---- world.c */
/* The run cannot go on. Keeps the first reason. */
void sim_fail(struct sim *w, enum sim_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
/* Writes the closing record. */
void sim_close(struct sim *w, enum trace_end reason);
void sim_flush(struct sim *w);
/* Throws stale entries out and tries again; fails the run if that does not help. */
void sim_schedule_slow(struct sim *w, int64_t at_ns, struct sim_ring_entry entry) __attribute__((cold));

/* wire.c and pulse.c: whether this timer of a link is still set. */
bool sim_link_is_live(const struct sim *w, uint32_t payload, uint32_t key);
bool sim_frame_is_live(const struct sim *w, uint32_t frame, uint32_t key);
bool sim_peer_is_live(const struct sim *w, uint32_t row, uint32_t key);

static inline uint32_t sim_extra(enum sim_class class, uint32_t key)
{
    return (key << SIM_CLASS_BITS) | class;
}
static inline uint32_t sim_key(uint32_t extra) { return extra >> SIM_CLASS_BITS; }
static inline enum sim_class sim_class_of(uint32_t extra)
{
    return (enum sim_class)(extra & ((1u << SIM_CLASS_BITS) - 1));
}

/* Whether an entry is still about what it was pushed for. */
static inline bool sim_is_live(const struct sim *w, uint32_t payload, uint32_t extra)
{
    if (sim_class_of(extra) == SIM_TASK || sim_class_of(extra) == SIM_GIVE_UP)
        return w->tasks[payload].key == sim_key(extra);
    if (sim_class_of(extra) == SIM_END)
        return w->acts[payload].lasts != 0;
    if (sim_class_of(extra) == SIM_MEET)
        return w->places[payload].key == sim_key(extra);
    if (sim_class_of(extra) == SIM_LINK)
        return sim_link_is_live(w, payload, sim_key(extra));
    if (sim_class_of(extra) == SIM_FRAME)
        return sim_frame_is_live(w, payload, sim_key(extra));
    if (sim_class_of(extra) == SIM_PEER)
        return sim_peer_is_live(w, payload, sim_key(extra));
    if (sim_class_of(extra) != SIM_WAKE)
        return true;
    const struct sim_machine *m =
        payload == w->executor_count ? &w->driver_machine : &w->hosts[payload].machine;
    return m->wake_key == sim_key(extra);
}

/* With a drawn order: it is due now, left the queue for the ring, and is no longer counted as work. */
bool sim_is_gathered(const struct sim *w, uint32_t payload, uint32_t extra);
/* Whether an entry is counted as work while it is in the queue. */
static inline bool sim_is_work(uint32_t extra)
{
    return sim_class_of(extra) != SIM_WAKE && sim_class_of(extra) != SIM_GIVE_UP &&
           sim_class_of(extra) < SIM_LINK;
}

/* An entry at a time; without delay it joins the end of the present instant. The caller counts
 * work. */
static inline void sim_schedule(struct sim *w, int64_t at_ns, uint32_t payload, uint32_t extra)
{
    bool fits = at_ns <= w->now_ns
                    ? sim_ring_push(&w->ring, (struct sim_ring_entry){payload, extra})
                    : sim_queue_push(w->queue, (struct sim_entry){at_ns, payload, extra});
    if (!fits)
        sim_schedule_slow(w, at_ns, (struct sim_ring_entry){payload, extra});
}

static inline void sim_schedule_now(struct sim *w, uint32_t payload, uint32_t extra)
{
    struct sim_ring_entry entry = {payload, extra};
    if (sim_rarely(!sim_ring_push(&w->ring, entry)))
        sim_schedule_slow(w, w->now_ns, entry);
}

/* Work at a time that is not now. */
static inline void sim_schedule_later(struct sim *w, int64_t at_ns, uint32_t payload, uint32_t extra)
{
    assert(at_ns > w->now_ns);
    w->work++;
    if (sim_rarely(!sim_queue_push(w->queue, (struct sim_entry){at_ns, payload, extra})))
        sim_schedule_slow(w, at_ns, (struct sim_ring_entry){payload, extra});
}

/* The same for work, which is counted while it is in the queue. */
static inline void sim_schedule_work(struct sim *w, int64_t at_ns, uint32_t payload, uint32_t extra)
{
    w->work += at_ns > w->now_ns;
    sim_schedule(w, at_ns, payload, extra);
}

/* ---- search.c */
/* Two entries of one link and direction keep their order: whether `mine` stays behind `other`. */
bool sim_goes_behind(const struct sim *w, struct sim_ring_entry mine, struct sim_ring_entry other);

/* world.c: the next thing of all, as a run takes it; and the tasks that it sets going. */
void sim_take_next(struct sim *w);
/* What an entry of the queue or the ring brings about. */
void sim_dispatch(struct sim *w, uint32_t payload, uint32_t extra);

/* ---- machine.c: the core's machines */
void sim_step_driver(struct sim *w, struct gang_event *ev);
void sim_step_executor(struct sim *w, uint32_t executor, struct gang_event *ev);
/* A fault that an executor may refuse: then nothing has happened. Else it is recorded before its effects. */
bool sim_fault_executor(struct sim *w, uint32_t act, struct gang_event *ev, uint64_t cause);
void sim_ask_executor(struct sim *w, uint32_t executor); /* for its deadline */
void sim_wake(struct sim *w, uint32_t machine);
void sim_heartbeats(
    struct sim *w); /* the driver hears every executor that is up, linked and joined */
void sim_audit(struct sim *w);
bool sim_heard(const struct sim_host *host); /* up, linked and well, joined with this incarnation */
void sim_set_heard(struct sim *w, uint32_t executor);

void sim_carry_out(struct sim *w, const struct gang_effect *effect, uint64_t cause); /* one of the driver's */

/* ---- phoenix.c: the driver's death and return */
bool sim_phoenix_needed(const struct plan *plan);
size_t sim_phoenix_bytes(const struct gang_api *core, const struct plan *plan, size_t driver_bytes,
                         uint32_t window, uint32_t decisions);
void sim_phoenix_init(struct sim *w, void *memory, size_t driver_bytes); /* after driver and links */
/* False: nobody is there for this event. Whoever can will hand it in again. */
bool sim_phoenix_takes(struct sim *w, const struct gang_event *ev);
/* The effects of a step. False: the driver died before one of them. */
bool sim_phoenix_carry_out(struct sim *w, const struct gang_event *ev, const struct gang_effects *fx);
/* The next event came with this number on its link; this one came so and means nothing; all up to `ack` has arrived. */
void sim_phoenix_at(struct sim *w, uint32_t session, uint32_t seq);
void sim_phoenix_skipped(struct sim *w, uint32_t executor, uint32_t session, uint32_t seq,
                         const struct gang_msg *msg);
void sim_phoenix_acknowledged(struct sim *w, uint32_t executor, uint32_t session, uint32_t ack);
bool sim_phoenix_lost(const struct sim *w); /* it died of the event at hand, and will not know of it */
void sim_phoenix_act(struct sim *w, uint32_t act, uint64_t cause);
void sim_phoenix_rise(struct sim *w, uint32_t act, bool early); /* early: healed before its time */
void sim_phoenix_audit(const struct sim *w);
uint64_t sim_phoenix_fingerprint(const struct sim *w, uint64_t h);

/* ---- net.c: messages */
void sim_send(struct sim *w, const struct gang_msg *msg, uint64_t record, bool to_driver);
void sim_deliver_to_driver(struct sim *w, uint32_t flight);
void sim_deliver_to_executor(struct sim *w, uint32_t flight, uint32_t incarnation);
/* When a message that is sent now would be there. */
int64_t sim_arrival(struct sim *w, const struct gang_msg *msg, bool to_driver);
/* Heartbeats, answers to them, and GONE: newer ones make up for lost ones, so no link numbers them. */
static inline bool sim_is_soft(const struct gang_msg *msg)
{
    return msg->kind == GANG_MSG_HEARTBEAT || msg->kind == GANG_MSG_HEARTBEAT_ACK ||
           msg->kind == GANG_MSG_GONE;
}
void sim_send_soft(struct sim *w, const struct gang_msg *msg, bool to_driver, uint64_t cause);
void sim_deliver_soft(struct sim *w, uint32_t flight);
/* It is there; sent: its record, 0 if it has none. */
void sim_take_soft(struct sim *w, const struct gang_msg *msg, uint64_t sent);

/* ---- pulse.c: heartbeats as messages */
/*
 * From now on this executor's heartbeats cannot go without saying: its link is cut or slow, it stands still, or the like.
 * What was said until now counts as said. Each sim_link_ill() has its sim_link_well(); heartbeats stay messages until one
 * that was sent after the last of these was acknowledged. cause: the record for which it is so.
 */
void sim_link_ill(struct sim *w, uint32_t executor, uint64_t cause);
void sim_link_well(struct sim *w, uint32_t executor);
void sim_pulse_up(struct sim *w, uint32_t executor); /* its process begins */
void sim_pulse_down(struct sim *w, uint32_t executor);
void sim_pulse_lost(struct sim *w, uint32_t executor, uint32_t incarnation); /* the driver wrote it off */
void sim_ask_beat(struct sim *w, uint32_t executor); /* after each of its steps while it beats */
void sim_beat_due(struct sim *w, uint32_t executor);
void sim_beat_overdue(struct sim *w, uint32_t executor); /* it goes on after it stood still */
void sim_heartbeat_sent(struct sim *w, const struct gang_msg *msg);
void sim_heartbeat_acknowledged(struct sim *w, const struct gang_msg *msg);

/* ---- wire.c: links and what becomes of them */
bool sim_wires_needed(const struct plan *plan);
uint32_t sim_wire_window(uint32_t tasks, bool reports); /* messages on their way, each direction */
size_t sim_wires_bytes(const struct gang_api *core, const struct plan *plan, uint32_t window);
uint32_t sim_wires_frames(const struct plan *plan, uint32_t window);
void sim_wires_init(struct sim *w, void *memory, uint32_t window);
size_t sim_frame_bytes(void);
void sim_wire_up(struct sim *w, uint32_t executor);
void sim_wire_down(struct sim *w, uint32_t executor);
void sim_wire_lost(struct sim *w, uint32_t executor, uint32_t incarnation);
void sim_wire_send(struct sim *w, const struct gang_msg *msg, uint64_t record, bool to_driver);
void sim_wire_send_soft(struct sim *w, const struct gang_msg *msg, uint64_t record, bool to_driver);
void sim_link_due(struct sim *w, uint32_t payload);
static inline uint32_t sim_link_host(uint32_t payload) /* whose timer it is; PLAN_NONE: the driver's, or nobody's */
{
    uint32_t timer = payload & ((1u << SIM_LINK_TIMER_BITS) - 1);
    bool of_host = timer == SIM_LINK_BEAT || timer == SIM_LINK_RESEND_OUT;
    return of_host ? payload >> SIM_LINK_TIMER_BITS : PLAN_NONE;
}
void sim_frame_due(struct sim *w, uint32_t frame);
uint32_t sim_frame_host(const struct sim *w, uint32_t frame); /* to which it goes; PLAN_NONE: to the driver */
bool sim_frame_is_of_same_way(const struct sim *w, uint32_t frame, uint32_t other);
uint32_t sim_frame_way(const struct sim *w, uint32_t frame); /* twice its executor, and one more one way */
void sim_wire_act(struct sim *w, uint32_t act, uint64_t cause); /* acts on links, MEND too */
void sim_wire_act_end(struct sim *w, uint32_t act);
void sim_wires_heal(struct sim *w);
void sim_wires_driver_down(struct sim *w, uint64_t cause);
void sim_wires_driver_up(struct sim *w, uint64_t cause);
/* The driver's ends as copies, and what happened to them since happening to them again: nothing is put on a wire. */
size_t sim_wires_saved_bytes(const struct gang_api *core, const struct plan *plan, uint32_t window);
void sim_wires_save(const struct sim *w, void *memory);
void sim_wires_restore(struct sim *w, const void *memory);
void sim_wire_replay_taken(struct sim *w, uint32_t executor, uint32_t session, uint32_t seq,
                           const struct gang_msg *msg, int64_t at_ns);
void sim_wire_replay_ack(struct sim *w, uint32_t executor, uint32_t session, uint32_t ack,
                         int64_t at_ns);
void sim_wire_replay_sent(struct sim *w, const struct gang_msg *msg, int64_t at_ns);
void sim_wire_replay_lost(struct sim *w, uint32_t executor, uint32_t incarnation);
void sim_wires_close(struct sim *w); /* the run is over: what has not arrived is lost */
void sim_wires_audit(const struct sim *w);
uint64_t sim_wires_fingerprint(const struct sim *w, uint64_t h);
uint64_t sim_frame_fingerprint(const struct sim *w, uint32_t frame);

/* ---- task.c: tasks and their programs */
static inline bool sim_hangs(const struct sim_task *task) { return (task->habits & SIM_HABIT_HUNG) != 0; }
static inline uint32_t sim_job_of(const struct sim *w, const struct sim_task *task)
{
    return w->plan->stages[task->stage].job;
}
/* The core's client in it; whoever has the core change that keeps it. */
static inline struct gang_task sim_client(const struct sim *w, const struct sim_task *task)
{
    return (struct gang_task){.job = sim_job_of(w, task),
                              .stage = task->index,
                              .attempt = task->attempt,
                              .rank = task->rank,
                              .size = task->size,
                              .epoch = task->epoch,
                              .calling = task->calling,
                              .op = task->op};
}
void sim_task_start(struct sim *w, uint32_t executor, const struct gang_msg *msg);
void sim_task_signal(struct sim *w, uint32_t executor, const struct gang_msg *msg);
void sim_task_reply(struct sim *w, uint32_t executor, const struct gang_msg *msg);
void sim_task_due(struct sim *w, uint32_t task); /* its compute is over, or its turn has come */
void sim_run_tasks(struct sim *w);               /* everything in `runnable` */
void sim_task_exit(struct sim *w, uint32_t task, uint8_t status, uint32_t code, uint64_t cause);
void sim_task_vanish(struct sim *w, uint32_t task,
                     uint64_t cause); /* its executor crashes: nobody is told */
void sim_task_exit_as(struct sim *w, uint32_t task, const struct gang_msg *how, uint64_t cause);
void sim_task_hang(struct sim *w, uint32_t task);
int64_t sim_task_extra_ns(const struct sim *w, uint32_t task); /* by which its present or next compute is longer */
void sim_task_straggle(struct sim *w, uint32_t task, int64_t by_ns);
/* It will exit so at its next turn, which is now, unless its host stands still. */
void sim_task_end(struct sim *w, uint32_t task, uint8_t status, uint32_t code, uint64_t cause);
void sim_task_go_on(struct sim *w, uint32_t task, uint64_t cause); /* what it waited for is there */
void sim_task_stop(struct sim *w, uint32_t task, int64_t done_ns);
void sim_task_resume(struct sim *w, uint32_t task, int64_t by_ns);
void sim_task_unstop(struct sim *w, uint32_t task); /* if it was stopped */
uint64_t sim_payload_digest(const struct gang_task *task);
/* How long so many bytes take on one link; without a bandwidth no time. */
int64_t sim_transfer_ns(const struct sim *w, int64_t bytes);

/* ---- store.c: outputs, and who finds them */
struct sim_output {
    uint32_t executor, incarnation; /* of the process that has it; executor PLAN_NONE: nobody */
};
uint64_t sim_store_outputs(const struct plan *plan); /* tasks whose outputs some stage fetches */
size_t sim_store_size(const struct plan *plan);
void sim_store_init(struct sim *w, void *memory);
void sim_store_accepted(struct sim *w, const struct gang_msg *msg);
int64_t sim_fetch_ns(const struct sim *w, int64_t bytes);
/* The time of a task's fetch is over. False: it has missed an output, and is gone. */
bool sim_fetch_over(struct sim *w, uint32_t task);
void sim_store_audit(const struct sim *w);
/* The first output that it needs and of whose holder `is` says so. */
typedef bool sim_holder_fn(struct sim *w, uint32_t reader, uint32_t holder, void *ctx);
bool sim_fetch_first(struct sim *w, uint32_t task, sim_holder_fn *is, void *ctx, uint32_t *parent,
                     uint32_t *rank);
void sim_fetch_missed(struct sim *w, uint32_t task, uint32_t parent, uint32_t rank, uint64_t cause);
uint64_t sim_store_fingerprint(const struct sim *w, uint64_t h);

/* ---- act.c: what the plan does to the world */
bool sim_acts_check(const struct plan *plan,
                    struct sim_err *err); /* every pattern names a kind of record */
void sim_acts_init(struct sim *w);
void sim_feed_due(struct sim *w, enum sim_feed_kind kind);
void sim_act(struct sim *w, uint32_t act, uint64_t cause);
void sim_match(struct sim *w, const struct trace_record *r, uint64_t number);
void sim_heal(struct sim *w);
void sim_act_end(struct sim *w, uint32_t act);
/* An executor's process ends by its own hand, and whoever minds it starts another one after a while. */
void sim_process_exit(struct sim *w, uint32_t executor, uint64_t cause);
void sim_process_return(struct sim *w, uint32_t executor, uint32_t incarnation);

void sim_host_up(struct sim *w, uint32_t executor, uint64_t cause);
void sim_host_down(struct sim *w, uint32_t executor, uint64_t fault);
void sim_job_done(struct sim *w, uint32_t job);
void sim_job_spec(struct sim *w, uint32_t job, struct gang_job_spec *spec,
                  struct gang_stage_spec stages[SIM_STAGES_MAX]);
void sim_hand_in(struct sim *w, uint32_t job); /* to the driver; its SUBMIT is w->cause */
void sim_plan_heal(struct sim *w);
void sim_close_services(struct sim *w);

/* ---- budget.c: how much the plan tolerates */
/* Asked right before a fault happens. False: it does not happen, and that is recorded. */
bool sim_budget_machine(struct sim *w, uint32_t act, uint64_t cause);
bool sim_budget_link(struct sim *w, uint32_t act, bool is_impaired, uint64_t cause); /* is_impaired: already */
bool sim_budget_task(struct sim *w, uint32_t act, const struct sim_task *task, uint64_t cause);
bool sim_budget_driver(struct sim *w, uint32_t act, uint64_t cause);
void sim_budget_look(struct sim *w, uint32_t executor); /* after whatever may have hurt it, or ended that */
uint64_t sim_budget_spent(const struct sim *w);         /* for the fingerprint */

/* ---- placer.c: a scheduler that is not the core's own */
bool sim_placer_check(const struct sim_options *o, struct sim_err *err);
uint32_t sim_placer_decisions(const struct sim_options *o, uint64_t tasks); /* 0: there is no placer */
uint64_t sim_placer_groups(const struct sim_options *o, uint64_t tasks);
size_t sim_placer_bytes(const struct gang_limits *limits);
void sim_placer_init(struct sim *w, const struct sim_options *o, void *memory,
                     const struct gang_limits *limits);
void sim_place(struct sim *w); /* the driver has asked */

/* ---- grant.c: the cluster manager, where executors come and go with the load */
void sim_give_back(struct sim *w, uint32_t executor, uint32_t incarnation, uint64_t cause);
void sim_grant(struct sim *w, uint32_t executor, uint64_t cause);

/* ---- host.c: what ails machines */
bool sim_has_ailments(const struct plan *plan);
uint32_t sim_ailing_messages(const struct plan *plan, uint64_t groups); /* more on their way than without */
bool sim_host_check(const struct plan *plan, uint32_t act, struct sim_err *err);
void sim_host_init(struct sim *w);
void sim_begin_lasting(struct sim *w, uint32_t act, int64_t for_ns); /* ends at sim_host_act_end(), or is healed */
void sim_host_act(struct sim *w, uint32_t act, uint64_t cause);
void sim_host_act_end(struct sim *w, uint32_t act); /* its time is over */
void sim_host_heal(struct sim *w);                  /* of everything that lasts */
void sim_host_went_down(struct sim *w, uint32_t executor);
void sim_host_came_up(struct sim *w, uint32_t executor); /* its process has booted */
void sim_host_turn(struct sim *w, uint32_t executor);
/* True if the entry waits until its host goes on. */
bool sim_host_holds(struct sim *w, uint32_t payload, uint32_t extra);
int64_t sim_slowed(const struct sim *w, uint32_t executor, int64_t ns);
/* By the clock of the executor, and back: the first instant of the world at which that shows `at_ns`. */
int64_t sim_clock(const struct sim *w, uint32_t executor);
int64_t sim_world_time(const struct sim *w, uint32_t executor, int64_t at_ns);

/* ---- afflict.c: what befalls tasks */
bool sim_has_traits(const struct plan *plan);
bool sim_has_inner_loops(const struct plan *plan);
bool sim_task_check(const struct plan *plan, uint32_t act, struct sim_err *err);
void sim_task_act(struct sim *w, uint32_t act, uint64_t cause);

/* ---- meet.c: tasks that wait for each other */
uint32_t sim_count_places(const struct plan *plan);
void sim_meet_init(struct sim *w);
void sim_meet(struct sim *w, uint32_t task, const struct plan_step *step);
void sim_all_reduce(struct sim *w, uint32_t task, const struct plan_step *step);
void sim_meet_over(struct sim *w, uint32_t place);    /* its exchange is */
void sim_meet_give_up(struct sim *w, uint32_t task);
void sim_meet_leave(struct sim *w, uint32_t task);    /* it waits there no longer, and nobody is told */
int64_t sim_meet_first(const struct sim *w);          /* when the first will wait no longer */
void sim_meet_look(struct sim *w, uint32_t task, int64_t again_ns); /* something about its executor's links has changed */
bool sim_meet_is_connected(const struct sim *w, uint32_t task, uint32_t executor); /* at a rendezvous held there */

/* ---- peer.c: links between executors */
uint32_t sim_count_peers(const struct plan *plan); /* acts on them: no fewer than there are links to look after */
size_t sim_peers_bytes(const struct plan *plan);
void sim_peers_init(struct sim *w, void *memory);
void sim_peer_act(struct sim *w, uint32_t act, uint64_t cause);
void sim_peer_act_end(struct sim *w, uint32_t act);
void sim_peers_heal(struct sim *w);
void sim_peer_due(struct sim *w, uint32_t row);
bool sim_peer_passes(const struct sim *w, uint32_t a, uint32_t b);
bool sim_peer_refuses(const struct sim *w, uint32_t from, uint32_t to, uint64_t *cause);
int64_t sim_peer_delay_ns(const struct sim *w, uint32_t from, uint32_t to);
bool sim_peer_begin_fetch(struct sim *w, uint32_t task, int64_t *takes_ns); /* false: it was refused, and is gone */
void sim_peer_fetches(struct sim *w, uint32_t task); /* its time runs */
bool sim_peer_keeps(struct sim *w, uint32_t task);   /* its time has come; true: it goes on waiting */
bool sim_peer_stays(struct sim *w, uint32_t task, int64_t by_ns); /* its host goes on, and it does not */
bool sim_peer_ring_is_refused(struct sim *w, uint32_t place);     /* then some of it are about to end */
bool sim_peer_ring_is_silent(struct sim *w, uint32_t place);
int64_t sim_peer_ring_delay_ns(struct sim *w, uint32_t place);    /* of each step */
void sim_peers_audit(const struct sim *w);
uint64_t sim_peers_fingerprint(const struct sim *w, uint64_t h);

/* ---- quiet.c: when nothing more can come of it */
bool sim_may_go_on(
    struct sim *w); /* false: do not take the next entry; look again (the run may have ended) */
void sim_look_for_livelock(struct sim *w, bool silent); /* silent: many events have left no record */

#endif
