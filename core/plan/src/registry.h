/*
 * registry.h -- every field of every part of a plan, once: where it lies, what it may be.
 *
 * This room is for: the plan (see plan.h); this file: what its parts consist of.
 * It may include:   the C library, plan/plan.h.
 * Never here:       checks of more than one field (check.c), the layout of the text (text_*.c).
 *
 * Blank rows, the ranges of plan_check(), and canonical text in both directions are all driven by
 * these tables, so that they cannot drift apart. A new field is one row in registry.c.
 */
#ifndef PLAN_REGISTRY_H
#define PLAN_REGISTRY_H

#include "plan/plan.h"

enum plan_part_id {
    PART_PLAN,
    PART_EXECUTOR,
    PART_PROFILE,
    PART_DIST,
    PART_PROGRAM,
    PART_OP,
    PART_COLUMN,
    PART_JOB,
    PART_STAGE,
    PART_ACT,
    PART_EXPECT,
    PART_COUNT
};

enum plan_field_type {
    FIELD_COUNT,   /* a number; of 4 bytes, PLAN_NONE is "none" */
    FIELD_SIGNED,  /* a number of 4 bytes that may be negative */
    FIELD_TIME,    /* ns, written as a duration; PLAN_NEVER is "never" */
    FIELD_NAME,    /* an index into the names, written as the name */
    FIELD_WORD,    /* one of `words` */
    FIELD_SET,     /* bits, written as the list of their numbers */
    FIELD_LIST,    /* 1 + the first of a row's values; written in lines of their own */
    FIELD_PROFILE, /* an index into that table; from here on all are indices */
    FIELD_DIST,
    FIELD_PROGRAM,
    FIELD_COLUMN,
    FIELD_JOB,
    FIELD_EXECUTOR
};

/* May the field hold PLAN_NONE (PLAN_NEVER for times)? */
enum plan_field_need { FIELD_REQUIRED, FIELD_OPTIONAL };

struct plan_field {
    const char *text;
    uint32_t offset;
    uint8_t size, type, need;
    uint64_t kinds; /* bit k: rows of kind k have it */
    int64_t blank;  /* its value when nothing is said; then it is not written */
    int64_t lo,
        hi; /* allowed, both included; of names, words, sets and indices the tables decide */
    const char *const *words; /* of FIELD_WORD: hi + 1 of them */
    const char *remedy;       /* what to do about a value out of range */
};

struct plan_part {
    const char *text; /* "stage" */
    const struct plan_field *fields;
    unsigned field_count;
    size_t row_size;
    uint32_t kind_offset, kind_size; /* size 0: rows have no kinds */
    const char *const *kinds;        /* texts by number; NULL where a number is no kind */
    unsigned kind_limit;
};
extern const struct plan_part plan_parts[PART_COUNT];

int64_t plan_field_get(const struct plan_field *field, const void *row);
void plan_field_set(const struct plan_field *field, void *row, int64_t value);
int64_t plan_field_none(const struct plan_field *field);               /* PLAN_NONE or PLAN_NEVER */
unsigned plan_kind_get(const struct plan_part *part, const void *row); /* 0 if rows have no kinds */
void plan_kind_set(const struct plan_part *part, void *row, unsigned kind);
bool plan_kind_is_known(const struct plan_part *part, unsigned kind);
bool plan_field_is_of(const struct plan_field *field, unsigned kind);

void plan_row_blank(enum plan_part_id id, void *row); /* kind 0, every field blank, no stray bits */
/* The same for a row of this kind: of fields that share a place, its own are blank. */
void plan_row_blank_of(enum plan_part_id id, unsigned kind, void *row);
/* Copies the fields that a row of its kind has and leaves the others blank; a row of no known kind
 * is copied as it is. */
void plan_row_copy(enum plan_part_id id, void *to, const void *from);

#endif
