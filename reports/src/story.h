/*
 * story.h -- what the story's files share: the gangs' tales, the open line, and how a line is put.
 *
 * This room is for: story*.c.
 * It may include:   rep_private.h.
 * Never here:       what a record means.
 */
#ifndef REP_STORY_H
#define REP_STORY_H

#include "sink.h"

enum { NAMED_JOBS_MAX = 3, RANGES_TOLD_MAX = 6, SKEW_TOLD_NS = 1000000, SKEW_TOLD_TIMES = 4 };

/* What is known of a gang while the story goes on. */
struct tale {
    uint32_t attempt,
        launched; /* the latest planned, and of these the latest that was told to go, + 1 */
    int64_t planned_ns, fenced_ns;
    uint32_t acks;       /* groups of the latest launch that acknowledged */
    uint32_t living;     /* its processes, of all attempts */
    bool draining;       /* fenced, and some still live */
    uint32_t checkpoint; /* the last complete one */
    uint32_t wait_told;  /* reason + 1; 0: none */
    /* the round that is open */
    uint32_t round_attempt, epoch, last_rank;
    int64_t first_arrival_ns; /* PLAN_NEVER: nobody came yet */
    uint32_t rounds_in_attempt;
    uint32_t released_attempt, released; /* epoch + 1 of the last round told or folded */
    int64_t worst_ns;                    /* skew, of all rounds of the attempt before this one */
    /* the fold of uneventful rounds */
    uint32_t folded, fold_first, fold_last, fold_worst_epoch, fold_worst_rank;
    int64_t fold_from_ns, fold_to_ns, fold_worst_ns;
    uint32_t folded_checkpoints, fold_checkpoint, fold_attempt; /* the attempt that reported the last of them */
    /* the fold of placements, of a mapreduce stage */
    uint32_t placed, placed_folded;
    int64_t placed_from_ns, placed_to_ns;
};

/* The open line. */
struct open_line {
    uint16_t kind;          /* of its first record; TRACE_KIND_NONE: none is open */
    int64_t at_ns, last_ns; /* last_ns: of timers */
    uint32_t job, stage, attempt, rank, executor;
    int64_t a, b;
    uint64_t cause, count; /* count: tasks, messages or records, as the kind has it */
    uint64_t kills;        /* of a fence */
    /* What was known of the gang when the line was opened: the tale goes on before it is told. */
    uint32_t checkpoint, living, lost_executor; /* TRACE_NONE: no executor was lost */
    int64_t within_ns;  /* from plan to go; PLAN_NEVER: nobody acknowledged */
    bool again;         /* it was launched before */
    bool restart, done; /* a fence's NOTE RESTART; a STAGE_DONE's or REFUSE's JOB_DONE */
    int64_t job_reason;
    uint32_t jobs[NAMED_JOBS_MAX];      /* of submissions */
    uint32_t executors;                 /* distinct, in the set */
    uint32_t lo, hi;                    /* of the set */
    uint64_t by_kind[TRACE_KIND_LIMIT]; /* of drops */
};

struct story {
    const struct rep_run *run;
    const struct plan *plan;
    struct rep_sink *out; /* NULL while only counting */
    struct tale *tales;
    uint64_t *set; /* executors of the open line, a bit each */
    struct open_line open;
    int64_t now_ns, lost_ns;
    uint64_t number;     /* of the record in hand */
    uint64_t lost_cause; /* cause of the last LOST, and who it was */
    uint32_t lost_executor;
    const struct rep_finding **findings; /* by record */
    uint32_t finding_count, finding_next;
    /* lines */
    uint64_t line, shown_to; /* the next line's number; the end of what was shown */
    uint64_t focus;          /* number of the first finding's line; UINT64_MAX: none */
    bool focus_failed;       /* it is a failure, not only unknown */
    uint64_t shown[3][2];    /* intervals of lines to show */
    uint32_t shown_count;
    unsigned seconds_width, decimals;
    uint64_t split, split_line; /* a record, and the line that was next when it was at hand; 0: none is looked for */
};

