/*
 * shrink_report.c -- what a shrink has come to: the file, its story, and which faults turn the verdict.
 *
 * This room is for: the small scenario with its head, what was proved of it, the flip.
 * It may include:   plan, sim's search; history.h for command lines; gate.h for files that appear whole; shrink.h.
 * Never here:       making anything smaller.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "gate.h"
#include "history.h"
#include "shrink.h"

struct report {
    struct cli_shrink *shrink;
    char choices[PATH_MAX]; /* "": none */
    char *replay;
    struct cli_shrink_end end;
    char story[CLI_SHRINK_STORY_MAX];
    char flips[CLI_SHRINK_FLIPS_MAX][400]; /* the most telling first */
    unsigned flip_count;
    char proof[600];
};

static void put_line(FILE *out, const char *what, const char *text)
{
    fprintf(out, "-- %s", what);
    for (; *text != '\0'; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
    fputc('\n', out);
}

/* ---- how to see it again */
static char *replay_of(const struct report *report)
{
    const struct cli_shrink *shrink = report->shrink;
    const char *words[10];
    char seed[32];
    size_t count = 0;
    snprintf(seed, sizeof seed, "%" PRIu64, shrink->scene.seed);
    words[count++] = shrink->out;
    words[count++] = "--seed";
    words[count++] = seed;
    if (shrink->core != NULL) {
        words[count++] = "--core";
        words[count++] = shrink->core;
    }
    if (report->choices[0] != '\0') {
        words[count++] = "--choices";
        words[count++] = report->choices;
    }
    return cli_command_line("run", words, count);
}

/* ---- what turns the verdict */
struct without {
    struct cli_shrink *shrink;
    struct cli_choices swapped;
};

static bool make_without_fault(void *ctx, uint32_t i, struct cli_scene *out)
{
    const struct without *without = ctx;
    const struct sim_edit edit = {.kind = SIM_EDIT_FAULTS, .row = i, .count = 1};
    *out = without->shrink->scene;
    out->plan = sim_edited(out->plan, &edit);
    return out->plan != NULL;
}

static bool make_swapped(void *ctx, uint32_t i, struct cli_scene *out)
{
    struct without *without = ctx;
    const struct cli_choices *from = &without->shrink->choices;
    memcpy(without->swapped.steps, from->steps, from->count * sizeof *from->steps);
    without->swapped.count = from->count;
    without->swapped.cycle = from->cycle;
    without->swapped.timers = from->timers;
    without->swapped.path = from->path;
    without->swapped.steps[i] = from->steps[i + 1];
    without->swapped.steps[i + 1] = from->steps[i];
    *out = without->shrink->scene;
    out->choices = &without->swapped;
    out->plan = cli_shrink_copy(out->plan);
    return out->plan != NULL;
}

static void name_verdict(const struct cli_shrink_end *end, char *out, size_t size)
{
    if (end->outcome == CONF_PASS)
        snprintf(out, size, "every rule is kept");
    else if (end->outcome == CONF_UNKNOWN)
        snprintf(out, size, "the verdict is unknown");
    else
        snprintf(out, size, "it is %s instead", end->rule);
}

/* "the crash of executor 2" */
static void name_fault(const struct plan *plan, uint32_t fault, char *out, size_t size)
{
    const struct plan_act *act = &plan->acts[sim_fault_act(plan, fault)];
    const char *word = plan_act_word(act->kind);
    switch (plan_act_target(act->kind)) {
    case PLAN_TARGET_JOB:
        snprintf(out, size, "%s of '%s'", word, plan_text(plan, plan->jobs[act->job].name));
        return;
    case PLAN_TARGET_DRIVER:
        snprintf(out, size, "%s", word);
        return;
    case PLAN_TARGET_EXECUTOR:
    case PLAN_TARGET_LINK:
        snprintf(out, size, "%s of executor %u", word, act->executor);
        return;
    case PLAN_TARGET_TASK:
        snprintf(out, size, "%s of rank %u of '%s'", word, act->rank, plan_text(plan, plan->jobs[act->job].name));
        return;
    }
}

/* What leaves nothing broken says more than what breaks something else. */
static void keep_flip(struct report *report, bool clean, const char *text)
{
    unsigned at = report->flip_count;
    if (at == CLI_SHRINK_FLIPS_MAX)
        return;
    if (clean)
        for (at = 0; at < report->flip_count && strstr(report->flips[at], "every rule is kept") != NULL;)
            at++;
    memmove(report->flips[at + 1 < CLI_SHRINK_FLIPS_MAX ? at + 1 : at], report->flips[at],
            (report->flip_count - at) * sizeof report->flips[0]);
    snprintf(report->flips[at], sizeof report->flips[at], "%s", text);
    report->flip_count++;
}

static void look_at_faults(struct report *report)
{
    struct without without = {.shrink = report->shrink};
    const struct plan *plan = report->shrink->scene.plan;
    uint32_t faults = sim_faults(plan);
    for (uint32_t i = faults; i-- > 0 && report->flip_count < CLI_SHRINK_FLIPS_MAX;) { /* the last one first */
        struct cli_shrink_end end;
        char fault[200], verdict[64], text[400];
        bool well = cli_shrink_look(report->shrink, i, make_without_fault, &without, report->shrink->core, &end, NULL);
        if (!well || cli_shrink_same(&end, &report->shrink->wanted) || end.status >= CLI_USAGE)
            continue;
        name_fault(plan, i, fault, sizeof fault);
        name_verdict(&end, verdict, sizeof verdict);
        snprintf(text, sizeof text, "without the %s: %s", fault, verdict);
        keep_flip(report, end.outcome == CONF_PASS, text);
    }
}

/* The last adjacent two moves that may not be exchanged. */
static void look_at_swaps(struct report *report)
{
    struct without without = {.shrink = report->shrink};
    const struct cli_choices *choices = &report->shrink->choices;
    if (report->shrink->scene.choices == NULL || choices->count < 2)
        return;
    without.swapped.steps = calloc(choices->count, sizeof *without.swapped.steps);
    for (uint64_t i = choices->count - 1; without.swapped.steps != NULL && i-- > 0;) {
        struct cli_shrink_end end;
        char text[400];
        bool well = cli_shrink_look(report->shrink, (uint32_t)i, make_swapped, &without, report->shrink->core, &end, NULL);
        if (!well || end.outcome != CONF_PASS || end.status >= CLI_USAGE)
            continue;
        const struct sim_step *a = &choices->steps[i], *b = &choices->steps[i + 1];
        snprintf(text, sizeof text, "with '%s %u' before '%s %u' (moves %" PRIu64 " and %" PRIu64 "): every rule is kept",
                 sim_move_text(b->kind), b->who, sim_move_text(a->kind), a->who, i + 1, i + 2);
        keep_flip(report, true, text);
        break;
    }
    free(without.swapped.steps);
}

/* ---- what was proved */
static void say_proof(struct report *report)
{
    const struct cli_shrink *shrink = report->shrink;
    uint64_t all = shrink->proved_lines + shrink->proved_steps;
    size_t used = 0;
    if (shrink->stopped) {
        snprintf(report->proof, sizeof report->proof, "not minimal: stopped before everything was tried");
        return;
    }
    for (unsigned pass = 0; pass < SIM_SHRINK_COUNT; pass++)
        all += shrink->proved[pass];
    used = (size_t)snprintf(report->proof, sizeof report->proof, "1-minimal: of %" PRIu64 " simplifications none still breaks it (", all);
    for (unsigned pass = 0; pass < SIM_SHRINK_COUNT && used < sizeof report->proof; pass++)
        if (shrink->proved[pass] > 0)
            used += (size_t)snprintf(report->proof + used, sizeof report->proof - used, "%s %" PRIu64 ", ", sim_shrink_text(pass),
                                     shrink->proved[pass]);
    if (shrink->proved_steps > 0 && used < sizeof report->proof)
        used += (size_t)snprintf(report->proof + used, sizeof report->proof - used, "choices %" PRIu64 ", ", shrink->proved_steps);
    if (used < sizeof report->proof)
        snprintf(report->proof + used, sizeof report->proof - used, "lines %" PRIu64 ")", shrink->proved_lines);
}

/* ---- the file */
static void put_head(FILE *out, const struct report *report)
{
    const struct cli_shrink *shrink = report->shrink;
    const struct plan *plan = shrink->scene.plan;
    bool is_rule = strchr(shrink->wanted.rule, '-') != NULL;
    put_line(out, shrink->wanted.rule, is_rule ? " is broken:" : ": the run does not end well:");
    put_line(out, "    ", report->end.sentence);
    put_line(out, "Replay: ", report->replay);
    if (is_rule) /* a Verdicts line knows oracles alone */
        fprintf(out, "-- Verdicts: %s %.*s\n", plan->policy != PLAN_NONE ? plan_text(plan, plan->policy) : "strict",
                (int)strcspn(shrink->wanted.rule, "-"), shrink->wanted.rule);
}

static char *compose(const struct report *report, size_t *size)
{
    const struct plan *plan = report->shrink->scene.plan;
    char *text = NULL, *lua = cli_shrink_lua(plan);
    FILE *out = lua != NULL ? open_memstream(&text, size) : NULL;
    if (out == NULL) {
        free(lua);
        return NULL;
    }
    put_head(out, report);
    const char *details = strstr(report->proof, " ("); /* on stdout */
    fprintf(out, "-- %.*s\n", details != NULL ? (int)(details - report->proof) : (int)strlen(report->proof), report->proof);
    for (unsigned i = 0; i < report->flip_count; i++)
        put_line(out, i == 0 ? "The flip: " : "          ", report->flips[i]);
    fputs(lua, out);
    fputs("\n", out);
    char *rest = NULL, story[CLI_SHRINK_STORY_MAX];
    snprintf(story, sizeof story, "%s", report->story);
    for (char *line = strtok_r(story, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        put_line(out, "", line);
    free(lua);
    bool well = fclose(out) == 0;
    if (well)
        return text;
    free(text);
    return NULL;
}

/* ---- the whole */
static bool make_whole(void *ctx, uint32_t i, struct cli_scene *out)
{
    const struct cli_shrink *shrink = ctx;
    (void)i;
    *out = shrink->scene;
    out->plan = cli_shrink_copy(out->plan);
    return out->plan != NULL;
}

static uint32_t count_tasks(const struct plan *plan)
{
    uint32_t tasks = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        tasks += plan->stages[i].tasks;
    return tasks;
}

static void tell(const struct report *report)
{
    const struct cli_shrink *shrink = report->shrink;
    const struct plan *plan = shrink->scene.plan;
    printf("%s: %s\n    %s\n", shrink->out, shrink->wanted.rule, report->end.sentence);
    printf("faults %u -> %u, jobs %u -> %u, tasks %u -> %u, machines %u -> %u, events %" PRIu64 " -> %" PRIu64,
           shrink->first_faults, sim_faults(plan), shrink->first_jobs, plan->job_count, shrink->first_tasks, count_tasks(plan),
           shrink->first_executors, plan->executor_count, shrink->first_events, report->end.events);
    if (report->choices[0] != '\0')
        printf(", choices %" PRIu64 " -> %" PRIu64, shrink->first_steps, shrink->choices.count);
    printf("; %" PRIu64 " runs\n%s\n", shrink->runs, report->proof);
    if (shrink->reference != CLI_SHRINK_ALONE)
        printf("%s keeps every rule in it\n", shrink->reference == CLI_SHRINK_OWN_CORE ? "the core that is linked in" : "policy strict");
    for (unsigned i = 0; i < report->flip_count; i++)
        printf("%s%s\n", i == 0 ? "the flip: " : "          ", report->flips[i]);
    printf("%s", report->story);
    printf("replay: %s\n", report->replay);
}

static int write_files(struct report *report)
{
    struct cli_shrink *shrink = report->shrink;
    size_t size = 0;
    char *text = compose(report, &size);
    if (text == NULL)
        return cli_fail(CLI_BUG, "what is left cannot be told as a scenario");
    int status = cli_gate_write_whole(shrink->out, text, size);
    free(text);
    if (status == CLI_PASS && report->choices[0] != '\0')
        status = cli_choices_write(report->choices, "the path of a shrunk scenario, beside this file", &shrink->choices);
    return status;
}

int cli_shrink_write(struct cli_shrink *shrink)
{
    struct report *report = calloc(1, sizeof *report);
    if (report == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    report->shrink = shrink;
    if (shrink->scene.choices != NULL)
        snprintf(report->choices, sizeof report->choices, "%.*s.choices", (int)strlen(shrink->out) - 4, shrink->out);
    report->replay = replay_of(report);
    report->end = shrink->wanted;
    if (!shrink->stopped) {
        (void)cli_shrink_look(shrink, 0, make_whole, shrink, shrink->core, &report->end, report->story);
        look_at_faults(report);
        look_at_swaps(report);
    }
    say_proof(report);
    int status = report->replay != NULL ? write_files(report) : cli_fail(CLI_MISSING, "out of memory");
    if (status == CLI_PASS)
        tell(report);
    free(report->replay);
    free(report);
    return status;
}
