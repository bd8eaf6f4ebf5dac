/*
 * diff.c -- `muster diff`: two sides, and the first decision in which they differ.
 *
 * This room is for: the command line: what belongs to which side; the order of things.
 * It may include:   policy.h, scenario.h, files.h for the terminal, stop.h; diff.h.
 * Never here:       running, comparing, printing: see diff.h.
 */
#include "diff.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "policy.h"
#include "scenario.h"
#include "stop.h"

enum { STORIES_DEFAULT = 3, LINES_DEFAULT = 8 };
#define SECOND INT64_C(1000000000)
#define MIB    (UINT64_C(1) << 20)

enum {
    OPT_CORE,
    OPT_POLICY,
    OPT_SET,
    OPT_SCHEDULER,
    OPT_SCHEDULER_PARAM,
    OPT_PARAM,
    OPT_SEED,
    OPT_SEEDS,
    OPT_ALL,
    OPT_STORIES,
    OPT_LINES,
    OPT_FORMAT,
    OPT_COLUMNS,
    OPT_ASCII,
    OPT_JOBS,
    OPT_TIMEOUT,
    OPT_MEMORY,
    OPT_QUIET
};
const struct cli_option cli_diff_options[] = {
    [OPT_CORE] = {"core", "FILE.so", "run this build of the core instead of the one that is linked in", 0},
    [OPT_POLICY] = {"policy", "strict|spark", "the policy (default: what each scenario says, else strict)", 0},
    [OPT_SET] = {"set", "AXIS=VALUE", "one axis of the policy, as in B:last_stage=fail_job; see 'muster policies'", 0},
    [OPT_SCHEDULER] = {"scheduler", "FILE.lua", "who schedules, instead of the scenario's scheduler or the built-in one", 0},
    [OPT_SCHEDULER_PARAM] = {"scheduler-param", "NAME=VALUE", "a parameter of that scheduler", 0},
    [OPT_PARAM] = {"param", "NAME=VALUE", "a parameter that every scenario has", 0},
    [OPT_SEED] = {"seed", "N", "the seed of all dice, on both sides (default 1)", 0},
    [OPT_SEEDS] = {"seeds", "A..B", "many seeds; or single ones, as in 7,19,100..120", 0},
    [OPT_ALL] = {"all", NULL, "show also what is the same", 0},
    [OPT_STORIES] = {"stories", "N", "of how many scenarios that differ both stories are told (default 3)", 0},
    [OPT_LINES] = {"lines", "N", "how many lines of each story (default 8)", 0},
    [OPT_FORMAT] = {"format", "pretty|tsv|json", "what stdout gets", 0},
    [OPT_COLUMNS] = {"columns", "N", "how wide stories may be: from 120 on they stand in two columns (default: the terminal, else 80)", 0},
    [OPT_ASCII] = {"ascii", NULL, "draw the columns without Unicode", 0},
    [OPT_JOBS] = {"jobs", "N", "so many processes at a time (default: a processor each)", 'j'},
    [OPT_TIMEOUT] = {"timeout", "DURATION", "what a side may take (default 60s; to compare two runs 1h)", 0},
    [OPT_MEMORY] = {"memory", "MIB", "how many MiB a process may take (default 4096)", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far it is", 'q'},
    {0},
};

/* An option that a side has once: what was given without a side's letter, and with one. */
struct choice {
    const char *option, *plain[CLI_DIFF_SIDES], *own[CLI_DIFF_SIDES];
    unsigned plain_count;
};
struct request {
    struct cli_diff *diff;
    struct choice policy, core, scheduler;
    bool shared; /* something was said that only scenarios can use */
};

/* ---- whose is it? */

/* "B:value" is B's: 1, and the value behind it; -1 without such a letter. */
static int side_of(const char **value)
{
    const char *text = *value;
    if ((text[0] != 'A' && text[0] != 'B') || text[1] != ':')
        return -1;
    *value = text + 2;
    return text[0] - 'A';
}

static int choose(struct request *request, struct choice *choice, const char *option, const char *value)
{
    int side = side_of(&value);
    choice->option = option;
    request->shared = true;
    if (value[0] == '\0')
        return cli_fail(CLI_USAGE, "diff: --%s is empty", option);
    if (side < 0 && choice->plain_count == CLI_DIFF_SIDES)
        return cli_fail(CLI_USAGE, "diff: more than two times --%s; there are two sides", option);
    if (side >= 0 && choice->own[side] != NULL)
        return cli_fail(CLI_USAGE, "diff: --%s says twice what %c's is", option, 'A' + side);
    if (side < 0)
        choice->plain[choice->plain_count++] = value;
    else
        choice->own[side] = value;
    return CLI_PASS;
}

static int settle_choice(const struct choice *choice, const char *out[CLI_DIFF_SIDES], bool *differs)
{
    bool own = choice->own[0] != NULL || choice->own[1] != NULL;
    if (own && choice->plain_count == CLI_DIFF_SIDES)
        return cli_fail(CLI_USAGE, "diff: --%s is given for A and B, and then with a letter; take one", choice->option);
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
        out[i] = choice->plain_count > i ? choice->plain[i] : choice->plain[0];
        out[i] = choice->own[i] != NULL ? choice->own[i] : out[i];
    }
    *differs = own || choice->plain_count == CLI_DIFF_SIDES;
    return CLI_PASS;
}

