/*
 * diff_pairs.c -- which scenarios `muster diff` looks at, and its pairs: each side run, then both compared, in processes of their own.
 *
 * This room is for: paths; batches of pairs; what becomes of a pair.
 * It may include:   POSIX, scenario.h, stop.h, runner.h; diff.h.
 * Never here:       running a scenario or reading a history in this process.
 *
 * A batch is some pairs: first all their sides run; a side that went wrong (a crash, a loop, too much memory) is run once more with
 * care, so that its history goes up to the event that it died of; then the pairs are compared, and reported in their order. Files
 * have no names: whatever happens to this process, they are gone with it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diff.h"
#include "rundir.h"
#include "scenario.h"
#include "stop.h"

#define SECOND INT64_C(1000000000)
enum { BATCH_MIN = 4 };

static char *copy_text(const char *text, size_t size)
{
    char *copy = malloc(size + 1);
    if (copy == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

/* ---- scenarios, as `muster check` takes them */

static void add_row(void *ctx, const char *name, const char *file)
{
    struct cli_diff *diff = ctx;
    for (size_t i = 0; i < diff->row_count; i++)
        if (strcmp(diff->rows[i].file, file) == 0)
            return; /* named twice */
    if ((diff->row_count & (diff->row_count - 1)) == 0) /* full at every power of two */
        diff->rows = realloc(diff->rows, (diff->row_count * 2 + 1) * sizeof *diff->rows);
    if (diff->rows == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    diff->rows[diff->row_count++] =
        (struct cli_diff_row){copy_text(name, strlen(name)), copy_text(file, strlen(file))};
}

int cli_diff_find_rows(struct cli_diff *diff, char **paths, size_t count)
{
    int status = count == 0 ? cli_scenario_gather(NULL, add_row, diff) : CLI_PASS;
    for (size_t i = 0; i < count && status == CLI_PASS; i++)
        status = cli_scenario_gather(paths[i], add_row, diff);
    return status;
}

/* ---- pairs */

static struct cli_diff_pair *new_pair(struct cli_diff *diff)
{
    if (diff->pair_count == diff->pair_room) {
        diff->pair_room = diff->pair_room * 2 + 64;
        diff->pairs = realloc(diff->pairs, diff->pair_room * sizeof *diff->pairs);
        if (diff->pairs == NULL)
            exit(cli_fail(CLI_MISSING, "out of memory"));
    }
    struct cli_diff_pair *pair = &diff->pairs[diff->pair_count++];
    *pair = (struct cli_diff_pair){.files = {-1, -1}, .outcome = CLI_DIFF_OPEN};
    return pair;
}

/* A file that nobody else can find. */
static int open_file(void)
{
    char path[PATH_MAX];
    int file = cli_rundir_temporary("diff", path);
    if (file >= 0)
        (void)unlink(path);
    return file;
}

static void close_files(struct cli_diff_pair *pair)
{
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
        if (pair->files[i] >= 0)
            (void)close(pair->files[i]);
        pair->files[i] = -1;
    }
}

static int open_files(struct cli_diff_pair *pair)
{
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++)
        if ((pair->files[i] = open_file()) < 0)
            return cli_fail(CLI_OUTPUT, "no file could be made for a history: %s; TMPDIR may name another place",
                            strerror(errno));
    return CLI_PASS;
}

/* ---- passes over a batch */

struct pass {
    struct cli_diff *diff;
    size_t first, count, next; /* pairs of the batch; next: side or pair, by the pass */
    bool careful, stories;     /* stories: of the pass that compares, whether there is one to be told */
    bool to_the_end;           /* what ran is compared even when somebody has asked to stop: that is what was found */
};

static struct cli_diff_pair *pair_of(const struct pass *pass, uint64_t ticket)
{
    return &pass->diff->pairs[pass->first + ticket / CLI_DIFF_SIDES];
}

/* A side is run when it was not, or with care when it went wrong. */
static bool next_side(void *ctx, uint64_t *ticket)
{
    struct pass *pass = ctx;
    for (; pass->next < CLI_DIFF_SIDES * pass->count; pass->next++) {
        struct cli_diff_pair *pair = pair_of(pass, pass->next);
        unsigned side = pass->next % CLI_DIFF_SIDES;
        if (pass->careful && pair->word[side] == NULL)
            continue;
        pair->careful[side] = pass->careful;
        *ticket = pass->next++;
        return true;
    }
    return false;
}

