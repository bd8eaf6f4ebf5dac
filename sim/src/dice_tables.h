/*
 * dice_tables.h -- constants that the distributions interpolate between. See dice_tables.c.
 */
#ifndef SIM_DICE_TABLES_H
#define SIM_DICE_TABLES_H

#include <stdint.h>

enum { SIM_NORMAL_OCTAVES = 32, SIM_NORMAL_STEPS = 16 };

extern const uint32_t sim_log2_table[257]; /* log2(1 + i / 256), Q31 */
extern const uint32_t sim_exp2_table[257]; /* 2^(i / 256), Q30 */
/* The standard normal's upper quantile, Q24, of tails 2^-33 x (1, 17/16, 18/16, ...), 16 steps an
 * octave, up to 1/2. */
extern const uint32_t sim_normal_table[SIM_NORMAL_OCTAVES * SIM_NORMAL_STEPS + 1];

#endif
