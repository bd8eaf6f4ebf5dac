/*
 * peer.c -- links between executors, where the plan does something to them: what tasks send each other waits, comes late, or
 * is refused, and no scheduler sees why.
 *
 * This room is for: the pairs of executors that some act names, what lasts on each, and what becomes of the fetches,
 *                   all-reduces and rendezvous that go over them.
 * It may include:   record.h, world.h.
 * Never here:       links to the driver (wire.c); the core. A task that fails is all that a scheduler sees.
 *
 * What tasks send each other goes over streams, whatever the links to the driver are. A conversation needs both ways, so what
 * is cut or held one way stands still; `way` matters for what is clogged or refused. Silence lasts until the link is mended,
 * or, if it is cut, until it was so for connection_timeout while somebody waited: then the connection breaks, and both ends
 * learn it. Who waits at a rendezvous tries again for as long as its own patience lasts. A refusal is for new connections:
 * what has begun goes on.
 *
 * A fetch stands still while any of those it reads from cannot be reached, and an all-reduce while any two neighbours of the
 * ring cannot reach each other: each makes up for it afterwards, to the nanosecond.
 *
 * Invariants
 *   - One row a pair, in order, so that it is found by halving; an executor whose links are all well is known by a count.
 *   - `blocked` of a fetch or a ring is brought up to date whenever a row that concerns it changes, and when it is due.
 *   - While anything lasts here the heal is to come, so that nothing that stands still is taken for a hang.
 */
#include "record.h"

enum { EXIT_RESET = 104, EXIT_TIMED_OUT = 110, EXIT_REFUSED = 111 };
enum ill { ILL_CUT, ILL_HOLD, ILL_CLOG, ILL_REFUSE, ILLS };

struct sim_peer {
    uint32_t end[2]; /* the executors, the lower first */
    uint32_t
        by[2][ILLS]; /* the act that did it; way 0 goes from end[0] to end[1]; PLAN_NONE: nobody */
    int64_t clog_ns[2];
    int64_t cut_ns;   /* since when it is cut; PLAN_NEVER: it is not */
    int64_t timer_ns; /* when some connection may break; PLAN_NEVER: none */
    uint64_t cause;   /* the record of what was done to it last */
    uint32_t timer_key, unused;
};

/* ---- pairs */
static bool is_of_peers(const struct plan_act *p)
{
    return plan_act_target(p->kind) == PLAN_TARGET_LINK && p->peer != PLAN_NONE;
}

uint32_t sim_count_peers(const struct plan *plan)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->act_count; i++)
        count += is_of_peers(&plan->acts[i]);
    return count;
}

/* Behind the rows, for each executor how many of its links are not well. */
size_t sim_peers_bytes(const struct plan *plan)
{
    uint32_t count = sim_count_peers(plan);
    return count > 0 ? count * sizeof(struct sim_peer) + plan->executor_count * sizeof(uint32_t)
                     : 0;
}

static bool precedes(const struct sim_peer *x, uint32_t lo, uint32_t hi)
{
    return x->end[0] < lo || (x->end[0] == lo && x->end[1] < hi);
}

/* The place of the pair, or where it would be. */
static uint32_t place_of(const struct sim *w, uint32_t lo, uint32_t hi)
{
    uint32_t from = 0, to = w->peer_count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (precedes(&w->peers[middle], lo, hi))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static struct sim_peer *find(const struct sim *w, uint32_t a, uint32_t b)
{
    uint32_t lo = a < b ? a : b, hi = a < b ? b : a, i = place_of(w, lo, hi);
    struct sim_peer *x = i < w->peer_count ? &w->peers[i] : NULL;
    return x != NULL && x->end[0] == lo && x->end[1] == hi ? x : NULL;
}

/* Shell's sort: no memory, and pairs that are equal are the same. */
static void sort(struct sim_peer *rows, uint32_t count)
{
    for (uint32_t gap = count / 2; gap > 0; gap /= 2)
        for (uint32_t i = gap; i < count; i++) {
            struct sim_peer row = rows[i];
            uint32_t k = i;
            for (; k >= gap && precedes(&row, rows[k - gap].end[0], rows[k - gap].end[1]); k -= gap)
                rows[k] = rows[k - gap];
            rows[k] = row;
        }
}

void sim_peers_init(struct sim *w, void *memory)
{
    uint32_t count = sim_count_peers(w->plan), kept = 0;
    if (count == 0)
        return;
    w->peers = memory;
    w->peer_ills = (uint32_t *)(w->peers + count);
    for (uint32_t i = 0, n = 0; i < w->plan->act_count; i++) {
        const struct plan_act *p = &w->plan->acts[i];
        if (!is_of_peers(p))
            continue;
        w->peers[n] = (struct sim_peer){.cut_ns = PLAN_NEVER, .timer_ns = PLAN_NEVER};
        w->peers[n].end[0] = p->executor < p->peer ? p->executor : p->peer;
        w->peers[n].end[1] = p->executor < p->peer ? p->peer : p->executor;
        for (unsigned k = 0; k < 2 * ILLS; k++)
            w->peers[n].by[k / ILLS][k % ILLS] = PLAN_NONE;
        n++;
    }
    sort(w->peers, count);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || precedes(&w->peers[kept - 1], w->peers[i].end[0], w->peers[i].end[1]))
            w->peers[kept++] = w->peers[i];
    w->peer_count = kept;
    for (uint32_t i = 0; i < w->executor_count; i++)
        w->peer_ills[i] = 0;
}

