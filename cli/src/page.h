/*
 * page.h -- one text, several readers: what help has to say goes to a terminal, into the manual page, as fields apart by
 * tabs, or is searched for one name.
 *
 * A topic of help is a function that puts headings, paragraphs and rows on a page. What becomes of them is the page's
 * business, so that the manual, the search of `muster help NAME` and the completion of names cannot drift from the topics.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "cli.h"

enum { CLI_COLUMNS = 4, CLI_PAGE_NAME_MAX = 128 };

enum cli_page_kind {
    CLI_PAGE_TEXT, /* for people; a terminal gets it broken at its width, a pipe gets a row a line */
    CLI_PAGE_TABS,    /* rows alone, their fields apart by tabs */
    CLI_PAGE_MAN,     /* man(7) */
    CLI_PAGE_FIND,    /* the rows of the name that is sought, in full */
    CLI_PAGE_RELATED, /* the rows that mention it in their columns */
    CLI_PAGE_FRAGMENT, /* the rows of tables of fragments that are part of what is sought, or it of them */
    CLI_PAGE_NAMES /* every name that could be sought, with its sentence, apart by a tab */
};
struct cli_table {
    const char *label;              /* what a row is: "a setting" */
    const char *title[CLI_COLUMNS]; /* of each column; the first is the name's */
    unsigned width[CLI_COLUMNS], indent;
    const char *text_title; /* of the sentences; NULL: no titles are shown */
    bool below, fragments;  /* the sentence always stands below; see CLI_PAGE_FRAGMENT */
};
struct cli_row {
    const char *column[CLI_COLUMNS]; /* the first is the row's name; NULL: nothing there */
    const char *text;                /* a sentence */
    const char *form;                /* how a scenario writes it; NULL: it does not */
    const char *more;    /* what only who asks for this row wants to know; NULL: nothing */
    const char *example; /* a scenario; NULL: none */
};
struct cli_page {
    enum cli_page_kind kind;
    FILE *out;
    unsigned width; /* of the terminal; 0: no terminal */
    const struct cli_table *table;
    bool begun; /* something stands on it */
    const char *sought;
    size_t found;
    bool forms;                 /* RELATED: also the rows that are written with the sought word */
    struct cli_nearest nearest; /* FIND: the name nearest to the sought one */
    char nearest_name[CLI_PAGE_NAME_MAX];
};

struct cli_page cli_page_on(enum cli_page_kind kind,
                            FILE *out); /* the width is that of a terminal on stdout */
struct cli_page cli_page_search(enum cli_page_kind kind, const char *sought);
void cli_page_heading(struct cli_page *page, const char *text);
void cli_page_text(struct cli_page *page, const char *text); /* a paragraph, without line breaks */
void cli_page_code(struct cli_page *page, const char *text); /* lines as they are */
void cli_page_table(struct cli_page *page, const struct cli_table *table);
void cli_page_row(struct cli_page *page, const struct cli_row *row);

/* Writes text for troff: what would be read as a request or an escape is made harmless. */
void cli_man_text(FILE *out, const char *text);

#endif
