/*
 * bad_core.c -- a core that goes wrong in one of many ways once it has been called often enough, and is the real one until
 * then. Loaded by tests of `muster check`.
 *
 * This file is for: BAD=crash|abort|twice|loop|family|ignore|memory|garbage|flood|exit0|exit7|dice|load|refuse, what goes wrong;
 *                   AFTER, after how many steps of the driver; CORE, the real one; PIDS, a file for the numbers of processes.
 * It may include:   gang.h, POSIX.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "gang/gang.h"

static struct gang_api api;
static const struct gang_api *real;
static long steps;

static bool is_bad(const char *way)
{
    const char *bad = getenv("BAD");
    return bad != NULL && strcmp(bad, way) == 0;
}

static void note_process(void)
{
    const char *path = getenv("PIDS");
    FILE *out = path != NULL ? fopen(path, "a") : NULL;
    if (out != NULL) {
        fprintf(out, "%ld\n", (long)getpid());
        fclose(out);
    }
}

static void loop(void)
{
    note_process();
    for (volatile unsigned i = 0;; i++)
        ;
}

static char *volatile kept; /* a piece that nobody sees need not be there at all, says the compiler */

static void fill_memory(void)
{
    for (;;) {
        kept = malloc(1 << 20);
        if (kept == NULL)
            abort();
        memset(kept, 1, 1 << 20);
    }
}

static void write_everywhere(void)
{
    static const char noise[4096] = "this is no result";
    for (int descriptor = 3; descriptor < 64; descriptor++) {
        ssize_t ignored = write(descriptor, noise, sizeof noise);
        (void)ignored;
    }
}

static void go_wrong(void)
{
    if (is_bad("crash"))
        raise(SIGSEGV);
    if (is_bad("abort")) {
        fprintf(stderr, "core: the queue is upside down\n");
        abort();
    }
    if (is_bad("loop"))
        loop();
    if (is_bad("family")) {
        if (fork() == 0)
            loop();
        loop();
    }
    if (is_bad("ignore")) {
        signal(SIGTERM, SIG_IGN);
        signal(SIGINT, SIG_IGN);
        loop();
    }
    if (is_bad("memory"))
        fill_memory();
    if (is_bad("garbage"))
        write_everywhere();
    while (is_bad("flood"))
        write_everywhere();
    if (is_bad("exit0"))
        exit(0);
    if (is_bad("exit7"))
        exit(7);
}

/* A success is accepted a second time; the next step is its last. It is the same in each run. */
static int accepted_twice;

static void accept_twice(struct gang_effects *effects)
{
    const char *after = getenv("AFTER");
    if (accepted_twice)
        abort();
    for (uint32_t i = 0; i < effects->count && !accepted_twice && steps > atol(after != NULL ? after : "0"); i++)
        if (effects->list[i].fx == GANG_FX_ACCEPT && effects->list[i].msg.op == GANG_ACCEPT_SUCCESS && effects->count < effects->capacity) {
            effects->list[effects->count++] = effects->list[i];
            accepted_twice = 1;
        }
}

static enum gang_status init(void *memory, const struct gang_limits *limits, const struct gang_config *config,
                             struct gang_driver **out, struct gang_err *err)
{
    steps = is_bad("twice") ? 0 : steps;
    accepted_twice = 0;
    return real->driver_init(memory, limits, config, out, err);
}

static enum gang_status step(struct gang_driver *driver, const struct gang_event *event, struct gang_effects *effects,
                             struct gang_err *err)
{
    const char *after = getenv("AFTER");
    if (++steps == (after != NULL ? atol(after) : 1))
        go_wrong();
    /* Not deterministic: what it does next depends on where it is in memory and when. */
    if (is_bad("dice") && steps > 20) {
        struct timeval now;
        gettimeofday(&now, NULL);
        if ((now.tv_usec & 1) != 0)
            effects->count = 0;
    }
    enum gang_status status = real->driver_step(driver, event, effects, err);
    if (is_bad("twice"))
        accept_twice(effects);
    if (is_bad("dice") && steps > 20) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (effects->count > 0 && (now.tv_nsec & 3) == 0)
            effects->count--; /* an effect is lost now and then */
    }
    return status;
}

__attribute__((visibility("default"))) const struct gang_api *gang_api(void)
{
    const struct gang_api *(*get)(void);
    void *library = dlopen(getenv("CORE"), RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "gang_api") : NULL;
    if (is_bad("load"))
        raise(SIGSEGV);
    if (symbol == NULL)
        return NULL;
    memcpy(&get, &symbol, sizeof get);
    real = get();
    api = *real;
    api.driver_step = step;
    api.driver_init = init;
    return &api;
}
