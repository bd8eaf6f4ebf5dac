/*
 * launch.c -- AON and CAP: who may start, and what runs where.
 *
 * This room is for: plans, reservations, goes, starts, exits and slots reported free.
 * It may include:   trace/ and conf/ headers.
 * Never here:       belief. What runs is what the world started and has not seen exit; what the
 * driver thinks of it counts only where a rule is about what the driver was told.
 *
 * A rank has one reservation at a time in these books: a newer one takes the place of the older. A
 * reservation is over when it was used (START), given back (UNRESERVE sent), refused, reported free
 * (its lease ended), or when its executor went down: then the executor has more `downs` than the
 * reservation remembers.
 */
#include "judge.h"

#include <assert.h>
#include <inttypes.h>

/* ---- reservations */
static void hold_cores(const struct conf_stage *s, const struct conf_booking *b,
                       struct conf_executor *e)
{
    if (e->downs != b->downs)
        return; /* what its process held is gone with it */
    e->held_cores += s->cores;
    e->held_memory += s->memory_mib;
}

static void unhold_cores(const struct conf_stage *s, const struct conf_booking *b,
                         struct conf_executor *e)
{
    if (e->downs != b->downs)
        return;
    e->held_cores -= s->cores;
    e->held_memory -= s->memory_mib;
}

static void drop_hold(struct conf_judge *j, struct conf_stage *s, struct conf_rank *k)
{
    if ((k->bits & RANK_HELD) == 0)
        return;
    const struct conf_booking *b = conf_booking_of(j, k);
    unhold_cores(s, b, &conf_executors(j)[b->executor]);
    k->bits &= ~(uint32_t)RANK_HELD;
    s->held--;
    j->held--;
}

/* It was given back, or is over: what was acknowledged is no longer. */
static void end_reservation(struct conf_judge *j, struct conf_stage *s, struct conf_rank *k)
{
    if ((k->bits & RANK_ACKED) && conf_booking_of(j, k)->launch == s->launch && s->acked > 0)
        s->acked--;
    drop_hold(j, s, k);
    k->bits &= ~(uint32_t)RANK_LAUNCH_BITS;
}

static bool is_reservation(const struct conf_judge *j, const struct conf_rank *k, const struct trace_record *r,
                           uint32_t bit)
{
    const struct conf_booking *b = conf_booking_of(j, k);
    return (k->bits & bit) != 0 && b->launch == r->attempt && b->executor == r->executor;
}

static bool is_void(const struct conf_judge *j, const struct conf_rank *k)
{
    const struct conf_booking *b = conf_booking_of(j, k);
    const struct conf_executor *e = &conf_executors(j)[b->executor];
    return e->downs != b->downs || conf_written_off(e);
}

uint32_t conf_find_held(const struct conf_judge *j, const struct conf_stage *s)
{
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if ((k->bits & RANK_HELD) && !is_void(j, k))
            return rank;
    }
    return CONF_NONE;
}

uint32_t conf_count_held(const struct conf_judge *j, const struct conf_stage *s)
{
    uint32_t count = 0;
    for (uint32_t rank = 0; s->held > 0 && rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        count += (k->bits & RANK_HELD) && !is_void(j, k);
    }
    return count;
}

uint32_t conf_find_living(const struct conf_judge *j, const struct conf_stage *s, uint32_t before)
{
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if ((k->bits & RANK_RUNNING) && k->run < before &&
            !conf_written_off(&conf_executors(j)[k->run_executor]))
            return rank;
    }
    return CONF_NONE;
}

void conf_close_attempt(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (!s->is_barrier || s->running == 0 || s->started == s->members)
        return;
    uint32_t living = conf_find_living(j, s, CONF_NONE);
    if (living != CONF_NONE)
        conf_fail(j, RULE_AON_3, r,
                  "attempt %u of %s is over, with %u of %u ranks started and %u of them still "
                  "running (rank %u)",
                  s->run, conf_stage_label(j, s, label), s->started, s->members, s->running, living);
}

/* After its end nothing of a job begins, and after its cancellation nothing more does. */
static void check_job_open(struct conf_judge *j, const struct trace_record *r,
                           const struct conf_stage *s, const char *what)
{
    const struct conf_job *job = &conf_jobs(j)[s->job];
    char label[CONF_LABEL_BYTES];
    if (job->bits & JOB_DONE)
        conf_fail(j, RULE_RST_9, r, "attempt %u of %s is %s, but its job has ended", r->attempt,
                  conf_stage_label(j, s, label), what);
    else if ((job->bits & JOB_CANCEL_OWED) && j->left == 0)
        conf_fail(j, RULE_PRG_9, r, "attempt %u of %s is %s, but its job was cancelled", r->attempt,
                  conf_stage_label(j, s, label), what);
}