/* ---- the state of a link */
static bool is_ill(const struct sim_peer *x, uint32_t way, enum ill ill)
{
    return x->by[way][ill] != PLAN_NONE;
}

static bool is_cut(const struct sim_peer *x)
{
    return is_ill(x, 0, ILL_CUT) || is_ill(x, 1, ILL_CUT);
}

static bool passes(const struct sim_peer *x)
{
    return !is_cut(x) && !is_ill(x, 0, ILL_HOLD) && !is_ill(x, 1, ILL_HOLD);
}

static bool is_impaired(const struct sim_peer *x)
{
    for (unsigned k = 0; k < 2 * ILLS; k++)
        if (x->by[k / ILLS][k % ILLS] != PLAN_NONE)
            return true;
    return false;
}

/* The link of these two if anything ails it; NULL: it is as ever. */
static struct sim_peer *ailing(const struct sim *w, uint32_t a, uint32_t b)
{
    if (w->peers_impaired == 0 || a == b || w->peer_ills[a] == 0 || w->peer_ills[b] == 0)
        return NULL;
    struct sim_peer *x = find(w, a, b);
    return x != NULL && is_impaired(x) ? x : NULL;
}

static uint32_t way_from(const struct sim_peer *x, uint32_t executor)
{
    return x->end[0] != executor;
}

bool sim_peer_passes(const struct sim *w, uint32_t a, uint32_t b)
{
    const struct sim_peer *x = ailing(w, a, b);
    return x == NULL || passes(x);
}

bool sim_peer_refuses(const struct sim *w, uint32_t from, uint32_t to, uint64_t *cause)
{
    const struct sim_peer *x = ailing(w, from, to);
    if (x == NULL || !passes(x) || !is_ill(x, way_from(x, from), ILL_REFUSE))
        return false;
    *cause = x->cause;
    return true;
}

int64_t sim_peer_delay_ns(const struct sim *w, uint32_t from, uint32_t to)
{
    const struct sim_peer *x = ailing(w, from, to);
    return x == NULL ? 0 : x->clog_ns[way_from(x, from)];
}

/* ---- connections that break */
bool sim_peer_is_live(const struct sim *w, uint32_t row, uint32_t key)
{
    return w->peers[row].timer_key == key;
}

static void set_timer(struct sim *w, struct sim_peer *x, int64_t at_ns)
{
    if (x->timer_ns == at_ns)
        return;
    x->timer_ns = at_ns;
    x->timer_key = (x->timer_key + 1) & SIM_KEY_MASK;
    if (at_ns != PLAN_NEVER)
        sim_schedule(w, at_ns, (uint32_t)(x - w->peers), sim_extra(SIM_PEER, x->timer_key));
}

static int64_t breaks_ns(const struct sim *w, const struct sim_peer *x, int64_t begun_ns)
{
    int64_t from_ns = x->cut_ns > begun_ns ? x->cut_ns : begun_ns;
    return x->cut_ns == PLAN_NEVER
               ? PLAN_NEVER
               : sim_later(from_ns, w->plan->setting[PLAN_SET_CONNECTION_TIMEOUT]);
}

