/*
 * fifo.c -- first come, first served, as a command that muster asks: one line of JSON in, one line of JSON out.
 *
 *     cc -std=c17 -O2 -o fifo scenarios/schedulers/exec/fifo.c
 *     muster run FILE.lua --target exec:'./fifo'
 *     muster run FILE.lua --target exec:'./fifo --hold-and-wait'
 *
 * As many from the head of the queue as there is room for; who does not fit makes the others wait. A gang is launched whole or not at
 * all, and nothing is held for anybody, so gangs cannot wait for each other. --hold-and-wait is the bug that everybody writes once: every
 * gang takes what is free and holds it until the rest comes free.
 *
 * There is no library of JSON here: of a line, a few fields are looked up where they are needed, and whatever is not known is skipped,
 * because muster may say more one day. A line in which a value does not end is noticed.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- as much JSON as is needed: each takes where a value begins, and gives where it ends, or NULL */

static const char *blank(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        if (*at == '\0' || (*at == '\\' && *++at == '\0'))
            return NULL;
    return at + 1;
}

static const char *skip(const char *at)
{
    if (*at == '"')
        return skip_string(at);
    if (*at != '{' && *at != '[') {
        size_t length = strcspn(at, ",]} \t\r\n");
        return length > 0 ? at + length : NULL;
    }
    char opened = *at, end = opened == '{' ? '}' : ']';
    at = blank(at + 1);
    if (*at == end)
        return at + 1;
    for (;;) {
        if (opened == '{') {
            at = *at == '"' ? skip_string(at) : NULL;
            if (at == NULL || *(at = blank(at)) != ':')
                return NULL;
            at = blank(at + 1);
        }
        at = skip(at);
        if (at == NULL)
            return NULL;
        at = blank(at);
        if (*at == end)
            return at + 1;
        if (*at != ',')
            return NULL;
        at = blank(at + 1);
    }
}

/* The member of an object that is known to be well formed, or NULL. */
static const char *member(const char *object, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = blank(object + 1); *at == '"';) {
        bool found = strncmp(at + 1, key, length) == 0 && at[1 + length] == '"';
        at = blank(blank(skip_string(at)) + 1);
        if (found)
            return at;
        at = blank(skip(at));
        at = *at == ',' ? blank(at + 1) : at;
    }
    return NULL;
}

static long number(const char *object, const char *key)
{
    const char *at = member(object, key);
    return at != NULL ? strtol(at, NULL, 10) : 0;
}

static bool is_text(const char *object, const char *key, const char *text)
{
    const char *at = member(object, key);
    return at != NULL && *at == '"' && strncmp(at + 1, text, strlen(text)) == 0 &&
           at[1 + strlen(text)] == '"';
}

/* The first item of a list, and the next one; NULL: there is none. */
static const char *first(const char *list)
{
    const char *at = list != NULL && *list == '[' ? blank(list + 1) : "]";
    return *at != ']' ? at : NULL;
}
static const char *next(const char *item)
{
    const char *at = blank(skip(item));
    return *at == ',' ? blank(at + 1) : NULL;
}

/* ---- the cluster, of which a plan takes as it goes */

enum { WHATS = 3, EXECUTORS_MAX = 65536 };
static const char *const what[WHATS] = {"cores", "memory", "gpu_milli"};
static struct executor {
    long index, free[WHATS];
} executors[EXECUTORS_MAX];
static size_t executor_count;

static void read_executors(const char *list)
{
    executor_count = 0;
    for (const char *at = first(list); at != NULL && executor_count < EXECUTORS_MAX;
         at = next(at)) {
        const char *offered = member(at, "offered");
        if (offered == NULL || *offered != 't')
            continue;
        struct executor *executor = &executors[executor_count++];
        executor->index = number(at, "index");
        for (int i = 0; i < WHATS; i++)
            executor->free[i] = number(at, what[i]);
    }
}

