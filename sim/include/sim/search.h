/*
 * search.h -- the world as a transition system: what may happen next, one of it, and the name of where that leads.
 *
 * Between two moves nothing is under way inside a machine. A message is delivered, or a task has its turn, in no time;
 * only the clock's move lets time pass, and it goes to the next deadline. What is not about order at all (a process that
 * starts runs up to its first op that others can see) belongs to the move that brought it about.
 *
 * A snapshot between two moves is a copy of sim_live_bytes() bytes, to be restored to the same address.
 */
#ifndef SIM_SEARCH_H
#define SIM_SEARCH_H

#include "sim/sim.h"

/*
 * Late: the clock moves only when no message is on its way and no task can go on, as if timeouts were long. Any: whenever
 * nothing that was due is left over. Either way deadlines come in their order, and those of one instant in any.
 */
enum sim_timers { SIM_TIMERS_LATE = 0, SIM_TIMERS_ANY = 1 };

/* KIND, text, sentence */
/* clang-format off */
#define SIM_MOVE_MAP(X) \
    X(TO_DRIVER,   "to-driver",   "the first message on its way from this executor arrives") \
    X(TO_EXECUTOR, "to-executor", "the first message on its way to this executor arrives") \
    X(TASK,        "task",        "the task in this slot goes on") \
    X(SOFT,        "soft",        "the first heartbeat, or answer to one, of this link and direction arrives") \
    X(FRAME,       "frame",       "the first frame of this link and direction arrives") \
    X(DUE,         "due",         "something else that is due happens") \
    X(CLOCK,       "clock",       "time goes on to the next deadline") \
    X(FAULT,       "anytime",     "this act of the plan, which has no time of its own, happens")
/* clang-format on */
enum sim_move_kind {
#define X(name, text, doc) SIM_MOVE_##name,
    SIM_MOVE_MAP(X)
#undef X
    SIM_MOVE_COUNT
};
const char *sim_move_text(unsigned kind);

/* `kind` and `who` name a move: no two of a state are named alike, and it keeps its name while others happen. */
struct sim_move {
    uint32_t kind, who;
    uint32_t place; /* where the world keeps it; means something in this very state only */
};
struct sim_moved {
    bool happened; /* false: it changed nothing, or was withheld; the world is to be restored */
    bool local;    /* it touched its own machine and the ends of its links, and nothing that is shared */
    bool progress; /* something was done that no later move undoes */
    bool ended;
};

/* Lets the executors that are there at 0 register, which takes no time and is no part of what is searched. chained: the chain is
 * kept, for whoever records what happens. */
enum sim_status sim_search_begin(struct sim *sim, bool chained, struct sim_err *err);
uint32_t sim_moves_max(const struct sim *sim); /* no state has more */
/* What may happen next, in an order of its own; 0: the run has ended. */
uint32_t sim_moves(struct sim *sim, enum sim_timers timers, struct sim_move *list);
/* One of them. Records are handed to the observers. */
enum sim_status sim_move(struct sim *sim, const struct sim_move *move, struct sim_moved *moved, struct sim_err *err);
/* The machine that a move is of: an executor, or the driver behind the last one; PLAN_NONE: it is of the whole world. */
uint32_t sim_move_machine(const struct sim *sim, const struct sim_move *move);
/* Whether local moves of different machines lead to one state in either order: not if tasks meet, or acts wait for records. */
bool sim_moves_commute(const struct sim *sim);
/* The name of a state that decides what all moves from here on can do: as sim_fingerprint(), but without the order in which
 * things of different links are kept. machines: NULL; or the names of the core's machines, one each and the driver's last, as
 * they were the last time, of which those are found anew that have stepped since: this one (see sim_move_stepped()), PLAN_NONE: all. */
uint64_t sim_search_name(const struct sim *sim, uint64_t *machines, uint32_t stepped);
/* The one machine of the core's that this move may have changed; PLAN_NONE: any. */
uint32_t sim_move_stepped(const struct sim *sim, uint32_t machine, const struct sim_moved *moved);
/* Whether the plan has no scheduler of its own, whose memory no snapshot holds. */
bool sim_may_search(const struct sim *sim);
/* Machines and ranks that are alike: see alike.c. In memory of sim_alike_bytes(), aligned as a pointer is. A sentence: there are none to
 * be sure of, and why. */
struct sim_alike;
size_t sim_alike_bytes(const struct sim *sim);
const char *sim_alike_init(struct sim_alike *alike, const struct sim *sim, const struct gang_policy *policy);
uint32_t sim_alike_count(const struct sim_alike *alike, bool tasks); /* machines, or tasks, that are like one before them */
/* Others go first. Whoever they are, each run is one of those that are left, with some of the alike for others: for tests of that. */
void sim_alike_turn(struct sim_alike *alike, uint64_t dice);
/* Takes out of a state's moves the acts that befall somebody before one that is like it. How many are left. */
uint32_t sim_alike_moves(const struct sim_alike *alike, const struct sim *sim, struct sim_move *list, uint32_t count);
/* The run ends here as one that would go on so for ever. */
void sim_search_livelock(struct sim *sim);

#endif
