/*
 * gate_cover.c -- what a whole check did not reach: marks of the core, rules without a case.
 *
 * This room is for: `muster check --coverage`.
 * It may include:   conf, gate.h.
 * Never here:       a judgement whether that is enough.
 */
#include <inttypes.h>
#include <string.h>

#include "gate.h"

/* Without a history that is rejected for its sake, nobody knows whether the rule can fire. */
static size_t rules_without_a_case(FILE *out)
{
    size_t count, missing = 0;
    const struct conf_rule *rules = conf_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (rules[i].cases[0] == '\0') {
            missing++;
            fprintf(out, "rule without a case: %s  %s\n", rules[i].id, rules[i].statement);
        }
    const struct conf_spark_rule *spark = conf_spark_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (spark[i].where == NULL || spark[i].where[0] == '\0') {
            missing++;
            fprintf(out, "rule without a case: %s\n", spark[i].id);
        }
    return missing;
}

static size_t unhit_marks(const struct cli_gate *gate, FILE *out)
{
    size_t missing = 0;
    for (unsigned i = 0; i < gate->look->mark_count; i++)
        if ((gate->marks[i / 64] >> i % 64 & 1) == 0) {
            missing++;
            fprintf(out, "unhit mark: %s\n", gate->look->marks[i]);
        }
    return missing;
}

void cli_gate_coverage(const struct cli_gate *gate, FILE *out)
{
    size_t rules, spark, broken = 0;
    (void)conf_rules(&rules);
    (void)conf_spark_rules(&spark);
    size_t without = rules_without_a_case(out), unhit = unhit_marks(gate, out);
    for (size_t i = 0; i < rules; i++)
        broken += gate->broken[i / 64] >> i % 64 & 1;
    fprintf(out,
            "coverage: %zu of %" PRIu32
            " marks of the core were hit; %zu of %zu rules have a case, and %zu of %zu were broken "
            "here\n",
            gate->look->mark_count - unhit, gate->look->mark_count, rules + spark - without,
            rules + spark, broken, rules);
}
