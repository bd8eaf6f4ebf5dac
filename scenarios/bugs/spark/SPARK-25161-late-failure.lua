-- SPARK-25161, part 3 (mended in 2.4): a late failure of attempt 0 fails attempt 1.
-- Symptom: a gang that was restarted is restarted again without a failure of its own.
-- Cause: failures were not compared with the present attempt.
-- Look at: rank 1 of attempt 0, which nobody ended and which fails by itself when attempt 1 is under way.
-- Verdicts: strict pass; spark pass; spark siblings=leave ended_round=remembered BAR GEN; spark siblings=leave ended_round=remembered late_failure=count BAR GEN RST EXPECT

cluster { executors = 4, cores = 1 }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, program = program { compute "8s", barrier() } },
    stage "score" { tasks = 1, program = compute "1s" },
}
when(job:starts { stage = "fit", rank = 0, attempt = 0 }) { kill(job:rank(0, "fit")), after = "2s" }

expect { job:succeeds { within = "5m", attempts = 2 } }
