/*
 * hunt.c -- whether the oracles notice that a core is not right: runs one with a defect, until a rule is broken.
 *
 * usage: hunt CORE.so [LEVEL]      LEVEL: how far to look, in hundredths of the usual
 *
 * One line on stdout, without times, so that it is the same each time:
 *     oracle  RULE  CASE  SEED     a rule is broken that the core in this program does not break in the same case
 *     assert  -     CASE  SEED     no rule was, but the core (or the simulator around it) stopped at an assertion
 *     stuck   -     CASE  SEED     no rule was, but a run had no end, or the simulator gave it up
 *     alive   -     -     -        nothing was noticed
 *
 * Cases, in this order: the library of scenarios, under the policies, and with the parameters, that the head of each names;
 * everything.lua; volleys and random plans. Strict alone judges the last two, and a launch at once beside it: all other policies
 * may do wrong there.
 * A case runs in a process of a few, so that what a defect does to memory ends there; audits are off, for this is not about the core
 * noticing it by itself.
 */
#define _GNU_SOURCE
#include "conf/conf.h"
#include "gang/gang.h"
#include "plans.h"
#include "scn/scn.h"
#include "sim/sim.h"
#include "whole/placer.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SCENARIOS_MAX = 1024,
    PARAMS_MAX = 8, /* of one case */
    EVENTS_MAX = 3000000, /* a good run of these cases has a tenth of it */
    SECONDS_MAX = 30,     /* for a core that never returns */
    LIBRARY_SEEDS = 2,
    EVERYTHING_SEEDS = 20,
    ROUND = 6,            /* cases each */
    ROUNDS = 3000
};

/* A scenario under one policy. */
struct scenario {
    char name[160];
    const struct plan *plan;
    struct gang_policy policy;
    bool of_everything;
};
static struct scenario scenarios[SCENARIOS_MAX];
static uint32_t scenario_count;

/* One run: what, and under which seed. */
struct run {
    char name[200];
    const struct plan *plan;
    struct plan *own; /* to be freed */
    struct gang_policy policy;
    uint64_t seed;
    bool may_hang, may_wait;
};

enum outcome { ALIVE = 0, ORACLE, ASSERT, STUCK };
static const char *const words[] = {"alive", "oracle", "assert", "stuck"};

/* What a child tells its parent, who must know even when it dies. */
struct board {
    uint32_t at; /* the case at hand */
    uint32_t outcome;
    char rule[16], name[200];
    uint64_t seed;
};
static struct board *board;

static _Noreturn void die(const char *what, const char *detail)
{
    fprintf(stderr, "hunt: %s: %s\n", what, detail);
    exit(70);
}

/* ---- the library */
static const struct plan *load(const char *path, const struct scn_param *params, uint32_t count)
{
    struct scn_err err;
    const struct plan *plan = scn_load(path, params, count, NULL, NULL, &err);
    if (plan == NULL)
        die(path, err.detail);
    return plan;
}

/* What the scenario is called with `word`, a policy, an axis or a parameter. */
static void say(struct scenario *s, const char *word)
{
    size_t length = strlen(s->name);
    snprintf(s->name + length, sizeof s->name - length, " %s", word);
}

/* Parameters make another plan. */
struct params {
    struct scn_param list[PARAMS_MAX];
    uint32_t count;
};

static void set_param(struct params *params, char *word)
{
    char *equals = strchr(word, '=');
    if (equals == NULL || params->count == PARAMS_MAX)
        die(word, "no parameter, or too many");
    *equals = '\0';
    params->list[params->count++] = (struct scn_param){word, equals + 1};
}

/* "spark", "reply=push"; what is neither a policy nor an axis is what becomes of it, and no matter here. */
static void set_policy(struct scenario *s, char *word)
{
    char *equals = strchr(word, '=');
    if (strcmp(word, "spark") == 0)
        s->policy = gang_policy_spark();
    else if (equals == NULL)
        return;
    say(s, word);
    if (equals == NULL)
        return;
    *equals = '\0';
    if (gang_policy_set(&s->policy, word, equals + 1, NULL) != GANG_OK)
        die(s->name, word);
}

