-- A health check takes one machine out of use, and a while later another one; each comes back when its own time is over.
-- See: for 40 s there is nothing to run on. `small` runs when the first machine is offered again; `train` needs both of them, and
-- waits 20 s longer.
-- Verdicts: strict pass; spark pass
-- Policy: any. Spark admits `train` at once, for it counts machines that it does not use, and it waits in the queue.
-- Question: what does `train` wait for at 65 s, and what at 75 s?
-- Change: let a health check exclude the second machine again at 65s.

policy "strict"
settings { exclude_time = "1m", admission_interval = "5s" }
local c = cluster { executors = 2, cores = 2 }
at "5s" { exclude(c.executor[0]) }
at "25s" { exclude(c.executor[1]) }
local small = job "small" { submit = "30s", stage "map" { tasks = 2, program = compute "1s" } }
local train = job "train" { submit = "35s", barrier_stage "fit" { tasks = 4, program = program { compute "1s", barrier() } } }

expect { small:succeeds { within = "45s" }, train:succeeds { within = "1m", attempts = 1 } }
