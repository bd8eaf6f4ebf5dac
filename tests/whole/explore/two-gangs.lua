-- Room for one of two gangs: never half of each.
cluster { executors = 2, cores = 1 }
local a = job "a" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
local b = job "b" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
expect { a:succeeds(), b:succeeds() }
