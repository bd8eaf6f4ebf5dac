-- SPARK-31485 (mended in 3.0, again in 3.1 by SPARK-24818): a gang that was placed only in part hangs.
-- Symptom: the application stands still when both tasks of a gang prefer the same machine.
-- Cause: one task is placed, the other waits for the machine it prefers; what was placed is kept.
-- Look at: the launch after the wait for locality.
-- Verdicts: strict pass; spark pass; spark partial_gang=hold PRG

local c = cluster { executors = 2, cores = 1 }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, prefers = c.executor[0], program = program { compute "1s", barrier() } },
    stage "score" { tasks = 1, program = compute "1s" },
}

expect { job:succeeds { within = "2m" } }
