/*
 * gate.c -- `muster check`: all scenarios, each in a process of its own, with one exit status.
 *
 * This room is for: options; which case comes next; the order of things.
 * It may include:   stop.h, runner.h, gate.h.
 * Never here:       what a case does, what it means, how it is shown: see gate.h.
 */
#include "gate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stop.h"

enum { FRESH_DEFAULT = 16, GIT_DIGITS = 12, TEXT_MAX = 512 };
#define SECOND INT64_C(1000000000)
#define GIB    (UINT64_C(1) << 30)

enum {
    OPT_POLICY,
    OPT_SET,
    OPT_PARAM,
    OPT_CORE,
    OPT_TARGET,
    OPT_SCHEDULER,
    OPT_SCHEDULER_PARAM,
    OPT_PATIENCE,
    OPT_SEEDS,
    OPT_GIT,
    OPT_TIME,
    OPT_PROFILE,
    OPT_BASELINE,
    OPT_BASELINE_WRITE,
    OPT_AXES,
    OPT_FAIL_FAST,
    OPT_ALLOW_UNKNOWN,
    OPT_COVERAGE,
    OPT_FORMAT,
    OPT_REPORT,
    OPT_JOBS,
    OPT_TIMEOUT,
    OPT_MEMORY,
    OPT_QUIET
};
const struct cli_option cli_gate_options[] = {
    [OPT_POLICY] = {"policy", "strict|spark|all",
                    "the policy; all: each that Verdicts lines speak of, with its axes (default: what each scenario says, else strict; of a --core all)", 0},
    [OPT_SET] = {"set", "AXIS=VALUE", "one axis of the policy; see 'muster policies'", 0},
    [OPT_PARAM] = {"param", "NAME=VALUE", "a parameter that every scenario has", 0},
    [OPT_CORE] = {"core", "FILE.so",
                  "run this build of the core instead of the one that is linked in", 0},
    [OPT_TARGET] = {"target", "exec:CMD",
                    "who schedules: a command that is asked in lines of JSON; see 'muster help protocol'", 0},
    [OPT_PATIENCE] = {"answer-timeout", "DURATION", CLI_TARGET_PATIENCE, 0},
    [OPT_SCHEDULER] = {"scheduler", "FILE.lua", "who schedules, instead of the built-in one; scenarios with one of their own are left out", 0},
    [OPT_SCHEDULER_PARAM] = {"scheduler-param", "NAME=VALUE", "a parameter of that scheduler", 0},
    [OPT_SEEDS] = {"seeds", "A..B",
                   "fresh seeds besides seed 1; or single ones, as in 7,19,100..120", 0},
    [OPT_GIT] = {"seeds-from-git", NULL,
                 "take fresh seeds from the commit that is checked out: new code, new seeds", 0},
    [OPT_TIME] = {"time", "DURATION", "try fresh seeds until the check has taken so long", 0},
    [OPT_PROFILE] = {"profile", "PROFILE", "count only the rules that this profile claims", 0},
    [OPT_BASELINE] = {"baseline", "FILE",
                      "tolerate the failures listed there; a line that is out of date fails", 0},
    [OPT_BASELINE_WRITE] = {"baseline-write", "FILE", "list there what fails now", 0},
    [OPT_AXES] = {"axes", NULL, "with one policy: check also what Verdicts lines say of it with other axes",
                  0},
    [OPT_FAIL_FAST] = {"fail-fast", NULL, "stop at the first failure", 0},
    [OPT_ALLOW_UNKNOWN] = {"allow-unknown", NULL, "what is unknown does not change the exit status",
                           0},
    [OPT_COVERAGE] = {"coverage", NULL,
                      "name the marks of the core that nothing reached, and rules without a case",
                      0},
    [OPT_FORMAT] = {"format", "pretty|tap|junit|github", "what stdout gets", 0},
    [OPT_REPORT] = {"report", "FILE",
                    "a report besides: .xml is JUnit, .tap TAP, .md a summary, .txt text", 0},
    [OPT_JOBS] = {"jobs", "N", "so many cases at a time (default: a processor each)", 'j'},
    [OPT_TIMEOUT] = {"timeout", "DURATION", "what a case may take (default 60s)", 0},
    [OPT_MEMORY] = {"memory", "SIZE", "what a case may take (default 4GiB)", 0},
    [OPT_QUIET] = {"quiet", NULL, "do not say on stderr how far it is", 'q'},
    {0},
};

