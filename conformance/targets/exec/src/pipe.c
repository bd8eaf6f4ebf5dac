/*
 * pipe.c -- one question, one answer: bytes both ways, a watchdog, and what may go wrong.
 *
 * This room is for: exec_open(), exec_ask(), exec_close(); whose fault a failure is.
 * It may include:   POSIX, Jansson, child.h.
 * Never here:       what a question or an answer means.
 *
 * The clock that is read here decides when a child has hung, and nothing else.
 */
#include "child.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { HELLO_MS = 30000, ASK_MS = 10000, LAST_WORDS_MS = 500, PIECE = 65536 };
#define ANSWER_BYTES_MAX ((size_t)16 << 20)

const char *exec_status_text(int status)
{
    static const struct {
        int number;
        const char *text;
    } rows[] = {
#define X(name, number, word) {number, word},
        EXEC_STATUS_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].number == status)
            return rows[i].text;
    return NULL;
}

int64_t exec_clock_ms(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- opening and closing */

struct exec_child *exec_open(const char *command, const struct exec_options *options,
                             struct exec_err *err)
{
    struct exec_child *child = calloc(1, sizeof *child);
    struct exec_shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *err = (struct exec_err){.code = EXEC_OK};
    if (child != NULL) {
        *child = (struct exec_child){.options = *options, .opener = getpid(), .at_ns = -1};
        child->to = child->from = child->said = child->ended = child->lifeline = -1;
        child->shared = shared != MAP_FAILED ? shared : NULL;
        child->command = malloc(strlen(command) + 1);
    }
    if (child == NULL || child->shared == NULL || child->command == NULL) {
        *err = (struct exec_err){.code = EXEC_E_SYSTEM, .detail = "out of memory"};
        exec_close(child);
        return NULL;
    }
    memcpy(child->command, command, strlen(command) + 1);
    child->options.hello_ms = options->hello_ms > 0 ? options->hello_ms : HELLO_MS;
    child->options.ask_ms = options->ask_ms > 0 ? options->ask_ms : ASK_MS;
    child->options.answer_bytes_max =
        options->answer_bytes_max > 0 ? options->answer_bytes_max : ANSWER_BYTES_MAX;
    if (exec_start(child, err))
        return child;
    exec_close(child);
    return NULL;
}

void exec_close(struct exec_child *child)
{
    if (child == NULL)
        return;
    if (child->shared != NULL) {
        exec_end_all(child);
        (void)munmap(child->shared, sizeof *child->shared);
    }
    free(child->command);
    free(child->bytes);
    free(child);
}

void exec_listen(struct exec_child *child, exec_heard_fn *heard, void *ctx)
{
    child->heard = heard;
    child->heard_ctx = ctx;
}

const char *exec_command(const struct exec_child *child) { return child->command; }
bool exec_is_sound(const struct exec_child *child)
{
    return !child->shared->broken && !child->shared->busy;
}

/* ---- failures */

const char *exec_printable(const char *text, size_t length, char *out, size_t size)
{
    size_t most = size - 1, shown = length < most ? length : most;
    for (size_t i = 0; i < shown; i++)
        out[i] = text[i] >= ' ' && text[i] < 127 ? text[i] : '?';
    if (length > most && most >= 3)
        memset(out + most - 3, '.', 3);
    out[shown] = '\0';
    return out;
}

enum exec_status exec_fail_v(struct exec_child *child, struct exec_err *err, enum exec_status code,
                             const char *format, va_list arguments)
{
    child->shared->broken = true;
    *err = (struct exec_err){.code = code};
    (void)vsnprintf(err->detail, sizeof err->detail, format, arguments);
    return code;
}

enum exec_status exec_fail(struct exec_child *child, struct exec_err *err, enum exec_status code,
                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)exec_fail_v(child, err, code, format, arguments);
    va_end(arguments);
    return code;
}

