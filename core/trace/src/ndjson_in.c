/*
 * ndjson_in.c -- a history from lines of JSON, which anybody may have written by hand.
 *
 * This room is for: telling the writer of a line what is wrong with it: line, field, what may be
 *                   there, what is there.
 * It may include:   the C library, POSIX getline(), Jansson and trace/ headers.
 * Never here:       guessing. What a line leaves out has one meaning (the table below); what it has
 *                   too much is refused.
 *
 * The first line is the header: "muster" (the format) and "plan" must be there; "seed" (0),
 * "observes" (trace_kinds_usual()), "core", "target" and "policy" (empty) may be left out. Then one record a
 * line, blank lines aside: n         its number, which is its position; another number is an error,
 * because causes would then mean others at        ns; left out: the time of the record before (0
 * for the first) cause     left out: 0, none kind      must be there of        the kind of the
 * message; deliver and drop must have it actor     left out: who writes such records; of a deliver,
 * the receiver a         left out: 1 where it counts ranks, else 0 b         left out: 0 withheld
 * left out: the fault happened; 1: there was no budget for it executor,
 * job, stage, attempt, epoch, rank   left out: does not apply Kinds and actors are names, or
 * numbers where they have no name.
 */
#define _POSIX_C_SOURCE 200809L /* getline */

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "reader.h"

/* Where we are, and whom to tell. */
struct place {
    uint64_t line;
    struct trace_err *err;
};

static const char *type_text(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a truth value";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

/* The detail names line and field, what must be there and what is. */
static enum trace_status fail_at(const struct place *at, const char *field, const char *must,
                                 const json_t *value)
{
    if (json_is_integer(value))
        trace_fail(at->err, TRACE_E_FORMAT,
                   "line %" PRIu64 ": field '%.32s' must be %s, got %" JSON_INTEGER_FORMAT,
                   at->line, field, must, json_integer_value(value));
    else if (json_is_string(value))
        trace_fail(at->err, TRACE_E_FORMAT,
                   "line %" PRIu64 ": field '%.32s' must be %s, got \"%.32s\"", at->line, field,
                   must, json_string_value(value));
    else
        trace_fail(at->err, TRACE_E_FORMAT, "line %" PRIu64 ": field '%.32s' must be %s, got %s",
                   at->line, field, must, type_text(value));
    if (at->err != NULL)
        at->err->line = at->line;
    return TRACE_E_FORMAT;
}

static enum trace_status fail_line(const struct place *at, const char *sentence,
                                   const char *operand)
{
    trace_fail(at->err, TRACE_E_FORMAT, "line %" PRIu64 ": %s%.80s", at->line, sentence, operand);
    if (at->err != NULL)
        at->err->line = at->line;
    return TRACE_E_FORMAT;
}

static enum trace_status fail_memory(const struct place *at)
{
    trace_fail(at->err, TRACE_E_MEMORY, "line %" PRIu64 ": no memory for it", at->line);
    if (at->err != NULL)
        at->err->line = at->line;
    return TRACE_E_MEMORY;
}

/* ---- values */

static enum trace_status take_signed(const struct place *at, const char *field, const json_t *value,
                                     int64_t *out)
{
    if (!json_is_integer(value))
        return fail_at(at, field, "an integer", value);
    *out = json_integer_value(value);
    return TRACE_OK;
}

/* Numbers above INT64_MAX are written as strings of digits. */
static enum trace_status take_large(const struct place *at, const char *field, const json_t *value,
                                    uint64_t *out)
{
    static const char must[] = "an integer 0..18446744073709551615";
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = (uint64_t)json_integer_value(value);
        return TRACE_OK;
    }
    const char *digits = json_string_value(value);
    if (digits == NULL || digits[0] == '\0')
        return fail_at(at, field, must, value);
    uint64_t sum = 0;
    for (const char *c = digits; *c != '\0'; c++) {
        uint64_t digit = (uint64_t)(*c - '0');
        if (*c < '0' || *c > '9' || sum > (UINT64_MAX - digit) / 10)
            return fail_at(at, field, must, value);
        sum = 10 * sum + digit;
    }
    *out = sum;
    return TRACE_OK;
}

static enum trace_status take_index(const struct place *at, const char *field, const json_t *value,
                                    uint32_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) >= TRACE_NONE)
        return fail_at(at, field, "an integer 0..4294967294", value);
    *out = (uint32_t)json_integer_value(value);
    return TRACE_OK;
}