static void check_planned(struct conf_judge *j, const struct trace_record *r,
                          const struct conf_stage *s, const char *what)
{
    char label[CONF_LABEL_BYTES];
    if (!s->is_barrier || (s->launch == r->attempt && s->plan_end > 0))
        return;
    if (s->plan_end == 0)
        conf_fail(j, RULE_AON_6, r, "attempt %u of %s is %s, but no attempt of it was planned",
                  r->attempt, conf_stage_label(j, s, label), what);
    else
        conf_fail(j, RULE_AON_6, r, "attempt %u of %s is %s, but attempt %u was planned last",
                  r->attempt, conf_stage_label(j, s, label), what, s->launch);
}

/* What it had before may have become less since it was planned: a part was given back, or lost. */
static uint32_t planned_in_all(const struct trace_record *r, const struct conf_stage *s)
{
    if (r->a < 0 || r->a > s->tasks)
        return 0;
    return r->rank > s->tasks - (uint32_t)r->a ? s->tasks : r->rank + (uint32_t)r->a;
}

void conf_on_plan(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if ((conf_jobs(j)[r->job].bits & JOB_SUBMITTED) == 0)
        conf_fail(j, RULE_HIS_8, r, "%s is planned, but its job was not submitted",
                  conf_stage_label(j, s, label));
    check_job_open(j, r, s, "planned");
    j->tasks_planned |= !s->is_barrier;
    conf_check_attempts_left(j, r, s);
    conf_check_parents(j, r, s);
    if (!s->is_barrier)
        return;
    if (r->rank != CONF_NONE) { /* it adds to the plan of this attempt */
        check_planned(j, r, s, "planned further");
        j->holds = 1;
        s->planned = planned_in_all(r, s);
        return;
    }
    conf_check_overtaken(j, r, s);
    conf_check_robbed(j, r, s);
    s->planned = r->a < 0 || r->a > s->tasks ? 0 : (uint32_t)r->a;
    if (s->done)
        conf_fail(j, RULE_GEN_9, r,
                  "attempt %u of %s is planned, but it is done and no output of it was lost",
                  r->attempt, conf_stage_label(j, s, label));
    conf_check_budget_left(j, r, s);
    conf_queue_leave(j, s, QUEUE_LAUNCH);
    s->acts &= (uint8_t)~(uint32_t)(STAGE_LOST_ASKED | STAGE_TOLD);
    if (!conf_says_launch(j))
        conf_queue_take(j, s, QUEUE_LAUNCH, r->cause);
    if (r->attempt < s->plan_end)
        conf_fail(j, conf_rule_after_return(j, RULE_GEN_5, RULE_RCV_4), r,
                  "attempt %u of %s is planned after attempt %u", r->attempt,
                  conf_stage_label(j, s, label), s->plan_end - 1);
    else
        s->plan_end = r->attempt + 1;
    if (s->go_end > s->over_end)
        conf_fail(j, RULE_GEN_5, r,
                  "attempt %u of %s is planned, but attempt %u went and is not fenced", r->attempt,
                  conf_stage_label(j, s, label), s->go_end - 1);
    conf_close_attempt(j, r, s);
    s->members = s->tasks;
    s->launch = r->attempt;
    s->acked = 0;
    s->accepted = 0;
}

/* It may be told once more, of more members: its slots are waited for since the first time. */
void conf_on_launch(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    check_planned(j, r, s, "told to go");
    if (!s->is_barrier || r->attempt != s->launch)
        return;
    s->planned = r->a < 0 || r->a > s->tasks ? 0 : (uint32_t)r->a;
    if ((s->acts & STAGE_TOLD) == 0)
        conf_queue_take(j, s, QUEUE_LAUNCH, r->cause);
    s->acts |= STAGE_TOLD;
}

