-- A barrier's timeout is shorter than the work between two barriers.
-- See: the timeout is of a round, from its first call to its last; between two rounds nobody waits, and nothing can be late. Each
-- round takes its timer with it when it is complete.
-- Verdicts: strict pass; spark pass
-- Policy: any.
-- Question: what would a timer do that goes on after its round, and to whom?
-- Change: sync_timeout = "1s", which is less than the tasks differ by.

settings { sync_timeout = "5s" }
cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(4, compute { "8s", "10s" }, barrier()) } }

expect { train:succeeds { within = "1m", attempts = 1 } }
