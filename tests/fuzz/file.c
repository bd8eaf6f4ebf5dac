/* file.c -- bytes as a file. See fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *fuzz_file(const char *ending, const uint8_t *bytes, size_t size)
{
    static char path[64];
    snprintf(path, sizeof path, "fuzzed-%ld.%s", (long)getpid(), ending);
    FILE *out = fopen(path, "wb");
    if (out == NULL || fwrite(bytes, 1, size, out) != size || fclose(out) != 0) {
        perror(path);
        abort();
    }
    return path;
}
