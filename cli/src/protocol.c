/*
 * protocol.c -- `muster protocol-test 'CMD'`: a command is walked through the protocol step by step.
 *
 * This room is for: the steps, each a small conversation whose answers are looked at; TAP.
 * It may include:   exec, plan; of the core its placement; target.h, cli.h.
 * Never here:       a simulation: whether a scheduler is a good one, `muster check` finds out.
 *
 * Every step begins with a reset, so that a step that fails spoils none behind it; a child that is not sound any more is started anew.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "drill.h"
#include "gang/placement.h"
#include "plan/plan.h"
#include "target.h"

enum { OPT_TRANSCRIPT, OPT_PATIENCE, OPT_VERBOSE };
const struct cli_option cli_protocol_options[] = {
    [OPT_TRANSCRIPT] = {"transcript", "FILE",
                        "write there every line between muster and the command", 0},
    [OPT_PATIENCE] = {"answer-timeout", "DURATION", CLI_TARGET_PATIENCE, 0},
    [OPT_VERBOSE] = {"verbose", NULL, "show what the command says on stderr", 'v'},
    {0},
};

enum {
    EXECUTORS = 3,
    GANGS = 1,
    RANKS = 64,
    DECISIONS = 256,
    SMALL = 2,
    LARGE = 64,
    ENDS_MS = 3000
};
enum job { JOB_SMALL, JOB_LARGE };

/* A stage to play on: two jobs, of which a view shows what a step needs. */
struct stand {
    struct cli_target target;
    struct cli_transcript *transcript;
    const char *label;
    int64_t patience_ms;
    bool verbose;
    struct plan *plan;
    struct exec_placer *placer;
    struct gang_view_gang gang[GANGS];
    struct gang_view_place place[1];
    uint32_t ranks[RANKS];
    struct gang_view_executor executors[EXECUTORS];
    struct gang_placer_view view;
    struct gang_decision list[DECISIONS];
    struct sim_decisions out;
    char said[EXEC_DETAIL_MAX]; /* what is wrong */
    enum exec_role role;        /* that a step is about */
    int hello;                  /* what it comes to when there is no hello */
    unsigned number, failed;
};
typedef bool step_fn(struct stand *stand); /* false: stand->said says why */

/* ---- views */

static void add_gang_job(struct plan *plan, const char *name, uint32_t tasks)
{
    uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, name)});
    (void)plan_add_stage(plan, &(struct plan_stage){.name = plan_name(plan, "fit"),
                                                    .job = job,
                                                    .kind = PLAN_STAGE_BARRIER,
                                                    .tasks = tasks});
}

static struct plan *make_plan(void)
{
    struct plan *plan = plan_new();
    if (plan == NULL)
        return NULL;
    for (int i = 0; i < EXECUTORS; i++)
        (void)plan_add_executor(plan, &(struct plan_executor){.cores = 1, .memory_mib = 1024});
    add_gang_job(plan, "small", SMALL);
    add_gang_job(plan, "large", LARGE);
    return plan;
}

/* Of `count` executors with a core each, but not `without`. */
static void show_executors(struct stand *stand, uint32_t count, uint32_t without)
{
    stand->view.executor_count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (i != without)
            stand->executors[stand->view.executor_count++] = (struct gang_view_executor){
                .id = i, .offered = 1, .free = {1, 1024, 0}, .total = {1, 1024, 0}};
}

static void show_nobody(struct stand *stand, int64_t now_ns)
{
    stand->view.now_ns = now_ns;
    stand->view.version++;
    stand->view.gang_count = stand->view.waiting = stand->view.place_count =
        stand->view.rank_count = 0;
    show_executors(stand, EXECUTORS, EXECUTORS);
}

/* A gang that waits, whole. */
static void show_gang(struct stand *stand, enum job job, uint32_t size, int64_t now_ns,
                      uint32_t attempt)
{
    show_nobody(stand, now_ns);
    for (uint32_t i = 0; i < size; i++)
        stand->ranks[i] = i;
    stand->gang[0] = (struct gang_view_gang){.job = job,
                                             .attempt = attempt,
                                             .kind = PLAN_STAGE_BARRIER,
                                             .size = size,
                                             .min = size,
                                             .max = size,
                                             .role = PLAN_NONE,
                                             .group = PLAN_NONE,
                                             .waiting = size,
                                             .attempts_used = attempt,
                                             .losses = attempt,
                                             .submitted_ns = 0,
                                             .queued_ns = now_ns,
                                             .need = {1, 0, 0},
                                             .rank_count = size};
    stand->view.gang_count = stand->view.waiting = 1;
    stand->view.rank_count = size;
}

