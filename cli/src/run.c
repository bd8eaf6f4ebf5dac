/*
 * run.c -- `muster run`: scenario -> plan -> simulator -> history and verdict -> reports, in a
 * directory that appears whole.
 *
 * This room is for: the order of things in one run, and what is freed when.
 * It may include:   every room's header; cli.h.
 * Never here:       what `report` or `replay` need too: that is in files.c, history.c and world.c.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "cli.h"
#include "files.h"
#include "history.h"
#include "policy.h"
#include "progress.h"
#include "rundir.h"
#include "corelib.h"
#include "scenario.h"
#include "scn/scn.h"
#include "stop.h"
#include "target.h"
#include "verify.h"
#include "world.h"

enum {
    OPT_SEED,
    OPT_POLICY,
    OPT_SET,
    OPT_CORE,
    OPT_PARAM,
    OPT_OUT,
    OPT_FORMAT,
    OPT_ASCII,
    OPT_COLOR,
    OPT_NO_PLOT,
    OPT_RECORDS,
    OPT_QUIET,
    OPT_SCHEDULER,
    OPT_SCHEDULER_PARAM,
    OPT_TARGET,
    OPT_TRANSCRIPT,
    OPT_PATIENCE,
    OPT_CHOICES,
    OPT_VERIFY,
    REPEATS_MAX = 64
};
const struct cli_option cli_run_options[] = {
    [OPT_SEED] = {"seed", "N", "the seed of all dice (default 1)", 0},
    [OPT_POLICY] = {"policy", "strict|spark",
                    "the policy (default: what the scenario says, else strict)", 0},
    [OPT_SET] = {"set", "AXIS=VALUE", "one axis of the policy; see 'muster policies'", 0},
    [OPT_CORE] = {"core", "FILE.so", "run this build of the core instead of the one that is linked in", 0},
    [OPT_PARAM] = {"param", "NAME=VALUE", "a parameter of the scenario", 0},
    [OPT_OUT] = {"out", "DIR", "the run's directory (default muster-out/<scenario>-<seed>)", 0},
    [OPT_FORMAT] = {"format", "pretty|tap|junit", "what stdout gets", 0},
    [OPT_ASCII] = {"ascii", NULL, "draw the timeline without Unicode", 0},
    [OPT_COLOR] = {"color", "auto|always|never", "colour the timeline and the verdict (default auto)",
                   0},
    [OPT_NO_PLOT] = {"no-plot", NULL, "draw no pictures", 0},
    [OPT_RECORDS] = {"records", "N", "how many records the reports look at (default 67108864)", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far a long run is", 'q'},
    [OPT_SCHEDULER] = {"scheduler", "FILE.lua", "who schedules, instead of the scenario's scheduler or the built-in one", 0},
    [OPT_SCHEDULER_PARAM] = {"scheduler-param", "NAME=VALUE", "a parameter of that scheduler", 0},
    [OPT_TARGET] = {"target", "exec:CMD", "who schedules: a command that is asked in lines of JSON; see 'muster help protocol'", 0},
    [OPT_TRANSCRIPT] = {"transcript", "FILE", "write there every line between muster and that command", 0},
    [OPT_PATIENCE] = {"answer-timeout", "DURATION", CLI_TARGET_PATIENCE, 0},
    [OPT_CHOICES] = {"choices", "FILE", "go the way that 'explore' wrote there; messages and computing take no time then", 0},
    [OPT_VERIFY] = {"verify", NULL, "run it once more, in a fresh process, and compare every record (4: another run)", 0},
    {0},
};

struct request {
    const char *file, *policy, *out, *core;
    uint64_t seed, records;
    const char *sets[REPEATS_MAX];
    size_t set_count;
    struct scn_param params[REPEATS_MAX];
    char *param_text[REPEATS_MAX]; /* "name\0value", owned */
    size_t param_count;
    const char *target, *transcript;
    int64_t patience_ms;
    const char *scheduler, *choices;
    struct scn_param scheduler_params[SCN_PARAMS_MAX];
    char *scheduler_text[SCN_PARAMS_MAX]; /* owned, as param_text */
    size_t scheduler_param_count;
    enum cli_format format;
    enum cli_colour colour;
    bool ascii, plot, quiet, verify;
};

