/*
 * hunt.c -- `muster hunt`: the campaign. See hunt.h.
 *
 * This room is for: options, which chunk comes next, what a chunk that broke means, how far it is.
 * It may include:   scenario.h, stop.h, runner.h, target.h, hunt.h.
 * Never here:       a run (hunt_run.c), the file of runs (hunt_book.c), what is told at the end (hunt_report.c).
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "hunt.h"
#include "runner.h"
#include "scenario.h"
#include "stop.h"
#include "target.h"

#define SECOND INT64_C(1000000000)
#define GIB (UINT64_C(1) << 30)

enum option {
    OPT_SEEDS,
    OPT_SWARM,
    OPT_FAULTS,
    OPT_TIME,
    OPT_STOP_AFTER,
    OPT_DB,
    OPT_OUT,
    OPT_SHARD,
    OPT_MERGE,
    OPT_POLICY,
    OPT_SET,
    OPT_PARAM,
    OPT_SCHEDULER,
    OPT_SCHEDULER_PARAM,
    OPT_TARGET,
    OPT_PATIENCE,
    OPT_CORE,
    OPT_EVENTS,
    OPT_JOBS,
    OPT_TIMEOUT,
    OPT_QUIET
};
const struct cli_option cli_hunt_options[] = {
    [OPT_SEEDS] = {"seeds", "A..B", "these seeds (default 1..1000; with --time from 1 on)", 's'},
    [OPT_SWARM] = {"swarm", NULL, "each seed is a variant: some faults left out, others moved, shorter or longer, in another order, or in another world", 0},
    [OPT_FAULTS] = {"faults", "N", "with --swarm: up to so many faults besides the scenario's own (default 0, at most 16)", 0},
    [OPT_TIME] = {"time", "DURATION", "begin nothing after so long", 0},
    [OPT_STOP_AFTER] = {"stop-after", "N", "stop when so many runs have failed", 0},
    [OPT_DB] = {"db", "FILE", "keep the runs there, and go on with what is there already", 0},
    [OPT_OUT] = {"out", "DIR", "where a scenario of each kind of violation is written (default muster-out/hunt)", 'o'},
    [OPT_SHARD] = {"shard", "K/N|auto", "do part K of N; auto: as Slurm, MPI or a Kubernetes indexed job says", 0},
    [OPT_MERGE] = {"merge", NULL, "make the file --db of the files named: the parts of one campaign", 0},
    [OPT_POLICY] = {"policy", "P", "under this policy (default: the scenario's own, else strict)", 0},
    [OPT_SET] = {"set", "AXIS=VALUE", "with this axis of the policy", 0},
    [OPT_PARAM] = {"param", "NAME=VALUE", "with this parameter of the scenarios", 0},
    [OPT_SCHEDULER] = {"scheduler", "FILE.lua", CLI_ATTACH_FILE_TEXT, 0},
    [OPT_SCHEDULER_PARAM] = {"scheduler-param", "NAME=VALUE", CLI_ATTACH_PARAM_TEXT, 0},
    [OPT_TARGET] = {"target", "exec:CMD", "who schedules: a command that is asked in lines of JSON; see 'muster help protocol'", 0},
    [OPT_PATIENCE] = {"answer-timeout", "DURATION", CLI_TARGET_PATIENCE, 0},
    [OPT_CORE] = {"core", "FILE", "with the core in this shared library", 0},
    [OPT_EVENTS] = {"events", "N", "a run that needs more is unknown (default 1000000)", 0},
    [OPT_JOBS] = {"jobs", "N", "so many processes (default: a processor each)", 'j'},
    [OPT_TIMEOUT] = {"timeout", "DURATION", "what 80 runs may take (default 60s)", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far it is", 'q'},
    {0},
};

static void scenario_free(struct cli_hunt_scenario *s)
{
    free(s->file);
    free(s->name);
    free(s->lanes);
    free(s->last);
    free(s->plan_text);
    plan_free(s->plan);
}

/* ---- who schedules from outside */
/* Whether it is there, speaks our protocol, and which part it plays, is one complaint, not one a run. */
static int look_at_target(struct cli_hunt *hunt)
{
    struct cli_target target;
    if (hunt->target == NULL)
        return CLI_PASS;
    int status = cli_target_open(&target, hunt->target, hunt->patience_ms, false);
    if (status == CLI_PASS)
        status = cli_target_drives(&target, &hunt->target_drives);
    cli_target_close(&target, false);
    return status;
}

