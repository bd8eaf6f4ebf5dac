/*
 * check.c -- whether a learner's file does what a lesson's change asks.
 *
 * This room is for: criteria, read from the head of an answer and tried on a plan and its run.
 * It may include:   scn, plan, trace, sim through world.h, the oracles through history.h; cli.h, lesson.h.
 * Never here:       what a particular lesson asks: that is in scenarios/learn/answers/NN.lua.
 *
 * An answer is a scenario that fulfils its own criteria. Each is a line of its head,
 *     -- Check: CONDITION :: the hint for whom it does not hold
 * and they are tried in their order; the first that does not hold is told by its hint, which must not give the answer
 * away. Conditions, with the words of a plan's canonical text:
 *     verdict pass            what the oracles say: pass, unknown, or all that fail, in their order
 *     same executor act       the lines of these kinds are those of the lesson (with the parameters in `-- Base:`)
 *     has set bandwidth=9     there is a line of this kind with these words
 *     lacks op checkpoint     there is none
 *     ends train 13m30s       the job ends well, not later than that
 *     outlasts train 40m      the job ends well, not before that
 *     fails train slots       the job fails, with this reason if one is given
 * `with late=true verdict pass` tries a condition with a parameter of the learner's file.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "history.h"
#include "lesson.h"
#include "policy.h"
#include "scenario.h"
#include "scn/scn.h"
#include "stop.h"
#include "world.h"

enum { PARAMS_MAX = 8, WORD_MAX = 160, CONDITION_MAX = 1024 };

/* A file, run once. */
struct trial {
    struct plan *plan;
    char *text;
    struct cli_judge *judge;
    struct cli_verdict verdict;
    struct {
        bool ended;
        int64_t at_ns, reason;
    } * jobs; /* a row a job */
};

struct check {
    const char *file;
    char *base; /* the lesson's plan, as text */
    struct trial *mine;
};

static void trial_free(struct trial *trial)
{
    if (trial == NULL)
        return;
    cli_judge_free(trial->judge);
    free(trial->jobs);
    free(trial->text);
    plan_free(trial->plan);
    free(trial);
}

/* ---- words of a line */
/* Copies the next word and moves `at` behind it; false at the end. */
static bool next_word(const char **at, char word[static WORD_MAX])
{
    *at += strspn(*at, " ");
    size_t length = strcspn(*at, " \n");
    if (length == 0 || length >= WORD_MAX)
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    return true;
}

static bool line_has(const char *line, const char *wanted)
{
    char word[WORD_MAX];
    while (next_word(&line, word))
        if (strcmp(word, wanted) == 0)
            return true;
    return false;
}

static const char *line_behind(const char *line)
{
    line += strcspn(line, "\n");
    return *line == '\n' ? line + 1 : line;
}

static bool is_of_kind(const char *line, const char *kind)
{
    size_t length = strlen(kind);
    return strncmp(line, kind, length) == 0 && line[length] == ' ';
}

static const char *next_of_kind(const char *line, const char *kind)
{
    while (*line != '\0' && !is_of_kind(line, kind))
        line = line_behind(line);
    return line;
}

/* ---- loading and running */
/* "--param late=true --param n=3" */
static size_t read_params(char *text, struct scn_param params[static PARAMS_MAX])
{
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(word, '=');
        if (equals == NULL || count == PARAMS_MAX)
            continue;
        *equals = '\0';
        params[count++] = (struct scn_param){word, equals + 1};
    }
    return count;
}

static int load(const char *file, const struct scn_param *params, size_t count, struct plan **plan)
{
    struct scn_err err = {0};
    *plan = scn_load(file, params, count, NULL, NULL, &err);
    if (*plan != NULL)
        return CLI_PASS;
    return cli_scenario_failed(&err);
}

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct trial *trial = ctx;
    cli_judge_feed(trial->judge, records, count, first);
    for (size_t i = 0; i < count; i++) {
        const struct trace_record *r = &records[i];
        if (r->kind != TRACE_JOB_DONE || r->job >= trial->plan->job_count)
            continue;
        trial->jobs[r->job].ended = true;
        trial->jobs[r->job].at_ns = r->at_ns;
        trial->jobs[r->job].reason = r->a;
    }
}

static bool go_on(void *ctx, const struct sim *sim)
{
    (void)ctx;
    (void)sim;
    return !cli_stop_asked();
}

