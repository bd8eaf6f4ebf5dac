/*
 * explore.c -- `muster explore`: every order in which a small scenario can go, on the real core, judged by all oracles.
 *
 * This room is for: the command explore; the oracles as the search's judge; what was covered, in words.
 * It may include:   every room's header; cli.h.
 * Never here:       the search (sim/search), running along what it found (choices.c).
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "block.h"
#include "choices.h"
#include "cli.h"
#include "conf/conf.h"
#include "corelib.h"
#include "files.h"
#include "history.h"
#include "policy.h"
#include "progress.h"
#include "runner.h"
#include "scenario.h"
#include "scn/scn.h"
#include "stop.h"
#include "world.h"

enum {
    OPT_SEED,
    OPT_POLICY,
    OPT_SET,
    OPT_CORE,
    OPT_PARAM,
    OPT_TIMERS,
    OPT_EARLY,
    OPT_REDUCTION,
    OPT_ALL,
    OPT_STATES,
    OPT_DEPTH,
    OPT_MEMORY,
    OPT_TIME,
    OPT_CHOICES,
    OPT_SAVE,
    OPT_RESUME,
    OPT_QUIET,
    REPEATS_MAX = 64,
    PARAM_BYTES = 512
};
const struct cli_option cli_explore_options[] = {
    [OPT_SEED] = {"seed", "N", "the seed of what dice are left (default 1)", 0},
    [OPT_POLICY] = {"policy", "strict|spark",
                    "the policy (default: what the scenario says, else strict)", 0},
    [OPT_SET] = {"set", "AXIS=VALUE", "one axis of the policy; see 'muster policies'", 0},
    [OPT_CORE] = {"core", "FILE.so",
                  "search this build of the core instead of the one that is linked in", 0},
    [OPT_PARAM] = {"param", "NAME=VALUE", "a parameter of the scenario", 0},
    [OPT_TIMERS] =
        {"timers", "late|any",
         "whether a deadline may come while messages are on their way (default late: it may not)",
         0},
    [OPT_EARLY] = {"early", "N",
                   "with --timers any: so many deadlines of one run come early (default 1)", 0},
    [OPT_REDUCTION] = {"reduction", "none|sleep|symmetry",
                       "leave out orders that lead to the same states (default sleep); symmetry: and faults that befall one of "
                       "several who are alike, if another one was left out",
                       0},
    [OPT_ALL] = {"all", NULL, "go on after a finding, and count them all", 0},
    [OPT_STATES] = {"states", "N", "stop after so many states", 0},
    [OPT_DEPTH] = {"depth", "N", "follow no path beyond so many moves", 0},
    [OPT_MEMORY] = {"memory", "SIZE", "so much for table and stack, such as 4GiB (default 2GiB)",
                    0},
    [OPT_TIME] = {"time", "DURATION", "stop after so long, such as 60s", 0},
    [OPT_CHOICES] = {"choices", "FILE",
                     "where the path to a finding is written (default <scenario>.choices)", 0},
    [OPT_SAVE] = {"save", "FILE", "where a search that was stopped is kept", 0},
    [OPT_RESUME] = {"resume", "FILE", "go on with a search that was kept", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far it is", 'q'},
    {0},
};

struct request {
    const char *file, *policy, *core, *choices, *save, *resume;
    const char *sets[REPEATS_MAX], *param_words[REPEATS_MAX];
    size_t set_count, param_count;
    struct scn_param params[REPEATS_MAX];
    char param_text[REPEATS_MAX][PARAM_BYTES];
    uint64_t seed, states, depth, memory, early;
    int64_t time_ns;
    enum sim_timers timers;
    enum sim_reduction reduction;
    bool all, quiet;
};

struct explore {
    struct request request;
    char file[PATH_MAX], choices[PATH_MAX];
    const struct gang_api *core;
    struct plan *plan;
    char *plan_text;
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
    struct trace_header header;
    struct conf_options judging;
    struct sim_judge judge;
    struct sim_explorer *explorer;
    struct cli_progress progress;
    enum sim_explored how;
    int64_t began_ns, took_ns;
    uint64_t transitions_before; /* of a search that goes on */
    bool out_of_time;
};

