cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = loop(2, compute "1s", barrier()) } }
anytime { quit(fit:rank(1)) }
