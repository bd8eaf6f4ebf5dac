/*
 * target.c -- a child process in the place of a scheduler: its words on the command line, its failures as exit statuses.
 *
 * This room is for: `--target exec:CMD`, between the exec target and the simulator's port; transcripts.
 * It may include:   exec, sim; cli.h.
 * Never here:       processes and pipes: they are the exec target's.
 */
#include "target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "plan/plan.h"

static const char scheme[] = "exec:";

const char *cli_target_command(const char *word, const char *label)
{
    size_t length = sizeof scheme - 1;
    if (strncmp(label, scheme, length) == 0 &&
        label[length + strspn(label + length, " \t")] != '\0')
        return label + length;
    (void)cli_fail(CLI_USAGE,
                   "%s: --target is '%s', must be exec:'COMMAND', e.g. exec:'python3 fifo.py'",
                   word, label);
    return NULL;
}

int cli_target_status(enum exec_status status)
{
    switch (status) {
    case EXEC_OK:
        return CLI_PASS;
    case EXEC_E_HUNG:
        return CLI_LIVENESS;
    case EXEC_E_DIED:
    case EXEC_E_FLOODED:
    case EXEC_E_NONSENSE:
    case EXEC_E_GAVE_UP:
        return CLI_SAFETY;
    case EXEC_E_DIFFERS:
        return CLI_DIFFERS;
    case EXEC_E_VERSION:
    case EXEC_E_ROLE:
        return CLI_INPUT;
    case EXEC_E_NOT_STARTED:
    case EXEC_E_SYSTEM:
        break;
    }
    return CLI_MISSING;
}

/* For whoever goes on with other runs. */
static void keep_fault(struct cli_target *target, const char *fault, const char *said)
{
    target->fault = fault;
    snprintf(target->said, sizeof target->said, "%s", said);
}

static int complain(struct cli_target *target)
{
    keep_fault(target, exec_status_text(target->err.code), target->err.detail);
    return cli_fail((enum cli_exit)cli_target_status(target->err.code), "--target: %s", target->err.detail);
}

bool cli_target_patience(const char *word, const char *text, int64_t *ms)
{
    plan_ns value;
    if (plan_parse_duration(text, &value) && value >= 1000000 &&
        value <= INT64_C(24) * 3600 * 1000000000) {
        *ms = value / 1000000;
        return true;
    }
    (void)cli_fail(CLI_USAGE,
                   "%s: --answer-timeout is '%s', must be a duration of 1ms..24h such as 30s", word,
                   text);
    return false;
}

int cli_target_open(struct cli_target *target, const char *label, int64_t ms, bool echo)
{
    struct exec_options options = {.hello_ms = ms, .ask_ms = ms, .echo = echo};
    *target = (struct cli_target){.label = label};
    target->child = exec_open(label + sizeof scheme - 1, &options, &target->err);
    return target->child != NULL ? CLI_PASS : complain(target);
}

void cli_target_borrow(struct cli_target *target, const char *label, struct exec_child *child)
{
    *target = (struct cli_target){.label = label, .child = child};
}

void cli_target_close(struct cli_target *target, bool borrowed)
{
    cli_target_end(target);
    if (!borrowed)
        exec_close(target->child);
    target->child = NULL;
}

/* The simulator's port. */
static int ask(void *ctx, const struct gang_placer_view *view, struct sim_decisions *out,
               struct sim_err *err)
{
    struct cli_target *target = ctx;
    if (exec_placer_plan(target->placer, view, out, &target->err) == EXEC_OK)
        return 0;
    snprintf(err->detail, sizeof err->detail, "--target: %.1000s", target->err.detail);
    return 1;
}