/* ---- the oracles as the search's judge */
static void judge_init(void *ctx, void *memory)
{
    const struct explore *x = ctx;
    (void)conf_init(memory, x->judge.bytes, x->plan, &x->judging);
}

static void judge_feed(void *judge, const struct trace_record *records, size_t count,
                       uint64_t first)
{
    conf_feed(judge, records, count, first);
}

static bool judge_failed(const void *judge) { return conf_failed(judge); }
static uint64_t judge_fingerprint(const void *judge) { return conf_fingerprint(judge); }

/* What shall happen sometimes need not happen in every run. */
static bool lacks_only_sometimes(const struct conf_verdict *verdict)
{
    bool others = false;
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        others |= oracle != CONF_EXPECT && verdict->oracle[oracle] != CONF_PASS;
    return !others && verdict->oracle[CONF_EXPECT] == CONF_UNKNOWN && verdict->unseen != 0;
}

static void judge_finish(void *judge, bool ended, struct sim_verdict *out)
{
    struct conf_verdict verdict;
    (void)ended;
    conf_finish(judge, &verdict);
    *out = (struct sim_verdict){.status = verdict.exit_status,
                                .doubtful = verdict.outcome == CONF_UNKNOWN,
                                .unseen = verdict.unseen};
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        out->broken |= (uint64_t)(verdict.oracle[oracle] == CONF_FAIL) << oracle;
    if (lacks_only_sometimes(&verdict))
        out->status = CLI_PASS;
}

/* How much of its block decides, is known of one that lives. */
static int open_judge(struct explore *x)
{
    x->judging = (struct conf_options){.observes = sim_observes(),
                                       .two_phase = cli_policy_two_phase(x->policy_text),
                                       .partial = true};
    x->judge = (struct sim_judge){.ctx = x,
                                  .bytes = conf_size(x->plan),
                                  .init = judge_init,
                                  .feed = judge_feed,
                                  .failed = judge_failed,
                                  .fingerprint = judge_fingerprint,
                                  .finish = judge_finish};
    void *memory = aligned_alloc(64, (x->judge.bytes + 63) / 64 * 64);
    if (memory == NULL)
        return cli_fail(CLI_MISSING, "the oracles do not fit into memory");
    x->judge.live_bytes = conf_live_size(conf_init(memory, x->judge.bytes, x->plan, &x->judging));
    free(memory);
    return CLI_PASS;
}

/* ---- setting up */
static int load(struct explore *x)
{
    const struct request *request = &x->request;
    struct scn_err err = {0};
    int status = cli_scenario_locate(request->file, x->file);
    if (status != CLI_PASS)
        return status;
    x->plan = scn_load(x->file, request->params, request->param_count, NULL, NULL, &err);
    if (x->plan == NULL)
        return cli_scenario_failed(&err);
    if (x->plan->scheduler != PLAN_NONE)
        return cli_fail(CLI_USAGE,
                        "%s has a scheduler in Lua, whose memory cannot be taken back, so it can "
                        "be run with many seeds "
                        "('%s check FILE --seeds 1..1000') but not explored",
                        request->file, cli_program());
    cli_choices_make_timeless(x->plan);
    const char *policy = request->policy;
    if (policy == NULL && x->plan->policy != PLAN_NONE)
        policy = plan_text(x->plan, x->plan->policy);
    status = cli_policy_make(policy, request->sets, request->set_count, &x->policy, x->policy_text);
    if (status != CLI_PASS)
        return status;
    x->plan_text = plan_write_text(x->plan, NULL);
    return x->plan_text != NULL ? CLI_PASS
                                : cli_fail(CLI_MISSING, "the plan does not fit into memory");
}

static int world_failed(const struct sim_err *err)
{
    enum cli_exit status = err->code == SIM_E_PLAN ? CLI_INPUT : CLI_BUG;
    return cli_fail(status, "%s%s", status == CLI_BUG ? "the simulator stopped: " : "",
                    err->detail);
}

