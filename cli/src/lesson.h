/*
 * lesson.h -- the lessons in scenarios/learn: where they are, and what the heads of their files say.
 */
#ifndef CLI_LESSON_H
#define CLI_LESSON_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { CLI_LESSONS_MAX = 99, CLI_HEAD_MAX = 16384 };

/* The comment that a file opens with: its first line, then sections that begin with a word and a colon. */
struct cli_head {
    char text[CLI_HEAD_MAX]; /* without the dashes; what is beyond that is left out */
};

struct cli_lesson {
    unsigned number;
    char name[NAME_MAX + 1]; /* "06-lightgbm-network-init.lua" */
    char shown[PATH_MAX];    /* as a person would write it: "scenarios/learn/06-..." */
    char path[PATH_MAX];     /* where it is */
    char answer[PATH_MAX];   /* the file with the criterion, whether or not it is there */
};

/* An exit status, having said what was wrong. Lessons are in the order of their numbers. */
int cli_lessons_find(struct cli_lesson lessons[static CLI_LESSONS_MAX], unsigned *count);
int cli_head_read(const char *path, struct cli_head *head);

/* The n-th section of this name, from 0, on one line; a section ends where the next one begins. "" as the name: the
 * first line. False: there is none. */
bool cli_head_section(const struct cli_head *head, const char *name, unsigned n, char *out,
                      size_t size);

/* Whether the file fulfils what the lesson's answer asks: an exit status, having printed what is right or what is not. */
int cli_lesson_check(const struct cli_lesson *lesson, const char *file);

/* Words of a paragraph on lines of at most so many columns, each behind `indent`. */
void cli_wrap(const char *indent, const char *text, int columns);

#endif
