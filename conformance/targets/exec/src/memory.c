/*
 * memory.c -- what a child answered, question by question, and whether it answers the same again.
 *
 * It may include:   Jansson, child.h.
 * Never here:       what an answer means.
 */
#include "child.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)64 << 20) /* what comes behind is not compared, only what came of it */
enum { BEFORE_DIFFERENCE = 24 };

struct answer {
    uint64_t question; /* its digest */
    size_t at, size;
};
struct exec_memory {
    struct answer *answers;
    size_t count, room, next;
    char *bytes;
    size_t used, bytes_room;
    bool compares, over; /* over: nothing more is kept, or compared */
};

struct exec_memory *exec_memory_new(void) { return calloc(1, sizeof(struct exec_memory)); }

void exec_memory_free(struct exec_memory *memory)
{
    if (memory == NULL)
        return;
    free(memory->answers);
    free(memory->bytes);
    free(memory);
}

void exec_memory_rewind(struct exec_memory *memory)
{
    memory->next = 0;
    memory->compares = true;
    memory->over = false;
}

void exec_remember(struct exec_child *child, struct exec_memory *memory) { child->memory = memory; }

static uint64_t digest(const char *bytes, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static bool make_room(struct exec_memory *memory, size_t size)
{
    if (memory->used + size > BYTES_MAX)
        return false;
    if (memory->count == memory->room) {
        struct answer *grown = realloc(memory->answers, (2 * memory->room + 64) * sizeof *grown);
        if (grown == NULL)
            return false;
        memory->answers = grown;
        memory->room = 2 * memory->room + 64;
    }
    if (memory->used + size > memory->bytes_room) {
        char *grown = realloc(memory->bytes, 2 * (memory->used + size) + 4096);
        if (grown == NULL)
            return false;
        memory->bytes = grown;
        memory->bytes_room = 2 * (memory->used + size) + 4096;
    }
    return true;
}

static void keep(struct exec_memory *memory, uint64_t question, const char *line, size_t size)
{
    memory->over = memory->over || !make_room(memory, size);
    if (memory->over)
        return;
    memory->answers[memory->count++] = (struct answer){question, memory->used, size};
    memcpy(memory->bytes + memory->used, line, size);
    memory->used += size;
}

static void drop_comments(json_t *value)
{
    const char *key;
    void *next;
    json_t *inner;
    size_t i;
    json_object_foreach_safe(value, next, key, inner)
    {
        if (strncmp(key, "x-", 2) == 0)
            (void)json_object_del(value, key);
        else
            drop_comments(inner);
    }
    json_array_foreach(value, i, inner) drop_comments(inner);
}

static bool means_the_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
    json_t *left = json_loadb(a, a_size, JSON_DECODE_ANY, NULL),
           *right = json_loadb(b, b_size, JSON_DECODE_ANY, NULL);
    drop_comments(left);
    drop_comments(right);
    bool same = left != NULL && right != NULL && json_equal(left, right) == 1;
    json_decref(left);
    json_decref(right);
    return same;
}

/* From a little before the first byte that differs. */
static const char *around(const char *line, size_t size, size_t differs, char *out, size_t room)
{
    size_t from = differs > BEFORE_DIFFERENCE ? differs - BEFORE_DIFFERENCE : 0;
    from = from < size ? from : size;
    char text[FRAGMENT_MAX];
    (void)snprintf(out, room, "%s%s", from > 0 ? "..." : "",
                   exec_printable(line + from, size - from, text, sizeof text));
    return out;
}

static void say_difference(struct exec_child *child, const char *before, size_t before_size,
                           const char *now, size_t now_size, struct exec_err *err)
{
    char was[FRAGMENT_MAX + 4], is[FRAGMENT_MAX + 4];
    size_t at = 0;
    while (at < before_size && at < now_size && before[at] == now[at])
        at++;
    (void)exec_fail(child, err, EXEC_E_DIFFERS,
                    "the child is not deterministic: asked the same again at %" PRId64 ".%06" PRId64
                    "s (question %" PRIu64 "), it answers %s and before %s",
                    child->at_ns / 1000000000, child->at_ns / 1000 % 1000000, child->next_id - 1,
                    around(now, now_size, at, is, sizeof is),
                    around(before, before_size, at, was, sizeof was));
    err->line = child->lines;
    err->column = at + 1;
}

bool exec_memory_take(struct exec_child *child, const struct exec_text *question, const char *line,
                      size_t size, struct exec_err *err)
{
    struct exec_memory *memory = child->memory;
    if (memory == NULL || memory->over || child->at_ns < 0)
        return true;
    uint64_t asked = digest(question->bytes, question->size);
    if (!memory->compares) {
        keep(memory, asked, line, size);
        return true;
    }
    memory->over = memory->next == memory->count || memory->answers[memory->next].question != asked;
    if (memory->over)
        return true;
    const struct answer *before = &memory->answers[memory->next++];
    const char *was = memory->bytes + before->at;
    if ((before->size == size && memcmp(was, line, size) == 0) ||
        means_the_same(was, before->size, line, size))
        return true;
    say_difference(child, was, before->size, line, size, err);
    return false;
}