/* ---- what is different, in words */

static void add_word(struct cli_diff_side *side, const char *word)
{
    size_t used = strlen(side->label);
    snprintf(side->label + used, sizeof side->label - used, "%s%s", used > 3 ? " " : "", word);
    side->named = true;
}

static int add_set(struct request *request, const char *value)
{
    int side = side_of(&value);
    request->shared = true;
    for (int i = 0; i < CLI_DIFF_SIDES; i++) {
        struct cli_diff_side *of = &request->diff->side[i];
        if (side >= 0 && side != i)
            continue;
        if (of->set_count == CLI_DIFF_SETS_MAX)
            return cli_fail(CLI_USAGE, "diff: more than %d times --set", CLI_DIFF_SETS_MAX);
        of->sets[of->set_count++] = value;
    }
    if (side >= 0)
        add_word(&request->diff->side[side], value);
    return CLI_PASS;
}

static int add_param(struct request *request, const char *option, const char *value, bool scheduler)
{
    struct cli_diff *diff = request->diff;
    int side = side_of(&value);
    const char *equals = strchr(value, '=');
    request->shared = true;
    if (equals == NULL || equals == value)
        return cli_fail(CLI_USAGE, "diff: --%s is '%s', must be NAME=VALUE", option, value);
    if (diff->owned_count == sizeof diff->owned / sizeof diff->owned[0])
        return cli_fail(CLI_USAGE, "diff: too many times --%s", option);
    char *text = malloc(strlen(value) + 1);
    if (text == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    memcpy(text, value, strlen(value) + 1);
    text[equals - value] = '\0';
    diff->owned[diff->owned_count++] = text;
    for (int i = 0; i < CLI_DIFF_SIDES; i++) {
        struct cli_diff_side *of = &diff->side[i];
        size_t *count = scheduler ? &of->scheduler_param_count : &of->param_count;
        if (side >= 0 && side != i)
            continue;
        if (*count == SCN_PARAMS_MAX)
            return cli_fail(CLI_USAGE, "diff: more than %d times --%s", SCN_PARAMS_MAX, option);
        (scheduler ? of->scheduler_params : of->params)[(*count)++] = (struct scn_param){text, text + (equals - value) + 1};
    }
    if (side >= 0)
        add_word(&diff->side[side], value);
    return CLI_PASS;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Files are called by their last names, unless these are the same. */
static void name_files(struct cli_diff *diff, const char *const file[CLI_DIFF_SIDES], const char *none)
{
    bool same = file[0] != NULL && file[1] != NULL && strcmp(base_name(file[0]), base_name(file[1])) == 0;
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++)
        add_word(&diff->side[i], file[i] == NULL ? none : same ? file[i] : base_name(file[i]));
}

static int settle_sides(struct request *request)
{
    struct cli_diff *diff = request->diff;
    const char *policy[CLI_DIFF_SIDES], *core[CLI_DIFF_SIDES], *scheduler[CLI_DIFF_SIDES];
    bool policies, cores, schedulers;
    int status = settle_choice(&request->policy, policy, &policies);
    status = status == CLI_PASS ? settle_choice(&request->core, core, &cores) : status;
    status = status == CLI_PASS ? settle_choice(&request->scheduler, scheduler, &schedulers) : status;
    if (status != CLI_PASS)
        return status;
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
        diff->side[i].policy = policy[i];
        diff->side[i].core = core[i];
        diff->side[i].scheduler = scheduler[i];
        if (policies)
            add_word(&diff->side[i], policy[i] != NULL ? policy[i] : "the scenario's policy");
    }
    if (cores)
        name_files(diff, core, "the built-in core");
    if (schedulers)
        name_files(diff, scheduler, "the scenario's scheduler");
    if (!diff->side[0].named && !diff->side[1].named)
        return cli_fail(CLI_USAGE, "diff: both sides would be the same; say what is different, as in --policy strict --policy spark, "
                                   "--core B:mine.so or --set B:AXIS=VALUE");
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++)
        if (!diff->side[i].named)
            add_word(&diff->side[i], "unchanged");
    return CLI_PASS;
}