/* Everything a run holds on to; run_free() gives it all back, whatever became of it. */
struct run {
    struct request request;
    char file[PATH_MAX];
    const struct gang_api *core;
    struct cli_target target;
    struct cli_transcript *transcript;
    struct plan *plan;
    char *plan_text;
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
    struct cli_rundir dir;
    struct cli_world world;
    struct trace_writer *writer;
    struct trace_err writer_err;
    struct cli_judge *judge;
    struct cli_verdict verdict;
    struct cli_progress progress;
    struct cli_history history;
    struct cli_choices choices; /* if the request names some */
    char *replay;
    uint64_t chain; /* as the simulator saw it */
    bool interrupted;
    unsigned drawn; /* REP_PICTURE_ bits */
};

/* ---- the four observers' work, in the order they are called: judge, writer, progress (the chain
 * is the simulator's) */

static void observe_judge(void *ctx, const struct trace_record *records, size_t count,
                          uint64_t first)
{
    struct run *run = ctx;
    cli_judge_feed(run->judge, records, count, first);
}

static void observe_writer(void *ctx, const struct trace_record *records, size_t count,
                           uint64_t first)
{
    struct run *run = ctx;
    (void)first;
    if (run->writer_err.code == TRACE_OK)
        (void)trace_writer_put(run->writer, records, count, &run->writer_err);
}

static void observe_progress(void *ctx, const struct trace_record *records, size_t count,
                             uint64_t first)
{
    struct run *run = ctx;
    (void)first;
    cli_progress_feed(&run->progress, records, count);
}

static bool go_on(void *ctx, const struct sim *sim)
{
    struct run *run = ctx;
    cli_progress_show(&run->progress, sim_now(sim), sim_records(sim));
    run->interrupted = cli_stop_asked();
    return !run->interrupted && run->writer_err.code == TRACE_OK;
}

/* ---- the steps */

/* --scheduler goes before whatever the scenario says. */
static int attach_scheduler(struct run *run)
{
    const struct request *request = &run->request;
    char path[PATH_MAX];
    struct scn_err err;
    if (request->scheduler == NULL)
        return request->scheduler_param_count == 0
                   ? CLI_PASS
                   : cli_fail(CLI_USAGE, "run: --scheduler-param needs a --scheduler");
    int located = cli_scenario_locate(request->scheduler, path);
    if (located != CLI_PASS)
        return located;
    if (scn_scheduler_attach(run->plan, path, request->scheduler_params,
                             request->scheduler_param_count, &err) == SCN_OK)
        return CLI_PASS;
    return cli_fail(CLI_INPUT, "%s", err.detail);
}

/* With --target nobody else schedules, whatever the scenario says. */
static int detach_scheduler(struct run *run)
{
    run->plan->scheduler = run->plan->scheduler_file = run->plan->scheduler_params = PLAN_NONE;
    return CLI_PASS;
}

static int load(struct run *run)
{
    const struct request *request = &run->request;
    struct scn_err err = {0};
    int located = cli_scenario_locate(request->file, run->file);
    if (located != CLI_PASS)
        return located;
    struct scn_info info = {.param_count = 0};
    run->plan = scn_load(run->file, request->params, request->param_count, NULL, &info, &err);
    if (run->plan == NULL)
        return err.code == SCN_E_USAGE ? cli_fail(CLI_USAGE, "%s; see '%s help %s'", err.detail, cli_program(), request->file)
                                       : cli_scenario_failed(&err);
    cli_scenario_notes(&info);
    int attached = request->target != NULL ? detach_scheduler(run) : attach_scheduler(run);
    if (attached != CLI_PASS)
        return attached;
    const char *policy = request->policy;
    if (policy == NULL && run->plan->policy != PLAN_NONE)
        policy = plan_text(run->plan, run->plan->policy);
    int status =
        cli_policy_make(policy, request->sets, request->set_count, &run->policy, run->policy_text);
    if (status != CLI_PASS)
        return status;
    if (request->choices != NULL) {
        cli_choices_make_timeless(run->plan);
        status = cli_choices_read(request->choices, &run->choices);
    }
    if (status != CLI_PASS)
        return status;
    run->plan_text = plan_write_text(run->plan, NULL);
    return run->plan_text != NULL ? CLI_PASS
                                  : cli_fail(CLI_MISSING, "the plan does not fit into memory");
}