void conf_on_reserve(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    check_planned(j, r, s, "reserved");
    if (!conf_executors(j)[r->executor].joined)
        conf_fail(j, RULE_CAP_6, r,
                  "%u slots for %s are asked for on executor %u, which is not in the registry",
                  (uint32_t)r->a, conf_stage_label(j, s, label), r->executor);
    conf_check_excluded(j, r, s);
    conf_check_asked(j, r, s);
    conf_check_tasks_left(j, r, s);
    if (j->bounds != 0)
        conf_check_passed(j, r, s);
    if (j->marks != 0)
        conf_on_slots_got(j, r, s);
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        end_reservation(j, s, k);
        k->bits = (k->bits & ~(uint32_t)RANK_EVICTED) | RANK_RESERVED;
        struct conf_booking *b = conf_booking_of(j, k);
        b->launch = r->attempt;
        b->executor = r->executor;
    }
}

void conf_on_reserve_ack(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        if (!is_reservation(j, k, r, RANK_RESERVED) || (k->bits & RANK_HELD))
            continue; /* it was given back meanwhile */
        k->bits |= RANK_HELD | RANK_VOUCHED;
        struct conf_booking *b = conf_booking_of(j, k);
        b->downs = conf_executors(j)[r->executor].downs;
        hold_cores(s, b, &conf_executors(j)[r->executor]);
        s->held++;
        j->held++;
    }
}

void conf_on_reserve_ack_delivered(struct conf_judge *j, const struct trace_record *r,
                                   struct conf_stage *s)
{
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        if (!is_reservation(j, k, r, RANK_VOUCHED) || (k->bits & RANK_ACKED))
            continue; /* a lease that ended since is no news to the driver yet */
        k->bits |= RANK_ACKED;
        s->acked += conf_booking_of(j, k)->launch == s->launch;
    }
}

/* CAP-10. What was given back and may not be known there yet is still held, as far as anybody can tell. */
static void check_refused(struct conf_judge *j, const struct trace_record *r,
                          const struct conf_stage *s)
{
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    char label[CONF_LABEL_BYTES];
    uint64_t cores = e->cores_used + e->held_cores + (uint64_t)s->cores * (uint64_t)r->a;
    uint64_t memory = e->memory_used + e->held_memory + (uint64_t)s->memory_mib * (uint64_t)r->a;
    if (r->b != TRACE_REASON_NO_ROOM || s->gpu_milli > 0 || e->returning > 0 || e->taken || !e->up ||
        cores > e->cores || memory > e->memory_mib)
        return;
    conf_fail(j, RULE_CAP_10, r,
              "executor %u refuses %u slots for %s for want of room: with them, what runs and what is held "
              "there need %" PRIu64 " of its %u cores and %" PRIu64 " of its %u MiB",
              r->executor, (uint32_t)r->a, conf_stage_label(j, s, label), cores, e->cores, memory,
              e->memory_mib);
}

void conf_on_unreserve_over(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    if (e->returning > 0)
        e->returning--;
}

void conf_on_given_back(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    if (r->kind == TRACE_RESERVE_NACK)
        check_refused(j, r, s);
    else if (conf_executors(j)[r->executor].returning < UINT16_MAX)
        conf_executors(j)[r->executor].returning++;
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        if (is_reservation(j, k, r, RANK_RESERVED))
            end_reservation(j, s, k);
    }
    if (r->kind == TRACE_UNRESERVE)
        conf_on_taken_back(j, r, s);
}

static bool has_reservation(const struct conf_judge *j, const struct conf_stage *s)
{
    for (uint32_t rank = 0; rank < s->tasks; rank++) {
        const struct conf_rank *k = conf_rank_of(j, s, rank);
        if ((k->bits & RANK_RESERVED) && conf_booking_of(j, k)->launch == s->launch)
            return true;
    }
    return false;
}

/* The driver takes the launch back, or is told that a part of it cannot be had. Of what is held a part may go, and the rest stays. */
void conf_on_taken_back(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    if (s->is_barrier && r->attempt == s->launch && !(conf_may_hold(j) && has_reservation(j, s)))
        conf_queue_leave(j, s, QUEUE_LAUNCH);
}

/* ---- goes */
static void check_acks(struct conf_judge *j, const struct trace_record *r,
                       const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (s->is_barrier) {
        uint32_t acked = s->launch == r->attempt ? s->acked : 0;
        if (acked != conf_members_planned(s))
            conf_fail(j, RULE_AON_1, r, "attempt %u of %s goes with %u of %u slots acknowledged",
                      r->attempt, conf_stage_label(j, s, label), acked, conf_members_planned(s));
        return;
    }
    for (uint32_t i = 0; i < (uint32_t)r->a; i++)
        if (!is_reservation(j, conf_rank_of(j, s, r->rank + i), r, RANK_ACKED)) {
            conf_fail(
                j, RULE_AON_5, r,
                "rank %u of %s goes in attempt %u, but its slot on executor %u is not acknowledged",
                r->rank + i, conf_stage_label(j, s, label), r->attempt, r->executor);
            return;
        }
}

