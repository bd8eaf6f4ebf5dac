/*
 * judge.c -- the judge: memory, the form of records, and who hears of which.
 *
 * This room is for: conf_size, conf_init, conf_feed, conf_fingerprint; HIS: whether a record is
 * possible at all. It may include:   the C library, plan, trace/ and conf/ headers. Never here: the
 * core and the simulator. A judge shares no code with the suspect.
 *
 * One switch on the kind of record, and each case calls what the oracles need of that kind. Before
 * it, one look at a table says which fields such a record must have, so that the cases may use them
 * without looking again. Before both stands quick.h, for the records that most of a history consists of:
 * it is asked while nothing is due, which one word says (`plain`).
 */
#include "quick.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* ---- memory */
static size_t align_up(size_t bytes) { return (bytes + CONF_LINE - 1) & ~(size_t)(CONF_LINE - 1); }

static uint64_t count_ranks(const struct plan *plan)
{
    uint64_t ranks = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        ranks += plan->stages[i].tasks;
    return ranks;
}

static uint64_t count_gpu_ranks(const struct plan *plan)
{
    uint64_t ranks = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        if (plan->profiles[plan->stages[i].profile].gpu_milli > 0)
            ranks += plan->stages[i].tasks;
    return ranks;
}

static bool has_gpus(const struct plan *plan)
{
    bool any = count_gpu_ranks(plan) > 0;
    for (uint32_t i = 0; i < plan->executor_count; i++)
        any |= plan->executors[i].gpus > 0;
    return any;
}

static bool has_fractions(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->profile_count; i++)
        if (plan->profiles[i].gpu_milli % 1000 != 0)
            return true;
    return false;
}

static bool has_links(const struct plan *plan) { return plan->act_count > 0 || plan->setting[PLAN_SET_DATAGRAM] != 0; }

/* Where everything is in the block; returns its size. */
static size_t lay_out(const struct plan *plan, struct conf_judge *j)
{
    size_t at = align_up(sizeof *j);
    const struct {
        uint32_t *where;
        size_t bytes;
    } parts[] = {
        {&j->executors_at, plan->executor_count * sizeof(struct conf_executor)},
        {&j->jobs_at, plan->job_count * sizeof(struct conf_job)},
        {&j->stages_at, plan->stage_count * sizeof(struct conf_stage)},
        {&j->ranks_at, count_ranks(plan) * sizeof(struct conf_rank)},
        {&j->bookings_at, count_ranks(plan) * sizeof(struct conf_booking)},
        {&j->gpus_at, count_gpu_ranks(plan) * sizeof(uint64_t)},
        {&j->gpus_of_at, has_gpus(plan) ? plan->executor_count * sizeof(struct conf_gpus_of) : 0},
        {&j->shares_at,
         has_fractions(plan) ? plan->executor_count * CONF_GPUS * sizeof(uint16_t) : 0},
        {&j->patterns_at, plan->expect_count * sizeof(struct conf_pattern)},
        {&j->slots_at, plan->profile_count * sizeof(struct conf_slots)},
        {&j->peers_at, conf_has_peers(plan) ? plan->act_count * sizeof(struct conf_peer) : 0},
        {&j->came_at, has_links(plan) ? plan->executor_count * sizeof(struct conf_came) : 0},
        {&j->others_at, conf_has_bounds(plan) ? plan->executor_count * sizeof(struct conf_others) : 0},
        {&j->waits_at, conf_has_bounds(plan) ? plan->stage_count * sizeof(struct conf_wait) : 0},
        {&j->findings_at, sizeof(struct conf_findings)},
        /* never changed after the beginning */
        {&j->no_gpus_at, sizeof(struct conf_gpus_of)},
        {&j->any_pattern_at, CONF_KINDS * sizeof(uint32_t)},
        {&j->stages_of_at, plan->job_count * sizeof(struct conf_span)},
        {&j->ranks_of_at, plan->stage_count * sizeof(struct conf_span)},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].where = (uint32_t)(at / CONF_LINE);
        at = align_up(at + parts[i].bytes);
    }
    return at;
}

size_t conf_size(const struct plan *plan)
{
    struct conf_judge j;
    return lay_out(plan, &j);
}

