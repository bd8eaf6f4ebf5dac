/*
 * history.c -- loads histories and has them judged.
 *
 * This room is for: trace files into memory; the judge's memory; the oracles' findings as rows for
 *                   reports.
 * It may include:   trace, plan, conf, rep; cli.h.
 * Never here:       the simulator and the core: what is judged may come from anywhere.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "block.h"
#include "cli.h"
#include "history.h"
#include "policy.h"
#include "rundir.h"

enum { BATCH = 1024 };

static int trace_failed(const struct cli_history *history, const struct trace_err *err)
{
    switch (err->code) {
    case TRACE_E_TRUNCATED:
        return cli_fail(CLI_INPUT,
                        "%s has no closing record: what is there can be judged with --partial",
                        history->path);
    case TRACE_E_MEMORY:
        return cli_fail(CLI_MISSING, "%s does not fit into memory", history->path);
    case TRACE_OK:
    case TRACE_E_IO:
    case TRACE_E_FORMAT:
    case TRACE_E_CHAIN:
        break;
    }
    return cli_fail(CLI_INPUT, "%s: %s", history->path,
                    err->detail[0] != '\0' ? err->detail : trace_status_text(err->code));
}

static int read_plan(struct cli_history *history)
{
    const char *text = history->header->plan_text;
    struct plan_err err = {.detail = ""};
    if (plan_read_text(text, strlen(text), &history->own_plan, &err) != PLAN_OK)
        return cli_fail(err.code == PLAN_E_MEMORY ? CLI_MISSING : CLI_INPUT,
                        "%s: the plan in its header, line %u: %s", history->path,
                        (unsigned)err.line, err.detail);
    history->plan = history->own_plan;
    return CLI_PASS;
}

/* A run's directory stands for the history in it. */
static char *history_path(const char *given)
{
    struct stat info;
    bool directory = stat(given, &info) == 0 && S_ISDIR(info.st_mode);
    const char *name = cli_file_name(CLI_FILE_HISTORY);
    size_t size = strlen(given) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s%s", given, directory ? "/" : "", directory ? name : "");
    return path;
}

/* What somebody who gives no history most likely wanted. */
static int is_no_history(const char *given, const char *path)
{
    size_t length = strlen(given);
    if (length > 4 && strcmp(given + length - 4, ".lua") == 0)
        return cli_fail(CLI_INPUT, "%s is a scenario, not a run; to make one of it: %s run %s", given,
                        cli_program(), given);
    if (access(path, F_OK) != 0)
        return cli_fail(CLI_INPUT, "there is no %s; a run is a directory that '%s run FILE.lua' makes, such as muster-out/latest",
                        path, cli_program());
    return CLI_PASS;
}

int cli_history_open(struct cli_history *history, const char *path, const struct plan *plan,
                     bool partial)
{
    struct trace_err err = {.detail = ""};
    *history = (struct cli_history){
        .path = history_path(path), .plan = plan, .partial = partial, .shared = rep_shared_new()};
    int status = history->path != NULL ? is_no_history(path, history->path)
                                       : cli_fail(CLI_MISSING, "out of memory");
    if (status == CLI_PASS &&
        trace_reader_open(history->path, &history->reader, &err) != TRACE_OK)
        status = trace_failed(history, &err);
    if (status == CLI_PASS) {
        history->header = trace_reader_header(history->reader);
        status = plan == NULL ? read_plan(history) : CLI_PASS;
    }
    if (status != CLI_PASS)
        cli_history_free(history);
    return status;
}

void cli_history_free(struct cli_history *history)
{
    rep_shared_free(history->shared);
    free(history->records);
    plan_free(history->own_plan);
    trace_reader_close(history->reader);
    free(history->path);
    memset(history, 0, sizeof *history);
}

int cli_history_next(struct cli_history *history, struct trace_record *records, size_t max,
                     size_t *count)
{
    struct trace_err err = {.detail = ""};
    *count = 0;
    enum trace_status status = trace_reader_next(history->reader, records, max, count, &err);
    history->total += *count;
    history->chain = trace_reader_chain(history->reader);
    if (*count > 0)
        history->complete = records[*count - 1].kind == TRACE_END;
    if (status == TRACE_OK || (status == TRACE_E_TRUNCATED && history->partial))
        return CLI_PASS;
    return trace_failed(history, &err);
}