/* ---- seeds */

static bool read_seed(const char **text, uint64_t *out)
{
    char *end = NULL;
    if (**text < '0' || **text > '9')
        return false;
    *out = strtoull(*text, &end, 10);
    *text = end;
    return true;
}

static bool read_seed_part(struct cli_diff *diff, const char **text)
{
    uint64_t first, last;
    if (!read_seed(text, &first))
        return false;
    last = first;
    if (strncmp(*text, "..", 2) == 0) {
        *text += 2;
        if (!read_seed(text, &last))
            return false;
    }
    if (last < first || last - first >= CLI_DIFF_SEEDS_MAX - diff->seed_count)
        return false;
    for (uint64_t seed = first;; seed++) {
        diff->seeds[diff->seed_count++] = seed;
        if (seed == last)
            return true;
    }
}

static int read_seeds(struct cli_diff *diff, const char *given)
{
    const char *text = given;
    diff->seed_count = 0;
    bool right = read_seed_part(diff, &text);
    while (right && *text == ',') {
        text++;
        right = read_seed_part(diff, &text);
    }
    return right && *text == '\0'
               ? CLI_PASS
               : cli_fail(CLI_USAGE, "diff: --seeds is '%s', must be A..B, or seeds and ranges apart by commas, %d at most", given,
                          CLI_DIFF_SEEDS_MAX);
}

/* ---- the command line */

static int read_format(struct cli_diff *diff, const char *text)
{
    static const char *const names[] = {"pretty", "tsv", "json"};
    struct cli_nearest nearest = cli_nearest_to(text);
    char hint[96];
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) == 0) {
            diff->format = (enum cli_diff_format)i;
            return CLI_PASS;
        }
        cli_nearest_try(&nearest, names[i]);
    }
    return cli_fail(CLI_USAGE, "diff: no format '%s'%s; there are pretty, tsv and json", text,
                    cli_nearest_hint(&nearest, hint, sizeof hint));
}

static int read_timeout(struct cli_diff *diff, const char *text)
{
    plan_ns value;
    if (!plan_parse_duration(text, &value) || value <= 0 || value > 365 * 24 * 3600 * SECOND)
        return cli_fail(CLI_USAGE, "diff: --timeout is '%s', must be a duration such as 90s or 10m", text);
    diff->timeout_ns = value;
    return CLI_PASS;
}

