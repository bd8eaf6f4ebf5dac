/*
 * driver.c -- runs a target without libFuzzer: each file of a corpus as it is, and so many variants of it, the same each time.
 *
 * usage: TARGET VARIANTS FILE...
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_READ = 1 << 18, EDITS = 4 };

static uint64_t dice;
static size_t below(size_t n)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return n == 0 ? 0 : (size_t)(dice >> 33) % n;
}

static size_t put(uint8_t *bytes, size_t size, size_t at, size_t drop, const void *what, size_t length)
{
    if (at + drop > size || size - drop + length > SIZE_MAX_READ)
        return size;
    memmove(bytes + at + length, bytes + at + drop, size - at - drop);
    memcpy(bytes + at, what, length);
    return size - drop + length;
}

/* A byte, a number, a piece that goes, or one that comes twice. */
static size_t edit(uint8_t *bytes, size_t size)
{
    static const char *const odd[] = {"0", "-1", "18446744073709551616", "9223372036854775807", "1e400", "4294967296", "\"", "}", "{", "nil",
                                      "\xff\xfe", "\n", "\\u0000", "end", "1.5", "0x7fffffffffffffff", ""};
    uint8_t piece[256];
    size_t at = below(size), length = 1 + below(sizeof piece - 1);
    length = length < size - at ? length : size - at;
    switch (below(5)) {
    case 0:
        piece[0] = (uint8_t)below(256);
        return put(bytes, size, at, at < size, piece, 1);
    case 1:
        return put(bytes, size, at, length, "", 0);
    case 2:
        memcpy(piece, bytes + at, length);
        return put(bytes, size, below(size), 0, piece, length);
    case 3:
        return below(4) == 0 ? at : size;
    default:
        while (at < size && (bytes[at] < '0' || bytes[at] > '9'))
            at++;
        for (length = 0; at + length < size && bytes[at + length] >= '0' && bytes[at + length] <= '9';)
            length++;
        const char *word = odd[below(sizeof odd / sizeof odd[0])];
        return put(bytes, size, at, length, word, strlen(word));
    }
}

/* In a block of its own size, so that who reads past its end is seen. */
static void give(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, bytes, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    static uint8_t whole[SIZE_MAX_READ], bytes[SIZE_MAX_READ + 512];
    unsigned long variants = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, inputs = 0;
    if (argc < 3) {
        fputs("usage: TARGET VARIANTS FILE...\n", stderr);
        return 64;
    }
    for (int i = 2; i < argc; i++) {
        FILE *in = fopen(argv[i], "rb");
        size_t size = in != NULL ? fread(whole, 1, sizeof whole, in) : 0;
        if (in == NULL || fclose(in) != 0) {
            perror(argv[i]);
            return 65;
        }
        dice = (uint64_t)i;
        give(whole, size);
        for (unsigned long k = 0; k < variants; k++, inputs++) {
            size_t now = size;
            memcpy(bytes, whole, size);
            for (size_t edits = 1 + below(EDITS); edits > 0; edits--)
                now = edit(bytes, now);
            give(bytes, now);
        }
    }
    printf("%lu inputs\n", inputs);
    return 0;
}
