/*
 * shrink_run.c -- whether a candidate still breaks the same rule. See shrink.h.
 *
 * This room is for: one run of a candidate and what of its verdict counts; child processes, each with many candidates.
 * It may include:   sim through world.h, the oracles through history.h, rep for the story; corelib.h, runner.h, shrink.h.
 * Never here:       which candidates there are.
 *
 * A core under test may crash or go round for ever. Its process then ends, and what it was at is told by a page that both share:
 * that candidate ended so, and the next process begins behind it.
 */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli.h"
#include "corelib.h"
#include "death.h"
#include "history.h"
#include "rep/rep.h"
#include "rundir.h"
#include "runner.h"
#include "shrink.h"
#include "stop.h"
#include "world.h"

#define GIB (UINT64_C(1) << 30)

/* ---- a plan as text, and once more */
char *cli_shrink_lua(const struct plan *plan)
{
    char *text = NULL;
    size_t size = 0;
    struct plan_err err;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    bool well = plan_write_lua(plan, out, &err) == PLAN_OK;
    well = fclose(out) == 0 && well;
    if (well)
        return text;
    free(text);
    return NULL;
}

/* Only a file can be loaded. */
struct plan *cli_shrink_read(const char *text)
{
    char path[PATH_MAX];
    struct scn_err err;
    int descriptor = cli_rundir_temporary("shrink", path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL)
        return NULL;
    bool well = fputs(text, file) >= 0;
    well = fclose(file) == 0 && well;
    struct plan *plan = well ? scn_load(path, NULL, 0, NULL, NULL, &err) : NULL;
    (void)unlink(path);
    return plan;
}

struct plan *cli_shrink_copy(const struct plan *plan)
{
    const struct sim_edit nothing = {.kind = SIM_EDIT_COUNT};
    return sim_edited(plan, &nothing);
}

/* ---- what a verdict says */

/* The first name in a sentence, and whose it is: "'fit' of 'train'". */
static void find_about(const char *sentence, char *out, size_t size)
{
    const char *first = strchr(sentence, '\''), *end = first != NULL ? strchr(first + 1, '\'') : NULL;
    out[0] = '\0';
    if (end == NULL)
        return;
    if (strncmp(end, "' of '", 6) == 0) {
        const char *whose = strchr(end + 6, '\'');
        end = whose != NULL ? whose : end;
    }
    snprintf(out, size, "%.*s", (int)(end - first + 1), first);
}

bool cli_shrink_same(const struct cli_shrink_end *a, const struct cli_shrink_end *b)
{
    return a->outcome == b->outcome && strcmp(a->rule, b->rule) == 0 && strcmp(a->about, b->about) == 0;
}

static void put_finding(const struct conf_finding *found, struct cli_shrink_end *end)
{
    end->outcome = CONF_FAIL;
    end->status = conf_oracle_status(found->oracle);
    end->at_ns = found->at_ns;
    snprintf(end->rule, sizeof end->rule, "%s", found->rule);
    snprintf(end->sentence, sizeof end->sentence, "%.*s", CLI_SHRINK_SENTENCE_MAX - 1, found->sentence);
    find_about(found->sentence, end->about, sizeof end->about);
}

/* Safety before liveness, and what the scenario promises last: its rules are always there. */
static unsigned weight(const struct conf_finding *found)
{
    return found->oracle == CONF_EXPECT ? 1 : conf_oracle_status(found->oracle) == CLI_SAFETY ? 3 : 2;
}

/* The finding that is wanted, if it is there; else the weightiest. */
static void put_verdict(const struct conf_verdict *verdict, const struct cli_shrink_end *wanted, struct cli_shrink_end *end)
{
    const struct conf_finding *best = NULL;
    for (uint32_t i = 0; i < verdict->finding_count; i++) {
        const struct conf_finding *found = &verdict->findings[i];
        if (found->outcome != CONF_FAIL)
            continue;
        put_finding(found, end);
        if (wanted != NULL && cli_shrink_same(end, wanted))
            return;
        if (best == NULL || weight(found) > weight(best))
            best = found;
    }
    if (best != NULL) {
        put_finding(best, end);
    } else if (verdict->outcome != CONF_PASS) {
        end->outcome = verdict->outcome;
        end->status = verdict->exit_status;
    }
}

