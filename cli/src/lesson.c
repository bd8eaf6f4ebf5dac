/*
 * lesson.c -- finds the lessons and reads the heads of their files.
 *
 * This room is for: the folder scenarios/learn, and comments at the head of a scenario.
 * It may include:   POSIX, cli.h, lesson.h, scenario.h.
 * Never here:       running or judging one.
 *
 * A head is the comment that a file opens with. Its first line is the title. A line that begins with one of the words
 * below and a colon opens a section, which goes on until the next one.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "lesson.h"
#include "scenario.h"

static const char *const sections[] = {"Learn",    "Background", "See",  "Verdicts", "Policy",
                                       "Question", "Change",     "Base", "Check",    "Answer"};

/* ---- the folder */
static int by_number(const void *a, const void *b)
{
    return strcmp(((const struct cli_lesson *)a)->name, ((const struct cli_lesson *)b)->name);
}

/* "06-lightgbm-network-init.lua": two digits, a dash, a name. */
static bool is_lesson(const char *name)
{
    size_t length = strlen(name);
    return length > 7 && isdigit((unsigned char)name[0]) && isdigit((unsigned char)name[1]) &&
           name[2] == '-' && strcmp(name + length - 4, ".lua") == 0;
}

static bool fill(struct cli_lesson *lesson, const char *folder, const char *name)
{
    int parts[] = {
        snprintf(lesson->name, sizeof lesson->name, "%s", name),
        snprintf(lesson->shown, sizeof lesson->shown, "scenarios/learn/%s", name),
        snprintf(lesson->path, sizeof lesson->path, "%s/%s", folder, name),
        snprintf(lesson->answer, sizeof lesson->answer, "%s/answers/%.2s.lua", folder, name)};
    lesson->number = (unsigned)strtoul(name, NULL, 10);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] < 0 || parts[i] >= PATH_MAX)
            return false;
    return true;
}

int cli_lessons_find(struct cli_lesson lessons[static CLI_LESSONS_MAX], unsigned *count)
{
    char folder[PATH_MAX];
    (void)cli_scenario_find("scenarios/learn", folder);
    *count = 0;
    DIR *in = opendir(folder);
    if (in == NULL)
        return cli_fail(CLI_MISSING, "the lessons are not in '%s': %s; set MUSTER_SCENARIOS",
                        folder, strerror(errno));
    for (struct dirent *row; (row = readdir(in)) != NULL && *count < CLI_LESSONS_MAX;)
        if (is_lesson(row->d_name) && fill(&lessons[*count], folder, row->d_name))
            ++*count;
    closedir(in);
    qsort(lessons, *count, sizeof lessons[0], by_number);
    return *count > 0 ? CLI_PASS : cli_fail(CLI_MISSING, "there is no lesson in '%s'", folder);
}

/* ---- heads */
int cli_head_read(const char *path, struct cli_head *head)
{
    char line[1024];
    size_t used = 0;
    FILE *in = fopen(path, "r");
    head->text[0] = '\0';
    if (in == NULL)
        return cli_fail(CLI_INPUT, "'%s' cannot be read: %s", path, strerror(errno));
    while (fgets(line, sizeof line, in) != NULL && strncmp(line, "--", 2) == 0) {
        const char *text = line + 2 + (line[2] == ' ');
        size_t length = strlen(text);
        if (used + length >= sizeof head->text)
            break;
        memcpy(head->text + used, text, length + 1);
        used += length;
    }
    fclose(in);
    return CLI_PASS;
}

/* The section that a line opens, and where its text begins; NULL: the line goes on with the one before. */
static const char *opens(const char *line, const char **text)
{
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        size_t length = strlen(sections[i]);
        if (strncmp(line, sections[i], length) == 0 && line[length] == ':') {
            *text = line + length + 1;
            return sections[i];
        }
    }
    return NULL;
}

static void append(char *out, size_t size, const char *text, size_t length)
{
    size_t used = strlen(out);
    while (length > 0 && *text == ' ')
        text++, length--;
    if (length == 0 || used + length + 2 > size)
        return;
    if (used > 0)
        out[used++] = ' ';
    memcpy(out + used, text, length);
    out[used + length] = '\0';
}

bool cli_head_section(const struct cli_head *head, const char *name, unsigned n, char *out,
                      size_t size)
{
    bool inside = name[0] == '\0', found = inside;
    out[0] = '\0';
    for (const char *line = head->text; *line != '\0';) {
        const char *text = line, *section = opens(line, &text);
        size_t rest = strcspn(text, "\n");
        if (section != NULL) {
            inside = strcmp(section, name) == 0 && !found && n-- == 0;
            found |= inside;
        }
        if (inside)
            append(out, size, text, rest);
        if (inside && name[0] == '\0')
            break; /* the title is one line */
        line = text + rest + (text[rest] == '\n');
    }
    return found && out[0] != '\0';
}

void cli_wrap(const char *indent, const char *text, int columns)
{
    int column = 0, margin = (int)strlen(indent);
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > 0 && margin + column + 1 + length > columns) {
            putchar('\n');
            column = 0;
        }
        column +=
            printf("%s%.*s", column == 0 ? indent : " ", length, text) - (column == 0 ? margin : 0);
        text += length;
        while (*text == ' ')
            text++;
    }
    putchar('\n');
}
