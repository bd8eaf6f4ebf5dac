/*
 * cycle.c -- a deadlock in words: who waits for whom, until somebody comes again.
 *
 * This room is for: one walk over what waits: a gang for slots, those for whoever holds them, a rank
 *                   in a barrier for the one that does not call, at a rendezvous for the one that is
 *                   not there, a restart for what still runs of the attempt before, a stage for its
 *                   parents, a launch for an acknowledgement.
 * It may include:   the C library, plan, trace/ and conf/ headers.
 * Never here:       what the driver says it waits for (WAIT and NOTE records); a search for the
 *                   shortest circle. Of several that are waited for, the lowest is taken, so that the
 *                   same hang is always told in the same words.
 *
 * Each that waits has one edge, so a walk either ends with somebody who waits for nobody, or closes a
 * circle; where it ends without one, and met nothing but barriers and slots, why.c tells it shorter.
 */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>

enum { WALK_MAX = 24, WHOLE_STAGE = UINT32_MAX };

struct node {
    uint32_t stage, rank; /* rank WHOLE_STAGE: the stage itself, which does not run, or not whole */
};

struct walk {
    const struct conf_judge *j;
    struct node path[WALK_MAX];
    uint32_t length;
    bool is_special; /* an edge that why.c does not know */
    bool is_named;   /* the sentence so far ends with whom the next part is about */
    char *out;
    size_t used;
};

static struct conf_stage *stage_of(const struct walk *w, uint32_t stage)
{
    return &conf_stages(w->j)[stage];
}

