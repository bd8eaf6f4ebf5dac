/*
 * gate_tally.c -- what the cases of `muster check` come to.
 *
 * This room is for: counting a case where it belongs; the outcome of a row; the exit status.
 * It may include:   gate.h.
 * Never here:       judging a verdict (gate_case.c), printing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"

const char *cli_gate_outcome_text(unsigned outcome)
{
    static const char *const texts[] = {[CLI_GATE_PASSED] = "passed",
                                        [CLI_GATE_PREDICTED] = "predicted",
                                        [CLI_GATE_TOLERATED] = "tolerated",
                                        [CLI_GATE_UNKNOWN] = "unknown",
                                        [CLI_GATE_FAILED] = "failed"};
    return outcome < CLI_GATE_OUTCOME_COUNT ? texts[outcome] : NULL;
}

/* What a case came to, with the words a baseline has for it. */
struct finding {
    enum cli_gate_outcome outcome;
    int status;
    char what[CLI_GATE_SENTENCE_MAX];
    const char *words[CONF_ORACLE_COUNT + 1];
    size_t word_count;
};

/* All words, in the order in which they are told, whichever case ends first. */
static const char *word_at(unsigned at)
{
    static const char *const others[] = {"pass", "unknown", "error", "nondeterminism"};
    if (at < CONF_ORACLE_COUNT)
        return conf_oracle_text(at);
    at -= CONF_ORACLE_COUNT;
    if (at < CLI_RUNNER_END_COUNT)
        return cli_runner_end_text(at);
    at -= CLI_RUNNER_END_COUNT;
    return at < sizeof others / sizeof others[0] ? others[at] : NULL;
}

static void add_word(struct cli_gate_tally *tally, const char *word)
{
    size_t used = 0;
    for (unsigned i = 0; word_at(i) != NULL; i++)
        if (strcmp(word_at(i), word) == 0)
            tally->word_bits |= 1u << i;
    for (unsigned i = 0; word_at(i) != NULL && used < sizeof tally->words; i++)
        if (tally->word_bits >> i & 1)
            used += (size_t)snprintf(tally->words + used, sizeof tally->words - used, "%s%s",
                                     used > 0 ? " " : "", word_at(i));
}

/* The sentence begins with the command's name where cli_fail() said it. */
static const char *without_name(const char *sentence)
{
    static const char name[] = "muster: ";
    return strncmp(sentence, name, sizeof name - 1) == 0 ? sentence + sizeof name - 1 : sentence;
}

/* There is no verdict. Where the core is somebody else's, so is the mistake; our own core must not do this. */
static void judge_end(const struct cli_gate *gate, const struct cli_runner_report *report,
                      struct finding *found)
{
    bool foreign = gate->core != NULL || gate->target != NULL;
    found->outcome = CLI_GATE_FAILED;
    found->words[found->word_count++] = cli_runner_end_text(report->end);
    snprintf(found->what, sizeof found->what, "%s", report->sentence);
    switch (report->end) {
    case CLI_RUNNER_TIMEOUT:
        found->status = CLI_LIVENESS;
        break;
    case CLI_RUNNER_MEMORY:
        found->status = foreign ? CLI_SAFETY : CLI_MISSING;
        break;
    case CLI_RUNNER_RESULT: /* of another size */
    case CLI_RUNNER_CRASHED:
    case CLI_RUNNER_GARBAGE:
    case CLI_RUNNER_SILENT:
    case CLI_RUNNER_STOPPED:
    case CLI_RUNNER_END_COUNT:
        found->status = foreign ? CLI_SAFETY : CLI_BUG;
        break;
    }
}

static int status_of(uint32_t oracles)
{
    int status = CLI_PASS;
    for (unsigned i = 0; i < CONF_ORACLE_COUNT; i++)
        if (oracles >> i & 1)
            status = cli_worse(status, conf_oracle_status(i));
    return status == CLI_PASS ? CLI_SAFETY : status; /* something was predicted and did not come */
}

