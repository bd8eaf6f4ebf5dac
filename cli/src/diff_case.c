/*
 * diff_case.c -- what the processes of `muster diff` do: run one side into a file, compare two files.
 *
 * This room is for: from a scenario to a history; from two histories to what differs, with its telling.
 * It may include:   scn, sim through world.h, trace, the oracles through history.h, rep; diff.h.
 * Never here:       other pairs. A loaded core is foreign code: the process that compares loads none.
 *
 * The first pass over both histories needs the same memory however long they are. Only for the telling are their beginnings, up to a
 * little behind the difference, read once more and kept, unless that is farther than RECORDS_MAX.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "corelib.h"
#include "diff.h"
#include "history.h"
#include "scenario.h"
#include "trace/diff.h"
#include "world.h"

enum { BATCH = 1024, RECORDS_MAX = 1 << 22, BEYOND = 1 << 16, BEFORE_LINES = 4 };

/* Where a side's history is. The file has no name: it is gone when the last process that has it open is. */
static void file_path(const struct cli_diff *diff, const struct cli_diff_pair *pair, unsigned side, char out[static PATH_MAX])
{
    if (diff->side[side].run != NULL)
        snprintf(out, PATH_MAX, "%s", diff->side[side].run);
    else
        snprintf(out, PATH_MAX, "/dev/fd/%d", pair->files[side]);
}

/* ---- one side */

struct ride {
    struct plan *plan;
    char *plan_text;
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
    struct cli_world world;
    struct trace_writer *writer;
    FILE *lines; /* of a careful ride, instead of the writer */
    struct trace_err err;
};

static int load(const struct cli_diff_side *side, const char *file, struct ride *ride)
{
    struct scn_err err = {0};
    ride->plan = scn_load(file, side->params, side->param_count, NULL, NULL, &err);
    if (ride->plan != NULL && (side->scheduler == NULL ||
                               scn_scheduler_attach(ride->plan, side->scheduler, side->scheduler_params,
                                                    side->scheduler_param_count, &err) == SCN_OK)) {
        const char *policy = side->policy;
        if (policy == NULL && ride->plan->policy != PLAN_NONE)
            policy = plan_text(ride->plan, ride->plan->policy);
        int status = cli_policy_make(policy, side->sets, side->set_count, &ride->policy, ride->policy_text);
        ride->plan_text = status == CLI_PASS ? plan_write_text(ride->plan, NULL) : NULL;
        return status != CLI_PASS || ride->plan_text != NULL ? status
                                                             : cli_fail(CLI_MISSING, "the plan does not fit into memory");
    }
    return cli_scenario_failed(&err);
}

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct ride *ride = ctx;
    if (ride->err.code != TRACE_OK)
        return;
    if (ride->lines == NULL)
        (void)trace_writer_put(ride->writer, records, count, &ride->err);
    else if (trace_ndjson_records(ride->lines, records, count, first, &ride->err) == TRACE_OK && fflush(ride->lines) != 0)
        ride->err = (struct trace_err){.code = TRACE_E_IO, .detail = "it could not be flushed"};
}

static bool go_on(void *ctx, const struct sim *sim)
{
    const struct ride *ride = ctx;
    (void)sim;
    return ride->err.code == TRACE_OK;
}

/* An event at a time, so that all that happened before the one that goes wrong is in the file. */
static int run_carefully(struct ride *ride)
{
    struct sim_err err = {0};
    for (bool ended = false; !ended && ride->err.code == TRACE_OK;)
        if (sim_run(ride->world.sim, 1, &ended, &err) != SIM_OK)
            return cli_fail(CLI_INPUT, "the simulator stopped: %s", err.detail);
    return CLI_PASS;
}

static int open_history(const char *path, bool careful, struct ride *ride)
{
    if (!careful)
        (void)trace_writer_open(path, &ride->world.header, &ride->writer, &ride->err);
    else if ((ride->lines = fopen(path, "w")) == NULL)
        ride->err = (struct trace_err){.code = TRACE_E_IO, .detail = "it could not be opened"};
    else if (trace_ndjson_header(ride->lines, &ride->world.header, &ride->err) == TRACE_OK)
        (void)fflush(ride->lines);
    return ride->err.code == TRACE_OK ? CLI_PASS : CLI_OUTPUT;
}

