/*
 * topics.h -- the topics of help: each a function that puts what it has to say on a page.
 */
#ifndef CLI_TOPICS_H
#define CLI_TOPICS_H

#include "page.h"

typedef void cli_topic_fn(struct cli_page *page);
struct cli_topic {
    const char *name, *summary, *title; /* title: of its section in the manual */
    cli_topic_fn *print;
};
const struct cli_topic *cli_topics(size_t *count);

/* Those that are more than a loop over a registry. */
cli_topic_fn cli_topic_spark, cli_topic_faults, cli_topic_policies, cli_topic_rules,
    cli_topic_scenario;
/* Spark's own rules, B-01 and so on; they are no part of the list of rules, but can be asked for. */
cli_topic_fn cli_topic_spark_rules;

/* A scenario that shows a word and loads, or NULL. Its first line names the words that it shows. */
const char *cli_example_of(const char *word);
/* All of them, from 0 on; NULL behind the last. */
const char *cli_example(size_t index, const char **name);

#endif
