/*
 * page.c -- carries out what a topic of help puts on a page, for each of its readers.
 *
 * This room is for: breaking lines, columns, troff, and telling whether a row is meant.
 * It may include:   the C library, POSIX for the terminal's width, page.h.
 * Never here:       a sentence of help.
 */
#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "page.h"

enum {
    PROSE_WIDTH = 80,
    WIDTH_MIN = 40,
    BESIDE_MIN = 34,
    BELOW_INDENT = 6,
    FOUND_INDENT = 2,
    FRAGMENT_MIN = 4
};

struct cli_page cli_page_on(enum cli_page_kind kind, FILE *out)
{
    struct winsize size = {.ws_col = 0};
    bool terminal = isatty(STDOUT_FILENO) == 1;
    if (terminal && (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < WIDTH_MIN))
        size.ws_col = PROSE_WIDTH;
    return (struct cli_page){.kind = kind, .out = out, .width = terminal ? size.ws_col : 0};
}

struct cli_page cli_page_search(enum cli_page_kind kind, const char *sought)
{
    struct cli_page page = cli_page_on(kind, stdout);
    page.sought = sought;
    page.nearest = cli_nearest_to(sought);
    return page;
}

/* ---- words and names */

/* Names are compared as people type them: b-121 is B-121, and launch-deadline is launch_deadline too. */
static char fold(char c) { return c == '-' ? '_' : (char)tolower((unsigned char)c); }

static bool is_same(const char *a, const char *b)
{
    while (*a != '\0' && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

static bool starts_with(const char *text, const char *start)
{
    while (*start != '\0' && fold(*text) == fold(*start)) {
        text++;
        start++;
    }
    return *start == '\0';
}

static bool is_part(char c) { return isalnum((unsigned char)c) || c == '_' || c == '-'; }

static const char *find_in(const char *text, const char *part)
{
    for (; *text != '\0'; text++)
        if (starts_with(text, part))
            return text;
    return NULL;
}

/* Whether `word` stands in `text` as a word: RST in "RST-1" is none. */
static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *c = text; length > 0 && (c = find_in(c, word)) != NULL; c++)
        if ((c == text || !is_part(c[-1])) && !is_part(c[length]))
            return true;
    return false;
}

/* ---- text for people */

/* The next word of *text, with its length; false at the end. */
static bool next_word(const char **text, const char **word, int *length)
{
    *text += strspn(*text, " \n");
    *word = *text;
    *length = (int)strcspn(*text, " \n");
    *text += *length;
    return *length > 0;
}