/* A kind's name, or a number up to `max`. */
static enum trace_status take_kind(const struct place *at, const char *field, const json_t *value,
                                   json_int_t max, uint16_t *out)
{
    if (json_is_string(value)) {
        enum trace_kind kind = trace_kind_parse(json_string_value(value));
        if (kind == TRACE_KIND_NONE)
            return fail_at(at, field, "the name of a kind of record", value);
        *out = (uint16_t)kind;
        return TRACE_OK;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > max)
        return fail_at(at, field, "the name of a kind of record", value);
    *out = (uint16_t)json_integer_value(value);
    return TRACE_OK;
}

static enum trace_status take_actor(const struct place *at, const char *field, const json_t *value,
                                    uint32_t *out)
{
    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        json_integer_value(value) <= UINT32_MAX) {
        *out = (uint32_t)json_integer_value(value);
        return TRACE_OK;
    }
    for (unsigned actor = 0; json_is_string(value) && trace_actor_text(actor) != NULL; actor++) {
        if (strcmp(trace_actor_text(actor), json_string_value(value)) == 0) {
            *out = actor;
            return TRACE_OK;
        }
    }
    return fail_at(at, field, "world, driver, executor or task", value);
}

/* ---- lines */

/* The next line that is not blank as a JSON object; NULL with TRACE_OK at the end of the file. */
static enum trace_status next_object(struct trace_lines *lines, struct place *at, json_t **out)
{
    *out = NULL;
    for (;;) {
        errno = 0;
        ssize_t length = getline(&lines->line, &lines->capacity, lines->file);
        at->line = ++lines->number;
        if (length < 0 && errno == ENOMEM)
            return fail_memory(at);
        if (length < 0)
            return ferror(lines->file) ? trace_fail_io(at->err, "read", lines->path) : TRACE_OK;
        if (lines->line[strspn(lines->line, " \t\r\n")] == '\0' &&
            strlen(lines->line) == (size_t)length)
            continue;
        json_error_t why;
        *out = json_loadb(lines->line, (size_t)length, JSON_REJECT_DUPLICATES, &why);
        if (*out == NULL && json_error_code(&why) == json_error_out_of_memory)
            return fail_memory(at);
        if (*out == NULL)
            return fail_line(at, "not a line of JSON: ", why.text);
        if (json_is_object(*out))
            return TRACE_OK;
        json_decref(*out);
        *out = NULL;
        return fail_line(at, "a line must be one JSON object", "");
    }
}

/* ---- the header */

static enum trace_status take_string(const struct place *at, const char *field, const json_t *value,
                                     const char **out)
{
    const char *text = value != NULL ? json_string_value(value) : "";
    if (text == NULL)
        return fail_at(at, field, "a string", value);
    char *copy = malloc(strlen(text) + 1);
    if (copy == NULL)
        return fail_memory(at);
    memcpy(copy, text, strlen(text) + 1);
    *out = copy;
    return TRACE_OK;
}

static enum trace_status take_observes(const struct place *at, const json_t *value, uint64_t *out)
{
    if (value == NULL) {
        *out = trace_kinds_usual();
        return TRACE_OK;
    }
    if (!json_is_array(value))
        return fail_at(at, "observes", "a list of kinds of records", value);
    *out = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        uint16_t kind;
        enum trace_status status = take_kind(at, "observes", json_array_get(value, i), 63, &kind);
        if (status != TRACE_OK)
            return status;
        *out |= TRACE_BIT(kind);
    }
    return TRACE_OK;
}

static enum trace_status check_header_keys(const struct place *at, json_t *line)
{
    static const char *const known[] = {"muster", "seed",   "observes", "core",
                                        "target", "policy", "plan"};
    const char *key;
    json_t *value;
    json_object_foreach(line, key, value)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof known[0] && strcmp(known[i], key) != 0)
            i++;
        if (i == sizeof known / sizeof known[0])
            return fail_line(at, "the header has no field ", key);
    }
    return TRACE_OK;
}