/* A core gone wild may write into whatever is open: only its own history is. */
static void close_other_files(const struct pass *pass, uint64_t ticket)
{
    for (uint64_t other = 0; other < CLI_DIFF_SIDES * pass->count; other++)
        if (other != ticket && pair_of(pass, other)->files[other % CLI_DIFF_SIDES] >= 0)
            (void)close(pair_of(pass, other)->files[other % CLI_DIFF_SIDES]);
}

static void work_side(void *ctx, uint64_t ticket, struct cli_pen *pen)
{
    const struct pass *pass = ctx;
    close_other_files(pass, ticket);
    cli_diff_case_side(pass->diff, pair_of(pass, ticket), ticket % CLI_DIFF_SIDES, pen);
}

static const char *without_name(const char *sentence)
{
    static const char name[] = "muster: ";
    return strncmp(sentence, name, sizeof name - 1) == 0 ? sentence + sizeof name - 1 : sentence;
}

static bool has_bytes(int file)
{
    struct stat info;
    return fstat(file, &info) == 0 && info.st_size > 0;
}

static void side_done(void *ctx, const struct cli_runner_report *report)
{
    struct pass *pass = ctx;
    struct cli_diff_pair *pair = pair_of(pass, report->ticket);
    unsigned side = report->ticket % CLI_DIFF_SIDES;
    struct cli_diff_ran ran = {.status = CLI_PASS};
    if (report->end == CLI_RUNNER_STOPPED)
        return;
    bool well = report->end == CLI_RUNNER_RESULT && report->size == sizeof ran;
    if (well)
        memcpy(&ran, report->result, sizeof ran);
    if (pass->careful && well && ran.status == CLI_PASS) { /* what went wrong does not come again */
        snprintf(pair->said[side], CLI_DIFF_SAID_MAX, "%s", "it went wrong once, and when it was run again it did not");
        return;
    }
    pair->ran[side] = true;
    pair->began[side] = well ? ran.began != 0 : has_bytes(pair->files[side]);
    snprintf(pair->said[side], CLI_DIFF_SAID_MAX, "%s", without_name(report->sentence));
    if (!well)
        pair->word[side] = cli_runner_end_text(report->end == CLI_RUNNER_RESULT ? CLI_RUNNER_GARBAGE : report->end);
    else if (ran.status != CLI_PASS && ran.began != 0 && ran.status != CLI_OUTPUT)
        pair->word[side] = "failed";
    else if (ran.status != CLI_PASS)
        pair->status = cli_worse(pair->status, ran.status);
    if (well && ran.status != CLI_PASS && pair->word[side] == NULL && pair->wrong[0] == '\0')
        snprintf(pair->wrong, sizeof pair->wrong, "%c: %.300s", "AB"[side], pair->said[side]);
}

static bool can_be_compared(const struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    return diff->runs || (pair->status == CLI_PASS && pair->ran[0] && pair->ran[1] && pair->began[0] && pair->began[1]);
}

static bool next_pair(void *ctx, uint64_t *ticket)
{
    struct pass *pass = ctx;
    for (; pass->next < pass->count; pass->next++)
        if (can_be_compared(pass->diff, &pass->diff->pairs[pass->first + pass->next])) {
            *ticket = CLI_DIFF_SIDES * pass->next++;
            return true;
        }
    return false;
}

static void work_pair(void *ctx, uint64_t ticket, struct cli_pen *pen)
{
    const struct pass *pass = ctx;
    cli_diff_case_compare(pass->diff, pair_of(pass, ticket), pass->stories, pen);
}

static void pair_done(void *ctx, const struct cli_runner_report *report)
{
    struct pass *pass = ctx;
    struct cli_diff_pair *pair = pair_of(pass, report->ticket);
    struct cli_diff_found head;
    if (report->end == CLI_RUNNER_STOPPED)
        return;
    pair->compared = true;
    if (report->end != CLI_RUNNER_RESULT || report->size < sizeof head) {
        pair->status = report->end == CLI_RUNNER_MEMORY || report->end == CLI_RUNNER_TIMEOUT ? CLI_MISSING : CLI_BUG;
        snprintf(pair->wrong, sizeof pair->wrong, "comparing the histories %.280s", report->sentence);
        return;
    }
    memcpy(&head, report->result, sizeof head);
    if (head.status == CLI_INPUT && !pass->diff->runs && head.side < CLI_DIFF_SIDES) {
        /* We wrote it, and it is wrong now: the core that ran in that process has had its hands on it. */
        pair->unread[head.side] = true;
        if (pair->word[head.side] == NULL)
            pair->word[head.side] = cli_runner_end_text(CLI_RUNNER_GARBAGE);
        return;
    }
    if (head.status != CLI_PASS) {
        pair->status = head.status;
        snprintf(pair->wrong, sizeof pair->wrong, "%s", without_name(report->sentence));
        return;
    }
    const char *text = (const char *)report->result + sizeof head;
    pair->found = (struct cli_diff_found *)(void *)copy_text(report->result, sizeof head);
    if (head.decision_size > 0)
        pair->decision = copy_text(text, head.decision_size);
    if (head.story_size > 0)
        pair->story = copy_text(text + head.decision_size, head.story_size);
}

