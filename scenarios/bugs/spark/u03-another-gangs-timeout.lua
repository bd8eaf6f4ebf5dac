-- Another gang's barrier timeout disappears (B-125, SPARK-49479).
-- Symptom: a barrier with a timeout of 5 s waits for ever.
-- Cause: the timers of all gangs are in one list, and a round that completes cancels all of it.
-- Look at: gang b, one of whose tasks never comes; gang a, whose round completes a second later.
-- Verdicts: strict pass; spark PRG TMR
-- Try: --policy spark --set round_timer=per_key

settings { sync_timeout = "5s", attempts = 1 }
cluster { executors = 2, cores = 2 }
local a = job "a" { barrier_stage "fit" { tasks = 2, program = program { compute "3s", barrier(), compute "1s" } } }
local b = job "b" { barrier_stage "fit" { tasks = 2, program = program { on_rank(1, 1, hang()), barrier() } } }

expect { a:succeeds { within = "1m" }, b:fails() }