static enum trace_status take_header(const struct place *at, json_t *line,
                                     struct trace_header *header)
{
    const json_t *version = json_object_get(line, "muster");
    const json_t *seed = json_object_get(line, "seed");
    if (version == NULL || json_object_get(line, "plan") == NULL)
        return fail_line(at, "the first line must be the header, ",
                         "{\"muster\":1,\"plan\":\"...\"}");
    if (!json_is_integer(version) || json_integer_value(version) != TRACE_FORMAT_VERSION)
        return fail_at(at, "muster", "1, the format this reads", version);
    header->version = TRACE_FORMAT_VERSION;
    header->seed = 0;

    enum trace_status status = check_header_keys(at, line);
    if (status == TRACE_OK && seed != NULL)
        status = take_large(at, "seed", seed, &header->seed);
    if (status == TRACE_OK)
        status = take_observes(at, json_object_get(line, "observes"), &header->observes);
    if (status == TRACE_OK)
        status = take_string(at, "core", json_object_get(line, "core"), &header->core_id);
    if (status == TRACE_OK)
        status = take_string(at, "target", json_object_get(line, "target"), &header->target);
    if (status == TRACE_OK)
        status = take_string(at, "policy", json_object_get(line, "policy"), &header->policy);
    if (status == TRACE_OK)
        status = take_string(at, "plan", json_object_get(line, "plan"), &header->plan_text);
    return status;
}

enum trace_status trace_lines_header(struct trace_lines *lines, struct trace_header *header,
                                     struct trace_err *err)
{
    struct place at = {.err = err};
    json_t *line;
    enum trace_status status = next_object(lines, &at, &line);
    if (status != TRACE_OK)
        return status;
    if (line == NULL)
        return trace_fail(err, TRACE_E_FORMAT, "the history is empty");
    status = take_header(&at, line, header);
    json_decref(line);
    return status;
}

/* ---- a record */

enum type { TYPE_NUMBER, TYPE_SIGNED, TYPE_LARGE, TYPE_INDEX, TYPE_KIND, TYPE_ACTOR, TYPE_FLAGS };
enum field_index {
    FIELD_N,
    FIELD_AT,
    FIELD_CAUSE,
    FIELD_KIND,
    FIELD_OF,
    FIELD_WITHHELD,
    FIELD_ACTOR,
    FIELD_EXECUTOR,
    FIELD_JOB,
    FIELD_STAGE,
    FIELD_ATTEMPT,
    FIELD_EPOCH,
    FIELD_RANK,
    FIELD_A,
    FIELD_B,
    FIELD_COUNT
};
static const struct field {
    const char *name;
    enum type type;
    size_t offset;
} fields[FIELD_COUNT] = {
    [FIELD_N] = {"n", TYPE_NUMBER, 0},
    [FIELD_AT] = {"at", TYPE_SIGNED, offsetof(struct trace_record, at_ns)},
    [FIELD_CAUSE] = {"cause", TYPE_LARGE, offsetof(struct trace_record, cause)},
    [FIELD_KIND] = {"kind", TYPE_KIND, offsetof(struct trace_record, kind)},
    [FIELD_OF] = {"of", TYPE_KIND, offsetof(struct trace_record, flags)},
    [FIELD_WITHHELD] = {"withheld", TYPE_FLAGS, offsetof(struct trace_record, flags)},
    [FIELD_ACTOR] = {"actor", TYPE_ACTOR, offsetof(struct trace_record, actor)},
    [FIELD_EXECUTOR] = {"executor", TYPE_INDEX, offsetof(struct trace_record, executor)},
    [FIELD_JOB] = {"job", TYPE_INDEX, offsetof(struct trace_record, job)},
    [FIELD_STAGE] = {"stage", TYPE_INDEX, offsetof(struct trace_record, stage)},
    [FIELD_ATTEMPT] = {"attempt", TYPE_INDEX, offsetof(struct trace_record, attempt)},
    [FIELD_EPOCH] = {"epoch", TYPE_INDEX, offsetof(struct trace_record, epoch)},
    [FIELD_RANK] = {"rank", TYPE_INDEX, offsetof(struct trace_record, rank)},
    [FIELD_A] = {"a", TYPE_SIGNED, offsetof(struct trace_record, a)},
    [FIELD_B] = {"b", TYPE_SIGNED, offsetof(struct trace_record, b)},
};

static size_t field_find(const char *name)
{
    size_t i = 0;
    while (i < FIELD_COUNT && strcmp(fields[i].name, name) != 0)
        i++;
    return i;
}