void cli_history_expect(struct cli_history *history, uint64_t records, void *memory, size_t bytes)
{
    uint64_t room = records + BATCH, most = UINT64_C(1) << 40; /* a batch is read at a time, the last one too */
    size_t wanted = room < most ? room * sizeof *history->records : 0;
    assert(history->records == NULL);
    if (memory != NULL && (bytes < wanted || bytes / 2 > wanted)) {
        free(memory);
        memory = NULL;
    }
    if (memory == NULL && wanted > 0)
        memory = malloc(wanted); /* no large pages: they are written once, in order, and clearing those costs more than they save */
    history->records = memory; /* NULL: it is tried with less */
    history->room = memory != NULL ? room : 0;
}

/* Where the next batch goes: behind the records that are kept, or nowhere in particular. NULL when
 * out of memory. */
static struct trace_record *place_for(struct cli_history *history, uint64_t keep,
                                      struct trace_record *scratch)
{
    if (history->kept >= keep)
        return scratch;
    if (history->room - history->kept < BATCH) {
        uint64_t wanted = history->room == 0 ? 4 * BATCH : history->room * 2;
        struct trace_record *grown = realloc(history->records, wanted * sizeof *grown);
        if (grown == NULL)
            return NULL;
        history->records = grown;
        history->room = wanted;
    }
    return history->records + history->kept;
}

static void say_how_far(struct cli_progress *progress, const struct cli_history *history,
                        const struct trace_record *records, size_t count)
{
    cli_progress_feed(progress, records, count);
    cli_progress_show(progress, records[count - 1].at_ns, history->total);
}

int cli_history_read(struct cli_history *history, uint64_t keep, struct cli_judge *judge,
                     struct cli_progress *progress)
{
    struct trace_record scratch[BATCH];
    for (;;) {
        size_t count = 0;
        uint64_t first = history->total + 1;
        struct trace_record *place = place_for(history, keep, scratch);
        if (place == NULL)
            return cli_fail(CLI_MISSING, "%s does not fit into memory: %llu records so far",
                            history->path, (unsigned long long)history->total);
        int status = cli_history_next(history, place, BATCH, &count);
        if (status != CLI_PASS || count == 0)
            return status;
        if (place != scratch)
            history->kept = history->kept + count < keep ? history->kept + count : keep;
        if (judge != NULL)
            cli_judge_feed(judge, place, count, first);
        if (progress != NULL)
            say_how_far(progress, history, place, count);
    }
}

struct cli_judge {
    struct conf_judge *conf;
    void *memory;
    size_t size;
};

void cli_keep(struct cli_kept *kept, const struct trace_record *records, size_t count)
{
    if (kept->count + count > CLI_KEPT_MAX)
        return;
    if (kept->count + count > kept->room) {
        uint64_t room = 2 * (kept->count + count);
        struct trace_record *grown = realloc(kept->records, room * sizeof *grown);
        if (grown == NULL)
            return;
        kept->records = grown;
        kept->room = room;
    }
    memcpy(kept->records + kept->count, records, count * sizeof *records);
    kept->count += count;
}

struct cli_judge *cli_judge_new(const struct plan *plan, const struct trace_header *header,
                                bool partial)
{
    size_t size = conf_size(plan);
    struct cli_judge *judge = malloc(sizeof *judge);
    void *memory = cli_block(size);
    if (judge == NULL || memory == NULL) {
        free(memory);
        free(judge);
        (void)cli_fail(CLI_MISSING, "the oracles do not fit into memory");
        return NULL;
    }
    struct conf_options options = {.observes = header->observes,
                                   .two_phase = cli_policy_two_phase(header->policy),
                                   .by_instant = strncmp(header->target, "exec:", 5) == 0,
                                   .partial = partial};
    *judge = (struct cli_judge){.conf = conf_init(memory, size, plan, &options), .memory = memory, .size = size};
    return judge;
}

void cli_judge_feed(struct cli_judge *judge, const struct trace_record *records, size_t count,
                    uint64_t first)
{
    conf_feed(judge->conf, records, count, first);
}

