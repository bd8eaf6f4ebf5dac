/*
 * options.c -- reads a command's options with getopt_long, shows its help, and knows the nearest
 * name of a misspelled one.
 *
 * This room is for: command lines; one table of rows a command gives both the parser and the help.
 * It may include:   <getopt.h>, cli.h, page.h.
 * Never here:       what an option means.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "page.h"

enum { OPTIONS_MAX = 32, LONG_FIRST = 1000, NAME_MAX_BYTES = 64, COLUMN = 26 };

static const struct cli_option no_options[] = {{0}};

static const struct cli_option *rows(const struct cli_command *command)
{
    return command->options != NULL ? command->options : no_options;
}

bool cli_option_at(const struct cli_command *command, size_t index, struct cli_option *out)
{
    size_t count = 0;
    while (rows(command)[count].name != NULL)
        count++;
    static const struct cli_option help = {"help", NULL, "show this", 'h'};
    *out = index < count ? rows(command)[index] : help;
    return index <= count;
}

void cli_option_text(const struct cli_option *option, char *buffer, size_t size)
{
    char letter[8] = "";
    if (option->letter != '\0')
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(buffer, size, "%s--%s%s%s", letter, option->name,
             option->argument != NULL ? " " : "",
             option->argument != NULL ? option->argument : "");
}

static void print_options(const struct cli_command *command, struct cli_page *page)
{
    static const struct cli_table table = {
        .label = "an option", .title = {"option"}, .width = {COLUMN}, .indent = 2};
    struct cli_option option;
    cli_page_heading(page, "options:");
    page->begun = false;
    cli_page_table(page, &table);
    for (size_t i = 0; cli_option_at(command, i, &option); i++) {
        char left[NAME_MAX_BYTES];
        cli_option_text(&option, left, sizeof left);
        cli_page_row(page, &(struct cli_row){.column = {left}, .text = option.doc});
    }
}

void cli_usage(const struct cli_command *command, FILE *out)
{
    struct cli_page page = cli_page_on(CLI_PAGE_TEXT, out);
    fprintf(out, "usage: %s %s%s%s%s\n\n%c%s.\n", cli_program(), command->name,
            command->arguments[0] != '\0' ? " " : "", command->arguments,
            rows(command)->name != NULL ? " [options]" : "", command->summary[0] - 'a' + 'A',
            command->summary + 1);
    if (command->details != NULL)
        cli_page_text(&page, command->details);
    page.begun = true;
    print_options(command, &page);
    fprintf(out, "\nexample:\n  %s\n", command->example);
}

void cli_options(struct cli_parser *parser, const struct cli_command *command, int argc,
                 char **argv)
{
    *parser =
        (struct cli_parser){.command = command, .argc = argc, .argv = argv, .status = CLI_PASS};
    opterr = 0;
    optind = 1;
}

/* getopt's tables, made from the rows: long options are numbered from LONG_FIRST, letters stand for
 * themselves. */
static void make_tables(const struct cli_command *command,
                        struct option longs[static OPTIONS_MAX + 2],
                        char shorts[static 2 * OPTIONS_MAX + 4])
{
    int count = 0;
    char *s = shorts;
    *s++ = ':'; /* a missing argument is told apart from an unknown option */
    *s++ = 'h';
    for (const struct cli_option *row = rows(command); row->name != NULL && count < OPTIONS_MAX;
         row++, count++) {
        int has = row->argument != NULL ? required_argument : no_argument;
        longs[count] = (struct option){row->name, has, NULL, LONG_FIRST + count};
        if (row->letter != '\0') {
            *s++ = row->letter;
            if (has == required_argument)
                *s++ = ':';
        }
    }
    longs[count++] = (struct option){"help", no_argument, NULL, 'h'};
    longs[count] = (struct option){NULL, 0, NULL, 0};
    *s = '\0';
}

static int index_of_letter(const struct cli_command *command, int letter)
{
    const struct cli_option *row = rows(command);
    for (int i = 0; row[i].name != NULL; i++)
        if (row[i].letter == letter)
            return i;
    return CLI_STOP;
}

static int usage_error(struct cli_parser *parser, int status)
{
    parser->status = status;
    return CLI_STOP;
}

/* Why an option that other commands have is none of this one's; NULL: it is simply unknown. */
static const char *refusal(const struct cli_command *command, const char *name)
{
    const struct cli_refusal *row = command->refusals;
    for (; row != NULL && row->option != NULL; row++)
        if (strcmp(row->option, name) == 0)
            return row->why;
    return NULL;
}

