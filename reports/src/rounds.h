/*
 * rounds.h -- which barrier rounds a picture has room for.
 *
 * A round is drawn if those of its gang before and after it are far enough away. Where they are
 * closer, none is drawn: lines that stand for an unknown part of the rounds would say less than
 * none. But rounds that fall on one line anyway, an allGather and the barrier right after it, count
 * as one.
 */
#ifndef REP_ROUNDS_H
#define REP_ROUNDS_H

#include "axis.h"

struct rep_rounds {
    const struct rep_run *run;
    uint64_t *drawn;          /* a bit a record */
    struct rep_round *latest; /* by gang */
    bool dense;               /* some are not drawn */
};
/* least: how far apart on the axis. */
enum rep_status rep_rounds_init(const struct rep_run *run, const struct rep_axis *axis,
                                int64_t least, struct rep_rounds *rounds, struct rep_err *err);
bool rep_rounds_is_drawn(const struct rep_rounds *rounds, uint64_t index); /* of run->records */
void rep_rounds_free(struct rep_rounds *rounds);

#endif