/* One that is left out is a note if there is anything else to do, and else why there is nothing. */
static void tell_unfit(struct cli_hunt *hunt)
{
    if (hunt->unfit_why != NULL)
        cli_note("%s is left out: %s", hunt->unfit, hunt->unfit_why);
    hunt->unfit_why = NULL;
}

static void leave_out(struct cli_hunt *hunt, struct cli_hunt_scenario *s, const char *why)
{
    tell_unfit(hunt);
    snprintf(hunt->unfit, sizeof hunt->unfit, "%.*s", NAME_MAX, s->name != NULL ? s->name : s->file);
    hunt->unfit_why = why;
    hunt->unfit_count++;
    scenario_free(s);
    hunt->scenario_count--;
}

static int settle_unfit(struct cli_hunt *hunt)
{
    const char *part = hunt->target_drives ? "a whole scheduler" : "a placer";
    if (hunt->scenario_count == 0 && hunt->unfit_count == 1)
        return cli_fail(CLI_INPUT, "--target: %s is not for %s: %s", hunt->unfit, part, hunt->unfit_why);
    tell_unfit(hunt);
    return hunt->scenario_count > 0 ? CLI_PASS
                                    : cli_fail(CLI_INPUT, "--target: none of %zu scenarios is for %s", hunt->unfit_count, part);
}