void cli_judge_finish(struct cli_judge *judge, struct cli_verdict *verdict)
{
    memset(verdict, 0, sizeof *verdict);
    const struct conf_verdict *conf = &verdict->conf;
    conf_finish(judge->conf, &verdict->conf);
    for (unsigned i = 0; i < CONF_ORACLE_COUNT; i++)
        verdict->checks[i] = (struct rep_check){.name = conf_oracle_text(i),
                                                .doc = conf_oracle_doc(i),
                                                .outcome = conf->oracle[i],
                                                .violations = conf->violations[i]};
    for (unsigned i = 0; i < conf->finding_count; i++) {
        const struct conf_finding *found = &conf->findings[i];
        verdict->findings[i] = (struct rep_finding){.oracle = conf_oracle_text(found->oracle),
                                                    .rule = found->rule,
                                                    .sentence = found->sentence,
                                                    .outcome = found->outcome,
                                                    .record = found->record,
                                                    .at_ns = found->at_ns};
    }
    verdict->rep = (struct rep_verdict){.outcome = conf->outcome,
                                        .exit_status = conf->exit_status,
                                        .check_count = CONF_ORACLE_COUNT,
                                        .checks = verdict->checks,
                                        .finding_count = conf->finding_count,
                                        .findings = verdict->findings};
}
_Static_assert((int)CONF_PASS == (int)REP_PASS && (int)CONF_FAIL == (int)REP_FAIL &&
                   (int)CONF_UNKNOWN == (int)REP_UNKNOWN,
               "an outcome has the same number for judges and reports");

bool cli_judge_failed(const struct cli_judge *judge) { return conf_failed(judge->conf); }

/* A judge has nothing but offsets in its block, so that a copy of it is one, too. */
bool cli_judge_peek(const struct cli_judge *judge, struct cli_verdict *verdict)
{
    struct cli_judge copy = {.memory = cli_block(judge->size), .size = judge->size};
    if (copy.memory == NULL)
        return false;
    memcpy(copy.memory, judge->memory, judge->size);
    copy.conf = (struct conf_judge *)((unsigned char *)copy.memory + ((unsigned char *)judge->conf - (unsigned char *)judge->memory));
    cli_judge_finish(&copy, verdict);
    free(copy.memory);
    return true;
}

void cli_judge_free(struct cli_judge *judge)
{
    if (judge == NULL)
        return;
    free(judge->memory);
    free(judge);
}

int cli_history_judge(struct cli_history *history, uint64_t keep, struct cli_progress *progress,
                      struct cli_verdict *verdict)
{
    struct cli_judge *judge = cli_judge_new(history->plan, history->header, history->partial);
    if (judge == NULL)
        return CLI_MISSING;
    int status = cli_history_read(history, keep, judge, progress);
    if (status == CLI_PASS)
        cli_judge_finish(judge, verdict);
    cli_judge_free(judge);
    return status;
}

struct rep_run cli_history_run(const struct cli_history *history, const struct cli_verdict *verdict,
                               const char *scenario, const char *replay)
{
    return (struct rep_run){.plan = history->plan,
                            .header = history->header,
                            .records = history->records,
                            .record_count = history->kept,
                            .chain = history->chain,
                            .verdict = &verdict->rep,
                            .scenario = scenario,
                            .replay = replay,
                            .shared = history->shared};
}

/* Quotes a word for a POSIX shell when it needs it; returns the end. */
static char *put_word(char *out, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    *out++ = ' ';
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        size_t length = strlen(word);
        memcpy(out, word, length);
        return out + length;
    }
    *out++ = '\'';
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            memcpy(out, "'\\''", 4);
            out += 4;
        } else {
            *out++ = *word;
        }
    }
    *out++ = '\'';
    return out;
}

char *cli_command_line(const char *command, const char *const *words, size_t count)
{
    size_t size = strlen(cli_program()) + strlen(command) + 3;
    for (size_t i = 0; i < count; i++)
        size += 4 * strlen(words[i]) + 3;
    char *line = malloc(size);
    if (line == NULL)
        return NULL;
    char *end = line + sprintf(line, "%s %s", cli_program(), command);
    for (size_t i = 0; i < count; i++)
        end = put_word(end, words[i]);
    *end = '\0';
    return line;
}
