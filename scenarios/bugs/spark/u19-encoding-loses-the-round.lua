-- A task that cannot be sent loses other jobs' tasks (B-40).
-- Symptom: a small, healthy job hangs because of the job behind it.
-- Cause: the error leaves the scheduling round in the middle: what was assigned before it is marked running, and never
-- sent.
-- Look at: job a, which is placed in the same round as the gang of job b.
-- Verdicts: strict pass; spark PRG
-- Try: --policy spark --set encode_error=fail_gang

cluster { executors = 3, cores = 1 }
local a = job "a" { stage "run" { tasks = 1, program = compute "1s" } }
local b = job "b" { barrier_stage "fit" { tasks = 2, task_bytes = "200MiB", program = program { compute "1s", barrier() } } }

expect { a:succeeds { within = "1m" }, b:fails("too-large") }