/* ---- which case comes next */

struct pending {
    size_t row;
    uint64_t seed;
    bool used;
};
struct pass {
    struct cli_gate *gate;
    struct pending *pending; /* as many as there are workers */
    struct exec_child **children; /* of a target, a worker each: they live across cases; NULL: it is to be started */
    int64_t shown_ns;
    bool terminal;
};

static bool next_regression(struct cli_gate *gate, struct pending *out)
{
    for (; gate->next_row < gate->row_count; gate->next_row++, gate->next_seed = 0) {
        const struct cli_gate_row *row = &gate->rows[gate->next_row];
        if (row->broken != NULL || gate->next_seed == row->seed_count)
            continue;
        *out = (struct pending){gate->next_row, row->seeds[gate->next_seed++], true};
        return true;
    }
    return false;
}

static bool has_seed(const struct cli_gate_row *row, uint64_t seed)
{
    for (size_t i = 0; i < row->seed_count; i++)
        if (row->seeds[i] == seed)
            return true;
    return row->broken != NULL;
}

static bool time_is_left(const struct cli_gate *gate)
{
    return gate->budget_ns == 0 || cli_runner_clock_ns() - gate->began_ns < gate->budget_ns;
}

/* A seed with every row, then the next one. */
static bool next_fresh(struct cli_gate *gate, struct pending *out)
{
    /* A turn in vain: all rows have had that seed. That happens at most as often as a row may name seeds, unless no row can run. */
    for (unsigned turn = 0;
         gate->fresh && !gate->fresh_over && time_is_left(gate) && turn <= CLI_GATE_SEEDS_MAX;
         turn++) {
        uint64_t seed = gate->fresh_first + gate->fresh_at;
        for (; gate->next_fresh_row < gate->row_count; gate->next_fresh_row++)
            if (!has_seed(&gate->rows[gate->next_fresh_row], seed)) {
                gate->fresh_begun = gate->fresh_at + 1;
                *out = (struct pending){gate->next_fresh_row++, seed, true};
                return true;
            }
        gate->next_fresh_row = 0;
        gate->fresh_over = seed == gate->fresh_last;
        gate->fresh_at++;
    }
    return false;
}

/* Before the case's process is made, which inherits the pipes. If it cannot be started, the case says so. */
static void start_child(struct pass *pass, uint64_t ticket)
{
    struct cli_target target;
    if (pass->gate->target == NULL || pass->children[ticket] != NULL)
        return;
    if (cli_target_open(&target, pass->gate->target, pass->gate->patience_ms, false) == CLI_PASS)
        pass->children[ticket] = target.child;
}

/* It lives on if its case ended as cases do and it is sound itself; else the next case of this worker gets a new one. */
static void keep_or_end_child(struct pass *pass, const struct cli_runner_report *report)
{
    struct exec_child **child = &pass->children[report->ticket];
    if (*child == NULL || (report->end == CLI_RUNNER_RESULT && exec_is_sound(*child)))
        return;
    exec_close(*child);
    *child = NULL;
}

static bool next_case(void *ctx, uint64_t *ticket)
{
    struct pass *pass = ctx;
    struct cli_gate *gate = pass->gate;
    struct pending next;
    if (gate->stopped || (!next_regression(gate, &next) && !next_fresh(gate, &next)))
        return false;
    for (*ticket = 0; pass->pending[*ticket].used; ++*ticket)
        assert(*ticket + 1 < gate->jobs);
    pass->pending[*ticket] = next;
    start_child(pass, *ticket);
    return true;
}

static void work(void *ctx, uint64_t ticket, struct cli_pen *pen)
{
    const struct pass *pass = ctx;
    const struct pending *mine = &pass->pending[ticket];
    pass->gate->child = pass->children[ticket];
    cli_gate_case(pass->gate, &pass->gate->rows[mine->row], mine->seed, pen);
}

