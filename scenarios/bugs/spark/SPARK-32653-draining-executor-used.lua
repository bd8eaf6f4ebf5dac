-- SPARK-32653 (mended in 3.1): an executor that is being taken out of service gets new tasks.
-- Symptom: a gang dies a few seconds after its launch, with the machine that was known to go.
-- Cause: an executor that drains was still offered.
-- Look at: where the gang is placed, 5 s after executor 0, which has the data of rank 0, began to drain.
-- Verdicts: strict pass; spark pass; spark draining_slots=offered EXPECT

local c = cluster { executors = 3, cores = 1 }
local job = job "train" {
    submit = "10s",
    barrier_stage "fit" { tasks = 2, prefers = { c.executor[0], c.executor[1] }, program = program { compute "20s", barrier() } },
    stage "score" { tasks = 1, program = compute "1s" },
}
at "5s" { drain(c.executor[0], "15s") }

expect { job:succeeds { within = "5m", attempts = 1 } }
