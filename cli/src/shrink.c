/*
 * shrink.c -- `muster shrink`: from a run that breaks a rule to a small scenario that breaks the same. See shrink.h.
 *
 * This room is for: options, and the order of things: seed, policy, plan, choices, lines, until none of them becomes smaller.
 * It may include:   scn, plan, sim's search; scenario.h, stop.h, runner.h, shrink.h.
 * Never here:       a run (shrink_run.c), what is written (shrink_report.c), which simplifications a plan has (sim/search).
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "conf/conf.h"
#include "runner.h"
#include "scenario.h"
#include "shrink.h"
#include "stop.h"

#define SECOND INT64_C(1000000000)

enum option { OPT_SEED, OPT_OUT, OPT_CHOICES, OPT_POLICY, OPT_SET, OPT_PARAM, OPT_SCHEDULER, OPT_SCHEDULER_PARAM, OPT_CORE, OPT_TIME, OPT_TIMEOUT, OPT_QUIET };
const struct cli_option cli_shrink_options[] = {
    [OPT_SEED] = {"seed", "N", "the seed with which it fails (default 1)", 's'},
    [OPT_OUT] = {"out", "FILE.lua", "where the small scenario is written (default NAME-min.lua, here)", 'o'},
    [OPT_CHOICES] = {"choices", "FILE", "along the path that 'explore' wrote there; it becomes smaller, too", 0},
    [OPT_POLICY] = {"policy", "P", "under this policy (default: the scenario's own, else strict)", 0},
    [OPT_SET] = {"set", "AXIS=VALUE", "with this axis of the policy", 0},
    [OPT_PARAM] = {"param", "NAME=VALUE", "with this parameter of the scenario", 0},
    [OPT_SCHEDULER] = {"scheduler", "FILE.lua", CLI_ATTACH_FILE_TEXT, 0},
    [OPT_SCHEDULER_PARAM] = {"scheduler-param", "NAME=VALUE", CLI_ATTACH_PARAM_TEXT, 0},
    [OPT_CORE] = {"core", "FILE.so", "with the core in this shared library", 0},
    [OPT_TIME] = {"time", "DURATION", "stop after so long, with the smallest until then", 0},
    [OPT_TIMEOUT] = {"timeout", "DURATION", "what a run may take of real time (default 10s)", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far it is", 'q'},
    {0},
};

/* ---- how far it is */
static uint32_t count_tasks(const struct plan *plan)
{
    uint32_t tasks = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        tasks += plan->stages[i].tasks;
    return tasks;
}

static void show(struct cli_shrink *shrink, const struct plan *plan, const char *what)
{
    int64_t now = cli_runner_clock_ns();
    int64_t every = shrink->terminal ? SECOND / 5 : 30 * SECOND;
    if (shrink->quiet || now - shrink->began_ns < SECOND || now - shrink->shown_ns < every)
        return;
    shrink->shown_ns = now;
    fprintf(stderr, "%sshrinking: %" PRIu64 " runs; %u faults, %u jobs, %u tasks, %u machines left; now: %s%s",
            shrink->terminal ? "\r" : "muster: ", shrink->runs, sim_faults(plan), plan->job_count, count_tasks(plan),
            plan->executor_count, what, shrink->terminal ? "\033[K" : "\n");
}

/* ---- the plan */
struct trying {
    struct cli_shrink *shrink;
    const struct plan *plan;
    const struct sim_edit *edits;
};

/* What is broken names a job; without that job it cannot be broken so. */
static bool has_job(const struct plan *plan, const char *about)
{
    size_t length = strlen(about);
    if (length < 2 || about[length - 1] != '\'')
        return true;
    const char *name = about + length - 1;
    while (name > about && name[-1] != '\'')
        name--;
    length = (size_t)(about + length - 1 - name);
    for (uint32_t i = 0; i < plan->job_count; i++) {
        const char *job = plan_text(plan, plan->jobs[i].name);
        if (strlen(job) == length && strncmp(job, name, length) == 0)
            return true;
    }
    return strstr(about, "' of '") == NULL; /* it may be something else's */
}