static uint64_t low_bits(uint32_t count)
{
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

/* Some call in it says how long it waits at most. */
static bool has_limit(const struct plan *plan, uint32_t number)
{
    if (number >= plan->program_count) /* a history from elsewhere */
        return false;
    const struct plan_program *program = &plan->programs[number];
    for (uint32_t o = 0; o < program->op_count; o++) {
        const struct plan_op *op = &plan->ops[program->first_op + o];
        if ((op->code == PLAN_OP_BARRIER || op->code == PLAN_OP_ALL_GATHER) && op->value2 > 0)
            return true;
    }
    return false;
}

static void init_stage(struct conf_judge *j, uint32_t number)
{
    const struct plan_stage *row = &j->plan->stages[number];
    const struct plan_profile *need = &j->plan->profiles[row->profile];
    conf_ranks_of(j)[number] = (struct conf_span){j->rank_count, row->tasks};
    conf_stages(j)[number] = (struct conf_stage){
        .tasks = row->tasks,
        .is_barrier = row->kind == PLAN_STAGE_BARRIER,
        .job = row->job,
        .cores = need->cores,
        .memory_mib = need->memory_mib,
        .gpu_milli = need->gpu_milli,
        .gpu_first = need->gpu_milli > 0 ? j->gpu_count : CONF_NONE,
        .number = number,
        .least = row->kind != PLAN_STAGE_BARRIER ? row->together : row->min,
        .members = row->tasks,
        .overlap_ns = INT64_MIN,
    };
    if (row->kind != PLAN_STAGE_BARRIER)
        conf_jobs(j)[row->job].bits |= JOB_HAS_TASKS;
    if (has_limit(j->plan, row->program))
        conf_jobs(j)[row->job].bits |= JOB_HAS_LIMIT;
    j->rank_count += row->tasks;
    j->gpu_count += need->gpu_milli > 0 ? row->tasks : 0;
}

bool conf_lacks_faults(const struct conf_judge *j)
{
    bool strays = false;
    for (uint32_t i = 0; i < j->plan->act_count; i++)
        strays |= j->plan->acts[i].kind == PLAN_ACT_STRAY_CALL;
    return strays && !conf_observed(j, TRACE_BIT(TRACE_FAULT));
}

bool conf_lacks_sizes(const struct conf_judge *j)
{
    bool elastic = false;
    for (uint32_t i = 0; i < j->plan->stage_count; i++)
        elastic |= j->plan->stages[i].kind == PLAN_STAGE_BARRIER &&
                   j->plan->stages[i].min < j->plan->stages[i].tasks;
    return elastic && !conf_observed(j, TRACE_BIT(TRACE_PLAN) | TRACE_BIT(TRACE_GO));
}

/* What needs to know how many members an attempt has. */
static void leave_sizes(struct conf_judge *j)
{
    static const enum conf_rule_id rules[] = {
        RULE_AON_1, RULE_AON_3, RULE_AON_4, RULE_AON_7,  RULE_BAR_1,  RULE_BAR_2, RULE_BAR_12,
        RULE_GEN_6, RULE_RST_7, RULE_RST_8, RULE_RST_10, RULE_TMR_7};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        j->active[rules[i] / 64] &= ~(UINT64_C(1) << rules[i] % 64);
}

/* So many tasks run at once, at most: what is touched again and again is of them. */
static uint64_t count_at_once(const struct plan *plan)
{
    uint64_t cores = 0, ranks = count_ranks(plan);
    for (uint32_t i = 0; i < plan->executor_count; i++)
        cores += plan->executors[i].cores;
    return cores < ranks ? cores : ranks;
}

enum { LOOKS_AHEAD_TASKS = 16384 }; /* with them, more than the nearer caches hold */

struct conf_judge *conf_init(void *memory, size_t size, const struct plan *plan,
                             const struct conf_options *options)
{
    assert(memory != NULL);
    assert(((uintptr_t)memory & 63) == 0);
    assert(size >= conf_size(plan));
    assert(count_ranks(plan) < CONF_NONE);
    struct conf_judge *j = memory;
    memset(memory, 0, conf_size(plan));
    j->plan = plan;
    j->options = *options;
    conf_rules_active(options->observes, j->active);
    if (conf_lacks_faults(j)) { /* a stray call cannot be told from a task's */
        j->active[RULE_BAR_4 / 64] &= ~(UINT64_C(1) << RULE_BAR_4 % 64);
        j->active[RULE_BAR_10 / 64] &= ~(UINT64_C(1) << RULE_BAR_10 % 64);
    }
    if (conf_lacks_sizes(j))
        leave_sizes(j);
    j->cluster_version = 1;
    j->has_gpus = has_gpus(plan);
    j->has_fractions = has_fractions(plan);
    j->has_links = has_links(plan);
    j->looks_ahead = count_at_once(plan) > LOOKS_AHEAD_TASKS;
    j->has_peers = conf_has_peers(plan);
    j->bounds = conf_has_bounds(plan);
    j->executor_count = plan->executor_count;
    j->job_count = plan->job_count;
    j->stage_count = plan->stage_count;
    j->open_first = j->open_last = CONF_NONE;
    (void)lay_out(plan, j);
    for (uint32_t i = 0; i < plan->executor_count; i++) {
        const struct plan_executor *row = &plan->executors[i];
        conf_executors(j)[i] = (struct conf_executor){.cores = (uint16_t)row->cores,
                                                      .memory_mib = row->memory_mib,
                                                      .excluded_ns = INT64_MIN,
                                                      .stands_ns = INT64_MIN};
        if (j->has_gpus)
            conf_gpus_of(j, &conf_executors(j)[i])->there = low_bits(row->gpus);
    }
    for (uint32_t i = 0; i < plan->job_count; i++) {
        conf_stages_of(j)[i] = (struct conf_span){plan->jobs[i].first_stage, plan->jobs[i].stage_count};
        conf_jobs(j)[i] = (struct conf_job){
            .bits = plan->jobs[i].kind == PLAN_JOB_SERVICE ? (uint32_t)JOB_SERVICE : 0,
            .next = CONF_NONE,
            .previous = CONF_NONE,
            .first_pattern = CONF_NONE};
    }
    for (uint32_t i = 0; i < plan->stage_count; i++)
        init_stage(j, i);
    conf_timers_init(j);
    conf_expect_init(j);
    return j;
}

size_t conf_live_size(const struct conf_judge *j) { return (size_t)j->findings_at * CONF_LINE; }

/* ---- HIS: the form of a record */
enum form {
    F_EXECUTOR = 1 << 0,
    F_JOB = 1 << 1,
    F_STAGE = 1 << 2, /* with its job */
    F_ATTEMPT = 1 << 3,
    F_RANK = 1 << 4,
    F_EPOCH = 1 << 5,
    F_RANGE = 1 << 6, /* rank is the first of a >= 1 ranks of the stage */
    F_SENT = 1 << 7,
    F_OP = 1 << 8,         /* a is 0 or 1, and twice a limit of the caller's */
    F_INCARNATION = 1 << 9 /* a is a 32-bit number */
};
#define F_GANG (F_JOB | F_STAGE | F_ATTEMPT)
#define F_TASK (F_EXECUTOR | F_GANG | F_RANK)
_Static_assert((int)TRACE_KIND_LIMIT <= (int)CONF_KINDS, "a form for each kind of record");
static const uint16_t forms[CONF_KINDS] = {
    [TRACE_SUBMIT] = F_JOB,
    [TRACE_CANCEL] = F_JOB,
    [TRACE_UP] = F_EXECUTOR | F_INCARNATION,
    [TRACE_DOWN] = F_EXECUTOR | F_INCARNATION,
    [TRACE_START] = F_TASK,
    [TRACE_EXIT] = F_TASK,
    [TRACE_REFUSE] = F_JOB,
    [TRACE_PLAN] = F_GANG,
    [TRACE_LAUNCH] = F_GANG,
    [TRACE_FENCE] = F_GANG,
    [TRACE_ACCEPT] = F_GANG,
    [TRACE_STAGE_DONE] = F_GANG,
    [TRACE_JOB_DONE] = F_JOB,
    [TRACE_JOIN] = F_EXECUTOR | F_INCARNATION,
    [TRACE_LOST] = F_EXECUTOR | F_INCARNATION,
    [TRACE_RESERVE] = F_TASK | F_RANGE | F_SENT,
    [TRACE_GO] = F_TASK | F_RANGE | F_SENT,
    [TRACE_UNRESERVE] = F_TASK | F_RANGE | F_SENT,
    [TRACE_KILL] = F_TASK | F_RANGE | F_SENT,
    [TRACE_RELEASE] = F_TASK | F_RANGE | F_EPOCH | F_SENT,
    [TRACE_ROUND_FAILED] = F_TASK | F_RANGE | F_EPOCH | F_SENT,
    [TRACE_RESERVE_ACK] = F_TASK | F_RANGE | F_SENT,
    [TRACE_RESERVE_NACK] = F_TASK | F_RANGE | F_SENT,
    [TRACE_ARRIVE] = F_TASK | F_EPOCH | F_OP | F_SENT,
    [TRACE_CHECKPOINT] = F_TASK | F_SENT,
    [TRACE_OUTPUT] = F_TASK | F_SENT,
    [TRACE_FREE] = F_TASK | F_SENT,
    [TRACE_SEND] = F_EXECUTOR | F_SENT,
    [TRACE_REPLY] = F_TASK | F_EPOCH,
    [TRACE_KILLED] = F_TASK,
    [TRACE_DISCONNECT] = F_EXECUTOR | F_INCARNATION,
    [TRACE_CONNECT] = F_EXECUTOR | F_INCARNATION,
    [TRACE_EXCLUDE] = F_EXECUTOR,
    [TRACE_UNREGISTER] = F_JOB | F_STAGE | F_RANK | F_RANGE,
    [TRACE_FETCH_FAILED] = F_TASK,
    [TRACE_MEET] = F_GANG | F_RANK,
    [TRACE_MET] = F_GANG | F_RANK,
};

static const char *kind_text(unsigned kind)
{
    const char *text = trace_kind_text(kind);
    return text != NULL ? text : "unknown";
}

/* An index that is there but points nowhere. */
static bool complain_range(struct conf_judge *j, const struct trace_record *r, const char *field,
                           uint32_t is, uint32_t count)
{
    conf_fail(j, RULE_HIS_1, r, "this %s record has %s %u, there are %u", kind_text(r->kind), field,
              is, count);
    return false;
}

static inline bool check_indices(struct conf_judge *j, const struct trace_record *r,
                                 struct conf_stage **stage)
{
    *stage = NULL;
    if (r->executor != TRACE_NONE && r->executor >= j->executor_count)
        return complain_range(j, r, "executor", r->executor, j->executor_count);
    if (r->job == TRACE_NONE)
        return true;
    if (r->job >= j->job_count)
        return complain_range(j, r, "job", r->job, j->job_count);
    if (r->stage == TRACE_NONE)
        return true;
    const struct conf_span *stages = &conf_stages_of(j)[r->job];
    if (r->stage >= stages->count)
        return complain_range(j, r, "stage", r->stage, stages->count);
    *stage = &conf_stages(j)[stages->first + r->stage];
    if (r->rank != TRACE_NONE && r->rank >= (*stage)->tasks)
        return complain_range(j, r, "rank", r->rank, (*stage)->tasks);
    return true;
}

/* Bits of enum form whose fields this record does not have. */
static inline unsigned fields_missing(const struct trace_record *r, const struct conf_stage *s)
{
    return (unsigned)(r->executor == TRACE_NONE) << 0 | (unsigned)(r->job == TRACE_NONE) << 1 |
           (unsigned)(s == NULL) << 2 | (unsigned)(r->attempt == TRACE_NONE) << 3 |
           (unsigned)(r->rank == TRACE_NONE) << 4 | (unsigned)(r->epoch == TRACE_NONE) << 5;
}

static void complain_missing(struct conf_judge *j, const struct trace_record *r, unsigned missing)
{
    static const char *const names[] = {"executor", "job", "stage", "attempt", "rank", "epoch"};
    conf_fail(j, RULE_HIS_1, r, "this %s record has no %s", kind_text(r->kind),
              names[__builtin_ctz(missing)]);
}

static void complain_value(struct conf_judge *j, const struct trace_record *r, unsigned form,
                           const struct conf_stage *s)
{
    if (form & F_RANGE)
        conf_fail(j, RULE_HIS_1, r,
                  "this %s record speaks of %" PRId64 " ranks from rank %u on, there are %u",
                  kind_text(r->kind), r->a, r->rank, s->tasks);
    else
        conf_fail(j, RULE_HIS_1, r, "this %s record has %" PRId64 " for its %s", kind_text(r->kind),
                  r->a,
                  form & F_OP ? "operation, must be 0 or 1, and twice a limit of its caller's" : "incarnation, must be 0..4294967294");
}

/* True if nothing of a stage's record is missing or wrong, as nearly always. False: to be looked at field by field. */
static inline bool is_formed(const struct trace_record *r, unsigned form, const struct conf_stage *s)
{
    if (s == NULL || r->attempt == TRACE_NONE || ((form & F_EXECUTOR) && r->executor == TRACE_NONE) ||
        ((form & F_RANK) && r->rank == TRACE_NONE) || ((form & F_EPOCH) && r->epoch == TRACE_NONE))
        return false;
    if (form & F_RANGE)
        return r->a >= 1 && r->a <= s->tasks - r->rank;
    return (form & F_OP) ? conf_is_op(r) : (form & F_INCARNATION) == 0;
}

static bool check_form(struct conf_judge *j, const struct trace_record *r, unsigned form,
                       const struct conf_stage *s)
{
    bool wrong = false;
    if (is_formed(r, form, s))
        return true;
    unsigned missing = fields_missing(r, s) & form;
    if (missing != 0) {
        complain_missing(j, r, missing);
        return false;
    }
    if (form & F_RANGE)
        wrong = r->a < 1 || r->a > s->tasks - r->rank;
    else if (form & F_OP)
        wrong = r->a < 0 || r->a / 2 > PLAN_TIME_MAX;
    else if (form & F_INCARNATION)
        wrong = r->a < 0 || r->a >= TRACE_NONE;
    if (wrong)
        complain_value(j, r, form, s);
    return !wrong;
}

/* ---- messages */
static bool check_message(struct conf_judge *j, const struct trace_record *r, const struct conf_stage *s)
{
    unsigned form = r->flags < CONF_KINDS ? forms[r->flags] : 0;
    if ((form & F_SENT) == 0) {
        conf_fail(j, RULE_HIS_1, r,
                  "this %s record is of a message of kind %u, which is never sent",
                  kind_text(r->kind), r->flags);
        return false;
    }
    if ((j->seen & TRACE_BIT(r->flags)) == 0 && conf_observed(j, TRACE_BIT(r->flags)))
        conf_fail(j, RULE_HIS_5, r, "this %s record is of a message (%s) of which none was sent",
                  kind_text(r->kind), kind_text(r->flags));
    return check_form(j, r, form, s);
}

/* A link keeps its messages in order, and delivers each once; but for the one that a driver died of, which comes again. What a machine had
 * sent before it crashed came by another connection than what its next process sends, and may come behind it. */
static void check_order(struct conf_judge *j, const struct trace_record *r)
{
    if (r->executor >= j->executor_count || r->flags == TRACE_SEND || r->cause == 0)
        return;
    bool at_driver = r->actor == TRACE_DRIVER;
    struct conf_came *links = conf_at(j, j->came_at);
    uint64_t *came = &links[r->executor].number[at_driver];
    if (at_driver && r->cause < links[r->executor].up && *came > links[r->executor].up)
        return;
    if (r->cause < *came || (r->cause == *came && !(at_driver && j->driver_ups)))
        conf_fail(j, RULE_HIS_5, r,
                  "this message of executor %u's link, of record %" PRIu64 ", arrives after that of record %" PRIu64, r->executor,
                  r->cause, *came);
    *came = r->cause;
}

static void take_delivery(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    if (!check_message(j, r, s))
        return;
    if (j->has_links)
        check_order(j, r);
    switch (r->flags) {
    case TRACE_ARRIVE:
        conf_on_arrive_delivered(j, r, s);
        break;
    case TRACE_RESERVE_ACK:
        conf_on_reserve_ack_delivered(j, r, s);
        break;
    case TRACE_GO:
        conf_on_go_delivered(j, r, s);
        break;
    case TRACE_RESERVE_NACK:
        conf_on_taken_back(j, r, s);
        break;
    case TRACE_FREE:
        conf_on_free_delivered(j, r, s);
        break;
    case TRACE_CHECKPOINT:
        conf_on_checkpoint_delivered(j, r, s);
        break;
    case TRACE_OUTPUT:
        conf_on_output_delivered(j, r, s);
        break;
    case TRACE_UNRESERVE:
        conf_on_unreserve_over(j, r);
        break;
    case TRACE_SEND:
        conf_on_news(j, r);
        break;
    default: /* to send them is what counts, or nothing about them does */
        break;
    }
}

static void complain_time(struct conf_judge *j, const struct trace_record *r)
{
    if (r->at_ns < j->now_ns)
        conf_fail(j, RULE_HIS_2, r,
                  "this %s record is of %" PRId64 " ns, the one before of %" PRId64 " ns",
                  kind_text(r->kind), r->at_ns, j->now_ns);
    if (r->cause >= j->number)
        conf_fail(j, RULE_HIS_2, r,
                  "record %" PRIu64 " has record %" PRIu64 " as its cause, which comes later",
                  j->number, r->cause);
    if (j->ended)
        conf_fail(j, RULE_HIS_4, r, "this %s record follows the closing record",
                  kind_text(r->kind));
}

/* ---- one record */
/* Nothing is due before it, and it does not look back at when the one before was written. Kinds that there are not are told
 * apart by whoever uses the kind as an index. */
static inline bool is_plain(const struct conf_judge *j, const struct trace_record *r)
{
    return r->at_ns >= j->now_ns && r->at_ns <= j->calm_ns && r->cause < j->number &&
           (j->plain >> r->kind % CONF_KINDS & 1) != 0;
}

static inline bool is_anything_due(const struct conf_judge *j)
{
    return (j->owed | j->owed_checkpoint | j->pending | j->marks | j->bounds | j->left | j->ended) != 0;
}

/* Looks at what is due, or was to be done, before the record. False: there is no such record. */
static bool look_around(struct conf_judge *j, const struct trace_record *r)
{
    int64_t before_ns = j->before_ns = j->now_ns;
    if (r->at_ns < j->now_ns || r->cause >= j->number || j->ended)
        complain_time(j, r);
    if (r->at_ns > j->now_ns)
        j->now_ns = r->at_ns;
    if (r->kind == TRACE_KIND_NONE || r->kind >= TRACE_KIND_LIMIT) {
        conf_fail(j, RULE_HIS_1, r, "there is no kind of record %u", r->kind);
        return false;
    }
    j->seen |= TRACE_BIT(r->kind);
    if (r->at_ns > before_ns && r->at_ns > j->calm_ns)
        conf_tick(j, r);
    if (j->owed != 0)
        conf_check_owed(j, r);
    if (j->owed_checkpoint != 0)
        conf_check_owed_checkpoint(j, r);
    if (j->bounds != 0)
        conf_look_at_waits(j, r, before_ns);
    if (j->pending > 0)
        conf_look_at_evicted(j, r);
    if (j->watched & TRACE_BIT(r->kind))
        conf_expect_match(j, r);
    return true;
}

/* A record that has the form of its kind, to whoever hears of such. */
static void tell(struct conf_judge *j, const struct trace_record *r, struct conf_stage *s)
{
    if (j->marks != 0)
        conf_look_for_news(j, r, s);
    switch ((enum trace_kind)r->kind) {
    case TRACE_ARRIVE:
        conf_on_arrive(j, r, s);
        break;
    case TRACE_DELIVER:
        take_delivery(j, r, s);
        break;
    case TRACE_REPLY:
        conf_on_reply(j, r, s);
        break;
    case TRACE_RELEASE:
        conf_on_release(j, r, s);
        break;
    case TRACE_ROUND_FAILED:
        conf_on_round_failed(j, r, s);
        break;
    case TRACE_RESERVE:
        conf_on_reserve(j, r, s);
        break;
    case TRACE_RESERVE_ACK:
        conf_on_reserve_ack(j, r, s);
        break;
    case TRACE_RESERVE_NACK:
    case TRACE_UNRESERVE:
        conf_on_given_back(j, r, s);
        break;
    case TRACE_GO:
        conf_on_go(j, r, s);
        break;
    case TRACE_START:
        conf_on_start(j, r, s);
        break;
    case TRACE_EXIT:
        conf_on_exit(j, r, s);
        break;
    case TRACE_FREE:
        conf_on_free(j, r, s);
        break;
    case TRACE_KILL:
        conf_on_kill(j, r, s);
        break;
    case TRACE_KILLED:
        conf_on_killed(j, r, s);
        break;
    case TRACE_PLAN:
        conf_on_plan(j, r, s);
        break;
    case TRACE_LAUNCH:
        conf_on_launch(j, r, s);
        break;
    case TRACE_FENCE:
        conf_on_fence(j, r, s);
        break;
    case TRACE_ACCEPT:
        conf_on_accept(j, r, s);
        break;
    case TRACE_STAGE_DONE:
        conf_on_stage_done(j, r, s);
        break;
    case TRACE_JOB_DONE:
        conf_on_job_done(j, r);
        break;
    case TRACE_SUBMIT:
        conf_on_submit(j, r);
        break;
    case TRACE_CANCEL:
        conf_on_cancel(j, r);
        break;
    case TRACE_REFUSE:
        conf_on_refuse(j, r, s);
        break;
    case TRACE_JOIN:
        conf_on_join(j, r);
        break;
    case TRACE_LOST:
        conf_on_lost(j, r);
        break;
    case TRACE_UP:
        conf_on_up(j, r);
        break;
    case TRACE_DOWN:
        conf_on_down(j, r);
        break;
    case TRACE_FAULT:
        if (r->flags == TRACE_FAULT_WITHHELD)
            break; /* it did not happen */
        conf_on_fault(j, r, s);
        if (conf_is_of_peers(j, r))
            conf_on_peer_fault(j, r);
        else
            conf_on_machine_fault(j, r);
        break;
    case TRACE_HEAL:
        if (conf_is_of_peers(j, r))
            conf_on_peer_heal(j, r);
        else
            conf_on_heal(j, r);
        break;
    case TRACE_QUIESCENT:
        j->still_ns = j->before_ns;
        j->still_number = j->number;
        conf_on_quiescent(j, r);
        break;
    case TRACE_END:
        if (j->still_number == 0 || j->still_number + 1 < j->number)
            j->still_ns = j->before_ns;
        conf_on_end(j, r);
        break;
    case TRACE_DROP:
        if (check_message(j, r, s) && r->flags == TRACE_UNRESERVE)
            conf_on_unreserve_over(j, r);
        break;
    case TRACE_FRAME_LOST: /* the link sends it again */
        (void)check_message(j, r, s);
        break;
    case TRACE_DISCONNECT:
    case TRACE_CONNECT:
        conf_on_connection(j, r, r->kind == TRACE_CONNECT);
        break;
    case TRACE_DRIVER_DOWN:
        conf_on_driver_down(j, r);
        break;
    case TRACE_DRIVER_UP:
        conf_on_driver_up(j, r);
        break;
    case TRACE_EXCLUDE:
        conf_on_exclude(j, r);
        break;
    case TRACE_UNREGISTER:
        conf_on_unregister(j, r, s);
        break;
    case TRACE_FETCH_FAILED:
        conf_on_fetch_failed(j, r, s);
        break;
    case TRACE_MEET:
    case TRACE_MET:
        conf_on_meet(j, r, s, r->kind == TRACE_MET);
        break;
    case TRACE_TIMER:
        conf_on_timer(j, r);
        break;
    case TRACE_CHECKPOINT:
        conf_on_checkpoint(j, r, s);
        break;
    case TRACE_SEND:
        conf_on_news(j, r);
        break;
    case TRACE_WAIT: /* no oracle believes it */
    case TRACE_NOTE:
    case TRACE_OUTPUT: /* to be told of it is what counts */
    case TRACE_KIND_NONE:
    case TRACE_KIND_LIMIT:
        break;
    }
}

static __attribute__((noinline)) void take_any(struct conf_judge *j, const struct trace_record *r)
{
    struct conf_stage *s;
    if (check_indices(j, r, &s) && check_form(j, r, forms[r->kind], s))
        tell(j, r, s);
}

static __attribute__((noinline)) void take_slowly(struct conf_judge *j, const struct trace_record *r)
{
    if (look_around(j, r))
        take_any(j, r);
    if (j->left > 0)
        j->left -= r->actor == TRACE_DRIVER;
    j->plain = j->seen & ~(j->watched | TRACE_BIT(TRACE_QUIESCENT) | TRACE_BIT(TRACE_END));
    if (is_anything_due(j))
        j->plain = 0;
}

static inline void take(struct conf_judge *j, const struct conf_places *p, const struct trace_record *r)
{
    struct conf_place at;
    if (!is_plain(j, r)) {
        take_slowly(j, r);
        return;
    }
    j->now_ns = r->at_ns;
    bool found = conf_find_place(p, r, &at);
    if (found && conf_quick(j, p, r, &at))
        return; /* which makes nothing due */
    if (r->kind >= TRACE_KIND_LIMIT)
        take_slowly(j, r);
    else if (found && is_formed(r, forms[r->kind], &p->stage[at.stage]))
        tell(j, r, &p->stage[at.stage]);
    else
        take_any(j, r);
    if (is_anything_due(j))
        j->plain = 0;
}

/* Where many tasks run, the judge mostly waits for memory. But what is to be judged next is known: what it speaks of is asked
 * for in time. To ask changes nothing, and asks for nothing outside of the block. */
enum { AHEAD = 12 };

static void look_ahead(const struct conf_judge *j, const struct conf_places *p, const struct trace_record *r)
{
    const uint64_t of_rounds = TRACE_BIT(TRACE_ARRIVE) | TRACE_BIT(TRACE_RELEASE) | TRACE_BIT(TRACE_REPLY) |
                               TRACE_BIT(TRACE_DELIVER);
    struct conf_place at;
    if (!conf_find_place(p, r, &at))
        return;
    __builtin_prefetch(&p->rank[at.rank], 1);
    __builtin_prefetch(&p->stage[at.stage], 1);
    if (r->kind < CONF_KINDS && (of_rounds >> r->kind & 1))
        return;
    __builtin_prefetch(&conf_bookings(j)[at.rank], 1);
    __builtin_prefetch(&conf_executors(j)[r->executor], 1);
}

/* Apart, so that the places are kept and not computed anew for each record. */
static __attribute__((noinline)) void feed(struct conf_judge *j, const struct conf_places *p,
                                           const struct trace_record *records, size_t count)
{
    const struct trace_record *r = records, *end = records + count;
    const struct trace_record *ahead_end = j->looks_ahead && count > AHEAD ? end - AHEAD : records;
    for (uint64_t number = j->number; r < end; r++, number++) {
        j->number = number;
        if (r < ahead_end)
            look_ahead(j, p, r + AHEAD);
        take(j, p, r);
    }
}

void conf_feed(struct conf_judge *j, const struct trace_record *records, size_t count,
               uint64_t first_number)
{
    const struct conf_places p = conf_places_of(j);
    assert(first_number > 0 || count == 0);
    if (count == 0)
        return;
    j->number = first_number;
    feed(j, &p, records, count);
}

/* ---- the fingerprint: of what decides future verdicts, with times relative to now and no numbers
 * of records */
static uint64_t mix(uint64_t h, uint64_t value)
{
    h = (h ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

static uint64_t mix_words(uint64_t h, const void *data, size_t bytes)
{
    const unsigned char *at = data;
    assert(bytes % 8 == 0);
    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t word;
        memcpy(&word, at + i, sizeof word);
        h = mix(h, word);
    }
    return h;
}

static uint64_t mix_job(const struct conf_judge *j, uint64_t h, const struct conf_job *job)
{
    h = mix(h, (uint64_t)job->bits << 32 | job->reason);
    h = mix(h, (uint64_t)job->refused_as << 32 | job->running);
    h = mix(h, (uint64_t)job->next << 32 | job->previous);
    h = mix(h, (uint64_t)job->failures << 32 | job->losses);
    h = mix(h, job->bits & JOB_SUBMITTED ? (uint64_t)(j->now_ns - job->submitted_ns) : 0);
    return mix(h, job->bits & JOB_DONE ? (uint64_t)(j->now_ns - job->done_ns) : 0);
}

/* Times that are INT64_MIN have never been. */
static uint64_t mix_time(const struct conf_judge *j, uint64_t h, int64_t at_ns)
{
    return mix(h, at_ns == INT64_MIN ? 0 : (uint64_t)(j->now_ns - at_ns) + 1);
}

static uint64_t mix_executor(const struct conf_judge *j, uint64_t h, const struct conf_executor *e)
{
    h = mix_words(h, e, offsetof(struct conf_executor, cores_taken));
    h = mix(h, e->cores_taken);
    h = mix_time(j, h, e->excluded ? e->excluded_ns : INT64_MIN);
    return mix_time(j, h, e->stands_ns);
}

static uint64_t mix_stage(const struct conf_judge *j, uint64_t h, const struct conf_stage *s)
{
    h = mix_words(h, s, offsetof(struct conf_stage, overlap_ns));
    h = mix_time(j, h, s->overlap_ns);
    h = mix_time(j, h, s->queues >> QUEUE_WAIT & 1 ? s->ready_ns : INT64_MIN);
    for (unsigned q = 0; q < QUEUE_COUNT; q++) {
        const struct conf_turn *turn = &s->turn[q];
        if ((s->queues >> q & 1) == 0)
            continue;
        h = mix_time(j, h, turn->at_ns);
        h = mix(h, turn->number > 0); /* which record it was is the same as since when, and numbers are no state */
        h = mix(h, (uint64_t)turn->next << 32 | turn->previous);
    }
    return h;
}

static uint64_t mix_driver(const struct conf_judge *j, uint64_t h)
{
    h = mix(h, (uint64_t)j->holds << 24 | (uint64_t)j->driver_down << 16 | j->driver_ups << 8 |
                   j->tasks_planned);
    h = mix(h, j->owed != 0 ? (uint64_t)j->owed << 32 | j->owed_rank : 0);
    h = mix(h, j->owed_checkpoint);
    h = mix(h, (uint64_t)j->pending << 32 | j->marks << 1 | j->room_due);
    h = mix(h, j->left);
    for (unsigned q = 0; q < QUEUE_COUNT; q++)
        h = mix(h, (uint64_t)j->queue_first[q] << 32 | j->queue_last[q]);
    h = mix_time(j, h, j->driver_up_ns);
    h = mix_time(j, h, j->left > 0 ? j->driver_down_ns : INT64_MIN);
    return mix_time(j, h, j->cluster_ns);
}

uint64_t conf_fingerprint(const struct conf_judge *j)
{
    uint64_t h = j->seen;
    for (unsigned word = 0; word < RULE_WORDS; word++)
        h = mix(h, j->active[word]);
    h = mix_driver(j, h);
    for (uint32_t i = 0; j->has_peers && i < j->plan->act_count; i++)
        h = mix(h, conf_peers(j)[i].ways);
    h = mix(h, (uint64_t)j->ended << 32 | j->end_reason);
    for (unsigned oracle = 0; oracle < CONF_ORACLE_COUNT; oracle++)
        h = mix(h, (uint64_t)(j->violations[oracle] > 0) << 1 | (j->doubts[oracle] > 0));
    for (uint32_t i = 0; i < j->executor_count; i++)
        h = mix_executor(j, h, &conf_executors(j)[i]);
    for (uint32_t i = 0; i < j->job_count; i++)
        h = mix_job(j, h, &conf_jobs(j)[i]);
    for (uint32_t i = 0; i < j->stage_count; i++)
        h = mix_stage(j, h, &conf_stages(j)[i]);
    if (j->bounds)
        h = mix_words(h, conf_at(j, j->waits_at), j->stage_count * sizeof(struct conf_wait));
    h = mix_words(h, conf_ranks(j), j->rank_count * sizeof(struct conf_rank));
    h = mix_words(h, conf_bookings(j), j->rank_count * sizeof(struct conf_booking));
    h = mix_words(h, conf_gpus(j), j->gpu_count * sizeof(uint64_t));
    if (j->has_gpus)
        h = mix_words(h, conf_gpus_of(j, conf_executors(j)), j->executor_count * sizeof(struct conf_gpus_of));
    if (j->has_fractions)
        h = mix_words(h, conf_shares(j), (size_t)j->executor_count * CONF_GPUS * sizeof(uint16_t));
    return mix_words(h, conf_patterns(j), j->plan->expect_count * sizeof(struct conf_pattern));
}