static void watch(struct sim *w, struct sim_peer *x, int64_t begun_ns)
{
    int64_t at_ns = breaks_ns(w, x, begun_ns);
    at_ns = at_ns > w->now_ns ? at_ns : w->now_ns;
    if (at_ns < x->timer_ns && x->cut_ns != PLAN_NEVER)
        set_timer(w, x, at_ns);
}

static bool stands_still(const struct sim *w, uint32_t executor)
{
    return (w->hosts[executor].ill & SIM_ILL_PAUSED) != 0;
}

/* ---- fetches */
static bool is_fetching(const struct sim_task *task)
{
    return (task->habits & SIM_HABIT_FETCHES) != 0 && !sim_hangs(task) &&
           (task->state == SIM_TASK_COMPUTE || task->state == SIM_TASK_READY);
}

static bool is_out_of_reach(struct sim *w, uint32_t reader, uint32_t holder, void *unused)
{
    (void)unused;
    return !sim_peer_passes(w, reader, holder);
}

static bool is_refused(struct sim *w, uint32_t reader, uint32_t holder, void *cause)
{
    return sim_peer_refuses(w, reader, holder, cause);
}

static bool is_there(struct sim *w, uint32_t reader, uint32_t holder, void *other)
{
    (void)w;
    (void)reader;
    return holder == *(const uint32_t *)other;
}

/* These two look at everybody: the first that they want is none. */
static bool add_delay(struct sim *w, uint32_t reader, uint32_t holder, void *delay)
{
    int64_t ns = sim_later(sim_peer_delay_ns(w, reader, holder),
                           sim_peer_delay_ns(w, holder, reader)),
            *most = delay;
    *most = ns > *most ? ns : *most;
    return false;
}

static bool watch_it(struct sim *w, uint32_t reader, uint32_t holder, void *begun)
{
    struct sim_peer *x = ailing(w, reader, holder);
    if (x != NULL)
        watch(w, x, *(const int64_t *)begun);
    return false;
}

static bool concerns_nobody(const struct sim *w, uint32_t executor)
{
    return w->peers_impaired == 0 || w->peer_ills[executor] == 0;
}

/* It goes on, later by as long as it stood still; what was cut is sent once more. */
static void unblock(struct sim *w, uint32_t t, int64_t again_ns)
{
    struct sim_task *task = &w->tasks[t];
    struct sim_trait *trait = &w->traits[t];
    bool paused = stands_still(w, task->executor);
    int64_t until_ns = paused ? w->ailments[task->executor].paused_ns : w->now_ns;
    trait->blocked = 0;
    if ((task->habits & SIM_HABIT_STOPPED) == 0 && until_ns > trait->since_ns)
        trait->late_ns = sim_later(trait->late_ns, until_ns - trait->since_ns);
    trait->late_ns = sim_later(trait->late_ns, again_ns);
    if (!paused)
        sim_task_unstop(w, t);
}

static void look_at_fetch(struct sim *w, uint32_t t, int64_t again_ns)
{
    struct sim_trait *trait = &w->traits[t];
    uint32_t executor = w->tasks[t].executor, parent, rank;
    bool blocked = !concerns_nobody(w, executor) &&
                   sim_fetch_first(w, t, is_out_of_reach, NULL, &parent, &rank);
    if (blocked && !trait->blocked) {
        trait->blocked = 1;
        trait->since_ns = w->now_ns;
    } else if (!blocked && trait->blocked) {
        unblock(w, t, again_ns);
    }
}

bool sim_peer_begin_fetch(struct sim *w, uint32_t t, int64_t *takes_ns)
{
    struct sim_trait *trait = &w->traits[t];
    uint32_t parent, rank;
    uint64_t cause = 0;
    trait->blocked = 0;
    trait->begun_ns = w->now_ns;
    if (concerns_nobody(w, w->tasks[t].executor))
        return true;
    if (sim_fetch_first(w, t, is_refused, &cause, &parent, &rank)) {
        w->tasks[t].habits &= (uint8_t)~SIM_HABIT_FETCHES;
        sim_fetch_missed(w, t, parent, rank, cause);
        return false;
    }
    int64_t delay_ns = 0;
    (void)sim_fetch_first(w, t, add_delay, &delay_ns, &parent, &rank);
    *takes_ns = sim_later(*takes_ns, delay_ns);
    return true;
}