static int close_history(struct ride *ride)
{
    struct trace_err err = {0};
    bool well = ride->err.code == TRACE_OK;
    if (ride->writer != NULL && trace_writer_close(ride->writer, &err) != TRACE_OK && well)
        ride->err = err;
    if (ride->lines != NULL && fclose(ride->lines) != 0 && well)
        ride->err = (struct trace_err){.code = TRACE_E_IO, .detail = "it could not be closed"};
    return ride->err.code == TRACE_OK
               ? CLI_PASS
               : cli_fail(CLI_OUTPUT, "its history could not be written: %s; TMPDIR may name another place", ride->err.detail);
}

static int run_side(const struct cli_diff *diff, const struct cli_diff_pair *pair, unsigned which, struct ride *ride,
                    struct cli_diff_ran *ran)
{
    const struct cli_diff_side *side = &diff->side[which];
    char path[PATH_MAX];
    int status = CLI_PASS;
    const struct gang_api *core = cli_core(side->core, &status);
    if (status == CLI_PASS)
        status = load(side, pair->file, ride);
    if (status == CLI_PASS)
        status = cli_world_open(&ride->world, core, ride->plan, ride->plan_text, &ride->policy, ride->policy_text, pair->seed);
    if (status != CLI_PASS)
        return status;
    file_path(diff, pair, which, path);
    status = open_history(path, pair->careful[which], ride);
    if (status == CLI_PASS) {
        ran->began = 1;
        sim_observer(ride->world.sim, observe, ride);
        status = pair->careful[which] ? run_carefully(ride) : cli_world_run(&ride->world, go_on, ride);
    }
    int closed = close_history(ride);
    return status == CLI_PASS || closed != CLI_PASS ? closed : status;
}

void cli_diff_case_side(const struct cli_diff *diff, const struct cli_diff_pair *pair, unsigned side, struct cli_pen *pen)
{
    struct cli_diff_ran ran = {0};
    struct ride *ride = calloc(1, sizeof *ride);
    if (ride == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    ran.status = run_side(diff, pair, side, ride, &ran);
    cli_runner_send(pen, &ran, sizeof ran);
    cli_world_close(&ride->world);
    free(ride->plan_text);
    plan_free(ride->plan);
    free(ride);
}

/* ---- two histories */

struct read {
    struct cli_history history;
    struct trace_record batch[BATCH];
    struct cli_judge *judge;
    struct rep_tally *tally;
    struct cli_verdict verdict;
    struct cli_history beginning; /* for the telling */
    struct rep_finding findings[CONF_FINDINGS_MAX];
    struct rep_verdict shown;
};
struct compare {
    struct read read[CLI_DIFF_SIDES];
    struct trace_diff diff;
};

static int open_read(struct read *read, const char *path)
{
    struct rep_err err = {0};
    int status = cli_history_open(&read->history, path, NULL, true);
    if (status != CLI_PASS)
        return status;
    read->judge = cli_judge_new(read->history.plan, read->history.header, false);
    read->tally = rep_tally_new(read->history.plan, &err);
    return read->judge == NULL || read->tally == NULL ? cli_fail(CLI_MISSING, "out of memory") : CLI_PASS;
}

static int next_batch(struct read *read, size_t *count)
{
    uint64_t first = read->history.total + 1;
    int status = cli_history_next(&read->history, read->batch, BATCH, count);
    if (status != CLI_PASS)
        return status;
    cli_judge_feed(read->judge, read->batch, *count, first);
    rep_tally_take(read->tally, read->batch, *count);
    return CLI_PASS;
}

/* *at: the side that is being read. */
static int walk(struct compare *c, uint32_t *at)
{
    int side, status = CLI_PASS;
    size_t count = 1;
    trace_diff_init(&c->diff);
    while (status == CLI_PASS && (side = trace_diff_go(&c->diff)) != TRACE_DIFF_OVER) {
        *at = (uint32_t)side;
        status = next_batch(&c->read[side], &count);
        if (status == CLI_PASS)
            trace_diff_give(&c->diff, (unsigned)side, c->read[side].batch, count);
    }
    for (unsigned i = 0; i < CLI_DIFF_SIDES && status == CLI_PASS; i++) /* to the end, for what became of it, and for the chain */
        for (count = 1; status == CLI_PASS && count > 0;) {
            *at = i;
            status = next_batch(&c->read[i], &count);
        }
    return status;
}

/* "pass", or the rules that were broken, or those of which it is not known. */
static void put_verdict(const struct read *read, char out[static CLI_DIFF_VERDICT_MAX])
{
    size_t count, used = 0;
    const struct conf_rule *rules = conf_rules(&count);
    const struct conf_verdict *conf = &read->verdict.conf;
    bool failed = conf->outcome == CONF_FAIL;
    snprintf(out, CLI_DIFF_VERDICT_MAX, "%s", conf->outcome == CONF_PASS ? "pass" : failed ? "" : "unknown");
    used = strlen(out);
    for (size_t i = 0; i < count; i++) {
        bool set = (failed ? conf->broken : conf->doubted)[i / 64] >> i % 64 & 1;
        if (set && conf->outcome != CONF_PASS && used + strlen(rules[i].id) + 6 < CLI_DIFF_VERDICT_MAX)
            used += (size_t)snprintf(out + used, CLI_DIFF_VERDICT_MAX - used, "%s%s", used > 0 ? " " : "", rules[i].id);
        else if (set && conf->outcome != CONF_PASS && out[used - 1] != '.')
            used += (size_t)snprintf(out + used, CLI_DIFF_VERDICT_MAX - used, " ...");
    }
    if (!read->history.complete)
        snprintf(out, CLI_DIFF_VERDICT_MAX, "cut off");
}

/* Whether their plans are the same, but for who schedules. */
static bool is_same_world(const struct plan *a, const struct plan *b)
{
    struct plan world[CLI_DIFF_SIDES] = {*a, *b};
    char *text[CLI_DIFF_SIDES];
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
        world[i].scheduler = world[i].scheduler_file = world[i].scheduler_params = PLAN_NONE;
        text[i] = plan_write_text(&world[i], NULL);
    }
    bool same = text[0] != NULL && text[1] != NULL && strcmp(text[0], text[1]) == 0;
    free(text[0]);
    free(text[1]);
    return same;
}

