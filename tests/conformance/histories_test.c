/*
 * histories_test.c -- each hand-written history gets the verdict that is written beside it, for the
 * reason written there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

static struct history_case cases[CASES_MAX];
static size_t case_count;

static int read_cases(void **state)
{
    (void)state;
    case_count = cases_read(cases);
    return 0;
}

static enum conf_outcome wanted(const struct history_case *c)
{
    if (strcmp(c->verdict, "pass") == 0)
        return CONF_PASS;
    return strcmp(c->verdict, "fail") == 0 ? CONF_FAIL : CONF_UNKNOWN;
}

static void print_findings(const struct history_case *c, const struct conf_verdict *v)
{
    for (uint32_t i = 0; i < v->finding_count; i++)
        print_message("  %s: %s at record %lu: %s\n", c->name, v->findings[i].rule,
                      (unsigned long)v->findings[i].record, v->findings[i].sentence);
}

static void every_history_gets_its_verdict_for_the_right_reason(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < case_count; i++) {
        const struct history_case *c = &cases[i];
        struct history h;
        struct conf_verdict v;
        history_read(c->name, &h);
        judge_history(&h, &v);
        bool right = v.outcome == wanted(c);
        if (wanted(c) == CONF_PASS)
            right &= v.finding_count == 0;
        else
            right &= v.finding_count > 0 && strcmp(v.findings[0].rule, c->rule) == 0 &&
                     v.findings[0].record == c->record && v.findings[0].outcome == v.outcome;
        if (!right) {
            print_message("%s: outcome %u, expected %s for %s at record %lu\n", c->name, v.outcome,
                          c->verdict, c->rule, (unsigned long)c->record);
            print_findings(c, &v);
            wrong++;
        }
        history_free(&h);
    }
    assert_int_equal(wrong, 0);
}

static void every_rule_has_a_history_that_breaks_it(void **state)
{
    (void)state;
    size_t count;
    unsigned missing = 0;
    const struct conf_rule *rules = conf_rules(&count);
    for (size_t r = 0; r < count; r++) {
        bool found = false;
        for (size_t i = 0; i < case_count && !found; i++)
            found = strcmp(cases[i].rule, rules[r].id) == 0;
        if (!found) {
            print_message("no history breaks %s\n", rules[r].id);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

static void every_case_of_a_rule_is_a_history_that_breaks_it(void **state)
{
    (void)state;
    size_t count;
    const struct conf_rule *rules = conf_rules(&count);
    for (size_t r = 0; r < count; r++) {
        size_t named = 0, breaking = 0;
        char list[4096];
        snprintf(list, sizeof list, "%s", rules[r].cases);
        for (char *name = strtok(list, " "); name != NULL; name = strtok(NULL, " ")) {
            bool found = false;
            for (size_t i = 0; i < case_count; i++)
                found |=
                    strcmp(cases[i].name, name) == 0 && strcmp(cases[i].rule, rules[r].id) == 0;
            if (!found)
                fail_msg("rule %s names the case %s, which does not break it", rules[r].id, name);
            named++;
        }
        for (size_t i = 0; i < case_count; i++)
            breaking += strcmp(cases[i].rule, rules[r].id) == 0;
        assert_int_equal(named, breaking);
    }
}

/* Folders are named after oracles, in small letters. */
static bool in_folder_of(const struct history_case *c, const char *oracle)
{
    size_t i = 0;
    while (oracle[i] != '\0' && c->name[i] == oracle[i] - 'A' + 'a')
        i++;
    return oracle[i] == '\0' && c->name[i] == '/';
}

static void every_oracle_has_two_histories_it_rejects_and_one_it_accepts(void **state)
{
    (void)state;
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++) {
        unsigned rejects = 0, accepts = 0;
        for (size_t i = 0; i < case_count; i++) {
            size_t length = strlen(conf_oracle_text(oracle));
            rejects += strncmp(cases[i].rule, conf_oracle_text(oracle), length) == 0 &&
                       wanted(&cases[i]) == CONF_FAIL;
            accepts +=
                in_folder_of(&cases[i], conf_oracle_text(oracle)) && wanted(&cases[i]) == CONF_PASS;
        }
        if (rejects < 2 || accepts < 1)
            fail_msg("%s has %u histories it rejects and %u it accepts", conf_oracle_text(oracle),
                     rejects, accepts);
    }
}

static const struct history_case *find_case(const char *name, size_t length)
{
    for (size_t i = 0; i < case_count; i++)
        if (strlen(cases[i].name) == length && strncmp(cases[i].name, name, length) == 0)
            return &cases[i];
    return NULL;
}