static void done(void *ctx, const struct cli_runner_report *report)
{
    struct pass *pass = ctx;
    struct pending *mine = &pass->pending[report->ticket];
    cli_gate_count(pass->gate, &pass->gate->rows[mine->row], mine->seed, report);
    keep_or_end_child(pass, report);
    mine->used = false;
}

/* ---- how far it is */

static void show_progress(struct pass *pass)
{
    struct cli_gate *gate = pass->gate;
    int64_t now = cli_runner_clock_ns(), spent = now - gate->began_ns;
    int64_t silent = pass->terminal ? SECOND : 10 * SECOND,
            every = pass->terminal ? SECOND / 10 : 30 * SECOND;
    uint64_t failed = 0;
    if (gate->quiet || spent < silent || (pass->shown_ns != 0 && now - pass->shown_ns < every))
        return;
    pass->shown_ns = now;
    for (size_t i = 0; i < gate->row_count; i++)
        failed += gate->rows[i].tally->failure_count;
    fprintf(stderr,
            "%schecking: %" PRIu64 " cases, %" PRId64 "/s, %" PRIu64
            " failed, %zu of %zu scenarios%s%s",
            pass->terminal ? "\r" : "muster: ", gate->cases,
            (int64_t)gate->cases * SECOND / (spent + 1), failed, gate->next_row, gate->row_count,
            gate->next_row == gate->row_count ? ", fresh seeds" : "",
            pass->terminal ? "\033[K" : "\n");
}

static bool go_on(void *ctx)
{
    struct pass *pass = ctx;
    show_progress(pass);
    pass->gate->interrupted = cli_stop_asked();
    return !pass->gate->interrupted && !pass->gate->stopped;
}