static int number(const struct cli_parser *parser, const char *option, uint64_t lo, uint64_t hi, uint64_t *out)
{
    return cli_number(parser, option, lo, hi, out) ? CLI_PASS : CLI_USAGE;
}

static int take_option(struct request *request, const struct cli_parser *parser, int option)
{
    struct cli_diff *diff = request->diff;
    uint64_t mib = 0;
    int status;
    switch (option) {
    case OPT_CORE:
        return choose(request, &request->core, "core", parser->value);
    case OPT_POLICY:
        return choose(request, &request->policy, "policy", parser->value);
    case OPT_SCHEDULER:
        return choose(request, &request->scheduler, "scheduler", parser->value);
    case OPT_SET:
        return add_set(request, parser->value);
    case OPT_PARAM:
        return add_param(request, "param", parser->value, false);
    case OPT_SCHEDULER_PARAM:
        return add_param(request, "scheduler-param", parser->value, true);
    case OPT_SEED:
        request->shared = true;
        diff->seed_count = 1;
        return number(parser, "seed", 0, UINT64_MAX, &diff->seeds[0]);
    case OPT_SEEDS:
        request->shared = true;
        return read_seeds(diff, parser->value);
    case OPT_ALL:
        diff->all = true;
        return CLI_PASS;
    case OPT_STORIES:
        return number(parser, "stories", 0, UINT32_MAX, &diff->stories);
    case OPT_LINES:
        return number(parser, "lines", 1, 1000, &diff->lines);
    case OPT_FORMAT:
        return read_format(diff, parser->value);
    case OPT_COLUMNS:
        return number(parser, "columns", 40, 1000, &diff->columns);
    case OPT_ASCII:
        diff->terminal.ascii = true;
        return CLI_PASS;
    case OPT_JOBS:
        return number(parser, "jobs", 1, CLI_RUNNER_WORKERS_MAX, &diff->workers);
    case OPT_TIMEOUT:
        return read_timeout(diff, parser->value);
    case OPT_MEMORY:
        status = number(parser, "memory", 64, UINT32_MAX, &mib);
        diff->memory_bytes = mib * MIB;
        return status;
    case OPT_QUIET:
        diff->quiet = true;
        return CLI_PASS;
    default:
        assert(false); /* every option of the table has its case */
        return CLI_BUG;
    }
}

/* ---- two runs that there are */

static bool is_run(const char *path)
{
    char history[PATH_MAX];
    struct stat info;
    size_t length = strlen(path);
    if (stat(path, &info) != 0)
        return false;
    if (S_ISDIR(info.st_mode))
        return snprintf(history, sizeof history, "%s/%s", path, cli_file_name(CLI_FILE_HISTORY)) < PATH_MAX &&
               access(history, F_OK) == 0;
    return length < 4 || strcmp(path + length - 4, ".lua") != 0;
}

static int settle_runs(struct request *request, char **paths, int count)
{
    struct cli_diff *diff = request->diff;
    int runs = 0;
    for (int i = 0; i < count; i++)
        runs += is_run(paths[i]);
    diff->runs = runs > 0;
    if (runs == 0)
        return CLI_PASS;
    if (count != CLI_DIFF_SIDES || runs != count)
        return cli_fail(CLI_USAGE, "diff: to compare runs, give two of them and nothing else; of %d paths here %d %s", count, runs,
                        runs == 1 ? "is one" : "are");
    if (request->shared)
        return cli_fail(CLI_USAGE, "diff: two runs are there already: --core, --policy, --set, --scheduler, --param and seeds are for scenarios");
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
        diff->side[i].run = paths[i];
        add_word(&diff->side[i], paths[i]);
    }
    return CLI_PASS;
}

