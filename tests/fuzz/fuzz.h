/*
 * fuzz.h -- what a parser's target offers, to libFuzzer or to driver.c: any bytes are either read or refused in a sentence.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
/* The bytes as a file of this process's own, for parsers that read files; its name. Stops the program if it cannot be written. */
const char *fuzz_file(const char *ending, const uint8_t *bytes, size_t size);

#endif
