/*
 * topics.c -- the topics of help that are read off the registries.
 *
 * This room is for: one function a topic, and the list of them.
 * It may include:   every room's registry, page.h, topics.h.
 * Never here:       a list that exists elsewhere, and how a page looks.
 */
#include <inttypes.h>
#include <string.h>

#include "conf/conf.h"
#include "files.h"
#include "plan/plan.h"
#include "rep/beside.h"
#include "rep/rep.h"
#include "rundir.h"
#include "scn/scn.h"
#include "topics.h"
#include "trace/trace.h"

static void topic_exit(struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "an exit status", .title = {"status"}, .width = {5}, .indent = 2};
    static const struct {
        const char *number, *doc;
    } rows[] = {
#define X(name, number, doc) {#number, doc},
        CLI_EXIT_MAP(X)
#undef X
    };
    cli_page_text(page,
                  "Exit statuses. Of several that apply, the first of this list is returned. Of 'muster diff' 1 says that "
                  "something differs, and 2 that nothing does as far as could be seen.");
    cli_page_table(page, &table);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cli_page_row(page, &(struct cli_row){.column = {rows[i].number}, .text = rows[i].doc});
}

static void topic_files(struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "a file of a run", .title = {"file"}, .width = {15}, .indent = 2};
    cli_page_text(
        page, "A run is a directory, muster-out/<scenario>-<seed>/ unless --out says otherwise; "
              "muster-out/latest points to the last one. It is written under a hidden name beside "
              "it and renamed when it is complete, so what you see is whole. An older run of that "
              "name is replaced; a directory that holds anything else is never touched.");
    cli_page_table(page, &table);
    for (unsigned i = 0; i < CLI_FILE_COUNT; i++)
        cli_page_row(page, &(struct cli_row){.column = {cli_file_name((enum cli_file)i)},
                                             .text = cli_file_doc((enum cli_file)i)});
}

static void topic_environment(struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "an environment variable", .title = {"variable"}, .width = {19}, .indent = 2};
    static const struct cli_row rows[] = {
        {.column = {"MUSTER_SCENARIOS"},
         .text = "where scenarios are looked for that are not found as a path"},
        {.column = {"GITHUB_STEP_SUMMARY"},
         .text = "where 'check --format github' adds its summary"},
        {.column = {"MUSTER_COMMAND"},
         .text = "how messages and replay lines call this command; the bootstrap script sets it"},
        {.column = {"MUSTER_YES"},
         .text = "1: the bootstrap script installs what is missing without asking"},
        {.column = {"MUSTER_BUILD"},
         .text = "the bootstrap script's build directory (default build/main)"},
        {.column = {"NO_COLOR"}, .text = "not empty: no colours"},
        {.column = {"TERM"}, .text = "whether a terminal gets colours"},
        {.column = {"LC_ALL"}, .text = "whether a terminal gets Unicode; so do LC_CTYPE and LANG"},
    };
    cli_page_table(page, &table);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cli_page_row(page, &rows[i]);
    cli_page_text(page, "None of them changes a run, a history or a chain.");
}

static void topic_managers(struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "a cluster manager", .title = {"manager"}, .width = {12}, .indent = 2};
    const char *name, *doc;
    cli_page_text(
        page,
        "Where a cluster's executors come from: cluster { manager = \"yarn\", every = \"1s\", "
        "executors = 4 }. A manager sets when executors arrive and restart_delay (unless the "
        "scenario does); without one they are there at once.");
    cli_page_table(page, &table);
    for (size_t i = 0; (name = scn_manager(i, &doc)) != NULL; i++)
        cli_page_row(page, &(struct cli_row){.column = {name}, .text = doc});
}

static void topic_metrics(struct cli_page *page)
{
    static const struct {
        const char *title;
        struct cli_table table;
    } tables[] = {
        {"jobs.csv, a row a stage:",
         {.label = "a column of jobs.csv",
          .title = {"column", "unit"},
          .width = {10, 13},
          .indent = 2}},
        {"slots.csv, a row a task's life:",
         {.label = "a column of slots.csv",
          .title = {"column", "unit"},
          .width = {10, 13},
          .indent = 2}},
        {"the summary of a run:",
         {.label = "a line of the summary",
          .title = {"line", "unit"},
          .width = {10, 13},
          .indent = 2}},
    };
    for (unsigned table = 0; table < sizeof tables / sizeof tables[0]; table++) {
        const char *name, *unit, *doc;
        cli_page_heading(page, tables[table].title);
        page->begun = false; /* no blank line between a title and its rows */
        cli_page_table(page, &tables[table].table);
        for (unsigned i = 0; rep_metric(table, i, &name, &unit, &doc); i++)
            cli_page_row(page, &(struct cli_row){.column = {name, unit}, .text = doc});
    }
    static const struct cli_table compared = {
        .label = "a row of diff", .title = {"row", "unit"}, .width = {14, 7}, .indent = 2};
    cli_page_heading(page, "what 'muster diff' compares, besides the verdict (with _ for blanks in TSV and JSON):");
    page->begun = false;
    cli_page_table(page, &compared);
    for (unsigned i = 0; rep_tally_text(i) != NULL; i++)
        cli_page_row(page, &(struct cli_row){.column = {rep_tally_text(i), rep_tally_unit(i)}, .text = rep_tally_doc(i)});
}