static int run_cases(struct cli_gate *gate)
{
    struct pass pass = {.gate = gate, .terminal = isatty(STDERR_FILENO) == 1};
    pass.pending = calloc(gate->jobs, sizeof *pass.pending);
    pass.children = calloc(gate->jobs, sizeof *pass.children);
    if (pass.pending == NULL || pass.children == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    struct cli_runner runner = {.ctx = &pass,
                                .next = next_case,
                                .work = work,
                                .done = done,
                                .go_on = go_on,
                                .workers = (unsigned)gate->jobs,
                                .time_ns = gate->timeout_ns,
                                .memory_bytes = gate->memory_bytes};
    bool well = cli_runner_run(&runner);
    if (pass.shown_ns != 0 && pass.terminal)
        fputs("\r\033[K", stderr);
    for (uint64_t i = 0; i < gate->jobs; i++)
        exec_close(pass.children[i]);
    free(pass.children);
    free(pass.pending);
    return well ? CLI_PASS : CLI_MISSING;
}

/* ---- one question, in a process of its own: a core may crash while it is loaded */

struct question {
    struct cli_gate *gate;
    void (*work)(const struct cli_gate *gate, struct cli_pen *pen);
    bool asked;
    struct cli_gate_look *answer;
};

static bool next_question(void *ctx, uint64_t *ticket)
{
    struct question *question = ctx;
    *ticket = 0;
    return !question->asked && (question->asked = true);
}

static void work_question(void *ctx, uint64_t ticket, struct cli_pen *pen)
{
    const struct question *question = ctx;
    (void)ticket;
    question->work(question->gate, pen);
}

static void answered(void *ctx, const struct cli_runner_report *report)
{
    struct question *question = ctx;
    struct cli_gate_look *answer = question->answer;
    static const char name[] = "muster: ";
    if (report->end == CLI_RUNNER_RESULT && report->size == sizeof *answer)
        memcpy(answer, report->result, sizeof *answer);
    else
        answer->status = report->end == CLI_RUNNER_STOPPED ? CLI_INTERRUPTED : CLI_INPUT;
    if (answer->mark_count > CLI_GATE_MARKS_MAX)
        answer->mark_count = CLI_GATE_MARKS_MAX;
    for (unsigned i = 0; i < CLI_GATE_MARKS_MAX; i++)
        answer->marks[i][CLI_GATE_MARK_TEXT_MAX - 1] = '\0';
    answer->text[sizeof answer->text - 1] = '\0';
    if (answer->status != CLI_PASS && answer->text[0] == '\0')
        snprintf(answer->text, sizeof answer->text, "%s",
                 report->sentence +
                     (strncmp(report->sentence, name, sizeof name - 1) == 0 ? sizeof name - 1 : 0));
}

static bool not_stopped(void *ctx)
{
    (void)ctx;
    return !cli_stop_asked();
}

static int ask(struct cli_gate *gate, void (*how)(const struct cli_gate *gate, struct cli_pen *pen),
               struct cli_gate_look *answer)
{
    struct question question = {.gate = gate, .work = how, .answer = answer};
    struct cli_runner runner = {.ctx = &question,
                                .next = next_question,
                                .work = work_question,
                                .done = answered,
                                .go_on = not_stopped,
                                .workers = 1,
                                .time_ns = gate->timeout_ns,
                                .memory_bytes = gate->memory_bytes};
    memset(answer, 0, sizeof *answer);
    return cli_runner_run(&runner) ? CLI_PASS : CLI_MISSING;
}

static void ask_git(const struct cli_gate *gate, struct cli_pen *pen)
{
    struct cli_gate_look *look = calloc(1, sizeof *look);
    FILE *git = popen("git rev-parse --verify HEAD 2>&1", "r");
    (void)gate;
    if (look == NULL || git == NULL)
        exit(CLI_MISSING);
    if (fgets(look->text, sizeof look->text, git) == NULL)
        look->text[0] = '\0';
    look->text[strcspn(look->text, "\r\n")] = '\0';
    look->status = pclose(git) == 0 ? CLI_PASS : CLI_MISSING;
    cli_runner_send(pen, look, sizeof *look);
}

/* New code gets new seeds, and the same commit the same ones: a failure in CI is found again at home. */
static int seeds_from_git(struct cli_gate *gate)
{
    char digits[GIT_DIGITS + 1], *end;
    int status = ask(gate, ask_git, gate->look);
    if (status != CLI_PASS)
        return status;
    snprintf(digits, sizeof digits, "%.*s", GIT_DIGITS, gate->look->text);
    uint64_t first = strtoull(digits, &end, 16);
    if (gate->look->status != CLI_PASS || strlen(gate->look->text) < 40 || *end != '\0')
        return cli_fail(CLI_MISSING, "--seeds-from-git: there is no commit here: %s",
                        gate->look->text);
    snprintf(gate->git_head, sizeof gate->git_head, "%.40s", gate->look->text);
    gate->fresh = true;
    gate->fresh_first = first;
    gate->fresh_last = gate->budget_ns != 0 ? UINT64_MAX : first + FRESH_DEFAULT - 1;
    return CLI_PASS;
}

static int look_at_core(struct cli_gate *gate)
{
    int status = ask(gate, cli_gate_look_at_core, gate->look);
    if (status != CLI_PASS || gate->look->status == CLI_PASS)
        return status;
    if (gate->look->status == CLI_INTERRUPTED)
        return CLI_INTERRUPTED;
    return strncmp(gate->look->text, "--core", 6) == 0
               ? cli_fail((enum cli_exit)gate->look->status, "%s", gate->look->text)
               : cli_fail((enum cli_exit)gate->look->status, "--core %s: loading it %s", gate->core,
                          gate->look->text);
}

/* Whether it is there, speaks our protocol and can place is one complaint, not one a case. */
static int look_at_target(struct cli_gate *gate)
{
    int status = gate->target != NULL ? ask(gate, cli_gate_look_at_target, gate->look) : CLI_PASS;
    if (gate->target == NULL || status != CLI_PASS)
        return status;
    if (gate->look->status == CLI_INTERRUPTED)
        return CLI_INTERRUPTED;
    if (gate->look->status != CLI_PASS)
        return cli_fail((enum cli_exit)gate->look->status, "%s", gate->look->text);
    snprintf(gate->child_name, sizeof gate->child_name, "%.*s", EXEC_NAME_MAX - 1, gate->look->text);
    gate->child_drives = gate->look->mark_count != 0;
    return CLI_PASS;
}

static int look_at_scheduler(struct cli_gate *gate)
{
    int status = gate->scheduler != NULL ? ask(gate, cli_gate_look_at_scheduler, gate->look) : CLI_PASS;
    if (gate->scheduler == NULL || status != CLI_PASS || gate->look->status == CLI_PASS)
        return status;
    return gate->look->status == CLI_INTERRUPTED ? CLI_INTERRUPTED
                                                 : cli_fail((enum cli_exit)gate->look->status, "%s", gate->look->text);
}

/* ---- the whole */

static int set_profile(struct cli_gate *gate)
{
    size_t count, rules;
    const struct conf_profile *profiles = conf_profiles(&count);
    const struct conf_rule *list = conf_rules(&rules);
    struct cli_nearest nearest = cli_nearest_to(gate->profile != NULL ? gate->profile : "");
    gate->rule_count = rules;
    for (size_t i = 0; i < rules; i++)
        for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
            if (strcmp(list[i].oracle, conf_oracle_text(oracle)) == 0)
                gate->rule_oracle[i] = (uint8_t)oracle;
    for (size_t i = 0; i < CONF_RULE_WORDS; i++)
        gate->claims[i] = UINT64_MAX;
    for (size_t i = 0; gate->profile != NULL && i < count; i++) {
        cli_nearest_try(&nearest, profiles[i].name);
        if (strcmp(profiles[i].name, gate->profile) == 0) {
            conf_profile_claims(i, gate->claims);
            return CLI_PASS;
        }
    }
    char hint[96], names[TEXT_MAX] = "";
    for (size_t i = 0; i < count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i > 0 ? ", " : "",
                 profiles[i].name);
    return gate->profile == NULL
               ? CLI_PASS
               : cli_fail(CLI_USAGE, "no profile '%s'%s; there are %s", gate->profile,
                          cli_nearest_hint(&nearest, hint, sizeof hint), names);
}

/* A wrong policy is one complaint, not one a scenario. */
static int try_policy(const struct cli_gate *gate)
{
    struct gang_policy policy;
    char text[CLI_POLICY_TEXT_MAX];
    return cli_policy_make(gate->policy, gate->sets, gate->set_count, &policy, text);
}

static int prepare(struct cli_gate *gate, char **paths, size_t count)
{
    int status = set_profile(gate);
    if (status == CLI_PASS)
        status = try_policy(gate);
    if (status == CLI_PASS && gate->baseline_file != NULL)
        status = cli_gate_baseline_read(gate);
    cli_stop_watch();
    gate->began_ns = cli_runner_clock_ns();
    if (status == CLI_PASS && gate->from_git)
        status = seeds_from_git(gate);
    if (status == CLI_PASS)
        status = look_at_core(gate);
    if (status == CLI_PASS)
        status = look_at_target(gate);
    if (status == CLI_PASS)
        status = look_at_scheduler(gate);
    return status == CLI_PASS ? cli_gate_find_rows(gate, paths, count) : status;
}

static int carry_out(struct cli_gate *gate, char **paths, size_t count)
{
    int status = prepare(gate, paths, count);
    if (status == CLI_INTERRUPTED)
        return cli_fail(CLI_INTERRUPTED, "interrupted before the first case");
    if (status != CLI_PASS)
        return status;
    status = run_cases(gate);
    if (status != CLI_PASS)
        return status;
    gate->took_ns = cli_runner_clock_ns() - gate->began_ns;
    cli_gate_finish(gate);
    status = cli_gate_write(gate, gate->format,
                            stdout); /* main() says once if it could not be written */
    if (!gate->interrupted)
        status = cli_worse(status, cli_gate_write_reports(gate));
    else if (gate->report_count > 0 || gate->baseline_write != NULL)
        cli_note("interrupted: no report was written, for it would have been of a part");
    return cli_worse(gate->status, status);
}

/* ---- the command line */

static bool read_duration(const struct cli_parser *parser, const char *option, int64_t *out)
{
    plan_ns value;
    if (plan_parse_duration(parser->value, &value) && value > 0 &&
        value <= 365 * 24 * 3600 * SECOND) {
        *out = value;
        return true;
    }
    (void)cli_fail(CLI_USAGE, "check: --%s is '%s', must be a duration such as 90s or 10m", option,
                   parser->value);
    return false;
}

static bool read_size(const struct cli_parser *parser, uint64_t *out)
{
    static const struct {
        const char *unit;
        unsigned shift;
    } units[] = {{"MiB", 20}, {"GiB", 30}, {"M", 20}, {"G", 30}};
    char *end = NULL;
    uint64_t value = strtoull(parser->value, &end, 10);
    for (size_t i = 0;
         parser->value[0] >= '0' && parser->value[0] <= '9' && i < sizeof units / sizeof units[0];
         i++)
        if (strcmp(end, units[i].unit) == 0 && value > 0 && value < UINT64_C(1) << 32) {
            *out = value << units[i].shift;
            return true;
        }
    (void)cli_fail(CLI_USAGE, "check: --memory is '%s', must be a size such as 512MiB or 4GiB",
                   parser->value);
    return false;
}

static bool read_seed(const char **text, uint64_t *out)
{
    char *end = NULL;
    if (**text < '0' || **text > '9')
        return false;
    *out = strtoull(*text, &end, 10);
    *text = end;
    return true;
}

static bool read_seed_part(struct cli_gate *gate, const char **text)
{
    uint64_t first, last;
    if (!read_seed(text, &first))
        return false;
    if (strncmp(*text, "..", 2) != 0) {
        if (gate->seed_count == CLI_GATE_SEEDS_MAX)
            return false;
        gate->seeds[gate->seed_count++] = first;
        return true;
    }
    *text += 2;
    if (gate->fresh || !read_seed(text, &last) || last < first)
        return false;
    gate->fresh = true;
    gate->fresh_first = first;
    gate->fresh_last = last;
    return true;
}

static int read_seeds(struct cli_gate *gate, const char *given)
{
    const char *text = given;
    bool right = read_seed_part(gate, &text);
    while (right && *text == ',') {
        text++;
        right = read_seed_part(gate, &text);
    }
    return right && *text == '\0'
               ? CLI_PASS
               : cli_fail(
                     CLI_USAGE,
                     "check: --seeds is '%s', must be A..B, or seeds and one A..B apart by commas",
                     given);
}

static int add(const char **list, size_t *count, size_t most, const char *option, const char *value)
{
    if (*count == most)
        return cli_fail(CLI_USAGE, "check: more than %zu times --%s", most, option);
    list[(*count)++] = value;
    return CLI_PASS;
}

static int add_param(struct cli_gate *gate, const char *value)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value)
        return cli_fail(CLI_USAGE, "check: --param is '%s', must be NAME=VALUE", value);
    return add(gate->params, &gate->param_count, CLI_GATE_PARAMS_MAX, "param", value);
}