static bool make_edited(void *ctx, uint32_t i, struct cli_scene *out)
{
    const struct trying *trying = ctx;
    *out = trying->shrink->scene;
    if (trying->edits[i].seed != 0)
        out->seed = trying->edits[i].seed;
    out->plan = sim_edited(trying->plan, &trying->edits[i]);
    return out->plan != NULL && has_job(out->plan, trying->shrink->wanted.about);
}

static uint32_t first_edit(void *ctx, const struct plan *plan, const struct sim_edit *edits, uint32_t count)
{
    struct cli_shrink *shrink = ctx;
    struct trying trying = {shrink, plan, edits};
    uint32_t found = cli_shrink_first(shrink, count, make_edited, &trying);
    if (found < count && edits[found].seed != 0)
        shrink->scene.seed = edits[found].seed;
    return found;
}

static bool go_on(void *ctx, enum sim_shrink_pass pass, const struct plan *plan)
{
    show(ctx, plan, sim_shrink_text(pass));
    return cli_shrink_time_left(ctx);
}

static bool shrink_plan(struct cli_shrink *shrink)
{
    struct sim_shrink search = {.plan = shrink->scene.plan, .first = first_edit, .go_on = go_on, .ctx = shrink};
    if (!sim_shrink_run(&search))
        shrink->stopped = true;
    shrink->scene.plan = search.plan;
    memcpy(shrink->proved, search.proved, sizeof search.proved);
    return search.accepted > 0;
}

/* ---- the seed: a small one, if any of them does */
enum { SEEDS_TRIED = 8 };

static bool make_seeded(void *ctx, uint32_t i, struct cli_scene *out)
{
    struct cli_shrink *shrink = ctx;
    *out = shrink->scene;
    out->seed = i + 1;
    out->plan = cli_shrink_copy(shrink->scene.plan);
    return out->plan != NULL;
}

static bool shrink_seed(struct cli_shrink *shrink)
{
    uint64_t smaller = shrink->scene.seed > 0 ? shrink->scene.seed - 1 : 0;
    uint32_t count = (uint32_t)(smaller < SEEDS_TRIED ? smaller : SEEDS_TRIED);
    uint32_t found = cli_shrink_first(shrink, count, make_seeded, shrink);
    if (found == count)
        return false;
    shrink->scene.seed = found + 1;
    return true;
}

/* ---- the policy: strict; strict with one axis; with one axis less */
static unsigned axes_of(const struct plan *plan, unsigned list[static GANG_AXIS_COUNT], bool *strict)
{
    char text[CLI_POLICY_TEXT_MAX];
    struct gang_policy policy;
    unsigned count = 0;
    if (plan->policy == PLAN_NONE || cli_policy_make(plan_text(plan, plan->policy), NULL, 0, &policy, text) != CLI_PASS)
        return 0;
    *strict = strncmp(text, "strict", 6) == 0;
    for (unsigned i = 0; i < GANG_AXIS_COUNT; i++)
        if (policy.axis[i] != 0)
            list[count++] = i;
    return count;
}

static bool set_policy(struct plan *plan, const unsigned *axes, unsigned count)
{
    char text[CLI_POLICY_TEXT_MAX] = "strict";
    size_t used = strlen(text);
    plan->policy = PLAN_NONE;
    for (unsigned i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, " %s=%s", gang_axis_text((enum gang_axis)axes[i]),
                                 gang_axis_value((enum gang_axis)axes[i], 1));
    return count == 0 || (plan->policy = plan_name(plan, text)) != PLAN_NONE;
}

/* Number 0: strict; then as many as there are axes with that one alone; then, if it is strict but for axes, without that one. */
static bool make_milder(void *ctx, uint32_t i, struct cli_scene *out)
{
    struct cli_shrink *shrink = ctx;
    unsigned axes[GANG_AXIS_COUNT], left = 0;
    bool strict = false;
    unsigned count = axes_of(shrink->scene.plan, axes, &strict);
    *out = shrink->scene;
    out->plan = cli_shrink_copy(shrink->scene.plan);
    if (out->plan == NULL || (i > 0 && count < 2 && strict))
        return false;
    if (i == 0)
        return set_policy(out->plan, axes, 0);
    if (i <= count)
        return set_policy(out->plan, &axes[i - 1], 1);
    for (unsigned k = 0; k < count; k++)
        if (k != i - 1 - count)
            axes[left++] = axes[k];
    return strict && set_policy(out->plan, axes, left);
}

