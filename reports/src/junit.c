/*
 * junit.c -- the verdict as JUnit XML: a test case an oracle; seed, chain and replay command as
 * properties.
 *
 * This room is for: continuous integration systems.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       times of the wall clock (the same run gives the same file); "skipped": an
 * unknown outcome is an error, because most readers count what was skipped as fine.
 */
#include "rep_private.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static void put_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    rep_put(out, REP_XML, value);
    fputc('"', out);
}

static void put_property(FILE *out, const char *name, const char *value)
{
    fputs("      <property", out);
    put_attribute(out, "name", name);
    put_attribute(out, "value", value);
    fputs("/>\n", out);
}

static void put_properties(const struct rep_run *run, FILE *out)
{
    char seed[24], chain[24];
    snprintf(seed, sizeof seed, "%" PRIu64, run->header->seed);
    snprintf(chain, sizeof chain, "%016" PRIx64, run->chain);
    fputs("    <properties>\n", out);
    put_property(out, "seed", seed);
    put_property(out, "chain", chain);
    put_property(out, "core", run->header->core_id);
    put_property(out, "policy", run->header->policy);
    put_property(out, "replay", run->replay);
    fputs("    </properties>\n", out);
}

static const struct rep_finding *first_finding(const struct rep_verdict *v,
                                               const struct rep_check *check)
{
    for (uint32_t i = 0; i < v->finding_count; i++)
        if (strcmp(v->findings[i].oracle, check->name) == 0)
            return &v->findings[i];
    return NULL;
}

static void put_findings(const struct rep_run *run, const struct rep_check *check, FILE *out)
{
    const struct rep_verdict *v = run->verdict;
    for (uint32_t i = 0; i < v->finding_count; i++) {
        const struct rep_finding *f = &v->findings[i];
        if (strcmp(f->oracle, check->name) != 0)
            continue;
        rep_put(out, REP_XML, f->rule);
        fputs(" at ", out);
        rep_put_seconds(out, f->at_ns);
        fprintf(out, "s, record %" PRIu64 ": ", f->record);
        rep_put(out, REP_XML, f->sentence);
        fputc('\n', out);
    }
    fputs("replay: ", out);
    rep_put(out, REP_XML, run->replay);
    fputc('\n', out);
}

static void put_case(const struct rep_run *run, const struct rep_check *check, FILE *out)
{
    fputs("    <testcase", out);
    put_attribute(out, "classname", run->scenario);
    put_attribute(out, "name", check->name);
    if (check->outcome == REP_PASS) {
        fputs("/>\n", out);
        return;
    }
    const struct rep_finding *first = first_finding(run->verdict, check);
    const char *element = check->outcome == REP_FAIL ? "failure" : "error";
    fprintf(out, ">\n      <%s", element);
    put_attribute(out, "type", first != NULL ? first->rule : rep_outcome(check->outcome));
    put_attribute(out, "message", first != NULL ? first->sentence : check->doc);
    fputc('>', out);
    put_findings(run, check, out);
    fprintf(out, "</%s>\n    </testcase>\n", element);
}

enum rep_status rep_junit(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    const struct rep_verdict *v = run->verdict;
    assert(v != NULL);
    rep_begin(err);
    uint32_t failures = 0, errors = 0;
    for (uint32_t i = 0; i < v->check_count; i++) {
        failures += v->checks[i].outcome == REP_FAIL;
        errors += v->checks[i].outcome != REP_FAIL && v->checks[i].outcome != REP_PASS;
    }
    char counts[120];
    snprintf(counts, sizeof counts,
             " tests=\"%" PRIu32 "\" failures=\"%" PRIu32 "\" errors=\"%" PRIu32 "\" skipped=\"0\"",
             v->check_count, failures, errors);
    fprintf(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"muster\"%s>\n  <testsuite",
        counts);
    put_attribute(out, "name", run->scenario);
    fprintf(out, "%s>\n", counts);
    put_properties(run, out);
    for (uint32_t i = 0; i < v->check_count; i++)
        put_case(run, &v->checks[i], out);
    fputs("  </testsuite>\n</testsuites>\n", out);
    return rep_finish(out, err);
}
