/*
 * scheduler.c -- what a decision of a scheduler in Lua costs, on small and on large clusters.
 *
 * A view is made as the driver's books would fill it: executors of 8 cores, nine of ten slots in use by gangs of 16, and sixteen
 * gangs that wait, the first of which fits. Each scheduler is asked about it again and again; CPU time counts. Printed: microseconds
 * a decision, which is the view being shown, the scheduler's own work, and its plan being read.
 *   nothing    looks at nothing: what it costs to be asked
 *   looks      walks all executors and gangs, and reads a field of each
 *   first_fit  view:first_fit for each that waits
 *   the rest   scenarios/schedulers/
 *
 * usage: scheduler SCENARIOS [EXECUTORS]     SCENARIOS is the folder of the library; without a number 8, 400 and 10,000
 */
#define _DEFAULT_SOURCE /* mkstemp */
#include "scn/scn.h"

#include <gang/placement.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CORES = 8, GANG = 16, WAITING = 16, DECISIONS_MAX = 1 << 16 };

static const struct {
    const char *name, *text; /* of its own; NULL: the library's of that name */
} schedulers[] = {
    {"nothing", "scheduler { on_plan = function(view) end }"},
    {"looks", "scheduler { on_plan = function(view)\n"
              "  local sum = 0\n"
              "  for _, executor in ipairs(view.executors) do sum = sum + executor.cores end\n"
              "  for _, list in ipairs { view.waiting, view.running } do\n"
              "    for _, gang in ipairs(list) do sum = sum + gang.size end\n"
              "  end\n"
              "end }"},
    {"first_fit", "scheduler { on_plan = function(view)\n"
                  "  local plan = {}\n"
                  "  for _, gang in ipairs(view.waiting) do\n"
                  "    local places = view:first_fit(gang)\n"
                  "    if #places > 0 then plan[#plan + 1] = launch(gang, places) end\n"
                  "  end\n"
                  "  return plan\n"
                  "end }"},
    {"fifo", NULL},      {"easy", NULL},         {"permit", NULL},  {"groups", NULL},
    {"statement", NULL}, {"placeholders", NULL}, {"bundles", NULL},
};
enum { SCHEDULERS = sizeof schedulers / sizeof *schedulers };

