-- Independent tasks, one of which dies and runs again alone, beside a gang.
cluster { executors = 2, cores = 2 }
local a = job "a" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
local b = job "b" { stage "map" { tasks = 2, program = compute "1s" } }
anytime { kill(b:rank(1)) }
expect { a:succeeds(), b:succeeds() }
