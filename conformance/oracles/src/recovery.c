/*
 * recovery.c -- RCV: the driver's process dies and comes back.
 *
 * This room is for: its death and return, whom it must not count lost for its own absence, and what
 *                   it must not ask for again.
 * It may include:   plan, trace/ and conf/ headers.
 * Never here:       rules that hold as well without its death. Those are said once, where they
 *                   belong, and only bear RCV's number if it has come back since
 *                   (conf_rule_after_return).
 */
#include "judge.h"

#include <inttypes.h>

/* A call that the driver died of before it was written down counts when it comes again. */
static void unhear(struct conf_judge *j)
{
    struct conf_stage *s = &conf_stages(j)[j->heard_stage];
    conf_withdraw(j, s, conf_rank_of(j, s, j->heard_rank));
    if (s->limit_number == j->heard_number)
        s->limit_number = 0; /* so does its limit */
}

void conf_note_freed(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s, const struct conf_rank *k)
{
    if ((k->bits & RANK_ARRIVED) == 0 || k->run != s->round_attempt || k->epoch != s->round_epoch)
        return;
    j->freed_number = j->number;
    j->freed_stage = s->number;
    j->freed_rank = r->rank;
    j->freed_op = (k->bits & RANK_GATHERS) != 0;
}

/* And the end of a task that it died of is not known to it until it is told again: till then the task's call counts. */
static void unfree(struct conf_judge *j)
{
    struct conf_stage *s = &conf_stages(j)[j->freed_stage];
    struct conf_rank *k = conf_rank_of(j, s, j->freed_rank);
    if ((k->bits & RANK_ARRIVED) != 0 || s->arrived[0] + s->arrived[1] == 0)
        return; /* with the only call the round is over, and begins with the next */
    k->bits |= RANK_ARRIVED;
    s->arrived[j->freed_op]++;
}

/* A cancellation that had no effect before the driver died may never have been written down. */
void conf_on_driver_down(struct conf_judge *j, const struct trace_record *r)
{
    j->driver_down = 1;
    j->driver_down_ns = j->now_ns;
    j->left = 0;
    uint64_t before = j->number - (j->fault_number + 1 == j->number ? 2 : 1); /* what came, then its fault */
    if (r->b == TRACE_DELIVER && j->heard_number == before)
        unhear(j);
    if (r->b == TRACE_DELIVER && j->freed_number == before)
        unfree(j);
    j->owed = 0;
    if (j->cancel_number == 0 || (r->a > 0 && j->cancel_number + 1 < j->number))
        return;
    for (uint32_t job = j->open_first; job != CONF_NONE; job = conf_jobs(j)[job].next)
        conf_jobs(j)[job].bits &= ~(uint32_t)JOB_CANCEL_OWED;
}

void conf_on_driver_up(struct conf_judge *j, const struct trace_record *r)
{
    if (j->driver_down)
        conf_queue_handed_in_again(j);
    j->driver_down = 0;
    j->left = r->b > 0 ? (uint32_t)r->b : 0;
    j->driver_ups = 1;
    j->driver_up_ns = j->now_ns;
}

/* Whoever was alive counts as heard when the driver is back. */
void conf_check_loss(struct conf_judge *j, const struct trace_record *r)
{
    char away[32], patience[32];
    int64_t timeout_ns = j->plan->setting[PLAN_SET_HEARTBEAT_TIMEOUT];
    if (r->b != TRACE_REASON_SILENT || !j->driver_ups || j->now_ns - j->driver_up_ns >= timeout_ns)
        return;
    if (j->left > 0)
        return; /* it was silent before the driver died */
    plan_format_duration(j->now_ns - j->driver_up_ns, away);
    plan_format_duration(timeout_ns, patience);
    conf_fail(j, RULE_RCV_7, r,
              "executor %u is counted silent %s after the driver came back, and has %s to be heard",
              r->executor, away, patience);
}

/* Those of the addresses that are asked for which somebody has, or a part of them that leaves too little. */
static uint64_t gpus_in_use(const struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s)
{
    uint64_t used = (uint64_t)r->b & conf_gpus_of(j, &conf_executors(j)[r->executor])->used, over = 0;
    if (s->gpu_milli >= 1000 || used == 0)
        return used;
    const uint16_t *share = &conf_shares(j)[(size_t)r->executor * CONF_GPUS];
    for (; used != 0; used &= used - 1)
        if (share[__builtin_ctzll(used)] + (uint64_t)r->a * s->gpu_milli > 1000)
            over |= used & -used;
    return over;
}

/* What the driver does not know to be free includes what truly is not: it can ask for too little
 * there, never for too much. What somebody else took it cannot know. */
void conf_check_asked(struct conf_judge *j, const struct trace_record *r,
                      const struct conf_stage *s)
{
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    char label[CONF_LABEL_BYTES];
    uint64_t count = (uint64_t)r->a;
    uint64_t cores = e->cores_used + e->held_cores + count * s->cores;
    uint64_t memory = e->memory_used + e->held_memory + count * s->memory_mib;
    enum conf_rule_id rule = conf_rule_after_return(j, RULE_CAP_8, RULE_RCV_6);
    if (cores > e->cores)
        conf_fail(j, rule, r,
                  "%" PRIu64
                  " slots for %s are asked for on executor %u: with what runs and is held "
                  "there they need %" PRIu64 " cores, it has %u",
                  count, conf_stage_label(j, s, label), r->executor, cores, e->cores);
    else if (memory > e->memory_mib)
        conf_fail(j, rule, r,
                  "%" PRIu64
                  " slots for %s are asked for on executor %u: with what runs and is held "
                  "there they need %" PRIu64 " MiB, it has %u",
                  count, conf_stage_label(j, s, label), r->executor, memory, e->memory_mib);
    uint64_t gpus = s->gpu_milli > 0 ? gpus_in_use(j, r, s) : 0;
    if (gpus != 0)
        conf_fail(j, rule, r, "%" PRIu64 " slots for %s are asked for on executor %u with GPU %d, which another process holds", count,
                  conf_stage_label(j, s, label), r->executor, __builtin_ctzll(gpus));
}
