/*
 * diff.h -- where two histories part: the first record in which a machine decided otherwise.
 *
 * Both are read side by side, a batch at a time, in constant memory. A record counts when it crossed a machine's door or is an
 * effect that was carried out, and when the world did something: all kinds but NOTE and WAIT, which are the driver's words about its
 * reasons. Two records that count are alike when their time, kind, flags, actor, executor, job, stage, attempt, epoch, rank, a and b
 * are; but of END b (how many events the simulator handled), and of DRIVER_DOWN and DRIVER_UP a and b (how many effects and log
 * entries), are no decisions, and do not count.
 *
 * Numbers, causes and chains are not compared: a word more or less in front moves them all. Nor need they be: with the same plan and
 * the same dice, what the world does follows from what was decided before; so up to the first difference the worlds are one, and
 * the first record that differs is a decision, or the first sign of one that has no record of its own, such as a timer armed with
 * another delay. The time of a record is part of it: to do the same later is another decision.
 */
#ifndef TRACE_DIFF_H
#define TRACE_DIFF_H

#include "trace/trace.h"

enum { TRACE_DIFF_SIDES = 2, TRACE_DIFF_OVER = -1 };

struct trace_diff_side {
    const struct trace_record *records; /* the batch at hand: the caller's, until it was asked for the next */
    size_t count, next;
    uint64_t taken; /* records of this history that were looked at and are behind */
    uint64_t last;  /* number of the last one that counts and is alike; 0: none */
    uint64_t said;  /* digest of its NOTE and WAIT records before the difference */
    bool over;      /* there is no next batch */
    bool cut;       /* it ended without a closing record of its own: whoever ran it was stopped, or died */
    /* when the comparison is over and the histories are not alike, or one was cut */
    bool has;                  /* it has a record there */
    uint64_t number;           /* of that record, from 1; else of where it would be */
    struct trace_record first; /* that record */
};
struct trace_diff {
    struct trace_diff_side side[TRACE_DIFF_SIDES];
    uint64_t same; /* pairs of records that count and are alike */
    bool found;    /* they differ */
    bool over;
};

void trace_diff_init(struct trace_diff *diff);
/* The next batch of a side that was asked for; count 0: there is no more. */
void trace_diff_give(struct trace_diff *diff, unsigned side, const struct trace_record *records, size_t count);
/* Compares as far as the batches go: the side that must be given its next batch, or TRACE_DIFF_OVER. Over without `found`: they are
 * alike, or alike as far as the one goes that was cut. */
int trace_diff_go(struct trace_diff *diff);
/* Whether their NOTE and WAIT records differ, up to where the comparison ended. */
bool trace_diff_said(const struct trace_diff *diff);

bool trace_diff_counts(const struct trace_record *record);
bool trace_diff_alike(const struct trace_record *a, const struct trace_record *b);

#endif