static void judge_verdict(const struct cli_gate *gate, const struct cli_gate_row *row,
                          uint64_t seed, const struct cli_gate_result *result,
                          struct finding *found)
{
    uint64_t claimed[CONF_RULE_WORDS];
    found->outcome = cli_gate_judge(gate, row, seed, result, found->what);
    for (unsigned i = 0; i < CONF_RULE_WORDS; i++)
        claimed[i] = result->broken[i] & gate->claims[i];
    uint32_t oracles = cli_gate_oracles(gate, claimed);
    if (result->differs) {
        found->outcome = CLI_GATE_FAILED;
        found->status = CLI_DIFFERS;
        if (result->child_said[0] != '\0')
            snprintf(found->what, sizeof found->what, "%s", result->child_said);
        else
            snprintf(found->what, sizeof found->what,
                 "not deterministic: run twice, its chain was %016" PRIx64 " and then %016" PRIx64,
                 result->chain, result->other_chain);
        found->words[found->word_count++] = "nondeterminism";
        return;
    }
    found->status = found->outcome == CLI_GATE_FAILED    ? status_of(oracles)
                    : found->outcome == CLI_GATE_UNKNOWN ? CLI_UNKNOWN
                                                         : CLI_PASS;
    for (unsigned i = 0; i < CONF_ORACLE_COUNT; i++)
        if (oracles >> i & 1)
            found->words[found->word_count++] = conf_oracle_text(i);
    if (found->word_count == 0)
        found->words[found->word_count++] = found->outcome == CLI_GATE_UNKNOWN ? "unknown" : "pass";
}

/* It was judged by what it did before it crashed. */
static void add_death(const struct cli_gate_result *result, const struct cli_runner_report *report, struct finding *found)
{
    char what[CLI_GATE_SENTENCE_MAX];
    snprintf(what, sizeof what, "%.220s; then it crashed with %s (%u)%s%.120s", found->what, cli_runner_signal_text((int)result->died),
             (unsigned)result->died, report->sentence[0] != '\0' ? "; it said last: " : "", without_name(report->sentence));
    memcpy(found->what, what, sizeof what);
    found->words[found->word_count++] = cli_runner_end_text(CLI_RUNNER_CRASHED);
}

/* A verdict, or why there is none. */
static void judge_report(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed,
                         const struct cli_runner_report *report,
                         const struct cli_gate_result *result, struct finding *found)
{
    if (result == NULL)
        judge_end(gate, report, found);
    else if (result->status == CLI_PASS) {
        judge_verdict(gate, row, seed, result, found);
        if (result->died != 0)
            add_death(result, report, found);
    } else {
        found->outcome = CLI_GATE_FAILED;
        found->status =
            (gate->core != NULL || gate->target != NULL) && result->status == CLI_BUG ? CLI_SAFETY : result->status;
        found->words[found->word_count++] = "error";
        snprintf(found->what, sizeof found->what, "%s",
                 result->child_said[0] != '\0' ? result->child_said
                 : report->sentence[0] != '\0' ? without_name(report->sentence)
                                             : "it could not be run");
    }
}

/* A core of somebody else's may have written anything: what is text must end. */
static struct cli_gate_result *copy_result(const struct cli_runner_report *report)
{
    struct cli_gate_result *result = NULL;
    if (report->end != CLI_RUNNER_RESULT || report->size != sizeof *result ||
        (result = malloc(sizeof *result)) == NULL)
        return NULL;
    memcpy(result, report->result, sizeof *result);
    if (result->finding_count > CLI_GATE_FINDINGS_MAX)
        result->finding_count = CLI_GATE_FINDINGS_MAX;
    for (unsigned i = 0; i < CLI_GATE_FINDINGS_MAX; i++) {
        result->findings[i].rule[sizeof result->findings[i].rule - 1] = '\0';
        result->findings[i].sentence[CLI_GATE_SENTENCE_MAX - 1] = '\0';
    }
    result->story[CLI_GATE_STORY_MAX - 1] = '\0';
    result->child_said[sizeof result->child_said - 1] = '\0';
    return result;
}