/* Puts `text` from column `at` on, broken before `width` (0: never), further lines indented. Ends the line. */
static void put_broken(const struct cli_page *page, const char *text, unsigned at, unsigned indent,
                       unsigned width)
{
    const char *word;
    int length;
    bool first = true;
    while (next_word(&text, &word, &length)) {
        unsigned needed = (unsigned)length + !first;
        if (width != 0 && !first && at + needed > width) {
            fprintf(page->out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
            needed--;
        }
        fprintf(page->out, "%s%.*s", first ? "" : " ", length, word);
        at += needed;
        first = false;
    }
    fputc('\n', page->out);
}

static unsigned prose_width(const struct cli_page *page)
{
    return page->width == 0 || page->width > PROSE_WIDTH ? PROSE_WIDTH : page->width;
}

/* The columns of a row as the table lays them out; returns where they end. */
static unsigned put_columns(const struct cli_page *page,
                            const char *const column[static CLI_COLUMNS])
{
    unsigned at = page->table->indent;
    fprintf(page->out, "%*s", (int)at, "");
    for (unsigned i = 0; i < CLI_COLUMNS && column[i] != NULL; i++) {
        unsigned width = page->table->width[i], length = (unsigned)strlen(column[i]);
        fprintf(page->out, "%-*s ", (int)width, column[i]);
        at += (length < width ? width : length) + 1;
    }
    return at;
}

static void put_beside(struct cli_page *page, const struct cli_row *row)
{
    unsigned at = put_columns(page, row->column);
    if (page->width != 0 && at + BESIDE_MIN > page->width) {
        fprintf(page->out, "\n%*s", BELOW_INDENT, "");
        at = BELOW_INDENT;
    }
    put_broken(page, row->text, at, at, page->width);
    if (row->form != NULL) {
        fprintf(page->out, "%*s", (int)at, "");
        put_broken(page, row->form, at, at + 2, page->width);
    }
}

/* The name, which may be as long as a sentence, then what it is, then the other columns with their titles. */
static void put_below(struct cli_page *page, const struct cli_row *row)
{
    char others[1024] = "";
    size_t used = 0;
    for (unsigned i = 1; i < CLI_COLUMNS && row->column[i] != NULL && used < sizeof others; i++)
        if (row->column[i][0] != '\0')
            used += (size_t)snprintf(others + used, sizeof others - used, "%s%s: %s",
                                     used > 0 ? "; " : "", page->table->title[i], row->column[i]);
    unsigned indent = page->table->indent;
    fprintf(page->out, "%*s", (int)indent, "");
    put_broken(page, row->column[0], indent, 2 * BELOW_INDENT, page->width);
    fprintf(page->out, "%*s", BELOW_INDENT, "");
    put_broken(page, row->text, BELOW_INDENT, BELOW_INDENT, page->width);
    if (used > 0) {
        fprintf(page->out, "%*s", BELOW_INDENT, "");
        put_broken(page, others, BELOW_INDENT, BELOW_INDENT, page->width);
    }
}

static void put_row(struct cli_page *page, const struct cli_row *row)
{
    assert(row->text != NULL);
    if (page->table->below)
        put_below(page, row);
    else
        put_beside(page, row);
}

/* ---- text for troff */

void cli_man_text(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; text++)
        switch (*text) {
        case '\\':
            fputs("\\e", out);
            break;
        case '-':
            fputs("\\-", out);
            break;
        case '\'':
            fputs("\\(aq", out);
            break;
        case '^':
            fputs("\\(ha", out);
            break;
        case '~':
            fputs("\\(ti", out);
            break;
        case '`':
            fputs("\\(ga", out);
            break;
        case '\n':
            fputs(text[1] == '.' || text[1] == '\'' ? "\n\\&" : "\n", out);
            break;
        default:
            fputc(*text, out);
        }
}

static void man_line(struct cli_page *page, const char *before, const char *text, const char *after)
{
    fputs(before, page->out);
    cli_man_text(page->out, text);
    fputs(after, page->out);
}

static void man_row(struct cli_page *page, const struct cli_row *row)
{
    page->begun = true;
    man_line(page, ".TP\n\\fB", row->column[0], "\\fR");
    for (unsigned i = 1; i < CLI_COLUMNS && row->column[i] != NULL; i++)
        if (row->column[i][0] != '\0')
            man_line(page, "  ", row->column[i], "");
    man_line(page, "\n", row->text, "\n");
    if (row->more != NULL)
        man_line(page, "", row->more, "\n");
    if (row->form != NULL)
        man_line(page, ".br\n\\&", row->form, "\n");
}

/* ---- one name among all */

static void put_found(struct cli_page *page, const struct cli_row *row)
{
    const struct cli_table *table = page->table;
    fprintf(page->out, "%s%s, %s\n", page->found > 0 ? "\n" : "", row->column[0], table->label);
    fprintf(page->out, "%*s", FOUND_INDENT, "");
    put_broken(page, row->text, FOUND_INDENT, FOUND_INDENT, prose_width(page));
    if (row->form != NULL)
        fprintf(page->out, "%*swritten: %s\n", FOUND_INDENT, "", row->form);
    for (unsigned i = 1; i < CLI_COLUMNS && row->column[i] != NULL; i++)
        if (row->column[i][0] != '\0')
            fprintf(page->out, "%*s%s: %s\n", FOUND_INDENT, "", table->title[i], row->column[i]);
    if (row->more != NULL) {
        fprintf(page->out, "%*s", FOUND_INDENT, "");
        put_broken(page, row->more, FOUND_INDENT, FOUND_INDENT, prose_width(page));
    }
    if (row->example != NULL) {
        fputs("example:\n", page->out);
        cli_page_code(page, row->example);
    }
    page->found++;
}

static void find(struct cli_page *page, const struct cli_row *row)
{
    const char *name = row->column[0];
    if (is_same(name, page->sought)) {
        put_found(page, row);
        return;
    }
    /* A fragment of a message is no name, and a number that is near is another one. */
    if (page->table->fragments || isdigit((unsigned char)name[0]))
        return;
    unsigned before = page->nearest.distance;
    cli_nearest_try(&page->nearest, name);
    if (page->nearest.distance == before)
        return;
    snprintf(page->nearest_name, sizeof page->nearest_name, "%s", name);
    page->nearest.best = page->nearest_name;
}

