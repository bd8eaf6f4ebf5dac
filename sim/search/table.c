/* table.c -- linear probing; names are fingerprints, so their low bits are as good as any hash. See table.h. */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64 };

bool sim_table_init(struct sim_table *table, uint64_t slots, void *(*get)(size_t bytes))
{
    size_t bytes = (slots * sizeof *table->slots + LINE - 1) / LINE * LINE;
    assert(slots > 0 && (slots & (slots - 1)) == 0);
    *table = (struct sim_table){.slot_count = slots, .get = get};
    table->slots = get != NULL ? get(bytes) : aligned_alloc(LINE, bytes);
    if (table->slots != NULL)
        memset(table->slots, 0, bytes);
    return table->slots != NULL;
}

void sim_table_free(struct sim_table *table)
{
    free(table->slots);
    table->slots = NULL;
}

uint64_t sim_table_peak(const struct sim_table *table)
{
    return 3 * table->slot_count * sizeof *table->slots;
}
bool sim_table_is_crowded(const struct sim_table *table)
{
    return table->count >= table->slot_count / 4 * 3;
}
bool sim_table_is_full(const struct sim_table *table)
{
    return table->count >= table->slot_count / 16 * 15;
}

struct sim_seen *sim_table_find(struct sim_table *table, uint64_t name, bool *is_new)
{
    uint64_t mask = table->slot_count - 1, at = name & mask;
    assert(name != 0);
    while (table->slots[at].name != 0 && table->slots[at].name != name)
        at = (at + 1) & mask;
    *is_new = table->slots[at].name == 0;
    if (*is_new) {
        assert(table->count < mask); /* one is free, or looking would not end */
        table->slots[at].name = name;
        table->count++;
    }
    return &table->slots[at];
}

bool sim_table_grow(struct sim_table *table)
{
    struct sim_table larger;
    if (!sim_table_init(&larger, 2 * table->slot_count, table->get))
        return false;
    for (uint64_t i = 0; i < table->slot_count; i++) {
        bool is_new;
        if (table->slots[i].name != 0)
            *sim_table_find(&larger, table->slots[i].name, &is_new) = table->slots[i];
    }
    sim_table_free(table);
    *table = larger;
    return true;
}