/* A row is | number | behaviour | axis | rules | histories |. */
static unsigned check_row(const char *row)
{
    const char *field[6];
    unsigned checked = 0;
    for (int i = 0; i < 6; i++) {
        field[i] = row = strchr(row, '|');
        if (row++ == NULL)
            return 0;
    }
    for (const char *at = field[4] + 2; at < field[5]; at += strcspn(at, ",|") + 2) {
        size_t length = strcspn(at, ", ");
        const struct history_case *c = find_case(at, length);
        if (memchr(at, '/', length) == NULL)
            continue;
        if (c == NULL || wanted(c) != CONF_FAIL)
            fail_msg("the table names %.*s, which is not rejected", (int)length, at);
        const char *rule = strstr(field[3], c->rule);
        if (rule == NULL || rule > field[4])
            fail_msg("%s breaks %s, which its row does not name", c->name, c->rule);
        checked++;
    }
    return checked;
}

static void each_bug_of_sparks_is_seen_by_the_rule_the_table_names(void **state)
{
    (void)state;
    char line[512];
    unsigned checked = 0;
    FILE *in = fopen(RULES "/README.md", "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL)
        checked += line[0] == '|' ? check_row(line) : 0;
    fclose(in);
    assert_true(checked >= 25);
}

static void the_exit_status_is_that_of_the_gravest_failure(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int status;
    } wants[] = {
        {"aon/accept-whole-gang", 0},    {"cap/reject-cores", 1},
        {"prg/unknown-limit", 2},        {"prg/reject-hang-until-give-up", 3},
        {"prg/reject-hang-for-ever", 3}, {"aon/reject-half-a-gang-left", 1}, /* it hangs, too */
        {"expect/reject-failed", 1},     {"expect/unknown-sometimes", 2},
    };
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        struct history h;
        struct conf_verdict v;
        history_read(wants[i].name, &h);
        judge_history(&h, &v);
        if (v.exit_status != wants[i].status)
            fail_msg("%s: exit status %d, expected %d", wants[i].name, v.exit_status,
                     wants[i].status);
        history_free(&h);
    }
}

static void a_hang_is_told_with_who_waits_and_who_is_missing(void **state)
{
    (void)state;
    struct history h;
    struct conf_verdict v;
    history_read("prg/reject-hang-until-give-up", &h);
    judge_history(&h, &v);
    assert_string_equal(v.findings[0].sentence,
                        "hung from 1.001s; would have been given up after 365d: gang 'fit' of 'a': "
                        "1 of 2 ranks wait in "
                        "barrier 0 of attempt 0, rank 1 runs and does not call");
    history_free(&h);
}

static void what_must_never_be_is_counted_at_its_match_and_not_again(void **state)
{
    (void)state;
    struct history h;
    struct conf_verdict v;
    history_read("expect/reject-never", &h);
    h.plan->expects[0].when.nth = 1; /* and there are two of them */
    judge_history(&h, &v);
    assert_int_equal(v.violations[CONF_EXPECT], 1);
    history_free(&h);
}

static void safety_comes_before_liveness(void **state)
{
    (void)state;
    struct history h;
    struct conf_verdict v;
    history_read("prg/reject-hang-for-ever", &h);
    judge_history(&h, &v);
    assert_int_equal(v.exit_status, 3);
    for (size_t i = 0; i < h.count; i++) /* the same hang, and a start that nobody allowed */
        h.records[i].kind = h.records[i].kind == TRACE_GO ? TRACE_NOTE : h.records[i].kind;
    judge_history(&h, &v);
    assert_int_equal(v.oracle[CONF_AON], CONF_FAIL);
    assert_int_equal(v.oracle[CONF_PRG], CONF_FAIL);
    assert_int_equal(v.oracle[CONF_CON], CONF_PASS);
    assert_int_equal(v.exit_status, 1);
    history_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_history_gets_its_verdict_for_the_right_reason),
        cmocka_unit_test(every_rule_has_a_history_that_breaks_it),
        cmocka_unit_test(every_case_of_a_rule_is_a_history_that_breaks_it),
        cmocka_unit_test(every_oracle_has_two_histories_it_rejects_and_one_it_accepts),
        cmocka_unit_test(each_bug_of_sparks_is_seen_by_the_rule_the_table_names),
        cmocka_unit_test(the_exit_status_is_that_of_the_gravest_failure),
        cmocka_unit_test(what_must_never_be_is_counted_at_its_match_and_not_again),
        cmocka_unit_test(safety_comes_before_liveness),
        cmocka_unit_test(a_hang_is_told_with_who_waits_and_who_is_missing),
    };
    return cmocka_run_group_tests(tests, read_cases, NULL);
}
