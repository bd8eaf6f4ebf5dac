/*
 * rig.h -- one driver and a few executors on a bench: a FIFO of messages between them, a clock
 * moved by hand.
 *
 * Not the simulator: no latency, no dice, nothing happens unless a test says so. Every step is
 * followed by the audits.
 */
#ifndef CORE_RIG_H
#define CORE_RIG_H

#include "gang/gang.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { RIG_EXECUTORS = 6, RIG_WIRE = 4096, RIG_LOG = 8192, RIG_TASKS = 64, RIG_JOBS = 64 };

struct rig_run { /* a task's process on an executor */
    bool alive, asked, forced;
    uint32_t executor, job, rank, checkpoint, ref, group;
    uint16_t stage, attempt;
    struct gang_task client;
    uint32_t replies, last_reason;
    uint64_t last_digest, gpus;
};
struct rig {
    struct gang_driver *driver;
    struct gang_executor *executor[RIG_EXECUTORS];
    uint32_t executor_count, incarnation[RIG_EXECUTORS];
    bool down[RIG_EXECUTORS];
    uint32_t bytes; /* that those who call give */
    gang_ns within; /* how long those who call wait at most; 0: as long as the round */
    bool asked[RIG_EXECUTORS]; /* it was given back, and the driver asks for it again: see rig_grant() */
    bool beats; /* heartbeats are messages as any other; else they flow by themselves */
    struct gang_limits limits;
    struct gang_config config;
    gang_ns now;
    struct {
        struct gang_msg msg;
        bool to_driver;
    } wire[RIG_WIRE];
    uint32_t wire_head, wire_tail;
    bool (*drop)(const struct gang_msg *msg, bool to_driver); /* NULL: nothing is lost */
    bool (*hold)(const struct gang_msg *msg, bool to_driver); /* NULL: nothing is kept on its way */
    struct rig_run run[RIG_EXECUTORS][RIG_TASKS];
    struct gang_effect log[RIG_LOG]; /* the driver's effects, in order */
    uint32_t log_count;
    struct gang_effects out;
    uint32_t tasks_of[RIG_JOBS][GANG_STAGES_MAX]; /* of the stages of jobs handed in, by job id modulo RIG_JOBS */
    /* Called after each step that the driver took, with its effects in `out`; NULL: nobody looks. */
    void (*stepped)(struct rig *rig, const struct gang_event *ev);
    void *ctx;
};

struct gang_config rig_config(void);
/* `executors` machines of `cores` cores and `gpus` GPUs, joined. The rig is malloc'ed: rig_free()
 * it. */
struct rig *rig_new(uint32_t executors, uint32_t cores, uint32_t gpus,
                    const struct gang_config *config);
struct gang_limits rig_limits(void); /* without shares of GPUs, without wishes */
/* The same with limits of its own; racks: of the executors, or NULL if they all stand in one. */
struct rig *rig_new_with(uint32_t executors, uint32_t cores, uint32_t gpus,
                         const struct gang_config *config, const struct gang_limits *limits,
                         const uint32_t *racks);
/* A configuration, strict but for one axis; NULL: strict. */
struct gang_config rig_config_set(const char *axis, const char *value);
void rig_free(struct rig *rig);
void rig_boot(struct rig *rig, uint32_t executor);  /* (again) with the next incarnation */
void rig_crash(struct rig *rig, uint32_t executor); /* nobody is told */
uint32_t rig_grant(struct rig *rig); /* all that were asked for come; how many */
/* It has so much from now on; false: its groups hold more cores. */
bool rig_room(struct rig *rig, uint32_t executor, uint32_t cores, uint64_t gpus);
void rig_submit(struct rig *rig, uint32_t id, const struct gang_stage_spec *stages, uint32_t count);
void rig_submit_map(struct rig *rig, uint32_t id, const struct gang_stage_spec *stages,
                    uint32_t count); /* as a map-stage job */
bool rig_cancel(struct rig *rig, uint32_t id); /* false: no such job */
void rig_tell(struct rig *rig, enum gang_ev_kind kind, uint32_t id); /* the driver, and delivered */
/* A plan of the version that was wanted last. */
enum gang_status rig_plan(struct rig *rig, const struct gang_decision *list, uint32_t count, struct gang_err *err);
void rig_deliver(struct rig *rig);             /* until the wire is empty */
bool rig_deliver_one(struct rig *rig);
bool rig_due(struct rig *rig); /* the driver's timer, if it is due now */
void rig_pass(struct rig *rig,
              gang_ns by); /* time passes; timers fire; everything is delivered; heartbeats flow */
struct rig_run *rig_task(struct rig *rig, uint32_t job, uint32_t stage,
                         uint32_t rank); /* alive, or NULL */
void rig_call(struct rig *rig, struct rig_run *run, enum gang_op op,
              uint64_t payload); /* delivered */
void rig_call_only(struct rig *rig, struct rig_run *run, enum gang_op op, uint64_t payload);
/* A sync call in a task's name, which it did not make: its executor does not know of it either. */
void rig_stray(struct rig *rig, struct rig_run *run, enum gang_op op, uint32_t epoch,
               uint64_t payload);
/* A message comes to the driver, once more or too late. */
void rig_inject(struct rig *rig, const struct gang_msg *msg);
void rig_checkpoint(struct rig *rig, struct rig_run *run, uint64_t number);
void rig_exit_only(struct rig *rig, struct rig_run *run, enum gang_exit how, uint32_t code);
void rig_exit(struct rig *rig, struct rig_run *run, enum gang_exit how, uint32_t code);
/* It did not find the output of this rank of stage `parent`, which `executor` should have in this incarnation. */
void rig_miss(struct rig *rig, struct rig_run *run, uint32_t parent, uint32_t rank,
              uint32_t executor, uint32_t incarnation);
uint32_t rig_count(const struct rig *rig, enum gang_fx_kind fx); /* in the log so far */
uint32_t rig_sent(const struct rig *rig, enum gang_msg_kind kind);
const struct gang_msg *rig_last(const struct rig *rig, enum gang_fx_kind fx); /* NULL if none */
uint32_t rig_alive(const struct rig *rig);
/* The dice of walks: set rig_dice first. Below n; a task that is alive, or NULL. */
extern uint64_t rig_dice;
uint32_t rig_roll(uint32_t n);
struct rig_run *rig_any_task(struct rig *rig);
struct gang_stage_spec rig_gang(uint32_t tasks, uint32_t cores, uint32_t gpus);
struct gang_stage_spec rig_map(uint32_t tasks, uint32_t cores);

#endif