static void count_rules(struct cli_gate *gate, struct cli_gate_tally *tally,
                        const struct cli_gate_result *result)
{
    bool outside = false;
    for (unsigned i = 0; i < CONF_RULE_WORDS; i++) {
        uint64_t not_claimed = result->broken[i] & ~gate->claims[i];
        gate->broken[i] |= result->broken[i];
        tally->broken[i] |= result->broken[i];
        tally->outside_rules[i] |= not_claimed;
        outside |= not_claimed != 0;
    }
    tally->outside += outside;
    for (unsigned i = 0; i < CLI_GATE_MARKS_MAX / 64; i++)
        gate->marks[i] |= result->marks[i];
    tally->records += result->records;
    gate->records += result->records;
}

/* Of the smallest seed, so that it does not matter which case ends first. */
static void keep_sentence(const char *what, uint64_t seed, uint64_t *kept_seed,
                          char kept[static CLI_GATE_SENTENCE_MAX])
{
    if (kept[0] != '\0' && seed >= *kept_seed)
        return;
    *kept_seed = seed;
    snprintf(kept, CLI_GATE_SENTENCE_MAX, "%s", what);
}

static void count_unseen(const struct cli_gate_result *result, uint64_t seed,
                         struct cli_gate_tally *tally)
{
    tally->unseen = tally->unseen_known ? tally->unseen & result->unseen : result->unseen;
    tally->unseen_known = true;
    for (unsigned i = 0; i < result->finding_count && result->unseen != 0; i++)
        if (strcmp(result->findings[i].rule, "EXPECT-5") == 0)
            keep_sentence(result->findings[i].sentence, seed, &tally->unseen_seed,
                          tally->unseen_said);
}

/* Those with the smallest seeds. */
static void keep_failure(struct cli_gate_tally *tally, uint64_t seed, const struct finding *found,
                         struct cli_gate_result *result)
{
    size_t at =
        tally->failure_count < CLI_GATE_FAILURES_MAX ? tally->failure_count : CLI_GATE_FAILURES_MAX;
    tally->failure_count++;
    if (at == CLI_GATE_FAILURES_MAX && seed >= tally->failures[at - 1].seed) {
        free(result);
        return;
    }
    if (at == CLI_GATE_FAILURES_MAX)
        free(tally->failures[--at].result);
    for (; at > 0 && tally->failures[at - 1].seed > seed; at--)
        tally->failures[at] = tally->failures[at - 1];
    struct cli_gate_failure *failure = &tally->failures[at];
    *failure = (struct cli_gate_failure){.seed = seed, .status = found->status, .result = result};
    snprintf(failure->what, sizeof failure->what, "%s", found->what);
}

static void count_found(struct cli_gate *gate, struct cli_gate_row *row, uint64_t seed,
                        struct finding *found, struct cli_gate_result *result)
{
    struct cli_gate_tally *tally = row->tally;
    bool bad = found->outcome == CLI_GATE_FAILED || found->outcome == CLI_GATE_UNKNOWN;
    if (bad) {
        for (size_t i = 0; i < found->word_count; i++)
            add_word(tally, found->words[i]);
        if (cli_gate_baseline_tolerates(gate, row, found->words, found->word_count))
            found->outcome = CLI_GATE_TOLERATED;
    }
    tally->count[found->outcome]++;
    if (found->outcome == CLI_GATE_PASSED && result != NULL)
        count_unseen(result, seed, tally);
    if (found->outcome == CLI_GATE_FAILED ||
        (found->outcome == CLI_GATE_UNKNOWN && !gate->allow_unknown))
        tally->status =
            tally->status == CLI_PASS ? found->status : cli_worse(tally->status, found->status);
    if (found->outcome == CLI_GATE_UNKNOWN)
        keep_sentence(found->what, seed, &tally->unknown_seed, tally->unknown);
    if (found->outcome == CLI_GATE_FAILED) {
        keep_failure(tally, seed, found, result);
        gate->stopped |= gate->fail_fast;
        return;
    }
    free(result);
}