static void say(struct walk *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct walk *w, const char *format, ...)
{
    va_list args;
    size_t room = CONF_WHY_BYTES - w->used;
    va_start(args, format);
    int wanted = vsnprintf(w->out + w->used, room, format, args);
    va_end(args);
    if (wanted > 0)
        w->used += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

/* "rank 2 of gang 'fit' of 'a'"; the stage only where it is another than the one before. */
static void say_node(struct walk *w, struct node n, uint32_t from_stage)
{
    char label[CONF_LABEL_BYTES];
    const char *of = n.rank == WHOLE_STAGE ? "" : " of ";
    if (n.rank != WHOLE_STAGE)
        say(w, "rank %u", n.rank);
    if (n.rank == WHOLE_STAGE || n.stage != from_stage)
        say(w, "%s%s", of, conf_stage_label(w->j, stage_of(w, n.stage), label));
}

static const struct node nobody = {CONF_NONE, 0};

/* ---- who waits for what */
static bool is_running(const struct conf_rank *k) { return (k->bits & RANK_RUNNING) != 0; }

static bool is_calling(const struct conf_stage *s, const struct conf_rank *k)
{
    return (k->bits & RANK_CALLING) != 0 && k->run == s->run;
}

static uint32_t lowest_running(const struct walk *w, const struct conf_stage *s)
{
    for (uint32_t rank = 0; rank < s->tasks; rank++)
        if (is_running(conf_rank_of(w->j, s, rank)))
            return rank;
    return CONF_NONE;
}

/* A range of those that run, for the sentence: the lowest and how many. */
static void say_holders(struct walk *w, const struct conf_stage *s, uint32_t lowest)
{
    char label[CONF_LABEL_BYTES];
    uint32_t last = lowest, running = s->running + s->older;
    while (last + 1 < s->tasks && is_running(conf_rank_of(w->j, s, last + 1)))
        last++;
    conf_stage_label(w->j, s, label);
    if (last > lowest)
        say(w, "ranks %u-%u of %s", lowest, last, label);
    else
        say(w, "rank %u of %s", lowest, label);
    if (running > last - lowest + 1)
        say(w, " and %u more", running - (last - lowest + 1));
    w->is_named = running == 1;
}

/* The first stage of an open job that holds slots; `than` itself only if no other does. */
static uint32_t holder_but(const struct walk *w, uint32_t than)
{
    uint32_t found = CONF_NONE;
    for (uint32_t job = w->j->open_first; job != CONF_NONE; job = conf_jobs(w->j)[job].next)
        for (uint32_t i = 0; i < conf_stage_count(w->j, &conf_jobs(w->j)[job]); i++) {
            uint32_t stage = conf_first_stage(w->j, &conf_jobs(w->j)[job]) + i;
            const struct conf_stage *s = stage_of(w, stage);
            if (stage != than && stage < found && s->running + s->older + conf_count_held(w->j, s) > 0)
                found = stage;
        }
    if (found == CONF_NONE && stage_of(w, than)->running > 0)
        return than;
    return found;
}

static uint32_t undone_parent(const struct walk *w, const struct conf_stage *s)
{
    const struct conf_job *job = &conf_jobs(w->j)[s->job];
    for (uint32_t i = 0; i < conf_stage_count(w->j, job); i++)
        if ((w->j->plan->stages[s->number].parents >> i & 1) &&
            !stage_of(w, conf_first_stage(w->j, job) + i)->done)
            return conf_first_stage(w->j, job) + i;
    return CONF_NONE;
}

static const char *health(const struct conf_executor *e)
{
    if (!e->up)
        return ", which is down,";
    return e->ways_cut != 0 ? ", whose link is cut," : "";
}

static struct node wait_for_parent(struct walk *w, uint32_t parent)
{
    char label[CONF_LABEL_BYTES];
    const struct conf_stage *s = stage_of(w, parent);
    uint32_t rank = lowest_running(w, s);
    w->is_special = true;
    say(w, " waits for its parent, %s", conf_stage_label(w->j, s, label));
    w->is_named = rank == CONF_NONE;
    if (rank == CONF_NONE)
        return (struct node){parent, WHOLE_STAGE};
    return (struct node){parent, rank};
}

/* G-12: the next attempt waits for every slot of the one before. */
static struct node wait_for_drain(struct walk *w, struct conf_stage *s)
{
    uint32_t rank = lowest_running(w, s);
    const struct conf_rank *k = conf_rank_of(w->j, s, rank);
    w->is_special = true;
    say(w, " waits for the slots of attempt %u: rank %u on executor %u%s was %s, and runs", k->run,
        rank, k->run_executor, health(&conf_executors(w->j)[k->run_executor]),
        k->bits & RANK_TOLD_TO_END ? "told to end" : "not told to end");
    return (struct node){s->number, rank};
}

static struct node wait_for_ack(struct walk *w, const struct conf_stage *s)
{
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(w->j, s, rank);
        if ((k->bits & RANK_RESERVED) == 0 || (k->bits & RANK_ACKED) ||
            conf_booking_of(w->j, k)->launch != s->launch)
            continue;
        w->is_special = true;
        say(w, " waits for executor %u%s to acknowledge the slot of rank %u",
            conf_booking_of(w->j, k)->executor,
            health(&conf_executors(w->j)[conf_booking_of(w->j, k)->executor]), rank);
        return nobody;
    }
    return nobody;
}

/* The first executor that cannot be used, and how many more. */
static void say_useless(struct walk *w)
{
    uint32_t useless = 0;
    for (uint32_t i = 0; i < w->j->executor_count; i++) {
        const struct conf_executor *e = &conf_executors(w->j)[i];
        bool excluded = conf_is_excluded(w->j, e);
        if ((e->up && !excluded && !e->draining) || useless++ > 0)
            continue;
        say(w, "; executor %u %s", i,
            !e->up ? "is down" : (excluded ? "is excluded" : "is being decommissioned"));
    }
    w->is_special |= useless > 0;
    if (useless > 1)
        say(w, ", and %u more", useless - 1);
}