static void *need(void *memory)
{
    if (memory != NULL)
        return memory;
    fputs("scheduler: out of memory\n", stderr);
    exit(70);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A job for each gang of the view: where the names come from. */
static struct plan *make_plan(uint32_t gangs)
{
    char path[] = "/tmp/bench-scheduler-XXXXXX";
    struct scn_err err;
    int file = mkstemp(path);
    FILE *out = file < 0 ? NULL : fdopen(file, "w");
    if (out == NULL) {
        perror(path);
        exit(74);
    }
    fprintf(out,
            "cluster { executors = 10000, cores = %d }\nfor i = 1, %" PRIu32
            " do job(\"j\" .. i) { barrier_stage \"fit\" { tasks = %d, "
            "program = compute \"1s\" } } end\n",
            CORES, gangs, GANG);
    fclose(out);
    struct plan *plan = scn_load(path, NULL, 0, NULL, NULL, &err);
    unlink(path);
    if (plan == NULL) {
        fprintf(stderr, "scheduler: %s\n", err.detail);
        exit(70);
    }
    return plan;
}

static void add_gang(struct gang_placer_view *v, bool waits)
{
    uint32_t number = v->gang_count++;
    struct gang_view_gang *gang = &v->gangs[number];
    *gang = (struct gang_view_gang){.job = number,
                                    .kind = 1,
                                    .state = waits ? GANG_VIEW_WAITING : GANG_VIEW_RUNNING,
                                    .size = GANG,
                                    .min = GANG,
                                    .max = GANG,
                                    .role = GANG_NONE,
                                    .group = GANG_NONE,
                                    .waiting = waits ? GANG : 0,
                                    .running = waits ? 0 : GANG,
                                    .order = number,
                                    .queued_ns = waits ? 0 : GANG_NEVER,
                                    .need = {.cores = 1},
                                    .first_rank = v->rank_count,
                                    .first_place = v->place_count};
    for (uint32_t rank = 0; waits && rank < GANG; rank++)
        v->ranks[v->rank_count++] = rank;
    gang->rank_count = v->rank_count - gang->first_rank;
}

/* Its tasks go where there is room from executor `from` on; an executor keeps one core of ten free. */
static void place(struct gang_placer_view *v, uint32_t *from)
{
    struct gang_view_gang *gang = &v->gangs[v->gang_count - 1];
    for (uint32_t rank = 0; rank < GANG; rank += v->places[v->place_count - 1].count, ++*from) {
        uint32_t kept = *from % 10 < 8 ? 1 : 0, count = CORES - kept;
        count = count < GANG - rank ? count : GANG - rank;
        v->executors[*from].free.cores -= count;
        v->places[v->place_count++] = (struct gang_view_place){
            .rank = rank, .count = count, .executor = *from, .state = GANG_VIEW_RUNNING};
        gang->place_count++;
    }
}

static void fill_view(struct gang_placer_view *v, uint32_t executors)
{
    uint32_t next = 0;
    *v = (struct gang_placer_view){.now_ns = 1000000000, .waiting = WAITING};
    v->gangs = need(calloc(WAITING + executors, sizeof *v->gangs));
    v->places = need(calloc(3 * (size_t)executors + GANG, sizeof *v->places));
    v->ranks = need(calloc((size_t)WAITING * GANG, sizeof *v->ranks));
    v->executors = need(calloc(executors, sizeof *v->executors));
    for (uint32_t i = 0; i < executors; i++)
        v->executors[i] = (struct gang_view_executor){.id = i,
                                                      .rack = i % 4,
                                                      .offered = 1,
                                                      .free = {.cores = CORES, .memory_mib = 1024},
                                                      .total = {.cores = CORES, .memory_mib = 1024}};
    v->executor_count = executors;
    for (uint32_t i = 0; i < WAITING; i++)
        add_gang(v, true);
    while (next + 5 < executors) {
        add_gang(v, false);
        place(v, &next);
    }
}

static void measure(const char *name, struct plan *plan, const struct gang_placer_view *view)
{
    static struct gang_decision out[DECISIONS_MAX];
    struct scn_err err;
    uint32_t count = 0;
    uint64_t asked = 0;
    struct scn_scheduler *scheduler = scn_scheduler_new(plan, &err);
    double begin = seconds(), passed = 0;
    if (scheduler == NULL) {
        fprintf(stderr, "%s: %s\n", name, err.detail);
        exit(70);
    }
    for (; passed < 0.5 || asked < 3; asked++, passed = seconds() - begin) {
        if (scn_scheduler_plan(scheduler, view, out, DECISIONS_MAX, &count, &err) != SCN_OK) {
            fprintf(stderr, "%s: %s\n", name, err.detail);
            exit(70);
        }
    }
    scn_scheduler_free(scheduler);
    printf("%-13s %10" PRIu32 " %10" PRIu32 " %10" PRIu32 " %12.1f\n", name, view->executor_count,
           view->gang_count, count, 1e6 * passed / (double)asked);
}

static void measure_all(const char *library, uint32_t executors)
{
    struct gang_placer_view view;
    fill_view(&view, executors);
    for (size_t i = 0; i < SCHEDULERS; i++) {
        char path[1024];
        struct plan *plan = make_plan(view.gang_count);
        struct scn_err err;
        snprintf(path, sizeof path, "%s/schedulers/%s.lua", library, schedulers[i].name);
        if (schedulers[i].text != NULL) {
            plan->scheduler = plan_name(plan, schedulers[i].text);
            plan->scheduler_file = plan_name(plan, schedulers[i].name);
        } else if (scn_scheduler_attach(plan, path, NULL, 0, &err) != SCN_OK) {
            fprintf(stderr, "%s\n", err.detail);
            exit(69);
        }
        measure(schedulers[i].name, plan, &view);
        plan_free(plan);
    }
    free(view.gangs);
    free(view.places);
    free(view.ranks);
    free(view.executors);
}

int main(int argc, char **argv)
{
    static const uint32_t sizes[] = {8, 400, 10000};
    if (argc < 2 || argc > 3 || (argc == 3 && (atol(argv[2]) < 8 || atol(argv[2]) > 100000))) {
        fputs("usage: scheduler SCENARIOS [EXECUTORS, 8 to 100000]\n", stderr);
        return 64;
    }
    puts("scheduler      executors      gangs  decisions  us/decision");
    for (size_t i = 0; argc == 2 && i < sizeof sizes / sizeof *sizes; i++)
        measure_all(argv[1], sizes[i]);
    if (argc == 3)
        measure_all(argv[1], (uint32_t)atol(argv[2]));
    return 0;
}
