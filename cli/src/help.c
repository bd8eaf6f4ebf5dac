/*
 * help.c -- `muster help`: the overview, a command's help, a topic, a name wherever it is, a scenario, the manual.
 *
 * This room is for: finding what was asked for.
 * It may include:   cli.h, topics.h, manual.h, scn for scenarios.
 * Never here:       a topic (topics.c), or how a page looks (page.c).
 */
#include <string.h>

#include "cli.h"
#include "manual.h"
#include "scenario.h"
#include "scn/scn.h"
#include "topics.h"

enum { OPT_MAN, OPT_TABS, ASKED_MAX = 1024, BEGIN_COLUMN = 48 };
const struct cli_option cli_help_options[] = {
    [OPT_MAN] = {"man", NULL, "print the manual page, for man -l", 0},
    [OPT_TABS] = {"tabs", NULL,
                  "of a topic: a row a line, its fields apart by tabs, without titles", 0},
    {0},
};

void cli_welcome(FILE *out)
{
    static const struct {
        const char *command, *what;
    } rows[] = {{"run learn/01-mapreduce-vs-barrier.lua", "see what a gang is"},
                {"new mine.lua", "write a scenario of your own"},
                {"help", "all commands and topics"}};
    fprintf(
        out,
        "muster: a wind tunnel for gang schedulers\n\nusage: %s run FILE.lua\n\nto begin with:\n\n",
        cli_program());
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char command[96];
        snprintf(command, sizeof command, "%s %s", cli_program(), rows[i].command);
        fprintf(out, "  %-*s %s\n", BEGIN_COLUMN, command, rows[i].what);
    }
}

static void overview(void)
{
    static const struct cli_table commands_table = {
        .label = "a command", .title = {"command"}, .width = {36}, .indent = 2};
    static const struct cli_table topics_table = {
        .label = "a topic", .title = {"topic"}, .width = {36}, .indent = 2};
    unsigned count = 0;
    size_t topic_count = 0;
    const struct cli_command *commands = cli_commands(&count);
    const struct cli_topic *topics = cli_topics(&topic_count);
    struct cli_page page = cli_page_on(CLI_PAGE_TEXT, stdout);
    fputs("muster: a wind tunnel for gang schedulers\n", stdout);
    page.begun = true;
    cli_page_table(&page, &commands_table);
    for (unsigned i = 0; i < count; i++) {
        char usage[64];
        snprintf(usage, sizeof usage, "%s %s %s", cli_program(), commands[i].name,
                 commands[i].arguments);
        cli_page_row(&page, &(struct cli_row){.column = {usage}, .text = commands[i].summary});
    }
    cli_page_heading(&page, "topics of help:");
    cli_page_table(&page, &topics_table);
    for (size_t i = 0; i < topic_count; i++)
        cli_page_row(&page,
                     &(struct cli_row){.column = {topics[i].name}, .text = topics[i].summary});
    cli_page_row(&page, &(struct cli_row){
                            .column = {"NAME"},
                            .text = "any rule, axis, setting, fault, word, record kind or reason"});
    cli_page_row(&page, &(struct cli_row){.column = {"FILE.lua"},
                                          .text = "what a scenario is about, and its parameters"});
    printf("\nstart here:\n\n  %s run %s\n", cli_program(),
           "scenarios/learn/01-mapreduce-vs-barrier.lua");
}

/* What a scenario says of itself, and its parameters. */
static int explain_scenario(const char *given)
{
    char path[PATH_MAX];
    struct scn_info info = {.param_count = 0};
    struct scn_err err = {.detail = ""};
    int status = cli_scenario_locate(given, path);
    if (status != CLI_PASS)
        return status;
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
    cli_scenario_notes(&info);
    return CLI_PASS;
}

/* ---- a name, wherever it is */

static void search_all(struct cli_page *page)
{
    size_t count = 0;
    const struct cli_topic *topics = cli_topics(&count);
    for (size_t i = 0; i < count; i++)
        topics[i].print(page);
    cli_topic_spark_rules(page);
}

