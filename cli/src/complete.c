/*
 * complete.c -- `muster completion`: what a shell asks to know how a command line may go on.
 *
 * This room is for: the three shells' scripts, and the answer to what they ask.
 * It may include:   POSIX, scn for a scenario's parameters, cli.h, topics.h, scenario.h.
 * Never here:       a list of commands, options or names: the scripts ask the command, which looks into its tables, so
 *                   that a script which was installed long ago knows today's options.
 *
 * What a placeholder of the help stands for ("AXIS=VALUE", "FILE.lua", "strict|spark") is how a value is completed. The
 * answer is a candidate a line, with its sentence behind a tab; the lines ":files" and ":dirs" ask the shell for its own.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "conf/conf.h"
#include "gang/gang.h"
#include "scenario.h"
#include "scn/scn.h"
#include "topics.h"

enum { TEXT_MAX = 512 };

/* What is being completed: `given` is the word so far, of which `fixed` bytes are an option in front of its value. */
struct line {
    char **words;
    int count;
    const struct cli_command *command;
    const char *given;
    size_t fixed;
};

static void offer(const struct line *line, const char *candidate, const char *doc)
{
    const char *given = line->given + line->fixed;
    if (strncmp(candidate, given, strlen(given)) == 0)
        printf("%.*s%s\t%s\n", (int)line->fixed, line->given, candidate, doc);
}

/* ---- values, by the placeholder that stands for them */

static void offer_axes(const struct line *line)
{
    char text[TEXT_MAX];
    bool values = strchr(line->given + line->fixed, '=') != NULL;
    for (unsigned i = 0; i < GANG_AXIS_COUNT; i++) {
        enum gang_axis axis = (enum gang_axis)i;
        for (unsigned value = 0; value < (values ? 2u : 1u); value++) {
            snprintf(text, sizeof text, "%s=%s", gang_axis_text(axis),
                     values ? gang_axis_value(axis, value) : "");
            offer(line, text, gang_axis_doc(axis));
        }
    }
}

/* "a, b or c", as a scenario's parameter says what it may be. */
static void offer_allowed(const struct line *line, const struct scn_param_info *param)
{
    char allowed[sizeof param->allowed], text[TEXT_MAX];
    snprintf(allowed, sizeof allowed, "%s", param->allowed);
    for (char *rest = allowed, *next; rest != NULL; rest = next) {
        char *comma = strstr(rest, ", "), * or = strstr(rest, " or ");
        char *end = comma != NULL ? comma : or ;
        next = end != NULL ? end + (comma != NULL ? 2 : 4) : NULL;
        if (end != NULL)
            *end = '\0';
        snprintf(text, sizeof text, "%s=%s", param->name, rest);
        if (strstr(rest, "..") == NULL) /* a range is no value */
            offer(line, text, param->doc);
    }
}

static void offer_params(const struct line *line)
{
    char path[PATH_MAX], text[TEXT_MAX];
    struct scn_info info = {.param_count = 0};
    struct scn_err err = {.detail = ""};
    const char *file = NULL;
    for (int i = 1; i + 1 < line->count; i++) {
        size_t length = strlen(line->words[i]);
        if (length > 4 && strcmp(line->words[i] + length - 4, ".lua") == 0)
            file = line->words[i];
    }
    if (file == NULL || !cli_scenario_find(file, path))
        return;
    plan_free(scn_load(path, NULL, 0, NULL, &info, &err));
    bool values = strchr(line->given + line->fixed, '=') != NULL;
    for (size_t i = 0; i < info.param_count; i++) {
        snprintf(text, sizeof text, "%s=", info.params[i].name);
        if (values && info.params[i].allowed[0] != '\0')
            offer_allowed(line, &info.params[i]);
        else if (!values)
            offer(line, text, info.params[i].doc);
    }
}

static void offer_scenario(void *ctx, const char *name)
{
    const struct line *line = ctx;
    static const char prefix[] = "scenarios/";
    char text[PATH_MAX];
    bool prefixed = strncmp(line->given, prefix, sizeof prefix - 1) == 0;
    snprintf(text, sizeof text, "%s%s", prefixed ? prefix : "", name);
    offer(line, text, "a scenario that came with muster");
}