static void check_one_restart(struct conf_judge *j, const struct trace_record *r,
                              const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (s->is_barrier && r->attempt >= s->go_end && s->go_end > s->over_end)
        conf_fail(j, RULE_RST_2, r, "attempt %u of %s goes, but attempt %u went and is not fenced",
                  r->attempt, conf_stage_label(j, s, label), s->go_end - 1);
}

static void count_attempt(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (r->attempt < s->go_end)
        return;
    if (s->is_barrier && s->launch == r->attempt && s->plan_end > 0) {
        s->members = conf_members_planned(s);
        if (s->planned != s->members)
            conf_fail(j, RULE_AON_7, r, "attempt %u of %s goes, planned with %u of its %u members",
                      r->attempt, conf_stage_label(j, s, label), s->planned, s->least);
    }
    s->go_end = r->attempt + 1;
    s->attempts++;
    conf_queue_leave(j, s, QUEUE_WAIT);
    conf_queue_leave(j, s, QUEUE_LAUNCH);
    conf_end_wait(j, s);
}

/* An attempt of n members is of the ranks from 0 on. */
static void check_part(struct conf_judge *j, const struct trace_record *r,
                       const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (!s->is_barrier || s->launch != r->attempt || s->plan_end == 0 ||
        r->rank + (uint32_t)r->a <= conf_members_planned(s))
        return;
    conf_fail(j, RULE_AON_7, r, "%u ranks from %u on of %s go in attempt %u, which was planned with %u members",
              (uint32_t)r->a, r->rank, conf_stage_label(j, s, label), r->attempt, s->planned);
}

/* What is held is not to go before it is told to. Whoever came back carries out what it was told before. */
static void check_told(struct conf_judge *j, const struct trace_record *r,
                       const struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    if (s->is_barrier && conf_says_launch(j) && !(s->launch == r->attempt && (s->acts & STAGE_TOLD)))
        conf_fail(j, RULE_AON_9, r, "attempt %u of %s goes, but was not told to: its slots are held",
                  r->attempt, conf_stage_label(j, s, label));
}

/* Its slot is taken from now on, as far as the driver knows. */
static void launch_unreserved(const struct conf_judge *j, const struct trace_record *r, struct conf_rank *k)
{
    struct conf_booking *b = conf_booking_of(j, k);
    k->bits |= RANK_GO_SENT;
    b->launch = r->attempt;
    b->executor = r->executor;
    b->downs = conf_executors(j)[r->executor].downs;
}

void conf_on_go(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    check_one_restart(j, r, s);
    (void)conf_is_fenced(j, r, s, "sent to start");
    check_planned(j, r, s, "sent to start");
    check_told(j, r, s);
    if (j->options.two_phase)
        check_acks(j, r, s);
    check_job_open(j, r, s, "sent to start");
    conf_check_together(j, r, s);
    check_part(j, r, s);
    if (!j->options.two_phase && j->bounds != 0)
        conf_check_passed(j, r, s);
    if (!j->options.two_phase && j->marks != 0)
        conf_on_slots_got(j, r, s);
    count_attempt(j, r, s);
    if (!s->is_barrier && j->bounds != 0)
        conf_end_wait(j, s);
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        k->bits &= ~(uint32_t)RANK_EVICTED;
        if (!j->options.two_phase)
            launch_unreserved(j, r, k);
        else if (is_reservation(j, k, r, RANK_RESERVED))
            k->bits |= RANK_GO_SENT;
    }
}

void conf_on_go_delivered(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    for (uint32_t i = 0; i < (uint32_t)r->a; i++) {
        struct conf_rank *k = conf_rank_of(j, s, r->rank + i);
        if (is_reservation(j, k, r, RANK_GO_SENT))
            k->bits |= RANK_GO_THERE;
    }
}

