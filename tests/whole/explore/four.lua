-- Four ranks on two machines, one death.
cluster { executors = 2, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = program { compute "1s", barrier() } } }
anytime { kill(fit:rank(2)) }
expect { fit:succeeds { attempts = { at_most = 2 } } }
