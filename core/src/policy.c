/*
 * policy.c -- policy is data: a closed list of axes, each with a strict and a spark value.
 *
 * This room is for: naming the axes and setting them by text. Each axis is read in one other place.
 * It may include:   <string.h>, and gang/ headers.
 */
#include "err.h"

#include <assert.h>
#include <string.h>

static const struct axis_row {
    const char *text, *value[2], *rules, *doc;
} axis_row[GANG_AXIS_COUNT] = {
#define X(name, text, strict, spark, rules, doc)                                                   \
    [GANG_AXIS_##name] = {text, {strict, spark}, rules, doc},
    GANG_AXIS_MAP(X) GANG_PAST_MAP(X)
#undef X
};

struct gang_policy gang_policy_strict(void)
{
    struct gang_policy policy;
    memset(&policy, 0, sizeof policy);
    return policy;
}

struct gang_policy gang_policy_spark(void)
{
    struct gang_policy policy = gang_policy_strict();
    memset(policy.axis, 1, GANG_AXIS_OF_POLICY);
    return policy;
}

static bool same(const char *x, const char *y)
{
    size_t length = strlen(x);
    return length == strlen(y) && memcmp(x, y, length) == 0;
}

static int find_axis(const char *text)
{
    for (int i = 0; i < GANG_AXIS_COUNT; i++)
        if (same(axis_row[i].text, text))
            return i;
    return -1;
}

enum gang_status gang_policy_set(struct gang_policy *policy, const char *axis, const char *value,
                                 struct gang_err *err)
{
    assert(policy != NULL);
    assert(axis != NULL);
    assert(value != NULL);
    int at = find_axis(axis);
    if (at < 0)
        return gang_fail(err, GANG_E_UNKNOWN, "there is no policy axis '%s'", axis);
    const struct axis_row *row = &axis_row[at];
    for (uint8_t choice = 0; choice < 2; choice++) {
        if (!same(row->value[choice], value))
            continue;
        policy->axis[at] = choice;
        return GANG_OK;
    }
    return gang_fail(err, GANG_E_UNKNOWN, "axis '%s' is %s or %s, not '%s'", axis, row->value[0],
                     row->value[1], value);
}

const char *gang_axis_text(enum gang_axis axis) { return axis_row[axis].text; }
const char *gang_axis_rules(enum gang_axis axis) { return axis_row[axis].rules; }
const char *gang_axis_doc(enum gang_axis axis) { return axis_row[axis].doc; }
bool gang_axis_is_past(enum gang_axis axis) { return axis >= GANG_AXIS_OF_POLICY; }

const char *gang_axis_value(enum gang_axis axis, unsigned value)
{
    return value < 2 ? axis_row[axis].value[value] : NULL;
}
