/*
 * hello.c -- the beginning of a conversation, and of each run in it.
 *
 * It may include:   Jansson, child.h.
 */
#include "child.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *exec_role_text(enum exec_role role)
{
    return role == EXEC_ROLE_PLACER ? "placer" : "scheduler";
}
const char *exec_name(const struct exec_child *child) { return child->shared->name; }
unsigned exec_roles(const struct exec_child *child) { return child->shared->roles; }

static bool read_roles(struct exec_child *child, const json_t *answer, unsigned *roles,
                       struct exec_err *err)
{
    json_t *list, *item;
    size_t i;
    char text[FRAGMENT_MAX];
    *roles = 0;
    if (!exec_get_list(child, answer, "hello", "roles", true, &list, err))
        return false;
    json_array_foreach(list, i, item)
    {
        const char *word = json_is_string(item) ? json_string_value(item) : "";
        unsigned role = strcmp(word, "placer") == 0      ? EXEC_ROLE_PLACER
                        : strcmp(word, "scheduler") == 0 ? EXEC_ROLE_SCHEDULER
                                                         : 0;
        if (role == 0)
            return exec_refuse(
                child, err,
                "item %zu of 'roles' of hello must be \"placer\" or \"scheduler\", is %s", i + 1,
                exec_describe(item, text, sizeof text));
        *roles |= role;
    }
    return *roles != 0 || exec_refuse(child, err,
                                      "'roles' of hello is empty; it must name what the child can "
                                      "be: \"placer\", \"scheduler\"");
}

/* Its protocol comes first: of another one nothing else can be said. */
static bool read_hello(struct exec_child *child, const json_t *answer, struct exec_err *err)
{
    static const char *const keys[] = {"protocol", "name", "version", "roles", NULL};
    int64_t protocol;
    const char *name, *version;
    unsigned roles;
    if (!exec_get_int(child, answer, "hello", "protocol", 0, INT32_MAX, &protocol, err))
        return false;
    if (protocol != EXEC_PROTOCOL) {
        (void)exec_fail(child, err, EXEC_E_VERSION,
                        "the child speaks protocol %" PRId64 ", this muster speaks %d", protocol,
                        EXEC_PROTOCOL);
        return false;
    }
    if (!exec_only_keys(child, answer, "hello", keys, err) ||
        !exec_get_text(child, answer, "hello", "name", true, &name, err) ||
        !exec_get_text(child, answer, "hello", "version", false, &version, err) ||
        !read_roles(child, answer, &roles, err))
        return false;
    if (name[0] == '\0' || strlen(name) >= EXEC_NAME_MAX)
        return exec_refuse(child, err, "'name' of hello must have 1..%d bytes, has %zu",
                           EXEC_NAME_MAX - 1, strlen(name));
    (void)exec_printable(name, strlen(name), child->shared->name, EXEC_NAME_MAX);
    child->shared->roles = roles;
    child->shared->greeted = true;
    return true;
}

static enum exec_status greet(struct exec_child *child, struct exec_err *err)
{
    struct exec_text text = {0};
    json_t *answer;
    child->next_id = child->lines = 0;
    exec_begin(child, &text, "hello");
    exec_put_int(&text, "protocol", EXEC_PROTOCOL);
    enum exec_status status =
        exec_ask_within(child, -1, &text, "hello", child->options.hello_ms, &answer, err);
    exec_text_free(&text);
    if (status != EXEC_OK)
        return status;
    bool right = read_hello(child, answer, err);
    json_decref(answer);
    return right ? EXEC_OK : err->code;
}

enum exec_status exec_hello(struct exec_child *child, enum exec_role role, struct exec_err *err)
{
    *err = (struct exec_err){.code = EXEC_OK};
    if (!child->shared->greeted && greet(child, err) != EXEC_OK)
        return err->code;
    if ((child->shared->roles & role) == 0)
        return exec_fail(child, err, EXEC_E_ROLE,
                         "the child '%s' does not say that it can be a %s; it names its roles in "
                         "its answer to hello",
                         child->shared->name, exec_role_text(role));
    return EXEC_OK;
}

enum exec_status exec_reset(struct exec_child *child, enum exec_role role, uint64_t seed,
                            struct exec_err *err)
{
    static const char *const keys[] = {NULL};
    struct exec_text text = {0};
    json_t *answer;
    enum exec_status status = exec_hello(child, role, err);
    if (status != EXEC_OK)
        return status;
    child->next_id = child->lines = 0;
    exec_begin(child, &text, "reset");
    exec_put_name(&text, "role", exec_role_text(role));
    exec_put(&text, ",\"seed\":%" PRIu64, seed);
    status = exec_ask_within(child, -1, &text, "ready", child->options.ask_ms, &answer, err);
    exec_text_free(&text);
    if (status != EXEC_OK)
        return status;
    bool right = exec_only_keys(child, answer, "ready", keys, err);
    json_decref(answer);
    return right ? EXEC_OK : err->code;
}
