/*
 * gate_case.c -- one case of `muster check`: a scenario, a policy, a seed, in a process of its own; and what its verdict means.
 *
 * This room is for: from the file to the verdict without a directory; the story of a case that is not as it must be.
 * It may include:   scn, sim through world.h, the oracles through history.h, rep for the story; gate.h.
 * Never here:       other cases.
 *
 * A case that is not as it must be is run once more, keeping its records, for its story. That run must be the same: if it has
 * another chain, the core is not deterministic, and that is what is reported.
 *
 * If a core crashes, what it did until then is judged (death.h), and if that says more than the row's head the rule is what is reported,
 * and then the crash.
 */
#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "corelib.h"
#include "death.h"
#include "gate.h"
#include "history.h"
#include "rep/rep.h"
#include "scenario.h"
#include "world.h"

struct trial {
    struct plan *plan;
    char *plan_text;
    struct cli_world world;
    struct cli_judge *judge;
    struct cli_verdict verdict;
    const struct cli_gate *gate;
    struct cli_target *target;  /* NULL: none */
    bool keep, not_applicable;
    struct cli_kept kept;
    uint64_t total;
    uint64_t chain;
    int64_t took_ns;
    int died; /* of this signal; 0: it did not */
    struct trace_record last; /* before the closing record */
};

static void trial_free(struct trial *trial)
{
    cli_judge_free(trial->judge);
    cli_world_close(&trial->world);
    free(trial->kept.records);
    free(trial->plan_text);
    plan_free(trial->plan);
    free(trial);
}

static int load(const struct cli_gate_row *row, struct plan **plan)
{
    struct scn_err err = {0};
    *plan = scn_load(row->file, row->params, row->param_count, NULL, NULL, &err);
    if (*plan != NULL)
        return CLI_PASS;
    return cli_scenario_failed(&err);
}

/* Who schedules instead of whoever does in the scenario. */
static int attach_scheduler(const struct cli_gate *gate, struct plan *plan)
{
    char path[PATH_MAX], texts[SCN_PARAMS_MAX][256];
    struct scn_param params[SCN_PARAMS_MAX];
    struct scn_err err;
    int status = cli_scenario_locate(gate->scheduler, path);
    if (status != CLI_PASS)
        return status;
    for (size_t i = 0; i < gate->scheduler_param_count; i++) {
        snprintf(texts[i], sizeof texts[i], "%s", gate->scheduler_params[i]);
        char *equals = strchr(texts[i], '=');
        assert(equals != NULL);
        *equals = '\0';
        params[i] = (struct scn_param){texts[i], equals + 1};
    }
    if (scn_scheduler_attach(plan, path, params, gate->scheduler_param_count, &err) == SCN_OK)
        return CLI_PASS;
    return cli_fail(CLI_INPUT, "%s", err.detail);
}

static void observe_judge(void *ctx, const struct trace_record *records, size_t count,
                          uint64_t first)
{
    struct trial *trial = ctx;
    cli_judge_feed(trial->judge, records, count, first);
    trial->total = first - 1 + count;
    for (size_t i = count; i > 0; i--)
        if (records[i - 1].kind != TRACE_END) {
            trial->last = records[i - 1];
            return;
        }
}

/* What follows from it has no end. To whoever waits, as the last word. */
static void say_where_it_is(const struct trial *trial)
{
    const struct trace_record *r = &trial->last;
    char at[32], executor[32] = "";
    bool is_passed_on = r->kind == TRACE_DELIVER || r->kind == TRACE_DROP;
    plan_format_duration(sim_now(trial->world.sim), at);
    if (r->executor != TRACE_NONE)
        snprintf(executor, sizeof executor, ", executor %u", r->executor);
    fprintf(stderr, "at %s, after record %" PRIu64 " (%s%s%s%s), the core does not come back from a step\n", at, trial->total - 1,
            trace_kind_text(r->kind), is_passed_on ? " of " : "", is_passed_on ? trace_kind_text(r->flags) : "", executor);
}

static void observe_keep(void *ctx, const struct trace_record *records, size_t count,
                         uint64_t first)
{
    struct trial *trial = ctx;
    (void)first;
    cli_keep(&trial->kept, records, count);
}

/* Whether somebody else's scheduler can be judged by it. What a scenario with a scheduler of its own expects is expected of that one;
 * and a placer is not told where tasks would rather be. Whom the cluster shall ask for again is nothing that a child is asked. */
