/*
 * lists.c -- `muster faults`, `policies` and `rules`: the registries of the other rooms, printed.
 *
 * This room is for: tables of names and sentences.
 * It may include:   plan, core, conf, scn for their registries.
 * Never here:       a name or a sentence of our own that belongs to a registry.
 */
#include <assert.h>
#include <string.h>

#include "cli.h"
#include "conf/conf.h"
#include "gang/gang.h"
#include "plan/plan.h"
#include "scn/scn.h"
#include "topics.h"

enum { OPT_TABS };
const struct cli_option cli_list_options[] = {
    [OPT_TABS] = {"tabs", NULL, "a row a line, its fields apart by tabs, without titles", 0},
    {0},
};

/* Reads the options of a list: the page to print it on. false when help was shown or the usage was wrong. */
static bool page_for(const struct cli_command *command, int argc, char **argv, int most,
                     struct cli_parser *parser, struct cli_page *page)
{
    int option;
    *page = cli_page_on(CLI_PAGE_TEXT, stdout);
    cli_options(parser, command, argc, argv);
    while ((option = cli_next(parser)) == OPT_TABS)
        page->kind = CLI_PAGE_TABS;
    if (option != CLI_LAST)
        return false;
    parser->status = cli_operands(parser, 0, most);
    return parser->status == CLI_PASS;
}

/* How a scenario writes the act. */
static const char *form_of(unsigned kind)
{
    size_t count = 0;
    const struct scn_word *words = scn_words(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].name, plan_act_word(kind)) == 0)
            return words[i].form;
    return "";
}

void cli_topic_faults(struct cli_page *page)
{
    static const char *const targets[] = {[PLAN_TARGET_JOB] = "job",
                                          [PLAN_TARGET_EXECUTOR] = "executor",
                                          [PLAN_TARGET_TASK] = "task",
                                          [PLAN_TARGET_LINK] = "link",
                                          [PLAN_TARGET_DRIVER] = "driver"};
    static const struct cli_table table = {
        .label = "a fault", .title = {"fault", "to"}, .width = {12, 9}};
    cli_page_table(page, &table);
    for (unsigned kind = 1; kind < PLAN_ACT_LIMIT; kind++)
        cli_page_row(
            page, &(struct cli_row){.column = {plan_act_text(kind), targets[plan_act_target(kind)]},
                                    .text = plan_act_doc(kind),
                                    .form = form_of(kind)});
}

int cli_faults(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    struct cli_page page;
    if (page_for(command, argc, argv, 0, &parser, &page))
        cli_topic_faults(&page);
    return parser.status;
}

static void axis_row(struct cli_page *page, enum gang_axis axis)
{
    char more[256];
    snprintf(more, sizeof more, "To set it: --set %s=%s", gang_axis_text(axis),
             gang_axis_value(axis, 1));
    cli_page_row(page,
                 &(struct cli_row){.column = {gang_axis_text(axis), gang_axis_value(axis, 0),
                                              gang_axis_value(axis, 1), gang_axis_rules(axis)},
                                   .text = gang_axis_doc(axis),
                                   .more = page->kind == CLI_PAGE_FIND ? more : NULL});
}

void cli_topic_policies(struct cli_page *page)
{
    static const struct cli_table axes = {.label = "an axis of the policy",
                                          .title = {"axis", "strict", "spark", "rules"},
                                          .width = {18, 14, 14, 18},
                                          .text_title = "what it decides"};
    static const struct cli_table past = {
        .label = "an axis of the policy, of what Spark has mended",
        .title = {"mended in Spark", "both policies", "before", "ticket"},
        .width = {18, 14, 14, 18},
        .text_title = "what it decides"};
    cli_page_table(page, &axes);
    for (unsigned i = 0; i < GANG_AXIS_COUNT; i++) {
        if (i == GANG_AXIS_OF_POLICY)
            cli_page_table(page, &past);
        axis_row(page, (enum gang_axis)i);
    }
    cli_page_text(
        page,
        "strict is the default; --policy spark is what Spark 4.2 does, and --policy spark --set "
        "late_success=fence what it would do with one thing mended. Each axis has a scenario whose "
        "story it changes, somewhere in scenarios.");
}

int cli_policies(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    struct cli_page page;
    if (page_for(command, argc, argv, 0, &parser, &page))
        cli_topic_policies(&page);
    return parser.status;
}

/* A rule is wanted when it has one of the ids, or an id names its whole group ("AON", and of Spark's "B"). */
static bool is_wanted(const char *rule, char **ids, int count)
{
    for (int i = 0; i < count; i++) {
        size_t length = strlen(ids[i]);
        if (strncmp(rule, ids[i], length) == 0 && (rule[length] == '\0' || rule[length] == '-'))
            return true;
    }
    return count == 0;
}

