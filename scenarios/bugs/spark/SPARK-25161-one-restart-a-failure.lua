-- SPARK-25161, part 2 (mended in 2.4): k failures of one attempt cause k restarts.
-- Symptom: a gang that lost two tasks is restarted twice, the second time for nothing.
-- Cause: each failure asks for a restart, and nobody compares attempts.
-- Look at: how many attempts go.
-- Verdicts: strict pass; spark pass; spark restarts=each_failure EXPECT

cluster { executors = 2, cores = 1 }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, program = program { compute "5s", barrier() } },
    stage "score" { tasks = 1, program = compute "1s" },
}
when(job:starts { stage = "fit", rank = 0, attempt = 0 }) {
    kill(job:rank(0, "fit")), kill(job:rank(1, "fit")), after = "2s",
}

expect { job:succeeds { within = "5m", attempts = 2 } }