static int simulate(struct trial *trial)
{
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
    struct cli_world world = {0};
    const char *asked =
        trial->plan->policy != PLAN_NONE ? plan_text(trial->plan, trial->plan->policy) : NULL;
    int status = cli_policy_make(asked, NULL, 0, &policy, policy_text);
    if (status == CLI_PASS)
        status = cli_world_open(&world, gang_api(), trial->plan, trial->text, &policy, policy_text, 1);
    if (status == CLI_PASS) {
        trial->judge = cli_judge_new(trial->plan, &world.header, false);
        if (trial->judge == NULL)
            status = cli_fail(CLI_MISSING, "the oracles do not fit into memory");
    }
    if (status == CLI_PASS) {
        sim_observer(world.sim, observe, trial);
        cli_stop_watch();
        status = cli_world_run(&world, go_on, NULL);
    }
    if (status == CLI_PASS)
        cli_judge_finish(trial->judge, &trial->verdict);
    if (status == CLI_PASS && cli_stop_asked())
        status = CLI_INTERRUPTED;
    cli_world_close(&world);
    return status;
}

static int try_file(const char *file, const struct scn_param *params, size_t count,
                    struct trial **out)
{
    struct trial *trial = calloc(1, sizeof *trial);
    *out = trial;
    if (trial == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    int status = load(file, params, count, &trial->plan);
    if (status != CLI_PASS)
        return status;
    trial->text = plan_write_text(trial->plan, NULL);
    trial->jobs = calloc(trial->plan->job_count, sizeof *trial->jobs);
    if (trial->text == NULL || trial->jobs == NULL)
        return cli_fail(CLI_MISSING, "the plan does not fit into memory");
    return simulate(trial);
}

/* ---- conditions */
typedef bool condition_fn(const struct check *check, const struct trial *trial, const char *words);

static bool holds_verdict(const struct check *check, const struct trial *trial, const char *words)
{
    char got[WORD_MAX] = "";
    const struct rep_verdict *verdict = &trial->verdict.rep;
    (void)check;
    for (uint32_t i = 0; i < verdict->check_count; i++)
        if (verdict->checks[i].outcome == REP_FAIL) {
            if (got[0] != '\0')
                strcat(got, " ");
            strcat(got, verdict->checks[i].name); /* eleven names of at most eight letters */
        }
    if (got[0] == '\0')
        strcpy(got, verdict->outcome == REP_PASS ? "pass" : "unknown");
    return strcmp(got, words) == 0;
}

static bool is_same(const char *a, const char *b, const char *kind)
{
    for (;;) {
        a = next_of_kind(a, kind);
        b = next_of_kind(b, kind);
        if (*a == '\0' || *b == '\0')
            return *a == *b;
        size_t length = strcspn(a, "\n");
        if (length != strcspn(b, "\n") || memcmp(a, b, length) != 0)
            return false;
        a = line_behind(a);
        b = line_behind(b);
    }
}

static bool holds_same(const struct check *check, const struct trial *trial, const char *words)
{
    char kind[WORD_MAX];
    while (next_word(&words, kind))
        if (!is_same(check->base, trial->text, kind))
            return false;
    return true;
}

static bool has_all(const char *line, const char *words)
{
    char word[WORD_MAX];
    while (next_word(&words, word))
        if (!line_has(line, word))
            return false;
    return true;
}

static bool holds_has(const struct check *check, const struct trial *trial, const char *words)
{
    char kind[WORD_MAX];
    (void)check;
    if (!next_word(&words, kind))
        return false;
    for (const char *line = next_of_kind(trial->text, kind); *line != '\0';
         line = next_of_kind(line_behind(line), kind))
        if (has_all(line, words))
            return true;
    return false;
}

static bool holds_lacks(const struct check *check, const struct trial *trial, const char *words)
{
    return !holds_has(check, trial, words);
}

/* The row of the job that is named first; PLAN_NONE: the learner's file has none of that name. */
static uint32_t find_job(const struct trial *trial, const char **words)
{
    char name[WORD_MAX];
    if (next_word(words, name))
        for (uint32_t job = 0; job < trial->plan->job_count; job++)
            if (strcmp(plan_text(trial->plan, trial->plan->jobs[job].name), name) == 0)
                return job;
    return PLAN_NONE;
}

static bool ends_well(const struct trial *trial, const char **words, int64_t *at_ns,
                      plan_ns *bound_ns)
{
    char bound[WORD_MAX];
    uint32_t job = find_job(trial, words);
    if (job == PLAN_NONE || !next_word(words, bound) || !plan_parse_duration(bound, bound_ns))
        return false;
    *at_ns = trial->jobs[job].at_ns;
    return trial->jobs[job].ended && trial->jobs[job].reason == TRACE_REASON_OK;
}

static bool holds_ends(const struct check *check, const struct trial *trial, const char *words)
{
    int64_t at_ns;
    plan_ns bound_ns;
    (void)check;
    return ends_well(trial, &words, &at_ns, &bound_ns) && at_ns <= bound_ns;
}

static bool holds_outlasts(const struct check *check, const struct trial *trial, const char *words)
{
    int64_t at_ns;
    plan_ns bound_ns;
    (void)check;
    return ends_well(trial, &words, &at_ns, &bound_ns) && at_ns >= bound_ns;
}

static bool holds_fails(const struct check *check, const struct trial *trial, const char *words)
{
    char reason[WORD_MAX];
    uint32_t job = find_job(trial, &words);
    (void)check;
    if (job == PLAN_NONE || !trial->jobs[job].ended || trial->jobs[job].reason == TRACE_REASON_OK)
        return false;
    return !next_word(&words, reason) || trace_reason_parse(reason) == (int)trial->jobs[job].reason;
}

static const struct {
    const char *name;
    condition_fn *holds;
} conditions[] = {
    {"verdict", holds_verdict}, {"same", holds_same}, {"has", holds_has},
    {"lacks", holds_lacks},     {"ends", holds_ends}, {"outlasts", holds_outlasts},
    {"fails", holds_fails},
};

static condition_fn *find_condition(const char **words)
{
    char name[WORD_MAX];
    if (next_word(words, name))
        for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
            if (strcmp(name, conditions[i].name) == 0) {
                *words += strspn(*words, " ");
                return conditions[i].holds;
            }
    return NULL;
}

/* ---- one condition, and all of them */
/* `with late=true ...`: another run of the same file. */
static int try_with(const struct check *check, const char **words, struct trial **trial)
{
    char word[WORD_MAX];
    struct scn_param param[PARAMS_MAX];
    const char *rest = *words;
    *trial = NULL;
    if (!next_word(&rest, word) || strcmp(word, "with") != 0)
        return CLI_PASS;
    if (!next_word(&rest, word))
        return CLI_PASS;
    *words = rest;
    return try_file(check->file, param, read_params(word, param), trial);
}

static int hold(const struct check *check, const char *answer, char *condition, bool *holds)
{
    struct trial *other = NULL;
    const char *words = condition;
    int status = try_with(check, &words, &other);
    if (status == CLI_PASS) {
        condition_fn *holds_so = find_condition(&words);
        if (holds_so == NULL)
            status = cli_fail(CLI_BUG, "%s: there is no condition '%s'", answer, condition);
        else
            *holds = holds_so(check, other != NULL ? other : check->mine, words);
    }
    trial_free(other);
    return status;
}

/* All conditions of the answer, until one does not hold: then its hint is printed. */
static int hold_all(const struct check *check, const struct cli_lesson *lesson,
                    const struct cli_head *head)
{
    char text[CONDITION_MAX];
    unsigned n = 0;
    for (; cli_head_section(head, "Check", n, text, sizeof text); n++) {
        char *hint = strstr(text, " :: ");
        bool holds = false;
        if (hint == NULL)
            return cli_fail(CLI_BUG, "%s: a check without a hint: %s", lesson->answer, text);
        *hint = '\0';
        int status = hold(check, lesson->answer, text, &holds);
        if (status != CLI_PASS)
            return status;
        if (!holds) {
            printf("not yet: lesson %u, %s\n", lesson->number, check->file);
            cli_wrap("  ", hint + strlen(" :: "), 100);
            return CLI_SAFETY;
        }
    }
    if (n == 0)
        return cli_fail(CLI_BUG, "%s has no check", lesson->answer);
    printf("right: lesson %u, %s\n", lesson->number, check->file);
    for (n = 0; cli_head_section(head, "Answer", n, text, sizeof text); n++) {
        fputs(n == 0 ? "to the question:\n" : "\n", stdout);
        cli_wrap("  ", text, 100);
    }
    return CLI_PASS;
}

/* The lesson as it is, with the parameters that its change begins with. */
static int load_base(const struct cli_lesson *lesson, const struct cli_head *head, char **text)
{
    char given[CONDITION_MAX];
    struct scn_param params[PARAMS_MAX];
    struct plan *plan = NULL;
    size_t count =
        cli_head_section(head, "Base", 0, given, sizeof given) ? read_params(given, params) : 0;
    int status = load(lesson->path, params, count, &plan);
    if (status == CLI_PASS && (*text = plan_write_text(plan, NULL)) == NULL)
        status = cli_fail(CLI_MISSING, "the plan does not fit into memory");
    plan_free(plan);
    return status;
}

int cli_lesson_check(const struct cli_lesson *lesson, const char *file)
{
    struct check check = {.file = file};
    struct cli_head *head = malloc(sizeof *head);
    if (head == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    int status = cli_head_read(lesson->answer, head);
    if (status == CLI_PASS)
        status = load_base(lesson, head, &check.base);
    if (status == CLI_PASS)
        status = try_file(file, NULL, 0, &check.mine);
    if (status == CLI_PASS)
        status = hold_all(&check, lesson, head);
    trial_free(check.mine);
    free(check.base);
    free(head);
    return status;
}