static int writer_failed(const struct run *run)
{
    return cli_fail(CLI_OUTPUT, "the history could not be written: %s", run->writer_err.detail);
}

static int open_outputs(struct run *run)
{
    char place[PATH_MAX], name[NAME_MAX + 1], path[PATH_MAX];
    cli_scenario_name(run->request.file, name);
    if (run->request.out != NULL)
        snprintf(place, sizeof place, "%.*s", PATH_MAX - 1, run->request.out);
    else
        snprintf(place, sizeof place, "muster-out/%s-%" PRIu64, name, run->request.seed);
    int status = cli_rundir_open(&run->dir, place, true);
    if (status != CLI_PASS)
        return status;
    cli_rundir_path(&run->dir, CLI_FILE_HISTORY, path);
    if (trace_writer_open(path, &run->world.header, &run->writer, &run->writer_err) != TRACE_OK)
        return writer_failed(run);
    run->judge = cli_judge_new(run->plan, &run->world.header, false);
    return run->judge != NULL ? CLI_PASS
                              : cli_fail(CLI_MISSING, "the oracles do not fit into memory");
}

static int close_writer(struct run *run)
{
    if (run->writer == NULL)
        return CLI_PASS;
    struct trace_err err = {0};
    bool well = run->writer_err.code == TRACE_OK;
    if (trace_writer_close(run->writer, &err) != TRACE_OK && well)
        run->writer_err = err;
    run->writer = NULL;
    return run->writer_err.code == TRACE_OK ? CLI_PASS : writer_failed(run);
}

static int simulate(struct run *run)
{
    sim_observer(run->world.sim, observe_judge, run);
    sim_observer(run->world.sim, observe_writer, run);
    sim_observer(run->world.sim, observe_progress, run);
    cli_progress_begin(&run->progress, "running", run->plan, run->request.quiet);
    int status = run->request.choices == NULL ? cli_world_run(&run->world, go_on, run)
                                              : cli_choices_run(&run->world, &run->choices, go_on, run);
    int written = close_writer(run);
    if (status == CLI_PASS)
        status = written;
    if (status != CLI_PASS)
        return status;
    cli_judge_finish(run->judge, &run->verdict);
    run->chain = sim_chain(run->world.sim);
    return CLI_PASS;
}

/* The world is given back before the history is read: for large runs each is as big as the machine
 * can bear. What it lived in is the records' then. */
static int read_back(struct run *run)
{
    char path[PATH_MAX];
    uint64_t records = sim_records(run->world.sim);
    size_t bytes;
    void *memory = cli_world_leave(&run->world, &bytes);
    cli_judge_free(run->judge);
    run->judge = NULL;
    cli_rundir_path(&run->dir, CLI_FILE_HISTORY, path);
    cli_progress_say(&run->progress, "reading the history back");
    int status = cli_history_open(&run->history, path, run->plan, false);
    if (status != CLI_PASS) {
        free(memory);
        return status;
    }
    cli_history_expect(&run->history, records < run->request.records ? records : run->request.records, memory, bytes);
    status = cli_history_read(&run->history, run->request.records, NULL, NULL);
    if (status != CLI_PASS)
        return status;
    if (run->history.chain != run->chain)
        return cli_fail(CLI_BUG,
                        "the history read back has chain %016" PRIx64 ", the run had %016" PRIx64,
                        run->history.chain, run->chain);
    if (run->history.kept < run->history.total)
        cli_note("the reports show the first %" PRIu64 " of %" PRIu64 " records; see --records",
                 run->history.kept, run->history.total);
    return CLI_PASS;
}

