/*
 * block.h -- memory for the one block that a world, or its judge, lives in.
 *
 * This room is for: where such a block lies. See block.c.
 */
#ifndef CLI_BLOCK_H
#define CLI_BLOCK_H

#include <stddef.h>

/* 64-byte aligned, to be freed with free(); NULL: there is not so much. */
void *cli_block(size_t bytes);

#endif
