/*
 * beside_story.c -- the stories of two runs from where they part, in two columns or one after the other.
 *
 * This room is for: rep_beside_story().
 * It may include:   story.h.
 * Never here:       what a record means.
 *
 * Lines told before the difference was at hand are the same on both sides, but for what was only said (waits and notes): A's are shown.
 * So are lines behind it, as long as they are equal: a difference shows in a story when it is told, which may be later.
 * In two columns a line of each side stands in one row when they are of one time.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "rep/beside.h"
#include "story.h"

enum { LINES_READ = 4000, HANGING = 6, COLUMN_MIN = 24 };

struct lines {
    char *text; /* owned; its newlines are ends of lines */
    const char **line;
    uint64_t count, next, told; /* told: before the difference */
};

static enum rep_status split(struct lines *l, size_t size, struct rep_err *err)
{
    uint64_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += l->text[i] == '\n';
    l->line = rep_alloc(count + 1, sizeof *l->line, err);
    if (l->line == NULL)
        return REP_E_MEMORY;
    for (char *at = l->text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        *end = '\0';
        l->line[l->count++] = at;
    }
    return REP_OK;
}

static enum rep_status tell(const struct rep_beside *side, unsigned before, int64_t end_ns, struct lines *l,
                            struct rep_err *err)
{
    size_t size = 0;
    FILE *memory = open_memstream(&l->text, &size);
    if (memory == NULL)
        return rep_fail(err, REP_E_MEMORY, "no memory for a story");
    enum rep_status status =
        rep_story_around(&side->run, side->number, before, LINES_READ, end_ns, &l->told, memory, err);
    if (fclose(memory) != 0 && status == REP_OK)
        status = rep_fail(err, REP_E_MEMORY, "no memory for a story");
    if (status == REP_OK)
        status = split(l, size, err);
    l->next = l->told < before ? l->told : before;
    return status;
}

/* ---- columns */