/* ---- story_line.c */
/* Begins a line; NULL if it is not to be shown. Whoever gets a stream ends the line with '\n'. */
struct rep_sink *rep_line(struct story *s, int64_t at_ns, const char *actor);
struct rep_sink *rep_line_of_executor(struct story *s, int64_t at_ns, uint32_t executor);
void rep_line_left_out(struct story *s,
                       uint64_t to); /* says how many lines are missing before line `to` */
void rep_line_who(struct story *s, struct rep_sink *out, uint32_t job, uint32_t stage, uint32_t attempt);
void rep_line_count(struct rep_sink *out, uint64_t count, const char *noun);
void rep_line_operands(struct rep_sink *out, int64_t needed, uint32_t there); /* where a reason carries them */
/* The executors of the open line. */
void rep_line_add(struct story *s, uint32_t executor);
void rep_line_clear(struct story *s);
void rep_line_set(const struct story *s, struct rep_sink *out);

/* ---- story_open.c */
void rep_story_flush(struct story *s); /* tells the open line, and closes it */
/* Tells what is open, and begins anew with this record; what it counts is the caller's to add. */
void rep_story_open(struct story *s, const struct trace_record *r);
/* Does this record belong to the open line? */
bool rep_story_is_same(const struct story *s, const struct trace_record *r);
/* Adds a record that speaks of `count` things on one executor, to the open line or to a new one. */
void rep_story_gather(struct story *s, const struct trace_record *r, uint64_t count);
void rep_story_tell_job_end(struct story *s, struct rep_sink *out, uint32_t job, int64_t reason);

/* ---- story_gang.c */
void rep_story_gang(struct story *s, struct tale *t, const struct trace_record *r);
/* Before a gang tells something else: what it has folded. The open line comes first, it is older. */
void rep_story_tell_folds(struct story *s, const struct trace_record *r);
void rep_story_tell_job_folds(struct story *s, uint32_t job); /* of every stage, before the job's end is told */

/* ---- story_tell.c */
void rep_story_tell(struct story *s); /* all records, from the first */

/* ---- story.c */
const struct trace_record *rep_story_record(const struct story *s,
                                            uint64_t number); /* NULL: there is none */

/* Of the lines told before record `number` was at hand the last `before`, and `after` from there on; stamps as in a run that ends at
 * `end_ns`. *told: how many were before it, of which `before` at most are shown. For stories beside each other. */
enum rep_status rep_story_around(const struct rep_run *run, uint64_t number, uint64_t before, uint64_t after, int64_t end_ns,
                                 uint64_t *told, FILE *out, struct rep_err *err);

/* ---- story_world.c */
void rep_story_fault(struct story *s, const struct trace_record *r);
/* A record of the world, of a link or of the driver's process. */
static inline bool rep_story_is_of_world(const struct trace_record *r)
{
    const uint64_t told = TRACE_BIT(TRACE_DISCONNECT) | TRACE_BIT(TRACE_CONNECT) |
                          TRACE_BIT(TRACE_DRIVER_DOWN) | TRACE_BIT(TRACE_DRIVER_UP) |
                          TRACE_BIT(TRACE_EXCLUDE) | TRACE_BIT(TRACE_UNREGISTER) |
                          TRACE_BIT(TRACE_FETCH_FAILED);
    return r->kind < TRACE_KIND_LIMIT && (told & TRACE_BIT(r->kind)) != 0;
}
void rep_story_world(struct story *s, const struct trace_record *r);

/* story_world.c: an executor that its cluster's manager has kept waiting, and why it begins now. */
bool rep_story_is_granted(const struct story *s, const struct trace_record *r);
void rep_story_granted(const struct story *s, struct rep_sink *out, uint64_t executors);

#endif
