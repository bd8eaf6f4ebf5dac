-- SPARK-31651 (mended in 3.0): after a mix of barrier() and allGather() some tasks hang.
-- Symptom: two tasks get "different sync types", a third waits for ever.
-- Cause: the round is removed when the mix is found, so whoever comes later begins a new one.
-- Look at: rank 2, which is in native code and comes last.
-- Verdicts: strict pass; spark ended_round=remembered pass; spark ended_round=remembered mismatch=forget PRG

cluster { executors = 4, cores = 1 }
settings { attempts = 1 }
local mixed = program {
    on_rank(0, 0, compute "1s", barrier()), on_rank(1, 1, compute "2s", all_gather "1KiB"),
    on_rank(2, 3, compute "3s", all_gather "1KiB"),
}
local job = job "train" { barrier_stage "fit" { tasks = 4, program = mixed }, stage "score" { tasks = 1, program = compute "1s" } }
when(job:starts { stage = "fit", rank = 2, attempt = 0 }) { ignore_kill(job:rank(2, "fit")) }

expect { job:fails() }
