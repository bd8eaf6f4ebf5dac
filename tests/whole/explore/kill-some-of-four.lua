-- Three of four ranks may die: two of them, on one machine, are alike, and no machines are.
cluster { executors = 2, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = program { compute "1s" } } }
budget { tasks = 1 }
anytime { kill(fit:rank(0)), kill(fit:rank(1)), kill(fit:rank(3)) }