/* ---- one run */
struct trial {
    struct cli_judge *judge;
    struct cli_kept kept; /* for the story */
    bool keep;
    const struct cli_shrink_end *wanted; /* NULL: whatever there is */
    struct cli_verdict *verdict;
};

/* A run that has broken the rule that is asked for need not come to its end, which may be far. */
static bool is_open(void *ctx, const struct sim *sim)
{
    struct trial *trial = ctx;
    struct cli_shrink_end end = {0};
    (void)sim;
    if (trial->wanted == NULL || trial->keep || !cli_judge_failed(trial->judge) || !cli_judge_peek(trial->judge, trial->verdict))
        return true;
    put_verdict(&trial->verdict->conf, trial->wanted, &end);
    return !cli_shrink_same(&end, trial->wanted);
}

static void observe(void *ctx, const struct trace_record *records, size_t count, uint64_t first)
{
    struct trial *trial = ctx;
    cli_judge_feed(trial->judge, records, count, first);
    if (trial->keep)
        cli_keep(&trial->kept, records, count);
}

static void tell(const struct plan *plan, const struct cli_world *world, const struct trial *trial, const struct cli_verdict *verdict,
                 char *story)
{
    char *text = NULL;
    size_t size = 0;
    struct rep_err err;
    struct rep_run rep = {.plan = plan,
                          .header = &world->header,
                          .records = trial->kept.records,
                          .record_count = trial->kept.count,
                          .chain = sim_chain(world->sim),
                          .verdict = &verdict->rep,
                          .scenario = "",
                          .replay = ""};
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return;
    bool well = rep_story(&rep, out, CLI_SHRINK_STORY_LINES, &err) == REP_OK;
    (void)fclose(out);
    snprintf(story, CLI_SHRINK_STORY_MAX, "%s", well ? text : "");
    free(text);
}

/* Who broke the rule and crashed then has broken the rule; who has not, has crashed. */
static bool was_fatal(const struct cli_shrink_end *end, const struct cli_shrink_end *wanted)
{
    return wanted != NULL ? !cli_shrink_same(end, wanted) : end->outcome != CONF_FAIL;
}

static void run_world(struct cli_world *world, const struct cli_scene *scene, const struct plan *plan,
                      const struct cli_shrink_end *wanted, struct cli_shrink_end *end, char *story)
{
    static struct cli_verdict verdict;
    struct trial trial = {.judge = cli_judge_new(plan, &world->header, false), .keep = story != NULL,
                          .wanted = wanted,
                          .verdict = &verdict};
    if (trial.judge == NULL)
        exit(CLI_MISSING);
    int died = 0;
    sim_observer(world->sim, observe, &trial);
    end->status = scene->choices == NULL ? cli_world_run_till_death(world, is_open, &trial, &died)
                                         : cli_choices_run(world, scene->choices, NULL, NULL);
    if (end->status == CLI_PASS) {
        cli_judge_finish(trial.judge, &verdict);
        put_verdict(&verdict.conf, wanted, end);
        if (story != NULL)
            tell(plan, world, &trial, &verdict, story);
    }
    if (died != 0 && was_fatal(end, wanted))
        (void)raise(died);
    end->events = sim_events(world->sim);
    cli_judge_free(trial.judge);
    free(trial.kept.records);
}

static void run_scene(const struct cli_shrink *shrink, const struct cli_scene *scene, const struct gang_api *core, bool strict,
                      const struct cli_shrink_end *wanted, struct cli_shrink_end *end, char *story)
{
    if (scene->choices != NULL)
        cli_choices_make_timeless(scene->plan); /* as 'run' does along choices; the candidate is ours */
    struct plan plan = *scene->plan;
    struct cli_world world;
    struct gang_policy policy;
    char policy_text[CLI_POLICY_TEXT_MAX];
    memset(end, 0, sizeof *end);
    bool capped = shrink->events_max != 0 && plan.setting[PLAN_SET_EVENTS] > (int64_t)shrink->events_max;
    if (capped)
        plan.setting[PLAN_SET_EVENTS] = (int64_t)shrink->events_max;
    bool own = !strict && plan.policy != PLAN_NONE;
    end->status = cli_policy_make(own ? plan_text(&plan, plan.policy) : NULL, NULL, 0, &policy, policy_text);
    if (end->status == CLI_PASS)
        end->status = cli_world_open(&world, core, &plan, "", &policy, policy_text, scene->seed);
    if (end->status == CLI_PASS) {
        run_world(&world, scene, &plan, wanted, end, story);
        cli_world_close(&world);
    }
    if (end->status >= CLI_USAGE || (capped && end->events >= shrink->events_max)) /* without our limit it might end otherwise */
        end->outcome = CONF_UNKNOWN;
}

