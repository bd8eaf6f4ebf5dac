-- A barrier is passed together with a task that is dead (B-155).
-- Symptom: a survivor goes on as if everybody were there.
-- Cause: a killed task's request is not withdrawn, so the round completes when the last of the living comes.
-- Look at: the release of epoch 0, and rank 0's exit before it.
-- Verdicts: strict pass; spark BAR GEN
-- Try: --policy spark --set killed_waiter=withdraw

network { latency = "10ms" }
cluster { executors = 2, cores = 1 }
local fit = program { on_rank(0, 0, compute "1s"), on_rank(1, 1, compute "2s"), barrier(), compute "1s" }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = fit }, stage "score" { tasks = 1, program = compute "1s" } }

-- Rank 0 dies a moment before rank 1 calls barrier(): the kill of rank 1 is on its way when its call arrives.
when(record("arrive", { job = job, stage = "fit", rank = 0, attempt = 0, epoch = 0 })) {
    kill(job:rank(0, "fit")), after = "995ms",
}

expect { job:succeeds { within = "5m" } }
