/*
 * spark.c -- Spark's API, settings and messages in muster's words: the rows of cli/spark.tsv.
 *
 * This room is for: putting that table on a page.
 * It may include:   topics.h, cli_spark.inc.
 * Never here:       a row. tests/cli/spark_words.sh looks whether what the rows name is there.
 */
#include <string.h>

#include "topics.h"

static const struct spark_row {
    const char *kind, *spark, *names, *rules, *scenario, *text;
} rows[] = {
#define X(kind, spark, names, rules, scenario, text) {kind, spark, names, rules, scenario, text},
#include "cli_spark.inc"
#undef X
};

static void put_kind(struct cli_page *page, const char *kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].kind, kind) == 0)
            cli_page_row(page, &(struct cli_row){.column = {rows[i].spark, rows[i].names,
                                                            rows[i].rules, rows[i].scenario},
                                                 .text = rows[i].text});
}

void cli_topic_spark(struct cli_page *page)
{
    static const struct {
        const char *kind, *title;
        struct cli_table table;
    } kinds[] = {
#define TABLE(what)                                                                                \
    {.label = what,                                                                                \
     .title = {"Spark", "here", "rules", "scenario"},                                              \
     .indent = 2,                                                                                  \
     .below = true,                                                                                \
     .fragments = true}
        {"API", "What a program calls:", TABLE("of Spark's API")},
        {"config", "What is set:", TABLE("a setting of Spark")},
        {"message",
         "What logs and exceptions say, a fragment of each:", TABLE("a message of Spark")},
        {"term", "What its parts are called:", TABLE("a word of Spark")},
#undef TABLE
    };
    cli_page_text(
        page,
        "What Spark's barrier mode calls something, what that is here, the rules that are about it "
        "('muster help B-121'), and a scenario that shows it. 'muster help' takes a line of a log, "
        "too: muster help \"... didn't get all barrier sync requests ...\".");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        cli_page_heading(page, kinds[i].title);
        page->begun = false; /* no blank line between a title and its rows */
        cli_page_table(page, &kinds[i].table);
        put_kind(page, kinds[i].kind);
    }
}
