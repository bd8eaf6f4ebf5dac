/*
 * exec.h -- somebody's scheduler as a child process: a line of JSON to its stdin, a line of JSON from its stdout.
 *
 * This room is for: the child, the pipe, the conversation; views as JSON, answers as decisions.
 * It may include:   the C library, POSIX, Jansson; sim, trace, plan, and of the core its placement.
 * Never here:       Lua, oracles, reports. The wall clock is the watchdog's: nothing that it measures enters a history.
 *
 * A conversation is questions of ours, each with one answer. Every question has a type and an id; its answer has the type that
 * belongs to it, and the same id. `hello` comes once, when the child has started; `reset` when a run begins. docs/protocol.md has the
 * words; docs/protocol/ has them as JSON Schema.
 *
 * A child may be opened in one process and asked in another that was forked from it, one at a time: what must outlive the fork
 * (whether it was greeted, whether it is sound) is in memory that both see. Only the process that opened it ends it.
 */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t; /* Jansson's */
struct gang_placer_view;
struct plan;
struct sim_decisions;
struct exec_child;

enum { EXEC_PROTOCOL = 1, EXEC_NAME_MAX = 64, EXEC_DETAIL_MAX = 1024 };

/* What may become of a question: NAME, number, word. */
/* clang-format off */
#define EXEC_STATUS_MAP(X) \
    X(OK,             0, "ok") \
    X(E_NOT_STARTED, -1, "not-started")  /* the command is not there, or may not be run */ \
    X(E_DIED,        -2, "died")         /* it ended, or closed its output */ \
    X(E_HUNG,        -3, "hung")         /* no whole line within the time */ \
    X(E_FLOODED,     -4, "flooded")      /* more bytes than an answer may have */ \
    X(E_NONSENSE,    -5, "nonsense")     /* no JSON, or not what was asked for */ \
    X(E_VERSION,     -6, "version")      /* it speaks another protocol */ \
    X(E_ROLE,        -7, "role")         /* it does not play the part it is wanted for */ \
    X(E_DIFFERS,     -8, "differs")      /* asked the same again, it answered something else */ \
    X(E_GAVE_UP,    -10, "gave-up")      /* it answered that it cannot go on: {"type":"error"} */ \
    X(E_SYSTEM,      -9, "system")       /* no process, no pipe, no memory: not the child's fault */
/* clang-format on */
enum exec_status {
#define X(name, number, word) EXEC_##name = number,
    EXEC_STATUS_MAP(X)
#undef X
};
const char *exec_status_text(int status); /* the word; NULL if there is no such status */

struct exec_err {
    enum exec_status code;
    uint64_t line, column; /* of NONSENSE: which line since the run began, from 1; 0: not of a line. column: in bytes, from 1; 0: unknown */
    char detail[EXEC_DETAIL_MAX]; /* one sentence; what the child wrote is in it only as printable ASCII */
};

/* The parts a child may play; a bit each. */
enum exec_role { EXEC_ROLE_PLACER = 1, EXEC_ROLE_SCHEDULER = 2 };
const char *exec_role_text(enum exec_role role);

/* Whether a line is JSON, for whoever shows it. */
bool exec_is_json(const char *line, size_t size);

/* Every line, both ways, without its newline. at_ns: virtual time; -1: no run has begun. */
typedef void exec_heard_fn(void *ctx, bool from_child, int64_t at_ns, const char *line, size_t size);

struct exec_options {
    int64_t hello_ms, ask_ms;   /* 0: 30 s for its first answer, 10 s for each other */
    size_t answer_bytes_max;    /* 0: 16 MiB */
    bool echo;                  /* what it says on stderr goes to our stderr, too */
};

/*
 * Starts `command` with /bin/sh -c in a process group of its own. NULL with *err filled if no process could be made; that the command
 * does not exist is seen at hello. The group ends when the child is closed, when it ends itself, and when all processes that hold it open
 * are gone, however they went.
 */
struct exec_child *exec_open(const char *command, const struct exec_options *options, struct exec_err *err);
/* Closes its stdin, waits a moment, kills what is left of its group. In a process that did not open it: gives back memory alone. NULL is a
 * no-op. */
void exec_close(struct exec_child *child);
void exec_listen(struct exec_child *child, exec_heard_fn *heard, void *ctx); /* NULL: no longer */
const char *exec_command(const struct exec_child *child);

