/*
 * choices.c -- paths of `explore`: reading, writing, and running along one. See choices.h.
 *
 * This room is for: the file of moves, and the worlds that follow it.
 * It may include:   sim, plan; cli.h, files.h.
 * Never here:       searching.
 */
#include "choices.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { LINE_BYTES = 256, AT_ONCE = 64, MOVES_AFTER = 1 << 20 };

void cli_choices_make_timeless(struct plan *plan)
{
    plan->setting[PLAN_SET_LATENCY] = plan->setting[PLAN_SET_BANDWIDTH] = 0;
    plan->setting[PLAN_SET_EXCHANGE_CALL] = plan->setting[PLAN_SET_CLOCK_OFFSET] = 0;
    for (uint32_t i = 0; i < plan->dist_count; i++)
        plan->dists[i] = (struct plan_dist){.kind = PLAN_DIST_FIXED};
}

/* ---- the file */
static bool add(struct cli_choices *choices, uint64_t *room, struct sim_step step)
{
    if (choices->count == *room) {
        *room = *room > 0 ? 2 * *room : AT_ONCE;
        struct sim_step *grown = realloc(choices->steps, *room * sizeof *grown);
        if (grown == NULL)
            return false;
        choices->steps = grown;
    }
    choices->steps[choices->count++] = step;
    return true;
}

static bool parse_move(const char *line, struct sim_step *step)
{
    char word[32], rest[2];
    uint32_t who;
    if (sscanf(line, "%31s %" SCNu32 " %1s", word, &who, rest) != 2)
        return false;
    for (uint32_t kind = 0; kind < SIM_MOVE_COUNT; kind++)
        if (strcmp(word, sim_move_text(kind)) == 0) {
            *step = (struct sim_step){kind, who};
            return true;
        }
    return false;
}

/* One line of the file; false: it says nothing that is known, or there is no memory (*status). */
static bool take_line(struct cli_choices *choices, uint64_t *room, char *line, int *status)
{
    struct sim_step step;
    line[strcspn(line, "\r\n")] = '\0';
    line += strspn(line, " \t");
    if (line[0] == '\0' || line[0] == '#' || strcmp(line, "timers late") == 0)
        return true;
    if (strcmp(line, "timers any") == 0) {
        choices->timers = SIM_TIMERS_ANY;
    } else if (strcmp(line, "cycle") == 0) {
        choices->cycle = choices->count;
    } else if (!parse_move(line, &step)) {
        return false;
    } else if (!add(choices, room, step)) {
        *status = cli_fail(CLI_MISSING, "the choices do not fit into memory");
        return false;
    }
    return true;
}

int cli_choices_read(const char *path, struct cli_choices *choices)
{
    char line[LINE_BYTES];
    uint64_t room = 0;
    unsigned number = 0;
    int status = CLI_PASS;
    FILE *file = fopen(path, "r");
    *choices = (struct cli_choices){.cycle = UINT64_MAX, .path = path};
    if (file == NULL)
        return cli_fail(CLI_INPUT, "%s: %s", path, strerror(errno));
    while (status == CLI_PASS && fgets(line, sizeof line, file) != NULL) {
        number++;
        if (!take_line(choices, &room, line, &status) && status == CLI_PASS)
            status = cli_fail(CLI_INPUT,
                              "%s:%u: '%s' is no move; each line must be one such as 'to-driver "
                              "1', as 'explore' writes them",
                              path, number, line);
    }
    if (status == CLI_PASS && ferror(file))
        status = cli_fail(CLI_INPUT, "%s could not be read", path);
    fclose(file);
    return status;
}

int cli_choices_write(const char *path, const char *about, const struct cli_choices *choices)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return cli_fail(CLI_OUTPUT, "%s: %s", path, strerror(errno));
    fprintf(file, "# %s\n", about);
    fprintf(file, "timers %s\n", choices->timers == SIM_TIMERS_ANY ? "any" : "late");
    for (uint64_t i = 0; i < choices->count; i++) {
        if (i == choices->cycle)
            fputs("cycle\n", file);
        fprintf(file, "%s %" PRIu32 "\n", sim_move_text(choices->steps[i].kind),
                choices->steps[i].who);
    }
    bool well = !ferror(file);
    well = fclose(file) == 0 && well;
    return well ? CLI_PASS : cli_fail(CLI_OUTPUT, "%s could not be written", path);
}