/* "; it said last: ..." */
static const char *last_words(const struct exec_child *child, char *out, size_t size)
{
    size_t end = child->tail_size, begin;
    char line[2 * FRAGMENT_MAX];
    while (end > 0 && (unsigned char)child->tail[end - 1] <= ' ')
        end--;
    for (begin = end; begin > 0 && child->tail[begin - 1] != '\n';)
        begin--;
    (void)snprintf(out, size, "%s%s", end > begin ? "; it said last: " : "",
                   exec_printable(child->tail + begin, end - begin, line, sizeof line));
    return out;
}

/* Which question: by its number in the run, and the time it was asked at. */
static const char *which(const struct exec_child *child, const char *type, char *out, size_t size)
{
    if (child->at_ns < 0)
        (void)snprintf(out, size, "'%s'", type);
    else
        (void)snprintf(out, size, "'%s' %" PRIu64 " (at %" PRId64 ".%06" PRId64 "s)", type,
                       child->next_id - 1, child->at_ns / 1000000000,
                       child->at_ns / 1000 % 1000000);
    return out;
}

static void keep_said(struct exec_child *child, const char *bytes, size_t size)
{
    if (child->options.echo) {
        ssize_t ignored = write(STDERR_FILENO, bytes, size);
        (void)ignored;
    }
    if (size > SAID_MAX) {
        bytes += size - SAID_MAX;
        size = SAID_MAX;
    }
    size_t drop = child->tail_size + size > SAID_MAX ? child->tail_size + size - SAID_MAX : 0;
    memmove(child->tail, child->tail + drop, child->tail_size - drop);
    child->tail_size -= drop;
    memcpy(child->tail + child->tail_size, bytes, size);
    child->tail_size += size;
}

void exec_hear_said(struct exec_child *child)
{
    char bytes[SAID_MAX];
    for (int turns = 0; turns < 64 && child->said >= 0; turns++) {
        ssize_t size = read(child->said, bytes, sizeof bytes);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (size <= 0) {
            (void)close(child->said);
            child->said = -1;
            return;
        }
        keep_said(child, bytes, (size_t)size);
    }
}

/* Its output is at its end: how it ended comes a moment later, if it has ended and has not just closed it. */
static enum exec_status has_died(struct exec_child *child, const char *type, struct exec_err *err)
{
    char question[80], words[3 * FRAGMENT_MAX];
    struct pollfd look = {.fd = child->ended, .events = POLLIN};
    struct exec_end end;
    if (child->end.kind == EXEC_END_NONE && poll(&look, 1, LAST_WORDS_MS) > 0 &&
        read(child->ended, &end, sizeof end) == (ssize_t)sizeof end)
        child->end = end; /* whole, or nobody knows how */
    exec_hear_said(child);
    which(child, type, question, sizeof question);
    last_words(child, words, sizeof words);
    switch ((enum exec_end_kind)child->end.kind) {
    case EXEC_END_NO_SHELL:
        return exec_fail(child, err, EXEC_E_NOT_STARTED, "the command cannot be started: %s",
                         strerror(child->end.number));
    case EXEC_END_EXIT:
        if (!child->shared->greeted &&
            (child->end.number == 127 || child->end.number == 126)) /* as a shell says it */
            return exec_fail(child, err, EXEC_E_NOT_STARTED,
                             "the command cannot be started: the shell gave up with status %d%s",
                             child->end.number, words);
        if (child->end.number > 128 &&
            child->end.number <= 128 + 64) /* as a shell says it of what it has run */
            return exec_fail(
                child, err, EXEC_E_DIED,
                "the child died before it answered %s: it was ended by signal %d (%s)%s", question,
                child->end.number - 128, strsignal(child->end.number - 128), words);
        return exec_fail(child, err, EXEC_E_DIED,
                         "the child died before it answered %s: it exited with status %d%s",
                         question, child->end.number, words);
    case EXEC_END_SIGNAL:
        return exec_fail(child, err, EXEC_E_DIED,
                         "the child died before it answered %s: it was ended by signal %d (%s)%s",
                         question, child->end.number, strsignal(child->end.number), words);
    case EXEC_END_NONE:
        break;
    }
    return exec_fail(child, err, EXEC_E_DIED, "the child closed its output before it answered %s%s",
                     question, words);
}

