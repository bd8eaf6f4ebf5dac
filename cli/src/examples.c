/*
 * examples.c -- the words of scenarios, and small scenarios that show them: the files of cli/examples/.
 *
 * This room is for: finding the example of a word.
 * It may include:   scn for the registry of words, topics.h, cli_examples.inc.
 * Never here:       an example. Each is loaded and run by tests/cli/examples.sh.
 */
#include <ctype.h>
#include <string.h>

#include "scn/scn.h"
#include "topics.h"

static const struct {
    const char *name, *text;
} examples[] = {
#define X(name, text) {name, text},
#include "cli_examples.inc"
#undef X
};

const char *cli_example(size_t index, const char **name)
{
    if (index >= sizeof examples / sizeof examples[0])
        return NULL;
    *name = examples[index].name;
    return examples[index].text;
}

/* Whether the first line, "-- Shows: a, b", names the word. */
static bool shows(const char *text, const char *word)
{
    size_t line = strcspn(text, "\n"), length = strlen(word);
    for (const char *c = text; c + length <= text + line; c++)
        if (memcmp(c, word, length) == 0 && c > text && c[-1] == ' ' &&
            (c[length] == ',' || c[length] == '\n'))
            return true;
    return false;
}

const char *cli_example_of(const char *word)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        if (strcmp(examples[i].name, word) == 0)
            return examples[i].text;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        if (shows(examples[i].text, word))
            return examples[i].text;
    return NULL;
}

void cli_topic_scenario(struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "a word of scenarios", .title = {"word"}, .indent = 2, .below = true};
    size_t count = 0;
    const struct scn_word *words = scn_words(&count);
    cli_page_text(
        page,
        "A scenario is a Lua program that describes a cluster, jobs, what happens to them and what "
        "is "
        "expected. Durations and sizes are strings with units; ranks, executors and attempts count "
        "from 0. 'muster new FILE.lua' writes one to begin with; 'muster help barrier_stage' shows "
        "an "
        "example of a word.");
    cli_page_table(page, &table);
    /* Who reads the whole list sees how a word is written; who looks for one calls it by its name. */
    bool whole = page->kind == CLI_PAGE_TEXT || page->kind == CLI_PAGE_MAN;
    for (size_t i = 0; i < count; i++)
        cli_page_row(page, &(struct cli_row){.column = {whole ? words[i].form : words[i].name},
                                             .text = words[i].doc,
                                             .form = whole ? NULL : words[i].form,
                                             .example = cli_example_of(words[i].name)});
}
