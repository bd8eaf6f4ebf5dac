/*
 * world.h -- the world's memory, and what its parts may ask of each other.
 *
 * world.c lays the block out and turns the handle; record.h writes the history; task.c runs
 * programs; net.c carries messages; machine.c steps the core's machines and carries out their
 * effects; act.c does what the plan says; quiet.c decides when nothing more can come of a run;
 * fingerprint.c names a state.
 *
 * The block has two parts: what a snapshot needs, and after it two buffers that are empty between
 * two sim_run()s.
 *
 * Invariants
 *   - `work` counts the queue's live entries that are work: messages, compute, feeds, matched acts,
 * the heal.
 *   - A live entry carries the key of what it is about; an entry whose key is old is stale, and is
 * ignored.
 *   - A task in state READY or ENDING has exactly one entry: in `runnable`, or in the ring. One in
 * COMPUTE has exactly one live entry in the queue, unless it computes for ever.
 *   - An executor machine has its next wake-up pending (wake_ns) whenever it has a deadline, at its
 * deadline or before.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "queue.h"
#include "ring.h"
#include "sim/sim.h"

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
    SIM_HEAL = 6  /* crashed executors come back */
};
enum { SIM_CLASS_BITS = 3 };
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
    uint32_t crash_act;   /* what took it down */
    uint8_t up, for_good, unused[10];
};
_Static_assert(sizeof(struct sim_host) == 64, "a host is a cache line");

enum sim_task_state {
    SIM_TASK_NONE = 0,
    SIM_TASK_READY = 1, /* its next op is to be taken */
    SIM_TASK_COMPUTE = 2,
    SIM_TASK_SYNC = 3, /* waits for a reply */
    SIM_TASK_HUNG = 4,
    SIM_TASK_ENDING = 5 /* is about to exit with `status` */
};
struct sim_task {
    struct gang_task client;
    struct plan_program_state program;
    uint64_t cause;   /* what set it going: its START, its last REPLY; or what ends it */
    int64_t extra_ns; /* by which its present or next compute is longer; of an ending task: its exit
                         code */
    uint32_t stage, key; /* of the plan; of its entries */
    uint32_t executor;
    uint8_t state, status, hung, unused;
};
_Static_assert(sizeof(struct sim_task) == 96, "a running task's state is a cache line and a half");

/* A message on its way. A free one has the next free one in `cause`. */
struct sim_flight {
    struct gang_msg msg;
    uint64_t cause; /* the record that sent it */
};
_Static_assert(sizeof(struct sim_flight) == 72, "a message and its record");

struct sim_act_state {
    uint64_t cause;         /* the record that matched */
    uint32_t matches, next; /* next: of the acts that wait for this kind of record */
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
    int64_t latency_ns, bandwidth, virtual_ns;
    uint32_t effects_capacity, runnable_capacity;
    uint32_t executor_count, task_count;

    /* the rest */
    uint64_t seed, chain, flushed;
    uint64_t things; /* tasks, executors, jobs and acts: what one look at everything costs */
    uint64_t audit_every, audit_event, events_max;
    sim_choose_fn *choose;
    void *choose_ctx;
    struct {
        sim_observe_fn *fn;
        void *ctx;
    } observers[SIM_OBSERVERS_MAX];
    uint32_t observer_count;
    int64_t *
        busy_ns; /* with a bandwidth: when each way of each link is free again: from, to the driver */
    uint64_t *heard; /* executors whose heartbeats reach the driver, as bits */
    struct sim_feed feeds[SIM_FEED_COUNT];
    struct sim_act_state *acts;
    uint32_t act_by_kind[64]; /* first act that waits for this kind of record; PLAN_NONE: none */
    uint32_t *wishes;         /* while a job is handed in: the executors that its ranks prefer */
    uint8_t *jobs;            /* enum sim_job_state */
    int64_t heal_ns;          /* when crashed executors come back; PLAN_NEVER: none is to */
    uint32_t faults_pending;  /* faults with a time that have not come yet, or whose pattern has
                                 matched */
    uint32_t heal_pending;    /* 1: the queue has the heal's entry */
    uint64_t digest, digest_steps, digest_power; /* of the search for a state that returns */
    uint64_t digest_progress;
    size_t bytes, live_bytes;
    struct sim_err err;
};