static bool applies(const struct plan *plan, bool is_child)
{
    for (uint32_t i = 0; i < plan->stage_count; i++)
        if (plan->stages[i].prefers != 0)
            return false;
    return plan->scheduler == PLAN_NONE && !(is_child && plan->setting[PLAN_SET_DYNAMIC] != 0);
}

/* A whole scheduler is told more, and can do less about its own death. */
static int look_whether_it_applies(struct trial *trial)
{
    bool drives = false;
    int status = trial->target != NULL ? cli_target_drives(trial->target, &drives) : CLI_PASS;
    if (trial->target != NULL || trial->gate->scheduler != NULL)
        trial->not_applicable =
            drives ? exec_scheduler_unfit(trial->plan) != NULL : !applies(trial->plan, trial->target != NULL);
    if (status == CLI_PASS && !trial->not_applicable && trial->gate->scheduler != NULL)
        status = attach_scheduler(trial->gate, trial->plan);
    return status;
}

static int run(struct trial *trial, const struct cli_gate_row *row, const struct gang_api *core,
               uint64_t seed)
{
    int status = load(row, &trial->plan);
    if (status != CLI_PASS)
        return status;
    status = look_whether_it_applies(trial);
    if (status != CLI_PASS || trial->not_applicable)
        return status;
    trial->plan_text = plan_write_text(trial->plan, NULL);
    if (trial->plan_text == NULL)
        return cli_fail(CLI_MISSING, "the plan does not fit into memory");
    status = cli_world_open_target(&trial->world, core, trial->plan, trial->plan_text, &row->policy,
                                   row->policy_text, seed, trial->target);
    if (status != CLI_PASS)
        return status;
    trial->judge = cli_judge_new(trial->plan, &trial->world.header, false);
    if (trial->judge == NULL)
        return CLI_MISSING;
    sim_observer(trial->world.sim, observe_judge, trial);
    if (trial->keep)
        sim_observer(trial->world.sim, observe_keep, trial);
    int64_t began_ns = cli_runner_clock_ns();
    cli_death_when_late(&trial->world);
    status = cli_world_run_till_death(&trial->world, NULL, NULL, &trial->died);
    (void)signal(SIGTERM, SIG_DFL);
    if (trial->died == SIGTERM) {
        say_where_it_is(trial);
        (void)raise(SIGTERM);
    }
    trial->took_ns = cli_runner_clock_ns() - began_ns;
    if (status == CLI_PASS)
        cli_judge_finish(trial->judge, &trial->verdict);
    trial->chain = sim_chain(trial->world.sim);
    return status;
}

/* ---- the result */

static void put_findings(const struct cli_verdict *verdict, struct cli_gate_result *result)
{
    for (unsigned i = 0;
         i < verdict->conf.finding_count && result->finding_count < CLI_GATE_FINDINGS_MAX; i++) {
        const struct conf_finding *found = &verdict->conf.findings[i];
        struct cli_gate_finding *kept = &result->findings[result->finding_count++];
        snprintf(kept->rule, sizeof kept->rule, "%s", found->rule);
        snprintf(kept->sentence, sizeof kept->sentence, "%.*s", CLI_GATE_SENTENCE_MAX - 1,
                 found->sentence);
        kept->record = found->record;
        kept->at_ns = found->at_ns;
        kept->outcome = found->outcome;
    }
}

/* What an oracle does not know although none of its rules was in doubt: the run reached a limit. */
static bool has_lone_doubt(const struct cli_gate *gate, const struct conf_verdict *conf)
{
    uint32_t explained = cli_gate_oracles(gate, conf->doubted);
    for (unsigned i = 0; i < CONF_ORACLE_COUNT; i++)
        if (conf->oracle[i] == CONF_UNKNOWN && (explained >> i & 1) == 0)
            return true;
    return false;
}

static void put_marks(const struct gang_api *core, uint64_t marks[static CLI_GATE_MARKS_MAX / 64])
{
    for (unsigned i = 0; i < CLI_GATE_MARKS_MAX && core->mark_text(i) != NULL; i++)
        if (core->mark_hit(i))
            marks[i / 64] |= UINT64_C(1) << i % 64;
}