/* Whether something has this name; it is told, and what mentions it. */
static bool explain_name(const char *name, struct cli_nearest *nearest,
                         char best[static CLI_PAGE_NAME_MAX])
{
    struct cli_page exact = cli_page_search(CLI_PAGE_FIND, name);
    struct cli_page fragment = cli_page_search(CLI_PAGE_FRAGMENT, name);
    struct cli_page related = cli_page_search(CLI_PAGE_RELATED, name);
    search_all(&exact);
    if (exact.found == 0)
        search_all(&fragment);
    /* The fields of words, gpus and the like, have no row of their own: so the words that have them are told. */
    related.forms = exact.found == 0;
    search_all(&related);
    if (exact.nearest.best != NULL && exact.nearest.distance < nearest->distance) {
        snprintf(best, CLI_PAGE_NAME_MAX, "%s", exact.nearest_name);
        nearest->best = best;
        nearest->distance = exact.nearest.distance;
    }
    return exact.found + fragment.found + related.found > 0;
}

/* A topic and a command may have the same name: the topic says more. */
static bool explain_topic(const char *name, enum cli_page_kind kind, struct cli_nearest *nearest)
{
    unsigned command_count = 0;
    size_t topic_count = 0;
    const struct cli_command *commands = cli_commands(&command_count);
    const struct cli_topic *topics = cli_topics(&topic_count);
    struct cli_page page = cli_page_on(kind, stdout);
    for (size_t i = 0; i < topic_count; i++) {
        if (strcmp(name, topics[i].name) == 0) {
            topics[i].print(&page);
            return true;
        }
        cli_nearest_try(nearest, topics[i].name);
    }
    for (unsigned i = 0; i < command_count; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            cli_usage(&commands[i], stdout);
            return true;
        }
        cli_nearest_try(nearest, commands[i].name);
    }
    return false;
}

static int unknown(const char *name, const struct cli_nearest *nearest)
{
    size_t count = 0, used = 0;
    const struct cli_topic *topics = cli_topics(&count);
    char hint[CLI_PAGE_NAME_MAX + 32], list[512] = "";
    for (size_t i = 0; i < count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "",
                                 topics[i].name);
    return cli_fail(CLI_USAGE, "no command or topic '%s'%s; topics are %s", name,
                    nearest->best != NULL ? cli_nearest_hint(nearest, hint, sizeof hint)
                                          : ", and nothing of that name",
                    list);
}

static int explain(const char *name, enum cli_page_kind kind)
{
    size_t length = strlen(name);
    char best[CLI_PAGE_NAME_MAX];
    if (length > 4 && strcmp(name + length - 4, ".lua") == 0)
        return explain_scenario(name);
    struct cli_nearest nearest = cli_nearest_to(name);
    if (explain_topic(name, kind, &nearest)) {
        if (kind == CLI_PAGE_TABS)
            return CLI_PASS;
        /* What else is called so: the word exit beside the topic exit. */
        struct cli_page also = cli_page_search(CLI_PAGE_FIND, name);
        also.found = 1;
        search_all(&also);
        return CLI_PASS;
    }
    if (explain_name(name, &nearest, best))
        return CLI_PASS;
    return unknown(name, &nearest);
}

/* A line of a log needs no quotes. */
static int explain_words(int count, char **words, enum cli_page_kind kind)
{
    char asked[ASKED_MAX];
    size_t used = 0;
    for (int i = 0; i < count && used < sizeof asked; i++)
        used +=
            (size_t)snprintf(asked + used, sizeof asked - used, "%s%s", i > 0 ? " " : "", words[i]);
    return explain(asked, kind);
}

int cli_help(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    enum cli_page_kind kind = CLI_PAGE_TEXT;
    int option;
    cli_options(&parser, command, argc, argv);
    while ((option = cli_next(&parser)) >= 0)
        kind = option == OPT_MAN ? CLI_PAGE_MAN : CLI_PAGE_TABS;
    if (option != CLI_LAST)
        return parser.status;
    if (kind != CLI_PAGE_TEXT)
        parser.status = cli_operands(&parser, kind == CLI_PAGE_TABS, kind == CLI_PAGE_TABS);
    if (parser.status != CLI_PASS)
        return parser.status;
    if (kind == CLI_PAGE_MAN)
        cli_manual(stdout);
    else if (parser.first < argc)
        return explain_words(argc - parser.first, argv + parser.first, kind);
    else
        overview();
    return CLI_PASS;
}
