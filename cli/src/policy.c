/*
 * policy.c -- reads policies from the command line, from scenarios and from headers, and writes
 * them back.
 *
 * This room is for: policy names and axis=value texts.
 * It may include:   gang/gang.h for the registry of axes, cli.h.
 * Never here:       a list of axes of our own.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "policy.h"

enum { TOKEN_MAX = 96 };
struct base {
    const char *name;
    unsigned value; /* of every axis */
};
static const struct base bases[] = {{"strict", 0}, {"spark", 1}, {"spark-4.2", 1}};

/* What the policy itself says of an axis: past behaviours are in none. */
static unsigned value_of(const struct base *base, unsigned axis)
{
    return gang_axis_is_past((enum gang_axis)axis) ? 0 : base->value;
}

static const struct base *find_base(const char *name)
{
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++)
        if (strcmp(name, bases[i].name) == 0)
            return &bases[i];
    return NULL;
}

static int unknown_policy(const char *name)
{
    struct cli_nearest nearest = cli_nearest_to(name);
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++)
        cli_nearest_try(&nearest, bases[i].name);
    char hint[TOKEN_MAX + 32];
    return cli_fail(CLI_USAGE,
                    "no policy '%s'%s; there are strict and spark (spark-4.2), see '%s policies'",
                    name, cli_nearest_hint(&nearest, hint, sizeof hint), cli_program());
}

/* By hand, not by gang_policy_set(): a misspelled axis gets the nearest name. */
static int set_axis(struct gang_policy *policy, const char *text)
{
    char axis[TOKEN_MAX], hint[TOKEN_MAX + 32];
    const char *equals = strchr(text, '=');
    if (equals == NULL || (size_t)(equals - text) >= sizeof axis)
        return cli_fail(CLI_USAGE, "'%s' is not axis=value; see '%s policies'", text,
                        cli_program());
    snprintf(axis, sizeof axis, "%.*s", (int)(equals - text), text);
    struct cli_nearest nearest = cli_nearest_to(axis);
    for (unsigned i = 0; i < GANG_AXIS_COUNT; i++) {
        const char *name = gang_axis_text((enum gang_axis)i);
        cli_nearest_try(&nearest, name);
        if (strcmp(name, axis) != 0)
            continue;
        for (unsigned value = 0; value < 2; value++)
            if (strcmp(equals + 1, gang_axis_value((enum gang_axis)i, value)) == 0) {
                policy->axis[i] = (uint8_t)value;
                return CLI_PASS;
            }
        return cli_fail(CLI_USAGE, "axis %s is '%s', must be %s or %s", axis, equals + 1,
                        gang_axis_value((enum gang_axis)i, 0),
                        gang_axis_value((enum gang_axis)i, 1));
    }
    return cli_fail(CLI_USAGE, "no axis '%s'%s; see '%s policies'", axis,
                    cli_nearest_hint(&nearest, hint, sizeof hint), cli_program());
}

/* Takes the next word of *text; false at the end. */
static bool next_word(const char **text, char word[static TOKEN_MAX])
{
    *text += strspn(*text, " ");
    size_t length = strcspn(*text, " ");
    if (length == 0)
        return false;
    snprintf(word, TOKEN_MAX, "%.*s", (int)length, *text);
    *text += length;
    return true;
}

static void write_text(const struct base *base, const struct gang_policy *policy,
                       char text[static CLI_POLICY_TEXT_MAX])
{
    size_t used = (size_t)snprintf(text, CLI_POLICY_TEXT_MAX, "%s", base->name);
    for (unsigned i = 0; i < GANG_AXIS_COUNT; i++)
        if (policy->axis[i] != value_of(base, i))
            used += (size_t)snprintf(text + used, CLI_POLICY_TEXT_MAX - used, " %s=%s",
                                     gang_axis_text((enum gang_axis)i),
                                     gang_axis_value((enum gang_axis)i, policy->axis[i]));
    assert(used < CLI_POLICY_TEXT_MAX); /* the registry is closed and short */
}

int cli_policy_make(const char *base_text, const char *const *sets, size_t set_count,
                    struct gang_policy *policy, char text[static CLI_POLICY_TEXT_MAX])
{
    const char *rest = base_text != NULL && base_text[0] != '\0' ? base_text : "strict";
    char word[TOKEN_MAX];
    if (!next_word(&rest, word))
        return unknown_policy(rest);
    const struct base *base = find_base(word);
    if (base == NULL)
        return unknown_policy(word);
    for (unsigned i = 0; i < GANG_AXIS_COUNT; i++)
        policy->axis[i] = (uint8_t)value_of(base, i);
    int status = CLI_PASS;
    while (status == CLI_PASS && next_word(&rest, word))
        status = set_axis(policy, word);
    for (size_t i = 0; status == CLI_PASS && i < set_count; i++)
        status = set_axis(policy, sets[i]);
    if (status != CLI_PASS)
        return status;
    write_text(base, policy, text);
    return CLI_PASS;
}

bool cli_policy_two_phase(const char *text)
{
    char word[TOKEN_MAX];
    const char *rest = text != NULL ? text : "";
    if (!next_word(&rest, word))
        return false;
    const struct base *base = find_base(word);
    bool two_phase = base != NULL && base->value == 0;
    while (next_word(&rest, word))
        if (strcmp(word, "launch=two_phase") == 0 || strcmp(word, "launch=direct") == 0)
            two_phase = strcmp(word, "launch=two_phase") == 0;
    return two_phase;
}