static void tell_story(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed,
                       const struct gang_api *core, struct cli_target *target, struct cli_gate_result *result)
{
    struct trial *trial = calloc(1, sizeof *trial);
    char *text = NULL, *replay = cli_gate_row_replay(gate, row, seed);
    size_t size = 0;
    struct rep_err err = {0};
    if (trial == NULL)
        return;
    trial->keep = true;
    trial->gate = gate;
    trial->target = target;
    if (run(trial, row, core, seed) == CLI_PASS) {
        result->other_chain = trial->chain;
        result->differs = trial->chain != result->chain;
        struct rep_run rep = {.plan = trial->plan,
                              .header = &trial->world.header,
                              .records = trial->kept.records,
                              .record_count = trial->kept.count,
                              .chain = trial->chain,
                              .verdict = &trial->verdict.rep,
                              .scenario = row->name,
                              .replay = replay != NULL ? replay : ""};
        FILE *out = open_memstream(&text, &size);
        if (out != NULL && rep_story(&rep, out, CLI_GATE_STORY_LINES, &err) != REP_OK)
            size = 0;
        if (out != NULL)
            (void)fclose(out);
        if (text != NULL)
            snprintf(result->story, sizeof result->story, "%s", text);
    }
    free(text);
    free(replay);
    trial_free(trial);
}

/* ---- a child is asked the same again */

static void say_child(const struct cli_target *target, struct cli_gate_result *result)
{
    snprintf(result->child_said, sizeof result->child_said, "%.*s", CLI_GATE_SENTENCE_MAX - 1, target->err.detail);
}

