/*
 * block.c -- memory for the one block that a world, or its judge, lives in.
 *
 * This room is for: large pages for large blocks. An event touches a dozen places that are far from each other, and with
 *                   many executors finding a small page's address cost as much as all the rest: a third of the time.
 * It may include:   <stdlib.h> <sys/mman.h>.
 * Never here:       what is in the block. Where it lies decides nothing.
 */
#define _DEFAULT_SOURCE /* madvise */
#include "block.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, PAGE = 2 << 20, LARGE = 4 << 20 };

void *cli_block(size_t bytes)
{
    size_t unit = bytes >= LARGE ? PAGE : ALIGNMENT, size = (bytes + unit - 1) / unit * unit;
    void *memory = aligned_alloc(unit, size);
#ifdef MADV_HUGEPAGE
    if (memory != NULL && unit == PAGE)
        (void)madvise(memory, size, MADV_HUGEPAGE); /* a wish: without them it is only slower */
#endif
    return memory;
}