static const struct cli_table rules_table = {
    .label = "a rule", .title = {"rule", "oracle", "spark", "cases"}, .width = {8, 7, 12, 12}};

static size_t list_rules(struct cli_page *page, char **ids, int count)
{
    size_t rules_count = 0, shown = 0;
    const struct conf_rule *rules = conf_rules(&rules_count);
    bool whole = count > 0 || (page->kind != CLI_PAGE_TEXT && page->kind != CLI_PAGE_MAN);
    cli_page_table(page, &rules_table);
    for (size_t i = 0; i < rules_count; i++) {
        if (!is_wanted(rules[i].id, ids, count))
            continue;
        struct cli_row row = {.column = {rules[i].id, rules[i].oracle}, .text = rules[i].statement};
        bool text = page->kind == CLI_PAGE_TEXT;
        if (whole && !text) { /* who reads fields, or looks for one rule, gets all of it */
            row.column[2] = rules[i].spark;
            row.column[3] = rules[i].cases;
        }
        cli_page_row(page, &row);
        if (whole && text)
            printf("%-16s spark: %s\n%-16s cases: %s\n", "", rules[i].spark, "", rules[i].cases);
        shown++;
    }
    return shown;
}

/* Spark's own rules: those that were asked for. */
static size_t list_sparks(struct cli_page *page, char **ids, int count)
{
    static const struct cli_table table = {
        .label = "a rule of Spark", .title = {"rule", "reach"}, .width = {8, 13}};
    size_t rows_count = 0, shown = 0;
    const struct conf_spark_rule *rows = conf_spark_rules(&rows_count);
    page->begun = false; /* they follow the other rules that were asked for */
    cli_page_table(page, &table);
    for (size_t i = 0; i < rows_count; i++) {
        if (!is_wanted(rows[i].id, ids, count))
            continue;
        struct cli_row row = {.column = {rows[i].id, conf_reach_text(rows[i].reach)},
                              .text = rows[i].where};
        if (page->kind == CLI_PAGE_FIND &&
            rows[i].reach == CONF_REACH_CHECKED) { /* then that is a list of tests */
            row.text = "--policy spark is checked against it by these tests:";
            row.more = rows[i].where;
        }
        cli_page_row(page, &row);
        shown++;
    }
    return shown;
}

void cli_topic_spark_rules(struct cli_page *page) { (void)list_sparks(page, NULL, 0); }

static void count_sparks(struct cli_page *page)
{
    size_t count = 0, of[CONF_REACH_COUNT] = {0}, all = 0;
    const struct conf_spark_rule *rows = conf_spark_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].id[0] == 'B') {
            of[rows[i].reach]++;
            all++;
        }
    char line[256];
    snprintf(line, sizeof line,
             "Of Spark's %zu own rules (B-01 and so on) %zu are checked under policy spark, %zu "
             "differ here, and "
             "%zu are out of reach.",
             all, of[CONF_REACH_CHECKED], of[CONF_REACH_DIFFERS], of[CONF_REACH_OUT_OF_REACH]);
    cli_page_text(page, line);
}

void cli_topic_rules(struct cli_page *page)
{
    (void)list_rules(page, NULL, 0);
    count_sparks(page);
}

static int unknown_rule(const char *given)
{
    size_t count = 0, sparks_count = 0;
    const struct conf_rule *rules = conf_rules(&count);
    const struct conf_spark_rule *sparks = conf_spark_rules(&sparks_count);
    struct cli_nearest nearest = cli_nearest_to(given);
    for (size_t i = 0; i < count; i++)
        cli_nearest_try(&nearest, rules[i].id);
    for (size_t i = 0; i < sparks_count; i++)
        cli_nearest_try(&nearest, sparks[i].id);
    char hint[96];
    return cli_fail(CLI_USAGE, "no rule '%s'%s; see '%s rules'", given,
                    cli_nearest_hint(&nearest, hint, sizeof hint), cli_program());
}

int cli_rules(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    struct cli_page page;
    if (!page_for(command, argc, argv, argc, &parser, &page))
        return parser.status;
    char **ids = argv + parser.first;
    int ids_count = argc - parser.first;
    if (ids_count == 0) {
        cli_topic_rules(&page);
        return CLI_PASS;
    }
    if (list_rules(&page, ids, ids_count) + list_sparks(&page, ids, ids_count) > 0)
        return CLI_PASS;
    return unknown_rule(argv[parser.first]);
}
