/*
 * report.c -- findings and the verdict.
 *
 * This room is for: saying what was wrong, with both numbers, and summing it up.
 * It may include:   the C library, plan, trace/ and conf/ headers.
 * Never here:       judgement.
 *
 * Sentences hold names out of imported data as they are, cut at whole characters; who shows them
 * escapes them.
 */
#include "judge.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void format_sentence(char *out, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Takes the beginning of a character off the end of a text that was cut. */
static void trim_character(char *text, size_t length)
{
    size_t end = length;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xC0)
        end--;
    else
        end = length;
    text[end] = '\0';
}

static void format_sentence(char *out, const char *format, va_list args)
{
    int wanted = vsnprintf(out, CONF_SENTENCE_MAX, format, args);
    if (wanted >= CONF_SENTENCE_MAX)
        trim_character(out, CONF_SENTENCE_MAX - 1);
}

static struct conf_finding *add_finding(struct conf_judge *j, unsigned oracle,
                                        enum conf_outcome outcome, const char *rule,
                                        const struct trace_record *r)
{
    struct conf_findings *findings = conf_findings(j);
    if (findings->kept[oracle] == CONF_FINDINGS_EACH)
        return NULL;
    assert(findings->count < CONF_FINDINGS_MAX);
    findings->kept[oracle]++;
    struct conf_finding *finding = &findings->list[findings->count++];
    *finding = (struct conf_finding){.oracle = oracle,
                                     .outcome = outcome,
                                     .record = r != NULL ? j->number : 0,
                                     .at_ns = j->now_ns};
    snprintf(finding->rule, sizeof finding->rule, "%s", rule);
    return finding;
}

static void count_one(uint32_t *count) { *count += *count < UINT32_MAX; }