/* ---- scenarios */
static int load(struct cli_hunt *hunt, const char *file, const char *name)
{
    struct scn_err err = {0};
    struct cli_hunt_scenario *grown = realloc(hunt->scenarios, (hunt->scenario_count + 1) * sizeof *grown);
    if (grown == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    hunt->scenarios = grown;
    struct cli_hunt_scenario *s = &grown[hunt->scenario_count++];
    *s = (struct cli_hunt_scenario){.file = strdup(file), .name = strdup(name), .unseen = UINT64_MAX};
    s->lanes = calloc(CLI_HUNT_LANES, sizeof *s->lanes);
    s->last = calloc(CLI_HUNT_LANES, sizeof *s->last);
    s->plan = scn_load(file, hunt->params, hunt->param_count, NULL, NULL, &err);
    if (s->plan == NULL)
        return cli_scenario_failed(&err);
    const char *unfit = hunt->target != NULL ? cli_target_unfit(s->plan, hunt->target_drives) : NULL;
    if (unfit != NULL) {
        leave_out(hunt, s, unfit);
        return CLI_PASS;
    }
    int attached = cli_attach(&hunt->attach, "hunt", s->plan);
    if (attached != CLI_PASS)
        return attached;
    if (s->file == NULL || s->name == NULL || s->lanes == NULL || s->last == NULL || !sim_swarm_prepare(s->plan) ||
        (s->plan_text = plan_write_text(s->plan, NULL)) == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    const char *base = hunt->policy != NULL         ? hunt->policy
                       : s->plan->policy != PLAN_NONE ? plan_text(s->plan, s->plan->policy)
                                                      : NULL;
    int status = cli_policy_make(base, hunt->sets, hunt->set_count, &s->policy, s->policy_text);
    s->range = cli_hunt_range(hunt, s);
    return status;
}

struct search {
    struct cli_hunt *hunt;
    const char *given;
    int status;
};

static void load_one(void *ctx, const char *shown, const char *file)
{
    struct search *search = ctx;
    char name[NAME_MAX + 1];
    cli_scenario_name(file, name);
    if (search->status == CLI_PASS && strstr(shown, "answers/") == NULL)
        search->status = load(search->hunt, file, strcmp(shown, search->given) == 0 ? name : shown);
}

static int find(struct cli_hunt *hunt, const char *given)
{
    struct search search = {hunt, given, CLI_PASS};
    size_t before = hunt->scenario_count + hunt->unfit_count;
    int status = cli_scenario_gather(given, load_one, &search);
    status = cli_worse(status, search.status);
    if (status == CLI_PASS && hunt->scenario_count + hunt->unfit_count == before)
        return cli_fail(CLI_INPUT, "%s: there is nothing but answers below it", given);
    return status;
}

static void scenarios_free(struct cli_hunt *hunt)
{
    for (size_t i = 0; i < hunt->scenario_count; i++)
        scenario_free(&hunt->scenarios[i]);
    free(hunt->scenarios);
}

/* ---- which chunk comes next */
static uint32_t lane_of(uint64_t ticket) { return (uint32_t)(ticket % CLI_HUNT_LANES); }
static struct cli_hunt_scenario *scenario_of(const struct cli_hunt *hunt, uint64_t ticket)
{
    return &hunt->scenarios[ticket / CLI_HUNT_LANES];
}

static bool time_is_left(const struct cli_hunt *hunt)
{
    return hunt->budget_ns == 0 || cli_runner_clock_ns() - hunt->began_ns < hunt->budget_ns;
}

/* The free lane that has done least, so that all seeds up to some one are done whenever a campaign stops. */
static bool next_chunk(void *ctx, uint64_t *ticket)
{
    struct cli_hunt *hunt = ctx;
    uint64_t least = UINT64_MAX;
    if (hunt->over || !time_is_left(hunt))
        return false;
    for (size_t i = 0; i < hunt->scenario_count; i++) {
        struct cli_hunt_scenario *s = &hunt->scenarios[i];
        for (uint32_t lane = (uint32_t)hunt->shard; lane < CLI_HUNT_LANES; lane += (uint32_t)hunt->shards)
            if (!s->busy[lane] && s->lanes[lane].done < cli_hunt_lane_seeds(hunt, lane) && s->lanes[lane].done < least) {
                least = s->lanes[lane].done;
                *ticket = i * CLI_HUNT_LANES + lane;
            }
    }
    if (least == UINT64_MAX)
        return false;
    scenario_of(hunt, *ticket)->busy[lane_of(*ticket)] = 1;
    return true;
}

/* Whether a lane that is under way may have another chunk. */
static bool more_chunks(void *ctx)
{
    const struct cli_hunt *hunt = ctx;
    for (size_t i = 0; i < hunt->scenario_count; i++)
        for (uint32_t lane = 0; lane < CLI_HUNT_LANES; lane++)
            if (hunt->scenarios[i].busy[lane])
                return true;
    return false;
}

/* A lane's first chunk is short: the second runs the last seed of it again, so that a small campaign, too, notices dice. */
static uint32_t chunk_size(const struct cli_hunt_scenario *s, uint32_t lane)
{
    return s->alone[lane] > 0 ? 1 : s->lanes[lane].done == 0 ? CLI_HUNT_FIRST : CLI_HUNT_CHUNK;
}

static void work(void *ctx, uint64_t ticket, struct cli_pen *pen)
{
    const struct cli_hunt *hunt = ctx;
    const struct cli_hunt_scenario *s = scenario_of(hunt, ticket);
    uint32_t lane = lane_of(ticket);
    struct cli_hunt_result *result = calloc(1, sizeof *result);
    if (result == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    result->lane = s->lanes[lane];
    cli_hunt_chunk(hunt, s, lane, chunk_size(s, lane), s->last[lane].records > 0 ? &s->last[lane] : NULL, result);
    cli_runner_send(pen, result, cli_hunt_result_size(result->count));
    free(result);
}

/* ---- what came of it */
static void stop(struct cli_hunt *hunt, int status)
{
    hunt->status = cli_worse(hunt->status, status);
    hunt->over = true;
}

static void count(struct cli_hunt *hunt, struct cli_hunt_scenario *s, const struct cli_hunt_row *row)
{
    hunt->runs++;
    s->runs++;
    hunt->total_events += row->events;
    hunt->novel += row->novel;
    s->unseen &= row->unseen;
    s->failed += row->outcome == CONF_FAIL;
    hunt->failures += row->outcome == CONF_FAIL;
    s->unknown += row->outcome == CONF_UNKNOWN;
    hunt->unknowns += row->outcome == CONF_UNKNOWN;
    hunt->status = cli_worse(hunt->status, row->status);
    if (hunt->stop_after > 0 && hunt->failures >= hunt->stop_after)
        hunt->over = true;
}

/* The first of each kind is written at once: whatever becomes of the file of runs, it is there. The report writes the quickest. */
static void write_new_kinds(struct cli_hunt *hunt, struct cli_hunt_scenario *s, const struct cli_hunt_row *rows, uint32_t row_count)
{
    char path[PATH_MAX];
    for (uint32_t i = 0; i < row_count; i++) {
        uint32_t known = 0;
        while (known < s->told_count && s->told[known] != rows[i].fingerprint)
            known++;
        if (rows[i].outcome != CONF_FAIL || known < s->told_count || s->told_count == CLI_HUNT_TOLD_MAX)
            continue;
        s->told[s->told_count++] = rows[i].fingerprint;
        int status = cli_hunt_write_case(hunt, s, &rows[i], path);
        if (status != CLI_PASS)
            stop(hunt, status);
    }
}

static bool any_failed(const struct cli_hunt_row *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].outcome == CONF_FAIL)
            return true;
    return false;
}

static void take_rows(struct cli_hunt *hunt, uint64_t ticket, const struct cli_hunt_lane *lane, const struct cli_hunt_row *rows,
                      uint32_t row_count)
{
    struct cli_hunt_scenario *s = scenario_of(hunt, ticket);
    int status = cli_hunt_book_put(hunt, (uint32_t)(ticket / CLI_HUNT_LANES), lane_of(ticket), lane, rows, row_count);
    if (status == CLI_PASS && any_failed(rows, row_count))
        status = cli_hunt_book_keep(hunt); /* what is shown as found is kept */
    if (status != CLI_PASS) {
        stop(hunt, status);
        return;
    }
    s->lanes[lane_of(ticket)] = *lane;
    for (uint32_t i = 0; i < row_count; i++)
        count(hunt, s, &rows[i]);
    if (row_count > 0)
        s->last[lane_of(ticket)] = rows[row_count - 1];
    write_new_kinds(hunt, s, rows, row_count);
}

/* Of the last row, which could not be run: what its process said. */
static void take_not_run(struct cli_hunt_scenario *s, struct cli_hunt_row *row, const char *said)
{
    snprintf(row->rule, sizeof row->rule, "not-run");
    snprintf(row->sentence, sizeof row->sentence, "%.*s", CLI_HUNT_SENTENCE_MAX - 1, said);
    row->records = 0; /* nothing to be compared */
    if (!s->not_run_told)
        cli_note("%s: seed %" PRIu64 " could not be run: %s", s->name, row->seed, said);
    s->not_run_told = true;
}

static void tell_difference(struct cli_hunt *hunt, const struct cli_hunt_scenario *s, const struct cli_hunt_row *before,
                            const struct cli_hunt_row *now)
{
    bool failed = now->outcome == CONF_FAIL && now->oracle == CONF_ORACLE_COUNT; /* the child, the second time */
    stop(hunt, cli_fail(CLI_DIFFERS, "%s: seed %" PRIu64 " was run twice, each in a process of its own: chain %016" PRIx64
                                     " after %" PRIu64 " events, then %016" PRIx64 " after %" PRIu64 ": not deterministic%s%s",
                        s->name, before->seed, before->chain, before->events, now->chain, now->events, failed ? ": " : "",
                        failed ? now->sentence : ""));
}

/* The process broke: look for the seed by itself; if it was by itself, that is what it did. */
static void take_breakage(struct cli_hunt *hunt, uint64_t ticket, const struct cli_runner_report *report)
{
    struct cli_hunt_scenario *s = scenario_of(hunt, ticket);
    uint32_t number = lane_of(ticket);
    bool late = report->end == CLI_RUNNER_TIMEOUT;
    if (s->alone[number] == 0) {
        s->alone[number] = CLI_HUNT_CHUNK + 1;
        s->last[number].records = 0; /* or that might break it once more */
        return;
    }
    if (++s->broken[number] < CLI_HUNT_TRIES)
        return; /* somebody may have killed it */
    s->broken[number] = 0;
    static struct cli_hunt_lane lane;
    struct cli_hunt_row row = {.outcome = CONF_FAIL, .oracle = CONF_ORACLE_COUNT, .status = late ? CLI_LIVENESS : CLI_SAFETY};
    lane = s->lanes[number];
    row.seed = hunt->first + number + lane.done * CLI_HUNT_LANES;
    snprintf(row.rule, sizeof row.rule, "%s", cli_runner_end_text(report->end));
    snprintf(row.sentence, sizeof row.sentence, "%.*s", CLI_HUNT_SENTENCE_MAX - 1, report->sentence);
    row.fingerprint = (uint64_t)report->end + 1;
    row.unseen = UINT64_MAX; /* what it might have seen is not known */
    cli_hunt_chosen(hunt, s, &lane, &row);
    lane.done++;
    take_rows(hunt, ticket, &lane, &row, 1);
    s->last[number].records = 0;
}

static const char *without_name(const char *said)
{
    static const char name[] = "muster: ";
    return strncmp(said, name, sizeof name - 1) == 0 ? said + sizeof name - 1 : said;
}

static void done(void *ctx, const struct cli_runner_report *report)
{
    struct cli_hunt *hunt = ctx;
    struct cli_hunt_scenario *s = scenario_of(hunt, report->ticket);
    uint32_t lane = lane_of(report->ticket);
    static struct cli_hunt_result result;
    s->busy[lane] = 0;
    if (report->end == CLI_RUNNER_STOPPED)
        return;
    if (report->end != CLI_RUNNER_RESULT || report->size < cli_hunt_result_size(0) || report->size > sizeof result) {
        take_breakage(hunt, report->ticket, report);
        return;
    }
    memcpy(&result, report->result, report->size);
    if (result.count > CLI_HUNT_CHUNK || report->size != cli_hunt_result_size(result.count)) {
        take_breakage(hunt, report->ticket, report);
        return;
    }
    if (result.status == CLI_DIFFERS)
        tell_difference(hunt, s, &s->last[lane], &result.rows[0]);
    else if (result.status != CLI_PASS && hunt->over)
        stop(hunt, result.status); /* several say the same */
    else if (result.status != CLI_PASS)
        stop(hunt, cli_fail((enum cli_exit)result.status, "%s: %s", s->name, without_name(report->sentence)));
    else {
        if (result.count > 0 && result.rows[result.count - 1].status >= CLI_USAGE)
            take_not_run(s, &result.rows[result.count - 1], without_name(report->sentence));
        s->broken[lane] = 0;
        take_rows(hunt, report->ticket, &result.lane, result.rows, result.count);
    }
    if (s->alone[lane] > 0)
        s->alone[lane]--;
}

/* ---- how far it is */
static void eta(const struct cli_hunt *hunt, int64_t spent, char out[static 48])
{
    uint64_t left = hunt->planned > hunt->runs ? hunt->planned - hunt->runs : 0, here = hunt->runs - hunt->runs_before;
    int64_t seconds = hunt->budget_ns != 0 ? (hunt->budget_ns - spent) / SECOND
                                           : (int64_t)((double)left * (double)spent / (double)(here + 1) / 1e9);
    snprintf(out, 48, "%" PRId64 " s left", seconds > 0 ? seconds : 0);
}

/* " of N", unless time is what ends it. */
static void of_planned(const struct cli_hunt *hunt, char out[static 40])
{
    out[0] = '\0';
    if (hunt->last != CLI_HUNT_SEEDS_END)
        snprintf(out, 40, " of %" PRIu64, hunt->planned);
}

static void show_progress(struct cli_hunt *hunt)
{
    int64_t now = cli_runner_clock_ns(), spent = now - hunt->began_ns;
    int64_t every = hunt->terminal ? SECOND / 5 : 30 * SECOND;
    char left[48];
    if (hunt->quiet || spent < SECOND || now - hunt->shown_ns < every)
        return;
    hunt->shown_ns = now;
    eta(hunt, spent, left);
    char planned[40];
    of_planned(hunt, planned);
    fprintf(stderr, "%shunting: %" PRIu64 "%s runs, %" PRIu64 "/s, %" PRIu64 " events/s, %" PRIu64
                    " new states, %" PRIu64 " failed, %s%s",
            hunt->terminal ? "\r" : "muster: ", hunt->runs, planned,
            (hunt->runs - hunt->runs_before) * 1000 / (uint64_t)(spent / 1000000), hunt->total_events * 1000 / (uint64_t)(spent / 1000000 + 1), hunt->novel,
            hunt->failures, left, hunt->terminal ? "\033[K" : "\n");
}

static bool go_on(void *ctx)
{
    struct cli_hunt *hunt = ctx;
    int64_t now = cli_runner_clock_ns();
    show_progress(hunt);
    if (now - hunt->kept_ns > SECOND / 2) { /* each time costs a wait for the disk */
        int status = cli_hunt_book_keep(hunt);
        hunt->kept_ns = now;
        if (status != CLI_PASS)
            stop(hunt, status);
    }
    if (cli_stop_asked())
        hunt->interrupted = true;
    return !hunt->interrupted && !(hunt->over && hunt->status >= CLI_USAGE);
}

/* ---- the whole */
static void plan_seeds(struct cli_hunt *hunt)
{
    for (uint32_t lane = (uint32_t)hunt->shard; lane < CLI_HUNT_LANES; lane += (uint32_t)hunt->shards)
        if (hunt->last != CLI_HUNT_SEEDS_END)
            hunt->planned += cli_hunt_lane_seeds(hunt, lane) * hunt->scenario_count;
}

static int make_directories(const char *path)
{
    char part[PATH_MAX];
    for (const char *at = path; at != NULL && *at != '\0';) {
        at = strchr(at + 1, '/');
        snprintf(part, sizeof part, "%.*s", at != NULL ? (int)(at - path) : (int)strlen(path), path);
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return cli_fail(CLI_OUTPUT, "%s: it cannot be made: %s", part, strerror(errno));
    }
    return CLI_PASS;
}

static int run_all(struct cli_hunt *hunt)
{
    struct cli_runner runner = {.ctx = hunt,
                                .next = next_chunk,
                                .more = more_chunks,
                                .work = work,
                                .done = done,
                                .go_on = go_on,
                                .workers = (unsigned)hunt->jobs,
                                .time_ns = hunt->timeout_ns,
                                .memory_bytes = hunt->memory_bytes};
    hunt->runs_before = hunt->runs;
    hunt->began_ns = hunt->shown_ns = cli_runner_clock_ns();
    hunt->terminal = isatty(STDERR_FILENO) == 1;
    bool well = cli_runner_run(&runner);
    if (hunt->terminal && !hunt->quiet)
        fputs("\r\033[K", stderr);
    int status = cli_hunt_book_keep(hunt);
    if (status != CLI_PASS || hunt->status >= CLI_USAGE) /* what could not be written is not counted */
        status = cli_worse(status, cli_hunt_book_count(hunt));
    return cli_worse(well ? CLI_PASS : CLI_MISSING, status);
}

/* Parts that know their number only from their surroundings are started with one and the same command line. */
static int name_part(struct cli_hunt *hunt)
{
    char part[64];
    int length = 0;
    if (hunt->shards == 1)
        return CLI_PASS;
    snprintf(part, sizeof part, "part-%" PRIu64 "-of-%" PRIu64, hunt->shard + 1, hunt->shards);
    length = snprintf(hunt->out_of_part, PATH_MAX, "%s/%s", hunt->out, part);
    hunt->out = hunt->out_of_part;
    if (length < PATH_MAX && hunt->db != NULL && hunt->auto_shard) {
        const char *slash = strrchr(hunt->db, '/'), *dot = strrchr(hunt->db, '.');
        size_t stem = dot != NULL && dot > hunt->db && (slash == NULL || dot > slash + 1) ? (size_t)(dot - hunt->db) : strlen(hunt->db);
        length = snprintf(hunt->db_of_part, PATH_MAX, "%.*s-%s%s", (int)stem, hunt->db, part, hunt->db + stem);
        hunt->db = hunt->db_of_part;
    }
    return length < PATH_MAX - 16 ? CLI_PASS : cli_fail(CLI_USAGE, "hunt: the names of --out and --db are too long");
}

static int sum_core(struct cli_hunt *hunt)
{
    unsigned char bytes[4096];
    FILE *file = hunt->core != NULL ? fopen(hunt->core, "rb") : NULL;
    if (file == NULL) /* whoever loads it says so */
        return CLI_PASS;
    hunt->core_sum = UINT64_C(0xcbf29ce484222325);
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, file)) > 0;)
        for (size_t i = 0; i < size; i++)
            hunt->core_sum = (hunt->core_sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    (void)fclose(file);
    return CLI_PASS;
}

