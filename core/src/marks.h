/*
 * marks.h -- coverage marks: named places in the core that a test suite must reach.
 *
 * A mark decides nothing. It sets one bit, so that a suite can ask afterwards which rare branches
 * its scenarios took.
 */
#ifndef GANG_MARKS_H
#define GANG_MARKS_H

#include <stdint.h>

/* clang-format off */
#define GANG_MARK_MAP(X) \
    X(ACK_OF_ENDED_LAUNCH,   "a reserve-ack of a launch that was taken back") \
    X(ADMISSION_RETRY,       "an admission check failed and will be repeated") \
    X(ADMISSION_GIVEN_UP,    "the admission checks are used up") \
    X(ARRIVE_AFTER_END,      "a sync call of an attempt that is over") \
    X(ARRIVE_AFTER_FAILURE,  "a sync call of a round that has failed") \
    X(ARRIVE_DUPLICATE,      "the same rank arrived twice in one round") \
    X(ARRIVE_FOREIGN,        "a sync call of a rank that is no member") \
    X(ARRIVE_WRONG_EPOCH,    "a sync call with another epoch") \
    X(ARRIVE_WRONG_OP,       "a sync call with another operation") \
    X(ARRIVE_WRONG_SIZE,     "a sync call that counts another number of members") \
    X(ARRIVE_UNANSWERED,     "a sync call of an attempt that is forgotten") \
    X(ATTEMPTS_IN_ALL,       "a stage had no attempt left of those that it may have in all") \
    X(ATTEMPT_POISONED,      "operations were mixed, and no round of the attempt can succeed any more") \
    X(BUDGET_USED_UP,        "a gang failed once too often") \
    X(CALL_LIMITED,          "a caller waits for less long than its round") \
    X(CALL_ENDED,            "a call was given up by its caller, and the driver does not know") \
    X(CALL_REPEATED,         "a task that waits in a sync call made it once more") \
    X(CANCEL_RUNNING,        "a job was cancelled while it ran") \
    X(CANCEL_WAITING,        "a job was cancelled before it ran") \
    X(CHECKPOINT_COMMON,     "a checkpoint became common to a whole gang") \
    X(DONE_BEFORE_ITS_COPY,  "a success of an ended attempt counted while the rank's next task ran") \
    X(DRIVER_LEASE_ENDED,    "an executor did not hear its driver and ended its tasks") \
    X(DYNAMIC_ASKED,         "an executor that was given back was asked for again") \
    X(DYNAMIC_GIVEN_BACK,    "an executor had nothing to do and was given back") \
    X(DYNAMIC_KEPT,          "an executor had nothing to do and was kept for somebody") \
    X(DYNAMIC_NEVER_CAME,    "an executor was asked for and did not come") \
    X(DYNAMIC_REFUSED,       "a gang was refused because executors come and go") \
    X(EVICTED,               "a placer took slots away from somebody") \
    X(GANG_SMALLER,          "a placer launched a gang with fewer members than it may have") \
    X(EXCLUDED,              "an executor was excluded after too many failures") \
    X(EXCLUSION_KEPT_OFF,    "an executor was kept although it failed too often: without it somebody would not fit") \
    X(EXECUTOR_CONDEMNED,    "an executor that is heard and does not release was told to go") \
    X(EXECUTOR_REINCARNATED, "an executor came back before it was counted lost") \
    X(EXECUTOR_SILENT,       "an executor was counted lost by silence") \
    X(EXECUTOR_SUSPECT,      "an executor did not answer a reservation and is not offered") \
    X(EXECUTOR_WRITTEN_OFF,  "an executor kept a fenced attempt's slots too long") \
    X(FENCE_LAUNCHING,       "a gang lost an executor between plan and go") \
    X(FETCH_FAILED,          "a task did not find an output of a parent") \
    X(FETCH_STALE,           "a task missed an output that is no longer thought to be there") \
    X(FREE_AFTER_FENCE,      "a slot of a fenced attempt came free") \
    X(GO_LATE,               "a go came after its lease had ended") \
    X(GONE_ANSWERED,         "a process that was written off was told so") \
    X(GPU_LOST,              "a GPU died under somebody who held it") \
    X(HEAD_BLOCKS,           "the head of the queue blocked the rest") \
    X(KILL_FORCED,           "a task had to be forced") \
    X(LAUNCH_DEADLINE,       "a gang was not launched in time") \
    X(LEASE_ENDED,           "a reservation's lease ended on an executor") \
    X(LINK_FULL,             "a link's window was full") \
    X(LINK_OTHER_SESSION,    "a frame of another session") \
    X(LINK_OVERTAKEN,        "a frame came before the one in front of it") \
    X(LINK_REPEATED,         "a frame came once more") \
    X(LINK_RESENT,           "a frame was sent once more") \
    X(LOCALITY_PULLED_BACK,  "a stage was made particular again about its place") \
    X(LOCALITY_RELAXED,      "a stage waited long enough for the executors it prefers") \
    X(LOCALITY_WAITS,        "a stage could go, but not where it would rather be") \
    X(MEMBER_EXITED,         "a member exited while others waited for it") \
    X(MEMBER_SENT_AGAIN,     "a member that failed was sent off again alone") \
    X(NEVER_FITS,            "a task is larger than any executor") \
    X(NO_ROOM_AT_ONCE,       "a task that was sent off at once found no room") \
    X(NO_LEASE_HERE,         "a task ended, or never began, because its executor had no lease") \
    X(PARTIAL_HELD,          "a gang was placed in part, and holds it") \
    X(PARTIAL_REVERTED,      "a gang fitted only in part when it was tried") \
    X(PLACER_LEFT_UNDONE,    "a placer decided what was not possible any more") \
    X(PLACER_OVERCOMMITS,    "a placer gave away more than there is") \
    X(PUT_OFF,               "a deadline was put off because the driver had been away") \
    X(REPLY_LOOKED_FOR,      "a task found its reply, or its end, when it looked") \
    X(REPLY_WRITTEN_OVER,    "a reply changed before its task looked at it") \
    X(OFFERS_SHUFFLED,       "executors were tried in a shuffled order") \
    X(OUTPUTS_LOST,          "outputs were lost with their executor") \
    X(REMADE,                "a stage that was done makes lost outputs again") \
    X(RERUN_ONE,             "one MapReduce task was run again") \
    X(RESERVE_NACKED,        "an executor refused a reservation") \
    X(RESERVE_TIMEOUT,       "reserve-acks did not come in time") \
    X(RESTART_FROM_CHECKPOINT, "a gang started again from a checkpoint") \
    X(ROOM_OWED,             "an executor has less than the driver had given away there") \
    X(ROUND_BROKEN_OFF,      "so much of a round was in vain that another one went on in its place") \
    X(ROUND_FORGOTTEN,       "a round ended as if it had never been") \
    X(ROUND_OF_THE_DEAD,     "a fenced attempt's round was completed") \
    X(STALE_MESSAGE,         "a message of an executor or a group that is gone") \
    X(SUCCESS_AFTER_FENCE,   "a success of a fenced attempt was not accepted") \
    X(SYNC_TIMEOUT,          "a round ran into its timeout") \
    X(TASK_TOO_LARGE,        "an encoded task was too large to be sent") \
    X(TIMERS_SHARED,         "one round's end took all rounds' timers down") \
    X(TIMER_OF_NOBODY,       "the timer of a round that was over fired, and nobody waited") \
    X(UNRESERVE_UNKNOWN,     "a reservation was given back that the executor does not hold") \
    X(WAITERS_LEFT,          "an attempt ended whose tasks go on waiting")
/* clang-format on */
enum gang_mark {
#define X(name, text) GANG_MARK_##name,
    GANG_MARK_MAP(X)
#undef X
        GANG_MARK_COUNT
};
_Static_assert(GANG_MARK_COUNT <= 128, "one bit a mark");

extern uint64_t gang_marks_bits[2];
#define GANG_MARK(name)                                                                            \
    ((void)(gang_marks_bits[GANG_MARK_##name / 64] |= UINT64_C(1) << (GANG_MARK_##name % 64)))

#endif