static bool shrink_policy(struct cli_shrink *shrink)
{
    unsigned axes[GANG_AXIS_COUNT];
    bool strict = false, any = false;
    for (unsigned count; (count = axes_of(shrink->scene.plan, axes, &strict)) > 0; any = true) {
        struct cli_scene milder = {0};
        uint32_t found = cli_shrink_first(shrink, 1 + 2 * count, make_milder, shrink);
        if (found == 1 + 2 * count)
            break;
        if (!make_milder(shrink, found, &milder))
            break;
        plan_free(shrink->scene.plan);
        shrink->scene.plan = milder.plan;
    }
    return any;
}

/* ---- choices: fewer moves. Behind the last of them it goes on as it comes. */
struct moves {
    struct cli_shrink *shrink;
    struct cli_choices candidate;
    uint64_t width;
};

static void without(const struct cli_choices *from, uint64_t first, uint64_t width, struct cli_choices *out)
{
    uint64_t count = from->count - first < width ? from->count - first : width;
    memcpy(out->steps, from->steps, first * sizeof *out->steps);
    memcpy(out->steps + first, from->steps + first + count, (from->count - first - count) * sizeof *out->steps);
    out->count = from->count - count;
    out->cycle = from->cycle == UINT64_MAX ? UINT64_MAX : from->cycle > first ? from->cycle - count : from->cycle;
    out->timers = from->timers;
    out->path = from->path;
}

/* From the end on: what comes last is what is missed least. */
static bool make_fewer(void *ctx, uint32_t i, struct cli_scene *out)
{
    struct moves *moves = ctx;
    const struct cli_choices *from = &moves->shrink->choices;
    uint64_t ranges = (from->count + moves->width - 1) / moves->width;
    uint64_t first = (ranges - 1 - i) * moves->width;
    bool breaks_cycle = from->cycle != UINT64_MAX && first < from->cycle && first + moves->width > from->cycle;
    if (breaks_cycle)
        return false;
    without(from, first, moves->width, &moves->candidate);
    *out = moves->shrink->scene;
    out->choices = &moves->candidate;
    out->plan = cli_shrink_copy(moves->shrink->scene.plan);
    return out->plan != NULL;
}

static bool shrink_width(struct moves *moves)
{
    struct cli_choices *now = &moves->shrink->choices;
    bool any = false;
    for (uint32_t at = 0; now->count > 0; any = true) {
        uint32_t ranges = (uint32_t)((now->count + moves->width - 1) / moves->width);
        if (moves->width == 1)
            moves->shrink->proved_steps = ranges;
        uint32_t found = cli_shrink_first(moves->shrink, ranges, make_fewer, moves);
        (void)at;
        if (found == ranges)
            break;
        without(now, (ranges - 1 - (uint64_t)found) * moves->width, moves->width, &moves->candidate);
        memcpy(now->steps, moves->candidate.steps, moves->candidate.count * sizeof *now->steps);
        now->count = moves->candidate.count;
        now->cycle = moves->candidate.cycle;
    }
    return any;
}

static bool shrink_choices(struct cli_shrink *shrink)
{
    struct moves moves = {.shrink = shrink};
    bool any = false;
    if (shrink->scene.choices == NULL || shrink->choices.count == 0)
        return false;
    moves.candidate.steps = calloc(shrink->choices.count, sizeof *moves.candidate.steps);
    if (moves.candidate.steps == NULL)
        return false;
    for (moves.width = shrink->choices.count; moves.width > 0 && cli_shrink_time_left(shrink); moves.width /= 2) {
        show(shrink, shrink->scene.plan, "choices");
        any = shrink_width(&moves) || any;
    }
    free(moves.candidate.steps);
    return any;
}

/* ---- lines: as they stand in the file */
struct lines {
    struct cli_shrink *shrink;
    const char *text;
};

/* A scheduler is what is looked at, as a core is: of its text nothing is taken away, or another one would be found to break rules. */
static char *tell_scene(const struct plan *plan)
{
    struct plan rest = *plan;
    rest.scheduler = rest.scheduler_file = rest.scheduler_params = PLAN_NONE;
    return cli_shrink_lua(&rest);
}

static uint32_t name_again(struct plan *to, const struct plan *from, uint32_t name)
{
    return name != PLAN_NONE ? plan_name(to, plan_text(from, name)) : PLAN_NONE;
}