static int make_replay(struct run *run)
{
    const char *words[4 * REPEATS_MAX + 2 * SCN_PARAMS_MAX + 14];
    char seed[24], params[REPEATS_MAX][512], scheduler_params[SCN_PARAMS_MAX][512];
    size_t count = 0;
    const struct request *request = &run->request;
    words[count++] = request->file;
    snprintf(seed, sizeof seed, "%" PRIu64, request->seed);
    words[count++] = "--seed";
    words[count++] = seed;
    if (request->policy != NULL) {
        words[count++] = "--policy";
        words[count++] = request->policy;
    }
    if (request->core != NULL) {
        words[count++] = "--core";
        words[count++] = request->core;
    }
    if (request->choices != NULL) {
        words[count++] = "--choices";
        words[count++] = request->choices;
    }
    for (size_t i = 0; i < request->set_count; i++) {
        words[count++] = "--set";
        words[count++] = request->sets[i];
    }
    for (size_t i = 0; i < request->param_count; i++) {
        snprintf(params[i], sizeof params[i], "%s=%s", request->params[i].name,
                 request->params[i].value);
        words[count++] = "--param";
        words[count++] = params[i];
    }
    if (request->scheduler != NULL) {
        words[count++] = "--scheduler";
        words[count++] = request->scheduler;
    }
    if (request->target != NULL) {
        words[count++] = "--target";
        words[count++] = request->target;
    }
    for (size_t i = 0; i < request->scheduler_param_count; i++) {
        snprintf(scheduler_params[i], sizeof scheduler_params[i], "%s=%s",
                 request->scheduler_params[i].name, request->scheduler_params[i].value);
        words[count++] = "--scheduler-param";
        words[count++] = scheduler_params[i];
    }
    assert(count <= sizeof words / sizeof words[0]);
    run->replay = cli_command_line("run", words, count);
    return run->replay != NULL ? CLI_PASS : cli_fail(CLI_MISSING, "out of memory");
}

static int write_reports(struct run *run, struct rep_run *rep)
{
    int status = make_replay(run);
    if (status != CLI_PASS)
        return status;
    *rep = cli_history_run(&run->history, &run->verdict, run->request.file, run->replay);
    cli_progress_say(&run->progress, "writing the reports");
    status = cli_files_write(&run->dir, rep);
    if (status == CLI_PASS && run->request.plot) {
        cli_progress_say(&run->progress, "drawing the pictures");
        status = cli_files_plot(&run->dir, rep, REP_PICTURE_TIMELINE, &run->drawn);
    }
    cli_progress_end(&run->progress);
    return status;
}

/* Beside the timeline: those that are not always there. */
static void print_others(unsigned drawn)
{
    static const struct {
        unsigned bit;
        enum cli_file file;
    } others[] = {{REP_PICTURE_WAITING, CLI_FILE_WAIT_SVG},
                  {REP_PICTURE_SKEW, CLI_FILE_SKEW_SVG},
                  {REP_PICTURE_UTILISATION, CLI_FILE_USE_SVG}};
    const char *before = "         and ";
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (drawn & others[i].bit) {
            printf("%s%s", before, cli_file_name(others[i].file));
            before = ", ";
        }
    fputs(before[0] == ',' ? "\n" : "", stdout);
}

static int publish(struct run *run, const struct rep_run *rep)
{
    int status = cli_rundir_commit(&run->dir);
    if (status != CLI_PASS)
        return status;
    if (run->request.out == NULL)
        cli_rundir_latest(&run->dir);
    struct rep_terminal terminal = cli_terminal(run->request.ascii, run->request.colour);
    status = cli_print_run(rep, run->request.format, &terminal, true);
    if (run->request.format != CLI_PRETTY)
        return status;
    if (run->drawn & REP_PICTURE_TIMELINE)
        printf("picture: %s/%s\n", run->dir.place, cli_file_name(CLI_FILE_PNG));
    print_others(run->drawn);
    printf("run:     %s/\n", run->dir.place);
    return status;
}

