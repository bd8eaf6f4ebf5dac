-- A job submitted as a map-stage job is not checked again (B-15).
-- Symptom: a query that adaptive execution runs fails at once where the same job by hand waits for its executors.
-- Cause: only the ordinary submission retries a failed check against the cluster.
-- Look at: the second executor arrives after 20 s.
-- Verdicts: strict pass; spark EXPECT
-- Try: --policy spark --set map_job_retry=yes

settings { admission_interval = "5s" }
cluster { { executors = 1, cores = 1 }, { executors = 1, cores = 1, arrive = "20s" } }
local job = job "query" { kind = "map", barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }

expect { job:succeeds { within = "2m" } }
