/*
 * marks.c -- the bits behind GANG_MARK().
 *
 * This room is for: counting which rare branches a suite has reached. Nothing in the core ever
 * reads them.
 */
#include "marks.h"

#include "gang/gang.h"

uint64_t gang_marks_bits[2];

bool gang_mark_hit(unsigned mark)
{
    return mark < GANG_MARK_COUNT && (gang_marks_bits[mark / 64] >> (mark % 64) & 1) != 0;
}

void gang_marks_clear(void) { gang_marks_bits[0] = gang_marks_bits[1] = 0; }

const char *gang_mark_text(unsigned mark)
{
    static const char *const text[GANG_MARK_COUNT] = {
#define X(name, words) [GANG_MARK_##name] = words,
        GANG_MARK_MAP(X)
#undef X
    };
    return mark < GANG_MARK_COUNT ? text[mark] : NULL;
}