static long fits(const char *gang, const struct executor *executor, long most)
{
    for (int i = 0; i < WHATS; i++) {
        long need = number(gang, what[i]);
        if (need > 0 && executor->free[i] / need < most)
            most = executor->free[i] / need;
    }
    return most > 0 ? most : 0;
}

static long room_for(const char *gang)
{
    long room = 0, missing = number(gang, "missing");
    for (size_t i = 0; i < executor_count; i++)
        room += fits(gang, &executors[i], missing);
    return room;
}

/* ---- decisions */

static bool some; /* one was printed */

static void begin(const char *gang, const char *word)
{
    printf("%s{\"do\":\"%s\",\"job_id\":%ld,\"stage_id\":%ld", some ? "," : "", word,
           number(gang, "job_id"), number(gang, "stage_id"));
    some = true;
}

/* At most so many tasks, in the order of the executors; takes the room. */
static long place(const char *gang, const char *word, long most)
{
    long placed = 0;
    if (most == 0 || room_for(gang) == 0)
        return 0;
    begin(gang, word);
    printf(",\"executors\":[");
    for (size_t i = 0; i < executor_count; i++) {
        long here = fits(gang, &executors[i], most - placed);
        for (int j = 0; j < WHATS; j++)
            executors[i].free[j] -= here * number(gang, what[j]);
        for (; here > 0; here--)
            printf("%s%ld", placed++ > 0 ? "," : "", executors[i].index);
    }
    printf("]}");
    return placed;
}

static void fifo(const char *view)
{
    for (const char *gang = first(member(view, "waiting")); gang != NULL; gang = next(gang)) {
        long missing = number(gang, "missing");
        if (room_for(gang) < number(gang, "least") || place(gang, "launch", missing) < missing)
            return;
    }
}

static void hold_and_wait(const char *view)
{
    for (const char *gang = first(member(view, "waiting")); gang != NULL; gang = next(gang)) {
        long missing = number(gang, "missing");
        if (!is_text(gang, "kind", "gang")) {
            (void)place(gang, "launch", missing);
            continue;
        }
        /* Half of what is missing, so that whoever comes later gets something, too. */
        if (place(gang, "hold", missing > 1 ? missing / 2 : missing) == missing) {
            begin(gang, "launch");
            printf("}");
        }
    }
}

static bool answer(const char *line, bool bug)
{
    const char *end = *line == '{' ? skip(line) : NULL;
    if (end == NULL || *blank(end) != '\0') {
        fprintf(stderr, "fifo: no object of JSON: %s\n", line);
        return false;
    }
    long id = number(line, "id");
    if (is_text(line, "type", "hello"))
        printf("{\"type\":\"hello\",\"id\":%ld,\"protocol\":1,\"name\":\"fifo.c\",\"roles\":["
               "\"placer\"]}\n",
               id);
    else if (is_text(line, "type", "reset"))
        printf("{\"type\":\"ready\",\"id\":%ld}\n", id); /* there is nothing to forget */
    else if (is_text(line, "type", "plan")) {
        printf("{\"type\":\"decisions\",\"id\":%ld,\"decisions\":[", id);
        some = false;
        read_executors(member(line, "executors"));
        (bug ? hold_and_wait : fifo)(line);
        printf("]}\n");
    } else
        printf("{\"type\":\"error\",\"id\":%ld,\"message\":\"a question that I do not know\"}\n",
               id);
    return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    bool bug = argc > 1 && strcmp(argv[1], "--hold-and-wait") == 0, well = true;
    char *line = NULL;
    size_t size = 0, used = 0;
    for (int c; well && (c = getchar()) != EOF;) {
        if (used + 2 > size && (line = realloc(line, size = 2 * size + 4096)) == NULL)
            return 70;
        if (c != '\n') {
            line[used++] = (char)c;
            continue;
        }
        line[used] = '\0';
        used = 0;
        well = answer(line, bug);
    }
    free(line);
    return well ? 0 : 65;
}