static bool keep_scheduler(const struct plan *from, struct plan *to)
{
    to->scheduler = name_again(to, from, from->scheduler);
    to->scheduler_file = name_again(to, from, from->scheduler_file);
    to->scheduler_params = name_again(to, from, from->scheduler_params);
    return (to->scheduler == PLAN_NONE) == (from->scheduler == PLAN_NONE);
}

/* The text without line `gone`. */
static bool put_without(FILE *out, const char *text, uint32_t gone)
{
    uint32_t line = 0;
    for (const char *end; *text != '\0'; text = end, line++) {
        const char *newline = strchr(text, '\n');
        end = newline != NULL ? newline + 1 : text + strlen(text);
        bool blank = strspn(text, " \n") >= (size_t)(end - text);
        if (line == gone && blank)
            return false;
        if (line != gone && fwrite(text, 1, (size_t)(end - text), out) != (size_t)(end - text))
            return false;
    }
    return true;
}

/* The plan that the text gives without line `i`. */
static bool make_without(void *ctx, uint32_t i, struct cli_scene *out)
{
    const struct lines *lines = ctx;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        return false;
    bool well = put_without(file, lines->text, i);
    well = fclose(file) == 0 && well;
    *out = lines->shrink->scene;
    out->plan = well ? cli_shrink_read(text) : NULL;
    free(text);
    if (out->plan == NULL)
        return false;
    char *now = tell_scene(out->plan); /* shorter, or there would be no end */
    well = now != NULL && strlen(now) < strlen(lines->text);
    free(now);
    return well && keep_scheduler(lines->shrink->scene.plan, out->plan);
}

static uint32_t count_lines(const char *text, bool blank_too)
{
    uint32_t count = 0;
    for (char before = '\n'; *text != '\0'; before = *text++)
        count += *text == '\n' && (blank_too || before != '\n');
    return count;
}

static bool adopt(struct cli_shrink *shrink, uint32_t gone, struct lines *lines)
{
    struct cli_scene scene;
    if (!make_without(lines, gone, &scene))
        return false;
    plan_free(shrink->scene.plan);
    shrink->scene.plan = scene.plan;
    return true;
}

static int no_words(void)
{
    return cli_fail(CLI_BUG, "what is left cannot be told as a scenario");
}

/* What the file says must be what was run, and each of its lines must be needed. */
static bool shrink_lines(struct cli_shrink *shrink)
{
    bool any = false;
    for (;; any = true) {
        char *text = tell_scene(shrink->scene.plan);
        struct lines lines = {shrink, text};
        if (text == NULL) {
            shrink->failed = no_words() != CLI_PASS;
            return any;
        }
        uint32_t count = count_lines(text, true), proved = count_lines(text, false);
        uint32_t found = cli_shrink_first(shrink, count, make_without, &lines);
        bool well = found < count && adopt(shrink, found, &lines);
        free(text);
        shrink->proved_lines = proved;
        if (!well)
            return any;
    }
}

/* ---- the order of things */
static void count_first(struct cli_shrink *shrink)
{
    const struct plan *plan = shrink->scene.plan;
    shrink->first_faults = sim_faults(plan);
    shrink->first_jobs = plan->job_count;
    shrink->first_executors = plan->executor_count;
    shrink->first_tasks = count_tasks(plan);
    shrink->first_steps = shrink->choices.count;
    shrink->first_events = shrink->wanted.events;
}

static void shrink_all(struct cli_shrink *shrink)
{
    bool any;
    do {
        any = shrink_seed(shrink);
        any = shrink_policy(shrink) || any;
        any = shrink_choices(shrink) || any;
        any = shrink_plan(shrink) || any;
        any = shrink_lines(shrink) || any;
    } while (any && cli_shrink_time_left(shrink));
    if (!cli_shrink_time_left(shrink))
        shrink->stopped = true;
    if (shrink->terminal && !shrink->quiet)
        fputs("\r\033[K", stderr);
}

static bool make_whole(void *ctx, uint32_t i, struct cli_scene *out)
{
    struct cli_shrink *shrink = ctx;
    (void)i;
    *out = shrink->scene;
    out->plan = cli_shrink_copy(shrink->scene.plan);
    return out->plan != NULL;
}

