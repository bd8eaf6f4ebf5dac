-- A task never comes to the barrier; its timeout ends the attempt.
cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
settings { sync_timeout = "60s" }
anytime { hang_task(fit:rank(0)) }
