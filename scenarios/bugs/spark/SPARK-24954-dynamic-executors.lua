-- SPARK-24954 (refused since 2.4): gangs on executors that come and go with the load.
-- Symptom: no error any more, but no gang either: Spark refuses such a job outright.
-- Cause: idle executors are given back one by one while the gang waits for all of them at once.
-- Look at: strict pins what a waiting gang needs, so the job runs.
-- Verdicts: strict pass; spark EXPECT
-- Try: --policy spark --set dynamic_executors=pin

settings { dynamic = true }
cluster { executors = 2, cores = 1 }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }

expect { job:succeeds { within = "1m" } }
