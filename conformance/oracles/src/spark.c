/*
 * spark.c -- which of Spark's rules are checked under policy spark, which differ here, and which no run can reach.
 *
 * This room is for: conformance/rules/spark.tsv compiled in.
 * It may include:   conf/ headers.
 * Never here:       judgement.
 */
#include "conf/conf.h"

static const struct conf_spark_rule rows[] = {
#define X(id, reach, where) {id, CONF_REACH_##reach, where},
#include "conf_spark.inc"
#undef X
};

const struct conf_spark_rule *conf_spark_rules(size_t *count)
{
    *count = sizeof rows / sizeof *rows;
    return rows;
}

const char *conf_reach_text(enum conf_reach reach)
{
    static const char *const text[CONF_REACH_COUNT] = {[CONF_REACH_CHECKED] = "checked",
                                                       [CONF_REACH_DIFFERS] = "differs",
                                                       [CONF_REACH_OUT_OF_REACH] = "out-of-reach"};
    return (unsigned)reach < CONF_REACH_COUNT ? text[reach] : "";
}
