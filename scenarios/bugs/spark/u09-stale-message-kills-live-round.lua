-- A stale message kills a live round (B-81, B-112).
-- Symptom: an allGather that everybody called fails with "different barrier sync types found".
-- Cause: the operation of a request is checked before its epoch, so a repeated barrier() of the round before poisons the
-- attempt.
-- Look at: the repeated call of epoch 0, and what becomes of the round of epoch 1.
-- Verdicts: strict pass; spark BAR EXPECT
-- Try: --policy spark --set check_order=attempt_first

cluster { executors = 2, cores = 1 }
local fit = program { barrier(), on_rank(1, 1, compute "5s"), all_gather "1KiB", compute "1s" }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = fit }, stage "score" { tasks = 1, program = compute "1s" } }

when(record("arrive", { job = job, stage = "fit", rank = 0, attempt = 0, epoch = 1 })) {
    stray_call(job:rank(0, "fit"), { op = "barrier", epoch = 0 }), after = "1s",
}

expect { job:succeeds { within = "5m", attempts = 1 } }
