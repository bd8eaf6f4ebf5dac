-- SPARK-28483 (mended in 3.0): a cancelled job's tasks stay in barrier().
-- Symptom: the job never ends, its slots are never free.
-- Cause: the call that a task waits in does not return when the task is killed.
-- Look at: rank 0 waits in barrier() when the job is cancelled.
-- Verdicts: strict pass; spark pass; spark killed_call=wait PRG

cluster { executors = 2, cores = 1 }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = program { on_rank(1, 1, compute "1h"), barrier() } } }
at "10s" { cancel(job) }

expect { job:fails("cancelled") }