/* A setting's value as a scenario writes it. */
static void value_text(unsigned setting, int64_t value, char out[static 32])
{
    if (plan_setting_is_time(setting))
        plan_format_duration(value, out);
    else
        snprintf(out, 32, "%" PRId64, value);
}

static void topic_settings(struct cli_page *page)
{
    static const struct cli_table table = {.label = "a setting",
                                           .title = {"setting", "default", "from", "to"},
                                           .width = {19, 10, 4, 8},
                                           .text_title = "what it is"};
    cli_page_text(
        page,
        "Times and budgets that a scenario sets: settings { heartbeat_timeout = \"30s\", attempts "
        "= 2 }. Times are strings with a unit, counts are numbers. latency and bandwidth are words "
        "of network { }, virtual, events, overtaken and wait of limits { }.");
    cli_page_table(page, &table);
    for (unsigned i = 0; i < PLAN_SETTING_COUNT; i++) {
        char def[32], from[32], to[32];
        int64_t lo, hi;
        plan_setting_range(i, &lo, &hi);
        value_text(i, plan_setting_default(i), def);
        value_text(i, lo, from);
        value_text(i, hi, to);
        cli_page_row(page, &(struct cli_row){.column = {plan_setting_text(i), def, from, to},
                                             .text = plan_setting_doc(i)});
    }
}

static void topic_oracles(struct cli_page *page)
{
    static const struct cli_table table = {.label = "an oracle", .title = {"oracle"}, .width = {8}};
    cli_page_text(
        page,
        "An oracle looks at every record of a run and knows nothing of the scheduler. Each has "
        "numbered rules: 'muster rules AON' lists those of one, 'muster help AON-1' tells one.");
    cli_page_table(page, &table);
    for (unsigned i = 0; i < CONF_ORACLE_COUNT; i++)
        cli_page_row(
            page, &(struct cli_row){.column = {conf_oracle_text(i)}, .text = conf_oracle_doc(i)});
}

static void topic_records(struct cli_page *page)
{
    static const struct cli_table table = {.label = "a record kind",
                                           .title = {"record", "writer", "a", "b"},
                                           .width = {13, 9, 13, 13},
                                           .text_title = "what happened"};
    cli_page_text(page,
                  "A history is a list of records; a and b are what a record of that kind carries "
                  "besides its "
                  "time, job, stage, attempt, epoch, rank and executor. A scenario may name them: "
                  "record(\"fence\", { job = train, attempt = 0 }).");
    cli_page_table(page, &table);
    for (unsigned i = 1; i < TRACE_KIND_LIMIT; i++)
        cli_page_row(page, &(struct cli_row){.column = {trace_kind_text(i),
                                                        trace_actor_text(trace_kind_actor(i)),
                                                        trace_kind_a(i), trace_kind_b(i)},
                                             .text = trace_kind_doc(i)});
}

static void topic_reasons(struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "a reason", .title = {"reason"}, .width = {16}, .indent = 2};
    cli_page_text(
        page,
        "Why something was refused, fenced, lost, killed or waits. A scenario may expect one: "
        "expect { fit:fails(\"slots\") }.");
    cli_page_table(page, &table);
    for (unsigned i = 0; i < TRACE_REASON_LIMIT; i++)
        if (trace_reason_text(i) != NULL) /* some numbers are no longer in use */
            cli_page_row(page, &(struct cli_row){.column = {trace_reason_text(i)},
                                                 .text = trace_reason_doc(i)});
}

static void topic_timers(struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "a timer", .title = {"timer"}, .width = {16}, .indent = 2};
    cli_page_text(
        page, "What a TIMER record says has fired, and a QUIESCENT record that it is still armed.");
    cli_page_table(page, &table);
    for (unsigned i = 0; trace_timer_text(i) != NULL; i++)
        cli_page_row(
            page, &(struct cli_row){.column = {trace_timer_text(i)}, .text = trace_timer_doc(i)});
}

static void topic_progress(struct cli_page *page)
{
    cli_page_text(page, "A run that takes longer than a second says on stderr how far it is: the "
                        "virtual time, records "
                        "a second, gangs that wait to be launched, and jobs that are done. A "
                        "terminal gets one line "
                        "that changes, at most ten times a second. Anything else gets a line after "
                        "10 s and then one "
                        "each 30 s, so that a log shows that it lives. --quiet says nothing.");
    cli_page_text(page, "So do replay, judge and report, of the history that they read.");
    cli_page_text(page, "What is left is told only once a tenth of the jobs, and at least ten, are "
                        "done, and it says no "
                        "more than that: so long, if the others take as long as those did.");
    cli_page_text(page, "Ctrl-C ends a run and keeps what was found until then, with a verdict "
                        "that is at best unknown; "
                        "a second Ctrl-C leaves at once and keeps nothing.");
}