/* ---- starts */
static void check_go(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s,
                     const struct conf_rank *k)
{
    char label[CONF_LABEL_BYTES];
    if (!is_reservation(j, k, r, RANK_GO_THERE))
        conf_fail(
            j, RULE_AON_2, r,
            "rank %u of %s starts in attempt %u on executor %u, where no go for it was delivered",
            r->rank, conf_stage_label(j, s, label), r->attempt, r->executor);
    else if ((k->bits & RANK_HELD) == 0 || conf_executors(j)[r->executor].downs != conf_booking_of(j, k)->downs)
        conf_fail(
            j, RULE_AON_2, r,
            "rank %u of %s starts in attempt %u on executor %u, where its slot is no longer held",
            r->rank, conf_stage_label(j, s, label), r->attempt, r->executor);
}

/* A newer attempt begins: is an older one of the gang still running? Looked at once an attempt. */
static void check_overlap_of_gang(struct conf_judge *j, const struct trace_record *r,
                                  struct conf_stage *s)
{
    char label[CONF_LABEL_BYTES];
    uint32_t living = s->running + s->older > 0 ? conf_find_living(j, s, r->attempt) : CONF_NONE;
    if (living != CONF_NONE)
        conf_fail(j, RULE_GEN_2, r,
                  "attempt %u of %s starts while rank %u of attempt %u still runs on executor %u",
                  r->attempt, conf_stage_label(j, s, label), living,
                  conf_rank_of(j, s, living)->run, conf_rank_of(j, s, living)->run_executor);
    s->older += s->running;
    if (s->older + s->ghosts > 0)
        s->overlap_ns = j->now_ns;
    s->running = s->started = 0;
    s->run = r->attempt;
    s->resume = s->checkpoint;
    s->ahead = 0;
    s->acts &= STAGE_TOLD;
}

static void check_overlap_of_rank(struct conf_judge *j, const struct trace_record *r,
                                  const struct conf_stage *s, const struct conf_rank *k)
{
    char label[CONF_LABEL_BYTES];
    if ((k->bits & RANK_STARTED) && k->run == r->attempt) {
        conf_fail(
            j, RULE_CAP_5, r,
            "rank %u of %s starts in attempt %u, in which it has started before, on executor %u",
            r->rank, conf_stage_label(j, s, label), r->attempt, k->run_executor);
        return;
    }
    if ((k->bits & RANK_RUNNING) && conf_written_off(&conf_executors(j)[k->run_executor]))
        return; /* how long it may live on is looked at when it ends */
    if ((k->bits & RANK_RUNNING) && (k->bits & RANK_CALLING))
        conf_fail(j, RULE_BAR_8, r,
                  "rank %u of %s starts in attempt %u, and its call of epoch %u in attempt %u was "
                  "never answered",
                  r->rank, conf_stage_label(j, s, label), r->attempt, k->epoch, k->run);
    if (k->bits & RANK_RUNNING)
        conf_fail(j, RULE_GEN_2, r,
                  "rank %u of %s starts in attempt %u while its process of attempt %u runs on "
                  "executor %u",
                  r->rank, conf_stage_label(j, s, label), r->attempt, k->run, k->run_executor);
    else if (s->is_barrier ? r->attempt < s->run : (k->bits & RANK_STARTED) && r->attempt < k->run)
        conf_fail(j, RULE_GEN_2, r, "rank %u of %s starts in attempt %u after attempt %u had begun",
                  r->rank, conf_stage_label(j, s, label), r->attempt,
                  s->is_barrier ? s->run : k->run);
}

static void check_host(struct conf_judge *j, const struct trace_record *r,
                       const struct conf_stage *s, const struct conf_executor *e)
{
    char label[CONF_LABEL_BYTES];
    if (!e->up)
        conf_fail(j, RULE_CAP_4, r, "rank %u of %s starts on executor %u, which is not up", r->rank,
                  conf_stage_label(j, s, label), r->executor);
    else if (r->b != e->incarnation)
        conf_fail(j, RULE_CAP_4, r,
                  "rank %u of %s starts on executor %u in incarnation %" PRId64 ", but it is in %u",
                  r->rank, conf_stage_label(j, s, label), r->executor, r->b, e->incarnation);
}

/* ---- what runs where */
static uint32_t bits_in(uint64_t mask) { return (uint32_t)__builtin_popcountll(mask); }

/* With fractions about, each address has a sum in thousandths; without, a bit. Returns addresses
 * that are overfull. */