static void say(struct conf_judge *j, enum conf_rule_id rule, enum conf_outcome outcome,
                const struct trace_record *r, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

static void say(struct conf_judge *j, enum conf_rule_id rule, enum conf_outcome outcome,
                const struct trace_record *r, const char *format, va_list args)
{
    unsigned oracle = conf_rule_oracle(rule);
    if (!conf_is_active(j, rule))
        return;
    uint64_t *rules = outcome == CONF_FAIL ? conf_findings(j)->broken : conf_findings(j)->doubted;
    rules[rule / 64] |= UINT64_C(1) << rule % 64;
    if (outcome == CONF_FAIL)
        count_one(&j->violations[oracle]);
    else
        count_one(&j->doubts[oracle]);
    struct conf_finding *finding = add_finding(j, oracle, outcome, conf_rule_id_text(rule), r);
    if (finding != NULL)
        format_sentence(finding->sentence, format, args);
}

void conf_fail(struct conf_judge *j, enum conf_rule_id rule, const struct trace_record *r,
               const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(j, rule, CONF_FAIL, r, format, args);
    va_end(args);
}

void conf_doubt(struct conf_judge *j, enum conf_rule_id rule, const struct trace_record *r,
                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(j, rule, CONF_UNKNOWN, r, format, args);
    va_end(args);
}

/* ---- names */
enum { NAME_BYTES = 41 };
static const char *short_name(const struct conf_judge *j, uint32_t name,
                              char out[static NAME_BYTES])
{
    const char *text = plan_text(j->plan, name);
    size_t length = strlen(text);
    if (length > NAME_BYTES - 1)
        length = NAME_BYTES - 1;
    memcpy(out, text, length);
    out[length] = '\0';
    if (text[length] != '\0')
        trim_character(out, length);
    return out;
}

const char *conf_stage_label(const struct conf_judge *j, const struct conf_stage *s,
                             char out[static CONF_LABEL_BYTES])
{
    char stage[NAME_BYTES], job[NAME_BYTES];
    snprintf(out, CONF_LABEL_BYTES, "%s '%s' of '%s'", s->is_barrier ? "gang" : "stage",
             short_name(j, j->plan->stages[s->number].name, stage),
             short_name(j, j->plan->jobs[s->job].name, job));
    return out;
}

const char *conf_job_label(const struct conf_judge *j, uint32_t job,
                           char out[static CONF_LABEL_BYTES])
{
    char name[NAME_BYTES];
    snprintf(out, CONF_LABEL_BYTES, "job '%s'", short_name(j, j->plan->jobs[job].name, name));
    return out;
}

/* ---- the verdict */
static const char *const oracle_texts[] = {
#define X(name, text, status, doc) text,
    CONF_ORACLE_MAP(X)
#undef X
};
static const char *const oracle_docs[] = {
#define X(name, text, status, doc) doc,
    CONF_ORACLE_MAP(X)
#undef X
};
static const int oracle_statuses[] = {
#define X(name, text, status, doc) status,
    CONF_ORACLE_MAP(X)
#undef X
};

const char *conf_oracle_text(unsigned oracle)
{
    return oracle < CONF_ORACLE_COUNT ? oracle_texts[oracle] : NULL;
}
const char *conf_oracle_doc(unsigned oracle)
{
    return oracle < CONF_ORACLE_COUNT ? oracle_docs[oracle] : NULL;
}

int conf_oracle_status(unsigned oracle)
{
    assert(oracle < CONF_ORACLE_COUNT);
    return oracle_statuses[oracle];
}

bool conf_failed(const struct conf_judge *j)
{
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        if (j->violations[oracle] > 0 && oracle != CONF_PRG && oracle != CONF_EXPECT)
            return true;
    return false;
}

/* Names the kinds that an oracle lacks: what nobody looked at is not known. */
static void doubt_unobserved(struct conf_judge *j, unsigned oracle)
{
    uint64_t lacking = conf_oracle_needs(oracle) & ~j->options.observes;
    if (oracle == CONF_BAR && conf_lacks_faults(j))
        lacking |= TRACE_BIT(TRACE_FAULT);
    if ((oracle == CONF_BAR || oracle == CONF_RST) && conf_lacks_sizes(j))
        lacking |= (TRACE_BIT(TRACE_PLAN) | TRACE_BIT(TRACE_GO)) & ~j->options.observes;
    if (lacking == 0)
        return;
    count_one(&j->doubts[oracle]);
    struct conf_finding *finding =
        add_finding(j, oracle, CONF_UNKNOWN, conf_oracle_text(oracle), NULL);
    if (finding == NULL)
        return;
    size_t used = 0;
    for (unsigned kind = 1; kind < TRACE_KIND_LIMIT && used < CONF_SENTENCE_MAX - 64; kind++)
        if (lacking >> kind & 1)
            used += (size_t)snprintf(finding->sentence + used, CONF_SENTENCE_MAX - used, "%s%s",
                                     used == 0 ? "" : ", ", trace_kind_text(kind));
    snprintf(finding->sentence + used, CONF_SENTENCE_MAX - used, " not observable here");
}

static int exit_status(const struct conf_verdict *verdict)
{
    int status = verdict->outcome == CONF_UNKNOWN ? 2 : 0;
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        if (verdict->oracle[oracle] == CONF_FAIL && status != 1)
            status = oracle_statuses[oracle];
    return status;
}

void conf_finish(struct conf_judge *j, struct conf_verdict *verdict)
{
    conf_finish_progress(j);
    conf_finish_expect(j);
    memset(verdict, 0, sizeof *verdict);
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++) {
        doubt_unobserved(j, oracle);
        verdict->violations[oracle] = j->violations[oracle];
        if (j->violations[oracle] > 0)
            verdict->oracle[oracle] = CONF_FAIL;
        else if (j->doubts[oracle] > 0 || !j->ended)
            verdict->oracle[oracle] = CONF_UNKNOWN;
        if (verdict->oracle[oracle] == CONF_FAIL)
            verdict->outcome = CONF_FAIL;
        else if (verdict->oracle[oracle] == CONF_UNKNOWN && verdict->outcome == CONF_PASS)
            verdict->outcome = CONF_UNKNOWN;
    }
    memcpy(verdict->broken, conf_findings(j)->broken, sizeof verdict->broken);
    memcpy(verdict->doubted, conf_findings(j)->doubted, sizeof verdict->doubted);
    verdict->unseen = conf_findings(j)->unseen;
    verdict->exit_status = exit_status(verdict);
    verdict->finding_count = conf_findings(j)->count;
    memcpy(verdict->findings, conf_findings(j)->list, sizeof verdict->findings);
}
