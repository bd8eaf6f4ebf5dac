/*
 * learn.c -- `muster learn`: lists the lessons, runs one, and looks at what a learner made of it.
 *
 * This room is for: the command, and what it prints around a run.
 * It may include:   cli.h, files.h, lesson.h, the C library.
 * Never here:       how a run is made (run.c), or what makes an answer right (check.c).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "files.h"
#include "lesson.h"

enum { OPT_CHECK, OPT_PARAM, OPT_POLICY, OPT_SET, OPT_SEED, OPT_OUT, OPT_ASCII, WORDS_MAX = 64 };
const struct cli_option cli_learn_options[] = {
    [OPT_CHECK] = {"check", "FILE.lua", "say whether this file does what the lesson's change asks",
                   0},
    [OPT_PARAM] = {"param", "NAME=VALUE", "a parameter of the lesson", 0},
    [OPT_POLICY] = {"policy", "P", "strict or spark (default: what the lesson says)", 0},
    [OPT_SET] = {"set", "AXIS=VALUE", "one axis of the policy; see 'muster policies'", 0},
    [OPT_SEED] = {"seed", "N", "the seed of all dice (default 1)", 0},
    [OPT_OUT] = {"out", "DIR", "the run's directory (default muster-out/<lesson>-<seed>)", 0},
    [OPT_ASCII] = {"ascii", NULL, "draw the timeline without Unicode", 0},
    {0},
};

/* What was asked: the words of `run` are handed on as they stand. */
struct request {
    const char *lesson, *check;
    char *words[WORDS_MAX]; /* "run", the file, and its options */
    int count;
};

static void print_section(const struct cli_head *head, const char *name, const char *label)
{
    char text[CLI_HEAD_MAX];
    if (!cli_head_section(head, name, 0, text, sizeof text))
        return;
    if (label != NULL)
        printf("%s\n", label);
    cli_wrap(label != NULL ? "  " : "", text, cli_terminal(false, CLI_COLOUR_AUTO).columns);
}

static int list(const struct cli_lesson *lessons, unsigned count)
{
    char text[CLI_HEAD_MAX];
    fputs("Lessons, in the order to take them:\n\n", stdout);
    for (unsigned i = 0; i < count; i++) {
        struct cli_head head;
        int status = cli_head_read(lessons[i].path, &head);
        if (status != CLI_PASS)
            return status;
        (void)cli_head_section(&head, "", 0, text, sizeof text);
        printf("%3u  %s\n", lessons[i].number, text);
        if (cli_head_section(&head, "Learn", 0, text, sizeof text))
            cli_wrap("     ", text, cli_terminal(false, CLI_COLOUR_AUTO).columns);
    }
    printf("\n  %s learn 1                   run the first, and see what happens\n"
           "  %s learn 1 --check my.lua    look at your change of it\n",
           cli_program(), cli_program());
    return CLI_PASS;
}

/* NULL, having said which there are. */
static const struct cli_lesson *choose(const struct cli_lesson *lessons, unsigned count,
                                       const char *given)
{
    char *end = NULL;
    unsigned long number = strtoul(given, &end, 10);
    for (unsigned i = 0; i < count && *end == '\0' && given[0] >= '0' && given[0] <= '9'; i++)
        if (lessons[i].number == number)
            return &lessons[i];
    (void)cli_fail(CLI_USAGE,
                   "there is no lesson '%.40s', must be a number in %u..%u; see '%s learn'", given,
                   lessons[0].number, lessons[count - 1].number, cli_program());
    return NULL;
}

static const struct cli_command *find_run(void)
{
    unsigned count = 0;
    const struct cli_command *commands = cli_commands(&count);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(commands[i].name, "run") == 0)
            return &commands[i];
    assert(false && "there is no command 'run'");
    return NULL;
}

static int take_lesson(struct request *request, struct cli_lesson *lesson)
{
    struct cli_head head;
    int status = cli_head_read(lesson->path, &head);
    if (status != CLI_PASS)
        return status;
    char number[32];
    snprintf(number, sizeof number, "Lesson %u.", lesson->number);
    print_section(&head, "", number);
    putchar('\n');
    print_section(&head, "Background", NULL);
    putchar('\n');
    print_section(&head, "See", "what to see:");
    putchar('\n');
    request->words[1] = lesson->shown;
    const struct cli_command *run = find_run();
    status = run->main(run, request->count, request->words);
    putchar('\n');
    print_section(&head, "Policy", "policy:");
    print_section(&head, "Question", "question:");
    print_section(&head, "Change", "change:");
    printf("\nlesson:  %s\ncheck:   %s learn %u --check my.lua\n", lesson->shown, cli_program(),
           lesson->number);
    return status;
}

static bool hand_on(struct request *request, const char *option, const char *value)
{
    if (request->count + 2 > WORDS_MAX)
        return false;
    request->words[request->count++] = (char *)(uintptr_t)option;
    if (value != NULL)
        request->words[request->count++] = (char *)(uintptr_t)value;
    return true;
}

/* CLI_LAST: all was read, and it makes sense. */
static int parse(struct request *request, struct cli_parser *parser)
{
    static const char *const handed[] = {
        [OPT_PARAM] = "--param", [OPT_POLICY] = "--policy", [OPT_SET] = "--set",
        [OPT_SEED] = "--seed",   [OPT_OUT] = "--out",       [OPT_ASCII] = "--ascii"};
    for (;;) {
        int option = cli_next(parser);
        if (option == CLI_STOP)
            return parser->status;
        if (option == CLI_LAST)
            break;
        if (option == OPT_CHECK)
            request->check = parser->value;
        else if (!hand_on(request, handed[option], option == OPT_ASCII ? NULL : parser->value))
            return cli_fail(CLI_USAGE, "learn: too many options");
    }
    int status = cli_operands(parser, 0, 1);
    if (status != CLI_PASS)
        return status;
    if (parser->first < parser->argc)
        request->lesson = parser->argv[parser->first];
    if (request->lesson == NULL && (request->check != NULL || request->count > 2))
        return cli_fail(CLI_USAGE, "learn: which lesson? see '%s learn'", cli_program());
    if (request->check != NULL && request->count > 2)
        return cli_fail(CLI_USAGE,
                        "learn: --check takes the file as it is: no other option goes with it");
    return CLI_LAST;
}

int cli_learn(const struct cli_command *command, int argc, char **argv)
{
    static char run_word[] = "run";
    struct request request = {.words = {run_word, NULL}, .count = 2};
    struct cli_parser parser;
    unsigned count = 0;
    cli_options(&parser, command, argc, argv);
    int status = parse(&request, &parser);
    if (status != CLI_LAST)
        return status;
    struct cli_lesson *lessons = calloc(CLI_LESSONS_MAX, sizeof *lessons);
    if (lessons == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    status = cli_lessons_find(lessons, &count);
    if (status == CLI_PASS && request.lesson == NULL) {
        status = list(lessons, count);
    } else if (status == CLI_PASS) {
        const struct cli_lesson *lesson = choose(lessons, count, request.lesson);
        status = lesson == NULL          ? CLI_USAGE
                 : request.check != NULL ? cli_lesson_check(lesson, request.check)
                                         : take_lesson(&request, &lessons[lesson - lessons]);
    }
    free(lessons);
    return status;
}
