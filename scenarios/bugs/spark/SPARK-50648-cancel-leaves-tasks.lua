-- SPARK-50648 (mended in 4.0): a cancellation leaves tasks of a stage whose fetch failed.
-- Symptom: a cancelled job's tasks go on, on slots that nobody counts.
-- Cause: only running stages were told, and a stage that waits for its parent to run again is not one.
-- Look at: rank 1, which computes on when the job is cancelled.
-- Verdicts: strict pass; spark pass; spark cancel_failed=leave BAR CON

settings { heartbeat = "2s", heartbeat_timeout = "20s" }
local c = cluster { executors = 3, cores = 1 }
local load = stage "load" { tasks = 1, program = compute "20s", prefers = c.executor[2] }
local fit = barrier_stage "fit" {
    tasks = 2, reads = load, prefers = { c.executor[0], c.executor[1] },
    program = program { on_rank(0, 0, compute "3s"), fetch "1MiB", compute "1h", barrier() },
}
local job = job "train" { load, fit, stage "score" { tasks = 1, program = compute "1s" } }
when(job:starts { stage = "fit", rank = 1, attempt = 0 }) { crash(c.executor[2], { for_good = true }), after = "1s" }
when(record("fetch-failed")) { cancel(job), after = "5s" }

expect { job:fails("cancelled") }
