cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
anytime { linger(fit:rank(1), "3s"), kill(fit:rank(0)) }
