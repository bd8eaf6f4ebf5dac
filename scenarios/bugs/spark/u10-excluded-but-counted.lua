-- An excluded executor is counted when a gang is admitted, and skipped when it is to be launched (B-12, B-32).
-- Symptom: the job is accepted and waits without a word, for as long as the exclusion lasts.
-- Cause: admission and launch look at two different sets of executors.
-- Look at: what the gang waits for; under strict it is refused, with both numbers.
-- Verdicts: strict pass; spark TMR EXPECT
-- Try: --policy spark --set capacity_set=offerable

settings { admission_interval = "5s", admission_failures = 3, launch_deadline = "10m", exclude_time = "2h" }
local c = cluster { executors = 2, cores = 1 }
local job = job "train" { submit = "10s", barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }

at "5s" { exclude(c.executor[1]) }

expect { job:fails("slots") }
