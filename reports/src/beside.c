/*
 * beside.c -- one record in words, and what two runs decided where they part.
 *
 * This room is for: rep_put_record(), rep_beside_decision().
 * It may include:   the C library, plan and trace (as data); trace/diff.h, for which records count.
 * Never here:       stories: see beside_story.c.
 */
#include "rep/beside.h"

#include <inttypes.h>
#include <string.h>

#include "rep_private.h"
#include "trace/diff.h"

/* ---- one record */

static void put_actor(const struct trace_record *r, FILE *out)
{
    const char *actor = trace_actor_text(r->actor);
    if (r->actor == TRACE_EXECUTOR && r->executor != TRACE_NONE)
        fprintf(out, "exec %" PRIu32, r->executor);
    else
        fputs(actor != NULL ? actor : "somebody", out);
}

static bool is_about_sent(const struct trace_record *r)
{
    return r->kind == TRACE_DELIVER || r->kind == TRACE_DROP || r->kind == TRACE_FRAME_LOST;
}

/* The kind whose a and b the record carries. */
static unsigned kind_of(const struct trace_record *r) { return is_about_sent(r) ? r->flags : r->kind; }

static const char *kind_text(unsigned kind)
{
    const char *text = trace_kind_text(kind);
    return text != NULL ? text : "a record of an unknown kind";
}

static void put_who(const struct plan *plan, const struct trace_record *r, FILE *out)
{
    uint32_t gang = rep_gang(plan, r->job, r->stage);
    if (gang != PLAN_NONE) {
        fputs(rep_is_barrier(plan, gang) ? ", gang " : ", stage ", out);
        rep_put_gang(out, REP_NAME, plan, r->job, r->stage);
        if (r->attempt != TRACE_NONE)
            fprintf(out, "#%" PRIu32, r->attempt);
    } else if (r->job < plan->job_count) {
        fputs(", job ", out);
        rep_put_job(out, REP_NAME, plan, r->job);
    }
}

static void put_place(const struct trace_record *r, FILE *out)
{
    const char *count = trace_kind_a(kind_of(r));
    bool range = count != NULL && strcmp(count, "count") == 0 && r->a > 1 && r->a < TRACE_NONE;
    if (r->rank != TRACE_NONE && range)
        fprintf(out, ", ranks %" PRIu32 "-%" PRIu32, r->rank, r->rank + (uint32_t)r->a - 1);
    else if (r->rank != TRACE_NONE)
        fprintf(out, ", rank %" PRIu32, r->rank);
    if (r->epoch != TRACE_NONE)
        fprintf(out, ", epoch %" PRIu32, r->epoch);
    if (r->executor != TRACE_NONE && r->actor != TRACE_EXECUTOR)
        fprintf(out, ", executor %" PRIu32, r->executor);
    else if (r->kind == TRACE_DELIVER && r->actor == TRACE_EXECUTOR)
        fputs(", from the driver", out);
}

/* What a or b says, by what the registry calls it. */
static void put_value(const char *meaning, const struct trace_record *r, int64_t value, FILE *out)
{
    bool known = value >= 0 && value < TRACE_TIMER_LIMIT;
    if (meaning == NULL || strcmp(meaning, "-") == 0 || strcmp(meaning, "events") == 0)
        return;
    if (strcmp(meaning, "reason") == 0 && kind_of(r) != TRACE_END)
        fprintf(out, ", reason %s", rep_reason(value));
    else if (strcmp(meaning, "timer") == 0)
        fprintf(out, r->kind == TRACE_TIMER ? " %s" : ", timer %s", known ? trace_timer_text((unsigned)value) : "unknown");
    else if (strcmp(meaning, "status") == 0)
        fprintf(out, ", status %s", rep_exit(value >= 0 && value < 5 ? (uint32_t)value : 5));
    else if (strcmp(meaning, "act") == 0)
        return; /* named with its number, b */
    else if (strcmp(meaning, "fault") == 0)
        fprintf(out, ", %s", rep_fault(r));
    else if (strstr(meaning, "digest") != NULL)
        fprintf(out, ", %s %016" PRIx64, meaning, (uint64_t)value);
    else if (strcmp(meaning, "give-up-at") == 0) {
        fputs(", give-up at ", out);
        rep_put_about(out, value);
    } else if (value != 0 || strcmp(meaning, "priority") == 0)
        fprintf(out, ", %s %" PRId64, meaning, value);
}

void rep_put_record(const struct plan *plan, const struct trace_record *r, FILE *out)
{
    put_actor(r, out);
    fprintf(out, ": %s", kind_text(r->kind));
    if (is_about_sent(r))
        fprintf(out, " of %s", kind_text(r->flags));
    if (r->kind == TRACE_TIMER) /* its name comes first */
        put_value(trace_kind_a(r->kind), r, r->a, out);
    put_who(plan, r, out);
    put_place(r, out);
    if (r->kind != TRACE_TIMER)
        put_value(trace_kind_a(kind_of(r)), r, r->a, out);
    put_value(trace_kind_b(kind_of(r)), r, r->b, out);
}

