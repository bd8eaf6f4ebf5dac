-- Two deaths, three attempts.
cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
budget { tasks = 2 }
anytime { kill(fit:rank(0)), kill(fit:rank(1)), times = 2 }
expect { fit:succeeds { attempts = { at_most = 3 } } }