void cli_gate_count(struct cli_gate *gate, struct cli_gate_row *row, uint64_t seed,
                    const struct cli_runner_report *report)
{
    struct finding found = {.status = CLI_PASS};
    if (report->end == CLI_RUNNER_STOPPED)
        return;
    struct cli_gate_result *result = copy_result(report);
    if (result != NULL && result->status == CLI_PASS && result->not_applicable != 0) {
        row->tally->not_applicable = true;
        free(result);
        return;
    }
    gate->cases++;
    row->tally->cases++;
    row->tally->took_ns += report->took_ns;
    if (result != NULL && result->status == CLI_PASS)
        count_rules(gate, row->tally, result);
    judge_report(gate, row, seed, report, result, &found);
    count_found(gate, row, seed, &found, result);
}

/* ---- when all is done */

static void count_broken(struct cli_gate *gate, struct cli_gate_row *row)
{
    struct finding found = {.outcome = CLI_GATE_FAILED,
                            .status = row->broken_status,
                            .words = {"error"},
                            .word_count = 1};
    snprintf(found.what, sizeof found.what, "%s", row->broken);
    row->tally->cases++;
    count_found(gate, row, row->seeds[0], &found, NULL);
}

/* Something promised to happen sometimes never did: whoever believes the passes does not know what they are worth. */
static void finish_unseen(struct cli_gate *gate, struct cli_gate_row *row)
{
    struct cli_gate_tally *tally = row->tally;
    if (!tally->unseen_known || tally->unseen == 0 || tally->count[CLI_GATE_PASSED] != tally->cases)
        return;
    struct finding found = {
        .outcome = CLI_GATE_UNKNOWN, .status = CLI_UNKNOWN, .words = {"unknown"}, .word_count = 1};
    snprintf(found.what, sizeof found.what,
             "with none of %" PRIu64 " seed%s; with the first: %.300s", tally->cases,
             tally->cases == 1 ? "" : "s", tally->unseen_said);
    tally->count[CLI_GATE_PASSED]--;
    count_found(gate, row, tally->unseen_seed, &found, NULL);
}

static enum cli_gate_outcome outcome_of(const struct cli_gate_tally *tally)
{
    static const enum cli_gate_outcome worst_first[] = {CLI_GATE_FAILED, CLI_GATE_UNKNOWN,
                                                        CLI_GATE_TOLERATED, CLI_GATE_PREDICTED};
    for (size_t i = 0; i < sizeof worst_first / sizeof worst_first[0]; i++)
        if (tally->count[worst_first[i]] > 0)
            return worst_first[i];
    return CLI_GATE_PASSED;
}

void cli_gate_finish(struct cli_gate *gate)
{
    gate->status = CLI_PASS;
    for (size_t i = 0; i < gate->row_count; i++) {
        struct cli_gate_row *row = &gate->rows[i];
        if (row->broken != NULL)
            count_broken(gate, row);
        if (row->tally->cases == 0) {
            gate->not_run++;
            gate->not_applicable += row->tally->not_applicable;
            continue;
        }
        finish_unseen(gate, row);
        row->tally->outcome = outcome_of(row->tally);
        gate->rows_of[row->tally->outcome]++;
        gate->outside += row->tally->outside > 0;
        if (row->tally->status != CLI_PASS)
            gate->status = gate->status == CLI_PASS ? row->tally->status
                                                    : cli_worse(gate->status, row->tally->status);
    }
    if (gate->baseline_file != NULL && !gate->stopped && !gate->interrupted)
        cli_gate_baseline_stale(gate);
    if (gate->stale_count > 0)
        gate->status = cli_worse(gate->status, CLI_SAFETY);
    if (gate->interrupted)
        gate->status = cli_worse(gate->status, CLI_INTERRUPTED);
}