void sim_peer_fetches(struct sim *w, uint32_t t)
{
    uint32_t parent, rank;
    if (concerns_nobody(w, w->tasks[t].executor))
        return;
    look_at_fetch(w, t, 0);
    (void)sim_fetch_first(w, t, watch_it, &w->traits[t].begun_ns, &parent, &rank);
}

/* Its time has come, but for what it stood still. */
bool sim_peer_keeps(struct sim *w, uint32_t t)
{
    struct sim_task *task = &w->tasks[t];
    struct sim_trait *trait = &w->traits[t];
    if (!is_fetching(task))
        return false;
    sim_peer_fetches(w, t);
    if (trait->blocked) {
        task->state = SIM_TASK_COMPUTE;
        sim_task_stop(w, t, w->now_ns - trait->since_ns);
        return true;
    }
    if (trait->late_ns > 0)
        task->state = SIM_TASK_COMPUTE; /* one that takes no time stood still all the same */
    return false;
}

/* Of a host that stood still: what was out of reach all that time was so only once. */
bool sim_peer_stays(struct sim *w, uint32_t t, int64_t by_ns)
{
    struct sim_trait *trait = &w->traits[t];
    if (!trait->blocked || !is_fetching(&w->tasks[t]))
        return false;
    if ((w->tasks[t].habits & SIM_HABIT_STOPPED) == 0 && w->now_ns - by_ns < trait->since_ns)
        trait->since_ns = w->now_ns - by_ns;
    sim_peer_fetches(w, t);
    return true;
}

/* ---- all-reduces: rank r sends to rank r + 1, and the last one to the first */
static bool sends_to(const struct sim *w, uint32_t x, uint32_t y)
{
    const struct sim_task *from = &w->tasks[x], *to = &w->tasks[y];
    return to->rank == (from->rank + 1) % from->size;
}

static bool is_in_ring(const struct sim *w, uint32_t t)
{
    return w->tasks[t].state == SIM_TASK_MEET && w->traits[t].place != PLAN_NONE &&
           w->places[w->traits[t].place].is_ring;
}

typedef void edge_fn(struct sim *w, struct sim_peer *x, uint32_t from, uint32_t to, void *ctx);

/* Each two neighbours of one ring (PLAN_NONE: of whichever) with this link between them. */
static void each_edge(struct sim *w, struct sim_peer *x, uint32_t place, edge_fn *fn, void *ctx)
{
    const struct sim_host *a = &w->hosts[x->end[0]], *b = &w->hosts[x->end[1]];
    for (uint32_t s = a->first_task; s < a->first_task + a->task_count; s++) {
        if (!is_in_ring(w, s) || (place != PLAN_NONE && w->traits[s].place != place))
            continue;
        for (uint32_t t = b->first_task; t < b->first_task + b->task_count; t++) {
            if (!is_in_ring(w, t) || w->traits[t].place != w->traits[s].place)
                continue;
            if (sends_to(w, s, t))
                fn(w, x, s, t, ctx);
            if (sends_to(w, t, s))
                fn(w, x, t, s, ctx);
        }
    }
}

/* Of this ring, over all links that ail. */
static void each_ailing_edge(struct sim *w, uint32_t place, edge_fn *fn, void *ctx)
{
    for (uint32_t i = 0; i < w->peer_count && w->peers_impaired > 0; i++)
        if (is_impaired(&w->peers[i]))
            each_edge(w, &w->peers[i], place, fn, ctx);
}

static void note_silence(struct sim *w, struct sim_peer *x, uint32_t from, uint32_t to,
                         void *silent)
{
    (void)from;
    *(bool *)silent |= !passes(x);
    watch(w, x, w->places[w->traits[to].place].begun_ns);
}

static void note_delay(struct sim *w, struct sim_peer *x, uint32_t from, uint32_t to, void *delay)
{
    (void)to;
    int64_t ns = x->clog_ns[way_from(x, w->tasks[from].executor)], *most = delay;
    *most = ns > *most ? ns : *most;
}

/* It calls, and finds the door shut. */
static void note_refusal(struct sim *w, struct sim_peer *x, uint32_t from, uint32_t to, void *any)
{
    uint64_t cause;
    if (!sim_peer_refuses(w, w->tasks[from].executor, w->tasks[to].executor, &cause))
        return;
    (void)x;
    w->traits[from].doomed = 1;
    *(bool *)any = true;
}