void cli_choices_free(struct cli_choices *choices)
{
    free(choices->steps);
    choices->steps = NULL;
}

/* ---- running along them */
static int world_failed(const struct sim_err *err)
{
    return cli_fail(CLI_BUG, "the simulator stopped: %s", err->detail);
}

static const struct sim_move *find(const struct sim_move *moves, uint32_t count,
                                   struct sim_step step)
{
    for (uint32_t i = 0; i < count; i++)
        if (moves[i].kind == step.kind && moves[i].who == step.who)
            return &moves[i];
    return NULL;
}

/* Move number `i`, or behind the last the first that there is and that is no fault. */
static int make_move(struct cli_world *world, const struct cli_choices *choices,
                     struct sim_move *moves, uint64_t i)
{
    struct sim_moved moved;
    struct sim_err err = {0};
    uint32_t count = sim_moves(world->sim, choices->timers, moves);
    const struct sim_move *move = moves;
    if (i < choices->count)
        move = find(moves, count, choices->steps[i]);
    if (count == 0 || move == NULL)
        return cli_fail(CLI_INPUT,
                        "%s: move %" PRIu64 ", '%s %" PRIu32
                        "', is not possible there: the scenario, the policy or the core is another "
                        "than that of the search",
                        choices->path, i + 1, sim_move_text(choices->steps[i].kind),
                        choices->steps[i].who);
    return sim_move(world->sim, move, &moved, &err) == SIM_OK ? CLI_PASS : world_failed(&err);
}

static bool has_ended(struct cli_world *world, struct sim_move *moves)
{
    return sim_moves(world->sim, SIM_TIMERS_LATE, moves) == 0;
}

static int follow(struct cli_world *world, const struct cli_choices *choices,
                  struct sim_move *moves, cli_go_on_fn *go_on, void *ctx)
{
    int status = CLI_PASS;
    bool turns = choices->cycle < choices->count;
    uint64_t again = 0, last = turns ? choices->count : choices->count + MOVES_AFTER;
    for (uint64_t i = 0; i < last && status == CLI_PASS && !has_ended(world, moves); i++) {
        if (i == choices->cycle)
            again = sim_search_name(world->sim, NULL, PLAN_NONE);
        if (go_on != NULL && !go_on(ctx, world->sim)) {
            sim_end(world->sim, TRACE_END_INTERRUPTED);
            return CLI_PASS;
        }
        status = make_move(world, choices, moves, i);
    }
    if (status != CLI_PASS || has_ended(world, moves))
        return status;
    if (!turns) {
        sim_end(world->sim, TRACE_END_EVENTS);
        return CLI_PASS;
    }
    if (sim_search_name(world->sim, NULL, PLAN_NONE) != again)
        return cli_fail(CLI_INPUT,
                        "%s: its cycle does not come back to where it begins: the scenario, the "
                        "policy or the core is "
                        "another than that of the search",
                        choices->path);
    sim_search_livelock(world->sim);
    return CLI_PASS;
}

int cli_choices_run(struct cli_world *world, const struct cli_choices *choices, cli_go_on_fn *go_on,
                    void *ctx)
{
    struct sim_err err = {0};
    if (!sim_may_search(world->sim))
        return cli_fail(CLI_USAGE,
                        "a scenario with a scheduler of its own has no choices to follow");
    struct sim_move *moves = malloc(sim_moves_max(world->sim) * sizeof *moves);
    if (moves == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    int status = sim_search_begin(world->sim, true, &err) == SIM_OK ? CLI_PASS : world_failed(&err);
    if (status == CLI_PASS)
        status = follow(world, choices, moves, go_on, ctx);
    free(moves);
    return status;
}