static void put_found(struct compare *c, struct cli_diff_found *found)
{
    const struct trace_diff *d = &c->diff;
    found->found = d->found;
    found->said = trace_diff_said(d);
    found->plans = !is_same_world(c->read[0].history.plan, c->read[1].history.plan);
    found->seeds = c->read[0].history.header->seed != c->read[1].history.header->seed;
    found->same = d->same;
    found->at_ns = INT64_MAX;
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
        const struct trace_diff_side *side = &d->side[i];
        cli_judge_finish(c->read[i].judge, &c->read[i].verdict);
        rep_tally_finish(c->read[i].tally, found->tally[i]);
        put_verdict(&c->read[i], found->verdict[i]);
        found->records[i] = c->read[i].history.total;
        found->cut[i] = side->cut;
        found->has[i] = side->has;
        found->number[i] = side->number;
        if (side->has && side->first.at_ns < found->at_ns)
            found->at_ns = side->first.at_ns;
    }
}

/* ---- the telling */

/* Findings behind what was read are not told. */
static void show_findings(struct read *read)
{
    const struct rep_verdict *all = &read->verdict.rep;
    read->shown = *all;
    read->shown.finding_count = 0;
    for (unsigned i = 0; i < all->finding_count; i++)
        if (all->findings[i].record >= 1 && all->findings[i].record <= read->beginning.kept)
            read->findings[read->shown.finding_count++] = all->findings[i];
    read->shown.findings = read->findings;
}

/* The first `keep` records, and no more of it than that takes. */
static int read_beginning(struct read *read, const char *path, uint64_t keep)
{
    struct cli_history *h = &read->beginning;
    size_t count = 1;
    int status = cli_history_open(h, path, read->history.plan, true);
    if (status == CLI_PASS && (h->records = malloc((keep + BATCH) * sizeof *h->records)) == NULL)
        status = cli_fail(CLI_MISSING, "%" PRIu64 " records do not fit into memory", keep);
    while (status == CLI_PASS && count > 0 && h->kept < keep) {
        status = cli_history_next(h, h->records + h->kept, BATCH, &count);
        h->kept += count;
    }
    return status;
}

static struct rep_beside beside(const struct cli_diff *diff, const struct cli_diff_pair *pair, const struct compare *c, unsigned i)
{
    const struct trace_diff_side *side = &c->diff.side[i];
    const struct read *read = &c->read[i];
    return (struct rep_beside){.run = {.plan = read->history.plan,
                                       .header = read->history.header,
                                       .records = read->beginning.records,
                                       .record_count = read->beginning.kept,
                                       .verdict = &read->shown},
                               .label = diff->side[i].label,
                               .has = side->has,
                               .number = side->number,
                               .last = side->last,
                               .stopped = pair->word[i] != NULL ? pair->said[i] : NULL};
}