static struct node wait_for_slots(struct walk *w, struct conf_stage *s)
{
    uint32_t need = conf_least(s), held = conf_count_held(w->j, s);
    uint64_t free_slots = conf_free_slots(w->j, s);
    uint32_t holder = holder_but(w, s->number);
    if (free_slots >= need) {
        say(w, " waits although %u slots are free, and it needs %u", (unsigned)free_slots, need);
        return nobody;
    }
    if (held > 0 && held < need) { /* hold and wait */
        w->is_special = true;
        say(w, " holds %u slot%s and", held, held == 1 ? "" : "s");
        need -= held;
    }
    say(w, " waits for %u %sslot%s, %u %s free", need, held > 0 ? "more " : "", need == 1 ? "" : "s",
        (unsigned)free_slots, free_slots == 1 ? "is" : "are");
    if (holder == CONF_NONE) {
        say(w, " and nobody holds any");
        say_useless(w);
        return nobody;
    }
    const struct conf_stage *h = stage_of(w, holder);
    uint32_t rank = lowest_running(w, h);
    char label[CONF_LABEL_BYTES];
    if (rank == CONF_NONE) {
        say(w, ", reserved for %s", conf_stage_label(w->j, h, label));
        w->is_named = true;
        return (struct node){holder, WHOLE_STAGE};
    }
    say(w, ", held by ");
    say_holders(w, h, rank);
    return (struct node){holder, rank};
}

static struct node wait_as_stage(struct walk *w, struct conf_stage *s)
{
    uint32_t parent = undone_parent(w, s);
    if (parent != CONF_NONE)
        return wait_for_parent(w, parent);
    bool drains = s->older > 0 || (s->running > 0 && s->run < s->fence_end);
    if (s->is_barrier && drains)
        return wait_for_drain(w, s);
    if (s->is_barrier && (s->queues >> QUEUE_LAUNCH & 1)) {
        size_t before = w->used;
        (void)wait_for_ack(w, s);
        if (w->used == before && conf_count_held(w->j, s) < conf_members_planned(s))
            return wait_for_slots(w, s);
        if (w->used == before)
            say(w, " has every slot acknowledged, and is not sent to start");
        return nobody;
    }
    return wait_for_slots(w, s);
}

static struct node wait_in_barrier(struct walk *w, const struct conf_stage *s,
                                   const struct conf_rank *k)
{
    const char *call = k->bits & RANK_GATHERS ? "allGather" : "barrier";
    for (uint32_t rank = 0; rank < s->members; rank++) {
        const struct conf_rank *other = conf_rank_of(w->j, s, rank);
        if (is_calling(s, other))
            continue;
        say(w, " waits in %s %u for rank %u", call, k->epoch, rank);
        w->is_named = true;
        if (is_running(other))
            return (struct node){s->number, rank};
        if ((other->bits & RANK_STARTED) == 0 || other->run != s->run)
            say(w, ", which never started");
        else
            say(w, ", which %s",
                other->bits & RANK_EXIT_OK ? "has ended without calling" : "is gone");
        return nobody;
    }
    say(w, " waits in %s %u, where everybody is, and nobody is released", call, k->epoch);
    return nobody;
}

static bool is_meeting(const struct conf_rank *k, uint32_t place)
{
    return (k->bits & RANK_MEETING) != 0 && k->bits / RANK_PLACE == place;
}

/* How many the stage's program wants there; 0: its tasks never come there. */
static uint32_t wanted_at(const struct walk *w, const struct conf_stage *s, uint32_t place)
{
    const struct plan *plan = w->j->plan;
    const struct plan_program *program = &plan->programs[plan->stages[s->number].program];
    for (uint32_t i = 0; i < program->op_count; i++) {
        const struct plan_op *op = &plan->ops[program->first_op + i];
        if (op->code == PLAN_OP_MEET && (op->dist == place || place == RANK_PLACES))
            return (uint32_t)op->value;
    }
    return 0;
}

/* Of one stage: who could still come to a rendezvous and has not. */
static struct node missing_of(const struct walk *w, const struct conf_stage *s, uint32_t place)
{
    for (uint32_t rank = 0; rank < s->tasks && wanted_at(w, s, place) > 0; rank++) {
        const struct conf_rank *k = conf_rank_of(w->j, s, rank);
        if (is_meeting(k, place) || (k->bits & RANK_EXIT_OK))
            continue;
        if (is_running(k) || (s->is_barrier && s->running > 0))
            return (struct node){s->number, rank};
        return (struct node){s->number, WHOLE_STAGE};
    }
    return nobody;
}

static uint32_t lowest_on(const struct walk *w, const struct conf_stage *s, uint32_t executor)
{
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(w->j, s, rank);
        if (is_running(k) && k->run_executor == executor)
            return rank;
    }
    return CONF_NONE;
}

