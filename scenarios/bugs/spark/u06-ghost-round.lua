-- A request after the end of its attempt opens a round that nobody can complete (B-123, B-153).
-- Symptom: a task that comes late to barrier() waits for a year instead of learning that it is over.
-- Cause: a removed state looks like one that never was, so the request begins a fresh round.
-- Look at: rank 1, which does not end when asked and calls barrier() after the fence.
-- Verdicts: strict pass; spark BAR PRG
-- Try: --policy spark --set ended_round=remembered

cluster { executors = 2, cores = 1 }
local fit = program { on_rank(0, 0, compute "10s"), on_rank(1, 1, compute "3s"), barrier(), compute "1s" }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = fit }, stage "score" { tasks = 1, program = compute "1s" } }

-- Rank 1 is in native code, and a kill that only asks does not reach it.
when(job:starts { stage = "fit", rank = 1, attempt = 0 }) { ignore_kill(job:rank(1, "fit")) }
when(job:starts { stage = "fit", rank = 0, attempt = 0 }) { kill(job:rank(0, "fit")), after = "2s" }

expect { job:succeeds { within = "5m" } }
