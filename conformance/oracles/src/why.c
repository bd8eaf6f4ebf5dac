/*
 * why.c -- what a hung job waits for, told from the truth.
 *
 * This room is for: one sentence: who waits, who is missing, who holds what is wanted.
 * It may include:   the C library, trace/ and conf/ headers.
 * Never here:       what the driver says it waits for (WAIT and NOTE records).
 */
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_calling(const struct conf_stage *s, const struct conf_rank *k)
{
    return (k->bits & RANK_CALLING) != 0 && k->run == s->run;
}

/* Why a member of the present attempt does not call. */
static const char *absence(const struct conf_stage *s, const struct conf_rank *k)
{
    if ((k->bits & RANK_STARTED) == 0 || k->run != s->run)
        return "never started";
    if (k->bits & RANK_RUNNING)
        return "runs and does not call";
    return k->bits & RANK_EXIT_OK ? "has ended without calling" : "is gone";
}

/* "rank 2 never started; rank 3 is gone; 4 more", of those that do not call. */
static size_t say_missing(const struct conf_judge *j, const struct conf_stage *s, char *out,
                          size_t room)
{
    size_t used = 0;
    uint32_t missing = 0;
    for (uint32_t rank = 0; rank < s->members; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if (is_calling(s, k) || ++missing > 2)
            continue;
        used += (size_t)snprintf(out + used, room - used, ", rank %u %s", rank, absence(s, k));
        used = used < room ? used : room - 1;
    }
    if (missing > 2)
        used += (size_t)snprintf(out + used, room - used, ", and %u more", missing - 2);
    return used;
}

/* All members call, and still nobody is released. */
static const struct conf_rank *a_caller(const struct conf_judge *j, const struct conf_stage *s,
                                        uint32_t *calling)
{
    const struct conf_rank *first = NULL;
    *calling = 0;
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if (!is_calling(s, k))
            continue;
        first = first == NULL ? k : first;
        ++*calling;
    }
    return first;
}

static void say_running(const struct conf_judge *j, const struct conf_stage *s, char *out,
                        size_t room)
{
    uint32_t calling;
    const struct conf_rank *caller = a_caller(j, s, &calling);
    if (caller == NULL) {
        snprintf(out, room, "%u of %u ranks run in attempt %u and do not call", s->running,
                 s->members, s->run);
        return;
    }
    int used =
        snprintf(out, room, "%u of %u ranks wait in %s %u of attempt %u", calling, s->members,
                 caller->bits & RANK_GATHERS ? "allGather" : "barrier", caller->epoch, s->run);
    if (used > 0 && (size_t)used < room)
        say_missing(j, s, out + used, room - (size_t)used);
}

/* Slots that are free in the world, and reserved for nobody, on executors that are up and may be used. */
uint64_t conf_free_slots(const struct conf_judge *j, const struct conf_stage *s)
{
    uint64_t slots = 0;
    for (uint32_t i = 0; i < j->executor_count; i++) {
        const struct conf_executor *e = &conf_executors(j)[i];
        uint64_t cores = (uint64_t)e->cores_used + (uint64_t)e->held_cores,
                 memory = (uint64_t)e->memory_used + (uint64_t)e->held_memory;
        if (e->up && !e->draining && !conf_is_excluded(j, e) && cores <= e->cores &&
            memory <= e->memory_mib)
            slots += conf_fit(s, e->cores - (uint32_t)cores, e->memory_mib - (uint32_t)memory,
                              (uint32_t)__builtin_popcountll(conf_gpus_of(j, e)->there & ~conf_gpus_of(j, e)->used));
    }
    return slots;
}

static void say_waiting(const struct conf_judge *j, const struct conf_stage *s, char *out,
                        size_t room)
{
    char label[CONF_LABEL_BYTES];
    uint32_t holders = 0, first = CONF_NONE;
    for (uint32_t job = j->open_first; job != CONF_NONE; job = conf_jobs(j)[job].next)
        if (conf_jobs(j)[job].running > 0 && job != s->job && holders++ == 0)
            first = job;
    int used = snprintf(out, room, "does not run: it needs %u slots, %" PRIu64 " are free",
                        conf_least(s), conf_free_slots(j, s));
    if (holders > 0 && used > 0 && (size_t)used < room)
        snprintf(out + used, room - (size_t)used, ", %u processes run of %s and %u more jobs",
                 conf_jobs(j)[first].running, conf_job_label(j, first, label), holders - 1);
}

const char *conf_why(const struct conf_judge *j, uint32_t job, char out[static CONF_WHY_BYTES])
{
    const struct conf_job *row = &conf_jobs(j)[job];
    const struct conf_stage *stuck = NULL;
    char label[CONF_LABEL_BYTES];
    for (uint32_t i = 0; i < conf_stage_count(j, row); i++) {
        const struct conf_stage *s = &conf_stages(j)[conf_first_stage(j, row) + i];
        if (s->running > 0) {
            stuck = s;
            break;
        }
        if (!s->done && stuck == NULL)
            stuck = s;
    }
    if (stuck == NULL) {
        snprintf(out, CONF_WHY_BYTES, "%s: all its stages are done", conf_job_label(j, job, label));
        return out;
    }
    int used = snprintf(out, CONF_WHY_BYTES, "%s: ", conf_stage_label(j, stuck, label));
    if (used < 0 || used >= CONF_WHY_BYTES)
        return out;
    if (stuck->running > 0)
        say_running(j, stuck, out + used, CONF_WHY_BYTES - (size_t)used);
    else
        say_waiting(j, stuck, out + used, CONF_WHY_BYTES - (size_t)used);
    return out;
}