/* ---- where two runs part */

static const struct trace_record *record_at(const struct rep_beside *side, uint64_t number)
{
    return number >= 1 && number <= side->run.record_count ? &side->run.records[number - 1] : NULL;
}

static const struct trace_record *first_of(const struct rep_beside *side)
{
    return side->has ? record_at(side, side->number) : NULL;
}

/* What the machine was handling: its cause, if both have that in common. */
static const struct trace_record *handed_of(const struct rep_beside *side)
{
    const struct trace_record *first = first_of(side);
    return first != NULL && first->cause <= side->last ? record_at(side, first->cause) : NULL;
}

/* Which of the records that count it is: the same event has the same place on both sides, whatever was said in between. */
static uint64_t place_of(const struct rep_beside *side, uint64_t number)
{
    uint64_t place = 0;
    for (uint64_t i = 0; i < number && i < side->run.record_count; i++)
        place += trace_diff_counts(&side->run.records[i]);
    return place;
}

/* What a cause is to a record of this kind. */
static const char *verb_of(const struct trace_record *r)
{
    if (r->kind == TRACE_TIMER || r->kind == TRACE_QUIESCENT)
        return "armed after";
    return is_about_sent(r) ? "sent as" : r->actor == TRACE_WORLD ? "after" : "handed";
}

static void put_numbered(const struct rep_beside *side, const struct trace_record *r, uint64_t number, const char *note,
                         FILE *out)
{
    rep_put_record(side->run.plan, r, out);
    fprintf(out, "  (record %" PRIu64 ", ", number);
    rep_put_seconds(out, r->at_ns);
    fprintf(out, "s%s)\n", note);
}

/* The side that acts first, or if both act at one time the one of which a machine acts: what it handles is told of both. */
static unsigned leader(const struct rep_beside sides[2])
{
    const struct trace_record *a = first_of(&sides[0]), *b = first_of(&sides[1]);
    if (a == NULL || b == NULL)
        return a == NULL;
    if (a->at_ns != b->at_ns)
        return b->at_ns < a->at_ns;
    return is_about_sent(a) || (a->actor == TRACE_WORLD && b->actor != TRACE_WORLD && !is_about_sent(b));
}

/* What the other side did instead of the leader's answer: it handled the same event, for all before this is alike. */
static const char *instead_of(const struct trace_record *answer)
{
    const char *verb = verb_of(answer);
    return strcmp(verb, "handed") == 0 ? "no such answer; next " : strcmp(verb, "armed after") == 0 ? "no such timer; next " : "";
}

/* `same`: its cause was told already. A timer that it armed then may be all that is to be seen of its answer. */
static void put_side(const struct rep_beside *side, bool same, const char *instead, FILE *out)
{
    const struct trace_record *first = first_of(side), *handed = handed_of(side);
    if (first == NULL) {
        fprintf(out, "  %c  ended before it: ", side->label[0]);
        rep_put(out, REP_PLAIN, side->stopped != NULL ? side->stopped : "its history has no more records");
        fputc('\n', out);
        return;
    }
    fprintf(out, "  %c  %s", side->label[0], same ? "" : instead);
    bool armed = same && handed != NULL && (first->kind == TRACE_TIMER || first->kind == TRACE_QUIESCENT);
    put_numbered(side, first, side->number, armed ? ", armed then" : "", out);
    if (same || handed == NULL)
        return;
    fprintf(out, "     %s ", verb_of(first));
    put_numbered(side, handed, first->cause, "", out);
}

enum rep_status rep_beside_decision(const struct rep_beside sides[2], FILE *out, struct rep_err *err)
{
    rep_begin(err);
    unsigned lead = leader(sides);
    const struct trace_record *handed = handed_of(&sides[lead]), *other = handed_of(&sides[!lead]);
    bool same = handed != NULL && other != NULL &&
                place_of(&sides[lead], first_of(&sides[lead])->cause) ==
                    place_of(&sides[!lead], first_of(&sides[!lead])->cause);
    if (handed != NULL) {
        const struct trace_record *first = first_of(&sides[lead]);
        if (same)
            fprintf(out, "  both %s ", verb_of(first));
        else
            fprintf(out, "  %c, %s ", sides[lead].label[0], verb_of(first));
        put_numbered(&sides[lead], handed, first->cause, "", out);
    }
    const char *instead = handed != NULL ? instead_of(first_of(&sides[lead])) : "";
    for (unsigned i = 0; i < 2; i++)
        put_side(&sides[i], same || i == lead, instead, out);
    return rep_finish(out, err);
}
