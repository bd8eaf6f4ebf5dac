/*
 * conf.h -- the judges: what must hold of any history, and who broke it where.
 *
 * This room is for: the oracles (AON CAP BAR GEN PRG CON RST TMR STV EVA RCV, the scenario's expectations, the history itself), the
 *                   verdict, the rules.
 * It may include:   the C library, trace and plan (as data).
 * Never here:       the core and the simulator. A judge shares no code with the suspect.
 *
 * One pass, O(1) amortised a record, all memory given, indices not pointers: a copy of the block is a snapshot.
 *
 * Unknown is never pass: an oracle is unknown where a kind that one of its rules looks at is not observed, where the
 * closing record is missing, and where a record that must have been there is not. What a hung job was promised is
 * unknown, too: one cause gives one failure.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "plan/plan.h"
#include "trace/trace.h"

/* clang-format off */
#define CONF_ORACLE_MAP(X) \
    X(AON,    "AON", 1, "all-or-nothing: at the end of an attempt every member started or every started member is gone; each start has a go behind it, and that go an ack of every executor it was sent to") \
    X(CAP,    "CAP", 1, "no over-commit: what runs on an executor, terminating tasks included, never exceeds its cores, memory or GPU addresses") \
    X(BAR,    "BAR", 1, "barrier: a round is released only after every rank of that attempt and epoch arrived with the same operation; one reply a call; one payload a round") \
    X(GEN,    "GEN", 1, "generations: after a fence nothing of that attempt or an older one is accepted; no two attempts of a rank run together") \
    X(PRG,    "PRG", 3, "progress: every job ends, done or failed with a reason, and not through a give-up timer nobody expected") \
    X(CON,    "CON", 1, "conservation: when all jobs are done nothing is held anywhere, and every reservation was used or given back") \
    X(RST,    "RST", 1, "restarts: one restart a fenced attempt, from the last checkpoint all ranks reported; every failure is paid from the budget of its cause, and no job is given up before that is used up") \
    X(TMR,    "TMR", 1, "timers: none outlives what armed it, and none that is owed is lost") \
    X(STV,    "STV", 1, "bounded wait: where the scenario says how long a gang or a task may wait, or how often it may be overtaken, it is not passed over for longer, or more often, by those who came after it") \
    X(EVA,    "EVA", 1, "evictions: whole or down to what may run, for somebody who then gets what was given up, and not in turns") \
    X(RCV,    "RCV", 1, "recovery: what the driver had decided before it died it neither forgets nor decides again") \
    X(EXPECT, "EXPECT", 1, "what the scenario itself promises") \
    X(HIS,    "HIS", 1, "the history itself: every record is possible in form, and no effect comes without what it needs")
/* clang-format on */
enum conf_oracle {
#define X(name, text, status, doc) CONF_##name,
    CONF_ORACLE_MAP(X)
#undef X
    CONF_ORACLE_COUNT
};
enum conf_outcome { CONF_PASS = 0, CONF_FAIL = 1, CONF_UNKNOWN = 2 };

enum { CONF_RULE_WORDS = 2 };
enum { CONF_FINDINGS_MAX = 52, CONF_SENTENCE_MAX = 512 };
struct conf_finding {
    uint32_t oracle;          /* enum conf_oracle */
    uint32_t outcome;         /* CONF_FAIL or CONF_UNKNOWN */
    char rule[16];            /* e.g. "AON-2": a row of conformance/rules/ */
    uint64_t record;          /* number of the record that broke it; 0: the end of the history */
    int64_t at_ns;
    char sentence[CONF_SENTENCE_MAX]; /* what was wrong, with both numbers */
};
struct conf_verdict {
    uint32_t outcome;                         /* fail if any failed, else unknown if any is, else pass */
    uint32_t oracle[CONF_ORACLE_COUNT];       /* enum conf_outcome of each */
    uint64_t violations[CONF_ORACLE_COUNT];   /* how many, of which the first few are findings */
    /* A bit a rule, in the order of conf_rules(): who broke it at least once, and what was not known of it. */
    uint64_t broken[CONF_RULE_WORDS], doubted[CONF_RULE_WORDS];
    uint64_t unseen; /* a bit an expectation of the plan, the last for all behind it: what is to happen sometimes and did not */
    int exit_status;                          /* 0 pass, 1 safety or expectation, 2 unknown, 3 liveness */
    uint32_t finding_count;
    struct conf_finding findings[CONF_FINDINGS_MAX];
};

struct conf_options {
    uint64_t observes; /* the header's mask: an oracle that needs an unobserved kind answers unknown, never pass */
    bool two_phase;    /* the policy claims launch = two_phase: starts need goes, goes need all acks */
    bool by_instant;   /* the driver does what it does when an instant is over: "at once" is by then */
    bool partial;      /* the history may lack its closing record: then unknown; otherwise that is HIS-4 */
};

struct conf_judge;
size_t conf_size(const struct plan *plan);
/* memory: conf_size() bytes, 64-byte aligned, the caller's. The plan must outlive the judge and stays unchanged. */
struct conf_judge *conf_init(void *memory, size_t size, const struct plan *plan, const struct conf_options *options);
/* The next `count` records, numbered from first_number (1 for the first of a history). Records of a foreign history
 * may hold anything: an index out of range is a finding (rule HIS-1) and never undefined behaviour. */
void conf_feed(struct conf_judge *judge, const struct trace_record *records, size_t count, uint64_t first_number);
/* True once a safety oracle has failed (a hunt stops there). */
bool conf_failed(const struct conf_judge *judge);
/* After the last record. */
void conf_finish(struct conf_judge *judge, struct conf_verdict *verdict);
uint64_t conf_fingerprint(const struct conf_judge *judge); /* of what decides future verdicts */
/* How much of the block, from its start, decides future verdicts; behind it lie the findings, which a search that stops
 * at the first failure need not copy. */
size_t conf_live_size(const struct conf_judge *judge);

const char *conf_oracle_text(unsigned oracle);
const char *conf_oracle_doc(unsigned oracle);

/* The rules: conformance/rules/rules.tsv, compiled in. */
struct conf_rule { const char *id, *oracle, *spark, *statement, *cases; };
const struct conf_rule *conf_rules(size_t *count);

/* What a target may claim: conformance/rules/profiles.tsv, compiled in. A rule that a profile does not claim is not
 * applicable to who claims that profile. */
struct conf_profile { const char *name, *doc; };
const struct conf_profile *conf_profiles(size_t *count);
void conf_profile_claims(size_t profile, uint64_t rules[CONF_RULE_WORDS]); /* a bit a rule */
int conf_oracle_status(unsigned oracle); /* the exit status of a failure: 1 safety, 3 liveness */

/* Spark's own rules (B-) and what a better scheduler does (G-), each once: conformance/rules/spark.tsv, compiled in. CHECKED:
 * `where` names the tests; else it is the reason, in one sentence. */
enum conf_reach { CONF_REACH_CHECKED = 0, CONF_REACH_DIFFERS = 1, CONF_REACH_OUT_OF_REACH = 2, CONF_REACH_COUNT };
struct conf_spark_rule { const char *id; enum conf_reach reach; const char *where; };
const struct conf_spark_rule *conf_spark_rules(size_t *count);
const char *conf_reach_text(enum conf_reach reach);

#endif
