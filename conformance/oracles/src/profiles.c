/*
 * profiles.c -- who claims which rules.
 *
 * This room is for: conformance/rules/profiles.tsv compiled in.
 * It may include:   the C library and conf/ headers.
 * Never here:       judgement: all rules are judged, and a profile says afterwards which of them count.
 */
#include "judge.h"

#include <assert.h>

static const struct conf_profile profiles[] = {
#define PROFILE(name, doc) {name, doc},
#include "conf_profiles.inc"
#undef PROFILE
};

static const uint8_t claims[RULE_COUNT] = {
#define CLAIM(symbol, bits) [RULE_##symbol] = bits,
#include "conf_profiles.inc"
#undef CLAIM
};

const struct conf_profile *conf_profiles(size_t *count)
{
    *count = sizeof profiles / sizeof profiles[0];
    return profiles;
}

void conf_profile_claims(size_t profile, uint64_t rules[CONF_RULE_WORDS])
{
    assert(profile < sizeof profiles / sizeof profiles[0]);
    for (unsigned word = 0; word < CONF_RULE_WORDS; word++)
        rules[word] = 0;
    for (unsigned rule = 0; rule < RULE_COUNT; rule++)
        if (claims[rule] >> profile & 1)
            rules[rule / 64] |= UINT64_C(1) << rule % 64;
}
