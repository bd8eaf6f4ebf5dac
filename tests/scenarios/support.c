/*
 * support.c -- see support.h.
 */
#define _POSIX_C_SOURCE 200809L /* mkdir */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[64];
static char snippet[96];

void support_name(const char *name)
{
    snprintf(folder, sizeof folder, "scn_%s", name);
    snprintf(snippet, sizeof snippet, "%s/" SNIPPET, folder);
    mkdir(folder, 0777); /* it may be there from the last run */
}

const char *support_snippet(void) { return snippet; }

void support_write(const char *file, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
}

struct plan *support_try(const char *text, struct scn_err *err)
{
    support_write(SNIPPET, text);
    return scn_load(snippet, NULL, 0, NULL, NULL, err);
}

struct plan *support_load(const char *text)
{
    struct scn_err err;
    struct plan *plan = support_try(text, &err);
    if (plan == NULL)
        fail_msg("%s", err.detail);
    return plan;
}

struct plan *support_load_file(const char *path, const struct scn_param *params, size_t count)
{
    struct scn_err err;
    struct plan *plan = scn_load(path, params, count, NULL, NULL, &err);
    if (plan == NULL)
        fail_msg("%s", err.detail);
    return plan;
}

char *support_text(const struct plan *plan)
{
    size_t size;
    char *text = plan_write_text(plan, &size);
    assert_non_null(text);
    return text;
}

void support_expect_same(const struct plan *a, const struct plan *b)
{
    char *left = support_text(a), *right = support_text(b);
    bool same = strcmp(left, right) == 0; /* assert_string_equal() would print megabytes */
    free(left);
    free(right);
    assert_true(same);
}

void support_expect_round_trip(const struct plan *plan)
{
    struct plan_err err;
    FILE *out = fopen(snippet, "wb");
    assert_non_null(out);
    if (plan_write_lua(plan, out, &err) != PLAN_OK)
        fail_msg("%s", err.detail);
    assert_int_equal(fclose(out), 0);
    struct plan *again = support_load_file(snippet, NULL, 0);
    support_expect_same(plan, again);
    plan_free(again);
}

void support_expect_error(const char *text, const char *message)
{
    char wanted[1200];
    struct scn_err err;
    struct plan *plan = support_try(text, &err);
    if (plan != NULL) {
        plan_free(plan);
        fail_msg("loads, but should say: %s\n%s", message, text);
    }
    snprintf(wanted, sizeof wanted, "%s%s", snippet, message);
    assert_string_equal(err.detail, wanted);
    assert_int_equal(err.code, SCN_E_INPUT);
}
