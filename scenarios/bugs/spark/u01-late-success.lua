-- SPARK-24877 (open): a gang is restarted with fewer members than it needs.
-- Symptom: one of two tasks fails; the stage is submitted again with a single task, whose barrier() waits for two.
-- Cause: a success of the ended attempt, on its way when the other task failed, is still accepted (B-145), so only the
-- missing partition is launched. Nothing that belongs to a fenced attempt may count (G-13).
-- Look at: the success of rank 1, which arrives after the fence; how many tasks the next plan has.
-- Verdicts: strict pass; spark AON GEN PRG
-- Try: --policy spark --set late_success=fence

cluster { executors = 2, cores = 1 }

-- Rank 1 ends well a moment after rank 0 was killed, before the driver's kill can reach it.
local map = program { barrier(), on_rank(0, 0, compute "10s"), on_rank(1, 1, compute "1s") }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, program = map },
    stage "score" { tasks = 1, program = compute "1s" },
}
when(record("reply", { job = job, stage = "fit", attempt = 0, epoch = 0, rank = 0 })) {
    kill(job:rank(0, "fit")), after = "999.8ms",
}

expect { job:succeeds { within = "5m" }, sometimes("the gang is fenced", record("fence", { job = job, attempt = 0 })) }