/* ---- candidates, in a process of their own */
struct shared {
    uint32_t at, tested; /* the candidate it is at; 1: the core that is looked at is running */
    uint64_t runs;
};
struct batch {
    struct cli_shrink *shrink;
    cli_shrink_make_fn *make;
    void *ctx;
    const char *core;
    uint32_t from, count;
    bool look, tell; /* look: at `from` alone */
    struct shared *shared;
    bool given, stopped, found;
    struct cli_shrink_end end;
    char *story;
};
struct batch_result {
    struct cli_shrink_end end;
    uint32_t next, found; /* found: 1: `next` still breaks the same */
    int32_t status;
    char story[CLI_SHRINK_STORY_MAX];
};

static bool next_batch(void *ctx, uint64_t *ticket)
{
    struct batch *batch = ctx;
    if (batch->given)
        return false;
    batch->given = true;
    *ticket = 0;
    return true;
}

/* With the core that is linked in, or under strict, it keeps all rules. */
static bool is_right_elsewhere(const struct batch *batch, const struct cli_scene *scene)
{
    struct cli_shrink_end end;
    if (batch->shrink->reference == CLI_SHRINK_ALONE)
        return true;
    batch->shared->runs++;
    run_scene(batch->shrink, scene, gang_api(), batch->shrink->reference == CLI_SHRINK_STRICT, NULL, &end, NULL);
    return end.outcome == CONF_PASS && end.status == CLI_PASS;
}

/* There are words for it, and a scenario may use them so: a plan may have a GPU die that is not there, a scenario may not. */
static bool can_be_told(const struct cli_scene *scene)
{
    char *text = cli_shrink_lua(scene->plan);
    struct plan *plan = text != NULL ? cli_shrink_read(text) : NULL;
    bool well = plan != NULL;
    plan_free(plan);
    free(text);
    return well;
}

static bool breaks(const struct batch *batch, const struct cli_scene *scene, const struct gang_api *core, struct batch_result *result)
{
    const struct cli_shrink_end *wanted = batch->look ? NULL : &batch->shrink->wanted;
    batch->shared->tested = 1;
    batch->shared->runs++;
    run_scene(batch->shrink, scene, core, false, wanted, &result->end, batch->tell ? result->story : NULL);
    batch->shared->tested = 0;
    return wanted != NULL && cli_shrink_same(&result->end, wanted);
}

/* A core that may not live to tell is run last. */
static bool still_breaks(const struct batch *batch, const struct cli_scene *scene, const struct gang_api *core,
                         struct batch_result *result)
{
    bool fatal = strchr(batch->shrink->wanted.rule, '-') == NULL; /* no rule of the oracles', but the end of a process */
    if (batch->look)
        return breaks(batch, scene, core, result);
    if (fatal)
        return can_be_told(scene) && is_right_elsewhere(batch, scene) && breaks(batch, scene, core, result);
    return breaks(batch, scene, core, result) && can_be_told(scene) && is_right_elsewhere(batch, scene);
}

static void try_all(const struct batch *batch, const struct gang_api *core, struct batch_result *result)
{
    int64_t began = cli_runner_clock_ns();
    uint32_t end = batch->look ? batch->from + 1 : batch->count;
    for (uint32_t i = batch->from; i < end && result->found == 0; i++) {
        struct cli_scene scene = {0};
        result->next = batch->shared->at = i;
        bool made = batch->make(batch->ctx, i, &scene);
        result->found = made && still_breaks(batch, &scene, core, result);
        plan_free(scene.plan);
        if (result->found == 0)
            result->next = i + 1;
        if (cli_runner_clock_ns() - began > batch->shrink->timeout_ns / 2)
            break; /* so that only one that takes long by itself takes too long */
    }
}