/* ---- a step's conversation */

static bool wrong(struct stand *stand, const char *what)
{
    snprintf(stand->said, sizeof stand->said, "%s", what);
    return false;
}

static bool reset(struct stand *stand)
{
    struct exec_err err;
    return exec_reset(stand->target.child, stand->role, 1, &err) == EXEC_OK ||
           wrong(stand, err.detail);
}

static bool ask(struct stand *stand)
{
    struct exec_err err;
    stand->out = (struct sim_decisions){stand->list, 0, DECISIONS};
    return exec_placer_plan(stand->placer, &stand->view, &stand->out, &err) == EXEC_OK ||
           wrong(stand, err.detail);
}

static bool in_view(const struct stand *stand, uint32_t executor)
{
    for (uint32_t i = 0; i < stand->view.executor_count; i++)
        if (stand->executors[i].id == executor)
            return true;
    return false;
}

/* What is launched or held: each rank once, where there is room, and a gang whole or not at all. */
static bool is_possible(struct stand *stand)
{
    uint32_t used[EXECUTORS] = {0}, placed = 0, launches = 0;
    bool has[RANKS] = {false};
    for (uint32_t i = 0; i < stand->out.count; i++) {
        const struct gang_decision *d = &stand->list[i];
        launches += d->kind == GANG_DECIDE_LAUNCH;
        if (d->kind != GANG_DECIDE_LAUNCH && d->kind != GANG_DECIDE_HOLD)
            continue;
        for (uint32_t rank = d->rank; rank < d->rank + d->count; rank++) {
            if (has[rank])
                return wrong(stand, "it places a rank twice");
            if (!in_view(stand, d->executor))
                return wrong(stand, "it places a rank on an executor that the view does not have");
            if (used[d->executor]++ > 0)
                return wrong(stand, "it places two ranks on an executor that has room for one");
            has[rank] = true;
            placed++;
        }
    }
    if (launches > 0 && placed < stand->gang[0].waiting)
        return wrong(stand, "it launches a part of a gang; a gang is launched whole, or not yet");
    return true;
}

/* A decision that brings the gang nearer: otherwise it would wait for ever. */
static bool does_something(struct stand *stand)
{
    for (uint32_t i = 0; i < stand->out.count; i++)
        if (stand->list[i].kind != GANG_DECIDE_RELEASE)
            return true;
    return wrong(
        stand,
        "a gang that fits waits, and it decides nothing about it: no launch, no hold, no wake_at");
}

/* ---- the steps */

static bool says_hello(struct stand *stand)
{
    struct exec_err err;
    stand->hello = cli_target_status(exec_hello(stand->target.child, EXEC_ROLE_PLACER | EXEC_ROLE_SCHEDULER, &err));
    return err.code == EXEC_OK || wrong(stand, err.detail);
}

static bool is_ready(struct stand *stand) { return reset(stand) && reset(stand); }

static bool stands_an_empty_view(struct stand *stand)
{
    show_nobody(stand, 0);
    if (!reset(stand) || !ask(stand))
        return false;
    for (uint32_t i = 0; i < stand->out.count; i++)
        if (stand->list[i].kind != GANG_DECIDE_WAKE)
            return wrong(stand, "nobody is there, and it decides about somebody");
    return true;
}

static bool launches_a_gang(struct stand *stand)
{
    show_gang(stand, JOB_SMALL, SMALL, 0, 0);
    return reset(stand) && ask(stand) && is_possible(stand) && does_something(stand);
}

static bool leaves_a_large_gang(struct stand *stand)
{
    show_gang(stand, JOB_LARGE, LARGE, 0, 0);
    return reset(stand) && ask(stand) && is_possible(stand);
}

/* The gang lost an executor, and comes back; so it is not where it was. */
static bool bears_a_loss(struct stand *stand)
{
    show_gang(stand, JOB_SMALL, SMALL, 0, 0);
    if (!reset(stand) || !ask(stand))
        return false;
    show_gang(stand, JOB_SMALL, SMALL, 5000000000, 1);
    show_executors(stand, EXECUTORS, 0);
    return ask(stand) && is_possible(stand) && does_something(stand);
}

static bool play(struct stand *stand)
{
    if (!reset(stand))
        return false;
    show_gang(stand, JOB_SMALL, SMALL, 1000000000, 0);
    if (!ask(stand))
        return false;
    show_gang(stand, JOB_LARGE, LARGE, 2000000000, 0);
    if (!ask(stand))
        return false;
    show_nobody(stand, 3000000000);
    return ask(stand);
}