static void end_doomed(struct sim *w, const struct sim_peer *x, uint32_t code)
{
    for (unsigned k = 0; k < 2; k++) {
        const struct sim_host *host = &w->hosts[x->end[k]];
        for (uint32_t t = host->first_task; t < host->first_task + host->task_count; t++) {
            bool ends = w->tasks[t].state == SIM_TASK_MEET && w->traits[t].doomed;
            w->traits[t].doomed = 0;
            if (ends && !sim_hangs(&w->tasks[t]))
                sim_task_end(w, t, TRACE_EXIT_FAILED, code, x->cause);
        }
    }
}

bool sim_peer_ring_is_refused(struct sim *w, uint32_t place)
{
    bool any = false;
    each_ailing_edge(w, place, note_refusal, &any);
    for (uint32_t i = 0; i < w->peer_count && any; i++)
        if (is_ill(&w->peers[i], 0, ILL_REFUSE) || is_ill(&w->peers[i], 1, ILL_REFUSE))
            end_doomed(w, &w->peers[i], EXIT_REFUSED);
    return any;
}

int64_t sim_peer_ring_delay_ns(struct sim *w, uint32_t place)
{
    int64_t most_ns = 0;
    each_ailing_edge(w, place, note_delay, &most_ns);
    return most_ns;
}

bool sim_peer_ring_is_silent(struct sim *w, uint32_t place)
{
    bool silent = false;
    each_ailing_edge(w, place, note_silence, &silent);
    return silent;
}

/* ---- after something was done to a link, or taken back */
static void look_at_host(struct sim *w, uint32_t executor, int64_t again_ns)
{
    const struct sim_host *host = &w->hosts[executor];
    for (uint32_t t = host->first_task; t < host->first_task + host->task_count && !w->stopped;
         t++) {
        if (is_fetching(&w->tasks[t]))
            look_at_fetch(w, t, again_ns);
        else if (w->tasks[t].state == SIM_TASK_MEET)
            sim_meet_look(w, t, again_ns);
    }
}

static void see_to(struct sim *w, struct sim_peer *x, uint64_t record, bool impaired_before,
                   bool cut_before)
{
    bool impaired = is_impaired(x), cut = is_cut(x);
    int64_t again_ns = cut_before && !cut ? w->latency_ns : 0;
    x->cause = record;
    if (impaired != impaired_before) {
        uint32_t by = impaired ? 1 : UINT32_MAX;
        w->peers_impaired += by;
        w->peer_ills[x->end[0]] += by;
        w->peer_ills[x->end[1]] += by;
    }
    if (cut != cut_before)
        x->cut_ns = cut ? w->now_ns : PLAN_NEVER;
    set_timer(w, x, cut ? (cut_before ? x->timer_ns : breaks_ns(w, x, 0)) : PLAN_NEVER);
    look_at_host(w, x->end[0], again_ns);
    look_at_host(w, x->end[1], again_ns);
}

/* ---- connections that break */
/* The output that this fetch waits for on the other machine, if it does so for long enough. */
static void miss(struct sim *w, uint32_t t, uint32_t other, uint64_t cause)
{
    uint32_t parent, rank;
    if (!sim_fetch_first(w, t, is_there, &other, &parent, &rank))
        return;
    sim_fetch_missed(w, t, parent, rank, cause);
}

static bool reads_from(struct sim *w, uint32_t t, uint32_t other)
{
    uint32_t parent, rank;
    return is_fetching(&w->tasks[t]) && sim_fetch_first(w, t, is_there, &other, &parent, &rank);
}

/* What has waited too long; the first of the others is to be looked at again. */
static int64_t break_fetches(struct sim *w, struct sim_peer *x, uint32_t end)
{
    const struct sim_host *host = &w->hosts[x->end[end]];
    int64_t next_ns = PLAN_NEVER;
    for (uint32_t t = host->first_task; t < host->first_task + host->task_count && !w->stopped;
         t++) {
        if (!reads_from(w, t, x->end[!end]) || stands_still(w, x->end[end]))
            continue; /* one that stands still will look when it goes on */
        int64_t at_ns = breaks_ns(w, x, w->traits[t].begun_ns);
        if (at_ns <= w->now_ns)
            miss(w, t, x->end[!end], x->cause);
        else if (at_ns < next_ns)
            next_ns = at_ns;
    }
    return next_ns;
}