static void work(void *ctx, uint64_t ticket, struct cli_pen *pen)
{
    const struct batch *batch = ctx;
    struct batch_result *result = calloc(1, sizeof *result);
    (void)ticket;
    if (result == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    const struct gang_api *core = cli_core(batch->core, &result->status);
    if (core != NULL)
        try_all(batch, core, result);
    cli_runner_send(pen, result, sizeof *result);
    free(result);
}

/* The process broke, at a candidate that is known. */
static void take_breakage(struct batch *batch, const struct cli_runner_report *report)
{
    struct cli_shrink_end *end = &batch->end;
    memset(end, 0, sizeof *end);
    end->outcome = CONF_FAIL;
    end->status = report->end == CLI_RUNNER_TIMEOUT ? CLI_LIVENESS : CLI_SAFETY;
    snprintf(end->rule, sizeof end->rule, "%s", cli_runner_end_text(report->end));
    snprintf(end->sentence, sizeof end->sentence, "%.*s", CLI_SHRINK_SENTENCE_MAX - 1, report->sentence);
    batch->from = batch->shared->at;
    batch->found = batch->shared->tested != 0 && !batch->look && cli_shrink_same(end, &batch->shrink->wanted);
    batch->from += !batch->found;
}

static void done(void *ctx, const struct cli_runner_report *report)
{
    struct batch *batch = ctx;
    static struct batch_result result;
    if (report->end == CLI_RUNNER_STOPPED) {
        batch->stopped = true;
        return;
    }
    if (report->end != CLI_RUNNER_RESULT || report->size != sizeof result) {
        take_breakage(batch, report);
        return;
    }
    memcpy(&result, report->result, sizeof result);
    if (result.status != CLI_PASS) {
        (void)cli_fail((enum cli_exit)result.status, "%s", report->sentence);
        batch->shrink->failed = batch->stopped = true;
        return;
    }
    batch->end = result.end;
    batch->from = result.next;
    batch->found = result.found != 0;
    if (batch->story != NULL)
        memcpy(batch->story, result.story, sizeof result.story);
}

bool cli_shrink_time_left(const struct cli_shrink *shrink)
{
    return !shrink->stopped && !shrink->failed && !cli_stop_asked() &&
           (shrink->budget_ns == 0 || cli_runner_clock_ns() - shrink->began_ns < shrink->budget_ns);
}

static bool go_on(void *ctx)
{
    const struct batch *batch = ctx;
    return batch->look ? !cli_stop_asked() : cli_shrink_time_left(batch->shrink); /* a look is one run */
}

static bool run_batch(struct batch *batch)
{
    struct cli_runner runner = {.ctx = batch,
                                .next = next_batch,
                                .work = work,
                                .done = done,
                                .go_on = go_on,
                                .workers = 1,
                                .time_ns = batch->shrink->timeout_ns,
                                .memory_bytes = 4 * GIB};
    batch->given = false;
    if (!cli_runner_run(&runner))
        batch->shrink->failed = batch->stopped = true;
    return !batch->stopped;
}

static struct shared *share(struct cli_shrink *shrink)
{
    FILE *file = tmpfile(); /* POSIX has no other memory that a child shares */
    void *page = MAP_FAILED;
    if (file != NULL && ftruncate(fileno(file), sizeof(struct shared)) == 0)
        page = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    if (file != NULL)
        (void)fclose(file);
    if (page != MAP_FAILED)
        return page;
    (void)cli_fail(CLI_MISSING, "no memory could be shared with a child process");
    shrink->failed = true;
    return NULL;
}

uint32_t cli_shrink_first(struct cli_shrink *shrink, uint32_t count, cli_shrink_make_fn *make, void *ctx)
{
    struct batch batch = {.shrink = shrink, .make = make, .ctx = ctx, .core = shrink->core, .count = count};
    batch.shared = share(shrink);
    if (batch.shared == NULL)
        return count;
    while (batch.from < count && !batch.found && cli_shrink_time_left(shrink) && run_batch(&batch))
        continue;
    shrink->runs += batch.shared->runs;
    (void)munmap(batch.shared, sizeof *batch.shared);
    return batch.found ? batch.from : count;
}

bool cli_shrink_look(struct cli_shrink *shrink, uint32_t i, cli_shrink_make_fn *make, void *ctx, const char *core,
                     struct cli_shrink_end *end, char *story)
{
    struct batch batch = {.shrink = shrink, .make = make, .ctx = ctx, .core = core, .from = i, .look = true, .tell = story != NULL,
                          .story = story};
    batch.shared = share(shrink);
    if (batch.shared == NULL)
        return false;
    bool well = run_batch(&batch);
    shrink->runs += batch.shared->runs;
    (void)munmap(batch.shared, sizeof *batch.shared);
    *end = batch.end;
    return well;
}