static int hunt_all(struct cli_hunt *hunt, char **paths, size_t path_count)
{
    char file[PATH_MAX];
    int status = look_at_target(hunt);
    for (size_t i = 0; i < path_count && status == CLI_PASS; i++)
        status = find(hunt, paths[i]);
    if (status == CLI_PASS)
        status = settle_unfit(hunt);
    if (status == CLI_PASS)
        status = name_part(hunt);
    if (status == CLI_PASS)
        status = sum_core(hunt);
    if (status == CLI_PASS)
        status = make_directories(hunt->out);
    if (status != CLI_PASS)
        return status;
    plan_seeds(hunt);
    if (snprintf(file, sizeof file, "%s/runs.sqlite", hunt->out) >= PATH_MAX)
        return cli_fail(CLI_USAGE, "hunt: the name of --out is too long");
    status = cli_hunt_book_open(hunt, hunt->db != NULL ? hunt->db : file, hunt->db != NULL);
    if (status != CLI_PASS)
        return status;
    cli_stop_watch();
    status = run_all(hunt);
    status = cli_worse(status, hunt->status);
    for (size_t i = 0; i < hunt->scenario_count && !hunt->swarm; i++)
        if (hunt->scenarios[i].runs > 0 && hunt->scenarios[i].unseen != 0)
            status = cli_worse(status, CLI_UNKNOWN);
    status = cli_worse(status, cli_hunt_report(hunt));
    return hunt->interrupted ? cli_worse(status, CLI_INTERRUPTED) : status;
}

