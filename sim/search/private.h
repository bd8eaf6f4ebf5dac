/*
 * private.h -- the explorer's own memory. explore.c searches; explore_save.c writes a search down and reads it back.
 *
 * Invariants
 *   - A frame is a state on the path, and `chosen` the move by which the path leaves it. Frames with more than one move are in
 *     `past`, in their order; so the last state there is that of the last such frame.
 *   - A slot of the table has ON_PATH while a frame that owns it is on the stack. With sleep sets its other bits are the moves that
 *     were left to sleep whenever the state was met; without, they are 1 + its number in `cycles`, 0 once its component is known.
 */
#ifndef SIM_SEARCH_PRIVATE_H
#define SIM_SEARCH_PRIVATE_H

#include "cycles.h"
#include "past.h"
#include "sim/explore.h"
#include "table.h"

enum { SIM_SLEEPERS = 63 };

struct sim_frame_of_search {
    uint64_t name, sleep,
        only; /* sleep: moves that need not be taken; only: all but these neither; all bits: no such bound */
    uint64_t progress; /* moves with progress on the path to it */
    uint64_t first_move;
    uint32_t move_count, next, chosen;
    uint32_t node, low; /* without sleep sets: its number in `cycles`; the least that can be reached from it */
    uint32_t early; /* so often the clock has moved although something else could have happened */
    bool owns;  /* it, and no frame before it, put its state on the path */
    bool is_past; /* it is in `past` */
};

struct sim_explorer {
    struct sim_explore_options options;
    struct sim_judge judge_port;
    struct sim *sim;
    void *world, *judge, *judge_copy;
    uint64_t *machines; /* their names, which go with the world */
    size_t world_bytes;
    struct sim_table table;
    struct sim_frame_of_search *frames;
    uint64_t frame_count, frame_capacity;
    struct sim_move *moves;
    uint64_t moves_used, moves_capacity, moves_max;
    uint64_t moves_kept; /* of all frames that were ever put into `past` */
    struct sim_past past;
    struct sim_cycles cycles;
    struct sim_alike *alike; /* NULL: nobody is, or it does not matter */
    const char *not_alike;
    uint32_t machine_of[SIM_SLEEPERS]; /* of the moves that may sleep, by bit */
    bool sleeps;
    bool is_there; /* the world is at the state of the last frame */
    bool begun;
    bool loads; /* frames are being read back */
    bool turned; /* with sleep sets a state has come again */
    uint32_t ticks;
    struct sim_explore_stats stats;
    struct sim_found found;
};

/* The present state becomes a frame. False: no memory. */
struct sim_came {
    uint64_t sleep, progress;
    uint32_t early;
}; /* how the path came to it: as a frame has it */
bool sim_explore_push(struct sim_explorer *e, uint64_t name, const struct sim_came *came,
                      uint64_t only, bool owns);
/* stepped: as sim_search_name() has it. */
uint64_t sim_explore_name(struct sim_explorer *e, uint32_t early, uint32_t stepped);
/* The state from which all begins, as the first frame. */
enum sim_status sim_explore_begin(struct sim_explorer *e, struct sim_err *err);

#endif
