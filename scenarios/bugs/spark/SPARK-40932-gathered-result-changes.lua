-- SPARK-40932 (mended in 3.4): what a task gathered changes under its hands.
-- Symptom: allGather() returns what the next round brought.
-- Cause: the reply is the coordinator's own array, and whoever calls again writes into it.
-- Look at: rank 1 finds its reply half a second later than rank 0, which has called barrier() by then.
-- Verdicts: strict pass; spark pass; spark gathered=alias BAR

cluster { executors = 1, cores = 2 }
local fit = program { on_rank(1, 1, compute "500ms"), all_gather "1KiB", barrier() }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = fit }, stage "score" { tasks = 1, program = compute "1s" } }

expect { job:succeeds { within = "1m" } }
