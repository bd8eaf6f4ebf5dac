/*
 * rules.c -- the numbered rules, and which kinds of record each of them cannot do without.
 *
 * This room is for: conformance/rules/rules.tsv compiled in, and one mask a rule.
 * It may include:   the C library, trace/ and conf/ headers.
 * Never here:       judgement.
 *
 * A rule is judged only where every kind it looks at is observed: an absence proves nothing where
 * nobody looks. An oracle needs what its rules need; what a target cannot observe makes it unknown,
 * never pass.
 */
#include "judge.h"

static const struct conf_rule rules[RULE_COUNT] = {
#define X(symbol, oracle, id, oracle_text, spark, statement, cases)                                \
    [RULE_##symbol] = {id, oracle_text, spark, statement, cases},
#include "conf_rules.inc"
#undef X
};

static const uint8_t oracle_of[RULE_COUNT] = {
#define X(symbol, oracle, id, oracle_text, spark, statement, cases) [RULE_##symbol] = CONF_##oracle,
#include "conf_rules.inc"
#undef X
};

#define K(name) TRACE_BIT(TRACE_##name)
static const uint64_t needs[RULE_COUNT] = {
    [RULE_AON_1] = K(RESERVE) | K(RESERVE_ACK) | K(DELIVER) | K(GO) | K(PLAN),
    [RULE_AON_2] = K(RESERVE) | K(RESERVE_ACK) | K(DELIVER) | K(GO) | K(START),
    [RULE_AON_3] = K(PLAN) | K(START) | K(EXIT) | K(LOST) | K(JOB_DONE),
    [RULE_AON_4] = K(START) | K(EXIT) | K(FENCE) | K(END),
    [RULE_AON_5] = K(RESERVE) | K(RESERVE_ACK) | K(DELIVER) | K(GO),
    [RULE_AON_6] = K(PLAN) | K(RESERVE) | K(GO),
    [RULE_AON_7] = K(PLAN) | K(GO) | K(START),
    [RULE_AON_8] = K(RESERVE) | K(RESERVE_ACK) | K(DELIVER) | K(GO) | K(START) | K(EXIT) | K(FREE) | K(LOST),
    [RULE_AON_9] = K(PLAN) | K(GO), /* and LAUNCH, but histories without it are judged without this rule */
    [RULE_CAP_1] = K(START) | K(EXIT),
    [RULE_CAP_2] = K(START) | K(EXIT),
    [RULE_CAP_3] = K(START) | K(EXIT),
    [RULE_CAP_4] = K(START) | K(UP) | K(DOWN),
    [RULE_CAP_5] = K(START) | K(EXIT),
    [RULE_CAP_6] = K(RESERVE) | K(JOIN) | K(LOST),
    [RULE_CAP_7] = K(START) | K(EXIT) | K(FREE),
    [RULE_CAP_8] =
        K(RESERVE) | K(START) | K(EXIT) | K(RESERVE_ACK) | K(UNRESERVE) | K(FREE) | K(DOWN),
    [RULE_CAP_9] = K(RESERVE) | K(EXCLUDE) | K(LOST),
    [RULE_CAP_10] = K(RESERVE) | K(START) | K(EXIT) | K(RESERVE_ACK) | K(RESERVE_NACK) | K(UNRESERVE) |
                    K(DELIVER) | K(FREE) | K(DOWN) | K(FAULT),
    [RULE_BAR_1] = K(START) | K(ARRIVE) | K(DELIVER) | K(RELEASE),
    [RULE_BAR_2] = K(START) | K(ARRIVE) | K(DELIVER) | K(RELEASE),
    [RULE_BAR_3] = K(RELEASE),
    [RULE_BAR_4] = K(START) | K(ARRIVE) | K(REPLY) | K(RELEASE),
    [RULE_BAR_5] = K(START) | K(ARRIVE) | K(REPLY),
    [RULE_BAR_6] = K(START) | K(ARRIVE) | K(RELEASE) | K(REPLY),
    [RULE_BAR_7] = K(RELEASE) | K(REPLY),
    [RULE_BAR_8] = K(START) | K(ARRIVE) | K(REPLY) | K(EXIT),
    [RULE_BAR_9] = K(START) | K(ARRIVE) | K(DELIVER) | K(RELEASE),
    [RULE_BAR_10] = K(START) | K(EXIT) | K(ARRIVE) | K(REPLY),
    [RULE_BAR_11] = K(START) | K(ARRIVE) | K(RELEASE) | K(ROUND_FAILED),
    [RULE_BAR_12] = K(START) | K(ARRIVE) | K(DELIVER) | K(RELEASE) | K(ROUND_FAILED),
    [RULE_BAR_13] = K(START) | K(ARRIVE) | K(DELIVER) | K(ROUND_FAILED) | K(FENCE) | K(LOST) | K(DOWN),
    [RULE_BAR_14] = K(START) | K(ARRIVE) | K(DELIVER) | K(RELEASE) | K(FREE),
    [RULE_GEN_1] = K(FENCE) | K(ACCEPT) | K(RELEASE) | K(STAGE_DONE) | K(GO),
    [RULE_GEN_2] = K(START) | K(EXIT) | K(LOST),
    [RULE_GEN_3] = K(FENCE),
    [RULE_GEN_4] = K(START) | K(EXIT) | K(FREE) | K(DELIVER) | K(ACCEPT),
    [RULE_GEN_5] = K(PLAN) | K(GO) | K(FENCE) | K(STAGE_DONE),
    [RULE_GEN_6] = K(PLAN) | K(ACCEPT) | K(STAGE_DONE),
    [RULE_GEN_7] = K(FENCE) | K(KILL),
    [RULE_GEN_8] = K(JOIN) | K(LOST),
    [RULE_GEN_9] = K(PLAN) | K(STAGE_DONE) | K(UNREGISTER),
    [RULE_GEN_10] = K(START) | K(EXIT) | K(LOST) | K(FAULT) | K(END),
    [RULE_GEN_11] = K(PLAN) | K(STAGE_DONE) | K(UNREGISTER),
    [RULE_PRG_1] = K(SUBMIT) | K(START) | K(EXIT) | K(FAULT) | K(JOB_DONE) | K(QUIESCENT) | K(END),
    [RULE_PRG_2] = K(END),
    [RULE_PRG_3] = K(SUBMIT) | K(JOB_DONE) | K(END),
    [RULE_PRG_4] = K(UP) | K(DOWN) | K(JOIN) | K(LOST) | K(REFUSE) | K(FAULT) | K(HEAL) | K(SEND) | K(DELIVER),
    [RULE_PRG_5] = K(SUBMIT) | K(JOB_DONE) | K(END),
    [RULE_PRG_6] = K(SUBMIT) | K(CANCEL) | K(REFUSE) | K(STAGE_DONE) | K(JOB_DONE),
    [RULE_PRG_7] =
        K(QUIESCENT) | K(TIMER) | K(START) | K(EXIT) | K(ARRIVE) | K(REPLY) | K(DELIVER) | K(DROP),
    [RULE_PRG_8] = K(SUBMIT) | K(END),
    [RULE_PRG_9] = K(CANCEL) | K(SUBMIT) | K(PLAN) | K(GO) | K(JOB_DONE) | K(DRIVER_DOWN) |
                   K(DRIVER_UP),
    [RULE_PRG_10] = K(JOB_DONE),
    [RULE_PRG_11] = K(SUBMIT) | K(PLAN) | K(REFUSE) | K(CANCEL) | K(JOB_DONE) | K(JOIN) | K(LOST) |
                    K(FAULT) | K(HEAL) | K(EXCLUDE) | K(DRIVER_UP),
    [RULE_PRG_12] = K(SUBMIT) | K(PLAN) | K(GO) | K(FENCE) | K(STAGE_DONE) | K(JOB_DONE) | K(LOST) |
                    K(ACCEPT) | K(START) | K(UNREGISTER),
    [RULE_CON_1] = K(START) | K(EXIT) | K(END),
    [RULE_CON_2] = K(RESERVE) | K(RESERVE_ACK) | K(START) | K(UNRESERVE) | K(FREE) | K(DOWN) |
                   K(LOST) | K(END),
    [RULE_CON_3] = K(RESERVE) | K(RESERVE_ACK) | K(START) | K(EXIT) | K(UNRESERVE) | K(FREE) |
                   K(DOWN) | K(LOST) | K(JOB_DONE),
    [RULE_RST_1] = K(START) | K(EXIT) | K(FREE) | K(DELIVER) | K(FENCE),
    [RULE_RST_2] = K(GO) | K(START) | K(FENCE) | K(STAGE_DONE),
    [RULE_RST_3] = K(START) | K(EXIT) | K(FREE) | K(DELIVER) | K(FENCE) | K(JOB_DONE),
    [RULE_RST_4] = K(FENCE) | K(JOB_DONE),
    [RULE_RST_5] = K(START) | K(EXIT) | K(FREE) | K(DELIVER) | K(FENCE) | K(JOB_DONE),
    [RULE_RST_6] = K(PLAN) | K(FENCE) | K(STAGE_DONE),
    [RULE_RST_7] = K(START) | K(CHECKPOINT) | K(DELIVER) | K(ACCEPT),
    [RULE_RST_8] = K(START) | K(CHECKPOINT) | K(ACCEPT) | K(UNREGISTER),
    [RULE_RST_9] = K(PLAN) | K(GO) | K(JOB_DONE),
    [RULE_RST_10] = K(START) | K(CHECKPOINT) | K(DELIVER) | K(ACCEPT) | K(FENCE) | K(DRIVER_DOWN) |
                    K(DRIVER_UP),
    [RULE_TMR_1] =
        K(TIMER) | K(START) | K(ARRIVE) | K(DELIVER) | K(RELEASE) | K(ROUND_FAILED) | K(FENCE),
    [RULE_TMR_2] = K(START) | K(ARRIVE) | K(DELIVER) | K(RELEASE) | K(ROUND_FAILED) | K(FENCE) |
                   K(FREE) | K(JOB_DONE) | K(DRIVER_DOWN) | K(DRIVER_UP),
    [RULE_TMR_3] = K(SUBMIT) | K(STAGE_DONE) | K(FENCE) | K(GO) | K(START) | K(JOB_DONE) | K(JOIN) |
                   K(LOST) | K(UNREGISTER) | K(DRIVER_DOWN) | K(DRIVER_UP),
    [RULE_TMR_4] = K(REFUSE) | K(SUBMIT) | K(STAGE_DONE) | K(FENCE) | K(GO),
    [RULE_TMR_5] = K(TIMER) | K(PLAN) | K(GO) | K(UNRESERVE) | K(FENCE),
    [RULE_TMR_6] = K(START) | K(ARRIVE) | K(DELIVER) | K(RELEASE) | K(ROUND_FAILED),
    [RULE_TMR_7] = K(PLAN) | K(RESERVE) | K(GO) | K(UNRESERVE) | K(RESERVE_NACK) | K(FREE) | K(DELIVER) |
                   K(FENCE) | K(LOST) | K(JOB_DONE) | K(DRIVER_DOWN) | K(DRIVER_UP),
    [RULE_STV_1] = K(SUBMIT) | K(PLAN) | K(RESERVE) | K(GO) | K(START) | K(EXIT) | K(FENCE) | K(STAGE_DONE) |
                   K(JOB_DONE) | K(JOIN) | K(LOST) | K(UNRESERVE) | K(FREE),
    [RULE_STV_2] = K(SUBMIT) | K(PLAN) | K(RESERVE) | K(GO) | K(START) | K(EXIT) | K(FENCE) | K(STAGE_DONE) |
                   K(JOB_DONE) | K(JOIN) | K(LOST) | K(UNRESERVE) | K(FREE),
    [RULE_EVA_1] = K(KILL) | K(FENCE) | K(GO) | K(START) | K(EXIT) | K(FREE) | K(DELIVER) | K(LOST),
    [RULE_EVA_2] = K(KILL) | K(FENCE) | K(START) | K(EXIT) | K(RESERVE) | K(GO) | K(ACCEPT) | K(SUBMIT) |
                   K(JOB_DONE) | K(CANCEL) | K(FAULT) | K(JOIN) | K(LOST),
    [RULE_EVA_3] = K(KILL) | K(FENCE) | K(START) | K(EXIT) | K(RESERVE) | K(GO) | K(ACCEPT) | K(SUBMIT) |
                   K(JOB_DONE) | K(CANCEL) | K(FAULT) | K(JOIN) | K(LOST),
    [RULE_RCV_1] = K(ACCEPT) | K(OUTPUT) | K(CHECKPOINT) | K(DELIVER) | K(DRIVER_UP),
    [RULE_RCV_2] = K(RELEASE) | K(START) | K(ARRIVE) | K(DELIVER) | K(DRIVER_UP),
    [RULE_RCV_3] = K(JOB_DONE) | K(DRIVER_UP),
    [RULE_RCV_4] = K(PLAN) | K(DRIVER_UP),
    [RULE_RCV_5] = K(SUBMIT) | K(JOB_DONE) | K(END) | K(DRIVER_UP),
    [RULE_RCV_6] = K(RESERVE) | K(START) | K(EXIT) | K(RESERVE_ACK) | K(UNRESERVE) | K(FREE) |
                   K(DOWN) | K(DRIVER_UP),
    [RULE_RCV_7] = K(LOST) | K(DRIVER_UP),
    [RULE_EXPECT_1] = K(JOB_DONE),
    [RULE_EXPECT_2] = K(SUBMIT) | K(JOB_DONE),
    [RULE_EXPECT_3] = K(GO) | K(START),
    [RULE_EXPECT_4] = K(JOB_DONE),
    [RULE_EXPECT_5] = 0, /* what its patterns want: expect.c */
    [RULE_EXPECT_6] = 0,
    [RULE_HIS_1] = 0,
    [RULE_HIS_2] = 0,
    [RULE_HIS_3] = K(START) | K(EXIT),
    [RULE_HIS_4] = K(END),
    [RULE_HIS_5] = K(DELIVER), /* and the kind that was sent, where it is observed */
    [RULE_HIS_6] = K(START) | K(EXIT) | K(KILLED),
    [RULE_HIS_7] = K(UP) | K(DOWN) | K(START) | K(EXIT),
    [RULE_HIS_8] = K(SUBMIT),
    [RULE_HIS_9] = K(FETCH_FAILED) | K(START) | K(EXIT) | K(UP) | K(DOWN) | K(FAULT),
};

void conf_rules_active(uint64_t observes, uint64_t active[RULE_WORDS])
{
    for (unsigned word = 0; word < RULE_WORDS; word++)
        active[word] = 0;
    for (unsigned rule = 0; rule < RULE_COUNT; rule++)
        if ((needs[rule] & ~observes) == 0)
            active[rule / 64] |= UINT64_C(1) << rule % 64;
}

uint64_t conf_oracle_needs(unsigned oracle)
{
    uint64_t all = 0;
    for (unsigned rule = 0; rule < RULE_COUNT; rule++)
        if (oracle_of[rule] == oracle)
            all |= needs[rule];
    return all;
}

const char *conf_rule_id_text(enum conf_rule_id rule) { return rules[rule].id; }

enum conf_oracle conf_rule_oracle(enum conf_rule_id rule)
{
    return (enum conf_oracle)oracle_of[rule];
}

const struct conf_rule *conf_rules(size_t *count)
{
    *count = RULE_COUNT;
    return rules;
}