/* Two of them whose executors have lost each other; false: all reach each other. */
static bool say_apart(struct walk *w, const struct conf_stage *s)
{
    for (uint32_t i = 0; w->j->has_peers && i < w->j->plan->act_count; i++) {
        const struct plan_act *act = &w->j->plan->acts[i];
        if (conf_peers(w->j)[i].ways == 0 || act->kind == PLAN_ACT_CLOG)
            continue;
        uint32_t a = lowest_on(w, s, act->executor), b = lowest_on(w, s, act->peer);
        char since[32];
        if (a == CONF_NONE || b == CONF_NONE)
            continue;
        plan_format_duration(conf_peers(w->j)[i].since_ns, since);
        say(w, ", while rank %u on executor %u and rank %u on executor %u cannot reach each other since %s", a,
            act->executor, b, act->peer, since);
        return true;
    }
    return false;
}

/* How many of the open jobs' tasks wait there; a rendezvous is known by its name alone. */
static uint32_t count_at(const struct walk *w, uint32_t place)
{
    uint32_t count = 0;
    for (uint32_t job = w->j->open_first; job != CONF_NONE; job = conf_jobs(w->j)[job].next)
        for (uint32_t i = 0; i < conf_stage_count(w->j, &conf_jobs(w->j)[job]); i++) {
            const struct conf_stage *s = stage_of(w, conf_first_stage(w->j, &conf_jobs(w->j)[job]) + i);
            for (uint32_t rank = 0; s->running > 0 && rank < s->tasks; rank++)
                count += is_meeting(conf_rank_of(w->j, s, rank), place);
        }
    return count;
}

/* Nobody else is left to come: whoever keeps the place waits for more, and those who are there for it. */
static struct node wait_for_nobody(struct walk *w, const struct conf_stage *s, uint32_t place)
{
    uint32_t lowest = lowest_running(w, s);
    uint32_t wanted = wanted_at(w, s, place), count = count_at(w, place);
    if (count != s->running || count >= wanted) {
        if (!say_apart(w, s))
            say(w, " for somebody who never comes");
        return nobody;
    }
    say(w, ", which waits for %u tasks and has %u, ", wanted, count);
    say_holders(w, s, lowest);
    say(w, "; no other is left to come");
    w->is_named = false;
    return (struct node){s->number, lowest};
}

/* A ring is the gang's own, and has no name: it waits for whichever of its ranks is not in it. */
static struct node wait_in_ring(struct walk *w, const struct conf_stage *s, uint32_t place)
{
    for (uint32_t rank = 0; rank < s->members; rank++) {
        const struct conf_rank *k = conf_rank_of(w->j, s, rank);
        struct node missing = {s->number, rank};
        if (is_meeting(k, place))
            continue;
        say(w, " is in an all-reduce with ");
        say_node(w, missing, s->number);
        w->is_named = true;
        if (is_running(k))
            return missing;
        say(w, ", which is gone");
        return nobody;
    }
    say(w, " is in an all-reduce that does not end");
    (void)say_apart(w, s);
    return nobody;
}

static struct node wait_at_meeting(struct walk *w, const struct conf_stage *s,
                                   const struct conf_rank *k)
{
    const struct conf_job *job = &conf_jobs(w->j)[s->job];
    uint32_t place = k->bits / RANK_PLACE;
    w->is_special = true;
    if (wanted_at(w, s, place) == 0)
        return wait_in_ring(w, s, place);
    struct node missing = missing_of(w, s, place);
    say(w, " waits at rendezvous '%.40s'",
        place < RANK_PLACES && place < w->j->plan->name_count ? plan_text(w->j->plan, place) : "?");
    for (uint32_t i = 0; i < conf_stage_count(w->j, job) && missing.stage == CONF_NONE; i++)
        if (!stage_of(w, conf_first_stage(w->j, job) + i)->done)
            missing = missing_of(w, stage_of(w, conf_first_stage(w->j, job) + i), place);
    if (missing.stage == CONF_NONE)
        return wait_for_nobody(w, s, place);
    const struct conf_stage *of = stage_of(w, missing.stage);
    say(w, " for ");
    if (missing.rank == WHOLE_STAGE) {
        say(w, "tasks that have not started");
        return missing;
    }
    say_node(w, missing, s->number);
    w->is_named = true;
    if (is_running(conf_rank_of(w->j, of, missing.rank)))
        return missing;
    say(w, ", which is gone");
    return nobody;
}

