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
#include "corelib.h"
#include "history.h"
#include "policy.h"
#include "progress.h"
#include "stop.h"
#include "target.h"
#include "world.h"

enum { OPT_CORE, OPT_TARGET, OPT_QUIET, BATCH = 1024 };
const struct cli_option cli_replay_options[] = {
    [OPT_CORE] = {"core", "FILE.so", "replay with this build of the core", 0},
    [OPT_TARGET] = {"target", "exec:CMD", "ask this command again, if a command scheduled the run", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far a long replay is", 'q'},
    {0},
};

struct replay {
    const struct gang_api *core;
    const char *target_label; /* NULL: no --target */
    struct cli_target target;
    struct cli_history history;
    struct cli_progress progress;
    struct trace_record recorded[BATCH]; /* the part of the history that is being compared */
    size_t next, count;
    uint64_t same;
    bool differs, over, quiet;      /* over: the recording has no more to compare */
    struct trace_record now; /* the first that differs, as it came this time */
    int status;              /* of reading the history */
};

/* The next recorded record, or NULL. A run that a person stopped did not choose its closing record.
 */
static const struct trace_record *next_recorded(struct replay *replay)
{
    if (replay->next == replay->count && !replay->over) {
        replay->next = 0;
        replay->status =
            cli_history_next(&replay->history, replay->recorded, BATCH, &replay->count);
    }
    if (replay->status != CLI_PASS || replay->count == 0)
        replay->over = true;
    else if (replay->recorded[replay->next].kind == TRACE_END &&
             replay->recorded[replay->next].a == TRACE_END_INTERRUPTED)
        replay->over = true;
    return replay->over ? NULL : &replay->recorded[replay->next];
}

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct replay *replay = ctx;
    (void)first;
    cli_progress_feed(&replay->progress, records, count);
    for (size_t i = 0; i < count && !replay->differs; i++) {
        const struct trace_record *recorded = next_recorded(replay);
        if (recorded == NULL)
            return;
        if (memcmp(&records[i], recorded, sizeof records[i]) == 0) {
            replay->same++;
            replay->next++;
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
    return !cli_stop_asked() && !replay->differs && !replay->over;
}

static void print_record(const char *label, const struct trace_record *record, uint64_t number)
{
    struct trace_err err;
    fputs(label, stdout);
    (void)trace_ndjson_records(stdout, record, 1, number, &err);
}

/* The first difference, if there is one. It is told before the rest of the history is read over it.
 */
static bool tell_difference(struct replay *replay)
{
    const struct trace_record *recorded = next_recorded(replay);
    if (recorded == NULL)
        return false;
    printf("record %" PRIu64 " differs\n", replay->same + 1);
    print_record("recorded: ", recorded, replay->same + 1);
    if (replay->differs)
        print_record("now:      ", &replay->now, replay->same + 1);
    else
        fputs("now:      the run ended before it\n", stdout);
    return true;
}

/* A binary history is only known to be unchanged when all of it was read; one that was changed is
 * 65, not 4. */
static int tell(struct replay *replay)
{
    bool different = tell_difference(replay);
    int status = replay->status;
    for (size_t count = 1; status == CLI_PASS && count > 0;)
        status = cli_history_next(&replay->history, replay->recorded, BATCH, &count);
    if (status != CLI_PASS)
        return status;
    if (different)
        return CLI_DIFFERS;
    printf("%s: %" PRIu64 " records, the same again; seed %" PRIu64 ", chain %016" PRIx64 "\n",
           replay->history.path, replay->same, replay->history.header->seed, replay->history.chain);
    return CLI_PASS;
}

/* A header's command is never run unasked: a history may come from anywhere. */
static int check_target(const struct cli_history *history, const char *given)
{
    const char *target = history->header->target;
    if (strncmp(target, "exec:", 5) == 0 && given == NULL)
        return cli_fail(CLI_USAGE,
                        "%s was scheduled by a command; if you want it to be run again, say so: --target '%s'",
                        history->path, target);
    if (strncmp(target, "exec:", 5) == 0 && strcmp(target, given) != 0)
        cli_note("%s was scheduled by '%s', this is '%s'", history->path, target, given);
    if (strcmp(target, "sim") == 0 && given != NULL)
        return cli_fail(CLI_USAGE, "%s was scheduled by no command; replay it without --target", history->path);
    return CLI_PASS;
}

static int check_replayable(const struct cli_history *history, const struct gang_api *api)
{
    const char *core = history->header->core_id, *target = history->header->target;
    if (strcmp(target, "sim") != 0 && strncmp(target, "exec:", 5) != 0)
        return cli_fail(
            CLI_INPUT,
            "%s was recorded by the target '%s'; only runs of the simulator can be replayed",
            history->path, target);
    if (strcmp(core, api->id) != 0)
        cli_note("%s was recorded by %s, this is %s; only equal cores promise equal runs",
                 history->path, core, api->id);
    return CLI_PASS;
}

static int run_again(struct replay *replay)
{
    const struct cli_history *history = &replay->history;
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
    struct cli_world world;
    int status = check_replayable(history, replay->core);
    if (status == CLI_PASS)
        status = check_target(history, replay->target_label);
    if (status == CLI_PASS && replay->target_label != NULL)
        status = cli_target_open(&replay->target, replay->target_label, 0, true);
    if (status == CLI_PASS)
        status = cli_policy_make(history->header->policy, NULL, 0, &policy, policy_text);
    if (status == CLI_PASS)
        status = cli_world_open_target(&world, replay->core, history->plan, history->header->plan_text, &policy,
                                       policy_text, history->header->seed, replay->target_label != NULL ? &replay->target : NULL);
    if (status != CLI_PASS)
        return status;
    sim_observer(world.sim, observe, replay);
    cli_stop_watch();
    cli_progress_begin(&replay->progress, "replaying", history->plan, replay->quiet);
    status = cli_world_run(&world, go_on, replay);
    cli_progress_end(&replay->progress);
    cli_world_close(&world);
    if (status == CLI_PASS && cli_stop_asked())
        return CLI_INTERRUPTED;
    return status == CLI_PASS ? tell(replay) : status;
}

int cli_replay(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    const char *core = NULL;
    const char *target = NULL;
    bool quiet = false;
    int next;
    cli_options(&parser, command, argc, argv);
    while ((next = cli_next(&parser)) == OPT_QUIET || next == OPT_CORE || next == OPT_TARGET) {
        quiet |= next == OPT_QUIET;
        target = next == OPT_TARGET ? parser.value : target;
        core = next == OPT_CORE ? parser.value : core;
    }
    int status = next == CLI_LAST ? cli_operands(&parser, 1, 1) : parser.status;
    if (next != CLI_LAST || status != CLI_PASS)
        return status;
    if (target != NULL && cli_target_command("replay", target) == NULL)
        return CLI_USAGE;
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    replay->quiet = quiet;
    replay->target_label = target;
    replay->core = cli_core(core, &status);
    if (status == CLI_PASS)
        status = cli_history_open(&replay->history, argv[parser.first], NULL, true);
    if (status == CLI_PASS)
        status = run_again(replay);
    cli_target_close(&replay->target, false);
    cli_history_free(&replay->history);
    free(replay);
    return status;
}