int cli_target_begin(struct cli_target *target, const struct plan *plan, uint64_t seed,
                     struct sim_placer *placer)
{
    cli_target_end(target);
    if (exec_reset(target->child, EXEC_ROLE_PLACER, seed, &target->err) != EXEC_OK)
        return complain(target);
    target->placer = exec_placer_new(target->child, plan);
    if (target->placer == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    *placer = (struct sim_placer){ask, target};
    return CLI_PASS;
}

int cli_target_drives(struct cli_target *target, bool *drives)
{
    target->fault = NULL;
    if (exec_hello(target->child, EXEC_ROLE_PLACER | EXEC_ROLE_SCHEDULER, &target->err) != EXEC_OK)
        return complain(target);
    *drives = (exec_roles(target->child) & EXEC_ROLE_SCHEDULER) != 0;
    return CLI_PASS;
}

int cli_target_drive(struct cli_target *target, uint64_t seed, struct sim_options *options)
{
    const char *unfit = exec_scheduler_unfit(options->plan);
    cli_target_end(target);
    if (unfit != NULL)
        return cli_fail(CLI_INPUT, "--target: this scenario is not for a whole scheduler: %s", unfit);
    if (exec_reset(target->child, EXEC_ROLE_SCHEDULER, seed, &target->err) != EXEC_OK)
        return complain(target);
    target->scheduler = exec_scheduler_new(target->child, options->core, options->plan);
    if (target->scheduler == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    options->core = exec_scheduler_api(target->scheduler);
    options->foreign = true;
    return CLI_PASS;
}

const char *cli_target_unfit(const struct plan *plan, bool drives)
{
    if (drives)
        return exec_scheduler_unfit(plan);
    for (uint32_t i = 0; i < plan->stage_count; i++)
        if (plan->stages[i].prefers != 0)
            return "its tasks would rather be on some executors, and a placer behind a pipe is not told on which";
    if (plan->scheduler != PLAN_NONE)
        return "it brings a scheduler of its own, and what it expects is expected of that one";
    if (plan->setting[PLAN_SET_DYNAMIC] != 0)
        return "executors come and go with the load in it (dynamic = 1), and a placer behind a pipe cannot ask for any";
    return NULL;
}

/* A world that is full is full of what the child sent. */
bool cli_target_blame(struct cli_target *target, const struct sim_err *err, int *status, char *text, size_t size)
{
    const struct exec_err *failure = target->scheduler != NULL ? exec_scheduler_failure(target->scheduler) : &target->err;
    *status = failure->code != EXEC_OK ? cli_target_status(failure->code) : CLI_SAFETY;
    if (target->scheduler == NULL && err->code != SIM_E_PLACER)
        return false;
    if (failure->code != EXEC_OK)
        keep_fault(target, exec_status_text(failure->code), failure->detail);
    else if (target->scheduler == NULL)
        keep_fault(target, "refused", err->detail);
    else if (err->code == SIM_E_FULL) {
        keep_fault(target, exec_status_text(EXEC_E_FLOODED), "the scheduler sends more than this cluster has room for at one time: ");
        strncat(target->said, err->detail, sizeof target->said - strlen(target->said) - 1);
    } else
        return false;
    snprintf(text, size, "%s%s", target->scheduler != NULL || failure->code != EXEC_OK ? "--target: " : "", target->said);
    return true;
}

void cli_target_end(struct cli_target *target)
{
    exec_placer_free(target->placer);
    target->placer = NULL;
    exec_scheduler_free(target->scheduler);
    target->scheduler = NULL;
}

/* ---- transcripts */

struct cli_transcript {
    FILE *out;
    const char *path;
    struct cli_target *target;
    struct exec_text text;
};

/* As it is, if it is JSON; else as a string. */
static void put_line(struct exec_text *text, const char *line, size_t size)
{
    char *copy = malloc(size + 1);
    if (copy == NULL) {
        text->failed = true;
        return;
    }
    memcpy(copy, line, size);
    copy[size] = '\0';
    if (exec_is_json(line, size))
        exec_put(text, ",\"message\":%s", copy);
    else
        exec_put_name(text, "garbage", copy);
    free(copy);
}

static void hear(void *ctx, bool from_child, int64_t at_ns, const char *line, size_t size)
{
    struct cli_transcript *transcript = ctx;
    struct exec_text *text = &transcript->text;
    text->size = 0;
    exec_put(text, "{");
    exec_put_name(text, "from", from_child ? "child" : "muster");
    if (at_ns >= 0)
        exec_put_int(text, "at", at_ns);
    put_line(text, line, size);
    exec_put(text, "}\n");
    if (!text->failed)
        (void)fwrite(text->bytes, 1, text->size, transcript->out);
}

struct cli_transcript *cli_transcript_open(const char *path, struct cli_target *target)
{
    struct cli_transcript *transcript = calloc(1, sizeof *transcript);
    FILE *out = transcript != NULL ? fopen(path, "w") : NULL;
    if (out == NULL) {
        (void)cli_fail(CLI_OUTPUT, "the transcript %s cannot be written: %s", path,
                       strerror(errno));
        free(transcript);
        return NULL;
    }
    *transcript = (struct cli_transcript){.out = out, .path = path};
    if (target != NULL)
        cli_transcript_follow(transcript, target);
    return transcript;
}

void cli_transcript_follow(struct cli_transcript *transcript, struct cli_target *target)
{
    transcript->target = target;
    exec_listen(target->child, hear, transcript);
}

int cli_transcript_close(struct cli_transcript *transcript)
{
    if (transcript == NULL)
        return CLI_PASS;
    if (transcript->target != NULL && transcript->target->child != NULL)
        exec_listen(transcript->target->child, NULL, NULL);
    bool well = ferror(transcript->out) == 0 && !transcript->text.failed;
    well = fclose(transcript->out) == 0 && well;
    int status =
        well ? CLI_PASS
             : cli_fail(CLI_OUTPUT, "the transcript %s could not be written", transcript->path);
    exec_text_free(&transcript->text);
    free(transcript);
    return status;
}