/* `line` is one case of a Verdicts line, "strict reply=push --param moment=go TMR"; `plan` is that of the file as it stands. */
static void add_scenario(const char *name, const char *path, const struct plan *plan, char *line)
{
    struct params params = {.count = 0};
    char *rest = NULL;
    if (scenario_count == SCENARIOS_MAX)
        die(name, "too many scenarios");
    struct scenario *s = &scenarios[scenario_count++];
    *s = (struct scenario){.plan = plan, .policy = gang_policy_strict()};
    snprintf(s->name, sizeof s->name, "%s", name);
    for (char *word = strtok_r(line, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest)) {
        if (strcmp(word, "--param") != 0) {
            set_policy(s, word);
            continue;
        }
        word = strtok_r(NULL, " \n", &rest);
        if (word == NULL)
            die(name, "--param without a parameter");
        say(s, word);
        set_param(&params, word);
    }
    if (params.count > 0)
        s->plan = load(path, params.list, params.count);
}

/* "-- Verdicts: strict pass; spark reply=push TMR", as library_test.c reads it. */
static void add_policies(const char *path)
{
    static const char head[] = "-- Verdicts: ";
    char line[1024], *rest = NULL;
    const char *name = path + strlen(SCENARIOS) + 1;
    const struct plan *plan = load(path, NULL, 0);
    uint32_t before = scenario_count;
    FILE *in = fopen(path, "r");
    if (in == NULL)
        die(path, "cannot be read");
    while (fgets(line, sizeof line, in) != NULL)
        if (strncmp(line, head, strlen(head)) == 0)
            for (char *one = strtok_r(line + strlen(head), ";", &rest); one != NULL;
                 one = strtok_r(NULL, ";", &rest))
                add_scenario(name, path, plan, one);
    fclose(in);
    if (scenario_count == before)
        add_scenario(name, path, plan, (char[]){"strict"});
}

static void load_all(const char *pattern)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        die(pattern, "there are none");
    for (size_t i = 0; i < found.gl_pathc; i++)
        add_policies(found.gl_pathv[i]);
    globfree(&found);
}

static void load_everything(const char *datagram)
{
    char name[64];
    snprintf(name, sizeof name, "workloads/everything.lua datagram=%s", datagram);
    const struct scn_param param = {"datagram", datagram};
    const struct plan *plan = load(SCENARIOS "/workloads/everything.lua", &param, 1);
    add_scenario(name, NULL, plan, (char[]){"strict"});
    scenarios[scenario_count - 1].of_everything = true;
}

/* ---- cases, by number */
static uint32_t library_cases(void) { return LIBRARY_SEEDS * (scenario_count - 2); }

static struct run of_scenario(const struct scenario *s, uint64_t seed)
{
    struct run run = {.plan = s->plan, .policy = s->policy, .seed = seed};
    snprintf(run.name, sizeof run.name, "%s", s->name);
    return run;
}

static struct run of_volley(uint64_t number, bool direct)
{
    struct run run = {.own = volley_plan(number, direct), .policy = gang_policy_strict(), .seed = number};
    run.plan = run.own;
    run.policy.axis[GANG_AXIS_LAUNCH] = direct;
    run.may_hang = plan_may_hang(run.plan);
    run.may_wait = volley_may_wait(run.plan);
    snprintf(run.name, sizeof run.name, "volley %lu%s", (unsigned long)number,
             direct ? " launch=direct" : "");
    return run;
}

static struct run of_random_plan(uint64_t number, bool direct)
{
    struct run run = {.own = random_plan(number), .policy = gang_policy_strict(), .seed = 1};
    run.plan = run.own;
    run.policy.axis[GANG_AXIS_LAUNCH] = direct;
    run.may_hang = plan_may_hang(run.plan);
    snprintf(run.name, sizeof run.name, "plan %lu%s", (unsigned long)number, direct ? " launch=direct" : "");
    return run;
}

/* Timeouts that end, and budgets that are used up. */
static struct run in_haste(struct run run, uint64_t number)
{
    int64_t *set = run.own->setting;
    if (!plan_gives_up(run.own))
        set[PLAN_SET_LAUNCH_DEADLINE] = (int64_t)(20 + number % 17) * PLAN_SECOND;
    set[PLAN_SET_SYNC_TIMEOUT] = (int64_t)(1 + number % 5) * PLAN_SECOND;
    set[PLAN_SET_ADMISSION_FAILURES] = (int64_t)(1 + number % 3);
    set[PLAN_SET_ATTEMPTS] = (int64_t)(1 + number % 4);
    set[PLAN_SET_LOSSES] = (int64_t)(1 + number % 6);
    snprintf(run.name + strlen(run.name), sizeof run.name - strlen(run.name), " in haste");
    return run;
}

