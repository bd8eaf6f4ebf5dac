/*
 * death.c -- what a core that crashes had done before. See death.h.
 *
 * This room is for: signals that a defect of the core ends in.
 * It may include:   world.h.
 * Never here:       what the run is judged by.
 *
 * A core that stops at an assertion of its own, or crashes, has often broken a rule before. So the signal is caught where the run began,
 * and what was recorded until then can be judged.
 *
 * One that does not come back from a step cannot be asked anything, but whoever waits for it sends SIGTERM twice: if there was no event
 * between the two, what it was at is known.
 */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "death.h"

static sigjmp_buf before_it_died;
static volatile sig_atomic_t died_of;
static const struct cli_world *told_when_late; /* the one that runs */
static uint64_t events_when_told;
static int64_t cpu_ns_when_told;

static void come_back(int number)
{
    died_of = number;
    siglongjmp(before_it_died, 1);
}

/* ---- late */
/* Real time says nothing of a machine with much to do. */
static int64_t cpu_ns(void)
{
    struct timespec used;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 ? used.tv_sec * INT64_C(1000000000) + used.tv_nsec : 0;
}

/* First where it is, then whether it is there still, having had time to go on: then what it is at has no end. Else it just ends. */
static void look_how_far(int number)
{
    enum { LONG_FOR_ONE_NS = 40000000 };
    uint64_t events = sim_events(told_when_late->sim);
    if (cpu_ns_when_told == 0) {
        events_when_told = events;
        cpu_ns_when_told = cpu_ns();
    } else if (events == events_when_told && cpu_ns() - cpu_ns_when_told >= LONG_FOR_ONE_NS) {
        come_back(number);
    } else {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
}

/* Once: whoever dies again dies. */
static void catch_deaths(void)
{
    static const int numbers[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = come_back;
    action.sa_flags = (int)SA_RESETHAND;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaction(numbers[i], &action, NULL);
}

void cli_death_when_late(const struct cli_world *world)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = look_how_far;
    told_when_late = world;
    cpu_ns_when_told = 0;
    (void)sigaction(SIGTERM, &action, NULL);
}

int cli_world_run_till_death(struct cli_world *world, cli_go_on_fn *go_on, void *ctx, int *died)
{
    *died = 0;
    if (sigsetjmp(before_it_died, 1) == 0) {
        catch_deaths();
        return cli_world_run(world, go_on, ctx);
    }
    *died = died_of;
    sim_end(world->sim, TRACE_END_INTERRUPTED);
    return CLI_PASS;
}
