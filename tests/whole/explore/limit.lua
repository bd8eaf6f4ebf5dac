-- Rank 1 waits no longer than five seconds.
cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", on_rank(0, 0, barrier()), on_rank(1, 1, barrier { within = "5s" }) } } }
anytime { straggle(fit:rank(0), "20s") }
