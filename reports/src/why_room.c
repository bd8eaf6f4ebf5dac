/*
 * why_room.c -- how much room there is for a gang at T, what is missing by resource, and what ails the executors.
 *
 * This room is for: `muster why`.
 * It may include:   why.h.
 * Never here:       what the driver believes: room is what tasks and reservations leave of the machines, and what
 *                   faults have taken of them.
 *
 * A slot is room for one task. By one resource alone there are as many slots as it gives if all others were plenty;
 * so a gang can lack slots by no resource alone, and still not fit: what is free is then not free together.
 */
#include "why.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- what faults have taken */

/* Faults that last and concern room or reach; a later record takes them back. */
static void begin(struct why *w, const struct trace_record *r, uint64_t number)
{
    struct why_executor *e = &w->executors[r->executor];
    const struct plan_act *act =
        r->a >= 0 && r->a < w->plan->act_count ? &w->plan->acts[r->a] : NULL;
    switch (r->b) {
    case PLAN_ACT_TAKE:
        e->cores_taken += act != NULL ? act->amount : 0;
        e->taken_ns = r->at_ns;
        e->taken = number;
        break;
    case PLAN_ACT_LOSE_GPU:
        if (act != NULL && act->amount >= 0 && act->amount < WHY_GPUS)
            e->gpus_lost |= UINT64_C(1) << act->amount;
        break;
    case PLAN_ACT_PAUSE:
        e->paused_ns = r->at_ns;
        e->paused = number;
        break;
    case PLAN_ACT_DRAIN:
        e->drained_ns = r->at_ns;
        e->drained = number;
        break;
    case PLAN_ACT_CUT:
    case PLAN_ACT_HOLD:
        if (act != NULL && act->peer != PLAN_NONE)
            break; /* its driver can be reached */
        e->cut_ns = r->at_ns;
        e->cut = number;
        break;
    default:
        break;
    }
}

static void end(struct why *w, const struct trace_record *r)
{
    struct why_executor *e = &w->executors[r->executor];
    const struct plan_act *act =
        r->a >= 0 && r->a < w->plan->act_count ? &w->plan->acts[r->a] : NULL;
    switch (r->b) {
    case PLAN_ACT_TAKE:
        e->cores_taken -= act != NULL ? act->amount : 0;
        break;
    case PLAN_ACT_PAUSE:
        e->paused_ns = TRACE_NEVER;
        break;
    case PLAN_ACT_CUT:
    case PLAN_ACT_HOLD:
    case PLAN_ACT_MEND:
        if (act == NULL || act->peer == PLAN_NONE)
            e->cut_ns = TRACE_NEVER;
        break;
    default:
        break;
    }
}

static void take(struct why *w, const struct trace_record *r, uint64_t number)
{
    if (r->executor >= w->plan->executor_count || rep_is_withheld(r))
        return;
    struct why_executor *e = &w->executors[r->executor];
    if (r->kind == TRACE_HEAL || (r->kind == TRACE_FAULT && r->b == PLAN_ACT_MEND))
        end(w, r);
    else if (r->kind == TRACE_FAULT)
        begin(w, r, number);
    else if (r->kind == TRACE_UP)
        e->drained_ns = TRACE_NEVER; /* a new process; what is cut or excluded is its machine */
    else if (r->kind == TRACE_EXCLUDE) {
        e->excluded_ns = r->at_ns;
        e->excluded = number;
    }
}

/* ---- what tasks hold */

static void hold(struct why *w, const struct plan_profile *need, const struct trace_rank *rank)
{
    struct why_executor *e = &w->executors[rank->executor];
    uint32_t addresses = (need->gpu_milli + 999) / 1000;
    uint16_t each = (uint16_t)(need->gpu_milli < 1000 ? need->gpu_milli : 1000);
    e->cores_held += need->cores;
    e->memory_held_mib += need->memory_mib;
    /* A reservation's addresses are not known before its task starts: the first ones with room, as an executor gives them. */
    for (unsigned i = 0; i < WHY_GPUS && addresses > 0; i++) {
        bool is_its = rank->gpu_mask != 0 ? (rank->gpu_mask >> i & 1) != 0
                                          : e->gpu_milli_held[i] + each <= 1000;
        if (!is_its)
            continue;
        e->gpu_milli_held[i] = (uint16_t)(e->gpu_milli_held[i] + each);
        addresses--;
    }
}