enum sim_job_state { SIM_JOB_NEW = 0, SIM_JOB_SUBMITTED = 1, SIM_JOB_DONE = 2 };

/* ---- times: never overflow; PLAN_NEVER absorbs */
static inline int64_t sim_later(int64_t at, int64_t by)
{
    assert(at >= 0);
    assert(by >= 0);
    return by > PLAN_NEVER - at ? PLAN_NEVER : at + by;
}

/* ---- world.c */
/* The run cannot go on. Keeps the first reason. */
void sim_fail(struct sim *w, enum sim_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Writes the closing record. */
void sim_close(struct sim *w, enum trace_end reason);
void sim_flush(struct sim *w);
/* Throws stale entries out and tries again; fails the run if that does not help. */
void sim_schedule_slow(struct sim *w, int64_t at_ns, struct sim_ring_entry entry);

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
    if (sim_class_of(extra) == SIM_TASK)
        return w->tasks[payload].key == sim_key(extra);
    if (sim_class_of(extra) != SIM_WAKE)
        return true;
    const struct sim_machine *m =
        payload == w->executor_count ? &w->driver_machine : &w->hosts[payload].machine;
    return m->wake_key == sim_key(extra);
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

/* The same for work, which is counted while it is in the queue. */
static inline void sim_schedule_work(struct sim *w, int64_t at_ns, uint32_t payload, uint32_t extra)
{
    w->work += at_ns > w->now_ns;
    sim_schedule(w, at_ns, payload, extra);
}

/* ---- machine.c: the core's machines */
void sim_step_driver(struct sim *w, struct gang_event *ev);
void sim_step_executor(struct sim *w, uint32_t executor, struct gang_event *ev);
void sim_wake(struct sim *w, uint32_t machine);
void sim_heartbeats(
    struct sim *w); /* the driver hears every executor that is up, linked and joined */
void sim_audit(struct sim *w);
bool sim_heard(const struct sim_host *host); /* up, linked, joined with this incarnation */
void sim_set_heard(struct sim *w, uint32_t executor);

/* ---- net.c: messages */
void sim_send(struct sim *w, const struct gang_msg *msg, uint64_t record, bool to_driver);
void sim_deliver(struct sim *w, uint32_t flight, bool to_driver, uint32_t incarnation);

/* ---- task.c: tasks and their programs */
void sim_task_start(struct sim *w, uint32_t executor, const struct gang_msg *msg);
void sim_task_signal(struct sim *w, uint32_t executor, const struct gang_msg *msg);
void sim_task_reply(struct sim *w, uint32_t executor, const struct gang_msg *msg);
void sim_task_due(struct sim *w, uint32_t task); /* its compute is over, or its turn has come */
void sim_run_tasks(struct sim *w);               /* everything in `runnable` */
void sim_task_exit(struct sim *w, uint32_t task, uint8_t status, uint32_t code, uint64_t cause);
void sim_task_vanish(struct sim *w, uint32_t task,
                     uint64_t cause); /* its executor crashes: nobody is told */
void sim_task_hang(struct sim *w, uint32_t task);
void sim_task_straggle(struct sim *w, uint32_t task, int64_t by_ns);

/* ---- act.c: what the plan does to the world */
bool sim_acts_check(const struct plan *plan,
                    struct sim_err *err); /* every pattern names a kind of record */
void sim_acts_init(struct sim *w);
void sim_feed_due(struct sim *w, enum sim_feed_kind kind);
void sim_act(struct sim *w, uint32_t act, uint64_t cause);
void sim_match(struct sim *w, const struct trace_record *r, uint64_t number);
void sim_heal(struct sim *w);

/* ---- quiet.c: when nothing more can come of it */
bool sim_may_go_on(
    struct sim *w); /* false: do not take the next entry; look again (the run may have ended) */
void sim_look_for_livelock(struct sim *w);

#endif