/* Every round: two volleys and two plans, one of them from before machines were ailing, and one of each in haste; each tenth is
 * launched at once. */
static struct run of_round(uint32_t i)
{
    uint32_t round = i / ROUND;
    bool direct = round % 10 == 9;
    switch (i % ROUND) {
    case 0:
        return of_volley(1 + 2 * round, direct);
    case 1:
        return of_random_plan(AILING_FROM + round, direct);
    case 2:
        return of_volley(2 + 2 * round, false);
    case 3:
        return in_haste(of_random_plan(100001 + round, false), round);
    case 4:
        return in_haste(of_volley(100001 + round, false), round);
    default:
        return of_random_plan(1 + round, direct);
    }
}

static struct run case_of(uint32_t i)
{
    if (i < library_cases())
        return of_scenario(&scenarios[i % (scenario_count - 2)], 1 + i / (scenario_count - 2));
    i -= library_cases();
    if (i < 2 * EVERYTHING_SEEDS)
        return of_scenario(&scenarios[scenario_count - 2 + i % 2], 1 + i / 2);
    return of_round(i - 2 * EVERYTHING_SEEDS);
}

/* ---- a run */
static void *memory_of(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    if (memory == NULL)
        die("out of memory", "");
    return memory;
}

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    conf_feed(ctx, records, count, first);
}

/* A core that stops at an assertion may have broken a rule before. */
static sigjmp_buf before_it_died;

static void come_back(int number)
{
    (void)number;
    siglongjmp(before_it_died, 1);
}

static bool run_it(struct sim *sim, bool *ended, bool *died, struct sim_err *err)
{
    *died = false;
    if (sigsetjmp(before_it_died, 1) != 0) {
        *died = true;
        sim_end(sim, TRACE_END_INTERRUPTED); /* what it wrote before is handed to the judge */
        return false;
    }
    (void)signal(SIGABRT, come_back);
    return sim_run(sim, EVENTS_MAX, ended, err) == SIM_OK && *ended;
}

/* False: it has no end, was given up, or has died. */
static bool simulate(const struct run *run, const struct gang_api *core, struct conf_verdict *verdict, bool *died)
{
    struct whole_placer placer;
    struct sim_options options = {.plan = run->plan,
                                  .core = core,
                                  .policy = run->policy,
                                  .seed = run->seed,
                                  .placer = whole_placer_open(&placer, run->plan)};
    struct conf_options judge = {.observes = sim_observes(),
                                 .two_phase = run->policy.axis[GANG_AXIS_LAUNCH] == 0};
    struct sim_err err = {0};
    bool ended = false;
    size_t size = sim_size(&options, &err), judge_size = conf_size(run->plan);
    if (size == 0)
        die(run->name, err.detail);
    void *memory = memory_of(size), *judge_memory = memory_of(judge_size);
    struct sim *sim = sim_init(memory, size, &options, &err);
    if (sim == NULL)
        die(run->name, err.detail);
    struct conf_judge *judging = conf_init(judge_memory, judge_size, run->plan, &judge);
    sim_observer(sim, observe, judging);
    bool good = run_it(sim, &ended, died, &err);
    if (good || conf_failed(judging))
        conf_finish(judging, verdict);
    for (uint32_t i = 0; !good && i < verdict->finding_count; i++)
        if (verdict->findings[i].record == 0 || strcmp(verdict->findings[i].rule, "HIS-4") == 0)
            verdict->findings[i].outcome = CONF_UNKNOWN; /* of course it has no end */
    if (!good && getenv("HUNT_LOUD") != NULL)
        fprintf(stderr, "%s: %s\n", run->name, ended ? err.detail : "no end");
    good |= conf_failed(judging);
    scn_scheduler_free(placer.scheduler);
    free(memory);
    free(judge_memory);
    return good;
}

/* A plan that hangs a task, or has a service beside it, may make a job wait for ever. */
static bool counts(const struct run *run, const struct conf_finding *f)
{
    return f->outcome == CONF_FAIL && (f->oracle != CONF_PRG || !(run->may_hang || run->may_wait));
}

static bool has(const struct conf_verdict *v, const char *rule)
{
    for (uint32_t i = 0; i < v->finding_count; i++)
        if (v->findings[i].outcome == CONF_FAIL && strcmp(v->findings[i].rule, rule) == 0)
            return true;
    return false;
}

