-- Any of four ranks on two machines dies: nothing else tells them apart.
cluster { executors = 2, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = program { compute "1s" } } }
budget { tasks = 1 }
anytime { kill(fit:rank(0)), kill(fit:rank(1)), kill(fit:rank(2)), kill(fit:rank(3)) }
expect { fit:succeeds { attempts = { at_most = 2 } } }
