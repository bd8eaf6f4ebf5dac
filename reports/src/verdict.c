/*
 * verdict.c -- the verdict, for a program (verdict.json) and for a person (a few lines at the end
 * of a run).
 *
 * This room is for: saying what the oracles found and how to see it again.
 * It may include:   the C library, plan and trace (as data). The verdict comes in as plain rows.
 * Never here:       judging. Unknown is never shown as pass.
 *
 * verdict.json: fields in this order, always all of them. Seed and chain are strings, because many
 * readers keep numbers as doubles.
 */
#include "rep_private.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* ---- JSON */

static void put_string(FILE *out, const char *indent, const char *key, const char *value,
                       const char *end)
{
    fprintf(out, "%s\"%s\": \"", indent, key);
    rep_put(out, REP_JSON, value);
    fprintf(out, "\"%s", end);
}

static void put_check(FILE *out, const struct rep_check *check)
{
    fputs("    {", out);
    put_string(out, "", "name", check->name, ", ");
    put_string(out, "", "outcome", rep_outcome(check->outcome), ", ");
    fprintf(out, "\"violations\": %" PRIu64 ", ", check->violations);
    put_string(out, "", "doc", check->doc, "}");
}

static void put_finding(FILE *out, const struct rep_finding *finding)
{
    fputs("    {", out);
    put_string(out, "", "oracle", finding->oracle, ", ");
    put_string(out, "", "rule", finding->rule, ", ");
    put_string(out, "", "outcome", rep_outcome(finding->outcome), ", ");
    fprintf(out, "\"record\": %" PRIu64 ", \"at_ns\": %" PRId64 ", ", finding->record,
            finding->at_ns);
    put_string(out, "", "sentence", finding->sentence, "}");
}

enum rep_status rep_verdict_json(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    const struct rep_verdict *v = run->verdict;
    uint64_t withheld[REP_BUDGETS];
    assert(v != NULL);
    rep_begin(err);
    fputs("{\n", out);
    put_string(out, "  ", "outcome", rep_outcome(v->outcome), ",\n");
    fprintf(out, "  \"exit_status\": %d,\n", v->exit_status);
    fprintf(out, "  \"seed\": \"%" PRIu64 "\",\n", run->header->seed);
    fprintf(out, "  \"chain\": \"%016" PRIx64 "\",\n", run->chain);
    put_string(out, "  ", "core", run->header->core_id, ",\n");
    put_string(out, "  ", "target", run->header->target, ",\n");
    put_string(out, "  ", "policy", run->header->policy, ",\n");
    put_string(out, "  ", "scenario", run->scenario, ",\n");
    put_string(out, "  ", "replay", run->replay, ",\n");
    fprintf(out, "  \"records\": %" PRIu64 ",\n  \"end_ns\": %" PRId64 ",\n", run->record_count,
            rep_end_ns(run));
    fprintf(out, "  \"withheld\": %" PRIu64 ",\n", rep_count_withheld(run, withheld));
    fputs("  \"oracles\": [", out);
    for (uint32_t i = 0; i < v->check_count; i++) {
        fputs(i == 0 ? "\n" : ",\n", out);
        put_check(out, &v->checks[i]);
    }
    fputs(v->check_count > 0 ? "\n  ],\n  \"findings\": [" : "],\n  \"findings\": [", out);
    for (uint32_t i = 0; i < v->finding_count; i++) {
        fputs(i == 0 ? "\n" : ",\n", out);
        put_finding(out, &v->findings[i]);
    }
    fputs(v->finding_count > 0 ? "\n  ]\n}\n" : "]\n}\n", out);
    return rep_finish(out, err);
}

/* ---------------------------------------------------------------------------------------- for a
 * person */

/* Told apart by the word; the colour only helps. Blue, not green: for eyes that do not tell green
 * from red. */
