/*
 * manual.c -- muster(1): every command with its options, and every topic of help, as man(7).
 *
 * This room is for: the order of the page, and the few sentences that only it has.
 * It may include:   topics.h, manual.h.
 * Never here:       an option, a topic or a date. The build writes the page with the command that it is about.
 */
#include <ctype.h>

#include "manual.h"
#include "topics.h"

static void put_options(const struct cli_command *command, struct cli_page *page)
{
    static const struct cli_table table = {.label = "an option", .title = {"option"}};
    struct cli_option option;
    cli_page_table(page, &table);
    for (size_t i = 0; cli_option_at(command, i, &option); i++) {
        char left[64];
        cli_option_text(&option, left, sizeof left);
        cli_page_row(page, &(struct cli_row){.column = {left}, .text = option.doc});
    }
}

static void put_command(const struct cli_command *command, struct cli_page *page)
{
    char line[512];
    struct cli_option option;
    (void)cli_option_at(command, 0, &option);
    snprintf(line, sizeof line, "muster %s%s%s%s", command->name,
             command->arguments[0] != '\0' ? " " : "", command->arguments,
             command->options != NULL ? " [options]" : "");
    cli_page_heading(page, line);
    snprintf(line, sizeof line, "%c%s.", toupper((unsigned char)command->summary[0]),
             command->summary + 1);
    cli_page_text(page, line);
    if (command->details != NULL)
        cli_page_text(page, command->details);
    put_options(command, page);
    snprintf(line, sizeof line, "%s\n", command->example);
    cli_page_code(page, line);
}

static void put_section(struct cli_page *page, const char *title)
{
    fputs(".SH \"", page->out);
    cli_man_text(page->out, title);
    fputs("\"\n", page->out);
    page->begun = false;
}

static void put_head(struct cli_page *page)
{
    fprintf(
        page->out,
        ".\\\" Written by muster itself: muster help --man\n"
        ".TH MUSTER 1 \"\" \"muster %s\" \"User Commands\"\n"
        ".SH NAME\nmuster \\- a wind tunnel for gang schedulers\n"
        ".SH SYNOPSIS\n\\fBmuster\\fR \\fIcommand\\fR [\\fIoptions\\fR] [\\fIoperands\\fR]\n.br\n"
        "\\fBmuster\\fR [\\fB\\-\\-help\\fR | \\fB\\-h\\fR | \\fB\\-\\-version\\fR]\n",
        CLI_VERSION);
    put_section(page, "DESCRIPTION");
    cli_page_text(page, "muster runs the real scheduling and barrier core of a gang scheduler "
                        "inside a deterministic "
                        "simulation of a cluster. Scenarios, which are Lua programs, submit jobs, "
                        "crash machines and "
                        "kill tasks; oracles judge what happened. A run that breaks a rule comes "
                        "back bit for bit from "
                        "one line, and explains itself in a story and a picture.");
    cli_page_text(page, "Options may stand before or behind operands, and be shortened as far as "
                        "they stay unique; -- "
                        "ends them. What this page says of words, rules and names, 'muster help "
                        "NAME' says of one.");
}

static void put_examples(struct cli_page *page)
{
    put_section(page, "EXAMPLES");
    cli_page_text(page, "A scenario that came with muster, then one of your own:");
    cli_page_code(page, "muster run learn/01-mapreduce-vs-barrier.lua\n"
                        "muster new mine.lua\n"
                        "muster run mine.lua --seed 7 --param tasks=6\n");
    cli_page_text(page, "A bug of Spark's barrier mode, shown and caught; then the same run again, "
                        "and what a gang waits "
                        "for in it:");
    cli_page_code(page,
                  "muster run bugs/spark/u16-member-exits-without-syncing.lua --policy spark\n"
                  "muster replay muster-out/latest\n"
                  "muster why muster-out/latest fit\n");
}

void cli_manual(FILE *out)
{
    struct cli_page page = cli_page_on(CLI_PAGE_MAN, out);
    unsigned command_count = 0;
    size_t topic_count = 0;
    const struct cli_command *commands = cli_commands(&command_count);
    const struct cli_topic *topics = cli_topics(&topic_count);
    put_head(&page);
    put_section(&page, "COMMANDS");
    for (unsigned i = 0; i < command_count; i++)
        put_command(&commands[i], &page);
    put_examples(&page);
    for (size_t i = 0; i < topic_count; i++) {
        put_section(&page, topics[i].title);
        topics[i].print(&page);
    }
    put_section(&page, "SEE ALSO");
    cli_page_text(&page, "gnuplot(1), which draws the pictures");
}
