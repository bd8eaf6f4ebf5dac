/*
 * scheduler.h -- what the files of the scheduler's part share: its books.
 *
 * The books are only what a message needs and the child is not to know: who is there in which incarnation, what was asked for under which
 * number, and what came to a round. They decide nothing.
 */
#ifndef EXEC_SRC_SCHEDULER_H
#define EXEC_SRC_SCHEDULER_H

#include "exec/scheduler.h"
#include "trace/trace.h"

/* Nobody hears it at the moment: its connection broke; or it says that it did not hear us, and has ended its tasks. */
enum { AWAY_SILENT = 1, AWAY_UNLEASED = 2 };
enum presence { PRESENCE_ABSENT = 0, PRESENCE_ALIVE = 1, PRESENCE_GONE = 2 };
struct member {
    uint32_t incarnation;
    uint8_t presence, away, condemned;
    uint32_t stamp; /* of a count of executors */
    gang_ns heard_at;
};

/* What was asked for on one executor at once. */
struct holding {
    uint32_t job, executor, incarnation, rank, count, ref, handle;
    uint32_t live; /* of its ranks, those not heard to be free */
    uint16_t stage, attempt;
    bool went;
};

/* The last call of a rank. */
struct call {
    uint64_t digest;
    uint32_t epoch, bytes;
    uint16_t attempt;
    uint8_t op, here;
};

struct stage_book {
    struct gang_need need;
    uint32_t tasks, kind;
    uint32_t planned, planned_attempt; /* members of the attempt that was planned last; attempt GANG_NONE: none was */
    struct call *calls;                /* a rank; NULL: no gang */
    /* The payload of a round is what there was at its first release. */
    uint32_t out_attempt, out_epoch, out_bytes;
    uint64_t out_digest;
    uint8_t out_op;
};
struct job_book {
    uint32_t id, stage_count;
    bool over;
    struct stage_book *stages;
};

struct wake {
    int64_t id;
    gang_ns at;
    uint64_t token;
    enum gang_timer why;
};

struct exec_scheduler {
    struct exec_child *child;
    const struct plan *plan;
    struct gang_api api;
    struct exec_err failure;
    struct gang_limits limits;
    struct gang_config config;
    uint32_t effects_max, refs, alive, jobs_alive;
    gang_ns now, silence_at; /* silence_at: when to look who is silent; GANG_NEVER: nobody is there */
    uint64_t silence_token, asked, heard_hash;

    struct member *members; /* one an executor */
    struct job_book *jobs;
    uint32_t job_count, job_room;
    struct holding *holdings;
    uint32_t holding_count, holding_room;
    struct wake *wakes;
    uint32_t wake_count, wake_room;

    struct exec_text events, line; /* of this instant */
    uint64_t *tokens;
    uint32_t event_count, event_room;
    uint64_t token; /* of the step at hand */
    uint32_t stamp, lines_now; /* lines_now: of this instant */
    bool embellishes, out_of_memory, overflows; /* overflows: more was ordered than one answer may order */
    struct gang_effect spill;
};

/* Makes room for one more of something; false: there is no memory. */
bool exec_grow(struct exec_scheduler *s, void **list, uint32_t count, uint32_t *room, size_t bytes);

/* ---- books (scheduler_books.c) */
struct job_book *exec_book_of(struct exec_scheduler *s, uint32_t job); /* NULL: never submitted */
bool exec_book_job(struct exec_scheduler *s, const struct gang_job_spec *spec);
struct holding *exec_hold(struct exec_scheduler *s, const struct gang_msg *ask); /* NULL: no memory */
struct holding *exec_holding_of(struct exec_scheduler *s, uint32_t ref);         /* NULL: it is over */
void exec_let_go(struct exec_scheduler *s, struct holding *h, uint32_t ranks);
void exec_let_go_all(struct exec_scheduler *s, uint32_t executor);
void exec_note_call(struct exec_scheduler *s, const struct gang_msg *msg);
/* Fixes what the round came to, if nobody did; the stage's `out_` fields say it. */
void exec_close_round(struct stage_book *stage, uint16_t attempt, uint32_t epoch);
void exec_books_free(struct exec_scheduler *s);

/* ---- events (scheduler_events.c): each adds one to the line of this instant */
void exec_say_begin(struct exec_scheduler *s);
void exec_say_submit(struct exec_scheduler *s, const struct gang_job_spec *spec);
void exec_say_job(struct exec_scheduler *s, const char *what, uint32_t job);
void exec_say_executor(struct exec_scheduler *s, const char *what, uint32_t executor);
void exec_say_lost(struct exec_scheduler *s, uint32_t executor, enum gang_reason reason);
void exec_say_room(struct exec_scheduler *s, const char *what, const struct gang_msg *msg);
void exec_say_message(struct exec_scheduler *s, const struct gang_msg *msg); /* about a gang */
void exec_say_wake(struct exec_scheduler *s, int64_t id);

/* ---- commands (scheduler_orders.c) */
/* The answer to a line as effects. False: it cannot be understood, and nothing of it is carried out; *err says why. */
bool exec_carry_out(struct exec_scheduler *s, const struct json_t *answer, struct gang_effects *out, struct exec_err *err);
/* The next effect, cleared but for what does not apply. */
struct gang_msg *exec_emit(struct exec_scheduler *s, struct gang_effects *out, enum gang_fx_kind fx);

#endif