static void show_progress(struct cli_diff *diff)
{
    int64_t now = cli_runner_clock_ns(), spent = now - diff->began_ns;
    int64_t silent = diff->progress_terminal ? SECOND : 10 * SECOND, every = diff->progress_terminal ? SECOND / 10 : 30 * SECOND;
    uint64_t over = diff->of[CLI_DIFF_SAME] + diff->of[CLI_DIFF_DIFFERS] + diff->of[CLI_DIFF_UNKNOWN] + diff->of[CLI_DIFF_WRONG];
    if (diff->quiet || spent < silent || (diff->shown_ns != 0 && now - diff->shown_ns < every))
        return;
    diff->shown_ns = now;
    fprintf(stderr, "%scomparing: %" PRIu64 " of %zu pairs, %" PRIu64 " differ", diff->progress_terminal ? "\r" : "muster: ", over,
            diff->pair_total, diff->of[CLI_DIFF_DIFFERS]);
    if (over > 0)
        fprintf(stderr, ", %" PRId64 " s left", (int64_t)((double)spent / 1e9 / (double)over * (double)(diff->pair_total - over)));
    fputs(diff->progress_terminal ? "\033[K" : "\n", stderr);
}

static void hide_progress(struct cli_diff *diff)
{
    if (diff->shown_ns != 0 && diff->progress_terminal)
        fputs("\r\033[K", stderr);
}

static bool go_on(void *ctx)
{
    struct pass *pass = ctx;
    show_progress(pass->diff);
    pass->diff->interrupted |= cli_stop_asked();
    return pass->to_the_end || !pass->diff->interrupted;
}

static bool run_pass(struct pass *pass, const struct cli_runner *what)
{
    struct cli_runner runner = *what;
    pass->next = 0;
    runner.ctx = pass;
    runner.go_on = go_on;
    runner.workers = (unsigned)pass->diff->workers;
    runner.time_ns = pass->diff->timeout_ns;
    runner.memory_bytes = pass->diff->memory_bytes;
    return (pass->diff->interrupted && !pass->to_the_end) || cli_runner_run(&runner);
}

/* ---- what became of a pair */

static bool has_changed(const struct cli_diff_pair *pair)
{
    bool changed = cli_diff_verdict_changed(pair);
    for (unsigned row = 0; row < REP_TALLY_ROWS; row++)
        changed |= cli_diff_row_changed(pair, row);
    return changed;
}

static enum cli_diff_outcome outcome_of(const struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    bool died[CLI_DIFF_SIDES] = {pair->word[0] != NULL, pair->word[1] != NULL};
    const struct cli_diff_found *found = pair->found;
    if (pair->status != CLI_PASS)
        return CLI_DIFF_WRONG;
    if (!diff->runs && (!pair->ran[0] || !pair->ran[1]))
        return CLI_DIFF_OPEN;
    if (!diff->runs && (!pair->began[0] || !pair->began[1])) /* it died before its first record */
        return died[0] && died[1] && pair->began[0] == pair->began[1] ? CLI_DIFF_UNKNOWN : CLI_DIFF_DIFFERS;
    if (pair->unread[0] || pair->unread[1])
        return died[0] && died[1] ? CLI_DIFF_UNKNOWN : CLI_DIFF_DIFFERS;
    if (!pair->compared || found == NULL)
        return CLI_DIFF_OPEN;
    if (found->found || died[0] != died[1] || ((died[0] || died[1]) && found->has[0] != found->has[1]))
        return CLI_DIFF_DIFFERS;
    if (found->cut[0] || found->cut[1])
        return CLI_DIFF_UNKNOWN;
    return has_changed(pair) ? CLI_DIFF_DIFFERS : CLI_DIFF_SAME;
}

static int status_of(const struct cli_diff_pair *pair)
{
    switch (pair->outcome) {
    case CLI_DIFF_DIFFERS:
        return CLI_SAFETY; /* 1, as diff(1) has it */
    case CLI_DIFF_UNKNOWN:
        return CLI_UNKNOWN;
    case CLI_DIFF_WRONG:
        return pair->status;
    case CLI_DIFF_SAME:
    case CLI_DIFF_OPEN:
        break;
    }
    return CLI_PASS;
}