/* ---- the command line */
static int take_seeds(struct cli_hunt *hunt, const char *text)
{
    char *end = NULL;
    errno = 0;
    hunt->first = strtoull(text, &end, 10);
    bool right = *text >= '0' && *text <= '9' && strncmp(end, "..", 2) == 0 && end[2] >= '0' && end[2] <= '9';
    hunt->last = right ? strtoull(end + 2, &end, 10) : 0;
    return right && *end == '\0' && errno == 0 && hunt->last >= hunt->first && hunt->last < CLI_HUNT_SEEDS_END
               ? CLI_PASS
               : cli_fail(CLI_USAGE, "hunt: --seeds is '%s', must be A..B with A <= B, and B below 2^62", text);
}

static int take_duration(const struct cli_parser *parser, const char *option, int64_t *out)
{
    plan_ns value;
    if (!plan_parse_duration(parser->value, &value) || value <= 0 || value > 365 * 24 * 3600 * SECOND)
        return cli_fail(CLI_USAGE, "hunt: --%s is '%s', must be a duration such as 90s or 10m", option, parser->value);
    *out = value;
    return CLI_PASS;
}

static int take_param(struct cli_hunt *hunt, const char *value)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value)
        return cli_fail(CLI_USAGE, "hunt: --param is '%s', must be NAME=VALUE", value);
    if (hunt->param_count == CLI_HUNT_PARAMS_MAX)
        return cli_fail(CLI_USAGE, "hunt: more than %d times --param", CLI_HUNT_PARAMS_MAX);
    char *copy = strdup(value);
    if (copy == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    copy[equals - value] = '\0';
    hunt->param_texts[hunt->param_count] = copy;
    hunt->params[hunt->param_count++] = (struct scn_param){copy, copy + (equals - value) + 1};
    return CLI_PASS;
}

