/*
 * replay.c -- `muster replay`: the plan of a history's header, run again, against the records in
 * the history.
 *
 * This room is for: comparing a run with its recording, record by record.
 * It may include:   sim, core, plan, trace; history.h, world.h.
 * Never here:       judging.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "history.h"
#include "policy.h"
#include "progress.h"
#include "stop.h"
#include "world.h"

struct replay {
    struct cli_history history;
    uint64_t same, last; /* records equal so far; records to compare */
    bool differs;
    struct trace_record now; /* the first that differs, as it came this time */
    struct cli_progress progress;
};

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct replay *replay = ctx;
    (void)first;
    for (size_t i = 0; i < count && !replay->differs && replay->same < replay->last; i++) {
        if (memcmp(&records[i], &replay->history.records[replay->same], sizeof records[i]) == 0) {
            replay->same++;
        } else {
            replay->differs = true;
            replay->now = records[i];
        }
    }
}

static bool go_on(void *ctx, const struct sim *sim)
{
    struct replay *replay = ctx;
    cli_progress_show(&replay->progress, sim_now(sim), sim_records(sim));
    return !cli_stop_asked() && !replay->differs && replay->same < replay->last;
}

/* A run that a person stopped did not choose its closing record: everything before it is compared.
 */
static uint64_t comparable(const struct cli_history *history)
{
    const struct trace_record *end = &history->records[history->count - 1];
    bool stopped = history->complete && end->a == TRACE_END_INTERRUPTED;
    return history->count - (stopped ? 1 : 0);
}

static void print_record(const char *label, const struct trace_record *record, uint64_t number)
{
    struct trace_err err;
    fputs(label, stdout);
    (void)trace_ndjson_records(stdout, record, 1, number, &err);
}

static int tell(const struct replay *replay, const char *path)
{
    const struct cli_history *history = &replay->history;
    if (replay->differs || replay->same < replay->last) {
        printf("record %" PRIu64 " differs\n", replay->same + 1);
        print_record("recorded: ", &history->records[replay->same], replay->same + 1);
        if (replay->differs)
            print_record("now:      ", &replay->now, replay->same + 1);
        else
            fputs("now:      the run ended before it\n", stdout);
        return CLI_DIFFERS;
    }
    printf("%s: %" PRIu64 " records, the same again; seed %" PRIu64 ", chain %016" PRIx64 "\n",
           path, replay->same, history->header->seed, history->chain);
    return CLI_PASS;
}

static int check_replayable(const struct cli_history *history, const char *path)
{
    if (strcmp(history->header->target, "sim") != 0)
        return cli_fail(
            CLI_INPUT,
            "%s was recorded by the target '%s'; only runs of the simulator can be replayed", path,
            history->header->target);
    if (history->count == 0)
        return cli_fail(CLI_INPUT, "%s holds no records", path);
    if (strcmp(history->header->core_id, gang_api()->id) != 0)
        cli_note("%s was recorded by %s, this is %s; only equal cores promise equal runs", path,
                 history->header->core_id, gang_api()->id);
    return CLI_PASS;
}

static int run_again(struct replay *replay, const char *path)
{
    const struct cli_history *history = &replay->history;
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
    struct cli_world world;
    int status = check_replayable(history, path);
    if (status == CLI_PASS)
        status = cli_policy_make(history->header->policy, NULL, 0, &policy, policy_text);
    if (status == CLI_PASS)
        status = cli_world_open(&world, history->plan, history->header->plan_text, &policy,
                                policy_text, history->header->seed);
    if (status != CLI_PASS)
        return status;
    replay->last = comparable(history);
    sim_observer(world.sim, observe, replay);
    cli_stop_watch();
    cli_progress_begin(&replay->progress, "replaying", history->plan->job_count);
    status = cli_world_run(&world, go_on, replay);
    cli_progress_end(&replay->progress);
    cli_world_close(&world);
    if (status != CLI_PASS)
        return status;
    return cli_stop_asked() ? CLI_INTERRUPTED : tell(replay, path);
}

int cli_replay(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    cli_options(&parser, command, argc, argv);
    int next = cli_next(&parser),
        status = next == CLI_LAST ? cli_operands(&parser, 1, 1) : parser.status;
    if (next != CLI_LAST || status != CLI_PASS)
        return status;
    const char *path = argv[parser.first];
    struct replay replay = {.differs = false};
    status = cli_history_load(&replay.history, path, NULL, true);
    if (status != CLI_PASS)
        return status;
    status = run_again(&replay, path);
    cli_history_free(&replay.history);
    return status;
}