static void put_outcome(const struct rep_terminal *terminal, FILE *out, uint32_t outcome)
{
    static const char *const word[] = {"PASS   ", "FAIL   ", "UNKNOWN"};
    static const char *const colour[] = {"\033[1;38;5;39m", "\033[1;38;5;202m", "\033[1;38;5;220m"};
    uint32_t o = outcome <= REP_UNKNOWN ? outcome : REP_UNKNOWN;
    if (terminal->colour)
        fprintf(out, "%s%s\033[0m", colour[o], word[o]);
    else
        fputs(word[o], out);
}

static void put_findings(const struct rep_verdict *v, FILE *out)
{
    for (uint32_t i = 0; i < v->finding_count; i++) {
        const struct rep_finding *f = &v->findings[i];
        fputs(i == 0 ? "\n  " : "  ", out);
        rep_put(out, REP_PLAIN, f->rule);
        fputs(f->outcome == REP_FAIL ? " broken at " : " unknown at ", out);
        rep_put_fixed(out, f->at_ns, 3);
        if (f->record > 0)
            fprintf(out, "s, record %" PRIu64 ": ", f->record);
        else
            fputs("s, the end: ", out);
        rep_put(out, REP_PLAIN, f->sentence);
        fputc('\n', out);
    }
}

static void put_more(const struct rep_verdict *v, FILE *out)
{
    uint64_t violations = 0, told = 0;
    for (uint32_t i = 0; i < v->check_count; i++)
        violations += v->checks[i].violations;
    for (uint32_t i = 0; i < v->finding_count; i++)
        told += v->findings[i].outcome == REP_FAIL;
    if (violations > told)
        fprintf(out, "  and %" PRIu64 " more like these\n", violations - told);
}

static int widest(const struct rep_verdict *v)
{
    size_t width = 0;
    for (uint32_t i = 0; i < v->check_count; i++)
        width = strlen(v->checks[i].name) > width ? strlen(v->checks[i].name) : width;
    return width < 40 ? (int)width : 40;
}

/* As much of the sentence as fits the terminal: the whole of it is in `muster rules`. */
static void put_doc(const struct rep_terminal *terminal, FILE *out, int width, const char *doc)
{
    int columns = (terminal->columns > 0 ? terminal->columns : 80) - width - 16;
    if (columns >= 20)
        rep_put_cut(out, REP_PLAIN, doc, (uint32_t)columns);
}

static void put_checks(const struct rep_verdict *v, const struct rep_terminal *terminal, FILE *out)
{
    int width = widest(v);
    for (uint32_t i = 0; i < v->check_count; i++) {
        const struct rep_check *check = &v->checks[i];
        fputs("  ", out);
        put_outcome(terminal, out, check->outcome);
        fprintf(out, "  %-*s  ", width, check->name);
        if (check->violations > 0)
            fprintf(out, "%" PRIu64 " violation%s", check->violations,
                    check->violations == 1 ? "" : "s");
        else
            put_doc(terminal, out, width, check->doc);
        fputc('\n', out);
    }
}

enum rep_status rep_verdict_text(const struct rep_run *run, const struct rep_terminal *terminal,
                                 FILE *out, struct rep_err *err)
{
    const struct rep_verdict *v = run->verdict;
    assert(v != NULL);
    rep_begin(err);
    put_outcome(terminal, out, v->outcome);
    fputs("  ", out);
    rep_put(out, REP_PLAIN, run->scenario);
    fputc('\n', out);
    put_checks(v, terminal, out);
    put_findings(v, out);
    put_more(v, out);
    rep_put_withheld(run, "  ", "\n", out);
    fprintf(out, "\nseed %" PRIu64 ", chain %016" PRIx64 ", policy ", run->header->seed,
            run->chain);
    rep_put(out, REP_PLAIN, run->header->policy);
    fputs(", ", out);
    rep_put(out, REP_PLAIN, run->header->core_id);
    fputs("\nreplay: ", out);
    rep_put(out, REP_PLAIN, run->replay);
    fputc('\n', out);
    return rep_finish(out, err);
}
