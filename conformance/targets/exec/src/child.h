/*
 * child.h -- what the files of this room know of a child.
 */
#ifndef EXEC_CHILD_H
#define EXEC_CHILD_H

#include <stdarg.h>
#include <sys/types.h>

#include "exec/exec.h"

enum { SAID_MAX = 4096, FRAGMENT_MAX = 120 };

/* In memory that survives a fork of whoever asks. */
struct exec_shared {
    bool greeted, broken;
    bool busy; /* a question is under way; whoever asked may have died over it */
    unsigned roles;
    char name[EXEC_NAME_MAX];
};

/* How its process ended, as its keeper says. */
enum exec_end_kind {
    EXEC_END_NONE = 0,
    EXEC_END_EXIT = 1,
    EXEC_END_SIGNAL = 2,
    EXEC_END_NO_SHELL = 3
};
struct exec_end {
    int kind, number;
};

struct exec_child {
    char *command;
    struct exec_options options;
    struct exec_shared *shared;
    pid_t opener, keeper;
    int to, from, said, ended,
        lifeline; /* our ends; -1: closed. said: its stderr; ended: an exec_end, when it has one */
    struct exec_end end;
    uint64_t next_id, lines; /* since the run began */
    int64_t at_ns;           /* of the question that is under way */
    char *bytes;             /* of an answer; what came behind its end stays there */
    size_t size, room, scanned;
    char tail[SAID_MAX]; /* the last it said on stderr */
    size_t tail_size;
    struct exec_memory *memory; /* NULL: nobody compares */
    exec_heard_fn *heard;
    void *heard_ctx;
};

/* keeper.c */
bool exec_start(struct exec_child *child, struct exec_err *err);
void exec_end_all(struct exec_child *child); /* by the opener */

/* pipe.c: all mark the child as broken */
enum exec_status exec_fail(struct exec_child *child, struct exec_err *err, enum exec_status code,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));
enum exec_status exec_fail_v(struct exec_child *child, struct exec_err *err, enum exec_status code,
                             const char *format, va_list arguments);
void exec_hear_said(struct exec_child *child); /* what there is on its stderr */
int64_t exec_clock_ms(void);                   /* the watchdog's */
/* As printable ASCII, at most size - 1 bytes; longer text ends with "...". */
const char *exec_printable(const char *text, size_t length, char *out, size_t size);
enum exec_status exec_ask_within(struct exec_child *child, int64_t at_ns,
                                 struct exec_text *question, const char *answer_type, int64_t ms,
                                 struct json_t **answer, struct exec_err *err);

/* memory.c: false if this is not what it answered before; *err then says so. */
bool exec_memory_take(struct exec_child *child, const struct exec_text *question, const char *line,
                      size_t size, struct exec_err *err);

#endif