static enum exec_status has_hung(struct exec_child *child, const char *type, int64_t ms,
                                 bool unread, struct exec_err *err)
{
    char question[80], words[3 * FRAGMENT_MAX];
    exec_hear_said(child);
    return exec_fail(
        child, err, EXEC_E_HUNG, "the child hung: no %s %s within %" PRId64 " ms of real time%s%s",
        unread ? "reading of" : "answer to", which(child, type, question, sizeof question), ms,
        child->size > 0 ? "; a part of a line came, but not its end (is the output flushed?)" : "",
        last_words(child, words, sizeof words));
}

static enum exec_status has_flooded(struct exec_child *child, const char *type,
                                    struct exec_err *err)
{
    char question[80];
    return exec_fail(
        child, err, EXEC_E_FLOODED,
        "the child flooded: more than %zu bytes and no end of a line, as its answer to %s",
        child->options.answer_bytes_max, which(child, type, question, sizeof question));
}

/* ---- bytes */

static bool make_room(struct exec_child *child)
{
    if (child->room - child->size >= PIECE)
        return true;
    size_t room = 2 * child->room + 2 * PIECE;
    char *grown = realloc(child->bytes, room);
    if (grown == NULL)
        return false;
    child->bytes = grown;
    child->room = room;
    return true;
}

/* Where the first line ends, or NULL. */
static char *line_end(struct exec_child *child)
{
    char *end = child->size > child->scanned
                    ? memchr(child->bytes + child->scanned, '\n', child->size - child->scanned)
                    : NULL;
    if (end == NULL)
        child->scanned = child->size;
    return end;
}

/* What there is to hear. True: it has ended. */
static bool hear(struct exec_child *child, enum exec_status *status, struct exec_err *err)
{
    if (!make_room(child)) {
        *status = exec_fail(child, err, EXEC_E_SYSTEM, "out of memory for an answer of %zu bytes",
                            child->size);
        return false;
    }
    ssize_t size = read(child->from, child->bytes + child->size, PIECE);
    if (size > 0)
        child->size += (size_t)size;
    return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/* It may be gone, and whoever asks may have the default for SIGPIPE. */
static ssize_t write_quietly(int descriptor, const char *bytes, size_t size)
{
    struct sigaction ignore, before;
    memset(&ignore, 0, sizeof ignore);
    sigemptyset(&ignore.sa_mask);
    ignore.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &ignore, &before);
    ssize_t written = write(descriptor, bytes, size);
    int because = errno;
    (void)sigaction(SIGPIPE, &before, NULL);
    errno = because;
    return written;
}

/* Gives the whole question, and hears until there is a line. A child that talks before it listens is heard meanwhile, or both would
 * wait for ever. */
static enum exec_status converse(struct exec_child *child, const struct exec_text *question,
                                 const char *type, int64_t ms, struct exec_err *err)
{
    size_t given = 0;
    bool deaf = false, over = false;
    enum exec_status status = EXEC_OK;
    for (int64_t until = exec_clock_ms() + ms;;) {
        if (given < question->size && !deaf) {
            ssize_t written =
                write_quietly(child->to, question->bytes + given, question->size - given);
            given += written > 0 ? (size_t)written : 0;
            deaf = written < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
        }
        over = hear(child, &status, err);
        if (status != EXEC_OK || (line_end(child) != NULL && given == question->size))
            return status;
        if (over || (deaf && line_end(child) == NULL))
            return has_died(child, type, err);
        if (child->size > child->options.answer_bytes_max)
            return has_flooded(child, type, err);
        int64_t left = until - exec_clock_ms();
        if (left <= 0)
            return has_hung(child, type, ms, given < question->size, err);
        exec_hear_said(child);
        struct pollfd looks[3] = {
            {.fd = child->from, .events = POLLIN},
            {.fd = child->said, .events = POLLIN},
            {.fd = given < question->size && !deaf ? child->to : -1, .events = POLLOUT}};
        (void)poll(looks, 3, left < 1000 ? (int)left : 1000);
    }
}