static struct node wait_as_rank(struct walk *w, const struct conf_stage *s, uint32_t rank)
{
    const struct conf_rank *k = conf_rank_of(w->j, s, rank);
    if (k->bits & RANK_MEETING)
        return wait_at_meeting(w, s, k);
    if (k->bits & RANK_CALLING)
        return wait_in_barrier(w, s, k);
    say(w, s->acts & STAGE_HUNG ? " runs and does not call, in a gang with a task that hangs"
                                : " runs and does not call");
    return nobody;
}

/* ---- the walk */
static uint32_t find_on_path(const struct walk *w, struct node n)
{
    for (uint32_t i = 0; i < w->length; i++)
        if (w->path[i].stage == n.stage && w->path[i].rank == n.rank)
            return i;
    return CONF_NONE;
}

/* However long the way round is, where it closes is told; what then has no room is left out. */
static void close_circle(struct walk *w, struct node n)
{
    char closing[CONF_LABEL_BYTES + 64], label[CONF_LABEL_BYTES];
    int length =
        n.rank == WHOLE_STAGE
            ? snprintf(closing, sizeof closing, ", and so the circle closes at %s",
                       conf_stage_label(w->j, stage_of(w, n.stage), label))
            : snprintf(closing, sizeof closing, ", and so the circle closes at rank %u of %s",
                       n.rank, conf_stage_label(w->j, stage_of(w, n.stage), label));
    size_t most = CONF_WHY_BYTES - 1 - (size_t)length;
    if (w->used <= most) {
        say(w, "%s", closing);
        return;
    }
    w->used = most - 4;
    while (((unsigned char)w->out[w->used] & 0xC0) == 0x80) /* not in the middle of a character */
        w->used--;
    say(w, " ...%s", closing);
}

/* True if the circle closed. */
static bool walk_on(struct walk *w, struct node n)
{
    uint32_t from_stage = CONF_NONE;
    while (w->length < WALK_MAX) {
        w->path[w->length++] = n;
        if (w->is_named)
            say(w, ", which");
        else
            say(w, w->length > 1 ? "; " : "");
        if (!w->is_named)
            say_node(w, n, from_stage);
        w->is_named = false;
        from_stage = n.stage;
        struct conf_stage *s = stage_of(w, n.stage);
        n = n.rank == WHOLE_STAGE ? wait_as_stage(w, s) : wait_as_rank(w, s, n.rank);
        if (n.stage == CONF_NONE)
            return false;
        if (find_on_path(w, n) != CONF_NONE) {
            close_circle(w, n);
            return true;
        }
    }
    return false;
}

/* What of a job is stuck: the first of its stages that runs, or that is not done. */
static struct node begin_at(const struct walk *w, const struct conf_job *job)
{
    struct node begin = nobody;
    for (uint32_t i = 0; i < conf_stage_count(w->j, job); i++) {
        uint32_t stage = conf_first_stage(w->j, job) + i;
        const struct conf_stage *s = stage_of(w, stage);
        bool drains = s->older > 0 || (s->running > 0 && s->run < s->fence_end);
        if (s->is_barrier && drains)
            return (struct node){stage, WHOLE_STAGE};
        if (s->running > 0)
            return (struct node){stage, lowest_running(w, s)};
        if (!s->done && begin.stage == CONF_NONE)
            begin = (struct node){stage, WHOLE_STAGE};
    }
    return begin;
}

const char *conf_cycle(const struct conf_judge *j, uint32_t job, char out[static CONF_WHY_BYTES])
{
    struct walk w = {.j = j, .out = out};
    struct node begin = begin_at(&w, &conf_jobs(j)[job]);
    out[0] = '\0';
    if (begin.stage == CONF_NONE || (!walk_on(&w, begin) && !w.is_special))
        return conf_why(j, job, out);
    return out;
}
