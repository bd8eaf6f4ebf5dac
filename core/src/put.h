/*
 * put.h -- the next effect of a list, cleared, to be filled in place.
 *
 * In place matters: a message that is built elsewhere and then copied is read back in wider pieces than it was written in,
 * and the processor waits for the writes: building and copying stood at the top of the profile.
 */
#ifndef GANG_PUT_H
#define GANG_PUT_H

#include "gang/gang.h"

#include <assert.h>
#include <string.h>

static inline struct gang_msg *gang_put(struct gang_effects *out, enum gang_fx_kind fx)
{
    assert(out->count < out->capacity);
    struct gang_effect *effect = &out->list[out->count++];
    memset(effect, 0, sizeof *effect);
    effect->fx = fx;
    return &effect->msg;
}

#endif