static void note_broken(struct sim *w, struct sim_peer *x, uint32_t from, uint32_t to, void *next)
{
    const struct sim_place *p = &w->places[w->traits[from].place];
    int64_t at_ns = breaks_ns(w, x, p->begun_ns), *next_ns = next;
    if (!p->busy)
        return;
    if (at_ns <= w->now_ns)
        w->traits[from].doomed = w->traits[to].doomed = 1;
    else if (at_ns < *next_ns)
        *next_ns = at_ns;
}

void sim_peer_due(struct sim *w, uint32_t row)
{
    struct sim_peer *x = &w->peers[row];
    int64_t next_ns = PLAN_NEVER;
    w->events++;
    x->timer_ns = PLAN_NEVER;
    if (!is_cut(x))
        return;
    each_edge(w, x, PLAN_NONE, note_broken, &next_ns);
    end_doomed(w, x, EXIT_TIMED_OUT);
    for (uint32_t end = 0; end < 2; end++) {
        int64_t at_ns = break_fetches(w, x, end);
        next_ns = at_ns < next_ns ? at_ns : next_ns;
    }
    if (next_ns < x->timer_ns)
        set_timer(w, x, next_ns);
    look_at_host(w, x->end[0], 0); /* what is read elsewhere by now */
    look_at_host(w, x->end[1], 0);
}

/* ---- what the plan does */
static enum ill ill_of(uint32_t kind)
{
    switch ((int)kind) {
    case PLAN_ACT_CUT:
        return ILL_CUT;
    case PLAN_ACT_HOLD:
        return ILL_HOLD;
    case PLAN_ACT_CLOG:
        return ILL_CLOG;
    default:
        assert(kind == PLAN_ACT_REFUSE);
        return ILL_REFUSE;
    }
}

/* Whether the act is about this way of its link: out is from the act's executor. */
static bool concerns(const struct plan_act *p, const struct sim_peer *x, uint32_t way)
{
    bool out = x->end[way] == p->executor;
    return p->way == PLAN_WAY_BOTH || (p->way == PLAN_WAY_OUT) == out;
}

static void begin_ill(struct sim *w, uint32_t act, struct sim_peer *x, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    enum ill ill = ill_of(p->kind);
    bool before = is_impaired(x), cut_before = is_cut(x);
    if (!sim_budget_link(w, act, before, cause))
        return;
    uint64_t record = sim_record_act(w, TRACE_FAULT, act, p->executor, TRACE_NONE, cause);
    for (uint32_t way = 0; way < 2; way++) {
        if (!concerns(p, x, way))
            continue;
        x->by[way][ill] = act;
        if (ill == ILL_CLOG)
            x->clog_ns[way] = p->duration_ns;
    }
    see_to(w, x, record, before, cut_before);
    if ((ill == ILL_CUT || ill == ILL_HOLD) && p->duration_ns > 0) {
        w->faults_pending++; /* it has an end of its own, and the heal waits for it */
        sim_schedule_work(w, sim_later(w->now_ns, p->duration_ns), act, sim_extra(SIM_ACT_END, 0));
    }
}

/* Whether this way has what the act did (`only`), or anything (PLAN_NONE). */
static bool has(const struct sim_peer *x, uint32_t way, unsigned ill, uint32_t only)
{
    return x->by[way][ill] != PLAN_NONE && (only == PLAN_NONE || x->by[way][ill] == only);
}

static void end_ills(struct sim *w, uint32_t act, struct sim_peer *x, uint32_t only, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    bool any = false, cut_before = is_cut(x);
    for (unsigned k = 0; k < 2 * ILLS; k++)
        any |= concerns(p, x, k / ILLS) && has(x, k / ILLS, k % ILLS, only);
    if (!any)
        return;
    uint64_t record = sim_record_act(w, TRACE_HEAL, act, p->executor, TRACE_NONE, cause);
    for (unsigned k = 0; k < 2 * ILLS; k++) {
        if (!concerns(p, x, k / ILLS) || !has(x, k / ILLS, k % ILLS, only))
            continue;
        x->by[k / ILLS][k % ILLS] = PLAN_NONE;
        if (k % ILLS == ILL_CLOG)
            x->clog_ns[k / ILLS] = 0;
    }
    see_to(w, x, record, true, cut_before);
}

