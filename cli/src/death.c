/*
 * death.c -- what a core that crashes had done before. See death.h.
 *
 * This room is for: signals that a defect of the core ends in.
 * It may include:   world.h.
 * Never here:       what the run is judged by.
 *
 * A core that stops at an assertion of its own, or crashes, has often broken a rule before. So the signal is caught where the run began,
 * and what was recorded until then can be judged.
 */
#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include "cli.h"
#include "death.h"

static sigjmp_buf before_it_died;
static volatile sig_atomic_t died_of;

static void come_back(int number)
{
    died_of = number;
    siglongjmp(before_it_died, 1);
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
