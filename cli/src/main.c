/*
 * main.c -- the `muster` command: finds the command that was asked for and makes sure that what it
 * printed arrived.
 *
 * This room is for: the dispatch table, the exit status, the last flush of stdout.
 * It may include:   cli.h, stop.h and the C library.
 * Never here:       anything that only one command needs.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* A search goes back to states that were. */
static const struct cli_refusal explore_refusals[] = {
    {"--target", "a search goes back to where it was, and what a command remembers cannot be taken back; 'muster hunt --target' tries "
                 "many seeds with it, 'muster check --target' all scenarios"},
    {"--scheduler", "a search goes back to where it was, and what a scheduler in Lua remembers cannot be taken back; 'muster hunt "
                    "--scheduler' tries many seeds with it, 'muster check --scheduler' all scenarios"},
    {NULL, NULL},
};
static const struct cli_refusal shrink_refusals[] = {
    {"--target", "thousands of candidates are run, each with a child anew whose answers are waited for; 'muster hunt --target' writes the "
                 "quickest run of each kind, 'muster run --target' shows what a change of it does, and a scheduler in Lua can have "
                 "'muster shrink --scheduler'"},
    {NULL, NULL},
};

static const struct cli_command commands[] = {
    {.name = "run",
     .arguments = "FILE.lua",
     .main = cli_run,
     .options = cli_run_options,
     .summary = "run a scenario, judge it, and show what happened",
     .details =
         "FILE.lua is a path, or the name of a scenario that came with muster. The run is kept as "
         "a directory,\n"
         "muster-out/<scenario>-<seed>/ unless --out says otherwise; see 'muster help files'.",
     .example =
         "muster run scenarios/learn/01-mapreduce-vs-barrier.lua --seed 7 --param last=true"},
    {.name = "check",
     .arguments = "[PATH...]",
     .main = cli_gate,
     .options = cli_gate_options,
     .summary = "run many scenarios, each in a process of its own, and say whether all are as they must be",
     .details = "PATH is a scenario or a folder of them; without one, all that came with muster. A scenario with a line "
                "'-- Verdicts: strict pass; spark PRG' in its head must be with seed 1 as that line says for the policy, and "
                "with other seeds no worse; one without must pass. '-- Seeds: 7, 19' names seeds that once found something: "
                "they are tried first.",
     .example = "muster check scenarios/faults --core build/core/gang_core.so --seeds-from-git --time 60s"},
    {.name = "diff",
     .arguments = "[PATH... | RUN RUN]",
     .main = cli_diff,
     .options = cli_diff_options,
     .summary = "say what a change changes: the first decision that differs, and what became of it",
     .details =
         "Runs each scenario on two sides, A and B, each in a process of its own, and tells where they part. PATH is as for "
         "'check'; without one, all scenarios that came with muster. Or compares two runs that there are: directories, or their "
         "history.mst.\n"
         "\n"
         "What is given once counts for both sides, twice for A and for B; 'A:' or 'B:' before a value says whose it is, as in --set "
         "B:last_stage=fail_job. --set, --param and --scheduler-param may be given any number of times, so they count for both unless "
         "they say whose they are.\n"
         "\n"
         "A decision is what crosses a machine's door or is carried out, at its time: every record of the history but waits and "
         "notes. Told are the event that was being handled, what each side made of it, both stories from there on (in two columns on "
         "a terminal of 120), and then what changed of verdict, makespan, waiting, restarts, evictions and idle slots. A core that "
         "crashes or loops is told as that, and costs its side alone.\n"
         "\n"
         "Exit status: 0 nothing differs; 1 something does; 2 nothing does, but a history ends before its run did; 64, 65, 69, 70, 74 "
         "and 130 as everywhere. A verdict that is a failure on both sides is no difference.",
     .example = "muster diff --policy strict --policy spark scenarios/learn"},
    {.name = "explore",
     .arguments = "FILE.lua",
     .main = cli_explore,
     .options = cli_explore_options,
     .refusals = explore_refusals,
     .summary = "try every order in which a small scenario can go",
     .details = "Messages of one link keep their order; beside that they, the turns of tasks, the acts in anytime { ... } and deadlines "
                "come in every order that there is, on the real core, and all oracles judge each. Messages and computing take no "
                "time. It ends with what was covered; stopped before the end, it is unknown (2). What was found is written "
                "as choices, which 'muster run --choices' follows.",
     .example = "muster explore mine.lua --timers any --memory 8GiB"},
    {.name = "learn",
     .arguments = "[LESSON]",
     .main = cli_learn,
     .options = cli_learn_options,
     .summary = "list the lessons, run one, or look at your change of one",
     .details = "LESSON is its number; without one the lessons are listed. Each ends with a question and a "
                "thing to change.\n"
                "Copy the lesson, change the copy, and --check it: 0 is right, 1 is not yet, with a hint.",
     .example = "muster learn 6 --check my.lua"},
    {.name = "new",
     .arguments = "FILE.lua",
     .main = cli_new,
     .options = cli_new_options,
     .summary = "write a scenario to begin with, with comments that say what to change",
     .details = "gang is a gang beside a MapReduce job, pipeline three stages and a crash, faults one gang and a choice "
                "of faults, stream a gang beside micro-batches. A file that is there already is left alone.",
     .example = "muster new mine.lua --kind pipeline"},
    {.name = "import",
     .arguments = "swf|csv FILE",
     .main = cli_import,
     .options = cli_import_options,
     .summary = "write a scenario to begin with for a table of jobs: a trace in the Standard Workload Format, or CSV",
     .details = "Its cluster fits the jobs, and its comments say why, what was found in FILE, and what was left out: lines of a trace that are "
                "no job to be run. COLUMN is a name of the CSV file's first line, where muster does not find it by itself, or one of the trace's "
                "columns: job, submit, wait, run, allocated, cpu, memory, requested, requested_time, requested_memory, status, user, group, "
                "executable, queue, partition, preceding, think (the usual ones: --tasks allocated --duration run). A scenario that is there "
                "already is left alone.",
     .example = "muster import swf traces/log.swf -o mine.lua"},
    {.name = "hunt",
     .arguments = "PATH...",
     .main = cli_hunt,
     .options = cli_hunt_options,
     .summary = "run many seeds of a scenario, or of a folder, in search of one that breaks a rule",
     .details = "Failures are grouped by what was broken; of each kind the quickest is written as a scenario of its own. With --swarm "
                "each seed leaves some faults out and changes the others; what the scenario expects is then not judged, the rules "
                "are. The runs are in an SQLite file (see --db), the same rows however many processes or interruptions there were. With --target each "
                "process has a child of its own; one that dies, hangs or talks nonsense in a run is a failure of that run, of a kind of its own.",
     .example = "muster hunt mine.lua --seeds 1..10000 --swarm --faults 5"},
    {.name = "shrink",
     .arguments = "FILE.lua",
     .main = cli_shrink,
     .options = cli_shrink_options,
     .refusals = shrink_refusals,
     .summary = "make a scenario that breaks a rule as small as it can be and still break it",
     .details = "Faults go first, with what takes them back; then settings, draws, jobs, steps, tasks and machines; times become round. What "
                "is accepted breaks the same rule, of the same job or stage. With --core it keeps all rules with the core that is linked "
                "in, if it did before; without, under strict. The file says how to see it, what was tried in vain, and which fault turns the "
                "verdict. Ctrl-C keeps the smallest so far.",
     .example = "muster shrink muster-out/hunt/AON-1-2888c7fb.lua --seed 1414 --core X.so -o min.lua"},
    {.name = "replay",
     .arguments = "RUN",
     .main = cli_replay,
     .options = cli_replay_options,
     .summary = "run a recorded run's plan again and compare record by record",
     .details = "RUN is a run's directory or its history.mst. Status 4 names the first record that "
                "differs.",
     .example = "muster replay muster-out/latest"},
    {.name = "judge",
     .arguments = "HISTORY",
     .main = cli_judge,
     .options = cli_judge_options,
     .summary = "judge a history from anywhere",
     .details =
         "HISTORY is a binary history, NDJSON, or a run's directory. A binary history whose chain "
         "is wrong is\n"
         "refused; a history without its closing record needs --partial, and is at best unknown.",
     .example = "muster judge cluster.ndjson --partial"},
    {.name = "report",
     .arguments = "RUN -o DIR",
     .main = cli_report,
     .options = cli_report_options,
     .summary = "write a run's story, timeline, tables and pictures again",
     .example = "muster report muster-out/latest -o report --ndjson"},
    {.name = "why",
     .arguments = "RUN GANG",
     .main = cli_why,
     .options = cli_why_options,
     .summary = "say what a waiting gang lacks, who holds it, and since when",
     .details = "GANG is a job's name, or job/stage.",
     .example = "muster why muster-out/latest bert/fit --at 12.4s"},
    {.name = "protocol-test",
     .arguments = "COMMAND",
     .main = cli_protocol,
     .options = cli_protocol_options,
     .summary = "walk a scheduler of your own, which muster asks in lines of JSON, through the protocol",
     .details = "COMMAND is what --target exec:COMMAND would run, with /bin/sh. The steps are told as TAP; 0 if all are as they must be. "
                "See 'muster help protocol'.",
     .example = "muster protocol-test 'python3 scenarios/schedulers/exec/fifo.py'"},
    {.name = "faults",
     .arguments = "",
     .main = cli_faults,
     .options = cli_list_options,
     .summary = "list what a scenario can do to the world",
     .example = "muster faults"},
    {.name = "policies",
     .arguments = "",
     .main = cli_policies,
     .options = cli_list_options,
     .summary = "list the policies and the axes they are made of",
     .example = "muster policies"},
    {.name = "rules",
     .arguments = "[ID...]",
     .main = cli_rules,
     .options = cli_list_options,
     .summary = "list the rules that runs are judged by",
     .example = "muster rules AON-1 BAR-2"},
    {.name = "doctor",
     .arguments = "",
     .main = cli_doctor,
     .summary = "say what this machine has and lacks",
     .example = "muster doctor"},
    {.name = "completion",
     .arguments = "bash|zsh|fish",
     .main = cli_completion,
     .summary = "print what makes a shell complete commands, options and names",
     .details = "An installed muster has put it where shells look. In a clone: eval \"$(./muster completion bash)\". "
                "'completion for -- WORD...' is what those scripts call: it prints what the last word may become.",
     .example = "muster completion bash"},
    {.name = "help",
     .arguments = "[TOPIC | NAME | FILE.lua]",
     .main = cli_help,
     .options = cli_help_options,
     .summary = "explain a command, a topic, a name or a scenario",
     .details = "NAME is whatever has a name: a rule, an axis, a setting, a fault, a word of scenarios, a record kind, a "
                "reason, an exit status, or a line of one of Spark's logs.",
     .example = "muster help heal_after"},
};

