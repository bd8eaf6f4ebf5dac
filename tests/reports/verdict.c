/*
 * verdict.c -- claims about verdict.json, the verdict in a terminal, TAP and JUnit.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "history.h"

#include <jansson.h>

static const struct rep_check checks[] = {
    {"AON", "all-or-nothing # in every run", REP_PASS, 0},
    {"CAP", "no over-commit", REP_FAIL, 3},
    {"PRG", "progress: every job \\ ends", REP_UNKNOWN, 0},
};
static const struct rep_finding findings[] = {
    {"CAP", "CAP-1", "executor 2 runs 3 tasks of \"a<b>&'c'\"\n\033[31m, it has 2 cores", REP_FAIL,
     4711, 12400 * MS},
    {"PRG", "PRG-2", "free is not observable here", REP_UNKNOWN, 0, 20 * SEC},
};

static const struct rep_run *run_of(struct history *h)
{
    history_crash_story(h);
    h->verdict = (struct rep_verdict){REP_FAIL, 1, 3, checks, 2, findings};
    history_run(h);
    h->header.seed = UINT64_MAX;
    h->run.replay = "muster run 'a b.lua' --seed 18446744073709551615";
    return &h->run;
}

static void json_is_json_and_loses_no_bit_of_seed_and_chain(void **state)
{
    (void)state;
    struct history h;
    char *text = history_text(run_of(&h), rep_verdict_json);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error), *row;
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "outcome")), "fail");
    assert_int_equal(json_integer_value(json_object_get(root, "exit_status")), 1);
    assert_string_equal(json_string_value(json_object_get(root, "seed")), "18446744073709551615");
    assert_string_equal(json_string_value(json_object_get(root, "chain")), "0123456789abcdef");
    assert_string_equal(json_string_value(json_object_get(root, "replay")), h.run.replay);
    assert_int_equal(json_array_size(json_object_get(root, "oracles")), 3);
    row = json_array_get(json_object_get(root, "oracles"), 2);
    assert_string_equal(json_string_value(json_object_get(row, "outcome")), "unknown");
    row = json_array_get(json_object_get(root, "findings"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "sentence")), findings[0].sentence);
    assert_int_equal(json_integer_value(json_object_get(row, "record")), 4711);
    assert_int_equal(json_integer_value(json_object_get(row, "at_ns")), 12400 * MS);
    assert_null(strchr(text, '\033'));
    json_decref(root);
    free(text);
    history_close(&h);
}

static void json_keeps_the_order_of_its_fields(void **state)
{
    (void)state;
    static const char *const keys[] = {"outcome", "exit_status", "seed",     "chain",  "core",
                                       "target",  "policy",      "scenario", "replay", "records",
                                       "end_ns",  "withheld",    "oracles",  "findings"};
    struct history h;
    char *text = history_text(run_of(&h), rep_verdict_json), key[32];
    const char *at = text;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        snprintf(key, sizeof key, "\n  \"%s\": ", keys[i]);
        at = strstr(at, key);
        assert_non_null(at);
    }
    h.verdict = (struct rep_verdict){0};
    free(text);
    text = history_text(&h.run, rep_verdict_json);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    json_decref(root);
    free(text);
    history_close(&h);
}

/* Two faults of tasks and one of a machine for which there was no budget: each way of telling a verdict says so. */
static void faults_that_were_withheld_are_counted(void **state)
{
    (void)state;
    static const uint32_t kinds[] = {PLAN_ACT_KILL_TASK, PLAN_ACT_HANG_TASK, PLAN_ACT_CRASH};
    static const char told[] = "3 faults withheld (budget: 1 machine at once, 0 tasks in all)\n";
    const struct rep_terminal terminal = {.columns = 80};
    struct history h;
    run_of(&h);
    h.plan->setting[PLAN_SET_BUDGET_MACHINES] = 1;
    h.plan->setting[PLAN_SET_BUDGET_TASKS] = 0;
    char *without = history_text(&h.run, rep_summary);
    assert_null(strstr(without, "withheld"));
    free(without);
    for (int i = 0; i < 3; i++) {
        struct trace_record *r = history_add(&h, TRACE_FAULT, 200 * SEC, 0);
        r->b = kinds[i];
        r->flags = TRACE_FAULT_WITHHELD;
    }
    history_run(&h);
    h.run.replay = "muster run a.lua";
    char *text = history_text(&h.run, rep_verdict_json);
    assert_non_null(strstr(text, "\n  \"withheld\": 3,\n"));
    free(text);
    text = history_text(&h.run, rep_tap);
    assert_non_null(strstr(text, told));
    free(text);
    text = history_text(&h.run, rep_summary);
    assert_non_null(strstr(text, told));
    free(text);
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(rep_verdict_text(&h.run, &terminal, out, NULL), REP_OK);
    fclose(out);
    assert_non_null(strstr(text, told));
    free(text);
    history_close(&h);
}

