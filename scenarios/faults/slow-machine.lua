-- A machine computes at a third of its speed for a while.
-- See: a gang is as fast as its slowest member; the whole gang runs at that machine's speed.
-- Verdicts: strict pass
-- Policy: strict.
-- Question: how much of the other machines' time is spent waiting?
-- Change: percent = 1000 and a sync_timeout of 5 s.

policy "strict"
local c = cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(20, compute "1s", barrier()) } }
between "5s" "20s" { slow(c.executor[1], { percent = 300 }) }

expect { train:succeeds { within = "1m", attempts = 1 } }
