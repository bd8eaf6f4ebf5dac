-- SPARK-46895 (broken in 4.0, mended by SPARK-49479): a round fails through the timer of the one before.
-- Symptom: a barrier fails half a second after it began, with a timeout of one second.
-- Cause: cancelling a round's timer did nothing.
-- Look at: round 0 completes at once; round 1 takes from 0.8 s to 1.3 s.
-- Verdicts: strict pass; spark reply=push pass; spark reply=push timer_cancel=no TMR EXPECT

settings { sync_timeout = "1s" }
cluster { executors = 2, cores = 1 }
local fit = program { on_rank(1, 1, compute "200ms"), barrier(), compute "600ms", on_rank(1, 1, compute "500ms"), barrier() }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = fit }, stage "score" { tasks = 1, program = compute "1s" } }

expect { job:succeeds { within = "5m", attempts = 1 } }