static int open_target(struct run *run)
{
    if (cli_target_command("run", run->request.target) == NULL)
        return CLI_USAGE;
    int status = cli_target_open(&run->target, run->request.target, run->request.patience_ms, true);
    if (status != CLI_PASS || run->request.transcript == NULL)
        return status;
    run->transcript = cli_transcript_open(run->request.transcript, &run->target);
    return run->transcript != NULL ? CLI_PASS : CLI_OUTPUT;
}

/* What belongs to the child ends with the simulation. */
static int close_target(struct run *run)
{
    int status = cli_transcript_close(run->transcript);
    run->transcript = NULL;
    cli_target_close(&run->target, false);
    return status;
}

static int carry_out(struct run *run)
{
    struct rep_run rep;
    int status;
    run->core = cli_core(run->request.core, &status);
    if (status == CLI_PASS)
        status = load(run);
    if (status == CLI_PASS && run->request.target != NULL)
        status = open_target(run);
    if (status == CLI_PASS)
        status = cli_world_open_target(&run->world, run->core, run->plan, run->plan_text, &run->policy, run->policy_text,
                                       run->request.seed, run->request.target != NULL ? &run->target : NULL);
    if (status == CLI_PASS && run->request.choices != NULL) {
        run->world.header.target = "sim, along choices"; /* so that nobody expects the plan alone to bring it back */
        sim_chain_from(run->world.sim, trace_chain_start(&run->world.header));
    }
    if (status == CLI_PASS) {
        cli_stop_watch();
        status = open_outputs(run);
    }
    if (status == CLI_PASS)
        status = simulate(run);
    if (run->request.target != NULL)
        status = cli_worse(status, close_target(run));
    if (status == CLI_PASS)
        status = read_back(run);
    if (status == CLI_PASS)
        status = write_reports(run, &rep);
    if (status == CLI_PASS)
        status = publish(run, &rep);
    if (status <= CLI_DIFFERS && run->request.verify && run->history.reader != NULL && !run->interrupted)
        status = cli_worse(status, cli_verify(run->dir.place, run->request.core, run->request.target, run->request.format != CLI_PRETTY));
    if (run->history.reader != NULL)
        status = cli_worse(status, run->verdict.rep.exit_status);
    return run->interrupted ? cli_worse(status, CLI_INTERRUPTED) : status;
}

static void run_free(struct run *run)
{
    cli_progress_end(&run->progress);
    (void)close_writer(run);
    cli_rundir_abandon(&run->dir);
    cli_history_free(&run->history);
    cli_judge_free(run->judge);
    cli_world_close(&run->world);
    (void)close_target(run);
    free(run->replay);
    cli_choices_free(&run->choices);
    free(run->plan_text);
    plan_free(run->plan);
    for (size_t i = 0; i < run->request.param_count; i++)
        free(run->request.param_text[i]);
    for (size_t i = 0; i < run->request.scheduler_param_count; i++)
        free(run->request.scheduler_text[i]);
}

/* ---- the command line */

static int split(const char *option, const char *text, struct scn_param *param, char **owned)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return cli_fail(CLI_USAGE, "run: --%s is '%s', must be NAME=VALUE", option, text);
    if (strlen(text) >= 512)
        return cli_fail(CLI_USAGE, "run: too many or too long --%s", option);
    char *copy = malloc(strlen(text) + 1);
    if (copy == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    memcpy(copy, text, strlen(text) + 1);
    copy[equals - text] = '\0';
    *param = (struct scn_param){copy, copy + (equals - text) + 1};
    *owned = copy;
    return CLI_PASS;
}

static int add_param(struct request *request, const char *text)
{
    size_t at = request->param_count;
    if (at == REPEATS_MAX)
        return cli_fail(CLI_USAGE, "run: too many or too long --param");
    int status = split("param", text, &request->params[at], &request->param_text[at]);
    request->param_count += status == CLI_PASS;
    return status;
}

