/*
 * trace_state.h -- one fold over a history: who holds what and who waits for what, as of the record last taken.
 *
 * Shared by oracles and reports. Truth about slots is the world's START and EXIT, not the driver's belief.
 * Memory is the caller's and flat: a copy of the block is a copy of the state.
 *
 * Taking a record is O(1), but for: a range record (its count), SUBMIT and JOB_DONE (the job's stages), the first record
 * of a gang's new attempt (its ranks), UP and DOWN (the reservations held there).
 * Records may hold anything: what does not exist is ignored. Times that have not come are TRACE_NEVER.
 */
#ifndef TRACE_STATE_H
#define TRACE_STATE_H

#include "trace/trace.h"

/* What the fold must know of the plan. Arrays stay the caller's and must outlive the state. */
struct trace_shape {
    uint32_t executor_count, job_count, stage_count, profile_count;
    const uint32_t *job_first_stage;   /* job_count + 1 entries; stages are numbered through all jobs */
    const uint32_t *stage_tasks;       /* stage_count entries */
    const uint8_t *stage_is_barrier;   /* stage_count entries */
    const uint32_t *stage_cores, *stage_memory_mib, *stage_gpu_milli; /* what one task needs */
    const uint32_t *executor_cores, *executor_memory_mib, *executor_gpus;
};

enum trace_rank_state {
    TRACE_RANK_IDLE = 0,     /* not placed in its present attempt */
    TRACE_RANK_RESERVED = 1, /* a reservation was asked for */
    TRACE_RANK_ACKED = 2,    /* and acknowledged */
    TRACE_RANK_RUNNING = 3,  /* its process lives */
    TRACE_RANK_SYNCING = 4,  /* its process lives and waits in a barrier or allGather */
    TRACE_RANK_EXITED = 5
};
struct trace_rank { /* its newest attempt; a process of an older one that lingers is seen in the counts only */
    uint32_t state;
    uint32_t executor; /* TRACE_NONE: nowhere, or on one that the shape does not know */
    uint32_t attempt, epoch; /* epoch: of the call it waits in, or rounds it has passed */
    int64_t since_ns;
    uint64_t record;   /* the record that brought it here */
    uint64_t gpu_mask; /* addresses it holds while it lives */
};
enum trace_phase {
    TRACE_PHASE_UNSEEN = 0, TRACE_PHASE_WAITING = 1, TRACE_PHASE_LAUNCHING = 2, TRACE_PHASE_RUNNING = 3,
    TRACE_PHASE_DRAINING = 4, /* fenced, and some of its processes still live */
    TRACE_PHASE_DONE = 5, TRACE_PHASE_FAILED = 6
};
struct trace_stage {
    uint32_t phase;
    uint32_t attempt; /* the newest; of a MapReduce stage, the highest of its tasks */
    uint32_t running; /* living processes, of whatever attempt */
    uint32_t syncing, exited; /* ranks in that state */
    uint32_t epoch;           /* rounds released in the present attempt */
    uint32_t wait_reason, wait_needed, wait_there; /* of the last WAIT record */
    int64_t since_ns; /* in this phase */
    int64_t submitted_ns, first_go_ns, first_start_ns, last_go_ns, done_ns;
    uint32_t attempts_gone; /* attempts whose go was sent */
    /* The shortest limit of a caller (G-11) of the last round in which somebody had one. */
    int64_t limit_ns;   /* when it ends; 0: nobody ever had one */
    uint32_t limit_rank, limit_attempt, limit_epoch; /* limit_rank: whose it is */
    uint32_t unused;
};
struct trace_executor {
    uint32_t up, incarnation; /* the world's: UP and DOWN */
    uint32_t joined;          /* the driver's: JOIN and LOST */
    uint32_t running;         /* living processes; what they use is the sum over them, over-commitment and all */
    uint32_t cores_used, memory_used_mib;
    uint64_t gpu_mask_used;
    int64_t since_ns; /* up or down */
};
struct trace_job { uint32_t submitted, done, refused, reason; int64_t submitted_ns, done_ns; };

struct trace_state; /* opaque, inside the caller's block */
size_t trace_state_size(const struct trace_shape *shape);
struct trace_state *trace_state_init(void *memory, size_t size, const struct trace_shape *shape); /* memory: 16-byte aligned */
void trace_state_take(struct trace_state *state, const struct trace_record *record, uint64_t number);
int64_t trace_state_now(const struct trace_state *state); /* the time of the record last taken; 0 before the first */
/* These return NULL for what the shape does not have. The pointers stay good; what they point at changes with each record. */
const struct trace_rank *trace_state_rank(const struct trace_state *state, uint32_t job, uint32_t stage, uint32_t rank);
const struct trace_stage *trace_state_stage(const struct trace_state *state, uint32_t job, uint32_t stage);
const struct trace_job *trace_state_job(const struct trace_state *state, uint32_t job);
const struct trace_executor *trace_state_executor(const struct trace_state *state, uint32_t executor);

#endif