/* Does it keep all rules with our own core, or under strict? Then the candidates must, too. */
static void choose_reference(struct cli_shrink *shrink)
{
    enum cli_shrink_reference other = shrink->core != NULL                      ? CLI_SHRINK_OWN_CORE
                                      : shrink->scene.plan->policy != PLAN_NONE ? CLI_SHRINK_STRICT
                                                                                : CLI_SHRINK_ALONE;
    struct cli_shrink_end end;
    struct plan *plan = shrink->scene.plan;
    uint32_t policy = plan->policy;
    if (other == CLI_SHRINK_ALONE)
        return;
    plan->policy = other == CLI_SHRINK_STRICT ? PLAN_NONE : policy;
    bool well = cli_shrink_look(shrink, 0, make_whole, shrink, NULL, &end, NULL);
    plan->policy = policy;
    /* What it promises speaks of the whole of it, and is the first to go: it is no reason to look at this core alone. */
    bool right = end.outcome == CONF_PASS || strncmp(end.rule, "EXPECT", 6) == 0;
    if (well && end.status < CLI_USAGE && right)
        shrink->reference = other;
}

static int look_at_first(struct cli_shrink *shrink)
{
    if (!cli_shrink_look(shrink, 0, make_whole, shrink, shrink->core, &shrink->wanted, NULL))
        return shrink->failed ? CLI_MISSING : CLI_INTERRUPTED;
    if (shrink->wanted.status >= CLI_USAGE)
        return cli_fail(CLI_INPUT, "%s cannot be run so", shrink->file);
    if (shrink->wanted.outcome != CONF_FAIL)
        return cli_fail(CLI_INPUT, "%s breaks no rule with seed %" PRIu64 "%s; name the seed, the policy and the core of the run that failed",
                        shrink->file, shrink->scene.seed, shrink->wanted.outcome == CONF_UNKNOWN ? " (its verdict is unknown)" : "");
    if (shrink->wanted.events > 0) /* a candidate may take longer, but not for ever */
        shrink->events_max = 4 * shrink->wanted.events + 20000;
    return CLI_PASS;
}

static int load(struct cli_shrink *shrink)
{
    char path[PATH_MAX], text[CLI_POLICY_TEXT_MAX];
    struct gang_policy policy;
    struct scn_err err = {0};
    int status = cli_scenario_locate(shrink->file, path);
    if (status != CLI_PASS)
        return status;
    struct plan *plan = shrink->scene.plan = scn_load(path, shrink->params, shrink->param_count, NULL, NULL, &err);
    if (plan == NULL)
        return cli_scenario_failed(&err);
    status = cli_attach(&shrink->attach, "shrink", plan);
    if (status != CLI_PASS)
        return status;
    const char *base = shrink->policy != NULL ? shrink->policy : plan->policy != PLAN_NONE ? plan_text(plan, plan->policy) : NULL;
    status = cli_policy_make(base, shrink->sets, shrink->set_count, &policy, text);
    if (status != CLI_PASS)
        return status;
    plan->policy = strcmp(text, "strict") == 0 ? PLAN_NONE : plan_name(plan, text);
    if (shrink->choices_file == NULL)
        return CLI_PASS;
    shrink->scene.choices = &shrink->choices;
    return cli_choices_read(shrink->choices_file, &shrink->choices);
}

static int run(struct cli_shrink *shrink)
{
    shrink->began_ns = shrink->shown_ns = cli_runner_clock_ns();
    shrink->terminal = isatty(STDERR_FILENO) == 1;
    int status = load(shrink);
    if (status != CLI_PASS)
        return status;
    cli_stop_watch();
    status = look_at_first(shrink);
    if (status != CLI_PASS)
        return status;
    count_first(shrink);
    choose_reference(shrink);
    shrink_all(shrink);
    if (shrink->failed)
        return CLI_MISSING;
    status = cli_shrink_write(shrink);
    return cli_stop_asked() ? cli_worse(status, CLI_INTERRUPTED) : status;
}

/* ---- the command line */
static int take_duration(const struct cli_parser *parser, const char *option, int64_t *out)
{
    plan_ns value;
    if (!plan_parse_duration(parser->value, &value) || value <= 0 || value > 365 * 24 * 3600 * SECOND)
        return cli_fail(CLI_USAGE, "shrink: --%s is '%s', must be a duration such as 90s or 10m", option, parser->value);
    *out = value;
    return CLI_PASS;
}