static void put_related(struct cli_page *page, const struct cli_row *row)
{
    bool related = page->forms && row->form != NULL && has_word(row->form, page->sought);
    for (unsigned i = 1; i < CLI_COLUMNS && row->column[i] != NULL; i++)
        related = related || has_word(row->column[i], page->sought);
    if (!related || is_same(row->column[0], page->sought))
        return;
    if (page->found++ == 0)
        fputs("\nsee also:\n", page->out);
    char line[1024];
    snprintf(line, sizeof line, "%s, %s: %s", row->column[0], page->table->label, row->text);
    fprintf(page->out, "%*s", FOUND_INDENT, "");
    put_broken(page, line, FOUND_INDENT, BELOW_INDENT, prose_width(page));
}

static void put_fragment(struct cli_page *page, const struct cli_row *row)
{
    if (!page->table->fragments || strlen(page->sought) < FRAGMENT_MIN)
        return;
    if (find_in(row->column[0], page->sought) != NULL ||
        find_in(page->sought, row->column[0]) != NULL)
        put_found(page, row);
}

static void put_tabs(struct cli_page *page, const struct cli_row *row)
{
    for (unsigned i = 0; i < CLI_COLUMNS && row->column[i] != NULL; i++)
        fprintf(page->out, "%s\t", row->column[i]);
    fprintf(page->out, "%s%s%s\n", row->text, row->form != NULL ? "\t" : "",
            row->form != NULL ? row->form : "");
}

/* ---- what topics call */

static bool is_read(const struct cli_page *page) /* by somebody who reads all of it */
{
    return page->kind == CLI_PAGE_TEXT || page->kind == CLI_PAGE_MAN;
}

void cli_page_heading(struct cli_page *page, const char *text)
{
    if (!is_read(page))
        return;
    if (page->kind == CLI_PAGE_MAN)
        man_line(page, ".SS \"", text, "\"\n");
    else
        fprintf(page->out, "%s%s\n", page->begun ? "\n" : "", text);
    page->begun = page->kind == CLI_PAGE_TEXT; /* troff wants no paragraph right behind a heading */
}

void cli_page_text(struct cli_page *page, const char *text)
{
    if (!is_read(page))
        return;
    if (page->kind == CLI_PAGE_MAN) {
        man_line(page, page->begun ? ".PP\n" : "", text, "\n");
    } else {
        if (page->begun)
            fputc('\n', page->out);
        put_broken(page, text, 0, 0, prose_width(page));
    }
    page->begun = true;
}

void cli_page_code(struct cli_page *page, const char *text)
{
    if (page->kind == CLI_PAGE_MAN) {
        man_line(page, ".PP\n.RS 4\n.nf\n", text, ".fi\n.RE\n");
        return;
    }
    for (size_t length; *text != '\0'; text += length) {
        length = strcspn(text, "\n");
        fprintf(page->out, "%s%.*s\n", length > 0 ? "    " : "", (int)length, text);
        length += text[length] == '\n';
    }
}

void cli_page_table(struct cli_page *page, const struct cli_table *table)
{
    page->table = table;
    if (page->kind != CLI_PAGE_TEXT)
        return;
    if (page->begun)
        fputc('\n', page->out);
    page->begun = true;
    if (table->text_title == NULL)
        return;
    struct cli_row titles = {.text = table->text_title};
    memcpy(titles.column, table->title, sizeof titles.column);
    put_row(page, &titles);
}

void cli_page_row(struct cli_page *page, const struct cli_row *row)
{
    assert(page->table != NULL);
    switch (page->kind) {
    case CLI_PAGE_TEXT:
        put_row(page, row);
        break;
    case CLI_PAGE_TABS:
        put_tabs(page, row);
        break;
    case CLI_PAGE_MAN:
        man_row(page, row);
        break;
    case CLI_PAGE_FIND:
        find(page, row);
        break;
    case CLI_PAGE_RELATED:
        put_related(page, row);
        break;
    case CLI_PAGE_FRAGMENT:
        put_fragment(page, row);
        break;
    case CLI_PAGE_NAMES:
        fprintf(page->out, "%s\t%s\n", row->column[0], row->text);
        break;
    }
}
