/*
 * help.c -- `muster help`: the overview, a command's help, and topics made from the registries.
 *
 * This room is for: text that explains the command itself.
 * It may include:   cli.h and the headers whose registries a topic prints.
 * Never here:       a list that exists elsewhere.
 */
#include <string.h>

#include "cli.h"
#include "rep/rep.h"
#include "rundir.h"
#include "scenario.h"
#include "scn/scn.h"

static void topic_exit(void)
{
    fputs("Exit statuses. Of several that apply, the first of this list is returned.\n\n", stdout);
#define X(name, number, doc) printf("%5d  %s\n", number, doc);
    CLI_EXIT_MAP(X)
#undef X
}

static void topic_files(void)
{
    fputs("A run is a directory, muster-out/<scenario>-<seed>/ unless --out says otherwise; "
          "muster-out/latest points to\n"
          "the last one. It is written under a hidden name beside it and renamed when it is "
          "complete, so what you see is\n"
          "whole. An older run of that name is replaced; a directory that holds anything else is "
          "never touched.\n\n",
          stdout);
    for (unsigned i = 0; i < CLI_FILE_COUNT; i++)
        printf("  %-16s %s\n", cli_file_name((enum cli_file)i), cli_file_doc((enum cli_file)i));
}

static void topic_environment(void)
{
    fputs("  MUSTER_SCENARIOS  where scenarios are looked for that are not found as a path\n"
          "  MUSTER_COMMAND    how messages and replay lines call this command; the bootstrap "
          "script sets it\n"
          "  MUSTER_YES        1: the bootstrap script installs what is missing without asking\n"
          "  MUSTER_BUILD      the bootstrap script's build directory (default build/main)\n"
          "  NO_COLOR          not empty: no colours\n"
          "  TERM, LC_ALL, LC_CTYPE, LANG   whether a terminal gets colours and Unicode\n\n"
          "None of them changes a run, a history or a chain.\n",
          stdout);
}

static void topic_scenario(void)
{
    size_t count = 0;
    const struct scn_word *words = scn_words(&count);
    fputs("A scenario is a Lua program that describes a cluster, jobs, what happens to them and "
          "what is expected.\n"
          "Durations and sizes are strings with units; ranks, executors and attempts count from "
          "0.\n\n",
          stdout);
    for (size_t i = 0; i < count; i++)
        printf("  %s\n      %s\n", words[i].form, words[i].doc);
}

static void topic_managers(void)
{
    const char *name, *doc;
    fputs("Where a cluster's executors come from: cluster { manager = \"yarn\", every = \"1s\", executors "
          "= 4 }.\n"
          "A manager sets when executors arrive, and restart_delay or each executor's back (unless the scenario "
          "does); without\n"
          "one they are there at once. A gang waits for the last executor that it needs; tasks of a MapReduce stage "
          "do not.\n\n",
          stdout);
    for (size_t i = 0; (name = scn_manager(i, &doc)) != NULL; i++)
        printf("  %-12s %s\n", name, doc);
}

static void topic_metrics(void) { rep_metrics_help(stdout); }

static const struct {
    const char *name, *summary;
    void (*print)(void);
} topics[] = {
    {"exit", "what the exit statuses mean", topic_exit},
    {"files", "what a run's directory holds", topic_files},
    {"scenario", "the words a scenario may use", topic_scenario},
    {"faults", "what a scenario can do to the world", cli_list_faults},
    {"managers", "the cluster managers that a scenario may name", topic_managers},
    {"policies", "the policies and the axes they are made of", cli_list_policies},
    {"rules", "the rules that runs are judged by", cli_list_rules},
    {"metrics", "what the columns of jobs.csv and the summary mean", topic_metrics},
    {"environment", "the variables that are read", topic_environment},
};

static void overview(void)
{
    unsigned count = 0;
    const struct cli_command *commands = cli_commands(&count);
    const char *program = cli_program();
    fputs("muster: a wind tunnel for gang schedulers\n\n", stdout);
    for (unsigned i = 0; i < count; i++) {
        char usage[64];
        snprintf(usage, sizeof usage, "%s %s %s", program, commands[i].name, commands[i].arguments);
        printf("  %-28s %s\n", usage, commands[i].summary);
    }
    fputs("\ntopics of help:\n\n", stdout);
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        printf("  %-28s %s\n", topics[i].name, topics[i].summary);
    printf("  %-28s %s\n", "FILE.lua", "what a scenario is about, and its parameters");
    printf("\nstart here:\n\n  %s run %s\n", program,
           "scenarios/learn/01-mapreduce-vs-barrier.lua");
}

/* What a scenario says of itself, and its parameters. */
static int explain_scenario(const char *given)
{
    char path[PATH_MAX];
    struct scn_info info = {.param_count = 0};
    struct scn_err err = {.detail = ""};
    (void)cli_scenario_find(given, path);
    struct plan *plan = scn_load(path, NULL, 0, NULL, &info, &err);
    if (plan == NULL)
        return cli_fail(CLI_INPUT, "%s", err.detail);
    plan_free(plan);
    printf("%s\n", info.summary);
    if (info.param_count > 0)
        fputs("\nparameters:\n", stdout);
    for (size_t i = 0; i < info.param_count; i++) {
        const struct scn_param_info *param = &info.params[i];
        printf("  --param %s=%s  %s%s%s%s\n", param->name, param->value, param->doc,
               param->allowed[0] != '\0' ? " (" : "", param->allowed,
               param->allowed[0] != '\0' ? ")" : "");
    }
    return CLI_PASS;
}

static int explain(const char *name)
{
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".lua") == 0)
        return explain_scenario(name);
    unsigned count = 0;
    const struct cli_command *commands = cli_commands(&count);
    struct cli_nearest nearest = cli_nearest_to(name);
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strcmp(name, topics[i].name) == 0) {
            topics[i].print();
            return CLI_PASS;
        }
        cli_nearest_try(&nearest, topics[i].name);
    }
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            cli_usage(&commands[i], stdout);
            return CLI_PASS;
        }
        cli_nearest_try(&nearest, commands[i].name);
    }
    char hint[96];
    return cli_fail(CLI_USAGE, "no command or topic '%s'%s", name,
                    cli_nearest_hint(&nearest, hint, sizeof hint));
}

int cli_help(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    if (command == NULL) {
        overview();
        return CLI_PASS;
    }
    cli_options(&parser, command, argc, argv);
    if (cli_next(&parser) != CLI_LAST)
        return parser.status;
    int status = cli_operands(&parser, 0, 1);
    if (status != CLI_PASS)
        return status;
    if (parser.first < argc)
        return explain(argv[parser.first]);
    overview();
    return CLI_PASS;
}