static int add_scheduler_param(struct request *request, const char *text)
{
    size_t at = request->scheduler_param_count;
    if (at == SCN_PARAMS_MAX)
        return cli_fail(CLI_USAGE, "run: more than %d times --scheduler-param", SCN_PARAMS_MAX);
    int status = split("scheduler-param", text, &request->scheduler_params[at],
                       &request->scheduler_text[at]);
    request->scheduler_param_count += status == CLI_PASS;
    return status;
}

static int add_set(struct request *request, const char *text)
{
    if (request->set_count == REPEATS_MAX)
        return cli_fail(CLI_USAGE, "run: more than %d times --set", REPEATS_MAX);
    request->sets[request->set_count++] = text;
    return CLI_PASS;
}

static int settle(const struct request *request)
{
    if (request->target != NULL && request->choices != NULL)
        return cli_fail(CLI_USAGE, "run: --choices goes a way that was found with muster's own scheduler; --target has another; take one");
    if (request->target != NULL && (request->scheduler != NULL || request->scheduler_param_count > 0))
        return cli_fail(CLI_USAGE, "run: --scheduler and --target both say who schedules; take one");
    if (request->verify && request->choices != NULL)
        return cli_fail(CLI_USAGE, "run: --verify runs the plan again, which does not know of --choices; take one");
    if (request->transcript != NULL && request->target == NULL)
        return cli_fail(CLI_USAGE, "run: --transcript needs a --target");
    return CLI_PASS;
}

static int parse(struct request *request, struct cli_parser *parser)
{
    int status = CLI_PASS;
    while (status == CLI_PASS) {
        switch (cli_next(parser)) {
        case OPT_SEED:
            if (!cli_number(parser, "seed", 0, UINT64_MAX, &request->seed))
                return CLI_USAGE;
            break;
        case OPT_POLICY:
            request->policy = parser->value;
            break;
        case OPT_SET:
            status = add_set(request, parser->value);
            break;
        case OPT_CORE:
            request->core = parser->value;
            break;
        case OPT_PARAM:
            status = add_param(request, parser->value);
            break;
        case OPT_OUT:
            request->out = parser->value;
            break;
        case OPT_FORMAT:
            if (!cli_format_parse(parser->value, &request->format))
                return CLI_USAGE;
            break;
        case OPT_ASCII:
            request->ascii = true;
            break;
        case OPT_COLOR:
            if (!cli_colour_parse(parser->value, &request->colour))
                return CLI_USAGE;
            break;
        case OPT_NO_PLOT:
            request->plot = false;
            break;
        case OPT_RECORDS:
            if (!cli_number(parser, "records", 1, UINT64_MAX, &request->records))
                return CLI_USAGE;
            break;
        case OPT_QUIET:
            request->quiet = true;
            break;
        case OPT_SCHEDULER:
            request->scheduler = parser->value;
            break;
        case OPT_SCHEDULER_PARAM:
            status = add_scheduler_param(request, parser->value);
            break;
        case OPT_TARGET:
            request->target = parser->value;
            break;
        case OPT_PATIENCE:
            if (!cli_target_patience("run", parser->value, &request->patience_ms))
                return CLI_USAGE;
            break;
        case OPT_TRANSCRIPT:
            request->transcript = parser->value;
            break;
        case OPT_CHOICES:
            request->choices = parser->value;
            break;
        case OPT_VERIFY:
            request->verify = true;
            break;
        case CLI_LAST:
            status = cli_operands(parser, 1, 1);
            if (status == CLI_PASS)
                status = settle(request);
            request->file = parser->argv[parser->first];
            return status;
        case CLI_STOP:
            request->file = NULL;
            return parser->status;
        default:
            assert(false); /* every option of the table has its case */
        }
    }
    return status;
}

int cli_run(const struct cli_command *command, int argc, char **argv)
{
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    run->request = (struct request){.seed = 1, .plot = true, .records = CLI_RECORDS_DEFAULT};
    struct cli_parser parser;
    cli_options(&parser, command, argc, argv);
    int status = parse(&run->request, &parser);
    if (status == CLI_PASS && run->request.file != NULL)
        status = carry_out(run);
    run_free(run);
    free(run);
    return status;
}
