/*
 * rare.h -- what is rare costs what is usual a branch, and no more.
 *
 * A function that is apart saves the registers that it needs itself; within its caller, that would save them for it each time.
 */
#ifndef GANG_RARE_H
#define GANG_RARE_H

#define GANG_APART __attribute__((noinline))
#define gang_rarely(condition) __builtin_expect((condition) != 0, 0)

#endif
