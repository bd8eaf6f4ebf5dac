-- A barrier is passed although only one of two tasks came (B-82, B-154).
-- Symptom: tasks run ahead of each other; the one that comes later is told that the round is over.
-- Cause: requests are counted, not members, so that one task's second request stands for the other task.
-- Look at: the release of epoch 0: who had arrived?
-- Verdicts: strict pass; spark BAR
-- Try: --policy spark --set member_count=identity

cluster { executors = 2, cores = 1 }
local fit = program { on_rank(1, 1, compute "5s"), barrier(), compute "1s", barrier() }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = fit }, stage "score" { tasks = 1, program = compute "1s" } }

-- Two threads of rank 0 call barrier().
when(record("arrive", { job = job, stage = "fit", rank = 0, attempt = 0, epoch = 0 })) {
    stray_call(job:rank(0, "fit"), { op = "barrier", epoch = 0 }), after = "1s",
}

expect { job:succeeds { within = "5m" } }