enum rep_status why_room_open(struct why *w, struct rep_err *err)
{
    w->executors = rep_alloc(w->plan->executor_count, sizeof *w->executors, err);
    if (w->executors == NULL)
        return REP_E_MEMORY;
    for (uint32_t i = 0; i < w->plan->executor_count; i++) {
        struct why_executor *e = &w->executors[i];
        e->taken_ns = e->paused_ns = e->drained_ns = e->excluded_ns = e->cut_ns = TRACE_NEVER;
    }
    for (uint64_t i = 0; i < w->next; i++)
        take(w, &w->run->records[i], i + 1);
    for (uint32_t g = 0; g < w->plan->stage_count; g++)
        for (uint32_t r = 0; r < w->plan->stages[g].tasks; r++) {
            const struct trace_rank *rank = why_rank(w, g, r);
            if (why_is_holding(rank) && rank->executor < w->plan->executor_count)
                hold(w, &w->plan->profiles[w->plan->stages[g].profile], rank);
        }
    return REP_OK;
}

/* ---- how many slots that leaves */

static int64_t free_cores(const struct why *w, uint32_t e)
{
    return w->plan->executors[e].cores - w->executors[e].cores_held - w->executors[e].cores_taken;
}

static int64_t free_memory(const struct why *w, uint32_t e)
{
    return w->plan->executors[e].memory_mib - w->executors[e].memory_held_mib;
}

static bool is_lost(const struct why *w, uint32_t e, uint32_t gpu)
{
    return (w->executors[e].gpus_lost >> gpu & 1) != 0;
}

static int64_t free_gpu_milli(const struct why *w, uint32_t e)
{
    int64_t milli = 0;
    for (uint32_t i = 0; i < w->plan->executors[e].gpus && i < WHY_GPUS; i++)
        if (!is_lost(w, e, i) && w->executors[e].gpu_milli_held[i] < 1000)
            milli += 1000 - w->executors[e].gpu_milli_held[i];
    return milli;
}

/* B-60: whole GPUs are whole addresses, and a share is of one address. */
static uint32_t fit_gpus(const struct why *w, uint32_t e, uint32_t need_milli)
{
    uint32_t whole = 0, shares = 0;
    if (need_milli == 0)
        return PLAN_TASKS_MAX;
    for (uint32_t i = 0; i < w->plan->executors[e].gpus && i < WHY_GPUS; i++) {
        uint32_t held = w->executors[e].gpu_milli_held[i];
        if (is_lost(w, e, i) || held > 1000)
            continue;
        whole += held == 0;
        shares += need_milli < 1000 ? (1000 - held) / need_milli : 0;
    }
    return need_milli < 1000 ? shares : whole / ((need_milli + 999) / 1000);
}

enum resource { CORES, MEMORY, GPUS, RESOURCES };
static const char *const resource_text[RESOURCES] = {"cores", "memory", "GPUs"};

static uint32_t fit_by(const struct why *w, uint32_t e, enum resource resource)
{
    struct plan_profile need = w->plan->profiles[w->plan->stages[w->gang].profile];
    struct plan_profile cores = {.cores = need.cores}, memory = {.memory_mib = need.memory_mib};
    if (resource == CORES)
        return rep_fit(&cores, free_cores(w, e), 0, 0);
    return resource == MEMORY ? rep_fit(&memory, 0, free_memory(w, e), 0)
                              : fit_gpus(w, e, need.gpu_milli);
}

static uint32_t fit(const struct why *w, uint32_t e)
{
    uint32_t least = PLAN_TASKS_MAX;
    for (enum resource r = CORES; r < RESOURCES; r++) {
        uint32_t by = fit_by(w, e, r);
        least = by < least ? by : least;
    }
    return least;
}

