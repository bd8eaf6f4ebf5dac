/*
 * scheduler_books.c -- what is remembered of jobs, of what was asked for, and of who came to a round.
 *
 * It may include:   scheduler.h.
 * Never here:       decisions. A child that orders nonsense about something that is in no book learns that elsewhere.
 */
#include "scheduler.h"

#include <stdlib.h>
#include <string.h>

bool exec_grow(struct exec_scheduler *s, void **list, uint32_t count, uint32_t *room, size_t bytes)
{
    if (count < *room)
        return true;
    uint32_t more = 2 * *room + 16;
    void *grown = realloc(*list, more * bytes);
    s->out_of_memory |= grown == NULL;
    if (grown == NULL)
        return false;
    *list = grown;
    *room = more;
    return true;
}

/* ---- jobs */
struct job_book *exec_book_of(struct exec_scheduler *s, uint32_t job)
{
    for (uint32_t i = 0; i < s->job_count; i++)
        if (s->jobs[i].id == job)
            return &s->jobs[i];
    return NULL;
}

static bool book_stage(struct stage_book *stage, const struct gang_stage_spec *spec)
{
    *stage = (struct stage_book){.need = spec->need,
                                 .tasks = spec->tasks,
                                 .kind = spec->kind,
                                 .planned_attempt = GANG_NONE,
                                 .out_attempt = GANG_NONE};
    if (spec->kind != GANG_STAGE_BARRIER)
        return true;
    stage->calls = calloc(spec->tasks, sizeof *stage->calls);
    return stage->calls != NULL;
}

bool exec_book_job(struct exec_scheduler *s, const struct gang_job_spec *spec)
{
    if (!exec_grow(s, (void **)&s->jobs, s->job_count, &s->job_room, sizeof *s->jobs))
        return false;
    struct job_book *job = &s->jobs[s->job_count++];
    *job = (struct job_book){.id = spec->id, .stage_count = spec->stage_count};
    job->stages = calloc(spec->stage_count, sizeof *job->stages);
    bool well = job->stages != NULL;
    for (uint32_t i = 0; well && i < spec->stage_count; i++)
        well = book_stage(&job->stages[i], &spec->stages[i]);
    s->out_of_memory |= !well;
    s->jobs_alive++;
    return well;
}

/* ---- what was asked for */
struct holding *exec_hold(struct exec_scheduler *s, const struct gang_msg *ask)
{
    if (!exec_grow(s, (void **)&s->holdings, s->holding_count, &s->holding_room,
                   sizeof *s->holdings))
        return NULL;
    struct holding *h = &s->holdings[s->holding_count++];
    *h = (struct holding){.job = ask->job,
                          .stage = ask->stage,
                          .attempt = ask->attempt,
                          .executor = ask->executor,
                          .incarnation = ask->incarnation,
                          .rank = ask->rank,
                          .count = ask->count,
                          .live = ask->count,
                          .ref = s->refs++,
                          .handle = GANG_NONE};
    return h;
}

struct holding *exec_holding_of(struct exec_scheduler *s, uint32_t ref)
{
    for (uint32_t i = 0; i < s->holding_count; i++)
        if (s->holdings[i].ref == ref)
            return &s->holdings[i];
    return NULL;
}

void exec_let_go(struct exec_scheduler *s, struct holding *h, uint32_t ranks)
{
    h->live -= ranks < h->live ? ranks : h->live;
    if (h->live > 0)
        return;
    uint32_t at =
        (uint32_t)(h - s->holdings); /* in their order, for orders go through them in it */
    s->holding_count--;
    memmove(h, h + 1, (s->holding_count - at) * sizeof *h);
}

void exec_let_go_all(struct exec_scheduler *s, uint32_t executor)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->holding_count; i++)
        if (s->holdings[i].executor != executor)
            s->holdings[kept++] = s->holdings[i];
    s->holding_count = kept;
}

/* ---- rounds */
/* What one member adds to what its round comes to, as trace.h says it. */
static uint64_t spread(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Newer than what is known of the same rank; a call that comes again, or late, gives nothing. */
static bool is_news(const struct call *known, const struct gang_msg *msg)
{
    if (!known->here || msg->attempt != known->attempt)
        return !known->here || msg->attempt > known->attempt;
    return msg->epoch > known->epoch;
}

void exec_note_call(struct exec_scheduler *s, const struct gang_msg *msg)
{
    struct job_book *job = exec_book_of(s, msg->job);
    if (job == NULL || msg->stage >= job->stage_count)
        return;
    struct stage_book *stage = &job->stages[msg->stage];
    if (stage->calls == NULL || msg->rank >= stage->tasks ||
        !is_news(&stage->calls[msg->rank], msg))
        return;
    stage->calls[msg->rank] = (struct call){.digest = msg->blob.digest,
                                            .bytes = msg->blob.bytes,
                                            .epoch = msg->epoch,
                                            .attempt = msg->attempt,
                                            .op = msg->op,
                                            .here = 1};
}

/* Whoever calls after that is not in it: an early release has what was there. */
void exec_close_round(struct stage_book *stage, uint16_t attempt, uint32_t epoch)
{
    uint64_t bytes = 0;
    if (stage->out_attempt == attempt && stage->out_epoch == epoch)
        return;
    stage->out_attempt = attempt;
    stage->out_epoch = epoch;
    stage->out_digest = 0;
    stage->out_op = GANG_OP_BARRIER;
    for (uint32_t r = 0; stage->calls != NULL && r < stage->tasks; r++) {
        const struct call *call = &stage->calls[r];
        if (!call->here || call->attempt != attempt || call->epoch != epoch)
            continue;
        stage->out_digest += spread(call->digest ^ spread(r));
        stage->out_op = call->op;
        bytes += call->bytes;
    }
    stage->out_bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

void exec_books_free(struct exec_scheduler *s)
{
    for (uint32_t i = 0; i < s->job_count; i++) {
        for (uint32_t k = 0; s->jobs[i].stages != NULL && k < s->jobs[i].stage_count; k++)
            free(s->jobs[i].stages[k].calls);
        free(s->jobs[i].stages);
    }
    free(s->jobs);
    free(s->members);
    free(s->holdings);
    free(s->wakes);
    free(s->tokens);
    exec_text_free(&s->events);
    exec_text_free(&s->line);
}
