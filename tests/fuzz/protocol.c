/*
 * protocol.c -- what a child answers: it schedules (as a placer, and as the whole driver), or there is a sentence about it.
 *
 * The bytes are the lines of the child, one for each that it is sent.
 */
#include "fuzz.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exec/exec.h"
#include "exec/scheduler.h"
#include "scn/scn.h"
#include "sim/sim.h"

static const struct plan *the_plan(void)
{
    static struct plan *plan;
    struct scn_err err;
    if (plan == NULL)
        plan = scn_load(CLUSTER, NULL, 0, NULL, NULL, &err);
    if (plan == NULL) {
        fprintf(stderr, "%s\n", err.detail);
        abort();
    }
    return plan;
}

struct placing {
    struct exec_placer *placer;
    struct exec_err err;
};

static int ask(void *ctx, const struct gang_placer_view *view, struct sim_decisions *out, struct sim_err *err)
{
    struct placing *placing = ctx;
    if (exec_placer_plan(placing->placer, view, out, &placing->err) == EXEC_OK)
        return 0;
    assert(placing->err.detail[0] != '\0');
    snprintf(err->detail, sizeof err->detail, "%.100s", placing->err.detail);
    return 1;
}

static void run(const struct sim_options *options)
{
    struct sim_err err = {0};
    size_t size = sim_size(options, &err);
    void *memory = size > 0 ? aligned_alloc(64, (size + 63) & ~(size_t)63) : NULL;
    struct sim *sim = memory != NULL ? sim_init(memory, size, options, &err) : NULL;
    bool ended = false;
    assert(sim != NULL);
    if (sim_run(sim, 100000, &ended, &err) != SIM_OK)
        assert(err.detail[0] != '\0');
    free(memory);
}

static struct sim_options options_of(void)
{
    return (struct sim_options){.plan = the_plan(), .core = gang_api(), .policy = gang_policy_strict(), .seed = 1};
}

static void run_placer(struct exec_child *child)
{
    struct placing placing = {.placer = exec_placer_new(child, the_plan())};
    struct sim_placer port = {ask, &placing};
    struct sim_options options = options_of();
    options.placer = &port;
    assert(placing.placer != NULL);
    run(&options);
    exec_placer_free(placing.placer);
}

static void run_scheduler(struct exec_child *child)
{
    struct sim_options options = options_of();
    struct exec_scheduler *scheduler = exec_scheduler_new(child, gang_api(), the_plan());
    assert(scheduler != NULL);
    options.core = exec_scheduler_api(scheduler);
    options.foreign = true;
    run(&options);
    exec_scheduler_free(scheduler);
}

/* The last argument of a child's line is a word of ours, without blanks or quotes. */
static void converse(enum exec_role role, const char *path)
{
    char command[256];
    struct exec_err err = {0};
    const struct exec_options limits = {.hello_ms = 5000, .ask_ms = 5000};
    snprintf(command, sizeof command, "exec %s %s", ANSWERS, path);
    struct exec_child *child = exec_open(command, &limits, &err);
    assert(child != NULL);
    if (exec_reset(child, role, 1, &err) != EXEC_OK)
        assert(err.detail[0] != '\0');
    else if (role == EXEC_ROLE_PLACER)
        run_placer(child);
    else
        run_scheduler(child);
    exec_close(child);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file("ndjson", bytes, size);
    converse(EXEC_ROLE_PLACER, path);
    converse(EXEC_ROLE_SCHEDULER, path);
    (void)unlink(path);
    return 0;
}
