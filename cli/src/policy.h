/*
 * policy.h -- a policy as text: a name, then every axis that differs from it: "strict
 * blocked_head=skip".
 */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "gang/gang.h"

enum { CLI_POLICY_TEXT_MAX = 2048 };

/* `base` is such a text, or NULL for strict; `sets` are "axis=value". Fills the policy and its
 * text. An exit status; 69 names the axes that this core does not carry out. */
int cli_policy_make(const char *base, const char *const *sets, size_t set_count,
                    struct gang_policy *policy, char text[static CLI_POLICY_TEXT_MAX]);
/* Whether a history under this policy claims two-phase launches. A foreign policy's name claims
 * nothing. */
bool cli_policy_two_phase(const char *text);

#endif