static int take_set(struct cli_hunt *hunt, const char *value)
{
    if (hunt->set_count == CLI_HUNT_SETS_MAX)
        return cli_fail(CLI_USAGE, "hunt: more than %d times --set", CLI_HUNT_SETS_MAX);
    hunt->sets[hunt->set_count++] = value;
    return CLI_PASS;
}

static int take_number(const struct cli_parser *parser, const char *option, uint64_t lo, uint64_t hi, uint64_t *out)
{
    return cli_number(parser, option, lo, hi, out) ? CLI_PASS : CLI_USAGE;
}

static int take_option(struct cli_hunt *hunt, const struct cli_parser *parser, enum option option)
{
    switch (option) {
    case OPT_SEEDS:
        return take_seeds(hunt, parser->value);
    case OPT_SWARM:
        hunt->swarm = true;
        return CLI_PASS;
    case OPT_FAULTS:
        return take_number(parser, "faults", 0, SIM_SWARM_FAULTS_MAX, &hunt->faults);
    case OPT_TIME:
        return take_duration(parser, "time", &hunt->budget_ns);
    case OPT_STOP_AFTER:
        return take_number(parser, "stop-after", 1, UINT64_MAX, &hunt->stop_after);
    case OPT_DB:
        hunt->db = parser->value;
        return CLI_PASS;
    case OPT_OUT:
        hunt->out = parser->value;
        return *hunt->out != '\0' ? CLI_PASS : cli_fail(CLI_USAGE, "hunt: --out is empty, must be a directory");
    case OPT_SHARD:
        hunt->auto_shard = strcmp(parser->value, "auto") == 0;
        return cli_hunt_shard(parser->value, &hunt->shard, &hunt->shards);
    case OPT_MERGE:
        hunt->merge = true;
        return CLI_PASS;
    case OPT_POLICY:
        hunt->policy = parser->value;
        return CLI_PASS;
    case OPT_SET:
        return take_set(hunt, parser->value);
    case OPT_PARAM:
        return take_param(hunt, parser->value);
    case OPT_SCHEDULER:
        hunt->attach.file = parser->value;
        return CLI_PASS;
    case OPT_SCHEDULER_PARAM:
        return cli_attach_param(&hunt->attach, "hunt", parser->value);
    case OPT_TARGET:
        hunt->target = parser->value;
        return cli_target_command("hunt", hunt->target) != NULL ? CLI_PASS : CLI_USAGE;
    case OPT_PATIENCE:
        return cli_target_patience("hunt", parser->value, &hunt->patience_ms) ? CLI_PASS : CLI_USAGE;
    case OPT_CORE:
        hunt->core = parser->value;
        return CLI_PASS;
    case OPT_EVENTS:
        return take_number(parser, "events", 1, INT64_MAX, &hunt->events);
    case OPT_JOBS:
        return take_number(parser, "jobs", 1, CLI_RUNNER_WORKERS_MAX, &hunt->jobs);
    case OPT_TIMEOUT:
        return take_duration(parser, "timeout", &hunt->timeout_ns);
    case OPT_QUIET:
        hunt->quiet = true;
        return CLI_PASS;
    }
    assert(false); /* every option of the table has its case */
    return CLI_BUG;
}