static int open_search(struct explore *x)
{
    const struct request *request = &x->request;
    struct sim_err err = {0};
    const struct sim_explore_options options = {
        .world = {.plan = x->plan, .core = x->core, .policy = x->policy, .seed = request->seed},
        .judge = &x->judge,
        .timers = request->timers,
        .early = (uint32_t)request->early,
        .reduction = request->reduction,
        .go_on = request->all,
        .memory = request->memory,
        .states = request->states,
        .depth = request->depth,
        .get = cli_block};
    sim_header(&options.world, x->plan_text, x->policy_text, &x->header);
    x->explorer = sim_explore_new(&options, &err);
    return x->explorer != NULL ? CLI_PASS : world_failed(&err);
}

/* ---- a search that is kept */
static bool put(void *file, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, file) == size;
}
static bool get(void *file, void *bytes, size_t size)
{
    return fread(bytes, 1, size, file) == size;
}

/* What is searched, and how: all that must be the same for a search to go on. */
static uint64_t name_of(const struct explore *x)
{
    uint64_t name = trace_chain_start(&x->header);
    return (name ^ x->request.early << 3 ^ (uint64_t)x->request.timers << 2 ^
            (uint64_t)x->request.reduction) *
           UINT64_C(0x9E3779B97F4A7C15);
}

static int resume(struct explore *x)
{
    struct sim_err err = {0};
    if (x->request.resume == NULL)
        return CLI_PASS;
    FILE *file = fopen(x->request.resume, "rb");
    if (file == NULL)
        return cli_fail(CLI_INPUT, "%s: %s", x->request.resume, strerror(errno));
    enum sim_status status = sim_explore_load(x->explorer, name_of(x), get, file, &err);
    fclose(file);
    x->transitions_before =
        sim_explore_stats(x->explorer)->transitions + sim_explore_stats(x->explorer)->given_up;
    if (status == SIM_OK)
        return CLI_PASS;
    return cli_fail(status == SIM_E_FULL ? CLI_MISSING : CLI_INPUT, "%s: %s", x->request.resume,
                    err.detail);
}

/* Under another name first, so that what was kept before is not lost if the disk is full. */
static int save(const struct explore *x)
{
    char part[PATH_MAX];
    if (x->request.save == NULL)
        return CLI_PASS;
    snprintf(part, sizeof part, "%.*s.part", PATH_MAX - 6, x->request.save);
    FILE *file = fopen(part, "wb");
    if (file == NULL)
        return cli_fail(CLI_OUTPUT, "%s: %s", part, strerror(errno));
    bool well = sim_explore_save(x->explorer, name_of(x), put, file);
    well = fclose(file) == 0 && well;
    if (well && rename(part, x->request.save) == 0)
        return CLI_PASS;
    remove(part);
    return cli_fail(CLI_OUTPUT, "%s: the search could not be kept", x->request.save);
}

/* ---- searching */
static double seconds(int64_t ns) { return (double)ns / 1e9; }

static bool go_on(void *ctx, const struct sim_explore_stats *stats)
{
    struct explore *x = ctx;
    int64_t took_ns = cli_runner_clock_ns() - x->began_ns;
    char line[160];
    x->out_of_time = x->request.time_ns > 0 && took_ns >= x->request.time_ns;
    if (cli_progress_is_due(&x->progress)) {
        snprintf(line, sizeof line,
                 "exploring: %" PRIu64 " states, %" PRIu64 " transitions (%.0fk/s), depth %" PRIu64
                 ", table %" PRIu64 "%% of %" PRIu64 " MiB",
                 stats->states, stats->transitions,
                 (double)(stats->transitions + stats->given_up - x->transitions_before) / seconds(took_ns) / 1e3,
                 stats->depth_now,
                 100 * stats->states / (stats->table_slots > 0 ? stats->table_slots : 1),
                 stats->table_bytes >> 20);
        cli_progress_line(&x->progress, line);
    }
    return !cli_stop_asked() && !x->out_of_time;
}