static unsigned count_bits(const uint64_t rules[CONF_RULE_WORDS])
{
    unsigned count = 0;
    for (unsigned i = 0; i < 64 * CONF_RULE_WORDS; i++)
        count += (unsigned)(rules[i / 64] >> i % 64 & 1);
    return count;
}

static void topic_profiles(struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "a profile", .title = {"profile", "rules"}, .width = {14, 6}, .indent = 2, .text_title = "who claims it says"};
    size_t count = 0;
    const struct conf_profile *profiles = conf_profiles(&count);
    cli_page_text(page, "What a scheduler claims. 'muster check --profile' judges all rules and counts those that the profile "
                        "claims; the others are told as not applicable. conformance/rules/profiles.tsv has each rule.");
    cli_page_table(page, &table);
    for (size_t i = 0; i < count; i++) {
        uint64_t rules[CONF_RULE_WORDS];
        char number[16];
        conf_profile_claims(i, rules);
        snprintf(number, sizeof number, "%u", count_bits(rules));
        cli_page_row(page, &(struct cli_row){.column = {profiles[i].name, number}, .text = profiles[i].doc});
    }
}

static void topic_protocol(struct cli_page *page)
{
    static const struct cli_table questions = {
        .label = "a question", .title = {"question", "answer"}, .width = {10, 12}, .indent = 2, .text_title = "when"};
    static const struct cli_table decisions = {.label = "a decision", .title = {"do", "fields"}, .width = {10, 18}, .indent = 2};
    static const char *const conversation[][3] = {
        {"hello", "hello", "once, when the command has started: protocol, name, roles"},
        {"reset", "ready", "a run begins: forget every other run"},
        {"plan", "decisions", "somebody waits, and something has changed: now, waiting, running, executors"},
        {"any", "error", "it cannot go on: message"},
    };
    static const char *const words[][3] = {
        {"launch", "executors, ranks", "these tasks, and whatever of the gang is held, start"},
        {"hold", "executors, ranks", "these slots are reserved"},
        {"release", "ranks", "what is held is given back"},
        {"evict", "ranks", "what runs is ended, and waits again"},
        {"fail", "reason", "its job is given up"},
        {"wake_at", "at", "ask again then"},
    };
    cli_page_text(page, "--target exec:'COMMAND' lets a command schedule: one line of JSON to its stdin, one line of JSON from its stdout. "
                        "docs/protocol.md has it all, with a whole conversation; docs/protocol/ has JSON Schema of every message; "
                        "scenarios/schedulers/exec/ has schedulers in Python, C and Perl. 'muster protocol-test COMMAND' walks one through it.");
    cli_page_table(page, &questions);
    for (size_t i = 0; i < sizeof conversation / sizeof conversation[0]; i++)
        cli_page_row(page, &(struct cli_row){.column = {conversation[i][0], conversation[i][1]}, .text = conversation[i][2]});
    cli_page_text(page, "An answer repeats its question's id. Keys that are not known are to be ignored; those of an answer that begin with "
                        "x- are comments. Of the decisions in an answer all but wake_at have job_id and stage_id, of a gang in the view:");
    cli_page_table(page, &decisions);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cli_page_row(page, &(struct cli_row){.column = {words[i][0], words[i][1]}, .text = words[i][2]});
    cli_page_text(page, "The same again must be decided the same: 'muster check' asks twice, and the first answer that differs is status 4.");
}

static const struct cli_topic topics[] = {
    {"scenario", "the words a scenario may use", "SCENARIOS", cli_topic_scenario},
    {"settings", "the times and budgets a scenario may set", "SETTINGS", topic_settings},
    {"faults", "what a scenario can do to the world", "FAULTS", cli_topic_faults},
    {"managers", "the cluster managers that a scenario may name", "CLUSTER MANAGERS",
     topic_managers},
    {"policies", "the policies and the axes they are made of", "POLICIES", cli_topic_policies},
    {"spark", "Spark's API, settings and messages, in muster's words", "SPARK", cli_topic_spark},
    {"oracles", "the judges", "ORACLES", topic_oracles},
    {"rules", "the rules that runs are judged by", "RULES", cli_topic_rules},
    {"profiles", "which rules a scheduler may claim", "PROFILES", topic_profiles},
    {"protocol", "what a scheduler of your own is asked, and answers", "PROTOCOL", topic_protocol},
    {"records", "the kinds of records that a history is made of", "RECORDS", topic_records},
    {"reasons", "why something was refused, lost, killed or waits", "REASONS", topic_reasons},
    {"timers", "the timers that histories speak of", "TIMERS", topic_timers},
    {"metrics", "what the columns of jobs.csv and the summary mean", "METRICS", topic_metrics},
    {"progress", "what a long run says on its way", "PROGRESS", topic_progress},
    {"files", "what a run's directory holds", "FILES", topic_files},
    {"environment", "the variables that are read", "ENVIRONMENT", topic_environment},
    {"exit", "what the exit statuses mean", "EXIT STATUS", topic_exit},
};

const struct cli_topic *cli_topics(size_t *count)
{
    *count = sizeof topics / sizeof topics[0];
    return topics;
}