/* Over pairs whose both sides came to their ends: what a dead side did not do is no saving. */
static void add_up(struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    const struct cli_diff_found *found = pair->found;
    if (found == NULL || pair->word[0] != NULL || pair->word[1] != NULL)
        return;
    diff->summed++;
    for (unsigned row = 0; row < REP_TALLY_ROWS; row++)
        for (unsigned i = 0; i < CLI_DIFF_SIDES; i++)
            if (found->tally[0][row] >= 0 && found->tally[1][row] >= 0 && diff->sum[i][row] < INT64_MAX - found->tally[i][row])
                diff->sum[i][row] += found->tally[i][row];
}

static void settle(struct cli_diff *diff, struct cli_diff_pair *pair)
{
    pair->outcome = outcome_of(diff, pair);
    diff->of[pair->outcome]++;
    add_up(diff, pair);
    diff->said_alone += pair->outcome == CLI_DIFF_SAME && pair->found->said;
    diff->status = cli_worse(diff->status, status_of(pair));
    close_files(pair);
    if (pair->outcome == CLI_DIFF_WRONG) {
        hide_progress(diff);
        (void)cli_fail((enum cli_exit)pair->status, "%s%s%s", pair->name != NULL ? pair->name : "",
                       pair->name != NULL ? ": " : "", pair->wrong);
    }
}

static void forget_texts(struct cli_diff_pair *pair)
{
    free(pair->decision);
    free(pair->story);
    pair->decision = pair->story = NULL;
}

static int run_batch(struct cli_diff *diff, size_t first)
{
    static const struct cli_runner sides = {.next = next_side, .work = work_side, .done = side_done},
                                   compares = {.next = next_pair, .work = work_pair, .done = pair_done};
    struct pass pass = {.diff = diff, .first = first, .count = diff->pair_count - first};
    if (!diff->runs && !run_pass(&pass, &sides))
        return CLI_MISSING;
    pass.careful = true;
    if (!diff->runs && !run_pass(&pass, &sides))
        return CLI_MISSING;
    pass.stories = diff->stories_told < diff->stories;
    pass.to_the_end = !diff->runs;
    if (!run_pass(&pass, &compares))
        return CLI_MISSING;
    for (size_t i = first; i < diff->pair_count; i++) {
        settle(diff, &diff->pairs[i]);
        hide_progress(diff);
        cli_diff_report_pair(diff, &diff->pairs[i]);
        forget_texts(&diff->pairs[i]); /* what was told, and what will not be */
        if (diff->pairs[i].outcome == CLI_DIFF_SAME && !diff->all) {
            free(diff->pairs[i].found);
            diff->pairs[i].found = NULL;
        }
    }
    (void)fflush(stdout);
    return CLI_PASS;
}

static int run_two(struct cli_diff *diff)
{
    diff->pair_total = 1;
    (void)new_pair(diff);
    return run_batch(diff, 0);
}

int cli_diff_run_pairs(struct cli_diff *diff)
{
    size_t most = diff->workers * 2 < BATCH_MIN ? BATCH_MIN : diff->workers * 2;
    int status = CLI_PASS;
    diff->began_ns = cli_runner_clock_ns();
    diff->progress_terminal = isatty(STDERR_FILENO) == 1;
    if (diff->runs)
        return run_two(diff);
    most = most < CLI_DIFF_BATCH_MAX ? most : CLI_DIFF_BATCH_MAX;
    diff->pair_total = diff->row_count * diff->seed_count;
    for (size_t i = 0; i < diff->pair_total && !diff->interrupted && status == CLI_PASS;) {
        size_t first = diff->pair_count;
        for (; i < diff->pair_total && diff->pair_count - first < most && status == CLI_PASS; i++) {
            struct cli_diff_pair *pair = new_pair(diff);
            pair->name = diff->rows[i / diff->seed_count].name;
            pair->file = diff->rows[i / diff->seed_count].file;
            pair->seed = diff->seeds[i % diff->seed_count];
            status = open_files(pair);
        }
        if (status == CLI_PASS)
            status = run_batch(diff, first);
    }
    return status;
}

void cli_diff_free(struct cli_diff *diff)
{
    for (size_t i = 0; i < diff->pair_count; i++) {
        close_files(&diff->pairs[i]);
        forget_texts(&diff->pairs[i]);
        free(diff->pairs[i].found);
    }
    for (size_t i = 0; i < diff->row_count; i++) {
        free(diff->rows[i].name);
        free(diff->rows[i].file);
    }
    for (size_t i = 0; i < diff->owned_count; i++)
        free(diff->owned[i]);
    free(diff->pairs);
    free(diff->rows);
    free(diff->seeds);
}