/* The way to where the search is, for whoever looks into what stopped it there. */
static int write_path(const struct explore *x, const char *why)
{
    char about[PATH_MAX + 128];
    struct cli_choices choices = {
        .cycle = UINT64_MAX, .timers = x->request.timers, .path = x->choices};
    snprintf(about, sizeof about, "%s, policy %s: %s", x->request.file, x->policy_text, why);
    choices.steps = sim_explore_path(x->explorer, &choices.count);
    int status =
        choices.steps != NULL ? cli_choices_write(x->choices, about, &choices) : CLI_MISSING;
    cli_choices_free(&choices);
    return status;
}

/* An assertion of the core's, or of ours, has failed in the middle of a move. That comes from within a call of our own and not
 * from outside, so that to write a file is safe; a second failure meanwhile ends the process as it would have. */
static struct explore *searching;

static void on_abort(int number)
{
    struct explore *x = searching;
    (void)number;
    signal(SIGABRT, SIG_DFL);
    searching = NULL;
    if (x == NULL || write_path(x, "an assertion failed") != CLI_PASS)
        _exit(CLI_BUG);
    fprintf(stderr,
            "muster: an assertion failed, see above; the way there is in %s, for '%s run %s "
            "--choices'\n",
            x->choices, cli_program(), x->request.file);
    _exit(CLI_BUG);
}

static int search(struct explore *x)
{
    struct sim_err err = {0};
    cli_stop_watch();
    searching = x;
    signal(SIGABRT, on_abort);
    cli_progress_begin(&x->progress, "exploring", x->plan, x->request.quiet);
    x->began_ns = cli_runner_clock_ns();
    x->how = sim_explore_run(x->explorer, go_on, x, &err);
    x->took_ns = cli_runner_clock_ns() - x->began_ns;
    searching = NULL;
    cli_progress_end(&x->progress);
    if (x->how == SIM_EXPLORED_ERROR && write_path(x, err.detail) == CLI_PASS)
        cli_note("the way to where the simulator stopped is in %s", x->choices);
    return x->how == SIM_EXPLORED_ERROR ? world_failed(&err) : CLI_PASS;
}

/* ---- what was found, run again for its sentences */
struct retelling {
    struct cli_world world;
    struct cli_judge *judge;
    struct cli_verdict verdict;
};

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct retelling *r = ctx;
    cli_judge_feed(r->judge, records, count, first);
}

