-- A job that waits to be admitted cannot be cancelled (B-16).
-- Symptom: a cancelled job runs, a minute later.
-- Cause: while it waits for its next check it is not registered, so the cancellation finds nobody.
-- Look at: the cancellation at 10 s, and what starts when the second executor arrives.
-- Verdicts: strict pass; spark PRG EXPECT
-- Try: --policy spark --set cancel_waiting=yes

settings { admission_interval = "5s" }
cluster { { executors = 1, cores = 1 }, { executors = 1, cores = 1, arrive = "20s" } }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
at "10s" { cancel(job) }

expect { job:fails("cancelled"), never("a cancelled job starts", job:starts()) }
