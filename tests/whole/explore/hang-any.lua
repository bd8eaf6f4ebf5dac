cluster { executors = 3, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 3, program = program { compute "1s", barrier() } } }
settings { sync_timeout = "60s" }
budget { tasks = 1 }
anytime { hang_task(fit:rank(0)), hang_task(fit:rank(1)), hang_task(fit:rank(2)) }