/* Once more after a reset, in the same process: what it decides must not depend on what it was asked before. */
static int run_again(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed, const struct gang_api *core,
                     struct cli_target *target, struct cli_gate_result *result)
{
    struct trial *trial = calloc(1, sizeof *trial);
    if (trial == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    trial->gate = gate;
    trial->target = target;
    int status = run(trial, row, core, seed);
    if (status == CLI_DIFFERS) {
        result->differs = 1;
        say_child(target, result);
    } else if (status == CLI_PASS) {
        result->other_chain = trial->chain;
        result->differs = trial->chain != result->chain;
    }
    trial_free(trial);
    return status == CLI_DIFFERS ? CLI_PASS : status;
}

/* For a case that is not as it must be: the story, from a child that has seen nothing else. */
static void tell_story_afresh(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed, const struct gang_api *core,
                              struct exec_memory *memory, struct cli_gate_result *result)
{
    struct cli_target fresh;
    if (cli_target_open(&fresh, gate->target, gate->patience_ms, false) != CLI_PASS)
        return;
    exec_memory_rewind(memory);
    exec_remember(fresh.child, memory);
    tell_story(gate, row, seed, core, &fresh, result);
    if (fresh.err.code == EXEC_E_DIFFERS) {
        result->differs = 1;
        say_child(&fresh, result);
    }
    cli_target_close(&fresh, false);
}

/* Not at the price of the verdict: a run that took long is not run once more, or both might take too long together. */
static void look_again(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed, const struct gang_api *core,
                       const struct trial *trial, struct exec_memory *memory, struct cli_gate_result *result)
{
    char why[CLI_GATE_SENTENCE_MAX];
    bool failed = cli_gate_judge(gate, row, seed, result, why) == CLI_GATE_FAILED;
    if (trial->took_ns >= gate->timeout_ns / 4)
        return;
    if (trial->target != NULL) {
        exec_memory_rewind(memory);
        result->status = run_again(gate, row, seed, core, trial->target, result);
        if (failed && result->status == CLI_PASS && !result->differs)
            tell_story_afresh(gate, row, seed, core, memory, result);
    } else if (failed)
        tell_story(gate, row, seed, core, NULL, result);
}

static void put_verdict(const struct cli_gate *gate, const struct gang_api *core, const struct trial *trial,
                        struct cli_gate_result *result)
{
    const struct conf_verdict *conf = &trial->verdict.conf;
    memcpy(result->broken, conf->broken, sizeof result->broken);
    memcpy(result->doubted, conf->doubted, sizeof result->doubted);
    result->unseen = conf->unseen;
    result->doubt = has_lone_doubt(gate, conf);
    result->chain = trial->chain;
    result->records = trial->total;
    put_findings(&trial->verdict, result);
    put_marks(core, result->marks);
}

/* Nothing was broken that is news: that it crashed is all there is to say, and the runner says it. */
static void die_of_it(const struct cli_gate *gate, const struct cli_gate_row *row, const struct trial *trial)
{
    uint64_t claimed[CONF_RULE_WORDS];
    for (unsigned i = 0; i < CONF_RULE_WORDS; i++)
        claimed[i] = trial->verdict.conf.broken[i] & gate->claims[i];
    if (trial->died != 0 && (cli_gate_oracles(gate, claimed) & ~row->elsewhere) == 0)
        (void)raise(trial->died);
}

/* The first run, remembering what a child answers. */
static void run_case(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed, const struct gang_api *core,
                     struct trial *trial, struct cli_gate_result *result)
{
    struct cli_target target;
    struct exec_memory *memory = NULL;
    trial->gate = gate;
    if (gate->target != NULL) {
        memory = exec_memory_new();
        if (gate->child == NULL || memory == NULL)
            exit(cli_fail(CLI_MISSING, "--target: the child could not be started"));
        cli_target_borrow(&target, gate->target, gate->child);
        exec_remember(gate->child, memory);
        trial->target = &target;
    }
    core->marks_clear();
    result->status = run(trial, row, core, seed);
    result->not_applicable = trial->not_applicable;
    if (result->status == CLI_PASS && !trial->not_applicable) {
        die_of_it(gate, row, trial);
        result->died = (uint32_t)trial->died;
        put_verdict(gate, core, trial, result);
        look_again(gate, row, seed, core, trial, memory, result);
    }
    trial_free(trial);
    if (gate->target != NULL) {
        if (result->status != CLI_PASS)
            say_child(&target, result);
        exec_remember(gate->child, NULL);
        cli_target_close(&target, true);
    }
    exec_memory_free(memory);
}

void cli_gate_case(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed,
                   struct cli_pen *pen)
{
    struct cli_gate_result *result = calloc(1, sizeof *result);
    struct trial *trial = calloc(1, sizeof *trial);
    if (result == NULL || trial == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    const struct gang_api *core = cli_core(gate->core, &result->status);
    if (result->status == CLI_PASS)
        run_case(gate, row, seed, core, trial, result);
    else
        trial_free(trial);
    cli_runner_send(pen, result, sizeof *result);
    free(result);
}

/* ---- the first looks */

void cli_gate_look_at_core(const struct cli_gate *gate, struct cli_pen *pen)
{
    struct cli_gate_look *look = calloc(1, sizeof *look);
    if (look == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    const struct gang_api *core = cli_core(gate->core, &look->status);
    for (unsigned i = 0; core != NULL && i < CLI_GATE_MARKS_MAX && core->mark_text(i) != NULL;
         i++) {
        snprintf(look->marks[i], CLI_GATE_MARK_TEXT_MAX, "%s", core->mark_text(i));
        look->mark_count = i + 1;
    }
    cli_runner_send(pen, look, sizeof *look);
    free(look);
}

bool cli_gate_is_foreign(const struct cli_gate *gate)
{
    return gate->target != NULL || gate->scheduler != NULL;
}

/* A file that is no scheduler is one complaint, not one a scenario. */
void cli_gate_look_at_scheduler(const struct cli_gate *gate, struct cli_pen *pen)
{
    struct cli_gate_look *look = calloc(1, sizeof *look);
    struct plan *plan = plan_new();
    if (look == NULL || plan == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    look->status = attach_scheduler(gate, plan);
    if (look->status == CLI_PASS) {
        struct scn_err err = {0};
        struct scn_scheduler *scheduler = scn_scheduler_new(plan, &err);
        if (scheduler == NULL)
            look->status = cli_fail(err.code == SCN_E_USAGE ? CLI_USAGE : CLI_INPUT, "%s", err.detail);
        scn_scheduler_free(scheduler);
    }
    plan_free(plan);
    cli_runner_send(pen, look, sizeof *look);
    free(look);
}

void cli_gate_look_at_target(const struct cli_gate *gate, struct cli_pen *pen)
{
    struct cli_gate_look *look = calloc(1, sizeof *look);
    struct cli_target target;
    struct exec_err err;
    if (look == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    look->status = cli_target_open(&target, gate->target, gate->patience_ms, false);
    if (look->status == CLI_PASS && exec_hello(target.child, EXEC_ROLE_PLACER | EXEC_ROLE_SCHEDULER, &err) != EXEC_OK) {
        look->status = cli_target_status(err.code);
        snprintf(look->text, sizeof look->text, "--target: %.1000s", err.detail);
    } else if (look->status == CLI_PASS)
        snprintf(look->text, sizeof look->text, "%s", exec_name(target.child));
    look->mark_count = look->status == CLI_PASS && (exec_roles(target.child) & EXEC_ROLE_SCHEDULER) != 0;
    cli_target_close(&target, false);
    cli_runner_send(pen, look, sizeof *look);
    free(look);
}

void cli_gate_look_at_row(const struct cli_gate *gate, const struct cli_gate_row *row,
                          struct cli_pen *pen)
{
    struct cli_gate_look *look = calloc(1, sizeof *look);
    struct scn_err err = {0};
    (void)gate;
    if (look == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    struct plan *plan = scn_load(row->file, row->params, row->param_count, NULL, NULL, &err);
    if (plan != NULL && plan->policy != PLAN_NONE)
        snprintf(look->text, sizeof look->text, "%s", plan_text(plan, plan->policy));
    if (plan == NULL) {
        look->status = cli_scenario_status(&err);
        snprintf(look->text, sizeof look->text, "%s", err.detail);
    }
    plan_free(plan);
    cli_runner_send(pen, look, sizeof *look);
    free(look);
}

/* ---- what a verdict means */

uint32_t cli_gate_oracles(const struct cli_gate *gate, const uint64_t rules[CONF_RULE_WORDS])
{
    uint32_t oracles = 0;
    for (size_t rule = 0; rule < gate->rule_count; rule++)
        if (rules[rule / 64] >> rule % 64 & 1)
            oracles |= 1u << gate->rule_oracle[rule];
    return oracles;
}

void cli_gate_oracles_text(uint32_t oracles, char *out, size_t size)
{
    size_t used = 0;
    snprintf(out, size, "%s", oracles == 0 ? "pass" : "");
    for (unsigned i = 0; i < CONF_ORACLE_COUNT && used < size; i++)
        if (oracles >> i & 1)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "",
                                     conf_oracle_text(i));
}

static bool is_set(const struct cli_gate *gate, const uint64_t rules[CONF_RULE_WORDS],
                   const char *id)
{
    size_t count;
    const struct conf_rule *list = conf_rules(&count);
    for (size_t rule = 0; rule < count; rule++)
        if (strcmp(list[rule].id, id) == 0)
            return (rules[rule / 64] & gate->claims[rule / 64]) >> rule % 64 & 1;
    return false;
}

/* Whether anything is not known but what is to happen sometimes, for which other seeds may make up. */
static bool is_unknown(const struct cli_gate *gate, const struct cli_gate_result *result)
{
    uint64_t doubted[CONF_RULE_WORDS];
    uint32_t expect = 1u << CONF_EXPECT;
    for (unsigned i = 0; i < CONF_RULE_WORDS; i++)
        doubted[i] = result->doubted[i] & gate->claims[i];
    if (result->doubt || (cli_gate_oracles(gate, doubted) & ~expect) != 0)
        return true;
    for (unsigned i = 1; i <= 6; i++) {
        char id[16];
        snprintf(id, sizeof id, "EXPECT-%u", i);
        if (is_set(gate, doubted, id) && (i != 5 || result->unseen == 0))
            return true;
    }
    return false;
}

/* The first finding that counts: of the worst kind, of a rule that is claimed. */
static const struct cli_gate_finding *first_finding(const struct cli_gate *gate,
                                                    const struct cli_gate_result *result,
                                                    uint32_t outcome, uint32_t expected)
{
    const struct cli_gate_finding *first = NULL;
    for (unsigned i = 0; i < result->finding_count; i++) {
        const struct cli_gate_finding *found = &result->findings[i];
        bool counts =
            found->outcome == outcome &&
            is_set(gate, outcome == CONF_FAIL ? result->broken : result->doubted, found->rule);
        bool surprising = true;
        for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++) {
            size_t length = strlen(conf_oracle_text(oracle));
            if (strncmp(found->rule, conf_oracle_text(oracle), length) == 0 &&
                found->rule[length] == '-')
                surprising = (expected >> oracle & 1) == 0;
        }
        if (counts && surprising)
            return found;
        if (counts && first == NULL)
            first = found;
    }
    return first;
}

static void say_finding(const struct cli_gate *gate, const struct cli_gate_row *row,
                        const struct cli_gate_result *result, uint32_t outcome,
                        char why[static CLI_GATE_SENTENCE_MAX])
{
    const struct cli_gate_finding *found = first_finding(gate, result, outcome, row->elsewhere);
    if (found == NULL) {
        snprintf(why, CLI_GATE_SENTENCE_MAX, "%s",
                 outcome == CONF_FAIL ? "a rule was broken more often than is told"
                                      : "the run reached a limit");
        return;
    }
    snprintf(why, CLI_GATE_SENTENCE_MAX, "%s %s at %" PRId64 ".%03" PRId64 "s: %.300s", found->rule,
             outcome == CONF_FAIL ? "broken" : "unknown", found->at_ns / 1000000000,
             found->at_ns / 1000000 % 1000, found->sentence);
}

static void say_unpredicted(const struct cli_gate_row *row, const char *came, bool seed_one,
                            char why[static CLI_GATE_SENTENCE_MAX])
{
    char said[64], because[CLI_GATE_SENTENCE_MAX];
    cli_gate_oracles_text(seed_one ? row->predicted : row->elsewhere, said, sizeof said);
    snprintf(because, sizeof because, "%s", why);
    snprintf(why, CLI_GATE_SENTENCE_MAX, "its Verdicts line says %s%s, it was %s%s%.250s",
             row->predicted_unknown ? "unknown" : said, seed_one || row->elsewhere == 0 ? "" : " or pass", came,
             because[0] != '\0' ? ": " : "", because);
}

static enum cli_gate_outcome judge_predicted(const struct cli_gate *gate,
                                             const struct cli_gate_row *row, bool first,
                                             const struct cli_gate_result *result, uint32_t all,
                                             uint32_t claimed,
                                             char why[static CLI_GATE_SENTENCE_MAX])
{
    char came[64];
    /* A Verdicts line speaks of who schedules in the scenario: with somebody else it may come so, and need not. */
    bool exact = row->said == CLI_GATE_SAID_THIS && first && !cli_gate_is_foreign(gate);
    if (all == row->predicted || (!exact && claimed != 0 && (claimed & ~row->elsewhere) == 0))
        return claimed != 0 || all != 0 ? CLI_GATE_PREDICTED : CLI_GATE_PASSED;
    if (!exact && claimed == 0)
        return is_unknown(gate, result) ? CLI_GATE_UNKNOWN : CLI_GATE_PASSED;
    cli_gate_oracles_text(all, came, sizeof came);
    if (all != 0)
        say_finding(gate, row, result, CONF_FAIL, why);
    say_unpredicted(row, came, exact, why);
    return CLI_GATE_FAILED;
}

enum cli_gate_outcome cli_gate_judge(const struct cli_gate *gate, const struct cli_gate_row *row,
                                     uint64_t seed, const struct cli_gate_result *result,
                                     char why[static CLI_GATE_SENTENCE_MAX])
{
    uint64_t claimed_rules[CONF_RULE_WORDS];
    for (unsigned i = 0; i < CONF_RULE_WORDS; i++)
        claimed_rules[i] = result->broken[i] & gate->claims[i];
    uint32_t all = cli_gate_oracles(gate, result->broken),
             claimed = cli_gate_oracles(gate, claimed_rules);
    why[0] = '\0';
    if (row->said != CLI_GATE_SAID_NOTHING && row->elsewhere != 0)
        return judge_predicted(gate, row, seed == row->seeds[0], result, all, claimed, why);
    if (claimed != 0) {
        say_finding(gate, row, result, CONF_FAIL, why);
        return CLI_GATE_FAILED;
    }
    bool doubtful = result->doubt || cli_gate_oracles(gate, result->doubted) != 0;
    if (row->said != CLI_GATE_SAID_NOTHING && row->predicted_unknown && doubtful)
        return CLI_GATE_PREDICTED;
    if (row->said == CLI_GATE_SAID_THIS && row->predicted_unknown && seed == row->seeds[0] && !cli_gate_is_foreign(gate)) {
        say_unpredicted(row, "pass", true, why);
        return CLI_GATE_FAILED;
    }
    if (is_unknown(gate, result)) {
        say_finding(gate, row, result, CONF_UNKNOWN, why);
        return CLI_GATE_UNKNOWN;
    }
    return CLI_GATE_PASSED;
}