static void tap_never_shows_unknown_as_well(void **state)
{
    (void)state;
    struct history h;
    char *text = history_text(run_of(&h), rep_tap);
    assert_string_equal(text, "TAP version 14\n"
                              "# scenario: story.lua\n"
                              "# seed: 18446744073709551615\n"
                              "# chain: 0123456789abcdef\n"
                              "# replay: muster run 'a b.lua' --seed 18446744073709551615\n"
                              "1..3\n"
                              "ok 1 - AON: all-or-nothing \\# in every run\n"
                              "not ok 2 - CAP: no over-commit\n"
                              "  ---\n"
                              "  outcome: \"fail\"\n"
                              "  violations: 3\n"
                              "  findings:\n"
                              "    - rule: \"CAP-1\"\n"
                              "      outcome: \"fail\"\n"
                              "      record: 4711\n"
                              "      at_ns: 12400000000\n"
                              "      sentence: \"executor 2 runs 3 tasks of "
                              "\\\"a<b>&'c'\\\"\\n\\u001b[31m, it has 2 cores\"\n"
                              "  ...\n"
                              "not ok 3 - PRG (unknown): progress: every job \\\\ ends\n"
                              "  ---\n"
                              "  outcome: \"unknown\"\n"
                              "  violations: 0\n"
                              "  findings:\n"
                              "    - rule: \"PRG-2\"\n"
                              "      outcome: \"unknown\"\n"
                              "      record: 0\n"
                              "      at_ns: 20000000000\n"
                              "      sentence: \"free is not observable here\"\n"
                              "  ...\n");
    free(text);
    history_close(&h);
}

static void junit_is_well_formed_and_counts_unknown_as_an_error(void **state)
{
    (void)state;
    struct history h;
    char *text = history_text(run_of(&h), rep_junit);
    assert_string_equal(
        text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"muster\" tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\">\n"
        "  <testsuite name=\"story.lua\" tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\">\n"
        "    <properties>\n"
        "      <property name=\"seed\" value=\"18446744073709551615\"/>\n"
        "      <property name=\"chain\" value=\"0123456789abcdef\"/>\n"
        "      <property name=\"core\" value=\"core 1\"/>\n"
        "      <property name=\"policy\" value=\"strict\"/>\n"
        "      <property name=\"replay\" value=\"muster run &apos;a b.lua&apos; --seed "
        "18446744073709551615\"/>\n"
        "    </properties>\n"
        "    <testcase classname=\"story.lua\" name=\"AON\"/>\n"
        "    <testcase classname=\"story.lua\" name=\"CAP\">\n"
        "      <failure type=\"CAP-1\" message=\"executor 2 runs 3 tasks of "
        "&quot;a&lt;b&gt;&amp;&apos;c&apos;&quot;\\n\\x1b[31m,"
        " it has 2 cores\">CAP-1 at 12.4s, record 4711: executor 2 runs 3 tasks of"
        " &quot;a&lt;b&gt;&amp;&apos;c&apos;&quot;\\n\\x1b[31m, it has 2 cores\n"
        "replay: muster run &apos;a b.lua&apos; --seed 18446744073709551615\n"
        "</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"story.lua\" name=\"PRG\">\n"
        "      <error type=\"PRG-2\" message=\"free is not observable here\">PRG-2 at 20s, record "
        "0: free is not observable"
        " here\n"
        "replay: muster run &apos;a b.lua&apos; --seed 18446744073709551615\n"
        "</error>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    free(text);
    history_close(&h);
}

static struct rep_terminal terminal = {.columns = 60, .ascii = true};
static enum rep_status in_terminal(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_verdict_text(run, &terminal, out, err);
}

static void a_person_gets_the_command_that_replays_it(void **state)
{
    (void)state;
    struct history h;
    char *text = history_text(run_of(&h), in_terminal);
    assert_string_equal(text,
                        "FAIL     story.lua\n"
                        "  PASS     AON  all-or-nothing # in every run\n"
                        "  FAIL     CAP  3 violations\n"
                        "  UNKNOWN  PRG  progress: every job \\ ends\n"
                        "\n"
                        "  CAP-1 broken at 12.400s, record 4711: executor 2 runs 3 tasks of "
                        "\"a<b>&'c'\"\\n\\x1b[31m, it has"
                        " 2 cores\n"
                        "  PRG-2 unknown at 20.000s, the end: free is not observable here\n"
                        "  and 2 more like these\n"
                        "\n"
                        "seed 18446744073709551615, chain 0123456789abcdef, policy strict, core 1\n"
                        "replay: muster run 'a b.lua' --seed 18446744073709551615\n");
    free(text);
    history_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_json_and_loses_no_bit_of_seed_and_chain),
        cmocka_unit_test(json_keeps_the_order_of_its_fields),
        cmocka_unit_test(tap_never_shows_unknown_as_well),
        cmocka_unit_test(junit_is_well_formed_and_counts_unknown_as_an_error),
        cmocka_unit_test(faults_that_were_withheld_are_counted),
        cmocka_unit_test(a_person_gets_the_command_that_replays_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