static void print_findings(const struct cli_verdict *verdict)
{
    for (unsigned i = 0; i < verdict->conf.finding_count; i++) {
        const struct conf_finding *f = &verdict->conf.findings[i];
        char at[32];
        plan_format_duration(f->at_ns, at);
        printf("  %s %s at %s, record %" PRIu64 ": ", f->rule,
               f->outcome == CONF_FAIL ? "broken" : "unknown", at, f->record);
        for (const char *c = f->sentence; *c != '\0'; c++) /* names in it may hold anything */
            putchar((unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
        putchar('\n');
    }
}

static int retell(struct explore *x, const struct cli_choices *choices)
{
    struct retelling *r = calloc(1, sizeof *r);
    if (r == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    int status = cli_world_open(&r->world, x->core, x->plan, x->plan_text, &x->policy,
                                x->policy_text, x->request.seed);
    if (status == CLI_PASS)
        r->judge = cli_judge_new(x->plan, &r->world.header, false);
    if (status == CLI_PASS && r->judge == NULL)
        status = CLI_MISSING;
    if (status == CLI_PASS) {
        sim_observer(r->world.sim, observe, r);
        status = cli_choices_run(&r->world, choices, NULL, NULL);
    }
    if (status == CLI_PASS) {
        cli_judge_finish(r->judge, &r->verdict);
        print_findings(&r->verdict);
        status = r->verdict.rep.exit_status;
    }
    cli_judge_free(r->judge);
    cli_world_close(&r->world);
    free(r);
    return status;
}

static void print_command(const struct explore *x)
{
    const struct request *request = &x->request;
    const char *words[4 * REPEATS_MAX + 12];
    char seed[24];
    size_t count = 0;
    words[count++] = request->file;
    words[count++] = "--choices";
    words[count++] = x->choices;
    snprintf(seed, sizeof seed, "%" PRIu64, request->seed);
    if (request->seed != 1) {
        words[count++] = "--seed";
        words[count++] = seed;
    }
    if (request->policy != NULL) {
        words[count++] = "--policy";
        words[count++] = request->policy;
    }
    if (request->core != NULL) {
        words[count++] = "--core";
        words[count++] = request->core;
    }
    for (size_t i = 0; i < request->set_count; i++) {
        words[count++] = "--set";
        words[count++] = request->sets[i];
    }
    for (size_t i = 0; i < request->param_count; i++) {
        words[count++] = "--param";
        words[count++] = request->param_words[i];
    }
    char *line = cli_command_line("run", words, count);
    printf("  story:  %s\n", line != NULL ? line : "");
    free(line);
}

static int tell_found(struct explore *x)
{
    const struct sim_found *found = sim_explore_found(x->explorer);
    char about[PATH_MAX + 128];
    if (found == NULL)
        return CLI_PASS;
    static const char *const what[] = {[SIM_FOUND_DOUBT] = "not everything can be judged",
                                       [SIM_FOUND_SAFETY] = "a rule is broken",
                                       [SIM_FOUND_END] = "a run ends as it must not",
                                       [SIM_FOUND_LIVELOCK] =
                                           "a state comes again for ever, without progress"};
    printf("%s  %s: %s after %" PRIu64 " moves\n",
           found->kind == SIM_FOUND_DOUBT ? "UNKNOWN" : "FAIL   ", x->request.file,
           what[found->kind], found->steps);
    if (found->path == NULL)
        return cli_fail(CLI_MISSING, "the path to it does not fit into memory");
    const struct cli_choices choices = {
        found->path, found->steps, found->kind == SIM_FOUND_LIVELOCK ? found->cycle : UINT64_MAX,
        x->request.timers, x->choices};
    int status = retell(x, &choices);
    snprintf(about, sizeof about, "%s, policy %s: %s", x->request.file, x->policy_text,
             what[found->kind]);
    int written = cli_choices_write(x->choices, about, &choices);
    if (written == CLI_PASS)
        print_command(x);
    if (status == CLI_PASS)
        status = cli_fail(CLI_BUG, "the path to what was found leads somewhere else");
    return written != CLI_PASS ? cli_worse(status, written) : status;
}

/* ---- what was covered */
/* Of n names of 64 bits two are the same: n (n - 1) / 2 pairs, each with 2^-64. */
static double probability_missed(uint64_t states)
{
    double n = (double)states, p = n * (n - 1) / 2 / 18446744073709551616.0;
    return p < 1 ? p : 1;
}

static uint32_t count_anytime(const struct plan *plan)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        count += plan->acts[i].when.kind == PLAN_NONE && plan->acts[i].at_ns == PLAN_NEVER;
    return count;
}

static void print_alike(const struct explore *x)
{
    uint32_t executors, tasks;
    const char *why;
    sim_explore_alike(x->explorer, &executors, &tasks, &why);
    if (why != NULL)
        printf("  symmetry: none, for %s\n", why);
    else if (x->request.reduction == SIM_REDUCE_SYMMETRY)
        printf("  symmetry: %u executor%s and %u rank%s like others before them; that the core treats them alike is taken for granted\n",
               executors, executors == 1 ? "" : "s", tasks, tasks == 1 ? " is" : "s are");
}

static void print_bounds(const struct explore *x)
{
    const struct plan *plan = x->plan;
    uint32_t anytime = count_anytime(plan);
    printf(
        "explored %s: %u executor%s, %u job%s, %u stage%s; %u act%s at any point, %u in %s place\n",
        x->request.file, plan->executor_count, plan->executor_count == 1 ? "" : "s",
        plan->job_count, plan->job_count == 1 ? "" : "s", plan->stage_count,
        plan->stage_count == 1 ? "" : "s", anytime, anytime == 1 ? "" : "s",
        plan->act_count - anytime, plan->act_count - anytime == 1 ? "its" : "their");
    printf("  policy %s; seed %" PRIu64 "; links %s; timers %s; reduction %s\n", x->policy_text,
           x->request.seed,
           plan->setting[PLAN_SET_DATAGRAM] ? "datagrams, in order" : "FIFO streams",
           x->request.timers == SIM_TIMERS_ANY
               ? "any: a deadline may come while messages are on their way"
               : "late: a deadline comes when nothing is on its way",
           x->request.reduction == SIM_REDUCE_NOTHING ? "none"
           : x->request.reduction == SIM_REDUCE_SLEEP ? "sleep sets"
                                                      : "sleep sets and symmetry");
    print_alike(x);
    if (x->request.timers == SIM_TIMERS_ANY)
        printf("  bounds: %" PRIu64 " early deadline%s in a run\n", x->request.early,
               x->request.early == 1 ? "" : "s");
    if (x->request.states > 0 || x->request.depth > 0)
        printf("  bounds: states %" PRIu64 ", depth %" PRIu64 " (0: none)\n", x->request.states,
               x->request.depth);
}

static void print_covered(const struct explore *x)
{
    const struct sim_explore_stats *s = sim_explore_stats(x->explorer);
    double took = seconds(x->took_ns),
           table = (double)s->table_bytes / (double)(s->states > 0 ? s->states : 1);
    const char *how = x->out_of_time && x->how == SIM_EXPLORED_STOPPED ? "the time was up"
                                                                       : sim_explored_text(x->how);
    print_bounds(x);
    printf("  %s: %" PRIu64 " states, %" PRIu64 " transitions, longest path %" PRIu64 ", %" PRIu64
           " end states (digest %016" PRIx64 ")\n",
           how, s->states, s->transitions, s->depth, s->ends, s->ends_digest);
    if (s->given_up > 0)
        printf("  states come again, so it began anew without sleep sets after %" PRIu64
               " transitions; these numbers are of the second time\n",
               s->given_up);
    printf("  %.2f s, %.0f transitions/s; a state on the path takes %" PRIu64 " of its %" PRIu64
           " bytes, any other %.1f; table %" PRIu64 " MiB, stack %" PRIu64 " MiB\n",
           took,
           took > 0 ? (double)(s->transitions + s->given_up - x->transitions_before) / took : 0,
           s->state_bytes, s->whole_bytes, table, s->table_bytes >> 20, s->stack_bytes >> 20);
    printf("  left out: %" PRIu64 " moves that sleep, %" PRIu64
           " that befall others who are alike, %" PRIu64 " states beyond the depth\n",
           s->slept, s->alike, s->cut);
    printf("  sets of states that come again: %" PRIu64 " livelocks, %" PRIu64
           " only if somebody always waits who could go on, %" PRIu64 " only with progress\n",
           s->lassos, s->unfair, s->busy_cycles);
    printf("  a state was missed, because two have one fingerprint of 64 bits, with a probability "
           "of at most %.1e\n",
           probability_missed(s->states));
}

static void print_broken(const struct sim_explore_stats *stats)
{
    const char *before = "  in all: ";
    if (stats->failures + stats->doubts == 0)
        return;
    printf("%s%" PRIu64 " states with a finding, %" PRIu64 " that cannot be judged", before,
           stats->failures, stats->doubts);
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        if (stats->broken >> oracle & 1)
            printf(", %s", conf_oracle_text(oracle));
    putchar('\n');
}

/* Truncated is unknown, whatever was not found; so is a search that has not met what is to happen sometimes. */
static int tell_rest(const struct explore *x)
{
    const struct sim_explore_stats *stats = sim_explore_stats(x->explorer);
    if (x->how == SIM_EXPLORED_FOUND || stats->failures + stats->doubts > 0)
        return CLI_PASS; /* told above */
    if (x->how != SIM_EXPLORED_COMPLETE) {
        printf("UNKNOWN  %s: nothing was found as far as it was explored\n", x->request.file);
        return CLI_UNKNOWN;
    }
    if (stats->ends > 0 && stats->unseen != 0) {
        for (uint32_t i = 0; i < x->plan->expect_count && i < 64; i++)
            if (stats->unseen >> i & 1)
                printf("UNKNOWN  %s: in no order does happen what is expected sometimes: '%s'\n",
                       x->request.file, plan_text(x->plan, x->plan->expects[i].label));
        return CLI_UNKNOWN;
    }
    printf("PASS     %s: in every order\n", x->request.file);
    return CLI_PASS;
}

static int carry_out(struct explore *x)
{
    int status;
    x->core = cli_core(x->request.core, &status);
    if (status == CLI_PASS)
        status = load(x);
    if (status == CLI_PASS)
        status = open_judge(x);
    if (status == CLI_PASS)
        status = open_search(x);
    if (status == CLI_PASS)
        status = resume(x);
    if (status == CLI_PASS)
        status = search(x);
    if (status != CLI_PASS)
        return status;
    print_covered(x);
    status = tell_found(x);
    print_broken(sim_explore_stats(x->explorer));
    if (status == CLI_PASS)
        status = tell_rest(x);
    bool stopped = x->how != SIM_EXPLORED_COMPLETE && x->how != SIM_EXPLORED_FOUND;
    if (stopped)
        status = cli_worse(status, save(x));
    if (stopped && x->request.save != NULL)
        printf("  kept:   %s, to be gone on with by --resume\n", x->request.save);
    return cli_stop_asked() ? cli_worse(status, CLI_INTERRUPTED) : status;
}

static void explore_free(struct explore *x)
{
    sim_explore_free(x->explorer);
    free(x->plan_text);
    plan_free(x->plan);
    free(x);
}

/* ---- the command line */
static int add_param(struct request *request, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return cli_fail(CLI_USAGE, "explore: --param is '%s', must be NAME=VALUE", text);
    if (request->param_count == REPEATS_MAX || strlen(text) >= PARAM_BYTES)
        return cli_fail(CLI_USAGE, "explore: too many or too long --param");
    size_t at = request->param_count++;
    request->param_words[at] = text;
    char *copy = request->param_text[at];
    memcpy(copy, text, strlen(text) + 1);
    copy[equals - text] = '\0';
    request->params[at] = (struct scn_param){copy, copy + (equals - text) + 1};
    return CLI_PASS;
}

static int add_set(struct request *request, const char *text)
{
    if (request->set_count == REPEATS_MAX)
        return cli_fail(CLI_USAGE, "explore: too many --set");
    request->sets[request->set_count++] = text;
    return CLI_PASS;
}

/* The first of two words is 0, the second 1. */
static int take_word(const char *option, const char *value, const char *first, const char *second,
                     bool *out)
{
    *out = strcmp(value, second) == 0;
    return *out || strcmp(value, first) == 0
               ? CLI_PASS
               : cli_fail(CLI_USAGE, "explore: --%s is '%s', must be %s or %s", option, value,
                          first, second);
}

static const char *const reductions[] = {[SIM_REDUCE_NOTHING] = "none",
                                         [SIM_REDUCE_SLEEP] = "sleep",
                                         [SIM_REDUCE_SYMMETRY] = "symmetry"};

static int take_reduction(const char *value, enum sim_reduction *out)
{
    for (unsigned i = 0; i < sizeof reductions / sizeof reductions[0]; i++)
        if (strcmp(value, reductions[i]) == 0) {
            *out = (enum sim_reduction)i;
            return CLI_PASS;
        }
    return cli_fail(CLI_USAGE, "explore: --reduction is '%s', must be none, sleep or symmetry", value);
}

static int take_memory(const char *value, uint64_t *out)
{
    static const struct {
        const char *unit;
        unsigned shift;
    } units[] = {{"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
    char *end = NULL;
    errno = 0;
    uint64_t number = value[0] >= '0' && value[0] <= '9' ? strtoull(value, &end, 10) : 0;
    for (size_t i = 0; number > 0 && errno == 0 && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(end, units[i].unit) == 0 && number <= UINT64_C(1) << (62 - units[i].shift)) {
            *out = number << units[i].shift;
            return *out >= UINT64_C(1) << 20
                       ? CLI_PASS
                       : cli_fail(CLI_USAGE, "explore: --memory is %s, must be at least 1MiB",
                                  value);
        }
    return cli_fail(CLI_USAGE, "explore: --memory is '%s', must be a size such as 512MiB or 4GiB",
                    value);
}

static int take_time(const char *value, int64_t *out)
{
    return plan_parse_duration(value, out) && *out > 0
               ? CLI_PASS
               : cli_fail(CLI_USAGE,
                          "explore: --time is '%s', must be a duration such as 60s or 10m", value);
}

static int take_option(struct request *request, struct cli_parser *parser, int option)
{
    bool second = false;
    int status = CLI_PASS;
    switch (option) {
    case OPT_SEED:
        return cli_number(parser, "seed", 0, UINT64_MAX, &request->seed) ? CLI_PASS : CLI_USAGE;
    case OPT_POLICY:
        request->policy = parser->value;
        break;
    case OPT_SET:
        return add_set(request, parser->value);
    case OPT_CORE:
        request->core = parser->value;
        break;
    case OPT_PARAM:
        return add_param(request, parser->value);
    case OPT_TIMERS:
        status = take_word("timers", parser->value, "late", "any", &second);
        request->timers = second ? SIM_TIMERS_ANY : SIM_TIMERS_LATE;
        break;
    case OPT_REDUCTION:
        return take_reduction(parser->value, &request->reduction);
    case OPT_EARLY:
        return cli_number(parser, "early", 1, 1000, &request->early) ? CLI_PASS : CLI_USAGE;
    case OPT_ALL:
        request->all = true;
        break;
    case OPT_STATES:
        return cli_number(parser, "states", 1, UINT64_MAX, &request->states) ? CLI_PASS : CLI_USAGE;
    case OPT_DEPTH:
        return cli_number(parser, "depth", 1, UINT64_MAX, &request->depth) ? CLI_PASS : CLI_USAGE;
    case OPT_MEMORY:
        return take_memory(parser->value, &request->memory);
    case OPT_TIME:
        return take_time(parser->value, &request->time_ns);
    case OPT_CHOICES:
        request->choices = parser->value;
        break;
    case OPT_SAVE:
        request->save = parser->value;
        break;
    case OPT_RESUME:
        request->resume = parser->value;
        break;
    case OPT_QUIET:
        request->quiet = true;
        break;
    default:
        assert(false); /* every option of the table has its case */
    }
    return status;
}

static int parse(struct request *request, struct cli_parser *parser)
{
    int status = CLI_PASS;
    while (status == CLI_PASS) {
        int option = cli_next(parser);
        if (option == CLI_STOP)
            return parser->status;
        if (option == CLI_LAST) {
            status = cli_operands(parser, 1, 1);
            request->file = status == CLI_PASS ? parser->argv[parser->first] : NULL;
            return status;
        }
        status = take_option(request, parser, option);
    }
    return status;
}

int cli_explore(const struct cli_command *command, int argc, char **argv)
{
    struct explore *x = calloc(1, sizeof *x);
    char name[NAME_MAX + 1];
    if (x == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    x->request = (struct request){
        .seed = 1, .memory = UINT64_C(2) << 30, .early = 1, .reduction = SIM_REDUCE_SLEEP};
    struct cli_parser parser;
    cli_options(&parser, command, argc, argv);
    int status = parse(&x->request, &parser);
    if (status == CLI_PASS && x->request.file != NULL) {
        cli_scenario_name(x->request.file, name);
        snprintf(x->choices, sizeof x->choices, "%.*s%s", PATH_MAX - 10,
                 x->request.choices != NULL ? x->request.choices : name,
                 x->request.choices != NULL ? "" : ".choices");
        status = carry_out(x);
    }
    explore_free(x);
    return status;
}
