/*
 * story.c -- the run told in one line a decision, with its reason and its operands.
 *
 * This room is for: story.txt as a whole: its memory, both tellings, the cut.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       judging. What an oracle found is told where it happened, in its own words.
 *
 * The rest of it: one telling of all records (story_tell.c), a gang's tale and its folds (story_gang.c), the open line
 * (story_open.c), what the world did (story_world.c), stamps and actors (story_line.c).
 *
 * How it folds:
 *   - Records that follow each other and belong to one decision are one line, the open line: a plan
 * and its reservations, the groups of a go, a fence with its kills. Records that tell nothing by
 * themselves (deliveries, acknowledgements, checkpoints) are counted and leave the open line open.
 *   - Of a gang's rounds the first of an attempt is told, and one whose skew is more than four
 * times the worst before; the others wait in the gang's fold until the gang has something else to
 * tell. So a story grows with the number of things that went differently, not with the number of
 * records.
 *
 * The cut: told twice, first only counting lines; then the first lines, those around the first
 * finding, and the last.
 *
 * Invariants: the line of a record is numbered the same in both tellings; a line's time never
 * precedes the line before (folds are told at the time of what ended them, and say in words from
 * when to when they lasted).
 */
#include "story.h"

#include "shared.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct trace_record *rep_story_record(const struct story *s, uint64_t number)
{
    return number >= 1 && number <= s->run->record_count ? &s->run->records[number - 1] : NULL;
}

/* ---- the cut */

/* Of `total` lines at most `most`, announcements included: the first quarter, the last, and the
 * middle around the first finding; without a finding, two halves. */
static void choose_lines(struct story *s, uint64_t total, uint64_t most)
{
    s->shown_count = 1;
    s->shown[0][0] = 0;
    s->shown[0][1] = total;
    if (most == 0 || total <= most)
        return;
    uint64_t room = s->focus == UINT64_MAX ? most - 1 : most > 2 ? most - 2 : 0;
    uint64_t head = s->focus == UINT64_MAX ? room / 2 : room / 4,
             tail = s->focus == UINT64_MAX ? room - head : head;
    uint64_t middle = room - head - tail, low = 0;
    if (s->focus != UINT64_MAX)
        low = s->focus > middle / 2 ? s->focus - middle / 2 : 0;
    low = low < head ? head : low;
    low = low > total - tail - middle ? total - tail - middle : low;
    const uint64_t parts[3][2] = {{0, head}, {low, low + middle}, {total - tail, total}};
    memcpy(s->shown, parts, sizeof parts);
    s->shown_count = 3;
}

/* ---- both tellings */

static int by_record(const void *left, const void *right)
{
    const struct rep_finding *a = *(const struct rep_finding *const *)left,
                             *b = *(const struct rep_finding *const *)right;
    uint64_t x = a->record - 1, y = b->record - 1; /* 0, the end, becomes the last */
    return x != y ? (x < y ? -1 : 1) : a < b ? -1 : a > b;
}

static void reset(struct story *s)
{
    memset(s->tales, 0, s->plan->stage_count * sizeof *s->tales);
    memset(s->set, 0, (s->plan->executor_count / 64 + 1) * sizeof *s->set);
    memset(&s->open, 0, sizeof s->open);
    for (uint32_t i = 0; i < s->plan->stage_count; i++)
        s->tales[i].first_arrival_ns = s->tales[i].planned_ns = s->tales[i].fenced_ns = PLAN_NEVER;
    s->lost_executor = TRACE_NONE;
    s->lost_cause = UINT64_MAX;
    s->lost_ns = -1;
    s->finding_next = 0;
    s->line = s->shown_to = 0;
    s->focus = UINT64_MAX;
    s->focus_failed = false;
}

static bool story_memory(struct story *s, struct rep_err *err)
{
    const struct rep_verdict *v = s->run->verdict;
    s->finding_count = v != NULL ? v->finding_count : 0;
    s->tales = rep_alloc(s->plan->stage_count, sizeof *s->tales, err);
    s->set = rep_alloc(s->plan->executor_count / 64 + 1, sizeof *s->set, err);
    s->findings = rep_alloc(s->finding_count, sizeof *s->findings, err);
    if (s->tales == NULL || s->set == NULL || s->findings == NULL)
        return false;
    for (uint32_t i = 0; i < s->finding_count; i++)
        s->findings[i] = &v->findings[i];
    qsort(s->findings, s->finding_count, sizeof *s->findings, by_record);
    return true;
}

/* A short run is told to the microsecond, so that messages do not seem to take no time. */
static void lay_stamps(struct story *s, int64_t end_ns)
{
    s->decimals = end_ns < 10 * PLAN_SECOND ? 6 : 3;
    s->seconds_width = 4;
    uint32_t digits = 1;
    for (int64_t rest = end_ns / PLAN_SECOND; rest >= 10; rest /= 10)
        digits++;
    s->seconds_width = digits > s->seconds_width ? digits : s->seconds_width;
}

/* How many lines there are, and where the first finding is: the first telling, which says nothing. */
static uint64_t count_lines(struct story *s)
{
    uint64_t lines;
    if (rep_story_known(s->run, &lines, &s->focus))
        return lines;
    reset(s);
    rep_story_tell(s);
    rep_story_learn(s->run, s->line, s->focus);
    return s->line;
}

enum rep_status rep_story(const struct rep_run *run, FILE *out, uint64_t max_lines,
                          struct rep_err *err)
{
    struct story s = {.run = run, .plan = run->plan};
    char room[REP_SINK_BYTES];
    struct rep_sink sink = rep_sink_on(out, room, sizeof room);
    enum rep_status status = REP_E_MEMORY;
    rep_begin(err);
    lay_stamps(&s, rep_end_ns(run));
    if (!story_memory(&s, err))
        goto out;
    uint64_t total = max_lines > 0 ? count_lines(&s) : UINT64_MAX;
    choose_lines(&s, total, max_lines);
    reset(&s);
    s.out = &sink;
    rep_story_tell(&s);
    if (max_lines > 0)
        rep_line_left_out(&s, s.line);
    assert(max_lines == 0 || s.line == total);
    rep_sink_flush(&sink);
    status = rep_finish(out, err);
out:
    free(s.tales);
    free(s.set);
    free(s.findings);
    return status;
}

enum rep_status rep_story_around(const struct rep_run *run, uint64_t number, uint64_t before,
                                 uint64_t after, int64_t end_ns, uint64_t *told, FILE *out,
                                 struct rep_err *err)
{
    struct story s = {.run = run, .plan = run->plan, .split = number};
    char room[REP_SINK_BYTES];
    struct rep_sink sink = rep_sink_on(out, room, sizeof room);
    enum rep_status status = REP_E_MEMORY;
    rep_begin(err);
    lay_stamps(&s, end_ns);
    if (!story_memory(&s, err))
        goto out;
    reset(&s);
    rep_story_tell(&s);
    *told = s.split_line;
    s.shown_count = 1;
    s.shown[0][0] = s.split_line > before ? s.split_line - before : 0;
    s.shown[0][1] = s.split_line + after;
    reset(&s);
    s.shown_to = s.shown[0][0]; /* what was left out is the caller's to say */
    s.out = &sink;
    rep_story_tell(&s);
    rep_sink_flush(&sink);
    status = rep_finish(out, err);
out:
    free(s.tales);
    free(s.set);
    free(s.findings);
    return status;
}
