/*
 * lists.c -- `muster faults`, `policies` and `rules`: the registries of the other rooms, printed.
 *
 * This room is for: tables of names and sentences.
 * It may include:   plan, core, conf, scn for their registries.
 * Never here:       a name or a sentence of our own that belongs to a registry.
 */
#include <string.h>

#include "cli.h"
#include "conf/conf.h"
#include "gang/gang.h"
#include "plan/plan.h"
#include "scn/scn.h"

/* Commands without options: false when help was shown or the usage was wrong. */
static bool operands_only(const struct cli_command *command, int argc, char **argv, int most,
                          struct cli_parser *parser)
{
    cli_options(parser, command, argc, argv);
    if (cli_next(parser) != CLI_LAST)
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

void cli_list_faults(void)
{
    static const char *const targets[] = {[PLAN_TARGET_JOB] = "job",
                                          [PLAN_TARGET_EXECUTOR] = "executor",
                                          [PLAN_TARGET_TASK] = "task",
                                          [PLAN_TARGET_LINK] = "link",
                                          [PLAN_TARGET_DRIVER] = "driver"};
    for (unsigned kind = 1; kind < PLAN_ACT_LIMIT; kind++)
        printf("%-12s %-9s %s\n%-22s %s\n", plan_act_text(kind), targets[plan_act_target(kind)],
               plan_act_doc(kind), "", form_of(kind));
}

int cli_faults(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    if (operands_only(command, argc, argv, 0, &parser))
        cli_list_faults();
    return parser.status;
}

void cli_list_policies(void)
{
    printf("%-18s %-14s %-14s %-18s %s\n", "axis", "strict", "spark", "rules", "what it decides");
    for (unsigned i = 0; i < GANG_AXIS_COUNT; i++) {
        enum gang_axis axis = (enum gang_axis)i;
        if (i == GANG_AXIS_OF_POLICY)
            printf("\n%-18s %-14s %-14s %-18s %s\n", "mended in Spark", "both policies", "before",
                   "ticket", "what it decides");
        printf("%-18s %-14s %-14s %-18s %s\n", gang_axis_text(axis), gang_axis_value(axis, 0),
               gang_axis_value(axis, 1), gang_axis_rules(axis), gang_axis_doc(axis));
    }
    fputs("\nstrict is the default; --policy spark is what Spark 4.2 does, and --policy spark --set "
          "late_success=fence\n"
          "what it would do with one thing mended. Each axis has a scenario whose story it changes, in "
          "scenarios/bugs/spark\n"
          "or scenarios/faults.\n",
          stdout);
}

int cli_policies(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    if (operands_only(command, argc, argv, 0, &parser))
        cli_list_policies();
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

static size_t list_rules(char **ids, int count)
{
    size_t rules_count = 0, shown = 0;
    const struct conf_rule *rules = conf_rules(&rules_count);
    for (size_t i = 0; i < rules_count; i++) {
        if (!is_wanted(rules[i].id, ids, count))
            continue;
        printf("%-8s %-7s %s\n", rules[i].id, rules[i].oracle, rules[i].statement);
        if (count > 0) /* who asks for one rule wants all of it */
            printf("%-16s spark: %s\n%-16s cases: %s\n", "", rules[i].spark, "", rules[i].cases);
        shown++;
    }
    return shown;
}

/* Spark's own rules: those that were asked for. */
static size_t list_sparks(char **ids, int count)
{
    size_t rows_count = 0, shown = 0;
    const struct conf_spark_rule *rows = conf_spark_rules(&rows_count);
    for (size_t i = 0; i < rows_count; i++) {
        if (!is_wanted(rows[i].id, ids, count))
            continue;
        printf("%-8s %-13s %s\n", rows[i].id, conf_reach_text(rows[i].reach), rows[i].where);
        shown++;
    }
    return shown;
}

static void count_sparks(void)
{
    size_t count = 0, of[CONF_REACH_COUNT] = {0}, all = 0;
    const struct conf_spark_rule *rows = conf_spark_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].id[0] == 'B') {
            of[rows[i].reach]++;
            all++;
        }
    printf("\nOf Spark's %zu own rules (B-01 and so on) %zu are checked under policy spark, %zu differ "
           "here, and %zu are out of reach.\n",
           all, of[CONF_REACH_CHECKED], of[CONF_REACH_DIFFERS], of[CONF_REACH_OUT_OF_REACH]);
}

void cli_list_rules(void)
{
    (void)list_rules(NULL, 0);
    count_sparks();
}

int cli_rules(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    if (!operands_only(command, argc, argv, argc, &parser))
        return parser.status;
    char **ids = argv + parser.first;
    int ids_count = argc - parser.first;
    if (ids_count == 0) {
        cli_list_rules();
        return CLI_PASS;
    }
    if (list_rules(ids, ids_count) + list_sparks(ids, ids_count) > 0)
        return CLI_PASS;
    size_t count = 0;
    const struct conf_rule *rules = conf_rules(&count);
    struct cli_nearest nearest = cli_nearest_to(argv[parser.first]);
    for (size_t i = 0; i < count; i++)
        cli_nearest_try(&nearest, rules[i].id);
    char hint[96];
    return cli_fail(CLI_USAGE, "no rule '%s'%s", argv[parser.first],
                    cli_nearest_hint(&nearest, hint, sizeof hint));
}