const struct cli_command *cli_commands(unsigned *count)
{
    *count = sizeof commands / sizeof commands[0];
    return commands;
}

static int unknown_command(const char *given)
{
    struct cli_nearest nearest = cli_nearest_to(given);
    size_t length = strlen(given);
    if (length > 4 && strcmp(given + length - 4, ".lua") == 0)
        return cli_fail(CLI_USAGE, "no command '%s'; to run a scenario: %s run %s", given, cli_program(),
                        given);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        cli_nearest_try(&nearest, commands[i].name);
    cli_nearest_try(&nearest, "--version");
    cli_nearest_try(&nearest, "--help");
    char hint[96];
    return cli_fail(CLI_USAGE, "no command '%s'%s; see '%s help'", given,
                    cli_nearest_hint(&nearest, hint, sizeof hint), cli_program());
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        cli_welcome(stdout);
        return CLI_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("muster %s\n", CLI_VERSION);
        return CLI_PASS;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].main(&commands[i], argc - 1, argv + 1);
    return unknown_command(name);
}

int main(int argc, char **argv)
{
    /* A reader that went away is an error like a full disk: it is reported, with its own status,
     * not a silent death. */
    signal(SIGPIPE, SIG_IGN);
    int status = dispatch(argc, argv);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout))
        status =
            cli_worse(status, cli_fail(CLI_OUTPUT, "stdout could not be written: %s",
                                       errno != 0 ? strerror(errno) : "an earlier write failed"));
    return status;
}

int cli_worse(int a, int b)
{
    static const int order[] = {
#define X(name, number, doc) number,
        CLI_EXIT_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a;
}

/* One line, whatever the names in it hold: a scenario's author must not be able to write into the
 * terminal. */
static void print_line(const char *format, va_list arguments)
{
    char line[2048];
    int length = vsnprintf(line, sizeof line, format, arguments);
    if (length < 0)
        return;
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    fprintf(stderr, "muster: %s\n", line);
}

int cli_fail(enum cli_exit status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(format, arguments);
    va_end(arguments);
    return (int)status;
}

void cli_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(format, arguments);
    va_end(arguments);
}

const char *cli_program(void)
{
    const char *name = getenv("MUSTER_COMMAND");
    return name != NULL && name[0] != '\0' ? name : "muster";
}