static bool is_excluded(const struct why *w, uint32_t e)
{
    int64_t since = w->executors[e].excluded_ns;
    return since != TRACE_NEVER &&
           rep_between(since, w->at_ns) < w->plan->setting[PLAN_SET_EXCLUDE_TIME];
}

/* Whether the driver may put anything there. What it cannot reach it may not know of yet. */
static bool is_offered(const struct why *w, uint32_t e)
{
    const struct trace_executor *state = trace_state_executor(w->state, e);
    return state->up && state->joined && w->executors[e].drained_ns == TRACE_NEVER &&
           !is_excluded(w, e);
}

/* ---- told */

/* ", until 35.000s" from the history behind T: the record that takes this fault back. */
static void put_until(const struct why *w, uint64_t fault)
{
    const struct trace_record *f = &w->run->records[fault - 1];
    for (uint64_t i = w->next; i < w->run->record_count; i++) {
        const struct trace_record *r = &w->run->records[i];
        bool same = r->kind == TRACE_HEAL && r->a == f->a;
        bool mended = r->kind == TRACE_FAULT && r->b == PLAN_ACT_MEND &&
                      r->executor == f->executor && (f->b == PLAN_ACT_CUT || f->b == PLAN_ACT_HOLD);
        if (!same && !mended)
            continue;
        fputs(", until ", w->out);
        why_put_at(w->out, r->at_ns);
        return;
    }
    fputs(", for as long as the history goes", w->out);
}

static void put_since(const struct why *w, const char *text, int64_t since_ns, uint64_t fault)
{
    fprintf(w->out, "; %s since ", text);
    why_put_at(w->out, since_ns);
    put_until(w, fault);
}

static void put_ailments(const struct why *w, uint32_t executor)
{
    const struct why_executor *e = &w->executors[executor];
    if (e->cores_taken > 0) {
        char text[64];
        snprintf(text, sizeof text, "%" PRId64 " core%s taken by somebody else", e->cores_taken,
                 e->cores_taken == 1 ? "" : "s");
        put_since(w, text, e->taken_ns, e->taken);
    }
    if (e->gpus_lost != 0)
        fprintf(w->out, "; %d GPU%s dead", __builtin_popcountll(e->gpus_lost),
                e->gpus_lost & (e->gpus_lost - 1) ? "s" : "");
    if (e->paused_ns != TRACE_NEVER)
        put_since(w, "stands still", e->paused_ns, e->paused);
    if (e->cut_ns != TRACE_NEVER)
        put_since(w, "cut off from the driver", e->cut_ns, e->cut);
    if (e->drained_ns != TRACE_NEVER) {
        fputs("; being taken out of service since ", w->out);
        why_put_at(w->out, e->drained_ns);
    }
    if (is_excluded(w, executor)) {
        fputs("; excluded since ", w->out);
        why_put_at(w->out, e->excluded_ns);
        fputs(", until ", w->out);
        why_put_at(w->out, e->excluded_ns + w->plan->setting[PLAN_SET_EXCLUDE_TIME]);
    }
}

/* "down since 2.454s, back at 30.000s" */
static void put_down(const struct why *w, uint32_t executor)
{
    const struct trace_executor *state = trace_state_executor(w->state, executor);
    fputs("down since ", w->out);
    why_put_at(w->out, state->since_ns);
    for (uint64_t i = w->next; i < w->run->record_count; i++)
        if (w->run->records[i].kind == TRACE_UP && w->run->records[i].executor == executor) {
            fputs(", back at ", w->out);
            why_put_at(w->out, w->run->records[i].at_ns);
            fputc('\n', w->out);
            return;
        }
    fputs(", and not back in this history\n", w->out);
}