static void note_edge(struct sim *w, struct sim_peer *x, uint32_t from, uint32_t to, void *any)
{
    (void)x;
    if (!w->places[w->traits[from].place].busy)
        return;
    w->traits[from].doomed = w->traits[to].doomed = 1;
    *(bool *)any = true;
}

/* Both ends learn it at once; whoever sends anything over it has failed. Where nobody does, nothing has happened. */
static void break_connections(struct sim *w, uint32_t act, struct sim_peer *x, uint64_t cause)
{
    bool any = false;
    if (!sim_budget_link(w, act, is_impaired(x), cause))
        return;
    each_edge(w, x, PLAN_NONE, note_edge, &any);
    for (uint32_t end = 0; end < 2; end++) {
        const struct sim_host *host = &w->hosts[x->end[end]];
        for (uint32_t t = host->first_task; t < host->first_task + host->task_count; t++) {
            any |= reads_from(w, t, x->end[!end]);
            bool waits =
                w->tasks[t].state == SIM_TASK_MEET && sim_meet_is_connected(w, t, x->end[!end]);
            w->traits[t].doomed |= waits;
            any |= waits;
        }
    }
    if (!any)
        return;
    x->cause = sim_record_act(w, TRACE_FAULT, act, w->plan->acts[act].executor, TRACE_NONE, cause);
    end_doomed(w, x, EXIT_RESET);
    for (uint32_t end = 0; end < 2; end++) {
        const struct sim_host *host = &w->hosts[x->end[end]];
        for (uint32_t t = host->first_task; t < host->first_task + host->task_count; t++)
            if (reads_from(w, t, x->end[!end]) && !stands_still(w, x->end[end]))
                miss(w, t, x->end[!end], x->cause);
    }
}

void sim_peer_act(struct sim *w, uint32_t act, uint64_t cause)
{
    const struct plan_act *p = &w->plan->acts[act];
    struct sim_peer *x = find(w, p->executor, p->peer);
    assert(x != NULL);
    if (p->kind == PLAN_ACT_MEND)
        end_ills(w, act, x, PLAN_NONE, cause);
    else if (p->kind == PLAN_ACT_BREAK)
        break_connections(w, act, x, cause);
    else
        begin_ill(w, act, x, cause);
}

void sim_peer_act_end(struct sim *w, uint32_t act)
{
    const struct plan_act *p = &w->plan->acts[act];
    end_ills(w, act, find(w, p->executor, p->peer), act, 0);
}

void sim_peers_heal(struct sim *w)
{
    for (uint32_t i = 0; i < w->peer_count && w->peers_impaired > 0 && !w->stopped; i++)
        for (unsigned k = 0; k < 2 * ILLS && !w->stopped; k++) {
            uint32_t act = w->peers[i].by[k / ILLS][k % ILLS];
            if (act != PLAN_NONE)
                end_ills(w, act, &w->peers[i], act, 0);
        }
}

/* ---- looking at it all */
void sim_peers_audit(const struct sim *w)
{
    uint32_t impaired = 0, ills = 0;
    for (uint32_t i = 0; i < w->peer_count; i++) {
        const struct sim_peer *x = &w->peers[i];
        assert(x->end[0] < x->end[1]);
        assert(i == 0 || precedes(&w->peers[i - 1], x->end[0], x->end[1]));
        assert(is_cut(x) == (x->cut_ns != PLAN_NEVER));
        impaired += is_impaired(x);
    }
    for (uint32_t i = 0; i < w->executor_count; i++)
        ills += w->peer_ills[i];
    assert(impaired == w->peers_impaired);
    assert(ills == 2 * impaired);
    (void)ills;
}

uint64_t sim_peers_fingerprint(const struct sim *w, uint64_t h)
{
    for (uint32_t i = 0; i < w->peer_count; i++) {
        const struct sim_peer *x = &w->peers[i];
        for (unsigned k = 0; k < 2 * ILLS; k++)
            h = (h ^ x->by[k / ILLS][k % ILLS]) * UINT64_C(0x9E3779B97F4A7C15);
        h = (h ^ (uint64_t)(x->cut_ns == PLAN_NEVER ? -1 : w->now_ns - x->cut_ns)) *
            UINT64_C(0xD6E8FEB86659FD93);
        h ^= h >> 32;
    }
    return h;
}
