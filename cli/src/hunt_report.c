/*
 * hunt_report.c -- what a hunt has found: a file a kind of violation, and the list of them.
 *
 * This room is for: the scenario that a seed stands for, as Lua; the end of a campaign in words.
 * It may include:   plan, history.h for command lines; gate.h for files that appear whole; hunt.h.
 * Never here:       running anything.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "gate.h"
#include "history.h"
#include "hunt.h"

/* One line of a comment: a sentence may hold names from anywhere. */
static void put_line(FILE *out, const char *what, const char *text)
{
    fprintf(out, "-- %s", what);
    for (; *text != '\0'; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
    fputc('\n', out);
}

/* policy: the variant's, as text. */
static char *replay_of(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, const struct cli_hunt_row *row,
                       const char *policy, const char *file)
{
    const char *words[24];
    char seed[32];
    size_t count = 0;
    snprintf(seed, sizeof seed, "%" PRIu64, row->seed);
    words[count++] = "run";
    words[count++] = file;
    words[count++] = "--seed";
    words[count++] = seed;
    bool names_one = scenario->plan->policy != PLAN_NONE; /* and the file does, too */
    if (names_one || strcmp(policy, "strict") != 0) {
        words[count++] = "--policy";
        words[count++] = policy;
    }
    if (hunt->core != NULL) {
        words[count++] = "--core";
        words[count++] = hunt->core;
    }
    if (hunt->target != NULL) {
        words[count++] = "--target";
        words[count++] = hunt->target;
    }
    return cli_command_line(words[0], words + 1, count - 1);
}

static int write_lua(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, const struct cli_hunt_row *row,
                     const char *path, const struct cli_hunt_variant *variant)
{
    struct plan_err err = {0};
    char *text = NULL, *replay = replay_of(hunt, scenario, row, variant->policy_text, path);
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL || replay == NULL) {
        free(replay);
        return cli_fail(CLI_MISSING, "out of memory");
    }
    put_line(out, "Found by a hunt in ", scenario->name);
    put_line(out, row->rule, row->rule[0] != '\0' ? ":" : "");
    put_line(out, "    ", row->sentence);
    put_line(out, "Replay: ", replay);
    bool well = plan_write_lua(&variant->plan, out, &err) == PLAN_OK;
    (void)fclose(out);
    int status = well ? cli_gate_write_whole(path, text, size)
                      : cli_fail(CLI_BUG, "seed %" PRIu64 ": its scenario cannot be told: %s", row->seed, err.detail);
    free(text);
    free(replay);
    return status;
}

static int name_case(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario, const struct cli_hunt_row *row,
                     char path[static PATH_MAX])
{
    if (snprintf(path, PATH_MAX, "%s/%s-%08" PRIx64, hunt->out, row->rule, row->fingerprint & 0xffffffff) > PATH_MAX - 32)
        return cli_fail(CLI_USAGE, "hunt: the name of --out is too long");
    if (hunt->scenario_count > 1) /* two may break a rule in the same words */
        snprintf(path + strlen(path), 16, "-%u", (unsigned)(scenario - hunt->scenarios) + 1);
    strcat(path, ".lua");
    return CLI_PASS;
}

int cli_hunt_write_case(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario,
                        const struct cli_hunt_row *row, char path[static PATH_MAX])
{
    struct cli_hunt_variant variant;
    int status = name_case(hunt, scenario, row, path);
    if (status != CLI_PASS)
        return status;
    cli_hunt_variant(hunt, scenario, &row->swarm, &variant);
    status = write_lua(hunt, scenario, row, path, &variant);
    cli_hunt_variant_free(&variant);
    return status;
}

/* ---- the end */
struct telling {
    const struct cli_hunt *hunt;
    unsigned shown;
    int status; /* of writing */
};
enum { SHOWN_MAX = 20 };

static int tell(void *ctx, const struct cli_hunt_group *group)
{
    struct telling *telling = ctx;
    const struct cli_hunt *hunt = telling->hunt;
    if (group->scenario >= hunt->scenario_count)
        return cli_fail(CLI_INPUT, "the file of runs names scenario %u of %zu: it is damaged", group->scenario, hunt->scenario_count);
    const struct cli_hunt_scenario *scenario = &hunt->scenarios[group->scenario];
    char path[PATH_MAX];
    telling->status = cli_worse(telling->status, cli_hunt_write_case(hunt, scenario, &group->first, path));
    if (telling->shown++ >= SHOWN_MAX)
        return CLI_PASS; /* what is told is told also where nothing can be written */
    struct cli_hunt_variant variant;
    cli_hunt_variant(hunt, scenario, &group->first.swarm, &variant);
    char *replay = replay_of(hunt, scenario, &group->first, variant.policy_text, path);
    cli_hunt_variant_free(&variant);
    printf("%s in %s: %" PRIu64 " seed%s; seed %" PRIu64 " needs %" PRIu64 " events\n    %s\n    replay: %s\n", group->first.rule,
           scenario->name, group->count, group->count == 1 ? "" : "s", group->first.seed, group->first.events,
           group->first.sentence, replay != NULL ? replay : path);
    free(replay);
    return CLI_PASS;
}

static void tell_unseen(const struct cli_hunt *hunt, const struct cli_hunt_scenario *scenario)
{
    uint64_t unseen = scenario->unseen;
    if (hunt->swarm || scenario->runs == 0)
        return;
    for (uint32_t i = 0; i < scenario->plan->expect_count && i < 63; i++)
        if ((unseen >> i & 1) != 0 && scenario->plan->expects[i].kind == PLAN_EXPECT_SOMETIMES)
            printf("unknown in %s: expectation %u, what is to happen sometimes, happened in none of %" PRIu64 " runs\n",
                   scenario->name, i + 1, scenario->runs);
}

int cli_hunt_report(struct cli_hunt *hunt)
{
    struct telling telling = {hunt, 0, CLI_PASS};
    uint64_t states = 0;
    int status = cli_hunt_book_groups(hunt, tell, &telling);
    status = cli_worse(status, telling.status);
    if (telling.shown > SHOWN_MAX)
        printf("... and %u more kinds, each with a file in %s\n", telling.shown - SHOWN_MAX, hunt->out);
    for (size_t i = 0; i < hunt->scenario_count; i++) {
        static uint64_t all[CLI_HUNT_STATE_BITS / 64];
        memset(all, 0, sizeof all);
        tell_unseen(hunt, &hunt->scenarios[i]);
        for (unsigned lane = 0; lane < CLI_HUNT_LANES; lane++)
            for (unsigned word = 0; word < CLI_HUNT_STATE_BITS / 64; word++)
                all[word] |= hunt->scenarios[i].lanes[lane].states[word];
        for (unsigned word = 0; word < CLI_HUNT_STATE_BITS / 64; word++)
            states += (uint64_t)__builtin_popcountll(all[word]);
    }
    char part[64] = "", planned[40] = "";
    if (hunt->shards > 1)
        snprintf(part, sizeof part, "part %" PRIu64 " of %" PRIu64 ": ", hunt->shard + 1, hunt->shards);
    if (hunt->last != CLI_HUNT_SEEDS_END)
        snprintf(planned, sizeof planned, " of %" PRIu64, hunt->planned);
    printf("hunt: %s%" PRIu64 "%s runs, %" PRIu64 " failed in %u way%s, %" PRIu64 " unknown, %" PRIu64 " abstract states%s\n", part,
           hunt->runs, planned, hunt->failures, telling.shown, telling.shown == 1 ? "" : "s", hunt->unknowns, states,
           hunt->interrupted ? "; interrupted" : "");
    return status;
}