static int add_scheduler_param(struct cli_gate *gate, const char *value)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value || strlen(value) >= 256)
        return cli_fail(CLI_USAGE, "check: --scheduler-param is '%s', must be NAME=VALUE", value);
    return add(gate->scheduler_params, &gate->scheduler_param_count, SCN_PARAMS_MAX, "scheduler-param", value);
}

static int take_option(struct cli_gate *gate, const struct cli_parser *parser, int option)
{
    switch (option) {
    case OPT_POLICY:
        gate->policy = parser->value;
        return CLI_PASS;
    case OPT_SET:
        return add(gate->sets, &gate->set_count, CLI_GATE_SETS_MAX, "set", parser->value);
    case OPT_PARAM:
        return add_param(gate, parser->value);
    case OPT_CORE:
        gate->core = parser->value;
        return CLI_PASS;
    case OPT_TARGET:
        gate->target = parser->value;
        return cli_target_command("check", gate->target) != NULL ? CLI_PASS : CLI_USAGE;
    case OPT_SCHEDULER:
        gate->scheduler = parser->value;
        return CLI_PASS;
    case OPT_SCHEDULER_PARAM:
        return add_scheduler_param(gate, parser->value);
    case OPT_PATIENCE:
        return cli_target_patience("check", parser->value, &gate->patience_ms) ? CLI_PASS : CLI_USAGE;
    case OPT_SEEDS:
        return read_seeds(gate, parser->value);
    case OPT_GIT:
        gate->from_git = true;
        return CLI_PASS;
    case OPT_TIME:
        return read_duration(parser, "time", &gate->budget_ns) ? CLI_PASS : CLI_USAGE;
    case OPT_PROFILE:
        gate->profile = parser->value;
        return CLI_PASS;
    case OPT_BASELINE:
        gate->baseline_file = parser->value;
        return CLI_PASS;
    case OPT_BASELINE_WRITE:
        gate->baseline_write = parser->value;
        return CLI_PASS;
    case OPT_AXES:
        gate->axes = true;
        return CLI_PASS;
    case OPT_FAIL_FAST:
        gate->fail_fast = true;
        return CLI_PASS;
    case OPT_ALLOW_UNKNOWN:
        gate->allow_unknown = true;
        return CLI_PASS;
    case OPT_COVERAGE:
        gate->coverage = true;
        return CLI_PASS;
    case OPT_FORMAT:
        return cli_gate_format_parse(parser->value, &gate->format) ? CLI_PASS : CLI_USAGE;
    case OPT_REPORT:
        return add(gate->reports, &gate->report_count, CLI_GATE_REPORTS_MAX, "report",
                   parser->value);
    case OPT_JOBS:
        return cli_number(parser, "jobs", 1, CLI_RUNNER_WORKERS_MAX, &gate->jobs) ? CLI_PASS
                                                                                  : CLI_USAGE;
    case OPT_TIMEOUT:
        return read_duration(parser, "timeout", &gate->timeout_ns) ? CLI_PASS : CLI_USAGE;
    case OPT_MEMORY:
        return read_size(parser, &gate->memory_bytes) ? CLI_PASS : CLI_USAGE;
    case OPT_QUIET:
        gate->quiet = true;
        return CLI_PASS;
    default:
        assert(false); /* every option of the table has its case */
        return CLI_BUG;
    }
}