static uint64_t add_gpus(struct conf_judge *j, uint32_t executor, uint64_t mask, uint32_t milli)
{
    struct conf_gpus_of *gpus = conf_gpus_of(j, &conf_executors(j)[executor]);
    uint64_t over = gpus->used & mask;
    gpus->used |= mask;
    if (!j->has_fractions)
        return over;
    uint16_t *share = &conf_shares(j)[(size_t)executor * CONF_GPUS];
    uint16_t each = (uint16_t)(milli < 1000 ? milli : 1000);
    over = 0;
    for (; mask != 0; mask &= mask - 1) {
        unsigned gpu = (unsigned)__builtin_ctzll(mask);
        share[gpu] = (uint16_t)(share[gpu] > UINT16_MAX - each ? UINT16_MAX : share[gpu] + each);
        if (share[gpu] > 1000)
            over |= mask & -mask;
    }
    return over;
}

static void remove_gpus(struct conf_judge *j, uint32_t executor, uint64_t mask, uint32_t milli)
{
    struct conf_gpus_of *gpus = conf_gpus_of(j, &conf_executors(j)[executor]);
    if (!j->has_fractions) {
        gpus->used &= ~mask;
        return;
    }
    uint16_t *share = &conf_shares(j)[(size_t)executor * CONF_GPUS];
    uint16_t each = (uint16_t)(milli < 1000 ? milli : 1000);
    for (; mask != 0; mask &= mask - 1) {
        unsigned gpu = (unsigned)__builtin_ctzll(mask);
        share[gpu] = (uint16_t)(share[gpu] < each ? 0 : share[gpu] - each);
        if (share[gpu] == 0)
            gpus->used &= ~(mask & -mask);
    }
}

static void take_gpus(struct conf_judge *j, const struct trace_record *r,
                      const struct conf_stage *s)
{
    uint64_t there = conf_gpus_of(j, &conf_executors(j)[r->executor])->there;
    char label[CONF_LABEL_BYTES];
    uint64_t mask = (uint64_t)r->a;
    uint32_t wanted = (s->gpu_milli + 999) / 1000;
    if (s->gpu_first == CONF_NONE) {
        if (mask != 0)
            conf_fail(j, RULE_CAP_3, r,
                      "rank %u of %s holds %u GPUs (mask %#" PRIx64 "), but its profile has none",
                      r->rank, conf_stage_label(j, s, label), bits_in(mask), mask);
        return;
    }
    if (bits_in(mask) != wanted || (mask & ~there) != 0)
        conf_fail(j, RULE_CAP_3, r,
                  "rank %u of %s holds %u GPUs (mask %#" PRIx64
                  "), its profile asks for %u, executor %u has mask %#" PRIx64,
                  r->rank, conf_stage_label(j, s, label), bits_in(mask), mask, wanted, r->executor,
                  there);
    uint64_t over = add_gpus(j, r->executor, mask, s->gpu_milli);
    if (over != 0)
        conf_fail(j, RULE_CAP_3, r,
                  "rank %u of %s gets GPU %d of executor %u, which another process holds", r->rank,
                  conf_stage_label(j, s, label), __builtin_ctzll(over), r->executor);
    conf_gpus(j)[s->gpu_first + r->rank] = mask;
}

static void take_slot(struct conf_judge *j, const struct trace_record *r,
                      const struct conf_stage *s)
{
    struct conf_executor *e = &conf_executors(j)[r->executor];
    char label[CONF_LABEL_BYTES];
    e->running++;
    e->cores_used += s->cores;
    e->memory_used += s->memory_mib;
    if (e->cores_used > e->cores)
        conf_fail(j, RULE_CAP_1, r,
                  "rank %u of %s starts on executor %u: its processes need %" PRIu64
                  " cores, it has %u",
                  r->rank, conf_stage_label(j, s, label), r->executor, e->cores_used, e->cores);
    if (e->memory_used > e->memory_mib)
        conf_fail(
            j, RULE_CAP_2, r,
            "rank %u of %s starts on executor %u: its processes need %" PRIu64 " MiB, it has %u",
            r->rank, conf_stage_label(j, s, label), r->executor, e->memory_used, e->memory_mib);
    if (r->a != 0 || s->gpu_first != CONF_NONE)
        take_gpus(j, r, s);
}