static bool forgets(struct stand *stand)
{
    struct exec_memory *memory = exec_memory_new();
    if (memory == NULL)
        return wrong(stand, "out of memory");
    exec_remember(stand->target.child, memory);
    bool same = play(stand);
    exec_memory_rewind(memory);
    same = same && play(stand);
    exec_remember(stand->target.child, NULL);
    exec_memory_free(memory);
    return same;
}

static bool ignores_the_unknown(struct stand *stand)
{
    exec_placer_embellish(stand->placer, true);
    show_gang(stand, JOB_SMALL, SMALL, 0, 0);
    bool well = reset(stand) && ask(stand) && is_possible(stand) && does_something(stand);
    exec_placer_embellish(stand->placer, false);
    return well;
}

/* It may end, or say that it cannot go on; but it must not wait for more, or answer as if nothing were. */
static bool notices(struct stand *stand, const char *line)
{
    struct exec_err err;
    char answer[EXEC_DETAIL_MAX];
    if (!reset(stand))
        return false;
    enum exec_status status = exec_say(stand->target.child, line, answer, sizeof answer, &err);
    if (status == EXEC_E_DIED)
        return true;
    if (status != EXEC_OK)
        return wrong(stand, err.detail);
    return strstr(answer, "\"error\"") != NULL ||
           wrong(stand, "it answers as if nothing were; it must end, or answer "
                        "{\"type\":\"error\",\"message\":\"...\"}");
}

static bool notices_garbage(struct stand *stand)
{
    return notices(stand, "{\"type\":\"plan\",\"id\":1,\"waiting\":[}");
}
static bool notices_an_unknown_type(struct stand *stand)
{
    return notices(stand, "{\"type\":\"sing\",\"id\":1}");
}

static bool ends(struct stand *stand)
{
    struct exec_err err;
    return reset(stand) &&
           (exec_ends(stand->target.child, ENDS_MS, &err) || wrong(stand, err.detail));
}

/* ---- in order */

static void close_child(struct stand *stand)
{
    exec_placer_free(stand->placer);
    stand->placer = NULL;
    if (stand->target.child != NULL)
        exec_listen(stand->target.child, NULL, NULL);
    cli_target_close(&stand->target, false);
}

static int open_child(struct stand *stand)
{
    int status = cli_target_open(&stand->target, stand->label, stand->patience_ms, stand->verbose);
    if (status != CLI_PASS)
        return status;
    stand->placer = exec_placer_new(stand->target.child, stand->plan);
    if (stand->transcript != NULL)
        cli_transcript_follow(stand->transcript, &stand->target);
    return stand->placer != NULL ? CLI_PASS : cli_fail(CLI_MISSING, "out of memory");
}