/* A core is judged by all that is said of any: some defects show under one axis alone. */
static int settle_policy(struct cli_gate *gate)
{
    bool asked = gate->policy != NULL && strcmp(gate->policy, "all") == 0;
    bool changed = gate->set_count > 0 || gate->param_count > 0;
    if (asked && changed)
        return cli_fail(CLI_USAGE, "check: --policy all takes axes and parameters from Verdicts lines; leave --%s out, or name one policy",
                        gate->set_count > 0 ? "set" : "param");
    gate->every = asked || (gate->core != NULL && gate->policy == NULL && !changed);
    if (asked)
        gate->policy = NULL;
    return CLI_PASS;
}

static int settle(struct cli_gate *gate)
{
    if (gate->scheduler != NULL && gate->target != NULL)
        return cli_fail(CLI_USAGE, "check: --scheduler and --target both say who schedules; take one");
    if (gate->scheduler == NULL && gate->scheduler_param_count > 0)
        return cli_fail(CLI_USAGE, "check: --scheduler-param needs a --scheduler");
    if (gate->from_git && gate->fresh)
        return cli_fail(
            CLI_USAGE,
            "check: --seeds-from-git and --seeds A..B both say which seeds are fresh; take one");
    if (gate->budget_ns != 0 && !gate->fresh && !gate->from_git) {
        gate->fresh = true;
        gate->fresh_first = 2; /* 1 is among the first */
        gate->fresh_last = UINT64_MAX;
    }
    return settle_policy(gate);
}

int cli_gate(const struct cli_command *command, int argc, char **argv)
{
    struct cli_gate *gate = calloc(1, sizeof *gate);
    struct cli_parser parser;
    int status = CLI_PASS, option = CLI_LAST;
    if (gate == NULL || (gate->look = calloc(1, sizeof *gate->look)) == NULL) {
        free(gate);
        return cli_fail(CLI_MISSING, "out of memory");
    }
    unsigned processors = cli_runner_processors();
    gate->jobs = processors < CLI_RUNNER_WORKERS_MAX ? processors : CLI_RUNNER_WORKERS_MAX;
    gate->timeout_ns = 60 * SECOND;
    gate->memory_bytes = 4 * GIB;
    cli_options(&parser, command, argc, argv);
    while (status == CLI_PASS && (option = cli_next(&parser)) >= 0)
        status = take_option(gate, &parser, option);
    if (status == CLI_PASS && option == CLI_STOP)
        status = parser.status;
    else if (status == CLI_PASS && (status = settle(gate)) == CLI_PASS)
        status = carry_out(gate, argv + parser.first, (size_t)(argc - parser.first));
    cli_gate_baseline_free(gate);
    cli_gate_rows_free(gate);
    free(gate->look);
    free(gate);
    return status;
}
