-- Whoever calls first says how many there are (B-81, B-170, SPARK-38679).
-- Symptom: three of four tasks fail with "number of tasks is 4, previously it was 3", and so does each that comes later.
-- Cause: the coordinator does not know how many members a gang has, and believes the first request of an attempt.
-- Look at: the call that counts three members, and what becomes of those that count four.
-- Verdicts: strict pass; spark EXPECT
-- Try: --policy spark --set check_order=attempt_first

cluster { executors = 4, cores = 1 }
local fit = program { compute "10s", barrier(), compute "1s" }
local job = job "train" { barrier_stage "fit" { tasks = 4, program = fit }, stage "score" { tasks = 1, program = compute "1s" } }

when(job:starts { rank = 2, attempt = 0 }) {
    stray_call(job:rank(2, "fit"), { op = "barrier", epoch = 0, size = 3 }), after = "2s",
}

expect { job:succeeds { within = "5m", attempts = 1 } }