static void note(const struct run *run, enum outcome outcome, const char *rule)
{
    board->outcome = outcome;
    board->seed = run->seed;
    snprintf(board->rule, sizeof board->rule, "%s", rule);
    snprintf(board->name, sizeof board->name, "%s", run->name);
}

static void tell(const struct run *run, const struct conf_verdict *v)
{
    if (getenv("HUNT_LOUD") != NULL)
        for (uint32_t i = 0; i < v->finding_count; i++)
            fprintf(stderr, "%s, seed %lu: %s at record %lu: %s\n", run->name, (unsigned long)run->seed,
                    v->findings[i].rule, (unsigned long)v->findings[i].record, v->findings[i].sentence);
}

/* True: the oracles have caught it. What fails under the core in this program as well is no news. */
static bool judge_case(const struct run *run, const struct gang_api *core)
{
    static struct conf_verdict v, good;
    bool died, known = false;
    if (!simulate(run, core, &v, &died)) {
        if (board->outcome == ALIVE)
            note(run, died ? ASSERT : STUCK, "-");
        return false;
    }
    for (uint32_t i = 0; i < v.finding_count; i++) {
        if (!counts(run, &v.findings[i]))
            continue;
        if (!known && !simulate(run, gang_api(), &good, &died))
            die(run->name, "the core in this program does not end it");
        known = true;
        if (has(&good, v.findings[i].rule)) {
            if (getenv("HUNT_LOUD") != NULL)
                fprintf(stderr, "%s, seed %lu: %s, as ever: %s\n", run->name, (unsigned long)run->seed,
                        v.findings[i].rule, v.findings[i].sentence);
            continue;
        }
        tell(run, &v);
        note(run, ORACLE, v.findings[i].rule);
        return true;
    }
    return false;
}

/* ---- children */
static void be_quiet(void)
{
    int nowhere = open("/dev/null", O_WRONLY);
    if (getenv("HUNT_LOUD") == NULL && nowhere >= 0)
        (void)dup2(nowhere, STDERR_FILENO);
}

static _Noreturn void child(const struct gang_api *core, uint32_t to)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    be_quiet();
    for (; board->at < to && board->outcome != ORACLE; board->at++) {
        struct run run = case_of(board->at);
        (void)alarm(SECONDS_MAX);
        (void)judge_case(&run, core);
        plan_free(run.own);
    }
    _exit(0);
}

/* Whoever dies is replaced, behind the case that it died of. */
static void hunt(const struct gang_api *core, uint32_t cases)
{
    while (board->at < cases && board->outcome != ORACLE) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0)
            child(core, cases);
        if (pid < 0 || waitpid(pid, &status, 0) < 0)
            die("no process", "");
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            continue;
        if (WIFEXITED(status))
            die("a child", "has given up");
        struct run run = case_of(board->at++);
        if (board->outcome == ALIVE)
            note(&run, WTERMSIG(status) == SIGALRM ? STUCK : ASSERT, "-");
        plan_free(run.own);
    }
}

static const struct gang_api *core_of(const char *path)
{
    const struct gang_api *(*api)(void);
    struct gang_err err = {0};
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library == NULL ? NULL : dlsym(library, "gang_api");
    if (symbol == NULL)
        die(path, dlerror());
    memcpy(&api, &symbol, sizeof api);
    if (gang_api_check(api(), &err) != GANG_OK)
        die(path, err.detail);
    return api();
}

int main(int argc, char **argv)
{
    if (argc < 2)
        die("usage", "hunt CORE.so [LEVEL]");
    const struct gang_api *core = core_of(argv[1]);
    uint32_t level = argc > 2 ? (uint32_t)atoi(argv[2]) : 100;
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        die("no memory", "");
    load_all(SCENARIOS "/learn/*.lua");
    load_all(SCENARIOS "/faults/*.lua");
    load_all(SCENARIOS "/bugs/*/*.lua");
    load_all(SCENARIOS "/schedulers/*.lua");
    load_all(SCENARIOS "/workloads/[!eg]*.lua"); /* everything.lua follows; gang-1.lua is about numbers, and long */
    load_everything("false");
    load_everything("true");
    hunt(core, library_cases() + 2 * EVERYTHING_SEEDS + ROUND * ROUNDS * level / 100);
    if (board->outcome == ALIVE)
        printf("alive\t-\t-\t-\n");
    else
        printf("%s\t%s\t%s\t%lu\n", words[board->outcome], board->rule, board->name,
               (unsigned long)board->seed);
    return 0;
}