/* ---- an answer */

static enum exec_status nonsense(struct exec_child *child, const char *type, int column,
                                 struct exec_err *err, const char *text, size_t size,
                                 const char *what)
{
    char question[80], shown[FRAGMENT_MAX];
    (void)exec_fail(child, err, EXEC_E_NONSENSE,
                    "the child's answer to %s, line %" PRIu64 ", column %d: %s, in: %s",
                    which(child, type, question, sizeof question), child->lines, column, what,
                    size > 0 ? exec_printable(text, size, shown, sizeof shown) : "(an empty line)");
    err->line = child->lines;
    err->column = (uint64_t)column;
    return EXEC_E_NONSENSE;
}

bool exec_is_json(const char *line, size_t size)
{
    json_t *read = json_loadb(line, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    json_decref(read);
    return read != NULL;
}

static enum exec_status has_given_up(struct exec_child *child, const char *type,
                                     const json_t *answer, struct exec_err *err)
{
    char question[80], text[3 * FRAGMENT_MAX];
    const json_t *message = json_object_get(answer, "message");
    const char *said = json_is_string(message) ? json_string_value(message) : "it does not say why";
    return exec_fail(child, err, EXEC_E_GAVE_UP, "the child gave up over %s: %s",
                     which(child, type, question, sizeof question),
                     exec_printable(said, strlen(said), text, sizeof text));
}

/* That it is an object, of the type that was asked for, and with the number of the question. */
static enum exec_status look_at_head(struct exec_child *child, const char *type,
                                     const char *answer_type, const json_t *answer,
                                     const char *line, size_t size, struct exec_err *err)
{
    char what[200], described[FRAGMENT_MAX], named[64];
    const json_t *kind = json_object_get(answer, "type"), *id = json_object_get(answer, "id");
    if (!json_is_object(answer))
        (void)snprintf(what, sizeof what, "it must be an object, is %s",
                       exec_describe(answer, described, sizeof described));
    else if (json_is_string(kind) && strcmp(json_string_value(kind), "error") == 0)
        return has_given_up(child, type, answer, err);
    else if (!json_is_string(kind) || strcmp(json_string_value(kind), answer_type) != 0)
        (void)snprintf(what, sizeof what, "its 'type' must be \"%s\", is %s", answer_type,
                       exec_describe(kind, described, sizeof described));
    else if (!json_is_integer(id) || (uint64_t)json_integer_value(id) != child->next_id - 1)
        (void)snprintf(what, sizeof what, "its 'id' must be %" PRIu64 ", the question's, is %s",
                       child->next_id - 1, exec_describe(id, named, sizeof named));
    else
        return EXEC_OK;
    return nonsense(child, type, 1, err, line, size, what);
}

static enum exec_status read_line(struct exec_child *child, const char *type,
                                  const char *answer_type, const char *line, size_t size,
                                  json_t **answer, struct exec_err *err)
{
    json_error_t cause;
    char what[200], text[120];
    json_t *read = json_loadb(line, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &cause);
    if (read == NULL) {
        (void)snprintf(what, sizeof what, "it must be one object of JSON: %s",
                       exec_printable(cause.text, strlen(cause.text), text, sizeof text));
        return nonsense(child, type, cause.column > 0 ? cause.column : 1, err, line, size, what);
    }
    enum exec_status status = look_at_head(child, type, answer_type, read, line, size, err);
    if (status == EXEC_OK)
        *answer = read;
    else
        json_decref(read);
    return status;
}

static void tell(const struct exec_child *child, bool from_child, const char *line, size_t size)
{
    if (child->heard != NULL)
        child->heard(child->heard_ctx, from_child, child->at_ns, line, size);
}

static enum exec_status take_answer(struct exec_child *child, const struct exec_text *question,
                                    const char *type, const char *answer_type, json_t **answer,
                                    struct exec_err *err)
{
    char *end = line_end(child);
    size_t size = (size_t)(end - child->bytes);
    size_t shown = size > 0 && child->bytes[size - 1] == '\r' ? size - 1 : size;
    child->lines++;
    tell(child, true, child->bytes, shown);
    enum exec_status status =
        size > child->options.answer_bytes_max
            ? has_flooded(child, type, err)
            : read_line(child, type, answer_type, child->bytes, shown, answer, err);
    if (status == EXEC_OK && !exec_memory_take(child, question, child->bytes, shown, err)) {
        json_decref(*answer);
        *answer = NULL;
        status = err->code;
    }
    child->size -= size + 1;
    memmove(child->bytes, end + 1, child->size);
    child->scanned = 0;
    return status;
}

/* The question's own type, for sentences about it: what stands behind {"type":". */
static void type_of(const struct exec_text *question, char *out, size_t size)
{
    static const char before[] = "{\"type\":\"";
    const char *begin = question->bytes + sizeof before - 1;
    (void)snprintf(out, size, "%.*s", (int)strcspn(begin, "\""), begin);
}

enum exec_status exec_ask_within(struct exec_child *child, int64_t at_ns,
                                 struct exec_text *question, const char *answer_type, int64_t ms,
                                 json_t **answer, struct exec_err *err)
{
    char type[32];
    assert(exec_is_sound(child)); /* whoever asks has seen every failure */
    *answer = NULL;
    *err = (struct exec_err){.code = EXEC_OK};
    child->at_ns = at_ns;
    exec_put(question, "}\n");
    if (question->failed)
        return exec_fail(child, err, EXEC_E_SYSTEM, "out of memory for a question");
    type_of(question, type, sizeof type);
    tell(child, false, question->bytes, question->size - 1);
    child->shared->busy = true;
    enum exec_status status = converse(child, question, type, ms, err);
    if (status == EXEC_OK)
        status = take_answer(child, question, type, answer_type, answer, err);
    child->shared->busy = false;
    assert((status == EXEC_OK) == (*answer != NULL));
    return status;
}

enum exec_status exec_ask(struct exec_child *child, int64_t at_ns, struct exec_text *question,
                          const char *answer_type, json_t **answer, struct exec_err *err)
{
    return exec_ask_within(child, at_ns, question, answer_type, child->options.ask_ms, answer, err);
}

/* ---- for tests of children */

enum exec_status exec_say(struct exec_child *child, const char *line, char *answer, size_t size,
                          struct exec_err *err)
{
    struct exec_text text = {0};
    assert(exec_is_sound(child));
    *err = (struct exec_err){.code = EXEC_OK};
    exec_put(&text, "%s\n", line);
    if (text.failed)
        return exec_fail(child, err, EXEC_E_SYSTEM, "out of memory for a line");
    tell(child, false, text.bytes, text.size - 1);
    enum exec_status status =
        converse(child, &text, "a line that is no question", child->options.ask_ms, err);
    exec_text_free(&text);
    if (status != EXEC_OK)
        return status;
    char *end = line_end(child);
    size_t length = (size_t)(end - child->bytes);
    tell(child, true, child->bytes, length);
    (void)snprintf(answer, size, "%.*s", (int)(length < size ? length : size - 1), child->bytes);
    child->size -= length + 1;
    memmove(child->bytes, end + 1, child->size);
    child->scanned = 0;
    return EXEC_OK;
}

bool exec_ends(struct exec_child *child, int64_t ms, struct exec_err *err)
{
    struct pollfd look = {.fd = child->ended, .events = POLLIN};
    char bytes[4096];
    (void)close(child->to);
    child->to = -1;
    child->shared->broken = true;
    *err = (struct exec_err){.code = EXEC_OK};
    for (int64_t until = exec_clock_ms() + ms; exec_clock_ms() < until;) {
        while (read(child->from, bytes, sizeof bytes) > 0)
            continue;
        exec_hear_said(child);
        if (poll(&look, 1, 10) > 0)
            return true;
    }
    (void)exec_fail(child, err, EXEC_E_HUNG,
                    "the child goes on %" PRId64 " ms after its input has ended", ms);
    return false;
}