/* What is wrong for all scenarios is one complaint, not one a scenario. */
static int try_sides(struct cli_diff *diff, char places[CLI_DIFF_SIDES][PATH_MAX])
{
    int status = CLI_PASS;
    for (unsigned i = 0; i < CLI_DIFF_SIDES && status == CLI_PASS; i++) {
        struct cli_diff_side *side = &diff->side[i];
        struct gang_policy policy;
        char text[CLI_POLICY_TEXT_MAX];
        status = cli_policy_make(side->policy, side->sets, side->set_count, &policy, text);
        if (status == CLI_PASS && side->core != NULL && access(side->core, R_OK) != 0)
            status = cli_fail(CLI_INPUT, "--core %s: there is no such file", side->core);
        if (status == CLI_PASS && side->scheduler == NULL && side->scheduler_param_count > 0)
            status = cli_fail(CLI_USAGE, "diff: --scheduler-param needs a --scheduler, and %c has none", "AB"[i]);
        if (status == CLI_PASS && side->scheduler != NULL) {
            status = cli_scenario_locate(side->scheduler, places[i]);
            side->scheduler = places[i];
        }
    }
    return status;
}

static int carry_out(struct request *request, char **paths, int count)
{
    struct cli_diff *diff = request->diff;
    static char places[CLI_DIFF_SIDES][PATH_MAX];
    int status = settle_runs(request, paths, count);
    if (status == CLI_PASS && !diff->runs)
        status = settle_sides(request);
    if (status == CLI_PASS && !diff->runs)
        status = try_sides(diff, places);
    if (status == CLI_PASS && !diff->runs)
        status = cli_diff_find_rows(diff, paths, (size_t)count);
    if (status != CLI_PASS)
        return status;
    if (diff->timeout_ns == 0)
        diff->timeout_ns = (diff->runs ? 3600 : 60) * SECOND;
    diff->terminal = cli_terminal(diff->terminal.ascii, CLI_COLOUR_NEVER);
    if (diff->columns > 0)
        diff->terminal.columns = (int)diff->columns;
    cli_stop_watch();
    cli_diff_report_begin(diff);
    status = cli_diff_run_pairs(diff);
    cli_diff_report_end(diff);
    if (diff->interrupted)
        status = cli_worse(status, CLI_INTERRUPTED);
    return cli_worse(diff->status, status);
}

static struct cli_diff *new_diff(void)
{
    struct cli_diff *diff = calloc(1, sizeof *diff);
    unsigned processors = cli_runner_processors();
    if (diff == NULL || (diff->seeds = calloc(CLI_DIFF_SEEDS_MAX, sizeof *diff->seeds)) == NULL) {
        free(diff);
        return NULL;
    }
    diff->seeds[0] = 1;
    diff->seed_count = 1;
    diff->workers = processors < CLI_RUNNER_WORKERS_MAX ? processors : CLI_RUNNER_WORKERS_MAX;
    diff->memory_bytes = 4096 * MIB;
    diff->stories = STORIES_DEFAULT;
    diff->lines = LINES_DEFAULT;
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++)
        snprintf(diff->side[i].label, CLI_DIFF_LABEL_MAX, "%c  ", "AB"[i]);
    return diff;
}

int cli_diff(const struct cli_command *command, int argc, char **argv)
{
    struct request request = {.diff = new_diff()};
    struct cli_parser parser;
    int status = CLI_PASS, option = CLI_LAST;
    if (request.diff == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    cli_options(&parser, command, argc, argv);
    while (status == CLI_PASS && (option = cli_next(&parser)) >= 0)
        status = take_option(&request, &parser, option);
    if (status == CLI_PASS && option == CLI_STOP)
        status = parser.status;
    else if (status == CLI_PASS)
        status = carry_out(&request, argv + parser.first, argc - parser.first);
    cli_diff_free(request.diff);
    free(request.diff);
    return status;
}