static unsigned columns_of(const char *text, size_t bytes)
{
    unsigned columns = 0;
    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* How many bytes of the text fit into so many columns: cut at a blank, if there is one behind the first third. */
static size_t fits(const char *text, unsigned columns)
{
    size_t end = 0, blank = 0;
    for (unsigned used = 0; text[end] != '\0'; end++) {
        if (((unsigned char)text[end] & 0xc0) != 0x80 && used++ == columns)
            break;
        if (text[end] == ' ' && used > columns / 3)
            blank = end;
    }
    return text[end] == '\0' || blank == 0 || text[end] == ' ' ? end : blank;
}

/* A row's part of one side: what is left of its line. */
struct cell {
    const char *rest;
    bool begun;
};

static void put_cell(struct cell *cell, unsigned width, bool pad, FILE *out)
{
    unsigned indent = cell->begun && cell->rest[0] != '\0' ? HANGING : 0;
    size_t bytes = fits(cell->rest, width - indent);
    unsigned used = indent + columns_of(cell->rest, bytes);
    fprintf(out, "%*s%.*s", (int)indent, "", (int)bytes, cell->rest);
    if (pad)
        fprintf(out, "%*s", (int)(width - used), "");
    cell->rest += bytes;
    cell->rest += strspn(cell->rest, " ");
    cell->begun = true;
}

static void put_row(const char *left, const char *right, unsigned width, const char *bar, FILE *out)
{
    struct cell cells[2] = {{.rest = left}, {.rest = right}};
    do {
        put_cell(&cells[0], width, true, out);
        fputs(bar, out);
        if (cells[1].rest[0] != '\0') {
            fputc(' ', out);
            put_cell(&cells[1], width, false, out);
        }
        fputc('\n', out);
    } while (cells[0].rest[0] != '\0' || cells[1].rest[0] != '\0');
}

/* "[   3.111063s]" of two lines: of stamps with as many decimals the longer is the later, of equally long ones the greater in bytes. */
static int by_stamp(const char *a, const char *b)
{
    size_t x = strcspn(a, "]"), y = strcspn(b, "]");
    return x != y ? (x < y ? -1 : 1) : strncmp(a, b, x);
}

static void put_columns(const struct rep_beside sides[2], struct lines l[2], unsigned after,
                        const struct rep_terminal *terminal, FILE *out)
{
    unsigned width = ((unsigned)terminal->columns - 3) / 2;
    const char *bar = terminal->ascii ? " |" : " \xe2\x94\x82";
    uint64_t end[2];
    width = width < COLUMN_MIN ? COLUMN_MIN : width;
    for (unsigned i = 0; i < 2; i++)
        end[i] = l[i].next + after < l[i].count ? l[i].next + after : l[i].count;
    put_row(sides[0].label, sides[1].label, width, bar, out);
    while (l[0].next < end[0] || l[1].next < end[1]) {
        bool left = l[0].next < end[0], right = l[1].next < end[1];
        int order = left && right ? by_stamp(l[0].line[l[0].next], l[1].line[l[1].next]) : left ? -1 : 1;
        put_row(order <= 0 ? l[0].line[l[0].next++] : "", order >= 0 ? l[1].line[l[1].next++] : "", width, bar, out);
    }
}

static void put_after(const struct rep_beside sides[2], struct lines l[2], unsigned after, FILE *out)
{
    for (unsigned i = 0; i < 2; i++) {
        fputs("  ", out);
        rep_put(out, REP_PLAIN, sides[i].label);
        fputc('\n', out);
        for (unsigned told = 0; told < after && l[i].next < l[i].count; told++)
            fprintf(out, "%s\n", l[i].line[l[i].next++]);
    }
}

/* ---- the whole */

static void put_common(struct lines l[2], unsigned before, FILE *out)
{
    uint64_t told = l[0].told;
    while (l[0].next < l[0].count && l[1].next < l[1].count && strcmp(l[0].line[l[0].next], l[1].line[l[1].next]) == 0) {
        l[0].next++;
        l[1].next++;
        told++;
    }
    uint64_t first = l[0].next > before ? l[0].next - before : 0;
    if (told > l[0].next - first)
        fprintf(out, "  ... the same %llu line%s of both stories ...\n", (unsigned long long)(told - (l[0].next - first)),
                told - (l[0].next - first) == 1 ? "" : "s");
    for (uint64_t i = first; i < l[0].next; i++)
        fprintf(out, "%s\n", l[0].line[i]);
}

static int64_t part_ns(const struct rep_beside *side)
{
    uint64_t at = side->number <= side->run.record_count ? side->number : side->run.record_count;
    return at > 0 ? side->run.records[at - 1].at_ns : 0;
}

static bool is_told_out(const struct lines *l) { return l->next == l->count; }

enum rep_status rep_beside_story(const struct rep_beside sides[2], const struct rep_terminal *terminal, unsigned before,
                                 unsigned after, FILE *out, struct rep_err *err)
{
    struct lines l[2] = {{.text = NULL}, {.text = NULL}};
    enum rep_status status = REP_OK;
    int64_t end_ns = 0; /* stamps are as fine as where they part needs it, and the same on both sides */
    rep_begin(err);
    for (unsigned i = 0; i < 2; i++)
        end_ns = part_ns(&sides[i]) > end_ns ? part_ns(&sides[i]) : end_ns;
    for (unsigned i = 0; i < 2 && status == REP_OK; i++)
        status = tell(&sides[i], before, end_ns, &l[i], err);
    if (status == REP_OK) {
        put_common(l, before, out);
        if (is_told_out(&l[0]) && is_told_out(&l[1]))
            fputs("  their stories tell no difference\n", out);
        else if (terminal->columns >= REP_BESIDE_COLUMNS)
            put_columns(sides, l, after, terminal, out);
        else
            put_after(sides, l, after, out);
        status = rep_finish(out, err);
    }
    for (unsigned i = 0; i < 2; i++) {
        free(l[i].text);
        free(l[i].line);
    }
    return status;
}