static void offer_scenarios(struct line *line)
{
    cli_scenario_each(offer_scenario, line);
    puts(":files");
}

static void offer_rules(const struct line *line)
{
    size_t count = 0, sparks_count = 0;
    const struct conf_rule *rules = conf_rules(&count);
    const struct conf_spark_rule *sparks = conf_spark_rules(&sparks_count);
    for (size_t i = 0; i < count; i++)
        offer(line, rules[i].id, rules[i].statement);
    for (size_t i = 0; i < sparks_count; i++)
        offer(line, sparks[i].id, conf_reach_text(sparks[i].reach));
}

static void offer_profiles(const struct line *line)
{
    size_t count = 0;
    const struct conf_profile *profiles = conf_profiles(&count);
    for (size_t i = 0; i < count; i++)
        offer(line, profiles[i].name, profiles[i].doc);
}

/* Every name that help can tell: printed onto a page in memory, then looked through. */
static void offer_names(const struct line *line)
{
    size_t size = 0, count = 0;
    char *text = NULL;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL)
        return;
    struct cli_page page = cli_page_on(CLI_PAGE_NAMES, memory);
    const struct cli_topic *topics = cli_topics(&count);
    for (size_t i = 0; i < count; i++)
        topics[i].print(&page);
    cli_topic_spark_rules(&page);
    if (fclose(memory) == 0)
        for (char *row = text, *end; (end = strchr(row, '\n')) != NULL; row = end + 1) {
            *end = '\0';
            char *doc = strchr(row, '\t');
            *doc = '\0';
            if (strchr(row, ' ') == NULL) /* fragments of messages are for whoever has one */
                offer(line, row, doc + 1);
        }
    free(text);
}

static void offer_commands(const struct line *line)
{
    unsigned count = 0;
    const struct cli_command *commands = cli_commands(&count);
    for (unsigned i = 0; i < count; i++)
        offer(line, commands[i].name, commands[i].summary);
}

static void offer_topics(struct line *line)
{
    size_t count = 0;
    const struct cli_topic *topics = cli_topics(&count);
    for (size_t i = 0; i < count; i++)
        offer(line, topics[i].name, topics[i].summary);
    offer_commands(line);
    if (line->given[0] != '\0') /* there are hundreds */
        offer_names(line);
    offer_scenarios(line);
}

/* "strict|spark": the words themselves. */
static void offer_choices(const struct line *line, const char *choices)
{
    char text[TEXT_MAX];
    for (size_t length; *choices != '\0'; choices += length + (choices[length] == '|')) {
        length = strcspn(choices, "|");
        snprintf(text, sizeof text, "%.*s", (int)length, choices);
        offer(line, text, "");
    }
}

/* "B:" before a value of `diff` says whose it is. */
static void skip_side(struct line *line)
{
    const char *given = line->given + line->fixed;
    if (strcmp(line->command->name, "diff") == 0 && (given[0] == 'A' || given[0] == 'B') && given[1] == ':')
        line->fixed += 2;
}

static void offer_value(struct line *line, const char *placeholder)
{
    if (strcmp(placeholder, "AXIS=VALUE") == 0)
        offer_axes(line);
    else if (strcmp(placeholder, "NAME=VALUE") == 0)
        offer_params(line);
    else if (strcmp(placeholder, "FILE.lua") == 0 || strncmp(placeholder, "[PATH...", 8) == 0)
        offer_scenarios(line);
    else if (strcmp(placeholder, "DIR") == 0)
        puts(":dirs");
    else if (strcmp(placeholder, "PROFILE") == 0)
        offer_profiles(line);
    else if (strcmp(placeholder, "RUN") == 0 || strcmp(placeholder, "HISTORY") == 0 || strcmp(placeholder, "FILE") == 0 ||
             strcmp(placeholder, "FILE.so") == 0)
        puts(":files");
    else if (strcmp(placeholder, "[ID...]") == 0)
        offer_rules(line);
    else if (strncmp(placeholder, "[TOPIC", 6) == 0)
        offer_topics(line);
    else if (strchr(placeholder, '|') != NULL)
        offer_choices(line, placeholder);
}

/* ---- where in the line we are */