static void put_executor(const struct why *w, uint32_t executor)
{
    const struct plan_executor *e = &w->plan->executors[executor];
    const struct plan_profile *need = &w->plan->profiles[w->plan->stages[w->gang].profile];
    const struct trace_executor *state = trace_state_executor(w->state, executor);
    fprintf(w->out, "           executor %" PRIu32 ": ", executor);
    if (!state->up) {
        put_down(w, executor);
        return;
    }
    uint32_t slots = fit(w, executor);
    fprintf(w->out, "%" PRIu32 " fit; free: %" PRId64 " of %" PRIu32 " cores",
            is_offered(w, executor) ? slots : 0, free_cores(w, executor), e->cores);
    if (need->memory_mib > 0)
        fprintf(w->out, ", %" PRId64 " of %" PRIu32 " MiB", free_memory(w, executor),
                e->memory_mib);
    if (e->gpus > 0 || need->gpu_milli > 0) {
        fputs(", ", w->out);
        rep_put_seconds(w->out,
                        free_gpu_milli(w, executor) * 1000000); /* thousandths as a decimal */
        fprintf(w->out, " of %" PRIu32 " GPUs", e->gpus);
    }
    const char *before = "; out of ";
    for (enum resource r = CORES; r < RESOURCES; r++)
        if (fit_by(w, executor, r) == 0) {
            fprintf(w->out, "%s%s", before, resource_text[r]);
            before = ", ";
        }
    put_ailments(w, executor);
    fputs(state->joined ? "\n" : "; not known to the driver\n", w->out);
}

static uint64_t slots_by(const struct why *w, enum resource resource)
{
    uint64_t slots = 0;
    for (uint32_t e = 0; e < w->plan->executor_count; e++)
        if (is_offered(w, e))
            slots += resource == RESOURCES ? fit(w, e) : fit_by(w, e, resource);
    return slots;
}

/* What is missing, resource by resource; or that none is short by itself. */
static void put_missing(const struct why *w, uint64_t needed)
{
    bool any = false;
    for (enum resource r = CORES; r < RESOURCES; r++) {
        uint64_t slots = slots_by(w, r);
        if (slots >= needed)
            continue;
        fprintf(w->out, "%s%" PRIu64 " of them for want of %s", any ? ", " : "  missing  ",
                needed - slots, resource_text[r]);
        any = true;
    }
    fputs(any ? "\n"
              : "  missing  no resource by itself: what is free is not free on the same machines\n",
          w->out);
}

/* A gang needs all its slots at once; of other stages any slot will do. */
static uint64_t needed_slots(const struct why *w)
{
    return rep_is_barrier(w->plan, w->gang) ? w->plan->stages[w->gang].tasks : 1;
}

void why_put_room(const struct why *w)
{
    uint64_t there = slots_by(w, RESOURCES), needed = needed_slots(w);
    fprintf(w->out, "  there    %" PRIu64 " of these slots are free", there);
    if (there < needed) {
        fprintf(w->out, ": it lacks %" PRIu64 "\n", needed - there);
        put_missing(w, needed);
    } else
        fputs(": it would fit\n", w->out);
    uint32_t told = 0, more = 0;
    for (uint32_t e = 0; e < w->plan->executor_count; e++)
        if (told < WHY_TOLD_MAX) {
            put_executor(w, e);
            told++;
        } else
            more++;
    if (more > 0)
        fprintf(w->out, "           and %" PRIu32 " executors more\n", more);
}

static bool ails(const struct why *w, uint32_t e)
{
    const struct why_executor *x = &w->executors[e];
    return x->paused_ns != TRACE_NEVER || x->cut_ns != TRACE_NEVER ||
           x->drained_ns != TRACE_NEVER || !trace_state_executor(w->state, e)->up;
}

/* The machines of its own tasks and reservations that are not well. */
void why_put_ailing(const struct why *w)
{
    uint32_t told = 0;
    for (uint32_t e = 0; e < w->plan->executor_count && told < WHY_TOLD_MAX; e++) {
        bool has = false;
        for (uint32_t r = 0; r < w->plan->stages[w->gang].tasks && !has; r++) {
            const struct trace_rank *rank = why_rank(w, w->gang, r);
            has = rank->executor == e && rank->state != TRACE_RANK_EXITED;
        }
        if (!has || !ails(w, e))
            continue;
        fprintf(w->out, "%sexecutor %" PRIu32 ": ", told++ == 0 ? "  machine  " : "           ", e);
        if (!trace_state_executor(w->state, e)->up)
            put_down(w, e);
        else {
            fputs("up", w->out);
            put_ailments(w, e);
            fputc('\n', w->out);
        }
    }
}
