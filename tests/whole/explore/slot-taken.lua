-- Somebody takes the slot between plan and reservation, or before, or after.
local c = cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
anytime { take(c.executor[1], { cores = 1, lasts = "5s" }) }
