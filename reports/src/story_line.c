/*
 * story_line.c -- one line of the story: its stamp, its actor, whom it speaks of.
 *
 * This room is for: story*.c.
 * It may include:   story.h, the C library.
 * Never here:       what a record means.
 */
#include "story.h"

#include <inttypes.h>
#include <string.h>

enum { ACTOR_WIDTH = 9 };

/* ---- lines */

void rep_line_left_out(struct story *s, uint64_t to)
{
    if (to > s->shown_to)
        rep_add_format(s->out, "%*s ... %" PRIu64 " line%s left out ...\n",
                (int)(s->seconds_width + s->decimals + 4), "", to - s->shown_to,
                to - s->shown_to == 1 ? "" : "s");
    s->shown_to = to;
}

static void put_spaces(struct rep_sink *out, size_t count)
{
    static const char spaces[] = "                ";
    for (size_t n; count > 0; count -= n) {
        n = count < sizeof spaces - 1 ? count : sizeof spaces - 1;
        rep_add_bytes(out, spaces, n);
    }
}

/* Begins a line; NULL if it is not to be shown. Whoever gets a stream ends the line with '\n'. */
struct rep_sink *rep_line(struct story *s, int64_t at_ns, const char *actor)
{
    uint64_t line = s->line++;
    bool shown = false;
    for (uint32_t i = 0; i < s->shown_count; i++)
        shown |= line >= s->shown[i][0] && line < s->shown[i][1];
    if (s->out == NULL || !shown)
        return NULL;
    rep_line_left_out(s, line);
    s->shown_to = line + 1;
    uint32_t digits = 1;
    for (int64_t rest = at_ns / PLAN_SECOND; rest >= 10; rest /= 10)
        digits++;
    size_t width = strlen(actor);
    rep_add_char(s->out, '[');
    put_spaces(s->out, s->seconds_width > digits ? s->seconds_width - digits : 0);
    rep_add_fixed(s->out, at_ns, s->decimals);
    rep_add(s->out, "s] ");
    rep_add_bytes(s->out, actor, width);
    put_spaces(s->out, width < ACTOR_WIDTH ? ACTOR_WIDTH - width + 1 : 1);
    return s->out;
}

struct rep_sink *rep_line_of_executor(struct story *s, int64_t at_ns, uint32_t executor)
{
    char actor[24];
    snprintf(actor, sizeof actor, "exec %" PRIu32, executor);
    return rep_line(s, at_ns, actor);
}

void rep_line_who(struct story *s, struct rep_sink *out, uint32_t job, uint32_t stage, uint32_t attempt)
{
    uint32_t gang = rep_gang(s->plan, job, stage);
    if (gang == PLAN_NONE) {
        rep_add(out, "job ");
        rep_add_job(out, REP_NAME, s->plan, job);
        return;
    }
    bool barrier = rep_is_barrier(s->plan, gang);
    rep_add(out, barrier ? "gang " : "stage ");
    rep_add_gang(out, REP_NAME, s->plan, job, stage);
    if (!barrier || attempt == TRACE_NONE)
        return;
    rep_add_char(out, '#');
    rep_add_wide(out, attempt);
}

void rep_line_count(struct rep_sink *out, uint64_t count, const char *noun)
{
    rep_add_wide(out, count);
    rep_add_char(out, ' ');
    rep_add(out, noun);
    rep_add(out, count == 1 ? "" : "s");
}

/* "needs 6, there are 4", where a reason carries them. */
void rep_line_operands(struct rep_sink *out, int64_t needed, uint32_t there)
{
    if (there != TRACE_NONE && (needed != 0 || there != 0))
        rep_add_format(out, " (needed %" PRId64 ", there: %" PRIu32 ")", needed, there);
    else if (needed != 0)
        rep_add_format(out, " (%" PRId64 ")", needed);
}

/* ---- the open line's executors */

void rep_line_add(struct story *s, uint32_t executor)
{
    struct open_line *o = &s->open;
    if (executor >= s->plan->executor_count)
        return;
    uint64_t bit = UINT64_C(1) << executor % 64;
    if (s->set[executor / 64] & bit)
        return;
    s->set[executor / 64] |= bit;
    o->lo = o->executors == 0 || executor < o->lo ? executor : o->lo;
    o->hi = o->executors == 0 || executor > o->hi ? executor : o->hi;
    o->executors++;
}

static bool set_has(const struct story *s, uint32_t executor)
{
    return s->set[executor / 64] >> executor % 64 & 1;
}

void rep_line_clear(struct story *s)
{
    if (s->open.executors > 0)
        memset(&s->set[s->open.lo / 64], 0,
               (s->open.hi / 64 - s->open.lo / 64 + 1) * sizeof *s->set);
    s->open.executors = 0;
}

/* "executor 3", "executors 0-2, 5", "executors 0-2, 5, 7, 9, 11, 13, ... (40 in all)" */
void rep_line_set(const struct story *s, struct rep_sink *out)
{
    const struct open_line *o = &s->open;
    rep_add(out, o->executors == 1 ? "executor " : "executors ");
    uint32_t ranges = 0;
    for (uint32_t e = o->lo; o->executors > 0 && e <= o->hi; e++) {
        if (!set_has(s, e))
            continue;
        if (ranges++ == RANGES_TOLD_MAX) {
            rep_add_format(out, ", ... (%" PRIu32 " in all)", o->executors);
            return;
        }
        uint32_t last = e;
        while (last < o->hi && set_has(s, last + 1))
            last++;
        rep_add(out, ranges > 1 ? ", " : "");
        rep_add_wide(out, e);
        if (last > e)
            rep_add_format(out, "-%" PRIu32, last);
        e = last;
    }
}
