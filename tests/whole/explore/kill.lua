-- A task of a gang dies at any point.
cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = loop(2, compute "1s", barrier()) } }
budget { tasks = 1 }
anytime { kill(fit:rank(0)), kill(fit:rank(1)) }
expect { fit:succeeds { attempts = { at_most = 2 } } }
