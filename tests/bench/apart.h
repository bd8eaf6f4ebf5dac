/*
 * apart.h -- a measurement in a process of its own, so that none finds what another has left behind.
 */
#ifndef BENCH_APART_H
#define BENCH_APART_H

#include <stdbool.h>
#include <stddef.h>

/* Calls work(ctx, result) there, and brings back the `size` bytes of the result, at most what a pipe holds. *peak_kib: what that
 * process used at most. False: it failed, or there was none. */
bool bench_apart(void (*work)(void *ctx, void *result), void *ctx, void *result, size_t size, long *peak_kib);

#endif