static void tell_far(const struct compare *c, FILE *out)
{
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
        const struct trace_diff_side *side = &c->diff.side[i];
        fprintf(out, "  %c  ", "AB"[i]);
        if (side->has)
            rep_put_record(c->read[i].history.plan, &side->first, out);
        else
            fputs("ended before it", out);
        fprintf(out, "  (record %" PRIu64 ")\n", side->number);
    }
    fprintf(out, "  farther in than %d records, so their stories are not told\n", RECORDS_MAX);
}

static int tell(const struct cli_diff *diff, const struct cli_diff_pair *pair, struct compare *c, bool story, FILE *decision,
                FILE *lines)
{
    struct rep_err err = {0};
    struct rep_beside sides[CLI_DIFF_SIDES];
    int status = CLI_PASS;
    uint64_t far = c->diff.side[0].number > c->diff.side[1].number ? c->diff.side[0].number : c->diff.side[1].number;
    if (far > RECORDS_MAX) {
        tell_far(c, decision);
        return CLI_PASS;
    }
    for (unsigned i = 0; i < CLI_DIFF_SIDES && status == CLI_PASS; i++) {
        char path[PATH_MAX];
        uint64_t keep = c->diff.side[i].number + BEYOND, total = c->read[i].history.total;
        file_path(diff, pair, i, path);
        status = read_beginning(&c->read[i], path, keep < total ? keep : total);
        show_findings(&c->read[i]);
        sides[i] = beside(diff, pair, c, i);
    }
    if (status != CLI_PASS)
        return status;
    enum rep_status told = rep_beside_decision(sides, decision, &err);
    if (told == REP_OK && story)
        told = rep_beside_story(sides, &diff->terminal, BEFORE_LINES, (unsigned)diff->lines, lines, &err);
    return told == REP_OK ? CLI_PASS : cli_fail(CLI_MISSING, "%s", err.detail);
}

struct telling {
    char *decision, *story;
    size_t decision_size, story_size;
};

static int make_telling(const struct cli_diff *diff, const struct cli_diff_pair *pair, struct compare *c, bool story,
                        struct telling *out)
{
    FILE *decision = open_memstream(&out->decision, &out->decision_size),
         *lines = open_memstream(&out->story, &out->story_size);
    int status = decision != NULL && lines != NULL ? tell(diff, pair, c, story, decision, lines)
                                                   : cli_fail(CLI_MISSING, "out of memory");
    if (decision != NULL)
        (void)fclose(decision);
    if (lines != NULL)
        (void)fclose(lines);
    return status;
}

static void send_found(struct cli_diff_found *found, const struct telling *telling, struct cli_pen *pen)
{
    size_t room = CLI_RUNNER_RESULT_MAX - sizeof *found;
    found->decision_size = (uint32_t)(telling->decision_size < room / 2 ? telling->decision_size : room / 2);
    found->story_size = (uint32_t)(telling->story_size < room / 2 ? telling->story_size : room / 2);
    char *bytes = malloc(sizeof *found + found->decision_size + found->story_size);
    if (bytes == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    memcpy(bytes, found, sizeof *found);
    if (found->decision_size > 0)
        memcpy(bytes + sizeof *found, telling->decision, found->decision_size);
    if (found->story_size > 0)
        memcpy(bytes + sizeof *found + found->decision_size, telling->story, found->story_size);
    cli_runner_send(pen, bytes, sizeof *found + found->decision_size + found->story_size);
    free(bytes);
}

void cli_diff_case_compare(const struct cli_diff *diff, const struct cli_diff_pair *pair, bool story, struct cli_pen *pen)
{
    struct compare *c = calloc(1, sizeof *c);
    struct cli_diff_found *found = calloc(1, sizeof *found);
    struct telling telling = {0};
    if (c == NULL || found == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    for (unsigned i = 0; i < CLI_DIFF_SIDES && found->status == CLI_PASS; i++) {
        char path[PATH_MAX];
        file_path(diff, pair, i, path);
        found->status = open_read(&c->read[i], path);
        found->side = i;
    }
    if (found->status == CLI_PASS)
        found->status = walk(c, &found->side);
    if (found->status == CLI_PASS)
        put_found(c, found);
    bool part = c->diff.found || c->diff.side[0].has != c->diff.side[1].has;
    if (found->status == CLI_PASS && part)
        found->status = make_telling(diff, pair, c, story, &telling);
    send_found(found, &telling, pen); /* the process ends now, and its memory goes with it */
}
