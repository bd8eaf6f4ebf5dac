-- SPARK-25161, part 1 (mended in 2.4): a task of a gang that fails is launched again alone.
-- Symptom: a gang goes on with a member that began again from the start, while the others are far ahead of it.
-- Cause: the failed gang's set of tasks is not over, so it goes on launching what failed, as that of any other stage does.
-- Look at: rank 1, which starts twice in attempt 0. Under spark its two calls are counted as two members', so that the barrier
-- is passed without rank 0.
-- Verdicts: strict pass; spark pass; strict failed_member=launch_again AON CAP EXPECT; spark failed_member=launch_again CAP BAR RST EXPECT

cluster { executors = 2, cores = 1 }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, program = program { on_rank(0, 0, compute "4s"), compute "1s", barrier(), compute "1s" } },
    stage "score" { tasks = 1, program = compute "1s" },
}
when(record("arrive", { job = job, stage = "fit", attempt = 0, rank = 1 })) { kill(job:rank(1, "fit")), after = "1s" }

expect { job:succeeds { within = "5m", attempts = 2 } }