static void offer_options(const struct line *line)
{
    char text[TEXT_MAX];
    struct cli_option option;
    for (size_t i = 0; cli_option_at(line->command, i, &option); i++) {
        snprintf(text, sizeof text, "--%s", option.name);
        offer(line, text, option.doc);
    }
}

/* The option that a word is, with a value of its own still to come; false: it is none, or has it. */
static bool wants_value(const struct cli_command *command, const char *word,
                        struct cli_option *option)
{
    for (size_t i = 0; cli_option_at(command, i, option); i++)
        if (option->argument != NULL &&
            ((strncmp(word, "--", 2) == 0 && strcmp(word + 2, option->name) == 0) ||
             (word[0] == '-' && word[1] == option->letter && option->letter != '\0' &&
              word[2] == '\0')))
            return true;
    return false;
}

/* "--format=t": the value stands in the same word. */
static bool value_in_word(struct line *line, struct cli_option *option)
{
    const char *equals = strchr(line->given, '=');
    if (strncmp(line->given, "--", 2) != 0 || equals == NULL)
        return false;
    char name[TEXT_MAX];
    snprintf(name, sizeof name, "%.*s", (int)(equals - line->given), line->given);
    line->fixed = (size_t)(equals - line->given) + 1;
    return wants_value(line->command, name, option);
}

static int operands_before(const struct line *line)
{
    int count = 0;
    struct cli_option option;
    for (int i = 1; i + 1 < line->count; i++)
        if (wants_value(line->command, line->words[i], &option))
            i++;
        else
            count += line->words[i][0] != '-';
    return count;
}

/* The placeholder of an operand, from 0 on; the last one again and again where there may be any number of it. */
static void offer_operand(struct line *line, int number)
{
    const char *arguments = line->command->arguments;
    char placeholder[TEXT_MAX];
    if (arguments[0] == '[') {
        offer_value(line, arguments);
        return;
    }
    for (; number > 0 && *arguments != '\0'; number--) {
        arguments += strcspn(arguments, " ");
        arguments += strspn(arguments, " ");
    }
    snprintf(placeholder, sizeof placeholder, "%.*s", (int)strcspn(arguments, " "), arguments);
    offer_value(line, placeholder);
}

static void complete(struct line *line)
{
    unsigned count = 0;
    const struct cli_command *commands = cli_commands(&count);
    struct cli_option option;
    line->given = line->words[line->count - 1];
    if (line->count == 1) {
        offer_commands(line);
        offer(line, "--help", "all commands and topics");
        offer(line, "--version", "which muster this is");
        return;
    }
    for (unsigned i = 0; i < count; i++)
        if (strcmp(commands[i].name, line->words[0]) == 0)
            line->command = &commands[i];
    if (line->command == NULL)
        return;
    if (line->count > 2 && wants_value(line->command, line->words[line->count - 2], &option)) {
        skip_side(line);
        offer_value(line, option.argument);
    } else if (value_in_word(line, &option)) {
        skip_side(line);
        offer_value(line, option.argument);
    } else if (line->given[0] == '-')
        offer_options(line);
    else
        offer_operand(line, operands_before(line));
}

/* ---- the scripts */