/* The newest process of a rank leaves the books. */
static void give_slot(struct conf_judge *j, struct conf_stage *s, struct conf_rank *k,
                      uint32_t rank)
{
    struct conf_executor *e = &conf_executors(j)[k->run_executor];
    assert(e->running > 0);
    e->running--;
    e->cores_used -= s->cores;
    e->memory_used -= s->memory_mib;
    if (s->gpu_first != CONF_NONE)
        remove_gpus(j, k->run_executor, conf_gpus(j)[s->gpu_first + rank], s->gpu_milli);
    uint32_t *count = !s->is_barrier || k->run == s->run ? &s->running : &s->older;
    assert(*count > 0);
    --*count;
    conf_jobs(j)[s->job].running--;
    j->running--;
    j->calling -= (k->bits & RANK_CALLING) != 0;
    k->bits &= ~(uint32_t)(RANK_RUNNING | RANK_CALLING);
}

/* A rank whose executors stand still one after the other leaves a process on each. More than three are not told apart. */
static void add_ghost(struct conf_judge *j, struct conf_stage *s, struct conf_rank *k)
{
    s->ghosts++;
    j->ghosts++;
    if ((k->bits & RANK_GHOST) == 0)
        k->bits |= RANK_GHOST;
    else if (k->bits & RANK_TWO_GHOSTS)
        return;
    else
        k->bits ^= RANK_GHOSTS;
}

/* False: it has none. */
static bool remove_ghost(struct conf_judge *j, struct conf_stage *s, struct conf_rank *k)
{
    if ((k->bits & RANK_GHOSTS) == 0 || s->ghosts == 0)
        return false;
    s->ghosts--;
    j->ghosts--;
    if ((k->bits & RANK_GHOSTS) == RANK_GHOSTS && s->ghosts >= 3)
        return true; /* it may have had more */
    k->bits ^= (k->bits & RANK_GHOST) != 0 ? RANK_GHOST : RANK_GHOSTS;
    return true;
}

void conf_on_start(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    if (s->is_barrier && (r->attempt > s->run || (s->run == 0 && s->started == 0)))
        check_overlap_of_gang(j, r, s);
    if (k->bits & RANK_STARTED)
        check_overlap_of_rank(j, r, s, k);
    else if (s->is_barrier && r->attempt < s->run)
        check_overlap_of_rank(j, r, s, k);
    if (j->options.two_phase)
        check_go(j, r, s, k);
    else
        count_attempt(j, r, s);
    check_host(j, r, s, &conf_executors(j)[r->executor]);
    if (k->bits & RANK_RUNNING) { /* said above; from here on we follow the newer one */
        give_slot(j, s, k, r->rank);
        add_ghost(j, s, k);
        s->overlap_ns = j->now_ns;
    }
    bool first = (k->bits & RANK_STARTED) == 0 || k->run != r->attempt;
    drop_hold(j, s, k); /* used; its acknowledgement stays good for the goes of the others */
    conf_withdraw(j, s, k);
    if (j->marks != 0)
        conf_check_back(j, r, s);
    k->bits = (k->bits & (RANK_GHOSTS | RANK_EVICTED)) | RANK_STARTED | RANK_RUNNING;
    k->run = r->attempt;
    k->run_executor = r->executor;
    struct conf_booking *b = conf_booking_of(j, k);
    b->downs = conf_executors(j)[r->executor].downs;
    if (s->is_barrier)
        b->reports = s->checkpoint;
    take_slot(j, r, s);
    if (!s->is_barrier || r->attempt == s->run) {
        s->running++;
        s->started += first;
    } else {
        s->older++;
    }
    conf_jobs(j)[s->job].running++;
    j->running++;
}

/* ---- ends */
static void complain_exit(struct conf_judge *j, const struct trace_record *r,
                          const struct conf_stage *s, const struct conf_rank *k)
{
    char label[CONF_LABEL_BYTES];
    conf_stage_label(j, s, label);
    if (k->bits & RANK_RUNNING)
        conf_fail(j, RULE_HIS_3, r,
                  "rank %u of %s exits in attempt %u on executor %u, but its process is of attempt "
                  "%u on executor %u",
                  r->rank, label, r->attempt, r->executor, k->run, k->run_executor);
    else
        conf_fail(j, RULE_HIS_3, r,
                  "rank %u of %s exits in attempt %u on executor %u, but no process of it runs",
                  r->rank, label, r->attempt, r->executor);
}

