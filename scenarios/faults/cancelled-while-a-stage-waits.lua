-- A job is cancelled while one of its stages runs and another one waits in the queue.
-- See: what runs is killed, and what waited is gone from the queue at once: when the slots come free those behind it have them, and
-- nothing of the cancelled job is launched any more.
-- Verdicts: strict pass; strict --param by=failure pass; spark pass; spark --param by=failure pass
-- Policy: strict. Try --param by=failure: one task fails for good instead.
-- Question: what would the waiting stage take, and from whom, if it were forgotten there?
-- Change: let its stages run one after the other (leave out after = {}), and none of them waits in the queue.

local by = param("by", "cancel", "what ends the job", { "cancel", "failure" })
policy "strict"
settings { attempts = 1 }
cluster { executors = 2, cores = 2 }
local doomed = job "doomed" {
    stage "run" { tasks = 3, program = compute "10s" },
    barrier_stage "wait" { tasks = 3, after = {}, program = loop(3, compute "1s", barrier()) },
}
local next_one = job "next" { submit = "1s", barrier_stage "fit" { tasks = 4, program = loop(3, compute "1s", barrier()) } }
at "5s" { by == "cancel" and cancel(doomed) or kill(doomed:rank(1, "run")) }

expect {
    doomed:fails(by == "cancel" and "cancelled" or "attempts"),
    next_one:succeeds { within = "20s", attempts = 1 },
}
