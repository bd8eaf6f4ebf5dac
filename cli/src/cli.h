/*
 * cli.h -- what the commands share: exit statuses, the error sentence, the option parser, the table
 * of commands.
 *
 * This room is for: the `muster` command: reading options, running the other rooms in order,
 *                   printing, exit statuses.
 * It may include:   everything; it is the only room that knows all the others.
 * Never here:       scheduling, judging, drawing. A wall clock may be read here, to show progress
 *                   and for nothing else.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CLI_VERSION MUSTER_VERSION /* the project's, from CMake */

/* Exit statuses: NAME, number, sentence. Rows stand in the order of precedence: of several, the
 * first is returned. */
/* clang-format off */
#define CLI_EXIT_MAP(X) \
    X(BUG,           70, "a bug of muster's own") \
    X(INPUT,         65, "the scenario, plan or history is wrong") \
    X(USAGE,         64, "the command line is wrong") \
    X(MISSING,       69, "something that is needed is missing") \
    X(OUTPUT,        74, "output could not be written") \
    X(INTERRUPTED,  130, "interrupted; what was found until then is kept") \
    X(DIFFERS,        4, "nondeterminism: a replay differs from what was recorded") \
    X(SAFETY,         1, "a safety rule or an expectation of the scenario was broken") \
    X(LIVENESS,       3, "something that must happen did not") \
    X(UNKNOWN,        2, "nothing was broken, but not everything could be judged") \
    X(PASS,           0, "every rule that applies was kept")
/* clang-format on */
enum cli_exit {
#define X(name, number, doc) CLI_##name = number,
    CLI_EXIT_MAP(X)
#undef X
};

/* The one of the two that comes first in CLI_EXIT_MAP. */
int cli_worse(int a, int b);

/* Prints "muster: sentence" as exactly one line on stderr and returns `status`. */
int cli_fail(enum cli_exit status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same without a status: something the person should know that changes nothing. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- options */

struct cli_option {
    const char *name, *argument, *doc; /* argument: NULL for a flag */
    char letter;                       /* 0: only the long form */
};
/* What other commands take and this one cannot: why, and what to do instead. */
struct cli_refusal {
    const char *option, *why; /* "--target" */
};
struct cli_command {
    const char *name, *arguments, *summary, *details, *example;
    const struct cli_option *options; /* ends with a row without a name; NULL: none */
    const struct cli_refusal *refusals; /* ends with a row without an option; NULL: none */
    int (*main)(const struct cli_command *command, int argc, char **argv);
};

/*
 * Reading options: cli_options() once, then cli_next() until it returns CLI_LAST (the operands are
 * argv[first .. argc)) or CLI_STOP (help was shown or the usage was wrong: return `status`).
 * Anything else it returns is the index of an option of the command, with its argument in `value`.
 */
enum { CLI_LAST = -1, CLI_STOP = -2 };
struct cli_parser {
    const struct cli_command *command;
    int argc;
    char **argv;
    const char *value;
    int first, status;
};
void cli_options(struct cli_parser *parser, const struct cli_command *command, int argc,
                 char **argv);
int cli_next(struct cli_parser *parser);
/* Complains unless there are lo..hi operands; 0 if all is well. */
int cli_operands(const struct cli_parser *parser, int lo, int hi);
/* An unsigned number, decimal or 0x; false with a complaint otherwise. */
bool cli_number(const struct cli_parser *parser, const char *option, uint64_t lo, uint64_t hi,
                uint64_t *out);
void cli_usage(const struct cli_command *command, FILE *out);
/* Every option of a command, --help last, in the order of its help; false behind the last. */
bool cli_option_at(const struct cli_command *command, size_t index, struct cli_option *out);
/* "-o, --output DIR" */
void cli_option_text(const struct cli_option *option, char *buffer, size_t size);

/* The known name that is nearest to what was given, if any is near enough to be a slip of the hand.
 */
struct cli_nearest {
    const char *given, *best;
    unsigned distance;
};
struct cli_nearest cli_nearest_to(const char *given);
void cli_nearest_try(struct cli_nearest *nearest, const char *name);
/* " (did you mean 'x'?)" or "". The buffer is the caller's. */
const char *cli_nearest_hint(const struct cli_nearest *nearest, char *buffer, size_t size);

/* ---- output */

/* Which of these words `text` is; -1 with a complaint that names the option, and the one it may have been meant for. */
int cli_word_of(const char *option, const char *text, const char *const *words, unsigned count);
enum cli_format { CLI_PRETTY, CLI_TAP, CLI_JUNIT };
bool cli_format_parse(const char *text, enum cli_format *out); /* false with a complaint */
/* The command as the person typed it: "muster", or "./muster" through the bootstrap script. */
const char *cli_program(void);

/* ---- the commands */

const struct cli_command *cli_commands(unsigned *count);
int cli_run(const struct cli_command *command, int argc, char **argv);
int cli_explore(const struct cli_command *command, int argc, char **argv);
int cli_gate(const struct cli_command *command, int argc, char **argv); /* `check` */
int cli_diff(const struct cli_command *command, int argc, char **argv);
int cli_hunt(const struct cli_command *command, int argc, char **argv);
int cli_shrink(const struct cli_command *command, int argc, char **argv);
int cli_replay(const struct cli_command *command, int argc, char **argv);
int cli_judge(const struct cli_command *command, int argc, char **argv);
int cli_report(const struct cli_command *command, int argc, char **argv);
int cli_why(const struct cli_command *command, int argc, char **argv);
int cli_learn(const struct cli_command *command, int argc, char **argv);
int cli_faults(const struct cli_command *command, int argc, char **argv);
int cli_policies(const struct cli_command *command, int argc, char **argv);
int cli_rules(const struct cli_command *command, int argc, char **argv);
int cli_doctor(const struct cli_command *command, int argc, char **argv);
int cli_new(const struct cli_command *command, int argc, char **argv);
int cli_import(const struct cli_command *command, int argc, char **argv);
int cli_completion(const struct cli_command *command, int argc, char **argv);
int cli_protocol(const struct cli_command *command, int argc, char **argv); /* `protocol-test` */
int cli_help(const struct cli_command *command, int argc, char **argv);

/* What `muster` alone prints: how to begin. */
void cli_welcome(FILE *out);

/* Option tables, each in the file of its command. */
extern const struct cli_option cli_run_options[], cli_gate_options[], cli_diff_options[], cli_explore_options[], cli_hunt_options[], cli_shrink_options[], cli_learn_options[], cli_replay_options[],
    cli_judge_options[], cli_report_options[], cli_why_options[], cli_list_options[], cli_new_options[], cli_import_options[],
    cli_help_options[], cli_protocol_options[];

#endif
