local c = cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s" } } }
anytime { cut(c.executor[1]) }