static void print_result(struct stand *stand, const char *name, bool well)
{
    printf("%s %u - %s\n", well ? "ok" : "not ok", ++stand->number, name);
    stand->failed += !well;
    if (well)
        return;
    fputs("  ---\n  message: \"", stdout);
    for (const char *c = stand->said; *c != '\0'; c++)
        printf("%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
    fputs("\"\n  ...\n", stdout);
}

/* Of every child; of those that play a part; of every child once more. */
static const struct {
    const char *name;
    step_fn *step;
    unsigned roles; /* 0: all */
} steps[] = {
    {"it starts, and says hello", says_hello, 0},
    {"it is ready after a reset, and after another", is_ready, 0},
    {"it decides nothing about nobody", stands_an_empty_view, EXEC_ROLE_PLACER},
    {"a gang that fits is placed whole", launches_a_gang, EXEC_ROLE_PLACER},
    {"a gang that never fits is not launched in part", leaves_a_large_gang, EXEC_ROLE_PLACER},
    {"a gang that lost an executor is placed elsewhere", bears_a_loss, EXEC_ROLE_PLACER},
    {"two runs of the same are the same", forgets, EXEC_ROLE_PLACER},
    {"keys that it does not know do not matter", ignores_the_unknown, EXEC_ROLE_PLACER},
    {NULL, NULL, EXEC_ROLE_SCHEDULER}, /* here come those of drill.c */
    {"a line that is no JSON is noticed", notices_garbage, 0},
    {"a question that it does not know is noticed", notices_an_unknown_type, 0},
    {"it ends when its input does", ends, 0},
};

/* One step, of this file or of drill.c. */
struct turn {
    size_t step, drill;
    bool over;
};

static bool is_for(const struct stand *stand, size_t step)
{
    return steps[step].roles == 0 || (steps[step].roles & exec_roles(stand->target.child)) != 0;
}

/* The next after it that is for this child. */
static void go_on(const struct stand *stand, struct turn *turn)
{
    bool drills = steps[turn->step].step == NULL;
    if (drills && ++turn->drill < cli_drill_steps)
        return;
    do
        turn->over = ++turn->step == sizeof steps / sizeof steps[0];
    while (!turn->over && !is_for(stand, turn->step));
}

static size_t count_turns(const struct stand *stand)
{
    size_t count = 0;
    for (struct turn turn = {0}; !turn.over; go_on(stand, &turn))
        count++;
    return count;
}

/* A child that can be both is asked as a placer where it does not matter. */
static bool take(struct stand *stand, const struct turn *turn)
{
    bool drills = steps[turn->step].step == NULL, places = (exec_roles(stand->target.child) & EXEC_ROLE_PLACER) != 0;
    stand->role = drills || !places ? EXEC_ROLE_SCHEDULER : EXEC_ROLE_PLACER;
    return drills ? cli_drill[turn->drill].play(stand->target.child, stand->said, sizeof stand->said) : steps[turn->step].step(stand);
}

static const char *name_of(const struct turn *turn)
{
    return steps[turn->step].step == NULL ? cli_drill[turn->drill].name : steps[turn->step].name;
}

/* Without a hello there is no conversation; with it, it is known how many steps there are. */
static int walk(struct stand *stand)
{
    int status = open_child(stand);
    bool hello = status == CLI_PASS && says_hello(stand);
    size_t count = count_turns(stand);
    printf("TAP version 14\n1..%zu\n", count);
    for (struct turn turn = {0}; status == CLI_PASS && !turn.over; go_on(stand, &turn)) {
        bool well = turn.step == 0 ? hello : take(stand, &turn);
        print_result(stand, name_of(&turn), well);
        if (!hello) {
            printf("Bail out! without a hello there is no conversation\n");
            status = stand->hello;
            break;
        }
        if (!exec_is_sound(stand->target.child) && stand->number < count) {
            close_child(stand);
            status = open_child(stand);
            hello = status == CLI_PASS && says_hello(stand);
        }
    }
    if (status == CLI_PASS)
        printf("# protocol %d, %s: %u of %zu steps as they must be\n", EXEC_PROTOCOL,
               exec_name(stand->target.child), stand->number - stand->failed, count);
    close_child(stand);
    return status != CLI_PASS ? status : stand->failed > 0 ? CLI_SAFETY : CLI_PASS;
}

static int carry_out(struct stand *stand, const char *transcript, const char *command)
{
    size_t size = strlen(command) + sizeof "exec:";
    char *label = malloc(size);
    stand->plan = make_plan();
    if (label == NULL || stand->plan == NULL) {
        free(label);
        return cli_fail(CLI_MISSING, "out of memory");
    }
    snprintf(label, size, "exec:%s", command);
    stand->label = label;
    int status = cli_target_command("protocol-test", label) != NULL ? CLI_PASS : CLI_USAGE;
    if (status == CLI_PASS && transcript != NULL) {
        stand->transcript = cli_transcript_open(transcript, NULL);
        status = stand->transcript != NULL ? CLI_PASS : CLI_OUTPUT;
    }
    if (status == CLI_PASS)
        status = walk(stand);
    status = cli_worse(status, cli_transcript_close(stand->transcript));
    plan_free(stand->plan);
    free(label);
    return status;
}

int cli_protocol(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    const char *transcript = NULL;
    bool verbose = false;
    int64_t patience_ms = 0;
    int next;
    cli_options(&parser, command, argc, argv);
    while ((next = cli_next(&parser)) >= 0) {
        transcript = next == OPT_TRANSCRIPT ? parser.value : transcript;
        verbose |= next == OPT_VERBOSE;
        if (next == OPT_PATIENCE &&
            !cli_target_patience("protocol-test", parser.value, &patience_ms))
            return CLI_USAGE;
    }
    int status = next == CLI_LAST ? cli_operands(&parser, 1, 1) : parser.status;
    if (next != CLI_LAST || status != CLI_PASS)
        return status;
    struct stand *stand = calloc(1, sizeof *stand);
    if (stand == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    stand->verbose = verbose;
    stand->patience_ms = patience_ms;
    stand->view = (struct gang_placer_view){.gangs = stand->gang,
                                            .gang_capacity = GANGS,
                                            .places = stand->place,
                                            .place_capacity = 1,
                                            .ranks = stand->ranks,
                                            .rank_capacity = RANKS,
                                            .executors = stand->executors,
                                            .executor_capacity = EXECUTORS};
    status = carry_out(stand, transcript, argv[parser.first]);
    free(stand);
    return status;
}
