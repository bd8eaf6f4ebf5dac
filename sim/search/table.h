/*
 * table.h -- the fingerprints of the states that were seen, with a word beside each.
 *
 * This room is for: an open table without deletion, which grows by doubling.
 * It may include:   <stdbool.h> <stddef.h> <stdint.h>.
 * Never here:       what a state is, or what the words mean.
 */
#ifndef SIM_SEARCH_TABLE_H
#define SIM_SEARCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_seen {
    uint64_t name; /* 0: the slot is free */
    uint64_t word;
};
struct sim_table {
    struct sim_seen *slots;
    uint64_t count, slot_count; /* slot_count: a power of two */
    void *(*get)(size_t bytes);
};

/* get: as aligned_alloc() for a cache line, to be freed with free(); NULL: that itself. False: no memory. */
bool sim_table_init(struct sim_table *table, uint64_t slots, void *(*get)(size_t bytes));
void sim_table_free(struct sim_table *table);
/* Bytes at the moment when it has twice the slots and the old ones, too. */
uint64_t sim_table_peak(const struct sim_table *table);
bool sim_table_is_crowded(const struct sim_table *table); /* it is time to grow */
bool sim_table_is_full(const struct sim_table *table);    /* so crowded that looking takes long */
bool sim_table_grow(struct sim_table *table); /* false: no memory, and nothing has changed */
/* The slot of this name (not 0), which is put there if it was not; *is_new. Slots move when the table grows. */
struct sim_seen *sim_table_find(struct sim_table *table, uint64_t name, bool *is_new);

#endif
