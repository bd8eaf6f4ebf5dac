/*
 * tap.c -- the verdict as TAP version 14: a test point an oracle, its findings in a YAML block.
 *
 * This room is for: harnesses that read TAP.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       directives: unknown is "not ok" with its outcome in the block, never SKIP or
 * TODO, which count as well.
 */
#include "rep_private.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static void put_yaml(FILE *out, const char *indent, const char *key, const char *value)
{
    fprintf(out, "%s%s: \"", indent, key);
    rep_put(out, REP_JSON, value);
    fputs("\"\n", out);
}

static void put_finding(FILE *out, const struct rep_finding *f)
{
    put_yaml(out, "    - ", "rule", f->rule);
    put_yaml(out, "      ", "outcome", rep_outcome(f->outcome));
    fprintf(out, "      record: %" PRIu64 "\n      at_ns: %" PRId64 "\n", f->record, f->at_ns);
    put_yaml(out, "      ", "sentence", f->sentence);
}

static void put_block(const struct rep_verdict *v, FILE *out, const struct rep_check *check)
{
    bool any = false;
    fputs("  ---\n", out);
    put_yaml(out, "  ", "outcome", rep_outcome(check->outcome));
    fprintf(out, "  violations: %" PRIu64 "\n", check->violations);
    for (uint32_t i = 0; i < v->finding_count; i++) {
        if (strcmp(v->findings[i].oracle, check->name) != 0)
            continue;
        if (!any)
            fputs("  findings:\n", out);
        any = true;
        put_finding(out, &v->findings[i]);
    }
    fputs("  ...\n", out);
}

enum rep_status rep_tap(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    const struct rep_verdict *v = run->verdict;
    assert(v != NULL);
    rep_begin(err);
    fputs("TAP version 14\n# scenario: ", out);
    rep_put(out, REP_PLAIN, run->scenario);
    fprintf(out, "\n# seed: %" PRIu64 "\n# chain: %016" PRIx64 "\n# replay: ", run->header->seed,
            run->chain);
    rep_put(out, REP_PLAIN, run->replay);
    rep_put_withheld(run, "\n# ", "", out);
    fprintf(out, "\n1..%" PRIu32 "\n", v->check_count);
    for (uint32_t i = 0; i < v->check_count; i++) {
        const struct rep_check *check = &v->checks[i];
        fprintf(out, "%s %" PRIu32 " - ", check->outcome == REP_PASS ? "ok" : "not ok", i + 1);
        rep_put(out, REP_TAP, check->name);
        fputs(check->outcome == REP_UNKNOWN ? " (unknown): " : ": ", out);
        rep_put(out, REP_TAP, check->doc);
        fputc('\n', out);
        if (check->outcome != REP_PASS)
            put_block(v, out, check);
    }
    return rep_finish(out, err);
}
