/*
 * private.h -- what the files of this room share: the builder's memory, errors, and the output they
 * write to.
 *
 * This room is for: the plan and nothing but (see plan.h).
 * It may include:   the C library, plan/plan.h.
 * Never here:       anything another room may see.
 */
#ifndef PLAN_PRIVATE_H
#define PLAN_PRIVATE_H

#include <string.h>

#include "plan/plan.h"

/* A hash index over rows of one table: finds an equal row; its order decides nothing. */
struct plan_index_slot {
    uint32_t hash, row_plus_1; /* 0: empty */
};
struct plan_index {
    struct plan_index_slot *slots;
    uint32_t slot_count, used; /* slot_count: 0 or a power of two, at most half used */
};

struct plan_private {
    uint64_t executors, profiles, dists, values, ops, programs, jobs, stages, columns, cells, acts,
        expects, name_at, name_bytes; /* capacities, in rows */
    struct plan_index name_index, profile_index, dist_index, value_index, program_index;
};

/* Makes room for `need` rows in the table whose pointer is at `table`; false when out of memory,
 * and then unchanged. */
bool plan_reserve(void *table, uint64_t *capacity, uint64_t need, size_t row_size);

/* Fills *err (may be NULL) and returns `code`. A line of 0 is no line; another one is also told in
 * the detail. */
enum plan_status plan_fail(struct plan_err *err, enum plan_status code, uint32_t line,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Output: to a file through a buffer, or into memory that grows. The first failure is kept and the
 * rest is dropped, so writers need not look before plan_out_end().
 */
struct plan_out {
    FILE *file; /* NULL: everything stays in `bytes` */
    char *bytes;
    uint64_t capacity;
    size_t size;
    enum plan_status status;
};
void plan_out_beyond(struct plan_out *out, const char *bytes, size_t size); /* where there may be no room yet */
/* A large plan is millions of short pieces, so whoever writes one does it in place. */
static inline void plan_out_bytes(struct plan_out *out, const char *bytes, size_t size)
{
    if (out->status != PLAN_OK || out->capacity - out->size < size || out->file != NULL) {
        plan_out_beyond(out, bytes, size);
        return;
    }
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}
static inline void plan_out_text(struct plan_out *out, const char *text)
{
    plan_out_bytes(out, text, strlen(text));
}
static inline void plan_out_char(struct plan_out *out, char c) { plan_out_bytes(out, &c, 1); }
void plan_out_number(struct plan_out *out, int64_t number);
void plan_out_duration(struct plan_out *out, plan_ns ns);
void plan_out_quoted(struct plan_out *out,
                     const char *text); /* as in canonical text: "a \"b\" \x07" */
enum plan_status plan_out_end(struct plan_out *out,
                              struct plan_err *err); /* flushes; what is in memory stays there */
void plan_out_free(struct plan_out *out);

/* How many bytes the UTF-8 sequence at `text` has; 0 if there is none (NUL-terminated text). */
size_t plan_utf8_length(const char *text);

#endif
