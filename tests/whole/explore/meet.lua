cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { meet("m", { tasks = 2, within = "10s" }), compute "1s" } } }
anytime { kill(fit:rank(1)) }