static int settle(struct cli_hunt *hunt)
{
    if (hunt->faults > 0 && !hunt->swarm)
        return cli_fail(CLI_USAGE, "hunt: --faults adds to variants; say --swarm, too");
    if (hunt->target != NULL && (hunt->attach.file != NULL || hunt->attach.param_count > 0))
        return cli_fail(CLI_USAGE, "hunt: --scheduler and --target both say who schedules; take one");
    if (hunt->last == 0) {
        hunt->first = 1;
        hunt->last = hunt->budget_ns != 0 ? CLI_HUNT_SEEDS_END : 1000;
    }
    return CLI_PASS;
}

static int merge(const struct cli_hunt *hunt, char **parts, size_t part_count)
{
    if (hunt->db == NULL)
        return cli_fail(CLI_USAGE, "hunt: --merge needs --db FILE, the file to make");
    int status = cli_hunt_book_merge(hunt->db, parts, part_count);
    if (status == CLI_PASS)
        printf("hunt: %zu files are one now: %s\n", part_count, hunt->db);
    return status;
}

int cli_hunt(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    int status = CLI_PASS, option = CLI_LAST;
    struct cli_hunt *hunt = calloc(1, sizeof *hunt);
    if (hunt == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    unsigned processors = cli_runner_processors();
    hunt->jobs = processors < CLI_RUNNER_WORKERS_MAX ? processors : CLI_RUNNER_WORKERS_MAX;
    hunt->timeout_ns = 60 * SECOND;
    hunt->memory_bytes = 4 * GIB;
    hunt->events = 1000000;
    hunt->shards = 1;
    hunt->out = "muster-out/hunt";
    cli_options(&parser, command, argc, argv);
    while (status == CLI_PASS && (option = cli_next(&parser)) >= 0)
        status = take_option(hunt, &parser, (enum option)option);
    char **operands = argv + parser.first;
    if (status == CLI_PASS && option == CLI_STOP)
        status = parser.status;
    else if (status == CLI_PASS && (status = cli_operands(&parser, 1, INT32_MAX)) == CLI_PASS &&
             (status = settle(hunt)) == CLI_PASS)
        status = hunt->merge ? merge(hunt, operands, (size_t)(argc - parser.first))
                             : hunt_all(hunt, operands, (size_t)(argc - parser.first));
    cli_hunt_book_close(hunt);
    scenarios_free(hunt);
    for (size_t i = 0; i < hunt->param_count; i++)
        free(hunt->param_texts[i]);
    cli_attach_free(&hunt->attach);
    free(hunt);
    return status;
}