static int complain_unknown(struct cli_parser *parser)
{
    const char *command = parser->command->name, *given = parser->argv[optind - 1];
    if (optopt >= LONG_FIRST ||
        optopt == 'h') /* a known long option, so it was given a value it does not take */
        return usage_error(parser, cli_fail(CLI_USAGE, "%s: '%s' takes no value", command, given));
    if (optopt != 0)
        return usage_error(parser, cli_fail(CLI_USAGE, "%s: no option '-%c'; see '%s help %s'",
                                            command, optopt, cli_program(), command));
    char name[NAME_MAX_BYTES], hint[NAME_MAX_BYTES + 32];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(given, "="), given);
    const char *why = refusal(parser->command, name);
    if (why != NULL)
        return usage_error(parser, cli_fail(CLI_USAGE, "%s: no option '%s' here: %s", command, name, why));
    struct cli_nearest nearest = cli_nearest_to(name);
    char known[OPTIONS_MAX][NAME_MAX_BYTES];
    int count = 0;
    for (const struct cli_option *row = rows(parser->command);
         row->name != NULL && count < OPTIONS_MAX; row++) {
        snprintf(known[count], sizeof known[count], "--%s", row->name);
        cli_nearest_try(&nearest, known[count++]);
    }
    cli_nearest_try(&nearest, "--help");
    cli_nearest_hint(&nearest, hint, sizeof hint);
    return usage_error(parser, cli_fail(CLI_USAGE, "%s: no option '%s'%s; see '%s help %s'",
                                        command, name, hint, cli_program(), command));
}

int cli_next(struct cli_parser *parser)
{
    struct option longs[OPTIONS_MAX + 2];
    char shorts[2 * OPTIONS_MAX + 4];
    make_tables(parser->command, longs, shorts);
    int c = getopt_long(parser->argc, parser->argv, shorts, longs, NULL);
    parser->value = optarg;
    if (c == -1) {
        parser->first = optind;
        return CLI_LAST;
    }
    if (c == 'h') {
        cli_usage(parser->command, stdout);
        return CLI_STOP;
    }
    if (c == ':')
        return usage_error(parser, cli_fail(CLI_USAGE, "%s: '%s' needs a value",
                                            parser->command->name, parser->argv[optind - 1]));
    if (c == '?')
        return complain_unknown(parser);
    return c >= LONG_FIRST ? c - LONG_FIRST : index_of_letter(parser->command, c);
}

int cli_operands(const struct cli_parser *parser, int lo, int hi)
{
    int count = parser->argc - parser->first;
    const struct cli_command *command = parser->command;
    if (count < lo)
        return cli_fail(CLI_USAGE, "%s: needs %s; see '%s help %s'", command->name,
                        command->arguments, cli_program(), command->name);
    if (count > hi)
        return cli_fail(CLI_USAGE, "%s: '%s' is one operand too many; see '%s help %s'",
                        command->name, parser->argv[parser->first + hi], cli_program(),
                        command->name);
    return CLI_PASS;
}

bool cli_number(const struct cli_parser *parser, const char *option, uint64_t lo, uint64_t hi,
                uint64_t *out)
{
    const char *text = parser->value;
    char *end = NULL;
    errno = 0;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    unsigned long long value = strtoull(text, &end, hex ? 16 : 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value >= lo &&
        value <= hi) {
        *out = value;
        return true;
    }
    (void)cli_fail(CLI_USAGE, "%s: --%s is '%s', must be a whole number in %llu..%llu",
                   parser->command->name, option, text, (unsigned long long)lo,
                   (unsigned long long)hi);
    return false;
}

/* "pretty, tap or junit" */
static void list_words(const char *const *words, unsigned count, char *out, size_t size)
{
    out[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
    }
}

int cli_word_of(const char *option, const char *text, const char *const *words, unsigned count)
{
    struct cli_nearest nearest = cli_nearest_to(text);
    char all[256], hint[NAME_MAX_BYTES + 32];
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0)
            return (int)i;
        cli_nearest_try(&nearest, words[i]);
    }
    list_words(words, count, all, sizeof all);
    (void)cli_fail(CLI_USAGE, "--%s is '%s', must be %s%s", option, text, all,
                   cli_nearest_hint(&nearest, hint, sizeof hint));
    return -1;
}

bool cli_format_parse(const char *text, enum cli_format *out)
{
    static const char *const names[] = {
        [CLI_PRETTY] = "pretty", [CLI_TAP] = "tap", [CLI_JUNIT] = "junit"};
    int word = cli_word_of("format", text, names, sizeof names / sizeof names[0]);
    *out = word >= 0 ? (enum cli_format)word : *out;
    return word >= 0;
}

/* Edit distance in which two neighbours changing places count once; over at most NAME_MAX_BYTES
 * bytes. */
static unsigned edit_distance(const char *a, const char *b)
{
    size_t rows_count = strlen(a), columns = strlen(b);
    if (rows_count >= NAME_MAX_BYTES || columns >= NAME_MAX_BYTES)
        return NAME_MAX_BYTES;
    unsigned table[3][NAME_MAX_BYTES];
    unsigned *before = table[0], *last = table[1], *now = table[2];
    for (size_t j = 0; j <= columns; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= rows_count; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        unsigned *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[columns];
}

struct cli_nearest cli_nearest_to(const char *given)
{
    /* A third of the letters may be wrong; beyond that a guess would confuse more than it helps. */
    return (struct cli_nearest){
        .given = given, .best = NULL, .distance = (unsigned)(strlen(given) / 3) + 2};
}

void cli_nearest_try(struct cli_nearest *nearest, const char *name)
{
    unsigned distance = edit_distance(nearest->given, name);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = name;
    }
}

const char *cli_nearest_hint(const struct cli_nearest *nearest, char *buffer, size_t size)
{
    buffer[0] = '\0';
    if (nearest->best != NULL)
        snprintf(buffer, size, " (did you mean '%s'?)", nearest->best);
    return buffer;
}