/* Once a child; later calls look only whether it plays that part. */
enum exec_status exec_hello(struct exec_child *child, enum exec_role role, struct exec_err *err);
const char *exec_name(const struct exec_child *child); /* what it calls itself; "" before hello */
unsigned exec_roles(const struct exec_child *child);
/* A run begins, in this part: whatever it remembers of another run is to be forgotten. Greets it first, if nobody did. */
enum exec_status exec_reset(struct exec_child *child, enum exec_role role, uint64_t seed, struct exec_err *err);
/* False: it failed, or is in the middle of a question: it must not be asked again. */
bool exec_is_sound(const struct exec_child *child);

/*
 * What it answered, so that another run of the same can be compared with it. A child that is asked the same, after a reset or in another
 * process, must decide the same: its first other answer is DIFFERS, with both lines. How it is written does not matter, nor do keys that
 * begin with "x-". A question that is not the same any more is not the child's doing, and ends the comparing.
 */
struct exec_memory;
struct exec_memory *exec_memory_new(void); /* NULL: out of memory */
void exec_memory_free(struct exec_memory *memory); /* NULL is a no-op */
void exec_memory_rewind(struct exec_memory *memory); /* from now on it compares */
void exec_remember(struct exec_child *child, struct exec_memory *memory); /* from its next question on; NULL: no longer */

/* ---- a question: a line in the making. Out of memory is noticed when it is asked. */
struct exec_text {
    char *bytes;
    size_t size, room;
    bool failed;
};
void exec_text_free(struct exec_text *text);
void exec_put(struct exec_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void exec_put_string(struct exec_text *text, const char *string); /* quoted; whatever is no UTF-8 becomes U+FFFD */
/* A field, with the comma before it if it is not the first of its object. */
void exec_put_int(struct exec_text *text, const char *key, int64_t value);
void exec_put_name(struct exec_text *text, const char *key, const char *value);

/* Empties `text` and begins {"type":TYPE,"id":N; the caller adds fields, and exec_ask() the end. */
void exec_begin(struct exec_child *child, struct exec_text *text, const char *type);
/*
 * Asks, and waits for the answer: an object with this type and the question's id. On EXEC_OK the caller owns *answer (json_decref()).
 * After any failure the child is not sound.
 */
enum exec_status exec_ask(struct exec_child *child, int64_t at_ns, struct exec_text *question, const char *answer_type,
                          struct json_t **answer, struct exec_err *err);
/* A line that need not be a question, as it is, and whatever line comes back, without its newline. For tests of children. */
enum exec_status exec_say(struct exec_child *child, const char *line, char *answer, size_t size, struct exec_err *err);
/* Closes its stdin; whether it has ended by itself within so long. It cannot be asked any more. For tests of children. */
bool exec_ends(struct exec_child *child, int64_t ms, struct exec_err *err);

/* ---- an answer: each says what is wrong with field, value and what it may be; `where` is what holds the field, e.g. "decisions[3]" */
/* What the child said does not do: marks it as unsound, and fills *err with NONSENSE and the number of its line. Returns false. */
bool exec_refuse(struct exec_child *child, struct exec_err *err, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* No key but these (the list ends with NULL), "type", "id", and those that begin with "x-". */
bool exec_only_keys(struct exec_child *child, const struct json_t *object, const char *where, const char *const *keys, struct exec_err *err);
bool exec_get_int(struct exec_child *child, const struct json_t *object, const char *where, const char *key, int64_t lo, int64_t hi,
                  int64_t *out, struct exec_err *err);
/* NULL in *out if it is not there and need not be. Valid as long as the object. */
bool exec_get_text(struct exec_child *child, const struct json_t *object, const char *where, const char *key, bool required, const char **out,
                   struct exec_err *err);
bool exec_get_list(struct exec_child *child, const struct json_t *object, const char *where, const char *key, bool required,
                   struct json_t **out, struct exec_err *err);
/* What a value is, for people: "a string", "7", "true". */
const char *exec_describe(const struct json_t *value, char *buffer, size_t size);

/* ---- the part of a placer: the view of gang/placement.h as a question, the answer as decisions. Both outlive the placer. */
struct exec_placer;
struct exec_placer *exec_placer_new(struct exec_child *child, const struct plan *plan); /* NULL: out of memory */
void exec_placer_free(struct exec_placer *placer); /* NULL is a no-op */
/* From now on every object of a view has keys that no protocol knows: a child must not mind. For tests of children. */
void exec_placer_embellish(struct exec_placer *placer, bool embellish);
enum exec_status exec_placer_plan(struct exec_placer *placer, const struct gang_placer_view *view, struct sim_decisions *out,
                                  struct exec_err *err);

#endif