static enum trace_status take_field(const struct place *at, const struct field *field,
                                    const json_t *value, uint64_t number, struct trace_record *out)
{
    void *slot = (char *)out + field->offset;
    uint64_t given = 0;
    enum trace_status status;
    switch (field->type) {
    case TYPE_SIGNED:
        return take_signed(at, field->name, value, slot);
    case TYPE_LARGE:
        return take_large(at, field->name, value, slot);
    case TYPE_INDEX:
        return take_index(at, field->name, value, slot);
    case TYPE_KIND:
        return take_kind(at, field->name, value, UINT16_MAX, slot);
    case TYPE_ACTOR:
        return take_actor(at, field->name, value, slot);
    case TYPE_FLAGS:
        status = take_large(at, field->name, value, &given);
        if (status == TRACE_OK && given > UINT16_MAX)
            return fail_at(at, field->name, "0 or 1", value);
        *(uint16_t *)slot = (uint16_t)given;
        return status;
    case TYPE_NUMBER:
        status = take_large(at, field->name, value, &given);
        if (status == TRACE_OK && given != number) {
            char must[64];
            snprintf(must, sizeof must, "%" PRIu64 ", its position", number);
            return fail_at(at, field->name, must, value);
        }
        return status;
    }
    return TRACE_OK;
}

static bool counts_ranks(const struct trace_record *record)
{
    bool network = record->kind == TRACE_DELIVER || record->kind == TRACE_DROP;
    const char *meaning = trace_kind_a(network ? record->flags : record->kind);
    return meaning != NULL && strcmp(meaning, "count") == 0;
}

static uint32_t usual_actor(const struct trace_record *record)
{
    if (record->kind != TRACE_DELIVER)
        return trace_kind_actor(record->kind);
    return trace_kind_actor(record->flags) == TRACE_DRIVER ? TRACE_EXECUTOR : TRACE_DRIVER;
}

/* What the line did not say, once everything that it did say is known. */
static enum trace_status complete(const struct place *at, unsigned seen,
                                  struct trace_record *record)
{
    bool network = record->kind == TRACE_DELIVER || record->kind == TRACE_DROP;
    if ((seen & 1u << FIELD_KIND) == 0)
        return fail_line(at, "a record must have the field ", "kind");
    if (network && (seen & 1u << FIELD_OF) == 0)
        return fail_line(at, "a deliver or drop must have the field ", "of");
    if (record->kind != TRACE_FAULT && (seen & 1u << FIELD_WITHHELD) != 0)
        return fail_line(at, "only a fault may have the field ", "withheld");
    if (record->kind == TRACE_FAULT && (seen & 1u << FIELD_OF) != 0)
        return fail_line(at, "a fault has no field ", "of");
    if ((seen & 1u << FIELD_ACTOR) == 0)
        record->actor = usual_actor(record);
    if ((seen & 1u << FIELD_A) == 0 && counts_ranks(record))
        record->a = 1;
    return TRACE_OK;
}

static enum trace_status take_record(const struct place *at, json_t *line, uint64_t number,
                                     struct trace_record *record)
{
    unsigned seen = 0;
    const char *key;
    json_t *value;
    json_object_foreach(line, key, value)
    {
        size_t i = field_find(key);
        if (i == FIELD_COUNT)
            return fail_line(at, "a record has no field ", key);
        enum trace_status status = take_field(at, &fields[i], value, number, record);
        if (status != TRACE_OK)
            return status;
        seen |= 1u << i;
    }
    return complete(at, seen, record);
}

enum trace_status trace_lines_record(struct trace_lines *lines, uint64_t number,
                                     struct trace_record *record, bool *ended,
                                     struct trace_err *err)
{
    struct place at = {.err = err};
    json_t *line;
    enum trace_status status = next_object(lines, &at, &line);
    *ended = status == TRACE_OK && line == NULL;
    if (line == NULL)
        return status;
    *record = (struct trace_record){.at_ns = lines->at_ns,
                                    .executor = TRACE_NONE,
                                    .job = TRACE_NONE,
                                    .stage = TRACE_NONE,
                                    .attempt = TRACE_NONE,
                                    .epoch = TRACE_NONE,
                                    .rank = TRACE_NONE};
    status = take_record(&at, line, number, record);
    json_decref(line);
    lines->at_ns = record->at_ns;
    return status;
}