static const struct {
    const char *shell, *text;
} scripts[] = {
    {"bash",
     "# bash completion for muster; made by: muster completion bash\n"
     "_muster() {\n"
     "    local line=${COMP_LINE:0:COMP_POINT} program=$1 prefix= candidate rest file\n"
     "    local -a words\n"
     "    # Split at blanks alone: bash itself would split axis=value, too.\n"
     "    read -r -a words <<<\"$line\"\n"
     "    [[ $line == *[[:space:]] ]] && words+=(\"\")\n"
     "    # What stands before the command's name is not for it: VARIABLE=value muster run\n"
     "    while [[ ${#words[@]} -gt 1 && ${words[0]} != \"$program\" ]]; do "
     "words=(\"${words[@]:1}\"); done\n"
     "    words=(\"${words[@]:1}\")\n"
     "    [[ ${#words[@]} -gt 0 ]] || return\n"
     "    local current=${words[${#words[@]}-1]}\n"
     "    # Readline replaces only what stands behind the last of its word breaks.\n"
     "    [[ $COMP_WORDBREAKS == *:* && $current == [AB]:* ]] && prefix=${current:0:2}\n"
     "    [[ $COMP_WORDBREAKS == *=* && $current == *=* ]] && "
     "prefix=${current%\"${current##*=}\"}\n"
     "    COMPREPLY=()\n"
     "    while IFS=$'\\t' read -r candidate rest; do\n"
     "        case $candidate in\n"
     "        :files | :dirs)\n"
     "            while IFS= read -r file; do COMPREPLY+=(\"$file\"); done < <(\n"
     "                if [[ $candidate == :dirs ]]; then compgen -d -- \"${current#\"$prefix\"}\"\n"
     "                else compgen -f -- \"${current#\"$prefix\"}\"; fi)\n"
     "            compopt -o filenames 2>/dev/null\n"
     "            ;;\n"
     "        *=)\n"
     "            COMPREPLY+=(\"${candidate#\"$prefix\"}\")\n"
     "            compopt -o nospace 2>/dev/null\n"
     "            ;;\n"
     "        *) COMPREPLY+=(\"${candidate#\"$prefix\"}\") ;;\n"
     "        esac\n"
     "    done < <(\"${program/#\\~/$HOME}\" completion for -- \"${words[@]}\" 2>/dev/null)\n"
     "}\n"
     "complete -F _muster muster\n"},
    {"zsh",
     "#compdef muster\n"
     "# zsh completion for muster; made by: muster completion zsh\n"
     "_muster() {\n"
     "    local line text files=\n"
     "    local -a whole open\n"
     "    for line in \"${(@f)$(${(Q)~words[1]} completion for -- \"${(@Q)words[2,CURRENT]}\" "
     "2>/dev/null)}\"; do\n"
     "        text=${line%%$'\\t'*}\n"
     "        case $text in\n"
     "        '') ;;\n"
     "        :files) files=_files ;;\n"
     "        :dirs) files='_files -/' ;;\n"
     "        *=) open+=(\"${text//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
     "        *) whole+=(\"${text//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
     "        esac\n"
     "    done\n"
     "    (( $#open )) && _describe -t names muster open -S ''\n"
     "    (( $#whole )) && _describe -t names muster whole\n"
     "    [[ -n $files ]] && ${=files}\n"
     "    return 0\n"
     "}\n"
     "if [[ $funcstack[1] == _muster ]]; then _muster \"$@\"; else compdef _muster muster; fi\n"},
    {"fish",
     "# fish completion for muster; made by: muster completion fish\n"
     "function __muster_complete\n"
     "    set -l words (commandline -opc)\n"
     "    set -l current (commandline -ct)\n"
     "    for line in ($words[1] completion for -- $words[2..-1] \"$current\" 2>/dev/null)\n"
     "        switch $line\n"
     "            case ':files'\n"
     "                __fish_complete_path \"$current\"\n"
     "            case ':dirs'\n"
     "                __fish_complete_directories \"$current\"\n"
     "            case '*'\n"
     "                printf '%s\\n' $line\n"
     "        end\n"
     "    end\n"
     "end\n"
     "complete -c muster -f -a '(__muster_complete)'\n"},
};

static int print_script(const char *shell)
{
    struct cli_nearest nearest = cli_nearest_to(shell);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        if (strcmp(scripts[i].shell, shell) == 0) {
            fputs(scripts[i].text, stdout);
            return CLI_PASS;
        }
        cli_nearest_try(&nearest, scripts[i].shell);
    }
    char hint[96];
    return cli_fail(CLI_USAGE, "completion: no shell '%s'%s; there are bash, zsh and fish", shell,
                    cli_nearest_hint(&nearest, hint, sizeof hint));
}

int cli_completion(const struct cli_command *command, int argc, char **argv)
{
    struct cli_parser parser;
    cli_options(&parser, command, argc, argv);
    if (cli_next(&parser) != CLI_LAST)
        return parser.status;
    if (argc - parser.first >= 2 && strcmp(argv[parser.first], "for") == 0) {
        complete(
            &(struct line){.words = argv + parser.first + 1, .count = argc - parser.first - 1});
        return CLI_PASS;
    }
    int status = cli_operands(&parser, 1, 1);
    return status == CLI_PASS ? print_script(argv[parser.first]) : status;
}
