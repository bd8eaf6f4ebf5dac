/*
 * cycles.h -- the states of a search that may come again, and whether they may do so for ever.
 *
 * This room is for: Tarjan's strongly connected components while a search goes on; which of them are livelocks, and one as a path.
 * It may include:   sim/explore.h, table.h.
 * Never here:       the order of the search.
 *
 * A livelock is a run without end in which, from some point on, nothing is done that no later move undoes, and in which no move that
 * could be made all the while is never made (weak fairness; acts of the plan need not happen). Such a run stays in a set of
 * states that reach each other without progress; and in such a set there is one if and only if each move that all of
 * its states have leads from one of them to another. So looking at whole components is exact: a larger set has more states to lack
 * the move, and more moves to be it.
 */
#ifndef SIM_SEARCH_CYCLES_H
#define SIM_SEARCH_CYCLES_H

#include "sim/explore.h"
#include "table.h"

#define SIM_ON_PATH (UINT64_C(1) << 63)

struct sim_node {
    uint64_t name, first_edge; /* the first that was written down since it was entered */
};
struct sim_edge {
    uint64_t to; /* the name of a state; 0: there the run is over */
    uint32_t from, who;
    uint16_t kind, progress;
    uint32_t unused;
};
/* States that were entered and whose component is not known yet, in the order they were; and all edges out of them. */
struct sim_cycles {
    struct sim_node *nodes;
    uint64_t node_count, node_capacity;
    struct sim_edge *edges;
    uint64_t edge_count, edge_capacity;
};
/* What a component is. NONE: a state that does not come again; BUSY: only with progress; UNFAIR: only if some move is never made. */
enum sim_component {
    SIM_COMPONENT_NONE,
    SIM_COMPONENT_BUSY,
    SIM_COMPONENT_UNFAIR,
    SIM_COMPONENT_LIVELOCK
};
struct sim_lasso {
    struct sim_step
        *steps; /* malloc'ed: from the component's first state to where it turns, and once round */
    uint64_t count, cycle; /* cycle: the first step of the round */
};

void sim_cycles_free(struct sim_cycles *cycles);
uint64_t sim_cycles_bytes(const struct sim_cycles *cycles);
/* The state becomes the last node, whose number is node_count before. False: no memory, here and below. */
bool sim_cycles_enter(struct sim_cycles *cycles, uint64_t name);
bool sim_cycles_edge(struct sim_cycles *cycles, uint32_t from, uint64_t to,
                     const struct sim_move *move, bool progress);
/* The nodes from `first` on are a component. A node's number, and 1, is in its word of the table. */
bool sim_cycles_judge(const struct sim_cycles *cycles, struct sim_table *table, uint32_t first,
                      enum sim_component *what, struct sim_lasso *lasso);
void sim_cycles_leave(struct sim_cycles *cycles, struct sim_table *table,
                      uint32_t first); /* forgets it */

#endif