static int take_param(struct cli_shrink *shrink, const char *value)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value)
        return cli_fail(CLI_USAGE, "shrink: --param is '%s', must be NAME=VALUE", value);
    if (shrink->param_count == CLI_SHRINK_PARAMS_MAX)
        return cli_fail(CLI_USAGE, "shrink: more than %d times --param", CLI_SHRINK_PARAMS_MAX);
    char *copy = strdup(value);
    if (copy == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    copy[equals - value] = '\0';
    shrink->param_texts[shrink->param_count] = copy;
    shrink->params[shrink->param_count++] = (struct scn_param){copy, copy + (equals - value) + 1};
    return CLI_PASS;
}

static int take_set(struct cli_shrink *shrink, const char *value)
{
    if (shrink->set_count == CLI_SHRINK_SETS_MAX)
        return cli_fail(CLI_USAGE, "shrink: more than %d times --set", CLI_SHRINK_SETS_MAX);
    shrink->sets[shrink->set_count++] = value;
    return CLI_PASS;
}

static int take_option(struct cli_shrink *shrink, const struct cli_parser *parser, enum option option)
{
    switch (option) {
    case OPT_SEED:
        return cli_number(parser, "seed", 0, UINT64_MAX, &shrink->scene.seed) ? CLI_PASS : CLI_USAGE;
    case OPT_OUT:
        shrink->out = parser->value;
        return CLI_PASS;
    case OPT_CHOICES:
        shrink->choices_file = parser->value;
        return CLI_PASS;
    case OPT_POLICY:
        shrink->policy = parser->value;
        return CLI_PASS;
    case OPT_SET:
        return take_set(shrink, parser->value);
    case OPT_PARAM:
        return take_param(shrink, parser->value);
    case OPT_SCHEDULER:
        shrink->attach.file = parser->value;
        return CLI_PASS;
    case OPT_SCHEDULER_PARAM:
        return cli_attach_param(&shrink->attach, "shrink", parser->value);
    case OPT_CORE:
        shrink->core = parser->value;
        return CLI_PASS;
    case OPT_TIME:
        return take_duration(parser, "time", &shrink->budget_ns);
    case OPT_TIMEOUT:
        return take_duration(parser, "timeout", &shrink->timeout_ns);
    case OPT_QUIET:
        shrink->quiet = true;
        return CLI_PASS;
    }
    assert(false); /* every option of the table has its case */
    return CLI_BUG;
}

static int settle(struct cli_shrink *shrink, const char *file, char *usual, size_t size)
{
    char name[NAME_MAX + 1];
    shrink->file = file;
    cli_scenario_name(file, name);
    snprintf(usual, size, "%s-min.lua", name);
    if (shrink->out == NULL)
        shrink->out = usual;
    size_t length = strlen(shrink->out);
    return length > 4 && strcmp(shrink->out + length - 4, ".lua") == 0
               ? CLI_PASS
               : cli_fail(CLI_USAGE, "shrink: --out is '%s', must end in .lua, as scenarios do", shrink->out);
}

int cli_shrink(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    char usual[NAME_MAX + 16];
    int status = CLI_PASS, option = CLI_LAST;
    struct cli_shrink *shrink = calloc(1, sizeof *shrink);
    if (shrink == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    shrink->scene.seed = 1;
    shrink->timeout_ns = 10 * SECOND;
    cli_options(&parser, command, argc, argv);
    while (status == CLI_PASS && (option = cli_next(&parser)) >= 0)
        status = take_option(shrink, &parser, (enum option)option);
    if (status == CLI_PASS && option == CLI_STOP)
        status = parser.status;
    else if (status == CLI_PASS && (status = cli_operands(&parser, 1, 1)) == CLI_PASS &&
             (status = settle(shrink, argv[parser.first], usual, sizeof usual)) == CLI_PASS)
        status = run(shrink);
    plan_free(shrink->scene.plan);
    cli_choices_free(&shrink->choices);
    for (size_t i = 0; i < shrink->param_count; i++)
        free(shrink->param_texts[i]);
    cli_attach_free(&shrink->attach);
    free(shrink);
    return status;
}
