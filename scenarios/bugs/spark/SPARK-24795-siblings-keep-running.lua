-- SPARK-24795 (mended in 2.4): siblings keep running after one task of a gang fails.
-- Symptom: the restarted gang never starts; old tasks sit in barrier() on its slots.
-- Cause: a failed task did not end the others.
-- Look at: rank 1 of attempt 0 after the fence.
-- Verdicts: strict pass; spark pass; spark siblings=leave PRG TMR

cluster { executors = 2, cores = 1 }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, program = program { on_rank(0, 0, compute "10s"), compute "1s", barrier() } },
    stage "score" { tasks = 1, program = compute "1s" },
}
when(job:starts { stage = "fit", rank = 0, attempt = 0 }) { kill(job:rank(0, "fit")), after = "3s" }

expect { job:succeeds { within = "5m", attempts = 2 } }