static void check_manner(struct conf_judge *j, const struct trace_record *r,
                         const struct conf_stage *s, const struct conf_rank *k)
{
    char label[CONF_LABEL_BYTES];
    if (r->a == TRACE_EXIT_OK && (k->bits & RANK_CALLING))
        conf_fail(j, RULE_BAR_8, r,
                  "rank %u of %s ends well while its call of epoch %u is unanswered", r->rank,
                  conf_stage_label(j, s, label), k->epoch);
    if (r->a == TRACE_EXIT_KILLED && (k->bits & RANK_TOLD_TO_END) == 0)
        conf_fail(j, RULE_HIS_6, r,
                  "rank %u of %s ends as killed in attempt %u, but was not told to end", r->rank,
                  conf_stage_label(j, s, label), r->attempt);
    if (r->a == TRACE_EXIT_HOST && conf_executors(j)[r->executor].up)
        conf_fail(j, RULE_HIS_7, r,
                  "rank %u of %s ends with executor %u, which is up in incarnation %u", r->rank,
                  conf_stage_label(j, s, label), r->executor,
                  conf_executors(j)[r->executor].incarnation);
}

/* A process of an attempt that has a successor ends: in time? */
static void check_overlap_ends(struct conf_judge *j, const struct trace_record *r,
                               const struct conf_stage *s)
{
    const struct conf_executor *e = &conf_executors(j)[r->executor];
    char label[CONF_LABEL_BYTES], lived[32], allowed[32];
    int64_t from_ns = s->overlap_ns > e->stands_ns ? s->overlap_ns : e->stands_ns;
    if (s->overlap_ns == INT64_MIN || e->drifts || j->now_ns - from_ns <= conf_overlap_ns(j))
        return;
    plan_format_duration(j->now_ns - s->overlap_ns, lived);
    plan_format_duration(conf_overlap_ns(j), allowed);
    conf_fail(j, RULE_GEN_10, r,
              "rank %u of %s in attempt %u on executor %u ends %s after its successor began, "
              "allowed are %s",
              r->rank, conf_stage_label(j, s, label), r->attempt, r->executor, lived, allowed);
}

void conf_on_exit(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    bool running =
        (k->bits & RANK_RUNNING) && k->run == r->attempt && k->run_executor == r->executor;
    if (!running && remove_ghost(j, s, k)) {
        check_overlap_ends(j, r, s);
        return;
    }
    if (!running) {
        complain_exit(j, r, s, k);
        return;
    }
    check_manner(j, r, s, k);
    if (s->is_barrier && k->run < s->run)
        check_overlap_ends(j, r, s);
    give_slot(j, s, k, r->rank);
    if (r->a == TRACE_EXIT_OK)
        k->bits |= RANK_EXIT_OK;
}

void conf_on_killed(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    if (k->run == r->attempt)
        k->bits |= RANK_TOLD_TO_END;
}

/* ---- slots reported free: a task that ended, or a reservation whose lease did */
void conf_on_free(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    char label[CONF_LABEL_BYTES];
    if ((k->bits & RANK_RUNNING) && k->run == r->attempt && k->run_executor == r->executor)
        conf_fail(j, RULE_CAP_7, r,
                  "executor %u reports the slot of rank %u of %s free while its process of attempt "
                  "%u runs",
                  r->executor, r->rank, conf_stage_label(j, s, label), r->attempt);
    if (is_reservation(j, k, r, RANK_HELD))
        drop_hold(j, s, k);
}

void conf_on_free_delivered(struct conf_judge *j, const struct trace_record *r,
                            struct conf_stage *s)
{
    struct conf_rank *k = conf_rank_of(j, s, r->rank);
    conf_queue_drained(j, s, r->attempt);
    if (j->bounds != 0)
        conf_slot_is_free(j);
    if (is_reservation(j, k, r, RANK_RESERVED | RANK_GO_SENT)) {
        end_reservation(j, s, k);
        return;
    }
    if (k->run != r->attempt || (k->bits & (RANK_STARTED | RANK_RUNNING)) != RANK_STARTED)
        return;
    conf_note_freed(j, r, s, k);
    conf_withdraw(j, s, k);
    if (r->a == TRACE_EXIT_OK && (k->bits & RANK_EXIT_OK))
        k->bits |= RANK_FREE_OK;
    if (r->a == TRACE_EXIT_OK || (k->bits & RANK_FREE_BAD))
        return;
    k->bits |= RANK_FREE_BAD;
    if (!s->is_barrier)
        conf_pay_task(j, r, s, k);
}
